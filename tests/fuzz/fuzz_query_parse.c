/* GraphQL: any bytes give a document or a fault with a place, and documents are validated in bounded time. Bytes that define
 * types are tried as a schema too. */
#include <stdlib.h>

#include "base/limits.h"
#include "query/language.h"

static const char sdl[] =
    "directive @tag(name: String!) repeatable on FIELD | QUERY scalar DateTime scalar JSON scalar Long enum E { ONE TWO }\n"
    "interface Node { id: ID! } union Any = A | B type A implements Node { id: ID! a: A s: String list(first: Int = 10): [A!]! }\n"
    "type B implements Node { id: ID! b: B s: Int! } input In { n: Int! e: E = ONE in: [In!] } input One @oneOf { a: Int b: String }\n"
    "type Query { a: A b: B node: Node any: Any int(v: Int): Int time(v: DateTime): DateTime json(v: JSON): JSON long(v: Long): Long\n"
    "ints(v: [Int!]): Int in(v: In): Int one(v: One): Int } type Mutation { set(id: ID!): A } type Subscription { changed: A other: B }\n";

static const struct query_schema *schema(void)
{
    static struct query_schema *made;
    const struct schema_demands none = {0};
    struct error error;
    if (made == NULL && schema_new(&made, str_from(sdl), NULL, 0, &none, &error) != STATUS_OK) {
        abort();
    }
    return made;
}

static void try_as_schema(struct str text)
{
    const struct schema_demands none = {0};
    struct query_schema *made;
    struct error error = {0};
    enum status status = schema_new(&made, text, NULL, 0, &none, &error);
    if (status != STATUS_OK && error.text[0] == '\0') {
        abort();
    }
    if (status == STATUS_OK) {
        query_schema_free(made);
    }
}

/* Printed and parsed again, a value prints alike. */
static void try_value(const struct ast_value *value)
{
    struct arena arena;
    struct query_faults faults;
    struct buffer first, second;
    arena_init(&arena, 64 * MIB);
    faults_init(&faults, &arena, 1);
    buffer_init(&first, 8 * MIB);
    buffer_init(&second, 8 * MIB);
    buffer_append_text(&first, "{f(a:");
    ast_value_print(value, &first);
    buffer_append_text(&first, ")}");
    const struct ast_document *document = ast_parse(buffer_str(&first), UINT32_MAX, &arena, &faults);
    if (document == NULL) {
        abort();
    }
    buffer_append_text(&second, "{f(a:");
    ast_value_print(document->operations->selections->arguments->value, &second);
    buffer_append_text(&second, ")}");
    if (!str_equal(buffer_str(&first), buffer_str(&second))) {
        abort();
    }
    buffer_release(&first);
    buffer_release(&second);
    arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct validate_options options = {LIMIT_QUERY_DEPTH, LIMIT_QUERY_ALIASES, LIMIT_QUERY_FIELDS, true, true};
    struct arena arena;
    struct query_faults faults;
    struct str text = {(const char *)data, size};
    arena_init(&arena, 256 * MIB);
    faults_init(&faults, &arena, 20);
    const struct ast_document *document = ast_parse(text, LIMIT_QUERY_TOKENS, &arena, &faults);
    if ((document == NULL) != (faults.count > 0) || faults.out_of_memory) {
        abort();
    }
    if (document != NULL) {
        validate_document(schema(), document, &options, &faults);
        if (faults.out_of_memory) {
            abort();
        }
        const struct ast_selection *first = document->operations == NULL ? NULL : document->operations->selections;
        if (first != NULL && first->arguments != NULL && faults.count == 0) {
            try_value(first->arguments->value);
        }
        if (document->definitions != NULL) {
            try_as_schema(text);
        }
    }
    for (const struct query_fault *fault = faults.first; fault != NULL; fault = fault->next) {
        if (fault->place_count == 0 || fault->places[0].line == 0 || fault->places[0].column == 0 || fault->message.length == 0) {
            abort();
        }
    }
    arena_release(&arena);
    return 0;
}
