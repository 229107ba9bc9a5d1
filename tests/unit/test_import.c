/* What holds for all importers: telling formats apart, the events format, failures of memory, source and sink. */
#include "base/limits.h"
#include "test_import_support.h"

static void a_file_of_another_format_is_recognised(void **context)
{
    (void)context;
    static const struct {
        const char *format, *text, *meant;
    } cases[] = {
        {"cucumber-messages", "<?xml version=\"1.0\"?>\n<!-- c -->\n<testsuites/>", "import junit"},
        {"junit", "{\"meta\":{}}\n", "import cucumber-messages"},
        {"junit", "{\n  \"modules\": [", "import dependency-cruiser"},
        {"dependency-cruiser", "{\"id\":\"x\",\"version\":\"1\",\"turboVersion\":\"2\"}", "import turborepo"},
        {"turborepo", "{\"event_id\":\"x\",\"event_type\":\"TASK_STARTED\"}", "import events"},
        {"turborepo", "[{\"specversion\":\"1.0\"}]", "import events"},
        {"events", "<testsuite name=\"x\"/>", "import junit"},
        {"events", "{\"gherkinDocument\":{}}", "import cucumber-messages"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_refused(cases[i].format, cases[i].text, "file", cases[i].meant);
    }
}

static void an_event_may_have_members_of_any_name(void **context)
{
    (void)context;
    struct imported imported = import_text("events",
        "{\"meta\":{\"modules\":1},\"turboVersion\":\"2\",\"event_id\":\"01a1fbad-4da3-77a1-acd0-c8475f7de81c\",\"timestamp\":1795223801251,"
        "\"iteration_id\":\"i\",\"event_type\":\"TASK_STARTED\",\"node_id\":\"t\"}");
    assert_int_equal(imported.status, STATUS_OK);
    assert_int_equal(imported.count, 1);
    imported_release(&imported);
}

#define EVENT(id) \
    "{\"event_id\":\"01a1fbad-4da3-77a1-acd0-c8475f7de81" id "\",\"timestamp\":1795223801251,\"iteration_id\":\"i\"," \
    "\"event_type\":\"TASK_STARTED\",\"node_id\":\"t" id "\"}"

static void events_come_in_any_shape(void **context)
{
    (void)context;
    static const char *const texts[] = {EVENT("1") "\n" EVENT("2") "\n", "[" EVENT("1") "," EVENT("2") "]",
                                        "{\"events\":[" EVENT("1") "," EVENT("2") "]}", EVENT("1") "\n\n" EVENT("2")};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct imported imported = import_text("events", texts[i]);
        assert_int_equal(imported.status, STATUS_OK);
        assert_int_equal(imported.count, 2);
        imported_release(&imported);
    }
}

static void a_malformed_event_costs_the_others_nothing(void **context)
{
    (void)context;
    struct imported imported = import_text("events", EVENT("1") "\n{oops\n" EVENT("2") "\n");
    assert_int_equal(imported.status, STATUS_OK);
    assert_int_equal(imported.count, 2);
    assert_int_equal(imported.faults, 1);
    imported_release(&imported);
}

struct alone {
    size_t events, alone;
    uint64_t length;
    struct buffer text;
};

static enum status count_among(void *context, struct str event_json, struct error *error)
{
    struct alone *alone = context;
    (void)event_json, (void)error;
    alone->events++;
    return STATUS_OK;
}

static enum status count_alone(void *context, struct str text, uint64_t length, struct error *error)
{
    struct alone *alone = context;
    (void)error;
    alone->alone++;
    alone->length = length;
    buffer_clear(&alone->text);
    buffer_append_str(&alone->text, text);
    return STATUS_OK;
}

static void run_alone(const char *bytes, size_t length, struct alone *alone)
{
    struct imported input = {.bytes = bytes, .length = length, .chunk = 40000};
    *alone = (struct alone){0};
    buffer_init(&alone->text, 128 * MIB);
    struct import_summary summary;
    struct error error;
    assert_int_equal(import_run(import_format_find(STR("events")), &(struct import_source){&input, support_read, STR("f"), WRITTEN_MS},
                                &(struct import_options){.now_ms = NOW_MS}, &(struct import_sink){alone, count_among, count_alone},
                                &summary, &error), STATUS_OK);
    assert_int_equal(summary.events, alone->events + alone->alone);
}

static void an_event_that_is_too_long_leaves_alone_with_all_a_dead_letter_keeps(void **context)
{
    (void)context;
    static const size_t lengths[] = {LIMIT_EVENT_BYTES, LIMIT_EVENT_BYTES + 1, 5 * MIB, LIMIT_DEAD_LETTER_BYTES, 100 * MIB};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        struct buffer file;
        struct alone alone;
        buffer_init(&file, 128 * MIB);
        buffer_append_text(&file, EVENT("1") "\n");
        size_t begin = file.length;
        char *line = buffer_reserve(&file, lengths[i] + 1);
        assert_non_null(line);
        memset(line, 'x', lengths[i]);
        line[0] = '{';
        line[lengths[i]] = '\n';
        file.length += lengths[i] + 1;
        buffer_append_text(&file, EVENT("2") "\n");
        run_alone(file.bytes, file.length, &alone);
        bool too_long = lengths[i] > LIMIT_EVENT_BYTES;
        assert_int_equal(alone.events, too_long ? 2 : 3);
        assert_int_equal(alone.alone, too_long);
        if (too_long) {
            size_t kept = lengths[i] < LIMIT_DEAD_LETTER_BYTES ? lengths[i] : LIMIT_DEAD_LETTER_BYTES;
            assert_int_equal(alone.length, lengths[i]);
            assert_int_equal(alone.text.length, kept);
            assert_memory_equal(alone.text.bytes, file.bytes + begin, kept);
        }
        buffer_release(&alone.text);
        buffer_release(&file);
    }
}

static void a_malformed_event_of_several_lines_leaves_alone(void **context)
{
    (void)context;
    struct alone alone;
    static const char file[] = "[" EVENT("1") ",{\"a\":\n\"b\" \"c\"\n},\n{\"a\":\n1}]";
    run_alone(file, sizeof file - 1, &alone);
    assert_int_equal(alone.events, 2);
    assert_int_equal(alone.alone, 1);
    assert_string_equal(alone.text.bytes, "{\"a\":\n\"b\" \"c\"\n}");
    buffer_release(&alone.text);
}

static void events_that_are_cut_off_give_what_is_whole_and_then_an_error(void **context)
{
    (void)context;
    struct imported imported = import_text("events", "[" EVENT("1") ",{\"event_id\":\"x");
    assert_int_equal(imported.status, STATUS_INVALID);
    assert_non_null(strstr(imported.error.text, "in the middle"));
    assert_int_equal(imported.count, 1);
    imported_release(&imported);
}

static void a_text_that_cannot_be_of_the_format_is_refused_with_the_formats(void **context)
{
    (void)context;
    static const char *const texts[] = {"# Title\n\nSome words.\n", "\n- a list\n", "The words", "true words are none\n" + 5, "key: value"};
    static const char *const formats[] = {"events", "cucumber-messages", "junit", "dependency-cruiser", "turborepo"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        for (size_t f = 0; f < sizeof formats / sizeof formats[0]; f++) {
            struct imported imported = import_text(formats[f], texts[i]);
            assert_int_equal(imported.status, STATUS_INVALID);
            assert_int_equal(imported.summary.events, 0);
            assert_non_null(strstr(imported.error.text, strcmp(formats[f], "junit") == 0 ? "this is no XML" : "this is no JSON"));
            assert_non_null(strstr(imported.error.text, "expected: "));
            imported_release(&imported);
        }
    }
}

static void every_format_can_be_found_and_explains_itself(void **context)
{
    (void)context;
    size_t count = 0;
    for (const struct import_format *format; (format = import_format_at(count)) != NULL; count++) {
        assert_ptr_equal(import_format_find(str_from(import_format_name(format))), format);
        assert_true(strlen(import_format_description(format)) > 10 && strlen(import_format_hint(format)) > 10);
    }
    assert_int_equal(count, 5);
    assert_null(import_format_find(STR("nunit")));
}

/* --- failures ----------------------------------------------------------------------------------------------------- */

static const struct {
    const char *format, *file;
} reports[] = {{"events", "shop/layering-breach/events.ndjson"},
               {"turborepo", "shop/layering-breach/turbo-run.json"},
               {"cucumber-messages", "shop/layering-breach/cucumber.ndjson"},
               {"junit", "shop/layering-breach/junit.xml"},
               {"dependency-cruiser", "shop/layering-breach/dependency-cruiser.json"}};
enum { REPORTS = sizeof reports / sizeof reports[0] };

struct counting_sink {
    uint64_t events, fails_at;
};

static enum status count_event(void *context, struct str event_json, struct error *error)
{
    struct counting_sink *sink = context;
    (void)event_json;
    return sink->events++ == sink->fails_at ? error_set(error, STATUS_RETRY, "store", "the disk is full") : STATUS_OK;
}

static enum status failing_read(void *context, void *buffer, size_t size, size_t *length, struct error *error)
{
    struct imported *imported = context;
    if (imported->at >= imported->length / 2) {
        return error_set(error, STATUS_RETRY, "file", "input/output error");
    }
    return support_read(imported, buffer, size < 1000 ? size : 1000, length, error);
}

static enum status run_once(size_t report, const char *bytes, size_t length, bool failing, struct counting_sink *counting,
                            struct error *error)
{
    struct imported input = {.bytes = bytes, .length = length, .chunk = 4096};
    struct import_source source = {&input, failing ? failing_read : support_read, STR("f"), WRITTEN_MS};
    struct import_options options = {.iteration_id = STR("i"), .now_ms = NOW_MS};
    struct import_sink sink = {counting, count_event};
    struct import_summary summary;
    enum status status =
        import_run(import_format_find(str_from(reports[report].format)), &source, &options, &sink, &summary, error);
    if (status == STATUS_OK) {
        assert_int_equal(summary.events, counting->events);
    }
    return status;
}

static void every_allocation_that_fails_is_returned(void **context)
{
    (void)context;
    for (size_t r = 0; r < REPORTS; r++) {
        size_t length;
        char *bytes = read_whole(reports[r].file, &length);
        int64_t countdown = 0;
        for (;; countdown++) {
            struct counting_sink counting = {.fails_at = UINT64_MAX};
            struct error error = {0};
            memory_fail_after(countdown);
            enum status status = run_once(r, bytes, length, false, &counting, &error);
            bool struck = memory_injected();
            memory_fail_after(-1);
            if (!struck) {
                assert_int_equal(status, STATUS_OK);
                break;
            }
            assert_int_equal(status, STATUS_FATAL);
            assert_non_null(strstr(error.text, "out of memory"));
        }
        assert_true(countdown > 3);
        free(bytes);
    }
}

static void failures_of_source_and_sink_are_passed_on(void **context)
{
    (void)context;
    for (size_t r = 0; r < REPORTS; r++) {
        size_t length;
        char *bytes = read_whole(reports[r].file, &length);
        struct counting_sink counting = {.fails_at = UINT64_MAX};
        struct error error = {0};
        assert_int_equal(run_once(r, bytes, length, true, &counting, &error), STATUS_RETRY);
        assert_string_equal(error.text, "input/output error");
        for (uint64_t at = 0; at < 60; at += 7) {
            counting = (struct counting_sink){.fails_at = at};
            enum status status = run_once(r, bytes, length, false, &counting, &error);
            if (counting.events <= at) {
                break;
            }
            assert_int_equal(status, STATUS_RETRY);
            assert_string_equal(error.text, "the disk is full");
            assert_int_equal(counting.events, at + 1);
        }
        free(bytes);
    }
}

/* Wherever a report is cut, the answer is an error (or nothing is missing), never a crash and never a wrong event. */
static void a_report_cut_anywhere_is_no_crash(void **context)
{
    (void)context;
    for (size_t r = 0; r < REPORTS; r++) {
        size_t length;
        char *bytes = read_whole(reports[r].file, &length);
        for (size_t cut = 0; cut + 1 < length; cut += length / 97 + 1) {
            char *exact = malloc(cut + 1);
            assert_non_null(exact);
            memcpy(exact, bytes, cut);
            struct imported imported;
            struct import_case input = {.format = reports[r].format, .bytes = exact, .length = cut, .modified_at = WRITTEN_MS};
            import_case_run(&imported, &input, true);
            assert_int_equal(imported.faults > 1, 0);
            assert_true(imported.status == STATUS_INVALID || r == 0);
            imported_release(&imported);
            free(exact);
        }
        free(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_of_another_format_is_recognised),
        cmocka_unit_test(an_event_may_have_members_of_any_name),
        cmocka_unit_test(events_come_in_any_shape),
        cmocka_unit_test(a_malformed_event_costs_the_others_nothing),
        cmocka_unit_test(events_that_are_cut_off_give_what_is_whole_and_then_an_error),
        cmocka_unit_test(an_event_that_is_too_long_leaves_alone_with_all_a_dead_letter_keeps),
        cmocka_unit_test(a_malformed_event_of_several_lines_leaves_alone),
        cmocka_unit_test(a_text_that_cannot_be_of_the_format_is_refused_with_the_formats),
        cmocka_unit_test(every_format_can_be_found_and_explains_itself),
        cmocka_unit_test(every_allocation_that_fails_is_returned),
        cmocka_unit_test(failures_of_source_and_sink_are_passed_on),
        cmocka_unit_test(a_report_cut_anywhere_is_no_crash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
