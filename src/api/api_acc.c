/* ACC over HTTP: is it built as agreed? */
#include "api/api_private.h"

struct acc_request {
    struct view_request opened;
    struct lens_acc lens;
    const bool *keep; /* per node: of the manifest asked for; NULL: all */
};

static bool begin(struct exchange *exchange, struct str iteration_id, struct acc_request *request)
{
    struct error error;
    request->keep = NULL;
    if (!view_open(exchange, iteration_id, &request->opened)) {
        return false;
    }
    if (lens_acc_read(request->opened.view, &exchange->arena, &request->lens, &error) != STATUS_OK) {
        problem_error(exchange, &error);
        return false;
    }
    json_write_object_begin(&exchange->json);
    json_field_str(&exchange->json, "iteration", request->opened.view->iteration_id);
    return true;
}

static bool is_kept(const struct acc_request *request, uint32_t node)
{
    return request->keep == NULL || node == VIEW_NONE || request->keep[node];
}

static bool keep_manifest(struct exchange *exchange, struct acc_request *request, struct str manifest)
{
    struct error error;
    if (lens_acc_reported(request->opened.view, &request->lens, manifest, &exchange->arena, &request->keep, &error) !=
        STATUS_OK) {
        problem_error(exchange, &error);
        return false;
    }
    return true;
}

/* ---- pieces ---- */

static void write_coupling(struct json_writer *json, const struct acc_coupling *coupling)
{
    json_write_key(json, "coupling");
    json_write_object_begin(json);
    json_field_i64(json, "ca", coupling->afferent);
    json_field_i64(json, "ce", coupling->efferent);
    write_measure(json, "instability", coupling->instability);
    write_measure(json, "abstractness", coupling->abstractness);
    write_measure(json, "distance", coupling->distance);
    json_write_object_end(json);
}

static void write_severities(struct json_writer *json, const char *key, const uint32_t counts[ACC_SEVERITY_COUNT])
{
    json_write_key(json, key);
    json_write_object_begin(json);
    for (int i = 0; i < ACC_SEVERITY_COUNT; i++) {
        json_field_i64(json, acc_severity_name((enum acc_severity)i), counts[i]);
    }
    json_write_object_end(json);
}

static void write_kpis(struct json_writer *json, const struct lens_acc *lens)
{
    json_write_key(json, "kpis");
    json_write_object_begin(json);
    json_field_i64(json, "blocking_violations", lens->blocking_count);
    json_field_i64(json, "cycles", lens->cycle_count);
    write_measure(json, "mean_instability", lens->mean_instability);
    json_field_i64(json, "modules", lens->module_count);
    json_field_i64(json, "components", lens->component_count);
    json_field_i64(json, "dependencies", lens->dependency_count);
    json_field_i64(json, "violations", lens->violation_count);
    write_severities(json, "active", lens->active_counts);
    write_severities(json, "suppressed", lens->suppressed_counts);
    json_write_object_end(json);
}

static void write_modules(struct json_writer *json, const struct acc_request *request)
{
    const struct graph_view *view = request->opened.view;
    json_write_key(json, "modules");
    json_write_array_begin(json);
    for (uint32_t i = 0; i < request->lens.module_count; i++) {
        const struct acc_module *module = &request->lens.modules[i];
        if (!is_kept(request, module->node) || !page_takes(request->opened.page)) {
            continue;
        }
        json_write_object_begin(json);
        write_id(json, "id", view, module->node);
        write_name(json, view, module->node);
        write_id(json, "component", view, module->component);
        json_field_text(json, "cycle", module->cycle == VIEW_NONE ? NULL : request->lens.cycles[module->cycle].id);
        write_measure(json, "lines", module->lines < 0 ? MEASURE_UNKNOWN : measure_of((double)module->lines));
        write_coupling(json, &module->coupling);
        write_measure(json, "coupling_score", module->coupling_score);
        json_field_i64(json, "violations", module->violation_count);
        json_write_object_end(json);
    }
    json_write_array_end(json);
}

static void write_components(struct json_writer *json, const struct acc_request *request)
{
    json_write_key(json, "components");
    json_write_array_begin(json);
    for (uint32_t i = 0; i < request->lens.component_count; i++) {
        const struct acc_component *component = &request->lens.components[i];
        if (!is_kept(request, component->node)) {
            continue;
        }
        json_write_object_begin(json);
        write_id(json, "id", request->opened.view, component->node);
        json_field_i64(json, "modules", component->module_count);
        write_coupling(json, &component->coupling);
        json_field_i64(json, "violations", component->violation_count);
        json_write_object_end(json);
    }
    json_write_array_end(json);
}

static void write_dependencies(struct json_writer *json, const struct acc_request *request)
{
    const struct lens_acc *lens = &request->lens;
    json_write_key(json, "dependencies");
    json_write_array_begin(json);
    for (uint32_t i = 0; i < lens->dependency_count; i++) {
        const struct acc_dependency *dependency = &lens->dependencies[i];
        uint32_t source = lens->modules[dependency->source].node, target = lens->modules[dependency->target].node;
        if (!is_kept(request, source) || !is_kept(request, target)) {
            continue;
        }
        json_write_object_begin(json);
        write_id(json, "source", request->opened.view, source);
        write_id(json, "target", request->opened.view, target);
        json_field_double(json, "weight", dependency->weight);
        json_field_bool(json, "in_cycle", dependency->in_cycle);
        json_write_object_end(json);
    }
    json_write_array_end(json);
}

/* The object stays open for more. */
void write_violation_fields(struct json_writer *json, const struct graph_view *view, const struct acc_violation *violation)
{
    write_id(json, "id", view, violation->node);
    write_text(json, "type", violation->type);
    json_field_text(json, "severity", acc_severity_name(violation->severity));
    json_field_bool(json, "active", violation->active);
    json_field_bool(json, "blocking", violation->blocking);
    write_text(json, "message", violation->message);
    write_text(json, "rule_id", violation->rule_id);
    write_text(json, "adr_reference", violation->adr_reference);
    write_text(json, "source_module", violation->source_module);
    write_text(json, "target_module", violation->target_module);
    write_id(json, "module", view, violation->module);
    write_fact(json, view, violation->fact);
}

static void write_violation(struct json_writer *json, const struct graph_view *view, const struct acc_violation *violation)
{
    json_write_object_begin(json);
    write_violation_fields(json, view, violation);
    json_write_object_end(json);
}

/* severity ACC_SEVERITY_COUNT: all. */
static void write_violations(struct json_writer *json, const struct acc_request *request, enum acc_severity severity)
{
    json_write_key(json, "violations");
    json_write_array_begin(json);
    for (uint32_t i = 0; i < request->lens.violation_count; i++) {
        const struct acc_violation *violation = &request->lens.violations[i];
        if ((severity == ACC_SEVERITY_COUNT || violation->severity == severity) && is_kept(request, violation->node) &&
            page_takes(request->opened.page)) {
            write_violation(json, request->opened.view, violation);
        }
    }
    json_write_array_end(json);
}

static void write_cycles(struct json_writer *json, const struct acc_request *request)
{
    json_write_key(json, "cycles");
    json_write_array_begin(json);
    for (uint32_t i = 0; i < request->lens.cycle_count; i++) {
        const struct acc_cycle *cycle = &request->lens.cycles[i];
        json_write_object_begin(json);
        json_field_text(json, "id", cycle->id);
        json_write_key(json, "members");
        json_write_array_begin(json);
        for (uint32_t m = 0; m < cycle->count; m++) {
            json_write_str(json, cycle->members[m]);
        }
        json_write_array_end(json);
        write_id(json, "reported_as", request->opened.view, cycle->reported);
        write_fact(json, request->opened.view, cycle->fact);
        json_write_object_end(json);
    }
    json_write_array_end(json);
}

/* ---- routes ---- */

void handle_acc_graph(struct exchange *exchange)
{
    struct acc_request request;
    if (!begin(exchange, exchange->path[0], &request)) {
        return;
    }
    struct str manifest = exchange->query[PARAMETER_MANIFEST];
    if (manifest.length > 0 && !keep_manifest(exchange, &request, manifest)) {
        return;
    }
    struct json_writer *json = &exchange->json;
    const struct graph_view *view = request.opened.view;
    const struct places *places = places_of(exchange, view->iteration_id, LENS_ACC);
    json_field_text(json, "lens", lens_name(LENS_ACC));
    write_graph(json, view, ACC_KINDS, request.keep, places);
    places_write_bounds(json, places);
    write_kpis(json, &request.lens);
    write_modules(json, &request);
    write_components(json, &request);
    write_dependencies(json, &request);
    write_violations(json, &request, ACC_SEVERITY_COUNT);
    write_cycles(json, &request);
    write_open_runs(json, view, request.lens.open_runs, request.lens.open_run_count);
    answer_view(exchange, &request.opened);
}

bool severity_asked(struct exchange *exchange, enum acc_severity *severity)
{
    struct str text = exchange->query[PARAMETER_SEVERITY];
    *severity = ACC_SEVERITY_COUNT;
    for (int i = 0; text.at != NULL && i < ACC_SEVERITY_COUNT; i++) {
        if (str_equal_ignoring_case(text, str_from(acc_severity_name((enum acc_severity)i)))) {
            *severity = (enum acc_severity)i;
        }
    }
    if (text.at != NULL && *severity == ACC_SEVERITY_COUNT) {
        problem(exchange, 400, "severity", "It must be BLOCKING, WARNING or INFO.");
        return false;
    }
    return true;
}

void handle_acc_violations(struct exchange *exchange)
{
    struct acc_request request;
    enum acc_severity severity;
    if (!severity_asked(exchange, &severity) || !begin(exchange, exchange->path[0], &request)) {
        return;
    }
    write_violations(&exchange->json, &request, severity);
    write_severities(&exchange->json, "active", request.lens.active_counts);
    write_severities(&exchange->json, "suppressed", request.lens.suppressed_counts);
    answer_view(exchange, &request.opened);
}

void handle_acc_cycles(struct exchange *exchange)
{
    struct acc_request request;
    if (begin(exchange, exchange->path[0], &request)) {
        write_cycles(&exchange->json, &request);
        answer_view(exchange, &request.opened);
    }
}

void handle_acc_coupling(struct exchange *exchange)
{
    struct acc_request request;
    if (begin(exchange, exchange->path[0], &request)) {
        write_measure(&exchange->json, "mean_instability", request.lens.mean_instability);
        write_modules(&exchange->json, &request);
        write_components(&exchange->json, &request);
        answer_view(exchange, &request.opened);
    }
}

static void write_dsm(struct json_writer *json, const struct graph_view *view, const struct dsm *dsm)
{
    json_write_key(json, "rows");
    json_write_array_begin(json);
    for (uint32_t i = 0; i < dsm->count; i++) {
        json_write_object_begin(json);
        write_id(json, "id", view, dsm->order[i]);
        write_id(json, "component", view, dsm->group[i]);
        json_field_i64(json, "level", dsm->levels[i]);
        json_write_object_end(json);
    }
    json_write_array_end(json);
    json_write_key(json, "cells");
    json_write_array_begin(json);
    for (uint32_t i = 0; i < dsm->cell_count; i++) {
        json_write_object_begin(json);
        json_field_i64(json, "row", dsm->cells[i].row);
        json_field_i64(json, "column", dsm->cells[i].column);
        json_field_double(json, "weight", dsm->cells[i].weight);
        json_field_bool(json, "in_cycle", dsm->cells[i].in_cycle);
        json_write_object_end(json);
    }
    json_write_array_end(json);
    json_field_i64(json, "above_diagonal", dsm->above_count);
}

void handle_acc_dsm(struct exchange *exchange)
{
    struct acc_request request;
    struct dsm dsm;
    struct error error;
    struct str by = exchange->query[PARAMETER_BY];
    bool by_component = str_is(by, "component");
    if (by.at != NULL && !by_component && !str_is(by, "module")) {
        problem(exchange, 400, "by", "It must be module or component.");
        return;
    }
    if (!begin(exchange, exchange->path[0], &request)) {
        return;
    }
    if (lens_acc_dsm(request.opened.view, &request.lens, by_component, &exchange->arena, &dsm, &error) != STATUS_OK) {
        problem_error(exchange, &error);
        return;
    }
    json_field_text(&exchange->json, "by", by_component ? "component" : "module");
    write_dsm(&exchange->json, request.opened.view, &dsm);
    answer_view(exchange, &request.opened);
}

/* ---- manifests ---- */

static void write_manifest(struct json_writer *json, const struct acc_manifest *manifest)
{
    static const char *const names[ACC_TOTAL_COUNT] = {"modules", "dependencies", "violations", "blocking"};
    json_write_object_begin(json);
    json_field_str(json, "name", manifest->name);
    write_measure(json, "analysis_started_at", manifest->started_at);
    write_measure(json, "analysis_completed_at", manifest->completed_at);
    json_field_bool(json, "open", manifest->open);
    json_field_i64(json, "modules", manifest->module_count);
    json_field_i64(json, "violations", manifest->violation_count);
    json_write_key(json, "totals");
    if (manifest->has_totals) {
        json_write_object_begin(json);
        for (int i = 0; i < ACC_TOTAL_COUNT; i++) {
            write_measure(json, names[i], manifest->totals[i]);
        }
        json_write_object_end(json);
    } else {
        json_write_null(json);
    }
    json_write_object_end(json);
}

static bool begin_manifests(struct exchange *exchange, struct acc_request *request, struct acc_manifest **manifests,
                            uint32_t *count)
{
    struct error error;
    if (!request_required(exchange, PARAMETER_ITERATION) || !begin(exchange, exchange->query[PARAMETER_ITERATION], request)) {
        return false;
    }
    if (lens_acc_manifests(request->opened.view, &exchange->arena, manifests, count, &error) != STATUS_OK) {
        problem_error(exchange, &error);
        return false;
    }
    return true;
}

void handle_acc_manifests(struct exchange *exchange)
{
    struct acc_request request;
    struct acc_manifest *manifests;
    uint32_t count;
    if (!begin_manifests(exchange, &request, &manifests, &count)) {
        return;
    }
    struct json_writer *json = &exchange->json;
    json_write_key(json, "manifests");
    json_write_array_begin(json);
    for (uint32_t i = 0; i < count; i++) {
        write_manifest(json, &manifests[i]);
    }
    json_write_array_end(json);
    answer_view(exchange, &request.opened);
}

static void write_reported_ids(struct json_writer *json, const char *key, const struct graph_view *view, enum node_kind kind,
                               uint32_t sub)
{
    json_write_key(json, key);
    json_write_array_begin(json);
    for (uint32_t n = view->kind_start[kind]; n < view->kind_start[kind + 1]; n++) {
        if (view_property(&view->nodes[n], PROPERTY_REPORTED, sub) != NULL) {
            json_write_str(json, view->nodes[n].id);
        }
    }
    json_write_array_end(json);
}

void handle_acc_manifest(struct exchange *exchange)
{
    struct acc_request request;
    struct acc_manifest *manifests;
    uint32_t count, at = 0;
    if (!begin_manifests(exchange, &request, &manifests, &count)) {
        return;
    }
    const struct graph_view *view = request.opened.view;
    while (at < count && !str_equal(manifests[at].name, exchange->path[0])) {
        at++;
    }
    if (at == count) {
        problem(exchange, 404, "name", "Iteration %.*s has no manifest \"%.*s\" then.", STR_ARGS(view->iteration_id),
                STR_ARGS(exchange->path[0]));
        return;
    }
    json_write_key(&exchange->json, "manifest");
    write_manifest(&exchange->json, &manifests[at]);
    write_reported_ids(&exchange->json, "modules", view, NODE_MODULE, manifests[at].sub);
    write_reported_ids(&exchange->json, "violations", view, NODE_VIOLATION, manifests[at].sub);
    answer_view(exchange, &request.opened);
}
