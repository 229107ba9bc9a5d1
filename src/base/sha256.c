#include "base/sha256.h"

#include <openssl/evp.h>
#include <stdlib.h>

#include "base/memory.h"

struct sha256 {
    EVP_MD *algorithm;
    EVP_MD_CTX *context;
};

struct sha256 *sha256_new(void)
{
    struct sha256 *hash = memory_new_zeroed(1, sizeof *hash);
    if (hash == NULL) {
        return NULL;
    }
    hash->algorithm = EVP_MD_fetch(NULL, "SHA256", NULL);
    hash->context = EVP_MD_CTX_new();
    if (hash->algorithm == NULL || hash->context == NULL ||
        EVP_DigestInit_ex2(hash->context, hash->algorithm, NULL) != 1) {
        sha256_free(hash);
        return NULL;
    }
    return hash;
}

void sha256_free(struct sha256 *hash)
{
    if (hash == NULL) {
        return;
    }
    EVP_MD_CTX_free(hash->context);
    EVP_MD_free(hash->algorithm);
    memory_free(hash);
}

/* These three can only fail for a context that was never initialised, which sha256_new rules out. */
static void expect(int outcome)
{
    if (outcome != 1) {
        abort();
    }
}

void sha256_begin(struct sha256 *hash)
{
    expect(EVP_DigestInit_ex2(hash->context, NULL, NULL));
}

void sha256_add(struct sha256 *hash, const void *bytes, size_t length)
{
    if (length > 0) {
        expect(EVP_DigestUpdate(hash->context, bytes, length));
    }
}

void sha256_end(struct sha256 *hash, uint8_t digest[SHA256_SIZE])
{
    expect(EVP_DigestFinal_ex(hash->context, digest, NULL));
}
