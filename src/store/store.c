/* store.c: the one connection that writes.
 *
 * A commit is BEGIN IMMEDIATE, one prepared statement per row, COMMIT (which syncs the -wal), then perhaps a checkpoint.
 * Positions (last seq, ids, head of the audit chain) live in memory beside the file and move only once COMMIT has
 * succeeded; invariant P: outside store_commit, `position` is what the file says.
 *
 * After a failure the transaction is rolled back and the same connection goes on. It is deliberately not reopened: a failed
 * sync may have left a whole transaction at the end of the -wal. This connection knows that it is not part of the file and
 * writes over it; a new one would recover it.
 *
 * Checkpoints move pages from the -wal into the file. They cost a sync of the file, so their number decides what a commit
 * costs on average and their size decides what the slowest commit costs. CHECKPOINT_PAGES was chosen by bench/bench_store.c:
 * see docs/decisions/0001-sqlite-as-the-log.md.
 */
#include "store/store.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "store/store_audit.h"
#include "store/store_lock.h"
#include "store/store_private.h"
#include "store/store_schema.h"

/* 2 MiB of -wal between checkpoints: 0.6 ms each at 10 000 events/s, 2-5 ms at full speed. */
#define CHECKPOINT_PAGES 256
/* Above this, a quiet moment also cuts the -wal file back. */
#define IDLE_TRUNCATE_PAGES 2048

/* ?1, the one it replaced, and so on. */
#define LETTER_CHAIN \
    "(WITH RECURSIVE chain(id) AS (SELECT ?1 UNION ALL SELECT l.replaces FROM dead_letter l JOIN chain ON l.id = chain.id " \
    "WHERE l.replaces > 0) SELECT id FROM chain)"

static const char *const statement_sql[STATEMENT_COUNT] = {
    [STATEMENT_BEGIN] = "BEGIN IMMEDIATE",
    [STATEMENT_COMMIT] = "COMMIT",
    [STATEMENT_EVENT] = "INSERT INTO event(seq, observed_at, stream, type, tenant, payload, sealed) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    [STATEMENT_REMOVE] = "UPDATE dead_letter SET removal = ?2, removed_at = ?3, became = ?4, raw_bytes = 0 "
                         "WHERE id = ?1 AND removal = 0",
    [STATEMENT_REMOVE_RAW] = "DELETE FROM dead_letter_raw WHERE id IN " LETTER_CHAIN,
    [STATEMENT_EMPTY] = "UPDATE dead_letter SET raw_bytes = 0 WHERE id IN " LETTER_CHAIN,
    [STATEMENT_UPDATE] = "UPDATE dead_letter SET category = ?2, attempts = ?3, place = ?4, reason = ?5 "
                         "WHERE id = ?1 AND removal = 0",
    [STATEMENT_REPLACE] = "UPDATE dead_letter SET removal = ?2, removed_at = ?3, became = ?4 WHERE id = ?1 AND removal = 0",
    [STATEMENT_DEAD_LETTER] = "INSERT INTO dead_letter(id, received_at, category, stream, attempts, tenant, iteration_id, event_id, "
                              "place, reason, content_type, origin, raw_bytes, replaces) "
                              "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
    [STATEMENT_DEAD_LETTER_RAW] = "INSERT INTO dead_letter_raw(id, raw) VALUES(?1, ?2)",
    [STATEMENT_AUDIT] = "INSERT INTO audit(" STORE_AUDIT_COLUMNS ") VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    [STATEMENT_SETTING] = "INSERT INTO setting(key, value) VALUES(?1, ?2) ON CONFLICT(key) DO UPDATE SET value = excluded.value",
    [STATEMENT_SETTING_REMOVE] = "DELETE FROM setting WHERE key = ?1",
    [STATEMENT_SETTING_REMOVE_BELOW] = "DELETE FROM setting WHERE key > ?1 || '/' AND key < ?1 || '0'", /* '0' comes after '/' */
    [STATEMENT_REWRITE] = "UPDATE event SET payload = ?2, sealed = ?3 WHERE seq = ?1",
    [STATEMENT_LETTER_REWRITE] = "UPDATE dead_letter_raw SET raw = ?2 WHERE id = ?1",
    [STATEMENT_LETTER_EMPTY] = "DELETE FROM dead_letter_raw WHERE id = ?1",
    [STATEMENT_LETTER_TEXTS] = "UPDATE dead_letter SET iteration_id = ?2, event_id = ?3, place = ?4, reason = ?5 WHERE id = ?1",
    [STATEMENT_LETTER_BYTES] = "UPDATE dead_letter SET raw_bytes = ?2 WHERE id = ?1",
};

/* ---- opening and closing ---- */

char *store_copy_text(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = memory_new(size);
    if (copy != NULL) {
        memcpy(copy, text, size);
    }
    return copy;
}

static enum status sync_directory(const char *path, struct error *error)
{
    int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0 || fsync(descriptor) != 0) {
        enum status status = error_set(error, STATUS_RETRY, path, "cannot be synced: %s", strerror(errno));
        if (descriptor >= 0) {
            close(descriptor);
        }
        return status;
    }
    close(descriptor);
    return STATUS_OK;
}

/* Makes the directory, durably: its entry lives in its parent. */
static enum status make_one(const char *directory, bool sync, struct error *error)
{
    if (mkdir(directory, 0700) != 0) { /* what it holds is protected by credentials, and the owner's */
        return errno == EEXIST ? STATUS_OK
                               : error_set(error, STATUS_RETRY, directory, "cannot be made: %s", strerror(errno));
    }
    if (!sync) {
        return STATUS_OK;
    }
    char *parent = memory_new(strlen(directory) + sizeof("/.."));
    if (parent == NULL) {
        return error_no_memory(error, "data directory");
    }
    memcpy(parent, directory, strlen(directory));
    memcpy(parent + strlen(directory), "/..", sizeof("/.."));
    enum status status = sync_directory(parent, error);
    memory_free(parent);
    return status;
}

/* From the top down; what is there already is passed over without a look, since it may be unreadable. */
static enum status make_directory(const char *directory, bool sync, struct error *error)
{
    struct stat found;
    char *part = store_copy_text(directory);
    if (part == NULL) {
        return error_no_memory(error, "data directory");
    }
    enum status status = STATUS_OK;
    for (char *slash = strchr(part + 1, '/'); status == STATUS_OK && part[0] != '\0' && slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        status = stat(part, &found) == 0 ? STATUS_OK : make_one(part, sync, error);
        *slash = '/';
    }
    memory_free(part);
    return status == STATUS_OK ? make_one(directory, sync, error) : status;
}

static enum status copy_options(struct store *store, const struct store_options *options, struct error *error)
{
    size_t size = strlen(options->directory) + sizeof("/" STORE_FILE);
    store->read_only = options->read_only;
    store->directory = store_copy_text(options->directory);
    store->vfs = options->vfs != NULL ? store_copy_text(options->vfs) : NULL;
    store->path = memory_new(size);
    if (store->directory == NULL || store->path == NULL || (options->vfs != NULL && store->vfs == NULL)) {
        return error_no_memory(error, "store");
    }
    snprintf(store->path, size, "%s/%s", options->directory, STORE_FILE);
    return STATUS_OK;
}

static int on_wal(void *context, sqlite3 *db, const char *schema, int pages)
{
    struct store *store = context;
    (void)db;
    (void)schema;
    if ((uint64_t)pages < store->counters.wal_pages) { /* the -wal started over */
        store->wal_backfilled = 0;
    }
    store->counters.wal_pages = (uint64_t)pages;
    return SQLITE_OK;
}

static enum status load_audit_head(struct store *store, struct error *error)
{
    sqlite3_stmt *statement = NULL;
    enum status status = store_sql_prepare(store->db, "SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1", &statement, error);
    if (status != STATUS_OK) {
        return status;
    }
    int64_t kept_id;
    uint8_t kept_hash[SHA256_SIZE];
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        struct str hash = store_sql_column(statement, 1);
        store->position.audit_id = sqlite3_column_int64(statement, 0);
        if (hash.length == SHA256_SIZE) {
            memcpy(store->position.audit_hash, hash.at, SHA256_SIZE);
        }
    } else if (code != SQLITE_DONE) {
        status = store_sql_error(store->db, sqlite3_extended_errcode(store->db), "reading the audit log", error);
    }
    sqlite3_finalize(statement);
    if (status == STATUS_OK) {
        status = store_audit_head_load(store->db, &kept_id, kept_hash, error);
    }
    if (status == STATUS_OK && kept_id > store->position.audit_id) { /* the end was cut off; what comes must not hide that */
        store->position.audit_id = kept_id;
        memcpy(store->position.audit_hash, kept_hash, SHA256_SIZE);
    }
    return status;
}

static enum status load_position(struct store *store, struct error *error)
{
    int64_t seq = 0;
    enum status status = store_sql_integer(store->db, "SELECT coalesce(max(seq), 0) FROM event", &seq, error);
    store->position.seq = (uint64_t)seq;
    if (status == STATUS_OK && seq > 0) {
        status = store_sql_integer(store->db, "SELECT observed_at FROM event ORDER BY seq DESC LIMIT 1",
                                   &store->position.observed_at, error);
    }
    if (status == STATUS_OK) {
        status = store_sql_integer(store->db, "SELECT coalesce(max(id), 0) FROM dead_letter", &store->position.dead_letter_id, error);
    }
    return status == STATUS_OK ? load_audit_head(store, error) : status;
}

static void checkpoint(struct store *store, int mode);

/* A process that died right after a batch that `scrubs` has left what it overwrote in the -wal. */
static void finish_scrub(struct store *store)
{
    checkpoint(store, SQLITE_CHECKPOINT_TRUNCATE);
    store->counters = (struct store_counters){.wal_pages = store->counters.wal_pages};
}

static enum status open_writer(struct store *store, const struct store_options *options, struct error *error)
{
    struct stat found;
    if (options->create) {
        enum status made = make_directory(options->directory, !options->without_sync, error);
        if (made != STATUS_OK) {
            return made;
        }
    } else if (stat(store->path, &found) != 0) {
        return error_set(error, STATUS_ABSENT, options->directory, "holds no store; start the server or import something first");
    }
    enum status status = store_lock_take(options->directory, &store->lock, error);
    if (status == STATUS_OK) {
        status = store_sql_open(&store->db, store->path, store->vfs,
                                options->without_sync ? STORE_ACCESS_WRITE_UNSYNCED : STORE_ACCESS_WRITE, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    store_sql_check_writer(store->db);
    sqlite3_wal_hook(store->db, on_wal, store);
    status = store_schema_migrate(store->db, store_schema_steps, store_schema_version, error);
    for (int i = 0; i < STATEMENT_COUNT && status == STATUS_OK; i++) {
        status = store_sql_prepare(store->db, statement_sql[i], &store->statements[i], error);
    }
    if (status == STATUS_OK) {
        status = load_position(store, error);
    }
    if (status == STATUS_OK && (store->sha256 = sha256_new()) == NULL) {
        status = error_no_memory(error, "store");
    }
    if (status == STATUS_OK) {
        finish_scrub(store);
    }
    return status;
}

static enum status open_read_only(struct store *store, struct error *error)
{
    struct stat found;
    if (stat(store->path, &found) != 0) {
        return error_set(error, STATUS_ABSENT, store->directory, "holds no store; check --data");
    }
    struct store_reader *reader = NULL;
    enum status status = store_reader_open_path(&reader, store->path, store->vfs, error);
    if (status == STATUS_OK) {
        status = store_reader_last(reader, &store->position.seq, &store->position.observed_at, error);
    }
    store_reader_close(reader);
    return status;
}

static void store_free(struct store *store)
{
    for (int i = 0; i < STATEMENT_COUNT; i++) {
        sqlite3_finalize(store->statements[i]);
    }
    store_sql_close(store->db);
    store_lock_release(store->lock);
    sha256_free(store->sha256);
    memory_free(store->path);
    memory_free(store->vfs);
    memory_free(store->directory);
    memory_free(store);
}

enum status store_open(struct store **store, const struct store_options *options, struct error *error)
{
    assert(options->directory != NULL && !(options->create && options->read_only));
    struct store *opened = memory_new_zeroed(1, sizeof(*opened));
    if (opened == NULL) {
        return error_no_memory(error, "store");
    }
    opened->lock = -1;
    atomic_flag_clear(&opened->in_use);
    enum status status = copy_options(opened, options, error);
    if (status == STATUS_OK) {
        status = options->read_only ? open_read_only(opened, error) : open_writer(opened, options, error);
    }
    if (status != STATUS_OK) {
        store_free(opened);
        return status;
    }
    *store = opened;
    return STATUS_OK;
}

static void writer_enter(struct store *store)
{
    bool used = atomic_flag_test_and_set_explicit(&store->in_use, memory_order_acquire);
    assert(!used && "a store is used by one thread at a time");
    (void)used;
    assert(!store->read_only && store->lock >= 0);
    store_sql_check_writer(store->db);
}

static void writer_leave(struct store *store)
{
    atomic_flag_clear_explicit(&store->in_use, memory_order_release);
}

enum status store_lock_note(struct store *store, const char *url, struct error *error)
{
    assert(!store->read_only);
    return store_lock_write(store->lock, url, error);
}

/* ---- checkpoints ---- */

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void checkpoint(struct store *store, int mode)
{
    int pages = 0, backfilled = 0;
    uint64_t started = now_ns();
    sqlite3_busy_timeout(store->db, 0); /* a reader in the way is no reason to wait */
    int code = sqlite3_wal_checkpoint_v2(store->db, "main", mode, &pages, &backfilled);
    sqlite3_busy_timeout(store->db, STORE_SQL_BUSY_TIMEOUT_MS);
    uint64_t took = now_ns() - started;
    if (code == SQLITE_OK || code == SQLITE_BUSY) {
        store->counters.wal_pages = pages > 0 ? (uint64_t)pages : 0;
        store->wal_backfilled = backfilled > 0 ? (uint64_t)backfilled : 0;
        store->counters.scrub_is_due &= code != SQLITE_OK || mode != SQLITE_CHECKPOINT_TRUNCATE;
    } else {
        store->counters.checkpoints_failed++;
        struct error error;
        (void)store_sql_error(store->db, sqlite3_extended_errcode(store->db), "moving the -wal into the file", &error);
        log_error("store", &error); /* nothing is lost: the pages stay in the -wal */
        store->wal_backfilled = store->counters.wal_pages; /* not again at once */
    }
    store->counters.checkpoints++;
    store->counters.checkpoint_ns_total += took;
    if (took > store->counters.checkpoint_ns_max) {
        store->counters.checkpoint_ns_max = took;
    }
}

static void checkpoint_if_due(struct store *store)
{
    if (store->counters.scrub_is_due) {
        checkpoint(store, SQLITE_CHECKPOINT_TRUNCATE);
    } else if (store->counters.wal_pages >= store->wal_backfilled + CHECKPOINT_PAGES) {
        checkpoint(store, SQLITE_CHECKPOINT_PASSIVE);
    }
}

void store_idle(struct store *store)
{
    writer_enter(store);
    if (store->counters.wal_pages >= IDLE_TRUNCATE_PAGES || store->counters.scrub_is_due) {
        checkpoint(store, SQLITE_CHECKPOINT_TRUNCATE);
    } else if (store->counters.wal_pages > store->wal_backfilled) {
        checkpoint(store, SQLITE_CHECKPOINT_PASSIVE);
    }
    writer_leave(store);
}

void store_close(struct store *store)
{
    if (store == NULL) {
        return;
    }
    if (!store->read_only) {
        writer_enter(store);
        if (store->counters.wal_pages > 0) {
            checkpoint(store, SQLITE_CHECKPOINT_TRUNCATE);
        }
        writer_leave(store);
    }
    store_free(store);
}

/* ---- commit ---- */

/* Runs a statement that gives no rows. The bound texts may go away afterwards. */
static enum status run(struct store *store, enum store_statement which, int bound, const char *doing, struct error *error)
{
    sqlite3_stmt *statement = store->statements[which];
    int code = bound != SQLITE_OK ? SQLITE_TOOBIG : sqlite3_step(statement);
    enum status status = STATUS_OK;
    if (code != SQLITE_DONE) {
        status = store_sql_error(store->db, bound != SQLITE_OK ? code : sqlite3_extended_errcode(store->db), doing, error);
    }
    (void)sqlite3_reset(statement);
    return status;
}

static enum status check_events(const struct store *store, const struct store_batch *batch, struct error *error)
{
    uint64_t seq = store->position.seq;
    int64_t observed_at = store->position.observed_at;
    size_t bytes = 0;
    for (size_t i = 0; i < batch->event_count; i++) {
        const struct store_event *event = &batch->events[i];
        if (event->seq != seq + 1) {
            return error_set(error, STATUS_INVALID, "seq", "the event after %llu must be %llu and is %llu", (unsigned long long)seq,
                             (unsigned long long)seq + 1, (unsigned long long)event->seq);
        }
        if (event->observed_at < observed_at) {
            return error_set(error, STATUS_INVALID, "observed_at", "goes back from %lld to %lld at event %llu", (long long)observed_at,
                             (long long)event->observed_at, (unsigned long long)event->seq);
        }
        if (event->tenant.at == NULL || event->payload.at == NULL || event->tenant.length > LIMIT_ID_BYTES ||
            event->payload.length > 2 * LIMIT_EVENT_BYTES || event->sealed.length > LIMIT_SEALED_BYTES) {
            return error_set(error, STATUS_INVALID, "event", "%llu lacks its tenant or payload, or one is longer than %d or %zu bytes",
                             (unsigned long long)event->seq, LIMIT_ID_BYTES, 2 * LIMIT_EVENT_BYTES);
        }
        seq = event->seq;
        observed_at = event->observed_at;
        bytes += event->payload.length + event->sealed.length;
    }
    if (bytes > LIMIT_BATCH_BYTES + 2 * LIMIT_EVENT_BYTES + LIMIT_SEALED_BYTES) {
        return error_set(error, STATUS_INVALID, "batch", "holds %zu bytes of events; %zu is the most", bytes, LIMIT_BATCH_BYTES);
    }
    return STATUS_OK;
}

static enum status check_batch(const struct store *store, const struct store_batch *batch, struct error *error)
{
    if (batch->event_count > LIMIT_BATCH_EVENTS || batch->dead_letter_count > LIMIT_BATCH_EVENTS ||
        batch->removal_count > LIMIT_BATCH_EVENTS || batch->update_count > LIMIT_BATCH_EVENTS ||
        batch->audit_count > LIMIT_BATCH_EVENTS || batch->setting_count > LIMIT_BATCH_EVENTS ||
        batch->rewrite_count > LIMIT_BATCH_EVENTS || batch->letter_rewrite_count > LIMIT_BATCH_EVENTS) {
        return error_set(error, STATUS_INVALID, "batch", "holds more than %d of one kind", LIMIT_BATCH_EVENTS);
    }
    size_t bytes = 0;
    for (size_t i = 0; i < batch->dead_letter_count; i++) {
        const struct store_dead_letter *letter = &batch->dead_letters[i];
        bytes += letter->raw.length;
        if (letter->tenant.at == NULL || letter->reason.at == NULL || letter->raw.length > LIMIT_DEAD_LETTER_BYTES) {
            return error_set(error, STATUS_INVALID, "dead letter", "lacks its tenant or reason, or is longer than %zu bytes",
                             LIMIT_DEAD_LETTER_BYTES);
        }
    }
    for (size_t i = 0; i < batch->update_count; i++) {
        if (batch->updates[i].reason.at == NULL) {
            return error_set(error, STATUS_INVALID, "dead letter", "lacks its reason");
        }
    }
    for (size_t i = 0; i < batch->audit_count; i++) {
        if (batch->audit[i].actor.at == NULL || batch->audit[i].action.at == NULL) {
            return error_set(error, STATUS_INVALID, "audit entry", "lacks its actor or action");
        }
    }
    for (size_t i = 0; i < batch->setting_count; i++) {
        if (batch->settings[i].key.length == 0 || batch->settings[i].key.length > LIMIT_ID_BYTES) {
            return error_set(error, STATUS_INVALID, "setting", "needs a key of 1 to %d bytes", LIMIT_ID_BYTES);
        }
    }
    if (bytes > LIMIT_PENDING_BYTES) {
        return error_set(error, STATUS_INVALID, "batch", "holds %zu bytes of dead letters; %zu is the most", bytes, LIMIT_PENDING_BYTES);
    }
    return check_events(store, batch, error);
}

static enum status write_events(struct store *store, const struct store_batch *batch, struct store_position *position,
                                struct error *error)
{
    sqlite3_stmt *statement = store->statements[STATEMENT_EVENT];
    for (size_t i = 0; i < batch->event_count; i++) {
        const struct store_event *event = &batch->events[i];
        int bound = sqlite3_bind_int64(statement, 1, (int64_t)event->seq) | sqlite3_bind_int64(statement, 2, event->observed_at) |
                    sqlite3_bind_int(statement, 3, event->stream) | sqlite3_bind_int(statement, 4, event->type) |
                    store_sql_bind_text(statement, 5, event->tenant) | store_sql_bind_text(statement, 6, event->payload) |
                    store_sql_bind_blob(statement, 7, event->sealed);
        enum status status = run(store, STATEMENT_EVENT, bound, "writing events", error);
        if (status != STATUS_OK) {
            return status;
        }
        position->seq = event->seq;
        position->observed_at = event->observed_at;
    }
    return STATUS_OK;
}

static enum status write_rewrites(struct store *store, const struct store_batch *batch, struct error *error)
{
    sqlite3_stmt *statement = store->statements[STATEMENT_REWRITE];
    for (size_t i = 0; i < batch->rewrite_count; i++) {
        const struct store_rewrite *rewrite = &batch->rewrites[i];
        int bound = sqlite3_bind_int64(statement, 1, (int64_t)rewrite->seq) | store_sql_bind_text(statement, 2, rewrite->payload) |
                    store_sql_bind_blob(statement, 3, rewrite->sealed);
        enum status status = run(store, STATEMENT_REWRITE, bound, "rewriting events", error);
        if (status == STATUS_OK && sqlite3_changes(store->db) != 1) {
            status = error_set(error, STATUS_ABSENT, "log", "there is no event %llu", (unsigned long long)rewrite->seq);
        }
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

static enum status write_letter_texts(struct store *store, const struct store_dead_letter_rewrite *rewrite, struct error *error)
{
    sqlite3_stmt *statement = store->statements[STATEMENT_LETTER_TEXTS];
    int bound = sqlite3_bind_int64(statement, 1, rewrite->id) | store_sql_bind_text(statement, 2, rewrite->iteration_id) |
                store_sql_bind_text(statement, 3, rewrite->event_id) | store_sql_bind_text(statement, 4, rewrite->place) |
                store_sql_bind_text(statement, 5, rewrite->reason);
    return run(store, STATEMENT_LETTER_TEXTS, bound, "rewriting dead letters", error);
}

static enum status write_letter_rewrites(struct store *store, const struct store_batch *batch, struct error *error)
{
    for (size_t i = 0; i < batch->letter_rewrite_count; i++) {
        const struct store_dead_letter_rewrite *rewrite = &batch->letter_rewrites[i];
        bool empties = rewrite->raw.at == NULL;
        enum store_statement which = empties ? STATEMENT_LETTER_EMPTY : STATEMENT_LETTER_REWRITE;
        sqlite3_stmt *statement = store->statements[which], *bytes = store->statements[STATEMENT_LETTER_BYTES];
        int bound = sqlite3_bind_int64(statement, 1, rewrite->id);
        if (!empties) {
            bound |= store_sql_bind_blob(statement, 2, rewrite->raw);
        }
        enum status status = run(store, which, bound, "rewriting dead letters", error);
        if (status == STATUS_OK && sqlite3_changes(store->db) == 1) { /* else its bytes went meanwhile */
            bound = sqlite3_bind_int64(bytes, 1, rewrite->id) | sqlite3_bind_int64(bytes, 2, (int64_t)rewrite->raw.length);
            status = run(store, STATEMENT_LETTER_BYTES, bound, "rewriting dead letters", error);
        }
        if (status == STATUS_OK) {
            status = write_letter_texts(store, rewrite, error);
        }
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

static enum status error_not_waiting(int64_t id, struct error *error)
{
    return error_set(error, STATUS_ABSENT, "dead letter", "%lld is not in the queue; it was never there or has been replayed, "
                     "discarded or edited", (long long)id);
}

static enum status write_removals(struct store *store, const struct store_batch *batch, struct error *error)
{
    sqlite3_stmt *statement = store->statements[STATEMENT_REMOVE];
    for (size_t i = 0; i < batch->removal_count; i++) {
        const struct store_dead_letter_removal *removal = &batch->removals[i];
        assert(removal->why == STORE_REPLAYED || removal->why == STORE_DISCARDED);
        int bound = sqlite3_bind_int64(statement, 1, removal->id) | sqlite3_bind_int(statement, 2, (int)removal->why) |
                    sqlite3_bind_int64(statement, 3, removal->removed_at) | sqlite3_bind_int64(statement, 4, removal->became);
        enum status status = run(store, STATEMENT_REMOVE, bound, "removing dead letters", error);
        if (status == STATUS_OK && sqlite3_changes(store->db) != 1) {
            status = error_not_waiting(removal->id, error);
        }
        if (status == STATUS_OK) {
            bound = sqlite3_bind_int64(store->statements[STATEMENT_REMOVE_RAW], 1, removal->id);
            status = run(store, STATEMENT_REMOVE_RAW, bound, "removing dead letters", error);
        }
        if (status == STATUS_OK && sqlite3_changes(store->db) > 1) {
            bound = sqlite3_bind_int64(store->statements[STATEMENT_EMPTY], 1, removal->id);
            status = run(store, STATEMENT_EMPTY, bound, "removing dead letters", error);
        }
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

static enum status write_updates(struct store *store, const struct store_batch *batch, struct error *error)
{
    sqlite3_stmt *row = store->statements[STATEMENT_UPDATE];
    for (size_t i = 0; i < batch->update_count; i++) {
        const struct store_dead_letter_update *update = &batch->updates[i];
        int bound = sqlite3_bind_int64(row, 1, update->id) | sqlite3_bind_int(row, 2, update->category) |
                    sqlite3_bind_int64(row, 3, update->attempts) | store_sql_bind_text(row, 4, update->place) |
                    store_sql_bind_text(row, 5, update->reason);
        enum status status = run(store, STATEMENT_UPDATE, bound, "changing dead letters", error);
        if (status == STATUS_OK && sqlite3_changes(store->db) != 1) {
            status = error_not_waiting(update->id, error);
        }
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

/* The one that this is the edited form of leaves the queue, and keeps its bytes. */
static enum status write_replacement(struct store *store, const struct store_dead_letter *letter, struct error *error)
{
    sqlite3_stmt *statement = store->statements[STATEMENT_REPLACE];
    if (letter->replaces == 0) {
        return STATUS_OK;
    }
    int bound = sqlite3_bind_int64(statement, 1, letter->replaces) | sqlite3_bind_int(statement, 2, STORE_EDITED) |
                sqlite3_bind_int64(statement, 3, letter->received_at) | sqlite3_bind_int64(statement, 4, letter->id);
    enum status status = run(store, STATEMENT_REPLACE, bound, "replacing a dead letter", error);
    return status == STATUS_OK && sqlite3_changes(store->db) != 1 ? error_not_waiting(letter->replaces, error) : status;
}

static enum status write_dead_letters(struct store *store, struct store_batch *batch, struct store_position *position,
                                      struct error *error)
{
    sqlite3_stmt *row = store->statements[STATEMENT_DEAD_LETTER], *raw = store->statements[STATEMENT_DEAD_LETTER_RAW];
    for (size_t i = 0; i < batch->dead_letter_count; i++) {
        struct store_dead_letter *letter = &batch->dead_letters[i];
        letter->id = ++position->dead_letter_id;
        int bound = sqlite3_bind_int64(row, 1, letter->id) | sqlite3_bind_int64(row, 2, letter->received_at) |
                    sqlite3_bind_int(row, 3, letter->category) | sqlite3_bind_int(row, 4, letter->stream) |
                    sqlite3_bind_int64(row, 5, letter->attempts) | store_sql_bind_text(row, 6, letter->tenant) |
                    store_sql_bind_text(row, 7, letter->iteration_id) | store_sql_bind_text(row, 8, letter->event_id) |
                    store_sql_bind_text(row, 9, letter->place) | store_sql_bind_text(row, 10, letter->reason) |
                    store_sql_bind_text(row, 11, letter->content_type) | store_sql_bind_text(row, 12, letter->origin) |
                    sqlite3_bind_int64(row, 13, (int64_t)letter->raw.length) | sqlite3_bind_int64(row, 14, letter->replaces);
        enum status status = write_replacement(store, letter, error);
        if (status == STATUS_OK) {
            status = run(store, STATEMENT_DEAD_LETTER, bound, "writing dead letters", error);
        }
        if (status == STATUS_OK) {
            struct str bytes = letter->raw.at != NULL ? letter->raw : STR("");
            bound = sqlite3_bind_int64(raw, 1, letter->id) | store_sql_bind_blob(raw, 2, bytes);
            status = run(store, STATEMENT_DEAD_LETTER_RAW, bound, "writing dead letters", error);
        }
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

static enum status write_audit_head(struct store *store, const struct store_position *position, struct error *error)
{
    uint8_t head[STORE_AUDIT_HEAD_BYTES];
    sqlite3_stmt *statement = store->statements[STATEMENT_SETTING];
    store_audit_head_write(position->audit_id, position->audit_hash, head);
    int bound = store_sql_bind_text(statement, 1, STR(STORE_AUDIT_HEAD)) |
                store_sql_bind_blob(statement, 2, (struct str){(const char *)head, sizeof head});
    return run(store, STATEMENT_SETTING, bound, "writing the audit log", error);
}

static enum status write_audit(struct store *store, struct store_batch *batch, struct store_position *position, struct error *error)
{
    sqlite3_stmt *statement = store->statements[STATEMENT_AUDIT];
    for (size_t i = 0; i < batch->audit_count; i++) {
        struct store_audit_entry *entry = &batch->audit[i];
        entry->id = ++position->audit_id;
        store_audit_hash(store->sha256, position->audit_hash, entry, position->audit_hash);
        struct str hash = {(const char *)position->audit_hash, SHA256_SIZE};
        int bound = sqlite3_bind_int64(statement, 1, entry->id) | sqlite3_bind_int64(statement, 2, entry->at) |
                    store_sql_bind_text(statement, 3, entry->actor) | store_sql_bind_text(statement, 4, entry->tenant) |
                    store_sql_bind_text(statement, 5, entry->action) | store_sql_bind_text(statement, 6, entry->object) |
                    store_sql_bind_text(statement, 7, entry->before) | store_sql_bind_text(statement, 8, entry->after) |
                    store_sql_bind_text(statement, 9, entry->origin) | store_sql_bind_blob(statement, 10, hash);
        enum status status = run(store, STATEMENT_AUDIT, bound, "writing the audit log", error);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return batch->audit_count > 0 ? write_audit_head(store, position, error) : STATUS_OK;
}

static enum status write_settings(struct store *store, const struct store_batch *batch, struct error *error)
{
    for (size_t i = 0; i < batch->setting_count; i++) {
        const struct store_setting *setting = &batch->settings[i];
        bool removes = setting->value.at == NULL;
        enum store_statement which = removes ? STATEMENT_SETTING_REMOVE : STATEMENT_SETTING;
        sqlite3_stmt *statement = store->statements[which];
        int bound = store_sql_bind_text(statement, 1, setting->key);
        if (!removes) {
            bound |= store_sql_bind_blob(statement, 2, setting->value);
        }
        enum status status = run(store, which, bound, "writing settings", error);
        if (status == STATUS_OK && removes && setting->and_below) {
            bound = store_sql_bind_text(store->statements[STATEMENT_SETTING_REMOVE_BELOW], 1, setting->key);
            status = run(store, STATEMENT_SETTING_REMOVE_BELOW, bound, "writing settings", error);
        }
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

static enum status write_batch(struct store *store, struct store_batch *batch, struct store_position *position, struct error *error)
{
    enum status status = run(store, STATEMENT_BEGIN, SQLITE_OK, "beginning a commit", error);
    if (status == STATUS_OK) {
        status = write_events(store, batch, position, error);
    }
    if (status == STATUS_OK) {
        status = write_rewrites(store, batch, error);
    }
    if (status == STATUS_OK) {
        status = write_removals(store, batch, error);
    }
    if (status == STATUS_OK) {
        status = write_updates(store, batch, error);
    }
    if (status == STATUS_OK) {
        status = write_dead_letters(store, batch, position, error);
    }
    if (status == STATUS_OK) {
        status = write_letter_rewrites(store, batch, error);
    }
    if (status == STATUS_OK) {
        status = write_audit(store, batch, position, error);
    }
    if (status == STATUS_OK) {
        status = write_settings(store, batch, error);
    }
    return status == STATUS_OK ? run(store, STATEMENT_COMMIT, SQLITE_OK, "committing", error) : status;
}

/* Leaves the connection ready for the next commit. SQLite itself has rolled back after some errors. */
static enum status roll_back(struct store *store, enum status status, struct error *error)
{
    if (sqlite3_get_autocommit(store->db) == 0) {
        (void)sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    }
    if (sqlite3_get_autocommit(store->db) == 0) {
        return error_set(error, STATUS_FATAL, "store", "a failed commit cannot be undone (%s); restart the program",
                         sqlite3_errmsg(store->db));
    }
    return status;
}

enum status store_commit(struct store *store, struct store_batch *batch, struct error *error)
{
    size_t rows = batch->event_count + batch->dead_letter_count + batch->removal_count + batch->update_count + batch->audit_count +
                  batch->setting_count + batch->rewrite_count + batch->letter_rewrite_count;
    if (rows == 0) {
        return STATUS_OK;
    }
    writer_enter(store);
    struct store_position position = store->position;
    enum status status = check_batch(store, batch, error);
    if (status == STATUS_OK) {
        status = write_batch(store, batch, &position, error);
        if (status != STATUS_OK) {
            status = roll_back(store, status, error);
        }
    }
    if (status == STATUS_OK) {
        store->position = position;
        store->counters.commits++;
        store->counters.events += batch->event_count;
        store->counters.scrub_is_due = store->counters.scrub_is_due || batch->scrubs;
        checkpoint_if_due(store);
    } else {
        store->counters.commits_failed++;
    }
    writer_leave(store);
    return status;
}

uint64_t store_last_seq(const struct store *store)
{
    return store->position.seq;
}

int64_t store_last_observed_at(const struct store *store)
{
    return store->position.observed_at;
}

void store_counters(const struct store *store, struct store_counters *counters)
{
    *counters = store->counters;
}
