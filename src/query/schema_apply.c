#include "query/schema_build.h"
#include "query/validate.h"

static void apply_to_inputs(struct validation *v, const struct ast_input *source, const struct schema_inputs *inputs,
                            enum schema_location location)
{
    for (uint32_t i = 0; i < inputs->count; i++, source = source->next) {
        validate_directives(v, source->directives, location);
        const struct variable_use expected = {.type = inputs->items[i].type};
        if (source->default_value != NULL) {
            validate_value(v, source->default_value, &expected);
        }
    }
}

static void apply_to_type(struct validation *v, const struct ast_definition *source, const struct schema_type *type)
{
    static const enum schema_location locations[] = {
        [SCHEMA_SCALAR] = LOCATION_SCALAR, [SCHEMA_OBJECT] = LOCATION_OBJECT, [SCHEMA_INTERFACE] = LOCATION_INTERFACE,
        [SCHEMA_UNION] = LOCATION_UNION,   [SCHEMA_ENUM] = LOCATION_ENUM,     [SCHEMA_INPUT] = LOCATION_INPUT_OBJECT};
    validate_directives(v, source->directives, locations[type->kind]);
    const struct ast_field_definition *field = source->fields;
    for (uint32_t i = 0; i < type->field_count; i++, field = field->next) {
        validate_directives(v, field->directives, LOCATION_FIELD_DEFINITION);
        apply_to_inputs(v, field->arguments, &type->fields[i].arguments, LOCATION_ARGUMENT_DEFINITION);
    }
    for (const struct ast_enum_value *value = source->values; value != NULL; value = value->next) {
        validate_directives(v, value->directives, LOCATION_ENUM_VALUE);
    }
    apply_to_inputs(v, source->inputs, &type->inputs, LOCATION_INPUT_FIELD_DEFINITION);
}

void schema_apply(struct schema_builder *builder)
{
    const struct query_schema *schema = builder->schema;
    struct validation v;
    validation_init(&v, schema, builder->faults);
    for (uint32_t i = 0; i < schema->type_count; i++) {
        apply_to_type(&v, builder->type_sources[i], &schema->types[i]);
    }
    for (uint32_t i = 0; i < schema->directive_count; i++) {
        const struct ast_input *source = builder->directive_sources[i]->inputs;
        apply_to_inputs(&v, source, &schema->directives[i].arguments, LOCATION_ARGUMENT_DEFINITION);
    }
    if (builder->root_source != NULL) {
        validate_directives(&v, builder->root_source->directives, LOCATION_SCHEMA);
    }
    validation_release(&v);
}
