#include "graph/changes.h"

#include <assert.h>
#include <stdlib.h>

#include "graph/graph_internal.h"

const char *change_kind_name(enum change_kind kind)
{
    static const char *const names[] = {"CREATED", "UPDATED", "DELETED"};
    return names[kind];
}

/* --- between two instants ------------------------------------------------------------------------------------------------- */

struct teller {
    const struct graph *graph;
    struct history_scope scope;
    struct arena *arena;
    struct changes *changes;
    size_t capacity;
};

static struct node_change *next_change(struct teller *teller)
{
    struct changes *changes = teller->changes;
    if (changes->node_count == teller->capacity) {
        size_t wanted = teller->capacity == 0 ? 64 : teller->capacity * 2;
        struct node_change *nodes = arena_new(teller->arena, wanted * sizeof *nodes);
        if (nodes == NULL) {
            return NULL;
        }
        if (changes->node_count > 0) {
            memcpy(nodes, changes->nodes, changes->node_count * sizeof *nodes);
        }
        changes->nodes = nodes;
        teller->capacity = wanted;
    }
    return &changes->nodes[changes->node_count++];
}

/* A version as a change; false without memory. */
static bool tell_version(struct teller *teller, const struct view_node *before, bool existed,
                         const struct history_version *version)
{
    if (existed == version->exists && version->change_count == 0) {
        return true;
    }
    struct node_change *change = next_change(teller);
    if (change == NULL) {
        return false;
    }
    *change = (struct node_change){
        .change = !existed ? CHANGE_CREATED : version->exists ? CHANGE_UPDATED : CHANGE_DELETED,
        .kind = version->state.kind,
        .id = version->state.id,
        .before = *before,
        .after = version->state,
        .property_count = version->change_count,
        .properties = version->changes,
        .fact = version->fact,
        .valid_from = version->valid_from,
        .observed_at = version->observed_at,
        .seq = version->seq,
        .type = version->type,
        .event_id = version->event_id,
    };
    return true;
}

static enum status tell_node(struct teller *teller, uint32_t node, struct error *error)
{
    struct history *history;
    enum status status = history_open(teller->graph, node, teller->scope, teller->arena, &history, error);
    if (status != STATUS_OK) {
        return status;
    }
    const struct view_node *before = &history->before;
    bool existed = history->existed;
    for (uint32_t i = 0; i < history->version_count; i++) {
        const struct history_version *version = &history->versions[i];
        if (!tell_version(teller, before, existed, version)) {
            return error_no_memory(error, "changes");
        }
        before = &version->state;
        existed = version->exists;
    }
    return STATUS_OK;
}

static int compare_changes(const void *a, const void *b, void *graph)
{
    const struct node_change *x = a, *y = b;
    if (x->fact != y->fact) {
        return fact_order(graph, x->fact, y->fact);
    }
    return x->kind != y->kind ? (x->kind < y->kind ? -1 : 1) : str_compare(x->id, y->id);
}

static bool is_known(const struct graph *graph, const struct iteration *iteration, uint32_t known_facts)
{
    for (size_t n = 0; n < iteration->node_count; n++) {
        const struct node *node = graph_node_at(graph, iteration->nodes[n]);
        for (uint32_t i = 0; i < node->fact_count; i++) {
            if (node_facts(node)[i] < known_facts) {
                return true;
            }
        }
    }
    return false;
}

enum status changes_between(const struct graph *graph, struct str tenant_id, struct str iteration_id, int64_t from,
                            int64_t until, int64_t known_at, struct arena *arena, struct changes **out, struct error *error)
{
    uint32_t tenant = intern_find(graph->texts, tenant_id), id = intern_find(graph->texts, iteration_id);
    uint32_t number = tenant == 0 || id == 0 ? GRAPH_NONE : graph_find_iteration(graph, tenant, id);
    uint32_t known_facts = graph_known_facts(graph, known_at);
    if (from > until) {
        return error_set(error, STATUS_INVALID, "from", "from is after to; swap them");
    }
    if (number == GRAPH_NONE || !is_known(graph, &graph->iterations[number], known_facts)) {
        return error_set(error, STATUS_ABSENT, "iteration", "there is no iteration \"%.*s\"", STR_ARGS(iteration_id));
    }
    struct changes *changes = arena_new_zeroed(arena, 1, sizeof *changes);
    struct graph_view *reader = arena_new_zeroed(arena, 1, sizeof *reader);
    if (changes == NULL || reader == NULL) {
        return error_no_memory(error, "changes");
    }
    *reader = (struct graph_view){.graph = graph, .arena = arena, .tenant_id = intern_text(graph->texts, tenant),
                                  .iteration_id = intern_text(graph->texts, id), .valid_at = until, .known_at = known_at,
                                  .known_facts = known_facts};
    changes->reader = reader;
    struct teller teller = {.graph = graph,
                            .scope = {HISTORY_BY_VALIDITY, known_at, from, until},
                            .arena = arena,
                            .changes = changes};
    const struct iteration *iteration = &graph->iterations[number];
    for (size_t n = 0; n < iteration->node_count; n++) {
        enum status status = tell_node(&teller, iteration->nodes[n], error);
        if (status != STATUS_OK) {
            return status;
        }
    }
    if (changes->node_count > 0) {
        qsort_r(changes->nodes, changes->node_count, sizeof *changes->nodes, compare_changes, (void *)graph);
    }
    *out = changes;
    return STATUS_OK;
}

/* --- between two views ------------------------------------------------------------------------------------------------------ */

static int compare_nodes(const struct view_node *a, const struct view_node *b)
{
    return a->kind != b->kind ? (a->kind < b->kind ? -1 : 1) : str_compare(a->id, b->id);
}

static bool describe_event(const struct graph_view *view, struct arena *arena, struct node_change *change)
{
    char text[VIEW_EVENT_ID_SIZE];
    if (change->fact == VIEW_NONE) {
        return true;
    }
    change->valid_from = view_fact_valid_from(view, change->fact);
    change->observed_at = view_fact_observed_at(view, change->fact);
    change->seq = view_fact_seq(view, change->fact);
    change->type = view_fact_type(view, change->fact);
    return arena_copy(arena, view_fact_event_id(view, change->fact, text), &change->event_id);
}

/* Either node may be NULL; nothing is added where both are alike. */
static bool compare_node(const struct graph_view *view, const struct view_node *old, const struct view_node *new,
                         struct arena *arena, struct changes *changes)
{
    const struct view_node *named = new != NULL ? new : old;
    struct view_node nothing = {.kind = named->kind, .id = named->id, .node = named->node, .first_fact = VIEW_NONE,
                                .last_fact = VIEW_NONE};
    struct node_change change = {
        .change = old == NULL ? CHANGE_CREATED : new == NULL ? CHANGE_DELETED : CHANGE_UPDATED,
        .kind = named->kind,
        .id = named->id,
        .before = old != NULL ? *old : nothing,
        .after = new != NULL ? *new : nothing,
        .fact = new != NULL ? new->last_fact : VIEW_NONE,
    };
    change.property_count = history_compare(&change.before, &change.after, arena, &change.properties);
    if (change.property_count == UINT32_MAX || !describe_event(view, arena, &change)) {
        return false;
    }
    if (change.change != CHANGE_UPDATED || change.property_count > 0) {
        changes->nodes[changes->node_count++] = change;
    }
    return true;
}

static bool compare_all_nodes(const struct graph_view *before, const struct graph_view *after, struct arena *arena,
                              struct changes *changes)
{
    changes->nodes = arena_new(arena, ((size_t)before->node_count + after->node_count) * sizeof *changes->nodes);
    if (changes->nodes == NULL) {
        return false;
    }
    uint32_t b = 0, a = 0;
    while (b < before->node_count || a < after->node_count) {
        const struct view_node *old = b < before->node_count ? &before->nodes[b] : NULL;
        const struct view_node *new = a < after->node_count ? &after->nodes[a] : NULL;
        int order = old == NULL ? 1 : new == NULL ? -1 : compare_nodes(old, new);
        if (!compare_node(after, order <= 0 ? old : NULL, order >= 0 ? new : NULL, arena, changes)) {
            return false;
        }
        b += order <= 0;
        a += order >= 0;
    }
    return true;
}

static int compare_links(const struct graph_view *a, const struct view_link *x, const struct graph_view *b,
                         const struct view_link *y)
{
    if (x->kind != y->kind) {
        return x->kind < y->kind ? -1 : 1;
    }
    int order = compare_nodes(&a->nodes[x->source], &b->nodes[y->source]);
    return order != 0 ? order : compare_nodes(&a->nodes[x->target], &b->nodes[y->target]);
}

static void add_link_change(const struct graph_view *view, const struct view_link *old, const struct view_link *new,
                            struct changes *changes)
{
    if (old != NULL && new != NULL && old->method == new->method && old->confidence == new->confidence &&
        old->weight == new->weight) {
        return;
    }
    const struct view_link *named = new != NULL ? new : old;
    changes->links[changes->link_count++] = (struct link_change){
        .change = old == NULL ? CHANGE_CREATED : new == NULL ? CHANGE_DELETED : CHANGE_UPDATED,
        .kind = named->kind,
        .source_kind = view->nodes[named->source].kind,
        .target_kind = view->nodes[named->target].kind,
        .source_id = view->nodes[named->source].id,
        .target_id = view->nodes[named->target].id,
        .before = old,
        .after = new,
    };
}

static bool compare_all_links(const struct graph_view *before, const struct graph_view *after, struct arena *arena,
                              struct changes *changes)
{
    changes->links = arena_new(arena, ((size_t)before->link_count + after->link_count) * sizeof *changes->links);
    if (changes->links == NULL) {
        return false;
    }
    uint32_t b = 0, a = 0;
    while (b < before->link_count || a < after->link_count) {
        const struct view_link *old = b < before->link_count ? &before->links[b] : NULL;
        const struct view_link *new = a < after->link_count ? &after->links[a] : NULL;
        int order = old == NULL ? 1 : new == NULL ? -1 : compare_links(before, old, after, new);
        add_link_change(order < 0 ? before : after, order <= 0 ? old : NULL, order >= 0 ? new : NULL, changes);
        b += order <= 0;
        a += order >= 0;
    }
    return true;
}

enum status changes_compare(const struct graph_view *before, const struct graph_view *after, struct arena *arena,
                            struct changes **out, struct error *error)
{
    assert(before->graph == after->graph);
    struct changes *changes = arena_new_zeroed(arena, 1, sizeof *changes);
    if (changes == NULL || !compare_all_nodes(before, after, arena, changes) ||
        !compare_all_links(before, after, arena, changes)) {
        return error_no_memory(error, "changes");
    }
    changes->reader = after;
    *out = changes;
    return STATUS_OK;
}
