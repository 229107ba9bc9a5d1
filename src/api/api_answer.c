/* Answers: JSON, problems, and the "meta" that every answer about data ends with. */
#include "api/api_private.h"
#include "api/represent.h"
#include "net/net.h"

void answer(struct exchange *exchange, unsigned status)
{
    answer_as(exchange, status, "application/json", NULL, 0);
}

/* Headers that belong to a status. */
static const struct api_header *header_of_status(unsigned status)
{
    static const struct api_header retry = {{"Retry-After", 11}, {"1", 1}};
    static const struct api_header challenge = {{"WWW-Authenticate", 16}, {"Bearer realm=\"trimodal\"", 23}};
    static const struct api_header upgrade = {{"Upgrade", 7}, {"websocket", 9}};
    return status == 503 ? &retry : status == 401 ? &challenge : status == 426 ? &upgrade : NULL;
}

static void problem_text(struct exchange *exchange, unsigned status, struct str place, struct str detail)
{
    buffer_clear(&exchange->body);
    json_write_init(&exchange->json, &exchange->body, 0);
    struct json_writer *json = &exchange->json;
    json_write_object_begin(json);
    json_field_text(json, "type", "about:blank");
    json_field_text(json, "title", net_status_text(status));
    json_field_i64(json, "status", status);
    json_field_str(json, "detail", detail);
    if (place.length > 0) {
        json_field_str(json, "place", place);
    }
    json_write_object_end(json);
    const struct api_header *header = header_of_status(status);
    answer_as(exchange, status, "application/problem+json", header, header == NULL ? 0 : 1);
}

void problem(struct exchange *exchange, unsigned status, const char *place, const char *format, ...)
{
    struct error error;
    va_list args;
    va_start(args, format);
    (void)error_set_v(&error, STATUS_INVALID, asked_as(exchange, place), format, args);
    va_end(args);
    problem_text(exchange, status, str_from(error.place), str_from(error.text));
}

unsigned status_of_error(enum status status)
{
    switch (status) {
    case STATUS_OK:
        return 200;
    case STATUS_INVALID:
        return 400;
    case STATUS_ABSENT:
        return 404;
    case STATUS_RETRY:
        return 503;
    default:
        return 500;
    }
}

void problem_error(struct exchange *exchange, const struct error *error)
{
    problem_text(exchange, status_of_error(error->status), str_from(error->place), str_from(error->text));
}

/* ---- meta ---- */

void view_watermarks(const struct graph_view *view, int64_t watermarks[EVENT_STREAM_COUNT])
{
    for (int i = 0; i < EVENT_STREAM_COUNT; i++) {
        watermarks[i] = INT64_MIN;
    }
    for (uint32_t n = 0; n < view->node_count; n++) {
        const struct view_node *node = &view->nodes[n];
        uint32_t last = VIEW_NONE;
        for (uint32_t p = 0; p <= node->property_count; p++) {
            uint32_t fact = p < node->property_count ? node->properties[p].fact : node->last_fact;
            if (fact == VIEW_NONE || fact == last) {
                continue;
            }
            last = fact;
            int64_t valid_from = view_fact_valid_from(view, fact);
            int64_t *watermark = &watermarks[event_type_stream(view_fact_type(view, fact))];
            *watermark = valid_from > *watermark ? valid_from : *watermark;
        }
    }
}

static void write_watermarks(struct json_writer *json, const int64_t watermarks[EVENT_STREAM_COUNT])
{
    json_write_key(json, "watermarks");
    json_write_object_begin(json);
    for (int i = 0; i < EVENT_STREAM_COUNT; i++) {
        write_moment(json, event_stream_name((enum event_stream)i), watermarks[i]);
    }
    json_write_object_end(json);
}

void write_iteration_watermarks(struct json_writer *json, const struct graph_iteration *iteration)
{
    write_watermarks(json, iteration->watermark);
}

static void write_meta(struct exchange *exchange, struct clocks clocks, uint64_t position,
                       const int64_t watermarks[EVENT_STREAM_COUNT])
{
    struct json_writer *json = &exchange->json;
    json_write_key(json, "meta");
    json_write_object_begin(json);
    json_field_i64(json, "position", (int64_t)position);
    exchange->clocks_begin = exchange->body.length;
    write_moment(json, "validAt", clocks.valid_at);
    write_moment(json, "knownAt", clocks.known_at);
    exchange->clocks_end = exchange->body.length;
    write_watermarks(json, watermarks);
    json_field_bool(json, "partial", exchange->partial != NULL);
    if (exchange->partial != NULL) {
        json_field_text(json, "partial_reason", exchange->partial);
    }
    json_write_object_end(json);
}

uint64_t position_at(const struct graph *graph, uint32_t known_facts)
{
    return known_facts == 0 ? 0 : graph_fact(graph, known_facts - 1).seq;
}

void tenant_watermarks(const struct graph *graph, struct str tenant_id, int64_t watermarks[EVENT_STREAM_COUNT])
{
    for (int i = 0; i < EVENT_STREAM_COUNT; i++) {
        watermarks[i] = INT64_MIN;
    }
    for (uint32_t n = 0; n < graph_iteration_count(graph); n++) {
        struct graph_iteration iteration = graph_iteration(graph, n);
        bool listed = tenant_id.at == NULL || str_equal(tenant_id, iteration.tenant_id);
        for (int i = 0; i < EVENT_STREAM_COUNT && listed; i++) {
            watermarks[i] = iteration.watermark[i] > watermarks[i] ? iteration.watermark[i] : watermarks[i];
        }
    }
}

void answer_view(struct exchange *exchange, const struct view_request *opened)
{
    int64_t watermarks[EVENT_STREAM_COUNT];
    page_end(exchange, &opened->clocks);
    represent_view(exchange, opened);
    view_watermarks(opened->view, watermarks);
    write_meta(exchange, opened->clocks, position_at(exchange->api->options.graph, opened->view->known_facts), watermarks);
    json_write_object_end(&exchange->json);
    answer(exchange, 200);
}

void answer_all(struct exchange *exchange, struct clocks clocks)
{
    const struct graph *graph = exchange->api->options.graph;
    int64_t watermarks[EVENT_STREAM_COUNT];
    tenant_watermarks(graph, listed_tenant(exchange), watermarks);
    page_end(exchange, &clocks);
    write_meta(exchange, clocks, position_at(graph, graph_known_facts(graph, clocks.known_at)), watermarks);
    json_write_object_end(&exchange->json);
    answer(exchange, 200);
}
