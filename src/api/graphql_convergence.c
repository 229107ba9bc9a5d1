/* Convergence: contract stars, links counted, gaps, what found no partner; and whole graphs at a moment. */
#include "api/graphql_private.h"

#define ALL_KINDS ((1u << NODE_KIND_COUNT) - 1)

#define SELF_LENS                                                                                                           \
    maybe_unused const struct graphql_scope *scope = object.at;                                                             \
    const struct lens_convergence *lens = view_convergence(call, scope->of);                                                \
    if (lens == NULL) {                                                                                                     \
        return;                                                                                                             \
    }

/* ---- stars; an object is the scope and a number of the lens ---- */

/* A leg is star * STAR_LEG_COUNT + leg. */
struct star_legs {
    const struct graphql_scope *scope;
    const struct contract_star *star;
};

static void give_legs(struct query_call *call, struct query_value *value, const struct graphql_scope *scope,
                      const struct contract_star *star)
{
    struct star_legs *list = new_zeroed(call, 1, sizeof *list);
    if (list != NULL) {
        *list = (struct star_legs){scope, star};
        give_list(value, list_of(list, STAR_LEG_COUNT, numbered_at));
    }
}

static const char *leg_word(uint64_t leg)
{
    static const char *const names[STAR_LEG_COUNT] = {
        [STAR_LOCK] = "LOCK", [STAR_BEHAVIOUR] = "BEHAVIOUR", [STAR_MODULE] = "MODULE"};
    return names[leg];
}

#define SELF_ContractStar                                                                                                   \
    SELF_LENS                                                                                                               \
    const struct contract_star *self = &lens->stars[object.number]
#define SELF_StarLeg                                                                                                        \
    const struct star_legs *list = object.at;                                                                               \
    maybe_unused const struct star_leg *self = &list->star->legs[object.number]
#define STAR_FIELDS(FIELD)                                                                                                  \
    FIELD(ContractStar, starId, filled, self->id)                                                                           \
    FIELD(ContractStar, contractName, filled, self->name)                                                                   \
    FIELD(ContractStar, contractVersion, text, self->version)                                                               \
    FIELD(ContractStar, contract, itself, give_node(call, value, scope, self->contract))                                    \
    FIELD(ContractStar, aligned, boolean, self->aligned)                                                                    \
    FIELD(ContractStar, legs, itself, give_legs(call, value, scope, self))                                                  \
    FIELD(StarLeg, leg, word, leg_word(object.number))                                     \
    FIELD(StarLeg, state, word, star_state_name(self->state))                                                               \
    FIELD(StarLeg, sentence, filled, self->sentence)                                                                        \
    FIELD(StarLeg, nodes, itself, give_nodes(call, value, list->scope, self->nodes, self->node_count))

STAR_FIELDS(RESOLVER)

/* ---- links counted; an object is the scope and a link kind ---- */

struct method_counts {
    const uint32_t *by_method;
    enum link_method methods[METHOD_COUNT]; /* that occur */
};

static void give_methods(struct query_call *call, struct query_value *value, const struct link_summary *summary)
{
    size_t count = 0;
    struct method_counts *list = new_zeroed(call, 1, sizeof *list);
    if (list == NULL) {
        return;
    }
    list->by_method = summary->by_method;
    for (int method = 0; method < METHOD_COUNT; method++) {
        if (summary->by_method[method] > 0) {
            list->methods[count++] = (enum link_method)method;
        }
    }
    give_list(value, list_of(list, count, numbered_at));
}

struct link_summaries {
    const struct graphql_scope *scope;
    enum link_kind kinds[LINK_KIND_COUNT]; /* that occur */
};

static void link_summary_at(struct query_call *call, const void *at, size_t index, struct query_value *value)
{
    const struct link_summaries *list = at;
    (void)call;
    give_object(value, (struct query_object){.at = list->scope, .number = list->kinds[index]});
}

static void give_link_summaries(struct query_call *call, struct query_value *value, const struct graphql_scope *scope,
                                const struct lens_convergence *lens)
{
    size_t count = 0;
    struct link_summaries *list = new_zeroed(call, 1, sizeof *list);
    if (list == NULL) {
        return;
    }
    list->scope = scope;
    for (int kind = 0; kind < LINK_KIND_COUNT; kind++) {
        if (lens->links[kind].count > 0 || lens->links[kind].denied > 0 || lens->unmatched_by_kind[kind] > 0) {
            list->kinds[count++] = (enum link_kind)kind;
        }
    }
    give_list(value, list_of(list, count, link_summary_at));
}

#define SELF_LinkSummary                                                                                                    \
    SELF_LENS                                                                                                               \
    maybe_unused const struct link_summary *self = &lens->links[object.number]
#define SELF_MethodCount                                                                                                    \
    const struct method_counts *list = object.at;                                                                           \
    enum link_method method = list->methods[object.number]
#define LINK_SUMMARY_FIELDS(FIELD)                                                                                          \
    FIELD(LinkSummary, kind, word, link_kind_name((enum link_kind)object.number))                                           \
    FIELD(LinkSummary, count, integer, self->count)                                                                         \
    FIELD(LinkSummary, inferred, integer, self->inferred)                                                                   \
    FIELD(LinkSummary, denied, integer, self->denied)                                                                       \
    FIELD(LinkSummary, unmatched, integer, lens->unmatched_by_kind[object.number])                                          \
    FIELD(LinkSummary, confidenceMin, real, self->confidence_min)                                                           \
    FIELD(LinkSummary, methods, itself, give_methods(call, value, self))                                                    \
    FIELD(MethodCount, method, word, word_link_method[method])                                                              \
    FIELD(MethodCount, count, integer, list->by_method[method])

LINK_SUMMARY_FIELDS(RESOLVER)

/* ---- what found no partner ---- */

static void unmatched_key(const void *at, size_t index, struct buffer *key)
{
    const struct graph_view *view = ((const struct graphql_scope *)at)->of->view;
    const struct view_unmatched *unmatched = &view->unmatched[index];
    node_key(view, unmatched->node, key);
    buffer_append_char(key, '\0');
    buffer_append_char(key, (char)('A' + unmatched->kind));
    buffer_append_char(key, (char)('A' + unmatched->partner_kind));
    buffer_append_str(key, unmatched->partner.at == NULL ? STR("") : unmatched->partner);
}

void give_unmatched(struct query_call *call, struct query_value *value, struct graphql_view *view)
{
    struct graphql_connection *page = new_zeroed(call, 1, sizeof *page);
    if (page == NULL) {
        return;
    }
    *page = (struct graphql_connection){.at = &view->scopes[LENS_CONVERGENCE],
                                        .item = numbered_at,
                                        .key = unmatched_key,
                                        .total = view->view->unmatched_count,
                                        .of = view};
    if (page_cut(call, page)) {
        give_pointer(value, page);
    }
}

static void Query_unmatched(struct query_call *call, struct query_object object, struct query_value *value)
{
    struct graphql_view *view = view_asked(call);
    (void)object;
    if (view != NULL) {
        give_unmatched(call, value, view);
    }
}

#define SELF_Unmatched                                                                                                      \
    const struct graphql_scope *scope = object.at;                                                                          \
    const struct view_unmatched *self = &scope->of->view->unmatched[object.number]
#define UNMATCHED_FIELDS(FIELD)                                                                                             \
    FIELD(Unmatched, node, itself, give_node(call, value, scope, self->node))                                               \
    FIELD(Unmatched, link, word, link_kind_name(self->kind))                                                                \
    FIELD(Unmatched, partnerKind, word, word_node_kind[self->partner_kind])                                                 \
    FIELD(Unmatched, partner, text, self->partner)                                                                          \
    FIELD(Unmatched, reason, filled, self->reason)

UNMATCHED_FIELDS(RESOLVER)

/* ---- the whole; an object is the scope ---- */

#define SELF_WHOLE                                                                                                          \
    maybe_unused const struct graphql_scope *scope = object.at;                                                             \
    maybe_unused struct graphql_members members = {scope, ALL_KINDS, NULL}
#define SELF_GraphSnapshot SELF_WHOLE
#define SELF_ConvergenceView SELF_WHOLE
#define WHOLE_FIELDS(FIELD, TYPE)                                                                                           \
    FIELD(TYPE, iterationId, filled, scope->of->view->iteration_id)                                                         \
    FIELD(TYPE, nodes, itself, give_member_nodes(call, value, &members))                                                    \
    FIELD(TYPE, edges, itself, give_member_links(call, value, &members))                                                    \
    FIELD(TYPE, nodeConnection, itself, give_member_node_page(call, value, &members))                                       \
    FIELD(TYPE, linkConnection, itself, give_member_link_page(call, value, &members))                                       \
    FIELD(TYPE, bounds, itself, give_bounds(call, value, scope))                                                            \
    FIELD(TYPE, verdict, itself, give_verdict(call, value, scope->of))                                                      \
    FIELD(TYPE, meta, itself, give_meta(call, value, scope->of))
#define SNAPSHOT_FIELDS(FIELD)                                                                                              \
    WHOLE_FIELDS(FIELD, GraphSnapshot)                                                                                      \
    FIELD(GraphSnapshot, timestamp, time, scope->of->clocks.valid_at)
#define CONVERGENCE_FIELDS(FIELD)                                                                                           \
    WHOLE_FIELDS(FIELD, ConvergenceView)                                                                                    \
    FIELD(ConvergenceView, lens, word, word_lens[LENS_CONVERGENCE])                                                         \
    FIELD(ConvergenceView, unmatched, itself, give_unmatched(call, value, scope->of))

SNAPSHOT_FIELDS(RESOLVER)
CONVERGENCE_FIELDS(RESOLVER)

#undef SELF_ConvergenceView
#define SELF_ConvergenceView SELF_LENS
#define SELF_ConvergenceKpis SELF_LENS
#define SELF_ConvergenceGaps SELF_LENS
#define CONVERGENCE_LENS_FIELDS(FIELD)                                                                                      \
    FIELD(ConvergenceView, kpis, object, object)                                                                            \
    FIELD(ConvergenceView, stars, list, list_of(scope, lens->star_count, numbered_at))                                      \
    FIELD(ConvergenceView, linkSummaries, itself, give_link_summaries(call, value, scope, lens))                            \
    FIELD(ConvergenceView, gaps, object, object)                                                                            \
    FIELD(ConvergenceKpis, contractAlignment, measure, lens->alignment)                                                     \
    FIELD(ConvergenceKpis, stars, integer, lens->star_count)                                                                \
    FIELD(ConvergenceKpis, aligned, integer, lens->aligned_count)                                                           \
    FIELD(ConvergenceKpis, unmatched, integer, lens->unmatched_count)                                                       \
    FIELD(ConvergenceGaps, tasksWithoutRequirement, integer, lens->tasks_without_requirement)                               \
    FIELD(ConvergenceGaps, requirementsWithoutTask, integer, lens->requirements_without_task)                               \
    FIELD(ConvergenceGaps, requirementsWithoutScenario, integer, lens->requirements_without_scenario)                       \
    FIELD(ConvergenceGaps, artifactsWithoutModule, integer, lens->artifacts_without_module)                                 \
    FIELD(ConvergenceGaps, modulesWithoutComponent, integer, lens->modules_without_component)                               \
    FIELD(ConvergenceGaps, scenariosWithoutRequirement, integer, lens->scenarios_without_requirement)

CONVERGENCE_LENS_FIELDS(RESOLVER)

static void Query_getConvergenceView(struct query_call *call, struct query_object object, struct query_value *value)
{
    struct graphql_view *view = view_asked(call);
    (void)object;
    if (view != NULL) {
        give_pointer(value, &view->scopes[LENS_CONVERGENCE]);
    }
}

static void Query_getGraphSnapshot(struct query_call *call, struct query_object object, struct query_value *value)
{
    struct graphql_request *request = request_of(call);
    struct ingest_now now = request_now(request);
    int64_t valid_at = argument_time(call, "timestamp", 0), known_at = argument_time(call, "observedAt", now.known_at);
    struct graphql_view *view = view_open_for(call, request->asker.tenant_id, argument_text(call, "iterationId"),
                                              clocks_of(now, &valid_at, &known_at));
    (void)object;
    if (view != NULL) {
        give_pointer(value, &view->scopes[LENS_CONVERGENCE]);
    }
}

static const struct query_binding bindings[] = {
    {"Query", "getConvergenceView", Query_getConvergenceView, READ},
    {"Query", "getGraphSnapshot", Query_getGraphSnapshot, READ},
    {"Query", "unmatched", Query_unmatched, READ},
    STAR_FIELDS(BINDING) LINK_SUMMARY_FIELDS(BINDING) UNMATCHED_FIELDS(BINDING) SNAPSHOT_FIELDS(BINDING)
    CONVERGENCE_FIELDS(BINDING) CONVERGENCE_LENS_FIELDS(BINDING)
};
const struct graphql_bindings graphql_convergence_bindings = BINDINGS_OF(bindings);
