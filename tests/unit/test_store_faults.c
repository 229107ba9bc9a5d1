/* test_store_faults: every call to the operating system and every allocation fails in turn, in one process that goes on.
 *
 * A failed call must be returned with the right class, leave nothing behind, and be over once its cause is: the same store,
 * without reopening, then takes the same batch.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../sim/fault_vfs.h"
#include "../sim/store_session.h"
#include "base/log.h"
#include "base/memory.h"

#define SEED 3
#define BATCHES 8

static char root[64]; /* in memory where that is possible: there are thousands of syncs */
static char directory[80];
static struct error error;

static const struct store_options options = {.directory = directory, .create = true, .vfs = FAULT_VFS};

static void must(enum status status, const char *what, uint64_t at)
{
    if (status != STATUS_OK) {
        fail_msg("%s (fault at call %llu): %s: %s: %s", what, (unsigned long long)at, status_name(status), error.place, error.text);
    }
}

static void remove_directory(void)
{
    static const char *const names[] = {"trimodal.db", "trimodal.db-wal", "trimodal.db-shm", "lock"};
    char path[128];
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
        (void)unlink(path);
    }
    (void)rmdir(directory);
}

/* ---- SQLite's own allocations, by a counting shim ---- */

static sqlite3_mem_methods real_memory;
static atomic_llong memory_countdown = -1;

static bool memory_must_fail(void)
{
    return atomic_load(&memory_countdown) >= 0 && atomic_fetch_sub(&memory_countdown, 1) == 0;
}

static void *shim_malloc(int size)
{
    return memory_must_fail() ? NULL : real_memory.xMalloc(size);
}

static void *shim_realloc(void *old, int size)
{
    return memory_must_fail() ? NULL : real_memory.xRealloc(old, size);
}

static int setup_all(void **state)
{
    (void)state;
    int code = sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real_memory);
    sqlite3_mem_methods shim = real_memory;
    shim.xMalloc = shim_malloc;
    shim.xRealloc = shim_realloc;
    code |= sqlite3_config(SQLITE_CONFIG_MALLOC, &shim);
    code |= sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    code |= fault_vfs_register();
    log_set_level(LOG_ERROR + 1); /* failed checkpoints are reported; here they are meant */
    snprintf(root, sizeof(root), "%s/trimodal-faults-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (code != SQLITE_OK || mkdtemp(root) == NULL) {
        return -1;
    }
    snprintf(directory, sizeof(directory), "%s/data", root);
    return 0;
}

static int teardown_all(void **state)
{
    (void)state;
    return rmdir(root);
}

/* ---- one run with a fault somewhere in it ---- */

static bool class_is_right(enum status status, bool memory)
{
    return memory ? status == STATUS_FATAL : status == STATUS_RETRY;
}

/* Whatever the fault did, another reader must find batches 1..number and nothing else. */
static void verify(uint64_t number, uint64_t at)
{
    struct store *store = NULL;
    struct store_reader *reader = NULL;
    must(store_open(&store, &(struct store_options){.directory = directory, .read_only = true}, &error), "open to verify", at);
    must(store_reader_open(&reader, store, &error), "reader to verify", at);
    must(session_verify(reader, SEED, number, &error), "verify", at);
    store_reader_close(reader);
    store_close(store);
}

static void lift(void)
{
    fault_vfs_plan(NULL);
    memory_fail_after(-1);
    atomic_store(&memory_countdown, -1);
}

/* Runs a session; what fails is checked and done again without the fault. `arm` sets the fault. Returns whether it struck. */
static bool run(void (*arm)(uint64_t at), bool (*struck)(void), uint64_t at, bool memory)
{
    struct store *store = NULL;
    bool has_struck = false;
    remove_directory();
    arm(at);
    enum status status = store_open(&store, &options, &error);
    has_struck = struck();
    if (status != STATUS_OK) {
        lift();
        if (!class_is_right(status, memory)) {
            fail_msg("open: %s: %s", status_name(status), error.text);
        }
        must(store_open(&store, &options, &error), "open again", at);
    }
    for (uint64_t number = 1; number <= BATCHES; number++) {
        status = session_commit(store, SEED, number, &error);
        has_struck = has_struck || struck();
        if (status != STATUS_OK) {
            lift();
            if (!class_is_right(status, memory)) {
                fail_msg("commit (fault at call %llu): %s: %s", (unsigned long long)at, status_name(status), error.text);
            }
            assert_int_equal(store_last_seq(store), session_seq(SEED, number - 1));
            if (number > 1) {
                verify(number - 1, at);
            }
            must(session_commit(store, SEED, number, &error), "commit again", at);
        }
        if (number % 4 == 0) {
            store_idle(store);
        }
    }
    has_struck = has_struck || struck();
    lift();
    verify(BATCHES, at);
    store_close(store);
    verify(BATCHES, at);
    return has_struck;
}

static struct fault_plan plan_template;

static void arm_vfs(uint64_t at)
{
    struct fault_plan plan = plan_template;
    plan.at = at;
    fault_vfs_plan(&plan);
}

static bool vfs_struck(void)
{
    return fault_vfs_strikes() > 0;
}

static void sweep_vfs(struct fault_plan plan)
{
    uint64_t at = 1;
    plan_template = plan;
    while (run(arm_vfs, vfs_struck, at, false)) {
        at++;
    }
    assert_true(at > 3);
    remove_directory();
}

static void a_full_disk_is_refused_and_recovered_from_at_every_write(void **state)
{
    (void)state;
    sweep_vfs((struct fault_plan){.operations = FAULT_WRITE, .kind = FAULT_ERROR, .times = 1, .code = SQLITE_FULL});
    sweep_vfs((struct fault_plan){.operations = FAULT_WRITE, .kind = FAULT_SHORT_WRITE, .times = 1, .code = SQLITE_FULL});
}

static void an_io_error_is_refused_and_recovered_from_at_every_call(void **state)
{
    (void)state;
    sweep_vfs((struct fault_plan){.operations = FAULT_WRITE, .kind = FAULT_SHORT_WRITE, .times = 1});
    sweep_vfs((struct fault_plan){.operations = FAULT_SYNC, .kind = FAULT_ERROR, .times = 1});
    sweep_vfs((struct fault_plan){.operations = FAULT_OPEN | FAULT_SHM_MAP, .kind = FAULT_ERROR, .times = 1});
    sweep_vfs((struct fault_plan){.operations = FAULT_READ, .kind = FAULT_ERROR, .times = 1});
    sweep_vfs((struct fault_plan){.operations = FAULT_SIZE, .kind = FAULT_ERROR, .times = 1});
    sweep_vfs((struct fault_plan){.operations = FAULT_LOCK, .kind = FAULT_ERROR, .times = 1});
}

static void a_disk_that_stays_full_refuses_every_commit_until_there_is_room(void **state)
{
    (void)state;
    struct store *store = NULL;
    remove_directory();
    fault_vfs_plan(NULL);
    must(store_open(&store, &options, &error), "open", 0);
    must(session_commit(store, SEED, 1, &error), "commit", 0);
    fault_vfs_plan(&(struct fault_plan){.operations = FAULT_WRITE, .kind = FAULT_ERROR, .at = 1, .code = SQLITE_FULL});
    for (int i = 0; i < 20; i++) {
        assert_int_equal(session_commit(store, SEED, 2, &error), STATUS_RETRY);
        assert_non_null(strstr(error.text, "the disk is full"));
        store_idle(store);
    }
    lift();
    verify(1, 0);
    for (uint64_t number = 2; number < 40; number++) {
        must(session_commit(store, SEED, number, &error), "commit", 0);
    }
    verify(39, 0);
    store_close(store);
    remove_directory();
}

static void checkpoints_that_fail_lose_nothing(void **state)
{
    (void)state;
    struct store *store = NULL;
    struct store_counters counters;
    remove_directory();
    must(store_open(&store, &options, &error), "open", 0);
    for (uint64_t number = 1; number <= 10; number++) {
        must(session_commit(store, SEED, number, &error), "commit", 0);
        fault_vfs_plan(&(struct fault_plan){.operations = FAULT_WRITE | FAULT_SYNC, .kind = FAULT_ERROR, .at = number, .times = 1});
        store_idle(store);
        lift();
        verify(number, number);
    }
    store_counters(store, &counters);
    assert_true(counters.checkpoints_failed > 3);
    store_close(store);
    verify(10, 0);
    remove_directory();
}

/* ---- memory ---- */

static void arm_memory(uint64_t at)
{
    memory_fail_after((int64_t)at - 1);
}

static void arm_sqlite_memory(uint64_t at)
{
    atomic_store(&memory_countdown, (long long)at - 1);
}

static bool sqlite_memory_struck(void)
{
    return atomic_load(&memory_countdown) < 0;
}

static void every_allocation_that_fails_is_returned_and_recovered_from(void **state)
{
    (void)state;
    uint64_t at = 1;
    while (run(arm_memory, memory_injected, at, true)) {
        at++;
    }
    assert_true(at > 5);
    remove_directory();
}

static void every_allocation_of_sqlite_that_fails_is_returned_and_recovered_from(void **state)
{
    (void)state;
    uint64_t at = 1;
    while (run(arm_sqlite_memory, sqlite_memory_struck, at, true)) {
        at += at < 200 ? 1 : 7; /* the later ones repeat */
    }
    assert_true(at > 100);
    remove_directory();
}

/* Everything a reader can do, into an arena. */
static enum status read_all(const struct store *store, const char *backup)
{
    struct store_reader *reader = NULL;
    struct arena arena;
    struct store_dead_letter *letters;
    struct store_audit_entry *entries;
    struct store_setting *settings;
    static struct store_findings findings;
    uint64_t counts[STORE_CATEGORY_COUNT];
    size_t count;
    bool more;
    struct store_event event;
    arena_init(&arena, 64 * MIB);
    enum status status = store_reader_open(&reader, store, &error);
    if (status == STATUS_OK) {
        status = session_verify(reader, SEED, BATCHES, &error);
    }
    if (status == STATUS_OK) {
        status = store_reader_event(reader, 1, &event, &error);
    }
    if (status == STATUS_OK) {
        status = store_reader_dead_letters(reader, &(struct store_dead_letter_filter){STORE_ANY, STORE_ANY, .tenant = STR("default")}, 5,
                                           &arena, &letters, &count, &more, &error);
    }
    if (status == STATUS_OK) {
        status = store_reader_dead_letter_counts(reader, STR_NONE, counts, &error);
    }
    if (status == STATUS_OK) {
        status = store_reader_audit(reader, &(struct store_audit_filter){.actor = STR("session")}, 5, &arena, &entries, &count, &more, &error);
    }
    if (status == STATUS_OK) {
        status = store_reader_settings(reader, STR("b"), &arena, &settings, &count, &error);
    }
    if (status == STATUS_OK) {
        (void)unlink(backup);
        status = store_backup(reader, backup, NULL, NULL, &error);
    }
    store_reader_close(reader);
    if (status == STATUS_OK) {
        status = store_check(&options, &arena, &findings, &error);
    }
    arena_release(&arena);
    return status;
}

static void a_reader_without_memory_or_disk_says_so_and_leaks_nothing(void **state)
{
    (void)state;
    struct store *store = NULL;
    char backup[128];
    snprintf(backup, sizeof(backup), "%s/backup.db", root);
    remove_directory();
    must(store_open(&store, &options, &error), "open", 0);
    for (uint64_t number = 1; number <= BATCHES; number++) {
        must(session_commit(store, SEED, number, &error), "commit", 0);
    }
    bool struck = true;
    for (uint64_t at = 1; struck; at++) {
        arm_memory(at);
        enum status status = read_all(store, backup);
        struck = memory_injected();
        lift();
        assert_true(status == STATUS_OK || status == STATUS_FATAL);
    }
    struck = true;
    for (uint64_t at = 1; struck; at += at < 300 ? 1 : 11) {
        arm_sqlite_memory(at);
        (void)read_all(store, backup);
        struck = sqlite_memory_struck();
        lift();
    }
    struck = true;
    for (uint64_t at = 1; struck; at++) {
        fault_vfs_plan(&(struct fault_plan){.operations = FAULT_ALL & ~FAULT_LOCK, .kind = FAULT_ERROR, .at = at, .times = 1});
        (void)read_all(store, backup);
        struck = fault_vfs_strikes() > 0;
        lift();
    }
    (void)unlink(backup);
    must(read_all(store, backup), "read at last", 0);
    (void)unlink(backup);
    store_close(store);
    remove_directory();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_disk_is_refused_and_recovered_from_at_every_write),
        cmocka_unit_test(an_io_error_is_refused_and_recovered_from_at_every_call),
        cmocka_unit_test(a_disk_that_stays_full_refuses_every_commit_until_there_is_room),
        cmocka_unit_test(checkpoints_that_fail_lose_nothing),
        cmocka_unit_test(every_allocation_that_fails_is_returned_and_recovered_from),
        cmocka_unit_test(every_allocation_of_sqlite_that_fails_is_returned_and_recovered_from),
        cmocka_unit_test(a_reader_without_memory_or_disk_says_so_and_leaks_nothing),
    };
    return cmocka_run_group_tests_name("store, faults", tests, setup_all, teardown_all);
}
