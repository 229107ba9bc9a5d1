/* ingest_private.h: the pipeline's state, for the files of this folder only.
 *
 * Invariants: batches are in the queue in the order in which they go to the disk; only the head may be sealed, and it is
 * sealed exactly while it is in flight; only the tail gathers. A submission is alive while it is open (its body is being
 * read) or while batches that it waits for are in the queue, and is answered once when neither holds any more. It waits for
 * every batch that holds anything of it, since the batch points to results in its memory. ingest_check asserts these.
 */
#ifndef TRIMODAL_INGEST_INGEST_PRIVATE_H
#define TRIMODAL_INGEST_INGEST_PRIVATE_H

#include "ingest/batch.h"
#include "ingest/ingest.h"
#include "ingest/senders.h"

/* The result of an event that duplicates one not yet durable: its place is looked up when both are. */
struct late_place {
    struct late_place *next;
    struct ingest_result *result;
    struct str tenant_id;
    uint8_t key[EVENT_KEY_SIZE];
};

struct submission {
    struct arena arena; /* results and their texts */
    struct ingest_result *first, *last;
    struct late_place *late_places;
    uint64_t counts[INGEST_OUTCOME_COUNT];
    size_t batches_waited_for;
    bool open;
    bool changes_queue; /* names dead letters, which may be gone when the store looks for them */
    enum status status; /* not OK: all is refused */
    struct error error;
    ingest_done *done;
    void *context;
};

struct ingest {
    struct graph *graph;
    const struct clock *clock;
    struct ingest_committer committer;
    struct ingest_hooks hooks;
    struct event_decoder *decoder;
    struct buffer encoded;      /* one event's canonical form */
    struct batch *head, *tail;  /* the queue */
    struct batch *spare;        /* cleared, for reuse */
    size_t spare_count;
    struct seal_ring *seal;     /* NULL: nothing is sealed */
    uint64_t batch_count;       /* ever */
    bool in_flight;             /* the head is */
    bool shut;                  /* see ingest_shut */
    struct senders senders;
    const struct ingest_sender *sending; /* of the submission whose body is being read */
    uint64_t last_seq;          /* given to an event */
    int64_t last_observed_at;   /* given to a batch that succeeded or is in flight */
    int64_t durable_observed_at; /* of the newest batch that is durable */
    int64_t doubtful_observed_at; /* of a batch whose commit failed on its way, until one succeeds: it may turn up after a
                                     restart (store.h); 0: none */
    int64_t handed_out;         /* the greatest K that a reader was given */
    size_t pending_bytes;
    struct ingest_health health;
};

/* Without memory it answers so, and returns NULL. */
struct submission *submission_new(ingest_done *done, void *context) must_check;
/* Closes the submission: it is answered as soon as it waits for nothing, maybe now. It must not be used afterwards. */
void submission_close(struct ingest *ingest, struct submission *submission);
void submission_fail(struct submission *submission, enum status status, const struct error *error);
/* One more result at the end, or NULL (and failed) without memory. */
struct ingest_result *submission_add(struct submission *submission, uint64_t ordinal, uint64_t offset);

/* The batch that gathers, with room; NULL without memory. */
struct batch *ingest_gathering(struct ingest *ingest) must_check;
/* Makes the submission wait for the batch, before anything of it is put there; false, and the submission has failed, without
 * memory. */
bool ingest_wait_for(struct submission *submission, struct batch *batch) must_check;
/* Puts a copy of the entry (or nothing, for NULL) into the batch that gathers; fails the submission without memory. */
void ingest_add_audit(struct ingest *ingest, struct submission *submission, const struct store_audit_entry *audit);
void submission_out_of_memory(struct submission *submission);
/* Sends the head of the queue to the disk when nothing is in flight. */
void ingest_advance(struct ingest *ingest);

/* What an event that comes in is, and where it came from. */
struct arrival {
    struct str json;
    uint64_t ordinal, offset;
    const struct event_defaults *defaults;
    const struct store_dead_letter *letter; /* the dead letter it is replayed from, or NULL */
    struct str content_type, origin;
};
/* Decodes one event and puts it, its rejection or its duplication where it belongs. */
void ingest_admit(struct ingest *ingest, struct submission *submission, const struct arrival *arrival);
/* A piece that can't even be tried (too long, undecodable body): straight to the dead letters. */
void ingest_reject(struct ingest *ingest, struct submission *submission, const struct arrival *arrival,
                   const struct event_fault *fault);
/* Among all that is pending; NULL when there is none. `in` gets its batch. */
const struct batch_event *ingest_find_pending(const struct ingest *ingest, const struct event *event, struct batch **in);
/* The reason of an event that is in conflict with the one at `seq` (0: still on its way). */
void ingest_describe_conflict(uint64_t seq, struct error *error);
/* Asserts the invariants above. For tests. */
void ingest_check(const struct ingest *ingest);
/* Refuses the whole submission when the pipeline can't take it now. */
bool ingest_accepts(struct ingest *ingest, struct submission *submission, size_t bytes);

#endif
