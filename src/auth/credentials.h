/* credentials.h: all random credentials that are good now, found by their hash or their number.
 *
 * Tokens, sessions, links, the local one, the one for metrics: they differ in where they come from and how long they last, and
 * not in how they are checked. A credential that is over is taken out; there is no state "revoked" in here.
 *
 * Finding by hash: a chained table on the first bytes of a SHA-256, which nobody can steer; the candidate is compared whole, in
 * constant time.
 */
#ifndef TRIMODAL_AUTH_CREDENTIALS_H
#define TRIMODAL_AUTH_CREDENTIALS_H

#include "auth/principal.h"
#include "base/sha256.h"

#define CREDENTIAL_BUCKETS 4096
#define CREDENTIAL_ID_SIZE 16

enum credential_kind { CREDENTIAL_TOKEN, CREDENTIAL_SESSION, CREDENTIAL_LINK, CREDENTIAL_LOCAL, CREDENTIAL_SCRAPE,
                       CREDENTIAL_KIND_COUNT };

struct credential {
    struct credential *next_by_hash, *next_by_number;
    uint8_t hash[SHA256_SIZE];
    enum credential_kind kind;
    uint64_t parent;                /* of sessions and links: the number of the credential they came from */
    int64_t until;                  /* when what came from it ends at the latest, ms */
    struct principal principal;     /* texts in `texts`; .token is the credential's own number */
    char id[CREDENTIAL_ID_SIZE];    /* of tokens */
    int64_t used_at, used_at_noted; /* of tokens: to the hour; what the store knows */
    uint64_t network;               /* from where it was last good; see throttle.h; 0: nowhere yet */
    char texts[];
};

struct credentials {
    struct credential *by_hash[CREDENTIAL_BUCKETS], *by_number[CREDENTIAL_BUCKETS];
    size_t counts[CREDENTIAL_KIND_COUNT];
    uint64_t last_number;
};

/* Copies the principal's texts and gives it a number. NULL without memory. */
struct credential *credentials_add(struct credentials *credentials, enum credential_kind kind, const uint8_t hash[SHA256_SIZE],
                                   const struct principal *principal) must_check;
struct credential *credentials_find(const struct credentials *credentials, const uint8_t hash[SHA256_SIZE]);
struct credential *credentials_by_number(const struct credentials *credentials, uint64_t number);
/* Takes it out, and all that came from it. */
void credentials_remove(struct credentials *credentials, struct credential *credential);
/* Takes out what is over at this moment. */
void credentials_expire(struct credentials *credentials, int64_t now_ms);
void credentials_release(struct credentials *credentials);

/* All of one kind, one after the other; NULL begins and ends. Nothing may be added or removed meanwhile. */
struct credential *credentials_next(const struct credentials *credentials, enum credential_kind kind,
                                    const struct credential *after);

#endif
