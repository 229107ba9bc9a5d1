#include "event/event.h"

#include <assert.h>

#include "base/json_write.h"
#include "event/bytes.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

/* The envelope's fields and the others are merged in this order by event_encode. */
static_assert(EVENT_FIELD_EVENT_ID == 0 && EVENT_FIELD_TIMESTAMP == 1 && EVENT_FIELD_ITERATION_ID == 2 &&
                  EVENT_FIELD_EVENT_TYPE == 3 && EVENT_FIELD_NODE_ID == 4 && EVENT_FIELD_TENANT_ID == 5,
              "the envelope comes first");
static_assert((int)EVENT_FIELD_TENANT_ID < (int)EVENT_FIELD_TRACE_ID &&
                  (int)EVENT_FIELD_TRACE_ID < (int)EVENT_FIELD_IDEMPOTENCY_KEY,
              "then the trace, then the key");

const struct event_value *event_value(const struct event *event, enum event_field field)
{
    for (uint32_t i = 0; i < event->value_count && event->values[i].field <= field; i++) {
        if (event->values[i].field == field) {
            return &event->values[i];
        }
    }
    return NULL;
}

struct str event_text(const struct event *event, enum event_field field)
{
    assert(event_fields[field].kind == EVENT_KIND_STRING);
    const struct event_value *value = event_value(event, field);
    return value != NULL ? value->text : STR_NONE;
}

int64_t event_integer(const struct event *event, enum event_field field, int64_t fallback)
{
    assert(event_fields[field].kind == EVENT_KIND_INT || event_fields[field].kind == EVENT_KIND_LONG);
    const struct event_value *value = event_value(event, field);
    return value != NULL ? value->integer : fallback;
}

int32_t event_symbol_of(const struct event *event, enum event_field field)
{
    assert(event_fields[field].kind == EVENT_KIND_ENUM);
    const struct event_value *value = event_value(event, field);
    return value != NULL ? (int32_t)value->symbol : event_fields[field].default_symbol;
}

struct str event_metadata(const struct event *event, struct str name)
{
    const struct event_value *metadata = event_value(event, EVENT_FIELD_METADATA);
    size_t low = 0, high = metadata != NULL ? metadata->count : 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = str_compare(metadata->pairs[middle].name, name);
        if (order == 0) {
            return metadata->pairs[middle].value;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return STR_NONE;
}

/* The content hash: XXH3 of each piece, seeded with the hash of all pieces before it and the field's own number, so that
 * neither order nor boundaries between pieces can be confused. */
static uint64_t add_bytes(uint64_t hash, uint64_t what, const void *bytes, size_t length)
{
    return XXH3_64bits_withSeed(bytes, length, hash * UINT64_C(0x9E3779B97F4A7C15) + what + length);
}

static uint64_t add_text(uint64_t hash, uint64_t what, struct str text)
{
    return add_bytes(hash, what, text.at, text.length);
}

static uint64_t add_number(uint64_t hash, uint64_t what, uint64_t number)
{
    return add_bytes(hash, what, &number, sizeof number);
}

static uint64_t add_value(uint64_t hash, const struct event_value *value)
{
    const struct event_field_info *info = &event_fields[value->field];
    switch (info->kind) {
    case EVENT_KIND_STRING:
        return add_text(hash, info->hash, value->text);
    case EVENT_KIND_INT:
    case EVENT_KIND_LONG:
        return add_number(hash, info->hash, (uint64_t)value->integer);
    case EVENT_KIND_FLOAT:
    case EVENT_KIND_DOUBLE: {
        uint64_t bits;
        memcpy(&bits, &value->real, sizeof bits);
        return add_number(hash, info->hash, bits);
    }
    case EVENT_KIND_BOOLEAN:
        return add_number(hash, info->hash, value->truth);
    case EVENT_KIND_ENUM:
        return add_text(hash, info->hash, info->symbols[value->symbol]);
    case EVENT_KIND_STRINGS:
        for (uint32_t i = 0; i < value->count; i++) {
            hash = add_text(hash, info->hash, value->items[i]);
        }
        return add_number(hash, info->hash, value->count);
    case EVENT_KIND_MAP:
        for (uint32_t i = 0; i < value->count; i++) {
            hash = add_text(hash, info->hash, value->pairs[i].name);
            hash = add_text(hash, info->hash, value->pairs[i].value);
        }
        return add_number(hash, info->hash, value->count);
    }
    return hash;
}

/* How it came and how it is to be handled, not what happened. */
static bool is_no_content(enum event_field field)
{
    return field == EVENT_FIELD_PII_TAGS || field == EVENT_FIELD_SPAN_ID || field == EVENT_FIELD_PARENT_SPAN_ID || field == EVENT_FIELD_TRACEPARENT ||
           field == EVENT_FIELD_TRACESTATE;
}

uint64_t event_content_hash(const struct event *event)
{
    if (event->content_hash != 0) {
        return event->content_hash;
    }
    uint64_t hash = event_types[event->type].hash;
    hash = add_number(hash, event_fields[EVENT_FIELD_TIMESTAMP].hash, (uint64_t)event->timestamp);
    hash = add_text(hash, event_fields[EVENT_FIELD_ITERATION_ID].hash, event->iteration_id);
    hash = add_text(hash, event_fields[EVENT_FIELD_TENANT_ID].hash, event->tenant_id);
    hash = add_text(hash, event_fields[EVENT_FIELD_NODE_ID].hash, event->node_id);
    for (uint32_t i = 0; i < event->value_count; i++) {
        if (!is_no_content(event->values[i].field)) {
            hash = add_value(hash, &event->values[i]);
        }
    }
    return hash;
}

static void put_string(struct buffer *json, struct str text)
{
    if (bytes_have_special(text)) {
        json_append_string(json, text);
        return;
    }
    char *at = buffer_reserve(json, text.length + 2);
    if (at == NULL) {
        return;
    }
    at[0] = '"';
    if (text.length > 0) {
        memcpy(at + 1, text.at, text.length);
    }
    at[text.length + 1] = '"';
    json->length += text.length + 2;
    json->bytes[json->length] = '\0';
}

/* `separator"name":` */
static void put_name(struct buffer *json, char separator, struct str name)
{
    char *at = buffer_reserve(json, name.length + 4);
    if (at == NULL) {
        return;
    }
    at[0] = separator;
    at[1] = '"';
    memcpy(at + 2, name.at, name.length);
    at[name.length + 2] = '"';
    at[name.length + 3] = ':';
    json->length += name.length + 4;
    json->bytes[json->length] = '\0';
}

static void put_field(struct buffer *json, char separator, enum event_field field, struct str text)
{
    put_name(json, separator, event_fields[field].name);
    put_string(json, text);
}

static void put_double(struct buffer *json, double number)
{
    struct json_writer writer;
    json_write_init(&writer, json, 0);
    json_write_double(&writer, number);
}

static void put_strings(struct buffer *json, const struct event_value *value)
{
    buffer_append_char(json, '[');
    for (uint32_t i = 0; i < value->count; i++) {
        if (i > 0) {
            buffer_append_char(json, ',');
        }
        put_string(json, value->items[i]);
    }
    buffer_append_char(json, ']');
}

static void put_pairs(struct buffer *json, const struct event_value *value)
{
    buffer_append_char(json, '{');
    for (uint32_t i = 0; i < value->count; i++) {
        if (i > 0) {
            buffer_append_char(json, ',');
        }
        put_string(json, value->pairs[i].name);
        buffer_append_char(json, ':');
        put_string(json, value->pairs[i].value);
    }
    buffer_append_char(json, '}');
}

static void put_value(struct buffer *json, const struct event_value *value)
{
    const struct event_field_info *info = &event_fields[value->field];
    switch (info->kind) {
    case EVENT_KIND_STRING:
        put_string(json, value->text);
        break;
    case EVENT_KIND_INT:
    case EVENT_KIND_LONG:
        buffer_append_i64(json, value->integer);
        break;
    case EVENT_KIND_FLOAT:
    case EVENT_KIND_DOUBLE:
        put_double(json, value->real);
        break;
    case EVENT_KIND_BOOLEAN:
        buffer_append_text(json, value->truth ? "true" : "false");
        break;
    case EVENT_KIND_ENUM:
        put_string(json, info->symbols[value->symbol]);
        break;
    case EVENT_KIND_STRINGS:
        put_strings(json, value);
        break;
    case EVENT_KIND_MAP:
        put_pairs(json, value);
        break;
    }
}

/* The values from number `from` on whose field is below `end`; records are opened and closed around their members. */
static uint32_t put_values(const struct event *event, uint32_t from, int end, struct buffer *json)
{
    uint32_t i = from;
    while (i < event->value_count && (int)event->values[i].field < end) {
        enum event_record record = event_fields[event->values[i].field].record;
        if (record == EVENT_RECORD_NONE) {
            put_name(json, ',', event_fields[event->values[i].field].name);
            put_value(json, &event->values[i++]);
            continue;
        }
        put_name(json, ',', event_records[record].name);
        char separator = '{';
        for (; i < event->value_count && event_fields[event->values[i].field].record == record; i++) {
            put_name(json, separator, event_fields[event->values[i].field].member);
            put_value(json, &event->values[i]);
            separator = ',';
        }
        buffer_append_char(json, '}');
    }
    return i;
}

void event_encode(const struct event *event, struct buffer *json)
{
    put_field(json, '{', EVENT_FIELD_EVENT_ID, event->event_id);
    put_name(json, ',', event_fields[EVENT_FIELD_TIMESTAMP].name);
    buffer_append_i64(json, event->timestamp);
    put_field(json, ',', EVENT_FIELD_ITERATION_ID, event->iteration_id);
    put_field(json, ',', EVENT_FIELD_EVENT_TYPE, event_types[event->type].symbol);
    put_field(json, ',', EVENT_FIELD_NODE_ID, event->node_id);
    if (!str_equal(event->tenant_id, STR("default"))) {
        put_field(json, ',', EVENT_FIELD_TENANT_ID, event->tenant_id);
    }
    uint32_t next = put_values(event, 0, EVENT_FIELD_TRACE_ID, json);
    if (event->trace_id.at != NULL) {
        put_field(json, ',', EVENT_FIELD_TRACE_ID, event->trace_id);
    }
    next = put_values(event, next, EVENT_FIELD_IDEMPOTENCY_KEY, json);
    put_field(json, ',', EVENT_FIELD_IDEMPOTENCY_KEY, event->key_text);
    next = put_values(event, next, EVENT_FIELD_COUNT, json);
    assert(next == event->value_count);
    (void)next;
    buffer_append_char(json, '}');
}
