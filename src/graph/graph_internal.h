/* graph_internal.h: the graph's memory, for the files of this folder only.
 *
 *   facts       chunks of FACT_CHUNK facts, in log order; a fact's index is its place
 *   nodes       chunks of NODE_CHUNK nodes, in order of first appearance
 *   node        its facts' indexes in order of validity, and its properties sorted by (property, sub)
 *   track       one property of one node: the facts that set it, in order of validity, each with the value
 *   keys        256 open-addressing tables of fact indexes by (tenant, idempotency key), each grown alone so that no
 *               single event pays for the growth of all
 *   texts       each distinct id, name or message once; ids in nodes and values in tracks are its numbers
 *
 * Invariants (graph_check): a node's facts are strictly ordered by fact_order(); so are a track's entries; a node (track)
 * is `in_order` exactly when its facts' indexes ascend, that is, when no event came late; every fact is found by its key.
 */
#ifndef TRIMODAL_GRAPH_GRAPH_INTERNAL_H
#define TRIMODAL_GRAPH_GRAPH_INTERNAL_H

#include "base/intern.h"
#include "base/uuid.h"
#include "graph/graph.h"

#define FACT_CHUNK 16384u
#define NODE_CHUNK 4096u
#define KEY_TABLES 256u

struct fact {
    int64_t valid_from;
    int64_t observed_at;
    uint64_t seq;
    uint64_t content_hash;
    uint8_t key[EVENT_KEY_SIZE];
    union {
        uint8_t uuid[UUID_SIZE]; /* event_id_is_uuid */
        uint32_t text;
    } event_id;
    uint32_t node;
    uint32_t trace; /* text, 0 for none */
    uint16_t type;
    bool event_id_is_uuid;
};

_Static_assert(sizeof(struct fact) <= 80, "a fact stays within its budget (SPEC 7: 250 bytes with all that hangs on it)");

struct entry {
    uint32_t fact;
    uint32_t value;
};

struct track {
    uint16_t property;
    bool in_order;
    uint32_t sub;
    uint32_t count;
    uint32_t capacity; /* 1: `one` holds it */
    union {
        struct entry one;
        struct entry *many;
    };
};

struct node {
    uint32_t iteration;
    uint32_t id; /* text */
    uint8_t kind;
    bool in_order;
    uint32_t fact_count, fact_capacity; /* capacity 1: `one` holds it */
    union {
        uint32_t one;
        uint32_t *many;
    } facts;
    uint32_t track_count, track_capacity;
    struct track *tracks;
};

struct iteration {
    uint32_t tenant, id; /* texts */
    uint32_t fact_count;
    uint32_t *nodes; /* the first `sorted_count` sorted by (kind, id), the rest as they came */
    size_t node_count, node_capacity, sorted_count;
    int64_t first_valid_from, last_valid_from, last_observed_at;
    uint64_t last_seq;
    int64_t watermark[EVENT_STREAM_COUNT];
};

struct slot {
    uint32_t value; /* index + 1; 0: free */
    uint32_t hash;
};

struct slot_table {
    struct slot *slots;
    size_t size; /* a power of two, or 0 */
    size_t count;
};

struct graph {
    struct intern *texts;
    struct fact **fact_chunks;
    size_t fact_chunk_count, fact_chunk_capacity;
    uint32_t fact_count;
    struct node **node_chunks;
    size_t node_chunk_count, node_chunk_capacity;
    uint32_t node_count;
    struct iteration *iterations;
    size_t iteration_count, iteration_capacity;
    struct slot_table iteration_index, node_index;
    struct slot_table keys[KEY_TABLES];
    size_t property_bytes;
    struct arena scratch; /* of one graph_apply */
    uint32_t *stale; /* texts that facts said before they were restated */
    size_t stale_count, stale_capacity;
    uint64_t restated;
};

static inline struct fact *graph_fact_at(const struct graph *graph, uint32_t fact)
{
    return &graph->fact_chunks[fact / FACT_CHUNK][fact % FACT_CHUNK];
}

static inline struct node *graph_node_at(const struct graph *graph, uint32_t node)
{
    return &graph->node_chunks[node / NODE_CHUNK][node % NODE_CHUNK];
}

static inline const uint32_t *node_facts(const struct node *node)
{
    return node->fact_capacity <= 1 ? &node->facts.one : node->facts.many;
}

static inline const struct entry *track_entries(const struct track *track)
{
    return track->capacity <= 1 ? &track->one : track->many;
}

/* The order of facts within a node: (valid_from, event type, event_id, key); <0, 0, >0. */
int fact_order(const struct graph *graph, uint32_t a, uint32_t b);

/* Number of an iteration or node, GRAPH_NONE when there is none. `id` and tenant are text numbers, 0 finds nothing. */
uint32_t graph_find_iteration(const struct graph *graph, uint32_t tenant, uint32_t id);
uint32_t graph_find_node(const struct graph *graph, uint32_t iteration, enum node_kind kind, uint32_t id);
/* Brings the iteration's nodes into (kind, id) order. */
void graph_sort_nodes(const struct graph *graph, uint32_t iteration);

struct effect_set;
/* What stands for the value in an entry; false without memory. */
bool graph_intern_value(struct graph *graph, const struct effect_set *set, uint32_t *value) must_check;

/* Values: integers from 0 to 2^31 - 1 stand for themselves, all others are text numbers (of the 8 bytes of the number)
 * with the top bit set; texts are text numbers. */
#define VALUE_OUT_OF_LINE UINT32_C(0x80000000)

#endif
