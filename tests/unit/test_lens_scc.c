/* Strongly connected components against a reachability matrix, over random graphs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/limits.h"
#include "lens/scc.h"

#define N 24

static uint64_t seed = 7;

static uint32_t draw(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((seed >> 33) % below);
}

static void reach(bool matrix[N][N], uint32_t n)
{
    for (uint32_t k = 0; k < n; k++) {
        for (uint32_t i = 0; i < n; i++) {
            for (uint32_t j = 0; j < n; j++) {
                matrix[i][j] |= matrix[i][k] && matrix[k][j];
            }
        }
    }
}

static void components_are_the_classes_of_mutual_reachability(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 64 * MIB);
    for (uint32_t round = 0; round < 3000; round++) {
        static bool matrix[N][N];
        struct edge edges[60];
        uint32_t n = 1 + draw(N), edge_count = draw(60);
        struct digraph graph;
        struct scc scc;
        arena_clear(&arena);
        memset(matrix, 0, sizeof matrix);
        for (uint32_t e = 0; e < edge_count; e++) {
            edges[e] = (struct edge){draw(n), draw(n)};
            matrix[edges[e].source][edges[e].target] = true;
        }
        reach(matrix, n);
        assert_true(digraph_build(n, edges, edge_count, &arena, &graph) && scc_find(&graph, &arena, &scc));
        const uint32_t *levels = scc_levels(&graph, &scc, &arena);
        assert_non_null(levels);
        uint32_t cyclic = 0;
        for (uint32_t i = 0; i < n; i++) {
            for (uint32_t j = 0; j < n; j++) {
                bool together = i == j || (matrix[i][j] && matrix[j][i]);
                assert_int_equal(scc.component_of[i] == scc.component_of[j], together);
                if (matrix[i][j] && !together) {
                    assert_true(scc.component_of[j] < scc.component_of[i]);
                    assert_true(levels[scc.component_of[j]] < levels[scc.component_of[i]]);
                }
            }
            assert_int_equal(scc.cyclic[scc.component_of[i]], matrix[i][i]);
        }
        for (uint32_t c = 0; c < scc.count; c++) {
            cyclic += scc.cyclic[c];
            for (uint32_t m = scc.starts[c]; m < scc.starts[c + 1]; m++) {
                assert_int_equal(scc.component_of[scc.members[m]], c);
                assert_true(m == scc.starts[c] || scc.members[m - 1] < scc.members[m]);
            }
        }
        assert_int_equal(scc.cyclic_count, cyclic);
    }
    arena_release(&arena);
}

static void a_chain_of_a_million_nodes_needs_no_stack(void **state)
{
    (void)state;
    const uint32_t n = 1000000;
    struct arena arena;
    struct digraph graph;
    struct scc scc;
    arena_init(&arena, GIB);
    struct edge *edges = arena_new(&arena, n * sizeof *edges);
    assert_non_null(edges);
    for (uint32_t i = 0; i < n; i++) {
        edges[i] = (struct edge){i, (i + 1) % n};
    }
    assert_true(digraph_build(n, edges, n, &arena, &graph) && scc_find(&graph, &arena, &scc));
    assert_int_equal(scc.count, 1);
    assert_true(digraph_build(n, edges, n - 1, &arena, &graph) && scc_find(&graph, &arena, &scc));
    assert_int_equal(scc.count, n);
    arena_release(&arena);
}

static void reversing_turns_every_edge_round(void **state)
{
    (void)state;
    const struct edge edges[] = {{0, 2}, {0, 1}, {2, 1}, {0, 1}};
    struct arena arena;
    struct digraph graph, reversed;
    arena_init(&arena, MIB);
    assert_true(digraph_build(3, edges, 4, &arena, &graph) && digraph_reverse(&graph, &arena, &reversed));
    assert_int_equal(graph.starts[3], 3);
    assert_int_equal(reversed.starts[1] - reversed.starts[0], 0);
    assert_int_equal(reversed.starts[2] - reversed.starts[1], 2);
    assert_int_equal(reversed.targets[reversed.starts[2]], 0);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(components_are_the_classes_of_mutual_reachability),
        cmocka_unit_test(a_chain_of_a_million_nodes_needs_no_stack),
        cmocka_unit_test(reversing_turns_every_edge_round),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
