/* coerce.h: what came in, as values of the types that are asked for (sections 3.4 to 3.12, 6.1.2 and 6.4.1 of the
 * specification). Private to src/query.
 *
 * Values are made in the arena given. A value is shared freely (a variable stands in many places); where it becomes an item
 * or a field, its head is copied, because the head carries the chain.
 */
#ifndef TRIMODAL_QUERY_COERCE_H
#define TRIMODAL_QUERY_COERCE_H

#include "base/json_read.h"
#include "query/fault.h"
#include "query/schema.h"

struct coerce_variable {
    struct str name;
    struct ast_place place;
    const struct schema_ref *type;
    const struct query_input *default_value; /* NULL without */
};

/* What literals may refer to. `values` is by number of the variable; NULL: not given and without default. */
struct coerce_variables {
    uint32_t count;
    const struct coerce_variable *variables;
    const struct query_input *const *values;
};

extern const struct query_input coerce_absent, coerce_null;

enum coerce_result {
    COERCE_OK,
    COERCE_INVALID, /* *message (when not NULL) says why; it lives in the arena */
    COERCE_NO_MEMORY,
};

/* A literal. COERCE_OK with *input == NULL: it is a variable that was not given. `variables` may be NULL for constants. */
enum coerce_result coerce_literal(const struct ast_value *value, const struct schema_ref *type,
                                  const struct coerce_variables *variables, struct arena *arena,
                                  const struct query_input **input, struct str *message) must_check;
bool coerce_literal_is_constant(const struct ast_value *value);

/* All arguments of a field, by position in `inputs`; given ones are chained in `arguments`. */
enum coerce_result coerce_arguments(const struct schema_inputs *inputs, const struct ast_argument *arguments,
                                    const struct coerce_variables *variables, struct arena *arena,
                                    const struct query_input **values, struct str *message) must_check;

/* Variables of JSON: `values` by number. `json` may be NULL when nothing was given. Faults tell of those that can't be
 * coerced (code BAD_USER_INPUT); faults->out_of_memory. */
void coerce_variables(const struct coerce_variable *variables, uint32_t count, const struct json *json, struct arena *arena,
                      const struct query_input **values, struct query_faults *faults);

/* Scalars and enums, from the two sorts of source. */
enum coerce_result coerce_leaf_literal(const struct ast_value *value, const struct schema_type *type,
                                       const struct coerce_variables *variables, struct arena *arena,
                                       struct query_input *input, struct str *message) must_check;
enum coerce_result coerce_leaf_json(struct json value, const struct schema_type *type, struct arena *arena,
                                    struct query_input *input, struct str *message) must_check;

#endif
