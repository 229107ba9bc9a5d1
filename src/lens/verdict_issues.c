/* The nodes and events behind each condition that fails and blocks, and behind each open run.
 *
 * Issues come out in their final order: streams in order, within each the metrics in order, within each the nodes as the
 * view lists them (by kind and id), and the open runs of the stream last. */
#include <assert.h>

#include "lens/verdict_parts.h"

struct lister {
    struct verdict_work *work;
    const struct graph_view *view;
    struct verdict *verdict;
    enum lens lens;
    enum policy_metric metric;
    bool failed;
};

/* The next issue to fill, or NULL when the list is full (it is counted then). */
static struct verdict_issue *next_issue(struct lister *lister)
{
    struct verdict *verdict = lister->verdict;
    if (verdict->issue_count == VERDICT_ISSUES_MAX) {
        verdict->issue_more_count++;
        return NULL;
    }
    struct verdict_issue *issue = &verdict->issues[verdict->issue_count++];
    *issue = (struct verdict_issue){.lens = lister->lens, .metric = lister->metric, .node = VIEW_NONE, .fact = VIEW_NONE};
    return issue;
}

static void set_fact(struct lister *lister, struct verdict_issue *issue, uint32_t fact)
{
    char text[VIEW_EVENT_ID_SIZE];
    issue->fact = fact;
    if (fact == VIEW_NONE) {
        return;
    }
    issue->event_type = str_from(event_type_symbol(view_fact_type(lister->view, fact)));
    issue->seq = view_fact_seq(lister->view, fact);
    issue->valid_from = view_fact_valid_from(lister->view, fact);
    issue->observed_at = view_fact_observed_at(lister->view, fact);
    if (!arena_copy(lister->work->arena, view_fact_event_id(lister->view, fact, text), &issue->event_id)) {
        lister->failed = true;
    }
}

/* An issue about a node of the view; NULL when the list is full. The caller writes the sentence. */
static struct verdict_issue *issue_of(struct lister *lister, uint32_t node, uint32_t fact)
{
    struct verdict_issue *issue = next_issue(lister);
    if (issue != NULL) {
        issue->node = node;
        issue->kind = node_kind_name(lister->view->nodes[node].kind);
        issue->id = lister->view->nodes[node].id;
        issue->name = view_name(lister->view, &lister->view->nodes[node]);
        set_fact(lister, issue, fact);
    }
    return issue;
}

#define SAY(lister, issue, ...)                                                         \
    do {                                                                                \
        if ((issue) != NULL && !arena_format((lister)->work->arena, &(issue)->sentence, __VA_ARGS__)) { \
            (lister)->failed = true;                                                    \
        }                                                                               \
    } while (0)

/* --- DDE -------------------------------------------------------------------------------------------------------------- */

static void list_failed_tasks(struct lister *lister)
{
    const struct lens_dde *dde = lister->verdict->dde;
    for (uint32_t i = 0; i < dde->task_count; i++) {
        const struct dde_task *task = &dde->tasks[i];
        if (task->status != STATE_FAILED) {
            continue;
        }
        struct verdict_issue *issue = issue_of(lister, task->node, task->status_fact);
        if (issue == NULL) {
            continue;
        }
        issue->error_message = task->error_message;
        if (task->retry_count > 0) {
            SAY(lister, issue, "Task %.*s failed after %lld retr%s.", STR_ARGS(issue->name), (long long)task->retry_count,
                task->retry_count == 1 ? "y" : "ies");
        } else {
            SAY(lister, issue, "Task %.*s failed.", STR_ARGS(issue->name));
        }
    }
}

static void list_retried_tasks(struct lister *lister)
{
    const struct lens_dde *dde = lister->verdict->dde;
    for (uint32_t i = 0; i < dde->task_count; i++) {
        const struct dde_task *task = &dde->tasks[i];
        if (!task->retried) {
            continue;
        }
        struct verdict_issue *issue =
            issue_of(lister, task->node, lens_property_fact(&lister->view->nodes[task->node], PROPERTY_RETRIED));
        if (issue != NULL) {
            issue->error_message = lens_error_message(lister->view, &lister->view->nodes[task->node]);
            SAY(lister, issue, "Task %.*s was retried%s.", STR_ARGS(issue->name),
                task->status == STATE_COMPLETED ? " before it completed" : "");
        }
    }
}

static void list_slow_locks(struct lister *lister, const struct verdict_condition *condition)
{
    const struct lens_dde *dde = lister->verdict->dde;
    for (uint32_t i = 0; i < dde->contract_count; i++) {
        const struct dde_contract *contract = &dde->contracts[i];
        if (!contract->lock_latency_ms.known ||
            policy_holds(condition->operation, contract->lock_latency_ms.value, condition->threshold)) {
            continue;
        }
        struct verdict_issue *issue = issue_of(lister, contract->node, contract->lock_fact);
        SAY(lister, issue, "Contract %.*s was locked %.4g s after its task started.", STR_ARGS(issue->id),
            contract->lock_latency_ms.value / 1000);
    }
}

static void list_failed_gates(struct lister *lister)
{
    const struct lens_dde *dde = lister->verdict->dde;
    for (uint32_t i = 0; i < dde->gate_count; i++) {
        const struct dde_gate *gate = &dde->gates[i];
        if (!gate->checked || gate->passed) {
            continue;
        }
        struct verdict_issue *issue = issue_of(lister, gate->node, gate->fact);
        if (issue != NULL) {
            issue->error_message = lens_error_message(lister->view, &lister->view->nodes[gate->node]);
            SAY(lister, issue, "Quality gate %.*s did not pass.", STR_ARGS(issue->name));
        }
    }
}

/* --- BDV -------------------------------------------------------------------------------------------------------------- */

static void list_failed_scenarios(struct lister *lister)
{
    const struct lens_bdv *bdv = lister->verdict->bdv;
    for (uint32_t i = 0; i < bdv->scenario_count; i++) {
        const struct bdv_scenario *scenario = &bdv->scenarios[i];
        if (!scenario->counted || scenario->outcome != STATE_FAILED) {
            continue;
        }
        struct verdict_issue *issue = issue_of(lister, scenario->node, scenario->outcome_fact);
        if (issue != NULL) {
            issue->error_message = scenario->error_message;
            SAY(lister, issue, "Scenario \"%.*s\" failed.", STR_ARGS(issue->name));
        }
    }
}

static uint32_t flake_fact(const struct graph_view *view, const struct bdv_scenario *scenario)
{
    const struct view_node *node = &view->nodes[scenario->node];
    uint32_t fact = lens_property_fact(node, EVENT_FIELD_FLAKE_RATE);
    fact = fact != VIEW_NONE ? fact : lens_property_fact(node, PROPERTY_FLAGGED_FLAKY);
    return fact != VIEW_NONE ? fact : scenario->outcome_fact;
}

static void list_flaky_scenarios(struct lister *lister)
{
    const struct lens_bdv *bdv = lister->verdict->bdv;
    for (uint32_t i = 0; i < bdv->scenario_count; i++) {
        const struct bdv_scenario *scenario = &bdv->scenarios[i];
        if (!scenario->flaky) {
            continue;
        }
        struct verdict_issue *issue = issue_of(lister, scenario->node, flake_fact(lister->view, scenario));
        if (issue == NULL) {
            continue;
        }
        if (scenario->flake_rate.known) {
            SAY(lister, issue, "Scenario \"%.*s\" is flaky: its outcome changes in %.4g %% of its runs%s.",
                STR_ARGS(issue->name), scenario->flake_rate.value * 100, scenario->quarantined ? ", and it is quarantined" : "");
        } else {
            SAY(lister, issue, "Scenario \"%.*s\" is flaky%s.", STR_ARGS(issue->name),
                scenario->quarantined ? " and quarantined" : "");
        }
    }
}

static void list_slow_runs(struct lister *lister, const struct verdict_condition *condition)
{
    const struct lens_bdv *bdv = lister->verdict->bdv;
    for (uint32_t i = 0; i < bdv->run_count; i++) {
        const struct bdv_run *run = &bdv->runs[i];
        if (!run->duration_ms.known || policy_holds(condition->operation, run->duration_ms.value, condition->threshold)) {
            continue;
        }
        struct verdict_issue *issue =
            issue_of(lister, run->node, lens_property_fact(&lister->view->nodes[run->node], PROPERTY_ENDED));
        SAY(lister, issue, "Test run %.*s took %.4g s.", STR_ARGS(issue->name), run->duration_ms.value / 1000);
    }
}

/* --- ACC -------------------------------------------------------------------------------------------------------------- */

static void list_violations(struct lister *lister)
{
    const struct lens_acc *acc = lister->verdict->acc;
    for (uint32_t i = 0; i < acc->violation_count; i++) {
        const struct acc_violation *violation = &acc->violations[i];
        if (!violation->blocking) {
            continue;
        }
        struct verdict_issue *issue = issue_of(lister, violation->node, violation->fact);
        if (issue == NULL) {
            continue;
        }
        issue->error_message = violation->message;
        struct str type = violation->type.at != NULL ? violation->type : STR("violation");
        if (violation->source_module.at != NULL && violation->target_module.at != NULL) {
            SAY(lister, issue, "%.*s: %.*s depends on %.*s%s%.*s.", STR_ARGS(type), STR_ARGS(violation->source_module),
                STR_ARGS(violation->target_module), violation->rule_id.at != NULL ? ", against rule " : "",
                STR_ARGS(violation->rule_id));
        } else {
            struct str where = violation->module != VIEW_NONE ? lister->view->nodes[violation->module].id : issue->id;
            SAY(lister, issue, "%.*s in %.*s%s%.*s.", STR_ARGS(type), STR_ARGS(where),
                violation->rule_id.at != NULL ? ", against rule " : "", STR_ARGS(violation->rule_id));
        }
    }
}

static void say_cycle(struct lister *lister, struct verdict_issue *issue, const struct acc_cycle *cycle)
{
    struct str text = STR("");
    const uint32_t shown = cycle->count < 6 ? cycle->count : 6;
    for (uint32_t i = 0; i < shown && !lister->failed; i++) {
        if (!arena_format(lister->work->arena, &text, "%.*s%s%.*s", STR_ARGS(text), i == 0 ? "" : ", ",
                          STR_ARGS(cycle->members[i]))) {
            lister->failed = true;
        }
    }
    if (cycle->count == 0) {
        SAY(lister, issue, "A tool reported a cycle without naming its modules.");
    } else if (cycle->count == 1) {
        SAY(lister, issue, "Module %.*s depends on itself.", STR_ARGS(text));
    } else if (cycle->count > shown) {
        SAY(lister, issue, "%u modules depend on each other in a circle: %.*s and %u more.", cycle->count, STR_ARGS(text),
            cycle->count - shown);
    } else {
        SAY(lister, issue, "%u modules depend on each other in a circle: %.*s.", cycle->count, STR_ARGS(text));
    }
}

static void list_cycles(struct lister *lister)
{
    const struct lens_acc *acc = lister->verdict->acc;
    for (uint32_t i = 0; i < acc->cycle_count; i++) {
        const struct acc_cycle *cycle = &acc->cycles[i];
        struct verdict_issue *issue = next_issue(lister);
        if (issue == NULL) {
            continue;
        }
        issue->node = cycle->reported;
        issue->kind = node_kind_name(NODE_CYCLE);
        issue->id = issue->name = str_from(cycle->id);
        set_fact(lister, issue, cycle->fact);
        say_cycle(lister, issue, cycle);
    }
}

static void list_unstable_modules(struct lister *lister, const struct verdict_condition *condition)
{
    const struct lens_acc *acc = lister->verdict->acc;
    for (uint32_t i = 0; i < acc->module_count; i++) {
        const struct acc_module *module = &acc->modules[i];
        struct measure instability = module->coupling.instability;
        if (!instability.known || policy_holds(condition->operation, instability.value, condition->threshold)) {
            continue;
        }
        struct verdict_issue *issue = issue_of(lister, module->node, lister->view->nodes[module->node].last_fact);
        SAY(lister, issue, "Module %.*s has instability %.4g: it depends on %u modules, %u depend on it.",
            STR_ARGS(issue->id), instability.value, module->coupling.efferent, module->coupling.afferent);
    }
}

/* --- Convergence ------------------------------------------------------------------------------------------------------ */

static void list_stars(struct lister *lister)
{
    const struct lens_convergence *convergence = lister->verdict->convergence;
    for (uint32_t i = 0; i < convergence->star_count; i++) {
        const struct contract_star *star = &convergence->stars[i];
        struct verdict_issue *issue = star->aligned ? NULL : next_issue(lister);
        if (issue == NULL) {
            continue;
        }
        issue->node = star->contract;
        issue->kind = node_kind_name(NODE_CONTRACT);
        issue->id = star->id;
        issue->name = star->name;
        if (star->contract != VIEW_NONE) {
            set_fact(lister, issue, lister->view->nodes[star->contract].last_fact);
        }
        struct str text = STR("");
        for (int leg = 0; leg < STAR_LEG_COUNT && !lister->failed; leg++) {
            if (star->legs[leg].state != STAR_OK &&
                !arena_format(lister->work->arena, &text, "%.*s%s%s: %.*s", STR_ARGS(text), text.length > 0 ? " " : "",
                              star_leg_name((enum star_leg_kind)leg), STR_ARGS(star->legs[leg].sentence))) {
                lister->failed = true;
            }
        }
        issue->sentence = text;
    }
}

/* --- all -------------------------------------------------------------------------------------------------------------- */

static void list_condition(struct lister *lister, const struct verdict_condition *condition)
{
    switch (condition->metric) {
    case METRIC_TASK_SUCCESS_RATE:
        list_failed_tasks(lister);
        break;
    case METRIC_RETRY_RATE:
        list_retried_tasks(lister);
        break;
    case METRIC_CONTRACT_LOCK_LATENCY_P95_MS:
        list_slow_locks(lister, condition);
        break;
    case METRIC_FAILED_QUALITY_GATES:
        list_failed_gates(lister);
        break;
    case METRIC_SCENARIO_PASS_RATE:
        list_failed_scenarios(lister);
        break;
    case METRIC_FLAKE_RATE:
        list_flaky_scenarios(lister);
        break;
    case METRIC_TEST_RUN_TIME_P95_MS:
        list_slow_runs(lister, condition);
        break;
    case METRIC_BLOCKING_VIOLATIONS:
        list_violations(lister);
        break;
    case METRIC_CYCLES:
        list_cycles(lister);
        break;
    case METRIC_MEAN_INSTABILITY:
        list_unstable_modules(lister, condition);
        break;
    case METRIC_CONTRACT_ALIGNMENT:
        list_stars(lister);
        break;
    case METRIC_COUNT:
        assert(false);
        break;
    }
}

static void list_open_runs(struct lister *lister)
{
    const struct verdict_stream *stream = &lister->verdict->streams[lister->lens];
    for (uint32_t i = 0; i < stream->open_run_count; i++) {
        const struct lens_open_run *run = &stream->open_runs[i];
        struct verdict_issue *issue = issue_of(lister, run->node, run->fact);
        if (issue != NULL) {
            issue->open_run = true;
            issue->name = run->name;
            SAY(lister, issue, "The %s%s%.*s has not ended.", run->what, run->name.length > 0 ? " " : "", STR_ARGS(run->name));
        }
    }
}

bool verdict_list_issues(struct verdict_work *work)
{
    struct lister lister = {.work = work, .view = work->view, .verdict = work->verdict};
    struct verdict *verdict = work->verdict;
    verdict->issues = arena_new(work->arena, VERDICT_ISSUES_MAX * sizeof *verdict->issues);
    if (verdict->issues == NULL) {
        return false;
    }
    for (int lens = 0; lens < LENS_COUNT && !lister.failed; lens++) {
        lister.lens = (enum lens)lens;
        for (int m = 0; m < METRIC_COUNT; m++) {
            const struct verdict_condition *condition = &verdict->conditions[m];
            if (condition->lens == lister.lens && condition->blocks && verdict_fails(condition)) {
                lister.metric = condition->metric;
                list_condition(&lister, condition);
            }
        }
        if (lens <= LENS_ACC) {
            list_open_runs(&lister);
        }
    }
    return !lister.failed;
}
