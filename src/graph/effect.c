/* The meaning of each event type. Read the table `meanings` first: it gives the kind of node and the state that an event
 * puts it in; the functions after it handle what a table cannot say. */
#include "graph/effect.h"

#include <assert.h>

#include "base/buffer.h"
#include "graph/contract_key.h"

struct maker {
    const struct event *event;
    struct arena *arena;
    struct effect *effect;
    bool failed;
};

/* --- adding sets -------------------------------------------------------------------------------------------------- */

static void add(struct maker *maker, struct effect_set set)
{
    /* A later set of the same property in one event replaces the earlier. */
    for (uint32_t i = 0; i < maker->effect->count; i++) {
        struct effect_set *old = &maker->effect->sets[i];
        if (old->property == set.property && str_equal(old->sub, set.sub)) {
            *old = set;
            return;
        }
    }
    maker->effect->sets[maker->effect->count++] = set;
}

static void add_integer(struct maker *maker, uint32_t property, struct str sub, int64_t integer)
{
    add(maker, (struct effect_set){.property = (uint16_t)property, .value = EFFECT_INTEGER, .sub = sub, .integer = integer});
}

static void add_text(struct maker *maker, uint32_t property, struct str sub, struct str text)
{
    if (text.at != NULL) {
        add(maker, (struct effect_set){.property = (uint16_t)property, .value = EFFECT_TEXT, .sub = sub, .text = text});
    }
}

static void add_status(struct maker *maker, enum node_status status)
{
    add_integer(maker, PROPERTY_STATUS, STR_NONE, status);
}

/* The parts joined by GRAPH_SEPARATOR, in the arena; STR_NONE (and failed) without memory. */
static struct str join(struct maker *maker, const struct str *parts, size_t count)
{
    size_t length = count > 0 ? count - 1 : 0;
    for (size_t i = 0; i < count; i++) {
        length += parts[i].length;
    }
    char *bytes = arena_new(maker->arena, length + 1);
    if (bytes == NULL) {
        maker->failed = true;
        return STR_NONE;
    }
    char *at = bytes;
    for (size_t i = 0; i < count; i++) {
        if (i > 0) {
            *at++ = GRAPH_SEPARATOR;
        }
        if (parts[i].length > 0) {
            memcpy(at, parts[i].at, parts[i].length);
            at += parts[i].length;
        }
    }
    *at = '\0';
    return (struct str){bytes, length};
}

static struct str number_text(struct maker *maker, int64_t number)
{
    struct str text = STR_NONE;
    if (!arena_format(maker->arena, &text, "%lld", (long long)number)) {
        maker->failed = true;
    }
    return text;
}

/* --- fields that are set verbatim --------------------------------------------------------------------------------- */

/* Transport and bookkeeping: it stays in the log and says nothing about the node. */
static bool is_bookkeeping(enum event_field field)
{
    switch (field) {
    case EVENT_FIELD_SPAN_ID:
    case EVENT_FIELD_PARENT_SPAN_ID:
    case EVENT_FIELD_TRACEPARENT:
    case EVENT_FIELD_TRACESTATE:
    case EVENT_FIELD_CAUSATION_ID:
    case EVENT_FIELD_CORRELATION_ID:
    case EVENT_FIELD_SOURCE:
    case EVENT_FIELD_PII_TAGS:
    case EVENT_FIELD_RETENTION_POLICY:
    case EVENT_FIELD_NODE_STATUS:
    case EVENT_FIELD_SCENARIO_STATUS:
        return true;
    default:
        return false;
    }
}

static void add_value(struct maker *maker, const struct event_value *value)
{
    switch (event_fields[value->field].kind) {
    case EVENT_KIND_STRING:
        add_text(maker, value->field, STR_NONE, value->text);
        break;
    case EVENT_KIND_INT:
    case EVENT_KIND_LONG:
        add_integer(maker, value->field, STR_NONE, value->integer);
        break;
    case EVENT_KIND_FLOAT:
    case EVENT_KIND_DOUBLE:
        add(maker, (struct effect_set){.property = (uint16_t)value->field, .value = EFFECT_REAL, .real = value->real});
        break;
    case EVENT_KIND_BOOLEAN:
        add_integer(maker, value->field, STR_NONE, value->truth);
        break;
    case EVENT_KIND_ENUM:
        add_integer(maker, value->field, STR_NONE, value->symbol);
        break;
    case EVENT_KIND_STRINGS:
        add_text(maker, value->field, STR_NONE, join(maker, value->items, value->count));
        break;
    case EVENT_KIND_MAP:
        for (uint32_t i = 0; i < value->count; i++) {
            add_text(maker, value->field, value->pairs[i].name, value->pairs[i].value);
        }
        break;
    }
}

static void add_fields(struct maker *maker)
{
    for (uint32_t i = 0; i < maker->event->value_count; i++) {
        if (!is_bookkeeping(maker->event->values[i].field)) {
            add_value(maker, &maker->event->values[i]);
        }
    }
    struct str contract_id = event_text(maker->event, EVENT_FIELD_CONTRACT_ID);
    if (contract_id.at != NULL) {
        struct str text = STR_NONE;
        if (!contract_key_text(maker->arena,
                               contract_key_parse(contract_id, event_text(maker->event, EVENT_FIELD_CONTRACT_VERSION)),
                               &text)) {
            maker->failed = true;
        }
        add_text(maker, PROPERTY_CONTRACT, STR_NONE, text);
    }
}

/* --- one function per group of event types ------------------------------------------------------------------------ */

static struct str or_empty(struct str text)
{
    return text.at == NULL ? STR("") : text;
}

static void workflow_event(struct maker *maker)
{
    enum event_type type = maker->event->type;
    enum node_status status = type == EVENT_DDE_WORKFLOW_STARTED     ? STATE_RUNNING
                              : type == EVENT_DDE_WORKFLOW_COMPLETED ? STATE_COMPLETED
                                                                     : STATE_FAILED;
    maker->effect->kind = NODE_ITERATION;
    maker->effect->id = maker->event->iteration_id;
    add_integer(maker, PROPERTY_WORKFLOW, maker->event->node_id, status);
}

static enum node_status declared_status(const struct event *event)
{
    const struct event_value *value = event_value(event, EVENT_FIELD_NODE_STATUS);
    /* The enum's symbols stand in the order of the first states. */
    return value == NULL ? STATE_PENDING : (enum node_status)(STATE_PENDING + value->symbol);
}

static void task_event(struct maker *maker)
{
    maker->effect->kind = NODE_TASK;
    add_fields(maker);
    switch (maker->event->type) {
    case EVENT_DDE_TASK_CREATED:
        add_integer(maker, PROPERTY_STATUS_DECLARED, STR_NONE, declared_status(maker->event));
        break;
    case EVENT_DDE_TASK_STARTED:
        add_status(maker, STATE_RUNNING);
        add_integer(maker, PROPERTY_STARTED, STR_NONE, 1);
        break;
    case EVENT_DDE_TASK_RETRYING:
        add_status(maker, STATE_RETRYING);
        add_integer(maker, PROPERTY_RETRIED, STR_NONE, 1);
        break;
    case EVENT_DDE_TASK_RETRY_EXHAUSTED:
        add_status(maker, STATE_FAILED);
        add_integer(maker, PROPERTY_RETRIED, STR_NONE, 1);
        add_integer(maker, PROPERTY_ENDED, STR_NONE, 1);
        break;
    case EVENT_DDE_TASK_COMPLETED:
        add_status(maker, STATE_COMPLETED);
        add_integer(maker, PROPERTY_ENDED, STR_NONE, 1);
        break;
    case EVENT_DDE_TASK_FAILED:
        add_status(maker, STATE_FAILED);
        add_integer(maker, PROPERTY_ENDED, STR_NONE, 1);
        break;
    default:
        assert(maker->event->type == EVENT_DDE_TASK_SKIPPED);
        add_status(maker, STATE_SKIPPED);
        break;
    }
}

/* The node an artifact or contract event names is the task behind it, unless it is the thing itself. */
static void add_producer(struct maker *maker)
{
    if (!str_equal(maker->event->node_id, maker->effect->id)) {
        add_text(maker, PROPERTY_PRODUCER, STR_NONE, maker->event->node_id);
    }
}

/* A contract can be named in several spellings; none of them is a task. */
static bool names_the_contract(struct maker *maker, struct str contract_id)
{
    struct str version = event_text(maker->event, EVENT_FIELD_CONTRACT_VERSION), text = STR_NONE;
    if (!contract_key_text(maker->arena, contract_key_parse(maker->event->node_id, version), &text)) {
        maker->failed = true;
    }
    return str_equal(text, maker->effect->id) || str_equal(maker->event->node_id, or_empty(contract_id));
}

static void artifact_event(struct maker *maker)
{
    struct str path = event_text(maker->event, EVENT_FIELD_ARTIFACT_PATH);
    maker->effect->kind = NODE_ARTIFACT;
    maker->effect->id = path.at != NULL ? path : maker->event->node_id;
    add_fields(maker);
    add_status(maker, maker->event->type == EVENT_DDE_ARTIFACT_CREATED ? STATE_CREATED : STATE_VALIDATED);
    add_producer(maker);
}

static void contract_event(struct maker *maker)
{
    struct str id = event_text(maker->event, EVENT_FIELD_CONTRACT_ID);
    struct contract_key key = contract_key_parse(id.at != NULL ? id : maker->event->node_id,
                                                 event_text(maker->event, EVENT_FIELD_CONTRACT_VERSION));
    maker->effect->kind = NODE_CONTRACT;
    if (!contract_key_text(maker->arena, key, &maker->effect->id)) {
        maker->failed = true;
        return;
    }
    add_fields(maker);
    if (maker->event->type == EVENT_DDE_CONTRACT_LOCKED) {
        add_status(maker, STATE_LOCKED);
        add_integer(maker, PROPERTY_LOCKED, STR_NONE, 1);
        if (!names_the_contract(maker, id)) {
            add_producer(maker);
        }
    } else {
        add_status(maker, STATE_VALIDATED);
    }
}

static void gate_event(struct maker *maker)
{
    struct str name = event_text(maker->event, EVENT_FIELD_QUALITY_GATE_NAME);
    struct str node = maker->event->node_id;
    maker->effect->kind = NODE_QUALITY_GATE;
    maker->effect->id = node;
    if (name.at != NULL && !str_equal(name, node)) {
        /* The same gate may be checked at several tasks; each check is a node of its own. */
        if (!arena_format(maker->arena, &maker->effect->id, "%.*s/%.*s", STR_ARGS(node), STR_ARGS(name))) {
            maker->failed = true;
            return;
        }
        add_text(maker, PROPERTY_PRODUCER, STR_NONE, node);
    }
    add_fields(maker);
    const struct event_value *passed = event_value(maker->event, EVENT_FIELD_QUALITY_GATE_PASSED);
    if (passed != NULL) {
        add_status(maker, passed->truth ? STATE_PASSED : STATE_FAILED);
    }
}

static void test_run_event(struct maker *maker)
{
    bool started = maker->event->type == EVENT_BDV_TEST_RUN_STARTED;
    maker->effect->kind = NODE_TEST_RUN;
    add_fields(maker);
    add_status(maker, started ? STATE_RUNNING : STATE_COMPLETED);
    add_integer(maker, started ? PROPERTY_STARTED : PROPERTY_ENDED, STR_NONE, 1);
}

static void feature_event(struct maker *maker)
{
    maker->effect->kind = NODE_SPEC;
    add_fields(maker);
    add_integer(maker, maker->event->type == EVENT_BDV_FEATURE_STARTED ? PROPERTY_STARTED : PROPERTY_ENDED, STR_NONE, 1);
}

static void add_outcome(struct maker *maker, bool passed)
{
    add_status(maker, passed ? STATE_PASSED : STATE_FAILED);
    add_integer(maker, PROPERTY_ENDED, STR_NONE, 1);
    struct str commit = event_metadata(maker->event, STR("commit"));
    add_integer(maker, PROPERTY_OUTCOME, commit.length > 0 ? commit : STR_NONE, passed);
    const struct event_value *status = event_value(maker->event, EVENT_FIELD_SCENARIO_STATUS);
    if (status != NULL && status->symbol == EVENT_SCENARIO_STATUS_FLAKY) {
        add_integer(maker, PROPERTY_FLAGGED_FLAKY, STR_NONE, 1);
    }
}

static void scenario_event(struct maker *maker)
{
    maker->effect->kind = NODE_SCENARIO;
    add_fields(maker);
    struct str run = event_metadata(maker->event, STR("test_run"));
    add_text(maker, PROPERTY_RUN, STR_NONE, run.at != NULL ? run : event_text(maker->event, EVENT_FIELD_CORRELATION_ID));
    switch (maker->event->type) {
    case EVENT_BDV_SCENARIO_STARTED:
        add_integer(maker, PROPERTY_STARTED, STR_NONE, 1);
        break;
    case EVENT_BDV_SCENARIO_PASSED:
        add_outcome(maker, true);
        break;
    case EVENT_BDV_SCENARIO_FAILED:
        add_outcome(maker, false);
        break;
    case EVENT_BDV_SCENARIO_SKIPPED:
        add_status(maker, STATE_SKIPPED);
        add_integer(maker, PROPERTY_ENDED, STR_NONE, 1);
        break;
    case EVENT_BDV_SCENARIO_QUARANTINED:
        add_integer(maker, PROPERTY_QUARANTINED, STR_NONE, !str_is(event_metadata(maker->event, STR("lifted")), "true"));
        break;
    case EVENT_BDV_FLAKE_DETECTED:
        if (event_value(maker->event, EVENT_FIELD_FLAKE_RATE) == NULL) {
            add_integer(maker, PROPERTY_FLAGGED_FLAKY, STR_NONE, 1);
        }
        break;
    default:
        assert(maker->event->type == EVENT_BDV_CONTRACT_TAG_DETECTED);
        break;
    }
}

/* A step is part of its scenario's run; its text and error must not stand in for the scenario's own. */
static void step_event(struct maker *maker)
{
    const struct event *event = maker->event;
    const struct event_value *result = event_value(event, EVENT_FIELD_STEP_RESULT);
    struct str parts[4] = {
        result == NULL ? STR("") : str_from(event_symbol(EVENT_FIELD_STEP_RESULT, result->symbol)),
        or_empty(event_text(event, EVENT_FIELD_STEP_TEXT)),
        or_empty(event_text(event, EVENT_FIELD_ERROR_MESSAGE)),
        event_value(event, EVENT_FIELD_DURATION_MS) == NULL
            ? STR("")
            : number_text(maker, event_integer(event, EVENT_FIELD_DURATION_MS, 0)),
    };
    maker->effect->kind = NODE_SCENARIO;
    add_text(maker, PROPERTY_STEP, STR_NONE, join(maker, parts, 4));
    add_text(maker, EVENT_FIELD_FEATURE_PATH, STR_NONE, event_text(event, EVENT_FIELD_FEATURE_PATH));
}

static struct str manifest_of(const struct event *event)
{
    return or_empty(event_text(event, EVENT_FIELD_MANIFEST_NAME));
}

static void analysis_event(struct maker *maker)
{
    const struct event *event = maker->event;
    maker->effect->kind = NODE_ITERATION;
    maker->effect->id = event->iteration_id;
    if (event->type != EVENT_ACC_GRAPH_BUILT) {
        add_integer(maker,
                    event->type == EVENT_ACC_ANALYSIS_STARTED ? PROPERTY_ANALYSIS_STARTED : PROPERTY_ANALYSIS_COMPLETED,
                    manifest_of(event), 1);
    }
    /* "component.NAME" = path prefix: how the manifest assigns modules to components. */
    const struct event_value *metadata = event_value(event, EVENT_FIELD_METADATA);
    for (uint32_t i = 0; metadata != NULL && i < metadata->count; i++) {
        if (str_starts_with(metadata->pairs[i].name, STR("component."))) {
            add_text(maker, EVENT_FIELD_METADATA, metadata->pairs[i].name, metadata->pairs[i].value);
        }
    }
    static const enum event_field totals[] = {EVENT_FIELD_TOTAL_MODULES, EVENT_FIELD_TOTAL_DEPENDENCIES,
                                              EVENT_FIELD_TOTAL_VIOLATIONS, EVENT_FIELD_BLOCKING_VIOLATIONS};
    struct str parts[4];
    bool any = false;
    for (size_t i = 0; i < 4; i++) {
        bool given = event_value(event, totals[i]) != NULL;
        any |= given;
        parts[i] = given ? number_text(maker, event_integer(event, totals[i], 0)) : STR("");
    }
    if (any) {
        add_text(maker, PROPERTY_MANIFEST_TOTALS, manifest_of(event), join(maker, parts, 4));
    }
}

static void module_event(struct maker *maker)
{
    maker->effect->kind = NODE_MODULE;
    struct str path = event_text(maker->event, EVENT_FIELD_MODULE_PATH);
    if (path.at != NULL) {
        maker->effect->id = path;
    }
    add_fields(maker);
    add_status(maker, STATE_ANALYZED);
    add_integer(maker, PROPERTY_REPORTED, manifest_of(maker->event), 1);
}

static void dependency_event(struct maker *maker)
{
    const struct event *event = maker->event;
    struct str source = event_text(event, EVENT_FIELD_SOURCE_MODULE);
    struct str path = event_text(event, EVENT_FIELD_MODULE_PATH);
    struct str weight = event_metadata(event, STR("weight"));
    struct str parts[2] = {weight.length > 0 ? weight : STR("1"), manifest_of(event)};
    maker->effect->kind = NODE_MODULE;
    maker->effect->id = source.at != NULL ? source : path.at != NULL ? path : event->node_id;
    add_text(maker, PROPERTY_DEPENDENCY, event_text(event, EVENT_FIELD_TARGET_MODULE), join(maker, parts, 2));
    add_integer(maker, PROPERTY_REPORTED, manifest_of(event), 1);
}

static void violation_event(struct maker *maker)
{
    const struct event *event = maker->event;
    maker->effect->kind = NODE_VIOLATION;
    add_fields(maker);
    struct str module = event_text(event, EVENT_FIELD_MODULE_PATH);
    add_text(maker, PROPERTY_MODULE, STR_NONE, module.at != NULL ? module : event_text(event, EVENT_FIELD_SOURCE_MODULE));
    if (event->type == EVENT_ACC_VIOLATION_SUPPRESSED) {
        add_status(maker, str_is(event_metadata(event, STR("lifted")), "true") ? STATE_ACTIVE : STATE_SUPPRESSED);
        return;
    }
    add_integer(maker, PROPERTY_STATUS_DECLARED, STR_NONE, STATE_ACTIVE);
    add_integer(maker, PROPERTY_REPORTED, manifest_of(event), 1);
    if (event_value(event, EVENT_FIELD_VIOLATION_TYPE) == NULL && event->type != EVENT_ACC_VIOLATION_DETECTED) {
        add_integer(maker, EVENT_FIELD_VIOLATION_TYPE, STR_NONE,
                    event->type == EVENT_ACC_LAYERING_VIOLATION ? EVENT_VIOLATION_TYPE_LAYER_VIOLATION
                                                                : EVENT_VIOLATION_TYPE_HIGH_COUPLING);
    }
}

static void cycle_event(struct maker *maker)
{
    maker->effect->kind = NODE_CYCLE;
    add_fields(maker);
    add_integer(maker, PROPERTY_REPORTED, manifest_of(maker->event), 1);
}

/* Kinds in their canonical spelling, so that "Module" and "CodeModule" name one link and not two. */
static struct str link_kind_text(struct str name)
{
    enum link_kind kind;
    return link_kind_from_name(or_empty(name), &kind) ? str_from(link_kind_name(kind)) : or_empty(name);
}

static struct str node_kind_text(struct str name)
{
    enum node_kind kind;
    return node_kind_from_name(or_empty(name), &kind) ? str_from(node_kind_name(kind)) : or_empty(name);
}

static void control_event(struct maker *maker)
{
    const struct event *event = maker->event;
    bool positive = event->type == EVENT_CONTROL_LINK_ASSERTED || event->type == EVENT_CONTROL_GATE_OVERRIDDEN;
    struct str expires = STR("");
    if (event_value(event, EVENT_FIELD_EXPIRES_AT) != NULL) {
        expires = number_text(maker, event_integer(event, EVENT_FIELD_EXPIRES_AT, 0));
    }
    struct str parts[4] = {positive ? STR("1") : STR("0"), or_empty(event_text(event, EVENT_FIELD_ACTOR)),
                           or_empty(event_text(event, EVENT_FIELD_REASON)), expires};
    if (event->type == EVENT_CONTROL_GATE_OVERRIDDEN || event->type == EVENT_CONTROL_GATE_OVERRIDE_WITHDRAWN) {
        maker->effect->kind = NODE_ITERATION;
        maker->effect->id = event->iteration_id;
        add_text(maker, PROPERTY_GATE_OVERRIDE, STR_NONE, join(maker, parts, 4));
        return;
    }
    struct str source_id = event_text(event, EVENT_FIELD_SOURCE_ID);
    struct str link[3] = {link_kind_text(event_text(event, EVENT_FIELD_LINK_KIND)),
                          node_kind_text(event_text(event, EVENT_FIELD_TARGET_KIND)),
                          or_empty(event_text(event, EVENT_FIELD_TARGET_ID))};
    maker->effect->kind = NODE_REQUIREMENT;
    (void)node_kind_from_name(or_empty(event_text(event, EVENT_FIELD_SOURCE_KIND)), &maker->effect->kind);
    maker->effect->id = source_id.at != NULL ? source_id : event->node_id;
    add_text(maker, PROPERTY_MANUAL_LINK, join(maker, link, 3), join(maker, parts, 3));
}

static void requirement_event(struct maker *maker)
{
    maker->effect->kind = NODE_REQUIREMENT;
    add_fields(maker);
    add_status(maker, STATE_DECLARED);
}

typedef void effect_maker(struct maker *maker);

/* Who says what an event of this type means. */
static effect_maker *const makers[EVENT_TYPE_COUNT] = {
    [EVENT_DDE_WORKFLOW_STARTED] = workflow_event,
    [EVENT_DDE_WORKFLOW_COMPLETED] = workflow_event,
    [EVENT_DDE_WORKFLOW_FAILED] = workflow_event,
    [EVENT_DDE_TASK_CREATED] = task_event,
    [EVENT_DDE_TASK_STARTED] = task_event,
    [EVENT_DDE_TASK_RETRYING] = task_event,
    [EVENT_DDE_TASK_RETRY_EXHAUSTED] = task_event,
    [EVENT_DDE_TASK_COMPLETED] = task_event,
    [EVENT_DDE_TASK_FAILED] = task_event,
    [EVENT_DDE_TASK_SKIPPED] = task_event,
    [EVENT_DDE_ARTIFACT_CREATED] = artifact_event,
    [EVENT_DDE_ARTIFACT_VALIDATED] = artifact_event,
    [EVENT_DDE_CONTRACT_LOCKED] = contract_event,
    [EVENT_DDE_CONTRACT_VALIDATED] = contract_event,
    [EVENT_DDE_QUALITY_GATE_CHECKED] = gate_event,
    [EVENT_DDE_REQUIREMENT_DECLARED] = requirement_event,
    [EVENT_BDV_TEST_RUN_STARTED] = test_run_event,
    [EVENT_BDV_TEST_RUN_COMPLETED] = test_run_event,
    [EVENT_BDV_FEATURE_STARTED] = feature_event,
    [EVENT_BDV_FEATURE_COMPLETED] = feature_event,
    [EVENT_BDV_SCENARIO_STARTED] = scenario_event,
    [EVENT_BDV_SCENARIO_PASSED] = scenario_event,
    [EVENT_BDV_SCENARIO_FAILED] = scenario_event,
    [EVENT_BDV_SCENARIO_SKIPPED] = scenario_event,
    [EVENT_BDV_SCENARIO_QUARANTINED] = scenario_event,
    [EVENT_BDV_STEP_EXECUTED] = step_event,
    [EVENT_BDV_CONTRACT_TAG_DETECTED] = scenario_event,
    [EVENT_BDV_FLAKE_DETECTED] = scenario_event,
    [EVENT_ACC_ANALYSIS_STARTED] = analysis_event,
    [EVENT_ACC_ANALYSIS_COMPLETED] = analysis_event,
    [EVENT_ACC_GRAPH_BUILT] = analysis_event,
    [EVENT_ACC_MODULE_ANALYZED] = module_event,
    [EVENT_ACC_DEPENDENCY_DETECTED] = dependency_event,
    [EVENT_ACC_VIOLATION_DETECTED] = violation_event,
    [EVENT_ACC_VIOLATION_SUPPRESSED] = violation_event,
    [EVENT_ACC_CYCLE_DETECTED] = cycle_event,
    [EVENT_ACC_LAYERING_VIOLATION] = violation_event,
    [EVENT_ACC_COUPLING_ALERT] = violation_event,
    [EVENT_CONTROL_LINK_ASSERTED] = control_event,
    [EVENT_CONTROL_LINK_DENIED] = control_event,
    [EVENT_CONTROL_GATE_OVERRIDDEN] = control_event,
    [EVENT_CONTROL_GATE_OVERRIDE_WITHDRAWN] = control_event,
};

/* Upper bound of the sets an event can lead to: its values, its metadata, and the few derived ones. */
static size_t sets_max(const struct event *event)
{
    size_t count = 12;
    for (uint32_t i = 0; i < event->value_count; i++) {
        count += event_fields[event->values[i].field].kind == EVENT_KIND_MAP ? event->values[i].count : 1;
    }
    return count;
}

enum status effect_of(const struct event *event, struct arena *arena, struct effect *effect, struct error *error)
{
    *effect = (struct effect){.kind = NODE_TASK, .id = event->node_id};
    effect->sets = arena_new(arena, sets_max(event) * sizeof *effect->sets);
    if (effect->sets == NULL) {
        return error_no_memory(error, "graph");
    }
    struct maker maker = {.event = event, .arena = arena, .effect = effect};
    assert(makers[event->type] != NULL);
    makers[event->type](&maker);
    assert(effect->count <= sets_max(event));
    return maker.failed ? error_no_memory(error, "graph") : STATUS_OK;
}
