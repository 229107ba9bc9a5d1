/* What people decide. Each mutation is the REST request that does the same, made and answered inside the process: one place
 * checks it, makes its event, writes the audit log. The answer's JSON becomes the payload.
 *
 * A change on its way belongs to itself, as it may come back when run and request are gone: then its answer is dropped.
 */
#include "api/graphql_private.h"

#include "api/api_dlq.h"
#include "base/memory.h"

struct graphql_payload;

struct graphql_change {
    struct graphql_change *next;
    struct graphql_request *request; /* NULL: gone */
    struct query_promise *promise;
    struct arena arena; /* of what is sent */
    struct principal principal;
    struct str path;
    struct buffer body;
    struct json_writer json;
    enum api_method method;
    const struct api_word *words;
    struct graphql_payload *payload;                             /* in the request's arena */
    bool (*read)(struct graphql_change *change, struct json answer); /* fills the payload; false without memory */
};

/* One event and what became, or would become, of it. */
struct event_result {
    int64_t dead_letter;
    enum ingest_outcome outcome;
    struct str event_id;
    uint64_t seq;
    const char *category;
    struct str place, reason;
    bool retriable;
};

/* What was said of an erasure. */
struct personal_value {
    struct str kind, value;
    int64_t events;
};
struct erased {
    bool applied;
    struct str subject_hash;
    int64_t events, sealed, rewritten, dead_letters, in_ids, audit_entries;
    size_t beside_count;
    struct personal_value *beside;
};

/* The answer to any mutation. */
struct graphql_payload {
    struct str client_id, iteration_id;
    struct event_result decision;
    uint64_t position;
    /* What it was about. */
    enum link_kind link;
    enum node_kind source_kind, target_kind;
    struct str source_id, target_id;
    bool dry_run, more;
    int64_t counts[INGEST_OUTCOME_COUNT], discarded;
    size_t result_count;
    struct event_result *results;
    struct erased erased;
};

/* ---- on its way ---- */

void changes_forget(struct graphql_request *request)
{
    for (struct graphql_change *change = request->changes; change != NULL; change = change->next) {
        change->request = NULL;
    }
    request->changes = NULL;
}

static void change_free(struct graphql_change *change)
{
    struct graphql_change **at = change->request == NULL ? NULL : &change->request->changes;
    while (at != NULL && *at != change) {
        at = &(*at)->next;
    }
    if (at != NULL) {
        *at = change->next;
    }
    buffer_release(&change->body);
    arena_release(&change->arena);
    memory_free(change);
}

static const char *code_of(unsigned status)
{
    switch (status) {
    case 400:
    case 413:
        return "BAD_USER_INPUT";
    case 401:
        return "UNAUTHENTICATED";
    case 403:
        return "FORBIDDEN";
    case 404:
        return "NOT_FOUND";
    case 409:
        return "CONFLICT";
    case 422:
        return "REJECTED";
    case 429:
        return "RATE_LIMITED";
    case 503:
        return "UNAVAILABLE";
    default:
        return "INTERNAL";
    }
}

/* A sentence about a field that does not name it gets the name in front. */
static void reject(struct graphql_change *change, unsigned status, struct json answer)
{
    struct str detail = json_member_string(answer, "detail"), place = json_member_string(answer, "place");
    if (status == 413) {
        query_reject(change->promise, "BAD_USER_INPUT", "input is longer than is taken here; shorten its texts.");
        return;
    }
    bool says_where = status != 400 || place.length == 0 || str_find_str(detail, place, 0) < detail.length;
    query_reject(change->promise, code_of(status), "%.*s%s%.*s", STR_ARGS(says_where ? STR("") : place), says_where ? "" : ": ",
                 STR_ARGS(detail));
}

static void answer_change(struct graphql_change *change, unsigned status, struct json answer)
{
    struct query_value value = {.kind = QUERY_OBJECT, .object = {.at = change->payload}};
    if (status >= 300) {
        reject(change, status, answer);
        return;
    }
    change->request->has_now = false; /* what was decided is part of the present */
    if (change->read(change, answer)) {
        query_fulfil(change->promise, &value);
    } else {
        query_reject(change->promise, "UNAVAILABLE", "It is done, but memory is short to say so.");
    }
}

static void on_answered(void *context, const struct api_response *response)
{
    struct graphql_change *change = context;
    struct json_parser *parser = json_parser_new();
    char *padded = arena_new(&change->arena, response->body.length + JSON_READ_PADDING);
    struct json answer;
    if (change->request == NULL || parser == NULL || padded == NULL) {
        query_reject(change->promise, "UNAVAILABLE", "Memory is short to say what became of it.");
    } else {
        memcpy(padded, response->body.at, response->body.length);
        memset(padded + response->body.length, 0, JSON_READ_PADDING);
        if (json_parse(parser, (struct str){padded, response->body.length}, &answer, NULL) == STATUS_OK) {
            answer_change(change, response->status, answer);
        } else {
            query_reject(change->promise, "INTERNAL", "The answer can't be read.");
        }
    }
    json_parser_free(parser);
    change_free(change);
}

/* What the input's fields are called that REST has other names for. */
static const struct api_word words[] = {
    {"iteration", "iterationId"},  {"violation", "violationId"},         {"scenario", "scenarioId"},
    {"link", "kind"},              {"adr_reference", "adrReference"},    {"expires_at", "expiresAt"},
    {"apply", "dryRun"},           {NULL, NULL},
};
static const struct api_word words_of_link[] = {{"iteration", "iterationId"}, {"link", "kind"}, {"id", "nodeId"}, {NULL, NULL}};
static const struct api_word words_of_layout[] = {{"body", "layout"}, {NULL, NULL}};

/* NULL: failed. */
static struct graphql_change *change_new(struct query_call *call, enum api_method method,
                                         bool (*read)(struct graphql_change *change, struct json answer))
{
    struct graphql_request *request = request_of(call);
    const struct query_input *input = query_argument(call, "input");
    struct graphql_change *change = memory_new_zeroed(1, sizeof *change);
    struct graphql_payload *payload = change == NULL ? NULL : new_zeroed(call, 1, sizeof *payload);
    if (payload == NULL) {
        memory_free(change);
        fail_memory(call);
        return NULL;
    }
    payload->client_id = input_text(query_input_field(input, "clientMutationId"));
    *change = (struct graphql_change){.method = method, .words = words, .payload = payload, .read = read};
    arena_init(&change->arena, LIMIT_REQUEST_ARENA_BYTES);
    buffer_init(&change->body, LIMIT_DEAD_LETTER_BYTES);
    json_write_init(&change->json, &change->body, 0);
    change->request = request;
    change->next = request->changes;
    request->changes = change;
    if (!principal_copy(&request->asker.principal, &change->arena, &change->principal)) {
        fail_memory(call);
        change_free(change);
        return NULL;
    }
    return change;
}

/* The path with the id in it, percent-encoded. */
static void set_path(struct graphql_change *change, const char *before, struct str id, const char *after)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    struct buffer path;
    buffer_init(&path, 8 * LIMIT_PATH_BYTES);
    buffer_append_text(&path, before);
    for (size_t i = 0; i < id.length; i++) {
        unsigned char c = (unsigned char)id.at[i];
        if (c != 0 && strchr(plain, c) != NULL) {
            buffer_append_char(&path, (char)c);
        } else {
            buffer_append_format(&path, "%%%02X", c);
        }
    }
    buffer_append_text(&path, after);
    if (buffer_failed(&path) || !arena_copy(&change->arena, buffer_str(&path), &change->path)) {
        change->path = STR_NONE;
    }
    buffer_release(&path);
}

/* The body is text that JSON_READ_PADDING bytes must follow. */
static void send(struct query_call *call, struct graphql_change *change)
{
    const struct graphql_asker *asker = &change->request->asker;
    static const char padding[JSON_READ_PADDING];
    size_t length = change->body.length;
    struct str named = STR_NONE;
    buffer_append(&change->body, padding, sizeof padding);
    bool fine = change->path.at != NULL && !buffer_failed(&change->body) &&
                (asker->all_tenants || arena_copy(&change->arena, asker->tenant_id, &named));
    struct api_request request = {
        .method = change->method,
        .path = change->path,
        .content_type = STR("application/json"),
        .principal = change->principal,
        .tenant_named = named,
        .origin = asker->origin.at == NULL ? STR("GraphQL") : asker->origin,
        .address = asker->address,
        .body = {change->body.bytes, length},
        .words = change->words,
        .done = on_answered,
        .context = change,
    };
    fine = fine && arena_copy(&change->arena, request.origin, &request.origin) &&
           (request.address.at == NULL || arena_copy(&change->arena, request.address, &request.address));
    if (!fine) {
        fail_memory(call);
        change_free(change);
        return;
    }
    change->promise = query_defer(call);
    if (change->promise == NULL) {
        change_free(change);
        return;
    }
    api_handle(change->request->api, &request);
}

/* ---- reading answers ---- */

static int64_t member_integer(struct json object, const char *key)
{
    struct json value;
    return json_member(object, key, &value) && json_type(value) == JSON_I64 ? json_i64(value) : 0;
}

static bool member_bool(struct json object, const char *key)
{
    struct json value;
    return json_member(object, key, &value) && json_type(value) == JSON_BOOL && json_bool(value);
}

static bool member_text(struct graphql_change *change, struct json object, const char *key, struct str *text)
{
    struct str found = json_member_string(object, key);
    *text = STR_NONE;
    return found.length == 0 || arena_copy(&change->request->arena, found, text);
}

static enum ingest_outcome outcome_of(struct str name)
{
    for (int i = 0; i < INGEST_OUTCOME_COUNT; i++) {
        if (str_is(name, ingest_outcome_name((enum ingest_outcome)i))) {
            return (enum ingest_outcome)i;
        }
    }
    return INGEST_REJECTED;
}

static bool read_result(struct graphql_change *change, struct json answer, struct event_result *result)
{
    enum event_fault_category category;
    struct str name = json_member_string(answer, "category");
    *result = (struct event_result){.dead_letter = member_integer(answer, "dead_letter"),
                                    .outcome = outcome_of(json_member_string(answer, "status")),
                                    .seq = (uint64_t)member_integer(answer, "seq"),
                                    .retriable = member_bool(answer, "retriable")};
    result->category = name.at != NULL && event_fault_from_name(name, &category) ? event_fault_name(category) : NULL;
    return member_text(change, answer, "event_id", &result->event_id) &&
           member_text(change, answer, "place", &result->place) && member_text(change, answer, "reason", &result->reason);
}

static bool read_decision(struct graphql_change *change, struct json answer)
{
    change->payload->position = (uint64_t)member_integer(answer, "position");
    return read_result(change, answer, &change->payload->decision);
}

/* ---- decisions ---- */

static struct str field_text(const struct query_input *input, const char *name)
{
    return input_text(query_input_field(input, name));
}

static void write_end(struct graphql_change *change, const char *key, const struct query_input *input, enum node_kind *kind,
                      struct str *id)
{
    int number = input_word(query_input_field(input, "kind"), word_at_node_kind);
    *kind = number < 0 ? NODE_ITERATION : (enum node_kind)number;
    *id = field_text(input, "nodeId");
    json_write_key(&change->json, key);
    json_write_object_begin(&change->json);
    json_field_text(&change->json, "kind", node_kind_name(*kind));
    json_field_str(&change->json, "id", *id);
    json_write_object_end(&change->json);
}

static void decide_link(struct query_call *call, enum api_method method)
{
    const struct query_input *input = query_argument(call, "input");
    struct graphql_change *change = change_new(call, method, read_decision);
    if (change == NULL) {
        return;
    }
    struct graphql_payload *payload = change->payload;
    int link = input_word(query_input_field(input, "kind"), word_link_kind);
    payload->iteration_id = field_text(input, "iterationId");
    payload->link = link < 0 ? LINK_KIND_COUNT : (enum link_kind)link;
    change->words = words_of_link;
    set_path(change, "/api/v1/links", STR(""), "");
    json_write_object_begin(&change->json);
    json_field_str(&change->json, "iteration", payload->iteration_id);
    write_end(change, "source", query_input_field(input, "source"), &payload->source_kind, &payload->source_id);
    write_end(change, "target", query_input_field(input, "target"), &payload->target_kind, &payload->target_id);
    json_field_text(&change->json, "link", link_kind_name(payload->link));
    json_field_str(&change->json, "reason", field_text(input, "reason"));
    json_write_object_end(&change->json);
    send(call, change);
}

static void Mutation_assertLink(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)object;
    (void)value;
    decide_link(call, API_POST);
}

static void Mutation_denyLink(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)object;
    (void)value;
    decide_link(call, API_DELETE);
}

/* One node, named in the input by `field` and in REST by `member`. */
static struct graphql_change *decide_node(struct query_call *call, enum api_method method, const char *path,
                                          const char *field, const char *member, enum node_kind kind)
{
    const struct query_input *input = query_argument(call, "input");
    struct graphql_change *change = change_new(call, method, read_decision);
    if (change != NULL) {
        change->payload->iteration_id = field_text(input, "iterationId");
        change->payload->source_kind = kind;
        change->payload->source_id = field_text(input, field);
        set_path(change, path, STR(""), "");
        json_write_object_begin(&change->json);
        json_field_str(&change->json, "iteration", change->payload->iteration_id);
        json_field_str(&change->json, member, change->payload->source_id);
        json_field_str(&change->json, "reason", field_text(input, "reason"));
    }
    return change;
}

static void decide_suppression(struct query_call *call, enum api_method method)
{
    const struct query_input *input = query_argument(call, "input");
    struct graphql_change *change =
        decide_node(call, method, "/api/v1/violations/suppress", "violationId", "violation", NODE_VIOLATION);
    if (change != NULL) {
        if (method == API_POST) { /* lifting names no decision record */
            json_field_str(&change->json, "adr_reference", field_text(input, "adrReference"));
        }
        json_write_object_end(&change->json);
        send(call, change);
    }
}

static void Mutation_suppressViolation(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)object;
    (void)value;
    decide_suppression(call, API_POST);
}

static void Mutation_liftSuppression(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)object;
    (void)value;
    decide_suppression(call, API_DELETE);
}

static void decide_quarantine(struct query_call *call, enum api_method method)
{
    struct graphql_change *change =
        decide_node(call, method, "/api/v1/scenarios/quarantine", "scenarioId", "scenario", NODE_SCENARIO);
    if (change != NULL) {
        json_write_object_end(&change->json);
        send(call, change);
    }
}

static void Mutation_quarantineScenario(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)object;
    (void)value;
    decide_quarantine(call, API_POST);
}

static void Mutation_liftQuarantine(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)object;
    (void)value;
    decide_quarantine(call, API_DELETE);
}

static void decide_gate(struct query_call *call, enum api_method method)
{
    const struct query_input *input = query_argument(call, "input");
    struct graphql_change *change = change_new(call, method, read_decision);
    if (change == NULL) {
        return;
    }
    change->payload->iteration_id = field_text(input, "iterationId");
    set_path(change, "/api/v1/convergence/", change->payload->iteration_id, "/override");
    json_write_object_begin(&change->json);
    json_field_str(&change->json, "reason", field_text(input, "reason"));
    if (method == API_POST && query_input_field(input, "expiresAt")->kind == QUERY_INPUT_INTEGER) {
        json_field_i64(&change->json, "expires_at", query_input_field(input, "expiresAt")->integer);
    }
    json_write_object_end(&change->json);
    send(call, change);
}

static void Mutation_overrideGate(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)object;
    (void)value;
    decide_gate(call, API_POST);
}

static void Mutation_withdrawGateOverride(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)object;
    (void)value;
    decide_gate(call, API_DELETE);
}

/* ---- dead letters ---- */

static bool read_edit(struct graphql_change *change, struct json answer)
{
    struct json would;
    change->payload->decision.dead_letter = member_integer(answer, "id");
    change->payload->result_count = 1;
    change->payload->results = arena_new_zeroed(&change->request->arena, 1, sizeof *change->payload->results);
    return change->payload->results != NULL && json_member(answer, "would", &would) &&
           read_result(change, would, change->payload->results);
}

static void Mutation_editDeadLetter(struct query_call *call, struct query_object object, struct query_value *value)
{
    const struct query_input *input = query_argument(call, "input");
    bool has_text = field_text(input, "text").length > 0;
    struct graphql_change *change = has_text ? change_new(call, API_PUT, read_edit) : NULL;
    (void)object;
    (void)value;
    if (!has_text) {
        query_fail(call, "BAD_USER_INPUT", "text must be the new text of the event; to drop the dead letter, use discardDeadLetters.");
    } else if (change != NULL) {
        set_path(change, "/api/v1/dlq/", field_text(input, "id"), "");
        buffer_append_str(&change->body, field_text(input, "text"));
        send(call, change);
    }
}

/* "ids", or else "filter". False: failed. */
static bool write_selection(struct query_call *call, struct graphql_change *change, const struct query_input *input)
{
    static const char *const texts[][2] = {{"category", "category"}, {"stream", "stream"}, {"iterationId", "iteration"}};
    static const char *const times[] = {"from", "to"};
    const struct query_input *ids = query_input_field(input, "ids"), *filter = query_input_field(input, "filter");
    struct json_writer *json = &change->json;
    if (ids->kind == QUERY_INPUT_LIST) {
        json_write_key(json, "ids");
        json_write_array_begin(json);
        for (const struct query_input *item = ids->first; item != NULL; item = item->next) {
            int64_t id;
            if (!str_to_i64(item->text, &id)) {
                query_fail(call, "BAD_USER_INPUT", "Ids of dead letters are positive whole numbers.");
                return false;
            }
            json_write_i64(json, id);
        }
        json_write_array_end(json);
        return true;
    }
    if (filter->kind != QUERY_INPUT_OBJECT) {
        query_fail(call, "BAD_USER_INPUT", "Say which, with ids or with a filter; an empty filter means all.");
        return false;
    }
    json_write_key(json, "filter");
    json_write_object_begin(json);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        json_field_str(json, texts[i][1], field_text(filter, texts[i][0]));
    }
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        if (query_input_field(filter, times[i])->kind == QUERY_INPUT_INTEGER) {
            json_field_i64(json, times[i], query_input_field(filter, times[i])->integer);
        }
    }
    json_write_object_end(json);
    return true;
}

static bool read_replay(struct graphql_change *change, struct json answer)
{
    struct graphql_payload *payload = change->payload;
    struct json results;
    size_t capacity = 0;
    payload->dry_run = member_bool(answer, "dry_run");
    payload->more = member_bool(answer, "more");
    payload->position = (uint64_t)member_integer(answer, "position");
    payload->counts[INGEST_ACCEPTED] = member_integer(answer, "accepted");
    payload->counts[INGEST_DUPLICATE] = member_integer(answer, "duplicates");
    payload->counts[INGEST_CONFLICT] = member_integer(answer, "conflicts");
    payload->counts[INGEST_REJECTED] = member_integer(answer, "rejected");
    if (!json_member(answer, "results", &results)) {
        return true;
    }
    for (struct json_iterator i = json_begin(results); json_next(&i);) {
        capacity++;
    }
    payload->results = arena_new_zeroed(&change->request->arena, capacity + 1, sizeof *payload->results);
    for (struct json_iterator i = json_begin(results); payload->results != NULL && json_next(&i);) {
        if (!read_result(change, i.value, &payload->results[payload->result_count++])) {
            return false;
        }
    }
    return payload->results != NULL;
}

static void Mutation_replayDeadLetters(struct query_call *call, struct query_object object, struct query_value *value)
{
    const struct query_input *input = query_argument(call, "input");
    struct graphql_change *change = change_new(call, API_POST, read_replay);
    (void)object;
    (void)value;
    if (change == NULL) {
        return;
    }
    set_path(change, "/api/v1/dlq/replay", STR(""), "");
    json_write_object_begin(&change->json);
    json_field_bool(&change->json, "apply", !query_input_field(input, "dryRun")->boolean);
    if (!write_selection(call, change, input)) {
        change_free(change);
        return;
    }
    json_write_object_end(&change->json);
    send(call, change);
}

static bool read_discard(struct graphql_change *change, struct json answer)
{
    change->payload->discarded = member_integer(answer, "discarded");
    change->payload->more = member_bool(answer, "more");
    return true;
}

static void Mutation_discardDeadLetters(struct query_call *call, struct query_object object, struct query_value *value)
{
    const struct query_input *input = query_argument(call, "input");
    struct graphql_change *change = change_new(call, API_POST, read_discard);
    (void)object;
    (void)value;
    if (change == NULL) {
        return;
    }
    set_path(change, "/api/v1/dlq/discard", STR(""), "");
    json_write_object_begin(&change->json);
    json_field_str(&change->json, "reason", field_text(input, "reason"));
    if (!write_selection(call, change, input)) {
        change_free(change);
        return;
    }
    json_write_object_end(&change->json);
    send(call, change);
}

/* ---- layouts ---- */

static bool read_layout(struct graphql_change *change, struct json answer)
{
    return member_text(change, answer, "name", &change->payload->source_id);
}

/* An empty name, or one that no path can hold, would be another path. */
static bool names_layout(struct query_call *call, struct str name)
{
    if (name.length > 0 && memchr(name.at, '\0', name.length) == NULL) {
        return true;
    }
    query_fail(call, "BAD_USER_INPUT", "A layout's name has at least one byte and no control characters.");
    return false;
}

static void Mutation_saveLayout(struct query_call *call, struct query_object object, struct query_value *value)
{
    const struct query_input *input = query_argument(call, "input");
    bool named = names_layout(call, field_text(input, "name"));
    struct graphql_change *change = named ? change_new(call, API_PUT, read_layout) : NULL;
    (void)object;
    (void)value;
    if (change != NULL) {
        change->words = words_of_layout;
        set_path(change, "/api/v1/layouts/", field_text(input, "name"), "");
        buffer_append_str(&change->body, query_input_field(input, "layout")->text);
        send(call, change);
    }
}

static void Mutation_deleteLayout(struct query_call *call, struct query_object object, struct query_value *value)
{
    const struct query_input *input = query_argument(call, "input");
    bool named = names_layout(call, field_text(input, "name"));
    struct graphql_change *change = named ? change_new(call, API_DELETE, read_layout) : NULL;
    (void)object;
    (void)value;
    if (change != NULL) {
        set_path(change, "/api/v1/layouts/", field_text(input, "name"), "");
        send(call, change);
    }
}

/* ---- personal data ---- */

static bool read_beside(struct graphql_change *change, struct json answer)
{
    struct erased *erased = &change->payload->erased;
    struct json beside;
    size_t count = 0;
    if (!json_member(answer, "beside", &beside)) {
        return true;
    }
    for (struct json_iterator i = json_begin(beside); json_next(&i);) {
        count++;
    }
    erased->beside = arena_new_zeroed(&change->request->arena, count, sizeof *erased->beside);
    bool fine = erased->beside != NULL;
    for (struct json_iterator i = json_begin(beside); fine && json_next(&i);) {
        struct personal_value *value = &erased->beside[erased->beside_count++];
        value->events = member_integer(i.value, "events");
        fine = member_text(change, i.value, "kind", &value->kind) && member_text(change, i.value, "value", &value->value);
    }
    return fine;
}

static bool read_erased(struct graphql_change *change, struct json answer)
{
    struct erased *erased = &change->payload->erased;
    *erased = (struct erased){.applied = member_bool(answer, "applied"),
                              .events = member_integer(answer, "events"),
                              .sealed = member_integer(answer, "sealed"),
                              .rewritten = member_integer(answer, "rewritten"),
                              .dead_letters = member_integer(answer, "dead_letters"),
                              .in_ids = member_integer(answer, "in_ids"),
                              .audit_entries = member_integer(answer, "audit_entries")};
    return member_text(change, answer, "subject_hash", &erased->subject_hash) && read_beside(change, answer);
}

static void Mutation_erasePersonalData(struct query_call *call, struct query_object object, struct query_value *value)
{
    const struct query_input *input = query_argument(call, "input");
    struct graphql_change *change = change_new(call, API_POST, read_erased);
    (void)object;
    (void)value;
    if (change == NULL) {
        return;
    }
    set_path(change, "/api/v1/personal/erase", STR(""), "");
    json_write_object_begin(&change->json);
    json_field_bool(&change->json, "apply", !query_input_field(input, "dryRun")->boolean);
    json_field_bool(&change->json, "whole_tenant", query_input_field(input, "wholeTenant")->boolean);
    json_field_str(&change->json, "subject", field_text(input, "subject"));
    json_write_object_end(&change->json);
    send(call, change);
}

/* ---- payloads ---- */

static struct graphql_view *view_after(struct query_call *call, const struct graphql_payload *payload)
{
    struct graphql_request *request = request_of(call);
    return view_open_for(call, request->asker.tenant_id, payload->iteration_id, clocks_of(request_now(request), NULL, NULL));
}

static void give_node_after(struct query_call *call, struct query_value *value, const struct graphql_payload *payload,
                            enum lens lens)
{
    struct graphql_view *view = view_after(call, payload);
    if (view != NULL) {
        give_node(call, value, &view->scopes[lens], view_find(view->view, payload->source_kind, payload->source_id));
    }
}

static void give_link_after(struct query_call *call, struct query_value *value, const struct graphql_payload *payload)
{
    struct graphql_view *view = view_after(call, payload);
    uint32_t source = view == NULL ? VIEW_NONE : view_find(view->view, payload->source_kind, payload->source_id),
             target = view == NULL ? VIEW_NONE : view_find(view->view, payload->target_kind, payload->target_id);
    for (uint32_t i = 0; source != VIEW_NONE && i < view_out_count(view->view, source); i++) {
        const struct view_link *link = view_out(view->view, source, i);
        if (link->kind == payload->link && link->target == target) {
            give_link(value, &view->scopes[LENS_CONVERGENCE], (uint32_t)(link - view->view->links));
        }
    }
}

static void give_gate_after(struct query_call *call, struct query_value *value, const struct graphql_payload *payload)
{
    struct graphql_view *view = view_after(call, payload);
    if (view != NULL) {
        give_verdict(call, value, view);
    }
}

static void give_letter_after(struct query_call *call, struct query_value *value, const struct graphql_payload *payload)
{
    if (payload->decision.dead_letter > 0) {
        give_dead_letter(call, value, payload->decision.dead_letter);
    }
}

static const char *outcome_word(enum ingest_outcome outcome)
{
    static const char *const names[INGEST_OUTCOME_COUNT] = {[INGEST_ACCEPTED] = "ACCEPTED",
                                                            [INGEST_DUPLICATE] = "DUPLICATE",
                                                            [INGEST_CONFLICT] = "CONFLICT",
                                                            [INGEST_REJECTED] = "REJECTED"};
    return names[outcome];
}

static void result_at(struct query_call *call, const void *at, size_t index, struct query_value *value)
{
    (void)call;
    give_pointer(value, ((const struct graphql_payload *)at)->results + index);
}

static void beside_at(struct query_call *call, const void *at, size_t index, struct query_value *value)
{
    (void)call;
    give_pointer(value, ((const struct graphql_payload *)at)->erased.beside + index);
}

static void give_id(struct query_call *call, struct query_value *value, int64_t id)
{
    struct str text;
    if (id > 0 && arena_format(&request_of(call)->arena, &text, "%lld", (long long)id)) {
        give_filled(value, text);
    }
}

static void give_seq(struct query_value *value, uint64_t seq)
{
    if (seq > 0) {
        give_integer(value, (int64_t)seq);
    }
}

#define SELF_PAYLOAD const struct graphql_payload *self = object.at
#define SELF_LinkPayload SELF_PAYLOAD
#define SELF_ViolationPayload SELF_PAYLOAD
#define SELF_ScenarioPayload SELF_PAYLOAD
#define SELF_GatePayload SELF_PAYLOAD
#define SELF_EditDeadLetterPayload SELF_PAYLOAD
#define SELF_ReplayDeadLettersPayload SELF_PAYLOAD
#define SELF_DiscardDeadLettersPayload SELF_PAYLOAD
#define SELF_SaveLayoutPayload SELF_PAYLOAD
#define SELF_DeleteLayoutPayload SELF_PAYLOAD
#define SELF_Decision SELF_PAYLOAD
#define SELF_ErasePersonalDataPayload SELF_PAYLOAD
#define SELF_PersonalValue const struct personal_value *self = object.at
#define SELF_EventResult const struct event_result *self = object.at
#define PAYLOAD_FIELDS(FIELD)                                                                                               \
    FIELD(LinkPayload, clientMutationId, text, self->client_id)                                                             \
    FIELD(LinkPayload, decision, pointer, self)                                                                             \
    FIELD(LinkPayload, link, itself, give_link_after(call, value, self))                                                    \
    FIELD(ViolationPayload, clientMutationId, text, self->client_id)                                                        \
    FIELD(ViolationPayload, decision, pointer, self)                                                                        \
    FIELD(ViolationPayload, violation, itself, give_node_after(call, value, self, LENS_ACC))                                \
    FIELD(ScenarioPayload, clientMutationId, text, self->client_id)                                                         \
    FIELD(ScenarioPayload, decision, pointer, self)                                                                         \
    FIELD(ScenarioPayload, scenario, itself, give_node_after(call, value, self, LENS_BDV))                                  \
    FIELD(GatePayload, clientMutationId, text, self->client_id)                                                             \
    FIELD(GatePayload, decision, pointer, self)                                                                             \
    FIELD(GatePayload, gate, itself, give_gate_after(call, value, self))                                                    \
    FIELD(EditDeadLetterPayload, clientMutationId, text, self->client_id)                                                   \
    FIELD(EditDeadLetterPayload, deadLetter, itself, give_letter_after(call, value, self))                                  \
    FIELD(EditDeadLetterPayload, would, pointer, self->results)                                                             \
    FIELD(ReplayDeadLettersPayload, clientMutationId, text, self->client_id)                                                \
    FIELD(ReplayDeadLettersPayload, dryRun, boolean, self->dry_run)                                                         \
    FIELD(ReplayDeadLettersPayload, accepted, integer, self->counts[INGEST_ACCEPTED])                                       \
    FIELD(ReplayDeadLettersPayload, duplicates, integer, self->counts[INGEST_DUPLICATE])                                    \
    FIELD(ReplayDeadLettersPayload, conflicts, integer, self->counts[INGEST_CONFLICT])                                      \
    FIELD(ReplayDeadLettersPayload, rejected, integer, self->counts[INGEST_REJECTED])                                       \
    FIELD(ReplayDeadLettersPayload, position, integer, (int64_t)self->position)                                             \
    FIELD(ReplayDeadLettersPayload, more, boolean, self->more)                                                              \
    FIELD(ReplayDeadLettersPayload, results, list, list_of(self, self->result_count, result_at))                            \
    FIELD(DiscardDeadLettersPayload, clientMutationId, text, self->client_id)                                               \
    FIELD(DiscardDeadLettersPayload, discarded, integer, self->discarded)                                                   \
    FIELD(DiscardDeadLettersPayload, more, boolean, self->more)                                                             \
    FIELD(SaveLayoutPayload, clientMutationId, text, self->client_id)                                                       \
    FIELD(SaveLayoutPayload, layout, itself, give_layout(call, value, self->source_id))                                     \
    FIELD(DeleteLayoutPayload, clientMutationId, text, self->client_id)                                                     \
    FIELD(DeleteLayoutPayload, name, filled, self->source_id)                                                               \
    FIELD(ErasePersonalDataPayload, clientMutationId, text, self->client_id)                                                \
    FIELD(ErasePersonalDataPayload, applied, boolean, self->erased.applied)                                                 \
    FIELD(ErasePersonalDataPayload, subjectHash, text, self->erased.subject_hash)                                           \
    FIELD(ErasePersonalDataPayload, events, integer, self->erased.events)                                                   \
    FIELD(ErasePersonalDataPayload, sealed, integer, self->erased.sealed)                                                   \
    FIELD(ErasePersonalDataPayload, rewritten, integer, self->erased.rewritten)                                             \
    FIELD(ErasePersonalDataPayload, deadLetters, integer, self->erased.dead_letters)                                        \
    FIELD(ErasePersonalDataPayload, inIds, integer, self->erased.in_ids)                                                    \
    FIELD(ErasePersonalDataPayload, auditEntries, integer, self->erased.audit_entries)                                      \
    FIELD(ErasePersonalDataPayload, beside, list, list_of(self, self->erased.beside_count, beside_at))                      \
    FIELD(PersonalValue, kind, filled, self->kind)                                                                          \
    FIELD(PersonalValue, value, filled, self->value)                                                                        \
    FIELD(PersonalValue, events, integer, self->events)                                                                     \
    FIELD(Decision, eventId, filled, self->decision.event_id)                                                               \
    FIELD(Decision, outcome, word, outcome_word(self->decision.outcome))                                                    \
    FIELD(Decision, seq, integer, (int64_t)self->decision.seq)                                                              \
    FIELD(Decision, position, integer, (int64_t)self->position)                                                             \
    FIELD(EventResult, deadLetterId, itself, give_id(call, value, self->dead_letter))                                       \
    FIELD(EventResult, outcome, word, outcome_word(self->outcome))                                                          \
    FIELD(EventResult, eventId, text, self->event_id)                                                                       \
    FIELD(EventResult, seq, itself, give_seq(value, self->seq))                                                             \
    FIELD(EventResult, category, word, self->category)                                                                      \
    FIELD(EventResult, place, text, self->place)                                                                            \
    FIELD(EventResult, reason, text, self->reason)                                                                          \
    FIELD(EventResult, retriable, boolean, self->retriable)

PAYLOAD_FIELDS(RESOLVER)

static const struct query_binding bindings[] = {
    {"Mutation", "assertLink", Mutation_assertLink, WRITE},
    {"Mutation", "denyLink", Mutation_denyLink, WRITE},
    {"Mutation", "suppressViolation", Mutation_suppressViolation, WRITE},
    {"Mutation", "liftSuppression", Mutation_liftSuppression, WRITE},
    {"Mutation", "quarantineScenario", Mutation_quarantineScenario, WRITE},
    {"Mutation", "liftQuarantine", Mutation_liftQuarantine, WRITE},
    {"Mutation", "overrideGate", Mutation_overrideGate, WRITE},
    {"Mutation", "withdrawGateOverride", Mutation_withdrawGateOverride, WRITE},
    {"Mutation", "editDeadLetter", Mutation_editDeadLetter, WRITE},
    {"Mutation", "replayDeadLetters", Mutation_replayDeadLetters, WRITE},
    {"Mutation", "discardDeadLetters", Mutation_discardDeadLetters, WRITE},
    {"Mutation", "erasePersonalData", Mutation_erasePersonalData, USERS},
    {"Mutation", "saveLayout", Mutation_saveLayout, READ}, /* one's own; as REST has it */
    {"Mutation", "deleteLayout", Mutation_deleteLayout, READ},
    PAYLOAD_FIELDS(BINDING)
};
const struct graphql_bindings graphql_mutation_bindings = BINDINGS_OF(bindings);
