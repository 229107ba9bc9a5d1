/* GraphQL over a real data directory: the schema binds, every question is answered, and nothing that can be reached fails. */
#include "test_api_support.h"

#include "api/graphql.h"
#include "cli/golden.h"

static struct query_schema *schema;
static struct query_cache *cache;

static int setup_schema(void **state)
{
    struct error problem = {0};
    int failed = setup(state);
    if (failed == 0 && graphql_schema_new(&schema, &problem) != STATUS_OK) {
        print_message("schema: %s: %s\n", problem.place, problem.text);
        return -1;
    }
    struct query_cache_options options = {
        .schema = schema, .limits = query_limits_default(), .plans_max = 8, .bytes_max = 64 << 20};
    return failed != 0 ? failed : query_cache_new(&cache, &options, &problem) == STATUS_OK ? 0 : -1;
}

static int teardown_schema(void **state)
{
    query_cache_free(cache);
    query_schema_free(schema);
    return teardown(state);
}

/* ---- asking ---- */

static struct graphql_asker asker;

static bool may(void *context, uint32_t permission)
{
    return graphql_may(context, permission);
}

static void ready(void *context, struct query_run *run)
{
    (void)context;
    (void)run;
}

/* The answer is where REST's is: in `answer`. Returns whether it has data. */
static bool ask_graphql_as(const struct graphql_asker *as, const char *text, const char *variables)
{
    struct graphql_request *request;
    struct query_plan *plan;
    struct query_run *run;
    struct buffer refused;
    struct str body;
    bool has_data = false;
    char padded[4096] = {0};
    buffer_init(&refused, 1 << 20);
    must(graphql_request_new(&request, api, as, &error));
    struct query_request asked = {.text = str_from(text), .introspection = true, .hints = true};
    enum status status = query_prepare(cache, &asked, &plan, &refused, &error);
    if (status == STATUS_OK) {
        snprintf(padded, sizeof padded - JSON_READ_PADDING, "%s", variables == NULL ? "{}" : variables);
        struct query_run_options options = {.plan = plan, .variables_json = str_from(padded), .context = request,
                                            .clock = &clock_system, .may = may, .on_ready = ready};
        must(query_run_new(&run, &options, &error));
        enum query_progress progress;
        do {
            progress = query_run_step(run);
        } while (progress == QUERY_AGAIN || progress == QUERY_WAITING);
        body = query_run_answer(run, &has_data);
    } else {
        body = buffer_str(&refused);
    }
    struct api_response response = {.status = 200, .content_type = "application/json", .body = body};
    on_answer(NULL, &response);
    if (status == STATUS_OK) {
        query_run_free(run);
        query_plan_release(plan);
    }
    graphql_request_free(request);
    buffer_release(&refused);
    return has_data;
}

static void as_role(enum role role, const char *tenant)
{
    asker = (struct graphql_asker){.principal = principal_of(role, str_from(tenant), STR("test")), .origin = STR("HTTP")};
    asker.tenant_id = asker.principal.tenant_id;
    asker.all_tenants = asker.principal.all_tenants;
}

static bool ask_graphql(const char *text)
{
    return ask_graphql_as(&asker, text, NULL);
}

static void assert_no_errors(void)
{
    struct json errors;
    if (json_member(root(), "errors", &errors)) {
        fail_msg("errors: %.3000s", answer.body);
    }
}

#define ASK_OK(text)                                                                                                        \
    do {                                                                                                                    \
        assert_true(ask_graphql(text));                                                                                     \
        assert_no_errors();                                                                                                 \
    } while (0)

/* Fails with this code and says nothing else. */
static void assert_code(const char *code)
{
    assert_text_at("errors.0.extensions.code", code);
}

static void as_admin(void)
{
    as_role(ROLE_ADMIN, NULL);
}

/* ---- tests ---- */

static void the_schema_binds_and_is_described(void **state)
{
    (void)state;
    as_admin();
    ASK_OK("{ __schema { queryType { name } types { name description } } }");
    assert_text_at("data.__schema.queryType.name", "Query");
}

/* The values of an enum in order, against the names that the C enum gives. */
static void assert_enum(const char *name, const char *(*word)(int number))
{
    char query[256], path[64];
    snprintf(query, sizeof query, "{ __type(name: \"%s\") { enumValues { name } } }", name);
    ASK_OK(query);
    int count = 0;
    for (; word(count) != NULL; count++) {
        snprintf(path, sizeof path, "data.__type.enumValues.%d.name", count);
        assert_text_at(path, word(count));
    }
    assert_int_equal(count_at("data.__type.enumValues"), count);
}

#define NAMES(FUNCTION, TYPE, COUNT, NAME_OF)                                                                               \
    static const char *FUNCTION(int number)                                                                                 \
    {                                                                                                                       \
        return number < (int)(COUNT) ? NAME_OF((TYPE)number) : NULL;                                                        \
    }
NAMES(status_at, enum node_status, STATE_COUNT, node_status_name)
NAMES(event_type_at, enum event_type, EVENT_TYPE_COUNT, event_type_symbol)
NAMES(link_kind_at, enum link_kind, LINK_KIND_COUNT, link_kind_name)
NAMES(verdict_at, enum verdict_kind, VERDICT_KIND_COUNT, verdict_name)
NAMES(category_at, enum event_fault_category, EVENT_FAULT_COUNT, event_fault_name)
NAMES(severity_at, enum acc_severity, ACC_SEVERITY_COUNT, acc_severity_name)
NAMES(stream_at, enum event_stream, EVENT_STREAM_COUNT, event_stream_name)
NAMES(star_state_at, enum star_state, STAR_STATE_COUNT, star_state_name)
#define SYMBOLS(FUNCTION, FIELD, COUNT)                                                                                     \
    static const char *FUNCTION(int number)                                                                                 \
    {                                                                                                                       \
        return number < (int)(COUNT) ? event_symbol(FIELD, (uint32_t)number) : NULL;                                        \
    }
SYMBOLS(task_type_at, EVENT_FIELD_NODE_TYPE, EVENT_NODE_TYPE_COUNT)
SYMBOLS(step_result_at, EVENT_FIELD_STEP_RESULT, EVENT_STEP_RESULT_COUNT)
SYMBOLS(violation_type_at, EVENT_FIELD_VIOLATION_TYPE, EVENT_VIOLATION_TYPE_COUNT)

static void enums_have_the_names_that_the_data_has(void **state)
{
    (void)state;
    as_admin();
    assert_enum("NodeStatus", status_at);
    assert_enum("EventType", event_type_at);
    assert_enum("LinkKind", link_kind_at);
    assert_enum("VerdictKind", verdict_at);
    assert_enum("DeadLetterCategory", category_at);
    assert_enum("Severity", severity_at);
    assert_enum("Stream", stream_at);
    assert_enum("StarState", star_state_at);
    assert_enum("TaskType", task_type_at);
    assert_enum("StepResult", step_result_at);
    assert_enum("ViolationType", violation_type_at);
}

static void a_graph_has_nodes_and_links_that_join(void **state)
{
    (void)state;
    as_admin();
    send_iteration();
    ASK_OK("{ getDDEGraph(iterationId: \"it\") { iterationId nodes { id nodeId kind name status x y validFrom } "
           "edges { source target sourceNode { id } targetNode { id } kind confidence method explanation } "
           "kpis { tasks completed taskSuccessRate } tasks { nodeId startedAt dependsOn { nodeId } } "
           "meta { position partial watermarks { dde acc } } } }");
    assert_text_at("data.getDDEGraph.tasks.1.dependsOn.0.nodeId", "T0");
    assert_int_equal(integer_at("data.getDDEGraph.kpis.tasks"), 2);
    assert_int_equal(integer_at("data.getDDEGraph.meta.position"), 19);
    assert_false(bool_at("data.getDDEGraph.meta.partial"));
    char source[512];
    snprintf(source, sizeof source, "%.*s", STR_ARGS(json_string(at_path("data.getDDEGraph.edges.0.source"))));
    assert_text_at("data.getDDEGraph.edges.0.sourceNode.id", source);
}

static void both_clocks_move_what_is_seen(void **state)
{
    (void)state;
    as_admin();
    send_iteration();
    ASK_OK("{ then: getDDEGraph(iterationId: \"it\", asOf: \"2026-09-21T14:13:20.006Z\") { tasks { nodeId status } } "
           "now: getDDEGraph(iterationId: \"it\") { tasks { nodeId status } } }");
    assert_text_at("data.now.tasks.1.status", "COMPLETED");
    assert_text_at("data.then.tasks.0.status", "COMPLETED");
    assert_int_equal(count_at("data.then.tasks"), 2);
    assert_text_at("data.then.tasks.1.status", "PENDING");
    assert_true(ask_graphql("{ getDDEGraphAsObserved(iterationId: \"it\", observedAt: \"2020-01-01T00:00:00Z\") { lens } }"));
    assert_code("NOT_FOUND");
}

static void an_id_finds_its_node_again(void **state)
{
    (void)state;
    as_admin();
    send_iteration();
    char id[512], query[1024];
    ASK_OK("{ iteration(iterationId: \"it\") { id nodeId status verdict } getDDEGraph(iterationId: \"it\") { tasks { id } } }");
    snprintf(id, sizeof id, "%.*s", STR_ARGS(json_string(at_path("data.getDDEGraph.tasks.1.id"))));
    snprintf(query, sizeof query, "{ node(id: \"%s\") { id __typename ... on Task { nodeId status } } }", id);
    ASK_OK(query);
    assert_text_at("data.node.id", id);
    assert_text_at("data.node.__typename", "Task");
    assert_text_at("data.node.nodeId", "T1");
    as_role(ROLE_VIEWER, "acme");
    ASK_OK(query);
    assert_null_at("data.node");
    assert_true(ask_graphql("{ node(id: \"nonsense\") { id } }"));
    assert_code("BAD_USER_INPUT");
}

static void an_absent_iteration_and_a_strange_one_are_refused_alike(void **state)
{
    (void)state;
    as_admin();
    send_iteration();
    char strange[2048];
    as_role(ROLE_VIEWER, "acme");
    assert_true(ask_graphql("{ getBDVGraph(iterationId: \"it\") { lens } }"));
    assert_code("NOT_FOUND");
    snprintf(strange, sizeof strange, "%s", answer.body);
    as_role(ROLE_VIEWER, NULL);
    ASK_OK("{ getBDVGraph(iterationId: \"it\") { lens } }");
    assert_true(ask_graphql("{ getBDVGraph(iterationId: \"no\") { lens } }"));
    char *at = strstr(strange, "\\\"it\\\"");
    if (at != NULL) {
        memcpy(at, "\\\"no\\\"", 6);
    }
    assert_string_equal(answer.body, strange);
}

static void pages_go_forth_and_back_with_cursors_that_stay_good(void **state)
{
    (void)state;
    as_admin();
    send_iteration();
    char cursor[512], query[2048];
    ASK_OK("{ nodes(iterationId: \"it\", first: 3) { totalCount nodes { nodeId } pageInfo { hasNextPage hasPreviousPage endCursor } } }");
    assert_int_equal(count_at("data.nodes.nodes"), 3);
    assert_true(bool_at("data.nodes.pageInfo.hasNextPage"));
    assert_false(bool_at("data.nodes.pageInfo.hasPreviousPage"));
    int64_t total = integer_at("data.nodes.totalCount");
    snprintf(cursor, sizeof cursor, "%.*s", STR_ARGS(json_string(at_path("data.nodes.pageInfo.endCursor"))));
    send_ok(EVENT(1790000000020, "REQUIREMENT_DECLARED", ",\"requirement_id\":\"R0\"")); /* stands before the cursor */
    snprintf(query, sizeof query,
             "{ a: nodes(iterationId: \"it\", first: 1000, after: \"%s\") { nodes { nodeId } pageInfo { hasPreviousPage } } "
             "b: nodes(iterationId: \"it\", last: 1, before: \"%s\") { nodes { nodeId } } "
             "c: nodes(iterationId: \"it\", last: 2) { nodes { nodeId } pageInfo { hasNextPage hasPreviousPage } } }",
             cursor, cursor);
    ASK_OK(query);
    assert_int_equal(count_at("data.a.nodes"), total - 3);
    assert_true(bool_at("data.a.pageInfo.hasPreviousPage"));
    assert_int_equal(count_at("data.b.nodes"), 1);
    assert_int_equal(count_at("data.c.nodes"), 2);
    assert_false(bool_at("data.c.pageInfo.hasNextPage"));
    assert_true(ask_graphql("{ nodes(iterationId: \"it\", first: 1001) { totalCount } }"));
    assert_code("BAD_USER_INPUT");
    assert_true(ask_graphql("{ nodes(iterationId: \"it\", first: 1, last: 1) { totalCount } }"));
    assert_code("BAD_USER_INPUT");
    assert_true(ask_graphql("{ nodes(iterationId: \"it\", after: \"!\") { totalCount } }"));
    assert_code("BAD_USER_INPUT");
}

static void roles_see_what_they_may(void **state)
{
    (void)state;
    as_role(ROLE_ENGINEER, NULL);
    (void)ask_graphql("{ auditLog { nodes { action } } }");
    assert_code("FORBIDDEN");
    as_role(ROLE_AUDITOR, NULL);
    ASK_OK("{ auditLog { nodes { action } } me { role permissions tenantId allTenants } }");
    assert_text_at("data.me.role", "AUDITOR");
    (void)ask_graphql("mutation { overrideGate(input: {iterationId: \"it\", reason: \"x\"}) { decision { seq } } }");
    assert_code("FORBIDDEN");
}

static void decisions_are_done_once_their_answer_comes(void **state)
{
    (void)state;
    as_admin();
    send_iteration();
    ASK_OK("mutation { suppressViolation(input: {clientMutationId: \"m1\", iterationId: \"it\", violationId: \"v1\", "
           "adrReference: \"ADR-7\", reason: \"known\"}) { clientMutationId decision { outcome seq } "
           "violation { status adrReference active } } "
           "again: liftSuppression(input: {iterationId: \"it\", violationId: \"v1\", reason: \"no more\"}) { violation { status active } } "
           "overrideGate(input: {iterationId: \"it\", reason: \"ship\"}) { gate { deployable override { reason inForce } } } "
           "withdrawGateOverride(input: {iterationId: \"it\", reason: \"no\"}) { gate { override { inForce } } } "
           "quarantineScenario(input: {iterationId: \"it\", scenarioId: \"s1\", reason: \"flaky\"}) { scenario { quarantined } } "
           "lifted: liftQuarantine(input: {iterationId: \"it\", scenarioId: \"s1\", reason: \"mended\"}) { scenario { quarantined } } "
           "denyLink(input: {iterationId: \"it\", source: {kind: REQUIREMENT, nodeId: \"R1\"}, kind: FULFILLED_BY, "
           "target: {kind: TASK, nodeId: \"T1\"}, reason: \"not so\"}) { link { denied method confidence } } "
           "assertLink(input: {iterationId: \"it\", source: {kind: REQUIREMENT, nodeId: \"R1\"}, kind: FULFILLED_BY, "
           "target: {kind: TASK, nodeId: \"T0\"}, reason: \"so\"}) { link { method createdBy } } }");
    assert_text_at("data.suppressViolation.clientMutationId", "m1");
    assert_text_at("data.suppressViolation.decision.outcome", "ACCEPTED");
    assert_text_at("data.suppressViolation.violation.status", "SUPPRESSED");
    assert_text_at("data.suppressViolation.violation.adrReference", "ADR-7");
    assert_text_at("data.again.violation.status", "ACTIVE");
    assert_true(bool_at("data.again.violation.active"));
    assert_true(bool_at("data.overrideGate.gate.override.inForce"));
    assert_true(bool_at("data.quarantineScenario.scenario.quarantined"));
    assert_false(bool_at("data.lifted.scenario.quarantined"));
    assert_true(bool_at("data.denyLink.link.denied"));
    assert_text_at("data.assertLink.link.method", "MANUAL");
    (void)ask_graphql("mutation { suppressViolation(input: {iterationId: \"it\", violationId: \"none\", adrReference: \"A\", "
                      "reason: \"r\"}) { decision { seq } } }");
    assert_code("NOT_FOUND");
    ASK_OK("{ auditLog(order: OLDEST) { nodes { action actor } } }");
    assert_text_at("data.auditLog.nodes.0.action", "violation.suppress");
}

static void dead_letters_are_shown_edited_replayed_and_discarded(void **state)
{
    (void)state;
    as_admin();
    send_iteration();
    (void)ask(API_POST, "/api/v1/events", "{\"event_id\":\"b1\",\"iteration_id\":\"it\",\"event_type\":\"TASK_STARTED\",\"node_id\":\"T9\"}\n"
                                          "{\"nonsense\":1}\n");
    ASK_OK("{ deadLetters { nodes { id category reason schemaDifferences { field state } raw rawEncoding } counts { waiting } "
           "edges { cursor } pageInfo { hasNextPage } } }");
    assert_int_equal(integer_at("data.deadLetters.counts.waiting"), 2);
    assert_text_at("data.deadLetters.nodes.0.category", "SCHEMA_VALIDATION");
    assert_text_at("data.deadLetters.nodes.0.rawEncoding", "TEXT");
    ASK_OK("{ deadLetters(order: OLDEST, last: 1) { nodes { id } pageInfo { hasPreviousPage } } }");
    assert_text_at("data.deadLetters.nodes.0.id", "2");
    assert_true(bool_at("data.deadLetters.pageInfo.hasPreviousPage"));
    ASK_OK("mutation { editDeadLetter(input: {id: \"1\", text: \"{\\\"event_id\\\":\\\"b1\\\",\\\"iteration_id\\\":\\\"it\\\","
           "\\\"event_type\\\":\\\"TASK_STARTED\\\",\\\"node_id\\\":\\\"T9\\\",\\\"timestamp\\\":1790000000030}\"}) "
           "{ deadLetter { id replaces } would { outcome } } }");
    assert_text_at("data.editDeadLetter.would.outcome", "ACCEPTED");
    char query[512];
    snprintf(query, sizeof query,
             "mutation { dry: replayDeadLetters(input: {ids: [\"%.*s\"]}) { dryRun accepted } "
             "wet: replayDeadLetters(input: {ids: [\"%.*s\"], dryRun: false}) { dryRun accepted results { outcome eventId } } "
             "discardDeadLetters(input: {filter: {}, reason: \"junk\"}) { discarded more } }",
             STR_ARGS(json_string(at_path("data.editDeadLetter.deadLetter.id"))),
             STR_ARGS(json_string(at_path("data.editDeadLetter.deadLetter.id"))));
    ASK_OK(query);
    assert_true(bool_at("data.dry.dryRun"));
    assert_int_equal(integer_at("data.dry.accepted"), 1);
    assert_int_equal(integer_at("data.wet.accepted"), 1);
    assert_int_equal(integer_at("data.discardDeadLetters.discarded"), 1);
    ASK_OK("{ getDDEGraph(iterationId: \"it\") { kpis { tasks } } }");
    assert_int_equal(integer_at("data.getDDEGraph.kpis.tasks"), 3);
}

static void layouts_are_kept_for_whoever_saved_them(void **state)
{
    (void)state;
    as_role(ROLE_VIEWER, NULL);
    ASK_OK("mutation { saveLayout(input: {name: \"mine\", layout: {zoom: 2}}) { layout { name layout } } }");
    assert_int_equal(integer_at("data.saveLayout.layout.layout.zoom"), 2);
    ASK_OK("{ savedLayouts { totalCount nodes { name } } }");
    assert_int_equal(integer_at("data.savedLayouts.totalCount"), 1);
    ASK_OK("mutation { deleteLayout(input: {name: \"mine\"}) { name } }");
    ASK_OK("{ savedLayouts { totalCount } }");
    assert_int_equal(integer_at("data.savedLayouts.totalCount"), 0);
}

static void a_change_that_comes_back_late_finds_nobody_and_does_no_harm(void **state)
{
    (void)state;
    struct graphql_request *request;
    struct query_plan *plan;
    struct query_run *run;
    struct buffer refused;
    char variables[JSON_READ_PADDING + 3] = "{}";
    as_admin();
    send_iteration();
    buffer_init(&refused, 4096);
    must(graphql_request_new(&request, api, &asker, &error));
    struct query_request asked = {
        .text = STR("mutation { overrideGate(input: {iterationId: \"it\", reason: \"r\"}) { decision { seq } } }")};
    must(query_prepare(cache, &asked, &plan, &refused, &error));
    struct query_run_options options = {.plan = plan, .variables_json = {variables, 2}, .context = request,
                                        .clock = &clock_system, .may = may, .on_ready = ready};
    must(query_run_new(&run, &options, &error));
    commits_wait = true;
    assert_int_equal(query_run_step(run), QUERY_WAITING);
    query_run_free(run);
    graphql_request_free(request);
    commits_wait = false;
    commit(waiting_batch);
    query_plan_release(plan);
    buffer_release(&refused);
    ASK_OK("{ getDeploymentGate(iterationId: \"it\") { override { reason } } }");
    assert_text_at("data.getDeploymentGate.override.reason", "r");
}

/* Each look at it takes longer than a run goes on at once. */
static uint64_t slow_monotonic(void *context)
{
    static uint64_t now_ns;
    (void)context;
    return now_ns += (LIMIT_QUERY_SLICE_MS + 1) * UINT64_C(1000000);
}

static const struct clock slow_clock = {NULL, test_now, slow_monotonic, test_random};

static void a_request_has_one_now_whatever_comes_meanwhile(void **state)
{
    (void)state;
    struct graphql_request *request;
    struct query_plan *plan;
    struct query_run *run;
    struct buffer refused;
    char variables[JSON_READ_PADDING + 3] = "{}", others[64];
    as_admin();
    send_iteration();
    buffer_init(&refused, 4096);
    must(graphql_request_new(&request, api, &asker, &error));
    struct query_request asked = {.text = STR("{ a: getDDEGraph(iterationId: \"it\") { nodes { nodeId } meta { position } } "
                                              "b: getDDEGraph(iterationId: \"it\") { nodes { nodeId status x } meta { position } } }")};
    must(query_prepare(cache, &asked, &plan, &refused, &error));
    struct query_run_options options = {.plan = plan, .variables_json = {variables, 2}, .context = request,
                                        .clock = &slow_clock, .may = may, .on_ready = ready};
    must(query_run_new(&run, &options, &error));
    assert_int_equal(query_run_step(run), QUERY_AGAIN);
    send_ok(EVENT(1790000000030, "TASK_CREATED", ",\"node_id\":\"T9\""));
    GET_OK("/api/v1/dde/graph/it");
    assert_int_equal(integer_at("kpis.tasks"), 3);
    for (int i = 0; i < 12; i++) { /* more than are kept */
        char event[256];
        snprintf(event, sizeof event,
                 "{\"event_id\":\"o%d\",\"iteration_id\":\"other%d\",\"event_type\":\"TASK_CREATED\",\"node_id\":\"T\","
                 "\"timestamp\":1790000000001}", i, i);
        send_ok(event);
        snprintf(others, sizeof others, "/api/v1/dde/graph/other%d", i);
        GET_OK(others);
    }
    while (query_run_step(run) != QUERY_DONE) {
    }
    struct api_response response = {.status = 200, .content_type = "application/json", .body = query_run_answer(run, NULL)};
    on_answer(NULL, &response);
    assert_no_errors();
    query_run_free(run);
    query_plan_release(plan);
    graphql_request_free(request);
    buffer_release(&refused);
    assert_int_equal(count_at("data.b.nodes"), count_at("data.a.nodes"));
    assert_int_equal(integer_at("data.b.meta.position"), integer_at("data.a.meta.position"));
    ASK_OK("{ getDDEGraph(iterationId: \"it\") { kpis { tasks } } }");
    assert_int_equal(integer_at("data.getDDEGraph.kpis.tasks"), 3);
}

static void rest_says_the_same(void **state)
{
    (void)state;
    as_admin();
    send_iteration();
    GET_OK("/api/v1/convergence/it/verdict");
    char kind[64];
    snprintf(kind, sizeof kind, "%.*s", STR_ARGS(json_string(at_path("verdict.verdict"))));
    size_t issues = count_at("verdict.blocking_issues");
    GET_OK("/api/v1/dde/graph/it");
    size_t nodes = count_at("nodes"), edges = count_at("edges");
    GET_OK("/api/v1/acc/graph/it/coupling");
    double instability = json_double(at_path("mean_instability"));
    ASK_OK("{ getTriModalVerdict(iterationId: \"it\") { verdict issues { sentence } } "
           "getDDEGraph(iterationId: \"it\") { nodes { id } edges { source } } "
           "getACCGraph(iterationId: \"it\") { kpis { meanInstability } } }");
    assert_text_at("data.getTriModalVerdict.verdict", kind);
    assert_int_equal(count_at("data.getTriModalVerdict.issues"), issues);
    assert_int_equal(count_at("data.getDDEGraph.nodes"), nodes);
    assert_int_equal(count_at("data.getDDEGraph.edges"), edges);
    assert_true(json_double(at_path("data.getACCGraph.kpis.meanInstability")) == instability);
}

static void every_example_of_the_document_holds(void **state)
{
    (void)state;
    char path[512];
    static char text[1 << 16];
    const char *source = getenv("TRIMODAL_SOURCE");
    snprintf(path, sizeof path, "%s/docs/graphql.md", source == NULL ? "." : source);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        fail_msg("%s can't be read; set TRIMODAL_SOURCE", path);
        return;
    }
    size_t length = fread(text, 1, sizeof text - 1, file), examples = 0;
    fclose(file);
    text[length] = '\0';
    for (char *at = text; (at = strstr(at, "```graphql\n")) != NULL; examples++) {
        at += strlen("```graphql\n");
        char *end = strstr(at, "```");
        struct query_request asked = {.text = {at, (size_t)(end - at)}};
        struct query_plan *plan;
        struct buffer refused;
        buffer_init(&refused, 1 << 16);
        if (query_prepare(cache, &asked, &plan, &refused, &error) != STATUS_OK) {
            fail_msg("%.*s\n%s", (int)(end - at), at, refused.bytes);
        }
        query_plan_release(plan);
        buffer_release(&refused);
        at = end + 3;
    }
    assert_true(examples >= 6);
}

/* ---- subscriptions ---- */

static struct graph_view *view_known(uint32_t facts, struct arena *arena)
{
    struct graph_view *view;
    struct correlate_config config = correlate_config_default();
    must(graph_view_open_known(graph, STR("default"), STR("it"), now_ms, facts, arena, &view, &error));
    must(correlate_view(view, &config, &error));
    return view;
}

/* What the subscription tells between two points of the log; false: nothing. */
static bool tell(const char *text, uint32_t from, uint32_t to, struct live_update update)
{
    struct arena arena;
    struct changes *changes;
    struct verdict before, after;
    struct graphql_request *request;
    struct graphql_subscription subscription;
    struct query_plan *plan;
    struct query_run *run;
    struct query_call *call;
    struct str field;
    struct buffer refused;
    struct query_value value = {.kind = QUERY_NULL};
    char variables[JSON_READ_PADDING + 3] = "{}";
    arena_init(&arena, 1 << 28);
    buffer_init(&refused, 1 << 16);
    update.tenant_id = STR("default");
    update.iteration_id = STR("it");
    update.position = to;
    update.valid_at = now_ms;
    if (!update.is_reset && !update.is_position) {
        update.before = view_known(from, &arena);
        update.after = view_known(to, &arena);
        must(changes_compare(update.before, update.after, &arena, &changes, &error));
        must(verdict_read_summary(update.before, &policy, &arena, &before, &error));
        must(verdict_read_summary(update.after, &policy, &arena, &after, &error));
        update.changes = changes;
        update.verdict_before = &before;
        update.verdict_after = &after;
    }
    must(graphql_request_new(&request, api, &asker, &error));
    struct query_request asked = {.text = str_from(text)};
    if (query_prepare(cache, &asked, &plan, &refused, &error) != STATUS_OK) {
        fail_msg("%s", refused.bytes);
    }
    struct query_run_options options = {.plan = plan, .variables_json = {variables, 2}, .context = request,
                                        .clock = &clock_system, .may = may, .on_ready = ready, .root = &value};
    must(query_run_new(&run, &options, &error));
    must(query_run_root(run, &field, &call, &error));
    must(graphql_subscribe(request, call, field, &subscription, &error));
    bool told = graphql_update_value(request, &subscription, &update, &value);
    if (told) {
        while (query_run_step(run) != QUERY_DONE) {
        }
        struct api_response response = {.status = 200, .content_type = "application/json", .body = query_run_answer(run, NULL)};
        on_answer(NULL, &response);
        assert_no_errors();
    }
    query_run_free(run);
    query_plan_release(plan);
    graphql_request_free(request);
    buffer_release(&refused);
    arena_release(&arena);
    return told;
}

#define CHANGE ((struct live_update){0})
#define ALL_OF_UPDATE "iterationId position point coalesced late reset "

static void subscriptions_tell_what_they_are_about(void **state)
{
    (void)state;
    as_admin();
    send_iteration();
    static const char nodes[] = "subscription { nodeStatusUpdated(iterationId: \"it\", lenses: [DDE]) { " ALL_OF_UPDATE
                                "nodeId status changes { changeType nodeId kind name status previousStatus eventId eventType "
                                "timestamp observedAt node { id x } } linkChanges { kind sourceNodeId } } }";
    assert_true(tell(nodes, 8, 9, CHANGE)); /* T1 completed */
    assert_text_at("data.nodeStatusUpdated.nodeId", "T1");
    assert_text_at("data.nodeStatusUpdated.status", "COMPLETED");
    assert_text_at("data.nodeStatusUpdated.changes.0.previousStatus", "RUNNING");
    assert_int_equal(integer_at("data.nodeStatusUpdated.position"), 9);
    assert_false(tell(nodes, 12, 13, CHANGE)); /* a scenario passed */
    assert_false(tell("subscription { nodeStatusUpdated(iterationId: \"it\") { changes { nodeId } } }", 11, 12, CHANGE)); /* a step */
    assert_true(tell("subscription { nodeStatusUpdated(iterationId: \"it\", lenses: [BDV], properties: true) { changes { nodeId } } }",
                     11, 12, CHANGE));
    assert_text_at("data.nodeStatusUpdated.changes.0.nodeId", "s1");
    static const char tasks[] = "subscription { taskUpdates(iterationId: \"it\", requirementIds: [\"R1\"]) { " ALL_OF_UPDATE
                                "tasks { nodeId status requirements { nodeId } } changes { nodeId } } }";
    assert_true(tell(tasks, 2, 9, CHANGE)); /* T0 has no requirement */
    assert_int_equal(count_at("data.taskUpdates.tasks"), 1);
    assert_text_at("data.taskUpdates.tasks.0.nodeId", "T1");
    static const char violations[] =
        "subscription { violationDetected(iterationId: \"it\") { " ALL_OF_UPDATE "violations { nodeId severity type } } }";
    assert_true(tell(violations, 17, 18, CHANGE));
    assert_text_at("data.violationDetected.violations.0.severity", "WARNING");
    assert_false(tell(violations, 2, 9, CHANGE));
    static const char verdicts[] = "subscription { verdictChanged(iterationId: \"it\") { " ALL_OF_UPDATE
                                   "from to deployable deployableBefore streams { dde bdv acc } verdict { verdict diagnosis } } }";
    assert_true(tell(verdicts, 2, 19, CHANGE));
    assert_text_at("data.verdictChanged.from", "PENDING");
    assert_text_at("data.verdictChanged.to", "ALL_PASS");
    assert_text_at("data.verdictChanged.verdict.verdict", "ALL_PASS");
    assert_false(tell(verdicts, 3, 4, CHANGE));
}

static void resets_and_positions_are_told_without_changes(void **state)
{
    (void)state;
    as_admin();
    send_iteration();
    static const char nodes[] = "subscription { nodeStatusUpdated(iterationId: \"it\", since: \"3\", positions: true) { " ALL_OF_UPDATE
                                "nodeId status changes { nodeId } linkChanges { kind } } }";
    assert_true(tell(nodes, 0, 9, (struct live_update){.is_reset = true}));
    assert_true(bool_at("data.nodeStatusUpdated.reset"));
    assert_int_equal(count_at("data.nodeStatusUpdated.changes"), 0);
    assert_true(tell(nodes, 0, 9, (struct live_update){.is_position = true}));
    assert_false(bool_at("data.nodeStatusUpdated.reset"));
    static const char verdicts[] =
        "subscription { verdictChanged(iterationId: \"it\") { " ALL_OF_UPDATE "from to streams { dde } verdict { verdict } } }";
    assert_true(tell(verdicts, 0, 9, (struct live_update){.is_reset = true}));
    assert_null_at("data.verdictChanged.verdict");
    assert_false(tell(verdicts, 0, 9, (struct live_update){.is_position = true}));
}

/* ---- the walk: every field of every type that can be reached ---- */

#define TYPES_MAX 256
#define PATH_BYTES_MAX 4096

struct walked {
    struct json type;        /* of the introspection */
    char name[64];
    char open[PATH_BYTES_MAX]; /* the query up to here, "{ getX(…) { nodes { ... on Task" */
    int depth;               /* braces open, without its own */
    bool seen;               /* an object of it came in an answer */
};

static struct walked *walked;
static int walked_count;
static struct json_parser *schema_parser;
static char *schema_text;

/* What arguments are given where they are required, by name. */
static const char *const arguments_given[][2] = {
    {"iterationId", "\"rare\""}, {"taskId", "\"TX\""}, {"nodeId", "\"TX\""}, {"observedAt", "\"2030-01-01T00:00:00Z\""},
    {"timestamp", "\"2030-01-01T00:00:00Z\""}, {"from", "\"2020-01-01T00:00:00Z\""}, {"query", "\"a\""}, {"id", "\"1\""},
};

static struct json type_by_name(struct str name)
{
    struct json types, data, schema_json, document;
    must(json_parse(schema_parser, (struct str){schema_text, strlen(schema_text)}, &document, &error));
    assert_true(json_member(document, "data", &data) && json_member(data, "__schema", &schema_json) &&
                json_member(schema_json, "types", &types));
    for (struct json_iterator i = json_begin(types); json_next(&i);) {
        if (str_equal(json_member_string(i.value, "name"), name)) {
            return i.value;
        }
    }
    fail_msg("no type %.*s", STR_ARGS(name));
    return (struct json){NULL, 0};
}

/* The name of the innermost type. */
static struct str named(struct json type)
{
    struct json of;
    while (json_member(type, "ofType", &of) && json_type(of) == JSON_OBJECT) {
        type = of;
    }
    return json_member_string(type, "name");
}

static bool is_required(struct json argument)
{
    struct json type, value;
    return json_member(argument, "type", &type) && str_is(json_member_string(type, "kind"), "NON_NULL") &&
           json_member(argument, "defaultValue", &value) && json_type(value) == JSON_NULL;
}

/* "(iterationId: …, first: 2)"; pages are small. False where an argument is required that nothing is known of. */
static bool write_arguments(struct buffer *text, struct json field)
{
    struct json arguments;
    bool first = true;
    (void)json_member(field, "args", &arguments);
    for (struct json_iterator i = json_begin(arguments); json_next(&i);) {
        struct str name = json_member_string(i.value, "name");
        const char *value = str_is(name, "first") ? "2" : NULL;
        for (size_t n = 0; is_required(i.value) && n < sizeof arguments_given / sizeof arguments_given[0]; n++) {
            value = str_is(name, arguments_given[n][0]) ? arguments_given[n][1] : value;
        }
        if (value == NULL && is_required(i.value)) {
            return false;
        }
        if (value != NULL) {
            buffer_append_format(text, "%s%.*s: %s", first ? "(" : ", ", STR_ARGS(name), value);
            first = false;
        }
    }
    buffer_append_text(text, first ? "" : ")");
    return true;
}

static bool is_leaf(struct json type)
{
    struct str kind = json_member_string(type, "kind");
    return str_is(kind, "SCALAR") || str_is(kind, "ENUM");
}

/* All leaves of the type, and for objects the same, `depth` levels down. */
static void write_selection(struct buffer *text, struct json type, int depth)
{
    struct json fields;
    buffer_append_text(text, " { __typename");
    (void)json_member(type, "fields", &fields);
    for (struct json_iterator i = json_begin(fields); json_next(&i);) {
        struct json field_type;
        struct buffer field;
        buffer_init(&field, 1 << 20);
        (void)json_member(i.value, "type", &field_type);
        struct json of = type_by_name(named(field_type));
        buffer_append_format(&field, " %.*s", STR_ARGS(json_member_string(i.value, "name")));
        if (write_arguments(&field, i.value) && (is_leaf(of) || depth > 0)) {
            buffer_append_str(text, buffer_str(&field));
            if (!is_leaf(of)) {
                write_selection(text, of, depth - 1);
            }
        }
        buffer_release(&field);
    }
    buffer_append_text(text, " }");
}

static struct walked *walked_find(struct str name)
{
    for (int i = 0; i < walked_count; i++) {
        if (str_is(name, walked[i].name)) {
            return &walked[i];
        }
    }
    return NULL;
}

static void enter(struct str name, const char *open, int depth)
{
    if (walked_find(name) != NULL) {
        return;
    }
    assert_true(walked_count < TYPES_MAX);
    struct walked *added = &walked[walked_count++];
    added->type = type_by_name(name);
    added->depth = depth;
    snprintf(added->name, sizeof added->name, "%.*s", STR_ARGS(name));
    snprintf(added->open, sizeof added->open, "%s", open);
}

/* Enters what the fields of a type lead to, and what an interface may be. */
static void enter_reached(const struct walked *from)
{
    struct json fields, possible;
    (void)json_member(from->type, "fields", &fields);
    for (struct json_iterator i = json_begin(fields); json_next(&i);) {
        struct json field_type;
        struct buffer open;
        buffer_init(&open, PATH_BYTES_MAX);
        (void)json_member(i.value, "type", &field_type);
        struct json of = type_by_name(named(field_type));
        buffer_append_format(&open, "%s { %.*s", from->open, STR_ARGS(json_member_string(i.value, "name")));
        struct str name = json_member_string(i.value, "name");
        bool is_poor = str_is(name, "node") || str_starts_with(name, STR("iteration")); /* others lead to more of the same types */
        if (!is_leaf(of) && !(is_poor && from == walked) && write_arguments(&open, i.value)) {
            enter(json_member_string(of, "name"), open.bytes, from->depth + 1);
        }
        buffer_release(&open);
    }
    if (str_is(json_member_string(from->type, "kind"), "INTERFACE") && json_member(from->type, "possibleTypes", &possible)) {
        for (struct json_iterator i = json_begin(possible); json_next(&i);) {
            char open[PATH_BYTES_MAX + 128];
            snprintf(open, sizeof open, "%s { ... on %.*s", from->open, STR_ARGS(json_member_string(i.value, "name")));
            enter(json_member_string(i.value, "name"), open, from->depth + 1);
        }
    }
}

static void mark_seen(void)
{
    static const char mark[] = "\"__typename\":\"";
    for (const char *at = answer.body; (at = strstr(at, mark)) != NULL;) {
        at += sizeof mark - 1;
        struct walked *type = walked_find((struct str){at, strcspn(at, "\"")});
        if (type != NULL) {
            type->seen = true;
        }
    }
}

static void ask_all_of(const struct walked *type)
{
    struct buffer query;
    buffer_init(&query, 1 << 20);
    buffer_append_text(&query, type->open);
    write_selection(&query, type->type, str_is(str_from(type->name), "Query") ? 0 : 1);
    for (int i = 0; i < type->depth; i++) {
        buffer_append_text(&query, " }");
    }
    assert_false(buffer_failed(&query));
    if (!ask_graphql(query.bytes)) {
        fail_msg("%s: %.1500s\n%.3000s", type->name, answer.body, query.bytes);
    }
    if (strstr(answer.body, "\"INTERNAL\"") != NULL || strstr(answer.body, "\"UNAVAILABLE\"") != NULL) {
        fail_msg("%s: %.3000s", type->name, strstr(answer.body, "\"errors\""));
    }
    mark_seen();
    buffer_release(&query);
}

static void send_golden(void)
{
    for (size_t i = 0; i < GOLDEN_COUNT; i++) {
        struct buffer ndjson;
        buffer_init(&ndjson, sizeof sent);
        must(golden_write(i, &ndjson, &error));
        (void)ask_with(API_POST, "/api/v1/events?answer=summary", ndjson.bytes, ndjson.length, (struct api_request){0});
        assert_status(200);
        buffer_release(&ndjson);
    }
}

/* What the golden iterations lack: cycles, open runs, an override, coupling, dead letters, a saved layout, what breaks a spine. */
static void send_rarities(void)
{
    send_ok("{\"event_id\":\"r1\",\"iteration_id\":\"rare\",\"event_type\":\"TASK_CREATED\",\"timestamp\":1790000000001,\"node_id\":\"A\",\"metadata\":{\"depends_on\":\"B\"}}\n"
            "{\"event_id\":\"r2\",\"iteration_id\":\"rare\",\"event_type\":\"TASK_CREATED\",\"timestamp\":1790000000002,\"node_id\":\"B\",\"metadata\":{\"depends_on\":\"A\"}}\n"
            "{\"event_id\":\"r3\",\"iteration_id\":\"rare\",\"event_type\":\"WORKFLOW_STARTED\",\"timestamp\":1790000000003,\"workflow_id\":\"w\"}\n"
            "{\"event_id\":\"r4\",\"iteration_id\":\"rare\",\"event_type\":\"MODULE_ANALYZED\",\"timestamp\":1790000000004,\"module_path\":\"m1\",\"manifest_name\":\"m\",\"component\":\"c\",\"depends_on\":[\"m2\"]}\n"
            "{\"event_id\":\"r5\",\"iteration_id\":\"rare\",\"event_type\":\"MODULE_ANALYZED\",\"timestamp\":1790000000005,\"module_path\":\"m2\",\"manifest_name\":\"m\",\"depends_on\":[\"m1\"]}\n"
            "{\"event_id\":\"r6\",\"iteration_id\":\"rare\",\"event_type\":\"CYCLE_DETECTED\",\"timestamp\":1790000000006,\"manifest_name\":\"m\",\"cycle_modules\":[\"m1\",\"m2\"]}\n"
            "{\"event_id\":\"r7\",\"iteration_id\":\"rare\",\"event_type\":\"STEP_EXECUTED\",\"timestamp\":1790000000007,\"scenario_id\":\"s\",\"feature_path\":\"f\",\"step_text\":\"Given\",\"step_result\":\"FAILED\",\"error_message\":\"a quick end\"}\n"
            "{\"event_id\":\"r8\",\"iteration_id\":\"rare\",\"event_type\":\"SCENARIO_FAILED\",\"timestamp\":1790000000008,\"scenario_id\":\"s\",\"feature_path\":\"f\",\"requirement_id\":\"R\",\"metadata\":{\"commit\":\"c1\"}}\n"
            "{\"event_id\":\"r9\",\"iteration_id\":\"rare\",\"event_type\":\"SCENARIO_PASSED\",\"timestamp\":1790000000009,\"scenario_id\":\"s\",\"feature_path\":\"f\",\"metadata\":{\"commit\":\"c1\"}}\n"
            "{\"event_id\":\"r10\",\"iteration_id\":\"rare\",\"event_type\":\"TASK_COMPLETED\",\"timestamp\":1790000000010,\"node_id\":\"A\",\"contract_id\":\"K\",\"contract_version\":\"v1\"}\n"
            "{\"event_id\":\"r11\",\"iteration_id\":\"rare\",\"event_type\":\"TASK_CREATED\",\"timestamp\":1790000000011,\"node_id\":\"TX\",\"requirement_id\":\"R\",\"metadata\":{\"depends_on\":\"A\"}}\n"
            "{\"event_id\":\"r12\",\"iteration_id\":\"rare\",\"event_type\":\"QUALITY_GATE_CHECKED\",\"timestamp\":1790000000012,\"quality_gate_name\":\"g\",\"quality_gate_passed\":false,\"metadata\":{\"task\":\"A\"}}\n"
            "{\"event_id\":\"r13\",\"iteration_id\":\"rare\",\"event_type\":\"ARTIFACT_CREATED\",\"timestamp\":1790000000013,\"artifact_path\":\"m1\",\"metadata\":{\"task\":\"A\"}}\n"
            "{\"event_id\":\"r14\",\"iteration_id\":\"rare\",\"event_type\":\"TEST_RUN_STARTED\",\"timestamp\":1790000000014,\"node_id\":\"run\"}\n"
            "{\"event_id\":\"r15\",\"iteration_id\":\"rare\",\"event_type\":\"VIOLATION_DETECTED\",\"timestamp\":1790000000015,\"manifest_name\":\"m\",\"node_id\":\"v\",\"violation_type\":\"LAYER_VIOLATION\",\"module_path\":\"m1\",\"violation_message\":\"a layer\"}\n"
            "{\"event_id\":\"r18\",\"iteration_id\":\"rare\",\"event_type\":\"REQUIREMENT_DECLARED\",\"timestamp\":1790000000001,\"requirement_id\":\"R\"}\n"
            "{\"event_id\":\"r19\",\"iteration_id\":\"rare\",\"event_type\":\"CONTRACT_LOCKED\",\"timestamp\":1790000000009,\"contract_id\":\"K\",\"contract_version\":\"v1\"}\n"
            "{\"event_id\":\"r16\",\"iteration_id\":\"rare\",\"event_type\":\"ANALYSIS_STARTED\",\"timestamp\":1790000000003,\"manifest_name\":\"m\"}\n"
            "{\"event_id\":\"r17\",\"iteration_id\":\"rare\",\"event_type\":\"ANALYSIS_COMPLETED\",\"timestamp\":1790000000020,\"manifest_name\":\"m\",\"total_modules\":2}\n");
    (void)ask(API_POST, "/api/v1/events", "{\"event_id\":\"b1\",\"iteration_id\":\"rare\",\"event_type\":\"NO_SUCH\",\"node_id\":\"T9\"}");
    ASK_OK("mutation { overrideGate(input: {iterationId: \"rare\", reason: \"r\"}) { decision { seq } } "
           "saveLayout(input: {name: \"mine\", layout: {zoom: 2}}) { layout { name } } }");
}

static void no_field_of_any_type_fails(void **state)
{
    (void)state;
    as_admin();
    send_iteration();
    send_golden();
    send_rarities();
    ASK_OK("{ __schema { types { kind name possibleTypes { name } fields { name args { name defaultValue type { kind name } } "
           "type { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } }");
    schema_text = calloc(1, answer.length + JSON_READ_PADDING + 1);
    memcpy(schema_text, answer.body, answer.length);
    schema_parser = json_parser_new();
    walked = calloc(TYPES_MAX, sizeof *walked);
    enter(STR("Query"), "query", 0);
    for (int i = 0; i < walked_count; i++) {
        enter_reached(&walked[i]);
    }
    enter(STR("IterationConnection"), "query { iterations(first: 2)", 1);
    enter_reached(walked_find(STR("IterationConnection")));
    for (int i = 0; i < walked_count; i++) {
        ask_all_of(&walked[i]);
    }
    for (int i = 0; i < walked_count; i++) {
        bool is_object = str_is(json_member_string(type_by_name(str_from(walked[i].name)), "kind"), "OBJECT");
        if (is_object && !walked[i].seen) {
            fail_msg("no object of type %s was met by %s", walked[i].name, walked[i].open);
        }
    }
    assert_true(walked_count > 100);
    json_parser_free(schema_parser);
    free(schema_text);
    free(walked);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_schema, teardown_schema)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_schema_binds_and_is_described),
        TEST(enums_have_the_names_that_the_data_has),
        TEST(a_graph_has_nodes_and_links_that_join),
        TEST(both_clocks_move_what_is_seen),
        TEST(an_id_finds_its_node_again),
        TEST(an_absent_iteration_and_a_strange_one_are_refused_alike),
        TEST(pages_go_forth_and_back_with_cursors_that_stay_good),
        TEST(roles_see_what_they_may),
        TEST(decisions_are_done_once_their_answer_comes),
        TEST(dead_letters_are_shown_edited_replayed_and_discarded),
        TEST(layouts_are_kept_for_whoever_saved_them),
        TEST(a_change_that_comes_back_late_finds_nobody_and_does_no_harm),
        TEST(a_request_has_one_now_whatever_comes_meanwhile),
        TEST(rest_says_the_same),
        TEST(every_example_of_the_document_holds),
        TEST(subscriptions_tell_what_they_are_about),
        TEST(resets_and_positions_are_told_without_changes),
        TEST(no_field_of_any_type_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
