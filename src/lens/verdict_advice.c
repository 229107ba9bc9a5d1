/* The verdict in sentences: what is wrong (diagnosis), and what to do about it (recommendations).
 *
 * Everything said names numbers or nodes. Where one of many is named, it is the one whose repair helps most (the failed
 * task that most tasks wait for, the feature with most failing scenarios, …); ties go to the smaller id. */
#include <stdio.h>

#include "lens/verdict_parts.h"

struct adviser {
    struct verdict_work *work;
    const struct graph_view *view;
    struct verdict *verdict;
    struct arena_list diagnosis, recommendations;
    bool failed;
};

#define ADD(adviser, list, ...)                                                                         \
    do {                                                                                                \
        struct str *sentence_ = arena_list_add(&(adviser)->list);                                       \
        if (sentence_ == NULL || !arena_format((adviser)->work->arena, sentence_, __VA_ARGS__)) {       \
            (adviser)->failed = true;                                                                   \
        }                                                                                               \
    } while (0)

static struct str id_of(const struct adviser *adviser, uint32_t node)
{
    return adviser->view->nodes[node].id;
}

static const char *plural(uint32_t count)
{
    return count == 1 ? "" : "s";
}

/* "88 % where at least 95 % is needed" */
static void say_missed(const struct verdict_condition *condition, char text[96])
{
    char value[VERDICT_NUMBER_SIZE], threshold[VERDICT_NUMBER_SIZE];
    verdict_number(condition->metric, condition->value.value, value);
    verdict_number(condition->metric, condition->threshold, threshold);
    (void)snprintf(text, 96, "%s where %s %s is needed", value, verdict_operator_words(condition->operation), threshold);
}

/* --- what to name first ------------------------------------------------------------------------------------------------- */

static const struct dde_task *failed_task_most_wait_for(const struct lens_dde *dde)
{
    const struct dde_task *most = NULL;
    for (uint32_t i = 0; i < dde->task_count; i++) {
        const struct dde_task *task = &dde->tasks[i];
        if (task->status == STATE_FAILED && (most == NULL || task->dependent_count > most->dependent_count)) {
            most = task;
        }
    }
    return most;
}

static const struct dde_task *task_most_retried(const struct lens_dde *dde)
{
    const struct dde_task *most = NULL;
    for (uint32_t i = 0; i < dde->task_count; i++) {
        const struct dde_task *task = &dde->tasks[i];
        if (task->retried && (most == NULL || task->retry_count > most->retry_count)) {
            most = task;
        }
    }
    return most;
}

static const struct bdv_feature *feature_most_failing(const struct lens_bdv *bdv)
{
    const struct bdv_feature *most = NULL;
    for (uint32_t i = 0; i < bdv->feature_count; i++) {
        const struct bdv_feature *feature = &bdv->features[i];
        if (feature->rollup.failed > 0 && (most == NULL || feature->rollup.failed > most->rollup.failed)) {
            most = feature;
        }
    }
    return most;
}

static const struct bdv_scenario *scenario_most_flaky(const struct lens_bdv *bdv)
{
    const struct bdv_scenario *most = NULL;
    for (uint32_t i = 0; i < bdv->scenario_count; i++) {
        const struct bdv_scenario *scenario = &bdv->scenarios[i];
        if (scenario->flaky && (most == NULL || scenario->flake_rate.value > most->flake_rate.value)) {
            most = scenario;
        }
    }
    return most;
}

static const struct acc_component *component_most_violated(const struct lens_acc *acc)
{
    const struct acc_component *most = NULL;
    for (uint32_t i = 0; i < acc->component_count; i++) {
        const struct acc_component *component = &acc->components[i];
        if (component->violation_count > 0 && (most == NULL || component->violation_count > most->violation_count)) {
            most = component;
        }
    }
    return most;
}

static const struct acc_module *module_most_unstable(const struct lens_acc *acc)
{
    const struct acc_module *most = NULL;
    for (uint32_t i = 0; i < acc->module_count; i++) {
        const struct acc_coupling *coupling = &acc->modules[i].coupling;
        if (coupling->efferent > 0 && (most == NULL || coupling->efferent > most->coupling.efferent)) {
            most = &acc->modules[i];
        }
    }
    return most;
}

/* The dependency inside cycles with the least weight: the cheapest place to cut. */
static const struct acc_dependency *weakest_in_cycle(const struct lens_acc *acc)
{
    const struct acc_dependency *weakest = NULL;
    for (uint32_t i = 0; i < acc->dependency_count; i++) {
        const struct acc_dependency *dependency = &acc->dependencies[i];
        if (dependency->in_cycle && (weakest == NULL || dependency->weight < weakest->weight)) {
            weakest = dependency;
        }
    }
    return weakest;
}

/* --- one metric ------------------------------------------------------------------------------------------------------- */

static void advise_dde(struct adviser *adviser, const struct verdict_condition *condition)
{
    const struct lens_dde *dde = adviser->verdict->dde;
    char missed[96];
    say_missed(condition, missed);
    if (condition->metric == METRIC_TASK_SUCCESS_RATE) {
        const struct dde_task *task = failed_task_most_wait_for(dde);
        ADD(adviser, diagnosis, "%u of %u finished tasks failed: task success is %s.", dde->failed, dde->completed + dde->failed,
            missed);
        if (task != NULL) {
            ADD(adviser, recommendations, "Repair what failed and run it again, first %.*s: %u task%s depend%s on it.",
                STR_ARGS(id_of(adviser, task->node)), task->dependent_count, plural(task->dependent_count),
                task->dependent_count == 1 ? "s" : "");
        }
    } else if (condition->metric == METRIC_RETRY_RATE) {
        const struct dde_task *task = task_most_retried(dde);
        ADD(adviser, diagnosis, "%u of %u started tasks were retried: the retry rate is %s.", dde->retried, dde->started, missed);
        if (task != NULL) {
            ADD(adviser, recommendations,
                "Find out why tasks need a second attempt, first %.*s; a time-out, a shared resource or an order that is not "
                "declared in depends_on are the usual causes.",
                STR_ARGS(id_of(adviser, task->node)));
        }
    } else if (condition->metric == METRIC_CONTRACT_LOCK_LATENCY_P95_MS) {
        ADD(adviser, diagnosis, "Contracts are locked late: the 95th percentile is %s.", missed);
        ADD(adviser, recommendations, "Lock contracts at the start of their interface tasks, before other work in them.");
    } else {
        ADD(adviser, diagnosis, "%u of %u quality gates did not pass: %s.", dde->failed_gate_count, dde->gate_count, missed);
        ADD(adviser, recommendations, "Meet the quality gates that did not pass, or correct their criteria.");
    }
}

static void advise_bdv(struct adviser *adviser, const struct verdict_condition *condition)
{
    const struct lens_bdv *bdv = adviser->verdict->bdv;
    char missed[96];
    say_missed(condition, missed);
    if (condition->metric == METRIC_SCENARIO_PASS_RATE) {
        const struct bdv_feature *feature = feature_most_failing(bdv);
        ADD(adviser, diagnosis, "%u of %u scenarios fail: the pass rate is %s.", bdv->rollup.failed,
            bdv->rollup.passed + bdv->rollup.failed, missed);
        if (feature != NULL) {
            ADD(adviser, diagnosis, "The feature with most of them is %.*s: %u of its %u scenarios fail.",
                STR_ARGS(id_of(adviser, feature->node)), feature->rollup.failed, feature->rollup.scenarios);
            ADD(adviser, recommendations,
                "Decide for each failing scenario whether the behaviour or the requirement is wrong and repair that,"
                " first in %.*s.",
                STR_ARGS(id_of(adviser, feature->node)));
        } else {
            ADD(adviser, recommendations,
                "Decide for each failing scenario whether the behaviour or the requirement is wrong and repair that.");
        }
    } else if (condition->metric == METRIC_FLAKE_RATE) {
        const struct bdv_scenario *scenario = scenario_most_flaky(bdv);
        ADD(adviser, diagnosis, "%u of %u scenarios that ran are flaky: the flake rate is %s.", bdv->flaky_scenarios,
            bdv->run_scenarios, missed);
        if (scenario != NULL) {
            ADD(adviser, recommendations,
                "Make the flaky scenarios give the same result on the same commit (waits, shared data, clocks), first %.*s.",
                STR_ARGS(id_of(adviser, scenario->node)));
        }
    } else {
        ADD(adviser, diagnosis, "Test runs take long: the 95th percentile is %s.", missed);
        ADD(adviser, recommendations, "Split the test run or run scenarios side by side.");
    }
}

static void advise_acc(struct adviser *adviser, const struct verdict_condition *condition)
{
    const struct lens_acc *acc = adviser->verdict->acc;
    char missed[96];
    say_missed(condition, missed);
    if (condition->metric == METRIC_BLOCKING_VIOLATIONS) {
        const struct acc_component *component = component_most_violated(acc);
        ADD(adviser, diagnosis, "%u active violation%s of the architecture rules block%s: %s.", acc->blocking_count,
            plural(acc->blocking_count), acc->blocking_count == 1 ? "s" : "", missed);
        if (component != NULL) {
            ADD(adviser, recommendations,
                "Remove the blocking violations, first in %.*s (%u), or suppress them with the ADR that allows them.",
                STR_ARGS(id_of(adviser, component->node)), component->violation_count);
        } else {
            ADD(adviser, recommendations, "Remove the blocking violations, or suppress them with the ADR that allows them.");
        }
    } else if (condition->metric == METRIC_CYCLES) {
        const struct acc_dependency *weakest = weakest_in_cycle(acc);
        ADD(adviser, diagnosis, "%u cycle%s of modules: %s.", acc->cycle_count, plural(acc->cycle_count), missed);
        if (weakest != NULL) {
            ADD(adviser, recommendations,
                "Break the cycles; the weakest dependency in one is from %.*s to %.*s (weight %.4g): turn it round or move what it "
                "needs below both.",
                STR_ARGS(id_of(adviser, acc->modules[weakest->source].node)),
                STR_ARGS(id_of(adviser, acc->modules[weakest->target].node)), weakest->weight);
        } else {
            ADD(adviser, recommendations, "Break the cycles that the analysis reports.");
        }
    } else {
        const struct acc_module *module = module_most_unstable(acc);
        ADD(adviser, diagnosis, "Modules depend on more than depends on them: mean instability is %s.", missed);
        if (module != NULL) {
            ADD(adviser, recommendations, "Let modules depend on fewer others, first %.*s, which depends on %u.",
                STR_ARGS(id_of(adviser, module->node)), module->coupling.efferent);
        }
    }
}

static void advise_convergence(struct adviser *adviser, const struct verdict_condition *condition)
{
    const struct lens_convergence *convergence = adviser->verdict->convergence;
    char missed[96];
    say_missed(condition, missed);
    ADD(adviser, diagnosis, "%u of %u contract versions are locked, validated and implemented: alignment is %s.",
        convergence->aligned_count, convergence->star_count, missed);
    for (uint32_t i = 0; i < convergence->star_count; i++) {
        if (!convergence->stars[i].aligned) {
            ADD(adviser, recommendations, "Close the gaps of the contracts, first %.*s.", STR_ARGS(convergence->stars[i].id));
            return;
        }
    }
}

static void advise_condition(struct adviser *adviser, const struct verdict_condition *condition)
{
    switch (condition->lens) {
    case LENS_DDE:
        advise_dde(adviser, condition);
        break;
    case LENS_BDV:
        advise_bdv(adviser, condition);
        break;
    case LENS_ACC:
        advise_acc(adviser, condition);
        break;
    default:
        advise_convergence(adviser, condition);
        break;
    }
}

/* --- the whole -------------------------------------------------------------------------------------------------------- */

static void say_verdict(struct adviser *adviser)
{
    const struct verdict *verdict = adviser->verdict;
    if (verdict->kind == VERDICT_COMPOUND_FAILURE) {
        ADD(adviser, diagnosis, "COMPOUND_FAILURE: %s and %s fail.", lens_name((enum lens)verdict->failing[0]),
            lens_name((enum lens)verdict->failing[1]));
    } else if (verdict->kind == VERDICT_SYSTEMIC_FAILURE) {
        ADD(adviser, diagnosis, "SYSTEMIC_FAILURE: all three streams fail; halt.");
    } else {
        ADD(adviser, diagnosis, "%s: %s.", verdict_name(verdict->kind), verdict_meaning(verdict->kind, verdict->pending_count > 0));
    }
}

static void advise_pending(struct adviser *adviser, const struct verdict_stream *stream)
{
    ADD(adviser, diagnosis, "%s is pending: %.*s", lens_name(stream->lens), STR_ARGS(stream->reason));
    if (stream->open_run_count > 0) {
        const struct lens_open_run *run = &stream->open_runs[0];
        ADD(adviser, recommendations, "Wait for the %s%s%.*s to end; if it has, send the event that says so.", run->what,
            run->name.length > 0 ? " " : "", STR_ARGS(run->name));
        return;
    }
    static const char *const sources[] = {
        [LENS_DDE] = "the workflow engine or CI",
        [LENS_BDV] = "the test runner",
        [LENS_ACC] = "the dependency analyser",
    };
    ADD(adviser, recommendations, "Send what %s reports for this iteration, or import its output.", sources[stream->lens]);
}

static bool stands_for_stream(const struct verdict *verdict, const struct verdict_condition *condition)
{
    return condition->lens == LENS_CONVERGENCE || verdict->streams[condition->lens].status != STREAM_PENDING;
}

/* What does not block now but would be better otherwise. */
static void note_rest(struct adviser *adviser)
{
    const struct verdict *verdict = adviser->verdict;
    for (int m = 0; m < METRIC_COUNT; m++) {
        const struct verdict_condition *condition = &verdict->conditions[m];
        char value[VERDICT_NUMBER_SIZE], wanted[VERDICT_NUMBER_SIZE];
        bool missed = verdict_fails(condition) && !condition->blocks;
        if (!condition->value.known || (!missed && (verdict_fails(condition) || condition->target_reached))) {
            continue;
        }
        verdict_number(condition->metric, condition->value.value, value);
        verdict_number(condition->metric, missed ? condition->threshold : condition->target, wanted);
        ADD(adviser, diagnosis, "%s: %s is %s, %s is %s %s.", missed ? "Does not block" : "Short of its target",
            policy_metric_name(condition->metric), value, missed ? "required" : "the target",
            verdict_operator_words(condition->operation), wanted);
    }
}

bool verdict_advise(struct verdict_work *work)
{
    struct verdict *verdict = work->verdict;
    struct adviser adviser = {.work = work, .view = work->view, .verdict = verdict};
    arena_list_init(&adviser.diagnosis, work->arena, sizeof(struct str));
    arena_list_init(&adviser.recommendations, work->arena, sizeof(struct str));
    say_verdict(&adviser);
    for (int m = 0; m < METRIC_COUNT; m++) {
        const struct verdict_condition *condition = &verdict->conditions[m];
        if (condition->blocks && verdict_fails(condition) && stands_for_stream(verdict, condition)) {
            advise_condition(&adviser, condition);
        }
    }
    for (uint32_t i = 0; i < verdict->pending_count; i++) {
        advise_pending(&adviser, &verdict->streams[verdict->pending[i]]);
    }
    note_rest(&adviser);
    if (verdict->gate.basis == GATE_BY_OVERRIDE) {
        ADD(&adviser, recommendations, "The gate is open by override only: repair what is listed before the next iteration.");
    } else if (verdict->gate.deployable) {
        ADD(&adviser, recommendations, "Deploy.");
    }
    verdict->diagnosis = (struct str *)adviser.diagnosis.items;
    verdict->diagnosis_count = adviser.diagnosis.count;
    verdict->recommendations = (struct str *)adviser.recommendations.items;
    verdict->recommendation_count = adviser.recommendations.count;
    return !adviser.failed;
}
