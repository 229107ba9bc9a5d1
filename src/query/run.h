/* run.h: one execution of a plan (section 6 of the specification). Private to src/query.
 *
 * The answer is written as it is found: `out` begins with {"data": and each field adds to it. A value that can't be had
 * makes its position null; where the type forbids that, the function that wrote the position returns RUN_NULL, and each
 * caller cuts `out` back to where its own value began, until one may be null. Errors are gathered in a buffer of their own,
 * ready to be put behind the data. Where a limit is met, the run stops: RUN_STOP goes up all the way, data is null, and the
 * last error names it.
 *
 * Paths are chained on the C stack and looked at only when there is an error. Per field, nothing is allocated or looked up
 * by name.
 *
 * A step goes on a stack of its own (base/fiber.h), which is left in the middle where its slice is used up, in run_look_up()
 * and nowhere else, never below a resolver or an item. A run that is freed there is told to stop and gone on with: RUN_STOP
 * goes up the ordinary way, no resolver is called any more, and its frames end.
 */
#ifndef TRIMODAL_QUERY_RUN_H
#define TRIMODAL_QUERY_RUN_H

#include "query/cache.h"

enum run_outcome {
    RUN_OK,
    RUN_NULL, /* an error is listed (or was before), and the nearest position above that may be null is to become it */
    RUN_STOP,
};

struct run_path {
    const struct run_path *parent;
    const struct plan_field *field; /* NULL: an index */
    size_t index;
};

struct query_call {
    struct query_run *run;
    const struct plan_field *field;
    const struct query_input *const *arguments; /* by position in the schema's field */
    const struct run_path *path;
    bool failed; /* here, and it is listed */
};

struct query_promise {
    struct query_run *run; /* NULL once that is freed */
};

enum run_wait { RUN_WAITS_NOT, RUN_WAITS, RUN_WAS_ANSWERED };

#define RUN_STOP_TEXT_SIZE 256

struct query_run {
    struct query_run_options options; /* `plan` is a reference of its own */
    struct query_plan *plan;
    struct arena arena;
    struct buffer out, errors; /* errors: elements of a JSON array, with commas between */
    uint32_t errors_listed, errors_omitted;
    const struct query_input **variables;         /* by number; NULL: not given */
    uint32_t condition_count, condition_capacity; /* of those looked at */
    bool *conditions;                             /* by number */
    uint32_t slot_capacity;
    const struct query_input *const **slots; /* arguments with variables, once they are coerced; by number */

    uint32_t entry;   /* of the root selection; the next one, or the one that is waited for */
    bool has_entries; /* some are written */
    struct run_path root_path;
    struct query_call root_call;
    enum run_wait wait;
    struct query_promise *promise;
    struct query_value answered;

    struct fiber *fiber;  /* it goes on; NULL between two steps, but where it was left in the middle */
    enum query_progress progress; /* of the step at hand */
    bool may_pause, is_cancelled;
    uint32_t ticks_left, ticks_between, ticks_max; /* fields until it looks up */
    uint32_t time_ms_max;
    uint64_t objects, time_left_ns, deadline_ns, slice_end_ns, looked_up_ns;
    const char *stop_code; /* NULL: goes on */
    char stop_text[RUN_STOP_TEXT_SIZE];
    bool is_stepping, is_done, has_data;
    struct str answer;
};

/* ---- run.c ---- */

/* Ends the run; the first reason stays. */
enum run_outcome run_stop(struct query_run *run, const char *code, const char *format, ...) printf_like(3, 4);
enum run_outcome run_stop_no_memory(struct query_run *run);
/* Looks at the limits that are not met at one place; called now and then. */
enum run_outcome run_check(struct query_run *run) must_check;

/* The same, and lets others in where the slice is used up: the one place where a run is left in the middle. */
enum run_outcome run_look_up(struct query_run *run) must_check;

static inline enum run_outcome run_tick(struct query_run *run)
{
    return --run->ticks_left > 0 ? RUN_OK : run_look_up(run);
}

/* ---- run_field.c ---- */

/* Whether the variables let the entry be there. After it stop_code is to be looked at where it says no. */
bool run_entry_is_in(struct query_run *run, const struct plan_entry *entry);
bool run_condition(struct query_run *run, uint32_t condition);
/* Whether the one who asks may see the field; if not, the call has failed. */
bool run_may(struct query_call *call);
/* Sets call->arguments, or fails the call. */
enum run_outcome run_arguments(struct query_call *call) must_check;
/* Permission, arguments, resolver. What comes of it stands in *value and call->failed. */
enum run_outcome run_resolve(struct query_call *call, struct query_object object, struct query_value *value) must_check;
enum run_outcome run_selection(struct query_run *run, const struct plan_selection *selection, struct query_object object,
                               const struct run_path *path) must_check;
/* A field's value, or null, as its type allows. */
enum run_outcome run_complete(struct query_call *call, const struct schema_ref *type, bool is_required,
                              enum plan_shape shape, const struct query_value *value) must_check;

/* ---- run_leaf.c ---- */

enum run_outcome run_leaf(struct query_call *call, const struct schema_type *type,
                          const struct query_value *value) must_check;

/* ---- run_error.c ---- */

/* Lists an error at the call's path. */
void run_error(struct query_call *call, const char *code, struct str message);
/* One at no place. */
void run_error_nowhere(struct query_run *run, const char *code, struct str message);

/* Appends to `out`. Where there is no room for it, `out` fails, and run_check() sees that. */
static inline void run_put(struct buffer *out, struct str text)
{
    size_t end = out->length + text.length;
    if (end < out->capacity && end <= out->length_max) {
        memcpy(out->bytes + out->length, text.at, text.length);
        out->length = end;
    } else {
        buffer_append_str(out, text);
    }
}

#endif
