/* Reads lines of JSON, {"sdl": …} or {"document": …}, and answers each with a line {"errors": […]}: what the schema or the
 * document, asked of the last schema that held, does not keep of the specification. For comparing with other programs. */
#include <stdio.h>
#include <stdlib.h>

#include "base/json_read.h"
#include "base/limits.h"
#include "query/language.h"

static struct query_schema *schema;

static void check_sdl(struct str sdl, struct json_writer *json)
{
    const struct schema_demands none = {0};
    struct query_schema *made;
    struct error error;
    json_write_object_begin(json);
    json_write_key(json, "errors");
    json_write_array_begin(json);
    if (schema_new(&made, sdl, NULL, 0, &none, &error) == STATUS_OK) {
        query_schema_free(schema);
        schema = made;
    } else {
        json_write_object_begin(json);
        json_field_text(json, "place", error.place);
        json_field_text(json, "message", error.text);
        json_write_object_end(json);
    }
    json_write_array_end(json);
    json_write_object_end(json);
}

static void check_document(struct str text, struct json_writer *json)
{
    const struct validate_options options = {
        .depth_max = 10000, .aliases_max = 1000000, .fields_max = 1000000, .introspection = true, .hints = true};
    struct arena arena;
    struct query_faults faults;
    arena_init(&arena, 1 * GIB);
    faults_init(&faults, &arena, 1000);
    const struct ast_document *document = ast_parse(text, 10000000, &arena, &faults);
    if (document != NULL) {
        validate_document(schema, document, &options, &faults);
    }
    if (faults.out_of_memory || (document == NULL && faults.count == 0)) {
        abort();
    }
    faults_write(&faults, json);
    arena_release(&arena);
}

int main(void)
{
    struct json_parser *parser = json_parser_new();
    char *line = NULL;
    size_t capacity = 0;
    struct buffer padded, answer;
    buffer_init(&padded, 256 * MIB);
    buffer_init(&answer, 256 * MIB);
    for (ssize_t length; parser != NULL && (length = getline(&line, &capacity, stdin)) > 0;) {
        buffer_clear(&padded);
        buffer_clear(&answer);
        buffer_append(&padded, line, (size_t)length);
        char *padding = buffer_reserve(&padded, JSON_READ_PADDING);
        struct json root;
        struct error error;
        if (padding == NULL || json_parse(parser, buffer_str(&padded), &root, &error) != STATUS_OK) {
            (void)fprintf(stderr, "query_check: %s\n", error.text);
            return 2;
        }
        struct json_writer json;
        json_write_init(&json, &answer, 0);
        struct str sdl = json_member_string(root, "sdl");
        if (sdl.at != NULL) {
            check_sdl(sdl, &json);
        } else {
            check_document(json_member_string(root, "document"), &json);
        }
        (void)printf("%.*s\n", (int)answer.length, answer.bytes);
        (void)fflush(stdout);
    }
    free(line);
    buffer_release(&padded);
    buffer_release(&answer);
    query_schema_free(schema);
    json_parser_free(parser);
    return 0;
}
