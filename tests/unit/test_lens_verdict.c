/* Verdicts: the table of SPEC section 5, the gate, what is listed, and blame against asking after every event. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/limits.h"
#include "lens/blame.h"
#include "lens/verdict.h"
#include "view_builder.h"

static struct view_builder builder;
static struct policy policy;

static int begin(void **state)
{
    (void)state;
    view_builder_init(&builder);
    assert_int_equal(policy_default(&policy, NULL), STATUS_OK);
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

static struct verdict judge_at(int64_t valid_at, struct graph_view **view)
{
    struct verdict verdict;
    struct error error = {0};
    *view = view_builder_view_at(&builder, valid_at, graph_fact_count(builder.graph));
    assert_non_null(*view);
    assert_int_equal(verdict_read(*view, &policy, &builder.views, &verdict, &error), STATUS_OK);
    return verdict;
}

static struct verdict judge(void)
{
    struct graph_view *view;
    return judge_at(TIME_MAX, &view);
}

static void tell_dde(bool pass)
{
    say("TASK_COMPLETED", 100, "t1", "");
    say(pass ? "TASK_COMPLETED" : "TASK_FAILED", 101, "t2", pass ? "" : "'error_message':'disk full','retry_count':2");
}

static void tell_bdv(bool pass)
{
    say("SCENARIO_PASSED", 110, "s1", "'feature_path':'cart.feature'");
    say(pass ? "SCENARIO_PASSED" : "SCENARIO_FAILED", 111, "s2", "'feature_path':'cart.feature'");
}

static void tell_acc(bool pass)
{
    say("MODULE_ANALYZED", 120, "a", "'module_path':'a','depends_on':['b']");
    say("MODULE_ANALYZED", 121, "b", pass ? "'module_path':'b'" : "'module_path':'b','depends_on':['a']");
}

static void the_failing_streams_name_the_verdict(void **state)
{
    (void)state;
    static const enum verdict_kind expected[8] = {
        VERDICT_SYSTEMIC_FAILURE, VERDICT_COMPOUND_FAILURE, VERDICT_COMPOUND_FAILURE, VERDICT_PROCESS_ISSUE,
        VERDICT_COMPOUND_FAILURE, VERDICT_DESIGN_GAP, VERDICT_ARCHITECTURAL_EROSION, VERDICT_ALL_PASS,
    };
    for (int i = 0; i < 8; i++) {
        view_builder_release(&builder);
        view_builder_init(&builder);
        tell_dde((i & 4) != 0);
        tell_bdv((i & 2) != 0);
        tell_acc((i & 1) != 0);
        struct verdict verdict = judge();
        assert_string_equal(verdict_name(verdict.kind), verdict_name(expected[i]));
        assert_int_equal(verdict_exit_code(&verdict), i == 7 ? 0 : 1);
        assert_int_equal(verdict.gate.deployable, i == 7);
        assert_true(verdict.diagnosis_count > 0 && verdict.recommendation_count > 0);
        assert_true(i == 7 || verdict.issue_count > 0);
        if (expected[i] == VERDICT_COMPOUND_FAILURE) {
            assert_int_equal(verdict.failing_count, 2);
        }
    }
}

static void a_pending_stream_waits_unless_another_fails(void **state)
{
    (void)state;
    tell_dde(true);
    tell_acc(true);
    struct verdict verdict = judge();
    assert_int_equal(verdict.kind, VERDICT_PENDING);
    assert_int_equal(verdict_exit_code(&verdict), 2);
    assert_int_equal(verdict.pending[0], LENS_BDV);
    tell_acc(false); /* b depends on a since the same moment */
    say("MODULE_ANALYZED", 130, "b", "'module_path':'b','depends_on':['a']");
    verdict = judge();
    assert_int_equal(verdict.kind, VERDICT_ARCHITECTURAL_EROSION);
    assert_int_equal(verdict.pending_count, 1);
    assert_null(strstr(verdict.diagnosis[0].at, "works")); /* which nobody knows yet */
    assert_string_equal(verdict_meaning(VERDICT_DESIGN_GAP, false), "built right, wrong thing: fix requirements or behaviour");
    assert_null(strstr(verdict_meaning(VERDICT_DESIGN_GAP, true), "built right"));
    assert_int_equal(verdict_exit_code(&verdict), 1);
}

static void an_open_run_makes_a_failing_stream_pending_and_is_listed(void **state)
{
    (void)state;
    tell_dde(false);
    tell_bdv(true);
    tell_acc(true);
    assert_int_equal(judge().kind, VERDICT_PROCESS_ISSUE);
    say("WORKFLOW_STARTED", 1, "nightly", "");
    struct verdict verdict = judge();
    assert_int_equal(verdict.kind, VERDICT_PENDING);
    const struct verdict_issue *last = &verdict.issues[verdict.issue_count - 1];
    assert_true(last->open_run);
    assert_true(str_is(last->event_type, "WORKFLOW_STARTED"));
    assert_non_null(strstr(last->sentence.at, "nightly"));
}

static void an_issue_names_the_node_the_event_and_the_error(void **state)
{
    (void)state;
    tell_dde(false);
    struct verdict verdict = judge();
    assert_int_equal(verdict.conditions[METRIC_TASK_SUCCESS_RATE].pass, false);
    const struct verdict_issue *issue = &verdict.issues[0];
    assert_true(str_is(issue->id, "t2"));
    assert_string_equal(issue->kind, "Task");
    assert_true(str_is(issue->event_id, "e-000002"));
    assert_true(str_is(issue->event_type, "TASK_FAILED"));
    assert_int_equal(issue->seq, 2);
    assert_int_equal(issue->valid_from, 101);
    assert_true(str_is(issue->error_message, "disk full"));
    assert_non_null(strstr(issue->sentence.at, "2 retries"));
}

static void unknown_numbers_fail_nothing(void **state)
{
    (void)state;
    tell_bdv(true);
    struct verdict verdict = judge();
    assert_false(verdict.conditions[METRIC_TASK_SUCCESS_RATE].value.known);
    assert_true(verdict.conditions[METRIC_TASK_SUCCESS_RATE].pass);
    assert_false(verdict.conditions[METRIC_CYCLES].value.known);
    assert_true(verdict.conditions[METRIC_CONTRACT_ALIGNMENT].pass);
}

static void more_issues_than_fit_are_counted(void **state)
{
    (void)state;
    char node[16];
    for (int i = 0; i < 250; i++) {
        snprintf(node, sizeof node, "s%03d", i);
        say("SCENARIO_FAILED", 10 + i, node, "");
    }
    struct verdict verdict = judge();
    assert_int_equal(verdict.issue_count, VERDICT_ISSUES_MAX);
    assert_int_equal(verdict.issue_more_count, 50);
}

static void an_override_opens_the_gate_and_leaves_the_verdict(void **state)
{
    (void)state;
    struct graph_view *view;
    tell_dde(false);
    tell_bdv(true);
    tell_acc(true);
    say("GATE_OVERRIDDEN", 200, "it", "'actor':'ann','reason':'known, harmless','expires_at':300");
    struct verdict verdict = judge_at(250, &view);
    assert_int_equal(verdict.kind, VERDICT_PROCESS_ISSUE);
    assert_true(verdict.gate.deployable);
    assert_int_equal(verdict.gate.basis, GATE_BY_OVERRIDE);
    assert_int_equal(verdict_exit_code(&verdict), 0);
    assert_true(str_is(verdict.gate.actor, "ann"));
    verdict = judge_at(300, &view);
    assert_false(verdict.gate.deployable);
    assert_true(verdict.gate.override_present && !verdict.gate.override_in_force);
    say("GATE_OVERRIDDEN", 310, "it", "'actor':'ann','reason':'again'");
    assert_true(judge().gate.deployable);
    say("GATE_OVERRIDE_WITHDRAWN", 320, "it", "'actor':'bob','reason':'no'");
    assert_false(judge().gate.deployable);
}

static void a_blocking_condition_across_streams_closes_the_gate(void **state)
{
    (void)state;
    tell_dde(true);
    tell_bdv(true);
    tell_acc(true);
    say("SCENARIO_PASSED", 112, "s3", "'scenario_tags':['@contract:Api:v1']");
    struct verdict verdict = judge();
    assert_int_equal(verdict.kind, VERDICT_ALL_PASS);
    assert_true(verdict.gate.deployable);
    policy.conditions[METRIC_CONTRACT_ALIGNMENT].blocks = true;
    verdict = judge();
    assert_int_equal(verdict.kind, VERDICT_ALL_PASS);
    assert_int_equal(verdict.gate.basis, GATE_BY_CONDITION);
    assert_int_equal(verdict_exit_code(&verdict), 1);
    assert_true(str_is(verdict.issues[0].id, "CONTRACT.Api.v1"));
}

static void the_policy_decides_what_blocks(void **state)
{
    (void)state;
    tell_dde(true);
    tell_bdv(false);
    tell_acc(true);
    assert_int_equal(judge().kind, VERDICT_DESIGN_GAP);
    policy.conditions[METRIC_SCENARIO_PASS_RATE].threshold = 0.5;
    assert_int_equal(judge().kind, VERDICT_ALL_PASS);
    policy.conditions[METRIC_SCENARIO_PASS_RATE].threshold = 0.9;
    policy.conditions[METRIC_SCENARIO_PASS_RATE].blocks = false;
    assert_int_equal(judge().kind, VERDICT_ALL_PASS);
}

static void write(struct buffer *text)
{
    struct json_writer writer;
    struct graph_view *view;
    struct verdict verdict = judge_at(TIME_MAX, &view);
    json_write_init(&writer, text, 2);
    verdict_write(&verdict, view, &writer);
    assert_false(buffer_failed(text));
}

static void the_same_view_and_policy_give_the_same_bytes(void **state)
{
    (void)state;
    struct buffer first, second;
    buffer_init(&first, MIB);
    buffer_init(&second, MIB);
    tell_dde(false);
    tell_bdv(false);
    tell_acc(false);
    say("WORKFLOW_STARTED", 5, "w", "");
    write(&first);
    write(&second);
    assert_true(str_equal(buffer_str(&first), buffer_str(&second)));
    assert_non_null(strstr(first.bytes, "\"verdict\": \"COMPOUND_FAILURE\""));
    buffer_release(&first);
    buffer_release(&second);
}

/* --- blame ------------------------------------------------------------------------------------------------------------ */

static struct blame blame_of(struct arena *arena)
{
    struct blame blame;
    struct error error = {0};
    struct correlate_config config = correlate_config_default();
    struct verdict_source source = {builder.graph, STR("default"), STR("it"), &policy, correlate_view, &config};
    if (blame_read(&source, TIME_MAX, arena, &blame, &error) != STATUS_OK) {
        fail_msg("%s", error.text);
    }
    return blame;
}

static void blame_names_the_event_that_turned_the_verdict(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 64 * MIB);
    tell_dde(true);
    tell_bdv(true);
    tell_acc(true);
    say("STEP_EXECUTED", 130, "s1", "'step_text':'x','step_result':'PASSED'");
    say("VIOLATION_DETECTED", 131, "v", "'violation_type':'LAYER_VIOLATION','module_path':'a'");
    say("VIOLATION_SUPPRESSED", 132, "v", "'adr_reference':'ADR-1'");
    struct blame blame = blame_of(&arena);
    assert_int_equal(blame.flip_count, 4);
    assert_true(blame.flips[0].first && blame.flips[0].to == VERDICT_PENDING);
    assert_int_equal(blame.flips[1].to, VERDICT_ALL_PASS);
    assert_int_equal(blame.flips[2].to, VERDICT_ARCHITECTURAL_EROSION);
    assert_true(str_is(blame.flips[2].event_id, "e-000008"));
    assert_int_equal(blame.flips[2].seq, 8);
    assert_int_equal(blame.flips[2].change_count, 1);
    assert_int_equal(blame.flips[2].changes[0].metric, METRIC_BLOCKING_VIOLATIONS);
    assert_int_equal(blame.flips[3].to, VERDICT_ALL_PASS);
    arena_release(&arena);
}

static void blame_finds_exactly_the_flips_that_asking_after_each_event_finds(void **state)
{
    (void)state;
    uint32_t flips = 0, passed_over = 0, mostly_passed_over = 0;
    for (uint32_t round = 0; round < 210; round++) {
        bool wide = round >= 150;
        struct arena arena;
        uint32_t at = 0;
        bool present = false;
        enum verdict_kind kind = VERDICT_PENDING;
        uint64_t seed = builder.seed;
        view_builder_release(&builder);
        view_builder_init(&builder);
        builder.seed = seed;
        arena_init(&arena, 64 * MIB);
        for (uint32_t i = wide ? 300 : 5 + view_builder_draw(&builder, 60); i > 0; i--) {
            view_builder_say_anything(&builder, round % 3 != 0, wide ? 100 : 3);
        }
        if (graph_fact_count(builder.graph) == 0) {
            continue;
        }
        struct blame blame = blame_of(&arena);
        for (uint32_t known = 1; known <= graph_fact_count(builder.graph); known++) {
            struct verdict verdict;
            struct graph_view *view = view_builder_view_at(&builder, TIME_MAX, known);
            assert_int_equal(verdict_read_summary(view, &policy, &builder.views, &verdict, NULL), STATUS_OK);
            if (!present || verdict.kind != kind) {
                assert_true(at < blame.flip_count);
                assert_int_equal(blame.flips[at].fact, known - 1);
                assert_int_equal(blame.flips[at].to, verdict.kind);
                assert_true(!present || blame.flips[at].from == kind);
                at++;
            }
            present = true;
            kind = verdict.kind;
        }
        assert_int_equal(at, blame.flip_count);
        flips += at;
        passed_over += blame.evaluated < blame.fact_count;
        mostly_passed_over += wide && blame.evaluated < blame.fact_count / 2;
        arena_release(&arena);
    }
    assert_true(flips > 300 && passed_over > 50 && mostly_passed_over > 10);
}

static void too_little_memory_is_an_error(void **state)
{
    (void)state;
    size_t failures = 0;
    tell_dde(false);
    tell_bdv(false);
    tell_acc(false);
    say("SCENARIO_FAILED", 5, "s9", "'scenario_tags':['@contract:Api:v1']");
    struct graph_view *view = view_builder_view(&builder);
    enum status status = STATUS_FATAL;
    for (size_t limit = 64; status != STATUS_OK; limit += 64) {
        struct arena arena;
        struct verdict verdict;
        arena_init(&arena, limit);
        status = verdict_read(view, &policy, &arena, &verdict, NULL);
        failures += status == STATUS_FATAL;
        arena_release(&arena);
    }
    assert_true(failures > 10);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(the_failing_streams_name_the_verdict),
        TEST(a_pending_stream_waits_unless_another_fails),
        TEST(an_open_run_makes_a_failing_stream_pending_and_is_listed),
        TEST(an_issue_names_the_node_the_event_and_the_error),
        TEST(unknown_numbers_fail_nothing),
        TEST(more_issues_than_fit_are_counted),
        TEST(an_override_opens_the_gate_and_leaves_the_verdict),
        TEST(a_blocking_condition_across_streams_closes_the_gate),
        TEST(the_policy_decides_what_blocks),
        TEST(the_same_view_and_policy_give_the_same_bytes),
        TEST(blame_names_the_event_that_turned_the_verdict),
        TEST(blame_finds_exactly_the_flips_that_asking_after_each_event_finds),
        TEST(too_little_memory_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
