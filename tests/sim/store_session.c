#include "store_session.h"

#include <stdio.h>

static uint64_t mix(uint64_t seed, uint64_t number, uint64_t salt)
{
    uint64_t z = seed * 0x9e3779b97f4a7c15u + number * 0xd1342543de82ef95u + salt * 0x2545f4914f6cdd1du + 1;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static size_t event_count(uint64_t seed, uint64_t number)
{
    return number % 7 == 3 ? 40 : mix(seed, number, 1) % 9;
}

uint64_t session_seq(uint64_t seed, uint64_t number)
{
    uint64_t seq = 0;
    for (uint64_t i = 1; i <= number; i++) {
        seq += event_count(seed, i);
    }
    return seq;
}

static bool make_bytes(struct arena *arena, uint64_t seed, uint64_t number, uint64_t salt, size_t length, struct str *bytes)
{
    uint8_t *at = arena_new(arena, length + 1);
    if (at == NULL) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        at[i] = (uint8_t)mix(seed, number, salt * 1000003 + i);
    }
    *bytes = (struct str){(const char *)at, length};
    return true;
}

static bool make_event(struct arena *arena, uint64_t seed, uint64_t number, uint64_t seq, struct store_event *event)
{
    char filler[3000];
    size_t length = mix(seed, seq, 2) % sizeof(filler);
    for (size_t i = 0; i < length; i++) {
        filler[i] = (char)('a' + mix(seed, seq, 3 + i / 8) % 26);
    }
    *event = (struct store_event){.seq = seq, .observed_at = (int64_t)(number * 10), .stream = (uint8_t)(seq % 3), .type = (uint16_t)(seq % 500),
                                  .tenant = seq % 5 == 0 ? STR("acme") : STR("default")};
    return arena_format(arena, &event->payload, "{\"seq\":%llu,\"batch\":%llu,\"filler\":\"%.*s" SESSION_MARK "%llu!\"}",
                        (unsigned long long)seq, (unsigned long long)number, (int)length, filler, (unsigned long long)seq);
}

static bool make_raw(struct arena *arena, uint64_t seed, uint64_t id, struct str *raw)
{
    size_t length = id % 11 == 5 ? 40000 : mix(seed, id, 4) % 3000;
    return make_bytes(arena, seed, id, 6, length, raw);
}

/* Even ids get another reason with the next batch and leave with the one after it, odd ones are replaced then by the new one. */
static bool is_removed_by(uint64_t id, uint64_t number)
{
    return id % 2 == 0 && id + 2 <= number;
}

static bool is_updated_by(uint64_t id, uint64_t number)
{
    return id % 2 == 0 && id + 1 <= number;
}

static bool is_edited_by(uint64_t id, uint64_t number)
{
    return id % 2 == 1 && id + 2 <= number;
}

/* ---- erasing ---- */

static bool erases(uint64_t number)
{
    return number % 5 == 0;
}

/* By its number: an erasing batch's own events and letter stay. */
static bool is_erased_from(uint64_t batch, uint64_t number)
{
    return !erases(batch) && (batch / 5 + 1) * 5 <= number;
}

static bool is_event_erased(uint64_t batch, uint64_t seq, uint64_t number)
{
    return seq % 3 == 1 && is_erased_from(batch, number);
}

bool session_event_is_erased(uint64_t seed, uint64_t seq, uint64_t number)
{
    uint64_t batch = 1;
    while (session_seq(seed, batch) < seq) {
        batch++;
    }
    return is_event_erased(batch, seq, number);
}

static bool is_letter_erased(uint64_t id, uint64_t number)
{
    return id % 2 == 1 && is_erased_from(id, number);
}

/* What is left of it; absent where that is nothing. */
static bool make_raw_left(struct arena *arena, uint64_t id, struct str *raw)
{
    *raw = STR_NONE;
    return id % 4 == 1 || arena_format(arena, raw, "[erased] %llu", (unsigned long long)id);
}

static bool make_event_left(struct arena *arena, uint64_t seq, struct str *payload, struct str *sealed)
{
    return arena_format(arena, payload, "{\"seq\":%llu,\"filler\":\"[erased]\"}", (unsigned long long)seq) &&
           arena_format(arena, sealed, "sealed %llu", (unsigned long long)seq);
}

static bool make_erasing(struct session_batch *made, uint64_t seed, uint64_t number)
{
    bool good = true;
    for (uint64_t batch = number - 4; batch < number && good; batch++) {
        for (uint64_t seq = session_seq(seed, batch - 1) + 1; seq <= session_seq(seed, batch) && good; seq++) {
            if (is_event_erased(batch, seq, number)) {
                struct store_rewrite *rewrite = &made->rewrites[made->batch.rewrite_count++];
                rewrite->seq = seq;
                good = make_event_left(&made->arena, seq, &rewrite->payload, &rewrite->sealed);
            }
        }
        if (is_letter_erased(batch, number)) {
            struct store_dead_letter_rewrite *rewrite = &made->letter_rewrites[made->batch.letter_rewrite_count++];
            *rewrite = (struct store_dead_letter_rewrite){.id = (int64_t)batch, .reason = STR("[erased]"), .event_id = STR("[erased]")};
            good = good && make_raw_left(&made->arena, batch, &rewrite->raw);
        }
    }
    made->batch.rewrites = made->rewrites;
    made->batch.letter_rewrites = made->letter_rewrites;
    made->batch.scrubs = true;
    return good;
}

/* ---- a batch ---- */

bool session_batch_make(struct session_batch *made, uint64_t seed, uint64_t number)
{
    uint64_t seq = session_seq(seed, number - 1);
    size_t events = event_count(seed, number);
    memset(made, 0, sizeof(*made));
    arena_init(&made->arena, 64 * MIB);
    bool good = true;
    for (size_t i = 0; i < events && good; i++) {
        good = make_event(&made->arena, seed, number, seq + 1 + i, &made->events[i]);
    }
    snprintf(made->number, sizeof(made->number), "%llu", (unsigned long long)number);
    snprintf(made->object, sizeof(made->object), "{\"first\":%llu,\"last\":%llu}", (unsigned long long)seq + 1,
             (unsigned long long)(seq + events));
    made->letter = (struct store_dead_letter){.received_at = (int64_t)number, .category = (uint8_t)(number % 5), .stream = STORE_STREAM_UNKNOWN,
                                              .attempts = 1, .tenant = STR("default"), .reason = STR("no JSON"), .origin = STR("HTTP"),
                                              .event_id = str_from(made->number)};
    good = good && make_raw(&made->arena, seed, number, &made->letter.raw);
    made->batch = (struct store_batch){.events = made->events, .event_count = events, .dead_letters = &made->letter, .dead_letter_count = 1,
                                       .audit = &made->audit, .audit_count = 1, .settings = made->settings, .setting_count = 2};
    if (number > 2 && is_removed_by(number - 2, number)) {
        made->removal = (struct store_dead_letter_removal){(int64_t)number - 2, STORE_REPLAYED, (int64_t)number, (int64_t)(seq + events)};
        made->batch.removals = &made->removal;
        made->batch.removal_count = 1;
    } else if (number > 2) {
        made->letter.replaces = (int64_t)number - 2;
        made->update = (struct store_dead_letter_update){.id = (int64_t)number - 1, .category = 4, .attempts = 2, .reason = STR("again")};
        made->batch.updates = &made->update;
        made->batch.update_count = 1;
    }
    made->audit = (struct store_audit_entry){.at = (int64_t)number, .actor = STR("session"), .action = STR("commit"),
                                             .object = str_from(made->number), .after = str_from(made->object)};
    made->settings[0] = (struct store_setting){.key = STR("batch"), .value = str_from(made->number)};
    made->settings[1] = (struct store_setting){.key = STR("key"), .value = erases(number) ? STR_NONE : str_from(made->number)};
    return good && (!erases(number) || make_erasing(made, seed, number));
}

void session_batch_release(struct session_batch *made)
{
    arena_release(&made->arena);
}

enum status session_commit(struct store *store, uint64_t seed, uint64_t number, struct error *error)
{
    static struct session_batch made; /* large; sessions are single-threaded */
    enum status status = session_batch_make(&made, seed, number) ? store_commit(store, &made.batch, error)
                                                                 : error_no_memory(error, "session");
    session_batch_release(&made);
    return status;
}

enum status session_last(struct store_reader *reader, uint64_t *number, struct error *error)
{
    struct arena arena;
    struct str value;
    int64_t found = 0;
    arena_init(&arena, 1 * MIB);
    enum status status = store_reader_setting(reader, STR("batch"), &arena, &value, error);
    if (status == STATUS_OK && !str_to_i64(value, &found)) {
        status = error_set(error, STATUS_FATAL, "session", "the setting is %.*s", STR_ARGS(value));
    }
    *number = (uint64_t)found;
    arena_release(&arena);
    return status == STATUS_ABSENT ? STATUS_OK : status;
}

static bool same_event(const struct store_event *a, const struct store_event *b)
{
    return a->seq == b->seq && a->observed_at == b->observed_at && a->stream == b->stream && a->type == b->type &&
           str_equal(a->tenant, b->tenant) && str_equal(a->payload, b->payload) && str_equal(a->sealed, b->sealed);
}

static bool event_is_right(const struct store_event *event, struct session_batch *made, size_t index, uint64_t batch, uint64_t number)
{
    struct store_event *expected = &made->events[index];
    bool erased = is_event_erased(batch, expected->seq, number);
    return (!erased || make_event_left(&made->arena, expected->seq, &expected->payload, &expected->sealed)) && same_event(event, expected);
}

static enum status verify_events(struct store_reader *reader, uint64_t seed, uint64_t number, struct error *error)
{
    static struct session_batch made;
    const struct store_event *chunk = NULL;
    size_t count = 0, at = 0;
    uint64_t seq = 0;
    for (uint64_t i = 1; i <= number; i++) {
        enum status status = session_batch_make(&made, seed, i) ? STATUS_OK : error_no_memory(error, "session");
        for (size_t e = 0; e < made.batch.event_count && status == STATUS_OK; e++) {
            if (at == count) {
                at = 0;
                status = store_reader_events(reader, seq + 1, &chunk, &count, error);
            }
            if (status == STATUS_OK && (count == 0 || !event_is_right(&chunk[at], &made, e, i, number))) {
                status = error_set(error, STATUS_FATAL, "session", "event %llu of batch %llu is missing or different",
                                   (unsigned long long)seq + 1, (unsigned long long)i);
            }
            at++;
            seq++;
        }
        session_batch_release(&made);
        if (status != STATUS_OK) {
            return status;
        }
    }
    enum status status = store_reader_events(reader, seq + 1, &chunk, &count, error);
    return status == STATUS_OK && count != 0 ? error_set(error, STATUS_FATAL, "session", "there are events after the last one") : status;
}

static bool letter_is_right(const struct store_dead_letter *letter, uint64_t seed, uint64_t number, struct arena *arena)
{
    uint64_t id = (uint64_t)letter->id;
    struct str raw;
    if (is_removed_by(id, number)) {
        return letter->removal == STORE_REPLAYED && letter->raw.at == NULL && letter->raw_bytes == 0 &&
               letter->became == (int64_t)session_seq(seed, id + 2) && letter->removed_at == letter->id + 2;
    }
    bool edited = is_edited_by(id, number), updated = is_updated_by(id, number), erased = is_letter_erased(id, number);
    return (erased ? make_raw_left(arena, id, &raw) : make_raw(arena, seed, id, &raw)) && letter->removal == (edited ? STORE_EDITED : STORE_PENDING) &&
           str_equal(letter->raw, raw) && letter->raw_bytes == raw.length && letter->became == (edited ? letter->id + 2 : 0) &&
           letter->replaces == (id % 2 == 1 && id > 2 ? letter->id - 2 : 0) && letter->attempts == (updated ? 2 : 1) &&
           str_is(letter->reason, erased ? "[erased]" : updated ? "again" : "no JSON") &&
           (raw.at == NULL) == (letter->raw.at == NULL) && str_is(letter->event_id, "[erased]") == erased;
}

static enum status verify_letters(struct store_reader *reader, uint64_t seed, uint64_t number, struct error *error)
{
    struct arena arena;
    enum status status = STATUS_OK;
    arena_init(&arena, 64 * MIB);
    for (uint64_t id = 1; id <= number && status == STATUS_OK; id++) {
        struct store_dead_letter letter;
        arena_clear(&arena);
        status = store_reader_dead_letter(reader, (int64_t)id, &arena, &letter, error);
        if (status != STATUS_OK || !letter_is_right(&letter, seed, number, &arena)) {
            status = error_set(error, STATUS_FATAL, "session", "dead letter %llu is missing or different", (unsigned long long)id);
        }
    }
    struct store_dead_letter beyond;
    if (status == STATUS_OK && store_reader_dead_letter(reader, (int64_t)number + 1, &arena, &beyond, NULL) != STATUS_ABSENT) {
        status = error_set(error, STATUS_FATAL, "session", "there is a dead letter too many");
    }
    arena_release(&arena);
    return status;
}

static enum status verify_key(struct store_reader *reader, uint64_t number, struct error *error)
{
    struct arena arena;
    struct str value;
    arena_init(&arena, 1 * MIB);
    enum status status = store_reader_setting(reader, STR("key"), &arena, &value, error);
    arena_release(&arena);
    bool is_there = status == STATUS_OK, belongs = number > 0 && !erases(number);
    if ((status == STATUS_OK || status == STATUS_ABSENT) && is_there != belongs) {
        return error_set(error, STATUS_FATAL, "session", "the key is %s after batch %llu", is_there ? "there" : "gone", (unsigned long long)number);
    }
    return status == STATUS_ABSENT ? STATUS_OK : status;
}

enum status session_verify(struct store_reader *reader, uint64_t seed, uint64_t number, struct error *error)
{
    uint64_t last = 0, found = 0;
    int64_t observed_at;
    struct store_audit_report report;
    enum status status = store_reader_last(reader, &last, &observed_at, error);
    if (status == STATUS_OK && last != session_seq(seed, number)) {
        status = error_set(error, STATUS_FATAL, "session", "the log ends at %llu, not at %llu", (unsigned long long)last,
                           (unsigned long long)session_seq(seed, number));
    }
    if (status == STATUS_OK) {
        status = verify_events(reader, seed, number, error);
    }
    if (status == STATUS_OK) {
        status = verify_letters(reader, seed, number, error);
    }
    if (status == STATUS_OK) {
        status = verify_key(reader, number, error);
    }
    if (status == STATUS_OK) {
        status = store_audit_verify(reader, &report, error);
    }
    if (status == STATUS_OK && (report.count != number || report.broken_id != 0)) {
        status = error_set(error, STATUS_FATAL, "session", "the audit log holds %llu entries, broken at %lld",
                           (unsigned long long)report.count, (long long)report.broken_id);
    }
    if (status == STATUS_OK) {
        status = session_last(reader, &found, error);
    }
    if (status == STATUS_OK && found != number) {
        status = error_set(error, STATUS_FATAL, "session", "the setting says %llu", (unsigned long long)found);
    }
    return status;
}
