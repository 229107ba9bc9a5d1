/* The one table of what the interface answers. The OpenAPI document is made from it. */
#include "api/api_private.h"

const struct parameter_info parameters[PARAMETER_COUNT] = {
    [PARAMETER_AS_OF] = {"asOf", "V: the valid time asked about; ms, RFC 3339, now, or -15m, -2h, -3d"},
    [PARAMETER_OBSERVED_AT] = {"observedAt", "K: what was known then; forms as asOf"},
    [PARAMETER_LIMIT] = {"limit", "items on a page, 1 to 1000"},
    [PARAMETER_CURSOR] = {"cursor", "next_cursor of the page before"},
    [PARAMETER_ITERATION] = {"iteration", "id of the iteration"},
    [PARAMETER_NODE] = {"node", "id of the node"},
    [PARAMETER_KIND] = {"kind", "kind of the node, e.g. Task"},
    [PARAMETER_FROM] = {"from", "from this moment on; forms as asOf"},
    [PARAMETER_TO] = {"to", "up to this moment; forms as asOf"},
    [PARAMETER_FROM_KNOWN] = {"from_known", "what was known then about from"},
    [PARAMETER_TO_KNOWN] = {"to_known", "what was known then about to"},
    [PARAMETER_MIN_FLAKE_RATE] = {"min_flake_rate", "only scenarios at least this flaky, 0 to 1"},
    [PARAMETER_MANIFEST] = {"manifest", "name of the manifest"},
    [PARAMETER_SEVERITY] = {"severity", "BLOCKING, WARNING or INFO"},
    [PARAMETER_BY] = {"by", "module or component"},
    [PARAMETER_ANSWER] = {"answer", "full or summary"},
    [PARAMETER_FILE] = {"file", "name of the file, for messages"},
    [PARAMETER_COMMIT] = {"commit", "the commit that was tested; wins over what the file says"},
    [PARAMETER_MODIFIED] = {"modified", "when the file was last written, ms since 1970"},
    [PARAMETER_CATEGORY] = {"category",
                            "SCHEMA_VALIDATION, CORRELATION_FAILED, DATABASE_ERROR, TRANSIENT_NETWORK, CRITICAL"},
    [PARAMETER_STREAM] = {"stream", "DDE, BDV, ACC, CONTROL or unknown"},
    [PARAMETER_REMOVED] = {"removed", "true lists those that left the queue, too"},
    [PARAMETER_ORDER] = {"order", "newest or oldest first; of a history validity or recorded"},
    [PARAMETER_ACTOR] = {"actor", "who did it"},
    [PARAMETER_ACTION] = {"action", "what was done"},
    [PARAMETER_OBJECT] = {"object", "to what"},
    [PARAMETER_Q] = {"q", "what to look for, at least 2 characters; letters match in either case"},
    [PARAMETER_EVENT_BYTES] = {"event_bytes", "the body is one event of so many bytes; of a longer one, the beginning"},
    [PARAMETER_SINCE] = {"since", "the last cursor or position that was seen: what came after it is told first"},
    [PARAMETER_LENSES] = {"lenses", "only nodes of these: DDE, BDV, ACC, with commas between"},
    [PARAMETER_REQUIREMENTS] = {"requirements", "only what belongs to these requirements: ids, with commas between"},
    [PARAMETER_TENANT] = {"tenant", "the tenant it is about; only administrators may name another than their own. In listings an "
                                    "administrator who names none sees all"},
};

#define GET API_GET, false
#define ASK API_POST, false /* a question that needs a body */
#define POST API_POST, true
#define PUT API_PUT, true
#define DELETE API_DELETE, true
#define READ PERMISSION_ITERATION_READ
#define WRITE PERMISSION_ITERATION_WRITE
#define AUDIT PERMISSION_AUDIT_READ
#define OPERATE PERMISSION_SYSTEM_OPERATE
#define USERS PERMISSION_USERS_MANAGE
#define METRICS PERMISSION_METRICS_READ
#define PUBLIC PERMISSION_NONE
#define CLOCKS PARAMETERS_CLOCKS
#define LIST (PARAMETERS_CLOCKS | PARAMETERS_PAGE)
#define SMALL SMALL_BODY_BYTES
#define P(name) PARAMETER(name)
#define WATCH (P(SINCE) | P(REQUIREMENTS))

const struct route routes[] = {
    {POST, WRITE, "/api/v1/events", P(ITERATION) | P(ANSWER) | P(EVENT_BYTES), LIMIT_BODY_BYTES, handle_events, "Take in events"},
    {GET, READ, "/api/v1/events/{id}", 0, SMALL, handle_event, "One event as it is kept, by its place in the log or its event_id"},
    {GET, READ, "/api/v1/convergence/{iteration}/verdict", CLOCKS, SMALL, handle_verdict, "May it be deployed, and if not, why"},
    {ASK, READ, "/api/v1/convergence/{iteration}/verdict", CLOCKS, SMALL, handle_verdict_under_policy,
     "The verdict under the policy in the body (YAML)"},
    {GET, READ, "/api/v1/dde/execution/{iteration}/stream", WATCH, SMALL, handle_dde_stream,
     "WebSocket: what changes in tasks, artifacts, contracts and gates, as it happens"},
    {GET, READ, "/api/v1/bdv/execution/{iteration}/stream", WATCH, SMALL, handle_bdv_stream,
     "WebSocket: what changes in features, scenarios and test runs, as it happens"},
    {GET, READ, "/api/v1/acc/analysis/{iteration}/stream", WATCH, SMALL, handle_acc_stream,
     "WebSocket: what changes in components, modules, violations and cycles, as it happens"},
    {GET, READ, "/api/v1/convergence/{iteration}/stream", WATCH | P(LENSES), SMALL, handle_convergence_stream,
     "WebSocket: what changes in all lenses, in the links between them and in the verdict, as it happens"},
    {GET, READ, "/api/v1/convergence/{iteration}/deployment-gate", CLOCKS, SMALL, handle_gate, "Is the gate open"},
    {GET, READ, "/api/v1/convergence/{iteration}/contracts", LIST, SMALL, handle_stars, "Contract stars"},
    {GET, READ, "/api/v1/convergence/{iteration}/stream-status", CLOCKS, SMALL, handle_stream_status, "The three streams"},
    {GET, READ, "/api/v1/convergence/{iteration}/unmatched", LIST, SMALL, handle_unmatched, "What found no partner"},
    {GET, READ, "/api/v1/convergence/{iteration}/blame", P(AS_OF), SMALL, handle_blame, "Which events turned the verdict"},
    {POST, WRITE, "/api/v1/convergence/{iteration}/override", 0, SMALL, handle_override, "Open the gate by hand"},
    {DELETE, WRITE, "/api/v1/convergence/{iteration}/override", 0, SMALL, handle_override_withdraw, "Withdraw the override"},
    {GET, READ, "/api/v1/convergence/graph/{iteration}", CLOCKS, SMALL, handle_convergence_graph,
     "The whole graph of an iteration"},
    {GET, READ, "/api/v1/dde/graph/{iteration}", CLOCKS, SMALL, handle_dde_graph, "Tasks, artifacts, contracts, gates"},
    {GET, READ, "/api/v1/dde/graph/{iteration}/lineage", CLOCKS | P(NODE), SMALL, handle_dde_lineage,
     "Where a task comes from and what hangs on it"},
    {GET, READ, "/api/v1/dde/graph/{iteration}/contracts", LIST, SMALL, handle_dde_contracts, "Contract locks"},
    {GET, READ, "/api/v1/dde/graph/{iteration}/critical-path", CLOCKS, SMALL, handle_dde_critical_path,
     "The longest chain of tasks"},
    {GET, READ, "/api/v1/bdv/graph/{iteration}", CLOCKS, SMALL, handle_bdv_graph, "Features, scenarios, test runs"},
    {GET, READ, "/api/v1/bdv/graph/{iteration}/contracts", LIST, SMALL, handle_bdv_contracts, "Contracts and their scenarios"},
    {GET, READ, "/api/v1/bdv/graph/{iteration}/flakes", LIST | P(MIN_FLAKE_RATE), SMALL, handle_bdv_flakes, "Flaky scenarios"},
    {GET, READ, "/api/v1/bdv/graph/{iteration}/coverage", LIST, SMALL, handle_bdv_coverage, "Scenarios per requirement"},
    {GET, READ, "/api/v1/bdv/features", LIST | P(ITERATION), SMALL, handle_bdv_features, "Features with their roll-up"},
    {GET, READ, "/api/v1/bdv/scenarios/{path}", LIST | P(ITERATION), SMALL, handle_bdv_scenarios,
     "The scenarios of one feature, with steps"},
    {GET, READ, "/api/v1/acc/graph/{iteration}", CLOCKS | P(MANIFEST), SMALL, handle_acc_graph, "Components, modules, violations"},
    {GET, READ, "/api/v1/acc/graph/{iteration}/violations", LIST | P(SEVERITY), SMALL, handle_acc_violations, "Violations"},
    {GET, READ, "/api/v1/acc/graph/{iteration}/cycles", CLOCKS, SMALL, handle_acc_cycles, "Cycles of modules"},
    {GET, READ, "/api/v1/acc/graph/{iteration}/coupling", LIST, SMALL, handle_acc_coupling, "Coupling and instability"},
    {GET, READ, "/api/v1/acc/graph/{iteration}/dsm", CLOCKS | P(BY), SMALL, handle_acc_dsm, "Dependency structure matrix"},
    {GET, READ, "/api/v1/acc/manifests", CLOCKS | P(ITERATION), SMALL, handle_acc_manifests, "Manifests that were analysed"},
    {GET, READ, "/api/v1/acc/manifest/{name}", CLOCKS | P(ITERATION), SMALL, handle_acc_manifest, "One manifest"},
    {GET, READ, "/api/v1/iterations", CLOCKS | PARAMETERS_PAGE, SMALL, handle_iterations, "Iterations with their verdicts"},
    {GET, READ, "/api/v1/iterations/{iteration}", CLOCKS, SMALL, handle_iteration, "One iteration with its verdict"},
    {GET, READ, "/api/v1/iterations/{iteration}/nodes", CLOCKS | PARAMETERS_PAGE | P(KIND), SMALL, handle_nodes,
     "Nodes of an iteration"},
    {GET, READ, "/api/v1/iterations/{iteration}/diff", P(FROM) | P(TO) | P(FROM_KNOWN) | P(TO_KNOWN), SMALL, handle_diff,
     "The difference of two views"},
    {GET, READ, "/api/v1/iterations/{iteration}/changes", P(FROM) | P(TO), SMALL, handle_changes,
     "What changed between two moments"},
    {GET, READ, "/api/v1/iterations/{iteration}/trace", CLOCKS | P(NODE) | P(KIND), SMALL, handle_trace,
     "The spine from requirement to component through a node"},
    {GET, READ, "/api/v1/search", LIST | P(Q) | P(KIND) | P(ITERATION), SMALL, handle_search,
     "Nodes of all iterations by id, name or message"},
    {GET, READ, "/api/v1/search/violations", LIST | P(Q) | P(SEVERITY) | P(ITERATION), SMALL, handle_search_violations,
     "Violations of all iterations by id, message, rule or module"},
    {GET, READ, "/api/v1/search/logs", PARAMETERS_PAGE | P(Q) | P(ITERATION), SMALL, handle_search_logs,
     "Messages in the events of the log, the newest first"},
    {GET, READ, "/api/v1/nodes/history", LIST | P(ITERATION) | P(NODE) | P(KIND) | P(ORDER), SMALL, handle_node_history,
     "All versions of a node"},
    {GET, READ, "/api/v1/status", 0, SMALL, handle_status, "Position, watermarks, counts, memory"},
    {GET, READ, "/api/v1/policy", 0, SMALL, handle_policy, "The policy in force"},
    {GET, OPERATE, "/api/v1/digest", 0, SMALL, handle_digest, "A fingerprint of the graph"},
    {ASK, OPERATE, "/api/v1/rebuild/verify", 0, SMALL, handle_rebuild_verify, "Rebuild from the log beside the graph and compare"},
    {POST, WRITE, "/api/v1/import/{format}", P(ITERATION) | P(FILE) | P(COMMIT) | P(MANIFEST) | P(MODIFIED), LIMIT_BODY_BYTES,
     handle_import, "Take in another tool's file"},
    {POST, WRITE, "/api/v1/links", 0, SMALL, handle_link_assert, "Link two nodes by hand"},
    {DELETE, WRITE, "/api/v1/links", 0, SMALL, handle_link_deny, "Deny a link by hand"},
    {POST, WRITE, "/api/v1/violations/suppress", 0, SMALL, handle_suppress, "Suppress a violation, with a decision record"},
    {POST, WRITE, "/api/v1/scenarios/quarantine", 0, SMALL, handle_quarantine, "Quarantine a scenario"},
    {GET, READ, "/api/v1/dlq", PARAMETERS_PAGE | P(CATEGORY) | P(STREAM) | P(ITERATION) | P(FROM) | P(TO) | P(REMOVED) | P(ORDER),
     SMALL, handle_dlq_list, "Dead letters"},
    {ASK, WRITE, "/api/v1/dlq/replay", 0, SMALL, handle_dlq_replay, "Replay dead letters; a dry run unless apply is true"},
    {POST, WRITE, "/api/v1/dlq/discard", 0, SMALL, handle_dlq_discard, "Discard dead letters"},
    {GET, READ, "/api/v1/dlq/{id}", 0, SMALL, handle_dlq_show, "One dead letter, its bytes and its difference from the schema"},
    {PUT, WRITE, "/api/v1/dlq/{id}", 0, LIMIT_DEAD_LETTER_BYTES, handle_dlq_edit, "Replace the bytes of a dead letter"},
    {DELETE, WRITE, "/api/v1/dlq/{id}", 0, SMALL, handle_dlq_discard_one, "Discard one dead letter"},
    {ASK, WRITE, "/api/v1/dlq/{id}/replay", 0, SMALL, handle_dlq_replay_one,
     "Replay one dead letter; a dry run unless apply is true"},
    {GET, READ, "/api/v1/layouts", 0, SMALL, handle_layouts, "Your saved layouts"},
    {GET, READ, "/api/v1/layouts/{name}", 0, SMALL, handle_layout, "One of them"},
    {PUT, READ, "/api/v1/layouts/{name}", 0, SMALL, handle_layout_save, "Save a layout under this name"},
    {DELETE, READ, "/api/v1/layouts/{name}", 0, SMALL, handle_layout_delete, "Delete a saved layout"},
    {GET, AUDIT, "/api/v1/audit", PARAMETERS_PAGE | P(ACTOR) | P(ACTION) | P(OBJECT) | P(FROM) | P(TO) | P(ORDER), SMALL,
     handle_audit, "Who changed what"},
    {GET, AUDIT, "/api/v1/audit/verify", 0, SMALL, handle_audit_verify, "Has anybody changed the audit log"},
    {GET, USERS, "/api/v1/tokens", 0, SMALL, handle_tokens, "Tokens, without their texts"},
    {POST, USERS, "/api/v1/tokens", 0, SMALL, handle_token_create, "Make a token; its text is in this answer only"},
    {ASK, USERS, "/api/v1/tokens/link", 0, SMALL, handle_token_link, "Make a link that signs a browser in, once"},
    {DELETE, USERS, "/api/v1/tokens/{id}", 0, SMALL, handle_token_revoke, "Revoke a token, by id or name"},
    {GET, READ, "/api/v1/whoami", 0, SMALL, handle_whoami, "Whose credential this is, and what it may do"},
    {ASK, READ, "/api/v1/sign-out", 0, SMALL, handle_sign_out, "End this browser's session"},
    {GET, PUBLIC, "/health", 0, SMALL, handle_health, "Is the process alive"},
    {GET, PUBLIC, "/ready", 0, SMALL, handle_ready, "Does it take events"},
    {GET, METRICS, "/metrics", 0, SMALL, handle_metrics, "Prometheus text"},
    {GET, PUBLIC, "/api/openapi.json", 0, SMALL, handle_openapi, "This interface as OpenAPI 3.1"},
    {GET, PUBLIC, "/api/docs", 0, SMALL, handle_docs, "This interface as a page to read and try"},
    {GET, PUBLIC, "/assets/{name}", 0, SMALL, handle_asset, "A file that a page is made of"},
    {GET, READ, "/", 0, SMALL, handle_overview, "Iterations with their verdicts, as a page"},
};
const size_t route_count = sizeof routes / sizeof routes[0];

const char *method_name(enum api_method method)
{
    static const char *const names[API_METHOD_COUNT] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
    return names[method];
}

static bool matches(const char *pattern, struct str path, struct str found[PATH_PARAMETERS_MAX])
{
    size_t at = 0, count = 0;
    while (*pattern != '\0') {
        if (*pattern != '{') {
            if (at == path.length || path.at[at] != *pattern) {
                return false;
            }
            at++;
            pattern++;
            continue;
        }
        bool takes_rest = strcmp(pattern, "{path}") == 0;
        size_t begin = at;
        while (at < path.length && (takes_rest || path.at[at] != '/')) {
            at++;
        }
        if (at == begin || count == PATH_PARAMETERS_MAX) {
            return false;
        }
        found[count++] = (struct str){path.at + begin, at - begin};
        pattern = strchr(pattern, '}') + 1;
    }
    return at == path.length;
}

const struct route *route_find(enum api_method method, struct str path, struct str found[PATH_PARAMETERS_MAX],
                               unsigned *methods)
{
    *methods = 0;
    const char *taken = NULL; /* fixed paths stand before those with parameters; a method of theirs wins */
    for (size_t i = 0; i < route_count; i++) {
        if (taken != NULL && strcmp(taken, routes[i].pattern) != 0) {
            continue;
        }
        if (matches(routes[i].pattern, path, found)) {
            if (routes[i].method == method) {
                return &routes[i];
            }
            taken = routes[i].pattern;
            *methods |= 1u << routes[i].method;
        }
    }
    return NULL;
}

bool route_takes(const struct route *route, enum parameter parameter)
{
    return parameter == PARAMETER_TENANT ? route->permission != PERMISSION_NONE : (route->parameters >> parameter & 1) != 0;
}

/* ---- OpenAPI ---- */

static void write_parameter(struct json_writer *json, const char *place, struct str name, const char *summary)
{
    json_write_object_begin(json);
    json_field_str(json, "name", name);
    json_field_text(json, "in", place);
    json_field_bool(json, "required", strcmp(place, "path") == 0);
    if (summary != NULL) {
        json_field_text(json, "description", summary);
    }
    json_write_key(json, "schema");
    json_write_object_begin(json);
    json_field_text(json, "type", "string");
    json_write_object_end(json);
    json_write_object_end(json);
}

static void write_parameters(struct json_writer *json, const struct route *route)
{
    json_write_key(json, "parameters");
    json_write_array_begin(json);
    for (const char *at = strchr(route->pattern, '{'); at != NULL; at = strchr(at + 1, '{')) {
        write_parameter(json, "path", (struct str){at + 1, (size_t)(strchr(at, '}') - at - 1)}, NULL);
    }
    for (int i = 0; i < PARAMETER_COUNT; i++) {
        if (route_takes(route, (enum parameter)i)) {
            write_parameter(json, "query", str_from(parameters[i].name), parameters[i].summary);
        }
    }
    json_write_array_end(json);
}

static void write_responses(struct json_writer *json)
{
    json_write_key(json, "responses");
    json_write_object_begin(json);
    json_write_key(json, "200");
    json_write_object_begin(json);
    json_field_text(json, "description", "The answer");
    json_write_object_end(json);
    json_write_key(json, "default");
    json_write_object_begin(json);
    json_field_text(json, "description", "A problem document (RFC 9457)");
    json_write_key(json, "content");
    json_write_raw(json, STR("{\"application/problem+json\":{\"schema\":{\"$ref\":\"#/components/schemas/Problem\"}}}"));
    json_write_object_end(json);
    json_write_object_end(json);
}

static void write_operation(struct json_writer *json, const struct route *route)
{
    static const char *const lower[API_METHOD_COUNT] = {"get", "post", "put", "patch", "delete"};
    json_write_key(json, lower[route->method]);
    json_write_object_begin(json);
    json_field_text(json, "summary", route->summary);
    json_field_text(json, "x-permission", permission_name(route->permission));
    write_parameters(json, route);
    if (route->method == API_POST || route->method == API_PUT) {
        json_write_key(json, "requestBody");
        json_write_raw(json, STR("{\"content\":{\"*/*\":{}}}"));
    }
    write_responses(json);
    json_write_object_end(json);
}

static bool is_first_of_pattern(size_t number)
{
    for (size_t i = 0; i < number; i++) {
        if (strcmp(routes[i].pattern, routes[number].pattern) == 0) {
            return false;
        }
    }
    return true;
}

void handle_openapi(struct exchange *exchange)
{
    struct json_writer *json = &exchange->json;
    json_write_object_begin(json);
    json_field_text(json, "openapi", "3.1.0");
    json_write_key(json, "info");
    json_write_object_begin(json);
    json_field_text(json, "title", "Tri-Modal Mission Control");
    json_field_text(json, "version", TRIMODAL_VERSION);
    json_write_object_end(json);
    json_write_key(json, "paths");
    json_write_object_begin(json);
    for (size_t i = 0; i < route_count; i++) {
        if (!is_first_of_pattern(i)) {
            continue;
        }
        json_write_key(json, routes[i].pattern);
        json_write_object_begin(json);
        for (size_t other = i; other < route_count; other++) {
            if (strcmp(routes[other].pattern, routes[i].pattern) == 0) {
                write_operation(json, &routes[other]);
            }
        }
        json_write_object_end(json);
    }
    json_write_object_end(json);
    json_write_key(json, "components");
    json_write_raw(json,
                   STR("{\"schemas\":{\"Problem\":{\"type\":\"object\",\"properties\":{\"type\":{\"type\":\"string\"},"
                       "\"title\":{\"type\":\"string\"},\"status\":{\"type\":\"integer\"},\"detail\":{\"type\":\"string\"},"
                       "\"place\":{\"type\":\"string\"}}}}}"));
    json_write_object_end(json);
    answer(exchange, 200);
}
