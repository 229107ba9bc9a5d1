/* The schemas as libavro and our own tables see them. Reads the sources: run anywhere, they are found beside this file, or
 * in $TRIMODAL_SOURCE. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#if __has_include(<avro.h>)
#include <avro.h>
#define HAS_AVRO 1
#else
#define HAS_AVRO 0
#endif

#include "base/buffer.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/limits.h"
#include "event/event.h"

static const char *const schemas[] = {"dde_event_v1", "dde_event_v2", "bdv_event_v1", "acc_event_v1", "control_event_v1"};
#define SCHEMAS (sizeof schemas / sizeof schemas[0])

static const char *source_path(const char *path)
{
    static char full[4096];
    const char *given = getenv("TRIMODAL_SOURCE");
    const char *here = __FILE__;
    const char *end = strstr(here, "tests/unit/test_event_schema.c");
    assert_non_null(end);
    if (given != NULL) {
        (void)snprintf(full, sizeof full, "%s/%s", given, path);
    } else {
        (void)snprintf(full, sizeof full, "%.*s%s", (int)(end - here), here, path);
    }
    return full;
}

/* With padding behind the contents. */
static void read_source(const char *path, struct buffer *contents)
{
    buffer_init(contents, 16 * MIB);
    FILE *file = fopen(source_path(path), "rb");
    if (file == NULL) {
        fail_msg("%s cannot be read; set TRIMODAL_SOURCE to the source tree", source_path(path));
    }
    for (size_t got = 1; got > 0;) {
        char *at = buffer_reserve(contents, 65536);
        assert_non_null(at);
        got = fread(at, 1, 65536, file);
        contents->length += got;
    }
    (void)fclose(file);
    assert_non_null(buffer_reserve(contents, JSON_READ_PADDING));
}

static void read_schema(const char *name, struct buffer *contents)
{
    char path[256];
    (void)snprintf(path, sizeof path, "schemas/avro/%s.avsc", name);
    read_source(path, contents);
}

static void libavro_understands_each_schema(void **state)
{
    (void)state;
#if HAS_AVRO
    for (size_t i = 0; i < SCHEMAS; i++) {
        struct buffer text;
        read_schema(schemas[i], &text);
        avro_schema_t schema;
        if (avro_schema_from_json_length(text.bytes, text.length, &schema) != 0) {
            fail_msg("%s: %s", schemas[i], avro_strerror());
        }
        assert_int_equal(avro_typeof(schema), AVRO_RECORD);
        assert_string_equal(avro_schema_namespace(schema), "com.trimodal.events");
        assert_int_equal(avro_schema_record_field_get_index(schema, "event_id"), 0);
        avro_schema_decref(schema);
        buffer_release(&text);
    }
#else
    skip();
#endif
}

static void find_field(struct json schema, struct str name, struct json *field, bool *found)
{
    struct json fields;
    assert_true(json_member(schema, "fields", &fields));
    *found = false;
    for (struct json_iterator i = json_begin(fields); json_next(&i) && !*found;) {
        *field = i.value;
        *found = str_equal(json_member_string(i.value, "name"), name);
    }
}

static bool same_json(struct json a, struct json b)
{
    if (json_type(a) != json_type(b)) {
        return false;
    }
    if (json_type(a) == JSON_STRING) {
        return str_equal(json_string(a), json_string(b));
    }
    struct json_iterator i = json_begin(a), j = json_begin(b);
    while (json_next(&i)) {
        if (!json_next(&j) || (i.in_object && !str_equal(i.key, j.key)) || !same_json(i.value, j.value)) {
            return false;
        }
    }
    return !json_next(&j);
}

/* Avro's resolution: what the writer lacks must have a default, what both have must be of the same type. (libavro's own
 * resolver has no defaults and frees memory twice where one is needed.) */
static void version_2_reads_version_1(void **state)
{
    (void)state;
    struct buffer old_text, new_text;
    read_schema("dde_event_v1", &old_text);
    read_schema("dde_event_v2", &new_text);
    struct json_parser *old_parser = json_parser_new(), *new_parser = json_parser_new();
    assert_true(old_parser != NULL && new_parser != NULL);
    struct json old_schema, new_schema, new_fields;
    assert_int_equal(json_parse(old_parser, buffer_str(&old_text), &old_schema, NULL), STATUS_OK);
    assert_int_equal(json_parse(new_parser, buffer_str(&new_text), &new_schema, NULL), STATUS_OK);
    assert_true(str_equal(json_member_string(old_schema, "name"), json_member_string(new_schema, "name")));
    assert_true(json_member(new_schema, "fields", &new_fields));
    int added = 0;
    for (struct json_iterator i = json_begin(new_fields); json_next(&i);) {
        struct json old_field, old_type, new_type, other;
        bool found;
        find_field(old_schema, json_member_string(i.value, "name"), &old_field, &found);
        if (!found) {
            assert_true(json_member(i.value, "default", &other));
            added++;
            continue;
        }
        assert_true(json_member(old_field, "type", &old_type) && json_member(i.value, "type", &new_type));
        assert_true(same_json(old_type, new_type));
    }
    assert_int_equal(added, 1);
    json_parser_free(old_parser);
    json_parser_free(new_parser);
    buffer_release(&old_text);
    buffer_release(&new_text);
}

static void the_event_reference_is_up_to_date(void **state)
{
    (void)state;
    char made[] = "/tmp/trimodal-events-XXXXXX";
    int handle = mkstemp(made);
    assert_true(handle >= 0);
    (void)close(handle);
    char command[8192];
    int length = snprintf(command, sizeof command, "python3 '%s'", source_path("tools/schema_gen.py"));
    length += snprintf(command + length, sizeof command - (size_t)length, " --docs %s", made);
    for (size_t i = 0; i < SCHEMAS; i++) {
        char path[256];
        (void)snprintf(path, sizeof path, "schemas/avro/%s.avsc", schemas[i]);
        length += snprintf(command + length, sizeof command - (size_t)length, " '%s'", source_path(path));
    }
    (void)snprintf(command + length, sizeof command - (size_t)length, " && cmp %s '%s'", made,
                   source_path("docs/events.md"));
    int outcome = system(command);
    (void)unlink(made);
    if (outcome != 0) {
        fail_msg("docs/events.md is not what the schemas say; make it anew: tools/schema_gen.py --docs docs/events.md "
                 "schemas/avro/*.avsc");
    }
}

static void types_stand_in_the_order_of_the_spec(void **state)
{
    (void)state;
    static const char *const order[] = {
        "WORKFLOW_STARTED",     "WORKFLOW_COMPLETED",     "WORKFLOW_FAILED",       "TASK_CREATED",
        "TASK_STARTED",         "TASK_RETRYING",          "TASK_RETRY_EXHAUSTED",  "TASK_COMPLETED",
        "TASK_FAILED",          "TASK_SKIPPED",           "ARTIFACT_CREATED",      "ARTIFACT_VALIDATED",
        "CONTRACT_LOCKED",      "CONTRACT_VALIDATED",     "QUALITY_GATE_CHECKED",  "REQUIREMENT_DECLARED",
        "TEST_RUN_STARTED",     "TEST_RUN_COMPLETED",     "FEATURE_STARTED",       "FEATURE_COMPLETED",
        "SCENARIO_STARTED",     "SCENARIO_PASSED",        "SCENARIO_FAILED",       "SCENARIO_SKIPPED",
        "SCENARIO_QUARANTINED", "STEP_EXECUTED",          "CONTRACT_TAG_DETECTED", "FLAKE_DETECTED",
        "ANALYSIS_STARTED",     "ANALYSIS_COMPLETED",     "GRAPH_BUILT",           "MODULE_ANALYZED",
        "DEPENDENCY_DETECTED",  "VIOLATION_DETECTED",     "VIOLATION_SUPPRESSED",  "CYCLE_DETECTED",
        "LAYERING_VIOLATION",   "COUPLING_ALERT",         "LINK_ASSERTED",         "LINK_DENIED",
        "GATE_OVERRIDDEN",      "GATE_OVERRIDE_WITHDRAWN"};
    assert_int_equal(EVENT_TYPE_COUNT, sizeof order / sizeof order[0]);
    for (int i = 0; i < EVENT_TYPE_COUNT; i++) {
        assert_string_equal(event_type_symbol((enum event_type)i), order[i]);
        enum event_type type;
        assert_true(event_type_from_symbol(str_from(order[i]), EVENT_STREAM_COUNT, &type));
        assert_int_equal(type, i);
        assert_true(event_type_from_symbol(str_from(order[i]), event_type_stream(type), &type));
    }
    assert_int_equal(event_type_stream(EVENT_BDV_FLAKE_DETECTED), EVENT_STREAM_BDV);
}

static void each_field_is_found_by_its_name(void **state)
{
    (void)state;
    enum event_field field;
    for (int i = 0; i < EVENT_FIELD_COUNT; i++) {
        assert_true(event_field_from_name(event_fields[i].name, &field));
        assert_int_equal(field, i);
        bool is_member = event_fields[i].record != EVENT_RECORD_NONE;
        assert_int_equal(event_member_from_name(event_fields[i].name), is_member ? -1 : i);
        assert_true(event_fields[i].streams != 0 && event_fields[i].doc[0] != '\0');
    }
    assert_int_equal(event_member_from_name(STR("error")), EVENT_FIELD_COUNT + EVENT_RECORD_ERROR);
    assert_int_equal(event_member_from_name(STR("")), -1);
    assert_int_equal(event_member_from_name(STR("event_ix")), -1);
    assert_false(event_field_from_name(STR("error"), &field));
    assert_string_equal(event_field_name(EVENT_FIELD_ERROR_INFO_CODE), "error.code");
    assert_false(event_field_in_stream(EVENT_FIELD_SCENARIO_ID, EVENT_STREAM_DDE));
    assert_true(event_field_in_stream(EVENT_FIELD_SCENARIO_ID, EVENT_STREAM_BDV));
}

static void symbols_and_streams_are_found_by_their_names(void **state)
{
    (void)state;
    uint32_t symbol;
    enum event_stream stream;
    assert_true(event_symbol_from_text(EVENT_FIELD_NODE_STATUS, STR("RUNNING"), &symbol));
    assert_int_equal(symbol, EVENT_NODE_STATUS_RUNNING);
    assert_true(event_symbol_from_text(EVENT_FIELD_NODE_STATUS, STR("running"), &symbol));
    assert_false(event_symbol_from_text(EVENT_FIELD_NODE_STATUS, STR("Running"), &symbol));
    assert_string_equal(event_symbol(EVENT_FIELD_RETENTION_POLICY, EVENT_RETENTION_POLICY_AUDIT), "audit");
    assert_true(event_stream_from_name(STR("acc"), &stream));
    assert_int_equal(stream, EVENT_STREAM_ACC);
    assert_string_equal(event_stream_name(EVENT_STREAM_COUNT), "?");
    enum event_type type;
    assert_false(event_type_from_symbol(STR(""), EVENT_STREAM_COUNT, &type));
    assert_false(event_type_from_symbol(STR("..."), EVENT_STREAM_COUNT, &type));
    assert_false(event_type_from_symbol(STR("dde."), EVENT_STREAM_COUNT, &type));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(libavro_understands_each_schema),   cmocka_unit_test(version_2_reads_version_1),
        cmocka_unit_test(the_event_reference_is_up_to_date), cmocka_unit_test(types_stand_in_the_order_of_the_spec),
        cmocka_unit_test(each_field_is_found_by_its_name),   cmocka_unit_test(symbols_and_streams_are_found_by_their_names),
    };
    return cmocka_run_group_tests_name("event_schema", tests, NULL, NULL);
}
