/* BDV over HTTP: does it behave? */
#include "api/api_private.h"

struct bdv_request {
    struct view_request opened;
    struct lens_bdv lens;
};

static bool begin(struct exchange *exchange, struct str iteration_id, struct bdv_request *request)
{
    struct error error;
    if (!view_open(exchange, iteration_id, &request->opened)) {
        return false;
    }
    if (lens_bdv_read(request->opened.view, &exchange->arena, &request->lens, &error) != STATUS_OK) {
        problem_error(exchange, &error);
        return false;
    }
    json_write_object_begin(&exchange->json);
    json_field_str(&exchange->json, "iteration", request->opened.view->iteration_id);
    return true;
}

static bool begin_by_query(struct exchange *exchange, struct bdv_request *request)
{
    return request_required(exchange, PARAMETER_ITERATION) && begin(exchange, exchange->query[PARAMETER_ITERATION], request);
}

static void write_rollup_fields(struct json_writer *json, const struct bdv_rollup *rollup)
{
    json_field_i64(json, "scenarios", rollup->scenarios);
    json_field_i64(json, "passed", rollup->passed);
    json_field_i64(json, "failed", rollup->failed);
    json_field_i64(json, "skipped", rollup->skipped);
    json_field_i64(json, "quarantined", rollup->quarantined);
    json_field_i64(json, "flaky", rollup->flaky);
    json_field_i64(json, "running", rollup->running);
    json_field_i64(json, "not_run", rollup->not_run);
}

static void write_kpis(struct json_writer *json, const struct lens_bdv *lens)
{
    json_write_key(json, "kpis");
    json_write_object_begin(json);
    write_measure(json, "scenario_pass_rate", lens->pass_rate);
    write_measure(json, "flake_rate", lens->flake_rate);
    write_measure(json, "test_run_time_p95_ms", lens->run_time_p95_ms);
    write_rollup_fields(json, &lens->rollup);
    json_field_i64(json, "features", lens->feature_count);
    json_field_i64(json, "orphans", lens->orphan_count);
    json_field_i64(json, "requirements", lens->requirement_count);
    json_field_i64(json, "requirements_covered", lens->covered_count);
    json_write_object_end(json);
}

static void write_scenario_ids(struct json_writer *json, const struct bdv_request *request, const uint32_t *scenarios,
                               uint32_t count)
{
    json_write_key(json, "scenarios");
    json_write_array_begin(json);
    for (uint32_t i = 0; i < count; i++) {
        json_write_str(json, request->opened.view->nodes[request->lens.scenarios[scenarios[i]].node].id);
    }
    json_write_array_end(json);
}

static void write_feature(struct json_writer *json, const struct bdv_request *request, const struct bdv_feature *feature)
{
    const struct graph_view *view = request->opened.view;
    json_write_object_begin(json);
    write_id(json, "id", view, feature->node);
    write_name(json, view, feature->node);
    json_field_text(json, "status", node_status_name(feature->status));
    json_write_key(json, "rollup");
    json_write_object_begin(json);
    write_rollup_fields(json, &feature->rollup);
    write_measure(json, "pass_rate", feature->rollup.pass_rate);
    json_write_object_end(json);
    write_scenario_ids(json, request, feature->scenarios, feature->rollup.scenarios);
    json_write_object_end(json);
}

static void write_features(struct json_writer *json, const struct bdv_request *request)
{
    json_write_key(json, "features");
    json_write_array_begin(json);
    for (uint32_t i = 0; i < request->lens.feature_count; i++) {
        if (page_takes(request->opened.page)) {
            write_feature(json, request, &request->lens.features[i]);
        }
    }
    json_write_array_end(json);
}

/* The object stays open for more. */
static void write_scenario_fields(struct json_writer *json, const struct graph_view *view,
                                  const struct bdv_scenario *scenario)
{
    write_id(json, "id", view, scenario->node);
    write_name(json, view, scenario->node);
    write_id(json, "feature", view, scenario->feature);
    json_field_text(json, "outcome", scenario->outcome == STATE_NONE ? NULL : node_status_name(scenario->outcome));
    json_field_bool(json, "running", scenario->running);
    json_field_bool(json, "quarantined", scenario->quarantined);
    json_field_bool(json, "counted", scenario->counted);
    json_field_bool(json, "flaky", scenario->flaky);
    write_measure(json, "flake_rate", scenario->flake_rate);
    json_field_i64(json, "run_count", scenario->run_count);
    write_measure(json, "duration_ms", scenario->duration_ms);
    write_text(json, "error_message", scenario->error_message);
    write_fact(json, view, scenario->outcome_fact);
}

static void write_scenario(struct json_writer *json, const struct graph_view *view, const struct bdv_scenario *scenario)
{
    json_write_object_begin(json);
    write_scenario_fields(json, view, scenario);
    json_write_object_end(json);
}

static void write_runs(struct json_writer *json, const struct graph_view *view, const struct lens_bdv *lens)
{
    json_write_key(json, "runs");
    json_write_array_begin(json);
    for (uint32_t i = 0; i < lens->run_count; i++) {
        const struct bdv_run *run = &lens->runs[i];
        json_write_object_begin(json);
        write_id(json, "id", view, run->node);
        write_measure(json, "started_at", run->started_at);
        write_measure(json, "ended_at", run->ended_at);
        write_measure(json, "duration_ms", run->duration_ms);
        json_field_bool(json, "open", run->open);
        json_field_i64(json, "scenarios", run->scenario_count);
        json_write_object_end(json);
    }
    json_write_array_end(json);
}

void handle_bdv_graph(struct exchange *exchange)
{
    struct bdv_request request;
    if (!begin(exchange, exchange->path[0], &request)) {
        return;
    }
    struct json_writer *json = &exchange->json;
    const struct graph_view *view = request.opened.view;
    const struct places *places = places_of(exchange, view->iteration_id, LENS_BDV);
    json_field_text(json, "lens", lens_name(LENS_BDV));
    write_graph(json, view, BDV_KINDS, NULL, places);
    places_write_bounds(json, places);
    write_kpis(json, &request.lens);
    write_features(json, &request);
    json_write_key(json, "scenarios");
    json_write_array_begin(json);
    for (uint32_t i = 0; i < request.lens.scenario_count; i++) {
        write_scenario(json, view, &request.lens.scenarios[i]);
    }
    json_write_array_end(json);
    write_runs(json, view, &request.lens);
    write_open_runs(json, view, request.lens.open_runs, request.lens.open_run_count);
    answer_view(exchange, &request.opened);
}

void handle_bdv_features(struct exchange *exchange)
{
    struct bdv_request request;
    if (begin_by_query(exchange, &request)) {
        write_features(&exchange->json, &request);
        answer_view(exchange, &request.opened);
    }
}

static void write_validated_contract(struct json_writer *json, const struct bdv_request *request, uint32_t contract)
{
    const struct graph_view *view = request->opened.view;
    uint32_t passing, failing;
    lens_bdv_validations(view, &request->lens, contract, &passing, &failing);
    json_write_object_begin(json);
    write_id(json, "id", view, contract);
    json_write_key(json, "scenarios");
    json_write_array_begin(json);
    for (uint32_t i = 0; i < view_in_count(view, contract); i++) {
        const struct view_link *link = view_in(view, contract, i);
        const struct bdv_scenario *scenario = lens_bdv_validator(&request->lens, link);
        if (scenario == NULL) {
            continue;
        }
        json_write_object_begin(json);
        write_id(json, "id", view, scenario->node);
        write_name(json, view, scenario->node);
        json_field_text(json, "status", scenario->outcome == STATE_NONE ? NULL : node_status_name(scenario->outcome));
        json_field_text(json, "method", link_method_name(link->method));
        json_field_double(json, "confidence", link->confidence);
        json_write_object_end(json);
    }
    json_write_array_end(json);
    json_field_i64(json, "passing", passing);
    json_field_i64(json, "failing", failing);
    json_write_object_end(json);
}

void handle_bdv_contracts(struct exchange *exchange)
{
    struct bdv_request request;
    if (!begin(exchange, exchange->path[0], &request)) {
        return;
    }
    const struct graph_view *view = request.opened.view;
    json_write_key(&exchange->json, "contracts");
    json_write_array_begin(&exchange->json);
    for (uint32_t n = view->kind_start[NODE_CONTRACT]; n < view->kind_start[NODE_CONTRACT + 1]; n++) {
        if (page_takes(&exchange->page)) {
            write_validated_contract(&exchange->json, &request, n);
        }
    }
    json_write_array_end(&exchange->json);
    answer_view(exchange, &request.opened);
}

static bool least_rate(struct exchange *exchange, double *rate)
{
    struct str text = exchange->query[PARAMETER_MIN_FLAKE_RATE];
    *rate = 0;
    if (text.at != NULL && (!str_to_double(text, rate) || *rate < 0 || *rate > 1)) {
        problem(exchange, 400, "min_flake_rate", "It must be a number from 0 to 1.");
        return false;
    }
    return true;
}

void handle_bdv_flakes(struct exchange *exchange)
{
    struct bdv_request request;
    double rate;
    if (!least_rate(exchange, &rate) || !begin(exchange, exchange->path[0], &request)) {
        return;
    }
    const struct bdv_scenario **flaky;
    uint32_t count;
    struct error error;
    if (lens_bdv_flakes(&request.lens, rate, &exchange->arena, &flaky, &count, &error) != STATUS_OK) {
        problem_error(exchange, &error);
        return;
    }
    struct json_writer *json = &exchange->json;
    write_measure(json, "flake_rate", request.lens.flake_rate);
    json_write_key(json, "flakes");
    json_write_array_begin(json);
    for (uint32_t i = 0; i < count; i++) {
        if (page_takes(&exchange->page)) {
            write_scenario(json, request.opened.view, flaky[i]);
        }
    }
    json_write_array_end(json);
    answer_view(exchange, &request.opened);
}

void handle_bdv_coverage(struct exchange *exchange)
{
    struct bdv_request request;
    if (!begin(exchange, exchange->path[0], &request)) {
        return;
    }
    struct json_writer *json = &exchange->json;
    json_field_i64(json, "covered", request.lens.covered_count);
    json_field_i64(json, "total", request.lens.requirement_count);
    json_write_key(json, "requirements");
    json_write_array_begin(json);
    for (uint32_t i = 0; i < request.lens.requirement_count; i++) {
        const struct bdv_requirement *requirement = &request.lens.requirements[i];
        if (!page_takes(&exchange->page)) {
            continue;
        }
        json_write_object_begin(json);
        write_id(json, "id", request.opened.view, requirement->node);
        write_name(json, request.opened.view, requirement->node);
        json_field_bool(json, "covered", requirement->covered);
        json_field_i64(json, "scenario_count", requirement->scenario_count);
        json_field_i64(json, "passing", requirement->passing);
        json_field_i64(json, "failing", requirement->failing);
        write_scenario_ids(json, &request, requirement->scenarios, requirement->scenario_count);
        json_write_object_end(json);
    }
    json_write_array_end(json);
    answer_view(exchange, &request.opened);
}

static bool write_steps(struct exchange *exchange, const struct graph_view *view, uint32_t node)
{
    struct bdv_step *steps;
    uint32_t count;
    struct error error;
    struct json_writer *json = &exchange->json;
    if (lens_bdv_steps(view, node, &exchange->arena, &steps, &count, &error) != STATUS_OK) {
        problem_error(exchange, &error);
        return false;
    }
    json_write_key(json, "steps");
    json_write_array_begin(json);
    for (uint32_t i = 0; i < count; i++) {
        json_write_object_begin(json);
        json_field_str(json, "result", steps[i].result);
        json_field_str(json, "text", steps[i].text);
        json_field_str(json, "message", steps[i].message);
        write_measure(json, "duration_ms", steps[i].duration_ms);
        write_fact(json, view, steps[i].fact);
        json_write_object_end(json);
    }
    json_write_array_end(json);
    return true;
}

void handle_bdv_scenarios(struct exchange *exchange)
{
    struct bdv_request request;
    if (!begin_by_query(exchange, &request)) {
        return;
    }
    const struct graph_view *view = request.opened.view;
    struct json_writer *json = &exchange->json;
    uint32_t number = 0;
    while (number < request.lens.feature_count &&
           !str_equal(view->nodes[request.lens.features[number].node].id, exchange->path[0])) {
        number++;
    }
    if (number == request.lens.feature_count) {
        problem(exchange, 404, "path", "Iteration %.*s has no feature \"%.*s\" then.", STR_ARGS(view->iteration_id),
                STR_ARGS(exchange->path[0]));
        return;
    }
    const struct bdv_feature *feature = &request.lens.features[number];
    json_write_key(json, "feature");
    write_feature(json, &request, feature);
    json_write_key(json, "scenarios");
    json_write_array_begin(json);
    for (uint32_t i = 0; i < feature->rollup.scenarios; i++) {
        const struct bdv_scenario *scenario = &request.lens.scenarios[feature->scenarios[i]];
        if (!page_takes(&exchange->page)) {
            continue;
        }
        json_write_object_begin(json);
        write_scenario_fields(json, view, scenario);
        if (!write_steps(exchange, view, scenario->node)) {
            return;
        }
        json_write_object_end(json);
    }
    json_write_array_end(json);
    answer_view(exchange, &request.opened);
}
