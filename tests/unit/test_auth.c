/* The door: tokens, sessions, sign-in links, slowing; over a store of its own and a clock that the test moves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/auth.h"
#include "auth/throttle.h"
#include "base/log.h"
#include "base/memory.h"
#include "jwt_forge.h"

#define T0 INT64_C(1790000000000)
#define HERE STR("192.0.2.1")
#define THERE STR("192.0.2.2")

static char directory[64];
static struct auth *door;
static struct arena arena;
static struct principal principal;
static struct auth_refusal refusal;
static struct error error;
static int64_t now_ms;

static int64_t test_now(void *context)
{
    (void)context;
    return now_ms;
}

static uint64_t test_monotonic(void *context)
{
    (void)context;
    return (uint64_t)now_ms * 1000000;
}

static void test_random(void *context, void *bytes, size_t length)
{
    clock_system.random(context, bytes, length);
}

static const struct clock test_clock = {NULL, test_now, test_monotonic, test_random};

static int setup(void **state)
{
    (void)state;
    now_ms = T0;
    (void)snprintf(directory, sizeof directory, "/tmp/trimodal-auth-XXXXXX");
    arena_init(&arena, MIB);
    return mkdtemp(directory) != NULL && auth_new(&door, &(struct auth_options){.clock = &test_clock}, &error) == STATUS_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    char command[128];
    auth_free(door);
    arena_release(&arena);
    (void)snprintf(command, sizeof command, "rm -r '%s'", directory);
    return system(command);
}

static bool enters(struct str credential, struct str address)
{
    return auth_check(door, credential, address, &arena, &principal, &refusal);
}

/* A token that the door knows; its text. */
static const char *add_token(const char *name, enum role role, const char *tenant, int64_t expires_at)
{
    static char texts[64][TOKEN_TEXT_SIZE];
    static size_t count;
    char *text = texts[count++ % 64];
    struct token_record record = {.name = str_from(name), .tenant_id = str_from(tenant), .role = role, .created_at = now_ms,
                                  .expires_at = expires_at};
    token_make_id(&test_clock, record.id);
    assert_int_equal(token_make(&test_clock, TOKEN_PREFIX, text, &error), STATUS_OK);
    assert_int_equal(token_hash(str_from(text), record.hash, &error), STATUS_OK);
    assert_int_equal(auth_token_add(door, &record, &error), STATUS_OK);
    return text;
}

/* ---- how tokens look ---- */

static void a_token_is_256_random_bits_with_a_checksum(void **state)
{
    (void)state;
    char first[TOKEN_TEXT_SIZE], second[TOKEN_TEXT_SIZE];
    assert_int_equal(token_make(&test_clock, TOKEN_PREFIX, first, &error), STATUS_OK);
    assert_int_equal(token_make(&test_clock, TOKEN_PREFIX, second, &error), STATUS_OK);
    assert_string_not_equal(first, second);
    assert_int_equal(strlen(first), 52);
    assert_true(token_is_well_formed(str_from(first), TOKEN_PREFIX));
    assert_false(token_is_well_formed(str_from(first), "ts_"));
    for (size_t i = 0; i < TOKEN_TEXT_LENGTH; i++) {
        char was = first[i];
        first[i] = was == 'x' ? 'y' : 'x';
        assert_false(token_is_well_formed(str_from(first), TOKEN_PREFIX));
        first[i] = was;
    }
    assert_false(token_is_well_formed((struct str){first, 51}, TOKEN_PREFIX));
}

static void a_record_comes_back_from_its_setting_and_holds_no_text(void **state)
{
    (void)state;
    char text[TOKEN_TEXT_SIZE];
    struct store_setting setting;
    struct token_record read, record = {.name = STR("ci-main"), .tenant_id = STR("ac\"me"), .role = ROLE_AUDITOR, .created_at = 5,
                                        .expires_at = 6, .revoked_at = 7};
    struct json_parser *parser = json_parser_new();
    token_make_id(&test_clock, record.id);
    assert_int_equal(token_make(&test_clock, TOKEN_PREFIX, text, &error), STATUS_OK);
    assert_int_equal(token_hash(str_from(text), record.hash, &error), STATUS_OK);
    assert_true(token_to_setting(&record, &arena, &setting));
    assert_int_equal(str_find_str(setting.value, (struct str){text + 3, 20}, 0), setting.value.length);
    assert_int_equal(token_from_setting(&setting, parser, &arena, &read, &error), STATUS_OK);
    assert_memory_equal(read.hash, record.hash, SHA256_SIZE);
    assert_string_equal(read.id, record.id);
    assert_true(str_equal(read.name, record.name) && str_equal(read.tenant_id, record.tenant_id));
    assert_int_equal(read.role, ROLE_AUDITOR);
    assert_true(read.created_at == 5 && read.expires_at == 6 && read.revoked_at == 7);
    for (size_t cut = 0; cut < setting.value.length; cut++) {
        struct store_setting damaged = {setting.key, {setting.value.at, cut}};
        assert_int_equal(token_from_setting(&damaged, parser, &arena, &read, &error), STATUS_INVALID);
    }
    json_parser_free(parser);
}

static void the_first_token_is_made_once_and_audited(void **state)
{
    (void)state;
    struct store *store;
    struct store_reader *reader;
    struct store_audit_entry *entries;
    size_t count;
    bool more;
    char first[TOKEN_TEXT_SIZE], second[TOKEN_TEXT_SIZE];
    assert_int_equal(store_open(&store, &(struct store_options){.directory = directory, .create = true, .without_sync = true}, &error),
                     STATUS_OK);
    assert_int_equal(store_reader_open(&reader, store, &error), STATUS_OK);
    assert_int_equal(token_make_first(store, reader, &test_clock, first, &error), STATUS_OK);
    assert_int_equal(token_make_first(store, reader, &test_clock, second, &error), STATUS_OK);
    assert_true(token_is_well_formed(str_from(first), TOKEN_PREFIX));
    assert_string_equal(second, "");
    assert_int_equal(store_reader_audit(reader, &(struct store_audit_filter){0}, 10, &arena, &entries, &count, &more, &error), STATUS_OK);
    assert_int_equal(count, 1);
    assert_true(str_is(entries[0].action, "token.create"));
    assert_int_equal(str_find_str(entries[0].after, str_from(first), 0), entries[0].after.length);
    assert_int_equal(auth_load_tokens(door, reader, &error), STATUS_OK);
    assert_true(enters(str_from(first), HERE));
    assert_true(principal.all_tenants && principal.role == ROLE_ADMIN && str_is(principal.subject, "token:first"));
    store_reader_close(reader);
    store_close(store);
}

/* ---- coming in ---- */

static void a_token_gives_its_role_and_tenant(void **state)
{
    (void)state;
    const char *token = add_token("ci", ROLE_ENGINEER, "acme", 0);
    assert_true(enters(str_from(token), HERE));
    assert_true(principal.known && !principal.all_tenants && principal.role == ROLE_ENGINEER);
    assert_true(str_is(principal.tenant_id, "acme") && str_is(principal.subject, "token:ci"));
    assert_true(auth_holds(door, &principal));
}

static void what_is_not_good_is_refused_in_the_same_words(void **state)
{
    (void)state;
    const char *expired = add_token("old", ROLE_ADMIN, "default", now_ms + 1000);
    const char *good = add_token("good", ROLE_ADMIN, "default", 0);
    char unknown[TOKEN_TEXT_SIZE], damaged[TOKEN_TEXT_SIZE];
    assert_int_equal(token_make(&test_clock, TOKEN_PREFIX, unknown, &error), STATUS_OK);
    memcpy(damaged, good, sizeof damaged);
    damaged[10] = damaged[10] == 'a' ? 'b' : 'a';
    assert_true(enters(str_from(expired), HERE));
    now_ms += 1000;
    const struct str wrong[] = {str_from(expired), str_from(unknown), str_from(damaged), STR("x"), STR("a.b.c"), STR("tm_")};
    const char *words = NULL;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(enters(wrong[i], HERE));
        assert_int_equal(refusal.status, 401);
        assert_true(words == NULL || strcmp(words, refusal.text) == 0);
        words = refusal.text;
        assert_false(principal.known);
    }
    assert_false(enters(STR(""), HERE));
    assert_int_equal(refusal.status, 401);
}

static void a_revoked_token_and_its_sessions_end_at_once(void **state)
{
    (void)state;
    struct str session;
    struct token_record record = {.name = STR("ci"), .tenant_id = STR("default"), .role = ROLE_VIEWER};
    char text[TOKEN_TEXT_SIZE], link[TOKEN_TEXT_SIZE];
    token_make_id(&test_clock, record.id);
    assert_int_equal(token_make(&test_clock, TOKEN_PREFIX, text, &error), STATUS_OK);
    assert_int_equal(token_hash(str_from(text), record.hash, &error), STATUS_OK);
    assert_int_equal(auth_token_add(door, &record, &error), STATUS_OK);
    assert_true(auth_sign_in(door, str_from(text), HERE, &arena, &session, &refusal));
    assert_true(enters(session, HERE));
    struct principal of_session = principal;
    assert_true(auth_holds(door, &of_session));
    assert_int_equal(auth_link_new(door, &of_session, link, &error), STATUS_OK);
    auth_token_revoke(door, str_from(record.id));
    assert_false(enters(str_from(text), HERE));
    assert_false(enters(session, HERE));
    assert_false(auth_holds(door, &of_session));
}

static void a_link_is_good_once_and_for_a_quarter_of_an_hour(void **state)
{
    (void)state;
    struct str session;
    char link[TOKEN_TEXT_SIZE];
    assert_true(enters(str_from(add_token("boss", ROLE_ADMIN, "default", 0)), HERE));
    struct principal boss = principal;
    assert_int_equal(auth_link_new(door, &boss, link, &error), STATUS_OK);
    assert_false(enters(str_from(link), HERE)); /* it signs in, and does nothing else */
    assert_true(auth_sign_in(door, str_from(link), HERE, &arena, &session, &refusal));
    assert_false(auth_sign_in(door, str_from(link), HERE, &arena, &session, &refusal));
    assert_int_equal(auth_link_new(door, &boss, link, &error), STATUS_OK);
    now_ms += AUTH_LINK_SECONDS * 1000;
    assert_false(auth_sign_in(door, str_from(link), HERE, &arena, &session, &refusal));
}

static void a_session_ends_after_its_time_at_sign_out_and_with_its_token(void **state)
{
    (void)state;
    struct str session;
    const char *token = add_token("a", ROLE_VIEWER, "acme", 0), *brief = add_token("b", ROLE_VIEWER, "acme", now_ms + 5000);
    assert_true(auth_sign_in(door, str_from(token), HERE, &arena, &session, &refusal));
    assert_true(enters(session, HERE));
    assert_true(str_is(principal.subject, "token:a") && str_is(principal.tenant_id, "acme"));
    assert_false(auth_sign_in(door, session, HERE, &arena, &(struct str){0}, &refusal)); /* a session makes no other */
    auth_sign_out(door, &principal);
    assert_false(enters(session, HERE));
    assert_true(enters(str_from(token), HERE)); /* the token is still good */
    auth_sign_out(door, &principal);
    assert_true(enters(str_from(token), HERE));
    assert_true(auth_sign_in(door, str_from(token), HERE, &arena, &session, &refusal));
    now_ms += AUTH_SESSION_SECONDS * INT64_C(1000);
    assert_false(enters(session, HERE));
    now_ms = T0;
    assert_true(auth_sign_in(door, str_from(brief), HERE, &arena, &session, &refusal));
    now_ms += 5000;
    assert_false(enters(session, HERE));
}

static void the_oldest_session_makes_room(void **state)
{
    (void)state;
    struct str first, session;
    struct auth_counters counters;
    const char *token = add_token("a", ROLE_VIEWER, "acme", 0);
    assert_true(auth_sign_in(door, str_from(token), HERE, &arena, &first, &refusal));
    for (int i = 0; i < 4096; i++) {
        now_ms++;
        assert_true(auth_sign_in(door, str_from(token), HERE, &arena, &session, &refusal));
    }
    auth_counters(door, &counters);
    assert_int_equal(counters.sessions, 4096);
    assert_true(enters(session, HERE));
    assert_false(enters(first, HERE));
}

static void the_local_token_is_in_a_file_that_only_its_owner_reads(void **state)
{
    (void)state;
    char path[128], text[128] = "";
    struct stat status;
    assert_int_equal(auth_local_open(door, directory, &error), STATUS_OK);
    (void)snprintf(path, sizeof path, "%s/" AUTH_LOCAL_FILE, directory);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    FILE *file = fopen(path, "r");
    assert_non_null(fgets(text, sizeof text, file));
    (void)fclose(file);
    assert_true(enters(str_trim(str_from(text)), HERE));
    assert_true(principal.all_tenants);
    auth_local_close(door);
    assert_int_not_equal(stat(path, &status), 0);
}

static void the_scrapers_token_reads_metrics_and_nothing_else(void **state)
{
    (void)state;
    struct auth *other;
    struct auth_options options = {.clock = &test_clock, .scrape_token = STR("0123456789abcdef0123456789abcdef")};
    assert_int_equal(auth_new(&other, &options, &error), STATUS_OK);
    assert_true(auth_check(other, options.scrape_token, HERE, &arena, &principal, &refusal));
    for (int i = PERMISSION_NONE + 1; i < PERMISSION_COUNT; i++) {
        assert_int_equal(principal_may(&principal, (enum permission)i), i == PERMISSION_METRICS_READ);
    }
    auth_free(other);
    options.scrape_token = STR("short");
    assert_int_equal(auth_new(&other, &options, &error), STATUS_INVALID);
}

static void off_lets_everybody_in_as_administrator(void **state)
{
    (void)state;
    struct auth *open;
    assert_int_equal(auth_new(&open, &(struct auth_options){.mode = AUTH_OFF, .clock = &test_clock}, &error), STATUS_OK);
    assert_true(auth_check(open, STR_NONE, HERE, &arena, &principal, &refusal));
    assert_true(principal.role == ROLE_ADMIN && str_is(principal.subject, "http:192.0.2.1"));
    auth_free(open);
}

/* ---- slowing ---- */

static void who_guesses_is_slowed_and_nobody_else(void **state)
{
    (void)state;
    const char *token = add_token("a", ROLE_VIEWER, "acme", 0), *fresh = add_token("b", ROLE_VIEWER, "acme", 0);
    assert_true(enters(str_from(token), HERE));
    for (int i = 0; i <= THROTTLE_FREE; i++) {
        assert_false(enters(STR("tm_wrong"), HERE));
        assert_int_equal(refusal.status, 401);
    }
    assert_false(enters(STR("tm_wrong"), HERE));
    assert_int_equal(refusal.status, 429);
    assert_int_equal(refusal.retry_after_seconds, 1);
    assert_false(enters(str_from(fresh), HERE)); /* even a right guess says nothing now */
    assert_int_equal(refusal.status, 429);
    assert_true(enters(str_from(token), HERE)); /* who was in from here before goes on */
    assert_true(enters(str_from(fresh), THERE));
    struct str session;
    assert_false(auth_sign_in(door, str_from(fresh), HERE, &arena, &session, &refusal));
    assert_int_equal(refusal.status, 429);
    now_ms += 1000;
    assert_true(enters(str_from(fresh), HERE));
}

static void the_wait_doubles_up_to_a_minute_and_is_forgotten(void **state)
{
    (void)state;
    static struct throttle throttle;
    uint64_t network = throttle_network(HERE), now = UINT64_C(1000000000000);
    static const unsigned waits[] = {1, 2, 4, 8, 16, 32, 60, 60};
    for (int i = 0; i < THROTTLE_FREE; i++) {
        throttle_failed(&throttle, network, now);
        assert_int_equal(throttle_wait(&throttle, network, now), 0);
    }
    for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++) {
        throttle_failed(&throttle, network, now);
        assert_int_equal(throttle_wait(&throttle, network, now), waits[i]);
        now += waits[i] * UINT64_C(1000000000);
        assert_int_equal(throttle_wait(&throttle, network, now), 0);
    }
    now += THROTTLE_FORGET_NS + 1;
    throttle_failed(&throttle, network, now);
    assert_int_equal(throttle_wait(&throttle, network, now), 0);
}

static void an_ipv6_network_counts_as_one(void **state)
{
    (void)state;
    assert_int_equal(throttle_network(STR("2001:db8:1:2::1")), throttle_network(STR("2001:db8:1:2:ffff::9")));
    assert_int_not_equal(throttle_network(STR("2001:db8:1:2::1")), throttle_network(STR("2001:db8:1:3::1")));
    assert_int_not_equal(throttle_network(STR("192.0.2.1")), throttle_network(STR("192.0.2.2")));
    assert_int_not_equal(throttle_network(STR("::ffff:192.0.2.1")), throttle_network(STR("::ffff:192.0.2.2")));
}

/* ---- issuers ---- */

#define CLAIMS                                                                                                              \
    "{\"iss\":\"https://id.example\",\"aud\":\"mc\",\"sub\":\"alice\",\"exp\":1790000600,\"tenant\":\"acme\",\"role\":\"viewer\"}"

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void tokens_follow_the_file_of_keys(void **state)
{
    (void)state;
    struct buffer set, jwt;
    struct auth *other;
    struct jwt_issuer_options issuer = {.issuer = "https://id.example", .audience = "mc", .algorithms = 1u << JWT_EDDSA};
    (void)snprintf(issuer.jwks_file, sizeof issuer.jwks_file, "%s/keys.json", directory);
    EVP_PKEY *old = forge_ed25519(), *newer = forge_ed25519();
    buffer_init(&set, MIB);
    buffer_init(&jwt, MIB);
    buffer_append_text(&set, "{\"keys\":[");
    forge_jwk(&set, old, "old", "");
    buffer_append_text(&set, "]}");
    struct auth_options options = {.clock = &test_clock, .issuers = &issuer, .issuer_count = 1};
    assert_int_equal(auth_new(&other, &options, &error), STATUS_INVALID); /* no file */
    write_text(issuer.jwks_file, set.bytes);
    assert_int_equal(auth_new(&other, &options, &error), STATUS_OK);
    forge_unsigned(&jwt, "{\"alg\":\"EdDSA\",\"kid\":\"old\"}", CLAIMS);
    forge_sign(&jwt, JWT_EDDSA, old, STR_NONE);
    for (int i = 0; i < 3; i++) {
        assert_true(auth_check(other, buffer_str(&jwt), HERE, &arena, &principal, &refusal));
        assert_true(str_is(principal.subject, "jwt:alice") && str_is(principal.tenant_id, "acme") && !principal.all_tenants);
    }
    assert_true(auth_holds(other, &principal));
    now_ms = INT64_C(1790000600000); /* kept, and over all the same */
    assert_false(auth_check(other, buffer_str(&jwt), HERE, &arena, &principal, &refusal));
    now_ms = T0;
    assert_true(auth_check(other, buffer_str(&jwt), HERE, &arena, &principal, &refusal));
    /* The keys change: what was signed by the old one is not good any more, kept or not. */
    buffer_clear(&set);
    buffer_append_text(&set, "{\"keys\":[ ");
    forge_jwk(&set, newer, "newer", "");
    buffer_append_text(&set, "]}");
    write_text(issuer.jwks_file, set.bytes);
    auth_reload(other);
    assert_false(auth_check(other, buffer_str(&jwt), HERE, &arena, &principal, &refusal));
    buffer_clear(&jwt);
    forge_unsigned(&jwt, "{\"alg\":\"EdDSA\",\"kid\":\"newer\"}", CLAIMS);
    forge_sign(&jwt, JWT_EDDSA, newer, STR_NONE);
    assert_true(auth_check(other, buffer_str(&jwt), HERE, &arena, &principal, &refusal));
    /* A file that breaks leaves the keys as they are. */
    write_text(issuer.jwks_file, "{\"keys\":[]}");
    auth_reload(other);
    assert_true(auth_check(other, buffer_str(&jwt), HERE, &arena, &principal, &refusal));
    auth_free(other);
    EVP_PKEY_free(old);
    EVP_PKEY_free(newer);
    buffer_release(&set);
    buffer_release(&jwt);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    const char *token = add_token("a", ROLE_VIEWER, "acme", 0);
    for (int64_t n = 0;; n++) {
        struct str session;
        memory_fail_after(n);
        bool good = enters(str_from(token), HERE) && auth_sign_in(door, str_from(token), HERE, &arena, &session, &refusal);
        bool struck = memory_injected();
        memory_fail_after(-1);
        if (!struck) {
            assert_true(good);
            break;
        }
        assert_true(good || refusal.status == 503);
        arena_clear(&arena);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_token_is_256_random_bits_with_a_checksum),
        TEST(a_record_comes_back_from_its_setting_and_holds_no_text),
        TEST(the_first_token_is_made_once_and_audited),
        TEST(a_token_gives_its_role_and_tenant),
        TEST(what_is_not_good_is_refused_in_the_same_words),
        TEST(a_revoked_token_and_its_sessions_end_at_once),
        TEST(a_link_is_good_once_and_for_a_quarter_of_an_hour),
        TEST(a_session_ends_after_its_time_at_sign_out_and_with_its_token),
        TEST(the_oldest_session_makes_room),
        TEST(the_local_token_is_in_a_file_that_only_its_owner_reads),
        TEST(the_scrapers_token_reads_metrics_and_nothing_else),
        TEST(off_lets_everybody_in_as_administrator),
        TEST(who_guesses_is_slowed_and_nobody_else),
        TEST(the_wait_doubles_up_to_a_minute_and_is_forgotten),
        TEST(an_ipv6_network_counts_as_one),
        TEST(tokens_follow_the_file_of_keys),
        TEST(every_allocation_may_fail),
    };
    log_set_level(LOG_ERROR); /* each refusal is logged, and there are thousands */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
