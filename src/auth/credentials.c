#include "auth/credentials.h"

#include <openssl/crypto.h>

#include "base/memory.h"

static size_t bucket_of_hash(const uint8_t hash[SHA256_SIZE])
{
    return (size_t)(hash[0] | hash[1] << 8) % CREDENTIAL_BUCKETS;
}

static size_t bucket_of_number(uint64_t number)
{
    return number % CREDENTIAL_BUCKETS;
}

struct credential *credentials_add(struct credentials *credentials, enum credential_kind kind, const uint8_t hash[SHA256_SIZE],
                                   const struct principal *principal)
{
    struct str tenant = principal->tenant_id, subject = principal->subject;
    struct credential *credential = memory_new_zeroed(1, sizeof *credential + tenant.length + subject.length);
    if (credential == NULL) {
        return NULL;
    }
    if (tenant.length > 0) {
        memcpy(credential->texts, tenant.at, tenant.length);
    }
    if (subject.length > 0) {
        memcpy(credential->texts + tenant.length, subject.at, subject.length);
    }
    memcpy(credential->hash, hash, SHA256_SIZE);
    credential->kind = kind;
    credential->principal = *principal;
    credential->principal.tenant_id = (struct str){credential->texts, tenant.length};
    credential->principal.subject = (struct str){credential->texts + tenant.length, subject.length};
    credential->principal.token = ++credentials->last_number;
    struct credential **by_hash = &credentials->by_hash[bucket_of_hash(hash)];
    struct credential **by_number = &credentials->by_number[bucket_of_number(credentials->last_number)];
    credential->next_by_hash = *by_hash;
    credential->next_by_number = *by_number;
    *by_hash = *by_number = credential;
    credentials->counts[kind]++;
    return credential;
}

struct credential *credentials_find(const struct credentials *credentials, const uint8_t hash[SHA256_SIZE])
{
    struct credential *found = NULL;
    for (struct credential *c = credentials->by_hash[bucket_of_hash(hash)]; c != NULL; c = c->next_by_hash) {
        found = CRYPTO_memcmp(c->hash, hash, SHA256_SIZE) == 0 ? c : found;
    }
    return found;
}

struct credential *credentials_by_number(const struct credentials *credentials, uint64_t number)
{
    struct credential *c = credentials->by_number[bucket_of_number(number)];
    while (c != NULL && c->principal.token != number) {
        c = c->next_by_number;
    }
    return c;
}

static void unlink_one(struct credentials *credentials, struct credential *credential)
{
    struct credential **at = &credentials->by_hash[bucket_of_hash(credential->hash)];
    while (*at != credential) {
        at = &(*at)->next_by_hash;
    }
    *at = credential->next_by_hash;
    at = &credentials->by_number[bucket_of_number(credential->principal.token)];
    while (*at != credential) {
        at = &(*at)->next_by_number;
    }
    *at = credential->next_by_number;
    credentials->counts[credential->kind]--;
    memory_free(credential);
}

/* Takes out all that `is_over` holds for. */
static void sweep(struct credentials *credentials, bool (*is_over)(const struct credential *credential, int64_t value),
                  int64_t value)
{
    for (size_t i = 0; i < CREDENTIAL_BUCKETS; i++) {
        for (struct credential *c = credentials->by_hash[i], *next; c != NULL; c = next) {
            next = c->next_by_hash;
            if (is_over(c, value)) {
                unlink_one(credentials, c);
            }
        }
    }
}

static bool came_from(const struct credential *credential, int64_t number)
{
    return credential->parent == (uint64_t)number;
}

void credentials_remove(struct credentials *credentials, struct credential *credential)
{
    uint64_t number = credential->principal.token;
    bool has_children = credential->kind != CREDENTIAL_SESSION;
    unlink_one(credentials, credential);
    if (has_children) {
        sweep(credentials, came_from, (int64_t)number);
    }
}

static bool is_over_at(const struct credential *credential, int64_t now_ms)
{
    return credential->principal.expires_at_ms <= now_ms;
}

void credentials_expire(struct credentials *credentials, int64_t now_ms)
{
    sweep(credentials, is_over_at, now_ms);
}

static bool is_any(const struct credential *credential, int64_t value)
{
    (void)credential;
    (void)value;
    return true;
}

void credentials_release(struct credentials *credentials)
{
    sweep(credentials, is_any, 0);
}

struct credential *credentials_next(const struct credentials *credentials, enum credential_kind kind,
                                    const struct credential *after)
{
    size_t bucket = after == NULL ? 0 : bucket_of_hash(after->hash);
    struct credential *c = after == NULL ? credentials->by_hash[0] : after->next_by_hash;
    for (;;) {
        while (c != NULL && c->kind != kind) {
            c = c->next_by_hash;
        }
        if (c != NULL || ++bucket == CREDENTIAL_BUCKETS) {
            return c;
        }
        c = credentials->by_hash[bucket];
    }
}
