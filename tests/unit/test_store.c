#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../sim/fault_vfs.h"
#include "../sim/store_session.h"
#include "store/store_schema.h"
#include "store/store_sql.h"

#define SEED 7

static char root[] = "/tmp/trimodal-store-XXXXXX";
static char directory[64];
static struct error error;
static struct arena arena;

static void must(enum status status)
{
    if (status != STATUS_OK) {
        fail_msg("%s: %s: %s", status_name(status), error.place, error.text);
    }
}

static struct store *open_store(void)
{
    struct store *store = NULL;
    must(store_open(&store, &(struct store_options){.directory = directory, .create = true, .without_sync = true}, &error));
    return store;
}

static struct store_reader *open_reader(const struct store *store)
{
    struct store_reader *reader = NULL;
    must(store_reader_open(&reader, store, &error));
    return reader;
}

static void sql(const char *statement)
{
    char path[128];
    sqlite3 *db = NULL;
    snprintf(path, sizeof(path), "%s/trimodal.db", directory);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, statement, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static int setup_all(void **state)
{
    (void)state;
    return mkdtemp(root) == NULL || fault_vfs_register() != SQLITE_OK ? -1 : 0;
}

static int teardown_all(void **state)
{
    (void)state;
    return rmdir(root);
}

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, 512 * MIB);
    snprintf(directory, sizeof(directory), "%s/data", root);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    char command[128];
    arena_release(&arena);
    snprintf(command, sizeof(command), "rm -rf '%s'/*", root);
    return system(command);
}

static struct store_event event_of(uint64_t seq, int64_t observed_at, struct str payload)
{
    return (struct store_event){.seq = seq, .observed_at = observed_at, .stream = 2, .type = 301, .tenant = STR("acme"), .payload = payload};
}

/* ---- events ---- */

static void a_committed_batch_is_there_whole_after_reopening(void **state)
{
    (void)state;
    struct store *store = open_store();
    for (uint64_t number = 1; number <= 20; number++) {
        must(session_commit(store, SEED, number, &error));
    }
    struct store_reader *reader = open_reader(store);
    must(session_verify(reader, SEED, 20, &error));
    store_reader_close(reader);
    store_close(store);
    store = open_store();
    assert_int_equal(store_last_seq(store), session_seq(SEED, 20));
    must(session_commit(store, SEED, 21, &error));
    reader = open_reader(store);
    must(session_verify(reader, SEED, 21, &error));
    store_reader_close(reader);
    store_close(store);
}

static void a_batch_whose_numbers_do_not_follow_is_refused_and_leaves_nothing(void **state)
{
    (void)state;
    struct store *store = open_store();
    struct store_event events[] = {event_of(1, 5, STR("{}")), event_of(3, 5, STR("{}"))};
    struct store_setting setting = {STR("a"), STR("b")};
    struct store_batch batch = {.events = events, .event_count = 2, .settings = &setting, .setting_count = 1};
    assert_int_equal(store_commit(store, &batch, &error), STATUS_INVALID);
    assert_string_equal(error.text, "the event after 1 must be 2 and is 3");
    assert_int_equal(store_last_seq(store), 0);
    struct store_reader *reader = open_reader(store);
    struct str value;
    assert_int_equal(store_reader_setting(reader, STR("a"), &arena, &value, &error), STATUS_ABSENT);
    events[1].seq = 2;
    must(store_commit(store, &batch, &error));
    assert_int_equal(store_last_seq(store), 2);
    store_reader_close(reader);
    store_close(store);
}

static void observed_at_never_goes_back(void **state)
{
    (void)state;
    struct store *store = open_store();
    struct store_event event = event_of(1, 1000, STR("{}"));
    must(store_commit(store, &(struct store_batch){.events = &event, .event_count = 1}, &error));
    event = event_of(2, 999, STR("{}"));
    assert_int_equal(store_commit(store, &(struct store_batch){.events = &event, .event_count = 1}, &error), STATUS_INVALID);
    assert_int_equal(store_last_observed_at(store), 1000);
    store_close(store);
}

static void an_empty_batch_does_nothing(void **state)
{
    (void)state;
    struct store *store = open_store();
    struct store_counters counters;
    must(store_commit(store, &(struct store_batch){0}, &error));
    store_counters(store, &counters);
    assert_int_equal(counters.commits, 0);
    store_close(store);
}

static void too_large_a_batch_or_payload_is_refused(void **state)
{
    (void)state;
    struct store *store = open_store();
    static struct store_event events[LIMIT_BATCH_EVENTS + 1];
    struct store_batch batch = {.events = events, .event_count = LIMIT_BATCH_EVENTS + 1};
    assert_int_equal(store_commit(store, &batch, &error), STATUS_INVALID);
    char *large = calloc(1, 2 * LIMIT_EVENT_BYTES + 1);
    events[0] = event_of(1, 1, (struct str){large, 2 * LIMIT_EVENT_BYTES + 1});
    batch.event_count = 1;
    assert_int_equal(store_commit(store, &batch, &error), STATUS_INVALID);
    events[0].payload.length--;
    must(store_commit(store, &batch, &error));
    free(large);
    store_close(store);
}

static void a_scan_gives_every_event_once_in_order_with_padding_behind_it(void **state)
{
    (void)state;
    struct store *store = open_store();
    static struct store_event events[10000];
    for (size_t i = 0; i < 10000; i++) {
        struct str payload;
        assert_true(arena_format(&arena, &payload, "{\"n\":%zu,\"filler\":\"%0*d\"}", i + 1, (int)(i % 700), 0));
        events[i] = event_of(i + 1, (int64_t)i, payload);
    }
    must(store_commit(store, &(struct store_batch){.events = events, .event_count = 10000}, &error));
    struct store_reader *reader = open_reader(store);
    const struct store_event *chunk;
    size_t count, total = 0, chunks = 0;
    do {
        must(store_reader_events(reader, total + 1, &chunk, &count, &error));
        for (size_t i = 0; i < count; i++, total++) {
            assert_int_equal(chunk[i].seq, total + 1);
            assert_int_equal(chunk[i].type, 301);
            assert_int_equal(chunk[i].stream, 2);
            assert_true(str_is(chunk[i].tenant, "acme"));
            assert_true(str_equal(chunk[i].payload, events[total].payload));
            char behind[64];
            memcpy(behind, chunk[i].payload.at + chunk[i].payload.length, sizeof(behind)); /* ASan looks */
        }
        chunks++;
    } while (count > 0);
    assert_int_equal(total, 10000);
    assert_true(chunks > 3);
    store_reader_close(reader);
    store_close(store);
}

static void one_event_is_found_by_its_place(void **state)
{
    (void)state;
    struct store *store = open_store();
    struct store_event events[] = {event_of(1, 5, STR("{\"a\":1}")), event_of(2, 6, STR("{\"a\":2}"))}, found;
    must(store_commit(store, &(struct store_batch){.events = events, .event_count = 2}, &error));
    struct store_reader *reader = open_reader(store);
    must(store_reader_event(reader, 2, &found, &error));
    assert_int_equal(found.observed_at, 6);
    assert_true(str_is(found.payload, "{\"a\":2}"));
    assert_int_equal(store_reader_event(reader, 3, &found, &error), STATUS_ABSENT);
    assert_int_equal(store_reader_event(reader, 0, &found, &error), STATUS_ABSENT);
    store_reader_close(reader);
    store_close(store);
}

static void a_gap_in_the_log_stops_a_scan_and_doctor_names_it(void **state)
{
    (void)state;
    struct store *store = open_store();
    struct store_event events[] = {event_of(1, 5, STR("{}")), event_of(2, 6, STR("{}")), event_of(3, 6, STR("{}"))};
    must(store_commit(store, &(struct store_batch){.events = events, .event_count = 3}, &error));
    store_close(store);
    sql("DELETE FROM event WHERE seq = 2");
    store = open_store();
    struct store_reader *reader = open_reader(store);
    const struct store_event *chunk;
    size_t count;
    assert_int_equal(store_reader_events(reader, 1, &chunk, &count, &error), STATUS_FATAL);
    assert_non_null(strstr(error.text, "event 2 is missing"));
    struct store_findings findings;
    must(store_check(&(struct store_options){.directory = directory}, &arena, &findings, &error));
    bool named = false;
    for (size_t i = 0; i < findings.count; i++) {
        named = named || (findings.items[i].severity == STORE_BROKEN && strstr(findings.items[i].symptom.at, "the log has gaps") != NULL);
    }
    assert_true(named);
    store_reader_close(reader);
    store_close(store);
}

static void the_payload_can_be_queried_with_plain_sql(void **state)
{
    (void)state;
    struct store *store = open_store();
    struct store_event event = event_of(1, 5, STR("{\"event_type\":\"TASK_STARTED\"}"));
    must(store_commit(store, &(struct store_batch){.events = &event, .event_count = 1}, &error));
    char path[128];
    sqlite3 *db = NULL;
    int64_t found = 0;
    snprintf(path, sizeof(path), "%s/trimodal.db", directory);
    must(store_sql_open(&db, path, NULL, STORE_ACCESS_READ, &error));
    must(store_sql_integer(db, "SELECT seq FROM event WHERE payload->>'event_type' = 'TASK_STARTED'", &found, &error));
    assert_int_equal(found, 1);
    store_sql_close(db);
    store_close(store);
}

/* ---- dead letters ---- */

static struct store_dead_letter letter_of(uint8_t category, int8_t stream, int64_t received_at, struct str tenant, struct str iteration)
{
    return (struct store_dead_letter){.received_at = received_at, .category = category, .stream = stream, .attempts = 1, .tenant = tenant,
                                      .iteration_id = iteration, .reason = STR("a reason"), .origin = STR("HTTP"),
                                      .content_type = STR("application/json"), .raw = STR("raw\0\xff bytes")};
}

static void a_dead_letter_keeps_its_bytes_whole(void **state)
{
    (void)state;
    struct store *store = open_store();
    struct store_dead_letter letters[] = {letter_of(0, 1, 10, STR("t"), STR("it")), letter_of(1, -1, 11, STR("t"), STR_NONE)}, found;
    char *large = malloc(LIMIT_DEAD_LETTER_BYTES);
    memset(large, 0xfe, LIMIT_DEAD_LETTER_BYTES);
    letters[1].raw = (struct str){large, LIMIT_DEAD_LETTER_BYTES};
    must(store_commit(store, &(struct store_batch){.dead_letters = letters, .dead_letter_count = 2}, &error));
    assert_int_equal(letters[0].id, 1);
    assert_int_equal(letters[1].id, 2);
    struct store_reader *reader = open_reader(store);
    must(store_reader_dead_letter(reader, 1, &arena, &found, &error));
    assert_int_equal(found.raw.length, 11);
    assert_memory_equal(found.raw.at, "raw\0\xff bytes", 11);
    assert_int_equal(found.stream, 1);
    assert_true(str_is(found.iteration_id, "it"));
    assert_null(found.place.at);
    must(store_reader_dead_letter(reader, 2, &arena, &found, &error));
    assert_int_equal(found.raw_bytes, LIMIT_DEAD_LETTER_BYTES);
    assert_memory_equal(found.raw.at, large, LIMIT_DEAD_LETTER_BYTES);
    assert_null(found.iteration_id.at);
    free(large);
    store_reader_close(reader);
    store_close(store);
}

static void a_replayed_dead_letter_leaves_with_the_event_it_became(void **state)
{
    (void)state;
    struct store *store = open_store();
    struct store_dead_letter letter = letter_of(0, 1, 10, STR("t"), STR("it")), found;
    must(store_commit(store, &(struct store_batch){.dead_letters = &letter, .dead_letter_count = 1}, &error));
    struct store_event wrong = event_of(5, 1, STR("{}")), right = event_of(1, 1, STR("{}"));
    struct store_dead_letter_removal removal = {1, STORE_REPLAYED, 77, 1};
    struct store_batch batch = {.events = &wrong, .event_count = 1, .removals = &removal, .removal_count = 1};
    struct store_reader *reader = open_reader(store);
    assert_int_equal(store_commit(store, &batch, &error), STATUS_INVALID);
    must(store_reader_dead_letter(reader, 1, &arena, &found, &error));
    assert_int_equal(found.removal, STORE_PENDING);
    batch.events = &right;
    must(store_commit(store, &batch, &error));
    must(store_reader_dead_letter(reader, 1, &arena, &found, &error));
    assert_int_equal(found.removal, STORE_REPLAYED);
    assert_int_equal(found.removed_at, 77);
    assert_int_equal(found.became, 1);
    assert_null(found.raw.at);
    assert_true(str_is(found.reason, "a reason"));
    store_reader_close(reader);
    store_close(store);
}

static void a_dead_letter_is_removed_once_and_its_id_is_never_given_again(void **state)
{
    (void)state;
    struct store *store = open_store();
    struct store_dead_letter letter = letter_of(0, 1, 10, STR("t"), STR("it"));
    struct store_dead_letter_removal removal = {1, STORE_DISCARDED, 77, 0};
    struct store_event event = event_of(1, 1, STR("{}"));
    must(store_commit(store, &(struct store_batch){.dead_letters = &letter, .dead_letter_count = 1}, &error));
    struct store_batch batch = {.removals = &removal, .removal_count = 1};
    must(store_commit(store, &batch, &error));
    batch.events = &event; /* and with the second removal the event fails too */
    batch.event_count = 1;
    assert_int_equal(store_commit(store, &batch, &error), STATUS_ABSENT);
    assert_int_equal(store_last_seq(store), 0);
    store_close(store);
    store = open_store();
    must(store_commit(store, &(struct store_batch){.dead_letters = &letter, .dead_letter_count = 1}, &error));
    assert_int_equal(letter.id, 2);
    store_close(store);
}

static void a_dead_letter_that_fails_again_keeps_its_bytes_and_a_removed_one_cannot_be_changed(void **state)
{
    (void)state;
    struct store *store = open_store();
    struct store_dead_letter letter = letter_of(0, 1, 10, STR("t"), STR("it")), found;
    struct store_dead_letter_update update = {.id = 1, .category = 3, .attempts = 2, .reason = STR("still wrong")};
    struct store_dead_letter_removal removal = {1, STORE_DISCARDED, 77, 0};
    must(store_commit(store, &(struct store_batch){.dead_letters = &letter, .dead_letter_count = 1}, &error));
    must(store_commit(store, &(struct store_batch){.updates = &update, .update_count = 1}, &error));
    update.attempts = 3;
    must(store_commit(store, &(struct store_batch){.updates = &update, .update_count = 1}, &error));
    struct store_reader *reader = open_reader(store);
    must(store_reader_dead_letter(reader, 1, &arena, &found, &error));
    assert_true(str_equal(found.raw, letter.raw));
    assert_int_equal(found.raw_bytes, letter.raw.length);
    assert_int_equal(found.attempts, 3);
    assert_int_equal(found.category, 3);
    must(store_commit(store, &(struct store_batch){.removals = &removal, .removal_count = 1}, &error));
    assert_int_equal(store_commit(store, &(struct store_batch){.updates = &update, .update_count = 1}, &error), STATUS_ABSENT);
    store_reader_close(reader);
    store_close(store);
}

/* 1 was edited twice: 1 → 2 → 3. */
static void an_edited_dead_letter_keeps_its_bytes_until_its_successor_leaves(void **state)
{
    (void)state;
    struct store *store = open_store();
    struct store_dead_letter letter = letter_of(0, 1, 10, STR("t"), STR("it")), found;
    struct str texts[] = {STR("first"), STR("second"), STR("third")};
    for (int64_t i = 0; i < 3; i++) {
        letter.raw = texts[i];
        letter.received_at = 10 + i;
        letter.replaces = i;
        must(store_commit(store, &(struct store_batch){.dead_letters = &letter, .dead_letter_count = 1}, &error));
        assert_int_equal(letter.id, i + 1);
    }
    letter.replaces = 2; /* which is not waiting any more */
    assert_int_equal(store_commit(store, &(struct store_batch){.dead_letters = &letter, .dead_letter_count = 1}, &error), STATUS_ABSENT);
    struct store_reader *reader = open_reader(store);
    for (int64_t i = 0; i < 3; i++) {
        must(store_reader_dead_letter(reader, i + 1, &arena, &found, &error));
        assert_true(str_equal(found.raw, texts[i]));
        assert_int_equal(found.raw_bytes, texts[i].length);
        assert_int_equal(found.removal, i < 2 ? STORE_EDITED : STORE_PENDING);
        assert_int_equal(found.became, i < 2 ? i + 2 : 0);
        assert_int_equal(found.replaces, i);
        assert_int_equal(found.removed_at, i < 2 ? 11 + i : 0);
    }
    struct store_dead_letter_removal removal = {2, STORE_DISCARDED, 77, 0};
    assert_int_equal(store_commit(store, &(struct store_batch){.removals = &removal, .removal_count = 1}, &error), STATUS_ABSENT);
    removal = (struct store_dead_letter_removal){3, STORE_REPLAYED, 77, 5};
    must(store_commit(store, &(struct store_batch){.removals = &removal, .removal_count = 1}, &error));
    for (int64_t i = 0; i < 3; i++) {
        must(store_reader_dead_letter(reader, i + 1, &arena, &found, &error));
        assert_null(found.raw.at);
        assert_int_equal(found.raw_bytes, 0);
        assert_int_equal(found.removal, i < 2 ? STORE_EDITED : STORE_REPLAYED);
    }
    store_reader_close(reader);
    store_close(store);
}

static size_t list(struct store_reader *reader, struct store_dead_letter_filter filter, size_t limit, struct store_dead_letter **letters,
                   bool *more)
{
    size_t count = 0;
    must(store_reader_dead_letters(reader, &filter, limit, &arena, letters, &count, more, &error));
    return count;
}

static void dead_letters_are_listed_by_filter_and_page(void **state)
{
    (void)state;
    struct store *store = open_store();
    static struct store_dead_letter letters[100];
    for (size_t i = 0; i < 100; i++) { /* ids 1..100 */
        letters[i] = letter_of((uint8_t)(i % 5), (int8_t)(i % 4) - 1, (int64_t)i, i % 2 == 0 ? STR("even") : STR("odd"),
                               i < 50 ? STR("it-1") : STR("it-2"));
    }
    must(store_commit(store, &(struct store_batch){.dead_letters = letters, .dead_letter_count = 100}, &error));
    struct store_dead_letter_removal removal = {10, STORE_DISCARDED, 5, 0};
    must(store_commit(store, &(struct store_batch){.removals = &removal, .removal_count = 1}, &error));
    struct store_reader *reader = open_reader(store);
    struct store_dead_letter *page;
    bool more;
    assert_int_equal(list(reader, (struct store_dead_letter_filter){STORE_ANY, STORE_ANY}, 0, &page, &more), 99);
    assert_false(more);
    assert_null(page[0].raw.at);
    assert_int_equal(page[0].raw_bytes, 11);
    assert_int_equal(list(reader, (struct store_dead_letter_filter){STORE_ANY, STORE_ANY, .removed = true}, 0, &page, &more), 100);
    assert_int_equal(list(reader, (struct store_dead_letter_filter){2, STORE_ANY}, 0, &page, &more), 20);
    assert_int_equal(list(reader, (struct store_dead_letter_filter){STORE_ANY, STORE_STREAM_UNKNOWN}, 0, &page, &more), 25);
    assert_int_equal(list(reader, (struct store_dead_letter_filter){STORE_ANY, STORE_ANY, .tenant = STR("odd")}, 0, &page, &more), 49);
    assert_int_equal(list(reader, (struct store_dead_letter_filter){STORE_ANY, STORE_ANY, .iteration_id = STR("it-2")}, 0, &page, &more), 50);
    assert_int_equal(list(reader, (struct store_dead_letter_filter){STORE_ANY, STORE_ANY, 20, 29}, 0, &page, &more), 10);
    assert_int_equal(list(reader, (struct store_dead_letter_filter){STORE_ANY, STORE_ANY, .newest_first = true}, 10, &page, &more), 10);
    assert_true(more);
    assert_int_equal(page[0].id, 100);
    struct store_dead_letter_filter next = {STORE_ANY, STORE_ANY, .newest_first = true, .after_id = page[9].id};
    assert_int_equal(list(reader, next, 90, &page, &more), 89);
    assert_int_equal(page[0].id, 90);
    assert_false(more);
    assert_int_equal(list(reader, (struct store_dead_letter_filter){STORE_ANY, STORE_ANY, .after_id = 99}, 1, &page, &more), 1);
    assert_int_equal(page[0].id, 100);
    assert_false(more);
    uint64_t counts[STORE_CATEGORY_COUNT];
    must(store_reader_dead_letter_counts(reader, STR_NONE, counts, &error));
    assert_int_equal(counts[0], 20);
    assert_int_equal(counts[4], 19); /* id 10 had category 4 */
    must(store_reader_dead_letter_counts(reader, STR("even"), counts, &error));
    assert_int_equal(counts[4], 10);
    store_reader_close(reader);
    store_close(store);
}

/* ---- audit and settings ---- */

static void write_audit(struct store *store, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct store_audit_entry entry = {.at = (int64_t)i, .actor = i % 2 == 0 ? STR("ann") : STR("bob"), .action = STR("link"),
                                          .tenant = STR("acme"), .object = STR("Task:a"), .after = STR("{\"a\":1}"), .origin = STR("CLI")};
        must(store_commit(store, &(struct store_batch){.audit = &entry, .audit_count = 1}, &error));
        assert_int_equal(entry.id, i + 1);
    }
}

static void the_audit_chain_holds_across_reopening(void **state)
{
    (void)state;
    struct store *store = open_store();
    write_audit(store, 3);
    store_close(store);
    store = open_store();
    struct store_audit_entry entries[2] = {{.actor = STR("ann"), .action = STR("a")}, {.actor = STR("ann"), .action = STR("b")}};
    must(store_commit(store, &(struct store_batch){.audit = entries, .audit_count = 2}, &error));
    assert_int_equal(entries[1].id, 5);
    struct store_reader *reader = open_reader(store);
    struct store_audit_report report;
    must(store_audit_verify(reader, &report, &error));
    assert_int_equal(report.count, 5);
    assert_int_equal(report.broken_id, 0);
    struct store_audit_entry *page;
    size_t count;
    bool more;
    must(store_reader_audit(reader, &(struct store_audit_filter){.actor = STR("bob")}, 0, &arena, &page, &count, &more, &error));
    assert_int_equal(count, 1);
    assert_int_equal(page[0].id, 2);
    assert_null(page[0].before.at);
    assert_true(str_is(page[0].after, "{\"a\":1}"));
    must(store_reader_audit(reader, &(struct store_audit_filter){.newest_first = true}, 2, &arena, &page, &count, &more, &error));
    assert_int_equal(page[0].id, 5);
    assert_true(more);
    assert_memory_equal(page[0].hash, report.head, 32);
    store_reader_close(reader);
    store_close(store);
}

static void check_broken_at(const char *tampering, int64_t id)
{
    struct store *store = open_store();
    write_audit(store, 5);
    store_close(store);
    sql(tampering);
    store = open_store();
    struct store_reader *reader = open_reader(store);
    struct store_audit_report report;
    must(store_audit_verify(reader, &report, &error));
    assert_int_equal(report.broken_id, id);
    assert_int_equal(report.count, id - 1);
    store_reader_close(reader);
    store_close(store);
    assert_int_equal(teardown(NULL), 0);
    arena_init(&arena, 512 * MIB);
}

static void a_changed_moved_or_deleted_audit_entry_is_found(void **state)
{
    (void)state;
    check_broken_at("UPDATE audit SET actor = 'eve' WHERE id = 3", 3);
    check_broken_at("UPDATE audit SET before = '' WHERE id = 3", 3); /* absent is not empty */
    check_broken_at("UPDATE audit SET object = 'Task:alink', action = '' WHERE id = 2", 2);
    check_broken_at("DELETE FROM audit WHERE id = 1", 1);
    check_broken_at("DELETE FROM audit WHERE id = 4", 4);
    check_broken_at("DELETE FROM audit WHERE id = 5", 5);
    check_broken_at("DELETE FROM audit", 1);
}

static void entries_written_after_the_end_was_cut_off_do_not_hide_that(void **state)
{
    (void)state;
    struct store *store = open_store();
    write_audit(store, 5);
    store_close(store);
    sql("DELETE FROM audit WHERE id > 3");
    store = open_store();
    struct store_audit_entry entry = {.actor = STR("eve"), .action = STR("a")};
    must(store_commit(store, &(struct store_batch){.audit = &entry, .audit_count = 1}, &error));
    assert_int_equal(entry.id, 6);
    struct store_reader *reader = open_reader(store);
    struct store_audit_report report;
    must(store_audit_verify(reader, &report, &error));
    assert_int_equal(report.broken_id, 4);
    store_reader_close(reader);
    store_close(store);
}

static void settings_are_set_replaced_listed_and_removed(void **state)
{
    (void)state;
    struct store *store = open_store();
    struct store_setting settings[] = {{STR("policy.a"), STR("1")}, {STR("policy.b"), STR("\0\xff")}, {STR("other"), STR("")},
                                       {STR("policy.a"), STR("2")}};
    must(store_commit(store, &(struct store_batch){.settings = settings, .setting_count = 4}, &error));
    struct store_reader *reader = open_reader(store);
    struct str value;
    struct store_setting *found;
    size_t count;
    must(store_reader_setting(reader, STR("policy.a"), &arena, &value, &error));
    assert_true(str_is(value, "2"));
    must(store_reader_setting(reader, STR("other"), &arena, &value, &error));
    assert_int_equal(value.length, 0);
    must(store_reader_settings(reader, STR("policy."), &arena, &found, &count, &error));
    assert_int_equal(count, 2);
    assert_true(str_equal(found[1].value, STR("\0\xff")));
    struct store_setting removed = {STR("policy.a"), STR_NONE};
    must(store_commit(store, &(struct store_batch){.settings = &removed, .setting_count = 1}, &error));
    assert_int_equal(store_reader_setting(reader, STR("policy.a"), &arena, &value, &error), STATUS_ABSENT);
    store_reader_close(reader);
    store_close(store);
}

/* ---- opening ---- */

static void a_missing_directory_is_absent_unless_it_may_be_made(void **state)
{
    (void)state;
    struct store *store = NULL;
    assert_int_equal(store_open(&store, &(struct store_options){.directory = directory}, &error), STATUS_ABSENT);
    assert_int_equal(store_open(&store, &(struct store_options){.directory = directory, .read_only = true}, &error), STATUS_ABSENT);
    assert_null(store);
    assert_int_not_equal(access(directory, F_OK), 0);
}

static void a_second_writer_is_told_who_holds_the_directory(void **state)
{
    (void)state;
    struct store *store = open_store(), *second = NULL;
    struct store_owner owner;
    char expected[128];
    assert_int_equal(store_open(&second, &(struct store_options){.directory = directory, .create = true}, &error), STATUS_RETRY);
    snprintf(expected, sizeof(expected), "in use by process %d; use --server URL or stop it", (int)getpid());
    assert_string_equal(error.text, expected);
    must(store_lock_note(store, "http://localhost:8000", &error));
    must(store_lock_owner(directory, &owner, &error));
    assert_int_equal(owner.process, getpid());
    assert_string_equal(owner.url, "http://localhost:8000");
    assert_int_equal(store_open(&second, &(struct store_options){.directory = directory, .create = true}, &error), STATUS_RETRY);
    assert_non_null(strstr(error.text, "use --server http://localhost:8000 or"));
    store_close(store);
    assert_int_equal(store_lock_owner(directory, &owner, &error), STATUS_ABSENT);
    store_close(open_store());
}

static void directories_above_are_made_too(void **state)
{
    (void)state;
    struct store *store = NULL;
    static const char *const below[] = {"/a/b/c", "/d//e/", "/a/b/c"};
    for (size_t i = 0; i < 3; i++) {
        char path[128];
        snprintf(path, sizeof(path), "%s%s", directory, below[i]);
        must(store_open(&store, &(struct store_options){.directory = path, .create = true}, &error));
        store_close(store);
        assert_int_equal(access(path, F_OK), 0);
    }
    char path[128];
    snprintf(path, sizeof(path), "%s/a/b/c/trimodal.db/x", directory);
    assert_int_equal(store_open(&store, &(struct store_options){.directory = path, .create = true}, &error), STATUS_RETRY);
    assert_non_null(strstr(error.text, "cannot be made"));
}

static void the_lock_of_a_dead_process_does_not_count(void **state)
{
    (void)state;
    struct store_owner owner;
    pid_t child = fork();
    if (child == 0) {
        struct store *store = NULL;
        struct store_event event = event_of(1, 1, STR("{}"));
        if (store_open(&store, &(struct store_options){.directory = directory, .create = true}, NULL) != STATUS_OK ||
            store_commit(store, &(struct store_batch){.events = &event, .event_count = 1}, NULL) != STATUS_OK) {
            _exit(1);
        }
        _exit(0); /* without closing */
    }
    int how;
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_int_equal(how, 0);
    assert_int_equal(store_lock_owner(directory, &owner, &error), STATUS_ABSENT);
    struct store *store = open_store();
    assert_int_equal(store_last_seq(store), 1);
    store_close(store);
}

static void a_read_only_store_works_beside_a_writer(void **state)
{
    (void)state;
    struct store *writer = open_store(), *store = NULL;
    must(session_commit(writer, SEED, 1, &error));
    must(store_open(&store, &(struct store_options){.directory = directory, .read_only = true}, &error));
    assert_int_equal(store_last_seq(store), session_seq(SEED, 1));
    struct store_reader *reader = open_reader(store);
    for (uint64_t number = 2; number < 30; number++) {
        must(session_commit(writer, SEED, number, &error));
        must(session_verify(reader, SEED, number, &error));
    }
    store_reader_close(reader);
    store_close(store);
    store_close(writer);
}

static void a_file_of_another_program_is_refused(void **state)
{
    (void)state;
    struct store *store = NULL;
    assert_int_equal(mkdir(directory, 0755), 0);
    sql("CREATE TABLE other(a)");
    assert_int_equal(store_open(&store, &(struct store_options){.directory = directory, .create = true}, &error), STATUS_FATAL);
    assert_non_null(strstr(error.text, "not made by trimodal"));
}

static void a_file_that_is_no_database_is_refused(void **state)
{
    (void)state;
    struct store *store = NULL;
    char path[128];
    assert_int_equal(mkdir(directory, 0755), 0);
    snprintf(path, sizeof(path), "%s/trimodal.db", directory);
    FILE *file = fopen(path, "w");
    for (int i = 0; i < 2000; i++) {
        fputs("nothing at all ", file);
    }
    fclose(file);
    assert_int_equal(store_open(&store, &(struct store_options){.directory = directory, .create = true}, &error), STATUS_FATAL);
    assert_non_null(strstr(error.text, "damaged"));
}

static void a_newer_file_is_refused_and_left_alone(void **state)
{
    (void)state;
    struct store *store = NULL;
    store_close(open_store());
    sql("PRAGMA user_version = 99");
    assert_int_equal(store_open(&store, &(struct store_options){.directory = directory, .create = true}, &error), STATUS_FATAL);
    assert_non_null(strstr(error.text, "has format 99"));
    assert_int_equal(store_open(&store, &(struct store_options){.directory = directory, .read_only = true}, &error), STATUS_FATAL);
}

static void an_older_file_is_brought_up_to_date_step_by_step_or_not_at_all(void **state)
{
    (void)state;
    const char *const steps[] = {store_schema_steps[0], store_schema_steps[1], store_schema_steps[2], "CREATE TABLE extra(a); INSERT INTO extra SELECT count(*) FROM setting",
                                 "CREATE TABLE third(a); SELECT no_such_function()"};
    char path[128];
    sqlite3 *db = NULL;
    int64_t number = 0;
    store_close(open_store());
    snprintf(path, sizeof(path), "%s/trimodal.db", directory);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(store_schema_migrate(db, steps, 5, &error), STATUS_FATAL); /* the last fails, the one before stays */
    must(store_sql_integer(db, "PRAGMA user_version", &number, &error));
    assert_int_equal(number, 4);
    must(store_sql_integer(db, "SELECT count(*) FROM sqlite_schema WHERE name = 'third'", &number, &error));
    assert_int_equal(number, 0);
    assert_int_equal(store_schema_check(db, &error), STATUS_FATAL); /* newer than this program */
    must(store_schema_migrate(db, steps, 4, &error));
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void a_file_of_version_1_keeps_its_dead_letters_and_they_can_be_edited(void **state)
{
    (void)state;
    char path[128];
    sqlite3 *db = NULL;
    struct store *store = NULL;
    struct store_dead_letter found, letter = letter_of(0, 1, 20, STR("t"), STR("it"));
    assert_int_equal(mkdir(directory, 0755), 0);
    snprintf(path, sizeof(path), "%s/trimodal.db", directory);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    must(store_schema_migrate(db, store_schema_steps, 1, &error));
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    sql("INSERT INTO event VALUES(1, 5, 0, 1, 't', '{}');"
        "INSERT INTO dead_letter(id, received_at, category, stream, attempts, tenant, reason, raw_bytes) VALUES(1, 5, 0, -1, 0, 't', 'bad', 3);"
        "INSERT INTO dead_letter_raw VALUES(1, x'616263')");
    assert_int_equal(store_open(&store, &(struct store_options){.directory = directory, .read_only = true}, &error), STATUS_RETRY);
    assert_non_null(strstr(error.text, "older format 1"));
    store = open_store();
    assert_int_equal(store_last_seq(store), 1);
    letter.replaces = 1;
    must(store_commit(store, &(struct store_batch){.dead_letters = &letter, .dead_letter_count = 1}, &error));
    struct store_reader *reader = open_reader(store);
    must(store_reader_dead_letter(reader, 1, &arena, &found, &error));
    assert_true(str_is(found.raw, "abc") && found.removal == STORE_EDITED && found.became == 2 && found.replaces == 0);
    store_reader_close(reader);
    store_close(store);
}

/* ---- one writer ---- */

static void readers_never_write_nor_checkpoint(void **state)
{
    (void)state;
    struct store *store = open_store();
    must(session_commit(store, SEED, 1, &error));
    struct store *beside = NULL;
    struct store_reader *reader = NULL;
    must(store_open(&beside, &(struct store_options){.directory = directory, .read_only = true, .vfs = FAULT_VFS}, &error));
    fault_vfs_plan(&(struct fault_plan){.operations = FAULT_WRITE | FAULT_TRUNCATE | FAULT_SYNC | FAULT_DELETE});
    must(store_reader_open(&reader, beside, &error));
    must(session_verify(reader, SEED, 1, &error));
    store_reader_close(reader);
    store_close(beside);
    assert_int_equal(fault_vfs_calls(), 0);
    store_close(store);
}

static void a_reader_that_closes_last_leaves_the_wal_alone(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) { /* dies with its commits in the -wal */
        struct store *store = NULL;
        enum status status = store_open(&store, &(struct store_options){.directory = directory, .create = true}, NULL);
        for (uint64_t number = 1; number <= 5 && status == STATUS_OK; number++) {
            status = session_commit(store, SEED, number, NULL);
        }
        _exit((int)status);
    }
    int how;
    char wal[128];
    struct stat before, after;
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_int_equal(how, 0);
    snprintf(wal, sizeof(wal), "%s/trimodal.db-wal", directory);
    assert_int_equal(stat(wal, &before), 0);
    struct store *store = NULL;
    must(store_open(&store, &(struct store_options){.directory = directory, .read_only = true}, &error));
    struct store_reader *reader = open_reader(store);
    must(session_verify(reader, SEED, 5, &error));
    store_reader_close(reader);
    store_close(store);
    assert_int_equal(stat(wal, &after), 0);
    assert_int_equal(before.st_size, after.st_size);
}

static void the_wal_stays_short_while_a_slow_reader_scans(void **state)
{
    (void)state;
    struct store *store = open_store();
    struct store_reader *reader = open_reader(store);
    struct store_counters counters;
    const struct store_event *chunk;
    size_t count;
    uint64_t seen = 0, pages_max = 0;
    for (uint64_t number = 1; number <= 400; number++) {
        must(session_commit(store, SEED, number, &error));
        must(store_reader_events(reader, seen + 1, &chunk, &count, &error)); /* holds the chunk, not the transaction */
        seen += count > 0 ? 1 : 0;
        store_counters(store, &counters);
        pages_max = counters.wal_pages > pages_max ? counters.wal_pages : pages_max;
    }
    assert_true(counters.checkpoints > 3);
    assert_true(pages_max < 600);
    store_idle(store);
    store_reader_close(reader);
    store_close(store);
}

struct scan {
    struct store *store;
    uint64_t goal;
};

static void *scan_until(void *context)
{
    const struct scan *scan = context;
    struct store_reader *reader = NULL;
    const struct store_event *chunk;
    size_t count;
    uint64_t seen = 0;
    if (store_reader_open(&reader, scan->store, NULL) != STATUS_OK) {
        return NULL;
    }
    while (seen < scan->goal && store_reader_events(reader, seen + 1, &chunk, &count, NULL) == STATUS_OK) {
        for (size_t i = 0; i < count && chunk[i].seq == seen + 1; i++) {
            seen++;
        }
    }
    store_reader_close(reader);
    return seen == scan->goal ? context : NULL;
}

static void readers_in_other_threads_see_every_event_while_it_is_written(void **state)
{
    (void)state;
    struct store *store = open_store();
    struct scan scan = {store, session_seq(SEED, 300)};
    pthread_t threads[3];
    for (int i = 0; i < 3; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, scan_until, &scan), 0);
    }
    for (uint64_t number = 1; number <= 300; number++) {
        must(session_commit(store, SEED, number, &error));
    }
    for (int i = 0; i < 3; i++) {
        void *result = NULL;
        assert_int_equal(pthread_join(threads[i], &result), 0);
        assert_ptr_equal(result, &scan);
    }
    store_close(store);
}

/* ---- backup and doctor ---- */

struct backup_progress {
    struct store *store;
    uint64_t number;
    int calls;
    bool stop;
};

/* Writes on while the backup runs. */
static bool on_progress(void *context, uint64_t copied, uint64_t total)
{
    struct backup_progress *progress = context;
    assert_true(copied <= total);
    progress->calls++;
    if (progress->calls <= 3) {
        must(session_commit(progress->store, SEED, ++progress->number, &error));
    }
    return !progress->stop;
}

static void a_backup_taken_while_writing_is_a_whole_store(void **state)
{
    (void)state;
    struct store *store = open_store();
    struct store_reader *reader = open_reader(store);
    struct backup_progress progress = {.store = store};
    char path[128], restored[128];
    while (progress.number < 200) {
        must(session_commit(store, SEED, ++progress.number, &error));
    }
    snprintf(restored, sizeof(restored), "%s/restored", root);
    assert_int_equal(mkdir(restored, 0755), 0);
    snprintf(path, sizeof(path), "%s/trimodal.db", restored);
    must(store_backup(reader, path, on_progress, &progress, &error));
    assert_true(progress.calls >= 1);
    assert_int_equal(store_backup(reader, path, NULL, NULL, &error), STATUS_INVALID);
    store_reader_close(reader);
    store_close(store);

    uint64_t number = 0;
    must(store_open(&store, &(struct store_options){.directory = restored, .without_sync = true}, &error));
    reader = open_reader(store);
    must(session_last(reader, &number, &error));
    assert_true(number > 0 && number <= progress.number);
    must(session_verify(reader, SEED, number, &error));
    must(session_commit(store, SEED, number + 1, &error));
    must(session_verify(reader, SEED, number + 1, &error));
    store_reader_close(reader);
    store_close(store);
}

static void a_large_backup_goes_by_chunks_and_can_be_stopped(void **state)
{
    (void)state;
    struct store *store = open_store();
    static struct store_event events[LIMIT_BATCH_EVENTS];
    for (int round = 0; round < 4; round++) {
        for (size_t i = 0; i < LIMIT_BATCH_EVENTS; i++) {
            events[i] = event_of(store_last_seq(store) + 1 + i, 1, STR("{\"a\":1}"));
        }
        must(store_commit(store, &(struct store_batch){.events = events, .event_count = LIMIT_BATCH_EVENTS}, &error));
    }
    struct store_reader *reader = open_reader(store);
    struct backup_progress progress = {.store = store, .calls = 3, .stop = true};
    char path[128];
    snprintf(path, sizeof(path), "%s/b ü?%%.db", root); /* a name that needs escaping where it is a URI */
    assert_int_equal(store_backup(reader, path, on_progress, &progress, &error), STATUS_RETRY);
    assert_int_not_equal(access(path, F_OK), 0);
    progress.stop = false;
    must(store_backup(reader, path, on_progress, &progress, &error));
    assert_true(progress.calls > 5);
    assert_int_equal(access(path, F_OK), 0);
    store_reader_close(reader);
    store_close(store);
}

static void doctor_finds_nothing_wrong_with_a_sound_store_and_something_with_a_damaged_one(void **state)
{
    (void)state;
    struct store_findings findings;
    struct store_options options = {.directory = directory};
    must(store_check(&options, &arena, &findings, &error));
    assert_true(findings.items[findings.count - 1].severity == STORE_BROKEN); /* nothing there */
    assert_non_null(findings.items[findings.count - 1].remedy.at);
    struct store *store = open_store();
    for (uint64_t number = 1; number <= 50; number++) {
        must(session_commit(store, SEED, number, &error));
    }
    must(store_check(&options, &arena, &findings, &error));
    for (size_t i = 0; i < findings.count; i++) {
        assert_true(findings.items[i].severity != STORE_BROKEN);
        assert_non_null(findings.items[i].symptom.at);
    }
    store_close(store);
    char path[128];
    snprintf(path, sizeof(path), "%s/trimodal.db", directory);
    FILE *file = fopen(path, "r+");
    for (long page = 3; page < 30; page++) {
        fseek(file, page * 8192, SEEK_SET);
        fputs("rubbish rubbish rubbish rubbish", file);
    }
    fclose(file);
    must(store_check(&options, &arena, &findings, &error));
    bool broken = false;
    for (size_t i = 0; i < findings.count; i++) {
        broken = broken || findings.items[i].severity == STORE_BROKEN;
    }
    assert_true(broken);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_committed_batch_is_there_whole_after_reopening),
        TEST(a_batch_whose_numbers_do_not_follow_is_refused_and_leaves_nothing),
        TEST(observed_at_never_goes_back),
        TEST(an_empty_batch_does_nothing),
        TEST(too_large_a_batch_or_payload_is_refused),
        TEST(a_scan_gives_every_event_once_in_order_with_padding_behind_it),
        TEST(one_event_is_found_by_its_place),
        TEST(a_gap_in_the_log_stops_a_scan_and_doctor_names_it),
        TEST(the_payload_can_be_queried_with_plain_sql),
        TEST(a_dead_letter_keeps_its_bytes_whole),
        TEST(a_replayed_dead_letter_leaves_with_the_event_it_became),
        TEST(a_dead_letter_is_removed_once_and_its_id_is_never_given_again),
        TEST(a_dead_letter_that_fails_again_keeps_its_bytes_and_a_removed_one_cannot_be_changed),
        TEST(an_edited_dead_letter_keeps_its_bytes_until_its_successor_leaves),
        TEST(dead_letters_are_listed_by_filter_and_page),
        TEST(the_audit_chain_holds_across_reopening),
        TEST(a_changed_moved_or_deleted_audit_entry_is_found),
        TEST(entries_written_after_the_end_was_cut_off_do_not_hide_that),
        TEST(settings_are_set_replaced_listed_and_removed),
        TEST(a_missing_directory_is_absent_unless_it_may_be_made),
        TEST(a_second_writer_is_told_who_holds_the_directory),
        TEST(directories_above_are_made_too),
        TEST(the_lock_of_a_dead_process_does_not_count),
        TEST(a_read_only_store_works_beside_a_writer),
        TEST(a_file_of_another_program_is_refused),
        TEST(a_file_that_is_no_database_is_refused),
        TEST(a_newer_file_is_refused_and_left_alone),
        TEST(an_older_file_is_brought_up_to_date_step_by_step_or_not_at_all),
        TEST(a_file_of_version_1_keeps_its_dead_letters_and_they_can_be_edited),
        TEST(readers_never_write_nor_checkpoint),
        TEST(a_reader_that_closes_last_leaves_the_wal_alone),
        TEST(the_wal_stays_short_while_a_slow_reader_scans),
        TEST(readers_in_other_threads_see_every_event_while_it_is_written),
        TEST(a_backup_taken_while_writing_is_a_whole_store),
        TEST(a_large_backup_goes_by_chunks_and_can_be_stopped),
        TEST(doctor_finds_nothing_wrong_with_a_sound_store_and_something_with_a_damaged_one),
    };
    return cmocka_run_group_tests_name("store", tests, setup_all, teardown_all);
}
