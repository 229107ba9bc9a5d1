#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/net.h"

static const struct net_header headers[] = {
    {{"Host", 4}, {"a", 1}},
    {{"X-One", 5}, {"first", 5}},
    {{"x-one", 5}, {"second", 6}},
    {{"Empty", 5}, {"", 0}},
    {{"Sec-WebSocket-Protocol", 22}, {"graphql-ws,  graphql-transport-ws", 33}},
    {{"sec-websocket-protocol", 22}, {"echo", 4}},
};
static const struct net_request request = {.headers = headers, .header_count = 6};

static void header_is_found_in_any_case_and_the_first_one_wins(void **state)
{
    (void)state;
    assert_true(str_is(net_request_header(&request, "x-ONE"), "first"));
    assert_true(str_is(net_request_header(&request, "host"), "a"));
}

static void absent_header_differs_from_an_empty_one(void **state)
{
    (void)state;
    assert_null(net_request_header(&request, "nowhere").at);
    assert_null(net_request_header(&request, "Hos").at);
    assert_non_null(net_request_header(&request, "Empty").at);
    assert_int_equal(net_request_header(&request, "Empty").length, 0);
}

static void subprotocols_are_found_in_all_headers_and_only_whole(void **state)
{
    (void)state;
    assert_true(net_request_offers(&request, STR("graphql-ws")));
    assert_true(net_request_offers(&request, STR("graphql-transport-ws")));
    assert_true(net_request_offers(&request, STR("echo")));
    assert_false(net_request_offers(&request, STR("graphql")));
}

static void decodes_to(const char *text, bool plus, const char *expected)
{
    char decoded[64];
    size_t length = 0;
    bool valid = net_percent_decode(str_from(text), plus, decoded, &length);
    assert_int_equal(valid, expected != NULL);
    if (expected != NULL) {
        assert_int_equal(length, strlen(expected));
        assert_memory_equal(decoded, expected, length);
    }
}

static void percent_escapes_are_decoded(void **state)
{
    (void)state;
    decodes_to("", false, "");
    decodes_to("plain", false, "plain");
    decodes_to("a%20b%2Fc%2f", false, "a b/c/");
    decodes_to("%C3%A9", false, "\xc3\xa9");
    decodes_to("%2541", false, "%41");
    decodes_to("a+b", true, "a b");
    decodes_to("a+b%2B", false, "a+b+");
}

static void malformed_escapes_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"%", "%2", "a%", "%zz", "%2g", "%-1", "%00", "a%00b", "%ff", "%C3", "%ED%A0%80"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        decodes_to(bad[i], false, NULL);
    }
}

static void decoding_in_place_works(void **state)
{
    (void)state;
    char text[] = "%41%42%43";
    size_t length = 0;
    assert_true(net_percent_decode((struct str){text, 9}, false, text, &length));
    assert_int_equal(length, 3);
    assert_memory_equal(text, "ABC", 3);
}

static void queries_are_walked(void **state)
{
    (void)state;
    struct str query = STR("a=1&&b&c==x&=y&"), name, value;
    assert_true(net_query_next(&query, &name, &value));
    assert_true(str_is(name, "a") && str_is(value, "1"));
    assert_true(net_query_next(&query, &name, &value));
    assert_true(str_is(name, "b") && value.at == NULL);
    assert_true(net_query_next(&query, &name, &value));
    assert_true(str_is(name, "c") && str_is(value, "=x"));
    assert_true(net_query_next(&query, &name, &value));
    assert_true(name.length == 0 && str_is(value, "y"));
    assert_false(net_query_next(&query, &name, &value));
    query = STR_NONE;
    assert_false(net_query_next(&query, &name, &value));
}

static void query_parameters_are_found_decoded(void **state)
{
    (void)state;
    struct arena arena;
    struct str value;
    arena_init(&arena, 64 * KIB);
    struct str query = STR("x=%zz&as%4Ff=2026-11-21T10%3A03%3A00Z&flag&as%4Ff=later&text=a+b");
    assert_int_equal(net_query_parameter(query, "asOf", &arena, &value), STATUS_OK);
    assert_true(str_is(value, "2026-11-21T10:03:00Z"));
    assert_int_equal(net_query_parameter(query, "text", &arena, &value), STATUS_OK);
    assert_true(str_is(value, "a b"));
    assert_int_equal(net_query_parameter(query, "flag", &arena, &value), STATUS_OK);
    assert_int_equal(value.length, 0);
    assert_int_equal(net_query_parameter(query, "x", &arena, &value), STATUS_INVALID);
    assert_null(value.at);
    assert_int_equal(net_query_parameter(query, "none", &arena, &value), STATUS_ABSENT);
    assert_int_equal(net_query_parameter(STR_NONE, "none", &arena, &value), STATUS_ABSENT);
    arena_release(&arena);
}

static void every_status_has_a_text(void **state)
{
    (void)state;
    assert_string_equal(net_status_text(404), "Not Found");
    assert_string_equal(net_status_text(413), "Content Too Large");
    assert_string_equal(net_status_text(499), "Client Error");
    assert_string_equal(net_status_text(0), "Unknown");
}

static void messages_are_framed_for_every_length(void **state)
{
    (void)state;
    static char payload[70000];
    static const struct {
        size_t length, header;
        unsigned char first[4];
    } cases[] = {{0, 2, {0x81, 0}}, {125, 2, {0x81, 125}}, {126, 4, {0x81, 126, 0, 126}},
                 {65535, 4, {0x81, 126, 0xff, 0xff}}, {65536, 10, {0x81, 127, 0, 0}}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct net_blob *message = net_message_new(NET_TEXT, (struct str){payload, cases[i].length});
        assert_non_null(message);
        struct str bytes = net_blob_bytes(message);
        assert_int_equal(bytes.length, cases[i].header + cases[i].length);
        assert_memory_equal(bytes.at, cases[i].first, cases[i].header == 2 ? 2 : 4);
        net_blob_release(message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_is_found_in_any_case_and_the_first_one_wins),
        cmocka_unit_test(absent_header_differs_from_an_empty_one),
        cmocka_unit_test(subprotocols_are_found_in_all_headers_and_only_whole),
        cmocka_unit_test(percent_escapes_are_decoded),
        cmocka_unit_test(malformed_escapes_are_refused),
        cmocka_unit_test(decoding_in_place_works),
        cmocka_unit_test(queries_are_walked),
        cmocka_unit_test(query_parameters_are_found_decoded),
        cmocka_unit_test(every_status_has_a_text),
        cmocka_unit_test(messages_are_framed_for_every_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
