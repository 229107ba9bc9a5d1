/* scc.h: strongly connected components, by Tarjan's algorithm (SIAM J. Comput. 1(2), 1972) with an explicit stack.
 *
 * O(nodes + edges), no recursion, so the depth of a graph is no limit. Components come out with dependencies first: for
 * an edge a → b between two components, component_of[b] < component_of[a]. The numbering depends on the numbering of
 * nodes and on nothing else (edge order included: each node's edges are visited as given, so callers sort them).
 */
#ifndef TRIMODAL_LENS_SCC_H
#define TRIMODAL_LENS_SCC_H

#include <stdint.h>

#include "base/arena.h"

/* A directed graph, compressed: edges of node n are targets[starts[n] .. starts[n + 1]). */
struct digraph {
    uint32_t node_count;
    const uint32_t *starts; /* [node_count + 1] */
    const uint32_t *targets;
};

struct edge {
    uint32_t source, target;
};

/* Builds a digraph from edges in any order: sorted by (source, target), duplicates dropped. */
bool digraph_build(uint32_t node_count, const struct edge *edges, uint32_t edge_count, struct arena *arena,
                   struct digraph *graph) must_check; /* false without memory */
/* The same edges turned round. */
bool digraph_reverse(const struct digraph *graph, struct arena *arena, struct digraph *reversed) must_check;

struct scc {
    uint32_t count;
    uint32_t *component_of; /* [node_count] */
    uint32_t *starts;       /* [count + 1] into members */
    uint32_t *members;      /* ascending within a component */
    bool *cyclic;           /* [count]: two or more members, or a self-edge */
    uint32_t cyclic_count;
};

bool scc_find(const struct digraph *graph, struct arena *arena, struct scc *scc) must_check; /* false without memory */

/* Level of each component: 0 without dependencies, else 1 + the highest level it depends on. [scc->count] */
uint32_t *scc_levels(const struct digraph *graph, const struct scc *scc, struct arena *arena) must_check;

#endif
