/* What a dead letter has, field by field, beside what the schema wants. */
#include "api/api_dlq.h"

struct difference {
    struct json_writer *json;
    struct json event; /* the object that holds the fields */
};

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

static void write_expected(struct json_writer *json, enum event_field number, enum event_stream stream)
{
    const struct event_field_info *field = &event_fields[number];
    struct buffer text;
    if (field->kind != EVENT_KIND_ENUM) {
        json_field_text(json, "expected", kind_name(field));
        return;
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
    json_field_str(json, "expected", buffer_str(&text));
    buffer_release(&text);
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

static void write_field(const struct difference *difference, enum event_field number, enum event_stream stream)
{
    struct json_writer *json = difference->json;
    const struct event_field_info *field = &event_fields[number];
    struct json value = {NULL, 0};
    bool given = difference->event.document != NULL && find_value(difference->event, field, &value);
    bool required = field->required && field->record == EVENT_RECORD_NONE && number != EVENT_FIELD_NODE_ID;
    const char *state = !given                               ? required ? "missing" : "absent"
                        : !type_fits(field, value)           ? "wrong_type"
                        : !value_fits(number, value, stream) ? "wrong_value"
                                                             : "present";
    json_write_object_begin(json);
    json_field_str(json, "field", field->name);
    json_field_text(json, "state", state);
    write_expected(json, number, stream);
    json_field_text(json, "found", given ? json_type_name(json_type(value)) : NULL);
    json_write_object_end(json);
}

static void write_unknown(const struct difference *difference, enum event_stream stream)
{
    for (struct json_iterator i = json_begin(difference->event); json_next(&i);) {
        int member = event_member_from_name(i.key);
        bool known =
            member >= EVENT_FIELD_COUNT ||
            (member >= 0 && (stream == EVENT_STREAM_COUNT || event_field_in_stream((enum event_field)member, stream)));
        if (known || str_is(i.key, "stream") || str_is(i.key, "model_type")) {
            continue;
        }
        json_write_object_begin(difference->json);
        json_field_str(difference->json, "field", i.key);
        json_field_text(difference->json, "state", "unknown");
        json_field_text(difference->json, "expected", NULL);
        json_field_text(difference->json, "found", json_type_name(json_type(i.value)));
        json_write_object_end(difference->json);
    }
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

void dlq_write_difference(struct exchange *exchange, const struct store_dead_letter *letter)
{
    struct error error;
    struct difference difference = {.json = &exchange->json};
    json_write_key(&exchange->json, "schema_diff");
    json_write_array_begin(&exchange->json);
    struct json root, data;
    bool parsed = letter->raw.length > 0 && letter->raw.length <= LIMIT_EVENT_BYTES &&
                  json_parse(exchange->api->parser, letter->raw, &root, &error) == STATUS_OK;
    if (parsed && json_type(root) == JSON_OBJECT) {
        bool is_cloudevent = json_member_string(root, "specversion").at != NULL && json_member(root, "data", &data) &&
                             json_type(data) == JSON_OBJECT;
        difference.event = is_cloudevent ? data : root;
        enum event_stream stream = stream_of(letter, difference.event);
        for (int field = 0; field < EVENT_FIELD_COUNT; field++) {
            if (belongs((enum event_field)field, stream)) {
                write_field(&difference, (enum event_field)field, stream);
            }
        }
        write_unknown(&difference, stream);
    }
    json_write_array_end(&exchange->json);
}
