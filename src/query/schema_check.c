/* schema_check.c: types that may stand where they stand, names, roots, input objects that can end. */
#include "query/schema_build.h"

static void fault_at(struct schema_builder *builder, struct ast_place place, const char *what, struct str name)
{
    faults_add(builder->faults, SCHEMA_INVALID, place, "\"%.*s\": %s", STR_ARGS(name), what);
}

static void check_name(struct schema_builder *builder, struct str name, struct ast_place place, const struct ast_definition *owner)
{
    bool own = schema_is_builtin(owner->name); /* __Meta only has such fields */
    if (schema_is_builtin(name) && !own) {
        fault_at(builder, place, "names that begin with __ are GraphQL's own.", name);
    }
}

static void check_inputs(struct schema_builder *builder, const struct ast_input *source, const struct schema_inputs *inputs,
                         const struct ast_definition *owner)
{
    for (uint32_t i = 0; i < inputs->count; i++, source = source->next) {
        const struct schema_input *input = &inputs->items[i];
        check_name(builder, input->name, source->place, owner);
        if (!schema_type_is_input(input->type->named)) {
            fault_at(builder, source->type->place, "only scalars, enums and input objects can be given to the server.", input->name);
        }
        if (input->deprecation.is_deprecated && schema_input_is_required(input)) {
            fault_at(builder, source->place, "what is required can't be deprecated; make it nullable or give a default.", input->name);
        }
    }
}

static void check_fields(struct schema_builder *builder, const struct schema_type *type, const struct ast_definition *source)
{
    if (type->field_count == 0) {
        fault_at(builder, source->place, "a type has at least one field.", type->name);
    }
    const struct ast_field_definition *field_source = source->fields;
    for (uint32_t i = 0; i < type->field_count; i++, field_source = field_source->next) {
        const struct schema_field *field = &type->fields[i];
        check_name(builder, field->name, field_source->place, source);
        if (field->type->named->kind == SCHEMA_INPUT) {
            fault_at(builder, field_source->type->place, "an input object can't be answered.", field->name);
        }
        check_inputs(builder, field_source->arguments, &field->arguments, source);
    }
}

static void check_input_object(struct schema_builder *builder, const struct schema_type *type, const struct ast_definition *source)
{
    if (type->inputs.count == 0) {
        fault_at(builder, source->place, "an input object has at least one field.", type->name);
    }
    check_inputs(builder, source->inputs, &type->inputs, source);
    const struct ast_input *input_source = source->inputs;
    for (uint32_t i = 0; type->is_one_of && i < type->inputs.count; i++, input_source = input_source->next) {
        const struct schema_input *input = &type->inputs.items[i];
        if (input->type->kind == REF_NON_NULL || input->default_value != NULL) {
            fault_at(builder, input_source->place, "fields of a @oneOf input object are nullable and have no default.", input->name);
        }
    }
}

static void check_type(struct schema_builder *builder, const struct schema_type *type)
{
    const struct ast_definition *source = builder->type_sources[type->number];
    switch (type->kind) {
    case SCHEMA_OBJECT:
    case SCHEMA_INTERFACE:
        check_fields(builder, type, source);
        schema_check_interfaces(builder, type);
        break;
    case SCHEMA_UNION:
        if (type->possible_count == 0) {
            fault_at(builder, source->place, "a union has at least one member.", type->name);
        }
        break;
    case SCHEMA_ENUM:
        if (type->value_count == 0) {
            fault_at(builder, source->place, "an enum has at least one value.", type->name);
        }
        for (const struct ast_enum_value *value = source->values; value != NULL; value = value->next) {
            check_name(builder, value->name, value->place, source);
        }
        break;
    case SCHEMA_INPUT:
        check_input_object(builder, type, source);
        break;
    case SCHEMA_SCALAR:
        break;
    }
}

enum cycle_state { CYCLE_NEW, CYCLE_OPEN, CYCLE_DONE };

/* Input objects that require each other could never be given. Recursion is as deep as types are in the schema, at most. */
static bool can_end(const struct schema_type *type, uint8_t *states)
{
    if (states[type->number] != CYCLE_NEW) {
        return states[type->number] == CYCLE_DONE;
    }
    states[type->number] = CYCLE_OPEN;
    for (uint32_t i = 0; i < type->inputs.count; i++) {
        const struct schema_ref *ref = type->inputs.items[i].type;
        bool needs = ref->kind == REF_NON_NULL && ref->of->kind == REF_NAMED && ref->named->kind == SCHEMA_INPUT;
        if (needs && !can_end(ref->named, states)) {
            return false;
        }
    }
    states[type->number] = CYCLE_DONE;
    return true;
}

static void check_input_cycles(struct schema_builder *builder)
{
    const struct query_schema *schema = builder->schema;
    uint8_t *states = schema_builder_new(builder, schema->type_count, 1);
    for (uint32_t i = 0; states != NULL && i < schema->type_count; i++) {
        const struct schema_type *type = &schema->types[i];
        if (type->kind == SCHEMA_INPUT && !can_end(type, states)) {
            fault_at(builder, builder->type_sources[i]->place, "the input object requires itself, so it can never be given.", type->name);
            return;
        }
    }
}

static const struct schema_type **root_slot(struct query_schema *schema, enum ast_operation_kind operation)
{
    return operation == AST_QUERY ? &schema->query : operation == AST_MUTATION ? &schema->mutation : &schema->subscription;
}

static void set_root(struct schema_builder *builder, enum ast_operation_kind operation, const struct schema_type *type,
                     struct ast_place place)
{
    const struct schema_type **slot = root_slot(builder->schema, operation);
    if (type->kind != SCHEMA_OBJECT) {
        fault_at(builder, place, "operations begin on object types only.", type->name);
    } else if (*slot != NULL) {
        fault_at(builder, place, "this kind of operation has a type already.", type->name);
    } else {
        *slot = type;
    }
}

static void find_roots(struct schema_builder *builder)
{
    static const struct {
        enum ast_operation_kind operation;
        const char *name;
    } usual[] = {{AST_QUERY, "Query"}, {AST_MUTATION, "Mutation"}, {AST_SUBSCRIPTION, "Subscription"}};
    struct query_schema *schema = builder->schema;
    for (size_t i = 0; builder->root_source == NULL && i < sizeof usual / sizeof usual[0]; i++) {
        const struct schema_type *type = schema_type_find(schema, str_from(usual[i].name));
        if (type != NULL) {
            set_root(builder, usual[i].operation, type, builder->type_sources[type->number]->place);
        }
    }
    for (struct ast_root *root = builder->root_source == NULL ? NULL : builder->root_source->roots; root != NULL; root = root->next) {
        const struct schema_type *type = schema_type_find(schema, root->type);
        if (type == NULL) {
            fault_at(builder, root->type_place, "there is no such type.", root->type);
        } else {
            set_root(builder, root->operation, type, root->type_place);
        }
    }
    struct ast_place place = builder->root_source == NULL ? (struct ast_place){1, 1} : builder->root_source->place;
    if (schema->query == NULL) {
        fault_at(builder, place, "there is no type on which queries begin.", STR("Query"));
    }
    bool shared = schema->query == schema->mutation || schema->query == schema->subscription ||
                  (schema->mutation != NULL && schema->mutation == schema->subscription);
    if (schema->query != NULL && shared) {
        fault_at(builder, place, "each kind of operation begins on a type of its own.", STR("schema"));
    }
    schema->description = builder->root_source == NULL ? STR_NONE : builder->root_source->description;
}

void schema_check(struct schema_builder *builder)
{
    const struct query_schema *schema = builder->schema;
    find_roots(builder);
    for (uint32_t i = 0; i < schema->type_count; i++) {
        check_type(builder, &schema->types[i]);
    }
    for (uint32_t i = 0; i < schema->directive_count; i++) {
        check_inputs(builder, builder->directive_sources[i]->inputs, &schema->directives[i].arguments, builder->directive_sources[i]);
    }
    if (builder->faults->count == 0) {
        check_input_cycles(builder);
    }
}
