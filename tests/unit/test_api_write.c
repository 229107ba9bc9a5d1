/* The interface: events in every form, imports, decisions of people, dead letters. Reads are in test_api.c. */
#include "test_api_support.h"

#include <zlib.h>

#define STARTED(id, node)                                                                                                   \
    "{\"event_id\":\"" id "\",\"iteration_id\":\"it\",\"event_type\":\"TASK_STARTED\",\"node_id\":\"" node "\","            \
    "\"timestamp\":1790000000000}"

static void assert_counts(int64_t accepted, int64_t duplicates, int64_t conflicts, int64_t rejected)
{
    assert_int_equal(integer_at("accepted"), accepted);
    assert_int_equal(integer_at("duplicates"), duplicates);
    assert_int_equal(integer_at("conflicts"), conflicts);
    assert_int_equal(integer_at("rejected"), rejected);
}

/* ---- events ---- */

static void each_event_learns_what_became_of_it(void **state)
{
    (void)state;
    assert_int_equal(ask(API_POST, "/api/v1/events",
                         "[" STARTED("a", "T1") "," STARTED("a", "T1") ",{\"event_id\":\"bad\",\"event_type\":\"NOPE\"}]"),
                     207);
    assert_counts(1, 1, 0, 1);
    assert_text_at("results.0.status", "accepted");
    assert_text_at("results.0.event_id", "a");
    assert_int_equal(integer_at("results.0.seq"), 1);
    assert_text_at("results.1.status", "duplicate");
    assert_int_equal(integer_at("results.1.seq"), 1);
    assert_text_at("results.2.status", "rejected");
    assert_text_at("results.2.category", "SCHEMA_VALIDATION");
    assert_false(bool_at("results.2.retriable"));
    assert_int_equal(integer_at("results.2.dead_letter"), 1);
    assert_int_equal(integer_at("position"), 1);
}

static void a_repeat_with_other_content_is_a_conflict(void **state)
{
    (void)state;
    send_ok(STARTED("a", "T1"));
    assert_int_equal(ask(API_POST, "/api/v1/events",
                         "{\"event_id\":\"b\",\"iteration_id\":\"it\",\"event_type\":\"TASK_STARTED\",\"node_id\":\"T1\","
                         "\"timestamp\":1790000000000,\"error_message\":\"other\"}"),
                     200);
    assert_counts(0, 0, 1, 0);
    assert_text_at("results.0.status", "conflict");
}

static void the_status_says_whether_all_some_or_none_came_in(void **state)
{
    (void)state;
    assert_int_equal(ask(API_POST, "/api/v1/events", STARTED("a", "T1")), 200);
    assert_int_equal(ask(API_POST, "/api/v1/events", "{\"event_id\":\"x\"}"), 422);
    assert_int_equal(ask(API_POST, "/api/v1/events", STARTED("b", "T2") "\n{\"event_id\":\"x\"}\n"), 207);
    assert_int_equal(ask(API_POST, "/api/v1/events", ""), 400);
    assert_int_equal(ask(API_POST, "/api/v1/events", "   \n"), 400);
    assert_int_equal(ask(API_POST, "/api/v1/events?answer=short", STARTED("c", "T3")), 400);
    assert_int_equal(ask(API_POST, "/api/v1/events?answer=summary", STARTED("c", "T3") "\n{\"event_id\":\"x\"}"), 207);
    assert_int_equal(count_at("results"), 1);
    assert_int_equal(integer_at("results.0.index"), 1);
}

static void every_form_of_body_is_read(void **state)
{
    (void)state;
    assert_int_equal(ask(API_POST, "/api/v1/events", "{\"events\":[" STARTED("a", "T1") "," STARTED("b", "T2") "]}"), 200);
    assert_counts(2, 0, 0, 0);
    assert_int_equal(ask(API_POST, "/api/v1/events", STARTED("c", "T3") "\n" STARTED("d", "T4") "\n"), 200);
    assert_counts(2, 0, 0, 0);
    const char *structured = "{\"specversion\":\"1.0\",\"id\":\"e\",\"source\":\"ci\",\"type\":\"dde.task.started\","
                             "\"time\":\"2026-09-21T14:13:20Z\",\"subject\":\"T5\","
                             "\"data\":{\"iteration_id\":\"it\",\"node_id\":\"T5\"}}";
    assert_int_equal(ask_with(API_POST, "/api/v1/events", structured, strlen(structured),
                              (struct api_request){.content_type = STR("application/cloudevents+json")}),
                     200);
    assert_counts(1, 0, 0, 0);
    const char *batch = "[{\"specversion\":\"1.0\",\"id\":\"f\",\"source\":\"ci\",\"type\":\"dde.task.started\","
                        "\"time\":\"2026-09-21T14:13:20Z\",\"data\":{\"iteration_id\":\"it\",\"node_id\":\"T6\"}}]";
    assert_int_equal(ask_with(API_POST, "/api/v1/events", batch, strlen(batch),
                              (struct api_request){.content_type = STR("application/cloudevents-batch+json")}),
                     200);
    assert_counts(1, 0, 0, 0);
    const char *data = "{\"iteration_id\":\"it\",\"node_id\":\"T7\"}";
    struct api_request binary = {.content_type = STR("application/json"),
                                 .ce_headers_event =
                                     STR("{\"specversion\":\"1.0\",\"id\":\"g\",\"source\":\"ci\","
                                         "\"type\":\"dde.task.started\",\"time\":\"2026-09-21T14:13:20Z\"}")};
    assert_int_equal(ask_with(API_POST, "/api/v1/events", data, strlen(data), binary), 200);
    assert_counts(1, 0, 0, 0);
    GET_OK("/api/v1/iterations/it/nodes?kind=Task");
    assert_int_equal(integer_at("total"), 7);
    assert_int_equal(
        ask(API_POST, "/api/v1/events?iteration=other",
            "{\"event_id\":\"h\",\"event_type\":\"TASK_STARTED\",\"node_id\":\"T\",\"timestamp\":1790000000000}"),
        200);
    GET_OK("/api/v1/iterations/other/nodes");
}

static void packed_bodies_are_unpacked_and_unknown_packing_refused(void **state)
{
    (void)state;
    static const char body[] = STARTED("a", "T1");
    unsigned char packed[512];
    z_stream stream = {.next_in = (unsigned char *)(uintptr_t)body,
                       .avail_in = sizeof body - 1,
                       .next_out = packed,
                       .avail_out = sizeof packed};
    assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    size_t length = sizeof packed - stream.avail_out;
    deflateEnd(&stream);
    assert_int_equal(ask_with(API_POST, "/api/v1/events", (const char *)packed, length,
                              (struct api_request){.content_encoding = STR("gzip")}),
                     200);
    assert_counts(1, 0, 0, 0);
    assert_int_equal(
        ask_with(API_POST, "/api/v1/events", body, sizeof body - 1, (struct api_request){.content_encoding = STR("br")}),
        415);
    assert_int_equal(ask_with(API_POST, "/api/v1/events", body, sizeof body - 1,
                              (struct api_request){.content_type = STR("application/avro")}),
                     415);
}

static void nobody_outside_makes_control_events(void **state)
{
    (void)state;
    assert_int_equal(ask(API_POST, "/api/v1/events",
                         "{\"event_id\":\"x\",\"iteration_id\":\"it\",\"event_type\":\"GATE_OVERRIDDEN\",\"reason\":\"me\","
                         "\"timestamp\":1790000000000}"),
                     422);
}

static void a_full_disk_is_a_retry(void **state)
{
    (void)state;
    commit_fails = true;
    assert_int_equal(ask(API_POST, "/api/v1/events", STARTED("a", "T1")), 503);
    assert_non_null(strstr(answer.headers, "Retry-After"));
    commit_fails = false;
    assert_int_equal(ask(API_POST, "/api/v1/events", STARTED("a", "T1")), 200);
    assert_counts(1, 0, 0, 0);
}

static void the_answer_comes_after_the_disk(void **state)
{
    (void)state;
    commits_wait = true;
    (void)ask(API_POST, "/api/v1/events", STARTED("a", "T1"));
    assert_int_equal(answer.count, 0);
    commit(waiting_batch);
    assert_int_equal(answer.count, 1);
    assert_status(200);
    commits_wait = false;
}

static void a_read_only_directory_takes_nothing(void **state)
{
    (void)state;
    send_iteration();
    close_all();
    open_all(true);
    assert_int_equal(ask(API_POST, "/api/v1/events", STARTED("a", "T1")), 409);
    assert_int_equal(ask(API_DELETE, "/api/v1/dlq/1", ""), 409);
    GET_OK("/api/v1/dlq");
}

/* ---- imports ---- */

static void a_report_without_times_means_one_analysis_however_often_it_is_sent(void **state)
{
    (void)state;
    static const char first[] = "{\"modules\":[{\"source\":\"src/a.js\",\"dependencies\":[]}],\"summary\":{\"violations\":[]}}";
    static const char other[] = "{\"modules\":[{\"source\":\"src/b.js\",\"dependencies\":[]}],\"summary\":{\"violations\":[]}}";
    const char *path = "/api/v1/import/dependency-cruiser?iteration=it";
    assert_int_equal(ask(API_POST, path, first), 200);
    int64_t events = integer_at("events");
    assert_int_equal(integer_at("accepted"), events);
    now_ms += 60000;
    assert_int_equal(ask(API_POST, path, first), 200);
    assert_int_equal(integer_at("duplicates"), events);
    now_ms += 60000;
    assert_int_equal(ask(API_POST, path, other), 200);
    assert_int_equal(integer_at("accepted"), events);
    now_ms += 60000;
    assert_int_equal(ask(API_POST, path, first), 200); /* back again: a new report */
    assert_int_equal(integer_at("accepted"), events);
}

static void a_file_becomes_events_and_twice_changes_nothing(void **state)
{
    (void)state;
    static const char junit[] =
        "<?xml version=\"1.0\"?><testsuite name=\"pay\" timestamp=\"2026-09-21T14:13:20\" tests=\"2\">"
        "<testcase classname=\"pay\" name=\"by card\" time=\"0.1\"/>"
        "<testcase classname=\"pay\" name=\"by cash\" time=\"0.1\"><failure message=\"no\"/></testcase></testsuite>";
    assert_int_equal(ask(API_POST, "/api/v1/import/junit?iteration=it&file=junit.xml", junit), 200);
    int64_t events = integer_at("events");
    assert_true(events >= 2);
    assert_int_equal(integer_at("accepted"), events);
    assert_null_at("error");
    assert_int_equal(ask(API_POST, "/api/v1/import/junit?iteration=it&file=junit.xml", junit), 200);
    assert_int_equal(integer_at("duplicates"), events);
    GET_OK("/api/v1/bdv/graph/it");
    assert_int_equal(integer_at("kpis.failed"), 1);
    assert_int_equal(ask(API_POST, "/api/v1/import/junit?iteration=it", "this is no XML"), 400);
    assert_int_equal(ask(API_POST, "/api/v1/import/junit", junit), 400);
    assert_int_equal(ask(API_POST, "/api/v1/import/nothing?iteration=it", junit), 404);
    assert_non_null(strstr(answer.body, "cucumber-messages"));
    assert_int_equal(ask(API_POST, "/api/v1/import/events", STARTED("a", "T1") "\n{\"event_id\":\"x\"}\n"), 207);
    assert_int_equal(count_at("rejections"), 1);
}

/* ---- decisions ---- */

static void a_person_links_and_unlinks(void **state)
{
    (void)state;
    static const char link[] =
        "{\"iteration\":\"it\",\"source\":{\"kind\":\"Requirement\",\"id\":\"R1\"},\"link\":\"FULFILLED_BY\","
        "\"target\":{\"kind\":\"Task\",\"id\":\"T0\"},\"reason\":\"it is the API of it\",\"actor\":\"ann\"}";
    send_iteration();
    assert_int_equal(ask(API_POST, "/api/v1/links", link), 200);
    assert_text_at("status", "accepted");
    GET_OK("/api/v1/convergence/graph/it");
    assert_non_null(strstr(answer.body, "\"method\":\"manual\""));
    now_ms += 1000;
    assert_int_equal(ask(API_DELETE, "/api/v1/links", link), 200);
    GET_OK("/api/v1/audit");
    assert_int_equal(count_at("entries"), 2);
    assert_text_at("entries.0.action", "link.deny");
    assert_text_at("entries.0.actor", "test"); /* whose credential it was, whatever the body says */
    assert_text_at("entries.0.after.actor", "ann (by test)");
    assert_text_at("entries.0.before.method", "manual");
    assert_null_at("entries.1.before");
    assert_text_at("entries.1.after.reason", "it is the API of it");
    GET_OK("/api/v1/audit?action=link.assert&order=oldest&limit=1");
    assert_int_equal(count_at("entries"), 1);
    assert_int_equal(ask(API_POST, "/api/v1/links", "{\"iteration\":\"it\"}"), 400);
    assert_int_equal(
        ask(API_POST, "/api/v1/links",
            "{\"iteration\":\"it\",\"source\":{\"kind\":\"Requirement\",\"id\":\"R1\"},\"link\":\"FULFILLED_BY\","
            "\"target\":{\"kind\":\"Task\",\"id\":\"T99\"},\"reason\":\"x\"}"),
        404);
    assert_int_equal(ask(API_POST, "/api/v1/links",
                         "{\"iteration\":\"it\",\"source\":{\"kind\":\"Task\",\"id\":\"T1\"},\"link\":\"FULFILLED_BY\","
                         "\"target\":{\"kind\":\"Task\",\"id\":\"T0\"},\"reason\":\"x\"}"),
                     400);
    assert_int_equal(ask(API_POST, "/api/v1/links", "[]"), 400);
    assert_int_equal(ask(API_POST, "/api/v1/links", "{"), 400);
}

static void nobody_says_that_a_node_depends_on_itself(void **state)
{
    (void)state;
    static const char link[] = "{\"iteration\":\"it\",\"source\":{\"kind\":\"Task\",\"id\":\"T0\"},\"link\":\"DEPENDS_ON\","
                               "\"target\":{\"kind\":\"Task\",\"id\":\"T0\"},\"reason\":\"why not\"}";
    send_iteration();
    assert_int_equal(ask(API_POST, "/api/v1/links", link), 400);
    assert_text_at("place", "target");
    assert_int_equal(ask(API_DELETE, "/api/v1/links", link), 200); /* denying what a tool reported is meant */
}

static void the_gate_opens_by_hand_and_closes_again(void **state)
{
    (void)state;
    char body[200];
    send_iteration();
    send_ok(EVENT(1790000000020, "TASK_FAILED", ",\"node_id\":\"T1\""));
    GET_OK("/api/v1/convergence/it/deployment-gate");
    assert_false(bool_at("gate.deployable"));
    snprintf(body, sizeof body, "{\"reason\":\"hot fix\",\"expires_at\":%lld}", (long long)now_ms + 60000);
    assert_int_equal(ask(API_POST, "/api/v1/convergence/it/override", body), 200);
    now_ms += 1000;
    GET_OK("/api/v1/convergence/it/deployment-gate");
    assert_true(bool_at("gate.deployable"));
    GET_OK("/api/v1/iterations");
    assert_true(bool_at("iterations.0.deployable"));
    assert_int_equal(ask(API_DELETE, "/api/v1/convergence/it/override", "{\"reason\":\"done\"}"), 200);
    now_ms += 1000;
    GET_OK("/api/v1/convergence/it/deployment-gate");
    assert_false(bool_at("gate.deployable"));
    assert_int_equal(ask(API_POST, "/api/v1/convergence/it/override", "{\"reason\":\"hot fix\"}"), 200);
    assert_int_equal(ask(API_POST, "/api/v1/convergence/it/override", "{}"), 400);
    assert_int_equal(ask(API_POST, "/api/v1/convergence/it/override", "{\"reason\":\"x\",\"expires_at\":1}"), 400);
    assert_int_equal(ask(API_POST, "/api/v1/convergence/none/override", "{\"reason\":\"x\"}"), 404);
}

static void an_override_expires_by_itself(void **state)
{
    (void)state;
    char body[200];
    send_iteration();
    send_ok(EVENT(1790000000020, "TASK_FAILED", ",\"node_id\":\"T1\""));
    snprintf(body, sizeof body, "{\"reason\":\"hot fix\",\"expires_at\":%lld}", (long long)now_ms + 60000);
    assert_int_equal(ask(API_POST, "/api/v1/convergence/it/override", body), 200);
    now_ms += 1000;
    GET_OK("/api/v1/iterations");
    assert_true(bool_at("iterations.0.deployable"));
    now_ms += 61000;
    GET_OK("/api/v1/iterations");
    assert_false(bool_at("iterations.0.deployable"));
}

static void violations_are_suppressed_and_scenarios_quarantined(void **state)
{
    (void)state;
    send_iteration();
    assert_int_equal(ask(API_POST, "/api/v1/violations/suppress",
                         "{\"iteration\":\"it\",\"violation\":\"v1\",\"adr_reference\":\"ADR-7\",\"reason\":\"known\"}"),
                     200);
    now_ms += 1000;
    GET_OK("/api/v1/acc/graph/it/violations");
    assert_false(bool_at("violations.0.active"));
    assert_text_at("violations.0.adr_reference", "ADR-7");
    assert_int_equal(ask(API_POST, "/api/v1/violations/suppress",
                         "{\"iteration\":\"it\",\"violation\":\"v1\",\"reason\":\"no decision record\"}"),
                     400);
    assert_int_equal(ask(API_DELETE, "/api/v1/violations/suppress",
                         "{\"iteration\":\"it\",\"violation\":\"v1\",\"reason\":\"no more\"}"),
                     200);
    now_ms += 1000;
    GET_OK("/api/v1/acc/graph/it/violations");
    assert_true(bool_at("violations.0.active"));
    assert_int_equal(
        ask(API_POST, "/api/v1/scenarios/quarantine", "{\"iteration\":\"it\",\"scenario\":\"s1\",\"reason\":\"flaky\"}"),
        200);
    now_ms += 1000;
    GET_OK("/api/v1/bdv/graph/it");
    assert_true(bool_at("scenarios.0.quarantined"));
    assert_int_equal(
        ask(API_DELETE, "/api/v1/scenarios/quarantine", "{\"iteration\":\"it\",\"scenario\":\"s1\",\"reason\":\"mended\"}"),
        200);
    now_ms += 1000;
    GET_OK("/api/v1/bdv/graph/it");
    assert_false(bool_at("scenarios.0.quarantined"));
    assert_int_equal(
        ask(API_POST, "/api/v1/scenarios/quarantine", "{\"iteration\":\"it\",\"scenario\":\"s9\",\"reason\":\"x\"}"), 404);
}

/* ---- dead letters ---- */

#define BROKEN                                                                                                              \
    "{\"event_id\":\"a\",\"iteration_id\":\"it\",\"event_type\":\"TASK_STARTD\",\"timestamp\":1790000000000,\"color\":1}"

static void a_dead_letter_shows_its_reason_its_bytes_and_the_difference(void **state)
{
    (void)state;
    assert_int_equal(ask(API_POST, "/api/v1/events", BROKEN), 422);
    GET_OK("/api/v1/dlq");
    assert_int_equal(count_at("letters"), 1);
    assert_int_equal(integer_at("counts.SCHEMA_VALIDATION"), 1);
    assert_text_at("letters.0.place", "event_type");
    GET_OK("/api/v1/dlq/1");
    assert_text_at("letter.raw", BROKEN);
    assert_text_at("letter.raw_encoding", "text");
    bool wrong = false, unknown = false;
    for (struct json_iterator i = json_begin(at_path("schema_diff")); json_next(&i);) {
        wrong = wrong || (str_is(json_member_string(i.value, "field"), "event_type") &&
                          str_is(json_member_string(i.value, "state"), "wrong_value"));
        unknown = unknown || (str_is(json_member_string(i.value, "field"), "color") &&
                              str_is(json_member_string(i.value, "state"), "unknown"));
    }
    assert_true(wrong && unknown);
    assert_int_equal(get("/api/v1/dlq/2"), 404);
    assert_int_equal(get("/api/v1/dlq/x"), 400);
    assert_int_equal(get("/api/v1/dlq?category=NONE"), 400);
    GET_OK("/api/v1/dlq?category=critical");
    assert_int_equal(count_at("letters"), 0);
    struct api_request other = {.principal = principal_of(ROLE_ENGINEER, STR("acme"), STR("token:other"))};
    assert_int_equal(ask_with(API_GET, "/api/v1/dlq/1", NULL, 0, other), 404);
}

static void bytes_that_are_no_text_come_as_base64(void **state)
{
    (void)state;
    assert_int_equal(ask(API_POST, "/api/v1/events", "{\"a\":\"\xff\"}"), 422);
    GET_OK("/api/v1/dlq/1");
    assert_text_at("letter.raw_encoding", "base64");
    assert_text_at("letter.raw", "eyJhIjoi/yJ9");
}

static void an_edited_letter_is_replayed_exactly_once(void **state)
{
    (void)state;
    assert_int_equal(ask(API_POST, "/api/v1/events", BROKEN), 422);
    assert_int_equal(ask(API_PUT, "/api/v1/dlq/1", "{\"event_id\":\"a\"}"), 200); /* still wrong */
    assert_text_at("would.status", "rejected");
    assert_int_equal(integer_at("id"), 2);
    assert_int_equal(integer_at("replaces"), 1);
    assert_int_equal(integer_at("would.dead_letter"), 2);
    assert_int_equal(ask(API_PUT, "/api/v1/dlq/1", STARTED("a", "T1")), 409); /* it is 2 now */
    assert_int_equal(ask(API_PUT, "/api/v1/dlq/2", STARTED("a", "T1")), 200);
    assert_text_at("would.status", "accepted");
    assert_int_equal(integer_at("id"), 3);
    GET_OK("/api/v1/dlq");
    assert_int_equal(count_at("letters"), 1);
    assert_int_equal(integer_at("letters.0.replaces"), 2);
    GET_OK("/api/v1/dlq/1"); /* what was sent can still be read */
    assert_text_at("letter.raw", BROKEN);
    assert_text_at("letter.removal", "EDITED");
    assert_int_equal(integer_at("letter.became"), 2);
    assert_int_equal(ask(API_POST, "/api/v1/dlq/1/replay", "{\"apply\":true}"), 409);
    assert_int_equal(ask(API_POST, "/api/v1/dlq/replay", "{\"ids\":[1]}"), 404);
    assert_int_equal(ask(API_POST, "/api/v1/dlq/3/replay", ""), 200); /* dry */
    assert_true(bool_at("dry_run"));
    assert_int_equal(integer_at("accepted"), 1);
    assert_int_equal(graph_fact_count(graph), 0);
    assert_int_equal(ask(API_POST, "/api/v1/dlq/3/replay", "{\"apply\":true}"), 200);
    assert_false(bool_at("dry_run"));
    assert_int_equal(integer_at("results.0.seq"), 1);
    assert_int_equal(integer_at("results.0.dead_letter"), 3);
    assert_int_equal(graph_fact_count(graph), 1);
    assert_int_equal(ask(API_POST, "/api/v1/dlq/3/replay", "{\"apply\":true}"), 409);
    assert_int_equal(graph_fact_count(graph), 1);
    GET_OK("/api/v1/dlq");
    assert_int_equal(count_at("letters"), 0);
    GET_OK("/api/v1/dlq?removed=true");
    assert_text_at("letters.0.removal", "REPLAYED");
    assert_text_at("letters.2.removal", "EDITED");
    GET_OK("/api/v1/dlq/1");
    assert_int_equal(integer_at("letter.raw_bytes"), 0);
    GET_OK("/api/v1/audit?order=oldest");
    assert_text_at("entries.0.object", "dlq/1");
    assert_text_at("entries.1.object", "dlq/2");
    assert_true(integer_at("entries.0.after.bytes") == integer_at("entries.1.before.bytes"));
    assert_int_equal(count_at("entries"), 3);
    assert_text_at("entries.0.action", "dlq.edit");
    assert_text_at("entries.2.action", "dlq.replay");
}

static void many_are_replayed_and_discarded_by_filter_or_ids(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        assert_int_equal(ask(API_POST, "/api/v1/events", BROKEN), 422);
        now_ms += 1000;
    }
    assert_int_equal(ask(API_PUT, "/api/v1/dlq/2", STARTED("a", "T1")), 200);
    assert_int_equal(ask(API_PUT, "/api/v1/dlq/3", STARTED("a", "T1")), 200);
    assert_int_equal(ask(API_POST, "/api/v1/dlq/replay", "{\"filter\":{},\"apply\":true}"), 207);
    assert_counts(1, 1, 0, 3);
    assert_int_equal(graph_fact_count(graph), 1);
    GET_OK("/api/v1/dlq?limit=2&order=oldest");
    assert_int_equal(count_at("letters"), 2);
    assert_text_at("next_cursor", "4");
    assert_int_equal(integer_at("letters.0.attempts"), 1);
    GET_OK("/api/v1/dlq?limit=2&order=oldest&cursor=4");
    assert_int_equal(count_at("letters"), 1);
    assert_null_at("next_cursor");
    assert_int_equal(ask(API_POST, "/api/v1/dlq/discard", "{\"ids\":7,\"filter\":{}}"), 400);
    assert_int_equal(ask(API_POST, "/api/v1/dlq/discard", "{\"ids\":[1],\"filter\":{}}"), 400);
    assert_int_equal(ask(API_POST, "/api/v1/dlq/replay", "{\"ids\":[1,1,4]}"), 200);
    assert_counts(0, 0, 0, 2);
    assert_int_equal(ask(API_POST, "/api/v1/dlq/replay", "{}"), 400);
    assert_int_equal(ask(API_POST, "/api/v1/dlq/replay", "{\"ids\":[99]}"), 404);
    assert_int_equal(ask(API_POST, "/api/v1/dlq/replay", "{\"filter\":{\"kind\":1}}"), 400);
    assert_int_equal(ask(API_DELETE, "/api/v1/dlq/1", "{\"reason\":\"noise\"}"), 200);
    assert_int_equal(integer_at("discarded"), 1);
    assert_int_equal(ask(API_DELETE, "/api/v1/dlq/1", ""), 409);
    assert_int_equal(ask(API_POST, "/api/v1/dlq/discard", "{\"filter\":{\"stream\":\"unknown\"}}"), 200);
    GET_OK("/api/v1/dlq");
    assert_int_equal(integer_at("counts.waiting"), 0);
}

static void two_replays_at_once_take_a_letter_out_once(void **state)
{
    (void)state;
    assert_int_equal(ask(API_POST, "/api/v1/events", BROKEN), 422);
    assert_int_equal(ask(API_PUT, "/api/v1/dlq/1", STARTED("a", "T1")), 200);
    commits_wait = true;
    (void)ask(API_POST, "/api/v1/dlq/2/replay", "{\"apply\":true}");
    assert_int_equal(answer.count, 0);
    assert_int_equal(ask(API_POST, "/api/v1/dlq/2/replay", "{\"apply\":true}"), 503);
    commit(waiting_batch);
    assert_status(200);
    commits_wait = false;
    assert_int_equal(ask(API_POST, "/api/v1/dlq/2/replay", "{\"apply\":true}"), 409);
    assert_int_equal(graph_fact_count(graph), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(each_event_learns_what_became_of_it),
        TEST(a_repeat_with_other_content_is_a_conflict),
        TEST(the_status_says_whether_all_some_or_none_came_in),
        TEST(every_form_of_body_is_read),
        TEST(packed_bodies_are_unpacked_and_unknown_packing_refused),
        TEST(nobody_outside_makes_control_events),
        TEST(a_full_disk_is_a_retry),
        TEST(the_answer_comes_after_the_disk),
        TEST(a_read_only_directory_takes_nothing),
        TEST(a_file_becomes_events_and_twice_changes_nothing),
        TEST(a_report_without_times_means_one_analysis_however_often_it_is_sent),
        TEST(a_person_links_and_unlinks),
        TEST(nobody_says_that_a_node_depends_on_itself),
        TEST(the_gate_opens_by_hand_and_closes_again),
        TEST(an_override_expires_by_itself),
        TEST(violations_are_suppressed_and_scenarios_quarantined),
        TEST(a_dead_letter_shows_its_reason_its_bytes_and_the_difference),
        TEST(bytes_that_are_no_text_come_as_base64),
        TEST(an_edited_letter_is_replayed_exactly_once),
        TEST(many_are_replayed_and_discarded_by_filter_or_ids),
        TEST(two_replays_at_once_take_a_letter_out_once),
    };
    return cmocka_run_group_tests_name("api write", tests, NULL, NULL);
}
