/* batch.h: what travels to the disk in one transaction, and who waits for it.
 *
 * A batch gathers admitted events, dead letters, removals of dead letters and audit entries while the batch before it is on
 * its way to the disk. It owns all of their memory (one arena). Life: gathering → sealed (places in the log and observed_at
 * are given; nothing is added any more; the commit thread may read it) → applied or failed → cleared for reuse.
 *
 * Thread: the core thread; between sealing and the end of the commit the commit thread may read `store` and nothing else.
 */
#ifndef TRIMODAL_INGEST_BATCH_H
#define TRIMODAL_INGEST_BATCH_H

#include "event/event.h"
#include "store/store.h"

struct ingest_result;
struct ingest_sender;
struct submission;

/* Batches with events of so many senders are full. */
#define BATCH_SENDERS_MAX 64

/* Whose events and dead letters the batch holds; see senders.h. */
struct batch_sender {
    struct str actor, origin, address, tenant;
    uint64_t rejected;
};

struct batch_run { /* of events that follow each other */
    uint32_t sender; /* 0: none; else index + 1 */
    uint32_t count;
};

struct batch_event {
    struct event event;
    struct str payload; /* canonical JSON */
    struct str sealed;  /* what was taken out of it (event/seal.h); absent: nothing */
    uint64_t content_hash;
    struct ingest_result *result;
};

struct batch_waiter {
    struct batch_waiter *next;
    struct submission *submission;
};

struct batch_key {
    uint32_t event; /* index + 1, 0: free */
    uint32_t hash;
};

struct batch {
    struct batch *next; /* in the queue */
    uint64_t number;    /* from 1 */
    struct arena arena;
    struct batch_event *events;
    size_t event_count, event_capacity;
    size_t payload_bytes;
    struct store_dead_letter *dead_letters;
    struct ingest_result **dead_letter_results; /* beside dead_letters; entries may be NULL */
    size_t dead_letter_count, dead_letter_capacity, dead_letter_result_capacity;
    struct store_dead_letter_removal *removals;
    struct ingest_result **removal_results; /* the event whose acceptance removes it; NULL: removed as it stands */
    size_t removal_count, removal_capacity, removal_result_capacity;
    struct store_dead_letter_update *updates;
    size_t update_count, update_capacity;
    struct store_audit_entry *audit;
    size_t audit_count, audit_capacity;
    struct batch_key *keys; /* (tenant, idempotency key) of the events, open addressing */
    size_t key_slots;       /* a power of two */
    struct store_setting *settings;
    size_t setting_count, setting_capacity;
    const struct store_rewrite *rewrites; /* of one change, which owns them */
    size_t rewrite_count;
    const struct store_dead_letter_rewrite *letter_rewrites;
    size_t letter_rewrite_count;
    bool scrubs;
    struct batch_waiter *waiting; /* submissions told when the batch is through, newest first */
    const struct ingest_sender *sending; /* of what is added now; NULL: nobody in particular */
    struct batch_sender senders[BATCH_SENDERS_MAX];
    size_t sender_count;
    struct batch_run *runs; /* over all events */
    size_t run_count, run_capacity;
    bool settles;               /* goes to the disk even if it is empty, for what senders.h adds */
    struct store_event *log;    /* made by batch_seal */
    size_t log_capacity;
    struct store_batch store;
    bool sealed;
};

struct batch *batch_new(void) must_check; /* NULL without memory */
void batch_free(struct batch *batch);
void batch_clear(struct batch *batch);

bool batch_is_empty(const struct batch *batch);
bool batch_is_full(const struct batch *batch); /* by events, bytes or memory (base/limits.h) */
/* How many of the kinds that come without an event there are, or are to come. */
struct batch_changes {
    size_t removals, updates, audit, settings;
};
/* True when the store would take so many more in the same transaction. */
bool batch_has_room(const struct batch *batch, const struct batch_changes *more);
struct batch_changes batch_changes(const struct batch *batch);
void batch_undo(struct batch *batch, const struct batch_changes *to); /* back to what batch_changes said before */

/* All of these: false without memory; texts must live in the batch's arena (or longer than the batch). */
bool batch_add_event(struct batch *batch, const struct event *event, struct str payload, struct str sealed, uint64_t content_hash,
                     struct ingest_result *result) must_check;
bool batch_add_dead_letter(struct batch *batch, const struct store_dead_letter *letter, struct ingest_result *result) must_check;
bool batch_add_removal(struct batch *batch, const struct store_dead_letter_removal *removal, struct ingest_result *result)
    must_check;
bool batch_add_update(struct batch *batch, const struct store_dead_letter_update *update) must_check;
bool batch_add_audit(struct batch *batch, const struct store_audit_entry *entry) must_check;
bool batch_add_setting(struct batch *batch, const struct store_setting *setting) must_check;

/* Tells the submission when the batch is through; a second registration in a row does nothing (*added false). Results in
 * the batch lie in the submission's memory: register it before anything of it is added. */
bool batch_add_waiter(struct batch *batch, struct submission *submission, bool *added) must_check;

/* The event of this batch with the same tenant and key, or NULL. */
const struct batch_event *batch_find(const struct batch *batch, const struct event *event);

/* Gives the events their places, from first_seq on, and makes batch->store. False without memory. */
bool batch_seal(struct batch *batch, uint64_t first_seq, int64_t observed_at) must_check;

#endif
