/* coerce_variables.c: the values of variables, from JSON (section 6.1.2). */
#include "query/coerce.h"

/* Where in the variable's value we are; printed only when something is wrong. */
struct place {
    const struct place *outside;
    struct str name; /* of a field; absent: an index */
    size_t index;
};

struct context {
    struct arena *arena;
    struct str message;
    struct buffer where; /* the place that the message is about, as text */
};

static enum coerce_result of_json(struct context *context, struct json value, const struct schema_ref *type,
                                  const struct place *place, struct query_input *input);

static void print_place(const struct place *place, struct buffer *buffer)
{
    if (place->outside != NULL) {
        print_place(place->outside, buffer);
        if (place->name.at == NULL) {
            buffer_append_char(buffer, '[');
            buffer_append_i64(buffer, (int64_t)place->index);
            buffer_append_char(buffer, ']');
            return;
        }
        buffer_append_char(buffer, '.');
    }
    buffer_append_str(buffer, place->name);
}

/* The place dies with the caller: its text is made at once. */
static enum coerce_result refuse(struct context *context, const struct place *place)
{
    buffer_clear(&context->where);
    print_place(place, &context->where);
    return COERCE_INVALID;
}

static enum coerce_result explain(struct context *context, const struct place *place, const char *text, struct str about)
{
    if (!arena_format(context->arena, &context->message, text, STR_ARGS(about))) {
        return COERCE_NO_MEMORY;
    }
    return refuse(context, place);
}

static enum coerce_result of_list(struct context *context, struct json value, const struct schema_ref *type,
                                  const struct place *place, struct query_input *input)
{
    bool is_list = json_type(value) == JSON_ARRAY;
    const struct query_input **end = &input->first;
    struct json_iterator i = json_begin(value);
    struct place here = {.outside = place};
    input->kind = QUERY_INPUT_LIST;
    while (is_list ? json_next(&i) : input->count == 0) { /* a single item is a list of one */
        struct query_input *item = arena_new_zeroed(context->arena, 1, sizeof *item);
        if (item == NULL) {
            return COERCE_NO_MEMORY;
        }
        here.index = input->count++;
        *end = item;
        end = &item->next;
        enum coerce_result result = of_json(context, is_list ? i.value : value, type->of, is_list ? &here : place, item);
        if (result != COERCE_OK) {
            return result;
        }
    }
    return COERCE_OK;
}

static bool member(struct json object, struct str name, struct json *value)
{
    for (struct json_iterator i = json_begin(object); json_next(&i);) {
        if (str_equal(i.key, name)) {
            *value = i.value;
            return true;
        }
    }
    return false;
}

static enum coerce_result of_default(struct context *context, const struct schema_input *definition,
                                     const struct place *place, struct query_input *field, bool *present)
{
    *present = false;
    if (definition->default_value == NULL) {
        return definition->type->kind == REF_NON_NULL
                   ? explain(context, place, "field \"%.*s\" is required, and is not there", definition->name)
                   : COERCE_OK;
    }
    const struct query_input *coerced = NULL;
    enum coerce_result result =
        coerce_literal(definition->default_value, definition->type, NULL, context->arena, &coerced, &context->message);
    if (result == COERCE_OK) {
        *field = *coerced;
        field->next = NULL;
        *present = true;
    }
    return result;
}

static enum coerce_result of_fields(struct context *context, struct json value, const struct schema_type *type,
                                    const struct place *place, struct query_input *input)
{
    const struct query_input **end = &input->first;
    for (uint32_t i = 0; i < type->inputs.count; i++) {
        const struct schema_input *definition = &type->inputs.items[i];
        const struct place here = {.outside = place, .name = definition->name};
        struct query_input *field = arena_new_zeroed(context->arena, 1, sizeof *field);
        struct json given;
        bool present = true;
        if (field == NULL) {
            return COERCE_NO_MEMORY;
        }
        enum coerce_result result = member(value, definition->name, &given)
                                        ? of_json(context, given, definition->type, &here, field)
                                        : of_default(context, definition, place, field, &present);
        if (result != COERCE_OK) {
            return result;
        }
        if (present) {
            field->name = definition->name;
            *end = field;
            end = &field->next;
            input->count++;
        }
    }
    return COERCE_OK;
}

static enum coerce_result of_object(struct context *context, struct json value, const struct schema_type *type,
                                    const struct place *place, struct query_input *input)
{
    if (json_type(value) != JSON_OBJECT) {
        return explain(context, place, "type \"%.*s\" takes an object", type->name);
    }
    size_t given = 0;
    for (struct json_iterator i = json_begin(value); json_next(&i); given++) {
        if (schema_input_find(&type->inputs, i.key) == NULL) {
            return explain(context, place, "type \"%.*s\" has no field of one of the names given", type->name);
        }
    }
    input->kind = QUERY_INPUT_OBJECT;
    enum coerce_result result = of_fields(context, value, type, place, input);
    bool is_one = given == 1 && input->count == 1 && input->first->kind != QUERY_INPUT_NULL;
    if (result == COERCE_OK && type->is_one_of && !is_one) {
        return explain(context, place, "type \"%.*s\" takes exactly one field, and that may not be null", type->name);
    }
    return result;
}

static enum coerce_result of_json(struct context *context, struct json value, const struct schema_ref *type,
                                  const struct place *place, struct query_input *input)
{
    if (json_type(value) == JSON_NULL) {
        input->kind = QUERY_INPUT_NULL;
        return type->kind == REF_NON_NULL
                   ? explain(context, place, "null is not allowed for type \"%.*s\"", type->named->name)
                   : COERCE_OK;
    }
    if (type->kind == REF_NON_NULL) {
        type = type->of;
    }
    if (type->kind == REF_LIST) {
        return of_list(context, value, type, place, input);
    }
    if (type->named->kind == SCHEMA_INPUT) {
        return of_object(context, value, type->named, place, input);
    }
    enum coerce_result result = coerce_leaf_json(value, type->named, context->arena, input, &context->message);
    return result == COERCE_INVALID ? refuse(context, place) : result;
}

static enum coerce_result of_variable(struct context *context, const struct coerce_variable *variable,
                                      const struct json *json, const struct query_input **value)
{
    const struct place place = {.name = variable->name};
    struct json given;
    *value = NULL;
    if (json == NULL || !member(*json, variable->name, &given)) {
        *value = variable->default_value;
        return variable->default_value == NULL && variable->type->kind == REF_NON_NULL
                   ? explain(context, &place, "a value of type \"%.*s\" is required", variable->type->named->name)
                   : COERCE_OK;
    }
    struct query_input *input = arena_new_zeroed(context->arena, 1, sizeof *input);
    if (input == NULL) {
        return COERCE_NO_MEMORY;
    }
    *value = input;
    return of_json(context, given, variable->type, &place, input);
}

void coerce_variables(const struct coerce_variable *variables, uint32_t count, const struct json *json, struct arena *arena,
                      const struct query_input **values, struct query_faults *faults)
{
    struct context context = {.arena = arena};
    buffer_init(&context.where, 64 * 1024);
    for (uint32_t i = 0; i < count && !faults->out_of_memory; i++) {
        enum coerce_result result = of_variable(&context, &variables[i], json, &values[i]);
        if (result == COERCE_NO_MEMORY || buffer_failed(&context.where)) {
            faults->out_of_memory = true;
        } else if (result == COERCE_INVALID) {
            faults_add(faults, "BAD_USER_INPUT", variables[i].place,
                       "Variable \"$%.*s\" has no valid value at \"%.*s\": %.*s.", STR_ARGS(variables[i].name),
                       STR_ARGS(buffer_str(&context.where)), STR_ARGS(context.message));
        }
    }
    buffer_release(&context.where);
}
