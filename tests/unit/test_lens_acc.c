/* The ACC lens: coupling, violations, cycles, the matrix. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <math.h>

#include "base/limits.h"
#include "lens/lens_acc.h"
#include "view_builder.h"

/* printf 'x\ny\nz' | sha256sum */
#define CYCLE_XYZ "6d421ec4b623"

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

static void module(const char *path, const char *members)
{
    view_builder_sayf(&builder, "MODULE_ANALYZED", 10, path, "'module_path':'%s'%s%s", path, members[0] != '\0' ? "," : "",
                      members);
}

static struct lens_acc acc(struct graph_view **view)
{
    struct lens_acc lens;
    *view = view_builder_view(&builder);
    assert_int_equal(lens_acc_read(*view, &builder.views, &lens, NULL), STATUS_OK);
    return lens;
}

static void expect_measure(struct measure measure, double value)
{
    assert_true(measure.known);
    assert_true(fabs(measure.value - value) < 1e-9);
}

static void coupling_follows_martin(void **state)
{
    (void)state;
    struct graph_view *view;
    module("a", "'component':'x','depends_on':['b','c'],'metadata':{'abstractness':'0.5'}");
    module("b", "'component':'x','depends_on':['c']");
    module("c", "'component':'y'");
    module("alone", "");
    struct lens_acc lens = acc(&view);
    assert_int_equal(lens.module_count, 4);
    expect_measure(lens.modules[0].coupling.instability, 1);
    expect_measure(lens.modules[0].coupling.distance, 0.5);
    assert_false(lens.modules[1].coupling.instability.known); /* alone */
    expect_measure(lens.modules[2].coupling.instability, 0.5);
    expect_measure(lens.modules[3].coupling.instability, 0);
    expect_measure(lens.mean_instability, 0.5);
    assert_int_equal(lens.component_count, 2);
    assert_int_equal(lens.components[0].coupling.efferent, 1);
    assert_int_equal(lens.components[0].coupling.afferent, 0);
    assert_int_equal(lens.components[1].coupling.afferent, 2);
    expect_measure(lens.components[0].coupling.abstractness, 0.5);
}

static void violations_without_severity_block_by_their_type(void **state)
{
    (void)state;
    struct graph_view *view;
    module("a", "");
    say("VIOLATION_DETECTED", 11, "v1", "'violation_type':'LAYER_VIOLATION','module_path':'a','rule_id':'r'");
    say("VIOLATION_DETECTED", 12, "v2", "'violation_type':'SIZE_VIOLATION','module_path':'a'");
    say("VIOLATION_DETECTED", 13, "v3", "'violation_type':'SIZE_VIOLATION','violation_severity':'BLOCKING','module_path':'a'");
    say("VIOLATION_DETECTED", 14, "v4", "'violation_severity':'INFO'");
    struct lens_acc lens = acc(&view);
    assert_int_equal(lens.blocking_count, 2);
    assert_int_equal(lens.active_counts[ACC_WARNING], 1);
    assert_int_equal(lens.active_counts[ACC_INFO], 1);
    assert_int_equal(lens.modules[0].violation_count, 3);
    say("VIOLATION_SUPPRESSED", 15, "v3", "'adr_reference':'ADR-7'");
    lens = acc(&view);
    assert_int_equal(lens.blocking_count, 1);
    assert_int_equal(lens.suppressed_counts[ACC_BLOCKING], 1);
    assert_true(str_is(lens.violations[2].adr_reference, "ADR-7"));
}

static void cycles_come_from_dependencies_and_from_reports(void **state)
{
    (void)state;
    struct graph_view *view;
    module("a", "'depends_on':['b']");
    module("b", "'depends_on':['a','c']");
    module("c", "");
    module("self", "'depends_on':['self']");
    struct lens_acc lens = acc(&view);
    assert_int_equal(lens.cycle_count, 2);
    say("CYCLE_DETECTED", 12, "cy", "'cycle_modules':['b','c','outside','b']");
    lens = acc(&view);
    assert_int_equal(lens.cycle_count, 2);
    uint32_t big = lens.cycles[0].count == 1 ? 1 : 0;
    assert_int_equal(lens.cycles[big].count, 4);
    assert_true(str_is(lens.cycles[big].members[3], "outside"));
    assert_int_equal(lens.cycles[big].nodes[3], VIEW_NONE);
    assert_int_not_equal(lens.cycles[big].reported, VIEW_NONE);
    assert_int_equal(lens.modules[0].cycle, big);
    assert_true(str_starts_with(str_from(lens.cycles[0].id), STR("cycle-")));
    assert_int_equal(strlen(lens.cycles[0].id), 18);
}

static void a_cycle_has_the_same_id_whatever_its_order(void **state)
{
    (void)state;
    struct graph_view *view;
    char id[ACC_CYCLE_ID_SIZE];
    say("CYCLE_DETECTED", 12, "cy", "'cycle_modules':['x','y','z']");
    struct lens_acc lens = acc(&view);
    assert_int_equal(lens.cycle_count, 1);
    memcpy(id, lens.cycles[0].id, sizeof id);
    assert_string_equal(id, "cycle-" CYCLE_XYZ);
    view_builder_release(&builder);
    view_builder_init(&builder);
    say("CYCLE_DETECTED", 12, "other", "'cycle_modules':['z','x','y']");
    lens = acc(&view);
    assert_string_equal(lens.cycles[0].id, id);
}

static void an_analysis_is_open_until_its_manifest_completes(void **state)
{
    (void)state;
    struct graph_view *view;
    say("ANALYSIS_STARTED", 1, "m", "'manifest_name':'m'");
    struct lens_acc lens = acc(&view);
    assert_int_equal(lens.open_run_count, 1);
    assert_false(lens.has_data);
    say("ANALYSIS_COMPLETED", 20, "n", "'manifest_name':'n'");
    assert_int_equal(acc(&view).open_run_count, 1);
    say("ANALYSIS_COMPLETED", 20, "m", "'manifest_name':'m'");
    lens = acc(&view);
    assert_int_equal(lens.open_run_count, 0);
    assert_true(lens.has_data);
}

static uint64_t seed = 5;

static uint32_t draw(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((seed >> 33) % below);
}

static void make_modules(uint32_t n, uint32_t edges_per_module, bool acyclic)
{
    for (uint32_t i = 0; i < n; i++) {
        char path[16], list[512] = "", members[640];
        snprintf(path, sizeof path, "m%03u", i);
        for (uint32_t e = draw(edges_per_module + 1); e > 0 && !(acyclic && i == 0); e--) {
            snprintf(list + strlen(list), sizeof list - strlen(list), "%s'm%03u'", list[0] != '\0' ? "," : "",
                     acyclic ? draw(i) : draw(n));
        }
        snprintf(members, sizeof members, "'component':'c%u','depends_on':[%s]", draw(4), list);
        module(path, members);
    }
}

static void what_lies_above_the_diagonal_closes_a_cycle(void **state)
{
    (void)state;
    for (uint32_t round = 0; round < 40; round++) {
        struct graph_view *view;
        bool acyclic = round % 2 == 0;
        struct dsm dsm;
        view_builder_release(&builder);
        view_builder_init(&builder);
        make_modules(2 + draw(30), 3, acyclic);
        struct lens_acc lens = acc(&view);
        assert_int_equal(lens_acc_dsm(view, &lens, false, &builder.views, &dsm, NULL), STATUS_OK);
        assert_int_equal(dsm.cell_count, lens.dependency_count);
        for (uint32_t i = 0; i < dsm.cell_count; i++) {
            const struct dsm_cell *cell = &dsm.cells[i];
            assert_true(cell->column < cell->row || cell->in_cycle);
            assert_true(i == 0 || cell[-1].row < cell->row || (cell[-1].row == cell->row && cell[-1].column < cell->column));
        }
        assert_true(!acyclic || dsm.above_count == 0);
        assert_int_equal(lens_acc_dsm(view, &lens, true, &builder.views, &dsm, NULL), STATUS_OK);
        for (uint32_t i = 0; i < dsm.cell_count; i++) {
            const struct dsm_cell *cell = &dsm.cells[i];
            bool same_group = dsm.group[cell->row] == dsm.group[cell->column];
            assert_true(!same_group || cell->column < cell->row || cell->in_cycle);
        }
        for (uint32_t i = 2; i < dsm.count; i++) { /* groups stand together */
            for (uint32_t j = 0; j + 1 < i; j++) {
                assert_true(dsm.group[j] != dsm.group[i] || dsm.group[i - 1] == dsm.group[i]);
            }
        }
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(coupling_follows_martin),
        TEST(violations_without_severity_block_by_their_type),
        TEST(cycles_come_from_dependencies_and_from_reports),
        TEST(a_cycle_has_the_same_id_whatever_its_order),
        TEST(an_analysis_is_open_until_its_manifest_completes),
        TEST(what_lies_above_the_diagonal_closes_a_cycle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
