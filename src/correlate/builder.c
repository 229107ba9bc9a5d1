#include "correlate/builder.h"

#include <stdarg.h>
#include <stdio.h>

static bool grow(struct arena *arena, void **items, size_t *capacity, uint32_t count, size_t size)
{
    if (count < *capacity) {
        return true;
    }
    size_t wanted = *capacity == 0 ? 256 : *capacity * 2;
    void *grown = arena_new(arena, wanted * size);
    if (grown == NULL) {
        return false;
    }
    if (count > 0) {
        memcpy(grown, *items, count * size);
    }
    *items = grown;
    *capacity = wanted;
    return true;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

void builder_add(struct builder *builder, const struct claim *claim)
{
    struct graph_view *view = builder->view;
    void *links = view->links;
    if (builder->failed || !grow(view->arena, &links, &builder->link_capacity, view->link_count, sizeof *view->links)) {
        builder->failed = true;
        return;
    }
    view->links = links;
    uint32_t partner = claim->claimed_by_source ? claim->target : claim->source;
    uint32_t partner_fact = claim->has_partner_fact ? claim->partner_fact : view->nodes[partner].first_fact;
    if (partner_fact == VIEW_NONE) {
        partner_fact = claim->claim_fact; /* it exists by being named: the naming event is both */
    }
    view->links[view->link_count++] = (struct view_link){
        .kind = claim->kind,
        .method = claim->method,
        .source = claim->source,
        .target = claim->target,
        .confidence = claim->confidence,
        .weight = claim->weight == 0 ? 1 : claim->weight,
        .inferred = claim->inferred,
        .source_fact = claim->claimed_by_source ? claim->claim_fact : partner_fact,
        .target_fact = claim->claimed_by_source ? partner_fact : claim->claim_fact,
        .valid_from = later(view_fact_valid_from(view, claim->claim_fact), view_fact_valid_from(view, partner_fact)),
        .observed_at = later(view_fact_observed_at(view, claim->claim_fact), view_fact_observed_at(view, partner_fact)),
        .evidence_fact = claim->claim_fact,
        .explanation = claim->explanation,
        .created_by = STR("correlator"),
    };
}

void builder_unmatched(struct builder *builder, uint32_t node, enum link_kind kind, enum node_kind partner_kind,
                       struct str partner, struct str reason)
{
    struct graph_view *view = builder->view;
    void *items = view->unmatched;
    if (builder->failed ||
        !grow(view->arena, &items, &builder->unmatched_capacity, view->unmatched_count, sizeof *view->unmatched)) {
        builder->failed = true;
        return;
    }
    view->unmatched = items;
    view->unmatched[view->unmatched_count++] = (struct view_unmatched){node, kind, partner_kind, partner, reason};
}

struct str builder_text(struct builder *builder, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *bytes = arena_new(builder->view->arena, (size_t)length + 1);
    if (bytes == NULL) {
        builder->failed = true;
    } else {
        (void)vsnprintf(bytes, (size_t)length + 1, format, again);
    }
    va_end(again);
    return bytes == NULL ? STR("") : (struct str){bytes, (size_t)length};
}

const struct manual_link *builder_manual(const struct builder *builder, enum link_kind kind, uint32_t source, uint32_t target)
{
    uint32_t low = 0, high = builder->manual_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct manual_link *at = &builder->manual[middle];
        if (at->kind == kind && at->source == source && at->target == target) {
            return at;
        }
        if (at->kind < kind || (at->kind == kind && (at->source < source || (at->source == source && at->target < target)))) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

bool str_index_init(struct str_index *index, struct arena *arena, size_t count_max)
{
    index->size = 16;
    while (index->size < count_max * 2) {
        index->size *= 2;
    }
    index->slots = arena_new_zeroed(arena, index->size, sizeof *index->slots);
    return index->slots != NULL;
}

void str_index_add(struct str_index *index, struct str text, uint32_t value)
{
    uint32_t hash = (uint32_t)str_hash(text);
    size_t at = hash & (index->size - 1);
    while (index->slots[at].used) {
        at = (at + 1) & (index->size - 1);
    }
    index->slots[at] = (struct str_index_slot){text, value, hash, true};
}

uint32_t str_index_next(const struct str_index *index, struct str text, size_t *cursor)
{
    uint32_t hash = (uint32_t)str_hash(text);
    for (; *cursor < index->size; ++*cursor) {
        const struct str_index_slot *slot = &index->slots[(hash + *cursor) & (index->size - 1)];
        if (!slot->used) {
            return VIEW_NONE;
        }
        if (slot->hash == hash && str_equal(slot->text, text)) {
            ++*cursor;
            return slot->value;
        }
    }
    return VIEW_NONE;
}

uint32_t str_index_find(const struct str_index *index, struct str text)
{
    size_t cursor = 0;
    return str_index_next(index, text, &cursor);
}
