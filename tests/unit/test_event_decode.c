#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json_read.h"
#include "base/limits.h"
#include "base/memory.h"
#include "event/decode.h"
#include "event/event_node.h"

#define NOW INT64_C(1800000000000)
#define COMMON "\"event_id\":\"e-1\",\"timestamp\":1732183380000,\"iteration_id\":\"Iter-1\""
#define TASK COMMON ",\"event_type\":\"TASK_STARTED\",\"node_id\":\"t-1\""
#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"
#define SPAN "00f067aa0ba902b7"

static struct event_decoder *decoder;
static struct arena arena;
static struct event event;
static struct event_fault fault;
static struct event_defaults defaults;

static int set_up(void **state)
{
    (void)state;
    decoder = event_decoder_new();
    arena_init(&arena, 64 * MIB);
    defaults = (struct event_defaults){.size_is_checked = true, .now_ms = NOW};
    return decoder == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    arena_release(&arena);
    event_decoder_free(decoder);
    return 0;
}

static enum status decode_text(struct str json)
{
    char *padded = malloc(json.length + JSON_READ_PADDING);
    assert_non_null(padded);
    memcpy(padded, json.at, json.length);
    memset(padded + json.length, ' ', JSON_READ_PADDING);
    enum status status = event_decode(decoder, (struct str){padded, json.length}, &arena, &defaults, &event, &fault);
    free(padded);
    return status;
}

static void accept(const char *json)
{
    if (decode_text(str_from(json)) != STATUS_OK) {
        fail_msg("%s\n  was rejected: %s", json, fault.error.text);
    }
}

static void reject(const char *json, const char *place, const char *sentence)
{
    if (decode_text(str_from(json)) != STATUS_INVALID) {
        fail_msg("%s\n  was not rejected", json);
    }
    if (strcmp(place, fault.error.place) != 0 || strstr(fault.error.text, sentence) == NULL) {
        fail_msg("%s\n  was rejected with [%s] %s\n  expected [%s] … %s …", json, fault.error.place, fault.error.text, place,
                 sentence);
    }
}

static void is_text(struct str text, const char *expected)
{
    if (expected == NULL) {
        assert_null(text.at);
        return;
    }
    if (text.at == NULL || !str_is(text, expected)) {
        fail_msg("expected \"%s\", got \"%.*s\"", expected, STR_ARGS(text));
    }
}

static const char *encoded(void)
{
    static struct buffer json;
    buffer_release(&json);
    buffer_init(&json, 4 * LIMIT_EVENT_BYTES);
    event_encode(&event, &json);
    assert_false(buffer_failed(&json));
    static char text[8192];
    (void)snprintf(text, sizeof text, "%.*s", (int)json.length, json.bytes);
    buffer_release(&json);
    return text;
}

static void an_event_gives_its_envelope_and_its_values(void **state)
{
    (void)state;
    accept("{" TASK ",\"tenant_id\":\"acme\",\"trace_id\":\"" TRACE "\",\"node_type\":\"INTERFACE\",\"retry_count\":2,"
           "\"quality_gate_passed\":false,\"metadata\":{\"name\":\"Build\"},\"error\":{\"code\":\"E1\"},\"requirement_id\":"
           "\"REQ-1\"}");
    assert_int_equal(event.stream, EVENT_STREAM_DDE);
    assert_int_equal(event.type, EVENT_DDE_TASK_STARTED);
    assert_true(event.timestamp == INT64_C(1732183380000));
    is_text(event.event_id, "e-1");
    is_text(event.iteration_id, "Iter-1");
    is_text(event.tenant_id, "acme");
    is_text(event.node_id, "t-1");
    is_text(event.trace_id, TRACE);
    is_text(event_text(&event, EVENT_FIELD_REQUIREMENT_ID), "REQ-1");
    is_text(event_text(&event, EVENT_FIELD_ERROR_INFO_CODE), "E1");
    is_text(event_text(&event, EVENT_FIELD_CONTRACT_ID), NULL);
    assert_int_equal(event_integer(&event, EVENT_FIELD_RETRY_COUNT, -1), 2);
    assert_int_equal(event_integer(&event, EVENT_FIELD_MAX_RETRIES, -1), -1);
    assert_int_equal(event_symbol_of(&event, EVENT_FIELD_NODE_TYPE), EVENT_NODE_TYPE_INTERFACE);
    assert_int_equal(event_symbol_of(&event, EVENT_FIELD_NODE_STATUS), -1);
    assert_int_equal(event_symbol_of(&event, EVENT_FIELD_RETENTION_POLICY), EVENT_RETENTION_POLICY_STANDARD);
    assert_false(event_value(&event, EVENT_FIELD_QUALITY_GATE_PASSED)->truth);
    is_text(event_metadata(&event, STR("name")), "Build");
    is_text(event_metadata(&event, STR("nam")), NULL);
    for (uint32_t i = 1; i < event.value_count; i++) {
        assert_true(event.values[i - 1].field < event.values[i].field);
    }
}

static void the_key_is_computed_by_the_formula_of_the_spec(void **state)
{
    (void)state;
    accept("{" TASK "}");
    is_text(event.key_text,
            "3e657195b949a351f254fe9ca5d29767"); /* as sha256sum has it for Iter-1:t-1:TASK_STARTED:1732183380000 */
    assert_memory_equal(event.key, "\x3e\x65\x71\x95\xb9\x49\xa3\x51\xf2\x54\xfe\x9c\xa5\xd2\x97\x67", 16);
    accept("{" COMMON ",\"event_type\":\"dde.task.started\",\"node_id\":\"t-1\"}");
    is_text(event.key_text, "3e657195b949a351f254fe9ca5d29767");
}

static void a_given_key_is_kept(void **state)
{
    (void)state;
    accept("{" TASK ",\"idempotency_key\":\"000102030405060708090a0b0c0d0e0f\"}");
    assert_memory_equal(event.key, "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f", 16);
    accept("{" TASK ",\"idempotency_key\":\"abc\"}");
    is_text(event.key_text, "abc");
    assert_memory_equal(event.key, "\xba\x78\x16\xbf\x8f\x01\xcf\xea\x41\x41\x40\xde\x5d\xae\x22\x23", 16);
}

static void event_types_have_several_spellings(void **state)
{
    (void)state;
    static const char *const spellings[] = {"TASK_STARTED",
                                            "task_started",
                                            "dde.task.started",
                                            "DDE.Task.Started",
                                            "dde.task_started",
                                            "task.started",
                                            "com.trimodal.dde.task.started"};
    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
        char json[256];
        (void)snprintf(json, sizeof json, "{" COMMON ",\"node_id\":\"t\",\"event_type\":\"%s\"}", spellings[i]);
        accept(json);
        assert_int_equal(event.type, EVENT_DDE_TASK_STARTED);
    }
}

static void each_malformed_event_is_explained(void **state)
{
    (void)state;
    static const struct {
        const char *json, *place, *sentence;
    } cases[] = {
        {"", "", "the text is empty"},
        {"{", "", "valid JSON"},
        {"[1]", "event", "event: expected an object, got an array"},
        {"7", "event", "event: expected an object, got an integer"},
        {"{}", "event_type", "event_type: missing"},
        {"{" COMMON ",\"node_id\":\"t\",\"event_type\":\"TASK_STRATED\"}", "event_type",
         "event_type: \"TASK_STRATED\" is no event type; did you mean TASK_STARTED?"},
        {"{" COMMON ",\"stream\":\"DDE\",\"event_type\":\"TASK_STRATED\"}", "event_type",
         "event_type: \"TASK_STRATED\" is no DDE event type; did you mean TASK_STARTED?"},
        {"{" COMMON ",\"event_type\":\"bdv.scenario.pased\"}", "event_type",
         "is no BDV event type; did you mean SCENARIO_PASSED?"},
        {"{" COMMON ",\"event_type\":\"HELLO_WORLD\"}", "event_type", "docs/events.md lists them"},
        {"{" COMMON ",\"event_type\":\"Task_Started\"}", "event_type", "did you mean TASK_STARTED?"},
        {"{" COMMON ",\"event_type\":3}", "event_type", "expected a string such as TASK_STARTED, got an integer"},
        {"{" COMMON ",\"stream\":\"BDV\",\"event_type\":\"TASK_STARTED\"}", "event_type", "belongs to the stream DDE"},
        {"{" COMMON ",\"event_type\":\"bdv.task.started\"}", "event_type", "is no BDV event type"},
        {"{" COMMON ",\"stream\":\"XYZ\",\"event_type\":\"TASK_STARTED\"}", "stream", "expected DDE, BDV or ACC"},
        {"{" COMMON ",\"event_type\":\"LINK_ASSERTED\"}", "event_type", "not taken from outside"},
        {"{\"event_type\":\"TASK_STARTED\"}", "event_id", "event_id: missing"},
        {"{\"event_id\":\"\",\"event_type\":\"TASK_STARTED\"}", "event_id", "event_id: missing"},
        {"{\"event_id\":7,\"event_type\":\"TASK_STARTED\"}", "event_id", "event_id: expected a string, got an integer"},
        {"{\"event_id\":\"e\",\"event_type\":\"TASK_STARTED\"}", "iteration_id", "iteration_id: missing"},
        {"{\"event_id\":\"e\",\"iteration_id\":\"i\",\"event_type\":\"TASK_STARTED\"}", "timestamp", "timestamp: missing"},
        {"{\"event_id\":\"e\",\"iteration_id\":\"i\",\"event_type\":\"TASK_STARTED\",\"timestamp\":-1}", "timestamp",
         "before 1970"},
        {"{\"event_id\":\"e\",\"iteration_id\":\"i\",\"event_type\":\"TASK_STARTED\",\"timestamp\":1.5}", "timestamp",
         "whole number"},
        {"{\"event_id\":\"e\",\"iteration_id\":\"i\",\"event_type\":\"TASK_STARTED\",\"timestamp\":true}", "timestamp",
         "got a boolean"},
        {"{\"event_id\":\"e\",\"iteration_id\":\"i\",\"event_type\":\"TASK_STARTED\",\"timestamp\":\"1732183380000\"}",
         "timestamp", "as a number"},
        {"{\"event_id\":\"e\",\"iteration_id\":\"i\",\"event_type\":\"TASK_STARTED\",\"timestamp\":\"yesterday\"}",
         "timestamp", "is no time"},
        {"{\"event_id\":\"e\",\"iteration_id\":\"i\",\"event_type\":\"TASK_STARTED\",\"timestamp\":1732183380000000}",
         "timestamp", "not micro- or nanoseconds"},
        {"{\"event_id\":\"e\",\"iteration_id\":\"i\",\"event_type\":\"TASK_STARTED\",\"timestamp\":1800086400001}",
         "timestamp", "more than 24 hours ahead"},
        {"{" COMMON ",\"event_type\":\"TASK_STARTED\"}", "node_id", "node_id: missing"},
        {"{" TASK ",\"node_id\":\"again\"}", "node_id", "\"node_id\" is given twice"},
        {"{" TASK ",\"x\":1,\"x\":2}", "metadata", "metadata: \"x\" is given twice"},
        {"{" TASK ",\"error\":{\"code\":\"a\",\"code\":\"b\"}}", "error.code", "given twice"},
        {"{" TASK ",\"error\":{},\"error\":null}", "error", "given twice"},
        {"{" TASK ",\"metadata\":{\"a\":\"1\",\"a\":\"2\"}}", "metadata", "\"a\" is given twice"},
        {"{" TASK ",\"metadata\":[]}", "metadata", "metadata: expected an object, got an array"},
        {"{" TASK ",\"metadata\":{\"\":\"x\"}}", "metadata", "a name has 0 bytes"},
        {"{" TASK ",\"metadata\":{\"depends_on\":[1]}}", "metadata.depends_on", "a list of ids"},
        {"{" TASK ",\"error\":\"boom\"}", "error", "error: expected an object, got a string"},
        {"{" TASK ",\"error\":{\"retry_count\":\"3\"}}", "error.retry_count",
         "error.retry_count: expected an integer, got a string"},
        {"{" TASK ",\"retry_count\":2.5}", "retry_count", "retry_count: expected an integer, got 2.5"},
        {"{" TASK ",\"retry_count\":3000000000}", "retry_count", "expected an integer of 32 bits"},
        {"{" TASK ",\"retry_count\":18446744073709551615}", "retry_count", "expected an integer"},
        {"{" TASK ",\"quality_gate_passed\":\"yes\"}", "quality_gate_passed", "expected true or false, got a string"},
        {"{" TASK ",\"node_status\":\"DONE\"}", "node_status",
         "node_status: \"DONE\" is none of PENDING, READY, RUNNING, COMPLETED, FAILED, RETRYING, SKIPPED, BLOCKED"},
        {"{" TASK ",\"node_status\":\"COMPLETE\"}", "node_status", "did you mean COMPLETED?"},
        {"{" TASK ",\"node_status\":\"Running\"}", "node_status", "did you mean RUNNING?"},
        {"{" TASK ",\"node_status\":1}", "node_status", "expected a string, got an integer"},
        {"{" TASK ",\"pii_tags\":\"email\"}", "pii_tags", "expected a list of strings, got a string"},
        {"{" TASK ",\"pii_tags\":[\"a\",7]}", "pii_tags[1]", "pii_tags[1]: expected a string, got an integer"},
        {"{" TASK ",\"pii_tags\":[\"a\",null]}", "pii_tags[1]", "expected a string, got null"},
        {"{" TASK ",\"requirement_id\":\"a\\u0000b\"}", "requirement_id", "control character"},
        {"{" TASK ",\"requirement_id\":\"a\\nb\"}", "requirement_id", "control character"},
        {"{" TASK ",\"trace_id\":\"xyz\"}", "trace_id", "trace_id: expected 32 hex digits"},
        {"{" TASK ",\"trace_id\":\"" SPAN SPAN "0\"}", "trace_id", "expected 32 hex digits"},
        {"{" TASK ",\"span_id\":\"" TRACE "\"}", "span_id", "span_id: expected 16 hex digits"},
        {"{" TASK ",\"traceparent\":\"nonsense\"}", "traceparent", "expected W3C trace context"},
        {"{" TASK ",\"next_retry_at\":-5}", "next_retry_at", "next_retry_at: -5 lies before 1970"},
        {"{" TASK ",\"resource_usage\":{\"cpu_percent\":1}}", "resource_usage.memory_mb",
         "resource_usage.memory_mb: missing"},
        {"{" TASK ",\"resource_usage\":{\"cpu_percent\":1e300,\"memory_mb\":1}}", "resource_usage.cpu_percent", "32 bits"},
        {"{" COMMON ",\"event_type\":\"DEPENDENCY_DETECTED\",\"source_module\":\"a\"}", "target_module",
         "target_module: missing"},
        {"{" COMMON ",\"event_type\":\"DEPENDENCY_DETECTED\",\"target_module\":\"a\"}", "source_module",
         "source_module: missing"},
        {"{" COMMON ",\"event_type\":\"CONTRACT_LOCKED\",\"node_id\":\"x\"}", "contract_id", "contract_id: missing"},
        {"{" COMMON ",\"event_type\":\"REQUIREMENT_DECLARED\"}", "node_id", "needs node_id or requirement_id"},
        {"{" COMMON ",\"event_type\":\"CYCLE_DETECTED\"}", "node_id", "needs node_id or cycle_modules"},
        {"{" COMMON ",\"event_type\":\"VIOLATION_DETECTED\"}", "node_id", "needs node_id, or rule_id"},
        {"{\"specversion\":\"0.3\",\"id\":\"x\"}", "specversion", "expected \"1.0\""},
        {"{\"specversion\":\"1.0\",\"data\":[]}", "data", "data: expected an object, got an array"},
        {"{\"specversion\":\"1.0\",\"data_base64\":\"e30=\",\"data\":{}}", "data_base64", "only one of them"},
        {"{\"specversion\":\"1.0\",\"data_base64\":\"e30\"}", "data_base64", "is not base64"},
        {"{\"specversion\":\"1.0\",\"data_base64\":\" e30= \"}", "data_base64", "is not base64"},
        {"{\"specversion\":\"1.0\",\"data_base64\":\"!!!!\"}", "data_base64", "is not base64"},
        {"{\"specversion\":\"1.0\",\"data_base64\":\"\"}", "data_base64", "is not base64"},
        {"{\"specversion\":\"1.0\",\"data_base64\":\"eyJhIg==\"}", "data_base64", "data_base64: the text is not valid JSON"},
        {"{\"specversion\":\"1.0\",\"data_base64\":\"W10=\"}", "data_base64", "expected an object, got an array"},
        {"{\"specversion\":\"1.0\",\"data_base64\":1}", "data_base64", "expected a string"},
        {"{\"specversion\":\"1.0\",\"id\":\"a\",\"id\":\"b\"}", "id", "\"id\" is given twice"},
        {"{\"a\":\"\xff\"}", "", "not valid UTF-8"},
        {"{\"count\":1,\"events\":[{}]}", "event_type", "events must be its first member"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        reject(cases[i].json, cases[i].place, cases[i].sentence);
        assert_int_equal(fault.category, EVENT_FAULT_SCHEMA_VALIDATION);
    }
}

static void contradictions_are_correlation_faults(void **state)
{
    (void)state;
    reject("{" TASK ",\"metadata\":{\"depends_on\":\"a, t-1 ,b\"}}", "metadata.depends_on", "\"t-1\" depends on itself");
    assert_int_equal(fault.category, EVENT_FAULT_CORRELATION_FAILED);
    defaults.tenant = STR("acme");
    defaults.tenant_is_fixed = true;
    reject("{" TASK ",\"tenant_id\":\"other\"}", "tenant_id", "another tenant than the credential");
    assert_int_equal(fault.category, EVENT_FAULT_CORRELATION_FAILED);
    accept("{" TASK ",\"tenant_id\":\"acme\"}");
    accept("{" TASK "}");
    is_text(event.tenant_id, "acme");
}

static void a_module_that_depends_on_itself_is_evidence(void **state)
{
    (void)state;
    accept("{" COMMON ",\"event_type\":\"MODULE_ANALYZED\",\"module_path\":\"a\",\"depends_on\":[\"a\",\"b\"]}");
    assert_int_equal(event_value(&event, EVENT_FIELD_DEPENDS_ON)->count, 2);
}

static void a_flake_rate_is_a_share(void **state)
{
    (void)state;
    static const char *const bad[] = {"-0.01", "1.5", "1e300"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char text[256];
        (void)snprintf(text, sizeof text, "{" COMMON ",\"event_type\":\"FLAKE_DETECTED\",\"scenario_id\":\"s\",\"flake_rate\":%s}", bad[i]);
        reject(text, "flake_rate", "from 0 to 1");
        assert_int_equal(fault.category, EVENT_FAULT_SCHEMA_VALIDATION);
    }
    accept("{" COMMON ",\"event_type\":\"FLAKE_DETECTED\",\"scenario_id\":\"s\",\"flake_rate\":0}");
    accept("{" COMMON ",\"event_type\":\"FLAKE_DETECTED\",\"scenario_id\":\"s\",\"flake_rate\":1}");
}

/* A log that was written before the intake became stricter must still open. */
static void what_the_log_holds_stays_readable(void **state)
{
    (void)state;
    static const char logged[] = "{" COMMON ",\"event_type\":\"FLAKE_DETECTED\",\"scenario_id\":\"s\",\"flake_rate\":1.5}";
    char padded[sizeof logged + JSON_READ_PADDING] = {0};
    memcpy(padded, logged, sizeof logged);
    assert_int_equal(event_decode(decoder, (struct str){padded, sizeof logged - 1}, &arena, &event_defaults_for_log, &event, &fault),
                     STATUS_OK);
}

/* [] says that the module depends on nothing; absence says nothing about it. */
static void an_empty_list_of_dependencies_is_kept(void **state)
{
    (void)state;
    accept("{" COMMON ",\"event_type\":\"MODULE_ANALYZED\",\"module_path\":\"a\",\"depends_on\":[]}");
    assert_non_null(event_value(&event, EVENT_FIELD_DEPENDS_ON));
    assert_int_equal(event_value(&event, EVENT_FIELD_DEPENDS_ON)->count, 0);
    accept("{" COMMON ",\"event_type\":\"MODULE_ANALYZED\",\"module_path\":\"a\"}");
    assert_null(event_value(&event, EVENT_FIELD_DEPENDS_ON));
}

static void a_rejected_event_still_says_whose_it_was(void **state)
{
    (void)state;
    reject("{" COMMON ",\"event_type\":\"SCENARIO_PASSED\",\"scenario_id\":3}", "scenario_id", "expected a string");
    assert_int_equal(fault.stream, EVENT_STREAM_BDV);
    is_text(fault.iteration_id, "Iter-1");
    is_text(fault.event_id, "e-1");
    reject("{" COMMON ",\"event_type\":\"SCENARIO_PASSED\",", "", "JSON");
    is_text(fault.iteration_id, "Iter-1");
    is_text(fault.event_id, "e-1");
    reject("{\"event_id\":null,\"x\":1}", "event_type", "missing");
    is_text(fault.event_id, NULL);
    assert_int_equal(fault.stream, EVENT_STREAM_COUNT);
}

static void faults_do_not_quote_free_text(void **state)
{
    (void)state;
    reject("{" TASK ",\"retry_count\":\"jane@example.org\"}", "retry_count", "got a string");
    assert_null(strstr(fault.error.text, "jane"));
}

static void a_node_id_comes_from_the_field_that_serves(void **state)
{
    (void)state;
    static const struct {
        const char *fields, *node;
    } cases[] = {
        {"\"event_type\":\"WORKFLOW_STARTED\",\"workflow_id\":\"wf\"", "wf"},
        {"\"event_type\":\"WORKFLOW_STARTED\"", "Iter-1"},
        {"\"event_type\":\"ARTIFACT_CREATED\",\"artifact_path\":\"dist/a.js\"", "dist/a.js"},
        {"\"event_type\":\"CONTRACT_LOCKED\",\"contract_id\":\"C1\"", "C1"},
        {"\"event_type\":\"QUALITY_GATE_CHECKED\",\"quality_gate_name\":\"lint\"", "lint"},
        {"\"event_type\":\"REQUIREMENT_DECLARED\",\"requirement_id\":\"R1\"", "R1"},
        {"\"event_type\":\"TEST_RUN_STARTED\"", "Iter-1"},
        {"\"event_type\":\"FEATURE_STARTED\",\"feature_name\":\"N\",\"feature_path\":\"f.feature\"", "f.feature"},
        {"\"event_type\":\"FEATURE_STARTED\",\"feature_name\":\"N\"", "N"},
        {"\"event_type\":\"STEP_EXECUTED\",\"scenario_id\":\"s\"", "s"},
        {"\"event_type\":\"ANALYSIS_STARTED\",\"manifest_name\":\"m\"", "m"},
        {"\"event_type\":\"GRAPH_BUILT\"", "Iter-1"},
        {"\"event_type\":\"COUPLING_ALERT\",\"module_path\":\"p\"", "p"},
        {"\"event_type\":\"DEPENDENCY_DETECTED\",\"source_module\":\"a\",\"target_module\":\"b\"", "a->b"},
        {"\"event_type\":\"DEPENDENCY_DETECTED\",\"module_path\":\"m\",\"target_module\":\"b\"", "m"},
        {"\"event_type\":\"VIOLATION_DETECTED\",\"rule_id\":\"r\",\"source_module\":\"a\",\"target_module\":\"b\"", "r:a:b"},
        {"\"event_type\":\"LAYERING_VIOLATION\",\"violation_type\":\"LAYER_VIOLATION\",\"module_path\":\"m\"",
         "LAYER_VIOLATION:m"},
        {"\"event_type\":\"CYCLE_DETECTED\",\"cycle_modules\":[\"b\",\"a\",\"b\"]", "cycle:7e18f737311b2dc3"},
        {"\"event_type\":\"TASK_FAILED\",\"node_id\":\"given\"", "given"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char json[512];
        (void)snprintf(json, sizeof json, "{" COMMON ",%s}", cases[i].fields);
        accept(json);
        is_text(event.node_id, cases[i].node);
    }
}

static void a_cycle_has_one_name_whatever_the_order(void **state)
{
    (void)state;
    struct str first;
    accept("{" COMMON ",\"event_type\":\"CYCLE_DETECTED\",\"cycle_modules\":[\"a\",\"b\"]}");
    first = event.node_id;
    assert_int_equal(first.length, 6 + 16);
    accept("{" COMMON ",\"event_type\":\"CYCLE_DETECTED\",\"cycle_modules\":[\"b\",\"a\",\"b\"]}");
    assert_true(str_equal(first, event.node_id));
    accept("{" COMMON ",\"event_type\":\"CYCLE_DETECTED\",\"cycle_modules\":[\"a\",\"c\"]}");
    assert_false(str_equal(first, event.node_id));
}

static void null_and_empty_ids_are_absence(void **state)
{
    (void)state;
    accept("{" TASK
           ",\"requirement_id\":null,\"contract_id\":\"\",\"error\":null,\"metadata\":null,\"pii_tags\":[\"\"],\"x\":null}");
    assert_int_equal(event.value_count, 0);
    accept("{" TASK ",\"error_message\":\"\"}");
    assert_int_equal(event.value_count, 1);
}

static void defaults_of_the_schema_are_not_kept(void **state)
{
    (void)state;
    accept("{" TASK ",\"retention_policy\":\"standard\",\"pii_tags\":[],\"metadata\":{},\"tenant_id\":\"default\"}");
    assert_int_equal(event.value_count, 0);
}

static void what_no_schema_knows_moves_to_metadata(void **state)
{
    (void)state;
    accept("{" TASK ",\"build\":17,\"ok\":true,\"ratio\":0.5,\"tags\":[1,{\"a\":\"b\\n\"},null],\"name\":\"outer\","
                    "\"scenario_id\":\"s\","
           "\"error\":{\"hint\":\"h\"},\"lines\":5,\"metadata\":{\"name\":\"inner\",\"n\":1.0e2,\"deep\":{}}}");
    is_text(event_metadata(&event, STR("build")), "17");
    is_text(event_metadata(&event, STR("ok")), "true");
    is_text(event_metadata(&event, STR("ratio")), "0.5");
    is_text(event_metadata(&event, STR("tags")), "[1,{\"a\":\"b\\n\"},null]");
    is_text(event_metadata(&event, STR("name")), "inner");
    is_text(event_metadata(&event, STR("scenario_id")), "s");
    is_text(event_metadata(&event, STR("error.hint")), "h");
    is_text(event_metadata(&event, STR("lines")), "5");
    is_text(event_metadata(&event, STR("n")), "100");
    is_text(event_metadata(&event, STR("deep")), "{}");
}

static void dependencies_may_be_a_list(void **state)
{
    (void)state;
    accept("{" TASK ",\"metadata\":{\"depends_on\":[\"a\",\"b\"]}}");
    is_text(event_metadata(&event, STR("depends_on")), "a,b");
    accept("{" TASK ",\"depends_on\":[\"a\"]}");
    is_text(event_metadata(&event, STR("depends_on")), "a");
}

static void numbers_are_taken_as_their_field_wants_them(void **state)
{
    (void)state;
    accept("{" TASK ",\"retry_count\":3.0,\"next_retry_at\":\"1970-01-01T00:00:01Z\",\"resource_usage\":{\"cpu_percent\":12."
                    "34,\"memory_mb\":5}}");
    assert_int_equal(event_integer(&event, EVENT_FIELD_RETRY_COUNT, 0), 3);
    assert_int_equal(event_integer(&event, EVENT_FIELD_NEXT_RETRY_AT, 0), 1000);
    assert_true(event_value(&event, EVENT_FIELD_RESOURCE_USAGE_CPU_PERCENT)->real == 12.34);
    accept("{" COMMON
           ",\"event_type\":\"FLAKE_DETECTED\",\"scenario_id\":\"s\",\"flake_rate\":1,\"step_result\":\"ambiguous\"}");
    assert_true(event_value(&event, EVENT_FIELD_FLAKE_RATE)->real == 1.0);
    assert_int_equal(event_symbol_of(&event, EVENT_FIELD_STEP_RESULT), EVENT_STEP_RESULT_AMBIGUOUS);
}

static void trace_context_is_filled_from_traceparent(void **state)
{
    (void)state;
    accept("{" TASK ",\"traceparent\":\"00-" TRACE "-" SPAN "-01\"}");
    is_text(event.trace_id, TRACE);
    is_text(event_text(&event, EVENT_FIELD_SPAN_ID), SPAN);
    accept("{" TASK ",\"traceparent\":\"00-" TRACE "-" SPAN "-01\",\"trace_id\":\"" SPAN SPAN "\"}");
    is_text(event.trace_id, SPAN SPAN);
    is_text(event_text(&event, EVENT_FIELD_SPAN_ID), NULL);
    accept("{" TASK ",\"trace_id\":\"00000000000000000000000000000000\",\"span_id\":\"0000000000000000\",\"parent_span_id\":"
                    "\"00F067AA0BA902B7\"}");
    is_text(event.trace_id, NULL);
    is_text(event_text(&event, EVENT_FIELD_SPAN_ID), NULL);
    is_text(event_text(&event, EVENT_FIELD_PARENT_SPAN_ID), SPAN);
}

static void a_cloudevent_fills_what_its_data_lacks(void **state)
{
    (void)state;
    accept("{\"specversion\":\"1.0\",\"id\":\"ce\",\"source\":\"/"
           "ci\",\"type\":\"com.trimodal.dde.task.started\",\"subject\":\"t1\","
           "\"time\":\"1970-01-01T00:00:02Z\",\"traceparent\":\"00-" TRACE "-" SPAN
           "-01\",\"partitionkey\":\"p\",\"datacontenttype\":"
           "\"application/json\",\"data\":{\"iteration_id\":\"i\",\"x\":\"inside\"},\"x\":\"outside\"}");
    assert_int_equal(event.type, EVENT_DDE_TASK_STARTED);
    is_text(event.event_id, "ce");
    is_text(event.node_id, "t1");
    is_text(event.iteration_id, "i");
    is_text(event.trace_id, TRACE);
    is_text(event_text(&event, EVENT_FIELD_SOURCE), "/ci");
    is_text(event_metadata(&event, STR("partitionkey")), "p");
    is_text(event_metadata(&event, STR("x")), "inside");
    is_text(event_metadata(&event, STR("specversion")), NULL);
    assert_int_equal(event.timestamp, 2000);
    accept("{\"data\":{" TASK "},\"specversion\":\"1.0\",\"id\":\"ce\",\"type\":\"x.y\",\"time\":\"bad\"}");
    is_text(event.event_id, "e-1");
    accept("{\"specversion\":\"1.0\",\"id\":\"ce64\",\"type\":\"dde.task.started\",\"time\":\"1970-01-01T00:00:02Z\",\"subject\":\"outside\","
           "\"data_base64\":\"eyJpdGVyYXRpb25faWQiOiJpIiwibm9kZV9pZCI6InQ5IiwieCI6Imluc2lkZSBcdTAwZTkifQ==\",\"y\":\"attribute\"}");
    is_text(event.event_id, "ce64");
    is_text(event.node_id, "t9");
    is_text(event_metadata(&event, STR("x")), "inside \xC3\xA9");
    is_text(event_metadata(&event, STR("y")), "attribute");
    is_text(event_metadata(&event, STR("data_base64")), NULL);
    defaults.iteration_id = STR("Iter-9");
    accept("{\"specversion\":\"1.0\",\"id\":\"ce\",\"source\":\"s\",\"type\":\"bdv.scenario.passed\",\"subject\":\"s1\","
           "\"time\":\"2026-01-01T00:00:00Z\"}");
    is_text(event.node_id, "s1");
    is_text(event.iteration_id, "Iter-9");
}

static void control_events_are_read_where_they_are_allowed(void **state)
{
    (void)state;
    defaults.control_is_allowed = true;
    accept("{" COMMON
           ",\"event_type\":\"LINK_ASSERTED\",\"source_id\":\"R1\",\"link_kind\":\"FULFILLED_BY\",\"target_id\":\"t1\"}");
    is_text(event.node_id, "R1:FULFILLED_BY:t1");
    reject("{" COMMON ",\"event_type\":\"GATE_OVERRIDDEN\"}", "reason", "reason: missing");
}

static void the_canonical_form_is_bare_and_in_order(void **state)
{
    (void)state;
    accept("{\"retry_count\": 1, \"metadata\": {\"b\":\"2\",\"a\":\"\\u00e9\\n\"}, "
           "\"error\":{\"message\":\"m\"},\"retention_policy\":\"audit\", " TASK "}");
    assert_string_equal(encoded(),
                        "{" TASK ",\"idempotency_key\":\"3e657195b949a351f254fe9ca5d29767\",\"retention_policy\":\"audit\","
                        "\"metadata\":{\"a\":\"\xc3\xa9\\n\",\"b\":\"2\"},\"error\":{\"message\":\"m\"},\"retry_count\":1}");
}

static void the_canonical_form_of_any_event_decodes_to_it(void **state)
{
    (void)state;
    defaults.tenant = STR("acme");
    accept(
        "{" COMMON
        ",\"event_type\":\"bdv.scenario.failed\",\"scenario_id\":\"s\",\"flake_rate\":0.1,\"duration_ms\":9007199254740993,"
        "\"scenario_tags\":[\"@a\",\"\\\"q\\\"\"],\"traceparent\":\"00-" TRACE "-" SPAN
        "-01\",\"other\":{\"k\":[\"\\\\\"]}}");
    uint64_t hash = event_content_hash(&event);
    char first[4096];
    (void)snprintf(first, sizeof first, "%s", encoded());
    defaults = event_defaults_for_log;
    accept(first);
    assert_string_equal(first, encoded());
    assert_true(hash == event_content_hash(&event));
    is_text(event.tenant_id, "acme");
}

static void the_content_hash_leaves_out_ids_trace_and_tags_only(void **state)
{
    (void)state;
    accept("{" TASK ",\"retry_count\":1}");
    uint64_t hash = event_content_hash(&event);
    accept("{\"event_id\":\"e-2\",\"timestamp\":1732183380000,\"iteration_id\":\"Iter-1\",\"event_type\":\"TASK_STARTED\","
           "\"node_id\":\"t-1\","
           "\"retry_count\":1,\"idempotency_key\":\"k\",\"traceparent\":\"00-" TRACE "-" SPAN "-01\",\"pii_tags\":[\"a\"]}");
    assert_true(hash == event_content_hash(&event));
    static const char *const others[] = {"{" TASK ",\"retry_count\":2}",
                                         "{" TASK "}",
                                         "{" TASK ",\"retry_count\":1,\"source\":\"x\"}",
                                         "{" TASK ",\"max_retries\":1}",
                                         "{" TASK ",\"retry_count\":1,\"metadata\":{\"a\":\"b\"}}",
                                         "{" TASK ",\"retry_count\":1,\"tenant_id\":\"t\"}",
                                         "{" COMMON
                                         ",\"event_type\":\"TASK_COMPLETED\",\"node_id\":\"t-1\",\"retry_count\":1}"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        accept(others[i]);
        assert_false(hash == event_content_hash(&event));
    }
}

/* An event with one member of the given number of bytes. */
static enum status decode_long(const char *before, size_t length, const char *after)
{
    struct buffer json;
    buffer_init(&json, 8 * MIB);
    buffer_append_text(&json, before);
    for (size_t i = 0; i < length; i++) {
        buffer_append_char(&json, 'x');
    }
    buffer_append_text(&json, after);
    assert_false(buffer_failed(&json));
    enum status status = decode_text(buffer_str(&json));
    buffer_release(&json);
    return status;
}

static void lengths_are_limited(void **state)
{
    (void)state;
    assert_int_equal(decode_long("{" TASK ",\"requirement_id\":\"", LIMIT_ID_BYTES, "\"}"), STATUS_OK);
    assert_int_equal(decode_long("{" TASK ",\"requirement_id\":\"", LIMIT_ID_BYTES + 1, "\"}"), STATUS_INVALID);
    assert_string_equal(fault.error.text, "requirement_id: has 513 bytes, 512 at most");
    assert_int_equal(decode_long("{" COMMON ",\"event_type\":\"TASK_STARTED\",\"node_id\":\"", LIMIT_PATH_BYTES, "\"}"),
                     STATUS_OK);
    assert_int_equal(decode_long("{" COMMON ",\"event_type\":\"TASK_STARTED\",\"node_id\":\"", LIMIT_PATH_BYTES + 1, "\"}"),
                     STATUS_INVALID);
    assert_int_equal(decode_long("{" TASK ",\"error_message\":\"", LIMIT_TEXT_BYTES, "\"}"), STATUS_OK);
    assert_int_equal(decode_long("{" TASK ",\"error_message\":\"", LIMIT_TEXT_BYTES + 1, "\"}"), STATUS_INVALID);
    assert_int_equal(decode_long("{" TASK ",\"other\":\"", LIMIT_TEXT_BYTES + 1, "\"}"), STATUS_INVALID);
    assert_string_equal(fault.error.text, "metadata.other: has more than 262144 bytes as text");
    assert_int_equal(decode_long("{" TASK ",\"other\":[\"", LIMIT_TEXT_BYTES, "\"]}"), STATUS_INVALID);
    assert_int_equal(decode_long("{" TASK ",\"other\":\"", LIMIT_EVENT_BYTES, "\"}"), STATUS_INVALID);
    assert_non_null(strstr(fault.error.text, "1048576 at most"));
    assert_int_equal(decode_long("{" COMMON
                                 ",\"event_type\":\"DEPENDENCY_DETECTED\",\"source_module\":\"a\",\"target_module\":\"",
                                 LIMIT_PATH_BYTES, "\"}"),
                     STATUS_INVALID);
    assert_non_null(strstr(fault.error.text, "give node_id"));
}

/* The text `piece` (with %d for a number) so many times, between two others. */
static enum status decode_many(const char *before, const char *piece, int count, const char *after)
{
    struct buffer json;
    buffer_init(&json, 8 * MIB);
    buffer_append_text(&json, before);
    for (int i = 0; i < count; i++) {
        const char *number = strchr(piece, '#');
        buffer_append(&json, piece, number != NULL ? (size_t)(number - piece) : strlen(piece));
        if (number != NULL) {
            buffer_append_i64(&json, i);
            buffer_append_text(&json, number + 1);
        }
    }
    buffer_append_text(&json, after);
    assert_false(buffer_failed(&json));
    enum status status = decode_text(buffer_str(&json));
    buffer_release(&json);
    return status;
}

static void counts_and_depth_are_limited(void **state)
{
    (void)state;
    assert_int_equal(decode_many("{" TASK ",\"pii_tags\":[\"a\"", ",\"b\"", LIMIT_LIST_ITEMS - 1, "]}"), STATUS_OK);
    assert_int_equal(decode_many("{" TASK ",\"pii_tags\":[\"a\"", ",\"b\"", LIMIT_LIST_ITEMS, "]}"), STATUS_INVALID);
    assert_int_equal(decode_many("{" TASK ",\"metadata\":{\"a\":\"b\"", ",\"k#\":\"v\"", LIMIT_METADATA_ENTRIES - 1, "}}"),
                     STATUS_OK);
    assert_int_equal(event_value(&event, EVENT_FIELD_METADATA)->count, LIMIT_METADATA_ENTRIES);
    is_text(event_metadata(&event, STR("k200")), "v");
    assert_int_equal(decode_many("{" TASK ",\"metadata\":{\"a\":\"b\"", ",\"k#\":\"v\"", LIMIT_METADATA_ENTRIES, "}}"),
                     STATUS_INVALID);
    assert_int_equal(decode_many("{" TASK, ",\"k#\":\"v\"", LIMIT_METADATA_ENTRIES, "}"), STATUS_OK);
    assert_int_equal(decode_many("{" TASK, ",\"k#\":\"v\"", LIMIT_METADATA_ENTRIES + 1, "}"), STATUS_INVALID);
    assert_int_equal(decode_many("{" TASK ",\"deep\":", "[", 100000, ""), STATUS_INVALID);
    assert_int_equal(decode_many("{" TASK ",\"deep\":", "{\"a\":", 1000, ""), STATUS_INVALID);
}

static void every_failed_allocation_is_returned(void **state)
{
    (void)state;
    static const char json[] =
        "{" TASK
        ",\"metadata\":{\"n\":[1,2]},\"pii_tags\":[\"a\"],\"other\":{\"a\":1},\"error\":{\"x\":1},\"scenario_id\":\"s\"}";
    char padded[sizeof json + JSON_READ_PADDING] = {0};
    memcpy(padded, json, sizeof json);
    int64_t failures = 0;
    for (bool struck = true; struck; failures++) {
        struct arena small;
        arena_init(&small, 64 * MIB);
        memory_fail_after(failures);
        struct event_decoder *another = event_decoder_new();
        enum status status = STATUS_FATAL;
        if (another != NULL) {
            defaults.tenant = STR("acme");
            status = event_decode(another, (struct str){padded, sizeof json - 1}, &small, &defaults, &event, &fault);
        }
        struct buffer out;
        buffer_init(&out, MIB);
        if (status == STATUS_OK) {
            event_encode(&event, &out);
            status = buffer_failed(&out) ? STATUS_FATAL : STATUS_OK;
        } else if (another != NULL) {
            assert_int_equal(fault.category, EVENT_FAULT_CRITICAL);
        }
        struck = memory_injected();
        assert_int_equal(status, struck ? STATUS_FATAL : STATUS_OK);
        memory_fail_after(-1);
        buffer_release(&out);
        event_decoder_free(another);
        arena_release(&small);
    }
    assert_true(failures > 5);
}

static void a_full_arena_is_returned(void **state)
{
    (void)state;
    arena_release(&arena);
    arena_init(&arena, 1024);
    assert_int_equal(decode_text(STR("{" TASK "}")), STATUS_FATAL);
    assert_int_equal(fault.category, EVENT_FAULT_CRITICAL);
}

static void fault_categories_have_names_and_say_what_can_be_retried(void **state)
{
    (void)state;
    enum event_fault_category category;
    for (int i = 0; i < EVENT_FAULT_COUNT; i++) {
        assert_true(event_fault_from_name(str_from(event_fault_name((enum event_fault_category)i)), &category));
        assert_int_equal(category, i);
    }
    assert_false(event_fault_from_name(STR("NOPE"), &category));
    assert_true(event_fault_is_retriable(EVENT_FAULT_DATABASE_ERROR));
    assert_true(event_fault_is_retriable(EVENT_FAULT_TRANSIENT_NETWORK));
    assert_false(event_fault_is_retriable(EVENT_FAULT_SCHEMA_VALIDATION));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_event_gives_its_envelope_and_its_values),
        TEST(the_key_is_computed_by_the_formula_of_the_spec),
        TEST(a_given_key_is_kept),
        TEST(event_types_have_several_spellings),
        TEST(each_malformed_event_is_explained),
        TEST(contradictions_are_correlation_faults),
        TEST(a_module_that_depends_on_itself_is_evidence),
        TEST(a_flake_rate_is_a_share),
        TEST(what_the_log_holds_stays_readable),
        TEST(an_empty_list_of_dependencies_is_kept),
        TEST(a_rejected_event_still_says_whose_it_was),
        TEST(faults_do_not_quote_free_text),
        TEST(a_node_id_comes_from_the_field_that_serves),
        TEST(a_cycle_has_one_name_whatever_the_order),
        TEST(null_and_empty_ids_are_absence),
        TEST(defaults_of_the_schema_are_not_kept),
        TEST(what_no_schema_knows_moves_to_metadata),
        TEST(dependencies_may_be_a_list),
        TEST(numbers_are_taken_as_their_field_wants_them),
        TEST(trace_context_is_filled_from_traceparent),
        TEST(a_cloudevent_fills_what_its_data_lacks),
        TEST(control_events_are_read_where_they_are_allowed),
        TEST(the_canonical_form_is_bare_and_in_order),
        TEST(the_canonical_form_of_any_event_decodes_to_it),
        TEST(the_content_hash_leaves_out_ids_trace_and_tags_only),
        TEST(lengths_are_limited),
        TEST(counts_and_depth_are_limited),
        TEST(every_failed_allocation_is_returned),
        TEST(a_full_arena_is_returned),
        TEST(fault_categories_have_names_and_say_what_can_be_retried),
    };
    return cmocka_run_group_tests_name("event_decode", tests, NULL, NULL);
}
