/* Folding the facts of a node into its state at one moment (V, K).
 *
 * A node's state is, for each of its properties, the value that was set last among the facts with valid_from ≤ V and an
 * index below `known_facts` (= observed_at ≤ K, see graph.h). Each property keeps its facts in order of validity, so
 *   - where everything is in view, that is the last entry;
 *   - where no event of the node came late, indexes ascend together with validity, and one binary search over the
 *     entries finds it without touching a fact;
 *   - otherwise a binary search by validity gives the last entry by V, and from there one steps back over those that were
 *     not yet known at K.
 *
 * What exists: a node with a fact in view. Nodes that analyses report (CodeModule, Violation, Cycle) are different: an
 * analysis is a full statement, so at its completion all is gone that the same manifest last reported before the start of
 * that analysis (SPEC section 2). Fact by fact this reads: a report by manifest M from before the start of M's latest
 * completed analysis is swept, and a swept fact sets nothing. What another manifest, or a later report of M, says of the
 * same property shows instead; a node with no report left does not exist. What people say of such a node (suppressions,
 * links by hand) is no report and is never swept. Nothing is deleted for any of this: it follows from the facts at every
 * (V, K).
 */
#include "graph/fold.h"

#include <assert.h>

/* --- what is in view --------------------------------------------------------------------------------------------------- */

/* What of a node's facts is in view. */
struct window {
    const struct fold *fold;
    const struct node *node;
    bool all;       /* everything */
    uint32_t below; /* where the node's facts came in order: those with an index below this are in view */
};

static bool is_valid(const struct fold *fold, uint32_t fact)
{
    int64_t valid_from = graph_fact_at(fold->graph, fact)->valid_from;
    if (valid_from != fold->moment.valid_at || fold->moment.fact == GRAPH_NONE) {
        return valid_from <= fold->moment.valid_at;
    }
    return fact == fold->moment.fact || fact_order(fold->graph, fact, fold->moment.fact) < 0;
}

/* Number of the node's facts, from the oldest, that are valid at the moment. */
static uint32_t facts_until(const struct fold *fold, const struct node *node)
{
    const uint32_t *facts = node_facts(node);
    uint32_t low = 0, high = node->fact_count;
    if (is_valid(fold, facts[high - 1])) {
        return high;
    }
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (is_valid(fold, facts[middle])) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* How many of ascending indexes are below the limit. */
static uint32_t facts_below(const uint32_t *facts, uint32_t count, uint32_t limit)
{
    uint32_t low = 0, high = count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (facts[middle] < limit) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Fills first, last and version of `to`. */
static void look_at_facts(const struct fold *fold, const struct node *node, struct view_node *to, struct window *window)
{
    const uint32_t *facts = node_facts(node);
    uint32_t until = facts_until(fold, node);
    uint32_t known = fold->moment.known_facts;
    to->version = 0;
    to->first_fact = to->last_fact = VIEW_NONE;
    if (node->in_order) {
        to->version = facts_below(facts, until, known);
        to->first_fact = to->version > 0 ? facts[0] : VIEW_NONE;
        to->last_fact = to->version > 0 ? facts[to->version - 1] : VIEW_NONE;
    }
    for (uint32_t i = 0; !node->in_order && i < until; i++) {
        if (facts[i] < known) {
            to->first_fact = to->version == 0 ? facts[i] : to->first_fact;
            to->last_fact = facts[i];
            to->version++;
        }
    }
    *window = (struct window){.fold = fold,
                              .node = node,
                              .all = to->version == node->fact_count,
                              .below = to->version > 0 ? to->last_fact + 1 : 0};
}

/* Number of entries, from the oldest, that validity (and, where the node is in order, knowledge) lets through. */
static uint32_t entries_until(const struct track *track, const struct window *window)
{
    const struct entry *entries = track_entries(track);
    uint32_t low = 0, high = track->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        bool inside = window->node->in_order ? entries[middle].fact < window->below
                                             : is_valid(window->fold, entries[middle].fact);
        if (inside) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* --- what analyses swept away -------------------------------------------------------------------------------------------- */

bool fold_is_reported_kind(enum node_kind kind)
{
    return kind == NODE_MODULE || kind == NODE_VIOLATION || kind == NODE_CYCLE;
}

/* Whether what the manifest said in this fact has been swept away by a later analysis of its own. */
static bool manifest_swept(const struct fold *fold, uint32_t manifest, uint32_t fact)
{
    for (uint32_t i = 0; i < fold->cut_count; i++) {
        if (fold->cuts[i].manifest == manifest) {
            return graph_fact_at(fold->graph, fact)->valid_from < fold->cuts[i].start;
        }
    }
    return false;
}

static bool track_holds(const struct graph *graph, const struct track *track, uint32_t fact)
{
    const struct entry *entries = track_entries(track);
    uint32_t low = 0, high = track->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (entries[middle].fact == fact) {
            return true;
        }
        if (fact_order(graph, entries[middle].fact, fact) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return false;
}

/* The node's tracks of PROPERTY_REPORTED: one for each manifest that ever reported it. */
static const struct track *report_tracks(const struct node *node, uint32_t *count)
{
    uint32_t from = 0;
    while (from < node->track_count && node->tracks[from].property < PROPERTY_REPORTED) {
        from++;
    }
    *count = 0;
    while (from + *count < node->track_count && node->tracks[from + *count].property == PROPERTY_REPORTED) {
        ++*count;
    }
    return &node->tracks[from];
}

static bool is_swept(const struct window *window, const struct track *track, uint32_t fact)
{
    const struct fold *fold = window->fold;
    if (fold->cut_count == 0 || !fold_is_reported_kind((enum node_kind)window->node->kind) ||
        graph_fact_at(fold->graph, fact)->valid_from >= fold->cut_last) {
        return false;
    }
    if (track->property == PROPERTY_REPORTED) {
        return manifest_swept(fold, track->sub, fact);
    }
    uint32_t count;
    const struct track *reports = report_tracks(window->node, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (track_holds(fold->graph, &reports[i], fact)) {
            return manifest_swept(fold, reports[i].sub, fact);
        }
    }
    return false;
}

/* True when all facts of the node are reports by one manifest: what comes before a swept one is swept too. */
static bool has_one_voice(const struct node *node)
{
    uint32_t count;
    const struct track *reports = report_tracks(node, &count);
    return count == 1 && reports->count == node->fact_count;
}

/* --- one property ---------------------------------------------------------------------------------------------------------- */

/* The entry in force, or NULL when the property is not set at the moment. */
static const struct entry *entry_in_force(const struct track *track, const struct window *window)
{
    const struct entry *entries = track_entries(track);
    for (uint32_t i = window->all ? track->count : entries_until(track, window); i > 0; i--) {
        const struct entry *entry = &entries[i - 1];
        if (entry->fact >= window->fold->moment.known_facts) {
            continue;
        }
        if (!is_swept(window, track, entry->fact)) {
            return entry;
        }
        if (has_one_voice(window->node)) {
            return NULL;
        }
    }
    return NULL;
}

/* --- one node ---------------------------------------------------------------------------------------------------------------- */

static bool is_still_reported(const struct window *window)
{
    uint32_t count;
    const struct track *reports = report_tracks(window->node, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (entry_in_force(&reports[i], window) != NULL) {
            return true;
        }
    }
    return false;
}

static bool fold_properties(const struct window *window, struct view_node *to)
{
    const struct node *node = window->node;
    struct view_property *properties = arena_new(window->fold->arena, node->track_count * sizeof *properties);
    if (properties == NULL) {
        return false;
    }
    uint32_t count = 0;
    for (uint32_t t = 0; t < node->track_count; t++) {
        const struct track *track = &node->tracks[t];
        const struct entry *entry = entry_in_force(track, window);
        if (entry != NULL) {
            properties[count++] = (struct view_property){
                .property = track->property, .sub = track->sub, .value = entry->value, .fact = entry->fact};
        }
    }
    to->properties = properties;
    to->property_count = count;
    return true;
}

bool fold_node(const struct fold *fold, uint32_t number, struct view_node *to, bool *exists)
{
    const struct node *node = graph_node_at(fold->graph, number);
    struct window window;
    look_at_facts(fold, node, to, &window);
    *exists = to->version > 0 && (!fold_is_reported_kind((enum node_kind)node->kind) || is_still_reported(&window));
    to->kind = (enum node_kind)node->kind;
    to->id = intern_text(fold->graph->texts, node->id);
    to->node = number;
    to->property_count = 0;
    to->properties = NULL;
    return !*exists || fold_properties(&window, to);
}

/* --- the iteration's own node: when analyses began ----------------------------------------------------------------------- */

/* The last known entry whose fact comes before `fact` in order of validity. */
static const struct entry *entry_before(const struct fold *fold, const struct track *track, uint32_t fact)
{
    const struct entry *entries = track_entries(track);
    for (uint32_t i = track->count; i > 0; i--) {
        if (entries[i - 1].fact < fold->moment.known_facts && fact_order(fold->graph, entries[i - 1].fact, fact) < 0) {
            return &entries[i - 1];
        }
    }
    return NULL;
}

static const struct track *find_started(const struct node *node, uint32_t manifest)
{
    for (uint32_t t = 0; t < node->track_count; t++) {
        if (node->tracks[t].property == PROPERTY_ANALYSIS_STARTED && node->tracks[t].sub == manifest) {
            return &node->tracks[t];
        }
    }
    return NULL;
}

bool fold_begin(struct fold *fold, const struct graph *graph, uint32_t iteration, struct moment moment, struct arena *arena)
{
    *fold = (struct fold){.graph = graph, .arena = arena, .moment = moment, .cut_last = INT64_MIN};
    uint32_t number = graph_find_node(graph, iteration, NODE_ITERATION, graph->iterations[iteration].id);
    if (number == GRAPH_NONE) {
        return true;
    }
    const struct node *node = graph_node_at(graph, number);
    fold->cuts = arena_new(arena, node->track_count * sizeof *fold->cuts);
    if (fold->cuts == NULL) {
        return false;
    }
    struct view_node unused;
    struct window window;
    look_at_facts(fold, node, &unused, &window);
    for (uint32_t t = 0; unused.version > 0 && t < node->track_count; t++) {
        const struct track *completed = &node->tracks[t];
        const struct track *started =
            completed->property == PROPERTY_ANALYSIS_COMPLETED ? find_started(node, completed->sub) : NULL;
        const struct entry *end = started == NULL ? NULL : entry_in_force(completed, &window);
        const struct entry *start = end == NULL ? NULL : entry_before(fold, started, end->fact);
        if (start != NULL) {
            int64_t from = graph_fact_at(graph, start->fact)->valid_from;
            fold->cuts[fold->cut_count++] = (struct manifest_cut){completed->sub, from};
            fold->cut_last = from > fold->cut_last ? from : fold->cut_last;
        }
    }
    return true;
}
