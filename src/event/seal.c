/* seal.c: the bytes beside a payload.
 *
 *   1      version, 1
 *   8      content hash of the event as it came
 *   1      number of keys, then the name (16) of each
 *   4      number of values, then each:
 *     8    the field, by the hash of its name (event_fields[].hash), as numbers change with the schemas
 *     4    which item of a list, which pair of metadata (they are sorted by name); 0
 *     4    where in the text that the payload has "[erased]" stands for it, bytes
 *     4    its keys: bit i is key i; 0: the tenant's for values without subject
 *     12   nonce
 *     4    length, then so many bytes: AES-256-GCM
 *     16   tag
 *
 * Numbers are big endian. Authenticated with each value: all up to the values, the field, item, place and keys of it, and tenant
 * and event_id, each behind its length (4 bytes). One key is used as it is, several as SHA-256 over all of them in their order.
 * Values come in the order of the event's fields, items and places, so one walk puts them back. */
#include <assert.h>
#include <openssl/crypto.h>

#include "base/limits.h"
#include "event/seal_private.h"

#define VERSION 1
#define HEAD_SIZE 10
#define PLACE_SIZE 20
#define BOUND_BYTES_MAX (HEAD_SIZE + SEAL_KEYS_MAX * SEAL_NAME_SIZE + PLACE_SIZE + 2 * (4 + LIMIT_ID_BYTES))
#define VALUES_MIN_SIZE (PLACE_SIZE + SEAL_NONCE_SIZE + 4 + SEAL_TAG_SIZE)

static void put(uint8_t *at, uint64_t number, int bytes)
{
    for (int i = bytes - 1; i >= 0; i--) {
        at[i] = (uint8_t)number;
        number >>= 8;
    }
}

static uint64_t get(const char *at, int bytes)
{
    uint64_t number = 0;
    for (int i = 0; i < bytes; i++) {
        number = number << 8 | (uint8_t)at[i];
    }
    return number;
}

/* ---- what a value is bound to ---- */

struct bound {
    uint8_t bytes[BOUND_BYTES_MAX];
    size_t length;
};

static void add(struct bound *bound, const void *bytes, size_t length)
{
    assert(bound->length + length <= sizeof bound->bytes);
    if (length > 0) {
        memcpy(bound->bytes + bound->length, bytes, length);
    }
    bound->length += length;
}

static void add_id(struct bound *bound, struct str id)
{
    uint8_t length[4];
    size_t kept = id.length < LIMIT_ID_BYTES ? id.length : LIMIT_ID_BYTES;
    put(length, id.length, 4);
    add(bound, length, sizeof length);
    add(bound, id.at, kept);
}

/* `head`: version, hash, keys; `place`: of the value. */
static struct str bind(struct bound *bound, struct str head, const char *place, const struct event *event)
{
    bound->length = 0;
    add(bound, head.at, head.length);
    add(bound, place, PLACE_SIZE);
    add_id(bound, event->tenant_id);
    add_id(bound, event->event_id);
    return (struct str){(const char *)bound->bytes, bound->length};
}

/* The key of several; false where one of them is missing. */
struct keyring {
    const uint8_t *keys[SEAL_KEYS_MAX]; /* NULL: gone */
    const uint8_t *rest;
    struct sha256 *hash;
};

static bool key_of(struct keyring *keys, uint32_t mask, uint8_t key[SEAL_KEY_SIZE])
{
    if ((mask & (mask - 1)) == 0) {
        const uint8_t *one = mask == 0 ? keys->rest : keys->keys[__builtin_ctz(mask)];
        if (one != NULL) {
            memcpy(key, one, SEAL_KEY_SIZE);
        }
        return one != NULL;
    }
    if (keys->hash == NULL) { /* no ring, no keys */
        return false;
    }
    sha256_begin(keys->hash);
    bool all = true;
    for (uint32_t i = 0; i < SEAL_KEYS_MAX; i++) {
        if ((mask >> i & 1) != 0) {
            all = all && keys->keys[i] != NULL;
            sha256_add(keys->hash, keys->keys[i] != NULL ? keys->keys[i] : (const uint8_t *)"", keys->keys[i] != NULL ? SEAL_KEY_SIZE : 0);
        }
    }
    sha256_end(keys->hash, key);
    return all;
}

/* ---- sealing ---- */

struct sealing {
    struct seal_ring *ring;
    const struct event *event;
    const struct seal_plan *plan;
    struct keyring keys;
    struct buffer *out;
    size_t head_size;
    struct bound bound;
    bool failed;
};

static bool gather_keys(struct sealing *sealing, uint64_t batch, seal_note *note, void *context)
{
    static const struct seal_name rest;
    const struct seal_plan *plan = sealing->plan;
    struct seal_tenant *tenant = seal_tenant_of(sealing->ring, sealing->event->tenant_id, true);
    for (uint32_t i = 0; tenant != NULL && i < plan->name_count + (plan->needs_rest ? 1 : 0); i++) {
        bool is_rest = i == plan->name_count;
        struct seal_key *key = seal_key_make(sealing->ring, tenant, is_rest ? &rest : &plan->names[i]);
        if (key == NULL || !seal_key_note(sealing->ring, tenant, key, batch, note, context)) {
            return false;
        }
        *(is_rest ? &sealing->keys.rest : &sealing->keys.keys[i]) = seal_key_bytes(key);
    }
    return tenant != NULL;
}

static void write_head(struct sealing *sealing)
{
    uint8_t bytes[HEAD_SIZE], count[4];
    bytes[0] = VERSION;
    put(bytes + 1, event_content_hash(sealing->event), 8);
    bytes[9] = (uint8_t)sealing->plan->name_count;
    buffer_append(sealing->out, bytes, sizeof bytes);
    buffer_append(sealing->out, sealing->plan->names, sealing->plan->name_count * sizeof sealing->plan->names[0]);
    sealing->head_size = sealing->out->length;
    put(count, sealing->plan->span_count, 4);
    buffer_append(sealing->out, count, sizeof count);
}

/* One value, which the stored text shows as "[erased]" at `offset`. */
static void write_value(struct sealing *sealing, const struct seal_span *span, struct str text, size_t offset)
{
    const struct clock *clock = seal_ring_clock(sealing->ring);
    uint8_t place[PLACE_SIZE], length[4], key[SEAL_KEY_SIZE];
    put(place, event_fields[sealing->event->values[span->value].field].hash, 8);
    put(place + 8, span->item, 4);
    put(place + 12, offset, 4);
    put(place + 16, span->keys, 4);
    put(length, text.length, 4);
    size_t size = SEAL_NONCE_SIZE + sizeof length + text.length + SEAL_TAG_SIZE;
    buffer_append(sealing->out, place, sizeof place);
    uint8_t *at = (uint8_t *)buffer_reserve(sealing->out, size);
    if (at == NULL || !key_of(&sealing->keys, span->keys, key)) {
        sealing->failed = true;
        return;
    }
    clock->random(clock->context, at, SEAL_NONCE_SIZE);
    memcpy(at + SEAL_NONCE_SIZE, length, sizeof length);
    uint8_t *sealed = at + SEAL_NONCE_SIZE + sizeof length;
    struct str head = {sealing->out->bytes, sealing->head_size};
    sealing->failed = !seal_encrypt(sealing->ring, &(struct seal_box){
        .key = key, .nonce = at, .bound = bind(&sealing->bound, head, (const char *)place, sealing->event), .in = text, .out = sealed,
        .tag = sealed + text.length});
    sealing->out->length += size;
    OPENSSL_cleanse(key, sizeof key);
}

/* All values of one text, from number `first` on; what is stored instead. Returns the number behind them. */
static size_t seal_text(struct sealing *sealing, size_t first, struct arena *arena, struct event *stored)
{
    const struct seal_plan *plan = sealing->plan;
    const struct seal_span *span = &plan->spans[first];
    struct str text = seal_text_at(&sealing->event->values[span->value], span->item), erased = SEAL_ERASED;
    size_t end = first;
    while (end < plan->span_count && plan->spans[end].value == span->value && plan->spans[end].item == span->item) {
        end++;
    }
    char *made = arena_new(arena, text.length + (end - first) * erased.length);
    size_t length = 0, done = 0;
    sealing->failed = sealing->failed || made == NULL;
    for (size_t i = first; i < end && !sealing->failed; i++) {
        const struct seal_span *at = &plan->spans[i];
        memcpy(made + length, text.at + done, at->begin - done);
        length += at->begin - done;
        write_value(sealing, at, (struct str){text.at + at->begin, at->end - at->begin}, length);
        memcpy(made + length, erased.at, erased.length);
        length += erased.length;
        done = at->end;
    }
    if (!sealing->failed) {
        memcpy(made + length, text.at + done, text.length - done);
        seal_text_set(&stored->values[span->value], span->item, (struct str){made, length + text.length - done});
    }
    return end;
}

/* A hash that was kept, of an event in which nothing is personal any more, is kept on. */
static bool keeps_hash(const struct event *event)
{
    return event->content_hash != 0;
}

bool seal_event(struct seal_ring *ring, const struct event *event, uint64_t batch, seal_note *note, void *context, struct arena *arena,
                struct event *stored, struct str *sealed)
{
    struct seal_plan plan;
    struct buffer out;
    const struct seal_tenant *tenant = seal_tenant_of(ring, event->tenant_id, true);
    *stored = *event;
    *sealed = STR_NONE;
    if (tenant == NULL || !seal_plan_event(event, tenant, arena, &plan)) {
        return false;
    }
    if (plan.span_count == 0 && !keeps_hash(event)) {
        return true;
    }
    buffer_init(&out, LIMIT_SEALED_BYTES);
    struct sealing sealing = {.ring = ring, .event = event, .plan = &plan, .out = &out, .keys.hash = seal_ring_hash(ring)};
    sealing.failed = !seal_copy_values(event, arena, stored) || (plan.span_count > 0 && !gather_keys(&sealing, batch, note, context));
    if (!sealing.failed) {
        write_head(&sealing);
    }
    for (size_t i = 0; i < plan.span_count && !sealing.failed;) {
        i = seal_text(&sealing, i, arena, stored);
    }
    bool fine = !sealing.failed && !buffer_failed(&out) && arena_copy(arena, buffer_str(&out), sealed);
    buffer_release(&out);
    return fine;
}

/* ---- restoring ---- */

struct restoring {
    struct seal_ring *ring;
    struct event *event;
    struct arena *arena;
    struct str head, rest; /* rest: values not read yet */
    struct keyring keys;
    struct bound bound;
};

static enum status damaged(struct error *error)
{
    return error_set(error, STATUS_FATAL, "sealed values", "they are damaged; restore a backup, or ask doctor");
}

/* Splits head from values. */
static bool read_head(struct str sealed, struct str *head, struct str *values)
{
    size_t count = sealed.length > HEAD_SIZE ? (uint8_t)sealed.at[9] : 0;
    size_t size = HEAD_SIZE + count * SEAL_NAME_SIZE;
    if (sealed.length < size + 4 || sealed.at[0] != VERSION || count > SEAL_KEYS_MAX) {
        return false;
    }
    *head = (struct str){sealed.at, size};
    *values = str_from_offset(sealed, size + 4);
    return true;
}

bool seal_touches(struct str sealed, const struct seal_name *name)
{
    struct str head, values;
    if (!read_head(sealed, &head, &values)) {
        return false;
    }
    for (size_t at = HEAD_SIZE; at < head.length; at += SEAL_NAME_SIZE) {
        if (memcmp(head.at + at, name->bytes, SEAL_NAME_SIZE) == 0) {
            return true;
        }
    }
    return false;
}

static void find_keys(struct restoring *restoring, const struct seal_name *without)
{
    static const struct seal_name rest;
    const struct seal_tenant *tenant =
        restoring->ring == NULL ? NULL : seal_tenant_of(restoring->ring, restoring->event->tenant_id, false);
    size_t count = (restoring->head.length - HEAD_SIZE) / SEAL_NAME_SIZE;
    for (size_t i = 0; tenant != NULL && i <= count; i++) {
        struct seal_name name = rest;
        if (i < count) {
            memcpy(name.bytes, restoring->head.at + HEAD_SIZE + i * SEAL_NAME_SIZE, SEAL_NAME_SIZE);
        }
        struct seal_key *key = without != NULL && memcmp(without, &name, sizeof name) == 0
                                   ? NULL
                                   : seal_key_find(restoring->ring, tenant, &name);
        *(i < count ? &restoring->keys.keys[i] : &restoring->keys.rest) = key != NULL ? seal_key_bytes(key) : NULL;
    }
}

static struct event_value *find_value(struct event *event, uint64_t hash)
{
    for (uint32_t i = 0; i < event->value_count; i++) {
        if (event_fields[event->values[i].field].hash == hash) {
            return &event->values[i];
        }
    }
    return NULL;
}

/* One value: what stands for it now, into `made`. False: damaged. */
static bool open_value(struct restoring *restoring, char *made, size_t *length)
{
    struct str at = restoring->rest, erased = SEAL_ERASED;
    uint8_t key[SEAL_KEY_SIZE];
    const char *nonce = at.at + PLACE_SIZE;
    size_t size = (size_t)get(nonce + SEAL_NONCE_SIZE, 4);
    const char *sealed = nonce + SEAL_NONCE_SIZE + 4;
    if (size > at.length - VALUES_MIN_SIZE) {
        return false;
    }
    restoring->rest = str_from_offset(at, VALUES_MIN_SIZE + size);
    if (!key_of(&restoring->keys, (uint32_t)get(at.at + 16, 4), key)) {
        memcpy(made, erased.at, erased.length);
        *length = erased.length;
        return true;
    }
    uint8_t tag[SEAL_TAG_SIZE];
    memcpy(tag, sealed + size, sizeof tag);
    bool fine = seal_decrypt(restoring->ring, &(struct seal_box){
        .key = key, .nonce = (const uint8_t *)nonce, .bound = bind(&restoring->bound, restoring->head, at.at, restoring->event),
        .in = {sealed, size}, .out = (uint8_t *)made, .tag = tag});
    OPENSSL_cleanse(key, sizeof key);
    if (!fine) { /* its key went and came anew since */
        memcpy(made, erased.at, erased.length);
        size = erased.length;
    }
    *length = size;
    return true;
}

/* How many bytes the values of one text may take, that at `place`. */
static size_t bytes_of_text(struct str values, struct str place)
{
    size_t bytes = 0;
    while (values.length >= VALUES_MIN_SIZE && memcmp(values.at, place.at, place.length) == 0) {
        size_t size = (size_t)get(values.at + PLACE_SIZE + SEAL_NONCE_SIZE, 4);
        bytes += size + SEAL_ERASED.length;
        values = str_from_offset(values, VALUES_MIN_SIZE + size);
    }
    return bytes;
}

/* All values of the text that the next one belongs to. */
static enum status restore_text(struct restoring *restoring, struct error *error)
{
    struct str place = {restoring->rest.at, 12}, erased = SEAL_ERASED;
    struct event_value *value = find_value(restoring->event, get(place.at, 8));
    uint32_t item = (uint32_t)get(place.at + 8, 4);
    if (value == NULL || item >= seal_text_count(value)) {
        return damaged(error);
    }
    struct str text = seal_text_at(value, item);
    char *made = arena_new(restoring->arena, text.length + bytes_of_text(restoring->rest, place));
    size_t length = 0, done = 0;
    if (made == NULL) {
        return error_no_memory(error, "sealed values");
    }
    while (restoring->rest.length >= VALUES_MIN_SIZE && memcmp(restoring->rest.at, place.at, place.length) == 0) {
        size_t offset = (size_t)get(restoring->rest.at + 12, 4), opened;
        if (offset < done || offset + erased.length > text.length) {
            return damaged(error);
        }
        memcpy(made + length, text.at + done, offset - done);
        length += offset - done;
        if (!open_value(restoring, made + length, &opened)) {
            return damaged(error);
        }
        length += opened;
        done = offset + erased.length;
    }
    memcpy(made + length, text.at + done, text.length - done);
    seal_text_set(value, item, (struct str){made, length + text.length - done});
    return STATUS_OK;
}

enum status seal_restore(struct seal_ring *ring, struct event *event, struct str sealed, const struct seal_name *without,
                         struct arena *arena, struct error *error)
{
    struct restoring restoring = {.ring = ring, .event = event, .arena = arena, .keys.hash = ring != NULL ? seal_ring_hash(ring) : NULL};
    if (sealed.length == 0) {
        return STATUS_OK;
    }
    if (!read_head(sealed, &restoring.head, &restoring.rest)) {
        return damaged(error);
    }
    event->content_hash = get(sealed.at + 1, 8);
    find_keys(&restoring, without);
    enum status status = STATUS_OK;
    while (status == STATUS_OK && restoring.rest.length > 0) {
        status = restoring.rest.length < VALUES_MIN_SIZE ? damaged(error) : restore_text(&restoring, error);
    }
    return status;
}
