/* The configuration: file and environment give the same keys, and what is wrong is named. And who may ask from elsewhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/config.h"

static char path[] = "/tmp/trimodal-config-XXXXXX";
static struct config config;
static struct error error;

static enum status load(const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    return config_load(&config, path, &error);
}

static void refused(const char *text, const char *place, const char *says)
{
    assert_int_equal(load(text), STATUS_INVALID);
    if (strstr(error.place, place) == NULL || strstr(error.text, says) == NULL) {
        fail_msg("%s: %s", error.place, error.text);
    }
}

static void an_empty_file_leaves_the_defaults(void **state)
{
    (void)state;
    assert_int_equal(load(""), STATUS_OK);
    assert_string_equal(config.listen_host, "127.0.0.1");
    assert_int_equal(config.cors.max_age_seconds, 600);
    assert_int_equal(load("# nothing\n---\n"), STATUS_OK);
}

static void nested_keys_and_lists_are_read(void **state)
{
    (void)state;
    assert_int_equal(load("listen: '[::1]:80'\nconfidence:\n  contract_tag: 0.25\ncors:\n  origins:\n    - https://a.example\n"
                          "    - http://b.example:8080\n  credentials: true\nlimits:\n  read: {user: 12.5}\n  burst_seconds: 3\n"
                          "log_level: error\n"),
                     STATUS_OK);
    assert_string_equal(config.listen_host, "::1");
    assert_int_equal(config.listen_port, 80);
    assert_true(config.correlate.confidence[METHOD_CONTRACT_TAG] == 0.25);
    assert_string_equal(config.cors.origins, "https://a.example,http://b.example:8080");
    assert_true(config.cors.credentials);
    assert_true(config.limits.user[RATE_READ] == 12.5);
    assert_true(config.limits.burst_seconds == 3);
    assert_int_equal(config.log_level, LOG_ERROR);
}

static void the_environment_wins_over_the_file(void **state)
{
    (void)state;
    setenv("TRIMODAL_CORS_ORIGINS", "https://c.example,https://d.example", 1);
    assert_int_equal(load("cors: {origins: [https://a.example]}\n"), STATUS_OK);
    assert_string_equal(config.cors.origins, "https://c.example,https://d.example");
    setenv("TRIMODAL_CORS_ORIGINS", "c.example", 1);
    assert_int_equal(load(""), STATUS_INVALID);
    assert_non_null(strstr(error.text, "c.example"));
    unsetenv("TRIMODAL_CORS_ORIGINS");
    setenv("TRIMODAL_LIMITS_READ_USER", "lots", 1);
    assert_int_equal(load(""), STATUS_INVALID);
    assert_non_null(strstr(error.place, "TRIMODAL_LIMITS_READ_USER"));
    unsetenv("TRIMODAL_LIMITS_READ_USER");
}

static void what_is_wrong_is_named_with_its_line(void **state)
{
    (void)state;
    refused("listen: 127.0.0.1:1\nlistten: x\n", "line 2", "listten");
    refused("confidence:\n  contract_tag: 7\n", "line 2", "from 0 to 1");
    refused("confidence: 7\n", "line 1", "confidence");
    refused("log_level: loud\n", "log_level", "loud");
    refused("cors: {credentials: yes}\n", "cors.credentials", "yes");
    refused("- a\n", path, "list");
    refused("text\n", path, "text");
    refused("listen: [\n", path, "line");
    refused("a: {b: {c: {d: {e: {f: {g: 1}}}}}}\n", path, "deep");
    refused("data: &x here\npolicy: *x\n", path, "alias");
    refused("? [a]\n: b\n", path, "key");
    refused("cors: {origins: [[a]]}\n", path, "deep");
}

static void tls_needs_certificate_and_key(void **state)
{
    (void)state;
    refused("tls: {certificate: a.pem}\n", "tls", "together");
    refused("tls: {client_ca: a.pem}\n", "tls", "together");
    assert_int_equal(load("tls: {certificate: a.pem, key: a.key, client_ca: ca.pem, client_certificate: optional}\n"), STATUS_OK);
    assert_true(config.tls.client_certificate_optional);
}

static void credentials_never_go_to_any_origin(void **state)
{
    (void)state;
    refused("cors: {origins: ['*'], credentials: true}\n", "cors.origins", "list the origins");
    refused("cors: {origins: [https://a.example/]}\n", "cors.origins", "no origin");
    refused("cors: {origins: ['null']}\n", "cors.origins", "no origin");
    assert_int_equal(load("cors: {origins: ['*']}\n"), STATUS_OK);
}

static struct str header(const struct net_header *headers, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (str_is(headers[i].name, name)) {
            return headers[i].value;
        }
    }
    return STR_NONE;
}

static void only_an_origin_of_the_list_may_read(void **state)
{
    (void)state;
    struct net_header headers[CORS_HEADERS_MAX];
    const struct cors_options options = {.origins = "https://a.example,https://b.example", .credentials = true};
    size_t count = cors_headers(&options, STR("https://b.example"), headers);
    assert_true(str_is(header(headers, count, "Access-Control-Allow-Origin"), "https://b.example"));
    assert_true(str_is(header(headers, count, "Access-Control-Allow-Credentials"), "true"));
    assert_true(str_is(header(headers, count, "Vary"), "Origin"));
    static const char *const strangers[] = {"https://b.example.evil.example", "https://b.exampl", "http://b.example", "null", ""};
    for (size_t i = 0; i < sizeof strangers / sizeof strangers[0]; i++) {
        count = cors_headers(&options, str_from(strangers[i]), headers);
        assert_null(header(headers, count, "Access-Control-Allow-Origin").at);
        assert_null(header(headers, count, "Access-Control-Allow-Credentials").at);
        assert_true(str_is(header(headers, count, "Vary"), "Origin"));
    }
    assert_int_equal(cors_headers(&(struct cors_options){.origins = ""}, STR("https://a.example"), headers), 0);
}

static void a_preflight_says_what_may_follow(void **state)
{
    (void)state;
    struct net_header headers[CORS_HEADERS_MAX];
    struct arena arena;
    arena_init(&arena, 65536);
    const struct cors_options options = {.origins = "*", .max_age_seconds = 60};
    size_t count = cors_preflight(&options, STR("https://a.example"), STR("GET, POST"), STR("content-type, x-tenant"), &arena, headers);
    assert_true(str_is(header(headers, count, "Access-Control-Allow-Origin"), "*"));
    assert_true(str_is(header(headers, count, "Access-Control-Allow-Methods"), "GET, POST"));
    assert_true(str_is(header(headers, count, "Access-Control-Allow-Headers"), "content-type, x-tenant"));
    assert_true(str_is(header(headers, count, "Access-Control-Max-Age"), "60"));
    assert_null(header(headers, count, "Access-Control-Allow-Credentials").at);
    count = cors_preflight(&options, STR("https://a.example"), STR("GET"), STR("a\r\nx: y"), &arena, headers);
    assert_null(header(headers, count, "Access-Control-Allow-Headers").at);
    arena_release(&arena);
}

static int make_file(void **state)
{
    (void)state;
    return mkstemp(path) >= 0 ? 0 : -1;
}

static int remove_file(void **state)
{
    (void)state;
    return remove(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_file_leaves_the_defaults),
        cmocka_unit_test(nested_keys_and_lists_are_read),
        cmocka_unit_test(the_environment_wins_over_the_file),
        cmocka_unit_test(what_is_wrong_is_named_with_its_line),
        cmocka_unit_test(tls_needs_certificate_and_key),
        cmocka_unit_test(credentials_never_go_to_any_origin),
        cmocka_unit_test(only_an_origin_of_the_list_may_read),
        cmocka_unit_test(a_preflight_says_what_may_follow),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
