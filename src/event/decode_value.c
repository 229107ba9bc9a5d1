#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "event/bytes.h"
#include "event/decode_job.h"

static const size_t limit_bytes[] = {
    [EVENT_LIMIT_ID] = LIMIT_ID_BYTES, [EVENT_LIMIT_PATH] = LIMIT_PATH_BYTES, [EVENT_LIMIT_TEXT] = LIMIT_TEXT_BYTES};

struct str event_keep_text(struct event_decode_job *job, struct str text)
{
    assert(text.length <= job->texts_left);
    char *at = job->texts;
    memcpy(at, text.at, text.length);
    job->texts += text.length;
    job->texts_left -= text.length;
    return (struct str){at, text.length};
}

enum status event_decode_text(struct event_decode_job *job, enum event_limit limit, const char *place, struct json json,
                              struct str *text)
{
    if (json_type(json) != JSON_STRING) {
        return event_fault_type(job, place, "a string", json);
    }
    struct str came = json_string(json);
    if (came.length > limit_bytes[limit]) {
        return event_fault_schema(job, place, "%s: has %zu bytes, %zu at most", place, came.length, limit_bytes[limit]);
    }
    if (limit != EVENT_LIMIT_TEXT) {
        if (bytes_have_controls(came)) {
            return event_fault_schema(job, place, "%s: holds a control character, which no id or path may", place);
        }
        if (came.length == 0) {
            *text = STR_NONE;
            return STATUS_OK;
        }
    }
    *text = event_keep_text(job, came);
    return STATUS_OK;
}

/* Any number that is an integer, 3.0 included. */
static bool whole_number(struct json json, int64_t *number)
{
    switch (json_type(json)) {
    case JSON_I64:
        *number = json_i64(json);
        return true;
    case JSON_DOUBLE: {
        double real = json_double(json);
        if (real != trunc(real) || fabs(real) > 9007199254740992.0) {
            return false;
        }
        *number = (int64_t)real;
        return true;
    }
    default:
        return false;
    }
}

static bool is_number(struct json json)
{
    enum json_type type = json_type(json);
    return type == JSON_I64 || type == JSON_U64 || type == JSON_DOUBLE;
}

/* RFC 3339 begins with four digits and a hyphen; anything else that time_parse reads is a number in quotes. */
static bool looks_like_date(struct str text)
{
    return text.length > 4 && text.at[4] == '-';
}

enum status event_decode_time(struct event_decode_job *job, const char *place, struct json json, int64_t *ms)
{
    if (json_type(json) == JSON_STRING) {
        struct str text = json_string(json);
        if (!looks_like_date(text) || time_parse(text, NULL, ms, NULL) != STATUS_OK) {
            char quoted[EVENT_QUOTE_SIZE];
            return event_fault_schema(job, place,
                                      "%s: %s is no time; give milliseconds since 1970 as a number, or 2026-11-21T10:03:00Z",
                                      place, event_quote(text, quoted));
        }
        return STATUS_OK;
    }
    if (!is_number(json)) {
        return event_fault_type(job, place, "milliseconds since 1970 or RFC 3339 text", json);
    }
    if (!whole_number(json, ms)) {
        return event_fault_schema(job, place, "%s: expected a whole number of milliseconds since 1970, got %.17g", place,
                                  json_double(json));
    }
    if (*ms < LIMIT_TIMESTAMP_MIN) {
        return event_fault_schema(job, place, "%s: %lld lies before 1970; give milliseconds since then", place,
                                  (long long)*ms);
    }
    if (*ms > LIMIT_TIMESTAMP_MAX) {
        return event_fault_schema(job, place,
                                  "%s: %lld lies after the year 9999; give milliseconds, not micro- or nanoseconds", place,
                                  (long long)*ms);
    }
    return STATUS_OK;
}

static enum status decode_integer(struct event_decode_job *job, const struct event_field_info *info, struct json json,
                                  int64_t *number)
{
    const char *name = info->name.at;
    if (info->is_time) {
        return event_decode_time(job, name, json, number);
    }
    if (!is_number(json)) {
        return event_fault_type(job, name, "an integer", json);
    }
    if (!whole_number(json, number)) {
        return event_fault_schema(job, name, "%s: expected an integer, got %.17g", name, json_double(json));
    }
    if (info->kind == EVENT_KIND_INT && (*number < INT32_MIN || *number > INT32_MAX)) {
        return event_fault_schema(job, name, "%s: expected an integer of 32 bits, got %lld", name, (long long)*number);
    }
    return STATUS_OK;
}

/* A float stands for the number that its shortest decimal text names: 12.34 sent as JSON and as an Avro float are then
 * the same number. */
static double shortest_of_float(float number)
{
    char text[32];
    for (int precision = 6; precision <= 9; precision++) {
        (void)snprintf(text, sizeof text, "%.*g", precision, (double)number);
        if (strtof(text, NULL) == number) {
            break;
        }
    }
    return strtod(text, NULL);
}

static enum status decode_real(struct event_decode_job *job, const struct event_field_info *info, struct json json,
                               double *number)
{
    const char *name = info->name.at;
    if (!is_number(json)) {
        return event_fault_type(job, name, "a number", json);
    }
    *number = json_double(json) + 0.0; /* -0 is 0 */
    /* What the log holds was accepted, perhaps by a version that was less strict, and must stay readable. */
    bool is_new = job->defaults != &event_defaults_for_log;
    if (is_new && info == &event_fields[EVENT_FIELD_FLAKE_RATE] && (*number < 0 || *number > 1)) {
        return event_fault_schema(job, name, "%s: expected a share from 0 to 1, got %.9g", name, *number);
    }
    if (info->kind == EVENT_KIND_FLOAT) {
        if (fabs(*number) > (double)FLT_MAX) {
            return event_fault_schema(job, name, "%s: %.9g does not fit into a number of 32 bits", name, *number);
        }
        *number = shortest_of_float((float)*number) + 0.0;
    }
    return STATUS_OK;
}

static enum status decode_list(struct event_decode_job *job, const struct event_field_info *info, struct json json,
                               struct event_value *value)
{
    const char *name = info->name.at;
    if (json_type(json) != JSON_ARRAY) {
        return event_fault_type(job, name, "a list of strings", json);
    }
    size_t count = 0;
    for (struct json_iterator i = json_begin(json); json_next(&i);) {
        count++;
    }
    if (count > LIMIT_LIST_ITEMS) {
        return event_fault_schema(job, name, "%s: has %zu items, %d at most", name, count, LIMIT_LIST_ITEMS);
    }
    value->items = arena_new(job->arena, count * sizeof *value->items);
    if (value->items == NULL) {
        return event_fault_memory(job);
    }
    value->count = 0;
    size_t at = 0;
    for (struct json_iterator i = json_begin(json); json_next(&i); at++) {
        struct str text = STR_NONE;
        if (json_type(i.value) != JSON_STRING || json_string(i.value).length > limit_bytes[info->limit] ||
            (info->limit != EVENT_LIMIT_TEXT && bytes_have_controls(json_string(i.value)))) {
            char place[64];
            (void)snprintf(place, sizeof place, "%s[%zu]", name, at);
            return event_decode_text(job, info->limit, place, i.value, &text);
        }
        text = json_string(i.value);
        if (text.length > 0) {
            value->items[value->count++] = event_keep_text(job, text);
        }
    }
    return STATUS_OK;
}

static enum status decode_symbol(struct event_decode_job *job, enum event_field field, struct json json, uint32_t *symbol)
{
    if (json_type(json) != JSON_STRING) {
        return event_fault_type(job, event_field_name(field), "a string", json);
    }
    if (!event_symbol_from_text(field, json_string(json), symbol)) {
        return event_fault_symbol(job, field, json_string(json));
    }
    return STATUS_OK;
}

enum status event_decode_value(struct event_decode_job *job, enum event_field field, struct json json,
                               struct event_value *value, bool *present)
{
    const struct event_field_info *info = &event_fields[field];
    enum status status = STATUS_OK;
    *present = true;
    value->field = field;
    value->count = 0;
    switch (info->kind) {
    case EVENT_KIND_STRING:
        value->text = STR_NONE;
        status = event_decode_text(job, info->limit, info->name.at, json, &value->text);
        *present = value->text.at != NULL;
        return status;
    case EVENT_KIND_INT:
    case EVENT_KIND_LONG:
        return decode_integer(job, info, json, &value->integer);
    case EVENT_KIND_FLOAT:
    case EVENT_KIND_DOUBLE:
        return decode_real(job, info, json, &value->real);
    case EVENT_KIND_BOOLEAN:
        if (json_type(json) != JSON_BOOL) {
            return event_fault_type(job, info->name.at, "true or false", json);
        }
        value->truth = json_bool(json);
        return STATUS_OK;
    case EVENT_KIND_ENUM:
        status = decode_symbol(job, field, json, &value->symbol);
        *present = status == STATUS_OK && (int32_t)value->symbol != info->default_symbol;
        return status;
    case EVENT_KIND_STRINGS:
        status = decode_list(job, info, json, value);
        /* [] is the default and says nothing, but for depends_on: a module that depends on nothing any more must be able to
         * say so, or what was repaired would be held against it until an analysis sweeps it away. */
        *present = value->count > 0 || field == EVENT_FIELD_DEPENDS_ON;
        return status;
    case EVENT_KIND_MAP:
        break;
    }
    assert(false); /* metadata is the one map, and has its own function */
    return STATUS_FATAL;
}
