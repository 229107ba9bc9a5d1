/* Dead letters tried again: for real, or to see what would happen. */
#include "ingest/ingest_private.h"

/* A dead letter's bytes come from the store with padding behind them; the event in them keeps its own tenant. */
static struct event_defaults defaults_of(const struct ingest_replay *replay, const struct store_dead_letter *letter)
{
    return (struct event_defaults){
        .tenant = letter->tenant,
        .tenant_is_fixed = !replay->any_tenant,
        .size_is_checked = true,
        .iteration_id = letter->iteration_id,
        .now_ms = replay->now_ms,
    };
}

static size_t bytes_of(const struct ingest_replay *replay)
{
    size_t bytes = 0;
    for (size_t i = 0; i < replay->count; i++) {
        bytes += replay->letters[i].raw.length;
    }
    return bytes;
}

void ingest_replay(struct ingest *ingest, const struct ingest_replay *replay, ingest_done *done, void *context)
{
    struct submission *submission = submission_new(done, context);
    if (submission == NULL) {
        return;
    }
    submission->changes_queue = true;
    if (ingest_accepts(ingest, submission, bytes_of(replay)) && replay->count > 0) {
        ingest_add_audit(ingest, submission, replay->audit);
    }
    for (size_t i = 0; i < replay->count && submission->status == STATUS_OK; i++) {
        struct event_defaults defaults = defaults_of(replay, &replay->letters[i]);
        ingest_admit(ingest, submission, &(struct arrival){
            .json = replay->letters[i].raw, .ordinal = i, .defaults = &defaults, .letter = &replay->letters[i]});
    }
    submission_close(ingest, submission);
    ingest_advance(ingest);
}

/* --- what would happen ------------------------------------------------------------------------------------------------ */

struct preview {
    struct ingest *ingest;
    const struct ingest_replay *replay;
    struct arena *arena;
    struct batch *accepted; /* never committed: only to find the letters among themselves */
};

static bool say_why(struct arena *arena, const struct error *error, struct ingest_result *result)
{
    return arena_copy(arena, str_from(error->place), &result->place) && arena_copy(arena, str_from(error->text), &result->reason);
}

/* False without memory. */
static bool preview_event(struct preview *preview, const struct event *event, struct ingest_result *result)
{
    uint64_t content_hash = event_content_hash(event), there = 0;
    result->event_id = event->event_id;
    uint32_t fact = graph_find_key(preview->ingest->graph, event->tenant_id, event->key);
    struct batch *in;
    const struct batch_event *pending = ingest_find_pending(preview->ingest, event, &in);
    pending = pending != NULL ? pending : batch_find(preview->accepted, event);
    if (fact != GRAPH_NONE) {
        struct fact_info info = graph_fact(preview->ingest->graph, fact);
        there = info.content_hash;
        result->seq = info.seq;
    } else if (pending != NULL) {
        there = pending->content_hash;
    } else {
        result->outcome = INGEST_ACCEPTED;
        return batch_add_event(preview->accepted, event, STR_NONE, STR_NONE, content_hash, result);
    }
    result->outcome = there == content_hash ? INGEST_DUPLICATE : INGEST_CONFLICT;
    struct error error;
    ingest_describe_conflict(result->seq, &error);
    return result->outcome == INGEST_DUPLICATE || say_why(preview->arena, &error, result);
}

static bool preview_one(struct preview *preview, const struct store_dead_letter *letter, struct ingest_result *result)
{
    struct event_defaults defaults = defaults_of(preview->replay, letter);
    struct event event;
    struct event_fault fault;
    enum status status = event_decode(preview->ingest->decoder, letter->raw, preview->arena, &defaults, &event, &fault);
    if (status == STATUS_INVALID) {
        result->outcome = INGEST_REJECTED;
        result->category = fault.category;
        result->event_id = fault.event_id;
        return say_why(preview->arena, &fault.error, result);
    }
    return status == STATUS_OK && preview_event(preview, &event, result);
}

enum status ingest_replay_preview(struct ingest *ingest, const struct ingest_replay *replay, struct arena *arena,
                                  struct ingest_result **results, struct error *error)
{
    struct preview preview = {ingest, replay, arena, batch_new()};
    *results = arena_new_zeroed(arena, replay->count, sizeof **results);
    bool fine = preview.accepted != NULL && *results != NULL;
    for (size_t i = 0; fine && i < replay->count; i++) {
        struct ingest_result *result = &(*results)[i];
        result->ordinal = i;
        result->dead_letter = replay->letters[i].id;
        result->next = i + 1 < replay->count ? result + 1 : NULL;
        fine = preview_one(&preview, &replay->letters[i], result);
    }
    batch_free(preview.accepted);
    return fine ? STATUS_OK : error_no_memory(error, "replay");
}
