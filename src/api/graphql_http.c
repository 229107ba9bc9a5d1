/* /graphql over HTTP, as the GraphQL-over-HTTP specification has it (graphql.github.io/graphql-over-http).
 *
 *   asked for as                        request error (no data)   data, with or without errors
 *   application/graphql-response+json   400                       200
 *   application/json                    200                       200
 *
 * In both: 400 for what is no GraphQL request at all (no JSON, no query, a parameter of the wrong type), 401 for nobody,
 * 405 for a mutation by GET, 415 for a body that is not application/json, 503 when there is too much to do.
 *
 * Cross-site requests: a form or a page elsewhere can send GET, and POST with the content types of forms, without being asked;
 * GET never changes anything, and those content types are refused. application/json is preceded by a question (CORS) that
 * is answered only for the origins in the configuration.
 */
#include "api/api_private.h"
#include "api/graphiql.h"
#include "api/graphql_operation.h"
#include "api/graphql_socket.h"
#include "api/negotiate.h"

enum media { MEDIA_JSON, MEDIA_RESPONSE, MEDIA_HTML, MEDIA_COUNT };

static const char *const media_types[MEDIA_COUNT] = {"application/json", "application/graphql-response+json", "text/html"};
static const char *const content_types[2] = {"application/json; charset=utf-8",
                                             "application/graphql-response+json; charset=utf-8"};

struct asking { /* exchange->state */
    enum media media;
};

/* ---- answers ---- */

static const struct asking *asking_of(const struct exchange *exchange)
{
    return exchange->state;
}

static void reply(struct exchange *exchange, unsigned status, struct str body)
{
    struct api_header headers[2] = {{STR("Vary"), STR("Accept, Accept-Encoding")}};
    size_t count = 1;
    if (status == 405) {
        headers[count++] = (struct api_header){STR("Allow"), STR("POST")};
    } else if (status == 401) {
        headers[count++] = (struct api_header){STR("WWW-Authenticate"), STR("Bearer realm=\"trimodal\"")};
    } else if (status == 503 || status == 429) {
        headers[count++] = (struct api_header){STR("Retry-After"), STR("1")};
    }
    if (body.at != exchange->body.bytes) {
        buffer_clear(&exchange->body);
        buffer_append_str(&exchange->body, body);
    }
    answer_as(exchange, status, content_types[asking_of(exchange)->media], headers, count);
}

static void refuse(struct exchange *exchange, unsigned status, const char *code, const char *message)
{
    graphql_write_fault(&exchange->body, code, message);
    reply(exchange, status, buffer_str(&exchange->body));
}

static unsigned status_of_outcome(const struct exchange *exchange, enum graphql_outcome outcome)
{
    switch (outcome) {
    case GRAPHQL_ANSWERED:
    case GRAPHQL_FAULTY:
        return 200;
    case GRAPHQL_REFUSED:
        return asking_of(exchange)->media == MEDIA_RESPONSE ? 400 : 200;
    default:
        return 503; /* nobody hears it where the operation was cancelled */
    }
}

static void ended(void *context, enum graphql_outcome outcome, struct str body)
{
    struct exchange *exchange = context;
    reply(exchange, status_of_outcome(exchange, outcome), body);
}

static bool is_there(void *context)
{
    const struct exchange *exchange = context;
    return exchange->request.is_there == NULL || exchange->request.is_there(exchange->request.context);
}

/* ---- requests ---- */

static bool is_json_type(struct str content_type)
{
    struct str rest = content_type, part;
    if (!str_split_next(&rest, ';', &part) || !str_equal_ignoring_case(str_trim(part), STR("application/json"))) {
        return false;
    }
    while (str_split_next(&rest, ';', &part)) {
        part = str_trim(part);
        if (part.length > 8 && str_equal_ignoring_case((struct str){part.at, 8}, STR("charset="))) {
            struct str charset = {part.at + 8, part.length - 8};
            return str_equal_ignoring_case(charset, STR("utf-8")) || str_equal_ignoring_case(charset, STR("\"utf-8\""));
        }
    }
    return true;
}

static bool read_json(struct exchange *exchange, struct str text, const char *what, struct json *root)
{
    struct error error;
    enum status status = json_parse(exchange->api->parser, text, root, &error);
    struct str message;
    if (status == STATUS_OK) {
        return true;
    }
    bool written = arena_format(&exchange->arena, &message, "%s is not JSON: %s", what, error.text);
    refuse(exchange, status == STATUS_INVALID ? 400 : 503, "BAD_REQUEST", written ? message.at : what);
    return false;
}

static bool read_body(struct exchange *exchange, struct graphql_ask *ask)
{
    const struct api_request *request = &exchange->request;
    if (!is_json_type(request->content_type)) {
        refuse(exchange, 415, "UNSUPPORTED_MEDIA_TYPE", "Send the request as Content-Type: application/json, in UTF-8.");
        return false;
    }
    if (request->content_encoding.length > 0 && !str_equal_ignoring_case(request->content_encoding, STR("identity"))) {
        refuse(exchange, 415, "UNSUPPORTED_MEDIA_TYPE", "Send the request without Content-Encoding.");
        return false;
    }
    struct str body = str_trim(request->body);
    if (body.length == 0) {
        refuse(exchange, 400, "BAD_REQUEST", "The body is empty; an object with \"query\" is expected.");
        return false;
    }
    struct json root;
    if (!read_json(exchange, body, "The body", &root)) {
        return false;
    }
    if (json_type(root) == JSON_ARRAY) {
        refuse(exchange, 400, "BAD_REQUEST", "Batches are not taken; send each operation as a request of its own.");
        return false;
    }
    struct error error;
    if (graphql_ask_read(ask, root, body, &error) != STATUS_OK) {
        refuse(exchange, 400, "BAD_REQUEST", error.text);
        return false;
    }
    return true;
}

/* With the padding that the JSON reader needs. */
static bool padded(struct exchange *exchange, struct str text, struct str *copy)
{
    char *memory = arena_new(&exchange->arena, text.length + JSON_READ_PADDING);
    if (memory == NULL) {
        refuse(exchange, 503, "UNAVAILABLE", "out of memory; try again in a moment");
        return false;
    }
    memcpy(memory, text.at, text.length);
    memset(memory + text.length, 0, JSON_READ_PADDING);
    *copy = (struct str){memory, text.length};
    return true;
}

static bool read_query(struct exchange *exchange, struct graphql_ask *ask)
{
    struct str variables = str_trim(exchange->query[PARAMETER_VARIABLES]);
    struct str extensions = str_trim(exchange->query[PARAMETER_EXTENSIONS]);
    *ask = (struct graphql_ask){.text = exchange->query[PARAMETER_QUERY],
                                .operation_name = exchange->query[PARAMETER_OPERATION_NAME]};
    struct json root;
    struct error error;
    if (ask->operation_name.length == 0) {
        ask->operation_name = STR_NONE; /* "operationName=" */
    }
    if (variables.length > 0 && !str_is(variables, "null")) {
        if (!padded(exchange, variables, &ask->variables_json) ||
            !read_json(exchange, ask->variables_json, "\"variables\"", &root)) {
            return false;
        }
        if (json_type(root) != JSON_OBJECT) {
            refuse(exchange, 400, "BAD_REQUEST", "\"variables\" must be a JSON object.");
            return false;
        }
    }
    if (extensions.length > 0) {
        if (!padded(exchange, extensions, &extensions) || !read_json(exchange, extensions, "\"extensions\"", &root)) {
            return false;
        }
        if (graphql_ask_read_extensions(ask, root, &error) != STATUS_OK) {
            refuse(exchange, 400, "BAD_REQUEST", error.text);
            return false;
        }
    }
    if (ask->text.at == NULL && ask->sha256_hex.at == NULL) {
        refuse(exchange, 400, "BAD_REQUEST", "The parameter \"query\" is missing: the text of a GraphQL document.");
        return false;
    }
    return true;
}

/* ---- both ---- */

static void run(struct exchange *exchange, const struct graphql_ask *ask)
{
    struct graphql_service *service = exchange->api->graphql;
    const struct api_request *request = &exchange->request;
    struct query_plan *plan = NULL;
    enum status status = graphql_prepare(service, ask, &request->principal, &plan, &exchange->body);
    if (status != STATUS_OK) {
        reply(exchange, status_of_outcome(exchange, status == STATUS_INVALID ? GRAPHQL_REFUSED : GRAPHQL_UNAVAILABLE),
              buffer_str(&exchange->body));
        return;
    }
    enum query_operation kind = query_plan_operation(plan);
    if (kind == QUERY_SUBSCRIPTION) {
        graphql_count(service, kind, GRAPHQL_REFUSED);
        refuse(exchange, status_of_outcome(exchange, GRAPHQL_REFUSED), "BAD_REQUEST",
               "Subscriptions go over WebSocket, with the subprotocol graphql-transport-ws, to this same path.");
    } else if (kind == QUERY_MUTATION && request->method == API_GET) {
        graphql_count(service, kind, GRAPHQL_REFUSED);
        refuse(exchange, 405, "METHOD_NOT_ALLOWED", "GET changes nothing; send mutations by POST.");
    } else if (kind == QUERY_MUTATION && !rate_take(exchange->api, RATE_WRITE, &request->principal, request->address).allowed) {
        graphql_count(service, kind, GRAPHQL_REFUSED);
        refuse(exchange, 429, "RATE_LIMITED", "Too many changes at a time; try again in a moment.");
    } else {
        const struct graphql_asker asker = {.principal = request->principal, .tenant_id = exchange->tenant_id,
            .all_tenants = exchange->all_tenants, .address = request->address, .origin = request->origin};
        (void)graphql_operation_begin(service, plan, ask->variables_json, &(struct graphql_client){
            .asker = &asker, .begun_ns = exchange->begun_ns, .context = exchange, .is_there = is_there, .done = ended});
    }
    query_plan_release(plan);
}

static bool may_ask(const struct exchange *exchange)
{
    bool anybody_may = exchange->api->options.graphql.introspection == GRAPHQL_INTROSPECTION_ALL;
    return principal_may(&exchange->request.principal, PERMISSION_ITERATION_READ) ||
           (anybody_may && exchange->request.refusal == NULL);
}

static void refuse_asker(struct exchange *exchange)
{
    if (exchange->request.principal.known) {
        refuse(exchange, 403, "FORBIDDEN", "This credential does not have the permission to read iterations.");
        return;
    }
    const struct auth_refusal *refusal = exchange->request.refusal;
    const char *text = refusal != NULL ? refusal->text : "Sign in first: send a token as \"Authorization: Bearer TOKEN\".";
    refuse(exchange, refusal != NULL ? refusal->status : 401, "UNAUTHENTICATED", text);
}

void handle_graphql(struct exchange *exchange)
{
    bool by_get = exchange->request.method == API_GET;
    if (exchange->request.upgrade != NULL) {
        graphql_socket_open(exchange);
        return;
    }
    struct asking *asking = arena_new(&exchange->arena, sizeof *asking);
    if (asking == NULL) {
        problem(exchange, 503, "", "out of memory; try again in a moment");
        return;
    }
    int media = media_type_choose(exchange->request.accept, media_types, by_get ? MEDIA_COUNT : MEDIA_HTML);
    *asking = (struct asking){.media = media < 0 ? MEDIA_JSON : (enum media)media};
    exchange->state = asking;
    struct graphql_ask ask;
    if (media < 0) {
        refuse(exchange, 406, "NOT_ACCEPTABLE",
               "Answers are application/graphql-response+json or application/json; the Accept header wants neither.");
    } else if (media == MEDIA_HTML) {
        answer_graphiql(exchange);
    } else if (!may_ask(exchange)) {
        refuse_asker(exchange);
    } else if (graphql_service(exchange->api, NULL) == NULL) {
        refuse(exchange, 503, "UNAVAILABLE", "out of memory; try again in a moment");
    } else if (by_get ? read_query(exchange, &ask) : read_body(exchange, &ask)) {
        run(exchange, &ask);
    }
}
