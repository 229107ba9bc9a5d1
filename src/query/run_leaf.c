/* run_leaf.c: scalars and enums, as they stand in an answer (section 3.5 of the specification, and DateTime, JSON, Long). */
#include <math.h>

#include "base/limits.h"
#include "query/run.h"

#define TIME_MIN_MS INT64_C(-62167219200000) /* 0000-01-01; RFC 3339 has no year before */

static enum run_outcome mismatch(struct query_call *call, const struct schema_type *type)
{
    query_fail(call, "INTERNAL", "%.*s.%.*s was to be of type %.*s, and is not.", STR_ARGS(call->field->parent->name),
               STR_ARGS(call->field->field->name), STR_ARGS(type->name));
    return RUN_NULL;
}

static bool put_time(struct buffer *out, int64_t ms)
{
    if (ms < TIME_MIN_MS || ms > LIMIT_TIMESTAMP_MAX) {
        return false;
    }
    char text[TIME_TEXT_SIZE];
    time_format(ms, text);
    run_put(out, STR("\""));
    run_put(out, str_from(text));
    run_put(out, STR("\""));
    return true;
}

static bool put_integer(struct buffer *out, enum schema_scalar scalar, int64_t number)
{
    switch (scalar) {
    case SCALAR_INT:
        if (number < INT32_MIN || number > INT32_MAX) {
            return false;
        }
        break;
    case SCALAR_DATE_TIME:
        return put_time(out, number);
    case SCALAR_ID:
        run_put(out, STR("\""));
        buffer_append_i64(out, number);
        run_put(out, STR("\""));
        return true;
    case SCALAR_FLOAT:
    case SCALAR_JSON:
    case SCALAR_LONG:
        break;
    case SCALAR_STRING:
    case SCALAR_BOOLEAN:
        return false;
    }
    buffer_append_i64(out, number);
    return true;
}

/* The value as whoever asks may see it. */
static struct query_value shown_value(struct query_call *call, enum schema_scalar scalar, const struct query_value *value)
{
    const struct query_run_options *options = &call->run->options;
    struct query_value shown = *value;
    bool is_text = value->kind == QUERY_TEXT && (scalar == SCALAR_STRING || scalar == SCALAR_JSON);
    if (options->show != NULL && (is_text || value->kind == QUERY_JSON)) {
        shown.text = options->show(options->context, value->text, value->kind == QUERY_JSON);
    }
    return shown;
}

static bool put_scalar(struct buffer *out, enum schema_scalar scalar, const struct query_value *value)
{
    switch (value->kind) {
    case QUERY_BOOLEAN:
        run_put(out, value->boolean ? STR("true") : STR("false"));
        return scalar == SCALAR_BOOLEAN || scalar == SCALAR_JSON;
    case QUERY_INTEGER:
        return put_integer(out, scalar, value->integer);
    case QUERY_REAL:
        if (!isfinite(value->real)) {
            return false;
        }
        json_append_double(out, value->real);
        return scalar == SCALAR_FLOAT || scalar == SCALAR_JSON;
    case QUERY_TEXT:
        json_append_string(out, value->text);
        return scalar == SCALAR_STRING || scalar == SCALAR_ID || scalar == SCALAR_DATE_TIME || scalar == SCALAR_JSON;
    case QUERY_JSON:
        run_put(out, value->text);
        return scalar == SCALAR_JSON;
    case QUERY_NULL:
    case QUERY_OBJECT:
    case QUERY_LIST:
        break;
    }
    return false;
}

enum run_outcome run_leaf(struct query_call *call, const struct schema_type *type, const struct query_value *value)
{
    struct buffer *out = &call->run->out;
    size_t begin = out->length;
    if (type->kind == SCHEMA_ENUM) {
        if (value->kind != QUERY_TEXT || schema_enum_value_find(type, value->text) == NULL) {
            return mismatch(call, type);
        }
        run_put(out, STR("\""));
        run_put(out, value->text);
        run_put(out, STR("\""));
        return RUN_OK;
    }
    struct query_value shown = shown_value(call, type->scalar, value);
    if (!put_scalar(out, type->scalar, &shown)) {
        out->length = begin;
        return mismatch(call, type);
    }
    return RUN_OK;
}
