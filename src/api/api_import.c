/* POST /api/v1/import/{format}: another tool's file becomes events, which go in piece by piece.
 *
 * The whole file is in the body. Its events gather as NDJSON; each time there are about 4 MiB they are submitted, all
 * pieces in order and without waiting, and the answer is given when the last piece is durable. */
#include <stdio.h>

#include "api/api_private.h"
#include "base/sha256.h"
#include "import/import.h"

#define PIECE_BYTES (4 * MIB)
#define REJECTIONS_MAX 20

struct import_run {
    struct exchange *exchange;
    const struct import_format *format;
    struct str rest; /* of the body, not read yet */
    struct buffer piece;
    uint64_t piece_first; /* ordinal of the first event in the piece */
    uint64_t events;
    uint32_t waiting; /* pieces and the like on their way, and one for the reading itself */
    uint64_t counts[INGEST_OUTCOME_COUNT];
    uint64_t position;
    struct import_summary summary;
    enum status status; /* of reading */
    struct error error;
    enum status refused; /* a piece was */
    struct error refusal;
    struct buffer rejections; /* JSON objects with commas */
    uint32_t rejection_count;
};

struct import_piece {
    struct import_run *run;
    uint64_t first;
};

static enum status read_body(void *context, void *buffer, size_t size, size_t *length, struct error *error)
{
    struct import_run *run = context;
    (void)error;
    *length = run->rest.length < size ? run->rest.length : size;
    if (*length > 0) {
        memcpy(buffer, run->rest.at, *length);
    }
    run->rest = str_from_offset(run->rest, *length);
    return STATUS_OK;
}

static void write_notes(struct json_writer *json, const struct import_summary *summary)
{
    json_write_key(json, "notes");
    json_write_array_begin(json);
    for (uint32_t i = 0; i < summary->note_count; i++) {
        json_write_text(json, summary->notes[i]);
    }
    json_write_array_end(json);
}

static unsigned answer_status(const struct import_run *run)
{
    uint64_t taken = run->counts[INGEST_ACCEPTED] + run->counts[INGEST_DUPLICATE] + run->counts[INGEST_CONFLICT];
    if (run->status != STATUS_OK) {
        return taken > 0 ? 207 : status_of_error(run->status);
    }
    return run->counts[INGEST_REJECTED] == 0 ? 200 : taken > 0 ? 207 : 422;
}

static void answer_import(struct import_run *run)
{
    struct exchange *exchange = run->exchange;
    struct json_writer *json = &exchange->json;
    const struct import_summary *summary = &run->summary;
    json_write_object_begin(json);
    json_field_text(json, "format", import_format_name(run->format));
    json_field_i64(json, "events", (int64_t)summary->events);
    json_field_i64(json, "items_read", (int64_t)summary->items_read);
    json_field_i64(json, "items_skipped", (int64_t)summary->items_skipped);
    json_field_i64(json, "bytes_read", (int64_t)summary->bytes_read);
    json_field_i64(json, "accepted", (int64_t)run->counts[INGEST_ACCEPTED]);
    json_field_i64(json, "duplicates", (int64_t)run->counts[INGEST_DUPLICATE]);
    json_field_i64(json, "conflicts", (int64_t)run->counts[INGEST_CONFLICT]);
    json_field_i64(json, "rejected", (int64_t)run->counts[INGEST_REJECTED]);
    json_field_i64(json, "position", (int64_t)run->position);
    write_notes(json, summary);
    json_write_key(json, "rejections");
    json_write_array_begin(json);
    if (run->rejections.length > 0 && !buffer_failed(&run->rejections)) {
        json_write_raw(json, buffer_str(&run->rejections));
    }
    json_write_array_end(json);
    json_write_key(json, "error");
    if (run->status == STATUS_OK) {
        json_write_null(json);
    } else {
        json_write_object_begin(json);
        json_field_text(json, "detail", run->error.text);
        json_field_text(json, "place", run->error.place);
        json_write_object_end(json);
    }
    json_write_object_end(json);
    answer(exchange, answer_status(run));
}

static void finish(struct import_run *run)
{
    if (--run->waiting > 0) {
        return;
    }
    buffer_release(&run->piece);
    if (run->refused != STATUS_OK) {
        struct error error = run->refusal;
        error.status = run->refused;
        buffer_release(&run->rejections);
        problem_error(run->exchange, &error);
        return;
    }
    if (run->status != STATUS_OK && run->events == 0) {
        struct error error = run->error;
        buffer_release(&run->rejections);
        problem_error(run->exchange, &error);
        return;
    }
    struct buffer rejections = run->rejections; /* the run lives in the exchange, which ends with the answer */
    answer_import(run);
    buffer_release(&rejections);
}

static void keep_rejection(struct import_run *run, const struct ingest_result *result, uint64_t first)
{
    if (run->rejection_count == REJECTIONS_MAX) {
        return;
    }
    buffer_append_text(&run->rejections, run->rejection_count > 0 ? ",{\"index\":" : "{\"index\":");
    buffer_append_i64(&run->rejections, (int64_t)(first + result->ordinal));
    append_result(&run->rejections, result);
    buffer_append_char(&run->rejections, '}');
    run->rejection_count++;
}

static void on_piece(void *context, const struct ingest_answer *ingested)
{
    struct import_piece *piece = context;
    struct import_run *run = piece->run;
    if (ingested->status != STATUS_OK && run->refused == STATUS_OK) {
        run->refused = ingested->status;
        run->refusal = ingested->error;
    }
    for (int i = 0; i < INGEST_OUTCOME_COUNT; i++) {
        run->counts[i] += ingested->counts[i];
    }
    run->position = ingested->position;
    for (const struct ingest_result *result = ingested->results; result != NULL; result = result->next) {
        if (result->outcome == INGEST_REJECTED) {
            keep_rejection(run, result, piece->first);
        }
    }
    finish(run);
}

/* Sends what has gathered; as one event of that length where event_bytes is not 0. */
/* For the audit log. */
static bool describe_import(struct import_run *run, struct str *json)
{
    struct exchange *exchange = run->exchange;
    struct buffer text;
    struct json_writer writer;
    buffer_init(&text, 64 * KIB);
    json_write_init(&writer, &text, 0);
    json_write_object_begin(&writer);
    json_field_text(&writer, "format", import_format_name(run->format));
    json_field_str(&writer, "file", exchange->query[PARAMETER_FILE]);
    json_field_i64(&writer, "bytes", (int64_t)exchange->request.body.length);
    json_write_object_end(&writer);
    bool made = !buffer_failed(&text) && arena_copy(&exchange->arena, buffer_str(&text), json);
    buffer_release(&text);
    return made;
}

static enum status submit_piece(struct import_run *run, uint64_t event_bytes, struct error *error)
{
    struct exchange *exchange = run->exchange;
    if (run->piece.length == 0) {
        return STATUS_OK;
    }
    struct import_piece *piece = arena_new(&exchange->arena, sizeof *piece);
    char *padding = buffer_reserve(&run->piece, JSON_READ_PADDING);
    struct str origin;
    if (piece == NULL || padding == NULL ||
        !arena_format(&exchange->arena, &origin, "import %.*s",
                      STR_ARGS(exchange->query[PARAMETER_FILE].at == NULL ? str_from(import_format_name(run->format))
                                                                          : exchange->query[PARAMETER_FILE]))) {
        return error_no_memory(error, "import");
    }
    memset(padding, 0, JSON_READ_PADDING);
    *piece = (struct import_piece){run, run->piece_first};
    struct ingest_sender sender = sender_of(exchange);
    sender.origin = origin;
    struct ingest_submission submission = {
        .sender = &sender,
        .tenant_id = exchange->tenant_id,
        .tenant_is_fixed = exchange->tenant_is_fixed,
        .iteration_id = exchange->query[PARAMETER_ITERATION],
        .content_type = STR("application/x-ndjson"),
        .origin = origin,
        .body = buffer_str(&run->piece),
        .event_bytes = event_bytes,
    };
    struct store_audit_entry audit = audit_entry(exchange, "import", exchange->query[PARAMETER_ITERATION]);
    if (run->piece_first == 0 && describe_import(run, &audit.after)) {
        submission.audit = &audit; /* once, with what comes in first */
    }
    run->waiting++;
    ingest_submit(exchange->api->options.ingest, &submission, on_piece, piece);
    buffer_clear(&run->piece);
    run->piece_first = run->events;
    return run->refused == STATUS_OK ? STATUS_OK
                                     : error_set(error, run->refused, run->refusal.place, "%s", run->refusal.text);
}

static enum status emit(void *context, struct str event_json, struct error *error)
{
    struct import_run *run = context;
    buffer_append_str(&run->piece, event_json);
    buffer_append_char(&run->piece, '\n');
    if (buffer_failed(&run->piece)) {
        return error_no_memory(error, "import");
    }
    run->events++;
    return run->piece.length >= PIECE_BYTES ? submit_piece(run, 0, error) : STATUS_OK;
}

static enum status emit_alone(void *context, struct str text, uint64_t length, struct error *error)
{
    struct import_run *run = context;
    enum status status = submit_piece(run, 0, error);
    if (status != STATUS_OK) {
        return status;
    }
    buffer_append_str(&run->piece, text);
    if (buffer_failed(&run->piece)) {
        return error_no_memory(error, "import");
    }
    run->events++;
    return submit_piece(run, length, error);
}

/* --- a time for files that hold none ----------------------------------------------------------------------------------- */

static void remembered(void *context, const struct ingest_answer *answer)
{
    (void)answer; /* without the memory the same report comes in as a second one, which says the same */
    finish(context);
}

/* "SHA-256 of the bytes, in hex, a space and the time": the last report of this iteration and format. */
static bool describe(struct import_run *run, int64_t time, struct str *key, struct str *value)
{
    struct exchange *exchange = run->exchange;
    struct sha256 *hash = sha256_new();
    uint8_t digest[SHA256_SIZE];
    char hex[2 * SHA256_SIZE + 1];
    if (hash == NULL) {
        return false;
    }
    sha256_begin(hash);
    sha256_add(hash, exchange->request.body.at, exchange->request.body.length);
    sha256_end(hash, digest);
    sha256_free(hash);
    for (size_t i = 0; i < SHA256_SIZE; i++) {
        (void)snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    }
    return arena_format(&exchange->arena, key, "import:%s:%.*s:%.*s", import_format_name(run->format),
                        STR_ARGS(exchange->tenant_id), STR_ARGS(exchange->query[PARAMETER_ITERATION])) &&
           arena_format(&exchange->arena, value, "%s %lld", hex, (long long)time);
}

/* Some tools' files say no time at all; the same bytes sent again must mean the same analysis and not a second one. So the time
 * at which a report first came is kept, and used again as long as the bytes stay the same. */
static int64_t time_of_report(struct import_run *run, int64_t now)
{
    struct exchange *exchange = run->exchange;
    struct str key, value, kept;
    if (!describe(run, now, &key, &value) || key.length > LIMIT_ID_BYTES) {
        return now;
    }
    enum status status =
        store_reader_setting(exchange->api->options.reader, key, &exchange->arena, &kept, NULL);
    int64_t time;
    if (status == STATUS_OK && kept.length > 2 * SHA256_SIZE && memcmp(kept.at, value.at, 2 * SHA256_SIZE) == 0 &&
        str_to_i64(str_from_offset(kept, 2 * SHA256_SIZE + 1), &time)) {
        return time;
    }
    struct store_setting *setting = arena_new(&exchange->arena, sizeof *setting);
    if (setting != NULL) {
        *setting = (struct store_setting){.key = key, .value = value};
        run->waiting++;
        ingest_change(exchange->api->options.ingest, &(struct ingest_change){.settings = setting, .setting_count = 1},
                      remembered, run);
    }
    return now;
}

void handle_import(struct exchange *exchange)
{
    const struct import_format *format = import_format_find(exchange->path[0]);
    if (format == NULL) {
        struct buffer names;
        buffer_init(&names, 512);
        for (size_t i = 0; import_format_at(i) != NULL; i++) {
            buffer_append_format(&names, "%s%s", i > 0 ? ", " : "", import_format_name(import_format_at(i)));
        }
        problem(exchange, 404, "format", "There is no such format; formats are %.*s.", STR_ARGS(buffer_str(&names)));
        buffer_release(&names);
        return;
    }
    int64_t modified;
    bool is_events = str_is(exchange->path[0], "events");
    if (!request_number(exchange, PARAMETER_MODIFIED, 0, LIMIT_TIMESTAMP_MAX, -1, &modified) ||
        (!is_events && !request_required(exchange, PARAMETER_ITERATION))) {
        return;
    }
    if (exchange->request.content_encoding.length > 0 && !str_is(exchange->request.content_encoding, "identity")) {
        problem(exchange, 415, "Content-Encoding", "Send the file as it is, without Content-Encoding.");
        return;
    }
    struct import_run *run = arena_new_zeroed(&exchange->arena, 1, sizeof *run);
    if (run == NULL) {
        problem(exchange, 503, "", "out of memory");
        return;
    }
    run->exchange = exchange;
    run->format = format;
    run->rest = exchange->request.body;
    run->waiting = 1;
    buffer_init(&run->piece, LIMIT_DEAD_LETTER_BYTES + PIECE_BYTES);
    run->position = graph_position(exchange->api->options.graph); /* for a file of no events */
    buffer_init(&run->rejections, 1 * MIB);
    struct str name = exchange->query[PARAMETER_FILE].length > 0 ? exchange->query[PARAMETER_FILE] : STR("body");
    int64_t now = clock_now_ms(exchange->api->options.clock);
    if (modified < 0 && !is_events) {
        modified = time_of_report(run, now);
    }
    struct import_source source = {run, read_body, name, modified};
    struct import_options options = {
        .iteration_id = exchange->query[PARAMETER_ITERATION],
        .commit = exchange->query[PARAMETER_COMMIT],
        .manifest = exchange->query[PARAMETER_MANIFEST],
        .now_ms = now,
    };
    struct import_sink sink = {run, emit, emit_alone};
    run->status = import_run(format, &source, &options, &sink, &run->summary, &run->error);
    struct error error;
    if (run->refused == STATUS_OK && submit_piece(run, 0, &error) != STATUS_OK && run->refused == STATUS_OK) {
        run->refused = error.status;
        run->refusal = error;
    }
    finish(run);
}
