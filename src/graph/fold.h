/* fold.h: from a node's facts to its state at one moment; for the files of this folder only.
 *
 * A moment is a place in the order of validity and a limit to what is known. `valid_at` alone takes in all facts with
 * valid_from ≤ valid_at; with `fact` it takes in, of those at valid_at, only the ones up to and including that fact, which
 * is how history.c stops between two events of the same millisecond.
 *
 * A fold serves all nodes of one iteration at one moment. Its memory and what it gives out lie in the arena.
 */
#ifndef TRIMODAL_GRAPH_FOLD_H
#define TRIMODAL_GRAPH_FOLD_H

#include "graph/graph_internal.h"
#include "graph/graph_view.h"

struct moment {
    int64_t valid_at;
    uint32_t fact;        /* GRAPH_NONE: all of valid_at */
    uint32_t known_facts; /* facts with an index below this are known */
};

/* When a manifest's latest completed analysis began. */
struct manifest_cut {
    uint32_t manifest; /* text */
    int64_t start;
};

struct fold {
    const struct graph *graph;
    struct arena *arena;
    struct moment moment;
    struct manifest_cut *cuts;
    uint32_t cut_count;
    int64_t cut_last; /* the latest start of them */
};

/* Finds which analyses count at the moment. False without memory. */
bool fold_begin(struct fold *fold, const struct graph *graph, uint32_t iteration, struct moment moment,
                struct arena *arena) must_check;

/* The node's state. `to` is complete when *exists; version, first_fact and last_fact are set in any case (0 and VIEW_NONE
 * where no fact is in view). False without memory. */
bool fold_node(const struct fold *fold, uint32_t node, struct view_node *to, bool *exists) must_check;

/* True for kinds that exist only as long as an analysis reports them: CodeModule, Violation, Cycle. */
bool fold_is_reported_kind(enum node_kind kind);

#endif
