/* jwt.h: JSON Web Tokens (RFC 7519), checked as RFC 8725 asks.
 *
 * The verifier chooses. An issuer's configuration names the algorithms; a token's own "alg" must be one of them and fit the
 * type of the key. So "none" has no way in, and a public RSA key never serves as an HMAC secret:
 *   HS256   keys of type oct, 32 bytes at least, from files only
 *   RS256   RSA, 2048 to 8192 bits, PKCS #1 v1.5
 *   ES256   P-256; the signature is 64 raw bytes, r and s in 1 … n-1, never DER
 *   EdDSA   Ed25519
 * Keys come from the issuer's key set and from nowhere else: a token that brings a key or says where to get one (jwk, jku, x5c,
 * x5u) is refused, as is one with crit, b64, or more or fewer than three parts. "kid" is compared with the keys' ids and does
 * nothing else.
 *
 * Base64url is strict (no padding, no white space, no bits left over), JSON holds no member twice at any depth. Asked of the
 * claims: iss is the issuer's, aud holds its audience, exp is there and has not come, nbf and iat have (give or take
 * clock_skew_seconds), sub is a text, and tenant and role are there and known. typ, where given, is JWT or at+jwt.
 *
 * jwt_verify is a pure function of text, keys and time.
 */
#ifndef TRIMODAL_AUTH_JWT_H
#define TRIMODAL_AUTH_JWT_H

#include "auth/jwks.h"
#include "auth/principal.h"
#include "base/json_read.h"

#define JWT_BYTES_MAX (8 * KIB)
#define JWT_ISSUERS_MAX 16
#define JWT_TEXT_SIZE 512
#define JWT_SKEW_SECONDS_DEFAULT 60
#define JWT_SKEW_SECONDS_MAX 300
#define JWT_SUBJECT_BYTES_MAX 256
#define JWKS_REFRESH_SECONDS_DEFAULT 600
#define JWKS_REFRESH_SECONDS_MAX 86400
#define JWKS_ROTATION_SECONDS 60 /* between two fetches at most, where an unknown key asks for one */

/* An issuer as it is configured. Empty texts are absent. */
struct jwt_issuer_options {
    char issuer[JWT_TEXT_SIZE];   /* iss, exactly */
    char audience[JWT_TEXT_SIZE]; /* one of aud, exactly */
    uint32_t algorithms;          /* bits 1u << jwt_algorithm */
    char jwks_file[JWT_TEXT_SIZE]; /* one of these three */
    char jwks_url[JWT_TEXT_SIZE];
    char secret_file[JWT_TEXT_SIZE]; /* HS256: the bytes of the file, without a line feed at its end */
    char tenant[JWT_TEXT_SIZE];       /* all of its people belong to this one; else by claim */
    char tenant_claim[JWT_TEXT_SIZE]; /* default "tenant"; "/a/b" reaches into objects (RFC 6901) */
    char role_claim[JWT_TEXT_SIZE];   /* default "role"; a text or a list of texts */
    int64_t clock_skew_seconds;
    int64_t refresh_seconds; /* how often keys are fetched from jwks_url; 0: JWKS_REFRESH_SECONDS_DEFAULT */
};

/* What a good token says; texts in the arena. */
struct jwt_claims {
    struct str subject, tenant_id;
    enum role role;
    uint32_t permissions;
    int64_t expires_at_ms; /* with the skew */
};

enum jwt_outcome {
    JWT_GOOD,
    JWT_REFUSED,     /* for good; the reason says why */
    JWT_UNKNOWN_KEY, /* no key of that id, or none that fits: the key set may have moved on */
};

struct jwt;
/* Reads what can be read without a key. NULL: refused, *reason says why (a literal, free of the token's content). The result
 * lives in the arena. */
const struct jwt *jwt_read(struct str text, struct json_parser *parser, struct arena *arena, const char **reason) must_check;
struct str jwt_issuer(const struct jwt *jwt);
/* Checks signature and claims against one issuer. */
enum jwt_outcome jwt_verify(const struct jwt *jwt, const struct jwt_issuer_options *issuer, const struct jwks *keys,
                            int64_t now_ms, struct arena *arena, struct jwt_claims *claims, const char **reason) must_check;

#endif
