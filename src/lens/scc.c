/* Tarjan's algorithm without recursion. Each node on the path from the root of the search has a frame: the node and how
 * many of its edges have been followed. A node's `low` is the smallest index that it or what it reaches can get back to; when it
 * equals the node's own index, everything above it on the component stack is one component. */
#include "lens/scc.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static int compare_edges(const void *a, const void *b)
{
    const struct edge *x = a, *y = b;
    if (x->source != y->source) {
        return x->source < y->source ? -1 : 1;
    }
    return (x->target > y->target) - (x->target < y->target);
}

bool digraph_build(uint32_t node_count, const struct edge *edges, uint32_t edge_count, struct arena *arena,
                   struct digraph *graph)
{
    uint32_t *starts = arena_new_zeroed(arena, (size_t)node_count + 1, sizeof *starts);
    uint32_t *targets = arena_new(arena, edge_count * sizeof *targets);
    struct edge *sorted = arena_new(arena, edge_count * sizeof *sorted);
    if (starts == NULL || targets == NULL || sorted == NULL) {
        return false;
    }
    if (edge_count > 0) {
        memcpy(sorted, edges, edge_count * sizeof *sorted);
        qsort(sorted, edge_count, sizeof *sorted, compare_edges);
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < edge_count; i++) {
        assert(sorted[i].source < node_count && sorted[i].target < node_count);
        if (i == 0 || compare_edges(&sorted[i - 1], &sorted[i]) != 0) {
            targets[kept++] = sorted[i].target;
            starts[sorted[i].source + 1] = kept;
        }
    }
    for (uint32_t n = 0; n < node_count; n++) {
        if (starts[n + 1] < starts[n]) {
            starts[n + 1] = starts[n];
        }
    }
    *graph = (struct digraph){node_count, starts, targets};
    return true;
}

bool digraph_reverse(const struct digraph *graph, struct arena *arena, struct digraph *reversed)
{
    uint32_t edge_count = graph->starts[graph->node_count];
    uint32_t *starts = arena_new_zeroed(arena, (size_t)graph->node_count + 2, sizeof *starts);
    uint32_t *targets = arena_new(arena, edge_count * sizeof *targets);
    if (starts == NULL || targets == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < edge_count; i++) {
        starts[graph->targets[i] + 2]++;
    }
    for (uint32_t n = 0; n < graph->node_count; n++) {
        starts[n + 2] += starts[n + 1];
    }
    for (uint32_t n = 0; n < graph->node_count; n++) {
        for (uint32_t i = graph->starts[n]; i < graph->starts[n + 1]; i++) {
            targets[starts[graph->targets[i] + 1]++] = n;
        }
    }
    *reversed = (struct digraph){graph->node_count, starts, targets};
    return true;
}

struct frame {
    uint32_t node, next; /* next edge to follow, an index into targets */
};

struct search {
    const struct digraph *graph;
    struct scc *scc;
    uint32_t *index; /* 1 + order of discovery; 0 undiscovered */
    uint32_t *low;
    uint32_t *stack;
    struct frame *frames;
    uint32_t stack_count, frame_count, discovered;
};

static void enter(struct search *search, uint32_t node)
{
    search->index[node] = search->low[node] = ++search->discovered;
    search->stack[search->stack_count++] = node;
    search->frames[search->frame_count++] = (struct frame){node, search->graph->starts[node]};
}

static void close_component(struct search *search, uint32_t root)
{
    uint32_t node;
    do {
        node = search->stack[--search->stack_count];
        search->scc->component_of[node] = search->scc->count;
    } while (node != root);
    search->scc->count++;
}

static void leave(struct search *search)
{
    uint32_t node = search->frames[--search->frame_count].node;
    if (search->low[node] == search->index[node]) {
        close_component(search, node);
    }
    if (search->frame_count > 0) {
        uint32_t above = search->frames[search->frame_count - 1].node;
        if (search->low[node] < search->low[above]) {
            search->low[above] = search->low[node];
        }
    }
}

static void search_from(struct search *search, uint32_t root)
{
    enter(search, root);
    while (search->frame_count > 0) {
        struct frame *frame = &search->frames[search->frame_count - 1];
        if (frame->next == search->graph->starts[frame->node + 1]) {
            leave(search);
            continue;
        }
        uint32_t target = search->graph->targets[frame->next++];
        if (search->index[target] == 0) {
            enter(search, target);
        } else if (search->scc->component_of[target] == UINT32_MAX && search->index[target] < search->low[frame->node]) {
            search->low[frame->node] = search->index[target];
        }
    }
}

static bool depends_on_itself(const struct digraph *graph, uint32_t node)
{
    for (uint32_t i = graph->starts[node]; i < graph->starts[node + 1]; i++) {
        if (graph->targets[i] == node) {
            return true;
        }
    }
    return false;
}

static bool list_members(const struct digraph *graph, struct arena *arena, struct scc *scc)
{
    scc->starts = arena_new_zeroed(arena, (size_t)scc->count + 2, sizeof *scc->starts);
    scc->members = arena_new(arena, graph->node_count * sizeof *scc->members);
    scc->cyclic = arena_new_zeroed(arena, (size_t)scc->count + 1, sizeof *scc->cyclic);
    if (scc->starts == NULL || scc->members == NULL || scc->cyclic == NULL) {
        return false;
    }
    for (uint32_t n = 0; n < graph->node_count; n++) {
        scc->starts[scc->component_of[n] + 2]++;
    }
    for (uint32_t c = 0; c < scc->count; c++) {
        scc->starts[c + 2] += scc->starts[c + 1];
    }
    for (uint32_t n = 0; n < graph->node_count; n++) {
        scc->members[scc->starts[scc->component_of[n] + 1]++] = n;
    }
    for (uint32_t c = 0; c < scc->count; c++) {
        uint32_t size = scc->starts[c + 1] - scc->starts[c];
        scc->cyclic[c] = size > 1 || depends_on_itself(graph, scc->members[scc->starts[c]]);
        scc->cyclic_count += scc->cyclic[c];
    }
    return true;
}

bool scc_find(const struct digraph *graph, struct arena *arena, struct scc *scc)
{
    uint32_t n = graph->node_count;
    *scc = (struct scc){.component_of = arena_new(arena, n * sizeof *scc->component_of)};
    struct search search = {.graph = graph,
                            .scc = scc,
                            .index = arena_new_zeroed(arena, (size_t)n + 1, sizeof *search.index),
                            .low = arena_new(arena, n * sizeof *search.low),
                            .stack = arena_new(arena, n * sizeof *search.stack),
                            .frames = arena_new(arena, n * sizeof *search.frames)};
    if (scc->component_of == NULL || search.index == NULL || search.low == NULL || search.stack == NULL ||
        search.frames == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        scc->component_of[i] = UINT32_MAX;
    }
    for (uint32_t i = 0; i < n; i++) {
        if (search.index[i] == 0) {
            search_from(&search, i);
        }
    }
    return list_members(graph, arena, scc);
}

uint32_t *scc_levels(const struct digraph *graph, const struct scc *scc, struct arena *arena)
{
    uint32_t *levels = arena_new_zeroed(arena, (size_t)scc->count + 1, sizeof *levels);
    if (levels == NULL) {
        return NULL;
    }
    /* Components are numbered with dependencies first, so each level is final when it is used. */
    for (uint32_t c = 0; c < scc->count; c++) {
        for (uint32_t m = scc->starts[c]; m < scc->starts[c + 1]; m++) {
            uint32_t node = scc->members[m];
            for (uint32_t i = graph->starts[node]; i < graph->starts[node + 1]; i++) {
                uint32_t other = scc->component_of[graph->targets[i]];
                if (other != c && levels[other] + 1 > levels[c]) {
                    levels[c] = levels[other] + 1;
                }
            }
        }
    }
    return levels;
}
