#include "lens/layout.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "lens/layout_parts.h"

struct keyed {
    struct str id;
    uint32_t node;
};

static int compare_keyed(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;
    int order = str_compare(x->id, y->id);
    return order != 0 ? order : (x->node > y->node) - (x->node < y->node);
}

static float or_default(float given, float fallback)
{
    return given > 0 ? given : fallback;
}

static struct layout_options fill_options(const struct layout_options *given)
{
    static const struct layout_options none;
    given = given == NULL ? &none : given;
    return (struct layout_options){
        .node_width = or_default(given->node_width, 160),
        .node_height = or_default(given->node_height, 48),
        .layer_gap = or_default(given->layer_gap, 80),
        .node_gap = or_default(given->node_gap, 24),
        .group_padding = or_default(given->group_padding, 24),
    };
}

static enum status check(const struct layout_input *input, struct error *error)
{
    if (input->node_count > LIMIT_LAYOUT_NODES) {
        return error_set(error, STATUS_INVALID, "layout", "%u nodes are more than can be laid out (%u); ask for a part of them.",
                         input->node_count, (unsigned)LIMIT_LAYOUT_NODES);
    }
    for (uint32_t i = 0; i < input->edge_count; i++) {
        if (input->edges[i].source >= input->node_count || input->edges[i].target >= input->node_count) {
            return error_set(error, STATUS_INVALID, "layout", "edge %u joins a node that is not there.", i);
        }
    }
    for (uint32_t i = 0; i < input->node_count; i++) {
        if (input->nodes[i].group != LAYOUT_NO_GROUP && input->nodes[i].group >= input->group_count) {
            return error_set(error, STATUS_INVALID, "layout", "node %u is in a group that is not there.", i);
        }
    }
    return STATUS_OK;
}

static bool sort_nodes(struct layout_work *work)
{
    uint32_t n = work->node_count;
    struct keyed *keys = arena_new(work->arena, n * sizeof *keys);
    work->node_of = arena_new(work->arena, n * sizeof *work->node_of);
    work->vertex_of = arena_new(work->arena, n * sizeof *work->vertex_of);
    work->widths = arena_new(work->arena, n * sizeof *work->widths);
    work->heights = arena_new(work->arena, n * sizeof *work->heights);
    if (keys == NULL || work->node_of == NULL || work->vertex_of == NULL || work->widths == NULL || work->heights == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        keys[i] = (struct keyed){work->input->nodes[i].id, i};
    }
    if (n > 1) {
        qsort(keys, n, sizeof *keys, compare_keyed);
    }
    for (uint32_t v = 0; v < n; v++) {
        const struct layout_node *node = &work->input->nodes[keys[v].node];
        work->node_of[v] = keys[v].node;
        work->vertex_of[keys[v].node] = v;
        work->widths[v] = or_default(node->width, work->options.node_width);
        work->heights[v] = or_default(node->height, work->options.node_height);
    }
    return true;
}

static bool sort_edges(struct layout_work *work)
{
    struct edge *edges = arena_new(work->arena, work->input->edge_count * sizeof *edges);
    uint32_t count = 0;
    if (edges == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < work->input->edge_count; i++) {
        struct edge edge = {work->vertex_of[work->input->edges[i].source], work->vertex_of[work->input->edges[i].target]};
        if (edge.source != edge.target) {
            edges[count++] = edge;
        }
    }
    return digraph_build(work->node_count, edges, count, work->arena, &work->graph);
}

enum status layout_begin(struct layout_work *work, const struct layout_input *input, const struct layout_options *options,
                         struct arena *arena, struct layout *layout, struct error *error)
{
    enum status status = check(input, error);
    if (status != STATUS_OK) {
        return status;
    }
    *work = (struct layout_work){.input = input, .options = fill_options(options), .arena = arena,
                                 .node_count = input->node_count, .layout = layout};
    *layout = (struct layout){
        .nodes = arena_new_zeroed(arena, (size_t)input->node_count + 1, sizeof *layout->nodes),
        .layers = arena_new_zeroed(arena, (size_t)input->node_count + 1, sizeof *layout->layers),
        .reversed = arena_new_zeroed(arena, (size_t)input->edge_count + 1, sizeof *layout->reversed),
        .groups = arena_new_zeroed(arena, (size_t)input->group_count + 1, sizeof *layout->groups),
    };
    if (layout->nodes == NULL || layout->layers == NULL || layout->reversed == NULL || layout->groups == NULL ||
        !sort_nodes(work) || !sort_edges(work)) {
        return error_no_memory(error, "layout");
    }
    return STATUS_OK;
}

static void widen(float *low, float *high, float from, float to)
{
    *low = from < *low ? from : *low;
    *high = to > *high ? to : *high;
}

void layout_finish(struct layout_work *work)
{
    struct layout *layout = work->layout;
    float left = 0, right = 0, top = 0, bottom = 0;
    bool any = false;
    for (uint32_t v = 0; v < work->node_count; v++) {
        struct layout_point at = layout->nodes[work->node_of[v]];
        float w = work->widths[v] / 2, h = work->heights[v] / 2;
        if (!any) {
            left = right = at.x;
            top = bottom = at.y;
            any = true;
        }
        widen(&left, &right, at.x - w, at.x + w);
        widen(&top, &bottom, at.y - h, at.y + h);
    }
    for (uint32_t g = 0; g < work->input->group_count; g++) {
        const struct layout_box *box = &layout->groups[g];
        if (box->width > 0) {
            widen(&left, &right, box->x, box->x + box->width);
            widen(&top, &bottom, box->y, box->y + box->height);
        }
    }
    for (uint32_t i = 0; i < work->node_count; i++) {
        layout->nodes[i].x -= left;
        layout->nodes[i].y -= top;
    }
    for (uint32_t g = 0; g < work->input->group_count; g++) {
        if (layout->groups[g].width > 0) {
            layout->groups[g].x -= left;
            layout->groups[g].y -= top;
        }
    }
    layout->bounds = (struct layout_box){0, 0, right - left, bottom - top};
}
