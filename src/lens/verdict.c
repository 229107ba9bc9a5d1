#include "lens/verdict.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/limits.h"
#include "lens/verdict_parts.h"

const char *stream_status_name(enum stream_status status)
{
    static const char *const names[] = {"PASS", "FAIL", "PENDING"};
    return names[status];
}

static const struct {
    const char *name, *meaning, *so_far; /* so_far: where it differs */
} kinds[VERDICT_KIND_COUNT] = {
    [VERDICT_ALL_PASS] = {"ALL_PASS", "deployable", NULL},
    [VERDICT_DESIGN_GAP] = {"DESIGN_GAP", "built right, wrong thing: fix requirements or behaviour",
                            "wrong thing so far: fix requirements or behaviour"},
    [VERDICT_ARCHITECTURAL_EROSION] = {"ARCHITECTURAL_EROSION", "works, but technical debt: refactor",
                                       "technical debt so far: refactor"},
    [VERDICT_PROCESS_ISSUE] = {"PROCESS_ISSUE", "fix the pipeline", NULL},
    [VERDICT_SYSTEMIC_FAILURE] = {"SYSTEMIC_FAILURE", "halt", NULL},
    [VERDICT_COMPOUND_FAILURE] = {"COMPOUND_FAILURE", "two streams fail", NULL},
    [VERDICT_PENDING] = {"PENDING", "not yet", NULL},
};

const char *verdict_name(enum verdict_kind kind)
{
    return kinds[kind].name;
}

const char *verdict_meaning(enum verdict_kind kind, bool some_pending)
{
    return some_pending && kinds[kind].so_far != NULL ? kinds[kind].so_far : kinds[kind].meaning;
}

const char *gate_basis_name(enum gate_basis basis)
{
    static const char *const names[] = {"verdict", "condition", "override"};
    return names[basis];
}

int verdict_exit_code(const struct verdict *verdict)
{
    if (verdict->gate.deployable) {
        return 0;
    }
    return verdict->kind == VERDICT_PENDING ? 2 : 1;
}

/* --- words ------------------------------------------------------------------------------------------------------------ */

void verdict_number(enum policy_metric metric, double value, char text[VERDICT_NUMBER_SIZE])
{
    switch (metric) {
    case METRIC_TASK_SUCCESS_RATE:
    case METRIC_RETRY_RATE:
    case METRIC_SCENARIO_PASS_RATE:
    case METRIC_FLAKE_RATE:
    case METRIC_CONTRACT_ALIGNMENT:
        (void)snprintf(text, VERDICT_NUMBER_SIZE, "%.4g %%", value * 100);
        break;
    case METRIC_CONTRACT_LOCK_LATENCY_P95_MS:
    case METRIC_TEST_RUN_TIME_P95_MS:
        (void)snprintf(text, VERDICT_NUMBER_SIZE, "%.4g s", value / 1000);
        break;
    default:
        (void)snprintf(text, VERDICT_NUMBER_SIZE, "%.4g", value);
        break;
    }
}

const char *verdict_operator_words(enum policy_operator operation)
{
    static const char *const words[OPERATOR_COUNT] = {"at least", "more than", "at most", "less than", "exactly"};
    return words[operation];
}

/* --- conditions ------------------------------------------------------------------------------------------------------- */

static bool read_lenses(struct verdict_work *work, bool whole, struct error *error)
{
    const struct graph_view *view = work->view;
    struct arena *arena = work->arena;
    struct verdict *verdict = work->verdict;
    verdict->dde = arena_new(arena, sizeof *verdict->dde);
    verdict->bdv = arena_new(arena, sizeof *verdict->bdv);
    verdict->acc = arena_new(arena, sizeof *verdict->acc);
    verdict->convergence = arena_new(arena, sizeof *verdict->convergence);
    if (verdict->dde == NULL || verdict->bdv == NULL || verdict->acc == NULL || verdict->convergence == NULL) {
        return false;
    }
    enum status status = whole ? lens_dde_read(view, arena, verdict->dde, error)
                               : lens_dde_read_counts(view, arena, verdict->dde, error);
    if (status == STATUS_OK) {
        status = whole ? lens_bdv_read(view, arena, verdict->bdv, error)
                       : lens_bdv_read_counts(view, arena, verdict->bdv, error);
    }
    if (status == STATUS_OK) {
        status = lens_acc_read(view, arena, verdict->acc, error);
    }
    if (status == STATUS_OK) {
        status = whole ? lens_convergence_read(view, arena, verdict->convergence, error)
                       : lens_convergence_read_stars(view, verdict->bdv, arena, verdict->convergence, error);
    }
    return status == STATUS_OK;
}

static struct measure measure_metric(const struct verdict *verdict, enum policy_metric metric)
{
    switch (metric) {
    case METRIC_TASK_SUCCESS_RATE:
        return verdict->dde->success_rate;
    case METRIC_RETRY_RATE:
        return verdict->dde->retry_rate;
    case METRIC_CONTRACT_LOCK_LATENCY_P95_MS:
        return verdict->dde->lock_latency_p95_ms;
    case METRIC_FAILED_QUALITY_GATES:
        return verdict->dde->gate_count == 0 ? MEASURE_UNKNOWN : measure_of(verdict->dde->failed_gate_count);
    case METRIC_SCENARIO_PASS_RATE:
        return verdict->bdv->pass_rate;
    case METRIC_FLAKE_RATE:
        return verdict->bdv->flake_rate;
    case METRIC_TEST_RUN_TIME_P95_MS:
        return verdict->bdv->run_time_p95_ms;
    case METRIC_BLOCKING_VIOLATIONS:
        return verdict->acc->has_data || verdict->acc->violation_count > 0 ? measure_of(verdict->acc->blocking_count)
                                                                          : MEASURE_UNKNOWN;
    case METRIC_CYCLES:
        return verdict->acc->has_data || verdict->acc->cycle_count > 0 ? measure_of(verdict->acc->cycle_count)
                                                                      : MEASURE_UNKNOWN;
    case METRIC_MEAN_INSTABILITY:
        return verdict->acc->mean_instability;
    case METRIC_CONTRACT_ALIGNMENT:
        return verdict->convergence->alignment;
    case METRIC_COUNT:
        break;
    }
    return MEASURE_UNKNOWN;
}

static void judge_conditions(struct verdict *verdict, const struct policy *policy)
{
    for (int m = 0; m < METRIC_COUNT; m++) {
        const struct policy_condition *rule = &policy->conditions[m];
        struct measure value = measure_metric(verdict, (enum policy_metric)m);
        verdict->conditions[m] = (struct verdict_condition){
            .metric = (enum policy_metric)m,
            .lens = policy_metric_lens((enum policy_metric)m),
            .operation = rule->operation,
            .threshold = rule->threshold,
            .target = rule->target,
            .value = value,
            .pass = !value.known || policy_holds(rule->operation, value.value, rule->threshold),
            .target_reached = value.known && policy_holds(rule->operation, value.value, rule->target),
            .blocks = rule->blocks,
        };
    }
}

/* --- streams ---------------------------------------------------------------------------------------------------------- */

static bool blocking_failure(const struct verdict *verdict, enum lens lens)
{
    for (int m = 0; m < METRIC_COUNT; m++) {
        const struct verdict_condition *condition = &verdict->conditions[m];
        if (condition->lens == lens && condition->blocks && verdict_fails(condition)) {
            return true;
        }
    }
    return false;
}

static bool explain_pending(struct verdict_work *work, struct verdict_stream *stream)
{
    static const char *const no_data[] = {
        [LENS_DDE] = "No task has completed or failed yet.",
        [LENS_BDV] = "No scenario has a result that counts yet.",
        [LENS_ACC] = "No module was reported and no analysis has completed yet.",
    };
    if (stream->open_run_count == 0) {
        stream->reason = str_from(no_data[stream->lens]);
        return true;
    }
    const struct lens_open_run *run = &stream->open_runs[0];
    const char *colon = run->name.length > 0 ? " " : "";
    if (stream->open_run_count == 1) {
        return arena_format(work->arena, &stream->reason, "The %s%s%.*s has not ended.", run->what, colon, STR_ARGS(run->name));
    }
    return arena_format(work->arena, &stream->reason, "%u have not ended, the first is the %s%s%.*s.",
                        stream->open_run_count, run->what, colon, STR_ARGS(run->name));
}

static bool explain_failure(struct verdict_work *work, struct verdict_stream *stream)
{
    struct str text = STR("");
    for (int m = 0; m < METRIC_COUNT; m++) {
        const struct verdict_condition *condition = &work->verdict->conditions[m];
        char value[VERDICT_NUMBER_SIZE], threshold[VERDICT_NUMBER_SIZE];
        if (condition->lens != stream->lens || !condition->blocks || !verdict_fails(condition)) {
            continue;
        }
        verdict_number(condition->metric, condition->value.value, value);
        verdict_number(condition->metric, condition->threshold, threshold);
        if (!arena_format(work->arena, &text, "%.*s%s%s is %s, %s %s is needed", STR_ARGS(text), text.length > 0 ? "; " : "",
                          policy_metric_name(condition->metric), value, verdict_operator_words(condition->operation),
                          threshold)) {
            return false;
        }
    }
    return arena_format(work->arena, &stream->reason, "%.*s.", STR_ARGS(text));
}

static bool judge_stream(struct verdict_work *work, enum lens lens)
{
    struct verdict *verdict = work->verdict;
    struct verdict_stream *stream = &verdict->streams[lens];
    stream->lens = lens;
    switch (lens) {
    case LENS_DDE:
        stream->has_data = verdict->dde->has_data;
        stream->open_run_count = verdict->dde->open_run_count;
        stream->open_runs = verdict->dde->open_runs;
        break;
    case LENS_BDV:
        stream->has_data = verdict->bdv->has_data;
        stream->open_run_count = verdict->bdv->open_run_count;
        stream->open_runs = verdict->bdv->open_runs;
        break;
    default:
        stream->has_data = verdict->acc->has_data;
        stream->open_run_count = verdict->acc->open_run_count;
        stream->open_runs = verdict->acc->open_runs;
        break;
    }
    if (!stream->has_data || stream->open_run_count > 0) {
        stream->status = STREAM_PENDING;
        verdict->pending[verdict->pending_count++] = lens;
        return explain_pending(work, stream);
    }
    if (blocking_failure(verdict, lens)) {
        stream->status = STREAM_FAIL;
        verdict->failing[verdict->failing_count++] = lens;
        return explain_failure(work, stream);
    }
    stream->status = STREAM_PASS;
    stream->reason = STR("Every condition that blocks holds.");
    return true;
}

static enum verdict_kind name_verdict(const struct verdict *verdict)
{
    static const enum verdict_kind alone[] = {
        [LENS_DDE] = VERDICT_PROCESS_ISSUE,
        [LENS_BDV] = VERDICT_DESIGN_GAP,
        [LENS_ACC] = VERDICT_ARCHITECTURAL_EROSION,
    };
    switch (verdict->failing_count) {
    case 0:
        return verdict->pending_count > 0 ? VERDICT_PENDING : VERDICT_ALL_PASS;
    case 1:
        return alone[verdict->failing[0]];
    case 2:
        return VERDICT_COMPOUND_FAILURE;
    default:
        return VERDICT_SYSTEMIC_FAILURE;
    }
}

/* --- the gate --------------------------------------------------------------------------------------------------------- */

bool deployment_gate_differs(const struct deployment_gate *a, const struct deployment_gate *b)
{
    return a->deployable != b->deployable || a->basis != b->basis || a->override_in_force != b->override_in_force ||
           a->override_present != b->override_present || (a->override_present && a->fact != b->fact);
}

static void read_override(const struct graph_view *view, struct deployment_gate *gate)
{
    const struct view_property *property = NULL;
    for (uint32_t n = view->kind_start[NODE_ITERATION]; n < view->kind_start[NODE_ITERATION + 1] && property == NULL; n++) {
        property = view_property(&view->nodes[n], PROPERTY_GATE_OVERRIDE, 0);
    }
    if (property == NULL) {
        return;
    }
    struct str rest = view_value_text(view, property->value), word = STR_NONE, expires = STR_NONE;
    (void)(str_split_next(&rest, GRAPH_SEPARATOR, &word) && str_split_next(&rest, GRAPH_SEPARATOR, &gate->actor) &&
           str_split_next(&rest, GRAPH_SEPARATOR, &gate->reason) && str_split_next(&rest, GRAPH_SEPARATOR, &expires));
    if (!str_is(word, "1")) {
        gate->actor = gate->reason = STR_NONE;
        return; /* withdrawn */
    }
    gate->override_present = true;
    gate->fact = property->fact;
    gate->expires_at = measure_from_text(expires);
    if (gate->expires_at.value > (double)LIMIT_TIMESTAMP_MAX) {
        gate->expires_at = MEASURE_UNKNOWN; /* after all time there is */
    }
    gate->override_in_force = !gate->expires_at.known || (double)view->valid_at < gate->expires_at.value;
}

static bool explain_gate(struct verdict_work *work, struct deployment_gate *gate)
{
    const struct verdict *verdict = work->verdict;
    char until[TIME_TEXT_SIZE] = "";
    if (gate->expires_at.known) {
        time_format((int64_t)gate->expires_at.value, until);
    }
    if (gate->basis == GATE_BY_OVERRIDE) {
        return arena_format(work->arena, &gate->sentence, "Deployable because %.*s overrode the verdict %s%s%s: %.*s",
                            STR_ARGS(gate->actor), verdict_name(verdict->kind), until[0] != '\0' ? " until " : "", until,
                            STR_ARGS(gate->reason));
    }
    if (gate->basis == GATE_BY_CONDITION) {
        return arena_format(work->arena, &gate->sentence,
                            "Not deployable: the three streams pass, but a condition across them that blocks does not hold.");
    }
    const char *note = gate->override_present && !gate->override_in_force ? " An override stood, but has expired." : "";
    return arena_format(work->arena, &gate->sentence, "%s: the verdict is %s.%s",
                        gate->deployable ? "Deployable" : "Not deployable", verdict_name(verdict->kind), note);
}

static bool judge_gate(struct verdict_work *work)
{
    struct verdict *verdict = work->verdict;
    struct deployment_gate *gate = &verdict->gate;
    *gate = (struct deployment_gate){.fact = VIEW_NONE};
    read_override(work->view, gate);
    bool across = blocking_failure(verdict, LENS_CONVERGENCE);
    gate->deployable = verdict->kind == VERDICT_ALL_PASS && !across;
    gate->basis = verdict->kind == VERDICT_ALL_PASS && across ? GATE_BY_CONDITION : GATE_BY_VERDICT;
    if (!gate->deployable && gate->override_in_force) {
        gate->deployable = true;
        gate->basis = GATE_BY_OVERRIDE;
    }
    return explain_gate(work, gate);
}

/* --- the verdict ------------------------------------------------------------------------------------------------------ */

static enum status judge(const struct graph_view *view, const struct policy *policy, bool whole, struct arena *arena,
                         struct verdict *verdict, struct error *error)
{
    struct verdict_work work = {view, arena, verdict};
    *verdict = (struct verdict){0};
    struct str version;
    if (!arena_copy(arena, str_from(policy->version), &version) || !read_lenses(&work, whole, error)) {
        return error_no_memory(error, "verdict");
    }
    verdict->policy_version = version.at;
    judge_conditions(verdict, policy);
    for (int lens = LENS_DDE; lens <= LENS_ACC; lens++) {
        if (!judge_stream(&work, (enum lens)lens)) {
            return error_no_memory(error, "verdict");
        }
    }
    verdict->kind = name_verdict(verdict);
    if (!judge_gate(&work) || (whole && (!verdict_list_issues(&work) || !verdict_advise(&work)))) {
        return error_no_memory(error, "verdict");
    }
    return STATUS_OK;
}

enum status verdict_read(const struct graph_view *view, const struct policy *policy, struct arena *arena,
                         struct verdict *verdict, struct error *error)
{
    return judge(view, policy, true, arena, verdict, error);
}

enum status verdict_read_summary(const struct graph_view *view, const struct policy *policy, struct arena *arena,
                                 struct verdict *verdict, struct error *error)
{
    return judge(view, policy, false, arena, verdict, error);
}
