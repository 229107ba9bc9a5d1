/* schema_bind.c: who answers which field; and that everything is described. */
#include "query/schema_build.h"

static struct schema_field *field_of(struct query_schema *schema, const struct query_binding *binding)
{
    const struct schema_type *type = schema_type_find(schema, str_from(binding->type));
    if (type == NULL || type->kind != SCHEMA_OBJECT || schema_is_builtin(type->name)) {
        return NULL;
    }
    const struct schema_field *field = schema_field_find(type, str_from(binding->field));
    return field == NULL ? NULL : &schema->types[type->number].fields[field - type->fields];
}

static void check_bound(struct schema_builder *builder, const struct schema_type *type)
{
    const struct ast_field_definition *source = builder->type_sources[type->number]->fields;
    for (uint32_t i = 0; i < type->field_count; i++, source = source->next) {
        if (type->fields[i].resolve == NULL) {
            faults_add(builder->faults, SCHEMA_INVALID, source->place, "Nothing answers %.*s.%.*s: bind a resolver.", STR_ARGS(type->name),
                       STR_ARGS(type->fields[i].name));
        }
    }
}

void schema_bind(struct schema_builder *builder, const struct query_binding *bindings, size_t count, bool all)
{
    struct query_schema *schema = builder->schema;
    const struct ast_place start = {1, 1};
    for (size_t i = 0; i < count; i++) {
        const struct query_binding *binding = &bindings[i];
        struct schema_field *field = field_of(schema, binding);
        if (field == NULL) {
            faults_add(builder->faults, SCHEMA_INVALID, start, "There is no field %s.%s of an object type to bind a resolver to.",
                       binding->type, binding->field);
            continue;
        }
        if (field->resolve != NULL) {
            faults_add(builder->faults, SCHEMA_INVALID, start, "%s.%s is bound twice.", binding->type, binding->field);
        }
        field->resolve = binding->resolve;
        field->permission = binding->permission;
    }
    for (uint32_t i = 0; all && i < schema->type_count; i++) {
        const struct schema_type *type = &schema->types[i];
        if (type->kind == SCHEMA_OBJECT && type != schema->subscription && !schema_is_builtin(type->name)) {
            check_bound(builder, type);
        }
    }
}

static void check_described(struct schema_builder *builder, struct str description, struct str name, struct ast_place place)
{
    if (str_trim(description).length == 0) {
        faults_add(builder->faults, SCHEMA_INVALID, place, "\"%.*s\" has no description; write one before it.", STR_ARGS(name));
    }
}

static void check_inputs_described(struct schema_builder *builder, const struct ast_input *inputs)
{
    for (const struct ast_input *input = inputs; input != NULL; input = input->next) {
        check_described(builder, input->description, input->name, input->place);
    }
}

void schema_check_descriptions(struct schema_builder *builder)
{
    for (const struct ast_definition *at = builder->document->definitions; at != NULL; at = at->next) {
        if (at->is_extension) {
            continue; /* what it adds stands in the definition too */
        }
        if (at->kind != AST_DEFINE_SCHEMA) {
            check_described(builder, at->description, at->name, at->name_place);
        }
        for (const struct ast_field_definition *field = at->fields; field != NULL; field = field->next) {
            check_described(builder, field->description, field->name, field->place);
            check_inputs_described(builder, field->arguments);
        }
        for (const struct ast_enum_value *value = at->values; value != NULL; value = value->next) {
            check_described(builder, value->description, value->name, value->place);
        }
        check_inputs_described(builder, at->inputs);
    }
}
