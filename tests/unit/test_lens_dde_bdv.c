/* The DDE and BDV lenses: counts, what is open, critical path against brute force, flakes, coverage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <math.h>

#include "base/limits.h"
#include "lens/lens_bdv.h"
#include "lens/lens_dde.h"
#include "view_builder.h"

static struct view_builder builder;

static int begin(void **state)
{
    (void)state;
    view_builder_init(&builder);
    return 0;
}

static int end(void **state)
{
    (void)state;
    view_builder_release(&builder);
    return 0;
}

static void say(const char *type, int64_t at, const char *node, const char *members)
{
    view_builder_say(&builder, type, at, node, members);
}

static struct lens_dde dde(struct graph_view **view)
{
    struct lens_dde lens;
    *view = view_builder_view(&builder);
    assert_int_equal(lens_dde_read(*view, &builder.views, &lens, NULL), STATUS_OK);
    return lens;
}

static struct lens_bdv bdv(struct graph_view **view)
{
    struct lens_bdv lens;
    *view = view_builder_view(&builder);
    assert_int_equal(lens_bdv_read(*view, &builder.views, &lens, NULL), STATUS_OK);
    return lens;
}

static void expect_measure(struct measure measure, double value)
{
    assert_true(measure.known);
    if (!(fabs(measure.value - value) < 1e-9)) {
        fail_msg("%g is not %g", measure.value, value);
    }
}

static const struct dde_task *task(const struct lens_dde *lens, const struct graph_view *view, const char *id)
{
    uint32_t node = view_find(view, NODE_TASK, str_from(id));
    assert_int_not_equal(node, VIEW_NONE);
    return &lens->tasks[lens->task_of_node[node]];
}

static void rates_count_finished_and_started_tasks(void **state)
{
    (void)state;
    struct graph_view *view;
    say("TASK_CREATED", 1, "never", "");
    say("TASK_STARTED", 2, "a", "");
    say("TASK_COMPLETED", 12, "a", "");
    say("TASK_STARTED", 2, "b", "");
    say("TASK_RETRYING", 3, "b", "'retry_count':2,'max_retries':3,'next_retry_at':99,'error_message':'boom'");
    say("TASK_FAILED", 4, "c", "'error':{'message':'broken'}");
    say("TASK_SKIPPED", 5, "d", "");
    struct lens_dde lens = dde(&view);
    assert_int_equal(lens.task_count, 5);
    expect_measure(lens.success_rate, 0.5);
    expect_measure(lens.retry_rate, 1.0 / 3);
    expect_measure(task(&lens, view, "a")->duration_ms, 10);
    assert_false(task(&lens, view, "b")->duration_ms.known);
    expect_measure(task(&lens, view, "b")->next_retry_at, 99);
    assert_int_equal(task(&lens, view, "b")->retry_count, 2);
    assert_true(str_is(task(&lens, view, "b")->error_message, "boom"));
    assert_true(str_is(task(&lens, view, "c")->error_message, "broken"));
    assert_int_equal(lens.open_run_count, 2); /* never, b */
}

static void an_empty_iteration_has_no_numbers(void **state)
{
    (void)state;
    struct graph_view *view;
    say("REQUIREMENT_DECLARED", 1, "r", "");
    struct lens_dde lens = dde(&view);
    assert_false(lens.success_rate.known || lens.retry_rate.known || lens.lock_latency_p95_ms.known || lens.has_data);
    struct lens_bdv other = bdv(&view);
    assert_false(other.pass_rate.known || other.flake_rate.known || other.has_data);
    assert_int_equal(other.requirement_count, 1);
    assert_int_equal(other.covered_count, 0);
}

static void once_a_workflow_was_reported_only_workflows_are_open(void **state)
{
    (void)state;
    struct graph_view *view;
    say("TASK_STARTED", 2, "a", "");
    assert_int_equal(dde(&view).open_run_count, 1);
    say("WORKFLOW_STARTED", 1, "build", "");
    struct lens_dde lens = dde(&view);
    assert_int_equal(lens.open_run_count, 1);
    assert_string_equal(lens.open_runs[0].what, "workflow");
    assert_true(str_is(lens.open_runs[0].name, "build"));
    say("WORKFLOW_COMPLETED", 9, "build", "");
    assert_int_equal(dde(&view).open_run_count, 0);
}

static void lock_latency_runs_from_the_last_start_before_the_lock(void **state)
{
    (void)state;
    struct graph_view *view;
    say("TASK_STARTED", 100, "i", "'node_type':'INTERFACE'");
    say("TASK_STARTED", 500, "i", "");
    say("CONTRACT_LOCKED", 800, "i", "'contract_id':'Api','contract_version':'v1'");
    say("TASK_STARTED", 900, "i", "");
    struct lens_dde lens = dde(&view);
    assert_int_equal(lens.contract_count, 1);
    assert_true(lens.contracts[0].locked);
    expect_measure(lens.contracts[0].lock_latency_ms, 300);
    expect_measure(lens.lock_latency_p95_ms, 300);
    assert_true(str_is(lens.contracts[0].version, "v1"));
}

static void the_last_check_of_a_gate_counts(void **state)
{
    (void)state;
    struct graph_view *view;
    say("TASK_COMPLETED", 1, "t", "");
    say("QUALITY_GATE_CHECKED", 2, "t", "'quality_gate_name':'coverage','quality_gate_passed':false");
    assert_int_equal(dde(&view).failed_gate_count, 1);
    say("QUALITY_GATE_CHECKED", 3, "t", "'quality_gate_name':'coverage','quality_gate_passed':true");
    struct lens_dde lens = dde(&view);
    assert_int_equal(lens.failed_gate_count, 0);
    assert_int_equal(lens.gate_count, 1);
    assert_int_equal(lens.gates[0].task, view_find(view, NODE_TASK, STR("t")));
}

static uint64_t seed = 3;

static uint32_t draw(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((seed >> 33) % below);
}

#define TASKS 9

static double longest_from(bool depends[TASKS][TASKS], const double *effort, uint32_t from)
{
    double best = 0;
    for (uint32_t i = 0; i < TASKS; i++) {
        if (depends[from][i]) {
            double length = longest_from(depends, effort, i);
            best = length > best ? length : best;
        }
    }
    return best + effort[from];
}

static void the_critical_path_is_the_longest_of_all_paths(void **state)
{
    (void)state;
    for (uint32_t round = 0; round < 60; round++) {
        bool depends[TASKS][TASKS] = {{false}};
        double effort[TASKS], best = 0;
        struct graph_view *view;
        view_builder_release(&builder);
        view_builder_init(&builder);
        for (uint32_t i = 0; i < TASKS; i++) {
            char node[8], list[64] = "";
            snprintf(node, sizeof node, "t%u", i);
            effort[i] = 1 + draw(5);
            for (uint32_t j = 0; j < i; j++) {
                if (draw(3) == 0) {
                    depends[i][j] = true;
                    snprintf(list + strlen(list), sizeof list - strlen(list), "%st%u", list[0] != '\0' ? "," : "", j);
                }
            }
            view_builder_sayf(&builder, "TASK_CREATED", i, node, "'metadata':{'estimated_effort':'%g','depends_on':'%s'}",
                              effort[i], list);
        }
        for (uint32_t i = 0; i < TASKS; i++) {
            double length = longest_from(depends, effort, i);
            best = length > best ? length : best;
        }
        struct lens_dde lens = dde(&view);
        assert_int_equal(lens.critical_path.basis, DDE_BASIS_EFFORT);
        assert_true(fabs(lens.critical_path.length - best) < 1e-9);
        double sum = 0;
        for (uint32_t i = 0; i < lens.critical_path.count; i++) {
            sum += lens.critical_path.weights[i];
            if (i > 0) {
                uint32_t later = lens.critical_path.tasks[i] - view->kind_start[NODE_TASK];
                assert_true(depends[later][lens.critical_path.tasks[i - 1] - view->kind_start[NODE_TASK]]);
            }
        }
        assert_true(fabs(sum - best) < 1e-9);
        assert_int_equal(lens.cycle_count, 0);
    }
}

static void tasks_that_wait_for_each_other_are_one_step_of_the_path(void **state)
{
    (void)state;
    struct graph_view *view;
    say("TASK_CREATED", 1, "a", "'metadata':{'estimated_effort':'1','depends_on':'b'}");
    say("TASK_CREATED", 2, "b", "'metadata':{'estimated_effort':'2','depends_on':'a'}");
    say("TASK_CREATED", 3, "c", "'metadata':{'estimated_effort':'4','depends_on':'b'}");
    struct lens_dde lens = dde(&view);
    assert_int_equal(lens.cycle_count, 1);
    assert_int_equal(lens.cycles[0].count, 2);
    assert_int_equal(lens.critical_path.count, 3);
    assert_true(fabs(lens.critical_path.length - 7) < 1e-9);
}

static void estimates_are_scaled_to_real_durations(void **state)
{
    (void)state;
    struct graph_view *view;
    say("TASK_STARTED", 0, "a", "'metadata':{'estimated_effort':'2'}");
    say("TASK_COMPLETED", 100, "a", "");
    say("TASK_CREATED", 3, "b", "'metadata':{'estimated_effort':'3','depends_on':'a'}");
    struct lens_dde lens = dde(&view);
    assert_int_equal(lens.critical_path.basis, DDE_BASIS_MIXED);
    assert_true(fabs(lens.critical_path.ms_per_effort - 50) < 1e-9);
    assert_true(fabs(lens.critical_path.length - 250) < 1e-9);
}

static void lineage_goes_both_ways_and_ends_in_circles(void **state)
{
    (void)state;
    struct graph_view *view;
    struct dde_lineage lineage;
    say("TASK_CREATED", 1, "a", "'metadata':{'depends_on':'d'}");
    say("TASK_CREATED", 2, "b", "'metadata':{'depends_on':'a'}");
    say("TASK_CREATED", 3, "c", "'metadata':{'depends_on':'b'}");
    say("TASK_CREATED", 3, "d", "'metadata':{'depends_on':'c'}");
    say("ARTIFACT_CREATED", 4, "a", "'artifact_path':'dist/a.js','artifact_hash':'00'");
    (void)dde(&view);
    assert_int_equal(lens_dde_lineage(view, view_find(view, NODE_TASK, STR("b")), &builder.views, &lineage, NULL), STATUS_OK);
    assert_int_equal(lineage.ancestor_count, 3);
    assert_true(str_is(view->nodes[lineage.ancestors[0].task].id, "a"));
    assert_int_equal(lineage.ancestors[2].distance, 3);
    assert_int_equal(lineage.descendant_count, 3);
    assert_int_equal(lineage.artifact_count, 1);
}

static const struct bdv_scenario *scenario(const struct lens_bdv *lens, const struct graph_view *view, const char *id)
{
    return &lens->scenarios[lens->scenario_of_node[view_find(view, NODE_SCENARIO, str_from(id))]];
}

static void quarantined_and_skipped_scenarios_are_left_out_of_the_pass_rate(void **state)
{
    (void)state;
    struct graph_view *view;
    say("SCENARIO_PASSED", 1, "a", "'feature_path':'f.feature'");
    say("SCENARIO_FAILED", 2, "b", "'feature_path':'f.feature','error_message':'no'");
    say("SCENARIO_FAILED", 3, "c", "'feature_path':'f.feature'");
    say("SCENARIO_QUARANTINED", 4, "c", "");
    say("SCENARIO_SKIPPED", 5, "d", "'feature_path':'g.feature'");
    struct lens_bdv lens = bdv(&view);
    expect_measure(lens.pass_rate, 0.5);
    assert_int_equal(lens.rollup.quarantined, 1);
    assert_int_equal(lens.feature_count, 2);
    assert_int_equal(lens.features[0].rollup.scenarios, 3);
    assert_int_equal(lens.features[0].status, STATE_FAILED);
    assert_int_equal(lens.features[1].status, STATE_SKIPPED);
    assert_true(str_is(scenario(&lens, view, "b")->error_message, "no"));
    assert_int_equal(lens.open_run_count, 0);
}

static void outcomes_come_with_their_commit_and_what_their_event_told(void **state)
{
    (void)state;
    struct graph_view *view;
    struct bdv_outcome *outcomes;
    uint32_t count;
    struct error error;
    say("SCENARIO_PASSED", 1, "a", "'duration_ms':10,'metadata':{'commit':'1'}");
    say("SCENARIO_FAILED", 2, "a", "'duration_ms':20,'error_message':'no','metadata':{'commit':'1'}");
    say("SCENARIO_SKIPPED", 3, "a", "");
    say("STEP_EXECUTED", 4, "a", "'step_text':'Then it pays','step_result':'PASSED','duration_ms':7");
    say("SCENARIO_PASSED", 5, "a", "'metadata':{'commit':'2'}");
    (void)bdv(&view);
    uint32_t node = view_find(view, NODE_SCENARIO, STR("a"));
    assert_int_equal(lens_bdv_outcomes(view, node, 3, &builder.views, &outcomes, &count, &error), STATUS_OK);
    assert_int_equal(count, 3);
    assert_int_equal(outcomes[0].outcome, STATE_FAILED);
    assert_true(str_is(outcomes[0].commit, "1"));
    assert_true(str_is(outcomes[0].error_message, "no"));
    expect_measure(outcomes[0].duration_ms, 20);
    assert_int_equal(outcomes[1].outcome, STATE_SKIPPED);
    assert_null(outcomes[1].commit.at);
    assert_true(str_is(outcomes[2].commit, "2"));
    assert_false(outcomes[2].duration_ms.known);
    assert_null(outcomes[2].error_message.at);
}

static void flaky_means_both_outcomes_on_one_commit(void **state)
{
    (void)state;
    struct graph_view *view;
    const char *one = "'metadata':{'commit':'1'}", *two = "'metadata':{'commit':'2'}";
    say("SCENARIO_PASSED", 1, "fixed", one);
    say("SCENARIO_FAILED", 2, "fixed", two);
    say("SCENARIO_PASSED", 1, "flaky", one);
    say("SCENARIO_FAILED", 2, "flaky", one);
    say("SCENARIO_PASSED", 3, "flaky", one);
    say("SCENARIO_PASSED", 4, "flaky", one);
    say("SCENARIO_PASSED", 5, "flaky", two);
    say("SCENARIO_PASSED", 6, "flaky", two);
    say("SCENARIO_PASSED", 1, "told", one);
    say("FLAKE_DETECTED", 2, "told", "'flake_rate':0.25");
    say("SCENARIO_PASSED", 1, "flagged", one);
    say("FLAKE_DETECTED", 2, "flagged", "");
    struct lens_bdv lens = bdv(&view);
    assert_false(scenario(&lens, view, "fixed")->flaky);
    assert_true(scenario(&lens, view, "flaky")->flaky);
    expect_measure(scenario(&lens, view, "flaky")->flake_rate, 2.0 / 3);
    expect_measure(scenario(&lens, view, "told")->flake_rate, 0.25);
    assert_true(scenario(&lens, view, "flagged")->flaky);
    assert_false(scenario(&lens, view, "flagged")->flake_rate.known);
    expect_measure(lens.flake_rate, 0.75);
}

static void coverage_counts_scenarios_once_whether_by_feature_or_directly(void **state)
{
    (void)state;
    struct graph_view *view;
    say("REQUIREMENT_DECLARED", 1, "R-1", "");
    say("REQUIREMENT_DECLARED", 1, "R-2", "");
    say("FEATURE_STARTED", 2, "f.feature", "'feature_path':'f.feature','requirement_id':'R-1'");
    say("SCENARIO_PASSED", 3, "a", "'feature_path':'f.feature','scenario_tags':['@requirement:R-1']");
    say("SCENARIO_FAILED", 4, "b", "'feature_path':'f.feature'");
    struct lens_bdv lens = bdv(&view);
    assert_int_equal(lens.requirement_count, 2);
    assert_int_equal(lens.requirements[0].scenario_count, 2);
    assert_int_equal(lens.requirements[0].passing, 1);
    assert_int_equal(lens.requirements[0].failing, 1);
    assert_false(lens.requirements[1].covered);
}

static void steps_are_those_of_the_last_run(void **state)
{
    (void)state;
    struct graph_view *view;
    struct bdv_step *steps;
    uint32_t count;
    say("SCENARIO_STARTED", 1, "a", "");
    say("STEP_EXECUTED", 2, "a", "'step_text':'old','step_result':'PASSED'");
    say("SCENARIO_STARTED", 3, "a", "");
    say("STEP_EXECUTED", 4, "a", "'step_text':'new','step_result':'FAILED','error_message':'why','duration_ms':7");
    (void)bdv(&view);
    assert_int_equal(lens_bdv_steps(view, view_find(view, NODE_SCENARIO, STR("a")), &builder.views, &steps, &count, NULL),
                     STATUS_OK);
    assert_int_equal(count, 1);
    assert_true(str_is(steps[0].result, "FAILED") && str_is(steps[0].text, "new") && str_is(steps[0].message, "why"));
    expect_measure(steps[0].duration_ms, 7);
}

static void a_test_run_is_open_until_it_completes(void **state)
{
    (void)state;
    struct graph_view *view;
    say("SCENARIO_STARTED", 1, "a", "");
    assert_int_equal(bdv(&view).open_run_count, 1);
    say("TEST_RUN_STARTED", 0, "run", "");
    struct lens_bdv lens = bdv(&view);
    assert_int_equal(lens.open_run_count, 1);
    assert_string_equal(lens.open_runs[0].what, "test run");
    say("TEST_RUN_COMPLETED", 9, "run", "");
    lens = bdv(&view);
    assert_int_equal(lens.open_run_count, 0);
    expect_measure(lens.run_time_p95_ms, 9);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(rates_count_finished_and_started_tasks),
        TEST(an_empty_iteration_has_no_numbers),
        TEST(once_a_workflow_was_reported_only_workflows_are_open),
        TEST(lock_latency_runs_from_the_last_start_before_the_lock),
        TEST(the_last_check_of_a_gate_counts),
        TEST(the_critical_path_is_the_longest_of_all_paths),
        TEST(tasks_that_wait_for_each_other_are_one_step_of_the_path),
        TEST(estimates_are_scaled_to_real_durations),
        TEST(lineage_goes_both_ways_and_ends_in_circles),
        TEST(quarantined_and_skipped_scenarios_are_left_out_of_the_pass_rate),
        TEST(outcomes_come_with_their_commit_and_what_their_event_told),
        TEST(flaky_means_both_outcomes_on_one_commit),
        TEST(coverage_counts_scenarios_once_whether_by_feature_or_directly),
        TEST(steps_are_those_of_the_last_run),
        TEST(a_test_run_is_open_until_it_completes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
