/* What a dead letter has, field by field, beside what the schema wants. */
#include "api/api_dlq.h"

struct difference {
    struct arena *arena;
    struct json event; /* the object that holds the fields */
    struct arena_list fields; /* struct dlq_field */
};

const char *dlq_field_state_name(enum dlq_field_state state)
{
    static const char *const names[DLQ_FIELD_STATE_COUNT] = {
        [DLQ_FIELD_PRESENT] = "present",       [DLQ_FIELD_ABSENT] = "absent",           [DLQ_FIELD_MISSING] = "missing",
        [DLQ_FIELD_WRONG_TYPE] = "wrong_type", [DLQ_FIELD_WRONG_VALUE] = "wrong_value", [DLQ_FIELD_UNKNOWN] = "unknown"};
    return names[state];
}

/* The stream as far as it can be told: by the letter, or by its event type. */
static enum event_stream stream_of(const struct store_dead_letter *letter, struct json event)
{
    enum event_type type;
    if (letter->stream >= 0 && letter->stream < EVENT_STREAM_COUNT) {
        return (enum event_stream)letter->stream;
    }
    struct str name = json_member_string(event, "event_type");
    if (name.at != NULL && event_type_from_symbol(name, EVENT_STREAM_COUNT, &type)) {
        return event_type_stream(type);
    }
    enum event_stream stream;
    name = json_member_string(event, "stream");
    return name.at != NULL && event_stream_from_name(name, &stream) ? stream : EVENT_STREAM_COUNT;
}

static const char *kind_name(const struct event_field_info *field)
{
    switch (field->kind) {
    case EVENT_KIND_INT:
        return "integer (32 bits)";
    case EVENT_KIND_LONG:
        return field->is_time ? "time: ms since 1970 or RFC 3339" : "integer";
    case EVENT_KIND_FLOAT:
    case EVENT_KIND_DOUBLE:
        return "number";
    case EVENT_KIND_BOOLEAN:
        return "boolean";
    case EVENT_KIND_STRINGS:
        return "array of strings";
    case EVENT_KIND_MAP:
        return "object of strings";
    default:
        return "string";
    }
}

/* False without memory. */
static bool expected_of(struct difference *difference, enum event_field number, enum event_stream stream,
                        struct str *expected)
{
    const struct event_field_info *field = &event_fields[number];
    struct buffer text;
    if (field->kind != EVENT_KIND_ENUM) {
        *expected = str_from(kind_name(field));
        return true;
    }
    buffer_init(&text, 4096);
    buffer_append_text(&text, "one of ");
    bool first = true;
    for (uint32_t i = 0; i < field->symbol_count; i++, first = false) {
        buffer_append_text(&text, first ? "" : ", ");
        buffer_append_str(&text, field->symbols[i]);
    }
    for (int i = 0; number == EVENT_FIELD_EVENT_TYPE && i < EVENT_TYPE_COUNT; i++) {
        if (stream == EVENT_STREAM_COUNT ? event_types[i].stream != EVENT_STREAM_CONTROL : event_types[i].stream == stream) {
            buffer_append_text(&text, first ? "" : ", ");
            buffer_append_str(&text, event_types[i].symbol);
            first = false;
        }
    }
    bool kept = arena_copy(difference->arena, buffer_str(&text), expected);
    buffer_release(&text);
    return kept;
}

static bool type_fits(const struct event_field_info *field, struct json value)
{
    enum json_type type = json_type(value);
    bool is_integer = type == JSON_I64 || (type == JSON_DOUBLE && json_double(value) == (double)(int64_t)json_double(value));
    switch (field->kind) {
    case EVENT_KIND_INT:
    case EVENT_KIND_LONG:
        return is_integer || (field->is_time && type == JSON_STRING);
    case EVENT_KIND_FLOAT:
    case EVENT_KIND_DOUBLE:
        return type == JSON_I64 || type == JSON_U64 || type == JSON_DOUBLE;
    case EVENT_KIND_BOOLEAN:
        return type == JSON_BOOL;
    case EVENT_KIND_STRINGS:
        return type == JSON_ARRAY;
    case EVENT_KIND_MAP:
        return type == JSON_OBJECT;
    default:
        return type == JSON_STRING;
    }
}

static bool value_fits(enum event_field number, struct json value, enum event_stream stream)
{
    uint32_t symbol;
    enum event_type type;
    if (event_fields[number].kind != EVENT_KIND_ENUM) {
        return true;
    }
    return number == EVENT_FIELD_EVENT_TYPE ? event_type_from_symbol(json_string(value), stream, &type)
                                            : event_symbol_from_text(number, json_string(value), &symbol);
}

/* The field's value in the event; false where absent or null. */
static bool find_value(struct json event, const struct event_field_info *field, struct json *value)
{
    struct json holder = event;
    char name[64];
    if (field->record != EVENT_RECORD_NONE) {
        struct str record = event_records[field->record].name;
        memcpy(name, record.at, record.length);
        name[record.length] = '\0';
        if (!json_member(event, name, &holder)) {
            return false;
        }
    }
    memcpy(name, field->member.at, field->member.length);
    name[field->member.length] = '\0';
    return json_member(holder, name, value) && json_type(*value) != JSON_NULL;
}

static bool add_field(struct difference *difference, enum event_field number, enum event_stream stream)
{
    const struct event_field_info *field = &event_fields[number];
    struct json value = {NULL, 0};
    bool given = difference->event.document != NULL && find_value(difference->event, field, &value);
    bool required = field->required && field->record == EVENT_RECORD_NONE && number != EVENT_FIELD_NODE_ID;
    struct dlq_field *added = arena_list_add(&difference->fields);
    if (added == NULL) {
        return false;
    }
    added->field = field->name;
    added->state = !given                               ? required ? DLQ_FIELD_MISSING : DLQ_FIELD_ABSENT
                   : !type_fits(field, value)           ? DLQ_FIELD_WRONG_TYPE
                   : !value_fits(number, value, stream) ? DLQ_FIELD_WRONG_VALUE
                                                        : DLQ_FIELD_PRESENT;
    added->found = given ? json_type_name(json_type(value)) : NULL;
    return expected_of(difference, number, stream, &added->expected);
}

static bool add_unknown(struct difference *difference, enum event_stream stream)
{
    for (struct json_iterator i = json_begin(difference->event); json_next(&i);) {
        int member = event_member_from_name(i.key);
        bool known =
            member >= EVENT_FIELD_COUNT ||
            (member >= 0 && (stream == EVENT_STREAM_COUNT || event_field_in_stream((enum event_field)member, stream)));
        if (known || str_is(i.key, "stream") || str_is(i.key, "model_type")) {
            continue;
        }
        struct dlq_field *added = arena_list_add(&difference->fields);
        if (added == NULL || !arena_copy(difference->arena, i.key, &added->field)) {
            return false;
        }
        added->state = DLQ_FIELD_UNKNOWN;
        added->found = json_type_name(json_type(i.value));
    }
    return true;
}

/* A field that all streams have where the stream is unknown. */
static bool belongs(enum event_field field, enum event_stream stream)
{
    if (stream < EVENT_STREAM_COUNT) {
        return event_field_in_stream(field, stream);
    }
    return event_field_in_stream(field, EVENT_STREAM_DDE) && event_field_in_stream(field, EVENT_STREAM_BDV) &&
           event_field_in_stream(field, EVENT_STREAM_ACC);
}

static bool add_all(struct difference *difference, const struct store_dead_letter *letter, struct json root)
{
    struct json data;
    bool is_cloudevent = json_member_string(root, "specversion").at != NULL && json_member(root, "data", &data) &&
                         json_type(data) == JSON_OBJECT;
    difference->event = is_cloudevent ? data : root;
    enum event_stream stream = stream_of(letter, difference->event);
    for (int field = 0; field < EVENT_FIELD_COUNT; field++) {
        if (belongs((enum event_field)field, stream) && !add_field(difference, (enum event_field)field, stream)) {
            return false;
        }
    }
    return add_unknown(difference, stream);
}

bool dlq_differences(struct api *api, const struct store_dead_letter *letter, struct arena *arena,
                     const struct dlq_field **fields, uint32_t *count)
{
    struct error error;
    struct json root;
    struct difference difference = {.arena = arena};
    arena_list_init(&difference.fields, arena, sizeof(struct dlq_field));
    bool parsed = letter->raw.length > 0 && letter->removal == STORE_PENDING && letter->raw.length <= LIMIT_EVENT_BYTES &&
                  json_parse(api->parser, letter->raw, &root, &error) == STATUS_OK;
    bool fine = !parsed || json_type(root) != JSON_OBJECT || add_all(&difference, letter, root);
    *fields = (const struct dlq_field *)(const void *)difference.fields.items;
    *count = difference.fields.count;
    return fine;
}

bool dlq_write_difference(struct exchange *exchange, const struct store_dead_letter *letter)
{
    struct json_writer *json = &exchange->json;
    const struct dlq_field *fields;
    uint32_t count;
    if (!dlq_differences(exchange->api, letter, &exchange->arena, &fields, &count)) {
        problem(exchange, 503, "", "out of memory");
        return false;
    }
    json_write_key(json, "schema_diff");
    json_write_array_begin(json);
    for (uint32_t i = 0; i < count; i++) {
        json_write_object_begin(json);
        json_field_str(json, "field", fields[i].field);
        json_field_text(json, "state", dlq_field_state_name(fields[i].state));
        json_field_str(json, "expected", fields[i].expected);
        json_field_text(json, "found", fields[i].found);
        json_write_object_end(json);
    }
    json_write_array_end(json);
    return true;
}
