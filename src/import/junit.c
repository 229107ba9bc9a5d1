/* JUnit XML turned into BDV events: a file is a test run, a suite with cases of its own a feature, a case a scenario.
 *
 * There is no standard; these dialects are understood: surefire and failsafe, jest-junit, mocha-junit-reporter, pytest,
 * gotestsum and go-junit-report, googletest. What they share: testsuites > testsuite (nested at will) > testcase > failure, error, skipped.
 *
 *   rerunFailure, rerunError    surefire: further failed runs of a case that failed
 *   flakyFailure, flakyError    surefire: failed runs before one that passed; the case is FAILED n times, then PASSED
 *   a case twice in a suite     Go (its suites have a property go.version): another run of it; elsewhere another case, "#2"
 *   property requirement, contract   of a case or suite: become the tags @requirement:… and @contract:…
 *
 * Time: a suite's timestamp (UTC where it has no zone) plus the times of its cases so far, but not past the suite's own time.
 * Without a timestamp the file's modification date is the end. Zone-less times that lie after the file was written are
 * local ones; they move back by whole quarters of an hour until they do not, as there is nothing else to tell the zone by.
 *
 * Runs of one case lie at least 1 ms apart, because facts of one moment are folded by type, PASSED before FAILED. */
#include "import/import_job.h"

#include <expat.h>
#include <math.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/memory.h"
#include "import/name_counter.h"

#define ATTEMPTS_MAX 100 /* failed runs of one case that are kept; surefire reruns a handful of times */
#define TAGS_MAX 64
#define QUARTER_MS ((int64_t)15 * 60 * 1000)
#define ZONE_MAX_MS ((int64_t)14 * 3600 * 1000)
#define CLOCK_SKEW_MS ((int64_t)5 * 60 * 1000)

struct suite {
    struct buffer name, path;
    int64_t start_ms;
    int64_t elapsed_us, elapsed_us_max;
    bool has_time;
    bool has_cases; /* and so is a feature */
    bool is_go;
    uint32_t number;
    int64_t ended_at;
    size_t tag_count; /* of tags that hold inside it */
};

enum part { PART_NONE, PART_FAILURE, PART_SKIPPED };

struct junit {
    struct import_job *job;
    XML_Parser parser;
    struct error *error;
    enum status status; /* of the first failure in a callback */
    int depth;
    int ignored_from;   /* depth of an element whose text does not matter, 0: none */
    struct suite suites[IMPORT_XML_DEPTH];
    int suite_count;
    uint32_t suite_number;
    struct name_counter names;
    struct buffer run, room, room_2;
    bool run_started;
    int64_t run_ended_at, zone_shift_ms;

    /* the case that is open */
    bool in_case;
    struct buffer name, classname, reason;
    int64_t time_us;
    bool failed, skipped;
    struct buffer messages[ATTEMPTS_MAX]; /* of failed runs, in the order in which they ran */
    size_t attempt_count;
    struct buffer tags[TAGS_MAX];
    size_t tag_count;
    size_t outer_tag_count; /* of these, not the case's own */

    /* the failure, error or skipped that is open */
    enum part part;
    int part_depth;
    struct buffer text, message;

    uint64_t passed_count, failed_count, skipped_count, flaky_count, dropped_attempts;
};

/* --- failing from inside expat ------------------------------------------------------------------------------------ */

static void stop(struct junit *junit, enum status status)
{
    if (junit->status == STATUS_OK) {
        junit->status = status;
        (void)XML_StopParser(junit->parser, XML_FALSE);
    }
}

static const char *place_of(const struct junit *junit, char place[ERROR_PLACE_SIZE])
{
    (void)snprintf(place, ERROR_PLACE_SIZE, "%.*s:%llu:%llu", STR_ARGS(junit->job->reader.source->name),
                   (unsigned long long)XML_GetCurrentLineNumber(junit->parser),
                   (unsigned long long)XML_GetCurrentColumnNumber(junit->parser) + 1);
    return place;
}

static void refuse(struct junit *junit, const char *format, ...) printf_like(2, 3);
static void refuse(struct junit *junit, const char *format, ...)
{
    if (junit->status != STATUS_OK) {
        return;
    }
    char place[ERROR_PLACE_SIZE];
    va_list args;
    va_start(args, format);
    (void)error_set_v(junit->error, STATUS_INVALID, place_of(junit, place), format, args);
    va_end(args);
    stop(junit, STATUS_INVALID);
}

static void check_memory(struct junit *junit, const struct buffer *buffer)
{
    if (buffer_failed(buffer)) {
        stop(junit, junit->status == STATUS_OK ? error_no_memory(junit->error, "import") : junit->status);
    }
}

/* --- attributes --------------------------------------------------------------------------------------------------- */

static struct str attribute(const XML_Char **attributes, const char *name)
{
    for (; attributes[0] != NULL; attributes += 2) {
        if (strcmp(attributes[0], name) == 0) {
            return str_from(attributes[1]);
        }
    }
    return STR_NONE;
}

static void set_text(struct junit *junit, struct buffer *buffer, struct str text)
{
    check_memory(junit, &junit->room);
    buffer_clear(buffer);
    buffer_append_str(buffer, text);
    check_memory(junit, buffer);
}

static void set(struct junit *junit, struct buffer *buffer, struct str text, size_t length_max)
{
    set_text(junit, buffer, import_fit_id(str_trim(text), length_max, &junit->room));
}

/* Seconds, as text, in microseconds; -1 when absent or no time. Some write "1,234.5". */
static int64_t read_seconds(struct str text)
{
    char digits[40];
    size_t length = 0;
    for (size_t i = 0; i < text.length && length < sizeof digits; i++) {
        if (text.at[i] != ',') {
            digits[length++] = text.at[i];
        }
    }
    double seconds;
    if (length == 0 || !str_to_double((struct str){digits, length}, &seconds) || seconds < 0 || seconds > 1e9) {
        return -1;
    }
    return (int64_t)llround(seconds * 1e6);
}

/* Reads what the tools write: with a zone, or without one, which then counts as UTC. */
static bool read_timestamp(struct str text, int64_t *ms, bool *has_zone)
{
    *has_zone = true;
    text = str_trim(text);
    if (text.length == 0 || text.length > 60) {
        return false;
    }
    if (time_parse(text, NULL, ms, NULL) == STATUS_OK) {
        return true;
    }
    char with_zone[64];
    (void)snprintf(with_zone, sizeof with_zone, "%.*sZ", STR_ARGS(text));
    *has_zone = false;
    return time_parse(str_from(with_zone), NULL, ms, NULL) == STATUS_OK;
}

static int64_t without_zone(struct junit *junit, int64_t ms)
{
    int64_t ahead = ms - junit->zone_shift_ms - import_file_time(junit->job);
    if (ahead > CLOCK_SKEW_MS && ahead + junit->zone_shift_ms <= ZONE_MAX_MS) {
        junit->zone_shift_ms += (ahead + QUARTER_MS - 1) / QUARTER_MS * QUARTER_MS;
    }
    return ms - junit->zone_shift_ms;
}

/* --- suites ------------------------------------------------------------------------------------------------------- */

static struct suite *innermost(struct junit *junit)
{
    return &junit->suites[junit->suite_count - 1];
}

static void set_start(struct junit *junit, struct suite *suite, const struct suite *parent, const XML_Char **attributes)
{
    bool has_zone;
    int64_t own_us = read_seconds(attribute(attributes, "time"));
    suite->has_time = read_timestamp(attribute(attributes, "timestamp"), &suite->start_ms, &has_zone);
    suite->elapsed_us_max = own_us >= 0 ? own_us : INT64_MAX;
    if (suite->has_time) {
        suite->start_ms = has_zone ? suite->start_ms : without_zone(junit, suite->start_ms);
    } else if (parent != NULL) {
        suite->has_time = parent->has_time;
        int64_t elapsed = parent->elapsed_us < parent->elapsed_us_max ? parent->elapsed_us : parent->elapsed_us_max;
        suite->start_ms = parent->start_ms + elapsed / 1000;
    } else {
        suite->start_ms = import_file_time(junit->job) - (own_us > 0 ? own_us / 1000 : 0);
        suite->start_ms = suite->start_ms < LIMIT_TIMESTAMP_MIN ? LIMIT_TIMESTAMP_MIN : suite->start_ms;
    }
}

/* Absurd sums stop at 30 years instead of overflowing. */
static int64_t add_elapsed(int64_t elapsed_us, int64_t more_us)
{
    const int64_t elapsed_us_max = INT64_C(1000000000) * 1000000;
    return more_us >= elapsed_us_max - elapsed_us ? elapsed_us_max : elapsed_us + more_us;
}

static void begin_suite(struct junit *junit, const XML_Char **attributes)
{
    if (junit->suite_count == IMPORT_XML_DEPTH) {
        refuse(junit, "suites are nested more than %d deep", IMPORT_XML_DEPTH);
        return;
    }
    const struct suite *parent = junit->suite_count == 0 ? NULL : innermost(junit);
    struct suite *suite = &junit->suites[junit->suite_count++];
    struct buffer name = suite->name, path = suite->path;
    *suite = (struct suite){.name = name, .path = path, .number = junit->suite_number++, .tag_count = junit->tag_count};
    set(junit, &suite->name, attribute(attributes, "name"), LIMIT_PATH_BYTES / 2);
    struct str file = attribute(attributes, "file");
    if (file.length == 0) {
        buffer_clear(&junit->room_2);
        buffer_append_text(&junit->room_2, "junit:");
        buffer_append_str(&junit->room_2, suite->name.length > 0 ? buffer_str(&suite->name) : STR("(no name)"));
        check_memory(junit, &junit->room_2);
        file = buffer_str(&junit->room_2);
    }
    set(junit, &suite->path, file, LIMIT_PATH_BYTES);
    for (size_t i = 0; i < suite->path.length; i++) {
        suite->path.bytes[i] = suite->path.bytes[i] == '\\' ? '/' : suite->path.bytes[i];
    }
    suite->is_go = parent != NULL && parent->is_go;
    set_start(junit, suite, parent, attributes);
    suite->ended_at = suite->start_ms;
}

static int64_t suite_now(const struct junit *junit, const struct suite *suite)
{
    int64_t elapsed = suite->elapsed_us < suite->elapsed_us_max ? suite->elapsed_us : suite->elapsed_us_max;
    int64_t at = suite->start_ms + elapsed / 1000;
    int64_t written = import_file_time(junit->job);
    return !suite->has_time && at > written ? written : at;
}

/* --- events ------------------------------------------------------------------------------------------------------- */

static void write_metadata(const struct junit *junit, struct json_writer *writer, struct str reason)
{
    json_write_key(writer, "metadata");
    json_write_object_begin(writer);
    import_field_if(writer, "test_run", buffer_str(&junit->run));
    import_field_if(writer, "commit", junit->job->options->commit);
    import_field_message(writer, "skip_reason", reason);
    json_write_object_end(writer);
}

static void end_event(struct junit *junit)
{
    enum status status = import_event_end(junit->job, junit->error);
    if (status != STATUS_OK) {
        stop(junit, status);
    }
}

static void emit_run(struct junit *junit, const char *type, int64_t at)
{
    if (junit->status != STATUS_OK) {
        return;
    }
    struct json_writer *writer = import_event_begin(junit->job, &(struct import_event){
        .type = type, .id_field = "node_id", .node = buffer_str(&junit->run), .timestamp = at});
    write_metadata(junit, writer, STR_NONE);
    end_event(junit);
}

static void emit_feature(struct junit *junit, const struct suite *suite, const char *type, int64_t at)
{
    if (junit->status != STATUS_OK) {
        return;
    }
    struct json_writer *writer = import_event_begin(junit->job, &(struct import_event){
        .type = type, .id_field = "node_id", .node = buffer_str(&suite->path), .timestamp = at, .ordinal = suite->number});
    json_field_str(writer, "feature_path", buffer_str(&suite->path));
    import_field_if(writer, "feature_name", buffer_str(&suite->name));
    write_metadata(junit, writer, STR_NONE);
    end_event(junit);
}

/* "junit:NAME:TIME": the outermost name there is, and when it began. */
static void start_run(struct junit *junit, const struct suite *suite)
{
    char time[TIME_TEXT_SIZE];
    time_format(suite->start_ms, time);
    const struct suite *named = junit->suites[0].name.length > 0 ? &junit->suites[0] : suite;
    buffer_clear(&junit->run);
    buffer_append_format(&junit->run, "junit:%.*s:%s", STR_ARGS(buffer_str(&named->name)), time);
    check_memory(junit, &junit->run);
    junit->run_started = true;
    junit->run_ended_at = suite->start_ms;
    emit_run(junit, "TEST_RUN_STARTED", suite->start_ms);
}

static void end_suite(struct junit *junit)
{
    struct suite *suite = innermost(junit);
    if (suite->has_cases) {
        emit_feature(junit, suite, "FEATURE_COMPLETED", suite->ended_at);
    }
    junit->tag_count = suite->tag_count;
    junit->suite_count--;
    if (junit->suite_count > 0) {
        struct suite *parent = innermost(junit);
        int64_t elapsed = suite->elapsed_us < suite->elapsed_us_max ? suite->elapsed_us : suite->elapsed_us_max;
        parent->elapsed_us = add_elapsed(parent->elapsed_us, elapsed);
    }
}

/* --- cases -------------------------------------------------------------------------------------------------------- */

static void begin_case(struct junit *junit, const XML_Char **attributes)
{
    junit->in_case = true;
    junit->failed = junit->skipped = false;
    junit->attempt_count = 0;
    junit->outer_tag_count = junit->tag_count;
    junit->time_us = read_seconds(attribute(attributes, "time"));
    set(junit, &junit->name, attribute(attributes, "name"), LIMIT_PATH_BYTES / 2);
    set(junit, &junit->classname, attribute(attributes, "classname"), LIMIT_PATH_BYTES / 4);
    buffer_clear(&junit->reason);
    struct str status = attribute(attributes, "status"), result = attribute(attributes, "result");
    junit->skipped = str_is(status, "notrun") || str_is(status, "disabled") || str_is(status, "skipped") ||
                     str_is(result, "suppressed") || str_is(result, "skipped");
}

/* "junit:CONTAINER::NAME". The class name contains the case, unless it repeats its name (mocha, jest) or is the last part of
 * a package's path only (Go). */
static struct str scenario_id(struct junit *junit, const struct suite *suite)
{
    struct str class = buffer_str(&junit->classname), name = buffer_str(&junit->name);
    bool repeats = class.length == 0 || str_ends_with(name, class) || suite->is_go;
    buffer_clear(&junit->room_2);
    buffer_append_text(&junit->room_2, "junit:");
    buffer_append_str(&junit->room_2, repeats ? buffer_str(&suite->name) : class);
    buffer_append_text(&junit->room_2, "::");
    buffer_append_str(&junit->room_2, name.length > 0 ? name : STR("(no name)"));
    check_memory(junit, &junit->room_2);
    return buffer_str(&junit->room_2);
}

static void emit_case(struct junit *junit, const struct suite *suite, const char *type, int64_t at, uint32_t ordinal,
                      struct str message)
{
    if (junit->status != STATUS_OK) {
        return;
    }
    struct json_writer *writer = import_event_begin(junit->job, &(struct import_event){
        .type = type, .id_field = "scenario_id", .node = buffer_str(&junit->room_2), .timestamp = at, .ordinal = ordinal});
    json_field_str(writer, "feature_path", buffer_str(&suite->path));
    import_field_if(writer, "feature_name", buffer_str(&suite->name));
    import_field_if(writer, "scenario_name", buffer_str(&junit->name));
    struct str tags[TAGS_MAX];
    for (size_t i = 0; i < junit->tag_count; i++) {
        tags[i] = buffer_str(&junit->tags[i]);
    }
    import_field_tags(writer, tags, junit->tag_count);
    if (junit->time_us >= 0) {
        json_field_i64(writer, "duration_ms", (junit->time_us + 500) / 1000);
    }
    import_field_message(writer, "error_message", message);
    write_metadata(junit, writer, junit->skipped ? buffer_str(&junit->reason) : STR_NONE);
    end_event(junit);
}

/* Emits the runs of the case: those that failed, then the one that passed or was skipped, if that is how it ended. */
static void emit_runs(struct junit *junit, struct suite *suite, struct name_slot *slot, int64_t at)
{
    bool flaky = junit->attempt_count > 0 && !junit->failed;
    for (size_t i = 0; i < junit->attempt_count; i++) {
        emit_case(junit, suite, "SCENARIO_FAILED", at + slot->value, slot->value, buffer_str(&junit->messages[i]));
        slot->value++;
    }
    if (junit->failed && junit->attempt_count == 0) {
        emit_case(junit, suite, "SCENARIO_FAILED", at + slot->value, slot->value, STR_NONE);
        slot->value++;
    }
    if (!junit->failed) {
        emit_case(junit, suite, junit->skipped ? "SCENARIO_SKIPPED" : "SCENARIO_PASSED", at + slot->value, slot->value,
                  STR_NONE);
        slot->value++;
    }
    junit->failed_count += junit->failed;
    junit->skipped_count += junit->skipped && !junit->failed;
    junit->passed_count += !junit->skipped && !junit->failed;
    junit->flaky_count += flaky && !junit->skipped;
    int64_t ended_at = at + slot->value - 1;
    suite->ended_at = ended_at > suite->ended_at ? ended_at : suite->ended_at;
    junit->run_ended_at = ended_at > junit->run_ended_at ? ended_at : junit->run_ended_at;
}

/* The slot of this scenario; room_2 then holds its id, with "#2" where it is another of the same name. */
static struct name_slot *name_case(struct junit *junit, const struct suite *suite)
{
    struct str id = scenario_id(junit, suite);
    struct name_slot *slot;
    enum status status = name_counter_add(&junit->names, str_hash(id), &slot, junit->error);
    if (status != STATUS_OK) {
        stop(junit, status);
        return NULL;
    }
    /* In Go a name is one test of its package; what comes again is another run of it. */
    if (!suite->is_go && slot->count > 1) {
        buffer_append_format(&junit->room_2, "#%u", slot->count);
        check_memory(junit, &junit->room_2);
        slot->value = 0;
    }
    return slot;
}

static void end_case(struct junit *junit)
{
    struct suite *suite = innermost(junit);
    junit->in_case = false;
    junit->job->summary->items_read++;
    if (!junit->run_started) {
        start_run(junit, suite);
    }
    if (!suite->has_cases) {
        suite->has_cases = true;
        emit_feature(junit, suite, "FEATURE_STARTED", suite->start_ms);
    }
    suite->elapsed_us = add_elapsed(suite->elapsed_us, junit->time_us > 0 ? junit->time_us : 0);
    struct name_slot *slot = junit->status == STATUS_OK ? name_case(junit, suite) : NULL;
    if (slot != NULL && junit->status == STATUS_OK) {
        emit_runs(junit, suite, slot, suite_now(junit, suite));
    }
}

/* --- parts of a case ---------------------------------------------------------------------------------------------- */

static void begin_part(struct junit *junit, enum part part, const XML_Char **attributes)
{
    junit->part = part;
    junit->part_depth = junit->depth;
    buffer_clear(&junit->text);
    struct str message = str_trim(attribute(attributes, "message"));
    message = message.length > 0 ? message : str_trim(attribute(attributes, "type"));
    set_text(junit, &junit->message, import_fit_text(message, IMPORT_MESSAGE_BYTES, &junit->room));
}

/* The sentence first, then the rest, unless the rest begins with it. */
static void join_message(struct junit *junit, struct buffer *into)
{
    struct str message = buffer_str(&junit->message), text = str_trim(buffer_str(&junit->text));
    buffer_clear(into);
    if (!str_starts_with(text, message)) {
        buffer_append_str(into, message);
        buffer_append_text(into, text.length > 0 ? "\n" : "");
    }
    buffer_append_str(into, text);
    check_memory(junit, into);
}

static void end_part(struct junit *junit)
{
    if (junit->part == PART_SKIPPED) {
        junit->skipped = true;
        join_message(junit, &junit->reason);
    } else if (junit->attempt_count < ATTEMPTS_MAX) {
        join_message(junit, &junit->messages[junit->attempt_count++]);
    } else {
        junit->dropped_attempts++;
    }
    junit->part = PART_NONE;
}

static void add_tag(struct junit *junit, const char *prefix, struct str value)
{
    struct str tag;
    while (str_split_next(&value, ',', &tag)) {
        tag = str_trim(tag);
        if (!import_is_id(tag, LIMIT_ID_BYTES - 16) || junit->tag_count == TAGS_MAX) {
            continue;
        }
        struct buffer *into = &junit->tags[junit->tag_count++];
        buffer_clear(into);
        if (tag.at[0] != '@') {
            buffer_append_text(into, prefix);
        }
        buffer_append_str(into, tag);
        check_memory(junit, into);
    }
}

/* Properties of a case hold for it, those of a suite for the cases that follow in it. */
static void on_property(struct junit *junit, const XML_Char **attributes)
{
    struct str name = attribute(attributes, "name"), value = attribute(attributes, "value");
    if (str_is(name, "requirement") || str_is(name, "requirements")) {
        add_tag(junit, "@requirement:", value);
    } else if (str_is(name, "contract") || str_is(name, "contracts")) {
        add_tag(junit, "@contract:", value);
    } else if (str_is(name, "go.version") && !junit->in_case && junit->suite_count > 0) {
        innermost(junit)->is_go = true;
    }
}

/* --- what expat calls --------------------------------------------------------------------------------------------- */

static enum part part_of(const char *name)
{
    static const char *const failures[] = {"failure",      "error",      "rerunFailure", "rerunError",
                                           "flakyFailure", "flakyError"};
    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
        if (strcmp(name, failures[i]) == 0) {
            return PART_FAILURE;
        }
    }
    return strcmp(name, "skipped") == 0 ? PART_SKIPPED : PART_NONE;
}

static void begin_in_case(struct junit *junit, const char *name, const XML_Char **attributes)
{
    enum part part = junit->part == PART_NONE ? part_of(name) : PART_NONE;
    if (part != PART_NONE) {
        begin_part(junit, part, attributes);
        /* A flaky failure is one that a later run made good. */
        junit->failed = junit->failed || (part == PART_FAILURE && strncmp(name, "flaky", 5) != 0);
    } else if (strcmp(name, "property") == 0) {
        on_property(junit, attributes);
    }
}

static void XMLCALL on_begin(void *context, const XML_Char *name, const XML_Char **attributes)
{
    struct junit *junit = context;
    if (junit->status != STATUS_OK) {
        return;
    }
    junit->depth++;
    bool is_suite = strcmp(name, "testsuite") == 0 || strcmp(name, "testsuites") == 0;
    if (junit->depth > IMPORT_XML_DEPTH) {
        refuse(junit, "elements are nested more than %d deep", IMPORT_XML_DEPTH);
    } else if (junit->depth == 1 && !is_suite) {
        refuse(junit, "the outermost element is <%.60s>; JUnit XML has <testsuites> or <testsuite> there", name);
    } else if (junit->ignored_from != 0) {
        return;
    } else if (strcmp(name, "system-out") == 0 || strcmp(name, "system-err") == 0) {
        junit->ignored_from = junit->depth;
    } else if (junit->in_case) {
        begin_in_case(junit, name, attributes);
    } else if (is_suite) {
        begin_suite(junit, attributes);
    } else if (strcmp(name, "testcase") == 0) {
        begin_case(junit, attributes);
    } else if (strcmp(name, "property") == 0) {
        on_property(junit, attributes);
    }
}

static void XMLCALL on_end(void *context, const XML_Char *name)
{
    struct junit *junit = context;
    if (junit->status != STATUS_OK) {
        return;
    }
    int depth = junit->depth--;
    if (junit->ignored_from != 0) {
        junit->ignored_from = junit->ignored_from == depth ? 0 : junit->ignored_from;
    } else if (junit->part != PART_NONE) {
        if (junit->part_depth == depth) {
            end_part(junit);
        }
    } else if (junit->in_case) {
        if (strcmp(name, "testcase") == 0) {
            end_case(junit);
            junit->tag_count = junit->outer_tag_count;
        }
    } else if (strcmp(name, "testsuite") == 0 || strcmp(name, "testsuites") == 0) {
        end_suite(junit);
    }
}

static void XMLCALL on_text(void *context, const XML_Char *text, int length)
{
    struct junit *junit = context;
    if (junit->part == PART_NONE || junit->ignored_from != 0 || junit->status != STATUS_OK) {
        return;
    }
    /* More than is written, so that the writer sees, and says, that something is missing. */
    size_t room = 2 * IMPORT_MESSAGE_BYTES - junit->text.length;
    buffer_append(&junit->text, text, (size_t)length < room ? (size_t)length : room);
    check_memory(junit, &junit->text);
}

static void XMLCALL on_entity(void *context, const XML_Char *name, int is_parameter, const XML_Char *value, int value_length,
                              const XML_Char *base, const XML_Char *system_id, const XML_Char *public_id,
                              const XML_Char *notation)
{
    (void)is_parameter, (void)value, (void)value_length, (void)base, (void)system_id, (void)public_id, (void)notation;
    refuse(context, "the file declares the entity \"%.60s\"; test reports need none, and it can be an attack, so it is refused",
           name);
}

/* --- the file ----------------------------------------------------------------------------------------------------- */

static enum status explain(struct junit *junit, bool at_end)
{
    if (junit->status != STATUS_OK) {
        return junit->status;
    }
    char place[ERROR_PLACE_SIZE];
    enum XML_Error code = XML_GetErrorCode(junit->parser);
    if (code == XML_ERROR_NO_MEMORY) {
        return error_no_memory(junit->error, "import");
    }
    if (at_end && (code == XML_ERROR_NO_ELEMENTS || code == XML_ERROR_UNCLOSED_TOKEN || code == XML_ERROR_UNCLOSED_CDATA_SECTION ||
                   code == XML_ERROR_PARTIAL_CHAR)) {
        return error_set(junit->error, STATUS_INVALID, place_of(junit, place),
                         "the file ends in the middle of the XML; was it written to the end? What is whole has been imported");
    }
    return error_set(junit->error, STATUS_INVALID, place_of(junit, place), "not well-formed XML: %s", XML_ErrorString(code));
}

static enum status read_file(struct junit *junit)
{
    struct import_reader *reader = &junit->job->reader;
    uint64_t base = reader->offset;
    bool final = false;
    while (!final) {
        if (reader->available == 0) {
            enum status status = import_reader_more(reader, junit->error);
            if (status != STATUS_OK) {
                return status;
            }
        }
        final = reader->ended && reader->available == 0;
        size_t length = reader->available;
        if (XML_Parse(junit->parser, reader->at, (int)length, final) != XML_STATUS_OK) {
            return explain(junit, final);
        }
        import_reader_consume(reader, length);
        XML_Index at = XML_GetCurrentByteIndex(junit->parser);
        if (at >= 0 && reader->offset - base > (uint64_t)at + IMPORT_ITEM_BYTES) {
            char place[ERROR_PLACE_SIZE];
            return error_set(junit->error, STATUS_INVALID, place_of(junit, place), "one tag is longer than the %zu MiB allowed",
                             (size_t)IMPORT_ITEM_BYTES / MIB);
        }
    }
    return STATUS_OK;
}

static void finish(struct junit *junit)
{
    if (!junit->run_started && junit->suite_number > 0) {
        start_run(junit, &junit->suites[0]);
        import_note(junit->job, "there is no test case in it");
    }
    emit_run(junit, "TEST_RUN_COMPLETED", junit->run_ended_at);
}

static void write_notes(struct junit *junit)
{
    struct import_job *job = junit->job;
    import_note(job, IMPORT_COUNT_FORMAT ": %llu passed (%llu of them only when run again), %llu failed, %llu skipped",
                IMPORT_COUNT(junit->passed_count + junit->failed_count + junit->skipped_count, "test case"),
                (unsigned long long)junit->passed_count, (unsigned long long)junit->flaky_count,
                (unsigned long long)junit->failed_count, (unsigned long long)junit->skipped_count);
    if (junit->dropped_attempts > 0) {
        import_note(job, IMPORT_COUNT_FORMAT " past the first %d of a case left out",
                    IMPORT_COUNT(junit->dropped_attempts, "failed run"), ATTEMPTS_MAX);
    }
    if (junit->zone_shift_ms > 0) {
        import_note(job, "times without a zone lay after the file was written; read as UTC+%lld:%02lld",
                    (long long)(junit->zone_shift_ms / 3600000), (long long)(junit->zone_shift_ms / 60000 % 60));
    }
}

static void *expat_new(size_t size)
{
    return memory_new(size == 0 ? 1 : size);
}

static void *expat_resize(void *old, size_t size)
{
    return memory_resize(old, size == 0 ? 1 : size);
}

static void init(struct junit *junit, struct import_job *job, struct error *error)
{
    junit->job = job;
    junit->error = error;
    struct buffer *const buffers[] = {&junit->run,  &junit->room,      &junit->room_2,  &junit->name,
                                      &junit->text, &junit->classname, &junit->message, &junit->reason};
    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++) {
        buffer_init(buffers[i], 4 * IMPORT_MESSAGE_BYTES);
    }
    for (size_t i = 0; i < IMPORT_XML_DEPTH; i++) {
        buffer_init(&junit->suites[i].name, LIMIT_PATH_BYTES);
        buffer_init(&junit->suites[i].path, LIMIT_PATH_BYTES);
    }
    for (size_t i = 0; i < ATTEMPTS_MAX; i++) {
        buffer_init(&junit->messages[i], 4 * IMPORT_MESSAGE_BYTES);
    }
    for (size_t i = 0; i < TAGS_MAX; i++) {
        buffer_init(&junit->tags[i], LIMIT_PATH_BYTES);
    }
}

static void release(struct junit *junit)
{
    struct buffer *const buffers[] = {&junit->run,  &junit->room,      &junit->room_2,  &junit->name,
                                      &junit->text, &junit->classname, &junit->message, &junit->reason};
    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++) {
        buffer_release(buffers[i]);
    }
    for (size_t i = 0; i < IMPORT_XML_DEPTH; i++) {
        buffer_release(&junit->suites[i].name);
        buffer_release(&junit->suites[i].path);
    }
    for (size_t i = 0; i < ATTEMPTS_MAX; i++) {
        buffer_release(&junit->messages[i]);
    }
    for (size_t i = 0; i < TAGS_MAX; i++) {
        buffer_release(&junit->tags[i]);
    }
    name_counter_release(&junit->names);
    if (junit->parser != NULL) {
        XML_ParserFree(junit->parser);
    }
    memory_free(junit);
}

enum status import_junit(struct import_job *job, struct error *error)
{
    static const XML_Memory_Handling_Suite memory = {expat_new, expat_resize, memory_free};
    struct junit *junit = memory_new_zeroed(1, sizeof *junit);
    if (junit == NULL) {
        return error_no_memory(error, "import");
    }
    init(junit, job, error);
    enum status status;
    junit->parser = XML_ParserCreate_MM(NULL, &memory, NULL);
    if (junit->parser == NULL) {
        status = error_no_memory(error, "import");
        goto out;
    }
    XML_SetUserData(junit->parser, junit);
    XML_SetElementHandler(junit->parser, on_begin, on_end);
    XML_SetCharacterDataHandler(junit->parser, on_text);
    XML_SetEntityDeclHandler(junit->parser, on_entity);
    status = read_file(junit);
    if (status == STATUS_OK) {
        finish(junit);
        status = junit->status;
    }
    write_notes(junit);
out:
    release(junit);
    return status;
}
