/* test_ingest_crash: the intake is killed at every call that changes a file, while a sender repeats what was not acknowledged.
 *
 * A child process takes bodies through ingest with a synchronous committer and reports each acknowledged body through a pipe;
 * the fault VFS kills it with SIGKILL before, in the middle of or after its n-th call, or cuts the power there. The next child
 * starts on the same directory, rebuilds its graph and is sent the bodies from the first unacknowledged one on; it is killed
 * too, and the last one comes to the end. Then every event must be in the log exactly once, and the audit log, with what is
 * still open, must say of each who sent it, and of no other.
 *
 * Body k is a pure function of k: new events, some that came before, now and then a malformed one, and now and then a replay
 * of all waiting dead letters, mended into events.
 *
 * TRIMODAL_CRASH_POINTS=N sets the number of points (spread evenly over all of them); `all` does each.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../unit/intake_scene.h"
#include "base/json_read.h"
#include "base/log.h"
#include "fault_vfs.h"

#define BODIES 24
#define EVENTS_MAX 16     /* new ones in a body */
#define MENDED_FIRST 1000 /* numbers of the events that dead letters become */
/* All of them, some two minutes; a fork under AddressSanitizer costs ten times as much. */
#ifdef __SANITIZE_ADDRESS__
#define POINTS_DEFAULT 1932
#else
#define POINTS_DEFAULT 2000
#endif

static struct intake_scene scene;
static struct intake_attribution attribution;

static const struct death {
    const char *name;
    enum fault_kind kind;
    bool power_loss, random;
} deaths[] = {
    {"killed before", FAULT_KILL_BEFORE, false, false},
    {"killed in the middle of", FAULT_KILL_MIDDLE, false, false},
    {"killed after", FAULT_KILL_AFTER, false, false},
    {"power lost before (all un-synced writes lost)", FAULT_KILL_BEFORE, true, false},
    {"power lost after (all un-synced writes lost)", FAULT_KILL_AFTER, true, false},
    {"power lost before (some un-synced writes lost)", FAULT_KILL_BEFORE, true, true},
    {"power lost in the middle of (some un-synced writes lost)", FAULT_KILL_MIDDLE, true, true},
};
#define DEATH_COUNT (sizeof deaths / sizeof deaths[0])

#define SENDER_COUNT 3
static const struct str senders[SENDER_COUNT] = {{"ci", 2}, {"nightly", 7}, {"somebody", 8}};

/* --- the sender ---------------------------------------------------------------------------------------------------------- */

static bool is_replay(unsigned body)
{
    return body % 5 == 0;
}

static bool is_malformed(unsigned body)
{
    return body % 3 == 0 && !is_replay(body);
}

static unsigned event_count(unsigned body)
{
    return is_replay(body) ? 0 : 1 + body * 7 % EVENTS_MAX;
}

static unsigned first_event(unsigned body)
{
    unsigned first = 0;
    for (unsigned i = 1; i < body; i++) {
        first += event_count(i);
    }
    return first;
}

static void send_body(unsigned body, struct intake_receipt *receipt)
{
    struct buffer text;
    unsigned first = first_event(body), count = event_count(body);
    buffer_init(&text, 1024 * 1024);
    for (unsigned i = 0; i < count; i++) {
        buffer_append_str(&text, intake_event(&scene, first + i, ""));
        buffer_append_char(&text, '\n');
        if (i % 4 == 3) {
            buffer_append_str(&text, intake_event(&scene, (first + i) / 2, "")); /* came before */
            buffer_append_char(&text, '\n');
        }
    }
    if (is_malformed(body)) {
        buffer_append_format(&text, "{\"event_id\":\"%u\",}\n", MENDED_FIRST + body);
    }
    struct store_audit_entry audit = {.at = body, .actor = STR("sender"), .action = STR("submit")};
    struct ingest_sender sender = {.actor = senders[body % SENDER_COUNT], .origin = STR("HTTP"), .address = STR("192.0.2.7")};
    intake_submit(&scene, (struct ingest_submission){.audit = &audit, .sender = &sender}, buffer_str(&text), receipt);
    buffer_release(&text);
}

static void mend_and_replay(struct intake_receipt *receipt)
{
    size_t count;
    struct store_dead_letter *letters = intake_letters(&scene, &count);
    for (size_t i = 0; i < count; i++) {
        unsigned number = (unsigned)strtoul(letters[i].raw.at + strlen("{\"event_id\":\""), NULL, 10);
        struct str event = intake_event(&scene, number, "");
        char *raw = arena_new_zeroed(&scene.arena, event.length + JSON_READ_PADDING, 1);
        assert_non_null(raw);
        memcpy(raw, event.at, event.length);
        letters[i].raw = (struct str){raw, event.length};
    }
    intake_expect(&scene, receipt);
    ingest_replay(scene.ingest, &(struct ingest_replay){.letters = letters, .count = count, .now_ms = scene.now_ms}, intake_done, receipt);
}

/* In the child. Ends it by itself when it was not killed. */
static void run_session(unsigned from, const struct fault_plan *plan, int out)
{
    fault_vfs_plan(plan);
    scene.vfs = FAULT_VFS;
    intake_scene_must_open(&scene);
    for (unsigned body = from; body <= BODIES; body++) {
        struct intake_receipt receipt = {0};
        scene.now_ms = INTAKE_NOW + body * (LIMIT_SENDERS_WINDOW_MS / 7);
        is_replay(body) ? mend_and_replay(&receipt) : send_body(body, &receipt);
        assert_int_equal(receipt.times, 1);
        assert_int_equal(receipt.status, STATUS_OK);
        uint64_t message = body;
        assert_int_equal(write(out, &message, sizeof message), sizeof message);
    }
    intake_scene_close(&scene);
    uint64_t calls = fault_vfs_calls() | UINT64_C(1) << 63;
    assert_int_equal(write(out, &calls, sizeof calls), sizeof calls);
    _exit(0);
}

/* Returns the last acknowledged body; *calls is 0 when the child was killed before it counted them. */
static unsigned run_child(unsigned from, const struct fault_plan *plan, uint64_t *calls)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)close(ends[0]);
        run_session(from, plan, ends[1]);
    }
    (void)close(ends[1]);
    unsigned last = from - 1;
    uint64_t message;
    *calls = 0;
    while (read(ends[0], &message, sizeof message) == (ssize_t)sizeof message) {
        if (message >> 63 != 0) {
            *calls = message & ~(UINT64_C(1) << 63);
        } else {
            last = (unsigned)message;
        }
    }
    (void)close(ends[0]);
    int how = 0;
    assert_int_equal(waitpid(child, &how, 0), child);
    bool killed = WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL;
    if (!killed && (!WIFEXITED(how) || WEXITSTATUS(how) != 0)) {
        fail_msg("the child failed by itself (status %d)", how);
    }
    return last;
}

/* --- what must be there --------------------------------------------------------------------------------------------------- */

static unsigned body_of(unsigned event)
{
    unsigned body = 1;
    while (first_event(body + 1) <= event) {
        body++;
    }
    return body;
}

/* Replayed ones have an audit entry of their own. */
static void check_sender(unsigned number, uint64_t place)
{
    struct str expected = number >= MENDED_FIRST ? STR_NONE : senders[body_of(number) % SENDER_COUNT];
    struct str actor = attribution.actors[place];
    if (!str_equal(actor, expected) || (actor.at != NULL && !str_is(attribution.origins[place], "HTTP 192.0.2.7"))) {
        fail_msg("event %u at %llu: \"%.*s\" is said to have sent it, not \"%.*s\"", number, (unsigned long long)place, STR_ARGS(actor),
                 STR_ARGS(expected));
    }
}

static void count_events(unsigned counts[MENDED_FIRST + BODIES + 1])
{
    uint64_t sent = 0;
    intake_attribute(&scene, &attribution);
    const struct store_event *events;
    size_t count;
    struct error error;
    static const char mark[] = "\"node_id\":\"n";
    for (uint64_t next = 1;; next = events[count - 1].seq + 1) {
        assert_int_equal(store_reader_events(scene.reader, next, &events, &count, &error), STATUS_OK);
        if (count == 0) {
            assert_int_equal(attribution.events, sent); /* and nothing that is not there */
            return;
        }
        for (size_t i = 0; i < count; i++) {
            size_t at = str_find_str(events[i].payload, STR(mark), 0) + sizeof mark - 1;
            unsigned number = (unsigned)strtoul(events[i].payload.at + at, NULL, 10);
            assert_true(number <= MENDED_FIRST + BODIES);
            counts[number]++;
            check_sender(number, events[i].seq);
            sent += number < MENDED_FIRST ? 1 : 0;
        }
    }
}

/* Opens what is there, after a death or at the end. Bodies 1..acknowledged must be there once, no event more than once. */
static void verify(unsigned acknowledged, const char *how, uint64_t at)
{
    static unsigned counts[MENDED_FIRST + BODIES + 1];
    memset(counts, 0, sizeof counts);
    scene.vfs = NULL;
    intake_scene_must_open(&scene);
    count_events(counts);
    unsigned needed = first_event(acknowledged + 1), possible = first_event(acknowledged + 2);
    for (unsigned number = 0; number < MENDED_FIRST; number++) {
        if (counts[number] > (number < possible) || counts[number] < (number < needed)) {
            fail_msg("%s call %llu: event %u of %u acknowledged bodies is there %u times", how, (unsigned long long)at, number, acknowledged,
                     counts[number]);
        }
    }
    for (unsigned body = 1; body <= BODIES; body++) {
        unsigned mended = counts[MENDED_FIRST + body], least = 0;
        for (unsigned later = body; later <= acknowledged; later++) {
            least = is_malformed(body) && is_replay(later) ? 1 : least;
        }
        if (mended > 1 || mended < least) {
            fail_msg("%s call %llu: the letter of body %u became %u events", how, (unsigned long long)at, body, mended);
        }
    }
    intake_check_rebuild(&scene);
    intake_scene_close(&scene);
}

static unsigned die_at(unsigned from, const struct death *death, uint64_t at)
{
    struct fault_plan plan = {.operations = FAULT_CHANGES, .kind = death->kind, .at = at, .power_loss = death->power_loss,
                              .seed = death->random ? 1000003 + at : 0};
    uint64_t calls;
    return run_child(from, &plan, &calls);
}

static uint64_t count_calls(void)
{
    uint64_t calls = 0;
    assert_int_equal(run_child(1, &(struct fault_plan){.operations = FAULT_CHANGES}, &calls), BODIES);
    verify(BODIES, "undisturbed", 0);
    assert_true(calls > 0);
    return calls;
}

static void each_event_is_there_exactly_once_whenever_the_process_is_killed(void **state)
{
    (void)state;
    intake_scene_prepare(&scene);
    const char *wanted = getenv("TRIMODAL_CRASH_POINTS");
    uint64_t calls = count_calls(), all = calls * DEATH_COUNT;
    uint64_t points = wanted == NULL ? POINTS_DEFAULT : strcmp(wanted, "all") == 0 ? all : strtoull(wanted, NULL, 10);
    points = points == 0 || points > all ? all : points;
    for (uint64_t i = 0; i < points; i++) {
        uint64_t point = i * all / points, at = point / DEATH_COUNT + 1;
        const struct death *death = &deaths[point % DEATH_COUNT];
        intake_scene_empty_directory(&scene);
        unsigned acknowledged = die_at(1, death, at);
        if (i % 3 == 0) {
            verify(acknowledged, death->name, at);
        }
        uint64_t again = 1 + (at * 7919 + i) % calls;
        acknowledged = die_at(acknowledged + 1, &deaths[i % DEATH_COUNT], again);
        if (acknowledged < BODIES) {
            acknowledged = die_at(acknowledged + 1, death, 0);
        }
        assert_int_equal(acknowledged, BODIES);
        verify(BODIES, death->name, at);
        arena_clear(&scene.arena);
    }
    intake_scene_release(&scene);
    print_message("# %llu points of %llu (%llu calls, %zu ways to die), each followed by a second death\n", (unsigned long long)points,
                  (unsigned long long)all, (unsigned long long)calls, DEATH_COUNT);
}

int main(void)
{
    log_set_level(LOG_ERROR);
    if (fault_vfs_register() != SQLITE_OK) {
        return 1;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_event_is_there_exactly_once_whenever_the_process_is_killed)};
    return cmocka_run_group_tests_name("ingest, killed", tests, NULL, NULL);
}
