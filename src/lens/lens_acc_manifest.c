/* ACC by manifest: what each analysis covers. */
#include "lens/lens_acc.h"

enum status lens_acc_reported(const struct graph_view *view, const struct lens_acc *lens, struct str manifest,
                              struct arena *arena, const bool **reported, struct error *error)
{
    bool *keep = arena_new_zeroed(arena, (size_t)view->node_count + 1, sizeof *keep);
    if (keep == NULL) {
        return error_no_memory(error, "manifest");
    }
    uint32_t sub = view_sub_find(view, manifest);
    for (uint32_t n = 0; n < view->node_count && sub != 0; n++) {
        keep[n] = view_property(&view->nodes[n], PROPERTY_REPORTED, sub) != NULL;
    }
    for (uint32_t i = 0; i < lens->module_count; i++) {
        const struct acc_module *module = &lens->modules[i];
        if (keep[module->node] && module->component != VIEW_NONE) {
            keep[module->component] = true;
        }
    }
    *reported = keep;
    return STATUS_OK;
}

static uint32_t count_reported(const struct graph_view *view, enum node_kind kind, uint32_t sub)
{
    uint32_t count = 0;
    for (uint32_t n = view->kind_start[kind]; n < view->kind_start[kind + 1]; n++) {
        count += view_property(&view->nodes[n], PROPERTY_REPORTED, sub) != NULL;
    }
    return count;
}

static struct measure set_at(const struct graph_view *view, const struct view_property *property)
{
    return property == NULL ? MEASURE_UNKNOWN : measure_of((double)view_fact_valid_from(view, property->fact));
}

static void read_totals(const struct graph_view *view, const struct view_property *totals, struct acc_manifest *manifest)
{
    struct str text = totals == NULL ? STR_NONE : view_value_text(view, totals->value), piece;
    manifest->has_totals = totals != NULL;
    for (int i = 0; i < ACC_TOTAL_COUNT; i++) {
        int64_t number;
        bool known = str_split_next(&text, GRAPH_SEPARATOR, &piece) && str_to_i64(piece, &number);
        manifest->totals[i] = known ? measure_of((double)number) : MEASURE_UNKNOWN;
    }
}

static void read_manifest(const struct graph_view *view, const struct view_node *iteration, struct acc_manifest *manifest)
{
    uint32_t sub = manifest->sub;
    manifest->name = view_sub_text(view, sub);
    manifest->started_at = set_at(view, view_property(iteration, PROPERTY_ANALYSIS_STARTED, sub));
    manifest->completed_at = set_at(view, view_property(iteration, PROPERTY_ANALYSIS_COMPLETED, sub));
    manifest->open = manifest->started_at.known &&
                     (!manifest->completed_at.known || manifest->completed_at.value < manifest->started_at.value);
    manifest->module_count = count_reported(view, NODE_MODULE, sub);
    manifest->violation_count = count_reported(view, NODE_VIOLATION, sub);
    read_totals(view, view_property(iteration, PROPERTY_MANIFEST_TOTALS, sub), manifest);
}

/* Enters a sub that is not there yet; false without memory. */
static bool enter_sub(struct arena_list *manifests, uint32_t sub)
{
    const struct acc_manifest *known = (const struct acc_manifest *)(const void *)manifests->items;
    for (uint32_t i = 0; i < manifests->count; i++) {
        if (known[i].sub == sub) {
            return true;
        }
    }
    struct acc_manifest *added = arena_list_add(manifests);
    if (added != NULL) {
        added->sub = sub;
    }
    return added != NULL;
}

static bool enter_subs(struct arena_list *manifests, const struct view_node *node)
{
    static const uint32_t properties[] = {PROPERTY_ANALYSIS_STARTED, PROPERTY_ANALYSIS_COMPLETED, PROPERTY_MANIFEST_TOTALS,
                                          PROPERTY_REPORTED};
    for (size_t p = 0; p < sizeof properties / sizeof properties[0]; p++) {
        uint32_t count;
        const struct view_property *first = view_properties(node, properties[p], &count);
        for (uint32_t i = 0; i < count; i++) {
            if (first[i].sub != 0 && !enter_sub(manifests, first[i].sub)) {
                return false;
            }
        }
    }
    return true;
}

/* By name, not in the order in which the names were first heard. Manifests are few. */
static void sort_manifests(struct acc_manifest *manifests, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        struct acc_manifest manifest = manifests[i];
        uint32_t at = i;
        for (; at > 0 && str_compare(manifests[at - 1].name, manifest.name) > 0; at--) {
            manifests[at] = manifests[at - 1];
        }
        manifests[at] = manifest;
    }
}

enum status lens_acc_manifests(const struct graph_view *view, struct arena *arena, struct acc_manifest **manifests,
                               uint32_t *count, struct error *error)
{
    static const struct view_node none = {.first_fact = VIEW_NONE, .last_fact = VIEW_NONE};
    const struct view_node *iteration = view->kind_start[NODE_ITERATION] < view->kind_start[NODE_ITERATION + 1]
                                            ? &view->nodes[view->kind_start[NODE_ITERATION]]
                                            : &none;
    struct arena_list list;
    arena_list_init(&list, arena, sizeof(struct acc_manifest));
    for (uint32_t n = 0; n < view->node_count; n++) {
        if (!enter_subs(&list, &view->nodes[n])) {
            return error_no_memory(error, "manifests");
        }
    }
    *manifests = (struct acc_manifest *)(void *)list.items;
    *count = list.count;
    for (uint32_t i = 0; i < *count; i++) {
        read_manifest(view, iteration, &(*manifests)[i]);
    }
    sort_manifests(*manifests, *count);
    return STATUS_OK;
}
