/* coerce_leaf.c: scalars and enums. */
#include <math.h>

#include "base/clock.h"
#include "base/json_rewrite.h"
#include "base/limits.h"
#include "query/coerce.h"

#define INT_MAX_32 INT64_C(2147483647)
#define INT_MIN_32 (-INT64_C(2147483648))

/* What each scalar takes, for messages. */
static const char *const scalar_takes[] = {
    [SCALAR_INT] = "a whole number of 32 bits",
    [SCALAR_FLOAT] = "a number",
    [SCALAR_STRING] = "a string",
    [SCALAR_BOOLEAN] = "true or false",
    [SCALAR_ID] = "a string or a whole number",
    [SCALAR_DATE_TIME] = "a moment as RFC 3339 text, like \"2026-11-21T10:03:00Z\", or as milliseconds since 1970",
    [SCALAR_JSON] = "a JSON value",
    [SCALAR_LONG] = "a whole number of 64 bits",
};

static enum coerce_result refuse(const struct schema_type *type, struct arena *arena, struct str *message)
{
    if (message != NULL) {
        bool formatted =
            type->kind == SCHEMA_ENUM
                ? arena_format(arena, message, "a value of the enum \"%.*s\" is expected", STR_ARGS(type->name))
                : arena_format(arena, message, "type \"%.*s\" takes %s", STR_ARGS(type->name), scalar_takes[type->scalar]);
        if (!formatted) {
            return COERCE_NO_MEMORY;
        }
    }
    return COERCE_INVALID;
}

static bool take_integer(struct query_input *input, int64_t number)
{
    input->kind = QUERY_INPUT_INTEGER;
    input->integer = number;
    return true;
}

static bool take_real(struct query_input *input, double number)
{
    input->kind = QUERY_INPUT_REAL;
    input->real = number;
    return true;
}

static bool take_text(struct query_input *input, struct str text)
{
    input->kind = QUERY_INPUT_TEXT;
    input->text = text;
    return true;
}

static bool take_boolean(struct query_input *input, bool truth)
{
    input->kind = QUERY_INPUT_BOOLEAN;
    input->boolean = truth;
    return true;
}

static bool in_32_bits(int64_t number)
{
    return number >= INT_MIN_32 && number <= INT_MAX_32;
}

/* A date first: time_parse reads more than the scalar is. */
static bool take_time(struct query_input *input, struct str text)
{
    int64_t ms = 0;
    bool is_date = text.length >= 10 && text.at[0] >= '0' && text.at[0] <= '9' && text.at[4] == '-';
    return is_date && time_parse(text, NULL, &ms, NULL) == STATUS_OK && take_integer(input, ms);
}

/* ---- literals ---- */

/* Deeper than JSON may be there is nothing to say: false. A list type can be deeper than any text. */
static bool write_input(const struct query_input *input, struct json_writer *json)
{
    bool fits = json->depth < LIMIT_JSON_DEPTH;
    if (!fits) {
        json_write_null(json); /* what is written stays whole, although nobody will read it */
        return false;
    }
    switch (input->kind) {
    case QUERY_INPUT_ABSENT:
    case QUERY_INPUT_NULL:
        json_write_null(json);
        break;
    case QUERY_INPUT_BOOLEAN:
        json_write_bool(json, input->boolean);
        break;
    case QUERY_INPUT_INTEGER:
        json_write_i64(json, input->integer);
        break;
    case QUERY_INPUT_REAL:
        json_write_double(json, input->real);
        break;
    case QUERY_INPUT_TEXT:
        json_write_str(json, input->text);
        break;
    case QUERY_INPUT_JSON:
        json_write_raw(json, input->text);
        break;
    case QUERY_INPUT_LIST:
        json_write_array_begin(json);
        for (const struct query_input *item = input->first; fits && item != NULL; item = item->next) {
            fits = write_input(item, json);
        }
        json_write_array_end(json);
        break;
    case QUERY_INPUT_OBJECT:
        json_write_object_begin(json);
        for (const struct query_input *field = input->first; fits && field != NULL; field = field->next) {
            json_write_key_str(json, field->name);
            fits = write_input(field, json);
        }
        json_write_object_end(json);
        break;
    }
    return fits;
}

static const struct query_input *variable_value(const struct coerce_variables *variables, struct str name)
{
    for (uint32_t i = 0; variables != NULL && i < variables->count; i++) {
        if (str_equal(variables->variables[i].name, name)) {
            return variables->values[i];
        }
    }
    return NULL;
}

/* Likewise. */
static bool write_literal(const struct ast_value *value, const struct coerce_variables *variables, struct json_writer *json)
{
    bool fits = json->depth < LIMIT_JSON_DEPTH;
    if (!fits) {
        json_write_null(json);
        return false;
    }
    const struct query_input *given = NULL;
    switch (value->kind) {
    case AST_VARIABLE:
        given = variable_value(variables, value->text);
        fits = write_input(given == NULL ? &coerce_null : given, json);
        break;
    case AST_STRING:
    case AST_ENUM:
        json_write_str(json, value->text);
        break;
    case AST_LIST:
        json_write_array_begin(json);
        for (const struct ast_value *item = value->first; fits && item != NULL; item = item->next) {
            fits = write_literal(item, variables, json);
        }
        json_write_array_end(json);
        break;
    case AST_OBJECT:
        json_write_object_begin(json);
        for (const struct ast_value *field = value->first; fits && field != NULL; field = field->next) {
            if (field->kind != AST_VARIABLE || variable_value(variables, field->text) != NULL) { /* not given: not there */
                json_write_key_str(json, field->name);
                fits = write_literal(field, variables, json);
            }
        }
        json_write_object_end(json);
        break;
    case AST_INT:
    case AST_FLOAT:
    case AST_BOOLEAN:
    case AST_NULL:
        json_write_raw(json, value->text.at == NULL ? STR("null") : value->text);
        break;
    }
    return fits;
}

static enum coerce_result finish_json(struct buffer *buffer, bool fits, struct arena *arena, struct query_input *input)
{
    bool copied = !buffer_failed(buffer) && arena_copy(arena, buffer_str(buffer), &input->text);
    input->kind = QUERY_INPUT_JSON;
    buffer_release(buffer);
    return !copied ? COERCE_NO_MEMORY : fits ? COERCE_OK : COERCE_INVALID;
}

static enum coerce_result json_of_literal(const struct ast_value *value, const struct coerce_variables *variables,
                                          struct arena *arena, struct query_input *input)
{
    struct buffer buffer;
    struct json_writer json;
    buffer_init(&buffer, LIMIT_DECODED_BODY_BYTES);
    json_write_init(&json, &buffer, 0);
    bool fits = write_literal(value, variables, &json);
    return finish_json(&buffer, fits, arena, input);
}

static bool number_of_literal(const struct ast_value *value, enum schema_scalar scalar, struct query_input *input)
{
    int64_t whole = 0;
    double real = 0;
    if (scalar == SCALAR_FLOAT) {
        return (value->kind == AST_INT || value->kind == AST_FLOAT) && str_to_double(value->text, &real) &&
               take_real(input, real);
    }
    return value->kind == AST_INT && str_to_i64(value->text, &whole) && (scalar != SCALAR_INT || in_32_bits(whole)) &&
           take_integer(input, whole);
}

enum coerce_result coerce_leaf_literal(const struct ast_value *value, const struct schema_type *type,
                                       const struct coerce_variables *variables, struct arena *arena,
                                       struct query_input *input, struct str *message)
{
    bool taken = false;
    if (type->kind == SCHEMA_ENUM) {
        taken =
            value->kind == AST_ENUM && schema_enum_value_find(type, value->text) != NULL && take_text(input, value->text);
        return taken ? COERCE_OK : refuse(type, arena, message);
    }
    switch (type->scalar) {
    case SCALAR_INT:
    case SCALAR_LONG:
    case SCALAR_FLOAT:
        taken = number_of_literal(value, type->scalar, input);
        break;
    case SCALAR_STRING:
        taken = value->kind == AST_STRING && take_text(input, value->text);
        break;
    case SCALAR_ID:
        taken = (value->kind == AST_STRING || value->kind == AST_INT) && take_text(input, value->text);
        break;
    case SCALAR_BOOLEAN:
        taken = value->kind == AST_BOOLEAN && take_boolean(input, str_is(value->text, "true"));
        break;
    case SCALAR_DATE_TIME:
        taken = value->kind == AST_STRING ? take_time(input, value->text) : number_of_literal(value, SCALAR_LONG, input);
        break;
    case SCALAR_JSON: {
        enum coerce_result result = json_of_literal(value, variables, arena, input);
        return result == COERCE_INVALID ? refuse(type, arena, message) : result;
    }
    }
    return taken ? COERCE_OK : refuse(type, arena, message);
}

/* ---- JSON ---- */

static bool whole_of_json(struct json value, int64_t *number)
{
    enum json_type type = json_type(value);
    if (type == JSON_I64) {
        *number = json_i64(value);
        return true;
    }
    double real = type == JSON_DOUBLE ? json_double(value) : 0.5;
    if (real != floor(real) || fabs(real) > 9007199254740991.0) { /* past 2^53 a double is not the number that was written */
        return false;
    }
    *number = (int64_t)real;
    return true;
}

static bool is_number(struct json value)
{
    enum json_type type = json_type(value);
    return type == JSON_I64 || type == JSON_U64 || type == JSON_DOUBLE;
}

static enum coerce_result json_of_json(struct json value, struct arena *arena, struct query_input *input)
{
    struct buffer buffer;
    struct json_writer json;
    buffer_init(&buffer, LIMIT_DECODED_BODY_BYTES);
    json_write_init(&json, &buffer, 0);
    json_rewrite(value, &json);
    return finish_json(&buffer, true, arena, input);
}

static enum coerce_result text_of_json(struct json value, struct arena *arena, struct query_input *input)
{
    input->kind = QUERY_INPUT_TEXT;
    return arena_copy(arena, json_string(value), &input->text) ? COERCE_OK : COERCE_NO_MEMORY;
}

static enum coerce_result id_of_json(struct json value, struct arena *arena, struct query_input *input)
{
    int64_t whole = 0;
    input->kind = QUERY_INPUT_TEXT;
    if (json_type(value) == JSON_U64) {
        return arena_format(arena, &input->text, "%llu", (unsigned long long)json_i64(value)) ? COERCE_OK : COERCE_NO_MEMORY;
    }
    if (!whole_of_json(value, &whole)) {
        return COERCE_INVALID;
    }
    return arena_format(arena, &input->text, "%lld", (long long)whole) ? COERCE_OK : COERCE_NO_MEMORY;
}

static enum coerce_result scalar_of_json(struct json value, enum schema_scalar scalar, struct arena *arena,
                                         struct query_input *input)
{
    bool is_string = json_type(value) == JSON_STRING, taken = false;
    int64_t whole = 0;
    switch (scalar) {
    case SCALAR_INT:
        taken = whole_of_json(value, &whole) && in_32_bits(whole) && take_integer(input, whole);
        break;
    case SCALAR_LONG:
        taken = whole_of_json(value, &whole) && take_integer(input, whole);
        break;
    case SCALAR_FLOAT:
        taken = is_number(value) && take_real(input, json_double(value));
        break;
    case SCALAR_STRING:
        return is_string ? text_of_json(value, arena, input) : COERCE_INVALID;
    case SCALAR_ID:
        return is_string ? text_of_json(value, arena, input) : id_of_json(value, arena, input);
    case SCALAR_BOOLEAN:
        taken = json_type(value) == JSON_BOOL && take_boolean(input, json_bool(value));
        break;
    case SCALAR_DATE_TIME:
        taken =
            is_string ? take_time(input, json_string(value)) : whole_of_json(value, &whole) && take_integer(input, whole);
        break;
    case SCALAR_JSON:
        return json_of_json(value, arena, input);
    }
    return taken ? COERCE_OK : COERCE_INVALID;
}

enum coerce_result coerce_leaf_json(struct json value, const struct schema_type *type, struct arena *arena,
                                    struct query_input *input, struct str *message)
{
    enum coerce_result result = COERCE_INVALID;
    if (type->kind == SCHEMA_SCALAR) {
        result = scalar_of_json(value, type->scalar, arena, input);
    } else if (json_type(value) == JSON_STRING) {
        const struct schema_enum_value *found = schema_enum_value_find(type, json_string(value));
        result = found != NULL && take_text(input, found->name) ? COERCE_OK : COERCE_INVALID;
    }
    return result == COERCE_INVALID ? refuse(type, arena, message) : result;
}
