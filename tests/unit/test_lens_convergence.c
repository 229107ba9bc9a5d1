/* Contract stars leg by leg, and the spine through any node. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/limits.h"
#include "lens/lens_convergence.h"
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

static struct lens_convergence convergence(struct graph_view **view)
{
    struct lens_convergence lens;
    *view = view_builder_view(&builder);
    assert_int_equal(lens_convergence_read(*view, &builder.views, &lens, NULL), STATUS_OK);
    return lens;
}

static void expect_legs(const struct contract_star *star, enum star_state lock, enum star_state behaviour,
                        enum star_state module)
{
    assert_string_equal(star_state_name(star->legs[STAR_LOCK].state), star_state_name(lock));
    assert_string_equal(star_state_name(star->legs[STAR_BEHAVIOUR].state), star_state_name(behaviour));
    assert_string_equal(star_state_name(star->legs[STAR_MODULE].state), star_state_name(module));
    for (int leg = 0; leg < STAR_LEG_COUNT; leg++) {
        assert_true(star->legs[leg].sentence.length > 0);
    }
}

static void tell_spine(void)
{
    say("REQUIREMENT_DECLARED", 1, "R-1", "'metadata':{'name':'Prices'}");
    say("TASK_STARTED", 10, "api", "'node_type':'INTERFACE','requirement_id':'R-1'");
    say("CONTRACT_LOCKED", 11, "api", "'contract_id':'Pricing','contract_version':'v1'");
    say("TASK_COMPLETED", 12, "api", "");
    say("ARTIFACT_CREATED", 13, "api", "'artifact_path':'src/pricing.ts'");
    say("MODULE_ANALYZED", 14, "src/pricing.ts", "'module_path':'src/pricing.ts','component':'pricing'");
    say("SCENARIO_PASSED", 15, "s1", "'feature_path':'p.feature','scenario_tags':['@contract:Pricing:v1','@requirement:R-1']");
}

static void a_star_is_aligned_when_locked_validated_and_implemented(void **state)
{
    (void)state;
    struct graph_view *view;
    tell_spine();
    struct lens_convergence lens = convergence(&view);
    assert_int_equal(lens.star_count, 1);
    assert_true(str_is(lens.stars[0].id, "CONTRACT.Pricing.v1"));
    expect_legs(&lens.stars[0], STAR_OK, STAR_OK, STAR_OK);
    assert_true(lens.stars[0].aligned && lens.alignment.known && lens.alignment.value > 0.99);
    say("SCENARIO_FAILED", 16, "s2", "'contract_id':'Pricing:v1'");
    lens = convergence(&view);
    expect_legs(&lens.stars[0], STAR_OK, STAR_FAILING, STAR_OK);
    assert_false(lens.stars[0].aligned);
    say("SCENARIO_QUARANTINED", 17, "s2", "");
    assert_true(convergence(&view).stars[0].aligned);
    say("TASK_STARTED", 20, "api", "");
    lens = convergence(&view);
    expect_legs(&lens.stars[0], STAR_STALE, STAR_OK, STAR_OK);
}

/* Nodes are sorted by kind, and tasks come before contracts; the star must find its contract all the same. */
static void a_task_that_claims_the_contract_does_not_hide_it(void **state)
{
    (void)state;
    struct graph_view *view;
    tell_spine();
    say("TASK_CREATED", 9, "impl", "'contract_id':'Pricing','contract_version':'v1'");
    struct lens_convergence lens = convergence(&view);
    assert_int_equal(lens.star_count, 1);
    assert_int_not_equal(lens.stars[0].contract, VIEW_NONE);
    assert_true(lens.stars[0].aligned);
}

static void claims_of_another_version_say_so(void **state)
{
    (void)state;
    struct graph_view *view;
    tell_spine();
    say("SCENARIO_PASSED", 16, "s2", "'scenario_tags':['contract:Pricing:v2']");
    struct lens_convergence lens = convergence(&view);
    assert_int_equal(lens.star_count, 2);
    assert_true(str_is(lens.stars[1].version, "v2"));
    expect_legs(&lens.stars[1], STAR_OTHER_VERSION, STAR_OK, STAR_OTHER_VERSION);
    assert_true(lens.stars[0].aligned);
}

static void a_lock_by_a_task_that_is_no_interface_is_none(void **state)
{
    (void)state;
    struct graph_view *view;
    tell_spine();
    say("TASK_STARTED", 10, "api", "'node_type':'ACTION'");
    struct lens_convergence lens = convergence(&view);
    expect_legs(&lens.stars[0], STAR_MISSING, STAR_OK, STAR_OK);
    assert_false(lens.stars[0].aligned);
}

static void a_bare_contract_tag_makes_a_star(void **state)
{
    (void)state;
    struct graph_view *view;
    say("SCENARIO_PASSED", 1, "s", "'contract_tags':['Bare:v2','@slow','requirement:R']");
    struct lens_convergence lens = convergence(&view);
    assert_int_equal(lens.star_count, 1);
    assert_true(str_is(lens.stars[0].id, "CONTRACT.Bare.v2"));
    expect_legs(&lens.stars[0], STAR_MISSING, STAR_OK, STAR_MISSING);
}

static void a_contract_nobody_locked_is_a_star_with_missing_legs(void **state)
{
    (void)state;
    struct graph_view *view;
    say("SCENARIO_SKIPPED", 1, "s", "'contract_tags':['@contract:Lonely']");
    struct lens_convergence lens = convergence(&view);
    assert_int_equal(lens.star_count, 1);
    assert_true(str_is(lens.stars[0].id, "CONTRACT.Lonely"));
    assert_int_equal(lens.stars[0].contract, VIEW_NONE);
    expect_legs(&lens.stars[0], STAR_MISSING, STAR_STALE, STAR_MISSING);
    say("TASK_FAILED", 2, "t", "'node_type':'INTERFACE','contract_id':'Lonely'");
    lens = convergence(&view);
    expect_legs(&lens.stars[0], STAR_FAILING, STAR_STALE, STAR_MISSING);
}

static void a_claim_without_version_means_the_only_one(void **state)
{
    (void)state;
    struct graph_view *view;
    tell_spine();
    say("SCENARIO_FAILED", 16, "s2", "'scenario_tags':['@contract:Pricing']");
    struct lens_convergence lens = convergence(&view);
    assert_int_equal(lens.star_count, 1);
    expect_legs(&lens.stars[0], STAR_OK, STAR_FAILING, STAR_OK);
}

static void links_denied_by_hand_do_not_count(void **state)
{
    (void)state;
    struct graph_view *view;
    tell_spine();
    say("LINK_DENIED", 30, "x", "'source_kind':'Scenario','source_id':'s1','link_kind':'VALIDATES',"
                               "'target_kind':'InterfaceContract','target_id':'Pricing:v1','actor':'ann','reason':'no'");
    struct lens_convergence lens = convergence(&view);
    expect_legs(&lens.stars[0], STAR_OK, STAR_MISSING, STAR_OK);
    assert_int_equal(lens.links[LINK_VALIDATES].denied, 1);
}

static uint32_t level_count(const struct trace *trace, enum trace_level level)
{
    return trace->level_starts[level + 1] - trace->level_starts[level];
}

static struct trace trace_of(struct graph_view *view, enum node_kind kind, const char *id)
{
    struct trace trace;
    uint32_t node = view_find(view, kind, str_from(id));
    assert_int_not_equal(node, VIEW_NONE);
    assert_int_equal(lens_trace(view, node, &builder.views, &trace, NULL), STATUS_OK);
    return trace;
}

static void the_spine_is_the_same_from_either_end(void **state)
{
    (void)state;
    struct graph_view *view;
    tell_spine();
    say("TASK_COMPLETED", 12, "brother", "'requirement_id':'R-1'");
    (void)convergence(&view);
    static const struct {
        enum node_kind kind;
        const char *id;
        uint32_t tasks;
    } starts[] = {
        {NODE_REQUIREMENT, "R-1", 2}, {NODE_TASK, "api", 1},       {NODE_MODULE, "src/pricing.ts", 1},
        {NODE_COMPONENT, "pricing", 1}, {NODE_SCENARIO, "s1", 2}, {NODE_CONTRACT, "Pricing:v1", 2},
    };
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        struct trace trace = trace_of(view, starts[i].kind, starts[i].id);
        assert_true(trace.complete);
        assert_int_equal(level_count(&trace, TRACE_REQUIREMENT), 1);
        assert_int_equal(level_count(&trace, TRACE_SCENARIO), 1);
        assert_int_equal(level_count(&trace, TRACE_TASK), starts[i].tasks);
        assert_int_equal(level_count(&trace, TRACE_MODULE), 1);
        assert_int_equal(level_count(&trace, TRACE_COMPONENT), 1);
        assert_true(trace.link_count >= 6);
    }
}

static void gaps_are_named(void **state)
{
    (void)state;
    struct graph_view *view;
    say("TASK_COMPLETED", 1, "lonely", "");
    say("ARTIFACT_CREATED", 2, "lonely", "'artifact_path':'x.js'");
    struct lens_convergence lens = convergence(&view);
    assert_int_equal(lens.tasks_without_requirement, 1);
    assert_int_equal(lens.artifacts_without_module, 1);
    struct trace trace = trace_of(view, NODE_TASK, "lonely");
    assert_false(trace.complete);
    assert_int_equal(trace.gap_count, 2);
    assert_non_null(strstr(trace.gaps[0].sentence.at, "lonely fulfils no requirement"));
    assert_non_null(strstr(trace.gaps[1].sentence.at, "x.js contains no module"));
}

static void a_spine_without_a_feature_is_not_complete(void **state)
{
    (void)state;
    struct graph_view *view;
    say("REQUIREMENT_DECLARED", 1, "R-1", "'metadata':{'name':'Prices'}");
    say("TASK_COMPLETED", 12, "api", "'requirement_id':'R-1'");
    say("ARTIFACT_CREATED", 13, "api", "'artifact_path':'src/pricing.ts'");
    say("MODULE_ANALYZED", 14, "src/pricing.ts", "'module_path':'src/pricing.ts','component':'pricing'");
    say("SCENARIO_PASSED", 15, "s1", "'scenario_tags':['@requirement:R-1']");
    (void)convergence(&view);
    struct trace trace = trace_of(view, NODE_REQUIREMENT, "R-1");
    assert_int_equal(level_count(&trace, TRACE_SCENARIO), 1);
    assert_int_equal(level_count(&trace, TRACE_SPEC), 0);
    assert_false(trace.complete);
    say("SCENARIO_PASSED", 16, "s1", "'feature_path':'p.feature'"); /* now it is in one, and that is found through it */
    (void)convergence(&view);
    trace = trace_of(view, NODE_REQUIREMENT, "R-1");
    assert_int_equal(level_count(&trace, TRACE_SPEC), 1);
    assert_true(trace.complete);
}

static void a_violation_is_traced_through_its_module(void **state)
{
    (void)state;
    struct graph_view *view;
    tell_spine();
    say("VIOLATION_DETECTED", 20, "v", "'module_path':'src/pricing.ts'");
    (void)convergence(&view);
    struct trace trace = trace_of(view, NODE_VIOLATION, "v");
    assert_int_equal(level_count(&trace, TRACE_OTHER), 1);
    assert_int_equal(level_count(&trace, TRACE_REQUIREMENT), 1);
    assert_true(trace.complete);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(a_star_is_aligned_when_locked_validated_and_implemented),
        TEST(a_task_that_claims_the_contract_does_not_hide_it),
        TEST(claims_of_another_version_say_so),
        TEST(a_lock_by_a_task_that_is_no_interface_is_none),
        TEST(a_bare_contract_tag_makes_a_star),
        TEST(a_contract_nobody_locked_is_a_star_with_missing_legs),
        TEST(a_claim_without_version_means_the_only_one),
        TEST(links_denied_by_hand_do_not_count),
        TEST(the_spine_is_the_same_from_either_end),
        TEST(a_spine_without_a_feature_is_not_complete),
        TEST(gaps_are_named),
        TEST(a_violation_is_traced_through_its_module),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
