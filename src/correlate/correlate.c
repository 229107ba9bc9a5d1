/* The order of the rules, and what people say by hand, which beats all of them.
 *
 * A link asserted by hand is there with confidence 1. Where its kind allows a node only one partner (a task fulfils one
 * requirement, a module or scenario belongs to one place), it takes the place of what the rules found for that node. A
 * link denied by hand is there too, with confidence 0, so that it can be seen and explained; readers pass over it.
 */
#include "correlate/correlate.h"

#include <stdlib.h>

#include "correlate/builder.h"

struct correlate_config correlate_config_default(void)
{
    return (struct correlate_config){
        .confidence = {[METHOD_EXPLICIT_ID] = 1.0,
                       [METHOD_CONTRACT_TAG] = 0.8,
                       [METHOD_FILE_PATH_EXACT] = 0.9,
                       [METHOD_FILE_PATH_FUZZY] = 0.7,
                       [METHOD_MANUAL] = 1.0},
        .heuristic_threshold = 0.5,
    };
}

/* --- what people said --------------------------------------------------------------------------------------------------- */

static int compare_manual(const void *a, const void *b)
{
    const struct manual_link *x = a, *y = b;
    if (x->kind != y->kind) {
        return x->kind < y->kind ? -1 : 1;
    }
    if (x->source != y->source) {
        return x->source < y->source ? -1 : 1;
    }
    return x->target < y->target ? -1 : x->target > y->target;
}

/* Reads one PROPERTY_MANUAL_LINK; false when its target is not there. */
static bool read_manual(struct builder *builder, uint32_t source, const struct view_property *property,
                        struct manual_link *manual)
{
    const struct graph_view *view = builder->view;
    struct str sub = view_sub_text(view, property->sub), value = view_value_text(view, property->value);
    struct str kind_name = STR(""), target_kind_name = STR(""), word = STR("");
    enum node_kind target_kind;
    *manual = (struct manual_link){.source = source, .fact = property->fact, .actor = STR(""), .reason = STR("")};
    (void)(str_split_next(&sub, GRAPH_SEPARATOR, &kind_name) && str_split_next(&sub, GRAPH_SEPARATOR, &target_kind_name));
    (void)(str_split_next(&value, GRAPH_SEPARATOR, &word) && str_split_next(&value, GRAPH_SEPARATOR, &manual->actor) &&
           str_split_next(&value, GRAPH_SEPARATOR, &manual->reason));
    if (!link_kind_from_name(kind_name, &manual->kind) || !node_kind_from_name(target_kind_name, &target_kind)) {
        return false;
    }
    manual->asserted = str_is(word, "1");
    manual->target = view_find(view, target_kind, sub);
    if (manual->target == VIEW_NONE && manual->asserted) {
        builder_unmatched(builder, source, manual->kind, target_kind, sub, STR("it was linked by hand, but is not there"));
    }
    return manual->target != VIEW_NONE;
}

static void collect_manual(struct builder *builder)
{
    struct graph_view *view = builder->view;
    uint32_t total = 0, count;
    for (uint32_t i = 0; i < view->node_count; i++) {
        (void)view_properties(&view->nodes[i], PROPERTY_MANUAL_LINK, &count);
        total += count;
    }
    builder->manual = arena_new(view->arena, total * sizeof *builder->manual);
    if (builder->manual == NULL) {
        builder->failed = true;
        return;
    }
    for (uint32_t i = 0; i < view->node_count && total > 0; i++) {
        const struct view_property *said = view_properties(&view->nodes[i], PROPERTY_MANUAL_LINK, &count);
        for (uint32_t s = 0; s < count; s++) {
            builder->manual_count += read_manual(builder, i, &said[s], &builder->manual[builder->manual_count]);
        }
    }
    if (builder->manual_count > 0) {
        qsort(builder->manual, builder->manual_count, sizeof *builder->manual, compare_manual);
    }
}

/* The node that can have only one partner by this kind of link, or VIEW_NONE. */
static uint32_t exclusive_end(enum link_kind kind, uint32_t source, uint32_t target)
{
    return kind == LINK_FULFILLED_BY ? target : kind == LINK_BELONGS_TO ? source : VIEW_NONE;
}

/* True when a person's word takes this link's place. */
static bool is_replaced(const struct builder *builder, const struct view_link *link)
{
    if (builder_manual(builder, link->kind, link->source, link->target) != NULL) {
        return true;
    }
    uint32_t end = exclusive_end(link->kind, link->source, link->target);
    for (uint32_t i = 0; end != VIEW_NONE && i < builder->manual_count; i++) {
        const struct manual_link *manual = &builder->manual[i];
        if (manual->asserted && manual->kind == link->kind &&
            exclusive_end(manual->kind, manual->source, manual->target) == end) {
            return true;
        }
    }
    return false;
}

/* A person has found the task's requirement or the artifact's module: there is nothing left to review. */
static bool is_settled(const struct builder *builder, const struct view_unmatched *unmatched)
{
    for (uint32_t i = 0; i < builder->manual_count; i++) {
        const struct manual_link *manual = &builder->manual[i];
        if (manual->asserted && manual->kind == unmatched->kind &&
            ((manual->kind == LINK_FULFILLED_BY && manual->target == unmatched->node) ||
             (manual->kind == LINK_CONTAINS && manual->source == unmatched->node))) {
            return true;
        }
    }
    return false;
}

static void drop_settled(struct builder *builder, uint32_t said_count)
{
    struct graph_view *view = builder->view;
    uint32_t kept = said_count;
    for (uint32_t i = said_count; i < view->unmatched_count; i++) {
        if (!is_settled(builder, &view->unmatched[i])) {
            view->unmatched[kept++] = view->unmatched[i];
        }
    }
    view->unmatched_count = kept;
}

static void apply_manual(struct builder *builder)
{
    struct graph_view *view = builder->view;
    if (builder->manual_count == 0) {
        return;
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < view->link_count; i++) {
        if (!is_replaced(builder, &view->links[i])) {
            view->links[kept++] = view->links[i];
        }
    }
    view->link_count = kept;
    for (uint32_t i = 0; i < builder->manual_count; i++) {
        const struct manual_link *manual = &builder->manual[i];
        builder_add(builder, &(struct claim){
            .kind = manual->kind, .method = METHOD_MANUAL,
            .confidence = manual->asserted ? builder->config->confidence[METHOD_MANUAL] : 0, .source = manual->source,
            .target = manual->target, .claim_fact = manual->fact, .claimed_by_source = true, .inferred = true,
            .explanation = builder_text(builder, "%s by hand: %.*s", manual->asserted ? "Linked" : "Unlinked",
                                        STR_ARGS(manual->reason))});
        if (!builder->failed) {
            view->links[view->link_count - 1].created_by = manual->actor.length > 0 ? manual->actor : STR("a person");
        }
    }
}

/* --- one link a pair: of several claims of the same link the best counts, then the earliest -------------------------------- */

/* Total but for claims that say the same in every respect, so that neither order of arrival nor sorting shows. */
static bool is_better(const struct graph_view *view, const struct view_link *a, const struct view_link *b)
{
    if (a->confidence != b->confidence) {
        return a->confidence > b->confidence;
    }
    if (a->valid_from != b->valid_from) {
        return a->valid_from < b->valid_from;
    }
    if (a->method != b->method) {
        return a->method < b->method;
    }
    int order = view_fact_order(view, a->evidence_fact, b->evidence_fact);
    return order != 0 ? order < 0 : str_compare(a->explanation, b->explanation) < 0;
}

static void keep_best(struct graph_view *view)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < view->link_count; i++) {
        struct view_link *last = kept == 0 ? NULL : &view->links[kept - 1];
        const struct view_link *link = &view->links[i];
        if (last != NULL && last->kind == link->kind && last->source == link->source && last->target == link->target) {
            if (is_better(view, link, last)) {
                *last = *link;
            }
            continue;
        }
        view->links[kept++] = *link;
    }
    view->link_count = kept;
}

/* --- the list for review ----------------------------------------------------------------------------------------------- */

static int compare_unmatched(const void *a, const void *b)
{
    const struct view_unmatched *x = a, *y = b;
    if (x->node != y->node) {
        return x->node < y->node ? -1 : 1;
    }
    if (x->kind != y->kind) {
        return x->kind < y->kind ? -1 : 1;
    }
    if (x->partner_kind != y->partner_kind) {
        return x->partner_kind < y->partner_kind ? -1 : 1;
    }
    int order = str_compare(x->partner, y->partner);
    return order != 0 ? order : str_compare(x->reason, y->reason);
}

static bool is_same_unmatched(const struct view_unmatched *a, const struct view_unmatched *b)
{
    return a->node == b->node && a->kind == b->kind && a->partner_kind == b->partner_kind && str_equal(a->partner, b->partner);
}

/* Sorted, each entry once. */
static void tidy_unmatched(struct graph_view *view)
{
    if (view->unmatched_count > 0) {
        qsort(view->unmatched, view->unmatched_count, sizeof *view->unmatched, compare_unmatched);
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < view->unmatched_count; i++) {
        if (kept == 0 || !is_same_unmatched(&view->unmatched[kept - 1], &view->unmatched[i])) {
            view->unmatched[kept++] = view->unmatched[i];
        }
    }
    view->unmatched_count = kept;
}

enum status correlate_view(struct graph_view *view, const struct correlate_config *config, struct error *error)
{
    struct builder builder = {.view = view, .config = config};
    if (!name_components(&builder) || !name_features(&builder)) {
        return error_no_memory(error, "correlation");
    }
    collect_manual(&builder);
    uint32_t said_count = view->unmatched_count;
    if (!builder.failed) {
        link_within_streams(&builder);
        link_requirements(&builder);
        link_contracts(&builder);
        link_artifacts(&builder);
        link_components(&builder);
        apply_manual(&builder);
        drop_settled(&builder, said_count);
    }
    if (builder.failed || !view_index_links(view)) {
        return error_no_memory(error, "correlation");
    }
    tidy_unmatched(view);
    uint32_t before = view->link_count;
    keep_best(view);
    if (view->link_count != before && !view_index_links(view)) {
        return error_no_memory(error, "correlation");
    }
    return STATUS_OK;
}
