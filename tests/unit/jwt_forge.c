#include "jwt_forge.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>
#include <stdlib.h>

static void must(bool holds, const char *what)
{
    if (!holds) {
        (void)fprintf(stderr, "jwt_forge: %s\n", what);
        abort();
    }
}

EVP_PKEY *forge_rsa(unsigned bits)
{
    EVP_PKEY *key = EVP_RSA_gen(bits);
    must(key != NULL, "rsa");
    return key;
}

EVP_PKEY *forge_ec(const char *curve)
{
    EVP_PKEY *key = EVP_EC_gen(curve);
    must(key != NULL, "ec");
    return key;
}

EVP_PKEY *forge_ed25519(void)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    must(key != NULL, "ed25519");
    return key;
}

void forge_base64url(struct buffer *to, const void *bytes, size_t length)
{
    char *room = buffer_reserve(to, length * 4 / 3 + 8);
    must(room != NULL, "memory");
    to->length += base64url_encode(bytes, length, room);
}

static void put_number(struct buffer *to, EVP_PKEY *key, const char *name, const char *member)
{
    BIGNUM *number = NULL;
    uint8_t bytes[2048];
    must(EVP_PKEY_get_bn_param(key, name, &number) == 1, member);
    int length = BN_bn2bin(number, bytes);
    BN_free(number);
    buffer_append_format(to, ",\"%s\":\"", member);
    forge_base64url(to, bytes, (size_t)length);
    buffer_append_text(to, "\"");
}

static void put_point(struct buffer *to, EVP_PKEY *key)
{
    uint8_t point[256];
    char curve[64];
    size_t length;
    must(EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point, &length) == 1, "point");
    must(EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, curve, sizeof curve, NULL) == 1, "curve");
    const char *name = strcmp(curve, "prime256v1") == 0 ? "P-256" : strcmp(curve, "secp384r1") == 0 ? "P-384" : curve;
    size_t half = (length - 1) / 2;
    buffer_append_format(to, ",\"crv\":\"%s\",\"x\":\"", name);
    forge_base64url(to, point + 1, half);
    buffer_append_text(to, "\",\"y\":\"");
    forge_base64url(to, point + 1 + half, half);
    buffer_append_text(to, "\"");
}

void forge_jwk(struct buffer *to, EVP_PKEY *key, const char *kid, const char *extra)
{
    uint8_t raw[64];
    size_t length = sizeof raw;
    buffer_append_format(to, "%s{\"kid\":\"%s\"", to->length > 0 && to->bytes[to->length - 1] == '}' ? "," : "", kid);
    if (EVP_PKEY_is_a(key, "RSA")) {
        buffer_append_text(to, ",\"kty\":\"RSA\"");
        put_number(to, key, OSSL_PKEY_PARAM_RSA_N, "n");
        put_number(to, key, OSSL_PKEY_PARAM_RSA_E, "e");
    } else if (EVP_PKEY_is_a(key, "EC")) {
        buffer_append_text(to, ",\"kty\":\"EC\"");
        put_point(to, key);
    } else {
        must(EVP_PKEY_get_raw_public_key(key, raw, &length) == 1, "raw");
        buffer_append_text(to, ",\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"");
        forge_base64url(to, raw, length);
        buffer_append_text(to, "\"");
    }
    buffer_append_format(to, "%s}", extra);
}

void forge_unsigned(struct buffer *to, const char *header, const char *claims)
{
    forge_base64url(to, header, strlen(header));
    buffer_append_text(to, ".");
    forge_base64url(to, claims, strlen(claims));
}

static size_t sign(struct str text, EVP_PKEY *key, const EVP_MD *hash, uint8_t *signature, size_t room)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    must(context != NULL && EVP_DigestSignInit(context, NULL, hash, NULL, key) == 1 &&
             EVP_DigestSign(context, signature, &room, (const uint8_t *)text.at, text.length) == 1,
         "sign");
    EVP_MD_CTX_free(context);
    return room;
}

/* DER to 64 raw bytes. */
static size_t raw_of(const uint8_t *der, size_t length, uint8_t *raw)
{
    const uint8_t *at = der;
    ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &at, (long)length);
    must(signature != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(signature), raw, 32) == 32 &&
             BN_bn2binpad(ECDSA_SIG_get0_s(signature), raw + 32, 32) == 32,
         "raw");
    ECDSA_SIG_free(signature);
    return 64;
}

static void append_signature(struct buffer *to, const uint8_t *signature, size_t length)
{
    buffer_append_text(to, ".");
    forge_base64url(to, signature, length);
}

void forge_sign(struct buffer *to, enum jwt_algorithm algorithm, EVP_PKEY *key, struct str secret)
{
    uint8_t signature[2048], raw[64];
    size_t length = 0;
    unsigned mac_length = 0;
    if (algorithm == JWT_HS256) {
        must(HMAC(EVP_sha256(), secret.at, (int)secret.length, (const uint8_t *)to->bytes, to->length, signature, &mac_length) !=
                 NULL,
             "hmac");
        length = mac_length;
    } else {
        length = sign(buffer_str(to), key, algorithm == JWT_EDDSA ? NULL : EVP_sha256(), signature, sizeof signature);
    }
    if (algorithm == JWT_ES256) {
        length = raw_of(signature, length, raw);
        append_signature(to, raw, length);
    } else {
        append_signature(to, signature, length);
    }
}

void forge_sign_der(struct buffer *to, EVP_PKEY *key)
{
    uint8_t signature[256];
    size_t length = sign(buffer_str(to), key, EVP_sha256(), signature, sizeof signature);
    append_signature(to, signature, length);
}
