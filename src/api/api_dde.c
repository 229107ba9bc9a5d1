/* DDE over HTTP: did the work run? */
#include "api/api_private.h"

struct dde_request {
    struct view_request opened;
    struct lens_dde lens;
};

/* Opens view and lens, and the answer's object. False: answered. */
static bool begin(struct exchange *exchange, struct dde_request *request)
{
    struct error error;
    if (!view_open(exchange, exchange->path[0], &request->opened)) {
        return false;
    }
    if (lens_dde_read(request->opened.view, &exchange->arena, &request->lens, &error) != STATUS_OK) {
        problem_error(exchange, &error);
        return false;
    }
    json_write_object_begin(&exchange->json);
    json_field_str(&exchange->json, "iteration", request->opened.view->iteration_id);
    return true;
}

static void write_kpis(struct json_writer *json, const struct lens_dde *lens)
{
    json_write_key(json, "kpis");
    json_write_object_begin(json);
    write_measure(json, "task_success_rate", lens->success_rate);
    write_measure(json, "retry_rate", lens->retry_rate);
    write_measure(json, "contract_lock_latency_p95_ms", lens->lock_latency_p95_ms);
    json_field_i64(json, "tasks", lens->task_count);
    json_field_i64(json, "completed", lens->completed);
    json_field_i64(json, "failed", lens->failed);
    json_field_i64(json, "started", lens->started);
    json_field_i64(json, "retried", lens->retried);
    json_field_i64(json, "contracts", lens->contract_count);
    json_field_i64(json, "contracts_locked", lens->locked_count);
    json_field_i64(json, "gates", lens->gate_count);
    json_field_i64(json, "failed_gates", lens->failed_gate_count);
    json_field_i64(json, "artifacts", lens->artifact_count);
    json_write_key(json, "status_counts");
    json_write_object_begin(json);
    for (int i = 0; i < STATE_COUNT; i++) {
        if (lens->status_counts[i] > 0) {
            json_field_i64(json, node_status_name((enum node_status)i), lens->status_counts[i]);
        }
    }
    json_write_object_end(json);
    json_write_object_end(json);
}

static void write_task(struct json_writer *json, const struct graph_view *view, const struct dde_task *task)
{
    json_write_object_begin(json);
    write_id(json, "id", view, task->node);
    write_name(json, view, task->node);
    json_field_text(json, "status", node_status_name(task->status));
    json_field_bool(json, "started", task->started);
    json_field_bool(json, "retried", task->retried);
    write_measure(json, "started_at", task->started_at);
    write_measure(json, "ended_at", task->ended_at);
    write_measure(json, "duration_ms", task->duration_ms);
    write_measure(json, "estimated_effort", task->estimated_effort);
    json_field_i64(json, "retry_count", task->retry_count);
    write_measure(json, "max_retries", task->max_retries < 0 ? MEASURE_UNKNOWN : measure_of((double)task->max_retries));
    write_measure(json, "next_retry_at", task->next_retry_at);
    write_text(json, "error_message", task->error_message);
    write_text(json, "capability", task->capability);
    json_field_i64(json, "depends_on_count", task->depends_on_count);
    json_field_i64(json, "dependent_count", task->dependent_count);
    json_field_bool(json, "on_critical_path", task->on_critical_path);
    write_fact(json, view, task->status_fact);
    json_write_object_end(json);
}

static void write_contracts(struct json_writer *json, const struct graph_view *view, const struct lens_dde *lens,
                            struct page *page)
{
    json_write_key(json, "contracts");
    json_write_array_begin(json);
    for (uint32_t i = 0; i < lens->contract_count; i++) {
        const struct dde_contract *contract = &lens->contracts[i];
        if (!page_takes(page)) {
            continue;
        }
        json_write_object_begin(json);
        write_id(json, "id", view, contract->node);
        write_name(json, view, contract->node);
        write_text(json, "version", contract->version);
        write_id(json, "task", view, contract->task);
        json_field_bool(json, "locked", contract->locked);
        write_measure(json, "locked_at", contract->locked_at);
        write_measure(json, "lock_latency_ms", contract->lock_latency_ms);
        write_fact(json, view, contract->lock_fact);
        json_write_object_end(json);
    }
    json_write_array_end(json);
}

static void write_artifact(struct json_writer *json, const struct graph_view *view, const struct dde_artifact *artifact)
{
    json_write_object_begin(json);
    write_id(json, "id", view, artifact->node);
    write_name(json, view, artifact->node);
    write_text(json, "path", artifact->path);
    write_text(json, "hash", artifact->hash);
    json_field_bool(json, "validated", artifact->validated);
    write_id(json, "task", view, artifact->task);
    json_write_object_end(json);
}

static void write_critical_path(struct json_writer *json, const struct graph_view *view, const struct lens_dde *lens)
{
    const struct dde_critical_path *path = &lens->critical_path;
    json_write_key(json, "critical_path");
    json_write_object_begin(json);
    json_field_text(json, "basis", dde_basis_name(path->basis));
    json_field_double(json, "length", path->length);
    write_measure(json, "ms_per_effort", path->basis == DDE_BASIS_MIXED ? measure_of(path->ms_per_effort) : MEASURE_UNKNOWN);
    json_write_key(json, "tasks");
    json_write_array_begin(json);
    for (uint32_t i = 0; i < path->count; i++) {
        json_write_object_begin(json);
        write_id(json, "id", view, path->tasks[i]);
        write_name(json, view, path->tasks[i]);
        json_field_double(json, "weight", path->weights[i]);
        json_write_object_end(json);
    }
    json_write_array_end(json);
    json_write_object_end(json);
    json_write_key(json, "cycles");
    json_write_array_begin(json);
    for (uint32_t i = 0; i < lens->cycle_count; i++) {
        json_write_array_begin(json);
        for (uint32_t t = 0; t < lens->cycles[i].count; t++) {
            json_write_str(json, view->nodes[lens->cycles[i].tasks[t]].id);
        }
        json_write_array_end(json);
    }
    json_write_array_end(json);
}

static void write_lists(struct json_writer *json, const struct graph_view *view, const struct lens_dde *lens,
                        struct page *page)
{
    json_write_key(json, "tasks");
    json_write_array_begin(json);
    for (uint32_t i = 0; i < lens->task_count; i++) {
        write_task(json, view, &lens->tasks[i]);
    }
    json_write_array_end(json);
    write_contracts(json, view, lens, page);
    json_write_key(json, "gates");
    json_write_array_begin(json);
    for (uint32_t i = 0; i < lens->gate_count; i++) {
        const struct dde_gate *gate = &lens->gates[i];
        json_write_object_begin(json);
        write_id(json, "id", view, gate->node);
        write_id(json, "task", view, gate->task);
        json_field_bool(json, "checked", gate->checked);
        json_field_bool(json, "passed", gate->passed);
        write_fact(json, view, gate->fact);
        json_write_object_end(json);
    }
    json_write_array_end(json);
    json_write_key(json, "artifacts");
    json_write_array_begin(json);
    for (uint32_t i = 0; i < lens->artifact_count; i++) {
        write_artifact(json, view, &lens->artifacts[i]);
    }
    json_write_array_end(json);
}

void handle_dde_graph(struct exchange *exchange)
{
    struct dde_request request;
    if (!begin(exchange, &request)) {
        return;
    }
    struct json_writer *json = &exchange->json;
    const struct graph_view *view = request.opened.view;
    const struct places *places = places_of(exchange, view->iteration_id, LENS_DDE);
    json_field_text(json, "lens", lens_name(LENS_DDE));
    write_graph(json, view, DDE_KINDS, NULL, places);
    places_write_bounds(json, places);
    write_kpis(json, &request.lens);
    write_lists(json, view, &request.lens, &exchange->page);
    write_critical_path(json, view, &request.lens);
    write_open_runs(json, view, request.lens.open_runs, request.lens.open_run_count);
    answer_view(exchange, &request.opened);
}

void handle_dde_contracts(struct exchange *exchange)
{
    struct dde_request request;
    if (!begin(exchange, &request)) {
        return;
    }
    struct json_writer *json = &exchange->json;
    write_contracts(json, request.opened.view, &request.lens, &exchange->page);
    json_field_i64(json, "locked", request.lens.locked_count);
    json_field_i64(json, "total", request.lens.contract_count);
    write_measure(json, "lock_latency_p95_ms", request.lens.lock_latency_p95_ms);
    answer_view(exchange, &request.opened);
}

void handle_dde_critical_path(struct exchange *exchange)
{
    struct dde_request request;
    if (begin(exchange, &request)) {
        write_critical_path(&exchange->json, request.opened.view, &request.lens);
        answer_view(exchange, &request.opened);
    }
}

static void write_relatives(struct json_writer *json, const char *key, const struct graph_view *view,
                            const struct dde_relative *relatives, uint32_t count)
{
    json_write_key(json, key);
    json_write_array_begin(json);
    for (uint32_t i = 0; i < count; i++) {
        json_write_object_begin(json);
        write_id(json, "id", view, relatives[i].task);
        write_name(json, view, relatives[i].task);
        json_field_text(json, "status", node_status_name(view_status(&view->nodes[relatives[i].task])));
        json_field_i64(json, "distance", relatives[i].distance);
        json_write_object_end(json);
    }
    json_write_array_end(json);
}

static void write_lineage_artifacts(struct json_writer *json, const struct dde_request *request,
                                    const struct dde_lineage *lineage)
{
    json_write_key(json, "artifacts");
    json_write_array_begin(json);
    for (uint32_t i = 0; i < lineage->artifact_count; i++) {
        for (uint32_t a = 0; a < request->lens.artifact_count; a++) {
            if (request->lens.artifacts[a].node == lineage->artifacts[i]) {
                write_artifact(json, request->opened.view, &request->lens.artifacts[a]);
            }
        }
    }
    json_write_array_end(json);
}

static bool write_task_lineage(struct exchange *exchange, const struct dde_request *request)
{
    struct json_writer *json = &exchange->json;
    struct dde_lineage lineage;
    struct error error;
    const struct graph_view *view = request->opened.view;
    uint32_t task = view_find(view, NODE_TASK, exchange->query[PARAMETER_NODE]);
    if (task == VIEW_NONE) {
        problem(exchange, 404, "node", "Iteration %.*s has no task \"%.*s\" then.", STR_ARGS(view->iteration_id),
                STR_ARGS(exchange->query[PARAMETER_NODE]));
        return false;
    }
    if (lens_dde_lineage(view, task, &exchange->arena, &lineage, &error) != STATUS_OK) {
        problem_error(exchange, &error);
        return false;
    }
    json_write_key(json, "task");
    write_node(json, view, task, NULL);
    write_relatives(json, "ancestors", view, lineage.ancestors, lineage.ancestor_count);
    write_relatives(json, "descendants", view, lineage.descendants, lineage.descendant_count);
    write_lineage_artifacts(json, request, &lineage);
    return true;
}

void handle_dde_lineage(struct exchange *exchange)
{
    struct dde_request request;
    if (request_required(exchange, PARAMETER_NODE) && begin(exchange, &request) && write_task_lineage(exchange, &request)) {
        answer_view(exchange, &request.opened);
    }
}
