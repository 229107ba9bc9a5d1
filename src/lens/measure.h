/* measure.h: a number that may be unknown, and the few sums that all lenses share.
 *
 * Where there is no data a KPI is unknown (null in answers), not 0 and not 1: an unknown number fails no condition.
 */
#ifndef TRIMODAL_LENS_MEASURE_H
#define TRIMODAL_LENS_MEASURE_H

#include <stdint.h>

#include "base/arena.h"
#include "graph/graph_view.h"

struct measure {
    bool known;
    double value; /* 0 when unknown */
};

#define MEASURE_UNKNOWN ((struct measure){false, 0})

static inline struct measure measure_of(double value)
{
    struct measure measure = {true, value};
    return measure;
}

/* part / whole; unknown when whole is 0. */
struct measure measure_ratio(uint64_t part, uint64_t whole);
/* Nearest-rank percentile (the ceil(percent / 100 * count)-th smallest); unknown without values. Sorts `values`. */
struct measure measure_percentile(double *values, uint32_t count, uint32_t percent);
/* A number in a property or metadata text; unknown when absent or no finite number. */
struct measure measure_from_text(struct str text);

/* The four streams a number can belong to; the first three carry the verdict. */
enum lens {
    LENS_DDE,
    LENS_BDV,
    LENS_ACC,
    LENS_CONVERGENCE,
    LENS_COUNT
};
const char *lens_name(enum lens lens); /* "DDE", "BDV", "ACC", "Convergence" */
bool lens_from_name(struct str name, enum lens *lens); /* any letter case */

/* Something that has begun and not ended: while there is one, its stream is PENDING. */
struct lens_open_run {
    const char *what; /* "workflow", "task", "test run", "scenario", "analysis" */
    struct str name;  /* of the workflow, task, …; empty where the report named none */
    uint32_t node;    /* index into view->nodes */
    uint32_t fact;    /* that opened it, or VIEW_NONE */
};

/* By name: what hangs on the iteration's own node (workflows, analyses) comes in the order in which the names were first
 * heard, and that must not show. */
void lens_open_runs_sort(struct lens_open_run *runs, uint32_t count);

/* Order of two facts of one view: by valid_from, then event type, then event id (SPEC section 3): <0, 0, >0. */
int lens_fact_compare(const struct graph_view *view, uint32_t a, uint32_t b);

/* What went wrong with a node, in the producer's words: error_message, else error.message; STR_NONE where neither was told. */
struct str lens_error_message(const struct graph_view *view, const struct view_node *node);
/* The fact of one property (without sub), or VIEW_NONE. */
uint32_t lens_property_fact(const struct view_node *node, uint32_t property);

/* An array in an arena that grows by doubling (the old copies stay in the arena until it is cleared). */
struct arena_list {
    struct arena *arena;
    char *items;
    size_t item_size;
    uint32_t count, capacity;
};
void arena_list_init(struct arena_list *list, struct arena *arena, size_t item_size);
void *arena_list_add(struct arena_list *list) must_check; /* a zeroed item at the end; NULL without memory */

#endif
