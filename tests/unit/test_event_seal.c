/* Sealing: what is taken out of an event comes back while its keys are there, and does not when one is gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json_read.h"
#include "base/limits.h"
#include "event/decode.h"
#include "event/seal.h"

#define TASK \
    "\"event_id\":\"e-1\",\"timestamp\":1732183380000,\"iteration_id\":\"Iter-1\",\"event_type\":\"TASK_FAILED\",\"node_id\":\"t-1\""
#define ALICE \
    "{" TASK ",\"error_message\":\"no user alice@example.com, call +49 171 1234567\",\"metadata\":{\"author_name\":\"Alice Liddell\"," \
    "\"effort\":\"3\",\"nested\":\"{\\\"client_ip\\\":\\\"203.0.113.77\\\"}\",\"user_id\":\"u-4711\"}}"
#define SETTINGS_MAX 64

static const uint8_t master[SEAL_KEY_SIZE] = {1, 2, 3}, other_master[SEAL_KEY_SIZE] = {4};
static struct event_decoder *decoder;
static struct arena arena;
static struct seal_ring *ring;
static struct error error;

/* The settings that were noted; the last of a key counts. */
static struct store {
    struct str key, value;
} settings[SETTINGS_MAX];
static size_t setting_count;

static bool note(void *context, struct str key, struct str value)
{
    (void)context;
    size_t i = 0;
    while (i < setting_count && !str_equal(settings[i].key, key)) {
        i++;
    }
    assert_true(i < SETTINGS_MAX);
    setting_count = i == setting_count ? i + 1 : setting_count;
    return arena_copy(&arena, key, &settings[i].key) && arena_copy(&arena, value, &settings[i].value);
}

static int by_key(const void *a, const void *b)
{
    return str_compare(((const struct store *)a)->key, ((const struct store *)b)->key);
}

static enum status reload(const uint8_t key[SEAL_KEY_SIZE])
{
    seal_ring_free(ring);
    assert_int_equal(seal_ring_new(&ring, key, &clock_system, &error), STATUS_OK);
    qsort(settings, setting_count, sizeof settings[0], by_key);
    enum status status = STATUS_OK;
    for (size_t i = 0; i < setting_count && status == STATUS_OK; i++) {
        status = seal_ring_load(ring, settings[i].key, settings[i].value, &error);
    }
    return status;
}

static int set_up(void **state)
{
    (void)state;
    decoder = event_decoder_new();
    arena_init(&arena, 64 * MIB);
    setting_count = 0;
    return decoder == NULL || seal_ring_new(&ring, master, &clock_system, &error) != STATUS_OK;
}

static int tear_down(void **state)
{
    (void)state;
    seal_ring_free(ring);
    ring = NULL;
    arena_release(&arena);
    event_decoder_free(decoder);
    return 0;
}

static struct event decoded(struct str json)
{
    struct event event;
    struct event_fault fault;
    char *padded = arena_new(&arena, json.length + JSON_READ_PADDING);
    assert_non_null(padded);
    memcpy(padded, json.at, json.length);
    memset(padded + json.length, 0, JSON_READ_PADDING);
    if (event_decode(decoder, (struct str){padded, json.length}, &arena, &event_defaults_for_log, &event, &fault) != STATUS_OK) {
        fail_msg("%s: %s", fault.error.place, fault.error.text);
    }
    return event;
}

static struct event tagged(const char *json)
{
    struct event event = decoded(str_from(json));
    assert_true(personal_tag(&event, &arena));
    return event;
}

static struct str encoded(const struct event *event)
{
    struct buffer json;
    struct str text;
    buffer_init(&json, MIB);
    event_encode(event, &json);
    assert_true(!buffer_failed(&json) && arena_copy(&arena, buffer_str(&json), &text));
    buffer_release(&json);
    return text;
}

struct logged {
    struct str payload, sealed;
    uint64_t hash;
};

static struct logged seal(const struct event *event, uint64_t batch)
{
    struct event stored;
    struct logged logged = {.hash = event_content_hash(event)};
    assert_true(seal_event(ring, event, batch, note, NULL, &arena, &stored, &logged.sealed));
    logged.payload = encoded(&stored);
    return logged;
}

static struct str restored(const struct logged *logged, const struct seal_name *without)
{
    struct event event = decoded(logged->payload);
    assert_int_equal(seal_restore(ring, &event, logged->sealed, without, &arena, &error), STATUS_OK);
    assert_true(event_content_hash(&event) == logged->hash);
    return encoded(&event);
}

static bool holds(struct str text, const char *part)
{
    return str_find_str(text, str_from(part), 0) < text.length;
}

static struct seal_name name_of(const char *subject)
{
    struct seal_name name;
    assert_true(seal_name_of(ring, STR("default"), str_from(subject), &name));
    return name;
}

static void forget(const char *subject)
{
    struct seal_name name = name_of(subject);
    struct str key;
    struct seal_forgotten *forgotten = seal_forget(ring, STR("default"), &name);
    assert_non_null(forgotten);
    seal_forgotten_drop(forgotten);
    assert_true(seal_setting_of(STR("default"), &name, &arena, &key));
    for (size_t i = 0; i < setting_count; i++) {
        if (str_equal(settings[i].key, key)) {
            settings[i] = settings[--setting_count];
            return;
        }
    }
    fail_msg("%s had no setting", subject);
}

/* ---- tests ---- */

static void what_was_sealed_comes_back_and_is_nowhere_in_what_is_kept(void **state)
{
    (void)state;
    struct event event = tagged(ALICE);
    struct str before = encoded(&event);
    struct logged logged = seal(&event, 1);
    assert_true(str_equal(encoded(&event), before));
    static const char *const values[] = {"alice@", "171", "Liddell", "203.0", "u-4711"};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        assert_true(holds(before, values[i]));
        assert_false(holds(logged.payload, values[i]) || holds(logged.sealed, values[i]));
    }
    assert_true(holds(logged.payload, "\"no user [erased], call [erased]\"") && holds(logged.payload, "\"effort\":\"3\""));
    assert_true(str_equal(restored(&logged, NULL), before));
    assert_int_equal(reload(master), STATUS_OK);
    assert_true(str_equal(restored(&logged, NULL), before));
}

static void what_has_no_tag_costs_nothing_and_is_kept_as_it_came(void **state)
{
    (void)state;
    struct event event = tagged("{" TASK ",\"error_message\":\"[erased] is a word like any other\"}");
    struct logged logged = seal(&event, 1);
    assert_int_equal(logged.sealed.length, 0);
    assert_int_equal(setting_count, 0);
    assert_true(str_equal(restored(&logged, NULL), encoded(&event)));
}

static void a_subjects_key_takes_its_values_and_what_stands_beside_them(void **state)
{
    (void)state;
    struct event event = tagged(ALICE);
    struct event bob = tagged("{" TASK ",\"metadata\":{\"author_name\":\"Bob\",\"note\":\"from ALICE@example.com\"}}");
    struct event name = tagged("{" TASK ",\"metadata\":{\"author_name\":\"Alice Liddell\"}}");
    struct logged logged = seal(&event, 1), of_bob = seal(&bob, 1), of_name = seal(&name, 1);
    forget("Alice@Example.com");
    assert_int_equal(reload(master), STATUS_OK);
    struct str left = restored(&logged, NULL);
    assert_true(holds(left, "no user [erased], call +49 171 1234567") && holds(left, "\"user_id\":\"u-4711\""));
    assert_true(holds(left, "\"author_name\":\"[erased]\"") && holds(left, "\"nested\":\"[erased]\""));
    assert_true(holds(restored(&of_bob, NULL), "\"author_name\":\"[erased]\""));
    assert_true(holds(restored(&of_name, NULL), "Alice Liddell"));
    forget("alice liddell");
    assert_false(holds(restored(&of_name, NULL), "Alice"));
}

static void a_key_that_came_anew_opens_nothing_of_before(void **state)
{
    (void)state;
    struct event event = tagged(ALICE);
    struct logged logged = seal(&event, 1);
    forget("u-4711");
    struct logged again = seal(&event, 2);
    assert_true(holds(restored(&again, NULL), "u-4711"));
    assert_false(holds(restored(&logged, NULL), "u-4711"));
}

static void a_tenants_key_takes_all_of_its_own_and_nothing_of_others(void **state)
{
    (void)state;
    struct event event = tagged(ALICE), other = tagged("{" TASK ",\"tenant_id\":\"acme\",\"metadata\":{\"author_name\":\"Alice Liddell\"}}");
    struct logged logged = seal(&event, 1), of_other = seal(&other, 1);
    seal_forgotten_drop(seal_forget(ring, STR("default"), NULL));
    assert_true(str_equal(restored(&logged, NULL), logged.payload));
    assert_true(holds(restored(&of_other, NULL), "Alice"));
}

static void a_forgotten_key_can_be_given_back(void **state)
{
    (void)state;
    struct event event = tagged(ALICE);
    struct logged logged = seal(&event, 1);
    struct seal_name name = name_of("u-4711");
    struct seal_forgotten *forgotten = seal_forget(ring, STR("default"), &name);
    (void)seal(&event, 2); /* makes another */
    seal_forgotten_return(ring, forgotten);
    assert_true(holds(restored(&logged, NULL), "u-4711"));
    forgotten = seal_forget(ring, STR("default"), NULL);
    (void)seal(&event, 3);
    seal_forgotten_return(ring, forgotten);
    assert_true(holds(restored(&logged, NULL), "u-4711"));
}

static void keys_are_noted_until_their_batch_is_durable(void **state)
{
    (void)state;
    struct event event = tagged("{" TASK ",\"metadata\":{\"author_name\":\"Bob\"}}");
    (void)seal(&event, 1);
    assert_int_equal(setting_count, 2);
    setting_count = 0;
    (void)seal(&event, 1);
    assert_int_equal(setting_count, 0);
    (void)seal(&event, 2); /* batch 1 failed */
    assert_int_equal(setting_count, 2);
    setting_count = 0;
    seal_ring_settle(ring, 2);
    (void)seal(&event, 3);
    assert_int_equal(setting_count, 0);
}

static void another_master_key_is_refused_and_a_new_one_can_be_taken(void **state)
{
    (void)state;
    struct event event = tagged(ALICE);
    struct logged logged = seal(&event, 1);
    seal_ring_settle(ring, 1);
    assert_int_equal(reload(other_master), STATUS_INVALID);
    assert_int_equal(reload(master), STATUS_OK);
    assert_true(seal_ring_rewrap(ring, other_master, note, NULL));
    assert_int_equal(reload(master), STATUS_INVALID);
    assert_int_equal(reload(other_master), STATUS_OK);
    assert_true(holds(restored(&logged, NULL), "u-4711"));
}

static void sealed_values_stay_with_their_event(void **state)
{
    (void)state;
    struct event event = tagged(ALICE);
    struct logged logged = seal(&event, 1);
    struct event elsewhere = decoded(logged.payload);
    elsewhere.event_id = STR("e-2");
    assert_int_equal(seal_restore(ring, &elsewhere, logged.sealed, NULL, &arena, &error), STATUS_OK);
    assert_false(holds(encoded(&elsewhere), "u-4711"));
    size_t refused = 0;
    for (size_t length = 1; length < logged.sealed.length; length++) { /* cut off: an error, and no read beyond */
        struct event cut = decoded(logged.payload);
        char *copy = malloc(length);
        memcpy(copy, logged.sealed.at, length);
        refused += seal_restore(ring, &cut, (struct str){copy, length}, NULL, &arena, &error) != STATUS_OK;
        free(copy);
    }
    assert_true(refused > logged.sealed.length - 20); /* but for those cut off between two values */
}

static void expect_found(const char *text, const char *subject, bool alone, bool found)
{
    size_t begin, end;
    if (seal_find(str_from(text), str_from(subject), 0, alone, &begin, &end) != found) {
        fail_msg("\"%s\" in \"%s\"", subject, text);
    }
}

static void a_subject_is_found_where_it_stands_alone(void **state)
{
    (void)state;
    expect_found("ask Alice@Example.com.", "alice@example.com", true, true);
    expect_found("malice@example.com", "alice@example.com", true, false);
    expect_found("malice@example.com", "alice@example.com", false, true);
    expect_found("alice@example.com.au", "alice@example.com", true, false);
    expect_found("u-4711x, u-47110, xu-4711", "u-4711", true, false);
    expect_found("user:u-4711;", "u-4711", true, true);
    expect_found("J\303\234RGEN", "j\303\274rgen", true, true);
    expect_found("J\303\274rgen", "J\303\244rgen", true, false);
    expect_found("\303", "\303\274", true, false); /* cut off, and nothing is read behind it */
    expect_found("\xc3\xbc", "\xc3", false, false);
}

static void a_subject_is_found_however_it_is_escaped(void **state)
{
    (void)state;
    expect_found("\\nalice\\u0040example.com", "alice@example.com", true, true);
    expect_found("{\\\"e\\\":\\\"alice\\\\u0040example.com\\\"}", "alice@example.com", true, true);
    expect_found("q=alice%40example.com&x", "alice@example.com", true, true);
    expect_found("q%3Dalice%2540example.com", "alice@example.com", true, true);
    expect_found("q=alice%4", "alice@example.com", true, false);
    expect_found("<a b=\"alice&#64;example.com\">", "alice@example.com", true, true);
    expect_found("alice&#x40;example.com", "alice@example.com", true, true);
    expect_found("alice&#x40", "alice@example.com", true, false);
    expect_found("a&amp;b co", "a&b co", true, true);
    expect_found("\\u0022alice@example.com\\u0022", "alice@example.com", true, true);
    expect_found("J\\u00FCrgen M\\u00fcller", "j\303\274rgen m\303\274ller", true, true);
    expect_found("n=J%C3%BCrgen+M%c3%9Cller", "j\303\274rgen m\303\274ller", true, true);
    expect_found("x \\ud83d\\ude00y", "\360\237\230\200y", true, true);
    expect_found("x \\ud83d", "\360\237\230\200y", true, false);
}

static void a_number_is_found_however_it_is_grouped(void **state)
{
    (void)state;
    expect_found("call +49-171-123.4567!", "+49 171 1234567", true, true);
    expect_found("call 491711234567", "+49 171 1234567", true, true);
    expect_found("tel%3A%20491711234567", "+49 171 1234567", true, true);
    expect_found("4917112345678", "+49 171 1234567", true, false);
    expect_found("1491711234567", "+49 171 1234567", true, false);
    expect_found("49   1711234567", "+49 171 1234567", true, false);
    expect_found("4111-1111 1111 1111", "4111111111111111", true, true);
    expect_found("491711234", "+49 171 1234567", true, false);
    expect_found("a", "a", false, false);
}

static void a_subject_is_taken_out_of_an_event_in_plain(void **state)
{
    (void)state;
    struct event event = tagged("{" TASK ",\"error_message\":\"u-4711 asked for alice\",\"metadata\":{\"author_name\":\"Alice\",\"commit\":\"u-4711\","
                                "\"user_id\":\"u-4711\"}}"), kept = event;
    struct seal_subject subject = {.text = STR("U-4711"), .has_name = true};
    bool changed;
    unsigned in_ids;
    (void)seal(&event, 1);
    subject.name = name_of("u-4711");
    assert_true(seal_erase(ring, &event, &subject, &arena, &changed, &in_ids));
    struct str left = encoded(&event);
    assert_true(changed && in_ids == 1);
    assert_true(holds(left, "\"[erased] asked for alice\"") && holds(left, "\"author_name\":\"[erased]\"") && holds(left, "\"commit\":\"u-4711\""));
    assert_true(event_content_hash(&event) == event_content_hash(&kept));
    assert_true(holds(encoded(&kept), "\"user_id\":\"u-4711\""));
    struct logged logged = seal(&event, 2); /* with nothing left to seal it keeps its hash */
    struct event again = decoded(logged.payload);
    assert_int_equal(seal_restore(ring, &again, logged.sealed, NULL, &arena, &error), STATUS_OK);
    assert_true(event_content_hash(&again) == event_content_hash(&kept));
}

static void many_values_are_sealed_under_as_many_keys_as_there_is_room_for(void **state)
{
    (void)state;
    struct buffer json;
    buffer_init(&json, MIB);
    buffer_append_text(&json, "{" TASK ",\"metadata\":{\"m\":\"");
    for (int i = 0; i < 100; i++) {
        buffer_append_format(&json, "a%d@example.com ", i);
    }
    buffer_append_text(&json, "\"");
    for (int i = 0; i < 100; i++) {
        buffer_append_format(&json, ",\"n%d_email\":\"b%d@example.com\"", i, i);
    }
    buffer_append_text(&json, "}}");
    struct event event = tagged(json.bytes);
    struct logged logged = seal(&event, 1);
    assert_false(holds(logged.payload, "@example"));
    assert_true(str_equal(restored(&logged, NULL), encoded(&event)));
    buffer_release(&json);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(what_was_sealed_comes_back_and_is_nowhere_in_what_is_kept),
        TEST(what_has_no_tag_costs_nothing_and_is_kept_as_it_came),
        TEST(a_subjects_key_takes_its_values_and_what_stands_beside_them),
        TEST(a_key_that_came_anew_opens_nothing_of_before),
        TEST(a_tenants_key_takes_all_of_its_own_and_nothing_of_others),
        TEST(a_forgotten_key_can_be_given_back),
        TEST(keys_are_noted_until_their_batch_is_durable),
        TEST(another_master_key_is_refused_and_a_new_one_can_be_taken),
        TEST(sealed_values_stay_with_their_event),
        TEST(a_subject_is_found_where_it_stands_alone),
        TEST(a_subject_is_found_however_it_is_escaped),
        TEST(a_number_is_found_however_it_is_grouped),
        TEST(a_subject_is_taken_out_of_an_event_in_plain),
        TEST(many_values_are_sealed_under_as_many_keys_as_there_is_room_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
