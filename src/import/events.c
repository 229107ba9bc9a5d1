/* Events in our own JSON form, in any of the shapes that event/split.h takes apart. Each is passed through as it stands; the
 * decoder behind the sink says what is wrong with it, so that a bad one becomes a dead letter and costs the others nothing. */
#include "event/split.h"
#include "import/import_job.h"

struct events {
    struct import_job *job;
    struct error *error;
    bool truncated;
    uint64_t truncated_at;
};

static enum status on_piece(void *context, const struct event_piece *piece)
{
    struct events *events = context;
    struct import_job *job = events->job;
    if (piece->kind == EVENT_PIECE_TRUNCATED) {
        events->truncated = true;
        events->truncated_at = piece->offset;
        return STATUS_OK;
    }
    job->summary->items_read++;
    return import_emit(job, piece->text, piece->length, events->error);
}

static enum status feed_all(struct events *events, struct event_splitter *splitter)
{
    struct import_reader *reader = &events->job->reader;
    while (!reader->ended || reader->available > 0) {
        enum status status = event_splitter_feed(splitter, reader->at, reader->available);
        if (status != STATUS_OK) {
            return status;
        }
        import_reader_consume(reader, reader->available);
        status = import_reader_more(reader, events->error);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return event_splitter_end(splitter);
}

enum status import_events(struct import_job *job, struct error *error)
{
    struct error inner = {0}; /* the splitter's own failures come without words */
    struct events events = {.job = job, .error = &inner};
    struct event_splitter *splitter = event_splitter_new(on_piece, &events);
    enum status status = splitter == NULL ? STATUS_FATAL : feed_all(&events, splitter);
    event_splitter_free(splitter);
    if (status != STATUS_OK) {
        return inner.status == STATUS_OK ? error_no_memory(error, "import")
                                         : error_set(error, status, inner.place, "%s", inner.text);
    }
    if (events.truncated) {
        char place[ERROR_PLACE_SIZE];
        return error_set(error, STATUS_INVALID, import_place_byte(&job->reader, events.truncated_at, place),
                         "the file ends in the middle of an event or of the list of events; what is whole has been taken in");
    }
    return STATUS_OK;
}
