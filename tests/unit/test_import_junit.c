/* The junit importer on each dialect, and on XML that means harm. */
#include "test_import_support.h"

static void surefire_reruns_become_runs_of_their_own(void **context)
{
    (void)context;
    struct imported imported = import_text("junit",
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<testsuite name=\"com.acme.CartTest\" time=\"1,234.5\" tests=\"3\" errors=\"0\" skipped=\"1\" failures=\"1\">\n"
        "<properties><property name=\"java.version\" value=\"17\"/></properties>\n"
        "<testcase name=\"flaky\" classname=\"com.acme.CartTest\" time=\"0.5\">"
        "<flakyFailure message=\"too slow\" type=\"java.lang.AssertionError\"><stackTrace><![CDATA[java.lang.AssertionError: too slow\n"
        "\tat x]]></stackTrace><system-out>noise</system-out></flakyFailure></testcase>\n"
        "<testcase name=\"broken\" classname=\"com.acme.CartTest\" time=\"0.5\"><failure message=\"a &lt; b\" type=\"T\">trace</failure>"
        "<rerunFailure message=\"again\" type=\"T\"/></testcase>\n"
        "<testcase name=\"later\" classname=\"com.acme.CartTest\"><skipped message=\"not yet\"/></testcase>\n"
        "</testsuite>");
    assert_int_equal(imported.status, STATUS_OK);
    assert_int_equal(imported.faults, 0);
    assert_int_equal(count_of(&imported, EVENT_BDV_SCENARIO_FAILED), 3);
    assert_int_equal(count_of(&imported, EVENT_BDV_SCENARIO_PASSED), 1);
    const struct event *flaky = event_of(&imported, EVENT_BDV_SCENARIO_FAILED, 0);
    const struct event *passed = event_of(&imported, EVENT_BDV_SCENARIO_PASSED, 0);
    assert_str(flaky->node_id, "junit:com.acme.CartTest::flaky");
    assert_true(str_equal(flaky->node_id, passed->node_id));
    assert_true(flaky->timestamp < passed->timestamp);
    assert_field(flaky, EVENT_FIELD_ERROR_MESSAGE, "too slow\njava.lang.AssertionError: too slow\n\tat x");
    assert_field(event_of(&imported, EVENT_BDV_SCENARIO_FAILED, 1), EVENT_FIELD_ERROR_MESSAGE, "a < b\ntrace");
    assert_str(event_metadata(event_of(&imported, EVENT_BDV_SCENARIO_SKIPPED, 0), STR("skip_reason")), "not yet");
    /* Without a timestamp the file's date is the end. */
    assert_true(event_of(&imported, EVENT_BDV_TEST_RUN_STARTED, 0)->timestamp == WRITTEN_MS - 1234500);
    imported_release(&imported);
}

static void jest_and_its_nested_describes_are_told_by_suite(void **context)
{
    (void)context;
    struct imported imported = import_text("junit",
        "<testsuites name=\"jest tests\" tests=\"2\" failures=\"0\" errors=\"0\" time=\"1.5\">"
        "<testsuite name=\"Cart\" errors=\"0\" failures=\"0\" skipped=\"0\" timestamp=\"2026-11-21T01:16:40\" time=\"0.9\" tests=\"2\">"
        "<testcase classname=\"Cart adds\" name=\"Cart adds\" time=\"0.3\"></testcase>"
        "<testcase classname=\"Cart adds\" name=\"Cart adds\" time=\"0.4\"></testcase>"
        "</testsuite></testsuites>");
    assert_int_equal(imported.faults, 0);
    const struct event *first = event_of(&imported, EVENT_BDV_SCENARIO_PASSED, 0);
    assert_str(first->node_id, "junit:Cart::Cart adds");
    assert_str(event_of(&imported, EVENT_BDV_SCENARIO_PASSED, 1)->node_id, "junit:Cart::Cart adds#2");
    assert_field(first, EVENT_FIELD_FEATURE_PATH, "junit:Cart");
    assert_true(first->timestamp == INT64_C(1795223800300)); /* without a zone: UTC */
    assert_str(event_of(&imported, EVENT_BDV_TEST_RUN_STARTED, 0)->node_id, "junit:jest tests:2026-11-21T01:16:40.000Z");
    imported_release(&imported);
}

static void pytest_properties_become_tags(void **context)
{
    (void)context;
    struct imported imported = import_text("junit",
        "<testsuites><testsuite name=\"pytest\" errors=\"1\" failures=\"0\" skipped=\"0\" tests=\"2\" time=\"0.044\" "
        "timestamp=\"2026-11-21T01:16:40.123456+00:00\" hostname=\"h\">"
        "<testcase classname=\"tests.test_cart.TestCart\" name=\"test_add[1]\" time=\"0.001\"><properties>"
        "<property name=\"requirement\" value=\"REQ-1, REQ-2\"/><property name=\"contract\" value=\"CartAPI:v1\"/></properties></testcase>"
        "<testcase classname=\"tests.test_cart\" name=\"test_x\" time=\"0.001\"><error message=\"failed on setup\">E fixture</error>"
        "</testcase></testsuite></testsuites>");
    assert_int_equal(imported.faults, 0);
    const struct event *passed = event_of(&imported, EVENT_BDV_SCENARIO_PASSED, 0);
    assert_str(passed->node_id, "junit:tests.test_cart.TestCart::test_add[1]");
    assert_items(passed, EVENT_FIELD_SCENARIO_TAGS, "@requirement:REQ-1 @requirement:REQ-2 @contract:CartAPI:v1");
    assert_items(passed, EVENT_FIELD_CONTRACT_TAGS, "CartAPI:v1");
    assert_items(event_of(&imported, EVENT_BDV_SCENARIO_FAILED, 0), EVENT_FIELD_SCENARIO_TAGS, "");
    imported_release(&imported);
}

static void gotestsum_reruns_are_the_same_test_again(void **context)
{
    (void)context;
    struct imported imported = import_text("junit",
        "<testsuites tests=\"2\" failures=\"1\" errors=\"0\" time=\"0.1\"><testsuite tests=\"2\" failures=\"1\" time=\"0.1\" "
        "name=\"example.com/shop/cart\" timestamp=\"2026-11-21T02:16:40+01:00\">"
        "<properties><property name=\"go.version\" value=\"go1.22\"></property></properties>"
        "<testcase classname=\"cart\" name=\"TestAdd\" time=\"0.000000\"><failure message=\"Failed\" type=\"\">x</failure></testcase>"
        "<testcase classname=\"cart\" name=\"TestAdd\" time=\"0.000000\"></testcase></testsuite></testsuites>");
    assert_int_equal(imported.faults, 0);
    const struct event *failed = event_of(&imported, EVENT_BDV_SCENARIO_FAILED, 0);
    const struct event *passed = event_of(&imported, EVENT_BDV_SCENARIO_PASSED, 0);
    assert_str(failed->node_id, "junit:example.com/shop/cart::TestAdd");
    assert_true(str_equal(failed->node_id, passed->node_id));
    assert_true(failed->timestamp < passed->timestamp);
    assert_true(failed->timestamp == INT64_C(1795223800000));
    imported_release(&imported);
}

static void suites_nest_and_share_the_time(void **context)
{
    (void)context;
    struct imported imported = import_text("junit",
        "<testsuites timestamp=\"2026-11-21T01:16:40Z\"><testsuite name=\"a\"><testsuite name=\"b\"><testcase name=\"x\" time=\"1\"/>"
        "</testsuite><testsuite name=\"c\"><testcase name=\"y\" time=\"2\"/></testsuite></testsuite></testsuites>");
    assert_int_equal(imported.faults, 0);
    assert_int_equal(count_of(&imported, EVENT_BDV_FEATURE_COMPLETED), 2);
    assert_true(event_of(&imported, EVENT_BDV_SCENARIO_PASSED, 0)->timestamp == INT64_C(1795223801000));
    assert_true(event_of(&imported, EVENT_BDV_SCENARIO_PASSED, 1)->timestamp == INT64_C(1795223803000));
    imported_release(&imported);
}

static void local_times_that_lie_in_the_future_are_moved_back(void **context)
{
    (void)context;
    struct imported imported = import_text("junit",
        "<testsuite name=\"a\" timestamp=\"2026-11-21T03:16:40\"><testcase name=\"x\"/></testsuite>");
    assert_true(event_of(&imported, EVENT_BDV_SCENARIO_PASSED, 0)->timestamp == INT64_C(1795223800000));
    assert_true(has_note(&imported, "UTC+2:00"));
    imported_release(&imported);
}

static void nothing_of_a_file_without_times_lies_after_it_was_written(void **context)
{
    (void)context;
    struct imported imported = import_text("junit",
        "<testsuites><testsuite name=\"a\"><testcase name=\"x\" time=\"60\"/><testcase name=\"y\" time=\"60\"/></testsuite></testsuites>");
    for (size_t i = 0; i < imported.count; i++) {
        assert_true(imported.events[i].timestamp <= WRITTEN_MS);
    }
    imported_release(&imported);
}

static void a_message_of_megabytes_is_cut_and_says_so(void **context)
{
    (void)context;
    size_t size = (size_t)3 << 20;
    char *text = malloc(size);
    assert_non_null(text);
    static const char head[] = "<testsuite name=\"a\"><testcase name=\"x\"><failure message=\"m\">";
    static const char tail[] = "</failure></testcase></testsuite>";
    memset(text, 'A', size);
    memcpy(text, head, sizeof head - 1);
    memcpy(text + size - (sizeof tail - 1), tail, sizeof tail - 1);
    struct imported imported;
    struct import_case input = {.format = "junit", .bytes = text, .length = size, .modified_at = WRITTEN_MS};
    import_case_run(&imported, &input, true);
    assert_int_equal(imported.status, STATUS_OK);
    assert_int_equal(imported.faults, 0);
    struct str message = event_text(event_of(&imported, EVENT_BDV_SCENARIO_FAILED, 0), EVENT_FIELD_ERROR_MESSAGE);
    assert_true(message.length < 200000 && str_ends_with(message, STR("more bytes in the report)")));
    imported_release(&imported);
    free(text);
}

static void entities_are_refused_before_they_expand(void **context)
{
    (void)context;
    assert_refused("junit", "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]><testsuite name=\"&b;\"/>", "file:1",
                   "declares the entity");
    assert_refused("junit", "<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><testsuite name=\"x\">&a;</testsuite>", "file:1",
                   "declares the entity");
}

static void malformed_xml_is_refused_with_its_place(void **context)
{
    (void)context;
    assert_refused("junit", "<testsuite name=\"a\">\n<testcase name=\"x\"></testsuite>", "file:2:", "mismatched tag");
    assert_refused("junit", "<testsuite name=\"a\">\n<testcase name=\"x\"/>", "file:2:", "ends in the middle");
    assert_refused("junit", "<html><body/></html>", "file:1:", "outermost element is <html>");
    assert_refused("junit", "plain text", "file:1", "this is no XML; expected: JUnit XML (surefire");
    assert_refused("junit", "<testsuite/><testsuite/>", "file:1:", "junk");
    assert_refused("junit", "   \n ", "", "is empty");
    char deep[2048] = "<testsuites>";
    for (int i = 0; i < 70; i++) {
        strcat(deep, "<testsuite name=\"x\">");
    }
    assert_refused("junit", deep, "file:1:", "nested more than");
}

static void a_file_that_is_cut_off_leaves_its_run_open(void **context)
{
    (void)context;
    struct imported imported = import_text("junit", "<testsuite name=\"a\"><testcase name=\"x\"/><testcase na");
    assert_int_equal(imported.status, STATUS_INVALID);
    assert_int_equal(count_of(&imported, EVENT_BDV_SCENARIO_PASSED), 1);
    assert_int_equal(count_of(&imported, EVENT_BDV_TEST_RUN_STARTED), 1);
    assert_int_equal(count_of(&imported, EVENT_BDV_TEST_RUN_COMPLETED), 0);
    imported_release(&imported);
}

static void control_characters_stay_out_of_ids_and_in_messages(void **context)
{
    (void)context;
    struct imported imported = import_text("junit",
        "<testsuite name=\"a&#10;b\"><properties><property name=\"requirement\" value=\"R&#9;1\"/></properties>"
        "<testcase name=\"x&#9;y\"><failure message=\"one&#10;two\"/></testcase></testsuite>");
    assert_int_equal(imported.faults, 0);
    const struct event *failed = event_of(&imported, EVENT_BDV_SCENARIO_FAILED, 0);
    assert_str(failed->node_id, "junit:a b::x y");
    assert_field(failed, EVENT_FIELD_ERROR_MESSAGE, "one\ntwo");
    imported_release(&imported);
}

static void other_encodings_are_read(void **context)
{
    (void)context;
    struct imported imported = import_text("junit",
        "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><testsuite name=\"caf\xE9\"><testcase name=\"x\"/></testsuite>");
    assert_int_equal(imported.faults, 0);
    assert_field(event_of(&imported, EVENT_BDV_SCENARIO_PASSED, 0), EVENT_FIELD_FEATURE_NAME, "caf\xC3\xA9");
    imported_release(&imported);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(surefire_reruns_become_runs_of_their_own),
        cmocka_unit_test(jest_and_its_nested_describes_are_told_by_suite),
        cmocka_unit_test(pytest_properties_become_tags),
        cmocka_unit_test(gotestsum_reruns_are_the_same_test_again),
        cmocka_unit_test(suites_nest_and_share_the_time),
        cmocka_unit_test(local_times_that_lie_in_the_future_are_moved_back),
        cmocka_unit_test(nothing_of_a_file_without_times_lies_after_it_was_written),
        cmocka_unit_test(a_message_of_megabytes_is_cut_and_says_so),
        cmocka_unit_test(entities_are_refused_before_they_expand),
        cmocka_unit_test(malformed_xml_is_refused_with_its_place),
        cmocka_unit_test(a_file_that_is_cut_off_leaves_its_run_open),
        cmocka_unit_test(control_characters_stay_out_of_ids_and_in_messages),
        cmocka_unit_test(other_encodings_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
