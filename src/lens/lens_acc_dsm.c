/* The dependency structure matrix.
 *
 * Order: each row gets a key (group level, group, level, component, id), compared in this order. Without groups the
 * first two are 0. `level` is the level of the module's strongly connected component in the condensation: 0 depends on
 * nothing, else one more than the highest it depends on. A dependency between two components therefore goes from a higher
 * level to a lower one, that is, from a later row to an earlier column: below the diagonal. Rows of one level do not
 * depend on each other unless they are in one component, and those stand together. With groups, the same is done twice:
 * with the graph of groups, and within each group with the dependencies inside it. */
#include "lens/lens_acc.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "lens/scc.h"

struct row {
    uint32_t group_level, group_component, group, level, component, module;
};

static int compare_rows(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    for (size_t i = 0; i < sizeof(struct row) / sizeof *x; i++) {
        if (x[i] != y[i]) {
            return x[i] < y[i] ? -1 : 1;
        }
    }
    return 0;
}

/* Smallest member instead of the search's number: names a component by its id, not by how it was found. */
static uint32_t component_key(const struct scc *scc, uint32_t vertex)
{
    return scc->members[scc->starts[scc->component_of[vertex]]];
}

/* Levels of a graph, per vertex. */
static bool levelise(uint32_t count, const struct edge *edges, uint32_t edge_count, struct arena *arena, struct scc *scc,
                     uint32_t **levels)
{
    struct digraph graph;
    if (!digraph_build(count, edges, edge_count, arena, &graph) || !scc_find(&graph, arena, scc)) {
        return false;
    }
    *levels = scc_levels(&graph, scc, arena);
    return *levels != NULL;
}

/* Group of a module: its component's place among the components, or the number of components where it has none. */
static uint32_t group_of(const struct graph_view *view, const struct lens_acc *lens, uint32_t module)
{
    uint32_t component = lens->modules[module].component;
    return component == VIEW_NONE ? lens->component_count : component - view->kind_start[NODE_COMPONENT];
}

static bool order_groups(const struct graph_view *view, const struct lens_acc *lens, struct arena *arena, struct row *rows)
{
    struct edge *edges = arena_new(arena, lens->dependency_count * sizeof *edges);
    struct scc scc;
    uint32_t *levels, count = 0;
    if (edges == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < lens->dependency_count; i++) {
        uint32_t from = group_of(view, lens, lens->dependencies[i].source);
        uint32_t to = group_of(view, lens, lens->dependencies[i].target);
        if (from != to) {
            edges[count++] = (struct edge){from, to};
        }
    }
    if (!levelise(lens->component_count + 1, edges, count, arena, &scc, &levels)) {
        return false;
    }
    for (uint32_t i = 0; i < lens->module_count; i++) {
        rows[i].group = group_of(view, lens, i);
        rows[i].group_level = levels[scc.component_of[rows[i].group]];
        rows[i].group_component = component_key(&scc, rows[i].group);
    }
    return true;
}

static bool order_rows(const struct graph_view *view, const struct lens_acc *lens, bool by_component, struct arena *arena,
                       struct row *rows)
{
    struct edge *edges = arena_new(arena, lens->dependency_count * sizeof *edges);
    struct scc scc;
    uint32_t *levels, count = 0;
    if (edges == NULL || (by_component && !order_groups(view, lens, arena, rows))) {
        return false;
    }
    for (uint32_t i = 0; i < lens->dependency_count; i++) {
        uint32_t from = lens->dependencies[i].source, to = lens->dependencies[i].target;
        if (!by_component || rows[from].group == rows[to].group) {
            edges[count++] = (struct edge){from, to};
        }
    }
    if (!levelise(lens->module_count, edges, count, arena, &scc, &levels)) {
        return false;
    }
    for (uint32_t i = 0; i < lens->module_count; i++) {
        rows[i].level = levels[scc.component_of[i]];
        rows[i].component = component_key(&scc, i);
        rows[i].module = i;
    }
    if (lens->module_count > 1) {
        qsort(rows, lens->module_count, sizeof *rows, compare_rows);
    }
    return true;
}

/* Cells by (row, column): a bucket per row, each row's few cells sorted by insertion. */
static bool fill_cells(const struct lens_acc *lens, const uint32_t *row_of, struct arena *arena, struct dsm *dsm)
{
    uint32_t *starts = arena_new_zeroed(arena, (size_t)dsm->count + 1, sizeof *starts);
    uint32_t *filled = arena_new_zeroed(arena, (size_t)dsm->count + 1, sizeof *filled);
    dsm->cell_count = lens->dependency_count;
    dsm->cells = arena_new(arena, dsm->cell_count * sizeof *dsm->cells);
    if (starts == NULL || filled == NULL || dsm->cells == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < lens->dependency_count; i++) {
        starts[row_of[lens->dependencies[i].source] + 1]++;
    }
    for (uint32_t r = 0; r < dsm->count; r++) {
        starts[r + 1] += starts[r];
    }
    for (uint32_t i = 0; i < lens->dependency_count; i++) {
        const struct acc_dependency *dependency = &lens->dependencies[i];
        struct dsm_cell cell = {row_of[dependency->source], row_of[dependency->target], dependency->weight,
                                dependency->in_cycle};
        uint32_t at = starts[cell.row] + filled[cell.row]++;
        while (at > starts[cell.row] && dsm->cells[at - 1].column > cell.column) {
            dsm->cells[at] = dsm->cells[at - 1];
            at--;
        }
        dsm->cells[at] = cell;
        dsm->above_count += cell.column > cell.row;
    }
    return true;
}

enum status lens_acc_dsm(const struct graph_view *view, const struct lens_acc *lens, bool by_component,
                         struct arena *arena, struct dsm *dsm, struct error *error)
{
    uint32_t n = lens->module_count;
    if (n > LIMIT_DSM_MODULES) {
        return error_set(error, STATUS_INVALID, "dsm",
                         "%u modules are more than a matrix shows (%u); ask for one manifest or component.", n, (unsigned)LIMIT_DSM_MODULES);
    }
    *dsm = (struct dsm){.count = n};
    dsm->order = arena_new(arena, n * sizeof *dsm->order);
    dsm->levels = arena_new(arena, n * sizeof *dsm->levels);
    dsm->group = arena_new(arena, n * sizeof *dsm->group);
    struct row *rows = arena_new_zeroed(arena, (size_t)n + 1, sizeof *rows);
    uint32_t *row_of = arena_new(arena, n * sizeof *row_of);
    if (dsm->order == NULL || dsm->levels == NULL || dsm->group == NULL || rows == NULL || row_of == NULL ||
        !order_rows(view, lens, by_component, arena, rows)) {
        return error_no_memory(error, "dsm");
    }
    for (uint32_t r = 0; r < n; r++) {
        row_of[rows[r].module] = r;
        dsm->order[r] = lens->modules[rows[r].module].node;
        dsm->levels[r] = rows[r].level;
        dsm->group[r] = lens->modules[rows[r].module].component;
    }
    return fill_cells(lens, row_of, arena, dsm) ? STATUS_OK : error_no_memory(error, "dsm");
}
