/* store_backup.c: a copy of the store while it is written to.
 *
 * SQLite's own ways do not suit a log that never rests: its backup API starts again whenever the source changes, VACUUM INTO
 * holds one read transaction from end to end and so lets the -wal grow. But events never change, so they can be copied a
 * chunk a transaction, as often as the log grows meanwhile; only the last chunk, dead letters, audit and settings have to
 * be read in one. That last transaction's moment is the moment the copy shows.
 *
 * One connection does it: its main file is the copy, the store is attached read-only as `source`. The copy is written
 * without journal into PATH.partial, checked, synced, and only then named.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "base/memory.h"
#include "store/store_private.h"
#include "store/store_schema.h"

#define BACKUP_CHUNK_EVENTS 20000
/* When this few are left, the last transaction takes them along. */
#define BACKUP_REST_EVENTS 5000

struct backup {
    sqlite3 *db;
    const char *path;
    char partial[PATH_MAX];
    uint64_t copied, total;
};

/* file:PATH?mode=ro[&vfs=NAME] with everything but plain characters escaped. */
static void append_uri(struct buffer *uri, const char *path, const char *vfs)
{
    buffer_append_text(uri, "file:");
    for (const char *at = path; *at != '\0'; at++) {
        bool plain = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') || (*at >= '0' && *at <= '9') || *at == '/' ||
                     *at == '.' || *at == '-' || *at == '_';
        if (plain) {
            buffer_append_char(uri, *at);
        } else {
            buffer_append_format(uri, "%%%02x", (unsigned)(unsigned char)*at);
        }
    }
    buffer_append_text(uri, "?mode=ro");
    if (vfs != NULL) {
        buffer_append_format(uri, "&vfs=%s", vfs);
    }
}

static enum status attach_source(struct backup *backup, const struct store_reader *reader, struct error *error)
{
    struct buffer uri;
    sqlite3_stmt *statement = NULL;
    int ignored = 0;
    buffer_init(&uri, 4 * PATH_MAX);
    append_uri(&uri, reader->path, reader->vfs);
    sqlite3_db_config(backup->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, &ignored); /* holds for attached files too */
    enum status status = buffer_failed(&uri) ? error_no_memory(error, "backup")
                                             : store_sql_prepare(backup->db, "ATTACH ?1 AS source", &statement, error);
    if (status == STATUS_OK) {
        (void)store_sql_bind_text(statement, 1, buffer_str(&uri));
        if (sqlite3_step(statement) != SQLITE_DONE) {
            status = store_sql_error(backup->db, sqlite3_extended_errcode(backup->db), "attaching the store for the backup", error);
        }
        sqlite3_finalize(statement);
    }
    buffer_release(&uri);
    assert(status != STATUS_OK || sqlite3_db_readonly(backup->db, "source") == 1);
    return status;
}

static enum status copy_chunk(struct backup *backup, uint64_t until, struct error *error)
{
    char sql[256];
    snprintf(sql, sizeof(sql), "INSERT INTO main.event SELECT * FROM source.event WHERE seq > %llu AND seq <= %llu",
             (unsigned long long)backup->copied, (unsigned long long)until);
    enum status status = store_sql_run(backup->db, sql, "copying events", error);
    if (status == STATUS_OK) {
        backup->copied = until;
    }
    return status;
}

static enum status read_total(struct backup *backup, struct error *error)
{
    int64_t total = 0;
    enum status status = store_sql_integer(backup->db, "SELECT coalesce(max(seq), 0) FROM source.event", &total, error);
    backup->total = (uint64_t)total;
    return status;
}

static enum status copy_rest(struct backup *backup, struct error *error)
{
    enum status status = store_sql_run(backup->db, "BEGIN", "copying", error);
    if (status == STATUS_OK) {
        status = read_total(backup, error); /* from here on, source stands still */
    }
    if (status == STATUS_OK) {
        status = copy_chunk(backup, backup->total, error);
    }
    if (status == STATUS_OK) {
        status = store_sql_run(backup->db,
                               "INSERT INTO main.dead_letter SELECT * FROM source.dead_letter;"
                               "INSERT INTO main.dead_letter_raw SELECT * FROM source.dead_letter_raw;"
                               "INSERT INTO main.audit SELECT * FROM source.audit;"
                               "INSERT INTO main.setting SELECT * FROM source.setting;"
                               "COMMIT",
                               "copying dead letters, audit log and settings", error);
    }
    return status;
}

static enum status copy_all(struct backup *backup, bool (*progress)(void *context, uint64_t copied, uint64_t total), void *context,
                            struct error *error)
{
    enum status status = read_total(backup, error);
    while (status == STATUS_OK && backup->total - backup->copied > BACKUP_REST_EVENTS) {
        uint64_t left = backup->total - backup->copied;
        status = copy_chunk(backup, backup->copied + (left < BACKUP_CHUNK_EVENTS ? left : BACKUP_CHUNK_EVENTS), error);
        if (status == STATUS_OK && progress != NULL && !progress(context, backup->copied, backup->total)) {
            status = error_set(error, STATUS_RETRY, backup->path, "the backup was stopped");
        }
        if (status == STATUS_OK) {
            status = read_total(backup, error);
        }
    }
    if (status == STATUS_OK) {
        status = copy_rest(backup, error);
    }
    if (status == STATUS_OK && progress != NULL) {
        (void)progress(context, backup->copied, backup->total);
    }
    return status;
}

/* The copy must be whole: SQLite's own check, and as many events as the last one's number says. */
static enum status verify_copy(struct backup *backup, struct error *error)
{
    sqlite3_stmt *statement = NULL;
    int64_t count = -1;
    enum status status = store_sql_prepare(backup->db, "PRAGMA main.quick_check(1)", &statement, error);
    if (status != STATUS_OK) {
        return status;
    }
    bool good = sqlite3_step(statement) == SQLITE_ROW && str_is(store_sql_column(statement, 0), "ok");
    sqlite3_finalize(statement);
    status = store_sql_integer(backup->db, "SELECT count(*) FROM main.event", &count, error);
    if (status == STATUS_OK && (!good || (uint64_t)count != backup->copied)) {
        status = error_set(error, STATUS_FATAL, backup->path, "the copy is not whole; check both disks and try again");
    }
    return status;
}

static enum status sync_path(const char *path, int flags, struct error *error)
{
    int descriptor = open(path, flags | O_CLOEXEC);
    bool good = descriptor >= 0 && fsync(descriptor) == 0;
    enum status status = good ? STATUS_OK : error_set(error, STATUS_RETRY, path, "cannot be synced: %s", strerror(errno));
    if (descriptor >= 0) {
        close(descriptor);
    }
    return status;
}

/* Gives the finished file its name, durably; link() refuses where the name exists by now. */
static enum status name_copy(const struct backup *backup, struct error *error)
{
    char parent[PATH_MAX];
    enum status status = sync_path(backup->partial, O_RDONLY, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (link(backup->partial, backup->path) != 0) {
        return error_set(error, STATUS_RETRY, backup->path, "cannot be made: %s", strerror(errno));
    }
    const char *slash = strrchr(backup->path, '/');
    size_t length = slash == NULL ? 0 : (size_t)(slash - backup->path) + 1;
    memcpy(parent, backup->path, length);
    memcpy(parent + length, ".", 2);
    return sync_path(parent, O_RDONLY | O_DIRECTORY, error);
}

enum status store_backup(struct store_reader *reader, const char *path, bool (*progress)(void *context, uint64_t copied, uint64_t total),
                         void *context, struct error *error)
{
    struct backup backup = {.path = path};
    int length = snprintf(backup.partial, sizeof(backup.partial), "%s.partial", path);
    if (length < 0 || (size_t)length >= sizeof(backup.partial)) {
        return error_set(error, STATUS_INVALID, "backup", "the path is longer than %d bytes", PATH_MAX);
    }
    if (access(path, F_OK) == 0) {
        return error_set(error, STATUS_INVALID, path, "exists already; choose a new name");
    }
    store_sql_check_reader(reader->db);
    (void)unlink(backup.partial);
    enum status status = store_sql_open(&backup.db, backup.partial, NULL, STORE_ACCESS_CREATE_COPY, error);
    if (status == STATUS_OK) {
        status = store_schema_migrate(backup.db, store_schema_steps, store_schema_version, error);
    }
    if (status == STATUS_OK) {
        status = attach_source(&backup, reader, error);
    }
    if (status == STATUS_OK) {
        status = copy_all(&backup, progress, context, error);
    }
    if (status == STATUS_OK) {
        status = verify_copy(&backup, error);
    }
    store_sql_close(backup.db);
    if (status == STATUS_OK) {
        status = name_copy(&backup, error);
    }
    (void)unlink(backup.partial);
    return status;
}
