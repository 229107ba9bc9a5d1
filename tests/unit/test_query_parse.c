/* Documents: tokens, strings, places, what is refused and where. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
/* cmocka wants the above first */
#include <cmocka.h>

#include "base/limits.h"
#include "query/language.h"

static struct arena arena;
static struct query_faults faults;

static int set_up(void **context)
{
    (void)context;
    arena_init(&arena, 64 * MIB);
    faults_init(&faults, &arena, 10);
    return 0;
}

static int tear_down(void **context)
{
    (void)context;
    arena_release(&arena);
    return 0;
}

static struct ast_document *parse(const char *text)
{
    faults_init(&faults, &arena, 10);
    return ast_parse(str_from(text), 100000, &arena, &faults);
}

static void assert_text(struct str text, const char *expected)
{
    char *copy = strndup(text.at, text.length);
    assert_string_equal(copy, expected);
    free(copy);
}

static void assert_refused(const char *text, uint32_t line, uint32_t column)
{
    assert_null(parse(text));
    assert_int_equal(faults.count, 1);
    assert_string_equal(faults.first->code, "GRAPHQL_PARSE_FAILED");
    if (faults.first->places[0].line != line || faults.first->places[0].column != column) {
        fail_msg("%s: %.*s at %u:%u, not %u:%u", text, STR_ARGS(faults.first->message), faults.first->places[0].line,
                 faults.first->places[0].column, line, column);
    }
}

/* The value of the one argument of the one field. */
static const struct ast_value *value_of(const char *literal)
{
    static char text[1024]; /* the document refers to it */
    (void)snprintf(text, sizeof text, "{f(a:%s)}", literal);
    const struct ast_document *document = parse(text);
    if (document == NULL) {
        fail_msg("%s: %.*s", text, STR_ARGS(faults.first->message));
    }
    return document->operations->selections->arguments->value;
}

static void a_document_keeps_names_kinds_and_places(void **context)
{
    (void)context;
    const struct ast_document *document = parse("\xEF\xBB\xBFquery Q($v: [Int!]! = [1] @d) @e {\r\n  a: f(x: $v) { ...F }\r  ... on T @i { g }\n"
                                                "  \"\"\n}");
    assert_null(document);
    document = parse("query Q($v: [Int!]! = [1] @d) @e {\r\n  a: f(x: $v) { ...F }\r  ... on T @i { g }\n}\nfragment F on T { __typename }");
    assert_non_null(document);
    const struct ast_operation *operation = document->operations;
    assert_text(operation->name, "Q");
    assert_text(operation->variables->name, "v");
    assert_int_equal(operation->variables->type->kind, AST_TYPE_NON_NULL);
    assert_int_equal(operation->variables->type->of->kind, AST_TYPE_LIST);
    assert_int_equal(operation->variables->default_value->kind, AST_LIST);
    const struct ast_selection *field = operation->selections;
    assert_text(field->alias, "a");
    assert_text(field->name, "f");
    assert_int_equal(field->place.line, 2);
    assert_int_equal(field->place.column, 3);
    assert_int_equal(field->name_place.column, 6);
    assert_int_equal(field->arguments->value->kind, AST_VARIABLE);
    assert_int_equal(field->selections->kind, AST_SPREAD);
    const struct ast_selection *inline_fragment = field->next;
    assert_int_equal(inline_fragment->kind, AST_INLINE);
    assert_int_equal(inline_fragment->place.line, 3);
    assert_text(inline_fragment->type_condition, "T");
    assert_null(inline_fragment->selections->alias.at);
    assert_text(document->fragments->type_condition, "T");
    assert_int_equal(document->fragments->place.line, 5);
    assert_int_equal(document->selection_count, 5);
}

static void columns_count_characters(void **context)
{
    (void)context;
    assert_refused("{a(b:\"\xC3\xA4\xF0\x9F\x98\x80\") !}", 1, 12);
    assert_refused("\xEF\xBB\xBF !", 1, 3);
}

static void strings_are_decoded(void **context)
{
    (void)context;
    assert_text(value_of("\"plain\"")->text, "plain");
    assert_text(value_of("\"\"")->text, "");
    assert_text(value_of("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"")->text, "\"\\/\b\f\n\r\t");
    assert_text(value_of("\"\\u00e4\\u20AC\"")->text, "\xC3\xA4\xE2\x82\xAC");
    assert_text(value_of("\"\\uD83D\\uDE00\"")->text, "\xF0\x9F\x98\x80");
    assert_text(value_of("\"x\\u{1F600}y\\u{41}\"")->text, "x\xF0\x9F\x98\x80yA");
    assert_text(value_of("\"\\\\\"")->text, "\\");
    assert_text(value_of("\"# no comment\"")->text, "# no comment");
}

static void strings_that_stand_for_no_text_are_refused(void **context)
{
    (void)context;
    assert_refused("{f(a:\"\\uD83D\")}", 1, 7);
    assert_refused("{f(a:\"\\uD83Dx\")}", 1, 7);
    assert_refused("{f(a:\"\\uDE00\\uD83D\")}", 1, 7);
    assert_refused("{f(a:\"\\u{110000}\")}", 1, 7);
    assert_refused("{f(a:\"\\u{D800}\")}", 1, 7);
    assert_refused("{f(a:\"\\u{}\")}", 1, 7);
    assert_refused("{f(a:\"\\u{FFFFFFFFFFFFFFFFFF0041}\")}", 1, 7);
    assert_refused("{f(a:\"\\u00g0\")}", 1, 7);
    assert_refused("{f(a:\"ab\\x\")}", 1, 9);
    assert_refused("{f(a:\"ab\ncd\")}", 1, 9);
    assert_refused("{f(a:\"ab", 1, 9);
    assert_refused("{f(a:\"\"\"ab", 1, 11);
}

static void block_strings_lose_their_indentation(void **context)
{
    (void)context;
    assert_text(value_of("\"\"\"\n    Hello,\n      World!\n\n    Yours,\r\n      GraphQL.\n  \"\"\"")->text,
                "Hello,\n  World!\n\nYours,\n  GraphQL.");
    assert_text(value_of("\"\"\"  first\n    second\n   third\"\"\"")->text, "  first\n second\nthird");
    assert_text(value_of("\"\"\"\\\"\"\" and \\n\"\"\"")->text, "\"\"\" and \\n");
    assert_text(value_of("\"\"\"\"\"\"")->text, "");
    assert_text(value_of("\"\"\"  \n \t\n \"\"\"")->text, "");
    assert_text(value_of("\"\"\"a\rb\"\"\"")->text, "a\nb");
}

static void numbers_end_where_they_should(void **context)
{
    (void)context;
    assert_int_equal(value_of("-0")->kind, AST_INT);
    assert_int_equal(value_of("-1.5e+10")->kind, AST_FLOAT);
    assert_int_equal(value_of("1E3")->kind, AST_FLOAT);
    assert_text(value_of("123 b: 4")->text, "123");
    assert_refused("{f(a:01)}", 1, 7);
    assert_refused("{f(a:1.)}", 1, 8);
    assert_refused("{f(a:.5)}", 1, 6);
    assert_refused("{f(a:1e)}", 1, 8);
    assert_refused("{f(a:1x)}", 1, 7);
    assert_refused("{f(a:1.2.3)}", 1, 9);
    assert_refused("{f(a:-)}", 1, 7);
    assert_refused("{f(a:0x1)}", 1, 7);
    assert_refused("{f(a:+1)}", 1, 6);
}

static void values_have_their_kinds(void **context)
{
    (void)context;
    assert_int_equal(value_of("true")->kind, AST_BOOLEAN);
    assert_int_equal(value_of("null")->kind, AST_NULL);
    assert_int_equal(value_of("NAME")->kind, AST_ENUM);
    assert_int_equal(value_of("[]")->kind, AST_LIST);
    const struct ast_value *object = value_of("{a: [1, $v], b: {}}");
    assert_int_equal(object->kind, AST_OBJECT);
    assert_text(object->first->name, "a");
    assert_int_equal(object->first->first->next->kind, AST_VARIABLE);
    assert_int_equal(object->first->next->kind, AST_OBJECT);
    struct buffer buffer;
    buffer_init(&buffer, 1000);
    ast_value_print(value_of("{a:[1,$v,\"\"\"x\n\\\"\"\"\"\"\"],b:{},c:null,d:[],e:E,f:-1.5e3,g:true}"), &buffer);
    assert_text(buffer_str(&buffer), "{a: [1, $v, \"x\\n\\\"\\\"\\\"\"], b: {}, c: null, d: [], e: E, f: -1.5e3, g: true}");
    buffer_release(&buffer);
}

static void what_is_no_document_is_refused_at_its_place(void **context)
{
    (void)context;
    assert_refused("", 1, 1);
    assert_refused("# nothing\n", 2, 1);
    assert_refused("{", 1, 2);
    assert_refused("{}", 1, 2);
    assert_refused("{a(}", 1, 4);
    assert_refused("{a()}", 1, 4);
    assert_refused("{a:}", 1, 4);
    assert_refused("query Q() {a}", 1, 9);
    assert_refused("query Q($a) {a}", 1, 11);
    assert_refused("query Q($a: Int = $b) {a}", 1, 19);
    assert_refused("query Q($a: [Int) {a}", 1, 17);
    assert_refused("fragment on on T {a}", 1, 10);
    assert_refused("fragment F {a}", 1, 12);
    assert_refused("{... on {a}}", 1, 9);
    assert_refused("{a ..b}", 1, 4);
    assert_refused("{a ?}", 1, 4);
    assert_refused("frag", 1, 1);
    assert_refused("{a} \"text\" {b}", 1, 5);
    assert_refused("type T { }", 1, 10);
    assert_refused("extend type T", 1, 14);
    assert_refused("enum E { true }", 1, 10);
    assert_refused("\xC3(", 1, 1);
}

static void definitions_of_a_schema_are_parsed(void **context)
{
    (void)context;
    assert_non_null(parse("\"The schema.\" schema @d { query: Q } extend schema @e\n"
                          "type T implements & A & B @d { \"f\" f(\"a\" a: Int! = 1 @d, b: [E]): T! @d }\n"
                          "interface A implements B { f: Int } union U = | T | Q union V extend union V = T\n"
                          "enum E { A B @deprecated } input I { a: Int = 1 } scalar S @specifiedBy(url: \"x\")\n"
                          "directive @d(a: Int) repeatable on | FIELD | QUERY type Empty extend type Empty { a: Int }"));
}

static void depth_and_length_are_limited(void **context)
{
    (void)context;
    static char text[200010];
    memset(text, '[', sizeof text);
    static const char *const beginnings[] = {"{f(a:", "query($v:"};
    for (int i = 0; i < 2; i++) {
        memcpy(text, beginnings[i], strlen(beginnings[i]));
        faults_init(&faults, &arena, 10);
        assert_null(ast_parse((struct str){text, sizeof text}, UINT32_MAX, &arena, &faults));
        assert_string_equal(faults.first->code, "QUERY_TOO_COMPLEX");
    }
    for (size_t i = 0; i + 1 < sizeof text; i += 2) {
        memcpy(text + i, "{a", 2);
    }
    faults_init(&faults, &arena, 10);
    assert_null(ast_parse((struct str){text, sizeof text}, UINT32_MAX, &arena, &faults));
    assert_string_equal(faults.first->code, "QUERY_TOO_COMPLEX");
    faults_init(&faults, &arena, 10);
    assert_non_null(ast_parse(STR("{a b c}"), 5, &arena, &faults));
    assert_null(ast_parse(STR("{a b c}"), 4, &arena, &faults));
    assert_string_equal(faults.first->code, "QUERY_TOO_COMPLEX");
    assert_int_equal(faults.first->places[0].column, 7);
}

static void faults_are_written_as_a_response(void **context)
{
    (void)context;
    struct buffer buffer;
    buffer_init(&buffer, 1000);
    struct json_writer json;
    json_write_init(&json, &buffer, 0);
    faults_init(&faults, &arena, 1);
    fault_add_place(faults_add(&faults, "CODE", (struct ast_place){1, 2}, "a \"%s\"", "b"), (struct ast_place){3, 4});
    assert_null(faults_add(&faults, "CODE", (struct ast_place){5, 6}, "counted only"));
    assert_int_equal(faults.count, 2);
    faults_write(&faults, &json);
    assert_text(buffer_str(&buffer), "{\"errors\":[{\"message\":\"a \\\"b\\\"\",\"locations\":[{\"line\":1,\"column\":2},"
                                     "{\"line\":3,\"column\":4}],\"extensions\":{\"code\":\"CODE\"}}]}");
    buffer_release(&buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_document_keeps_names_kinds_and_places, set_up, tear_down),
        cmocka_unit_test_setup_teardown(columns_count_characters, set_up, tear_down),
        cmocka_unit_test_setup_teardown(strings_are_decoded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(strings_that_stand_for_no_text_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(block_strings_lose_their_indentation, set_up, tear_down),
        cmocka_unit_test_setup_teardown(numbers_end_where_they_should, set_up, tear_down),
        cmocka_unit_test_setup_teardown(values_have_their_kinds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_document_is_refused_at_its_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(definitions_of_a_schema_are_parsed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(depth_and_length_are_limited, set_up, tear_down),
        cmocka_unit_test_setup_teardown(faults_are_written_as_a_response, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
