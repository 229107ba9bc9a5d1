/* plan.h: a request text, ready to be run any number of times. Private to src/query.
 *
 * A plan holds the document, checked, and what running it needs again and again, worked out once:
 *
 *   set        the field nodes that stand for one response position, with what is asked below them. Two positions with
 *              the same nodes share a set, so that nested abstract types do not multiply.
 *   selection  a set seen with one object type: its fields in the order of the answer (CollectFields, section 6.3.2).
 *              Made when an object of that type is met for the first time: what is never met costs nothing, and the
 *              plan's arena has a maximum.
 *   condition  what @skip and @include with variables ask for, along the way down to a field node: a chain of "this
 *              variable is that". Condition 0 always holds. Their values belong to the run.
 *
 * A response key whose nodes have different conditions stands in the selection once for each place it may be at; the guards
 * of these entries exclude each other, so that the order of keys is the specification's whatever the variables are.
 *
 * Thread: one at a time. A plan grows while it is run; what is in it does not change any more.
 */
#ifndef TRIMODAL_QUERY_PLAN_H
#define TRIMODAL_QUERY_PLAN_H

#include "query/coerce.h"
#include "query/language.h"

#define PLAN_SET_BUCKETS 64
#define PLAN_MEMOS_MAX 16

struct plan_node {
    const struct ast_selection *field;
    uint32_t condition;
};

struct plan_condition {
    uint32_t before; /* must hold as well; less than its own number */
    uint32_t variable;
    bool wanted;
};

enum plan_shape { PLAN_LEAF, PLAN_OBJECT, PLAN_ABSTRACT, PLAN_LIST };

struct plan_set;
struct plan_field {
    struct str key;      /* ,"name": as it stands in the answer */
    struct str constant; /* of __typename: the value as it stands in the answer; absent for others */
    struct str name;     /* of the response */
    query_resolve *resolve;
    uint32_t permission;
    enum plan_shape shape;       /* of the field's type, where that is non-null: of what is inside */
    enum plan_shape named_shape; /* of the innermost type */
    bool is_required;            /* non-null */
    bool has_variables;          /* in its arguments */
    uint32_t slot;               /* of the run, for arguments with variables */
    const struct schema_type *named, *parent;
    const struct schema_ref *type; /* the list or named type, without the outermost non-null */
    const struct schema_field *field;
    const struct query_input *const *arguments; /* by position in field->arguments; NULL with variables, and when `fault` */
    struct str fault;                           /* why the arguments, although constant, have no value; absent otherwise */
    uint32_t node_count;
    const struct plan_node *nodes; /* those that may be in at once have the same arguments (validation) */
    struct plan_set *set;          /* NULL for leaves */
};

/* There when the last condition of its guard holds and none of those before it; always without a guard. */
struct plan_entry {
    const struct plan_field *field;
    const uint32_t *guard;
    uint32_t guard_count;
};

struct plan_selection {
    struct plan_selection *next;
    const struct schema_type *type;
    uint32_t count;
    struct plan_entry entries[];
};

/* What a resolver called a type, by address: literals have one. */
struct plan_memo {
    const char *name;
    const struct schema_type *abstract;
    const struct plan_selection *selection;
};

struct plan_set {
    struct plan_set *next; /* in its bucket */
    uint64_t hash;
    uint32_t node_count;
    const struct plan_node *nodes;
    struct plan_selection *selections; /* by type, as far as made */
    uint32_t memo_count;
    struct plan_memo memos[PLAN_MEMOS_MAX];
};

struct query_plan {
    uint32_t references;
    uint8_t hash[QUERY_HASH_SIZE];
    struct query_cache *cache;
    const struct query_schema *schema;
    struct query_limits limits;
    struct arena arena;
    struct arena *scratch; /* the cache's; for the time of one call */
    struct str text;
    const struct ast_document *document;
    const struct ast_operation *operation;
    const struct schema_type *root_type;
    uint32_t variable_count;
    struct coerce_variable *variables;
    uint32_t condition_count;
    size_t condition_capacity;
    struct plan_condition *conditions; /* on the heap; by number */
    uint32_t slot_count;
    struct plan_set *sets[PLAN_SET_BUCKETS];
    struct plan_set *root_set;
    const struct plan_selection *root;
    size_t answer_bytes; /* of the run before */
    /* the cache's */
    struct query_plan *bucket_next, *newer, *older;
    size_t counted_bytes;
    bool is_kept;
};

/* Parses, checks, and picks the operation, with no reference held yet but the caller's. STATUS_INVALID: the faults tell why
 * (they live in the scratch arena). */
enum status plan_new(struct query_plan **plan, struct query_cache *cache, const struct query_schema *schema,
                     const struct query_limits *limits, struct arena *scratch, const struct query_request *request,
                     struct query_faults *faults, struct error *error) must_check;

void plan_free(struct query_plan *plan);

/* The set's fields for objects of this type. NULL without memory, or past the plan's maximum. */
const struct plan_selection *plan_select(struct query_plan *plan, struct plan_set *set, const struct schema_type *type);
/* Likewise, for an object whose resolver named its type. *possible is false when it can't be one of `abstract`. */
const struct plan_selection *plan_select_named(struct query_plan *plan, struct plan_set *set,
                                               const struct schema_type *abstract, const char *name, bool *possible);

/* Takes the directives' @skip and @include into *condition. *in is false where that can never hold; false without memory. */
bool plan_condition_add(struct query_plan *plan, const struct ast_directive *directives, uint32_t *condition,
                        bool *in) must_check;

/* The resolver of an introspection type's field, or of __schema and __type (introspect.c). */
query_resolve *introspect_resolver(const struct schema_type *parent, const struct schema_field *field);

#endif
