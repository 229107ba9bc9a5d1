/* jwt_forge.h: makes keys, key sets and tokens, right ones and wrong ones. For the tests of src/auth and its fuzz target. */
#ifndef TRIMODAL_TEST_JWT_FORGE_H
#define TRIMODAL_TEST_JWT_FORGE_H

#include <openssl/evp.h>
#include <stdio.h>

#include "auth/jwt.h"
#include "base/buffer.h"

#define FORGE_SECRET "0123456789abcdef0123456789abcdef"

EVP_PKEY *forge_rsa(unsigned bits);
EVP_PKEY *forge_ec(const char *curve);
EVP_PKEY *forge_ed25519(void);

/* Appends one JWK of the public part; `extra` is put among its members, e.g. ",\"use\":\"sig\"". */
void forge_jwk(struct buffer *to, EVP_PKEY *key, const char *kid, const char *extra);
void forge_base64url(struct buffer *to, const void *bytes, size_t length);

/* Appends "header.claims.": what is signed, without its last dot. */
void forge_unsigned(struct buffer *to, const char *header, const char *claims);
/* Signs what stands in `to` as the algorithm asks, and appends "." and the signature. For HS256 `secret` is the key. */
void forge_sign(struct buffer *to, enum jwt_algorithm algorithm, EVP_PKEY *key, struct str secret);
/* ES256, but DER as OpenSSL gives it. */
void forge_sign_der(struct buffer *to, EVP_PKEY *key);

#endif
