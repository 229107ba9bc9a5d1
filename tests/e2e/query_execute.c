/* query_execute: the query engine on the synthetic schema, for comparison with another implementation.
 *
 * `query_execute --sdl` prints the schema. Otherwise each line of standard input is a request {"query", "variables",
 * "operationName"}, and its answer one line of standard output.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/json_rewrite.h"
#include "base/limits.h"
#include "query_synthetic.h"

struct session {
    struct query_cache *cache;
    struct json_parser *parser;
    struct buffer answer, variables;
    struct error error;
};

static void die(const struct error *error)
{
    (void)fprintf(stderr, "query_execute: %s: %s\n", error->place, error->text);
    exit(1);
}

static void print_line(struct str text)
{
    (void)fwrite(text.at, 1, text.length, stdout);
    (void)putchar('\n');
}

static struct str variables_of(struct session *session, struct json request)
{
    struct json variables;
    struct json_writer json;
    buffer_clear(&session->variables);
    if (!json_member(request, "variables", &variables)) {
        return STR_NONE;
    }
    json_write_init(&json, &session->variables, 0);
    json_rewrite(variables, &json);
    if (buffer_reserve(&session->variables, JSON_READ_PADDING) == NULL) {
        die(&session->error);
    }
    return buffer_str(&session->variables);
}

static struct query_run *run_plan(struct session *session, struct query_plan *plan, struct str variables,
                                  enum query_pace pace)
{
    struct query_run *run = NULL;
    const struct query_run_options options = {
        .plan = plan, .variables_json = variables, .clock = &clock_system, .pace = pace};
    if (query_run_new(&run, &options, &session->error) != STATUS_OK) {
        die(&session->error);
    }
    while (query_run_step(run) == QUERY_AGAIN) {
    }
    return run;
}

/* Left at every field, it says what it says in one piece. */
static void run_twice(struct session *session, struct query_plan *plan, struct str variables)
{
    struct query_run *whole = run_plan(session, plan, variables, QUERY_AT_ONCE);
    struct query_run *pieces = run_plan(session, plan, variables, QUERY_EVERY_FIELD);
    if (!str_equal(query_run_answer(whole, NULL), query_run_answer(pieces, NULL))) {
        print_line(STR("\"the answer in pieces is another one\""));
    } else {
        print_line(query_run_answer(whole, NULL));
    }
    query_run_free(whole);
    query_run_free(pieces);
}

static void answer(struct session *session, struct str line)
{
    struct json request;
    if (json_parse(session->parser, line, &request, &session->error) != STATUS_OK) {
        die(&session->error);
    }
    const struct query_request asked = {.text = json_member_string(request, "query"),
                                        .operation_name = json_member_string(request, "operationName"),
                                        .introspection = true,
                                        .hints = true};
    struct str variables = variables_of(session, request);
    struct query_plan *plan = NULL;
    enum status status = query_prepare(session->cache, &asked, &plan, &session->answer, &session->error);
    if (status == STATUS_INVALID) {
        print_line(buffer_str(&session->answer));
        return;
    }
    if (status != STATUS_OK) {
        die(&session->error);
    }
    run_twice(session, plan, variables);
    query_plan_release(plan);
}

int main(int count, char **arguments)
{
    static struct session session;
    struct query_schema *schema = NULL;
    if (count > 1 && strcmp(arguments[1], "--sdl") == 0) {
        print_line(str_from(synthetic_sdl));
        return 0;
    }
    if (synthetic_schema_new(&schema, &session.error) != STATUS_OK) {
        die(&session.error);
    }
    struct query_cache_options options = {schema, query_limits_default(), 16, 16 * MIB};
    options.limits.errors_max = options.limits.aliases_max = options.limits.fields_max =
        100000; /* the other side has none */
    session.parser = json_parser_new();
    if (session.parser == NULL || query_cache_new(&session.cache, &options, &session.error) != STATUS_OK) {
        die(&session.error);
    }
    buffer_init(&session.answer, 16 * MIB);
    buffer_init(&session.variables, 16 * MIB);
    char *line = NULL;
    size_t capacity = 0;
    for (ssize_t length; (length = getline(&line, &capacity, stdin)) > 0;) {
        char *padded = malloc((size_t)length + JSON_READ_PADDING);
        if (padded == NULL) {
            return 1;
        }
        memcpy(padded, line, (size_t)length);
        memset(padded + length, 0, JSON_READ_PADDING);
        answer(&session, (struct str){padded, (size_t)length});
        free(padded);
    }
    free(line);
    buffer_release(&session.answer);
    buffer_release(&session.variables);
    json_parser_free(session.parser);
    query_cache_free(session.cache);
    query_schema_free(schema);
    return 0;
}
