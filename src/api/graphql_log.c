/* searchLogs: the event log, newest first. What an event is about stands in the graph's facts; its message is fetched from the
 * log. One search looks at LOG_WALK_EVENTS_MAX of them at most and says so where there is more. */
#include "api/graphql_private.h"

#define FACTS_BETWEEN 64 /* looks at the clock */

struct log_entry {
    uint32_t fact;
    uint64_t seq;
    const char *field; /* that has the message; NULL where the producer says nothing */
    struct str message;
    struct str source, actor, reason; /* absent where the event says none */
};

struct log_page {
    struct graphql_connection page;
    struct arena_list entries; /* struct log_entry, newest first */
};

struct log_search {
    struct query_call *call;
    struct str needle, iteration_id, trace_id;
    uint64_t streams, types, levels;
    int64_t from, to;
    struct page_request page;
    struct clocks clocks;
    uint32_t known_facts;
    uint32_t looked_at; /* events fetched */
    bool more;
    struct json_parser *parser;
};

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO };

static const char *level_at(int number)
{
    static const char *const names[] = {"ERROR", "WARNING", "INFO", NULL};
    return names[number];
}

static enum log_level level_of(enum event_type type)
{
    switch (type) {
    case EVENT_DDE_WORKFLOW_FAILED:
    case EVENT_DDE_TASK_FAILED:
    case EVENT_DDE_TASK_RETRY_EXHAUSTED:
    case EVENT_BDV_SCENARIO_FAILED:
    case EVENT_ACC_VIOLATION_DETECTED:
    case EVENT_ACC_LAYERING_VIOLATION:
    case EVENT_ACC_CYCLE_DETECTED:
        return LOG_LEVEL_ERROR;
    case EVENT_DDE_TASK_RETRYING:
    case EVENT_BDV_FLAKE_DETECTED:
    case EVENT_BDV_SCENARIO_QUARANTINED:
    case EVENT_ACC_VIOLATION_SUPPRESSED:
    case EVENT_ACC_COUPLING_ALERT:
    case EVENT_CONTROL_GATE_OVERRIDDEN:
    case EVENT_CONTROL_LINK_DENIED:
        return LOG_LEVEL_WARNING;
    default:
        return LOG_LEVEL_INFO;
    }
}

/* What the facts alone decide. */
static bool fits(const struct log_search *search, const struct fact_info *fact)
{
    const struct graphql_request *request = request_of(search->call);
    return (request->asker.all_tenants || str_equal(fact->tenant_id, request->asker.tenant_id)) &&
           (search->iteration_id.length == 0 || str_equal(fact->iteration_id, search->iteration_id)) &&
           (search->trace_id.length == 0 || str_equal(fact->trace_id, search->trace_id)) &&
           (search->streams >> event_type_stream(fact->type) & 1) != 0 && (search->types >> fact->type & 1) != 0 &&
           (search->levels >> level_of(fact->type) & 1) != 0 && fact->valid_from >= search->from &&
           fact->valid_from <= search->to;
}

/* The text of a field, where it is one; false: out of memory. */
static bool note_text(struct query_call *call, struct json object, const char *field, struct str *text)
{
    struct json value;
    return !json_member(object, field, &value) || json_type(value) != JSON_STRING || new_copy(call, json_string(value), text);
}

/* The program that sent it; and who decided it and why, which an event of a stream that a person made says in its metadata. */
static bool note_who(struct query_call *call, struct json root, struct log_entry *entry)
{
    struct json metadata;
    bool told = json_member(root, "metadata", &metadata) && json_type(metadata) == JSON_OBJECT &&
                event_type_stream(graph_fact(request_of(call)->api->options.graph, entry->fact).type) != EVENT_STREAM_CONTROL;
    struct json decided = told ? metadata : root;
    return note_text(call, root, "source", &entry->source) && note_text(call, decided, "actor", &entry->actor) &&
           note_text(call, decided, "reason", &entry->reason);
}

static bool look_at_event(struct log_search *search, struct log_page *page, uint32_t number, struct arena *opened, bool *stop)
{
    const struct api_options *options = &request_of(search->call)->api->options;
    struct fact_info fact = graph_fact(options->graph, number);
    struct store_event event;
    struct error error;
    if (!fits(search, &fact)) {
        return true;
    }
    if (page->entries.count == search->page.limit && search->needle.length == 0) {
        search->more = *stop = true;
        return true;
    }
    struct str payload;
    if (store_reader_event(options->reader, fact.seq, &event, &error) != STATUS_OK ||
        log_unseal(request_of(search->call)->api, &event, opened, &payload, &error) != STATUS_OK) {
        query_fail_error(search->call, &error);
        return false;
    }
    search->looked_at++;
    struct json root;
    struct str message = STR_NONE;
    if (!log_may_hold(payload, search->needle) || json_parse(search->parser, payload, &root, NULL) != STATUS_OK) {
        return true;
    }
    const char *field = log_message(root, search->needle, &message);
    if (field == NULL && search->needle.length > 0) {
        return true;
    }
    if (page->entries.count == search->page.limit) {
        search->more = *stop = true;
        return true;
    }
    struct log_entry *entry = arena_list_add(&page->entries);
    if (entry == NULL) {
        fail_memory(search->call);
        return false;
    }
    entry->fact = number;
    entry->seq = fact.seq;
    entry->field = field;
    return (field == NULL || new_copy(search->call, message, &entry->message)) && note_who(search->call, root, entry);
}

/* Adds the event where it fits; false: failed. */
static bool look_at(struct log_search *search, struct log_page *page, uint32_t number, bool *stop)
{
    struct arena opened; /* takes memory for what was sealed only */
    arena_init(&opened, LIMIT_REQUEST_ARENA_BYTES);
    bool fine = look_at_event(search, page, number, &opened, stop);
    arena_release(&opened);
    return fine;
}

/* Newest first; or, asked from the end, oldest first and turned round. Facts are in the order of the log. */
static bool look_through(struct log_search *search, struct log_page *page)
{
    const struct graph *graph = request_of(search->call)->api->options.graph;
    uint64_t key = 0;
    struct str rest = search->page.key;
    if (rest.at != NULL && !key_read_number(&rest, &key)) {
        query_fail(search->call, "BAD_USER_INPUT", "The cursor is none of this list.");
        return false;
    }
    uint64_t seq = ~key; /* keys are turned round, so that newer ones come first */
    bool stop = false;
    for (uint32_t i = 0; i < search->known_facts && !stop; i++) {
        uint32_t number = search->page.backward ? i : search->known_facts - 1 - i;
        if (rest.at != NULL) {
            uint64_t at = graph_fact(graph, number).seq;
            if (search->page.backward ? at <= seq : at >= seq) {
                continue;
            }
        }
        if (search->looked_at == LOG_WALK_EVENTS_MAX) {
            page->page.partial = "the log is longer than one search looks at; go on with the cursor, or narrow it";
            search->more = true;
            break;
        }
        if (!look_at(search, page, number, &stop) || ((i + 1) % FACTS_BETWEEN == 0 && !query_breathe(search->call))) {
            return false;
        }
    }
    return true;
}

static void turn_round(struct arena_list *list)
{
    struct log_entry *entries = (struct log_entry *)(void *)list->items;
    for (uint32_t i = 0; i < list->count / 2; i++) {
        struct log_entry other = entries[i];
        entries[i] = entries[list->count - 1 - i];
        entries[list->count - 1 - i] = other;
    }
}

static void log_key(const void *at, size_t index, struct buffer *key)
{
    const struct log_page *page = at;
    const struct log_entry *entry = (const struct log_entry *)(const void *)page->entries.items + index;
    key_number(key, ~entry->seq);
}

static bool search_asked(struct query_call *call, struct log_search *search)
{
    struct graphql_request *request = request_of(call);
    struct error error;
    struct ingest_now now = request_now(request);
    int64_t known_at = argument_time(call, "observedAt", now.known_at);
    struct clocks clocks = clocks_of(now, &now.valid_at, &known_at);
    *search = (struct log_search){
        .call = call,
        .iteration_id = argument_text(call, "iterationId"),
        .trace_id = argument_text(call, "traceId"),
        .streams = argument_bits(call, "streams", word_stream),
        .types = argument_bits(call, "eventTypes", word_event_type),
        .levels = argument_bits(call, "levels", level_at),
        .from = argument_time(call, "from", INT64_MIN),
        .to = argument_time(call, "to", INT64_MAX),
        .clocks = clocks,
        .known_facts = graph_known_facts(request->api->options.graph, clocks.known_at),
    };
    struct str query = argument_text(call, "query");
    if (query.at != NULL && search_needle(query, "query", &request->arena, &search->needle, &error) != STATUS_OK) {
        query_fail_error(call, &error);
        return false;
    }
    return page_asked(call, &search->page);
}

static void Query_searchLogs(struct query_call *call, struct query_object object, struct query_value *value)
{
    struct log_search search;
    struct log_page *made = new_zeroed(call, 1, sizeof *made);
    (void)object;
    if (made == NULL || !search_asked(call, &search)) {
        return;
    }
    search.parser = json_parser_new();
    if (search.parser == NULL) {
        fail_memory(call);
        return;
    }
    arena_list_init(&made->entries, &request_of(call)->arena, sizeof(struct log_entry));
    made->page = (struct graphql_connection){.at = made, .item = numbered_at, .key = log_key, .clocks = search.clocks};
    bool fine = look_through(&search, made);
    json_parser_free(search.parser);
    if (!fine) {
        return;
    }
    if (search.page.backward) {
        turn_round(&made->entries);
    }
    made->page.end = made->entries.count;
    made->page.total = made->entries.count;
    made->page.total_unknown = search.more || search.page.key.at != NULL;
    made->page.has_next = search.page.backward ? search.page.key.at != NULL : search.more;
    made->page.has_previous = search.page.backward ? search.more : search.page.key.at != NULL;
    give_pointer(value, made);
}

static void give_id(struct query_call *call, struct query_value *value, uint32_t fact)
{
    char id[GRAPH_EVENT_ID_SIZE];
    struct str kept;
    if (new_copy(call, graph_fact_event_id(request_of(call)->api->options.graph, fact, id), &kept)) {
        give_filled(value, kept);
    }
}

#define SELF_LogEntry                                                                                                       \
    const struct log_page *page = object.at;                                                                                \
    maybe_unused const struct log_entry *self = (const struct log_entry *)(const void *)page->entries.items + object.number; \
    maybe_unused struct fact_info fact = graph_fact(request_of(call)->api->options.graph, self->fact)
#define LOG_FIELDS(FIELD)                                                                                                   \
    FIELD(LogEntry, seq, integer, (int64_t)fact.seq)                                                                        \
    FIELD(LogEntry, eventId, itself, give_id(call, value, self->fact))                                                      \
    FIELD(LogEntry, iterationId, filled, fact.iteration_id)                                                                 \
    FIELD(LogEntry, stream, word, event_stream_name(event_type_stream(fact.type)))                                          \
    FIELD(LogEntry, eventType, word, event_type_symbol(fact.type))                                                          \
    FIELD(LogEntry, level, word, level_at(level_of(fact.type)))                                                             \
    FIELD(LogEntry, nodeKind, word, word_node_kind[fact.kind])                                                              \
    FIELD(LogEntry, nodeId, filled, fact.node_id)                                                                           \
    FIELD(LogEntry, timestamp, time, fact.valid_from)                                                                       \
    FIELD(LogEntry, observedAt, time, fact.observed_at)                                                                     \
    FIELD(LogEntry, traceId, text, fact.trace_id)                                                                           \
    FIELD(LogEntry, field, word, self->field)                                                                               \
    FIELD(LogEntry, message, text, self->message)                                                                           \
    FIELD(LogEntry, source, text, self->source)                                                                             \
    FIELD(LogEntry, actor, text, self->actor)                                                                               \
    FIELD(LogEntry, reason, text, self->reason)

LOG_FIELDS(RESOLVER)

static const struct query_binding bindings[] = {{"Query", "searchLogs", Query_searchLogs, READ}, LOG_FIELDS(BINDING)};
const struct graphql_bindings graphql_log_bindings = BINDINGS_OF(bindings);
