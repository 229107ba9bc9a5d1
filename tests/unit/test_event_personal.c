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
#include "event/personal.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define TASK                                                                                                          \
    "\"event_id\":\"e-1\",\"timestamp\":1732183380000,\"iteration_id\":\"Iter-1\",\"event_type\":\"TASK_FAILED\",\"node_id\":\"t-1\""

static struct event_decoder *decoder;
static struct arena arena;
static struct event event;

static int set_up(void **state)
{
    (void)state;
    decoder = event_decoder_new();
    arena_init(&arena, 64 * MIB);
    return decoder == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    arena_release(&arena);
    event_decoder_free(decoder);
    return 0;
}

/* ---- values ---- */

static void expect_stretch(const char *text, const char *found, enum personal_kind kind)
{
    struct personal_scan scan = {.text = str_from(text), .numbers = true};
    struct personal_span span;
    if (!personal_next(&scan, &span)) {
        if (found != NULL) {
            fail_msg("\"%s\": nothing was found, expected \"%s\"", text, found);
        }
        return;
    }
    struct str part = {text + span.begin, span.end - span.begin};
    if (found == NULL || !str_is(part, found) || span.kind != kind) {
        fail_msg("\"%s\": found \"%.*s\" (%s), expected \"%s\" (%s)", text, STR_ARGS(part), personal_kind_name(span.kind),
                 found == NULL ? "nothing" : found, personal_kind_name(kind));
    }
}

static void values_that_look_personal_are_found(void **state)
{
    static const struct {
        const char *text, *found;
        enum personal_kind kind;
    } cases[] = {
        {"alice@example.com", "alice@example.com", PERSONAL_EMAIL},
        {"mail alice.b+tag@mail.example.co.uk, please", "alice.b+tag@mail.example.co.uk", PERSONAL_EMAIL},
        {"<o'neil@example.org>", "o'neil@example.org", PERSONAL_EMAIL},
        {"no user alice@example.com.", "alice@example.com", PERSONAL_EMAIL},
        {"mailto:ALICE@EXAMPLE.COM?subject=x", "ALICE@EXAMPLE.COM", PERSONAL_EMAIL},
        {"wang@163.com", "wang@163.com", PERSONAL_EMAIL},
        {"j\xc3\xb6rg@b\xc3\xbc" "cher.example", "j\xc3\xb6rg@b\xc3\xbc" "cher.example", PERSONAL_EMAIL},
        {"x@xn--bcher-kva.xn--p1ai", "x@xn--bcher-kva.xn--p1ai", PERSONAL_EMAIL},
        {"@a@b a@ alice@example.com", "alice@example.com", PERSONAL_EMAIL},
        {"+4915123456789", "+4915123456789", PERSONAL_PHONE},
        {"call +49 171 1234567 now", "+49 171 1234567", PERSONAL_PHONE},
        {"+49 (0) 171 1234567", "+49 (0) 171 1234567", PERSONAL_PHONE},
        {"tel:+1-415-555-2671;x", "+1-415-555-2671", PERSONAL_PHONE},
        {"+1.415.555.2671", "+1.415.555.2671", PERSONAL_PHONE},
        {"(415) 555-2671", "(415) 555-2671", PERSONAL_PHONE},
        {"phone=415-555-2671.", "415-555-2671", PERSONAL_PHONE},
        {"1-800-555-0199", "1-800-555-0199", PERSONAL_PHONE},
        {"ssn 123-45-6789", "123-45-6789", PERSONAL_SSN},
        {"\"219-09-9999\"", "219-09-9999", PERSONAL_SSN},
        {"4111111111111111", "4111111111111111", PERSONAL_CARD},
        {"card 4111 1111 1111 1111 12/27", "4111 1111 1111 1111", PERSONAL_CARD},
        {"5500-0000-0000-0004", "5500-0000-0000-0004", PERSONAL_CARD},
        {"378282246310005", "378282246310005", PERSONAL_CARD},
        {"3782 822463 10005", "3782 822463 10005", PERSONAL_CARD},
        {"30569309025904", "30569309025904", PERSONAL_CARD},
        {"card=2223003122003222,", "2223003122003222", PERSONAL_CARD},
        {"1732183380000 and 4111111111111111", "4111111111111111", PERSONAL_CARD},
        {"4111111111111111 alice@example.com", "4111111111111111", PERSONAL_CARD},
        {"alice@example.com 4111111111111111", "alice@example.com", PERSONAL_EMAIL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        expect_stretch(cases[i].text, cases[i].found, cases[i].kind);
    }
}

static void ids_versions_times_and_the_like_are_nobodys(void **state)
{
    static const char *const cases[] = {
        "", "@", "a@", "@b.c", "a@b", "a@localhost:8080", "lodash@4.17.21", "lodash@4.17.21.tgz", "golang.org/x/text@v0.3.7.zip",
        "icon@2x.png", "node_modules/.pnpm/foo@1.2.3_bar@2.0.0/index.js", "@smoke @contract:Cart:v1.2.0", "git@github.com:acme/shop.git",
        "java.lang.Object@1a2b3c4d", "onClick@http://shop/app.js:12:7", "a@b.1", "..@example.com", "x@.example.com",
        "1732183380", "1732183380000", "1732183380000123", "1732183380000123456", "2026-11-21T10:03:00Z", "2026-11-21T10:03:00+01:00",
        "2026-11-21 10:03:00.123456789", "12:34:56.789", "0193a1c0-7c1e-7b2a-9d00-5f0e3c9d1a10", "12345678-1234-1234-1234-123456789012",
        "415-555-2671-0000-123456789012", "4bf92f3577b34da6a3ce929d0e0e4736", "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "1.2.3", "10.15.7", "415.555.2671", "192.168.100.200", "10.0.0.1:8080", "v4111111111111111", "4111111111111112",
        "1234567890123456", "6759649826438453a", "REQ-123-45-6789", "123-45-6789-1", "000-12-3456", "666-12-3456", "900-12-3456",
        "123-00-4567", "123-45-0000", "1123-45-6789", "+1234", "+1000 items", "1+4155552671", "+0123456789", "UTC+0100", "115-555-2671",
        "415-155-2671", "200 404 5000", "0.4111111111111111", "4111111111111111.5", "#4111111111111111", "/4111111111111111/",
        "file.js:123:45", "line 12345, column 678901", "415-555-26711", "4155552671", "(12345)", "41111111111111111", "1e+4155552671",
        "12345678901234", "00000000000000", "0000000000000000", "took 4155552671 ns", "pid 123 45 6789",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        expect_stretch(cases[i], NULL, PERSONAL_NONE);
    }
}

static void all_that_a_text_holds_is_found_in_order(void **state)
{
    (void)state;
    const char *text = "415-555-2671 a@x.io, 123-45-6789 b@y.io 4111111111111111 +4915123456789";
    static const enum personal_kind expected[] = {PERSONAL_PHONE, PERSONAL_EMAIL, PERSONAL_SSN,
                                                  PERSONAL_EMAIL, PERSONAL_CARD,  PERSONAL_PHONE};
    struct personal_scan scan = {.text = str_from(text), .numbers = true};
    struct personal_span span;
    for (size_t i = 0; i < COUNT(expected); i++) {
        assert_true(personal_next(&scan, &span));
        assert_int_equal(span.kind, expected[i]);
    }
    assert_false(personal_next(&scan, &span));
    scan = (struct personal_scan){.text = str_from(text)};
    assert_true(personal_next(&scan, &span) && span.kind == PERSONAL_EMAIL);
    assert_true(personal_next(&scan, &span) && span.kind == PERSONAL_EMAIL);
    assert_false(personal_next(&scan, &span));
}

/* ---- names ---- */

static void names_of_fields_tell_what_they_hold(void **state)
{
    static const struct {
        const char *name;
        enum personal_kind kind;
    } cases[] = {
        {"email", PERSONAL_EMAIL}, {"user_email", PERSONAL_EMAIL}, {"contactEmail", PERSONAL_EMAIL}, {"EMAIL", PERSONAL_EMAIL},
        {"customer.e-mail", PERSONAL_EMAIL}, {"email_address", PERSONAL_EMAIL}, {"phone", PERSONAL_PHONE},
        {"phoneNumber", PERSONAL_PHONE}, {"home_phone", PERSONAL_PHONE}, {"ssn", PERSONAL_SSN}, {"customer_ssn", PERSONAL_SSN},
        {"social_security_number", PERSONAL_SSN}, {"user_name", PERSONAL_NAME}, {"author_name", PERSONAL_NAME},
        {"firstName", PERSONAL_NAME}, {"last_name", PERSONAL_NAME}, {"full_name", PERSONAL_NAME}, {"assignee", PERSONAL_NAME},
        {"reviewer", PERSONAL_NAME}, {"reviewers", PERSONAL_NAME}, {"commit_author", PERSONAL_NAME}, {"address", PERSONAL_ADDRESS},
        {"street_address", PERSONAL_ADDRESS}, {"shippingAddress", PERSONAL_ADDRESS}, {"credit_card", PERSONAL_CARD},
        {"creditCardNumber", PERSONAL_CARD}, {"card_number", PERSONAL_CARD}, {"ip_address", PERSONAL_IP}, {"clientIP", PERSONAL_IP},
        {"remote_addr", PERSONAL_IP}, {"IPAddress", PERSONAL_IP}, {"ip", PERSONAL_IP}, {"user_id", PERSONAL_USER},
        {"userId", PERSONAL_USER}, {"username", PERSONAL_USER}, {"author_id", PERSONAL_USER}, {"login", PERSONAL_USER},
        /* names of things */
        {"name", PERSONAL_NONE}, {"scenario_name", PERSONAL_NONE}, {"feature_name", PERSONAL_NONE}, {"module_name", PERSONAL_NONE},
        {"task_name", PERSONAL_NONE}, {"manifest_name", PERSONAL_NONE}, {"quality_gate_name", PERSONAL_NONE},
        {"scenario_full_name", PERSONAL_NONE}, {"service_name", PERSONAL_NONE}, {"file_name", PERSONAL_NONE},
        {"branch_name", PERSONAL_NONE}, {"capability", PERSONAL_NONE}, {"component", PERSONAL_NONE}, {"commit", PERSONAL_NONE},
        {"depends_on", PERSONAL_NONE}, {"file_path", PERSONAL_NONE}, {"estimated_effort", PERSONAL_NONE}, {"node_id", PERSONAL_NONE},
        {"email_count", PERSONAL_NONE}, {"email_sent", PERSONAL_NONE}, {"phone_verified", PERSONAL_NONE},
        {"memory_address", PERSONAL_NONE}, {"server_address", PERSONAL_NONE}, {"ship", PERSONAL_NONE}, {"zip", PERSONAL_NONE},
        {"authority", PERSONAL_NONE}, {"user_agent", PERSONAL_NONE}, {"author_count", PERSONAL_NONE}, {"reviewer_comment", PERSONAL_NONE},
        {"users", PERSONAL_NONE}, {"", PERSONAL_NONE}, {"...", PERSONAL_NONE}, {"lesson", PERSONAL_NONE},
        {"a_b_c_d_e_f_g_h_i_j_user_email", PERSONAL_EMAIL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        enum personal_kind kind = personal_by_name(str_from(cases[i].name));
        if (kind != cases[i].kind) {
            fail_msg("%s: %s, expected %s", cases[i].name, personal_kind_name(kind), personal_kind_name(cases[i].kind));
        }
    }
}

static void names_of_ids_and_times_hold_no_numbers_of_persons(void **state)
{
    (void)state;
    static const char *const references[] = {"build_id", "commit_sha", "timestamp", "created_at", "duration_ms", "traceId", "version"};
    static const char *const others[] = {"note", "message", "contact", "name", "url"};
    for (size_t i = 0; i < COUNT(references); i++) {
        assert_true(personal_is_reference(str_from(references[i])));
    }
    for (size_t i = 0; i < COUNT(others); i++) {
        assert_false(personal_is_reference(str_from(others[i])));
    }
}

/* ---- tagging ---- */

static void decode(const char *json)
{
    struct event_fault fault;
    size_t length = strlen(json);
    char *padded = arena_new(&arena, length + JSON_READ_PADDING);
    assert_non_null(padded);
    memcpy(padded, json, length);
    memset(padded + length, ' ', JSON_READ_PADDING);
    if (event_decode(decoder, (struct str){padded, length}, &arena, &event_defaults_for_log, &event, &fault) != STATUS_OK) {
        fail_msg("%s\n  was rejected: %s", json, fault.error.text);
    }
}

/* The tags, each followed by a space. */
static void expect_tags(const char *json, const char *expected)
{
    decode(json);
    uint64_t hash = event_content_hash(&event);
    assert_true(personal_tag(&event, &arena));
    const struct event_value *tags = event_value(&event, EVENT_FIELD_PII_TAGS);
    struct buffer text;
    buffer_init(&text, MIB);
    for (uint32_t i = 0; tags != NULL && i < tags->count; i++) {
        buffer_append_format(&text, "%.*s ", STR_ARGS(tags->items[i]));
    }
    assert_string_equal(text.bytes == NULL ? "" : text.bytes, expected);
    buffer_release(&text);
    assert_true(hash == event_content_hash(&event));
}

static void fields_are_tagged_by_name_and_by_value(void **state)
{
    (void)state;
    expect_tags("{" TASK ",\"metadata\":{\"author_name\":\"Alice\",\"email\":\"x\",\"name\":\"Checkout\"}}",
                "metadata.author_name metadata.email ");
    expect_tags("{" TASK ",\"error\":{\"message\":\"no user alice@example.com\",\"stack_trace\":\"at 123-45-6789\"}}",
                "error.message:email error.stack_trace:ssn ");
    expect_tags("{" TASK ",\"error_message\":\"call +49 171 1234567 or bob@example.com or eve@example.com\"}",
                "error_message:phone error_message:email ");
    expect_tags("{" TASK ",\"source\":\"alice@example.com\",\"user_id\":\"u-17\"}", "source:email metadata.user_id ");
    expect_tags("{" TASK ",\"metadata\":{\"note\":\"4111111111111111\",\"build_id\":\"4111111111111111\"}}", "metadata.note:card ");
    expect_tags("{" TASK ",\"metadata\":{\"customer\":{\"contact\":\"alice@example.com\"}}}", "metadata.customer ");
    expect_tags("{" TASK ",\"metadata\":{\"customer\":{\"user_name\":\"Alice\"},\"list\":[1,\"x\"]}}", "metadata.customer ");
    expect_tags("{" TASK ",\"metadata\":{\"address\":{\"a\":\"b\"},\"note\":\"[alice@example.com] \\\"hi\\\"\"}}",
                "metadata.address metadata.note ");
}

static void names_of_things_and_void_values_are_not_tagged(void **state)
{
    (void)state;
    expect_tags("{" TASK "}", "");
    expect_tags("{" TASK ",\"metadata\":{\"name\":\"Alice\",\"commit\":\"a@b.io\",\"depends_on\":\"a@b.io\",\"email\":\"\",\"user_email\":true}}",
                "");
    expect_tags("{\"event_id\":\"e\",\"timestamp\":1,\"iteration_id\":\"a@b.io\",\"event_type\":\"SCENARIO_PASSED\","
                "\"scenario_id\":\"s@b.io\",\"scenario_name\":\"Alice buys\",\"feature_name\":\"Bob\",\"duration_ms\":4111111111111111}",
                "");
}

static void what_the_sender_tagged_stays_in_front_and_nothing_is_tagged_twice(void **state)
{
    (void)state;
    expect_tags("{" TASK ",\"pii_tags\":[\"own\",\"metadata.email\"],\"metadata\":{\"email\":\"x\",\"phone\":\"y\"}}",
                "own metadata.email metadata.phone ");
    assert_true(personal_tag(&event, &arena));
    assert_int_equal(event_value(&event, EVENT_FIELD_PII_TAGS)->count, 3);
}

static void tags_are_part_of_the_canonical_form_and_come_back_from_it(void **state)
{
    (void)state;
    struct buffer first, second;
    buffer_init(&first, MIB);
    buffer_init(&second, MIB);
    decode("{" TASK ",\"metadata\":{\"email\":\"x\"},\"retention_policy\":\"audit\",\"source\":\"s\"}");
    assert_true(personal_tag(&event, &arena));
    event_encode(&event, &first);
    assert_non_null(strstr(first.bytes, "\"source\":\"s\",\"pii_tags\":[\"metadata.email\"],\"retention_policy\""));
    decode(first.bytes);
    assert_true(personal_tag(&event, &arena));
    event_encode(&event, &second);
    assert_string_equal(first.bytes, second.bytes);
    buffer_release(&first);
    buffer_release(&second);
}

static void more_names_than_there_is_room_for_are_tagged_as_one(void **state)
{
    (void)state;
    struct buffer json;
    buffer_init(&json, MIB);
    buffer_append_text(&json, "{" TASK ",\"error_message\":\"a@b.io\",\"metadata\":{");
    for (int i = 0; i < LIMIT_METADATA_ENTRIES; i++) {
        buffer_append_format(&json, "%s\"m%03d_email\":\"x\"", i == 0 ? "" : ",", i);
    }
    buffer_append_text(&json, "}}");
    decode(json.bytes);
    buffer_release(&json);
    assert_true(personal_tag(&event, &arena));
    const struct event_value *tags = event_value(&event, EVENT_FIELD_PII_TAGS);
    assert_int_equal(tags->count, 202);
    assert_true(str_is(tags->items[200], "metadata.*"));
    assert_true(str_is(tags->items[201], "error_message:email"));
    assert_true(personal_tag(&event, &arena));
    assert_int_equal(event_value(&event, EVENT_FIELD_PII_TAGS)->count, 202);
}

/* ---- masking ---- */

static const struct personal_key key = {{1, 2, 3}}, other_key = {{1, 2, 4}};

/* «value» becomes the digits that stand for it. */
static void fill(const char *template, struct buffer *text)
{
    struct str rest = str_from(template);
    while (rest.length > 0) {
        size_t begin = str_find_str(rest, STR("\xc2\xab"), 0), end = str_find_str(rest, STR("\xc2\xbb"), begin);
        buffer_append(text, rest.at, begin);
        if (end < rest.length) {
            char digits[PERSONAL_HASH_DIGITS];
            personal_hash(&key, (struct str){rest.at + begin + 2, end - begin - 2}, digits);
            buffer_append(text, digits, sizeof digits);
        }
        rest = str_from_offset(rest, end + 2);
    }
}

static void expect_masked(enum personal_source source, const char *json, const char *template)
{
    struct buffer masked, expected;
    buffer_init(&masked, MIB);
    buffer_init(&expected, MIB);
    personal_mask_json(&key, str_from(json), source, &masked);
    fill(template, &expected);
    assert_false(buffer_failed(&masked) || buffer_failed(&expected));
    if (!str_equal(buffer_str(&masked), buffer_str(&expected))) {
        fail_msg("%s\n  became %s\nexpected %s", json, masked.bytes, expected.bytes);
    }
    buffer_release(&masked);
    buffer_release(&expected);
}

static void the_hash_is_that_of_its_key(void **state)
{
    char one[PERSONAL_HASH_DIGITS], two[PERSONAL_HASH_DIGITS];
    struct personal_key rfc4231 = {{0}};
    (void)state;
    memset(rfc4231.bytes, 0x0b, 20); /* test case 1: a shorter key is one with zeros behind it */
    personal_hash(&rfc4231, STR("Hi There"), one);
    assert_memory_equal(one, "b0344c61d8db38535ca8afceaf0bf12b", PERSONAL_HASH_DIGITS);
    personal_hash(&key, STR("x"), one);
    personal_hash(&other_key, STR("x"), two);
    assert_memory_not_equal(one, two, PERSONAL_HASH_DIGITS);
}

static void values_are_masked_wherever_json_holds_them(void **state)
{
    static const char *const cases[][2] = {
        {"{\"email\":\"x\",\"name\":\"Checkout\",\"note\":\"ask alice@example.com, 123-45-6789\"}",
         "{\"email\":\"«x»\",\"name\":\"Checkout\",\"note\":\"ask «alice@example.com», «123-45-6789»\"}"},
        {"{\"phone\":4155552671,\"user_id\" : -1.5e3 ,\"email\":null,\"ssn\":true,\"author\":\"\"}",
         "{\"phone\":\"«4155552671»\",\"user_id\" : \"«-1.5e3»\" ,\"email\":null,\"ssn\":true,\"author\":\"\"}"},
        {"{\"address\":{\"street\":\"High St 1\",\"no\":1,\"tags\":[\"a\",{\"b\":\"c\"}]},\"x\":\"y\"}",
         "{\"address\":{\"street\":\"«High St 1»\",\"no\":\"«1»\",\"tags\":[\"«a»\",{\"b\":\"«c»\"}]},\"x\":\"y\"}"},
        {"{\"reviewers\":[\"Alice\",\"Bob\"],\"x\":[\"y\"]}", "{\"reviewers\":[\"«Alice»\",\"«Bob»\"],\"x\":[\"y\"]}"},
        {"{\"note\":\"alice\\u0040example.com\\n\"}", "{\"note\":\"«alice@example.com»\\n\"}"},
        {"{\"\\u0065mail\":\"x\"}", "{\"\\u0065mail\":\"«x»\"}"},
        {"{\"author\":\"J\\u00f6rg \\\"J\\\"\"}", "{\"author\":\"«J\xc3\xb6rg \"J\"»\"}"},
        {"{\"body\":\"{\\\"email\\\":\\\"x\\\"}\"}", "{\"body\":\"{\\\"email\\\":\\\"«x»\\\"}\"}"},
        {"[{\"key\":\"user_email\",\"old\":\"x\",\"new\":null},{\"key\":\"name\",\"old\":\"x\"}]",
         "[{\"key\":\"user_email\",\"old\":\"«x»\",\"new\":null},{\"key\":\"name\",\"old\":\"x\"}]"},
        {"{\"x\":\"[alice@example.com] \\\"hi\\\"\"}", "{\"x\":\"[«alice@example.com»] \\\"hi\\\"\"}"},
        {"{\"alice@example.com\":1}", "{\"«alice@example.com»\":1}"},
        {"{\"build_id\":\"4111111111111111\",\"card\":\"4111111111111111\"}",
         "{\"build_id\":\"4111111111111111\",\"card\":\"«4111111111111111»\"}"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        expect_masked(PERSONAL_FOREIGN, cases[i][0], cases[i][1]);
        expect_masked(PERSONAL_ANSWER, cases[i][0], cases[i][1]);
    }
}

static void what_is_no_json_is_masked_as_well(void **state)
{
    static const char *const cases[][2] = {
        {"{\"email\":\"x\", \"user_name\": \"Ali", "{\"email\":\"«x»\", \"user_name\": \"«Ali»"},
        {"{\"email\":\"x", "{\"email\":\"«x»"},
        {"{\"note\":\"open\n \"email\":\"x\"}", "{\"note\":\"open\n \"email\":\"«x»\"}"},
        {"{email: alice, name: Checkout}", "{email: «alice», name: Checkout}"},
        {"{'user_name': 'Alice', 'note': 'it''s'}", "{'user_name': '«Alice»', 'note': 'it''s'}"},
        {"user_id=u1&x=1&email=a%40b.io", "user_id=«u1»&x=1&email=«a%40b.io»"},
        {"<user_name>Alice</user_name><u email=\"x\" n=\"1\"/>", "<user_name>«Alice»</user_name><u email=\"«x»\" n=\"1\"/>"},
        {"user_name: Alice B\ntask: t1\n", "user_name: «Alice B»\ntask: t1\n"},
        {"mail alice@example.com or 4111111111111111", "mail «alice@example.com» or «4111111111111111»"},
        {"{\"phone\":4155552671", "{\"phone\":\"«4155552671»\""},
        {"[1,2", "[1,2"},
        {"}]}{\"email\":\"x\"}", "}]}{\"email\":\"«x»\"}"},
        {"\xff alice@example.com", "«\xff alice@example.com»"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        expect_masked(PERSONAL_FOREIGN, cases[i][0], cases[i][1]);
    }
    struct buffer masked;
    buffer_init(&masked, 100);
    personal_mask_json(&key, STR("a\0l\0@\0b"), PERSONAL_FOREIGN, &masked);
    assert_int_equal(masked.length, PERSONAL_HASH_DIGITS);
    buffer_release(&masked);
}

static void an_answers_own_ids_can_be_asked_for(void **state)
{
    (void)state;
    const char *json = "{\"id\":\"a@b.io\",\"node\":\"a@b.io\",\"at\":1732183380000,\"metadata\":{\"id\":\"a@b.io\"}}";
    expect_masked(PERSONAL_ANSWER, json,
                  "{\"id\":\"a@b.io\",\"node\":\"a@b.io\",\"at\":1732183380000,\"metadata\":{\"id\":\"«a@b.io»\"}}");
    expect_masked(PERSONAL_FOREIGN, json,
                  "{\"id\":\"«a@b.io»\",\"node\":\"«a@b.io»\",\"at\":1732183380000,\"metadata\":{\"id\":\"«a@b.io»\"}}");
}

static void what_lies_too_deep_is_masked(void **state)
{
    struct buffer json, masked;
    (void)state;
    buffer_init(&json, MIB);
    buffer_init(&masked, MIB);
    for (int i = 0; i < 100; i++) {
        buffer_append_text(&json, "[");
    }
    buffer_append_text(&json, "\"x\"");
    personal_mask_json(&key, buffer_str(&json), PERSONAL_FOREIGN, &masked);
    assert_null(strstr(masked.bytes, "x"));
    buffer_release(&json);
    buffer_release(&masked);
}

static void an_edited_text_gets_back_what_was_masked(void **state)
{
    static const char *const cases[] = {
        "{\"email\":\"x\",\"note\":\"ask alice@example.com\",\"retry_count\":\"three\"}",
        "{\"author\":\"J\\u00f6rg \\\"J\\\"\",\"body\":\"{\\\"email\\\":\\\"x\\\"}\"}",
        "user_name: Alice B\n", "\xff\xfe", "",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buffer masked, back;
        buffer_init(&masked, MIB);
        buffer_init(&back, MIB);
        personal_mask_json(&key, str_from(cases[i]), PERSONAL_FOREIGN, &masked);
        buffer_append_text(&masked, " 0123456789abcdef edited");
        personal_unmask(&key, str_from(cases[i]), buffer_str(&masked), &back);
        assert_false(buffer_failed(&back));
        assert_memory_equal(back.bytes, cases[i], strlen(cases[i]));
        assert_string_equal(back.bytes + strlen(cases[i]), " 0123456789abcdef edited");
        buffer_release(&masked);
        buffer_release(&back);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(values_that_look_personal_are_found),
        TEST(ids_versions_times_and_the_like_are_nobodys),
        TEST(all_that_a_text_holds_is_found_in_order),
        TEST(names_of_fields_tell_what_they_hold),
        TEST(names_of_ids_and_times_hold_no_numbers_of_persons),
        TEST(fields_are_tagged_by_name_and_by_value),
        TEST(names_of_things_and_void_values_are_not_tagged),
        TEST(what_the_sender_tagged_stays_in_front_and_nothing_is_tagged_twice),
        TEST(tags_are_part_of_the_canonical_form_and_come_back_from_it),
        TEST(more_names_than_there_is_room_for_are_tagged_as_one),
        TEST(the_hash_is_that_of_its_key),
        TEST(values_are_masked_wherever_json_holds_them),
        TEST(what_is_no_json_is_masked_as_well),
        TEST(an_answers_own_ids_can_be_asked_for),
        TEST(what_lies_too_deep_is_masked),
        TEST(an_edited_text_gets_back_what_was_masked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
