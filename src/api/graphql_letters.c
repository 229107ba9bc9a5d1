/* Dead letters and the audit log: lists behind the store's port, which pages by number. */
#include "api/graphql_private.h"

#include "api/api_dlq.h"

static const char *list_order_at(int number)
{
    static const char *const names[] = {"NEWEST", "OLDEST", NULL};
    return names[number];
}

/* What both lists ask the store with. Backwards is forwards in the other order, turned round. */
struct store_page {
    struct page_request asked;
    bool newest_first;
    int64_t after_id;
};

/* Keys grow along the list: ids, or (newest first) the bits of ids turned round. */
static void id_key(struct buffer *key, int64_t id, bool newest_first)
{
    key_number(key, newest_first ? ~(uint64_t)id : (uint64_t)id);
}

static bool store_page_asked(struct query_call *call, struct store_page *page, bool *newest_first)
{
    *newest_first = argument_word(call, "order", list_order_at) != 1;
    if (!page_asked(call, &page->asked)) {
        return false;
    }
    uint64_t key = 0;
    struct str rest = page->asked.key;
    if (rest.at != NULL && !key_read_number(&rest, &key)) {
        query_fail(call, "BAD_USER_INPUT", "The cursor is none of this list.");
        return false;
    }
    page->newest_first = *newest_first != page->asked.backward;
    page->after_id = rest.at == NULL ? 0 : (int64_t)(*newest_first ? ~key : key);
    return true;
}

static void store_page_cut(struct graphql_connection *connection, const struct store_page *page, size_t count, bool more)
{
    bool inside = page->asked.key.at != NULL;
    connection->end = count;
    connection->total = count;
    connection->total_unknown = more || inside;
    connection->has_next = page->asked.backward ? inside : more;
    connection->has_previous = page->asked.backward ? more : inside;
}

/* At least one: the store's pages are not empty. */
static size_t store_limit(const struct store_page *page)
{
    return page->asked.limit == 0 ? 1 : page->asked.limit;
}

/* ---- dead letters ---- */

struct letter_page {
    struct graphql_connection page;
    struct store_dead_letter *letters;
    bool newest_first;
};

static void letter_key(const void *at, size_t index, struct buffer *key)
{
    const struct letter_page *page = at;
    id_key(key, page->letters[index].id, page->newest_first);
}

static void letter_at(struct query_call *call, const void *at, size_t index, struct query_value *value)
{
    (void)call;
    give_pointer(value, ((const struct letter_page *)at)->letters + index);
}

static struct str listed_tenant_of(const struct graphql_request *request)
{
    return request->asker.all_tenants ? STR_NONE : request->asker.tenant_id;
}

static bool letters_asked(struct query_call *call, struct store_dead_letter_filter *filter, struct store_page *page,
                          bool *newest_first)
{
    int category = argument_word(call, "category", word_category), stream = argument_word(call, "stream", word_stream);
    *filter = (struct store_dead_letter_filter){
        .category = category < 0 ? STORE_ANY : category,
        .stream = stream < 0 ? STORE_ANY : stream,
        .received_from = argument_time(call, "from", 0),
        .received_until = argument_time(call, "to", 0),
        .tenant = listed_tenant_of(request_of(call)),
        .iteration_id = argument_text(call, "iterationId"),
        .removed = query_argument(call, "removed")->boolean,
    };
    if (!store_page_asked(call, page, newest_first)) {
        return false;
    }
    filter->newest_first = page->newest_first;
    filter->after_id = page->after_id;
    return true;
}

static void Query_deadLetters(struct query_call *call, struct query_object object, struct query_value *value)
{
    struct graphql_request *request = request_of(call);
    struct store_dead_letter_filter filter;
    struct store_page page;
    struct error error;
    size_t count;
    bool more;
    struct letter_page *made = new_zeroed(call, 1, sizeof *made);
    (void)object;
    if (made == NULL || !letters_asked(call, &filter, &page, &made->newest_first)) {
        return;
    }
    if (store_reader_dead_letters(request->api->options.reader, &filter, store_limit(&page), &request->arena, &made->letters,
                                  &count, &more, &error) != STATUS_OK) {
        query_fail_error(call, &error);
        return;
    }
    if (page.asked.limit == 0) {
        more = count > 0;
        count = 0;
    }
    for (size_t i = 0; page.asked.backward && i < count / 2; i++) {
        struct store_dead_letter other = made->letters[i];
        made->letters[i] = made->letters[count - 1 - i];
        made->letters[count - 1 - i] = other;
    }
    made->page = (struct graphql_connection){.at = made, .item = letter_at, .key = letter_key};
    store_page_cut(&made->page, &page, count, more);
    give_pointer(value, made);
}

void give_dead_letter(struct query_call *call, struct query_value *value, int64_t id)
{
    struct graphql_request *request = request_of(call);
    struct error error;
    struct store_dead_letter *letter = new_zeroed(call, 1, sizeof *letter);
    if (letter == NULL) {
        return;
    }
    enum status status = store_reader_dead_letter(request->api->options.reader, id, &request->arena, letter, &error);
    struct str tenant = listed_tenant_of(request);
    if (status == STATUS_ABSENT || (status == STATUS_OK && tenant.at != NULL && !str_equal(letter->tenant, tenant))) {
        query_fail(call, "NOT_FOUND", "There is no dead letter %lld.", (long long)id);
    } else if (status != STATUS_OK) {
        query_fail_error(call, &error);
    } else {
        give_pointer(value, letter);
    }
}

static void Query_deadLetter(struct query_call *call, struct query_object object, struct query_value *value)
{
    int64_t id;
    (void)object;
    if (!str_to_i64(argument_text(call, "id"), &id) || id <= 0) {
        query_fail(call, "BAD_USER_INPUT", "The id of a dead letter is a number.");
        return;
    }
    give_dead_letter(call, value, id);
}

/* Lists leave the bytes out; whoever wants them asks again. */
static const struct store_dead_letter *whole_letter(struct query_call *call, const struct store_dead_letter *letter)
{
    struct graphql_request *request = request_of(call);
    struct error error;
    if (letter->raw.at != NULL || letter->raw_bytes == 0) {
        return letter;
    }
    struct store_dead_letter *whole = new_zeroed(call, 1, sizeof *whole);
    if (whole != NULL && store_reader_dead_letter(request->api->options.reader, letter->id, &request->arena, whole, &error) !=
                             STATUS_OK) {
        query_fail_error(call, &error);
        whole = NULL;
    }
    return whole;
}

static void give_raw(struct query_call *call, struct query_value *value, const struct store_dead_letter *letter, bool encoding)
{
    struct buffer coded;
    bool is_base64;
    struct str kept;
    const struct store_dead_letter *whole = whole_letter(call, letter);
    if (whole == NULL || whole->raw.at == NULL) {
        return;
    }
    struct graphql_request *request = request_of(call);
    struct store_dead_letter shown = *whole;
    if (!personal_mask_letter(request->api, &request->asker.principal, &shown, &request->arena)) {
        fail_memory(call);
        return;
    }
    struct str text = dlq_raw_text(&shown, &coded, &is_base64);
    request->masked = text;
    if (encoding) {
        give_word(value, is_base64 ? "BASE64" : "TEXT");
    } else if (!is_base64) {
        give_filled(value, text);
    } else if (new_copy(call, text, &kept)) {
        request->masked = kept;
        give_filled(value, kept);
    }
    buffer_release(&coded);
}

static void difference_at(struct query_call *call, const void *at, size_t index, struct query_value *value)
{
    (void)call;
    give_pointer(value, (const struct dlq_field *)at + index);
}

static void give_differences(struct query_call *call, struct query_value *value, const struct store_dead_letter *letter)
{
    const struct dlq_field *fields;
    uint32_t count;
    const struct store_dead_letter *whole = whole_letter(call, letter);
    if (whole == NULL) {
        return;
    }
    if (!dlq_differences(request_of(call)->api, whole, &request_of(call)->arena, &fields, &count)) {
        fail_memory(call);
        return;
    }
    give_list(value, list_of(fields, count, difference_at));
}

static const char *difference_word(enum dlq_field_state state)
{
    static const char *const names[DLQ_FIELD_STATE_COUNT] = {
        [DLQ_FIELD_PRESENT] = "PRESENT",       [DLQ_FIELD_ABSENT] = "ABSENT",           [DLQ_FIELD_MISSING] = "MISSING",
        [DLQ_FIELD_WRONG_TYPE] = "WRONG_TYPE", [DLQ_FIELD_WRONG_VALUE] = "WRONG_VALUE", [DLQ_FIELD_UNKNOWN] = "UNKNOWN"};
    return names[state];
}

static void give_number_id(struct query_call *call, struct query_value *value, int64_t id)
{
    struct str text;
    if (id == 0) {
        return;
    }
    if (arena_format(&request_of(call)->arena, &text, "%lld", (long long)id)) {
        give_filled(value, text);
    } else {
        fail_memory(call);
    }
}

static void give_became(struct query_value *value, const struct store_dead_letter *letter)
{
    if (letter->removal != STORE_PENDING && letter->became != 0) {
        give_integer(value, letter->became);
    }
}

#define SELF_DeadLetter                                                                                                     \
    const struct store_dead_letter *self = object.at;                                                                       \
    maybe_unused bool is_removed = self->removal != STORE_PENDING
#define SELF_SchemaDifference const struct dlq_field *self = object.at
#define LETTER_FIELDS(FIELD)                                                                                                \
    FIELD(DeadLetter, id, itself, give_number_id(call, value, self->id))                                                    \
    FIELD(DeadLetter, receivedAt, time, self->received_at)                                                                  \
    FIELD(DeadLetter, category, word, word_category(self->category))                                                        \
    FIELD(DeadLetter, retriable, boolean,                                                                                   \
          self->category < EVENT_FAULT_COUNT && event_fault_is_retriable((enum event_fault_category)self->category))        \
    FIELD(DeadLetter, stream, word, self->stream < 0 ? NULL : word_stream(self->stream))                                    \
    FIELD(DeadLetter, tenantId, filled, self->tenant)                                                                       \
    FIELD(DeadLetter, iterationId, text, self->iteration_id)                                                                \
    FIELD(DeadLetter, eventId, text, self->event_id)                                                                        \
    FIELD(DeadLetter, place, filled, self->place)                                                                           \
    FIELD(DeadLetter, reason, filled, self->reason)                                                                         \
    FIELD(DeadLetter, contentType, text, self->content_type)                                                                \
    FIELD(DeadLetter, origin, text, self->origin)                                                                           \
    FIELD(DeadLetter, attempts, integer, self->attempts)                                                                    \
    FIELD(DeadLetter, rawBytes, integer, (int64_t)self->raw_bytes)                                                          \
    FIELD(DeadLetter, removal, word, dlq_removal_name(self->removal))                                                       \
    FIELD(DeadLetter, removedAt, time, is_removed ? self->removed_at : INT64_MIN)                                           \
    FIELD(DeadLetter, became, itself, give_became(value, self))                                                             \
    FIELD(DeadLetter, replaces, itself, give_number_id(call, value, self->replaces))                                        \
    FIELD(DeadLetter, raw, itself, give_raw(call, value, self, false))                                                      \
    FIELD(DeadLetter, rawEncoding, itself, give_raw(call, value, self, true))                                               \
    FIELD(DeadLetter, schemaDifferences, itself, give_differences(call, value, self))                                       \
    FIELD(SchemaDifference, field, filled, self->field)                                                                     \
    FIELD(SchemaDifference, state, word, difference_word(self->state))                                                      \
    FIELD(SchemaDifference, expected, text, self->expected)                                                                 \
    FIELD(SchemaDifference, found, word, self->found)

LETTER_FIELDS(RESOLVER)

/* ---- how many wait ---- */

void give_letter_counts(struct query_call *call, struct query_value *value)
{
    struct graphql_request *request = request_of(call);
    struct error error;
    uint64_t *counts = new_zeroed(call, STORE_CATEGORY_COUNT, sizeof *counts);
    if (counts == NULL) {
        return;
    }
    if (store_reader_dead_letter_counts(request->api->options.reader, listed_tenant_of(request), counts, &error) != STATUS_OK) {
        query_fail_error(call, &error);
        return;
    }
    give_pointer(value, counts);
}

static int64_t sum_of(const uint64_t *counts)
{
    uint64_t sum = 0;
    for (int i = 0; i < EVENT_FAULT_COUNT; i++) {
        sum += counts[i];
    }
    return (int64_t)sum;
}

#define SELF_DeadLetterConnection maybe_unused const struct letter_page *self = object.at
#define SELF_DeadLetterCounts const uint64_t *self = object.at
#define LETTER_COUNT_FIELDS(FIELD)                                                                                          \
    FIELD(DeadLetterConnection, counts, itself, give_letter_counts(call, value))                                            \
    FIELD(DeadLetterCounts, waiting, integer, sum_of(self))                                                                 \
    FIELD(DeadLetterCounts, schemaValidation, integer, (int64_t)self[EVENT_FAULT_SCHEMA_VALIDATION])                        \
    FIELD(DeadLetterCounts, correlationFailed, integer, (int64_t)self[EVENT_FAULT_CORRELATION_FAILED])                      \
    FIELD(DeadLetterCounts, databaseError, integer, (int64_t)self[EVENT_FAULT_DATABASE_ERROR])                              \
    FIELD(DeadLetterCounts, transientNetwork, integer, (int64_t)self[EVENT_FAULT_TRANSIENT_NETWORK])                        \
    FIELD(DeadLetterCounts, critical, integer, (int64_t)self[EVENT_FAULT_CRITICAL])

LETTER_COUNT_FIELDS(RESOLVER)

/* ---- the audit log ---- */

struct audit_page {
    struct graphql_connection page;
    struct store_audit_entry *entries;
    bool newest_first;
};

static void audit_key(const void *at, size_t index, struct buffer *key)
{
    const struct audit_page *page = at;
    id_key(key, page->entries[index].id, page->newest_first);
}

static void audit_at(struct query_call *call, const void *at, size_t index, struct query_value *value)
{
    (void)call;
    give_pointer(value, ((const struct audit_page *)at)->entries + index);
}

static void Query_auditLog(struct query_call *call, struct query_object object, struct query_value *value)
{
    struct graphql_request *request = request_of(call);
    struct store_page page;
    struct error error;
    size_t count;
    bool more;
    struct audit_page *made = new_zeroed(call, 1, sizeof *made);
    (void)object;
    if (made == NULL || !store_page_asked(call, &page, &made->newest_first)) {
        return;
    }
    struct store_audit_filter filter = {.from = argument_time(call, "from", 0),
                                        .until = argument_time(call, "to", 0),
                                        .tenant = listed_tenant_of(request),
                                        .actor = argument_text(call, "actor"),
                                        .action = argument_text(call, "action"),
                                        .object = argument_text(call, "object"),
                                        .newest_first = page.newest_first,
                                        .after_id = page.after_id};
    if (store_reader_audit(request->api->options.reader, &filter, store_limit(&page), &request->arena, &made->entries, &count,
                           &more, &error) != STATUS_OK) {
        query_fail_error(call, &error);
        return;
    }
    if (page.asked.limit == 0) {
        more = count > 0;
        count = 0;
    }
    for (size_t i = 0; page.asked.backward && i < count / 2; i++) {
        struct store_audit_entry other = made->entries[i];
        made->entries[i] = made->entries[count - 1 - i];
        made->entries[count - 1 - i] = other;
    }
    made->page = (struct graphql_connection){.at = made, .item = audit_at, .key = audit_key};
    store_page_cut(&made->page, &page, count, more);
    made->page.total_unknown = true;
    give_pointer(value, made);
}

/* Entries hold JSON. */
static void give_stored_json(struct query_value *value, struct str json)
{
    value->kind = json.length == 0 ? QUERY_NULL : QUERY_JSON;
    value->text = json;
}

static void give_hash(struct query_call *call, struct query_value *value, const uint8_t hash[32])
{
    struct buffer hex;
    struct str kept;
    buffer_init(&hex, 128);
    buffer_append_hex(&hex, hash, 32);
    if (new_copy(call, buffer_str(&hex), &kept)) {
        give_filled(value, kept);
    }
    buffer_release(&hex);
}

#define SELF_AuditEntry const struct store_audit_entry *self = object.at
#define AUDIT_FIELDS(FIELD)                                                                                                 \
    FIELD(AuditEntry, id, itself, give_number_id(call, value, self->id))                                                    \
    FIELD(AuditEntry, at, time, self->at)                                                                                   \
    FIELD(AuditEntry, actor, filled, self->actor)                                                                           \
    FIELD(AuditEntry, tenantId, text, self->tenant)                                                                         \
    FIELD(AuditEntry, action, filled, self->action)                                                                         \
    FIELD(AuditEntry, object, text, self->object)                                                                           \
    FIELD(AuditEntry, before, itself, give_stored_json(value, self->before))                                                \
    FIELD(AuditEntry, after, itself, give_stored_json(value, self->after))                                                  \
    FIELD(AuditEntry, origin, text, self->origin)                                                                           \
    FIELD(AuditEntry, hash, itself, give_hash(call, value, self->hash))

AUDIT_FIELDS(RESOLVER)

static const struct query_binding bindings[] = {
    {"Query", "deadLetters", Query_deadLetters, READ},
    {"Query", "deadLetter", Query_deadLetter, READ},
    {"Query", "auditLog", Query_auditLog, PERMISSION_AUDIT_READ},
    LETTER_FIELDS(BINDING) LETTER_COUNT_FIELDS(BINDING) AUDIT_FIELDS(BINDING)
};
const struct graphql_bindings graphql_letters_bindings = BINDINGS_OF(bindings);
