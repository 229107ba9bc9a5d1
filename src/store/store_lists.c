/* store_lists.c: dead letters, audit entries and settings, by page.
 *
 * A list is one statement whose conditions follow from the filter and one read transaction that ends before the caller sees
 * the page. Only the filter's shape reaches the SQL text; its values are bound.
 */
#include <assert.h>

#include "base/json_read.h"
#include "store/store_audit.h"
#include "store/store_private.h"

#define LETTER_COLUMNS \
    "id, received_at, category, stream, attempts, tenant, iteration_id, event_id, place, reason, content_type, origin, raw_bytes, " \
    "removal, removed_at, became, replaces"
#define SQL_BYTES_MAX (4 * KIB)

bool store_keep(struct arena *arena, struct str *text)
{
    struct str given = *text;
    return given.at == NULL || arena_copy(arena, given, text);
}

bool store_list_grow(struct arena *arena, void **items, size_t *capacity, size_t needed, size_t size)
{
    if (needed <= *capacity) {
        return true;
    }
    size_t larger = *capacity < 16 ? 16 : *capacity * 2;
    void *grown = arena_new(arena, larger * size);
    if (grown == NULL) {
        return false;
    }
    if (*capacity > 0) {
        memcpy(grown, *items, *capacity * size);
    }
    *items = grown;
    *capacity = larger;
    return true;
}

/* Prepares SELECT … WHERE … ORDER BY id LIMIT; ?1 is the cursor and ?2 the limit in each. */
static enum status prepare_list(struct store_reader *reader, const char *select, struct str conditions, bool newest_first,
                                sqlite3_stmt **statement, struct error *error)
{
    struct buffer sql;
    buffer_init(&sql, SQL_BYTES_MAX);
    buffer_append_text(&sql, select);
    buffer_append_text(&sql, newest_first ? " WHERE id < ?1" : " WHERE id > ?1");
    buffer_append_str(&sql, conditions);
    buffer_append_text(&sql, newest_first ? " ORDER BY id DESC LIMIT ?2" : " ORDER BY id LIMIT ?2");
    enum status status = buffer_failed(&sql) ? error_no_memory(error, "store")
                                             : store_sql_prepare(reader->db, sql.bytes, statement, error);
    buffer_release(&sql);
    return status;
}

static void bind_page(sqlite3_stmt *statement, int64_t after_id, bool newest_first, size_t limit)
{
    (void)sqlite3_bind_int64(statement, 1, newest_first && after_id == 0 ? INT64_MAX : after_id);
    (void)sqlite3_bind_int64(statement, 2, (int64_t)limit + 1); /* one more tells whether others follow */
}

/* What a list says after its last step: the rows that fit, whether there are more, or what went wrong. */
static enum status end_list(struct store_reader *reader, sqlite3_stmt *statement, int code, bool kept, struct error *error)
{
    enum status status = STATUS_OK;
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        status = store_sql_error(reader->db, sqlite3_extended_errcode(reader->db), "reading the store", error);
    } else if (!kept) {
        status = error_no_memory(error, "list");
    }
    sqlite3_finalize(statement);
    assert(sqlite3_get_autocommit(reader->db) != 0);
    return status;
}

/* ---- dead letters ---- */

static void letter_column(sqlite3_stmt *statement, struct store_dead_letter *letter)
{
    *letter = (struct store_dead_letter){
        .id = sqlite3_column_int64(statement, 0),
        .received_at = sqlite3_column_int64(statement, 1),
        .category = (uint8_t)sqlite3_column_int(statement, 2),
        .stream = (int8_t)sqlite3_column_int(statement, 3),
        .attempts = (uint32_t)sqlite3_column_int64(statement, 4),
        .tenant = store_sql_column(statement, 5),
        .iteration_id = store_sql_column(statement, 6),
        .event_id = store_sql_column(statement, 7),
        .place = store_sql_column(statement, 8),
        .reason = store_sql_column(statement, 9),
        .content_type = store_sql_column(statement, 10),
        .origin = store_sql_column(statement, 11),
        .raw_bytes = (uint64_t)sqlite3_column_int64(statement, 12),
        .removal = (enum store_removal)sqlite3_column_int(statement, 13),
        .removed_at = sqlite3_column_int64(statement, 14),
        .became = sqlite3_column_int64(statement, 15),
        .replaces = sqlite3_column_int64(statement, 16),
    };
}

static bool letter_keep(struct arena *arena, struct store_dead_letter *letter)
{
    return store_keep(arena, &letter->tenant) && store_keep(arena, &letter->iteration_id) && store_keep(arena, &letter->event_id) &&
           store_keep(arena, &letter->place) && store_keep(arena, &letter->reason) && store_keep(arena, &letter->content_type) &&
           store_keep(arena, &letter->origin);
}

static enum status prepare_letters(struct store_reader *reader, const struct store_dead_letter_filter *filter, size_t limit,
                                   sqlite3_stmt **statement, struct error *error)
{
    struct buffer conditions;
    buffer_init(&conditions, SQL_BYTES_MAX);
    buffer_append_text(&conditions, filter->removed ? "" : " AND removal = 0");
    buffer_append_text(&conditions, filter->category != STORE_ANY ? " AND category = ?3" : "");
    buffer_append_text(&conditions, filter->stream != STORE_ANY ? " AND stream = ?4" : "");
    buffer_append_text(&conditions, filter->received_from != 0 ? " AND received_at >= ?5" : "");
    buffer_append_text(&conditions, filter->received_until != 0 ? " AND received_at <= ?6" : "");
    buffer_append_text(&conditions, filter->tenant.at != NULL ? " AND tenant = ?7" : "");
    buffer_append_text(&conditions, filter->iteration_id.at != NULL ? " AND iteration_id = ?8" : "");
    enum status status = buffer_failed(&conditions)
                             ? error_no_memory(error, "store")
                             : prepare_list(reader, "SELECT " LETTER_COLUMNS " FROM dead_letter", buffer_str(&conditions),
                                            filter->newest_first, statement, error);
    buffer_release(&conditions);
    if (status == STATUS_OK) { /* a parameter that the statement does not have is refused, and that is meant */
        bind_page(*statement, filter->after_id, filter->newest_first, limit);
        (void)sqlite3_bind_int(*statement, 3, filter->category);
        (void)sqlite3_bind_int(*statement, 4, filter->stream);
        (void)sqlite3_bind_int64(*statement, 5, filter->received_from);
        (void)sqlite3_bind_int64(*statement, 6, filter->received_until);
        (void)store_sql_bind_text(*statement, 7, filter->tenant);
        (void)store_sql_bind_text(*statement, 8, filter->iteration_id);
    }
    return status;
}

enum status store_reader_dead_letters(struct store_reader *reader, const struct store_dead_letter_filter *filter, size_t limit,
                                      struct arena *arena, struct store_dead_letter **letters, size_t *count, bool *more,
                                      struct error *error)
{
    sqlite3_stmt *statement = NULL;
    struct store_dead_letter *items = NULL;
    size_t capacity = 0, taken = 0;
    limit = limit == 0 || limit > LIMIT_PAGE_ITEMS ? LIMIT_PAGE_ITEMS : limit;
    store_sql_check_reader(reader->db);
    enum status status = prepare_letters(reader, filter, limit, &statement, error);
    if (status != STATUS_OK) {
        return status;
    }
    int code = SQLITE_DONE;
    bool kept = true;
    while (kept && (code = sqlite3_step(statement)) == SQLITE_ROW && taken < limit) {
        kept = store_list_grow(arena, (void **)&items, &capacity, taken + 1, sizeof(*items));
        if (kept) {
            letter_column(statement, &items[taken]);
            kept = letter_keep(arena, &items[taken]);
            taken++;
        }
    }
    *more = code == SQLITE_ROW && kept;
    *letters = items;
    *count = taken;
    return end_list(reader, statement, code, kept, error);
}

enum status store_reader_dead_letter(struct store_reader *reader, int64_t id, struct arena *arena, struct store_dead_letter *letter,
                                     struct error *error)
{
    sqlite3_stmt *statement = reader->queries[QUERY_DEAD_LETTER];
    (void)sqlite3_bind_int64(statement, 1, id);
    int code = sqlite3_step(statement);
    bool kept = true;
    if (code == SQLITE_ROW) {
        letter_column(statement, letter);
        struct str raw = store_sql_column(statement, 17);
        kept = letter_keep(arena, letter);
        if (kept && raw.at != NULL) {
            char *bytes = arena_new(arena, raw.length + JSON_READ_PADDING);
            kept = bytes != NULL;
            if (kept) {
                memcpy(bytes, raw.at, raw.length);
                memset(bytes + raw.length, 0, JSON_READ_PADDING);
                letter->raw = (struct str){bytes, raw.length};
            }
        }
    }
    enum status status = STATUS_OK;
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        status = store_sql_error(reader->db, sqlite3_extended_errcode(reader->db), "reading dead letters", error);
    } else if (!kept) {
        status = error_no_memory(error, "dead letter");
    } else if (code == SQLITE_DONE) {
        status = error_set(error, STATUS_ABSENT, "dead letter", "there is none with id %lld", (long long)id);
    }
    (void)sqlite3_reset(statement);
    return status;
}

enum status store_reader_dead_letter_counts(struct store_reader *reader, struct str tenant, uint64_t counts[STORE_CATEGORY_COUNT],
                                            struct error *error)
{
    sqlite3_stmt *statement = NULL;
    memset(counts, 0, STORE_CATEGORY_COUNT * sizeof(counts[0]));
    enum status status = store_sql_prepare(reader->db,
                                           tenant.at == NULL ? "SELECT category, count(*) FROM dead_letter WHERE removal = 0 GROUP BY category"
                                                             : "SELECT category, count(*) FROM dead_letter WHERE removal = 0 AND tenant = ?1 "
                                                               "GROUP BY category",
                                           &statement, error);
    if (status != STATUS_OK) {
        return status;
    }
    (void)store_sql_bind_text(statement, 1, tenant);
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        int category = sqlite3_column_int(statement, 0);
        if (category >= 0 && category < STORE_CATEGORY_COUNT) {
            counts[category] = (uint64_t)sqlite3_column_int64(statement, 1);
        }
    }
    return end_list(reader, statement, code, true, error);
}

/* ---- audit ---- */

static bool entry_keep(struct arena *arena, struct store_audit_entry *entry)
{
    return store_keep(arena, &entry->actor) && store_keep(arena, &entry->tenant) && store_keep(arena, &entry->action) &&
           store_keep(arena, &entry->object) && store_keep(arena, &entry->before) && store_keep(arena, &entry->after) &&
           store_keep(arena, &entry->origin);
}

static enum status prepare_audit(struct store_reader *reader, const struct store_audit_filter *filter, size_t limit,
                                 sqlite3_stmt **statement, struct error *error)
{
    struct buffer conditions;
    buffer_init(&conditions, SQL_BYTES_MAX);
    buffer_append_text(&conditions, filter->from != 0 ? " AND at >= ?3" : "");
    buffer_append_text(&conditions, filter->until != 0 ? " AND at <= ?4" : "");
    buffer_append_text(&conditions, filter->tenant.at != NULL ? " AND tenant = ?5" : "");
    buffer_append_text(&conditions, filter->actor.at != NULL ? " AND actor = ?6" : "");
    buffer_append_text(&conditions, filter->action.at != NULL ? " AND action = ?7" : "");
    buffer_append_text(&conditions, filter->object.at != NULL ? " AND object = ?8" : "");
    enum status status = buffer_failed(&conditions)
                             ? error_no_memory(error, "store")
                             : prepare_list(reader, "SELECT " STORE_AUDIT_COLUMNS " FROM audit", buffer_str(&conditions),
                                            filter->newest_first, statement, error);
    buffer_release(&conditions);
    if (status == STATUS_OK) { /* as above */
        bind_page(*statement, filter->after_id, filter->newest_first, limit);
        (void)sqlite3_bind_int64(*statement, 3, filter->from);
        (void)sqlite3_bind_int64(*statement, 4, filter->until);
        (void)store_sql_bind_text(*statement, 5, filter->tenant);
        (void)store_sql_bind_text(*statement, 6, filter->actor);
        (void)store_sql_bind_text(*statement, 7, filter->action);
        (void)store_sql_bind_text(*statement, 8, filter->object);
    }
    return status;
}

enum status store_reader_audit(struct store_reader *reader, const struct store_audit_filter *filter, size_t limit, struct arena *arena,
                               struct store_audit_entry **entries, size_t *count, bool *more, struct error *error)
{
    sqlite3_stmt *statement = NULL;
    struct store_audit_entry *items = NULL;
    size_t capacity = 0, taken = 0;
    limit = limit == 0 || limit > LIMIT_PAGE_ITEMS ? LIMIT_PAGE_ITEMS : limit;
    store_sql_check_reader(reader->db);
    enum status status = prepare_audit(reader, filter, limit, &statement, error);
    if (status != STATUS_OK) {
        return status;
    }
    int code = SQLITE_DONE;
    bool kept = true;
    while (kept && (code = sqlite3_step(statement)) == SQLITE_ROW && taken < limit) {
        kept = store_list_grow(arena, (void **)&items, &capacity, taken + 1, sizeof(*items));
        if (kept) {
            store_audit_column(statement, &items[taken]);
            kept = entry_keep(arena, &items[taken]);
            taken++;
        }
    }
    *more = code == SQLITE_ROW && kept;
    *entries = items;
    *count = taken;
    return end_list(reader, statement, code, kept, error);
}

/* ---- settings ---- */

enum status store_reader_settings(struct store_reader *reader, struct str prefix, struct arena *arena, struct store_setting **settings,
                                  size_t *count, struct error *error)
{
    sqlite3_stmt *statement = NULL;
    struct store_setting *items = NULL;
    size_t capacity = 0, taken = 0;
    enum status status = store_sql_prepare(reader->db, "SELECT key, value FROM setting WHERE key >= ?1 ORDER BY key", &statement, error);
    if (status != STATUS_OK) {
        return status;
    }
    (void)store_sql_bind_text(statement, 1, prefix.at != NULL ? prefix : STR(""));
    int code = SQLITE_DONE;
    bool kept = true;
    while (kept && (code = sqlite3_step(statement)) == SQLITE_ROW && str_starts_with(store_sql_column(statement, 0), prefix)) {
        kept = store_list_grow(arena, (void **)&items, &capacity, taken + 1, sizeof(*items));
        if (kept) {
            items[taken] = (struct store_setting){store_sql_column(statement, 0), store_sql_column(statement, 1)};
            kept = store_keep(arena, &items[taken].key) && store_keep(arena, &items[taken].value);
            taken++;
        }
    }
    *settings = items;
    *count = taken;
    return end_list(reader, statement, code, kept, error);
}
