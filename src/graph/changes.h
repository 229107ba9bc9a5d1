/* changes.h: what became different, between two instants or between two views of one iteration.
 *
 * Two questions. changes_between() tells the story: every event with T1 < valid_from ≤ T2 that made a node different, in
 * order of validity, as known at K; applied one after the other to the view at T1 they give the nodes of the view at T2.
 * changes_compare() sets two views side by side, whatever V and K each has, with their links, and tells the net result.
 *
 * Nodes that exist by being named only (components, features, the iteration itself) have no events and show up in
 * changes_compare() alone.
 *
 * Ownership: all results live in the arena and refer to the graph's texts. Thread: the core thread.
 */
#ifndef TRIMODAL_GRAPH_CHANGES_H
#define TRIMODAL_GRAPH_CHANGES_H

#include "graph/history.h"

enum change_kind { CHANGE_CREATED, CHANGE_UPDATED, CHANGE_DELETED };
const char *change_kind_name(enum change_kind kind); /* "CREATED", … */

/* A node that came, changed or went. Went: what an analysis swept away (SPEC section 2), or, between views, what only the
 * first one has. An event that repeats what the node is already makes no change. */
struct node_change {
    enum change_kind change;
    enum node_kind kind;
    struct str id;
    struct view_node before, after; /* without properties where the node does not exist */
    uint32_t property_count;
    struct history_change *properties; /* what differs; for CREATED and DELETED all that was or is set */
    uint32_t fact; /* the event that did it; between views the newest of the node in the second, VIEW_NONE for DELETED and
                      for nodes without facts */
    /* Of that event; undefined where fact is VIEW_NONE. */
    int64_t valid_from, observed_at;
    uint64_t seq;
    enum event_type type;
    struct str event_id;
};

/* A link that came, went, or has other evidence: another method, confidence or weight. */
struct link_change {
    enum change_kind change;
    enum link_kind kind;
    enum node_kind source_kind, target_kind;
    struct str source_id, target_id;
    const struct view_link *before, *after; /* of the views; NULL where there is none */
};

struct changes {
    const struct graph_view *reader; /* for view_value_text() and its kin */
    uint32_t node_count;
    struct node_change *nodes; /* between instants in order of validity; between views by (kind, id) */
    uint32_t link_count;       /* between views only */
    struct link_change *links; /* by (kind, source, target) */
};

/* STATUS_ABSENT: no such iteration with anything known at K. STATUS_INVALID: from is after until. */
enum status changes_between(const struct graph *graph, struct str tenant_id, struct str iteration_id, int64_t from,
                            int64_t until, int64_t known_at, struct arena *arena, struct changes **changes,
                            struct error *error) must_check;

/* Both views are of one graph; links are compared where the views have them. The result refers to both views. */
enum status changes_compare(const struct graph_view *before, const struct graph_view *after, struct arena *arena,
                            struct changes **changes, struct error *error) must_check;

#endif
