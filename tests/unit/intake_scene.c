#include "intake_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/json_read.h"
#include "base/limits.h"
#include "correlate/digest.h"
#include "ingest/ingest_private.h"
#include "ingest/rebuild.h"
#include "ingest/vault.h"

/* --- time and the disk ------------------------------------------------------------------------------------------------ */

static int64_t now_ms(void *context)
{
    return ((struct intake_scene *)context)->now_ms;
}

static uint64_t monotonic_ns(void *context)
{
    return ((struct intake_scene *)context)->monotonic_ns += 1000;
}

static void random_bytes(void *context, void *bytes, size_t length)
{
    (void)context;
    memset(bytes, 7, length);
}

static enum status write_batch(struct intake_scene *scene, struct store_batch *batch, struct error *error)
{
    return scene->refuse_with == STATUS_OK ? store_commit(scene->store, batch, error)
                                           : error_set(error, scene->refuse_with, "disk", "the test says no");
}

static void start(void *context, struct ingest *ingest, struct store_batch *batch)
{
    struct intake_scene *scene = context;
    scene->commits++;
    if (scene->is_manual) {
        assert_null(scene->held);
        scene->held = batch;
        return;
    }
    struct error error = {0};
    enum status status = write_batch(scene, batch, &error);
    ingest_committed(ingest, status, &error);
}

enum status intake_commit(struct intake_scene *scene)
{
    assert_non_null(scene->held);
    struct store_batch *batch = scene->held;
    struct error error = {0};
    enum status status = write_batch(scene, batch, &error);
    scene->held = NULL;
    ingest_committed(scene->ingest, status, &error);
    ingest_check(scene->ingest);
    return status;
}

void intake_refuse(struct intake_scene *scene, enum status status)
{
    scene->refuse_with = status;
    assert_int_equal(intake_commit(scene), status);
    scene->refuse_with = STATUS_OK;
}

void intake_commit_all(struct intake_scene *scene)
{
    while (scene->held != NULL) {
        assert_int_equal(intake_commit(scene), STATUS_OK);
    }
    assert_true(ingest_is_idle(scene->ingest));
}

static void applied(void *context, uint32_t first, uint32_t last)
{
    struct intake_scene *scene = context;
    assert_true(first < last && last == graph_fact_count(scene->graph));
    scene->facts_announced += last - first;
}

/* --- life -------------------------------------------------------------------------------------------------------------- */

void intake_scene_empty_directory(const struct intake_scene *scene)
{
    static const char *const names[] = {"trimodal.db", "trimodal.db-wal", "trimodal.db-shm", "lock", "master.key", "master.key.new"};
    char path[160];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", scene->directory, names[i]);
        (void)unlink(path);
    }
}

enum status intake_scene_open(struct intake_scene *scene, struct error *error)
{
    assert_null(scene->store);
    enum status status = store_open(&scene->store, &(struct store_options){.directory = scene->directory, .create = true,
                                                                           .without_sync = scene->vfs == NULL, .vfs = scene->vfs}, error);
    if (status == STATUS_OK) {
        status = store_reader_open(&scene->reader, scene->store, error);
    }
    if (status == STATUS_OK && scene->seals) {
        status = vault_open(&scene->seal, &(struct vault_options){.directory = scene->directory, .clock = &clock_system}, scene->reader, error);
    }
    if (status == STATUS_OK) {
        status = graph_new(&scene->graph, error);
    }
    if (status == STATUS_OK) {
        status = rebuild_graph(scene->graph, scene->reader, scene->seal, NULL, NULL, error);
    }
    if (status == STATUS_OK) {
        status = ingest_new(&scene->ingest, &(struct ingest_options){.graph = scene->graph, .seal = scene->seal, .clock = &scene->clock,
            .committer = {scene, start}, .hooks = {scene, applied}, .last_seq = store_last_seq(scene->store),
            .last_observed_at = store_last_observed_at(scene->store), .reader = scene->reader}, error);
    }
    if (status != STATUS_OK) {
        intake_scene_close(scene);
    }
    return status;
}

void intake_scene_close(struct intake_scene *scene)
{
    ingest_free(scene->ingest);
    graph_free(scene->graph);
    seal_ring_free(scene->seal);
    store_reader_close(scene->reader);
    store_close(scene->store);
    scene->ingest = NULL;
    scene->graph = NULL;
    scene->seal = NULL;
    scene->reader = NULL;
    scene->store = NULL;
    scene->held = NULL;
}

void intake_scene_must_open(struct intake_scene *scene)
{
    struct error error;
    if (intake_scene_open(scene, &error) != STATUS_OK) {
        fail_msg("%s: %s", error.place, error.text);
    }
}

void intake_scene_restart(struct intake_scene *scene)
{
    intake_scene_close(scene);
    intake_scene_must_open(scene);
}

void intake_scene_prepare(struct intake_scene *scene)
{
    const char *vfs = scene->vfs;
    bool seals = scene->seals;
    *scene = (struct intake_scene){.now_ms = INTAKE_NOW, .vfs = vfs, .seals = seals};
    scene->clock = (struct clock){scene, now_ms, monotonic_ns, random_bytes};
    arena_init(&scene->arena, 2 * GIB);
    const char *parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(scene->directory, sizeof scene->directory, "%s/trimodal-intake-XXXXXX", parent);
    assert_non_null(mkdtemp(scene->directory));
}

void intake_scene_init(struct intake_scene *scene)
{
    intake_scene_prepare(scene);
    intake_scene_must_open(scene);
}

void intake_scene_release(struct intake_scene *scene)
{
    if (scene->store != NULL) {
        intake_scene_close(scene);
    }
    intake_scene_empty_directory(scene);
    (void)rmdir(scene->directory);
    arena_release(&scene->arena);
}

/* --- senders ----------------------------------------------------------------------------------------------------------- */

static struct str keep(struct intake_scene *scene, struct str text)
{
    struct str copy;
    assert_true(arena_copy(&scene->arena, text, &copy));
    return copy;
}

void intake_done(void *context, const struct ingest_answer *answer)
{
    struct intake_receipt *receipt = context;
    struct intake_scene *scene = receipt->scene;
    receipt->times++;
    assert_int_equal(receipt->times, 1);
    receipt->status = answer->status;
    receipt->error = answer->error;
    receipt->position = answer->position;
    memcpy(receipt->counts, answer->counts, sizeof receipt->counts);
    size_t count = 0;
    for (const struct ingest_result *result = answer->results; result != NULL; result = result->next) {
        count++;
    }
    receipt->count = count;
    receipt->results = arena_new(&scene->arena, count * sizeof *receipt->results);
    assert_non_null(receipt->results);
    const struct ingest_result *result = answer->results;
    for (size_t i = 0; i < count; i++, result = result->next) {
        receipt->results[i] = *result;
        receipt->results[i].event_id = keep(scene, result->event_id);
        receipt->results[i].place = keep(scene, result->place);
        receipt->results[i].reason = keep(scene, result->reason);
    }
    if (receipt->then != NULL) {
        receipt->then(receipt);
    }
}

void intake_expect(struct intake_scene *scene, struct intake_receipt *receipt)
{
    receipt->times = 0;
    receipt->scene = scene;
}

void intake_submit(struct intake_scene *scene, struct ingest_submission submission, struct str body,
                   struct intake_receipt *receipt)
{
    char *bytes = calloc(1, body.length + JSON_READ_PADDING);
    assert_non_null(bytes);
    memcpy(bytes, body.at, body.length);
    submission.body = (struct str){bytes, body.length};
    if (submission.origin.at == NULL) {
        submission.origin = STR("test");
    }
    intake_expect(scene, receipt);
    ingest_submit(scene->ingest, &submission, intake_done, receipt);
    free(bytes);
    ingest_check(scene->ingest);
}

void intake_send(struct intake_scene *scene, const char *body, struct intake_receipt *receipt)
{
    intake_submit(scene, (struct ingest_submission){.content_type = STR("application/json")}, str_from(body), receipt);
}

struct str intake_text(struct intake_scene *scene, const char *format, ...)
{
    char text[2048];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    assert_true(length >= 0 && (size_t)length < sizeof text);
    return keep(scene, (struct str){text, (size_t)length});
}

static int print_event(char *text, size_t size, unsigned number, const char *more)
{
    static const char *const types[] = {"TASK_CREATED", "TASK_STARTED", "TASK_COMPLETED", "TASK_FAILED"};
    return snprintf(text, size,
                    "{\"event_id\":\"01890000-0000-7000-8000-%012u\",\"timestamp\":%lld,\"iteration_id\":\"it%u\","
                    "\"event_type\":\"%s\",\"node_id\":\"n%u\"%s}",
                    number, (long long)(INTAKE_NOW - 86400000 + number * 1000), number % 3, types[number % 4], number, more);
}

struct str intake_event(struct intake_scene *scene, unsigned number, const char *more)
{
    char text[2048];
    int length = print_event(text, sizeof text, number, more);
    assert_true(length > 0 && (size_t)length < sizeof text);
    return keep(scene, (struct str){text, (size_t)length});
}

struct str intake_events(struct intake_scene *scene, unsigned first, unsigned count, const char *separator)
{
    struct buffer body;
    buffer_init(&body, 256 * MIB);
    for (unsigned i = 0; i < count; i++) {
        char text[512];
        (void)print_event(text, sizeof text, first + i, "");
        buffer_append_text(&body, i == 0 ? "" : separator);
        buffer_append_text(&body, text);
    }
    assert_false(buffer_failed(&body));
    struct str copy = keep(scene, buffer_str(&body));
    buffer_release(&body);
    return copy;
}

/* --- what there is ------------------------------------------------------------------------------------------------------ */

struct store_dead_letter *intake_letters(struct intake_scene *scene, size_t *count)
{
    struct store_dead_letter *all = arena_new(&scene->arena, INTAKE_RESULTS_MAX * sizeof *all);
    struct store_dead_letter_filter filter = {.category = STORE_ANY, .stream = STORE_ANY};
    struct error error;
    bool more = true;
    assert_non_null(all);
    *count = 0;
    while (more) {
        struct store_dead_letter *page;
        size_t length;
        assert_int_equal(store_reader_dead_letters(scene->reader, &filter, LIMIT_PAGE_ITEMS, &scene->arena, &page, &length, &more,
                                                   &error), STATUS_OK);
        for (size_t i = 0; i < length; i++) {
            assert_true(*count < INTAKE_RESULTS_MAX);
            assert_int_equal(store_reader_dead_letter(scene->reader, page[i].id, &scene->arena, &all[*count], &error), STATUS_OK);
            filter.after_id = all[(*count)++].id;
        }
    }
    return all;
}

size_t intake_logged(struct intake_scene *scene, unsigned number)
{
    char node[64];
    struct error error;
    const struct store_event *events;
    size_t count, found = 0;
    snprintf(node, sizeof node, "\"node_id\":\"n%u\"", number);
    for (uint64_t next = 1;; next = events[count - 1].seq + 1) {
        assert_int_equal(store_reader_events(scene->reader, next, &events, &count, &error), STATUS_OK);
        if (count == 0) {
            return found;
        }
        for (size_t i = 0; i < count; i++) {
            found += str_find_str(events[i].payload, str_from(node), 0) < events[i].payload.length;
        }
    }
}

uint64_t intake_log_length(struct intake_scene *scene)
{
    uint64_t seq;
    int64_t observed_at;
    struct error error;
    assert_int_equal(store_reader_last(scene->reader, &seq, &observed_at, &error), STATUS_OK);
    return seq;
}

void intake_check_rebuild(struct intake_scene *scene)
{
    struct graph *again;
    struct digest live, rebuilt;
    struct error error;
    struct correlate_config config = correlate_config_default();
    assert_int_equal(graph_new(&again, &error), STATUS_OK);
    assert_int_equal(rebuild_graph(again, scene->reader, scene->seal, NULL, NULL, &error), STATUS_OK);
    graph_check(again);
    graph_check(scene->graph);
    assert_int_equal(digest_of(scene->graph, &config, &live, &error), STATUS_OK);
    assert_int_equal(digest_of(again, &config, &rebuilt, &error), STATUS_OK);
    assert_memory_equal(&live, &rebuilt, sizeof live);
    graph_free(again);
}

/* --- who sent what -------------------------------------------------------------------------------------------------------- */

static void attribute(struct intake_attribution *found, uint64_t first, uint64_t last, struct str actor, struct str tenant, struct str origin)
{
    assert_true(first > 0 && first <= last && last < INTAKE_PLACES_MAX);
    for (uint64_t place = first; place <= last; place++) {
        if (found->actors[place].at != NULL) {
            fail_msg("place %llu is attributed twice", (unsigned long long)place);
        }
        found->actors[place] = actor;
        found->tenants[place] = tenant;
        found->origins[place] = origin;
        found->events++;
    }
}

static struct json parsed(struct intake_scene *scene, struct json_parser *parser, struct str text)
{
    struct json root;
    struct error error;
    char *padded = arena_new_zeroed(&scene->arena, text.length + JSON_READ_PADDING, 1);
    assert_non_null(padded);
    memcpy(padded, text.at, text.length);
    assert_int_equal(json_parse(parser, (struct str){padded, text.length}, &root, &error), STATUS_OK);
    return root;
}

static int64_t number_at(struct json_iterator *at)
{
    assert_true(json_next(at));
    return json_i64(at->value);
}

static struct str kept_text(struct intake_scene *scene, struct json_iterator *at)
{
    struct str copy;
    assert_true(json_next(at) && arena_copy(&scene->arena, json_string(at->value), &copy));
    return copy;
}

static void attribute_open(struct intake_scene *scene, struct json_parser *parser, struct str window, struct intake_attribution *found)
{
    struct json root = parsed(scene, parser, window), value;
    struct str actors[256], tenants[256], origins[256];
    size_t count = 0;
    assert_true(json_member(root, "senders", &value));
    for (struct json_iterator i = json_begin(value); json_next(&i); count++) {
        struct json_iterator of = json_begin(i.value);
        assert_true(count < 256);
        actors[count] = kept_text(scene, &of);
        tenants[count] = kept_text(scene, &of);
        origins[count] = kept_text(scene, &of);
        found->rejected += (uint64_t)number_at(&of);
    }
    assert_true(json_member(root, "from", &value));
    uint64_t place = (uint64_t)json_i64(value);
    assert_true(json_member(root, "runs", &value));
    for (struct json_iterator i = json_begin(value); json_next(&i);) {
        size_t sender = (size_t)json_i64(i.value);
        uint64_t length = (uint64_t)number_at(&i);
        if (sender > 0) {
            attribute(found, place, place + length - 1, actors[sender - 1], tenants[sender - 1], origins[sender - 1]);
        }
        place += length;
    }
    found->is_open = true;
}

static void attribute_entry(struct intake_scene *scene, struct json_parser *parser, const struct store_audit_entry *entry,
                            struct intake_attribution *found)
{
    struct json root = parsed(scene, parser, entry->after), value;
    uint64_t before = found->events;
    assert_true(json_member(root, "positions", &value));
    for (struct json_iterator i = json_begin(value); json_next(&i);) {
        struct json_iterator of = json_begin(i.value);
        uint64_t first = (uint64_t)number_at(&of), last = (uint64_t)number_at(&of);
        attribute(found, first, last, entry->actor, entry->tenant, entry->origin);
    }
    assert_true(json_member(root, "events", &value));
    assert_int_equal(json_i64(value), found->events - before);
    assert_true(json_member(root, "rejected", &value));
    found->rejected += (uint64_t)json_i64(value);
    found->entries++;
}

void intake_attribute(struct intake_scene *scene, struct intake_attribution *found)
{
    struct store_audit_filter filter = {.action = STR("events.send")};
    struct store_audit_report report;
    struct json_parser *parser = json_parser_new();
    struct error error;
    bool more = true;
    memset(found, 0, sizeof *found);
    while (more) {
        struct store_audit_entry *entries;
        size_t count;
        assert_int_equal(store_reader_audit(scene->reader, &filter, LIMIT_PAGE_ITEMS, &scene->arena, &entries, &count, &more, &error),
                         STATUS_OK);
        for (size_t i = 0; i < count; i++) {
            attribute_entry(scene, parser, &entries[i], found);
            filter.after_id = entries[i].id;
        }
    }
    struct str window;
    enum status status = store_reader_setting(scene->reader, STR(INGEST_SENDERS_KEY), &scene->arena, &window, &error);
    if (status == STATUS_OK) {
        attribute_open(scene, parser, window, found);
    } else {
        assert_int_equal(status, STATUS_ABSENT);
    }
    json_parser_free(parser);
    assert_int_equal(store_audit_verify(scene->reader, &report, &error), STATUS_OK);
    assert_int_equal(report.broken_id, 0);
}
