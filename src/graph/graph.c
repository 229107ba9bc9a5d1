#include "graph/graph_internal.h"

#include <assert.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/memory.h"
#include "graph/effect.h"

#define SCRATCH_BYTES_MAX (16 * MIB)

/* --- open addressing over 32-bit indexes --------------------------------------------------------------------------- */

static bool slots_grow(struct slot_table *table)
{
    size_t size = table->size == 0 ? 16 : table->size * 2;
    struct slot *slots = memory_new_zeroed(size, sizeof *slots);
    if (slots == NULL) {
        return false;
    }
    for (size_t i = 0; i < table->size; i++) {
        if (table->slots[i].value == 0) {
            continue;
        }
        size_t to = table->slots[i].hash & (size - 1);
        while (slots[to].value != 0) {
            to = (to + 1) & (size - 1);
        }
        slots[to] = table->slots[i];
    }
    memory_free(table->slots);
    table->slots = slots;
    table->size = size;
    return true;
}

/* Makes room for one more, so that the insertion that follows cannot fail. */
static bool slots_reserve(struct slot_table *table)
{
    return (table->count + 1) * 4 <= table->size * 3 || slots_grow(table);
}

static void slots_insert(struct slot_table *table, uint32_t hash, uint32_t index)
{
    size_t at = hash & (table->size - 1);
    while (table->slots[at].value != 0) {
        at = (at + 1) & (table->size - 1);
    }
    table->slots[at] = (struct slot){.value = index + 1, .hash = hash};
    table->count++;
}

typedef bool slot_matches(const struct graph *graph, uint32_t index, const void *wanted);

static uint32_t slots_find(const struct graph *graph, const struct slot_table *table, uint32_t hash, slot_matches *matches,
                           const void *wanted)
{
    if (table->size == 0) {
        return GRAPH_NONE;
    }
    for (size_t at = hash & (table->size - 1); table->slots[at].value != 0; at = (at + 1) & (table->size - 1)) {
        if (table->slots[at].hash == hash && matches(graph, table->slots[at].value - 1, wanted)) {
            return table->slots[at].value - 1;
        }
    }
    return GRAPH_NONE;
}

static uint32_t mix(uint64_t a, uint64_t b)
{
    uint64_t x = a * UINT64_C(0x9E3779B97F4A7C15) ^ b;
    x = (x ^ (x >> 32)) * UINT64_C(0xD6E8FEB86659FD93);
    return (uint32_t)(x ^ (x >> 32));
}

/* --- life ---------------------------------------------------------------------------------------------------------- */

enum status graph_new(struct graph **out, struct error *error)
{
    struct graph *graph = memory_new_zeroed(1, sizeof *graph);
    if (graph == NULL) {
        return error_no_memory(error, "graph");
    }
    arena_init(&graph->scratch, SCRATCH_BYTES_MAX);
    graph->texts = intern_new();
    if (graph->texts == NULL) {
        memory_free(graph);
        return error_no_memory(error, "graph");
    }
    *out = graph;
    return STATUS_OK;
}

static void free_node(struct node *node)
{
    for (uint32_t t = 0; t < node->track_count; t++) {
        if (node->tracks[t].capacity > 1) {
            memory_free(node->tracks[t].many);
        }
    }
    memory_free(node->tracks);
    if (node->fact_capacity > 1) {
        memory_free(node->facts.many);
    }
}

void graph_free(struct graph *graph)
{
    if (graph == NULL) {
        return;
    }
    for (uint32_t n = 0; n < graph->node_count; n++) {
        free_node(graph_node_at(graph, n));
    }
    for (size_t i = 0; i < graph->node_chunk_count; i++) {
        memory_free(graph->node_chunks[i]);
    }
    for (size_t i = 0; i < graph->fact_chunk_count; i++) {
        memory_free(graph->fact_chunks[i]);
    }
    for (size_t i = 0; i < graph->iteration_count; i++) {
        memory_free(graph->iterations[i].nodes);
    }
    for (size_t i = 0; i < KEY_TABLES; i++) {
        memory_free(graph->keys[i].slots);
    }
    memory_free(graph->iteration_index.slots);
    memory_free(graph->node_index.slots);
    memory_free(graph->node_chunks);
    memory_free(graph->fact_chunks);
    memory_free(graph->iterations);
    memory_free(graph->stale);
    intern_free(graph->texts);
    arena_release(&graph->scratch);
    memory_free(graph);
}

/* --- iterations ----------------------------------------------------------------------------------------------------- */

struct iteration_key {
    uint32_t tenant, id;
};

static bool iteration_matches(const struct graph *graph, uint32_t index, const void *wanted)
{
    const struct iteration_key *key = wanted;
    return graph->iterations[index].tenant == key->tenant && graph->iterations[index].id == key->id;
}

uint32_t graph_find_iteration(const struct graph *graph, uint32_t tenant, uint32_t id)
{
    struct iteration_key key = {tenant, id};
    return slots_find(graph, &graph->iteration_index, mix(tenant, id), iteration_matches, &key);
}

/* GRAPH_NONE without memory. */
static uint32_t iteration_of(struct graph *graph, uint32_t tenant, uint32_t id)
{
    uint32_t found = graph_find_iteration(graph, tenant, id);
    if (found != GRAPH_NONE) {
        return found;
    }
    struct iteration *iterations = memory_grow(graph->iterations, &graph->iteration_capacity, graph->iteration_count + 1,
                                               sizeof *iterations);
    if (iterations == NULL) {
        return GRAPH_NONE;
    }
    graph->iterations = iterations;
    if (!slots_reserve(&graph->iteration_index)) {
        return GRAPH_NONE;
    }
    uint32_t number = (uint32_t)graph->iteration_count++;
    struct iteration *iteration = &iterations[number];
    *iteration = (struct iteration){.tenant = tenant, .id = id, .first_valid_from = INT64_MAX, .last_valid_from = INT64_MIN};
    for (int s = 0; s < EVENT_STREAM_COUNT; s++) {
        iteration->watermark[s] = INT64_MIN;
    }
    slots_insert(&graph->iteration_index, mix(tenant, id), number);
    return number;
}

/* --- nodes ---------------------------------------------------------------------------------------------------------- */

struct node_key {
    uint32_t iteration, id;
    enum node_kind kind;
};

static bool node_matches(const struct graph *graph, uint32_t index, const void *wanted)
{
    const struct node_key *key = wanted;
    const struct node *node = graph_node_at(graph, index);
    return node->iteration == key->iteration && node->id == key->id && node->kind == key->kind;
}

static uint32_t node_hash(uint32_t iteration, enum node_kind kind, uint32_t id)
{
    return mix((uint64_t)iteration << 8 | kind, id);
}

uint32_t graph_find_node(const struct graph *graph, uint32_t iteration, enum node_kind kind, uint32_t id)
{
    struct node_key key = {iteration, id, kind};
    return slots_find(graph, &graph->node_index, node_hash(iteration, kind, id), node_matches, &key);
}

static uint32_t new_node(struct graph *graph)
{
    if (graph->node_count == graph->node_chunk_count * NODE_CHUNK) {
        struct node **chunks = memory_grow(graph->node_chunks, &graph->node_chunk_capacity, graph->node_chunk_count + 1,
                                           sizeof *chunks);
        if (chunks == NULL) {
            return GRAPH_NONE;
        }
        graph->node_chunks = chunks;
        chunks[graph->node_chunk_count] = memory_new_zeroed(NODE_CHUNK, sizeof **chunks);
        if (chunks[graph->node_chunk_count] == NULL) {
            return GRAPH_NONE;
        }
        graph->node_chunk_count++;
    }
    return graph->node_count++;
}

static uint32_t node_of(struct graph *graph, uint32_t iteration_number, enum node_kind kind, uint32_t id)
{
    uint32_t found = graph_find_node(graph, iteration_number, kind, id);
    if (found != GRAPH_NONE) {
        return found;
    }
    struct iteration *iteration = &graph->iterations[iteration_number];
    uint32_t *nodes = memory_grow(iteration->nodes, &iteration->node_capacity, iteration->node_count + 1, sizeof *nodes);
    if (nodes == NULL || !slots_reserve(&graph->node_index)) {
        iteration->nodes = nodes != NULL ? nodes : iteration->nodes;
        return GRAPH_NONE;
    }
    iteration->nodes = nodes;
    uint32_t number = new_node(graph);
    if (number == GRAPH_NONE) {
        return GRAPH_NONE;
    }
    *graph_node_at(graph, number) =
        (struct node){.iteration = iteration_number, .id = id, .kind = (uint8_t)kind, .in_order = true};
    nodes[iteration->node_count++] = number;
    slots_insert(&graph->node_index, node_hash(iteration_number, kind, id), number);
    return number;
}

static const struct graph *sorting; /* for qsort; the core thread alone sorts */

static int compare_nodes(const void *a, const void *b)
{
    const struct node *x = graph_node_at(sorting, *(const uint32_t *)a);
    const struct node *y = graph_node_at(sorting, *(const uint32_t *)b);
    if (x->kind != y->kind) {
        return x->kind < y->kind ? -1 : 1;
    }
    return str_compare(intern_text(sorting->texts, x->id), intern_text(sorting->texts, y->id));
}

void graph_sort_nodes(const struct graph *graph, uint32_t number)
{
    struct iteration *iteration = &graph->iterations[number];
    if (iteration->sorted_count == iteration->node_count) {
        return;
    }
    sorting = graph;
    qsort(iteration->nodes, iteration->node_count, sizeof *iteration->nodes, compare_nodes);
    iteration->sorted_count = iteration->node_count;
}

/* --- facts ---------------------------------------------------------------------------------------------------------- */

static struct str event_id_text(const struct graph *graph, const struct fact *fact, char text[GRAPH_EVENT_ID_SIZE])
{
    if (!fact->event_id_is_uuid) {
        return intern_text(graph->texts, fact->event_id.text);
    }
    uuid_format(fact->event_id.uuid, text);
    return (struct str){text, UUID_TEXT_LENGTH};
}

static int compare_event_ids(const struct graph *graph, const struct fact *a, const struct fact *b)
{
    if (a->event_id_is_uuid && b->event_id_is_uuid) {
        return memcmp(a->event_id.uuid, b->event_id.uuid, UUID_SIZE); /* hex keeps the order of bytes */
    }
    char text_a[GRAPH_EVENT_ID_SIZE], text_b[GRAPH_EVENT_ID_SIZE];
    return str_compare(event_id_text(graph, a, text_a), event_id_text(graph, b, text_b));
}

int fact_order(const struct graph *graph, uint32_t a, uint32_t b)
{
    const struct fact *x = graph_fact_at(graph, a);
    const struct fact *y = graph_fact_at(graph, b);
    if (x->valid_from != y->valid_from) {
        return x->valid_from < y->valid_from ? -1 : 1;
    }
    if (x->type != y->type) {
        return x->type < y->type ? -1 : 1;
    }
    int order = compare_event_ids(graph, x, y);
    return order != 0 ? order : memcmp(x->key, y->key, EVENT_KEY_SIZE);
}

static uint32_t new_fact(struct graph *graph)
{
    if (graph->fact_count == LIMIT_FACTS) {
        return GRAPH_NONE;
    }
    if (graph->fact_count == graph->fact_chunk_count * FACT_CHUNK) {
        struct fact **chunks = memory_grow(graph->fact_chunks, &graph->fact_chunk_capacity, graph->fact_chunk_count + 1,
                                           sizeof *chunks);
        if (chunks == NULL) {
            return GRAPH_NONE;
        }
        graph->fact_chunks = chunks;
        chunks[graph->fact_chunk_count] = memory_new(FACT_CHUNK * sizeof **chunks);
        if (chunks[graph->fact_chunk_count] == NULL) {
            return GRAPH_NONE;
        }
        graph->fact_chunk_count++;
    }
    return graph->fact_count++;
}

static bool fill_fact(struct graph *graph, uint32_t number, const struct event *event, uint64_t seq, int64_t observed_at)
{
    struct fact *fact = graph_fact_at(graph, number);
    memset(fact, 0, sizeof *fact);
    fact->valid_from = event->timestamp;
    fact->observed_at = observed_at;
    fact->seq = seq;
    fact->content_hash = event_content_hash(event);
    memcpy(fact->key, event->key, EVENT_KEY_SIZE);
    fact->type = (uint16_t)event->type;
    fact->event_id_is_uuid = uuid_parse(event->event_id, fact->event_id.uuid);
    if (!fact->event_id_is_uuid) {
        fact->event_id.text = intern_add(graph->texts, event->event_id);
        if (fact->event_id.text == 0) {
            return false;
        }
    }
    if (event->trace_id.at != NULL) {
        fact->trace = intern_add(graph->texts, event->trace_id);
        if (fact->trace == 0) {
            return false;
        }
    }
    return true;
}

/* --- keys ----------------------------------------------------------------------------------------------------------- */

struct key_wanted {
    uint32_t tenant;
    const uint8_t *key;
};

static uint64_t key_hash(uint32_t tenant, const uint8_t key[EVENT_KEY_SIZE])
{
    uint64_t half;
    memcpy(&half, key, sizeof half);
    return half ^ (uint64_t)tenant * UINT64_C(0x9E3779B97F4A7C15);
}

static bool key_matches(const struct graph *graph, uint32_t index, const void *wanted)
{
    const struct key_wanted *key = wanted;
    const struct fact *fact = graph_fact_at(graph, index);
    return memcmp(fact->key, key->key, EVENT_KEY_SIZE) == 0 &&
           graph->iterations[graph_node_at(graph, fact->node)->iteration].tenant == key->tenant;
}

uint32_t graph_find_key(const struct graph *graph, struct str tenant_id, const uint8_t key[EVENT_KEY_SIZE])
{
    uint32_t tenant = intern_find(graph->texts, tenant_id);
    if (tenant == 0) {
        return GRAPH_NONE;
    }
    uint64_t hash = key_hash(tenant, key);
    struct key_wanted wanted = {tenant, key};
    return slots_find(graph, &graph->keys[hash >> 56], (uint32_t)hash, key_matches, &wanted);
}

/* --- putting a fact in its place ------------------------------------------------------------------------------------- */

/* Where the fact belongs among `count` facts already in order; nearly always at the end. */
static uint32_t place_in_node(const struct graph *graph, const uint32_t *facts, uint32_t count, uint32_t fact)
{
    if (count == 0 || fact_order(graph, facts[count - 1], fact) < 0) {
        return count;
    }
    uint32_t low = 0, high = count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (fact_order(graph, facts[middle], fact) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static uint32_t place_in_track(const struct graph *graph, const struct entry *entries, uint32_t count, uint32_t fact)
{
    if (count == 0 || fact_order(graph, entries[count - 1].fact, fact) < 0) {
        return count;
    }
    uint32_t low = 0, high = count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (fact_order(graph, entries[middle].fact, fact) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Room for one more item behind a "one or many" array: NULL without memory. `many` is NULL while there is one at most. */
static void *grow_many(struct graph *graph, void *many, const void *one, uint32_t count, uint32_t *capacity, size_t size)
{
    uint32_t wanted = *capacity < 2 ? 3 : *capacity + *capacity / 2 + 1;
    void *grown = memory_resize(*capacity > 1 ? many : NULL, wanted * size);
    if (grown == NULL) {
        return NULL;
    }
    if (*capacity <= 1 && count > 0) {
        memcpy(grown, one, size);
    }
    graph->property_bytes += (wanted - (*capacity > 1 ? *capacity : 0)) * size;
    *capacity = wanted;
    return grown;
}

static bool add_to_node(struct graph *graph, struct node *node, uint32_t fact)
{
    uint32_t at = place_in_node(graph, node_facts(node), node->fact_count, fact);
    node->in_order &= at == node->fact_count;
    if (node->fact_count == 0) {
        node->facts.one = fact;
        node->fact_capacity = 1;
        node->fact_count = 1;
        return true;
    }
    if (node->fact_count == node->fact_capacity) {
        uint32_t one = node->facts.one;
        uint32_t *many = grow_many(graph, node->facts.many, &one, node->fact_count, &node->fact_capacity, sizeof *many);
        if (many == NULL) {
            return false;
        }
        node->facts.many = many;
    }
    uint32_t *facts = node->facts.many;
    memmove(facts + at + 1, facts + at, (node->fact_count - at) * sizeof *facts);
    facts[at] = fact;
    node->fact_count++;
    return true;
}

static bool add_to_track(struct graph *graph, struct track *track, struct entry entry)
{
    uint32_t at = place_in_track(graph, track_entries(track), track->count, entry.fact);
    track->in_order &= at == track->count;
    if (track->count == 0) {
        track->one = entry;
        track->capacity = 1;
        track->count = 1;
        return true;
    }
    if (track->count == track->capacity) {
        struct entry one = track->one;
        struct entry *many = grow_many(graph, track->many, &one, track->count, &track->capacity, sizeof *many);
        if (many == NULL) {
            return false;
        }
        track->many = many;
    }
    memmove(track->many + at + 1, track->many + at, (track->count - at) * sizeof *track->many);
    track->many[at] = entry;
    track->count++;
    return true;
}

/* The node's track of (property, sub), made when new; NULL without memory. */
static struct track *track_of(struct graph *graph, struct node *node, uint16_t property, uint32_t sub)
{
    uint32_t low = 0, high = node->track_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct track *track = &node->tracks[middle];
        if (track->property < property || (track->property == property && track->sub < sub)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low < node->track_count && node->tracks[low].property == property && node->tracks[low].sub == sub) {
        return &node->tracks[low];
    }
    if (node->track_count == node->track_capacity) {
        uint32_t wanted = node->track_capacity < 4 ? node->track_capacity + 4 : node->track_capacity + node->track_capacity / 2;
        struct track *tracks = memory_resize(node->tracks, wanted * sizeof *tracks);
        if (tracks == NULL) {
            return NULL;
        }
        graph->property_bytes += (wanted - node->track_capacity) * sizeof *tracks;
        node->tracks = tracks;
        node->track_capacity = wanted;
    }
    memmove(node->tracks + low + 1, node->tracks + low, (node->track_count - low) * sizeof *node->tracks);
    node->tracks[low] = (struct track){.property = property, .sub = sub, .in_order = true};
    node->track_count++;
    return &node->tracks[low];
}

bool graph_intern_value(struct graph *graph, const struct effect_set *set, uint32_t *value)
{
    if (set->value == EFFECT_TEXT) {
        *value = intern_add(graph->texts, set->text);
        return *value != 0;
    }
    if (set->value == EFFECT_INTEGER && set->integer >= 0 && set->integer < (int64_t)VALUE_OUT_OF_LINE) {
        *value = (uint32_t)set->integer;
        return true;
    }
    struct str bytes = set->value == EFFECT_REAL ? (struct str){(const char *)&set->real, sizeof set->real}
                                                 : (struct str){(const char *)&set->integer, sizeof set->integer};
    uint32_t text = intern_add(graph->texts, bytes);
    *value = text | VALUE_OUT_OF_LINE;
    return text != 0;
}

static bool apply_sets(struct graph *graph, struct node *node, const struct effect *effect, uint32_t fact)
{
    for (uint32_t i = 0; i < effect->count; i++) {
        const struct effect_set *set = &effect->sets[i];
        uint32_t sub = set->sub.at == NULL ? 0 : intern_add(graph->texts, set->sub);
        struct entry entry = {.fact = fact};
        if ((set->sub.at != NULL && sub == 0) || !graph_intern_value(graph, set, &entry.value)) {
            return false;
        }
        struct track *track = track_of(graph, node, set->property, sub);
        if (track == NULL || !add_to_track(graph, track, entry)) {
            return false;
        }
    }
    return true;
}

static void count_in_iteration(struct iteration *iteration, const struct fact *fact, enum event_stream stream)
{
    iteration->fact_count++;
    iteration->last_seq = fact->seq;
    iteration->last_observed_at = fact->observed_at;
    if (fact->valid_from < iteration->first_valid_from) {
        iteration->first_valid_from = fact->valid_from;
    }
    if (fact->valid_from > iteration->last_valid_from) {
        iteration->last_valid_from = fact->valid_from;
    }
    if (fact->valid_from > iteration->watermark[stream]) {
        iteration->watermark[stream] = fact->valid_from;
    }
}

static bool apply_effect(struct graph *graph, const struct event *event, const struct effect *effect, uint64_t seq,
                         int64_t observed_at)
{
    uint32_t tenant = intern_add(graph->texts, event->tenant_id);
    uint32_t iteration_id = intern_add(graph->texts, event->iteration_id);
    uint32_t id = intern_add(graph->texts, effect->id);
    if (tenant == 0 || iteration_id == 0 || id == 0) {
        return false;
    }
    uint32_t iteration = iteration_of(graph, tenant, iteration_id);
    uint32_t node_number = iteration == GRAPH_NONE ? GRAPH_NONE : node_of(graph, iteration, effect->kind, id);
    uint64_t hash = key_hash(tenant, event->key);
    struct slot_table *keys = &graph->keys[hash >> 56];
    if (node_number == GRAPH_NONE || !slots_reserve(keys)) {
        return false;
    }
    uint32_t number = new_fact(graph);
    if (number == GRAPH_NONE || !fill_fact(graph, number, event, seq, observed_at)) {
        return false;
    }
    struct fact *fact = graph_fact_at(graph, number);
    fact->node = node_number;
    struct node *node = graph_node_at(graph, node_number);
    if (!add_to_node(graph, node, number) || !apply_sets(graph, node, effect, number)) {
        return false;
    }
    slots_insert(keys, (uint32_t)hash, number);
    count_in_iteration(&graph->iterations[iteration], fact, event->stream);
    return true;
}

enum status graph_apply(struct graph *graph, const struct event *event, uint64_t seq, int64_t observed_at, uint32_t *fact,
                        struct error *error)
{
    assert(seq > graph_position(graph));
    assert(observed_at >= graph_observed_at(graph));
    arena_clear(&graph->scratch);
    struct effect effect;
    enum status status = effect_of(event, &graph->scratch, &effect, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (!apply_effect(graph, event, &effect, seq, observed_at)) {
        return error_no_memory(error, "graph");
    }
    if (fact != NULL) {
        *fact = graph->fact_count - 1;
    }
    return STATUS_OK;
}

/* --- reading -------------------------------------------------------------------------------------------------------- */

uint32_t graph_fact_count(const struct graph *graph)
{
    return graph->fact_count;
}

uint64_t graph_position(const struct graph *graph)
{
    return graph->fact_count == 0 ? 0 : graph_fact_at(graph, graph->fact_count - 1)->seq;
}

int64_t graph_observed_at(const struct graph *graph)
{
    return graph->fact_count == 0 ? INT64_MIN : graph_fact_at(graph, graph->fact_count - 1)->observed_at;
}

uint32_t graph_known_facts(const struct graph *graph, int64_t known_at)
{
    uint32_t low = 0, high = graph->fact_count;
    if (high == 0 || graph_fact_at(graph, high - 1)->observed_at <= known_at) {
        return high;
    }
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (graph_fact_at(graph, middle)->observed_at <= known_at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

uint32_t graph_facts_until(const struct graph *graph, uint64_t position)
{
    uint32_t low = 0, high = graph->fact_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (graph_fact_at(graph, middle)->seq <= position) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

struct fact_info graph_fact(const struct graph *graph, uint32_t number)
{
    assert(number < graph->fact_count);
    const struct fact *fact = graph_fact_at(graph, number);
    const struct node *node = graph_node_at(graph, fact->node);
    const struct iteration *iteration = &graph->iterations[node->iteration];
    struct fact_info info = {
        .valid_from = fact->valid_from,
        .observed_at = fact->observed_at,
        .seq = fact->seq,
        .content_hash = fact->content_hash,
        .type = (enum event_type)fact->type,
        .tenant_id = intern_text(graph->texts, iteration->tenant),
        .iteration_id = intern_text(graph->texts, iteration->id),
        .node_id = intern_text(graph->texts, node->id),
        .trace_id = intern_text(graph->texts, fact->trace),
        .kind = (enum node_kind)node->kind,
    };
    memcpy(info.key, fact->key, EVENT_KEY_SIZE);
    return info;
}

struct str graph_fact_event_id(const struct graph *graph, uint32_t fact, char text[GRAPH_EVENT_ID_SIZE])
{
    assert(fact < graph->fact_count);
    return event_id_text(graph, graph_fact_at(graph, fact), text);
}

uint32_t graph_iteration_count(const struct graph *graph)
{
    return (uint32_t)graph->iteration_count;
}

struct graph_iteration graph_iteration(const struct graph *graph, uint32_t number)
{
    assert(number < graph->iteration_count);
    const struct iteration *from = &graph->iterations[number];
    struct graph_iteration to = {
        .tenant_id = intern_text(graph->texts, from->tenant),
        .iteration_id = intern_text(graph->texts, from->id),
        .fact_count = from->fact_count,
        .node_count = (uint32_t)from->node_count,
        .first_valid_from = from->first_valid_from,
        .last_valid_from = from->last_valid_from,
        .last_observed_at = from->last_observed_at,
        .last_seq = from->last_seq,
    };
    memcpy(to.watermark, from->watermark, sizeof to.watermark);
    return to;
}

static uint32_t find_iteration_by_text(const struct graph *graph, struct str tenant_id, struct str iteration_id)
{
    uint32_t tenant = intern_find(graph->texts, tenant_id);
    uint32_t id = intern_find(graph->texts, iteration_id);
    return tenant == 0 || id == 0 ? GRAPH_NONE : graph_find_iteration(graph, tenant, id);
}

uint32_t graph_iteration_number(const struct graph *graph, struct str tenant_id, struct str iteration_id)
{
    return find_iteration_by_text(graph, tenant_id, iteration_id);
}

/* The same of one node, whose facts are in order of validity. */
static int64_t next_of_node(const struct graph *graph, const struct node *node, int64_t after, uint32_t known_facts)
{
    const uint32_t *facts = node_facts(node);
    uint32_t low = 0, high = node->fact_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (graph_fact_at(graph, facts[middle])->valid_from <= after) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    while (low < node->fact_count && facts[low] >= known_facts) {
        low++;
    }
    return low < node->fact_count ? graph_fact_at(graph, facts[low])->valid_from : INT64_MAX;
}

int64_t graph_next_valid_from(const struct graph *graph, uint32_t number, int64_t after, uint32_t known_facts)
{
    assert(number < graph->iteration_count);
    const struct iteration *iteration = &graph->iterations[number];
    int64_t next = INT64_MAX;
    for (size_t i = 0; iteration->last_valid_from > after && i < iteration->node_count; i++) {
        int64_t of_node = next_of_node(graph, graph_node_at(graph, iteration->nodes[i]), after, known_facts);
        next = of_node < next ? of_node : next;
    }
    return next;
}

bool graph_iteration_find(const struct graph *graph, struct str tenant_id, struct str iteration_id,
                          struct graph_iteration *iteration)
{
    uint32_t number = find_iteration_by_text(graph, tenant_id, iteration_id);
    if (number == GRAPH_NONE) {
        return false;
    }
    *iteration = graph_iteration(graph, number);
    return true;
}

static int compare_numbers(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

enum status graph_iteration_facts(const struct graph *graph, struct str tenant_id, struct str iteration_id,
                                  struct arena *arena, uint32_t **facts, uint32_t *count, struct error *error)
{
    uint32_t number = find_iteration_by_text(graph, tenant_id, iteration_id);
    if (number == GRAPH_NONE) {
        return error_set(error, STATUS_ABSENT, "iteration", "there is no iteration \"%.*s\"", STR_ARGS(iteration_id));
    }
    const struct iteration *iteration = &graph->iterations[number];
    *facts = arena_new(arena, iteration->fact_count * sizeof **facts);
    if (*facts == NULL) {
        return error_no_memory(error, "iteration");
    }
    *count = 0;
    for (size_t n = 0; n < iteration->node_count; n++) {
        const struct node *node = graph_node_at(graph, iteration->nodes[n]);
        memcpy(*facts + *count, node_facts(node), node->fact_count * sizeof **facts);
        *count += node->fact_count;
    }
    assert(*count == iteration->fact_count);
    qsort(*facts, *count, sizeof **facts, compare_numbers);
    return STATUS_OK;
}

struct graph_memory graph_memory(const struct graph *graph)
{
    struct graph_memory memory = {
        .facts = graph->fact_chunk_count * FACT_CHUNK * sizeof(struct fact),
        .nodes = graph->node_chunk_count * NODE_CHUNK * sizeof(struct node),
        .properties = graph->property_bytes,
        .texts = intern_bytes(graph->texts),
        .fact_count = graph->fact_count,
        .node_count = graph->node_count,
        .iteration_count = (uint32_t)graph->iteration_count,
        .text_count = intern_count(graph->texts),
    };
    for (size_t i = 0; i < KEY_TABLES; i++) {
        memory.keys += graph->keys[i].size * sizeof(struct slot);
    }
    memory.nodes += (graph->node_index.size + graph->iteration_index.size) * sizeof(struct slot);
    for (size_t i = 0; i < graph->iteration_count; i++) {
        memory.nodes += graph->iterations[i].node_capacity * sizeof(uint32_t);
    }
    memory.total = memory.facts + memory.nodes + memory.properties + memory.keys + memory.texts;
    return memory;
}

/* --- invariants ------------------------------------------------------------------------------------------------------ */

static void check_node(const struct graph *graph, uint32_t number)
{
    const struct node *node = graph_node_at(graph, number);
    const uint32_t *facts = node_facts(node);
    bool ascending = true;
    for (uint32_t i = 0; i < node->fact_count; i++) {
        assert(graph_fact_at(graph, facts[i])->node == number);
        assert(i == 0 || fact_order(graph, facts[i - 1], facts[i]) < 0);
        ascending &= i == 0 || facts[i - 1] < facts[i];
    }
    assert(ascending == node->in_order);
    for (uint32_t t = 0; t < node->track_count; t++) {
        const struct track *track = &node->tracks[t];
        const struct track *before = t == 0 ? NULL : &node->tracks[t - 1];
        assert(before == NULL || before->property < track->property ||
               (before->property == track->property && before->sub < track->sub));
        const struct entry *entries = track_entries(track);
        ascending = true;
        for (uint32_t i = 0; i < track->count; i++) {
            assert(graph_fact_at(graph, entries[i].fact)->node == number);
            assert(i == 0 || fact_order(graph, entries[i - 1].fact, entries[i].fact) < 0);
            ascending &= i == 0 || entries[i - 1].fact < entries[i].fact;
        }
        assert(ascending == track->in_order);
    }
    (void)ascending;
}

void graph_check(const struct graph *graph)
{
    for (uint32_t n = 0; n < graph->node_count; n++) {
        check_node(graph, n);
    }
    for (uint32_t f = 0; f < graph->fact_count; f++) {
        struct fact_info info = graph_fact(graph, f);
        assert(graph_find_key(graph, info.tenant_id, info.key) == f);
        assert(f == 0 || graph_fact_at(graph, f - 1)->seq < info.seq);
        assert(f == 0 || graph_fact_at(graph, f - 1)->observed_at <= info.observed_at);
        (void)info;
    }
}
