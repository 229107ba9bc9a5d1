/* Links that one stream states about itself: task dependencies, artifacts and gates of tasks, module dependencies,
 * violations, features and runs of scenarios. They are explicit; the other files of this folder infer. */
#include "correlate/builder.h"

#include <stdlib.h>

/* A comma-separated text or a list: the next item, trimmed; empty items are passed over. */
static bool next_item(struct str *rest, char separator, struct str *item)
{
    while (str_split_next(rest, separator, item)) {
        *item = str_trim(*item);
        if (item->length > 0) {
            return true;
        }
    }
    return false;
}

/* --- DDE -------------------------------------------------------------------------------------------------------------- */

static void link_task_dependencies(struct builder *builder, uint32_t task)
{
    struct graph_view *view = builder->view;
    const struct view_node *node = &view->nodes[task];
    uint32_t sub = view_sub_find(view, STR("depends_on"));
    const struct view_property *property = sub == 0 ? NULL : view_property(node, EVENT_FIELD_METADATA, sub);
    if (property == NULL) {
        return;
    }
    struct str rest = view_value_text(view, property->value), id;
    uint32_t since = view_held_since(view, node, property);
    while (next_item(&rest, ',', &id)) {
        uint32_t partner = view_find(view, NODE_TASK, id);
        if (partner == VIEW_NONE) {
            builder_unmatched(builder, task, LINK_DEPENDS_ON, NODE_TASK, id,
                              STR("no event of this task has come yet; send its TASK_CREATED or correct depends_on"));
            continue;
        }
        builder_add(builder, &(struct claim){.kind = LINK_DEPENDS_ON, .method = METHOD_EXPLICIT_ID, .confidence = 1,
                                             .source = task, .target = partner, .claim_fact = since,
                                             .claimed_by_source = true,
                                             .explanation = STR("The task lists it in depends_on.")});
    }
}

/* Artifacts and gates name the task behind them. */
static void link_producer(struct builder *builder, uint32_t node, enum link_kind kind, struct str explanation)
{
    struct graph_view *view = builder->view;
    const struct view_property *property = view_property(&view->nodes[node], PROPERTY_PRODUCER, 0);
    if (property == NULL) {
        return;
    }
    struct str id = view_value_text(view, property->value);
    uint32_t task = view_find(view, NODE_TASK, id);
    if (task == VIEW_NONE) {
        builder_unmatched(builder, node, kind, NODE_TASK, id,
                          STR("its event names this node_id, but no task event with it has come; check the node_id"));
        return;
    }
    builder_add(builder, &(struct claim){.kind = kind, .method = METHOD_EXPLICIT_ID, .confidence = 1, .source = task,
                                         .target = node,
                                         .claim_fact = view_held_since(view, &view->nodes[node], property),
                                         .explanation = explanation});
}

/* --- BDV -------------------------------------------------------------------------------------------------------------- */

static struct str feature_of(const struct graph_view *view, const struct view_node *scenario, const struct view_property **by)
{
    static const enum event_field fields[] = {EVENT_FIELD_FEATURE_PATH, EVENT_FIELD_FEATURE_NAME};
    for (size_t i = 0; i < 2; i++) {
        *by = view_property(scenario, fields[i], 0);
        if (*by != NULL) {
            return view_value_text(view, (*by)->value);
        }
    }
    return STR_NONE;
}

/* Features by every name they go by: id, path, name. */
static bool index_features(struct builder *builder, struct str_index *index)
{
    struct graph_view *view = builder->view;
    uint32_t from = view->kind_start[NODE_SPEC], to = view->kind_start[NODE_SPEC + 1];
    if (!str_index_init(index, view->arena, (size_t)(to - from) * 3)) {
        return false;
    }
    static const enum event_field fields[] = {EVENT_FIELD_FEATURE_PATH, EVENT_FIELD_FEATURE_NAME};
    for (uint32_t i = from; i < to; i++) {
        str_index_add(index, view->nodes[i].id, i);
    }
    for (size_t f = 0; f < 2; f++) {
        for (uint32_t i = from; i < to; i++) {
            struct str text = view_text(view, &view->nodes[i], fields[f]);
            if (text.at != NULL && !str_equal(text, view->nodes[i].id)) {
                str_index_add(index, text, i);
            }
        }
    }
    return true;
}

bool name_features(struct builder *builder)
{
    struct graph_view *view = builder->view;
    uint32_t from = view->kind_start[NODE_SCENARIO], to = view->kind_start[NODE_SCENARIO + 1], count = 0;
    struct str *names = arena_new(view->arena, (to - from) * sizeof *names);
    struct str_index index;
    if (names == NULL || !index_features(builder, &index)) {
        return false;
    }
    for (uint32_t i = from; i < to; i++) {
        const struct view_property *by;
        struct str feature = feature_of(view, &view->nodes[i], &by);
        if (feature.length > 0 && str_index_find(&index, feature) == VIEW_NONE) {
            names[count++] = feature;
        }
    }
    return view_add_named(view, names, count, NODE_SPEC);
}

/* The fact since which the feature has gone by this path or name; false where it is its id. */
static bool called_since(const struct graph_view *view, uint32_t spec, struct str called, uint32_t *fact)
{
    static const enum event_field fields[] = {EVENT_FIELD_FEATURE_PATH, EVENT_FIELD_FEATURE_NAME};
    const struct view_node *node = &view->nodes[spec];
    for (size_t f = 0; f < 2 && !str_equal(node->id, called); f++) {
        const struct view_property *property = view_property(node, fields[f], 0);
        if (property != NULL && str_equal(view_value_text(view, property->value), called)) {
            *fact = view_held_since(view, node, property);
            return true;
        }
    }
    return false;
}

static void link_features(struct builder *builder)
{
    struct graph_view *view = builder->view;
    struct str_index index;
    if (!index_features(builder, &index)) {
        builder->failed = true;
        return;
    }
    for (uint32_t i = view->kind_start[NODE_SCENARIO]; i < view->kind_start[NODE_SCENARIO + 1]; i++) {
        const struct view_property *by;
        struct str feature = feature_of(view, &view->nodes[i], &by);
        uint32_t spec = feature.length == 0 ? VIEW_NONE : str_index_find(&index, feature);
        if (spec == VIEW_NONE) {
            continue;
        }
        struct claim claim = {.kind = LINK_BELONGS_TO, .method = METHOD_EXPLICIT_ID, .confidence = 1, .source = i,
                              .target = spec, .claim_fact = view_held_since(view, &view->nodes[i], by),
                              .claimed_by_source = true, .explanation = STR("The scenario names its feature.")};
        claim.has_partner_fact = called_since(view, spec, feature, &claim.partner_fact);
        builder_add(builder, &claim);
    }
}

/* One execution of a test run; a run that is started again has several. */
struct run_span {
    uint32_t run;          /* node */
    uint32_t started_fact;
    int64_t start, end;    /* valid time; end is INT64_MAX while it is open */
};

struct run_spans {
    struct run_span *spans;
    uint32_t count;
};

/* A start lasts until the first completion that is not before it. */
static int64_t end_of(const struct graph_view *view, int64_t start, const struct view_property *ended, uint32_t ended_count)
{
    for (uint32_t e = 0; e < ended_count; e++) {
        int64_t end = view_fact_valid_from(view, ended[e].fact);
        if (end >= start) {
            return end;
        }
    }
    return INT64_MAX;
}

static bool find_spans(const struct graph_view *view, struct run_spans *out)
{
    uint32_t capacity = 0;
    *out = (struct run_spans){0};
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = view->kind_start[NODE_TEST_RUN]; i < view->kind_start[NODE_TEST_RUN + 1]; i++) {
            const struct view_property *started, *ended;
            uint32_t started_count = view_sets(view, &view->nodes[i], PROPERTY_STARTED, 0, VIEW_NONE, &started);
            uint32_t ended_count = view_sets(view, &view->nodes[i], PROPERTY_ENDED, 0, VIEW_NONE, &ended);
            if (started_count == UINT32_MAX || ended_count == UINT32_MAX) {
                return false;
            }
            capacity += pass == 0 ? started_count : 0;
            for (uint32_t s = 0; pass == 1 && s < started_count; s++) {
                int64_t start = view_fact_valid_from(view, started[s].fact);
                out->spans[out->count++] =
                    (struct run_span){i, started[s].fact, start, end_of(view, start, ended, ended_count)};
            }
        }
        if (pass == 0 && (out->spans = arena_new(view->arena, capacity * sizeof *out->spans)) == NULL) {
            return false;
        }
    }
    return true;
}

/* The latest span of the one run that was open at that time; NULL when there is none, or more than one run was open. */
static const struct run_span *run_around(const struct run_spans *spans, int64_t at)
{
    const struct run_span *found = NULL;
    for (uint32_t i = 0; i < spans->count; i++) {
        const struct run_span *span = &spans->spans[i];
        if (span->start <= at && at <= span->end) {
            if (found != NULL && found->run != span->run) {
                return NULL;
            }
            found = span;
        }
    }
    return found;
}

static void link_run(struct builder *builder, const struct run_spans *spans, uint32_t scenario)
{
    struct graph_view *view = builder->view;
    const struct view_node *node = &view->nodes[scenario];
    const struct view_property *named = view_property(node, PROPERTY_RUN, 0);
    const struct view_property *ended = view_property(node, PROPERTY_ENDED, 0);
    uint32_t run = named == NULL ? VIEW_NONE : view_find(view, NODE_TEST_RUN, view_value_text(view, named->value));
    struct claim claim = {.kind = LINK_EXECUTED, .method = METHOD_EXPLICIT_ID, .confidence = 1, .target = scenario};
    if (run != VIEW_NONE) {
        claim.source = run;
        claim.claim_fact = view_held_since(view, node, named);
        claim.explanation = STR("The scenario names its test run.");
        builder_add(builder, &claim);
        return;
    }
    const struct run_span *span = ended == NULL ? NULL : run_around(spans, view_fact_valid_from(view, ended->fact));
    if (span != NULL) {
        claim.source = span->run;
        claim.claim_fact = ended->fact;
        claim.has_partner_fact = true;
        claim.partner_fact = span->started_fact;
        claim.explanation = STR("The scenario ended while this run, and no other, was open.");
        builder_add(builder, &claim);
    }
}

static void link_runs(struct builder *builder)
{
    struct graph_view *view = builder->view;
    if (view->kind_start[NODE_TEST_RUN] == view->kind_start[NODE_TEST_RUN + 1]) {
        return;
    }
    struct run_spans spans;
    if (!find_spans(view, &spans)) {
        builder->failed = true;
        return;
    }
    for (uint32_t i = view->kind_start[NODE_SCENARIO]; i < view->kind_start[NODE_SCENARIO + 1]; i++) {
        link_run(builder, &spans, i);
    }
}

/* --- ACC -------------------------------------------------------------------------------------------------------------- */

static void link_module(struct builder *builder, uint32_t module, struct str path, uint32_t fact, double weight)
{
    uint32_t partner = view_find(builder->view, NODE_MODULE, path);
    if (partner == VIEW_NONE) {
        builder_unmatched(builder, module, LINK_DEPENDS_ON, NODE_MODULE, path,
                          STR("no analysis reports this module; it is outside, or its MODULE_ANALYZED is missing"));
        return;
    }
    builder_add(builder, &(struct claim){.kind = LINK_DEPENDS_ON, .method = METHOD_EXPLICIT_ID, .confidence = 1,
                                         .source = module, .target = partner, .claim_fact = fact,
                                         .claimed_by_source = true, .weight = weight,
                                         .explanation = STR("The analysis reports this dependency.")});
}

static int compare_dependencies(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

/* Dependencies that single events detected carry a weight and win over the plain list of the module's own event. */
static void link_dependencies(struct builder *builder, uint32_t module)
{
    struct graph_view *view = builder->view;
    const struct view_node *node = &view->nodes[module];
    uint32_t count;
    const struct view_property *detected = view_properties(node, PROPERTY_DEPENDENCY, &count);
    for (uint32_t i = 0; i < count; i++) {
        struct str rest = view_value_text(view, detected[i].value), weight_text;
        double weight = 1;
        if (!str_split_next(&rest, GRAPH_SEPARATOR, &weight_text) || !str_to_double(weight_text, &weight) || weight <= 0) {
            weight = 1;
        }
        link_module(builder, module, view_sub_text(view, detected[i].sub), view_held_since(view, node, &detected[i]), weight);
    }
    const struct view_property *listed = view_property(node, EVENT_FIELD_DEPENDS_ON, 0);
    if (listed == NULL) {
        return;
    }
    struct str list = view_value_text(view, listed->value), rest = list, path;
    size_t items = 0;
    while (next_item(&rest, GRAPH_SEPARATOR, &path)) {
        items++;
    }
    struct str *paths = arena_new(view->arena, items * sizeof *paths);
    if (paths == NULL) {
        builder->failed = true;
        return;
    }
    rest = list;
    for (size_t i = 0; next_item(&rest, GRAPH_SEPARATOR, &path); i++) {
        paths[i] = path;
    }
    qsort(paths, items, sizeof *paths, compare_dependencies);
    uint32_t since = view_held_since(view, node, listed);
    for (size_t i = 0; i < items; i++) {
        uint32_t sub = view_sub_find(view, paths[i]);
        bool again = i > 0 && str_equal(paths[i - 1], paths[i]);
        if (!again && (sub == 0 || view_property(node, PROPERTY_DEPENDENCY, sub) == NULL)) {
            link_module(builder, module, paths[i], since, 1);
        }
    }
}

static void link_violation(struct builder *builder, uint32_t violation)
{
    struct graph_view *view = builder->view;
    const struct view_property *property = view_property(&view->nodes[violation], PROPERTY_MODULE, 0);
    if (property == NULL) {
        return;
    }
    struct str path = view_value_text(view, property->value);
    uint32_t module = view_find(view, NODE_MODULE, path);
    if (module == VIEW_NONE) {
        builder_unmatched(builder, violation, LINK_AFFECTS, NODE_MODULE, path,
                          STR("no analysis reports the module that this violation is about"));
        return;
    }
    builder_add(builder, &(struct claim){.kind = LINK_AFFECTS, .method = METHOD_EXPLICIT_ID, .confidence = 1,
                                         .source = violation, .target = module,
                                         .claim_fact = view_held_since(view, &view->nodes[violation], property),
                                         .claimed_by_source = true,
                                         .explanation = STR("The violation names the module.")});
}

void link_within_streams(struct builder *builder)
{
    const struct graph_view *view = builder->view;
    for (uint32_t i = 0; i < view->node_count; i++) {
        switch (view->nodes[i].kind) {
        case NODE_TASK:
            link_task_dependencies(builder, i);
            break;
        case NODE_ARTIFACT:
            link_producer(builder, i, LINK_GENERATES, STR("The artifact's event names the task that made it."));
            break;
        case NODE_QUALITY_GATE:
            link_producer(builder, i, LINK_GATED_BY, STR("The gate was checked at this task."));
            break;
        case NODE_MODULE:
            link_dependencies(builder, i);
            break;
        case NODE_VIOLATION:
            link_violation(builder, i);
            break;
        default:
            break;
        }
    }
    link_features(builder);
    link_runs(builder);
}
