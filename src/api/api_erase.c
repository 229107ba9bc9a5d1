/* POST /api/v1/personal/erase: what is held of a person, and its erasure (ingest/erasure.h). One at a time; on a server it goes on
 * between other requests, a few milliseconds at once. The answer comes when everything that is asked afterwards is without it. */
#include "api/api_private.h"
#include "base/memory.h"
#include "ingest/erasure.h"

#define SUBJECT_BYTES_MAX LIMIT_ID_BYTES
#define SLICE_NS UINT64_C(5000000)

struct erase {
    struct exchange *exchange;
    struct erasure *erasure;
    struct net_timer *timer; /* the next slice */
};

/* ---- the answer ---- */

static void write_examples(struct json_writer *json, const struct erasure_report *report)
{
    json_write_key(json, "examples");
    json_write_array_begin(json);
    for (size_t i = 0; i < report->example_count; i++) {
        const struct erasure_example *example = &report->examples[i];
        json_write_object_begin(json);
        json_field_i64(json, "seq", (int64_t)example->seq);
        json_field_str(json, "event_id", example->event_id);
        json_field_text(json, "type", event_type_symbol(example->type));
        json_field_str(json, "iteration", example->iteration_id);
        json_field_str(json, "node", example->node_id);
        json_field_i64(json, "at", example->timestamp);
        json_write_object_end(json);
    }
    json_write_array_end(json);
}

static void write_beside(struct json_writer *json, const struct erasure_report *report)
{
    json_write_key(json, "beside");
    json_write_array_begin(json);
    for (size_t i = 0; i < report->beside_count; i++) {
        json_write_object_begin(json);
        json_field_text(json, "kind", personal_kind_name(report->beside[i].kind));
        json_field_str(json, "value", report->beside[i].value);
        json_field_i64(json, "events", (int64_t)report->beside[i].events);
        json_write_object_end(json);
    }
    json_write_array_end(json);
}

static void write_report(struct exchange *exchange, const struct erasure_report *report)
{
    struct json_writer *json = &exchange->json;
    json_write_object_begin(json);
    json_field_bool(json, "applied", report->applied);
    write_text(json, "subject_hash", str_from(report->subject_hash));
    json_field_i64(json, "events", (int64_t)report->events);
    json_field_i64(json, "sealed", (int64_t)report->sealed);
    json_field_i64(json, "rewritten", (int64_t)report->rewritten);
    json_field_i64(json, "dead_letters", (int64_t)report->dead_letters);
    json_field_i64(json, "in_ids", (int64_t)report->in_ids);
    json_field_i64(json, "audit_entries", (int64_t)report->audit_entries);
    json_field_i64(json, "looked_at", (int64_t)report->looked_at);
    write_examples(json, report);
    write_beside(json, report);
    json_write_object_end(json);
    answer(exchange, 200);
}

/* ---- slices ---- */

static void finish(struct erase *erase)
{
    struct exchange *exchange = erase->exchange;
    struct api *api = exchange->api;
    const struct erasure_report *report = erasure_report(erase->erasure);
    struct error error = report->error;
    api->erase = NULL;
    net_timer_free(erase->timer);
    if (report->applied) {
        now_views_forget(api);
        if (api->live != NULL) {
            live_forget(api->live);
        }
    }
    if (report->status == STATUS_OK) {
        write_report(exchange, report);
    } else {
        problem_error(exchange, &error);
    }
    erasure_free(erase->erasure);
    memory_free(erase);
}

static void schedule(void *context);

static void run_slice(void *context)
{
    struct erase *erase = context;
    const struct clock *clock = erase->exchange->api->options.clock;
    uint64_t begun = clock_monotonic_ns(clock);
    bool endless = erase->exchange->api->options.net == NULL, more = true, is_done = false;
    net_timer_free(erase->timer);
    erase->timer = NULL;
    while (more && (endless || clock_monotonic_ns(clock) - begun < SLICE_NS)) {
        more = erasure_step(erase->erasure);
    }
    is_done = erasure_is_done(erase->erasure);
    if (is_done) {
        finish(erase);
    } else if (more) {
        schedule(erase);
    }
}

/* Soon; where there is nobody else to let in, or no timer, now. */
static void schedule(void *context)
{
    struct erase *erase = context;
    struct net *net = erase->exchange->api->options.net;
    if (erase->timer == NULL) {
        erase->timer = net == NULL ? NULL : net_timer_new(net, 1, 0, run_slice, erase);
        if (erase->timer == NULL) {
            run_slice(erase);
        }
    }
}

void erase_stop(struct api *api)
{
    struct erase *erase = api->erase;
    if (erase == NULL) {
        return;
    }
    erasure_on_resume(erase->erasure, run_slice);
    net_timer_free(erase->timer);
    erase->timer = NULL;
    erasure_stop(erase->erasure);
}

/* ---- the request ---- */

static bool read_bool(struct exchange *exchange, struct json body, const char *key, bool *value)
{
    struct json member;
    *value = false;
    if (!json_member(body, key, &member)) {
        return true;
    }
    if (json_type(member) != JSON_BOOL) {
        problem(exchange, 400, key, "It must be true or false.");
        return false;
    }
    *value = json_bool(member);
    return true;
}

static bool read_request(struct exchange *exchange, struct erasure_options *options)
{
    struct json body;
    bool present, whole;
    if (!request_json(exchange, false, &body, &present) || !read_bool(exchange, body, "apply", &options->apply) ||
        !read_bool(exchange, body, "whole_tenant", &whole) || !request_text(exchange, body, "subject", false, &options->subject)) {
        return false;
    }
    options->subject = options->subject.length == 0 ? STR_NONE : str_trim(options->subject);
    if (whole == (options->subject.at != NULL)) {
        problem(exchange, 400, "subject", "Say whose data: {\"subject\":\"alice@example.com\"}, or {\"whole_tenant\":true} for everybody's; not both.");
        return false;
    }
    if (!whole && (options->subject.length < SEAL_SUBJECT_BYTES_MIN || options->subject.length > SUBJECT_BYTES_MAX)) {
        problem(exchange, 400, "subject", "It must have %d to %d bytes.", SEAL_SUBJECT_BYTES_MIN, SUBJECT_BYTES_MAX);
        return false;
    }
    return true;
}

static bool may_begin(struct exchange *exchange, const struct erasure_options *options)
{
    const struct api *api = exchange->api;
    if (options->apply && api->options.read_only) {
        problem(exchange, 409, "", "This data directory is opened for reading only; send this to the process that writes it.");
        return false;
    }
    if (api->erase != NULL) {
        problem(exchange, 503, "", "Another erasure is under way; try again in a moment.");
        return false;
    }
    if (api->options.seal == NULL) {
        problem(exchange, 409, "", "Nothing is sealed here, as this process has no master key.");
        return false;
    }
    return true;
}

static void on_done(void *context, struct erasure *erasure)
{
    (void)context; /* run_slice sees it */
    (void)erasure;
}

void handle_erase(struct exchange *exchange)
{
    struct api *api = exchange->api;
    struct erasure_options options = {.graph = api->options.graph, .ingest = api->options.ingest, .seal = api->options.seal,
                                      .reader = api->options.reader, .clock = api->options.clock, .tenant_id = exchange->tenant_id,
                                      .done = on_done};
    if (!read_request(exchange, &options) || !may_begin(exchange, &options)) {
        return;
    }
    struct erase *erase = memory_new_zeroed(1, sizeof *erase);
    options.context = erase;
    options.audit = audit_entry(exchange, "personal.erase", STR_NONE);
    struct erasure *erasure = erase == NULL ? NULL : erasure_new(&options);
    if (erasure == NULL) {
        memory_free(erase);
        problem(exchange, 503, "", "out of memory");
        return;
    }
    *erase = (struct erase){.exchange = exchange, .erasure = erasure};
    api->erase = erase;
    erasure_on_resume(erasure, schedule);
    schedule(erase);
}
