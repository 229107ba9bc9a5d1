#include "store/store_schema.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>

#include "store/store_sql.h"

static const char step_1[] =
    "CREATE TABLE event("
    " seq INTEGER PRIMARY KEY,"
    " observed_at INTEGER NOT NULL,"
    " stream INTEGER NOT NULL,"
    " type INTEGER NOT NULL,"
    " tenant TEXT NOT NULL,"
    " payload TEXT NOT NULL) STRICT;"

    "CREATE TABLE dead_letter("
    " id INTEGER PRIMARY KEY,"
    " received_at INTEGER NOT NULL,"
    " category INTEGER NOT NULL,"
    " stream INTEGER NOT NULL,"
    " attempts INTEGER NOT NULL,"
    " tenant TEXT NOT NULL,"
    " iteration_id TEXT,"
    " event_id TEXT,"
    " place TEXT,"
    " reason TEXT NOT NULL,"
    " content_type TEXT,"
    " origin TEXT,"
    " raw_bytes INTEGER NOT NULL,"
    " removal INTEGER NOT NULL DEFAULT 0,"
    " removed_at INTEGER NOT NULL DEFAULT 0,"
    " became INTEGER NOT NULL DEFAULT 0) STRICT;"
    "CREATE TABLE dead_letter_raw(id INTEGER PRIMARY KEY, raw BLOB NOT NULL) STRICT;"
    /* The waiting ones in order of id (which ends every index entry), however many tombstones lie between them. */
    "CREATE INDEX dead_letter_waiting ON dead_letter(removal) WHERE removal = 0;"
    "CREATE INDEX dead_letter_waiting_category ON dead_letter(category, tenant) WHERE removal = 0;"

    "CREATE TABLE audit("
    " id INTEGER PRIMARY KEY,"
    " at INTEGER NOT NULL,"
    " actor TEXT NOT NULL,"
    " tenant TEXT,"
    " action TEXT NOT NULL,"
    " object TEXT,"
    " before TEXT,"
    " after TEXT,"
    " origin TEXT,"
    " hash BLOB NOT NULL) STRICT;"

    "CREATE TABLE setting(key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;";

/* An edited dead letter keeps its bytes and is replaced by another. */
static const char step_2[] = "ALTER TABLE dead_letter ADD COLUMN replaces INTEGER NOT NULL DEFAULT 0;";

/* What an event says of persons, under keys of its own; its payload then has "[erased]" in those places (event/seal.h). */
static const char step_3[] = "ALTER TABLE event ADD COLUMN sealed BLOB;";

const char *const store_schema_steps[] = {step_1, step_2, step_3};
const int store_schema_version = sizeof(store_schema_steps) / sizeof(store_schema_steps[0]);

static enum status read_versions(sqlite3 *db, int64_t *application, int64_t *version, int64_t *tables, struct error *error)
{
    enum status status = store_sql_integer(db, "PRAGMA application_id", application, error);
    if (status == STATUS_OK) {
        status = store_sql_integer(db, "PRAGMA user_version", version, error);
    }
    if (status == STATUS_OK) {
        status = store_sql_integer(db, "SELECT count(*) FROM sqlite_schema", tables, error);
    }
    return status;
}

static enum status error_no_store(struct error *error)
{
    return error_set(error, STATUS_FATAL, "trimodal.db", "this SQLite file was not made by trimodal; choose another data directory");
}

static enum status error_newer(int64_t version, int known, struct error *error)
{
    return error_set(error, STATUS_FATAL, "trimodal.db", "the file has format %lld and this program knows up to %d; use the newer "
                     "trimodal that wrote it, or another data directory", (long long)version, known);
}

static enum status run_step(sqlite3 *db, const char *step, int version, struct error *error)
{
    char sql[128];
    enum status status = store_sql_run(db, "BEGIN IMMEDIATE", "bringing the store up to date", error);
    if (status != STATUS_OK) {
        return status;
    }
    status = store_sql_run(db, step, "bringing the store up to date", error);
    if (status == STATUS_OK) {
        snprintf(sql, sizeof(sql), "PRAGMA application_id=%d; PRAGMA user_version=%d; COMMIT", STORE_APPLICATION_ID, version);
        status = store_sql_run(db, sql, "bringing the store up to date", error);
    }
    if (status != STATUS_OK && sqlite3_get_autocommit(db) == 0) {
        (void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    }
    return status;
}

enum status store_schema_migrate(sqlite3 *db, const char *const *steps, int count, struct error *error)
{
    int64_t application = 0, version = 0, tables = 0;
    enum status status = read_versions(db, &application, &version, &tables, error);
    if (status != STATUS_OK) {
        return status;
    }
    bool is_new = application == 0 && version == 0 && tables == 0;
    if (!is_new && (application != STORE_APPLICATION_ID || version < 1)) {
        return error_no_store(error);
    }
    if (version > count) {
        return error_newer(version, count, error);
    }
    for (int i = (int)version; i < count && status == STATUS_OK; i++) {
        status = run_step(db, steps[i], i + 1, error);
    }
    return status;
}

enum status store_schema_check(sqlite3 *db, struct error *error)
{
    int64_t application = 0, version = 0, tables = 0;
    enum status status = read_versions(db, &application, &version, &tables, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (application == 0 && version == 0 && tables == 0) {
        return error_set(error, STATUS_ABSENT, "trimodal.db", "the store is empty; write something into it first");
    }
    if (application != STORE_APPLICATION_ID) {
        return error_no_store(error);
    }
    if (version > store_schema_version) {
        return error_newer(version, store_schema_version, error);
    }
    if (version < store_schema_version) {
        return error_set(error, STATUS_RETRY, "trimodal.db", "the file has the older format %lld; start `trimodal serve` on it once "
                         "to bring it up to date", (long long)version);
    }
    return STATUS_OK;
}
