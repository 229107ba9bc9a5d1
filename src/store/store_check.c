/* store_check.c: what `doctor` says about a data directory. Opens read-only, never with open(2): closing a descriptor of the
 * file would drop SQLite's locks on it (they belong to the process, not to the descriptor).
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/memory.h"
#include "store/store_private.h"
#include "store/store_schema.h"

#define FREE_BYTES_LOW (1 * GIB)
#define FREE_BYTES_OUT (64 * MIB)
#define WAL_BYTES_HIGH (256 * MIB)
#define INTEGRITY_ROWS_MAX 5
/* First version without the WAL-reset bug. */
#define SQLITE_VERSION_WAL_RESET_FIXED 3051003

struct check {
    const struct store_options *options;
    struct arena *arena;
    struct store_findings *findings;
    struct store_reader *reader;
    char path[PATH_MAX];
    bool no_memory;
};

static void find(struct check *check, enum store_severity severity, const char *cause, const char *remedy, const char *format, ...)
    printf_like(5, 6);

static void find(struct check *check, enum store_severity severity, const char *cause, const char *remedy, const char *format, ...)
{
    char text[ERROR_TEXT_SIZE];
    if (check->findings->count == STORE_FINDINGS_MAX) {
        return;
    }
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    struct store_finding finding = {severity, str_from(text), str_from(cause), str_from(remedy)};
    if (!store_keep(check->arena, &finding.symptom) || !store_keep(check->arena, &finding.cause) ||
        !store_keep(check->arena, &finding.remedy)) {
        check->no_memory = true;
        return;
    }
    check->findings->items[check->findings->count++] = finding;
}

static void check_disk(struct check *check)
{
    struct statvfs disk;
    if (statvfs(check->options->directory, &disk) != 0) {
        return;
    }
    double free_bytes = (double)disk.f_bavail * (double)disk.f_frsize;
    if (free_bytes < (double)FREE_BYTES_LOW) {
        find(check, free_bytes < (double)FREE_BYTES_OUT ? STORE_BROKEN : STORE_WARNING, "the disk of the data directory fills up",
             "free some space; nothing is lost and intake goes on by itself", "%.0f MB are free on the disk", free_bytes / 1e6);
    } else {
        find(check, STORE_GOOD, NULL, NULL, "%.1f GB are free on the disk", free_bytes / 1e9);
    }
    if (access(check->options->directory, W_OK) != 0) {
        find(check, STORE_WARNING, "this user may not write in the data directory", "change its owner, or run as its owner",
             "%s is read-only for this user", check->options->directory);
    }
}

static void check_sqlite(struct check *check)
{
    if (sqlite3_libversion_number() < SQLITE_VERSION_WAL_RESET_FIXED) {
        find(check, STORE_NOTE, "versions before 3.51.3 may damage a file that two connections write or checkpoint at one moment",
             "nothing: trimodal lets one connection alone do both; never write to the file with another program",
             "SQLite is version %s", sqlite3_libversion());
    } else {
        find(check, STORE_GOOD, NULL, NULL, "SQLite is version %s", sqlite3_libversion());
    }
}

static void check_files(struct check *check)
{
    char wal[PATH_MAX + 8];
    struct stat found;
    if (stat(check->path, &found) == 0) {
        find(check, STORE_GOOD, NULL, NULL, "the store takes %.1f MB", (double)found.st_size / 1e6);
    }
    snprintf(wal, sizeof(wal), "%s-wal", check->path);
    if (stat(wal, &found) == 0 && (uint64_t)found.st_size > WAL_BYTES_HIGH) {
        find(check, STORE_WARNING, "a program reads the file in one long transaction, so the -wal cannot start over",
             "end it (an open sqlite3 shell?); the -wal shrinks by itself then", "%s is %.0f MB large", wal, (double)found.st_size / 1e6);
    }
    struct store_owner owner;
    if (store_lock_owner(check->options->directory, &owner, NULL) == STATUS_OK) {
        find(check, STORE_GOOD, NULL, NULL, "process %lld writes%s%s", (long long)owner.process, owner.url[0] != '\0' ? " and listens on " : "",
             owner.url);
    }
}

static void check_integrity(struct check *check)
{
    sqlite3_stmt *statement = NULL;
    struct error error;
    if (store_sql_prepare(check->reader->db, "PRAGMA quick_check(5)", &statement, &error) != STATUS_OK) {
        find(check, STORE_BROKEN, error.text, "restore a backup", "the file cannot be checked");
        return;
    }
    int rows = 0, code;
    bool good = false;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW && rows < INTEGRITY_ROWS_MAX) {
        struct str row = store_sql_column(statement, 0);
        good = rows++ == 0 && str_is(row, "ok");
        if (!good) {
            find(check, STORE_BROKEN, "the disk, the file system or another program damaged the file",
                 "stop the server, keep a copy of the directory, restore a backup", "SQLite says: %.*s", STR_ARGS(row));
        }
    }
    if (code != SQLITE_DONE && code != SQLITE_ROW) {
        (void)store_sql_error(check->reader->db, sqlite3_extended_errcode(check->reader->db), "checking the file", &error);
        find(check, STORE_BROKEN, error.text, "stop the server, keep a copy of the directory, restore a backup", "the check ended early");
    } else if (good) {
        find(check, STORE_GOOD, NULL, NULL, "the file's structure is sound");
    }
    sqlite3_finalize(statement);
}

static void check_log(struct check *check)
{
    int64_t count = 0, first = 0, last = 0, backwards = 0;
    struct error error;
    sqlite3 *db = check->reader->db;
    enum status status = store_sql_integer(db, "SELECT count(*) FROM event", &count, &error);
    if (status == STATUS_OK) {
        status = store_sql_integer(db, "SELECT coalesce(min(seq), 1) FROM event", &first, &error);
    }
    if (status == STATUS_OK) { /* read after the count: a writer may have gone on meanwhile */
        char sql[128];
        snprintf(sql, sizeof(sql), "SELECT seq FROM event ORDER BY seq LIMIT 1 OFFSET %lld", (long long)(count > 0 ? count - 1 : 0));
        status = count > 0 ? store_sql_integer(db, sql, &last, &error) : STATUS_OK;
    }
    if (status == STATUS_OK) {
        status = store_sql_integer(db, "SELECT count(*) FROM (SELECT observed_at < lag(observed_at) OVER (ORDER BY seq) AS back FROM event) "
                                   "WHERE back", &backwards, &error);
    }
    if (status != STATUS_OK) {
        find(check, STORE_BROKEN, error.text, "restore a backup", "the log cannot be read");
    } else if (first != 1 || last != count) {
        find(check, STORE_BROKEN, "rows of the table event were deleted from outside", "restore a backup",
             "the log has gaps: %lld events, numbered %lld to %lld", (long long)count, (long long)first, (long long)last);
    } else if (backwards > 0) {
        find(check, STORE_BROKEN, "rows of the table event were changed from outside", "restore a backup",
             "observed_at goes back at %lld events", (long long)backwards);
    } else {
        find(check, STORE_GOOD, NULL, NULL, "the log holds %lld events without a gap", (long long)count);
    }
}

static void check_audit(struct check *check)
{
    struct store_audit_report report;
    struct error error;
    if (store_audit_verify(check->reader, &report, &error) != STATUS_OK) {
        find(check, STORE_BROKEN, error.text, "restore a backup", "the audit log cannot be read");
    } else if (report.broken_id != 0) {
        find(check, STORE_BROKEN, "somebody changed or deleted rows of the table audit",
             "compare with a backup; entries before this one are as they were written",
             "the audit log's chain is broken at entry %lld", (long long)report.broken_id);
    } else {
        find(check, STORE_GOOD, NULL, NULL, "the audit log's %llu entries are unchanged", (unsigned long long)report.count);
    }
}

static void check_store(struct check *check)
{
    struct error error;
    struct stat found;
    if (stat(check->path, &found) != 0) {
        find(check, STORE_BROKEN, errno == ENOENT ? "nothing was stored here yet" : strerror(errno),
             "start the server or import something; check --data", "%s cannot be found", check->path);
        return;
    }
    if (store_reader_open_path(&check->reader, check->path, check->options->vfs, &error) != STATUS_OK) {
        find(check, STORE_BROKEN, error.text, "see the cause", "the store cannot be opened");
        return;
    }
    find(check, STORE_GOOD, NULL, NULL, "the store has format %d", store_schema_version);
    check_integrity(check);
    check_log(check);
    check_audit(check);
    store_reader_close(check->reader);
}

enum status store_check(const struct store_options *options, struct arena *arena, struct store_findings *findings, struct error *error)
{
    struct check check = {.options = options, .arena = arena, .findings = findings};
    findings->count = 0;
    int length = snprintf(check.path, sizeof(check.path), "%s/%s", options->directory, STORE_FILE);
    if (length < 0 || (size_t)length >= sizeof(check.path)) {
        return error_set(error, STATUS_INVALID, "data directory", "the path is longer than %d bytes", PATH_MAX);
    }
    check_sqlite(&check);
    check_disk(&check);
    check_files(&check);
    check_store(&check);
    return check.no_memory ? error_no_memory(error, "store check") : STATUS_OK;
}
