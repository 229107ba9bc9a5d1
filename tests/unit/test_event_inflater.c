#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>
#include <zstd.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "base/memory.h"
#include "event/inflater.h"

static struct str sample(void)
{
    static char text[300000];
    uint32_t seed = 7;
    for (size_t i = 0; i < sizeof text; i++) {
        seed = seed * 1664525u + 1013904223u;
        text[i] = (char)('a' + (seed >> 24) % 16);
    }
    return (struct str){text, sizeof text};
}

static void compress_zlib(struct str text, int window, struct buffer *out)
{
    z_stream zlib = {0};
    assert_int_equal(deflateInit2(&zlib, 6, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY), Z_OK);
    char *at = buffer_reserve(out, text.length + 1000);
    assert_non_null(at);
    zlib.next_in = (Bytef *)(uintptr_t)text.at;
    zlib.avail_in = (unsigned)text.length;
    zlib.next_out = (Bytef *)at;
    zlib.avail_out = (unsigned)text.length + 1000;
    assert_int_equal(deflate(&zlib, Z_FINISH), Z_STREAM_END);
    out->length += zlib.total_out;
    (void)deflateEnd(&zlib);
}

static void compress_as(enum inflate_coding coding, struct str text, struct buffer *out)
{
    if (coding == INFLATE_IDENTITY) {
        buffer_append_str(out, text);
    } else if (coding == INFLATE_ZSTD) {
        char *at = buffer_reserve(out, ZSTD_compressBound(text.length));
        assert_non_null(at);
        size_t length = ZSTD_compress(at, ZSTD_compressBound(text.length), text.at, text.length, 3);
        assert_false(ZSTD_isError(length));
        out->length += length;
    } else {
        compress_zlib(text, coding == INFLATE_GZIP ? 31 : 15, out);
    }
}

static enum status gather(void *context, const void *bytes, size_t length)
{
    buffer_append(context, bytes, length);
    return STATUS_OK;
}

static enum status decode(enum inflate_coding coding, struct str body, size_t chunk_size, uint64_t output_max,
                          struct buffer *out, struct error *error)
{
    buffer_init(out, 64 * MIB);
    struct inflater *inflater = inflater_new(coding, output_max, gather, out);
    assert_non_null(inflater);
    enum status status = STATUS_OK;
    for (size_t at = 0; at < body.length && status == STATUS_OK; at += chunk_size) {
        size_t length = body.length - at < chunk_size ? body.length - at : chunk_size;
        char *chunk = malloc(length);
        assert_non_null(chunk);
        memcpy(chunk, body.at + at, length);
        status = inflater_feed(inflater, chunk, length, error);
        free(chunk);
    }
    if (status == STATUS_OK) {
        status = inflater_end(inflater, error);
    }
    inflater_free(inflater);
    return status;
}

static const enum inflate_coding codings[] = {INFLATE_IDENTITY, INFLATE_GZIP, INFLATE_DEFLATE, INFLATE_ZSTD};

static void each_coding_is_read_however_it_is_cut(void **state)
{
    (void)state;
    static const size_t chunk_sizes[] = {1, 1000, 1 << 30};
    for (size_t i = 0; i < 4; i++) {
        struct buffer body, out;
        buffer_init(&body, 64 * MIB);
        compress_as(codings[i], sample(), &body);
        for (size_t j = 0; j < 3; j++) {
            assert_int_equal(decode(codings[i], buffer_str(&body), chunk_sizes[j], GIB, &out, NULL), STATUS_OK);
            assert_true(str_equal(buffer_str(&out), sample()));
            buffer_release(&out);
        }
        buffer_release(&body);
    }
}

static void raw_deflate_is_recognised(void **state)
{
    (void)state;
    struct buffer body, out;
    buffer_init(&body, 64 * MIB);
    compress_zlib(sample(), -15, &body);
    assert_int_equal(decode(INFLATE_DEFLATE, buffer_str(&body), 999, GIB, &out, NULL), STATUS_OK);
    assert_true(str_equal(buffer_str(&out), sample()));
    buffer_release(&out);
    buffer_release(&body);
}

static void members_and_frames_may_follow_one_another(void **state)
{
    (void)state;
    static const enum inflate_coding several[] = {INFLATE_GZIP, INFLATE_ZSTD};
    for (size_t i = 0; i < 2; i++) {
        for (size_t chunk_size = 1; chunk_size < 200; chunk_size += 33) {
            struct buffer body, out;
            buffer_init(&body, MIB);
            compress_as(several[i], STR("first "), &body);
            compress_as(several[i], STR(""), &body);
            compress_as(several[i], STR("second"), &body);
            assert_int_equal(decode(several[i], buffer_str(&body), chunk_size, GIB, &out, NULL), STATUS_OK);
            assert_string_equal(out.bytes, "first second");
            buffer_release(&out);
            buffer_release(&body);
        }
    }
}

static void truncated_input_is_told(void **state)
{
    (void)state;
    for (size_t i = 1; i < 4; i++) {
        struct buffer body, out;
        struct error error;
        buffer_init(&body, 64 * MIB);
        compress_as(codings[i], STR("some text, some text"), &body);
        for (size_t length = 0; length < body.length; length++) {
            assert_int_equal(decode(codings[i], (struct str){body.bytes, length}, 4, GIB, &out, &error), STATUS_INVALID);
            assert_non_null(strstr(error.text, "ends too early"));
            buffer_release(&out);
        }
        buffer_release(&body);
    }
}

static void malformed_input_is_told(void **state)
{
    (void)state;
    for (size_t i = 1; i < 4; i++) {
        struct buffer body, out;
        struct error error;
        assert_int_equal(decode(codings[i], STR("\xFFnot compressed at all"), 5, GIB, &out, &error), STATUS_INVALID);
        assert_non_null(strstr(error.text, "the body is not valid"));
        buffer_release(&out);
        buffer_init(&body, 64 * MIB);
        compress_as(codings[i], sample(), &body);
        body.bytes[body.length / 2] ^= 0x55;
        assert_int_not_equal(decode(codings[i], buffer_str(&body), 1000, GIB, &out, &error),
                             i == 3 ? STATUS_FATAL : STATUS_OK);
        buffer_release(&out);
        buffer_release(&body);
    }
}

/* Found by fuzzing: Debian's library also reads its formats from before the standard, otherwise whole than in pieces. */
static void zstd_from_before_the_standard_is_refused(void **state)
{
    (void)state;
    for (size_t chunk_size = 1; chunk_size < 10; chunk_size++) {
        struct buffer out;
        struct error error;
        assert_int_equal(decode(INFLATE_ZSTD, STR("\x25\xB5\x2F\xFD\x04P\0\0"), chunk_size, GIB, &out, &error), STATUS_INVALID);
        assert_non_null(strstr(error.text, "no frame of RFC 8878"));
        buffer_release(&out);
    }
}

static void a_bomb_stops_at_the_limit(void **state)
{
    (void)state;
    static char zeros[8 << 20];
    for (size_t i = 0; i < 4; i++) {
        struct buffer body, out;
        struct error error;
        buffer_init(&body, 64 * MIB);
        compress_as(codings[i], (struct str){zeros, sizeof zeros}, &body);
        assert_int_equal(decode(codings[i], buffer_str(&body), 1 << 30, sizeof zeros - 1, &out, &error), STATUS_INVALID);
        assert_non_null(strstr(error.text, "more than 8388607 bytes"));
        assert_true(out.length < sizeof zeros);
        buffer_release(&out);
        assert_int_equal(decode(codings[i], buffer_str(&body), 1 << 30, sizeof zeros, &out, &error), STATUS_OK);
        buffer_release(&out);
        buffer_release(&body);
    }
}

static void codings_have_names_and_marks(void **state)
{
    (void)state;
    enum inflate_coding coding;
    assert_int_equal(inflate_coding_from_name(STR_NONE, &coding, NULL), STATUS_OK);
    assert_int_equal(coding, INFLATE_IDENTITY);
    assert_int_equal(inflate_coding_from_name(STR(" GZIP "), &coding, NULL), STATUS_OK);
    assert_int_equal(coding, INFLATE_GZIP);
    assert_int_equal(inflate_coding_from_name(STR("zstd"), &coding, NULL), STATUS_OK);
    assert_int_equal(coding, INFLATE_ZSTD);
    assert_int_equal(inflate_coding_from_name(STR("br"), &coding, NULL), STATUS_INVALID);
    assert_int_equal(inflate_coding_from_name(STR("gzip, gzip"), &coding, NULL), STATUS_INVALID);
    assert_int_equal(inflate_coding_guess(STR("\x1F\x8B\x08")), INFLATE_GZIP);
    assert_int_equal(inflate_coding_guess(STR("\x28\xB5\x2F\xFD")), INFLATE_ZSTD);
    assert_int_equal(inflate_coding_guess(STR("{")), INFLATE_IDENTITY);
}

static void every_failed_allocation_is_returned(void **state)
{
    (void)state;
    for (size_t i = 1; i < 4; i++) {
        struct buffer body;
        buffer_init(&body, 64 * MIB);
        compress_as(codings[i], sample(), &body);
        bool struck = true;
        for (int64_t failures = 0; struck; failures++) {
            static char sink[512];
            struct buffer out;
            buffer_init(&out, 1); /* full at once, without memory: what it answers is not looked at */
            memory_fail_after(failures);
            struct inflater *inflater = inflater_new(codings[i], GIB, gather, &out);
            enum status status = inflater == NULL ? STATUS_FATAL : inflater_feed(inflater, body.bytes, body.length, NULL);
            if (status == STATUS_OK) {
                status = inflater_end(inflater, NULL);
            }
            struck = memory_injected();
            memory_fail_after(-1);
            assert_int_equal(status, struck ? STATUS_FATAL : STATUS_OK);
            inflater_free(inflater);
            buffer_release(&out);
            (void)sink;
        }
        buffer_release(&body);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_coding_is_read_however_it_is_cut),
        cmocka_unit_test(raw_deflate_is_recognised),
        cmocka_unit_test(members_and_frames_may_follow_one_another),
        cmocka_unit_test(truncated_input_is_told),
        cmocka_unit_test(malformed_input_is_told),
        cmocka_unit_test(zstd_from_before_the_standard_is_refused),
        cmocka_unit_test(a_bomb_stops_at_the_limit),
        cmocka_unit_test(codings_have_names_and_marks),
        cmocka_unit_test(every_failed_allocation_is_returned),
    };
    return cmocka_run_group_tests_name("event_inflater", tests, NULL, NULL);
}
