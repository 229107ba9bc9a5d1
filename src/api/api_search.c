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
    int64_t left;           /* hits that still fit */
    bool more;
};

static char small(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool holds(struct str text, struct str needle)
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

/* What of the node matches: the name of the place, and its text; NULL when nothing does. */
static const char *match(const struct search *search, const struct graph_view *view, const struct view_node *node,
                         struct str *text)
{
    static const enum event_field messages[] = {EVENT_FIELD_ERROR_MESSAGE, EVENT_FIELD_ERROR_INFO_MESSAGE,
                                                EVENT_FIELD_VIOLATION_MESSAGE, EVENT_FIELD_RULE_ID};
    *text = node->id;
    if (holds(*text, search->needle)) {
        return "id";
    }
    *text = view_name(view, node);
    if (holds(*text, search->needle)) {
        return "name";
    }
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
        *text = view_text(view, node, messages[i]);
        if (text->at != NULL && holds(*text, search->needle)) {
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
    for (uint32_t i = begin; i < end && !search->more; i++) {
        struct str text;
        const char *place = match(search, view, &view->nodes[i], &text);
        if (place == NULL) {
            continue;
        }
        if (search->left == 0) {
            search->more = true;
            return;
        }
        search->left--;
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

static bool ask(struct exchange *exchange, struct search *search)
{
    struct str needle = exchange->query[PARAMETER_Q], kind = exchange->query[PARAMETER_KIND];
    if (needle.length < QUERY_BYTES_MIN) {
        problem(exchange, 400, "q", "Give at least %d characters to look for as q.", QUERY_BYTES_MIN);
        return false;
    }
    char *letters = arena_new(&exchange->arena, needle.length);
    if (letters == NULL) {
        problem(exchange, 503, "", "out of memory");
        return false;
    }
    for (size_t i = 0; i < needle.length; i++) {
        letters[i] = small(needle.at[i]);
    }
    *search = (struct search){.exchange = exchange, .needle = {letters, needle.length}, .one_kind = kind.length > 0};
    if (search->one_kind && !node_kind_from_name(kind, &search->kind)) {
        problem(exchange, 400, "kind", "There is no kind of node \"%.*s\"; kinds are Task, Scenario, CodeModule and so on.",
                STR_ARGS(kind));
        return false;
    }
    return request_number(exchange, PARAMETER_LIMIT, 1, LIMIT_PAGE_ITEMS, PAGE_ITEMS_DEFAULT, &search->left);
}

void handle_search(struct exchange *exchange)
{
    struct search search;
    struct clocks clocks;
    if (!ask(exchange, &search) || !request_clocks(exchange, &clocks)) {
        return;
    }
    const struct graph *graph = exchange->api->options.graph;
    struct str only = exchange->query[PARAMETER_ITERATION];
    struct arena arena;
    arena_init(&arena, VIEW_BYTES_MAX);
    json_write_object_begin(&exchange->json);
    json_write_key(&exchange->json, "hits");
    json_write_array_begin(&exchange->json);
    for (uint32_t i = 0; i < graph_iteration_count(graph) && !search.more; i++) {
        struct graph_iteration iteration = graph_iteration(graph, i);
        struct graph_view *view;
        if (!lists_tenant(exchange, iteration.tenant_id) ||
            (only.length > 0 && !str_equal(iteration.iteration_id, only))) {
            continue;
        }
        arena_clear(&arena);
        enum status status = graph_view_open(graph, iteration.tenant_id, iteration.iteration_id, clocks.valid_at,
                                             clocks.known_at, &arena, &view, NULL);
        if (status == STATUS_OK) {
            search_view(&search, view);
        } else if (status != STATUS_ABSENT) {
            exchange->partial = "an iteration is too large to be searched";
        }
    }
    arena_release(&arena);
    json_write_array_end(&exchange->json);
    json_field_bool(&exchange->json, "more", search.more);
    answer_all(exchange, clocks);
}
