/* introspect.c: the schema, asked of itself (section 4 of the specification), by resolvers like any other.
 *
 * What an object stands for: __Schema the schema; __Type a schema_type (number 0) or, for lists and non-nulls, a schema_ref
 * (number 1); __Field, __InputValue, __EnumValue, __Directive the structure of that name in schema.h.
 */
#include "base/limits.h"
#include "query/run.h"

enum { NAMED, WRAPPED };

static const struct query_schema *schema_of(const struct query_call *call)
{
    return call->run->plan->schema;
}

static void give_object(struct query_value *value, const void *at, uint64_t number)
{
    value->kind = QUERY_OBJECT;
    value->object = (struct query_object){at, number, NULL};
}

static void give_text(struct query_value *value, struct str text)
{
    value->kind = QUERY_TEXT; /* null where it is absent */
    value->text = text;
}

static void give_boolean(struct query_value *value, bool truth)
{
    value->kind = QUERY_BOOLEAN;
    value->boolean = truth;
}

static void give_type(struct query_value *value, const struct schema_type *type)
{
    if (type != NULL) {
        give_object(value, type, NAMED);
    }
}

static void give_ref(struct query_value *value, const struct schema_ref *ref)
{
    if (ref->kind == REF_NAMED) {
        give_type(value, ref->named);
    } else {
        give_object(value, ref, WRAPPED);
    }
}

/* ---- lists: of what is shown, pointers ---- */

struct shown {
    const void **at;
    size_t count;
};

static bool shown_new(struct query_call *call, struct shown *shown, size_t count_max)
{
    shown->count = 0;
    shown->at = arena_new(query_arena(call), count_max * sizeof *shown->at);
    if (shown->at == NULL) {
        query_fail(call, "UNAVAILABLE", "The server is out of memory; try again later.");
    }
    return shown->at != NULL;
}

static void shown_item(struct query_call *call, const void *at, size_t index, struct query_value *value)
{
    (void)call;
    const void *const *pointers = at;
    give_object(value, pointers[index], NAMED);
}

static void give_shown(struct query_value *value, const struct shown *shown)
{
    value->kind = QUERY_LIST;
    value->list = (struct query_list){shown->count, shown->at, shown_item};
}

static bool shows(struct query_call *call, const struct schema_deprecation *deprecation)
{
    const struct query_input *asked = query_argument(call, "includeDeprecated");
    return !deprecation->is_deprecated || (asked->kind == QUERY_INPUT_BOOLEAN && asked->boolean);
}

static void give_inputs(struct query_call *call, const struct schema_inputs *inputs, struct query_value *value)
{
    struct shown shown;
    if (!shown_new(call, &shown, inputs->count)) {
        return;
    }
    for (uint32_t i = 0; i < inputs->count; i++) {
        if (shows(call, &inputs->items[i].deprecation)) {
            shown.at[shown.count++] = &inputs->items[i];
        }
    }
    give_shown(value, &shown);
}

static void give_types(struct query_value *value, const struct schema_type *const *types, uint32_t count)
{
    value->kind = QUERY_LIST;
    value->list = (struct query_list){count, types, shown_item};
}

/* ---- __schema, __type ---- */

static void query_schema_field(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)object;
    give_object(value, schema_of(call), 0);
}

static void query_type_field(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)object;
    give_type(value, schema_type_find(schema_of(call), query_argument(call, "name")->text));
}

static void schema_description(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)object;
    give_text(value, schema_of(call)->description);
}

static void type_item(struct query_call *call, const void *at, size_t index, struct query_value *value)
{
    (void)call;
    const struct schema_type *types = at;
    give_type(value, &types[index]);
}

static void schema_types(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)object;
    value->kind = QUERY_LIST;
    value->list = (struct query_list){schema_of(call)->type_count, schema_of(call)->types, type_item};
}

static void schema_query_type(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)object;
    give_type(value, schema_of(call)->query);
}

static void schema_mutation_type(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)object;
    give_type(value, schema_of(call)->mutation);
}

static void schema_subscription_type(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)object;
    give_type(value, schema_of(call)->subscription);
}

static void directive_item(struct query_call *call, const void *at, size_t index, struct query_value *value)
{
    (void)call;
    const struct schema_directive *directives = at;
    give_object(value, &directives[index], 0);
}

static void schema_directives(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)object;
    value->kind = QUERY_LIST;
    value->list = (struct query_list){schema_of(call)->directive_count, schema_of(call)->directives, directive_item};
}

/* ---- __Type ---- */

/* The type itself, where it is no list or non-null. */
static const struct schema_type *named(struct query_object object)
{
    return object.number == NAMED ? object.at : NULL;
}

static void type_kind(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)call;
    static const char *const names[] = {
        [SCHEMA_SCALAR] = "SCALAR", [SCHEMA_OBJECT] = "OBJECT", [SCHEMA_INTERFACE] = "INTERFACE",
        [SCHEMA_UNION] = "UNION",   [SCHEMA_ENUM] = "ENUM",     [SCHEMA_INPUT] = "INPUT_OBJECT",
    };
    const struct schema_type *type = named(object);
    const struct schema_ref *ref = object.at;
    give_text(value, str_from(type != NULL ? names[type->kind] : ref->kind == REF_LIST ? "LIST" : "NON_NULL"));
}

static void type_name(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)call;
    const struct schema_type *type = named(object);
    give_text(value, type == NULL ? STR_NONE : type->name);
}

static void type_description(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)call;
    const struct schema_type *type = named(object);
    give_text(value, type == NULL ? STR_NONE : type->description);
}

static void type_specified_by(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)call;
    const struct schema_type *type = named(object);
    give_text(value, type == NULL ? STR_NONE : type->specified_by);
}

static void type_fields(struct query_call *call, struct query_object object, struct query_value *value)
{
    const struct schema_type *type = named(object);
    struct shown shown;
    if (type == NULL || (type->kind != SCHEMA_OBJECT && type->kind != SCHEMA_INTERFACE) ||
        !shown_new(call, &shown, type->field_count)) {
        return;
    }
    for (uint32_t i = 0; i < type->field_count; i++) {
        if (shows(call, &type->fields[i].deprecation)) {
            shown.at[shown.count++] = &type->fields[i];
        }
    }
    give_shown(value, &shown);
}

static void type_interfaces(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)call;
    const struct schema_type *type = named(object);
    if (type != NULL && (type->kind == SCHEMA_OBJECT || type->kind == SCHEMA_INTERFACE)) {
        give_types(value, type->interfaces, type->interface_count);
    }
}

static void type_possible_types(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)call;
    const struct schema_type *type = named(object);
    if (type != NULL && (type->kind == SCHEMA_INTERFACE || type->kind == SCHEMA_UNION)) {
        give_types(value, type->possible, type->possible_count);
    }
}

static void type_enum_values(struct query_call *call, struct query_object object, struct query_value *value)
{
    const struct schema_type *type = named(object);
    struct shown shown;
    if (type == NULL || type->kind != SCHEMA_ENUM || !shown_new(call, &shown, type->value_count)) {
        return;
    }
    for (uint32_t i = 0; i < type->value_count; i++) {
        if (shows(call, &type->values[i].deprecation)) {
            shown.at[shown.count++] = &type->values[i];
        }
    }
    give_shown(value, &shown);
}

static void type_input_fields(struct query_call *call, struct query_object object, struct query_value *value)
{
    const struct schema_type *type = named(object);
    if (type != NULL && type->kind == SCHEMA_INPUT) {
        give_inputs(call, &type->inputs, value);
    }
}

static void type_of_type(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)call;
    if (object.number == WRAPPED) {
        const struct schema_ref *ref = object.at;
        give_ref(value, ref->of);
    }
}

static void type_is_one_of(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)call;
    const struct schema_type *type = named(object);
    if (type != NULL && type->kind == SCHEMA_INPUT) {
        give_boolean(value, type->is_one_of);
    }
}

/* ---- __Field, __InputValue, __EnumValue, __Directive ---- */

/* Each of these types has a name and a description, at the beginning of its structure; three may be deprecated. */
#define DESCRIBED(kind, structure)                                                                                          \
    static void kind##_name(struct query_call *call, struct query_object object, struct query_value *value)                 \
    {                                                                                                                       \
        (void)call;                                                                                                         \
        give_text(value, ((const struct structure *)object.at)->name);                                                      \
    }                                                                                                                       \
    static void kind##_description(struct query_call *call, struct query_object object, struct query_value *value)          \
    {                                                                                                                       \
        (void)call;                                                                                                         \
        give_text(value, ((const struct structure *)object.at)->description);                                               \
    }
#define DEPRECABLE(kind, structure)                                                                                         \
    static void kind##_is_deprecated(struct query_call *call, struct query_object object, struct query_value *value)        \
    {                                                                                                                       \
        (void)call;                                                                                                         \
        give_boolean(value, ((const struct structure *)object.at)->deprecation.is_deprecated);                              \
    }                                                                                                                       \
    static void kind##_deprecation_reason(struct query_call *call, struct query_object object, struct query_value *value)   \
    {                                                                                                                       \
        (void)call;                                                                                                         \
        const struct schema_deprecation *deprecation = &((const struct structure *)object.at)->deprecation;                 \
        give_text(value, deprecation->is_deprecated ? deprecation->reason : STR_NONE);                                      \
    }

DESCRIBED(field, schema_field)
DEPRECABLE(field, schema_field)
DESCRIBED(input, schema_input)
DEPRECABLE(input, schema_input)
DESCRIBED(enum_value, schema_enum_value)
DEPRECABLE(enum_value, schema_enum_value)
DESCRIBED(directive, schema_directive)

static void field_args(struct query_call *call, struct query_object object, struct query_value *value)
{
    const struct schema_field *field = object.at;
    give_inputs(call, &field->arguments, value);
}

static void field_type(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)call;
    const struct schema_field *field = object.at;
    give_ref(value, field->type);
}

static void input_type(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)call;
    const struct schema_input *input = object.at;
    give_ref(value, input->type);
}

static void input_default_value(struct query_call *call, struct query_object object, struct query_value *value)
{
    const struct schema_input *input = object.at;
    if (input->default_value == NULL) {
        return;
    }
    struct buffer text;
    struct str copy = STR_NONE;
    buffer_init(&text, LIMIT_QUERY_SCHEMA_BYTES);
    ast_value_print(input->default_value, &text);
    if (buffer_failed(&text) || !arena_copy(query_arena(call), buffer_str(&text), &copy)) {
        query_fail(call, "UNAVAILABLE", "The server is out of memory; try again later.");
    }
    buffer_release(&text);
    give_text(value, copy);
}

static void directive_is_repeatable(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)call;
    const struct schema_directive *directive = object.at;
    give_boolean(value, directive->is_repeatable);
}

static void location_item(struct query_call *call, const void *at, size_t index, struct query_value *value)
{
    (void)call;
    const struct schema_directive *directive = at;
    for (uint32_t bit = 0; bit < LOCATION_COUNT; bit++) {
        if ((directive->locations >> bit & 1) != 0 && index-- == 0) {
            give_text(value, str_from(schema_location_name((enum schema_location)bit)));
            return;
        }
    }
}

static void directive_locations(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)call;
    const struct schema_directive *directive = object.at;
    value->kind = QUERY_LIST;
    value->list = (struct query_list){(size_t)__builtin_popcount(directive->locations), directive, location_item};
}

static void directive_args(struct query_call *call, struct query_object object, struct query_value *value)
{
    const struct schema_directive *directive = object.at;
    give_inputs(call, &directive->arguments, value);
}

/* ---- binding ---- */

static const struct query_binding bindings[] = {
    {"__Schema", "description", schema_description, 0},
    {"__Schema", "types", schema_types, 0},
    {"__Schema", "queryType", schema_query_type, 0},
    {"__Schema", "mutationType", schema_mutation_type, 0},
    {"__Schema", "subscriptionType", schema_subscription_type, 0},
    {"__Schema", "directives", schema_directives, 0},
    {"__Type", "kind", type_kind, 0},
    {"__Type", "name", type_name, 0},
    {"__Type", "description", type_description, 0},
    {"__Type", "specifiedByURL", type_specified_by, 0},
    {"__Type", "fields", type_fields, 0},
    {"__Type", "interfaces", type_interfaces, 0},
    {"__Type", "possibleTypes", type_possible_types, 0},
    {"__Type", "enumValues", type_enum_values, 0},
    {"__Type", "inputFields", type_input_fields, 0},
    {"__Type", "ofType", type_of_type, 0},
    {"__Type", "isOneOf", type_is_one_of, 0},
    {"__Field", "name", field_name, 0},
    {"__Field", "description", field_description, 0},
    {"__Field", "args", field_args, 0},
    {"__Field", "type", field_type, 0},
    {"__Field", "isDeprecated", field_is_deprecated, 0},
    {"__Field", "deprecationReason", field_deprecation_reason, 0},
    {"__InputValue", "name", input_name, 0},
    {"__InputValue", "description", input_description, 0},
    {"__InputValue", "type", input_type, 0},
    {"__InputValue", "defaultValue", input_default_value, 0},
    {"__InputValue", "isDeprecated", input_is_deprecated, 0},
    {"__InputValue", "deprecationReason", input_deprecation_reason, 0},
    {"__EnumValue", "name", enum_value_name, 0},
    {"__EnumValue", "description", enum_value_description, 0},
    {"__EnumValue", "isDeprecated", enum_value_is_deprecated, 0},
    {"__EnumValue", "deprecationReason", enum_value_deprecation_reason, 0},
    {"__Directive", "name", directive_name, 0},
    {"__Directive", "description", directive_description, 0},
    {"__Directive", "isRepeatable", directive_is_repeatable, 0},
    {"__Directive", "locations", directive_locations, 0},
    {"__Directive", "args", directive_args, 0},
};

query_resolve *introspect_resolver(const struct schema_type *parent, const struct schema_field *field)
{
    if (str_is(field->name, "__schema")) {
        return query_schema_field;
    }
    if (str_is(field->name, "__type")) {
        return query_type_field;
    }
    for (size_t i = 0; i < sizeof bindings / sizeof bindings[0]; i++) {
        if (str_is(parent->name, bindings[i].type) && str_is(field->name, bindings[i].field)) {
            return bindings[i].resolve;
        }
    }
    return NULL;
}
