/* validate.h: what the rules share. Private to validate*.c.
 *
 * One walk over the document (validate_selections.c, validate_values.c) answers all questions about a place, and notes for
 * each definition what it spreads, which variables it uses and how large it is. From these notes come the rules about
 * whole operations: cycles, unused fragments, limits (validate_fragments.c) and variables (validate_variables.c). Whether
 * fields can be merged is asked last, of documents that hold in all else (validate_merge.c).
 *
 * No rule follows fragments by recursion, so that a chain of them can't exhaust the stack; and whatever grows faster than
 * the document pays with steps, of which there are LIMIT_QUERY_CHECK_STEPS.
 */
#ifndef TRIMODAL_QUERY_VALIDATE_H
#define TRIMODAL_QUERY_VALIDATE_H

#include "query/language.h"
#include "query/name_table.h"

#define INVALID "GRAPHQL_VALIDATION_FAILED"
#define TOO_COMPLEX "QUERY_TOO_COMPLEX"

struct definition_use;

struct spread_use {
    struct spread_use *next;
    const struct ast_selection *selection;
    struct definition_use *target;
    uint32_t depth; /* fields around it in its definition */
};

struct variable_use {
    struct variable_use *next;
    const struct ast_value *value;
    const struct schema_ref *type; /* what the place expects; NULL where it is unknown, or takes anything */
    bool has_default;              /* the place has one */
    bool is_one_of;                /* a field of a @oneOf input object, where null is nothing to give */
};

/* An operation or a fragment. */
struct definition_use {
    const struct ast_operation *operation; /* the one or the other */
    const struct ast_fragment *fragment;
    struct spread_use *spreads, **spreads_tail;
    struct variable_use *variables, **variables_tail;
    uint32_t fields, aliases, depth; /* after validate_fragments() with fragments followed, no more than UINT32_MAX */
    uint32_t number;                 /* of a fragment */
    uint32_t seen_by;                /* the walk over operations that came here last */
    uint32_t path;                   /* while cycles are searched: 1 + how many spreads lead here */
    bool is_done, is_reached;
};

struct validation {
    const struct query_schema *schema;
    const struct ast_document *document;
    const struct validate_options *options;
    struct query_faults *faults;
    struct arena arena; /* for the time of validation */
    uint64_t steps_left;
    struct definition_use *operations, *fragments; /* as many as the document has */
    struct name_table fragments_by_name;           /* definition_use */
    struct name_table scratch;                     /* begun where a list is looked at, and not needed after */
    struct definition_use **stack;                 /* room for an operation and all fragments */
    struct definition_use *current;
    bool is_cyclic, is_exhausted;
};

/* Of a document, or of the SDL of the schema (document and options may be NULL then). Init cannot fail. */
void validation_init(struct validation *v, const struct query_schema *schema, struct query_faults *faults);
void validation_release(struct validation *v);
void *validation_new(struct validation *v, size_t count, size_t size); /* zeroed; NULL: out_of_memory is set */
/* False when all steps are spent; a fault says so. */
bool validation_spend(struct validation *v, uint64_t steps);
struct definition_use *validation_fragment(const struct validation *v, struct str name); /* or NULL */

/* Fields, fragments and what hangs on them, below a type that may be unknown (NULL). */
void validate_selections(struct validation *v, const struct ast_selection *first, const struct schema_type *parent, uint32_t depth);
/* The type a fragment applies to; NULL after a fault. */
const struct schema_type *validate_condition(struct validation *v, struct str name, struct ast_place place);

void validate_directives(struct validation *v, const struct ast_directive *first, enum schema_location location);
/* `known` is NULL where field or directive are unknown. `owner` says whose they are, for messages. */
void validate_arguments(struct validation *v, const struct ast_argument *first, const struct schema_inputs *known,
                        struct ast_place place, const char *kind, struct str owner);
/* `expected`: as in variable_use; its value is not looked at. */
void validate_value(struct validation *v, const struct ast_value *value, const struct variable_use *expected);

void validate_variable_definitions(struct validation *v, const struct ast_operation *operation);
void validate_variable_uses(struct validation *v, struct definition_use *operation, uint32_t walk);
void validate_fragments(struct validation *v);
void validate_subscription(struct validation *v, const struct ast_operation *operation);
void validate_merge(struct validation *v);
const struct schema_type *validation_root(const struct validation *v, enum ast_operation_kind kind); /* or NULL */

/* " Did you mean …?" for a message, or nothing. */
#define HINT_SIZE 160
struct hint {
    struct str wanted, best;
    size_t distance;
    char text[HINT_SIZE];
};
/* Offers are of no use where nobody may see the hint. */
bool hint_begin(const struct validation *v, struct hint *hint, struct str wanted);
void hint_offer(struct hint *hint, struct str name);
const char *hint_end(struct hint *hint);

#endif
