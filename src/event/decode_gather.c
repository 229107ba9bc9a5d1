/* Gathering: each member of the object goes to the place of its field, or to `moved`. */
#include <openssl/evp.h>
#include <string.h>

#include <stdio.h>

#include "event/decode_job.h"

static enum status given_twice(struct event_decode_job *job, struct str name)
{
    char quoted[EVENT_QUOTE_SIZE], place[EVENT_QUOTE_SIZE];
    return event_fault_schema(job, event_printable(name, place),
                              "%s is given twice in one object; which of the two is meant?", event_quote(name, quoted));
}

enum status event_decode_move(struct event_decode_job *job, struct str name, bool name_is_kept, struct json value)
{
    if (job->moved_count == LIMIT_METADATA_ENTRIES) {
        return event_fault_schema(job, "", "more than %d members that the schema does not know", LIMIT_METADATA_ENTRIES);
    }
    job->decoder->moved[job->moved_count++] = (struct event_moved){name, value, name_is_kept};
    return STATUS_OK;
}

static enum status put_field(struct event_decode_job *job, int field, struct json value)
{
    if (event_field_set_has(&job->seen, field)) {
        return given_twice(job, event_fields[field].name);
    }
    event_field_set_add(&job->seen, field);
    if (json_type(value) != JSON_NULL) {
        event_field_set_add(&job->given, field);
        job->decoder->values[field] = value;
    }
    return STATUS_OK;
}

/* A member of a record that the record does not have: metadata gets it as "error.name". */
static enum status move_out_of(struct event_decode_job *job, struct str record, struct json_iterator *member)
{
    struct str name;
    if (!arena_format(job->arena, &name, "%.*s.%.*s", STR_ARGS(record), STR_ARGS(member->key))) {
        return event_fault_memory(job);
    }
    return event_decode_move(job, name, true, member->value);
}

static enum status gather_record(struct event_decode_job *job, enum event_record record, struct json json)
{
    const struct event_record_info *info = &event_records[record];
    if (event_field_set_has(&job->seen, info->first)) {
        return given_twice(job, info->name);
    }
    if (json_type(json) == JSON_NULL) {
        event_field_set_add(&job->seen, info->first);
        return STATUS_OK;
    }
    if (json_type(json) != JSON_OBJECT) {
        return event_fault_type(job, info->name.at, "an object", json);
    }
    for (struct json_iterator i = json_begin(json); json_next(&i);) {
        int field = info->first;
        while (field <= (int)info->last && !str_equal(event_fields[field].member, i.key)) {
            field++;
        }
        enum status status = field <= (int)info->last ? put_field(job, field, i.value) : move_out_of(job, info->name, &i);
        if (status != STATUS_OK) {
            return status;
        }
    }
    for (int field = info->first; field <= (int)info->last; field++) {
        if (event_fields[field].required && !event_field_set_has(&job->given, field)) {
            return event_fault_schema(job, event_fields[field].name.at, "%s: missing; where %s is given it needs it",
                                      event_fields[field].name.at, info->name.at);
        }
    }
    event_field_set_add(&job->seen, info->first);
    return STATUS_OK;
}

static enum status gather_stream(struct event_decode_job *job, struct str name, struct json value)
{
    if (json_type(value) == JSON_NULL) {
        return STATUS_OK;
    }
    if (json_type(value) != JSON_STRING) {
        return event_fault_type(job, name.at, "a string", value);
    }
    if (job->stream_name.at != NULL) {
        return event_fault_schema(job, "stream", "the stream is named twice (by stream or model_type); once is enough");
    }
    job->stream_name = json_string(value);
    return STATUS_OK;
}

static enum status gather_unknown(struct event_decode_job *job, struct str name, struct json value)
{
    if (str_equal(name, STR("stream"))) {
        return gather_stream(job, STR("stream"), value);
    }
    if (str_equal(name, STR("model_type"))) {
        return gather_stream(job, STR("model_type"), value);
    }
    if (str_equal(name, STR("specversion"))) {
        job->is_cloudevent = true;
    }
    return event_decode_move(job, name, false, value);
}

enum status event_gather(struct event_decode_job *job, struct json object)
{
    for (struct json_iterator i = json_begin(object); json_next(&i);) {
        int number = event_member_from_name(i.key);
        enum status status;
        if (number < 0) {
            status = gather_unknown(job, i.key, i.value);
        } else if (number < EVENT_FIELD_COUNT) {
            status = put_field(job, number, i.value);
        } else {
            status = gather_record(job, (enum event_record)(number - EVENT_FIELD_COUNT), i.value);
        }
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

/* CloudEvents 1.0, structured mode: `data` is the event, the attributes around it fill what it lacks. */

static const struct {
    struct str attribute;
    int field; /* -1: dropped */
} cloudevent_attributes[] = {
    {{"specversion", 11}, -1},
    {{"data", 4}, -1},
    {{"data_base64", 11}, -1},
    {{"datacontenttype", 15}, -1},
    {{"dataschema", 10}, -1},
    {{"id", 2}, EVENT_FIELD_EVENT_ID},
    {{"type", 4}, EVENT_FIELD_EVENT_TYPE},
    {{"time", 4}, EVENT_FIELD_TIMESTAMP},
    {{"subject", 7}, EVENT_FIELD_NODE_ID},
};
#define CLOUDEVENT_ATTRIBUTES (sizeof cloudevent_attributes / sizeof cloudevent_attributes[0])

/* The field that an attribute serves as, -1: it is dropped, EVENT_FIELD_COUNT: none. *bit tells attributes apart. */
static int cloudevent_field(struct str name, unsigned *bit)
{
    for (size_t i = 0; i < CLOUDEVENT_ATTRIBUTES; i++) {
        if (str_equal(cloudevent_attributes[i].attribute, name)) {
            *bit = 1u << i;
            return cloudevent_attributes[i].field;
        }
    }
    *bit = 0;
    int number = event_member_from_name(name);
    return number >= 0 && number < EVENT_FIELD_COUNT ? number : EVENT_FIELD_COUNT;
}

/* Whether `data` has a member of this name that no schema knows. */
static bool is_inside(const struct event_decode_job *job, size_t inside_moved, struct str name)
{
    for (size_t i = 0; i < inside_moved; i++) {
        if (str_equal(job->decoder->moved[i].name, name)) {
            return true;
        }
    }
    bool names_stream = str_equal(name, STR("stream")) || str_equal(name, STR("model_type"));
    return names_stream && job->stream_name.at != NULL;
}

static enum status gather_attributes(struct event_decode_job *job, struct json envelope)
{
    unsigned attributes_seen = 0;
    struct event_field_set inside = job->given; /* the event's own values win */
    size_t inside_moved = job->moved_count;
    job->seen = (struct event_field_set){0};
    for (struct json_iterator i = json_begin(envelope); json_next(&i);) {
        unsigned bit;
        const int field = cloudevent_field(i.key, &bit);
        if ((attributes_seen & bit) != 0) {
            return given_twice(job, i.key);
        }
        attributes_seen |= bit;
        enum status status = STATUS_OK;
        if (field == EVENT_FIELD_COUNT) {
            status = is_inside(job, inside_moved, i.key) ? STATUS_OK : gather_unknown(job, i.key, i.value);
        } else if (field >= 0 && event_field_set_has(&inside, field)) {
            continue;
        } else if (field >= 0) {
            status = put_field(job, field, i.value);
        }
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

/* The bytes behind base64, with padding, in the arena; STR_NONE where it is none. STATUS_FATAL without memory. */
static enum status decode_base64(struct event_decode_job *job, struct str text, struct str *bytes)
{
    *bytes = STR_NONE;
    if (text.length == 0 || text.length % 4 != 0) {
        return STATUS_OK;
    }
    char *to = arena_new(job->arena, text.length / 4 * 3 + JSON_READ_PADDING);
    if (to == NULL) {
        return event_fault_memory(job);
    }
    int length = EVP_DecodeBlock((unsigned char *)to, (const unsigned char *)text.at, (int)text.length);
    if (length != (int)(text.length / 4 * 3)) { /* spaces are passed over, which base64 in JSON does not have */
        return STATUS_OK;
    }
    size_t filling = (size_t)(text.at[text.length - 1] == '=') + (text.at[text.length - 2] == '=');
    *bytes = (struct str){to, (size_t)length - filling};
    memset(to + bytes->length, 0, JSON_READ_PADDING);
    return STATUS_OK;
}

/* `data` as base64: bytes that are JSON. They need a parser of their own, since the envelope is still read. */
static enum status gather_base64(struct event_decode_job *job, struct json envelope, struct json member)
{
    struct json data;
    struct str bytes;
    struct error error;
    if (json_member(envelope, "data", &data)) {
        return event_fault_schema(job, "data_base64", "data_base64: data is given too; only one of them may be");
    }
    if (json_type(member) != JSON_STRING) {
        return event_fault_type(job, "data_base64", "a string", member);
    }
    enum status status = decode_base64(job, json_string(member), &bytes);
    if (status != STATUS_OK) {
        return status;
    }
    if (bytes.at == NULL) {
        return event_fault_schema(job, "data_base64", "data_base64: is not base64 (RFC 4648, with its padding)");
    }
    if (job->decoder->data_parser == NULL && (job->decoder->data_parser = json_parser_new()) == NULL) {
        return event_fault_memory(job);
    }
    status = json_parse(job->decoder->data_parser, bytes, &data, &error);
    if (status == STATUS_INVALID) {
        return event_fault_schema(job, "data_base64", "data_base64: %s", error.text);
    }
    if (status != STATUS_OK) {
        return event_fault_memory(job);
    }
    if (json_type(data) != JSON_OBJECT) {
        return event_fault_type(job, "data_base64", "an object", data);
    }
    status = event_gather(job, data);
    return status == STATUS_OK ? gather_attributes(job, envelope) : status;
}

enum status event_gather_cloudevent(struct event_decode_job *job, struct json envelope)
{
    struct json member;
    if (!str_equal(json_member_string(envelope, "specversion"), STR("1.0"))) {
        return event_fault_schema(job, "specversion",
                                  "specversion: expected \"1.0\", the version of CloudEvents that is read");
    }
    job->seen = job->given = (struct event_field_set){0};
    job->moved_count = 0;
    job->stream_name = STR_NONE;
    if (json_member(envelope, "data_base64", &member) && json_type(member) != JSON_NULL) {
        return gather_base64(job, envelope, member);
    }
    if (json_member(envelope, "data", &member) && json_type(member) != JSON_NULL) {
        if (json_type(member) != JSON_OBJECT) {
            return event_fault_type(job, "data", "an object", member);
        }
        enum status status = event_gather(job, member);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return gather_attributes(job, envelope);
}
