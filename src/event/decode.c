#include "event/decode.h"

#include "base/clock.h"
#include "base/memory.h"
#include "event/bytes.h"
#include "event/decode_job.h"
#include "event/event_node.h"

const struct event_defaults event_defaults_for_log = {.control_is_allowed = true, .now_ms = LIMIT_TIMESTAMP_MAX};

/* JSON text grows in being written again by a factor of 5 at most (1e14), so no event that is within its limit fills
 * this; only then is a failure of the buffer sure to be one of memory. */
#define SCRATCH_BYTES_MAX (16 * LIMIT_EVENT_BYTES)

/* Fields with a member of their own in struct event. */
#define ENVELOPE_FIELDS                                                                                                     \
    (UINT64_C(1) << EVENT_FIELD_EVENT_ID | UINT64_C(1) << EVENT_FIELD_TIMESTAMP | UINT64_C(1) << EVENT_FIELD_ITERATION_ID | \
     UINT64_C(1) << EVENT_FIELD_EVENT_TYPE | UINT64_C(1) << EVENT_FIELD_NODE_ID | UINT64_C(1) << EVENT_FIELD_TENANT_ID |    \
     UINT64_C(1) << EVENT_FIELD_TRACE_ID | UINT64_C(1) << EVENT_FIELD_IDEMPOTENCY_KEY)
static_assert((int)EVENT_FIELD_IDEMPOTENCY_KEY < 64, "the envelope's fields are in the first word of a set");

struct event_decoder *event_decoder_new(void)
{
    struct event_decoder *decoder = memory_new_zeroed(1, sizeof *decoder);
    if (decoder == NULL) {
        return NULL;
    }
    buffer_init(&decoder->scratch, SCRATCH_BYTES_MAX);
    for (int field = 0; field < EVENT_FIELD_COUNT; field++) {
        for (int stream = 0; stream < EVENT_STREAM_COUNT; stream++) {
            if (event_field_in_stream((enum event_field)field, (enum event_stream)stream)) {
                event_field_set_add(&decoder->stream_fields[stream], field);
            }
        }
    }
    decoder->parser = json_parser_new();
    decoder->hash = sha256_new();
    if (decoder->parser == NULL || decoder->hash == NULL) {
        event_decoder_free(decoder);
        return NULL;
    }
    return decoder;
}

void event_decoder_free(struct event_decoder *decoder)
{
    if (decoder == NULL) {
        return;
    }
    buffer_release(&decoder->scratch);
    json_parser_free(decoder->parser);
    json_parser_free(decoder->data_parser);
    sha256_free(decoder->hash);
    memory_free(decoder);
}

/* Deciding what the event is. */

static enum status decide_stream(struct event_decode_job *job, enum event_stream *stream)
{
    *stream = EVENT_STREAM_COUNT;
    if (job->stream_name.at != NULL && !event_stream_from_name(job->stream_name, stream)) {
        char quoted[EVENT_QUOTE_SIZE];
        return event_fault_schema(job, "stream", "stream: %s is no stream; expected DDE, BDV or ACC",
                                  event_quote(job->stream_name, quoted));
    }
    job->fault->stream = *stream;
    return STATUS_OK;
}

static enum status decide_type(struct event_decode_job *job)
{
    enum event_stream stream;
    enum status status = decide_stream(job, &stream);
    if (status != STATUS_OK) {
        return status;
    }
    if (!event_field_set_has(&job->given, EVENT_FIELD_EVENT_TYPE)) {
        for (size_t i = 0; i < job->moved_count; i++) {
            if (str_equal(job->decoder->moved[i].name, STR("events"))) {
                return event_fault_schema(
                    job, "event_type",
                    "event_type: missing; if this is a batch, events must be its first member: {\"events\":[…]}");
            }
        }
        return event_fault_schema(job, "event_type", "event_type: missing; it says what happened, for example TASK_STARTED");
    }
    struct json json = job->decoder->values[EVENT_FIELD_EVENT_TYPE];
    if (json_type(json) != JSON_STRING) {
        return event_fault_type(job, "event_type", "a string such as TASK_STARTED", json);
    }
    if (!event_type_from_symbol(json_string(json), stream, &job->event->type)) {
        return event_fault_event_type(job, json_string(json), stream);
    }
    job->event->stream = job->fault->stream = event_type_stream(job->event->type);
    if (job->event->stream == EVENT_STREAM_CONTROL && !job->defaults->control_is_allowed) {
        return event_fault_schema(
            job, "event_type", "event_type: %s is made by this system when a person decides; it is not taken from outside",
            event_type_symbol(job->event->type));
    }
    return STATUS_OK;
}

/* What other streams' schemas have is as unknown to this one as any other name. */
static enum status move_foreign(struct event_decode_job *job)
{
    const struct event_field_set *ours = &job->decoder->stream_fields[job->event->stream];
    for (int word = 0; word < 2; word++) {
        for (uint64_t bits = job->given.words[word] & ~ours->words[word]; bits != 0; bits &= bits - 1) {
            int field = word * 64 + __builtin_ctzll(bits);
            enum status status = event_decode_move(job, event_fields[field].name, true, job->decoder->values[field]);
            if (status != STATUS_OK) {
                return status;
            }
        }
        job->given.words[word] &= ours->words[word];
    }
    return STATUS_OK;
}

static enum status take_text(struct event_decode_job *job, enum event_field field, struct str *text)
{
    *text = STR_NONE;
    if (!event_field_set_has(&job->given, field)) {
        return STATUS_OK;
    }
    return event_decode_text(job, event_fields[field].limit, event_field_name(field), job->decoder->values[field], text);
}

static enum status take_timestamp(struct event_decode_job *job)
{
    if (!event_field_set_has(&job->given, EVENT_FIELD_TIMESTAMP)) {
        return event_fault_schema(job, "timestamp", "timestamp: missing; give milliseconds since 1970 or RFC 3339 text");
    }
    int64_t ms;
    enum status status = event_decode_time(job, "timestamp", job->decoder->values[EVENT_FIELD_TIMESTAMP], &ms);
    if (status != STATUS_OK) {
        return status;
    }
    if (job->defaults->now_ms < LIMIT_TIMESTAMP_MAX - LIMIT_FUTURE_MS && ms > job->defaults->now_ms + LIMIT_FUTURE_MS) {
        char text[TIME_TEXT_SIZE];
        time_format(ms, text);
        return event_fault_schema(job, "timestamp",
                                  "timestamp: %lld (%s) lies more than 24 hours ahead of now; is it in milliseconds, and is "
                                  "the sender's clock right?",
                                  (long long)ms, text);
    }
    job->event->timestamp = ms;
    return STATUS_OK;
}

static enum status take_tenant(struct event_decode_job *job)
{
    struct event *event = job->event;
    struct str ours = job->defaults->tenant.at != NULL ? job->defaults->tenant : STR("default");
    enum status status = take_text(job, EVENT_FIELD_TENANT_ID, &event->tenant_id);
    if (status != STATUS_OK) {
        return status;
    }
    if (event->tenant_id.at == NULL) {
        if (job->defaults->tenant.at == NULL) {
            event->tenant_id = ours; /* constant */
            return STATUS_OK;
        }
        return arena_copy(job->arena, ours, &event->tenant_id) ? STATUS_OK : event_fault_memory(job);
    }
    if (job->defaults->tenant_is_fixed && !str_equal(event->tenant_id, ours)) {
        return event_fault_correlation(job, "tenant_id",
                                       "tenant_id: the event names another tenant than the credential it came with; leave "
                                       "tenant_id out or use that tenant's credential");
    }
    return STATUS_OK;
}

static enum status take_envelope(struct event_decode_job *job)
{
    struct event *event = job->event;
    enum status status = take_text(job, EVENT_FIELD_EVENT_ID, &event->event_id);
    if (status == STATUS_OK && event->event_id.at == NULL) {
        status = event_fault_schema(job, "event_id",
                                    "event_id: missing; give a UUID that stays the same when the event is sent again");
    }
    if (status == STATUS_OK) {
        status = take_text(job, EVENT_FIELD_ITERATION_ID, &event->iteration_id);
    }
    if (status == STATUS_OK && event->iteration_id.at == NULL) {
        if (!arena_copy(job->arena, job->defaults->iteration_id, &event->iteration_id)) {
            return event_fault_memory(job);
        }
        if (event->iteration_id.at == NULL) {
            status = event_fault_schema(job, "iteration_id",
                                        "iteration_id: missing; it names the iteration that the event belongs to");
        }
    }
    if (status == STATUS_OK) {
        status = take_timestamp(job);
    }
    if (status == STATUS_OK) {
        status = take_tenant(job);
    }
    if (status == STATUS_OK) {
        status = take_text(job, EVENT_FIELD_NODE_ID, &event->node_id);
    }
    if (status == STATUS_OK) {
        status = take_text(job, EVENT_FIELD_IDEMPOTENCY_KEY, &event->key_text);
    }
    if (status == STATUS_OK) {
        status = take_text(job, EVENT_FIELD_TRACE_ID, &event->trace_id);
    }
    if (status == STATUS_OK) {
        status = event_check_trace_id(job, "trace_id", 32, &event->trace_id);
    }
    return status;
}

/* The other fields, in their order. */
static enum status take_values(struct event_decode_job *job)
{
    struct event *event = job->event;
    struct event_field_set rest = job->given;
    rest.words[0] &= ~ENVELOPE_FIELDS;
    size_t most = (size_t)(__builtin_popcountll(rest.words[0]) + __builtin_popcountll(rest.words[1]));
    most += 2; /* metadata that is made of moved members, and a span id out of traceparent */
    event->values = arena_new(job->arena, most * sizeof *event->values);
    if (event->values == NULL) {
        return event_fault_memory(job);
    }
    event->value_count = 0;
    if (job->moved_count > 0) {
        event_field_set_add(&rest, EVENT_FIELD_METADATA);
    }
    for (int word = 0; word < 2; word++) {
        for (uint64_t bits = rest.words[word]; bits != 0; bits &= bits - 1) {
            enum event_field field = (enum event_field)(word * 64 + __builtin_ctzll(bits));
            struct event_value *value = &event->values[event->value_count];
            bool present;
            enum status status = field == EVENT_FIELD_METADATA
                                     ? event_decode_metadata(job, value, &present)
                                     : event_decode_value(job, field, job->decoder->values[field], value, &present);
            if (status != STATUS_OK) {
                return status;
            }
            event->value_count += present;
        }
    }
    return STATUS_OK;
}

/* What a type is meaningless without, beyond what every event needs. */
static enum status need(struct event_decode_job *job, enum event_field field, const char *why)
{
    if (event_text(job->event, field).at != NULL) {
        return STATUS_OK;
    }
    return event_fault_schema(job, event_field_name(field), "%s: missing; %s needs it: %s", event_field_name(field),
                              event_type_symbol(job->event->type), why);
}

static enum status check_required(struct event_decode_job *job)
{
    enum status status = STATUS_OK;
    switch (job->event->type) {
    case EVENT_ACC_DEPENDENCY_DETECTED:
        if (event_text(job->event, EVENT_FIELD_MODULE_PATH).at == NULL) {
            status = need(job, EVENT_FIELD_SOURCE_MODULE, "the module that depends (module_path serves, too)");
        }
        return status != STATUS_OK ? status : need(job, EVENT_FIELD_TARGET_MODULE, "the module that is depended on");
    case EVENT_DDE_CONTRACT_LOCKED:
    case EVENT_DDE_CONTRACT_VALIDATED:
        return need(job, EVENT_FIELD_CONTRACT_ID, "the contract");
    case EVENT_CONTROL_LINK_ASSERTED:
    case EVENT_CONTROL_LINK_DENIED:
        status = need(job, EVENT_FIELD_SOURCE_ID, "where the link starts");
        if (status == STATUS_OK) {
            status = need(job, EVENT_FIELD_LINK_KIND, "the kind of the link");
        }
        return status != STATUS_OK ? status : need(job, EVENT_FIELD_TARGET_ID, "where the link ends");
    case EVENT_CONTROL_GATE_OVERRIDDEN:
        return need(job, EVENT_FIELD_REASON, "why the gate is overridden");
    default:
        return STATUS_OK;
    }
}

/* The ids in metadata.depends_on are node ids, and none of them the node's own. */
static enum status check_depends_on(struct event_decode_job *job)
{
    if (job->event->stream != EVENT_STREAM_DDE) {
        return STATUS_OK;
    }
    struct str rest = event_metadata(job->event, STR("depends_on")), piece;
    while (str_split_next(&rest, ',', &piece)) {
        piece = str_trim(piece);
        if (bytes_have_controls(piece)) {
            return event_fault_schema(job, "metadata.depends_on",
                                      "metadata.depends_on: an id holds a control character, which none may");
        }
        if (piece.length > LIMIT_PATH_BYTES) {
            return event_fault_schema(job, "metadata.depends_on", "metadata.depends_on: an id has %zu bytes, %d at most",
                                      piece.length, LIMIT_PATH_BYTES);
        }
        if (str_equal(piece, job->event->node_id)) {
            char quoted[EVENT_QUOTE_SIZE];
            return event_fault_correlation(job, "metadata.depends_on", "metadata.depends_on: the node %s depends on itself",
                                           event_quote(piece, quoted));
        }
    }
    return STATUS_OK;
}

static enum status resolve(struct event_decode_job *job)
{
    struct error *error = &job->fault->error;
    enum status status = event_node_id(job->event, job->decoder->hash, job->arena, error);
    if (status == STATUS_OK) {
        status = event_key(job->event, job->decoder->hash, job->arena, error);
    }
    if (status == STATUS_INVALID) {
        job->fault->category = EVENT_FAULT_SCHEMA_VALIDATION;
    } else if (status == STATUS_FATAL) {
        job->fault->category = EVENT_FAULT_CRITICAL;
    }
    return status;
}

static enum status decode(struct event_decode_job *job, struct str text)
{
    if (job->defaults->size_is_checked && text.length > LIMIT_EVENT_BYTES) {
        return event_fault_schema(job, "", "the event has %zu bytes, %zu at most", text.length, LIMIT_EVENT_BYTES);
    }
    struct json root;
    struct error error;
    enum status status = json_parse(job->decoder->parser, text, &root, &error);
    if (status != STATUS_OK) {
        return status == STATUS_INVALID ? event_fault_schema(job, "", "%s", error.text) : event_fault_memory(job);
    }
    job->is_parsed = true;
    if (json_type(root) != JSON_OBJECT) {
        return event_fault_type(job, "event", "an object", root);
    }
    job->texts = arena_new(job->arena, text.length);
    job->texts_left = text.length;
    if (job->texts == NULL) {
        return event_fault_memory(job);
    }
    enum status (*const steps[])(struct event_decode_job *) = {
        decide_type, move_foreign, take_envelope, take_values, event_check_trace, check_required, resolve, check_depends_on};
    status = event_gather(job, root);
    if (job->is_cloudevent) { /* also where gathering stopped: attributes are no members of ours */
        status = event_gather_cloudevent(job, root);
    }
    for (size_t i = 0; status == STATUS_OK && i < sizeof steps / sizeof steps[0]; i++) {
        status = steps[i](job);
    }
    return status;
}

/* The first string member of this name in text that is no JSON; without escapes. */
static struct str salvage_from_text(const char *name, struct str json)
{
    size_t at = str_find_str(json, str_from(name), 0) + strlen(name);
    if (at >= json.length || json.at[at] != '"') {
        return STR_NONE;
    }
    struct str rest = str_trim(str_from_offset(json, at + 1));
    if (rest.length == 0 || rest.at[0] != ':') {
        return STR_NONE;
    }
    rest = str_trim(str_from_offset(rest, 1));
    if (rest.length == 0 || rest.at[0] != '"') {
        return STR_NONE;
    }
    rest = str_from_offset(rest, 1);
    struct str text = {rest.at, str_find(rest, '"')};
    return text.length == rest.length || str_find(text, '\\') < text.length ? STR_NONE : text;
}

/* A text for the dead letter, as far as it can be read. */
static struct str salvage(struct event_decode_job *job, enum event_field field, struct str json)
{
    struct str copy = STR_NONE;
    struct str text = STR_NONE;
    if (!job->is_parsed) {
        text = salvage_from_text(event_field_name(field), json);
    } else if (event_field_set_has(&job->given, field) && json_type(job->decoder->values[field]) == JSON_STRING) {
        text = json_string(job->decoder->values[field]);
    }
    if (text.length == 0 || text.length > LIMIT_ID_BYTES || bytes_have_controls(text) || !str_is_utf8(text) ||
        !arena_copy(job->arena, text, &copy)) {
        return STR_NONE;
    }
    return copy;
}

enum status event_decode(struct event_decoder *decoder, struct str json, struct arena *arena,
                         const struct event_defaults *defaults, struct event *event, struct event_fault *fault)
{
    struct event_decode_job job = {.decoder = decoder, .arena = arena, .defaults = defaults, .event = event, .fault = fault};
    assert(defaults->iteration_id.length <= LIMIT_ID_BYTES && defaults->tenant.length <= LIMIT_ID_BYTES);
    *event = (struct event){0};
    fault->stream = EVENT_STREAM_COUNT;
    enum status status = decode(&job, json);
    if (status != STATUS_OK) {
        fault->iteration_id = salvage(&job, EVENT_FIELD_ITERATION_ID, json);
        fault->event_id = salvage(&job, EVENT_FIELD_EVENT_ID, json);
        if (fault->iteration_id.at == NULL) {
            fault->iteration_id = defaults->iteration_id;
        }
    }
    return status;
}
