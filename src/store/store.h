/* store.h: the durable truth: event log, dead letters, audit log, settings. The port; what stands behind it is SQLite.
 *
 * A data directory holds `trimodal.db` (with its -wal and -shm) and `lock`. One process opens it for writing
 * (`store_open`), any number of threads and processes read (`store_reader_open`), each reader through a read-only
 * connection of its own. Exactly one connection writes or checkpoints: see docs/store-format.md for why this is an
 * invariant and not a habit.
 *
 * All that one `struct store_batch` asks for is one transaction, on disk when `store_commit` returns STATUS_OK, and not
 * there when it returns anything else. The log is a sequence without gaps: events are numbered by the caller, from 1, by
 * one, and their observed_at never goes back.
 *
 * Threads: a store is used by one thread at a time (the commit thread); `store_options` of an open store are constant,
 * so that readers may be opened from any thread. A reader belongs to one thread at a time.
 *
 * Statuses: RETRY = the disk is full, an I/O error that may pass, another process holds the lock: the same call may
 * succeed later, without reopening. FATAL = no memory, corrupt file, unknown format. INVALID = the caller's batch breaks
 * the rules above or a limit; ABSENT = no such thing. Nothing of a failed batch is visible to any reader. One edge stays
 * open, as with any log: when the machine or process dies right after a commit failed on its way to the disk, the batch may
 * turn up whole (never in part) on the next open; it was not acknowledged, so its sender repeats it and meets a duplicate.
 */
#ifndef TRIMODAL_STORE_STORE_H
#define TRIMODAL_STORE_STORE_H

#include <stdint.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/status.h"
#include "base/str.h"

struct store;
struct store_reader;

/* ---- opening ---- */

struct store_options {
    const char *directory; /* copied */
    bool create;           /* make the directory, those above it and the file where they are missing; else STATUS_ABSENT */
    bool read_only;        /* takes no lock, never commits; for commands beside a running server */
    bool without_sync;     /* for tests and throw-away data: survives a kill of the process, not of the machine */
    const char *vfs;       /* copied; name of a registered SQLite VFS, NULL for the default; for fault injection */
};

/* Opens, creates or brings an older file up to date. STATUS_RETRY "in use by process N; use --server URL or stop it" when
 * another writer holds the directory; STATUS_FATAL when the file is no store, is newer than this program, or corrupt.
 * *store is set on success only. */
enum status store_open(struct store **store, const struct store_options *options, struct error *error) must_check;
/* Checkpoints (as far as that works; what is not, is in the -wal and safe), closes, gives up the lock. Close the readers
 * first. NULL is allowed. */
void store_close(struct store *store);

#define STORE_URL_SIZE 256
struct store_owner {
    int64_t process; /* id of the process that writes */
    char url[STORE_URL_SIZE]; /* where it listens; empty when it has not said */
};
/* Writes into the lock file where this process listens (NULL: nowhere). Commands find the server by it. */
enum status store_lock_note(struct store *store, const char *url, struct error *error) must_check;
/* Who holds the directory for writing. STATUS_ABSENT when nobody does (what a dead process left does not count). */
enum status store_lock_owner(const char *directory, struct store_owner *owner, struct error *error) must_check;

/* ---- writing ---- */

struct store_event {
    uint64_t seq;        /* place in the log: the last one's + 1 */
    int64_t observed_at; /* ms since the epoch; not before the last one's (use max(now, store_last_observed_at)) */
    uint8_t stream;
    uint16_t type;
    struct str tenant;
    struct str payload;  /* canonical JSON (UTF-8); up to 2 * LIMIT_EVENT_BYTES */
    struct str sealed;   /* what event/seal.h took out of it; absent: nothing. Up to LIMIT_SEALED_BYTES */
};

/* Replaces what stands of an event that is in the log, when something in it is erased. Place, time, tenant and type stay. */
struct store_rewrite {
    uint64_t seq;
    struct str payload, sealed; /* as of store_event */
};

#define STORE_STREAM_UNKNOWN (-1)

enum store_removal {
    STORE_PENDING = 0,   /* not removed: waits in the queue */
    STORE_REPLAYED = 1,  /* accepted; `became` = seq of the event (0 when it turned out to be a duplicate) */
    STORE_DISCARDED = 2, /* a person said so */
    STORE_EDITED = 3,    /* replaced; `became` = id of the dead letter that replaced it, which says `replaces` */
};

/* Texts may be absent (at == NULL) but for tenant and reason. */
struct store_dead_letter {
    int64_t id;          /* in a batch: out, given by the store, never given again */
    int64_t received_at; /* ms since the epoch */
    uint8_t category;    /* the numbers are the caller's; they are stored */
    int8_t stream;       /* or STORE_STREAM_UNKNOWN */
    uint32_t attempts;
    struct str tenant, iteration_id, event_id;
    struct str place;        /* field, line, … at which it failed */
    struct str reason;       /* one sentence */
    struct str content_type; /* of raw */
    struct str origin;       /* "HTTP", "import FILE:LINE", … */
    struct str raw;          /* the original bytes, any bytes, whole; up to LIMIT_DEAD_LETTER_BYTES. Not filled in by lists */
    int64_t replaces;        /* id of the waiting one that this is the edited form of, and that leaves the queue for it; or 0 */
    /* Filled in by readers; ignored in a batch. */
    uint64_t raw_bytes;      /* length of raw as it was kept (0 once it is gone) */
    enum store_removal removal;
    int64_t removed_at;      /* ms since the epoch; 0 while it waits */
    int64_t became;
};

/* Takes a dead letter out of the queue. Its row stays as a tombstone without the raw bytes; those of the ones that it replaced,
 * and that were kept until now, go with them. */
struct store_dead_letter_removal {
    int64_t id;
    enum store_removal why; /* STORE_REPLAYED or STORE_DISCARDED */
    int64_t removed_at;
    int64_t became;
};

/* Puts a new reason into a waiting dead letter and sets its attempts. Its bytes never change. */
struct store_dead_letter_update {
    int64_t id;
    uint8_t category;
    uint32_t attempts;
    struct str place, reason;
};

/* Replaces the bytes and the texts of a dead letter, waiting or a tombstone, when something in them is erased; one that has no bytes
 * keeps none. */
struct store_dead_letter_rewrite {
    int64_t id;
    struct str iteration_id, event_id, place, reason; /* absent as in the letter */
    struct str raw; /* absent: it keeps none */
};

/* One change of state, by whom and from where. Texts may be absent but for actor and action. */
struct store_audit_entry {
    int64_t id;  /* out / filled in by readers: 1, 2, 3, … */
    int64_t at;  /* ms since the epoch */
    struct str actor, tenant, action, object;
    struct str before, after; /* JSON, or absent */
    struct str origin;
    uint8_t hash[32]; /* filled in by readers; see store_audit_verify */
};

struct store_setting {
    struct str key;   /* up to LIMIT_ID_BYTES */
    struct str value; /* any bytes; absent removes the key */
    bool and_below;   /* with an absent value: all keys that begin with this one and a '/' go, too */
};

/* The store reads it during store_commit only; nothing is kept. Order within the transaction: events, rewrites, removals, updates,
 * new dead letters, their rewrites, audit, settings. Up to LIMIT_BATCH_EVENTS events and as many of each other kind. */
struct store_batch {
    const struct store_event *events;
    size_t event_count;
    struct store_dead_letter *dead_letters; /* ids are filled in */
    size_t dead_letter_count;
    const struct store_dead_letter_removal *removals;
    size_t removal_count;
    const struct store_dead_letter_update *updates;
    size_t update_count;
    struct store_audit_entry *audit; /* ids are filled in */
    size_t audit_count;
    const struct store_setting *settings;
    size_t setting_count;
    const struct store_rewrite *rewrites;
    size_t rewrite_count;
    const struct store_dead_letter_rewrite *letter_rewrites;
    size_t letter_rewrite_count;
    bool scrubs; /* what this batch overwrites and removes is to be found nowhere in the files: the -wal is emptied afterwards,
                    at once or, where somebody reads just then, as soon as that works. What lies in the file is zeroed anyway */
};

/* All or nothing, durable on STATUS_OK. STATUS_ABSENT when a removal, update or replacement names a dead letter that is not waiting.
 * The same for a rewrite of an event that is not there. An empty batch is fine and does nothing. */
enum status store_commit(struct store *store, struct store_batch *batch, struct error *error) must_check;
/* For quiet moments: moves what is in the -wal into the file, so that the next busy moment finds it short. Bounded by the
 * size of the -wal. Never fails in a way that matters. */
void store_idle(struct store *store);

/* Of the newest durable event; 0 when there is none. */
uint64_t store_last_seq(const struct store *store);
int64_t store_last_observed_at(const struct store *store);

/* What a writer did since it was opened. */
struct store_counters {
    uint64_t commits, commits_failed, events;
    uint64_t checkpoints, checkpoints_failed;
    uint64_t checkpoint_ns_max, checkpoint_ns_total;
    uint64_t wal_pages; /* in the -wal after the last commit */
    bool scrub_is_due;  /* the -wal still holds what a batch that `scrubs` has overwritten */
};
void store_counters(const struct store *store, struct store_counters *counters);

/* ---- reading ---- */

enum status store_reader_open(struct store_reader **reader, const struct store *store, struct error *error) must_check;
void store_reader_close(struct store_reader *reader); /* NULL is allowed */

/* Of the newest durable event as this reader sees it now; 0 and 0 when there is none. */
enum status store_reader_last(struct store_reader *reader, uint64_t *seq, int64_t *observed_at, struct error *error)
    must_check;

/* The next events from `from_seq` on, as many as fit a chunk (about 1 MiB of payload or 4096 events, at least one), in
 * order. No event left: STATUS_OK and *count == 0. The events and their texts belong to the reader and live until its
 * next call; JSON_READ_PADDING readable bytes stand behind every payload. No transaction is open between calls, so a slow
 * caller holds nobody up. Go on with the last one's seq + 1. STATUS_FATAL where the log has a gap. */
enum status store_reader_events(struct store_reader *reader, uint64_t from_seq, const struct store_event **events,
                                size_t *count, struct error *error) must_check;
/* One event by its place; lives as above. STATUS_ABSENT when there is none. */
enum status store_reader_event(struct store_reader *reader, uint64_t seq, struct store_event *event, struct error *error)
    must_check;

#define STORE_ANY (-2) /* for category and stream */

/* Zero-initialise, then set category and stream (STORE_ANY or a value). */
struct store_dead_letter_filter {
    int category;
    int stream;
    int64_t received_from, received_until; /* ms, both inclusive; until 0 = no end */
    struct str tenant, iteration_id;       /* absent: any */
    bool removed;                          /* list the tombstones too */
    bool newest_first;
    int64_t after_id; /* cursor: the last id of the page before; 0 for the first page */
};

/* Up to limit (LIMIT_PAGE_ITEMS at most) entries into the arena. *more says whether others follow. */
enum status store_reader_dead_letters(struct store_reader *reader, const struct store_dead_letter_filter *filter, size_t limit,
                                      struct arena *arena, struct store_dead_letter **letters, size_t *count, bool *more,
                                      struct error *error) must_check;
/* One by id, raw bytes and all (with JSON_READ_PADDING behind them); of a removed one what became of it.
 * STATUS_ABSENT when the id was never given. */
enum status store_reader_dead_letter(struct store_reader *reader, int64_t id, struct arena *arena,
                                     struct store_dead_letter *letter, struct error *error) must_check;
/* How many wait, by category; of one tenant, or of all (absent). Categories above the array are left out. */
#define STORE_CATEGORY_COUNT 16
enum status store_reader_dead_letter_counts(struct store_reader *reader, struct str tenant,
                                            uint64_t counts[STORE_CATEGORY_COUNT], struct error *error) must_check;

struct store_audit_filter {
    int64_t from, until;                      /* ms, both inclusive; until 0 = no end */
    struct str tenant, actor, action, object; /* absent: any */
    bool newest_first;
    int64_t after_id;
};
enum status store_reader_audit(struct store_reader *reader, const struct store_audit_filter *filter, size_t limit,
                               struct arena *arena, struct store_audit_entry **entries, size_t *count, bool *more,
                               struct error *error) must_check;

/* Recomputes the chain: hash = SHA-256(hash of the entry before (32 zero bytes before the first) ‖ canonical encoding),
 * the encoding being given in docs/store-format.md. Keeping (count, head) elsewhere also reveals a cut-off end. */
struct store_audit_report {
    uint64_t count;    /* entries that are right */
    int64_t broken_id; /* the first that is not; 0 when all are */
    uint8_t head[32];  /* hash of the last right one */
};
enum status store_audit_verify(struct store_reader *reader, struct store_audit_report *report, struct error *error) must_check;

/* STATUS_ABSENT when the key is not set. */
enum status store_reader_setting(struct store_reader *reader, struct str key, struct arena *arena, struct str *value,
                                 struct error *error) must_check;
/* All whose key starts with the prefix, sorted by key. */
enum status store_reader_settings(struct store_reader *reader, struct str prefix, struct arena *arena,
                                  struct store_setting **settings, size_t *count, struct error *error) must_check;

/* ---- looking after it ---- */

/* Copies the whole store into a new file `path` (refused where it exists) while the writer goes on: the copy is the store
 * as it was at one moment near the end, complete and checked before it gets its name. `progress` (may be NULL) is called
 * between chunks with events copied and events there are; false stops it (STATUS_RETRY, nothing left behind). To restore,
 * put the file into an empty directory as trimodal.db. */
enum status store_backup(struct store_reader *reader, const char *path,
                         bool (*progress)(void *context, uint64_t copied, uint64_t total), void *context,
                         struct error *error) must_check;

enum store_severity { STORE_GOOD, STORE_NOTE, STORE_WARNING, STORE_BROKEN };

struct store_finding {
    enum store_severity severity;
    struct str symptom, cause, remedy; /* sentences; cause and remedy are absent where nothing is wrong */
};

#define STORE_FINDINGS_MAX 32
struct store_findings {
    struct store_finding items[STORE_FINDINGS_MAX];
    size_t count;
};

/* Looks at a data directory for `doctor`: access, format version, SQLite's version, integrity, gaps in the log, audit chain,
 * -wal size, free disk space. Reads only, works beside a writer, and on a directory that will not open. Texts live in the
 * arena. Fails only without memory. */
enum status store_check(const struct store_options *options, struct arena *arena, struct store_findings *findings,
                        struct error *error) must_check;

#endif
