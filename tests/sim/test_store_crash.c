/* test_store_crash: the store is killed at every call that changes a file, and must then hold exactly what it had answered for.
 *
 * A child process commits the batches of store_session.h and reports each acknowledged one through a pipe; the fault VFS kills
 * it with SIGKILL before, in the middle of or after its n-th call, or cuts the power there (un-synced writes are lost, all or
 * a random part). The parent reopens the directory and compares everything with the model; then a second child goes on from
 * there and is killed too, and at last the run is finished without a fault. n runs over all calls of the run, for all ways to die.
 *
 * TRIMODAL_CRASH_POINTS=N sets the number of points (spread evenly over all of them); `all` does each. Files lie in
 * TRIMODAL_CRASH_DIRECTORY, else in /dev/shm where there is one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fault_vfs.h"
#include "store_session.h"

#define BATCHES 30
/* One to two minutes; a fork under AddressSanitizer costs ten times as much. */
#ifdef __SANITIZE_ADDRESS__
#define POINTS_DEFAULT 2000
#else
#define POINTS_DEFAULT 4000
#endif

static char directory[256];

struct death {
    const char *name;
    enum fault_kind kind;
    bool power_loss, random;
};

static const struct death deaths[] = {
    {"killed before", FAULT_KILL_BEFORE, false, false},
    {"killed in the middle of", FAULT_KILL_MIDDLE, false, false},
    {"killed after", FAULT_KILL_AFTER, false, false},
    {"power lost before (all un-synced writes lost)", FAULT_KILL_BEFORE, true, false},
    {"power lost after (all un-synced writes lost)", FAULT_KILL_AFTER, true, false},
    {"power lost before (some un-synced writes lost)", FAULT_KILL_BEFORE, true, true},
    {"power lost in the middle of (some un-synced writes lost)", FAULT_KILL_MIDDLE, true, true},
};
#define DEATH_COUNT (sizeof(deaths) / sizeof(deaths[0]))

/* Does the file hold what is erased? What was overwritten says nothing any more, nor does the -wal after it. 0, or the event's seq. */
static uint64_t erased_in(uint64_t seed, uint64_t number, const char *name)
{
    static char bytes[16 * 1024 * 1024];
    char path[300];
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "rb");
    size_t length = file != NULL ? fread(bytes, 1, sizeof bytes - 1, file) : 0;
    uint64_t found = 0;
    bytes[length] = 0;
    for (const char *at = bytes; (at = memmem(at, (size_t)(bytes + length - at), SESSION_MARK, strlen(SESSION_MARK))) != NULL;) {
        char *end;
        at += strlen(SESSION_MARK);
        uint64_t seq = strtoull(at, &end, 10);
        found = *end == '!' && session_event_is_erased(seed, seq, number) ? seq : found;
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return found;
}

static void remove_directory(void)
{
    static const char *const names[] = {"trimodal.db", "trimodal.db-wal", "trimodal.db-shm", "lock"};
    char path[300];
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
        (void)unlink(path);
    }
    (void)rmdir(directory);
}

/* In the child: commits batches until the end or death. Returns the number of counted calls. */
static uint64_t run_session(uint64_t seed, const struct fault_plan *plan, int acknowledge)
{
    struct error error;
    struct store *store = NULL;
    struct store_reader *reader = NULL;
    uint64_t number = 0;
    fault_vfs_plan(plan);
    if (store_open(&store, &(struct store_options){.directory = directory, .create = true, .vfs = FAULT_VFS}, &error) != STATUS_OK ||
        store_reader_open(&reader, store, &error) != STATUS_OK || session_last(reader, &number, &error) != STATUS_OK) {
        fprintf(stderr, "child: %s: %s\n", error.place, error.text);
        _exit(1);
    }
    store_reader_close(reader);
    while (number < BATCHES) {
        number++;
        if (session_commit(store, seed, number, &error) != STATUS_OK) {
            fprintf(stderr, "child: batch %llu: %s\n", (unsigned long long)number, error.text);
            _exit(1);
        }
        if (write(acknowledge, &number, sizeof(number)) != (ssize_t)sizeof(number)) {
            _exit(1);
        }
        if (number % 5 == 0 && erased_in(seed, number, "trimodal.db-wal") != 0) {
            fprintf(stderr, "child: the -wal still holds what batch %llu erased\n", (unsigned long long)number);
            _exit(1);
        }
        if (number % 6 == 0) {
            store_idle(store);
        }
    }
    store_close(store);
    return fault_vfs_calls();
}

/* Runs a child to its death or its end. Returns the last batch it acknowledged (0: none); *calls as it counted them. */
static uint64_t run_child(uint64_t seed, const struct fault_plan *plan, bool *killed, uint64_t *calls)
{
    int ends[2];
    uint64_t last = 0, message = 0;
    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(ends[0]);
        uint64_t counted = run_session(seed, plan, ends[1]);
        counted |= UINT64_C(1) << 63; /* tells it from a batch's number */
        _exit(write(ends[1], &counted, sizeof(counted)) == (ssize_t)sizeof(counted) ? 0 : 1);
    }
    close(ends[1]);
    *calls = 0;
    while (read(ends[0], &message, sizeof(message)) == (ssize_t)sizeof(message)) {
        if (message >> 63 != 0) {
            *calls = message & ~(UINT64_C(1) << 63);
        } else {
            last = message;
        }
    }
    close(ends[0]);
    int how = 0;
    assert_int_equal(waitpid(child, &how, 0), child);
    *killed = WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL;
    if (!*killed && (!WIFEXITED(how) || WEXITSTATUS(how) != 0)) {
        fail_msg("the child failed by itself (status %d)", how);
    }
    return last;
}

static void no_finding_is_bad(void)
{
    static struct store_findings findings;
    struct arena arena;
    struct error error;
    arena_init(&arena, 16 * MIB);
    assert_int_equal(store_check(&(struct store_options){.directory = directory}, &arena, &findings, &error), STATUS_OK);
    for (size_t i = 0; i < findings.count; i++) {
        if (findings.items[i].severity == STORE_BROKEN) {
            fail_msg("doctor: %s (%s)", findings.items[i].symptom.at, findings.items[i].cause.at);
        }
    }
    arena_release(&arena);
}

/* Opens what the dead left, and compares. Returns the batch that the file ends with. */
static uint64_t verify_directory(uint64_t seed, uint64_t acknowledged, const char *how, uint64_t at)
{
    struct error error;
    struct store *store = NULL;
    struct store_reader *reader = NULL;
    uint64_t number = 0;
    enum status status = store_open(&store, &(struct store_options){.directory = directory, .create = true}, &error);
    if (status == STATUS_OK) {
        status = store_reader_open(&reader, store, &error);
    }
    if (status == STATUS_OK) {
        status = session_last(reader, &number, &error);
    }
    if (status == STATUS_OK) {
        status = session_verify(reader, seed, number, &error);
    }
    if (status != STATUS_OK) {
        fail_msg("%s call %llu, seed %llu: %s", how, (unsigned long long)at, (unsigned long long)seed, error.text);
    }
    if (number < acknowledged || number > acknowledged + 1) {
        fail_msg("%s call %llu, seed %llu: acknowledged up to batch %llu, found %llu", how, (unsigned long long)at,
                 (unsigned long long)seed, (unsigned long long)acknowledged, (unsigned long long)number);
    }
    store_reader_close(reader);
    no_finding_is_bad();
    assert_int_equal(erased_in(seed, number, "trimodal.db-wal"), 0); /* whose bytes nobody locks */
    store_close(store);
    assert_int_equal(erased_in(seed, number, "trimodal.db"), 0);
    return number;
}

static uint64_t die_at(uint64_t seed, const struct death *death, uint64_t at, uint64_t before)
{
    struct fault_plan plan = {.operations = FAULT_CHANGES, .kind = death->kind, .at = at, .power_loss = death->power_loss,
                              .seed = death->random ? seed * 1000003 + at : 0};
    bool killed = false;
    uint64_t calls = 0;
    uint64_t acknowledged = run_child(seed, &plan, &killed, &calls);
    return verify_directory(seed, acknowledged > before ? acknowledged : before, death->name, at);
}

static uint64_t count_calls(uint64_t seed)
{
    struct fault_plan plan = {.operations = FAULT_CHANGES};
    bool killed = true;
    uint64_t calls = 0;
    remove_directory();
    uint64_t acknowledged = run_child(seed, &plan, &killed, &calls);
    assert_false(killed);
    assert_int_equal(acknowledged, BATCHES);
    assert_int_equal(verify_directory(seed, acknowledged, "undisturbed", 0), BATCHES);
    return calls;
}

static void nothing_acknowledged_is_lost_or_doubled_at_any_death(void **state)
{
    (void)state;
    const char *wanted = getenv("TRIMODAL_CRASH_POINTS");
    uint64_t calls = count_calls(1), all = calls * DEATH_COUNT;
    uint64_t points = wanted == NULL ? POINTS_DEFAULT : strcmp(wanted, "all") == 0 ? all : strtoull(wanted, NULL, 10);
    points = points == 0 || points > all ? all : points;
    uint64_t again = 0;
    for (uint64_t i = 0; i < points; i++) {
        uint64_t point = i * all / points, at = point / DEATH_COUNT + 1;
        const struct death *death = &deaths[point % DEATH_COUNT];
        remove_directory();
        uint64_t number = die_at(1, death, at, 0);
        if (i % 2 == 0) { /* goes on, dies again */
            again++;
            number = die_at(1, &deaths[i / 2 % DEATH_COUNT], 1 + (at * 7919 + i) % calls, number);
        }
        if (i % 8 == 0) { /* and comes to its end */
            number = die_at(1, death, 0, number);
            assert_int_equal(number, BATCHES);
        }
    }
    remove_directory();
    printf("%llu points of %llu (%llu calls, %zu ways to die), %llu of them twice\n", (unsigned long long)points, (unsigned long long)all,
           (unsigned long long)calls, DEATH_COUNT, (unsigned long long)again);
}

int main(void)
{
    const char *parent = getenv("TRIMODAL_CRASH_DIRECTORY");
    if (parent == NULL) {
        parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    }
    snprintf(directory, sizeof(directory), "%s/trimodal-crash-%d", parent, (int)getpid());
    if (fault_vfs_register() != SQLITE_OK) {
        return 1;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_acknowledged_is_lost_or_doubled_at_any_death)};
    return cmocka_run_group_tests_name("store, killed", tests, NULL, NULL);
}
