/* What the real tools wrote about examples/shop, in its three states. */
#include "test_import_support.h"

static const struct report {
    const char *format, *file;
} reports[] = {{"events", "events.ndjson"},
               {"turborepo", "turbo-run.json"},
               {"cucumber-messages", "cucumber.ndjson"},
               {"junit", "junit.xml"},
               {"dependency-cruiser", "dependency-cruiser.json"}};
static const char *const states[] = {"clean", "behaviour-bug", "layering-breach"};
enum { REPORTS = sizeof reports / sizeof reports[0], STATES = sizeof states / sizeof states[0] };

static const char *path_of(size_t state, size_t report)
{
    static char path[128];
    (void)snprintf(path, sizeof path, "shop/%s/%s", states[state], reports[report].file);
    return path;
}

static void every_event_of_every_report_decodes(void **context)
{
    (void)context;
    for (size_t s = 0; s < STATES; s++) {
        for (size_t r = 0; r < REPORTS; r++) {
            struct imported imported = import_fixture(reports[r].format, path_of(s, r));
            assert_int_equal(imported.status, STATUS_OK);
            assert_int_equal(imported.faults, 0);
            assert_true(imported.count > 20);
            assert_int_equal(imported.summary.events, imported.count);
            imported_release(&imported);
        }
    }
}

static void importing_twice_and_in_chunks_of_one_byte_gives_the_same_bytes(void **context)
{
    (void)context;
    for (size_t s = 0; s < STATES; s++) {
        for (size_t r = 0; r < REPORTS; r++) {
            size_t length;
            char *bytes = read_whole(path_of(s, r), &length);
            struct import_case input = {.format = reports[r].format, .bytes = bytes, .length = length, .modified_at = WRITTEN_MS};
            struct imported first, second, bytewise, odd;
            import_case_run(&first, &input, false);
            import_case_run(&second, &input, false);
            input.chunk = 1;
            import_case_run(&bytewise, &input, false);
            input.chunk = 4093;
            import_case_run(&odd, &input, false);
            assert_true(str_equal(buffer_str(&first.text), buffer_str(&second.text)));
            assert_true(str_equal(buffer_str(&first.text), buffer_str(&bytewise.text)));
            assert_true(str_equal(buffer_str(&first.text), buffer_str(&odd.text)));
            imported_release(&first);
            imported_release(&second);
            imported_release(&bytewise);
            imported_release(&odd);
            free(bytes);
        }
    }
}

static int compare_keys(const void *a, const void *b)
{
    return memcmp(((const struct event *)a)->key, ((const struct event *)b)->key, EVENT_KEY_SIZE);
}

static void no_two_events_share_a_key(void **context)
{
    (void)context;
    for (size_t s = 0; s < STATES; s++) {
        for (size_t r = 0; r < REPORTS; r++) {
            struct imported imported = import_fixture(reports[r].format, path_of(s, r));
            qsort(imported.events, imported.count, sizeof *imported.events, compare_keys);
            for (size_t i = 1; i < imported.count; i++) {
                assert_int_not_equal(compare_keys(&imported.events[i - 1], &imported.events[i]), 0);
            }
            imported_release(&imported);
        }
    }
}

/* Ids of scenarios that passed, or failed, at least once. */
static size_t distinct(const struct imported *imported, enum event_type type, enum event_type also)
{
    size_t count = 0;
    for (size_t i = 0; i < imported->count; i++) {
        const struct event *event = &imported->events[i];
        bool other = also == EVENT_TYPE_COUNT, again = false;
        for (size_t k = 0; k < imported->count; k++) {
            bool same = str_equal(imported->events[k].node_id, event->node_id);
            other = other || (same && imported->events[k].type == also);
            again = again || (same && k < i && imported->events[k].type == type);
        }
        count += event->type == type && other && !again;
    }
    return count;
}

static void clean_has_48_scenarios_that_pass_one_of_them_flaky(void **context)
{
    (void)context;
    struct imported imported = import_fixture("cucumber-messages", "shop/clean/cucumber.ndjson");
    assert_int_equal(count_of(&imported, EVENT_BDV_SCENARIO_PASSED), 48);
    assert_int_equal(count_of(&imported, EVENT_BDV_SCENARIO_FAILED), 1);
    assert_int_equal(count_of(&imported, EVENT_BDV_SCENARIO_STARTED), 49);
    assert_int_equal(distinct(&imported, EVENT_BDV_SCENARIO_PASSED, EVENT_TYPE_COUNT), 48);
    assert_int_equal(distinct(&imported, EVENT_BDV_SCENARIO_PASSED, EVENT_BDV_SCENARIO_FAILED), 1);
    assert_int_equal(count_of(&imported, EVENT_BDV_STEP_EXECUTED), 201);
    assert_int_equal(count_of(&imported, EVENT_BDV_FEATURE_STARTED), 6);
    assert_int_equal(count_of(&imported, EVENT_BDV_FEATURE_COMPLETED), 6);
    const struct event *run = event_of(&imported, EVENT_BDV_TEST_RUN_STARTED, 0);
    assert_int_equal(str_find_str(run->node_id, STR("cucumber:2026-11-21T01:16:"), 0), 0);
    assert_true(str_equal(event_of(&imported, EVENT_BDV_TEST_RUN_COMPLETED, 0)->node_id, run->node_id));
    imported_release(&imported);
}

static void behaviour_bug_passes_33_of_48(void **context)
{
    (void)context;
    struct imported imported = import_fixture("cucumber-messages", "shop/behaviour-bug/cucumber.ndjson");
    size_t passed = distinct(&imported, EVENT_BDV_SCENARIO_PASSED, EVENT_TYPE_COUNT);
    size_t failed = distinct(&imported, EVENT_BDV_SCENARIO_FAILED, EVENT_TYPE_COUNT);
    size_t flaky = distinct(&imported, EVENT_BDV_SCENARIO_PASSED, EVENT_BDV_SCENARIO_FAILED);
    assert_int_equal(passed, 33);
    assert_int_equal(passed + failed - flaky, 48);
    assert_int_equal(flaky, 1);
    imported_release(&imported);
}

static void scenarios_keep_their_ids_from_run_to_run(void **context)
{
    (void)context;
    struct imported one = import_fixture("cucumber-messages", "shop/clean/cucumber.ndjson");
    struct imported two = import_fixture("cucumber-messages", "shop/layering-breach/cucumber.ndjson");
    for (size_t i = 0; i < 49; i++) {
        struct str id = event_of(&one, EVENT_BDV_SCENARIO_STARTED, i)->node_id;
        assert_true(str_equal(id, event_of(&two, EVENT_BDV_SCENARIO_STARTED, i)->node_id));
    }
    imported_release(&one);
    imported_release(&two);
}

static void junit_has_45_cases_that_pass(void **context)
{
    (void)context;
    struct imported imported = import_fixture("junit", "shop/clean/junit.xml");
    assert_int_equal(count_of(&imported, EVENT_BDV_SCENARIO_PASSED), 45);
    assert_int_equal(count_of(&imported, EVENT_BDV_SCENARIO_FAILED), 0);
    assert_int_equal(count_of(&imported, EVENT_BDV_FEATURE_STARTED), 12);
    assert_int_equal(count_of(&imported, EVENT_BDV_TEST_RUN_COMPLETED), 1);
    const struct event *first = event_of(&imported, EVENT_BDV_SCENARIO_PASSED, 0);
    assert_str(first->node_id, "junit:cart::cart keeps one line per product");
    assert_field(first, EVENT_FIELD_FEATURE_NAME, "cart");
    assert_int_equal(event_integer(first, EVENT_FIELD_DURATION_MS, -1), 1);
    imported_release(&imported);
}

static void cruiser_leaves_core_modules_out(void **context)
{
    (void)context;
    struct imported imported = import_fixture("dependency-cruiser", "shop/clean/dependency-cruiser.json");
    assert_int_equal(imported.summary.items_skipped, 2);
    assert_int_equal(count_of(&imported, EVENT_ACC_MODULE_ANALYZED), 31);
    assert_int_equal(count_of(&imported, EVENT_ACC_VIOLATION_DETECTED), 1);
    assert_true(has_note(&imported, "2 core modules left out"));
    const struct event *module = event_of(&imported, EVENT_ACC_MODULE_ANALYZED, 0);
    assert_str(module->node_id, "packages/cart/dist/cart.js");
    assert_field(module, EVENT_FIELD_COMPONENT, "packages/cart");
    assert_items(module, EVENT_FIELD_DEPENDS_ON,
                 "packages/cart/dist/error.js packages/cart/dist/limits.js packages/catalog/dist/index.js packages/money/dist/index.js");
    const struct event *orphan = event_of(&imported, EVENT_ACC_VIOLATION_DETECTED, 0);
    assert_symbol(orphan, EVENT_FIELD_VIOLATION_SEVERITY, "WARNING");
    assert_str(orphan->node_id, "no-orphans:packages/payments/dist/iban.js");
    imported_release(&imported);
}

static void layering_breach_has_four_blocking_violations_and_a_cycle_of_four(void **context)
{
    (void)context;
    struct imported imported = import_fixture("dependency-cruiser", "shop/layering-breach/dependency-cruiser.json");
    size_t blocking = 0;
    for (size_t i = 0; i < imported.count; i++) {
        const struct event_value *severity = event_value(&imported.events[i], EVENT_FIELD_VIOLATION_SEVERITY);
        blocking += severity != NULL && severity->symbol == EVENT_VIOLATION_SEVERITY_BLOCKING;
    }
    assert_int_equal(blocking, 4);
    assert_int_equal(count_of(&imported, EVENT_ACC_CYCLE_DETECTED), 1);
    assert_int_equal(event_value(event_of(&imported, EVENT_ACC_CYCLE_DETECTED, 0), EVENT_FIELD_CYCLE_MODULES)->count, 4);
    const struct event *layer = event_of(&imported, EVENT_ACC_VIOLATION_DETECTED, 0);
    assert_symbol(layer, EVENT_FIELD_VIOLATION_TYPE, "LAYER_VIOLATION");
    assert_field(layer, EVENT_FIELD_VIOLATION_MESSAGE,
                 "The catalog says what there is; what it costs in the end and who buys it is decided above it.");
    const struct event *end = event_of(&imported, EVENT_ACC_ANALYSIS_COMPLETED, 0);
    assert_int_equal(event_integer(end, EVENT_FIELD_BLOCKING_VIOLATIONS, -1), 4);
    assert_int_equal(event_integer(end, EVENT_FIELD_TOTAL_VIOLATIONS, -1), 5);
    imported_release(&imported);
}

static void turborepo_has_19_tasks(void **context)
{
    (void)context;
    struct imported imported = import_fixture("turborepo", "shop/clean/turbo-run.json");
    assert_int_equal(count_of(&imported, EVENT_DDE_TASK_STARTED), 19);
    assert_int_equal(count_of(&imported, EVENT_DDE_TASK_COMPLETED), 19);
    assert_int_equal(count_of(&imported, EVENT_DDE_WORKFLOW_STARTED), 1);
    assert_int_equal(count_of(&imported, EVENT_DDE_WORKFLOW_COMPLETED), 1);
    assert_str(event_of(&imported, EVENT_DDE_WORKFLOW_STARTED, 0)->node_id, "turbo:3MOZvYBHto41s3CXPPQFoDhqDzj");
    const struct event *build = event_of(&imported, EVENT_DDE_TASK_STARTED, 0);
    assert_str(build->node_id, "@shop/cart#build");
    assert_str(event_metadata(build, STR("depends_on")), "@shop/cart#contract,@shop/catalog#build,@shop/money#build");
    assert_symbol(build, EVENT_FIELD_NODE_TYPE, "ACTION");
    assert_null(event_value(event_of(&imported, EVENT_DDE_TASK_STARTED, 1), EVENT_FIELD_NODE_TYPE));
    imported_release(&imported);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_event_of_every_report_decodes),
        cmocka_unit_test(importing_twice_and_in_chunks_of_one_byte_gives_the_same_bytes),
        cmocka_unit_test(no_two_events_share_a_key),
        cmocka_unit_test(clean_has_48_scenarios_that_pass_one_of_them_flaky),
        cmocka_unit_test(behaviour_bug_passes_33_of_48),
        cmocka_unit_test(scenarios_keep_their_ids_from_run_to_run),
        cmocka_unit_test(junit_has_45_cases_that_pass),
        cmocka_unit_test(cruiser_leaves_core_modules_out),
        cmocka_unit_test(layering_breach_has_four_blocking_violations_and_a_cycle_of_four),
        cmocka_unit_test(turborepo_has_19_tasks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
