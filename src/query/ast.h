/* ast.h: a GraphQL document as it was written. Private to src/query.
 *
 * All of it lives in one arena, together with the texts that had to be decoded; other texts refer to the source, which
 * must live as long. Lists are chained by `next`, in the order of the source.
 */
#ifndef TRIMODAL_QUERY_AST_H
#define TRIMODAL_QUERY_AST_H

#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

struct ast_place {
    uint32_t line, column; /* from 1; columns count characters (code points) */
};

enum ast_value_kind {
    AST_VARIABLE, /* text: its name */
    AST_INT,      /* text: as written */
    AST_FLOAT,    /* likewise */
    AST_STRING,   /* text: decoded */
    AST_BOOLEAN,  /* text: "true" or "false" */
    AST_NULL,
    AST_ENUM,   /* text: its name */
    AST_LIST,   /* first: items */
    AST_OBJECT, /* first: fields, each with a name */
};

struct ast_value {
    struct ast_value *next;
    enum ast_value_kind kind;
    struct ast_place place;
    struct str name;             /* of an object's field */
    struct ast_place name_place; /* likewise */
    struct str text;
    struct ast_value *first;
};

struct ast_argument {
    struct ast_argument *next;
    struct str name;
    struct ast_place place;
    struct ast_value *value;
};

struct ast_directive {
    struct ast_directive *next;
    struct str name;
    struct ast_place place; /* of the @ */
    struct ast_argument *arguments;
};

enum ast_type_kind { AST_TYPE_NAMED, AST_TYPE_LIST, AST_TYPE_NON_NULL };
struct ast_type {
    enum ast_type_kind kind;
    struct ast_place place;
    struct str name;     /* of a named one */
    struct ast_type *of; /* of the others */
};

enum ast_selection_kind { AST_FIELD, AST_SPREAD, AST_INLINE };
struct ast_selection {
    struct ast_selection *next;
    enum ast_selection_kind kind;
    uint32_t number;                /* from 0, in the order of the document, below its selection_count */
    struct ast_place place;
    struct str alias;               /* absent without */
    struct str name;                /* of the field, or of the fragment that is spread */
    struct ast_place name_place;
    struct str type_condition;      /* of an inline fragment; absent without */
    struct ast_place condition_place;
    struct ast_argument *arguments; /* of a field */
    struct ast_directive *directives;
    struct ast_selection *selections; /* of fields and inline fragments; NULL without */
    struct ast_place selections_place;
};

struct ast_variable {
    struct ast_variable *next;
    struct str name;
    struct ast_place place; /* of the $ */
    struct ast_place name_place;
    struct ast_type *type;
    struct ast_value *default_value; /* NULL without */
    struct ast_directive *directives;
};

enum ast_operation_kind { AST_QUERY, AST_MUTATION, AST_SUBSCRIPTION };
struct ast_operation {
    struct ast_operation *next;
    enum ast_operation_kind kind;
    struct ast_place place;
    struct str name; /* absent without */
    struct ast_place name_place;
    struct ast_variable *variables;
    struct ast_directive *directives;
    struct ast_selection *selections;
};

struct ast_fragment {
    struct ast_fragment *next;
    struct ast_place place;
    struct str name;
    struct ast_place name_place;
    struct str type_condition;
    struct ast_place condition_place;
    struct ast_directive *directives;
    struct ast_selection *selections;
};

struct ast_document {
    struct ast_operation *operations;
    struct ast_fragment *fragments;
    struct ast_definition *definitions; /* of a type system; see ast_schema.h */
    uint32_t operation_count, fragment_count, selection_count;
};

#endif
