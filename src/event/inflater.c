#include "event/inflater.h"

#include <assert.h>
#include <zlib.h>
#define ZSTD_STATIC_LINKING_ONLY /* ZSTD_customMem: its memory comes through base/memory.h */
#include <zstd.h>

#include "base/limits.h"
#include "base/memory.h"

#define OUTPUT_BYTES (64 * KIB)
#define ZSTD_WINDOW_LOG_MAX 23 /* 8 MiB, what RFC 8878 asks decoders to support */

struct inflater {
    enum inflate_coding coding;
    uint64_t output_max, output_bytes;
    inflate_function *function;
    void *context;
    bool in_member;  /* a member or frame has begun and not ended */
    bool any_member; /* one has ended */
    bool out_of_memory;
    z_stream zlib;
    bool zlib_ready;
    ZSTD_DCtx *zstd;
    unsigned char output[OUTPUT_BYTES];
};

enum status inflate_coding_from_name(struct str name, enum inflate_coding *coding, struct error *error)
{
    static const struct {
        struct str name;
        enum inflate_coding coding;
    } names[] = {
        {{"", 0}, INFLATE_IDENTITY},   {{"identity", 8}, INFLATE_IDENTITY}, {{"gzip", 4}, INFLATE_GZIP},
        {{"x-gzip", 6}, INFLATE_GZIP}, {{"deflate", 7}, INFLATE_DEFLATE},   {{"zstd", 4}, INFLATE_ZSTD},
    };
    name = str_trim(name);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (str_equal_ignoring_case(name, names[i].name)) {
            *coding = names[i].coding;
            return STATUS_OK;
        }
    }
    return error_set(error, STATUS_INVALID, "content-encoding",
                     "content-encoding: expected gzip, deflate, zstd or identity, got another");
}

enum inflate_coding inflate_coding_guess(struct str beginning)
{
    if (str_starts_with(beginning, (struct str){"\x1F\x8B", 2})) {
        return INFLATE_GZIP;
    }
    return str_starts_with(beginning, (struct str){"\x28\xB5\x2F\xFD", 4}) ? INFLATE_ZSTD : INFLATE_IDENTITY;
}

/* Both libraries take zero for a size and free NULL. */
static void *allocate(void *context, size_t size)
{
    struct inflater *inflater = context;
    void *memory = memory_new(size > 0 ? size : 1);
    inflater->out_of_memory = inflater->out_of_memory || memory == NULL;
    return memory;
}

static void *zlib_allocate(void *context, unsigned count, unsigned size)
{
    return size != 0 && count > SIZE_MAX / size ? NULL : allocate(context, (size_t)count * size);
}

static void release(void *context, void *memory)
{
    (void)context;
    memory_free(memory);
}

struct inflater *inflater_new(enum inflate_coding coding, uint64_t output_max, inflate_function *function, void *context)
{
    struct inflater *inflater = memory_new_zeroed(1, sizeof *inflater);
    if (inflater == NULL) {
        return NULL;
    }
    inflater->coding = coding;
    inflater->output_max = output_max;
    inflater->function = function;
    inflater->context = context;
    if (coding == INFLATE_ZSTD) {
        inflater->zstd = ZSTD_createDCtx_advanced((ZSTD_customMem){allocate, release, inflater});
        if (inflater->zstd == NULL ||
            ZSTD_isError(ZSTD_DCtx_setParameter(inflater->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG_MAX))) {
            inflater_free(inflater);
            return NULL;
        }
    }
    inflater->zlib.zalloc = zlib_allocate;
    inflater->zlib.zfree = release;
    inflater->zlib.opaque = inflater;
    return inflater;
}

void inflater_free(struct inflater *inflater)
{
    if (inflater == NULL) {
        return;
    }
    if (inflater->zlib_ready) {
        (void)inflateEnd(&inflater->zlib);
    }
    (void)ZSTD_freeDCtx(inflater->zstd);
    memory_free(inflater);
}

uint64_t inflater_output_bytes(const struct inflater *inflater)
{
    return inflater->output_bytes;
}

static enum status hand_out(struct inflater *inflater, const void *bytes, size_t length, struct error *error)
{
    if (length == 0) {
        return STATUS_OK;
    }
    if (length > inflater->output_max - inflater->output_bytes) {
        return error_set(error, STATUS_INVALID, "body",
                         "the body decodes to more than %llu bytes, which is the limit; send less at once",
                         (unsigned long long)inflater->output_max);
    }
    inflater->output_bytes += length;
    return inflater->function(inflater->context, bytes, length);
}

static enum status malformed(struct error *error, const char *coding, const char *why)
{
    return error_set(error, STATUS_INVALID, "body", "the body is not valid %s: %s", coding,
                     why != NULL ? why : "its checksum or structure is wrong");
}

/* zlib's header is a method and a check (RFC 1950, 2.2); what fails that is raw deflate. */
static bool begin_zlib(struct inflater *inflater, unsigned char first)
{
    bool zlib_header = (first & 0x0F) == 8 && first >> 4 <= 7;
    int window = inflater->coding == INFLATE_GZIP ? 16 + MAX_WBITS : zlib_header ? MAX_WBITS : -MAX_WBITS;
    int outcome = inflater->zlib_ready ? inflateReset2(&inflater->zlib, window) : inflateInit2(&inflater->zlib, window);
    inflater->zlib_ready = inflater->zlib_ready || outcome == Z_OK;
    inflater->in_member = outcome == Z_OK;
    return outcome == Z_OK;
}

static enum status feed_zlib(struct inflater *inflater, const unsigned char *bytes, size_t length, struct error *error)
{
    const char *name = inflater->coding == INFLATE_GZIP ? "gzip" : "deflate";
    z_stream *zlib = &inflater->zlib;
    size_t at = 0;
    enum status status = STATUS_OK;
    bool is_full = false; /* the output was: more may be waiting inside */
    while (status == STATUS_OK && (at < length || is_full)) {
        if (!inflater->in_member) {
            if (inflater->any_member && inflater->coding == INFLATE_DEFLATE) {
                return malformed(error, name, "more bytes follow its end");
            }
            if (!begin_zlib(inflater, bytes[at])) {
                return error_no_memory(error, "body");
            }
        }
        size_t left = length - at > UINT32_MAX ? UINT32_MAX : length - at;
        zlib->next_in = (Bytef *)(uintptr_t)(bytes + at);
        zlib->avail_in = (unsigned)left;
        zlib->next_out = inflater->output;
        zlib->avail_out = OUTPUT_BYTES;
        int outcome = inflate(zlib, Z_NO_FLUSH);
        at += left - zlib->avail_in;
        if (outcome == Z_MEM_ERROR) {
            return error_no_memory(error, "body");
        }
        if (outcome != Z_OK && outcome != Z_STREAM_END && outcome != Z_BUF_ERROR) {
            return malformed(error, name, outcome == Z_NEED_DICT ? "it needs a dictionary" : zlib->msg);
        }
        is_full = zlib->avail_out == 0 && outcome != Z_STREAM_END;
        if (outcome == Z_STREAM_END) {
            inflater->in_member = false;
            inflater->any_member = true;
        }
        status = hand_out(inflater, inflater->output, OUTPUT_BYTES - zlib->avail_out, error);
    }
    return status;
}

/* A frame of today's format begins with 28, a skippable one with 50 to 5F (RFC 8878, 3.1). The library may have been built
 * to read its formats from before the standard too, which it decodes differently when they come in pieces. */
static bool begins_zstd_frame(unsigned char first)
{
    return first == 0x28 || first >> 4 == 5;
}

static enum status feed_zstd(struct inflater *inflater, const unsigned char *bytes, size_t length, struct error *error)
{
    ZSTD_inBuffer in = {bytes, length, 0};
    enum status status = STATUS_OK;
    bool is_full = false;
    while (status == STATUS_OK && (in.pos < in.size || is_full)) {
        if (!inflater->in_member && !begins_zstd_frame(bytes[in.pos])) {
            return malformed(error, "zstd", "no frame of RFC 8878 begins here");
        }
        ZSTD_outBuffer out = {inflater->output, OUTPUT_BYTES, 0};
        size_t left = ZSTD_decompressStream(inflater->zstd, &out, &in);
        if (ZSTD_isError(left)) {
            return inflater->out_of_memory ? error_no_memory(error, "body")
                                           : malformed(error, "zstd", ZSTD_getErrorName(left));
        }
        inflater->in_member = left != 0;
        inflater->any_member = true;
        is_full = out.pos == out.size && left != 0;
        status = hand_out(inflater, inflater->output, out.pos, error);
    }
    return status;
}

enum status inflater_feed(struct inflater *inflater, const void *bytes, size_t length, struct error *error)
{
    switch (inflater->coding) {
    case INFLATE_IDENTITY:
        return hand_out(inflater, bytes, length, error);
    case INFLATE_GZIP:
    case INFLATE_DEFLATE:
        return feed_zlib(inflater, bytes, length, error);
    case INFLATE_ZSTD:
        return feed_zstd(inflater, bytes, length, error);
    }
    assert(false);
    return STATUS_FATAL;
}

enum status inflater_end(struct inflater *inflater, struct error *error)
{
    if (inflater->coding == INFLATE_IDENTITY) {
        return STATUS_OK;
    }
    if (inflater->in_member || !inflater->any_member) {
        return error_set(error, STATUS_INVALID, "body", "the compressed body ends too early; send it again whole");
    }
    return STATUS_OK;
}
