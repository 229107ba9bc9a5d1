/* Timelines, against asking for the verdict at every moment: along V, along K, along both; as facts come late, and a piece at a time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "lens/timeline.h"
#include "view_builder.h"

static struct view_builder builder;
static struct policy policy;
static struct correlate_config config;
static struct error error;

static int begin(void **state)
{
    (void)state;
    view_builder_init(&builder);
    config = correlate_config_default();
    assert_int_equal(policy_default(&policy, NULL), STATUS_OK);
    return 0;
}

static int end(void **state)
{
    (void)state;
    view_builder_release(&builder);
    return 0;
}

static void begin_anew(void)
{
    uint64_t seed = builder.seed;
    view_builder_release(&builder);
    view_builder_init(&builder);
    builder.seed = seed;
}

static struct verdict_source source(void)
{
    return (struct verdict_source){builder.graph, STR("default"), STR("it"), &policy, correlate_view, &config};
}

static bool always(void *context)
{
    (void)context;
    return true;
}

static bool never(void *context)
{
    ++*(uint32_t *)context;
    return false;
}

static void work(struct timeline *timeline)
{
    struct verdict_source of = source();
    if (timeline_work(timeline, &of, always, NULL, &error) != STATUS_OK) {
        fail_msg("%s", error.text);
    }
    assert_true(timeline->complete);
}

/* The verdict's kind at a moment; VERDICT_KIND_COUNT where nothing is in view. */
static enum verdict_kind ask(struct timeline_axis axis, int64_t moment)
{
    struct verdict verdict;
    uint32_t all = graph_fact_count(builder.graph), known = axis.known_facts < all ? axis.known_facts : all;
    if (axis.known_moves) {
        known = graph_known_facts(builder.graph, moment);
    }
    struct graph_view *view = view_builder_view_at(&builder, axis.valid_moves ? moment : axis.valid_at, known);
    if (view == NULL) {
        return VERDICT_KIND_COUNT;
    }
    assert_int_equal(verdict_read_summary(view, &policy, &builder.views, &verdict, NULL), STATUS_OK);
    return verdict.kind;
}

/* Is the mark's event one that came into view at its moment? */
static void check_event(struct timeline_axis axis, const struct timeline_mark *mark)
{
    struct fact_info info = graph_fact(builder.graph, mark->fact);
    int64_t moment = axis.valid_moves ? info.valid_from : info.observed_at;
    moment = axis.known_moves && info.observed_at > moment ? info.observed_at : moment;
    assert_int_equal(moment, mark->moment);
    assert_true(mark->fact_count >= 1);
}

static void check_exact(const struct timeline *timeline)
{
    enum verdict_kind kind = VERDICT_KIND_COUNT;
    size_t at = 0;
    for (int64_t moment = 0; moment <= 1001; moment++) {
        enum verdict_kind then = ask(timeline->axis, moment);
        const struct timeline_mark *says = timeline_at(timeline, moment);
        assert_true(says == NULL ? then == VERDICT_KIND_COUNT : says->to == then);
        if (then == kind) {
            continue;
        }
        assert_true(at < timeline->mark_count);
        const struct timeline_mark *mark = &timeline->marks[at++];
        assert_int_equal(mark->moment, moment);
        assert_int_equal(mark->first, kind == VERDICT_KIND_COUNT);
        assert_true(mark->first || mark->from == kind);
        check_event(timeline->axis, mark);
        kind = then;
    }
    assert_int_equal(at, timeline->mark_count);
}

static struct timeline_axis axis_of_round(uint32_t round)
{
    uint32_t known = 1 + view_builder_draw(&builder, 60);
    switch (round % 4) {
    case 0:
        return (struct timeline_axis){.valid_moves = true, .known_facts = UINT32_MAX};
    case 1:
        return (struct timeline_axis){.valid_moves = true, .known_facts = known};
    case 2:
        return (struct timeline_axis){.known_moves = true, .valid_at = 1 + view_builder_draw(&builder, 1000)};
    default:
        return (struct timeline_axis){.valid_moves = true, .known_moves = true};
    }
}

static void marks_are_exactly_where_asking_at_every_moment_finds_another_verdict(void **state)
{
    (void)state;
    size_t marks = 0, passed_over = 0;
    for (uint32_t round = 0; round < 96; round++) {
        bool wide = round >= 80;
        begin_anew();
        builder.batch = round % 3 == 0 ? 0 : 1 + view_builder_draw(&builder, 12);
        for (uint32_t i = wide ? 250 : 5 + view_builder_draw(&builder, 60); i > 0; i--) {
            view_builder_say_anything(&builder, round % 5 != 0, wide ? 100 : 3);
        }
        if (graph_fact_count(builder.graph) == 0) {
            continue;
        }
        struct timeline timeline;
        timeline_init(&timeline, axis_of_round(round));
        work(&timeline);
        check_exact(&timeline);
        marks += timeline.mark_count;
        passed_over += wide && timeline.evaluated < timeline.fact_count / 2;
        timeline_release(&timeline);
    }
    assert_true(marks > 200 && passed_over > 3);
}

static void what_comes_late_takes_it_back_and_pieces_make_the_whole(void **state)
{
    (void)state;
    uint32_t pauses = 0;
    for (uint32_t round = 0; round < 24; round++) {
        struct timeline timeline, fresh;
        struct verdict_source of;
        begin_anew();
        struct timeline_axis axis = axis_of_round(round);
        timeline_init(&timeline, axis);
        for (uint32_t part = 0; part < 4; part++) {
            for (uint32_t i = 0; i < 15; i++) {
                view_builder_say_anything(&builder, true, 4);
            }
            of = source();
            for (uint32_t piece = view_builder_draw(&builder, 6); piece > 0; piece--) { /* more may come in the middle */
                assert_int_equal(timeline_work(&timeline, &of, never, &pauses, &error), STATUS_OK);
            }
        }
        work(&timeline);
        check_exact(&timeline);
        timeline_init(&fresh, axis);
        work(&fresh);
        assert_int_equal(fresh.mark_count, timeline.mark_count);
        for (size_t i = 0; i < fresh.mark_count; i++) {
            assert_int_equal(fresh.marks[i].moment, timeline.marks[i].moment);
            assert_int_equal(fresh.marks[i].fact, timeline.marks[i].fact);
            assert_memory_equal(fresh.marks[i].streams_to, timeline.marks[i].streams_to, sizeof fresh.marks[i].streams_to);
        }
        uint32_t before = timeline.evaluated;
        work(&timeline);
        assert_int_equal(timeline.evaluated, before); /* nothing came, nothing is asked */
        timeline_release(&timeline);
        timeline_release(&fresh);
    }
    assert_true(pauses > 50);
}

static void a_mark_names_the_event_that_turned_the_verdict(void **state)
{
    (void)state;
    struct timeline timeline;
    view_builder_say(&builder, "TASK_COMPLETED", 10, "t1", "");
    view_builder_say(&builder, "SCENARIO_PASSED", 20, "s1", "");
    view_builder_say(&builder, "ANALYSIS_COMPLETED", 30, "m", "'manifest_name':'m'");
    view_builder_say(&builder, "STEP_EXECUTED", 40, "s1", "'step_text':'x','step_result':'PASSED'");
    view_builder_say(&builder, "VIOLATION_DETECTED", 40, "v", "'violation_type':'LAYER_VIOLATION','module_path':'a'");
    view_builder_say(&builder, "TASK_STARTED", 40, "t2", "");
    timeline_init(&timeline, (struct timeline_axis){.valid_moves = true, .known_facts = UINT32_MAX});
    work(&timeline);
    assert_int_equal(timeline.mark_count, 3);
    assert_int_equal(timeline.marks[1].moment, 30);
    assert_int_equal(timeline.marks[1].to, VERDICT_ALL_PASS);
    assert_int_equal(timeline.marks[2].moment, 40);
    assert_int_equal(graph_fact(builder.graph, timeline.marks[2].fact).type, EVENT_ACC_VIOLATION_DETECTED);
    assert_int_equal(timeline.marks[2].fact_count, 3);
    assert_int_equal(timeline.marks[2].streams_from[LENS_ACC], STREAM_PASS);
    assert_int_equal(timeline.marks[2].streams_to[LENS_ACC], STREAM_FAIL);
    timeline_release(&timeline);
}

/* --- buckets ---------------------------------------------------------------------------------------------------------- */

static void check_buckets(const struct timeline_density *density, uint32_t asked)
{
    int64_t next = density->from;
    assert_true(density->bucket_count >= 1 && density->bucket_count <= asked);
    for (uint32_t i = 0; i < density->bucket_count; i++) {
        const struct timeline_bucket *bucket = &density->buckets[i];
        uint32_t facts = 0, stream[EVENT_STREAM_COUNT] = {0};
        assert_int_equal(bucket->from, next);
        assert_true(bucket->to >= bucket->from);
        next = bucket->to + 1;
        for (uint32_t fact = 0; fact < graph_fact_count(builder.graph); fact++) {
            struct fact_info info = graph_fact(builder.graph, fact);
            if (info.valid_from >= bucket->from && info.valid_from <= bucket->to) {
                facts++;
                stream[event_type_stream(info.type)]++;
                assert_true(bucket->first <= info.valid_from && bucket->last >= info.valid_from);
            }
        }
        assert_memory_equal(stream, bucket->facts, sizeof stream);
        assert_int_equal(facts == 0, bucket->first == INT64_MIN);
    }
    assert_int_equal(next, density->to + 1);
}

static void buckets_hold_each_fact_of_the_range_once(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 64 * MIB);
    for (uint32_t i = 0; i < 300; i++) {
        view_builder_say_anything(&builder, true, 5);
    }
    struct verdict_source of = source();
    struct timeline_axis axis = {.valid_moves = true, .known_facts = UINT32_MAX};
    for (uint32_t round = 0; round < 60; round++) {
        struct timeline_density density;
        int64_t from = round == 0 ? INT64_MIN : view_builder_draw(&builder, 900);
        int64_t to = round < 2 ? INT64_MIN : from + view_builder_draw(&builder, 400);
        uint32_t buckets = 1 + view_builder_draw(&builder, 130);
        assert_int_equal(timeline_count(&of, axis, from, to, buckets, &arena, &density, &error), STATUS_OK);
        check_buckets(&density, buckets);
        assert_int_equal(density.fact_count, graph_fact_count(builder.graph));
        for (uint32_t i = 1; i < density.moment_count; i++) {
            assert_true(density.moments[i - 1] < density.moments[i]);
        }
    }
    struct timeline_density density;
    assert_int_equal(timeline_count(&of, axis, 20, 10, 5, &arena, &density, &error), STATUS_INVALID);
    of.iteration_id = STR("elsewhere");
    assert_int_equal(timeline_count(&of, axis, 0, 10, 5, &arena, &density, &error), STATUS_ABSENT);
    arena_release(&arena);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(marks_are_exactly_where_asking_at_every_moment_finds_another_verdict),
        TEST(what_comes_late_takes_it_back_and_pieces_make_the_whole),
        TEST(a_mark_names_the_event_that_turned_the_verdict),
        TEST(buckets_hold_each_fact_of_the_range_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
