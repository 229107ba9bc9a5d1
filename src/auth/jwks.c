#include "auth/jwks.h"

#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <stdio.h>

#include "base/json_read.h"
#include "base/log.h"
#include "base/memory.h"

#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 8192
#define COMPONENT_BYTES_MAX (RSA_BITS_MAX / 8 + 1)
#define P256_BYTES 32
#define ED25519_BYTES 32

const char *jwt_algorithm_name(enum jwt_algorithm algorithm)
{
    static const char *const names[JWT_ALGORITHM_COUNT] = {"HS256", "RS256", "ES256", "EdDSA"};
    return names[algorithm];
}

bool jwt_algorithm_from_name(struct str name, enum jwt_algorithm *algorithm)
{
    for (int i = 0; i < JWT_ALGORITHM_COUNT; i++) {
        if (str_is(name, jwt_algorithm_name((enum jwt_algorithm)i))) {
            *algorithm = (enum jwt_algorithm)i;
            return true;
        }
    }
    return false;
}

/* ---- keys of OpenSSL ---- */

static EVP_PKEY *from_parameters(const char *type, OSSL_PARAM_BLD *builder)
{
    EVP_PKEY *key = NULL;
    OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(builder);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    if (parameters == NULL || context == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1) {
        key = NULL;
    }
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(parameters);
    return key;
}

/* Is the public key what it claims to be (the point on its curve, for one)? */
static bool is_sound(EVP_PKEY *key)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    bool sound = context != NULL && EVP_PKEY_public_check(context) == 1;
    EVP_PKEY_CTX_free(context);
    return sound;
}

static bool component(struct json jwk, const char *name, uint8_t bytes[COMPONENT_BYTES_MAX], size_t *length)
{
    struct str text = json_member_string(jwk, name);
    return text.length > 0 && base64url_decode(text, bytes, COMPONENT_BYTES_MAX, length);
}

/* The reason why the key is not taken, or NULL and the key. */
static const char *rsa_key(struct json jwk, EVP_PKEY **key)
{
    uint8_t n_bytes[COMPONENT_BYTES_MAX], e_bytes[COMPONENT_BYTES_MAX];
    size_t n_length, e_length;
    if (!component(jwk, "n", n_bytes, &n_length) || !component(jwk, "e", e_bytes, &e_length)) {
        return "n or e is missing, too long, or no base64url";
    }
    const char *reason = NULL;
    BIGNUM *n = BN_bin2bn(n_bytes, (int)n_length, NULL), *e = BN_bin2bn(e_bytes, (int)e_length, NULL);
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    if (n == NULL || e == NULL || builder == NULL) {
        reason = "out of memory";
    } else if (BN_num_bits(n) < RSA_BITS_MIN) {
        reason = "an RSA key needs 2048 bits at least";
    } else if (BN_num_bits(n) > RSA_BITS_MAX) {
        reason = "an RSA key may have 8192 bits at most";
    } else if (!BN_is_odd(n) || !BN_is_odd(e) || BN_is_one(e) || BN_num_bits(e) > 64) {
        reason = "modulus and exponent are no RSA key";
    } else if (OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) != 1 ||
               OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) != 1 ||
               (*key = from_parameters("RSA", builder)) == NULL) {
        reason = "OpenSSL does not take it";
    }
    OSSL_PARAM_BLD_free(builder);
    BN_free(n);
    BN_free(e);
    return reason;
}

static const char *p256_key(struct json jwk, EVP_PKEY **key)
{
    uint8_t x[COMPONENT_BYTES_MAX], y[COMPONENT_BYTES_MAX], point[1 + 2 * P256_BYTES] = {4};
    size_t x_length, y_length;
    if (!component(jwk, "x", x, &x_length) || !component(jwk, "y", y, &y_length) || x_length != P256_BYTES ||
        y_length != P256_BYTES) {
        return "x and y must be 32 bytes of base64url";
    }
    memcpy(point + 1, x, P256_BYTES);
    memcpy(point + 1 + P256_BYTES, y, P256_BYTES);
    const char *reason = NULL;
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    if (builder == NULL || OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) != 1 ||
        OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point) != 1 ||
        (*key = from_parameters("EC", builder)) == NULL || !is_sound(*key)) {
        reason = "x and y are no point of P-256";
    }
    OSSL_PARAM_BLD_free(builder);
    return reason;
}

static const char *ed25519_key(struct json jwk, EVP_PKEY **key)
{
    uint8_t x[COMPONENT_BYTES_MAX];
    size_t length;
    if (!component(jwk, "x", x, &length) || length != ED25519_BYTES) {
        return "x must be 32 bytes of base64url";
    }
    *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, x, length);
    return *key == NULL ? "OpenSSL does not take it" : NULL;
}

static const char *secret_key(struct json jwk, struct jwks_key *key)
{
    struct str text = json_member_string(jwk, "k");
    if (!base64url_decode(text, key->secret, sizeof key->secret, &key->secret_length)) {
        return "k is missing, too long, or no base64url";
    }
    return key->secret_length < JWKS_SECRET_BYTES_MIN ? "a secret for HS256 needs 32 bytes at least" : NULL;
}

/* ---- one key ---- */

static bool may_verify(struct json jwk)
{
    struct json use, operations;
    if (json_member(jwk, "use", &use) && (json_type(use) != JSON_STRING || !str_is(json_string(use), "sig"))) {
        return false;
    }
    if (!json_member(jwk, "key_ops", &operations)) {
        return true;
    }
    bool verifies = false;
    for (struct json_iterator i = json_begin(operations); json_next(&i);) {
        verifies = verifies || (json_type(i.value) == JSON_STRING && str_is(json_string(i.value), "verify"));
    }
    return verifies;
}

/* What the key is for, by its type; false where it is for nothing that is done here. */
static bool algorithm_of(struct json jwk, enum jwt_algorithm *algorithm)
{
    struct str type = json_member_string(jwk, "kty"), curve = json_member_string(jwk, "crv");
    struct json alg;
    if (str_is(type, "RSA")) {
        *algorithm = JWT_RS256;
    } else if (str_is(type, "EC") && str_is(curve, "P-256")) {
        *algorithm = JWT_ES256;
    } else if (str_is(type, "OKP") && str_is(curve, "Ed25519")) {
        *algorithm = JWT_EDDSA;
    } else if (str_is(type, "oct")) {
        *algorithm = JWT_HS256;
    } else {
        return false;
    }
    if (!json_member(jwk, "alg", &alg)) {
        return true;
    }
    bool is_ed25519 = *algorithm == JWT_EDDSA && json_type(alg) == JSON_STRING && str_is(json_string(alg), "Ed25519");
    return is_ed25519 || (json_type(alg) == JSON_STRING && str_is(json_string(alg), jwt_algorithm_name(*algorithm)));
}

static const char *take_key(struct json jwk, bool may_hold_secrets, struct jwks_key *key)
{
    struct json private_part, kid;
    if (json_member(jwk, "kid", &kid)) {
        struct str id = json_type(kid) == JSON_STRING ? json_string(kid) : STR_NONE;
        if (id.length == 0 || id.length >= sizeof key->kid || memchr(id.at, '\0', id.length) != NULL) {
            return "its kid is no text of 1 to 255 bytes";
        }
        memcpy(key->kid, id.at, id.length);
    }
    if (json_member(jwk, "d", &private_part)) {
        return "it holds its private part; make a new key pair, and give the public part only";
    }
    switch (key->algorithm) {
    case JWT_RS256:
        return rsa_key(jwk, &key->public_key);
    case JWT_ES256:
        return p256_key(jwk, &key->public_key);
    case JWT_EDDSA:
        return ed25519_key(jwk, &key->public_key);
    case JWT_HS256:
        return may_hold_secrets ? secret_key(jwk, key) : "a shared secret is taken from a file only";
    default:
        return "it is of an unknown kind";
    }
}

static void clear_key(struct jwks_key *key)
{
    EVP_PKEY_free(key->public_key);
    OPENSSL_cleanse(key->secret, sizeof key->secret);
    *key = (struct jwks_key){0};
}

/* ---- sets ---- */

static struct jwks *new_set(size_t count)
{
    return memory_new_zeroed(1, sizeof(struct jwks) + count * sizeof(struct jwks_key));
}

void jwks_free(struct jwks *set)
{
    for (size_t i = 0; set != NULL && i < set->count; i++) {
        clear_key(&set->keys[i]);
    }
    memory_free(set);
}

static void take_keys(struct jwks *set, struct json keys, bool may_hold_secrets, const char *source)
{
    for (struct json_iterator i = json_begin(keys); json_next(&i);) {
        struct jwks_key *key = &set->keys[set->count];
        if (set->count == JWKS_KEYS_MAX) {
            log_line(LOG_WARN, NULL, "%s: more than %d keys; the rest is left out", source, JWKS_KEYS_MAX);
            return;
        }
        if (!may_verify(i.value) || !algorithm_of(i.value, &key->algorithm)) {
            continue;
        }
        const char *reason = take_key(i.value, may_hold_secrets, key);
        if (reason != NULL) {
            log_line(LOG_WARN, NULL, "%s: the key with kid \"%s\" is not used: %s", source, key->kid, reason);
            clear_key(key);
            continue;
        }
        set->count++;
    }
}

enum status jwks_parse(struct jwks **out, struct str text, bool may_hold_secrets, const char *source, struct error *error)
{
    struct json root, keys;
    struct json_parser *parser = json_parser_new();
    struct jwks *set = new_set(JWKS_KEYS_MAX);
    enum status status = STATUS_OK;
    if (parser == NULL || set == NULL) {
        status = error_no_memory(error, source);
    } else if (text.length > JWKS_BYTES_MAX) {
        status = error_set(error, STATUS_INVALID, source, "a key set may have %zu KiB at most", JWKS_BYTES_MAX / KIB);
    } else {
        status = json_parse(parser, text, &root, error);
    }
    if (status == STATUS_INVALID && error != NULL) {
        (void)snprintf(error->place, sizeof error->place, "%s", source);
    }
    if (status == STATUS_OK) {
        if (json_member(root, "keys", &keys)) {
            take_keys(set, keys, may_hold_secrets, source);
        }
        status = set->count > 0 ? STATUS_OK
                                : error_set(error, STATUS_INVALID, source,
                                            "it holds no key that can be used; a JSON Web Key Set with RSA (2048 bits), P-256 or Ed25519 "
                                            "keys is expected");
    }
    json_parser_free(parser);
    if (status != STATUS_OK) {
        jwks_free(set);
        return status;
    }
    *out = set;
    return STATUS_OK;
}

enum status jwks_of_secret(struct jwks **out, struct str secret, const char *source, struct error *error)
{
    if (secret.length < JWKS_SECRET_BYTES_MIN || secret.length > JWKS_SECRET_BYTES_MAX) {
        return error_set(error, STATUS_INVALID, source, "a secret for HS256 needs %d to %d bytes, random ones; it has %zu",
                         JWKS_SECRET_BYTES_MIN, JWKS_SECRET_BYTES_MAX, secret.length);
    }
    struct jwks *set = new_set(1);
    if (set == NULL) {
        return error_no_memory(error, source);
    }
    set->count = 1;
    set->keys[0].algorithm = JWT_HS256;
    memcpy(set->keys[0].secret, secret.at, secret.length);
    set->keys[0].secret_length = secret.length;
    *out = set;
    return STATUS_OK;
}
