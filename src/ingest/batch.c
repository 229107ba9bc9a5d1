#include "ingest/batch.h"

#include <assert.h>

#include "base/limits.h"
#include "base/memory.h"
#include "ingest/ingest.h"
#include "ingest/senders.h"

#define KEYS_OF_EVENT_MAX 64 /* settings that an event with personal values may bring */
#define ARENA_FULL_BYTES (2 * LIMIT_BATCH_BYTES)
/* Room for what one more event or the largest dead letter can need beyond that. */
#define ARENA_BYTES_MAX (ARENA_FULL_BYTES + LIMIT_DEAD_LETTER_BYTES + 64 * MIB)

struct batch *batch_new(void)
{
    struct batch *batch = memory_new_zeroed(1, sizeof *batch);
    if (batch != NULL) {
        arena_init(&batch->arena, ARENA_BYTES_MAX);
    }
    return batch;
}

void batch_free(struct batch *batch)
{
    if (batch == NULL) {
        return;
    }
    arena_release(&batch->arena);
    memory_free(batch->events);
    memory_free(batch->dead_letters);
    memory_free(batch->dead_letter_results);
    memory_free(batch->removals);
    memory_free(batch->removal_results);
    memory_free(batch->updates);
    memory_free(batch->audit);
    memory_free(batch->settings);
    memory_free(batch->keys);
    memory_free(batch->runs);
    memory_free(batch->log);
    memory_free(batch);
}

static uint32_t hash_key(const struct event *event)
{
    uint64_t half;
    memcpy(&half, event->key, sizeof half);
    return (uint32_t)(half ^ half >> 32 ^ str_hash(event->tenant_id));
}

/* The table keeps the size of the largest batch so far: one that held little is emptied slot by slot. */
static void forget_keys(struct batch *batch)
{
    if (batch->event_count >= batch->key_slots / 16) {
        if (batch->keys != NULL) {
            memset(batch->keys, 0, batch->key_slots * sizeof *batch->keys);
        }
        return;
    }
    for (size_t i = 0; i < batch->event_count; i++) {
        size_t at = hash_key(&batch->events[i].event) & (batch->key_slots - 1);
        while (batch->keys[at].event != i + 1) {
            at = (at + 1) & (batch->key_slots - 1);
        }
        batch->keys[at] = (struct batch_key){0};
    }
}

void batch_clear(struct batch *batch)
{
    assert(batch->waiting == NULL);
    forget_keys(batch);
    arena_clear(&batch->arena);
    batch->event_count = batch->dead_letter_count = batch->removal_count = batch->update_count = batch->audit_count = 0;
    batch->setting_count = batch->sender_count = batch->run_count = 0;
    batch->rewrites = NULL;
    batch->letter_rewrites = NULL;
    batch->rewrite_count = batch->letter_rewrite_count = 0;
    batch->scrubs = false;
    batch->payload_bytes = 0;
    batch->sending = NULL;
    batch->sealed = batch->settles = false;
    batch->next = NULL;
}

bool batch_is_empty(const struct batch *batch)
{
    return !batch->settles && batch->event_count == 0 && batch->dead_letter_count == 0 && batch->removal_count == 0 &&
           batch->update_count == 0 && batch->audit_count == 0 && batch->setting_count == 0 && batch->rewrite_count == 0 &&
           batch->letter_rewrite_count == 0;
}

bool batch_is_full(const struct batch *batch)
{
    return batch->event_count >= LIMIT_BATCH_EVENTS || batch->payload_bytes >= LIMIT_BATCH_BYTES ||
           batch->dead_letter_count >= LIMIT_BATCH_EVENTS || batch->sender_count == BATCH_SENDERS_MAX || !batch_has_room(batch, &(struct batch_changes){1, 1, 1, KEYS_OF_EVENT_MAX}) ||
           batch->arena.used_bytes >= ARENA_FULL_BYTES;
}

bool batch_has_room(const struct batch *batch, const struct batch_changes *more)
{
    return more->removals <= LIMIT_BATCH_EVENTS - batch->removal_count &&
           more->updates <= LIMIT_BATCH_EVENTS - batch->update_count &&
           more->audit + SENDERS_ENTRIES_MAX <= LIMIT_BATCH_EVENTS - batch->audit_count &&
           more->settings + 1 <= LIMIT_BATCH_EVENTS - batch->setting_count;
}

struct batch_changes batch_changes(const struct batch *batch)
{
    return (struct batch_changes){batch->removal_count, batch->update_count, batch->audit_count, batch->setting_count};
}

void batch_undo(struct batch *batch, const struct batch_changes *to)
{
    assert(!batch->sealed && to->removals <= batch->removal_count && to->updates <= batch->update_count);
    assert(to->audit <= batch->audit_count && to->settings <= batch->setting_count);
    batch->removal_count = to->removals;
    batch->update_count = to->updates;
    batch->audit_count = to->audit;
    batch->setting_count = to->settings;
}

/* --- keys of this batch ---------------------------------------------------------------------------------------------- */

static bool same_key(const struct event *a, const struct event *b)
{
    return memcmp(a->key, b->key, EVENT_KEY_SIZE) == 0 && str_equal(a->tenant_id, b->tenant_id);
}

static size_t probe(const struct batch *batch, const struct event *event, uint32_t hash)
{
    size_t at = hash & (batch->key_slots - 1);
    while (batch->keys[at].event != 0 && !(batch->keys[at].hash == hash &&
                                           same_key(&batch->events[batch->keys[at].event - 1].event, event))) {
        at = (at + 1) & (batch->key_slots - 1);
    }
    return at;
}

const struct batch_event *batch_find(const struct batch *batch, const struct event *event)
{
    if (batch->event_count == 0) {
        return NULL;
    }
    uint32_t index = batch->keys[probe(batch, event, hash_key(event))].event;
    return index == 0 ? NULL : &batch->events[index - 1];
}

static bool grow_keys(struct batch *batch)
{
    size_t slots = batch->key_slots == 0 ? 256 : batch->key_slots * 2;
    struct batch_key *keys = memory_new_zeroed(slots, sizeof *keys);
    if (keys == NULL) {
        return false;
    }
    for (size_t i = 0; i < batch->key_slots; i++) {
        if (batch->keys[i].event != 0) {
            size_t at = batch->keys[i].hash & (slots - 1);
            while (keys[at].event != 0) {
                at = (at + 1) & (slots - 1);
            }
            keys[at] = batch->keys[i];
        }
    }
    memory_free(batch->keys);
    batch->keys = keys;
    batch->key_slots = slots;
    return true;
}

/* --- senders ---------------------------------------------------------------------------------------------------------- */

/* The number of who sends now, for a tenant; 0 for nobody in particular. False without memory. */
static bool sender_of(struct batch *batch, struct str tenant, uint32_t *number)
{
    const struct ingest_sender *sending = batch->sending;
    *number = 0;
    if (sending == NULL) {
        return true;
    }
    for (size_t i = batch->sender_count; i > 0; i--) { /* mostly the last one */
        const struct batch_sender *sender = &batch->senders[i - 1];
        if (str_equal(sender->actor, sending->actor) && str_equal(sender->tenant, tenant) &&
            str_equal(sender->address, sending->address) && str_equal(sender->origin, sending->origin)) {
            *number = (uint32_t)i;
            return true;
        }
    }
    assert(batch->sender_count < BATCH_SENDERS_MAX); /* batch_is_full */
    struct batch_sender *made = &batch->senders[batch->sender_count];
    *made = (struct batch_sender){0};
    if (!arena_copy(&batch->arena, sending->actor, &made->actor) || !arena_copy(&batch->arena, sending->origin, &made->origin) ||
        !arena_copy(&batch->arena, sending->address, &made->address) || !arena_copy(&batch->arena, tenant, &made->tenant)) {
        return false;
    }
    *number = (uint32_t)++batch->sender_count;
    return true;
}

/* Room for one more run, so that adding to it can't fail. */
static bool run_room(struct batch *batch)
{
    struct batch_run *runs = memory_grow(batch->runs, &batch->run_capacity, batch->run_count + 1, sizeof *runs);
    batch->runs = runs != NULL ? runs : batch->runs;
    return runs != NULL;
}

static void add_to_run(struct batch *batch, uint32_t sender)
{
    if (batch->run_count == 0 || batch->runs[batch->run_count - 1].sender != sender) {
        batch->runs[batch->run_count++] = (struct batch_run){sender, 0};
    }
    batch->runs[batch->run_count - 1].count++;
}

/* --- adding ---------------------------------------------------------------------------------------------------------- */

bool batch_add_event(struct batch *batch, const struct event *event, struct str payload, struct str sealed, uint64_t content_hash,
                     struct ingest_result *result)
{
    assert(!batch->sealed);
    if ((batch->event_count + 1) * 2 > batch->key_slots && !grow_keys(batch)) {
        return false;
    }
    struct batch_event *events =
        memory_grow(batch->events, &batch->event_capacity, batch->event_count + 1, sizeof *events);
    if (events == NULL) {
        return false;
    }
    batch->events = events;
    uint32_t sender;
    if (!run_room(batch) || !sender_of(batch, event->tenant_id, &sender)) {
        return false;
    }
    add_to_run(batch, sender);
    events[batch->event_count] = (struct batch_event){*event, payload, sealed, content_hash, result};
    uint32_t hash = hash_key(event);
    size_t at = probe(batch, event, hash);
    assert(batch->keys[at].event == 0);
    batch->event_count++;
    batch->keys[at] = (struct batch_key){(uint32_t)batch->event_count, hash};
    batch->payload_bytes += payload.length + sealed.length;
    return true;
}

bool batch_add_dead_letter(struct batch *batch, const struct store_dead_letter *letter, struct ingest_result *result)
{
    assert(!batch->sealed);
    struct store_dead_letter *letters =
        memory_grow(batch->dead_letters, &batch->dead_letter_capacity, batch->dead_letter_count + 1, sizeof *letters);
    if (letters == NULL) {
        return false;
    }
    batch->dead_letters = letters;
    struct ingest_result **results = memory_grow(batch->dead_letter_results, &batch->dead_letter_result_capacity,
                                                 batch->dead_letter_count + 1, sizeof *results);
    if (results == NULL) {
        return false;
    }
    batch->dead_letter_results = results;
    uint32_t sender;
    if (!sender_of(batch, letter->tenant, &sender)) {
        return false;
    }
    if (sender > 0) {
        batch->senders[sender - 1].rejected++;
    }
    letters[batch->dead_letter_count] = *letter;
    results[batch->dead_letter_count++] = result;
    batch->payload_bytes += letter->raw.length;
    return true;
}

bool batch_add_removal(struct batch *batch, const struct store_dead_letter_removal *removal, struct ingest_result *result)
{
    assert(!batch->sealed);
    struct store_dead_letter_removal *removals =
        memory_grow(batch->removals, &batch->removal_capacity, batch->removal_count + 1, sizeof *removals);
    if (removals == NULL) {
        return false;
    }
    batch->removals = removals;
    struct ingest_result **results =
        memory_grow(batch->removal_results, &batch->removal_result_capacity, batch->removal_count + 1, sizeof *results);
    if (results == NULL) {
        return false;
    }
    batch->removal_results = results;
    removals[batch->removal_count] = *removal;
    results[batch->removal_count++] = result;
    return true;
}

bool batch_add_update(struct batch *batch, const struct store_dead_letter_update *update)
{
    assert(!batch->sealed);
    struct store_dead_letter_update *updates =
        memory_grow(batch->updates, &batch->update_capacity, batch->update_count + 1, sizeof *updates);
    if (updates == NULL) {
        return false;
    }
    batch->updates = updates;
    updates[batch->update_count++] = *update;
    return true;
}

bool batch_add_audit(struct batch *batch, const struct store_audit_entry *entry)
{
    assert(!batch->sealed);
    struct store_audit_entry *audit =
        memory_grow(batch->audit, &batch->audit_capacity, batch->audit_count + 1, sizeof *audit);
    if (audit == NULL) {
        return false;
    }
    batch->audit = audit;
    audit[batch->audit_count++] = *entry;
    return true;
}

bool batch_add_setting(struct batch *batch, const struct store_setting *setting)
{
    assert(!batch->sealed);
    struct store_setting *settings =
        memory_grow(batch->settings, &batch->setting_capacity, batch->setting_count + 1, sizeof *settings);
    if (settings == NULL) {
        return false;
    }
    batch->settings = settings;
    settings[batch->setting_count++] = *setting;
    return true;
}

bool batch_add_waiter(struct batch *batch, struct submission *submission, bool *added)
{
    *added = batch->waiting == NULL || batch->waiting->submission != submission;
    if (!*added) {
        return true;
    }
    struct batch_waiter *waiter = arena_new(&batch->arena, sizeof *waiter);
    if (waiter == NULL) {
        return false;
    }
    *waiter = (struct batch_waiter){batch->waiting, submission};
    batch->waiting = waiter;
    return true;
}

/* --- sealing --------------------------------------------------------------------------------------------------------- */

bool batch_seal(struct batch *batch, uint64_t first_seq, int64_t observed_at)
{
    assert(!batch->sealed);
    struct store_event *log = batch->log;
    if (batch->event_count > 0) {
        log = memory_grow(batch->log, &batch->log_capacity, batch->event_count, sizeof *log);
        if (log == NULL) {
            return false;
        }
        batch->log = log;
    }
    for (size_t i = 0; i < batch->event_count; i++) {
        struct batch_event *from = &batch->events[i];
        log[i] = (struct store_event){
            .seq = first_seq + i,
            .observed_at = observed_at,
            .stream = (uint8_t)from->event.stream,
            .type = (uint16_t)from->event.type,
            .tenant = from->event.tenant_id,
            .payload = from->payload,
            .sealed = from->sealed,
        };
        from->result->seq = first_seq + i;
    }
    for (size_t i = 0; i < batch->removal_count; i++) {
        batch->removals[i].removed_at = observed_at;
        if (batch->removal_results[i] != NULL) {
            batch->removals[i].became = (int64_t)batch->removal_results[i]->seq;
        }
    }
    batch->store = (struct store_batch){
        .events = log,
        .event_count = batch->event_count,
        .dead_letters = batch->dead_letters,
        .dead_letter_count = batch->dead_letter_count,
        .removals = batch->removals,
        .removal_count = batch->removal_count,
        .updates = batch->updates,
        .update_count = batch->update_count,
        .audit = batch->audit,
        .audit_count = batch->audit_count,
        .settings = batch->settings,
        .setting_count = batch->setting_count,
        .rewrites = batch->rewrites,
        .rewrite_count = batch->rewrite_count,
        .letter_rewrites = batch->letter_rewrites,
        .letter_rewrite_count = batch->letter_rewrite_count,
        .scrubs = batch->scrubs,
    };
    batch->sealed = true;
    return true;
}
