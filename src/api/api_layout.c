/* Where nodes stand: computed over the union of all times, so that nothing jumps while time is scrubbed.
 *
 * The union is the view of everything known and valid, and, as an analysis sweeps away what the one before reported, the
 * views just before each of the last few completed analyses. It is worked out again when the iteration has new facts, and
 * laid out again only when a node or an edge came with them (a hash over both tells).
 */
#include "api/api_private.h"
#include "base/memory.h"
#include "lens/layout.h"

#define PLACES_MAX 24 /* lenses of iterations kept */
#define UNION_ANALYSES_MAX 8

struct place_slot {
    struct str id; /* at == NULL: free */
    enum node_kind kind;
    float x, y;
};

struct places {
    struct arena arena;
    struct str tenant_id, iteration_id; /* interned texts of the graph: compared by address; absent: free */
    enum lens lens;
    uint32_t fact_count;
    uint64_t structure;
    uint64_t used;
    struct place_slot *slots;
    size_t slot_count; /* a power of two */
    struct layout_box bounds;
    uint32_t group_count;
    struct str *groups;
    struct layout_box *boxes;
};

struct place_cache {
    struct places entries[PLACES_MAX];
};

/* The graph to lay out, while it is put together. */
struct union_graph {
    struct arena *arena;
    enum lens lens;
    struct arena_list nodes; /* struct union_node */
    struct arena_list edges; /* struct layout_edge */
    uint32_t *slots;         /* index + 1 by hash */
    size_t slot_count;
    uint64_t structure;
    bool failed;
};

struct union_node {
    enum node_kind kind;
    struct str id;
    uint32_t group; /* index of a component among nodes, or LAYOUT_NO_GROUP */
};

void place_cache_free(struct api *api)
{
    for (int i = 0; api->places != NULL && i < PLACES_MAX; i++) {
        arena_release(&api->places->entries[i].arena);
    }
    memory_free(api->places);
    api->places = NULL;
}

static uint64_t hash_of(enum node_kind kind, struct str id)
{
    return str_hash(id) ^ (uint64_t)(kind + 1) * UINT64_C(0x9E3779B97F4A7C15);
}

/* ---- the union ---- */

static bool is_laid_out(enum lens lens, enum node_kind kind)
{
    switch (lens) {
    case LENS_DDE:
        return kind == NODE_TASK || kind == NODE_ARTIFACT || kind == NODE_CONTRACT || kind == NODE_QUALITY_GATE;
    case LENS_BDV:
        return kind == NODE_SPEC || kind == NODE_SCENARIO || kind == NODE_TEST_RUN;
    case LENS_ACC:
        return kind == NODE_COMPONENT || kind == NODE_MODULE;
    default:
        return true;
    }
}

static bool union_grow(struct union_graph *graph)
{
    size_t count = graph->slot_count == 0 ? 1024 : graph->slot_count * 2;
    uint32_t *slots = arena_new_zeroed(graph->arena, count, sizeof *slots);
    if (slots == NULL) {
        return false;
    }
    const struct union_node *nodes = (const struct union_node *)(const void *)graph->nodes.items;
    for (uint32_t i = 0; i < graph->nodes.count; i++) {
        size_t at = hash_of(nodes[i].kind, nodes[i].id) & (count - 1);
        while (slots[at] != 0) {
            at = (at + 1) & (count - 1);
        }
        slots[at] = i + 1;
    }
    graph->slots = slots;
    graph->slot_count = count;
    return true;
}

/* Index of the node, entered where it is new; UINT32_MAX without memory. */
static uint32_t union_node(struct union_graph *graph, enum node_kind kind, struct str id)
{
    if ((graph->nodes.count + 1) * 2 > graph->slot_count && !union_grow(graph)) {
        graph->failed = true;
        return UINT32_MAX;
    }
    const struct union_node *nodes = (const struct union_node *)(const void *)graph->nodes.items;
    uint64_t hash = hash_of(kind, id);
    size_t at = hash & (graph->slot_count - 1);
    for (; graph->slots[at] != 0; at = (at + 1) & (graph->slot_count - 1)) {
        const struct union_node *node = &nodes[graph->slots[at] - 1];
        if (node->kind == kind && str_equal(node->id, id)) {
            return graph->slots[at] - 1;
        }
    }
    struct union_node *added = arena_list_add(&graph->nodes);
    if (added == NULL) {
        graph->failed = true;
        return UINT32_MAX;
    }
    *added = (struct union_node){kind, id, LAYOUT_NO_GROUP};
    graph->slots[at] = graph->nodes.count;
    graph->structure += hash;
    return graph->nodes.count - 1;
}

static void union_link(struct union_graph *graph, const struct graph_view *view, const struct view_link *link)
{
    const struct view_node *source = &view->nodes[link->source], *target = &view->nodes[link->target];
    if (link->confidence <= 0 || link->kind == LINK_EXECUTED || !is_laid_out(graph->lens, source->kind) ||
        !is_laid_out(graph->lens, target->kind) || (graph->lens == LENS_CONVERGENCE && link->kind == LINK_DEPENDS_ON)) {
        return;
    }
    uint32_t from = union_node(graph, source->kind, source->id), to = union_node(graph, target->kind, target->id);
    if (graph->failed) {
        return;
    }
    graph->structure += (hash_of(source->kind, source->id) * 31 + hash_of(target->kind, target->id)) * (link->kind + 3u);
    if (graph->lens == LENS_ACC && link->kind == LINK_BELONGS_TO) {
        struct union_node *module = &((struct union_node *)(void *)graph->nodes.items)[from];
        module->group = module->group == LAYOUT_NO_GROUP ? to : module->group; /* views come newest first: what is now counts */
        return;
    }
    /* Features stand before their scenarios, and what is needed before the task that needs it: work goes to the right. */
    bool turned = (link->kind == LINK_BELONGS_TO && source->kind == NODE_SCENARIO) ||
                  (graph->lens == LENS_DDE && link->kind == LINK_DEPENDS_ON);
    struct layout_edge *edge = arena_list_add(&graph->edges);
    if (edge == NULL) {
        graph->failed = true;
        return;
    }
    *edge = (struct layout_edge){turned ? to : from, turned ? from : to};
}

static enum status union_add(struct union_graph *graph, struct api *api, struct str tenant_id, struct str iteration_id,
                             int64_t valid_at, struct error *error)
{
    struct graph_view *view;
    struct clocks clocks = {valid_at, TIME_MAX, false};
    enum status status = view_read(api, tenant_id, iteration_id, clocks, graph->arena, &view, error);
    if (status != STATUS_OK) {
        return status == STATUS_ABSENT ? STATUS_OK : status;
    }
    for (uint32_t n = 0; n < view->node_count && !graph->failed; n++) {
        if (is_laid_out(graph->lens, view->nodes[n].kind)) {
            (void)union_node(graph, view->nodes[n].kind, view->nodes[n].id);
        }
    }
    for (uint32_t i = 0; i < view->link_count && !graph->failed; i++) {
        union_link(graph, view, &view->links[i]);
    }
    return graph->failed ? error_no_memory(error, "layout") : STATUS_OK;
}

/* Enters a time among the latest ones, which stand newest first, each once. */
static void enter_time(int64_t *times, uint32_t *count, int64_t time)
{
    uint32_t at = *count;
    while (at > 0 && times[at - 1] < time) {
        at--;
    }
    if (at == UNION_ANALYSES_MAX || (at > 0 && times[at - 1] == time)) {
        return;
    }
    *count += *count < UNION_ANALYSES_MAX;
    for (uint32_t i = *count - 1; i > at; i--) {
        times[i] = times[i - 1];
    }
    times[at] = time;
}

/* When the last analyses were completed, newest first, whenever we heard of them. */
static uint32_t analyses(const struct graph *graph, struct str tenant_id, struct str iteration_id, struct arena *arena,
                         int64_t *times)
{
    uint32_t *facts, fact_count, count = 0;
    struct error error;
    if (graph_iteration_facts(graph, tenant_id, iteration_id, arena, &facts, &fact_count, &error) != STATUS_OK) {
        return 0;
    }
    for (uint32_t i = 0; i < fact_count; i++) {
        struct fact_info info = graph_fact(graph, facts[i]);
        if (info.type == EVENT_ACC_ANALYSIS_COMPLETED) {
            enter_time(times, &count, info.valid_from);
        }
    }
    return count;
}

static enum status union_build(struct union_graph *graph, struct api *api, struct str tenant_id, struct str iteration_id,
                               struct error *error)
{
    arena_list_init(&graph->nodes, graph->arena, sizeof(struct union_node));
    arena_list_init(&graph->edges, graph->arena, sizeof(struct layout_edge));
    enum status status = union_add(graph, api, tenant_id, iteration_id, TIME_MAX, error);
    int64_t times[UNION_ANALYSES_MAX];
    bool is_swept = graph->lens == LENS_ACC || graph->lens == LENS_CONVERGENCE;
    uint32_t count = is_swept ? analyses(api->options.graph, tenant_id, iteration_id, graph->arena, times) : 0;
    for (uint32_t i = 0; status == STATUS_OK && i < count; i++) {
        status = union_add(graph, api, tenant_id, iteration_id, times[i] - 1, error);
    }
    return status;
}

/* ---- laying it out ---- */

static bool keep_place(struct places *places, enum node_kind kind, struct str id, struct layout_point point)
{
    size_t at = hash_of(kind, id) & (places->slot_count - 1);
    while (places->slots[at].id.at != NULL) {
        at = (at + 1) & (places->slot_count - 1);
    }
    places->slots[at] = (struct place_slot){.kind = kind, .x = point.x, .y = point.y};
    return arena_copy(&places->arena, id, &places->slots[at].id);
}

/* Groups are the components; nodes laid out are the modules. */
struct grouped_input {
    struct layout_input input;
    uint32_t *node_of;  /* union index of each laid out node */
    uint32_t *group_of; /* union index of each group */
};

static bool make_input(const struct union_graph *graph, struct grouped_input *made)
{
    struct arena *arena = graph->arena;
    uint32_t count = graph->nodes.count;
    const struct union_node *nodes = (const struct union_node *)(const void *)graph->nodes.items;
    struct layout_node *to = arena_new_zeroed(arena, (size_t)count + 1, sizeof *to);
    struct str *groups = arena_new_zeroed(arena, (size_t)count + 1, sizeof *groups);
    uint32_t *place = arena_new_zeroed(arena, (size_t)count + 1, sizeof *place); /* in nodes or in groups */
    made->node_of = arena_new_zeroed(arena, (size_t)count + 1, sizeof *made->node_of);
    made->group_of = arena_new_zeroed(arena, (size_t)count + 1, sizeof *made->group_of);
    if (to == NULL || groups == NULL || place == NULL || made->node_of == NULL || made->group_of == NULL) {
        return false;
    }
    made->input = (struct layout_input){.nodes = to, .groups = groups};
    for (uint32_t i = 0; i < count; i++) {
        if (graph->lens == LENS_ACC && nodes[i].kind == NODE_COMPONENT) {
            place[i] = made->input.group_count;
            made->group_of[made->input.group_count] = i;
            groups[made->input.group_count++] = nodes[i].id;
        } else {
            place[i] = made->input.node_count;
            made->node_of[made->input.node_count++] = i;
        }
    }
    for (uint32_t i = 0; i < made->input.node_count; i++) {
        const struct union_node *node = &nodes[made->node_of[i]];
        /* ids are distinct per kind only */
        if (!arena_format(arena, &to[i].id, "%.*s\x1f%d", STR_ARGS(node->id), (int)node->kind)) {
            return false;
        }
        to[i].group = node->group == LAYOUT_NO_GROUP ? LAYOUT_NO_GROUP : place[node->group];
    }
    struct layout_edge *edges = (struct layout_edge *)(void *)graph->edges.items;
    for (uint32_t i = 0; i < graph->edges.count; i++) {
        edges[i] = (struct layout_edge){place[edges[i].source], place[edges[i].target]};
    }
    made->input.edges = edges;
    made->input.edge_count = graph->edges.count;
    return true;
}

static enum status lay_out(const struct union_graph *graph, struct places *places, struct error *error)
{
    struct grouped_input made;
    struct layout layout = {0};
    const struct union_node *nodes = (const struct union_node *)(const void *)graph->nodes.items;
    if (!make_input(graph, &made)) {
        return error_no_memory(error, "layout");
    }
    enum status status = graph->lens == LENS_ACC   ? layout_grouped(&made.input, NULL, graph->arena, &layout, error)
                         : graph->lens == LENS_BDV ? layout_tree(&made.input, NULL, graph->arena, &layout, error)
                                                   : layout_layered(&made.input, NULL, graph->arena, &layout, error);
    if (status != STATUS_OK) {
        return status;
    }
    places->slot_count = 16;
    while (places->slot_count < (size_t)graph->nodes.count * 2) {
        places->slot_count *= 2;
    }
    places->slots = arena_new_zeroed(&places->arena, places->slot_count, sizeof *places->slots);
    places->groups = arena_new_zeroed(&places->arena, (size_t)made.input.group_count + 1, sizeof *places->groups);
    places->boxes = arena_new_zeroed(&places->arena, (size_t)made.input.group_count + 1, sizeof *places->boxes);
    bool fine = places->slots != NULL && places->groups != NULL && places->boxes != NULL;
    for (uint32_t i = 0; fine && i < made.input.node_count; i++) {
        const struct union_node *node = &nodes[made.node_of[i]];
        fine = keep_place(places, node->kind, node->id, layout.nodes[i]);
    }
    for (uint32_t i = 0; fine && i < made.input.group_count; i++) {
        struct layout_box box = layout.groups[i];
        places->boxes[i] = box;
        fine = arena_copy(&places->arena, made.input.groups[i], &places->groups[i]) &&
               keep_place(places, NODE_COMPONENT, made.input.groups[i],
                          (struct layout_point){box.x + box.width / 2, box.y + box.height / 2});
    }
    places->group_count = made.input.group_count;
    places->bounds = layout.bounds;
    return fine ? STATUS_OK : error_no_memory(error, "layout");
}

/* ---- keeping it ---- */

static struct places *find_entry(struct api *api, const struct graph_iteration *iteration, enum lens lens)
{
    if (api->places == NULL) {
        api->places = memory_new_zeroed(1, sizeof *api->places);
        if (api->places == NULL) {
            return NULL;
        }
        for (int i = 0; i < PLACES_MAX; i++) {
            arena_init(&api->places->entries[i].arena, LIMIT_REQUEST_ARENA_BYTES);
        }
    }
    struct places *oldest = &api->places->entries[0];
    for (int i = 0; i < PLACES_MAX; i++) {
        struct places *entry = &api->places->entries[i];
        if (entry->iteration_id.at == iteration->iteration_id.at && entry->tenant_id.at == iteration->tenant_id.at &&
            entry->lens == lens) {
            return entry;
        }
        oldest = entry->used < oldest->used ? entry : oldest;
    }
    arena_clear(&oldest->arena);
    *oldest = (struct places){.arena = oldest->arena};
    return oldest;
}

static enum status refresh(struct api *api, struct places *entry, const struct graph_iteration *iteration, enum lens lens,
                           struct error *error)
{
    struct arena work;
    arena_init(&work, LIMIT_REQUEST_ARENA_BYTES);
    struct union_graph graph = {.arena = &work, .lens = lens};
    enum status status = union_build(&graph, api, iteration->tenant_id, iteration->iteration_id, error);
    bool same = entry->iteration_id.at != NULL && graph.structure == entry->structure;
    if (status == STATUS_OK && !same) {
        arena_clear(&entry->arena);
        *entry = (struct places){.arena = entry->arena};
        status = lay_out(&graph, entry, error);
    }
    if (status == STATUS_OK) {
        entry->tenant_id = iteration->tenant_id;
        entry->iteration_id = iteration->iteration_id;
        entry->lens = lens;
        entry->structure = graph.structure;
        entry->fact_count = iteration->fact_count;
    } else {
        entry->iteration_id = STR_NONE;
    }
    arena_release(&work);
    return status;
}

const struct places *places_read(struct api *api, struct str tenant_id, struct str iteration_id, enum lens lens,
                                 const char **partial)
{
    static const struct places nowhere;
    struct graph_iteration iteration;
    struct error error;
    if (!graph_iteration_find(api->options.graph, tenant_id, iteration_id, &iteration)) {
        return &nowhere;
    }
    struct places *entry = find_entry(api, &iteration, lens);
    if (entry == NULL) {
        *partial = "memory was short: positions are left out";
        return &nowhere;
    }
    entry->used = ++api->use;
    bool fits = entry->iteration_id.at != NULL && entry->fact_count == iteration.fact_count;
    enum status status = fits ? STATUS_OK : refresh(api, entry, &iteration, lens, &error);
    if (status != STATUS_OK) {
        *partial = status == STATUS_INVALID ? "too many nodes to lay out: positions are left out"
                                            : "memory was short: positions are left out";
        return &nowhere;
    }
    return entry;
}

const struct places *places_of(struct exchange *exchange, struct str iteration_id, enum lens lens)
{
    return places_read(exchange->api, exchange->tenant_id, iteration_id, lens, &exchange->partial);
}

struct layout_box places_bounds(const struct places *places)
{
    return places->bounds;
}

uint32_t places_groups(const struct places *places, const struct str **ids, const struct layout_box **boxes)
{
    *ids = places->groups;
    *boxes = places->boxes;
    return places->lens == LENS_ACC ? places->group_count : 0;
}

struct place place_of(const struct places *places, enum node_kind kind, struct str id)
{
    struct place place = {false, 0, 0};
    if (places->slot_count == 0) {
        return place;
    }
    for (size_t at = hash_of(kind, id) & (places->slot_count - 1); places->slots[at].id.at != NULL;
         at = (at + 1) & (places->slot_count - 1)) {
        const struct place_slot *slot = &places->slots[at];
        if (slot->kind == kind && str_equal(slot->id, id)) {
            return (struct place){true, slot->x, slot->y};
        }
    }
    return place;
}

static void write_box(struct json_writer *json, struct layout_box box)
{
    json_field_double(json, "x", (double)box.x);
    json_field_double(json, "y", (double)box.y);
    json_field_double(json, "width", (double)box.width);
    json_field_double(json, "height", (double)box.height);
}

void places_write_bounds(struct json_writer *json, const struct places *places)
{
    json_write_key(json, "bounds");
    json_write_object_begin(json);
    write_box(json, places->bounds);
    json_write_object_end(json);
    if (places->lens != LENS_ACC) {
        return;
    }
    json_write_key(json, "groups");
    json_write_array_begin(json);
    for (uint32_t i = 0; i < places->group_count; i++) {
        json_write_object_begin(json);
        json_field_str(json, "id", places->groups[i]);
        write_box(json, places->boxes[i]);
        json_write_object_end(json);
    }
    json_write_array_end(json);
}
