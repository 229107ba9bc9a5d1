/* store_sql.h: how this folder talks to SQLite. Private to src/store.
 *
 * One invariant holds the file together (docs/store-format.md, "One writer"): exactly one connection in one process
 * writes or checkpoints. `store_sql_open` is the only place where connections to a store are made, and gives each the
 * settings that keep it so; `store_sql_check_reader` and `store_sql_check_writer` assert them.
 */
#ifndef TRIMODAL_STORE_STORE_SQL_H
#define TRIMODAL_STORE_STORE_SQL_H

#include <sqlite3.h>
#include <stdint.h>

#include "base/status.h"
#include "base/str.h"

/* Readers may meet another process that recovers the -wal after a crash; that takes milliseconds. */
#define STORE_SQL_BUSY_TIMEOUT_MS 5000

enum store_access {
    STORE_ACCESS_READ,
    STORE_ACCESS_WRITE,          /* the caller holds the directory's lock */
    STORE_ACCESS_WRITE_UNSYNCED, /* the same without fsync */
    STORE_ACCESS_CREATE_COPY,    /* a new file that nobody else sees yet: no -wal, no journal, no fsync */
};

/* *db is NULL on failure. Tables are not looked at: see store_schema.h. */
enum status store_sql_open(sqlite3 **db, const char *path, const char *vfs, enum store_access access, struct error *error)
    must_check;
void store_sql_close(sqlite3 *db); /* NULL is allowed; all statements must be finalized */

void store_sql_check_reader(sqlite3 *db);
void store_sql_check_writer(sqlite3 *db);

/* What went wrong on this connection last, as a status and a sentence "<doing>: …". `code` is an extended result code. */
enum status store_sql_error(sqlite3 *db, int code, const char *doing, struct error *error);

enum status store_sql_run(sqlite3 *db, const char *sql, const char *doing, struct error *error) must_check;
enum status store_sql_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **statement, struct error *error) must_check;
/* The first column of the first row; STATUS_ABSENT when there is no row. */
enum status store_sql_integer(sqlite3 *db, const char *sql, int64_t *number, struct error *error) must_check;

/* Binds without copying: the text must live until the statement is reset. Absent text is NULL. Returns SQLite's code,
 * so that several can be joined with `|`. */
int store_sql_bind_text(sqlite3_stmt *statement, int index, struct str text);
int store_sql_bind_blob(sqlite3_stmt *statement, int index, struct str bytes);
/* The column's bytes, absent for NULL; valid until the statement moves on. */
struct str store_sql_column(sqlite3_stmt *statement, int index);

#endif
