#include "api/stream_frame.h"

#include "api/api_private.h"

/* ---- what belongs to a requirement ---- */

/* From a requirement along the way it is fulfilled and validated. Dependencies and components are not followed, as over
 * them everything belongs to everything. */
#define FOLLOWED_FORWARD                                                                                                    \
    (1u << LINK_FULFILLED_BY | 1u << LINK_VALIDATED_BY | 1u << LINK_GENERATES | 1u << LINK_IMPLEMENTS | 1u << LINK_GATED_BY | \
     1u << LINK_CONTAINS | 1u << LINK_VALIDATES)
#define FOLLOWED_BACKWARD (1u << LINK_AFFECTS | 1u << LINK_EXECUTED)

struct reach {
    const struct graph_view *view;
    bool *reached;
    uint32_t *queue;
    uint32_t count;
};

static void reach_node(struct reach *reach, uint32_t node)
{
    if (!reach->reached[node]) {
        reach->reached[node] = true;
        reach->queue[reach->count++] = node;
    }
}

static void reach_from(struct reach *reach, uint32_t node)
{
    const struct graph_view *view = reach->view;
    for (uint32_t i = 0; i < view_out_count(view, node); i++) {
        const struct view_link *link = view_out(view, node, i);
        if (link->confidence > 0 && (FOLLOWED_FORWARD >> link->kind & 1) != 0) {
            reach_node(reach, link->target);
        }
    }
    for (uint32_t i = 0; i < view_in_count(view, node); i++) {
        const struct view_link *link = view_in(view, node, i);
        bool is_scenario = link->kind == LINK_BELONGS_TO && view->nodes[link->source].kind == NODE_SCENARIO;
        if (link->confidence > 0 && ((FOLLOWED_BACKWARD >> link->kind & 1) != 0 || is_scenario)) {
            reach_node(reach, link->source);
        }
    }
}

static bool is_named(struct str ids, struct str id)
{
    struct str piece;
    while (id.length > 0 && str_split_next(&ids, GRAPH_SEPARATOR, &piece)) {
        if (str_equal(piece, id)) {
            return true;
        }
    }
    return false;
}

/* Which nodes the filter lets through. NULL without memory. */
static bool *nodes_kept(const struct stream_filter *filter, const struct graph_view *view, struct arena *arena)
{
    bool *kept = arena_new_zeroed(arena, view->node_count + 1, sizeof *kept);
    if (kept == NULL) {
        return NULL;
    }
    if (filter->requirements.at != NULL) {
        struct reach reach = {view, kept, arena_new(arena, (view->node_count + 1) * sizeof(uint32_t)), 0};
        if (reach.queue == NULL) {
            return NULL;
        }
        for (uint32_t n = 0; n < view->node_count; n++) {
            const struct view_node *node = &view->nodes[n];
            if (is_named(filter->requirements, node->kind == NODE_REQUIREMENT
                                                   ? node->id
                                                   : view_text(view, node, EVENT_FIELD_REQUIREMENT_ID))) {
                reach_node(&reach, n);
            }
        }
        for (uint32_t i = 0; i < reach.count; i++) {
            reach_from(&reach, reach.queue[i]);
        }
    }
    for (uint32_t n = 0; n < view->node_count; n++) {
        kept[n] = (filter->requirements.at == NULL || kept[n]) && (filter->kinds >> view->nodes[n].kind & 1) != 0;
    }
    return kept;
}

/* ---- the frame ---- */

struct frame {
    const struct live_update *update;
    struct json_writer *json;
    bool *kept_before, *kept_after;
    bool *entered; /* nodes of `after` that the reader has not had */
    bool anything;
};

static void write_head(struct json_writer *json, const struct stream_filter *filter, const struct live_update *update)
{
    char cursor[LIVE_POINT_SIZE];
    live_point_format((struct live_point){update->position, update->valid_at}, cursor);
    json_write_object_begin(json);
    json_field_text(json, "type", update->is_reset ? "read_afresh" : update->is_position ? "position" : "changes");
    json_field_text(json, "stream", filter->stream);
    json_field_str(json, "iteration", update->iteration_id);
    json_field_i64(json, "from_position", (int64_t)update->from_position);
    json_field_i64(json, "position", (int64_t)update->position);
    json_field_text(json, "cursor", cursor);
    json_field_bool(json, "coalesced", update->is_coalesced && !update->is_position && !update->is_reset);
    json_field_bool(json, "late", update->is_late);
}

static int compare_nodes(const struct view_node *a, const struct view_node *b)
{
    return a->kind != b->kind ? (a->kind < b->kind ? -1 : 1) : str_compare(a->id, b->id);
}

/* `before` and `after` are nodes of the views, VIEW_NONE where the reader has (is to have) none. */
static void write_node_entry(struct frame *frame, uint32_t before, uint32_t after)
{
    const struct live_update *update = frame->update;
    const struct graph_view *view = after != VIEW_NONE ? update->after : update->before;
    const struct view_node *node = &view->nodes[after != VIEW_NONE ? after : before];
    enum change_kind change = before == VIEW_NONE ? CHANGE_CREATED : after == VIEW_NONE ? CHANGE_DELETED : CHANGE_UPDATED;
    bool has_event = after != VIEW_NONE && node->last_fact != VIEW_NONE;
    struct json_writer *json = frame->json;
    frame->anything = true;
    json_write_object_begin(json);
    json_field_text(json, "event", has_event ? event_type_symbol(view_fact_type(view, node->last_fact)) : NULL);
    json_field_text(json, "change", change_kind_name(change));
    json_field_text(json, "kind", node_kind_name(node->kind));
    json_field_str(json, "id", node->id);
    json_field_text(json, "status", after == VIEW_NONE ? NULL : node_status_name(view_status(node)));
    json_field_text(json, "previous_status",
                    before == VIEW_NONE ? NULL : node_status_name(view_status(&update->before->nodes[before])));
    json_write_key(json, "node");
    if (after == VIEW_NONE) {
        json_write_null(json);
    } else {
        write_node(json, view, after, NULL);
    }
    json_write_object_end(json);
}

/* Both views and the changes are in the same order. */
static void write_nodes(struct frame *frame)
{
    const struct graph_view *before = frame->update->before, *after = frame->update->after;
    const struct changes *changes = frame->update->changes;
    uint32_t b = 0, a = 0, c = 0;
    json_write_key(frame->json, "nodes");
    json_write_array_begin(frame->json);
    while (b < before->node_count || a < after->node_count) {
        const struct view_node *old = b < before->node_count ? &before->nodes[b] : NULL;
        const struct view_node *new = a < after->node_count ? &after->nodes[a] : NULL;
        int order = old == NULL ? 1 : new == NULL ? -1 : compare_nodes(old, new);
        const struct view_node *named = order <= 0 ? old : new;
        bool changed = c < changes->node_count && changes->nodes[c].kind == named->kind &&
                       str_equal(changes->nodes[c].id, named->id);
        bool had = order <= 0 && frame->kept_before[b], has = order >= 0 && frame->kept_after[a];
        if (has) {
            frame->entered[a] = !had;
        }
        if (had != has || (has && changed)) {
            write_node_entry(frame, had ? b : VIEW_NONE, has ? a : VIEW_NONE);
        }
        c += changed;
        b += order <= 0;
        a += order >= 0;
    }
    json_write_array_end(frame->json);
}

static void write_link_entry(struct frame *frame, enum change_kind change, const struct graph_view *view,
                             const struct view_link *link)
{
    frame->anything = true;
    json_write_object_begin(frame->json);
    json_field_text(frame->json, "change", change_kind_name(change));
    json_write_key(frame->json, "link");
    write_link(frame->json, view, link);
    json_write_object_end(frame->json);
}

/* Those of nodes that are new to the reader, and what changed between nodes that are not. A link goes with its nodes. */
static void write_links(struct frame *frame)
{
    const struct graph_view *before = frame->update->before, *after = frame->update->after;
    const struct changes *changes = frame->update->changes;
    json_write_key(frame->json, "links");
    json_write_array_begin(frame->json);
    for (uint32_t i = 0; i < after->link_count; i++) {
        const struct view_link *link = &after->links[i];
        if (frame->kept_after[link->source] && frame->kept_after[link->target] &&
            (frame->entered[link->source] || frame->entered[link->target])) {
            write_link_entry(frame, CHANGE_CREATED, after, link);
        }
    }
    for (uint32_t i = 0; i < changes->link_count; i++) {
        const struct link_change *change = &changes->links[i];
        const struct view_link *link = change->after != NULL ? change->after : change->before;
        const struct graph_view *view = change->after != NULL ? after : before;
        const bool *kept = change->after != NULL ? frame->kept_after : frame->kept_before;
        bool is_new = change->after != NULL && (frame->entered[link->source] || frame->entered[link->target]);
        if (kept[link->source] && kept[link->target] && !is_new) {
            write_link_entry(frame, change->change, view, link);
        }
    }
    json_write_array_end(frame->json);
}

static bool verdict_differs(const struct verdict *a, const struct verdict *b)
{
    bool differs = a->kind != b->kind || deployment_gate_differs(&a->gate, &b->gate);
    for (int i = 0; i < 3; i++) {
        differs = differs || a->streams[i].status != b->streams[i].status;
    }
    return differs;
}

static void write_verdict(struct frame *frame)
{
    const struct verdict *before = frame->update->verdict_before, *after = frame->update->verdict_after;
    struct json_writer *json = frame->json;
    if (before == NULL || after == NULL || !verdict_differs(before, after)) {
        return;
    }
    frame->anything = true;
    json_write_key(json, "verdict");
    json_write_object_begin(json);
    json_field_text(json, "event", "VERDICT_CHANGED");
    json_field_text(json, "verdict", verdict_name(after->kind));
    json_field_text(json, "previous_verdict", verdict_name(before->kind));
    json_field_bool(json, "deployable", after->gate.deployable);
    json_write_key(json, "streams");
    verdict_write_streams(after, json);
    json_write_key(json, "gate");
    verdict_write_gate(after, json);
    json_write_object_end(json);
}

bool stream_frame_write(const struct stream_filter *filter, const struct live_update *update, struct buffer *buffer)
{
    struct json_writer json;
    struct arena arena;
    bool says = true;
    json_write_init(&json, buffer, 0);
    write_head(&json, filter, update);
    if (!update->is_position && !update->is_reset) {
        arena_init(&arena, LIMIT_REQUEST_ARENA_BYTES);
        struct frame frame = {.update = update, .json = &json,
                              .kept_before = nodes_kept(filter, update->before, &arena),
                              .kept_after = nodes_kept(filter, update->after, &arena),
                              .entered = arena_new_zeroed(&arena, update->after->node_count + 1, sizeof(bool))};
        if (frame.kept_before == NULL || frame.kept_after == NULL || frame.entered == NULL) {
            buffer->failed = true; /* as if the text had not had room */
            arena_release(&arena);
            return true;
        }
        write_nodes(&frame);
        write_links(&frame);
        if (filter->with_verdict) {
            write_verdict(&frame);
        }
        says = frame.anything;
        arena_release(&arena);
    }
    json_write_object_end(&json);
    if (!says) {
        buffer_clear(buffer);
    }
    return says;
}
