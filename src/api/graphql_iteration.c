/* Iterations: a node of the graph like any other, and the summary that lists show of it.
 *
 * A list of iterations opens no views: verdicts come from what is kept of them. Only fields of the node itself do. */
#include "api/graphql_private.h"

struct graphql_iteration {
    struct str tenant_id, iteration_id;
    struct clocks clocks;
    struct graphql_view *view; /* NULL: not opened yet */
    bool is_known;             /* has facts, of whatever time */
    struct graph_iteration summary;
    uint32_t number;
    bool verdict_asked, has_verdict;
    struct iteration_verdict verdict;
};

static struct graphql_iteration *iteration_new(struct query_call *call, uint32_t number, struct clocks clocks)
{
    struct graphql_iteration *made = new_zeroed(call, 1, sizeof *made);
    if (made != NULL) {
        made->summary = graph_iteration(request_of(call)->api->options.graph, number);
        made->tenant_id = made->summary.tenant_id;
        made->iteration_id = made->summary.iteration_id;
        made->clocks = clocks;
        made->number = number;
        made->is_known = true;
    }
    return made;
}

void give_iteration(struct query_call *call, struct query_value *value, struct str tenant_id, struct str iteration_id,
                    struct clocks clocks, struct graphql_view *view)
{
    const struct graph *graph = request_of(call)->api->options.graph;
    uint32_t number = 0, count = graph_iteration_count(graph);
    for (; number < count; number++) {
        struct graph_iteration found = graph_iteration(graph, number);
        if (str_equal(found.iteration_id, iteration_id) && str_equal(found.tenant_id, tenant_id)) {
            break;
        }
    }
    if (number == count) {
        return;
    }
    struct graphql_iteration *made = iteration_new(call, number, clocks);
    if (made != NULL) {
        made->view = view;
        value->kind = QUERY_OBJECT;
        value->object = (struct query_object){.at = made, .type = node_kind_name(NODE_ITERATION)};
    }
}

/* ---- as a node ---- */

/* Where there was nothing at (V, K) the node is there by its name only. */
static bool as_node(struct query_call *call, struct query_object object, struct query_object *node)
{
    struct graphql_iteration *self = (struct graphql_iteration *)(uintptr_t)object.at;
    struct error error;
    if (self->view == NULL) {
        enum status status =
            view_get(request_of(call), self->tenant_id, self->iteration_id, self->clocks, &self->view, &error);
        if (status == STATUS_ABSENT) {
            self->view = view_of_nothing(call, self->tenant_id, self->iteration_id, self->clocks);
        } else if (status != STATUS_OK) {
            query_fail_error(call, &error);
        }
    }
    if (self->view == NULL) {
        return false;
    }
    *node = (struct query_object){.at = &self->view->scopes[LENS_CONVERGENCE],
                                  .number = self->view->view->kind_start[NODE_ITERATION]};
    return true;
}

#define NODE_FIELD_OF_ITERATION(NAME)                                                                                       \
    static void Iteration_##NAME(struct query_call *call, struct query_object object, struct query_value *value)            \
    {                                                                                                                       \
        struct query_object node;                                                                                           \
        if (as_node(call, object, &node)) {                                                                                 \
            node_##NAME(call, node, value);                                                                                 \
        }                                                                                                                   \
    }
#define BINDING_OF_ITERATION(NAME) {"Iteration", #NAME, Iteration_##NAME, 0},
#define VIEWED_FIELDS(FIELD)                                                                                                \
    FIELD(status) FIELD(version) FIELD(validFrom) FIELD(updatedAt) FIELD(observedAt) FIELD(eventId) FIELD(seq)              \
    FIELD(traceId) FIELD(x) FIELD(y) FIELD(position) FIELD(properties) FIELD(links) FIELD(history) FIELD(trace)

VIEWED_FIELDS(NODE_FIELD_OF_ITERATION)

/* ---- as a summary ---- */

/* NULL where there was nothing at (V, K), or it failed. */
static const struct iteration_verdict *verdict_asked(struct query_call *call, struct query_object object)
{
    struct graphql_iteration *self = (struct graphql_iteration *)(uintptr_t)object.at;
    struct error error;
    if (!self->verdict_asked) {
        self->verdict_asked = true;
        enum status status = verdict_of_iteration(request_of(call)->api, self->number, &self->summary, self->clocks,
                                                  &self->verdict, &error);
        self->has_verdict = status == STATUS_OK;
        if (status != STATUS_OK && status != STATUS_ABSENT) {
            query_fail_error(call, &error);
        }
    }
    return self->has_verdict ? &self->verdict : NULL;
}

static void give_iteration_id(struct query_call *call, struct query_value *value, const struct graphql_iteration *self)
{
    struct str id =
        make_global_id(request_of(call), NODE_ITERATION, self->tenant_id, self->iteration_id, self->iteration_id);
    if (id.at == NULL) {
        fail_memory(call);
    }
    give_text(value, id);
}

#define SELF_Iteration maybe_unused const struct graphql_iteration *self = object.at
#define ITERATION_FIELDS(FIELD)                                                                                             \
    FIELD(Iteration, id, itself, give_iteration_id(call, value, self))                                                      \
    FIELD(Iteration, nodeId, filled, self->iteration_id)                                                                    \
    FIELD(Iteration, kind, word, word_node_kind[NODE_ITERATION])                                                            \
    FIELD(Iteration, name, filled, self->iteration_id)                                                                      \
    FIELD(Iteration, iterationId, filled, self->iteration_id)                                                               \
    FIELD(Iteration, tenantId, filled, self->tenant_id)                                                                     \
    FIELD(Iteration, factCount, integer, self->summary.fact_count)                                                          \
    FIELD(Iteration, nodeCount, integer, self->summary.node_count)                                                          \
    FIELD(Iteration, firstValidFrom, time, self->summary.first_valid_from)                                                  \
    FIELD(Iteration, lastValidFrom, time, self->summary.last_valid_from)                                                    \
    FIELD(Iteration, lastObservedAt, time, self->summary.last_observed_at)                                                  \
    FIELD(Iteration, lastSeq, integer, (int64_t)self->summary.last_seq)                                                     \
    FIELD(Iteration, watermarks, pointer, self->summary.watermark)                                                          \
    FIELD(Iteration, verdictHistory, itself, give_verdict_history(call, value, &self->summary, self->clocks))

ITERATION_FIELDS(RESOLVER)

static void give_exit_code(struct query_value *value, const struct iteration_verdict *verdict)
{
    if (verdict != NULL) {
        give_integer(value, verdict->exit_code);
    }
}

static void give_streams(struct query_value *value, const struct iteration_verdict *verdict)
{
    give_pointer(value, verdict == NULL ? NULL : verdict->streams);
}

#undef SELF_Iteration
#define SELF_Iteration const struct iteration_verdict *verdict = verdict_asked(call, object)
#define ITERATION_VERDICT_FIELDS(FIELD)                                                                                     \
    FIELD(Iteration, verdict, word, verdict == NULL ? NULL : verdict_name(verdict->kind))                                   \
    FIELD(Iteration, meaning, word,                                                                                         \
          verdict == NULL ? NULL : verdict_meaning(verdict->kind, verdict_has_pending(verdict)))                            \
    FIELD(Iteration, deployable, boolean, verdict != NULL && verdict->deployable)                                           \
    FIELD(Iteration, exitCode, itself, give_exit_code(value, verdict))                                                      \
    FIELD(Iteration, streams, itself, give_streams(value, verdict))

ITERATION_VERDICT_FIELDS(RESOLVER)

/* ---- questions ---- */

struct iteration_page {
    struct graphql_connection page;
    const uint32_t *numbers;
};

static void iteration_at(struct query_call *call, const void *at, size_t index, struct query_value *value)
{
    const struct iteration_page *page = at;
    struct graphql_iteration *made = iteration_new(call, page->numbers[index], page->page.clocks);
    if (made != NULL) {
        give_pointer(value, made);
    }
}

/* In order of first appearance in the log, which is the same on every machine. */
static void iteration_key(const void *at, size_t index, struct buffer *key)
{
    key_number(key, ((const struct iteration_page *)at)->numbers[index]);
}

static void Query_iterations(struct query_call *call, struct query_object object, struct query_value *value)
{
    const struct graphql_request *request = request_of(call);
    const struct graph *graph = request->api->options.graph;
    uint32_t count = 0, all = graph_iteration_count(graph);
    uint32_t *numbers = new_zeroed(call, (size_t)all + 1, sizeof *numbers);
    struct iteration_page *made = numbers == NULL ? NULL : new_zeroed(call, 1, sizeof *made);
    (void)object;
    if (made == NULL) {
        return;
    }
    for (uint32_t n = 0; n < all; n++) {
        if (request->asker.all_tenants || str_equal(graph_iteration(graph, n).tenant_id, request->asker.tenant_id)) {
            numbers[count++] = n;
        }
    }
    made->numbers = numbers;
    made->page = (struct graphql_connection){
        .at = made, .item = iteration_at, .key = iteration_key, .total = count, .clocks = argument_clocks(call)};
    if (page_cut(call, &made->page)) {
        give_pointer(value, made);
    }
}

static void Query_iteration(struct query_call *call, struct query_object object, struct query_value *value)
{
    struct graphql_view *view = view_asked(call);
    (void)object;
    if (view != NULL) {
        give_iteration(call, value, view->view->tenant_id, view->view->iteration_id, view->clocks, view);
    }
}

static const struct query_binding bindings[] = {
    {"Query", "iterations", Query_iterations, READ},
    {"Query", "iteration", Query_iteration, READ},
    VIEWED_FIELDS(BINDING_OF_ITERATION) ITERATION_FIELDS(BINDING) ITERATION_VERDICT_FIELDS(BINDING)
};
const struct graphql_bindings graphql_iteration_bindings = BINDINGS_OF(bindings);
