#include "server/exchange.h"

#include <assert.h>

#include "base/json_write.h"
#include "base/memory.h"

#define EXCHANGE_BYTES_MAX (1 * MIB)
#define CE_HEADERS_BYTES_MAX (64 * KIB)
#define ANSWER_HEADERS_MAX 16

struct exchange {
    const struct exchange_door *door;
    uint64_t request;
    struct str origin; /* the header; valid like the request */
    struct arena arena;
    struct auth_refusal refusal;
    struct str subject;              /* whose credential it came with; in the arena */
    char request_id[ACCESS_ID_SIZE]; /* where there is an access log */
};

static bool method_of(enum net_method method, enum api_method *to)
{
    switch (method) {
    case NET_GET:
    case NET_HEAD: /* net leaves the body out */
        *to = API_GET;
        return true;
    case NET_POST:
        *to = API_POST;
        return true;
    case NET_PUT:
        *to = API_PUT;
        return true;
    case NET_PATCH:
        *to = API_PATCH;
        return true;
    case NET_DELETE:
        *to = API_DELETE;
        return true;
    case NET_OPTIONS:
        return false;
    }
    return false;
}

static bool is_there(void *context)
{
    const struct exchange *exchange = context;
    return net_request_alive(exchange->door->net, exchange->request);
}

/* While the answer is given, the access log is told what net does not know of it. */
static void begin_access(struct exchange *exchange, struct str tenant_id, struct access_about *about)
{
    if (exchange->door->access != NULL) {
        *about = (struct access_about){
            .request_id = str_from(exchange->request_id), .tenant_id = tenant_id, .subject = exchange->subject};
        exchange->door->access->about = about;
    }
}

static void end_access(const struct exchange *exchange)
{
    if (exchange->door->access != NULL) {
        exchange->door->access->about = NULL;
    }
}

/* @locality core thread */
static void reply(void *context, const struct api_response *response)
{
    struct exchange *exchange = context;
    _Static_assert(sizeof(struct api_header) == sizeof(struct net_header), "headers are name and value in both");
    struct net_header headers[ANSWER_HEADERS_MAX + CORS_HEADERS_MAX + 1];
    struct access_about about;
    size_t count = response->header_count < ANSWER_HEADERS_MAX ? response->header_count : ANSWER_HEADERS_MAX;
    for (size_t i = 0; i < count; i++) {
        headers[i] = (struct net_header){response->headers[i].name, response->headers[i].value};
    }
    count += cors_headers(exchange->door->cors, exchange->origin, headers + count);
    if (exchange->door->access != NULL) {
        headers[count++] = (struct net_header){STR("X-Request-Id"), str_from(exchange->request_id)};
    }
    begin_access(exchange, response->tenant_id, &about);
    net_reply(exchange->door->net, exchange->request, &(struct net_response){
        .status = response->status, .content_type = str_from(response->content_type), .headers = headers,
        .header_count = count, .body = response->body});
    end_access(exchange);
    arena_release(&exchange->arena);
    memory_free(exchange);
}

/* @locality core thread */
static void accept_socket(void *context, struct api_socket *socket, struct str subprotocol, struct str tenant_id)
{
    struct exchange *exchange = context;
    struct access_about about;
    begin_access(exchange, tenant_id, &about);
    sockets_accept(exchange->door->sockets, exchange->request, socket, subprotocol);
    end_access(exchange);
    arena_release(&exchange->arena);
    memory_free(exchange);
}

/* CloudEvents in binary mode (HTTP protocol binding 1.0, section 3.1): attributes come as ce-* headers, percent-encoded, the
 * data as the body. Gives them as one JSON object, or STR_NONE when there are none. */
static enum status cloudevents_attributes(const struct net_request *request, struct arena *arena, struct str *json)
{
    *json = STR_NONE;
    if (net_request_header(request, "ce-specversion").at == NULL) {
        return STATUS_OK;
    }
    struct buffer text;
    struct json_writer writer;
    buffer_init(&text, CE_HEADERS_BYTES_MAX);
    json_write_init(&writer, &text, 0);
    json_write_object_begin(&writer);
    for (size_t i = 0; i < request->header_count; i++) {
        struct str name = request->headers[i].name, value = request->headers[i].value;
        if (name.length <= 3 || !str_equal_ignoring_case((struct str){name.at, 3}, STR("ce-"))) {
            continue;
        }
        char *decoded = arena_new(arena, value.length + 1), *lower = arena_new(arena, name.length);
        size_t length;
        if (decoded == NULL || lower == NULL || !net_percent_decode(value, false, decoded, &length)) {
            buffer_release(&text);
            return STATUS_INVALID;
        }
        for (size_t c = 3; c < name.length; c++) {
            lower[c - 3] = (char)(name.at[c] >= 'A' && name.at[c] <= 'Z' ? name.at[c] - 'A' + 'a' : name.at[c]);
        }
        json_write_key_str(&writer, (struct str){lower, name.length - 3});
        json_write_str(&writer, (struct str){decoded, length});
    }
    json_write_object_end(&writer);
    bool copied = !buffer_failed(&text) && arena_copy(arena, buffer_str(&text), json);
    buffer_release(&text);
    return copied ? STATUS_OK : STATUS_INVALID;
}

/* OPTIONS (RFC 9110, 9.3.7), and a browser's question whether a page of another origin may send what it has in mind. */
static void answer_options(const struct exchange_door *door, const struct net_request *request)
{
    struct net *net = door->net;
    const struct cors_options *cors = door->cors;
    char methods[API_METHODS_SIZE] = "GET, HEAD, POST, PUT, PATCH, DELETE";
    if (!str_is(request->path, "*")) {
        api_methods(request->path, methods);
    }
    if (methods[0] == '\0') {
        net_reply_problem(net, request->id, 404, STR("There is nothing at this path; GET /api/openapi.json lists what there is."));
        return;
    }
    struct arena arena;
    arena_init(&arena, EXCHANGE_BYTES_MAX);
    struct net_header headers[CORS_HEADERS_MAX + 1] = {{STR("Allow"), str_from(methods)}};
    struct str origin = net_request_header(request, "origin");
    bool is_preflight = origin.at != NULL && net_request_header(request, "access-control-request-method").at != NULL;
    size_t count = 1;
    count += is_preflight ? cors_preflight(cors, origin, str_from(methods),
                                           net_request_header(request, "access-control-request-headers"), &arena, headers + 1)
                          : cors_headers(cors, origin, headers + 1);
    net_reply(net, request->id, &(struct net_response){.status = 204, .headers = headers, .header_count = count});
    arena_release(&arena);
}

void exchange_begin(const struct exchange_door *door, const struct net_request *request)
{
    enum api_method method;
    if (!method_of(request->method, &method)) {
        answer_options(door, request);
        return;
    }
    struct auth_refusal refusal;
    if (door->open_to != NULL && !door_is_open_to(door->open_to, request, &refusal)) {
        door_refuse(door->net, request->id, &refusal);
        return;
    }
    struct exchange *exchange = memory_new(sizeof *exchange);
    if (exchange == NULL) {
        net_reply_problem(door->net, request->id, 503, STR("The server is out of memory; try again in a moment."));
        return;
    }
    *exchange = (struct exchange){.door = door, .request = request->id, .origin = net_request_header(request, "origin")};
    arena_init(&exchange->arena, EXCHANGE_BYTES_MAX);
    if (door_sign_in(api_auth(door->api), door->net, request, &exchange->arena)) {
        arena_release(&exchange->arena);
        memory_free(exchange);
        return;
    }
    const struct api_upgrade upgrade = {.subprotocols = net_request_header(request, "sec-websocket-protocol"),
                                        .accept = accept_socket};
    struct api_request to = {
        .method = method,
        .path = request->path,
        .query = request->query,
        .content_type = net_request_header(request, "content-type"),
        .content_encoding = net_request_header(request, "content-encoding"),
        .accept = net_request_header(request, "accept"),
        .accept_encoding = net_request_header(request, "accept-encoding"),
        .if_none_match = net_request_header(request, "if-none-match"),
        .body = request->body,
        .tenant_named = net_request_header(request, "x-tenant"),
        .address = request->peer,
        .origin = STR("HTTP"),
        .upgrade = request->websocket ? &upgrade : NULL,
        .is_there = is_there,
        .done = reply,
        .context = exchange,
    };
    if (cloudevents_attributes(request, &exchange->arena, &to.ce_headers_event) != STATUS_OK) {
        arena_release(&exchange->arena);
        memory_free(exchange);
        net_reply_problem(door->net, request->id, 400, STR("The ce-* headers are not percent-encoded UTF-8, or too long."));
        return;
    }
    if (!door_check(api_auth(door->api), request, &exchange->arena, &to.principal, &exchange->refusal)) {
        bool gave_none = exchange->refusal.status == 401 && net_request_header(request, "authorization").at == NULL;
        to.refusal = gave_none ? NULL : &exchange->refusal;
    }
    exchange->subject = to.principal.subject;
    if (door->access != NULL) {
        access_log_id(door->access, request, exchange->request_id);
    }
    api_handle(door->api, &to);
}

#define SMALL_BODY_BYTES (256 * KIB)

/* A large body is read for those only who may send it. */
static void check_principal(struct net *net, const struct api *api, enum api_method method, const struct net_request *request)
{
    struct arena arena;
    struct principal principal;
    struct auth_refusal refusal = {403, 0, "This credential does not have the permission that this needs."};
    arena_init(&arena, EXCHANGE_BYTES_MAX);
    bool known = door_check(api_auth(api), request, &arena, &principal, &refusal);
    if (!api_admits(api, method, request->path, &principal)) {
        assert(!known || refusal.status == 403);
        door_refuse(net, request->id, &refusal);
    }
    arena_release(&arena);
}

void exchange_check_head(struct net *net, const struct api *api, const struct net_request *request, size_t *body_bytes_max)
{
    enum api_method method;
    unsigned refuse_with = 0;
    if (!method_of(request->method, &method)) {
        return; /* refused with its body unread would hide the reason; exchange_begin says it */
    }
    size_t limit = api_body_limit(api, method, request->path, &refuse_with);
    if (refuse_with == 404 && method != API_GET && method != API_DELETE) {
        net_reply_problem(net, request->id, refuse_with, STR_NONE);
        return;
    }
    *body_bytes_max = refuse_with == 405 ? SMALL_BODY_BYTES : limit; /* the answer says what there is (Allow) */
    if (refuse_with == 0 && limit > SMALL_BODY_BYTES) {
        check_principal(net, api, method, request);
    }
}
