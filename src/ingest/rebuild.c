#include "ingest/rebuild.h"

#include "base/limits.h"
#include "event/decode.h"

#define EVENT_ARENA_BYTES (16 * MIB)

static enum status apply_logged(struct graph *graph, struct event_decoder *decoder, struct arena *arena,
                                const struct store_event *logged, struct error *error)
{
    struct event event;
    struct event_fault fault;
    arena_clear(arena);
    enum status status = event_decode(decoder, logged->payload, arena, &event_defaults_for_log, &event, &fault);
    if (status != STATUS_OK) {
        return error_set(error, STATUS_FATAL, "log", "event %llu can't be read: %s%s%s; restore a backup, or ask doctor",
                         (unsigned long long)logged->seq, fault.error.place, fault.error.place[0] != '\0' ? ": " : "",
                         fault.error.text);
    }
    return graph_apply(graph, &event, logged->seq, logged->observed_at, NULL, error);
}

enum status rebuild_graph(struct graph *graph, struct store_reader *reader,
                          void (*progress)(void *context, uint64_t done), void *context, struct error *error)
{
    struct event_decoder *decoder = event_decoder_new();
    if (decoder == NULL) {
        return error_no_memory(error, "rebuild");
    }
    struct arena arena;
    arena_init(&arena, EVENT_ARENA_BYTES);
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
            status = apply_logged(graph, decoder, &arena, &events[i], error);
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
