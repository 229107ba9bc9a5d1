/* Links, traces along them, and what is open: pieces that hang between nodes. */
#include "api/graphql_private.h"

#define SELF_Link                                                                                                           \
    maybe_unused const struct graphql_scope *scope = object.at;                                                             \
    maybe_unused const struct graph_view *view = scope->of->view;                                                           \
    maybe_unused const struct view_link *self = &view->links[object.number]

static void give_evidence_id(struct query_call *call, struct query_value *value, const struct graph_view *view,
                             const struct view_link *link)
{
    give_event_id(call, value, view, link->evidence_fact);
}

#define LINK_FIELDS(FIELD)                                                                                                  \
    FIELD(Link, kind, word, link_kind_name(self->kind))                                                                     \
    FIELD(Link, source, text, node_global_id(call, scope, self->source))                                                    \
    FIELD(Link, target, text, node_global_id(call, scope, self->target))                                                    \
    FIELD(Link, sourceNodeId, filled, view->nodes[self->source].id)                                                         \
    FIELD(Link, targetNodeId, filled, view->nodes[self->target].id)                                                         \
    FIELD(Link, sourceKind, word, word_node_kind[view->nodes[self->source].kind])                                           \
    FIELD(Link, targetKind, word, word_node_kind[view->nodes[self->target].kind])                                           \
    FIELD(Link, sourceNode, itself, give_node(call, value, scope, self->source))                                            \
    FIELD(Link, targetNode, itself, give_node(call, value, scope, self->target))                                            \
    FIELD(Link, confidence, real, self->confidence)                                                                         \
    FIELD(Link, method, word, word_link_method[self->method])                                                               \
    FIELD(Link, explanation, filled, self->explanation)                                                                     \
    FIELD(Link, inferred, boolean, self->inferred)                                                                          \
    FIELD(Link, denied, boolean, self->confidence <= 0)                                                                     \
    FIELD(Link, weight, real, self->weight)                                                                                 \
    FIELD(Link, validFrom, time, self->valid_from)                                                                          \
    FIELD(Link, observedAt, time, self->observed_at)                                                                        \
    FIELD(Link, createdAt, time, self->observed_at)                                                                         \
    FIELD(Link, createdBy, filled, self->created_by)                                                                        \
    FIELD(Link, sourceEventId, itself, give_evidence_id(call, value, view, self))                                           \
    FIELD(Link, sourceTraceId, text,                                                                                        \
          self->evidence_fact == VIEW_NONE ? STR_NONE : view_fact_trace_id(view, self->evidence_fact))

LINK_FIELDS(RESOLVER)

/* ---- lists ---- */

struct link_list {
    const struct graphql_scope *scope;
    const uint32_t *links; /* NULL: all */
    uint32_t node;         /* of the links of one node: that one; else VIEW_NONE */
};

void give_link(struct query_value *value, const struct graphql_scope *scope, uint32_t link)
{
    give_object(value, (struct query_object){.at = scope, .number = link});
}

static void link_at(struct query_call *call, const void *at, size_t index, struct query_value *value)
{
    const struct link_list *list = at;
    (void)call;
    give_link(value, list->scope, list->links != NULL ? list->links[index] : (uint32_t)index);
}

void give_links(struct query_call *call, struct query_value *value, const struct graphql_scope *scope, const uint32_t *links,
                uint32_t count)
{
    struct link_list *list = new_zeroed(call, 1, sizeof *list);
    if (list != NULL) {
        *list = (struct link_list){scope, links, VIEW_NONE};
        give_list(value, list_of(list, count, link_at));
    }
}

static uint32_t *member_links(struct query_call *call, const struct graphql_members *members, uint64_t kinds, uint32_t *count)
{
    const struct graph_view *view = members->scope->of->view;
    uint32_t *links = new_zeroed(call, (size_t)view->link_count + 1, sizeof *links);
    *count = 0;
    for (uint32_t i = 0; links != NULL && i < view->link_count; i++) {
        const struct view_link *link = &view->links[i];
        if (kinds >> link->kind & 1 && members->kinds >> view->nodes[link->source].kind & 1 &&
            members->kinds >> view->nodes[link->target].kind & 1 &&
            (members->keep == NULL || (members->keep[link->source] && members->keep[link->target]))) {
            links[(*count)++] = i;
        }
    }
    return links;
}

void give_member_links(struct query_call *call, struct query_value *value, const struct graphql_members *members)
{
    uint32_t count;
    const uint32_t *links = member_links(call, members, UINT64_MAX, &count);
    if (links != NULL) {
        give_links(call, value, members->scope, links, count);
    }
}

/* By kind, source, target, as the view has them; the links of one node by direction, kind, other end. */
static void link_key(const void *at, size_t index, struct buffer *key)
{
    const struct link_list *list = at;
    const struct graph_view *view = list->scope->of->view;
    const struct view_link *link = &view->links[list->links[index]];
    if (list->node != VIEW_NONE) {
        buffer_append_char(key, link->source == list->node ? 'O' : 'T');
    }
    buffer_append_char(key, (char)('A' + link->kind));
    if (list->node == VIEW_NONE || link->source != list->node) {
        node_key(view, link->source, key);
        buffer_append_char(key, '\0');
    }
    if (list->node == VIEW_NONE || link->source == list->node) {
        node_key(view, link->target, key);
    }
}

static void give_page(struct query_call *call, struct query_value *value, const struct graphql_scope *scope,
                      const uint32_t *links, uint32_t count, uint32_t node)
{
    struct link_list *list = links == NULL ? NULL : new_zeroed(call, 1, sizeof *list);
    struct graphql_connection *page = list == NULL ? NULL : new_zeroed(call, 1, sizeof *page);
    if (page == NULL) {
        return;
    }
    *list = (struct link_list){scope, links, node};
    *page = (struct graphql_connection){.at = list, .item = link_at, .key = link_key, .total = count};
    if (page_cut(call, page)) {
        give_pointer(value, page);
    }
}

void give_member_link_page(struct query_call *call, struct query_value *value, const struct graphql_members *members)
{
    uint32_t count;
    const uint32_t *links = member_links(call, members, argument_bits(call, "kinds", word_link_kind), &count);
    give_page(call, value, members->scope, links, count, VIEW_NONE);
}

static const char *direction_at(int number)
{
    static const char *const names[] = {"OUT", "IN", "BOTH", NULL};
    return names[number];
}

void give_link_page(struct query_call *call, struct query_value *value, const struct graphql_scope *scope,
                    struct query_object object)
{
    const struct graph_view *view = scope->of->view;
    uint32_t node = (uint32_t)object.number, count = 0;
    uint64_t kinds = argument_bits(call, "kinds", word_link_kind);
    int direction = argument_word(call, "direction", direction_at);
    bool denied = query_argument(call, "denied")->boolean;
    size_t most = (size_t)view_out_count(view, node) + view_in_count(view, node);
    uint32_t *links = new_zeroed(call, most + 1, sizeof *links);
    for (uint32_t i = 0; links != NULL && direction != 1 && i < view_out_count(view, node); i++) {
        const struct view_link *link = view_out(view, node, i);
        if (kinds >> link->kind & 1 && (denied || link->confidence > 0)) {
            links[count++] = (uint32_t)(link - view->links);
        }
    }
    for (uint32_t i = 0; links != NULL && direction != 0 && i < view_in_count(view, node); i++) {
        const struct view_link *link = view_in(view, node, i);
        bool is_loop = direction == 2 && link->source == node; /* listed already */
        if (kinds >> link->kind & 1 && (denied || link->confidence > 0) && !is_loop) {
            links[count++] = (uint32_t)(link - view->links);
        }
    }
    give_page(call, value, scope, links, count, node);
}

/* ---- traces ---- */

struct graphql_trace {
    const struct graphql_scope *scope;
    struct trace trace;
};

void give_trace(struct query_call *call, struct query_value *value, const struct graphql_scope *scope, uint32_t node)
{
    struct error error;
    struct graphql_trace *made = new_zeroed(call, 1, sizeof *made);
    if (made == NULL) {
        return;
    }
    made->scope = scope;
    if (lens_trace(scope->of->view, node, &request_of(call)->arena, &made->trace, &error) != STATUS_OK) {
        query_fail_error(call, &error);
        return;
    }
    give_pointer(value, made);
}

static void Query_trace(struct query_call *call, struct query_object object, struct query_value *value)
{
    struct graphql_view *view = view_asked(call);
    (void)object;
    if (view == NULL) {
        return;
    }
    uint32_t node =
        view_node_named(call, view, argument_text(call, "nodeId"), argument_word(call, "kind", word_at_node_kind));
    if (node != VIEW_NONE) {
        give_trace(call, value, &view->scopes[LENS_CONVERGENCE], node);
    }
}

static const char *trace_level_word(enum trace_level level)
{
    static const char *const names[TRACE_LEVEL_COUNT] = {
        [TRACE_REQUIREMENT] = "REQUIREMENT", [TRACE_SPEC] = "SPEC",     [TRACE_SCENARIO] = "SCENARIO",
        [TRACE_CONTRACT] = "CONTRACT",       [TRACE_TASK] = "TASK",     [TRACE_ARTIFACT] = "ARTIFACT",
        [TRACE_MODULE] = "MODULE",           [TRACE_COMPONENT] = "COMPONENT", [TRACE_OTHER] = "OTHER"};
    return names[level];
}

static void give_level(struct query_call *call, struct query_value *value, const struct graphql_trace *self, uint64_t level)
{
    const uint32_t *starts = self->trace.level_starts;
    give_nodes(call, value, self->scope, self->trace.nodes + starts[level], starts[level + 1] - starts[level]);
}

/* A chain is as sure as the least sure of its links. */
static void give_confidence(struct query_value *value, const struct graphql_trace *self)
{
    const struct view_link *links = self->scope->of->view->links;
    double least = 1;
    for (uint32_t i = 0; i < self->trace.link_count; i++) {
        double confidence = links[self->trace.links[i]].confidence;
        least = confidence > 0 && confidence < least ? confidence : least;
    }
    if (self->trace.link_count > 0) {
        give_real(value, least);
    }
}

#define SELF_Trace maybe_unused const struct graphql_trace *self = object.at
#define SELF_TraceLevel SELF_Trace
#define SELF_TraceGap SELF_Trace
#define TRACE_FIELDS(FIELD)                                                                                                 \
    FIELD(Trace, node, itself, give_node(call, value, self->scope, self->trace.node))                                       \
    FIELD(Trace, complete, boolean, self->trace.complete)                                                                   \
    FIELD(Trace, confidence, itself, give_confidence(value, self))                                                          \
    FIELD(Trace, levels, list, list_of(self, TRACE_LEVEL_COUNT, numbered_at))                                               \
    FIELD(Trace, links, itself, give_links(call, value, self->scope, self->trace.links, self->trace.link_count))            \
    FIELD(Trace, gaps, list, list_of(self, self->trace.gap_count, numbered_at))                                             \
    FIELD(Trace, meta, itself, give_meta(call, value, self->scope->of))                                                     \
    FIELD(TraceLevel, level, word, trace_level_word((enum trace_level)object.number))                                       \
    FIELD(TraceLevel, count, integer,                                                                                       \
          self->trace.level_starts[object.number + 1] - self->trace.level_starts[object.number])                            \
    FIELD(TraceLevel, nodes, itself, give_level(call, value, self, object.number))                                          \
    FIELD(TraceGap, node, itself, give_node(call, value, self->scope, self->trace.gaps[object.number].node))                \
    FIELD(TraceGap, missing, word, trace_level_word(self->trace.gaps[object.number].missing))                               \
    FIELD(TraceGap, sentence, filled, self->trace.gaps[object.number].sentence)

TRACE_FIELDS(RESOLVER)

/* ---- what is open ---- */

struct open_runs {
    const struct graphql_scope *scope;
    const struct lens_open_run *runs;
};

void give_open_runs(struct query_call *call, struct query_value *value, const struct graphql_scope *scope,
                    const struct lens_open_run *runs, uint32_t count)
{
    struct open_runs *list = new_zeroed(call, 1, sizeof *list);
    if (list != NULL) {
        *list = (struct open_runs){scope, runs};
        give_list(value, list_of(list, count, numbered_at));
    }
}

#define SELF_OpenRun                                                                                                        \
    maybe_unused const struct open_runs *list = object.at;                                                                  \
    const struct lens_open_run *self = &list->runs[object.number]
#define OPEN_RUN_FIELDS(FIELD)                                                                                              \
    FIELD(OpenRun, what, word, self->what)                                                                                  \
    FIELD(OpenRun, name, text, self->name)                                                                                  \
    FIELD(OpenRun, node, itself, give_node(call, value, list->scope, self->node))

OPEN_RUN_FIELDS(RESOLVER)

static const struct query_binding bindings[] = {
    {"Query", "trace", Query_trace, READ},
    LINK_FIELDS(BINDING) TRACE_FIELDS(BINDING) OPEN_RUN_FIELDS(BINDING)
};
const struct graphql_bindings graphql_link_bindings = BINDINGS_OF(bindings);
