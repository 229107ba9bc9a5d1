/* The cucumber-messages importer on small streams written by hand. */
#include "test_import_support.h"

#define TIME(ms) "\"timestamp\":{\"seconds\":1795223815,\"nanos\":" #ms "000000}"
#define META "{\"meta\":{\"protocolVersion\":\"27.2.0\"}}\n"
#define RUN_STARTED "{\"testRunStarted\":{" TIME(100) "}}\n"
#define RUN_FINISHED "{\"testRunFinished\":{\"success\":true," TIME(900) "}}\n"
#define PICKLE(id, name, tags) \
    "{\"pickle\":{\"id\":\"" id "\",\"uri\":\"features\\\\cart.feature\",\"astNodeIds\":[\"s" id "\"],\"tags\":[" tags "],\"name\":\"" name \
    "\",\"steps\":[{\"id\":\"ps" id "\",\"text\":\"a step\",\"astNodeIds\":[\"k1\"]}]}}\n" \
    "{\"testCase\":{\"id\":\"c" id "\",\"pickleId\":\"" id "\",\"testSteps\":[{\"id\":\"h" id "\",\"hookId\":\"hook\"}," \
    "{\"id\":\"t" id "\",\"pickleStepId\":\"ps" id "\"}]}}\n"
#define STARTED(id, attempt) "{\"testCaseStarted\":{\"attempt\":0,\"testCaseId\":\"c" id "\",\"id\":\"" attempt "\"," TIME(200) "}}\n"
#define STEP(id, attempt, status) \
    "{\"testStepFinished\":{\"testCaseStartedId\":\"" attempt "\",\"testStepId\":\"" id "\",\"testStepResult\":{\"status\":\"" status \
    "\",\"duration\":{\"seconds\":0,\"nanos\":7000000},\"message\":\"first line\\nsecond\"}," TIME(200) "}}\n"
#define FINISHED(attempt, again) \
    "{\"testCaseFinished\":{\"testCaseStartedId\":\"" attempt "\",\"willBeRetried\":" again "," TIME(200) "}}\n"
#define ONE(id, attempt, status) STARTED(id, attempt) STEP("t" id, attempt, status) FINISHED(attempt, "false")

static void a_run_of_one_scenario_becomes_its_events(void **context)
{
    (void)context;
    struct imported imported = import_text("cucumber-messages",
        META "{\"gherkinDocument\":{\"uri\":\"features\\\\cart.feature\",\"feature\":{\"name\":\"Cart\",\"tags\":[{\"name\":\"@x\"}],"
        "\"children\":[{\"background\":{\"steps\":[{\"id\":\"k1\",\"keyword\":\"Given \"}]}}]}}}\n"
        PICKLE("1", "Adding", "{\"name\":\"@contract:Cart:v1\"},{\"name\":\"@requirement:R-1\"}") RUN_STARTED
        ONE("1", "a1", "PASSED") RUN_FINISHED);
    assert_int_equal(imported.status, STATUS_OK);
    assert_int_equal(imported.faults, 0);
    assert_int_equal(imported.count, 7);
    const struct event *started = event_of(&imported, EVENT_BDV_SCENARIO_STARTED, 0);
    assert_str(started->node_id, "features/cart.feature:Adding");
    assert_field(started, EVENT_FIELD_FEATURE_PATH, "features/cart.feature");
    assert_field(started, EVENT_FIELD_FEATURE_NAME, "Cart");
    assert_items(started, EVENT_FIELD_SCENARIO_TAGS, "@contract:Cart:v1 @requirement:R-1");
    assert_items(started, EVENT_FIELD_CONTRACT_TAGS, "Cart:v1");
    assert_str(event_metadata(started, STR("test_run")), "cucumber:2026-11-21T01:16:55.100Z");
    const struct event *step = event_of(&imported, EVENT_BDV_STEP_EXECUTED, 0);
    assert_field(step, EVENT_FIELD_STEP_TEXT, "Given a step");
    assert_symbol(step, EVENT_FIELD_STEP_RESULT, "PASSED");
    assert_int_equal(event_integer(step, EVENT_FIELD_DURATION_MS, -1), 7);
    assert_items(event_of(&imported, EVENT_BDV_FEATURE_STARTED, 0), EVENT_FIELD_SCENARIO_TAGS, "@x");
    imported_release(&imported);
}

static void outcome_is(const char *status, enum event_type expected)
{
    char text[4096];
    (void)snprintf(text, sizeof text, "%s%s%s%s%s%s", META PICKLE("1", "S", "") RUN_STARTED STARTED("1", "a1"),
                   "{\"testStepFinished\":{\"testCaseStartedId\":\"a1\",\"testStepId\":\"t1\",\"testStepResult\":{\"status\":\"",
                   status, "\"}," TIME(200) "}}\n", FINISHED("a1", "false"), RUN_FINISHED);
    struct imported imported = import_text("cucumber-messages", text);
    assert_int_equal(imported.status, STATUS_OK);
    assert_int_equal(imported.faults, 0);
    assert_int_equal(count_of(&imported, expected), 1);
    imported_release(&imported);
}

static void undefined_pending_and_ambiguous_steps_fail_their_scenario(void **context)
{
    (void)context;
    outcome_is("UNDEFINED", EVENT_BDV_SCENARIO_FAILED);
    outcome_is("PENDING", EVENT_BDV_SCENARIO_FAILED);
    outcome_is("AMBIGUOUS", EVENT_BDV_SCENARIO_FAILED);
    outcome_is("SKIPPED", EVENT_BDV_SCENARIO_SKIPPED);
    outcome_is("UNKNOWN", EVENT_BDV_SCENARIO_SKIPPED);
}

static void a_retry_is_a_run_of_its_own_that_never_shares_a_moment_with_the_first(void **context)
{
    (void)context;
    struct imported imported = import_text("cucumber-messages",
        META PICKLE("1", "S", "") RUN_STARTED STARTED("1", "a1") STEP("t1", "a1", "FAILED") FINISHED("a1", "true")
        ONE("1", "a2", "PASSED") RUN_FINISHED);
    const struct event *failed = event_of(&imported, EVENT_BDV_SCENARIO_FAILED, 0);
    const struct event *passed = event_of(&imported, EVENT_BDV_SCENARIO_PASSED, 0);
    assert_true(failed->timestamp < passed->timestamp);
    assert_field(failed, EVENT_FIELD_ERROR_MESSAGE, "first line\nsecond");
    assert_true(str_equal(failed->node_id, passed->node_id));
    assert_str(event_metadata(passed, STR("attempt")), "2");
    imported_release(&imported);
}

static void steps_of_one_moment_sort_by_id_in_their_order(void **context)
{
    (void)context;
    struct imported imported = import_text("cucumber-messages",
        META PICKLE("1", "S", "") RUN_STARTED STARTED("1", "a1") STEP("t1", "a1", "PASSED") STEP("t1", "a1", "PASSED")
        STEP("t1", "a1", "PASSED") FINISHED("a1", "false") RUN_FINISHED);
    for (size_t i = 1; i < 3; i++) {
        assert_true(str_compare(event_of(&imported, EVENT_BDV_STEP_EXECUTED, i - 1)->event_id,
                                event_of(&imported, EVENT_BDV_STEP_EXECUTED, i)->event_id) < 0);
    }
    imported_release(&imported);
}

static void hooks_are_told_of_only_when_they_fail(void **context)
{
    (void)context;
    struct imported imported = import_text("cucumber-messages",
        META "{\"hook\":{\"id\":\"hook\",\"sourceReference\":{\"uri\":\"support/world.js\",\"location\":{\"line\":7}}}}\n"
        PICKLE("1", "S", "") RUN_STARTED STARTED("1", "a1") STEP("h1", "a1", "PASSED") STEP("t1", "a1", "PASSED")
        FINISHED("a1", "false") STARTED("1", "a2") STEP("h1", "a2", "FAILED") FINISHED("a2", "false") RUN_FINISHED);
    assert_int_equal(count_of(&imported, EVENT_BDV_STEP_EXECUTED), 2);
    assert_field(event_of(&imported, EVENT_BDV_STEP_EXECUTED, 1), EVENT_FIELD_STEP_TEXT, "hook (support/world.js:7)");
    assert_int_equal(count_of(&imported, EVENT_BDV_SCENARIO_FAILED), 1);
    imported_release(&imported);
}

static void scenarios_of_one_name_and_rows_of_an_outline_have_ids_of_their_own(void **context)
{
    (void)context;
    struct imported imported = import_text("cucumber-messages",
        META "{\"gherkinDocument\":{\"uri\":\"features/cart.feature\",\"feature\":{\"name\":\"Cart\",\"tags\":[],\"children\":[{\"rule\":"
        "{\"children\":[{\"scenario\":{\"steps\":[],\"examples\":[{\"tableBody\":[{\"id\":\"s3\",\"cells\":[{\"value\":\"3\"},"
        "{\"value\":\"EUR\"}]}]}]}}]}}]}}}\n"
        PICKLE("1", "S", "") PICKLE("2", "S", "") PICKLE("3", "S", "") RUN_STARTED ONE("1", "a1", "PASSED") ONE("2", "a2", "PASSED")
        ONE("3", "a3", "PASSED") RUN_FINISHED);
    assert_str(event_of(&imported, EVENT_BDV_SCENARIO_PASSED, 0)->node_id, "features/cart.feature:S");
    assert_str(event_of(&imported, EVENT_BDV_SCENARIO_PASSED, 1)->node_id, "features/cart.feature:S#2");
    assert_str(event_of(&imported, EVENT_BDV_SCENARIO_PASSED, 2)->node_id, "features/cart.feature:S [3, EUR]");
    imported_release(&imported);
}

static void the_commit_comes_from_the_option_or_else_from_the_file(void **context)
{
    (void)context;
    static const char text[] = "{\"meta\":{\"ci\":{\"git\":{\"revision\":\"abc\"}}}}\n" PICKLE("1", "S", "") RUN_STARTED
        ONE("1", "a1", "PASSED") RUN_FINISHED;
    struct imported imported = import_text("cucumber-messages", text);
    assert_str(event_metadata(event_of(&imported, EVENT_BDV_SCENARIO_PASSED, 0), STR("commit")), "abc");
    imported_release(&imported);
    struct import_case input = {.format = "cucumber-messages", .bytes = text, .length = strlen(text), .commit = "def"};
    import_case_run(&imported, &input, true);
    assert_str(event_metadata(event_of(&imported, EVENT_BDV_SCENARIO_PASSED, 0), STR("commit")), "def");
    imported_release(&imported);
}

static void messages_of_unknown_kinds_and_attachments_of_any_size_are_passed_over(void **context)
{
    (void)context;
    size_t size = (size_t)40 << 20;
    char *text = malloc(size);
    assert_non_null(text);
    memset(text, 'A', size);
    static const char head[] = META "{\"fromTheFuture\":{}}\n" PICKLE("1", "S", "") RUN_STARTED "{\"attachment\":{\"body\":\"";
    static const char tail[] = "\"}}\n" ONE("1", "a1", "PASSED") RUN_FINISHED;
    memcpy(text, head, sizeof head - 1);
    memcpy(text + size - (sizeof tail - 1), tail, sizeof tail - 1);
    struct imported imported;
    struct import_case input = {.format = "cucumber-messages", .bytes = text, .length = size};
    import_case_run(&imported, &input, true);
    assert_int_equal(imported.status, STATUS_OK);
    assert_int_equal(count_of(&imported, EVENT_BDV_SCENARIO_PASSED), 1);
    assert_true(has_note(&imported, "1 attachment left out"));
    assert_true(has_note(&imported, "1 message of an unknown kind"));
    imported_release(&imported);
    free(text);
}

static void a_message_that_is_too_long_is_refused_with_its_line(void **context)
{
    (void)context;
    size_t size = (size_t)20 << 20;
    char *text = malloc(size);
    assert_non_null(text);
    memset(text, 'A', size);
    memcpy(text, META "{\"source\":\"", sizeof META + 10);
    struct imported imported;
    struct import_case input = {.format = "cucumber-messages", .bytes = text, .length = size};
    import_case_run(&imported, &input, true);
    assert_int_equal(imported.status, STATUS_INVALID);
    assert_string_equal(imported.error.place, "file:2");
    imported_release(&imported);
    free(text);
}

static void a_stream_that_is_cut_off_gives_what_is_whole_and_then_an_error(void **context)
{
    (void)context;
    struct imported imported = import_text("cucumber-messages",
        META PICKLE("1", "S", "") RUN_STARTED ONE("1", "a1", "PASSED") "{\"testRunFinished\":{\"succ");
    assert_int_equal(imported.status, STATUS_INVALID);
    assert_string_equal(imported.error.place, "file:8");
    assert_non_null(strstr(imported.error.text, "ends in the middle"));
    assert_int_equal(count_of(&imported, EVENT_BDV_SCENARIO_PASSED), 1);
    assert_int_equal(count_of(&imported, EVENT_BDV_TEST_RUN_COMPLETED), 0);
    imported_release(&imported);
    assert_refused("cucumber-messages", META PICKLE("1", "S", "") RUN_STARTED ONE("1", "a1", "PASSED"), "file:7",
                   "without its testRunFinished");
}

static void what_makes_no_sense_is_refused_with_its_line(void **context)
{
    (void)context;
    assert_refused("cucumber-messages", META "{oops}\n", "file:2", "one Cucumber message a line");
    assert_refused("cucumber-messages", META "[]\n", "file:2", "a Cucumber message was expected");
    assert_refused("cucumber-messages", META RUN_STARTED ONE("1", "a1", "PASSED"), "file:3", "which no message before it describes");
    assert_refused("cucumber-messages", META PICKLE("1", "S", "") RUN_STARTED STEP("t1", "nobody", "PASSED"), "file:5", "nobody");
    assert_refused("cucumber-messages", META, "file:1", "no testRunStarted");
    assert_refused("cucumber-messages", "", "", "is empty");
    assert_refused("cucumber-messages", META "{\"pickle\":7}\n{\"testCase\":[]}\n", "file:3", "testCase");
}

static void runs_put_one_behind_the_other_are_runs_of_their_own(void **context)
{
    (void)context;
    struct imported imported = import_text("cucumber-messages",
        META PICKLE("1", "S", "") RUN_STARTED ONE("1", "a1", "PASSED") RUN_FINISHED
        META PICKLE("1", "T", "") "{\"testRunStarted\":{\"timestamp\":{\"seconds\":1795223900,\"nanos\":0}}}\n"
        ONE("1", "a1", "FAILED") RUN_FINISHED);
    assert_int_equal(imported.status, STATUS_OK);
    assert_int_equal(imported.faults, 0);
    assert_int_equal(count_of(&imported, EVENT_BDV_TEST_RUN_COMPLETED), 2);
    assert_str(event_of(&imported, EVENT_BDV_SCENARIO_FAILED, 0)->node_id, "features/cart.feature:T");
    imported_release(&imported);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_of_one_scenario_becomes_its_events),
        cmocka_unit_test(undefined_pending_and_ambiguous_steps_fail_their_scenario),
        cmocka_unit_test(a_retry_is_a_run_of_its_own_that_never_shares_a_moment_with_the_first),
        cmocka_unit_test(steps_of_one_moment_sort_by_id_in_their_order),
        cmocka_unit_test(hooks_are_told_of_only_when_they_fail),
        cmocka_unit_test(scenarios_of_one_name_and_rows_of_an_outline_have_ids_of_their_own),
        cmocka_unit_test(the_commit_comes_from_the_option_or_else_from_the_file),
        cmocka_unit_test(messages_of_unknown_kinds_and_attachments_of_any_size_are_passed_over),
        cmocka_unit_test(a_message_that_is_too_long_is_refused_with_its_line),
        cmocka_unit_test(a_stream_that_is_cut_off_gives_what_is_whole_and_then_an_error),
        cmocka_unit_test(what_makes_no_sense_is_refused_with_its_line),
        cmocka_unit_test(runs_put_one_behind_the_other_are_runs_of_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
