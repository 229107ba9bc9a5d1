#include "cli/lookup.h"

#include <stdio.h>

struct search {
    struct cli *cli;
    const char *node, *kind;
    char *iteration;
    int found;
    char names[300];
};

static enum status look(struct search *search, struct str iteration, struct error *error)
{
    struct answer answer;
    struct buffer query, id;
    answer_init(&answer);
    buffer_init(&query, MIB);
    buffer_init(&id, MIB);
    buffer_append_str(&id, iteration);
    query_add(&query, "iteration", id.bytes);
    query_add(&query, "node", search->node);
    query_add(&query, "kind", search->kind);
    enum status status = cli_get(search->cli, &answer, buffer_str(&query), error, "/api/v1/nodes/history", NULL);
    if (status == STATUS_OK || (status == STATUS_INVALID && answer.status == 400)) {
        size_t used = strlen(search->names);
        (void)snprintf(search->names + used, sizeof search->names - used, "%s%.*s", search->found > 0 ? ", " : "",
                       STR_ARGS(iteration));
        if (search->found++ == 0) {
            (void)snprintf(search->iteration, ITERATION_SIZE, "%.*s", STR_ARGS(iteration));
        }
        status = STATUS_OK;
    }
    buffer_release(&id);
    buffer_release(&query);
    answer_release(&answer);
    return status == STATUS_ABSENT ? STATUS_OK : status;
}

enum status lookup_iteration(struct cli *cli, const char *node, const char *kind, char iteration[ITERATION_SIZE],
                             struct error *error)
{
    struct search search = {.cli = cli, .node = node, .kind = kind, .iteration = iteration};
    struct answer answer;
    answer_init(&answer);
    enum status status = cli_get(cli, &answer, STR("limit=1000"), error, "/api/v1/iterations", NULL);
    for (struct json_iterator i = each(get(answer.root, "iterations")); status == STATUS_OK && json_next(&i);) {
        status = look(&search, get_text(i.value, "id"), error);
    }
    answer_release(&answer);
    if (status == STATUS_OK && search.found == 0) {
        return error_set(error, STATUS_ABSENT, node, "no iteration has a node of this id; `trimodal show ITERATION` lists them");
    }
    if (status == STATUS_OK && search.found > 1) {
        return error_set(error, STATUS_INVALID, node, "%d iterations have this node (%s); name one with --iteration",
                         search.found, search.names);
    }
    return status;
}

void value_put(struct cli *cli, struct buffer *out, struct json value)
{
    bool first = true;
    switch (value.document == NULL ? JSON_NULL : json_type(value)) {
    case JSON_STRING:
        (void)term_cut(out, json_string(value), 400);
        break;
    case JSON_I64:
        buffer_append_i64(out, json_i64(value));
        break;
    case JSON_U64:
    case JSON_DOUBLE:
        buffer_append_format(out, "%.6g", json_double(value));
        break;
    case JSON_BOOL:
        buffer_append_text(out, json_bool(value) ? "yes" : "no");
        break;
    case JSON_ARRAY:
    case JSON_OBJECT:
        for (struct json_iterator i = json_begin(value); json_next(&i); first = false) {
            buffer_append_text(out, first ? "" : ", ");
            if (json_type(value) == JSON_OBJECT) {
                (void)term_cut(out, i.key, 80);
                buffer_append_text(out, "=");
            }
            value_put(cli, out, i.value);
        }
        break;
    default:
        buffer_append_text(out, "-");
        break;
    }
}

int ask_about_node(struct cli *cli, int argc, char **argv, const char *route, cli_render *render)
{
    const char *iteration = NULL, *kind = NULL, *as_of = NULL, *known_at = NULL;
    const struct option_entry entries[] = {
        {"iteration", "ID", "the node's iteration; needed where several have it", &iteration, NULL, false},
        {"kind", "KIND", "Task, Scenario, CodeModule, …; needed where several kinds share the id", &kind, NULL, false},
        {"as-of", "TIME", "leave out what happened later", &as_of, NULL, false},
        {"known-at", "TIME", "leave out what was learnt later", &known_at, NULL, false},
        {0},
    };
    struct positionals positionals;
    int result = options_parse(cli, entries, argc, argv, 1, 1, &positionals);
    if (result != OPTIONS_GO_ON) {
        return result;
    }
    char found[ITERATION_SIZE];
    struct answer answer;
    struct buffer query;
    struct error error = {0};
    enum status status = STATUS_OK;
    answer_init(&answer);
    buffer_init(&query, MIB);
    if (iteration == NULL) {
        status = lookup_iteration(cli, positionals.items[0], kind, found, &error);
        iteration = found;
    }
    if (status == STATUS_OK) {
        bool in_path = strstr(route, "%s") != NULL;
        query_add(&query, "iteration", in_path ? NULL : iteration);
        query_add(&query, "node", positionals.items[0]);
        query_add(&query, "kind", kind);
        query_add(&query, "asOf", as_of);
        query_add(&query, "observedAt", known_at);
        status = cli_get(cli, &answer, buffer_str(&query), &error, route, in_path ? iteration : NULL);
    }
    buffer_release(&query);
    return cli_end(cli, &answer, status, &error, render);
}
