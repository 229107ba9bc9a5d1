/* Layers from left to right (Sugiyama), in five steps.
 *
 * 1. Open cycles: a depth-first search from the sources; an edge back to a vertex still on the path runs right to left.
 * 2. Layers: longest path from the sources; then vertices with at least as many edges out as in move right, next to
 *    what follows them, which shortens edges and cannot break the order.
 * 3. Dummies: an edge over several layers becomes a chain of points, one a layer. Their number is bounded
 *    (POINTS_MAX); the longest edges go without when it would be exceeded, and are then drawn over what they cross.
 * 4. Crossings: sweeps to and fro, each ordering one layer by the barycentre of the neighbours in the layer before it;
 *    the best order seen is kept. At most SWEEPS_MAX, fewer when nothing improves.
 * 5. Heights: every point would like to stand at the mean of its neighbours, must keep its place in the order and its
 *    distance. With u = y minus the distances above it, that is least squares under u1 <= u2 <= …: isotonic regression,
 *    solved exactly in linear time by pooling adjacent violators (Barlow et al. 1972). Sweeps to and fro.
 *
 * Points are numbered: vertices first, in order of ids, then dummies edge by edge. */
#include <stdlib.h>
#include <string.h>

#include "lens/layout_parts.h"

#define POINTS_MAX 150000u
#define SWEEPS_MAX 12
#define SWEEPS_WITHOUT_GAIN 4
#define HEIGHT_SWEEPS 6

struct layered {
    struct layout_work *work;
    struct arena *arena;
    uint32_t n;              /* vertices */
    uint32_t edge_count;
    struct edge *edges;      /* left to right, in order of the digraph */
    bool *reversed;          /* of the digraph's edges */
    uint32_t *topological;   /* vertices in an order that all edges follow */
    uint32_t *layer;         /* of each point */
    uint32_t layer_count;
    uint32_t point_count;
    struct digraph right, left; /* neighbours of points in the next and the previous layer */
    uint32_t *starts;        /* [layer_count + 1] into order */
    uint32_t *order;         /* points, layer by layer, top to bottom */
    uint32_t *place;         /* of each point within its layer */
    double *y;
    bool *isolated;          /* vertices without edges: set in a grid below */
};

/* --- 1. cycles -------------------------------------------------------------------------------------------------------- */

struct visit {
    uint32_t vertex, next;
};

static void search_back_edges(struct layered *layered, uint32_t root, uint8_t *state, struct visit *path)
{
    const struct digraph *graph = &layered->work->graph;
    uint32_t depth = 0;
    path[depth++] = (struct visit){root, graph->starts[root]};
    state[root] = 1;
    while (depth > 0) {
        struct visit *visit = &path[depth - 1];
        if (visit->next == graph->starts[visit->vertex + 1]) {
            state[visit->vertex] = 2;
            depth--;
            continue;
        }
        uint32_t edge = visit->next++, target = graph->targets[edge];
        if (state[target] == 1) {
            layered->reversed[edge] = true;
        } else if (state[target] == 0) {
            state[target] = 1;
            path[depth++] = (struct visit){target, graph->starts[target]};
        }
    }
}

static bool open_cycles(struct layered *layered)
{
    const struct digraph *graph = &layered->work->graph;
    uint32_t n = layered->n;
    uint8_t *state = arena_new_zeroed(layered->arena, (size_t)n + 1, sizeof *state);
    bool *has_before = arena_new_zeroed(layered->arena, (size_t)n + 1, sizeof *has_before);
    struct visit *path = arena_new(layered->arena, n * sizeof *path);
    layered->edge_count = graph->starts[n];
    layered->reversed = arena_new_zeroed(layered->arena, (size_t)layered->edge_count + 1, sizeof *layered->reversed);
    layered->edges = arena_new(layered->arena, layered->edge_count * sizeof *layered->edges);
    if (state == NULL || has_before == NULL || path == NULL || layered->reversed == NULL || layered->edges == NULL) {
        return false;
    }
    for (uint32_t e = 0; e < layered->edge_count; e++) {
        has_before[graph->targets[e]] = true;
    }
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t v = 0; v < n; v++) {
            if (state[v] == 0 && (pass == 1 || !has_before[v])) {
                search_back_edges(layered, v, state, path);
            }
        }
    }
    for (uint32_t v = 0; v < n; v++) {
        for (uint32_t e = graph->starts[v]; e < graph->starts[v + 1]; e++) {
            layered->edges[e] = layered->reversed[e] ? (struct edge){graph->targets[e], v}
                                                     : (struct edge){v, graph->targets[e]};
        }
    }
    return true;
}

static int compare_edge(const void *key, const void *target)
{
    uint32_t x = *(const uint32_t *)key, y = *(const uint32_t *)target;
    return (x > y) - (x < y);
}

static void report_reversed(struct layered *layered)
{
    const struct layout_work *work = layered->work;
    for (uint32_t i = 0; i < work->input->edge_count; i++) {
        uint32_t source = work->vertex_of[work->input->edges[i].source];
        uint32_t target = work->vertex_of[work->input->edges[i].target];
        uint32_t from = work->graph.starts[source];
        const uint32_t *found = source == target
                                    ? NULL
                                    : bsearch(&target, work->graph.targets + from, work->graph.starts[source + 1] - from,
                                              sizeof target, compare_edge);
        work->layout->reversed[i] = found == NULL || layered->reversed[found - work->graph.targets];
    }
}

/* --- 2. layers -------------------------------------------------------------------------------------------------------- */

static void move_right(struct layered *layered, const struct digraph *out, const struct digraph *in)
{
    for (uint32_t i = layered->n; i > 0; i--) {
        uint32_t v = layered->topological[i - 1], nearest = UINT32_MAX;
        for (uint32_t e = out->starts[v]; e < out->starts[v + 1]; e++) {
            uint32_t l = layered->layer[out->targets[e]];
            nearest = l < nearest ? l : nearest;
        }
        uint32_t edges_out = out->starts[v + 1] - out->starts[v], edges_in = in->starts[v + 1] - in->starts[v];
        if (edges_out > 0 && edges_out >= edges_in) {
            layered->layer[v] = nearest - 1;
        }
    }
}

static bool assign_layers(struct layered *layered)
{
    struct digraph out, in;
    uint32_t n = layered->n, count = 0;
    uint32_t *waiting = arena_new_zeroed(layered->arena, (size_t)n + 1, sizeof *waiting);
    layered->topological = arena_new(layered->arena, n * sizeof *layered->topological);
    layered->layer = arena_new_zeroed(layered->arena, (size_t)n + 1, sizeof *layered->layer);
    layered->isolated = arena_new_zeroed(layered->arena, (size_t)n + 1, sizeof *layered->isolated);
    if (waiting == NULL || layered->topological == NULL || layered->layer == NULL || layered->isolated == NULL ||
        !digraph_build(n, layered->edges, layered->edge_count, layered->arena, &out) ||
        !digraph_reverse(&out, layered->arena, &in)) {
        return false;
    }
    for (uint32_t v = 0; v < n; v++) {
        waiting[v] = in.starts[v + 1] - in.starts[v];
        layered->isolated[v] = waiting[v] == 0 && out.starts[v] == out.starts[v + 1];
        if (waiting[v] == 0) {
            layered->topological[count++] = v;
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t v = layered->topological[i];
        for (uint32_t e = out.starts[v]; e < out.starts[v + 1]; e++) {
            uint32_t target = out.targets[e];
            if (layered->layer[target] < layered->layer[v] + 1) {
                layered->layer[target] = layered->layer[v] + 1;
            }
            if (--waiting[target] == 0) {
                layered->topological[count++] = target;
            }
        }
    }
    move_right(layered, &out, &in);
    for (uint32_t v = 0; v < n; v++) {
        if (!layered->isolated[v] && layered->layer[v] >= layered->layer_count) {
            layered->layer_count = layered->layer[v] + 1;
        }
    }
    return true;
}

/* --- 3. dummies ------------------------------------------------------------------------------------------------------- */

static uint32_t span(const struct layered *layered, uint32_t edge)
{
    return layered->layer[layered->edges[edge].target] - layered->layer[layered->edges[edge].source];
}

/* The longest span whose edges, with all shorter ones, need no more than POINTS_MAX points. */
static uint32_t choose_span_max(const struct layered *layered, uint64_t *points)
{
    uint64_t *of_span = arena_new_zeroed(layered->arena, (size_t)layered->layer_count + 1, sizeof *of_span);
    *points = layered->n;
    if (of_span == NULL) {
        return 0;
    }
    for (uint32_t e = 0; e < layered->edge_count; e++) {
        of_span[span(layered, e)] += span(layered, e) - 1;
    }
    uint32_t longest = 1;
    while (longest + 1 < layered->layer_count && *points + of_span[longest + 1] <= POINTS_MAX) {
        *points += of_span[++longest];
    }
    return longest;
}

static bool add_dummies(struct layered *layered)
{
    uint64_t points;
    uint32_t span_max = choose_span_max(layered, &points), segment_count = 0, next = layered->n;
    uint32_t *layer = arena_new(layered->arena, points * sizeof *layer);
    struct edge *segments = arena_new(layered->arena, (points + layered->edge_count) * sizeof *segments);
    if (span_max == 0 || layer == NULL || segments == NULL) {
        return false;
    }
    memcpy(layer, layered->layer, layered->n * sizeof *layer);
    for (uint32_t e = 0; e < layered->edge_count; e++) {
        uint32_t at = layered->edges[e].source, long_span = span(layered, e);
        if (long_span > span_max) {
            continue;
        }
        for (uint32_t i = 1; i < long_span; i++) {
            layer[next] = layer[at] + 1;
            segments[segment_count++] = (struct edge){at, next};
            at = next++;
        }
        segments[segment_count++] = (struct edge){at, layered->edges[e].target};
    }
    layered->layer = layer;
    layered->point_count = next;
    return digraph_build(next, segments, segment_count, layered->arena, &layered->right) &&
           digraph_reverse(&layered->right, layered->arena, &layered->left);
}

/* --- 4. crossings ----------------------------------------------------------------------------------------------------- */

static bool first_order(struct layered *layered)
{
    size_t layers = (size_t)layered->layer_count + 2;
    layered->starts = arena_new_zeroed(layered->arena, layers, sizeof *layered->starts);
    layered->order = arena_new(layered->arena, layered->point_count * sizeof *layered->order);
    layered->place = arena_new_zeroed(layered->arena, (size_t)layered->point_count + 1, sizeof *layered->place);
    uint32_t *filled = arena_new_zeroed(layered->arena, layers, sizeof *filled);
    if (layered->starts == NULL || layered->order == NULL || layered->place == NULL || filled == NULL) {
        return false;
    }
    for (uint32_t p = 0; p < layered->point_count; p++) {
        if (p >= layered->n || !layered->isolated[p]) {
            layered->starts[layered->layer[p] + 1]++;
        }
    }
    for (uint32_t l = 0; l < layered->layer_count; l++) {
        layered->starts[l + 1] += layered->starts[l];
    }
    for (uint32_t p = 0; p < layered->point_count; p++) {
        if (p >= layered->n || !layered->isolated[p]) {
            uint32_t l = layered->layer[p];
            layered->place[p] = filled[l]++;
            layered->order[layered->starts[l] + layered->place[p]] = p;
        }
    }
    return true;
}

struct wish {
    double centre;
    uint32_t place, point;
};

static int compare_wishes(const void *a, const void *b)
{
    const struct wish *x = a, *y = b;
    if (x->centre < y->centre || x->centre > y->centre) {
        return x->centre < y->centre ? -1 : 1;
    }
    return (x->place > y->place) - (x->place < y->place);
}

/* Points without a neighbour on that side stay where they are: only the others are sorted, among their own places. */
static void order_layer(struct layered *layered, uint32_t l, const struct digraph *neighbours, struct wish *wishes,
                        uint32_t *places)
{
    uint32_t *order = layered->order + layered->starts[l];
    uint32_t size = layered->starts[l + 1] - layered->starts[l], count = 0;
    for (uint32_t i = 0; i < size; i++) {
        uint32_t point = order[i], from = neighbours->starts[point], to = neighbours->starts[point + 1];
        uint64_t sum = 0;
        for (uint32_t e = from; e < to; e++) {
            sum += layered->place[neighbours->targets[e]];
        }
        if (to > from) {
            places[count] = i;
            wishes[count++] = (struct wish){(double)sum / (to - from), i, point};
        }
    }
    if (count > 1) {
        qsort(wishes, count, sizeof *wishes, compare_wishes);
    }
    for (uint32_t i = 0; i < count; i++) {
        order[places[i]] = wishes[i].point;
        layered->place[wishes[i].point] = places[i];
    }
}

/* Crossings between layer l and the next: inversions, counted with a Fenwick tree over the places on the right. */
static uint64_t count_between(const struct layered *layered, uint32_t l, uint32_t *tree, uint32_t *row)
{
    uint32_t size = layered->starts[l + 2] - layered->starts[l + 1];
    uint64_t crossings = 0, inserted = 0;
    memset(tree, 0, ((size_t)size + 1) * sizeof *tree);
    for (uint32_t i = layered->starts[l]; i < layered->starts[l + 1]; i++) {
        uint32_t point = layered->order[i], count = 0;
        for (uint32_t e = layered->right.starts[point]; e < layered->right.starts[point + 1]; e++) {
            uint32_t place = layered->place[layered->right.targets[e]];
            row[count++] = place;
            uint64_t before = 0;
            for (uint32_t at = place + 1; at > 0; at &= at - 1) {
                before += tree[at];
            }
            crossings += inserted - before;
        }
        for (uint32_t e = 0; e < count; e++) {
            for (uint32_t at = row[e] + 1; at <= size; at += at & (0 - at)) {
                tree[at]++;
            }
        }
        inserted += count;
    }
    return crossings;
}

static uint64_t count_crossings(const struct layered *layered, uint32_t *tree, uint32_t *row)
{
    uint64_t crossings = 0;
    for (uint32_t l = 0; l + 1 < layered->layer_count; l++) {
        crossings += count_between(layered, l, tree, row);
    }
    return crossings;
}

static void sweep(struct layered *layered, bool rightwards, struct wish *wishes, uint32_t *places)
{
    for (uint32_t i = 1; i < layered->layer_count; i++) {
        uint32_t l = rightwards ? i : layered->layer_count - 1 - i;
        order_layer(layered, l, rightwards ? &layered->left : &layered->right, wishes, places);
    }
}

static bool reduce_crossings(struct layered *layered)
{
    size_t points = (size_t)layered->point_count + 2;
    struct wish *wishes = arena_new(layered->arena, points * sizeof *wishes);
    uint32_t *places = arena_new(layered->arena, points * sizeof *places);
    uint32_t *tree = arena_new(layered->arena, points * sizeof *tree);
    uint32_t *row = arena_new(layered->arena, points * sizeof *row);
    uint32_t *best = arena_new(layered->arena, points * sizeof *best);
    if (wishes == NULL || places == NULL || tree == NULL || row == NULL || best == NULL) {
        return false;
    }
    size_t order_bytes = layered->starts[layered->layer_count] * sizeof *best;
    uint64_t fewest = count_crossings(layered, tree, row);
    memcpy(best, layered->order, order_bytes);
    for (int i = 0, idle = 0; i < SWEEPS_MAX && idle < SWEEPS_WITHOUT_GAIN && fewest > 0; i++) {
        sweep(layered, i % 2 == 0, wishes, places);
        uint64_t crossings = count_crossings(layered, tree, row);
        idle++;
        if (crossings < fewest) {
            fewest = crossings;
            memcpy(best, layered->order, order_bytes);
            idle = 0;
        }
    }
    memcpy(layered->order, best, order_bytes);
    for (uint32_t l = 0; l < layered->layer_count; l++) {
        for (uint32_t i = layered->starts[l]; i < layered->starts[l + 1]; i++) {
            layered->place[layered->order[i]] = i - layered->starts[l];
        }
    }
    return true;
}

/* --- 5. heights ------------------------------------------------------------------------------------------------------- */

struct block { /* points that the regression has pooled: they stand together */
    double sum, weight; /* of wishes times weights */
    uint32_t first;
};

static double half_height(const struct layered *layered, uint32_t point)
{
    return point < layered->n ? layered->work->heights[point] / 2 : 0;
}

/* Distance from a point to the one below it. */
static double distance(const struct layered *layered, uint32_t above, uint32_t below)
{
    double gap = layered->work->options.node_gap;
    bool dummy = above >= layered->n && below >= layered->n;
    return half_height(layered, above) + half_height(layered, below) + (dummy ? gap / 2 : gap);
}

static double wish_height(const struct layered *layered, uint32_t point, bool use_left, bool use_right)
{
    double sum = 0;
    uint32_t count = 0;
    const struct digraph *sides[2] = {use_left ? &layered->left : NULL, use_right ? &layered->right : NULL};
    for (int side = 0; side < 2; side++) {
        for (uint32_t e = sides[side] == NULL ? 0 : sides[side]->starts[point];
             sides[side] != NULL && e < sides[side]->starts[point + 1]; e++) {
            sum += layered->y[sides[side]->targets[e]];
            count++;
        }
    }
    return count == 0 ? layered->y[point] : sum / count;
}

/* Isotonic regression of one layer. `offset` of a point is the sum of the distances above it. */
static void settle_layer(struct layered *layered, uint32_t l, bool use_left, bool use_right, struct block *blocks,
                         double *offsets)
{
    const uint32_t *order = layered->order + layered->starts[l];
    uint32_t size = layered->starts[l + 1] - layered->starts[l], count = 0;
    for (uint32_t i = 0; i < size; i++) {
        offsets[i] = i == 0 ? 0 : offsets[i - 1] + distance(layered, order[i - 1], order[i]);
        /* Bends in long edges disturb more than a node off its centre. */
        double weight = order[i] >= layered->n ? 4 : 1;
        double wish = wish_height(layered, order[i], use_left, use_right) - offsets[i];
        blocks[count++] = (struct block){wish * weight, weight, i};
        while (count > 1 && blocks[count - 2].sum * blocks[count - 1].weight >= blocks[count - 1].sum * blocks[count - 2].weight) {
            blocks[count - 2].sum += blocks[count - 1].sum;
            blocks[count - 2].weight += blocks[count - 1].weight;
            count--;
        }
    }
    for (uint32_t b = 0; b < count; b++) {
        uint32_t end = b + 1 < count ? blocks[b + 1].first : size;
        for (uint32_t i = blocks[b].first; i < end; i++) {
            layered->y[order[i]] = blocks[b].sum / blocks[b].weight + offsets[i];
        }
    }
}

static bool settle_heights(struct layered *layered)
{
    size_t points = (size_t)layered->point_count + 1;
    struct block *blocks = arena_new(layered->arena, points * sizeof *blocks);
    double *offsets = arena_new(layered->arena, points * sizeof *offsets);
    layered->y = arena_new_zeroed(layered->arena, points, sizeof *layered->y);
    if (blocks == NULL || offsets == NULL || layered->y == NULL) {
        return false;
    }
    for (uint32_t l = 0; l < layered->layer_count; l++) {
        double y = 0;
        uint32_t from = layered->starts[l], to = layered->starts[l + 1];
        for (uint32_t i = from; i < to; i++) {
            y += i == from ? 0 : distance(layered, layered->order[i - 1], layered->order[i]);
            layered->y[layered->order[i]] = y;
        }
        for (uint32_t i = from; i < to; i++) {
            layered->y[layered->order[i]] -= y / 2;
        }
    }
    for (int pass = 0; pass < HEIGHT_SWEEPS; pass++) {
        bool rightwards = pass % 2 == 0, last = pass + 2 >= HEIGHT_SWEEPS;
        for (uint32_t i = 0; i < layered->layer_count; i++) {
            uint32_t l = rightwards ? i : layered->layer_count - 1 - i;
            settle_layer(layered, l, rightwards || last, !rightwards || last, blocks, offsets);
        }
    }
    return true;
}

/* --- places ----------------------------------------------------------------------------------------------------------- */

static double place_layers(struct layered *layered)
{
    struct layout_work *work = layered->work;
    double left = 0, bottom = 0;
    for (uint32_t l = 0; l < layered->layer_count; l++) {
        double width = 0;
        for (uint32_t i = layered->starts[l]; i < layered->starts[l + 1]; i++) {
            uint32_t point = layered->order[i];
            width = point < layered->n && work->widths[point] > width ? work->widths[point] : width;
        }
        for (uint32_t i = layered->starts[l]; i < layered->starts[l + 1]; i++) {
            uint32_t point = layered->order[i];
            if (point < layered->n) {
                double y = layered->y[point], low = y + work->heights[point] / 2;
                layout_place(work, point, (float)(left + width / 2), (float)y, l);
                bottom = low > bottom ? low : bottom;
            }
        }
        left += width + work->options.layer_gap;
    }
    return bottom;
}

/* Vertices without edges: lines of a grid about as wide as it is high, below the rest. */
static void place_isolated(struct layered *layered, double top)
{
    struct layout_work *work = layered->work;
    uint32_t count = 0, columns = 1, column = 0;
    double width = 0, height = 0;
    for (uint32_t v = 0; v < layered->n; v++) {
        if (layered->isolated[v]) {
            count++;
            width = work->widths[v] > width ? work->widths[v] : width;
            height = work->heights[v] > height ? work->heights[v] : height;
        }
    }
    while ((uint64_t)columns * columns < count) {
        columns++;
    }
    columns = columns < layered->layer_count ? layered->layer_count : columns;
    double y = top + (layered->layer_count > 0 ? work->options.node_gap * 2 : 0) + height / 2;
    for (uint32_t v = 0; v < layered->n; v++) {
        if (!layered->isolated[v]) {
            continue;
        }
        double x = column * (width + work->options.layer_gap) + width / 2;
        layout_place(work, v, (float)x, (float)y, column);
        if (++column == columns) {
            column = 0;
            y += height + work->options.node_gap;
        }
    }
}

enum status layout_layered(const struct layout_input *input, const struct layout_options *options, struct arena *arena,
                           struct layout *layout, struct error *error)
{
    struct layout_work work;
    enum status status = layout_begin(&work, input, options, arena, layout, error);
    if (status != STATUS_OK) {
        return status;
    }
    struct layered layered = {.work = &work, .arena = arena, .n = work.node_count};
    if (!open_cycles(&layered) || !assign_layers(&layered) || !add_dummies(&layered) || !first_order(&layered) ||
        !reduce_crossings(&layered) || !settle_heights(&layered)) {
        return error_no_memory(error, "layout");
    }
    report_reversed(&layered);
    place_isolated(&layered, place_layers(&layered));
    layout_finish(&work);
    return STATUS_OK;
}
