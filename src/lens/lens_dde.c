#include "lens/lens_dde.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lens/scc.h"

struct reader {
    const struct graph_view *view;
    struct arena *arena;
    struct lens_dde *lens;
};

/* --- tasks ---------------------------------------------------------------------------------------------------------- */

static struct measure fact_time(const struct graph_view *view, uint32_t fact)
{
    return fact == VIEW_NONE ? MEASURE_UNKNOWN : measure_of((double)view_fact_valid_from(view, fact));
}

static uint32_t status_fact(const struct view_node *node)
{
    uint32_t fact = lens_property_fact(node, PROPERTY_STATUS);
    return fact != VIEW_NONE ? fact : lens_property_fact(node, PROPERTY_STATUS_DECLARED);
}

static void read_times(const struct graph_view *view, const struct view_node *node, struct dde_task *task)
{
    uint32_t started = lens_property_fact(node, PROPERTY_STARTED);
    uint32_t ended = lens_property_fact(node, PROPERTY_ENDED);
    if (started != VIEW_NONE && ended != VIEW_NONE && lens_fact_compare(view, started, ended) > 0) {
        ended = VIEW_NONE; /* started again since */
    }
    task->started_at = fact_time(view, started);
    task->ended_at = fact_time(view, ended);
    if (task->started_at.known && task->ended_at.known) {
        task->duration_ms = measure_of(task->ended_at.value - task->started_at.value);
    }
}

static void read_task(const struct graph_view *view, uint32_t index, struct dde_task *task)
{
    const struct view_node *node = &view->nodes[index];
    *task = (struct dde_task){.node = index, .status = view_status(node), .status_fact = status_fact(node)};
    read_times(view, node, task);
    task->retried = view_integer(view, node, PROPERTY_RETRIED, 0) != 0;
    task->started = task->retried || lens_property_fact(node, PROPERTY_STARTED) != VIEW_NONE ||
                    lens_property_fact(node, PROPERTY_ENDED) != VIEW_NONE || task->status == STATE_COMPLETED ||
                    task->status == STATE_FAILED;
    task->estimated_effort = measure_from_text(view_metadata(view, node, STR("estimated_effort")));
    if (task->estimated_effort.value < 0) {
        task->estimated_effort = MEASURE_UNKNOWN;
    }
    task->retry_count = view_integer(view, node, EVENT_FIELD_RETRY_COUNT,
                                     view_integer(view, node, EVENT_FIELD_ERROR_INFO_RETRY_COUNT, task->retried));
    task->max_retries = view_integer(view, node, EVENT_FIELD_MAX_RETRIES,
                                     view_integer(view, node, EVENT_FIELD_ERROR_INFO_MAX_RETRIES, -1));
    int64_t next = view_integer(view, node, EVENT_FIELD_NEXT_RETRY_AT, -1);
    task->next_retry_at = task->status == STATE_RETRYING && next >= 0 ? measure_of((double)next) : MEASURE_UNKNOWN;
    bool in_trouble = task->status == STATE_FAILED || task->status == STATE_RETRYING || task->status == STATE_BLOCKED;
    task->error_message = in_trouble ? lens_error_message(view, node) : STR_NONE;
    task->capability = view_metadata(view, node, STR("capability"));
}

static bool is_task_dependency(const struct graph_view *view, const struct view_link *link)
{
    return link->kind == LINK_DEPENDS_ON && link->confidence > 0 && view->nodes[link->source].kind == NODE_TASK &&
           view->nodes[link->target].kind == NODE_TASK;
}

static void count_dependencies(const struct graph_view *view, struct dde_task *task)
{
    for (uint32_t i = 0; i < view_out_count(view, task->node); i++) {
        task->depends_on_count += is_task_dependency(view, view_out(view, task->node, i));
    }
    for (uint32_t i = 0; i < view_in_count(view, task->node); i++) {
        task->dependent_count += is_task_dependency(view, view_in(view, task->node, i));
    }
}

static bool read_tasks(struct reader *reader)
{
    const struct graph_view *view = reader->view;
    struct lens_dde *lens = reader->lens;
    uint32_t first = view->kind_start[NODE_TASK];
    lens->task_count = view->kind_start[NODE_TASK + 1] - first;
    lens->tasks = arena_new(reader->arena, lens->task_count * sizeof *lens->tasks);
    lens->task_of_node = arena_new(reader->arena, view->node_count * sizeof *lens->task_of_node);
    if (lens->tasks == NULL || lens->task_of_node == NULL) {
        return false;
    }
    memset(lens->task_of_node, 0xff, view->node_count * sizeof *lens->task_of_node);
    for (uint32_t i = 0; i < lens->task_count; i++) {
        struct dde_task *task = &lens->tasks[i];
        read_task(view, first + i, task);
        count_dependencies(view, task);
        lens->task_of_node[first + i] = i;
        lens->status_counts[task->status]++;
        lens->started += task->started;
        lens->retried += task->retried;
    }
    lens->completed = lens->status_counts[STATE_COMPLETED];
    lens->failed = lens->status_counts[STATE_FAILED];
    lens->success_rate = measure_ratio(lens->completed, (uint64_t)lens->completed + lens->failed);
    lens->retry_rate = measure_ratio(lens->retried, lens->started);
    lens->has_data = lens->completed + lens->failed > 0;
    return true;
}

/* --- what is open ----------------------------------------------------------------------------------------------------- */

static bool is_open(enum node_status status)
{
    return status == STATE_RUNNING || status == STATE_RETRYING || status == STATE_PENDING || status == STATE_READY;
}

static bool add_open(struct arena_list *list, const char *what, struct str name, uint32_t node, uint32_t fact)
{
    struct lens_open_run *run = arena_list_add(list);
    if (run == NULL) {
        return false;
    }
    *run = (struct lens_open_run){what, name, node, fact};
    return true;
}

static bool read_open_workflows(struct reader *reader, struct arena_list *open)
{
    const struct graph_view *view = reader->view;
    for (uint32_t n = view->kind_start[NODE_ITERATION]; n < view->kind_start[NODE_ITERATION + 1]; n++) {
        uint32_t count;
        const struct view_property *workflow = view_properties(&view->nodes[n], PROPERTY_WORKFLOW, &count);
        for (uint32_t i = 0; i < count; i++) {
            reader->lens->workflow_reported = true;
            if (view_value_integer(view, workflow[i].value) == STATE_RUNNING &&
                !add_open(open, "workflow", view_sub_text(view, workflow[i].sub), n, workflow[i].fact)) {
                return false;
            }
        }
    }
    lens_open_runs_sort((struct lens_open_run *)open->items, open->count);
    return true;
}

static bool read_open_runs(struct reader *reader)
{
    struct lens_dde *lens = reader->lens;
    struct arena_list open;
    arena_list_init(&open, reader->arena, sizeof(struct lens_open_run));
    if (!read_open_workflows(reader, &open)) {
        return false;
    }
    for (uint32_t i = 0; !lens->workflow_reported && i < lens->task_count; i++) {
        const struct dde_task *task = &lens->tasks[i];
        if (is_open(task->status) && !add_open(&open, "task", view_name(reader->view, &reader->view->nodes[task->node]),
                                               task->node, task->status_fact)) {
            return false;
        }
    }
    lens->open_runs = (struct lens_open_run *)open.items;
    lens->open_run_count = open.count;
    return true;
}

/* --- contracts, gates, artifacts ---------------------------------------------------------------------------------------- */

static bool is_interface(const struct graph_view *view, uint32_t task)
{
    return view_integer(view, &view->nodes[task], EVENT_FIELD_NODE_TYPE, -1) == EVENT_NODE_TYPE_INTERFACE;
}

/* The task that the event named, else the first one linked (an interface task before others). */
static uint32_t task_behind(const struct graph_view *view, uint32_t node, enum link_kind kind)
{
    struct str named = view_text(view, &view->nodes[node], PROPERTY_PRODUCER);
    uint32_t found = named.at == NULL ? VIEW_NONE : view_find(view, NODE_TASK, named);
    for (uint32_t i = 0; found == VIEW_NONE && i < view_in_count(view, node); i++) {
        const struct view_link *link = view_in(view, node, i);
        if (link->kind == kind && link->confidence > 0 && (kind != LINK_IMPLEMENTS || is_interface(view, link->source))) {
            found = link->source;
        }
    }
    for (uint32_t i = 0; found == VIEW_NONE && i < view_in_count(view, node); i++) {
        const struct view_link *link = view_in(view, node, i);
        if (link->kind == kind && link->confidence > 0) {
            found = link->source;
        }
    }
    return found;
}

/* Last start of the task at or before the lock, to the lock. */
static enum status read_latency(struct reader *reader, struct dde_contract *contract)
{
    const struct graph_view *view = reader->view;
    const struct view_property *starts;
    if (contract->task == VIEW_NONE || contract->lock_fact == VIEW_NONE) {
        return STATUS_OK;
    }
    uint32_t count = view_sets(view, &view->nodes[contract->task], PROPERTY_STARTED, 0, VIEW_NONE, &starts);
    if (count == UINT32_MAX) {
        return STATUS_FATAL;
    }
    for (uint32_t i = count; i > 0; i--) {
        double latency = contract->locked_at.value - (double)view_fact_valid_from(view, starts[i - 1].fact);
        if (latency >= 0) {
            contract->lock_latency_ms = measure_of(latency);
            break;
        }
    }
    return STATUS_OK;
}

static struct str version_of(const struct graph_view *view, const struct view_node *node)
{
    size_t colon = str_find(node->id, ':');
    return colon < node->id.length ? str_from_offset(node->id, colon + 1)
                                   : view_text(view, node, EVENT_FIELD_CONTRACT_VERSION);
}

static bool read_contracts(struct reader *reader)
{
    const struct graph_view *view = reader->view;
    struct lens_dde *lens = reader->lens;
    uint32_t first = view->kind_start[NODE_CONTRACT], latency_count = 0;
    lens->contract_count = view->kind_start[NODE_CONTRACT + 1] - first;
    lens->contracts = arena_new_zeroed(reader->arena, lens->contract_count + (size_t)1, sizeof *lens->contracts);
    double *latencies = arena_new(reader->arena, lens->contract_count * sizeof *latencies);
    if (lens->contracts == NULL || latencies == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < lens->contract_count; i++) {
        struct dde_contract *contract = &lens->contracts[i];
        const struct view_node *node = &view->nodes[first + i];
        contract->node = first + i;
        contract->task = task_behind(view, contract->node, LINK_IMPLEMENTS);
        contract->lock_fact = lens_property_fact(node, PROPERTY_LOCKED);
        contract->locked = view_integer(view, node, PROPERTY_LOCKED, 0) != 0;
        contract->locked_at = fact_time(view, contract->lock_fact);
        contract->version = version_of(view, node);
        if (read_latency(reader, contract) != STATUS_OK) {
            return false;
        }
        lens->locked_count += contract->locked;
        if (contract->lock_latency_ms.known) {
            latencies[latency_count++] = contract->lock_latency_ms.value;
        }
    }
    lens->lock_latency_p95_ms = measure_percentile(latencies, latency_count, 95);
    return true;
}

static bool read_gates(struct reader *reader)
{
    const struct graph_view *view = reader->view;
    struct lens_dde *lens = reader->lens;
    uint32_t first = view->kind_start[NODE_QUALITY_GATE];
    lens->gate_count = view->kind_start[NODE_QUALITY_GATE + 1] - first;
    lens->gates = arena_new_zeroed(reader->arena, lens->gate_count + (size_t)1, sizeof *lens->gates);
    if (lens->gates == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < lens->gate_count; i++) {
        const struct view_node *node = &view->nodes[first + i];
        struct dde_gate *gate = &lens->gates[i];
        gate->node = first + i;
        gate->task = task_behind(view, gate->node, LINK_GATED_BY);
        gate->fact = lens_property_fact(node, EVENT_FIELD_QUALITY_GATE_PASSED);
        gate->checked = gate->fact != VIEW_NONE;
        gate->passed = view_integer(view, node, EVENT_FIELD_QUALITY_GATE_PASSED, 0) != 0;
        lens->failed_gate_count += gate->checked && !gate->passed;
    }
    return true;
}

static bool read_artifacts(struct reader *reader)
{
    const struct graph_view *view = reader->view;
    struct lens_dde *lens = reader->lens;
    uint32_t first = view->kind_start[NODE_ARTIFACT];
    lens->artifact_count = view->kind_start[NODE_ARTIFACT + 1] - first;
    lens->artifacts = arena_new_zeroed(reader->arena, lens->artifact_count + (size_t)1, sizeof *lens->artifacts);
    if (lens->artifacts == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < lens->artifact_count; i++) {
        const struct view_node *node = &view->nodes[first + i];
        struct dde_artifact *artifact = &lens->artifacts[i];
        artifact->node = first + i;
        artifact->task = task_behind(view, artifact->node, LINK_GENERATES);
        artifact->path = view_text(view, node, EVENT_FIELD_ARTIFACT_PATH);
        artifact->path = artifact->path.at != NULL ? artifact->path : node->id;
        artifact->hash = view_text(view, node, EVENT_FIELD_ARTIFACT_HASH);
        artifact->validated = view_status(node) == STATE_VALIDATED;
    }
    return true;
}

/* --- cycles and the critical path --------------------------------------------------------------------------------------- */

/* DEPENDS_ON among tasks; node n of the digraph is lens->tasks[n]. */
static bool task_graph(struct reader *reader, struct digraph *graph)
{
    const struct graph_view *view = reader->view;
    const struct lens_dde *lens = reader->lens;
    uint32_t total = 0, count = 0;
    for (uint32_t i = 0; i < lens->task_count; i++) {
        total += lens->tasks[i].depends_on_count;
    }
    struct edge *edges = arena_new(reader->arena, total * sizeof *edges);
    if (edges == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < lens->task_count; i++) {
        for (uint32_t j = 0; j < view_out_count(view, lens->tasks[i].node); j++) {
            const struct view_link *link = view_out(view, lens->tasks[i].node, j);
            if (is_task_dependency(view, link)) {
                edges[count++] = (struct edge){i, lens->task_of_node[link->target]};
            }
        }
    }
    assert(count == total);
    return digraph_build(lens->task_count, edges, count, reader->arena, graph);
}

static bool list_cycles(struct reader *reader, const struct scc *scc)
{
    struct lens_dde *lens = reader->lens;
    lens->cycles = arena_new_zeroed(reader->arena, scc->cyclic_count + (size_t)1, sizeof *lens->cycles);
    if (lens->cycles == NULL) {
        return false;
    }
    /* By smallest member, not by component number, so that the list does not depend on how the search ran. */
    for (uint32_t i = 0; i < lens->task_count; i++) {
        uint32_t component = scc->component_of[i];
        if (!scc->cyclic[component] || scc->members[scc->starts[component]] != i) {
            continue;
        }
        struct dde_cycle *cycle = &lens->cycles[lens->cycle_count++];
        cycle->count = scc->starts[component + 1] - scc->starts[component];
        cycle->tasks = arena_new(reader->arena, cycle->count * sizeof *cycle->tasks);
        if (cycle->tasks == NULL) {
            return false;
        }
        for (uint32_t m = 0; m < cycle->count; m++) {
            cycle->tasks[m] = lens->tasks[scc->members[scc->starts[component] + m]].node;
        }
    }
    return true;
}

/* In what the path is measured, and what an estimate is worth in ms. */
static void choose_basis(const struct lens_dde *lens, struct dde_critical_path *path)
{
    double both_ms = 0, both_effort = 0, all_ms = 0, all_effort = 0;
    uint32_t both = 0, with_ms = 0, with_effort = 0, only_effort = 0;
    for (uint32_t i = 0; i < lens->task_count; i++) {
        const struct dde_task *task = &lens->tasks[i];
        bool has_ms = task->duration_ms.known, has_effort = task->estimated_effort.known;
        with_ms += has_ms;
        with_effort += has_effort;
        only_effort += has_effort && !has_ms;
        all_ms += task->duration_ms.value;
        all_effort += task->estimated_effort.value;
        if (has_ms && has_effort) {
            both++;
            both_ms += task->duration_ms.value;
            both_effort += task->estimated_effort.value;
        }
    }
    path->ms_per_effort = 0;
    if (with_ms == 0) {
        path->basis = with_effort == 0 ? DDE_BASIS_COUNT : DDE_BASIS_EFFORT;
    } else if (only_effort == 0) {
        path->basis = DDE_BASIS_DURATION;
    } else {
        path->basis = DDE_BASIS_MIXED;
        if (both > 0 && both_effort > 0) {
            path->ms_per_effort = both_ms / both_effort;
        } else if (all_effort > 0) {
            path->ms_per_effort = (all_ms / with_ms) / (all_effort / with_effort);
        }
    }
}

static double weight_of(const struct dde_task *task, const struct dde_critical_path *path)
{
    switch (path->basis) {
    case DDE_BASIS_DURATION:
        return task->duration_ms.value;
    case DDE_BASIS_EFFORT:
        return task->estimated_effort.value;
    case DDE_BASIS_MIXED:
        return task->duration_ms.known ? task->duration_ms.value : task->estimated_effort.value * path->ms_per_effort;
    case DDE_BASIS_COUNT:
        break;
    }
    return 1;
}

struct longest {
    double *length;  /* of the longest chain of dependencies that ends with the component, itself included */
    double *own;     /* weight of the component's members */
    uint32_t *steps; /* components on that chain */
    uint32_t *first; /* smallest member: ties go to it */
    uint32_t *before; /* the component before it on that chain, or VIEW_NONE */
};

static bool longest_new(struct arena *arena, uint32_t count, struct longest *longest)
{
    size_t n = (size_t)count + 1;
    longest->length = arena_new_zeroed(arena, n, sizeof *longest->length);
    longest->own = arena_new_zeroed(arena, n, sizeof *longest->own);
    longest->steps = arena_new_zeroed(arena, n, sizeof *longest->steps);
    longest->first = arena_new_zeroed(arena, n, sizeof *longest->first);
    longest->before = arena_new_zeroed(arena, n, sizeof *longest->before);
    return longest->length != NULL && longest->own != NULL && longest->steps != NULL && longest->first != NULL &&
           longest->before != NULL;
}

/* Longer first, then more steps (of weight 0), then the smaller id. */
static bool is_better(const struct longest *longest, uint32_t candidate, uint32_t best)
{
    if (best == VIEW_NONE) {
        return true;
    }
    if (longest->length[candidate] > longest->length[best] || longest->length[candidate] < longest->length[best]) {
        return longest->length[candidate] > longest->length[best];
    }
    if (longest->steps[candidate] != longest->steps[best]) {
        return longest->steps[candidate] > longest->steps[best];
    }
    return longest->first[candidate] < longest->first[best];
}

/* Components come with dependencies first, so one pass in their order is enough. Returns where the longest chain ends. */
static uint32_t walk_components(const struct lens_dde *lens, const struct digraph *graph, const struct scc *scc,
                                const struct dde_critical_path *path, struct longest *longest)
{
    uint32_t end = VIEW_NONE;
    for (uint32_t c = 0; c < scc->count; c++) {
        uint32_t before = VIEW_NONE;
        longest->first[c] = scc->members[scc->starts[c]];
        for (uint32_t m = scc->starts[c]; m < scc->starts[c + 1]; m++) {
            uint32_t task = scc->members[m];
            longest->own[c] += weight_of(&lens->tasks[task], path);
            for (uint32_t e = graph->starts[task]; e < graph->starts[task + 1]; e++) {
                uint32_t other = scc->component_of[graph->targets[e]];
                if (other != c && is_better(longest, other, before)) {
                    before = other;
                }
            }
        }
        longest->before[c] = before;
        longest->length[c] = longest->own[c] + (before == VIEW_NONE ? 0 : longest->length[before]);
        longest->steps[c] = 1 + (before == VIEW_NONE ? 0 : longest->steps[before]);
        if (is_better(longest, c, end)) {
            end = c;
        }
    }
    return end;
}

static bool write_path(struct reader *reader, const struct scc *scc, const struct longest *longest, uint32_t end,
                       struct dde_critical_path *path)
{
    struct lens_dde *lens = reader->lens;
    for (uint32_t c = end; c != VIEW_NONE; c = longest->before[c]) {
        path->count += scc->starts[c + 1] - scc->starts[c];
    }
    path->tasks = arena_new(reader->arena, path->count * sizeof *path->tasks);
    path->weights = arena_new(reader->arena, path->count * sizeof *path->weights);
    if (path->tasks == NULL || path->weights == NULL) {
        return false;
    }
    uint32_t at = path->count;
    for (uint32_t c = end; c != VIEW_NONE; c = longest->before[c]) {
        for (uint32_t m = scc->starts[c + 1]; m > scc->starts[c]; m--) {
            struct dde_task *task = &lens->tasks[scc->members[m - 1]];
            at--;
            path->tasks[at] = task->node;
            path->weights[at] = weight_of(task, path);
            task->on_critical_path = true;
        }
    }
    path->length = end == VIEW_NONE ? 0 : longest->length[end];
    return true;
}

static bool read_critical_path(struct reader *reader)
{
    struct digraph graph;
    struct scc scc;
    struct longest longest;
    struct dde_critical_path *path = &reader->lens->critical_path;
    choose_basis(reader->lens, path);
    if (!task_graph(reader, &graph) || !scc_find(&graph, reader->arena, &scc) || !list_cycles(reader, &scc) ||
        !longest_new(reader->arena, scc.count, &longest)) {
        return false;
    }
    uint32_t end = walk_components(reader->lens, &graph, &scc, path, &longest);
    return write_path(reader, &scc, &longest, end, path);
}

const char *dde_basis_name(enum dde_basis basis)
{
    static const char *const names[] = {"duration_ms", "estimated_effort", "mixed_ms", "tasks"};
    return names[basis];
}

/* --- the lens ------------------------------------------------------------------------------------------------------- */

enum status lens_dde_read_counts(const struct graph_view *view, struct arena *arena, struct lens_dde *lens,
                                 struct error *error)
{
    struct reader reader = {view, arena, lens};
    *lens = (struct lens_dde){.critical_path = {.basis = DDE_BASIS_COUNT}};
    if (!read_tasks(&reader) || !read_open_runs(&reader) || !read_contracts(&reader) || !read_gates(&reader) ||
        !read_artifacts(&reader)) {
        return error_no_memory(error, "lens dde");
    }
    return STATUS_OK;
}

enum status lens_dde_read(const struct graph_view *view, struct arena *arena, struct lens_dde *lens, struct error *error)
{
    struct reader reader = {view, arena, lens};
    enum status status = lens_dde_read_counts(view, arena, lens, error);
    if (status == STATUS_OK && !read_critical_path(&reader)) {
        status = error_no_memory(error, "lens dde");
    }
    return status;
}

/* --- lineage ---------------------------------------------------------------------------------------------------------- */

/* Breadth first along DEPENDS_ON, forward or backward. The view lists links by id, so equal distances come by the order
 * in which they were found; sorting by (distance, id) is one pass per level. */
static int compare_relatives(const void *a, const void *b)
{
    const struct dde_relative *x = a, *y = b;
    if (x->distance != y->distance) {
        return x->distance < y->distance ? -1 : 1;
    }
    return (x->task > y->task) - (x->task < y->task);
}

static bool walk_relatives(const struct graph_view *view, uint32_t task, bool forward, struct arena *arena,
                           struct dde_relative **relatives, uint32_t *count)
{
    struct arena_list found;
    bool *seen = arena_new_zeroed(arena, view->node_count, sizeof *seen);
    if (seen == NULL) {
        return false;
    }
    arena_list_init(&found, arena, sizeof **relatives);
    seen[task] = true;
    uint32_t at = task, distance = 0;
    for (uint32_t next = 0;; next++) {
        uint32_t links = forward ? view_out_count(view, at) : view_in_count(view, at);
        for (uint32_t i = 0; i < links; i++) {
            const struct view_link *link = forward ? view_out(view, at, i) : view_in(view, at, i);
            uint32_t other = forward ? link->target : link->source;
            if (!is_task_dependency(view, link) || seen[other]) {
                continue;
            }
            struct dde_relative *relative = arena_list_add(&found);
            if (relative == NULL) {
                return false;
            }
            seen[other] = true;
            *relative = (struct dde_relative){other, distance + 1};
        }
        if (next == found.count) {
            break;
        }
        at = ((struct dde_relative *)found.items)[next].task;
        distance = ((struct dde_relative *)found.items)[next].distance;
    }
    *relatives = (struct dde_relative *)found.items;
    *count = found.count;
    if (found.count > 1) {
        qsort(*relatives, *count, sizeof **relatives, compare_relatives);
    }
    return true;
}

static bool add_artifacts(const struct graph_view *view, uint32_t task, bool *seen, struct arena_list *artifacts)
{
    for (uint32_t i = 0; i < view_out_count(view, task); i++) {
        const struct view_link *link = view_out(view, task, i);
        if (link->kind != LINK_GENERATES || !(link->confidence > 0) || seen[link->target]) {
            continue;
        }
        uint32_t *artifact = arena_list_add(artifacts);
        if (artifact == NULL) {
            return false;
        }
        seen[link->target] = true;
        *artifact = link->target;
    }
    return true;
}

enum status lens_dde_lineage(const struct graph_view *view, uint32_t task, struct arena *arena,
                             struct dde_lineage *lineage, struct error *error)
{
    struct arena_list artifacts;
    assert(task < view->node_count && view->nodes[task].kind == NODE_TASK);
    *lineage = (struct dde_lineage){.task = task};
    bool *seen = arena_new_zeroed(arena, view->node_count, sizeof *seen);
    arena_list_init(&artifacts, arena, sizeof *lineage->artifacts);
    bool ok = seen != NULL &&
              walk_relatives(view, task, true, arena, &lineage->ancestors, &lineage->ancestor_count) &&
              walk_relatives(view, task, false, arena, &lineage->descendants, &lineage->descendant_count) &&
              add_artifacts(view, task, seen, &artifacts);
    for (uint32_t i = 0; ok && i < lineage->ancestor_count; i++) {
        ok = add_artifacts(view, lineage->ancestors[i].task, seen, &artifacts);
    }
    if (!ok) {
        return error_no_memory(error, "lineage");
    }
    lineage->artifacts = (uint32_t *)artifacts.items;
    lineage->artifact_count = artifacts.count;
    return STATUS_OK;
}
