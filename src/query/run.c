#include "query/run.h"

#include <assert.h>
#include <stdio.h>

#include "base/limits.h"
#include "base/memory.h"

#define NS_PER_MS UINT64_C(1000000)
#define DATA_BEGIN "{\"data\":"
#define TICKS_MAX 64
#define SLOW_NS UINT64_C(250000) /* between two looks at the clock */
#define ANSWER_END_SPACE 256 /* what stands around data and errors */

/* For a run that has no memory left to say so. */
static const char no_memory_answer[] =
    DATA_BEGIN "null,\"errors\":[{\"message\":\"The server is out of memory; ask for less, or try again later.\","
               "\"extensions\":{\"code\":\"UNAVAILABLE\"}}]}";

/* ---- ends ---- */

enum run_outcome run_stop(struct query_run *run, const char *code, const char *format, ...)
{
    if (run->stop_code == NULL) {
        va_list args;
        va_start(args, format);
        (void)vsnprintf(run->stop_text, sizeof run->stop_text, format, args);
        va_end(args);
        run->stop_code = code;
    }
    return RUN_STOP;
}

enum run_outcome run_stop_no_memory(struct query_run *run)
{
    return run_stop(run, "UNAVAILABLE",
                    "The server is out of memory, or the query takes more of it than it may; ask for less.");
}

static enum run_outcome check_at(struct query_run *run, uint64_t now)
{
    if (run->out.failed && run->out.is_full) {
        return run_stop(run, "LIMIT_EXCEEDED", "The answer is longer than %llu bytes (answer_bytes_max); ask for less.",
                        (unsigned long long)run->plan->limits.answer_bytes_max);
    }
    if (run->out.failed) {
        return run_stop_no_memory(run);
    }
    if (now > run->deadline_ns) {
        return run_stop(run, "LIMIT_EXCEEDED", "The query took longer than %u ms (time_ms_max); ask for less.",
                        (unsigned)run->time_ms_max);
    }
    return run->stop_code != NULL ? RUN_STOP : RUN_OK;
}

enum run_outcome run_check(struct query_run *run)
{
    return check_at(run, clock_monotonic_ns(run->options.clock));
}

static bool is_slice_over(const struct query_run *run, uint64_t now)
{
    return run->options.pace == QUERY_EVERY_FIELD || now > run->slice_end_ns;
}

/* The clock costs as much as a field that is quick to find, and nothing beside one that is not. */
static void set_ticks(struct query_run *run, uint64_t now)
{
    bool is_slow = now - run->looked_up_ns > SLOW_NS;
    uint32_t doubled = run->ticks_between < run->ticks_max ? run->ticks_between * 2 : run->ticks_max;
    run->ticks_between = is_slow ? 1 : doubled;
    run->ticks_left = run->ticks_between;
    run->looked_up_ns = now;
}

enum run_outcome run_look_up(struct query_run *run)
{
    uint64_t now = clock_monotonic_ns(run->options.clock);
    enum run_outcome outcome = check_at(run, now);
    set_ticks(run, now);
    if (outcome != RUN_OK || !run->may_pause || !is_slice_over(run, now)) {
        return outcome;
    }
    run->progress = QUERY_AGAIN;
    fiber_leave(run->fiber);
    return run->is_cancelled ? run_stop(run, "CANCELLED", "The query was cancelled.") : RUN_OK;
}

bool query_breathe(struct query_call *call)
{
    struct query_run *run = call->run;
    if (run_look_up(run) == RUN_OK) {
        return true;
    }
    run->ticks_left = 1; /* no other resolver is called */
    call->failed = true; /* what is listed is why the run is over */
    return false;
}

static void put_end(struct query_run *run)
{
    struct buffer *out = &run->out;
    out->length_max += run->errors.length + ANSWER_END_SPACE;
    if (run->stop_code != NULL) {
        run_error_nowhere(run, run->stop_code, str_from(run->stop_text));
        buffer_clear(out);
        buffer_append_text(out, DATA_BEGIN "null");
        out->length_max += run->errors.length;
    }
    if (run->errors.length > 0) {
        buffer_append_text(out, ",\"errors\":[");
        buffer_append_str(out, buffer_str(&run->errors));
        buffer_append_char(out, ']');
    }
    if (run->errors_omitted > 0) {
        buffer_append_format(out, ",\"extensions\":{\"errorsOmitted\":%u}", (unsigned)run->errors_omitted);
    }
    buffer_append_char(out, '}');
}

/* `data` is null without an error to say why only when there was no memory for the error. */
static enum query_progress end(struct query_run *run, enum run_outcome outcome)
{
    if (outcome == RUN_OK) {
        buffer_append_char(&run->out, '}');
    }
    if (run->out.failed) {
        outcome = run_check(run);
    } else if (outcome == RUN_NULL) {
        buffer_cut(&run->out, sizeof DATA_BEGIN - 1);
        buffer_append_text(&run->out, "null");
    }
    put_end(run);
    run->plan->answer_bytes = run->out.length;
    bool is_whole = !run->out.failed && (outcome == RUN_OK || run->errors.length > 0);
    run->answer = is_whole ? buffer_str(&run->out) : str_from(no_memory_answer);
    run->is_done = true;
    run->has_data = true;
    return QUERY_DONE;
}

/* ---- making ---- */

static bool has_too_many(struct json variables)
{
    uint32_t count = 0;
    for (struct json_iterator i = json_begin(variables); count <= LIMIT_QUERY_VARIABLES && json_next(&i);) {
        count++;
    }
    return count > LIMIT_QUERY_VARIABLES;
}

static bool read_variables(struct query_run *run, struct str text, struct query_faults *faults)
{
    struct query_plan *plan = run->plan;
    const struct ast_place nowhere = {0, 0};
    struct error error;
    struct json json;
    run->variables = arena_new_zeroed(&run->arena, plan->variable_count, sizeof *run->variables);
    if (run->variables == NULL) {
        return false;
    }
    bool given = text.at != NULL && !str_is(text, "null");
    if (given && text.length > LIMIT_QUERY_VARIABLES_BYTES) {
        faults_add(faults, "BAD_USER_INPUT", nowhere, "The variables are longer than %zu bytes; give less at once.",
                   LIMIT_QUERY_VARIABLES_BYTES);
        return !faults->out_of_memory;
    }
    if (given) {
        enum status status = json_parse(plan->cache->parser, text, &json, &error);
        if (status == STATUS_FATAL) {
            return false;
        }
        if (status == STATUS_OK && has_too_many(json)) {
            faults_add(faults, "BAD_USER_INPUT", nowhere, "There are more than %u variables; give those that the query has.",
                       LIMIT_QUERY_VARIABLES);
            return !faults->out_of_memory;
        }
        if (status != STATUS_OK || json_type(json) != JSON_OBJECT) {
            faults_add(faults, "BAD_USER_INPUT", nowhere, "The variables are no JSON object%s%s.",
                       status != STATUS_OK ? ": " : "", status != STATUS_OK ? error.text : "");
            return !faults->out_of_memory;
        }
    }
    coerce_variables(plan->variables, plan->variable_count, given ? &json : NULL, &run->arena, run->variables, faults);
    return !faults->out_of_memory;
}

static bool end_with_faults(struct query_run *run, const struct query_faults *faults)
{
    struct json_writer json;
    json_write_init(&json, &run->out, 0);
    faults_write(faults, &json);
    run->is_done = true;
    run->answer = buffer_str(&run->out);
    return !run->out.failed;
}

static bool begin(struct query_run *run)
{
    struct query_faults faults;
    faults_init(&faults, &run->arena, run->plan->limits.errors_max);
    if (!read_variables(run, run->options.variables_json, &faults)) {
        return false;
    }
    if (faults.count > 0) {
        return end_with_faults(run, &faults);
    }
    size_t expected = run->plan->answer_bytes < run->out.length_max ? run->plan->answer_bytes : 0;
    if (buffer_reserve(&run->out, expected + sizeof DATA_BEGIN) == NULL) {
        return false;
    }
    buffer_append_text(&run->out, DATA_BEGIN "{");
    return true;
}

enum status query_run_new(struct query_run **run, const struct query_run_options *options, struct error *error)
{
    *run = NULL;
    struct query_run *made = memory_new_zeroed(1, sizeof *made);
    if (made == NULL) {
        return error_no_memory(error, "query");
    }
    const struct query_limits *limits = &options->plan->limits;
    made->options = *options;
    made->plan = query_plan_reference(options->plan);
    arena_init(&made->arena, LIMIT_REQUEST_ARENA_BYTES);
    buffer_init(&made->out, limits->answer_bytes_max + sizeof DATA_BEGIN);
    buffer_init(&made->errors, LIMIT_QUERY_ERROR_BYTES);
    made->ticks_left = made->ticks_between = made->ticks_max = options->pace == QUERY_EVERY_FIELD ? 1 : TICKS_MAX;
    made->may_pause = options->pace != QUERY_AT_ONCE;
    made->time_ms_max = limits->time_ms_max;
    if (!made->may_pause && made->time_ms_max > LIMIT_QUERY_EVENT_TIME_MS) {
        made->time_ms_max = LIMIT_QUERY_EVENT_TIME_MS;
    }
    made->time_left_ns = made->time_ms_max * NS_PER_MS;
    made->root_call = (struct query_call){.run = made, .path = &made->root_path};
    if (!begin(made)) {
        query_run_free(made);
        return error_no_memory(error, "query");
    }
    *run = made;
    return STATUS_OK;
}

/* Where it was left in the middle, it goes to its end. */
static void cancel(struct query_run *run)
{
    run->is_cancelled = true;
    while (run->fiber != NULL) {
        run->fiber = fiber_enter(run->fiber) ? NULL : run->fiber;
    }
}

void query_run_free(struct query_run *run)
{
    if (run == NULL) {
        return;
    }
    assert(!run->is_stepping);
    cancel(run);
    if (run->promise != NULL) {
        run->promise->run = NULL;
    }
    buffer_release(&run->out);
    buffer_release(&run->errors);
    arena_release(&run->arena);
    query_plan_release(run->plan);
    memory_free(run);
}

struct str query_run_answer(const struct query_run *run, bool *data_present)
{
    assert(run->is_done);
    if (data_present != NULL) {
        *data_present = run->has_data;
    }
    return run->answer;
}

/* ---- going on ---- */

static enum run_outcome root_resolve(struct query_run *run, const struct plan_field *field)
{
    struct str key = field->key;
    struct query_call *call = &run->root_call;
    call->field = field;
    run->root_path.field = field;
    run->answered = (struct query_value){.kind = QUERY_NULL};
    run_put(&run->out, run->has_entries ? key : str_from_offset(key, 1));
    run->has_entries = true;
    if (query_plan_operation(run->plan) == QUERY_SUBSCRIPTION && field->resolve == NULL && run->options.root != NULL) {
        call->failed = false;
        if (run_may(call)) {
            run->answered = *run->options.root;
        }
        return RUN_OK;
    }
    return run_resolve(call, (struct query_object){0}, &run->answered);
}

/* The entry at hand, from its beginning or from where its answer has come. */
static enum run_outcome root_entry(struct query_run *run, const struct plan_entry *entry)
{
    const struct plan_field *field = entry->field;
    if (run->wait == RUN_WAITS_NOT) {
        if (entry->guard != NULL && !run_entry_is_in(run, entry)) {
            return run->stop_code != NULL ? RUN_STOP : RUN_OK;
        }
        enum run_outcome outcome = root_resolve(run, field);
        if (outcome != RUN_OK || run->wait == RUN_WAITS) {
            return outcome;
        }
    }
    run->wait = RUN_WAITS_NOT;
    if (field->constant.at != NULL) {
        run_put(&run->out, field->constant);
        return RUN_OK;
    }
    enum run_outcome outcome = run_complete(&run->root_call, field->type, field->is_required, field->shape, &run->answered);
    return outcome == RUN_OK ? run_check(run) : outcome;
}

static enum query_progress step(struct query_run *run)
{
    const struct plan_selection *root = run->plan->root;
    while (run->entry < root->count) {
        enum run_outcome outcome = root_entry(run, &root->entries[run->entry]);
        if (outcome != RUN_OK) {
            return end(run, outcome);
        }
        if (run->wait == RUN_WAITS) {
            return QUERY_WAITING;
        }
        run->entry++;
        if (run->entry < root->count && run->may_pause && is_slice_over(run, clock_monotonic_ns(run->options.clock))) {
            return QUERY_AGAIN;
        }
    }
    return end(run, RUN_OK);
}

static void job(void *context)
{
    struct query_run *run = context;
    run->progress = step(run);
}

/* On a stack of its own, but where it can't be left there. */
static void go(struct query_run *run)
{
    if (!run->may_pause) {
        job(run);
        return;
    }
    if (run->fiber == NULL) {
        run->fiber = fiber_new(&run->plan->cache->fibers, job, run);
    }
    if (run->fiber == NULL) {
        run->progress = end(run, run_stop_no_memory(run));
    } else if (fiber_enter(run->fiber)) {
        run->fiber = NULL;
    }
}

enum query_progress query_run_step(struct query_run *run)
{
    assert(!run->is_stepping);
    if (run->is_done || run->wait == RUN_WAITS) {
        return run->is_done ? QUERY_DONE : QUERY_WAITING;
    }
    uint64_t now = clock_monotonic_ns(run->options.clock);
    run->deadline_ns = now + run->time_left_ns;
    run->is_stepping = true;
    run->slice_end_ns = now + LIMIT_QUERY_SLICE_MS * NS_PER_MS;
    run->looked_up_ns = now;
    go(run);
    run->is_stepping = false;
    now = clock_monotonic_ns(run->options.clock);
    run->time_left_ns = now < run->deadline_ns ? run->deadline_ns - now : 0;
    return run->progress;
}

static const struct plan_field *root_field(struct query_run *run)
{
    const struct plan_selection *root = run->plan->root;
    for (uint32_t i = 0; i < root->count; i++) {
        if (root->entries[i].guard == NULL || run_entry_is_in(run, &root->entries[i])) {
            return root->entries[i].field;
        }
    }
    (void)run_stop(run, "BAD_USER_INPUT", "The subscription asks for no field; @skip or @include leave none.");
    return NULL;
}

enum status query_run_root(struct query_run *run, struct str *field, struct query_call **call, struct error *error)
{
    if (run->is_done) {
        return error_set(error, STATUS_INVALID, "subscription", "the variables do not hold");
    }
    assert(query_plan_operation(run->plan) == QUERY_SUBSCRIPTION && run->entry == 0);
    const struct plan_field *root = root_field(run);
    run->root_call.field = run->root_path.field = root;
    if (root != NULL && run_may(&run->root_call) && run_arguments(&run->root_call) == RUN_OK && !run->root_call.failed) {
        *field = root->field->name;
        *call = &run->root_call;
        return STATUS_OK;
    }
    if (run->stop_code != NULL) {
        run_error_nowhere(run, run->stop_code, str_from(run->stop_text));
    }
    buffer_clear(&run->out);
    buffer_append_text(&run->out, "{\"errors\":[");
    buffer_append_str(&run->out, buffer_str(&run->errors));
    buffer_append_text(&run->out, "]}");
    run->is_done = true;
    run->answer = run->out.failed ? str_from(no_memory_answer) : buffer_str(&run->out);
    return error_set(error, STATUS_INVALID, "subscription", "the subscription can't begin; the answer says why");
}

/* ---- deferred fields ---- */

struct query_promise *query_defer(struct query_call *call)
{
    struct query_run *run = call->run;
    assert(call == &run->root_call && query_plan_operation(run->plan) == QUERY_MUTATION && run->wait == RUN_WAITS_NOT);
    struct query_promise *promise = memory_new(sizeof *promise);
    if (promise == NULL) {
        query_fail(call, "UNAVAILABLE", "The server is out of memory; try again later.");
        return NULL;
    }
    promise->run = run;
    run->promise = promise;
    run->wait = RUN_WAITS;
    return promise;
}

/* The run that waits for the promise, which is freed; NULL when it has been freed too. */
static struct query_run *redeem(struct query_promise *promise)
{
    struct query_run *run = promise->run;
    memory_free(promise);
    if (run != NULL) {
        run->promise = NULL;
        run->wait = RUN_WAS_ANSWERED;
        run->answered = (struct query_value){.kind = QUERY_NULL};
    }
    return run;
}

static void tell(struct query_run *run)
{
    if (!run->is_stepping && run->options.on_ready != NULL) {
        run->options.on_ready(run->options.context, run);
    }
}

void query_fulfil(struct query_promise *promise, const struct query_value *value)
{
    struct query_run *run = redeem(promise);
    if (run == NULL) {
        return;
    }
    run->answered = *value;
    bool is_text = value->kind == QUERY_TEXT || value->kind == QUERY_JSON;
    if (is_text && !arena_copy(&run->arena, value->text, &run->answered.text)) {
        query_fail(&run->root_call, "UNAVAILABLE", "The server is out of memory; try again later.");
    }
    tell(run);
}

void query_reject(struct query_promise *promise, const char *code, const char *format, ...)
{
    char text[ERROR_TEXT_SIZE];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    struct query_run *run = redeem(promise);
    if (run != NULL) {
        query_fail(&run->root_call, code, "%s", text);
        tell(run);
    }
}
