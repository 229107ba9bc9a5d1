#include "ingest/erasure.h"

#include <assert.h>

#include "base/memory.h"
#include "ingest/letter_erase.h"
#include "ingest/unseal.h"

#define EVENT_ARENA_BYTES (64 * MIB)
#define PENDING_BYTES_MAX (64 * MIB) /* of rewrites that wait for their transaction; one dead letter may go over it */
#define PENDING_ARENA_BYTES (1 * GIB)
#define SETTINGS_MAX 8192
#define RESTATE_FACTS 1000
#define AUDIT_PAGE 500
#define ROUNDS_MAX 8

enum stage { SCAN, LETTERS, AUDIT, FLUSH, COMMIT, RESTATE, END };

struct erasure {
    struct erasure_options options;
    struct erasure_report report;
    struct event_decoder *decoder;
    struct seal_subject subject;
    bool is_number; /* written in many ways: the text alone does not tell */
    enum stage stage, after_flush;
    uint64_t next_seq;       /* to be looked at */
    uint64_t restate_below;  /* what is in the log when the transaction is through */
    int64_t next_letter, next_audit;
    int round;
    bool waits, in_step, stopped, told, committed;
    struct arena kept;       /* of the report */
    struct arena event;      /* of one event, letter or page */
    struct arena pending;    /* of what the next transaction writes */
    struct store_rewrite *rewrites;
    size_t rewrite_count, rewrite_capacity;
    struct store_dead_letter_rewrite *letters;
    size_t letter_count, letter_capacity;
    struct store_setting *settings;
    size_t setting_count, setting_capacity;
    uint64_t *seqs;          /* of events whose facts are to be restated, ascending */
    size_t seq_count, seq_capacity, restated;
    uint64_t batch;          /* number for keys that are noted */
    struct seal_forgotten *forgotten;
    void (*resume)(void *context);
};

static bool is_whole(const struct erasure *erasure)
{
    return erasure->subject.text.at == NULL;
}

static void fail(struct erasure *erasure, enum status status, const struct error *error)
{
    if (erasure->report.status == STATUS_OK) {
        erasure->report.status = status;
        erasure->report.error = *error;
        erasure->report.error.status = status;
    }
    erasure->stage = END;
}

static void fail_memory(struct erasure *erasure)
{
    struct error error;
    enum status status = error_set(&error, STATUS_RETRY, "erasure", "out of memory; nothing more was done, try again");
    fail(erasure, status, &error);
}

/* ---- life ---- */

static void name_subject(struct erasure *erasure)
{
    static const char digits[] = "0123456789abcdef";
    struct seal_subject *subject = &erasure->subject;
    struct personal_scan scan = {.text = str_trim(erasure->options.subject), .numbers = true};
    struct personal_span span;
    *subject = (struct seal_subject){.text = erasure->options.subject};
    if (subject->text.at == NULL) {
        return;
    }
    erasure->is_number = personal_next(&scan, &span) && span.begin == 0 && span.end == scan.text.length && span.kind != PERSONAL_EMAIL;
    subject->has_name = seal_name_of(erasure->options.seal, erasure->options.tenant_id, subject->text, &subject->name);
    for (size_t i = 0; subject->has_name && i < SEAL_NAME_SIZE; i++) {
        erasure->report.subject_hash[2 * i] = digits[subject->name.bytes[i] >> 4];
        erasure->report.subject_hash[2 * i + 1] = digits[subject->name.bytes[i] & 15];
    }
}

struct erasure *erasure_new(const struct erasure_options *options)
{
    static uint64_t batches = UINT64_MAX; /* counted down, so that they are never those of the intake */
    struct erasure *erasure = memory_new_zeroed(1, sizeof *erasure);
    if (erasure == NULL) {
        return NULL;
    }
    erasure->options = *options;
    erasure->decoder = event_decoder_new();
    erasure->next_seq = 1;
    erasure->batch = batches--;
    arena_init(&erasure->kept, 64 * MIB);
    arena_init(&erasure->event, EVENT_ARENA_BYTES + 4 * LIMIT_DEAD_LETTER_BYTES);
    arena_init(&erasure->pending, PENDING_ARENA_BYTES);
    if (erasure->decoder == NULL) {
        erasure_free(erasure);
        return NULL;
    }
    name_subject(erasure);
    return erasure;
}

void erasure_free(struct erasure *erasure)
{
    if (erasure == NULL) {
        return;
    }
    assert(!erasure->waits);
    seal_forgotten_drop(erasure->forgotten);
    event_decoder_free(erasure->decoder);
    arena_release(&erasure->kept);
    arena_release(&erasure->event);
    arena_release(&erasure->pending);
    memory_free(erasure->rewrites);
    memory_free(erasure->letters);
    memory_free(erasure->settings);
    memory_free(erasure->seqs);
    memory_free(erasure);
}

bool erasure_is_done(const struct erasure *erasure)
{
    return erasure->told;
}

const struct erasure_report *erasure_report(const struct erasure *erasure)
{
    return &erasure->report;
}

void erasure_on_resume(struct erasure *erasure, void (*resume)(void *context))
{
    erasure->resume = resume;
}

/* ---- the report ---- */

static bool add_example(struct erasure *erasure, const struct event *event, uint64_t seq)
{
    struct erasure_report *report = &erasure->report;
    if (report->example_count == ERASURE_EXAMPLES_MAX) {
        return true;
    }
    struct erasure_example *example = &report->examples[report->example_count++];
    *example = (struct erasure_example){.seq = seq, .timestamp = event->timestamp, .type = event->type};
    return arena_copy(&erasure->kept, event->event_id, &example->event_id) &&
           arena_copy(&erasure->kept, event->iteration_id, &example->iteration_id) &&
           arena_copy(&erasure->kept, event->node_id, &example->node_id);
}

static void add_beside(void *context, enum personal_kind kind, struct str value)
{
    struct erasure *erasure = context;
    struct erasure_report *report = &erasure->report;
    for (size_t i = 0; i < report->beside_count; i++) {
        if (report->beside[i].kind == kind && str_equal(report->beside[i].value, value)) {
            report->beside[i].events++;
            return;
        }
    }
    if (report->beside_count < ERASURE_BESIDE_MAX) {
        struct erasure_beside *beside = &report->beside[report->beside_count];
        *beside = (struct erasure_beside){.kind = kind, .events = 1};
        report->beside_count += arena_copy(&erasure->kept, value, &beside->value);
    }
}

/* ---- events ---- */

static bool note(void *context, struct str key, struct str value)
{
    struct erasure *erasure = context;
    struct store_setting *settings =
        memory_grow(erasure->settings, &erasure->setting_capacity, erasure->setting_count + 1, sizeof *settings);
    if (settings == NULL) {
        return false;
    }
    erasure->settings = settings;
    struct store_setting *setting = &settings[erasure->setting_count++];
    *setting = (struct store_setting){0};
    return arena_copy(&erasure->pending, key, &setting->key) && arena_copy(&erasure->pending, value, &setting->value);
}

static bool add_seq(struct erasure *erasure, uint64_t seq)
{
    uint64_t *seqs = memory_grow(erasure->seqs, &erasure->seq_capacity, erasure->seq_count + 1, sizeof *seqs);
    if (seqs == NULL) {
        return false;
    }
    erasure->seqs = seqs;
    seqs[erasure->seq_count++] = seq;
    return true;
}

/* What is logged of it instead: what it still says of others is sealed, now if it was not. */
static bool add_rewrite(struct erasure *erasure, const struct event *event, uint64_t seq)
{
    struct event stored;
    struct str sealed;
    struct buffer json;
    struct store_rewrite *rewrites =
        memory_grow(erasure->rewrites, &erasure->rewrite_capacity, erasure->rewrite_count + 1, sizeof *rewrites);
    if (rewrites == NULL ||
        !seal_event(erasure->options.seal, event, erasure->batch, note, erasure, &erasure->event, &stored, &sealed)) {
        return false;
    }
    erasure->rewrites = rewrites;
    struct store_rewrite *rewrite = &rewrites[erasure->rewrite_count];
    *rewrite = (struct store_rewrite){.seq = seq};
    buffer_init(&json, 2 * LIMIT_EVENT_BYTES);
    event_encode(&stored, &json);
    bool fine = !buffer_failed(&json) && arena_copy(&erasure->pending, buffer_str(&json), &rewrite->payload) &&
                (sealed.at == NULL || arena_copy(&erasure->pending, sealed, &rewrite->sealed));
    buffer_release(&json);
    erasure->rewrite_count += fine;
    return fine;
}

/* Can nothing in it be the subject's, by a look at the bytes? */
static bool is_none(const struct erasure *erasure, const struct store_event *logged)
{
    size_t begin, end;
    return !is_whole(erasure) && !erasure->is_number && logged->sealed.length == 0 &&
           !seal_find(logged->payload, erasure->subject.text, 0, true, &begin, &end);
}

static bool encode_as(struct erasure *erasure, const struct store_event *logged, struct seal_ring *ring, const struct seal_name *without,
                      struct buffer *json)
{
    struct event event;
    struct error error;
    const struct unseal unseal = {ring, erasure->decoder, &erasure->event};
    buffer_init(json, 4 * LIMIT_EVENT_BYTES);
    bool fine = unseal_event(&unseal, logged, without, &event, &error) == STATUS_OK;
    if (fine) {
        event_encode(&event, json);
    }
    return fine && !buffer_failed(json);
}

/* Does a key that is there, and is to go, open something of it? The name alone does not say: an earlier key of that name may be gone.
 * Once the key is gone, the graph may still say what it opened. */
static bool is_opened(struct erasure *erasure, const struct store_event *logged)
{
    const struct seal_subject *subject = &erasure->subject;
    bool named = logged->sealed.length > 0 && (is_whole(erasure) || (subject->has_name && seal_touches(logged->sealed, &subject->name)));
    if (!named || erasure->committed) {
        return named;
    }
    struct buffer with, without;
    bool fine = encode_as(erasure, logged, erasure->options.seal, NULL, &with);
    fine = encode_as(erasure, logged, is_whole(erasure) ? NULL : erasure->options.seal, &subject->name, &without) && fine;
    bool opened = !fine || !str_equal(buffer_str(&with), buffer_str(&without)); /* damage shows where it is read again */
    buffer_release(&with);
    buffer_release(&without);
    return opened;
}

static bool look_at(struct erasure *erasure, const struct store_event *logged)
{
    struct erasure_report *report = &erasure->report;
    const struct seal_subject *subject = &erasure->subject;
    struct event event;
    struct error error;
    bool changed;
    unsigned in_ids;
    report->looked_at++;
    if (!str_equal(logged->tenant, erasure->options.tenant_id) || is_none(erasure, logged)) {
        return true;
    }
    arena_clear(&erasure->event);
    bool touched = is_opened(erasure, logged);
    const struct unseal unseal = {is_whole(erasure) ? NULL : erasure->options.seal, erasure->decoder, &erasure->event};
    enum status status = unseal_event(&unseal, logged, subject->has_name ? &subject->name : NULL, &event, &error);
    if (status != STATUS_OK) {
        fail(erasure, status, &error);
        return true;
    }
    if (!seal_erase(erasure->options.seal, &event, subject, &erasure->event, &changed, &in_ids)) {
        return false;
    }
    report->in_ids += in_ids > 0;
    if (!touched && !changed) {
        return true;
    }
    report->events++;
    report->sealed += touched;
    report->rewritten += changed;
    return add_seq(erasure, logged->seq) && add_example(erasure, &event, logged->seq) &&
           seal_identifiers(&event, &erasure->event, add_beside, erasure) &&
           (!changed || !erasure->options.apply || add_rewrite(erasure, &event, logged->seq));
}

static bool is_full(const struct erasure *erasure)
{
    return erasure->rewrite_count >= ERASURE_REWRITES_MAX || erasure->letter_count >= ERASURE_REWRITES_MAX ||
           erasure->setting_count >= SETTINGS_MAX || erasure->pending.used_bytes >= PENDING_BYTES_MAX;
}

static void scan(struct erasure *erasure)
{
    const struct store_event *events;
    struct error error;
    size_t count;
    bool again = erasure->round > 0; /* only what came until the transaction */
    enum status status = store_reader_events(erasure->options.reader, erasure->next_seq, &events, &count, &error);
    if (status != STATUS_OK) {
        fail(erasure, status, &error);
        return;
    }
    bool fine = true, ends = count == 0;
    for (size_t i = 0; fine && !ends && i < count && erasure->stage == SCAN; i++) {
        ends = again && events[i].seq > erasure->restate_below;
        if (!ends) {
            fine = look_at(erasure, &events[i]);
            erasure->next_seq = events[i].seq + 1;
            if (fine && erasure->stage == SCAN && is_full(erasure)) {
                erasure->stage = FLUSH;
                erasure->after_flush = SCAN;
            }
        }
    }
    if (!fine) {
        fail_memory(erasure);
    } else if (ends) {
        erasure->stage = LETTERS; /* of a later round: those that came meanwhile */
    }
}

/* ---- dead letters ---- */

static bool add_letter(struct erasure *erasure, const struct store_dead_letter_rewrite *made)
{
    struct store_dead_letter_rewrite *letters =
        memory_grow(erasure->letters, &erasure->letter_capacity, erasure->letter_count + 1, sizeof *letters);
    if (letters == NULL) {
        return false;
    }
    erasure->letters = letters;
    struct store_dead_letter_rewrite *letter = &letters[erasure->letter_count];
    *letter = *made;
    const struct str from[] = {made->raw, made->reason, made->event_id, made->iteration_id, made->place};
    struct str *const to[] = {&letter->raw, &letter->reason, &letter->event_id, &letter->iteration_id, &letter->place};
    for (size_t i = 0; i < sizeof to / sizeof to[0]; i++) {
        if (from[i].at != NULL && !arena_copy(&erasure->pending, from[i], to[i])) {
            return false;
        }
    }
    erasure->letter_count++;
    return true;
}

static bool rewrite_letter(struct erasure *erasure, const struct store_dead_letter *letter)
{
    const struct clock *clock = erasure->options.clock;
    struct letter_erase erase = {.subject = erasure->subject.text, .arena = &erasure->event};
    struct store_dead_letter_rewrite rewrite;
    bool differs;
    clock->random(clock->context, &erase.key, sizeof erase.key);
    if (!letter_erase(&erase, letter, &rewrite, &differs)) {
        return false;
    }
    erasure->report.dead_letters += differs;
    return !differs || !erasure->options.apply || add_letter(erasure, &rewrite);
}

/* One letter; false: none is left, or it failed. */
static bool look_at_letter(struct erasure *erasure)
{
    struct store_reader *reader = erasure->options.reader;
    struct store_dead_letter_filter filter = {.category = STORE_ANY, .stream = STORE_ANY, .tenant = erasure->options.tenant_id,
                                              .removed = true, .after_id = erasure->next_letter};
    struct store_dead_letter *page, letter;
    size_t count;
    bool more;
    struct error error;
    arena_clear(&erasure->event);
    enum status status = store_reader_dead_letters(reader, &filter, 1, &erasure->event, &page, &count, &more, &error);
    if (status == STATUS_OK && count > 0) {
        status = store_reader_dead_letter(reader, page[0].id, &erasure->event, &letter, &error);
    }
    if (status != STATUS_OK) {
        fail(erasure, status, &error);
        return false;
    }
    if (count == 0) {
        return false;
    }
    erasure->next_letter = letter.id;
    if (!rewrite_letter(erasure, &letter)) {
        fail_memory(erasure);
        return false;
    }
    return true;
}

static void look_at_letters(struct erasure *erasure)
{
    for (int i = 0; i < 200; i++) {
        if (!look_at_letter(erasure)) {
            erasure->stage = erasure->stage != LETTERS ? erasure->stage : erasure->committed ? COMMIT : AUDIT;
            return;
        }
        if (is_full(erasure)) {
            erasure->stage = FLUSH;
            erasure->after_flush = LETTERS;
            return;
        }
    }
}

/* ---- the audit log: what it names stays, and is counted ---- */

static bool names(const struct erasure *erasure, struct str text)
{
    size_t begin, end;
    return text.length > 0 && seal_find(text, erasure->subject.text, 0, true, &begin, &end);
}

static void look_at_audit(struct erasure *erasure)
{
    struct store_audit_filter filter = {.tenant = erasure->options.tenant_id, .after_id = erasure->next_audit};
    struct store_audit_entry *entries;
    size_t count = 0;
    bool more = false;
    struct error error;
    arena_clear(&erasure->event);
    enum status status = is_whole(erasure) ? STATUS_OK
                                           : store_reader_audit(erasure->options.reader, &filter, AUDIT_PAGE, &erasure->event, &entries,
                                                                &count, &more, &error);
    if (status != STATUS_OK) {
        fail(erasure, status, &error);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const struct store_audit_entry *entry = &entries[i];
        erasure->report.audit_entries += names(erasure, entry->actor) || names(erasure, entry->object) ||
                                         names(erasure, entry->before) || names(erasure, entry->after);
        erasure->next_audit = entry->id;
    }
    if (!more) {
        erasure->stage = erasure->options.apply ? COMMIT : END;
    }
}

/* ---- transactions ---- */

static void clear_pending(struct erasure *erasure)
{
    arena_clear(&erasure->pending);
    erasure->rewrite_count = erasure->letter_count = erasure->setting_count = 0;
}

static void go_on(struct erasure *erasure)
{
    if (erasure->stopped && erasure->stage != END) {
        struct error error;
        enum status status = error_set(&error, STATUS_RETRY, "erasure", "the server is shutting down; ask again when it is back");
        fail(erasure, status, &error);
    }
    if (erasure->resume != NULL && !erasure->in_step) {
        erasure->resume(erasure->options.context);
    }
}

static void on_flushed(void *context, const struct ingest_answer *answer)
{
    struct erasure *erasure = context;
    erasure->waits = false;
    if (answer->status != STATUS_OK) {
        fail(erasure, answer->status, &answer->error);
    } else {
        seal_ring_settle(erasure->options.seal, erasure->batch);
        clear_pending(erasure);
        erasure->stage = erasure->after_flush;
    }
    go_on(erasure);
}

static void flush(struct erasure *erasure)
{
    const struct ingest_change change = {
        .rewrites = erasure->rewrites, .rewrite_count = erasure->rewrite_count, .letter_rewrites = erasure->letters,
        .letter_rewrite_count = erasure->letter_count, .settings = erasure->settings, .setting_count = erasure->setting_count,
        .scrubs = true};
    erasure->waits = true;
    ingest_change(erasure->options.ingest, &change, on_flushed, erasure);
}

static void on_committed(void *context, const struct ingest_answer *answer)
{
    struct erasure *erasure = context;
    erasure->waits = false;
    if (answer->status != STATUS_OK) {
        seal_forgotten_return(erasure->options.seal, erasure->forgotten);
        erasure->forgotten = NULL;
        fail(erasure, answer->status, &answer->error);
    } else {
        seal_forgotten_drop(erasure->forgotten);
        erasure->forgotten = NULL;
        seal_ring_settle(erasure->options.seal, erasure->batch);
        clear_pending(erasure);
        erasure->restate_below = erasure->committed ? erasure->restate_below : graph_position(erasure->options.graph);
        erasure->committed = erasure->report.applied = true;
        erasure->stage = RESTATE;
    }
    go_on(erasure);
}

/* The setting to remove, and the entry of the audit log, which knows the subject by its hash alone. False without memory. */
static bool add_last(struct erasure *erasure)
{
    const struct erasure_report *report = &erasure->report;
    struct store_audit_entry *audit = &erasure->options.audit;
    struct str key;
    if (!seal_setting_of(erasure->options.tenant_id, is_whole(erasure) ? NULL : &erasure->subject.name, &erasure->pending, &key) ||
        !note(erasure, key, STR(""))) {
        return false;
    }
    erasure->settings[erasure->setting_count - 1].value = STR_NONE;
    erasure->settings[erasure->setting_count - 1].and_below = is_whole(erasure);
    bool named = is_whole(erasure) ? arena_copy(&erasure->kept, STR("personal/all"), &audit->object)
                                   : arena_format(&erasure->kept, &audit->object, "personal/%s", report->subject_hash);
    return named && arena_format(&erasure->kept, &audit->after, "{\"events\":%llu,\"dead_letters\":%llu,\"in_ids\":%llu}",
                                 (unsigned long long)report->events, (unsigned long long)report->dead_letters,
                                 (unsigned long long)report->in_ids);
}

static void commit(struct erasure *erasure)
{
    bool first = !erasure->committed;
    if (!first && erasure->rewrite_count + erasure->letter_count == 0 && erasure->seq_count == erasure->restated) {
        erasure->stage = END; /* nothing came in meanwhile */
        return;
    }
    if (first && !add_last(erasure)) {
        fail_memory(erasure);
        return;
    }
    if (first) {
        erasure->forgotten = seal_forget(erasure->options.seal, erasure->options.tenant_id, is_whole(erasure) ? NULL : &erasure->subject.name);
    }
    const struct ingest_change change = {
        .rewrites = erasure->rewrites, .rewrite_count = erasure->rewrite_count, .letter_rewrites = erasure->letters,
        .letter_rewrite_count = erasure->letter_count, .settings = erasure->settings, .setting_count = erasure->setting_count,
        .audit = &erasure->options.audit, .audit_count = first ? 1 : 0, .scrubs = true};
    erasure->waits = true;
    ingest_change(erasure->options.ingest, &change, on_committed, erasure);
}

/* ---- the graph ---- */

/* What the log says of it now. */
static bool restate(struct erasure *erasure, uint64_t seq, struct error *error)
{
    struct store_event logged;
    struct event event;
    const struct unseal unseal = {erasure->options.seal, erasure->decoder, &erasure->event};
    uint32_t fact = graph_find_seq(erasure->options.graph, seq);
    arena_clear(&erasure->event);
    enum status status = fact == GRAPH_NONE ? error_set(error, STATUS_FATAL, "graph", "event %llu is not there", (unsigned long long)seq)
                                            : store_reader_event(erasure->options.reader, seq, &logged, error);
    if (status == STATUS_OK) {
        status = unseal_event(&unseal, &logged, NULL, &event, error);
    }
    if (status == STATUS_OK) {
        status = graph_restate(erasure->options.graph, fact, &event, error);
    }
    if (status != STATUS_OK) {
        fail(erasure, status, error);
    }
    return status == STATUS_OK;
}

static void restate_some(struct erasure *erasure)
{
    struct error error;
    for (int i = 0; i < RESTATE_FACTS && erasure->restated < erasure->seq_count; i++) {
        if (!restate(erasure, erasure->seqs[erasure->restated], &error)) {
            return;
        }
        erasure->restated++;
    }
    if (erasure->restated < erasure->seq_count) {
        return;
    }
    enum status status = graph_wipe(erasure->options.graph, &error);
    if (status != STATUS_OK) {
        fail(erasure, status, &error);
    } else {
        erasure->stage = ++erasure->round <= ROUNDS_MAX ? SCAN : END; /* what came in until the transaction */
    }
}

/* ---- steps ---- */

static void tell(struct erasure *erasure)
{
    if (!erasure->told) {
        erasure->told = true;
        erasure->options.done(erasure->options.context, erasure);
    }
}

bool erasure_step(struct erasure *erasure)
{
    erasure->in_step = true;
    switch (erasure->stage) {
    case SCAN:
        scan(erasure);
        break;
    case LETTERS:
        look_at_letters(erasure);
        break;
    case AUDIT:
        look_at_audit(erasure);
        break;
    case FLUSH:
        flush(erasure);
        break;
    case COMMIT:
        commit(erasure);
        break;
    case RESTATE:
        restate_some(erasure);
        break;
    case END:
        break;
    }
    erasure->in_step = false;
    if (erasure->stage == END) {
        tell(erasure);
        return false;
    }
    return !erasure->waits;
}

void erasure_stop(struct erasure *erasure)
{
    erasure->stopped = true;
    if (!erasure->waits) {
        go_on(erasure);
    }
}
