/* ingest.h: the pipeline from a sender's bytes to facts in the graph, with the answer at the end.
 *
 *   submit → split, decode → admit (limits, time, duplicate?) → the batch gathers → commit → apply → answer
 *
 * Durable before visible, visible before acknowledged (law 2): while one batch is on its way to the disk the next gathers,
 * so batches are small when it is quiet and large under load. A submission is answered once the last batch that holds
 * anything of it (or of what it duplicates) is through. Batches go to the disk one after the other; when one fails, all
 * that were gathered behind it fail with it, since their answers may rest on it: the senders try again.
 *
 * Clocks. observed_at of a batch is greater than every K that was handed out before it was sealed (ingest_now), so that a
 * question asked again with the same V and K has the same answer. Where that would need a future time, sealing waits for the
 * next millisecond.
 *
 * Thread: the core thread, all of it. The committer carries sealed batches to the store on whatever thread it likes.
 */
#ifndef TRIMODAL_INGEST_INGEST_H
#define TRIMODAL_INGEST_INGEST_H

#include "base/clock.h"
#include "event/decode.h"
#include "event/seal.h"
#include "graph/graph.h"
#include "store/store.h"

struct ingest;

/* --- what becomes of an event --------------------------------------------------------------------------------------- */

enum ingest_outcome {
    INGEST_ACCEPTED,
    INGEST_DUPLICATE, /* the same event is there already; seq says where */
    INGEST_CONFLICT,  /* an event with the same key and other content is there; it stays */
    INGEST_REJECTED,  /* in the dead-letter queue now, with the reason */
    INGEST_OUTCOME_COUNT
};
const char *ingest_outcome_name(enum ingest_outcome outcome); /* "accepted", "duplicate", "conflict", "rejected" */

struct ingest_result {
    struct ingest_result *next; /* in the order of the submission */
    enum ingest_outcome outcome;
    struct str event_id;                     /* STR_NONE when it could not be read */
    uint64_t seq;                            /* place in the log; 0 for rejected ones */
    int64_t dead_letter;                     /* id of the dead letter of a rejected event, else 0 */
    enum event_fault_category category;      /* of a rejected one */
    struct str place, reason;                /* of a rejected one */
    uint64_t ordinal;                        /* which event of the submission, from 0 */
    uint64_t offset;                         /* where it starts in the (decoded) body, bytes */
};

struct ingest_answer {
    enum status status; /* OK: all is durable and visible. INVALID: the body as a whole can't be read. RETRY, FATAL: nothing
                           is acknowledged; what had become durable already will be a duplicate next time. ABSENT: only of
                           replays and changes, see there */
    struct error error;
    const struct ingest_result *results; /* linked; valid during the call */
    uint64_t counts[INGEST_OUTCOME_COUNT];
    uint64_t position; /* of the log, all of it visible */
};

typedef void ingest_done(void *context, const struct ingest_answer *answer);

/* --- submitting ----------------------------------------------------------------------------------------------------- */

/* Whose credential it is, for the audit log (senders.h). */
struct ingest_sender {
    struct str actor, origin, address; /* address may be absent */
};

struct ingest_submission {
    const struct ingest_sender *sender; /* or NULL: it is on record otherwise. Read during the call */
    struct str tenant_id;     /* of the sender; STR_NONE: "default" */
    bool tenant_is_fixed;     /* events may not name another */
    bool control_is_allowed;  /* for events this system makes itself: links by hand, overrides */
    struct str iteration_id;  /* for events that name none; STR_NONE */
    struct str content_type;  /* for the dead letters */
    struct str content_encoding; /* "", "identity", "gzip", "deflate", "zstd" */
    struct str origin;        /* "HTTP", "import FILE" … for the dead letters */
    const struct store_audit_entry *audit; /* copied; committed with the first batch it touches; or NULL */
    struct str body;          /* JSON_READ_PADDING readable bytes behind it; not kept beyond the call */
    /* 0, or: the body is one event that has so many bytes, whatever is in it; where it has more than the body, the beginning of
     * one, which is kept as a dead letter. Not with a content_encoding. */
    uint64_t event_bytes;
};

/* Takes a body of events in any form that event/split.h reads. `done` is called exactly once, maybe before this returns. */
void ingest_submit(struct ingest *ingest, const struct ingest_submission *submission, ingest_done *done, void *context);

/* --- dead letters --------------------------------------------------------------------------------------------------- */

/* Admits the raw bytes of waiting dead letters again, with their own tenant. Each leaves the queue in the transaction that
 * makes its event durable (or when it turns out to be a duplicate); one that fails again, or is in conflict with an event
 * that is there, stays, with the new reason and one attempt more. Results come in the order given, ordinal = index. Where a
 * letter is no longer waiting (someone else was quicker), the answer is ABSENT and nothing of that transaction happened. */
struct ingest_replay {
    const struct store_dead_letter *letters; /* with raw; texts must live until done */
    size_t count;
    int64_t now_ms;
    bool any_tenant; /* an event may name another tenant than its letter: for those only who may write to all of them */
    const struct store_audit_entry *audit; /* copied; committed with the first batch; or NULL */
};
void ingest_replay(struct ingest *ingest, const struct ingest_replay *replay, ingest_done *done, void *context);

/* What a replay would do, without doing it: fills one outcome per letter (category, place and reason where it would be
 * rejected again), in the arena. */
enum status ingest_replay_preview(struct ingest *ingest, const struct ingest_replay *replay, struct arena *arena,
                                  struct ingest_result **results, struct error *error) must_check;

/* Changes of the queue and audit entries that bring no event: all or nothing, in one transaction. ABSENT: a dead letter is no
 * longer waiting; INVALID: more than LIMIT_BATCH_EVENTS of a kind. Texts must live until done. */
struct ingest_change {
    const struct store_dead_letter_removal *removals;
    size_t removal_count;
    const struct store_dead_letter_update *updates;
    size_t update_count;
    const struct store_dead_letter *edited; /* a new letter that `replaces` a waiting one; or NULL */
    struct ingest_result *edited_result;    /* gets the new letter's id as dead_letter; must live until done */
    const struct store_audit_entry *audit;
    size_t audit_count;
    const struct store_setting *settings;
    size_t setting_count;
    const struct store_rewrite *rewrites; /* of events that are durable */
    size_t rewrite_count;
    const struct store_dead_letter_rewrite *letter_rewrites;
    size_t letter_rewrite_count;
    bool scrubs; /* see store_batch */
};
void ingest_change(struct ingest *ingest, const struct ingest_change *change, ingest_done *done, void *context);

/* --- wiring --------------------------------------------------------------------------------------------------------- */

/* Carries sealed batches to the disk, one at a time. `start` returns at once (or after having committed, where there is no
 * thread) and sees to it that ingest_committed is called on the core thread when store_commit has returned. */
struct ingest_committer {
    void *context;
    void (*start)(void *context, struct ingest *ingest, struct store_batch *batch);
};

struct ingest_hooks {
    void *context;
    /* Facts [first, last) were applied. May be NULL. */
    void (*applied)(void *context, uint32_t first_fact, uint32_t last_fact);
};

struct ingest_options {
    struct graph *graph; /* used, not owned */
    struct seal_ring *seal; /* likewise; personal values are sealed under its keys; NULL: not at all */
    const struct clock *clock;
    struct ingest_committer committer;
    struct ingest_hooks hooks;
    uint64_t last_seq;        /* of the store */
    int64_t last_observed_at; /* of the store */
    struct store_reader *reader; /* of the same store, for who sent its newest events; used during ingest_new. NULL: nobody */
};

/* The setting that says who sent the newest events, until it stands in the audit log. */
#define INGEST_SENDERS_KEY "intake.senders"

enum status ingest_new(struct ingest **ingest, const struct ingest_options *options, struct error *error) must_check;
/* Nothing may be in flight: see ingest_is_idle. */
void ingest_free(struct ingest *ingest);

/* By the committer, on the core thread. */
void ingest_committed(struct ingest *ingest, enum status status, const struct error *error);

bool ingest_is_idle(const struct ingest *ingest); /* nothing pending */

/* From time to time (seconds): who sent what goes to the audit log even if nobody sends any more. */
void ingest_settle(struct ingest *ingest);

/* The end: what is in flight may still come back, what waits behind it and all that comes is refused (RETRY). */
void ingest_shut(struct ingest *ingest);

/* The present for readers: V = the clock's now, K = the latest moment about which all is known and will not change.
 * Remembered, so that later facts come after K. */
struct ingest_now {
    int64_t valid_at, known_at;
};
struct ingest_now ingest_now(struct ingest *ingest);

struct ingest_health {
    enum status status; /* OK, or why intake is refused at the moment */
    struct error error;
    uint64_t pending_events, pending_bytes;
    uint64_t submissions, batches, batches_failed;
    uint64_t outcomes[INGEST_OUTCOME_COUNT];
    uint64_t rejected_by_category[EVENT_FAULT_COUNT];
    uint64_t by_stream[EVENT_STREAM_COUNT]; /* accepted */
    uint64_t duplicate_checks, duplicate_check_ns; /* sampled: sums over the sampled checks */
};
void ingest_health(const struct ingest *ingest, struct ingest_health *health);

#endif
