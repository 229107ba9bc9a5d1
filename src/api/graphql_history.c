/* Time: versions of a node, changes between moments, the difference of two views. */
#include "api/graphql_private.h"

/* ---- properties that differ ---- */

struct property_changes {
    const struct graph_view *reader;
    const struct history_change *changes;
};

static void give_property_changes(struct query_call *call, struct query_value *value, const struct graph_view *reader,
                                  const struct history_change *changes, uint32_t count)
{
    struct property_changes *list = new_zeroed(call, 1, sizeof *list);
    if (list != NULL) {
        *list = (struct property_changes){reader, changes};
        give_list(value, list_of(list, count, numbered_at));
    }
}

/* The whole value, as JSON, of a property whose name is a personal one: as the masker sees it beside that name. */
static void mask_side(struct query_call *call, struct buffer *text)
{
    static const char before[] = "{\"email\":";
    struct graphql_request *request = request_of(call);
    struct buffer named, masked;
    buffer_init(&named, LIMIT_ANSWER_BYTES);
    buffer_init(&masked, LIMIT_ANSWER_BYTES);
    buffer_append_text(&named, before);
    buffer_append_str(&named, buffer_str(text));
    personal_mask_json(personal_key_of(request->api, request->asker.tenant_id), buffer_str(&named), PERSONAL_BROUGHT, &masked);
    buffer_clear(text);
    buffer_append_str(text, str_from_offset(buffer_str(&masked), sizeof before - 1));
    text->failed = text->failed || buffer_failed(&named) || buffer_failed(&masked);
    buffer_release(&named);
    buffer_release(&masked);
}

static void give_side(struct query_call *call, struct query_value *value, const struct graph_view *reader, bool is_set,
                      const struct history_change *change, uint32_t side)
{
    struct buffer text;
    struct json_writer json;
    if (!is_set) {
        return;
    }
    buffer_init(&text, LIMIT_ANSWER_BYTES);
    json_write_init(&json, &text, 0);
    write_value(&json, reader, change->property, side);
    struct str name = change->sub == 0 ? STR_NONE : view_sub_text(reader, change->sub);
    if (!sees_personal(&request_of(call)->asker.principal) && personal_by_name(name) != PERSONAL_NONE) {
        mask_side(call, &text);
    }
    give_json(call, value, &text);
}

void give_properties(struct query_call *call, struct query_value *value, const struct graph_view *reader,
                     const struct view_node *node)
{
    struct buffer text;
    struct json_writer json;
    buffer_init(&text, LIMIT_ANSWER_BYTES);
    json_write_init(&json, &text, 0);
    write_properties(&json, reader, node);
    give_json(call, value, &text);
}

#define SELF_PropertyChange                                                                                                 \
    const struct property_changes *list = object.at;                                                                        \
    const struct history_change *self = &list->changes[object.number]
#define PROPERTY_CHANGE_FIELDS(FIELD)                                                                                       \
    FIELD(PropertyChange, property, word, ((void)list, property_name(self->property)))                                      \
    FIELD(PropertyChange, key, text, self->sub == 0 ? STR_NONE : view_sub_text(list->reader, self->sub))                    \
    FIELD(PropertyChange, before, itself,                                                                                   \
          give_side(call, value, list->reader, self->was_set, self, self->before))                                \
    FIELD(PropertyChange, after, itself,                                                                                    \
          give_side(call, value, list->reader, self->is_set, self, self->after))

PROPERTY_CHANGE_FIELDS(RESOLVER)

/* ---- versions ---- */

struct history_page {
    struct graphql_connection page;
    const struct history *history;
    struct history_match node;
    bool as_recorded;
};

/* In order of validity: when, what, which event; as recorded: the place in the log. */
static void version_key(const void *at, size_t index, struct buffer *key)
{
    const struct history_page *page = at;
    const struct history_version *version = &page->history->versions[index];
    if (page->as_recorded) {
        key_number(key, version->seq);
    } else {
        key_number(key, (uint64_t)version->valid_from);
        buffer_append_char(key, (char)version->type);
        buffer_append_str(key, version->event_id);
    }
    buffer_append_char(key, version->by_analysis ? 'B' : 'A');
}

static const char *history_order_at(int number)
{
    static const char *const names[] = {"VALIDITY", "RECORDED", NULL};
    return names[number];
}

void give_history(struct query_call *call, struct query_value *value, struct history_match node, struct clocks clocks,
                  bool valid_given)
{
    static const struct history nothing;
    struct graphql_request *request = request_of(call);
    struct error error;
    struct history *history = NULL;
    bool as_recorded = argument_word(call, "order", history_order_at) == 1;
    struct history_scope scope = {.order = as_recorded ? HISTORY_AS_RECORDED : HISTORY_BY_VALIDITY,
                                  .known_at = clocks.known_at,
                                  .after = INT64_MIN,
                                  .until = valid_given && !as_recorded ? clocks.valid_at : TIME_MAX};
    if (node.node != VIEW_NONE && history_open(request->api->options.graph, node.node, scope, &request->arena, &history,
                                               &error) != STATUS_OK) {
        query_fail_error(call, &error);
        return;
    }
    struct history_page *made = new_zeroed(call, 1, sizeof *made);
    if (made == NULL) {
        return;
    }
    *made = (struct history_page){.history = history == NULL ? &nothing : history, .node = node, .as_recorded = as_recorded};
    made->page = (struct graphql_connection){
        .at = made, .item = numbered_at, .key = version_key, .total = made->history->version_count};
    if (page_cut(call, &made->page)) {
        give_pointer(value, made);
    }
}

static void give_version_id(struct query_call *call, struct query_value *value, const struct history_page *page,
                            const struct history_version *version)
{
    struct str id = make_global_id(request_of(call), page->node.kind, page->history->tenant_id, page->history->iteration_id,
                                   page->node.id),
               text;
    if (id.at == NULL || !arena_format(&request_of(call)->arena, &text, "%.*s.%llu%s", STR_ARGS(id),
                                       (unsigned long long)version->seq, version->by_analysis ? "a" : "")) {
        fail_memory(call);
        return;
    }
    give_filled(value, text);
}

#define SELF_NodeVersion                                                                                                    \
    maybe_unused const struct history_page *page = object.at;                                                               \
    maybe_unused const struct history_version *self = &page->history->versions[object.number];                              \
    maybe_unused const struct graph_view *reader = page->history->reader
#define VERSION_FIELDS(FIELD)                                                                                               \
    FIELD(NodeVersion, id, itself, give_version_id(call, value, page, self))                                                \
    FIELD(NodeVersion, nodeId, filled, page->node.id)                                                                       \
    FIELD(NodeVersion, kind, word, word_node_kind[page->node.kind])                                                         \
    FIELD(NodeVersion, iterationId, filled, page->history->iteration_id)                                                    \
    FIELD(NodeVersion, version, integer, self->version)                                                                     \
    FIELD(NodeVersion, byAnalysis, boolean, self->by_analysis)                                                              \
    FIELD(NodeVersion, eventId, filled, self->event_id)                                                                     \
    FIELD(NodeVersion, eventType, word, event_type_symbol(self->type))                                                      \
    FIELD(NodeVersion, seq, integer, (int64_t)self->seq)                                                                    \
    FIELD(NodeVersion, validFrom, time, self->valid_from)                                                                   \
    FIELD(NodeVersion, validTo, time, self->valid_to == TIME_MAX ? INT64_MIN : self->valid_to)                              \
    FIELD(NodeVersion, observedAt, time, self->observed_at)                                                                 \
    FIELD(NodeVersion, traceId, text, view_fact_trace_id(reader, self->fact))                                               \
    FIELD(NodeVersion, exists, boolean, self->exists)                                                                       \
    FIELD(NodeVersion, status, word, node_status_name(view_status(&self->state)))                                           \
    FIELD(NodeVersion, retryCount, integer, view_integer(reader, &self->state, EVENT_FIELD_RETRY_COUNT, 0))                 \
    FIELD(NodeVersion, state, itself, give_properties(call, value, reader, &self->state))                                   \
    FIELD(NodeVersion, changes, itself, give_property_changes(call, value, reader, self->changes, self->change_count))

VERSION_FIELDS(RESOLVER)

static void answer_history(struct query_call *call, struct query_value *value, struct str id, int kind)
{
    struct graphql_request *request = request_of(call);
    struct clocks clocks = argument_clocks(call);
    struct history_match found;
    struct error error;
    if (node_find_one(request->api->options.graph, request->asker.tenant_id, argument_text(call, "iterationId"),
                      kind < 0 ? HISTORY_ANY_KIND : (enum node_kind)kind, id, clocks.known_at, &request->arena, &found,
                      &error) != STATUS_OK) {
        query_fail_error(call, &error);
        return;
    }
    give_history(call, value, found, clocks, query_argument(call, "asOf")->kind == QUERY_INPUT_INTEGER);
}

static void Query_getTaskHistory(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)object;
    answer_history(call, value, argument_text(call, "taskId"), NODE_TASK);
}

static void Query_getNodeHistory(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)object;
    answer_history(call, value, argument_text(call, "nodeId"), argument_word(call, "kind", word_at_node_kind));
}

/* ---- changes ---- */

struct changes_page {
    struct graphql_connection page;
    const struct changes *changes;
    bool of_views;      /* else between instants */
    uint32_t counts[3]; /* by enum change_kind */
};

static void count_changes(const struct changes *changes, uint32_t counts[3])
{
    memset(counts, 0, 3 * sizeof *counts);
    for (uint32_t i = 0; i < changes->node_count; i++) {
        counts[changes->nodes[i].change]++;
    }
}

/* Between instants in order of validity, event by event; between views by kind and id, for there is no event for each. */
static void change_key(const void *at, size_t index, struct buffer *key)
{
    const struct changes_page *page = at;
    const struct node_change *change = &page->changes->nodes[index];
    if (!page->of_views) {
        key_number(key, (uint64_t)change->valid_from);
        buffer_append_char(key, (char)change->type);
        buffer_append_str(key, change->event_id);
        buffer_append_char(key, '\0');
    }
    buffer_append_char(key, (char)('A' + change->kind));
    buffer_append_str(key, change->id);
}

static void give_changes(struct query_call *call, struct query_value *value, const struct changes *changes,
                         bool of_views, struct clocks clocks)
{
    struct changes_page *made = new_zeroed(call, 1, sizeof *made);
    if (made == NULL) {
        return;
    }
    made->changes = changes;
    made->of_views = of_views;
    made->page = (struct graphql_connection){
        .at = made, .item = numbered_at, .key = change_key, .total = changes->node_count, .clocks = clocks};
    count_changes(changes, made->counts);
    if (page_cut(call, &made->page)) {
        give_pointer(value, made);
    }
}

static const struct view_node *state_of(const struct node_change *change, bool after)
{
    return after ? (change->change == CHANGE_DELETED ? NULL : &change->after)
                 : (change->change == CHANGE_CREATED ? NULL : &change->before);
}

static void give_state(struct query_call *call, struct query_value *value, const struct changes *changes,
                       const struct view_node *state)
{
    if (state != NULL) {
        give_properties(call, value, changes->reader, state);
    }
}

static struct str change_name(const struct changes *changes, const struct node_change *change)
{
    const struct view_node *named = change->change == CHANGE_DELETED ? &change->before : &change->after;
    return named->property_count > 0 ? view_name(changes->reader, named) : change->id;
}

static void give_change_seq(struct query_value *value, const struct node_change *change)
{
    if (change->fact != VIEW_NONE) {
        give_integer(value, (int64_t)change->seq);
    }
}

#define SELF_Change                                                                                                         \
    maybe_unused const struct changes *changes = ((const struct changes_page *)object.at)->changes;                         \
    const struct node_change *self = &changes->nodes[object.number];                                                        \
    maybe_unused bool has_event = self->fact != VIEW_NONE;                                                                  \
    maybe_unused const struct view_node *before = state_of(self, false), *after = state_of(self, true)
#define CHANGE_FIELDS(FIELD)                                                                                                \
    FIELD(Change, changeType, word, change_kind_name(self->change))                                                         \
    FIELD(Change, nodeId, filled, self->id)                                                                                 \
    FIELD(Change, nodeType, word, word_node_kind[self->kind])                                                               \
    FIELD(Change, name, filled, change_name(changes, self))                                                                 \
    FIELD(Change, timestamp, time, has_event ? self->valid_from : INT64_MIN)                                                \
    FIELD(Change, observedAt, time, has_event ? self->observed_at : INT64_MIN)                                              \
    FIELD(Change, eventId, text, has_event ? self->event_id : STR_NONE)                                                     \
    FIELD(Change, eventType, word, has_event ? event_type_symbol(self->type) : NULL)                                        \
    FIELD(Change, seq, itself, give_change_seq(value, self))                                                                \
    FIELD(Change, previousState, itself, give_state(call, value, changes, before))                                          \
    FIELD(Change, newState, itself, give_state(call, value, changes, after))                                                \
    FIELD(Change, previousStatus, word, before == NULL ? NULL : node_status_name(view_status(before)))                      \
    FIELD(Change, newStatus, word, after == NULL ? NULL : node_status_name(view_status(after)))                             \
    FIELD(Change, changes, itself,                                                                                          \
          give_property_changes(call, value, changes->reader, self->properties, self->property_count))
#define SELF_ChangeConnection const struct changes_page *self = object.at
#define SELF_ChangeCounts const uint32_t *self = object.at
#define CHANGE_PAGE_FIELDS(FIELD)                                                                                           \
    FIELD(ChangeConnection, counts, pointer, self->counts)                                                                  \
    FIELD(ChangeCounts, created, integer, self[CHANGE_CREATED])                                                             \
    FIELD(ChangeCounts, updated, integer, self[CHANGE_UPDATED])                                                             \
    FIELD(ChangeCounts, deleted, integer, self[CHANGE_DELETED])

CHANGE_FIELDS(RESOLVER)
CHANGE_PAGE_FIELDS(RESOLVER)

static void Query_getChanges(struct query_call *call, struct query_object object, struct query_value *value)
{
    struct graphql_request *request = request_of(call);
    struct ingest_now now = request_now(request);
    int64_t from = argument_time(call, "from", 0), to = argument_time(call, "to", now.valid_at),
            known_at = argument_time(call, "observedAt", now.known_at);
    struct clocks clocks = clocks_of(now, &to, &known_at);
    struct changes *changes;
    struct error error;
    (void)object;
    if (changes_between(request->api->options.graph, request->asker.tenant_id, argument_text(call, "iterationId"), from, to,
                        clocks.known_at, &request->arena, &changes, &error) != STATUS_OK) {
        query_fail_error(call, &error);
        return;
    }
    give_changes(call, value, changes, false, clocks);
}

/* ---- links that changed: an object is the changes and a number ---- */

#define SELF_LinkChange const struct link_change *self = &((const struct changes *)object.at)->links[object.number]
#define SELF_LinkEvidence const struct view_link *self = object.at
#define LINK_CHANGE_FIELDS(FIELD)                                                                                           \
    FIELD(LinkChange, changeType, word, change_kind_name(self->change))                                                     \
    FIELD(LinkChange, kind, word, link_kind_name(self->kind))                                                               \
    FIELD(LinkChange, sourceNodeId, filled, self->source_id)                                                                \
    FIELD(LinkChange, sourceKind, word, word_node_kind[self->source_kind])                                                  \
    FIELD(LinkChange, targetNodeId, filled, self->target_id)                                                                \
    FIELD(LinkChange, targetKind, word, word_node_kind[self->target_kind])                                                  \
    FIELD(LinkChange, before, pointer, self->before)                                                                       \
    FIELD(LinkChange, after, pointer, self->after)                                                                         \
    FIELD(LinkEvidence, confidence, real, self->confidence)                                                                 \
    FIELD(LinkEvidence, method, word, word_link_method[self->method])                                                       \
    FIELD(LinkEvidence, weight, real, self->weight)                                                                         \
    FIELD(LinkEvidence, explanation, filled, self->explanation)

LINK_CHANGE_FIELDS(RESOLVER)

void give_link_changes(struct query_call *call, struct query_value *value, const struct changes *changes)
{
    (void)call;
    give_list(value, list_of(changes, changes->link_count, numbered_at));
}

static void link_change_key(const void *at, size_t index, struct buffer *key)
{
    const struct link_change *change = &((const struct changes *)at)->links[index];
    buffer_append_char(key, (char)('A' + change->kind));
    buffer_append_char(key, (char)('A' + change->source_kind));
    buffer_append_str(key, change->source_id);
    buffer_append_char(key, '\0');
    buffer_append_char(key, (char)('A' + change->target_kind));
    buffer_append_str(key, change->target_id);
}

static void give_link_change_page(struct query_call *call, struct query_value *value, const struct changes *changes)
{
    struct graphql_connection *page = new_zeroed(call, 1, sizeof *page);
    if (page == NULL) {
        return;
    }
    *page = (struct graphql_connection){
        .at = changes, .item = numbered_at, .key = link_change_key, .total = changes->link_count};
    if (page_cut(call, page)) {
        give_pointer(value, page);
    }
}

/* ---- the difference of two views ---- */

struct graphql_diff {
    struct str iteration_id;
    struct clocks from, to;
    struct changes *changes;
    uint32_t counts[3];
};

static void Query_getGraphDiff(struct query_call *call, struct query_object object, struct query_value *value)
{
    struct graphql_request *request = request_of(call);
    struct ingest_now now = request_now(request);
    int64_t valid[2] = {argument_time(call, "from", 0), argument_time(call, "to", now.valid_at)};
    int64_t known[2] = {argument_time(call, "fromObservedAt", now.known_at), argument_time(call, "toObservedAt", now.known_at)};
    struct graphql_diff *made = new_zeroed(call, 1, sizeof *made);
    struct error error;
    (void)object;
    if (made == NULL) {
        return;
    }
    made->iteration_id = argument_text(call, "iterationId");
    made->from = clocks_of(now, &valid[0], &known[0]);
    made->to = clocks_of(now, &valid[1], &known[1]);
    if (changes_of_views(request->api, request->asker.tenant_id, made->iteration_id, made->from, made->to, &request->arena,
                         &made->changes, &error) != STATUS_OK) {
        query_fail_error(call, &error);
        return;
    }
    count_changes(made->changes, made->counts);
    give_pointer(value, made);
}

#define SELF_GraphDiff const struct graphql_diff *self = object.at
#define SELF_Moment const struct clocks *self = object.at
#define DIFF_FIELDS(FIELD)                                                                                                  \
    FIELD(GraphDiff, iterationId, filled, self->iteration_id)                                                               \
    FIELD(GraphDiff, from, pointer, &self->from)                                                                            \
    FIELD(GraphDiff, to, pointer, &self->to)                                                                                \
    FIELD(GraphDiff, counts, pointer, self->counts)                                                                         \
    FIELD(GraphDiff, nodes, itself, give_changes(call, value, self->changes, true, self->to))                                                \
    FIELD(GraphDiff, links, itself, give_link_change_page(call, value, self->changes))                                      \
    FIELD(GraphDiff, meta, itself, give_meta_of_all(call, value, self->to, NULL))                                           \
    FIELD(Moment, validAt, time, self->valid_at)                                                                            \
    FIELD(Moment, knownAt, time, self->known_at)

DIFF_FIELDS(RESOLVER)

static const struct query_binding bindings[] = {
    {"Query", "getTaskHistory", Query_getTaskHistory, READ},
    {"Query", "getNodeHistory", Query_getNodeHistory, READ},
    {"Query", "getChanges", Query_getChanges, READ},
    {"Query", "getGraphDiff", Query_getGraphDiff, READ},
    PROPERTY_CHANGE_FIELDS(BINDING) VERSION_FIELDS(BINDING) CHANGE_FIELDS(BINDING) CHANGE_PAGE_FIELDS(BINDING)
    LINK_CHANGE_FIELDS(BINDING) DIFF_FIELDS(BINDING)
};
const struct graphql_bindings graphql_history_bindings = BINDINGS_OF(bindings);
