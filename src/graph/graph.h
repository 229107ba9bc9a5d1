/* graph.h: the unified graph of all tenants: every fact of every node, on two clocks.
 *
 * What it is. Each event adds one fact to one node; a fact is never changed (law 4), but for values that are erased. A fact says when it became true
 * (valid_from = the event's timestamp), when this system made it durable (observed_at) and where it stands in the log
 * (seq). Facts are applied in log order, so the index of a fact grows with seq and with observed_at: "known at K" is
 * "index below some number", which is what makes questions about the past as cheap as questions about now.
 *
 * Order of a node's facts: (valid_from, number of the event type, event_id, key), never arrival. So the state at (V, K)
 * does not depend on the order in which events came.
 *
 * Memory: about 80 bytes a fact, 8 bytes for each property it sets, texts once each.
 *
 * Thread: the core thread owns the graph; there are no locks.
 */
#ifndef TRIMODAL_GRAPH_GRAPH_H
#define TRIMODAL_GRAPH_GRAPH_H

#include "base/arena.h"
#include "event/event.h"
#include "graph/kinds.h"

struct graph;

#define GRAPH_NONE UINT32_MAX

enum status graph_new(struct graph **graph, struct error *error) must_check;
void graph_free(struct graph *graph);

/* Adds the event's fact. `seq` and `observed_at` must not go back. STATUS_FATAL without memory or over a limit, and the
 * graph must be thrown away then: it may hold half of the fact. `fact` (may be NULL) gets the fact's index. */
enum status graph_apply(struct graph *graph, const struct event *event, uint64_t seq, int64_t observed_at, uint32_t *fact,
                        struct error *error) must_check;

/* When something that an event said is erased (event/seal.h). The fact then says what `event`, which is the same with "[erased]" in
 * some of its texts, says; its node, times, key and content hash stay. Then graph_wipe, once for many: texts that no fact says any
 * more are overwritten. In between, and where that has no memory, they are out of reach but in memory. A graph that reads the log
 * afterwards is the same. STATUS_FATAL: it is not the same event, or no memory: the fact may say half of it. */
enum status graph_restate(struct graph *graph, uint32_t fact, const struct event *event, struct error *error) must_check;
enum status graph_wipe(struct graph *graph, struct error *error) must_check;
/* How often facts were restated: what was derived of the graph before may say what is gone. */
uint64_t graph_restated(const struct graph *graph);
/* The fact of this place in the log, or GRAPH_NONE. */
uint32_t graph_find_seq(const struct graph *graph, uint64_t seq);

/* The fact that carries this idempotency key for this tenant, or GRAPH_NONE. */
uint32_t graph_find_key(const struct graph *graph, struct str tenant_id, const uint8_t key[EVENT_KEY_SIZE]);

/* What a fact says of itself. */
struct fact_info {
    int64_t valid_from, observed_at;
    uint64_t seq;
    uint64_t content_hash;
    enum event_type type;
    uint8_t key[EVENT_KEY_SIZE];
    struct str tenant_id, iteration_id, node_id, trace_id;
    enum node_kind kind;
};
struct fact_info graph_fact(const struct graph *graph, uint32_t fact);
#define GRAPH_EVENT_ID_SIZE 520
struct str graph_fact_event_id(const struct graph *graph, uint32_t fact, char text[GRAPH_EVENT_ID_SIZE]);

uint32_t graph_fact_count(const struct graph *graph);
uint64_t graph_position(const struct graph *graph); /* seq of the newest fact, 0 when empty */
int64_t graph_observed_at(const struct graph *graph); /* of the newest fact */
/* Facts with observed_at ≤ known_at are those with an index below this. */
uint32_t graph_known_facts(const struct graph *graph, int64_t known_at);
/* Facts with seq ≤ position are those with an index below this. */
uint32_t graph_facts_until(const struct graph *graph, uint64_t position);

struct graph_memory {
    size_t facts, nodes, properties, keys, texts, total; /* bytes */
    uint32_t fact_count, node_count, iteration_count, text_count;
};
struct graph_memory graph_memory(const struct graph *graph);

/* One iteration, as far as a list of them needs. */
struct graph_iteration {
    struct str tenant_id, iteration_id;
    uint32_t fact_count, node_count;
    int64_t first_valid_from, last_valid_from; /* over all facts */
    int64_t last_observed_at;
    uint64_t last_seq;
    int64_t watermark[EVENT_STREAM_COUNT]; /* largest valid_from per stream; INT64_MIN where there is none */
};
uint32_t graph_iteration_count(const struct graph *graph);
/* By number, in order of first appearance. */
struct graph_iteration graph_iteration(const struct graph *graph, uint32_t number);
bool graph_iteration_find(const struct graph *graph, struct str tenant_id, struct str iteration_id,
                          struct graph_iteration *iteration);
/* Its number, or GRAPH_NONE. */
uint32_t graph_iteration_number(const struct graph *graph, struct str tenant_id, struct str iteration_id);
/* The least valid_from above `after` among the iteration's facts with an index below known_facts: when its view changes by
 * the passing of time alone. INT64_MAX when there is none. Takes a search in each node. */
int64_t graph_next_valid_from(const struct graph *graph, uint32_t number, int64_t after, uint32_t known_facts);
/* Indexes of all facts of an iteration, in log order. STATUS_ABSENT when there is none. */
enum status graph_iteration_facts(const struct graph *graph, struct str tenant_id, struct str iteration_id,
                                  struct arena *arena, uint32_t **facts, uint32_t *count, struct error *error) must_check;

/* Asserts the invariants over the whole graph (order of facts, of properties, agreement of the indexes). For tests. */
void graph_check(const struct graph *graph);

#endif
