#include "lens/verdict.h"

static void write_measure(struct json_writer *writer, const char *key, struct measure measure)
{
    json_write_key(writer, key);
    if (measure.known) {
        json_write_double(writer, measure.value);
    } else {
        json_write_null(writer);
    }
}

static void write_lenses(struct json_writer *writer, const char *key, const uint32_t *lenses, uint32_t count)
{
    json_write_key(writer, key);
    json_write_array_begin(writer);
    for (uint32_t i = 0; i < count; i++) {
        json_write_text(writer, lens_name((enum lens)lenses[i]));
    }
    json_write_array_end(writer);
}

static void write_sentences(struct json_writer *writer, const char *key, const struct str *sentences, uint32_t count)
{
    json_write_key(writer, key);
    json_write_array_begin(writer);
    for (uint32_t i = 0; i < count; i++) {
        json_write_str(writer, sentences[i]);
    }
    json_write_array_end(writer);
}

void verdict_write_streams(const struct verdict *verdict, struct json_writer *writer)
{
    json_write_array_begin(writer);
    for (int i = 0; i < 3; i++) {
        const struct verdict_stream *stream = &verdict->streams[i];
        json_write_object_begin(writer);
        json_field_text(writer, "stream", lens_name(stream->lens));
        json_field_text(writer, "status", stream_status_name(stream->status));
        json_field_bool(writer, "has_data", stream->has_data);
        json_field_i64(writer, "open_runs", stream->open_run_count);
        json_field_str(writer, "reason", stream->reason);
        json_write_object_end(writer);
    }
    json_write_array_end(writer);
}

void verdict_write_conditions(const struct verdict *verdict, struct json_writer *writer)
{
    json_write_array_begin(writer);
    for (int m = 0; m < METRIC_COUNT; m++) {
        const struct verdict_condition *condition = &verdict->conditions[m];
        json_write_object_begin(writer);
        json_field_text(writer, "metric", policy_metric_name(condition->metric));
        json_field_text(writer, "stream", lens_name(condition->lens));
        json_field_text(writer, "operator", policy_operator_name(condition->operation));
        json_field_double(writer, "threshold", condition->threshold);
        json_field_double(writer, "target", condition->target);
        write_measure(writer, "value", condition->value);
        json_field_bool(writer, "pass", condition->pass);
        json_field_bool(writer, "target_reached", condition->target_reached);
        json_field_bool(writer, "blocks", condition->blocks);
        json_write_object_end(writer);
    }
    json_write_array_end(writer);
}

static void write_issue(const struct verdict_issue *issue, struct json_writer *writer)
{
    json_write_object_begin(writer);
    json_field_text(writer, "stream", lens_name(issue->lens));
    json_field_text(writer, "metric", issue->open_run ? NULL : policy_metric_name(issue->metric));
    json_field_bool(writer, "open_run", issue->open_run);
    json_field_text(writer, "kind", issue->kind);
    json_field_str(writer, "id", issue->id);
    json_field_str(writer, "name", issue->name);
    json_field_str(writer, "sentence", issue->sentence);
    json_field_str(writer, "error_message", issue->error_message);
    json_write_key(writer, "event");
    if (issue->fact == VIEW_NONE) {
        json_write_null(writer);
    } else {
        json_write_object_begin(writer);
        json_field_str(writer, "event_id", issue->event_id);
        json_field_str(writer, "event_type", issue->event_type);
        json_field_i64(writer, "seq", (int64_t)issue->seq);
        json_field_time(writer, "valid_from", issue->valid_from);
        json_field_time(writer, "observed_at", issue->observed_at);
        json_write_object_end(writer);
    }
    json_write_object_end(writer);
}

void verdict_write_issues(const struct verdict *verdict, struct json_writer *writer)
{
    json_write_array_begin(writer);
    for (uint32_t i = 0; i < verdict->issue_count; i++) {
        write_issue(&verdict->issues[i], writer);
    }
    json_write_array_end(writer);
}

void verdict_write_gate(const struct verdict *verdict, struct json_writer *writer)
{
    const struct deployment_gate *gate = &verdict->gate;
    json_write_object_begin(writer);
    json_field_bool(writer, "deployable", gate->deployable);
    json_field_text(writer, "by", gate_basis_name(gate->basis));
    json_field_text(writer, "verdict", verdict_name(verdict->kind));
    json_field_str(writer, "sentence", gate->sentence);
    json_write_key(writer, "override");
    if (!gate->override_present) {
        json_write_null(writer);
    } else {
        json_write_object_begin(writer);
        json_field_bool(writer, "in_force", gate->override_in_force);
        json_field_str(writer, "actor", gate->actor);
        json_field_str(writer, "reason", gate->reason);
        json_write_key(writer, "expires_at");
        if (gate->expires_at.known) {
            json_write_time(writer, (int64_t)gate->expires_at.value);
        } else {
            json_write_null(writer);
        }
        json_write_object_end(writer);
    }
    json_write_object_end(writer);
}

void verdict_write(const struct verdict *verdict, const struct graph_view *view, struct json_writer *writer)
{
    json_write_object_begin(writer);
    json_field_str(writer, "iteration_id", view->iteration_id);
    json_field_text(writer, "verdict", verdict_name(verdict->kind));
    json_field_text(writer, "meaning", verdict_meaning(verdict->kind, verdict->pending_count > 0));
    json_field_bool(writer, "deployable", verdict->gate.deployable);
    json_field_i64(writer, "exit_code", verdict_exit_code(verdict));
    json_field_text(writer, "policy_version", verdict->policy_version);
    write_lenses(writer, "failing", verdict->failing, verdict->failing_count);
    write_lenses(writer, "pending", verdict->pending, verdict->pending_count);
    json_write_key(writer, "streams");
    verdict_write_streams(verdict, writer);
    json_write_key(writer, "conditions");
    verdict_write_conditions(verdict, writer);
    json_write_key(writer, "blocking_issues");
    verdict_write_issues(verdict, writer);
    json_field_i64(writer, "blocking_issues_not_listed", verdict->issue_more_count);
    write_sentences(writer, "diagnosis", verdict->diagnosis, verdict->diagnosis_count);
    write_sentences(writer, "recommendations", verdict->recommendations, verdict->recommendation_count);
    json_write_key(writer, "gate");
    verdict_write_gate(verdict, writer);
    json_write_object_end(writer);
}
