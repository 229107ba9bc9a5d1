#include "view_builder.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/json_read.h"
#include "base/limits.h"

static void need(bool ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "view_builder: %s\n", what);
        abort();
    }
}

void view_builder_init(struct view_builder *builder)
{
    struct error error = {0};
    *builder = (struct view_builder){.decoder = event_decoder_new(), .seed = 11};
    need(builder->decoder != NULL && graph_new(&builder->graph, &error) == STATUS_OK, "no memory");
    arena_init(&builder->events, GIB);
    arena_init(&builder->views, 4 * GIB);
}

void view_builder_release(struct view_builder *builder)
{
    arena_release(&builder->events);
    arena_release(&builder->views);
    graph_free(builder->graph);
    event_decoder_free(builder->decoder);
}

int64_t view_builder_observed(const struct view_builder *builder, uint64_t seq)
{
    return builder->batch == 0 ? (int64_t)seq : (int64_t)((seq + builder->batch - 1) / builder->batch * builder->batch);
}

void view_builder_say(struct view_builder *builder, const char *type, int64_t at, const char *node, const char *members)
{
    static char json[65536 + JSON_READ_PADDING];
    struct event_defaults defaults = {.control_is_allowed = true, .now_ms = LIMIT_TIMESTAMP_MAX - LIMIT_FUTURE_MS};
    struct event event;
    struct event_fault fault = {0};
    struct error error = {0};
    builder->seq++;
    int length = snprintf(json, 65536,
                          "{\"event_id\":\"e-%06llu\",\"timestamp\":%lld,\"iteration_id\":\"it\",\"event_type\":\"%s\","
                          "\"node_id\":\"%s\"%s%s}",
                          (unsigned long long)builder->seq, (long long)at, type, node, members[0] != '\0' ? "," : "", members);
    need(length > 0 && length < 65536, "event too long");
    for (char *c = json; *c != '\0'; c++) {
        *c = *c == '\'' ? '"' : *c;
    }
    arena_clear(&builder->events);
    if (event_decode(builder->decoder, (struct str){json, (size_t)length}, &builder->events, &defaults, &event, &fault) !=
        STATUS_OK) {
        fprintf(stderr, "%s\n", json);
        need(false, fault.error.text);
    }
    need(graph_apply(builder->graph, &event, builder->seq, view_builder_observed(builder, builder->seq), NULL, &error) == STATUS_OK, error.text);
}

void view_builder_sayf(struct view_builder *builder, const char *type, int64_t at, const char *node, const char *format, ...)
{
    static char members[32768];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(members, sizeof members, format, args);
    va_end(args);
    need(length >= 0 && (size_t)length < sizeof members, "members too long");
    view_builder_say(builder, type, at, node, members);
}

uint32_t view_builder_draw(struct view_builder *builder, uint32_t below)
{
    builder->seed = builder->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((builder->seed >> 33) % below);
}

void view_builder_say_anything(struct view_builder *builder, bool runs, uint32_t nodes)
{
    static const struct {
        const char *type, *node, *members;
        bool run;
    } lines[] = {
        {"WORKFLOW_STARTED", "w%u", "", true},
        {"WORKFLOW_COMPLETED", "w%u", "", true},
        {"TASK_CREATED", "t%u", "", false},
        {"TASK_STARTED", "t%u", "", false},
        {"TASK_COMPLETED", "t%u", "", false},
        {"TASK_COMPLETED", "t%u", "", false},
        {"TASK_COMPLETED", "t%u", "", false},
        {"TASK_FAILED", "t%u", "", false},
        {"TASK_RETRYING", "t%u", "", false},
        {"CONTRACT_LOCKED", "t%u", "'contract_id':'Api','contract_version':'v1'", false},
        {"QUALITY_GATE_CHECKED", "t%u", "'quality_gate_name':'g','quality_gate_passed':false", false},
        {"ARTIFACT_CREATED", "t%u", "'artifact_path':'a.js'", false},
        {"TEST_RUN_STARTED", "r%u", "", true},
        {"TEST_RUN_COMPLETED", "r%u", "", true},
        {"SCENARIO_STARTED", "s%u", "", false},
        {"SCENARIO_PASSED", "s%u", "", false},
        {"SCENARIO_PASSED", "s%u", "", false},
        {"SCENARIO_FAILED", "s%u", "", false},
        {"SCENARIO_SKIPPED", "s%u", "", false},
        {"SCENARIO_QUARANTINED", "s%u", "", false},
        {"FLAKE_DETECTED", "s%u", "'flake_rate':0", false},
        {"STEP_EXECUTED", "s%u", "'step_text':'x','step_result':'FAILED'", false},
        {"CONTRACT_TAG_DETECTED", "s%u", "'contract_tags':['@contract:Api:v1']", false},
        {"ANALYSIS_STARTED", "m", "'manifest_name':'m'", true},
        {"ANALYSIS_COMPLETED", "m", "'manifest_name':'m'", true},
        {"MODULE_ANALYZED", "a%u", "'depends_on':['a0'],'manifest_name':'m'", false},
        {"MODULE_ANALYZED", "a%u", "'depends_on':[],'manifest_name':'m'", false},
        {"VIOLATION_DETECTED", "v%u", "'violation_severity':'BLOCKING','manifest_name':'m'", false},
        {"VIOLATION_SUPPRESSED", "v%u", "", false},
        {"GATE_OVERRIDDEN", "it", "'actor':'a','reason':'r'", false},
        {"SCENARIO_PASSED", "s%u", "'metadata':{'test_run':'r0'}", true},
    };
    char node[16];
    static const uint32_t good[] = {3, 4, 4, 4, 14, 15, 15, 15}; /* of many nodes most do well, so that rates are far from their thresholds */
    uint32_t i = nodes > 3 && view_builder_draw(builder, 10) > 0 ? good[view_builder_draw(builder, 8)] : view_builder_draw(builder, sizeof lines / sizeof *lines);
    if (lines[i].run && !runs) {
        return;
    }
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(node, sizeof node, lines[i].node, view_builder_draw(builder, nodes));
#pragma GCC diagnostic pop
    view_builder_say(builder, lines[i].type, 1 + view_builder_draw(builder, 1000), node, lines[i].members);
}

struct graph_view *view_builder_view_at(struct view_builder *builder, int64_t valid_at, uint32_t known)
{
    struct graph_view *view;
    struct error error = {0};
    struct correlate_config config = correlate_config_default();
    arena_clear(&builder->views);
    enum status status = graph_view_open_known(builder->graph, STR("default"), STR("it"), valid_at, known, &builder->views,
                                               &view, &error);
    if (status == STATUS_ABSENT) {
        return NULL;
    }
    need(status == STATUS_OK, error.text);
    need(correlate_view(view, &config, &error) == STATUS_OK, error.text);
    return view;
}

struct graph_view *view_builder_view(struct view_builder *builder)
{
    struct graph_view *view = view_builder_view_at(builder, TIME_MAX, graph_fact_count(builder->graph));
    need(view != NULL, "nothing in view");
    return view;
}
