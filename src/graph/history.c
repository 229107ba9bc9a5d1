#include "graph/history.h"

#include <assert.h>
#include <stdlib.h>

#include "graph/contract_key.h"
#include "graph/fold.h"

/* --- which node -------------------------------------------------------------------------------------------------------- */

struct finder {
    const struct graph *graph;
    struct arena *arena;
    enum node_kind kind;
    uint32_t id, contract_id; /* texts */
    uint32_t known_facts;
    struct history_match *matches;
    uint32_t count;
};

static void add_match(struct finder *finder, uint32_t iteration, enum node_kind kind, uint32_t id)
{
    uint32_t number = id == 0 ? GRAPH_NONE : graph_find_node(finder->graph, iteration, kind, id);
    if (number == GRAPH_NONE) {
        return;
    }
    const struct node *node = graph_node_at(finder->graph, number);
    uint32_t known = 0;
    for (uint32_t i = 0; i < node->fact_count; i++) {
        known += node_facts(node)[i] < finder->known_facts;
    }
    if (known > 0) {
        finder->matches[finder->count++] = (struct history_match){
            .iteration_id = intern_text(finder->graph->texts, finder->graph->iterations[iteration].id),
            .kind = kind,
            .id = intern_text(finder->graph->texts, id),
            .node = number,
            .fact_count = known,
        };
    }
}

static void find_in_iteration(struct finder *finder, uint32_t iteration)
{
    for (int kind = 0; kind < NODE_KIND_COUNT; kind++) {
        if (finder->kind == HISTORY_ANY_KIND || finder->kind == (enum node_kind)kind) {
            add_match(finder, iteration, (enum node_kind)kind, finder->id);
        }
        if (kind == NODE_CONTRACT && finder->contract_id != finder->id &&
            (finder->kind == HISTORY_ANY_KIND || finder->kind == NODE_CONTRACT)) {
            add_match(finder, iteration, NODE_CONTRACT, finder->contract_id);
        }
    }
}

static int compare_matches(const void *a, const void *b)
{
    const struct history_match *x = a, *y = b;
    int order = str_compare(x->iteration_id, y->iteration_id);
    if (order != 0) {
        return order;
    }
    return x->kind != y->kind ? (x->kind < y->kind ? -1 : 1) : str_compare(x->id, y->id);
}

enum status history_find(const struct graph *graph, struct str tenant_id, struct str iteration_id, enum node_kind kind,
                         struct str id, int64_t known_at, struct arena *arena, struct history_match **matches,
                         uint32_t *count, struct error *error)
{
    uint32_t tenant = intern_find(graph->texts, tenant_id);
    struct str contract = id;
    struct finder finder = {.graph = graph, .arena = arena, .kind = kind, .known_facts = graph_known_facts(graph, known_at)};
    finder.matches = arena_new(arena, graph->iteration_count * (NODE_KIND_COUNT + 1) * sizeof *finder.matches);
    if (finder.matches == NULL || !contract_key_text(arena, contract_key_parse(id, STR_NONE), &contract)) {
        return error_no_memory(error, "history");
    }
    finder.id = intern_find(graph->texts, id);
    finder.contract_id = intern_find(graph->texts, contract);
    for (uint32_t i = 0; i < graph->iteration_count; i++) {
        const struct iteration *iteration = &graph->iterations[i];
        if (tenant != 0 && iteration->tenant == tenant &&
            (iteration_id.at == NULL || str_equal(intern_text(graph->texts, iteration->id), iteration_id))) {
            find_in_iteration(&finder, i);
        }
    }
    if (finder.count == 0) {
        return error_set(error, STATUS_ABSENT, "node", "there is no %s \"%.*s\"%s%.*s",
                         kind == HISTORY_ANY_KIND ? "node" : node_kind_name(kind), STR_ARGS(id),
                         iteration_id.at == NULL ? "" : " in iteration ", STR_ARGS(iteration_id));
    }
    qsort(finder.matches, finder.count, sizeof *finder.matches, compare_matches);
    *matches = finder.matches;
    *count = finder.count;
    return STATUS_OK;
}

/* --- comparing two states ------------------------------------------------------------------------------------------------ */

static int compare_properties(const struct view_property *a, const struct view_property *b)
{
    if (a->property != b->property) {
        return a->property < b->property ? -1 : 1;
    }
    return a->sub < b->sub ? -1 : a->sub > b->sub;
}

uint32_t history_compare(const struct view_node *before, const struct view_node *after, struct arena *arena,
                         struct history_change **out)
{
    uint32_t count = 0, b = 0, a = 0;
    struct history_change *changes =
        arena_new(arena, ((size_t)before->property_count + after->property_count) * sizeof *changes);
    if (changes == NULL) {
        return UINT32_MAX;
    }
    while (b < before->property_count || a < after->property_count) {
        const struct view_property *old = b < before->property_count ? &before->properties[b] : NULL;
        const struct view_property *new = a < after->property_count ? &after->properties[a] : NULL;
        int order = old == NULL ? 1 : new == NULL ? -1 : compare_properties(old, new);
        const struct view_property *which = order <= 0 ? old : new;
        if (order != 0 || old->value != new->value) {
            changes[count++] = (struct history_change){
                .property = which->property,
                .sub = which->sub,
                .was_set = order <= 0,
                .is_set = order >= 0,
                .before = order <= 0 ? old->value : 0,
                .after = order >= 0 ? new->value : 0,
            };
        }
        b += order <= 0;
        a += order >= 0;
    }
    *out = changes;
    return count;
}

/* --- the facts that can make a version -------------------------------------------------------------------------------------- */

struct writer {
    const struct graph *graph;
    struct arena *arena;
    const struct node *node;
    uint32_t number;
    struct history_scope scope;
    uint32_t known_facts;
    struct history *history;
};

static bool is_own(const struct writer *writer, uint32_t fact)
{
    return graph_fact_at(writer->graph, fact)->node == writer->number;
}

static bool reported_by(const struct node *node, uint32_t manifest)
{
    for (uint32_t t = 0; t < node->track_count; t++) {
        if (node->tracks[t].property == PROPERTY_REPORTED && node->tracks[t].sub == manifest) {
            return true;
        }
    }
    return false;
}

/* The iteration's node where its analyses concern this node, or NULL. */
static const struct node *analyses_of(const struct writer *writer)
{
    if (!fold_is_reported_kind((enum node_kind)writer->node->kind)) {
        return NULL;
    }
    uint32_t iteration = writer->node->iteration;
    uint32_t number =
        graph_find_node(writer->graph, iteration, NODE_ITERATION, writer->graph->iterations[iteration].id);
    return number == GRAPH_NONE ? NULL : graph_node_at(writer->graph, number);
}

static int compare_validity(const void *a, const void *b, void *graph)
{
    return fact_order(graph, *(const uint32_t *)a, *(const uint32_t *)b);
}

static int compare_arrival(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static bool is_analysis_of(const struct writer *writer, const struct track *track)
{
    return (track->property == PROPERTY_ANALYSIS_STARTED || track->property == PROPERTY_ANALYSIS_COMPLETED) &&
           reported_by(writer->node, track->sub);
}

/* All known facts of the node, and of the analyses that can sweep it, in the order asked for. */
static bool collect_facts(const struct writer *writer, enum history_order order, uint32_t **out, uint32_t *out_count)
{
    const struct node *node = writer->node, *analyses = analyses_of(writer);
    size_t capacity = node->fact_count;
    for (uint32_t t = 0; analyses != NULL && t < analyses->track_count; t++) {
        capacity += is_analysis_of(writer, &analyses->tracks[t]) ? analyses->tracks[t].count : 0;
    }
    uint32_t *facts = arena_new(writer->arena, capacity * sizeof *facts), count = 0;
    if (facts == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < node->fact_count; i++) {
        facts[count] = node_facts(node)[i];
        count += facts[count] < writer->known_facts;
    }
    for (uint32_t t = 0; analyses != NULL && t < analyses->track_count; t++) {
        const struct track *track = &analyses->tracks[t];
        for (uint32_t i = 0; is_analysis_of(writer, track) && i < track->count; i++) {
            facts[count] = track_entries(track)[i].fact;
            count += facts[count] < writer->known_facts;
        }
    }
    if (order == HISTORY_AS_RECORDED) {
        qsort(facts, count, sizeof *facts, compare_arrival);
    } else {
        qsort_r(facts, count, sizeof *facts, compare_validity, (void *)writer->graph);
    }
    *out = facts;
    *out_count = count;
    return true;
}

/* --- versions ----------------------------------------------------------------------------------------------------------------- */

static bool state_at(const struct writer *writer, struct moment moment, struct view_node *state, bool *exists)
{
    struct fold fold = {.graph = writer->graph, .arena = writer->arena, .moment = moment, .cut_last = INT64_MIN};
    if (fold_is_reported_kind((enum node_kind)writer->node->kind) &&
        !fold_begin(&fold, writer->graph, writer->node->iteration, moment, writer->arena)) {
        return false;
    }
    return fold_node(&fold, writer->number, state, exists);
}

static struct moment moment_after(const struct writer *writer, enum history_order order, uint32_t fact)
{
    if (order == HISTORY_AS_RECORDED) {
        return (struct moment){.valid_at = TIME_MAX, .fact = GRAPH_NONE, .known_facts = fact + 1};
    }
    return (struct moment){.valid_at = graph_fact_at(writer->graph, fact)->valid_from,
                           .fact = fact,
                           .known_facts = writer->known_facts};
}

/* Fills what is known of the version's fact. */
static bool describe(const struct writer *writer, uint32_t number, struct history_version *version)
{
    const struct fact *fact = graph_fact_at(writer->graph, number);
    char text[GRAPH_EVENT_ID_SIZE];
    version->by_analysis = !is_own(writer, number);
    version->fact = number;
    version->valid_from = fact->valid_from;
    version->valid_to = TIME_MAX;
    version->observed_at = fact->observed_at;
    version->seq = fact->seq;
    version->type = (enum event_type)fact->type;
    return arena_copy(writer->arena, graph_fact_event_id(writer->graph, number, text), &version->event_id);
}

/* Writes the versions that the facts make; facts of analyses only where they change something. */
static bool write_versions(const struct writer *writer, enum history_order order, const uint32_t *facts, uint32_t count,
                           struct history_version **out, uint32_t *out_count)
{
    struct history_version *versions = arena_new(writer->arena, count * sizeof *versions);
    struct view_node before = writer->history->before;
    bool existed = writer->history->existed;
    *out = versions;
    *out_count = 0;
    for (uint32_t i = 0; versions != NULL && i < count; i++) {
        struct history_version *version = &versions[*out_count];
        *version = (struct history_version){0};
        if (!describe(writer, facts[i], version) ||
            !state_at(writer, moment_after(writer, order, facts[i]), &version->state, &version->exists)) {
            return false;
        }
        version->change_count = history_compare(&before, &version->state, writer->arena, &version->changes);
        if (version->change_count == UINT32_MAX) {
            return false;
        }
        if (version->by_analysis && version->change_count == 0 && version->exists == existed) {
            continue;
        }
        version->version = version->state.version;
        before = version->state;
        existed = version->exists;
        ++*out_count;
        if (version->valid_from > writer->scope.until) {
            break; /* it only says until when the last one in scope holds */
        }
    }
    return versions != NULL;
}

static void end_versions(struct history_version *versions, uint32_t count)
{
    for (uint32_t i = 0; i + 1 < count; i++) {
        versions[i].valid_to = versions[i + 1].valid_from;
    }
}

/* --- the two orders ------------------------------------------------------------------------------------------------------- */

/* Leaves out what comes at or before `after`. */
static uint32_t skip_before(const struct writer *writer, uint32_t *facts, uint32_t count)
{
    uint32_t from = 0;
    while (from < count && graph_fact_at(writer->graph, facts[from])->valid_from <= writer->scope.after) {
        from++;
    }
    memmove(facts, facts + from, (count - from) * sizeof *facts);
    return count - from;
}

static bool write_by_validity(const struct writer *writer, struct history_version **versions, uint32_t *count)
{
    uint32_t *facts, fact_count;
    if (!collect_facts(writer, HISTORY_BY_VALIDITY, &facts, &fact_count)) {
        return false;
    }
    fact_count = skip_before(writer, facts, fact_count);
    if (!write_versions(writer, HISTORY_BY_VALIDITY, facts, fact_count, versions, count)) {
        return false;
    }
    end_versions(*versions, *count);
    while (*count > 0 && (*versions)[*count - 1].valid_from > writer->scope.until) {
        --*count;
    }
    return true;
}

static int compare_versions_by_fact(const void *a, const void *b)
{
    const struct history_version *x = a, *y = b;
    return x->fact < y->fact ? -1 : x->fact > y->fact;
}

static bool write_as_recorded(const struct writer *writer, struct history_version **versions, uint32_t *count)
{
    uint32_t *facts, fact_count, valid_count;
    struct history_version *valid;
    if (!write_by_validity(writer, &valid, &valid_count) ||
        !collect_facts(writer, HISTORY_AS_RECORDED, &facts, &fact_count) ||
        !write_versions(writer, HISTORY_AS_RECORDED, facts, fact_count, versions, count)) {
        return false;
    }
    qsort(valid, valid_count, sizeof *valid, compare_versions_by_fact);
    for (uint32_t i = 0; i < *count; i++) {
        const struct history_version *same = bsearch(&(*versions)[i], valid, valid_count, sizeof *valid, compare_versions_by_fact);
        (*versions)[i].valid_to = same != NULL ? same->valid_to : TIME_MAX;
    }
    return true;
}

static bool write_history(struct writer *writer)
{
    struct history *history = writer->history;
    if (writer->scope.order == HISTORY_AS_RECORDED) {
        return write_as_recorded(writer, &history->versions, &history->version_count);
    }
    if (writer->scope.after > INT64_MIN) {
        struct moment moment = {.valid_at = writer->scope.after, .fact = GRAPH_NONE, .known_facts = writer->known_facts};
        if (!state_at(writer, moment, &history->before, &history->existed)) {
            return false;
        }
    }
    return write_by_validity(writer, &history->versions, &history->version_count);
}

enum status history_open(const struct graph *graph, uint32_t node, struct history_scope scope, struct arena *arena,
                         struct history **out, struct error *error)
{
    assert(node < graph->node_count);
    assert(scope.order == HISTORY_BY_VALIDITY || (scope.after == INT64_MIN && scope.until == TIME_MAX));
    struct history *history = arena_new_zeroed(arena, 1, sizeof *history);
    struct graph_view *reader = arena_new_zeroed(arena, 1, sizeof *reader);
    if (history == NULL || reader == NULL) {
        return error_no_memory(error, "history");
    }
    struct writer writer = {.graph = graph,
                            .arena = arena,
                            .node = graph_node_at(graph, node),
                            .number = node,
                            .scope = scope,
                            .known_facts = graph_known_facts(graph, scope.known_at),
                            .history = history};
    const struct iteration *iteration = &graph->iterations[writer.node->iteration];
    history->tenant_id = intern_text(graph->texts, iteration->tenant);
    history->iteration_id = intern_text(graph->texts, iteration->id);
    *reader = (struct graph_view){.graph = graph,
                                  .arena = arena,
                                  .tenant_id = history->tenant_id,
                                  .iteration_id = history->iteration_id,
                                  .valid_at = scope.until,
                                  .known_at = scope.known_at,
                                  .known_facts = writer.known_facts};
    history->reader = reader;
    history->before = (struct view_node){.kind = (enum node_kind)writer.node->kind,
                                         .id = intern_text(graph->texts, writer.node->id),
                                         .node = node,
                                         .first_fact = VIEW_NONE,
                                         .last_fact = VIEW_NONE};
    if (!write_history(&writer)) {
        return error_no_memory(error, "history");
    }
    *out = history;
    return STATUS_OK;
}
