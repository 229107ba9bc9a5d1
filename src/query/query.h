/* query.h: GraphQL, as far as it knows nothing of what is asked about.
 *
 * A schema is one SDL text, bound to a table of resolvers. A request text becomes a plan (parsed, validated against the
 * schema, its fields merged and bound), which is kept and found again by its hash. A run executes a plan once and writes
 * the answer straight into a buffer: no tree of values is ever built, and where null must rise, the buffer is cut back to
 * where the nullable parent began. GraphQL, October 2021 (spec.graphql.org/October2021), with @oneOf and @deprecated on
 * arguments and input fields as accepted since.
 *
 * Ownership: a schema outlives its cache, a cache outlives its plans, a plan is counted by reference and outlives its runs.
 * Thread: one thread at a time, the core thread; no global state.
 */
#ifndef TRIMODAL_QUERY_QUERY_H
#define TRIMODAL_QUERY_QUERY_H

#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/status.h"
#include "base/str.h"

struct query_schema;
struct query_cache;
struct query_plan;
struct query_run;
struct query_call;

/* ---- what resolvers hand out ------------------------------------------------------------------------------------- */

enum query_kind {
    QUERY_NULL,
    QUERY_BOOLEAN,
    QUERY_INTEGER, /* Int (checked to be 32 bits), Long, Float, DateTime (ms since 1970, written as RFC 3339) */
    QUERY_REAL,    /* Float; not finite ones are an error */
    QUERY_TEXT,    /* String, ID, enum values by name, DateTime that is text already */
    QUERY_JSON,    /* scalar JSON only: one value, written as it is */
    QUERY_OBJECT,
    QUERY_LIST,
};

/* One object, as its resolvers know it: usually a pointer to what all objects of its kind share and a number. `type` is
 * needed where the field's type is an interface or a union: the name of the object's own type, a literal. */
struct query_object {
    const void *at;
    uint64_t number;
    const char *type;
};

struct query_value;
/* Gives item `index` of a list; called once for each, in order. */
typedef void query_item(struct query_call *call, const void *at, size_t index, struct query_value *value);

struct query_list {
    size_t count;
    const void *at;
    query_item *item;
};

struct query_value {
    enum query_kind kind;
    union {
        bool boolean;
        int64_t integer;
        double real;
        struct str text; /* must live until the resolver's caller has returned; the run's arena will do. absent: null */
        struct query_object object;
        struct query_list list;
    };
};

/* ---- what comes in ------------------------------------------------------------------------------------------------ */

enum query_input_kind {
    QUERY_INPUT_ABSENT, /* not given, and without default */
    QUERY_INPUT_NULL,
    QUERY_INPUT_BOOLEAN,
    QUERY_INPUT_INTEGER, /* Int, Long; DateTime is ms since 1970 */
    QUERY_INPUT_REAL,
    QUERY_INPUT_TEXT,    /* String, ID, enum values */
    QUERY_INPUT_JSON,    /* scalar JSON: its text, in `text` */
    QUERY_INPUT_LIST,    /* items are chained by `next` */
    QUERY_INPUT_OBJECT,  /* fields are chained by `next`, each with its name */
};

/* A coerced input value. Lives as long as its run. */
struct query_input {
    enum query_input_kind kind;
    struct str name;
    bool boolean;
    int64_t integer;
    double real;
    struct str text;
    const struct query_input *first, *next;
    size_t count; /* of items or fields */
};

/* ---- binding ------------------------------------------------------------------------------------------------------- */

/* Answers one field of one object. Leaves QUERY_NULL in *value, or fills it, or calls query_fail, or query_defer. */
typedef void query_resolve(struct query_call *call, struct query_object object, struct query_value *value);

struct query_binding {
    const char *type, *field;
    query_resolve *resolve; /* NULL for the fields of the subscription type only */
    uint32_t permission;    /* handed to query_run_options.may before the field is resolved; 0: no question */
};

/* Parses and checks the SDL and binds it. STATUS_INVALID names the place and what is wrong: SDL that does not hold
 * (section 3 of the specification), a type, field, argument, enum value or input field without description, a field
 * without resolver, a binding without field. Scalars known: the five of the specification, DateTime, JSON, Long. */
enum status query_schema_new(struct query_schema **schema, struct str sdl, const struct query_binding *bindings, size_t count,
                             struct error *error) must_check;
void query_schema_free(struct query_schema *schema);
struct str query_schema_sdl(const struct query_schema *schema); /* as it was given */

/* ---- inside a resolver --------------------------------------------------------------------------------------------- */

void *query_context(struct query_call *call);       /* of the run */
struct arena *query_arena(struct query_call *call); /* of the run; everything in it lives until the run is freed */
/* The argument's coerced value; asking for one that the schema does not have is a bug. Never NULL. */
const struct query_input *query_argument(struct query_call *call, const char *name);
const struct query_input *query_input_field(const struct query_input *object, const char *name); /* never NULL */
/* True when the selection below this field asks for the field (directly or in a fragment that applies to `type`): lets a
 * resolver leave out work nobody will see. */
bool query_selects(struct query_call *call, const char *field);

/* The field becomes null (or its nearest nullable parent) and an error is listed, with path, place and
 * extensions.code, e.g. "NOT_FOUND", "BAD_USER_INPUT", "FORBIDDEN", "UNAVAILABLE", "INTERNAL". `code` is a literal. */
void query_fail(struct query_call *call, const char *code, const char *format, ...) printf_like(3, 4);
void query_fail_error(struct query_call *call, const struct error *error); /* code by the error's class */

/* For resolvers that take long, between two pieces of their work: lets others in where the run's slice is used up. What the
 * resolver holds meanwhile must be its own, or stay as it is (docs/decisions/0010). False: the run is over (time, cancelled);
 * the call has failed, and the resolver releases what it holds and returns. Costs a look at the clock. */
bool query_breathe(struct query_call *call) must_check;

/* Only in a field of the mutation type: the answer comes later. Exactly one of fulfil and reject must follow for each, on
 * the core thread, maybe before the resolver returns, also when the run has been freed in between (then it does nothing
 * but free the promise). `on_ready` of the run is called once it may go on. */
struct query_promise;
struct query_promise *query_defer(struct query_call *call) must_check; /* NULL without memory (the call has failed then) */
/* What `value` refers to must live until the call returns, and, for objects and lists, until the run is freed. */
void query_fulfil(struct query_promise *promise, const struct query_value *value);
void query_reject(struct query_promise *promise, const char *code, const char *format, ...) printf_like(3, 4);

/* ---- plans --------------------------------------------------------------------------------------------------------- */

enum query_operation { QUERY_QUERY, QUERY_MUTATION, QUERY_SUBSCRIPTION };

struct query_limits {
    uint32_t tokens_max;        /* of the document */
    uint32_t depth_max;         /* of selections, fragments followed */
    uint32_t aliases_max;       /* fields with an alias, fragments followed */
    uint32_t fields_max;        /* in the plan, fragments followed */
    uint64_t objects_max;       /* handed out in one run, before the run stops with an error */
    uint64_t answer_bytes_max;
    uint32_t time_ms_max;       /* of one run, its waiting not counted */
    uint32_t errors_max;        /* listed; the others are counted */
};
struct query_limits query_limits_default(void); /* from base/limits.h */

struct query_cache_options {
    const struct query_schema *schema;
    struct query_limits limits;
    size_t plans_max;  /* kept at once; the one used longest ago goes */
    size_t bytes_max;  /* of kept plans */
};
enum status query_cache_new(struct query_cache **cache, const struct query_cache_options *options, struct error *error)
    must_check;
void query_cache_free(struct query_cache *cache);

struct query_request {
    struct str text;           /* UTF-8; absent when only the hash is given */
    struct str sha256_hex;     /* of an automatic persisted query (extensions.persistedQuery.sha256Hash); or absent */
    struct str operation_name; /* absent: the only operation */
    bool introspection;        /* may __schema and __type be asked */
    bool hints;                /* may messages suggest names of the schema ("did you mean") */
};

/* *plan holds one reference on STATUS_OK. STATUS_INVALID: *answer gets the whole response text {"errors":[…]} (in the
 * buffer given, cleared first); that holds for a hash that is not kept (PERSISTED_QUERY_NOT_FOUND), a text that is not its
 * hash, syntax, validation, limits, a missing or unknown operation name. STATUS_FATAL: no memory. */
enum status query_prepare(struct query_cache *cache, const struct query_request *request, struct query_plan **plan,
                          struct buffer *answer, struct error *error) must_check;
struct query_plan *query_plan_reference(struct query_plan *plan);
void query_plan_release(struct query_plan *plan); /* NULL is allowed */
enum query_operation query_plan_operation(const struct query_plan *plan);
/* Identifies text, operation name and introspection right; equal plans have equal hashes. */
#define QUERY_HASH_SIZE 32
const uint8_t *query_plan_hash(const struct query_plan *plan);
/* Adds to the running hash what the plan asks but for one argument of its root fields: plans that add the same differ in a
 * literal there at most (and in blanks and comments). *variable: the name of the variable that gives the argument and nothing
 * else, so that its value makes no difference either; absent otherwise. False without memory. */
struct sha256;
bool query_plan_identify(const struct query_plan *plan, const char *argument, struct sha256 *hash,
                         struct str *variable) must_check;

struct query_cache_statistics {
    uint64_t hits, misses, evictions, refused;
    size_t plans, bytes;
};
void query_cache_statistics(const struct query_cache *cache, struct query_cache_statistics *statistics);

/* ---- runs ---------------------------------------------------------------------------------------------------------- */

/* How long one step goes on. Between two steps anything may happen to what resolvers read: what a resolver or an item gives,
 * and what that refers to, must be of the run, or be held by it. A resolver keeps nothing on its stack across calls, and none
 * is ever left in the middle. */
enum query_pace {
    QUERY_IN_SLICES,   /* LIMIT_QUERY_SLICE_MS, or a little more: until the next look at the clock */
    QUERY_AT_ONCE,     /* in one step, and in LIMIT_QUERY_EVENT_TIME_MS at most: where what is read does not last */
    QUERY_EVERY_FIELD, /* for tests: as little as can be */
};

struct query_run_options {
    struct query_plan *plan;   /* the run takes a reference of its own */
    struct str variables_json; /* an object; absent or "null": none. JSON_READ_PADDING readable bytes behind it */
    void *context;             /* for resolvers */
    const struct clock *clock;
    /* May the one who asks see fields of this permission? NULL: yes. */
    bool (*may)(void *context, uint32_t permission);
    /* What is shown of a value of type String or JSON (`is_json`); valid until it is called again. NULL: all of it. It may not
     * fail; where it can't know, it shows nothing. */
    struct str (*show)(void *context, struct str text, bool is_json);
    /* A deferred field was answered: step again. Not called from inside query_run_step. */
    void (*on_ready)(void *context, struct query_run *run);
    /* Subscriptions: what the root field stands for in this event. */
    const struct query_value *root;
    enum query_pace pace;
};

enum query_progress {
    QUERY_DONE,
    QUERY_AGAIN,   /* the slice is used up: step again, now or after a look at the network */
    QUERY_WAITING, /* for a deferred field; on_ready says when to step again */
};

/* Variables that can't be coerced make a run that is done at once with a request error. */
enum status query_run_new(struct query_run **run, const struct query_run_options *options, struct error *error) must_check;
enum query_progress query_run_step(struct query_run *run);
/* After QUERY_DONE: the whole response {"data":…} / {"errors":…,"data":…}. `data_present` (may be NULL) is false for
 * request errors (no "data" member), which the HTTP binding answers with 4xx. Valid until the run is freed. */
struct str query_run_answer(const struct query_run *run, bool *data_present);
/* Also in the middle, though not from inside query_run_step(): the run is cancelled; deferred fields may come back later
 * without harm. */
void query_run_free(struct query_run *run);

/* Of a subscription whose run has been made (and not stepped): its one root field by name, and a call on which
 * query_argument works. STATUS_INVALID when the run is already done, or is done now because the field may not be seen or its
 * arguments do not hold (the answer says why). */
enum status query_run_root(struct query_run *run, struct str *field, struct query_call **call, struct error *error) must_check;

#endif
