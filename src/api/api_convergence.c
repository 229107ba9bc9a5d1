/* Convergence over HTTP: verdict, gate, contract stars, what found no partner, blame. */
#include "api/api_private.h"
#include "correlate/correlate.h"
#include "lens/blame.h"

struct verdict_request {
    struct view_request opened;
    struct verdict verdict;
};

static bool begin_under(struct exchange *exchange, const struct policy *policy, struct verdict_request *request)
{
    struct error error;
    if (!view_open(exchange, exchange->path[0], &request->opened)) {
        return false;
    }
    if (verdict_read(request->opened.view, policy, &exchange->arena, &request->verdict, &error) != STATUS_OK) {
        problem_error(exchange, &error);
        return false;
    }
    json_write_object_begin(&exchange->json);
    json_field_str(&exchange->json, "iteration", request->opened.view->iteration_id);
    return true;
}

static bool begin(struct exchange *exchange, struct verdict_request *request)
{
    return begin_under(exchange, exchange->api->options.policy, request);
}

static void answer_verdict(struct exchange *exchange, const struct policy *policy)
{
    struct verdict_request request;
    if (begin_under(exchange, policy, &request)) {
        json_field_i64(&exchange->json, "exit_code", verdict_exit_code(&request.verdict));
        json_write_key(&exchange->json, "verdict");
        verdict_write(&request.verdict, request.opened.view, &exchange->json);
        answer_view(exchange, &request.opened);
    }
}

void handle_verdict(struct exchange *exchange)
{
    answer_verdict(exchange, exchange->api->options.policy);
}

void handle_verdict_under_policy(struct exchange *exchange)
{
    struct error error;
    struct policy *policy = arena_new(&exchange->arena, sizeof *policy);
    if (policy == NULL) {
        problem(exchange, 503, "", "out of memory");
        return;
    }
    if (exchange->request.body.length == 0) {
        problem(exchange, 400, "body", "The body must be the YAML of a policy; GET asks under the policy in force.");
        return;
    }
    if (policy_load_text(exchange->request.body, "policy", policy, &error) != STATUS_OK) {
        problem_error(exchange, &error);
        return;
    }
    answer_verdict(exchange, policy);
}

void handle_gate(struct exchange *exchange)
{
    struct verdict_request request;
    if (!begin(exchange, &request)) {
        return;
    }
    json_field_text(&exchange->json, "verdict", verdict_name(request.verdict.kind));
    json_field_i64(&exchange->json, "exit_code", verdict_exit_code(&request.verdict));
    json_write_key(&exchange->json, "gate");
    verdict_write_gate(&request.verdict, &exchange->json);
    answer_view(exchange, &request.opened);
}

void handle_stream_status(struct exchange *exchange)
{
    struct verdict_request request;
    if (!begin(exchange, &request)) {
        return;
    }
    json_field_text(&exchange->json, "verdict", verdict_name(request.verdict.kind));
    json_write_key(&exchange->json, "streams");
    verdict_write_streams(&request.verdict, &exchange->json);
    json_write_key(&exchange->json, "conditions");
    verdict_write_conditions(&request.verdict, &exchange->json);
    answer_view(exchange, &request.opened);
}

/* ---- stars and links ---- */

struct convergence_request {
    struct view_request opened;
    struct lens_convergence lens;
};

static bool begin_lens(struct exchange *exchange, struct convergence_request *request)
{
    struct error error;
    if (!view_open(exchange, exchange->path[0], &request->opened)) {
        return false;
    }
    if (lens_convergence_read(request->opened.view, &exchange->arena, &request->lens, &error) != STATUS_OK) {
        problem_error(exchange, &error);
        return false;
    }
    json_write_object_begin(&exchange->json);
    json_field_str(&exchange->json, "iteration", request->opened.view->iteration_id);
    return true;
}

static void write_star(struct json_writer *json, const struct graph_view *view, const struct contract_star *star)
{
    json_write_object_begin(json);
    json_field_str(json, "id", star->id);
    json_field_str(json, "name", star->name);
    write_text(json, "version", star->version);
    write_id(json, "contract", view, star->contract);
    json_field_bool(json, "aligned", star->aligned);
    json_write_key(json, "legs");
    json_write_object_begin(json);
    for (int i = 0; i < STAR_LEG_COUNT; i++) {
        const struct star_leg *leg = &star->legs[i];
        json_write_key(json, star_leg_name((enum star_leg_kind)i));
        json_write_object_begin(json);
        json_field_text(json, "state", star_state_name(leg->state));
        json_field_str(json, "sentence", leg->sentence);
        json_write_key(json, "nodes");
        json_write_array_begin(json);
        for (uint32_t n = 0; n < leg->node_count; n++) {
            json_write_str(json, view->nodes[leg->nodes[n]].id);
        }
        json_write_array_end(json);
        json_write_object_end(json);
    }
    json_write_object_end(json);
    json_write_object_end(json);
}

void handle_stars(struct exchange *exchange)
{
    struct convergence_request request;
    if (!begin_lens(exchange, &request)) {
        return;
    }
    struct json_writer *json = &exchange->json;
    write_measure(json, "alignment", request.lens.alignment);
    json_field_i64(json, "aligned", request.lens.aligned_count);
    json_field_i64(json, "total", request.lens.star_count);
    json_write_key(json, "stars");
    json_write_array_begin(json);
    for (uint32_t i = 0; i < request.lens.star_count; i++) {
        if (page_takes(&exchange->page)) {
            write_star(json, request.opened.view, &request.lens.stars[i]);
        }
    }
    json_write_array_end(json);
    answer_view(exchange, &request.opened);
}

void handle_unmatched(struct exchange *exchange)
{
    struct view_request opened;
    if (!view_open(exchange, exchange->path[0], &opened)) {
        return;
    }
    struct json_writer *json = &exchange->json;
    const struct graph_view *view = opened.view;
    json_write_object_begin(json);
    json_field_str(json, "iteration", view->iteration_id);
    json_write_key(json, "unmatched");
    json_write_array_begin(json);
    for (uint32_t i = 0; i < view->unmatched_count; i++) {
        const struct view_unmatched *unmatched = &view->unmatched[i];
        if (!page_takes(&exchange->page)) {
            continue;
        }
        json_write_object_begin(json);
        write_id(json, "node", view, unmatched->node);
        json_field_text(json, "node_kind", node_kind_name(view->nodes[unmatched->node].kind));
        json_field_text(json, "link", link_kind_name(unmatched->kind));
        json_field_text(json, "partner_kind", node_kind_name(unmatched->partner_kind));
        write_text(json, "partner", unmatched->partner);
        json_field_str(json, "reason", unmatched->reason);
        json_write_object_end(json);
    }
    json_write_array_end(json);
    json_field_i64(json, "total", view->unmatched_count);
    answer_view(exchange, &opened);
}

static void write_link_summaries(struct json_writer *json, const struct lens_convergence *lens)
{
    json_write_key(json, "links");
    json_write_array_begin(json);
    for (int kind = 0; kind < LINK_KIND_COUNT; kind++) {
        const struct link_summary *summary = &lens->links[kind];
        if (summary->count == 0 && summary->denied == 0 && lens->unmatched_by_kind[kind] == 0) {
            continue;
        }
        json_write_object_begin(json);
        json_field_text(json, "kind", link_kind_name((enum link_kind)kind));
        json_field_i64(json, "count", summary->count);
        json_field_i64(json, "inferred", summary->inferred);
        json_field_i64(json, "denied", summary->denied);
        json_field_i64(json, "unmatched", lens->unmatched_by_kind[kind]);
        json_field_double(json, "confidence_min", summary->confidence_min);
        json_write_key(json, "methods");
        json_write_object_begin(json);
        for (int method = 0; method < METHOD_COUNT; method++) {
            if (summary->by_method[method] > 0) {
                json_field_i64(json, link_method_name((enum link_method)method), summary->by_method[method]);
            }
        }
        json_write_object_end(json);
        json_write_object_end(json);
    }
    json_write_array_end(json);
}

static void write_gaps(struct json_writer *json, const struct lens_convergence *lens)
{
    json_write_key(json, "gaps");
    json_write_object_begin(json);
    json_field_i64(json, "tasks_without_requirement", lens->tasks_without_requirement);
    json_field_i64(json, "requirements_without_task", lens->requirements_without_task);
    json_field_i64(json, "requirements_without_scenario", lens->requirements_without_scenario);
    json_field_i64(json, "artifacts_without_module", lens->artifacts_without_module);
    json_field_i64(json, "modules_without_component", lens->modules_without_component);
    json_field_i64(json, "scenarios_without_requirement", lens->scenarios_without_requirement);
    json_write_object_end(json);
}

void handle_convergence_graph(struct exchange *exchange)
{
    struct convergence_request request;
    struct verdict verdict;
    struct error error;
    if (!begin_lens(exchange, &request)) {
        return;
    }
    struct json_writer *json = &exchange->json;
    const struct graph_view *view = request.opened.view;
    if (verdict_read_summary(view, exchange->api->options.policy, &exchange->arena, &verdict, &error) != STATUS_OK) {
        problem_error(exchange, &error);
        return;
    }
    const struct places *places = places_of(exchange, view->iteration_id, LENS_CONVERGENCE);
    json_field_text(json, "lens", lens_name(LENS_CONVERGENCE));
    write_graph(json, view, (1u << NODE_KIND_COUNT) - 1, NULL, places);
    places_write_bounds(json, places);
    json_write_key(json, "kpis");
    json_write_object_begin(json);
    write_measure(json, "contract_alignment", request.lens.alignment);
    json_field_i64(json, "stars", request.lens.star_count);
    json_field_i64(json, "aligned", request.lens.aligned_count);
    json_field_i64(json, "unmatched", request.lens.unmatched_count);
    json_write_object_end(json);
    json_field_text(json, "verdict", verdict_name(verdict.kind));
    json_field_bool(json, "deployable", verdict.gate.deployable);
    write_link_summaries(json, &request.lens);
    write_gaps(json, &request.lens);
    answer_view(exchange, &request.opened);
}

/* ---- blame ---- */

void handle_blame(struct exchange *exchange)
{
    struct view_request opened;
    struct blame blame;
    struct error error;
    if (!view_open(exchange, exchange->path[0], &opened)) {
        return;
    }
    struct verdict_source source = verdict_source_of(exchange->api, exchange->tenant_id, exchange->path[0]);
    if (blame_read(&source, opened.clocks.valid_at, &exchange->arena, &blame, &error) != STATUS_OK) {
        problem_error(exchange, &error);
        return;
    }
    json_write_object_begin(&exchange->json);
    json_field_str(&exchange->json, "iteration", opened.view->iteration_id);
    json_write_key(&exchange->json, "blame");
    blame_write(&blame, &exchange->json);
    answer_view(exchange, &opened);
}
