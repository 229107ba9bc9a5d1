/* test_ingest_simulation: whole runs of the intake from a seed (law 5).
 *
 * A few senders each have some events to deliver. They send them in bodies of random size, mixed with repetitions (also of what
 * other senders have on its way), conflicting copies and malformed texts, and repeat a body until its answer is positive.
 * Meanwhile the clock moves and stands still, readers ask for the present, calls of the store fail (disk full, I/O errors,
 * short writes), and the process dies: the files are taken as they lie there at that moment and everything in memory is dropped,
 * with the batch in flight perhaps durable and its answer lost. At the end of a run:
 *
 *   - every acknowledged event is in the log exactly once, at the place that its answers named;
 *   - nothing is in the log that no sender sent;
 *   - every event rejected with a dead letter's number is in the queue, whole;
 *   - at no moment K that was handed out, in any life of the process, did a fact appear or vanish;
 *   - the graph rebuilt from the log has the digest of the live one.
 *
 * TRIMODAL_SIMULATION_SEED=N repeats run N; TRIMODAL_SIMULATION_RUNS=N sets how many there are.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../unit/intake_scene.h"
#include "base/log.h"
#include "fault_vfs.h"
#include "ingest/ingest_private.h"

#define SENDERS 3
#define EVENTS_MAX 40 /* a sender's */
#define BODY_MAX 24
#define READS_MAX 64
#define LETTERS_MAX 256
#ifdef __SANITIZE_ADDRESS__
#define RUNS_DEFAULT 3000
#else
#define RUNS_DEFAULT 10000
#endif
#define SECONDS_MAX 40 /* on a slow machine there are fewer runs */

enum item_kind { ITEM_EVENT, ITEM_CONFLICT, ITEM_MALFORMED };

struct item {
    enum item_kind kind;
    unsigned number; /* of the event */
};

struct sender {
    unsigned first, count, done; /* its events; so many are acknowledged */
    bool waiting;
    struct item items[BODY_MAX];
    size_t item_count;
    unsigned fresh; /* of the body's events */
    struct intake_receipt receipt;
};

static struct intake_scene scene;
static struct sender senders[SENDERS];
static uint64_t acknowledged[SENDERS * EVENTS_MAX]; /* place in the log */
static bool accepted[SENDERS * EVENTS_MAX];
static struct {
    int64_t known_at;
    uint32_t facts;
} reads[READS_MAX];
static size_t read_count;
static int64_t letters[LETTERS_MAX];
static size_t letter_count;
static uint64_t seed, random_state;
static struct {
    uint64_t bodies, acknowledged, refused, crashes, turned_up, faults, commits;
} totals;

static uint32_t below(uint32_t limit)
{
    random_state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = random_state;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((z ^ (z >> 31)) % limit);
}

#define must(condition, ...)                                                                          \
    do {                                                                                              \
        if (!(condition)) {                                                                           \
            print_error("repeat with TRIMODAL_SIMULATION_SEED=%llu\n", (unsigned long long)seed);     \
            fail_msg(__VA_ARGS__);                                                                    \
        }                                                                                             \
    } while (0)

/* --- senders ------------------------------------------------------------------------------------------------------------ */

static unsigned any_event(void)
{
    const struct sender *owner = &senders[below(SENDERS)];
    return owner->first + below(owner->count);
}

static void add_item(struct sender *sender, enum item_kind kind, unsigned number)
{
    sender->items[sender->item_count++] = (struct item){kind, number};
}

static void compose(struct sender *sender)
{
    sender->item_count = 0;
    sender->fresh = 1 + below(sender->count - sender->done < 8 ? sender->count - sender->done : 8);
    for (unsigned i = 0; i < sender->fresh; i++) {
        unsigned other = any_event();
        if (below(6) == 0) {
            add_item(sender, ITEM_EVENT, other);
        } else if (below(12) == 0) {
            add_item(sender, ITEM_MALFORMED, other);
        } else if (below(12) == 0 && acknowledged[other] != 0) {
            add_item(sender, ITEM_CONFLICT, other);
        }
        add_item(sender, ITEM_EVENT, sender->first + sender->done + i);
    }
}

static void send_body(struct sender *sender)
{
    struct buffer body;
    buffer_init(&body, 1024 * 1024);
    for (size_t i = 0; i < sender->item_count; i++) {
        const struct item *item = &sender->items[i];
        struct str text = item->kind == ITEM_MALFORMED  ? intake_text(&scene, "{\"event_id\":\"bad-%u\",}", item->number)
                          : item->kind == ITEM_CONFLICT ? intake_event(&scene, item->number, ",\"metadata\":{\"name\":\"another\"}")
                                                        : intake_event(&scene, item->number, "");
        buffer_append_str(&body, text);
        buffer_append_char(&body, '\n');
    }
    sender->waiting = true;
    totals.bodies++;
    intake_submit(&scene, (struct ingest_submission){.content_type = STR("application/x-ndjson")}, buffer_str(&body), &sender->receipt);
    buffer_release(&body);
}

static void take_result(const struct item *item, const struct ingest_result *result)
{
    switch (item->kind) {
    case ITEM_EVENT:
        must(result->outcome == INGEST_ACCEPTED || result->outcome == INGEST_DUPLICATE, "event %u was %s", item->number,
             ingest_outcome_name(result->outcome));
        must(result->seq > 0 && result->seq <= graph_position(scene.graph), "event %u has place %llu", item->number, (unsigned long long)result->seq);
        must(acknowledged[item->number] == 0 || acknowledged[item->number] == result->seq, "event %u moved from %llu to %llu", item->number,
             (unsigned long long)acknowledged[item->number], (unsigned long long)result->seq);
        must(result->outcome == INGEST_DUPLICATE || !accepted[item->number], "event %u was accepted twice", item->number);
        accepted[item->number] = accepted[item->number] || result->outcome == INGEST_ACCEPTED;
        acknowledged[item->number] = result->seq;
        break;
    case ITEM_CONFLICT:
        must(result->outcome == INGEST_CONFLICT && result->seq == acknowledged[item->number], "a conflict with event %u was %s", item->number,
             ingest_outcome_name(result->outcome));
        break;
    case ITEM_MALFORMED:
        must(result->outcome == INGEST_REJECTED && result->dead_letter > 0, "a malformed text was %s", ingest_outcome_name(result->outcome));
        if (letter_count < LETTERS_MAX) {
            letters[letter_count++] = result->dead_letter;
        }
    }
}

static void take_answer(struct sender *sender)
{
    const struct intake_receipt *receipt = &sender->receipt;
    sender->waiting = false;
    if (receipt->status != STATUS_OK) {
        must(receipt->status == STATUS_RETRY || receipt->status == STATUS_FATAL, "refused as %s: %s", status_name(receipt->status), receipt->error.text);
        totals.refused++;
        return;
    }
    totals.acknowledged++;
    must(receipt->count == sender->item_count, "%zu results for %zu events", receipt->count, sender->item_count);
    for (size_t i = 0; i < receipt->count; i++) {
        take_result(&sender->items[i], &receipt->results[i]);
    }
    sender->done += sender->fresh;
    sender->item_count = 0;
}

static void step_sender(struct sender *sender)
{
    if (sender->waiting && sender->receipt.times == 1) {
        take_answer(sender);
    } else if (!sender->waiting && sender->done < sender->count) {
        if (sender->item_count == 0) {
            compose(sender);
        }
        send_body(sender);
    }
}

/* --- the world ----------------------------------------------------------------------------------------------------------- */

static void plan_fault(void)
{
    static const unsigned operations[] = {FAULT_ALL, FAULT_CHANGES, FAULT_WRITE, FAULT_SYNC, FAULT_READ | FAULT_LOCK, FAULT_TRUNCATE | FAULT_WRITE};
    struct fault_plan plan = {
        .operations = operations[below(sizeof operations / sizeof operations[0])],
        .kind = below(3) == 0 ? FAULT_SHORT_WRITE : FAULT_ERROR,
        .at = 1 + below(12),
        .times = below(4) == 0 ? 0 : 1 + below(4),
        .code = below(2) == 0 ? SQLITE_FULL : 0,
        .seed = seed,
    };
    fault_vfs_plan(&plan);
}

static void check_reads(void)
{
    for (size_t i = 0; i < read_count; i++) {
        uint32_t facts = graph_known_facts(scene.graph, reads[i].known_at);
        must(facts == reads[i].facts, "at K = %lld there were %u facts, now there are %u", (long long)reads[i].known_at, reads[i].facts, facts);
    }
}

static void copy_file(const char *from, const char *to)
{
    static char bytes[1 << 16];
    int in = open(from, O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (in >= 0) {
        ssize_t length;
        while ((length = read(in, bytes, sizeof bytes)) > 0) {
            must(write(out, bytes, (size_t)length) == length, "no room for the simulation");
        }
        (void)close(in);
    }
    (void)close(out);
}

static const char *const files[] = {"trimodal.db", "trimodal.db-wal"};

static void copy_files(const char *from, const char *to)
{
    char source[200], target[200];
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        snprintf(source, sizeof source, "%s/%s", from, files[i]);
        snprintf(target, sizeof target, "%s/%s", to, files[i]);
        copy_file(source, target);
        if (i == 0 && access(source, F_OK) != 0) {
            return;
        }
    }
}

static void open_again(void)
{
    struct error error;
    for (int attempt = 0; intake_scene_open(&scene, &error) != STATUS_OK; attempt++) {
        must(attempt < 3, "can't open: %s: %s", error.place, error.text);
        if (attempt > 0) {
            fault_vfs_plan(NULL);
        }
    }
    scene.is_manual = true;
}

/* The process dies, and starts on the files as they lay there. */
static void crash(void)
{
    char aside[160];
    totals.crashes++;
    uint64_t position = graph_position(scene.graph), length = position;
    if (scene.held != NULL && below(2) == 0) { /* durable, but nobody was told */
        struct error error;
        length += store_commit(scene.store, scene.held, &error) == STATUS_OK ? scene.held->event_count : 0;
    }
    check_reads();
    snprintf(aside, sizeof aside, "%s-aside", scene.directory);
    must(mkdir(aside, 0700) == 0, "no second directory");
    copy_files(scene.directory, aside);
    fault_vfs_plan(NULL);
    ingest_shut(scene.ingest);
    if (scene.held != NULL) {
        scene.refuse_with = STATUS_RETRY;
        (void)intake_commit(&scene);
        scene.refuse_with = STATUS_OK;
    }
    intake_scene_close(&scene);
    intake_scene_empty_directory(&scene);
    copy_files(aside, scene.directory);
    struct intake_scene second = {0};
    snprintf(second.directory, sizeof second.directory, "%s", aside);
    intake_scene_empty_directory(&second);
    (void)rmdir(aside);
    for (size_t i = 0; i < SENDERS; i++) { /* connections are gone */
        senders[i].waiting = false;
    }
    scene.now_ms += 1 + below(1000);
    if (below(3) == 0) {
        plan_fault();
    }
    open_again();
    must(graph_position(scene.graph) >= length, "%llu events were durable, %llu are there", (unsigned long long)length,
         (unsigned long long)graph_position(scene.graph));
    totals.turned_up += graph_position(scene.graph) > position;
    check_reads();
}

static void read_present(void)
{
    struct ingest_now now = ingest_now(scene.ingest);
    must(graph_known_facts(scene.graph, now.known_at) == graph_fact_count(scene.graph), "the present lacks what is visible");
    size_t at = read_count < READS_MAX ? read_count++ : below(READS_MAX);
    reads[at].known_at = now.known_at;
    reads[at].facts = graph_fact_count(scene.graph);
}

static void step_world(void)
{
    struct ingest_health health;
    ingest_health(scene.ingest, &health);
    if (health.status == STATUS_FATAL || below(60) == 0) {
        crash();
        return;
    }
    switch (below(8)) {
    case 0:
    case 1:
    case 2:
        if (scene.held != NULL) {
            totals.commits++;
            (void)intake_commit(&scene);
        }
        break;
    case 3:
        scene.now_ms += below(4);
        break;
    case 4:
        if (below(4) == 0) {
            plan_fault();
            totals.faults++;
        } else if (below(2) == 0) {
            fault_vfs_plan(NULL);
        }
        break;
    default:
        read_present();
    }
}

/* --- the end of a run ------------------------------------------------------------------------------------------------------ */

static bool all_done(void)
{
    for (size_t i = 0; i < SENDERS; i++) {
        if (senders[i].done < senders[i].count) {
            return false;
        }
    }
    return true;
}

static unsigned number_of(struct str payload)
{
    static const char mark[] = "\"node_id\":\"n";
    size_t at = str_find_str(payload, STR(mark), 0) + sizeof mark - 1;
    must(at < payload.length, "a strange event is in the log: %.*s", STR_ARGS(payload));
    return (unsigned)strtoul(payload.at + at, NULL, 10);
}

static void check_log(void)
{
    uint64_t places[SENDERS * EVENTS_MAX] = {0};
    const struct store_event *events;
    size_t count;
    struct error error;
    for (uint64_t next = 1;; next = events[count - 1].seq + 1) {
        must(store_reader_events(scene.reader, next, &events, &count, &error) == STATUS_OK, "%s", error.text);
        if (count == 0) {
            break;
        }
        for (size_t i = 0; i < count; i++) {
            unsigned number = number_of(events[i].payload);
            must(number < SENDERS * EVENTS_MAX && places[number] == 0, "event %u is there twice, at %llu and %llu", number,
                 (unsigned long long)places[number], (unsigned long long)events[i].seq);
            must(str_find_str(events[i].payload, STR("another"), 0) == events[i].payload.length, "a conflicting copy of %u is there", number);
            places[number] = events[i].seq;
        }
    }
    assert_memory_equal(places, acknowledged, sizeof places); /* all were acknowledged in the end, and none else was sent */
}

static void check_letters(void)
{
    for (size_t i = 0; i < letter_count; i++) {
        struct store_dead_letter letter;
        struct error error;
        must(store_reader_dead_letter(scene.reader, letters[i], &scene.arena, &letter, &error) == STATUS_OK, "%s", error.text);
        must(letter.removal == STORE_PENDING && str_starts_with(letter.raw, STR("{\"event_id\":\"bad-")), "dead letter %lld is another", (long long)letters[i]);
    }
}

static void run(void)
{
    random_state = seed * UINT64_C(0x2545f4914f6cdd1d) + 1;
    fault_vfs_plan(NULL);
    scene.vfs = FAULT_VFS;
    intake_scene_init(&scene);
    scene.is_manual = true;
    memset(senders, 0, sizeof senders);
    memset(acknowledged, 0, sizeof acknowledged);
    memset(accepted, 0, sizeof accepted);
    read_count = letter_count = 0;
    for (unsigned i = 0; i < SENDERS; i++) {
        senders[i].first = i * EVENTS_MAX;
        senders[i].count = 1 + below(below(2) == 0 ? 5 : EVENTS_MAX);
    }
    unsigned trouble = 50 + below(200);
    for (unsigned step = 0; !all_done() || step < trouble; step++) {
        must(step < 100000, "the senders do not come to an end");
        if (step == trouble) {
            fault_vfs_plan(NULL);
        }
        step_sender(&senders[below(SENDERS)]);
        if (step < trouble) {
            step_world();
        } else if (scene.held != NULL) {
            (void)intake_commit(&scene);
        } else {
            struct ingest_health health;
            ingest_health(scene.ingest, &health);
            if (health.status == STATUS_FATAL) {
                crash();
            }
            fault_vfs_plan(NULL);
        }
    }
    fault_vfs_plan(NULL);
    intake_commit_all(&scene);
    check_reads();
    check_log();
    check_letters();
    intake_check_rebuild(&scene);
    intake_scene_release(&scene);
}

static double seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void whatever_happens_each_acknowledged_event_is_there_exactly_once(void **state)
{
    (void)state;
    const char *one = getenv("TRIMODAL_SIMULATION_SEED"), *many = getenv("TRIMODAL_SIMULATION_RUNS");
    uint64_t first = one != NULL ? strtoull(one, NULL, 10) : 1;
    uint64_t runs = one != NULL ? 1 : many != NULL ? strtoull(many, NULL, 10) : RUNS_DEFAULT;
    double begun = seconds();
    uint64_t done = 0;
    for (seed = first; done < runs && (many != NULL || seconds() - begun < SECONDS_MAX); seed++, done++) {
        run();
    }
    print_message("# %llu runs: %llu bodies sent, %llu acknowledged, %llu refused, %llu commits, %llu faults planned, %llu crashes, "
                  "%llu of them with a batch nobody was told of\n",
                  (unsigned long long)done, (unsigned long long)totals.bodies, (unsigned long long)totals.acknowledged,
                  (unsigned long long)totals.refused, (unsigned long long)totals.commits, (unsigned long long)totals.faults,
                  (unsigned long long)totals.crashes, (unsigned long long)totals.turned_up);
    assert_true(done > 0);
}

int main(void)
{
    log_set_level(LOG_ERROR + 1); /* refusals are what is tested */
    if (fault_vfs_register() != SQLITE_OK) {
        return 1;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(whatever_happens_each_acknowledged_event_is_there_exactly_once)};
    return cmocka_run_group_tests_name("ingest, simulated", tests, NULL, NULL);
}
