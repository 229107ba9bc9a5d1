/* The spine through one node.
 *
 * Steps: a table says which links lead down from each kind of node (and, read backwards, up). Three walks mark nodes:
 *   down from the start, up from the start, and then sideways once from the requirements that the walk up reached: to
 *   the tasks they are fulfilled by (and down from there) where the start is on the behaviour side, to the features and
 *   scenarios that validate them where it is on the building side.
 * A walk never turns back, so brothers of a node (other tasks of its requirement, say) stay out. From a requirement the
 * walk down stops at contracts: the tasks behind them serve other requirements as well. Last, the features of the scenarios
 * that were reached are marked, since a scenario is a part of its feature whichever of the two names the requirement. */
#include "lens/lens_convergence.h"

#include <assert.h>
#include <string.h>

/* source → target is the link's own direction; `backward` where the spine runs against it. */
struct step {
    enum node_kind upper, lower;
    enum link_kind link;
    bool backward;
};

static const struct step steps[] = {
    {NODE_REQUIREMENT, NODE_SPEC, LINK_VALIDATED_BY, false},
    {NODE_REQUIREMENT, NODE_SCENARIO, LINK_VALIDATED_BY, false},
    {NODE_REQUIREMENT, NODE_TASK, LINK_FULFILLED_BY, false},
    {NODE_SPEC, NODE_SCENARIO, LINK_BELONGS_TO, true},
    {NODE_SCENARIO, NODE_CONTRACT, LINK_VALIDATES, false},
    {NODE_CONTRACT, NODE_TASK, LINK_IMPLEMENTS, true},
    {NODE_TASK, NODE_ARTIFACT, LINK_GENERATES, false},
    {NODE_ARTIFACT, NODE_MODULE, LINK_CONTAINS, false},
    {NODE_MODULE, NODE_COMPONENT, LINK_BELONGS_TO, false},
};

struct walker {
    const struct graph_view *view;
    struct arena *arena;
    bool *marked;
    uint32_t *queue;
    bool stop_at_contracts;
};

static const struct step *step_of(const struct graph_view *view, const struct view_link *link)
{
    enum node_kind source = view->nodes[link->source].kind, target = view->nodes[link->target].kind;
    if (!(link->confidence > 0)) {
        return NULL;
    }
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        const struct step *step = &steps[i];
        if (step->link == link->kind && (step->backward ? step->lower : step->upper) == source &&
            (step->backward ? step->upper : step->lower) == target) {
            return step;
        }
    }
    return NULL;
}

/* Where a link leads from `node` when walking down (or up); VIEW_NONE when it does not lead that way. */
static uint32_t follow(const struct graph_view *view, const struct view_link *link, uint32_t node, bool down)
{
    const struct step *step = step_of(view, link);
    if (step == NULL || link->source == link->target) {
        return VIEW_NONE;
    }
    uint32_t upper = step->backward ? link->target : link->source;
    uint32_t lower = step->backward ? link->source : link->target;
    return down ? (upper == node ? lower : VIEW_NONE) : (lower == node ? upper : VIEW_NONE);
}

/* Marks all that is below (above) `start`, which is marked too. Only links of kind `first` are followed from the start
 * itself, all of them where it is LINK_KIND_COUNT. `seen` belongs to this walk: walks in different directions may cross. */
static bool walk(struct walker *walker, uint32_t start, bool down, enum link_kind first)
{
    const struct graph_view *view = walker->view;
    bool *seen = arena_new_zeroed(walker->arena, view->node_count, sizeof *seen);
    if (seen == NULL) {
        return false;
    }
    uint32_t count = 0;
    walker->queue[count++] = start;
    seen[start] = true;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t node = walker->queue[i];
        walker->marked[node] = true;
        if (down && walker->stop_at_contracts && view->nodes[node].kind == NODE_CONTRACT) {
            continue;
        }
        uint32_t out = view_out_count(view, node), links = out + view_in_count(view, node);
        for (uint32_t j = 0; j < links; j++) {
            const struct view_link *link = j < out ? view_out(view, node, j) : view_in(view, node, j - out);
            uint32_t next = follow(view, link, node, down);
            if (next != VIEW_NONE && !seen[next] && (i > 0 || first == LINK_KIND_COUNT || link->kind == first)) {
                seen[next] = true;
                walker->queue[count++] = next;
            }
        }
    }
    return true;
}

static bool walk_sideways(struct walker *walker, enum node_kind start_kind)
{
    const struct graph_view *view = walker->view;
    bool behaviour = start_kind == NODE_SPEC || start_kind == NODE_SCENARIO || start_kind == NODE_CONTRACT;
    walker->stop_at_contracts = true;
    for (uint32_t n = view->kind_start[NODE_REQUIREMENT]; n < view->kind_start[NODE_REQUIREMENT + 1]; n++) {
        if (walker->marked[n] && !walk(walker, n, true, behaviour ? LINK_FULFILLED_BY : LINK_VALIDATED_BY)) {
            return false;
        }
    }
    return true;
}

static void mark_features(struct walker *walker)
{
    const struct graph_view *view = walker->view;
    for (uint32_t n = view->kind_start[NODE_SCENARIO]; n < view->kind_start[NODE_SCENARIO + 1]; n++) {
        for (uint32_t i = 0; walker->marked[n] && i < view_out_count(view, n); i++) {
            const struct view_link *link = view_out(view, n, i);
            if (link->kind == LINK_BELONGS_TO && link->confidence > 0) {
                walker->marked[link->target] = true;
            }
        }
    }
}

static bool walk_from(struct walker *walker, uint32_t start)
{
    enum node_kind kind = walker->view->nodes[start].kind;
    walker->stop_at_contracts = kind == NODE_REQUIREMENT;
    return walk(walker, start, true, LINK_KIND_COUNT) && walk(walker, start, false, LINK_KIND_COUNT) &&
           (kind == NODE_REQUIREMENT || walk_sideways(walker, kind));
}

/* Nodes beside the spine are traced through what they are about. */
static bool is_beside(enum node_kind kind)
{
    return kind == NODE_VIOLATION || kind == NODE_TEST_RUN || kind == NODE_QUALITY_GATE || kind == NODE_CYCLE ||
           kind == NODE_ITERATION;
}

static uint32_t about(const struct view_link *link, uint32_t node)
{
    bool beside = link->kind == LINK_AFFECTS || link->kind == LINK_EXECUTED || link->kind == LINK_GATED_BY;
    return !beside || !(link->confidence > 0) ? VIEW_NONE : link->source == node ? link->target : link->source;
}

static bool walk_all(struct walker *walker, uint32_t start)
{
    const struct graph_view *view = walker->view;
    walker->marked[start] = true;
    if (!is_beside(view->nodes[start].kind)) {
        return walk_from(walker, start);
    }
    uint32_t out = view_out_count(view, start), links = out + view_in_count(view, start);
    for (uint32_t i = 0; i < links; i++) {
        uint32_t next = about(i < out ? view_out(view, start, i) : view_in(view, start, i - out), start);
        if (next != VIEW_NONE && !walk_from(walker, next)) {
            return false;
        }
    }
    return true;
}

/* --- what was marked ---------------------------------------------------------------------------------------------------- */

static enum trace_level level_of(enum node_kind kind)
{
    switch (kind) {
    case NODE_REQUIREMENT:
        return TRACE_REQUIREMENT;
    case NODE_SPEC:
        return TRACE_SPEC;
    case NODE_SCENARIO:
        return TRACE_SCENARIO;
    case NODE_CONTRACT:
        return TRACE_CONTRACT;
    case NODE_TASK:
        return TRACE_TASK;
    case NODE_ARTIFACT:
        return TRACE_ARTIFACT;
    case NODE_MODULE:
        return TRACE_MODULE;
    case NODE_COMPONENT:
        return TRACE_COMPONENT;
    default:
        return TRACE_OTHER;
    }
}

const char *trace_level_name(enum trace_level level)
{
    static const char *const names[TRACE_LEVEL_COUNT] = {"Requirement", "BehavioralSpec", "Scenario", "InterfaceContract",
                                                         "Task", "Artifact", "CodeModule", "ArchitectureComponent", "Other"};
    return names[level];
}

static bool list_nodes(const struct walker *walker, struct trace *trace)
{
    const struct graph_view *view = walker->view;
    struct arena_list nodes;
    arena_list_init(&nodes, walker->arena, sizeof *trace->nodes);
    for (int level = 0; level < TRACE_LEVEL_COUNT; level++) {
        trace->level_starts[level] = nodes.count;
        for (uint32_t n = 0; n < view->node_count; n++) {
            if (!walker->marked[n] || level_of(view->nodes[n].kind) != (enum trace_level)level) {
                continue;
            }
            uint32_t *node = arena_list_add(&nodes);
            if (node == NULL) {
                return false;
            }
            *node = n;
        }
    }
    trace->level_starts[TRACE_LEVEL_COUNT] = nodes.count;
    trace->nodes = (uint32_t *)nodes.items;
    return true;
}

static bool list_links(const struct walker *walker, struct trace *trace)
{
    const struct graph_view *view = walker->view;
    struct arena_list links;
    arena_list_init(&links, walker->arena, sizeof *trace->links);
    for (uint32_t i = 0; i < view->link_count; i++) {
        const struct view_link *link = &view->links[i];
        bool beside = (link->source == trace->node || link->target == trace->node) && is_beside(view->nodes[trace->node].kind) &&
                      about(link, trace->node) != VIEW_NONE;
        if (!walker->marked[link->source] || !walker->marked[link->target] || (step_of(view, link) == NULL && !beside)) {
            continue;
        }
        uint32_t *item = arena_list_add(&links);
        if (item == NULL) {
            return false;
        }
        *item = i;
    }
    trace->links = (uint32_t *)links.items;
    trace->link_count = links.count;
    return true;
}

static bool has_link(const struct graph_view *view, uint32_t node, enum link_kind kind)
{
    uint32_t out = view_out_count(view, node), links = out + view_in_count(view, node);
    for (uint32_t i = 0; i < links; i++) {
        const struct view_link *link = i < out ? view_out(view, node, i) : view_in(view, node, i - out);
        if (link->kind == kind && link->confidence > 0) {
            return true;
        }
    }
    return false;
}

/* What each kind of node should be linked to, which level that is, and what is missing without. */
static const struct expectation {
    enum node_kind kind;
    enum link_kind link, or_link; /* either will do; LINK_KIND_COUNT: no alternative */
    enum trace_level missing;
    const char *sentence;
} expectations[] = {
    {NODE_REQUIREMENT, LINK_VALIDATED_BY, LINK_KIND_COUNT, TRACE_SCENARIO,
     "is validated by no scenario; tag one @requirement:ID or name requirement_id in its events."},
    {NODE_REQUIREMENT, LINK_FULFILLED_BY, LINK_KIND_COUNT, TRACE_TASK,
     "is fulfilled by no task; name requirement_id in a task's events."},
    {NODE_SPEC, LINK_BELONGS_TO, LINK_KIND_COUNT, TRACE_SCENARIO, "has no scenario."},
    {NODE_SCENARIO, LINK_VALIDATED_BY, LINK_VALIDATES, TRACE_REQUIREMENT,
     "validates neither a requirement nor a contract; tag it @requirement:ID or @contract:Name:version."},
    {NODE_CONTRACT, LINK_IMPLEMENTS, LINK_KIND_COUNT, TRACE_TASK,
     "is implemented by no task; name contract_id in the task's events."},
    {NODE_CONTRACT, LINK_VALIDATES, LINK_KIND_COUNT, TRACE_SCENARIO,
     "is validated by no scenario; tag one @contract:Name:version."},
    {NODE_TASK, LINK_FULFILLED_BY, LINK_KIND_COUNT, TRACE_REQUIREMENT,
     "fulfils no requirement; name requirement_id in its events."},
    {NODE_TASK, LINK_GENERATES, LINK_KIND_COUNT, TRACE_ARTIFACT, "generates no artifact."},
    {NODE_ARTIFACT, LINK_GENERATES, LINK_KIND_COUNT, TRACE_TASK, "comes from no known task."},
    {NODE_ARTIFACT, LINK_CONTAINS, LINK_KIND_COUNT, TRACE_MODULE,
     "contains no module that an analysis reports; compare the paths."},
    {NODE_MODULE, LINK_CONTAINS, LINK_KIND_COUNT, TRACE_ARTIFACT, "is in no artifact; compare the paths."},
    {NODE_MODULE, LINK_BELONGS_TO, LINK_KIND_COUNT, TRACE_COMPONENT,
     "belongs to no component; name it in the module's events."},
    {NODE_COMPONENT, LINK_BELONGS_TO, LINK_KIND_COUNT, TRACE_MODULE, "has no module."},
};

/* A scenario is validated through its feature as well. */
static bool is_met(const struct graph_view *view, uint32_t node, const struct expectation *expectation)
{
    bool met = has_link(view, node, expectation->link) ||
               (expectation->or_link != LINK_KIND_COUNT && has_link(view, node, expectation->or_link));
    for (uint32_t i = 0; !met && expectation->kind == NODE_SCENARIO && i < view_out_count(view, node); i++) {
        const struct view_link *link = view_out(view, node, i);
        met = link->kind == LINK_BELONGS_TO && link->confidence > 0 && has_link(view, link->target, LINK_VALIDATED_BY);
    }
    return met;
}

static bool list_gaps(const struct walker *walker, struct trace *trace)
{
    const struct graph_view *view = walker->view;
    struct arena_list gaps;
    arena_list_init(&gaps, walker->arena, sizeof *trace->gaps);
    for (uint32_t i = 0; i < trace->level_starts[TRACE_LEVEL_COUNT]; i++) {
        uint32_t node = trace->nodes[i];
        for (size_t e = 0; e < sizeof expectations / sizeof *expectations; e++) {
            const struct expectation *expectation = &expectations[e];
            if (expectation->kind != view->nodes[node].kind || is_met(view, node, expectation)) {
                continue;
            }
            struct trace_gap *gap = arena_list_add(&gaps);
            if (gap == NULL || !arena_format(walker->arena, &gap->sentence, "%s %.*s %s",
                                             node_kind_name(view->nodes[node].kind), STR_ARGS(view->nodes[node].id),
                                             expectation->sentence)) {
                return false;
            }
            gap->node = node;
            gap->missing = expectation->missing;
        }
    }
    trace->gaps = (struct trace_gap *)gaps.items;
    trace->gap_count = gaps.count;
    return true;
}

bool trace_level_is_needed(enum trace_level level)
{
    return level == TRACE_REQUIREMENT || level == TRACE_SPEC || level == TRACE_TASK || level == TRACE_ARTIFACT ||
           level == TRACE_MODULE || level == TRACE_COMPONENT;
}

static bool is_complete(const struct trace *trace)
{
    bool complete = true;
    for (int level = 0; level < TRACE_LEVEL_COUNT; level++) {
        bool empty = trace->level_starts[level] == trace->level_starts[level + 1];
        complete = complete && !(empty && trace_level_is_needed((enum trace_level)level));
    }
    return complete;
}

enum status lens_trace(const struct graph_view *view, uint32_t node, struct arena *arena, struct trace *trace,
                       struct error *error)
{
    assert(node < view->node_count);
    struct walker walker = {.view = view, .arena = arena};
    *trace = (struct trace){.node = node};
    walker.marked = arena_new_zeroed(arena, view->node_count, sizeof *walker.marked);
    walker.queue = arena_new(arena, view->node_count * sizeof *walker.queue);
    if (walker.marked == NULL || walker.queue == NULL || !walk_all(&walker, node)) {
        return error_no_memory(error, "trace");
    }
    mark_features(&walker);
    if (!list_nodes(&walker, trace) || !list_links(&walker, trace) || !list_gaps(&walker, trace)) {
        return error_no_memory(error, "trace");
    }
    trace->complete = is_complete(trace);
    return STATUS_OK;
}
