/* seal_ring.c: the keys, in memory and as settings.
 *
 *   personal-seal/TENANT            the tenant's key, wrapped by the master key; TENANT: SHA-256 of its id, in hex
 *   personal-seal/TENANT/NAME       a subject's key, wrapped by the tenant's; NAME: in hex; all 0: for values without subject
 *
 * Wrapped: one byte 1, nonce (12), AES-256-GCM of the key (32), tag (16); the setting's own key is authenticated with it. Two keys
 * are derived of a tenant's: HMAC-SHA-256 over "wrap" and "name". */
#include "event/seal_private.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/memory.h"
#include "base/sha256.h"

#define WRAPPED_SIZE (1 + SEAL_NONCE_SIZE + SEAL_KEY_SIZE + SEAL_TAG_SIZE)
#define TENANT_DIGITS (2 * SHA256_SIZE)
#define SETTING_SIZE 160
#define BUCKETS_MIN 64
#define BLOCK_SIZE 64 /* of SHA-256 */

struct seal_key {
    struct seal_key *next;       /* in the bucket */
    struct seal_key *next_fresh; /* of those that are not durable */
    struct seal_tenant *tenant;
    struct seal_name name;
    uint8_t key[SEAL_KEY_SIZE];
    bool is_durable;
    uint64_t noted; /* for which batch, last */
};

struct seal_tenant {
    struct seal_tenant *next;
    char digits[TENANT_DIGITS + 1];
    char *id; /* once it was asked for by id */
    size_t id_length;
    struct sha256 *hash; /* the ring's */
    uint8_t key[SEAL_KEY_SIZE], wrap[SEAL_KEY_SIZE], name[SEAL_KEY_SIZE];
    bool is_durable;
    uint64_t noted;
};

struct seal_ring {
    uint8_t master[SEAL_KEY_SIZE];
    const struct clock *clock;
    EVP_CIPHER *aes;
    EVP_CIPHER_CTX *context;
    struct sha256 *hash;
    struct seal_tenant *tenants; /* as few as there are */
    struct seal_key **buckets;
    size_t bucket_count, key_count; /* a power of two */
    struct seal_key *fresh;
};

struct seal_forgotten {
    struct seal_tenant *tenant; /* itself, where all of it is; else whose the key is */
    bool is_tenant;
    struct seal_key *keys; /* linked by next */
};

/* ---- life ---- */

enum status seal_ring_new(struct seal_ring **out, const uint8_t master[SEAL_KEY_SIZE], const struct clock *clock, struct error *error)
{
    struct seal_ring *ring = memory_new_zeroed(1, sizeof *ring);
    if (ring == NULL) {
        return error_no_memory(error, "personal keys");
    }
    memcpy(ring->master, master, SEAL_KEY_SIZE);
    ring->clock = clock;
    ring->bucket_count = BUCKETS_MIN;
    ring->buckets = memory_new_zeroed(ring->bucket_count, sizeof(struct seal_key *));
    ring->aes = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    ring->context = EVP_CIPHER_CTX_new();
    ring->hash = sha256_new();
    if (ring->hash == NULL || ring->buckets == NULL || ring->aes == NULL || ring->context == NULL) {
        seal_ring_free(ring);
        return error_no_memory(error, "personal keys");
    }
    *out = ring;
    return STATUS_OK;
}

static void free_key(struct seal_key *key)
{
    OPENSSL_cleanse(key, sizeof *key);
    memory_free(key);
}

static void free_tenant(struct seal_tenant *tenant)
{
    memory_free(tenant->id);
    OPENSSL_cleanse(tenant, sizeof *tenant);
    memory_free(tenant);
}

void seal_ring_free(struct seal_ring *ring)
{
    if (ring == NULL) {
        return;
    }
    for (size_t i = 0; ring->buckets != NULL && i < ring->bucket_count; i++) {
        while (ring->buckets[i] != NULL) {
            struct seal_key *key = ring->buckets[i];
            ring->buckets[i] = key->next;
            free_key(key);
        }
    }
    while (ring->tenants != NULL) {
        struct seal_tenant *tenant = ring->tenants;
        ring->tenants = tenant->next;
        free_tenant(tenant);
    }
    memory_free(ring->buckets);
    EVP_CIPHER_CTX_free(ring->context);
    sha256_free(ring->hash);
    EVP_CIPHER_free(ring->aes);
    OPENSSL_cleanse(ring, sizeof *ring);
    memory_free(ring);
}

struct sha256 *seal_ring_hash(const struct seal_ring *ring)
{
    return ring->hash;
}

const struct clock *seal_ring_clock(const struct seal_ring *ring)
{
    return ring->clock;
}

const uint8_t *seal_key_bytes(const struct seal_key *key)
{
    return key->key;
}

/* ---- ciphers ---- */

bool seal_encrypt(struct seal_ring *ring, const struct seal_box *box)
{
    int length = 0;
    return EVP_EncryptInit_ex2(ring->context, ring->aes, box->key, box->nonce, NULL) == 1 &&
           EVP_EncryptUpdate(ring->context, NULL, &length, (const uint8_t *)box->bound.at, (int)box->bound.length) == 1 &&
           EVP_EncryptUpdate(ring->context, box->out, &length, (const uint8_t *)box->in.at, (int)box->in.length) == 1 &&
           EVP_EncryptFinal_ex(ring->context, box->out + length, &length) == 1 &&
           EVP_CIPHER_CTX_ctrl(ring->context, EVP_CTRL_AEAD_GET_TAG, SEAL_TAG_SIZE, box->tag) == 1;
}

bool seal_decrypt(struct seal_ring *ring, const struct seal_box *box)
{
    int length = 0;
    return EVP_DecryptInit_ex2(ring->context, ring->aes, box->key, box->nonce, NULL) == 1 &&
           EVP_DecryptUpdate(ring->context, NULL, &length, (const uint8_t *)box->bound.at, (int)box->bound.length) == 1 &&
           EVP_DecryptUpdate(ring->context, box->out, &length, (const uint8_t *)box->in.at, (int)box->in.length) == 1 &&
           EVP_CIPHER_CTX_ctrl(ring->context, EVP_CTRL_AEAD_SET_TAG, SEAL_TAG_SIZE, box->tag) == 1 &&
           EVP_DecryptFinal_ex(ring->context, box->out + length, &length) == 1;
}

/* HMAC-SHA-256 (RFC 2104), over a hash that was fetched once: OpenSSL's HMAC() looks its algorithm up at each call, which takes
 * longer than the hashing. */
static void hmac(struct sha256 *hash, const uint8_t key[SEAL_KEY_SIZE], const void *bytes, size_t length, uint8_t digest[SHA256_SIZE])
{
    uint8_t inner[BLOCK_SIZE], outer[BLOCK_SIZE];
    memset(inner, 0x36, sizeof inner);
    memset(outer, 0x5c, sizeof outer);
    for (size_t i = 0; i < SEAL_KEY_SIZE; i++) {
        inner[i] ^= key[i];
        outer[i] ^= key[i];
    }
    sha256_begin(hash);
    sha256_add(hash, inner, sizeof inner);
    sha256_add(hash, bytes, length);
    sha256_end(hash, digest);
    sha256_begin(hash);
    sha256_add(hash, outer, sizeof outer);
    sha256_add(hash, digest, SHA256_SIZE);
    sha256_end(hash, digest);
    OPENSSL_cleanse(inner, sizeof inner);
    OPENSSL_cleanse(outer, sizeof outer);
}

static bool wrap(struct seal_ring *ring, const uint8_t *under, struct str setting, const uint8_t key[SEAL_KEY_SIZE],
                 uint8_t wrapped[WRAPPED_SIZE])
{
    uint8_t *nonce = wrapped + 1;
    wrapped[0] = 1;
    ring->clock->random(ring->clock->context, nonce, SEAL_NONCE_SIZE);
    return seal_encrypt(ring, &(struct seal_box){.key = under, .nonce = nonce, .bound = setting, .in = {(const char *)key, SEAL_KEY_SIZE},
                                                 .out = nonce + SEAL_NONCE_SIZE, .tag = nonce + SEAL_NONCE_SIZE + SEAL_KEY_SIZE});
}

static bool unwrap(struct seal_ring *ring, const uint8_t *under, struct str setting, struct str wrapped, uint8_t key[SEAL_KEY_SIZE])
{
    uint8_t bytes[WRAPPED_SIZE];
    if (wrapped.length != WRAPPED_SIZE || wrapped.at[0] != 1) {
        return false;
    }
    memcpy(bytes, wrapped.at, sizeof bytes);
    uint8_t *nonce = bytes + 1, *sealed = nonce + SEAL_NONCE_SIZE;
    return seal_decrypt(ring, &(struct seal_box){.key = under, .nonce = nonce, .bound = setting, .in = {(const char *)sealed, SEAL_KEY_SIZE},
                                                 .out = key, .tag = sealed + SEAL_KEY_SIZE});
}

/* ---- names ---- */

static void put_hex(const uint8_t *bytes, size_t count, char *hex)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < count; i++) {
        hex[2 * i] = digits[bytes[i] >> 4];
        hex[2 * i + 1] = digits[bytes[i] & 15];
    }
    hex[2 * count] = '\0';
}

static bool hash_tenant(struct str tenant_id, char digits[TENANT_DIGITS + 1])
{
    uint8_t digest[SHA256_SIZE];
    struct sha256 *hash = sha256_new();
    if (hash == NULL) {
        return false;
    }
    sha256_begin(hash);
    sha256_add(hash, tenant_id.at, tenant_id.length);
    sha256_end(hash, digest);
    sha256_free(hash);
    put_hex(digest, sizeof digest, digits);
    return true;
}

/* Its length; the text ends with NUL. */
static struct str name_setting(const char *tenant_digits, const struct seal_name *name, char setting[SETTING_SIZE])
{
    struct str prefix = SEAL_SETTINGS;
    size_t length = prefix.length;
    memcpy(setting, prefix.at, prefix.length);
    memcpy(setting + length, tenant_digits, TENANT_DIGITS + 1);
    length += TENANT_DIGITS;
    if (name != NULL) {
        setting[length++] = '/';
        put_hex(name->bytes, SEAL_NAME_SIZE, setting + length);
        length += 2 * SEAL_NAME_SIZE;
    }
    return (struct str){setting, length};
}

bool seal_setting_of(struct str tenant_id, const struct seal_name *name, struct arena *arena, struct str *key)
{
    char digits[TENANT_DIGITS + 1], setting[SETTING_SIZE];
    return hash_tenant(tenant_id, digits) && arena_copy(arena, name_setting(digits, name, setting), key);
}

/* The same subject, however it is written. */
static struct str normalize(struct str subject, char *room)
{
    struct str text = str_trim(subject);
    struct personal_scan scan = {.text = text, .numbers = true};
    struct personal_span span;
    bool whole = personal_next(&scan, &span) && span.begin == 0 && span.end == text.length;
    bool digits = whole && span.kind != PERSONAL_EMAIL;
    size_t length = 0;
    for (size_t i = 0; i < text.length; i++) {
        char c = text.at[i];
        if (!digits || (c >= '0' && c <= '9')) {
            room[length++] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
        }
    }
    return (struct str){room, length};
}

void seal_name_in(const struct seal_tenant *tenant, struct str subject, struct seal_name *name)
{
    enum { HERE = 1024 };
    uint8_t digest[SHA256_SIZE];
    char here[HERE];
    char *room = subject.length <= HERE ? here : memory_new(subject.length);
    struct str normal = room != NULL ? normalize(subject, room) : subject;
    hmac(tenant->hash, tenant->name, normal.at != NULL ? normal.at : "", normal.length, digest);
    memcpy(name->bytes, digest, SEAL_NAME_SIZE);
    if (room != here) {
        memory_free(room);
    }
}

/* ---- tenants ---- */

static void derive(struct seal_tenant *tenant)
{
    hmac(tenant->hash, tenant->key, "wrap", 4, tenant->wrap);
    hmac(tenant->hash, tenant->key, "name", 4, tenant->name);
}

static struct seal_tenant *add_tenant(struct seal_ring *ring, const char *digits)
{
    struct seal_tenant *tenant = memory_new_zeroed(1, sizeof *tenant);
    if (tenant != NULL) {
        memcpy(tenant->digits, digits, TENANT_DIGITS);
        tenant->hash = ring->hash;
        tenant->next = ring->tenants;
        ring->tenants = tenant;
    }
    return tenant;
}

static struct seal_tenant *find_digits(const struct seal_ring *ring, const char *digits)
{
    struct seal_tenant *tenant = ring->tenants;
    while (tenant != NULL && memcmp(tenant->digits, digits, TENANT_DIGITS) != 0) {
        tenant = tenant->next;
    }
    return tenant;
}

/* So that its hash is not needed again. */
static bool keep_id(struct seal_tenant *tenant, struct str id)
{
    if (tenant->id == NULL) {
        tenant->id = memory_new(id.length + 1);
        if (tenant->id != NULL) {
            memcpy(tenant->id, id.at != NULL ? id.at : "", id.length);
            tenant->id_length = id.length;
        }
    }
    return tenant->id != NULL;
}

struct seal_tenant *seal_tenant_of(struct seal_ring *ring, struct str tenant_id, bool make)
{
    char digits[TENANT_DIGITS + 1];
    for (struct seal_tenant *tenant = ring->tenants; tenant != NULL; tenant = tenant->next) {
        if (tenant->id != NULL && str_equal((struct str){tenant->id, tenant->id_length}, tenant_id)) {
            return tenant;
        }
    }
    if (!hash_tenant(tenant_id, digits)) {
        return NULL;
    }
    struct seal_tenant *tenant = find_digits(ring, digits);
    if (tenant == NULL && make) {
        tenant = add_tenant(ring, digits);
        if (tenant != NULL) {
            ring->clock->random(ring->clock->context, tenant->key, SEAL_KEY_SIZE);
            derive(tenant);
        }
    }
    return tenant != NULL && keep_id(tenant, tenant_id) ? tenant : NULL;
}

bool seal_name_of(struct seal_ring *ring, struct str tenant_id, struct str subject, struct seal_name *name)
{
    const struct seal_tenant *tenant = seal_tenant_of(ring, tenant_id, true);
    if (tenant != NULL) {
        seal_name_in(tenant, subject, name);
    }
    return tenant != NULL;
}

/* ---- subjects ---- */

static size_t bucket_of(const struct seal_ring *ring, const struct seal_tenant *tenant, const struct seal_name *name)
{
    uint64_t half;
    memcpy(&half, name->bytes, sizeof half);
    return (size_t)(half ^ (uint64_t)(uintptr_t)tenant >> 4) & (ring->bucket_count - 1);
}

struct seal_key *seal_key_find(struct seal_ring *ring, const struct seal_tenant *tenant, const struct seal_name *name)
{
    struct seal_key *key = ring->buckets[bucket_of(ring, tenant, name)];
    while (key != NULL && (key->tenant != tenant || memcmp(&key->name, name, sizeof *name) != 0)) {
        key = key->next;
    }
    return key;
}

static void insert(struct seal_ring *ring, struct seal_key *key)
{
    struct seal_key **bucket = &ring->buckets[bucket_of(ring, key->tenant, &key->name)];
    key->next = *bucket;
    *bucket = key;
    ring->key_count++;
}

/* Where there is no memory for more buckets, it goes on with longer chains. */
static void grow(struct seal_ring *ring)
{
    struct seal_key **old = ring->buckets;
    size_t count = ring->bucket_count;
    struct seal_key **buckets = memory_new_zeroed(count * 2, sizeof(struct seal_key *));
    if (buckets == NULL) {
        return;
    }
    ring->buckets = buckets;
    ring->bucket_count = count * 2;
    ring->key_count = 0;
    for (size_t i = 0; i < count; i++) {
        while (old[i] != NULL) {
            struct seal_key *key = old[i];
            old[i] = key->next;
            insert(ring, key);
        }
    }
    memory_free(old);
}

static struct seal_key *add_key(struct seal_ring *ring, struct seal_tenant *tenant, const struct seal_name *name)
{
    struct seal_key *key = memory_new_zeroed(1, sizeof *key);
    if (key == NULL) {
        return NULL;
    }
    key->tenant = tenant;
    key->name = *name;
    if (ring->key_count >= ring->bucket_count) {
        grow(ring);
    }
    insert(ring, key);
    return key;
}

struct seal_key *seal_key_make(struct seal_ring *ring, struct seal_tenant *tenant, const struct seal_name *name)
{
    struct seal_key *key = seal_key_find(ring, tenant, name);
    if (key == NULL) {
        key = add_key(ring, tenant, name);
        if (key != NULL) {
            ring->clock->random(ring->clock->context, key->key, SEAL_KEY_SIZE);
            key->next_fresh = ring->fresh;
            ring->fresh = key;
        }
    }
    return key;
}

bool seal_holds(struct seal_ring *ring, struct str tenant_id, const struct seal_name *name)
{
    const struct seal_tenant *tenant = seal_tenant_of(ring, tenant_id, false);
    return tenant != NULL && seal_key_find(ring, tenant, name) != NULL;
}

/* ---- to and from settings ---- */

static bool note_tenant(struct seal_ring *ring, struct seal_tenant *tenant, seal_note *note, void *context)
{
    char setting[SETTING_SIZE];
    uint8_t wrapped[WRAPPED_SIZE];
    struct str name = name_setting(tenant->digits, NULL, setting);
    return wrap(ring, ring->master, name, tenant->key, wrapped) && note(context, name, (struct str){(const char *)wrapped, sizeof wrapped});
}

bool seal_key_note(struct seal_ring *ring, struct seal_tenant *tenant, struct seal_key *key, uint64_t batch, seal_note *note,
                   void *context)
{
    char setting[SETTING_SIZE];
    uint8_t wrapped[WRAPPED_SIZE];
    if (!tenant->is_durable && tenant->noted != batch) {
        if (!note_tenant(ring, tenant, note, context)) {
            return false;
        }
        tenant->noted = batch;
    }
    if (key->is_durable || key->noted == batch) {
        return true;
    }
    struct str name = name_setting(tenant->digits, &key->name, setting);
    if (!wrap(ring, tenant->wrap, name, key->key, wrapped) || !note(context, name, (struct str){(const char *)wrapped, sizeof wrapped})) {
        return false;
    }
    key->noted = batch;
    return true;
}

void seal_ring_settle(struct seal_ring *ring, uint64_t batch)
{
    for (struct seal_tenant *tenant = ring->tenants; tenant != NULL; tenant = tenant->next) {
        tenant->is_durable = tenant->is_durable || tenant->noted == batch;
    }
    for (struct seal_key **at = &ring->fresh; *at != NULL;) {
        struct seal_key *key = *at;
        if (key->noted == batch) {
            key->is_durable = true;
            *at = key->next_fresh;
            key->next_fresh = NULL;
        } else {
            at = &key->next_fresh;
        }
    }
}

static int hex_value(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool name_from_hex(struct str hex, struct seal_name *name)
{
    bool fine = hex.length == (size_t)2 * SEAL_NAME_SIZE;
    for (size_t i = 0; fine && i < SEAL_NAME_SIZE; i++) {
        int high = hex_value(hex.at[2 * i]), low = hex_value(hex.at[2 * i + 1]);
        fine = high >= 0 && low >= 0;
        name->bytes[i] = (uint8_t)(fine ? high << 4 | low : 0);
    }
    return fine;
}

enum status seal_ring_load(struct seal_ring *ring, struct str setting, struct str value, struct error *error)
{
    struct str rest = str_from_offset(setting, SEAL_SETTINGS.length);
    struct seal_name name;
    uint8_t bytes[SEAL_KEY_SIZE];
    if (rest.length < TENANT_DIGITS) {
        return STATUS_OK; /* not one of ours */
    }
    struct seal_tenant *tenant = find_digits(ring, rest.at);
    if (rest.length == TENANT_DIGITS) {
        if (!unwrap(ring, ring->master, setting, value, bytes)) {
            return error_set(error, STATUS_INVALID, "master key", "the personal data in this store was sealed under another master key; give "
                             "that one (DATA/master.key, personal.master_key_file or personal.master_key)");
        }
        tenant = tenant != NULL ? tenant : add_tenant(ring, rest.at);
        if (tenant == NULL) {
            return error_no_memory(error, "personal keys");
        }
        memcpy(tenant->key, bytes, sizeof bytes);
        tenant->is_durable = true;
        derive(tenant);
    } else if (tenant != NULL && name_from_hex(str_from_offset(rest, TENANT_DIGITS + 1), &name) &&
               unwrap(ring, tenant->wrap, setting, value, bytes)) { /* else of a tenant whose key is gone, and so is this */
        struct seal_key *key = add_key(ring, tenant, &name);
        if (key == NULL) {
            return error_no_memory(error, "personal keys");
        }
        memcpy(key->key, bytes, sizeof bytes);
        key->is_durable = true;
    }
    OPENSSL_cleanse(bytes, sizeof bytes);
    return STATUS_OK;
}

bool seal_ring_rewrap(struct seal_ring *ring, const uint8_t master[SEAL_KEY_SIZE], seal_note *note, void *context)
{
    uint8_t old[SEAL_KEY_SIZE];
    memcpy(old, ring->master, sizeof old);
    memcpy(ring->master, master, sizeof old);
    bool fine = true;
    for (struct seal_tenant *tenant = ring->tenants; fine && tenant != NULL; tenant = tenant->next) {
        fine = !tenant->is_durable || note_tenant(ring, tenant, note, context);
    }
    if (!fine) {
        memcpy(ring->master, old, sizeof old);
    }
    OPENSSL_cleanse(old, sizeof old);
    return fine;
}

/* ---- forgetting ---- */

static void take_out(struct seal_ring *ring, struct seal_key *key)
{
    struct seal_key **at = &ring->buckets[bucket_of(ring, key->tenant, &key->name)];
    while (*at != key) {
        at = &(*at)->next;
    }
    *at = key->next;
    ring->key_count--;
    for (at = &ring->fresh; *at != NULL && *at != key;) {
        at = &(*at)->next_fresh;
    }
    if (*at == key) {
        *at = key->next_fresh;
        key->next_fresh = NULL;
    }
}

static void forget_key(struct seal_ring *ring, struct seal_key *key, struct seal_forgotten *forgotten)
{
    take_out(ring, key);
    key->next = forgotten->keys;
    forgotten->keys = key;
}

static void forget_tenant(struct seal_ring *ring, struct seal_tenant *tenant, struct seal_forgotten *forgotten)
{
    for (size_t i = 0; i < ring->bucket_count; i++) {
        for (struct seal_key *key = ring->buckets[i], *next; key != NULL; key = next) {
            next = key->next;
            if (key->tenant == tenant) {
                forget_key(ring, key, forgotten);
            }
        }
    }
    struct seal_tenant **at = &ring->tenants;
    while (*at != tenant) {
        at = &(*at)->next;
    }
    *at = tenant->next;
    tenant->next = NULL;
    forgotten->is_tenant = true;
}

struct seal_forgotten *seal_forget(struct seal_ring *ring, struct str tenant_id, const struct seal_name *name)
{
    struct seal_tenant *tenant = seal_tenant_of(ring, tenant_id, false);
    struct seal_key *key = tenant == NULL || name == NULL ? NULL : seal_key_find(ring, tenant, name);
    struct seal_forgotten *forgotten =
        tenant == NULL || (name != NULL && key == NULL) ? NULL : memory_new_zeroed(1, sizeof *forgotten);
    if (forgotten == NULL) {
        return NULL;
    }
    forgotten->tenant = tenant;
    if (name != NULL) {
        forget_key(ring, key, forgotten);
    } else {
        forget_tenant(ring, tenant, forgotten);
    }
    return forgotten;
}

void seal_forgotten_drop(struct seal_forgotten *forgotten)
{
    if (forgotten == NULL) {
        return;
    }
    while (forgotten->keys != NULL) {
        struct seal_key *key = forgotten->keys;
        forgotten->keys = key->next;
        free_key(key);
    }
    if (forgotten->is_tenant) {
        free_tenant(forgotten->tenant);
    }
    memory_free(forgotten);
}

/* What was made in its place meanwhile never became durable, as it would have come after. */
void seal_forgotten_return(struct seal_ring *ring, struct seal_forgotten *forgotten)
{
    if (forgotten == NULL) {
        return;
    }
    struct seal_tenant *tenant = forgotten->tenant;
    if (forgotten->is_tenant) {
        struct seal_tenant *newer = find_digits(ring, tenant->digits);
        if (newer != NULL) {
            struct seal_forgotten rest = {.tenant = newer};
            forget_tenant(ring, newer, &rest);
            while (rest.keys != NULL) {
                struct seal_key *key = rest.keys;
                rest.keys = key->next;
                free_key(key);
            }
            free_tenant(newer);
        }
        tenant->next = ring->tenants;
        ring->tenants = tenant;
    }
    while (forgotten->keys != NULL) {
        struct seal_key *key = forgotten->keys;
        forgotten->keys = key->next;
        struct seal_key *newer = seal_key_find(ring, tenant, &key->name);
        if (newer != NULL) {
            take_out(ring, newer);
            free_key(newer);
        }
        insert(ring, key);
        if (!key->is_durable) {
            key->next_fresh = ring->fresh;
            ring->fresh = key;
        }
    }
    memory_free(forgotten);
}
