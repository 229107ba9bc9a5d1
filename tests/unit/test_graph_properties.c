/* Random histories against the model of SPEC sections 3 and 4.
 *
 * Each history has its own seed and is drawn from few ids, few times and few words, so that events collide, come late,
 * correct each other and come twice. A failure names its seed:
 *     TRIMODAL_PROPERTY_SEED=… TRIMODAL_PROPERTY_RUNS=1 build-test/tests/test_graph_properties
 * TRIMODAL_PROPERTY_RUNS asks for more (or fewer) histories than usual.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/limits.h"
#include "correlate/digest.h"
#include "graph/changes.h"
#include "graph/graph_internal.h"
#include "model.h"
#include "scene.h"

#define RUNS_DEFAULT 4000
#define HISTORY_MAX 64
#define TIMES 12 /* distinct valid times */
#define TIME_AT(n) (1000 + 10 * (int64_t)(n))

static uint64_t seed_now; /* of the history at hand */

#define must(condition)                                                                                              \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fail_msg("seed %llu: %s (%s:%d)", (unsigned long long)seed_now, #condition, __FILE__, __LINE__);           \
        }                                                                                                              \
    } while (0)

/* --- chance: SplitMix64 ----------------------------------------------------------------------------------------------------- */

struct chance {
    uint64_t state;
};

static uint64_t draw(struct chance *chance)
{
    uint64_t z = (chance->state += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static uint32_t below(struct chance *chance, uint32_t limit)
{
    return (uint32_t)(draw(chance) % limit);
}

static bool percent(struct chance *chance, uint32_t likely)
{
    return below(chance, 100) < likely;
}

#define ONE_OF(chance, texts) (texts)[below((chance), sizeof(texts) / sizeof((texts)[0]))]

/* --- drawing events ------------------------------------------------------------------------------------------------------------ */

static const char *const tasks[] = {"T1", "T2", "T3", "T4"};
static const char *const requirements[] = {"R1", "R2", "R3"};
static const char *const names[] = {"parse the order",  "parse order", "Parse, the ORDER", "pay the order",
                                    "pay order by card", "ship it",     "order",            "parse the order of card"};
static const char *const contracts[] = {"P", "P:v1", "P:v2", "Q:v1", "CONTRACT.Q.v1"};
static const char *const tags[] = {"@contract:P:v1",  "@contract:P",    "@contract:Q:v1",  "@contract:Q:v9", "@requirement:R1",
                                   "@requirement:R2", "@requirement:R9", "@slow",           "@contract:",     "@requirement:",
                                   "P:v1",            "Q"};
static const char *const paths[] = {"src/a.js", "./src/a.js", "/repo/src/a.js", "a.js", "lib/a.js", "lib/b.js", "src/x/../b.js", "b.js"};
static const char *const modules[] = {"src/a.js", "lib/a.js", "lib/b.js", "src/b.js", "./lib/b.js"};
static const char *const scenarios[] = {"S1", "S2", "S3"};
static const char *const features[] = {"f1.feature", "f2.feature", "Login"};
static const char *const runs[] = {"run1", "run2"};
static const char *const manifests[] = {"m1", "m2"};
static const char *const components[] = {"core", "ui", ""};
static const char *const prefixes[] = {"src", "lib/", ".", "src/a.js", "other"};
static const char *const commits[] = {"c1", "c2"};
static const char *const rules[] = {"no-ui", "no-cycle"};

struct drawing {
    struct chance *chance;
    struct buffer *json;
};

static void put(struct drawing *drawing, const char *name, const char *value)
{
    buffer_append_format(drawing->json, ",'%s':'%s'", name, value);
}

static void maybe(struct drawing *drawing, uint32_t likely, const char *name, const char *const *values, size_t count)
{
    if (percent(drawing->chance, likely)) {
        put(drawing, name, values[below(drawing->chance, (uint32_t)count)]);
    }
}

#define MAYBE(drawing, likely, name, values) maybe((drawing), (likely), (name), (values), sizeof(values) / sizeof((values)[0]))

static void maybe_list(struct drawing *drawing, uint32_t likely, const char *name, const char *const *values, size_t count)
{
    if (!percent(drawing->chance, likely)) {
        return;
    }
    buffer_append_format(drawing->json, ",'%s':[", name);
    for (uint32_t i = 0, n = below(drawing->chance, 4); i < n; i++) {
        buffer_append_format(drawing->json, "%s'%s'", i > 0 ? "," : "", values[below(drawing->chance, (uint32_t)count)]);
    }
    buffer_append_char(drawing->json, ']');
}

#define MAYBE_LIST(drawing, likely, name, values)                                                                      \
    maybe_list((drawing), (likely), (name), (values), sizeof(values) / sizeof((values)[0]))

static void maybe_number(struct drawing *drawing, uint32_t likely, const char *name, int64_t low, uint32_t span)
{
    if (percent(drawing->chance, likely)) {
        buffer_append_format(drawing->json, ",'%s':%lld", name, (long long)(low + below(drawing->chance, span)));
    }
}

static void draw_task(struct drawing *drawing)
{
    struct chance *chance = drawing->chance;
    static const char *const types[] = {"INTERFACE", "ACTION", "CHECKPOINT"};
    static const char *const statuses[] = {"PENDING", "READY", "BLOCKED"};
    const char *task = ONE_OF(chance, tasks);
    put(drawing, "node_id", task);
    MAYBE(drawing, 30, "requirement_id", requirements);
    MAYBE(drawing, 25, "contract_id", contracts);
    MAYBE(drawing, 20, "node_type", types);
    MAYBE(drawing, 20, "node_status", statuses);
    maybe_number(drawing, 15, "retry_count", 0, 3);
    maybe_number(drawing, 10, "next_retry_at", 5000000000, 3);
    if (percent(chance, 10)) {
        buffer_append_text(drawing->json, ",'resource_usage':{'cpu_percent':12.5,'memory_mb':7}");
    }
    if (percent(chance, 10)) {
        buffer_append_text(drawing->json, ",'error':{'code':'E1','message':'no','retry_count':-1}");
    }
    buffer_append_text(drawing->json, ",'metadata':{'x':'1'");
    MAYBE(drawing, 60, "name", names);
    const char *first = ONE_OF(chance, tasks), *second = ONE_OF(chance, tasks);
    if (percent(chance, 40) && strcmp(first, task) != 0 && strcmp(second, task) != 0) {
        buffer_append_format(drawing->json, ",'depends_on':' %s,,%s, T9'", first, second);
    }
    buffer_append_char(drawing->json, '}');
}

static void draw_dde(struct drawing *drawing, enum event_type type)
{
    struct chance *chance = drawing->chance;
    static const char *const workflows[] = {"w1", "w2"};
    static const char *const versions[] = {"v1", "v2"};
    static const char *const spellings[] = {"T1", "T2", "CONTRACT.P.v1", "P:v1", "T9"};
    switch (type) {
    case EVENT_DDE_WORKFLOW_STARTED:
    case EVENT_DDE_WORKFLOW_COMPLETED:
    case EVENT_DDE_WORKFLOW_FAILED:
        MAYBE(drawing, 80, "workflow_id", workflows);
        break;
    case EVENT_DDE_ARTIFACT_CREATED:
    case EVENT_DDE_ARTIFACT_VALIDATED: {
        bool has_path = percent(chance, 70);
        if (has_path) {
            put(drawing, "artifact_path", ONE_OF(chance, paths));
            MAYBE(drawing, 60, "node_id", tasks);
        } else {
            put(drawing, "node_id", ONE_OF(chance, paths));
            buffer_append_format(drawing->json, ",'metadata':{'file_path':'%s'}", ONE_OF(chance, paths));
        }
        break;
    }
    case EVENT_DDE_CONTRACT_LOCKED:
    case EVENT_DDE_CONTRACT_VALIDATED:
        put(drawing, "contract_id", ONE_OF(chance, contracts));
        MAYBE(drawing, 40, "contract_version", versions);
        MAYBE(drawing, 60, "node_id", spellings);
        break;
    case EVENT_DDE_QUALITY_GATE_CHECKED:
        put(drawing, "quality_gate_name", percent(chance, 50) ? "g1" : "g2");
        MAYBE(drawing, 60, "node_id", tasks);
        if (percent(chance, 80)) {
            buffer_append_format(drawing->json, ",'quality_gate_passed':%s", percent(chance, 50) ? "true" : "false");
        }
        break;
    case EVENT_DDE_REQUIREMENT_DECLARED:
        put(drawing, "requirement_id", ONE_OF(chance, requirements));
        buffer_append_text(drawing->json, ",'metadata':{'capability':'c'");
        MAYBE(drawing, 80, "name", names);
        buffer_append_char(drawing->json, '}');
        break;
    default:
        draw_task(drawing);
        break;
    }
}

static void draw_bdv(struct drawing *drawing, enum event_type type)
{
    struct chance *chance = drawing->chance;
    static const char *const ids[] = {"F1", "f1.feature", "F2"};
    static const char *const statuses[] = {"PASSED", "FLAKY"};
    static const char *const results[] = {"PASSED", "FAILED"};
    static const char *const steps[] = {"Given a cart", "When it breaks"};
    if (type == EVENT_BDV_TEST_RUN_STARTED || type == EVENT_BDV_TEST_RUN_COMPLETED) {
        MAYBE(drawing, 85, "node_id", runs);
        return;
    }
    MAYBE(drawing, 50, "feature_path", features);
    if (type == EVENT_BDV_FEATURE_STARTED || type == EVENT_BDV_FEATURE_COMPLETED) {
        put(drawing, "node_id", ONE_OF(chance, ids));
        MAYBE(drawing, 50, "feature_name", features);
        MAYBE(drawing, 20, "requirement_id", requirements);
        MAYBE_LIST(drawing, 20, "scenario_tags", tags);
        return;
    }
    put(drawing, "scenario_id", ONE_OF(chance, scenarios));
    MAYBE(drawing, 30, "feature_name", features);
    MAYBE(drawing, 20, "requirement_id", requirements);
    MAYBE(drawing, 20, "contract_id", contracts);
    MAYBE(drawing, 20, "correlation_id", runs);
    MAYBE(drawing, 20, "scenario_status", statuses);
    MAYBE_LIST(drawing, 40, "scenario_tags", tags);
    MAYBE_LIST(drawing, 30, "contract_tags", tags);
    maybe_number(drawing, 20, "duration_ms", 0, 2);
    if (percent(chance, 15)) {
        buffer_append_format(drawing->json, ",'flake_rate':0.%u", below(chance, 10));
    }
    if (type == EVENT_BDV_STEP_EXECUTED) {
        MAYBE(drawing, 80, "step_result", results);
        MAYBE(drawing, 80, "step_text", steps);
    }
    buffer_append_text(drawing->json, ",'metadata':{'x':'1'");
    MAYBE(drawing, 40, "commit", commits);
    MAYBE(drawing, 15, "test_run", runs);
    if (percent(chance, 30)) {
        put(drawing, "lifted", "true");
    }
    buffer_append_char(drawing->json, '}');
}

static void draw_acc(struct drawing *drawing, enum event_type type)
{
    struct chance *chance = drawing->chance;
    static const char *const severities[] = {"BLOCKING", "WARNING"};
    static const char *const weights[] = {"2", "3.5", "-1", "much"};
    MAYBE(drawing, 80, "manifest_name", manifests);
    switch (type) {
    case EVENT_ACC_ANALYSIS_STARTED:
    case EVENT_ACC_ANALYSIS_COMPLETED:
    case EVENT_ACC_GRAPH_BUILT:
        maybe_number(drawing, 30, "total_modules", 0, 5);
        buffer_append_text(drawing->json, ",'metadata':{'x':'1'");
        MAYBE(drawing, 20, "component.core", prefixes);
        MAYBE(drawing, 20, "component.ui", prefixes);
        buffer_append_char(drawing->json, '}');
        break;
    case EVENT_ACC_MODULE_ANALYZED:
        put(drawing, "module_path", ONE_OF(chance, modules));
        MAYBE_LIST(drawing, 60, "depends_on", modules);
        MAYBE(drawing, 30, "component", components);
        maybe_number(drawing, 50, "lines", 10, 2);
        break;
    case EVENT_ACC_DEPENDENCY_DETECTED:
        put(drawing, percent(chance, 70) ? "source_module" : "module_path", ONE_OF(chance, modules));
        put(drawing, "target_module", ONE_OF(chance, modules));
        buffer_append_text(drawing->json, ",'metadata':{'x':'1'");
        MAYBE(drawing, 50, "weight", weights);
        buffer_append_char(drawing->json, '}');
        break;
    case EVENT_ACC_CYCLE_DETECTED:
        buffer_append_format(drawing->json, ",'cycle_modules':['%s','%s']", ONE_OF(chance, modules), ONE_OF(chance, modules));
        break;
    case EVENT_ACC_COUPLING_ALERT:
        put(drawing, "module_path", ONE_OF(chance, modules));
        buffer_append_format(drawing->json, ",'coupling_score':0.%u", below(chance, 3));
        break;
    default:
        put(drawing, "rule_id", ONE_OF(chance, rules));
        put(drawing, percent(chance, 70) ? "source_module" : "module_path", modules[below(chance, 2)]);
        MAYBE(drawing, 60, "violation_severity", severities);
        buffer_append_format(drawing->json, ",'metadata':{'lifted':'%s'}", percent(chance, 30) ? "true" : "false");
        break;
    }
}

static void draw_link(struct drawing *drawing)
{
    struct chance *chance = drawing->chance;
    static const char *const links[][3] = {
        {"Requirement", "FULFILLED_BY", "Task"},          {"Requirement", "fulfilled_by", "task"},
        {"Requirement", "VALIDATED_BY", "Scenario"},      {"Artifact", "CONTAINS", "Module"},
        {"Artifact", "CONTAINS", "CodeModule"},           {"CodeModule", "BELONGS_TO", "Component"},
        {"Module", "BELONGS_TO", "ArchitectureComponent"}, {"Scenario", "VALIDATES", "Contract"},
        {"Task", "IMPLEMENTS", "InterfaceContract"},      {"Task", "DEPENDS_ON", "Task"},
        {"Scenario", "BELONGS_TO", "Feature"},
    };
    const char *const *link = links[below(chance, sizeof links / sizeof links[0])];
    for (int end = 0; end < 2; end++) {
        const char *kind = link[end * 2], *id = "core";
        enum node_kind which = NODE_TASK;
        assert_true(node_kind_from_name(str_from(kind), &which));
        switch (which) {
        case NODE_REQUIREMENT: id = ONE_OF(chance, requirements); break;
        case NODE_TASK: id = ONE_OF(chance, tasks); break;
        case NODE_SCENARIO: id = ONE_OF(chance, scenarios); break;
        case NODE_ARTIFACT: id = ONE_OF(chance, paths); break;
        case NODE_MODULE: id = ONE_OF(chance, modules); break;
        case NODE_CONTRACT: id = percent(chance, 50) ? "P:v1" : "P"; break;
        case NODE_SPEC: id = ONE_OF(chance, features); break;
        default: break;
        }
        put(drawing, end == 0 ? "source_kind" : "target_kind", kind);
        put(drawing, end == 0 ? "source_id" : "target_id", id);
    }
    put(drawing, "link_kind", link[1]);
    put(drawing, "reason", percent(chance, 50) ? "I know" : "so they say");
    if (percent(chance, 70)) {
        put(drawing, "actor", "ann");
    }
}

static enum event_type draw_type(struct chance *chance)
{
    static const enum event_type favoured[] = {
        EVENT_DDE_REQUIREMENT_DECLARED, EVENT_DDE_TASK_CREATED,     EVENT_DDE_ARTIFACT_CREATED,     EVENT_DDE_CONTRACT_LOCKED,
        EVENT_BDV_SCENARIO_PASSED,      EVENT_BDV_SCENARIO_FAILED,  EVENT_ACC_ANALYSIS_STARTED,     EVENT_ACC_ANALYSIS_COMPLETED,
        EVENT_ACC_MODULE_ANALYZED,      EVENT_ACC_MODULE_ANALYZED,  EVENT_ACC_DEPENDENCY_DETECTED,  EVENT_ACC_VIOLATION_DETECTED,
        EVENT_CONTROL_LINK_ASSERTED,    EVENT_CONTROL_LINK_DENIED};
    return percent(chance, 60) ? favoured[below(chance, sizeof favoured / sizeof favoured[0])]
                               : (enum event_type)below(chance, EVENT_TYPE_COUNT);
}

/* Events of an ACC history mostly stay with ACC, and so on: one history in three is about one stream and people alone. */
static bool fits(enum event_type type, uint32_t focus)
{
    enum event_stream stream = event_type_stream(type);
    return focus >= EVENT_STREAM_CONTROL || (uint32_t)stream == focus || stream == EVENT_STREAM_CONTROL;
}

static void draw_event(struct chance *chance, uint32_t focus, uint32_t number, struct buffer *json)
{
    struct drawing drawing = {chance, json};
    enum event_type type = draw_type(chance);
    while (!fits(type, focus)) {
        type = draw_type(chance);
    }
    buffer_clear(json);
    buffer_append_format(json, "{'event_type':'%s','timestamp':%lld", event_type_symbol(type),
                         (long long)TIME_AT(below(chance, TIMES)));
    if (percent(chance, 70)) {
        buffer_append_format(json, ",'event_id':'0190a000-0000-7000-8000-%08x%04x'", (unsigned)draw(chance), number);
    } else {
        buffer_append_format(json, ",'event_id':'e%u'", percent(chance, 50) ? number % 2 : number); /* some twice */
    }
    buffer_append_format(json, ",'iteration_id':'%s','tenant_id':'%s'", percent(chance, 90) ? "it1" : "it2",
                         percent(chance, 93) ? "default" : "other");
    if (percent(chance, 25)) {
        buffer_append_format(json, ",'idempotency_key':'mine-%u'", (unsigned)draw(chance) % 1000);
    }
    if (percent(chance, 20)) {
        buffer_append_format(json, ",'trace_id':'0123456789abcdef0123456789abcde%u'", below(chance, 3));
    }
    switch (event_type_stream(type)) {
    case EVENT_STREAM_DDE:
        draw_dde(&drawing, type);
        break;
    case EVENT_STREAM_BDV:
        draw_bdv(&drawing, type);
        break;
    case EVENT_STREAM_ACC:
        draw_acc(&drawing, type);
        break;
    default:
        if (type == EVENT_CONTROL_LINK_ASSERTED || type == EVENT_CONTROL_LINK_DENIED) {
            draw_link(&drawing);
        } else {
            buffer_append_format(json, ",'reason':'r%u','actor':'bob','expires_at':%u", below(chance, 2), 2000 + below(chance, 2));
        }
        break;
    }
    buffer_append_char(json, '}');
    must(!buffer_failed(json));
}

/* --- a history ------------------------------------------------------------------------------------------------------------------- */

struct history_case {
    struct chance chance;
    struct scene scene;
    struct model model;
    uint32_t count; /* events, each with a key of its own */
    struct event *events[HISTORY_MAX];
    int64_t observed_at[HISTORY_MAX];
    uint64_t seq[HISTORY_MAX];
    /* A question asked half-way, and what the answer was. */
    bool asked;
    int64_t asked_valid, asked_known;
    struct buffer answer;
};

static const struct str tenants[] = {{"default", 7}, {"other", 5}};
static const struct str iterations[] = {{"it1", 3}, {"it2", 3}};

static int64_t draw_valid(struct chance *chance)
{
    return percent(chance, 10) ? TIME_MAX : TIME_AT(below(chance, TIMES + 1)) - (percent(chance, 30) ? 1 : 0);
}

static void print_all(struct scene *scene, int64_t valid_at, int64_t known_at, bool with_arrival, struct buffer *text)
{
    for (int t = 0; t < 2; t++) {
        for (int i = 0; i < 2; i++) {
            scene_print(scene_view_of(scene, tenants[t], iterations[i], valid_at, known_at), with_arrival, text);
        }
    }
}

/* What the pipeline does: a key that is there already adds nothing. True when it was new. */
static bool deliver(struct scene *scene, const struct event *event, int64_t observed_at)
{
    if (graph_find_key(scene->graph, event->tenant_id, event->key) != GRAPH_NONE) {
        return false;
    }
    uint32_t fact = scene_apply(scene, event, observed_at);
    must(graph_find_key(scene->graph, event->tenant_id, event->key) == fact);
    return true;
}

static void ask_now(struct history_case *history)
{
    history->asked = true;
    history->asked_valid = draw_valid(&history->chance);
    history->asked_known = history->scene.observed_at;
    print_all(&history->scene, history->asked_valid, history->asked_known, true, &history->answer);
}

static void make_history(struct history_case *history, uint64_t seed)
{
    struct chance *chance = &history->chance;
    struct buffer json;
    *history = (struct history_case){.chance = {seed}};
    scene_init(&history->scene);
    model_init(&history->model, &history->scene.arena);
    buffer_init(&json, MIB);
    buffer_init(&history->answer, 16 * MIB);
    uint32_t length = 3 + below(chance, HISTORY_MAX - 4), focus = below(chance, 8);
    int64_t now = 1000;
    for (uint32_t i = 0; i < length; i++) {
        if (i == length / 2) {
            ask_now(history);
            now++;
        }
        now += below(chance, 3);
        history->scene.seq += below(chance, 3);
        draw_event(chance, focus, i, &json);
        struct event *event = scene_decode(&history->scene, json.bytes);
        if (deliver(&history->scene, event, now)) {
            history->events[history->count] = event;
            history->observed_at[history->count] = now;
            history->seq[history->count++] = history->scene.seq;
            model_add(&history->model, event, history->scene.seq, now);
        }
        if (percent(chance, 15)) {
            must(!deliver(&history->scene, history->events[below(chance, history->count)], now));
        }
    }
    buffer_release(&json);
}

static void release_history(struct history_case *history)
{
    buffer_release(&history->answer);
    scene_release(&history->scene);
}

/* --- a view is the model's --------------------------------------------------------------------------------------------------------- */

static void must_have_fact(const struct graph_view *view, uint32_t fact, const struct model_event *event)
{
    char id[VIEW_EVENT_ID_SIZE];
    must((fact == VIEW_NONE) == (event == NULL));
    if (event != NULL) {
        must(view_fact_seq(view, fact) == event->seq);
        must(view_fact_valid_from(view, fact) == event->valid_from);
        must(view_fact_observed_at(view, fact) == event->observed_at);
        must(view_fact_type(view, fact) == event->type);
        must(str_equal(view_fact_event_id(view, fact, id), event->event_id));
    }
}

static void must_have_value(const struct graph_view *view, const struct view_property *found, const struct effect_set *set)
{
    switch (set->value) {
    case EFFECT_TEXT:
        must(str_equal(view_value_text(view, found->value), set->text));
        break;
    case EFFECT_INTEGER:
        must(view_value_integer(view, found->value) == set->integer);
        break;
    case EFFECT_REAL:
        must(view_value_real(view, found->value) == set->real);
        break;
    }
}

static void must_have_properties(const struct graph_view *view, const struct view_node *node, const struct model_node *wanted)
{
    must(node->property_count == wanted->property_count);
    for (uint32_t p = 0; p < wanted->property_count; p++) {
        const struct model_property *property = &wanted->properties[p];
        uint32_t sub = property->sub.at == NULL ? 0 : view_sub_find(view, property->sub);
        const struct view_property *found = view_property(node, property->property, sub);
        must(found != NULL);
        must_have_value(view, found, property->set);
        must_have_fact(view, found->fact, property->event);
        must_have_fact(view, view_held_since(view, node, found), property->held_since);
    }
}

static void must_have_sets(const struct graph_view *view, const struct view_node *node, const struct model_node *wanted)
{
    const struct view_property *sets;
    uint32_t count = view_sets(view, node, PROPERTY_ENDED, 0, VIEW_NONE, &sets), seen = 0;
    for (uint32_t i = 0; i < wanted->event_count; i++) {
        for (uint32_t s = 0; s < wanted->events[i]->effect.count; s++) {
            if (wanted->events[i]->effect.sets[s].property == PROPERTY_ENDED) {
                must(seen < count);
                must_have_fact(view, sets[seen++].fact, wanted->events[i]);
            }
        }
    }
    must(seen == count);
}

static void must_have_links(const struct graph_view *view, const struct model_view *wanted)
{
    must(view->link_count == wanted->link_count);
    for (uint32_t i = 0; i < view->link_count; i++) {
        const struct view_link *link = &view->links[i];
        const struct model_link *other = &wanted->links[i];
        must(link->kind == other->kind);
        must(link->source == other->source);
        must(link->target == other->target);
        must(link->method == other->method);
        must(link->confidence == other->confidence);
        must(link->weight == other->weight);
        must(link->inferred == other->inferred);
        must(link->valid_from == other->valid_from);
        must(link->observed_at == other->observed_at);
        must(link->valid_from <= view->valid_at);
        must(link->observed_at <= view->known_at);
        must_have_fact(view, link->evidence_fact, other->evidence);
        must(link->explanation.length > 0);
    }
    must(view->unmatched_count == wanted->unmatched_count);
    for (uint32_t i = 0; i < view->unmatched_count; i++) {
        must(view->unmatched[i].node == wanted->unmatched[i].node);
        must(view->unmatched[i].kind == wanted->unmatched[i].kind);
        must(view->unmatched[i].partner_kind == wanted->unmatched[i].partner_kind);
        must(str_equal(view->unmatched[i].partner, wanted->unmatched[i].partner));
        must(view->unmatched[i].reason.length > 0);
    }
}

/* For whoever looks into a failure. */
static void print_difference(const struct graph_view *view, const struct model_view *wanted)
{
    struct buffer text;
    buffer_init(&text, 16 * MIB);
    scene_print(view, true, &text);
    buffer_append_format(&text, "--- the model's links (V %lld, K %lld)\n", (long long)view->valid_at, (long long)view->known_at);
    for (uint32_t i = 0; i < wanted->link_count; i++) {
        const struct model_link *link = &wanted->links[i];
        buffer_append_format(&text, "%.*s %s %.*s %s %.17g w%.17g %d @%lld observed %lld %.*s\n",
                             STR_ARGS(wanted->nodes[link->source].id), link_kind_name(link->kind),
                             STR_ARGS(wanted->nodes[link->target].id), link_method_name(link->method), link->confidence,
                             link->weight, link->inferred, (long long)link->valid_from, (long long)link->observed_at,
                             STR_ARGS(link->evidence->event_id));
    }
    for (uint32_t i = 0; i < wanted->unmatched_count; i++) {
        const struct model_unmatched *unmatched = &wanted->unmatched[i];
        buffer_append_format(&text, "? %.*s %s %s %.*s\n", STR_ARGS(wanted->nodes[unmatched->node].id),
                             link_kind_name(unmatched->kind), node_kind_name(unmatched->partner_kind),
                             STR_ARGS(unmatched->partner));
    }
    (void)fprintf(stderr, "%s", text.bytes);
    buffer_release(&text);
}

static bool links_agree(const struct graph_view *view, const struct model_view *wanted)
{
    bool agree = view->link_count == wanted->link_count && view->unmatched_count == wanted->unmatched_count;
    for (uint32_t i = 0; agree && i < view->link_count; i++) {
        const struct view_link *link = &view->links[i];
        const struct model_link *other = &wanted->links[i];
        agree = link->kind == other->kind && link->source == other->source && link->target == other->target &&
                link->valid_from == other->valid_from && link->observed_at == other->observed_at;
    }
    return agree;
}

static void must_have_indexes(const struct graph_view *view)
{
    uint32_t out = 0, in = 0;
    for (uint32_t n = 0; n < view->node_count; n++) {
        for (uint32_t i = 0; i < view_out_count(view, n); i++, out++) {
            must(view_out(view, n, i)->source == n);
        }
        for (uint32_t i = 0; i < view_in_count(view, n); i++, in++) {
            must(view_in(view, n, i)->target == n);
        }
        must(view_find(view, view->nodes[n].kind, view->nodes[n].id) == n);
    }
    must(out == view->link_count && in == view->link_count);
}

static void must_have_view(struct history_case *history, struct str tenant, struct str iteration, int64_t valid_at, int64_t known_at)
{
    struct model_view wanted;
    const struct graph_view *view = scene_view_of(&history->scene, tenant, iteration, valid_at, known_at);
    model_open(&history->model, tenant, iteration, valid_at, known_at, &history->scene.arena, &wanted);
    must((view != NULL) == wanted.exists);
    if (view == NULL) {
        return;
    }
    must(view->node_count == wanted.node_count);
    for (uint32_t n = 0; n < view->node_count; n++) {
        must(view->nodes[n].kind == wanted.nodes[n].kind);
        must(str_equal(view->nodes[n].id, wanted.nodes[n].id));
        must((view->nodes[n].node == VIEW_NONE) == wanted.nodes[n].is_named_only);
        must(view->nodes[n].version == wanted.nodes[n].version);
        must_have_fact(view, view->nodes[n].first_fact, wanted.nodes[n].first);
        must_have_fact(view, view->nodes[n].last_fact, wanted.nodes[n].last);
        must_have_properties(view, &view->nodes[n], &wanted.nodes[n]);
        must_have_sets(view, &view->nodes[n], &wanted.nodes[n]);
    }
    if (!links_agree(view, &wanted)) {
        print_difference(view, &wanted);
    }
    must_have_links(view, &wanted);
    must_have_indexes(view);
}

static int64_t draw_known(struct history_case *history)
{
    struct chance *chance = &history->chance;
    return percent(chance, 15) ? TIME_MAX : history->observed_at[below(chance, history->count)] - (percent(chance, 20) ? 1 : 0);
}

static void views_are_the_models(struct history_case *history)
{
    must_have_view(history, tenants[0], iterations[0], TIME_MAX, TIME_MAX);
    must_have_view(history, tenants[0], iterations[1], TIME_MAX, TIME_MAX);
    must_have_view(history, tenants[1], iterations[0], TIME_MAX, TIME_MAX);
    for (int i = 0; i < 5; i++) {
        must_have_view(history, tenants[0], iterations[0], draw_valid(&history->chance), draw_known(history));
    }
    graph_check(history->scene.graph);
}

/* --- order of arrival, rebuilding, and the past ------------------------------------------------------------------------------------ */

static struct digest digest_now(const struct scene *scene)
{
    struct correlate_config config = correlate_config_default();
    struct digest digest;
    struct error error;
    if (digest_of(scene->graph, &config, &digest, &error) != STATUS_OK) {
        fail_msg("%s", error.text);
    }
    return digest;
}

static void must_have_same_text(struct scene *a, struct scene *b, bool with_arrival)
{
    struct buffer x, y;
    buffer_init(&x, 16 * MIB);
    buffer_init(&y, 16 * MIB);
    print_all(a, TIME_MAX, TIME_MAX, with_arrival, &x);
    print_all(b, TIME_MAX, TIME_MAX, with_arrival, &y);
    if (!str_equal(buffer_str(&x), buffer_str(&y))) {
        (void)fprintf(stderr, "--- one\n%s--- other\n%s", x.bytes, y.bytes);
        fail_msg("seed %llu: the views differ", (unsigned long long)seed_now);
    }
    buffer_release(&x);
    buffer_release(&y);
}

static void order_of_arrival_does_not_matter(struct history_case *history)
{
    struct scene other;
    const struct event *shuffled[HISTORY_MAX];
    struct digest before = digest_now(&history->scene);
    memcpy(shuffled, history->events, sizeof shuffled);
    for (uint32_t i = history->count; i > 1; i--) {
        uint32_t j = below(&history->chance, i);
        const struct event *swap = shuffled[i - 1];
        shuffled[i - 1] = shuffled[j];
        shuffled[j] = swap;
    }
    scene_init(&other);
    int64_t now = 7;
    for (uint32_t i = 0; i < history->count; i++) {
        now += below(&history->chance, 2);
        must(deliver(&other, shuffled[i], now));
        if (percent(&history->chance, 10)) {
            must(!deliver(&other, shuffled[below(&history->chance, i + 1)], now));
        }
    }
    graph_check(other.graph);
    struct digest after = digest_now(&other);
    must(memcmp(before.current, after.current, SHA256_SIZE) == 0);
    must_have_same_text(&history->scene, &other, false);
    scene_release(&other);
}

static void rebuilding_gives_the_same(struct history_case *history)
{
    struct scene other;
    struct buffer json;
    scene_init(&other);
    buffer_init(&json, MIB);
    for (uint32_t i = 0; i < history->count; i++) {
        buffer_clear(&json);
        event_encode(history->events[i], &json);
        must(!buffer_failed(&json));
        other.seq = history->seq[i] - 1;
        scene_apply(&other, scene_decode(&other, json.bytes), history->observed_at[i]);
    }
    graph_check(other.graph);
    struct digest before = digest_now(&history->scene), after = digest_now(&other);
    must(memcmp(&before, &after, sizeof before) == 0);
    must_have_same_text(&history->scene, &other, true);
    buffer_release(&json);
    scene_release(&other);
}

static void the_past_stays_as_it_was_known(struct history_case *history)
{
    struct buffer again;
    buffer_init(&again, 16 * MIB);
    print_all(&history->scene, history->asked_valid, history->asked_known, true, &again);
    if (!str_equal(buffer_str(&history->answer), buffer_str(&again))) {
        (void)fprintf(stderr, "--- then\n%s--- now\n%s", history->answer.bytes, again.bytes);
        fail_msg("seed %llu: what was known changed", (unsigned long long)seed_now);
    }
    buffer_release(&again);
}

/* --- history and changes ------------------------------------------------------------------------------------------------------------ */

static void must_have_same_state(const struct view_node *a, const struct view_node *b)
{
    must(a->property_count == b->property_count);
    for (uint32_t p = 0; p < a->property_count; p++) {
        must(a->properties[p].property == b->properties[p].property);
        must(a->properties[p].sub == b->properties[p].sub);
        must(a->properties[p].value == b->properties[p].value);
    }
}

/* `version` NULL: nothing was there yet. */
static void must_have_version(const struct history_version *version, const struct graph_view *view, enum node_kind kind, struct str id)
{
    uint32_t n = view == NULL ? VIEW_NONE : view_find(view, kind, id);
    bool in_view = n != VIEW_NONE && view->nodes[n].node != VIEW_NONE;
    must(in_view == (version != NULL && version->exists));
    if (in_view) {
        must(version->version == view->nodes[n].version);
        must_have_same_state(&version->state, &view->nodes[n]);
    }
}

static void history_agrees_with_views(struct history_case *history, const struct history_match *match, int64_t known_at,
                                      struct graph_view *const views[TIMES])
{
    struct history *versions;
    struct history_scope scope = {HISTORY_BY_VALIDITY, known_at, INT64_MIN, TIME_MAX};
    must(history_open(history->scene.graph, match->node, scope, &history->scene.arena, &versions, NULL) == STATUS_OK);
    uint32_t own = 0, next = 0;
    const struct history_version *current = NULL;
    for (uint32_t i = 0; i < versions->version_count; i++) {
        own += !versions->versions[i].by_analysis;
        must(versions->versions[i].version == own);
        must(versions->versions[i].valid_to ==
               (i + 1 < versions->version_count ? versions->versions[i + 1].valid_from : TIME_MAX));
        must(versions->versions[i].observed_at <= known_at);
    }
    must(own == match->fact_count);
    for (uint32_t t = 0; t < TIMES; t++) {
        while (next < versions->version_count && versions->versions[next].valid_from <= TIME_AT(t)) {
            current = &versions->versions[next++];
        }
        must_have_version(current, views[t], match->kind, match->id);
    }
    scope.after = TIME_AT(3);
    scope.until = TIME_AT(7);
    struct history *part;
    must(history_open(history->scene.graph, match->node, scope, &history->scene.arena, &part, NULL) == STATUS_OK);
    for (uint32_t i = 0, p = 0; i < versions->version_count; i++) {
        if (versions->versions[i].valid_from > scope.after && versions->versions[i].valid_from <= scope.until) {
            must(p < part->version_count);
            must(part->versions[p].fact == versions->versions[i].fact);
            must(part->versions[p].valid_to == versions->versions[i].valid_to);
            must(part->versions[p].change_count == versions->versions[i].change_count);
            must_have_same_state(&part->versions[p++].state, &versions->versions[i].state);
        }
    }
}

static void recorded_history_agrees(struct history_case *history, const struct history_match *match)
{
    struct history *versions;
    struct history_scope scope = {HISTORY_AS_RECORDED, TIME_MAX, INT64_MIN, TIME_MAX};
    must(history_open(history->scene.graph, match->node, scope, &history->scene.arena, &versions, NULL) == STATUS_OK);
    uint32_t next = 0;
    const struct history_version *current = NULL;
    for (uint32_t known = 1; known <= graph_fact_count(history->scene.graph); known++) {
        struct graph_view *view = NULL;
        while (next < versions->version_count && versions->versions[next].fact < known) {
            must(current == NULL || current->seq < versions->versions[next].seq);
            current = &versions->versions[next++];
        }
        enum status status = graph_view_open_known(history->scene.graph, tenants[0], iterations[0], TIME_MAX, known,
                                                   &history->scene.arena, &view, NULL);
        must(status == STATUS_OK || status == STATUS_ABSENT);
        must_have_version(current, view, match->kind, match->id);
    }
    must(next == versions->version_count);
}

static void versions_agree_with_views(struct history_case *history)
{
    struct scene *scene = &history->scene;
    struct graph_view *views[TIMES];
    int64_t known_at = draw_known(history);
    for (uint32_t t = 0; t < TIMES; t++) {
        views[t] = scene_view_of(scene, tenants[0], iterations[0], TIME_AT(t), known_at);
    }
    uint32_t recorded = below(&history->chance, history->count);
    for (uint32_t e = 0; e < history->model.count; e++) {
        const struct model_event *event = &history->model.events[e];
        struct history_match *matches;
        uint32_t count;
        if (!str_equal(event->tenant_id, tenants[0]) || !str_equal(event->iteration_id, iterations[0])) {
            continue;
        }
        enum status found = history_find(scene->graph, tenants[0], iterations[0], event->effect.kind, event->effect.id,
                                         known_at, &scene->arena, &matches, &count, NULL);
        must(found == (event->observed_at <= known_at || found == STATUS_OK ? STATUS_OK : STATUS_ABSENT));
        if (found == STATUS_OK) {
            must(count == 1);
            history_agrees_with_views(history, &matches[0], known_at, views);
        }
        if (e == recorded) {
            must(history_find(scene->graph, tenants[0], iterations[0], event->effect.kind, event->effect.id, TIME_MAX,
                                &scene->arena, &matches, &count, NULL) == STATUS_OK);
            recorded_history_agrees(history, &matches[0]);
        }
    }
}

/* The node as it is after the first `until` changes, starting from the view; NULL where it is not. */
static const struct view_node *replayed(const struct graph_view *start, const struct changes *changes, uint32_t until,
                                        enum node_kind kind, struct str id)
{
    uint32_t n = start == NULL ? VIEW_NONE : view_find(start, kind, id);
    const struct view_node *state = n == VIEW_NONE || start->nodes[n].node == VIEW_NONE ? NULL : &start->nodes[n];
    for (uint32_t i = 0; i < until; i++) {
        const struct node_change *change = &changes->nodes[i];
        if (change->kind == kind && str_equal(change->id, id)) {
            state = change->change == CHANGE_DELETED ? NULL : &change->after;
        }
    }
    return state;
}

static void changes_lead_from_view_to_view(struct history_case *history)
{
    struct scene *scene = &history->scene;
    int64_t known_at = draw_known(history), a = draw_valid(&history->chance), b = draw_valid(&history->chance);
    int64_t from = a < b ? a : b, until = a < b ? b : a;
    struct changes *changes;
    enum status status = changes_between(scene->graph, tenants[0], iterations[0], from, until, known_at, &scene->arena, &changes, NULL);
    const struct graph_view *before = scene_view_of(scene, tenants[0], iterations[0], from, known_at);
    const struct graph_view *after = scene_view_of(scene, tenants[0], iterations[0], until, known_at);
    must(status == STATUS_OK || (status == STATUS_ABSENT && after == NULL));
    if (status != STATUS_OK) {
        return;
    }
    for (uint32_t i = 0; i < changes->node_count; i++) {
        const struct node_change *change = &changes->nodes[i];
        const struct view_node *state = replayed(before, changes, i, change->kind, change->id);
        must(change->valid_from > from && change->valid_from <= until && change->observed_at <= known_at);
        must((state == NULL) == (change->change == CHANGE_CREATED));
        if (state != NULL) {
            must_have_same_state(state, &change->before);
        }
        const struct view_node *end = replayed(before, changes, changes->node_count, change->kind, change->id);
        uint32_t n = after == NULL ? VIEW_NONE : view_find(after, change->kind, change->id);
        bool there = n != VIEW_NONE && after->nodes[n].node != VIEW_NONE;
        must((end != NULL) == there);
        if (there) {
            must_have_same_state(end, &after->nodes[n]);
        }
    }
    for (uint32_t n = 0; after != NULL && n < after->node_count; n++) {
        const struct view_node *end = replayed(before, changes, changes->node_count, after->nodes[n].kind, after->nodes[n].id);
        must((end == NULL) == (after->nodes[n].node == VIEW_NONE));
        if (end != NULL) {
            must_have_same_state(end, &after->nodes[n]);
        }
    }
}

static const struct view_link *same_link(const struct graph_view *from, const struct view_link *link, const struct graph_view *in)
{
    const struct view_node *source = &from->nodes[link->source], *target = &from->nodes[link->target];
    uint32_t s = view_find(in, source->kind, source->id), t = view_find(in, target->kind, target->id);
    for (uint32_t i = 0; i < in->link_count; i++) {
        if (in->links[i].kind == link->kind && in->links[i].source == s && in->links[i].target == t) {
            return &in->links[i];
        }
    }
    return NULL;
}

static uint32_t nodes_that_differ(const struct graph_view *a, const struct graph_view *b, struct arena *arena)
{
    uint32_t count = 0;
    struct history_change *unused;
    for (uint32_t n = 0; n < a->node_count; n++) {
        uint32_t m = view_find(b, a->nodes[n].kind, a->nodes[n].id);
        count += m == VIEW_NONE || history_compare(&a->nodes[n], &b->nodes[m], arena, &unused) > 0;
    }
    for (uint32_t m = 0; m < b->node_count; m++) {
        count += view_find(a, b->nodes[m].kind, b->nodes[m].id) == VIEW_NONE;
    }
    return count;
}

static uint32_t links_that_differ(const struct graph_view *a, const struct graph_view *b)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < a->link_count; i++) {
        const struct view_link *x = &a->links[i], *y = same_link(a, x, b);
        count += y == NULL || x->method != y->method || x->confidence != y->confidence || x->weight != y->weight;
    }
    for (uint32_t i = 0; i < b->link_count; i++) {
        count += same_link(b, &b->links[i], a) == NULL;
    }
    return count;
}

static void differences_are_what_differs(struct history_case *history)
{
    struct scene *scene = &history->scene;
    struct changes *changes;
    const struct graph_view *a = scene_view_of(scene, tenants[0], iterations[0], draw_valid(&history->chance), draw_known(history));
    const struct graph_view *b = scene_view_of(scene, tenants[0], iterations[0], draw_valid(&history->chance), draw_known(history));
    if (a == NULL || b == NULL) {
        return;
    }
    must(changes_compare(a, b, &scene->arena, &changes, NULL) == STATUS_OK);
    must(changes->node_count == nodes_that_differ(a, b, &scene->arena));
    must(changes->link_count == links_that_differ(a, b));
    for (uint32_t i = 0; i < changes->node_count; i++) {
        const struct node_change *change = &changes->nodes[i];
        uint32_t n = view_find(a, change->kind, change->id), m = view_find(b, change->kind, change->id);
        must((n == VIEW_NONE) == (change->change == CHANGE_CREATED) && (m == VIEW_NONE) == (change->change == CHANGE_DELETED));
        if (n != VIEW_NONE) {
            must_have_same_state(&change->before, &a->nodes[n]);
        }
        if (m != VIEW_NONE) {
            must_have_same_state(&change->after, &b->nodes[m]);
        }
    }
    for (uint32_t i = 0; i < changes->link_count; i++) {
        const struct link_change *change = &changes->links[i];
        must((change->before == NULL) == (change->change == CHANGE_CREATED));
        must((change->after == NULL) == (change->change == CHANGE_DELETED));
    }
}

/* --- the run --------------------------------------------------------------------------------------------------------------------- */

static unsigned long long number_from(const char *name, unsigned long long otherwise)
{
    const char *text = getenv(name);
    return text == NULL || text[0] == '\0' ? otherwise : strtoull(text, NULL, 10);
}

static struct history_case history_now;

static void for_each_history(void (*check)(struct history_case *), uint64_t runs_wanted)
{
    uint64_t first = number_from("TRIMODAL_PROPERTY_SEED", 1);
    for (uint64_t i = 0; i < runs_wanted; i++) {
        seed_now = first + i;
        make_history(&history_now, seed_now);
        check(&history_now);
        release_history(&history_now);
    }
}

static void check_all(struct history_case *history)
{
    views_are_the_models(history);
    order_of_arrival_does_not_matter(history);
    rebuilding_gives_the_same(history);
    the_past_stays_as_it_was_known(history);
    changes_lead_from_view_to_view(history);
    differences_are_what_differs(history);
    versions_agree_with_views(history);
}

static void random_histories_obey_the_model(void **state)
{
    (void)state;
    uint64_t runs_wanted = number_from("TRIMODAL_PROPERTY_RUNS", RUNS_DEFAULT);
    for_each_history(check_all, runs_wanted);
    print_message("%llu histories\n", (unsigned long long)runs_wanted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_histories_obey_the_model)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
