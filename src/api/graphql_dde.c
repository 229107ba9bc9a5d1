/* DDE: did the work run? Tasks, contracts, artifacts, gates, the critical path, lineage. */
#include "api/graphql_private.h"

#define DDE_KINDS (1u << NODE_TASK | 1u << NODE_ARTIFACT | 1u << NODE_CONTRACT | 1u << NODE_QUALITY_GATE)

/* What the lens says of a node; lists of the lens are in the order of the view. */
#define LENS_ITEM_OF(NAME, TYPE, LIST, KIND)                                                                                \
    static const struct TYPE *NAME(struct query_call *call, const struct graphql_scope *scope, uint64_t node)               \
    {                                                                                                                       \
        const struct lens_dde *dde = view_dde(call, scope->of);                                                             \
        return dde == NULL ? NULL : &dde->LIST[node - scope->of->view->kind_start[KIND]];                                   \
    }
LENS_ITEM_OF(contract_of, dde_contract, contracts, NODE_CONTRACT)
LENS_ITEM_OF(gate_of, dde_gate, gates, NODE_QUALITY_GATE)
LENS_ITEM_OF(artifact_of, dde_artifact, artifacts, NODE_ARTIFACT)
LENS_ITEM_OF(task_of, dde_task, tasks, NODE_TASK)

static void give_symbol(struct query_value *value, const struct graph_view *view, const struct view_node *node,
                        enum event_field field)
{
    int64_t symbol = view_integer(view, node, field, -1);
    if (symbol >= 0 && symbol < event_fields[field].symbol_count) {
        give_word(value, event_symbol(field, (uint32_t)symbol));
    }
}

/* ---- tasks ---- */

#define SELF_TASK                                                                                                           \
    SELF_NODE;                                                                                                              \
    const struct dde_task *self = task_of(call, scope, object.number);                                                      \
    if (self == NULL) {                                                                                                     \
        return;                                                                                                             \
    }
#define SELF_Task SELF_TASK
#define TASK_FIELDS(FIELD)                                                                                                  \
    FIELD(Task, started, boolean, self->started)                                                                            \
    FIELD(Task, retried, boolean, self->retried)                                                                            \
    FIELD(Task, startedAt, moment, self->started_at)                                                                        \
    FIELD(Task, endedAt, moment, self->ended_at)                                                                            \
    FIELD(Task, durationMs, measure, self->duration_ms)                                                                     \
    FIELD(Task, estimatedEffort, measure, self->estimated_effort)                                                           \
    FIELD(Task, retryCount, integer, self->retry_count)                                                                     \
    FIELD(Task, maxRetries, itself, give_max_retries(value, self))                                                          \
    FIELD(Task, nextRetryAt, moment, self->next_retry_at)                                                                   \
    FIELD(Task, errorMessage, text, self->error_message)                                                                    \
    FIELD(Task, capability, text, self->capability)                                                                         \
    FIELD(Task, dependsOnCount, integer, self->depends_on_count)                                                            \
    FIELD(Task, dependentCount, integer, self->dependent_count)                                                             \
    FIELD(Task, onCriticalPath, boolean, self->on_critical_path)                                                            \
    FIELD(Task, statusEventId, itself, give_event_id(call, value, view, self->status_fact))

static void give_max_retries(struct query_value *value, const struct dde_task *task)
{
    if (task->max_retries >= 0) {
        give_integer(value, task->max_retries);
    }
}

TASK_FIELDS(RESOLVER)

/* What needs no lens. */
#undef SELF_Task
#define SELF_Task SELF_NODE
#define TASK_LINK_FIELDS(FIELD)                                                                                             \
    FIELD(Task, taskType, itself, give_symbol(value, view, node, EVENT_FIELD_NODE_TYPE))                                    \
    FIELD(Task, workflowId, text, view_text(view, node, EVENT_FIELD_WORKFLOW_ID))                                           \
    FIELD(Task, dependsOn, itself, give_partners(call, value, object, LINK_DEPENDS_ON, true, NODE_TASK))                    \
    FIELD(Task, dependents, itself, give_partners(call, value, object, LINK_DEPENDS_ON, false, NODE_TASK))                  \
    FIELD(Task, requirements, itself, give_partners(call, value, object, LINK_FULFILLED_BY, false, NODE_REQUIREMENT))       \
    FIELD(Task, artifacts, itself, give_partners(call, value, object, LINK_GENERATES, true, NODE_ARTIFACT))                 \
    FIELD(Task, contracts, itself, give_partners(call, value, object, LINK_IMPLEMENTS, true, NODE_CONTRACT))                \
    FIELD(Task, gates, itself, give_partners(call, value, object, LINK_GATED_BY, true, NODE_QUALITY_GATE))

TASK_LINK_FIELDS(RESOLVER)

/* ---- contracts, artifacts, gates ---- */

static void give_validations(struct query_call *call, struct query_value *value, struct query_object object, bool passing)
{
    SELF_NODE;
    uint32_t counts[2];
    const struct lens_bdv *bdv = view_bdv(call, scope->of);
    if (bdv != NULL) {
        lens_bdv_validations(view, bdv, (uint32_t)object.number, &counts[0], &counts[1]);
        give_integer(value, counts[passing ? 0 : 1]);
    }
}

#define SELF_InterfaceContract                                                                                              \
    SELF_NODE;                                                                                                              \
    const struct dde_contract *self = contract_of(call, scope, object.number);                                              \
    if (self == NULL) {                                                                                                     \
        return;                                                                                                             \
    }
#define CONTRACT_FIELDS(FIELD)                                                                                              \
    FIELD(InterfaceContract, contractVersion, text, self->version)                                                          \
    FIELD(InterfaceContract, locked, boolean, self->locked)                                                                 \
    FIELD(InterfaceContract, lockedAt, moment, self->locked_at)                                                             \
    FIELD(InterfaceContract, lockLatencyMs, measure, self->lock_latency_ms)                                                 \
    FIELD(InterfaceContract, lockEventId, itself, give_event_id(call, value, view, self->lock_fact))                        \
    FIELD(InterfaceContract, task, itself, give_node(call, value, scope, self->task))                                       \
    FIELD(InterfaceContract, implementedBy, itself,                                                                         \
          give_partners(call, value, object, LINK_IMPLEMENTS, false, NODE_TASK))                                            \
    FIELD(InterfaceContract, scenarios, itself,                                                                             \
          give_partners(call, value, object, LINK_VALIDATES, false, NODE_SCENARIO))                                         \
    FIELD(InterfaceContract, passing, itself, give_validations(call, value, object, true))                                  \
    FIELD(InterfaceContract, failing, itself, give_validations(call, value, object, false))

CONTRACT_FIELDS(RESOLVER)

#define SELF_Artifact                                                                                                       \
    SELF_NODE;                                                                                                              \
    const struct dde_artifact *self = artifact_of(call, scope, object.number);                                              \
    if (self == NULL) {                                                                                                     \
        return;                                                                                                             \
    }
#define ARTIFACT_FIELDS(FIELD)                                                                                              \
    FIELD(Artifact, path, text, self->path)                                                                                 \
    FIELD(Artifact, hash, text, self->hash)                                                                                 \
    FIELD(Artifact, validated, boolean, self->validated)                                                                    \
    FIELD(Artifact, task, itself, give_node(call, value, scope, self->task))                                                \
    FIELD(Artifact, modules, itself, give_partners(call, value, object, LINK_CONTAINS, true, NODE_MODULE))

ARTIFACT_FIELDS(RESOLVER)

#define SELF_QualityGate                                                                                                    \
    SELF_NODE;                                                                                                              \
    const struct dde_gate *self = gate_of(call, scope, object.number);                                                      \
    if (self == NULL) {                                                                                                     \
        return;                                                                                                             \
    }
#define GATE_FIELDS(FIELD)                                                                                                  \
    FIELD(QualityGate, checked, boolean, self->checked)                                                                     \
    FIELD(QualityGate, passed, boolean, self->passed)                                                                       \
    FIELD(QualityGate, checkEventId, itself, give_event_id(call, value, view, self->fact))                                  \
    FIELD(QualityGate, task, itself, give_node(call, value, scope, self->task))

GATE_FIELDS(RESOLVER)

/* ---- the graph ---- */

#define SELF_GRAPH                                                                                                          \
    maybe_unused const struct graphql_scope *scope = object.at;                                                             \
    maybe_unused const struct graph_view *view = scope->of->view;                                                           \
    maybe_unused struct graphql_members members = {scope, DDE_KINDS, NULL}
#define SELF_DDEGraph SELF_GRAPH
#define DDE_GRAPH_FIELDS(FIELD)                                                                                             \
    FIELD(DDEGraph, iterationId, filled, view->iteration_id)                                                                \
    FIELD(DDEGraph, lens, word, word_lens[LENS_DDE])                                                                        \
    FIELD(DDEGraph, nodes, itself, give_member_nodes(call, value, &members))                                                \
    FIELD(DDEGraph, edges, itself, give_member_links(call, value, &members))                                                \
    FIELD(DDEGraph, nodeConnection, itself, give_member_node_page(call, value, &members))                                   \
    FIELD(DDEGraph, linkConnection, itself, give_member_link_page(call, value, &members))                                   \
    FIELD(DDEGraph, bounds, itself, give_bounds(call, value, scope))                                                        \
    FIELD(DDEGraph, kpis, object, object)                                                                                   \
    FIELD(DDEGraph, tasks, itself, give_kind(call, value, scope, NODE_TASK))                                                \
    FIELD(DDEGraph, contracts, itself, give_kind(call, value, scope, NODE_CONTRACT))                                        \
    FIELD(DDEGraph, gates, itself, give_kind(call, value, scope, NODE_QUALITY_GATE))                                        \
    FIELD(DDEGraph, artifacts, itself, give_kind(call, value, scope, NODE_ARTIFACT))                                        \
    FIELD(DDEGraph, criticalPath, object, object)                                                                           \
    FIELD(DDEGraph, openRuns, itself, give_open(call, value, scope))                                                        \
    FIELD(DDEGraph, meta, itself, give_meta(call, value, scope->of))

static void give_open(struct query_call *call, struct query_value *value, const struct graphql_scope *scope)
{
    const struct lens_dde *dde = view_dde(call, scope->of);
    if (dde != NULL) {
        give_open_runs(call, value, scope, dde->open_runs, dde->open_run_count);
    }
}

DDE_GRAPH_FIELDS(RESOLVER)

/* ---- what is said of the whole: an object of these types is the scope ---- */

#define SELF_LENS                                                                                                           \
    maybe_unused const struct graphql_scope *scope = object.at;                                                             \
    const struct lens_dde *self = view_dde(call, scope->of);                                                                \
    if (self == NULL) {                                                                                                     \
        return;                                                                                                             \
    }
#define SELF_DDEKpis SELF_LENS
#define DDE_KPI_FIELDS(FIELD)                                                                                               \
    FIELD(DDEKpis, taskSuccessRate, measure, self->success_rate)                                                            \
    FIELD(DDEKpis, retryRate, measure, self->retry_rate)                                                                    \
    FIELD(DDEKpis, contractLockLatencyP95Ms, measure, self->lock_latency_p95_ms)                                            \
    FIELD(DDEKpis, tasks, integer, self->task_count)                                                                        \
    FIELD(DDEKpis, completed, integer, self->completed)                                                                     \
    FIELD(DDEKpis, failed, integer, self->failed)                                                                           \
    FIELD(DDEKpis, started, integer, self->started)                                                                         \
    FIELD(DDEKpis, retried, integer, self->retried)                                                                         \
    FIELD(DDEKpis, contracts, integer, self->contract_count)                                                                \
    FIELD(DDEKpis, contractsLocked, integer, self->locked_count)                                                            \
    FIELD(DDEKpis, gates, integer, self->gate_count)                                                                        \
    FIELD(DDEKpis, failedGates, integer, self->failed_gate_count)                                                           \
    FIELD(DDEKpis, artifacts, integer, self->artifact_count)                                                                \
    FIELD(DDEKpis, statusCounts, itself, give_status_counts(call, value, self))

struct status_count {
    enum node_status status;
    uint32_t count;
};

static void status_count_at(struct query_call *call, const void *at, size_t index, struct query_value *value)
{
    (void)call;
    give_pointer(value, (const struct status_count *)at + index);
}

static void give_status_counts(struct query_call *call, struct query_value *value, const struct lens_dde *dde)
{
    struct status_count *counts = new_zeroed(call, STATE_COUNT, sizeof *counts);
    size_t count = 0;
    for (int i = 0; counts != NULL && i < STATE_COUNT; i++) {
        if (dde->status_counts[i] > 0) {
            counts[count++] = (struct status_count){(enum node_status)i, dde->status_counts[i]};
        }
    }
    if (counts != NULL) {
        give_list(value, list_of(counts, count, status_count_at));
    }
}

#define SELF_StatusCount const struct status_count *self = object.at
#define STATUS_COUNT_FIELDS(FIELD)                                                                                          \
    FIELD(StatusCount, status, word, node_status_name(self->status))                                                        \
    FIELD(StatusCount, count, integer, self->count)

DDE_KPI_FIELDS(RESOLVER)
STATUS_COUNT_FIELDS(RESOLVER)

/* ---- the critical path ---- */

static const char *basis_word(enum dde_basis basis)
{
    static const char *const names[] = {[DDE_BASIS_DURATION] = "DURATION_MS",
                                        [DDE_BASIS_EFFORT] = "ESTIMATED_EFFORT",
                                        [DDE_BASIS_MIXED] = "MIXED_MS",
                                        [DDE_BASIS_COUNT] = "TASKS"};
    return names[basis];
}

static struct measure ms_per_effort(const struct lens_dde *dde)
{
    return dde->critical_path.basis == DDE_BASIS_MIXED ? measure_of(dde->critical_path.ms_per_effort) : MEASURE_UNKNOWN;
}

#define SELF_CriticalPath SELF_LENS
#define SELF_CriticalPathStep SELF_LENS
#define SELF_TaskCycle SELF_LENS
#define CRITICAL_PATH_FIELDS(FIELD)                                                                                         \
    FIELD(CriticalPath, basis, word, basis_word(self->critical_path.basis))                                                 \
    FIELD(CriticalPath, length, real, self->critical_path.length)                                                           \
    FIELD(CriticalPath, msPerEffort, measure, ms_per_effort(self))                                                          \
    FIELD(CriticalPath, steps, list, list_of(scope, self->critical_path.count, numbered_at))                                \
    FIELD(CriticalPath, cycles, list, list_of(scope, self->cycle_count, numbered_at))                                       \
    FIELD(CriticalPath, meta, itself, give_meta(call, value, scope->of))                                                    \
    FIELD(CriticalPathStep, task, itself, give_node(call, value, scope, self->critical_path.tasks[object.number]))          \
    FIELD(CriticalPathStep, weight, real, self->critical_path.weights[object.number])                                       \
    FIELD(TaskCycle, tasks, itself,                                                                                         \
          give_nodes(call, value, scope, self->cycles[object.number].tasks, self->cycles[object.number].count))

CRITICAL_PATH_FIELDS(RESOLVER)

/* ---- lineage ---- */

struct graphql_lineage {
    const struct graphql_scope *scope;
    struct dde_lineage lineage;
};

struct relatives {
    const struct graphql_scope *scope;
    const struct dde_relative *relatives;
};

static void give_relatives(struct query_call *call, struct query_value *value, const struct graphql_lineage *self,
                           const struct dde_relative *relatives, uint32_t count)
{
    struct relatives *list = new_zeroed(call, 1, sizeof *list);
    if (list != NULL) {
        *list = (struct relatives){self->scope, relatives};
        give_list(value, list_of(list, count, numbered_at));
    }
}

#define SELF_TaskLineage const struct graphql_lineage *self = object.at
#define SELF_TaskRelative const struct relatives *self = object.at
#define LINEAGE_FIELDS(FIELD)                                                                                               \
    FIELD(TaskLineage, task, itself, give_node(call, value, self->scope, self->lineage.task))                               \
    FIELD(TaskLineage, ancestors, itself,                                                                                   \
          give_relatives(call, value, self, self->lineage.ancestors, self->lineage.ancestor_count))                         \
    FIELD(TaskLineage, descendants, itself,                                                                                 \
          give_relatives(call, value, self, self->lineage.descendants, self->lineage.descendant_count))                     \
    FIELD(TaskLineage, artifacts, itself,                                                                                   \
          give_nodes(call, value, self->scope, self->lineage.artifacts, self->lineage.artifact_count))                      \
    FIELD(TaskLineage, meta, itself, give_meta(call, value, self->scope->of))                                               \
    FIELD(TaskRelative, task, itself, give_node(call, value, self->scope, self->relatives[object.number].task))             \
    FIELD(TaskRelative, distance, integer, self->relatives[object.number].distance)

LINEAGE_FIELDS(RESOLVER)

/* ---- questions ---- */

static void Query_getDDEGraph(struct query_call *call, struct query_object object, struct query_value *value)
{
    struct graphql_view *view = view_asked(call);
    (void)object;
    if (view != NULL) {
        give_pointer(value, &view->scopes[LENS_DDE]);
    }
}

static void Query_getDDEGraphAsObserved(struct query_call *call, struct query_object object, struct query_value *value)
{
    struct graphql_request *request = request_of(call);
    int64_t known_at = argument_time(call, "observedAt", 0);
    struct graphql_view *view = view_open_for(call, request->asker.tenant_id, argument_text(call, "iterationId"),
                                              clocks_of(request_now(request), NULL, &known_at));
    (void)object;
    if (view != NULL) {
        give_pointer(value, &view->scopes[LENS_DDE]);
    }
}

static void Query_getTaskLineage(struct query_call *call, struct query_object object, struct query_value *value)
{
    struct error error;
    struct graphql_view *view = view_asked(call);
    (void)object;
    uint32_t task = view == NULL ? VIEW_NONE : view_node_named(call, view, argument_text(call, "taskId"), NODE_TASK);
    struct graphql_lineage *made = task == VIEW_NONE ? NULL : new_zeroed(call, 1, sizeof *made);
    if (made == NULL) {
        return;
    }
    made->scope = &view->scopes[LENS_DDE];
    if (lens_dde_lineage(view->view, task, &request_of(call)->arena, &made->lineage, &error) != STATUS_OK) {
        query_fail_error(call, &error);
        return;
    }
    give_pointer(value, made);
}

static const struct query_binding bindings[] = {
    {"Query", "getDDEGraph", Query_getDDEGraph, READ},
    {"Query", "getDDEGraphAsObserved", Query_getDDEGraphAsObserved, READ},
    {"Query", "getTaskLineage", Query_getTaskLineage, READ},
    {"Query", "getCriticalPath", Query_getDDEGraph, READ}, /* both are the scope */
    TASK_FIELDS(BINDING) TASK_LINK_FIELDS(BINDING) CONTRACT_FIELDS(BINDING) ARTIFACT_FIELDS(BINDING) GATE_FIELDS(BINDING)
    DDE_GRAPH_FIELDS(BINDING) DDE_KPI_FIELDS(BINDING) STATUS_COUNT_FIELDS(BINDING) CRITICAL_PATH_FIELDS(BINDING)
    LINEAGE_FIELDS(BINDING)
};
const struct graphql_bindings graphql_dde_bindings = BINDINGS_OF(bindings);
