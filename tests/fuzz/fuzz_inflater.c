/* Compressed bodies: any bytes in any coding and any chunks end in a status, never over the output limit, and the same whichever
 * way they are cut. First byte: the coding; second: the size of the chunks. */
#include <assert.h>
#include <stdlib.h>

#include "base/limits.h"
#include "event/inflater.h"

#define OUTPUT_MAX ((uint64_t)256 * 1024)

struct sum {
    uint64_t bytes, hash;
};

static enum status take(void *context, const void *bytes, size_t length)
{
    struct sum *sum = context;
    const unsigned char *at = bytes;
    for (size_t i = 0; i < length; i++) {
        sum->hash = (sum->hash ^ at[i]) * UINT64_C(0x100000001B3);
    }
    sum->bytes += length;
    return STATUS_OK;
}

static enum status inflate_in_chunks(enum inflate_coding coding, const uint8_t *data, size_t size, size_t chunk, struct sum *sum)
{
    struct error error;
    *sum = (struct sum){0};
    struct inflater *inflater = inflater_new(coding, OUTPUT_MAX, take, sum);
    if (inflater == NULL) {
        abort();
    }
    enum status status = STATUS_OK;
    for (size_t at = 0; at < size && status == STATUS_OK; at += chunk) {
        status = inflater_feed(inflater, data + at, size - at < chunk ? size - at : chunk, &error);
    }
    if (status == STATUS_OK) {
        status = inflater_end(inflater, &error);
    }
    assert(sum->bytes <= OUTPUT_MAX);
    inflater_free(inflater);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum inflate_coding codings[] = {INFLATE_GZIP, INFLATE_DEFLATE, INFLATE_ZSTD};
    if (size < 3) {
        return 0;
    }
    enum inflate_coding coding = codings[data[0] % 3];
    struct sum whole, cut;
    enum status at_once = inflate_in_chunks(coding, data + 2, size - 2, size, &whole);
    enum status in_parts = inflate_in_chunks(coding, data + 2, size - 2, (size_t)data[1] + 1, &cut);
    if (at_once == STATUS_OK && (in_parts != STATUS_OK || whole.bytes != cut.bytes || whole.hash != cut.hash)) {
        abort();
    }
    return 0;
}
