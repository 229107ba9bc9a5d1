/* CodeModule → ArchitectureComponent.
 *
 * A module that names its component belongs to it. One that does not belongs to the component whose path prefix, as its
 * manifest declares it (metadata "component.NAME" = prefix on ANALYSIS_STARTED, GRAPH_BUILT or ANALYSIS_COMPLETED), it
 * lies below; of several the longest prefix, of equal ones the smaller name. Components exist by being named.
 */
#include "correlate/builder.h"
#include "correlate/path.h"

#define MANIFEST_KEY "component."

/* The property that names the module's component, or NULL. */
static const struct view_property *named_component(const struct graph_view *view, const struct view_node *module)
{
    const struct view_property *named = view_property(module, EVENT_FIELD_COMPONENT, 0);
    uint32_t sub = view_sub_find(view, STR("component"));
    if (named == NULL && sub != 0) {
        named = view_property(module, EVENT_FIELD_METADATA, sub);
    }
    return named != NULL && view_value_text(view, named->value).length > 0 ? named : NULL;
}

/* A component that the manifest declares; false for other metadata. */
static bool declared_component(const struct graph_view *view, const struct view_property *property, struct str *name,
                               struct str *prefix)
{
    struct str key = view_sub_text(view, property->sub);
    if (!str_starts_with(key, STR(MANIFEST_KEY)) || key.length == sizeof MANIFEST_KEY - 1) {
        return false;
    }
    *name = str_from_offset(key, sizeof MANIFEST_KEY - 1);
    *prefix = view_value_text(view, property->value);
    return true;
}

bool name_components(struct builder *builder)
{
    struct graph_view *view = builder->view;
    const struct view_node *iteration = &view->nodes[view->kind_start[NODE_ITERATION]];
    uint32_t declared, count = 0;
    const struct view_property *metadata = view_properties(iteration, EVENT_FIELD_METADATA, &declared);
    uint32_t modules = view->kind_start[NODE_MODULE + 1] - view->kind_start[NODE_MODULE];
    struct str *names = arena_new(view->arena, ((size_t)modules + declared) * sizeof *names);
    if (names == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < declared; i++) {
        struct str prefix;
        count += declared_component(view, &metadata[i], &names[count], &prefix);
    }
    for (uint32_t i = view->kind_start[NODE_MODULE]; i < view->kind_start[NODE_MODULE + 1]; i++) {
        const struct view_property *named = named_component(view, &view->nodes[i]);
        if (named != NULL) {
            names[count++] = view_value_text(view, named->value);
        }
    }
    return view_add_named(view, names, count, NODE_COMPONENT);
}

static void link_by_prefix(struct builder *builder, uint32_t module)
{
    struct graph_view *view = builder->view;
    const struct view_node *iteration = &view->nodes[view->kind_start[NODE_ITERATION]];
    uint32_t declared;
    const struct view_property *metadata = view_properties(iteration, EVENT_FIELD_METADATA, &declared), *best = NULL;
    struct str path, best_name = STR_NONE, best_prefix = STR_NONE;
    bool memory = path_normalise(view->arena, view->nodes[module].id, &path);
    for (uint32_t i = 0; memory && i < declared; i++) {
        struct str name, raw, prefix;
        if (!declared_component(view, &metadata[i], &name, &raw)) {
            continue;
        }
        memory = path_normalise(view->arena, raw, &prefix);
        if (memory && path_is_below(path, prefix) &&
            (best == NULL || prefix.length > best_prefix.length ||
             (prefix.length == best_prefix.length && str_compare(name, best_name) < 0))) {
            best = &metadata[i];
            best_name = name;
            best_prefix = prefix;
        }
    }
    if (!memory) {
        builder->failed = true;
        return;
    }
    if (best == NULL) {
        return;
    }
    builder_add(builder, &(struct claim){
        .kind = LINK_BELONGS_TO, .method = METHOD_FILE_PATH_EXACT,
        .confidence = builder->config->confidence[METHOD_FILE_PATH_EXACT], .source = module,
        .target = view_find(view, NODE_COMPONENT, best_name), .claim_fact = view->nodes[module].first_fact,
        .claimed_by_source = true, .has_partner_fact = true, .partner_fact = view_held_since(view, iteration, best),
        .inferred = true,
        .explanation = builder_text(builder, "The module lies below %.*s, the path of component %.*s.", STR_ARGS(view_value_text(view, best->value)),
                                    STR_ARGS(best_name))});
}

void link_components(struct builder *builder)
{
    struct graph_view *view = builder->view;
    for (uint32_t i = view->kind_start[NODE_MODULE]; i < view->kind_start[NODE_MODULE + 1]; i++) {
        const struct view_property *named = named_component(view, &view->nodes[i]);
        if (named == NULL) {
            link_by_prefix(builder, i);
            continue;
        }
        struct str name = view_value_text(view, named->value);
        builder_add(builder, &(struct claim){
            .kind = LINK_BELONGS_TO, .method = METHOD_EXPLICIT_ID,
            .confidence = builder->config->confidence[METHOD_EXPLICIT_ID], .source = i,
            .target = view_find(view, NODE_COMPONENT, name), .claim_fact = view_held_since(view, &view->nodes[i], named),
            .claimed_by_source = true, .inferred = true,
            .explanation = builder_text(builder, "The module's analysis names component %.*s.", STR_ARGS(name))});
    }
}
