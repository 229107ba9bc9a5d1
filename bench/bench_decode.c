/* How many events a second one core decodes, names, hashes and writes again. The limits measured in the same run: the
 * JSON parser alone over the same bytes, and memcpy of them. Prints a table; asserts nothing about time. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/json_read.h"
#include "base/limits.h"
#include "event/decode.h"
#include "event/personal.h"
#include "event/seal.h"

#define EVENTS 4096
#define ROUNDS 200
#define PARTS 50 /* short enough that some run undisturbed */
/* As tools write them: line numbers, a time, no person. */
#define MESSAGE                                                                                                             \
    "expected the cart to hold 3 items, got 2; at Checkout.total (src/checkout/total.ts:118:23), at Cart.add (src/cart/cart.ts:"  \
    "44:9), at processTicksAndRejections (node:internal/process/task_queues:95:5), at async World.<anonymous> (features/steps/"  \
    "checkout.steps.ts:71:3), waited 5000 ms since 2026-11-21T10:03:00.123Z, run 0193a1c0-7c1e-7b2a-9d00-5f0e3c9d1a10, retry 2 of 3"

struct bench {
    struct buffer bodies;
    struct str events[EVENTS];
    struct event_decoder *decoder;
    struct json_parser *parser;
    struct arena arena;
    struct buffer out;
    struct seal_ring *ring;
    uint64_t sink;
};

static void need(bool condition)
{
    if (!condition) {
        (void)fprintf(stderr, "bench_decode: out of memory or a bad event\n");
        exit(1);
    }
}

static void make_events(struct bench *bench, bool with_key, const char *more)
{
    size_t starts[EVENTS + 1];
    for (size_t i = 0; i < EVENTS; i++) {
        starts[i] = bench->bodies.length;
        buffer_append_format(
            &bench->bodies,
            "{\"event_id\":\"0193a1c0-7c1e-7b2a-9d00-%012zx\",\"timestamp\":%zu,\"iteration_id\":\"Iter-Golden-AllPass\","
            "\"event_type\":\"TASK_COMPLETED\",\"node_id\":\"task-%zu\",\"requirement_id\":\"REQ-%zu\","
            "\"trace_id\":\"4bf92f3577b34da6a3ce929d0e0e4736\",\"workflow_id\":\"wf-17\",\"node_type\":\"ACTION\","
            "\"metadata\":{\"name\":\"Build the checkout\",\"estimated_effort\":\"3\",\"depends_on\":\"base-1,base-2\"}",
            i, (size_t)1732183380000 + i, i % 50, i % 20);
        if (with_key) {
            buffer_append_format(&bench->bodies, ",\"idempotency_key\":\"0123456789abcdef0123456789%06zx\"", i);
        }
        buffer_append_format(&bench->bodies, "%s}", more);
    }
    starts[EVENTS] = bench->bodies.length;
    need(buffer_reserve(&bench->bodies, JSON_READ_PADDING) != NULL);
    for (size_t i = 0; i < EVENTS; i++) {
        bench->events[i] = (struct str){bench->bodies.bytes + starts[i], starts[i + 1] - starts[i]};
    }
}

static void run_memcpy(struct bench *bench, size_t i)
{
    buffer_clear(&bench->out);
    buffer_append_str(&bench->out, bench->events[i]);
    bench->sink += (unsigned char)bench->out.bytes[i % bench->out.length];
}

static void run_parse(struct bench *bench, size_t i)
{
    struct json root;
    need(json_parse(bench->parser, bench->events[i], &root, NULL) == STATUS_OK);
    bench->sink += root.index;
}

static void decode(struct bench *bench, size_t i, struct event *event)
{
    static struct event_fault fault;
    if (i % 64 == 0) {
        arena_clear(&bench->arena);
    }
    need(event_decode(bench->decoder, bench->events[i], &bench->arena, &event_defaults_for_log, event, &fault) == STATUS_OK);
}

static void run_decode(struct bench *bench, size_t i)
{
    struct event event;
    decode(bench, i, &event);
    bench->sink += event.key[0];
}

static void run_all(struct bench *bench, size_t i)
{
    struct event event;
    decode(bench, i, &event);
    buffer_clear(&bench->out);
    event_encode(&event, &bench->out);
    bench->sink += event_content_hash(&event) + bench->out.length;
}

static void run_tagged(struct bench *bench, size_t i)
{
    struct event event;
    decode(bench, i, &event);
    bench->sink += event_content_hash(&event);
    need(personal_tag(&event, &bench->arena));
    buffer_clear(&bench->out);
    event_encode(&event, &bench->out);
    bench->sink += bench->out.length;
}

static bool note(void *context, struct str key, struct str value)
{
    (void)context;
    (void)key;
    (void)value;
    return true;
}

static void seal(struct bench *bench, struct event *event, struct event *stored, struct str *sealed)
{
    need(personal_tag(event, &bench->arena));
    *stored = *event;
    *sealed = STR_NONE;
    if (event_value(event, EVENT_FIELD_PII_TAGS) != NULL) {
        need(seal_event(bench->ring, event, 1, note, NULL, &bench->arena, stored, sealed));
    }
}

static void run_sealed(struct bench *bench, size_t i)
{
    struct event event, stored;
    struct str sealed;
    decode(bench, i, &event);
    bench->sink += event_content_hash(&event);
    seal(bench, &event, &stored, &sealed);
    buffer_clear(&bench->out);
    event_encode(&stored, &bench->out);
    bench->sink += bench->out.length + sealed.length;
}

/* And back, as a start does it, beside the decoding. */
static void run_restored(struct bench *bench, size_t i)
{
    struct event event, stored;
    struct str sealed;
    struct error error;
    decode(bench, i, &event);
    seal(bench, &event, &stored, &sealed);
    if (sealed.length > 0) {
        need(seal_restore(bench->ring, &stored, sealed, NULL, &bench->arena, &error) == STATUS_OK);
    }
    bench->sink += event_content_hash(&stored);
}

static void measure(struct bench *bench, const char *name, void (*run)(struct bench *, size_t))
{
    double best = 0;
    for (int part = 0; part < PARTS; part++) {
        uint64_t begin = clock_monotonic_ns(&clock_system);
        for (int round = 0; round < ROUNDS / PARTS; round++) {
            for (size_t i = 0; i < EVENTS; i++) {
                run(bench, i);
            }
        }
        double seconds = (double)(clock_monotonic_ns(&clock_system) - begin) / 1e9;
        double rate = (double)EVENTS * (ROUNDS / PARTS) / seconds;
        best = rate > best ? rate : best;
    }
    printf("%-52s %8.2f M events/s %8.0f MB/s\n", name, best / 1e6, best * (double)bench->events[0].length / 1e6);
}

int main(void)
{
    static struct bench bench;
    bench.decoder = event_decoder_new();
    bench.parser = json_parser_new();
    static const uint8_t master[SEAL_KEY_SIZE] = {1};
    struct error error;
    need(bench.decoder != NULL && bench.parser != NULL && seal_ring_new(&bench.ring, master, &clock_system, &error) == STATUS_OK);
    arena_init(&bench.arena, GIB);
    buffer_init(&bench.out, MIB);
    static const char *const more[] = {"", "", ",\"error\":{\"message\":\"" MESSAGE "\"},\"user_agent\":\"curl\",\"branch\":\"main\"",
                                       ",\"error_message\":\"no user alice@example.com\",\"author_name\":\"Alice\""};
    static const char *const kinds[] = {"key computed", "key given", "key given, a message of 400 bytes", "key given, personal data"};
    for (int kind = 0; kind < 4; kind++) {
        buffer_init(&bench.bodies, GIB);
        make_events(&bench, kind != 0, more[kind]);
        printf("DDE event of %zu bytes, %s\n", bench.events[0].length, kinds[kind]);
        measure(&bench, "  limit: memcpy", run_memcpy);
        measure(&bench, "  limit: JSON parser alone", run_parse);
        measure(&bench, "  decode, key", run_decode);
        measure(&bench, "  decode, key, content hash, encode", run_all);
        measure(&bench, "  and personal data tagged", run_tagged);
        measure(&bench, "  and sealed", run_sealed);
        measure(&bench, "  decode, tag, seal, restore", run_restored);
        buffer_release(&bench.bodies);
    }
    buffer_release(&bench.out);
    arena_release(&bench.arena);
    json_parser_free(bench.parser);
    seal_ring_free(bench.ring);
    event_decoder_free(bench.decoder);
    return bench.sink == 0;
}
