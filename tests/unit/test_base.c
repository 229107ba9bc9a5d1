/* What everything stands on: texts, times, buffers, arenas, interning, JSON, UUIDs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/intern.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/uuid.h"

#define TEXT(literal) ((struct str){literal, sizeof(literal) - 1})

static void utf8_is_told_from_what_looks_like_it(void **state)
{
    (void)state;
    assert_true(str_is_utf8(TEXT("Grüße, 你好, 🚀")));
    assert_false(str_is_utf8(TEXT("\xC0\xAF")));         /* overlong */
    assert_false(str_is_utf8(TEXT("\xED\xA0\x80")));     /* surrogate */
    assert_false(str_is_utf8(TEXT("\xF4\x90\x80\x80"))); /* above U+10FFFF */
    assert_false(str_is_utf8(TEXT("\xE4\xBD")));         /* cut off */
}

static void numbers_are_read_whole_or_not_at_all(void **state)
{
    (void)state;
    int64_t number;
    assert_true(str_to_i64(TEXT("9223372036854775807"), &number) && number == INT64_MAX);
    assert_true(str_to_i64(TEXT("-9223372036854775808"), &number) && number == INT64_MIN);
    static const char *const wrong[] = {"", "-", "+1", "1 ", "0x10", "9223372036854775808", "12345678901234567890123"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(str_to_i64(str_from(wrong[i]), &number));
    }
    double real;
    assert_true(str_to_double(TEXT("-1.5e3"), &real) && real == -1500);
    assert_false(str_to_double(TEXT("nan"), &real));
    assert_false(str_to_double(TEXT("1e999"), &real));
    assert_false(str_to_double(TEXT("0.5x"), &real));
}

static void splitting_gives_empty_pieces_but_no_last_one(void **state)
{
    (void)state;
    struct str rest = TEXT("a,,b"), piece;
    assert_true(str_split_next(&rest, ',', &piece) && str_is(piece, "a"));
    assert_true(str_split_next(&rest, ',', &piece) && piece.length == 0);
    assert_true(str_split_next(&rest, ',', &piece) && str_is(piece, "b"));
    assert_false(str_split_next(&rest, ',', &piece));
    assert_int_equal(str_find_str(TEXT("aab"), TEXT("ab"), 0), 1);
    assert_int_equal(str_find_str(TEXT("aab"), TEXT("ba"), 0), 3);
}

static int64_t fixed_now(void *context)
{
    (void)context;
    return INT64_C(1700000000000);
}

static void times_are_read_in_each_form_and_wrong_ones_refused(void **state)
{
    (void)state;
    struct clock clock = clock_system;
    clock.now_ms = fixed_now;
    static const struct {
        const char *text;
        int64_t ms;
    } right[] = {
        {"0", 0},
        {"1970-01-01T00:00:00Z", 0},
        {"2024-02-29T23:59:59.999Z", INT64_C(1709251199999)},
        {"2024-03-01T01:29:59+01:30", INT64_C(1709251199000)},
        {"2024-03-01", INT64_C(1709251200000)},
        {"now", INT64_C(1700000000000)},
        {"-15m", INT64_C(1699999100000)},
        {"-2d", INT64_C(1699827200000)},
    };
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
        int64_t ms = -1;
        assert_int_equal(time_parse(str_from(right[i].text), &clock, &ms, NULL), STATUS_OK);
        assert_int_equal(ms, right[i].ms);
    }
    static const char *const wrong[] = {"", "yesterday", "2023-02-29", "2024-13-01", "2024-01-01T24:00:00Z", "2024-01-01T00:00:00",
                                        "-5x", "99999999999999999"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        int64_t ms;
        struct error error;
        assert_int_equal(time_parse(str_from(wrong[i]), &clock, &ms, &error), STATUS_INVALID);
        assert_non_null(strstr(error.text, "is not a time"));
    }
}

static void a_time_that_was_written_reads_back_the_same(void **state)
{
    (void)state;
    for (int64_t ms = 0; ms < LIMIT_TIMESTAMP_MAX; ms += INT64_C(86399999) * 997) {
        char text[TIME_TEXT_SIZE];
        int64_t back = -1;
        time_format(ms, text);
        assert_int_equal(time_parse(str_from(text), NULL, &back, NULL), STATUS_OK);
        assert_int_equal(back, ms);
    }
}

static void a_buffer_stops_at_its_maximum_and_says_so_once(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 8);
    buffer_append_text(&buffer, "12345678");
    assert_false(buffer_failed(&buffer));
    buffer_append_char(&buffer, '9');
    assert_true(buffer_failed(&buffer));
    buffer_append_text(&buffer, "x");
    assert_true(str_is(buffer_str(&buffer), "12345678"));
    buffer_clear(&buffer);
    buffer_append_i64(&buffer, -42);
    assert_true(str_is(buffer_str(&buffer), "-42"));
    buffer_release(&buffer);
}

static void an_arena_stops_at_its_maximum_and_is_used_again(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 256 * KIB);
    assert_non_null(arena_new(&arena, 100));
    assert_null(arena_new(&arena, MIB));
    assert_null(arena_new_zeroed(&arena, SIZE_MAX, 16));
    arena_clear(&arena);
    char *zeroed = arena_new_zeroed(&arena, 10, 10);
    assert_non_null(zeroed);
    assert_int_equal((uintptr_t)zeroed % 16, 0);
    assert_int_equal(zeroed[99], 0);
    arena_release(&arena);
}

static void memory_that_runs_out_is_reported(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, MIB);
    memory_fail_after(0);
    assert_null(arena_new(&arena, 10));
    assert_true(memory_injected());
    memory_fail_after(-1);
    assert_non_null(arena_new(&arena, 10));
    arena_release(&arena);
}

static void each_distinct_text_has_one_number(void **state)
{
    (void)state;
    struct intern *intern = intern_new();
    assert_non_null(intern);
    char text[32];
    for (uint32_t i = 1; i <= 5000; i++) {
        int length = snprintf(text, sizeof text, "text %u", i);
        assert_int_equal(intern_add(intern, (struct str){text, (size_t)length}), i);
    }
    assert_int_equal(intern_add(intern, TEXT("text 1")), 1);
    assert_int_equal(intern_find(intern, TEXT("text 5000")), 5000);
    assert_int_equal(intern_find(intern, TEXT("text 5001")), 0);
    assert_true(str_is(intern_text(intern, 77), "text 77"));
    assert_true(intern_add(intern, TEXT("")) > 0);
    assert_null(intern_text(intern, 0).at);
    intern_free(intern);
}

static void json_that_was_written_reads_back_the_same(void **state)
{
    (void)state;
    struct buffer buffer;
    struct json_writer writer;
    buffer_init(&buffer, MIB);
    json_write_init(&writer, &buffer, 0);
    json_write_object_begin(&writer);
    json_field_str(&writer, "odd", TEXT("a\"\\\n\x01\xFFz"));
    json_field_double(&writer, "real", 0.1);
    json_field_double(&writer, "none", 1.0 / 0.0);
    json_field_i64(&writer, "least", INT64_MIN);
    json_write_object_end(&writer);
    assert_non_null(buffer_reserve(&buffer, JSON_READ_PADDING));
    struct json_parser *parser = json_parser_new();
    struct json root, value;
    assert_int_equal(json_parse(parser, buffer_str(&buffer), &root, NULL), STATUS_OK);
    assert_true(str_equal(json_member_string(root, "odd"), TEXT("a\"\\\n\x01\xEF\xBF\xBDz")));
    assert_true(json_member(root, "real", &value) && json_double(value) == 0.1);
    assert_true(json_member(root, "none", &value) && json_type(value) == JSON_NULL);
    assert_true(json_member(root, "least", &value) && json_i64(value) == INT64_MIN);
    json_parser_free(parser);
    buffer_release(&buffer);
}

static void numbers_are_written_as_the_shortest_text_that_reads_back(void **state)
{
    (void)state;
    static const double numbers[] = {0,       0.1,    -0.5,     1.5,   64.894,       527.19,         -603472548.94, 123456.789012, 1.0 / 3.0,
                                     1e-4,    1e-5,   0.000123, 100,   999999999.5,  999999999999.5, 1e15,          1e300,         -7,
                                     2.5e-10, 0.3e-3, 4096.25,  1e9,   0.1 + 0.2,    5e-324,         12345678.5,    -0.25,         99.99};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct buffer buffer;
        char expected[40];
        double read = 0;
        for (int precision = 15; precision <= 17; precision++) {
            (void)snprintf(expected, sizeof expected, "%.*g", precision, numbers[i]);
            if (str_to_double(str_from(expected), &read) && read == numbers[i]) {
                break;
            }
        }
        buffer_init(&buffer, 100);
        json_append_double(&buffer, numbers[i]);
        assert_string_equal(buffer.bytes, expected);
        buffer_release(&buffer);
    }
}

static void a_byte_that_must_be_escaped_is_wherever_it_stands(void **state)
{
    (void)state;
    static const struct {
        char byte;
        const char *escaped;
    } cases[] = {{'"', "\\\""}, {'\\', "\\\\"}, {'\n', "\\n"}, {1, "\\u0001"}, {'\x1F', "\\u001f"}, {' ', " "}, {'\x7F', "\x7F"}, {'!', "!"}, {'#', "#"}, {'[', "["}, {']', "]"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (size_t at = 0; at < 20; at++) {
            struct buffer buffer;
            char text[20], expected[40];
            memset(text, 'a', sizeof text);
            text[at] = cases[i].byte;
            (void)snprintf(expected, sizeof expected, "\"%.*s%s%.*s\"", (int)at, text, cases[i].escaped, (int)(sizeof text - at - 1),
                           text + at + 1);
            buffer_init(&buffer, 100);
            json_append_string(&buffer, (struct str){text, sizeof text});
            assert_string_equal(buffer.bytes, expected);
            buffer_release(&buffer);
        }
    }
}

static void json_nested_too_deeply_is_refused(void **state)
{
    (void)state;
    char text[2 * 4000 + JSON_READ_PADDING] = "";
    memset(text, '[', 4000);
    memset(text + 4000, ']', 4000);
    struct json_parser *parser = json_parser_new();
    struct json root;
    struct error error;
    assert_int_equal(json_parse(parser, (struct str){text, 8000}, &root, &error), STATUS_INVALID);
    assert_non_null(strstr(error.text, "deep"));
    json_parser_free(parser);
}

static void uuids_are_read_in_their_canonical_form_only(void **state)
{
    (void)state;
    uint8_t uuid[UUID_SIZE];
    char text[UUID_TEXT_LENGTH + 1];
    assert_true(uuid_parse(TEXT("0193a5b2-0000-7000-8000-00000000000a"), uuid));
    uuid_format(uuid, text);
    assert_string_equal(text, "0193a5b2-0000-7000-8000-00000000000a");
    assert_false(uuid_parse(TEXT("0193A5B2-0000-7000-8000-00000000000A"), uuid));
    assert_false(uuid_parse(TEXT("0193a5b200007000800000000000000a"), uuid));
    uuid_v7(&clock_system, uuid);
    assert_int_equal(uuid[6] >> 4, 7);
    assert_int_equal(uuid[8] >> 6, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_is_told_from_what_looks_like_it),
        cmocka_unit_test(numbers_are_read_whole_or_not_at_all),
        cmocka_unit_test(splitting_gives_empty_pieces_but_no_last_one),
        cmocka_unit_test(times_are_read_in_each_form_and_wrong_ones_refused),
        cmocka_unit_test(a_time_that_was_written_reads_back_the_same),
        cmocka_unit_test(a_buffer_stops_at_its_maximum_and_says_so_once),
        cmocka_unit_test(an_arena_stops_at_its_maximum_and_is_used_again),
        cmocka_unit_test(memory_that_runs_out_is_reported),
        cmocka_unit_test(each_distinct_text_has_one_number),
        cmocka_unit_test(json_that_was_written_reads_back_the_same),
        cmocka_unit_test(numbers_are_written_as_the_shortest_text_that_reads_back),
        cmocka_unit_test(a_byte_that_must_be_escaped_is_wherever_it_stands),
        cmocka_unit_test(json_nested_too_deeply_is_refused),
        cmocka_unit_test(uuids_are_read_in_their_canonical_form_only),
    };
    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
