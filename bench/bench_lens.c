/* What the lenses cost: best of several runs, in ms, beside the time a memcpy of the view's nodes takes.
 *
 * Usage: bench_lens. Golden size is 50 tasks, 100 scenarios, 80 modules; the big views have 1000 nodes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "lens/blame.h"
#include "lens/timeline.h"
#include "lens/layout.h"
#include "lens/verdict.h"
/* Each bench is built from one file (bench/meson.build). */
#include "../tests/unit/view_builder.c"

#define RUNS 9

static uint64_t seed = 1;

static uint32_t draw(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((seed >> 33) % below);
}

static void expect(bool ok)
{
    if (!ok) {
        fprintf(stderr, "bench_lens: a call failed\n");
        exit(1);
    }
}

static double ms_since(uint64_t start)
{
    return (double)(clock_monotonic_ns(&clock_system) - start) / 1e6;
}

static void print(const char *what, double ms)
{
    printf("%-58s %9.3f ms\n", what, ms);
}

/* --- views ------------------------------------------------------------------------------------------------------------ */

static void tell_tasks(struct view_builder *builder, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        char node[16];
        snprintf(node, sizeof node, "t%04u", i);
        view_builder_sayf(builder, "TASK_CREATED", i, node,
                          "'requirement_id':'R-%u','node_type':'%s','metadata':{'estimated_effort':'%u','depends_on':'t%04u,t%04u'}",
                          i / 5, i % 5 == 0 ? "INTERFACE" : "ACTION", 1 + draw(9), i == 0 ? 9999 : draw(i), i == 0 ? 9999 : draw(i));
        view_builder_say(builder, "TASK_STARTED", 1000 + i, node, "");
        if (i % 5 == 0) {
            view_builder_sayf(builder, "CONTRACT_LOCKED", 1100 + i, node, "'contract_id':'Api%u','contract_version':'v1'", i / 5);
            snprintf(node, sizeof node, "R-%u", i / 5);
            view_builder_say(builder, "REQUIREMENT_DECLARED", i, node, "");
            snprintf(node, sizeof node, "t%04u", i);
        }
        view_builder_sayf(builder, "ARTIFACT_CREATED", 1200 + i, node, "'artifact_path':'src/m%04u.ts'", i);
        view_builder_say(builder, i % 40 == 39 ? "TASK_FAILED" : "TASK_COMPLETED", 1500 + i, node, "");
    }
}

static void tell_scenarios(struct view_builder *builder, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        char node[16];
        snprintf(node, sizeof node, "s%04u", i);
        view_builder_say(builder, "SCENARIO_STARTED", 2000 + i, node, "");
        view_builder_sayf(builder, i % 20 == 19 ? "SCENARIO_FAILED" : "SCENARIO_PASSED", 2500 + i, node,
                          "'feature_path':'f%u.feature','scenario_tags':['@contract:Api%u:v1','@requirement:R-%u'],"
                          "'metadata':{'commit':'c1'}",
                          i / 10, i / 10, i / 10);
    }
}

static void tell_modules(struct view_builder *builder, uint32_t count, uint32_t edges)
{
    for (uint32_t i = 0; i < count; i++) {
        char node[32], list[512] = "";
        snprintf(node, sizeof node, "src/m%04u.ts", i);
        for (uint32_t e = 0; e < edges && i > 0; e++) {
            snprintf(list + strlen(list), sizeof list - strlen(list), "%s'src/m%04u.ts'", e > 0 ? "," : "", draw(i));
        }
        view_builder_sayf(builder, "MODULE_ANALYZED", 3000 + i, node, "'module_path':'%s','component':'c%u','depends_on':[%s]",
                          node, i / 10, list);
        if (i % 30 == 29) {
            view_builder_sayf(builder, "VIOLATION_DETECTED", 4000 + i, node, "'module_path':'%s','violation_type':'LAYER_VIOLATION'",
                              node);
        }
    }
}

static void bench_verdict(const char *name, uint32_t tasks, uint32_t scenarios, uint32_t modules)
{
    struct view_builder builder;
    struct policy policy;
    struct arena arena;
    double open_ms = 1e9, whole_ms = 1e9, summary_ms = 1e9, write_ms = 1e9, copy_ms = 1e9;
    char title[96];
    view_builder_init(&builder);
    arena_init(&arena, GIB);
    expect(policy_default(&policy, NULL) == STATUS_OK);
    tell_tasks(&builder, tasks);
    tell_scenarios(&builder, scenarios);
    tell_modules(&builder, modules, 3);
    uint32_t nodes = 0;
    for (int run = 0; run < RUNS; run++) {
        struct verdict verdict;
        struct buffer text;
        struct json_writer writer;
        uint64_t start = clock_monotonic_ns(&clock_system);
        struct graph_view *view = view_builder_view(&builder);
        double ms = ms_since(start);
        open_ms = ms < open_ms ? ms : open_ms;
        nodes = view->node_count;

        arena_clear(&arena);
        start = clock_monotonic_ns(&clock_system);
        expect(verdict_read_summary(view, &policy, &arena, &verdict, NULL) == STATUS_OK);
        ms = ms_since(start);
        summary_ms = ms < summary_ms ? ms : summary_ms;

        arena_clear(&arena);
        start = clock_monotonic_ns(&clock_system);
        expect(verdict_read(view, &policy, &arena, &verdict, NULL) == STATUS_OK);
        ms = ms_since(start);
        whole_ms = ms < whole_ms ? ms : whole_ms;

        buffer_init(&text, 64 * MIB);
        start = clock_monotonic_ns(&clock_system);
        json_write_init(&writer, &text, 0);
        verdict_write(&verdict, view, &writer);
        ms = ms_since(start);
        write_ms = ms < write_ms ? ms : write_ms;
        buffer_release(&text);

        void *copy = malloc(nodes * sizeof *view->nodes);
        expect(copy != NULL);
        start = clock_monotonic_ns(&clock_system);
        memcpy(copy, view->nodes, nodes * sizeof *view->nodes);
        __asm__ volatile("" : : "r"(copy) : "memory");
        ms = ms_since(start);
        copy_ms = ms < copy_ms ? ms : copy_ms;
        free(copy);
    }
    snprintf(title, sizeof title, "%s (%u nodes): memcpy of its nodes", name, nodes);
    print(title, copy_ms);
    snprintf(title, sizeof title, "%s: view and links", name);
    print(title, open_ms);
    snprintf(title, sizeof title, "%s: verdict, summary", name);
    print(title, summary_ms);
    snprintf(title, sizeof title, "%s: verdict, whole", name);
    print(title, whole_ms);
    snprintf(title, sizeof title, "%s: verdict as JSON", name);
    print(title, write_ms);

    struct blame blame;
    struct correlate_config config = correlate_config_default();
    arena_clear(&arena);
    uint64_t start = clock_monotonic_ns(&clock_system);
    struct verdict_source source = {builder.graph, STR("default"), STR("it"), &policy, correlate_view, &config};
    expect(blame_read(&source, TIME_MAX, &arena, &blame, NULL) == STATUS_OK);
    snprintf(title, sizeof title, "%s: blame, %u facts, %u asked, %u flips", name, blame.fact_count, blame.evaluated,
             blame.flip_count);
    print(title, ms_since(start));
    arena_release(&arena);
    view_builder_release(&builder);
}

static bool go_on(void *context)
{
    (void)context;
    return true;
}

/* Along V: counting, and working out when the verdict changed; with what happened in one workflow, test run and analysis, as tools tell it. */
static void bench_timeline(uint32_t tasks, uint32_t scenarios, uint32_t modules)
{
    struct view_builder builder;
    struct policy policy;
    struct arena arena;
    struct timeline timeline;
    struct timeline_density density;
    struct correlate_config config = correlate_config_default();
    struct timeline_axis axis = {.valid_moves = true, .known_facts = UINT32_MAX};
    double count_ms = 1e9;
    char title[96];
    view_builder_init(&builder);
    arena_init(&arena, GIB);
    expect(policy_default(&policy, NULL) == STATUS_OK);
    view_builder_say(&builder, "WORKFLOW_STARTED", 1, "w", "");
    tell_tasks(&builder, tasks);
    view_builder_say(&builder, "TEST_RUN_STARTED", 2, "r", "");
    tell_scenarios(&builder, scenarios);
    view_builder_say(&builder, "ANALYSIS_STARTED", 3, "m", "'manifest_name':'m'");
    tell_modules(&builder, modules, 3);
    view_builder_say(&builder, "ANALYSIS_COMPLETED", 2000000000, "m", "'manifest_name':'m'");
    view_builder_say(&builder, "TEST_RUN_COMPLETED", 2000000001, "r", "");
    view_builder_say(&builder, "WORKFLOW_COMPLETED", 2000000002, "w", "");
    struct verdict_source source = {builder.graph, STR("default"), STR("it"), &policy, correlate_view, &config};
    for (int run = 0; run < 5; run++) {
        arena_clear(&arena);
        uint64_t start = clock_monotonic_ns(&clock_system);
        expect(timeline_count(&source, axis, INT64_MIN, INT64_MIN, 400, &arena, &density, NULL) == STATUS_OK);
        double ms = ms_since(start);
        count_ms = ms < count_ms ? ms : count_ms;
    }
    snprintf(title, sizeof title, "timeline, %u facts: 400 buckets", density.fact_count);
    print(title, count_ms);
    timeline_init(&timeline, axis);
    uint64_t start = clock_monotonic_ns(&clock_system);
    expect(timeline_work(&timeline, &source, go_on, NULL, NULL) == STATUS_OK && timeline.complete);
    snprintf(title, sizeof title, "timeline, %u facts: %zu changes of the verdict, %u asked", density.fact_count, timeline.mark_count, timeline.evaluated);
    print(title, ms_since(start));
    view_builder_say(&builder, "TASK_STARTED", 2000000003, "one-more", "");
    start = clock_monotonic_ns(&clock_system);
    expect(timeline_work(&timeline, &source, go_on, NULL, NULL) == STATUS_OK && timeline.complete);
    print("timeline: after one more fact", ms_since(start));
    timeline_release(&timeline);
    arena_release(&arena);
    view_builder_release(&builder);
}

static void bench_dsm(uint32_t modules, uint32_t edges)
{
    struct view_builder builder;
    struct arena arena;
    double read_ms = 1e9, dsm_ms = 1e9;
    char title[96];
    view_builder_init(&builder);
    arena_init(&arena, GIB);
    tell_modules(&builder, modules, edges);
    struct graph_view *view = view_builder_view(&builder);
    uint32_t cells = 0;
    for (int run = 0; run < RUNS; run++) {
        struct lens_acc lens;
        struct dsm dsm;
        arena_clear(&arena);
        uint64_t start = clock_monotonic_ns(&clock_system);
        expect(lens_acc_read(view, &arena, &lens, NULL) == STATUS_OK);
        double ms = ms_since(start);
        read_ms = ms < read_ms ? ms : read_ms;
        start = clock_monotonic_ns(&clock_system);
        expect(lens_acc_dsm(view, &lens, false, &arena, &dsm, NULL) == STATUS_OK);
        ms = ms_since(start);
        dsm_ms = ms < dsm_ms ? ms : dsm_ms;
        cells = dsm.cell_count;
    }
    snprintf(title, sizeof title, "ACC lens, %u modules", modules);
    print(title, read_ms);
    snprintf(title, sizeof title, "DSM %u x %u, %u cells", modules, modules, cells);
    print(title, dsm_ms);
    arena_release(&arena);
    view_builder_release(&builder);
}

/* `reach`: how far apart in order the ends of an edge are at most; short ones make deep graphs. */
static void bench_layout(uint32_t nodes, uint32_t edges, uint32_t reach, bool grouped)
{
    struct layout_node *node = calloc(nodes, sizeof *node);
    struct layout_edge *edge = calloc(edges, sizeof *edge);
    char (*ids)[16] = calloc(nodes + 64, sizeof *ids);
    struct str groups[64];
    struct arena arena;
    double best = 1e9;
    char title[96];
    expect(node != NULL && edge != NULL && ids != NULL);
    for (uint32_t i = 0; i < nodes; i++) {
        snprintf(ids[i], sizeof *ids, "n%06u", i);
        node[i] = (struct layout_node){str_from(ids[i]), 160, 48, grouped ? i % 64 : LAYOUT_NO_GROUP};
    }
    for (uint32_t i = 0; i < 64; i++) {
        snprintf(ids[nodes + i], sizeof *ids, "g%02u", i);
        groups[i] = str_from(ids[nodes + i]);
    }
    for (uint32_t i = 0; i < edges; i++) {
        uint32_t a = draw(nodes - 1), span = nodes - 1 - a < reach ? nodes - 1 - a : reach;
        edge[i] = (struct layout_edge){a, a + 1 + draw(span)};
    }
    struct layout_input input = {nodes, edges, grouped ? 64 : 0, node, edge, groups};
    arena_init(&arena, 2 * GIB);
    for (int run = 0; run < 5; run++) {
        struct layout layout;
        arena_clear(&arena);
        uint64_t start = clock_monotonic_ns(&clock_system);
        expect((grouped ? layout_grouped : layout_layered)(&input, NULL, &arena, &layout, NULL) == STATUS_OK);
        double ms = ms_since(start);
        best = ms < best ? ms : best;
    }
    snprintf(title, sizeof title, "layout %s, %u nodes, %u edges, reach %u", grouped ? "grouped" : "layered", nodes, edges, reach);
    print(title, best);
    arena_release(&arena);
    free(node);
    free(edge);
    free(ids);
}

int main(void)
{
    bench_verdict("golden", 50, 100, 80);
    bench_verdict("1000 nodes", 190, 380, 300);
    bench_timeline(2000, 4000, 1500);
    bench_timeline(10500, 22000, 9000);
    bench_dsm(200, 5);
    bench_dsm(1000, 5);
    bench_layout(1000, 3000, 1000, false);
    bench_layout(1000, 3000, 50, false);
    bench_layout(1000, 3000, 1000, true);
    bench_layout(10000, 30000, 10000, false);
    bench_layout(10000, 30000, 200, false);
    bench_layout(10000, 30000, 10000, true);
    return 0;
}
