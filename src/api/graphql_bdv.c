/* BDV: does it behave? Features, scenarios, test runs, requirements, flakes. */
#include "api/graphql_private.h"

#define BDV_KINDS (1u << NODE_SPEC | 1u << NODE_SCENARIO | 1u << NODE_TEST_RUN)

/* What the lens says of a node; lists of the lens are in the order of the view. */
#define LENS_ITEM_OF(NAME, TYPE, LIST, KIND)                                                                                \
    static const struct TYPE *NAME(struct query_call *call, const struct graphql_scope *scope, uint64_t node)               \
    {                                                                                                                       \
        const struct lens_bdv *bdv = view_bdv(call, scope->of);                                                             \
        return bdv == NULL ? NULL : &bdv->LIST[node - scope->of->view->kind_start[KIND]];                                   \
    }
LENS_ITEM_OF(scenario_of, bdv_scenario, scenarios, NODE_SCENARIO)
LENS_ITEM_OF(feature_of, bdv_feature, features, NODE_SPEC)
LENS_ITEM_OF(requirement_of, bdv_requirement, requirements, NODE_REQUIREMENT)
LENS_ITEM_OF(run_of, bdv_run, runs, NODE_TEST_RUN)

/* The lens numbers scenarios from 0. */
static void give_scenarios(struct query_call *call, struct query_value *value, const struct graphql_scope *scope,
                           const uint32_t *scenarios, uint32_t count)
{
    uint32_t *nodes = new_zeroed(call, (size_t)count + 1, sizeof *nodes);
    if (nodes == NULL) {
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        nodes[i] = scope->of->view->kind_start[NODE_SCENARIO] + scenarios[i];
    }
    give_nodes(call, value, scope, nodes, count);
}

/* ---- scenarios ---- */

struct graphql_steps {
    const struct graph_view *view;
    const struct bdv_step *steps;
};

static void give_steps(struct query_call *call, struct query_value *value, const struct graph_view *view, uint64_t node)
{
    struct bdv_step *steps;
    uint32_t count;
    struct error error;
    struct graphql_steps *list = new_zeroed(call, 1, sizeof *list);
    if (list == NULL) {
        return;
    }
    if (lens_bdv_steps(view, (uint32_t)node, &request_of(call)->arena, &steps, &count, &error) != STATUS_OK) {
        query_fail_error(call, &error);
        return;
    }
    *list = (struct graphql_steps){view, steps};
    give_list(value, list_of(list, count, numbered_at));
}

/* Null for what is none of the words: it came with the data. */
static void give_step_result(struct query_value *value, struct str result)
{
    uint32_t symbol;
    if (event_symbol_from_text(EVENT_FIELD_STEP_RESULT, result, &symbol)) {
        give_word(value, event_symbol(EVENT_FIELD_STEP_RESULT, symbol));
    }
}

static void give_outcome(struct query_value *value, enum node_status outcome)
{
    give_word(value, outcome == STATE_NONE ? NULL : node_status_name(outcome));
}

#define SELF_Step                                                                                                           \
    const struct graphql_steps *list = object.at;                                                                           \
    const struct bdv_step *self = &list->steps[object.number]
#define STEP_FIELDS(FIELD)                                                                                                  \
    FIELD(Step, result, itself, give_step_result(value, self->result))                                                      \
    FIELD(Step, text, filled, self->text)                                                                                   \
    FIELD(Step, message, filled, self->message)                                                                             \
    FIELD(Step, durationMs, measure, self->duration_ms)                                                                     \
    FIELD(Step, eventId, itself, give_event_id(call, value, list->view, self->fact))

STEP_FIELDS(RESOLVER)

#define RUNS_MAX 100

struct graphql_outcomes {
    const struct graph_view *view;
    const struct bdv_outcome *outcomes;
};

static void give_runs(struct query_call *call, struct query_value *value, const struct graph_view *view, uint64_t node)
{
    int64_t last = query_argument(call, "last")->integer;
    struct bdv_outcome *outcomes;
    uint32_t count;
    struct error error;
    if (last < 1 || last > RUNS_MAX) {
        query_fail(call, "BAD_USER_INPUT", "last must be from 1 to 100.");
        return;
    }
    struct graphql_outcomes *list = new_zeroed(call, 1, sizeof *list);
    if (list == NULL) {
        return;
    }
    if (lens_bdv_outcomes(view, (uint32_t)node, (uint32_t)last, &request_of(call)->arena, &outcomes, &count, &error) !=
        STATUS_OK) {
        query_fail_error(call, &error);
        return;
    }
    *list = (struct graphql_outcomes){view, outcomes};
    give_list(value, list_of(list, count, numbered_at));
}

#define SELF_ScenarioRun                                                                                                    \
    const struct graphql_outcomes *list = object.at;                                                                        \
    const struct bdv_outcome *self = &list->outcomes[object.number]
#define SCENARIO_RUN_FIELDS(FIELD)                                                                                          \
    FIELD(ScenarioRun, outcome, itself, give_outcome(value, self->outcome))                                                 \
    FIELD(ScenarioRun, commit, text, self->commit)                                                                          \
    FIELD(ScenarioRun, errorMessage, text, self->error_message)                                                             \
    FIELD(ScenarioRun, durationMs, measure, self->duration_ms)                                                              \
    FIELD(ScenarioRun, validFrom, time, view_fact_valid_from(list->view, self->fact))                                       \
    FIELD(ScenarioRun, eventId, itself, give_event_id(call, value, list->view, self->fact))

SCENARIO_RUN_FIELDS(RESOLVER)

#define SELF_Scenario                                                                                                       \
    SELF_NODE;                                                                                                              \
    const struct bdv_scenario *self = scenario_of(call, scope, object.number);                                              \
    if (self == NULL) {                                                                                                     \
        return;                                                                                                             \
    }
#define SCENARIO_FIELDS(FIELD)                                                                                              \
    FIELD(Scenario, feature, itself, give_node(call, value, scope, self->feature))                                          \
    FIELD(Scenario, outcome, itself, give_outcome(value, self->outcome))                                                    \
    FIELD(Scenario, outcomeEventId, itself, give_event_id(call, value, view, self->outcome_fact))                           \
    FIELD(Scenario, running, boolean, self->running)                                                                        \
    FIELD(Scenario, quarantined, boolean, self->quarantined)                                                                \
    FIELD(Scenario, counted, boolean, self->counted)                                                                        \
    FIELD(Scenario, flaky, boolean, self->flaky)                                                                            \
    FIELD(Scenario, flakeRate, measure, self->flake_rate)                                                                   \
    FIELD(Scenario, runCount, integer, self->run_count)                                                                     \
    FIELD(Scenario, runs, itself, give_runs(call, value, view, object.number))                                              \
    FIELD(Scenario, durationMs, measure, self->duration_ms)                                                                 \
    FIELD(Scenario, errorMessage, text, self->error_message)                                                                \
    FIELD(Scenario, tags, itself, give_split(call, value, view_text(view, node, EVENT_FIELD_SCENARIO_TAGS)))                \
    FIELD(Scenario, steps, itself, give_steps(call, value, view, object.number))                                            \
    FIELD(Scenario, contracts, itself, give_partners(call, value, object, LINK_VALIDATES, true, NODE_CONTRACT))             \
    FIELD(Scenario, requirements, itself, give_partners(call, value, object, LINK_VALIDATED_BY, false, NODE_REQUIREMENT))

SCENARIO_FIELDS(RESOLVER)

/* ---- features, requirements, test runs ---- */

#define SELF_BehavioralSpec                                                                                                 \
    SELF_NODE;                                                                                                              \
    const struct bdv_feature *self = feature_of(call, scope, object.number);                                                \
    if (self == NULL) {                                                                                                     \
        return;                                                                                                             \
    }
#define SPEC_FIELDS(FIELD)                                                                                                  \
    FIELD(BehavioralSpec, outcome, word, node_status_name(self->status))                                                    \
    FIELD(BehavioralSpec, rollup, pointer, &self->rollup)                                                                   \
    FIELD(BehavioralSpec, scenarios, itself,                                                                                \
          give_scenarios(call, value, scope, self->scenarios, self->rollup.scenarios))                                      \
    FIELD(BehavioralSpec, requirements, itself,                                                                             \
          give_partners(call, value, object, LINK_VALIDATED_BY, false, NODE_REQUIREMENT))

SPEC_FIELDS(RESOLVER)

#define SELF_Requirement                                                                                                    \
    SELF_NODE;                                                                                                              \
    const struct bdv_requirement *self = requirement_of(call, scope, object.number);                                        \
    if (self == NULL) {                                                                                                     \
        return;                                                                                                             \
    }
#define REQUIREMENT_FIELDS(FIELD)                                                                                           \
    FIELD(Requirement, covered, boolean, self->covered)                                                                     \
    FIELD(Requirement, scenarioCount, integer, self->scenario_count)                                                        \
    FIELD(Requirement, passing, integer, self->passing)                                                                     \
    FIELD(Requirement, failing, integer, self->failing)                                                                     \
    FIELD(Requirement, scenarios, itself, give_scenarios(call, value, scope, self->scenarios, self->scenario_count))        \
    FIELD(Requirement, specs, itself, give_partners(call, value, object, LINK_VALIDATED_BY, true, NODE_SPEC))               \
    FIELD(Requirement, tasks, itself, give_partners(call, value, object, LINK_FULFILLED_BY, true, NODE_TASK))

REQUIREMENT_FIELDS(RESOLVER)

#define SELF_TestRun                                                                                                        \
    SELF_NODE;                                                                                                              \
    const struct bdv_run *self = run_of(call, scope, object.number);                                                        \
    if (self == NULL) {                                                                                                     \
        return;                                                                                                             \
    }
#define TEST_RUN_FIELDS(FIELD)                                                                                              \
    FIELD(TestRun, startedAt, moment, self->started_at)                                                                     \
    FIELD(TestRun, endedAt, moment, self->ended_at)                                                                         \
    FIELD(TestRun, durationMs, measure, self->duration_ms)                                                                  \
    FIELD(TestRun, open, boolean, self->open)                                                                               \
    FIELD(TestRun, scenarioCount, integer, self->scenario_count)                                                            \
    FIELD(TestRun, scenarios, itself, give_partners(call, value, object, LINK_EXECUTED, true, NODE_SCENARIO))

TEST_RUN_FIELDS(RESOLVER)

/* ---- the graph ---- */

static void give_open(struct query_call *call, struct query_value *value, const struct graphql_scope *scope)
{
    const struct lens_bdv *bdv = view_bdv(call, scope->of);
    if (bdv != NULL) {
        give_open_runs(call, value, scope, bdv->open_runs, bdv->open_run_count);
    }
}

#define SELF_BDVGraph                                                                                                       \
    maybe_unused const struct graphql_scope *scope = object.at;                                                             \
    maybe_unused const struct graph_view *view = scope->of->view;                                                           \
    maybe_unused struct graphql_members members = {scope, BDV_KINDS, NULL}
#define BDV_GRAPH_FIELDS(FIELD)                                                                                             \
    FIELD(BDVGraph, iterationId, filled, view->iteration_id)                                                                \
    FIELD(BDVGraph, lens, word, word_lens[LENS_BDV])                                                                        \
    FIELD(BDVGraph, nodes, itself, give_member_nodes(call, value, &members))                                                \
    FIELD(BDVGraph, edges, itself, give_member_links(call, value, &members))                                                \
    FIELD(BDVGraph, nodeConnection, itself, give_member_node_page(call, value, &members))                                   \
    FIELD(BDVGraph, linkConnection, itself, give_member_link_page(call, value, &members))                                   \
    FIELD(BDVGraph, bounds, itself, give_bounds(call, value, scope))                                                        \
    FIELD(BDVGraph, kpis, object, object)                                                                                   \
    FIELD(BDVGraph, features, itself, give_kind(call, value, scope, NODE_SPEC))                                             \
    FIELD(BDVGraph, scenarios, itself, give_kind(call, value, scope, NODE_SCENARIO))                                        \
    FIELD(BDVGraph, testRuns, itself, give_kind(call, value, scope, NODE_TEST_RUN))                                         \
    FIELD(BDVGraph, requirements, itself, give_kind(call, value, scope, NODE_REQUIREMENT))                                  \
    FIELD(BDVGraph, contracts, itself, give_kind(call, value, scope, NODE_CONTRACT))                                        \
    FIELD(BDVGraph, openRuns, itself, give_open(call, value, scope))                                                        \
    FIELD(BDVGraph, meta, itself, give_meta(call, value, scope->of))

BDV_GRAPH_FIELDS(RESOLVER)

#define SELF_BDVKpis                                                                                                        \
    const struct graphql_scope *scope = object.at;                                                                          \
    const struct lens_bdv *self = view_bdv(call, scope->of);                                                                \
    if (self == NULL) {                                                                                                     \
        return;                                                                                                             \
    }
#define BDV_KPI_FIELDS(FIELD)                                                                                               \
    FIELD(BDVKpis, scenarioPassRate, measure, self->pass_rate)                                                              \
    FIELD(BDVKpis, flakeRate, measure, self->flake_rate)                                                                    \
    FIELD(BDVKpis, testRunTimeP95Ms, measure, self->run_time_p95_ms)                                                        \
    FIELD(BDVKpis, rollup, pointer, &self->rollup)                                                                          \
    FIELD(BDVKpis, features, integer, self->feature_count)                                                                  \
    FIELD(BDVKpis, orphans, integer, self->orphan_count)                                                                    \
    FIELD(BDVKpis, requirements, integer, self->requirement_count)                                                          \
    FIELD(BDVKpis, requirementsCovered, integer, self->covered_count)

BDV_KPI_FIELDS(RESOLVER)

#define SELF_ScenarioRollup const struct bdv_rollup *self = object.at
#define ROLLUP_FIELDS(FIELD)                                                                                                \
    FIELD(ScenarioRollup, scenarios, integer, self->scenarios)                                                              \
    FIELD(ScenarioRollup, passed, integer, self->passed)                                                                    \
    FIELD(ScenarioRollup, failed, integer, self->failed)                                                                    \
    FIELD(ScenarioRollup, skipped, integer, self->skipped)                                                                  \
    FIELD(ScenarioRollup, quarantined, integer, self->quarantined)                                                          \
    FIELD(ScenarioRollup, flaky, integer, self->flaky)                                                                      \
    FIELD(ScenarioRollup, running, integer, self->running)                                                                  \
    FIELD(ScenarioRollup, notRun, integer, self->not_run)                                                                   \
    FIELD(ScenarioRollup, passRate, measure, self->pass_rate)

ROLLUP_FIELDS(RESOLVER)

/* ---- questions ---- */

static void Query_getBDVGraph(struct query_call *call, struct query_object object, struct query_value *value)
{
    struct graphql_view *view = view_asked(call);
    (void)object;
    if (view != NULL) {
        give_pointer(value, &view->scopes[LENS_BDV]);
    }
}

/* A page of what the lens lists. */
struct bdv_page {
    struct graphql_connection page;
    const struct graphql_scope *scope;
    const struct lens_bdv *lens;
    const struct bdv_scenario **flakes; /* of a flake report */
};

static struct bdv_page *page_new(struct query_call *call, struct graphql_view *view)
{
    struct bdv_page *made = view == NULL ? NULL : new_zeroed(call, 1, sizeof *made);
    if (made != NULL) {
        made->scope = &view->scopes[LENS_BDV];
        made->lens = view_bdv(call, view);
    }
    return made == NULL || made->lens == NULL ? NULL : made;
}

static void requirement_at(struct query_call *call, const void *at, size_t index, struct query_value *value)
{
    const struct bdv_page *page = at;
    give_node(call, value, page->scope, page->lens->requirements[index].node);
}

static void requirement_key(const void *at, size_t index, struct buffer *key)
{
    const struct bdv_page *page = at;
    node_key(page->scope->of->view, page->lens->requirements[index].node, key);
}

static void Query_getCoverageRollup(struct query_call *call, struct query_object object, struct query_value *value)
{
    struct bdv_page *made = page_new(call, view_asked(call));
    (void)object;
    if (made == NULL) {
        return;
    }
    made->page = (struct graphql_connection){.at = made,
                                             .item = requirement_at,
                                             .key = requirement_key,
                                             .total = made->lens->requirement_count,
                                             .of = made->scope->of};
    if (page_cut(call, &made->page)) {
        give_pointer(value, made);
    }
}

static void flake_at(struct query_call *call, const void *at, size_t index, struct query_value *value)
{
    const struct bdv_page *page = at;
    give_node(call, value, page->scope, page->flakes[index]->node);
}

/* The flakiest first: the bits of a positive double are in its order. */
static void flake_key(const void *at, size_t index, struct buffer *key)
{
    const struct bdv_page *page = at;
    double rate = page->flakes[index]->flake_rate.known ? page->flakes[index]->flake_rate.value : 0;
    uint64_t bits;
    memcpy(&bits, &rate, sizeof bits);
    key_number(key, ~bits);
    node_key(page->scope->of->view, page->flakes[index]->node, key);
}

static void Query_getFlakeReport(struct query_call *call, struct query_object object, struct query_value *value)
{
    double least = input_real(query_argument(call, "minFlakeRate"), 0);
    uint32_t count;
    struct error error;
    (void)object;
    if (least < 0 || least > 1) {
        query_fail(call, "BAD_USER_INPUT", "minFlakeRate must be from 0 to 1.");
        return;
    }
    struct bdv_page *made = page_new(call, view_asked(call));
    if (made == NULL) {
        return;
    }
    if (lens_bdv_flakes(made->lens, least, &request_of(call)->arena, &made->flakes, &count, &error) != STATUS_OK) {
        query_fail_error(call, &error);
        return;
    }
    made->page = (struct graphql_connection){
        .at = made, .item = flake_at, .key = flake_key, .total = count, .of = made->scope->of};
    if (page_cut(call, &made->page)) {
        give_pointer(value, made);
    }
}

#define SELF_CoverageRollup const struct bdv_page *self = object.at
#define SELF_FlakeReport const struct bdv_page *self = object.at
#define PAGE_FIELDS(FIELD)                                                                                                  \
    FIELD(CoverageRollup, covered, integer, self->lens->covered_count)                                                      \
    FIELD(CoverageRollup, total, integer, self->lens->requirement_count)                                                    \
    FIELD(CoverageRollup, rollup, pointer, &self->lens->rollup)                                                             \
    FIELD(FlakeReport, flakeRate, measure, self->lens->flake_rate)                                                          \
    FIELD(FlakeReport, flakyScenarios, integer, self->lens->flaky_scenarios)                                                \
    FIELD(FlakeReport, runScenarios, integer, self->lens->run_scenarios)                                                   

PAGE_FIELDS(RESOLVER)

static const struct query_binding bindings[] = {
    {"Query", "getBDVGraph", Query_getBDVGraph, READ},
    {"Query", "getCoverageRollup", Query_getCoverageRollup, READ},
    {"Query", "getFlakeReport", Query_getFlakeReport, READ},
    STEP_FIELDS(BINDING) SCENARIO_RUN_FIELDS(BINDING) SCENARIO_FIELDS(BINDING) SPEC_FIELDS(BINDING) REQUIREMENT_FIELDS(BINDING) TEST_RUN_FIELDS(BINDING)
    BDV_GRAPH_FIELDS(BINDING) BDV_KPI_FIELDS(BINDING) ROLLUP_FIELDS(BINDING) PAGE_FIELDS(BINDING)
};
const struct graphql_bindings graphql_bdv_bindings = BINDINGS_OF(bindings);
