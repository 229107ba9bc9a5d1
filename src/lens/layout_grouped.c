/* Groups as boxes.
 *
 * Inside a group members stand in rows by level: what depends on others above, what they depend on below (an edge points
 * down), level by level in the condensation of the edges inside the group, so a cycle shares one row. A row holds about
 * the square root of the group's size, at least a few; more go to the next row. Boxes are set the same way with the
 * edges between groups, in shelves about as wide as the whole is high. Nodes without a group come last, without a box.
 * Only places within rows follow from ids. */
#include <math.h>
#include <stdlib.h>

#include "lens/layout_parts.h"

struct group {
    struct str id;
    uint32_t number;  /* in the input; group_count for the nodes without */
    uint32_t level;   /* 0: depends on no other */
    uint32_t first, count; /* into members */
    double width, height;
};

struct member {
    uint32_t group, level, vertex; /* sort key: group, level downwards, id */
};

struct grouped {
    struct layout_work *work;
    struct arena *arena;
    struct group *groups; /* group_count + 1, sorted by (level downwards, id), the ungrouped last */
    uint32_t group_count;
    uint32_t *place_of;   /* input group number to place in groups */
    struct member *members;
    double *x, *y;        /* of each vertex, within its group */
};

static uint32_t group_number(const struct grouped *grouped, uint32_t vertex)
{
    uint32_t group = grouped->work->input->nodes[grouped->work->node_of[vertex]].group;
    return group == LAYOUT_NO_GROUP ? grouped->work->input->group_count : group;
}

static bool levels_of(struct arena *arena, uint32_t count, const struct edge *edges, uint32_t edge_count, uint32_t *level)
{
    struct digraph graph;
    struct scc scc;
    if (!digraph_build(count, edges, edge_count, arena, &graph) || !scc_find(&graph, arena, &scc)) {
        return false;
    }
    const uint32_t *levels = scc_levels(&graph, &scc, arena);
    for (uint32_t i = 0; levels != NULL && i < count; i++) {
        level[i] = levels[scc.component_of[i]];
    }
    return levels != NULL;
}

static int compare_ids(const void *a, const void *b)
{
    const struct group *x = a, *y = b;
    int order = str_compare(x->id, y->id);
    return order != 0 ? order : (x->number > y->number) - (x->number < y->number);
}

static int compare_groups(const void *a, const void *b)
{
    const struct group *x = a, *y = b;
    bool x_last = x->id.at == NULL, y_last = y->id.at == NULL;
    if (x_last != y_last) {
        return x_last ? 1 : -1;
    }
    if (x->level != y->level) {
        return x->level > y->level ? -1 : 1;
    }
    return compare_ids(a, b);
}

static int compare_members(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    if (x->group != y->group) {
        return x->group < y->group ? -1 : 1;
    }
    if (x->level != y->level) {
        return x->level > y->level ? -1 : 1;
    }
    return (x->vertex > y->vertex) - (x->vertex < y->vertex);
}

static void number_places(struct grouped *grouped)
{
    for (uint32_t g = 0; g < grouped->group_count; g++) {
        grouped->place_of[grouped->groups[g].number] = g;
    }
}

/* Edges between groups, or inside them, as edges between places or vertices. */
static struct edge *collect(struct grouped *grouped, bool inside, uint32_t *count)
{
    const struct digraph *graph = &grouped->work->graph;
    struct edge *edges = arena_new(grouped->arena, graph->starts[graph->node_count] * sizeof *edges);
    *count = 0;
    for (uint32_t v = 0; edges != NULL && v < graph->node_count; v++) {
        for (uint32_t e = graph->starts[v]; e < graph->starts[v + 1]; e++) {
            uint32_t from = grouped->place_of[group_number(grouped, v)];
            uint32_t to = grouped->place_of[group_number(grouped, graph->targets[e])];
            if ((from == to) == inside) {
                edges[(*count)++] = inside ? (struct edge){v, graph->targets[e]} : (struct edge){from, to};
            }
        }
    }
    return edges;
}

static bool sort_groups(struct grouped *grouped)
{
    const struct layout_input *input = grouped->work->input;
    grouped->group_count = input->group_count + 1;
    grouped->groups = arena_new_zeroed(grouped->arena, grouped->group_count, sizeof *grouped->groups);
    grouped->place_of = arena_new(grouped->arena, grouped->group_count * sizeof *grouped->place_of);
    uint32_t *level = arena_new(grouped->arena, grouped->group_count * sizeof *level), edge_count;
    if (grouped->groups == NULL || grouped->place_of == NULL || level == NULL) {
        return false;
    }
    for (uint32_t g = 0; g < grouped->group_count; g++) {
        bool real = g < input->group_count;
        grouped->groups[g] = (struct group){.number = g, .id = real ? input->groups[g] : STR_NONE};
    }
    /* By id first, so that levels are worked out in an order the input has no part in. */
    qsort(grouped->groups, input->group_count, sizeof *grouped->groups, compare_ids);
    number_places(grouped);
    struct edge *edges = collect(grouped, false, &edge_count);
    if (edges == NULL || !levels_of(grouped->arena, grouped->group_count, edges, edge_count, level)) {
        return false;
    }
    for (uint32_t g = 0; g < grouped->group_count; g++) {
        grouped->groups[g].level = level[g];
    }
    qsort(grouped->groups, grouped->group_count, sizeof *grouped->groups, compare_groups);
    number_places(grouped);
    return true;
}

static bool sort_members(struct grouped *grouped)
{
    uint32_t n = grouped->work->node_count, edge_count;
    uint32_t *level = arena_new(grouped->arena, ((size_t)n + 1) * sizeof *level);
    grouped->members = arena_new(grouped->arena, n * sizeof *grouped->members);
    struct edge *edges = collect(grouped, true, &edge_count);
    if (level == NULL || grouped->members == NULL || edges == NULL ||
        !levels_of(grouped->arena, n, edges, edge_count, level)) {
        return false;
    }
    for (uint32_t v = 0; v < n; v++) {
        grouped->members[v] = (struct member){grouped->place_of[group_number(grouped, v)], level[v], v};
        grouped->work->layout->layers[grouped->work->node_of[v]] = level[v];
    }
    if (n > 1) {
        qsort(grouped->members, n, sizeof *grouped->members, compare_members);
    }
    for (uint32_t i = 0; i < n; i++) {
        struct group *group = &grouped->groups[grouped->members[i].group];
        group->first = group->count == 0 ? i : group->first;
        group->count++;
    }
    return true;
}

/* Sets one row of members from the left; returns its height. */
static double set_row(struct grouped *grouped, struct group *group, uint32_t from, uint32_t to, double top)
{
    const struct layout_work *work = grouped->work;
    double x = 0, height = 0;
    for (uint32_t i = from; i < to; i++) {
        uint32_t vertex = grouped->members[i].vertex;
        height = work->heights[vertex] > height ? work->heights[vertex] : height;
    }
    for (uint32_t i = from; i < to; i++) {
        uint32_t vertex = grouped->members[i].vertex;
        grouped->x[vertex] = x + work->widths[vertex] / 2;
        grouped->y[vertex] = top + height / 2;
        x += work->widths[vertex] + work->options.node_gap;
    }
    x -= work->options.node_gap;
    group->width = x > group->width ? x : group->width;
    return height;
}

static void set_members(struct grouped *grouped, struct group *group)
{
    uint32_t end = group->first + group->count;
    uint32_t across = (uint32_t)ceil(sqrt((double)group->count));
    across = across < 3 ? 3 : across;
    double y = 0;
    for (uint32_t from = group->first, to; from < end; from = to) {
        for (to = from + 1; to < end && to < from + across && grouped->members[to].level == grouped->members[from].level;) {
            to++;
        }
        y += set_row(grouped, group, from, to, y) + grouped->work->options.node_gap;
    }
    group->height = group->count == 0 ? 0 : y - grouped->work->options.node_gap;
}

static void put_group(struct grouped *grouped, const struct group *group, double x, double y, double padding)
{
    struct layout_work *work = grouped->work;
    for (uint32_t i = group->first; i < group->first + group->count; i++) {
        uint32_t vertex = grouped->members[i].vertex;
        layout_place(work, vertex, (float)(x + padding + grouped->x[vertex]), (float)(y + padding + grouped->y[vertex]),
                     grouped->members[i].level);
    }
    if (group->number < work->input->group_count) {
        work->layout->groups[group->number] = (struct layout_box){(float)x, (float)y, (float)(group->width + 2 * padding),
                                                                  (float)(group->height + 2 * padding)};
    }
}

/* Shelves: boxes side by side until the shelf is full, or the next level begins and the shelf is more than half full. */
static void put_groups(struct grouped *grouped)
{
    const struct layout_options *options = &grouped->work->options;
    double padding = options->group_padding, area = 0, x = 0, y = 0, shelf = 0;
    const struct group *before = NULL;
    for (uint32_t g = 0; g < grouped->group_count; g++) {
        const struct group *group = &grouped->groups[g];
        area += group->count == 0 ? 0 : (group->width + 3 * padding) * (group->height + 3 * padding);
    }
    double across = sqrt(area) * 1.4;
    for (uint32_t g = 0; g < grouped->group_count; g++) {
        const struct group *group = &grouped->groups[g];
        double width = group->width + 2 * padding, height = group->height + 2 * padding;
        if (group->count == 0) {
            continue;
        }
        bool next_level = before != NULL && (before->level != group->level || group->id.at == NULL) && x > across / 2;
        if (x > 0 && (x + width > across || next_level)) {
            x = 0;
            y += shelf + options->layer_gap / 2;
            shelf = 0;
        }
        put_group(grouped, group, x, y, padding);
        x += width + options->layer_gap / 2;
        shelf = height > shelf ? height : shelf;
        before = group;
    }
}

enum status layout_grouped(const struct layout_input *input, const struct layout_options *options, struct arena *arena,
                           struct layout *layout, struct error *error)
{
    struct layout_work work;
    enum status status = layout_begin(&work, input, options, arena, layout, error);
    if (status != STATUS_OK) {
        return status;
    }
    struct grouped grouped = {.work = &work, .arena = arena};
    grouped.x = arena_new(arena, ((size_t)work.node_count + 1) * sizeof *grouped.x);
    grouped.y = arena_new(arena, ((size_t)work.node_count + 1) * sizeof *grouped.y);
    if (grouped.x == NULL || grouped.y == NULL || !sort_groups(&grouped) || !sort_members(&grouped)) {
        return error_no_memory(error, "layout");
    }
    for (uint32_t g = 0; g < grouped.group_count; g++) {
        set_members(&grouped, &grouped.groups[g]);
    }
    put_groups(&grouped);
    layout_finish(&work);
    return STATUS_OK;
}
