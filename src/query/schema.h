/* schema.h: the type system, ready for look-ups. Private to src/query.
 *
 * Made once by query_schema_new() (schema.c) from SDL, then constant. Everything lives in the schema's arena. Names are
 * found by binary search (types, fields, arguments, enum values are sorted for look-up; `order` keeps the order of the
 * source for introspection).
 */
#ifndef TRIMODAL_QUERY_SCHEMA_H
#define TRIMODAL_QUERY_SCHEMA_H

#include "query/ast.h"
#include "query/query.h"

enum schema_kind { SCHEMA_SCALAR, SCHEMA_OBJECT, SCHEMA_INTERFACE, SCHEMA_UNION, SCHEMA_ENUM, SCHEMA_INPUT };
enum schema_scalar { SCALAR_INT, SCALAR_FLOAT, SCALAR_STRING, SCALAR_BOOLEAN, SCALAR_ID, SCALAR_DATE_TIME, SCALAR_JSON, SCALAR_LONG };

struct schema_type;

/* A use of a type: String, [String!]!, … Equal uses need not be the same object. */
enum schema_ref_kind { REF_NAMED, REF_LIST, REF_NON_NULL };
struct schema_ref {
    enum schema_ref_kind kind;
    const struct schema_type *named; /* the innermost type, whatever the kind */
    const struct schema_ref *of;     /* of lists and non-nulls */
};

struct schema_deprecation {
    bool is_deprecated;
    struct str reason;
};

/* An argument or an input field. */
struct schema_input {
    struct str name, description;
    const struct schema_ref *type;
    const struct ast_value *default_value; /* constant and valid for its type; NULL without */
    struct schema_deprecation deprecation;
};

struct schema_inputs {
    uint32_t count;
    struct schema_input *items; /* in the order of the source */
    uint32_t *by_name;          /* indexes into items */
};

struct schema_field {
    struct str name, description;
    const struct schema_ref *type;
    struct schema_inputs arguments;
    struct schema_deprecation deprecation;
    query_resolve *resolve; /* NULL on interfaces, the subscription type, introspection types and meta fields */
    uint32_t permission;
};

struct schema_enum_value {
    struct str name, description;
    struct schema_deprecation deprecation;
};

struct schema_type {
    enum schema_kind kind;
    enum schema_scalar scalar;       /* of scalars */
    uint32_t number;                 /* index into schema->types */
    struct str name, description;
    struct str specified_by;         /* of scalars; absent without */
    bool is_one_of;                  /* of input objects */
    uint32_t field_count;            /* objects, interfaces */
    struct schema_field *fields;
    uint32_t *fields_by_name;
    uint32_t interface_count;        /* objects, interfaces: all they implement */
    const struct schema_type **interfaces;
    uint32_t possible_count;         /* unions, interfaces: the object types they may be; of an object itself */
    const struct schema_type **possible;
    uint32_t value_count;            /* enums */
    struct schema_enum_value *values;
    uint32_t *values_by_name;
    struct schema_inputs inputs;     /* input objects */
};

/* Bits of the places where a directive may stand. */
enum schema_location {
    LOCATION_QUERY, LOCATION_MUTATION, LOCATION_SUBSCRIPTION, LOCATION_FIELD, LOCATION_FRAGMENT_DEFINITION,
    LOCATION_FRAGMENT_SPREAD, LOCATION_INLINE_FRAGMENT, LOCATION_VARIABLE_DEFINITION, LOCATION_SCHEMA, LOCATION_SCALAR,
    LOCATION_OBJECT, LOCATION_FIELD_DEFINITION, LOCATION_ARGUMENT_DEFINITION, LOCATION_INTERFACE, LOCATION_UNION,
    LOCATION_ENUM, LOCATION_ENUM_VALUE, LOCATION_INPUT_OBJECT, LOCATION_INPUT_FIELD_DEFINITION, LOCATION_COUNT
};
const char *schema_location_name(enum schema_location location); /* "FIELD_DEFINITION", … */
bool schema_location_find(struct str name, enum schema_location *location);

struct schema_directive {
    struct str name, description;
    uint32_t locations; /* bits 1 << enum schema_location */
    bool is_repeatable;
    struct schema_inputs arguments;
};

struct query_schema {
    struct arena arena;
    struct str sdl, description;
    uint32_t type_count;
    struct schema_type *types; /* sorted by name; the introspection types are among them */
    const struct schema_type *query, *mutation, *subscription; /* the latter two may be NULL */
    const struct schema_type *meta; /* its fields are __schema, __type and __typename; not one of `types` */
    uint32_t directive_count;
    struct schema_directive *directives; /* @skip, @include, @deprecated, @specifiedBy, @oneOf, and declared ones */
};

/* What query_schema_new() asks of its SDL beyond the specification; tests of the language can do without. */
struct schema_demands {
    bool descriptions; /* everything has one */
    bool bindings;     /* fields of objects have a resolver */
};
enum status schema_new(struct query_schema **schema, struct str sdl, const struct query_binding *bindings, size_t count,
                       const struct schema_demands *demands, struct error *error) must_check;

const struct schema_type *schema_type_find(const struct query_schema *schema, struct str name);        /* or NULL */
const struct schema_field *schema_field_find(const struct schema_type *type, struct str name);         /* or NULL */
/* As a selection on the type sees it: __typename on every composite type, __schema and __type on the query type. Or NULL. */
const struct schema_field *schema_selected_field(const struct query_schema *schema, const struct schema_type *parent,
                                                 struct str name);
const struct schema_input *schema_input_find(const struct schema_inputs *inputs, struct str name);     /* or NULL */
const struct schema_enum_value *schema_enum_value_find(const struct schema_type *type, struct str name); /* or NULL */
const struct schema_directive *schema_directive_find(const struct query_schema *schema, struct str name); /* or NULL */
bool schema_type_is_leaf(const struct schema_type *type);      /* scalars, enums */
bool schema_type_is_composite(const struct schema_type *type); /* objects, interfaces, unions */
bool schema_type_is_input(const struct schema_type *type);
bool schema_type_is_possible(const struct schema_type *abstract, const struct schema_type *object);
/* Every value of `narrow` is one of `wide`. */
bool schema_ref_is_subtype(const struct schema_ref *narrow, const struct schema_ref *wide);
bool schema_ref_equal(const struct schema_ref *a, const struct schema_ref *b);
bool schema_input_is_required(const struct schema_input *input); /* non-null and without default */
/* "[String!]!" into the buffer. */
void schema_ref_print(const struct schema_ref *ref, struct buffer *buffer);

#endif
