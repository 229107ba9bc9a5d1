/* correlate.h: the rules that link the streams (SPEC section 4), each with its confidence and its reason.
 *
 * Links are not stored: they are a pure function of the node states in a view, so either end may arrive first, better
 * evidence replaces worse, a later event that names another partner moves the link, and all of that holds at every
 * (V, K). A link rests on two facts: the one since which the naming end has named its partner, and the first fact of the
 * partner (or, where the partner was found by its name, prefix or time, the fact since which it has had that); it is valid
 * from the later of the two and observed when the second of them was.
 *
 * What names a partner that is not there is put on the view's list of unmatched, for review.
 */
#ifndef TRIMODAL_CORRELATE_CORRELATE_H
#define TRIMODAL_CORRELATE_CORRELATE_H

#include "graph/graph_view.h"

struct correlate_config {
    double confidence[METHOD_COUNT]; /* 0..1; METHOD_HEURISTIC is not used: its confidence is the score */
    double heuristic_threshold;      /* a name similarity must be above it, 0..1 */
};

/* SPEC section 4's table. */
struct correlate_config correlate_config_default(void);

/* Completes a view that graph_view_open() made: adds the nodes that exist by being named (components, features), the
 * links with their indexes, and the unmatched. Call it once per view. STATUS_FATAL without memory. */
enum status correlate_view(struct graph_view *view, const struct correlate_config *config, struct error *error) must_check;

#endif
