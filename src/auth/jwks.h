/* jwks.h: sets of keys that signatures are checked with (RFC 7517, JSON Web Key Set).
 *
 * A set is made of text once and never changes. Keys that are of no use here (other types and curves, use: enc) are left out;
 * keys that are dangerous (RSA under 2048 bits, points that are not on the curve, HMAC secrets under 32 bytes, private parts in
 * a set that should be public) are left out with a warning in the log that names their id. A set of which nothing is left is
 * STATUS_INVALID.
 */
#ifndef TRIMODAL_AUTH_JWKS_H
#define TRIMODAL_AUTH_JWKS_H

#include <openssl/evp.h>

#include "base/limits.h"
#include "base/status.h"
#include "base/str.h"

#define JWKS_BYTES_MAX (256 * KIB)
#define JWKS_KEYS_MAX 64
#define JWKS_KID_SIZE 256
#define JWKS_SECRET_BYTES_MIN 32
#define JWKS_SECRET_BYTES_MAX 1024

enum jwt_algorithm { JWT_HS256, JWT_RS256, JWT_ES256, JWT_EDDSA, JWT_ALGORITHM_COUNT };
const char *jwt_algorithm_name(enum jwt_algorithm algorithm); /* "HS256" */
bool jwt_algorithm_from_name(struct str name, enum jwt_algorithm *algorithm);

struct jwks_key {
    enum jwt_algorithm algorithm; /* the only one it serves */
    char kid[JWKS_KID_SIZE];      /* empty: none */
    EVP_PKEY *public_key;         /* NULL for HS256 */
    uint8_t secret[JWKS_SECRET_BYTES_MAX];
    size_t secret_length;
};

struct jwks {
    size_t count;
    struct jwks_key keys[];
};

/* `text` has JSON_READ_PADDING readable bytes behind it. `source` names it in messages. Secrets (oct) are taken where
 * `may_hold_secrets`. */
enum status jwks_parse(struct jwks **set, struct str text, bool may_hold_secrets, const char *source, struct error *error)
    must_check;
/* One HMAC secret as a set. */
enum status jwks_of_secret(struct jwks **set, struct str secret, const char *source, struct error *error) must_check;
void jwks_free(struct jwks *set); /* NULL is allowed; secrets are wiped */

/* RFC 4648, section 5, strict: no padding, no white space, nothing left over. False where it is none or does not fit. */
bool base64url_decode(struct str text, uint8_t *bytes, size_t capacity, size_t *length) must_check;
/* `text` has room for the characters and a NUL. */
size_t base64url_encode(const uint8_t *bytes, size_t length, char *text);

#endif
