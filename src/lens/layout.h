/* layout.h: where nodes stand on the screen.
 *
 * Layered, for DAGs (DDE), left to right, after Sugiyama, Tagawa and Toda (IEEE Trans. SMC 11(2), 1981): cycles opened,
 * layers by longest path, long edges through dummy nodes, crossings reduced by a bounded number of barycentre sweeps, heights
 * by isotonic regression towards the neighbours (docs/decisions/0003). Grouped (ACC): a box per group, boxes levelised by
 * the edges between them, members in a levelised grid inside. Tree (BDV, Convergence): parents left of children, subtrees
 * apart. In all three no two nodes overlap.
 *
 * Deterministic: ids alone decide ties, the order of nodes and edges in the input does not matter, no randomness, no
 * floating-point sum depends on input order. A pure function cannot keep positions still while time is scrubbed: the
 * caller lays out the union of all times once and shows subsets of it.
 *
 * Units are whatever the sizes are in (pixels at zoom 1); x grows to the right, y down; x and y are a node's centre.
 * Results and working memory come from the arena given. 1000 nodes with 3000 edges take a few ms; over
 * LIMIT_LAYOUT_NODES is refused.
 */
#ifndef TRIMODAL_LENS_LAYOUT_H
#define TRIMODAL_LENS_LAYOUT_H

#include <stdint.h>

#include "base/arena.h"

#define LAYOUT_NO_GROUP UINT32_MAX

struct layout_node {
    struct str id;        /* distinct */
    float width, height;  /* 0 means the default size */
    uint32_t group;       /* index into groups, or LAYOUT_NO_GROUP */
};

struct layout_edge {
    uint32_t source, target; /* indexes into nodes; drawn from left to right */
};

struct layout_input {
    uint32_t node_count, edge_count, group_count;
    const struct layout_node *nodes;
    const struct layout_edge *edges;
    const struct str *groups; /* ids of groups, distinct */
};

struct layout_options {
    float node_width, node_height; /* default size; 0: 160 x 48 */
    float layer_gap;               /* between columns; 0: 80 */
    float node_gap;                /* between nodes of one column; 0: 24 */
    float group_padding;           /* inside a group's box; 0: 24 */
};

struct layout_point {
    float x, y;
};

struct layout_box {
    float x, y, width, height; /* top left corner and size */
};

struct layout {
    struct layout_point *nodes; /* as in the input */
    uint32_t *layers;           /* layered and tree: column of each node, 0 leftmost */
    bool *reversed;             /* layered: edges that run right to left because they close a cycle, as in the input */
    struct layout_box *groups;  /* as in the input; empty groups have size 0; only grouped */
    struct layout_box bounds;   /* of everything */
};

/* STATUS_INVALID over the limit or with an edge or group that is not there. Options may be NULL. */
enum status layout_layered(const struct layout_input *input, const struct layout_options *options, struct arena *arena,
                           struct layout *layout, struct error *error) must_check;
enum status layout_grouped(const struct layout_input *input, const struct layout_options *options, struct arena *arena,
                           struct layout *layout, struct error *error) must_check;
/* Edges point from parent to child; the first parent (by id) counts, circles are cut. */
enum status layout_tree(const struct layout_input *input, const struct layout_options *options, struct arena *arena,
                        struct layout *layout, struct error *error) must_check;

#endif
