/* GET /api/openapi.json: this interface as OpenAPI 3.1, made from the table of routes that serves it.
 *
 * A route names its operation, the schema of its answer and its body's; what these names stand for is written in
 * schemas/openapi/components.json, which is part of the program. Which statuses can come follows from the row: its permission,
 * its parameters, its body. tests/e2e/openapi.test.mjs holds real answers against the document.
 *
 * OpenAPI describes requests and answers, and a WebSocket begins as one: GET with an upgrade, answered 101. So each is an
 * operation with its handshake; what the two sides say after that stands in the extension x-websocket, by schemas of the
 * same document. GraphQL's requests and answers are there as HTTP sees them; what can be asked is told by its own schema. */
#include "api/api_private.h"
#include "api/assets.h"

/* Where the first beginning of the path stands in the list, that is the operation's tag. */
static const struct {
    const char *beginning, *tag, *description;
} tags[] = {
    {"/api/v1/events", "Events", "Evidence goes in, and comes out again as it was sent."},
    {"/api/v1/import", "Events", NULL},
    {"/api/v1/convergence", "Convergence", "The three streams together: verdict, gate, contract stars, what has no partner."},
    {"/api/v1/dde", "DDE", "Dependency-driven execution: did the work run?"},
    {"/api/v1/bdv", "BDV", "Behaviour-driven validation: does it behave?"},
    {"/api/v1/acc", "ACC", "Architectural conformance: is it built as agreed?"},
    {"/api/v1/iterations", "Iterations", "Iterations, their nodes, and how they changed."},
    {"/api/v1/nodes", "Iterations", NULL},
    {"/api/v1/search", "Search", "Over all iterations."},
    {"/api/v1/links", "Decisions", "What people say, with a reason; all of it is in the audit log."},
    {"/api/v1/violations", "Decisions", NULL},
    {"/api/v1/scenarios", "Decisions", NULL},
    {"/api/v1/dlq", "Dead letters", "What was refused, why, and how it gets in after all."},
    {"/api/v1/layouts", "Layouts", "How a user has arranged the graphs."},
    {"/api/v1/audit", "Administration", "The audit log, tokens, and the process as a whole."},
    {"/api/v1/tokens", "Administration", NULL},
    {"/graphql", "GraphQL", "Every question and every decision in one schema; ask it for itself, or see /graphql in a browser."},
    {"/api/v1/whoami", "Administration", NULL},
    {"/api/v1/sign-out", "Administration", NULL},
    {"/", "Process", "Health, metrics, policy, and this document."},
};
#define TAG_COUNT (sizeof tags / sizeof tags[0])

#define GRAPHQL_CONTENT                                                                                                      \
    "\"application/graphql-response+json\":{\"schema\":{\"$ref\":\"#/components/schemas/GraphqlAnswer\"}},"                        \
    "\"application/json\":{\"schema\":{\"$ref\":\"#/components/schemas/GraphqlAnswer\"}}"
#define ID_SCHEMA "{\"type\":\"string\",\"minLength\":1,\"maxLength\":4096}"

static const struct {
    const char *beginning, *name, *description, *schema;
} path_parameters[] = {
    {"/", "iteration", "id of the iteration", "{\"$ref\":\"#/components/schemas/Id\"}"},
    {"/api/v1/dlq", "id", "number of the dead letter", "{\"type\":\"integer\",\"minimum\":1}"},
    {"/api/v1/events", "id", "its place in the log, or its event_id", "{\"$ref\":\"#/components/schemas/Id\"}"},
    {"/api/v1/tokens", "id", "number or name of the token", "{\"$ref\":\"#/components/schemas/Id\"}"},
    {"/api/v1/layouts", "name", "name of the layout", "{\"type\":\"string\",\"minLength\":1,\"maxLength\":128}"},
    {"/api/v1/acc", "name", "name of the manifest", "{\"$ref\":\"#/components/schemas/Id\"}"},
    {"/app", "name", "file name with its hash, as the page names it", "{\"type\":\"string\",\"minLength\":1}"},
    {"/iterations", "path", "an iteration, and what is shown of it", "{\"type\":\"string\",\"minLength\":1}"},
    {"/assets", "name", "file name with its hash, as pages name it", "{\"type\":\"string\",\"minLength\":1}"},
    {"/", "path", "path of the feature; slashes in it need not be encoded", "{\"$ref\":\"#/components/schemas/Id\"}"},
    {"/", "format", "who wrote the file", "{\"$ref\":\"#/components/schemas/ImportFormat\"}"},
};

static const char *tag_of(const struct route *route)
{
    for (size_t i = 0; i < TAG_COUNT; i++) {
        if (str_starts_with(str_from(route->pattern), str_from(tags[i].beginning))) {
            return tags[i].tag;
        }
    }
    return "Process";
}

/* ---- parameters ---- */

static void write_parameter(struct json_writer *json, const char *place, struct str name, bool required,
                            const char *description, const char *schema)
{
    json_write_object_begin(json);
    json_field_str(json, "name", name);
    json_field_text(json, "in", place);
    json_field_bool(json, "required", required);
    json_field_text(json, "description", description);
    json_write_key(json, "schema");
    json_write_raw(json, str_from(schema));
    json_write_object_end(json);
}

static void write_path_parameter(struct json_writer *json, const struct route *route, struct str name)
{
    const char *description = "", *schema = ID_SCHEMA;
    for (size_t i = 0; i < sizeof path_parameters / sizeof path_parameters[0]; i++) {
        if (str_is(name, path_parameters[i].name) &&
            str_starts_with(str_from(route->pattern), str_from(path_parameters[i].beginning))) {
            description = path_parameters[i].description;
            schema = path_parameters[i].schema;
            break;
        }
    }
    write_parameter(json, "path", name, true, description, schema);
}

/* ---- WebSockets ---- */

static bool is_stream(const struct route *route)
{
    return strcmp(route->answer, "StreamFrame") == 0;
}

static bool is_graphql(const struct route *route)
{
    return route->handle == handle_graphql;
}

static bool takes_upgrade(const struct route *route)
{
    return is_stream(route) || (is_graphql(route) && route->method == API_GET);
}

/* Of the handshake, RFC 6455 section 4.1. They are required where there is nothing without it. */
static void write_handshake_parameters(struct json_writer *json, const struct route *route)
{
    static const struct {
        const char *name, *description, *schema;
    } headers[] = {
        {"Upgrade", "asks for a WebSocket", "{\"type\":\"string\",\"const\":\"websocket\"}"},
        {"Connection", "holds the word Upgrade", "{\"type\":\"string\"}"},
        {"Sec-WebSocket-Version", "of the protocol", "{\"type\":\"string\",\"const\":\"13\"}"},
        {"Sec-WebSocket-Key", "16 random bytes in base64", "{\"type\":\"string\",\"minLength\":24,\"maxLength\":24}"},
    };
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        write_parameter(json, "header", str_from(headers[i].name), is_stream(route), headers[i].description, headers[i].schema);
    }
    if (is_graphql(route)) {
        write_parameter(json, "header", STR("Sec-WebSocket-Protocol"), false, "with an upgrade",
                        "{\"type\":\"string\",\"const\":\"graphql-transport-ws\"}");
    }
}

/* What is said over the open socket: by this server, and to it. */
static void write_socket(struct json_writer *json, const struct route *route)
{
    json_write_key(json, "x-websocket");
    json_write_raw(json, is_graphql(route)
                             ? STR("{\"subprotocol\":\"graphql-transport-ws\",\"sends\":{\"$ref\":\"#/components/x-messages/GraphqlMessage\"},"
                                   "\"takes\":{\"$ref\":\"#/components/x-messages/GraphqlMessage\"}}")
                             : STR("{\"sends\":{\"$ref\":\"#/components/x-messages/StreamFrame\"},"
                                   "\"takes\":{\"$ref\":\"#/components/x-messages/StreamSince\"}}"));
}

static void write_parameters(struct json_writer *json, const struct route *route)
{
    json_write_key(json, "parameters");
    json_write_array_begin(json);
    for (const char *at = strchr(route->pattern, '{'); at != NULL; at = strchr(at + 1, '{')) {
        write_path_parameter(json, route, (struct str){at + 1, (size_t)(strchr(at, '}') - at - 1)});
    }
    for (int i = 0; i < PARAMETER_COUNT; i++) {
        if (route_takes(route, (enum parameter)i)) {
            write_parameter(json, "query", str_from(parameters[i].name), (route->required >> i & 1) != 0,
                            parameters[i].summary,
                            i == PARAMETER_ORDER && route->handle == handle_node_history
                                ? "{\"type\":\"string\",\"enum\":[\"validity\",\"recorded\"]}"
                                : parameters[i].schema);
        }
    }
    if (takes_upgrade(route)) {
        write_handshake_parameters(json, route);
    }
    json_write_array_end(json);
}

/* ---- responses ---- */

static void write_reference(struct json_writer *json, const char *section, const char *name)
{
    struct buffer text;
    buffer_init(&text, 256);
    buffer_append_format(&text, "#/components/%s/%s", section, name);
    json_write_object_begin(json);
    json_field_str(json, "$ref", buffer_str(&text));
    json_write_object_end(json);
    buffer_release(&text);
}

static void write_answer(struct json_writer *json, const struct route *route, const char *status, const char *description)
{
    bool is_json = strchr(route->answer, '/') == NULL;
    json_write_key(json, status);
    json_write_object_begin(json);
    json_field_text(json, "description", description);
    json_write_key(json, "content");
    json_write_object_begin(json);
    json_write_key(json, is_json ? "application/json" : route->answer);
    json_write_object_begin(json);
    json_write_key(json, "schema");
    if (is_json) {
        write_reference(json, "schemas", route->answer);
    } else {
        json_write_raw(json, STR("{\"type\":\"string\"}"));
    }
    json_write_object_end(json);
    json_write_object_end(json);
    json_write_object_end(json);
}

/* The ways in which it can go wrong; what they say is the same everywhere, so they stand among the components. */
static void write_problems(struct json_writer *json, const struct route *route)
{
    bool takes_body = route->body != NULL, asks = route->permission != PERMISSION_NONE;
    bool names_something = strchr(route->pattern, '{') != NULL || (route->parameters & PARAMETER(ITERATION)) != 0 ||
                           (route->parameters & PARAMETER(NODE)) != 0 || (takes_body && !is_graphql(route));
    bool judges = route->handle == handle_events || route->handle == handle_import;
    const struct {
        bool can_come;
        const char *status, *response;
    } problems[] = {
        {true, "400", "BadRequest"},
        {asks, "401", "Unauthorized"},
        {asks, "403", "Forbidden"},
        {is_graphql(route) && route->method == API_GET, "405", "GraphqlFault"},
        {is_graphql(route), "406", "GraphqlFault"},
        {names_something, "404", "NotFound"},
        {route->method != API_GET && !is_graphql(route), "409", "Conflict"},
        {takes_body, "413", "TooLarge"},
        {is_stream(route), "426", "UpgradeRequired"},
        {takes_body, "415", "UnsupportedMediaType"},
        {takes_body && !judges && !is_graphql(route), "422", "Unprocessable"},
        {asks, "429", "TooManyRequests"},
        {true, "500", "InternalError"},
        {route->handle != handle_ready, "503", "Unavailable"},
    };
    for (size_t i = 0; i < sizeof problems / sizeof problems[0]; i++) {
        if (problems[i].can_come) {
            json_write_key(json, problems[i].status);
            bool in_its_form = is_graphql(route) && problems[i].status[0] == '4';
            write_reference(json, "responses", in_its_form ? "GraphqlFault" : problems[i].response);
        }
    }
}

/* GraphQL's answers in both of their media types, and for browsers its page. */
static void write_graphql_answer(struct json_writer *json, const struct route *route)
{
    json_write_key(json, "200");
    json_write_object_begin(json);
    json_field_text(json, "description", "What was asked for, with errors beside it where there are any");
    json_write_key(json, "content");
    json_write_raw(json, route->method == API_GET ? STR("{" GRAPHQL_CONTENT ",\"text/html\":{\"schema\":{\"type\":\"string\"}}}")
                                                  : STR("{" GRAPHQL_CONTENT "}"));
    json_write_object_end(json);
}

static void write_handshake_answers(struct json_writer *json, const struct route *route)
{
    json_write_key(json, "101");
    write_reference(json, "responses", "SwitchingProtocols");
    if (is_stream(route)) {
        json_write_key(json, "default"); /* there is no other good answer than 101 */
        write_reference(json, "responses", "Problem");
    }
}

/* The good ones. */
static void write_answers(struct json_writer *json, const struct route *route)
{
    bool judges = route->handle == handle_events || route->handle == handle_import;
    if (takes_upgrade(route)) {
        write_handshake_answers(json, route);
    }
    if (is_graphql(route)) {
        write_graphql_answer(json, route);
    }
    if (is_stream(route) || is_graphql(route)) {
        return;
    }
    if (route->handle == handle_token_create || route->handle == handle_token_link) {
        write_answer(json, route, "201", "Made");
    } else {
        write_answer(json, route, "200", judges ? "Every event was accepted, a duplicate or a conflict" : "The answer");
    }
    if (judges || route->handle == handle_dlq_replay || route->handle == handle_dlq_replay_one) {
        write_answer(json, route, "207", judges ? "Some events were rejected" : "Some letters stay in the queue");
    }
    if (judges) {
        write_answer(json, route, "422", "Every event was rejected");
    }
    if (route->handle == handle_ready) {
        write_answer(json, route, "503", "It does not take events now");
    }
    bool has_tag = strchr(route->answer, '/') == NULL || route->handle == handle_docs || route->handle == handle_asset ||
                   route->handle == handle_page;
    if (route->method == API_GET && has_tag) {
        json_write_key(json, "304");
        write_reference(json, "responses", "NotModified");
    }
}

static void write_responses(struct json_writer *json, const struct route *route)
{
    json_write_key(json, "responses");
    json_write_object_begin(json);
    write_answers(json, route);
    write_problems(json, route);
    json_write_object_end(json);
}

/* ---- operations ---- */

static struct str security_of(enum permission permission)
{
    switch (permission) {
    case PERMISSION_NONE:
        return STR("[]");
    case PERMISSION_METRICS_READ: /* the configuration may give it to everybody */
        return STR("[{},{\"bearer\":[]},{\"session\":[]}]");
    default:
        return STR("[{\"bearer\":[]},{\"session\":[]}]");
    }
}

static void write_operation(struct json_writer *json, const struct route *route)
{
    static const char *const lower[API_METHOD_COUNT] = {"get", "post", "put", "patch", "delete"};
    json_write_key(json, lower[route->method]);
    json_write_object_begin(json);
    json_field_text(json, "operationId", route->operation);
    json_field_text(json, "summary", route->summary);
    json_write_key(json, "tags");
    json_write_array_begin(json);
    json_write_str(json, str_from(tag_of(route)));
    json_write_array_end(json);
    json_write_key(json, "security");
    json_write_raw(json, security_of(route->permission));
    if (route->permission != PERMISSION_NONE) {
        json_field_text(json, "x-permission", permission_name(route->permission));
    }
    write_parameters(json, route);
    if (route->body != NULL) {
        json_write_key(json, "requestBody");
        write_reference(json, "requestBodies", route->body);
    }
    write_responses(json, route);
    if (takes_upgrade(route)) {
        write_socket(json, route);
    }
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

static void write_paths(struct json_writer *json)
{
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
}

static void write_info(struct json_writer *json)
{
    json_write_key(json, "info");
    json_write_object_begin(json);
    json_field_text(json, "title", "Tri-Modal Mission Control");
    json_field_text(json, "version", TRIMODAL_VERSION);
    json_field_text(json, "description",
                    "May this iteration be deployed? If not, why, what changed, and what was known when it was decided. Every read "
                    "takes two clocks: asOf (V, when it was so) and observedAt (K, when it was known).");
    json_write_key(json, "license");
    json_write_raw(json, STR("{\"name\":\"Apache License 2.0\",\"identifier\":\"Apache-2.0\"}"));
    json_write_object_end(json);
    json_write_key(json, "servers");
    json_write_raw(json, STR("[{\"url\":\"/\",\"description\":\"this server\"}]"));
    json_write_key(json, "tags");
    json_write_array_begin(json);
    for (size_t i = 0; i < TAG_COUNT; i++) {
        if (tags[i].description != NULL) {
            json_write_object_begin(json);
            json_field_text(json, "name", tags[i].tag);
            json_field_text(json, "description", tags[i].description);
            json_write_object_end(json);
        }
    }
    json_write_array_end(json);
}

void handle_openapi(struct exchange *exchange)
{
    struct json_writer *json = &exchange->json;
    json_write_object_begin(json);
    json_field_text(json, "openapi", "3.1.0");
    write_info(json);
    write_paths(json);
    json_write_key(json, "components");
    json_write_raw(json, asset_by_name("openapi-components.json")->bytes);
    json_write_object_end(json);
    answer(exchange, 200);
}
