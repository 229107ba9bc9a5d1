/* language.h: from text to document, and whether the document may be asked of the schema. Private to src/query. */
#ifndef TRIMODAL_QUERY_LANGUAGE_H
#define TRIMODAL_QUERY_LANGUAGE_H

#include "query/fault.h"
#include "query/schema.h"

/* Parses a document (executable or of a type system; both in one are parsed too, which validation refuses). The source must
 * live as long as the document. NULL after a fault, or without memory (faults->out_of_memory). */
struct ast_document *ast_parse(struct str source, uint32_t tokens_max, struct arena *arena, struct query_faults *faults);

struct validate_options {
    uint32_t depth_max, aliases_max, fields_max;
    bool introspection; /* __schema and __type may be asked */
    bool hints;         /* messages may suggest names of the schema */
};
/* All rules of section 5 of the specification and the limits, over the whole document. Faults tell; none: it holds. The time is
 * bounded by the limits, whatever the document (fragments that spread each other exponentially, overlapping fields). */
void validate_document(const struct query_schema *schema, const struct ast_document *document,
                       const struct validate_options *options, struct query_faults *faults);

/* A constant or variable-free value as GraphQL text, for introspection's defaultValue. */
void ast_value_print(const struct ast_value *value, struct buffer *buffer);

#endif
