/* Tags: which fields of an event hold personal data, as paths in its pii_tags. */
#include <assert.h>

#include "event/bytes.h"
#include "event/personal_private.h"

#include "base/limits.h"

/* Of metadata's names in one event: its canonical form must stay one that the log takes. What is over it, all of metadata
 * stands for: "metadata.*". */
#define METADATA_TAGS_MAX 200
#define METADATA_TAG_BYTES_MAX (16 * KIB)
#define TAGS_MAX (METADATA_TAGS_MAX + 100) /* the free texts have PERSONAL_CARD kinds each */
#define ALL_METADATA STR("metadata.*")

struct tagging {
    const struct event *event;
    struct arena *arena;
    struct str tags[TAGS_MAX]; /* new ones */
    size_t count, bytes;
    bool failed;
};

bool personal_is_free_text(enum event_field field)
{
    switch (field) {
    case EVENT_FIELD_SOURCE:
    case EVENT_FIELD_ERROR_INFO_CODE:
    case EVENT_FIELD_ERROR_INFO_MESSAGE:
    case EVENT_FIELD_ERROR_INFO_STACK_TRACE:
    case EVENT_FIELD_ERROR_MESSAGE:
    case EVENT_FIELD_FEATURE_NAME:
    case EVENT_FIELD_SCENARIO_NAME:
    case EVENT_FIELD_SCENARIO_TAGS:
    case EVENT_FIELD_STEP_TEXT:
    case EVENT_FIELD_VIOLATION_MESSAGE:
    case EVENT_FIELD_REASON:
    case EVENT_FIELD_ACTOR:
        return true;
    default:
        return false;
    }
}

bool personal_is_id_of_metadata(struct str name)
{
    return bytes_equal(name, STR("depends_on")) || bytes_equal(name, STR("file_path")) || bytes_equal(name, STR("commit")) ||
           bytes_equal(name, STR("component")) || bytes_equal(name, STR("estimated_effort"));
}

static bool has_tag(const struct tagging *tagging, struct str tag)
{
    const struct event_value *given = event_value(tagging->event, EVENT_FIELD_PII_TAGS);
    for (uint32_t i = 0; given != NULL && i < given->count; i++) {
        if (str_equal(given->items[i], tag)) {
            return true;
        }
    }
    for (size_t i = 0; i < tagging->count; i++) {
        if (str_equal(tagging->tags[i], tag)) {
            return true;
        }
    }
    return false;
}

/* `prefix``name`, and `:kind` where a value looks so. */
static void add(struct tagging *tagging, struct str prefix, struct str name, const char *kind)
{
    struct str tag;
    if (prefix.length + name.length + strlen(kind) + 1 > LIMIT_ID_BYTES || bytes_have_controls(name)) {
        name = STR("*"); /* a tag is an id, and may not be what this name is */
    }
    size_t kind_length = strlen(kind);
    char *at = arena_new(tagging->arena, prefix.length + name.length + 1 + kind_length);
    if (at == NULL) {
        tagging->failed = true;
        return;
    }
    tag = (struct str){at, prefix.length + name.length + (kind_length > 0 ? 1 + kind_length : 0)};
    memcpy(at, prefix.length > 0 ? prefix.at : "", prefix.length);
    memcpy(at + prefix.length, name.at, name.length);
    at[prefix.length + name.length] = ':';
    memcpy(at + prefix.length + name.length + 1, kind, kind_length);
    if (prefix.length > 0 && has_tag(tagging, ALL_METADATA)) {
        return;
    }
    if (prefix.length > 0 &&
        (tagging->count == METADATA_TAGS_MAX || tagging->bytes + tag.length > METADATA_TAG_BYTES_MAX)) {
        tag = ALL_METADATA;
    }
    if (!has_tag(tagging, tag)) {
        assert(tagging->count < TAGS_MAX);
        tagging->tags[tagging->count++] = tag;
        tagging->bytes += tag.length;
    }
}

static void look_at(struct tagging *tagging, struct str prefix, struct str name, bool numbers, struct str text)
{
    struct personal_scan scan = {.text = text, .numbers = numbers};
    struct personal_span span;
    unsigned seen = 0;
    while (personal_next(&scan, &span)) {
        if ((seen >> span.kind & 1) == 0) {
            seen |= 1u << span.kind;
            add(tagging, prefix, name, personal_kind_name(span.kind));
        }
    }
}

bool personal_holds(struct str json, bool *holds)
{
    static const struct personal_key none;
    struct buffer masked;
    buffer_init(&masked, 8 * json.length + 64);
    personal_mask_json(&none, json, PERSONAL_FOREIGN, &masked); /* it may be a text that begins with a bracket */
    bool fine = !buffer_failed(&masked);
    *holds = fine && !str_equal(buffer_str(&masked), json);
    buffer_release(&masked);
    return fine;
}

static bool holds_personal(struct tagging *tagging, struct str json)
{
    bool holds;
    tagging->failed = !personal_holds(json, &holds) || tagging->failed;
    return holds;
}

static void look_at_pairs(struct tagging *tagging, const struct event_value *metadata)
{
    for (uint32_t i = 0; i < metadata->count; i++) {
        struct str name = metadata->pairs[i].name, value = metadata->pairs[i].value;
        if (personal_is_id_of_metadata(name)) {
            continue;
        }
        bool is_json = value.length > 1 && (value.at[0] == '{' || value.at[0] == '[');
        bool is_named = personal_by_name(name) != PERSONAL_NONE;
        if (is_named ? !personal_is_void(value) : is_json && holds_personal(tagging, value)) {
            add(tagging, STR("metadata."), name, "");
        } else if (!is_named && !is_json) {
            look_at(tagging, STR("metadata."), name, !personal_is_reference(name), value);
        }
    }
}

static void look_at_value(struct tagging *tagging, const struct event_value *value)
{
    struct str name = event_fields[value->field].name;
    if (value->field == EVENT_FIELD_METADATA) {
        look_at_pairs(tagging, value);
    } else if (!personal_is_free_text(value->field)) {
        return;
    } else if (event_fields[value->field].kind == EVENT_KIND_STRINGS) {
        for (uint32_t i = 0; i < value->count; i++) {
            look_at(tagging, STR_NONE, name, true, value->items[i]);
        }
    } else {
        look_at(tagging, STR_NONE, name, true, value->text);
    }
}

/* The event's values with one more, at its place. */
static bool insert_tags(struct event *event, struct arena *arena, struct event_value tags)
{
    uint32_t at = 0;
    while (at < event->value_count && event->values[at].field < EVENT_FIELD_PII_TAGS) {
        at++;
    }
    if (at < event->value_count && event->values[at].field == EVENT_FIELD_PII_TAGS) {
        event->values[at] = tags;
        return true;
    }
    struct event_value *values = arena_new(arena, (event->value_count + 1) * sizeof *values);
    if (values == NULL) {
        return false;
    }
    if (event->value_count > 0) {
        memcpy(values, event->values, at * sizeof *values);
        memcpy(values + at + 1, event->values + at, (event->value_count - at) * sizeof *values);
    }
    values[at] = tags;
    event->values = values;
    event->value_count++;
    return true;
}

bool personal_tag(struct event *event, struct arena *arena)
{
    struct tagging tagging;
    tagging.event = event;
    tagging.arena = arena;
    tagging.count = tagging.bytes = 0;
    tagging.failed = false;
    for (uint32_t i = 0; i < event->value_count; i++) {
        look_at_value(&tagging, &event->values[i]);
    }
    if (tagging.failed || tagging.count == 0) {
        return !tagging.failed;
    }
    const struct event_value *given = event_value(event, EVENT_FIELD_PII_TAGS);
    uint32_t given_count = given != NULL ? given->count : 0;
    size_t count = given_count + tagging.count;
    count = count < LIMIT_LIST_ITEMS ? count : LIMIT_LIST_ITEMS; /* more than that nobody gives but to break this */
    struct str *items = arena_new(arena, count * sizeof *items);
    if (items == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        items[i] = i < given_count ? given->items[i] : tagging.tags[i - given_count];
    }
    return insert_tags(event, arena, (struct event_value){.field = EVENT_FIELD_PII_TAGS, .count = (uint32_t)count, .items = items});
}
