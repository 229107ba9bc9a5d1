/* Layouts: no overlap, edges from left to right, the same for any order of the input. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/limits.h"
#include "lens/layout.h"

struct sample {
    struct layout_node nodes[600];
    struct layout_edge edges[2400];
    struct str groups[20];
    char ids[600][16], group_ids[20][16];
    struct layout_input input;
};

static uint64_t seed = 1;

static uint32_t draw(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((seed >> 33) % below);
}

/* Edges go from smaller to larger numbers only where `acyclic`. */
static void make_sample(struct sample *sample, uint32_t nodes, uint32_t edges, uint32_t groups, bool acyclic)
{
    *sample = (struct sample){0};
    for (uint32_t i = 0; i < nodes; i++) {
        snprintf(sample->ids[i], sizeof sample->ids[i], "n%04u", i);
        sample->nodes[i] = (struct layout_node){str_from(sample->ids[i]), (float)(20 + draw(100)), (float)(10 + draw(60)),
                                                groups == 0 || draw(10) == 0 ? LAYOUT_NO_GROUP : draw(groups)};
    }
    for (uint32_t i = 0; i < edges; i++) {
        uint32_t a = draw(nodes), b = draw(nodes);
        sample->edges[i] = acyclic && a > b ? (struct layout_edge){b, a} : (struct layout_edge){a, b};
    }
    for (uint32_t g = 0; g < groups; g++) {
        snprintf(sample->group_ids[g], sizeof sample->group_ids[g], "g%02u", g);
        sample->groups[g] = str_from(sample->group_ids[g]);
    }
    sample->input = (struct layout_input){nodes, edges, groups, sample->nodes, sample->edges, sample->groups};
}

typedef enum status (*layout_function)(const struct layout_input *, const struct layout_options *, struct arena *,
                                       struct layout *, struct error *);

static void expect_no_overlap(const struct sample *sample, const struct layout *layout)
{
    for (uint32_t i = 0; i < sample->input.node_count; i++) {
        const struct layout_node *a = &sample->nodes[i];
        assert_true(layout->nodes[i].x - a->width / 2 >= -0.5f && layout->nodes[i].y - a->height / 2 >= -0.5f);
        assert_true(layout->nodes[i].x + a->width / 2 <= layout->bounds.width + 0.5f);
        assert_true(layout->nodes[i].y + a->height / 2 <= layout->bounds.height + 0.5f);
        for (uint32_t j = i + 1; j < sample->input.node_count; j++) {
            const struct layout_node *b = &sample->nodes[j];
            float dx = layout->nodes[i].x - layout->nodes[j].x, dy = layout->nodes[i].y - layout->nodes[j].y;
            bool apart = (dx < 0 ? -dx : dx) >= (a->width + b->width) / 2 - 0.1f ||
                         (dy < 0 ? -dy : dy) >= (a->height + b->height) / 2 - 0.1f;
            assert_true(apart);
        }
    }
}

static void shuffle(const struct sample *from, struct sample *to, uint32_t *new_place)
{
    uint32_t n = from->input.node_count, m = from->input.edge_count, g = from->input.group_count;
    uint32_t group_place[20];
    *to = *from;
    for (uint32_t i = 0; i < n; i++) {
        new_place[i] = i;
    }
    for (uint32_t i = n; i > 1; i--) {
        uint32_t j = draw(i), swap = new_place[i - 1];
        new_place[i - 1] = new_place[j];
        new_place[j] = swap;
    }
    for (uint32_t i = 0; i < g; i++) {
        group_place[i] = g - 1 - i;
        to->groups[g - 1 - i] = from->groups[i];
    }
    for (uint32_t i = 0; i < n; i++) {
        to->nodes[new_place[i]] = from->nodes[i];
        if (from->nodes[i].group != LAYOUT_NO_GROUP) {
            to->nodes[new_place[i]].group = group_place[from->nodes[i].group];
        }
    }
    for (uint32_t i = 0; i < m; i++) {
        to->edges[m - 1 - i] = (struct layout_edge){new_place[from->edges[i].source], new_place[from->edges[i].target]};
    }
    to->input = (struct layout_input){n, m, g, to->nodes, to->edges, to->groups};
}

static void expect_same_when_shuffled(const struct sample *sample, layout_function function)
{
    static struct sample other;
    static uint32_t place[600];
    struct arena arena;
    struct layout first, second;
    arena_init(&arena, GIB);
    shuffle(sample, &other, place);
    assert_int_equal(function(&sample->input, NULL, &arena, &first, NULL), STATUS_OK);
    assert_int_equal(function(&other.input, NULL, &arena, &second, NULL), STATUS_OK);
    for (uint32_t i = 0; i < sample->input.node_count; i++) {
        assert_memory_equal(&first.nodes[i], &second.nodes[place[i]], sizeof first.nodes[i]);
        assert_int_equal(first.layers[i], second.layers[place[i]]);
    }
    for (uint32_t g = 0; g < sample->input.group_count; g++) {
        assert_memory_equal(&first.groups[g], &second.groups[sample->input.group_count - 1 - g], sizeof first.groups[g]);
    }
    arena_release(&arena);
}

static void layered_draws_edges_from_left_to_right_without_overlap(void **state)
{
    (void)state;
    static struct sample sample;
    for (uint32_t round = 0; round < 30; round++) {
        struct arena arena;
        struct layout layout;
        bool acyclic = round % 2 == 0;
        make_sample(&sample, 1 + draw(200), draw(500), 0, acyclic);
        arena_init(&arena, GIB);
        assert_int_equal(layout_layered(&sample.input, NULL, &arena, &layout, NULL), STATUS_OK);
        expect_no_overlap(&sample, &layout);
        for (uint32_t i = 0; i < sample.input.edge_count; i++) {
            uint32_t source = sample.edges[i].source, target = sample.edges[i].target;
            if (source == target) {
                continue;
            }
            assert_false(acyclic && layout.reversed[i]);
            uint32_t left = layout.reversed[i] ? target : source, right = layout.reversed[i] ? source : target;
            assert_true(layout.layers[left] < layout.layers[right]);
            assert_true(layout.nodes[left].x < layout.nodes[right].x);
        }
        arena_release(&arena);
    }
}

static void grouped_keeps_members_in_their_boxes_and_boxes_apart(void **state)
{
    (void)state;
    static struct sample sample;
    for (uint32_t round = 0; round < 30; round++) {
        struct arena arena;
        struct layout layout;
        make_sample(&sample, 1 + draw(300), draw(600), 1 + draw(19), round % 2 == 0);
        arena_init(&arena, GIB);
        assert_int_equal(layout_grouped(&sample.input, NULL, &arena, &layout, NULL), STATUS_OK);
        expect_no_overlap(&sample, &layout);
        for (uint32_t i = 0; i < sample.input.node_count; i++) {
            for (uint32_t g = 0; g < sample.input.group_count; g++) {
                struct layout_box box = layout.groups[g];
                struct layout_point at = layout.nodes[i];
                bool inside = at.x > box.x && at.x < box.x + box.width && at.y > box.y && at.y < box.y + box.height;
                assert_int_equal(inside, sample.nodes[i].group == g);
            }
        }
        arena_release(&arena);
    }
}

static void trees_stand_apart_and_survive_circles(void **state)
{
    (void)state;
    static struct sample sample;
    for (uint32_t round = 0; round < 30; round++) {
        struct arena arena;
        struct layout layout;
        make_sample(&sample, 1 + draw(300), draw(400), 0, round % 2 == 0);
        arena_init(&arena, GIB);
        assert_int_equal(layout_tree(&sample.input, NULL, &arena, &layout, NULL), STATUS_OK);
        expect_no_overlap(&sample, &layout);
        arena_release(&arena);
    }
}

static void the_order_of_the_input_does_not_matter(void **state)
{
    (void)state;
    static struct sample sample;
    for (uint32_t round = 0; round < 20; round++) {
        make_sample(&sample, 1 + draw(150), draw(400), 1 + draw(10), round % 2 == 0);
        expect_same_when_shuffled(&sample, layout_layered);
        expect_same_when_shuffled(&sample, layout_grouped);
        expect_same_when_shuffled(&sample, layout_tree);
    }
}

static void nothing_is_laid_out_as_nothing(void **state)
{
    (void)state;
    struct layout_input input = {0};
    struct arena arena;
    struct layout layout;
    arena_init(&arena, MIB);
    assert_int_equal(layout_layered(&input, NULL, &arena, &layout, NULL), STATUS_OK);
    assert_int_equal(layout_grouped(&input, NULL, &arena, &layout, NULL), STATUS_OK);
    assert_int_equal(layout_tree(&input, NULL, &arena, &layout, NULL), STATUS_OK);
    assert_true(layout.bounds.width < 1 && layout.bounds.height < 1);
    arena_release(&arena);
}

static void bad_input_is_refused_with_a_sentence(void **state)
{
    (void)state;
    static struct sample sample;
    struct arena arena;
    struct layout layout;
    struct error error = {0};
    arena_init(&arena, MIB);
    make_sample(&sample, 3, 1, 0, true);
    sample.edges[0].target = 3;
    assert_int_equal(layout_layered(&sample.input, NULL, &arena, &layout, &error), STATUS_INVALID);
    assert_non_null(strstr(error.text, "not there"));
    make_sample(&sample, 3, 0, 1, true);
    sample.nodes[1].group = 1;
    assert_int_equal(layout_grouped(&sample.input, NULL, &arena, &layout, &error), STATUS_INVALID);
    sample.input.node_count = LIMIT_LAYOUT_NODES + 1;
    assert_int_equal(layout_tree(&sample.input, NULL, &arena, &layout, &error), STATUS_INVALID);
    arena_release(&arena);
}

static void too_little_memory_is_an_error(void **state)
{
    (void)state;
    static struct sample sample;
    const layout_function functions[] = {layout_layered, layout_grouped, layout_tree};
    make_sample(&sample, 200, 500, 5, false);
    for (size_t f = 0; f < 3; f++) {
        size_t failures = 0;
        enum status status = STATUS_FATAL;
        for (size_t limit = 4 * KIB; status != STATUS_OK; limit += 16 * KIB) {
            struct arena arena;
            struct layout layout;
            arena_init(&arena, limit);
            status = functions[f](&sample.input, NULL, &arena, &layout, NULL);
            failures += status == STATUS_FATAL;
            arena_release(&arena);
        }
        assert_true(failures > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layered_draws_edges_from_left_to_right_without_overlap),
        cmocka_unit_test(grouped_keeps_members_in_their_boxes_and_boxes_apart),
        cmocka_unit_test(trees_stand_apart_and_survive_circles),
        cmocka_unit_test(the_order_of_the_input_does_not_matter),
        cmocka_unit_test(nothing_is_laid_out_as_nothing),
        cmocka_unit_test(bad_input_is_refused_with_a_sentence),
        cmocka_unit_test(too_little_memory_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
