/* Search over the nodes of all iterations, as they are at (V, K): by id, name, and the messages of failures and violations.
 *
 * A plain look at every node: no index to keep right on two clocks. ASCII letters match in either case. */
#include "api/api_private.h"

#define QUERY_BYTES_MIN 2
#define VIEW_BYTES_MAX (512 * MIB)

struct search {
    struct exchange *exchange;
    struct str needle;      /* in small letters */
    bool one_kind;
    enum node_kind kind;
    enum acc_severity severity;
    bool needs_links;
    struct arena arena; /* of one view after the other */
};

static char small(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool search_holds(struct str text, struct str needle)
{
    for (size_t i = 0; i + needle.length <= text.length; i++) {
        size_t same = 0;
        while (same < needle.length && small(text.at[i + same]) == needle.at[same]) {
            same++;
        }
        if (same == needle.length) {
            return true;
        }
    }
    return false;
}

const char *search_match(struct str needle, const struct graph_view *view, const struct view_node *node, struct str *text)
{
    static const enum event_field messages[] = {EVENT_FIELD_ERROR_MESSAGE, EVENT_FIELD_ERROR_INFO_MESSAGE,
                                                EVENT_FIELD_VIOLATION_MESSAGE, EVENT_FIELD_RULE_ID};
    *text = node->id;
    if (search_holds(*text, needle)) {
        return "id";
    }
    *text = view_name(view, node);
    if (search_holds(*text, needle)) {
        return "name";
    }
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
        *text = view_text(view, node, messages[i]);
        if (text->at != NULL && search_holds(*text, needle)) {
            return event_field_name(messages[i]);
        }
    }
    return NULL;
}

static void search_view(struct search *search, const struct graph_view *view)
{
    struct json_writer *json = &search->exchange->json;
    uint32_t begin = search->one_kind ? view->kind_start[search->kind] : 0;
    uint32_t end = search->one_kind ? view->kind_start[search->kind + 1] : view->node_count;
    for (uint32_t i = begin; i < end; i++) {
        struct str text;
        const char *place = search_match(search->needle, view, &view->nodes[i], &text);
        if (place == NULL || !page_takes(&search->exchange->page)) {
            continue;
        }
        json_write_object_begin(json);
        json_field_str(json, "iteration", view->iteration_id);
        json_field_str(json, "tenant", view->tenant_id);
        json_field_text(json, "kind", node_kind_name(view->nodes[i].kind));
        json_field_str(json, "id", view->nodes[i].id);
        json_field_str(json, "name", view_name(view, &view->nodes[i]));
        json_field_text(json, "status", node_status_name(view_status(&view->nodes[i])));
        json_field_text(json, "matched", place);
        json_field_str(json, "text", text);
        json_write_object_end(json);
    }
}

enum status search_needle(struct str query, const char *asked_as, struct arena *arena, struct str *needle, struct error *error)
{
    if (query.length < QUERY_BYTES_MIN) {
        return error_set(error, STATUS_INVALID, asked_as, "Give at least %d characters to look for as %s.", QUERY_BYTES_MIN,
                         asked_as);
    }
    char *letters = arena_new(arena, query.length);
    if (letters == NULL) {
        return error_no_memory(error, "search");
    }
    for (size_t i = 0; i < query.length; i++) {
        letters[i] = small(query.at[i]);
    }
    *needle = (struct str){letters, query.length};
    return STATUS_OK;
}

static bool ask(struct exchange *exchange, bool may_be_absent, struct search *search)
{
    struct str needle = exchange->query[PARAMETER_Q], kind = exchange->query[PARAMETER_KIND];
    struct error error;
    if (!(may_be_absent && needle.at == NULL) &&
        search_needle(needle, "q", &exchange->arena, &needle, &error) != STATUS_OK) {
        problem_error(exchange, &error);
        return false;
    }
    *search = (struct search){.exchange = exchange, .needle = needle, .one_kind = kind.length > 0};
    if (search->one_kind && !node_kind_from_name(kind, &search->kind)) {
        problem(exchange, 400, "kind", "There is no kind of node \"%.*s\"; kinds are Task, Scenario, CodeModule and so on.",
                STR_ARGS(kind));
        return false;
    }
    return true;
}

/* Each iteration of the listing that is there at (V, K), until the page is full. */
static void for_each_view(struct search *search, struct clocks clocks,
                          void (*look)(struct search *search, const struct graph_view *view))
{
    struct exchange *exchange = search->exchange;
    const struct graph *graph = exchange->api->options.graph;
    struct str only = exchange->query[PARAMETER_ITERATION];
    struct error error;
    arena_init(&search->arena, VIEW_BYTES_MAX);
    for (uint32_t i = 0; i < graph_iteration_count(graph) && !page_is_past(&exchange->page); i++) {
        struct graph_iteration iteration = graph_iteration(graph, i);
        struct graph_view *view;
        if (!lists_tenant(exchange, iteration.tenant_id) ||
            (only.length > 0 && !str_equal(iteration.iteration_id, only))) {
            continue;
        }
        arena_clear(&search->arena);
        enum status status =
            search->needs_links
                ? view_read(exchange->api, iteration.tenant_id, iteration.iteration_id, clocks, &search->arena, &view, &error)
                : graph_view_open(graph, iteration.tenant_id, iteration.iteration_id, clocks.valid_at, clocks.known_at,
                                  &search->arena, &view, &error);
        if (status == STATUS_OK) {
            look(search, view);
        } else if (status != STATUS_ABSENT) {
            exchange->partial = "an iteration is too large to be searched";
        }
    }
    arena_release(&search->arena);
}

void handle_search(struct exchange *exchange)
{
    struct search search;
    struct clocks clocks;
    if (!ask(exchange, false, &search) || !request_clocks(exchange, &clocks)) {
        return;
    }
    json_write_object_begin(&exchange->json);
    json_write_key(&exchange->json, "hits");
    json_write_array_begin(&exchange->json);
    for_each_view(&search, clocks, search_view);
    json_write_array_end(&exchange->json);
    json_field_bool(&exchange->json, "more", page_is_past(&exchange->page));
    answer_all(exchange, clocks);
}

/* ---- violations ---- */

bool search_violation(struct str needle, const struct graph_view *view, const struct acc_violation *violation)
{
    const struct str texts[] = {view->nodes[violation->node].id, violation->message, violation->rule_id,
                                violation->source_module, violation->target_module};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (search_holds(texts[i], needle)) {
            return true;
        }
    }
    return false;
}

static void search_violations(struct search *search, const struct graph_view *view)
{
    struct json_writer *json = &search->exchange->json;
    struct lens_acc lens;
    struct error error;
    if (lens_acc_read(view, &search->arena, &lens, &error) != STATUS_OK) {
        search->exchange->partial = "an iteration is too large to be searched";
        return;
    }
    for (uint32_t i = 0; i < lens.violation_count; i++) {
        const struct acc_violation *violation = &lens.violations[i];
        if ((search->severity != ACC_SEVERITY_COUNT && violation->severity != search->severity) ||
            !search_violation(search->needle, view, violation) || !page_takes(&search->exchange->page)) {
            continue;
        }
        json_write_object_begin(json);
        json_field_str(json, "iteration", view->iteration_id);
        json_field_str(json, "tenant", view->tenant_id);
        write_violation_fields(json, view, violation);
        json_write_object_end(json);
    }
}

void handle_search_violations(struct exchange *exchange)
{
    struct search search;
    struct clocks clocks;
    if (!ask(exchange, true, &search) || !severity_asked(exchange, &search.severity) || !request_clocks(exchange, &clocks)) {
        return;
    }
    search.needs_links = true;
    json_write_object_begin(&exchange->json);
    json_write_key(&exchange->json, "violations");
    json_write_array_begin(&exchange->json);
    for_each_view(&search, clocks, search_violations);
    json_write_array_end(&exchange->json);
    answer_all(exchange, clocks);
}
