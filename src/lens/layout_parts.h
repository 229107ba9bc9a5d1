/* layout_parts.h: what the three layouts share; for layout*.c only.
 *
 * The input is first put in order of ids. All work happens in that order (a vertex is a place in it), so nothing depends
 * on how the caller listed nodes and edges; layout_place() carries the result back.
 */
#ifndef TRIMODAL_LENS_LAYOUT_PARTS_H
#define TRIMODAL_LENS_LAYOUT_PARTS_H

#include "lens/layout.h"
#include "lens/scc.h"

struct layout_work {
    const struct layout_input *input;
    struct layout_options options; /* with defaults filled in */
    struct arena *arena;
    uint32_t node_count;
    uint32_t *node_of;   /* vertex to input node */
    uint32_t *vertex_of; /* input node to vertex */
    float *widths, *heights;
    struct digraph graph; /* without self-edges and duplicates */
    struct layout *layout;
};

/* Checks the input, sorts it, makes room for the result. */
enum status layout_begin(struct layout_work *work, const struct layout_input *input, const struct layout_options *options,
                         struct arena *arena, struct layout *layout, struct error *error) must_check;

static inline void layout_place(struct layout_work *work, uint32_t vertex, float x, float y, uint32_t layer)
{
    uint32_t node = work->node_of[vertex];
    work->layout->nodes[node] = (struct layout_point){x, y};
    work->layout->layers[node] = layer;
}

/* Moves everything so that the top left corner is at 0, 0, and sets bounds. */
void layout_finish(struct layout_work *work);

#endif
