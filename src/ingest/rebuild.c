#include "ingest/rebuild.h"

#include "base/limits.h"
#include "event/decode.h"
#include "ingest/unseal.h"

#define EVENT_ARENA_BYTES (32 * MIB)

static enum status apply_logged(struct graph *graph, const struct unseal *unseal, const struct store_event *logged, struct error *error)
{
    struct event event;
    arena_clear(unseal->arena);
    enum status status = unseal_event(unseal, logged, NULL, &event, error);
    return status != STATUS_OK ? status : graph_apply(graph, &event, logged->seq, logged->observed_at, NULL, error);
}

enum status rebuild_graph(struct graph *graph, struct store_reader *reader, struct seal_ring *seal,
                          void (*progress)(void *context, uint64_t done), void *context, struct error *error)
{
    struct event_decoder *decoder = event_decoder_new();
    if (decoder == NULL) {
        return error_no_memory(error, "rebuild");
    }
    struct arena arena;
    arena_init(&arena, EVENT_ARENA_BYTES);
    const struct unseal unseal = {seal, decoder, &arena};
    uint64_t next = graph_position(graph) + 1, done = 0;
    enum status status = STATUS_OK;
    for (;;) {
        const struct store_event *events;
        size_t count;
        status = store_reader_events(reader, next, &events, &count, error);
        if (status != STATUS_OK || count == 0) {
            break;
        }
        for (size_t i = 0; i < count && status == STATUS_OK; i++) {
            status = apply_logged(graph, &unseal, &events[i], error);
        }
        if (status != STATUS_OK) {
            break;
        }
        next = events[count - 1].seq + 1;
        done += count;
        if (progress != NULL) {
            progress(context, done);
        }
    }
    arena_release(&arena);
    event_decoder_free(decoder);
    return status;
}
