/* schema_build.c: from definitions as they were written to types that refer to each other. */
#include "query/schema_build.h"

#include <stdlib.h>

void *schema_builder_new(struct schema_builder *builder, size_t count, size_t size)
{
    void *memory = arena_new_zeroed(&builder->schema->arena, count, size);
    if (memory == NULL) {
        builder->faults->out_of_memory = true;
    }
    return memory;
}

struct named_items {
    const char *items; /* each begins with its name */
    size_t stride;
};

static struct str name_of(const struct named_items *named, uint32_t index)
{
    return *(const struct str *)(const void *)(named->items + named->stride * index);
}

static int by_name(const void *a, const void *b, void *context)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    int order = str_compare(name_of(context, left), name_of(context, right));
    return order != 0 ? order : left < right ? -1 : left > right;
}

/* The order of the names; NULL when one stands twice, or without memory. */
static uint32_t *index_names(struct schema_builder *builder, const void *items, size_t stride, uint32_t count, struct ast_place place)
{
    struct named_items named = {items, stride};
    uint32_t *order = schema_builder_new(builder, count, sizeof *order);
    if (order == NULL) {
        return NULL;
    }
    for (uint32_t i = 0; i < count; i++) {
        order[i] = i;
    }
    qsort_r(order, count, sizeof *order, by_name, &named);
    for (uint32_t i = 1; i < count; i++) {
        struct str name = name_of(&named, order[i]);
        if (str_equal(name, name_of(&named, order[i - 1]))) {
            faults_add(builder->faults, SCHEMA_INVALID, place, "\"%.*s\" is defined twice here.", STR_ARGS(name));
            return NULL;
        }
    }
    return order;
}

static const struct schema_ref *build_ref(struct schema_builder *builder, const struct ast_type *type)
{
    struct schema_ref *ref = schema_builder_new(builder, 1, sizeof *ref);
    if (ref == NULL) {
        return NULL;
    }
    if (type->kind == AST_TYPE_NAMED) {
        ref->kind = REF_NAMED;
        ref->named = schema_type_find(builder->schema, type->name);
        if (ref->named == NULL) {
            faults_add(builder->faults, SCHEMA_INVALID, type->place, "There is no type \"%.*s\".", STR_ARGS(type->name));
        }
        return ref;
    }
    ref->kind = type->kind == AST_TYPE_LIST ? REF_LIST : REF_NON_NULL;
    ref->of = build_ref(builder, type->of);
    ref->named = ref->of == NULL ? NULL : ref->of->named;
    return ref;
}

static const struct ast_directive *directive_of(const struct ast_directive *directives, const char *name)
{
    while (directives != NULL && !str_is(directives->name, name)) {
        directives = directives->next;
    }
    return directives;
}

static struct str text_argument(const struct ast_directive *directive, const char *name, struct str otherwise)
{
    for (const struct ast_argument *argument = directive->arguments; argument != NULL; argument = argument->next) {
        if (str_is(argument->name, name)) {
            return argument->value->kind == AST_STRING ? argument->value->text : STR_NONE;
        }
    }
    return otherwise;
}

static struct schema_deprecation deprecation_of(const struct ast_directive *directives)
{
    const struct ast_directive *deprecated = directive_of(directives, "deprecated");
    if (deprecated == NULL) {
        return (struct schema_deprecation){false, STR_NONE};
    }
    return (struct schema_deprecation){true, text_argument(deprecated, "reason", STR("No longer supported"))};
}

static void build_inputs(struct schema_builder *builder, const struct ast_input *first, struct ast_place place,
                         struct schema_inputs *inputs)
{
    uint32_t count = 0;
    for (const struct ast_input *input = first; input != NULL; input = input->next) {
        count++;
    }
    inputs->items = schema_builder_new(builder, count, sizeof *inputs->items);
    if (inputs->items == NULL) {
        return;
    }
    struct schema_input *item = inputs->items;
    for (const struct ast_input *input = first; input != NULL; input = input->next, item++) {
        item->name = input->name;
        item->description = input->description;
        item->type = build_ref(builder, input->type);
        item->default_value = input->default_value;
        item->deprecation = deprecation_of(input->directives);
    }
    inputs->by_name = index_names(builder, inputs->items, sizeof *inputs->items, count, place);
    inputs->count = inputs->by_name == NULL ? 0 : count;
}

static void build_fields(struct schema_builder *builder, const struct ast_definition *source, struct schema_type *type)
{
    uint32_t count = 0;
    for (const struct ast_field_definition *field = source->fields; field != NULL; field = field->next) {
        count++;
    }
    type->fields = schema_builder_new(builder, count, sizeof *type->fields);
    if (type->fields == NULL) {
        return;
    }
    struct schema_field *item = type->fields;
    for (const struct ast_field_definition *field = source->fields; field != NULL; field = field->next, item++) {
        item->name = field->name;
        item->description = field->description;
        item->type = build_ref(builder, field->type);
        item->deprecation = deprecation_of(field->directives);
        build_inputs(builder, field->arguments, field->place, &item->arguments);
    }
    type->fields_by_name = index_names(builder, type->fields, sizeof *type->fields, count, source->name_place);
    type->field_count = type->fields_by_name == NULL ? 0 : count;
}

static void build_values(struct schema_builder *builder, const struct ast_definition *source, struct schema_type *type)
{
    uint32_t count = 0;
    for (const struct ast_enum_value *value = source->values; value != NULL; value = value->next) {
        count++;
    }
    type->values = schema_builder_new(builder, count, sizeof *type->values);
    if (type->values == NULL) {
        return;
    }
    struct schema_enum_value *item = type->values;
    for (const struct ast_enum_value *value = source->values; value != NULL; value = value->next, item++) {
        *item = (struct schema_enum_value){value->name, value->description, deprecation_of(value->directives)};
    }
    type->values_by_name = index_names(builder, type->values, sizeof *type->values, count, source->name_place);
    type->value_count = type->values_by_name == NULL ? 0 : count;
}

/* Interfaces of a type, members of a union: names of types of one kind, each once. */
static uint32_t build_names(struct schema_builder *builder, const struct ast_definition *source, enum schema_kind kind,
                            const struct schema_type ***types)
{
    uint32_t count = 0;
    for (const struct ast_name *name = source->names; name != NULL; name = name->next) {
        count++;
    }
    *types = schema_builder_new(builder, count, sizeof **types);
    if (*types == NULL) {
        return 0;
    }
    uint32_t done = 0;
    for (const struct ast_name *name = source->names; name != NULL; name = name->next) {
        const struct schema_type *type = schema_type_find(builder->schema, name->name);
        if (type == NULL || type->kind != kind) {
            faults_add(builder->faults, SCHEMA_INVALID, name->place, "\"%.*s\" is not %s.", STR_ARGS(name->name),
                       kind == SCHEMA_INTERFACE ? "an interface" : "an object type");
            return 0;
        }
        for (uint32_t i = 0; i < done; i++) {
            if ((*types)[i] == type) {
                faults_add(builder->faults, SCHEMA_INVALID, name->place, "\"%.*s\" stands here twice.", STR_ARGS(name->name));
            }
        }
        (*types)[done++] = type;
    }
    return done;
}

static int by_number(const void *a, const void *b)
{
    const struct schema_type *left = *(const struct schema_type *const *)a, *right = *(const struct schema_type *const *)b;
    return left->number < right->number ? -1 : left->number > right->number;
}

static bool is_possible(const struct schema_type *object, const struct schema_type *interface)
{
    for (uint32_t i = 0; i < object->interface_count; i++) {
        if (object->interfaces[i] == interface) {
            return true;
        }
    }
    return false;
}

static void find_possible(struct schema_builder *builder, struct schema_type *interface)
{
    const struct query_schema *schema = builder->schema;
    interface->possible = schema_builder_new(builder, schema->type_count, sizeof *interface->possible);
    for (uint32_t i = 0; interface->possible != NULL && i < schema->type_count; i++) {
        if (schema->types[i].kind == SCHEMA_OBJECT && is_possible(&schema->types[i], interface)) {
            interface->possible[interface->possible_count++] = &schema->types[i];
        }
    }
}

static void build_scalar(struct schema_builder *builder, const struct ast_definition *source, struct schema_type *type)
{
    static const char *const names[] = {[SCALAR_INT] = "Int",         [SCALAR_FLOAT] = "Float",         [SCALAR_STRING] = "String",
                                        [SCALAR_BOOLEAN] = "Boolean", [SCALAR_ID] = "ID",               [SCALAR_DATE_TIME] = "DateTime",
                                        [SCALAR_JSON] = "JSON",       [SCALAR_LONG] = "Long"};
    const struct ast_directive *specified = directive_of(source->directives, "specifiedBy");
    if (specified != NULL) {
        type->specified_by = text_argument(specified, "url", STR_NONE);
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (str_is(type->name, names[i])) {
            type->scalar = (enum schema_scalar)i;
            return;
        }
    }
    faults_add(builder->faults, SCHEMA_INVALID, source->name_place,
               "This program knows no scalar \"%.*s\"; DateTime, JSON and Long are those it adds.", STR_ARGS(type->name));
}

static void build_type(struct schema_builder *builder, struct schema_type *type)
{
    const struct ast_definition *source = builder->type_sources[type->number];
    switch (type->kind) {
    case SCHEMA_SCALAR:
        build_scalar(builder, source, type);
        break;
    case SCHEMA_OBJECT:
    case SCHEMA_INTERFACE:
        build_fields(builder, source, type);
        type->interface_count = build_names(builder, source, SCHEMA_INTERFACE, &type->interfaces);
        break;
    case SCHEMA_UNION:
        type->possible_count = build_names(builder, source, SCHEMA_OBJECT, &type->possible);
        qsort(type->possible, type->possible_count, sizeof *type->possible, by_number);
        break;
    case SCHEMA_ENUM:
        build_values(builder, source, type);
        break;
    case SCHEMA_INPUT:
        type->is_one_of = directive_of(source->directives, "oneOf") != NULL;
        build_inputs(builder, source->inputs, source->name_place, &type->inputs);
        break;
    }
}

static enum schema_kind kind_of(const struct ast_definition *definition)
{
    static const enum schema_kind kinds[] = {
        [AST_DEFINE_SCALAR] = SCHEMA_SCALAR, [AST_DEFINE_OBJECT] = SCHEMA_OBJECT, [AST_DEFINE_INTERFACE] = SCHEMA_INTERFACE,
        [AST_DEFINE_UNION] = SCHEMA_UNION,   [AST_DEFINE_ENUM] = SCHEMA_ENUM,     [AST_DEFINE_INPUT] = SCHEMA_INPUT};
    return kinds[definition->kind];
}

static int by_definition_name(const void *a, const void *b)
{
    const struct ast_definition *left = *(const struct ast_definition *const *)a, *right = *(const struct ast_definition *const *)b;
    return str_compare(left->name, right->name);
}

static bool is_meta(const struct ast_definition *definition)
{
    return str_is(definition->name, "__Meta");
}

/* Sorts the definitions of both documents into types and directives; __Meta comes behind the last type. */
static void gather(struct schema_builder *builder, uint32_t *types, uint32_t *directives)
{
    const struct ast_definition *meta = NULL;
    for (int i = 0; i <= SCHEMA_BUILTIN_PIECES; i++) {
        for (const struct ast_definition *at = builder->documents[i]->definitions; at != NULL; at = at->next) {
            if (at->is_extension) {
                continue;
            }
            if (i == SCHEMA_BUILTIN_PIECES && schema_is_builtin(at->name)) {
                faults_add(builder->faults, SCHEMA_INVALID, at->name_place, "\"%.*s\": names that begin with __ are GraphQL's own.",
                           STR_ARGS(at->name));
            } else if (at->kind == AST_DEFINE_DIRECTIVE) {
                builder->directive_sources[(*directives)++] = at;
            } else if (at->kind != AST_DEFINE_SCHEMA) {
                if (is_meta(at)) {
                    meta = at;
                } else {
                    builder->type_sources[(*types)++] = at;
                }
            } else if (builder->root_source == NULL) {
                builder->root_source = at;
            } else {
                faults_add(builder->faults, SCHEMA_INVALID, at->place, "There is more than one schema definition.");
            }
        }
    }
    qsort(builder->type_sources, *types, sizeof *builder->type_sources, by_definition_name);
    builder->type_sources[*types] = meta;
}

static uint32_t count_definitions(const struct ast_document *document)
{
    uint32_t count = 0;
    for (const struct ast_definition *definition = document->definitions; definition != NULL; definition = definition->next) {
        count++;
    }
    return count;
}

static void name_types(struct schema_builder *builder, uint32_t count)
{
    struct query_schema *schema = builder->schema;
    schema->types = schema_builder_new(builder, (size_t)count + 1, sizeof *schema->types);
    if (schema->types == NULL) {
        return;
    }
    for (uint32_t i = 0; i <= count; i++) {
        const struct ast_definition *source = builder->type_sources[i];
        struct schema_type *type = &schema->types[i];
        type->kind = kind_of(source);
        type->number = i;
        type->name = source->name;
        type->description = source->description;
        if (i > 0 && str_equal(type->name, schema->types[i - 1].name)) {
            faults_add(builder->faults, SCHEMA_INVALID, source->name_place, "The type \"%.*s\" is defined twice, or is built in.",
                       STR_ARGS(type->name));
        }
        if (type->kind == SCHEMA_OBJECT) {
            type->possible = schema_builder_new(builder, 1, sizeof *type->possible);
            type->possible_count = type->possible != NULL;
            if (type->possible != NULL) {
                type->possible[0] = type;
            }
        }
    }
    schema->type_count = count;
    schema->meta = &schema->types[count];
}

static uint32_t locations_of(const struct ast_definition *source)
{
    uint32_t locations = 0;
    for (const struct ast_name *name = source->names; name != NULL; name = name->next) {
        enum schema_location location;
        if (schema_location_find(name->name, &location)) {
            locations |= UINT32_C(1) << location;
        }
    }
    return locations;
}

static void build_directives(struct schema_builder *builder, uint32_t count)
{
    struct query_schema *schema = builder->schema;
    schema->directives = schema_builder_new(builder, count, sizeof *schema->directives);
    for (uint32_t i = 0; schema->directives != NULL && i < count; i++) {
        const struct ast_definition *source = builder->directive_sources[i];
        struct schema_directive *directive = &schema->directives[i];
        if (schema_directive_find(schema, source->name) != NULL) {
            faults_add(builder->faults, SCHEMA_INVALID, source->name_place, "The directive \"@%.*s\" is defined twice, or is built in.",
                       STR_ARGS(source->name));
            return;
        }
        directive->name = source->name;
        directive->description = source->description;
        directive->is_repeatable = source->is_repeatable;
        directive->locations = locations_of(source);
        build_inputs(builder, source->inputs, source->name_place, &directive->arguments);
        schema->directive_count = i + 1;
    }
}

void schema_build(struct schema_builder *builder)
{
    size_t room = 1;
    for (int i = 0; i <= SCHEMA_BUILTIN_PIECES; i++) {
        room += count_definitions(builder->documents[i]);
    }
    builder->type_sources = schema_builder_new(builder, room, sizeof *builder->type_sources);
    builder->directive_sources = schema_builder_new(builder, room, sizeof *builder->directive_sources);
    if (builder->type_sources == NULL || builder->directive_sources == NULL) {
        return;
    }
    uint32_t type_count = 0, directive_count = 0;
    gather(builder, &type_count, &directive_count);
    name_types(builder, type_count);
    if (builder->faults->count > 0 || builder->faults->out_of_memory) {
        return;
    }
    struct query_schema *schema = builder->schema;
    for (uint32_t i = 0; i <= type_count; i++) {
        build_type(builder, &schema->types[i]);
    }
    for (uint32_t i = 0; i < type_count; i++) {
        if (schema->types[i].kind == SCHEMA_INTERFACE) {
            find_possible(builder, &schema->types[i]);
        }
    }
    build_directives(builder, directive_count);
}
