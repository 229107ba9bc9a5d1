/* schema_implements.c: IsValidImplementation() of the specification (section 3.6). */
#include "query/schema_build.h"

static bool lists(const struct schema_type *type, const struct schema_type *interface)
{
    for (uint32_t i = 0; i < type->interface_count; i++) {
        if (type->interfaces[i] == interface) {
            return true;
        }
    }
    return false;
}

static struct ast_place place_of(const struct schema_builder *builder, const struct schema_type *type, const struct schema_field *field)
{
    const struct ast_definition *source = builder->type_sources[type->number];
    const struct ast_field_definition *at = source->fields;
    for (; at != NULL; at = at->next) {
        if (str_equal(at->name, field->name)) {
            return at->place;
        }
    }
    return source->place;
}

static void check_arguments(struct schema_builder *builder, const struct schema_field *wanted, const struct schema_field *field,
                            struct ast_place place)
{
    for (uint32_t i = 0; i < wanted->arguments.count; i++) {
        const struct schema_input *argument = &wanted->arguments.items[i];
        const struct schema_input *own = schema_input_find(&field->arguments, argument->name);
        if (own == NULL || !schema_ref_equal(own->type, argument->type)) {
            faults_add(builder->faults, SCHEMA_INVALID, place, "\"%.*s\" takes the argument \"%.*s\" as its interface has it.",
                       STR_ARGS(field->name), STR_ARGS(argument->name));
        }
    }
    for (uint32_t i = 0; i < field->arguments.count; i++) {
        const struct schema_input *own = &field->arguments.items[i];
        if (schema_input_is_required(own) && schema_input_find(&wanted->arguments, own->name) == NULL) {
            faults_add(builder->faults, SCHEMA_INVALID, place,
                       "\"%.*s\" requires the argument \"%.*s\", which its interface does not have; make it optional.",
                       STR_ARGS(field->name), STR_ARGS(own->name));
        }
    }
}

static void check_interface(struct schema_builder *builder, const struct schema_type *type, const struct schema_type *interface)
{
    struct ast_place place = builder->type_sources[type->number]->place;
    if (type == interface) {
        faults_add(builder->faults, SCHEMA_INVALID, place, "\"%.*s\" can't implement itself.", STR_ARGS(type->name));
        return;
    }
    for (uint32_t i = 0; i < interface->interface_count; i++) {
        if (!lists(type, interface->interfaces[i])) {
            faults_add(builder->faults, SCHEMA_INVALID, place, "\"%.*s\" implements \"%.*s\" too, because \"%.*s\" does; list it.",
                       STR_ARGS(type->name), STR_ARGS(interface->interfaces[i]->name), STR_ARGS(interface->name));
        }
    }
    for (uint32_t i = 0; i < interface->field_count; i++) {
        const struct schema_field *wanted = &interface->fields[i], *field = schema_field_find(type, wanted->name);
        if (field == NULL) {
            faults_add(builder->faults, SCHEMA_INVALID, place, "\"%.*s\" has no field \"%.*s\", which \"%.*s\" promises.",
                       STR_ARGS(type->name), STR_ARGS(wanted->name), STR_ARGS(interface->name));
            continue;
        }
        if (!schema_ref_is_subtype(field->type, wanted->type)) {
            faults_add(builder->faults, SCHEMA_INVALID, place_of(builder, type, field),
                       "\"%.*s\" has a type that is not one of those \"%.*s\" promises.", STR_ARGS(field->name),
                       STR_ARGS(interface->name));
        }
        check_arguments(builder, wanted, field, place_of(builder, type, field));
    }
}

void schema_check_interfaces(struct schema_builder *builder, const struct schema_type *type)
{
    for (uint32_t i = 0; i < type->interface_count; i++) {
        check_interface(builder, type, type->interfaces[i]);
    }
}
