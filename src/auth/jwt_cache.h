/* jwt_cache.h: tokens that were checked a moment ago, so that a signature is checked once and not at each request.
 *
 * Found by the SHA-256 of the whole text. Cleared when any issuer's keys change; an entry is good until its token expires. A
 * fixed number of places: a newcomer takes the place of whoever stands there.
 */
#ifndef TRIMODAL_AUTH_JWT_CACHE_H
#define TRIMODAL_AUTH_JWT_CACHE_H

#include "auth/principal.h"
#include "base/sha256.h"

#define JWT_CACHE_PLACES 2048

struct jwt_cache_entry {
    uint8_t hash[SHA256_SIZE];
    struct principal principal; /* its texts are one piece of memory that begins with the tenant's */
    uint64_t network;           /* from where it was last good */
    char *texts;                /* NULL: free */
};

struct jwt_cache {
    struct jwt_cache_entry places[JWT_CACHE_PLACES];
};

struct jwt_cache_entry *jwt_cache_find(struct jwt_cache *cache, const uint8_t hash[SHA256_SIZE], int64_t now_ms);
/* Copies; without memory nothing is kept, which is slower and not wrong. */
void jwt_cache_put(struct jwt_cache *cache, const uint8_t hash[SHA256_SIZE], const struct principal *principal,
                   uint64_t network);
void jwt_cache_clear(struct jwt_cache *cache);

#endif
