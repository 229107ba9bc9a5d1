/* coerce.c: literals, and the arguments of a field. */
#include "query/coerce.h"

const struct query_input coerce_absent = {.kind = QUERY_INPUT_ABSENT};
const struct query_input coerce_null = {.kind = QUERY_INPUT_NULL};

/* Items or fields as they are gathered. */
struct chain {
    struct query_input *head; /* the list or object */
    const struct query_input **end;
};

struct context {
    const struct coerce_variables *variables;
    struct arena *arena;
    struct str *message; /* NULL: nobody asks */
};

static enum coerce_result explain(const struct context *context, const char *text, struct str about)
{
    if (context->message != NULL && !arena_format(context->arena, context->message, text, STR_ARGS(about))) {
        return COERCE_NO_MEMORY;
    }
    return COERCE_INVALID;
}

static struct query_input *new_input(struct arena *arena, enum query_input_kind kind)
{
    struct query_input *input = arena_new_zeroed(arena, 1, sizeof *input);
    if (input != NULL) {
        input->kind = kind;
    }
    return input;
}

static bool chain_begin(struct chain *chain, struct arena *arena, enum query_input_kind kind)
{
    chain->head = new_input(arena, kind);
    chain->end = chain->head == NULL ? NULL : &chain->head->first;
    return chain->head != NULL;
}

static bool chain_add(struct chain *chain, struct arena *arena, struct str name, const struct query_input *value)
{
    struct query_input *copy = arena_new(arena, sizeof *copy);
    if (copy == NULL) {
        return false;
    }
    *copy = *value;
    copy->name = name;
    copy->next = NULL;
    *chain->end = copy;
    chain->end = &copy->next;
    chain->head->count++;
    return true;
}

static enum coerce_result of_literal(const struct ast_value *value, const struct schema_ref *type,
                                     const struct context *context, const struct query_input **input);

static enum coerce_result of_variable(const struct ast_value *value, const struct schema_ref *type,
                                      const struct context *context, const struct query_input **input)
{
    const struct coerce_variables *variables = context->variables;
    *input = NULL;
    for (uint32_t i = 0; variables != NULL && i < variables->count; i++) {
        if (str_equal(variables->variables[i].name, value->text)) {
            *input = variables->values[i];
        }
    }
    if (type->kind == REF_NON_NULL && *input != NULL && (*input)->kind == QUERY_INPUT_NULL) {
        return explain(context, "variable \"$%.*s\" is null where null is not allowed", value->text);
    }
    return COERCE_OK;
}

static enum coerce_result of_list(const struct ast_value *value, const struct schema_ref *type,
                                  const struct context *context, const struct query_input **input)
{
    struct chain chain;
    if (!chain_begin(&chain, context->arena, QUERY_INPUT_LIST)) {
        return COERCE_NO_MEMORY;
    }
    *input = chain.head;
    const struct ast_value *item = value->kind == AST_LIST ? value->first : value;
    while (item != NULL) {
        const struct query_input *coerced = NULL;
        enum coerce_result result = of_literal(item, type->of, context, &coerced);
        if (result != COERCE_OK) {
            return result;
        }
        if (coerced == NULL && type->of->kind == REF_NON_NULL) {
            return explain(context, "variable \"$%.*s\" is needed here, and was not given", item->text);
        }
        if (!chain_add(&chain, context->arena, STR_NONE, coerced == NULL ? &coerce_null : coerced)) {
            return COERCE_NO_MEMORY;
        }
        item = value->kind == AST_LIST ? item->next : NULL; /* a single item is a list of one */
    }
    return COERCE_OK;
}

static enum coerce_result of_default(const struct schema_input *definition, const struct context *context,
                                     struct chain *chain)
{
    const struct query_input *coerced = NULL;
    if (definition->default_value == NULL) {
        return definition->type->kind == REF_NON_NULL ? explain(context, "\"%.*s\" is required", definition->name)
                                                      : COERCE_OK;
    }
    enum coerce_result result = of_literal(definition->default_value, definition->type, context, &coerced);
    if (result == COERCE_OK && !chain_add(chain, context->arena, definition->name, coerced)) {
        result = COERCE_NO_MEMORY;
    }
    return result;
}

static const struct ast_value *field_named(const struct ast_value *object, struct str name)
{
    const struct ast_value *field = object->first;
    while (field != NULL && !str_equal(field->name, name)) {
        field = field->next;
    }
    return field;
}

static enum coerce_result check_one_of(const struct ast_value *value, const struct schema_type *type,
                                       const struct chain *chain, const struct context *context)
{
    bool is_one = value->first != NULL && value->first->next == NULL && chain->head->count == 1 &&
                  chain->head->first->kind != QUERY_INPUT_NULL;
    return !type->is_one_of || is_one
               ? COERCE_OK
               : explain(context, "type \"%.*s\" takes exactly one field, and that may not be null", type->name);
}

static enum coerce_result of_object(const struct ast_value *value, const struct schema_type *type,
                                    const struct context *context, const struct query_input **input)
{
    struct chain chain;
    if (value->kind != AST_OBJECT) {
        return explain(context, "type \"%.*s\" takes an object", type->name);
    }
    if (!chain_begin(&chain, context->arena, QUERY_INPUT_OBJECT)) {
        return COERCE_NO_MEMORY;
    }
    *input = chain.head;
    for (const struct ast_value *field = value->first; field != NULL; field = field->next) {
        if (schema_input_find(&type->inputs, field->name) == NULL) {
            return explain(context, "\"%.*s\" is not a field of this input object", field->name);
        }
    }
    enum coerce_result result = COERCE_OK;
    for (uint32_t i = 0; i < type->inputs.count && result == COERCE_OK; i++) {
        const struct schema_input *definition = &type->inputs.items[i];
        const struct ast_value *field = field_named(value, definition->name);
        const struct query_input *coerced = NULL;
        result = field == NULL ? COERCE_OK : of_literal(field, definition->type, context, &coerced);
        if (result == COERCE_OK && coerced == NULL) {
            result = of_default(definition, context, &chain);
        } else if (result == COERCE_OK && !chain_add(&chain, context->arena, definition->name, coerced)) {
            result = COERCE_NO_MEMORY;
        }
    }
    return result == COERCE_OK ? check_one_of(value, type, &chain, context) : result;
}

static enum coerce_result of_literal(const struct ast_value *value, const struct schema_ref *type,
                                     const struct context *context, const struct query_input **input)
{
    if (value->kind == AST_VARIABLE) {
        return of_variable(value, type, context, input);
    }
    if (value->kind == AST_NULL) {
        *input = &coerce_null;
        return type->kind == REF_NON_NULL ? explain(context, "null is not allowed for type \"%.*s\"", type->named->name)
                                          : COERCE_OK;
    }
    if (type->kind == REF_NON_NULL) {
        type = type->of;
    }
    if (type->kind == REF_LIST) {
        return of_list(value, type, context, input);
    }
    if (type->named->kind == SCHEMA_INPUT) {
        return of_object(value, type->named, context, input);
    }
    struct query_input *leaf = new_input(context->arena, QUERY_INPUT_NULL);
    if (leaf == NULL) {
        return COERCE_NO_MEMORY;
    }
    *input = leaf;
    return coerce_leaf_literal(value, type->named, context->variables, context->arena, leaf, context->message);
}

enum coerce_result coerce_literal(const struct ast_value *value, const struct schema_ref *type,
                                  const struct coerce_variables *variables, struct arena *arena,
                                  const struct query_input **input, struct str *message)
{
    const struct context context = {variables, arena, message};
    return of_literal(value, type, &context, input);
}

bool coerce_literal_is_constant(const struct ast_value *value)
{
    if (value->kind == AST_VARIABLE) {
        return false;
    }
    if (value->kind == AST_LIST || value->kind == AST_OBJECT) {
        for (const struct ast_value *inner = value->first; inner != NULL; inner = inner->next) {
            if (!coerce_literal_is_constant(inner)) {
                return false;
            }
        }
    }
    return true;
}

static enum coerce_result prefix_name(const struct context *context, struct str name)
{
    struct str reason = *context->message;
    return arena_format(context->arena, context->message, "Argument \"%.*s\": %.*s.", STR_ARGS(name), STR_ARGS(reason))
               ? COERCE_INVALID
               : COERCE_NO_MEMORY;
}

static enum coerce_result of_argument(const struct schema_input *definition, const struct ast_argument *argument,
                                      const struct context *context, const struct query_input **value)
{
    enum coerce_result result = COERCE_OK;
    *value = NULL;
    if (argument != NULL) {
        result = of_literal(argument->value, definition->type, context, value);
    }
    if (result == COERCE_OK && *value == NULL && definition->default_value != NULL) {
        result = of_literal(definition->default_value, definition->type, context, value);
    } else if (result == COERCE_OK && *value == NULL) {
        *value = &coerce_absent;
        result = definition->type->kind == REF_NON_NULL
                     ? explain(context, "type \"%.*s\" requires a value", definition->type->named->name)
                     : COERCE_OK;
    }
    return result;
}

enum coerce_result coerce_arguments(const struct schema_inputs *inputs, const struct ast_argument *arguments,
                                    const struct coerce_variables *variables, struct arena *arena,
                                    const struct query_input **values, struct str *message)
{
    const struct context context = {variables, arena, message};
    for (uint32_t i = 0; i < inputs->count; i++) {
        const struct ast_argument *argument = arguments;
        while (argument != NULL && !str_equal(argument->name, inputs->items[i].name)) {
            argument = argument->next;
        }
        enum coerce_result result = of_argument(&inputs->items[i], argument, &context, &values[i]);
        if (result != COERCE_OK) {
            return result == COERCE_INVALID ? prefix_name(&context, inputs->items[i].name) : result;
        }
    }
    return COERCE_OK;
}
