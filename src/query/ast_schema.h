/* ast_schema.h: the definitions of a type system as they were written (section 3 of the specification). Private to src/query.
 *
 * One struct serves all kinds of definitions, and their extensions: what a kind does not have is empty.
 */
#ifndef TRIMODAL_QUERY_AST_SCHEMA_H
#define TRIMODAL_QUERY_AST_SCHEMA_H

#include "query/ast.h"

/* An interface, a member of a union, a directive's location. */
struct ast_name {
    struct ast_name *next;
    struct str name;
    struct ast_place place;
};

/* An argument or an input field. */
struct ast_input {
    struct ast_input *next;
    struct str description; /* absent without; so in all of these */
    struct str name;
    struct ast_place place; /* of the name; so in all of these */
    struct ast_type *type;
    struct ast_value *default_value; /* NULL without */
    struct ast_directive *directives;
};

struct ast_field_definition {
    struct ast_field_definition *next;
    struct str description, name;
    struct ast_place place;
    struct ast_input *arguments;
    struct ast_type *type;
    struct ast_directive *directives;
};

struct ast_enum_value {
    struct ast_enum_value *next;
    struct str description, name;
    struct ast_place place;
    struct ast_directive *directives;
};

/* query: Q, in a schema definition. */
struct ast_root {
    struct ast_root *next;
    enum ast_operation_kind operation;
    struct ast_place place;
    struct str type;
    struct ast_place type_place;
};

enum ast_definition_kind {
    AST_DEFINE_SCALAR,
    AST_DEFINE_OBJECT,
    AST_DEFINE_INTERFACE,
    AST_DEFINE_UNION,
    AST_DEFINE_ENUM,
    AST_DEFINE_INPUT,
    AST_DEFINE_SCHEMA,
    AST_DEFINE_DIRECTIVE,
};

struct ast_definition {
    struct ast_definition *next;
    enum ast_definition_kind kind;
    bool is_extension;
    struct ast_place place;
    struct str description, name; /* a schema has no name */
    struct ast_place name_place;
    struct ast_directive *directives;
    struct ast_name *names; /* interfaces of objects and interfaces, members of unions, locations of directives */
    struct ast_field_definition *fields;
    struct ast_input *inputs; /* input fields; arguments of directives */
    struct ast_enum_value *values;
    struct ast_root *roots;
    bool is_repeatable;
};

#endif
