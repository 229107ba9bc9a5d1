#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <zlib.h>
#include <zstd.h>

#include "base/json_read.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/memory.h"
#include "ingest/ingest_private.h"
#include "intake_scene.h"

static struct intake_scene scene;

static int set_up(void **state)
{
    (void)state;
    scene.vfs = NULL;
    intake_scene_init(&scene);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    intake_scene_release(&scene);
    return 0;
}

static struct intake_receipt send_text(const char *body)
{
    struct intake_receipt receipt = {0};
    intake_send(&scene, body, &receipt);
    assert_int_equal(receipt.times, 1);
    return receipt;
}

static struct intake_receipt send_event(unsigned number, const char *more)
{
    return send_text(intake_event(&scene, number, more).at);
}

static void assert_counts(const struct intake_receipt *receipt, uint64_t accepted, uint64_t duplicate, uint64_t conflict,
                          uint64_t rejected)
{
    if (receipt->status != STATUS_OK) {
        fail_msg("%s: %s", receipt->error.place, receipt->error.text);
    }
    assert_int_equal(receipt->counts[INGEST_ACCEPTED], accepted);
    assert_int_equal(receipt->counts[INGEST_DUPLICATE], duplicate);
    assert_int_equal(receipt->counts[INGEST_CONFLICT], conflict);
    assert_int_equal(receipt->counts[INGEST_REJECTED], rejected);
    assert_int_equal(receipt->count, accepted + duplicate + conflict + rejected);
}

static void assert_contains(struct str text, const char *part)
{
    if (str_find_str(text, str_from(part), 0) == text.length) {
        fail_msg("\"%.*s\" does not contain \"%s\"", STR_ARGS(text), part);
    }
}

#define CONFLICTING ",\"metadata\":{\"name\":\"another\"}"

/* --- what becomes of an event ------------------------------------------------------------------------------------------ */

static void each_event_of_a_body_is_answered_in_its_order(void **state)
{
    (void)state;
    (void)send_event(1, "");
    struct str body = intake_text(&scene, "%s\n%s\n{\"event_id\":\"bad\"}\n%s\n%s", intake_event(&scene, 2, "").at, intake_event(&scene, 1, "").at,
                                  intake_event(&scene, 1, CONFLICTING).at, intake_event(&scene, 3, "").at);
    struct intake_receipt receipt = send_text(body.at);
    assert_counts(&receipt, 2, 1, 1, 1);
    static const enum ingest_outcome outcomes[] = {INGEST_ACCEPTED, INGEST_DUPLICATE, INGEST_REJECTED, INGEST_CONFLICT, INGEST_ACCEPTED};
    static const uint64_t places[] = {2, 1, 0, 1, 3};
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(receipt.results[i].ordinal, i);
        assert_int_equal(receipt.results[i].outcome, outcomes[i]);
        assert_int_equal(receipt.results[i].seq, places[i]);
        assert_int_equal(body.at[receipt.results[i].offset], '{');
        assert_int_equal(receipt.results[i].dead_letter != 0, outcomes[i] == INGEST_REJECTED);
    }
    assert_true(str_is(receipt.results[2].event_id, "bad"));
    assert_true(str_is(receipt.results[0].event_id, "01890000-0000-7000-8000-000000000002"));
    assert_int_equal(receipt.position, 3);
    assert_int_equal(scene.facts_announced, 3);
    intake_check_rebuild(&scene);
}

static void duplicates_within_one_body_name_the_place_of_the_first(void **state)
{
    (void)state;
    struct str event = intake_event(&scene, 5, "");
    struct intake_receipt receipt = send_text(intake_text(&scene, "[%s,%s,%s]", event.at, event.at, intake_event(&scene, 5, CONFLICTING).at).at);
    assert_counts(&receipt, 1, 1, 1, 0);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(receipt.results[i].seq, 1);
    }
}

static void a_conflict_keeps_the_first(void **state)
{
    (void)state;
    (void)send_event(1, "");
    struct intake_receipt receipt = send_event(1, CONFLICTING);
    assert_counts(&receipt, 0, 0, 1, 0);
    assert_int_equal(intake_log_length(&scene), 1);
    struct intake_receipt again = send_event(1, "");
    assert_counts(&again, 0, 1, 0, 0);
}

#define PERSONAL ",\"metadata\":{\"author_name\":\"Alice\",\"note\":\"ask alice@example.com\"}"

static void personal_data_is_tagged_in_the_log_and_changes_no_identity(void **state)
{
    (void)state;
    struct intake_receipt receipt = send_event(1, PERSONAL), again = send_event(1, PERSONAL);
    assert_counts(&receipt, 1, 0, 0, 0);
    assert_counts(&again, 0, 1, 0, 0);
    struct store_event logged;
    struct error error;
    assert_int_equal(store_reader_event(scene.reader, 1, &logged, &error), STATUS_OK);
    assert_contains(logged.payload, "\"pii_tags\":[\"metadata.author_name\",\"metadata.note:email\"]");
    intake_scene_restart(&scene);
    struct intake_receipt later = send_event(1, PERSONAL ",\"pii_tags\":[\"metadata.author_name\"]"),
                          other = send_event(1, ",\"metadata\":{\"author_name\":\"Bob\",\"note\":\"ask alice@example.com\"}");
    assert_counts(&later, 0, 1, 0, 0);
    assert_counts(&other, 0, 0, 1, 0);
    intake_check_rebuild(&scene);
}

/* What was logged before there were tags has none, and is the same event all the same. */
static void an_event_logged_without_tags_is_no_conflict(void **state)
{
    (void)state;
    struct event event;
    struct event_fault fault;
    struct arena arena;
    struct buffer payload;
    struct error error;
    arena_init(&arena, MIB);
    buffer_init(&payload, MIB);
    struct str json = intake_event(&scene, 1, PERSONAL);
    json.at = intake_text(&scene, "%s%*s", json.at, JSON_READ_PADDING, "").at;
    assert_int_equal(event_decode(scene.ingest->decoder, json, &arena, &event_defaults_for_log, &event, &fault), STATUS_OK);
    event_encode(&event, &payload);
    struct store_event old = {.seq = 1, .observed_at = 1, .stream = (uint8_t)event.stream, .type = (uint16_t)event.type,
                              .tenant = event.tenant_id, .payload = buffer_str(&payload)};
    assert_int_equal(store_commit(scene.store, &(struct store_batch){.events = &old, .event_count = 1}, &error), STATUS_OK);
    buffer_release(&payload);
    arena_release(&arena);
    intake_scene_restart(&scene);
    struct intake_receipt receipt = send_event(1, PERSONAL);
    assert_counts(&receipt, 0, 1, 0, 0);
    intake_check_rebuild(&scene);
}

static void the_same_key_in_another_tenant_is_another_event(void **state)
{
    (void)state;
    (void)send_event(1, "");
    struct intake_receipt receipt = send_event(1, ",\"tenant_id\":\"acme\"");
    assert_counts(&receipt, 1, 0, 0, 0);
}

static void duplicates_are_known_after_a_restart(void **state)
{
    (void)state;
    struct str body = intake_events(&scene, 0, 50, "\n");
    (void)send_text(body.at);
    intake_scene_restart(&scene);
    struct intake_receipt receipt = send_text(body.at);
    assert_counts(&receipt, 0, 50, 0, 0);
    for (size_t i = 0; i < 50; i++) {
        assert_int_equal(receipt.results[i].seq, i + 1);
    }
    receipt = send_event(7, CONFLICTING);
    assert_counts(&receipt, 0, 0, 1, 0);
    receipt = send_event(50, "");
    assert_int_equal(receipt.results[0].seq, 51);
    intake_check_rebuild(&scene);
}

static void a_rejected_event_is_kept_whole_with_category_and_reason(void **state)
{
    (void)state;
    const char *bad = "{\"event_id\":\"e1\",\"iteration_id\":\"it9\",\"event_type\":\"TASK_STARTED\",  \"node_id\":\"n\" }";
    const char *selfish = "{\"event_id\":\"e2\",\"iteration_id\":\"it9\",\"event_type\":\"TASK_STARTED\",\"node_id\":\"n\",\"timestamp\":5,\"metadata\":{\"depends_on\":\"n\"}}";
    struct intake_receipt receipt = {0};
    intake_submit(&scene, (struct ingest_submission){.content_type = STR("application/x-ndjson"), .origin = STR("HTTP"), .tenant_id = STR("acme")},
                  intake_text(&scene, "%s\n%s\n", bad, selfish), &receipt);
    assert_counts(&receipt, 0, 0, 0, 2);
    size_t count;
    struct store_dead_letter *letters = intake_letters(&scene, &count);
    assert_int_equal(count, 2);
    assert_true(str_is(letters[0].raw, bad));
    assert_int_equal(letters[0].category, EVENT_FAULT_SCHEMA_VALIDATION);
    assert_int_equal(letters[0].stream, EVENT_STREAM_DDE);
    assert_true(str_is(letters[0].place, "timestamp"));
    assert_true(str_equal(letters[0].reason, receipt.results[0].reason));
    assert_int_equal(letters[0].id, receipt.results[0].dead_letter);
    assert_true(str_is(letters[0].iteration_id, "it9") && str_is(letters[0].event_id, "e1") && str_is(letters[0].tenant, "acme"));
    assert_true(str_is(letters[0].content_type, "application/x-ndjson") && str_is(letters[0].origin, "HTTP"));
    assert_int_equal(letters[0].received_at, INTAKE_NOW);
    assert_int_equal(letters[1].category, EVENT_FAULT_CORRELATION_FAILED);
    assert_int_equal(receipt.results[1].category, EVENT_FAULT_CORRELATION_FAILED);
    assert_true(str_is(letters[1].raw, selfish));
    assert_int_equal(intake_log_length(&scene), 0);
}

/* --- bodies ------------------------------------------------------------------------------------------------------------ */

static void something_malformed_in_the_middle_costs_the_others_nothing(void **state)
{
    (void)state;
    static const char *const forms[] = {"%s\n{\"event_id\": nonsense\n%s\n", "[%s,{\"event_id\": 12 13},%s]", "{\"events\":[%s,{\"a\"},%s]}",
                                        "%s\r\nnot json at all\r\n%s"};
    for (unsigned i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct str first = intake_event(&scene, 2 * i, ""), second = intake_event(&scene, 2 * i + 1, "");
        char body[2000];
        snprintf(body, sizeof body, forms[i], first.at, second.at);
        struct intake_receipt receipt = send_text(body);
        assert_counts(&receipt, 2, 0, 0, 1);
        assert_int_equal(receipt.results[0].outcome, INGEST_ACCEPTED);
        assert_int_equal(receipt.results[1].outcome, INGEST_REJECTED);
        assert_int_equal(receipt.results[2].outcome, INGEST_ACCEPTED);
    }
    assert_int_equal(intake_log_length(&scene), 8);
    size_t count;
    (void)intake_letters(&scene, &count);
    assert_int_equal(count, 4);
}

static void pretty_printed_events_one_after_the_other_are_read(void **state)
{
    (void)state;
    struct str body = intake_text(&scene, "{\n  \"event_id\": \"a\",\n  \"timestamp\": 5,\n  \"iteration_id\": \"it\",\n  \"event_type\": \"TASK_STARTED\",\n"
                                          "  \"node_id\": \"x\"\n}\n{\n  \"event_id\": \"b\"\n}\n%s\n", intake_event(&scene, 4, "").at);
    struct intake_receipt receipt = send_text(body.at);
    assert_counts(&receipt, 2, 0, 0, 1);
}

static void a_body_without_an_event_is_refused_and_leaves_nothing(void **state)
{
    (void)state;
    static const char *const bodies[] = {"", "   \n\n", "[]", "{\"events\":[]}", "\xEF\xBB\xBF"};
    struct store_audit_entry audit = {.at = 5, .actor = STR("someone"), .action = STR("submit")};
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        struct intake_receipt receipt = {0};
        intake_submit(&scene, (struct ingest_submission){.audit = &audit}, str_from(bodies[i]), &receipt);
        assert_int_equal(receipt.times, 1);
        assert_int_equal(receipt.status, STATUS_INVALID);
        assert_contains(str_from(receipt.error.text), "no event");
    }
    assert_int_equal(scene.commits, 0);
}

static void an_event_over_the_limit_is_kept_whole_and_the_next_one_taken(void **state)
{
    (void)state;
    struct buffer body;
    buffer_init(&body, 128 * MIB);
    buffer_append_str(&body, intake_event(&scene, 1, ""));
    buffer_append_text(&body, "\n{\"event_id\":\"");
    size_t length = LIMIT_EVENT_BYTES + 12345;
    memset(buffer_reserve(&body, length), 'x', length);
    body.length += length;
    buffer_append_text(&body, "\"}\n");
    buffer_append_str(&body, intake_event(&scene, 2, ""));
    struct intake_receipt receipt = {0};
    intake_submit(&scene, (struct ingest_submission){0}, buffer_str(&body), &receipt);
    assert_counts(&receipt, 2, 0, 0, 1);
    assert_contains(receipt.results[1].reason, "1048576");
    size_t count;
    struct store_dead_letter *letters = intake_letters(&scene, &count);
    assert_int_equal(count, 1);
    assert_int_equal(letters[0].raw.length, length + strlen("{\"event_id\":\"\"}"));
    assert_int_equal(letters[0].raw.at[letters[0].raw.length - 1], '}');
    buffer_release(&body);
}

static void a_line_of_100_mb_is_cut_at_the_limit_and_says_so(void **state)
{
    (void)state;
    size_t length = 100 * MIB;
    struct buffer body;
    buffer_init(&body, 128 * MIB);
    buffer_append_str(&body, intake_event(&scene, 1, ""));
    buffer_append_text(&body, "\n");
    char *line = buffer_reserve(&body, length);
    assert_non_null(line);
    memset(line, 'y', length);
    body.length += length;
    buffer_append_text(&body, "\n");
    buffer_append_str(&body, intake_event(&scene, 2, ""));
    struct intake_receipt receipt = {0};
    intake_submit(&scene, (struct ingest_submission){0}, buffer_str(&body), &receipt);
    buffer_release(&body);
    assert_counts(&receipt, 2, 0, 0, 1);
    assert_contains(receipt.results[1].reason, "104857600");
    assert_contains(receipt.results[1].reason, "its first 67108864 bytes were kept");
    size_t count;
    struct store_dead_letter *letters = intake_letters(&scene, &count);
    assert_int_equal(count, 1);
    assert_int_equal(letters[0].raw.length, LIMIT_DEAD_LETTER_BYTES);
}

static void a_body_that_was_cut_off_gives_what_was_whole(void **state)
{
    (void)state;
    struct str first = intake_event(&scene, 1, ""), second = intake_event(&scene, 2, "");
    struct intake_receipt receipt = send_text(intake_text(&scene, "[%s,%.*s", first.at, 60, second.at).at);
    assert_counts(&receipt, 1, 0, 0, 1);
    assert_contains(receipt.results[1].reason, "cut off");
    size_t count;
    struct store_dead_letter *letters = intake_letters(&scene, &count);
    assert_int_equal(count, 1);
    assert_true(str_equal(letters[0].raw, (struct str){second.at, 60}));
    receipt = send_text(intake_text(&scene, "%s\n%.*s", second.at, 60, first.at).at);
    assert_counts(&receipt, 1, 0, 0, 1);
}

static struct str deflated(struct str text, int window)
{
    z_stream zlib = {0};
    size_t room = text.length + 1000;
    char *out = arena_new(&scene.arena, room);
    assert_non_null(out);
    assert_int_equal(deflateInit2(&zlib, 9, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY), Z_OK);
    zlib.next_in = (unsigned char *)(uintptr_t)text.at;
    zlib.avail_in = (unsigned)text.length;
    zlib.next_out = (unsigned char *)out;
    zlib.avail_out = (unsigned)room;
    assert_int_equal(deflate(&zlib, Z_FINISH), Z_STREAM_END);
    struct str result = {out, zlib.total_out};
    assert_int_equal(deflateEnd(&zlib), Z_OK);
    return result;
}

static struct intake_receipt send_encoded(struct str body, const char *encoding)
{
    struct intake_receipt receipt = {0};
    intake_submit(&scene, (struct ingest_submission){.content_encoding = str_from(encoding)}, body, &receipt);
    assert_int_equal(receipt.times, 1);
    return receipt;
}

static void bodies_come_compressed(void **state)
{
    (void)state;
    struct str text = intake_events(&scene, 0, 500, "\n");
    struct intake_receipt receipt = send_encoded(deflated(text, 15 + 16), "gzip");
    assert_counts(&receipt, 500, 0, 0, 0);
    receipt = send_encoded(deflated(text, 15), "deflate");
    assert_counts(&receipt, 0, 500, 0, 0);
    char *out = arena_new(&scene.arena, text.length + 1000);
    size_t length = ZSTD_compress(out, text.length + 1000, text.at, text.length, 3);
    assert_false(ZSTD_isError(length));
    receipt = send_encoded((struct str){out, length}, "zstd");
    assert_counts(&receipt, 0, 500, 0, 0);
    receipt = send_encoded(text, "identity");
    assert_counts(&receipt, 0, 500, 0, 0);
}

/* A body whose second line is an event of `length` bytes, compressed. */
static void check_long_event_compressed(size_t length, size_t kept)
{
    struct buffer body;
    buffer_init(&body, 128 * MIB);
    buffer_append_str(&body, intake_event(&scene, 1, ""));
    buffer_append_text(&body, "\n{\"event_id\":\"");
    char *line = buffer_reserve(&body, length);
    assert_non_null(line);
    for (size_t i = 0; i < length - 15; i++) {
        line[i] = "0123456789abcdef!"[i % 17];
    }
    body.length += length - 15;
    buffer_append_text(&body, "\"}\n");
    buffer_append_str(&body, intake_event(&scene, 2, ""));
    struct str text = buffer_str(&body);
    size_t begin = str_find_str(text, STR("\n"), 0) + 1;
    size_t room = text.length / 4 + 4096;
    char *packed = malloc(room);
    assert_non_null(packed);
    size_t packed_length = ZSTD_compress(packed, room, text.at, text.length, 1);
    assert_false(ZSTD_isError(packed_length));
    struct intake_receipt receipt = send_encoded((struct str){packed, packed_length}, "zstd");
    free(packed);
    assert_int_equal(receipt.counts[INGEST_REJECTED], 1);
    assert_contains(receipt.results[1].reason, intake_text(&scene, "%zu bytes", length).at);
    assert_int_equal(str_find_str(receipt.results[1].reason, STR("were kept"), 0) < receipt.results[1].reason.length, kept < length);
    size_t count;
    struct store_dead_letter *letters = intake_letters(&scene, &count);
    assert_int_equal(letters[count - 1].raw.length, kept);
    assert_memory_equal(letters[count - 1].raw.at, text.at + begin, kept);
    buffer_release(&body);
}

static void a_long_event_in_a_compressed_body_is_kept_as_it_is_in_a_plain_one(void **state)
{
    (void)state;
    check_long_event_compressed(5 * MIB, 5 * MIB);
    check_long_event_compressed(70 * MIB, LIMIT_DEAD_LETTER_BYTES);
}

static void a_body_can_be_one_event_whatever_is_in_it(void **state)
{
    (void)state;
    struct intake_receipt receipt = {0};
    struct str two = STR("{\"a\":1\n{\"b\":2}\n");
    intake_submit(&scene, (struct ingest_submission){.event_bytes = two.length}, two, &receipt);
    assert_counts(&receipt, 0, 0, 0, 1);
    receipt = (struct intake_receipt){0};
    intake_submit(&scene, (struct ingest_submission){.event_bytes = 1000000000}, two, &receipt);
    assert_counts(&receipt, 0, 0, 0, 1);
    assert_contains(receipt.results[0].reason, "1000000000 bytes");
    assert_contains(receipt.results[0].reason, "its first 15 bytes were kept");
    struct str one = intake_event(&scene, 1, "");
    receipt = (struct intake_receipt){0};
    intake_submit(&scene, (struct ingest_submission){.event_bytes = one.length}, one, &receipt);
    assert_counts(&receipt, 1, 0, 0, 0);
    size_t count;
    struct store_dead_letter *letters = intake_letters(&scene, &count);
    assert_int_equal(count, 2);
    assert_true(str_equal(letters[0].raw, two) && str_equal(letters[1].raw, two));
}

static void a_compressed_body_that_breaks_off_is_kept_whole_beside_what_came_of_it(void **state)
{
    (void)state;
    struct str text = intake_events(&scene, 0, 2000, "\n"), body = deflated(text, 15 + 16);
    body.length -= body.length / 4;
    struct intake_receipt receipt = send_encoded(body, "gzip");
    assert_int_equal(receipt.status, STATUS_OK);
    assert_int_equal(receipt.counts[INGEST_REJECTED], 1);
    assert_true(receipt.counts[INGEST_ACCEPTED] > 100 && receipt.counts[INGEST_ACCEPTED] < 2000);
    size_t count;
    struct store_dead_letter *letters = intake_letters(&scene, &count);
    assert_int_equal(count, 1);
    assert_true(str_equal(letters[0].raw, body));
    assert_true(str_is(letters[0].content_type, "gzip"));
}

static void a_gzip_bomb_stops_at_the_limit(void **state)
{
    (void)state;
    size_t length = 300 * MIB, room = 2 * MIB;
    z_stream zlib = {0};
    unsigned char *out = arena_new(&scene.arena, room), *zeros = calloc(1, MIB);
    assert_true(out != NULL && zeros != NULL);
    memset(zeros, ' ', MIB);
    assert_int_equal(deflateInit2(&zlib, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    zlib.next_out = out;
    zlib.avail_out = (unsigned)room;
    for (size_t at = 0; at <= length; at += MIB) {
        zlib.next_in = zeros;
        zlib.avail_in = (unsigned)MIB;
        assert_true(deflate(&zlib, at == length ? Z_FINISH : Z_NO_FLUSH) >= 0);
    }
    struct intake_receipt receipt = send_encoded((struct str){(char *)out, zlib.total_out}, "gzip");
    assert_counts(&receipt, 0, 0, 0, 1);
    assert_contains(receipt.results[0].reason, "decodes to more than");
    assert_int_equal(deflateEnd(&zlib), Z_OK);
    free(zeros);
}

static void an_encoding_nobody_knows_is_refused(void **state)
{
    (void)state;
    struct intake_receipt receipt = send_encoded(intake_event(&scene, 1, ""), "br");
    assert_int_equal(receipt.status, STATUS_INVALID);
    assert_contains(str_from(receipt.error.text), "gzip");
    receipt = send_encoded(intake_event(&scene, 1, ""), "gzip"); /* which it is not */
    assert_counts(&receipt, 0, 0, 0, 1);
    assert_int_equal(intake_log_length(&scene), 0);
}

static void bad_texts_become_dead_letters(void **state)
{
    (void)state;
    char deep[600] = "{\"event_id\":\"e\",\"metadata\":";
    for (int i = 0; i < 50; i++) {
        strcat(deep, "{\"a\":");
    }
    strcat(deep, "1");
    for (int i = 0; i < 51; i++) {
        strcat(deep, "}");
    }
    const char *bodies[] = {
        "{\"event_id\":\"\xC3\x28\",\"timestamp\":5}", deep, "{\"event_id\":\"a\",\"event_id\":\"b\",\"timestamp\":5}",
        "{\"event_id\":7,\"timestamp\":5,\"iteration_id\":\"it\",\"event_type\":\"TASK_STARTED\"}",
        "{\"event_id\":\"a\",\"timestamp\":5,\"iteration_id\":\"it\",\"event_type\":\"TASK_EXPLODED\"}", "12", "null", "\"text\""};
    size_t bad = sizeof bodies / sizeof bodies[0];
    for (size_t i = 0; i < bad; i++) {
        struct intake_receipt receipt = send_text(bodies[i]);
        assert_int_equal(receipt.status, STATUS_OK);
        assert_int_equal(receipt.counts[INGEST_REJECTED], 1);
        assert_int_equal(receipt.results[0].category, EVENT_FAULT_SCHEMA_VALIDATION);
        assert_true(receipt.results[0].reason.length > 0);
    }
    size_t count;
    struct store_dead_letter *letters = intake_letters(&scene, &count);
    assert_int_equal(count, bad);
    for (size_t i = 0; i < bad; i++) {
        assert_true(str_is(letters[i].raw, bodies[i]));
    }
}

static void a_timestamp_more_than_a_day_ahead_is_rejected(void **state)
{
    (void)state;
    const char *format = "{\"event_id\":\"t\",\"timestamp\":%lld,\"iteration_id\":\"it\",\"event_type\":\"TASK_STARTED\",\"node_id\":\"n\"}";
    struct intake_receipt receipt = send_text(intake_text(&scene, format, (long long)(INTAKE_NOW + LIMIT_FUTURE_MS)).at);
    assert_counts(&receipt, 1, 0, 0, 0);
    receipt = send_text(intake_text(&scene, format, (long long)(INTAKE_NOW + LIMIT_FUTURE_MS + 1)).at);
    assert_counts(&receipt, 0, 0, 0, 1);
    assert_true(str_is(receipt.results[0].place, "timestamp"));
}

static void an_event_may_not_name_another_tenant_than_a_fixed_one(void **state)
{
    (void)state;
    struct str foreign = intake_event(&scene, 1, ",\"tenant_id\":\"acme\""), own = intake_event(&scene, 2, ",\"tenant_id\":\"umbrella\""),
               silent = intake_event(&scene, 3, "");
    struct intake_receipt receipt = {0};
    intake_submit(&scene, (struct ingest_submission){.tenant_id = STR("umbrella"), .tenant_is_fixed = true},
                  intake_text(&scene, "%s\n%s\n%s", foreign.at, own.at, silent.at), &receipt);
    assert_counts(&receipt, 2, 0, 0, 1);
    assert_int_equal(receipt.results[0].category, EVENT_FAULT_CORRELATION_FAILED);
    struct graph_iteration found;
    assert_true(graph_iteration_find(scene.graph, STR("umbrella"), STR("it0"), &found));
    assert_false(graph_iteration_find(scene.graph, STR("acme"), STR("it1"), &found));
}

static void control_events_are_taken_from_this_system_only(void **state)
{
    (void)state;
    const char *event = "{\"event_id\":\"c\",\"timestamp\":5,\"iteration_id\":\"it\",\"event_type\":\"GATE_OVERRIDDEN\",\"node_id\":\"it\"}";
    struct intake_receipt receipt = send_text(event);
    assert_counts(&receipt, 0, 0, 0, 1);
    intake_submit(&scene, (struct ingest_submission){.control_is_allowed = true}, str_from(event), &receipt);
    if (receipt.counts[INGEST_REJECTED] == 1) { /* whatever else the schema asks of it, not its origin */
        assert_true(str_find_str(receipt.results[0].reason, STR("not taken from outside"), 0) == receipt.results[0].reason.length);
    }
}

static void a_body_larger_than_a_batch_is_taken_whole(void **state)
{
    (void)state;
    unsigned count = LIMIT_BATCH_EVENTS + 2000;
    struct intake_receipt receipt = {0};
    struct str body = intake_events(&scene, 0, count, "\n");
    intake_submit(&scene, (struct ingest_submission){0}, body, &receipt);
    assert_counts(&receipt, count, 0, 0, 0);
    assert_int_equal(scene.commits, 2);
    for (unsigned i = 0; i < count; i++) {
        assert_int_equal(receipt.results[i].ordinal, i);
        assert_int_equal(receipt.results[i].seq, i + 1);
    }
    intake_submit(&scene, (struct ingest_submission){0}, body, &receipt);
    assert_counts(&receipt, 0, count, 0, 0);
    intake_check_rebuild(&scene);
}

/* --- durable before visible, visible before acknowledged ---------------------------------------------------------------- */

static void nothing_is_visible_or_answered_before_its_commit(void **state)
{
    (void)state;
    scene.is_manual = true;
    struct intake_receipt first = {0}, second = {0};
    intake_send(&scene, intake_event(&scene, 1, "").at, &first);
    intake_send(&scene, intake_event(&scene, 2, "").at, &second);
    assert_int_equal(scene.commits, 1);
    assert_int_equal(graph_fact_count(scene.graph), 0);
    assert_int_equal(first.times + second.times, 0);
    assert_int_equal(intake_commit(&scene), STATUS_OK);
    assert_int_equal(first.times, 1);
    assert_int_equal(second.times, 0);
    assert_int_equal(graph_fact_count(scene.graph), 1);
    assert_int_equal(intake_log_length(&scene), 1);
    intake_commit_all(&scene);
    assert_counts(&second, 1, 0, 0, 0);
    assert_int_equal(second.results[0].seq, 2);
}

static void a_duplicate_of_a_pending_event_is_answered_when_that_is_durable(void **state)
{
    (void)state;
    scene.is_manual = true;
    struct intake_receipt first = {0}, second = {0}, third = {0};
    intake_send(&scene, intake_event(&scene, 1, "").at, &first);
    intake_send(&scene, intake_event(&scene, 1, "").at, &second);                                          /* of one in flight */
    intake_send(&scene, intake_text(&scene, "%s\n%s", intake_event(&scene, 2, "").at, intake_event(&scene, 1, CONFLICTING).at).at, &third);
    assert_int_equal(second.times, 0);
    assert_int_equal(intake_commit(&scene), STATUS_OK);
    assert_counts(&second, 0, 1, 0, 0);
    assert_int_equal(second.results[0].seq, 1);
    assert_int_equal(third.times, 0);
    intake_commit_all(&scene);
    assert_counts(&third, 1, 0, 1, 0);
    assert_int_equal(third.results[1].seq, 1);
    assert_int_equal(intake_log_length(&scene), 2);
}

static void a_duplicate_across_bodies_of_one_batch_gets_the_place_of_the_first(void **state)
{
    (void)state;
    scene.is_manual = true;
    struct intake_receipt ahead = {0}, first = {0}, second = {0};
    intake_send(&scene, intake_event(&scene, 9, "").at, &ahead);
    intake_send(&scene, intake_event(&scene, 1, "").at, &first);
    intake_send(&scene, intake_event(&scene, 1, "").at, &second);
    intake_commit_all(&scene);
    assert_int_equal(scene.commits, 2);
    assert_counts(&first, 1, 0, 0, 0);
    assert_counts(&second, 0, 1, 0, 0);
    assert_int_equal(second.results[0].seq, first.results[0].seq);
}

static void a_failed_commit_shows_nothing_and_tells_everybody(void **state)
{
    (void)state;
    scene.is_manual = true;
    struct intake_receipt receipts[4] = {{0}};
    intake_send(&scene, intake_events(&scene, 1, 3, "\n").at, &receipts[0]);
    intake_send(&scene, intake_event(&scene, 2, "").at, &receipts[1]); /* a duplicate in flight */
    intake_send(&scene, intake_event(&scene, 7, "").at, &receipts[2]); /* behind it */
    intake_send(&scene, "{}", &receipts[3]);
    intake_refuse(&scene, STATUS_RETRY);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(receipts[i].times, 1);
        assert_int_equal(receipts[i].status, STATUS_RETRY);
        assert_int_equal(receipts[i].count, 0);
    }
    assert_true(ingest_is_idle(scene.ingest));
    assert_int_equal(graph_fact_count(scene.graph), 0);
    assert_int_equal(intake_log_length(&scene), 0);
    struct ingest_health health;
    ingest_health(scene.ingest, &health);
    assert_int_equal(health.status, STATUS_RETRY);
    assert_int_equal(health.pending_events + health.pending_bytes, 0);
    intake_send(&scene, intake_events(&scene, 1, 3, "\n").at, &receipts[0]);
    intake_commit_all(&scene);
    assert_counts(&receipts[0], 3, 0, 0, 0);
    assert_int_equal(receipts[0].results[2].seq, 3);
    ingest_health(scene.ingest, &health);
    assert_int_equal(health.status, STATUS_OK);
    intake_check_rebuild(&scene);
}

static void a_fatal_store_refuses_from_then_on(void **state)
{
    (void)state;
    scene.is_manual = true;
    struct intake_receipt first = {0}, behind = {0}, later = {0};
    intake_send(&scene, intake_event(&scene, 1, "").at, &first);
    intake_send(&scene, intake_event(&scene, 2, "").at, &behind);
    intake_refuse(&scene, STATUS_FATAL);
    intake_send(&scene, intake_event(&scene, 3, "").at, &later);
    assert_int_equal(first.status, STATUS_FATAL);
    assert_int_equal(behind.status, STATUS_FATAL);
    assert_int_equal(later.status, STATUS_FATAL);
    assert_contains(str_from(later.error.text), "the test says no");
    assert_true(ingest_is_idle(scene.ingest));
    assert_int_equal(scene.commits, 1);
}

static void a_failing_commit_in_the_middle_of_a_body_stops_it(void **state)
{
    (void)state;
    unsigned count = LIMIT_BATCH_EVENTS + 100;
    struct str body = intake_events(&scene, 0, count, "\n");
    struct intake_receipt receipt = {0};
    scene.refuse_with = STATUS_RETRY;
    intake_submit(&scene, (struct ingest_submission){0}, body, &receipt);
    assert_int_equal(receipt.times, 1);
    assert_int_equal(receipt.status, STATUS_RETRY);
    assert_int_equal(scene.commits, 1);
    scene.refuse_with = STATUS_OK;
    intake_submit(&scene, (struct ingest_submission){0}, body, &receipt);
    assert_counts(&receipt, count, 0, 0, 0);
}

static void what_became_durable_before_the_failure_is_a_duplicate_next_time(void **state)
{
    (void)state;
    unsigned count = LIMIT_BATCH_EVENTS + 100;
    struct str body = intake_events(&scene, 0, count, "\n");
    struct intake_receipt receipt = {0};
    scene.is_manual = true;
    intake_submit(&scene, (struct ingest_submission){0}, body, &receipt);
    assert_int_equal(intake_commit(&scene), STATUS_OK);
    intake_refuse(&scene, STATUS_RETRY);
    assert_int_equal(receipt.status, STATUS_RETRY);
    intake_submit(&scene, (struct ingest_submission){0}, body, &receipt);
    intake_commit_all(&scene);
    assert_counts(&receipt, 100, LIMIT_BATCH_EVENTS, 0, 0);
    intake_check_rebuild(&scene);
}

static void send_again(struct intake_receipt *receipt)
{
    struct intake_receipt *next = receipt->context;
    if (next != NULL) {
        receipt->context = NULL;
        intake_submit(receipt->scene, (struct ingest_submission){0}, intake_event(receipt->scene, 100, ""), next);
    }
}

static void a_sender_may_submit_from_within_its_answer(void **state)
{
    (void)state;
    for (int mode = 0; mode < 4; mode++) { /* synchronous or not; told of success or failure */
        struct intake_receipt second = {0}, first = {.then = send_again, .context = &second}, others[2] = {{0}};
        scene.is_manual = mode % 2 == 1;
        scene.refuse_with = mode >= 2 && !scene.is_manual ? STATUS_RETRY : STATUS_OK;
        intake_send(&scene, intake_event(&scene, (unsigned)mode, "").at, &first);
        scene.refuse_with = STATUS_OK;
        if (scene.is_manual) {
            intake_send(&scene, intake_event(&scene, 50 + (unsigned)mode, "").at, &others[0]);
            intake_send(&scene, intake_event(&scene, 60 + (unsigned)mode, "").at, &others[1]);
            mode >= 2 ? intake_refuse(&scene, STATUS_RETRY) : (void)intake_commit(&scene);
            intake_commit_all(&scene);
            assert_int_equal(others[0].times + others[1].times, 2);
        }
        assert_int_equal(first.times, 1);
        assert_int_equal(first.status, mode >= 2 ? STATUS_RETRY : STATUS_OK);
        assert_int_equal(second.times, 1);
        assert_true(ingest_is_idle(scene.ingest));
        ingest_check(scene.ingest);
    }
    scene.is_manual = false;
    assert_int_equal(intake_logged(&scene, 100), 1);
    intake_check_rebuild(&scene);
}

static void too_much_pending_is_refused_until_it_is_written(void **state)
{
    (void)state;
    scene.is_manual = true;
    struct buffer body;
    buffer_init(&body, 64 * MIB);
    size_t length = 60 * MIB;
    memset(buffer_reserve(&body, length), '\n', length); /* one dead letter of all of it */
    body.length = length;
    body.bytes[0] = 'x';
    memset(body.bytes, 'x', length);
    struct intake_receipt receipts[12] = {{0}};
    size_t taken = 0;
    while (taken < 12) {
        intake_submit(&scene, (struct ingest_submission){0}, buffer_str(&body), &receipts[taken]);
        if (receipts[taken].times == 1) {
            break;
        }
        taken++;
    }
    assert_int_equal(taken, 8); /* 480 of 512 MiB */
    assert_int_equal(receipts[taken].status, STATUS_RETRY);
    assert_contains(str_from(receipts[taken].error.text), "480 MiB");
    buffer_release(&body);
    intake_refuse(&scene, STATUS_RETRY);
    for (size_t i = 0; i < taken; i++) {
        assert_int_equal(receipts[i].times, 1);
    }
    scene.is_manual = false;
    struct intake_receipt receipt = send_event(1, "");
    assert_counts(&receipt, 1, 0, 0, 0);
}

static void duplicates_fill_no_memory_while_the_disk_is_slow(void **state)
{
    (void)state;
    struct str body = intake_events(&scene, 0, 1000, "\n");
    (void)send_text(body.at);
    scene.is_manual = true;
    struct intake_receipt slow = {0}, receipt = {0};
    intake_send(&scene, intake_event(&scene, 5000, "").at, &slow);
    for (int i = 0; i < 30; i++) {
        intake_submit(&scene, (struct ingest_submission){0}, body, &receipt);
        assert_counts(&receipt, 0, 1000, 0, 0);
    }
    size_t bytes = 0;
    for (const struct batch *batch = scene.ingest->head; batch != NULL; batch = batch->next) {
        bytes += batch->arena.used_bytes;
    }
    assert_true(bytes <= MIB);
    intake_commit_all(&scene);
}

static void after_ingest_shut_only_what_is_in_flight_comes_back(void **state)
{
    (void)state;
    scene.is_manual = true;
    struct intake_receipt flying = {0}, behind = {0}, late = {0};
    intake_send(&scene, intake_event(&scene, 1, "").at, &flying);
    intake_send(&scene, intake_event(&scene, 2, "").at, &behind);
    ingest_shut(scene.ingest);
    intake_send(&scene, intake_event(&scene, 3, "").at, &late);
    assert_int_equal(late.status, STATUS_RETRY);
    assert_int_equal(flying.times, 0);
    intake_commit_all(&scene);
    assert_counts(&flying, 1, 0, 0, 0);
    assert_int_equal(behind.times, 1);
    assert_int_equal(behind.status, STATUS_RETRY);
    intake_scene_restart(&scene);
    assert_int_equal(graph_fact_count(scene.graph), 1);
}

/* --- the present --------------------------------------------------------------------------------------------------------- */

static uint64_t random_state;

static uint32_t random_below(uint32_t limit)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((random_state >> 33) % limit);
}

#define READS_MAX 4000

static void facts_never_appear_at_a_moment_that_was_handed_out(void **state)
{
    (void)state;
    static struct intake_receipt receipts[500];
    struct {
        int64_t known_at;
        uint32_t facts;
    } *reads = arena_new(&scene.arena, READS_MAX * sizeof *reads);
    scene.is_manual = true;
    size_t count = 0, sent = 0, failed = 0;
    random_state = 42;
    while (count < READS_MAX) {
        switch (random_below(8)) {
        case 0:
            if (sent < 500) {
                intake_send(&scene, intake_event(&scene, (unsigned)sent, "").at, &receipts[sent]);
                sent++;
            }
            break;
        case 1:
            if (scene.held != NULL && random_below(4) == 0) {
                intake_refuse(&scene, STATUS_RETRY);
                failed++;
            } else if (scene.held != NULL) {
                assert_int_equal(intake_commit(&scene), STATUS_OK);
            }
            break;
        case 2:
            scene.now_ms += random_below(3);
            break;
        case 3:
            scene.now_ms -= random_below(200) == 0 ? 50 : 0; /* the clock is set back */
            break;
        default: {
            struct ingest_now now = ingest_now(scene.ingest);
            assert_int_equal(now.valid_at, scene.now_ms);
            assert_int_equal(graph_known_facts(scene.graph, now.known_at), graph_fact_count(scene.graph));
            reads[count].known_at = now.known_at;
            reads[count++].facts = graph_known_facts(scene.graph, now.known_at);
            ingest_check(scene.ingest);
        }
        }
    }
    intake_commit_all(&scene);
    assert_true(graph_fact_count(scene.graph) > 50 && failed > 5);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(graph_known_facts(scene.graph, reads[i].known_at), reads[i].facts);
    }
    intake_check_rebuild(&scene);
}

static void a_batch_whose_commit_failed_could_still_turn_up_after_the_present(void **state)
{
    (void)state;
    scene.is_manual = true;
    struct intake_receipt receipt = {0};
    intake_send(&scene, intake_event(&scene, 1, "").at, &receipt);
    int64_t observed_at = scene.held->events[0].observed_at;
    intake_refuse(&scene, STATUS_RETRY);
    scene.now_ms += 1000;
    assert_true(ingest_now(scene.ingest).known_at < observed_at);
    intake_send(&scene, intake_event(&scene, 1, "").at, &receipt);
    assert_true(ingest_now(scene.ingest).known_at < observed_at);
    intake_commit_all(&scene);
    assert_int_equal(ingest_now(scene.ingest).known_at, scene.now_ms);
}

static void observed_at_does_not_go_back_with_the_clock(void **state)
{
    (void)state;
    (void)send_event(1, "");
    int64_t first = graph_observed_at(scene.graph);
    scene.now_ms -= 100000;
    (void)send_event(2, "");
    assert_true(graph_observed_at(scene.graph) > first);
    intake_scene_restart(&scene);
    (void)send_event(3, "");
    assert_true(graph_observed_at(scene.graph) > first + 1);
}

/* --- dead letters --------------------------------------------------------------------------------------------------------- */

static const char *const replay_actor = "operator";

static struct intake_receipt replay(struct store_dead_letter *letters, size_t count, bool any_tenant)
{
    struct intake_receipt receipt = {0};
    intake_expect(&scene, &receipt);
    struct store_audit_entry audit = {.at = 7, .actor = str_from(replay_actor), .action = STR("dlq.replay")};
    ingest_replay(scene.ingest, &(struct ingest_replay){.letters = letters, .count = count, .now_ms = scene.now_ms, .any_tenant = any_tenant,
                                                        .audit = &audit}, intake_done, &receipt);
    ingest_check(scene.ingest);
    return receipt;
}

/* A person's edit: new bytes for a letter, with the padding that the decoder wants. */
static void edit(struct store_dead_letter *letter, struct str raw)
{
    char *bytes = arena_new_zeroed(&scene.arena, raw.length + JSON_READ_PADDING, 1);
    assert_non_null(bytes);
    memcpy(bytes, raw.at, raw.length);
    letter->raw = (struct str){bytes, raw.length};
}

static size_t audit_count_of(struct str action)
{
    struct store_audit_entry *entries;
    size_t count;
    bool more;
    struct error error;
    struct store_audit_filter filter = {.action = action};
    assert_int_equal(store_reader_audit(scene.reader, &filter, LIMIT_PAGE_ITEMS, &scene.arena, &entries, &count, &more, &error), STATUS_OK);
    assert_false(more);
    return count;
}

static size_t audit_count(void)
{
    return audit_count_of(STR_NONE);
}

static void a_replayed_letter_leaves_with_the_event_it_became(void **state)
{
    (void)state;
    (void)send_event(1, "");
    (void)send_text("{}\n[]\n{\"event_id\":\"x\"}");
    size_t count;
    struct store_dead_letter *letters = intake_letters(&scene, &count);
    assert_true(count >= 2);
    edit(&letters[0], intake_event(&scene, 2, ""));
    struct intake_receipt receipt = replay(letters, 1, false);
    assert_counts(&receipt, 1, 0, 0, 0);
    struct store_dead_letter letter;
    struct error error;
    assert_int_equal(store_reader_dead_letter(scene.reader, letters[0].id, &scene.arena, &letter, &error), STATUS_OK);
    assert_int_equal(letter.removal, STORE_REPLAYED);
    assert_int_equal(letter.became, 2);
    assert_int_equal(receipt.results[0].seq, 2);
    assert_int_equal(audit_count(), 1);
    size_t left;
    (void)intake_letters(&scene, &left);
    assert_int_equal(left, count - 1);
}

static void a_letter_that_fails_again_stays_with_the_new_reason(void **state)
{
    (void)state;
    (void)send_text("{\"event_id\":\"x\"}");
    size_t count;
    struct store_dead_letter *letters = intake_letters(&scene, &count);
    edit(&letters[0], intake_event(&scene, 1, ",\"timestamp\":\"yesterday\""));
    for (uint32_t attempts = 1; attempts <= 2; attempts++) {
        struct intake_receipt receipt = replay(letters, 1, false);
        assert_counts(&receipt, 0, 0, 0, 1);
        assert_int_equal(receipt.results[0].dead_letter, letters[0].id);
        struct store_dead_letter *after = intake_letters(&scene, &count);
        assert_int_equal(count, 1);
        assert_int_equal(after[0].attempts, attempts);
        assert_true(str_equal(after[0].reason, receipt.results[0].reason));
        assert_true(str_is(after[0].raw, "{\"event_id\":\"x\"}")); /* editing is another request */
        letters[0].attempts = after[0].attempts;
    }
}

static void a_replayed_duplicate_leaves_and_a_conflict_stays(void **state)
{
    (void)state;
    (void)send_event(1, "");
    (void)send_text("{}\n{\"a\":1}\n{\"b\":1}");
    size_t count;
    struct store_dead_letter *letters = intake_letters(&scene, &count);
    assert_int_equal(count, 3);
    edit(&letters[0], intake_event(&scene, 1, ""));
    edit(&letters[1], intake_event(&scene, 1, CONFLICTING));
    edit(&letters[2], intake_event(&scene, 2, ""));
    struct intake_receipt receipt = replay(letters, 3, false);
    assert_counts(&receipt, 1, 1, 1, 0);
    assert_int_equal(receipt.results[0].outcome, INGEST_DUPLICATE);
    assert_int_equal(receipt.results[1].outcome, INGEST_CONFLICT);
    assert_contains(receipt.results[1].reason, "event 1 of the log");
    int64_t conflicting = letters[1].id;
    letters = intake_letters(&scene, &count);
    assert_int_equal(count, 1);
    assert_int_equal(letters[0].id, conflicting);
    assert_contains(letters[0].reason, "event 1 of the log");
    assert_int_equal(letters[0].attempts, 1);
}

static void the_dry_run_says_what_the_replay_does_and_does_nothing(void **state)
{
    (void)state;
    (void)send_event(1, "");
    (void)send_text("{}\n{\"a\":1}\n{\"b\":1}\n{\"c\":1}\n{\"d\":1}\n{\"e\":1}");
    size_t count;
    struct store_dead_letter *letters = intake_letters(&scene, &count);
    assert_int_equal(count, 6);
    edit(&letters[0], intake_event(&scene, 1, ""));
    edit(&letters[1], intake_event(&scene, 1, CONFLICTING));
    edit(&letters[2], intake_event(&scene, 2, ""));
    edit(&letters[3], intake_event(&scene, 2, ""));          /* of the letter before */
    edit(&letters[4], intake_event(&scene, 2, CONFLICTING)); /* likewise */
    struct ingest_replay request = {.letters = letters, .count = count, .now_ms = scene.now_ms};
    struct ingest_result *previews;
    struct error error;
    assert_int_equal(ingest_replay_preview(scene.ingest, &request, &scene.arena, &previews, &error), STATUS_OK);
    assert_int_equal(intake_log_length(&scene), 1);
    size_t still;
    (void)intake_letters(&scene, &still);
    assert_int_equal(still, count);
    struct intake_receipt receipt = replay(letters, count, false);
    assert_counts(&receipt, 1, 2, 2, 1);
    size_t listed = 0;
    for (const struct ingest_result *preview = previews; preview != NULL; preview = preview->next, listed++) {
        assert_int_equal(preview->outcome, receipt.results[listed].outcome);
        assert_int_equal(preview->ordinal, listed);
        assert_int_equal(preview->dead_letter, letters[listed].id);
        assert_true(str_equal(preview->event_id, receipt.results[listed].event_id));
        if (preview->outcome == INGEST_REJECTED) {
            assert_true(str_equal(preview->reason, receipt.results[listed].reason));
        }
    }
    assert_int_equal(listed, count);
}

static void a_letter_that_is_gone_harms_only_who_named_it(void **state)
{
    (void)state;
    (void)send_text("{}");
    size_t count;
    struct store_dead_letter *letters = intake_letters(&scene, &count);
    edit(&letters[0], intake_event(&scene, 1, ""));
    struct store_dead_letter_removal discard = {.id = letters[0].id, .why = STORE_DISCARDED};
    struct intake_receipt first = {0}, second = {0}, sender = {0};
    scene.is_manual = true;
    intake_expect(&scene, &first);
    ingest_change(scene.ingest, &(struct ingest_change){.removals = &discard, .removal_count = 1}, intake_done, &first);
    intake_expect(&scene, &second);
    ingest_change(scene.ingest, &(struct ingest_change){.removals = &discard, .removal_count = 1}, intake_done, &second);
    intake_send(&scene, intake_event(&scene, 5, "").at, &sender);
    assert_int_equal(intake_commit(&scene), STATUS_OK);
    assert_int_equal(first.status, STATUS_OK);
    assert_int_equal(intake_commit(&scene), STATUS_ABSENT);
    assert_int_equal(second.status, STATUS_ABSENT);
    assert_int_equal(sender.status, STATUS_RETRY);
    struct ingest_health health;
    ingest_health(scene.ingest, &health);
    assert_int_equal(health.status, STATUS_OK);
    scene.is_manual = false;
    struct intake_receipt again = send_event(5, "");
    assert_counts(&again, 1, 0, 0, 0);
}

static void a_failed_replay_leaves_the_letters_where_they_are(void **state)
{
    (void)state;
    (void)send_text("{}\n{}");
    size_t count;
    struct store_dead_letter *letters = intake_letters(&scene, &count);
    assert_int_equal(count, 2);
    edit(&letters[0], intake_event(&scene, 1, ""));
    edit(&letters[1], intake_event(&scene, 2, ""));
    scene.refuse_with = STATUS_RETRY;
    struct intake_receipt receipt = replay(letters, 2, false);
    assert_int_equal(receipt.status, STATUS_RETRY);
    scene.refuse_with = STATUS_OK;
    (void)intake_letters(&scene, &count);
    assert_int_equal(count, 2);
    assert_int_equal(audit_count(), 0);
    receipt = replay(letters, 2, false);
    assert_counts(&receipt, 2, 0, 0, 0);
    (void)intake_letters(&scene, &count);
    assert_int_equal(count, 0);
}

static void a_letter_keeps_its_tenant_unless_the_replay_may_write_to_all(void **state)
{
    (void)state;
    (void)send_text("{}");
    size_t count;
    struct store_dead_letter *letters = intake_letters(&scene, &count);
    edit(&letters[0], intake_event(&scene, 1, ",\"tenant_id\":\"acme\""));
    struct intake_receipt receipt = replay(letters, 1, false);
    assert_counts(&receipt, 0, 0, 0, 1);
    assert_int_equal(receipt.results[0].category, EVENT_FAULT_CORRELATION_FAILED);
    receipt = replay(letters, 1, true);
    assert_counts(&receipt, 1, 0, 0, 0);
}

static void ten_thousand_letters_are_replayed_exactly_once(void **state)
{
    (void)state;
    size_t wanted = LIMIT_REPLAY_BATCH, count;
    scene.now_ms = INTAKE_NOW - 10 * LIMIT_FUTURE_MS; /* a clock that was wrong: all of them lie in the future */
    struct intake_receipt receipt = {0};
    intake_submit(&scene, (struct ingest_submission){0}, intake_events(&scene, 0, (unsigned)wanted, "\n"), &receipt);
    assert_counts(&receipt, 0, 0, 0, wanted);
    scene.now_ms = INTAKE_NOW;
    struct store_dead_letter *letters = intake_letters(&scene, &count);
    assert_int_equal(count, wanted);
    receipt = replay(letters, count, false);
    assert_counts(&receipt, wanted, 0, 0, 0);
    assert_int_equal(intake_log_length(&scene), wanted);
    (void)intake_letters(&scene, &count);
    assert_int_equal(count, 0);
    struct intake_receipt again = replay(letters, 1, false);
    assert_int_equal(again.status, STATUS_ABSENT);
    assert_int_equal(intake_log_length(&scene), wanted);
    intake_check_rebuild(&scene);
}

static void replays_that_fail_again_do_not_overfill_a_transaction(void **state)
{
    (void)state;
    size_t wanted = 6000, count;
    struct buffer body;
    buffer_init(&body, MIB);
    for (size_t i = 0; i < wanted; i++) {
        buffer_append_text(&body, "{}\n");
    }
    struct intake_receipt receipt = {0}, slow = {0}, receipts[3] = {{0}};
    intake_submit(&scene, (struct ingest_submission){0}, buffer_str(&body), &receipt);
    buffer_release(&body);
    struct store_dead_letter *letters = intake_letters(&scene, &count);
    assert_int_equal(count, wanted);
    scene.is_manual = true;
    intake_send(&scene, intake_event(&scene, 1, "").at, &slow);
    for (size_t i = 0; i < 3; i++) {
        intake_expect(&scene, &receipts[i]);
        ingest_replay(scene.ingest, &(struct ingest_replay){.letters = letters, .count = count, .now_ms = scene.now_ms}, intake_done, &receipts[i]);
    }
    intake_commit_all(&scene);
    for (size_t i = 0; i < 3; i++) {
        assert_counts(&receipts[i], 0, 0, 0, wanted);
    }
}

/* --- who sent what ------------------------------------------------------------------------------------------------------ */

static struct intake_attribution attribution;

static void send_as(const char *actor, const char *address, struct str body, struct intake_receipt *receipt)
{
    struct ingest_sender sender = {.actor = str_from(actor), .origin = STR("HTTP"), .address = str_from(address)};
    *receipt = (struct intake_receipt){0};
    intake_submit(&scene, (struct ingest_submission){.sender = &sender}, body, receipt);
}

static void assert_sent(uint64_t place, const char *actor)
{
    if (!str_is(attribution.actors[place], actor)) {
        fail_msg("place %llu was sent by \"%.*s\", not \"%s\"", (unsigned long long)place, STR_ARGS(attribution.actors[place]), actor);
    }
}

static void each_event_is_attributed_to_who_sent_it_and_to_whose_it_is(void **state)
{
    (void)state;
    struct intake_receipt receipt;
    send_as("ci", "192.0.2.1", intake_events(&scene, 1, 3, "\n"), &receipt);
    send_as("nightly", "192.0.2.1", intake_event(&scene, 9, ""), &receipt);
    send_as("ci", "192.0.2.2", intake_text(&scene, "%s\nnonsense\n%s", intake_event(&scene, 2, "").at, /* a duplicate is nobody's */
                                           intake_event(&scene, 10, ",\"tenant_id\":\"acme\"").at), &receipt);
    (void)send_event(11, ""); /* on record otherwise */
    send_as("ci", "192.0.2.1", intake_event(&scene, 12, ""), &receipt);
    intake_attribute(&scene, &attribution);
    assert_int_equal(attribution.entries, 0);
    assert_true(attribution.is_open);
    assert_int_equal(attribution.events, 6);
    assert_int_equal(attribution.rejected, 1);
    for (uint64_t place = 1; place <= 3; place++) {
        assert_sent(place, "ci");
    }
    assert_sent(4, "nightly");
    assert_sent(5, "ci");
    assert_true(str_is(attribution.tenants[5], "acme") && str_is(attribution.tenants[4], "default"));
    assert_true(str_is(attribution.origins[5], "HTTP 192.0.2.2") && str_is(attribution.origins[1], "HTTP 192.0.2.1"));
    assert_null(attribution.actors[6].at);
    assert_sent(7, "ci");
}

static void after_a_while_it_stands_in_the_audit_log_with_or_without_more_events(void **state)
{
    (void)state;
    struct intake_receipt receipt;
    for (unsigned round = 0; round < 3; round++) {
        send_as("ci", "192.0.2.1", intake_event(&scene, 10 * round + 1, ""), &receipt);
        send_as("nightly", "192.0.2.1", intake_event(&scene, 10 * round + 2, ""), &receipt);
        scene.now_ms += LIMIT_SENDERS_WINDOW_MS - 1000;
        ingest_settle(scene.ingest);
        intake_attribute(&scene, &attribution);
        assert_int_equal(attribution.entries, 2 * round);
        assert_true(attribution.is_open);
        scene.now_ms += 2000;
        if (round == 1) {
            intake_scene_restart(&scene); /* what was open goes on */
        }
        uint64_t commits = scene.commits;
        round == 2 ? send_as("ci", "192.0.2.1", intake_event(&scene, 99, ""), &receipt) : ingest_settle(scene.ingest);
        assert_int_equal(scene.commits, commits + 1);
        intake_attribute(&scene, &attribution);
        assert_int_equal(attribution.entries, 2 * round + 2);
        assert_false(attribution.is_open);
        assert_int_equal(attribution.events, intake_log_length(&scene));
        ingest_settle(scene.ingest);
        assert_int_equal(scene.commits, commits + 1); /* nothing is left to be done */
    }
    assert_sent(7, "ci");
}

static void a_batch_that_fails_is_attributed_to_nobody(void **state)
{
    (void)state;
    struct intake_receipt receipt, behind;
    send_as("ci", "192.0.2.1", intake_event(&scene, 1, ""), &receipt);
    scene.is_manual = true;
    send_as("lost", "192.0.2.1", intake_event(&scene, 2, ""), &receipt);
    send_as("behind", "192.0.2.1", intake_event(&scene, 3, ""), &behind);
    intake_refuse(&scene, STATUS_RETRY);
    assert_int_equal(receipt.status, STATUS_RETRY);
    assert_int_equal(behind.status, STATUS_RETRY);
    send_as("again", "192.0.2.1", intake_event(&scene, 2, ""), &receipt);
    intake_commit_all(&scene);
    intake_attribute(&scene, &attribution);
    assert_int_equal(attribution.events, 2);
    assert_sent(1, "ci");
    assert_sent(2, "again");
}

static void senders_that_alternate_or_are_many_fill_no_window_for_ever(void **state)
{
    (void)state;
    struct intake_receipt receipt;
    scene.is_manual = true;
    send_as("first", "192.0.2.1", intake_event(&scene, 0, ""), &receipt); /* the others gather behind it */
    static struct intake_receipt receipts[3000];
    for (unsigned i = 1; i < 3000; i++) {
        char actor[16];
        (void)snprintf(actor, sizeof actor, "s%u", i < 2000 ? i % 2 : i % 200);
        send_as(actor, "192.0.2.1", intake_event(&scene, i, ""), &receipts[i]);
        ingest_check(scene.ingest);
    }
    intake_commit_all(&scene);
    for (unsigned i = 1; i < 3000; i++) {
        assert_int_equal(receipts[i].status, STATUS_OK);
    }
    intake_attribute(&scene, &attribution);
    assert_int_equal(attribution.events, 3000);
    assert_in_range(attribution.entries, 30, 300);
    for (unsigned i = 1; i < 3000; i++) {
        char actor[16];
        (void)snprintf(actor, sizeof actor, "s%u", i < 2000 ? i % 2 : i % 200);
        assert_sent(receipts[i].results[0].seq, actor);
    }
}

static void a_window_that_can_not_be_read_does_not_stop_the_intake(void **state)
{
    (void)state;
    static const char *const windows[] = {"", "x", "[]", "{}", "{\"since\":1,\"until\":2,\"from\":1,\"senders\":[[]],\"runs\":[]}",
        "{\"since\":1,\"until\":2,\"from\":1,\"senders\":[[\"a\",\"b\",\"c\",0],[\"a\",\"b\",\"c\",0]],\"runs\":[]}",
        "{\"since\":1,\"until\":2,\"from\":1,\"senders\":[[\"a\",\"b\",\"c\",0]],\"runs\":[2,1]}",
        "{\"since\":1,\"until\":2,\"from\":1,\"senders\":[7],\"runs\":[1]}", "{\"since\":1,\"until\":2,\"from\":1,\"senders\":[],\"runs\":[0]}"};
    log_set_level((enum log_level)(LOG_ERROR + 1)); /* it says so each time */
    for (unsigned i = 0; i < sizeof windows / sizeof windows[0]; i++) {
        struct store_setting setting = {STR(INGEST_SENDERS_KEY), str_from(windows[i])};
        struct intake_receipt receipt = {0};
        intake_expect(&scene, &receipt);
        ingest_change(scene.ingest, &(struct ingest_change){.settings = &setting, .setting_count = 1}, intake_done, &receipt);
        intake_scene_restart(&scene);
        send_as("ci", "192.0.2.1", intake_event(&scene, i, ""), &receipt);
        assert_int_equal(receipt.status, STATUS_OK);
        intake_attribute(&scene, &attribution);
        assert_int_equal(attribution.events, 1);
        assert_sent(i + 1, "ci");
    }
    log_set_level(LOG_ERROR);
}

/* --- changes and audit ---------------------------------------------------------------------------------------------------- */

static void audit_entries_are_in_the_transaction_of_what_they_tell(void **state)
{
    (void)state;
    scene.is_manual = true;
    struct intake_receipt receipt = {0};
    char *actor = malloc(8);
    assert_non_null(actor);
    memcpy(actor, "someone", 8);
    struct store_audit_entry audit = {.at = 5, .actor = {actor, 7}, .action = STR("import"), .object = STR("file")};
    intake_submit(&scene, (struct ingest_submission){.audit = &audit}, intake_event(&scene, 1, ""), &receipt);
    free(actor); /* it was copied */
    assert_int_equal(scene.held->audit_count, 1);
    assert_int_equal(scene.held->event_count, 1);
    intake_commit_all(&scene);
    assert_int_equal(audit_count(), 1);
    audit.actor = STR("another");
    intake_submit(&scene, (struct ingest_submission){.audit = &audit}, intake_event(&scene, 2, ""), &receipt);
    intake_refuse(&scene, STATUS_RETRY);
    assert_int_equal(audit_count(), 1);
    struct store_audit_report report;
    struct error error;
    assert_int_equal(store_audit_verify(scene.reader, &report, &error), STATUS_OK);
    assert_int_equal(report.count, 1);
}

static void a_change_is_one_transaction(void **state)
{
    (void)state;
    (void)send_text("{}\n{}");
    size_t count;
    struct store_dead_letter *letters = intake_letters(&scene, &count);
    struct store_dead_letter_removal removals[] = {{.id = letters[0].id, .why = STORE_DISCARDED}, {.id = 999, .why = STORE_DISCARDED}};
    struct store_dead_letter_update update = {.id = letters[1].id, .reason = STR("again")};
    struct store_dead_letter edited = letters[1];
    struct ingest_result edited_result = {0};
    edited.replaces = letters[1].id;
    edited.raw = STR("{\"x\":1}");
    struct store_audit_entry audit = {.at = 5, .actor = STR("someone"), .action = STR("dlq.discard")};
    struct store_setting setting = {STR("key"), STR("value")};
    struct ingest_change change = {.removals = removals, .removal_count = 2, .updates = &update, .update_count = 1,
                                   .edited = &edited, .edited_result = &edited_result,
                                   .audit = &audit, .audit_count = 1, .settings = &setting, .setting_count = 1};
    struct intake_receipt receipt = {0};
    intake_expect(&scene, &receipt);
    ingest_change(scene.ingest, &change, intake_done, &receipt);
    assert_int_equal(receipt.status, STATUS_ABSENT);
    assert_int_equal(audit_count(), 0);
    change.removal_count = 1;
    intake_expect(&scene, &receipt);
    ingest_change(scene.ingest, &change, intake_done, &receipt);
    assert_int_equal(receipt.status, STATUS_OK);
    assert_int_equal(audit_count(), 1);
    letters = intake_letters(&scene, &count);
    assert_int_equal(count, 1);
    assert_true(str_is(letters[0].raw, "{\"x\":1}"));
    assert_int_equal(letters[0].replaces, update.id);
    assert_int_equal(letters[0].id, edited_result.dead_letter);
    ingest_check(scene.ingest);
    intake_expect(&scene, &receipt);
    ingest_change(scene.ingest, &(struct ingest_change){0}, intake_done, &receipt); /* nothing is nothing */
    assert_int_equal(receipt.status, STATUS_OK);
    change.removal_count = LIMIT_BATCH_EVENTS + 1; /* never looked at */
    intake_expect(&scene, &receipt);
    ingest_change(scene.ingest, &change, intake_done, &receipt);
    assert_int_equal(receipt.status, STATUS_INVALID);
    struct ingest_health health;
    ingest_health(scene.ingest, &health);
    assert_int_equal(health.status, STATUS_OK);
}

static void health_counts_what_became_of_everything(void **state)
{
    (void)state;
    (void)send_text(intake_events(&scene, 0, 10, "\n").at);
    (void)send_text(intake_events(&scene, 5, 10, "\n").at);
    (void)send_event(1, CONFLICTING);
    (void)send_text("{}");
    struct ingest_health health;
    ingest_health(scene.ingest, &health);
    assert_int_equal(health.outcomes[INGEST_ACCEPTED], 15);
    assert_int_equal(health.outcomes[INGEST_DUPLICATE], 5);
    assert_int_equal(health.outcomes[INGEST_CONFLICT], 1);
    assert_int_equal(health.outcomes[INGEST_REJECTED], 1);
    assert_int_equal(health.rejected_by_category[EVENT_FAULT_SCHEMA_VALIDATION], 1);
    assert_int_equal(health.by_stream[EVENT_STREAM_DDE], 15);
    assert_int_equal(health.submissions, 4);
    assert_true(health.batches == 3 || health.batches == 4);
}

/* --- every allocation fails once ------------------------------------------------------------------------------------------- */

/* A body with everything in it, then a replay and a change, one allocation of which fails. */
static void one_round(size_t round, bool *struck)
{
    unsigned base = (unsigned)round * 10;
    struct str text = intake_text(&scene, "%s\n%s\n%s\n{\"bad\":1}\n%s\n", intake_event(&scene, base + 1, "").at,
                                  intake_event(&scene, base + 2, ",\"metadata\":{\"depends_on\":[\"a\",\"b\"]},\"error_message\":\"x\"").at,
                                  intake_event(&scene, base + 1, "").at, intake_event(&scene, base + 2, CONFLICTING).at);
    struct store_audit_entry audit = {.at = 5, .actor = STR("someone"), .action = STR("import")}, change = audit;
    change.action = STR("change");
    size_t changes = audit_count_of(change.action);
    struct intake_receipt receipts[3] = {{0}};
    struct str body = round % 2 == 0 ? text : deflated(text, 15 + 16);
    struct store_dead_letter letter = {.id = 1, .tenant = STR("default")};
    edit(&letter, STR("{\"still\":\"bad\"}"));
    struct store_setting setting = {STR("key"), STR("value")};
    for (size_t i = 1; i < 3; i++) {
        intake_expect(&scene, &receipts[i]);
    }
    void *head = arena_new(&scene.arena, MIB); /* so that receipts need no memory of their own */
    assert_non_null(head);
    scene.arena.at = head;
    scene.arena.left = MIB;
    memory_fail_after((int64_t)(round % 10000 / 2));
    intake_submit(&scene, (struct ingest_submission){.audit = &audit, .content_encoding = round % 2 == 0 ? STR("") : STR("gzip")}, body,
                  &receipts[0]);
    ingest_replay(scene.ingest, &(struct ingest_replay){.letters = &letter, .count = 1, .now_ms = scene.now_ms}, intake_done, &receipts[1]);
    ingest_change(scene.ingest, &(struct ingest_change){.settings = &setting, .setting_count = 1, .audit = &change, .audit_count = 1},
                  intake_done, &receipts[2]);
    *struck = memory_injected();
    memory_fail_after(-1);
    ingest_check(scene.ingest);
    assert_true(ingest_is_idle(scene.ingest));
    int refused = 0;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(receipts[i].times, 1);
        refused += receipts[i].status == STATUS_RETRY || receipts[i].status == STATUS_FATAL;
    }
    assert_int_equal(audit_count_of(change.action), changes + (receipts[2].status == STATUS_OK));
    struct ingest_health health;
    ingest_health(scene.ingest, &health);
    if (health.status == STATUS_FATAL) {
        intake_scene_restart(&scene);
    } else if (!*struck) {
        assert_int_equal(refused, 0);
    }
    receipts[0].status = STATUS_FATAL;
    intake_submit(&scene, (struct ingest_submission){0}, text, &receipts[0]);
    assert_int_equal(receipts[0].status, STATUS_OK);
    assert_int_equal(receipts[0].counts[INGEST_CONFLICT], 1);
    for (unsigned i = 1; i <= 2; i++) {
        assert_int_equal(intake_logged(&scene, base + i), 1);
    }
}

static void every_allocation_may_fail_once(void **state)
{
    (void)state;
    size_t rounds[2];
    for (size_t mode = 0; mode < 2; mode++) { /* with room from earlier rounds; with none */
        (void)send_text("{}");
        size_t round = mode * 10000, missed = 0;
        rounds[mode] = 0;
        while (missed < 2) { /* plain and gzip each came to their end */
            if (mode == 1) {
                intake_scene_restart(&scene);
            }
            bool struck = false;
            one_round(round++, &struck);
            missed = struck ? 0 : missed + 1;
            rounds[mode]++;
        }
    }
    assert_true(rounds[0] > 10 && rounds[1] > 40);
    intake_check_rebuild(&scene);
}

/* The batch's arena ends anywhere within what one more event needs, and no new chunk is to be had. */
static void a_batch_never_outlives_what_it_points_to(void **state)
{
    (void)state;
    scene.is_manual = true;
    unsigned number = 10000; /* all texts are equally long */
    for (size_t left = 0; left <= 1600; left += 16) {
        for (int64_t countdown = 0; countdown < 10; countdown++, number += 4) {
            struct intake_receipt flying = {0}, ahead = {0}, squeezed = {0};
            intake_send(&scene, intake_event(&scene, number + 1, "").at, &flying);
            intake_send(&scene, intake_event(&scene, number + 2, "").at, &ahead);
            struct arena *arena = &scene.ingest->tail->arena;
            assert_true(scene.ingest->tail != scene.ingest->head && arena->left > left);
            assert_non_null(arena_new(arena, arena->left - left));
            struct str event = intake_event(&scene, number, "");
            memory_fail_after(countdown);
            intake_send(&scene, event.at, &squeezed);
            memory_fail_after(-1);
            intake_commit_all(&scene);
            assert_int_equal(flying.times + ahead.times + squeezed.times, 3);
            assert_int_equal(ahead.status, STATUS_OK);
            arena_clear(&scene.arena);
        }
    }
    intake_check_rebuild(&scene);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    log_set_level(LOG_ERROR + 1); /* refusals are what is tested */
    const struct CMUnitTest tests[] = {
        TEST(each_event_of_a_body_is_answered_in_its_order),
        TEST(duplicates_within_one_body_name_the_place_of_the_first),
        TEST(a_conflict_keeps_the_first),
        TEST(personal_data_is_tagged_in_the_log_and_changes_no_identity),
        TEST(an_event_logged_without_tags_is_no_conflict),
        TEST(the_same_key_in_another_tenant_is_another_event),
        TEST(duplicates_are_known_after_a_restart),
        TEST(a_rejected_event_is_kept_whole_with_category_and_reason),
        TEST(something_malformed_in_the_middle_costs_the_others_nothing),
        TEST(pretty_printed_events_one_after_the_other_are_read),
        TEST(a_body_without_an_event_is_refused_and_leaves_nothing),
        TEST(an_event_over_the_limit_is_kept_whole_and_the_next_one_taken),
        TEST(a_line_of_100_mb_is_cut_at_the_limit_and_says_so),
        TEST(a_body_that_was_cut_off_gives_what_was_whole),
        TEST(bodies_come_compressed),
        TEST(a_long_event_in_a_compressed_body_is_kept_as_it_is_in_a_plain_one),
        TEST(a_body_can_be_one_event_whatever_is_in_it),
        TEST(a_compressed_body_that_breaks_off_is_kept_whole_beside_what_came_of_it),
        TEST(a_gzip_bomb_stops_at_the_limit),
        TEST(an_encoding_nobody_knows_is_refused),
        TEST(bad_texts_become_dead_letters),
        TEST(a_timestamp_more_than_a_day_ahead_is_rejected),
        TEST(an_event_may_not_name_another_tenant_than_a_fixed_one),
        TEST(control_events_are_taken_from_this_system_only),
        TEST(a_body_larger_than_a_batch_is_taken_whole),
        TEST(nothing_is_visible_or_answered_before_its_commit),
        TEST(a_duplicate_of_a_pending_event_is_answered_when_that_is_durable),
        TEST(a_duplicate_across_bodies_of_one_batch_gets_the_place_of_the_first),
        TEST(a_failed_commit_shows_nothing_and_tells_everybody),
        TEST(a_fatal_store_refuses_from_then_on),
        TEST(a_failing_commit_in_the_middle_of_a_body_stops_it),
        TEST(what_became_durable_before_the_failure_is_a_duplicate_next_time),
        TEST(a_sender_may_submit_from_within_its_answer),
        TEST(too_much_pending_is_refused_until_it_is_written),
        TEST(duplicates_fill_no_memory_while_the_disk_is_slow),
        TEST(after_ingest_shut_only_what_is_in_flight_comes_back),
        TEST(facts_never_appear_at_a_moment_that_was_handed_out),
        TEST(a_batch_whose_commit_failed_could_still_turn_up_after_the_present),
        TEST(observed_at_does_not_go_back_with_the_clock),
        TEST(a_replayed_letter_leaves_with_the_event_it_became),
        TEST(a_letter_that_fails_again_stays_with_the_new_reason),
        TEST(a_replayed_duplicate_leaves_and_a_conflict_stays),
        TEST(the_dry_run_says_what_the_replay_does_and_does_nothing),
        TEST(a_letter_that_is_gone_harms_only_who_named_it),
        TEST(a_failed_replay_leaves_the_letters_where_they_are),
        TEST(a_letter_keeps_its_tenant_unless_the_replay_may_write_to_all),
        TEST(ten_thousand_letters_are_replayed_exactly_once),
        TEST(replays_that_fail_again_do_not_overfill_a_transaction),
        TEST(each_event_is_attributed_to_who_sent_it_and_to_whose_it_is),
        TEST(after_a_while_it_stands_in_the_audit_log_with_or_without_more_events),
        TEST(a_batch_that_fails_is_attributed_to_nobody),
        TEST(senders_that_alternate_or_are_many_fill_no_window_for_ever),
        TEST(a_window_that_can_not_be_read_does_not_stop_the_intake),
        TEST(audit_entries_are_in_the_transaction_of_what_they_tell),
        TEST(a_change_is_one_transaction),
        TEST(health_counts_what_became_of_everything),
        TEST(every_allocation_may_fail_once),
        TEST(a_batch_never_outlives_what_it_points_to),
    };
    return cmocka_run_group_tests_name("ingest", tests, NULL, NULL);
}
