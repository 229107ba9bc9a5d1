/* committer.h: the thread that carries sealed batches to the disk.
 *
 * It owns the store's one writing connection (docs/store-format.md): it commits, and in quiet moments checkpoints. The core
 * hands it one batch at a time; the outcome comes back through a task posted to the core's loop.
 */
#ifndef TRIMODAL_SERVER_COMMITTER_H
#define TRIMODAL_SERVER_COMMITTER_H

#include "ingest/ingest.h"
#include "net/net.h"

struct committer;

struct committer_statistics {
    uint64_t commits, events, commit_ns_total, commit_ns_max;
    struct store_counters store;
};

/* Starts the thread. Store, net and clock are used, not owned. */
enum status committer_new(struct committer **committer, struct store *store, struct net *net, const struct clock *clock,
                          struct error *error) must_check;
/* Ends the thread after the commit at hand. Call before net_free and store_close; NULL is allowed. */
void committer_stop(struct committer *committer);
/* After committer_stop and net_free, which still runs the outcome of that commit. NULL is allowed. */
void committer_free(struct committer *committer);

/* For ingest_options. */
struct ingest_committer committer_port(struct committer *committer);

/* [core thread] */
void committer_statistics(struct committer *committer, struct committer_statistics *statistics);

#endif
