/* Opening a view, and reading what stands in it. How a node's state comes out of its facts is in fold.c. */
#include "graph/graph_view.h"

#include <assert.h>
#include <stdlib.h>

#include "base/limits.h"
#include "graph/fold.h"

/* --- the view -------------------------------------------------------------------------------------------------------- */

static void find_kind_starts(struct graph_view *view)
{
    uint32_t n = 0;
    for (uint32_t kind = 0; kind <= NODE_KIND_COUNT; kind++) {
        while (n < view->node_count && (uint32_t)view->nodes[n].kind < kind) {
            n++;
        }
        view->kind_start[kind] = n;
    }
}

/* *any: whether any fact of the iteration is in view. */
static enum status fold_nodes(struct graph_view *view, uint32_t iteration_number, bool *any, struct error *error)
{
    const struct iteration *iteration = &view->graph->iterations[iteration_number];
    *any = false;
    if (iteration->node_count > LIMIT_QUERY_NODES) {
        return error_set(error, STATUS_INVALID, "iteration", "it has %zu nodes; a view shows at most %d",
                         iteration->node_count, LIMIT_QUERY_NODES);
    }
    struct fold fold;
    struct moment moment = {.valid_at = view->valid_at, .fact = GRAPH_NONE, .known_facts = view->known_facts};
    view->nodes = arena_new(view->arena, (iteration->node_count + 1) * sizeof *view->nodes);
    if (view->nodes == NULL || !fold_begin(&fold, view->graph, iteration_number, moment, view->arena)) {
        return error_no_memory(error, "view");
    }
    for (size_t n = 0; n < iteration->node_count; n++) {
        struct view_node *to = &view->nodes[view->node_count];
        bool exists;
        if (!fold_node(&fold, iteration->nodes[n], to, &exists)) {
            return error_no_memory(error, "view");
        }
        *any |= to->version > 0;
        view->node_count += exists;
    }
    find_kind_starts(view);
    return STATUS_OK;
}

static enum status open_view(const struct graph *graph, struct str tenant_id, struct str iteration_id, int64_t valid_at,
                             int64_t known_at, uint32_t known_facts, struct arena *arena, struct graph_view **out,
                             struct error *error)
{
    uint32_t tenant = intern_find(graph->texts, tenant_id);
    uint32_t id = intern_find(graph->texts, iteration_id);
    uint32_t number = tenant == 0 || id == 0 ? GRAPH_NONE : graph_find_iteration(graph, tenant, id);
    if (number == GRAPH_NONE) {
        return error_set(error, STATUS_ABSENT, "iteration", "there is no iteration \"%.*s\"", STR_ARGS(iteration_id));
    }
    struct graph_view *view = arena_new_zeroed(arena, 1, sizeof *view);
    if (view == NULL) {
        return error_no_memory(error, "view");
    }
    graph_sort_nodes(graph, number);
    *view = (struct graph_view){
        .graph = graph,
        .arena = arena,
        .tenant_id = intern_text(graph->texts, tenant),
        .iteration_id = intern_text(graph->texts, id),
        .valid_at = valid_at,
        .known_at = known_at,
        .known_facts = known_facts,
        .position = known_facts == 0 ? 0 : graph_fact_at(graph, known_facts - 1)->seq,
    };
    bool any;
    enum status status = fold_nodes(view, number, &any, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (!any) {
        return error_set(error, STATUS_ABSENT, "iteration", "nothing of iteration \"%.*s\" was %s yet at that time",
                         STR_ARGS(iteration_id), known_facts < graph->fact_count ? "known" : "there");
    }
    if (!view_add_named(view, &view->iteration_id, 1, NODE_ITERATION)) {
        return error_no_memory(error, "view");
    }
    *out = view;
    return STATUS_OK;
}

enum status graph_view_open(const struct graph *graph, struct str tenant_id, struct str iteration_id, int64_t valid_at,
                            int64_t known_at, struct arena *arena, struct graph_view **view, struct error *error)
{
    return open_view(graph, tenant_id, iteration_id, valid_at, known_at, graph_known_facts(graph, known_at), arena, view,
                     error);
}

enum status graph_view_open_known(const struct graph *graph, struct str tenant_id, struct str iteration_id,
                                  int64_t valid_at, uint32_t known_facts, struct arena *arena, struct graph_view **view,
                                  struct error *error)
{
    assert(known_facts <= graph->fact_count);
    int64_t known_at = known_facts == 0 ? INT64_MIN : graph_fact_at(graph, known_facts - 1)->observed_at;
    return open_view(graph, tenant_id, iteration_id, valid_at, known_at, known_facts, arena, view, error);
}

/* --- nodes that exist by being named --------------------------------------------------------------------------------- */

static int compare_strs(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

bool view_add_named(struct graph_view *view, const struct str *ids, uint32_t count, enum node_kind kind)
{
    assert(view->link_count == 0);
    struct str *sorted = arena_new(view->arena, count * sizeof *sorted);
    struct view_node *nodes = arena_new(view->arena, ((size_t)view->node_count + count) * sizeof *nodes);
    if (sorted == NULL || nodes == NULL) {
        return false;
    }
    if (count > 0) {
        memcpy(sorted, ids, count * sizeof *sorted);
        qsort(sorted, count, sizeof *sorted, compare_strs);
    }
    uint32_t total = 0, from = view->kind_start[kind], i = 0;
    memcpy(nodes, view->nodes, from * sizeof *nodes);
    total = from;
    while (from < view->kind_start[kind + 1] || i < count) {
        int order = i == count                          ? -1
                    : from == view->kind_start[kind + 1] ? 1
                                                        : str_compare(view->nodes[from].id, sorted[i]);
        if (order <= 0) {
            nodes[total++] = view->nodes[from++];
            i += order == 0;
        } else {
            nodes[total++] = (struct view_node){.kind = kind, .id = sorted[i], .node = VIEW_NONE,
                                                .first_fact = VIEW_NONE, .last_fact = VIEW_NONE};
            i++;
        }
        while (i < count && str_equal(nodes[total - 1].id, sorted[i])) {
            i++;
        }
    }
    memcpy(nodes + total, view->nodes + from, (view->node_count - from) * sizeof *nodes);
    view->node_count = total + view->node_count - from;
    view->nodes = nodes;
    find_kind_starts(view);
    return true;
}

/* --- finding --------------------------------------------------------------------------------------------------------- */

uint32_t view_find(const struct graph_view *view, enum node_kind kind, struct str id)
{
    uint32_t low = view->kind_start[kind], high = view->kind_start[kind + 1];
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = str_compare(view->nodes[middle].id, id);
        if (order == 0) {
            return middle;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return VIEW_NONE;
}

/* First property not before (property, sub). */
static uint32_t lower_bound(const struct view_node *node, uint32_t property, uint32_t sub)
{
    uint32_t low = 0, high = node->property_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct view_property *at = &node->properties[middle];
        if (at->property < property || (at->property == property && at->sub < sub)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

const struct view_property *view_property(const struct view_node *node, uint32_t property, uint32_t sub)
{
    uint32_t at = lower_bound(node, property, sub);
    return at < node->property_count && node->properties[at].property == property && node->properties[at].sub == sub
               ? &node->properties[at]
               : NULL;
}

const struct view_property *view_properties(const struct view_node *node, uint32_t property, uint32_t *count)
{
    uint32_t from = lower_bound(node, property, 0);
    uint32_t to = from;
    while (to < node->property_count && node->properties[to].property == property) {
        to++;
    }
    *count = to - from;
    return to > from ? &node->properties[from] : NULL;
}

/* --- values ---------------------------------------------------------------------------------------------------------- */

struct str view_value_text(const struct graph_view *view, uint32_t value)
{
    assert(value < VALUE_OUT_OF_LINE);
    return intern_text(view->graph->texts, value);
}

int64_t view_value_integer(const struct graph_view *view, uint32_t value)
{
    if (value < VALUE_OUT_OF_LINE) {
        return value;
    }
    struct str bytes = intern_text(view->graph->texts, value & ~VALUE_OUT_OF_LINE);
    int64_t integer;
    assert(bytes.length == sizeof integer);
    memcpy(&integer, bytes.at, sizeof integer);
    return integer;
}

double view_value_real(const struct graph_view *view, uint32_t value)
{
    struct str bytes = intern_text(view->graph->texts, value & ~VALUE_OUT_OF_LINE);
    double real;
    assert(value >= VALUE_OUT_OF_LINE && bytes.length == sizeof real);
    memcpy(&real, bytes.at, sizeof real);
    return real;
}

struct str view_sub_text(const struct graph_view *view, uint32_t sub)
{
    return intern_text(view->graph->texts, sub);
}

uint32_t view_sub_find(const struct graph_view *view, struct str text)
{
    return intern_find(view->graph->texts, text);
}

struct str view_text(const struct graph_view *view, const struct view_node *node, uint32_t property)
{
    const struct view_property *found = view_property(node, property, 0);
    return found == NULL ? STR_NONE : view_value_text(view, found->value);
}

int64_t view_integer(const struct graph_view *view, const struct view_node *node, uint32_t property, int64_t fallback)
{
    const struct view_property *found = view_property(node, property, 0);
    return found == NULL ? fallback : view_value_integer(view, found->value);
}

double view_real(const struct graph_view *view, const struct view_node *node, uint32_t property, double fallback)
{
    const struct view_property *found = view_property(node, property, 0);
    return found == NULL ? fallback : view_value_real(view, found->value);
}

enum node_status view_status(const struct view_node *node)
{
    const struct view_property *found = view_property(node, PROPERTY_STATUS, 0);
    if (found == NULL) {
        found = view_property(node, PROPERTY_STATUS_DECLARED, 0);
    }
    return found == NULL ? STATE_NONE : (enum node_status)found->value;
}

struct str view_metadata(const struct graph_view *view, const struct view_node *node, struct str key)
{
    uint32_t sub = view_sub_find(view, key);
    const struct view_property *found = sub == 0 ? NULL : view_property(node, EVENT_FIELD_METADATA, sub);
    return found == NULL ? STR_NONE : view_value_text(view, found->value);
}

struct str view_name(const struct graph_view *view, const struct view_node *node)
{
    static const enum event_field names[NODE_KIND_COUNT] = {
        [NODE_SCENARIO] = EVENT_FIELD_SCENARIO_NAME,
        [NODE_SPEC] = EVENT_FIELD_FEATURE_NAME,
        [NODE_MODULE] = EVENT_FIELD_MODULE_NAME,
        [NODE_QUALITY_GATE] = EVENT_FIELD_QUALITY_GATE_NAME,
    };
    struct str name = view_metadata(view, node, STR("name"));
    if (name.length == 0 && names[node->kind] != 0) {
        name = view_text(view, node, names[node->kind]);
    }
    return name.length == 0 ? node->id : name;
}

/* --- history of one property ----------------------------------------------------------------------------------------- */

static const struct track *find_track(const struct node *node, uint32_t property, uint32_t sub)
{
    for (uint32_t t = 0; t < node->track_count; t++) {
        if (node->tracks[t].property == property && node->tracks[t].sub == sub) {
            return &node->tracks[t];
        }
    }
    return NULL;
}

uint32_t view_sets(const struct graph_view *view, const struct view_node *node, uint32_t property, uint32_t sub,
                   uint32_t fact_after, const struct view_property **out)
{
    *out = NULL;
    const struct track *track =
        node->node == VIEW_NONE ? NULL : find_track(graph_node_at(view->graph, node->node), property, sub);
    if (track == NULL) {
        return 0;
    }
    struct view_property *sets = arena_new(view->arena, track->count * sizeof *sets);
    if (sets == NULL) {
        return UINT32_MAX;
    }
    const struct entry *entries = track_entries(track);
    uint32_t count = 0;
    for (uint32_t i = 0; i < track->count; i++) {
        uint32_t fact = entries[i].fact;
        if (fact < view->known_facts && graph_fact_at(view->graph, fact)->valid_from <= view->valid_at &&
            (fact_after == VIEW_NONE || fact_order(view->graph, fact_after, fact) < 0)) {
            sets[count++] = (struct view_property){(uint16_t)property, sub, entries[i].value, fact};
        }
    }
    *out = sets;
    return count;
}

uint32_t view_held_since(const struct graph_view *view, const struct view_node *node, const struct view_property *property)
{
    const struct track *track = find_track(graph_node_at(view->graph, node->node), property->property, property->sub);
    assert(track != NULL);
    const struct entry *entries = track_entries(track);
    uint32_t i = track->count;
    while (entries[i - 1].fact != property->fact) {
        i--;
    }
    uint32_t since = property->fact;
    for (; i > 0; i--) {
        if (entries[i - 1].fact >= view->known_facts) {
            continue; /* not known yet: it can neither hold nor break the run */
        }
        if (entries[i - 1].value != property->value) {
            break;
        }
        since = entries[i - 1].fact;
    }
    return since;
}

/* --- facts ----------------------------------------------------------------------------------------------------------- */

int64_t view_fact_valid_from(const struct graph_view *view, uint32_t fact)
{
    return graph_fact_at(view->graph, fact)->valid_from;
}

int64_t view_fact_observed_at(const struct graph_view *view, uint32_t fact)
{
    return graph_fact_at(view->graph, fact)->observed_at;
}

uint64_t view_fact_seq(const struct graph_view *view, uint32_t fact)
{
    return graph_fact_at(view->graph, fact)->seq;
}

enum event_type view_fact_type(const struct graph_view *view, uint32_t fact)
{
    return (enum event_type)graph_fact_at(view->graph, fact)->type;
}

_Static_assert(VIEW_EVENT_ID_SIZE == GRAPH_EVENT_ID_SIZE, "one size for an event id's text");

struct str view_fact_event_id(const struct graph_view *view, uint32_t fact, char text[VIEW_EVENT_ID_SIZE])
{
    return graph_fact_event_id(view->graph, fact, text);
}

struct str view_fact_trace_id(const struct graph_view *view, uint32_t fact)
{
    return intern_text(view->graph->texts, graph_fact_at(view->graph, fact)->trace);
}

int view_fact_order(const struct graph_view *view, uint32_t a, uint32_t b)
{
    return a == b ? 0 : fact_order(view->graph, a, b);
}

/* --- links ----------------------------------------------------------------------------------------------------------- */

static int compare_links(const void *a, const void *b)
{
    const struct view_link *x = a, *y = b;
    if (x->kind != y->kind) {
        return x->kind < y->kind ? -1 : 1;
    }
    if (x->source != y->source) {
        return x->source < y->source ? -1 : 1;
    }
    return x->target < y->target ? -1 : x->target > y->target;
}

/* Counting sort of link numbers by one of their ends; stable, so each end's links keep the order of `links`. */
static bool index_by(struct graph_view *view, bool by_source, uint32_t **starts_out, uint32_t **numbers_out)
{
    uint32_t *starts = arena_new_zeroed(view->arena, (size_t)view->node_count + 2, sizeof *starts);
    uint32_t *numbers = arena_new(view->arena, view->link_count * sizeof *numbers);
    if (starts == NULL || numbers == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < view->link_count; i++) {
        starts[(by_source ? view->links[i].source : view->links[i].target) + 2]++;
    }
    for (uint32_t n = 2; n < view->node_count + 2; n++) {
        starts[n] += starts[n - 1];
    }
    for (uint32_t i = 0; i < view->link_count; i++) {
        numbers[starts[(by_source ? view->links[i].source : view->links[i].target) + 1]++] = i;
    }
    *starts_out = starts;
    *numbers_out = numbers;
    return true;
}

bool view_index_links(struct graph_view *view)
{
    if (view->link_count > 0) {
        qsort(view->links, view->link_count, sizeof *view->links, compare_links);
    }
    return index_by(view, true, &view->links_from, &view->links_by_source) &&
           index_by(view, false, &view->links_to, &view->links_by_target);
}

uint32_t view_out_count(const struct graph_view *view, uint32_t node)
{
    return view->links_from[node + 1] - view->links_from[node];
}

const struct view_link *view_out(const struct graph_view *view, uint32_t node, uint32_t i)
{
    return &view->links[view->links_by_source[view->links_from[node] + i]];
}

uint32_t view_in_count(const struct graph_view *view, uint32_t node)
{
    return view->links_to[node + 1] - view->links_to[node];
}

const struct view_link *view_in(const struct graph_view *view, uint32_t node, uint32_t i)
{
    return &view->links[view->links_by_target[view->links_to[node] + i]];
}
