/* The five golden iterations. The story of each session, minutes after nine o'clock:
 *
 *     0   the scope is frozen: 14 requirements, 50 tasks                                    golden_dde.c
 *     4   interface tasks lock 8 contracts; domain, service and test tasks follow; gates; staging by 83
 *    66   one analysis of 80 modules, no blocking violation                                 golden_acc.c
 *    70   one acceptance run of 100 scenarios, 95 pass, two flake                           golden_bdv.c
 *    83   the workflow completes: ALL_PASS
 *    90   what turns the verdict, if anything does, each turn by a single event:
 *         DesignGap         the new tariff reaches the acceptance bench: 35 more scenarios fail
 *         TechDebt          the watcher reports what was merged in haste: four blocking violations, one cycle
 *         PipelineIssue     the release workflow retries, fails four tasks, and gives up
 *         SystemicFailure   all of it, one after the other
 */
#include "cli/golden.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/memory.h"
#include "base/uuid.h"
#include "cli/golden_session.h"

#define GOLDEN_START INT64_C(1740992400000) /* Monday, 2025-03-03T09:00:00Z */
#define DAYS (24 * 60 * MINUTES)

static const struct {
    const char *iteration, *verdict;
    bool behaviour, architecture, pipeline;
} stories[GOLDEN_COUNT] = {
    {"Iter-Golden-AllPass", "ALL_PASS", false, false, false},
    {"Iter-Golden-DesignGap", "DESIGN_GAP", true, false, false},
    {"Iter-Golden-TechDebt", "ARCHITECTURAL_EROSION", false, true, false},
    {"Iter-Golden-PipelineIssue", "PROCESS_ISSUE", false, false, true},
    {"Iter-Golden-SystemicFailure", "SYSTEMIC_FAILURE", true, true, true},
};

const char *golden_iteration(size_t index)
{
    return stories[index].iteration;
}

const char *golden_verdict(size_t index)
{
    return stories[index].verdict;
}

/* --- chance ----------------------------------------------------------------------------------------------------------- */

/* SplitMix64 (Steele, Lea, Flood, OOPSLA 2014). */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint64_t golden_random(struct golden_session *session, uint64_t below)
{
    return next_random(&session->noise) % below;
}

static void fill_random(uint64_t *state, uint8_t *bytes, size_t length)
{
    uint64_t word = 0;
    for (size_t i = 0; i < length; i++) {
        word = i % 8 == 0 ? next_random(state) : word >> 8;
        bytes[i] = (uint8_t)word;
    }
}

static void hex_text(uint64_t *state, size_t digits, char *text)
{
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < digits; i++) {
        text[i] = hex[next_random(state) >> 60];
    }
    text[digits] = '\0';
}

/* --- events ----------------------------------------------------------------------------------------------------------- */

/* A version 7 UUID from the event's time and the session's generator. */
static void event_id(struct golden_session *session, int64_t at, char text[UUID_TEXT_LENGTH + 1])
{
    uint8_t uuid[UUID_SIZE];
    fill_random(&session->random, uuid, sizeof uuid);
    for (int i = 0; i < 6; i++) {
        uuid[i] = (uint8_t)((uint64_t)at >> (40 - 8 * i));
    }
    uuid[6] = (uint8_t)(0x70 | (uuid[6] & 0x0f));
    uuid[8] = (uint8_t)(0x80 | (uuid[8] & 0x3f));
    uuid_format(uuid, text);
}

void golden_begin(struct golden_session *session, int64_t at, const char *type, const char *node, const char *source)
{
    char id[UUID_TEXT_LENGTH + 1];
    session->at = session->start + at;
    event_id(session, session->at, id);
    struct golden_line *lines = session->lines;
    if (session->line_count == session->line_capacity) {
        lines = memory_grow(session->lines, &session->line_capacity, session->line_count + 1, sizeof *lines);
    }
    if (lines == NULL) {
        session->failed = true;
    } else {
        session->lines = lines;
        lines[session->line_count] = (struct golden_line){session->at, session->text.length, 0};
    }
    json_write_init(&session->json, &session->text, 0);
    json_write_object_begin(&session->json);
    json_field_text(&session->json, "event_id", id);
    json_field_i64(&session->json, "timestamp", session->at);
    json_field_text(&session->json, "iteration_id", session->iteration);
    json_field_text(&session->json, "event_type", type);
    json_field_text(&session->json, "node_id", node);
    json_field_text(&session->json, "source", source);
}

void golden_end(struct golden_session *session)
{
    json_write_object_end(&session->json);
    buffer_append_char(&session->text, '\n');
    if (!session->failed && !buffer_failed(&session->text)) {
        struct golden_line *line = &session->lines[session->line_count++];
        line->length = session->text.length - line->offset;
    }
}

void golden_metadata(struct golden_session *session, ...)
{
    va_list pairs;
    va_start(pairs, session);
    json_write_key(&session->json, "metadata");
    json_write_object_begin(&session->json);
    for (const char *name = va_arg(pairs, const char *); name != NULL; name = va_arg(pairs, const char *)) {
        const char *value = va_arg(pairs, const char *);
        if (value != NULL) {
            json_field_text(&session->json, name, value);
        }
    }
    json_write_object_end(&session->json);
    va_end(pairs);
}

/* --- one iteration ---------------------------------------------------------------------------------------------------- */

static int compare_lines(const void *a, const void *b)
{
    const struct golden_line *x = a, *y = b;
    if (x->at != y->at) {
        return x->at < y->at ? -1 : 1;
    }
    return x->offset < y->offset ? -1 : 1;
}

static bool session_init(struct golden_session *session, size_t index)
{
    *session = (struct golden_session){.iteration = stories[index].iteration,
                                       .start = GOLDEN_START + (int64_t)index * DAYS,
                                       .random = 1000 + index,
                                       .noise = 2000 + index};
    buffer_init(&session->text, 16 * MIB);
    hex_text(&session->random, 40, session->commit);
    hex_text(&session->random, 40, session->later_commit);
    session->hash = sha256_new();
    return session->hash != NULL;
}

static void session_release(struct golden_session *session)
{
    sha256_free(session->hash);
    buffer_release(&session->text);
    memory_free(session->lines);
}

static void tell_story(struct golden_session *session, size_t index)
{
    int64_t turn = 90 * MINUTES;
    golden_plan(session);
    golden_build(session);
    golden_analyse(session);
    golden_accept(session);
    if (stories[index].behaviour) {
        golden_turn_behaviour(session, turn);
        turn += 9 * MINUTES;
    }
    if (stories[index].architecture) {
        golden_turn_architecture(session, turn);
        turn += 4 * MINUTES;
    }
    if (stories[index].pipeline) {
        golden_turn_pipeline(session, turn);
    }
}

enum status golden_write(size_t index, struct buffer *ndjson, struct error *error)
{
    struct golden_session session;
    bool done = false;
    if (session_init(&session, index)) {
        tell_story(&session, index);
        done = !session.failed && !buffer_failed(&session.text);
    }
    if (done) {
        qsort(session.lines, session.line_count, sizeof *session.lines, compare_lines);
        for (size_t i = 0; i < session.line_count; i++) {
            buffer_append(ndjson, session.text.bytes + session.lines[i].offset, session.lines[i].length);
        }
        done = !buffer_failed(ndjson);
    }
    session_release(&session);
    return done ? STATUS_OK : error_no_memory(error, "golden iterations");
}
