/* store_reader.c: events by chunk and by place, settings.
 *
 * A read transaction that stays open stops the -wal from starting over (it grew to 2 GB in a test, and writing slowed to a
 * fifth). So a chunk is copied out and its transaction ended before the caller sees it.
 */
#include <assert.h>
#include <string.h>

#include "base/json_read.h"
#include "base/memory.h"
#include "store/store_private.h"
#include "store/store_schema.h"

#define CHUNK_EVENTS 4096
#define CHUNK_BYTES (1 * MIB)
/* A chunk and the one event that goes over it, with tenant and padding. */
#define TEXTS_BYTES_MAX (CHUNK_BYTES + 4 * LIMIT_EVENT_BYTES + LIMIT_SEALED_BYTES)

static const char *const query_sql[QUERY_COUNT] = {
    [QUERY_LAST] = "SELECT seq, observed_at FROM event ORDER BY seq DESC LIMIT 1",
    [QUERY_EVENTS] = "SELECT seq, observed_at, stream, type, tenant, payload, sealed FROM event WHERE seq >= ?1 ORDER BY seq LIMIT ?2",
    [QUERY_EVENT] = "SELECT seq, observed_at, stream, type, tenant, payload, sealed FROM event WHERE seq = ?1",
    [QUERY_SETTING] = "SELECT value FROM setting WHERE key = ?1",
    [QUERY_DEAD_LETTER] = "SELECT l.id, l.received_at, l.category, l.stream, l.attempts, l.tenant, l.iteration_id, l.event_id, l.place, "
                          "l.reason, l.content_type, l.origin, l.raw_bytes, l.removal, l.removed_at, l.became, l.replaces, r.raw "
                          "FROM dead_letter l LEFT JOIN dead_letter_raw r ON r.id = l.id WHERE l.id = ?1",
};

enum status store_reader_open_path(struct store_reader **reader, const char *path, const char *vfs, struct error *error)
{
    struct store_reader *opened = memory_new_zeroed(1, sizeof(*opened));
    if (opened == NULL) {
        return error_no_memory(error, "store");
    }
    buffer_init(&opened->texts, TEXTS_BYTES_MAX);
    opened->path = store_copy_text(path);
    opened->vfs = vfs != NULL ? store_copy_text(vfs) : NULL;
    enum status status = STATUS_OK;
    if (opened->path == NULL || (vfs != NULL && opened->vfs == NULL)) {
        status = error_no_memory(error, "store");
    } else {
        status = store_sql_open(&opened->db, path, vfs, STORE_ACCESS_READ, error);
    }
    if (status == STATUS_OK) {
        store_sql_check_reader(opened->db);
        status = store_schema_check(opened->db, error);
    }
    for (int i = 0; i < QUERY_COUNT && status == STATUS_OK; i++) {
        status = store_sql_prepare(opened->db, query_sql[i], &opened->queries[i], error);
    }
    if (status != STATUS_OK) {
        store_reader_close(opened);
        return status;
    }
    *reader = opened;
    return STATUS_OK;
}

enum status store_reader_open(struct store_reader **reader, const struct store *store, struct error *error)
{
    return store_reader_open_path(reader, store->path, store->vfs, error);
}

void store_reader_close(struct store_reader *reader)
{
    if (reader == NULL) {
        return;
    }
    for (int i = 0; i < QUERY_COUNT; i++) {
        sqlite3_finalize(reader->queries[i]);
    }
    store_sql_close(reader->db);
    buffer_release(&reader->texts);
    memory_free(reader->events);
    memory_free(reader->path);
    memory_free(reader->vfs);
    memory_free(reader);
}

/* Ends the statement's read transaction and tells how it went; `code` is what the last step returned. */
static enum status finish(struct store_reader *reader, enum store_query query, int code, struct error *error)
{
    enum status status = STATUS_OK;
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        status = store_sql_error(reader->db, sqlite3_extended_errcode(reader->db), "reading the store", error);
    }
    (void)sqlite3_reset(reader->queries[query]);
    assert(sqlite3_get_autocommit(reader->db) != 0);
    return status;
}

enum status store_reader_last(struct store_reader *reader, uint64_t *seq, int64_t *observed_at, struct error *error)
{
    sqlite3_stmt *statement = reader->queries[QUERY_LAST];
    int code = sqlite3_step(statement);
    *seq = code == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(statement, 0) : 0;
    *observed_at = code == SQLITE_ROW ? sqlite3_column_int64(statement, 1) : 0;
    return finish(reader, QUERY_LAST, code, error);
}

/* Copies the current row behind the texts already there. Until `place_texts`, tenant.at and payload.at are NULL and the
 * lengths say where they will be: the buffer may still move. */
static void take_row(struct store_reader *reader, sqlite3_stmt *statement, struct store_event *event)
{
    struct str tenant = store_sql_column(statement, 4), payload = store_sql_column(statement, 5);
    struct str sealed = store_sql_column(statement, 6);
    *event = (struct store_event){
        .seq = (uint64_t)sqlite3_column_int64(statement, 0),
        .observed_at = sqlite3_column_int64(statement, 1),
        .stream = (uint8_t)sqlite3_column_int(statement, 2),
        .type = (uint16_t)sqlite3_column_int(statement, 3),
        .tenant = {NULL, tenant.length},
        .payload = {NULL, payload.length},
        .sealed = {NULL, sealed.length},
    };
    buffer_append_str(&reader->texts, tenant);
    buffer_append_str(&reader->texts, payload);
    buffer_append_str(&reader->texts, sealed);
}

static enum status place_texts(struct store_reader *reader, struct store_event *events, size_t count, struct error *error)
{
    char *padding = buffer_reserve(&reader->texts, JSON_READ_PADDING);
    if (padding == NULL) {
        return error_no_memory(error, "reading events");
    }
    memset(padding, 0, JSON_READ_PADDING);
    const char *at = reader->texts.bytes;
    for (size_t i = 0; i < count; i++) {
        events[i].tenant.at = at;
        at += events[i].tenant.length;
        events[i].payload.at = at;
        at += events[i].payload.length;
        events[i].sealed.at = events[i].sealed.length > 0 ? at : NULL;
        at += events[i].sealed.length;
    }
    assert(at == reader->texts.bytes + reader->texts.length);
    return STATUS_OK;
}

enum status store_reader_events(struct store_reader *reader, uint64_t from_seq, const struct store_event **events, size_t *count,
                                struct error *error)
{
    sqlite3_stmt *statement = reader->queries[QUERY_EVENTS];
    size_t taken = 0;
    uint64_t expected = from_seq > 0 ? from_seq : 1;
    *count = 0;
    buffer_clear(&reader->texts);
    struct store_event *grown = memory_grow(reader->events, &reader->event_capacity, CHUNK_EVENTS, sizeof(*grown));
    if (grown == NULL) {
        return error_no_memory(error, "reading events");
    }
    reader->events = grown;
    int code = sqlite3_bind_int64(statement, 1, (int64_t)expected) | sqlite3_bind_int64(statement, 2, CHUNK_EVENTS);
    assert(code == SQLITE_OK);
    bool gap = false;
    while (!gap && taken < CHUNK_EVENTS && reader->texts.length < CHUNK_BYTES && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        gap = (uint64_t)sqlite3_column_int64(statement, 0) != expected;
        if (!gap) {
            take_row(reader, statement, &reader->events[taken++]);
            expected++;
        }
    }
    enum status status = finish(reader, QUERY_EVENTS, code == SQLITE_OK ? SQLITE_DONE : code, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (gap) {
        return error_set(error, STATUS_FATAL, "log", "event %llu is missing; run `trimodal doctor`, restore a backup",
                         (unsigned long long)expected);
    }
    status = place_texts(reader, reader->events, taken, error);
    if (status == STATUS_OK) {
        *events = reader->events;
        *count = taken;
    }
    return status;
}

enum status store_reader_event(struct store_reader *reader, uint64_t seq, struct store_event *event, struct error *error)
{
    sqlite3_stmt *statement = reader->queries[QUERY_EVENT];
    buffer_clear(&reader->texts);
    (void)sqlite3_bind_int64(statement, 1, (int64_t)seq);
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        take_row(reader, statement, event);
    }
    enum status status = finish(reader, QUERY_EVENT, code, error);
    if (status == STATUS_OK && code != SQLITE_ROW) {
        status = error_set(error, STATUS_ABSENT, "log", "there is no event %llu", (unsigned long long)seq);
    }
    return status == STATUS_OK ? place_texts(reader, event, 1, error) : status;
}

enum status store_reader_setting(struct store_reader *reader, struct str key, struct arena *arena, struct str *value,
                                 struct error *error)
{
    sqlite3_stmt *statement = reader->queries[QUERY_SETTING];
    (void)store_sql_bind_text(statement, 1, key);
    int code = sqlite3_step(statement);
    bool kept = true;
    if (code == SQLITE_ROW) {
        *value = store_sql_column(statement, 0);
        kept = store_keep(arena, value);
    }
    enum status status = finish(reader, QUERY_SETTING, code, error);
    (void)sqlite3_clear_bindings(statement);
    if (status == STATUS_OK && !kept) {
        status = error_no_memory(error, "settings");
    }
    if (status == STATUS_OK && code != SQLITE_ROW) {
        status = error_set(error, STATUS_ABSENT, "setting", "%.*s is not set", STR_ARGS(key));
    }
    return status;
}
