#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "base/json_read.h"
#include "base/limits.h"
#include "base/memory.h"
#include "event/split.h"

/* Pieces as lines: the text, with "~" before what was truncated and "+length " before the beginning of what is too long. */
struct listing {
    struct buffer text;
    size_t show_max;
    struct str input; /* where it is at hand: pieces hold its bytes */
};

static enum status list(void *context, const struct event_piece *piece)
{
    struct listing *listing = context;
    if (piece->kind == EVENT_PIECE_TRUNCATED) {
        buffer_append_char(&listing->text, '~');
    }
    if (piece->kind == EVENT_PIECE_OVERSIZED) {
        assert_true(piece->length > LIMIT_EVENT_BYTES);
        assert_int_equal(piece->text.length, piece->length < LIMIT_DEAD_LETTER_BYTES ? piece->length : LIMIT_DEAD_LETTER_BYTES);
        buffer_append_format(&listing->text, "+%llu ", (unsigned long long)piece->length);
    } else {
        assert_int_equal(piece->text.length, piece->length);
    }
    if (listing->input.at != NULL) {
        assert_true(piece->offset + piece->length <= listing->input.length);
        assert_memory_equal(piece->text.at, listing->input.at + piece->offset, piece->text.length);
    }
    struct str shown = piece->text;
    shown.length = shown.length > listing->show_max ? listing->show_max : shown.length;
    buffer_append_str(&listing->text, shown);
    buffer_append_char(&listing->text, '\n');
    return STATUS_OK;
}

static void split(struct str input, size_t chunk_size, struct listing *listing)
{
    buffer_init(&listing->text, 64 * MIB);
    listing->input = input;
    struct event_splitter *splitter = event_splitter_new(list, listing);
    assert_non_null(splitter);
    for (size_t at = 0; at < input.length; at += chunk_size) {
        size_t length = input.length - at < chunk_size ? input.length - at : chunk_size;
        char *chunk = malloc(length);
        assert_non_null(chunk);
        memcpy(chunk, input.at + at, length);
        assert_int_equal(event_splitter_feed(splitter, chunk, length), STATUS_OK);
        free(chunk);
    }
    assert_int_equal(event_splitter_end(splitter), STATUS_OK);
    event_splitter_free(splitter);
}

static void gives(struct str input, const char *expected)
{
    static const size_t chunk_sizes[] = {1, 2, 3, 7, 64, 1 << 30};
    for (size_t i = 0; i < sizeof chunk_sizes / sizeof chunk_sizes[0]; i++) {
        struct listing listing = {.show_max = 200};
        split(input, chunk_sizes[i], &listing);
        if (!str_is(buffer_str(&listing.text), expected)) {
            fail_msg("in chunks of %zu:\n%.*s\ngave\n%.*s\nexpected\n%s", chunk_sizes[i], STR_ARGS(input),
                     STR_ARGS(buffer_str(&listing.text)), expected);
        }
        buffer_release(&listing.text);
    }
}

struct example {
    const char *input, *pieces;
};

static void each(const struct example *examples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        gives(str_from(examples[i].input), examples[i].pieces);
    }
}
#define EACH(examples) each(examples, sizeof examples / sizeof examples[0])

static void nothing_gives_no_pieces(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"", ""},   {" \r\n\t\n", ""}, {"\xEF\xBB\xBF", ""},    {"\xEF\xBB\xBF\n", ""},
        {"[]", ""}, {" [ ] ", ""},     {"{\"events\":[]}", ""},
    };
    EACH(examples);
}

static void lines_are_pieces(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"{\"a\":1}", "{\"a\":1}\n"},
        {"{\"a\":1}\n{\"b\":2}", "{\"a\":1}\n{\"b\":2}\n"},
        {"\xEF\xBB\xBF{\"a\":1}\r\n\r\n  {\"b\":{\"c\":[]}}  \r\n", "{\"a\":1}\n{\"b\":{\"c\":[]}}\n"},
        {"{\"a\":\"}{\"}\n{\"b\":\"\\\"}\"}\n", "{\"a\":\"}{\"}\n{\"b\":\"\\\"}\"}\n"},
        {"{\"a\":1} {\"b\":2}{\"c\":3}\n", "{\"a\":1}\n{\"b\":2}\n{\"c\":3}\n"},
        {"{}\n{\"event_id\":1}", "{}\n{\"event_id\":1}\n"},
    };
    EACH(examples);
}

static void one_event_may_span_lines(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"{\n  \"a\": {\n    \"b\": [1,\n 2]\n  }\n}\n", "{\n  \"a\": {\n    \"b\": [1,\n 2]\n  }\n}\n"},
        {"{\n\"a\":1\n}\n{\n\"b\":2\n} {\"c\":3}\n", "{\n\"a\":1\n}\n{\n\"b\":2\n}\n{\"c\":3}\n"},
        {"{\"a\":\n{\"b\":1}\n}\n", "{\"a\":\n{\"b\":1}\n}\n"},
        {"{\"a\": {}\n, \"b\": [{}]\n}\n", "{\"a\": {}\n, \"b\": [{}]\n}\n"},
    };
    EACH(examples);
}

static void a_malformed_line_costs_only_itself(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"x\n{\"a\":1}\n]\n", "x\n{\"a\":1}\n]\n"},
        {"{\"a\":1,}\n{\"b\":2}\n", "{\"a\":1,}\n{\"b\":2}\n"},
        {"{\"a\":\"cut\n{\"b\":2}\n", "{\"a\":\"cut\n{\"b\":2}\n"},
        {"{\"a\":1,\n{\"b\":2}\n{\"c\":3}\n", "{\"a\":1,\n{\"b\":2}\n{\"c\":3}\n"},
        {"{\"a\":\n{\"b\":2}\n{\"c\":3}\n", "{\"a\":\n{\"b\":2}\n{\"c\":3}\n"},
        {"{\"a\":\n{\"b\":2}\n", "{\"a\":\n{\"b\":2}\n"},
        {"{\"a\":[\n{\"b\":2}\n{\"c\":3}\n", "{\"a\":[\n{\"b\":2}\n{\"c\":3}\n"},
        {"{\"a\":{\"x\":1\n{\"b\":2}\n", "{\"a\":{\"x\":1\n{\"b\":2}\n"},
        {"{\"a\":1} junk\n{\"b\":2}\n", "{\"a\":1}\njunk\n{\"b\":2}\n"},
        {"{\n \"a\": 1\n \"b\": 2\n}\n{\"c\":3}\n", "{\n \"a\": 1\n \"b\": 2\n}\n{\"c\":3}\n"},
        {"{\"a\":\"{\"}}\n{\"b\":2}\n", "{\"a\":\"{\"}}\n{\"b\":2}\n"},
    };
    EACH(examples);
}

static void a_truncated_end_is_a_piece(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"{\"a\":1}\n{\"b\":", "{\"a\":1}\n~{\"b\":\n"},
        {"{\"a\":\"x", "~{\"a\":\"x\n"},
        {"{", "~{\n"},
        {"{\n \"a\": 1,\n", "~{\n \"a\": 1,\n"},
        {"{\"events\":", "~{\"events\":\n"},
        {"[", "~\n"},
        {"[{\"a\":1},", "{\"a\":1}\n~\n"},
        {"[{\"a\":1}", "{\"a\":1}\n~\n"},
        {"[{\"a\":1},{\"b\":", "{\"a\":1}\n~{\"b\":\n"},
        {"[{\"a\":1},{\"b\":\"x", "{\"a\":1}\n~{\"b\":\"x\n"},
        {"{\"events\":[{\"a\":1}]", "{\"a\":1}\n~\n"},
        {"\xEF\xBB", "~\xEF\xBB\n"},
    };
    EACH(examples);
}

static void lists_are_split_into_elements(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"[{\"a\":1},{\"b\":[{},\"]\"]}]", "{\"a\":1}\n{\"b\":[{},\"]\"]}\n"},
        {" [\n {\"a\":1} ,\n\n{\"b\":2}\n]\n", "{\"a\":1}\n{\"b\":2}\n"},
        {"{ \"events\" :\n [ {\"a\":1} , {\"b\":2} ] }", "{\"a\":1}\n{\"b\":2}\n"},
        {"{\"events\":[{\"a\":1}],\"next\":[{}]}\n{\"b\":2}", "{\"a\":1}\n{\"b\":2}\n"},
        {"[1, \"a,b\", null,[{\"a\":1}]]", "1\n\"a,b\"\nnull\n[{\"a\":1}]\n"},
        {"[{\"a\":1}]\n[{\"b\":2}]", "{\"a\":1}\n{\"b\":2}\n"},
        {"[{\"a\":\"\\\\\"},{\"b\":\"\\\"\"}]", "{\"a\":\"\\\\\"}\n{\"b\":\"\\\"\"}\n"},
        {"[{\"events\":[1]}]", "{\"events\":[1]}\n"},
        {"{\"events\":{}}", "{\"events\":{}}\n"},
        {"[{\"a\":1} {\"b\":2}]", "{\"a\":1}\n{\"b\":2}\n"},
        {"[{\"a\":1},]", "{\"a\":1}\n"},
        {"[{\"a\":1}]x", "{\"a\":1}\nx\n"},
    };
    EACH(examples);
}

static void a_malformed_element_costs_only_itself(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"[{\"a\":x y},{\"b\":2}]", "{\"a\":x y}\n{\"b\":2}\n"},
        {"[{\"a\":\"x},{\"b\":2},{\"c\":3}]", "{\"a\":\"x}\n{\"b\":2}\n{\"c\":3}\n"},
        {"[{\"a\":x\"},{\"b\":2}]", "{\"a\":x\"}\n{\"b\":2}\n"},
        {"[{\"a\":1,{\"b\":2}]", "{\"a\":1,\n{\"b\":2}\n"},
        {"[{\"a\":1]},{\"b\":2}]", "{\"a\":1]}\n{\"b\":2}\n"},
        {"[{\"a\" 1},{\"b\":2}]", "{\"a\" 1}\n{\"b\":2}\n"},
        {"[{\"a\":1},{\"b\":x y}]", "{\"a\":1}\n{\"b\":x y}\n"},
        {"{\"events\":[{\"a\":1},{\"b\":x y}]}\n", "{\"a\":1}\n{\"b\":x y}\n"},
        {"[{\"b\":x y}]\n[{\"c\":1}]", "{\"b\":x y}\n{\"c\":1}\n"},
        {"[{\"a\":\"x},{\"c\":1}]", "{\"a\":\"x}\n{\"c\":1}\n"},
        {"[{\"a\":1},{\"b\":\"x},{},{}]", "{\"a\":1}\n{\"b\":\"x}\n{}\n{}\n"},
        {"[{\"a\":\"line\nfeed\"},{\"b\":2}]", "{\"a\":\"line\nfeed\"}\n{\"b\":2}\n"},
        {"[{\"a\":1} junk, {\"b\":2}]", "{\"a\":1}\njunk\n{\"b\":2}\n"},
        {"[{\"a\":\"x}]\n{\"b\":\"y\"}\n", "{\"a\":\"x}\n{\"b\":\"y\"}\n"},
    };
    EACH(examples);
}

static void repeat(struct buffer *buffer, const char *text, size_t times)
{
    for (size_t i = 0; i < times; i++) {
        buffer_append_text(buffer, text);
    }
    assert_false(buffer_failed(buffer));
}

static void check_long(struct buffer *input, const char *expected)
{
    static const size_t chunk_sizes[] = {1000, 65536, SIZE_MAX / 2};
    for (size_t i = 0; i < 3; i++) {
        struct listing listing = {.show_max = 10};
        split(buffer_str(input), chunk_sizes[i], &listing);
        assert_string_equal(listing.text.bytes, expected);
        buffer_release(&listing.text);
    }
    buffer_release(input);
}

static void what_is_too_long_is_one_piece_with_all_its_bytes(void **state)
{
    (void)state;
    struct buffer input;
    buffer_init(&input, 64 * MIB);
    repeat(&input, "{\"a\":1}\n{\"b\":\"", 1);
    repeat(&input, "0123456789", 1000000);
    repeat(&input, "\"}\r\n{\"c\":3}\n", 1);
    check_long(&input, "{\"a\":1}\n+10000009 {\"b\":\"0123\n{\"c\":3}\n");

    repeat(&input, "[{\"a\":1},{\"b\":\"", 1);
    repeat(&input, "0123456789", 1000000);
    repeat(&input, "\"},{\"c\":3}]", 1);
    check_long(&input, "{\"a\":1}\n+10000008 {\"b\":\"0123\n{\"c\":3}\n");

    repeat(&input, "{\n\"b\":[\n", 1);
    repeat(&input, "0123456789,\n", 1000000);
    repeat(&input, "1\n]}\n{\"c\":3}\n", 1);
    check_long(&input, "+12000013 {\n\"b\":[\n01\n{\"c\":3}\n");

    repeat(&input, "{\"a\":1}\n", 1);
    repeat(&input, "          ", 500000);
    check_long(&input, "{\"a\":1}\n+5000000           \n");

    /* the longest that is not too long */
    repeat(&input, "{\"", 1);
    repeat(&input, "x", LIMIT_EVENT_BYTES - 6);
    repeat(&input, "\":1}\n", 1);
    check_long(&input, "{\"xxxxxxxx\n");
    repeat(&input, "[{\"", 1);
    repeat(&input, "x", LIMIT_EVENT_BYTES - 6);
    repeat(&input, "\":1}]\n", 1);
    check_long(&input, "{\"xxxxxxxx\n");
}

static void of_what_no_dead_letter_can_hold_the_beginning_is_kept(void **state)
{
    (void)state;
    struct buffer input;
    static const char *const shapes[][3] = {{"{\"a\":1}\n{\"b\":\"", "0123456789abcdef", "\"}\n{\"c\":3}\n"},
                                            {"[{\"a\":1},{\"b\":\"", "0123456789abcdef", "\"},{\"c\":3}]"},
                                            {"{\"a\":1}\n{\n\"b\":[\n", "\"0123456789ab\",\n", "1]}\n{\"c\":3}\n"}};
    static const char *const expected[] = {"{\"a\":1}\n+73400328 {\"b\":\"0123\n{\"c\":3}\n",
                                           "{\"a\":1}\n+73400328 {\"b\":\"0123\n{\"c\":3}\n",
                                           "{\"a\":1}\n+73400332 {\n\"b\":[\n\"0\n{\"c\":3}\n"};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        struct listing listing = {.show_max = 10};
        buffer_init(&input, 128 * MIB);
        repeat(&input, shapes[i][0], 1);
        repeat(&input, shapes[i][1], 70 * MIB / 16);
        repeat(&input, shapes[i][2], 1);
        for (size_t whole = 0; whole < 2; whole++) {
            split(buffer_str(&input), whole != 0 ? SIZE_MAX / 2 : 65536, &listing);
            assert_string_equal(listing.text.bytes, expected[i]);
            buffer_release(&listing.text);
        }
        buffer_release(&input);
    }
}

static void a_value_alone_is_told_from_what_is_not(void **state)
{
    (void)state;
    static const char *const values[] = {"{}", "[1]", "{\"a\":\n[\"}\"]}"}, *const others[] = {"", "{", "{}}", "{}{}", "{\"a\"\n}", "{} ", "12"};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        assert_true(event_split_is_one_value(str_from(values[i])));
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_false(event_split_is_one_value(str_from(others[i])));
    }
}

static void depth_bombs_are_pieces_like_any_other(void **state)
{
    (void)state;
    struct buffer input;
    buffer_init(&input, 64 * MIB);
    repeat(&input, "{\"a\":1}\n{\"b\":", 1);
    repeat(&input, "[", 500000);
    repeat(&input, "\n{\"c\":3}\n", 1);
    check_long(&input, "{\"a\":1}\n{\"b\":[[[[[\n{\"c\":3}\n");

    repeat(&input, "[{\"a\":1},", 1);
    repeat(&input, "{\"x\":", 100000);
    repeat(&input, "1}, {\"c\":3}]", 1);
    check_long(&input, "{\"a\":1}\n{\"x\":{\"x\":\n{\"c\":3}\n");

    repeat(&input, "[", 300000);
    check_long(&input, "~[[[[[[[[[[\n");
}

/* Each line could begin an event inside the one before; reading back must not make this quadratic. */
static void many_beginnings_cost_no_more_than_their_bytes(void **state)
{
    (void)state;
    struct buffer input;
    struct listing listing = {.show_max = 10};
    buffer_init(&input, 64 * MIB);
    repeat(&input, "{\"a\":[\n", 2000000);
    split(buffer_str(&input), 65536, &listing);
    buffer_release(&listing.text);
    buffer_release(&input);
    buffer_init(&input, 64 * MIB);
    repeat(&input, "{\"a\":[\n", 1);
    repeat(&input, "{},\n", 2000000);
    split(buffer_str(&input), 65536, &listing);
    buffer_release(&listing.text);
    buffer_release(&input);
    buffer_init(&input, 64 * MIB);
    repeat(&input, "[{\"a\":\"", 1);
    repeat(&input, "},{", 2000000);
    split(buffer_str(&input), 65536, &listing);
    buffer_release(&listing.text);
    buffer_release(&input);
}

static void gigabytes_on_one_line_need_no_such_memory(void **state)
{
    (void)state;
    struct listing listing = {.show_max = 10};
    buffer_init(&listing.text, MIB);
    struct event_splitter *splitter = event_splitter_new(list, &listing);
    assert_non_null(splitter);
    static char block[1 << 20]; /* a gigabyte and a half comes, more than the splitter's buffers can hold */
    memset(block, 'x', sizeof block);
    assert_int_equal(event_splitter_feed(splitter, "{\"a\":\"", 6), STATUS_OK);
    for (int i = 0; i < 1500; i++) {
        assert_int_equal(event_splitter_feed(splitter, block, sizeof block), STATUS_OK);
    }
    assert_int_equal(event_splitter_feed(splitter, "\n{}\n", 4), STATUS_OK);
    assert_int_equal(event_splitter_end(splitter), STATUS_OK);
    assert_int_equal(event_splitter_count(splitter), 2);
    assert_string_equal(listing.text.bytes, "+1572864006 {\"a\":\"xxxx\n{}\n");
    event_splitter_free(splitter);
    buffer_release(&listing.text);
}

static enum status refuse(void *context, const struct event_piece *piece)
{
    int *count = context;
    assert_true(piece->ordinal == (uint64_t)*count);
    return ++*count == 2 ? STATUS_RETRY : STATUS_OK;
}

static void what_the_receiver_answers_is_returned(void **state)
{
    (void)state;
    int count = 0;
    struct event_splitter *splitter = event_splitter_new(refuse, &count);
    assert_non_null(splitter);
    assert_int_equal(event_splitter_feed(splitter, "{}\n{}\n{}\n", 9), STATUS_RETRY);
    assert_int_equal(count, 2);
    event_splitter_free(splitter);
}

static enum status ignore(void *context, const struct event_piece *piece)
{
    (void)context;
    (void)piece;
    return STATUS_OK;
}

static void every_failed_allocation_is_returned(void **state)
{
    (void)state;
    static const char *const inputs[] = {"{\n\"a\":1\n}\n{\"b\":\n{\"c\":1}\n",
                                         "[{\"a\":\"x},{\"b\":1},{\"c\":", "{\"events\":[{\"a\":1}]}"};
    for (size_t i = 0; i < 3; i++) {
        bool struck = true;
        for (int64_t failures = 0; struck; failures++) {
            memory_fail_after(failures);
            struct event_splitter *splitter = event_splitter_new(ignore, NULL);
            enum status status = splitter == NULL ? STATUS_FATAL : STATUS_OK;
            for (const char *at = inputs[i]; status == STATUS_OK && *at != '\0'; at++) {
                status = event_splitter_feed(splitter, at, 1);
            }
            if (status == STATUS_OK) {
                status = event_splitter_end(splitter);
            }
            struck = memory_injected();
            memory_fail_after(-1);
            assert_int_equal(status, struck ? STATUS_FATAL : STATUS_OK);
            event_splitter_free(splitter);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_gives_no_pieces),
        cmocka_unit_test(lines_are_pieces),
        cmocka_unit_test(one_event_may_span_lines),
        cmocka_unit_test(a_malformed_line_costs_only_itself),
        cmocka_unit_test(a_truncated_end_is_a_piece),
        cmocka_unit_test(lists_are_split_into_elements),
        cmocka_unit_test(a_malformed_element_costs_only_itself),
        cmocka_unit_test(what_is_too_long_is_one_piece_with_all_its_bytes),
        cmocka_unit_test(of_what_no_dead_letter_can_hold_the_beginning_is_kept),
        cmocka_unit_test(a_value_alone_is_told_from_what_is_not),
        cmocka_unit_test(depth_bombs_are_pieces_like_any_other),
        cmocka_unit_test(many_beginnings_cost_no_more_than_their_bytes),
        cmocka_unit_test(gigabytes_on_one_line_need_no_such_memory),
        cmocka_unit_test(what_the_receiver_answers_is_returned),
        cmocka_unit_test(every_failed_allocation_is_returned),
    };
    return cmocka_run_group_tests_name("event_split", tests, NULL, NULL);
}
