/* Changes of the dead-letter queue: edit, replay, discard. One at a time, so that a letter that is on its way out is not
 * taken out twice: two removals of one letter would fail the commit of all who share the batch. */
#include <stdlib.h>

#include "api/api_dlq.h"
#include "api/api_personal.h"
#include "base/sha256.h"

/* A change on its way; lives in the exchange's arena. */
struct dlq_change {
    struct store_dead_letter *letters;
    size_t count;
    bool more; /* others match the filter */
    bool apply;
    struct store_audit_entry audit;
    struct store_dead_letter_removal *removals;
    struct ingest_result *preview; /* of an edit */
    struct ingest_result edited;   /* gets the id of its new letter */
};

static bool out_of_memory(struct exchange *exchange)
{
    problem(exchange, 503, "", "out of memory; ask for fewer at once");
    return false;
}

/* ---- which ones ---- */

static bool read_ids(struct exchange *exchange, struct json ids, struct dlq_change *change)
{
    struct error error;
    size_t capacity = 0;
    for (struct json_iterator i = json_begin(ids); json_next(&i);) {
        capacity++;
    }
    if (capacity > LIMIT_REPLAY_BATCH) {
        problem(exchange, 400, "ids", "At most %d at once.", LIMIT_REPLAY_BATCH);
        return false;
    }
    change->letters = arena_new_zeroed(&exchange->arena, capacity + 1, sizeof *change->letters);
    if (change->letters == NULL) {
        return out_of_memory(exchange);
    }
    for (struct json_iterator i = json_begin(ids); json_next(&i);) {
        if (json_type(i.value) != JSON_I64 || json_i64(i.value) <= 0) {
            problem(exchange, 400, "ids", "Ids of dead letters are positive whole numbers.");
            return false;
        }
        int64_t id = json_i64(i.value);
        bool twice = false;
        for (size_t other = 0; other < change->count; other++) {
            twice = twice || change->letters[other].id == id;
        }
        if (twice) {
            continue;
        }
        struct store_dead_letter *letter = &change->letters[change->count];
        enum status status = store_reader_dead_letter(exchange->api->options.reader, id, &exchange->arena, letter, &error);
        if (status != STATUS_OK && status != STATUS_ABSENT) {
            problem_error(exchange, &error);
            return false;
        }
        bool mine = status == STATUS_OK && lists_tenant(exchange, letter->tenant);
        if (mine && letter->removal == STORE_EDITED) {
            dlq_refuse_removed(exchange, 404, letter);
            return false;
        }
        if (!mine || letter->removal != STORE_PENDING) {
            problem(exchange, 404, "ids", "There is no dead letter %lld that waits.", (long long)id);
            return false;
        }
        change->count++;
    }
    return true;
}

static bool read_time(struct exchange *exchange, struct json object, const char *key, int64_t *ms)
{
    struct json value;
    struct error error;
    *ms = 0;
    if (!json_member(object, key, &value) || json_type(value) == JSON_NULL) {
        return true;
    }
    if (json_type(value) == JSON_I64) {
        *ms = json_i64(value);
        return true;
    }
    if (json_type(value) == JSON_STRING &&
        time_parse(json_string(value), exchange->api->options.clock, ms, &error) == STATUS_OK) {
        return true;
    }
    problem(exchange, 400, key, "A time is expected: ms since 1970 or RFC 3339 text.");
    return false;
}

static bool read_filter(struct exchange *exchange, struct json json, struct store_dead_letter_filter *filter)
{
    struct str category, stream;
    *filter = (struct store_dead_letter_filter){.tenant = listed_tenant(exchange)};
    for (struct json_iterator i = json_begin(json); json_next(&i);) {
        static const char *const names[] = {"category", "stream", "iteration", "from", "to"};
        bool known = false;
        for (size_t n = 0; n < sizeof names / sizeof names[0]; n++) {
            known = known || str_is(i.key, names[n]);
        }
        if (!known) {
            problem(exchange, 400, "filter", "A filter has category, stream, iteration, from, to, and nothing else.");
            return false;
        }
    }
    return request_text(exchange, json, "category", false, &category) &&
           request_text(exchange, json, "stream", false, &stream) &&
           request_text(exchange, json, "iteration", false, &filter->iteration_id) &&
           read_time(exchange, json, "from", &filter->received_from) &&
           read_time(exchange, json, "to", &filter->received_until) && dlq_category(exchange, category, &filter->category) &&
           dlq_stream(exchange, stream, &filter->stream);
}

/* Up to LIMIT_REPLAY_BATCH that match, with their bytes where those are wanted. */
static bool read_matching(struct exchange *exchange, struct store_dead_letter_filter *filter, bool with_raw,
                          struct dlq_change *change)
{
    struct error error;
    struct store_reader *reader = exchange->api->options.reader;
    change->letters = arena_new_zeroed(&exchange->arena, LIMIT_REPLAY_BATCH, sizeof *change->letters);
    if (change->letters == NULL) {
        return out_of_memory(exchange);
    }
    bool more = true;
    while (more && change->count < LIMIT_REPLAY_BATCH) {
        struct store_dead_letter *page;
        size_t count, limit = LIMIT_REPLAY_BATCH - change->count;
        limit = limit < LIMIT_PAGE_ITEMS ? limit : LIMIT_PAGE_ITEMS;
        if (store_reader_dead_letters(reader, filter, limit, &exchange->arena, &page, &count, &more, &error) != STATUS_OK) {
            problem_error(exchange, &error);
            return false;
        }
        for (size_t i = 0; i < count; i++) {
            struct store_dead_letter *letter = &change->letters[change->count];
            *letter = page[i];
            filter->after_id = page[i].id;
            enum status status =
                !with_raw ? STATUS_OK : store_reader_dead_letter(reader, page[i].id, &exchange->arena, letter, &error);
            if (status != STATUS_OK) {
                problem_error(exchange, &error);
                return false;
            }
            change->count += letter->removal == STORE_PENDING;
        }
        more = more && count > 0;
    }
    change->more = more;
    return true;
}

/* {"ids": […]} or {"filter": {…}}; never both, of which the one meant could be the smaller. */
static bool read_selection(struct exchange *exchange, struct json body, bool with_raw, struct dlq_change *change)
{
    struct json ids, filter_json;
    struct store_dead_letter_filter filter;
    bool by_ids = json_member(body, "ids", &ids), by_filter = json_member(body, "filter", &filter_json);
    if (by_ids && !by_filter && json_type(ids) == JSON_ARRAY) {
        return read_ids(exchange, ids, change);
    }
    if (by_filter && !by_ids && json_type(filter_json) == JSON_OBJECT) {
        return read_filter(exchange, filter_json, &filter) && read_matching(exchange, &filter, with_raw, change);
    }
    problem(exchange, 400, "body",
            "Say which, by one of the two: {\"ids\":[7,8]} or {\"filter\":{\"category\":…,\"stream\":…,\"iteration\":…,"
            "\"from\":…,\"to\":…}}; an empty filter means all.");
    return false;
}

static bool read_apply(struct exchange *exchange, struct json body, bool *apply)
{
    struct json value;
    *apply = false;
    if (body.document == NULL || !json_member(body, "apply", &value)) {
        return true;
    }
    if (json_type(value) != JSON_BOOL) {
        problem(exchange, 400, "apply", "It must be true or false.");
        return false;
    }
    *apply = json_bool(value);
    return true;
}

static bool may_begin(struct exchange *exchange)
{
    if (exchange->api->options.read_only) {
        problem(exchange, 409, "",
                "This data directory is opened for reading only; send this to the process that writes it.");
        return false;
    }
    if (exchange->api->dlq_change_in_flight) {
        problem(exchange, 503, "", "Another change of the dead-letter queue is being written; try again in a moment.");
        return false;
    }
    return true;
}

/* "dlq/7", or "dlq" for several; the number of letters as `after`. */
static bool make_audit(struct exchange *exchange, const char *action, struct dlq_change *change)
{
    struct str object = STR("dlq"), after;
    if ((change->count == 1 && !arena_format(&exchange->arena, &object, "dlq/%lld", (long long)change->letters[0].id)) ||
        !arena_format(&exchange->arena, &after, "{\"letters\":%zu}", change->count)) {
        return out_of_memory(exchange);
    }
    change->audit = audit_entry(exchange, action, object);
    change->audit.after = after;
    return true;
}

static void refuse(struct exchange *exchange, const struct ingest_answer *ingested)
{
    struct error error = ingested->error;
    error.status = ingested->status;
    if (error.status == STATUS_ABSENT) {
        problem(exchange, 409, error.place, "%s", error.text); /* someone else was quicker */
    } else {
        problem_error(exchange, &error);
    }
}

/* ---- replay ---- */

static void write_results(struct exchange *exchange, const struct dlq_change *change, const struct ingest_result *results)
{
    struct buffer *body = &exchange->body;
    uint64_t counts[INGEST_OUTCOME_COUNT] = {0};
    for (const struct ingest_result *result = results; result != NULL; result = result->next) {
        counts[result->outcome]++;
    }
    json_field_bool(&exchange->json, "dry_run", !change->apply);
    json_field_i64(&exchange->json, "accepted", (int64_t)counts[INGEST_ACCEPTED]);
    json_field_i64(&exchange->json, "duplicates", (int64_t)counts[INGEST_DUPLICATE]);
    json_field_i64(&exchange->json, "conflicts", (int64_t)counts[INGEST_CONFLICT]);
    json_field_i64(&exchange->json, "rejected", (int64_t)counts[INGEST_REJECTED]);
    json_field_i64(&exchange->json, "position", (int64_t)graph_position(exchange->api->options.graph));
    json_field_bool(&exchange->json, "more", change->more);
    buffer_append_str(body, STR(",\"results\":["));
    for (const struct ingest_result *result = results; result != NULL; result = result->next) {
        buffer_append_text(body, result == results ? "{\"index\":" : ",{\"index\":");
        buffer_append_i64(body, (int64_t)result->ordinal);
        if (result->outcome != INGEST_REJECTED) {
            buffer_append_str(body, STR(",\"dead_letter\":"));
            buffer_append_i64(body, change->letters[result->ordinal].id);
        }
        append_result(body, result);
        buffer_append_char(body, '}');
    }
    buffer_append_char(body, ']');
}

static void answer_replay(struct exchange *exchange, const struct dlq_change *change, const struct ingest_result *results)
{
    bool some_stay = false;
    for (const struct ingest_result *result = results; result != NULL; result = result->next) {
        some_stay = some_stay || result->outcome == INGEST_REJECTED || result->outcome == INGEST_CONFLICT;
    }
    json_write_object_begin(&exchange->json);
    write_results(exchange, change, results);
    json_write_object_end(&exchange->json);
    answer(exchange, some_stay && change->apply ? 207 : 200);
}

static void on_replayed(void *context, const struct ingest_answer *ingested)
{
    struct exchange *exchange = context;
    exchange->api->dlq_change_in_flight = false;
    if (ingested->status != STATUS_OK) {
        refuse(exchange, ingested);
        return;
    }
    answer_replay(exchange, exchange->state, ingested->results);
}

static void replay(struct exchange *exchange, struct dlq_change *change)
{
    struct ingest_replay request = {.letters = change->letters,
                                    .count = change->count,
                                    .now_ms = clock_now_ms(exchange->api->options.clock),
                                    .audit = &change->audit};
    struct ingest_result *results = NULL;
    struct error error;
    if (change->count == 0) {
        answer_replay(exchange, change, NULL);
        return;
    }
    if (!change->apply) {
        if (ingest_replay_preview(exchange->api->options.ingest, &request, &exchange->arena, &results, &error) !=
            STATUS_OK) {
            problem_error(exchange, &error);
            return;
        }
        answer_replay(exchange, change, results);
        return;
    }
    if (!may_begin(exchange) || !make_audit(exchange, "dlq.replay", change)) {
        return;
    }
    exchange->state = change;
    exchange->api->dlq_change_in_flight = true;
    ingest_replay(exchange->api->options.ingest, &request, on_replayed, exchange);
}

static struct dlq_change *change_new(struct exchange *exchange)
{
    struct dlq_change *change = arena_new_zeroed(&exchange->arena, 1, sizeof *change);
    if (change == NULL) {
        (void)out_of_memory(exchange);
    }
    return change;
}

void handle_dlq_replay(struct exchange *exchange)
{
    struct json body;
    bool present;
    struct dlq_change *change = change_new(exchange);
    if (change != NULL && request_json(exchange, false, &body, &present) && read_apply(exchange, body, &change->apply) &&
        read_selection(exchange, body, true, change)) {
        replay(exchange, change);
    }
}

/* The one letter of the path. */
static bool read_one(struct exchange *exchange, struct dlq_change *change)
{
    change->letters = arena_new_zeroed(&exchange->arena, 1, sizeof *change->letters);
    change->count = 1;
    return change->letters == NULL ? out_of_memory(exchange) : dlq_read_waiting(exchange, change->letters);
}

void handle_dlq_replay_one(struct exchange *exchange)
{
    struct json body;
    bool present;
    struct dlq_change *change = change_new(exchange);
    if (change != NULL && request_json(exchange, true, &body, &present) && read_apply(exchange, body, &change->apply) &&
        read_one(exchange, change)) {
        replay(exchange, change);
    }
}

/* ---- discard ---- */

static void on_discarded(void *context, const struct ingest_answer *ingested)
{
    struct exchange *exchange = context;
    const struct dlq_change *change = exchange->state;
    exchange->api->dlq_change_in_flight = false;
    if (ingested->status != STATUS_OK) {
        refuse(exchange, ingested);
        return;
    }
    json_write_object_begin(&exchange->json);
    json_field_i64(&exchange->json, "discarded", (int64_t)change->count);
    json_field_bool(&exchange->json, "more", change->more);
    json_write_object_end(&exchange->json);
    answer(exchange, 200);
}

static void discard(struct exchange *exchange, struct dlq_change *change, struct str reason)
{
    struct ingest_answer nothing = {.status = STATUS_OK};
    exchange->state = change;
    if (change->count == 0) {
        on_discarded(exchange, &nothing);
        return;
    }
    change->removals = arena_new_zeroed(&exchange->arena, change->count, sizeof *change->removals);
    if (change->removals == NULL) {
        (void)out_of_memory(exchange);
        return;
    }
    for (size_t i = 0; i < change->count; i++) {
        change->removals[i] = (struct store_dead_letter_removal){.id = change->letters[i].id, .why = STORE_DISCARDED};
    }
    if (!may_begin(exchange) || !make_audit(exchange, "dlq.discard", change)) {
        return;
    }
    if (reason.length > 0) {
        struct buffer text;
        buffer_init(&text, 2 * LIMIT_TEXT_BYTES);
        buffer_append_format(&text, "{\"letters\":%zu,\"reason\":", change->count);
        json_append_string(&text, reason);
        buffer_append_char(&text, '}');
        bool kept = !buffer_failed(&text) && arena_copy(&exchange->arena, buffer_str(&text), &change->audit.after);
        buffer_release(&text);
        if (!kept) {
            (void)out_of_memory(exchange);
            return;
        }
    }
    struct ingest_change request = {
        .removals = change->removals, .removal_count = change->count, .audit = &change->audit, .audit_count = 1};
    exchange->api->dlq_change_in_flight = true;
    ingest_change(exchange->api->options.ingest, &request, on_discarded, exchange);
}

void handle_dlq_discard(struct exchange *exchange)
{
    struct json body;
    bool present;
    struct str reason;
    struct dlq_change *change = change_new(exchange);
    if (change != NULL && request_json(exchange, false, &body, &present) &&
        request_text(exchange, body, "reason", false, &reason) && read_selection(exchange, body, false, change)) {
        discard(exchange, change, reason);
    }
}

void handle_dlq_discard_one(struct exchange *exchange)
{
    struct json body;
    bool present;
    struct str reason;
    struct dlq_change *change = change_new(exchange);
    if (change != NULL && request_json(exchange, true, &body, &present) &&
        request_text(exchange, body, "reason", false, &reason) && read_one(exchange, change)) {
        discard(exchange, change, reason);
    }
}

/* ---- edit ----
 *
 * The new text becomes a letter of its own, and the old one leaves the queue for it with its bytes as they came. */

/* {"bytes":120,"sha256":"…"}: what stood there and what stands there, without showing it. */
static bool fingerprint(struct exchange *exchange, struct str raw, struct str *text)
{
    uint8_t digest[SHA256_SIZE];
    struct sha256 *hash = sha256_new();
    if (hash == NULL) {
        return out_of_memory(exchange);
    }
    sha256_begin(hash);
    sha256_add(hash, raw.at, raw.length);
    sha256_end(hash, digest);
    sha256_free(hash);
    struct buffer hex;
    buffer_init(&hex, 256);
    buffer_append_format(&hex, "{\"bytes\":%zu,\"sha256\":\"", raw.length);
    buffer_append_hex(&hex, digest, sizeof digest);
    buffer_append_text(&hex, "\"}");
    bool kept = !buffer_failed(&hex) && arena_copy(&exchange->arena, buffer_str(&hex), text);
    buffer_release(&hex);
    return kept || out_of_memory(exchange);
}

static void on_edited(void *context, const struct ingest_answer *ingested)
{
    struct exchange *exchange = context;
    const struct dlq_change *change = exchange->state;
    exchange->api->dlq_change_in_flight = false;
    if (ingested->status != STATUS_OK) {
        refuse(exchange, ingested);
        return;
    }
    json_write_object_begin(&exchange->json);
    json_field_i64(&exchange->json, "id", change->edited.dead_letter);
    json_field_i64(&exchange->json, "replaces", change->letters[0].replaces);
    change->preview->dead_letter = change->edited.dead_letter;
    buffer_append_text(&exchange->body, ",\"would\":{\"index\":0");
    if (change->preview->outcome != INGEST_REJECTED) {
        buffer_append_str(&exchange->body, STR(",\"dead_letter\":"));
        buffer_append_i64(&exchange->body, change->edited.dead_letter);
    }
    append_result(&exchange->body, change->preview);
    buffer_append_char(&exchange->body, '}');
    json_write_object_end(&exchange->json);
    answer(exchange, 200);
}

/* Makes of the old letter with the new text in it the letter that takes its place. */
static void make_successor(const struct exchange *exchange, struct store_dead_letter *letter, const struct ingest_result *would)
{
    bool rejected = would->outcome == INGEST_REJECTED;
    letter->replaces = letter->id;
    letter->id = 0;
    letter->received_at = clock_now_ms(exchange->api->options.clock);
    letter->category = rejected ? (uint8_t)would->category : letter->category;
    letter->place = rejected ? would->place : STR("");
    letter->reason = rejected ? would->reason : STR("Edited; it would be accepted now. Replay it.");
    letter->event_id = would->event_id.length > 0 ? would->event_id : letter->event_id;
}

void handle_dlq_edit(struct exchange *exchange)
{
    struct error error;
    struct dlq_change *change = change_new(exchange);
    if (change == NULL || !read_one(exchange, change)) {
        return;
    }
    if (exchange->request.body.length == 0) {
        problem(exchange, 400, "body", "The body must be the new text of the event; to drop the dead letter, DELETE it.");
        return;
    }
    struct store_dead_letter *letter = change->letters;
    struct str before = letter->raw;
    struct str text = exchange->request.body;
    if (!personal_unmask_letter(exchange->api, &exchange->request.principal, letter, &exchange->arena, &text)) {
        (void)out_of_memory(exchange);
        return;
    }
    letter->raw = text;
    struct ingest_replay preview = {.letters = letter, .count = 1, .now_ms = clock_now_ms(exchange->api->options.clock)};
    if (!may_begin(exchange) || !make_audit(exchange, "dlq.edit", change) ||
        !fingerprint(exchange, before, &change->audit.before) || !fingerprint(exchange, letter->raw, &change->audit.after)) {
        return;
    }
    if (ingest_replay_preview(exchange->api->options.ingest, &preview, &exchange->arena, &change->preview, &error) !=
        STATUS_OK) {
        problem_error(exchange, &error);
        return;
    }
    make_successor(exchange, letter, change->preview);
    struct ingest_change request = {
        .edited = letter, .edited_result = &change->edited, .audit = &change->audit, .audit_count = 1};
    exchange->state = change;
    exchange->api->dlq_change_in_flight = true;
    ingest_change(exchange->api->options.ingest, &request, on_edited, exchange);
}
