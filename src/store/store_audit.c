#include "store/store_audit.h"

#include "store/store_private.h"

/* Entries verified in one read transaction. */
#define VERIFY_CHUNK 4096

static void add_number(struct sha256 *sha256, uint64_t number, int size)
{
    uint8_t bytes[8];
    for (int i = size - 1; i >= 0; i--) {
        bytes[i] = (uint8_t)number;
        number >>= 8;
    }
    sha256_add(sha256, bytes, (size_t)size);
}

static void add_text(struct sha256 *sha256, struct str text)
{
    add_number(sha256, text.at == NULL ? UINT32_MAX : text.length, 4);
    if (text.length > 0) {
        sha256_add(sha256, text.at, text.length);
    }
}

void store_audit_hash(struct sha256 *sha256, const uint8_t previous[SHA256_SIZE], const struct store_audit_entry *entry,
                      uint8_t hash[SHA256_SIZE])
{
    sha256_begin(sha256);
    sha256_add(sha256, previous, SHA256_SIZE);
    add_number(sha256, (uint64_t)entry->id, 8);
    add_number(sha256, (uint64_t)entry->at, 8);
    add_text(sha256, entry->actor);
    add_text(sha256, entry->tenant);
    add_text(sha256, entry->action);
    add_text(sha256, entry->object);
    add_text(sha256, entry->before);
    add_text(sha256, entry->after);
    add_text(sha256, entry->origin);
    sha256_end(sha256, hash);
}

void store_audit_column(sqlite3_stmt *statement, struct store_audit_entry *entry)
{
    *entry = (struct store_audit_entry){
        .id = sqlite3_column_int64(statement, 0),
        .at = sqlite3_column_int64(statement, 1),
        .actor = store_sql_column(statement, 2),
        .tenant = store_sql_column(statement, 3),
        .action = store_sql_column(statement, 4),
        .object = store_sql_column(statement, 5),
        .before = store_sql_column(statement, 6),
        .after = store_sql_column(statement, 7),
        .origin = store_sql_column(statement, 8),
    };
    struct str hash = store_sql_column(statement, 9);
    if (hash.length == SHA256_SIZE) {
        memcpy(entry->hash, hash.at, SHA256_SIZE);
    }
}

void store_audit_head_write(int64_t id, const uint8_t hash[SHA256_SIZE], uint8_t head[STORE_AUDIT_HEAD_BYTES])
{
    for (int i = 0; i < 8; i++) {
        head[i] = (uint8_t)((uint64_t)id >> (56 - 8 * i));
    }
    memcpy(head + 8, hash, SHA256_SIZE);
}

enum status store_audit_head_load(sqlite3 *db, int64_t *id, uint8_t hash[SHA256_SIZE], struct error *error)
{
    sqlite3_stmt *statement = NULL;
    *id = 0;
    enum status status = store_sql_prepare(db, "SELECT value FROM setting WHERE key = '" STORE_AUDIT_HEAD "'", &statement, error);
    if (status != STATUS_OK) {
        return status;
    }
    int code = sqlite3_step(statement);
    struct str head = code == SQLITE_ROW ? store_sql_column(statement, 0) : STR_NONE;
    if (head.length == STORE_AUDIT_HEAD_BYTES) {
        uint64_t number = 0;
        for (int i = 0; i < 8; i++) {
            number = number << 8 | (uint8_t)head.at[i];
        }
        *id = (int64_t)number;
        memcpy(hash, head.at + 8, SHA256_SIZE);
    }
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        status = store_sql_error(db, sqlite3_extended_errcode(db), "reading the head of the audit log", error);
    }
    sqlite3_finalize(statement);
    return status;
}

/* Verifies up to VERIFY_CHUNK entries behind report->count; *done once the end or a broken one is reached. */
static enum status verify_chunk(struct store_reader *reader, struct sha256 *sha256, struct store_audit_report *report, bool *done,
                                struct error *error)
{
    sqlite3_stmt *statement = NULL;
    enum status status = store_sql_prepare(reader->db, "SELECT " STORE_AUDIT_COLUMNS " FROM audit WHERE id > ?1 ORDER BY id LIMIT ?2",
                                           &statement, error);
    if (status != STATUS_OK) {
        return status;
    }
    sqlite3_bind_int64(statement, 1, (int64_t)report->count);
    sqlite3_bind_int64(statement, 2, VERIFY_CHUNK);
    int rows = 0, code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW && report->broken_id == 0) {
        struct store_audit_entry entry;
        uint8_t hash[SHA256_SIZE];
        int64_t expected_id = (int64_t)report->count + 1;
        store_audit_column(statement, &entry);
        store_audit_hash(sha256, report->head, &entry, hash);
        if (entry.id != expected_id || memcmp(hash, entry.hash, SHA256_SIZE) != 0) {
            report->broken_id = expected_id;
        } else {
            report->count++;
            memcpy(report->head, hash, SHA256_SIZE);
            rows++;
        }
    }
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        status = store_sql_error(reader->db, sqlite3_extended_errcode(reader->db), "reading the audit log", error);
    }
    *done = report->broken_id != 0 || rows < VERIFY_CHUNK;
    sqlite3_finalize(statement);
    return status;
}

enum status store_audit_verify(struct store_reader *reader, struct store_audit_report *report, struct error *error)
{
    *report = (struct store_audit_report){0};
    store_sql_check_reader(reader->db);
    struct sha256 *sha256 = sha256_new();
    if (sha256 == NULL) {
        return error_no_memory(error, "audit log");
    }
    int64_t kept_id; /* read first: entries may be added meanwhile */
    uint8_t kept_hash[SHA256_SIZE];
    enum status status = store_audit_head_load(reader->db, &kept_id, kept_hash, error);
    bool done = false;
    while (status == STATUS_OK && !done) {
        status = verify_chunk(reader, sha256, report, &done, error);
    }
    if (report->broken_id == 0 && (int64_t)report->count < kept_id) {
        report->broken_id = (int64_t)report->count + 1;
    }
    sha256_free(sha256);
    return status;
}
