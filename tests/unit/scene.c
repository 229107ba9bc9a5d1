#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "scene.h"

#include "base/json_read.h"
#include "base/limits.h"

void scene_init(struct scene *scene)
{
    *scene = (struct scene){0};
    arena_init(&scene->arena, LIMIT_REQUEST_ARENA_BYTES);
    scene->decoder = event_decoder_new();
    assert_non_null(scene->decoder);
    assert_int_equal(graph_new(&scene->graph, NULL), STATUS_OK);
}

void scene_release(struct scene *scene)
{
    graph_free(scene->graph);
    event_decoder_free(scene->decoder);
    arena_release(&scene->arena);
}

struct event *scene_decode(struct scene *scene, const char *json)
{
    size_t length = strlen(json);
    char *text = arena_new_zeroed(&scene->arena, length + JSON_READ_PADDING + 1, 1);
    struct event *event = arena_new(&scene->arena, sizeof *event);
    struct event_fault fault = {0};
    assert_true(text != NULL && event != NULL);
    for (size_t i = 0; i < length; i++) {
        text[i] = json[i] == '\'' ? '"' : json[i];
    }
    enum status status = event_decode(scene->decoder, (struct str){text, length}, &scene->arena, &event_defaults_for_log, event, &fault);
    if (status != STATUS_OK) {
        fail_msg("%s: %s", text, fault.error.text);
    }
    return event;
}

uint32_t scene_apply(struct scene *scene, const struct event *event, int64_t observed_at)
{
    uint32_t fact;
    struct error error;
    scene->observed_at = observed_at > scene->observed_at ? observed_at : scene->observed_at;
    enum status status = graph_apply(scene->graph, event, ++scene->seq, scene->observed_at, &fact, &error);
    if (status != STATUS_OK) {
        fail_msg("%s", error.text);
    }
    return fact;
}

uint32_t scene_tell(struct scene *scene, int64_t valid_from, int64_t observed_at, const char *type, const char *fields)
{
    struct buffer json;
    buffer_init(&json, MIB);
    buffer_append_format(&json, "{'event_type':'%s','timestamp':%lld", type, (long long)valid_from);
    if (strstr(fields, "'event_id'") == NULL) {
        buffer_append_format(&json, ",'event_id':'0190a000-0000-7000-8000-%012x'", ++scene->told);
    }
    if (strstr(fields, "'iteration_id'") == NULL) {
        buffer_append_text(&json, ",'iteration_id':'it'");
    }
    buffer_append_format(&json, "%s%s}", fields[0] == '\0' ? "" : ",", fields);
    assert_false(buffer_failed(&json));
    uint32_t fact = scene_apply(scene, scene_decode(scene, json.bytes), observed_at);
    buffer_release(&json);
    return fact;
}

struct graph_view *scene_view_of(struct scene *scene, struct str tenant_id, struct str iteration_id, int64_t valid_at,
                                 int64_t known_at)
{
    struct graph_view *view = NULL;
    struct correlate_config config = correlate_config_default();
    struct error error;
    enum status status = graph_view_open(scene->graph, tenant_id, iteration_id, valid_at, known_at, &scene->arena, &view, &error);
    if (status == STATUS_ABSENT) {
        return NULL;
    }
    assert_int_equal(status, STATUS_OK);
    assert_int_equal(correlate_view(view, &config, &error), STATUS_OK);
    return view;
}

struct graph_view *scene_view(struct scene *scene, int64_t valid_at, int64_t known_at)
{
    return scene_view_of(scene, STR("default"), STR("it"), valid_at, known_at);
}

const char *scene_status(const struct graph_view *view, enum node_kind kind, const char *id)
{
    uint32_t node = view == NULL ? VIEW_NONE : view_find(view, kind, str_from(id));
    return node == VIEW_NONE ? "absent" : node_status_name(view_status(&view->nodes[node]));
}

const struct view_link *scene_link(const struct graph_view *view, enum link_kind kind, enum node_kind source_kind,
                                   const char *source, enum node_kind target_kind, const char *target)
{
    uint32_t from = view_find(view, source_kind, str_from(source)), to = view_find(view, target_kind, str_from(target));
    for (uint32_t i = 0; from != VIEW_NONE && i < view_out_count(view, from); i++) {
        const struct view_link *link = view_out(view, from, i);
        if (link->kind == kind && link->target == to) {
            return link;
        }
    }
    return NULL;
}

const struct view_unmatched *scene_unmatched(const struct graph_view *view, enum node_kind node_kind, const char *node,
                                             enum link_kind kind)
{
    for (uint32_t i = 0; i < view->unmatched_count; i++) {
        const struct view_unmatched *unmatched = &view->unmatched[i];
        if (unmatched->kind == kind && view->nodes[unmatched->node].kind == node_kind &&
            str_is(view->nodes[unmatched->node].id, node)) {
            return unmatched;
        }
    }
    return NULL;
}

/* --- printing ------------------------------------------------------------------------------------------------------------- */

static void print_fact(const struct graph_view *view, uint32_t fact, bool with_arrival, struct buffer *text)
{
    char id[VIEW_EVENT_ID_SIZE];
    if (fact == VIEW_NONE) {
        buffer_append_text(text, "-");
        return;
    }
    buffer_append_format(text, "%.*s@%lld", STR_ARGS(view_fact_event_id(view, fact, id)),
                         (long long)view_fact_valid_from(view, fact));
    if (with_arrival) {
        buffer_append_format(text, "/%lld/%llu", (long long)view_fact_observed_at(view, fact),
                             (unsigned long long)view_fact_seq(view, fact));
    }
}

static void print_value(const struct graph_view *view, const struct view_property *property, struct buffer *text)
{
    switch (property_type(property->property)) {
    case PROPERTY_TYPE_TEXT:
    case PROPERTY_TYPE_LIST:
        buffer_append_format(text, "\"%.*s\"", STR_ARGS(view_value_text(view, property->value)));
        break;
    case PROPERTY_TYPE_REAL:
        buffer_append_format(text, "%.17g", view_value_real(view, property->value));
        break;
    default:
        buffer_append_i64(text, view_value_integer(view, property->value));
        break;
    }
}

static int compare_names(const void *a, const void *b, void *view)
{
    const struct view_property *x = a, *y = b;
    if (x->property != y->property) {
        return x->property < y->property ? -1 : 1;
    }
    return str_compare(view_sub_text(view, x->sub), view_sub_text(view, y->sub));
}

static void print_node(const struct graph_view *view, const struct view_node *node, bool with_arrival, struct buffer *text)
{
    struct view_property sorted[256];
    assert_true(node->property_count <= 256);
    if (node->property_count > 0) {
        memcpy(sorted, node->properties, node->property_count * sizeof *sorted);
        qsort_r(sorted, node->property_count, sizeof *sorted, compare_names, (void *)view);
    }
    buffer_append_format(text, "%s %.*s v%u ", node_kind_name(node->kind), STR_ARGS(node->id), node->version);
    print_fact(view, node->first_fact, with_arrival, text);
    buffer_append_char(text, ' ');
    print_fact(view, node->last_fact, with_arrival, text);
    for (uint32_t p = 0; p < node->property_count; p++) {
        buffer_append_format(text, "\n  %s[%.*s] = ", property_name(sorted[p].property),
                             STR_ARGS(view_sub_text(view, sorted[p].sub)));
        print_value(view, &sorted[p], text);
        buffer_append_char(text, ' ');
        print_fact(view, sorted[p].fact, with_arrival, text);
    }
    buffer_append_char(text, '\n');
}

static void print_link(const struct graph_view *view, const struct view_link *link, bool with_arrival, struct buffer *text)
{
    buffer_append_format(text, "%.*s %s %.*s %s %.17g w%.17g %d @%lld ", STR_ARGS(view->nodes[link->source].id),
                         link_kind_name(link->kind), STR_ARGS(view->nodes[link->target].id), link_method_name(link->method),
                         link->confidence, link->weight, link->inferred, (long long)link->valid_from);
    if (with_arrival) {
        buffer_append_format(text, "observed %lld ", (long long)link->observed_at);
    }
    print_fact(view, link->evidence_fact, with_arrival, text);
    buffer_append_format(text, " %.*s (%.*s)\n", STR_ARGS(link->explanation), STR_ARGS(link->created_by));
}

void scene_print(const struct graph_view *view, bool with_arrival, struct buffer *text)
{
    if (view == NULL) {
        buffer_append_text(text, "nothing\n");
        return;
    }
    for (uint32_t n = 0; n < view->node_count; n++) {
        print_node(view, &view->nodes[n], with_arrival, text);
    }
    for (uint32_t l = 0; l < view->link_count; l++) {
        print_link(view, &view->links[l], with_arrival, text);
    }
    for (uint32_t u = 0; u < view->unmatched_count; u++) {
        const struct view_unmatched *unmatched = &view->unmatched[u];
        buffer_append_format(text, "? %.*s %s %s %.*s: %.*s\n", STR_ARGS(view->nodes[unmatched->node].id),
                             link_kind_name(unmatched->kind), node_kind_name(unmatched->partner_kind),
                             STR_ARGS(unmatched->partner), STR_ARGS(unmatched->reason));
    }
}
