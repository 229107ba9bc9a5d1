/* Pages after the GraphQL Cursor Connections Specification (relay.dev/graphql/connections.htm).
 *
 * A cursor is the sort key of its item in base64url, not its place, so it stays good when items come and go before it: a page
 * begins where its key would stand. Keys are bytes whose order is the order of the list. Where a list is not quite in that
 * order (a few are sorted by more than their keys say) the item with the very key is looked for, too.
 */
#include "api/graphql_private.h"

/* ---- base64url (RFC 4648, section 5) ---- */

static const char digits64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

size_t put_base64url(char *to, struct str bytes)
{
    const unsigned char *from = (const unsigned char *)bytes.at;
    char *begin = to;
    for (size_t i = 0; i < bytes.length; i += 3) {
        size_t left = bytes.length - i;
        uint32_t word = (uint32_t)from[i] << 16 | (left > 1 ? (uint32_t)from[i + 1] << 8 : 0) |
                        (left > 2 ? (uint32_t)from[i + 2] : 0);
        *to++ = digits64[word >> 18];
        *to++ = digits64[word >> 12 & 63];
        if (left > 1) {
            *to++ = digits64[word >> 6 & 63];
        }
        if (left > 2) {
            *to++ = digits64[word & 63];
        }
    }
    return (size_t)(to - begin);
}

static int value64(char digit)
{
    return digit >= 'A' && digit <= 'Z'   ? digit - 'A'
           : digit >= 'a' && digit <= 'z' ? digit - 'a' + 26
           : digit >= '0' && digit <= '9' ? digit - '0' + 52
           : digit == '-'                 ? 62
           : digit == '_'                 ? 63
                                          : -1;
}

bool decode_base64url(struct str text, struct arena *arena, struct str *bytes)
{
    if (text.length % 4 == 1 || text.length > PAGE_KEY_BYTES_MAX * 2) {
        return false;
    }
    char *to = arena_new(arena, text.length / 4 * 3 + 4);
    if (to == NULL) {
        return false;
    }
    size_t length = 0;
    uint32_t word = 0;
    for (size_t i = 0; i < text.length; i++) {
        int digit = value64(text.at[i]);
        if (digit < 0) {
            return false;
        }
        word = word << 6 | (uint32_t)digit;
        if (i % 4 != 0) {
            to[length++] = (char)(word >> (6 - 2 * (i % 4)) & 0xFF);
        }
    }
    *bytes = (struct str){to, length};
    return true;
}

/* ---- keys ---- */

void key_number(struct buffer *key, uint64_t number)
{
    char bytes[8];
    for (int i = 0; i < 8; i++) {
        bytes[i] = (char)(number >> (56 - 8 * i) & 0xFF);
    }
    buffer_append(key, bytes, sizeof bytes);
}

bool key_read_number(struct str *key, uint64_t *number)
{
    if (key->length < 8) {
        return false;
    }
    *number = 0;
    for (int i = 0; i < 8; i++) {
        *number = *number << 8 | (unsigned char)key->at[i];
    }
    *key = str_from_offset(*key, 8);
    return true;
}

static int compare_key(const struct graphql_connection *connection, size_t index, struct buffer *work, struct str key)
{
    buffer_clear(work);
    connection->key(connection->at, index, work);
    return str_compare(buffer_str(work), key);
}

/* The place of the item with this key, or of the first one behind where it would stand; *found says which. */
static size_t place_of_key(const struct graphql_connection *connection, struct str key, bool *found)
{
    struct buffer work;
    buffer_init(&work, PAGE_KEY_BYTES_MAX);
    size_t low = 0, high = connection->total;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_key(connection, middle, &work, key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    size_t place = low;
    *found = place < connection->total && compare_key(connection, place, &work, key) == 0;
    for (size_t i = 0; i < connection->total && !*found; i++) {
        if (compare_key(connection, i, &work, key) == 0) {
            place = i;
            *found = true;
        }
    }
    buffer_release(&work);
    return place;
}

/* ---- what is asked for ---- */

/* False: failed. SIZE_MAX where absent. */
static bool count_asked(struct query_call *call, const char *name, size_t *count)
{
    const struct query_input *input = query_argument(call, name);
    *count = SIZE_MAX;
    if (input->kind != QUERY_INPUT_INTEGER) {
        return true;
    }
    if (input->integer < 0 || input->integer > LIMIT_PAGE_ITEMS) {
        query_fail(call, "BAD_USER_INPUT", "%s must be from 0 to %d; go on with the cursors.", name, LIMIT_PAGE_ITEMS);
        return false;
    }
    *count = (size_t)input->integer;
    return true;
}

static bool cursor_asked(struct query_call *call, const char *name, struct str *key)
{
    struct str text = argument_text(call, name);
    *key = STR_NONE;
    if (text.at == NULL || decode_base64url(text, &request_of(call)->arena, key)) {
        return true;
    }
    query_fail(call, "BAD_USER_INPUT", "%s must be a cursor that a page gave.", name);
    return false;
}

static bool both_counts_asked(struct query_call *call, size_t *first, size_t *last)
{
    if (!count_asked(call, "first", first) || !count_asked(call, "last", last)) {
        return false;
    }
    if (*first != SIZE_MAX && *last != SIZE_MAX) {
        query_fail(call, "BAD_USER_INPUT", "Give first or last, not both.");
        return false;
    }
    if (*first == SIZE_MAX && *last == SIZE_MAX) {
        *first = PAGE_ITEMS_DEFAULT;
    }
    return true;
}

bool page_cut(struct query_call *call, struct graphql_connection *connection)
{
    size_t first, last;
    struct str after, before;
    if (!both_counts_asked(call, &first, &last) || !cursor_asked(call, "after", &after) ||
        !cursor_asked(call, "before", &before)) {
        return false;
    }
    bool found = false;
    connection->begin = 0;
    connection->end = connection->total;
    if (after.at != NULL) {
        connection->begin = place_of_key(connection, after, &found);
        connection->begin += found;
    }
    if (before.at != NULL) {
        size_t end = place_of_key(connection, before, &found);
        connection->end = end < connection->begin ? connection->begin : end;
    }
    size_t length = connection->end - connection->begin;
    if (first < length) {
        connection->end = connection->begin + first;
    } else if (last < length) {
        connection->begin = connection->end - last;
    }
    connection->has_previous = connection->begin > 0;
    connection->has_next = connection->end < connection->total;
    return true;
}

bool page_asked(struct query_call *call, struct page_request *page)
{
    size_t first, last;
    struct str after, before;
    if (!both_counts_asked(call, &first, &last) || !cursor_asked(call, "after", &after) ||
        !cursor_asked(call, "before", &before)) {
        return false;
    }
    page->backward = last != SIZE_MAX;
    page->limit = page->backward ? last : first;
    page->key = page->backward ? before : after;
    if ((page->backward ? after : before).at != NULL) {
        query_fail(call, "BAD_USER_INPUT", "Here first goes with after, last with before.");
        return false;
    }
    return true;
}

/* ---- the fields ---- */

static void page_node_at(struct query_call *call, const void *at, size_t index, struct query_value *value)
{
    const struct graphql_connection *connection = at;
    connection->item(call, connection->at, connection->begin + index, value);
}

static void page_edge_at(struct query_call *call, const void *at, size_t index, struct query_value *value)
{
    const struct graphql_connection *connection = at;
    (void)call;
    give_object(value, (struct query_object){.at = connection, .number = connection->begin + index});
}

void page_edges(struct query_call *call, struct query_object object, struct query_value *value)
{
    const struct graphql_connection *connection = object.at;
    (void)call;
    give_list(value, list_of(connection, connection->end - connection->begin, page_edge_at));
}

void page_nodes(struct query_call *call, struct query_object object, struct query_value *value)
{
    const struct graphql_connection *connection = object.at;
    (void)call;
    give_list(value, list_of(connection, connection->end - connection->begin, page_node_at));
}

void page_info(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)call;
    give_object(value, object);
}

void page_total(struct query_call *call, struct query_object object, struct query_value *value)
{
    const struct graphql_connection *connection = object.at;
    (void)call;
    if (!connection->total_unknown) {
        give_integer(value, (int64_t)connection->total);
    }
}

void page_meta(struct query_call *call, struct query_object object, struct query_value *value)
{
    const struct graphql_connection *connection = object.at;
    if (connection->of != NULL) {
        give_meta(call, value, connection->of);
    } else {
        give_meta_of_all(call, value, connection->clocks, connection->partial);
    }
}

static void give_cursor(struct query_call *call, struct query_value *value, const struct graphql_connection *connection,
                        size_t index)
{
    struct buffer key;
    buffer_init(&key, PAGE_KEY_BYTES_MAX);
    connection->key(connection->at, index, &key);
    char *text = buffer_failed(&key) ? NULL : arena_new(&request_of(call)->arena, BASE64URL_LENGTH(key.length) + 1);
    if (text == NULL) {
        fail_memory(call);
    } else {
        give_filled(value, (struct str){text, put_base64url(text, buffer_str(&key))});
    }
    buffer_release(&key);
}

void edge_cursor(struct query_call *call, struct query_object object, struct query_value *value)
{
    give_cursor(call, value, object.at, object.number);
}

void edge_node(struct query_call *call, struct query_object object, struct query_value *value)
{
    const struct graphql_connection *connection = object.at;
    connection->item(call, connection->at, object.number, value);
}

#define SELF_PageInfo const struct graphql_connection *self = object.at

static void give_end(struct query_call *call, struct query_value *value, const struct graphql_connection *self, bool last)
{
    if (self->end > self->begin) {
        give_cursor(call, value, self, last ? self->end - 1 : self->begin);
    }
}

#define PAGE_INFO_FIELDS(FIELD)                                                                                             \
    FIELD(PageInfo, hasNextPage, boolean, self->has_next)                                                                   \
    FIELD(PageInfo, hasPreviousPage, boolean, self->has_previous)                                                           \
    FIELD(PageInfo, startCursor, itself, give_end(call, value, self, false))                                                \
    FIELD(PageInfo, endCursor, itself, give_end(call, value, self, true))

PAGE_INFO_FIELDS(RESOLVER)

static const struct query_binding bindings[] = {
    PAGE_INFO_FIELDS(BINDING)
    {"GraphNodeConnection", "meta", page_meta, 0}, {"ChangeConnection", "meta", page_meta, 0},
    {"IterationConnection", "meta", page_meta, 0}, {"CoverageRollup", "meta", page_meta, 0},
    {"FlakeReport", "meta", page_meta, 0}, {"ViolationConnection", "meta", page_meta, 0},
    {"UnmatchedConnection", "meta", page_meta, 0}, {"LogConnection", "meta", page_meta, 0},
    CONNECTION_BINDINGS("GraphNodeConnection"), EDGE_BINDINGS("GraphNodeEdge"),
    CONNECTION_BINDINGS("LinkConnection"), EDGE_BINDINGS("LinkEdge"),
    CONNECTION_BINDINGS("NodeVersionConnection"), EDGE_BINDINGS("NodeVersionEdge"),
    CONNECTION_BINDINGS("ChangeConnection"), EDGE_BINDINGS("ChangeEdge"),
    CONNECTION_BINDINGS("LinkChangeConnection"), EDGE_BINDINGS("LinkChangeEdge"),
    CONNECTION_BINDINGS("IterationConnection"), EDGE_BINDINGS("IterationEdge"),
    CONNECTION_BINDINGS("CoverageRollup"), EDGE_BINDINGS("RequirementEdge"),
    CONNECTION_BINDINGS("FlakeReport"), EDGE_BINDINGS("ScenarioEdge"),
    CONNECTION_BINDINGS("ViolationConnection"), EDGE_BINDINGS("ViolationEdge"),
    CONNECTION_BINDINGS("UnmatchedConnection"), EDGE_BINDINGS("UnmatchedEdge"),
    CONNECTION_BINDINGS("LogConnection"), EDGE_BINDINGS("LogEdge"),
    CONNECTION_BINDINGS("DeadLetterConnection"), EDGE_BINDINGS("DeadLetterEdge"),
    CONNECTION_BINDINGS("AuditConnection"), EDGE_BINDINGS("AuditEdge"),
    CONNECTION_BINDINGS("SavedLayoutConnection"), EDGE_BINDINGS("SavedLayoutEdge"),
};
const struct graphql_bindings graphql_page_bindings = BINDINGS_OF(bindings);
