/* history.h: all versions of one node, as known at K.
 *
 * Each fact of a node makes a version: what the node was from the fact's valid_from until the next one's. So does the end
 * of an analysis, where it sweeps away what an earlier one had reported of the node (see fold.c): such a version has
 * `by_analysis` set, its event is that of the iteration, and what it left of the node may be nothing (`exists` false).
 *
 * Two orders:
 *   HISTORY_BY_VALIDITY  as it happened, as we know it at K. The state of a version is the node's at its valid_from; of
 *                        several versions with one valid_from the last is what a view at that time shows.
 *   HISTORY_AS_RECORDED  as we were told. The state of a version is what was believed, once its event had come, of the time
 *                        after all events.
 *
 * Ownership: all results live in the arena and refer to the graph's texts. Thread: the core thread.
 */
#ifndef TRIMODAL_GRAPH_HISTORY_H
#define TRIMODAL_GRAPH_HISTORY_H

#include "graph/graph.h"
#include "graph/graph_view.h"

/* --- which node -------------------------------------------------------------------------------------------------------- */

struct history_match {
    struct str iteration_id;
    enum node_kind kind;
    struct str id;
    uint32_t node;       /* for history_open */
    uint32_t fact_count; /* known at K */
};

#define HISTORY_ANY_KIND NODE_KIND_COUNT

/* The tenant's nodes with this id and a fact known at K, in order of (iteration, kind). `iteration_id` STR_NONE: in all
 * iterations; `kind` HISTORY_ANY_KIND: of all kinds. More than one match is for the caller to refuse or to list. Contracts
 * are also found by their other spellings ("CONTRACT.PricingAPI.v1"). STATUS_ABSENT when there is none. */
enum status history_find(const struct graph *graph, struct str tenant_id, struct str iteration_id, enum node_kind kind,
                         struct str id, int64_t known_at, struct arena *arena, struct history_match **matches,
                         uint32_t *count, struct error *error) must_check;

/* --- its versions -------------------------------------------------------------------------------------------------------- */

enum history_order { HISTORY_BY_VALIDITY, HISTORY_AS_RECORDED };

struct history_scope {
    enum history_order order;
    int64_t known_at; /* K; TIME_MAX: all */
    /* By validity only versions with after < valid_from ≤ until; INT64_MIN and TIME_MAX: all, as it must be for
     * HISTORY_AS_RECORDED. */
    int64_t after, until;
};

/* A property whose value differs between two states. Values are read with view_value_text() and its kin. */
struct history_change {
    uint16_t property;
    uint32_t sub;
    bool was_set, is_set;
    uint32_t before, after; /* where set */
};

struct history_version {
    uint32_t version;    /* the node's own facts so far, in the order asked for; 1 for the first */
    bool by_analysis;    /* no fact of the node: an analysis swept something away (or, late, gave it back) */
    uint32_t fact;
    int64_t valid_from;
    int64_t valid_to;    /* valid_from of the version that follows in order of validity; TIME_MAX for the last */
    int64_t observed_at;
    uint64_t seq;
    enum event_type type;
    struct str event_id;
    bool exists;
    struct view_node state; /* after it; without properties where it does not exist */
    uint32_t change_count;
    struct history_change *changes; /* against the version before, sorted by (property, sub) */
};

struct history {
    const struct graph_view *reader; /* has no nodes; for view_value_text(), view_sub_text(), view_fact_…() */
    struct str tenant_id, iteration_id;
    bool existed;            /* before the first version */
    struct view_node before; /* the state then: at `after` (by validity), or nothing */
    uint32_t version_count;
    struct history_version *versions;
};

/* `node` as given by history_find(). STATUS_FATAL without memory. */
enum status history_open(const struct graph *graph, uint32_t node, struct history_scope scope, struct arena *arena,
                         struct history **history, struct error *error) must_check;

/* The properties in which two states of one graph differ; either may be without properties. Returns their count, or
 * UINT32_MAX without memory. */
uint32_t history_compare(const struct view_node *before, const struct view_node *after, struct arena *arena,
                         struct history_change **changes) must_check;

#endif
