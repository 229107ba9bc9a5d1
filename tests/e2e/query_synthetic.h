/* query_synthetic.h: a schema whose every field is answered from a seed, so that another implementation can say what is
 * right.
 *
 * The value of a field follows from a hash of the object's seed, the names of type and field, and the arguments as they were
 * coerced: values of all kinds, nulls, errors, and values that their type does not allow. tests/e2e/graphql_synthetic.mjs
 * answers alike for graphql-js.
 */
#ifndef TRIMODAL_TESTS_QUERY_SYNTHETIC_H
#define TRIMODAL_TESTS_QUERY_SYNTHETIC_H

#include "query/query.h"

extern const char synthetic_sdl[];
enum status synthetic_schema_new(struct query_schema **schema, struct error *error) must_check;

#endif
