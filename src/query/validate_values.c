/* validate_values.c: values, arguments, directives. Sections 5.4, 5.6 and 5.7 of the specification, and "coercing" in 3. */
#include "base/limits.h"
#include "query/coerce.h"
#include "query/validate.h"

static bool takes_anything(const struct schema_type *type)
{
    return type->kind == SCHEMA_SCALAR && type->scalar == SCALAR_JSON;
}

/* Whatever will be coerced holds, and nothing else: so the one who coerces is asked. */
static bool is_leaf_value(struct validation *v, const struct schema_type *type, const struct ast_value *value)
{
    struct query_input input = {0};
    return takes_anything(type) || coerce_leaf_literal(value, type, NULL, &v->arena, &input, NULL) == COERCE_OK;
}

static void add_value_fault(struct validation *v, const struct ast_value *value, const struct schema_ref *type)
{
    struct buffer expected, found;
    buffer_init(&expected, 1 * KIB);
    buffer_init(&found, 200);
    schema_ref_print(type, &expected);
    ast_value_print(value, &found);
    struct hint hint;
    if (value->kind == AST_ENUM && type->named->kind == SCHEMA_ENUM && hint_begin(v, &hint, value->text)) {
        for (uint32_t i = 0; i < type->named->value_count; i++) {
            hint_offer(&hint, type->named->values[i].name);
        }
    } else {
        hint.best = STR_NONE;
        hint.text[0] = '\0';
    }
    faults_add(v->faults, INVALID, value->place, "Expected a value of type \"%.*s\", found %.*s%s.%s", STR_ARGS(buffer_str(&expected)),
               STR_ARGS(buffer_str(&found)), buffer_failed(&found) ? "…" : "", hint_end(&hint));
    buffer_release(&expected);
    buffer_release(&found);
}

static void note_variable(struct validation *v, const struct ast_value *value, const struct variable_use *expected)
{
    struct variable_use *use = v->current == NULL ? NULL : validation_new(v, 1, sizeof *use);
    if (use == NULL) {
        return;
    }
    *use = *expected;
    use->value = value;
    use->next = NULL;
    *v->current->variables_tail = use;
    v->current->variables_tail = &use->next;
}

static void check_field_names(struct validation *v, const struct ast_value *object)
{
    size_t count = 0;
    for (const struct ast_value *field = object->first; field != NULL; field = field->next) {
        count++;
    }
    if (count < 2) {
        return;
    }
    if (!name_table_begin(&v->scratch, count)) {
        v->faults->out_of_memory = true;
        return;
    }
    for (const struct ast_value *field = object->first; field != NULL; field = field->next) {
        const struct ast_value *first = name_table_put(&v->scratch, field->name, field);
        if (first != NULL) {
            fault_add_place(faults_add(v->faults, INVALID, first->name_place, "There can be only one field \"%.*s\" in an object.",
                                       STR_ARGS(field->name)),
                            field->name_place);
        }
    }
}

static bool has_field(const struct ast_value *object, struct str name)
{
    const struct ast_value *field = object->first;
    while (field != NULL && !str_equal(field->name, name)) {
        field = field->next;
    }
    return field != NULL;
}

static void check_one_of(struct validation *v, const struct ast_value *object, const struct schema_type *type)
{
    bool is_one = object->first != NULL && object->first->next == NULL;
    if (!is_one) {
        faults_add(v->faults, INVALID, object->place, "Exactly one field of \"%.*s\" must be given.", STR_ARGS(type->name));
    } else if (object->first->kind == AST_NULL) {
        faults_add(v->faults, INVALID, object->place, "The field \"%.*s\" of \"%.*s\" must not be null.", STR_ARGS(object->first->name),
                   STR_ARGS(type->name));
    }
}

static void add_unknown_input_field(struct validation *v, const struct ast_value *field, const struct schema_type *type)
{
    struct hint hint;
    if (hint_begin(v, &hint, field->name)) {
        for (uint32_t i = 0; i < type->inputs.count; i++) {
            hint_offer(&hint, type->inputs.items[i].name);
        }
    }
    faults_add(v->faults, INVALID, field->name_place, "\"%.*s\" has no field \"%.*s\".%s", STR_ARGS(type->name), STR_ARGS(field->name),
               hint_end(&hint));
}

static void validate_input_object(struct validation *v, const struct ast_value *object, const struct schema_type *type)
{
    for (const struct ast_value *field = object->first; field != NULL; field = field->next) {
        const struct schema_input *input = schema_input_find(&type->inputs, field->name);
        if (input == NULL) {
            add_unknown_input_field(v, field, type);
        }
        struct variable_use expected = {.is_one_of = type->is_one_of};
        if (input != NULL) {
            expected.type = input->type;
            expected.has_default = input->default_value != NULL;
        }
        validate_value(v, field, &expected);
    }
    for (uint32_t i = 0; i < type->inputs.count; i++) {
        const struct schema_input *input = &type->inputs.items[i];
        if (schema_input_is_required(input) && !has_field(object, input->name)) {
            faults_add(v->faults, INVALID, object->place, "The field \"%.*s\" of \"%.*s\" is required and was not given.",
                       STR_ARGS(input->name), STR_ARGS(type->name));
        }
    }
    if (type->is_one_of) {
        check_one_of(v, object, type);
    }
}

/* Items and fields of which nothing is known, or that may be anything: variables in them are used all the same. */
static void validate_inside(struct validation *v, const struct ast_value *value, const struct schema_ref *item_type)
{
    const struct variable_use expected = {.type = item_type};
    for (const struct ast_value *item = value->first; item != NULL; item = item->next) {
        validate_value(v, item, &expected);
    }
}

static void validate_container(struct validation *v, const struct ast_value *value, const struct schema_ref *type)
{
    const struct schema_ref *inner = type != NULL && type->kind == REF_NON_NULL ? type->of : type;
    if (value->kind == AST_LIST && inner != NULL && inner->kind == REF_LIST) {
        validate_inside(v, value, inner->of);
        return;
    }
    if (value->kind == AST_OBJECT && inner != NULL && inner->named->kind == SCHEMA_INPUT) {
        validate_input_object(v, value, inner->named); /* where a list is expected, it is the list's one item */
        return;
    }
    if (inner != NULL && !takes_anything(inner->named)) {
        add_value_fault(v, value, type);
    }
    validate_inside(v, value, NULL);
}

void validate_value(struct validation *v, const struct ast_value *value, const struct variable_use *expected)
{
    const struct schema_ref *type = expected->type;
    switch (value->kind) {
    case AST_VARIABLE:
        note_variable(v, value, expected);
        break;
    case AST_OBJECT:
        check_field_names(v, value);
        validate_container(v, value, type);
        break;
    case AST_LIST:
        validate_container(v, value, type);
        break;
    case AST_NULL:
        if (type != NULL && type->kind == REF_NON_NULL) {
            add_value_fault(v, value, type);
        }
        break;
    case AST_INT:
    case AST_FLOAT:
    case AST_STRING:
    case AST_BOOLEAN:
    case AST_ENUM:
        if (type != NULL && (!schema_type_is_leaf(type->named) || !is_leaf_value(v, type->named, value))) {
            add_value_fault(v, value, type);
        }
        break;
    }
}

static void check_argument_names(struct validation *v, const struct ast_argument *first)
{
    size_t count = 0;
    for (const struct ast_argument *argument = first; argument != NULL; argument = argument->next) {
        count++;
    }
    if (count < 2) {
        return;
    }
    if (!name_table_begin(&v->scratch, count)) {
        v->faults->out_of_memory = true;
        return;
    }
    for (const struct ast_argument *argument = first; argument != NULL; argument = argument->next) {
        const struct ast_argument *earlier = name_table_put(&v->scratch, argument->name, argument);
        if (earlier != NULL) {
            fault_add_place(faults_add(v->faults, INVALID, earlier->place, "There can be only one argument \"%.*s\".",
                                       STR_ARGS(argument->name)),
                            argument->place);
        }
    }
}

static void add_unknown_argument(struct validation *v, const struct ast_argument *argument, const struct schema_inputs *known,
                                 const char *kind, struct str owner)
{
    struct hint hint;
    if (hint_begin(v, &hint, argument->name)) {
        for (uint32_t i = 0; i < known->count; i++) {
            hint_offer(&hint, known->items[i].name);
        }
    }
    faults_add(v->faults, INVALID, argument->place, "The %s \"%.*s\" has no argument \"%.*s\".%s", kind, STR_ARGS(owner),
               STR_ARGS(argument->name), hint_end(&hint));
}

static bool has_argument(const struct ast_argument *first, struct str name)
{
    while (first != NULL && !str_equal(first->name, name)) {
        first = first->next;
    }
    return first != NULL;
}

void validate_arguments(struct validation *v, const struct ast_argument *first, const struct schema_inputs *known,
                        struct ast_place place, const char *kind, struct str owner)
{
    check_argument_names(v, first);
    for (const struct ast_argument *argument = first; argument != NULL; argument = argument->next) {
        const struct schema_input *input = known == NULL ? NULL : schema_input_find(known, argument->name);
        struct variable_use expected = {0};
        if (input != NULL) {
            expected.type = input->type;
            expected.has_default = input->default_value != NULL;
        } else if (known != NULL) {
            add_unknown_argument(v, argument, known, kind, owner);
        }
        validate_value(v, argument->value, &expected);
    }
    for (uint32_t i = 0; known != NULL && i < known->count; i++) {
        const struct schema_input *input = &known->items[i];
        if (schema_input_is_required(input) && !has_argument(first, input->name)) {
            faults_add(v->faults, INVALID, place, "The %s \"%.*s\" requires the argument \"%.*s\", which was not given.", kind,
                       STR_ARGS(owner), STR_ARGS(input->name));
        }
    }
}

static void check_directive_names(struct validation *v, const struct ast_directive *first)
{
    size_t count = 0;
    for (const struct ast_directive *directive = first; directive != NULL; directive = directive->next) {
        count++;
    }
    if (count < 2) {
        return;
    }
    if (!name_table_begin(&v->scratch, count)) {
        v->faults->out_of_memory = true;
        return;
    }
    for (const struct ast_directive *directive = first; directive != NULL; directive = directive->next) {
        const struct ast_directive *earlier = name_table_put(&v->scratch, directive->name, directive);
        const struct schema_directive *known = earlier == NULL ? NULL : schema_directive_find(v->schema, directive->name);
        if (known != NULL && !known->is_repeatable) {
            fault_add_place(faults_add(v->faults, INVALID, earlier->place, "The directive \"@%.*s\" can stand only once in a place.",
                                       STR_ARGS(directive->name)),
                            directive->place);
        }
    }
}

void validate_directives(struct validation *v, const struct ast_directive *first, enum schema_location location)
{
    check_directive_names(v, first);
    for (const struct ast_directive *directive = first; directive != NULL; directive = directive->next) {
        const struct schema_directive *known = schema_directive_find(v->schema, directive->name);
        if (known == NULL) {
            faults_add(v->faults, INVALID, directive->place, "There is no directive \"@%.*s\".", STR_ARGS(directive->name));
        } else if ((known->locations >> location & 1) == 0) {
            faults_add(v->faults, INVALID, directive->place, "The directive \"@%.*s\" may not stand at %s.", STR_ARGS(directive->name),
                       schema_location_name(location));
        }
        validate_arguments(v, directive->arguments, known == NULL ? NULL : &known->arguments, directive->place, "directive",
                           directive->name);
    }
}
