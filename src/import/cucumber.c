/* Cucumber messages (NDJSON; https://github.com/cucumber/messages, protocol 24 to 30) turned into BDV events.
 *
 * A message has one member, its kind. What matters here, and what it refers to:
 *
 *   gherkinDocument   a feature file: names and tags; its AST ids of steps (keywords) and example rows (values)
 *   pickle            one scenario to run: uri, name, tags and steps; its astNodeIds name the scenario and the row
 *   hook              where a hook stands
 *   testCase          a pickle made ready: its testSteps are pickle steps or hooks
 *   testCaseStarted   one attempt at a test case; testStepFinished and testCaseFinished name the attempt
 *   testRunStarted, testRunFinished
 *
 * Ids are unique within a run of Cucumber; a new `meta` begins another run (files put one behind the other). All that
 * is referred to later is kept in an arena until then, found by (kind, id hash): about a tenth of the file's size.
 *
 * Scenario id: "uri:name", for a row of an outline "uri:name [value, value]"; what comes again in the same run gets
 * "#2", "#3" in the order of the pickles, which is that of the file. It does not depend on lines or on Cucumber's ids, so it is
 * the same in each run and machine.
 *
 * Attempts: each is a run of its own, FAILED then PASSED (flaky). Facts of one moment are folded by event type, PASSED before
 * FAILED, so no attempt may share a millisecond with the one before it: its times are at least `floor_ms`. */
#include "import/import_job.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/memory.h"
#include "import/name_counter.h"

/* In the order in which the worst of a scenario's steps decides, as cucumber's getWorstTestStepResult has it. */
enum result { RESULT_UNKNOWN, RESULT_PASSED, RESULT_SKIPPED, RESULT_PENDING, RESULT_UNDEFINED, RESULT_AMBIGUOUS, RESULT_FAILED,
              RESULT_COUNT };
static const char *const result_names[RESULT_COUNT] = {"UNKNOWN", "PASSED", "SKIPPED", "PENDING", "UNDEFINED", "AMBIGUOUS",
                                                       "FAILED"};

struct feature {
    struct feature *next;
    struct str uri, name;
    struct str *tags;
    size_t tag_count;
    bool started;
    int64_t started_at, ended_at;
};

struct pickle {
    struct feature *feature;
    struct str scenario_id, name;
    struct str *tags;
    size_t tag_count;
    int64_t floor_ms; /* one past the end of its last attempt */
    uint32_t attempts;
    uint32_t ordinal;
};

struct attempt {
    struct attempt *next_free;
    struct attempt *next_all;
    struct pickle *pickle;
    int64_t started_at, last_at;
    uint32_t number; /* from 1 */
    enum result worst;
    struct buffer message; /* of the first step that was not passed or skipped */
};

/* Whatever is found by id. The kind is part of the key: some Cucumbers number each kind from 0. */
enum thing { THING_KEYWORD = 1, THING_ROW, THING_FEATURE, THING_PICKLE, THING_PICKLE_STEP, THING_HOOK, THING_TEST_CASE,
             THING_TEST_STEP, THING_ATTEMPT };

struct id_slot {
    uint64_t hash; /* 0: free */
    void *thing;
};

struct test_step {
    struct str text;
    bool is_hook;
};

struct cucumber {
    struct import_job *job;
    struct json_parser *parser;
    struct arena arena;
    struct id_slot *slots;
    size_t slot_count, slots_used;
    struct name_counter names;
    struct feature *features;
    struct feature **features_end;
    struct attempt *attempts;      /* all, to be released */
    struct attempt *free_attempts;
    struct buffer room, room_2;
    struct str commit, run;
    int64_t run_started_at, now_ms; /* now_ms: time of the last message that had one */
    bool run_is_open;
    bool any_run, unfinished;
    uint32_t run_number;
    uint64_t passed, failed, skipped, retried, attachments, unknown, never_run;
};

/* --- what is kept ------------------------------------------------------------------------------------------------- */

static enum status no_room(const struct cucumber *cucumber, struct error *error)
{
    char place[ERROR_PLACE_SIZE];
    if (cucumber->arena.used_bytes + IMPORT_ITEM_BYTES < IMPORT_STATE_BYTES) {
        return error_no_memory(error, "import");
    }
    return error_set(error, STATUS_INVALID, import_place_line(&cucumber->job->reader, place),
                     "the scenarios of this run need more than %zu MiB; run and import them in several parts",
                     (size_t)IMPORT_STATE_BYTES / MIB);
}

static uint64_t id_hash(enum thing kind, struct str id)
{
    uint64_t hash = (str_hash(id) ^ (uint64_t)kind) * UINT64_C(0x9E3779B97F4A7C15);
    return hash == 0 ? 1 : hash;
}

static struct id_slot *slot_of(struct id_slot *slots, size_t count, uint64_t hash)
{
    size_t at = (size_t)(hash >> 20) & (count - 1);
    while (slots[at].hash != 0 && slots[at].hash != hash) {
        at = (at + 1) & (count - 1);
    }
    return &slots[at];
}

static bool grow_slots(struct cucumber *cucumber)
{
    size_t count = cucumber->slot_count == 0 ? 4096 : cucumber->slot_count * 2;
    if (count * sizeof(struct id_slot) > IMPORT_STATE_BYTES) {
        return false;
    }
    struct id_slot *slots = memory_new_zeroed(count, sizeof *slots);
    if (slots == NULL) {
        return false;
    }
    for (size_t i = 0; i < cucumber->slot_count; i++) {
        if (cucumber->slots[i].hash != 0) {
            *slot_of(slots, count, cucumber->slots[i].hash) = cucumber->slots[i];
        }
    }
    memory_free(cucumber->slots);
    cucumber->slots = slots;
    cucumber->slot_count = count;
    return true;
}

static enum status keep(struct cucumber *cucumber, enum thing kind, struct str id, void *thing, struct error *error)
{
    if (id.length == 0) {
        return STATUS_OK;
    }
    if (cucumber->slots_used * 4 >= cucumber->slot_count * 3 && !grow_slots(cucumber)) {
        return no_room(cucumber, error);
    }
    uint64_t hash = id_hash(kind, id);
    struct id_slot *slot = slot_of(cucumber->slots, cucumber->slot_count, hash);
    if (slot->hash == 0) {
        slot->hash = hash;
        cucumber->slots_used++;
    }
    slot->thing = thing;
    return STATUS_OK;
}

static void *find(const struct cucumber *cucumber, enum thing kind, struct str id)
{
    if (cucumber->slot_count == 0 || id.length == 0) {
        return NULL;
    }
    return slot_of(cucumber->slots, cucumber->slot_count, id_hash(kind, id))->thing;
}

static enum status keep_text(struct cucumber *cucumber, enum thing kind, struct str id, struct str text, struct error *error)
{
    struct str *kept = arena_new(&cucumber->arena, sizeof *kept);
    if (kept == NULL || !arena_copy(&cucumber->arena, text, kept)) {
        return no_room(cucumber, error);
    }
    return keep(cucumber, kind, id, kept, error);
}

/* What stands in `room`. */
static enum status keep_room(struct cucumber *cucumber, enum thing kind, struct str id, struct error *error)
{
    if (buffer_failed(&cucumber->room)) {
        return error_no_memory(error, "import");
    }
    return keep_text(cucumber, kind, id, str_trim(buffer_str(&cucumber->room)), error);
}

static void forget(struct cucumber *cucumber)
{
    for (struct attempt *attempt = cucumber->attempts; attempt != NULL; attempt = attempt->next_all) {
        buffer_release(&attempt->message);
    }
    arena_clear(&cucumber->arena);
    if (cucumber->slot_count > 0) {
        memset(cucumber->slots, 0, cucumber->slot_count * sizeof *cucumber->slots);
    }
    cucumber->slots_used = 0;
    cucumber->attempts = cucumber->free_attempts = NULL;
    cucumber->features = NULL;
    cucumber->features_end = &cucumber->features;
    cucumber->commit = cucumber->job->options->commit;
    cucumber->run = STR_NONE;
    name_counter_clear(&cucumber->names);
}

/* --- reading pieces of messages ----------------------------------------------------------------------------------- */

static struct json member(struct json object, const char *key, bool *there)
{
    struct json value = object;
    *there = json_member(object, key, &value);
    return value;
}

static int64_t member_i64(struct json object, const char *key)
{
    struct json value;
    if (!json_member(object, key, &value)) {
        return 0;
    }
    if (json_type(value) == JSON_I64) {
        return json_i64(value);
    }
    int64_t number = 0; /* protobuf's JSON writes 64-bit numbers as text */
    return json_type(value) == JSON_STRING && str_to_i64(json_string(value), &number) ? number : 0;
}

/* Seconds and nanoseconds in ms, of a timestamp or a duration. */
static bool read_ms(struct json object, const char *key, int64_t *ms)
{
    bool there;
    struct json time = member(object, key, &there);
    if (!there || json_type(time) != JSON_OBJECT) {
        return false;
    }
    int64_t seconds = member_i64(time, "seconds"), nanos = member_i64(time, "nanos");
    if (seconds < 0 || seconds > LIMIT_TIMESTAMP_MAX / 1000 || nanos < 0 || nanos >= 1000000000) {
        return false;
    }
    *ms = seconds * 1000 + nanos / 1000000;
    return true;
}

static int64_t message_time(struct cucumber *cucumber, struct json message)
{
    int64_t ms;
    if (read_ms(message, "timestamp", &ms)) {
        cucumber->now_ms = ms;
    } else if (cucumber->now_ms < 0) {
        cucumber->now_ms = import_file_time(cucumber->job);
    }
    return cucumber->now_ms;
}

/* The names of a list of tags, in the arena. */
static enum status read_tags(struct cucumber *cucumber, struct json owner, struct str **tags, size_t *count, struct error *error)
{
    bool there;
    struct json list = member(owner, "tags", &there);
    size_t items = 0;
    for (struct json_iterator i = json_begin(list); there && json_next(&i);) {
        items++;
    }
    *count = 0;
    *tags = arena_new(&cucumber->arena, (items + 1) * sizeof **tags);
    if (*tags == NULL) {
        return no_room(cucumber, error);
    }
    for (struct json_iterator i = json_begin(list); there && json_next(&i);) {
        struct str name = import_fit_id(json_member_string(i.value, "name"), LIMIT_PATH_BYTES, &cucumber->room);
        if (buffer_failed(&cucumber->room) || (name.length > 0 && !arena_copy(&cucumber->arena, name, &(*tags)[(*count)++]))) {
            return no_room(cucumber, error);
        }
    }
    return STATUS_OK;
}

/* Windows writes backslashes; the same feature is the same everywhere. */
static struct str read_uri(struct cucumber *cucumber, struct json owner)
{
    struct str uri = json_member_string(owner, "uri");
    buffer_clear(&cucumber->room);
    for (size_t i = 0; i < uri.length; i++) {
        buffer_append_char(&cucumber->room, uri.at[i] == '\\' ? '/' : uri.at[i]);
    }
    struct str path = buffer_str(&cucumber->room);
    return import_fit_id(path.length == 0 ? STR("(no file)") : path, LIMIT_PATH_BYTES / 2, &cucumber->room_2);
}

static enum status find_feature(struct cucumber *cucumber, struct json owner, struct feature **feature, struct error *error)
{
    struct str uri = read_uri(cucumber, owner);
    if (buffer_failed(&cucumber->room) || buffer_failed(&cucumber->room_2)) {
        return error_no_memory(error, "import");
    }
    *feature = find(cucumber, THING_FEATURE, uri);
    if (*feature != NULL) {
        return STATUS_OK;
    }
    struct feature *made = arena_new_zeroed(&cucumber->arena, 1, sizeof *made);
    if (made == NULL || !arena_copy(&cucumber->arena, uri, &made->uri)) {
        return no_room(cucumber, error);
    }
    *cucumber->features_end = made;
    cucumber->features_end = &made->next;
    *feature = made;
    return keep(cucumber, THING_FEATURE, made->uri, made, error);
}

/* --- the suite: documents, pickles, hooks, test cases ------------------------------------------------------------- */

static enum status keep_keywords(struct cucumber *cucumber, struct json container, struct error *error)
{
    bool there;
    struct json steps = member(container, "steps", &there);
    for (struct json_iterator i = json_begin(steps); there && json_next(&i);) {
        enum status status = keep_text(cucumber, THING_KEYWORD, json_member_string(i.value, "id"),
                                       json_member_string(i.value, "keyword"), error);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

static enum status keep_row(struct cucumber *cucumber, struct json row, struct error *error)
{
    bool there;
    struct json cells = member(row, "cells", &there);
    buffer_clear(&cucumber->room);
    buffer_append_text(&cucumber->room, "[");
    size_t count = 0;
    for (struct json_iterator i = json_begin(cells); there && json_next(&i);) {
        buffer_append_text(&cucumber->room, count++ == 0 ? "" : ", ");
        buffer_append_str(&cucumber->room, json_member_string(i.value, "value"));
    }
    buffer_append_text(&cucumber->room, "]");
    return keep_room(cucumber, THING_ROW, json_member_string(row, "id"), error);
}

static enum status keep_examples(struct cucumber *cucumber, struct json scenario, struct error *error)
{
    bool there, has_rows;
    struct json examples = member(scenario, "examples", &there);
    for (struct json_iterator i = json_begin(examples); there && json_next(&i);) {
        struct json rows = member(i.value, "tableBody", &has_rows);
        for (struct json_iterator r = json_begin(rows); has_rows && json_next(&r);) {
            enum status status = keep_row(cucumber, r.value, error);
            if (status != STATUS_OK) {
                return status;
            }
        }
    }
    return STATUS_OK;
}

/* Children of a feature or of a rule (which nests once). */
static enum status keep_children(struct cucumber *cucumber, struct json parent, bool in_rule, struct error *error)
{
    bool there, has;
    struct json children = member(parent, "children", &there);
    enum status status = STATUS_OK;
    for (struct json_iterator i = json_begin(children); status == STATUS_OK && there && json_next(&i);) {
        struct json child = member(i.value, "background", &has);
        if (has) {
            status = keep_keywords(cucumber, child, error);
        }
        child = member(i.value, "scenario", &has);
        if (status == STATUS_OK && has) {
            status = keep_keywords(cucumber, child, error);
            if (status == STATUS_OK) {
                status = keep_examples(cucumber, child, error);
            }
        }
        child = member(i.value, "rule", &has);
        if (status == STATUS_OK && has && !in_rule) {
            status = keep_children(cucumber, child, true, error);
        }
    }
    return status;
}

static enum status on_document(struct cucumber *cucumber, struct json message, struct error *error)
{
    bool there;
    struct json ast = member(message, "feature", &there);
    if (!there || json_type(ast) != JSON_OBJECT) {
        return STATUS_OK; /* an empty file */
    }
    struct feature *feature;
    enum status status = find_feature(cucumber, message, &feature, error);
    if (status == STATUS_OK) {
        status = read_tags(cucumber, ast, &feature->tags, &feature->tag_count, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    struct str name = import_fit_id(json_member_string(ast, "name"), LIMIT_PATH_BYTES, &cucumber->room);
    if (buffer_failed(&cucumber->room) || (name.length > 0 && !arena_copy(&cucumber->arena, name, &feature->name))) {
        return no_room(cucumber, error);
    }
    return keep_children(cucumber, ast, false, error);
}

static enum status on_hook(struct cucumber *cucumber, struct json message, struct error *error)
{
    bool there, has_location;
    struct json reference = member(message, "sourceReference", &there);
    struct str name = json_member_string(message, "name");
    struct str uri = there ? json_member_string(reference, "uri") : STR_NONE;
    struct json location = member(reference, "location", &has_location);
    buffer_clear(&cucumber->room);
    buffer_append_text(&cucumber->room, "hook");
    if (name.length > 0) {
        buffer_append_char(&cucumber->room, ' ');
        buffer_append_str(&cucumber->room, name);
    }
    if (uri.length > 0) {
        buffer_append_format(&cucumber->room, " (%.*s", STR_ARGS(uri));
        if (has_location) {
            buffer_append_format(&cucumber->room, ":%lld", (long long)member_i64(location, "line"));
        }
        buffer_append_text(&cucumber->room, ")");
    }
    return keep_room(cucumber, THING_HOOK, json_member_string(message, "id"), error);
}

/* "Given an empty cart": the keyword stands in the document, the text with its values in the pickle. */
static enum status keep_pickle_step(struct cucumber *cucumber, struct json step, struct error *error)
{
    bool there;
    struct json nodes = member(step, "astNodeIds", &there);
    struct json_iterator first = json_begin(nodes);
    const struct str *keyword = NULL;
    if (there && json_next(&first) && json_type(first.value) == JSON_STRING) {
        keyword = find(cucumber, THING_KEYWORD, json_string(first.value));
    }
    buffer_clear(&cucumber->room);
    if (keyword != NULL) {
        buffer_append_str(&cucumber->room, *keyword);
    }
    struct str text = json_member_string(step, "text");
    if (text.length > IMPORT_MESSAGE_BYTES) {
        text.length = IMPORT_MESSAGE_BYTES; /* a step this long is a mistake; the writer mends a cut character */
    }
    buffer_append_str(&cucumber->room, text);
    return keep_room(cucumber, THING_PICKLE_STEP, json_member_string(step, "id"), error);
}

/* "[3, EUR]" where the pickle comes from a row of an outline. */
static struct str row_of(const struct cucumber *cucumber, struct json pickle)
{
    bool there;
    struct json nodes = member(pickle, "astNodeIds", &there);
    for (struct json_iterator i = json_begin(nodes); there && json_next(&i);) {
        const struct str *row = json_type(i.value) == JSON_STRING ? find(cucumber, THING_ROW, json_string(i.value)) : NULL;
        if (row != NULL) {
            return *row;
        }
    }
    return STR("");
}

static enum status name_pickle(struct cucumber *cucumber, struct pickle *pickle, struct json message, struct error *error)
{
    struct str name = json_member_string(message, "name");
    name = import_fit_id(name.length == 0 ? STR("(no name)") : name, LIMIT_PATH_BYTES, &cucumber->room);
    if (buffer_failed(&cucumber->room) || !arena_copy(&cucumber->arena, name, &pickle->name)) {
        return no_room(cucumber, error);
    }
    struct buffer *id = &cucumber->room;
    buffer_clear(id);
    buffer_append_str(id, pickle->feature->uri);
    buffer_append_char(id, ':');
    buffer_append_str(id, pickle->name);
    struct str row = row_of(cucumber, message);
    buffer_append_text(id, row.length > 0 ? " " : "");
    buffer_append_str(id, row);
    if (buffer_failed(id)) {
        return error_no_memory(error, "import");
    }
    struct name_slot *slot;
    enum status status = name_counter_add(&cucumber->names, str_hash(buffer_str(id)), &slot, error);
    if (status != STATUS_OK) {
        return status;
    }
    struct str fit = import_fit_id(buffer_str(id), LIMIT_PATH_BYTES - 16, &cucumber->room_2);
    bool kept = slot->count == 1 ? arena_copy(&cucumber->arena, fit, &pickle->scenario_id)
                                 : arena_format(&cucumber->arena, &pickle->scenario_id, "%.*s#%u", STR_ARGS(fit), slot->count);
    return kept && !buffer_failed(&cucumber->room_2) ? STATUS_OK : no_room(cucumber, error);
}

static enum status on_pickle(struct cucumber *cucumber, struct json message, struct error *error)
{
    struct pickle *pickle = arena_new_zeroed(&cucumber->arena, 1, sizeof *pickle);
    if (pickle == NULL) {
        return no_room(cucumber, error);
    }
    enum status status = find_feature(cucumber, message, &pickle->feature, error);
    if (status == STATUS_OK) {
        status = name_pickle(cucumber, pickle, message, error);
    }
    if (status == STATUS_OK) {
        status = read_tags(cucumber, message, &pickle->tags, &pickle->tag_count, error);
    }
    bool there;
    struct json steps = member(message, "steps", &there);
    for (struct json_iterator i = json_begin(steps); status == STATUS_OK && there && json_next(&i);) {
        status = keep_pickle_step(cucumber, i.value, error);
    }
    return status != STATUS_OK ? status : keep(cucumber, THING_PICKLE, json_member_string(message, "id"), pickle, error);
}

static enum status keep_test_step(struct cucumber *cucumber, struct json step, struct error *error)
{
    struct str hook_id = json_member_string(step, "hookId");
    const struct str *text = hook_id.length > 0
                                 ? find(cucumber, THING_HOOK, hook_id)
                                 : find(cucumber, THING_PICKLE_STEP, json_member_string(step, "pickleStepId"));
    struct test_step *kept = arena_new(&cucumber->arena, sizeof *kept);
    if (kept == NULL) {
        return no_room(cucumber, error);
    }
    *kept = (struct test_step){.text = text != NULL ? *text : STR("hook"), .is_hook = text == NULL || hook_id.length > 0};
    return keep(cucumber, THING_TEST_STEP, json_member_string(step, "id"), kept, error);
}

static enum status misplaced(const struct cucumber *cucumber, const char *kind, const char *what, struct str id,
                             struct error *error)
{
    char place[ERROR_PLACE_SIZE];
    return error_set(error, STATUS_INVALID, import_place_line(&cucumber->job->reader, place),
                     "%s names the %s \"%.*s\", which no message before it describes", kind, what,
                     (int)(id.length > 60 ? 60 : id.length), id.at == NULL ? "" : id.at);
}

static enum status on_test_case(struct cucumber *cucumber, struct json message, struct error *error)
{
    struct str pickle_id = json_member_string(message, "pickleId");
    struct pickle *pickle = find(cucumber, THING_PICKLE, pickle_id);
    if (pickle == NULL) {
        return misplaced(cucumber, "testCase", "pickle", pickle_id, error);
    }
    bool there;
    struct json steps = member(message, "testSteps", &there);
    enum status status = STATUS_OK;
    for (struct json_iterator i = json_begin(steps); status == STATUS_OK && there && json_next(&i);) {
        status = keep_test_step(cucumber, i.value, error);
    }
    return status != STATUS_OK ? status : keep(cucumber, THING_TEST_CASE, json_member_string(message, "id"), pickle, error);
}

/* --- events ------------------------------------------------------------------------------------------------------- */

static void write_metadata(const struct cucumber *cucumber, struct json_writer *writer, const struct attempt *attempt,
                           const char *success)
{
    json_write_key(writer, "metadata");
    json_write_object_begin(writer);
    import_field_if(writer, "test_run", cucumber->run);
    import_field_if(writer, "commit", cucumber->commit);
    import_field_if(writer, "success", str_from(success));
    if (attempt != NULL && attempt->number > 1) {
        char number[16];
        (void)snprintf(number, sizeof number, "%u", attempt->number);
        json_field_text(writer, "attempt", number);
    }
    json_write_object_end(writer);
}

static enum status emit_run(struct cucumber *cucumber, const char *type, int64_t at, const char *success, struct error *error)
{
    struct json_writer *writer = import_event_begin(cucumber->job, &(struct import_event){
        .type = type, .id_field = "node_id", .node = cucumber->run, .timestamp = at, .ordinal = cucumber->run_number});
    write_metadata(cucumber, writer, NULL, success);
    return import_event_end(cucumber->job, error);
}

static enum status emit_feature(struct cucumber *cucumber, const struct feature *feature, const char *type, int64_t at,
                                struct error *error)
{
    struct json_writer *writer = import_event_begin(cucumber->job, &(struct import_event){
        .type = type, .id_field = "node_id", .node = feature->uri, .timestamp = at, .ordinal = cucumber->run_number});
    json_field_str(writer, "feature_path", feature->uri);
    import_field_if(writer, "feature_name", feature->name);
    import_field_tags(writer, feature->tags, feature->tag_count);
    write_metadata(cucumber, writer, NULL, NULL);
    return import_event_end(cucumber->job, error);
}

/* Opens an event of the attempt's scenario. */
static struct json_writer *begin_scenario(struct cucumber *cucumber, const struct attempt *attempt, const char *type, int64_t at)
{
    struct pickle *pickle = attempt->pickle;
    struct json_writer *writer = import_event_begin(cucumber->job, &(struct import_event){
        .type = type, .id_field = "scenario_id", .node = pickle->scenario_id, .timestamp = at, .ordinal = pickle->ordinal++});
    json_field_str(writer, "feature_path", pickle->feature->uri);
    return writer;
}

static enum status emit_started(struct cucumber *cucumber, const struct attempt *attempt, struct error *error)
{
    const struct pickle *pickle = attempt->pickle;
    struct json_writer *writer = begin_scenario(cucumber, attempt, "SCENARIO_STARTED", attempt->started_at);
    import_field_if(writer, "feature_name", pickle->feature->name);
    json_field_str(writer, "scenario_name", pickle->name);
    import_field_tags(writer, pickle->tags, pickle->tag_count);
    write_metadata(cucumber, writer, attempt, NULL);
    return import_event_end(cucumber->job, error);
}

static const char *outcome(enum result worst)
{
    switch (worst) {
    case RESULT_PASSED:
        return "SCENARIO_PASSED";
    case RESULT_SKIPPED:
    case RESULT_UNKNOWN: /* no step ran: nothing was shown */
        return "SCENARIO_SKIPPED";
    default:
        return "SCENARIO_FAILED";
    }
}

static enum status emit_outcome(struct cucumber *cucumber, const struct attempt *attempt, int64_t at, struct error *error)
{
    const struct pickle *pickle = attempt->pickle;
    struct json_writer *writer = begin_scenario(cucumber, attempt, outcome(attempt->worst), at);
    import_field_if(writer, "feature_name", pickle->feature->name);
    json_field_str(writer, "scenario_name", pickle->name);
    import_field_tags(writer, pickle->tags, pickle->tag_count);
    json_field_i64(writer, "duration_ms", at - attempt->started_at);
    import_field_message(writer, "error_message", buffer_str(&attempt->message));
    write_metadata(cucumber, writer, attempt, NULL);
    return import_event_end(cucumber->job, error);
}

static enum status emit_step(struct cucumber *cucumber, const struct attempt *attempt, const struct test_step *step,
                             enum result result, struct json step_result, struct error *error)
{
    int64_t duration_ms;
    struct json_writer *writer = begin_scenario(cucumber, attempt, "STEP_EXECUTED", attempt->last_at);
    import_field_if(writer, "step_text", step->text);
    if (result != RESULT_UNKNOWN) {
        json_field_text(writer, "step_result", result_names[result]);
    }
    if (read_ms(step_result, "duration", &duration_ms)) {
        json_field_i64(writer, "duration_ms", duration_ms);
    }
    import_field_message(writer, "error_message", json_member_string(step_result, "message"));
    return import_event_end(cucumber->job, error);
}

/* --- the run ------------------------------------------------------------------------------------------------------ */

static enum status on_meta(struct cucumber *cucumber, struct json message, struct error *error)
{
    cucumber->unfinished = cucumber->unfinished || cucumber->run_is_open;
    cucumber->run_is_open = false;
    forget(cucumber);
    bool has_ci, has_git;
    struct json git = member(member(message, "ci", &has_ci), "git", &has_git);
    struct str revision = has_ci && has_git ? json_member_string(git, "revision") : STR_NONE;
    if (cucumber->commit.length > 0 || revision.length == 0) {
        return STATUS_OK;
    }
    return arena_copy(&cucumber->arena, revision, &cucumber->commit) ? STATUS_OK : no_room(cucumber, error);
}

static enum status on_run_started(struct cucumber *cucumber, struct json message, struct error *error)
{
    int64_t at = message_time(cucumber, message);
    char text[TIME_TEXT_SIZE];
    time_format(at, text);
    if (!arena_format(&cucumber->arena, &cucumber->run, "cucumber:%s", text)) {
        return no_room(cucumber, error);
    }
    cucumber->run_is_open = cucumber->any_run = true;
    cucumber->run_started_at = at;
    return emit_run(cucumber, "TEST_RUN_STARTED", at, NULL, error);
}

static enum status on_run_finished(struct cucumber *cucumber, struct json message, struct error *error)
{
    int64_t at = message_time(cucumber, message);
    for (const struct feature *feature = cucumber->features; feature != NULL; feature = feature->next) {
        cucumber->never_run += !feature->started;
        enum status status = emit_feature(cucumber, feature, "FEATURE_COMPLETED", feature->started ? feature->ended_at : at, error);
        if (status != STATUS_OK) {
            return status;
        }
    }
    bool there;
    struct json success = member(message, "success", &there);
    bool known = there && json_type(success) == JSON_BOOL;
    enum status status = emit_run(cucumber, "TEST_RUN_COMPLETED", at,
                                  !known ? NULL : json_bool(success) ? "true" : "false", error);
    cucumber->run_is_open = false;
    cucumber->run_number++;
    return status;
}

static struct attempt *new_attempt(struct cucumber *cucumber)
{
    struct attempt *attempt = cucumber->free_attempts;
    if (attempt != NULL) {
        cucumber->free_attempts = attempt->next_free;
        return attempt;
    }
    attempt = arena_new_zeroed(&cucumber->arena, 1, sizeof *attempt);
    if (attempt != NULL) {
        buffer_init(&attempt->message, IMPORT_ITEM_BYTES + 1);
        attempt->next_all = cucumber->attempts;
        cucumber->attempts = attempt;
    }
    return attempt;
}

static enum status on_case_started(struct cucumber *cucumber, struct json message, struct error *error)
{
    struct str case_id = json_member_string(message, "testCaseId");
    struct pickle *pickle = find(cucumber, THING_TEST_CASE, case_id);
    if (pickle == NULL) {
        return misplaced(cucumber, "testCaseStarted", "test case", case_id, error);
    }
    struct attempt *attempt = new_attempt(cucumber);
    if (attempt == NULL) {
        return no_room(cucumber, error);
    }
    int64_t at = message_time(cucumber, message);
    buffer_clear(&attempt->message);
    attempt->pickle = pickle;
    attempt->started_at = attempt->last_at = at > pickle->floor_ms ? at : pickle->floor_ms;
    attempt->number = ++pickle->attempts;
    attempt->worst = RESULT_UNKNOWN;
    struct feature *feature = pickle->feature;
    enum status status = STATUS_OK;
    if (!feature->started) {
        feature->started = true;
        feature->ended_at = attempt->started_at;
        status = emit_feature(cucumber, feature, "FEATURE_STARTED", attempt->started_at, error);
    }
    if (status == STATUS_OK) {
        status = emit_started(cucumber, attempt, error);
    }
    return status != STATUS_OK ? status
                               : keep(cucumber, THING_ATTEMPT, json_member_string(message, "id"), attempt, error);
}

static enum result read_result(struct json step_result)
{
    struct str status = json_member_string(step_result, "status");
    for (int i = 0; i < RESULT_COUNT; i++) {
        if (str_is(status, result_names[i])) {
            return (enum result)i;
        }
    }
    return RESULT_UNKNOWN;
}

/* The attempt that a message is about, its clock moved on; NULL when there is none. */
static struct attempt *attempt_of(struct cucumber *cucumber, struct json message)
{
    struct attempt *attempt = find(cucumber, THING_ATTEMPT, json_member_string(message, "testCaseStartedId"));
    int64_t at = message_time(cucumber, message);
    if (attempt != NULL && at > attempt->last_at) {
        attempt->last_at = at;
    }
    return attempt;
}

static enum status on_step_finished(struct cucumber *cucumber, struct json message, struct error *error)
{
    struct str step_id = json_member_string(message, "testStepId");
    const struct test_step *step = find(cucumber, THING_TEST_STEP, step_id);
    struct attempt *attempt = attempt_of(cucumber, message);
    if (attempt == NULL) {
        return misplaced(cucumber, "testStepFinished", "attempt", json_member_string(message, "testCaseStartedId"), error);
    }
    if (step == NULL) {
        return misplaced(cucumber, "testStepFinished", "step", step_id, error);
    }
    bool there;
    struct json step_result = member(message, "testStepResult", &there);
    enum result result = there ? read_result(step_result) : RESULT_UNKNOWN;
    if (result > RESULT_SKIPPED && attempt->message.length == 0) {
        struct str text = json_member_string(step_result, "message");
        if (text.length == 0) {
            buffer_append_format(&attempt->message, "%s: %.*s", result_names[result], STR_ARGS(step->text));
        } else {
            buffer_append_str(&attempt->message, text);
        }
        if (buffer_failed(&attempt->message)) {
            return error_no_memory(error, "import");
        }
    }
    attempt->worst = result > attempt->worst ? result : attempt->worst;
    if (step->is_hook && result <= RESULT_SKIPPED) {
        return STATUS_OK;
    }
    return emit_step(cucumber, attempt, step, result, step_result, error);
}

static void count_outcome(struct cucumber *cucumber, enum result worst)
{
    switch (worst) {
    case RESULT_PASSED:
        cucumber->passed++;
        break;
    case RESULT_SKIPPED:
    case RESULT_UNKNOWN:
        cucumber->skipped++;
        break;
    default:
        cucumber->failed++;
        break;
    }
}

static enum status on_case_finished(struct cucumber *cucumber, struct json message, struct error *error)
{
    struct attempt *attempt = attempt_of(cucumber, message);
    if (attempt == NULL || attempt->pickle == NULL) {
        return misplaced(cucumber, "testCaseFinished", "attempt", json_member_string(message, "testCaseStartedId"), error);
    }
    struct pickle *pickle = attempt->pickle;
    bool there;
    struct json again = member(message, "willBeRetried", &there);
    bool retried = there && json_type(again) == JSON_BOOL && json_bool(again);
    if (retried) {
        cucumber->retried++;
    } else {
        count_outcome(cucumber, attempt->worst);
    }
    enum status status = emit_outcome(cucumber, attempt, attempt->last_at, error);
    pickle->floor_ms = attempt->last_at + 1;
    if (attempt->last_at > pickle->feature->ended_at) {
        pickle->feature->ended_at = attempt->last_at;
    }
    attempt->pickle = NULL;
    attempt->next_free = cucumber->free_attempts;
    cucumber->free_attempts = attempt;
    return status != STATUS_OK ? status
                               : keep(cucumber, THING_ATTEMPT, json_member_string(message, "testCaseStartedId"), NULL, error);
}

/* --- messages ----------------------------------------------------------------------------------------------------- */

static const struct {
    const char *kind;
    enum status (*read)(struct cucumber *cucumber, struct json message, struct error *error); /* NULL: of no use here */
} kinds[] = {
    {"testStepFinished", on_step_finished},
    {"testStepStarted", NULL},
    {"testCaseStarted", on_case_started},
    {"testCaseFinished", on_case_finished},
    {"testCase", on_test_case},
    {"pickle", on_pickle},
    {"gherkinDocument", on_document},
    {"hook", on_hook},
    {"meta", on_meta},
    {"testRunStarted", on_run_started},
    {"testRunFinished", on_run_finished},
    {"source", NULL},
    {"stepDefinition", NULL},
    {"parameterType", NULL},
    {"undefinedParameterType", NULL},
    {"attachment", NULL},
    {"externalAttachment", NULL},
    {"parseError", NULL},
    {"suggestion", NULL},
    {"testRunHookStarted", NULL},
    {"testRunHookFinished", NULL},
};

static enum status read_message(struct cucumber *cucumber, struct str line, struct error *error)
{
    char place[ERROR_PLACE_SIZE];
    const struct import_reader *reader = &cucumber->job->reader;
    struct json root;
    struct error inner;
    enum status status = json_parse(cucumber->parser, line, &root, &inner);
    if (status == STATUS_FATAL) {
        return error_no_memory(error, "import");
    }
    if (status != STATUS_OK) {
        bool last = reader->ended && reader->line_pending == reader->available && reader->at[reader->available - 1] != '\n';
        return error_set(error, STATUS_INVALID, import_place_line(reader, place), "%s; %s", inner.text,
                         last ? "the file ends in the middle of this line" : "one Cucumber message a line was expected");
    }
    struct json_iterator members = json_begin(root);
    if (json_type(root) != JSON_OBJECT) {
        return error_set(error, STATUS_INVALID, import_place_line(reader, place),
                         "a Cucumber message was expected, an object with one member; here is %s", json_type_name(json_type(root)));
    }
    while (json_next(&members)) {
        for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
            if (str_is(members.key, kinds[i].kind)) {
                return kinds[i].read == NULL ? STATUS_OK : kinds[i].read(cucumber, members.value, error);
            }
        }
    }
    cucumber->unknown++;
    return STATUS_OK;
}

/* Attachments can be screenshots of any size; there is nothing in them for us. */
static bool is_attachment(struct str line)
{
    return str_starts_with(line, STR("{\"attachment\":"));
}

static enum status read_lines(struct cucumber *cucumber, struct error *error)
{
    struct import_reader *reader = &cucumber->job->reader;
    for (;;) {
        enum import_line kind;
        struct str line;
        enum status status = import_reader_line(reader, &kind, &line, error);
        if (status != STATUS_OK || kind == IMPORT_LINE_END) {
            return status;
        }
        cucumber->job->summary->items_read++;
        if (is_attachment(line)) {
            cucumber->attachments++;
            continue;
        }
        if (kind == IMPORT_LINE_TOO_LONG) {
            char place[ERROR_PLACE_SIZE];
            return error_set(error, STATUS_INVALID, import_place_line(reader, place),
                             "a message is longer than the %zu MiB allowed", (size_t)IMPORT_ITEM_BYTES / MIB);
        }
        status = read_message(cucumber, line, error);
        if (status != STATUS_OK) {
            return status;
        }
    }
}

static void write_notes(const struct cucumber *cucumber)
{
    struct import_job *job = cucumber->job;
    import_note(job, IMPORT_COUNT_FORMAT ": %llu passed, %llu failed, %llu skipped",
                IMPORT_COUNT(cucumber->passed + cucumber->failed + cucumber->skipped, "scenario"),
                (unsigned long long)cucumber->passed, (unsigned long long)cucumber->failed,
                (unsigned long long)cucumber->skipped);
    if (cucumber->retried > 0) {
        import_note(job, IMPORT_COUNT_FORMAT " tried again", IMPORT_COUNT(cucumber->retried, "failed attempt"));
    }
    if (cucumber->never_run > 0) {
        import_note(job, IMPORT_COUNT_FORMAT " had no scenario to run", IMPORT_COUNT(cucumber->never_run, "feature"));
    }
    if (cucumber->attachments > 0) {
        import_note(job, IMPORT_COUNT_FORMAT " left out", IMPORT_COUNT(cucumber->attachments, "attachment"));
    }
    if (cucumber->unknown > 0) {
        import_note(job, IMPORT_COUNT_FORMAT " of an unknown kind left out", IMPORT_COUNT(cucumber->unknown, "message"));
    }
    job->summary->items_skipped = cucumber->attachments + cucumber->unknown;
}

static enum status check_end(const struct cucumber *cucumber, struct error *error)
{
    char place[ERROR_PLACE_SIZE];
    (void)import_place_line(&cucumber->job->reader, place);
    if (!cucumber->any_run) {
        return error_set(error, STATUS_INVALID, place, "no testRunStarted in the whole file; %s was expected (%s)",
                         "the message stream of a Cucumber run", import_format_hint(cucumber->job->format));
    }
    if (cucumber->run_is_open || cucumber->unfinished) {
        return error_set(error, STATUS_INVALID, place, "a run ends without its testRunFinished; was it stopped, or the file cut "
                                                       "off? What is in it has been imported");
    }
    return STATUS_OK;
}

enum status import_cucumber(struct import_job *job, struct error *error)
{
    struct cucumber cucumber = {.job = job, .now_ms = -1};
    arena_init(&cucumber.arena, IMPORT_STATE_BYTES);
    buffer_init(&cucumber.room, IMPORT_ITEM_BYTES + 64 * KIB);
    buffer_init(&cucumber.room_2, LIMIT_PATH_BYTES * 2);
    forget(&cucumber);
    enum status status;
    cucumber.parser = json_parser_new();
    status = cucumber.parser == NULL ? error_no_memory(error, "import") : read_lines(&cucumber, error);
    if (status == STATUS_OK) {
        status = check_end(&cucumber, error);
    }
    write_notes(&cucumber);
    forget(&cucumber);
    json_parser_free(cucumber.parser);
    arena_release(&cucumber.arena);
    buffer_release(&cucumber.room);
    buffer_release(&cucumber.room_2);
    name_counter_release(&cucumber.names);
    memory_free(cucumber.slots);
    return status;
}
