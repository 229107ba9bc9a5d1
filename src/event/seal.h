/* seal.h: personal values of events under keys that can be thrown away (SPEC section 10; docs/decisions/0008-personal-data.md).
 *
 * What is kept of an event in the log is two things. The payload has "[erased]" where a personal value stood: it is what
 * remains for good. Beside it lies what was taken out, each value encrypted. Whoever has the keys puts the values back; where a
 * key is gone there is nothing to do. So an erased log reads like any other, and without a sealed value nothing is read or
 * computed for all this.
 *
 * Keys. A master key wraps one key a tenant; that wraps the keys of its subjects. A subject is a personal value as such, written
 * the same way (an e-mail address in small letters, a number as its digits), and is known by its name: the first 16 bytes of its
 * HMAC under a key made of the tenant's. Throwing away a subject's key erases the value wherever it stands in the tenant's
 * log. An e-mail address, phone, card or social security number or user id identifies somebody: what else is personal in the
 * same event (names, addresses, whole JSON values) is sealed under the keys of all of them together with its own, and goes with
 * the first that goes. What has no subject at all is sealed under a key for such values, which goes with the tenant's.
 *
 * AES-256-GCM with a random nonce a value; what a value is bound to (tenant, event_id, place, all the keys' names, the event's
 * content hash) is authenticated with it. The content hash of the event as it came is kept with the sealed values, as duplicates are known by it.
 *
 * All keys are in memory, about 200 bytes each. Thread: the one that owns the ring.
 */
#ifndef TRIMODAL_EVENT_SEAL_H
#define TRIMODAL_EVENT_SEAL_H

#include "base/clock.h"
#include "event/event.h"
#include "event/personal.h"

#define SEAL_KEY_SIZE 32
#define SEAL_NAME_SIZE 16
#define SEAL_SUBJECT_BYTES_MIN 2   /* of a subject's text, when it is looked for in others */
#define SEAL_ERASED STR("[erased]") /* what stands in a value's place */
#define SEAL_SETTINGS STR("personal-seal/") /* what the keys of the ring's settings begin with */

struct seal_ring;

struct seal_name {
    uint8_t bytes[SEAL_NAME_SIZE];
};

/* ---- keys ---- */

/* The key is copied. */
enum status seal_ring_new(struct seal_ring **ring, const uint8_t master[SEAL_KEY_SIZE], const struct clock *clock,
                          struct error *error) must_check;
void seal_ring_free(struct seal_ring *ring); /* NULL is allowed; keys are overwritten */
/* One setting, as it was noted; in the order of their keys. STATUS_INVALID: it was wrapped by another master key. */
enum status seal_ring_load(struct seal_ring *ring, struct str key, struct str value, struct error *error) must_check;

/* Where new keys go, in the transaction of the event that they are used for. False without memory. */
typedef bool seal_note(void *context, struct str key, struct str value);
/* All that was noted for this batch is durable. Until then a key is noted again for each batch that uses it. */
void seal_ring_settle(struct seal_ring *ring, uint64_t batch);

/* The subject's name in this tenant. False without memory. */
bool seal_name_of(struct seal_ring *ring, struct str tenant_id, struct str subject, struct seal_name *name) must_check;
/* Is there a key? */
bool seal_holds(struct seal_ring *ring, struct str tenant_id, const struct seal_name *name);
/* The setting that holds the subject's key (name NULL: the tenant's, above all of its subjects'), in the arena. */
bool seal_setting_of(struct str tenant_id, const struct seal_name *name, struct arena *arena, struct str *key) must_check;
/* Takes the key (name NULL: of all the tenant) out of the ring: a value sealed from now on gets a new one. `forgotten` is to be
 * dropped when that is durable, or given back when it can't be made so. NULL: there was none, or no memory. */
struct seal_forgotten;
struct seal_forgotten *seal_forget(struct seal_ring *ring, struct str tenant_id, const struct seal_name *name);
void seal_forgotten_drop(struct seal_forgotten *forgotten); /* NULL is allowed */
void seal_forgotten_return(struct seal_ring *ring, struct seal_forgotten *forgotten); /* likewise */

/* The same keys under another master key: calls `note` with the settings that change (one a tenant). */
bool seal_ring_rewrap(struct seal_ring *ring, const uint8_t master[SEAL_KEY_SIZE], seal_note *note, void *context) must_check;

/* ---- events ---- */

/* What is to be logged of a tagged event: *stored, which shares what it can with `event`, and *sealed, absent where nothing in
 * it is personal. New keys are noted for the batch. The event stays as it is. Texts go to the arena. False without memory. */
bool seal_event(struct seal_ring *ring, const struct event *event, uint64_t batch, seal_note *note, void *context,
                struct arena *arena, struct event *stored, struct str *sealed) must_check;

/* Puts back into an event, as it was decoded, what its sealed values hold. `without` (may be NULL): as if that key were gone;
 * ring NULL: as if all were. STATUS_FATAL: they are damaged, or there is no memory. */
enum status seal_restore(struct seal_ring *ring, struct event *event, struct str sealed, const struct seal_name *without,
                         struct arena *arena, struct error *error) must_check;
/* Do they need this key? */
bool seal_touches(struct str sealed, const struct seal_name *name);

/* ---- looking for a subject ---- */

/* Whom to look for: one subject, or (text absent) all of the tenant. */
struct seal_subject {
    struct str text;       /* as it was given */
    struct seal_name name;
    bool has_name;
};

/* The next place at or after `from` where the text holds it, whatever the case and in whichever of the ways it may be written in
 * (seal_find.c); `alone`: not as part of a longer word, which nobody can tell in bytes that are no text. */
bool seal_find(struct str text, struct str subject, size_t from, bool alone, size_t *begin, size_t *end);

/* Takes the subject out of an event in plain: the values that would be sealed under its key, and every place in texts that people
 * write where it stands. *changed says whether there was any. Ids and paths stay; *in_ids counts those that name it. The content
 * hash stays what it was. */
bool seal_erase(struct seal_ring *ring, struct event *event, const struct seal_subject *subject, struct arena *arena, bool *changed,
                unsigned *in_ids) must_check;

/* Who else an event in plain identifies: for each, the callback, with how the value is written. */
typedef void seal_found(void *context, enum personal_kind kind, struct str value);
bool seal_identifiers(const struct event *event, struct arena *arena, seal_found *found, void *context) must_check;

#endif
