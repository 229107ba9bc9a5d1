/* One event at the door: decoded, known already, or new. */
#include "ingest/ingest_private.h"

#include <assert.h>

#include "base/limits.h"
#include "event/personal.h"
#include "event/seal.h"

/* The batch grew: keep the sums of what is pending right. */
static void count_pending(struct ingest *ingest, const struct batch *batch, size_t bytes_before, size_t events_before)
{
    ingest->pending_bytes += batch->payload_bytes - bytes_before;
    ingest->health.pending_events += batch->event_count - events_before;
}

/* --- rejected --------------------------------------------------------------------------------------------------------- */

static bool fill_rejection(struct submission *submission, struct ingest_result *result, const struct event_fault *fault)
{
    result->outcome = INGEST_REJECTED;
    result->category = fault->category;
    return arena_copy(&submission->arena, fault->event_id, &result->event_id) &&
           arena_copy(&submission->arena, str_from(fault->error.place), &result->place) &&
           arena_copy(&submission->arena, str_from(fault->error.text), &result->reason);
}

static bool add_dead_letter(struct ingest *ingest, struct batch *batch, const struct arrival *arrival,
                            const struct event_fault *fault, struct ingest_result *result)
{
    struct store_dead_letter letter = {
        .received_at = clock_now_ms(ingest->clock),
        .category = (uint8_t)fault->category,
        .stream = fault->stream < EVENT_STREAM_COUNT ? (int8_t)fault->stream : STORE_STREAM_UNKNOWN,
    };
    struct arena *arena = &batch->arena;
    assert(arrival->json.length <= LIMIT_DEAD_LETTER_BYTES);
    struct str tenant = arrival->defaults->tenant.at == NULL ? STR("default") : arrival->defaults->tenant;
    return arena_copy(arena, tenant, &letter.tenant) && arena_copy(arena, fault->iteration_id, &letter.iteration_id) &&
           arena_copy(arena, fault->event_id, &letter.event_id) &&
           arena_copy(arena, str_from(fault->error.place), &letter.place) &&
           arena_copy(arena, str_from(fault->error.text), &letter.reason) &&
           arena_copy(arena, arrival->content_type, &letter.content_type) &&
           arena_copy(arena, arrival->origin, &letter.origin) &&
           arena_copy(arena, arrival->json, &letter.raw) &&
           batch_add_dead_letter(batch, &letter, result);
}

/* A dead letter that fails again stays, with the new reason. */
static bool update_dead_letter(struct batch *batch, const struct store_dead_letter *letter, uint8_t category,
                               const struct error *error)
{
    struct store_dead_letter_update update = {.id = letter->id, .category = category, .attempts = letter->attempts + 1};
    return arena_copy(&batch->arena, str_from(error->place), &update.place) &&
           arena_copy(&batch->arena, str_from(error->text), &update.reason) && batch_add_update(batch, &update);
}

void ingest_reject(struct ingest *ingest, struct submission *submission, const struct arrival *arrival,
                   const struct event_fault *fault)
{
    struct ingest_result *result = submission_add(submission, arrival->ordinal, arrival->offset);
    struct batch *batch = result == NULL ? NULL : ingest_gathering(ingest);
    if (batch == NULL || !fill_rejection(submission, result, fault) || !ingest_wait_for(submission, batch)) {
        submission_out_of_memory(submission);
        return;
    }
    size_t bytes = batch->payload_bytes, events = batch->event_count;
    bool kept = arrival->letter != NULL
                    ? update_dead_letter(batch, arrival->letter, (uint8_t)fault->category, &fault->error)
                    : add_dead_letter(ingest, batch, arrival, fault, result);
    if (arrival->letter != NULL) {
        result->dead_letter = arrival->letter->id;
    }
    count_pending(ingest, batch, bytes, events);
    if (!kept) {
        submission_out_of_memory(submission);
        return;
    }
    ingest->health.rejected_by_category[fault->category]++;
}

/* --- known already ----------------------------------------------------------------------------------------------------- */

static bool remove_letter(struct batch *batch, const struct store_dead_letter *letter, uint64_t became,
                          struct ingest_result *result)
{
    struct store_dead_letter_removal removal = {.id = letter->id, .why = STORE_REPLAYED, .became = (int64_t)became};
    return batch_add_removal(batch, &removal, result);
}

/* The dead letter of an event that is there already goes; in conflict with another event it stays, with that for a reason. */
static bool settle_letter(struct ingest *ingest, struct submission *submission, const struct store_dead_letter *letter,
                          struct ingest_result *result)
{
    struct batch *batch = ingest_gathering(ingest);
    if (batch == NULL || !ingest_wait_for(submission, batch)) {
        return false;
    }
    if (result->outcome == INGEST_DUPLICATE) {
        return remove_letter(batch, letter, result->seq, NULL);
    }
    struct error error;
    ingest_describe_conflict(result->seq, &error);
    result->dead_letter = letter->id;
    return arena_copy(&submission->arena, str_from(error.place), &result->place) &&
           arena_copy(&submission->arena, str_from(error.text), &result->reason) &&
           update_dead_letter(batch, letter, letter->category, &error);
}

static bool add_late_place(struct submission *submission, const struct event *event, struct ingest_result *result)
{
    struct late_place *late = arena_new(&submission->arena, sizeof *late);
    if (late == NULL) {
        return false;
    }
    *late = (struct late_place){.next = submission->late_places, .result = result};
    memcpy(late->key, event->key, sizeof late->key);
    if (!arena_copy(&submission->arena, event->tenant_id, &late->tenant_id)) {
        return false;
    }
    submission->late_places = late;
    return true;
}

/* A result for an event that is there already, or on its way in the batch `pending_in`. */
static void add_duplicate(struct ingest *ingest, struct submission *submission, const struct arrival *arrival,
                          const struct event *event, bool same_content, uint64_t seq, struct batch *pending_in)
{
    struct ingest_result *result = submission_add(submission, arrival->ordinal, arrival->offset);
    if (result == NULL || !arena_copy(&submission->arena, event->event_id, &result->event_id)) {
        submission_out_of_memory(submission);
        return;
    }
    result->outcome = same_content ? INGEST_DUPLICATE : INGEST_CONFLICT;
    result->seq = seq;
    if ((pending_in != NULL && (!ingest_wait_for(submission, pending_in) || !add_late_place(submission, event, result))) ||
        (arrival->letter != NULL && !settle_letter(ingest, submission, arrival->letter, result))) {
        submission_out_of_memory(submission);
    }
}

/* True when the event was known, and the submission has its result. */
static bool is_known(struct ingest *ingest, struct submission *submission, const struct arrival *arrival,
                     const struct event *event, uint64_t content_hash)
{
    bool sampled = (ingest->health.duplicate_checks++ & 1023) == 0;
    uint64_t begun = sampled ? clock_monotonic_ns(ingest->clock) : 0;
    uint32_t fact = graph_find_key(ingest->graph, event->tenant_id, event->key);
    if (sampled) {
        ingest->health.duplicate_check_ns += clock_monotonic_ns(ingest->clock) - begun;
    }
    if (fact != GRAPH_NONE) {
        struct fact_info info = graph_fact(ingest->graph, fact);
        add_duplicate(ingest, submission, arrival, event, info.content_hash == content_hash, info.seq, NULL);
        return true;
    }
    struct batch *in = NULL;
    const struct batch_event *pending = ingest_find_pending(ingest, event, &in);
    if (pending != NULL) {
        add_duplicate(ingest, submission, arrival, event, pending->content_hash == content_hash, 0, in);
    }
    return pending != NULL;
}

/* --- new --------------------------------------------------------------------------------------------------------------- */

static bool note_key(void *context, struct str key, struct str value)
{
    struct batch *batch = context;
    struct store_setting setting = {0};
    return arena_copy(&batch->arena, key, &setting.key) && arena_copy(&batch->arena, value, &setting.value) &&
           batch_add_setting(batch, &setting);
}

/* Its canonical form as it is logged: what is personal in it stands beside, sealed. The graph gets the event as it came. */
static bool encode(struct ingest *ingest, struct batch *batch, const struct event *event, struct str *sealed)
{
    struct event stored = *event;
    *sealed = STR_NONE;
    if (ingest->seal != NULL && event_value(event, EVENT_FIELD_PII_TAGS) != NULL &&
        !seal_event(ingest->seal, event, batch->number, note_key, batch, &batch->arena, &stored, sealed)) {
        return false;
    }
    buffer_clear(&ingest->encoded);
    event_encode(&stored, &ingest->encoded);
    return !buffer_failed(&ingest->encoded);
}

static void accept(struct ingest *ingest, struct submission *submission, const struct arrival *arrival, struct batch *batch,
                   struct event *event, uint64_t content_hash)
{
    struct ingest_result *result = submission_add(submission, arrival->ordinal, arrival->offset);
    struct str payload = STR_NONE, sealed;
    if (!personal_tag(event, &batch->arena) || !encode(ingest, batch, event, &sealed)) {
        submission_out_of_memory(submission);
        return;
    }
    if (result == NULL || !ingest_wait_for(submission, batch) ||
        !arena_copy(&submission->arena, event->event_id, &result->event_id) ||
        !arena_copy(&batch->arena, buffer_str(&ingest->encoded), &payload)) {
        submission_out_of_memory(submission);
        return;
    }
    size_t bytes = batch->payload_bytes, events = batch->event_count;
    if (!batch_add_event(batch, event, payload, sealed, content_hash, result) ||
        (arrival->letter != NULL && !remove_letter(batch, arrival->letter, 0, result))) {
        submission_out_of_memory(submission);
    }
    count_pending(ingest, batch, bytes, events);
}

/* A duplicate leaves nothing in the batch: what it was decoded into is given back, so that senders who repeat themselves
 * while the disk is slow fill no memory. (Not where that began a new chunk of the arena, or a waiter was put behind it.) */
static void give_back(struct batch *batch, const struct arena *before, const struct batch_waiter *waiting)
{
    if (batch->arena.chunks == before->chunks && batch->waiting == waiting) {
        batch->arena = *before;
    }
}

void ingest_admit(struct ingest *ingest, struct submission *submission, const struct arrival *arrival)
{
    struct batch *batch = ingest_gathering(ingest);
    if (batch == NULL) {
        submission_out_of_memory(submission);
        return;
    }
    struct arena before = batch->arena;
    const struct batch_waiter *waiting = batch->waiting;
    struct event event;
    struct event_fault fault;
    enum status status =
        event_decode(ingest->decoder, arrival->json, &batch->arena, arrival->defaults, &event, &fault);
    if (status == STATUS_INVALID) {
        ingest_reject(ingest, submission, arrival, &fault);
    } else if (status != STATUS_OK) {
        submission_out_of_memory(submission);
    } else {
        uint64_t content_hash = event_content_hash(&event);
        if (!is_known(ingest, submission, arrival, &event, content_hash)) {
            accept(ingest, submission, arrival, batch, &event, content_hash);
        } else if (arrival->letter == NULL) { /* else the batch keeps a reason */
            give_back(batch, &before, waiting);
        }
    }
    if (batch_is_full(batch)) {
        ingest_advance(ingest);
    }
}
