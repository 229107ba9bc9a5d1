#include "ingest/senders.h"

#include <assert.h>
#include <stdio.h>

#include "base/json_read.h"
#include "base/json_write.h"
#include "base/log.h"
#include "base/memory.h"
#include "ingest/ingest.h"

#define SENDERS_MAX 256 /* a window with more is closed */
#define RUNS_MAX 1024   /* likewise: about 5 KiB, which every batch writes */
#define RANGES_MAX 1024 /* in one entry */
#define NAMES_BYTES_MAX (8 * MIB)
#define TEXT_BYTES_MAX (8 * MIB)

static_assert(SENDERS_MAX + BATCH_SENDERS_MAX + (RUNS_MAX + LIMIT_BATCH_EVENTS) / RANGES_MAX + 1 <= SENDERS_ENTRIES_MAX,
              "a batch has room for the entries of the longest window");

/* ---- windows ---- */

static bool is_empty(const struct senders_window *window)
{
    return window->run_count == 0 && window->sender_count == 0;
}

static void window_clear(struct senders_window *window)
{
    arena_clear(&window->names);
    window->sender_count = window->run_count = 0;
    window->since = window->until = 0;
    window->from = window->next = 0;
}

/* Its number from 1, made where it is new; 0 without memory. */
static uint32_t sender_number(struct senders_window *window, struct str actor, struct str tenant, struct str origin)
{
    for (size_t i = 0; i < window->sender_count; i++) {
        const struct senders_sender *sender = &window->senders[i];
        if (str_equal(sender->actor, actor) && str_equal(sender->tenant, tenant) && str_equal(sender->origin, origin)) {
            return (uint32_t)i + 1;
        }
    }
    struct senders_sender *grown =
        memory_grow(window->senders, &window->sender_capacity, window->sender_count + 1, sizeof *grown);
    if (grown == NULL) {
        return 0;
    }
    window->senders = grown;
    struct senders_sender *made = &grown[window->sender_count];
    *made = (struct senders_sender){0};
    if (!arena_copy(&window->names, actor, &made->actor) || !arena_copy(&window->names, tenant, &made->tenant) ||
        !arena_copy(&window->names, origin, &made->origin)) {
        return 0;
    }
    return (uint32_t)++window->sender_count;
}

static bool add_run(struct senders_window *window, uint32_t sender, uint32_t count)
{
    struct senders_run *last = window->run_count == 0 ? NULL : &window->runs[window->run_count - 1];
    window->next += count;
    if (last != NULL && last->sender == sender && last->count <= UINT32_MAX - count) {
        last->count += count;
        return true;
    }
    struct senders_run *grown = memory_grow(window->runs, &window->run_capacity, window->run_count + 1, sizeof *grown);
    if (grown == NULL) {
        return false;
    }
    window->runs = grown;
    grown[window->run_count++] = (struct senders_run){sender, count};
    return true;
}

static bool window_copy(const struct senders_window *from, struct senders_window *to)
{
    window_clear(to);
    to->since = from->since;
    to->until = from->until;
    to->from = to->next = from->from;
    for (size_t i = 0; i < from->sender_count; i++) {
        const struct senders_sender *sender = &from->senders[i];
        if (sender_number(to, sender->actor, sender->tenant, sender->origin) != i + 1) {
            return false;
        }
        to->senders[i].rejected = sender->rejected;
    }
    for (size_t i = 0; i < from->run_count; i++) {
        if (!add_run(to, from->runs[i].sender, from->runs[i].count)) {
            return false;
        }
    }
    return true;
}

/* ---- a batch's senders ---- */

static struct str origin_of(const struct batch_sender *sender, struct arena *arena)
{
    struct str text;
    bool joined = sender->address.length > 0 &&
                  arena_format(arena, &text, "%.*s %.*s", STR_ARGS(sender->origin), STR_ARGS(sender->address));
    return joined ? text : sender->origin;
}

static bool merge(struct senders_window *window, struct batch *batch, uint64_t first_seq, int64_t observed_at)
{
    uint32_t numbers[BATCH_SENDERS_MAX + 1] = {0};
    if (is_empty(window)) {
        window->since = observed_at;
        window->from = window->next = first_seq;
    }
    window->until = batch->sender_count > 0 ? observed_at : window->until;
    for (size_t i = 0; i < batch->sender_count; i++) {
        const struct batch_sender *sender = &batch->senders[i];
        uint32_t number = sender_number(window, sender->actor, sender->tenant, origin_of(sender, &batch->arena));
        if (number == 0) {
            return false;
        }
        numbers[i + 1] = number;
        window->senders[number - 1].rejected += sender->rejected;
    }
    if (window->next < first_seq && !add_run(window, 0, (uint32_t)(first_seq - window->next))) { /* batches without senders */
        return false;
    }
    for (size_t i = 0; i < batch->run_count; i++) {
        if (!add_run(window, numbers[batch->runs[i].sender], batch->runs[i].count)) {
            return false;
        }
    }
    return true;
}

/* ---- entries of the audit log ---- */

struct entry {
    struct buffer *text;
    struct json_writer json;
    int64_t at;
    uint64_t first, last, events;
    size_t ranges;
};

static void begin_entry(struct entry *entry)
{
    buffer_clear(entry->text);
    json_write_init(&entry->json, entry->text, 0);
    json_write_object_begin(&entry->json);
    json_write_key(&entry->json, "positions");
    json_write_array_begin(&entry->json);
    entry->first = entry->last = entry->events = 0;
    entry->ranges = 0;
}

static void add_range(struct entry *entry, uint64_t first, uint64_t count)
{
    json_write_array_begin(&entry->json);
    json_write_i64(&entry->json, (int64_t)first);
    json_write_i64(&entry->json, (int64_t)(first + count - 1));
    json_write_array_end(&entry->json);
    entry->first = entry->ranges == 0 ? first : entry->first;
    entry->last = first + count - 1;
    entry->events += count;
    entry->ranges++;
}

static bool end_entry(struct entry *entry, const struct senders_window *window, const struct senders_sender *sender,
                      uint64_t rejected, struct batch *batch)
{
    json_write_array_end(&entry->json);
    json_field_i64(&entry->json, "events", (int64_t)entry->events);
    json_field_i64(&entry->json, "rejected", (int64_t)rejected);
    json_field_i64(&entry->json, "since", window->since);
    json_field_i64(&entry->json, "until", window->until);
    json_write_object_end(&entry->json);
    struct store_audit_entry made = {.at = entry->at, .action = STR("events.send"), .object = STR("log")};
    bool fine = !buffer_failed(entry->text) && arena_copy(&batch->arena, buffer_str(entry->text), &made.after) &&
                arena_copy(&batch->arena, sender->actor, &made.actor) && arena_copy(&batch->arena, sender->tenant, &made.tenant) &&
                arena_copy(&batch->arena, sender->origin, &made.origin);
    if (fine && entry->events > 0) {
        fine = arena_format(&batch->arena, &made.object, "log %llu-%llu", (unsigned long long)entry->first,
                            (unsigned long long)entry->last);
    }
    return fine && batch_add_audit(batch, &made);
}

static bool put_sender(const struct senders_window *window, size_t number, struct entry *entry, struct batch *batch)
{
    const struct senders_sender *sender = &window->senders[number];
    uint64_t at = window->from;
    begin_entry(entry);
    for (size_t i = 0; i < window->run_count; i++) {
        const struct senders_run *run = &window->runs[i];
        if (run->sender == number + 1) {
            add_range(entry, at, run->count);
        }
        at += run->count;
        if (entry->ranges == RANGES_MAX) {
            if (!end_entry(entry, window, sender, 0, batch)) {
                return false;
            }
            begin_entry(entry);
        }
    }
    return (entry->ranges == 0 && sender->rejected == 0) || end_entry(entry, window, sender, sender->rejected, batch);
}

static bool put_entries(const struct senders_window *window, int64_t at, struct batch *batch)
{
    struct buffer text;
    struct entry entry = {.text = &text, .at = at};
    bool fine = true;
    buffer_init(&text, TEXT_BYTES_MAX);
    for (size_t i = 0; fine && i < window->sender_count; i++) {
        fine = put_sender(window, i, &entry, batch);
    }
    buffer_release(&text);
    return fine;
}

/* ---- the setting ---- */

/* {"since","until","from","senders":[[actor, tenant, origin, rejected]…],"runs":[sender, count, …]} */
static void write_window(const struct senders_window *window, struct json_writer *json)
{
    json_write_object_begin(json);
    json_field_i64(json, "since", window->since);
    json_field_i64(json, "until", window->until);
    json_field_i64(json, "from", (int64_t)window->from);
    json_write_key(json, "senders");
    json_write_array_begin(json);
    for (size_t i = 0; i < window->sender_count; i++) {
        const struct senders_sender *sender = &window->senders[i];
        json_write_array_begin(json);
        json_write_str(json, sender->actor);
        json_write_str(json, sender->tenant);
        json_write_str(json, sender->origin);
        json_write_i64(json, (int64_t)sender->rejected);
        json_write_array_end(json);
    }
    json_write_array_end(json);
    json_write_key(json, "runs");
    json_write_array_begin(json);
    for (size_t i = 0; i < window->run_count; i++) {
        json_write_i64(json, window->runs[i].sender);
        json_write_i64(json, window->runs[i].count);
    }
    json_write_array_end(json);
    json_write_object_end(json);
}

static bool put_setting(const struct senders_window *window, struct batch *batch)
{
    struct store_setting setting = {.key = STR(INGEST_SENDERS_KEY), .value = STR_NONE};
    bool fine = true;
    if (!is_empty(window)) {
        struct buffer text;
        struct json_writer json;
        buffer_init(&text, TEXT_BYTES_MAX);
        json_write_init(&json, &text, 0);
        write_window(window, &json);
        fine = !buffer_failed(&text) && arena_copy(&batch->arena, buffer_str(&text), &setting.value);
        buffer_release(&text);
    }
    return fine && batch_add_setting(batch, &setting);
}

static int64_t integer_at(struct json_iterator *at)
{
    return json_next(at) && json_type(at->value) == JSON_I64 ? json_i64(at->value) : -1;
}

static struct str text_at(struct json_iterator *at)
{
    return json_next(at) && json_type(at->value) == JSON_STRING ? json_string(at->value) : STR_NONE;
}

static int64_t integer_member(struct json object, const char *name)
{
    struct json value;
    return json_member(object, name, &value) && json_type(value) == JSON_I64 ? json_i64(value) : -1;
}

/* STATUS_INVALID: they are none. */
static enum status read_senders(struct json list, struct senders_window *window)
{
    bool holds = json_type(list) == JSON_ARRAY;
    for (struct json_iterator i = json_begin(list); holds && json_next(&i);) {
        if (json_type(i.value) != JSON_ARRAY) {
            return STATUS_INVALID;
        }
        struct json_iterator of = json_begin(i.value);
        struct str actor = text_at(&of), tenant = text_at(&of), origin = text_at(&of);
        int64_t rejected = integer_at(&of);
        if (actor.at == NULL || tenant.at == NULL || origin.at == NULL || rejected < 0) {
            return STATUS_INVALID;
        }
        size_t before = window->sender_count;
        uint32_t number = sender_number(window, actor, tenant, origin);
        if (number == 0) {
            return STATUS_FATAL;
        }
        window->senders[number - 1].rejected = (uint64_t)rejected;
        holds = number == before + 1;
    }
    return holds ? STATUS_OK : STATUS_INVALID;
}

static enum status read_runs(struct json list, struct senders_window *window)
{
    bool holds = json_type(list) == JSON_ARRAY;
    for (struct json_iterator i = json_begin(list); holds && json_next(&i);) {
        int64_t sender = json_type(i.value) == JSON_I64 ? json_i64(i.value) : -1, count = integer_at(&i);
        holds = sender >= 0 && sender <= (int64_t)window->sender_count && count > 0 && count <= UINT32_MAX;
        if (holds && !add_run(window, (uint32_t)sender, (uint32_t)count)) {
            return STATUS_FATAL;
        }
    }
    return holds ? STATUS_OK : STATUS_INVALID;
}

/* STATUS_INVALID: it is none. */
static enum status read_window(struct json root, struct senders_window *window, struct error *error)
{
    struct json senders, runs;
    int64_t from = integer_member(root, "from");
    window->since = integer_member(root, "since");
    window->until = integer_member(root, "until");
    enum status status = STATUS_INVALID;
    if (json_type(root) == JSON_OBJECT && window->since >= 0 && window->until >= window->since && from > 0 && json_member(root, "senders", &senders) &&
        json_member(root, "runs", &runs)) {
        window->from = window->next = (uint64_t)from;
        status = read_senders(senders, window);
        status = status == STATUS_OK ? read_runs(runs, window) : status;
    }
    return status == STATUS_OK      ? STATUS_OK
           : status == STATUS_FATAL ? error_no_memory(error, "intake")
                                    : error_set(error, STATUS_INVALID, INGEST_SENDERS_KEY, "who sent the newest events can't be read");
}

/* ---- life ---- */

bool senders_init(struct senders *senders, struct str kept)
{
    *senders = (struct senders){0};
    for (int i = 0; i < 2; i++) {
        arena_init(&senders->windows[i].names, NAMES_BYTES_MAX);
    }
    if (kept.at == NULL) {
        return true;
    }
    struct json_parser *parser = json_parser_new();
    char *padded = memory_new(kept.length + JSON_READ_PADDING);
    struct json root;
    struct error error;
    enum status status = STATUS_FATAL;
    if (parser != NULL && padded != NULL) {
        memcpy(padded, kept.at, kept.length);
        memset(padded + kept.length, 0, JSON_READ_PADDING);
        status = json_parse(parser, (struct str){padded, kept.length}, &root, &error);
        status = status == STATUS_OK ? read_window(root, &senders->windows[0], &error) : status;
    }
    if (status == STATUS_INVALID) {
        log_error("intake", &error);
        window_clear(&senders->windows[0]);
    }
    memory_free(padded);
    json_parser_free(parser);
    if (status != STATUS_OK && status != STATUS_INVALID) {
        senders_release(senders);
        return false;
    }
    return true;
}

void senders_release(struct senders *senders)
{
    for (int i = 0; i < 2; i++) {
        arena_release(&senders->windows[i].names);
        memory_free(senders->windows[i].senders);
        memory_free(senders->windows[i].runs);
    }
    *senders = (struct senders){0};
}

bool senders_are_due(const struct senders *senders, int64_t now_ms)
{
    const struct senders_window *window = &senders->windows[senders->durable];
    return !is_empty(window) && now_ms - window->since >= LIMIT_SENDERS_WINDOW_MS;
}

static bool is_done(const struct senders_window *window, int64_t now_ms)
{
    return now_ms - window->since >= LIMIT_SENDERS_WINDOW_MS || window->run_count > RUNS_MAX || window->sender_count > SENDERS_MAX;
}

bool senders_seal(struct senders *senders, struct batch *batch, uint64_t first_seq, int64_t observed_at)
{
    assert(!senders->sealed);
    if (batch->sender_count == 0 && !senders_are_due(senders, observed_at)) {
        return true;
    }
    const struct senders_window *durable = &senders->windows[senders->durable];
    struct senders_window *next = &senders->windows[1 - senders->durable];
    struct batch_changes before = batch_changes(batch);
    bool fine = window_copy(durable, next) && merge(next, batch, first_seq, observed_at);
    if (fine && is_done(next, observed_at)) {
        fine = put_entries(next, observed_at, batch);
        window_clear(next);
    }
    fine = fine && put_setting(next, batch);
    if (!fine) {
        batch_undo(batch, &before);
    }
    senders->sealed = fine;
    return fine;
}

void senders_committed(struct senders *senders)
{
    if (senders->sealed) {
        senders->durable = 1 - senders->durable;
        senders->sealed = false;
    }
}

void senders_failed(struct senders *senders)
{
    senders->sealed = false;
}
