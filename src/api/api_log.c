/* The log itself: one event as it is kept, and the messages in it.
 *
 * Looking for messages is a walk back from the newest event, over so many events at most that a request does not hold up the
 * others; then the answer is partial and its cursor goes on where it stopped. No index to keep: the log is read as it lies. */
#include <stdio.h>

#include "api/api_private.h"
#include "base/memory.h"
#include "ingest/unseal.h"

#define STRETCH_EVENTS 2000 /* read at once */
#define QUERY_BYTES_MIN 2
#define NEEDLE_BYTES_MAX 256

/* ---- one event ---- */

static uint64_t seq_of_event_id(const struct exchange *exchange, struct str event_id)
{
    const struct graph *graph = exchange->api->options.graph;
    char text[GRAPH_EVENT_ID_SIZE];
    for (uint32_t fact = graph_fact_count(graph); fact-- > 0;) {
        if (str_equal(graph_fact_event_id(graph, fact, text), event_id)) {
            struct fact_info info = graph_fact(graph, fact);
            if (lists_tenant(exchange, info.tenant_id)) {
                return info.seq;
            }
        }
    }
    return 0;
}

enum status log_unseal(struct api *api, const struct store_event *event, struct arena *arena, struct str *payload, struct error *error)
{
    const struct unseal unseal = {api->options.seal, api->decoder, arena};
    return unseal_payload(&unseal, event, payload, error);
}

static void write_event(struct json_writer *json, const struct store_event *event, struct str payload)
{
    json_field_i64(json, "seq", (int64_t)event->seq);
    write_moment(json, "observed_at", event->observed_at);
    json_field_text(json, "stream", event_stream_name((enum event_stream)event->stream));
    json_field_text(json, "type", event_type_symbol((enum event_type)event->type));
    json_field_str(json, "tenant", event->tenant);
    json_write_key(json, "event");
    json_write_raw(json, payload);
}

void handle_event(struct exchange *exchange)
{
    struct error error;
    struct store_event event;
    struct str id = exchange->path[0], payload = STR_NONE;
    int64_t number = 0;
    uint64_t seq = str_to_i64(id, &number) && number > 0 ? (uint64_t)number : seq_of_event_id(exchange, id);
    enum status status =
        seq == 0 ? STATUS_ABSENT : store_reader_event(exchange->api->options.reader, seq, &event, &error);
    if (status == STATUS_OK && !lists_tenant(exchange, event.tenant)) {
        status = STATUS_ABSENT;
    }
    if (status == STATUS_OK) {
        status = log_unseal(exchange->api, &event, &exchange->arena, &payload, &error);
    }
    if (status == STATUS_ABSENT) {
        problem(exchange, 404, "id", "The log has no event \"%.*s\"; give its place in the log (seq) or its event_id.", STR_ARGS(id));
        return;
    }
    if (status != STATUS_OK) {
        problem_error(exchange, &error);
        return;
    }
    json_write_object_begin(&exchange->json);
    write_event(&exchange->json, &event, payload);
    json_write_object_end(&exchange->json);
    answer(exchange, 200);
}

/* ---- messages ---- */

struct walk {
    struct exchange *exchange;
    struct str needle; /* in small letters */
    struct str iteration_id; /* absent: any */
    int64_t left;            /* hits that still fit */
    uint64_t looked_at;
    uint64_t own; /* of them, those that may be seen: how many others there are is nobody's business */
    struct json_parser *parser;
};

const char *log_message(struct json event, struct str needle, struct str *text)
{
    static const char *const fields[] = {"error_message", "violation_message", "step_text", "quality_gate_name"};
    static const char *const in_error[] = {"message", "code", "stack_trace"};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        *text = json_member_string(event, fields[i]);
        if (text->at != NULL && search_holds(*text, needle)) {
            return fields[i];
        }
    }
    struct json error;
    for (size_t i = 0; json_member(event, "error", &error) && i < sizeof in_error / sizeof in_error[0]; i++) {
        *text = json_member_string(error, in_error[i]);
        if (text->at != NULL && search_holds(*text, needle)) {
            return in_error[i];
        }
    }
    return NULL;
}

/* The text as JSON may have escaped characters, so what it does not hold is not looked at closer only where the needle has
 * none that JSON escapes. */
bool log_may_hold(struct str payload, struct str needle)
{
    for (size_t i = 0; i < needle.length; i++) {
        unsigned char c = (unsigned char)needle.at[i];
        if (c == '"' || c == '\\' || c == '/' || c < ' ' || c >= 0x80) {
            return true;
        }
    }
    return search_holds(payload, needle);
}

static void write_hit(struct json_writer *json, const struct store_event *event, struct json root, const char *field,
                      struct str text)
{
    json_write_object_begin(json);
    json_field_i64(json, "seq", (int64_t)event->seq);
    write_moment(json, "observed_at", event->observed_at);
    json_field_text(json, "stream", event_stream_name((enum event_stream)event->stream));
    json_field_text(json, "type", event_type_symbol((enum event_type)event->type));
    json_field_str(json, "tenant", event->tenant);
    write_text(json, "event_id", json_member_string(root, "event_id"));
    write_text(json, "iteration", json_member_string(root, "iteration_id"));
    write_text(json, "node", json_member_string(root, "node_id"));
    json_field_text(json, "field", field);
    json_field_str(json, "text", text);
    json_write_object_end(json);
}

/* True when it was a hit. */
static bool look_at(struct walk *walk, const struct store_event *event)
{
    struct json root;
    struct str text;
    if (!lists_tenant(walk->exchange, event->tenant) || !log_may_hold(event->payload, walk->needle) ||
        json_parse(walk->parser, event->payload, &root, NULL) != STATUS_OK) {
        return false;
    }
    if (walk->iteration_id.length > 0 && !str_equal(json_member_string(root, "iteration_id"), walk->iteration_id)) {
        return false;
    }
    const char *field = log_message(root, walk->needle, &text);
    if (field == NULL) {
        return false;
    }
    write_hit(&walk->exchange->json, event, root, field, text);
    return true;
}

/* Events [from, until) into the arena, as the reader's own do not outlive its next call. */
static enum status read_stretch(struct exchange *exchange, uint64_t from, uint64_t until, struct arena *arena,
                                struct store_event *events, size_t *count, struct error *error)
{
    *count = 0;
    while (from < until) {
        const struct store_event *chunk;
        size_t found;
        enum status status = store_reader_events(exchange->api->options.reader, from, &chunk, &found, error);
        if (status != STATUS_OK || found == 0) {
            return status;
        }
        for (size_t i = 0; i < found && chunk[i].seq < until; i++) {
            struct store_event *event = &events[(*count)++];
            struct str opened;
            *event = chunk[i];
            status = log_unseal(exchange->api, &chunk[i], arena, &opened, error);
            if (status != STATUS_OK) {
                return status;
            }
            char *payload = arena_new(arena, opened.length + JSON_READ_PADDING);
            if (payload == NULL || !arena_copy(arena, chunk[i].tenant, &event->tenant)) {
                return error_no_memory(error, "search");
            }
            memcpy(payload, opened.at, opened.length);
            memset(payload + opened.length, 0, JSON_READ_PADDING);
            event->payload = (struct str){payload, opened.length};
        }
        from = chunk[found - 1].seq + 1;
    }
    return STATUS_OK;
}

/* Back from before `*until`; what is left to look at ends before *until afterwards (1: nothing). */
static enum status walk_back(struct walk *walk, uint64_t *until, struct error *error)
{
    struct arena arena;
    enum status status = STATUS_OK;
    struct store_event *events = memory_new(sizeof *events * STRETCH_EVENTS);
    arena_init(&arena, LIMIT_REQUEST_ARENA_BYTES);
    if (events == NULL) {
        status = error_no_memory(error, "search");
    }
    while (status == STATUS_OK && *until > 1 && walk->left > 0 && walk->looked_at < LOG_WALK_EVENTS_MAX) {
        size_t count;
        uint64_t from = *until > STRETCH_EVENTS ? *until - STRETCH_EVENTS : 1;
        arena_clear(&arena);
        status = read_stretch(walk->exchange, from, *until, &arena, events, &count, error);
        while (status == STATUS_OK && count > 0 && walk->left > 0) {
            const struct store_event *event = &events[--count];
            walk->left -= look_at(walk, event) ? 1 : 0;
            walk->looked_at++;
            walk->own += lists_tenant(walk->exchange, event->tenant) ? 1 : 0;
            *until = event->seq;
        }
        if (status == STATUS_OK && count == 0) {
            *until = from;
        }
    }
    arena_release(&arena);
    memory_free(events);
    return status;
}

static bool ask(struct exchange *exchange, struct walk *walk, uint64_t *until)
{
    struct str needle = exchange->query[PARAMETER_Q];
    int64_t cursor;
    if (needle.length < QUERY_BYTES_MIN || needle.length > NEEDLE_BYTES_MAX) {
        problem(exchange, 400, "q", "Give %d to %d bytes to look for as q.", QUERY_BYTES_MIN, NEEDLE_BYTES_MAX);
        return false;
    }
    *walk = (struct walk){
        .exchange = exchange, .iteration_id = exchange->query[PARAMETER_ITERATION], .parser = exchange->api->parser};
    struct error error;
    if (search_needle(needle, "q", &exchange->arena, &walk->needle, &error) != STATUS_OK) {
        problem_error(exchange, &error);
        return false;
    }
    if (!request_number(exchange, PARAMETER_LIMIT, 1, LIMIT_PAGE_ITEMS, PAGE_ITEMS_DEFAULT, &walk->left) ||
        !request_number(exchange, PARAMETER_CURSOR, 2, INT64_MAX, 0, &cursor)) {
        return false;
    }
    uint64_t end = graph_position(exchange->api->options.graph) + 1;
    *until = cursor > 0 && (uint64_t)cursor < end ? (uint64_t)cursor : end;
    return true;
}

void handle_search_logs(struct exchange *exchange)
{
    struct walk walk;
    struct error error;
    uint64_t until;
    if (!ask(exchange, &walk, &until)) {
        return;
    }
    json_write_object_begin(&exchange->json);
    json_write_key(&exchange->json, "hits");
    json_write_array_begin(&exchange->json);
    if (walk_back(&walk, &until, &error) != STATUS_OK) {
        problem_error(exchange, &error);
        return;
    }
    json_write_array_end(&exchange->json);
    json_field_i64(&exchange->json, "looked_at", (int64_t)walk.own);
    struct str cursor = STR_NONE;
    if (until > 1 && !arena_format(&exchange->arena, &cursor, "%llu", (unsigned long long)until)) {
        problem(exchange, 503, "", "out of memory");
        return;
    }
    page_next(exchange, cursor);
    if (until > 1 && walk.left > 0) {
        exchange->partial = "older events were not looked at; go on with next_cursor";
    }
    struct ingest_now now = ingest_now(exchange->api->options.ingest);
    answer_all(exchange, (struct clocks){now.valid_at, now.known_at, true});
}
