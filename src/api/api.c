#include "api/api_personal.h"
#include "api/api.h"

#include <assert.h>
#include <stdio.h>

#include "api/api_private.h"
#include "api/graphql_operation.h"
#include "api/represent.h"
#include "base/memory.h"

#define SPARE_EXCHANGES_MAX 256
#define SPARE_BODY_BYTES_MAX (1 * MIB)
#define RATE_TEXT_SIZE 96
#define ANSWER_HEADERS_MAX 14

enum status api_new(struct api **out, const struct api_options *options, struct error *error)
{
    struct api *api = memory_new_zeroed(1, sizeof *api);
    if (api == NULL) {
        return error_no_memory(error, "interface");
    }
    api->options = *options;
    api->begun_ns = clock_monotonic_ns(options->clock);
    options->clock->random(options->clock->context, &api->personal_fallback, sizeof api->personal_fallback);
    api->parser = json_parser_new();
    api->decoder = event_decoder_new();
    api->represent = represent_new(options->clock);
    if (api->parser == NULL || api->decoder == NULL || api->represent == NULL) {
        api_free(api);
        return error_no_memory(error, "interface");
    }
    enum status status = rate_limiter_new(&api->limiter, &options->limits, options->clock, error);
    if (status != STATUS_OK) {
        api_free(api);
        return status;
    }
    if (live_open(api, error) != STATUS_OK) {
        api_free(api);
        return STATUS_FATAL;
    }
    buffer_init(&api->socket_text, LIMIT_ANSWER_BYTES);
    buffer_init(&api->socket_answer, LIMIT_ANSWER_BYTES);
    if (options->net != NULL && graphql_service(api, error) == NULL) { /* a schema that does not fit must not start */
        api_free(api);
        return STATUS_FATAL;
    }
    *out = api;
    return STATUS_OK;
}

static void exchange_free(struct exchange *exchange)
{
    arena_release(&exchange->arena);
    buffer_release(&exchange->body);
    memory_free(exchange);
}

void api_free(struct api *api)
{
    if (api == NULL) {
        return;
    }
    while (api->spare != NULL) {
        struct exchange *next = api->spare->next;
        exchange_free(api->spare);
        api->spare = next;
    }
    live_free(api->live);
    graphql_service_free(api->graphql);
    buffer_release(&api->socket_text);
    buffer_release(&api->socket_answer);
    net_blob_release(api->socket_frame);
    now_views_free(api);
    place_cache_free(api);
    timelines_free(api);
    personal_keys_free(api);
    rate_limiter_free(api->limiter);
    represent_free(api->represent);
    event_decoder_free(api->decoder);
    json_parser_free(api->parser);
    memory_free(api);
}

void api_stop(struct api *api)
{
    if (api != NULL) {
        erase_stop(api);
    }
    if (api != NULL && api->graphql != NULL) {
        graphql_service_stop(api->graphql);
    }
}

static struct exchange *exchange_new(struct api *api, const struct api_request *request)
{
    struct exchange *exchange = api->spare;
    if (exchange != NULL) {
        api->spare = exchange->next;
        api->spare_count--;
    } else {
        exchange = memory_new_zeroed(1, sizeof *exchange);
        if (exchange == NULL) {
            return NULL;
        }
        arena_init(&exchange->arena, LIMIT_REQUEST_ARENA_BYTES);
        buffer_init(&exchange->body, LIMIT_ANSWER_BYTES);
    }
    exchange->api = api;
    exchange->request = *request;
    exchange->route = NULL;
    exchange->partial = NULL;
    exchange->clocks_begin = exchange->clocks_end = 0;
    exchange->is_proven = exchange->is_masked = false;
    exchange->page = (struct page){0};
    exchange->next_cursor = STR_NONE;
    exchange->rate = (struct rate_decision){.allowed = true};
    exchange->state = NULL;
    memset(exchange->path, 0, sizeof exchange->path);
    memset(exchange->query, 0, sizeof exchange->query);
    exchange->tenant_id = STR_NONE;
    exchange->all_tenants = false;
    exchange->tenant_is_fixed = true;
    exchange->begun_ns = clock_monotonic_ns(api->options.clock);
    json_write_init(&exchange->json, &exchange->body, 0);
    return exchange;
}

static void exchange_done(struct exchange *exchange)
{
    struct api *api = exchange->api;
    if (api->spare_count == SPARE_EXCHANGES_MAX) {
        exchange_free(exchange);
        return;
    }
    arena_clear(&exchange->arena);
    if (exchange->body.capacity > SPARE_BODY_BYTES_MAX) {
        buffer_release(&exchange->body);
        buffer_init(&exchange->body, LIMIT_ANSWER_BYTES);
    }
    buffer_clear(&exchange->body);
    exchange->next = api->spare;
    api->spare = exchange;
    api->spare_count++;
}

static void measure(struct exchange *exchange, unsigned status)
{
    struct api *api = exchange->api;
    api->metrics.requests_by_class[status / 100]++;
    double seconds = (double)(clock_monotonic_ns(api->options.clock) - exchange->begun_ns) / 1e9;
    const struct route *route = exchange->route;
    if (route == NULL || status >= 400) {
        return;
    }
    if (route->handle == handle_events) {
        metrics_observe(&api->metrics, HISTOGRAM_ICS_PROCESSING, seconds);
    } else if ((route->parameters & PARAMETERS_CLOCKS) != 0) {
        bool travels = exchange->query[PARAMETER_AS_OF].at != NULL || exchange->query[PARAMETER_OBSERVED_AT].at != NULL;
        bool is_verdict = route->handle == handle_verdict;
        if (is_verdict || !travels) {
            metrics_observe(&api->metrics, is_verdict ? HISTOGRAM_VERDICT : HISTOGRAM_QUERY, seconds);
        }
        if (travels) {
            metrics_observe(&api->metrics, HISTOGRAM_TIME_TRAVEL, seconds);
        }
    }
}

/* RateLimit fields, draft-ietf-httpapi-ratelimit-headers-10. */
static size_t rate_headers(const struct rate_decision *rate, char policy[RATE_TEXT_SIZE], char left[RATE_TEXT_SIZE],
                           char retry[RATE_TEXT_SIZE], struct api_header headers[3])
{
    if (!rate->limited) {
        return 0;
    }
    snprintf(policy, RATE_TEXT_SIZE, "\"%s\";q=%llu;w=%llu", rate->policy, (unsigned long long)rate->quota,
             (unsigned long long)rate->window_seconds);
    snprintf(left, RATE_TEXT_SIZE, "\"%s\";r=%llu;t=%llu", rate->policy, (unsigned long long)rate->remaining,
             (unsigned long long)rate->reset_seconds);
    if (!rate->allowed) {
        snprintf(retry, RATE_TEXT_SIZE, "%llu", (unsigned long long)rate->retry_seconds);
    }
    headers[0] = (struct api_header){STR("RateLimit-Policy"), str_from(policy)};
    headers[1] = (struct api_header){STR("RateLimit"), str_from(left)};
    if (rate->allowed) {
        return 2;
    }
    headers[2] = (struct api_header){STR("Retry-After"), str_from(retry)};
    return 3;
}

void answer_bytes(struct exchange *exchange, unsigned status, const char *content_type, const struct api_header *headers,
                  size_t header_count, struct str body)
{
    assert(status >= 200 && status < 600);
    measure(exchange, status);
    char policy[RATE_TEXT_SIZE], left[RATE_TEXT_SIZE], retry[RATE_TEXT_SIZE];
    struct api_header all[ANSWER_HEADERS_MAX];
    size_t count = header_count < ANSWER_HEADERS_MAX - 3 ? header_count : ANSWER_HEADERS_MAX - 3;
    if (count > 0) {
        memcpy(all, headers, count * sizeof *all);
    }
    count += rate_headers(&exchange->rate, policy, left, retry, all + count);
    struct api_response response = {
        .status = status,
        .content_type = content_type,
        .headers = all,
        .header_count = count,
        .body = body,
        .tenant_id = exchange->all_tenants ? STR_NONE : exchange->tenant_id,
    };
    exchange->request.done(exchange->request.context, &response);
    exchange_done(exchange);
}

void answer_as(struct exchange *exchange, unsigned status, const char *content_type, const struct api_header *headers,
               size_t header_count)
{
    if (buffer_failed(&exchange->body)) {
        if (status == 500) {
            buffer_clear(&exchange->body);
        } else {
            problem(exchange, 500, "answer", "the answer is larger than %zu MiB, or memory is short; ask for less",
                    LIMIT_ANSWER_BYTES / MIB);
            return;
        }
    }
    personal_mask_answer(exchange, content_type);
    if (buffer_failed(&exchange->body)) {
        exchange->is_masked = true;
        problem(exchange, 500, "answer", "memory is short; ask for less, or again in a moment");
        return;
    }
    represent_answer(exchange, status, content_type, headers, header_count);
}

void socket_accept(struct exchange *exchange, struct api_socket *socket, struct str subprotocol)
{
    assert(exchange->request.upgrade != NULL && socket->protocol != NULL);
    exchange->api->metrics.requests_by_class[1]++;
    exchange->request.upgrade->accept(exchange->request.context, socket, subprotocol,
                                      exchange->all_tenants ? STR_NONE : exchange->tenant_id);
    exchange_done(exchange);
}

void api_methods(struct str path, char text[API_METHODS_SIZE])
{
    struct str found[PATH_PARAMETERS_MAX];
    unsigned methods = 0;
    size_t used = 0;
    text[0] = '\0';
    for (int method = 0; method < API_METHOD_COUNT; method++) {
        unsigned others = 0;
        methods |= route_find((enum api_method)method, path, found, &others) != NULL ? 1u << method : 0;
        if ((methods >> method & 1) != 0) {
            used += (size_t)snprintf(text + used, API_METHODS_SIZE - used, "%s%s", used > 0 ? ", " : "",
                                     method == API_GET ? "GET, HEAD" : method_name((enum api_method)method));
        }
    }
}

static void refuse_method(struct exchange *exchange)
{
    char methods[API_METHODS_SIZE];
    api_methods(exchange->request.path, methods);
    struct api_header header = {STR("Allow"), str_from(methods)};
    json_write_object_begin(&exchange->json);
    json_field_text(&exchange->json, "type", "about:blank");
    json_field_text(&exchange->json, "title", "Method Not Allowed");
    json_field_i64(&exchange->json, "status", 405);
    json_write_key(&exchange->json, "detail");
    struct str detail;
    if (arena_format(&exchange->arena, &detail, "This path answers %s.", methods)) {
        json_write_str(&exchange->json, detail);
    } else {
        json_write_null(&exchange->json);
    }
    json_write_object_end(&exchange->json);
    answer_as(exchange, 405, "application/problem+json", &header, 1);
}

static bool may(const struct api *api, const struct route *route, const struct principal *principal)
{
    bool is_public = route->permission == PERMISSION_METRICS_READ && api->options.metrics_are_public;
    bool asks_itself = route->handle == handle_graphql; /* its page is public, its WebSockets say later who they are */
    return is_public || asks_itself || principal_may(principal, route->permission);
}

static enum rate_group rate_group_of(const struct route *route)
{
    switch (route->permission) {
    case PERMISSION_NONE:
        return RATE_SIGN_IN;
    case PERMISSION_AUDIT_READ:
    case PERMISSION_USERS_MANAGE:
    case PERMISSION_SYSTEM_OPERATE:
        return RATE_ADMIN;
    default:
        return route->changes ? RATE_WRITE : RATE_READ;
    }
}

struct rate_decision rate_take(struct api *api, enum rate_group group, const struct principal *principal, struct str address)
{
    bool known = principal->known;
    return rate_limiter_take(api->limiter, group, known ? principal->subject : address,
                             known ? principal->tenant_id : STR_NONE);
}

void refuse_rate(struct exchange *exchange)
{
    problem(exchange, 429, "", "Too many requests of this kind (%s); try again in %llu s.", exchange->rate.policy,
            (unsigned long long)exchange->rate.retry_seconds);
}

/* False: answered with 429. What is public and changes nothing (health, the pages' files) is never refused. */
static bool within_limits(struct exchange *exchange)
{
    const struct api_request *request = &exchange->request;
    if (exchange->route->permission == PERMISSION_NONE && exchange->route->method == API_GET) {
        return true;
    }
    exchange->rate = rate_take(exchange->api, rate_group_of(exchange->route), &request->principal, request->address);
    if (!exchange->rate.allowed) {
        refuse_rate(exchange);
    }
    return exchange->rate.allowed;
}

void api_handle(struct api *api, const struct api_request *request)
{
    struct exchange *exchange = exchange_new(api, request);
    if (exchange == NULL) {
        static const char body[] = "{\"type\":\"about:blank\",\"title\":\"Service Unavailable\",\"status\":503,"
                                   "\"detail\":\"out of memory\"}";
        struct api_response response = {503, "application/problem+json", NULL, 0, {body, sizeof body - 1}};
        request->done(request->context, &response);
        return;
    }
    struct str found[PATH_PARAMETERS_MAX] = {STR_NONE, STR_NONE};
    unsigned methods = 0;
    exchange->route = route_find(request->method, request->path, found, &methods);
    if (exchange->route == NULL && methods != 0) {
        refuse_method(exchange);
    } else if (exchange->route == NULL) {
        problem(exchange, 404, "path", "There is nothing at this path; GET /api/openapi.json lists what there is.");
    } else if (!may(api, exchange->route, &request->principal)) {
        refuse_permission(exchange);
    } else if (request->body.length > exchange->route->body_bytes_max) {
        problem(exchange, 413, "body", "The body has %zu bytes; at most %zu are taken here.", request->body.length,
                exchange->route->body_bytes_max);
    } else if (exchange->route->changes && api->options.read_only) {
        problem(exchange, 409, "",
                "This data directory is opened for reading only, as another process writes it; send "
                "this to that process (--server URL).");
    } else if (within_limits(exchange) && request_decode(exchange, found) && !represent_unchanged(exchange)) {
        exchange->route->handle(exchange);
    }
}

size_t api_body_limit(const struct api *api, enum api_method method, struct str path, unsigned *refuse_with)
{
    (void)api;
    struct str found[PATH_PARAMETERS_MAX];
    unsigned methods = 0;
    const struct route *route = route_find(method, path, found, &methods);
    *refuse_with = route != NULL ? 0 : methods != 0 ? 405 : 404;
    return route == NULL ? 0 : route->body_bytes_max;
}

bool api_admits(const struct api *api, enum api_method method, struct str path, const struct principal *principal)
{
    struct str found[PATH_PARAMETERS_MAX];
    unsigned methods = 0;
    const struct route *route = route_find(method, path, found, &methods);
    return route == NULL || may(api, route, principal);
}

struct auth *api_auth(const struct api *api)
{
    return api->options.auth;
}
