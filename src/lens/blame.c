/* Finding every event that turned the verdict without asking after every event.
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
 * Links said by hand may join modules and are never passed over. Everything else is asked. Facts that are not yet valid at
 * V change nothing. */
#include "lens/blame.h"

#include <math.h>

#include "base/limits.h"
#include "graph/graph.h"

/* What a stream may let pass before the verdict must be asked again. */
struct allowance {
    uint32_t facts;     /* UINT32_MAX: any number of those that open and close no run */
    bool asks_openings; /* but not what opens a task or scenario */
};

/* What is kept of a verdict: enough to compare, nothing in its arena. */
struct snapshot {
    bool present; /* false: the iteration had no fact in view */
    enum verdict_kind kind;
    enum stream_status streams[3];
    struct verdict_condition conditions[METRIC_COUNT];
    struct allowance allowed[3];
};

struct walk {
    const struct graph *graph;
    struct str tenant_id, iteration_id;
    int64_t valid_at;
    const struct policy *policy;
    blame_correlate correlate;
    const struct correlate_config *config;
    struct arena views; /* cleared after each verdict */
    struct blame *blame;
    struct arena_list flips;
    struct snapshot now;
};

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
static struct allowance allow_strictly(const struct verdict *verdict, enum lens lens, bool runs)
{
    const struct verdict_stream *stream = &verdict->streams[lens];
    bool holds;
    if (stream->open_run_count > 0) {
        return (struct allowance){runs ? UINT32_MAX : stream->open_run_count - 1, false};
    }
    return (struct allowance){stream->has_data ? margin_of(verdict, lens, &holds) : 0, !runs};
}

/* The stream that does not pass and is held to not turning: one of which nothing came, else the one that may let pass most. */
static int choose_anchor(const struct verdict *verdict, const struct snapshot *snapshot)
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

static void take_snapshot(const struct verdict *verdict, struct snapshot *snapshot)
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
        struct allowance *allowed = &snapshot->allowed[i];
        if (anchor >= 0 && i != anchor && holds && (margin > allowed->facts || (allowed->asks_openings && margin == allowed->facts))) {
            *allowed = (struct allowance){margin, false};
        }
    }
}

static enum status look(struct walk *walk, uint32_t known_facts, struct snapshot *snapshot, struct error *error)
{
    struct graph_view *view;
    struct verdict verdict;
    arena_clear(&walk->views);
    *snapshot = (struct snapshot){0};
    enum status status = graph_view_open_known(walk->graph, walk->tenant_id, walk->iteration_id, walk->valid_at,
                                               known_facts, &walk->views, &view, error);
    if (status == STATUS_ABSENT) {
        return STATUS_OK;
    }
    if (status == STATUS_OK) {
        status = walk->correlate(view, walk->config, error);
    }
    if (status == STATUS_OK) {
        status = verdict_read_summary(view, walk->policy, &walk->views, &verdict, error);
    }
    if (status == STATUS_OK) {
        take_snapshot(&verdict, snapshot);
        walk->blame->evaluated++;
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

static bool never_matters(const struct policy *policy, enum event_type type)
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
        return true;
    case EVENT_DDE_CONTRACT_LOCKED:
    case EVENT_DDE_CONTRACT_VALIDATED:
        return !policy->conditions[METRIC_CONTRACT_LOCK_LATENCY_P95_MS].blocks;
    case EVENT_DDE_QUALITY_GATE_CHECKED:
        return !policy->conditions[METRIC_FAILED_QUALITY_GATES].blocks;
    default:
        return false;
    }
}

static enum lens lens_of(enum event_type type)
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

/* True when the verdict must be asked after this fact; counts it off what may pass otherwise. */
static bool must_look(struct walk *walk, const struct fact_info *fact)
{
    struct snapshot *now = &walk->now;
    if (fact->valid_from > walk->valid_at) {
        return false;
    }
    if (!now->present) {
        return true;
    }
    if (never_matters(walk->policy, fact->type)) {
        return false;
    }
    enum lens lens = lens_of(fact->type);
    if (lens == LENS_CONVERGENCE || opens_or_closes(fact->type)) {
        return true;
    }
    struct allowance *allowed = &now->allowed[lens];
    if (allowed->facts == 0 || (allowed->asks_openings && opens_item(fact->type))) {
        return true;
    }
    if (allowed->facts != UINT32_MAX) {
        allowed->facts--;
    }
    return false;
}

/* --- flips ------------------------------------------------------------------------------------------------------------ */

static bool differs(const struct verdict_condition *a, const struct verdict_condition *b)
{
    return a->pass != b->pass || a->value.known != b->value.known || a->value.value < b->value.value ||
           a->value.value > b->value.value;
}

static bool list_changes(const struct snapshot *before, const struct snapshot *after, struct arena *arena,
                         struct blame_flip *flip)
{
    flip->changes = arena_new(arena, METRIC_COUNT * sizeof *flip->changes);
    if (flip->changes == NULL) {
        return false;
    }
    for (int m = 0; m < METRIC_COUNT; m++) {
        const struct verdict_condition *from = &before->conditions[m], *to = &after->conditions[m];
        bool from_pass = !before->present || from->pass;
        if (before->present ? differs(from, to) : to->value.known) {
            flip->changes[flip->change_count++] =
                (struct blame_change){(enum policy_metric)m, from->value, to->value, from_pass, to->pass};
        }
    }
    return true;
}

static enum status add_flip(struct walk *walk, uint32_t fact, const struct fact_info *info, const struct snapshot *after,
                            struct error *error)
{
    char text[GRAPH_EVENT_ID_SIZE];
    struct snapshot before;
    struct blame_flip *flip = arena_list_add(&walk->flips);
    enum status status = look(walk, fact, &before, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (flip == NULL || !list_changes(&before, after, walk->flips.arena, flip) ||
        !arena_copy(walk->flips.arena, graph_fact_event_id(walk->graph, fact, text), &flip->event_id) ||
        !arena_copy(walk->flips.arena, info->node_id, &flip->node_id)) {
        return error_no_memory(error, "blame");
    }
    flip->first = !before.present;
    flip->from = before.kind;
    flip->to = after->kind;
    for (int i = 0; i < 3; i++) {
        flip->streams_from[i] = before.present ? before.streams[i] : STREAM_PENDING;
        flip->streams_to[i] = after->streams[i];
    }
    flip->fact = fact;
    flip->event_type = info->type;
    flip->node_kind = info->kind;
    flip->seq = info->seq;
    flip->observed_at = info->observed_at;
    flip->valid_from = info->valid_from;
    return STATUS_OK;
}

static enum status walk_facts(struct walk *walk, const uint32_t *facts, uint32_t count, struct error *error)
{
    for (uint32_t i = 0; i < count; i++) {
        struct fact_info info = graph_fact(walk->graph, facts[i]);
        struct snapshot after;
        if (!must_look(walk, &info)) {
            continue;
        }
        enum status status = look(walk, facts[i] + 1, &after, error);
        bool flipped = status == STATUS_OK && after.present && (!walk->now.present || after.kind != walk->now.kind);
        if (flipped) {
            status = add_flip(walk, facts[i], &info, &after, error);
        }
        if (status != STATUS_OK) {
            return status;
        }
        walk->now = after;
    }
    return STATUS_OK;
}

enum status blame_read(const struct graph *graph, struct str tenant_id, struct str iteration_id, int64_t valid_at,
                       const struct policy *policy, blame_correlate correlate, const struct correlate_config *config,
                       struct arena *arena, struct blame *blame, struct error *error)
{
    uint32_t *facts;
    struct walk walk = {.graph = graph, .tenant_id = tenant_id, .iteration_id = iteration_id, .valid_at = valid_at,
                        .policy = policy, .correlate = correlate, .config = config, .blame = blame};
    *blame = (struct blame){0};
    enum status status = graph_iteration_facts(graph, tenant_id, iteration_id, arena, &facts, &blame->fact_count, error);
    if (status != STATUS_OK) {
        return status;
    }
    arena_init(&walk.views, LIMIT_REQUEST_ARENA_BYTES);
    arena_list_init(&walk.flips, arena, sizeof *blame->flips);
    status = walk_facts(&walk, facts, blame->fact_count, error);
    arena_release(&walk.views);
    blame->flips = (struct blame_flip *)walk.flips.items;
    blame->flip_count = walk.flips.count;
    if (status == STATUS_OK && !walk.now.present) {
        return error_set(error, STATUS_ABSENT, "blame", "the iteration has no fact that is valid at the time asked about.");
    }
    return status;
}

/* --- JSON ------------------------------------------------------------------------------------------------------------- */

static void write_measure(struct json_writer *writer, const char *key, struct measure measure)
{
    json_write_key(writer, key);
    if (measure.known) {
        json_write_double(writer, measure.value);
    } else {
        json_write_null(writer);
    }
}

static void write_flip(const struct blame_flip *flip, struct json_writer *writer)
{
    json_write_object_begin(writer);
    json_field_text(writer, "from", flip->first ? NULL : verdict_name(flip->from));
    json_field_text(writer, "to", verdict_name(flip->to));
    json_write_key(writer, "streams");
    json_write_array_begin(writer);
    for (int i = 0; i < 3; i++) {
        if (flip->first || flip->streams_from[i] != flip->streams_to[i]) {
            json_write_object_begin(writer);
            json_field_text(writer, "stream", lens_name((enum lens)i));
            json_field_text(writer, "from", flip->first ? NULL : stream_status_name(flip->streams_from[i]));
            json_field_text(writer, "to", stream_status_name(flip->streams_to[i]));
            json_write_object_end(writer);
        }
    }
    json_write_array_end(writer);
    json_write_key(writer, "event");
    json_write_object_begin(writer);
    json_field_str(writer, "event_id", flip->event_id);
    json_field_text(writer, "event_type", event_type_symbol(flip->event_type));
    json_field_text(writer, "node_kind", flip->node_kind == NODE_KIND_COUNT ? NULL : node_kind_name(flip->node_kind));
    json_field_str(writer, "node_id", flip->node_id);
    json_field_i64(writer, "seq", (int64_t)flip->seq);
    json_field_time(writer, "valid_from", flip->valid_from);
    json_field_time(writer, "observed_at", flip->observed_at);
    json_write_object_end(writer);
    json_write_key(writer, "changes");
    json_write_array_begin(writer);
    for (uint32_t i = 0; i < flip->change_count; i++) {
        const struct blame_change *change = &flip->changes[i];
        json_write_object_begin(writer);
        json_field_text(writer, "metric", policy_metric_name(change->metric));
        write_measure(writer, "from", change->from);
        write_measure(writer, "to", change->to);
        json_field_bool(writer, "pass_from", change->pass_from);
        json_field_bool(writer, "pass_to", change->pass_to);
        json_write_object_end(writer);
    }
    json_write_array_end(writer);
    json_write_object_end(writer);
}

void blame_write(const struct blame *blame, struct json_writer *writer)
{
    json_write_object_begin(writer);
    json_write_key(writer, "flips");
    json_write_array_begin(writer);
    for (uint32_t i = 0; i < blame->flip_count; i++) {
        write_flip(&blame->flips[i], writer);
    }
    json_write_array_end(writer);
    json_field_i64(writer, "facts", blame->fact_count);
    json_field_i64(writer, "evaluated", blame->evaluated);
    json_write_object_end(writer);
}
