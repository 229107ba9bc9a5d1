/* POST /api/v1/events: the hot path. The answer is written by appending bytes, without the JSON writer. */
#include "api/api_private.h"

#define RESULT_FIXED_BYTES 128 /* of an accepted event, besides its id */

static char *put_text(char *to, const char *text, size_t length)
{
    memcpy(to, text, length);
    return to + length;
}

#define PUT(to, literal) put_text(to, literal, sizeof(literal) - 1)

static char *put_number(char *to, uint64_t number)
{
    char digits[20];
    size_t count = 0;
    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    while (count > 0) {
        *to++ = digits[--count];
    }
    return to;
}

static bool is_plain(struct str text)
{
    for (size_t i = 0; i < text.length; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if (c < 0x20 || c > 0x7E || c == '"' || c == '\\') {
            return false;
        }
    }
    return true;
}

static void append_rejection(struct buffer *body, const struct ingest_result *result)
{
    buffer_append_str(body, STR(",\"status\":\"rejected\",\"event_id\":"));
    if (result->event_id.length > 0) {
        json_append_string(body, result->event_id);
    } else {
        buffer_append_str(body, STR("null"));
    }
    buffer_append_str(body, STR(",\"dead_letter\":"));
    buffer_append_i64(body, result->dead_letter);
    buffer_append_str(body, STR(",\"category\":\""));
    buffer_append_text(body, event_fault_name(result->category));
    buffer_append_str(body, STR("\",\"place\":"));
    json_append_string(body, result->place);
    buffer_append_str(body, STR(",\"reason\":"));
    json_append_string(body, result->reason);
    buffer_append_text(body, event_fault_is_retriable(result->category) ? ",\"retriable\":true" : ",\"retriable\":false");
}

void append_result(struct buffer *body, const struct ingest_result *result)
{
    if (result->outcome == INGEST_REJECTED) {
        append_rejection(body, result);
        return;
    }
    buffer_append_str(body, STR(",\"status\":\""));
    buffer_append_text(body, ingest_outcome_name(result->outcome));
    buffer_append_str(body, STR("\",\"event_id\":"));
    json_append_string(body, result->event_id);
    buffer_append_str(body, STR(",\"seq\":"));
    buffer_append_i64(body, (int64_t)result->seq);
}

static void append_one(struct buffer *body, const struct ingest_result *result, bool first)
{
    struct str id = result->event_id;
    char *begin = buffer_reserve(body, RESULT_FIXED_BYTES + id.length);
    if (begin == NULL) {
        return;
    }
    char *to = begin;
    if (!first) {
        *to++ = ',';
    }
    to = PUT(to, "{\"index\":");
    to = put_number(to, result->ordinal);
    if (result->outcome != INGEST_ACCEPTED || !is_plain(id)) {
        body->length += (size_t)(to - begin);
        append_result(body, result);
        buffer_append_char(body, '}');
        return;
    }
    to = PUT(to, ",\"status\":\"accepted\",\"event_id\":\"");
    to = put_text(to, id.at, id.length);
    to = PUT(to, "\",\"seq\":");
    to = put_number(to, result->seq);
    *to++ = '}';
    body->length += (size_t)(to - begin);
}

static unsigned status_of_counts(const uint64_t counts[INGEST_OUTCOME_COUNT])
{
    uint64_t taken = counts[INGEST_ACCEPTED] + counts[INGEST_DUPLICATE] + counts[INGEST_CONFLICT];
    return counts[INGEST_REJECTED] == 0 ? 200 : taken > 0 ? 207 : 422;
}

void answer_ingest(struct exchange *exchange, const struct ingest_answer *ingested, bool summary)
{
    struct buffer *body = &exchange->body;
    if (ingested->status != STATUS_OK) {
        struct error error = ingested->error;
        error.status = ingested->status;
        problem_error(exchange, &error);
        return;
    }
    buffer_append_str(body, STR("{\"accepted\":"));
    buffer_append_i64(body, (int64_t)ingested->counts[INGEST_ACCEPTED]);
    buffer_append_str(body, STR(",\"duplicates\":"));
    buffer_append_i64(body, (int64_t)ingested->counts[INGEST_DUPLICATE]);
    buffer_append_str(body, STR(",\"conflicts\":"));
    buffer_append_i64(body, (int64_t)ingested->counts[INGEST_CONFLICT]);
    buffer_append_str(body, STR(",\"rejected\":"));
    buffer_append_i64(body, (int64_t)ingested->counts[INGEST_REJECTED]);
    buffer_append_str(body, STR(",\"position\":"));
    buffer_append_i64(body, (int64_t)ingested->position);
    buffer_append_str(body, STR(",\"results\":["));
    bool first = true;
    for (const struct ingest_result *result = ingested->results; result != NULL; result = result->next) {
        if (!summary || result->outcome == INGEST_REJECTED) {
            append_one(body, result, first);
            first = false;
        }
    }
    buffer_append_str(body, STR("]}"));
    exchange->is_masked = ingested->counts[INGEST_REJECTED] == 0; /* ids and numbers; the sender's own, too */
    answer(exchange, status_of_counts(ingested->counts));
}

static void on_ingested(void *context, const struct ingest_answer *ingested)
{
    struct exchange *exchange = context;
    answer_ingest(exchange, ingested, str_is(exchange->query[PARAMETER_ANSWER], "summary"));
}

/* ---- CloudEvents in binary mode: attributes in headers, data in the body ---- */

/* Joins them to one event in structured mode. False: answered. */
static bool join_cloudevent(struct exchange *exchange, struct str *body)
{
    const struct api_request *request = &exchange->request;
    struct str attributes = str_trim(request->ce_headers_event), data = str_trim(request->body);
    if (request->content_encoding.length > 0 && !str_is(request->content_encoding, "identity")) {
        problem(exchange, 415, "Content-Encoding",
                "CloudEvents in binary mode are taken without Content-Encoding; send "
                "them plain, or in structured mode.");
        return false;
    }
    if (attributes.length < 2 || attributes.at[attributes.length - 1] != '}') {
        problem(exchange, 400, "ce-", "The CloudEvents headers could not be read.");
        return false;
    }
    char *joined = arena_new(&exchange->arena, attributes.length + data.length + 16 + JSON_READ_PADDING);
    if (joined == NULL) {
        problem(exchange, 503, "", "out of memory");
        return false;
    }
    char *to = put_text(joined, attributes.at, attributes.length - 1);
    if (data.length > 0) {
        to = attributes.length > 2 ? PUT(to, ",\"data\":") : PUT(to, "\"data\":");
        to = put_text(to, data.at, data.length);
    }
    *to++ = '}';
    memset(to, 0, JSON_READ_PADDING);
    *body = (struct str){joined, (size_t)(to - joined)};
    return true;
}

/* False: answered with 415. */
static bool is_readable(struct exchange *exchange)
{
    static const char *const encodings[] = {"", "identity", "gzip", "x-gzip", "deflate", "zstd"};
    struct str encoding = exchange->request.content_encoding;
    bool known = false;
    for (size_t i = 0; i < sizeof encodings / sizeof encodings[0]; i++) {
        known = known || str_equal_ignoring_case(encoding, str_from(encodings[i]));
    }
    if (!known) {
        problem(exchange, 415, "Content-Encoding", "The encoding %.*s is not known; send gzip, deflate, zstd or none.",
                STR_ARGS(encoding));
        return false;
    }
    struct str type = exchange->request.content_type;
    if (str_find_str(type, STR("avro"), 0) < type.length) {
        problem(exchange, 415, "Content-Type", "Avro is not read here yet; send JSON, NDJSON or CloudEvents in JSON.");
        return false;
    }
    return true;
}

void handle_events(struct exchange *exchange)
{
    const struct api_request *request = &exchange->request;
    if (!is_readable(exchange)) {
        return;
    }
    struct str answer_form = exchange->query[PARAMETER_ANSWER];
    if (answer_form.at != NULL && !str_is(answer_form, "full") && !str_is(answer_form, "summary")) {
        problem(exchange, 400, "answer", "It must be full or summary.");
        return;
    }
    int64_t event_bytes;
    if (!request_number(exchange, PARAMETER_EVENT_BYTES, 1, INT64_MAX, 0, &event_bytes)) {
        return;
    }
    if (event_bytes > 0 && (size_t)event_bytes < request->body.length) {
        problem(exchange, 400, "event_bytes", "The body has %zu bytes, more than the event.", request->body.length);
        return;
    }
    const struct ingest_sender sender = sender_of(exchange);
    struct ingest_submission submission = {
        .sender = &sender,
        .tenant_id = exchange->tenant_id,
        .tenant_is_fixed = exchange->tenant_is_fixed,
        .iteration_id = exchange->query[PARAMETER_ITERATION],
        .content_type = request->content_type,
        .content_encoding = request->content_encoding,
        .origin = request->origin,
        .body = request->body,
        .event_bytes = (uint64_t)event_bytes,
    };
    if (request->ce_headers_event.at != NULL) {
        if (!join_cloudevent(exchange, &submission.body)) {
            return;
        }
        submission.content_type = STR("application/cloudevents+json");
    }
    ingest_submit(exchange->api->options.ingest, &submission, on_ingested, exchange);
}
