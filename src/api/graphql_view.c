/* Views of a request: opened once for each (tenant, iteration, V, K), and what lenses make of them, worked out once. */
#include "api/graphql_private.h"

enum status view_get(struct graphql_request *request, struct str tenant_id, struct str iteration_id, struct clocks clocks,
                     struct graphql_view **out, struct error *error)
{
    for (struct graphql_view *view = request->views; view != NULL; view = view->next) {
        if (str_equal(view->view->iteration_id, iteration_id) && str_equal(view->view->tenant_id, tenant_id) &&
            view->clocks.valid_at == clocks.valid_at && view->clocks.known_at == clocks.known_at) {
            *out = view;
            return STATUS_OK;
        }
    }
    struct graph_view *read;
    struct view_hold *hold;
    enum status status =
        view_hold(request->api, tenant_id, iteration_id, clocks, &request->arena, &read, &hold, error);
    if (status != STATUS_OK) {
        return status;
    }
    struct graphql_view *view = view_around(request, read, clocks);
    if (view == NULL) {
        view_release(hold);
        return error_no_memory(error, "view");
    }
    view->hold = hold;
    view->position = position_at(request->api->options.graph, read->known_facts);
    view->next = request->views;
    request->views = view;
    *out = view;
    return STATUS_OK;
}

struct graphql_view *view_around(struct graphql_request *request, struct graph_view *read, struct clocks clocks)
{
    struct graphql_view *view = arena_new_zeroed(&request->arena, 1, sizeof *view);
    struct str *ids = arena_new_zeroed(&request->arena, (size_t)read->node_count + 1, sizeof *ids);
    if (view == NULL || ids == NULL) {
        return NULL;
    }
    *view = (struct graphql_view){
        .request = request, .view = read, .clocks = clocks, .position = read->position, .ids = ids};
    for (int i = 0; i < LENS_COUNT; i++) {
        view->scopes[i] = (struct graphql_scope){view, (enum lens)i};
    }
    return view;
}

struct graphql_view *view_of_nothing(struct query_call *call, struct str tenant_id, struct str iteration_id,
                                     struct clocks clocks)
{
    struct graphql_request *request = request_of(call);
    struct graph_view *nothing =
        view_empty(request->api->options.graph, tenant_id, iteration_id, clocks, &request->arena);
    struct graphql_view *view = nothing == NULL ? NULL : view_around(request, nothing, clocks);
    if (view == NULL || !view_add_named(nothing, &nothing->iteration_id, 1, NODE_ITERATION) || !view_index_links(nothing)) {
        fail_memory(call);
        return NULL;
    }
    return view;
}

void views_release(struct graphql_request *request)
{
    for (struct graphql_view *view = request->views; view != NULL; view = view->next) {
        view_release(view->hold);
    }
    request->views = NULL;
}

struct graphql_view *view_open_for(struct query_call *call, struct str tenant_id, struct str iteration_id,
                                   struct clocks clocks)
{
    struct graphql_view *view;
    struct error error;
    if (view_get(request_of(call), tenant_id, iteration_id, clocks, &view, &error) != STATUS_OK) {
        query_fail_error(call, &error);
        return NULL;
    }
    return view;
}

struct graphql_view *view_asked(struct query_call *call)
{
    return view_open_for(call, request_of(call)->asker.tenant_id, argument_text(call, "iterationId"), argument_clocks(call));
}

/* ---- what lenses make of it ---- */

#define LENS_OF_VIEW(NAME, TYPE, READ_IT)                                                                                   \
    const struct TYPE *view_##NAME(struct query_call *call, struct graphql_view *view)                                      \
    {                                                                                                                       \
        struct error error;                                                                                                 \
        if (view->NAME == NULL) {                                                                                           \
            struct TYPE *made = new_zeroed(call, 1, sizeof *made);                                                          \
            if (made == NULL) {                                                                                             \
                return NULL;                                                                                                \
            }                                                                                                               \
            if ((READ_IT) != STATUS_OK) {                                                                                   \
                query_fail_error(call, &error);                                                                             \
                return NULL;                                                                                                \
            }                                                                                                               \
            view->NAME = made;                                                                                              \
        }                                                                                                                   \
        return view->NAME;                                                                                                  \
    }

LENS_OF_VIEW(dde, lens_dde, lens_dde_read(view->view, &view->request->arena, made, &error))
LENS_OF_VIEW(bdv, lens_bdv, lens_bdv_read(view->view, &view->request->arena, made, &error))
LENS_OF_VIEW(acc, lens_acc, lens_acc_read(view->view, &view->request->arena, made, &error))
LENS_OF_VIEW(convergence, lens_convergence, lens_convergence_read(view->view, &view->request->arena, made, &error))
LENS_OF_VIEW(verdict, verdict,
             verdict_read(view->view, view->request->api->options.policy, &view->request->arena, made, &error))

/* A copy: what is kept of layouts may go while a request waits. */
const struct graphql_places *view_places(struct query_call *call, struct graphql_view *view, enum lens lens)
{
    if (view->places[lens] != NULL) {
        return view->places[lens];
    }
    const struct graph_view *read = view->view;
    struct graphql_places *made = new_zeroed(call, 1, sizeof *made);
    struct place *nodes = made == NULL ? NULL : new_zeroed(call, (size_t)read->node_count + 1, sizeof *nodes);
    if (nodes == NULL) {
        return NULL;
    }
    const struct places *places =
        places_read(view->request->api, read->tenant_id, read->iteration_id, lens, &view->partial);
    for (uint32_t n = 0; n < read->node_count; n++) {
        nodes[n] = place_of(places, read->nodes[n].kind, read->nodes[n].id);
    }
    const struct str *ids;
    const struct layout_box *boxes;
    uint32_t count = places_groups(places, &ids, &boxes);
    struct str *kept_ids = new_zeroed(call, (size_t)count + 1, sizeof *kept_ids);
    struct layout_box *kept_boxes = kept_ids == NULL ? NULL : new_zeroed(call, (size_t)count + 1, sizeof *kept_boxes);
    if (kept_boxes == NULL) {
        return NULL;
    }
    for (uint32_t i = 0; i < count; i++) {
        kept_boxes[i] = boxes[i];
        if (!new_copy(call, ids[i], &kept_ids[i])) {
            return NULL;
        }
    }
    *made = (struct graphql_places){places_bounds(places), count, kept_ids, kept_boxes, nodes};
    view->places[lens] = made;
    return made;
}

/* ---- meta ---- */

struct graphql_meta {
    uint64_t position;
    struct clocks clocks;
    const char *const *partial; /* asked when the answer has all the rest */
    int64_t watermarks[EVENT_STREAM_COUNT];
};

void give_meta(struct query_call *call, struct query_value *value, const struct graphql_view *view)
{
    struct graphql_meta *meta = new_zeroed(call, 1, sizeof *meta);
    if (meta != NULL) {
        *meta = (struct graphql_meta){.position = view->position, .clocks = view->clocks, .partial = &view->partial};
        view_watermarks(view->view, meta->watermarks);
        give_pointer(value, meta);
    }
}

void give_meta_of_all(struct query_call *call, struct query_value *value, struct clocks clocks, const char *partial)
{
    const struct graphql_request *request = request_of(call);
    const struct graph *graph = request->api->options.graph;
    struct graphql_meta *meta = new_zeroed(call, 1, sizeof *meta);
    const char **kept = meta == NULL ? NULL : new_zeroed(call, 1, sizeof *kept);
    if (kept != NULL) {
        *kept = partial;
        *meta = (struct graphql_meta){
            .position = position_at(graph, graph_known_facts(graph, clocks.known_at)), .clocks = clocks, .partial = kept};
        tenant_watermarks(graph, request->asker.all_tenants ? STR_NONE : request->asker.tenant_id, meta->watermarks);
        give_pointer(value, meta);
    }
}

void give_event_id(struct query_call *call, struct query_value *value, const struct graph_view *view, uint32_t fact)
{
    char text[VIEW_EVENT_ID_SIZE];
    struct str kept;
    if (fact != VIEW_NONE && new_copy(call, view_fact_event_id(view, fact, text), &kept)) {
        give_filled(value, kept);
    }
}

void give_event_type(struct query_value *value, const struct graph_view *view, uint32_t fact)
{
    if (fact != VIEW_NONE) {
        give_word(value, event_type_symbol(view_fact_type(view, fact)));
    }
}

#define SELF_Meta const struct graphql_meta *self = object.at
#define META_FIELDS(FIELD)                                                                                                  \
    FIELD(Meta, position, integer, (int64_t)self->position)                                                                 \
    FIELD(Meta, validAt, time, self->clocks.valid_at)                                                                       \
    FIELD(Meta, knownAt, time, self->clocks.known_at)                                                                       \
    FIELD(Meta, watermarks, pointer, self->watermarks)                                                                      \
    FIELD(Meta, partial, boolean, *self->partial != NULL)                                                                   \
    FIELD(Meta, partialReason, word, *self->partial)

#define SELF_Watermarks const int64_t *self = object.at
#define WATERMARK_FIELDS(FIELD)                                                                                             \
    FIELD(Watermarks, dde, time, self[EVENT_STREAM_DDE])                                                                    \
    FIELD(Watermarks, bdv, time, self[EVENT_STREAM_BDV])                                                                    \
    FIELD(Watermarks, acc, time, self[EVENT_STREAM_ACC])                                                                    \
    FIELD(Watermarks, control, time, self[EVENT_STREAM_CONTROL])

META_FIELDS(RESOLVER)
WATERMARK_FIELDS(RESOLVER)

static const struct query_binding bindings[] = {META_FIELDS(BINDING) WATERMARK_FIELDS(BINDING)};
const struct graphql_bindings graphql_view_bindings = BINDINGS_OF(bindings);
