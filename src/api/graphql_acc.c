/* ACC: is it built as agreed? Modules, components, violations, cycles, manifests, the matrix. */
#include "api/graphql_private.h"

#define ACC_KINDS (1u << NODE_COMPONENT | 1u << NODE_MODULE | 1u << NODE_VIOLATION | 1u << NODE_CYCLE)

/* What the lens says of a node; lists of the lens are in the order of the view. */
#define LENS_ITEM_OF(NAME, TYPE, LIST, KIND)                                                                                \
    static const struct TYPE *NAME(struct query_call *call, const struct graphql_scope *scope, uint64_t node)               \
    {                                                                                                                       \
        const struct lens_acc *acc = view_acc(call, scope->of);                                                             \
        return acc == NULL ? NULL : &acc->LIST[node - scope->of->view->kind_start[KIND]];                                   \
    }
LENS_ITEM_OF(module_of, acc_module, modules, NODE_MODULE)
LENS_ITEM_OF(component_of, acc_component, components, NODE_COMPONENT)
LENS_ITEM_OF(violation_of, acc_violation, violations, NODE_VIOLATION)

/* ---- modules and components ---- */

static void give_lines(struct query_value *value, int64_t lines)
{
    if (lines >= 0) {
        give_integer(value, lines);
    }
}

static void give_cycle(struct query_value *value, const struct graphql_scope *scope, uint32_t cycle)
{
    if (cycle != VIEW_NONE) {
        give_object(value, (struct query_object){.at = scope, .number = cycle});
    }
}

#define SELF_CodeModule                                                                                                     \
    SELF_NODE;                                                                                                              \
    const struct acc_module *self = module_of(call, scope, object.number);                                                  \
    if (self == NULL) {                                                                                                     \
        return;                                                                                                             \
    }
#define MODULE_FIELDS(FIELD)                                                                                                \
    FIELD(CodeModule, component, itself, give_node(call, value, scope, self->component))                                    \
    FIELD(CodeModule, cycle, itself, give_cycle(value, scope, self->cycle))                                                 \
    FIELD(CodeModule, lines, itself, give_lines(value, self->lines))                                                        \
    FIELD(CodeModule, coupling, pointer, &self->coupling)                                                                   \
    FIELD(CodeModule, couplingScore, measure, self->coupling_score)                                                         \
    FIELD(CodeModule, violationCount, integer, self->violation_count)                                                       \
    FIELD(CodeModule, violations, itself, give_partners(call, value, object, LINK_AFFECTS, false, NODE_VIOLATION))          \
    FIELD(CodeModule, dependencies, itself, give_partners(call, value, object, LINK_DEPENDS_ON, true, NODE_MODULE))         \
    FIELD(CodeModule, dependents, itself, give_partners(call, value, object, LINK_DEPENDS_ON, false, NODE_MODULE))          \
    FIELD(CodeModule, artifacts, itself, give_partners(call, value, object, LINK_CONTAINS, false, NODE_ARTIFACT))

MODULE_FIELDS(RESOLVER)

static void give_members(struct query_call *call, struct query_value *value, const struct graphql_scope *scope,
                         const struct acc_component *component)
{
    uint32_t *nodes = new_zeroed(call, (size_t)component->module_count + 1, sizeof *nodes);
    if (nodes == NULL) {
        return;
    }
    for (uint32_t i = 0; i < component->module_count; i++) {
        nodes[i] = scope->of->view->kind_start[NODE_MODULE] + component->modules[i];
    }
    give_nodes(call, value, scope, nodes, component->module_count);
}

#define SELF_ArchitectureComponent                                                                                          \
    SELF_NODE;                                                                                                              \
    const struct acc_component *self = component_of(call, scope, object.number);                                            \
    if (self == NULL) {                                                                                                     \
        return;                                                                                                             \
    }
#define COMPONENT_FIELDS(FIELD)                                                                                             \
    FIELD(ArchitectureComponent, moduleCount, integer, self->module_count)                                                  \
    FIELD(ArchitectureComponent, modules, itself, give_members(call, value, scope, self))                                   \
    FIELD(ArchitectureComponent, coupling, pointer, &self->coupling)                                                        \
    FIELD(ArchitectureComponent, violationCount, integer, self->violation_count)

COMPONENT_FIELDS(RESOLVER)

#define SELF_Coupling const struct acc_coupling *self = object.at
#define COUPLING_FIELDS(FIELD)                                                                                              \
    FIELD(Coupling, afferent, integer, self->afferent)                                                                      \
    FIELD(Coupling, efferent, integer, self->efferent)                                                                      \
    FIELD(Coupling, instability, measure, self->instability)                                                                \
    FIELD(Coupling, abstractness, measure, self->abstractness)                                                              \
    FIELD(Coupling, distance, measure, self->distance)

COUPLING_FIELDS(RESOLVER)

/* ---- violations and reported cycles ---- */

#define SELF_Violation                                                                                                      \
    SELF_NODE;                                                                                                              \
    const struct acc_violation *self = violation_of(call, scope, object.number);                                            \
    if (self == NULL) {                                                                                                     \
        return;                                                                                                             \
    }
#define VIOLATION_FIELDS(FIELD)                                                                                             \
    FIELD(Violation, type, text, self->type)                                                                                \
    FIELD(Violation, severity, word, acc_severity_name(self->severity))                                                     \
    FIELD(Violation, active, boolean, self->active)                                                                         \
    FIELD(Violation, blocking, boolean, self->blocking)                                                                     \
    FIELD(Violation, message, text, self->message)                                                                          \
    FIELD(Violation, ruleId, text, self->rule_id)                                                                           \
    FIELD(Violation, adrReference, text, self->adr_reference)                                                               \
    FIELD(Violation, sourceModule, text, self->source_module)                                                               \
    FIELD(Violation, targetModule, text, self->target_module)                                                               \
    FIELD(Violation, module, itself, give_node(call, value, scope, self->module))                                           \
    FIELD(Violation, stateEventId, itself, give_event_id(call, value, view, self->fact))

VIOLATION_FIELDS(RESOLVER)

#define SELF_Cycle SELF_NODE
#define CYCLE_NODE_FIELDS(FIELD)                                                                                            \
    FIELD(Cycle, members, itself, give_split(call, value, view_text(view, node, EVENT_FIELD_CYCLE_MODULES)))

CYCLE_NODE_FIELDS(RESOLVER)

/* ---- cycles that were found, dependencies: objects are the scope and a number of the lens ---- */

#define SELF_LENS                                                                                                           \
    maybe_unused const struct graphql_scope *scope = object.at;                                                             \
    const struct lens_acc *acc = view_acc(call, scope->of);                                                                 \
    if (acc == NULL) {                                                                                                      \
        return;                                                                                                             \
    }

static void give_cycle_modules(struct query_call *call, struct query_value *value, const struct graphql_scope *scope,
                               const struct acc_cycle *cycle)
{
    uint32_t count = 0, *nodes = new_zeroed(call, (size_t)cycle->count + 1, sizeof *nodes);
    for (uint32_t i = 0; nodes != NULL && i < cycle->count; i++) {
        if (cycle->nodes[i] != VIEW_NONE) {
            nodes[count++] = cycle->nodes[i];
        }
    }
    if (nodes != NULL) {
        give_nodes(call, value, scope, nodes, count);
    }
}

#define SELF_ModuleCycle                                                                                                    \
    SELF_LENS                                                                                                               \
    const struct acc_cycle *self = &acc->cycles[object.number]
#define MODULE_CYCLE_FIELDS(FIELD)                                                                                          \
    FIELD(ModuleCycle, cycleId, word, self->id)                                                                             \
    FIELD(ModuleCycle, members, itself, give_texts(value, self->members, self->count))                                      \
    FIELD(ModuleCycle, modules, itself, give_cycle_modules(call, value, scope, self))                                       \
    FIELD(ModuleCycle, reportedAs, itself, give_node(call, value, scope, self->reported))                                   \
    FIELD(ModuleCycle, eventId, itself, give_event_id(call, value, scope->of->view, self->fact))

MODULE_CYCLE_FIELDS(RESOLVER)

#define SELF_ModuleDependency                                                                                               \
    SELF_LENS                                                                                                               \
    const struct acc_dependency *self = &acc->dependencies[object.number]
#define DEPENDENCY_FIELDS(FIELD)                                                                                            \
    FIELD(ModuleDependency, source, itself, give_node(call, value, scope, acc->modules[self->source].node))                 \
    FIELD(ModuleDependency, target, itself, give_node(call, value, scope, acc->modules[self->target].node))                 \
    FIELD(ModuleDependency, weight, real, self->weight)                                                                     \
    FIELD(ModuleDependency, inCycle, boolean, self->in_cycle)                                                               \
    FIELD(ModuleDependency, link, itself, give_link(value, scope, self->link))

DEPENDENCY_FIELDS(RESOLVER)

/* ---- the graph ---- */

struct acc_graph {
    const struct graphql_scope *scope;
    const struct lens_acc *lens;
    struct str manifest;
    struct graphql_members members;
};

/* Those of a kind that the manifest asked for reported. */
static void give_kept(struct query_call *call, struct query_value *value, const struct acc_graph *self, enum node_kind kind)
{
    struct graphql_members members = self->members;
    members.kinds = 1u << kind;
    give_member_nodes(call, value, &members);
}

struct numbers {
    const struct graphql_scope *scope;
    const uint32_t *numbers;
};

static void numbered_in_list(struct query_call *call, const void *at, size_t index, struct query_value *value)
{
    const struct numbers *list = at;
    (void)call;
    give_object(value, (struct query_object){.at = list->scope, .number = list->numbers[index]});
}

static void give_dependencies(struct query_call *call, struct query_value *value, const struct acc_graph *self)
{
    const struct lens_acc *lens = self->lens;
    const bool *keep = self->members.keep;
    struct numbers *list = new_zeroed(call, 1, sizeof *list);
    uint32_t count = 0, *numbers = new_zeroed(call, (size_t)lens->dependency_count + 1, sizeof *numbers);
    if (list == NULL || numbers == NULL) {
        return;
    }
    for (uint32_t i = 0; i < lens->dependency_count; i++) {
        const struct acc_dependency *dependency = &lens->dependencies[i];
        if (keep == NULL ||
            (keep[lens->modules[dependency->source].node] && keep[lens->modules[dependency->target].node])) {
            numbers[count++] = i;
        }
    }
    *list = (struct numbers){self->scope, numbers};
    give_list(value, list_of(list, count, numbered_in_list));
}

static void manifest_at(struct query_call *call, const void *at, size_t index, struct query_value *value)
{
    (void)call;
    give_pointer(value, (const struct acc_manifest *)at + index);
}

static void give_manifests(struct query_call *call, struct query_value *value, const struct acc_graph *self)
{
    struct acc_manifest *manifests;
    uint32_t count;
    struct error error;
    if (lens_acc_manifests(self->scope->of->view, &request_of(call)->arena, &manifests, &count, &error) != STATUS_OK) {
        query_fail_error(call, &error);
        return;
    }
    give_list(value, list_of(manifests, count, manifest_at));
}

static void give_groups(struct query_call *call, struct query_value *value, const struct graphql_scope *scope)
{
    const struct graphql_places *places = view_places(call, scope->of, LENS_ACC);
    if (places != NULL) {
        give_list(value, list_of(places, places->group_count, numbered_at));
    }
}

#define SELF_LayoutGroup const struct graphql_places *self = object.at
#define GROUP_FIELDS(FIELD)                                                                                                 \
    FIELD(LayoutGroup, nodeId, filled, self->groups[object.number])                                                         \
    FIELD(LayoutGroup, box, pointer, &self->boxes[object.number])

#define SELF_ACCGraph maybe_unused const struct acc_graph *self = object.at
#define ACC_GRAPH_FIELDS(FIELD)                                                                                             \
    FIELD(ACCGraph, iterationId, filled, self->scope->of->view->iteration_id)                                               \
    FIELD(ACCGraph, lens, word, word_lens[LENS_ACC]) \
    FIELD(ACCGraph, manifestName, text, self->manifest)                                                                     \
    FIELD(ACCGraph, nodes, itself, give_member_nodes(call, value, &self->members))                                          \
    FIELD(ACCGraph, edges, itself, give_member_links(call, value, &self->members))                                          \
    FIELD(ACCGraph, nodeConnection, itself, give_member_node_page(call, value, &self->members))                             \
    FIELD(ACCGraph, linkConnection, itself, give_member_link_page(call, value, &self->members))                             \
    FIELD(ACCGraph, bounds, itself, give_bounds(call, value, self->scope))                                                  \
    FIELD(ACCGraph, groups, itself, give_groups(call, value, self->scope))                                                  \
    FIELD(ACCGraph, kpis, pointer, self->lens)                                                                              \
    FIELD(ACCGraph, modules, itself, give_kept(call, value, self, NODE_MODULE))                                             \
    FIELD(ACCGraph, components, itself, give_kept(call, value, self, NODE_COMPONENT))                                       \
    FIELD(ACCGraph, dependencies, itself, give_dependencies(call, value, self))                                             \
    FIELD(ACCGraph, violations, itself, give_kept(call, value, self, NODE_VIOLATION))                                       \
    FIELD(ACCGraph, cycles, list, list_of(self->scope, self->lens->cycle_count, numbered_at))                               \
    FIELD(ACCGraph, manifests, itself, give_manifests(call, value, self))                                                   \
    FIELD(ACCGraph, openRuns, itself,                                                                                       \
          give_open_runs(call, value, self->scope, self->lens->open_runs, self->lens->open_run_count))                      \
    FIELD(ACCGraph, meta, itself, give_meta(call, value, self->scope->of))

GROUP_FIELDS(RESOLVER)
ACC_GRAPH_FIELDS(RESOLVER)

#define SELF_ACCKpis const struct lens_acc *self = object.at
#define SELF_SeverityCounts const uint32_t *self = object.at
#define ACC_KPI_FIELDS(FIELD)                                                                                               \
    FIELD(ACCKpis, blockingViolations, integer, self->blocking_count)                                                       \
    FIELD(ACCKpis, cycles, integer, self->cycle_count)                                                                      \
    FIELD(ACCKpis, meanInstability, measure, self->mean_instability)                                                        \
    FIELD(ACCKpis, modules, integer, self->module_count)                                                                    \
    FIELD(ACCKpis, components, integer, self->component_count)                                                              \
    FIELD(ACCKpis, dependencies, integer, self->dependency_count)                                                           \
    FIELD(ACCKpis, violations, integer, self->violation_count)                                                              \
    FIELD(ACCKpis, active, pointer, self->active_counts)                                                                    \
    FIELD(ACCKpis, suppressed, pointer, self->suppressed_counts)                                                            \
    FIELD(SeverityCounts, blocking, integer, self[ACC_BLOCKING])                                                            \
    FIELD(SeverityCounts, warning, integer, self[ACC_WARNING])                                                              \
    FIELD(SeverityCounts, info, integer, self[ACC_INFO])

ACC_KPI_FIELDS(RESOLVER)

static void give_count(struct query_value *value, struct measure count)
{
    if (count.known) {
        give_integer(value, (int64_t)count.value);
    }
}

#define SELF_Manifest const struct acc_manifest *self = object.at
#define SELF_ManifestTotals const struct acc_manifest *self = object.at
#define MANIFEST_FIELDS(FIELD)                                                                                              \
    FIELD(Manifest, name, filled, self->name)                                                                               \
    FIELD(Manifest, analysisStartedAt, moment, self->started_at)                                                            \
    FIELD(Manifest, analysisCompletedAt, moment, self->completed_at)                                                        \
    FIELD(Manifest, open, boolean, self->open)                                                                              \
    FIELD(Manifest, modules, integer, self->module_count)                                                                   \
    FIELD(Manifest, violations, integer, self->violation_count)                                                             \
    FIELD(Manifest, totals, pointer, self->has_totals ? self : NULL)                                                        \
    FIELD(ManifestTotals, modules, count, self->totals[ACC_TOTAL_MODULES])                                                  \
    FIELD(ManifestTotals, dependencies, count, self->totals[ACC_TOTAL_DEPENDENCIES])                                        \
    FIELD(ManifestTotals, violations, count, self->totals[ACC_TOTAL_VIOLATIONS])                                            \
    FIELD(ManifestTotals, blocking, count, self->totals[ACC_TOTAL_BLOCKING])

MANIFEST_FIELDS(RESOLVER)

static bool keep_manifest(struct query_call *call, struct graphql_view *view, const struct lens_acc *lens, const bool **keep)
{
    struct error error;
    struct str manifest = argument_text(call, "manifestName");
    *keep = NULL;
    if (manifest.length > 0 &&
        lens_acc_reported(view->view, lens, manifest, &request_of(call)->arena, keep, &error) != STATUS_OK) {
        query_fail_error(call, &error);
        return false;
    }
    return true;
}

static void Query_getACCGraph(struct query_call *call, struct query_object object, struct query_value *value)
{
    struct graphql_view *view = view_asked(call);
    const struct lens_acc *lens = view == NULL ? NULL : view_acc(call, view);
    struct acc_graph *made = lens == NULL ? NULL : new_zeroed(call, 1, sizeof *made);
    const bool *keep;
    (void)object;
    if (made == NULL || !keep_manifest(call, view, lens, &keep)) {
        return;
    }
    const struct graphql_scope *scope = &view->scopes[LENS_ACC];
    *made = (struct acc_graph){scope, lens, argument_text(call, "manifestName"), {scope, ACC_KINDS, keep}};
    give_pointer(value, made);
}

/* ---- violations in pages ---- */

struct violation_page {
    struct graphql_violations all;
    const struct graphql_scope *scope;
    const uint32_t *nodes;
};

static void violation_at(struct query_call *call, const void *at, size_t index, struct query_value *value)
{
    const struct violation_page *page = at;
    give_node(call, value, page->scope, page->nodes[index]);
}

static void violation_key(const void *at, size_t index, struct buffer *key)
{
    const struct violation_page *page = at;
    node_key(page->scope->of->view, page->nodes[index], key);
}

static void Query_getViolations(struct query_call *call, struct query_object object, struct query_value *value)
{
    struct graphql_view *view = view_asked(call);
    const struct lens_acc *lens = view == NULL ? NULL : view_acc(call, view);
    struct violation_page *made = lens == NULL ? NULL : new_zeroed(call, 1, sizeof *made);
    uint32_t count = 0, *nodes = made == NULL ? NULL : new_zeroed(call, (size_t)lens->violation_count + 1, sizeof *nodes);
    int severity = argument_word(call, "severity", word_severity);
    const struct query_input *active = query_argument(call, "active");
    const bool *keep;
    (void)object;
    if (nodes == NULL || !keep_manifest(call, view, lens, &keep)) {
        return;
    }
    for (uint32_t i = 0; i < lens->violation_count; i++) {
        const struct acc_violation *violation = &lens->violations[i];
        if ((severity < 0 || (int)violation->severity == severity) && (keep == NULL || keep[violation->node]) &&
            (active->kind != QUERY_INPUT_BOOLEAN || violation->active == active->boolean)) {
            nodes[count++] = violation->node;
        }
    }
    *made = (struct violation_page){
        .all = {{.at = made, .item = violation_at, .key = violation_key, .total = count, .of = view}, lens},
        .scope = &view->scopes[LENS_ACC],
        .nodes = nodes,
    };
    if (page_cut(call, &made->all.page)) {
        give_pointer(value, made);
    }
}

#define SELF_ViolationConnection const struct graphql_violations *self = object.at
#define VIOLATION_PAGE_FIELDS(FIELD)                                                                                        \
    FIELD(ViolationConnection, active, pointer, self->lens == NULL ? NULL : self->lens->active_counts)                      \
    FIELD(ViolationConnection, suppressed, pointer, self->lens == NULL ? NULL : self->lens->suppressed_counts)

VIOLATION_PAGE_FIELDS(RESOLVER)

/* ---- the matrix ---- */

struct graphql_dsm {
    const struct graphql_scope *scope;
    bool by_component;
    struct dsm dsm;
};

static const char *dsm_by_at(int number)
{
    static const char *const names[] = {"MODULE", "COMPONENT", NULL};
    return names[number];
}

static void Query_getDSMMatrix(struct query_call *call, struct query_object object, struct query_value *value)
{
    struct error error;
    struct graphql_view *view = view_asked(call);
    const struct lens_acc *lens = view == NULL ? NULL : view_acc(call, view);
    struct graphql_dsm *made = lens == NULL ? NULL : new_zeroed(call, 1, sizeof *made);
    (void)object;
    if (made == NULL) {
        return;
    }
    made->scope = &view->scopes[LENS_ACC];
    made->by_component = argument_word(call, "by", dsm_by_at) == 1;
    if (lens_acc_dsm(view->view, lens, made->by_component, &request_of(call)->arena, &made->dsm, &error) != STATUS_OK) {
        query_fail_error(call, &error);
        return;
    }
    give_pointer(value, made);
}

#define SELF_DSMMatrix const struct graphql_dsm *self = object.at
#define SELF_DSMRow const struct graphql_dsm *self = object.at
#define SELF_DSMCell const struct dsm_cell *self = &((const struct graphql_dsm *)object.at)->dsm.cells[object.number]
#define DSM_FIELDS(FIELD)                                                                                                   \
    FIELD(DSMMatrix, iterationId, filled, self->scope->of->view->iteration_id)                                              \
    FIELD(DSMMatrix, by, word, dsm_by_at(self->by_component))                                                               \
    FIELD(DSMMatrix, rows, list, list_of(self, self->dsm.count, numbered_at))                                               \
    FIELD(DSMMatrix, cells, list, list_of(self, self->dsm.cell_count, numbered_at))                                         \
    FIELD(DSMMatrix, aboveDiagonal, integer, self->dsm.above_count)                                                         \
    FIELD(DSMMatrix, meta, itself, give_meta(call, value, self->scope->of))                                                 \
    FIELD(DSMRow, nodeId, filled, self->scope->of->view->nodes[self->dsm.order[object.number]].id)                          \
    FIELD(DSMRow, node, itself, give_node(call, value, self->scope, self->dsm.order[object.number]))                        \
    FIELD(DSMRow, component, itself, give_node(call, value, self->scope, self->dsm.group[object.number]))                   \
    FIELD(DSMRow, level, integer, self->dsm.levels[object.number])                                                          \
    FIELD(DSMCell, row, integer, self->row)                                                                                 \
    FIELD(DSMCell, column, integer, self->column)                                                                           \
    FIELD(DSMCell, weight, real, self->weight)                                                                              \
    FIELD(DSMCell, inCycle, boolean, self->in_cycle)

DSM_FIELDS(RESOLVER)

static const struct query_binding bindings[] = {
    {"Query", "getACCGraph", Query_getACCGraph, READ},
    {"Query", "getViolations", Query_getViolations, READ},
    {"Query", "getDSMMatrix", Query_getDSMMatrix, READ},
    MODULE_FIELDS(BINDING) COMPONENT_FIELDS(BINDING) COUPLING_FIELDS(BINDING) VIOLATION_FIELDS(BINDING)
    CYCLE_NODE_FIELDS(BINDING) MODULE_CYCLE_FIELDS(BINDING) DEPENDENCY_FIELDS(BINDING) GROUP_FIELDS(BINDING)
    VIOLATION_PAGE_FIELDS(BINDING) ACC_GRAPH_FIELDS(BINDING) ACC_KPI_FIELDS(BINDING) MANIFEST_FIELDS(BINDING) DSM_FIELDS(BINDING)
};
const struct graphql_bindings graphql_acc_bindings = BINDINGS_OF(bindings);
