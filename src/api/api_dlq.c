/* Dead letters over HTTP: list, show, edit, replay (dry unless said otherwise), discard; and the audit log. */
#include "api/api_dlq.h"
#include "api/api_personal.h"

#include <stdio.h>

/* ---- asking for some ---- */

bool dlq_category(struct exchange *exchange, struct str text, int *category)
{
    enum event_fault_category named;
    *category = STORE_ANY;
    if (text.length == 0) {
        return true;
    }
    if (!event_fault_from_name(text, &named)) {
        problem(exchange, 400, "category",
                "It must be SCHEMA_VALIDATION, CORRELATION_FAILED, DATABASE_ERROR, "
                "TRANSIENT_NETWORK or CRITICAL.");
        return false;
    }
    *category = (int)named;
    return true;
}

bool dlq_stream(struct exchange *exchange, struct str text, int *stream)
{
    enum event_stream named;
    *stream = STORE_ANY;
    if (text.length == 0) {
        return true;
    }
    if (str_equal_ignoring_case(text, STR("unknown"))) {
        *stream = STORE_STREAM_UNKNOWN;
        return true;
    }
    if (!event_stream_from_name(text, &named)) {
        problem(exchange, 400, "stream", "It must be DDE, BDV, ACC, CONTROL or unknown.");
        return false;
    }
    *stream = (int)named;
    return true;
}

/* newest is the order where nothing is said. */
bool dlq_order(struct exchange *exchange, bool *newest_first)
{
    struct str order = exchange->query[PARAMETER_ORDER];
    *newest_first = !str_is(order, "oldest");
    if (order.at != NULL && *newest_first && !str_is(order, "newest")) {
        problem(exchange, 400, "order", "It must be newest or oldest.");
        return false;
    }
    return true;
}

static bool removed_asked(struct exchange *exchange, bool *removed)
{
    struct str text = exchange->query[PARAMETER_REMOVED];
    *removed = str_is(text, "true");
    if (text.at != NULL && !*removed && !str_is(text, "false")) {
        problem(exchange, 400, "removed", "It must be true or false.");
        return false;
    }
    return true;
}

/* A dead letter's own tenant sees it, and who sees all. */
bool dlq_read(struct exchange *exchange, struct store_dead_letter *letter)
{
    struct error error;
    int64_t id;
    if (!str_to_i64(exchange->path[0], &id) || id <= 0) {
        problem(exchange, 400, "id", "The id of a dead letter is a number.");
        return false;
    }
    enum status status = store_reader_dead_letter(exchange->api->options.reader, id, &exchange->arena, letter, &error);
    if (status == STATUS_OK && !lists_tenant(exchange, letter->tenant)) {
        status = STATUS_ABSENT;
    }
    if (status == STATUS_ABSENT) {
        problem(exchange, 404, "id", "There is no dead letter %lld.", (long long)id);
    } else if (status != STATUS_OK) {
        problem_error(exchange, &error);
    }
    return status == STATUS_OK;
}

void dlq_refuse_removed(struct exchange *exchange, unsigned status, const struct store_dead_letter *letter)
{
    if (letter->removal == STORE_EDITED) {
        problem(exchange, status, "id", "Dead letter %lld was edited; its new text is dead letter %lld.", (long long)letter->id,
                (long long)letter->became);
    } else {
        problem(exchange, status, "id", "Dead letter %lld has left the queue already.", (long long)letter->id);
    }
}

bool dlq_read_waiting(struct exchange *exchange, struct store_dead_letter *letter)
{
    if (!dlq_read(exchange, letter)) {
        return false;
    }
    if (letter->removal != STORE_PENDING) {
        dlq_refuse_removed(exchange, 409, letter);
        return false;
    }
    return true;
}

/* ---- showing ---- */

const char *dlq_removal_name(enum store_removal removal)
{
    static const char *const names[] = {
        [STORE_PENDING] = NULL, [STORE_REPLAYED] = "REPLAYED", [STORE_DISCARDED] = "DISCARDED", [STORE_EDITED] = "EDITED"};
    return removal <= STORE_EDITED ? names[removal] : NULL;
}

static void write_letter_fields(struct json_writer *json, const struct store_dead_letter *letter)
{
    enum event_fault_category category = (enum event_fault_category)letter->category;
    bool removed = letter->removal != STORE_PENDING;
    json_field_i64(json, "id", letter->id);
    json_field_i64(json, "received_at", letter->received_at);
    json_field_text(json, "category", category < EVENT_FAULT_COUNT ? event_fault_name(category) : NULL);
    json_field_bool(json, "retriable", category < EVENT_FAULT_COUNT && event_fault_is_retriable(category));
    json_field_text(json, "stream",
                    letter->stream >= 0 && letter->stream < EVENT_STREAM_COUNT
                        ? event_stream_name((enum event_stream)letter->stream)
                        : NULL);
    json_field_str(json, "tenant", letter->tenant);
    write_text(json, "iteration", letter->iteration_id);
    write_text(json, "event_id", letter->event_id);
    json_field_str(json, "place", letter->place.at == NULL ? STR("") : letter->place);
    json_field_str(json, "reason", letter->reason);
    write_text(json, "content_type", letter->content_type);
    write_text(json, "origin", letter->origin);
    json_field_i64(json, "attempts", letter->attempts);
    json_field_i64(json, "raw_bytes", (int64_t)letter->raw_bytes);
    json_field_text(json, "removal", dlq_removal_name(letter->removal));
    write_measure(json, "removed_at", removed ? measure_of((double)letter->removed_at) : MEASURE_UNKNOWN);
    write_measure(json, "became", removed && letter->became != 0 ? measure_of((double)letter->became) : MEASURE_UNKNOWN);
    write_measure(json, "replaces", letter->replaces != 0 ? measure_of((double)letter->replaces) : MEASURE_UNKNOWN);
}

bool dlq_write_counts(struct exchange *exchange)
{
    uint64_t counts[STORE_CATEGORY_COUNT], waiting = 0;
    struct error error;
    if (store_reader_dead_letter_counts(exchange->api->options.reader, listed_tenant(exchange), counts, &error) != STATUS_OK) {
        problem_error(exchange, &error);
        return false;
    }
    struct json_writer *json = &exchange->json;
    for (int i = 0; i < EVENT_FAULT_COUNT; i++) {
        waiting += counts[i];
    }
    json_write_object_begin(json);
    json_field_i64(json, "waiting", (int64_t)waiting);
    for (int i = 0; i < EVENT_FAULT_COUNT; i++) {
        json_field_i64(json, event_fault_name((enum event_fault_category)i), (int64_t)counts[i]);
    }
    json_write_object_end(json);
    return true;
}

void dlq_write_cursor(struct exchange *exchange, bool more, int64_t last_id)
{
    struct str cursor = STR_NONE;
    if (more && !arena_format(&exchange->arena, &cursor, "%lld", (long long)last_id)) {
        exchange->partial = "memory is short";
    }
    page_next(exchange, cursor);
}

void handle_dlq_list(struct exchange *exchange)
{
    struct store_dead_letter_filter filter = {.tenant = listed_tenant(exchange),
                                              .iteration_id = exchange->query[PARAMETER_ITERATION]};
    struct store_dead_letter *letters;
    size_t count;
    bool more;
    int64_t limit;
    struct error error;
    if (!dlq_category(exchange, exchange->query[PARAMETER_CATEGORY], &filter.category) ||
        !dlq_stream(exchange, exchange->query[PARAMETER_STREAM], &filter.stream) ||
        !dlq_order(exchange, &filter.newest_first) || !removed_asked(exchange, &filter.removed) ||
        !request_time(exchange, PARAMETER_FROM, 0, &filter.received_from) ||
        !request_time(exchange, PARAMETER_TO, 0, &filter.received_until) ||
        !request_number(exchange, PARAMETER_LIMIT, 1, LIMIT_PAGE_ITEMS, PAGE_ITEMS_DEFAULT, &limit) ||
        !request_number(exchange, PARAMETER_CURSOR, 1, INT64_MAX, 0, &filter.after_id)) {
        return;
    }
    if (store_reader_dead_letters(exchange->api->options.reader, &filter, (size_t)limit, &exchange->arena, &letters, &count,
                                  &more, &error) != STATUS_OK) {
        problem_error(exchange, &error);
        return;
    }
    struct json_writer *json = &exchange->json;
    json_write_object_begin(json);
    json_write_key(json, "letters");
    json_write_array_begin(json);
    for (size_t i = 0; i < count; i++) {
        json_write_object_begin(json);
        write_letter_fields(json, &letters[i]);
        json_write_object_end(json);
    }
    json_write_array_end(json);
    dlq_write_cursor(exchange, more, count > 0 ? letters[count - 1].id : 0);
    json_write_key(json, "counts");
    if (!dlq_write_counts(exchange)) {
        return;
    }
    json_write_object_end(json);
    answer(exchange, 200);
}

static void append_base64(struct buffer *buffer, struct str bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < bytes.length; i += 3) {
        size_t left = bytes.length - i;
        uint32_t word = (uint32_t)(unsigned char)bytes.at[i] << 16;
        word |= left > 1 ? (uint32_t)(unsigned char)bytes.at[i + 1] << 8 : 0;
        word |= left > 2 ? (uint32_t)(unsigned char)bytes.at[i + 2] : 0;
        char four[4] = {digits[word >> 18], digits[word >> 12 & 63], left > 1 ? digits[word >> 6 & 63] : '=',
                        left > 2 ? digits[word & 63] : '='};
        buffer_append(buffer, four, sizeof four);
    }
}

struct str dlq_raw_text(const struct store_dead_letter *letter, struct buffer *coded, bool *is_base64)
{
    struct str raw = letter->raw;
    *is_base64 = raw.at != NULL && !str_is_utf8(raw);
    buffer_init(coded, raw.length / 3 * 4 + 8);
    if (!*is_base64) {
        return raw;
    }
    append_base64(coded, raw);
    return buffer_failed(coded) ? STR_NONE : buffer_str(coded);
}

static void write_raw(struct json_writer *json, const struct store_dead_letter *letter)
{
    struct buffer coded;
    bool is_base64;
    json_field_str(json, "raw", dlq_raw_text(letter, &coded, &is_base64));
    json_field_text(json, "raw_encoding", is_base64 ? "base64" : letter->raw.at == NULL ? NULL : "text");
    buffer_release(&coded);
}

void handle_dlq_show(struct exchange *exchange)
{
    struct store_dead_letter letter;
    if (!dlq_read(exchange, &letter)) {
        return;
    }
    struct store_dead_letter shown = letter;
    if (!personal_mask_letter(exchange->api, &exchange->request.principal, &shown, &exchange->arena)) {
        problem(exchange, 503, "", "out of memory; try again in a moment");
        return;
    }
    struct json_writer *json = &exchange->json;
    json_write_object_begin(json);
    json_write_key(json, "letter");
    json_write_object_begin(json);
    write_letter_fields(json, &letter);
    write_raw(json, &shown);
    json_write_object_end(json);
    if (!dlq_write_difference(exchange, &letter)) {
        return;
    }
    json_write_object_end(json);
    answer(exchange, 200);
}
