/* test_api_support.h: an API over a temporary data directory, with a clock that the test moves and commits that happen at
 * once. Included by the test_api*.c files only. */
#ifndef TRIMODAL_TEST_API_SUPPORT_H
#define TRIMODAL_TEST_API_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/api.h"
#include "base/json_read.h"
#include "base/memory.h"
#include "ingest/ingest.h"
#include "store/store.h"

#define T0 INT64_C(1790000000000)

static char directory[64];
static struct store *store;
static struct store_reader *reader;
static struct graph *graph;
static struct ingest *ingest;
static struct policy policy;
static struct api *api;
static struct json_parser *parser;
static struct error error;
static int64_t now_ms;
static uint64_t monotonic_step_ns, monotonic_added_ns; /* what each look at the clock takes */
static bool draining, commit_fails, commits_wait;
static struct store_batch *waiting_batch;

static void must(enum status status)
{
    if (status != STATUS_OK) {
        fail_msg("%s: %s: %s", status_name(status), error.place, error.text);
    }
}

static int64_t test_now(void *context)
{
    (void)context;
    return now_ms;
}

static uint64_t test_monotonic(void *context)
{
    (void)context;
    monotonic_added_ns += monotonic_step_ns;
    return clock_monotonic_ns(&clock_system) + monotonic_added_ns;
}

static void test_random(void *context, void *bytes, size_t length)
{
    static unsigned char next;
    (void)context;
    for (size_t i = 0; i < length; i++) {
        ((unsigned char *)bytes)[i] = next++;
    }
}

static const struct clock test_clock = {NULL, test_now, test_monotonic, test_random};

static void commit(struct store_batch *batch)
{
    struct error commit_error = {0};
    enum status status = commit_fails ? error_set(&commit_error, STATUS_RETRY, "store", "the disk is full")
                                      : store_commit(store, batch, &commit_error);
    ingest_committed(ingest, status, &commit_error);
}

static void start_commit(void *context, struct ingest *of, struct store_batch *batch)
{
    (void)context;
    (void)of;
    if (commits_wait) {
        waiting_batch = batch;
    } else {
        commit(batch);
    }
}

static bool is_draining(void *context)
{
    (void)context;
    return draining;
}

static void host_metrics(void *context, struct buffer *text)
{
    (void)context;
    buffer_append_text(text, "trimodal_host_metric 1\n");
}

static void open_all(bool read_only)
{
    must(store_open(&store, &(struct store_options){.directory = directory, .create = true, .without_sync = true}, &error));
    must(store_reader_open(&reader, store, &error));
    must(graph_new(&graph, &error));
    struct ingest_options options = {.graph = graph,
                                     .clock = &test_clock,
                                     .committer = {NULL, start_commit},
                                     .last_seq = store_last_seq(store),
                                     .last_observed_at = store_last_observed_at(store)};
    must(ingest_new(&ingest, &options, &error));
    must(policy_default(&policy, &error));
    struct api_options api_options = {.graph = graph,
                                      .ingest = ingest,
                                      .reader = reader,
                                      .clock = &test_clock,
                                      .correlate = correlate_config_default(),
                                      .policy = &policy,
                                      .host = {NULL, is_draining, host_metrics},
                                      .read_only = read_only};
    must(api_new(&api, &api_options, &error));
}

static int setup(void **state)
{
    (void)state;
    now_ms = T0 + 3600000;
    draining = commit_fails = commits_wait = false;
    monotonic_step_ns = 0;
    snprintf(directory, sizeof directory, "/tmp/trimodal-api-XXXXXX");
    parser = json_parser_new();
    if (mkdtemp(directory) == NULL || parser == NULL) {
        return -1;
    }
    open_all(false);
    return 0;
}

static void close_all(void)
{
    api_free(api);
    ingest_free(ingest);
    graph_free(graph);
    store_reader_close(reader);
    store_close(store);
}

static int teardown(void **state)
{
    (void)state;
    close_all();
    json_parser_free(parser);
    char command[128];
    snprintf(command, sizeof command, "rm -r '%s'", directory);
    return system(command);
}

/* ---- asking ---- */

static struct {
    int count; /* answers to the last request */
    unsigned status;
    char content_type[128];
    char headers[512]; /* "Name: value\n" */
    char *body;        /* owned; with padding behind it */
    size_t length;
} answer;

static void on_answer(void *context, const struct api_response *response)
{
    (void)context;
    answer.count++;
    answer.status = response->status;
    snprintf(answer.content_type, sizeof answer.content_type, "%s", response->content_type);
    answer.headers[0] = '\0';
    for (size_t i = 0; i < response->header_count; i++) {
        size_t used = strlen(answer.headers);
        snprintf(answer.headers + used, sizeof answer.headers - used, "%.*s: %.*s\n", STR_ARGS(response->headers[i].name),
                 STR_ARGS(response->headers[i].value));
    }
    free(answer.body);
    answer.body = calloc(1, response->body.length + JSON_READ_PADDING + 1);
    memcpy(answer.body, response->body.at, response->body.length);
    answer.length = response->body.length;
}

static char sent[1 << 20]; /* the body of the last request, padded */

static unsigned ask_with(enum api_method method, const char *url, const char *body, size_t length,
                         struct api_request request)
{
    const char *query = strchr(url, '?');
    assert_true(length + JSON_READ_PADDING <= sizeof sent);
    memset(sent, 0, length + JSON_READ_PADDING);
    if (length > 0) {
        memcpy(sent, body, length);
    }
    request.method = method;
    request.path = query == NULL ? str_from(url) : (struct str){url, (size_t)(query - url)};
    request.query = query == NULL ? STR_NONE : str_from(query + 1);
    request.body = (struct str){sent, length};
    if (!request.principal.known) {
        request.principal = principal_of(ROLE_ADMIN, STR_NONE, STR("test"));
    }
    request.origin = STR("HTTP");
    request.done = on_answer;
    answer.count = 0;
    api_handle(api, &request);
    if (!commits_wait) {
        assert_int_equal(answer.count, 1);
    }
    return answer.status;
}

static unsigned ask(enum api_method method, const char *url, const char *body)
{
    return ask_with(method, url, body, body == NULL ? 0 : strlen(body), (struct api_request){0});
}

static unsigned get(const char *url)
{
    return ask(API_GET, url, NULL);
}

/* The answer must be JSON. */
static struct json root(void)
{
    struct json json;
    if (json_parse(parser, (struct str){answer.body, answer.length}, &json, &error) != STATUS_OK) {
        fail_msg("no JSON: %s: %.300s", error.text, answer.body);
    }
    return json;
}

/* "kpis.tasks", "nodes.0.id": fails where it is not there. */
static struct json at_path(const char *path)
{
    struct json value = root();
    struct str rest = str_from(path), piece;
    while (str_split_next(&rest, '.', &piece)) {
        int64_t index;
        bool found = false;
        if (json_type(value) == JSON_ARRAY && str_to_i64(piece, &index)) {
            for (struct json_iterator i = json_begin(value); json_next(&i);) {
                if (index-- == 0) {
                    value = i.value;
                    found = true;
                    break;
                }
            }
        } else {
            char key[128];
            snprintf(key, sizeof key, "%.*s", STR_ARGS(piece));
            found = json_member(value, key, &value);
        }
        if (!found) {
            fail_msg("no %s in %.2000s", path, answer.body);
        }
    }
    return value;
}

static int64_t integer_at(const char *path)
{
    struct json value = at_path(path);
    assert_true(json_type(value) == JSON_I64 || json_type(value) == JSON_DOUBLE);
    return json_type(value) == JSON_I64 ? json_i64(value) : (int64_t)json_double(value);
}

static bool bool_at(const char *path)
{
    struct json value = at_path(path);
    assert_int_equal(json_type(value), JSON_BOOL);
    return json_bool(value);
}

static size_t count_at(const char *path)
{
    size_t count = 0;
    for (struct json_iterator i = json_begin(at_path(path)); json_next(&i);) {
        count++;
    }
    return count;
}

static void assert_text_at(const char *path, const char *expected)
{
    struct json value = at_path(path);
    if (json_type(value) != JSON_STRING || !str_is(json_string(value), expected)) {
        fail_msg("%s is not \"%s\" in %.2000s", path, expected, answer.body);
    }
}

static void assert_null_at(const char *path)
{
    assert_int_equal(json_type(at_path(path)), JSON_NULL);
}

static void assert_status(unsigned expected)
{
    if (answer.status != expected) {
        fail_msg("%u, not %u: %.1000s", answer.status, expected, answer.body);
    }
}

#define GET_OK(url)                                                                                                         \
    do {                                                                                                                    \
        (void)get(url);                                                                                                     \
        assert_status(200);                                                                                                 \
    } while (0)

/* ---- a small iteration with something of everything ---- */

static void send_ok(const char *body)
{
    (void)ask(API_POST, "/api/v1/events", body);
    assert_status(200);
    now_ms += 1000;
}

#define EVENT(minute, type, rest)                                                                                           \
    "{\"event_id\":\"e-" type "-" #minute "\",\"iteration_id\":\"it\",\"event_type\":\"" type                               \
    "\",\"timestamp\":" #minute rest "}\n"

static void send_iteration(void)
{
    static const char body[] = EVENT(1790000000001, "REQUIREMENT_DECLARED",
                                     ",\"requirement_id\":\"R1\",\"metadata\":{\"name\":\"Pay\"}")
        EVENT(1790000000002, "TASK_CREATED",
              ",\"node_id\":\"T0\",\"node_type\":\"INTERFACE\",\"contract_id\":\"API\",\"contract_version\":\"v1\"")
            EVENT(1790000000003, "TASK_STARTED", ",\"node_id\":\"T0\",\"node_type\":\"INTERFACE\"") EVENT(
                1790000000004, "CONTRACT_LOCKED",
                ",\"contract_id\":\"API\",\"contract_version\":\"v1\",\"node_id\":\"API:v1\",\"metadata\":{\"task\":\"T0\"}")
                EVENT(1790000000005, "TASK_COMPLETED", ",\"node_id\":\"T0\"") EVENT(
                    1790000000006, "TASK_CREATED",
                    ",\"node_id\":\"T1\",\"requirement_id\":\"R1\",\"metadata\":{\"name\":\"Build\",\"depends_on\":\"T0\"}")
                    EVENT(1790000000007, "TASK_STARTED",
                          ",\"node_id\":\"T1\"") EVENT(1790000000008, "ARTIFACT_CREATED",
                                                       ",\"artifact_path\":\"src/pay.ts\",\"metadata\":{\"task\":\"T1\"}")
                        EVENT(1790000000009, "TASK_COMPLETED",
                              ",\"node_id\":\"T1\"") EVENT(1790000000010, "TEST_RUN_STARTED", ",\"node_id\":\"run-1\"")
                            EVENT(1790000000011, "SCENARIO_STARTED",
                                  ",\"scenario_id\":\"s1\",\"scenario_name\":\"Pay by "
                                  "card\",\"feature_path\":\"features/"
                                  "pay.feature\",\"scenario_tags\":[\"@requirement:R1\",\"@contract:API:v1\"]")
                                EVENT(1790000000012, "STEP_EXECUTED",
                                      ",\"scenario_id\":\"s1\",\"step_text\":\"Given a cart\",\"step_result\":\"PASSED\"")
                                    EVENT(1790000000013, "SCENARIO_PASSED",
                                          ",\"scenario_id\":\"s1\",\"feature_path\":\"features/pay.feature\"")
                                        EVENT(1790000000014, "TEST_RUN_COMPLETED", ",\"node_id\":\"run-1\"")
                                            EVENT(1790000000015, "ANALYSIS_STARTED", ",\"manifest_name\":\"shop\"")
                                                EVENT(1790000000016, "MODULE_ANALYZED",
                                                      ",\"manifest_name\":\"shop\",\"module_path\":\"src/"
                                                      "pay.ts\",\"component\":\"core\",\"depends_on\":[\"src/db.ts\"]")
                                                    EVENT(1790000000017, "MODULE_ANALYZED",
                                                          ",\"manifest_name\":\"shop\",\"module_path\":\"src/"
                                                          "db.ts\",\"component\":\"data\"")
                                                        EVENT(1790000000018, "VIOLATION_DETECTED",
                                                              ",\"manifest_name\":\"shop\",\"node_id\":\"v1\",\"violation_"
                                                              "type\":\"SIZE_VIOLATION\",\"violation_severity\":\"WARNING\","
                                                              "\"module_path\":\"src/pay.ts\"")
                                                            EVENT(1790000000019, "ANALYSIS_COMPLETED",
                                                                  ",\"manifest_name\":\"shop\",\"total_modules\":2");
    send_ok(body);
}

#endif
