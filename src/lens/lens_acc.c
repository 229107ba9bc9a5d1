/* Modules, coupling, violations and cycles. The matrix is in lens_acc_dsm.c.
 *
 * Cycles are looked for in a graph whose vertices are the modules in view (vertex = index into lens->modules) and after
 * them the names that reported cycles mention and no module carries, sorted. */
#include "lens/lens_acc.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sha256.h"
#include "lens/scc.h"

struct reader {
    const struct graph_view *view;
    struct arena *arena;
    struct lens_acc *lens;
    uint32_t name_count; /* vertices known by name only */
    struct str *names;
    struct digraph graph;
    struct scc scc;
};

static bool holds(const struct view_link *link, enum link_kind kind)
{
    return link->kind == kind && link->confidence > 0;
}

/* --- modules and dependencies ------------------------------------------------------------------------------------------- */

static void read_module(const struct graph_view *view, uint32_t index, struct acc_module *module)
{
    const struct view_node *node = &view->nodes[index];
    *module = (struct acc_module){.node = index, .component = VIEW_NONE, .cycle = VIEW_NONE};
    module->lines = view_integer(view, node, EVENT_FIELD_LINES, -1);
    if (view_property(node, EVENT_FIELD_COUPLING_SCORE, 0) != NULL) {
        module->coupling_score = measure_of(view_real(view, node, EVENT_FIELD_COUPLING_SCORE, 0));
    }
    struct measure abstractness = measure_from_text(view_metadata(view, node, STR("abstractness")));
    if (abstractness.known && abstractness.value >= 0 && abstractness.value <= 1) {
        module->coupling.abstractness = abstractness;
    }
    for (uint32_t i = 0; i < view_out_count(view, index); i++) {
        const struct view_link *link = view_out(view, index, i);
        if (holds(link, LINK_BELONGS_TO) && view->nodes[link->target].kind == NODE_COMPONENT) {
            module->component = link->target;
            break;
        }
    }
}

static bool read_modules(struct reader *reader)
{
    const struct graph_view *view = reader->view;
    struct lens_acc *lens = reader->lens;
    uint32_t first = view->kind_start[NODE_MODULE];
    lens->module_count = view->kind_start[NODE_MODULE + 1] - first;
    lens->modules = arena_new(reader->arena, lens->module_count * sizeof *lens->modules);
    lens->module_of_node = arena_new(reader->arena, view->node_count * sizeof *lens->module_of_node);
    if (lens->modules == NULL || lens->module_of_node == NULL) {
        return false;
    }
    memset(lens->module_of_node, 0xff, view->node_count * sizeof *lens->module_of_node);
    for (uint32_t i = 0; i < lens->module_count; i++) {
        read_module(view, first + i, &lens->modules[i]);
        lens->module_of_node[first + i] = i;
    }
    return true;
}

static bool read_dependencies(struct reader *reader)
{
    const struct graph_view *view = reader->view;
    struct lens_acc *lens = reader->lens;
    struct arena_list found;
    arena_list_init(&found, reader->arena, sizeof *lens->dependencies);
    for (uint32_t i = 0; i < lens->module_count; i++) {
        uint32_t node = lens->modules[i].node;
        for (uint32_t j = 0; j < view_out_count(view, node); j++) {
            const struct view_link *link = view_out(view, node, j);
            if (!holds(link, LINK_DEPENDS_ON) || lens->module_of_node[link->target] == VIEW_NONE) {
                continue;
            }
            struct acc_dependency *dependency = arena_list_add(&found);
            if (dependency == NULL) {
                return false;
            }
            *dependency = (struct acc_dependency){.source = i, .target = lens->module_of_node[link->target],
                                                  .weight = link->weight, .link = (uint32_t)(link - view->links)};
        }
    }
    lens->dependencies = (struct acc_dependency *)found.items;
    lens->dependency_count = found.count;
    return true;
}

/* --- coupling --------------------------------------------------------------------------------------------------------- */

static void finish_coupling(struct acc_coupling *coupling)
{
    coupling->instability = measure_ratio(coupling->efferent, (uint64_t)coupling->afferent + coupling->efferent);
    if (coupling->instability.known && coupling->abstractness.known) {
        coupling->distance = measure_of(fabs(coupling->abstractness.value + coupling->instability.value - 1));
    }
}

static void couple_modules(struct lens_acc *lens)
{
    double sum = 0;
    uint32_t defined = 0;
    for (uint32_t i = 0; i < lens->dependency_count; i++) {
        const struct acc_dependency *dependency = &lens->dependencies[i];
        /* Links are distinct by (source, target), so each counts one module. */
        bool again = i > 0 && dependency[-1].source == dependency->source && dependency[-1].target == dependency->target;
        if (!again && dependency->source != dependency->target) {
            lens->modules[dependency->source].coupling.efferent++;
            lens->modules[dependency->target].coupling.afferent++;
        }
    }
    for (uint32_t i = 0; i < lens->module_count; i++) {
        struct acc_coupling *coupling = &lens->modules[i].coupling;
        finish_coupling(coupling);
        sum += coupling->instability.value;
        defined += coupling->instability.known;
    }
    lens->mean_instability = defined == 0 ? MEASURE_UNKNOWN : measure_of(sum / defined);
}

/* A dependency across components, seen from one end: `component` gains `module` as a neighbour. */
struct crossing {
    uint32_t component, module;
    bool inward; /* module depends on the component */
};

static int compare_crossings(const void *a, const void *b)
{
    const struct crossing *x = a, *y = b;
    if (x->component != y->component) {
        return x->component < y->component ? -1 : 1;
    }
    if (x->inward != y->inward) {
        return x->inward ? 1 : -1;
    }
    return (x->module > y->module) - (x->module < y->module);
}

static bool couple_components(struct reader *reader)
{
    struct lens_acc *lens = reader->lens;
    uint32_t first = reader->view->kind_start[NODE_COMPONENT], count = 0;
    struct crossing *crossings = arena_new(reader->arena, 2 * (size_t)lens->dependency_count * sizeof *crossings);
    if (crossings == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < lens->dependency_count; i++) {
        uint32_t source = lens->dependencies[i].source, target = lens->dependencies[i].target;
        uint32_t from = lens->modules[source].component, to = lens->modules[target].component;
        if (from != to && from != VIEW_NONE) {
            crossings[count++] = (struct crossing){from, target, false};
        }
        if (from != to && to != VIEW_NONE) {
            crossings[count++] = (struct crossing){to, source, true};
        }
    }
    if (count > 0) {
        qsort(crossings, count, sizeof *crossings, compare_crossings);
    }
    for (uint32_t i = 0; i < count; i++) {
        if (i == 0 || compare_crossings(&crossings[i - 1], &crossings[i]) != 0) {
            struct acc_coupling *coupling = &lens->components[crossings[i].component - first].coupling;
            coupling->afferent += crossings[i].inward;
            coupling->efferent += !crossings[i].inward;
        }
    }
    return true;
}

static bool read_components(struct reader *reader)
{
    const struct graph_view *view = reader->view;
    struct lens_acc *lens = reader->lens;
    uint32_t first = view->kind_start[NODE_COMPONENT];
    lens->component_count = view->kind_start[NODE_COMPONENT + 1] - first;
    lens->components = arena_new_zeroed(reader->arena, lens->component_count + (size_t)1, sizeof *lens->components);
    uint32_t *known = arena_new_zeroed(reader->arena, lens->component_count + (size_t)1, sizeof *known);
    if (lens->components == NULL || known == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < lens->module_count; i++) {
        if (lens->modules[i].component != VIEW_NONE) {
            lens->components[lens->modules[i].component - first].module_count++;
        }
    }
    for (uint32_t c = 0; c < lens->component_count; c++) {
        struct acc_component *component = &lens->components[c];
        component->node = first + c;
        component->modules = arena_new(reader->arena, component->module_count * sizeof *component->modules);
        if (component->modules == NULL) {
            return false;
        }
        component->module_count = 0;
    }
    for (uint32_t i = 0; i < lens->module_count; i++) {
        const struct acc_module *module = &lens->modules[i];
        if (module->component != VIEW_NONE) {
            struct acc_component *component = &lens->components[module->component - first];
            component->modules[component->module_count++] = i;
            component->violation_count += module->violation_count;
            component->coupling.abstractness.value += module->coupling.abstractness.value;
            known[module->component - first] += module->coupling.abstractness.known;
        }
    }
    if (!couple_components(reader)) {
        return false;
    }
    for (uint32_t c = 0; c < lens->component_count; c++) {
        struct acc_coupling *coupling = &lens->components[c].coupling;
        coupling->abstractness = known[c] == 0 ? MEASURE_UNKNOWN : measure_of(coupling->abstractness.value / known[c]);
        finish_coupling(coupling);
    }
    return true;
}

/* --- violations ------------------------------------------------------------------------------------------------------- */

const char *acc_severity_name(enum acc_severity severity)
{
    static const char *const names[ACC_SEVERITY_COUNT] = {"BLOCKING", "WARNING", "INFO"};
    return names[severity];
}

enum acc_severity acc_severity_of(const struct graph_view *view, const struct view_node *node)
{
    switch (view_integer(view, node, EVENT_FIELD_VIOLATION_SEVERITY, -1)) {
    case EVENT_VIOLATION_SEVERITY_BLOCKING:
        return ACC_BLOCKING;
    case EVENT_VIOLATION_SEVERITY_WARNING:
        return ACC_WARNING;
    case EVENT_VIOLATION_SEVERITY_INFO:
        return ACC_INFO;
    default:
        break;
    }
    switch (view_integer(view, node, EVENT_FIELD_VIOLATION_TYPE, -1)) {
    case EVENT_VIOLATION_TYPE_FORBIDDEN_DEPENDENCY:
    case EVENT_VIOLATION_TYPE_LAYER_VIOLATION:
    case EVENT_VIOLATION_TYPE_CIRCULAR_DEPENDENCY:
        return ACC_BLOCKING;
    default:
        return ACC_WARNING;
    }
}

static uint32_t module_of_violation(const struct graph_view *view, uint32_t index)
{
    for (uint32_t i = 0; i < view_out_count(view, index); i++) {
        const struct view_link *link = view_out(view, index, i);
        if (holds(link, LINK_AFFECTS)) {
            return link->target;
        }
    }
    return VIEW_NONE;
}

/* The newest report while it is active; what suppressed it otherwise. */
static uint32_t violation_fact(const struct graph_view *view, const struct view_node *node, bool active)
{
    uint32_t newest = VIEW_NONE, count;
    if (!active) {
        return lens_property_fact(node, PROPERTY_STATUS);
    }
    const struct view_property *reports = view_properties(node, PROPERTY_REPORTED, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (newest == VIEW_NONE || lens_fact_compare(view, reports[i].fact, newest) > 0) {
            newest = reports[i].fact;
        }
    }
    uint32_t lifted = lens_property_fact(node, PROPERTY_STATUS);
    return newest == VIEW_NONE || (lifted != VIEW_NONE && lens_fact_compare(view, lifted, newest) > 0) ? lifted : newest;
}

static void read_violation(const struct graph_view *view, uint32_t index, struct acc_violation *violation)
{
    const struct view_node *node = &view->nodes[index];
    int64_t type = view_integer(view, node, EVENT_FIELD_VIOLATION_TYPE, -1);
    *violation = (struct acc_violation){.node = index, .severity = acc_severity_of(view, node)};
    violation->active = view_status(node) != STATE_SUPPRESSED;
    violation->blocking = violation->active && violation->severity == ACC_BLOCKING;
    if (type >= 0 && type < EVENT_VIOLATION_TYPE_COUNT) {
        violation->type = str_from(event_symbol(EVENT_FIELD_VIOLATION_TYPE, (uint32_t)type));
    }
    violation->message = view_text(view, node, EVENT_FIELD_VIOLATION_MESSAGE);
    violation->rule_id = view_text(view, node, EVENT_FIELD_RULE_ID);
    violation->adr_reference = view_text(view, node, EVENT_FIELD_ADR_REFERENCE);
    violation->source_module = view_text(view, node, EVENT_FIELD_SOURCE_MODULE);
    violation->target_module = view_text(view, node, EVENT_FIELD_TARGET_MODULE);
    violation->module = module_of_violation(view, index);
    violation->fact = violation_fact(view, node, violation->active);
}

static bool read_violations(struct reader *reader)
{
    const struct graph_view *view = reader->view;
    struct lens_acc *lens = reader->lens;
    uint32_t first = view->kind_start[NODE_VIOLATION];
    lens->violation_count = view->kind_start[NODE_VIOLATION + 1] - first;
    lens->violations = arena_new(reader->arena, lens->violation_count * sizeof *lens->violations);
    if (lens->violations == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < lens->violation_count; i++) {
        struct acc_violation *violation = &lens->violations[i];
        read_violation(view, first + i, violation);
        if (violation->active) {
            lens->active_counts[violation->severity]++;
        } else {
            lens->suppressed_counts[violation->severity]++;
        }
        lens->blocking_count += violation->blocking;
        if (violation->active && violation->module != VIEW_NONE && lens->module_of_node[violation->module] != VIEW_NONE) {
            lens->modules[lens->module_of_node[violation->module]].violation_count++;
        }
    }
    return true;
}

/* --- cycles ----------------------------------------------------------------------------------------------------------- */

static int compare_names(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

/* Members that no module carries, each once, sorted. */
static bool list_names(struct reader *reader)
{
    const struct graph_view *view = reader->view;
    struct arena_list found;
    arena_list_init(&found, reader->arena, sizeof(struct str));
    for (uint32_t n = view->kind_start[NODE_CYCLE]; n < view->kind_start[NODE_CYCLE + 1]; n++) {
        struct str rest = view_text(view, &view->nodes[n], EVENT_FIELD_CYCLE_MODULES), member;
        while (str_split_next(&rest, GRAPH_SEPARATOR, &member)) {
            if (view_find(view, NODE_MODULE, member) != VIEW_NONE) {
                continue;
            }
            struct str *name = arena_list_add(&found);
            if (name == NULL) {
                return false;
            }
            *name = member;
        }
    }
    reader->names = (struct str *)found.items;
    if (found.count > 1) {
        qsort(found.items, found.count, found.item_size, compare_names);
    }
    for (uint32_t i = 0; i < found.count; i++) {
        if (i == 0 || !str_equal(reader->names[reader->name_count - 1], reader->names[i])) {
            reader->names[reader->name_count++] = reader->names[i];
        }
    }
    return true;
}

static uint32_t vertex_of(const struct reader *reader, struct str id)
{
    uint32_t node = view_find(reader->view, NODE_MODULE, id);
    if (node != VIEW_NONE) {
        return reader->lens->module_of_node[node];
    }
    const struct str *name = bsearch(&id, reader->names, reader->name_count, sizeof id, compare_names);
    assert(name != NULL);
    return reader->lens->module_count + (uint32_t)(name - reader->names);
}

static bool add_edge(struct arena_list *edges, uint32_t source, uint32_t target)
{
    struct edge *edge = arena_list_add(edges);
    if (edge == NULL) {
        return false;
    }
    *edge = (struct edge){source, target};
    return true;
}

/* Each member depends on the next and the last on the first. Tools that repeat the first member at the end do not
 * thereby say that it depends on itself; a list of one module alone does. */
static bool add_reported_edges(struct reader *reader, uint32_t cycle, struct arena_list *edges)
{
    struct str rest = view_text(reader->view, &reader->view->nodes[cycle], EVENT_FIELD_CYCLE_MODULES), member;
    uint32_t first = VIEW_NONE, last = VIEW_NONE;
    bool several = false;
    while (str_split_next(&rest, GRAPH_SEPARATOR, &member)) {
        uint32_t vertex = vertex_of(reader, member);
        first = first == VIEW_NONE ? vertex : first;
        several |= vertex != first;
        if (last != VIEW_NONE && last != vertex && !add_edge(edges, last, vertex)) {
            return false;
        }
        last = vertex;
    }
    return first == VIEW_NONE || (several && last == first) || add_edge(edges, last, first);
}

static bool build_graph(struct reader *reader)
{
    const struct graph_view *view = reader->view;
    struct lens_acc *lens = reader->lens;
    struct arena_list edges;
    arena_list_init(&edges, reader->arena, sizeof(struct edge));
    for (uint32_t i = 0; i < lens->dependency_count; i++) {
        if (!add_edge(&edges, lens->dependencies[i].source, lens->dependencies[i].target)) {
            return false;
        }
    }
    if (!list_names(reader)) {
        return false;
    }
    for (uint32_t n = view->kind_start[NODE_CYCLE]; n < view->kind_start[NODE_CYCLE + 1]; n++) {
        if (!add_reported_edges(reader, n, &edges)) {
            return false;
        }
    }
    return digraph_build(lens->module_count + reader->name_count, (struct edge *)edges.items, edges.count, reader->arena,
                         &reader->graph) &&
           scc_find(&reader->graph, reader->arena, &reader->scc);
}

static void name_cycle(struct sha256 *hash, struct acc_cycle *cycle, struct str fallback)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t digest[SHA256_SIZE];
    sha256_begin(hash);
    for (uint32_t i = 0; i < cycle->count; i++) {
        if (i > 0) {
            sha256_add(hash, "\n", 1);
        }
        sha256_add(hash, cycle->members[i].at, cycle->members[i].length);
    }
    if (cycle->count == 0) {
        sha256_add(hash, fallback.at, fallback.length);
    }
    sha256_end(hash, digest);
    memcpy(cycle->id, "cycle-", 6);
    for (int i = 0; i < 6; i++) {
        cycle->id[6 + 2 * i] = digits[digest[i] >> 4];
        cycle->id[7 + 2 * i] = digits[digest[i] & 15];
    }
    cycle->id[18] = '\0';
}

static void note_fact(const struct graph_view *view, struct acc_cycle *cycle, uint32_t fact)
{
    if (fact != VIEW_NONE && (cycle->fact == VIEW_NONE || lens_fact_compare(view, fact, cycle->fact) > 0)) {
        cycle->fact = fact;
    }
}

static bool fill_cycle(struct reader *reader, uint32_t component, uint32_t number, struct acc_cycle *cycle)
{
    struct lens_acc *lens = reader->lens;
    uint32_t from = reader->scc.starts[component];
    *cycle = (struct acc_cycle){.count = reader->scc.starts[component + 1] - from, .reported = VIEW_NONE, .fact = VIEW_NONE};
    cycle->members = arena_new(reader->arena, cycle->count * sizeof *cycle->members);
    cycle->nodes = arena_new(reader->arena, cycle->count * sizeof *cycle->nodes);
    if (cycle->members == NULL || cycle->nodes == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < cycle->count; i++) {
        uint32_t vertex = reader->scc.members[from + i];
        if (vertex < lens->module_count) {
            lens->modules[vertex].cycle = number;
            cycle->members[i] = reader->view->nodes[lens->modules[vertex].node].id;
        } else {
            cycle->members[i] = reader->names[vertex - lens->module_count];
        }
    }
    qsort(cycle->members, cycle->count, sizeof *cycle->members, compare_names);
    for (uint32_t i = 0; i < cycle->count; i++) {
        cycle->nodes[i] = view_find(reader->view, NODE_MODULE, cycle->members[i]);
    }
    return true;
}

/* Which report and which facts stand behind each cycle. number_of[component] = its index in lens->cycles. */
static void note_evidence(struct reader *reader, const uint32_t *number_of)
{
    const struct graph_view *view = reader->view;
    struct lens_acc *lens = reader->lens;
    for (uint32_t i = 0; i < lens->dependency_count; i++) {
        struct acc_dependency *dependency = &lens->dependencies[i];
        uint32_t component = reader->scc.component_of[dependency->source];
        dependency->in_cycle = reader->scc.cyclic[component] && component == reader->scc.component_of[dependency->target];
        if (dependency->in_cycle) {
            const struct view_link *link = &view->links[dependency->link];
            note_fact(view, &lens->cycles[number_of[component]], link->source_fact);
        }
    }
    for (uint32_t n = view->kind_start[NODE_CYCLE]; n < view->kind_start[NODE_CYCLE + 1]; n++) {
        struct str rest = view_text(view, &view->nodes[n], EVENT_FIELD_CYCLE_MODULES), member;
        if (!str_split_next(&rest, GRAPH_SEPARATOR, &member)) {
            continue;
        }
        struct acc_cycle *cycle = &lens->cycles[number_of[reader->scc.component_of[vertex_of(reader, member)]]];
        cycle->reported = cycle->reported == VIEW_NONE ? n : cycle->reported;
        note_fact(view, cycle, view->nodes[n].last_fact);
    }
}

/* Reports without members cannot be told apart or matched, so each counts as a cycle of its own. */
static void add_nameless(struct reader *reader, struct sha256 *hash)
{
    const struct graph_view *view = reader->view;
    struct lens_acc *lens = reader->lens;
    for (uint32_t n = view->kind_start[NODE_CYCLE]; n < view->kind_start[NODE_CYCLE + 1]; n++) {
        if (view_text(view, &view->nodes[n], EVENT_FIELD_CYCLE_MODULES).length == 0) {
            struct acc_cycle *cycle = &lens->cycles[lens->cycle_count++];
            *cycle = (struct acc_cycle){.reported = n, .fact = view->nodes[n].last_fact};
            name_cycle(hash, cycle, view->nodes[n].id);
        }
    }
}

static int compare_cycles(const void *a, const void *b)
{
    const struct acc_cycle *x = a, *y = b;
    return memcmp(x->id, y->id, ACC_CYCLE_ID_SIZE);
}

static void sort_cycles(struct lens_acc *lens)
{
    if (lens->cycle_count < 2) {
        return;
    }
    qsort(lens->cycles, lens->cycle_count, sizeof *lens->cycles, compare_cycles);
    for (uint32_t c = 0; c < lens->cycle_count; c++) {
        for (uint32_t i = 0; i < lens->cycles[c].count; i++) {
            uint32_t node = lens->cycles[c].nodes[i];
            if (node != VIEW_NONE) {
                lens->modules[lens->module_of_node[node]].cycle = c;
            }
        }
    }
}

static bool read_cycles(struct reader *reader)
{
    const struct graph_view *view = reader->view;
    struct lens_acc *lens = reader->lens;
    if (!build_graph(reader)) {
        return false;
    }
    size_t most = (size_t)reader->scc.cyclic_count + view->kind_start[NODE_CYCLE + 1] - view->kind_start[NODE_CYCLE];
    if (most == 0) {
        return true;
    }
    uint32_t *number_of = arena_new(reader->arena, reader->scc.count * sizeof *number_of);
    struct sha256 *hash = sha256_new();
    lens->cycles = arena_new_zeroed(reader->arena, most, sizeof *lens->cycles);
    bool ok = number_of != NULL && hash != NULL && lens->cycles != NULL;
    for (uint32_t c = 0; ok && c < reader->scc.count; c++) {
        if (reader->scc.cyclic[c]) {
            number_of[c] = lens->cycle_count++;
            ok = fill_cycle(reader, c, number_of[c], &lens->cycles[number_of[c]]);
        }
        if (ok && reader->scc.cyclic[c]) {
            name_cycle(hash, &lens->cycles[number_of[c]], STR_NONE);
        }
    }
    if (ok) {
        note_evidence(reader, number_of);
        add_nameless(reader, hash);
        sort_cycles(lens);
    }
    sha256_free(hash);
    return ok;
}

/* --- analyses --------------------------------------------------------------------------------------------------------- */

static bool read_analyses(struct reader *reader)
{
    const struct graph_view *view = reader->view;
    struct lens_acc *lens = reader->lens;
    struct arena_list open;
    arena_list_init(&open, reader->arena, sizeof *lens->open_runs);
    lens->has_data = lens->module_count > 0;
    for (uint32_t n = view->kind_start[NODE_ITERATION]; n < view->kind_start[NODE_ITERATION + 1]; n++) {
        const struct view_node *node = &view->nodes[n];
        uint32_t started_count, completed_count;
        const struct view_property *started = view_properties(node, PROPERTY_ANALYSIS_STARTED, &started_count);
        (void)view_properties(node, PROPERTY_ANALYSIS_COMPLETED, &completed_count);
        lens->has_data |= completed_count > 0;
        for (uint32_t i = 0; i < started_count; i++) {
            const struct view_property *completed = view_property(node, PROPERTY_ANALYSIS_COMPLETED, started[i].sub);
            if (completed != NULL && lens_fact_compare(view, started[i].fact, completed->fact) < 0) {
                continue;
            }
            struct lens_open_run *run = arena_list_add(&open);
            if (run == NULL) {
                return false;
            }
            *run = (struct lens_open_run){"analysis", view_sub_text(view, started[i].sub), n, started[i].fact};
        }
    }
    lens->open_runs = (struct lens_open_run *)open.items;
    lens->open_run_count = open.count;
    lens_open_runs_sort(lens->open_runs, lens->open_run_count);
    return true;
}

enum status lens_acc_read(const struct graph_view *view, struct arena *arena, struct lens_acc *lens, struct error *error)
{
    struct reader reader = {.view = view, .arena = arena, .lens = lens};
    *lens = (struct lens_acc){0};
    if (!read_modules(&reader) || !read_dependencies(&reader) || !read_violations(&reader) || !read_cycles(&reader)) {
        return error_no_memory(error, "lens acc");
    }
    couple_modules(lens);
    if (!read_components(&reader) || !read_analyses(&reader)) {
        return error_no_memory(error, "lens acc");
    }
    return STATUS_OK;
}
