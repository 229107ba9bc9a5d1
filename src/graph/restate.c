/* Erasure in the graph.
 *
 * A fact's properties are entries of tracks, each with the number of a text. To restate a fact is to work out its effect again and
 * put the new numbers where the old ones were: which properties a fact sets follows from the event's type and from names, never from
 * texts that can be erased, so nothing is added or taken away, and the order of facts stays.
 *
 * Texts are there once for all facts, so an old one may still be what another fact says. Whether it is, is not counted (it would cost every fact
 * 4 bytes and every event some time); graph_wipe marks all texts that are in use, in one walk over the graph, and overwrites those of the
 * stale ones that are not. Figures: docs/decisions/0008-personal-data.md. */
#include <assert.h>

#include "base/memory.h"
#include "graph/effect.h"
#include "graph/graph_internal.h"

uint64_t graph_restated(const struct graph *graph)
{
    return graph->restated;
}

uint32_t graph_find_seq(const struct graph *graph, uint64_t seq)
{
    uint32_t behind = graph_facts_until(graph, seq);
    return behind > 0 && graph_fact_at(graph, behind - 1)->seq == seq ? behind - 1 : GRAPH_NONE;
}

/* ---- restating ---- */

static struct track *find_track(struct node *node, uint16_t property, uint32_t sub)
{
    for (uint32_t t = 0; t < node->track_count; t++) {
        if (node->tracks[t].property == property && node->tracks[t].sub == sub) {
            return &node->tracks[t];
        }
    }
    return NULL;
}

static struct entry *find_entry(const struct graph *graph, struct track *track, uint32_t fact)
{
    struct entry *entries = track->capacity <= 1 ? &track->one : track->many;
    uint32_t low = 0, high = track->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (entries[middle].fact != fact && fact_order(graph, entries[middle].fact, fact) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < track->count && entries[low].fact == fact ? &entries[low] : NULL;
}

static bool add_stale(struct graph *graph, uint32_t text)
{
    uint32_t *stale = memory_grow(graph->stale, &graph->stale_capacity, graph->stale_count + 1, sizeof *stale);
    if (stale == NULL) {
        return false;
    }
    graph->stale = stale;
    stale[graph->stale_count++] = text;
    return true;
}

static enum status set_again(struct graph *graph, struct node *node, uint32_t fact, const struct effect_set *set, struct error *error)
{
    uint32_t sub = set->sub.at == NULL ? 0 : intern_find(graph->texts, set->sub), value;
    struct track *track = set->sub.at != NULL && sub == 0 ? NULL : find_track(node, set->property, sub);
    struct entry *entry = track == NULL ? NULL : find_entry(graph, track, fact);
    if (entry == NULL) {
        return error_set(error, STATUS_FATAL, "graph", "event %llu said something else before; restart the server",
                         (unsigned long long)graph_fact_at(graph, fact)->seq);
    }
    if (!graph_intern_value(graph, set, &value) || (value != entry->value && set->value == EFFECT_TEXT && !add_stale(graph, entry->value))) {
        return error_no_memory(error, "graph");
    }
    entry->value = value;
    return STATUS_OK;
}

enum status graph_restate(struct graph *graph, uint32_t fact, const struct event *event, struct error *error)
{
    struct effect effect;
    assert(fact < graph->fact_count);
    struct node *node = graph_node_at(graph, graph_fact_at(graph, fact)->node);
    arena_clear(&graph->scratch);
    enum status status = effect_of(event, &graph->scratch, &effect, error);
    for (uint32_t i = 0; status == STATUS_OK && i < effect.count; i++) {
        status = set_again(graph, node, fact, &effect.sets[i], error);
    }
    graph->restated++;
    return status;
}

/* ---- wiping ---- */

static void mark(uint8_t *used, uint32_t text)
{
    used[text >> 3] |= (uint8_t)(1u << (text & 7));
}

static void mark_node(const struct node *node, uint8_t *used)
{
    mark(used, node->id);
    for (uint32_t t = 0; t < node->track_count; t++) {
        const struct track *track = &node->tracks[t];
        const struct entry *entries = track_entries(track);
        enum property_type type = property_type(track->property);
        bool is_text = type == PROPERTY_TYPE_TEXT || type == PROPERTY_TYPE_LIST;
        mark(used, track->sub);
        for (uint32_t i = 0; i < track->count; i++) {
            if (is_text) {
                mark(used, entries[i].value);
            } else if ((entries[i].value & VALUE_OUT_OF_LINE) != 0) {
                mark(used, entries[i].value & ~VALUE_OUT_OF_LINE);
            }
        }
    }
}

enum status graph_wipe(struct graph *graph, struct error *error)
{
    if (graph->stale_count == 0) {
        return STATUS_OK;
    }
    uint8_t *used = memory_new_zeroed(intern_count(graph->texts) / 8 + 1, 1);
    if (used == NULL) {
        return error_no_memory(error, "graph");
    }
    for (size_t i = 0; i < graph->iteration_count; i++) {
        mark(used, graph->iterations[i].tenant);
        mark(used, graph->iterations[i].id);
    }
    for (uint32_t n = 0; n < graph->node_count; n++) {
        mark_node(graph_node_at(graph, n), used);
    }
    for (uint32_t f = 0; f < graph->fact_count; f++) {
        const struct fact *fact = graph_fact_at(graph, f);
        mark(used, fact->trace);
        mark(used, fact->event_id_is_uuid ? 0 : fact->event_id.text);
    }
    for (size_t i = 0; i < graph->stale_count; i++) {
        if ((used[graph->stale[i] >> 3] >> (graph->stale[i] & 7) & 1) == 0) {
            intern_wipe(graph->texts, graph->stale[i]);
        }
    }
    graph->stale_count = 0;
    memory_free(used);
    return STATUS_OK;
}
