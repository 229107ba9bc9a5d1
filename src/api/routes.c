/* The one table of what the interface answers. The OpenAPI document is made from it. */
#include "api/api_private.h"

const struct parameter_info parameters[PARAMETER_COUNT] = {
    [PARAMETER_AS_OF] = {"asOf", "V: the valid time asked about; ms, RFC 3339, now, or -15m, -2h, -3d",
     "{\"$ref\":\"#/components/schemas/MomentText\"}"},
    [PARAMETER_OBSERVED_AT] = {"observedAt", "K: what was known then; forms as asOf",
     "{\"$ref\":\"#/components/schemas/MomentText\"}"},
    [PARAMETER_LIMIT] = {"limit", "items on a page, 1 to 1000",
     "{\"type\":\"integer\",\"minimum\":1,\"maximum\":1000}"},
    [PARAMETER_CURSOR] = {"cursor", "next_cursor of the page before",
     "{\"type\":\"string\",\"minLength\":1,\"maxLength\":64}"},
    [PARAMETER_ITERATION] = {"iteration", "id of the iteration",
     "{\"$ref\":\"#/components/schemas/Id\"}"},
    [PARAMETER_NODE] = {"node", "id of the node",
     "{\"$ref\":\"#/components/schemas/Id\"}"},
    [PARAMETER_KIND] = {"kind", "kind of the node, e.g. Task",
     "{\"$ref\":\"#/components/schemas/NodeKind\"}"},
    [PARAMETER_FROM] = {"from", "from this moment on; forms as asOf",
     "{\"$ref\":\"#/components/schemas/MomentText\"}"},
    [PARAMETER_TO] = {"to", "up to this moment; forms as asOf",
     "{\"$ref\":\"#/components/schemas/MomentText\"}"},
    [PARAMETER_FROM_KNOWN] = {"from_known", "what was known then about from",
     "{\"$ref\":\"#/components/schemas/MomentText\"}"},
    [PARAMETER_TO_KNOWN] = {"to_known", "what was known then about to",
     "{\"$ref\":\"#/components/schemas/MomentText\"}"},
    [PARAMETER_MIN_FLAKE_RATE] = {"min_flake_rate", "only scenarios at least this flaky, 0 to 1",
     "{\"type\":\"number\",\"minimum\":0,\"maximum\":1}"},
    [PARAMETER_MANIFEST] = {"manifest", "name of the manifest",
     "{\"$ref\":\"#/components/schemas/Id\"}"},
    [PARAMETER_SEVERITY] = {"severity", "BLOCKING, WARNING or INFO",
     "{\"$ref\":\"#/components/schemas/Severity\"}"},
    [PARAMETER_BY] = {"by", "module or component",
     "{\"type\":\"string\",\"enum\":[\"module\",\"component\"]}"},
    [PARAMETER_ANSWER] = {"answer", "full or summary",
     "{\"type\":\"string\",\"enum\":[\"full\",\"summary\"]}"},
    [PARAMETER_FILE] = {"file", "name of the file, for messages",
     "{\"type\":\"string\"}"},
    [PARAMETER_COMMIT] = {"commit", "the commit that was tested; wins over what the file says",
     "{\"type\":\"string\"}"},
    [PARAMETER_MODIFIED] = {"modified", "when the file was last written, ms since 1970",
     "{\"type\":\"integer\",\"minimum\":0}"},
    [PARAMETER_CATEGORY] = {"category",
                            "SCHEMA_VALIDATION, CORRELATION_FAILED, DATABASE_ERROR, TRANSIENT_NETWORK, CRITICAL",
     "{\"$ref\":\"#/components/schemas/FaultCategory\"}"},
    [PARAMETER_STREAM] = {"stream", "DDE, BDV, ACC, CONTROL or unknown",
     "{\"type\":\"string\",\"enum\":[\"DDE\",\"BDV\",\"ACC\",\"CONTROL\",\"unknown\"]}"},
    [PARAMETER_REMOVED] = {"removed", "true lists those that left the queue, too",
     "{\"type\":\"boolean\"}"},
    [PARAMETER_ORDER] = {"order", "newest or oldest first; of a history validity or recorded",
     "{\"type\":\"string\",\"enum\":[\"newest\",\"oldest\"]}"},
    [PARAMETER_ACTOR] = {"actor", "who did it",
     "{\"type\":\"string\"}"},
    [PARAMETER_ACTION] = {"action", "what was done",
     "{\"type\":\"string\"}"},
    [PARAMETER_OBJECT] = {"object", "to what",
     "{\"type\":\"string\"}"},
    [PARAMETER_QUERY] = {"query", "a GraphQL document",
     "{\"type\":\"string\"}"},
    [PARAMETER_VARIABLES] = {"variables", "values of its variables, a JSON object",
     "{\"type\":\"string\"}"},
    [PARAMETER_OPERATION_NAME] = {"operationName", "which of its operations",
     "{\"type\":\"string\"}"},
    [PARAMETER_EXTENSIONS] = {"extensions", "a JSON object; persistedQuery with sha256Hash stands for a document sent before",
     "{\"type\":\"string\"}"},
    [PARAMETER_CLOCK] = {"clock", "the clock that moves: valid (V, the default) or known (K)",
     "{\"type\":\"string\",\"enum\":[\"valid\",\"known\"]}"},
    [PARAMETER_BUCKETS] = {"buckets", "parts the range is cut into, 1 to 2000; 120 where it is not given",
     "{\"type\":\"integer\",\"minimum\":1,\"maximum\":2000}"},
    [PARAMETER_Q] = {"q", "what to look for, at least 2 characters; letters match in either case",
     "{\"type\":\"string\",\"minLength\":2,\"maxLength\":256}"},
    [PARAMETER_EVENT_BYTES] = {"event_bytes", "the body is one event of so many bytes; of a longer one, the beginning",
     "{\"type\":\"integer\",\"minimum\":0}"},
    [PARAMETER_SINCE] = {"since", "the last cursor or position that was seen: what came after it is told first",
     "{\"type\":\"string\"}"},
    [PARAMETER_LENSES] = {"lenses", "only nodes of these: DDE, BDV, ACC, with commas between",
     "{\"type\":\"string\"}"},
    [PARAMETER_REQUIREMENTS] = {"requirements", "only what belongs to these requirements: ids, with commas between",
     "{\"type\":\"string\"}"},
    [PARAMETER_TENANT] = {"tenant", "the tenant it is about; only administrators may name another than their own. In listings an "
                                    "administrator who names none sees all",
     "{\"type\":\"string\",\"minLength\":1,\"maxLength\":512}"},
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
    {POST, WRITE, "/api/v1/events", P(ITERATION) | P(ANSWER) | P(EVENT_BYTES), LIMIT_BODY_BYTES, handle_events, "Take in events",
     "sendEvents", "IngestAnswer", "Events"},
    {GET, READ, "/api/v1/events/{id}", 0, SMALL, handle_event, "One event as it is kept, by its place in the log or its event_id",
     "getEvent", "StoredEvent", NULL},
    {GET, READ, "/api/v1/convergence/{iteration}/verdict", CLOCKS, SMALL, handle_verdict, "May it be deployed, and if not, why",
     "getVerdict", "VerdictAnswer", NULL},
    {ASK, READ, "/api/v1/convergence/{iteration}/verdict", CLOCKS, SMALL, handle_verdict_under_policy,
     "The verdict under the policy in the body (YAML)",
     "getVerdictUnderPolicy", "VerdictAnswer", "Policy"},
    {GET, READ, "/api/v1/dde/execution/{iteration}/stream", WATCH, SMALL, handle_dde_stream,
     "WebSocket: what changes in tasks, artifacts, contracts and gates, as it happens",
     "streamExecution", "StreamFrame", NULL},
    {GET, READ, "/api/v1/bdv/execution/{iteration}/stream", WATCH, SMALL, handle_bdv_stream,
     "WebSocket: what changes in features, scenarios and test runs, as it happens",
     "streamBehaviour", "StreamFrame", NULL},
    {GET, READ, "/api/v1/acc/analysis/{iteration}/stream", WATCH, SMALL, handle_acc_stream,
     "WebSocket: what changes in components, modules, violations and cycles, as it happens",
     "streamAnalysis", "StreamFrame", NULL},
    {GET, READ, "/api/v1/convergence/{iteration}/stream", WATCH | P(LENSES), SMALL, handle_convergence_stream,
     "WebSocket: what changes in all lenses, in the links between them and in the verdict, as it happens",
     "streamConvergence", "StreamFrame", NULL},
    {GET, READ, "/api/v1/convergence/{iteration}/deployment-gate", CLOCKS, SMALL, handle_gate, "Is the gate open",
     "getDeploymentGate", "GateAnswer", NULL},
    {GET, READ, "/api/v1/convergence/{iteration}/contracts", LIST, SMALL, handle_stars, "Contract stars",
     "listContractStars", "StarsAnswer", NULL},
    {GET, READ, "/api/v1/convergence/{iteration}/stream-status", CLOCKS, SMALL, handle_stream_status, "The three streams",
     "getStreamStatus", "StreamStatusAnswer", NULL},
    {GET, READ, "/api/v1/convergence/{iteration}/unmatched", LIST, SMALL, handle_unmatched, "What found no partner",
     "listUnmatched", "UnmatchedAnswer", NULL},
    {GET, READ, "/api/v1/convergence/{iteration}/timeline", CLOCKS | P(CLOCK) | P(FROM) | P(TO) | P(BUCKETS), SMALL, handle_timeline,
     "How many facts there were when, and when the verdict changed",
     "getTimeline", "TimelineAnswer", NULL},
    {GET, READ, "/api/v1/convergence/{iteration}/blame", P(AS_OF), SMALL, handle_blame, "Which events turned the verdict",
     "getBlame", "BlameAnswer", NULL},
    {POST, WRITE, "/api/v1/convergence/{iteration}/override", 0, SMALL, handle_override, "Open the gate by hand",
     "overrideGate", "DecisionAnswer", "Override"},
    {DELETE, WRITE, "/api/v1/convergence/{iteration}/override", 0, SMALL, handle_override_withdraw, "Withdraw the override",
     "withdrawOverride", "DecisionAnswer", "Withdrawal"},
    {GET, READ, "/api/v1/convergence/graph/{iteration}", CLOCKS, SMALL, handle_convergence_graph,
     "The whole graph of an iteration (of one called verdict, contracts, … under iterations/{iteration}/graph)",
     "getConvergenceGraph", "ConvergenceGraph", NULL},
    {GET, READ, "/api/v1/dde/graph/{iteration}", CLOCKS, SMALL, handle_dde_graph, "Tasks, artifacts, contracts, gates",
     "getDdeGraph", "DdeGraph", NULL},
    {GET, READ, "/api/v1/dde/graph/{iteration}/lineage", CLOCKS | P(NODE), SMALL, handle_dde_lineage,
     "Where a task comes from and what hangs on it",
     "getTaskLineage", "LineageAnswer", NULL, P(NODE)},
    {GET, READ, "/api/v1/dde/graph/{iteration}/contracts", LIST, SMALL, handle_dde_contracts, "Contract locks",
     "listContractLocks", "ContractLocksAnswer", NULL},
    {GET, READ, "/api/v1/dde/graph/{iteration}/critical-path", CLOCKS, SMALL, handle_dde_critical_path,
     "The longest chain of tasks",
     "getCriticalPath", "CriticalPathAnswer", NULL},
    {GET, READ, "/api/v1/bdv/graph/{iteration}", CLOCKS, SMALL, handle_bdv_graph, "Features, scenarios, test runs",
     "getBdvGraph", "BdvGraph", NULL},
    {GET, READ, "/api/v1/bdv/graph/{iteration}/contracts", LIST, SMALL, handle_bdv_contracts, "Contracts and their scenarios",
     "listValidatedContracts", "ValidatedContractsAnswer", NULL},
    {GET, READ, "/api/v1/bdv/graph/{iteration}/flakes", LIST | P(MIN_FLAKE_RATE), SMALL, handle_bdv_flakes, "Flaky scenarios",
     "listFlakes", "FlakesAnswer", NULL},
    {GET, READ, "/api/v1/bdv/graph/{iteration}/coverage", LIST, SMALL, handle_bdv_coverage, "Scenarios per requirement",
     "getCoverage", "CoverageAnswer", NULL},
    {GET, READ, "/api/v1/bdv/features", LIST | P(ITERATION), SMALL, handle_bdv_features, "Features with their roll-up",
     "listFeatures", "FeaturesAnswer", NULL, P(ITERATION)},
    {GET, READ, "/api/v1/bdv/scenarios/{path}", LIST | P(ITERATION), SMALL, handle_bdv_scenarios,
     "The scenarios of one feature, with steps",
     "listScenarios", "ScenariosAnswer", NULL, P(ITERATION)},
    {GET, READ, "/api/v1/acc/graph/{iteration}", CLOCKS | P(MANIFEST), SMALL, handle_acc_graph, "Components, modules, violations",
     "getAccGraph", "AccGraph", NULL},
    {GET, READ, "/api/v1/acc/graph/{iteration}/violations", LIST | P(SEVERITY), SMALL, handle_acc_violations, "Violations",
     "listViolations", "ViolationsAnswer", NULL},
    {GET, READ, "/api/v1/acc/graph/{iteration}/cycles", CLOCKS, SMALL, handle_acc_cycles, "Cycles of modules",
     "listCycles", "CyclesAnswer", NULL},
    {GET, READ, "/api/v1/acc/graph/{iteration}/coupling", LIST, SMALL, handle_acc_coupling, "Coupling and instability",
     "getCoupling", "CouplingAnswer", NULL},
    {GET, READ, "/api/v1/acc/graph/{iteration}/dsm", CLOCKS | P(BY), SMALL, handle_acc_dsm, "Dependency structure matrix",
     "getDsm", "DsmAnswer", NULL},
    {GET, READ, "/api/v1/acc/manifests", CLOCKS | P(ITERATION), SMALL, handle_acc_manifests, "Manifests that were analysed",
     "listManifests", "ManifestsAnswer", NULL, P(ITERATION)},
    {GET, READ, "/api/v1/acc/manifest/{name}", CLOCKS | P(ITERATION), SMALL, handle_acc_manifest, "One manifest",
     "getManifest", "ManifestAnswer", NULL, P(ITERATION)},
    {GET, READ, "/api/v1/iterations", CLOCKS | PARAMETERS_PAGE, SMALL, handle_iterations, "Iterations with their verdicts",
     "listIterations", "IterationsAnswer", NULL},
    {GET, READ, "/api/v1/iterations/{iteration}", CLOCKS, SMALL, handle_iteration, "One iteration with its verdict",
     "getIteration", "IterationAnswer", NULL},
    {GET, READ, "/api/v1/iterations/{iteration}/graph", CLOCKS, SMALL, handle_convergence_graph,
     "The whole graph of an iteration, whatever it is called",
     "getIterationGraph", "ConvergenceGraph", NULL},
    {GET, READ, "/api/v1/iterations/{iteration}/nodes", CLOCKS | PARAMETERS_PAGE | P(KIND), SMALL, handle_nodes,
     "Nodes of an iteration",
     "listNodes", "NodesAnswer", NULL},
    {GET, READ, "/api/v1/iterations/{iteration}/diff", P(FROM) | P(TO) | P(FROM_KNOWN) | P(TO_KNOWN), SMALL, handle_diff,
     "The difference of two views",
     "getDiff", "ChangesAnswer", NULL, P(FROM)},
    {GET, READ, "/api/v1/iterations/{iteration}/changes", P(FROM) | P(TO), SMALL, handle_changes,
     "What changed between two moments",
     "listChanges", "ChangesAnswer", NULL, P(FROM)},
    {GET, READ, "/api/v1/iterations/{iteration}/trace", CLOCKS | P(NODE) | P(KIND), SMALL, handle_trace,
     "The spine from requirement to component through a node",
     "getTrace", "TraceAnswer", NULL, P(NODE)},
    {GET, READ, "/api/v1/search", LIST | P(Q) | P(KIND) | P(ITERATION), SMALL, handle_search,
     "Nodes of all iterations by id, name or message",
     "searchNodes", "SearchAnswer", NULL, P(Q)},
    {GET, READ, "/api/v1/search/violations", LIST | P(Q) | P(SEVERITY) | P(ITERATION), SMALL, handle_search_violations,
     "Violations of all iterations by id, message, rule or module",
     "searchViolations", "SearchViolationsAnswer", NULL},
    {GET, READ, "/api/v1/search/logs", PARAMETERS_PAGE | P(Q) | P(ITERATION), SMALL, handle_search_logs,
     "Messages in the events of the log, the newest first",
     "searchLogs", "SearchLogsAnswer", NULL, P(Q)},
    {GET, READ, "/api/v1/nodes/history", LIST | P(ITERATION) | P(NODE) | P(KIND) | P(ORDER), SMALL, handle_node_history,
     "All versions of a node",
     "getNodeHistory", "HistoryAnswer", NULL, P(NODE)},
    {GET, READ, "/api/v1/status", 0, SMALL, handle_status, "Position, watermarks, counts, memory",
     "getStatus", "StatusAnswer", NULL},
    {GET, READ, "/api/v1/policy", 0, SMALL, handle_policy, "The policy in force",
     "getPolicy", "PolicyAnswer", NULL},
    {GET, OPERATE, "/api/v1/digest", 0, SMALL, handle_digest, "A fingerprint of the graph",
     "getDigest", "Digest", NULL},
    {ASK, OPERATE, "/api/v1/rebuild/verify", 0, SMALL, handle_rebuild_verify, "Rebuild from the log beside the graph and compare",
     "verifyRebuild", "RebuildAnswer", NULL},
    {POST, WRITE, "/api/v1/import/{format}", P(ITERATION) | P(FILE) | P(COMMIT) | P(MANIFEST) | P(MODIFIED), LIMIT_BODY_BYTES,
     handle_import, "Take in another tool's file",
     "importFile", "ImportAnswer", "Import"},
    {POST, WRITE, "/api/v1/links", 0, SMALL, handle_link_assert, "Link two nodes by hand",
     "assertLink", "DecisionAnswer", "Link"},
    {DELETE, WRITE, "/api/v1/links", 0, SMALL, handle_link_deny, "Deny a link by hand",
     "denyLink", "DecisionAnswer", "Link"},
    {POST, WRITE, "/api/v1/violations/suppress", 0, SMALL, handle_suppress, "Suppress a violation, with a decision record",
     "suppressViolation", "DecisionAnswer", "Suppression"},
    {DELETE, WRITE, "/api/v1/violations/suppress", 0, SMALL, handle_suppress_lift, "Lift a violation's suppression",
     "liftSuppression", "DecisionAnswer", "SuppressionLift"},
    {POST, WRITE, "/api/v1/scenarios/quarantine", 0, SMALL, handle_quarantine, "Quarantine a scenario",
     "quarantineScenario", "DecisionAnswer", "Quarantine"},
    {DELETE, WRITE, "/api/v1/scenarios/quarantine", 0, SMALL, handle_quarantine_lift, "Lift a scenario's quarantine",
     "liftQuarantine", "DecisionAnswer", "Quarantine"},
    {GET, READ, "/api/v1/dlq", PARAMETERS_PAGE | P(CATEGORY) | P(STREAM) | P(ITERATION) | P(FROM) | P(TO) | P(REMOVED) | P(ORDER),
     SMALL, handle_dlq_list, "Dead letters",
     "listDeadLetters", "DeadLettersAnswer", NULL},
    {ASK, WRITE, "/api/v1/dlq/replay", 0, SMALL, handle_dlq_replay, "Replay dead letters; a dry run unless apply is true",
     "replayDeadLetters", "ReplayAnswer", "Replay"},
    {POST, WRITE, "/api/v1/dlq/discard", 0, SMALL, handle_dlq_discard, "Discard dead letters",
     "discardDeadLetters", "DiscardAnswer", "Discard"},
    {GET, READ, "/api/v1/dlq/{id}", 0, SMALL, handle_dlq_show, "One dead letter, its bytes and its difference from the schema",
     "getDeadLetter", "DeadLetterAnswer", NULL},
    {PUT, WRITE, "/api/v1/dlq/{id}", 0, LIMIT_DEAD_LETTER_BYTES, handle_dlq_edit, "Replace the bytes of a dead letter",
     "editDeadLetter", "EditAnswer", "DeadLetterText"},
    {DELETE, WRITE, "/api/v1/dlq/{id}", 0, SMALL, handle_dlq_discard_one, "Discard one dead letter",
     "discardDeadLetter", "DiscardAnswer", "DiscardOne"},
    {ASK, WRITE, "/api/v1/dlq/{id}/replay", 0, SMALL, handle_dlq_replay_one,
     "Replay one dead letter; a dry run unless apply is true",
     "replayDeadLetter", "ReplayAnswer", "ReplayOne"},
    {GET, READ, "/api/v1/layouts", 0, SMALL, handle_layouts, "Your saved layouts",
     "listLayouts", "LayoutsAnswer", NULL},
    {GET, READ, "/api/v1/layouts/{name}", 0, SMALL, handle_layout, "One of them",
     "getLayout", "LayoutAnswer", NULL},
    {PUT, READ, "/api/v1/layouts/{name}", 0, SMALL, handle_layout_save, "Save a layout under this name",
     "saveLayout", "LayoutSavedAnswer", "Layout"},
    {DELETE, READ, "/api/v1/layouts/{name}", 0, SMALL, handle_layout_delete, "Delete a saved layout",
     "deleteLayout", "LayoutSavedAnswer", NULL},
    {GET, AUDIT, "/api/v1/audit", PARAMETERS_PAGE | P(ACTOR) | P(ACTION) | P(OBJECT) | P(FROM) | P(TO) | P(ORDER), SMALL,
     handle_audit, "Who changed what",
     "listAudit", "AuditAnswer", NULL},
    {GET, AUDIT, "/api/v1/audit/verify", 0, SMALL, handle_audit_verify, "Has anybody changed the audit log",
     "verifyAudit", "AuditReport", NULL},
    {GET, USERS, "/api/v1/tokens", 0, SMALL, handle_tokens, "Tokens, without their texts",
     "listTokens", "TokensAnswer", NULL},
    {POST, USERS, "/api/v1/tokens", 0, SMALL, handle_token_create, "Make a token; its text is in this answer only",
     "createToken", "TokenCreated", "Token"},
    {ASK, USERS, "/api/v1/tokens/link", 0, SMALL, handle_token_link, "Make a link that signs a browser in, once",
     "createSignInLink", "SignInLink", "SignInLink"},
    {DELETE, USERS, "/api/v1/tokens/{id}", 0, SMALL, handle_token_revoke, "Revoke a token, by id or name",
     "revokeToken", "TokenRevoked", NULL},
    {ASK, USERS, "/api/v1/personal/erase", 0, SMALL, handle_erase,
     "What is held of a person, and its erasure; a dry run unless apply is true",
     "erasePersonalData", "ErasureAnswer", "Erasure"},
    {GET, READ, "/api/v1/whoami", 0, SMALL, handle_whoami, "Whose credential this is, and what it may do",
     "whoAmI", "WhoAmI", NULL},
    {ASK, READ, "/api/v1/sign-out", 0, SMALL, handle_sign_out, "End this browser's session",
     "signOut", "SignedOut", NULL},
    {GET, READ, "/graphql", P(QUERY) | P(VARIABLES) | P(OPERATION_NAME) | P(EXTENSIONS), SMALL, handle_graphql,
     "GraphQL: a query in the parameters; for browsers a page to explore it (GraphiQL); WebSocket (graphql-transport-ws)",
     "graphqlByGet", "GraphqlAnswer", NULL},
    {ASK, READ, "/graphql", 0, LIMIT_GRAPHQL_BODY_BYTES, handle_graphql,
     "GraphQL: {query, variables, operationName, extensions} as JSON, answered as GraphQL over HTTP says",
     "graphql", "GraphqlAnswer", "Graphql"},
    {GET, PUBLIC, "/health", 0, SMALL, handle_health, "Is the process alive",
     "getHealth", "Health", NULL},
    {GET, PUBLIC, "/ready", 0, SMALL, handle_ready, "Does it take events",
     "getReadiness", "Readiness", NULL},
    {GET, METRICS, "/metrics", 0, SMALL, handle_metrics, "Prometheus text",
     "getMetrics", "text/plain", NULL},
    {GET, PUBLIC, "/api/openapi.json", 0, SMALL, handle_openapi, "This interface as OpenAPI 3.1",
     "getOpenApi", "OpenApi", NULL},
    {GET, PUBLIC, "/api/docs", 0, SMALL, handle_docs, "This interface as a page to read and try",
     "getDocsPage", "text/html", NULL},
    {GET, PUBLIC, "/assets/{name}", 0, SMALL, handle_asset, "A file that a page is made of",
     "getAsset", "*/*", NULL},
    {GET, PUBLIC, "/app/{name}", 0, SMALL, handle_asset, "A file that Mission Control is made of",
     "getPageFile", "*/*", NULL},
    {GET, PUBLIC, "/iterations/{path}", PARAMETERS_OF_SCRIPT, SMALL, handle_page,
     "Mission Control, the page; its script reads the path. It holds no data, so that a link from elsewhere, which brings no cookie, works",
     "getPageAt", "text/html", NULL},
    {GET, PUBLIC, "/dead-letters", PARAMETERS_OF_SCRIPT, SMALL, handle_page, "Mission Control's dead letters, likewise",
     "getDeadLettersPage", "text/html", NULL},
    {GET, PUBLIC, "/system", PARAMETERS_OF_SCRIPT, SMALL, handle_page, "Mission Control's view of the process, likewise",
     "getSystemPage", "text/html", NULL},
    {GET, PUBLIC, "/compare", PARAMETERS_OF_SCRIPT, SMALL, handle_page, "Mission Control's comparison of two iterations, likewise",
     "getComparePage", "text/html", NULL},
    {GET, READ, "/overview", 0, SMALL, handle_overview, "Iterations with their verdicts, as a page without script",
     "getOverviewPage", "text/html", NULL},
    {GET, READ, "/", PARAMETERS_OF_SCRIPT, SMALL, handle_page, "Mission Control, the page",
     "getPage", "text/html", NULL},
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

const char *api_route_pattern(enum api_method method, struct str path)
{
    struct str found[PATH_PARAMETERS_MAX];
    unsigned methods;
    const struct route *route = route_find(method, path, found, &methods);
    for (int other = 0; route == NULL && other < API_METHOD_COUNT; other++) { /* it is there, for another method */
        route = (methods >> other & 1) != 0 ? route_find((enum api_method)other, path, found, &methods) : NULL;
    }
    return route == NULL ? NULL : route->pattern;
}
