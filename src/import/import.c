#include "import/import.h"

#include <assert.h>
#include <stdio.h>

#include "import/import_job.h"
#include "import/json_split.h"

struct import_format {
    const char *name;
    const char *description;
    const char *hint;
    const char *looks_like; /* for "this looks like …" */
    enum status (*run)(struct import_job *job, struct error *error);
};

static const struct import_format formats[] = {
    {"events", "events in our own JSON form, NDJSON, or CloudEvents",
     "docs/events.md shows the fields; one JSON text a line is easiest", "events in JSON", import_events},
    {"cucumber-messages", "behaviour: the message stream of any Cucumber (NDJSON)",
     "cucumber-js --format message:cucumber.ndjson; cucumber-jvm --plugin message:cucumber.ndjson", "Cucumber messages",
     import_cucumber},
    {"junit", "behaviour: JUnit XML of any test runner; test cases become scenarios",
     "surefire's TEST-*.xml, jest-junit, mocha-junit-reporter, pytest --junit-xml, gotestsum --junitfile", "JUnit XML",
     import_junit},
    {"dependency-cruiser", "architecture: modules, violations and cycles of a JavaScript or TypeScript workspace (JSON)",
     "depcruise src --output-type json --output-to dependency-cruiser.json", "a report of dependency-cruiser",
     import_dependency_cruiser},
    {"turborepo", "execution: the run summary of Turborepo (JSON)", "turbo run build test --summarize; see .turbo/runs",
     "a run summary of Turborepo", import_turborepo},
};
enum { FORMAT_EVENTS, FORMAT_CUCUMBER, FORMAT_JUNIT, FORMAT_CRUISER, FORMAT_TURBO, FORMAT_COUNT };
static_assert(sizeof formats / sizeof formats[0] == FORMAT_COUNT, "each format has its number");

const struct import_format *import_format_find(struct str name)
{
    for (size_t i = 0; i < FORMAT_COUNT; i++) {
        if (str_is(name, formats[i].name)) {
            return &formats[i];
        }
    }
    return NULL;
}

const struct import_format *import_format_at(size_t index)
{
    return index < FORMAT_COUNT ? &formats[index] : NULL;
}

const char *import_format_name(const struct import_format *format)
{
    return format->name;
}

const char *import_format_description(const struct import_format *format)
{
    return format->description;
}

const char *import_format_hint(const struct import_format *format)
{
    return format->hint;
}

/* --- telling formats apart ---------------------------------------------------------------------------------------- */

/* Names of members that only one format has at the top of its first JSON value; those of events come first. */
static const struct {
    const char *key;
    int format;
} marks[] = {
    {"event_type", FORMAT_EVENTS},
    {"specversion", FORMAT_EVENTS},
    {"events", FORMAT_EVENTS},
    {"meta", FORMAT_CUCUMBER},
    {"gherkinDocument", FORMAT_CUCUMBER},
    {"pickle", FORMAT_CUCUMBER},
    {"testRunStarted", FORMAT_CUCUMBER},
    {"testCaseStarted", FORMAT_CUCUMBER},
    {"modules", FORMAT_CRUISER},
    {"turboVersion", FORMAT_TURBO},
    {"globalCacheInputs", FORMAT_TURBO},
};

/* The members at the top: of the object, or of an array's first object. An event may have members of any name, so what
 * marks an event wins. */
static const struct import_format *guess_json(struct str text)
{
    if (text.at[0] == '[') {
        text = str_trim(str_from_offset(text, 1));
    }
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if (json_split_has_member(text, marks[i].key)) {
            return &formats[marks[i].format];
        }
    }
    return NULL;
}

/* The root element's name: what follows the prolog, comments and the like. */
static const struct import_format *guess_xml(struct str text)
{
    size_t i = 0;
    while (i + 1 < text.length && (text.at[i] != '<' || text.at[i + 1] == '?' || text.at[i + 1] == '!')) {
        i++;
    }
    struct str root = str_from_offset(text, i);
    return str_starts_with(root, STR("<testsuite")) ? &formats[FORMAT_JUNIT] : NULL;
}

const struct import_format *import_format_guess(struct str beginning)
{
    if (str_starts_with(beginning, STR("\xEF\xBB\xBF"))) {
        beginning = str_from_offset(beginning, 3);
    }
    struct str text = str_trim(beginning);
    if (text.length == 0) {
        return NULL;
    }
    switch (text.at[0]) {
    case '<':
        return guess_xml(text);
    case '{':
    case '[':
        return guess_json(text);
    default:
        return NULL;
    }
}

/* --- one run ------------------------------------------------------------------------------------------------------ */

static enum status refuse_other_format(const struct import_job *job, const struct import_format *looks, struct error *error)
{
    char place[ERROR_PLACE_SIZE];
    (void)snprintf(place, sizeof place, "%.*s", STR_ARGS(job->reader.source->name));
    return error_set(error, STATUS_INVALID, place, "this looks like %s, not like %s; did you mean `import %s`?",
                     looks->looks_like, job->format->looks_like, looks->name);
}

static bool may_begin_json(struct str text)
{
    char c = text.at[0];
    bool digit_follows = text.length > 1 && text.at[1] >= '0' && text.at[1] <= '9';
    return c == '{' || c == '[' || c == '"' || (c >= '0' && c <= '9') || (c == '-' && digit_follows) ||
           str_starts_with(text, STR("true")) || str_starts_with(text, STR("false")) || str_starts_with(text, STR("null"));
}

/* Else each line of a text would become a dead letter, or a parser would complain of its first word. */
static enum status check_beginning(const struct import_job *job, struct str head, struct error *error)
{
    struct str text = str_trim(head);
    bool is_xml = job->format == &formats[FORMAT_JUNIT];
    if (text.length == 0 || (is_xml ? text.at[0] == '<' : may_begin_json(text))) {
        return STATUS_OK;
    }
    return error_set(error, STATUS_INVALID, import_place_line(&job->reader, (char[ERROR_PLACE_SIZE]){0}),
                     "this is no %s; expected: %s (%s); `trimodal import --list` names the formats", is_xml ? "XML" : "JSON",
                     job->format->looks_like, job->format->hint);
}

static enum status run(struct import_job *job, struct error *error)
{
    struct import_reader *reader = &job->reader;
    while (reader->available < IMPORT_HEAD_BYTES && !reader->ended) {
        enum status status = import_reader_more(reader, error);
        if (status != STATUS_OK) {
            return status;
        }
    }
    struct str head = {reader->at, reader->available < IMPORT_HEAD_BYTES ? reader->available : IMPORT_HEAD_BYTES};
    if (str_trim(head).length == 0 && reader->ended) {
        return error_set(error, STATUS_INVALID, "", "%.*s is empty; %s was expected (%s)",
                         STR_ARGS(reader->source->name), job->format->looks_like, job->format->hint);
    }
    const struct import_format *looks = import_format_guess(head);
    if (looks != NULL && looks != job->format) {
        return refuse_other_format(job, looks, error);
    }
    enum status status = check_beginning(job, head, error);
    return status == STATUS_OK ? job->format->run(job, error) : status;
}

enum status import_run(const struct import_format *format, const struct import_source *source,
                       const struct import_options *options, const struct import_sink *sink,
                       struct import_summary *summary, struct error *error)
{
    assert(format->run == import_events || options->iteration_id.length > 0);
    memset(summary, 0, sizeof *summary);
    struct import_job job = {.format = format, .options = options, .sink = sink, .summary = summary};
    buffer_init(&job.event, IMPORT_ITEM_BYTES * IMPORT_ESCAPED_MAX + LIMIT_EVENT_BYTES);
    enum status status;
    job.sha256 = sha256_new();
    if (job.sha256 == NULL) {
        status = error_no_memory(error, "import");
        goto out;
    }
    status = import_reader_init(&job.reader, source, error);
    if (status == STATUS_OK) {
        status = run(&job, error);
    }
    if (job.too_large > 0) {
        import_note(&job, IMPORT_COUNT_FORMAT " longer than %zu KiB, which can only become dead letters", IMPORT_COUNT(job.too_large, "event"),
                    (size_t)LIMIT_EVENT_BYTES / KIB);
    }
    summary->bytes_read = job.reader.offset;
out:
    import_reader_release(&job.reader);
    buffer_release(&job.event);
    sha256_free(job.sha256);
    return status;
}
