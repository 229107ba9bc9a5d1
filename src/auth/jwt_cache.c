#include "auth/jwt_cache.h"

#include "base/memory.h"

static struct jwt_cache_entry *place_of(struct jwt_cache *cache, const uint8_t hash[SHA256_SIZE])
{
    return &cache->places[(size_t)(hash[0] | hash[1] << 8) % JWT_CACHE_PLACES];
}

static void clear(struct jwt_cache_entry *entry)
{
    memory_free(entry->texts);
    *entry = (struct jwt_cache_entry){0};
}

struct jwt_cache_entry *jwt_cache_find(struct jwt_cache *cache, const uint8_t hash[SHA256_SIZE], int64_t now_ms)
{
    struct jwt_cache_entry *entry = place_of(cache, hash);
    bool is_it = entry->texts != NULL && memcmp(entry->hash, hash, SHA256_SIZE) == 0;
    if (is_it && entry->principal.expires_at_ms <= now_ms) {
        clear(entry);
        return NULL;
    }
    return is_it ? entry : NULL;
}

void jwt_cache_put(struct jwt_cache *cache, const uint8_t hash[SHA256_SIZE], const struct principal *principal, uint64_t network)
{
    struct jwt_cache_entry *entry = place_of(cache, hash);
    struct str tenant = principal->tenant_id, subject = principal->subject;
    clear(entry);
    char *texts = memory_new(tenant.length + subject.length + 1);
    if (texts == NULL) {
        return;
    }
    memcpy(texts, tenant.at, tenant.length);
    memcpy(texts + tenant.length, subject.at, subject.length);
    memcpy(entry->hash, hash, SHA256_SIZE);
    entry->principal = *principal;
    entry->principal.tenant_id = (struct str){texts, tenant.length};
    entry->principal.subject = (struct str){texts + tenant.length, subject.length};
    entry->network = network;
    entry->texts = texts;
}

void jwt_cache_clear(struct jwt_cache *cache)
{
    for (size_t i = 0; i < JWT_CACHE_PLACES; i++) {
        if (cache->places[i].texts != NULL) {
            clear(&cache->places[i]);
        }
    }
}
