#include "ingest/ingest.h"

#include <assert.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/memory.h"
#include "ingest/ingest_private.h"

#define SPARE_BATCHES_MAX 4
#define SUBMISSION_BYTES_MAX (1 * GIB)
/* Of all pending batches' arenas: decoded events take a few times what their payload does. */
#define PENDING_ARENA_BYTES_MAX (4 * LIMIT_PENDING_BYTES)

const char *ingest_outcome_name(enum ingest_outcome outcome)
{
    static const char *const names[INGEST_OUTCOME_COUNT] = {"accepted", "duplicate", "conflict", "rejected"};
    return names[outcome];
}

/* --- life ---------------------------------------------------------------------------------------------------------- */

/* What the process before left open. */
static enum status open_senders(struct senders *senders, struct store_reader *reader, struct error *error)
{
    struct arena arena;
    struct str kept = STR_NONE;
    arena_init(&arena, LIMIT_REQUEST_ARENA_BYTES);
    enum status status =
        reader == NULL ? STATUS_ABSENT : store_reader_setting(reader, STR(INGEST_SENDERS_KEY), &arena, &kept, error);
    if (status == STATUS_OK || status == STATUS_ABSENT) {
        status = senders_init(senders, status == STATUS_OK ? kept : STR_NONE) ? STATUS_OK : error_no_memory(error, "intake");
    }
    arena_release(&arena);
    return status;
}

enum status ingest_new(struct ingest **out, const struct ingest_options *options, struct error *error)
{
    struct ingest *ingest = memory_new_zeroed(1, sizeof *ingest);
    if (ingest == NULL) {
        return error_no_memory(error, "intake");
    }
    ingest->graph = options->graph;
    ingest->seal = options->seal;
    ingest->clock = options->clock;
    ingest->committer = options->committer;
    ingest->hooks = options->hooks;
    ingest->last_seq = options->last_seq;
    ingest->last_observed_at = options->last_observed_at;
    ingest->durable_observed_at = options->last_observed_at;
    buffer_init(&ingest->encoded, 2 * LIMIT_EVENT_BYTES); /* what the store takes */
    enum status status = open_senders(&ingest->senders, options->reader, error);
    if (status != STATUS_OK) {
        memory_free(ingest);
        return status;
    }
    ingest->decoder = event_decoder_new();
    if (ingest->decoder == NULL) {
        senders_release(&ingest->senders);
        memory_free(ingest);
        return error_no_memory(error, "intake");
    }
    *out = ingest;
    return STATUS_OK;
}

void ingest_free(struct ingest *ingest)
{
    if (ingest == NULL) {
        return;
    }
    assert(ingest_is_idle(ingest));
    while (ingest->spare != NULL) {
        struct batch *next = ingest->spare->next;
        batch_free(ingest->spare);
        ingest->spare = next;
    }
    event_decoder_free(ingest->decoder);
    senders_release(&ingest->senders);
    buffer_release(&ingest->encoded);
    memory_free(ingest);
}

bool ingest_is_idle(const struct ingest *ingest)
{
    return ingest->head == NULL;
}

/* --- submissions --------------------------------------------------------------------------------------------------- */

struct submission *submission_new(ingest_done *done, void *context)
{
    struct submission *submission = memory_new_zeroed(1, sizeof *submission);
    if (submission != NULL) {
        arena_init(&submission->arena, SUBMISSION_BYTES_MAX);
        submission->open = true;
        submission->done = done;
        submission->context = context;
        return submission;
    }
    struct ingest_answer refused = {0};
    refused.status = error_no_memory(&refused.error, "intake");
    done(context, &refused);
    return NULL;
}

void submission_fail(struct submission *submission, enum status status, const struct error *error)
{
    if (submission->status == STATUS_OK) {
        submission->status = status;
        submission->error = *error;
    }
}

void submission_out_of_memory(struct submission *submission)
{
    struct error error;
    submission_fail(submission, error_set(&error, STATUS_RETRY, "intake", "out of memory; send smaller batches"), &error);
}

struct ingest_result *submission_add(struct submission *submission, uint64_t ordinal, uint64_t offset)
{
    struct ingest_result *result = arena_new(&submission->arena, sizeof *result);
    if (result == NULL) {
        submission_out_of_memory(submission);
        return NULL;
    }
    *result = (struct ingest_result){.ordinal = ordinal, .offset = offset};
    if (submission->last == NULL) {
        submission->first = result;
    } else {
        submission->last->next = result;
    }
    submission->last = result;
    return result;
}

static void fill_late_places(struct ingest *ingest, struct submission *submission)
{
    for (struct late_place *late = submission->late_places; late != NULL; late = late->next) {
        uint32_t fact = graph_find_key(ingest->graph, late->tenant_id, late->key);
        if (fact != GRAPH_NONE) {
            late->result->seq = graph_fact(ingest->graph, fact).seq;
        }
    }
}

static void answer(struct ingest *ingest, struct submission *submission)
{
    assert(!submission->open && submission->batches_waited_for == 0);
    struct ingest_answer answer = {
        .status = submission->status,
        .error = submission->error,
        .position = graph_position(ingest->graph),
    };
    if (submission->status == STATUS_OK) {
        fill_late_places(ingest, submission);
        answer.results = submission->first;
        for (const struct ingest_result *result = submission->first; result != NULL; result = result->next) {
            answer.counts[result->outcome]++;
            ingest->health.outcomes[result->outcome]++;
        }
    }
    submission->done(submission->context, &answer);
    arena_release(&submission->arena);
    memory_free(submission);
}

void submission_close(struct ingest *ingest, struct submission *submission)
{
    ingest->health.submissions++;
    submission->open = false;
    if (submission->batches_waited_for == 0) {
        answer(ingest, submission);
    }
}

bool ingest_wait_for(struct submission *submission, struct batch *batch)
{
    bool added;
    if (!batch_add_waiter(batch, submission, &added)) {
        submission_out_of_memory(submission);
        return false;
    }
    submission->batches_waited_for += added;
    return true;
}

/* --- the queue ------------------------------------------------------------------------------------------------------ */

static struct batch *append_batch(struct ingest *ingest)
{
    struct batch *batch = ingest->spare;
    if (batch != NULL) {
        ingest->spare = batch->next;
        ingest->spare_count--;
        batch->next = NULL;
    } else {
        batch = batch_new();
        if (batch == NULL) {
            return NULL;
        }
    }
    batch->number = ++ingest->batch_count;
    if (ingest->tail == NULL) {
        ingest->head = batch;
    } else {
        ingest->tail->next = batch;
    }
    ingest->tail = batch;
    return batch;
}

struct batch *ingest_gathering(struct ingest *ingest)
{
    bool has_room = ingest->tail != NULL && !ingest->tail->sealed && !batch_is_full(ingest->tail);
    struct batch *batch = has_room ? ingest->tail : append_batch(ingest);
    if (batch != NULL) {
        batch->sending = ingest->sending;
    }
    return batch;
}

static struct batch *pop(struct ingest *ingest)
{
    struct batch *batch = ingest->head;
    ingest->head = batch->next;
    if (ingest->head == NULL) {
        ingest->tail = NULL;
    }
    ingest->pending_bytes -= batch->payload_bytes;
    ingest->health.pending_events -= batch->event_count;
    return batch;
}

static void put_aside(struct ingest *ingest, struct batch *batch)
{
    batch_clear(batch);
    if (ingest->spare_count == SPARE_BATCHES_MAX) {
        batch_free(batch);
        return;
    }
    batch->next = ingest->spare;
    ingest->spare = batch;
    ingest->spare_count++;
}

/* A batch that the store found wrong (a dead letter that is no longer there) is the matter of those who change the queue; the
 * others only shared the transaction. */
static void fail_with_batch(struct submission *submission, enum status status, const struct error *error)
{
    if (status == STATUS_RETRY || status == STATUS_FATAL || (status == STATUS_ABSENT && submission->changes_queue)) {
        submission_fail(submission, status, error);
        return;
    }
    struct error shared;
    (void)error_set(&shared, STATUS_RETRY, "intake", "another request in the same transaction was refused; send again");
    submission_fail(submission, STATUS_RETRY, &shared);
}

/* Tells everyone who waits for the batch that it is through. */
static void release_waiters(struct ingest *ingest, struct batch *batch, enum status status, const struct error *error)
{
    struct batch_waiter *waiter = batch->waiting;
    batch->waiting = NULL;
    while (waiter != NULL) {
        struct batch_waiter *next = waiter->next;
        struct submission *submission = waiter->submission;
        if (status != STATUS_OK) {
            fail_with_batch(submission, status, error);
        }
        submission->batches_waited_for--;
        if (submission->batches_waited_for == 0 && !submission->open) {
            answer(ingest, submission);
        }
        waiter = next;
    }
}

static int64_t max_of(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Everything pending fails: the head with this error, and what was gathered behind it, as its answers may rest on the head. */
static void fail_all(struct ingest *ingest, enum status status, const struct error *error)
{
    if (status != STATUS_ABSENT) { /* which says something about the request, not about the store */
        ingest->health.status = status == STATUS_FATAL ? STATUS_FATAL : STATUS_RETRY;
        ingest->health.error = *error;
    }
    ingest->health.batches_failed++;
    senders_failed(&ingest->senders);
    ingest->last_seq = graph_position(ingest->graph);
    struct batch *failed = ingest->head;
    ingest->head = ingest->tail = NULL;
    ingest->pending_bytes = 0;
    ingest->health.pending_events = 0;
    while (failed != NULL) {
        struct batch *next = failed->next;
        release_waiters(ingest, failed, status, error);
        put_aside(ingest, failed);
        failed = next;
        status = status == STATUS_ABSENT ? STATUS_INVALID : status; /* those behind did nothing wrong */
    }
}

void ingest_settle(struct ingest *ingest)
{
    if (ingest->shut || ingest->head != NULL || ingest->health.status != STATUS_OK ||
        !senders_are_due(&ingest->senders, clock_now_ms(ingest->clock))) {
        return; /* what is pending does it */
    }
    struct batch *batch = ingest_gathering(ingest);
    if (batch != NULL) {
        batch->settles = true;
        ingest_advance(ingest);
    }
}

static enum status shutting_down(struct error *error)
{
    return error_set(error, STATUS_RETRY, "intake", "the server is shutting down; send again when it is back");
}

void ingest_shut(struct ingest *ingest)
{
    ingest->shut = true;
    ingest_advance(ingest);
}

void ingest_advance(struct ingest *ingest)
{
    if (ingest->shut && !ingest->in_flight && ingest->head != NULL) {
        struct error error;
        fail_all(ingest, shutting_down(&error), &error);
    }
    while (!ingest->in_flight && ingest->head != NULL && ingest->health.status != STATUS_FATAL) {
        struct batch *batch = ingest->head;
        if (batch_is_empty(batch)) {
            (void)pop(ingest);
            release_waiters(ingest, batch, STATUS_OK, NULL);
            put_aside(ingest, batch);
            continue;
        }
        int64_t observed_at = max_of(clock_now_ms(ingest->clock),
                                     max_of(ingest->last_observed_at, ingest->handed_out) + 1);
        if (!senders_seal(&ingest->senders, batch, ingest->last_seq + 1, observed_at) || !batch_seal(batch, ingest->last_seq + 1, observed_at)) {
            struct error error;
            enum status status = error_set(&error, STATUS_RETRY, "intake", "out of memory; try again with less at once");
            fail_all(ingest, status, &error);
            return;
        }
        ingest->last_seq += batch->event_count;
        ingest->last_observed_at = observed_at;
        ingest->in_flight = true;
        ingest->committer.start(ingest->committer.context, ingest, &batch->store);
    }
    if (ingest->health.status == STATUS_FATAL && ingest->head != NULL && !ingest->in_flight) {
        struct error error = ingest->health.error;
        fail_all(ingest, STATUS_FATAL, &error);
    }
}

static void copy_dead_letter_ids(struct batch *batch)
{
    for (size_t i = 0; i < batch->dead_letter_count; i++) {
        if (batch->dead_letter_results[i] != NULL) {
            batch->dead_letter_results[i]->dead_letter = batch->dead_letters[i].id;
        }
    }
}

static enum status apply(struct ingest *ingest, const struct batch *batch, struct error *error)
{
    uint32_t first = graph_fact_count(ingest->graph);
    for (size_t i = 0; i < batch->event_count; i++) {
        const struct store_event *logged = &batch->store.events[i];
        enum status status = graph_apply(ingest->graph, &batch->events[i].event, logged->seq, logged->observed_at, NULL, error);
        if (status != STATUS_OK) {
            return status;
        }
        ingest->health.by_stream[batch->events[i].event.stream]++;
    }
    if (ingest->hooks.applied != NULL && batch->event_count > 0) {
        ingest->hooks.applied(ingest->hooks.context, first, graph_fact_count(ingest->graph));
    }
    return STATUS_OK;
}

void ingest_committed(struct ingest *ingest, enum status status, const struct error *error)
{
    assert(ingest->in_flight && ingest->head != NULL && ingest->head->sealed);
    ingest->in_flight = false;
    struct error apply_error;
    if (status == STATUS_OK) {
        status = apply(ingest, ingest->head, &apply_error);
        error = &apply_error; /* durable, but not visible: only a restart, which reads the log, can mend that */
    } else {
        /* A place that did not become durable is given again. So may its observed_at be: readers were given less as K. */
        if (ingest->doubtful_observed_at == 0 && (status == STATUS_RETRY || status == STATUS_FATAL)) {
            ingest->doubtful_observed_at = ingest->last_observed_at;
        }
        ingest->last_observed_at = ingest->durable_observed_at;
    }
    if (status != STATUS_OK) {
        log_error("intake: the batch was refused", error);
        fail_all(ingest, status, error);
        return;
    }
    struct batch *batch = pop(ingest);
    senders_committed(&ingest->senders);
    ingest->health.status = STATUS_OK;
    ingest->health.batches++;
    ingest->durable_observed_at = ingest->last_observed_at;
    ingest->doubtful_observed_at = 0;
    copy_dead_letter_ids(batch);
    if (ingest->seal != NULL && batch->setting_count > 0) {
        seal_ring_settle(ingest->seal, batch->number);
    }
    ingest_advance(ingest); /* the disk goes on working while we answer */
    release_waiters(ingest, batch, STATUS_OK, NULL);
    put_aside(ingest, batch);
}

/* --- for readers ---------------------------------------------------------------------------------------------------- */

struct ingest_now ingest_now(struct ingest *ingest)
{
    int64_t now = clock_now_ms(ingest->clock);
    struct ingest_now present = {
        .valid_at = now,
        .known_at = ingest->in_flight ? ingest->last_observed_at - 1 : max_of(now, ingest->durable_observed_at),
    };
    if (ingest->doubtful_observed_at != 0 && present.known_at >= ingest->doubtful_observed_at) {
        present.known_at = ingest->doubtful_observed_at - 1;
    }
    if (present.known_at > ingest->handed_out) {
        ingest->handed_out = present.known_at;
    }
    return present;
}

void ingest_health(const struct ingest *ingest, struct ingest_health *health)
{
    *health = ingest->health;
    health->pending_bytes = ingest->pending_bytes;
}

bool ingest_accepts(struct ingest *ingest, struct submission *submission, size_t bytes)
{
    struct error error;
    if (ingest->health.status == STATUS_FATAL) {
        error = ingest->health.error;
        submission_fail(submission, STATUS_FATAL, &error);
        return false;
    }
    if (ingest->shut) {
        submission_fail(submission, shutting_down(&error), &error);
        return false;
    }
    size_t arena_bytes = 0;
    for (const struct batch *batch = ingest->head; batch != NULL; batch = batch->next) {
        arena_bytes += batch->arena.used_bytes;
    }
    if (ingest->head != NULL &&
        (ingest->pending_bytes + bytes > LIMIT_PENDING_BYTES || arena_bytes > PENDING_ARENA_BYTES_MAX)) {
        submission_fail(submission,
                        error_set(&error, STATUS_RETRY, "intake",
                                  "%zu MiB wait to be written already; send again in a moment", ingest->pending_bytes / MIB),
                        &error);
        return false;
    }
    return true;
}

const struct batch_event *ingest_find_pending(const struct ingest *ingest, const struct event *event, struct batch **in)
{
    for (struct batch *batch = ingest->head; batch != NULL; batch = batch->next) {
        const struct batch_event *pending = batch_find(batch, event);
        if (pending != NULL) {
            *in = batch;
            return pending;
        }
    }
    return NULL;
}

/* --- changes that bring no event ------------------------------------------------------------------------------------ */

static bool copy_audit(struct arena *arena, const struct store_audit_entry *from, struct store_audit_entry *to)
{
    *to = *from;
    return arena_copy(arena, from->actor, &to->actor) && arena_copy(arena, from->tenant, &to->tenant) &&
           arena_copy(arena, from->action, &to->action) && arena_copy(arena, from->object, &to->object) &&
           arena_copy(arena, from->before, &to->before) && arena_copy(arena, from->after, &to->after) &&
           arena_copy(arena, from->origin, &to->origin);
}

void ingest_add_audit(struct ingest *ingest, struct submission *submission, const struct store_audit_entry *audit)
{
    if (audit == NULL) {
        return;
    }
    struct store_audit_entry entry;
    struct batch *batch = ingest_gathering(ingest);
    if (batch == NULL || !ingest_wait_for(submission, batch) || !copy_audit(&batch->arena, audit, &entry) ||
        !batch_add_audit(batch, &entry)) {
        submission_out_of_memory(submission);
    }
}

/* A batch that can take all of it: the one that gathers, else a new one behind it. */
static struct batch *batch_with_room(struct ingest *ingest, const struct batch_changes *more, bool rewrites)
{
    struct batch *batch = ingest_gathering(ingest);
    bool fits = batch == NULL || (batch_has_room(batch, more) && !(rewrites && batch->scrubs));
    return fits ? batch : append_batch(ingest);
}

static void add_rewrites(struct batch *batch, const struct ingest_change *change)
{
    if (change->scrubs) {
        batch->rewrites = change->rewrites;
        batch->rewrite_count = change->rewrite_count;
        batch->letter_rewrites = change->letter_rewrites;
        batch->letter_rewrite_count = change->letter_rewrite_count;
        batch->scrubs = true;
    }
}

static bool add_change(struct ingest *ingest, struct batch *batch, const struct ingest_change *change)
{
    struct batch_changes before = batch_changes(batch);
    bool added = true;
    for (size_t i = 0; added && i < change->removal_count; i++) {
        added = batch_add_removal(batch, &change->removals[i], NULL);
    }
    for (size_t i = 0; added && i < change->update_count; i++) {
        added = batch_add_update(batch, &change->updates[i]);
    }
    for (size_t i = 0; added && i < change->audit_count; i++) {
        added = batch_add_audit(batch, &change->audit[i]);
    }
    for (size_t i = 0; added && i < change->setting_count; i++) {
        added = batch_add_setting(batch, &change->settings[i]);
    }
    if (added && change->edited != NULL) {
        added = batch_add_dead_letter(batch, change->edited, change->edited_result);
        ingest->pending_bytes += added ? change->edited->raw.length : 0;
    }
    if (!added) {
        batch_undo(batch, &before);
    } else {
        add_rewrites(batch, change);
    }
    return added;
}

void ingest_change(struct ingest *ingest, const struct ingest_change *change, ingest_done *done, void *context)
{
    struct submission *submission = submission_new(done, context);
    if (submission == NULL) {
        return;
    }
    submission->changes_queue = change->removal_count + change->update_count > 0 || change->edited != NULL;
    struct batch_changes more = {change->removal_count, change->update_count, change->audit_count, change->setting_count};
    assert(change->scrubs || change->rewrite_count + change->letter_rewrite_count == 0);
    bool too_many = change->rewrite_count > LIMIT_BATCH_EVENTS || change->letter_rewrite_count > LIMIT_BATCH_EVENTS;
    if (too_many || !batch_has_room(&(struct batch){0}, &more)) {
        struct error error;
        submission_fail(submission, error_set(&error, STATUS_INVALID, "change", "it has more than %d entries of one kind; do it in steps",
                                              LIMIT_BATCH_EVENTS), &error);
    } else if (ingest_accepts(ingest, submission, change->edited != NULL ? change->edited->raw.length : 0)) {
        struct batch *batch = batch_with_room(ingest, &more, change->scrubs);
        if (batch == NULL || !ingest_wait_for(submission, batch) || !add_change(ingest, batch, change)) {
            submission_out_of_memory(submission);
        }
    }
    submission_close(ingest, submission);
    ingest_advance(ingest);
}

void ingest_describe_conflict(uint64_t seq, struct error *error)
{
    if (seq == 0) {
        (void)error_set(error, STATUS_INVALID, "idempotency_key", "another event with this key is just being written; the first one stays");
        return;
    }
    (void)error_set(error, STATUS_INVALID, "idempotency_key",
                    "event %llu of the log has this key and other content, and stays; give this one a key of its own, or discard it",
                    (unsigned long long)seq);
}

/* --- for tests ------------------------------------------------------------------------------------------------------- */

static size_t payload_of(const struct batch *batch)
{
    size_t bytes = 0;
    for (size_t i = 0; i < batch->event_count; i++) {
        bytes += batch->events[i].payload.length + batch->events[i].sealed.length;
        assert(batch_find(batch, &batch->events[i].event) == &batch->events[i]);
    }
    for (size_t i = 0; i < batch->dead_letter_count; i++) {
        bytes += batch->dead_letters[i].raw.length;
    }
    return bytes;
}

void ingest_check(const struct ingest *ingest)
{
    size_t bytes = 0, events = 0;
    for (const struct batch *batch = ingest->head; batch != NULL; batch = batch->next) {
        assert(batch->sealed == (batch == ingest->head && ingest->in_flight));
        assert(batch->payload_bytes == payload_of(batch));
        assert(batch->event_count <= LIMIT_BATCH_EVENTS && batch->dead_letter_count <= LIMIT_BATCH_EVENTS);
        assert((batch->next == NULL) == (batch == ingest->tail));
        for (const struct batch_waiter *waiter = batch->waiting; waiter != NULL; waiter = waiter->next) {
            assert(waiter->submission->batches_waited_for > 0);
        }
        bytes += batch->payload_bytes;
        events += batch->event_count;
    }
    assert(bytes == ingest->pending_bytes && events == ingest->health.pending_events);
    assert((ingest->head == NULL) == (ingest->tail == NULL) && (ingest->head != NULL || !ingest->in_flight));
    size_t spares = 0;
    for (const struct batch *batch = ingest->spare; batch != NULL; batch = batch->next) {
        assert(batch_is_empty(batch) && batch->waiting == NULL);
        spares++;
    }
    assert(spares == ingest->spare_count && spares <= SPARE_BATCHES_MAX);
    assert(ingest->durable_observed_at <= ingest->last_observed_at);
    assert(ingest->doubtful_observed_at == 0 || ingest->doubtful_observed_at > ingest->handed_out);
    assert(!ingest->in_flight || ingest->last_observed_at > ingest->handed_out);
    uint64_t in_flight = ingest->in_flight ? ingest->head->event_count : 0;
    assert(ingest->health.status == STATUS_FATAL || ingest->last_seq == graph_position(ingest->graph) + in_flight);
}
