/* senders.h: who sent which places of the log, for the audit log.
 *
 * An entry for each request would make the audit log as long as the log itself. So who sent what is gathered in a window: runs
 * of "this sender, so many places". With every batch, in its transaction, the open window is written over the one setting
 * INGEST_SENDERS_KEY; when it has become old (LIMIT_SENDERS_WINDOW_MS), long or wide, one entry `events.send` for each sender goes into the
 * audit log, in the transaction that empties the setting. So wherever the process is killed, each durable event is
 * attributed once: by an entry or by the window, which the next start takes up where it was.
 *
 * While it is open the window is no part of the hash chain. What is refused counts with the sender whose dead letters it made.
 * What brings an audit entry of its own (decisions, replays) and no sender is not in here.
 *
 * Thread: the core thread. Private to src/ingest but for what ingest.h says of it.
 */
#ifndef TRIMODAL_INGEST_SENDERS_H
#define TRIMODAL_INGEST_SENDERS_H

#include "ingest/batch.h"

/* How many audit entries and settings senders_seal may add to a batch. */
#define SENDERS_ENTRIES_MAX 352

struct senders_sender {
    struct str actor, tenant, origin; /* origin with the address */
    uint64_t rejected;
};

struct senders_run {
    uint32_t sender; /* 0: none; else index + 1 */
    uint32_t count;
};

struct senders_window {
    struct arena names;
    int64_t since, until; /* ms; of the first batch in it and of the last */
    uint64_t from, next;  /* places: the first, and the one behind the last */
    struct senders_sender *senders;
    size_t sender_count, sender_capacity;
    struct senders_run *runs;
    size_t run_count, run_capacity;
};

struct senders {
    struct senders_window windows[2];
    int durable; /* the window that is on disk; the other is the one under way */
    bool sealed; /* a batch with the other one is under way */
};

/* `kept` is the setting's value, or absent; what can't be read is left out, with a line in the log. False without memory. */
bool senders_init(struct senders *senders, struct str kept) must_check;
void senders_release(struct senders *senders);

/* Puts the batch's senders into the window, and what must be written into the batch; its first event gets this place. False
 * without memory: then nothing of it counts. */
bool senders_seal(struct senders *senders, struct batch *batch, uint64_t first_seq, int64_t observed_at) must_check;
void senders_committed(struct senders *senders);
void senders_failed(struct senders *senders); /* also when nothing was sealed */
/* The window should be closed by now, with or without events. */
bool senders_are_due(const struct senders *senders, int64_t now_ms);

#endif
