/* Paths, and the link that rests on them: Artifact → CodeModule. */
#include "correlate/path.h"

#include "correlate/builder.h"

bool path_normalise(struct arena *arena, struct str path, struct str *normal)
{
    char *bytes = arena_new(arena, path.length + 1);
    if (bytes == NULL) {
        return false;
    }
    size_t length = 0, root = 0;
    if (path.length > 0 && (path.at[0] == '/' || path.at[0] == '\\')) {
        bytes[length++] = '/';
        root = 1;
    }
    size_t at = 0;
    while (at < path.length) {
        size_t end = at;
        while (end < path.length && path.at[end] != '/' && path.at[end] != '\\') {
            end++;
        }
        struct str part = {path.at + at, end - at};
        at = end + 1;
        if (part.length == 0 || str_equal(part, STR("."))) {
            continue;
        }
        if (str_equal(part, STR("..")) && length > root) {
            size_t cut = length;
            while (cut > root && bytes[cut - 1] != '/') {
                cut--;
            }
            if (!str_equal((struct str){bytes + cut, length - cut}, STR(".."))) {
                length = cut > root ? cut - 1 : root;
                continue;
            }
        }
        if (length > root) {
            bytes[length++] = '/';
        }
        memcpy(bytes + length, part.at, part.length);
        length += part.length;
    }
    bytes[length] = '\0';
    *normal = (struct str){bytes, length};
    return true;
}

struct str path_base(struct str path)
{
    size_t at = path.length;
    while (at > 0 && path.at[at - 1] != '/') {
        at--;
    }
    return str_from_offset(path, at);
}

bool path_is_below(struct str path, struct str prefix)
{
    return prefix.length == 0 || (str_starts_with(path, prefix) &&
                                  (path.length == prefix.length || path.at[prefix.length] == '/' ||
                                   prefix.at[prefix.length - 1] == '/'));
}

bool path_ends_alike(struct str a, struct str b)
{
    struct str longer = a.length >= b.length ? a : b;
    struct str shorter = a.length >= b.length ? b : a;
    if (shorter.length == 0 || !str_ends_with(longer, shorter)) {
        return false;
    }
    return longer.length == shorter.length || longer.at[longer.length - shorter.length - 1] == '/' || shorter.at[0] == '/';
}

/* --- Artifact → CodeModule ---------------------------------------------------------------------------------------------- */

struct modules {
    uint32_t first, count;
    struct str *paths; /* normalised, [count] */
    struct str_index by_path, by_base;
};

static bool index_modules(struct builder *builder, struct modules *modules)
{
    struct graph_view *view = builder->view;
    modules->first = view->kind_start[NODE_MODULE];
    modules->count = view->kind_start[NODE_MODULE + 1] - modules->first;
    modules->paths = arena_new(view->arena, modules->count * sizeof *modules->paths);
    if (modules->paths == NULL || !str_index_init(&modules->by_path, view->arena, modules->count) ||
        !str_index_init(&modules->by_base, view->arena, modules->count)) {
        return false;
    }
    for (uint32_t i = 0; i < modules->count; i++) {
        if (!path_normalise(view->arena, view->nodes[modules->first + i].id, &modules->paths[i])) {
            return false;
        }
        str_index_add(&modules->by_path, modules->paths[i], i);
        str_index_add(&modules->by_base, path_base(modules->paths[i]), i);
    }
    return true;
}

/* The property that holds the artifact's path; where there is none, its id is the path. */
static const struct view_property *path_property(const struct graph_view *view, const struct view_node *artifact)
{
    const struct view_property *path = view_property(artifact, EVENT_FIELD_ARTIFACT_PATH, 0);
    uint32_t sub = view_sub_find(view, STR("file_path"));
    return path != NULL || sub == 0 ? path : view_property(artifact, EVENT_FIELD_METADATA, sub);
}

static void link_to_module(struct builder *builder, uint32_t artifact, uint32_t fact, uint32_t module, enum link_method method)
{
    const struct view_node *node = builder_node(builder, module);
    builder_add(builder, &(struct claim){
        .kind = LINK_CONTAINS, .method = method, .confidence = builder->config->confidence[method], .source = artifact,
        .target = module, .claim_fact = fact, .claimed_by_source = true, .inferred = true,
        .explanation = method == METHOD_FILE_PATH_EXACT
                           ? STR("The artifact's path is the module's path.")
                           : builder_text(builder, "One of the paths ends with the other, and only the module %.*s does so.",
                                          STR_ARGS(node->id))});
}

static void link_artifact(struct builder *builder, const struct modules *modules, uint32_t artifact)
{
    struct graph_view *view = builder->view;
    const struct view_node *node = &view->nodes[artifact];
    const struct view_property *property = path_property(view, node);
    struct str path = property != NULL ? view_value_text(view, property->value) : node->id, normal;
    uint32_t fact = property != NULL ? view_held_since(view, node, property) : node->first_fact;
    if (!path_normalise(view->arena, path, &normal)) {
        builder->failed = true;
        return;
    }
    uint32_t exact = str_index_find(&modules->by_path, normal);
    if (exact != VIEW_NONE) {
        link_to_module(builder, artifact, fact, modules->first + exact, METHOD_FILE_PATH_EXACT);
        return;
    }
    uint32_t candidate, found = VIEW_NONE, count = 0;
    size_t cursor = 0;
    while ((candidate = str_index_next(&modules->by_base, path_base(normal), &cursor)) != VIEW_NONE) {
        if (path_ends_alike(modules->paths[candidate], normal)) {
            found = candidate;
            count++;
        }
    }
    if (count == 1) {
        link_to_module(builder, artifact, fact, modules->first + found, METHOD_FILE_PATH_FUZZY);
        return;
    }
    builder_unmatched(builder, artifact, LINK_CONTAINS, NODE_MODULE, normal,
                      count == 0 ? STR("no analysed module has this path or ends with it; link it by hand if it holds one")
                                 : builder_text(builder, "%u modules end alike; link the right one by hand", count));
}

void link_artifacts(struct builder *builder)
{
    struct graph_view *view = builder->view;
    struct modules modules;
    if (view->kind_start[NODE_ARTIFACT] == view->kind_start[NODE_ARTIFACT + 1]) {
        return;
    }
    if (!index_modules(builder, &modules)) {
        builder->failed = true;
        return;
    }
    for (uint32_t i = view->kind_start[NODE_ARTIFACT]; i < view->kind_start[NODE_ARTIFACT + 1]; i++) {
        link_artifact(builder, &modules, i);
    }
}
