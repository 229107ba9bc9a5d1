/* sha256.h: SHA-256 (FIPS 180-4), by OpenSSL, fetched once (twice as fast as EVP_sha256() at each call). */
#ifndef TRIMODAL_BASE_SHA256_H
#define TRIMODAL_BASE_SHA256_H

#include <stdint.h>

#include "base/status.h"
#include "base/str.h"

#define SHA256_SIZE 32

struct sha256; /* a running hash; one thread at a time */

struct sha256 *sha256_new(void) must_check; /* NULL without memory */
void sha256_free(struct sha256 *hash);
void sha256_begin(struct sha256 *hash);
void sha256_add(struct sha256 *hash, const void *bytes, size_t length);
void sha256_end(struct sha256 *hash, uint8_t digest[SHA256_SIZE]);

#endif
