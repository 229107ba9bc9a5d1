/* What every node of the graph has in common: its own fields, its place, its global id, lists of nodes. */
#include "api/graphql_private.h"

#define ID_SEPARATOR '\x1f' /* ids hold no control characters */

/* ---- global ids: base64url of kind, tenant, iteration and id ---- */

static char *put_part(char *to, struct str part)
{
    if (part.length > 0) {
        memcpy(to, part.at, part.length);
    }
    to[part.length] = ID_SEPARATOR;
    return to + part.length + 1;
}

struct str make_global_id(struct graphql_request *request, enum node_kind kind, struct str tenant_id, struct str iteration_id,
                          struct str id)
{
    struct str name = str_from(node_kind_name(kind));
    size_t length = name.length + tenant_id.length + iteration_id.length + id.length + 3;
    char *parts = arena_new(&request->arena, length + 1), *text = arena_new(&request->arena, BASE64URL_LENGTH(length) + 1);
    if (parts == NULL || text == NULL) {
        return STR_NONE;
    }
    (void)put_part(put_part(put_part(put_part(parts, name), tenant_id), iteration_id), id);
    return (struct str){text, put_base64url(text, (struct str){parts, length})};
}

bool read_global_id(struct graphql_request *request, struct str text, struct global_id *global)
{
    struct str rest, kind;
    return decode_base64url(text, &request->arena, &rest) && str_split_next(&rest, ID_SEPARATOR, &kind) &&
           str_split_next(&rest, ID_SEPARATOR, &global->tenant_id) &&
           str_split_next(&rest, ID_SEPARATOR, &global->iteration_id) && node_kind_from_name(kind, &global->kind) &&
           str_is_utf8(rest) && (global->id = rest, true);
}

struct str node_global_id(struct query_call *call, const struct graphql_scope *scope, uint32_t number)
{
    struct graphql_view *of = scope->of;
    struct str *kept = &of->ids[number];
    if (kept->at == NULL) {
        const struct view_node *node = &of->view->nodes[number];
        *kept = make_global_id(of->request, node->kind, of->view->tenant_id, of->view->iteration_id, node->id);
        if (kept->at == NULL) {
            fail_memory(call);
        }
    }
    return *kept;
}

/* ---- the fields ---- */

#define NODE_RESOLVER(NAME) void node_##NAME(struct query_call *call, struct query_object object, struct query_value *value)
#define NODE_FIELD(NAME, GIVE, EXPRESSION)                                                                                  \
    NODE_RESOLVER(NAME)                                                                                                     \
    {                                                                                                                       \
        SELF_NODE;                                                                                                          \
        (void)call;                                                                                                         \
        give_##GIVE(value, EXPRESSION);                                                                                     \
    }

NODE_FIELD(id, text, node_global_id(call, scope, (uint32_t)object.number))
NODE_FIELD(nodeId, filled, node->id)
NODE_FIELD(kind, word, word_node_kind[node->kind])
NODE_FIELD(name, filled, view_name(view, node))
NODE_FIELD(status, word, node_status_name(view_status(node)))
NODE_FIELD(iterationId, filled, view->iteration_id)
NODE_FIELD(version, integer, node->version)
NODE_FIELD(validFrom, time, node->first_fact == VIEW_NONE ? INT64_MIN : view_fact_valid_from(view, node->first_fact))
NODE_FIELD(updatedAt, time, node->last_fact == VIEW_NONE ? INT64_MIN : view_fact_valid_from(view, node->last_fact))
NODE_FIELD(observedAt, time, node->last_fact == VIEW_NONE ? INT64_MIN : view_fact_observed_at(view, node->last_fact))
NODE_FIELD(eventId, itself, give_event_id(call, value, view, node->last_fact))
NODE_FIELD(traceId, text, node->last_fact == VIEW_NONE ? STR_NONE : view_fact_trace_id(view, node->last_fact))

NODE_RESOLVER(seq)
{
    SELF_NODE;
    (void)call;
    if (node->last_fact != VIEW_NONE) {
        give_integer(value, (int64_t)view_fact_seq(view, node->last_fact));
    }
}

static const struct place *place_in(struct query_call *call, struct query_object object, enum lens lens)
{
    const struct graphql_scope *scope = object.at;
    const struct graphql_places *places = scope->of->places[lens];
    places = places != NULL ? places : view_places(call, scope->of, lens);
    return places != NULL && places->nodes[object.number].known ? &places->nodes[object.number] : NULL;
}

NODE_RESOLVER(x)
{
    const struct place *place = place_in(call, object, ((const struct graphql_scope *)object.at)->lens);
    if (place != NULL) {
        give_real(value, (double)place->x);
    }
}

NODE_RESOLVER(y)
{
    const struct place *place = place_in(call, object, ((const struct graphql_scope *)object.at)->lens);
    if (place != NULL) {
        give_real(value, (double)place->y);
    }
}

NODE_RESOLVER(position)
{
    int asked = argument_word(call, "lens", word_at_lens);
    enum lens lens = asked < 0 ? ((const struct graphql_scope *)object.at)->lens : (enum lens)asked;
    give_pointer(value, place_in(call, object, lens));
}

NODE_RESOLVER(properties)
{
    SELF_NODE;
    give_properties(call, value, view, node);
}

NODE_RESOLVER(links)
{
    give_link_page(call, value, object.at, object);
}

NODE_RESOLVER(history)
{
    SELF_NODE;
    struct history_match match = {.iteration_id = view->iteration_id, .kind = node->kind, .id = node->id, .node = node->node};
    give_history(call, value, match, scope->of->clocks, false);
}

NODE_RESOLVER(trace)
{
    give_trace(call, value, object.at, (uint32_t)object.number);
}

/* ---- lists ---- */

void give_node(struct query_call *call, struct query_value *value, const struct graphql_scope *scope, uint32_t number)
{
    if (number == VIEW_NONE) {
        return;
    }
    const struct graph_view *view = scope->of->view;
    enum node_kind kind = view->nodes[number].kind;
    if (kind == NODE_ITERATION) {
        give_iteration(call, value, view->tenant_id, view->iteration_id, scope->of->clocks, scope->of);
        return;
    }
    value->kind = QUERY_OBJECT;
    value->object = (struct query_object){scope, number, node_kind_name(kind)};
}

struct node_list {
    const struct graphql_scope *scope;
    const uint32_t *nodes; /* NULL: from `begin` on */
    uint32_t begin;
};

static void node_at(struct query_call *call, const void *at, size_t index, struct query_value *value)
{
    const struct node_list *list = at;
    give_node(call, value, list->scope, list->nodes != NULL ? list->nodes[index] : list->begin + (uint32_t)index);
}

static void give_node_list(struct query_call *call, struct query_value *value, struct node_list list, uint32_t count)
{
    struct node_list *kept = new_zeroed(call, 1, sizeof *kept);
    if (kept != NULL) {
        *kept = list;
        give_list(value, list_of(kept, count, node_at));
    }
}

void give_node_range(struct query_call *call, struct query_value *value, const struct graphql_scope *scope, uint32_t begin,
                     uint32_t end)
{
    give_node_list(call, value, (struct node_list){scope, NULL, begin}, end - begin);
}

void give_kind(struct query_call *call, struct query_value *value, const struct graphql_scope *scope, enum node_kind kind)
{
    const struct graph_view *view = scope->of->view;
    give_node_range(call, value, scope, view->kind_start[kind], view->kind_start[kind + 1]);
}

void give_nodes(struct query_call *call, struct query_value *value, const struct graphql_scope *scope, const uint32_t *nodes,
                uint32_t count)
{
    static const uint32_t none[1];
    give_node_list(call, value, (struct node_list){scope, nodes == NULL ? none : nodes, 0}, count);
}

/* The node at the other end, or VIEW_NONE where the link is not one of those asked for. */
static uint32_t partner_of(const struct graph_view *view, const struct view_link *link, enum link_kind kind, bool out,
                           enum node_kind partner)
{
    uint32_t other = out ? link->target : link->source;
    return link->kind == kind && link->confidence > 0 && view->nodes[other].kind == partner ? other : VIEW_NONE;
}

void give_partners(struct query_call *call, struct query_value *value, struct query_object object, enum link_kind link,
                   bool out, enum node_kind partner)
{
    SELF_NODE;
    uint32_t number = (uint32_t)object.number, found = 0;
    uint32_t count = out ? view_out_count(view, number) : view_in_count(view, number);
    uint32_t *nodes = new_zeroed(call, (size_t)count + 1, sizeof *nodes);
    if (nodes == NULL) {
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t other = partner_of(view, out ? view_out(view, number, i) : view_in(view, number, i), link, out, partner);
        if (other != VIEW_NONE) {
            nodes[found++] = other;
        }
    }
    give_nodes(call, value, scope, nodes, found);
}

void give_partner(struct query_call *call, struct query_value *value, struct query_object object, enum link_kind link,
                  bool out, enum node_kind partner)
{
    SELF_NODE;
    uint32_t number = (uint32_t)object.number;
    uint32_t count = out ? view_out_count(view, number) : view_in_count(view, number);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t other = partner_of(view, out ? view_out(view, number, i) : view_in(view, number, i), link, out, partner);
        if (other != VIEW_NONE) {
            give_node(call, value, scope, other);
            return;
        }
    }
}

/* ---- the nodes of a graph answer ---- */

/* Numbers of the nodes of these kinds; NULL: failed. */
static uint32_t *member_nodes(struct query_call *call, const struct graphql_members *members, uint32_t kinds, uint32_t *count)
{
    const struct graph_view *view = members->scope->of->view;
    uint32_t *nodes = new_zeroed(call, (size_t)view->node_count + 1, sizeof *nodes);
    *count = 0;
    for (uint32_t n = 0; nodes != NULL && n < view->node_count; n++) {
        if ((members->kinds & kinds) >> view->nodes[n].kind & 1 && (members->keep == NULL || members->keep[n])) {
            nodes[(*count)++] = n;
        }
    }
    return nodes;
}

void give_member_nodes(struct query_call *call, struct query_value *value, const struct graphql_members *members)
{
    uint32_t count;
    const uint32_t *nodes = member_nodes(call, members, UINT32_MAX, &count);
    if (nodes != NULL) {
        give_nodes(call, value, members->scope, nodes, count);
    }
}

void node_key(const struct graph_view *view, uint32_t number, struct buffer *key)
{
    buffer_append_char(key, (char)('A' + view->nodes[number].kind));
    buffer_append_str(key, view->nodes[number].id);
}

static void listed_node_key(const void *at, size_t index, struct buffer *key)
{
    const struct node_list *list = at;
    node_key(list->scope->of->view, list->nodes[index], key);
}

void give_member_node_page(struct query_call *call, struct query_value *value, const struct graphql_members *members)
{
    uint32_t count, kinds = (uint32_t)argument_bits(call, "kinds", word_at_node_kind);
    const uint32_t *nodes = member_nodes(call, members, kinds, &count);
    struct node_list *list = nodes == NULL ? NULL : new_zeroed(call, 1, sizeof *list);
    struct graphql_connection *page = list == NULL ? NULL : new_zeroed(call, 1, sizeof *page);
    if (page == NULL) {
        return;
    }
    *list = (struct node_list){members->scope, nodes, 0};
    *page = (struct graphql_connection){
        .at = list, .item = node_at, .key = listed_node_key, .total = count, .of = members->scope->of};
    if (page_cut(call, page)) {
        give_pointer(value, page);
    }
}

/* ---- one by name ---- */

uint32_t view_node_named(struct query_call *call, struct graphql_view *view, struct str id, int kind)
{
    uint32_t found = VIEW_NONE;
    int count = 0;
    for (int k = 0; k < NODE_KIND_COUNT; k++) {
        uint32_t at = kind < 0 || kind == k ? view_find(view->view, (enum node_kind)k, id) : VIEW_NONE;
        found = at != VIEW_NONE ? at : found;
        count += at != VIEW_NONE;
    }
    if (count == 0) {
        query_fail(call, "NOT_FOUND", "Iteration %.*s has no %s \"%.*s\" then.", STR_ARGS(view->view->iteration_id),
                   kind < 0 ? "node" : node_kind_name((enum node_kind)kind), STR_ARGS(id));
    } else if (count > 1) {
        query_fail(call, "BAD_USER_INPUT", "Several nodes are called \"%.*s\"; say which with kind.", STR_ARGS(id));
        return VIEW_NONE;
    }
    return found;
}

static void Query_node(struct query_call *call, struct query_object object, struct query_value *value)
{
    struct graphql_request *request = request_of(call);
    struct global_id global;
    struct graphql_view *view;
    struct error error;
    struct str tenant;
    (void)object;
    if (!read_global_id(request, argument_text(call, "id"), &global)) {
        query_fail(call, "BAD_USER_INPUT", "id must be the id of an object that an answer gave.");
        return;
    }
    if (!principal_tenant(&request->asker.principal, global.tenant_id, &tenant)) {
        return; /* as if it were not there */
    }
    enum status status = view_get(request, tenant, global.iteration_id, argument_clocks(call), &view, &error);
    if (status != STATUS_OK && status != STATUS_ABSENT) {
        query_fail_error(call, &error);
    }
    if (status == STATUS_OK) {
        give_node(call, value, &view->scopes[LENS_CONVERGENCE], view_find(view->view, global.kind, global.id));
    }
}

static void Query_nodes(struct query_call *call, struct query_object object, struct query_value *value)
{
    struct graphql_view *view = view_asked(call);
    (void)object;
    if (view != NULL) {
        struct graphql_members members = {&view->scopes[LENS_CONVERGENCE], UINT32_MAX, NULL};
        give_member_node_page(call, value, &members);
    }
}

#define SELF_Point const struct place *self = object.at
#define SELF_Box const struct layout_box *self = object.at
#define PLACE_FIELDS(FIELD)                                                                                                 \
    FIELD(Point, x, real, (double)self->x)                                                                                  \
    FIELD(Point, y, real, (double)self->y)                                                                                  \
    FIELD(Box, x, real, (double)self->x)                                                                                    \
    FIELD(Box, y, real, (double)self->y)                                                                                    \
    FIELD(Box, width, real, (double)self->width)                                                                            \
    FIELD(Box, height, real, (double)self->height)

PLACE_FIELDS(RESOLVER)

void give_bounds(struct query_call *call, struct query_value *value, const struct graphql_scope *scope)
{
    const struct graphql_places *places = view_places(call, scope->of, scope->lens);
    if (places != NULL) {
        give_pointer(value, &places->bounds);
    }
}

#define NODE_BINDING_OF(TYPE, NAME) {TYPE, #NAME, node_##NAME, 0},
#define NODE_BINDINGS(TYPE)                                                                                                 \
    NODE_BINDING_OF(TYPE, id) NODE_BINDING_OF(TYPE, nodeId) NODE_BINDING_OF(TYPE, kind) NODE_BINDING_OF(TYPE, name)         \
    NODE_BINDING_OF(TYPE, status) NODE_BINDING_OF(TYPE, iterationId) NODE_BINDING_OF(TYPE, version)                         \
    NODE_BINDING_OF(TYPE, validFrom) NODE_BINDING_OF(TYPE, updatedAt) NODE_BINDING_OF(TYPE, observedAt)                     \
    NODE_BINDING_OF(TYPE, eventId) NODE_BINDING_OF(TYPE, seq) NODE_BINDING_OF(TYPE, traceId) NODE_BINDING_OF(TYPE, x)       \
    NODE_BINDING_OF(TYPE, y) NODE_BINDING_OF(TYPE, position) NODE_BINDING_OF(TYPE, properties)                              \
    NODE_BINDING_OF(TYPE, links) NODE_BINDING_OF(TYPE, history) NODE_BINDING_OF(TYPE, trace)

static const struct query_binding bindings[] = {
    {"Query", "node", Query_node, READ},
    {"Query", "nodes", Query_nodes, READ},
    PLACE_FIELDS(BINDING)
    NODE_BINDINGS("Requirement") NODE_BINDINGS("Task") NODE_BINDINGS("InterfaceContract") NODE_BINDINGS("Artifact")
    NODE_BINDINGS("QualityGate") NODE_BINDINGS("BehavioralSpec") NODE_BINDINGS("Scenario") NODE_BINDINGS("TestRun")
    NODE_BINDINGS("ArchitectureComponent") NODE_BINDINGS("CodeModule") NODE_BINDINGS("Violation") NODE_BINDINGS("Cycle")
};
const struct graphql_bindings graphql_node_bindings = BINDINGS_OF(bindings);
