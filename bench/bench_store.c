/* bench_store: how fast the store takes and gives events, beside what the disk can do.
 *
 *   bench_store [DIRECTORY] [EVENTS]
 *
 * For each batch size: events/s of durable commits, commit times, checkpoints, bytes on disk an event; and in the same run
 * the same bytes appended to a bare file with fdatasync after each batch. Then commits at a steady 10 000 events/s, reading back,
 * single events by place, and what compression a batch would give. Prints figures; asserts nothing about time.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "store/store.h"

#define BATCH_MAX 8192

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int compare_double(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double percentile(double *sorted, size_t count, double share)
{
    return count == 0 ? 0 : sorted[(size_t)((double)(count - 1) * share)];
}

static void check(enum status status, const struct error *error)
{
    if (status != STATUS_OK) {
        fprintf(stderr, "%s: %s\n", error->place, error->text);
        exit(3);
    }
}

static uint64_t random_next(void)
{
    static uint64_t state = 88172645463325252u;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

/* A task event of about 300 bytes, with ids as random as real ones. */
static size_t make_payload(char *text, size_t size, uint64_t seq)
{
    static const char *const types[] = {"TASK_CREATED", "TASK_STARTED", "TASK_COMPLETED", "TASK_FAILED"};
    return (size_t)snprintf(text, size,
                            "{\"event_id\":\"0193%04x-%04x-7%03x-a%03x-%012" PRIx64 "\",\"timestamp\":%" PRIu64 ",\"iteration_id\":\"iter-%u\","
                            "\"event_type\":\"%s\",\"node_id\":\"task-%u\",\"trace_id\":\"%016" PRIx64 "%016" PRIx64 "\","
                            "\"idempotency_key\":\"%016" PRIx64 "%016" PRIx64 "\",\"workflow_id\":\"build\",\"node_status\":\"RUNNING\"}",
                            (unsigned)(random_next() & 0xffff), (unsigned)(random_next() & 0xffff), (unsigned)(random_next() & 0xfff),
                            (unsigned)(random_next() & 0xfff), random_next() & 0xffffffffffffu, 1760000000000u + seq,
                            (unsigned)(random_next() % 50), types[random_next() % 4], (unsigned)(random_next() % 5000), random_next(),
                            random_next(), random_next(), random_next());
}

static struct store_event events[BATCH_MAX];
static char payloads[BATCH_MAX][512];

static size_t fill(size_t count, uint64_t first_seq, int64_t observed_at)
{
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++) {
        size_t length = make_payload(payloads[i], sizeof(payloads[i]), first_seq + i);
        events[i] = (struct store_event){.seq = first_seq + i, .observed_at = observed_at, .stream = 0, .type = 4, .tenant = STR("default"),
                                         .payload = {payloads[i], length}};
        bytes += length;
    }
    return bytes;
}

static void remove_store(const char *directory)
{
    static const char *const names[] = {"trimodal.db", "trimodal.db-wal", "trimodal.db-shm", "lock"};
    char path[4200];
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
        (void)unlink(path);
    }
    (void)rmdir(directory);
}

struct timing {
    double *commits;
    size_t count;
    double total, payload_bytes;
};

static void print_timing(const char *what, size_t batch, struct timing *timing, size_t event_count, double ceiling)
{
    qsort(timing->commits, timing->count, sizeof(double), compare_double);
    printf("%-16s %6zu %10.0f %7.2f %7.2f %7.2f %7.2f", what, batch, (double)event_count / timing->total,
           percentile(timing->commits, timing->count, 0.5) * 1e3, percentile(timing->commits, timing->count, 0.99) * 1e3,
           percentile(timing->commits, timing->count, 0.999) * 1e3, percentile(timing->commits, timing->count, 1) * 1e3);
    if (ceiling > 0) {
        printf("   %.2f of bare", (double)event_count / timing->total / ceiling);
    }
    printf("\n");
}

static double bench_bare(const char *directory, size_t batch, size_t event_count)
{
    char path[4200];
    static char bytes[BATCH_MAX * 512];
    struct timing timing = {.commits = calloc(event_count / batch + 1, sizeof(double))};
    snprintf(path, sizeof(path), "%s.bare", directory);
    int descriptor = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0644);
    for (size_t done = 0; done < event_count; done += batch) {
        size_t length = 0;
        fill(batch, done + 1, 1);
        for (size_t i = 0; i < batch; i++) {
            memcpy(bytes + length, events[i].payload.at, events[i].payload.length);
            length += events[i].payload.length;
        }
        double started = now_s();
        if (write(descriptor, bytes, length) != (ssize_t)length || fdatasync(descriptor) != 0) {
            perror(path);
            exit(3);
        }
        timing.commits[timing.count++] = now_s() - started;
        timing.total += timing.commits[timing.count - 1];
    }
    close(descriptor);
    (void)unlink(path);
    print_timing("bare fdatasync", batch, &timing, event_count, 0);
    free(timing.commits);
    return (double)event_count / timing.total;
}

static struct store *open_store(const char *directory)
{
    struct error error;
    struct store *store = NULL;
    remove_store(directory);
    check(store_open(&store, &(struct store_options){.directory = directory, .create = true}, &error), &error);
    return store;
}

static void print_counters(const struct store *store)
{
    struct store_counters counters;
    store_counters(store, &counters);
    printf("%24s checkpoints %" PRIu64 ", mean %.1f ms, longest %.1f ms; -wal %" PRIu64 " pages\n", "", counters.checkpoints,
           counters.checkpoints ? (double)counters.checkpoint_ns_total / (double)counters.checkpoints / 1e6 : 0,
           (double)counters.checkpoint_ns_max / 1e6, counters.wal_pages);
}

static void bench_commit(const char *directory, size_t batch, size_t event_count, double ceiling)
{
    struct error error;
    struct timing timing = {.commits = calloc(event_count / batch + 1, sizeof(double))};
    struct store *store = open_store(directory);
    for (size_t done = 0; done < event_count; done += batch) {
        timing.payload_bytes += (double)fill(batch, store_last_seq(store) + 1, (int64_t)done);
        double started = now_s();
        check(store_commit(store, &(struct store_batch){.events = events, .event_count = batch}, &error), &error);
        timing.commits[timing.count++] = now_s() - started;
        timing.total += timing.commits[timing.count - 1];
    }
    print_timing("store", batch, &timing, event_count, ceiling);
    print_counters(store);
    store_close(store);
    char path[4200];
    struct stat found;
    snprintf(path, sizeof(path), "%s/trimodal.db", directory);
    if (stat(path, &found) == 0) {
        printf("%24s payload %.0f bytes an event, on disk %.0f\n", "", timing.payload_bytes / (double)timing.count / (double)batch,
               (double)found.st_size / (double)timing.count / (double)batch);
    }
    free(timing.commits);
}

/* Events come at a steady rate; a commit takes what has gathered since the last one, as the pipeline does. */
static void bench_steady(const char *directory, double rate, double seconds)
{
    struct error error;
    size_t capacity = (size_t)(rate * seconds) + BATCH_MAX;
    struct timing commits = {.commits = calloc(capacity, sizeof(double))}, waits = {.commits = calloc(capacity, sizeof(double))};
    struct store *store = open_store(directory);
    double begun = now_s();
    size_t done = 0;
    while (now_s() - begun < seconds) {
        size_t due = (size_t)((now_s() - begun) * rate);
        if (due <= done) {
            usleep(20);
            continue;
        }
        size_t count = due - done < BATCH_MAX ? due - done : BATCH_MAX;
        fill(count, store_last_seq(store) + 1, (int64_t)done);
        double started = now_s();
        check(store_commit(store, &(struct store_batch){.events = events, .event_count = count}, &error), &error);
        double ended = now_s();
        commits.commits[commits.count++] = ended - started;
        for (size_t i = 0; i < count; i++) {
            waits.commits[waits.count++] = ended - begun - (double)(done + i + 1) / rate;
        }
        done += count;
    }
    commits.total = waits.total = now_s() - begun;
    printf("\nsteady %.0f events/s for %.0f s, group commit\n", rate, seconds);
    print_timing("commit", done / commits.count, &commits, done, 0);
    print_timing("event to durable", 1, &waits, done, 0);
    print_counters(store);
    store_close(store);
    free(commits.commits);
    free(waits.commits);
}

static void bench_read(const char *directory)
{
    struct error error;
    struct store *store = NULL;
    struct store_reader *reader = NULL;
    const struct store_event *chunk;
    size_t count, total = 0;
    check(store_open(&store, &(struct store_options){.directory = directory, .read_only = true}, &error), &error);
    check(store_reader_open(&reader, store, &error), &error);
    for (int round = 0; round < 2; round++) {
        double started = now_s();
        uint64_t seq = 1;
        total = 0;
        do {
            check(store_reader_events(reader, seq, &chunk, &count, &error), &error);
            seq += count;
            total += count;
        } while (count > 0);
        printf("scan %d              %10.0f events/s (%zu events)\n", round + 1, (double)total / (now_s() - started), total);
    }
    double started = now_s();
    for (int i = 0; i < 100000; i++) {
        struct store_event event;
        check(store_reader_event(reader, 1 + random_next() % total, &event, &error), &error);
    }
    printf("one event by seq    %10.2f µs\n", (now_s() - started) / 100000 * 1e6);
    started = now_s();
    check(store_backup(reader, "bench_store.backup", NULL, NULL, &error), &error);
    printf("backup              %10.0f events/s\n", (double)total / (now_s() - started));
    (void)unlink("bench_store.backup");
    store_reader_close(reader);
    store_close(store);
}

/* Dead letters come back as events: 10 000 removals and 10 000 events in one commit. */
static void bench_replay(const char *directory)
{
    enum { LETTERS = LIMIT_REPLAY_BATCH };
    static struct store_dead_letter letters[LETTERS];
    static struct store_dead_letter_removal removals[LETTERS];
    static struct store_event replayed[LETTERS];
    struct error error;
    struct store *store = open_store(directory);
    fill(1, 1, 1);
    for (size_t i = 0; i < LETTERS; i++) {
        letters[i] = (struct store_dead_letter){.category = 3, .stream = 0, .tenant = STR("default"), .iteration_id = STR("iter-1"),
                                                .reason = STR("the store refused"), .origin = STR("HTTP"), .raw = events[0].payload};
        removals[i] = (struct store_dead_letter_removal){(int64_t)i + 1, STORE_REPLAYED, 1, (int64_t)i + 1};
        replayed[i] = events[0];
        replayed[i].seq = i + 1;
    }
    double started = now_s();
    check(store_commit(store, &(struct store_batch){.dead_letters = letters, .dead_letter_count = LETTERS}, &error), &error);
    printf("%d dead letters in  %8.0f ms\n", LETTERS, (now_s() - started) * 1e3);
    started = now_s();
    check(store_commit(store, &(struct store_batch){.events = replayed, .event_count = LETTERS, .removals = removals, .removal_count = LETTERS},
                       &error), &error);
    printf("%d replayed in      %8.0f ms\n", LETTERS, (now_s() - started) * 1e3);
    store_close(store);
}

static void bench_compression(void)
{
    static const size_t sizes[] = {1, 24, 256};
    static char joined[256 * 512];
    static unsigned char packed[256 * 1024];
    printf("\ndeflate level 1 on the payloads of\n");
    for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
        size_t length = 0, rounds = 2000 / sizes[s] + 1;
        uLongf packed_length = sizeof(packed);
        fill(sizes[s], 1, 1);
        for (size_t i = 0; i < sizes[s]; i++) {
            memcpy(joined + length, events[i].payload.at, events[i].payload.length);
            length += events[i].payload.length;
        }
        double started = now_s();
        for (size_t round = 0; round < rounds; round++) {
            packed_length = sizeof(packed);
            compress2(packed, &packed_length, (const Bytef *)joined, length, 1);
        }
        printf("%6zu events: %.0f %% of the size, %.1f µs an event\n", sizes[s], 100.0 * (double)packed_length / (double)length,
               (now_s() - started) / (double)(rounds * sizes[s]) * 1e6);
    }
}

int main(int argc, char **argv)
{
    static const size_t batches[] = {64, 256, 1024, 8192};
    const char *directory = argc > 1 ? argv[1] : "bench_store.data";
    size_t event_count = argc > 2 ? (size_t)strtoul(argv[2], NULL, 10) : 1000000;
    printf("%-16s %6s %10s %7s %7s %7s %7s  (ms)\n", "", "batch", "events/s", "p50", "p99", "p99.9", "max");
    for (size_t i = 0; i < sizeof(batches) / sizeof(batches[0]); i++) {
        size_t count = batches[i] < 256 ? event_count / 4 : event_count;
        double ceiling = bench_bare(directory, batches[i], count);
        bench_commit(directory, batches[i], count, ceiling);
    }
    bench_read(directory);
    bench_replay(directory);
    bench_compression();
    bench_steady(directory, 10000, 10);
    remove_store(directory);
    return 0;
}
