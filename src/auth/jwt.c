#include "auth/jwt.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/hmac.h>
#include <math.h>

#include "base/json_read.h"

#define ES256_BYTES 64
#define ED25519_SIGNATURE_BYTES 64
#define SIGNATURE_BYTES_MAX 1024 /* of RSA with 8192 bits */
#define ECDSA_DER_BYTES_MAX 80

struct jwt {
    struct str signed_part;
    struct str algorithm, kid, issuer; /* kid is absent where there is none */
    uint8_t signature[SIGNATURE_BYTES_MAX];
    size_t signature_length;
    struct json claims;
};

/* ---- reading ---- */

/* Base64url of JSON, decoded into the arena with padding behind it. */
static bool decode_part(struct str part, struct arena *arena, struct str *decoded)
{
    size_t length;
    uint8_t *bytes = arena_new_zeroed(arena, 1, part.length + JSON_READ_PADDING);
    if (bytes == NULL || !base64url_decode(part, bytes, part.length, &length)) {
        return false;
    }
    *decoded = (struct str){(const char *)bytes, length};
    return true;
}

/* Two parsers that read the same text may choose different ones of two members: there must be one. */
static bool has_member_twice(struct json value)
{
    bool object = json_type(value) == JSON_OBJECT;
    for (struct json_iterator i = json_begin(value); json_next(&i);) {
        if (has_member_twice(i.value)) {
            return true;
        }
        size_t same = 0;
        for (struct json_iterator other = json_begin(value); object && json_next(&other);) {
            same += str_equal(other.key, i.key);
        }
        if (same > 1) {
            return true;
        }
    }
    return false;
}

static bool parse_object(struct str text, struct json_parser *parser, struct json *root)
{
    return json_parse(parser, text, root, NULL) == STATUS_OK && json_type(*root) == JSON_OBJECT && !has_member_twice(*root);
}

static bool has(struct json object, const char *key)
{
    struct json value;
    return json_member(object, key, &value);
}

static bool typ_is_fine(struct json header)
{
    struct json typ;
    if (!json_member(header, "typ", &typ)) {
        return true;
    }
    struct str text = json_type(typ) == JSON_STRING ? json_string(typ) : STR("?");
    if (text.length > 12 && str_equal_ignoring_case((struct str){text.at, 12}, STR("application/"))) {
        text = str_from_offset(text, 12);
    }
    return str_equal_ignoring_case(text, STR("JWT")) || str_equal_ignoring_case(text, STR("at+jwt"));
}

/* NULL, or why it is refused. */
static const char *read_header(struct json header, struct arena *arena, struct jwt *jwt)
{
    struct json kid;
    if (has(header, "crit") || has(header, "b64")) {
        return "its header asks for extensions (crit)";
    }
    if (has(header, "jwk") || has(header, "jku") || has(header, "x5u") || has(header, "x5c")) {
        return "it brings its own key, or says where to get one";
    }
    if (has(header, "enc") || has(header, "zip")) {
        return "it is encrypted or compressed";
    }
    if (!typ_is_fine(header)) {
        return "its typ is neither JWT nor at+jwt";
    }
    if (!arena_copy(arena, json_member_string(header, "alg"), &jwt->algorithm) || jwt->algorithm.length == 0) {
        return "it names no algorithm";
    }
    if (!json_member(header, "kid", &kid)) {
        return NULL;
    }
    if (json_type(kid) != JSON_STRING || json_string(kid).length == 0 || json_string(kid).length >= JWKS_KID_SIZE) {
        return "its kid is no text of 1 to 255 bytes";
    }
    return arena_copy(arena, json_string(kid), &jwt->kid) ? NULL : "memory is short";
}

static const char *read_parts(struct str text, struct json_parser *parser, struct arena *arena, struct jwt *jwt)
{
    struct str header_json, claims_json;
    struct json header;
    if (text.length > JWT_BYTES_MAX) {
        return "it is longer than 8 KiB";
    }
    size_t first = str_find(text, '.');
    struct str rest = str_from_offset(text, first + 1);
    size_t second = str_find(rest, '.');
    struct str signature = str_from_offset(rest, second + 1);
    if (first == text.length || second == rest.length || str_find(signature, '.') != signature.length) {
        return "it has not three parts";
    }
    jwt->signed_part = (struct str){text.at, first + 1 + second};
    if (!decode_part((struct str){text.at, first}, arena, &header_json) ||
        !decode_part((struct str){rest.at, second}, arena, &claims_json) ||
        !base64url_decode(signature, jwt->signature, sizeof jwt->signature, &jwt->signature_length)) {
        return "a part is no base64url";
    }
    if (!parse_object(header_json, parser, &header)) {
        return "its header is no JSON object, or has a member twice";
    }
    const char *reason = read_header(header, arena, jwt);
    if (reason != NULL) {
        return reason;
    }
    if (!parse_object(claims_json, parser, &jwt->claims)) {
        return "its claims are no JSON object, or have a member twice";
    }
    jwt->issuer = json_member_string(jwt->claims, "iss");
    return jwt->issuer.length == 0 ? "it names no issuer" : NULL;
}

const struct jwt *jwt_read(struct str text, struct json_parser *parser, struct arena *arena, const char **reason)
{
    struct jwt *jwt = arena_new_zeroed(arena, 1, sizeof *jwt);
    *reason = jwt == NULL ? "memory is short" : read_parts(text, parser, arena, jwt);
    return *reason == NULL ? jwt : NULL;
}

struct str jwt_issuer(const struct jwt *jwt)
{
    return jwt->issuer;
}

/* ---- signatures ---- */

static bool check_hmac(const struct jwt *jwt, const struct jwks_key *key)
{
    uint8_t expected[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    return HMAC(EVP_sha256(), key->secret, (int)key->secret_length, (const uint8_t *)jwt->signed_part.at,
                jwt->signed_part.length, expected, &length) != NULL &&
           length == jwt->signature_length && CRYPTO_memcmp(expected, jwt->signature, length) == 0;
}

static bool check_digest(const struct jwt *jwt, const struct jwks_key *key, const EVP_MD *hash, const uint8_t *signature,
                         size_t length)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context != NULL && EVP_DigestVerifyInit(context, NULL, hash, NULL, key->public_key) == 1 &&
                EVP_DigestVerify(context, signature, length, (const uint8_t *)jwt->signed_part.at, jwt->signed_part.length) == 1;
    EVP_MD_CTX_free(context);
    return good;
}

/* r and s, 32 bytes each, become the DER that OpenSSL wants. It refuses those that are not in 1 … n-1. */
static bool check_ecdsa(const struct jwt *jwt, const struct jwks_key *key)
{
    if (jwt->signature_length != ES256_BYTES) {
        return false;
    }
    uint8_t der[ECDSA_DER_BYTES_MAX], *at = der;
    int length = 0;
    BIGNUM *r = BN_bin2bn(jwt->signature, ES256_BYTES / 2, NULL);
    BIGNUM *s = BN_bin2bn(jwt->signature + ES256_BYTES / 2, ES256_BYTES / 2, NULL);
    ECDSA_SIG *signature = ECDSA_SIG_new();
    if (r == NULL || s == NULL || signature == NULL || BN_is_zero(r) || BN_is_zero(s) || ECDSA_SIG_set0(signature, r, s) != 1) {
        BN_free(r);
        BN_free(s);
    } else {
        length = i2d_ECDSA_SIG(signature, &at);
    }
    ECDSA_SIG_free(signature);
    return length > 0 && check_digest(jwt, key, EVP_sha256(), der, (size_t)length);
}

static bool check_signature(const struct jwt *jwt, const struct jwks_key *key)
{
    switch (key->algorithm) {
    case JWT_HS256:
        return check_hmac(jwt, key);
    case JWT_RS256:
        return jwt->signature_length == (size_t)EVP_PKEY_get_size(key->public_key) &&
               check_digest(jwt, key, EVP_sha256(), jwt->signature, jwt->signature_length);
    case JWT_ES256:
        return check_ecdsa(jwt, key);
    case JWT_EDDSA:
        return jwt->signature_length == ED25519_SIGNATURE_BYTES &&
               check_digest(jwt, key, NULL, jwt->signature, jwt->signature_length);
    default:
        return false;
    }
}

static enum jwt_outcome find_signer(const struct jwt *jwt, const struct jwt_issuer_options *issuer, const struct jwks *keys,
                                    const char **reason)
{
    enum jwt_algorithm algorithm;
    if (!jwt_algorithm_from_name(jwt->algorithm, &algorithm) || (issuer->algorithms >> algorithm & 1) == 0) {
        *reason = "its algorithm is none of those configured for its issuer";
        return JWT_REFUSED;
    }
    bool tried = false;
    for (size_t i = 0; i < keys->count; i++) {
        const struct jwks_key *key = &keys->keys[i];
        if (key->algorithm != algorithm || (jwt->kid.at != NULL && !str_is(jwt->kid, key->kid))) {
            continue;
        }
        tried = true;
        if (check_signature(jwt, key)) {
            return JWT_GOOD;
        }
    }
    *reason = tried ? "its signature is not right" : "its issuer has no key of that id and algorithm";
    return tried && jwt->kid.at != NULL ? JWT_REFUSED : JWT_UNKNOWN_KEY;
}

/* ---- claims ---- */

/* A NumericDate (RFC 7519, section 2) in ms. */
static bool time_claim(struct json claims, const char *name, bool *present, int64_t *ms)
{
    struct json value;
    *present = json_member(claims, name, &value);
    if (!*present) {
        return true;
    }
    enum json_type type = json_type(value);
    double seconds = type == JSON_I64 || type == JSON_DOUBLE ? json_double(value) : NAN;
    if (!(seconds >= 0 && seconds <= 253402300799.0)) {
        return false;
    }
    *ms = (int64_t)(seconds * 1000);
    return true;
}

static const char *check_times(struct json claims, int64_t now_ms, int64_t skew_ms, int64_t *expires_at_ms)
{
    bool has_exp, has_nbf, has_iat;
    int64_t exp = 0, nbf = 0, iat = 0;
    if (!time_claim(claims, "exp", &has_exp, &exp) || !time_claim(claims, "nbf", &has_nbf, &nbf) ||
        !time_claim(claims, "iat", &has_iat, &iat)) {
        return "exp, nbf or iat is no time";
    }
    if (!has_exp) {
        return "it has no exp";
    }
    *expires_at_ms = exp + skew_ms;
    if (now_ms >= exp + skew_ms) {
        return "it has expired";
    }
    if (has_nbf && nbf - skew_ms > now_ms) {
        return "it is not good yet (nbf)";
    }
    return has_iat && iat - skew_ms > now_ms ? "it was made in the future (iat)" : NULL;
}

static bool is_for(struct json claims, const char *audience)
{
    struct json aud;
    if (!json_member(claims, "aud", &aud)) {
        return false;
    }
    if (json_type(aud) == JSON_STRING) {
        return str_is(json_string(aud), audience);
    }
    bool found = false;
    for (struct json_iterator i = json_begin(aud); json_type(aud) == JSON_ARRAY && json_next(&i);) {
        if (json_type(i.value) != JSON_STRING) {
            return false;
        }
        found = found || str_is(json_string(i.value), audience);
    }
    return found;
}

/* A claim by its name, or by a JSON pointer (RFC 6901; without its ~ escapes) where that begins with '/'. */
static bool claim_at(struct json claims, const char *name, struct json *value)
{
    if (name[0] != '/') {
        return json_member(claims, name, value);
    }
    struct str rest = str_from(name + 1), piece;
    *value = claims;
    while (str_split_next(&rest, '/', &piece)) {
        char key[JWT_TEXT_SIZE];
        memcpy(key, piece.at, piece.length);
        key[piece.length] = '\0';
        if (json_type(*value) != JSON_OBJECT || !json_member(*value, key, value)) {
            return false;
        }
    }
    return true;
}

/* One role, or a list that may hold other things' roles too; the strongest counts, permissions add up. */
static bool take_roles(struct json claims, const char *name, struct jwt_claims *to)
{
    struct json value;
    enum role role;
    bool found = false;
    if (!claim_at(claims, name, &value)) {
        return false;
    }
    if (json_type(value) == JSON_STRING) {
        found = role_from_name(json_string(value), &to->role);
        to->permissions = found ? role_permissions(to->role) : 0;
        return found;
    }
    for (struct json_iterator i = json_begin(value); json_type(value) == JSON_ARRAY && json_next(&i);) {
        if (json_type(i.value) == JSON_STRING && role_from_name(json_string(i.value), &role)) {
            to->role = !found || role < to->role ? role : to->role;
            to->permissions |= role_permissions(role);
            found = true;
        }
    }
    return found;
}

/* What may stand in an audit log, a line of a log, a tenant's name: text without control characters. */
static bool is_plain(struct str text, size_t length_max)
{
    for (size_t i = 0; i < text.length; i++) {
        if ((unsigned char)text.at[i] < ' ' || text.at[i] == 0x7f) {
            return false;
        }
    }
    return text.length > 0 && text.length <= length_max;
}

static const char *take_tenant(struct json claims, const struct jwt_issuer_options *issuer, struct arena *arena,
                               struct str *tenant_id)
{
    struct json value;
    struct str tenant = str_from(issuer->tenant);
    if (tenant.length == 0) {
        const char *name = issuer->tenant_claim[0] != '\0' ? issuer->tenant_claim : "tenant";
        tenant = claim_at(claims, name, &value) && json_type(value) == JSON_STRING ? json_string(value) : STR_NONE;
    }
    if (!is_plain(tenant, LIMIT_ID_BYTES)) {
        return "it names no tenant";
    }
    return arena_copy(arena, tenant, tenant_id) ? NULL : "memory is short";
}

static const char *check_claims(const struct jwt *jwt, const struct jwt_issuer_options *issuer, int64_t now_ms,
                                struct arena *arena, struct jwt_claims *claims)
{
    if (!str_is(jwt->issuer, issuer->issuer)) {
        return "it is of another issuer";
    }
    if (!is_for(jwt->claims, issuer->audience)) {
        return "it is for another audience";
    }
    const char *reason = check_times(jwt->claims, now_ms, issuer->clock_skew_seconds * 1000, &claims->expires_at_ms);
    if (reason != NULL) {
        return reason;
    }
    struct str subject = json_member_string(jwt->claims, "sub");
    if (!is_plain(subject, JWT_SUBJECT_BYTES_MAX)) {
        return "its sub is no text of 1 to 256 bytes";
    }
    if (!take_roles(jwt->claims, issuer->role_claim[0] != '\0' ? issuer->role_claim : "role", claims)) {
        return "it names no role that is known";
    }
    return arena_copy(arena, subject, &claims->subject) ? take_tenant(jwt->claims, issuer, arena, &claims->tenant_id)
                                                        : "memory is short";
}

enum jwt_outcome jwt_verify(const struct jwt *jwt, const struct jwt_issuer_options *issuer, const struct jwks *keys,
                            int64_t now_ms, struct arena *arena, struct jwt_claims *claims, const char **reason)
{
    *claims = (struct jwt_claims){0};
    enum jwt_outcome outcome = find_signer(jwt, issuer, keys, reason);
    if (outcome != JWT_GOOD) {
        return outcome;
    }
    *reason = check_claims(jwt, issuer, now_ms, arena, claims);
    return *reason == NULL ? JWT_GOOD : JWT_REFUSED;
}
