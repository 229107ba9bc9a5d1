#include "graph/digest.h"

#include <stdlib.h>

#include "base/limits.h"
#include "graph/graph_internal.h"
#include "graph/graph_view.h"

#define RECORD_BYTES_MAX (64 * MIB) /* of one fact, spelled out */

struct digester {
    const struct graph *graph;
    struct sha256 *facts, *regardless;
    struct buffer record;
    struct arena arena; /* of one node */
};

/* --- spelling ----------------------------------------------------------------------------------------------------------- */

void digest_put_number(struct buffer *buffer, uint64_t number)
{
    char bytes[8];
    for (int i = 0; i < 8; i++) {
        bytes[i] = (char)(number >> (8 * i) & 0xff);
    }
    buffer_append(buffer, bytes, sizeof bytes);
}

void digest_put_text(struct buffer *buffer, struct str text)
{
    digest_put_number(buffer, text.length);
    buffer_append_str(buffer, text);
}

void digest_put_real(struct buffer *buffer, double real)
{
    uint64_t bits;
    memcpy(&bits, &real, sizeof bits);
    digest_put_number(buffer, bits);
}

static void put_value(struct buffer *buffer, const struct graph *graph, uint32_t property, uint32_t value)
{
    const struct graph_view reader = {.graph = graph};
    switch (property_type(property)) {
    case PROPERTY_TYPE_TEXT:
    case PROPERTY_TYPE_LIST:
        digest_put_text(buffer, view_value_text(&reader, value));
        break;
    case PROPERTY_TYPE_REAL:
        digest_put_real(buffer, view_value_real(&reader, value));
        break;
    case PROPERTY_TYPE_STATUS:
        digest_put_text(buffer, str_from(node_status_name((enum node_status)value)));
        break;
    case PROPERTY_TYPE_SYMBOL:
        digest_put_text(buffer, str_from(event_symbol((enum event_field)property, value)));
        break;
    case PROPERTY_TYPE_INTEGER:
    case PROPERTY_TYPE_BOOLEAN:
        digest_put_number(buffer, (uint64_t)view_value_integer(&reader, value));
        break;
    }
}

/* --- what each fact of a node sets ---------------------------------------------------------------------------------------- */

struct fact_set {
    uint32_t fact;
    uint32_t rank; /* of its track, in the order of names */
    uint32_t value;
};

static int compare_sets(const void *a, const void *b)
{
    const struct fact_set *x = a, *y = b;
    if (x->fact != y->fact) {
        return x->fact < y->fact ? -1 : 1;
    }
    return x->rank < y->rank ? -1 : x->rank > y->rank;
}

static int compare_tracks(const void *a, const void *b, void *graph)
{
    const struct track *x = *(const struct track *const *)a, *y = *(const struct track *const *)b;
    int order = str_compare(str_from(property_name(x->property)), str_from(property_name(y->property)));
    if (order != 0) {
        return order;
    }
    const struct intern *texts = ((const struct graph *)graph)->texts;
    return str_compare(intern_text(texts, x->sub), intern_text(texts, y->sub));
}

struct node_sets {
    const struct track **tracks; /* by name */
    struct fact_set *sets;       /* sorted by (fact, rank) */
    size_t count;
};

static bool collect_sets(struct digester *digester, const struct node *node, struct node_sets *out)
{
    size_t total = 0;
    *out = (struct node_sets){.tracks = arena_new(&digester->arena, node->track_count * sizeof *out->tracks)};
    if (out->tracks == NULL) {
        return false;
    }
    for (uint32_t t = 0; t < node->track_count; t++) {
        out->tracks[t] = &node->tracks[t];
        total += node->tracks[t].count;
    }
    qsort_r(out->tracks, node->track_count, sizeof *out->tracks, compare_tracks, (void *)digester->graph);
    out->sets = arena_new(&digester->arena, total * sizeof *out->sets);
    if (out->sets == NULL) {
        return false;
    }
    for (uint32_t t = 0; t < node->track_count; t++) {
        const struct entry *entries = track_entries(out->tracks[t]);
        for (uint32_t i = 0; i < out->tracks[t]->count; i++) {
            out->sets[out->count++] = (struct fact_set){entries[i].fact, t, entries[i].value};
        }
    }
    qsort(out->sets, out->count, sizeof *out->sets, compare_sets);
    return true;
}

static size_t first_set(const struct node_sets *sets, uint32_t fact)
{
    size_t low = 0, high = sets->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (sets->sets[middle].fact < fact) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* --- the walk --------------------------------------------------------------------------------------------------------------- */

static bool add_fact(struct digester *digester, const struct node_sets *sets, uint32_t number)
{
    const struct graph *graph = digester->graph;
    struct buffer *record = &digester->record;
    struct fact_info fact = graph_fact(graph, number);
    char event_id[GRAPH_EVENT_ID_SIZE];
    buffer_clear(record);
    digest_put_number(record, (uint64_t)fact.valid_from);
    digest_put_text(record, str_from(event_type_symbol(fact.type)));
    digest_put_text(record, graph_fact_event_id(graph, number, event_id));
    digest_put_text(record, (struct str){(const char *)fact.key, sizeof fact.key});
    digest_put_number(record, fact.content_hash);
    digest_put_text(record, fact.trace_id);
    size_t first = first_set(sets, number), end = first;
    while (end < sets->count && sets->sets[end].fact == number) {
        end++;
    }
    digest_put_number(record, end - first);
    for (size_t i = first; i < end; i++) {
        const struct track *track = sets->tracks[sets->sets[i].rank];
        digest_put_text(record, str_from(property_name(track->property)));
        digest_put_text(record, intern_text(graph->texts, track->sub));
        put_value(record, graph, track->property, sets->sets[i].value);
    }
    size_t length = record->length;
    digest_put_number(record, (uint64_t)fact.observed_at);
    digest_put_number(record, fact.seq);
    if (buffer_failed(record)) {
        return false;
    }
    sha256_add(digester->regardless, record->bytes, length);
    sha256_add(digester->facts, record->bytes, record->length);
    return true;
}

static bool add_node(struct digester *digester, uint32_t number)
{
    const struct graph *graph = digester->graph;
    const struct node *node = graph_node_at(graph, number);
    const struct iteration *iteration = &graph->iterations[node->iteration];
    struct buffer *record = &digester->record;
    struct node_sets sets;
    arena_clear(&digester->arena);
    buffer_clear(record);
    digest_put_text(record, intern_text(graph->texts, iteration->tenant));
    digest_put_text(record, intern_text(graph->texts, iteration->id));
    digest_put_text(record, str_from(node_kind_name((enum node_kind)node->kind)));
    digest_put_text(record, intern_text(graph->texts, node->id));
    digest_put_number(record, node->fact_count);
    if (buffer_failed(record) || !collect_sets(digester, node, &sets)) {
        return false;
    }
    sha256_add(digester->regardless, record->bytes, record->length);
    sha256_add(digester->facts, record->bytes, record->length);
    const uint32_t *facts = node_facts(node);
    for (uint32_t i = 0; i < node->fact_count; i++) {
        if (!add_fact(digester, &sets, facts[i])) {
            return false;
        }
    }
    return true;
}

static int compare_iterations(const void *a, const void *b, void *context)
{
    const struct graph *graph = context;
    const struct iteration *x = &graph->iterations[*(const uint32_t *)a], *y = &graph->iterations[*(const uint32_t *)b];
    int order = str_compare(intern_text(graph->texts, x->tenant), intern_text(graph->texts, y->tenant));
    return order != 0 ? order : str_compare(intern_text(graph->texts, x->id), intern_text(graph->texts, y->id));
}

uint32_t *digest_iterations(const struct graph *graph, struct arena *arena)
{
    uint32_t *numbers = arena_new(arena, graph->iteration_count * sizeof *numbers);
    if (numbers == NULL) {
        return NULL;
    }
    for (uint32_t i = 0; i < graph->iteration_count; i++) {
        numbers[i] = i;
    }
    qsort_r(numbers, graph->iteration_count, sizeof *numbers, compare_iterations, (void *)graph);
    return numbers;
}

static bool add_all(struct digester *digester, struct arena *arena)
{
    const struct graph *graph = digester->graph;
    uint32_t *numbers = digest_iterations(graph, arena);
    if (numbers == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < graph->iteration_count; i++) {
        graph_sort_nodes(graph, numbers[i]);
        const struct iteration *iteration = &graph->iterations[numbers[i]];
        for (size_t n = 0; n < iteration->node_count; n++) {
            if (!add_node(digester, iteration->nodes[n])) {
                return false;
            }
        }
    }
    return true;
}

enum status graph_digest(const struct graph *graph, uint8_t facts[SHA256_SIZE], uint8_t regardless_of_arrival[SHA256_SIZE],
                         struct error *error)
{
    struct digester digester = {.graph = graph, .facts = sha256_new(), .regardless = sha256_new()};
    struct arena arena;
    bool done = false;
    buffer_init(&digester.record, RECORD_BYTES_MAX);
    arena_init(&digester.arena, LIMIT_REQUEST_ARENA_BYTES);
    arena_init(&arena, LIMIT_REQUEST_ARENA_BYTES);
    if (digester.facts != NULL && digester.regardless != NULL) {
        sha256_begin(digester.facts);
        sha256_begin(digester.regardless);
        done = add_all(&digester, &arena);
        sha256_end(digester.facts, facts);
        sha256_end(digester.regardless, regardless_of_arrival);
    }
    arena_release(&arena);
    arena_release(&digester.arena);
    buffer_release(&digester.record);
    sha256_free(digester.regardless);
    sha256_free(digester.facts);
    return done ? STATUS_OK : error_no_memory(error, "digest");
}
