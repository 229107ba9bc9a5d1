/* The dependency-cruiser and turborepo importers on small reports written by hand, and their splitter. */
#include "test_import_support.h"

#include "import/import_reader.h"
#include "import/json_split.h"

#define MODULE(path, dependencies) "{\"source\":\"" path "\",\"dependencies\":[" dependencies "]}"
#define TO(path) "{\"resolved\":\"" path "\",\"coreModule\":false,\"couldNotResolve\":false,\"dependencyTypes\":[\"local\"]}"

static void component_is(const char *path, const char *component)
{
    char text[512];
    (void)snprintf(text, sizeof text, "{\"modules\":[{\"source\":\"%s\",\"dependencies\":[]}],\"summary\":{}}", path);
    struct imported imported = import_text("dependency-cruiser", text);
    assert_int_equal(imported.faults, 0);
    assert_field(event_of(&imported, EVENT_ACC_MODULE_ANALYZED, 0), EVENT_FIELD_COMPONENT, component);
    imported_release(&imported);
}

static void components_are_folders_that_teams_mean(void **context)
{
    (void)context;
    component_is("packages/cart/dist/cart.js", "packages/cart");
    component_is("packages/@shop/cart/src/a.ts", "packages/@shop/cart");
    component_is("frontend/apps/web/main.ts", "frontend/apps/web");
    component_is("services/billing/x.ts", "services/billing");
    component_is("src/domain/order/x.ts", "src/domain");
    component_is("src/index.ts", "src");
    component_is("lib/x.ts", "lib");
    component_is("packages/readme.js", "packages");
    component_is("index.js", "");
}

static void what_is_not_ours_is_left_out(void **context)
{
    (void)context;
    struct imported imported = import_text("dependency-cruiser",
        "{\"modules\":[" MODULE("src/a.js", TO("src/b.js") "," TO("src/b.js") ",{\"resolved\":\"fs\",\"coreModule\":true},"
        "{\"resolved\":\"node_modules/x/i.js\",\"dependencyTypes\":[\"npm\"]},{\"resolved\":\"./gone\",\"couldNotResolve\":true}")
        "," MODULE("src/b.js", "") ",{\"source\":\"fs\",\"coreModule\":true,\"dependencies\":[]},"
        "{\"source\":\"node_modules/x/i.js\",\"dependencies\":[]},{\"source\":\"./gone\",\"couldNotResolve\":true,\"dependencies\":[]}],"
        "\"summary\":{\"violations\":[]}}");
    assert_int_equal(imported.status, STATUS_OK);
    assert_int_equal(count_of(&imported, EVENT_ACC_MODULE_ANALYZED), 2);
    assert_items(event_of(&imported, EVENT_ACC_MODULE_ANALYZED, 0), EVENT_FIELD_DEPENDS_ON, "src/b.js");
    assert_int_equal(imported.summary.items_skipped, 3);
    const struct event *end = event_of(&imported, EVENT_ACC_ANALYSIS_COMPLETED, 0);
    assert_int_equal(event_integer(end, EVENT_FIELD_TOTAL_MODULES, -1), 2);
    assert_int_equal(event_integer(end, EVENT_FIELD_TOTAL_DEPENDENCIES, -1), 1);
    imported_release(&imported);
}

static void violations_have_types_severities_and_messages(void **context)
{
    (void)context;
    struct imported imported = import_text("dependency-cruiser",
        "{\"modules\":[],\"summary\":{\"violations\":["
        "{\"type\":\"dependency\",\"from\":\"a\",\"to\":\"b\",\"rule\":{\"severity\":\"error\",\"name\":\"no-b\"}},"
        "{\"type\":\"dependency\",\"from\":\"a\",\"to\":\"c\",\"rule\":{\"severity\":\"warn\",\"name\":\"x\"}},"
        "{\"type\":\"module\",\"from\":\"o\",\"to\":\"o\",\"rule\":{\"severity\":\"info\",\"name\":\"orphan\"}},"
        "{\"type\":\"cycle\",\"from\":\"a\",\"to\":\"b\",\"rule\":{\"severity\":\"error\",\"name\":\"loop\"},\"cycle\":[\"b\",\"a\"]},"
        "{\"type\":\"cycle\",\"from\":\"b\",\"to\":\"a\",\"rule\":{\"severity\":\"error\",\"name\":\"loop\"},"
        "\"cycle\":[{\"name\":\"a\"},{\"name\":\"b\"}]},"
        "{\"type\":\"dependency\",\"from\":\"a\",\"to\":\"z\",\"rule\":{\"severity\":\"ignore\",\"name\":\"no-b\"}}],"
        "\"ruleSetUsed\":{\"forbidden\":[{\"name\":\"no-b\",\"comment\":\"b is private\"},"
        "{\"name\":\"x\",\"comment\":\"Layers go down only\"}]}}}");
    assert_int_equal(imported.status, STATUS_OK);
    assert_int_equal(imported.faults, 0);
    assert_int_equal(count_of(&imported, EVENT_ACC_VIOLATION_DETECTED), 5);
    assert_int_equal(count_of(&imported, EVENT_ACC_CYCLE_DETECTED), 1);
    static const char *const types[] = {"FORBIDDEN_DEPENDENCY", "LAYER_VIOLATION", NULL, "CIRCULAR_DEPENDENCY"};
    static const char *const severities[] = {"BLOCKING", "WARNING", "INFO", "BLOCKING"};
    static const char *const messages[] = {"b is private", "Layers go down only", "o breaks the rule orphan", "a breaks the rule loop"};
    for (size_t i = 0; i < 4; i++) {
        const struct event *violation = event_of(&imported, EVENT_ACC_VIOLATION_DETECTED, i);
        if (types[i] == NULL) {
            assert_null(event_value(violation, EVENT_FIELD_VIOLATION_TYPE));
        } else {
            assert_symbol(violation, EVENT_FIELD_VIOLATION_TYPE, types[i]);
        }
        assert_symbol(violation, EVENT_FIELD_VIOLATION_SEVERITY, severities[i]);
        assert_field(violation, EVENT_FIELD_VIOLATION_MESSAGE, messages[i]);
    }
    assert_true(has_note(&imported, "1 violation left out because the rules ignore known ones"));
    assert_int_equal(event_integer(event_of(&imported, EVENT_ACC_ANALYSIS_COMPLETED, 0), EVENT_FIELD_BLOCKING_VIOLATIONS, -1), 3);
    imported_release(&imported);
}

static void the_time_of_a_report_is_that_of_the_file_and_part_of_its_keys(void **context)
{
    (void)context;
    static const char text[] = "{\"modules\":[" MODULE("src/a.js", "") "],\"summary\":{}}";
    struct import_case input = {.format = "dependency-cruiser", .bytes = text, .length = strlen(text), .modified_at = WRITTEN_MS};
    struct imported one, again, later, pipe;
    import_case_run(&one, &input, true);
    import_case_run(&again, &input, true);
    input.modified_at = WRITTEN_MS + 1;
    import_case_run(&later, &input, true);
    input.modified_at = -1;
    import_case_run(&pipe, &input, true);
    assert_true(one.events[0].timestamp == WRITTEN_MS);
    assert_true(pipe.events[0].timestamp == NOW_MS);
    assert_memory_equal(one.events[1].key, again.events[1].key, EVENT_KEY_SIZE);
    assert_memory_not_equal(one.events[1].key, later.events[1].key, EVENT_KEY_SIZE);
    imported_release(&one);
    imported_release(&again);
    imported_release(&later);
    imported_release(&pipe);
}

static void a_module_with_too_many_dependencies_for_one_event_loses_none(void **context)
{
    (void)context;
    struct buffer text;
    buffer_init(&text, (size_t)64 << 20);
    buffer_append_text(&text, "{\"modules\":[{\"source\":\"src/all.js\",\"dependencies\":[");
    for (int i = 0; i < 12000; i++) {
        buffer_append_format(&text, "%s{\"resolved\":\"src/a-rather-long-folder/module-%d.js\"}", i == 0 ? "" : ",", i);
    }
    buffer_append_text(&text, "]}],\"summary\":{}}");
    struct imported imported;
    struct import_case input = {.format = "dependency-cruiser", .bytes = text.bytes, .length = text.length};
    import_case_run(&imported, &input, true);
    assert_int_equal(imported.status, STATUS_OK);
    assert_int_equal(imported.faults, 0);
    const struct event_value *list = event_value(event_of(&imported, EVENT_ACC_MODULE_ANALYZED, 0), EVENT_FIELD_DEPENDS_ON);
    assert_int_equal(list->count + count_of(&imported, EVENT_ACC_DEPENDENCY_DETECTED), 12000);
    imported_release(&imported);
    buffer_release(&text);
}

static void the_manifest_can_be_named(void **context)
{
    (void)context;
    static const char text[] = "{\"modules\":[],\"summary\":{\"violations\":[]}}";
    struct import_case input = {.format = "dependency-cruiser", .bytes = text, .length = strlen(text), .manifest = "web"};
    struct imported imported;
    import_case_run(&imported, &input, true);
    assert_field(event_of(&imported, EVENT_ACC_ANALYSIS_COMPLETED, 0), EVENT_FIELD_MANIFEST_NAME, "web");
    imported_release(&imported);
}

static void a_report_that_is_cut_off_leaves_its_analysis_open(void **context)
{
    (void)context;
    struct imported imported = import_text("dependency-cruiser", "{\"modules\":[" MODULE("src/a.js", "") ",{\"source\":\"src/b");
    assert_int_equal(imported.status, STATUS_INVALID);
    assert_non_null(strstr(imported.error.place, "file, byte"));
    assert_int_equal(count_of(&imported, EVENT_ACC_MODULE_ANALYZED), 1);
    assert_int_equal(count_of(&imported, EVENT_ACC_ANALYSIS_COMPLETED), 0);
    imported_release(&imported);
}

/* --- turborepo ---------------------------------------------------------------------------------------------------- */

#define TASK(id, command, more, dependencies) \
    "{\"taskId\":\"" id "\",\"task\":\"" id "\",\"package\":\"p\",\"hash\":\"h\",\"command\":\"" command "\",\"dependencies\":[" \
    dependencies "]" more "}"
#define RAN(from, to, code) ",\"execution\":{\"startTime\":" #from ",\"endTime\":" #to ",\"exitCode\":" #code "}"
#define RUN(code, tasks) \
    "{\"id\":\"r1\",\"turboVersion\":\"2.0\",\"execution\":{\"startTime\":1000,\"endTime\":9000,\"exitCode\":" #code "},\"tasks\":[" tasks \
    "],\"scm\":{\"sha\":\"abc\"}}"

static void dependencies_reach_over_tasks_that_are_none(void **context)
{
    (void)context;
    struct imported imported = import_text("turborepo",
        RUN(0, TASK("d", "<NONEXISTENT>", "", "\"c\",\"b\",\"d\"") "," TASK("a", "x", RAN(2000, 3000, 0), "\"d\",\"far\",\"b\"") ","
               TASK("b", "x", RAN(1000, 1500, 0), "") "," TASK("c", "<NONEXISTENT>", "", "\"e\",\"d\"") ","
               TASK("e", "x", RAN(1000, 1000, 0), "")));
    assert_int_equal(imported.status, STATUS_OK);
    assert_int_equal(imported.faults, 0);
    assert_int_equal(count_of(&imported, EVENT_DDE_TASK_COMPLETED), 3);
    assert_str(event_metadata(event_of(&imported, EVENT_DDE_TASK_STARTED, 0), STR("depends_on")), "far,b,e");
    assert_true(has_note(&imported, "2 tasks without a command"));
    imported_release(&imported);
}

static void a_failed_run_tells_failed_skipped_and_cached_tasks_apart(void **context)
{
    (void)context;
    struct imported imported = import_text("turborepo",
        RUN(1, TASK("ok", "x", ",\"cache\":{\"status\":\"HIT\"}" RAN(1000, 1001, 0), "") ","
               TASK("bad", "x", ",\"cache\":{\"status\":\"MISS\"},\"execution\":{\"startTime\":2000,\"endTime\":3000,\"exitCode\":2,"
                                "\"error\":\"command exited (2)\"}", "") ","
               TASK("never", "x", ",\"cache\":{\"status\":\"MISS\"},\"execution\":null", "\"bad\"")));
    assert_int_equal(imported.status, STATUS_OK);
    assert_int_equal(imported.faults, 0);
    assert_str(event_metadata(event_of(&imported, EVENT_DDE_TASK_COMPLETED, 0), STR("cache")), "HIT");
    const struct event *failed = event_of(&imported, EVENT_DDE_TASK_FAILED, 0);
    assert_field(failed, EVENT_FIELD_ERROR_MESSAGE, "command exited (2)");
    assert_str(event_metadata(failed, STR("exit_code")), "2");
    assert_true(event_of(&imported, EVENT_DDE_TASK_SKIPPED, 0)->timestamp == 9000);
    assert_int_equal(count_of(&imported, EVENT_DDE_WORKFLOW_FAILED), 1);
    assert_str(event_metadata(event_of(&imported, EVENT_DDE_WORKFLOW_FAILED, 0), STR("commit")), "abc");
    imported_release(&imported);
}

static void dry_runs_and_what_is_no_summary_are_refused(void **context)
{
    (void)context;
    assert_refused("turborepo", "{\"id\":\"x\",\"turboVersion\":\"2\",\"tasks\":[]}", "file", "dry run");
    assert_refused("turborepo", "{\"id\":\"x\"}", "file", "no list of tasks");
    assert_refused("turborepo", "{\"execution\":{},\"tasks\":[]}", "file", "has no id");
    assert_refused("turborepo", "{\"id\":\"x\",\"execution\":{},\"tasks\":[{\"taskId\":\"a", "file, byte", "ends in the middle");
    assert_refused("turborepo", "{\"id\":\"x\",\"tasks\":[{\"a\" 1}]}", "file, byte 19", "tasks[]");
    assert_refused("dependency-cruiser", "{\"a\":1}", "file", "no list of modules");
    assert_refused("dependency-cruiser", "{\"modules\":[]}", "file", "no summary");
    assert_refused("dependency-cruiser", "{\"modules\":[]} x", "file", "follows the end");
    assert_refused("dependency-cruiser", "{\"modules\":[] \"summary\":{}}", "file", "a comma");
    assert_refused("dependency-cruiser", "{\"a\":[}]}", "file", "bracket");
    assert_refused("dependency-cruiser", "[1]", "file", "a JSON object was expected");
}

/* --- the splitter ------------------------------------------------------------------------------------------------- */

struct bytes {
    const char *at;
    size_t length, chunk;
};

static enum status read_bytes(void *context, void *buffer, size_t size, size_t *length, struct error *error)
{
    (void)error;
    struct bytes *bytes = context;
    size_t count = bytes->chunk < bytes->length ? bytes->chunk : bytes->length;
    count = count < size ? count : size;
    memcpy(buffer, bytes->at, count);
    bytes->at += count;
    bytes->length -= count;
    *length = count;
    return STATUS_OK;
}

static void the_splitter_hands_out_values_by_path_however_the_bytes_come(void **context)
{
    (void)context;
    static const char text[] = "\xEF\xBB\xBF{ \"skip\" : {\"list\":[1,2,{\"x\":\"}]\\\"\"}]} , \"list\":[ 1 ,\"two\\\"\",{\"a\":[]},[ ],true,-3.5e1 ],"
                               "\"deep\":{\"n\":null,\"list\":[\"in\"],\"li\\u0073t\":[9]},\"one\": \"v\" }\n";
    static const char *const paths[] = {"list[]", "deep.list[]", "one", NULL};
    static const char *const expected[] = {"1", "\"two\\\"\"", "{\"a\":[]}", "[ ]", "true", "-3.5e1", "\"in\"", "\"v\""};
    for (size_t chunk = 1; chunk < sizeof text; chunk++) {
        struct bytes bytes = {text, sizeof text - 1, chunk};
        struct import_source source = {&bytes, read_bytes, STR("f"), -1};
        struct import_reader reader;
        struct json_split split;
        struct json_piece piece;
        assert_int_equal(import_reader_init(&reader, &source, NULL), STATUS_OK);
        json_split_init(&split, &reader, paths);
        for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
            assert_int_equal(json_split_next(&split, &piece, NULL), STATUS_OK);
            assert_str(piece.text, expected[i]);
            assert_int_equal(piece.path, i < 6 ? 0 : i < 7 ? 1 : 2);
            assert_memory_equal(text + piece.offset, expected[i], strlen(expected[i]));
        }
        assert_int_equal(json_split_next(&split, &piece, NULL), STATUS_ABSENT);
        assert_int_equal(json_split_next(&split, &piece, NULL), STATUS_ABSENT);
        json_split_release(&split);
        import_reader_release(&reader);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(components_are_folders_that_teams_mean),
        cmocka_unit_test(what_is_not_ours_is_left_out),
        cmocka_unit_test(violations_have_types_severities_and_messages),
        cmocka_unit_test(the_time_of_a_report_is_that_of_the_file_and_part_of_its_keys),
        cmocka_unit_test(a_module_with_too_many_dependencies_for_one_event_loses_none),
        cmocka_unit_test(the_manifest_can_be_named),
        cmocka_unit_test(a_report_that_is_cut_off_leaves_its_analysis_open),
        cmocka_unit_test(dependencies_reach_over_tasks_that_are_none),
        cmocka_unit_test(a_failed_run_tells_failed_skipped_and_cached_tasks_apart),
        cmocka_unit_test(dry_runs_and_what_is_no_summary_are_refused),
        cmocka_unit_test(the_splitter_hands_out_values_by_path_however_the_bytes_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
