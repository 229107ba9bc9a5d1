/* bench_graph: what the graph costs, without network and disk.
 *
 *   bench_graph asof         reads of a 1000-node iteration with 10, 100, 1000 facts a node: now, as of a past V, as known at
 *                            a past K, with everything in order and with a tenth of the events late
 *   bench_graph growth MAX   cost of one more event, of one duplicates check, and bytes a fact, at 10^4, 10^5 … MAX facts
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "correlate/correlate.h"
#include "event/decode.h"
#include "graph/graph.h"
#include "graph/graph_view.h"

#define BASE_MS INT64_C(1760000000000)

struct maker {
    struct event_decoder *decoder;
    struct arena arena;
    char text[1024 + 64];
};

static double seconds(void)
{
    return (double)clock_monotonic_ns(&clock_system) / 1e9;
}

static void die(const char *what, const struct error *error)
{
    (void)fprintf(stderr, "%s: %s: %s\n", what, error->place, error->text);
    exit(1);
}

/* One event of a mixed load: a third each of tasks, scenarios, modules. */
static void make_event(struct maker *maker, uint64_t number, uint64_t node, uint64_t iteration, int64_t timestamp,
                       struct event *event)
{
    static const char *const types[] = {"TASK_STARTED", "TASK_COMPLETED", "TASK_RETRYING"};
    int length;
    unsigned kind = (unsigned)(node % 3);
    if (kind == 0) {
        length = snprintf(maker->text, 1024,
                          "{\"event_id\":\"0193a5b2-0000-7000-8000-%012" PRIx64 "\",\"timestamp\":%" PRId64
                          ",\"iteration_id\":\"Bench-%" PRIu64 "\",\"event_type\":\"%s\",\"node_id\":\"task-%" PRIu64
                          "\",\"node_type\":\"ACTION\",\"requirement_id\":\"REQ-%" PRIu64
                          "\",\"trace_id\":\"4bf92f3577b34da6a3ce929d0e%06" PRIx64
                          "\",\"metadata\":{\"name\":\"Build package %" PRIu64 "\",\"capability\":\"build\"}}",
                          number, timestamp, iteration, types[number % 3], node, node % 20, number / 1000 & 0xffffff, node);
    } else if (kind == 1) {
        length = snprintf(maker->text, 1024,
                          "{\"event_id\":\"0193a5b2-0000-7000-8000-%012" PRIx64 "\",\"timestamp\":%" PRId64
                          ",\"iteration_id\":\"Bench-%" PRIu64 "\",\"event_type\":\"SCENARIO_PASSED\",\"scenario_id\":\"f.feature:%" PRIu64
                          "\",\"feature_path\":\"f.feature\",\"scenario_name\":\"Scenario %" PRIu64
                          "\",\"scenario_tags\":[\"@contract:API:v1\",\"@requirement:REQ-%" PRIu64 "\"],\"duration_ms\":%" PRIu64 "}",
                          number, timestamp, iteration, node, node, node % 20, number % 997);
    } else {
        length = snprintf(maker->text, 1024,
                          "{\"event_id\":\"0193a5b2-0000-7000-8000-%012" PRIx64 "\",\"timestamp\":%" PRId64
                          ",\"iteration_id\":\"Bench-%" PRIu64 "\",\"event_type\":\"MODULE_ANALYZED\",\"module_path\":\"p/m%" PRIu64
                          ".js\",\"manifest_name\":\"cruise\",\"component\":\"p%" PRIu64 "\",\"depends_on\":[\"p/m%" PRIu64
                          ".js\"],\"lines\":%" PRIu64 "}",
                          number, timestamp, iteration, node, node % 20, node + 3, number % 500);
    }
    struct event_fault fault;
    arena_clear(&maker->arena);
    if (event_decode(maker->decoder, (struct str){maker->text, (size_t)length}, &maker->arena,
                     &(struct event_defaults){.now_ms = INT64_MAX / 2}, event, &fault) != STATUS_OK) {
        die("event", &fault.error);
    }
}

/* Median of the repeated time of one read, in ms. */
static double read_ms(const struct graph *graph, int64_t valid_at, int64_t known_at, uint32_t *nodes)
{
    double times[9];
    struct correlate_config config = correlate_config_default();
    struct arena arena;
    arena_init(&arena, LIMIT_REQUEST_ARENA_BYTES);
    for (int i = 0; i < 9; i++) {
        struct graph_view *view;
        struct error error;
        arena_clear(&arena);
        double begun = seconds();
        if (graph_view_open(graph, STR("default"), STR("Bench-0"), valid_at, known_at, &arena, &view, &error) != STATUS_OK ||
            correlate_view(view, &config, &error) != STATUS_OK) {
            die("view", &error);
        }
        times[i] = (seconds() - begun) * 1e3;
        *nodes = view->node_count;
    }
    arena_release(&arena);
    for (int i = 1; i < 9; i++) {
        for (int j = i; j > 0 && times[j] < times[j - 1]; j--) {
            double swap = times[j];
            times[j] = times[j - 1];
            times[j - 1] = swap;
        }
    }
    return times[4];
}

static void asof(struct maker *maker)
{
    (void)printf("%-14s %-8s %10s %10s %10s %8s\n", "facts a node", "arrival", "now ms", "as of ms", "known ms", "nodes");
    for (int depth = 10; depth <= 1000; depth *= 10) {
        for (int late = 0; late <= 1; late++) {
            struct graph *graph;
            struct error error;
            if (graph_new(&graph, &error) != STATUS_OK) {
                die("graph", &error);
            }
            uint64_t number = 0;
            for (int round = 0; round < depth; round++) {
                for (uint64_t node = 0; node < 1000; node++, number++) {
                    struct event event;
                    int64_t back = late && number % 10 == 0 ? (int64_t)(number % 50) * 1000 : 0;
                    make_event(maker, number, node, 0, BASE_MS + (int64_t)number - back, &event);
                    if (graph_apply(graph, &event, number + 1, BASE_MS + (int64_t)number, NULL, &error) != STATUS_OK) {
                        die("apply", &error);
                    }
                }
            }
            int64_t half = BASE_MS + (int64_t)number / 2;
            uint32_t nodes;
            double now = read_ms(graph, TIME_MAX, TIME_MAX, &nodes);
            double as_of = read_ms(graph, half, TIME_MAX, &nodes);
            double known = read_ms(graph, TIME_MAX, half, &nodes);
            (void)printf("%-14d %-8s %10.2f %10.2f %10.2f %8u   (as of / now: %.2f)\n", depth, late ? "late" : "in order", now,
                         as_of, known, nodes, as_of / now);
            graph_free(graph);
        }
    }
}

static void growth(struct maker *maker, uint64_t max)
{
    struct graph *graph;
    struct error error;
    if (graph_new(&graph, &error) != STATUS_OK) {
        die("graph", &error);
    }
    (void)printf("%-10s %14s %14s %12s %12s\n", "facts", "us an event", "us a check", "bytes a fact", "MiB in all");
    uint64_t number = 0;
    for (uint64_t goal = 10000; goal <= max; goal *= 10) {
        double apply = 0, check = 0;
        uint64_t measured = 0;
        for (; number < goal; number++) {
            struct event event;
            make_event(maker, number, number % 300, number / 3000, BASE_MS + (int64_t)number, &event);
            bool timed = number >= goal - goal / 10;
            double begun = timed ? seconds() : 0;
            if (graph_find_key(graph, event.tenant_id, event.key) != GRAPH_NONE) {
                (void)fprintf(stderr, "an event repeats\n");
                exit(1);
            }
            double checked = timed ? seconds() : 0;
            if (graph_apply(graph, &event, number + 1, BASE_MS + (int64_t)number, NULL, &error) != STATUS_OK) {
                die("apply", &error);
            }
            if (timed) {
                check += checked - begun;
                apply += seconds() - checked;
                measured++;
            }
        }
        struct graph_memory memory = graph_memory(graph);
        (void)printf("%-10" PRIu64 " %14.2f %14.2f %12.0f %12.0f\n", goal, apply / (double)measured * 1e6,
                     check / (double)measured * 1e6, (double)memory.total / (double)memory.fact_count,
                     (double)memory.total / 1048576);
    }
    graph_free(graph);
}

int main(int argc, char **argv)
{
    struct maker maker = {.decoder = event_decoder_new()};
    arena_init(&maker.arena, 16 * MIB);
    if (argc > 1 && strcmp(argv[1], "asof") == 0) {
        asof(&maker);
    } else if (argc > 2 && strcmp(argv[1], "growth") == 0) {
        growth(&maker, strtoull(argv[2], NULL, 10));
    } else {
        (void)fprintf(stderr, "usage: bench_graph asof | growth MAX\n");
        return 2;
    }
    arena_release(&maker.arena);
    event_decoder_free(maker.decoder);
    return 0;
}
