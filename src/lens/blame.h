/* blame.h: which event turned the verdict, each time it turned.
 *
 * Walks the facts of one iteration in log order, asking after each what the verdict was once it was known, and reports
 * every change. Valid time is held fixed (V), only knowledge grows: "as the log came in". Each fact counts by itself,
 * also where a batch made several durable at one instant. Exact: a fact is passed over only where its event type
 * cannot move a number the verdict rests on, or where what is open, counted and missing is more than the facts passed
 * over could have moved (the essay in verdict_snapshot.c).
 */
#ifndef TRIMODAL_LENS_BLAME_H
#define TRIMODAL_LENS_BLAME_H

#include "lens/verdict_snapshot.h"

struct blame_change { /* of one condition */
    enum policy_metric metric;
    struct measure from, to;
    bool pass_from, pass_to;
};

struct blame_flip {
    bool first;              /* there was no verdict before: `from` means nothing */
    enum verdict_kind from, to;
    enum stream_status streams_from[3], streams_to[3];
    uint32_t fact;           /* the graph's fact index */
    struct str event_id;
    enum event_type event_type;
    enum node_kind node_kind; /* NODE_KIND_COUNT where the node is not in view */
    struct str node_id;
    uint64_t seq;
    int64_t observed_at, valid_from;
    uint32_t change_count;
    struct blame_change *changes; /* conditions whose value or result differs from just before the event */
};

struct blame {
    uint32_t flip_count;
    struct blame_flip *flips; /* in log order */
    uint32_t fact_count;      /* of the iteration */
    uint32_t evaluated;       /* verdicts worked out */
};

/* STATUS_ABSENT when the iteration has no fact valid at V. Results live in `arena`; views are made in an arena of its
 * own that is released on return. */
enum status blame_read(const struct verdict_source *source, int64_t valid_at, struct arena *arena, struct blame *blame,
                       struct error *error) must_check;

void blame_write(const struct blame *blame, struct json_writer *writer); /* one JSON object */

#endif
