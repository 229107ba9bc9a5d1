/* What a client asks of /graphql, read from JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api/graphql_ask.h"

#define HASH "0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abcdef"

static struct json_parser *parser;
static char text[4096 + JSON_READ_PADDING];
static struct error error;

static enum status read(struct graphql_ask *ask, const char *json)
{
    struct json root;
    size_t length = strlen(json);
    assert_true(length < 4096);
    memcpy(text, json, length + 1);
    assert_int_equal(json_parse(parser, (struct str){text, length}, &root, &error), STATUS_OK);
    return graphql_ask_read(ask, root, (struct str){text, length}, &error);
}

static void assert_text(struct str actual, const char *expected)
{
    if (expected == NULL) {
        assert_null(actual.at);
    } else {
        assert_int_equal(actual.length, strlen(expected));
        assert_memory_equal(actual.at, expected, actual.length);
    }
}

static void all_four_parameters_are_read(void **state)
{
    (void)state;
    struct graphql_ask ask;
    assert_int_equal(read(&ask, "{ \"operationName\" : \"A\", \"variables\": { \"a\" : [1, \"}\\\"\", {}] } ,"
                                "\"extensions\":{\"persistedQuery\":{\"version\":1,\"sha256Hash\":\"" HASH "\"}},"
                                "\"query\":\"{ a\\u0062 }\"}"), STATUS_OK);
    assert_text(ask.text, "{ ab }");
    assert_text(ask.operation_name, "A");
    assert_text(ask.variables_json, "{ \"a\" : [1, \"}\\\"\", {}] }");
    assert_text(ask.sha256_hex, HASH);
}

static void null_is_not_given(void **state)
{
    (void)state;
    struct graphql_ask ask;
    assert_int_equal(read(&ask, "{\"query\":\"{a}\",\"variables\":null,\"operationName\":null,\"extensions\":null}"), STATUS_OK);
    assert_text(ask.operation_name, NULL);
    assert_text(ask.variables_json, NULL);
    assert_text(ask.sha256_hex, NULL);
    assert_int_equal(read(&ask, "{\"query\":\"{a}\",\"extensions\":{\"persistedQuery\":null,\"other\":1}}"), STATUS_OK);
}

static void a_hash_stands_for_the_text(void **state)
{
    (void)state;
    struct graphql_ask ask;
    assert_int_equal(read(&ask, "{\"extensions\":{\"persistedQuery\":{\"version\":1,\"sha256Hash\":\"" HASH "\"}}}"), STATUS_OK);
    assert_text(ask.text, NULL);
    assert_text(ask.sha256_hex, HASH);
}

static void a_parameter_of_another_type_is_refused_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *json, *place;
    } cases[] = {
        {"{}", "query"},
        {"{\"query\":null}", "query"},
        {"{\"query\":1}", "query"},
        {"{\"query\":[\"{a}\"]}", "query"},
        {"{\"query\":\"{a}\",\"operationName\":false}", "operationName"},
        {"{\"query\":\"{a}\",\"variables\":\"{}\"}", "variables"},
        {"{\"query\":\"{a}\",\"variables\":[]}", "variables"},
        {"{\"query\":\"{a}\",\"vari\\u0061bles\":{}}", "variables"}, /* well-formed, but not found again in the text */
        {"{\"query\":\"{a}\",\"vari\\u0061bles\":{},\"variables\":[]}", "variables"},
        {"{\"query\":\"{a}\",\"extensions\":0}", "extensions"},
        {"{\"query\":\"{a}\",\"extensions\":{\"persistedQuery\":1}}", "extensions.persistedQuery"},
        {"{\"query\":\"{a}\",\"extensions\":{\"persistedQuery\":{\"version\":1}}}", "extensions.persistedQuery"},
        {"{\"query\":\"{a}\",\"extensions\":{\"persistedQuery\":{\"version\":2,\"sha256Hash\":\"" HASH "\"}}}",
         "extensions.persistedQuery"},
        {"{\"query\":\"{a}\",\"extensions\":{\"persistedQuery\":{\"version\":1,\"sha256Hash\":\"" HASH "0\"}}}",
         "extensions.persistedQuery"},
        {"{\"query\":\"{a}\",\"extensions\":{\"persistedQuery\":{\"version\":1,\"sha256Hash\":\"../../../../../../../../../../../../"
         "../../../../../../../../../etc\"}}}",
         "extensions.persistedQuery"},
        {"[]", ""},
        {"\"{a}\"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct graphql_ask ask;
        assert_int_equal(read(&ask, cases[i].json), STATUS_INVALID);
        assert_string_equal(error.place, cases[i].place);
        assert_true(strlen(error.text) > 10);
    }
}

static void a_member_is_found_where_it_stands_at_the_top_only(void **state)
{
    (void)state;
    static const struct {
        const char *object, *name, *member;
    } cases[] = {
        {"{\"a\":1}", "a", "1"},
        {"{\"a\":1}", "b", NULL},
        {"{}", "a", NULL},
        {" { \"a\" : \"x, \\\"a\\\": }\" , \"b\" : [ {\"c\":2} ] } ", "b", "[ {\"c\":2} ]"},
        {"{\"x\":{\"a\":1},\"a\":true}", "a", "true"},
        {"{\"x\":\"\\\\\",\"a\":-1.5e3 }", "a", "-1.5e3"},
        {"{\"a\":{\"a\":[[],{}]},\"a\":2}", "a", "{\"a\":[[],{}]}"},
        {"[{\"a\":1}]", "a", NULL},
        {"", "a", NULL},
        {"{\"\":null}", "", "null"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_text(graphql_member_text(str_from(cases[i].object), cases[i].name), cases[i].member);
    }
}

static int set_up(void **state)
{
    (void)state;
    parser = json_parser_new();
    return parser == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    json_parser_free(parser);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_four_parameters_are_read),
        cmocka_unit_test(null_is_not_given),
        cmocka_unit_test(a_hash_stands_for_the_text),
        cmocka_unit_test(a_parameter_of_another_type_is_refused_by_name),
        cmocka_unit_test(a_member_is_found_where_it_stands_at_the_top_only),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
