/* erasure.h: a person's data leaves the log, the dead letters and the graph (docs/personal-data.md, "Erasing").
 *
 * One walk over the log finds every event of the tenant that the subject's key opens, or that names the subject in plain: as it was
 * logged before there was sealing, or in a sentence in which nothing looked personal. A dry run stops there and says what it found. To
 * apply it, one transaction takes the key away, rewrites the events in plain and the dead letters, and writes the audit entry; then the graph's
 * facts are restated. A crash before the transaction leaves all as it was, after it the start reads a log in which it is gone. Only
 * where more than ERASURE_REWRITES_MAX events are in plain, those are rewritten in transactions before that one; doing it again
 * goes on where it stopped.
 *
 * Intake goes on meanwhile: steps are short, and what came in until the transaction is looked at after it.
 *
 * Ids and paths stay, as does the audit log; both are counted. Thread: the core thread. */
#ifndef TRIMODAL_INGEST_ERASURE_H
#define TRIMODAL_INGEST_ERASURE_H

#include "ingest/ingest.h"

struct erasure;

#define ERASURE_REWRITES_MAX 4096
#define ERASURE_EXAMPLES_MAX 100
#define ERASURE_BESIDE_MAX 50

struct erasure_options {
    struct graph *graph;
    struct ingest *ingest;
    struct seal_ring *seal;
    struct store_reader *reader;
    const struct clock *clock;
    struct str tenant_id;
    struct str subject; /* absent: all personal values of the tenant */
    bool apply;
    struct store_audit_entry audit; /* object and after are filled in */
    /* Called once, maybe inside erasure_step; the erasure and its report are valid until erasure_free. */
    void (*done)(void *context, struct erasure *erasure);
    void *context;
}; /* texts must live until done */

struct erasure_example {
    uint64_t seq;
    int64_t timestamp;
    enum event_type type;
    struct str event_id, iteration_id, node_id;
};
/* Another value that identifies somebody, or a name, in the same events. */
struct erasure_beside {
    enum personal_kind kind;
    struct str value;
    uint64_t events;
};

struct erasure_report {
    enum status status;
    struct error error;
    bool applied;
    char subject_hash[2 * SEAL_NAME_SIZE + 1]; /* by which the audit log knows it; empty: all of the tenant */
    uint64_t events;         /* that hold something of the subject */
    uint64_t sealed;         /* of them, those that its key opens */
    uint64_t rewritten;      /* of them, those with it in plain: what is logged of them is replaced */
    uint64_t dead_letters;
    uint64_t in_ids;         /* events that name it in an id or a path, which stays */
    uint64_t audit_entries;  /* that name it, which stay */
    uint64_t looked_at;      /* events */
    struct erasure_example examples[ERASURE_EXAMPLES_MAX];
    size_t example_count;
    struct erasure_beside beside[ERASURE_BESIDE_MAX];
    size_t beside_count;
};

struct erasure *erasure_new(const struct erasure_options *options) must_check; /* NULL without memory */
void erasure_free(struct erasure *erasure); /* not while it waits */
/* A little more of it, some milliseconds at most. False: nothing more to do now, as it is done or waits for the disk (which calls `resume`). */
bool erasure_step(struct erasure *erasure) must_check;
/* Called when it need not wait any more: steps are to go on. */
void erasure_on_resume(struct erasure *erasure, void (*resume)(void *context));
/* It is to end: `done` is called at once, or when the disk has answered. */
void erasure_stop(struct erasure *erasure);
/* It was told so. */
bool erasure_is_done(const struct erasure *erasure);
const struct erasure_report *erasure_report(const struct erasure *erasure);

#endif
