#include "query/schema.h"

#include <stdio.h>

#include "base/limits.h"
#include "base/memory.h"
#include "query/language.h"
#include "query/schema_build.h"

const char *schema_location_name(enum schema_location location)
{
    static const char *const names[] = {
        "QUERY", "MUTATION", "SUBSCRIPTION", "FIELD", "FRAGMENT_DEFINITION", "FRAGMENT_SPREAD", "INLINE_FRAGMENT",
        "VARIABLE_DEFINITION", "SCHEMA", "SCALAR", "OBJECT", "FIELD_DEFINITION", "ARGUMENT_DEFINITION", "INTERFACE", "UNION",
        "ENUM", "ENUM_VALUE", "INPUT_OBJECT", "INPUT_FIELD_DEFINITION"};
    _Static_assert(sizeof names / sizeof names[0] == LOCATION_COUNT, "each location has its name");
    return names[location];
}

bool schema_location_find(struct str name, enum schema_location *location)
{
    for (int i = 0; i < LOCATION_COUNT; i++) {
        if (str_is(name, schema_location_name((enum schema_location)i))) {
            *location = (enum schema_location)i;
            return true;
        }
    }
    return false;
}

/* ---- look-ups ---- */

const struct schema_type *schema_type_find(const struct query_schema *schema, struct str name)
{
    uint32_t low = 0, high = schema->type_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = str_compare(schema->types[middle].name, name);
        if (order == 0) {
            return &schema->types[middle];
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

/* Items of `stride` bytes begin with their name. */
static const void *find_by_name(const void *items, size_t stride, const uint32_t *by_name, uint32_t count, struct str name)
{
    uint32_t low = 0, high = count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const char *item = (const char *)items + stride * by_name[middle];
        int order = str_compare(*(const struct str *)(const void *)item, name);
        if (order == 0) {
            return item;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

const struct schema_field *schema_field_find(const struct schema_type *type, struct str name)
{
    return find_by_name(type->fields, sizeof *type->fields, type->fields_by_name, type->field_count, name);
}

const struct schema_field *schema_selected_field(const struct query_schema *schema, const struct schema_type *parent, struct str name)
{
    if (!schema_is_builtin(name)) {
        return schema_field_find(parent, name);
    }
    bool is_here = str_is(name, "__typename") ? schema_type_is_composite(parent) : parent == schema->query;
    return is_here ? schema_field_find(schema->meta, name) : NULL;
}

const struct schema_input *schema_input_find(const struct schema_inputs *inputs, struct str name)
{
    return find_by_name(inputs->items, sizeof *inputs->items, inputs->by_name, inputs->count, name);
}

const struct schema_enum_value *schema_enum_value_find(const struct schema_type *type, struct str name)
{
    return find_by_name(type->values, sizeof *type->values, type->values_by_name, type->value_count, name);
}

const struct schema_directive *schema_directive_find(const struct query_schema *schema, struct str name)
{
    for (uint32_t i = 0; i < schema->directive_count; i++) {
        if (str_equal(schema->directives[i].name, name)) {
            return &schema->directives[i];
        }
    }
    return NULL;
}

/* ---- questions about types ---- */

bool schema_type_is_leaf(const struct schema_type *type)
{
    return type->kind == SCHEMA_SCALAR || type->kind == SCHEMA_ENUM;
}

bool schema_type_is_composite(const struct schema_type *type)
{
    return type->kind == SCHEMA_OBJECT || type->kind == SCHEMA_INTERFACE || type->kind == SCHEMA_UNION;
}

bool schema_type_is_input(const struct schema_type *type)
{
    return schema_type_is_leaf(type) || type->kind == SCHEMA_INPUT;
}

bool schema_type_is_possible(const struct schema_type *abstract, const struct schema_type *object)
{
    uint32_t low = 0, high = abstract->possible_count; /* in the order of their numbers */
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (abstract->possible[middle]->number < object->number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < abstract->possible_count && abstract->possible[low] == object;
}

static bool implements(const struct schema_type *type, const struct schema_type *interface)
{
    for (uint32_t i = 0; i < type->interface_count; i++) {
        if (type->interfaces[i] == interface) {
            return true;
        }
    }
    return false;
}

bool schema_ref_is_subtype(const struct schema_ref *narrow, const struct schema_ref *wide)
{
    if (wide->kind == REF_NON_NULL) {
        return narrow->kind == REF_NON_NULL && schema_ref_is_subtype(narrow->of, wide->of);
    }
    if (narrow->kind == REF_NON_NULL) {
        return schema_ref_is_subtype(narrow->of, wide);
    }
    if (wide->kind == REF_LIST || narrow->kind == REF_LIST) {
        return wide->kind == narrow->kind && schema_ref_is_subtype(narrow->of, wide->of);
    }
    const struct schema_type *a = narrow->named, *b = wide->named;
    return a == b || (b->kind == SCHEMA_INTERFACE && implements(a, b)) ||
           (b->kind == SCHEMA_UNION && a->kind == SCHEMA_OBJECT && schema_type_is_possible(b, a));
}

bool schema_ref_equal(const struct schema_ref *a, const struct schema_ref *b)
{
    while (a->kind == b->kind && a->kind != REF_NAMED) {
        a = a->of;
        b = b->of;
    }
    return a->kind == b->kind && a->named == b->named;
}

bool schema_input_is_required(const struct schema_input *input)
{
    return input->type->kind == REF_NON_NULL && input->default_value == NULL;
}

void schema_ref_print(const struct schema_ref *ref, struct buffer *buffer)
{
    if (ref->kind == REF_NAMED) {
        buffer_append_str(buffer, ref->named->name);
    } else if (ref->kind == REF_LIST) {
        buffer_append_char(buffer, '[');
        schema_ref_print(ref->of, buffer);
        buffer_append_char(buffer, ']');
    } else {
        schema_ref_print(ref->of, buffer);
        buffer_append_char(buffer, '!');
    }
}

/* ---- making ---- */

static enum status fault_status(const struct query_faults *faults, struct error *error)
{
    if (faults->out_of_memory) {
        return error_no_memory(error, "schema");
    }
    if (faults->count == 0) {
        return STATUS_OK;
    }
    const struct query_fault *fault = faults->first;
    char place[64];
    (void)snprintf(place, sizeof place, "schema:%u:%u", (unsigned)fault->places[0].line, (unsigned)fault->places[0].column);
    return error_set(error, STATUS_INVALID, place, "%.*s", STR_ARGS(fault->message));
}

static void make(struct schema_builder *builder, const struct query_binding *bindings, size_t count,
                 const struct schema_demands *demands)
{
    struct query_schema *schema = builder->schema;
    struct query_faults *faults = builder->faults;
    bool holds = true;
    for (size_t i = 0; holds && i <= SCHEMA_BUILTIN_PIECES; i++) {
        struct str text = i < SCHEMA_BUILTIN_PIECES ? str_from(schema_builtin_sdl[i]) : schema->sdl;
        builder->documents[i] = ast_parse(text, LIMIT_QUERY_SCHEMA_TOKENS, &schema->arena, faults);
        holds = builder->documents[i] != NULL;
    }
    builder->document = builder->documents[SCHEMA_BUILTIN_PIECES];
    if (holds && (builder->document->operations != NULL || builder->document->fragments != NULL)) {
        bool is_operation = builder->document->operations != NULL;
        struct ast_place place = is_operation ? builder->document->operations->place : builder->document->fragments->place;
        faults_add(faults, SCHEMA_INVALID, place, "A schema defines types and directives; this is a question to one.");
        return;
    }
    if (holds) {
        schema_extend(builder);
    }
    if (holds && faults->count == 0) {
        schema_build(builder);
    }
    if (holds && faults->count == 0 && !faults->out_of_memory) {
        schema_check(builder);
    }
    if (holds && faults->count == 0) {
        schema_apply(builder);
    }
    if (holds && faults->count == 0 && demands->descriptions) {
        schema_check_descriptions(builder);
    }
    if (holds && faults->count == 0) {
        schema_bind(builder, bindings, count, demands->bindings);
    }
}

enum status schema_new(struct query_schema **schema, struct str sdl, const struct query_binding *bindings, size_t count,
                       const struct schema_demands *demands, struct error *error)
{
    *schema = NULL;
    struct query_schema *made = memory_new_zeroed(1, sizeof *made);
    if (made == NULL) {
        return error_no_memory(error, "schema");
    }
    struct arena fault_arena;
    struct query_faults faults;
    arena_init(&fault_arena, LIMIT_QUERY_SCHEMA_BYTES);
    faults_init(&faults, &fault_arena, 1);
    arena_init(&made->arena, LIMIT_QUERY_SCHEMA_BYTES);
    struct schema_builder builder = {.schema = made, .faults = &faults};
    if (arena_copy(&made->arena, sdl, &made->sdl)) {
        make(&builder, bindings, count, demands);
    } else {
        faults.out_of_memory = true;
    }
    enum status status = fault_status(&faults, error);
    arena_release(&fault_arena);
    if (status != STATUS_OK) {
        query_schema_free(made);
        return status;
    }
    *schema = made;
    return STATUS_OK;
}

enum status query_schema_new(struct query_schema **schema, struct str sdl, const struct query_binding *bindings, size_t count,
                             struct error *error)
{
    const struct schema_demands all = {.descriptions = true, .bindings = true};
    return schema_new(schema, sdl, bindings, count, &all, error);
}

void query_schema_free(struct query_schema *schema)
{
    if (schema != NULL) {
        arena_release(&schema->arena);
        memory_free(schema);
    }
}

struct str query_schema_sdl(const struct query_schema *schema)
{
    return schema->sdl;
}
