/* How many facts may pass before the verdict could be another.
 *
 * The verdict's kind is a function of three stream statuses, and a fact can move the status of its own stream only. So
 * after each verdict worked out, we know of each stream how many of its facts may pass before its status could be another:
 *
 *   never moves anything   steps, features, artifacts, requirements and gate overrides: no number rests on them; locks and
 *                          quality gates neither, unless the policy lets their conditions block
 *   open run               while a workflow, test run or analysis is open its stream is PENDING, and only another
 *                          event of workflows, test runs or analyses can change that: all others pass
 *   open tasks, scenarios  where k of them keep the stream PENDING (no workflow or test run was ever reported), each fact
 *                          can close one, so k - 1 facts may pass
 *   rates                  a fact moves one task or scenario between "not counted", "counted" and "counted, and it is one of
 *                          those". So a fact moves a - t b by one at most, and a of b, whose threshold is t, is on the same
 *                          side of it until |a - t b| facts have come. A stream that
 *                          passes may let pass the least distance of its conditions, one that fails the greatest of those
 *                          that fail, and no more than leave something counted. What opens a task or scenario is asked
 *                          where that makes the stream PENDING
 *   violations             a fact takes away one at most: where v > t of them fail the stream, v - t - 1 may pass
 *   otherwise              none may pass
 *
 * The verdict's kind follows from which streams fail and, where none does, whether one is pending. So while one stream that
 * does not pass is held to the above (the anchor), it is the same whether another passes or is pending: that one may let pass
 * what its conditions allow, whatever opens and closes in it.
 *
 * Links said by hand may join modules and are never passed over. Everything else is asked. */
#include "lens/verdict_snapshot.h"

#include <math.h>

#include "base/limits.h"
#include "graph/graph.h"

/* --- one verdict ------------------------------------------------------------------------------------------------------ */

/* What the conditions of a stream rest on: a of b, where a fact moves one of them at most. False: it is no such number. */
static bool parts_of(const struct verdict *verdict, enum policy_metric metric, double *part, double *whole)
{
    const struct lens_dde *dde = verdict->dde;
    const struct lens_bdv *bdv = verdict->bdv;
    switch (metric) {
    case METRIC_TASK_SUCCESS_RATE:
        *part = dde->completed;
        *whole = (double)dde->completed + dde->failed;
        return true;
    case METRIC_RETRY_RATE:
        *part = dde->retried;
        *whole = dde->started;
        return true;
    case METRIC_SCENARIO_PASS_RATE:
        *part = bdv->rollup.passed;
        *whole = (double)bdv->rollup.passed + bdv->rollup.failed;
        return true;
    case METRIC_FLAKE_RATE:
        *part = bdv->flaky_scenarios;
        *whole = bdv->run_scenarios;
        return true;
    default:
        return false;
    }
}

/* How many facts may pass before the condition can turn. */
static double distance_of(const struct verdict *verdict, const struct verdict_condition *condition)
{
    double part, whole;
    if (parts_of(verdict, condition->metric, &part, &whole)) {
        return condition->operation == OPERATOR_EQUAL && condition->pass ? 0
                                                                          : floor(fabs(part - condition->threshold * whole) - 1e-6);
    }
    if (condition->metric == METRIC_BLOCKING_VIOLATIONS && !condition->pass && condition->value.value > condition->threshold) {
        return ceil(condition->value.value - condition->threshold) - 1;
    }
    return 0;
}

/* How many facts may pass before a stream that has data and nothing open can turn. *holds: all conditions that block do. */
static uint32_t margin_of(const struct verdict *verdict, enum lens lens, bool *holds)
{
    double least = INFINITY, greatest = 0;
    *holds = true;
    for (int m = 0; m < METRIC_COUNT; m++) {
        const struct verdict_condition *condition = &verdict->conditions[m];
        if (condition->lens != lens || !condition->blocks) {
            continue;
        }
        double distance = distance_of(verdict, condition);
        least = distance < least ? distance : least;
        greatest = !condition->pass && distance > greatest ? distance : greatest;
        *holds = *holds && condition->pass;
    }
    double counted = lens == LENS_DDE   ? (double)verdict->dde->completed + verdict->dde->failed
                     : lens == LENS_BDV ? (double)verdict->bdv->rollup.passed + verdict->bdv->rollup.failed
                                        : UINT32_MAX;
    double margin = *holds ? least : greatest;
    margin = margin < counted - 1 ? margin : counted - 1;
    return margin > 0 ? (uint32_t)fmin(margin, (double)(UINT32_MAX - 1)) : 0;
}

/* What a stream may let pass without turning. */
static struct verdict_allowance allow_strictly(const struct verdict *verdict, enum lens lens, bool runs)
{
    const struct verdict_stream *stream = &verdict->streams[lens];
    bool holds;
    if (stream->open_run_count > 0) {
        return (struct verdict_allowance){runs ? UINT32_MAX : stream->open_run_count - 1, false};
    }
    return (struct verdict_allowance){stream->has_data ? margin_of(verdict, lens, &holds) : 0, !runs};
}

/* The stream that does not pass and is held to not turning: one of which nothing came, else the one that may let pass most. */
static int choose_anchor(const struct verdict *verdict, const struct verdict_snapshot *snapshot)
{
    int anchor = -1;
    for (int i = 0; i < 3; i++) {
        const struct verdict_stream *stream = &verdict->streams[i];
        if (stream->status == STREAM_PASS) {
            continue;
        }
        if (!stream->has_data && stream->open_run_count == 0) {
            return i;
        }
        anchor = anchor < 0 || snapshot->allowed[i].facts > snapshot->allowed[anchor].facts ? i : anchor;
    }
    return anchor;
}

static void take_snapshot(const struct verdict *verdict, struct verdict_snapshot *snapshot)
{
    snapshot->present = true;
    snapshot->kind = verdict->kind;
    for (int i = 0; i < 3; i++) {
        snapshot->streams[i] = verdict->streams[i].status;
    }
    for (int m = 0; m < METRIC_COUNT; m++) {
        snapshot->conditions[m] = verdict->conditions[m];
    }
    snapshot->allowed[LENS_DDE] = allow_strictly(verdict, LENS_DDE, verdict->dde->workflow_reported);
    snapshot->allowed[LENS_BDV] = allow_strictly(verdict, LENS_BDV, verdict->bdv->run_count > 0);
    snapshot->allowed[LENS_ACC] = allow_strictly(verdict, LENS_ACC, true);
    int anchor = choose_anchor(verdict, snapshot);
    for (int i = 0; i < 3; i++) {
        bool holds;
        uint32_t margin = margin_of(verdict, (enum lens)i, &holds);
        struct verdict_allowance *allowed = &snapshot->allowed[i];
        if (anchor >= 0 && i != anchor && holds && (margin > allowed->facts || (allowed->asks_openings && margin == allowed->facts))) {
            *allowed = (struct verdict_allowance){margin, false};
        }
    }
}

enum status verdict_snapshot_read(const struct verdict_source *source, int64_t valid_at, uint32_t known_facts, struct arena *arena,
                                  struct verdict_snapshot *snapshot, struct error *error)
{
    struct graph_view *view;
    struct verdict verdict;
    arena_clear(arena);
    *snapshot = (struct verdict_snapshot){0};
    enum status status = graph_view_open_known(source->graph, source->tenant_id, source->iteration_id, valid_at, known_facts, arena,
                                               &view, error);
    if (status == STATUS_ABSENT) {
        return STATUS_OK;
    }
    if (status == STATUS_OK) {
        status = source->correlate(view, source->config, error);
    }
    if (status == STATUS_OK) {
        status = verdict_read_summary(view, source->policy, arena, &verdict, error);
    }
    if (status == STATUS_OK) {
        take_snapshot(&verdict, snapshot);
    }
    return status;
}

/* --- which facts can matter --------------------------------------------------------------------------------------------- */

static bool opens_or_closes(enum event_type type)
{
    switch (type) {
    case EVENT_DDE_WORKFLOW_STARTED:
    case EVENT_DDE_WORKFLOW_COMPLETED:
    case EVENT_DDE_WORKFLOW_FAILED:
    case EVENT_BDV_TEST_RUN_STARTED:
    case EVENT_BDV_TEST_RUN_COMPLETED:
    case EVENT_ACC_ANALYSIS_STARTED:
    case EVENT_ACC_ANALYSIS_COMPLETED:
        return true;
    default:
        return false;
    }
}

static bool opens_item(enum event_type type)
{
    return type == EVENT_DDE_TASK_CREATED || type == EVENT_DDE_TASK_STARTED || type == EVENT_DDE_TASK_RETRYING ||
           type == EVENT_BDV_SCENARIO_STARTED;
}

bool verdict_rests_on(const struct policy *policy, enum event_type type)
{
    switch (type) {
    case EVENT_BDV_STEP_EXECUTED:
    case EVENT_BDV_FEATURE_STARTED:
    case EVENT_BDV_FEATURE_COMPLETED:
    case EVENT_DDE_ARTIFACT_CREATED:
    case EVENT_DDE_ARTIFACT_VALIDATED:
    case EVENT_DDE_REQUIREMENT_DECLARED:
    case EVENT_CONTROL_GATE_OVERRIDDEN:
    case EVENT_CONTROL_GATE_OVERRIDE_WITHDRAWN:
        return false;
    case EVENT_DDE_CONTRACT_LOCKED:
    case EVENT_DDE_CONTRACT_VALIDATED:
        return policy->conditions[METRIC_CONTRACT_LOCK_LATENCY_P95_MS].blocks;
    case EVENT_DDE_QUALITY_GATE_CHECKED:
        return policy->conditions[METRIC_FAILED_QUALITY_GATES].blocks;
    default:
        return true;
    }
}

enum lens verdict_stream_of(enum event_type type)
{
    switch (event_type_stream(type)) {
    case EVENT_STREAM_DDE:
        return LENS_DDE;
    case EVENT_STREAM_BDV:
        return LENS_BDV;
    case EVENT_STREAM_ACC:
        return LENS_ACC;
    default:
        return LENS_CONVERGENCE;
    }
}

bool verdict_snapshot_must_ask(struct verdict_snapshot *now, const struct policy *policy, enum event_type type)
{
    if (!now->present) {
        return true;
    }
    if (!verdict_rests_on(policy, type)) {
        return false;
    }
    enum lens lens = verdict_stream_of(type);
    if (lens == LENS_CONVERGENCE || opens_or_closes(type)) {
        return true;
    }
    struct verdict_allowance *allowed = &now->allowed[lens];
    if (allowed->facts == 0 || (allowed->asks_openings && opens_item(type))) {
        return true;
    }
    if (allowed->facts != UINT32_MAX) {
        allowed->facts--;
    }
    return false;
}
