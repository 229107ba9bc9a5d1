#include "store/store_sql.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

/* Holds the dirty pages of the largest usual batch; larger ones spill into the -wal, which is only slower. */
#define WRITER_CACHE_KIB 16384
#define READER_CACHE_KIB 4096
/* A -wal that a slow reader made grow is cut back to this once it starts over. */
#define WAL_KEEP_BYTES (64 * 1024 * 1024)

static void configure_once(void)
{
    /* Counting each allocation under one process-wide mutex is for a figure that nobody reads. Refused (harmlessly) when
     * somebody has used SQLite before us. */
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static enum status configure(sqlite3 *db, enum store_access access, struct error *error)
{
    char sql[256];
    int ignored = 0;
    sqlite3_extended_result_codes(db, 1);
    sqlite3_busy_timeout(db, STORE_SQL_BUSY_TIMEOUT_MS);
    sqlite3_wal_autocheckpoint(db, 0); /* nobody checkpoints by accident: the writer does it when it means to */
    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, &ignored);
    if (access == STORE_ACCESS_READ) {
        sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, &ignored);
        snprintf(sql, sizeof(sql), "PRAGMA mmap_size=0; PRAGMA query_only=1; PRAGMA cache_size=-%d", READER_CACHE_KIB);
    } else if (access == STORE_ACCESS_CREATE_COPY) {
        snprintf(sql, sizeof(sql), "PRAGMA mmap_size=0; PRAGMA page_size=8192; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF");
    } else {
        snprintf(sql, sizeof(sql),
                 "PRAGMA mmap_size=0; PRAGMA page_size=8192; PRAGMA journal_mode=WAL; PRAGMA synchronous=%s; "
                 "PRAGMA cache_size=-%d; PRAGMA journal_size_limit=%d; PRAGMA temp_store=MEMORY; PRAGMA secure_delete=ON",
                 access == STORE_ACCESS_WRITE ? "FULL" : "OFF", WRITER_CACHE_KIB, WAL_KEEP_BYTES);
    }
    return store_sql_run(db, sql, "opening the store", error);
}

enum status store_sql_open(sqlite3 **db, const char *path, const char *vfs, enum store_access access, struct error *error)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, configure_once);
    int flags = access == STORE_ACCESS_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    flags |= access == STORE_ACCESS_CREATE_COPY ? SQLITE_OPEN_URI : 0; /* so that it can attach its source read-only */
    sqlite3 *opened = NULL;
    enum status status;
    int code = sqlite3_open_v2(path, &opened, flags | SQLITE_OPEN_NOMUTEX, vfs);
    if (code != SQLITE_OK) {
        status = store_sql_error(opened, opened != NULL ? sqlite3_extended_errcode(opened) : code, "opening the store", error);
    } else {
        status = configure(opened, access, error);
    }
    if (status != STATUS_OK) {
        (void)sqlite3_close(opened);
        opened = NULL;
    }
    *db = opened;
    return status;
}

void store_sql_close(sqlite3 *db)
{
    int code = sqlite3_close(db);
    assert(code == SQLITE_OK);
    (void)code;
}

void store_sql_check_reader(sqlite3 *db)
{
    int no_checkpoint_on_close = 0;
    sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, -1, &no_checkpoint_on_close);
    assert(no_checkpoint_on_close == 1);
    assert(sqlite3_db_readonly(db, "main") == 1);
    assert(sqlite3_get_autocommit(db) != 0);
    (void)no_checkpoint_on_close;
}

void store_sql_check_writer(sqlite3 *db)
{
    assert(sqlite3_db_readonly(db, "main") == 0);
    assert(sqlite3_get_autocommit(db) != 0);
    (void)db;
}

static enum status error_of_world(sqlite3 *db, int code, const char *doing, struct error *error)
{
    switch (code & 0xff) {
    case SQLITE_FULL:
        return error_set(error, STATUS_RETRY, "store", "%s: the disk is full; free some space and it goes on by itself", doing);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
        return error_set(error, STATUS_RETRY, "store", "%s: the file is locked by another program (a backup tool or a sqlite3 "
                         "shell that writes?); end that and try again", doing);
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY:
        return error_set(error, STATUS_RETRY, "store", "%s: %s; check that the data directory exists and that this user may "
                         "write in it", doing, sqlite3_errstr(code));
    default:
        return error_set(error, STATUS_RETRY, "store", "%s: %s (SQLite code %d, %s); check the disk with `trimodal doctor` and "
                         "the kernel's log", doing, sqlite3_errstr(code), code,
                         db != NULL && sqlite3_system_errno(db) != 0 ? strerror(sqlite3_system_errno(db)) : "no system error");
    }
}

enum status store_sql_error(sqlite3 *db, int code, const char *doing, struct error *error)
{
    assert(code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE);
    switch (code) { /* extended codes that mean something else than their kind */
    case SQLITE_IOERR_NOMEM:
        return error_no_memory(error, "store");
    case SQLITE_IOERR_CORRUPTFS:
    case SQLITE_IOERR_DATA:
        return error_set(error, STATUS_FATAL, "store", "%s: the file system is damaged; restore a backup", doing);
    default:
        break;
    }
    switch (code & 0xff) {
    case SQLITE_NOMEM:
        return error_no_memory(error, "store");
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_INTERRUPT:
        return error_of_world(db, code, doing, error);
    case SQLITE_TOOBIG:
        return error_set(error, STATUS_INVALID, "store", "%s: a value is larger than the store can hold", doing);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
        return error_set(error, STATUS_FATAL, "store", "%s: the file is damaged (%s); run `trimodal doctor`, restore a backup",
                         doing, db != NULL ? sqlite3_errmsg(db) : sqlite3_errstr(code));
    default:
        return error_set(error, STATUS_FATAL, "store", "%s: %s (SQLite code %d)", doing,
                         db != NULL ? sqlite3_errmsg(db) : sqlite3_errstr(code), code);
    }
}

enum status store_sql_run(sqlite3 *db, const char *sql, const char *doing, struct error *error)
{
    int code = sqlite3_exec(db, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? STATUS_OK : store_sql_error(db, sqlite3_extended_errcode(db), doing, error);
}

enum status store_sql_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **statement, struct error *error)
{
    int code = sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, statement, NULL);
    return code == SQLITE_OK ? STATUS_OK : store_sql_error(db, sqlite3_extended_errcode(db), "preparing a statement", error);
}

enum status store_sql_integer(sqlite3 *db, const char *sql, int64_t *number, struct error *error)
{
    sqlite3_stmt *statement = NULL;
    enum status status = store_sql_prepare(db, sql, &statement, error);
    if (status != STATUS_OK) {
        return status;
    }
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        *number = sqlite3_column_int64(statement, 0);
    } else if (code == SQLITE_DONE) {
        status = error_set(error, STATUS_ABSENT, "store", "there is no such row");
    } else {
        status = store_sql_error(db, sqlite3_extended_errcode(db), "reading the store", error);
    }
    sqlite3_finalize(statement);
    return status;
}

int store_sql_bind_text(sqlite3_stmt *statement, int index, struct str text)
{
    if (text.at == NULL) {
        return sqlite3_bind_null(statement, index);
    }
    return sqlite3_bind_text64(statement, index, text.at, text.length, SQLITE_STATIC, SQLITE_UTF8);
}

int store_sql_bind_blob(sqlite3_stmt *statement, int index, struct str bytes)
{
    if (bytes.at == NULL) {
        return sqlite3_bind_null(statement, index);
    }
    return sqlite3_bind_blob64(statement, index, bytes.at, bytes.length, SQLITE_STATIC);
}

struct str store_sql_column(sqlite3_stmt *statement, int index)
{
    if (sqlite3_column_type(statement, index) == SQLITE_NULL) {
        return STR_NONE;
    }
    const char *bytes = sqlite3_column_blob(statement, index); /* NULL where the value is empty */
    struct str text = {bytes != NULL ? bytes : "", (size_t)sqlite3_column_bytes(statement, index)};
    return text;
}
