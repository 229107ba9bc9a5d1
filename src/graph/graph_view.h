/* graph_view.h: one iteration as it was at V, as far as it was known at K.
 *
 * A view is the read side of the graph: the folded states of all nodes of one iteration that exist at (V, K), and, once
 * correlate/ has filled them in, the links between them and the list of what found no partner. It is a pure function of
 * the facts with valid_from ≤ V and observed_at ≤ K. Everything that lenses, verdicts and exports say is a pure
 * function of a view.
 *
 * Ownership: a view and all it points to live in the arena it was made in, and refer to the graph's interned texts; it is
 * valid until the arena is cleared, and must not be used after the graph is freed. Facts appended later do not show.
 * Thread: the core thread, like the graph.
 */
#ifndef TRIMODAL_GRAPH_GRAPH_VIEW_H
#define TRIMODAL_GRAPH_GRAPH_VIEW_H

#include <stdint.h>

#include "base/arena.h"
#include "graph/kinds.h"

struct graph;

#define VIEW_NONE UINT32_MAX
#define TIME_MAX INT64_MAX /* as V or K: everything there is */

/* One property of a node at (V, K): the value set last, and the fact that set it. */
struct view_property {
    uint16_t property; /* enum event_field or enum graph_property */
    uint32_t sub;      /* interned text, 0 for none */
    uint32_t value;    /* read it through view_integer, view_text, … */
    uint32_t fact;     /* index of the fact that set it */
};

struct view_node {
    enum node_kind kind;
    struct str id;
    uint32_t node;        /* the graph's number, or VIEW_NONE for a node that exists by being named only
                             (ArchitectureComponent, BehavioralSpec, Iteration) */
    uint32_t first_fact, last_fact; /* in order of validity among those in view; VIEW_NONE when there are none */
    uint32_t version;     /* number of facts in view */
    uint32_t property_count;
    const struct view_property *properties; /* sorted by (property, sub) */
};

struct view_link {
    enum link_kind kind;
    enum link_method method;
    uint32_t source, target; /* indexes into nodes */
    double confidence;       /* 0..1; 0 only for links that a person denied */
    double weight;           /* of module dependencies; 1 otherwise */
    bool inferred;           /* false where the event itself states the relation within its own stream */
    uint32_t source_fact, target_fact; /* the two facts it rests on; may be equal */
    int64_t valid_from;      /* of the later of the two */
    int64_t observed_at;     /* when the second of the two was observed */
    uint32_t evidence_fact;  /* the fact whose event is named as source_event_id */
    struct str explanation;  /* one sentence */
    struct str created_by;   /* "correlator", or who linked by hand */
};

/* Something that names a partner which is not there (or not one alone). Listed for review, never dropped. */
struct view_unmatched {
    uint32_t node; /* index into nodes: who names it */
    enum link_kind kind;
    enum node_kind partner_kind;
    struct str partner; /* what was named; may be empty */
    struct str reason;  /* one sentence with what to do */
};

struct graph_view {
    const struct graph *graph;
    struct arena *arena;
    struct str tenant_id, iteration_id;
    int64_t valid_at, known_at; /* V and K, ms */
    uint32_t known_facts;       /* facts with an index below this are known at K */
    uint64_t position;          /* log position (seq) of the newest fact that is known at K, of any iteration */
    uint32_t node_count;
    struct view_node *nodes; /* sorted by (kind, id) */
    uint32_t kind_start[NODE_KIND_COUNT + 1]; /* nodes of kind k are [kind_start[k], kind_start[k + 1]) */
    uint32_t link_count;
    struct view_link *links;       /* sorted by (kind, source, target) */
    uint32_t *links_by_source;     /* link numbers sorted by (source, kind, target) */
    uint32_t *links_from;          /* [node_count + 1]: those of source n are links_by_source[from[n] .. from[n + 1]) */
    uint32_t *links_by_target;     /* link numbers sorted by (target, kind, source) */
    uint32_t *links_to;            /* [node_count + 1] into links_by_target */
    uint32_t unmatched_count;
    struct view_unmatched *unmatched;
};

/* Makes the view of one iteration (without links: correlate_view() adds them). STATUS_ABSENT when the tenant has no
 * such iteration with a fact at (V, K). */
enum status graph_view_open(const struct graph *graph, struct str tenant_id, struct str iteration_id, int64_t valid_at,
                            int64_t known_at, struct arena *arena, struct graph_view **view, struct error *error)
    must_check;

/* The same, with what is known given as a number of facts instead of a time: what was believed right after fact number
 * known_facts - 1 was applied. `known_at` of the view is that fact's observed_at. */
enum status graph_view_open_known(const struct graph *graph, struct str tenant_id, struct str iteration_id,
                                  int64_t valid_at, uint32_t known_facts, struct arena *arena, struct graph_view **view,
                                  struct error *error) must_check;

/* Index of a node, or VIEW_NONE. */
uint32_t view_find(const struct graph_view *view, enum node_kind kind, struct str id);
/* Adds nodes that exist by being named; only while the view is being completed (correlate/), before there are links.
 * Ids that are nodes of this kind already, or come twice, are left out. Returns false without memory. Indexes of nodes
 * change. */
bool view_add_named(struct graph_view *view, const struct str *ids, uint32_t count, enum node_kind kind) must_check;
/* Sorts view->links and makes the indexes by source and target. False without memory. */
bool view_index_links(struct graph_view *view) must_check;

/* The property, or NULL. `sub` 0 for properties without. */
const struct view_property *view_property(const struct view_node *node, uint32_t property, uint32_t sub);
/* All subs of one property: returns the first and their count (0 when there are none). */
const struct view_property *view_properties(const struct view_node *node, uint32_t property, uint32_t *count);

/* Values; the fallback (or STR_NONE) where the node has no such property. */
struct str view_text(const struct graph_view *view, const struct view_node *node, uint32_t property);
int64_t view_integer(const struct graph_view *view, const struct view_node *node, uint32_t property, int64_t fallback);
double view_real(const struct graph_view *view, const struct view_node *node, uint32_t property, double fallback);
enum node_status view_status(const struct view_node *node); /* of PROPERTY_STATUS, else PROPERTY_STATUS_DECLARED */
struct str view_metadata(const struct graph_view *view, const struct view_node *node, struct str key);
struct str view_name(const struct graph_view *view, const struct view_node *node); /* its name, else its id */

/* Decoding of a value by hand (for properties with subs). */
struct str view_value_text(const struct graph_view *view, uint32_t value);
int64_t view_value_integer(const struct graph_view *view, uint32_t value);
double view_value_real(const struct graph_view *view, uint32_t value);
struct str view_sub_text(const struct graph_view *view, uint32_t sub);
uint32_t view_sub_find(const struct graph_view *view, struct str text); /* 0 when no such text was ever seen */
/* Lists (depends_on, tags, …) come as one text with GRAPH_SEPARATOR between items: str_split_next() walks it. */

/* Every value a property was set to within the view, oldest first: the runs of a scenario, its steps.
 * `fact_after`: only those that come after this fact of the same node (VIEW_NONE: all). Returns their count; *sets lives
 * in the view's arena; UINT32_MAX without memory. */
uint32_t view_sets(const struct graph_view *view, const struct view_node *node, uint32_t property, uint32_t sub,
                   uint32_t fact_after, const struct view_property **sets);

/* The fact since which the property has held its present value without a break, as known in this view; it is what a link
 * that the property claims rests on. The node must have the property. */
uint32_t view_held_since(const struct graph_view *view, const struct view_node *node, const struct view_property *property);

/* What is known of a fact. */
int64_t view_fact_valid_from(const struct graph_view *view, uint32_t fact);
int64_t view_fact_observed_at(const struct graph_view *view, uint32_t fact);
uint64_t view_fact_seq(const struct graph_view *view, uint32_t fact);
enum event_type view_fact_type(const struct graph_view *view, uint32_t fact);
#define VIEW_EVENT_ID_SIZE 520
struct str view_fact_event_id(const struct graph_view *view, uint32_t fact, char text[VIEW_EVENT_ID_SIZE]);
struct str view_fact_trace_id(const struct graph_view *view, uint32_t fact); /* STR_NONE when there is none */
/* The order of validity, never of arrival: (valid_from, event type, event_id, key); <0, 0, >0. */
int view_fact_order(const struct graph_view *view, uint32_t a, uint32_t b);

/* Walks links: `for (uint32_t i = 0; i < view_out_count(v, n); i++) view_out(v, n, i)`. Includes denied ones
 * (confidence 0), which most readers skip. */
uint32_t view_out_count(const struct graph_view *view, uint32_t node);
const struct view_link *view_out(const struct graph_view *view, uint32_t node, uint32_t i);
uint32_t view_in_count(const struct graph_view *view, uint32_t node);
const struct view_link *view_in(const struct graph_view *view, uint32_t node, uint32_t i);

#endif
