/* The process itself: health, readiness, status, metrics, iterations, nodes, policy. */
#include <stdio.h>

#include "api/api_approval.h"
#include "api/api_dlq.h"
#include "api/graphql_operation.h"
#include "api/objectives.h"

double uptime_seconds(const struct api *api)
{
    return (double)((clock_monotonic_ns(api->options.clock) - api->begun_ns) / 1000000000);
}

void handle_health(struct exchange *exchange)
{
    struct json_writer *json = &exchange->json;
    json_write_object_begin(json);
    json_field_text(json, "status", "ok");
    json_field_text(json, "version", TRIMODAL_VERSION);
    json_field_double(json, "uptime_seconds", uptime_seconds(exchange->api));
    json_write_object_end(json);
    answer(exchange, 200);
}

size_t readiness(const struct api *api, struct str reasons[READINESS_REASONS_MAX], struct arena *arena)
{
    size_t count = 0;
    struct ingest_health health;
    struct error error;
    uint64_t seq;
    int64_t observed_at;
    if (api->options.host.is_draining != NULL && api->options.host.is_draining(api->options.host.context)) {
        reasons[count++] = STR("The process is draining: it finishes what it has and takes nothing new.");
    }
    ingest_health(api->options.ingest, &health);
    if (health.status != STATUS_OK && arena_format(arena, &reasons[count], "Events are refused: %s%s%s.", health.error.place,
                                                   health.error.place[0] != '\0' ? ": " : "", health.error.text)) {
        count++;
    }
    if (store_reader_last(api->options.reader, &seq, &observed_at, &error) != STATUS_OK &&
        arena_format(arena, &reasons[count], "The store can't be read: %s.", error.text)) {
        count++;
    }
    return count;
}

static void write_readiness(struct json_writer *json, const struct str *reasons, size_t count)
{
    json_field_bool(json, "ready", count == 0);
    json_write_key(json, "reasons");
    json_write_array_begin(json);
    for (size_t i = 0; i < count; i++) {
        json_write_str(json, reasons[i]);
    }
    json_write_array_end(json);
}

void handle_ready(struct exchange *exchange)
{
    struct str reasons[READINESS_REASONS_MAX];
    size_t count = readiness(exchange->api, reasons, &exchange->arena);
    json_write_object_begin(&exchange->json);
    write_readiness(&exchange->json, reasons, count);
    json_write_object_end(&exchange->json);
    static const struct api_header retry = {{"Retry-After", 11}, {"1", 1}};
    answer_as(exchange, count == 0 ? 200 : 503, "application/json", &retry, count == 0 ? 0 : 1);
}

/* ---- metrics ---- */

static void write_events(struct buffer *text, const struct ingest_health *health)
{
    char labels[96];
    metric_head(text, "trimodal_events_total", "counter", "Events accepted, by stream.");
    for (int i = 0; i < EVENT_STREAM_COUNT; i++) {
        snprintf(labels, sizeof labels, "stream=\"%s\"", event_stream_name((enum event_stream)i));
        metric_line(text, "trimodal_events_total", labels, (double)health->by_stream[i]);
    }
    metric_head(text, "trimodal_event_outcomes_total", "counter", "What became of the events that came in.");
    for (int i = 0; i < INGEST_OUTCOME_COUNT; i++) {
        snprintf(labels, sizeof labels, "outcome=\"%s\"", ingest_outcome_name((enum ingest_outcome)i));
        metric_line(text, "trimodal_event_outcomes_total", labels, (double)health->outcomes[i]);
    }
    metric_head(text, "trimodal_event_processing_errors_total", "counter", "Event processing errors.");
    for (int i = 0; i < EVENT_FAULT_COUNT; i++) {
        snprintf(labels, sizeof labels, "stage=\"intake\",error_type=\"%s\"",
                 event_fault_name((enum event_fault_category)i));
        metric_line(text, "trimodal_event_processing_errors_total", labels, (double)health->rejected_by_category[i]);
    }
    metric_head(text, "trimodal_batches_total", "counter", "Batches written.");
    metric_line(text, "trimodal_batches_total", "result=\"committed\"", (double)health->batches);
    metric_line(text, "trimodal_batches_total", "result=\"failed\"", (double)health->batches_failed);
    metric_head(text, "trimodal_pending_events", "gauge", "Events admitted and not yet durable.");
    metric_line(text, "trimodal_pending_events", NULL, (double)health->pending_events);
    metric_head(text, "trimodal_pending_bytes", "gauge", "Their bytes.");
    metric_line(text, "trimodal_pending_bytes", NULL, (double)health->pending_bytes);
    metric_head(text, "trimodal_intake_ready", "gauge", "1 while events are taken.");
    metric_line(text, "trimodal_intake_ready", NULL, health->status == STATUS_OK ? 1 : 0);
}

static void write_graph_size(struct buffer *text, const struct graph *graph)
{
    struct graph_memory memory = graph_memory(graph);
    metric_head(text, "trimodal_graph_items", "gauge", "What the graph holds.");
    metric_line(text, "trimodal_graph_items", "item=\"fact\"", memory.fact_count);
    metric_line(text, "trimodal_graph_items", "item=\"node\"", memory.node_count);
    metric_line(text, "trimodal_graph_items", "item=\"iteration\"", memory.iteration_count);
    metric_line(text, "trimodal_graph_items", "item=\"text\"", memory.text_count);
    metric_head(text, "trimodal_graph_bytes", "gauge", "Memory of the graph.");
    metric_line(text, "trimodal_graph_bytes", "part=\"facts\"", (double)memory.facts);
    metric_line(text, "trimodal_graph_bytes", "part=\"nodes\"", (double)memory.nodes);
    metric_line(text, "trimodal_graph_bytes", "part=\"properties\"", (double)memory.properties);
    metric_line(text, "trimodal_graph_bytes", "part=\"keys\"", (double)memory.keys);
    metric_line(text, "trimodal_graph_bytes", "part=\"texts\"", (double)memory.texts);
    metric_head(text, "trimodal_log_position", "gauge", "Place in the log of the newest visible event.");
    metric_line(text, "trimodal_log_position", NULL, (double)graph_position(graph));
}

static void write_dead_letters(struct exchange *exchange, struct buffer *text)
{
    uint64_t counts[STORE_CATEGORY_COUNT];
    struct error error;
    char labels[64];
    if (store_reader_dead_letter_counts(exchange->api->options.reader, STR_NONE, counts, &error) != STATUS_OK) {
        return;
    }
    metric_head(text, "trimodal_dlq_waiting", "gauge", "Dead letters that wait, by category.");
    for (int i = 0; i < EVENT_FAULT_COUNT; i++) {
        snprintf(labels, sizeof labels, "category=\"%s\"", event_fault_name((enum event_fault_category)i));
        metric_line(text, "trimodal_dlq_waiting", labels, (double)counts[i]);
    }
}

static void write_approval(struct exchange *exchange, struct buffer *text)
{
    struct clocks clocks;
    if (!request_clocks(exchange, &clocks)) {
        return;
    }
    struct approval approval = approval_read(exchange, clocks, true);
    struct measure rate = approval_rate(&approval);
    metric_head(text, "trimodal_approval_rate", "gauge", "Of the iterations with a decided verdict, the share that may be deployed; target 0.8, at least 0.7.");
    if (rate.known) {
        metric_line(text, "trimodal_approval_rate", NULL, rate.value);
    }
    metric_head(text, "trimodal_approval_iterations", "gauge", "Iterations behind the approval rate; unread: not looked at yet.");
    metric_line(text, "trimodal_approval_iterations", "state=\"deployable\"", approval.deployable);
    metric_line(text, "trimodal_approval_iterations", "state=\"refused\"", approval.decided - approval.deployable);
    metric_line(text, "trimodal_approval_iterations", "state=\"pending\"", approval.pending);
    metric_line(text, "trimodal_approval_iterations", "state=\"unread\"", approval.unread);
}

void handle_metrics(struct exchange *exchange)
{
    struct api *api = exchange->api;
    struct buffer *text = &exchange->body;
    struct ingest_health health;
    ingest_health(api->options.ingest, &health);
    metrics_write(&api->metrics, text);
    objectives_write(&api->metrics, text);
    write_events(text, &health);
    write_graph_size(text, api->options.graph);
    write_dead_letters(exchange, text);
    write_live_metrics(api, text);
    write_approval(exchange, text);
    graphql_metrics(api->graphql, text);
    metric_head(text, "trimodal_uptime_seconds", "gauge", "Since this process began.");
    metric_line(text, "trimodal_uptime_seconds", NULL, uptime_seconds(api));
    metric_head(text, "trimodal_build_info", "gauge", "1, with the version as a label.");
    metric_line(text, "trimodal_build_info", "version=\"" TRIMODAL_VERSION "\"", 1);
    if (api->options.host.metrics != NULL) {
        api->options.host.metrics(api->options.host.context, text);
    }
    answer_as(exchange, 200, "text/plain; version=0.0.4; charset=utf-8", NULL, 0);
}

/* ---- status ---- */

static void write_memory(struct json_writer *json, const struct graph_memory *memory)
{
    json_field_i64(json, "iterations", memory->iteration_count);
    json_field_i64(json, "nodes", memory->node_count);
    json_field_i64(json, "facts", memory->fact_count);
    json_field_i64(json, "texts", memory->text_count);
    json_write_key(json, "memory");
    json_write_object_begin(json);
    json_field_i64(json, "total", (int64_t)memory->total);
    json_field_i64(json, "facts", (int64_t)memory->facts);
    json_field_i64(json, "nodes", (int64_t)memory->nodes);
    json_field_i64(json, "properties", (int64_t)memory->properties);
    json_field_i64(json, "keys", (int64_t)memory->keys);
    json_field_i64(json, "texts", (int64_t)memory->texts);
    json_write_object_end(json);
}

static void write_intake(struct json_writer *json, const struct ingest_health *health)
{
    json_write_key(json, "pending");
    json_write_object_begin(json);
    json_field_i64(json, "events", (int64_t)health->pending_events);
    json_field_i64(json, "bytes", (int64_t)health->pending_bytes);
    json_write_object_end(json);
    json_write_key(json, "intake");
    json_write_object_begin(json);
    json_field_i64(json, "submissions", (int64_t)health->submissions);
    json_field_i64(json, "batches", (int64_t)health->batches);
    json_field_i64(json, "batches_failed", (int64_t)health->batches_failed);
    json_field_i64(json, "accepted", (int64_t)health->outcomes[INGEST_ACCEPTED]);
    json_field_i64(json, "duplicates", (int64_t)health->outcomes[INGEST_DUPLICATE]);
    json_field_i64(json, "conflicts", (int64_t)health->outcomes[INGEST_CONFLICT]);
    json_field_i64(json, "rejected", (int64_t)health->outcomes[INGEST_REJECTED]);
    json_write_object_end(json);
}

/* What the tenant has of the graph, and nothing of what the others have. */
static void write_own_counts(struct exchange *exchange)
{
    const struct graph *graph = exchange->api->options.graph;
    int64_t iterations = 0, nodes = 0, facts = 0;
    for (uint32_t n = 0; n < graph_iteration_count(graph); n++) {
        struct graph_iteration iteration = graph_iteration(graph, n);
        bool own = lists_tenant(exchange, iteration.tenant_id);
        iterations += own;
        nodes += own ? iteration.node_count : 0;
        facts += own ? iteration.fact_count : 0;
    }
    json_field_i64(&exchange->json, "iterations", iterations);
    json_field_i64(&exchange->json, "nodes", nodes);
    json_field_i64(&exchange->json, "facts", facts);
}

/* Over all iterations of the tenant; what was accepted, over all tenants, where `health` is given. */
static void write_streams(struct exchange *exchange, const struct ingest_health *health)
{
    const struct graph *graph = exchange->api->options.graph;
    struct json_writer *json = &exchange->json;
    int64_t watermarks[EVENT_STREAM_COUNT];
    tenant_watermarks(graph, listed_tenant(exchange), watermarks);
    json_write_key(json, "streams");
    json_write_object_begin(json);
    for (int i = 0; i < EVENT_STREAM_COUNT; i++) {
        json_write_key(json, event_stream_name((enum event_stream)i));
        json_write_object_begin(json);
        if (health != NULL) {
            json_field_i64(json, "accepted", (int64_t)health->by_stream[i]);
        }
        write_moment(json, "watermark", watermarks[i]);
        json_write_object_end(json);
    }
    json_write_object_end(json);
}

/* SPEC section 5: P50 below 2 s, P95 below 5 s; since this process began. */
static void write_time_travel(struct json_writer *json, const struct metrics *metrics)
{
    uint64_t count = metrics_count(metrics, HISTOGRAM_TIME_TRAVEL);
    double p95 = metrics_quantile(metrics, HISTOGRAM_TIME_TRAVEL, 0.95);
    json_write_key(json, "time_travel");
    json_write_object_begin(json);
    json_field_i64(json, "queries", (int64_t)count);
    write_measure(json, "p50_seconds", count > 0 ? measure_of(metrics_quantile(metrics, HISTOGRAM_TIME_TRAVEL, 0.5)) : MEASURE_UNKNOWN);
    write_measure(json, "p95_seconds", count > 0 ? measure_of(p95) : MEASURE_UNKNOWN);
    json_field_double(json, "target_seconds", 2);
    json_field_double(json, "threshold_seconds", 5);
    json_write_key(json, "pass");
    if (count > 0) {
        json_write_bool(json, p95 < 5);
    } else {
        json_write_null(json);
    }
    json_write_object_end(json);
}

void handle_status(struct exchange *exchange)
{
    struct api *api = exchange->api;
    const struct api_options *options = &api->options;
    struct json_writer *json = &exchange->json;
    struct ingest_health health;
    struct str reasons[READINESS_REASONS_MAX];
    size_t count = readiness(api, reasons, &exchange->arena);
    struct graph_memory memory = graph_memory(options->graph);
    bool sees_all = exchange->all_tenants;
    ingest_health(options->ingest, &health);
    json_write_object_begin(json);
    json_field_text(json, "version", TRIMODAL_VERSION);
    json_field_double(json, "uptime_seconds", uptime_seconds(api));
    write_readiness(json, reasons, count);
    json_field_bool(json, "read_only", options->read_only);
    json_field_text(json, "policy_version", options->policy->version);
    json_field_i64(json, "position", (int64_t)graph_position(options->graph));
    json_field_i64(json, "observed_at", graph_observed_at(options->graph));
    if (sees_all) {
        write_memory(json, &memory);
        write_intake(json, &health);
    } else {
        write_own_counts(exchange);
    }
    write_streams(exchange, sees_all ? &health : NULL);
    struct clocks clocks;
    if (!request_clocks(exchange, &clocks)) {
        return;
    }
    struct approval approval = approval_read(exchange, clocks, false);
    approval_write(json, &approval);
    if (sees_all) {
        write_time_travel(json, &api->metrics);
    }
    json_write_key(json, "dead_letters");
    if (!dlq_write_counts(exchange)) {
        return;
    }
    json_write_object_end(json);
    answer(exchange, 200);
}

/* ---- iterations ---- */

static bool write_iteration(struct exchange *exchange, uint32_t number, const struct graph_iteration *iteration,
                            struct clocks clocks)
{
    struct json_writer *json = &exchange->json;
    struct iteration_verdict verdict;
    struct error error;
    enum status status = verdict_of_iteration(exchange->api, number, iteration, clocks, &verdict, &error);
    if (status != STATUS_OK && status != STATUS_ABSENT) {
        problem_error(exchange, &error);
        return false;
    }
    bool has = status == STATUS_OK;
    json_write_object_begin(json);
    json_field_str(json, "id", iteration->iteration_id);
    json_field_str(json, "tenant", iteration->tenant_id);
    json_field_text(json, "verdict", has ? verdict_name(verdict.kind) : NULL);
    json_field_text(json, "meaning", has ? verdict_meaning(verdict.kind, verdict_has_pending(&verdict)) : NULL);
    json_field_bool(json, "deployable", has && verdict.deployable);
    write_measure(json, "exit_code", has ? measure_of(verdict.exit_code) : MEASURE_UNKNOWN);
    json_write_key(json, "streams");
    json_write_object_begin(json);
    for (int i = 0; i < 3; i++) {
        json_field_text(json, lens_name((enum lens)i), has ? stream_status_name(verdict.streams[i]) : NULL);
    }
    json_write_object_end(json);
    json_field_i64(json, "facts", iteration->fact_count);
    json_field_i64(json, "nodes", iteration->node_count);
    json_field_i64(json, "first_valid_from", iteration->first_valid_from);
    json_field_i64(json, "last_valid_from", iteration->last_valid_from);
    json_field_i64(json, "last_observed_at", iteration->last_observed_at);
    json_field_i64(json, "last_seq", (int64_t)iteration->last_seq);
    write_iteration_watermarks(json, iteration);
    json_write_object_end(json);
    return true;
}

void handle_iterations(struct exchange *exchange)
{
    const struct graph *graph = exchange->api->options.graph;
    struct clocks clocks;
    int64_t limit, cursor, listed = 0, next = 0, total = 0;
    if (!request_clocks(exchange, &clocks) ||
        !request_number(exchange, PARAMETER_LIMIT, 1, LIMIT_PAGE_ITEMS, PAGE_ITEMS_DEFAULT, &limit) ||
        !request_number(exchange, PARAMETER_CURSOR, 1, UINT32_MAX, 0, &cursor)) {
        return;
    }
    struct json_writer *json = &exchange->json;
    json_write_object_begin(json);
    json_write_key(json, "iterations");
    json_write_array_begin(json);
    for (uint32_t n = 0; n < graph_iteration_count(graph); n++) {
        struct graph_iteration iteration = graph_iteration(graph, n);
        if (!lists_tenant(exchange, iteration.tenant_id)) {
            continue;
        }
        total++;
        if (n < cursor) {
            continue;
        }
        if (listed < limit && !write_iteration(exchange, n, &iteration, clocks)) {
            return;
        }
        next = listed == limit && next == 0 ? n : next;
        listed += listed < limit;
    }
    json_write_array_end(json);
    struct str follows = STR_NONE;
    if (next > 0 && !arena_format(&exchange->arena, &follows, "%lld", (long long)next)) {
        exchange->partial = "memory is short, so the next page has no cursor";
    }
    page_next(exchange, follows);
    json_field_i64(json, "total", total);
    struct approval approval = approval_read(exchange, clocks, false);
    approval_write(json, &approval);
    answer_all(exchange, clocks);
}

void handle_iteration(struct exchange *exchange)
{
    const struct graph *graph = exchange->api->options.graph;
    struct clocks clocks;
    uint32_t number = graph_iteration_number(graph, exchange->tenant_id, exchange->path[0]);
    if (number == GRAPH_NONE) {
        problem(exchange, 404, "iteration", "There is no iteration \"%.*s\".", STR_ARGS(exchange->path[0]));
        return;
    }
    if (!request_clocks(exchange, &clocks)) {
        return;
    }
    struct graph_iteration iteration = graph_iteration(graph, number);
    json_write_object_begin(&exchange->json);
    json_write_key(&exchange->json, "iteration");
    if (write_iteration(exchange, number, &iteration, clocks)) {
        answer_all(exchange, clocks);
    }
}

/* ---- nodes ---- */

static bool range_asked(struct exchange *exchange, const struct graph_view *view, uint32_t *begin, uint32_t *end)
{
    enum node_kind kind;
    struct str text = exchange->query[PARAMETER_KIND];
    *begin = 0;
    *end = view->node_count;
    if (text.at == NULL) {
        return true;
    }
    if (!node_kind_from_name(text, &kind)) {
        problem(exchange, 400, "kind", "There is no kind of node called \"%.*s\".", STR_ARGS(text));
        return false;
    }
    *begin = view->kind_start[kind];
    *end = view->kind_start[kind + 1];
    return true;
}

void handle_nodes(struct exchange *exchange)
{
    struct view_request opened;
    uint32_t begin, end;
    if (!view_open(exchange, exchange->path[0], &opened) || !range_asked(exchange, opened.view, &begin, &end)) {
        return;
    }
    struct json_writer *json = &exchange->json;
    json_write_object_begin(json);
    json_field_str(json, "iteration", opened.view->iteration_id);
    json_write_key(json, "nodes");
    json_write_array_begin(json);
    for (uint32_t at = begin; at < end && !page_is_past(&exchange->page); at++) {
        if (page_takes(&exchange->page)) {
            write_node(json, opened.view, at, NULL);
        }
    }
    json_write_array_end(json);
    json_field_i64(json, "total", end - begin);
    answer_view(exchange, &opened);
}

/* ---- policy ---- */

void handle_policy(struct exchange *exchange)
{
    const struct policy *policy = exchange->api->options.policy;
    struct json_writer *json = &exchange->json;
    json_write_object_begin(json);
    json_field_text(json, "version", policy->version);
    json_write_key(json, "conditions");
    json_write_array_begin(json);
    for (int i = 0; i < METRIC_COUNT; i++) {
        const struct policy_condition *condition = &policy->conditions[i];
        json_write_object_begin(json);
        json_field_text(json, "metric", policy_metric_name(condition->metric));
        json_field_text(json, "lens", lens_name(policy_metric_lens(condition->metric)));
        json_field_text(json, "operator", policy_operator_name(condition->operation));
        json_field_double(json, "threshold", condition->threshold);
        json_field_double(json, "target", condition->target);
        json_field_bool(json, "blocks", condition->blocks);
        json_write_object_end(json);
    }
    json_write_array_end(json);
    json_write_object_end(json);
    answer(exchange, 200);
}
