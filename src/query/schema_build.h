/* schema_build.h: the steps that make a schema of its SDL. Private to schema*.c.
 *
 * Each step may rely on what the steps before it have found to hold; after a fault no further step is taken.
 */
#ifndef TRIMODAL_QUERY_SCHEMA_BUILD_H
#define TRIMODAL_QUERY_SCHEMA_BUILD_H

#include "query/ast_schema.h"
#include "query/fault.h"
#include "query/schema.h"

#define SCHEMA_INVALID "SCHEMA_INVALID"
#define SCHEMA_BUILTIN_PIECES 2

struct schema_builder {
    struct query_schema *schema;
    struct query_faults *faults;
    struct ast_document *documents[SCHEMA_BUILTIN_PIECES + 1]; /* the SDL that was given is the last */
    struct ast_document *document;                             /* that one */
    const struct ast_definition **type_sources;      /* by schema_type.number */
    const struct ast_definition **directive_sources; /* as schema->directives */
    const struct ast_definition *root_source;        /* schema {…}; or NULL */
};

extern const char *const schema_builtin_sdl[SCHEMA_BUILTIN_PIECES];

/* What extensions add goes to the ends of the lists of what they extend. */
void schema_extend(struct schema_builder *builder);
/* Types, fields, directives, with all references resolved and all names unique. */
void schema_build(struct schema_builder *builder);
/* Section 3 of the specification, as far as it is not a question of names. */
void schema_check(struct schema_builder *builder);
void schema_check_interfaces(struct schema_builder *builder, const struct schema_type *type);
/* Directives where they are applied, and default values: by the rules that documents are held to. */
void schema_apply(struct schema_builder *builder);
void schema_check_descriptions(struct schema_builder *builder);
void schema_bind(struct schema_builder *builder, const struct query_binding *bindings, size_t count, bool all);

void *schema_builder_new(struct schema_builder *builder, size_t count, size_t size); /* zeroed; NULL: out_of_memory is set */
static inline bool schema_is_builtin(struct str name)
{
    return name.length >= 2 && name.at[0] == '_' && name.at[1] == '_';
}

#endif
