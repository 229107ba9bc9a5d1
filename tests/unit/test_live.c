/* Live updates with a host whose time stands still until the test moves it.
 *
 * The central property: whatever comes, whenever readers come, go, read too slowly or come back, what a reader puts together
 * from its updates is the view of now. Readers hold text by key; a format writes lines of "key\tvalue", "key" alone for what
 * has gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "live/live.h"
#include "scene.h"

#define T0 INT64_C(1790000000000)
#define MS UINT64_C(1000000)

static struct scene scene;
static struct live *live;
static struct policy policy;
static int64_t now_ms;
static uint64_t wake_at_ms; /* UINT64_MAX: no turn is asked for */
static uint64_t ticks_ms;   /* monotonic */
static uint64_t pushes;
static size_t formatted;    /* calls that had something to say */
static uint64_t view_ms;    /* what opening a view takes */
static bool is_too_large;   /* views can't be shown */

/* ---- the host ---- */

static int64_t clock_now(void *context)
{
    (void)context;
    return now_ms;
}

static uint64_t clock_ticks(void *context)
{
    (void)context;
    return ticks_ms * MS;
}

static void clock_random(void *context, void *bytes, size_t length)
{
    (void)context;
    memset(bytes, 7, length);
}

static const struct clock test_clock = {NULL, clock_now, clock_ticks, clock_random};

static enum status view_of(void *context, struct str tenant_id, struct str iteration_id, int64_t valid_at,
                           uint32_t known_facts, struct arena *arena, struct graph_view **view, struct error *error)
{
    (void)context;
    struct correlate_config config = correlate_config_default();
    ticks_ms += view_ms;
    if (is_too_large) {
        return error_set(error, STATUS_INVALID, "iteration", "it is too large");
    }
    enum status status =
        graph_view_open_known(scene.graph, tenant_id, iteration_id, valid_at, known_facts, arena, view, error);
    return status != STATUS_OK ? status : correlate_view(*view, &config, error);
}

static enum status verdict_of(void *context, const struct graph_view *view, struct arena *arena, struct verdict *verdict,
                              struct error *error)
{
    (void)context;
    return verdict_read_summary(view, &policy, arena, verdict, error);
}

static void wake(void *context, uint64_t delay_ms)
{
    (void)context;
    if (ticks_ms + delay_ms < wake_at_ms) {
        wake_at_ms = ticks_ms + delay_ms;
    }
}

static void pushed(void *context, uint64_t duration_ns)
{
    (void)context;
    (void)duration_ns;
    pushes++;
}

static void begin(size_t kept_bytes_max)
{
    struct error error;
    now_ms = T0;
    ticks_ms = 1000;
    wake_at_ms = UINT64_MAX;
    pushes = formatted = 0;
    view_ms = 0;
    is_too_large = false;
    scene_init(&scene);
    assert_int_equal(policy_default(&policy, &error), STATUS_OK);
    assert_int_equal(live_new(&live, &(struct live_options){
        .graph = scene.graph, .clock = &test_clock, .kept_bytes_max = kept_bytes_max,
        .host = {NULL, view_of, verdict_of, wake, pushed}}, &error), STATUS_OK);
}

static void end(void)
{
    live_free(live);
    scene_release(&scene);
}

/* The turns that are due now. */
static void turns(void)
{
    for (int i = 0; wake_at_ms <= ticks_ms; i++) {
        assert_true(i < 10000);
        wake_at_ms = UINT64_MAX;
        live_turn(live);
    }
}

static void pass(uint64_t ms)
{
    uint64_t until = ticks_ms + ms;
    turns();
    while (wake_at_ms <= until) {
        now_ms += (int64_t)(wake_at_ms - ticks_ms);
        ticks_ms = wake_at_ms;
        turns();
    }
    now_ms += (int64_t)(until - ticks_ms);
    ticks_ms = until;
}

static void tell(int64_t valid_from, const char *type, const char *fields)
{
    uint32_t first = graph_fact_count(scene.graph);
    (void)scene_tell(&scene, valid_from, now_ms, type, fields);
    live_applied(live, first, graph_fact_count(scene.graph));
}

/* ---- pictures: sorted lines of key and value ---- */

#define PICTURE_MAX 4096

struct picture {
    struct {
        char *key, *value;
    } items[PICTURE_MAX];
    size_t count;
};

static void picture_clear(struct picture *picture)
{
    for (size_t i = 0; i < picture->count; i++) {
        free(picture->items[i].key);
        free(picture->items[i].value);
    }
    picture->count = 0;
}

static size_t place_of_key(const struct picture *picture, const char *key)
{
    size_t low = 0, high = picture->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (strcmp(picture->items[middle].key, key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void picture_set(struct picture *picture, const char *key, const char *value)
{
    size_t at = place_of_key(picture, key);
    bool found = at < picture->count && strcmp(picture->items[at].key, key) == 0;
    if (found) {
        free(picture->items[at].key);
        free(picture->items[at].value);
    }
    if (value == NULL) {
        if (found) {
            picture->count--;
            memmove(&picture->items[at], &picture->items[at + 1], (picture->count - at) * sizeof picture->items[0]);
        }
        return;
    }
    if (!found) {
        assert_true(picture->count < PICTURE_MAX);
        memmove(&picture->items[at + 1], &picture->items[at], (picture->count - at) * sizeof picture->items[0]);
        picture->count++;
    }
    picture->items[at].key = strdup(key);
    picture->items[at].value = strdup(value);
}

/* Lines of "key\tvalue\n". */
static void picture_read(struct picture *picture, struct str lines)
{
    struct str line;
    while (str_split_next(&lines, '\n', &line)) {
        char *copy = strndup(line.at, line.length);
        char *tab = strchr(copy, '\t');
        if (tab != NULL) {
            *tab = '\0';
        }
        if (line.length > 0) {
            picture_set(picture, copy, tab == NULL ? NULL : tab + 1);
        }
        free(copy);
    }
}

/* ---- formats ---- */

struct wish {
    enum node_kind only; /* NODE_KIND_COUNT: all kinds, and links */
    bool positions;
    int frees;
};

static void write_node_line(const struct view_node *node, bool exists, struct buffer *text)
{
    buffer_append_format(text, "N%d %.*s", (int)node->kind, STR_ARGS(node->id));
    if (exists) {
        buffer_append_char(text, '\t');
        for (uint32_t i = 0; i < node->property_count; i++) {
            const struct view_property *p = &node->properties[i];
            buffer_append_format(text, "%u:%u=%u ", p->property, p->sub, p->value);
        }
    }
    buffer_append_char(text, '\n');
}

static void write_link_line(enum link_kind kind, struct str source, struct str target, const struct view_link *link,
                            struct buffer *text)
{
    buffer_append_format(text, "L%d %.*s %.*s", (int)kind, STR_ARGS(source), STR_ARGS(target));
    if (link != NULL) {
        buffer_append_format(text, "\t%d %.17g %.17g", (int)link->method, link->confidence, link->weight);
    }
    buffer_append_char(text, '\n');
}

/* The first line says what it is: "kind from position valid_at coalesced late". */
static void write_first_line(const struct live_update *update, struct buffer *text)
{
    buffer_append_format(text, "%c %llu %llu %lld %d %d\n", update->is_reset ? 'R' : update->is_position ? 'P' : 'C',
                         (unsigned long long)update->from_position, (unsigned long long)update->position,
                         (long long)update->valid_at, update->is_coalesced, update->is_late);
}

static bool format(void *context, const struct live_update *update, struct buffer *text)
{
    const struct wish *wish = context;
    bool says = false;
    write_first_line(update, text);
    if (update->is_reset || update->is_position) {
        assert_true(update->changes == NULL && update->before == NULL && update->after == NULL);
        formatted += update->is_reset;
        return update->is_reset || wish->positions;
    }
    for (uint32_t i = 0; i < update->changes->node_count; i++) {
        const struct node_change *change = &update->changes->nodes[i];
        if (wish->only == NODE_KIND_COUNT || wish->only == change->kind) {
            write_node_line(&change->after, change->change != CHANGE_DELETED, text);
            says = true;
        }
    }
    for (uint32_t i = 0; wish->only == NODE_KIND_COUNT && i < update->changes->link_count; i++) {
        const struct link_change *change = &update->changes->links[i];
        write_link_line(change->kind, change->source_id, change->target_id, change->after, text);
        says = true;
    }
    if (!says) {
        buffer_clear(text);
    }
    formatted += says;
    return says;
}

static void free_wish(void *context)
{
    struct wish *wish = context;
    wish->frees++;
}

/* What the view says, for the same wish. */
static void write_view(const struct wish *wish, const struct graph_view *view, struct buffer *text)
{
    for (uint32_t n = 0; view != NULL && n < view->node_count; n++) {
        if (wish->only == NODE_KIND_COUNT || wish->only == view->nodes[n].kind) {
            write_node_line(&view->nodes[n], true, text);
        }
    }
    for (uint32_t i = 0; view != NULL && wish->only == NODE_KIND_COUNT && i < view->link_count; i++) {
        const struct view_link *link = &view->links[i];
        write_link_line(link->kind, view->nodes[link->source].id, view->nodes[link->target].id, link, text);
    }
}

static void picture_of_view(struct picture *picture, const struct wish *wish, const char *iteration, struct live_point at)
{
    struct arena arena;
    struct buffer text;
    struct error error;
    struct graph_view *view = NULL;
    arena_init(&arena, 64 * MIB);
    buffer_init(&text, 64 * MIB);
    enum status status = view_of(NULL, STR("default"), str_from(iteration), at.valid_at,
                                 graph_facts_until(scene.graph, at.position), &arena, &view, &error);
    assert_true(status == STATUS_OK || status == STATUS_ABSENT);
    write_view(wish, status == STATUS_OK ? view : NULL, &text);
    picture_clear(picture);
    picture_read(picture, buffer_str(&text));
    buffer_release(&text);
    arena_release(&arena);
}

/* ---- readers ---- */

struct reader {
    struct live_subscriber *subscriber;
    struct wish *wish;
    const char *iteration;
    struct picture picture;
    struct live_point at; /* what it was told last */
    bool has_base;        /* the picture is of `at`, once what is queued is in it */
    struct queued {
        char kind;
        struct live_point at;
        char *lines;
    } queue[256]; /* frames that are not in the picture yet: a callback makes no views, as memory may be short on purpose */
    size_t queue_count;
    size_t backlog;
    size_t updates, resets, positions, lates, coalesced, cuts;
    char first; /* of the last frame */
    void (*then)(struct reader *reader);
    struct reader *other;
};

/* What is queued goes into the picture. */
static void digest(struct reader *reader)
{
    for (size_t i = 0; i < reader->queue_count; i++) {
        struct queued *frame = &reader->queue[i];
        if (frame->kind == 'R') {
            picture_of_view(&reader->picture, reader->wish, reader->iteration, frame->at);
        } else {
            picture_read(&reader->picture, str_from(frame->lines));
        }
        free(frame->lines);
    }
    reader->queue_count = 0;
}

static void forget(struct reader *reader)
{
    digest(reader);
    picture_clear(&reader->picture);
}

static void read_afresh(struct reader *reader)
{
    digest(reader);
    picture_of_view(&reader->picture, reader->wish, reader->iteration, reader->at);
    reader->has_base = true;
}

static void on_send(void *context, struct live_payload *payload)
{
    struct reader *reader = context;
    unsigned long long from, position;
    long long valid_at;
    int coalesced, late;
    char kind;
    char head[128];
    size_t end_of_head = str_find(payload->text, '\n');
    assert_true(end_of_head < sizeof head);
    memcpy(head, payload->text.at, end_of_head);
    head[end_of_head] = '\0';
    assert_int_equal(sscanf(head, "%c %llu %llu %lld %d %d", &kind, &from, &position, &valid_at, &coalesced, &late), 6);
    assert_int_equal(position, payload->position);
    if (reader->has_base && from > reader->at.position) {
        fail_msg("a gap: told %llu, the update begins at %llu", (unsigned long long)reader->at.position, from);
    }
    assert_true(reader->at.position <= position || !reader->has_base);
    reader->at = (struct live_point){position, valid_at};
    reader->first = kind;
    reader->updates += kind == 'C';
    reader->resets += kind == 'R';
    reader->positions += kind == 'P';
    reader->lates += late != 0;
    reader->coalesced += coalesced != 0;
    struct str lines = str_from_offset(payload->text, end_of_head + 1);
    if (reader->queue_count == sizeof reader->queue / sizeof reader->queue[0]) {
        digest(reader);
    }
    reader->queue[reader->queue_count++] =
        (struct queued){kind == 'R' || !reader->has_base ? 'R' : kind, reader->at, strndup(lines.at, lines.length)};
    reader->has_base = true;
    if (reader->then != NULL) {
        reader->then(reader);
    }
}

static size_t on_backlog(void *context)
{
    return ((struct reader *)context)->backlog;
}

static void on_cut(void *context, const char *reason)
{
    struct reader *reader = context;
    assert_non_null(reason);
    reader->subscriber = NULL;
    reader->cuts++;
}

static enum status subscribe_as(struct reader *reader, const char *topic, struct live_point since, struct error *error)
{
    reader->has_base = since.position != LIVE_NOW.position;
    return live_subscribe(live, &(struct live_subscription){
        .tenant_id = STR("default"), .iteration_id = str_from(reader->iteration), .topic = str_from(topic),
        .format = {format, free_wish, reader->wish, false}, .since = since,
        .reader = {reader, on_send, on_backlog, on_cut}}, &reader->subscriber, error);
}

static void subscribe(struct reader *reader, struct live_point since)
{
    struct error error;
    assert_int_equal(subscribe_as(reader, reader->wish->only == NODE_KIND_COUNT ? "all" : "some", since, &error), STATUS_OK);
}

static void leave(struct reader *reader)
{
    if (reader->subscriber != NULL) {
        live_unsubscribe(live, reader->subscriber);
        reader->subscriber = NULL;
    }
}

static struct live_point point_now(void)
{
    return (struct live_point){graph_position(scene.graph), now_ms};
}

static void assert_right(struct reader *reader)
{
    static struct picture now;
    digest(reader);
    picture_of_view(&now, reader->wish, reader->iteration, point_now());
    size_t count = now.count > reader->picture.count ? now.count : reader->picture.count;
    for (size_t i = 0; i < count; i++) {
        if (i >= now.count || i >= reader->picture.count || strcmp(now.items[i].key, reader->picture.items[i].key) != 0 ||
            strcmp(now.items[i].value, reader->picture.items[i].value) != 0) {
            fail_msg("the reader of %s holds \"%s\"=\"%s\" where now is \"%s\"=\"%s\"", reader->iteration,
                     i < reader->picture.count ? reader->picture.items[i].key : "", i < reader->picture.count ? reader->picture.items[i].value : "",
                     i < now.count ? now.items[i].key : "", i < now.count ? now.items[i].value : "");
        }
    }
}

static struct wish all, tasks;

static void reset_wishes(void)
{
    all = (struct wish){NODE_KIND_COUNT, true, 0};
    tasks = (struct wish){NODE_TASK, true, 0};
}

/* ---- the property ---- */

static uint64_t seed;

static uint32_t dice(uint32_t sides)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(seed >> 33) % sides;
}

static void tell_anything(void)
{
    char fields[512];
    int64_t at = now_ms + (int64_t)dice(4000) - 2500;
    const char *iteration = dice(4) == 0 ? "other" : "it";
    unsigned task = dice(4), module = dice(4);
#define FIELDS(...) (void)snprintf(fields, sizeof fields, __VA_ARGS__)
#define COMMON "'iteration_id':'%s',"
    switch (dice(11)) {
    case 0:
        FIELDS(COMMON "'node_id':'T%u','requirement_id':'R%u'", iteration, task, dice(2));
        tell(at, "TASK_CREATED", fields);
        break;
    case 1:
        FIELDS(COMMON "'node_id':'T%u'", iteration, task);
        tell(at, "TASK_STARTED", fields);
        break;
    case 2:
        FIELDS(COMMON "'node_id':'T%u'", iteration, task);
        tell(at, dice(2) == 0 ? "TASK_COMPLETED" : "TASK_FAILED", fields);
        break;
    case 3:
        FIELDS(COMMON "'node_id':'R%u','metadata':{'name':'n%u'}", iteration, dice(2), dice(3));
        tell(at, "REQUIREMENT_DECLARED", fields);
        break;
    case 4:
        FIELDS(COMMON "'scenario_id':'s%u','feature_path':'f%u','scenario_tags':['@requirement:R%u']", iteration, dice(3), dice(2), dice(2));
        tell(at, dice(2) == 0 ? "SCENARIO_PASSED" : "SCENARIO_FAILED", fields);
        break;
    case 5:
        FIELDS(COMMON "'manifest_name':'m'", iteration);
        tell(at, "ANALYSIS_STARTED", fields);
        break;
    case 6:
        FIELDS(COMMON "'manifest_name':'m'", iteration);
        tell(at, "ANALYSIS_COMPLETED", fields);
        break;
    case 7:
        FIELDS(COMMON "'manifest_name':'m','node_id':'v%u','violation_type':'SIZE_VIOLATION','violation_severity':'BLOCKING','module_path':'src/%u.ts'", iteration, dice(2), module);
        tell(at, "VIOLATION_DETECTED", fields);
        break;
    case 8:
        FIELDS(COMMON "'node_id':'a%u','artifact_path':'src/%u.ts','metadata':{'task':'T%u'}", iteration, dice(2), module, task);
        tell(at, "ARTIFACT_CREATED", fields);
        break;
    default:
        FIELDS(COMMON "'manifest_name':'m','module_path':'src/%u.ts','component':'c%u','depends_on':['src/%u.ts']", iteration, module, dice(2), dice(4));
        tell(at, "MODULE_ANALYZED", fields);
        break;
    }
}

#define READERS 6
static struct reader readers[READERS];

static void reader_does_something(struct reader *reader)
{
    if (reader->subscriber == NULL) {
        if (reader->has_base && dice(4) != 0) {
            struct live_point since = reader->at;
            since.valid_at = dice(3) == 0 ? INT64_MIN : since.valid_at;
            subscribe(reader, since);
        } else if (dice(2) == 0) {
            subscribe(reader, LIVE_NOW);
        } else { /* first reads, then watches from there */
            reader->at = point_now();
            read_afresh(reader);
            subscribe(reader, reader->at);
        }
    } else if (dice(3) == 0) {
        leave(reader);
    } else {
        reader->backlog = reader->backlog == 0 && dice(2) == 0 ? LIMIT_LIVE_BACKLOG_BYTES + 1 : 0;
    }
}

static void settle(void)
{
    for (int i = 0; i < READERS; i++) {
        readers[i].backlog = 0;
    }
    pass(LIVE_LATE_CHECK_MS * 3);
    for (int i = 0; i < READERS; i++) {
        if (readers[i].subscriber != NULL) {
            assert_true(readers[i].has_base || readers[i].positions + readers[i].updates + readers[i].resets > 0);
            assert_right(&readers[i]);
        }
    }
}

static void run_once(uint64_t number)
{
    seed = number * 7919 + 1;
    reset_wishes();
    begin(number % 3 == 0 ? 1 : 0);
    for (int i = 0; i < READERS; i++) {
        readers[i].wish = i % 3 == 2 ? &tasks : &all;
        readers[i].iteration = i % 4 == 3 ? "other" : "it";
    }
    for (unsigned step = 0, steps = 10 + dice(40); step < steps; step++) {
        switch (dice(6)) {
        case 0:
        case 1:
            for (unsigned count = 1 + dice(4); count > 0; count--) {
                tell_anything();
            }
            break;
        case 2:
            turns();
            break;
        case 3:
            pass(dice(10) == 0 ? 40000 : dice(3000));
            break;
        case 4:
            reader_does_something(&readers[dice(READERS)]);
            break;
        default:
            if (dice(4) == 0) {
                settle();
            }
        }
    }
    settle();
    for (int i = 0; i < READERS; i++) {
        leave(&readers[i]);
        forget(&readers[i]);
        readers[i] = (struct reader){0};
    }
    struct live_statistics statistics;
    live_statistics(live, &statistics);
    assert_int_equal(statistics.subscribers + statistics.topics + statistics.iterations, 0);
    assert_int_equal(statistics.kept_bytes, 0);
    end();
}

static void test_what_a_reader_puts_together_is_the_view_of_now(void **state)
{
    (void)state;
    const char *from = getenv("LIVE_SEED"), *count = getenv("LIVE_RUNS");
    uint64_t first = from == NULL ? 0 : strtoull(from, NULL, 10), runs = count == NULL ? 4000 : strtoull(count, NULL, 10);
    for (uint64_t number = first; number < first + runs; number++) {
        run_once(number);
    }
}

/* ---- one by one ---- */

static struct reader a, b;

static int setup(void **state)
{
    (void)state;
    reset_wishes();
    begin(0);
    a = b = (struct reader){.wish = &all, .iteration = "it"};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    leave(&a);
    leave(&b);
    forget(&a);
    forget(&b);
    end();
    return 0;
}

static struct live_statistics statistics(void)
{
    struct live_statistics now;
    live_statistics(live, &now);
    return now;
}

static void test_the_first_thing_a_reader_hears_is_where_it_stands(void **state)
{
    (void)state;
    tell(T0, "TASK_CREATED", "'node_id':'T1'");
    subscribe(&a, LIVE_NOW);
    assert_int_equal(a.positions, 0);
    turns();
    assert_int_equal(a.positions, 1);
    assert_int_equal(a.at.position, 1);
    assert_int_equal(a.updates, 0);
}

static void test_an_update_is_formatted_once_for_all_who_ask_the_same(void **state)
{
    (void)state;
    static struct reader many[100];
    for (int i = 0; i < 100; i++) {
        many[i] = (struct reader){.wish = &all, .iteration = "it"};
        subscribe(&many[i], LIVE_NOW);
    }
    turns();
    assert_int_equal(statistics().topics, 1);
    uint64_t before = statistics().updates_formatted;
    formatted = 0;
    tell(T0, "TASK_STARTED", "'node_id':'T1'");
    turns();
    assert_int_equal(formatted, 1);
    assert_int_equal(statistics().updates_formatted, before + 1);
    assert_int_equal(pushes, 100);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(many[i].updates, 1);
        assert_right(&many[i]);
        leave(&many[i]);
        forget(&many[i]);
    }
    assert_int_equal(all.frees, 100); /* 99 that were not needed, and the topic's */
}

/* Everybody comes back from somewhere else: each gets what they missed, and from then on all get the same bytes. */
static void test_who_came_back_from_different_points_is_told_once_and_together(void **state)
{
    (void)state;
    static struct reader many[12];
    struct live_point points[12];
    for (int i = 0; i < 12; i++) {
        char fields[32];
        (void)snprintf(fields, sizeof fields, "'node_id':'T%d'", i);
        tell(T0 + i, "TASK_STARTED", fields);
        pass(10);
        points[i] = (struct live_point){graph_position(scene.graph), now_ms};
    }
    for (int i = 0; i < 12; i++) {
        many[i] = (struct reader){.wish = &all, .iteration = "it", .at = points[i]};
        read_afresh(&many[i]);
        subscribe(&many[i], points[i]);
    }
    turns();
    assert_int_equal(statistics().topics, 1);
    assert_int_equal(statistics().subscribers, 12);
    for (int i = 0; i < 12; i++) {
        assert_right(&many[i]);
        many[i].updates = 0;
    }
    uint64_t before = statistics().updates_formatted;
    pushes = formatted = 0;
    tell(T0 + 20, "TASK_COMPLETED", "'node_id':'T1'");
    turns();
    assert_int_equal(formatted, 1);
    assert_int_equal(statistics().updates_formatted, before + 1);
    assert_int_equal(pushes, 12);
    for (int i = 0; i < 12; i++) {
        assert_int_equal(many[i].updates, 1);
        assert_right(&many[i]);
        leave(&many[i]);
        forget(&many[i]);
    }
}

static void test_nothing_is_made_where_nobody_watches(void **state)
{
    (void)state;
    a.iteration = "other";
    subscribe(&a, LIVE_NOW);
    turns();
    uint64_t looks = statistics().looks;
    tell(T0, "TASK_STARTED", "'node_id':'T1'");
    assert_true(wake_at_ms > ticks_ms);
    turns();
    assert_int_equal(statistics().looks, looks);
}

static void test_sending_goes_in_slices(void **state)
{
    (void)state;
    static struct reader many[LIVE_SLICE * 2 + 10];
    size_t count = sizeof many / sizeof many[0], got = 0;
    for (size_t i = 0; i < count; i++) {
        many[i] = (struct reader){.wish = &all, .iteration = "it"};
        subscribe(&many[i], LIVE_NOW);
    }
    turns();
    tell(T0, "TASK_STARTED", "'node_id':'T1'");
    live_turn(live);
    for (size_t i = 0; i < count; i++) {
        got += many[i].updates;
    }
    assert_int_equal(got, LIVE_SLICE);
    /* What comes meanwhile is in the next update; who comes meanwhile gets nothing twice. */
    tell(T0 + 1, "TASK_COMPLETED", "'node_id':'T1'");
    subscribe(&a, LIVE_NOW);
    leave(&many[0]);
    leave(&many[count - 1]);
    wake_at_ms = ticks_ms;
    pass(10);
    assert_right(&a);
    for (size_t i = 1; i + 1 < count; i++) {
        assert_int_equal(many[i].updates, 2);
        assert_right(&many[i]);
        leave(&many[i]);
    }
    for (size_t i = 0; i < count; i++) {
        forget(&many[i]);
    }
}

static void test_a_slow_reader_gets_one_update_that_says_so_and_disturbs_nobody(void **state)
{
    (void)state;
    subscribe(&a, LIVE_NOW);
    subscribe(&b, LIVE_NOW);
    turns();
    a.backlog = LIMIT_LIVE_BACKLOG_BYTES + 1;
    for (int i = 0; i < 5; i++) {
        tell(T0 + i, i % 2 == 0 ? "TASK_STARTED" : "TASK_FAILED", "'node_id':'T1'");
        pass(100);
    }
    assert_int_equal(a.updates, 0);
    assert_int_equal(b.updates, 5);
    assert_int_equal(statistics().late, 1);
    a.backlog = LIMIT_LIVE_BACKLOG_BYTES / 2 + 1;
    pass(100);
    assert_int_equal(a.updates, 0);
    a.backlog = LIMIT_LIVE_BACKLOG_BYTES / 2;
    pass(100);
    assert_int_equal(a.updates, 1);
    assert_int_equal(a.lates, 1);
    assert_int_equal(a.coalesced, 1);
    assert_int_equal(statistics().late, 0);
    assert_right(&a);
    assert_right(&b);
    assert_int_equal(b.lates + b.coalesced, 0);
}

static void test_a_reader_that_stays_slow_is_cut_once(void **state)
{
    (void)state;
    subscribe(&a, LIVE_NOW);
    subscribe(&b, LIVE_NOW);
    turns();
    a.backlog = LIMIT_LIVE_BACKLOG_BYTES + 1;
    tell(T0, "TASK_STARTED", "'node_id':'T1'");
    pass(LIMIT_LIVE_LAG_MS - 100);
    assert_int_equal(a.cuts, 0);
    pass(200);
    assert_int_equal(a.cuts, 1);
    assert_int_equal(statistics().cut, 1);
    assert_int_equal(statistics().subscribers, 1);
    assert_int_equal(statistics().late, 0);
    pass(LIMIT_LIVE_LAG_MS * 2);
    assert_int_equal(a.cuts, 1);
    assert_right(&b);
}

static void test_what_was_missed_comes_as_one_update(void **state)
{
    (void)state;
    tell(T0, "TASK_CREATED", "'node_id':'T1'");
    subscribe(&a, LIVE_NOW);
    turns();
    leave(&a);
    pass(10);
    tell(T0 + 1, "TASK_STARTED", "'node_id':'T1'");
    tell(T0 + 2, "TASK_COMPLETED", "'node_id':'T1'");
    subscribe(&a, a.at);
    turns();
    assert_int_equal(a.updates, 1);
    assert_int_equal(a.coalesced, 1);
    assert_int_equal(a.at.position, 3);
    assert_right(&a);
    leave(&a);
    subscribe(&a, a.at);
    turns();
    assert_int_equal(a.first, 'P'); /* nothing was missed */
}

static void test_a_position_alone_will_do_where_time_moved_nothing(void **state)
{
    (void)state;
    tell(T0 - 10, "TASK_CREATED", "'node_id':'T1'");
    struct live_point since = {graph_position(scene.graph), INT64_MIN};
    a.at = point_now();
    read_afresh(&a);
    pass(50);
    tell(T0 + 1, "TASK_STARTED", "'node_id':'T1'");
    subscribe(&a, since);
    turns();
    assert_int_equal(a.resets, 0);
    assert_int_equal(a.updates, 1);
    assert_right(&a);
}

static void test_a_position_alone_is_read_afresh_where_time_moved_something(void **state)
{
    (void)state;
    tell(T0 + 20, "TASK_STARTED", "'node_id':'T1'");
    struct live_point since = {graph_position(scene.graph), INT64_MIN};
    a.at = point_now();
    read_afresh(&a);
    pass(50);
    subscribe(&a, since);
    turns();
    assert_int_equal(a.resets, 1);
    assert_right(&a);
}

static void test_a_position_of_another_log_is_read_afresh(void **state)
{
    (void)state;
    tell(T0, "TASK_STARTED", "'node_id':'T1'");
    a.at = (struct live_point){0, T0};
    subscribe(&a, (struct live_point){1000, T0});
    a.has_base = false;
    turns();
    assert_int_equal(a.resets, 1);
    assert_right(&a);
}

static void test_too_many_changes_are_read_afresh(void **state)
{
    (void)state;
    char fields[64];
    subscribe(&a, LIVE_NOW);
    turns();
    for (int i = 0; i <= LIMIT_LIVE_CHANGES; i++) {
        snprintf(fields, sizeof fields, "'node_id':'%d'", i);
        tell(T0, "TASK_CREATED", fields);
    }
    all.only = NODE_CYCLE; /* the picture of all of them is of no interest here */
    turns();
    assert_int_equal(a.resets, 1);
    assert_int_equal(a.updates, 0);
}

static void test_a_fact_that_lies_ahead_is_told_when_its_time_comes(void **state)
{
    (void)state;
    subscribe(&a, LIVE_NOW);
    turns();
    tell(T0 + 5000, "TASK_STARTED", "'node_id':'T1'");
    pass(100);
    assert_int_equal(a.updates, 0);
    pass(4899);
    assert_int_equal(a.updates, 0);
    pass(1);
    assert_int_equal(a.updates, 1);
    assert_right(&a);
}

static void test_one_who_comes_later_is_told_of_what_lies_ahead_too(void **state)
{
    (void)state;
    tell(T0 + 5000, "TASK_STARTED", "'node_id':'T1'");
    pass(10);
    subscribe(&a, LIVE_NOW);
    pass(4989);
    assert_int_equal(a.updates, 0);
    pass(1);
    assert_int_equal(a.updates, 1);
    assert_right(&a);
}

static size_t verdicts;

static bool format_gate(void *context, const struct live_update *update, struct buffer *text)
{
    (void)context;
    if (update->is_position || update->is_reset || update->verdict_before->gate.basis == update->verdict_after->gate.basis) {
        return false;
    }
    verdicts++;
    write_first_line(update, text);
    return true;
}

static void test_the_end_of_an_override_is_told(void **state)
{
    (void)state;
    char fields[128];
    struct error error;
    tell(T0 - 100, "TASK_CREATED", "'node_id':'T1'");
    tell(T0 - 99, "TASK_FAILED", "'node_id':'T1'");
    snprintf(fields, sizeof fields, "'node_id':'it','actor':'ann','reason':'known','expires_at':%lld", (long long)T0 + 3000);
    struct event *event;
    char json[512];
    snprintf(json, sizeof json, "{'event_type':'GATE_OVERRIDDEN','timestamp':%lld,'event_id':'x1','iteration_id':'it',%s}",
             (long long)T0 - 50, fields);
    event = scene_decode(&scene, json);
    (void)scene_apply(&scene, event, now_ms);
    verdicts = 0;
    assert_int_equal(live_subscribe(live, &(struct live_subscription){
        .tenant_id = STR("default"), .iteration_id = STR("it"), .topic = STR("gate"), .format = {format_gate, NULL, NULL, false},
        .since = LIVE_NOW, .reader = {&a, on_send, on_backlog, on_cut}}, &a.subscriber, &error), STATUS_OK);
    pass(2900);
    assert_int_equal(verdicts, 0);
    pass(200);
    assert_int_equal(verdicts, 1);
}

static void test_positions_go_on_while_nothing_happens_here(void **state)
{
    (void)state;
    subscribe(&a, LIVE_NOW);
    turns();
    tell(T0, "TASK_STARTED", "'node_id':'T1','iteration_id':'other'");
    pass(LIVE_POSITION_MS * 2);
    assert_int_equal(a.positions, 2);
    assert_int_equal(a.at.position, 1);
    pass(LIVE_POSITION_MS * 4);
    assert_int_equal(a.positions, 2); /* and not without a reason */
}

static void test_what_a_topic_leaves_out_makes_no_gap(void **state)
{
    (void)state;
    a.wish = &tasks;
    subscribe(&a, LIVE_NOW);
    turns();
    tell(T0, "REQUIREMENT_DECLARED", "'node_id':'R1'");
    pass(10);
    tell(T0 + 1, "TASK_STARTED", "'node_id':'T1'");
    pass(10);
    assert_int_equal(a.updates, 1);
    assert_int_equal(a.at.position, 2);
    assert_right(&a);
}

static void test_a_flood_of_events_is_not_held_up(void **state)
{
    (void)state;
    subscribe(&a, LIVE_NOW);
    turns();
    view_ms = 4;
    uint64_t begun = ticks_ms, working = 0;
    for (int i = 0; ticks_ms - begun < 5000; i++) {
        uint32_t first = graph_fact_count(scene.graph);
        for (int k = 0; k < 20; k++) {
            (void)scene_tell(&scene, T0 + i, now_ms, i % 2 == 0 ? "TASK_STARTED" : "TASK_FAILED", "'node_id':'T1'");
        }
        live_applied(live, first, graph_fact_count(scene.graph));
        ticks_ms++;
        uint64_t before = ticks_ms;
        if (wake_at_ms <= ticks_ms) {
            wake_at_ms = UINT64_MAX;
            live_turn(live);
        }
        working += ticks_ms - before;
        now_ms += (int64_t)(ticks_ms - before) + 1;
    }
    assert_true(working <= 5000 / LIVE_PACE + LIVE_BURST_NS / 1000000 + 2 * view_ms);
    assert_true(working >= 5000 / LIVE_PACE / 2);
    assert_true(statistics().looks > 50);
    view_ms = 0;
    pass(1000);
    assert_right(&a);
}

static void test_what_comes_in_quiet_times_is_told_at_once(void **state)
{
    (void)state;
    subscribe(&a, LIVE_NOW);
    turns();
    for (int i = 0; i < 100; i++) {
        pass(100);
        view_ms = 4;
        tell(T0 + i, i % 2 == 0 ? "TASK_STARTED" : "TASK_FAILED", "'node_id':'T1'");
        live_turn(live);
        view_ms = 0;
        assert_int_equal(a.updates, i + 1);
    }
    assert_right(&a);
}

static void test_what_can_not_be_shown_is_not_watched_any_longer(void **state)
{
    (void)state;
    static struct reader other;
    other = (struct reader){.wish = &all, .iteration = "other"};
    tell(T0, "TASK_STARTED", "'node_id':'T1'");
    subscribe(&a, LIVE_NOW);
    b.wish = &tasks;
    subscribe(&b, LIVE_NOW);
    subscribe(&other, LIVE_NOW);
    turns();
    pass(10);
    is_too_large = true;
    tell(T0 + 1, "TASK_COMPLETED", "'node_id':'T1'");
    turns();
    assert_int_equal(a.cuts, 1);
    assert_int_equal(b.cuts, 1);
    assert_int_equal(statistics().subscribers, 1);
    subscribe(&a, (struct live_point){0, T0}); /* nor is it for one who comes back */
    turns();
    assert_int_equal(a.cuts, 2);
    is_too_large = false;
    tell(T0 + 2, "TASK_COMPLETED", "'node_id':'T1','iteration_id':'other'");
    turns(); /* and the others go on at once */
    assert_int_equal(other.updates, 1);
    leave(&other);
    forget(&other);
}

static void leave_both(struct reader *reader)
{
    leave(reader);
    leave(reader->other);
}

static void test_a_callback_may_unsubscribe_whom_it_likes(void **state)
{
    (void)state;
    static struct reader third;
    third = (struct reader){.wish = &all, .iteration = "it"};
    subscribe(&a, LIVE_NOW);
    subscribe(&b, LIVE_NOW);
    subscribe(&third, LIVE_NOW);
    turns();
    a.then = b.then = third.then = leave_both;
    a.other = &b;
    b.other = &third;
    third.other = &a;
    tell(T0, "TASK_STARTED", "'node_id':'T1'");
    turns();
    assert_int_equal(a.updates + b.updates + third.updates, 1 + (statistics().subscribers == 0));
    leave(&third);
    forget(&third);
}

static void test_there_is_a_limit_to_subscribers_and_topics(void **state)
{
    (void)state;
    struct error error;
    char *topic = malloc(LIMIT_LIVE_TOPIC_BYTES + 2);
    memset(topic, 'x', LIMIT_LIVE_TOPIC_BYTES + 1);
    topic[LIMIT_LIVE_TOPIC_BYTES + 1] = '\0';
    assert_int_equal(subscribe_as(&a, topic, LIVE_NOW, &error), STATUS_INVALID);
    a.subscriber = NULL;
    assert_int_equal(all.frees, 1);
    free(topic);
    static struct live_subscriber *many[LIMIT_LIVE_SUBSCRIBERS];
    for (size_t i = 0; i < LIMIT_LIVE_SUBSCRIBERS; i++) {
        subscribe(&a, LIVE_NOW);
        many[i] = a.subscriber;
    }
    assert_int_equal(subscribe_as(&b, "all", LIVE_NOW, &error), STATUS_RETRY);
    b.subscriber = a.subscriber = NULL;
    for (size_t i = 0; i < LIMIT_LIVE_SUBSCRIBERS; i++) {
        live_unsubscribe(live, many[i]);
    }
}

static void test_points_are_written_and_read(void **state)
{
    (void)state;
    char text[LIVE_POINT_SIZE];
    struct live_point point;
    live_point_format((struct live_point){12, 1790000000000}, text);
    assert_string_equal(text, "12@1790000000000");
    assert_true(live_point_parse(str_from(text), &point));
    assert_true(point.position == 12 && point.valid_at == 1790000000000);
    live_point_format((struct live_point){12, INT64_MIN}, text);
    assert_string_equal(text, "12");
    assert_true(live_point_parse(STR("0"), &point));
    assert_true(point.valid_at == INT64_MIN);
    static const char *const wrong[] = {"", "x", "-1", "1@", "@1", "1@x", "1.5", "1@1@1", "99999999999999999999"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(live_point_parse(str_from(wrong[i]), &point));
    }
}

/* What happens to two readers while an allocation may fail. */
static void story(void)
{
    struct error error;
    struct reader *two[] = {&a, &b};
    struct live_point since[] = {LIVE_NOW, {0, T0}};
    for (int i = 0; i < 2; i++) {
        struct live_subscriber *subscriber;
        *two[i] = (struct reader){.wish = &all, .iteration = "it"};
        bool is_in = subscribe_as(two[i], "all", since[i], &error) == STATUS_OK;
        subscriber = is_in ? two[i]->subscriber : NULL;
        two[i]->subscriber = subscriber;
    }
    turns();
    now_ms += 60; /* by now it has started */
    ticks_ms += 60;
    turns();
}

static void test_want_of_memory_loses_nothing(void **state)
{
    (void)state;
    bool injected = true;
    size_t refused = 0, told_in_the_end = 0;
    for (int64_t countdown = 0; injected; countdown++) {
        reset_wishes();
        begin(0);
        tell(T0, "TASK_CREATED", "'node_id':'T1','requirement_id':'R1'");
        tell(T0 + 50, "TASK_STARTED", "'node_id':'T1'");
        memory_fail_after(countdown);
        story();
        injected = memory_injected();
        memory_fail_after(-1);
        pass(2000);
        tell(T0 + 70, "REQUIREMENT_DECLARED", "'node_id':'R1'");
        pass(2000);
        struct reader *two[] = {&a, &b};
        for (int i = 0; i < 2; i++) {
            refused += two[i]->subscriber == NULL;
            if (two[i]->subscriber != NULL) {
                assert_true(two[i]->updates + two[i]->resets > 0);
                assert_right(two[i]);
                told_in_the_end++;
            }
            leave(two[i]);
            forget(two[i]);
        }
        end();
    }
    assert_true(refused >= 3 && told_in_the_end > 20);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_a_reader_puts_together_is_the_view_of_now),
        TEST(test_the_first_thing_a_reader_hears_is_where_it_stands),
        TEST(test_an_update_is_formatted_once_for_all_who_ask_the_same),
        TEST(test_who_came_back_from_different_points_is_told_once_and_together),
        TEST(test_nothing_is_made_where_nobody_watches),
        TEST(test_sending_goes_in_slices),
        TEST(test_a_slow_reader_gets_one_update_that_says_so_and_disturbs_nobody),
        TEST(test_a_reader_that_stays_slow_is_cut_once),
        TEST(test_what_was_missed_comes_as_one_update),
        TEST(test_a_position_alone_will_do_where_time_moved_nothing),
        TEST(test_a_position_alone_is_read_afresh_where_time_moved_something),
        TEST(test_a_position_of_another_log_is_read_afresh),
        TEST(test_too_many_changes_are_read_afresh),
        TEST(test_a_fact_that_lies_ahead_is_told_when_its_time_comes),
        TEST(test_one_who_comes_later_is_told_of_what_lies_ahead_too),
        TEST(test_the_end_of_an_override_is_told),
        TEST(test_positions_go_on_while_nothing_happens_here),
        TEST(test_what_a_topic_leaves_out_makes_no_gap),
        TEST(test_what_can_not_be_shown_is_not_watched_any_longer),
        TEST(test_a_flood_of_events_is_not_held_up),
        TEST(test_what_comes_in_quiet_times_is_told_at_once),
        TEST(test_a_callback_may_unsubscribe_whom_it_likes),
        TEST(test_there_is_a_limit_to_subscribers_and_topics),
        TEST(test_points_are_written_and_read),
        cmocka_unit_test(test_want_of_memory_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
