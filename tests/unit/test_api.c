/* The interface: dispatch, reads of every lens, clocks, pages. Writes are in test_api_write.c. */
#include "test_api_support.h"

#include <math.h>

#include "api/objectives.h"

static void health_is_always_ok(void **state)
{
    (void)state;
    GET_OK("/health");
    assert_text_at("status", "ok");
}

static void ready_says_no_while_draining(void **state)
{
    (void)state;
    GET_OK("/ready");
    assert_true(bool_at("ready"));
    draining = true;
    assert_int_equal(get("/ready"), 503);
    assert_int_equal(count_at("reasons"), 1);
}

static void ready_says_no_while_the_store_refuses(void **state)
{
    (void)state;
    commit_fails = true;
    assert_int_equal(ask(API_POST, "/api/v1/events", EVENT(1790000000001, "TASK_STARTED", ",\"node_id\":\"T\"")), 503);
    assert_non_null(strstr(answer.headers, "Retry-After"));
    assert_int_equal(get("/ready"), 503);
    commit_fails = false;
    send_iteration();
    GET_OK("/ready");
}

static void unknown_paths_and_methods_are_refused(void **state)
{
    (void)state;
    unsigned refuse_with;
    assert_int_equal(get("/api/v1/nothing"), 404);
    assert_string_equal(answer.content_type, "application/problem+json");
    assert_int_equal(integer_at("status"), 404);
    assert_int_equal(get("/api/v1/events"), 405);
    assert_non_null(strstr(answer.headers, "Allow: POST"));
    assert_int_equal(ask(API_POST, "/api/v1/status", ""), 405);
    assert_non_null(strstr(answer.headers, "Allow: GET, HEAD"));
    assert_int_equal(api_body_limit(api, API_POST, STR("/api/v1/events"), &refuse_with), LIMIT_BODY_BYTES);
    assert_int_equal(api_body_limit(api, API_GET, STR("/api/v1/events"), &refuse_with), 0);
    assert_int_equal(refuse_with, 405);
    assert_int_equal(api_body_limit(api, API_GET, STR("/x"), &refuse_with), 0);
    assert_int_equal(refuse_with, 404);
    assert_int_equal(ask(API_PUT, "/api/v1/dlq/replay", ""), 405); /* no dead letter is called "replay" */
}

static void unknown_parameters_are_refused_by_name(void **state)
{
    (void)state;
    send_iteration();
    assert_int_equal(get("/api/v1/dde/graph/it?asof=now"), 400);
    assert_text_at("place", "asof");
    assert_non_null(strstr(answer.body, "asOf, observedAt"));
    assert_int_equal(get("/api/v1/dde/graph/it?asOf=yesterday"), 400);
    assert_text_at("place", "asOf");
    assert_int_equal(get("/api/v1/dde/graph/it?asOf=now&asOf=now"), 400);
    assert_int_equal(get("/api/v1/dde/graph/it?asOf=%zz"), 400);
    assert_int_equal(get("/api/v1/iterations?limit=0"), 400);
    assert_int_equal(get("/api/v1/iterations?limit=5000"), 400);
    assert_int_equal(get("/api/v1/iterations?cursor=x"), 400);
    assert_int_equal(get("/api/v1/dde/graph/nowhere"), 404);
    assert_int_equal(get("/api/v1/dde/graph/%00"), 400);
}

static void every_route_of_the_table_is_in_the_description(void **state)
{
    (void)state;
    GET_OK("/api/openapi.json");
    assert_text_at("openapi", "3.1.0");
    struct json paths = at_path("paths"), path;
    assert_true(json_member(paths, "/api/v1/convergence/{iteration}/verdict", &path));
    assert_true(json_member(path, "get", &path));
    assert_true(json_member(paths, "/api/v1/dlq/{id}", &path));
    assert_true(json_member(path, "delete", &path));
}

static void dde_shows_tasks_places_and_numbers(void **state)
{
    (void)state;
    send_iteration();
    GET_OK("/api/v1/dde/graph/it");
    assert_int_equal(integer_at("kpis.tasks"), 2);
    assert_int_equal(integer_at("kpis.completed"), 2);
    assert_text_at("nodes.0.id", "T0");
    assert_text_at("nodes.0.status", "COMPLETED");
    assert_true(json_type(at_path("nodes.0.x")) == JSON_DOUBLE || json_type(at_path("nodes.0.x")) == JSON_I64);
    assert_text_at("nodes.1.properties.metadata.name", "Build");
    assert_text_at("edges.0.kind", "DEPENDS_ON");
    assert_text_at("edges.0.source", "T1");
    assert_int_equal(integer_at("meta.position"), 19);
    assert_false(bool_at("meta.partial"));
    assert_int_equal(integer_at("meta.watermarks.DDE.ms"), 1790000000009);
    assert_int_equal(integer_at("meta.watermarks.BDV.ms"), 1790000000014);
    assert_int_equal(integer_at("meta.watermarks.ACC.ms"), 1790000000019);
    assert_null_at("meta.watermarks.CONTROL");
    GET_OK("/api/v1/dde/graph/it/lineage?node=T1");
    assert_text_at("ancestors.0.id", "T0");
    assert_int_equal(get("/api/v1/dde/graph/it/lineage"), 400);
    assert_int_equal(get("/api/v1/dde/graph/it/lineage?node=T9"), 404);
    GET_OK("/api/v1/dde/graph/it/contracts");
    assert_int_equal(integer_at("total"), 1);
    GET_OK("/api/v1/dde/graph/it/critical-path");
    assert_int_equal(count_at("critical_path.tasks"), 2);
}

static void search_finds_nodes_by_id_name_and_kind_on_both_clocks(void **state)
{
    (void)state;
    send_iteration();
    GET_OK("/api/v1/search?q=bUIl");
    assert_int_equal(count_at("hits"), 1);
    assert_text_at("hits.0.id", "T1");
    assert_text_at("hits.0.matched", "name");
    assert_false(bool_at("more"));
    GET_OK("/api/v1/search?q=pay.feature&kind=Scenario&iteration=it");
    GET_OK("/api/v1/search?q=T0&kind=Task&asOf=1");
    assert_int_equal(count_at("hits"), 0);
    GET_OK("/api/v1/search?q=no-such-thing");
    assert_int_equal(count_at("hits"), 0);
    assert_int_equal(get("/api/v1/search"), 400);
    assert_int_equal(get("/api/v1/search?q=a"), 400);
    assert_int_equal(get("/api/v1/search?q=build&kind=Nothing"), 400);
    send_ok("{\"event_id\":\"other\",\"timestamp\":1790000000001,\"iteration_id\":\"other\",\"event_type\":\"TASK_FAILED\","
            "\"node_id\":\"T1\",\"error_message\":\"the disk was full\"}");
    GET_OK("/api/v1/search?q=disk%20was");
    assert_text_at("hits.0.iteration", "other");
    assert_text_at("hits.0.matched", "error_message");
    GET_OK("/api/v1/search?q=T1&limit=1");
    assert_int_equal(count_at("hits"), 1);
    assert_true(bool_at("more"));
}

static void bdv_shows_features_scenarios_and_steps(void **state)
{
    (void)state;
    send_iteration();
    GET_OK("/api/v1/bdv/graph/it");
    assert_int_equal(integer_at("kpis.passed"), 1);
    assert_text_at("scenarios.0.outcome", "PASSED");
    assert_text_at("features.0.id", "features/pay.feature");
    GET_OK("/api/v1/bdv/features?iteration=it");
    assert_int_equal(count_at("features"), 1);
    GET_OK("/api/v1/bdv/scenarios/features/pay.feature?iteration=it");
    assert_text_at("scenarios.0.steps.0.text", "Given a cart");
    GET_OK("/api/v1/bdv/scenarios/features%2Fpay.feature?iteration=it");
    assert_int_equal(get("/api/v1/bdv/scenarios/features/other.feature?iteration=it"), 404);
    assert_int_equal(get("/api/v1/bdv/features"), 400);
    GET_OK("/api/v1/bdv/graph/it/contracts");
    assert_text_at("contracts.0.scenarios.0.id", "s1");
    GET_OK("/api/v1/bdv/graph/it/coverage");
    assert_int_equal(integer_at("covered"), 1);
    GET_OK("/api/v1/bdv/graph/it/flakes?min_flake_rate=0.1");
    assert_int_equal(count_at("flakes"), 0);
    assert_int_equal(get("/api/v1/bdv/graph/it/flakes?min_flake_rate=2"), 400);
}

static void acc_shows_modules_groups_and_matrices(void **state)
{
    (void)state;
    send_iteration();
    GET_OK("/api/v1/acc/graph/it");
    assert_int_equal(integer_at("kpis.modules"), 2);
    assert_int_equal(count_at("groups"), 2);
    assert_int_equal(count_at("dependencies"), 1);
    GET_OK("/api/v1/acc/graph/it?manifest=shop");
    assert_int_equal(count_at("modules"), 2);
    GET_OK("/api/v1/acc/graph/it?manifest=other");
    assert_int_equal(count_at("modules"), 0);
    GET_OK("/api/v1/acc/graph/it/violations?severity=WARNING");
    assert_text_at("violations.0.id", "v1");
    GET_OK("/api/v1/acc/graph/it/violations?severity=blocking");
    assert_int_equal(count_at("violations"), 0);
    assert_int_equal(get("/api/v1/acc/graph/it/violations?severity=BAD"), 400);
    GET_OK("/api/v1/acc/graph/it/cycles");
    GET_OK("/api/v1/acc/graph/it/coupling");
    assert_int_equal(count_at("components"), 2);
    GET_OK("/api/v1/acc/graph/it/dsm");
    assert_int_equal(count_at("rows"), 2);
    assert_int_equal(count_at("cells"), 1);
    GET_OK("/api/v1/acc/graph/it/dsm?by=component");
    assert_int_equal(get("/api/v1/acc/graph/it/dsm?by=size"), 400);
    GET_OK("/api/v1/acc/manifests?iteration=it");
    assert_text_at("manifests.0.name", "shop");
    assert_int_equal(integer_at("manifests.0.totals.modules"), 2);
    GET_OK("/api/v1/acc/manifest/shop?iteration=it");
    assert_int_equal(count_at("modules"), 2);
    assert_int_equal(get("/api/v1/acc/manifest/none?iteration=it"), 404);
}

static void convergence_answers_verdict_gate_and_stars(void **state)
{
    (void)state;
    send_iteration();
    GET_OK("/api/v1/convergence/it/verdict");
    assert_text_at("verdict.verdict", "ALL_PASS");
    assert_int_equal(integer_at("exit_code"), 0);
    GET_OK("/api/v1/convergence/it/deployment-gate");
    assert_true(bool_at("gate.deployable"));
    GET_OK("/api/v1/convergence/it/contracts");
    assert_int_equal(count_at("stars"), 1);
    GET_OK("/api/v1/convergence/it/stream-status");
    assert_int_equal(count_at("streams"), 3);
    GET_OK("/api/v1/convergence/it/unmatched");
    GET_OK("/api/v1/convergence/it/blame");
    assert_true(count_at("blame.flips") >= 1);
    GET_OK("/api/v1/convergence/graph/it");
    assert_text_at("verdict", "ALL_PASS");
}

static void a_verdict_can_be_asked_under_another_policy(void **state)
{
    (void)state;
    send_iteration();
    assert_int_equal(ask(API_POST, "/api/v1/convergence/it/verdict",
                         "version: strict\nconditions:\n  mean_instability: {operator: \"<\", threshold: 0.1}\n"),
                     200);
    assert_text_at("verdict.policy_version", "strict");
    assert_text_at("verdict.verdict", "ARCHITECTURAL_EROSION");
    assert_int_equal(ask(API_POST, "/api/v1/convergence/it/verdict", "conditions: [1]"), 400);
    assert_int_equal(ask(API_POST, "/api/v1/convergence/it/verdict", ""), 400);
}

static void a_verdict_for_fixed_clocks_never_changes(void **state)
{
    (void)state;
    char url[200];
    send_iteration();
    GET_OK("/api/v1/convergence/it/verdict");
    int64_t known = integer_at("meta.knownAt.ms"), valid = integer_at("meta.validAt.ms");
    snprintf(url, sizeof url, "/api/v1/convergence/it/verdict?asOf=%lld&observedAt=%lld", (long long)valid,
             (long long)known);
    GET_OK(url);
    char *first = strdup(answer.body);
    send_ok(EVENT(1790000000020, "TASK_FAILED", ",\"node_id\":\"T1\""));
    GET_OK("/api/v1/convergence/it/verdict");
    assert_text_at("verdict.verdict", "PROCESS_ISSUE");
    GET_OK(url);
    assert_string_equal(answer.body, first);
    free(first);
}

static void both_clocks_are_heard(void **state)
{
    (void)state;
    send_iteration();
    int64_t before = now_ms;
    now_ms += 1000;
    send_ok(EVENT(1790000000006, "TASK_FAILED", ",\"node_id\":\"T0\"")); /* late: corrects the past */
    char url[200];
    snprintf(url, sizeof url, "/api/v1/iterations/it/nodes?kind=Task&observedAt=%lld", (long long)before);
    GET_OK(url);
    assert_text_at("nodes.0.status", "COMPLETED");
    GET_OK("/api/v1/iterations/it/nodes?kind=Task");
    assert_text_at("nodes.0.status", "FAILED");
    GET_OK("/api/v1/iterations/it/nodes?kind=Task&asOf=1790000000003");
    assert_text_at("nodes.0.status", "RUNNING");
    assert_int_equal(count_at("nodes"), 1);
    assert_int_equal(integer_at("meta.validAt.ms"), 1790000000003);
    GET_OK("/api/v1/iterations/it/nodes?observedAt=2099-01-01T00:00:00Z"); /* K never lies in the future */
    assert_true(integer_at("meta.knownAt.ms") <= now_ms + 10);
    assert_int_equal(get("/api/v1/iterations/it/nodes?observedAt=1790000000000"), 404);
}

static void places_stay_while_time_is_scrubbed(void **state)
{
    (void)state;
    send_iteration();
    GET_OK("/api/v1/dde/graph/it");
    int64_t x = integer_at("nodes.0.x"), y = integer_at("nodes.0.y");
    GET_OK("/api/v1/dde/graph/it?asOf=1790000000003");
    assert_int_equal(count_at("nodes"), 1 + 0);
    assert_int_equal(integer_at("nodes.0.x"), x);
    assert_int_equal(integer_at("nodes.0.y"), y);
}

static void modules_that_a_later_analysis_swept_away_keep_their_place(void **state)
{
    (void)state;
    send_iteration();
    send_ok(EVENT(1790000000030, "ANALYSIS_STARTED", ",\"manifest_name\":\"shop\"")
                EVENT(1790000000031, "MODULE_ANALYZED",
                      ",\"manifest_name\":\"shop\",\"module_path\":\"src/pay.ts\",\"component\":\"core\"")
                    EVENT(1790000000032, "ANALYSIS_COMPLETED", ",\"manifest_name\":\"shop\",\"total_modules\":1"));
    GET_OK("/api/v1/iterations/it/nodes?kind=CodeModule");
    assert_int_equal(integer_at("total"), 1);
    GET_OK("/api/v1/acc/graph/it?asOf=1790000000019");
    assert_int_equal(integer_at("kpis.modules"), 2);
    for (struct json_iterator i = json_begin(at_path("nodes")); json_next(&i);) {
        struct json x;
        if (str_is(json_member_string(i.value, "kind"), "CodeModule")) {
            assert_true(json_member(i.value, "x", &x) && json_type(x) != JSON_NULL);
        }
    }
}

/* Iterations of so many facts each, whose task failed every time. */
static void send_failures(int iterations, int facts)
{
    struct buffer body;
    for (int i = 0; i < iterations; i++) {
        buffer_init(&body, 4 * MIB);
        for (int fact = 0; fact < facts; fact++) {
            buffer_append_format(&body,
                                 "{\"event_id\":\"p%d-%d\",\"iteration_id\":\"page-%d\",\"event_type\":\"TASK_FAILED\","
                                 "\"node_id\":\"T\",\"timestamp\":%lld}\n",
                                 i, fact, i, 1790000000000LL - fact);
        }
        buffer_append_char(&body, '\0');
        assert_false(buffer_failed(&body));
        send_ok(buffer_str(&body).at);
        buffer_release(&body);
    }
}

static void the_approval_rate_is_of_decided_iterations_and_follows_overrides(void **state)
{
    (void)state;
    char body[128];
    GET_OK("/api/v1/iterations");
    assert_null_at("approval.rate");
    assert_null_at("approval.pass");
    send_failures(4, 1);
    send_ok("{\"event_id\":\"o\",\"iteration_id\":\"open\",\"event_type\":\"WORKFLOW_STARTED\",\"node_id\":\"W\",\"timestamp\":1790000000000}");
    GET_OK("/api/v1/iterations?limit=1"); /* of all, not of the page */
    assert_int_equal(integer_at("approval.decided"), 4);
    assert_int_equal(integer_at("approval.pending"), 1);
    assert_false(bool_at("approval.partial"));
    assert_false(bool_at("approval.pass"));
    assert_true(json_double(at_path("approval.rate")) == 0);
    for (int i = 0; i < 3; i++) {
        char url[64];
        snprintf(url, sizeof url, "/api/v1/convergence/page-%d/override", i);
        snprintf(body, sizeof body, "{\"reason\":\"known\",\"expires_at\":%lld}", (long long)now_ms + 1000);
        assert_int_equal(ask(API_POST, url, i == 0 ? body : "{\"reason\":\"known\"}"), 200);
    }
    now_ms += 10;
    for (int again = 0; again < 2; again++) {
        GET_OK("/api/v1/status");
        assert_true(json_double(at_path("approval.rate")) == 0.75);
        assert_true(bool_at("approval.pass"));
    }
    now_ms += 2000; /* one expired, although no event came */
    GET_OK("/api/v1/status");
    assert_true(json_double(at_path("approval.rate")) == 0.5);
    assert_int_equal(get("/metrics"), 200);
    assert_non_null(strstr(answer.body, "\ntrimodal_approval_rate 0.5\n"));
    assert_non_null(strstr(answer.body, "trimodal_approval_iterations{state=\"pending\"} 1\n"));
}

static void the_approval_rate_takes_its_time_and_says_so(void **state)
{
    (void)state;
    send_failures(5, LIMIT_APPROVAL_FACTS / 2 + 1); /* two are more than what is worked out in any case */
    monotonic_step_ns = 11000000;                   /* a look at the clock every 11 ms: two verdicts in each request */
    int64_t unread = 5, requests = 0;
    while (unread > 0) {
        GET_OK("/api/v1/status");
        assert_true(integer_at("approval.unread") < unread);
        unread = integer_at("approval.unread");
        assert_int_equal(integer_at("approval.decided"), 5 - unread);
        assert_int_equal(bool_at("approval.partial"), unread > 0);
        requests++;
    }
    assert_true(requests > 2);
    monotonic_step_ns = 0;
}

static void lists_come_in_pages(void **state)
{
    (void)state;
    char body[256], url[256];
    for (int i = 0; i < 5; i++) {
        snprintf(body, sizeof body,
                 "{\"event_id\":\"p%d\",\"iteration_id\":\"page-%d\",\"event_type\":\"TASK_STARTED\",\"node_id\":\"T\","
                 "\"timestamp\":1790000000000}",
                 i, i);
        send_ok(body);
    }
    size_t seen = 0;
    snprintf(url, sizeof url, "/api/v1/iterations?limit=2");
    for (int page = 0; page < 3; page++) {
        GET_OK(url);
        seen += count_at("iterations");
        assert_int_equal(integer_at("total"), 5);
        if (page < 2) {
            struct str cursor = json_string(at_path("next_cursor"));
            snprintf(url, sizeof url, "/api/v1/iterations?limit=2&cursor=%.*s", STR_ARGS(cursor));
        }
    }
    assert_null_at("next_cursor");
    assert_int_equal(seen, 5);
    send_iteration();
    seen = 0;
    snprintf(url, sizeof url, "/api/v1/iterations/it/nodes?limit=3");
    for (bool more = true; more;) {
        GET_OK(url);
        seen += count_at("nodes");
        int64_t total = integer_at("total");
        struct json cursor = at_path("next_cursor");
        more = json_type(cursor) == JSON_STRING;
        if (more) {
            snprintf(url, sizeof url, "/api/v1/iterations/it/nodes?limit=3&cursor=%.*s", STR_ARGS(json_string(cursor)));
        } else {
            assert_int_equal(seen, total);
        }
    }
}

static void history_diff_changes_and_trace_tell_what_happened(void **state)
{
    (void)state;
    send_iteration();
    GET_OK("/api/v1/nodes/history?iteration=it&node=T1");
    assert_int_equal(count_at("versions"), 3);
    assert_text_at("versions.2.event_type", "TASK_COMPLETED");
    assert_null_at("versions.2.valid_to");
    GET_OK("/api/v1/nodes/history?node=T1&kind=Task&order=recorded");
    assert_int_equal(get("/api/v1/nodes/history?iteration=it&node=T77"), 404);
    assert_int_equal(get("/api/v1/nodes/history?iteration=it"), 400);
    assert_int_equal(get("/api/v1/nodes/history?node=T1&kind=Thing"), 400);
    GET_OK("/api/v1/iterations/it/diff?from=1790000000003&to=now");
    assert_true(integer_at("counts.CREATED") > 0);
    assert_true(count_at("link_changes") > 0);
    GET_OK("/api/v1/iterations/it/diff?from=0&to=now"); /* nothing was there: all is new */
    assert_int_equal(integer_at("counts.UPDATED"), 0);
    assert_int_equal(get("/api/v1/iterations/it/diff"), 400);
    assert_int_equal(get("/api/v1/iterations/none/diff?from=0"), 404);
    GET_OK("/api/v1/iterations/it/changes?from=1790000000008&to=1790000000009");
    assert_int_equal(integer_at("counts.UPDATED"), 1);
    assert_text_at("changes.0.id", "T1");
    GET_OK("/api/v1/iterations/it/trace?node=T1&kind=Task");
    assert_text_at("levels.0.level", "Requirement");
    assert_text_at("levels.0.nodes.0.id", "R1");
    assert_int_equal(get("/api/v1/iterations/it/trace?node=zz"), 404);
    send_ok("{\"event_id\":\"tagged\",\"iteration_id\":\"it\",\"event_type\":\"SCENARIO_PASSED\",\"scenario_id\":\"tagged\","
            "\"timestamp\":1790000000030,\"scenario_tags\":[\"@contract:Nobody:v9\"]}");
    assert_int_equal(get("/api/v1/iterations/it/trace?node=Nobody:v9"), 404);
    assert_non_null(strstr(answer.body, "only named, by Scenario tagged"));
}

static void a_rebuild_has_the_same_digest(void **state)
{
    (void)state;
    send_iteration();
    GET_OK("/api/v1/digest");
    char facts[65];
    snprintf(facts, sizeof facts, "%.*s", STR_ARGS(json_string(at_path("facts"))));
    assert_int_equal(ask(API_POST, "/api/v1/rebuild/verify", NULL), 200);
    assert_true(bool_at("equal"));
    assert_text_at("rebuilt.facts", facts);
    assert_int_equal(integer_at("events"), 19);
}

static void an_objective_counts_what_is_good_and_how_fast_its_budget_is_spent(void **state)
{
    (void)state;
    struct metrics metrics = {0};
    assert_false(objective_read(&metrics, OBJECTIVE_EVENTS_VISIBLE).burn_rate.known);
    for (int i = 0; i < 98; i++) {
        metrics_observe(&metrics, HISTOGRAM_ICS_PROCESSING, i < 97 ? 0.002 : 0.01); /* the threshold is good still */
    }
    metrics_observe(&metrics, HISTOGRAM_ICS_PROCESSING, 0.011);
    metrics_observe(&metrics, HISTOGRAM_ICS_PROCESSING, 7);
    struct objective_state visible = objective_read(&metrics, OBJECTIVE_EVENTS_VISIBLE);
    assert_int_equal(visible.total, 100);
    assert_int_equal(visible.good, 98);
    assert_true(fabs(visible.attained.value - 0.98) < 1e-9 && fabs(visible.burn_rate.value - 2) < 1e-9);
    assert_true(visible.measured_ms.value > 10 && visible.measured_ms.value <= 25);
    metrics.requests_by_class[2] = 9990;
    metrics.requests_by_class[4] = 9; /* the client's fault */
    metrics.requests_by_class[5] = 1;
    struct objective_state available = objective_read(&metrics, OBJECTIVE_AVAILABILITY);
    assert_int_equal(available.total - available.good, 1);
    assert_true(fabs(available.burn_rate.value - 0.1) < 1e-9);
    assert_false(available.threshold_ms.known || available.measured_ms.known);
}

static void status_metrics_policy_and_overview_answer(void **state)
{
    (void)state;
    send_iteration();
    GET_OK("/api/v1/status");
    assert_int_equal(integer_at("position"), 19);
    assert_int_equal(integer_at("intake.accepted"), 19);
    GET_OK("/api/v1/policy");
    assert_int_equal(count_at("conditions"), METRIC_COUNT);
    GET_OK("/metrics");
    assert_non_null(strstr(answer.body, "trimodal_ics_processing_seconds_count 1\n"));
    assert_non_null(strstr(answer.body, "trimodal_events_total{stream=\"DDE\"} 9\n"));
    assert_non_null(strstr(answer.body, "trimodal_host_metric 1\n"));
    assert_non_null(strstr(answer.body, "trimodal_slo_cases_total{slo=\"AVAILABILITY\",result=\"bad\"} 0\n"));
    send_ok("{\"event_id\":\"x\",\"iteration_id\":\"<script>&\",\"event_type\":\"TASK_STARTED\",\"node_id\":\"T\","
            "\"timestamp\":1790000000000}");
    GET_OK("/?view=of-the-script");
    assert_non_null(strstr(answer.body, "<script type=\"module\""));
    GET_OK("/overview");
    assert_non_null(strstr(answer.body, "&lt;script&gt;&amp;"));
    assert_null(strstr(answer.body, "<script"));
    assert_non_null(strstr(answer.body, "ALL_PASS"));
    GET_OK("/api/v1/iterations");
    assert_text_at("iterations.0.verdict", "ALL_PASS");
    assert_text_at("iterations.1.verdict", "PENDING");
}

static void a_tenant_sees_its_own_only(void **state)
{
    (void)state;
    send_iteration();
    struct api_request other = {.principal = principal_of(ROLE_VIEWER, STR("acme"), STR("token:other"))};
    assert_int_equal(ask_with(API_GET, "/api/v1/dde/graph/it", NULL, 0, other), 404);
    assert_int_equal(ask_with(API_GET, "/api/v1/iterations", NULL, 0, other), 200);
    assert_int_equal(count_at("iterations"), 0);
}

static void the_view_of_now_follows_time_and_facts(void **state)
{
    (void)state;
    char body[300];
    send_iteration();
    GET_OK("/api/v1/convergence/it/verdict");
    snprintf(body, sizeof body,
             "{\"event_id\":\"soon\",\"iteration_id\":\"it\",\"event_type\":\"TASK_FAILED\",\"node_id\":\"T1\","
             "\"timestamp\":%lld}",
             (long long)now_ms + 60000);
    send_ok(body); /* becomes true in a minute */
    GET_OK("/api/v1/convergence/it/verdict");
    assert_text_at("verdict.verdict", "ALL_PASS");
    GET_OK("/api/v1/iterations");
    assert_text_at("iterations.0.verdict", "ALL_PASS");
    now_ms += 120000;
    GET_OK("/api/v1/convergence/it/verdict");
    assert_text_at("verdict.verdict", "PROCESS_ISSUE");
    GET_OK("/api/v1/iterations");
    assert_text_at("iterations.0.verdict", "PROCESS_ISSUE");
}

/* Every allocation fails once in turn: each request is answered once, and the next one as if nothing had happened. */
static void short_memory_is_answered_and_forgotten(void **state)
{
    (void)state;
    static const char *const urls[] = {
        "/api/v1/dde/graph/it",
        "/api/v1/bdv/graph/it?asOf=now",
        "/api/v1/acc/graph/it?manifest=shop",
        "/api/v1/convergence/graph/it",
        "/api/v1/convergence/it/verdict",
        "/api/v1/convergence/it/blame",
        "/api/v1/iterations",
        "/api/v1/iterations/it/diff?from=0",
        "/api/v1/nodes/history?node=T1&kind=Task",
        "/api/v1/digest",
        "/api/v1/dlq",
        "/metrics",
        "/",
        "/overview",
        "/api/v1/nothing",
        "/api/v1/status?x=1",
    };
    send_iteration();
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        unsigned whole = get(urls[i]);
        bool struck = true;
        for (int64_t countdown = 0; struck; countdown++) {
            api_free(api); /* what is kept must not hide allocations */
            struct api_options options = {.graph = graph,
                                          .ingest = ingest,
                                          .reader = reader,
                                          .clock = &test_clock,
                                          .correlate = correlate_config_default(),
                                          .policy = &policy};
            must(api_new(&api, &options, &error));
            memory_fail_after(countdown);
            (void)get(urls[i]);
            struck = memory_injected();
            memory_fail_after(-1);
            assert_true(answer.status == whole || answer.status == 503 || answer.status == 500);
            assert_int_equal(get(urls[i]), whole);
        }
    }
}

static void short_memory_loses_no_event(void **state)
{
    (void)state;
    char body[300];
    bool struck = true;
    uint32_t accepted = 0;
    for (int64_t countdown = 0; struck; countdown++) {
        snprintf(body, sizeof body,
                 "{\"event_id\":\"m%d\",\"iteration_id\":\"it\",\"event_type\":\"TASK_STARTED\",\"node_id\":\"T%d\","
                 "\"timestamp\":1790000000000}",
                 (int)countdown, (int)countdown);
        memory_fail_after(countdown);
        unsigned status = ask(API_POST, "/api/v1/events", body);
        struck = memory_injected();
        memory_fail_after(-1);
        if (status == 500) {
            return; /* the graph says that it can't go on; only a restart helps */
        }
        assert_true(status == 200 || status == 503);
        accepted += status == 200;
        assert_true(graph_fact_count(graph) >= accepted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(search_finds_nodes_by_id_name_and_kind_on_both_clocks),
        TEST(health_is_always_ok),
        TEST(ready_says_no_while_draining),
        TEST(ready_says_no_while_the_store_refuses),
        TEST(unknown_paths_and_methods_are_refused),
        TEST(unknown_parameters_are_refused_by_name),
        TEST(every_route_of_the_table_is_in_the_description),
        TEST(dde_shows_tasks_places_and_numbers),
        TEST(bdv_shows_features_scenarios_and_steps),
        TEST(acc_shows_modules_groups_and_matrices),
        TEST(convergence_answers_verdict_gate_and_stars),
        TEST(a_verdict_can_be_asked_under_another_policy),
        TEST(a_verdict_for_fixed_clocks_never_changes),
        TEST(both_clocks_are_heard),
        TEST(places_stay_while_time_is_scrubbed),
        TEST(lists_come_in_pages),
        TEST(modules_that_a_later_analysis_swept_away_keep_their_place),
        TEST(history_diff_changes_and_trace_tell_what_happened),
        TEST(a_rebuild_has_the_same_digest),
        TEST(an_objective_counts_what_is_good_and_how_fast_its_budget_is_spent),
        TEST(status_metrics_policy_and_overview_answer),
        TEST(the_approval_rate_is_of_decided_iterations_and_follows_overrides),
        TEST(the_approval_rate_takes_its_time_and_says_so),
        TEST(a_tenant_sees_its_own_only),
        TEST(the_view_of_now_follows_time_and_facts),
        TEST(short_memory_is_answered_and_forgotten),
        TEST(short_memory_loses_no_event),
    };
    return cmocka_run_group_tests_name("api", tests, NULL, NULL);
}
