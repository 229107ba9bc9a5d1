/* Trees from left to right.
 *
 * A node's parent is the smallest id that points to it. Where following parents runs in a circle, the smallest id of the
 * circle becomes a root. Each subtree gets a block as high as its children's blocks together, or as the node itself; the
 * node stands at the middle of its block. So blocks, and with them nodes, never overlap. */
#include <stdlib.h>
#include <string.h>

#include "lens/layout_parts.h"

struct tree {
    struct layout_work *work;
    uint32_t *parent; /* UINT32_MAX for roots */
    uint32_t *depth;
    uint32_t *order;  /* parents before children, brothers by id */
    struct digraph children;
    double *block;    /* height of each subtree */
    double *children_height; /* of the children's blocks with the gaps between them */
    double *top;      /* of each block */
};

static void find_parents(struct tree *tree)
{
    const struct digraph *graph = &tree->work->graph;
    for (uint32_t v = 0; v < graph->node_count; v++) {
        for (uint32_t e = graph->starts[v]; e < graph->starts[v + 1]; e++) {
            if (tree->parent[graph->targets[e]] == UINT32_MAX) {
                tree->parent[graph->targets[e]] = v; /* vertices ascend, so the first is the smallest */
            }
        }
    }
}

/* mark[v]: the walk that came by v, counted from 1. */
static void cut_circles(struct tree *tree, uint32_t *mark)
{
    uint32_t n = tree->work->node_count;
    for (uint32_t v = 0; v < n; v++) {
        uint32_t at = v;
        while (at != UINT32_MAX && mark[at] == 0) {
            mark[at] = v + 1;
            at = tree->parent[at];
        }
        if (at == UINT32_MAX || mark[at] != v + 1) {
            continue;
        }
        uint32_t smallest = at;
        for (uint32_t i = tree->parent[at]; i != at; i = tree->parent[i]) {
            smallest = i < smallest ? i : smallest;
        }
        tree->parent[smallest] = UINT32_MAX;
    }
}

static bool list_children(struct tree *tree)
{
    uint32_t n = tree->work->node_count, count = 0;
    struct edge *edges = arena_new(tree->work->arena, n * sizeof *edges);
    if (edges == NULL) {
        return false;
    }
    for (uint32_t v = 0; v < n; v++) {
        if (tree->parent[v] != UINT32_MAX) {
            edges[count++] = (struct edge){tree->parent[v], v};
        }
    }
    if (!digraph_build(n, edges, count, tree->work->arena, &tree->children)) {
        return false;
    }
    count = 0;
    for (uint32_t v = 0; v < n; v++) {
        if (tree->parent[v] == UINT32_MAX) {
            tree->order[count++] = v;
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t v = tree->order[i];
        for (uint32_t e = tree->children.starts[v]; e < tree->children.starts[v + 1]; e++) {
            tree->depth[tree->children.targets[e]] = tree->depth[v] + 1;
            tree->order[count++] = tree->children.targets[e];
        }
    }
    return true;
}

static void measure_blocks(struct tree *tree)
{
    double gap = tree->work->options.node_gap;
    for (uint32_t i = tree->work->node_count; i > 0; i--) {
        uint32_t v = tree->order[i - 1];
        double sum = 0;
        for (uint32_t e = tree->children.starts[v]; e < tree->children.starts[v + 1]; e++) {
            sum += tree->block[tree->children.targets[e]] + (e > tree->children.starts[v] ? gap : 0);
        }
        tree->children_height[v] = sum;
        tree->block[v] = sum > tree->work->heights[v] ? sum : tree->work->heights[v];
    }
}

static void place_blocks(struct tree *tree, const double *column_x)
{
    double gap = tree->work->options.node_gap, next_root = 0;
    for (uint32_t i = 0; i < tree->work->node_count; i++) {
        uint32_t v = tree->order[i];
        if (tree->parent[v] == UINT32_MAX) {
            tree->top[v] = next_root;
            next_root += tree->block[v] + gap;
        }
        double y = tree->top[v] + (tree->block[v] - tree->children_height[v]) / 2;
        for (uint32_t e = tree->children.starts[v]; e < tree->children.starts[v + 1]; e++) {
            tree->top[tree->children.targets[e]] = y;
            y += tree->block[tree->children.targets[e]] + gap;
        }
        layout_place(tree->work, v, (float)column_x[tree->depth[v]], (float)(tree->top[v] + tree->block[v] / 2), tree->depth[v]);
    }
}

/* Centre of each column, from the widest node in it. */
static void measure_columns(const struct tree *tree, double *column_x)
{
    uint32_t n = tree->work->node_count;
    double left = 0;
    memset(column_x, 0, ((size_t)n + 1) * sizeof *column_x);
    for (uint32_t v = 0; v < n; v++) {
        double width = tree->work->widths[v];
        column_x[tree->depth[v]] = width > column_x[tree->depth[v]] ? width : column_x[tree->depth[v]];
    }
    for (uint32_t d = 0; d < n && column_x[d] > 0; d++) {
        double width = column_x[d];
        column_x[d] = left + width / 2;
        left += width + tree->work->options.layer_gap;
    }
}

enum status layout_tree(const struct layout_input *input, const struct layout_options *options, struct arena *arena,
                        struct layout *layout, struct error *error)
{
    struct layout_work work;
    enum status status = layout_begin(&work, input, options, arena, layout, error);
    if (status != STATUS_OK) {
        return status;
    }
    size_t n = (size_t)work.node_count + 1;
    struct tree tree = {.work = &work,
                        .parent = arena_new(arena, n * sizeof *tree.parent),
                        .depth = arena_new_zeroed(arena, n, sizeof *tree.depth),
                        .order = arena_new(arena, n * sizeof *tree.order),
                        .block = arena_new(arena, n * sizeof *tree.block),
                        .children_height = arena_new(arena, n * sizeof *tree.children_height),
                        .top = arena_new(arena, n * sizeof *tree.top)};
    uint32_t *mark = arena_new_zeroed(arena, n, sizeof *mark);
    double *column_x = arena_new(arena, n * sizeof *column_x);
    if (tree.parent == NULL || tree.depth == NULL || tree.order == NULL || tree.block == NULL ||
        tree.children_height == NULL || tree.top == NULL || mark == NULL || column_x == NULL) {
        return error_no_memory(error, "layout");
    }
    memset(tree.parent, 0xff, n * sizeof *tree.parent);
    find_parents(&tree);
    cut_circles(&tree, mark);
    if (!list_children(&tree)) {
        return error_no_memory(error, "layout");
    }
    measure_blocks(&tree);
    measure_columns(&tree, column_x);
    place_blocks(&tree, column_x);
    layout_finish(&work);
    return STATUS_OK;
}
