/* rebuild.h: the graph from the log, at start and whenever someone doubts it (law 1). */
#ifndef TRIMODAL_INGEST_REBUILD_H
#define TRIMODAL_INGEST_REBUILD_H

#include "event/seal.h"
#include "graph/graph.h"
#include "store/store.h"

/* Applies every event of the log behind the graph's own position, with what was sealed in them put back where `seal` (may be NULL)
 * has the keys. `progress` may be NULL; it is called now and then with
 * the events done. STATUS_FATAL names the place in the log that can't be read. Thread: the one that owns the graph. */
enum status rebuild_graph(struct graph *graph, struct store_reader *reader, struct seal_ring *seal,
                          void (*progress)(void *context, uint64_t done), void *context, struct error *error) must_check;

#endif
