/* Subscriptions: what of a live update each of them tells. */
#include "api/graphql_private.h"

#define DDE_KINDS (1u << NODE_TASK | 1u << NODE_ARTIFACT | 1u << NODE_CONTRACT | 1u << NODE_QUALITY_GATE)
#define BDV_KINDS (1u << NODE_SPEC | 1u << NODE_SCENARIO | 1u << NODE_TEST_RUN)
#define ACC_KINDS (1u << NODE_COMPONENT | 1u << NODE_MODULE | 1u << NODE_VIOLATION | 1u << NODE_CYCLE)

/* ---- what is asked ---- */

static bool requirements_asked(struct graphql_request *request, struct query_call *call,
                               struct graphql_subscription *subscription)
{
    const struct query_input *list = query_argument(call, "requirementIds");
    if (list->kind != QUERY_INPUT_LIST) {
        return true;
    }
    struct str *ids = arena_new_zeroed(&request->arena, list->count + 1, sizeof *ids);
    for (const struct query_input *item = list->first; ids != NULL && item != NULL; item = item->next) {
        if (!arena_copy(&request->arena, item->text, &ids[subscription->requirement_count++])) {
            return false;
        }
    }
    subscription->requirements = ids;
    return ids != NULL;
}

enum status graphql_subscribe(struct graphql_request *request, struct query_call *call, struct str field,
                              struct graphql_subscription *subscription, struct error *error)
{
    static const char *const fields[] = {[GRAPHQL_NODE_STATUS] = "nodeStatusUpdated",
                                         [GRAPHQL_VIOLATION] = "violationDetected",
                                         [GRAPHQL_VERDICT] = "verdictChanged",
                                         [GRAPHQL_TASKS] = "taskUpdates"};
    struct str since = argument_text(call, "since");
    int watch = 0;
    while (watch < GRAPHQL_TASKS && !str_is(field, fields[watch])) {
        watch++;
    }
    *subscription = (struct graphql_subscription){.watch = (enum graphql_watch)watch,
                                                  .tenant_id = request->asker.tenant_id,
                                                  .since = LIVE_NOW,
                                                  .positions = query_argument(call, "positions")->boolean};
    if (since.at != NULL && !live_point_parse(since, &subscription->since)) {
        return error_set(error, STATUS_INVALID, "since", "since must be a point that an update gave, or its position.");
    }
    if (watch == GRAPHQL_NODE_STATUS) {
        subscription->lenses = (uint32_t)argument_bits(call, "lenses", word_at_lens);
        subscription->properties = query_argument(call, "properties")->boolean;
    }
    bool fine = arena_copy(&request->arena, argument_text(call, "iterationId"), &subscription->iteration_id) &&
                (watch != GRAPHQL_TASKS || requirements_asked(request, call, subscription));
    return fine ? STATUS_OK : error_no_memory(error, "subscription");
}

/* ---- what an update holds for it ---- */

struct graphql_update {
    const struct live_update *update;
    struct graphql_view *after; /* NULL on resets and positions */
    const uint32_t *changes;    /* numbers of node changes that are told */
    uint32_t change_count;
    const uint32_t *nodes; /* violations or tasks, in `after` */
    uint32_t node_count;
    uint32_t newest; /* the node change with the newest event; VIEW_NONE */
    struct changes links; /* those between nodes that are told of */
};

static uint32_t kinds_of_lenses(uint32_t lenses)
{
    return (lenses >> LENS_CONVERGENCE & 1 ? UINT32_MAX : 0) | (lenses >> LENS_DDE & 1 ? DDE_KINDS : 0) |
           (lenses >> LENS_BDV & 1 ? BDV_KINDS : 0) | (lenses >> LENS_ACC & 1 ? ACC_KINDS : 0);
}

/* Does the task fulfil one of these requirements, in this view? */
static bool fulfils(const struct graph_view *view, const struct graphql_subscription *subscription, struct str task_id)
{
    uint32_t task = view_find(view, NODE_TASK, task_id);
    for (uint32_t i = 0; task != VIEW_NONE && i < view_in_count(view, task); i++) {
        const struct view_link *link = view_in(view, task, i);
        for (size_t r = 0; link->kind == LINK_FULFILLED_BY && link->confidence > 0 && r < subscription->requirement_count; r++) {
            if (str_equal(view->nodes[link->source].id, subscription->requirements[r])) {
                return true;
            }
        }
    }
    return false;
}

static bool is_told(const struct graphql_subscription *subscription, const struct live_update *update,
                    const struct node_change *change)
{
    switch (subscription->watch) {
    case GRAPHQL_NODE_STATUS:
        return (kinds_of_lenses(subscription->lenses) >> change->kind & 1) != 0 &&
               (subscription->properties || change->change != CHANGE_UPDATED ||
                view_status(&change->before) != view_status(&change->after));
    case GRAPHQL_VIOLATION:
        return change->kind == NODE_VIOLATION && change->change != CHANGE_DELETED &&
               view_status(&change->after) != STATE_SUPPRESSED &&
               (change->change == CHANGE_CREATED || view_status(&change->before) == STATE_SUPPRESSED);
    case GRAPHQL_TASKS:
        return change->kind == NODE_TASK &&
               (subscription->requirements == NULL || fulfils(update->after, subscription, change->id) ||
                fulfils(update->before, subscription, change->id));
    default:
        return false;
    }
}

static bool choose_changes(struct graphql_request *request, const struct graphql_subscription *subscription,
                           struct graphql_update *made)
{
    const struct changes *changes = made->update->changes;
    uint32_t *numbers = arena_new_zeroed(&request->arena, (size_t)changes->node_count + 1, sizeof *numbers);
    uint32_t *nodes = arena_new_zeroed(&request->arena, (size_t)changes->node_count + 1, sizeof *nodes);
    if (numbers == NULL || nodes == NULL) {
        return false;
    }
    uint64_t newest = 0;
    for (uint32_t i = 0; i < changes->node_count; i++) {
        const struct node_change *change = &changes->nodes[i];
        if (!is_told(subscription, made->update, change)) {
            continue;
        }
        numbers[made->change_count++] = i;
        uint32_t node = view_find(made->update->after, change->kind, change->id);
        if (node != VIEW_NONE) {
            nodes[made->node_count++] = node;
        }
        if (made->newest == VIEW_NONE || (change->fact != VIEW_NONE && change->seq >= newest)) {
            made->newest = i;
            newest = change->fact == VIEW_NONE ? newest : change->seq;
        }
    }
    made->changes = numbers;
    made->nodes = nodes;
    return true;
}

static bool choose_links(struct graphql_request *request, const struct graphql_subscription *subscription,
                         struct graphql_update *made)
{
    const struct changes *changes = made->update->changes;
    uint32_t kinds = kinds_of_lenses(subscription->lenses);
    struct link_change *links = arena_new_zeroed(&request->arena, (size_t)changes->link_count + 1, sizeof *links);
    if (links == NULL) {
        return false;
    }
    made->links = (struct changes){.reader = changes->reader, .links = links};
    for (uint32_t i = 0; i < changes->link_count; i++) {
        if (kinds >> changes->links[i].source_kind & 1 && kinds >> changes->links[i].target_kind & 1) {
            links[made->links.link_count++] = changes->links[i];
        }
    }
    return true;
}

static bool verdict_moved(const struct live_update *update)
{
    const struct verdict *before = update->verdict_before, *after = update->verdict_after;
    return after != NULL &&
           (before == NULL || before->kind != after->kind || deployment_gate_differs(&before->gate, &after->gate));
}

static bool read_update(struct graphql_request *request, const struct graphql_subscription *subscription,
                        struct graphql_update *made)
{
    const struct live_update *update = made->update;
    struct clocks clocks = {update->valid_at, update->after->known_at, false};
    struct graph_view *copy = arena_new(&request->arena, sizeof *copy);
    if (copy == NULL) {
        return false;
    }
    *copy = *update->after;
    copy->arena = &request->arena;
    made->after = view_around(request, copy, clocks);
    if (made->after == NULL || !choose_changes(request, subscription, made)) {
        return false;
    }
    made->after->position = update->position;
    return subscription->watch != GRAPHQL_NODE_STATUS || choose_links(request, subscription, made);
}

bool graphql_update_value(struct graphql_request *request, const struct graphql_subscription *subscription,
                          const struct live_update *update, struct query_value *root)
{
    struct graphql_update *made = arena_new_zeroed(&request->arena, 1, sizeof *made);
    if (made == NULL || (update->is_position && !subscription->positions)) {
        return false;
    }
    made->update = update;
    made->newest = VIEW_NONE;
    bool is_change = !update->is_position && !update->is_reset;
    if (is_change && subscription->watch == GRAPHQL_VERDICT && !verdict_moved(update)) {
        return false;
    }
    if (is_change && !read_update(request, subscription, made)) {
        return false;
    }
    if (is_change && subscription->watch != GRAPHQL_VERDICT && made->change_count == 0 && made->links.link_count == 0) {
        return false;
    }
    give_pointer(root, made);
    return true;
}

/* ---- the fields ---- */

static void give_point(struct query_call *call, struct query_value *value, const struct live_update *update)
{
    char text[LIVE_POINT_SIZE];
    struct str kept;
    live_point_format((struct live_point){update->position, update->valid_at}, text);
    if (new_copy(call, str_from(text), &kept)) {
        give_filled(value, kept);
    }
}

static const struct node_change *newest_of(const struct graphql_update *self)
{
    return self->newest == VIEW_NONE ? NULL : &self->update->changes->nodes[self->newest];
}

static struct str newest_id(const struct graphql_update *self)
{
    const struct node_change *change = newest_of(self);
    return change == NULL ? STR_NONE : change->id;
}

static const char *status_after(const struct node_change *change)
{
    return change == NULL || change->change == CHANGE_DELETED ? NULL : node_status_name(view_status(&change->after));
}

static void give_node_list(struct query_call *call, struct query_value *value, const struct graphql_update *self, enum lens lens)
{
    if (self->after == NULL) {
        give_list(value, list_of(self, 0, numbered_at));
    } else {
        give_nodes(call, value, &self->after->scopes[lens], self->nodes, self->node_count);
    }
}

static void give_full_verdict(struct query_call *call, struct query_value *value, const struct graphql_update *self)
{
    if (self->after != NULL) {
        give_verdict(call, value, self->after);
    }
}

static void give_states(struct query_call *call, struct query_value *value, const struct verdict *verdict)
{
    if (verdict != NULL) {
        enum stream_status states[3] = {verdict->streams[0].status, verdict->streams[1].status, verdict->streams[2].status};
        give_stream_states(call, value, states);
    }
}

static void give_changed_node(struct query_call *call, struct query_value *value, const struct graphql_update *self,
                              const struct node_change *change)
{
    give_node(call, value, &self->after->scopes[LENS_CONVERGENCE], view_find(self->after->view, change->kind, change->id));
}

static struct str change_name(const struct changes *changes, const struct node_change *change)
{
    const struct view_node *named = change->change == CHANGE_DELETED ? &change->before : &change->after;
    return named->property_count > 0 ? view_name(changes->reader, named) : change->id;
}

#define UPDATE_FIELDS(FIELD, TYPE)                                                                                          \
    FIELD(TYPE, iterationId, filled, self->update->iteration_id)                                                            \
    FIELD(TYPE, position, integer, (int64_t)self->update->position)                                                         \
    FIELD(TYPE, point, itself, give_point(call, value, self->update))                                                       \
    FIELD(TYPE, coalesced, boolean, self->update->is_coalesced)                                                             \
    FIELD(TYPE, late, boolean, self->update->is_late)                                                                       \
    FIELD(TYPE, reset, boolean, self->update->is_reset)
#define SELF_UPDATE const struct graphql_update *self = object.at
#define SELF_NodeStatusUpdate SELF_UPDATE
#define SELF_ViolationUpdate SELF_UPDATE
#define SELF_VerdictUpdate SELF_UPDATE
#define SELF_TaskUpdate SELF_UPDATE
#define SELF_NodeStatusChange                                                                                               \
    const struct graphql_update *update = object.at;                                                                        \
    const struct node_change *self = &update->update->changes->nodes[update->changes[object.number]];                       \
    maybe_unused bool has_event = self->fact != VIEW_NONE
#define LIVE_FIELDS(FIELD)                                                                                                  \
    UPDATE_FIELDS(FIELD, NodeStatusUpdate)                                                                                  \
    FIELD(NodeStatusUpdate, nodeId, text, newest_id(self))                                                                  \
    FIELD(NodeStatusUpdate, status, word, status_after(newest_of(self)))                                                    \
    FIELD(NodeStatusUpdate, changes, list, list_of(self, self->change_count, numbered_at))                                  \
    FIELD(NodeStatusUpdate, linkChanges, itself, give_link_changes(call, value, &self->links))                              \
    UPDATE_FIELDS(FIELD, ViolationUpdate)                                                                                   \
    FIELD(ViolationUpdate, violations, itself, give_node_list(call, value, self, LENS_ACC))                                 \
    UPDATE_FIELDS(FIELD, TaskUpdate)                                                                                        \
    FIELD(TaskUpdate, tasks, itself, give_node_list(call, value, self, LENS_DDE))                                           \
    FIELD(TaskUpdate, changes, list, list_of(self, self->change_count, numbered_at))                                        \
    FIELD(NodeStatusChange, changeType, word, change_kind_name(self->change))                                               \
    FIELD(NodeStatusChange, nodeId, filled, self->id)                                                                       \
    FIELD(NodeStatusChange, kind, word, word_node_kind[self->kind])                                                         \
    FIELD(NodeStatusChange, name, filled, change_name(update->update->changes, self))                                       \
    FIELD(NodeStatusChange, status, word, status_after(self))                                                               \
    FIELD(NodeStatusChange, previousStatus, word,                                                                           \
          self->change == CHANGE_CREATED ? NULL : node_status_name(view_status(&self->before)))                             \
    FIELD(NodeStatusChange, eventId, text, has_event ? self->event_id : STR_NONE)                                           \
    FIELD(NodeStatusChange, eventType, word, has_event ? event_type_symbol(self->type) : NULL)                              \
    FIELD(NodeStatusChange, timestamp, time, has_event ? self->valid_from : INT64_MIN)                                      \
    FIELD(NodeStatusChange, observedAt, time, has_event ? self->observed_at : INT64_MIN)                                    \
    FIELD(NodeStatusChange, node, itself, give_changed_node(call, value, update, self))

LIVE_FIELDS(RESOLVER)

#undef SELF_VerdictUpdate
#define SELF_VerdictUpdate                                                                                                  \
    SELF_UPDATE;                                                                                                            \
    maybe_unused const struct verdict *before = self->update->verdict_before, *after = self->update->verdict_after
#define VERDICT_UPDATE_FIELDS(FIELD)                                                                                        \
    UPDATE_FIELDS(FIELD, VerdictUpdate)                                                                                     \
    FIELD(VerdictUpdate, from, word, before == NULL ? NULL : verdict_name(before->kind))                                    \
    FIELD(VerdictUpdate, to, word, after == NULL ? NULL : verdict_name(after->kind))                                        \
    FIELD(VerdictUpdate, deployableBefore, boolean, before != NULL && before->gate.deployable)                              \
    FIELD(VerdictUpdate, deployable, boolean, after != NULL && after->gate.deployable)                                      \
    FIELD(VerdictUpdate, streams, itself, give_states(call, value, after))                                                  \
    FIELD(VerdictUpdate, verdict, itself, give_full_verdict(call, value, self))

VERDICT_UPDATE_FIELDS(RESOLVER)

static const struct query_binding bindings[] = {
    {"Subscription", "nodeStatusUpdated", NULL, READ},
    {"Subscription", "violationDetected", NULL, READ},
    {"Subscription", "verdictChanged", NULL, READ},
    {"Subscription", "taskUpdates", NULL, READ},
    LIVE_FIELDS(BINDING) VERDICT_UPDATE_FIELDS(BINDING)
};
const struct graphql_bindings graphql_live_bindings = BINDINGS_OF(bindings);
