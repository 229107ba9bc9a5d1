/* seal_private.h: what the files of sealing share.
 *
 * seal_ring.c: the keys. seal_plan.c: which stretches of an event are personal, and under which keys. seal.c: the bytes. */
#ifndef TRIMODAL_EVENT_SEAL_PRIVATE_H
#define TRIMODAL_EVENT_SEAL_PRIVATE_H

#include "base/sha256.h"
#include "event/seal.h"

#define SEAL_KEYS_MAX 32 /* of one event; values beyond share those */
#define SEAL_NONCE_SIZE 12
#define SEAL_TAG_SIZE 16

struct seal_key; /* of a subject */
struct seal_tenant;

/* A stretch of one text of the event: value number `value`, of a list or map its `item`. */
struct seal_span {
    uint32_t value, item;
    uint32_t begin, end;
    enum personal_kind kind; /* PERSONAL_NONE: several things, or the sender said so */
    uint32_t keys;           /* bit i: name i of the plan */
};

struct seal_plan {
    struct seal_span *spans; /* by value, item, begin; they do not overlap */
    size_t span_count, span_capacity;
    struct seal_name names[SEAL_KEYS_MAX];
    uint32_t name_count;
    uint32_t identifiers; /* bits: which of the names identify somebody */
    bool needs_rest;      /* a span has no key: the tenant's for such values */
};

/* The text that a value (of a list or map its item) is. */
struct str seal_text_at(const struct event_value *value, uint32_t item);
void seal_text_set(struct event_value *value, uint32_t item, struct str text);
/* How many texts a value has. */
uint32_t seal_text_count(const struct event_value *value);
/* Copies the event's values, and their lists and maps, so that seal_text_set changes none of the original's. */
bool seal_copy_values(const struct event *event, struct arena *arena, struct event *copy) must_check;

/* Fills the plan; names are of the tenant. tenant NULL: no names and keys, only spans. */
bool seal_plan_event(const struct event *event, const struct seal_tenant *tenant, struct arena *arena, struct seal_plan *plan)
    must_check;
bool seal_identifies(enum personal_kind kind);

/* ---- keys ---- */

/* NULL: there is none, or (make) no memory. */
struct seal_tenant *seal_tenant_of(struct seal_ring *ring, struct str tenant_id, bool make);
void seal_name_in(const struct seal_tenant *tenant, struct str subject, struct seal_name *name);
struct seal_key *seal_key_find(struct seal_ring *ring, const struct seal_tenant *tenant, const struct seal_name *name);
struct seal_key *seal_key_make(struct seal_ring *ring, struct seal_tenant *tenant, const struct seal_name *name);
const uint8_t *seal_key_bytes(const struct seal_key *key);
/* Notes the key, and the tenant's, where they are not durable yet and not noted for this batch. */
bool seal_key_note(struct seal_ring *ring, struct seal_tenant *tenant, struct seal_key *key, uint64_t batch, seal_note *note,
                   void *context) must_check;
/* For one hash at a time. */
struct sha256 *seal_ring_hash(const struct seal_ring *ring);
const struct clock *seal_ring_clock(const struct seal_ring *ring);

/* AES-256-GCM; `out` gets as many bytes as `in` has. False: the tag does not fit (or no memory). */
struct seal_box {
    const uint8_t *key, *nonce;
    struct str bound; /* authenticated, not encrypted */
    struct str in;
    uint8_t *out, *tag;
};
bool seal_encrypt(struct seal_ring *ring, const struct seal_box *box) must_check;
bool seal_decrypt(struct seal_ring *ring, const struct seal_box *box) must_check;

#endif
