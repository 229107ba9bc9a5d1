/* Which stretches of an event are personal, and under which keys: as tagging finds them (personal_tag.c), and where a sender's own
 * tag names a field of metadata or a text ("metadata.nickname"), all of that. */
#include <assert.h>

#include "event/personal_private.h"
#include "event/seal_private.h"

#define SPANS_OF_TEXT_MAX 32 /* more: the text is sealed as one */

struct str seal_text_at(const struct event_value *value, uint32_t item)
{
    switch (event_fields[value->field].kind) {
    case EVENT_KIND_STRING:
        return value->text;
    case EVENT_KIND_STRINGS:
        return value->items[item];
    case EVENT_KIND_MAP:
        return value->pairs[item].value;
    default:
        return STR_NONE;
    }
}

void seal_text_set(struct event_value *value, uint32_t item, struct str text)
{
    if (event_fields[value->field].kind == EVENT_KIND_STRING) {
        value->text = text;
    } else if (event_fields[value->field].kind == EVENT_KIND_STRINGS) {
        value->items[item] = text;
    } else {
        assert(event_fields[value->field].kind == EVENT_KIND_MAP);
        value->pairs[item].value = text;
    }
}

uint32_t seal_text_count(const struct event_value *value)
{
    switch (event_fields[value->field].kind) {
    case EVENT_KIND_STRING:
        return 1;
    case EVENT_KIND_STRINGS:
    case EVENT_KIND_MAP:
        return value->count;
    default:
        return 0;
    }
}

bool seal_copy_values(const struct event *event, struct arena *arena, struct event *copy)
{
    *copy = *event;
    copy->values = arena_new(arena, event->value_count * sizeof *copy->values);
    if (copy->values == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < event->value_count; i++) {
        struct event_value *value = &copy->values[i];
        *value = event->values[i];
        bool is_map = event_fields[value->field].kind == EVENT_KIND_MAP;
        if (!is_map && event_fields[value->field].kind != EVENT_KIND_STRINGS) {
            continue;
        }
        size_t size = value->count * (is_map ? sizeof *value->pairs : sizeof *value->items);
        const void *from = is_map ? (const void *)value->pairs : (const void *)value->items;
        void *to = arena_new(arena, size);
        if (to == NULL) {
            return false;
        }
        if (size > 0) {
            memcpy(to, from, size);
        }
        if (is_map) {
            value->pairs = to;
        } else {
            value->items = to;
        }
    }
    return true;
}

bool seal_identifies(enum personal_kind kind)
{
    return kind == PERSONAL_EMAIL || kind == PERSONAL_PHONE || kind == PERSONAL_SSN || kind == PERSONAL_CARD || kind == PERSONAL_USER;
}

/* ---- spans ---- */

struct planning {
    const struct event *event;
    struct arena *arena;
    struct seal_plan *plan;
    const struct event_value *tags; /* pii_tags, or NULL */
    uint32_t value;
    bool failed;
};

static void add(struct planning *planning, uint32_t item, size_t begin, size_t end, enum personal_kind kind)
{
    struct seal_plan *plan = planning->plan;
    if (plan->span_count == plan->span_capacity) {
        size_t capacity = plan->span_capacity == 0 ? 8 : plan->span_capacity * 2;
        struct seal_span *spans = arena_new(planning->arena, capacity * sizeof *spans);
        if (spans == NULL) {
            planning->failed = true;
            return;
        }
        if (plan->span_count > 0) {
            memcpy(spans, plan->spans, plan->span_count * sizeof *spans);
        }
        plan->spans = spans;
        plan->span_capacity = capacity;
    }
    plan->spans[plan->span_count++] = (struct seal_span){planning->value, item, (uint32_t)begin, (uint32_t)end, kind, 0};
}

static void add_stretches(struct planning *planning, uint32_t item, struct str text, bool numbers)
{
    struct personal_scan scan = {.text = text, .numbers = numbers};
    struct personal_span span;
    size_t before = planning->plan->span_count;
    while (!planning->failed && personal_next(&scan, &span)) {
        if (planning->plan->span_count - before == SPANS_OF_TEXT_MAX) {
            planning->plan->span_count = before;
            add(planning, item, 0, text.length, PERSONAL_NONE);
            return;
        }
        add(planning, item, span.begin, span.end, span.kind);
    }
}

/* Does the sender say so, of all of the field? */
static bool is_tagged(const struct planning *planning, struct str prefix, struct str name)
{
    const struct event_value *tags = planning->tags;
    for (uint32_t i = 0; tags != NULL && i < tags->count; i++) {
        struct str tag = tags->items[i];
        if (tag.length == prefix.length + name.length && str_starts_with(tag, prefix) && str_ends_with(tag, name)) {
            return true;
        }
    }
    return false;
}

static void plan_pairs(struct planning *planning, const struct event_value *metadata)
{
    for (uint32_t i = 0; i < metadata->count && !planning->failed; i++) {
        struct str name = metadata->pairs[i].name, value = metadata->pairs[i].value;
        if (personal_is_id_of_metadata(name) || personal_is_void(value)) {
            continue;
        }
        enum personal_kind kind = personal_by_name(name);
        bool is_json = value.length > 1 && (value.at[0] == '{' || value.at[0] == '['), holds = false;
        if (kind == PERSONAL_NONE && is_json) {
            planning->failed = !personal_holds(value, &holds);
        }
        if (kind != PERSONAL_NONE || holds || is_tagged(planning, STR("metadata."), name)) {
            add(planning, i, 0, value.length, is_json ? PERSONAL_NONE : kind);
        } else if (!is_json) {
            add_stretches(planning, i, value, !personal_is_reference(name));
        }
    }
}

static void plan_value(struct planning *planning, const struct event_value *value)
{
    if (value->field == EVENT_FIELD_METADATA) {
        plan_pairs(planning, value);
        return;
    }
    if (!personal_is_free_text(value->field)) {
        return;
    }
    bool whole = is_tagged(planning, STR(""), event_fields[value->field].name);
    for (uint32_t i = 0; i < seal_text_count(value) && !planning->failed; i++) {
        struct str text = seal_text_at(value, i);
        if (whole && text.length > 0) {
            add(planning, i, 0, text.length, PERSONAL_NONE);
        } else {
            add_stretches(planning, i, text, true);
        }
    }
}

/* ---- keys ---- */

/* Its bit; 0 where there are too many. */
static uint32_t bit_of(struct seal_plan *plan, const struct seal_tenant *tenant, struct str subject)
{
    struct seal_name name;
    seal_name_in(tenant, subject, &name);
    for (uint32_t i = 0; i < plan->name_count; i++) {
        if (memcmp(&plan->names[i], &name, sizeof name) == 0) {
            return 1u << i;
        }
    }
    if (plan->name_count == SEAL_KEYS_MAX) {
        return 0;
    }
    plan->names[plan->name_count] = name;
    return 1u << plan->name_count++;
}

static struct str text_of(const struct event *event, const struct seal_span *span)
{
    struct str text = seal_text_at(&event->values[span->value], span->item);
    return (struct str){text.at + span->begin, span->end - span->begin};
}

/* Whom a value of several things identifies. */
static void identify_within(struct seal_plan *plan, const struct seal_tenant *tenant, struct str text)
{
    struct personal_scan scan = {.text = text, .numbers = true};
    struct personal_span span;
    while (plan->name_count < SEAL_KEYS_MAX && personal_next(&scan, &span)) {
        plan->identifiers |= bit_of(plan, tenant, (struct str){text.at + span.begin, span.end - span.begin});
    }
}

static void give_keys(struct seal_plan *plan, const struct event *event, const struct seal_tenant *tenant)
{
    for (size_t i = 0; i < plan->span_count; i++) {
        struct seal_span *span = &plan->spans[i];
        if (seal_identifies(span->kind)) {
            span->keys = bit_of(plan, tenant, text_of(event, span));
            plan->identifiers |= span->keys;
        } else if (span->kind == PERSONAL_NONE) {
            identify_within(plan, tenant, text_of(event, span));
        }
    }
    for (size_t i = 0; i < plan->span_count; i++) {
        struct seal_span *span = &plan->spans[i];
        if (span->keys == 0 && span->kind != PERSONAL_NONE) {
            span->keys = bit_of(plan, tenant, text_of(event, span));
        }
        if (!seal_identifies(span->kind) || span->keys == 0) {
            span->keys |= plan->identifiers;
        }
        plan->needs_rest = plan->needs_rest || span->keys == 0;
    }
}

bool seal_plan_event(const struct event *event, const struct seal_tenant *tenant, struct arena *arena, struct seal_plan *plan)
{
    *plan = (struct seal_plan){0};
    struct planning planning = {.event = event, .arena = arena, .plan = plan, .tags = event_value(event, EVENT_FIELD_PII_TAGS)};
    for (uint32_t i = 0; i < event->value_count && !planning.failed; i++) {
        planning.value = i;
        plan_value(&planning, &event->values[i]);
    }
    if (!planning.failed && tenant != NULL) {
        give_keys(plan, event, tenant);
    }
    return !planning.failed;
}
