#include "lens/lens_bdv.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    const struct graph_view *view;
    struct arena *arena;
    struct lens_bdv *lens;
};

/* --- scenarios -------------------------------------------------------------------------------------------------------- */

/* Both outcomes on one commit, and how often they changed from run to run. */
struct flake_sum {
    uint32_t changes, pairs; /* over the commits where it was flaky */
    uint32_t steady_pairs;   /* over the others */
    bool flaky;
};

static bool add_commit(const struct graph_view *view, const struct view_node *node, uint32_t sub, struct flake_sum *sum,
                       uint32_t *runs)
{
    const struct view_property *sets;
    uint32_t count = view_sets(view, node, PROPERTY_OUTCOME, sub, VIEW_NONE, &sets);
    if (count == UINT32_MAX) {
        return false;
    }
    uint32_t changes = 0;
    for (uint32_t i = 1; i < count; i++) {
        changes += view_value_integer(view, sets[i].value) != view_value_integer(view, sets[i - 1].value);
    }
    *runs += count;
    if (changes > 0) {
        sum->flaky = true;
        sum->changes += changes;
        sum->pairs += count - 1;
    } else if (count > 1) {
        sum->steady_pairs += count - 1;
    }
    return true;
}

static bool read_flakes(const struct graph_view *view, const struct view_node *node, struct bdv_scenario *scenario)
{
    struct flake_sum sum = {0};
    uint32_t count;
    const struct view_property *commits = view_properties(node, PROPERTY_OUTCOME, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (!add_commit(view, node, commits[i].sub, &sum, &scenario->run_count)) {
            return false;
        }
    }
    const struct view_property *told = view_property(node, EVENT_FIELD_FLAKE_RATE, 0);
    if (told != NULL) {
        double rate = view_value_real(view, told->value);
        scenario->flake_rate = measure_of(rate);
        scenario->flaky = rate > 0;
        return true;
    }
    scenario->flaky = sum.flaky || view_integer(view, node, PROPERTY_FLAGGED_FLAKY, 0) != 0;
    if (sum.flaky) {
        scenario->flake_rate = measure_ratio(sum.changes, sum.pairs);
    } else if (sum.steady_pairs > 0 && !scenario->flaky) {
        scenario->flake_rate = measure_of(0);
    }
    return true;
}

static uint32_t feature_of(const struct graph_view *view, uint32_t node)
{
    for (uint32_t i = 0; i < view_out_count(view, node); i++) {
        const struct view_link *link = view_out(view, node, i);
        if (link->kind == LINK_BELONGS_TO && link->confidence > 0 && view->nodes[link->target].kind == NODE_SPEC) {
            return link->target;
        }
    }
    return VIEW_NONE;
}

static bool read_scenario(const struct graph_view *view, uint32_t index, struct bdv_scenario *scenario)
{
    const struct view_node *node = &view->nodes[index];
    enum node_status status = view_status(node);
    uint32_t started = lens_property_fact(node, PROPERTY_STARTED);
    *scenario = (struct bdv_scenario){.node = index, .feature = feature_of(view, index), .outcome_fact = VIEW_NONE};
    if (status == STATE_PASSED || status == STATE_FAILED || status == STATE_SKIPPED) {
        scenario->outcome = status;
        scenario->outcome_fact = lens_property_fact(node, PROPERTY_STATUS);
    }
    scenario->running = started != VIEW_NONE && (scenario->outcome_fact == VIEW_NONE ||
                                                 lens_fact_compare(view, started, scenario->outcome_fact) > 0);
    scenario->quarantined = view_integer(view, node, PROPERTY_QUARANTINED, 0) != 0;
    scenario->counted = !scenario->quarantined && (status == STATE_PASSED || status == STATE_FAILED);
    int64_t duration = view_integer(view, node, EVENT_FIELD_DURATION_MS, -1);
    scenario->duration_ms = duration >= 0 ? measure_of((double)duration) : MEASURE_UNKNOWN;
    scenario->error_message = status == STATE_FAILED ? lens_error_message(view, node) : STR_NONE;
    return read_flakes(view, node, scenario);
}

static void roll_up(struct bdv_rollup *rollup, const struct bdv_scenario *scenario)
{
    rollup->scenarios++;
    rollup->flaky += scenario->flaky;
    rollup->running += scenario->running;
    if (scenario->quarantined) {
        rollup->quarantined++;
        return;
    }
    rollup->passed += scenario->outcome == STATE_PASSED;
    rollup->failed += scenario->outcome == STATE_FAILED;
    rollup->skipped += scenario->outcome == STATE_SKIPPED;
    rollup->not_run += scenario->outcome == STATE_NONE;
}

static void finish_rollup(struct bdv_rollup *rollup)
{
    rollup->pass_rate = measure_ratio(rollup->passed, (uint64_t)rollup->passed + rollup->failed);
}

static bool read_scenarios(struct reader *reader)
{
    const struct graph_view *view = reader->view;
    struct lens_bdv *lens = reader->lens;
    uint32_t first = view->kind_start[NODE_SCENARIO];
    lens->scenario_count = view->kind_start[NODE_SCENARIO + 1] - first;
    lens->scenarios = arena_new(reader->arena, lens->scenario_count * sizeof *lens->scenarios);
    lens->scenario_of_node = arena_new(reader->arena, view->node_count * sizeof *lens->scenario_of_node);
    if (lens->scenarios == NULL || lens->scenario_of_node == NULL) {
        return false;
    }
    memset(lens->scenario_of_node, 0xff, view->node_count * sizeof *lens->scenario_of_node);
    for (uint32_t i = 0; i < lens->scenario_count; i++) {
        struct bdv_scenario *scenario = &lens->scenarios[i];
        if (!read_scenario(view, first + i, scenario)) {
            return false;
        }
        lens->scenario_of_node[first + i] = i;
        roll_up(&lens->rollup, scenario);
        lens->orphan_count += scenario->feature == VIEW_NONE;
        lens->has_data |= scenario->counted;
        lens->run_scenarios += scenario->run_count > 0 || scenario->flaky;
        lens->flaky_scenarios += scenario->flaky;
    }
    finish_rollup(&lens->rollup);
    lens->pass_rate = lens->rollup.pass_rate;
    lens->flake_rate = measure_ratio(lens->flaky_scenarios, lens->run_scenarios);
    return true;
}

/* --- test runs -------------------------------------------------------------------------------------------------------- */

static void read_run(const struct graph_view *view, uint32_t index, struct bdv_run *run)
{
    const struct view_node *node = &view->nodes[index];
    uint32_t started = lens_property_fact(node, PROPERTY_STARTED);
    uint32_t ended = lens_property_fact(node, PROPERTY_ENDED);
    *run = (struct bdv_run){.node = index};
    run->open = started != VIEW_NONE && (ended == VIEW_NONE || lens_fact_compare(view, started, ended) > 0);
    if (started != VIEW_NONE) {
        run->started_at = measure_of((double)view_fact_valid_from(view, started));
    }
    if (ended != VIEW_NONE && !run->open) {
        run->ended_at = measure_of((double)view_fact_valid_from(view, ended));
    }
    int64_t told = view_integer(view, node, EVENT_FIELD_DURATION_MS, -1);
    if (run->started_at.known && run->ended_at.known) {
        run->duration_ms = measure_of(run->ended_at.value - run->started_at.value);
    } else if (run->ended_at.known && told >= 0) {
        run->duration_ms = measure_of((double)told);
    }
    for (uint32_t i = 0; i < view_out_count(view, index); i++) {
        const struct view_link *link = view_out(view, index, i);
        run->scenario_count += link->kind == LINK_EXECUTED && link->confidence > 0;
    }
}

static bool read_runs(struct reader *reader)
{
    const struct graph_view *view = reader->view;
    struct lens_bdv *lens = reader->lens;
    uint32_t first = view->kind_start[NODE_TEST_RUN], known = 0;
    lens->run_count = view->kind_start[NODE_TEST_RUN + 1] - first;
    lens->runs = arena_new(reader->arena, lens->run_count * sizeof *lens->runs);
    double *durations = arena_new(reader->arena, lens->run_count * sizeof *durations);
    if (lens->runs == NULL || durations == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < lens->run_count; i++) {
        read_run(view, first + i, &lens->runs[i]);
        if (lens->runs[i].duration_ms.known) {
            durations[known++] = lens->runs[i].duration_ms.value;
        }
    }
    lens->run_time_p95_ms = measure_percentile(durations, known, 95);
    return true;
}

static bool add_open(const struct graph_view *view, struct arena_list *open, const char *what, uint32_t node)
{
    struct lens_open_run *run = arena_list_add(open);
    if (run == NULL) {
        return false;
    }
    *run = (struct lens_open_run){what, view_name(view, &view->nodes[node]), node,
                                  lens_property_fact(&view->nodes[node], PROPERTY_STARTED)};
    return true;
}

static bool read_open_runs(struct reader *reader)
{
    struct lens_bdv *lens = reader->lens;
    struct arena_list open;
    arena_list_init(&open, reader->arena, sizeof(struct lens_open_run));
    for (uint32_t i = 0; i < lens->run_count; i++) {
        if (lens->runs[i].open && !add_open(reader->view, &open, "test run", lens->runs[i].node)) {
            return false;
        }
    }
    for (uint32_t i = 0; lens->run_count == 0 && i < lens->scenario_count; i++) {
        const struct bdv_scenario *scenario = &lens->scenarios[i];
        if (scenario->running && scenario->outcome_fact == VIEW_NONE &&
            !add_open(reader->view, &open, "scenario", scenario->node)) {
            return false;
        }
    }
    lens->open_runs = (struct lens_open_run *)open.items;
    lens->open_run_count = open.count;
    return true;
}

/* --- features and requirements ------------------------------------------------------------------------------------------ */

static enum node_status feature_status(const struct bdv_rollup *rollup)
{
    return rollup->failed > 0    ? STATE_FAILED
           : rollup->running > 0 ? STATE_RUNNING
           : rollup->passed > 0  ? STATE_PASSED
           : rollup->skipped > 0 ? STATE_SKIPPED
                                 : STATE_NONE;
}

/* The scenarios of a feature, each once, as indexes into lens->scenarios, appended to `found`. */
static bool add_scenarios_of(struct reader *reader, uint32_t spec, uint32_t mark, uint32_t *marks, struct arena_list *found)
{
    const struct graph_view *view = reader->view;
    for (uint32_t i = 0; i < view_in_count(view, spec); i++) {
        const struct view_link *link = view_in(view, spec, i);
        uint32_t scenario = reader->lens->scenario_of_node[link->source];
        if (link->kind != LINK_BELONGS_TO || !(link->confidence > 0) || scenario == VIEW_NONE || marks[scenario] == mark) {
            continue;
        }
        uint32_t *item = arena_list_add(found);
        if (item == NULL) {
            return false;
        }
        marks[scenario] = mark;
        *item = scenario;
    }
    return true;
}

static bool read_features(struct reader *reader, uint32_t *marks)
{
    const struct graph_view *view = reader->view;
    struct lens_bdv *lens = reader->lens;
    uint32_t first = view->kind_start[NODE_SPEC];
    lens->feature_count = view->kind_start[NODE_SPEC + 1] - first;
    lens->features = arena_new_zeroed(reader->arena, lens->feature_count + (size_t)1, sizeof *lens->features);
    if (lens->features == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < lens->feature_count; i++) {
        struct bdv_feature *feature = &lens->features[i];
        struct arena_list found;
        arena_list_init(&found, reader->arena, sizeof *feature->scenarios);
        feature->node = first + i;
        if (!add_scenarios_of(reader, feature->node, feature->node, marks, &found)) {
            return false;
        }
        feature->scenarios = (uint32_t *)found.items;
        for (uint32_t s = 0; s < found.count; s++) {
            roll_up(&feature->rollup, &lens->scenarios[feature->scenarios[s]]);
        }
        finish_rollup(&feature->rollup);
        feature->status = feature_status(&feature->rollup);
    }
    return true;
}

static int compare_indexes(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static bool read_requirement(struct reader *reader, struct bdv_requirement *requirement, uint32_t *marks)
{
    const struct graph_view *view = reader->view;
    struct lens_bdv *lens = reader->lens;
    struct arena_list found;
    arena_list_init(&found, reader->arena, sizeof *requirement->scenarios);
    for (uint32_t i = 0; i < view_out_count(view, requirement->node); i++) {
        const struct view_link *link = view_out(view, requirement->node, i);
        if (link->kind != LINK_VALIDATED_BY || !(link->confidence > 0)) {
            continue;
        }
        uint32_t scenario = lens->scenario_of_node[link->target];
        if (scenario == VIEW_NONE) {
            if (!add_scenarios_of(reader, link->target, requirement->node, marks, &found)) {
                return false;
            }
        } else if (marks[scenario] != requirement->node) {
            uint32_t *item = arena_list_add(&found);
            if (item == NULL) {
                return false;
            }
            marks[scenario] = requirement->node;
            *item = scenario;
        }
    }
    requirement->scenarios = (uint32_t *)found.items;
    requirement->scenario_count = found.count;
    requirement->covered = found.count > 0;
    if (found.count > 1) {
        qsort(found.items, found.count, found.item_size, compare_indexes);
    }
    for (uint32_t i = 0; i < found.count; i++) {
        const struct bdv_scenario *scenario = &lens->scenarios[requirement->scenarios[i]];
        requirement->passing += scenario->counted && scenario->outcome == STATE_PASSED;
        requirement->failing += scenario->counted && scenario->outcome == STATE_FAILED;
    }
    return true;
}

static bool read_requirements(struct reader *reader, uint32_t *marks)
{
    const struct graph_view *view = reader->view;
    struct lens_bdv *lens = reader->lens;
    uint32_t first = view->kind_start[NODE_REQUIREMENT];
    lens->requirement_count = view->kind_start[NODE_REQUIREMENT + 1] - first;
    lens->requirements = arena_new_zeroed(reader->arena, lens->requirement_count + (size_t)1, sizeof *lens->requirements);
    if (lens->requirements == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < lens->requirement_count; i++) {
        lens->requirements[i].node = first + i;
        if (!read_requirement(reader, &lens->requirements[i], marks)) {
            return false;
        }
        lens->covered_count += lens->requirements[i].covered;
    }
    return true;
}

/* --- the lens ------------------------------------------------------------------------------------------------------- */

enum status lens_bdv_read_counts(const struct graph_view *view, struct arena *arena, struct lens_bdv *lens,
                                 struct error *error)
{
    struct reader reader = {view, arena, lens};
    *lens = (struct lens_bdv){0};
    if (!read_scenarios(&reader) || !read_runs(&reader) || !read_open_runs(&reader)) {
        return error_no_memory(error, "lens bdv");
    }
    return STATUS_OK;
}

enum status lens_bdv_read(const struct graph_view *view, struct arena *arena, struct lens_bdv *lens, struct error *error)
{
    struct reader reader = {view, arena, lens};
    enum status status = lens_bdv_read_counts(view, arena, lens, error);
    if (status != STATUS_OK) {
        return status;
    }
    /* marks[s] = node that last listed scenario s; nodes are distinct, so nothing needs clearing in between. */
    uint32_t *marks = arena_new(arena, lens->scenario_count * sizeof *marks);
    if (marks == NULL) {
        return error_no_memory(error, "lens bdv");
    }
    memset(marks, 0xff, lens->scenario_count * sizeof *marks);
    if (!read_features(&reader, marks) || !read_requirements(&reader, marks)) {
        return error_no_memory(error, "lens bdv");
    }
    return STATUS_OK;
}

enum status lens_bdv_steps(const struct graph_view *view, uint32_t node, struct arena *arena, struct bdv_step **steps,
                           uint32_t *count, struct error *error)
{
    const struct view_property *sets;
    assert(node < view->node_count && view->nodes[node].kind == NODE_SCENARIO);
    const struct view_node *scenario = &view->nodes[node];
    uint32_t found = view_sets(view, scenario, PROPERTY_STEP, 0, lens_property_fact(scenario, PROPERTY_STARTED), &sets);
    *steps = found == UINT32_MAX ? NULL : arena_new_zeroed(arena, found + (size_t)1, sizeof **steps);
    if (*steps == NULL) {
        return error_no_memory(error, "steps");
    }
    for (uint32_t i = 0; i < found; i++) {
        struct bdv_step *step = &(*steps)[i];
        struct str rest = view_value_text(view, sets[i].value), duration = STR_NONE;
        step->fact = sets[i].fact;
        if (str_split_next(&rest, GRAPH_SEPARATOR, &step->result) && str_split_next(&rest, GRAPH_SEPARATOR, &step->text) &&
            str_split_next(&rest, GRAPH_SEPARATOR, &step->message) && str_split_next(&rest, GRAPH_SEPARATOR, &duration)) {
            step->duration_ms = measure_from_text(duration);
        }
    }
    *count = found;
    return STATUS_OK;
}

/* The outcome that this fact told, or NULL where it is not among them. */
static struct bdv_outcome *outcome_of_fact(struct bdv_outcome *outcomes, uint32_t count, uint32_t fact)
{
    for (uint32_t i = 0; i < count; i++) {
        if (outcomes[i].fact == fact) {
            return &outcomes[i];
        }
    }
    return NULL;
}

/* What the same events told besides the outcome. False without memory. */
static bool fill_outcomes(const struct graph_view *view, const struct view_node *node, struct bdv_outcome *outcomes,
                          uint32_t count)
{
    const struct view_property *durations, *messages;
    uint32_t duration_count = view_sets(view, node, EVENT_FIELD_DURATION_MS, 0, VIEW_NONE, &durations);
    uint32_t message_count = view_sets(view, node, EVENT_FIELD_ERROR_MESSAGE, 0, VIEW_NONE, &messages);
    if (duration_count == UINT32_MAX || message_count == UINT32_MAX) {
        return false;
    }
    for (uint32_t i = 0; i < duration_count; i++) {
        struct bdv_outcome *outcome = outcome_of_fact(outcomes, count, durations[i].fact);
        if (outcome != NULL) {
            outcome->duration_ms = measure_of((double)view_value_integer(view, durations[i].value));
        }
    }
    for (uint32_t i = 0; i < message_count; i++) {
        struct bdv_outcome *outcome = outcome_of_fact(outcomes, count, messages[i].fact);
        if (outcome != NULL) {
            outcome->error_message = view_value_text(view, messages[i].value);
        }
    }
    return true;
}

/* Outcomes are kept by commit, so the commit of one is found through them. False without memory. */
static bool name_commits(const struct graph_view *view, const struct view_node *node, struct bdv_outcome *outcomes,
                         uint32_t count)
{
    uint32_t commit_count;
    const struct view_property *commits = view_properties(node, PROPERTY_OUTCOME, &commit_count);
    for (uint32_t i = 0; i < commit_count; i++) {
        const struct view_property *sets;
        uint32_t found = commits[i].sub == 0 ? 0 : view_sets(view, node, PROPERTY_OUTCOME, commits[i].sub, VIEW_NONE, &sets);
        if (found == UINT32_MAX) {
            return false;
        }
        for (uint32_t k = 0; k < found; k++) {
            struct bdv_outcome *outcome = outcome_of_fact(outcomes, count, sets[k].fact);
            if (outcome != NULL) {
                outcome->commit = view_sub_text(view, commits[i].sub);
            }
        }
    }
    return true;
}

enum status lens_bdv_outcomes(const struct graph_view *view, uint32_t node, uint32_t last, struct arena *arena,
                              struct bdv_outcome **outcomes, uint32_t *count, struct error *error)
{
    assert(node < view->node_count && view->nodes[node].kind == NODE_SCENARIO);
    const struct view_property *sets;
    const struct view_node *scenario = &view->nodes[node];
    uint32_t found = view_sets(view, scenario, PROPERTY_STATUS, 0, VIEW_NONE, &sets);
    uint32_t kept = found < last ? found : last;
    *count = 0;
    *outcomes = found == UINT32_MAX ? NULL : arena_new_zeroed(arena, kept + (size_t)1, sizeof **outcomes);
    if (*outcomes == NULL) {
        return error_no_memory(error, "outcomes");
    }
    for (uint32_t i = 0; i < kept; i++) {
        const struct view_property *set = &sets[found - kept + i];
        (*outcomes)[i] = (struct bdv_outcome){.outcome = (enum node_status)view_value_integer(view, set->value),
                                              .commit = STR_NONE,
                                              .error_message = STR_NONE,
                                              .duration_ms = MEASURE_UNKNOWN,
                                              .fact = set->fact};
    }
    if (!fill_outcomes(view, scenario, *outcomes, kept) || !name_commits(view, scenario, *outcomes, kept)) {
        return error_no_memory(error, "outcomes");
    }
    *count = kept;
    return STATUS_OK;
}

/* --- shares of it --------------------------------------------------------------------------------------------------------- */

static double rate_of(const struct bdv_scenario *scenario)
{
    return scenario->flake_rate.known ? scenario->flake_rate.value : 0;
}

static int by_rate(const void *a, const void *b)
{
    const struct bdv_scenario *left = *(const struct bdv_scenario *const *)a,
                              *right = *(const struct bdv_scenario *const *)b;
    double l = rate_of(left), r = rate_of(right);
    return l != r ? (l < r) - (l > r) : (left->node > right->node) - (left->node < right->node);
}

enum status lens_bdv_flakes(const struct lens_bdv *lens, double rate_min, struct arena *arena,
                            const struct bdv_scenario ***flakes, uint32_t *count, struct error *error)
{
    *flakes = arena_new(arena, sizeof(**flakes) * ((size_t)lens->scenario_count + 1));
    *count = 0;
    if (*flakes == NULL) {
        return error_no_memory(error, "flakes");
    }
    for (uint32_t i = 0; i < lens->scenario_count; i++) {
        const struct bdv_scenario *scenario = &lens->scenarios[i];
        if (scenario->flaky && rate_of(scenario) >= rate_min) {
            (*flakes)[(*count)++] = scenario;
        }
    }
    qsort(*flakes, *count, sizeof(**flakes), by_rate);
    return STATUS_OK;
}

const struct bdv_scenario *lens_bdv_validator(const struct lens_bdv *lens, const struct view_link *link)
{
    uint32_t number = link->kind == LINK_VALIDATES && link->confidence > 0 ? lens->scenario_of_node[link->source] : VIEW_NONE;
    return number == VIEW_NONE ? NULL : &lens->scenarios[number];
}

void lens_bdv_validations(const struct graph_view *view, const struct lens_bdv *lens, uint32_t contract, uint32_t *passing,
                          uint32_t *failing)
{
    *passing = *failing = 0;
    for (uint32_t i = 0; i < view_in_count(view, contract); i++) {
        const struct bdv_scenario *scenario = lens_bdv_validator(lens, view_in(view, contract, i));
        if (scenario != NULL && scenario->counted) {
            *passing += scenario->outcome == STATE_PASSED;
            *failing += scenario->outcome == STATE_FAILED;
        }
    }
}
