/* Search over the nodes of all iterations, as they are at (V, K). What matches is decided as in REST's search.
 *
 * Two steps: a look at every iteration, one view at a time; then views that stay for those iterations only that have something
 * on the page. */
#include "api/graphql_private.h"

#define VIEW_BYTES_MAX (512 * MIB)

struct hit {
    uint32_t iteration; /* its number */
    enum node_kind kind;
    struct str id; /* the graph's */
};

struct search_page {
    struct graphql_violations all; /* also where hits are of any kind */
    struct arena_list hits;        /* struct hit, by iteration, kind and id */
    enum lens lens;
};

/* What is looked for. */
struct search {
    struct str needle; /* in small letters */
    struct str iteration_id;
    uint32_t kinds;
    bool violations; /* as the lens has them; else nodes as they are */
    int severity;    /* or -1 */
    int is_active;   /* or -1 */
};

static bool add_hit(struct search_page *page, uint32_t iteration, const struct view_node *node)
{
    struct hit *hit = arena_list_add(&page->hits);
    if (hit == NULL) {
        return false;
    }
    hit->iteration = iteration;
    hit->kind = node->kind;
    return arena_copy(page->hits.arena, node->id, &hit->id);
}

static bool search_nodes(const struct search *search, const struct graph_view *view, uint32_t iteration,
                         struct search_page *page)
{
    for (uint32_t n = 0; n < view->node_count; n++) {
        const struct view_node *node = &view->nodes[n];
        struct str text;
        if ((search->kinds >> node->kind & 1) != 0 && search_match(search->needle, view, node, &text) != NULL &&
            !add_hit(page, iteration, node)) {
            return false;
        }
    }
    return true;
}

static bool search_violations(const struct search *search, const struct graph_view *view, uint32_t iteration,
                              struct arena *arena, struct search_page *page)
{
    struct lens_acc lens;
    if (lens_acc_read(view, arena, &lens, NULL) != STATUS_OK) {
        page->all.page.partial = "an iteration is too large to be searched";
        return true;
    }
    for (uint32_t i = 0; i < lens.violation_count; i++) {
        const struct acc_violation *violation = &lens.violations[i];
        if ((search->severity < 0 || (int)violation->severity == search->severity) &&
            (search->is_active < 0 || violation->active == (search->is_active == 1)) &&
            search_violation(search->needle, view, violation) && !add_hit(page, iteration, &view->nodes[violation->node])) {
            return false;
        }
    }
    return true;
}

/* False without memory. */
static bool search_iteration(struct api *api, const struct search *search, uint32_t number, struct arena *arena,
                             struct search_page *page)
{
    struct graph_iteration iteration = graph_iteration(api->options.graph, number);
    struct clocks clocks = page->all.page.clocks;
    struct graph_view *view;
    enum status status =
        search->violations
            ? view_read(api, iteration.tenant_id, iteration.iteration_id, clocks, arena, &view, NULL)
            : graph_view_open(api->options.graph, iteration.tenant_id, iteration.iteration_id, clocks.valid_at, clocks.known_at,
                              arena, &view, NULL);
    if (status != STATUS_OK) {
        page->all.page.partial = status == STATUS_ABSENT ? page->all.page.partial : "an iteration is too large to be searched";
        return true;
    }
    return search->violations ? search_violations(search, view, number, arena, page)
                              : search_nodes(search, view, number, page);
}

static bool search_all(struct query_call *call, const struct search *search, struct search_page *page)
{
    struct graphql_request *request = request_of(call);
    const struct graph *graph = request->api->options.graph;
    bool fine = true, goes_on = true;
    struct arena arena;
    arena_init(&arena, VIEW_BYTES_MAX);
    for (uint32_t i = 0; i < graph_iteration_count(graph) && fine && goes_on; i++) {
        struct graph_iteration iteration = graph_iteration(graph, i);
        bool listed = request->asker.all_tenants || str_equal(iteration.tenant_id, request->asker.tenant_id);
        if (listed && (search->iteration_id.length == 0 || str_equal(iteration.iteration_id, search->iteration_id))) {
            arena_clear(&arena);
            fine = search_iteration(request->api, search, i, &arena, page);
            goes_on = query_breathe(call); /* views are of one (V, K) each; nothing of them is held on to */
        }
    }
    arena_release(&arena);
    if (!fine) {
        fail_memory(call);
    }
    return fine && goes_on;
}

/* ---- pages of hits ---- */

static const struct hit *hit_of(const struct search_page *page, size_t index)
{
    return (const struct hit *)(const void *)page->hits.items + index;
}

static void hit_at(struct query_call *call, const void *at, size_t index, struct query_value *value)
{
    const struct search_page *page = at;
    const struct hit *hit = hit_of(page, index);
    struct graph_iteration iteration = graph_iteration(request_of(call)->api->options.graph, hit->iteration);
    struct graphql_view *view = view_open_for(call, iteration.tenant_id, iteration.iteration_id, page->all.page.clocks);
    if (view != NULL) {
        give_node(call, value, &view->scopes[page->lens], view_find(view->view, hit->kind, hit->id));
    }
}

static void hit_key(const void *at, size_t index, struct buffer *key)
{
    const struct hit *hit = hit_of(at, index);
    key_number(key, hit->iteration);
    buffer_append_char(key, (char)('A' + hit->kind));
    buffer_append_str(key, hit->id);
}

static void answer_search(struct query_call *call, struct query_value *value, struct search search, enum lens lens)
{
    struct error error;
    struct search_page *made = new_zeroed(call, 1, sizeof *made);
    if (made == NULL) {
        return;
    }
    struct str query = argument_text(call, "query");
    if (query.at != NULL && search_needle(query, "query", &request_of(call)->arena, &search.needle, &error) != STATUS_OK) {
        query_fail_error(call, &error);
        return;
    }
    search.iteration_id = argument_text(call, "iterationId");
    arena_list_init(&made->hits, &request_of(call)->arena, sizeof(struct hit));
    made->lens = lens;
    made->all.page = (struct graphql_connection){
        .at = made, .item = hit_at, .key = hit_key, .clocks = argument_clocks(call)};
    if (!search_all(call, &search, made)) {
        return;
    }
    made->all.page.total = made->hits.count;
    if (page_cut(call, &made->all.page)) {
        give_pointer(value, made);
    }
}

static void Query_searchNodes(struct query_call *call, struct query_object object, struct query_value *value)
{
    struct search search = {
        .kinds = (uint32_t)argument_bits(call, "kinds", word_at_node_kind), .severity = -1, .is_active = -1};
    (void)object;
    answer_search(call, value, search, LENS_CONVERGENCE);
}

static void Query_searchViolations(struct query_call *call, struct query_object object, struct query_value *value)
{
    const struct query_input *active = query_argument(call, "active");
    struct search search = {.violations = true,
                            .severity = argument_word(call, "severity", word_severity),
                            .is_active = active->kind == QUERY_INPUT_BOOLEAN ? active->boolean : -1};
    (void)object;
    answer_search(call, value, search, LENS_ACC);
}

static const struct query_binding bindings[] = {
    {"Query", "searchNodes", Query_searchNodes, READ},
    {"Query", "searchViolations", Query_searchViolations, READ},
};
const struct graphql_bindings graphql_search_bindings = BINDINGS_OF(bindings);
