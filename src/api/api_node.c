/* Nodes, links and the small pieces that all lenses share, as JSON. */
#include "api/api_private.h"

#include <stdlib.h>

void write_moment(struct json_writer *json, const char *key, int64_t ms)
{
    json_write_key(json, key);
    if (ms == INT64_MIN) {
        json_write_null(json);
        return;
    }
    json_write_object_begin(json);
    json_field_i64(json, "ms", ms);
    json_field_time(json, "time", ms);
    json_write_object_end(json);
}

void write_measure(struct json_writer *json, const char *key, struct measure measure)
{
    json_write_key(json, key);
    if (measure.known) {
        json_write_double(json, measure.value);
    } else {
        json_write_null(json);
    }
}

void write_text(struct json_writer *json, const char *key, struct str text)
{
    json_field_str(json, key, text.length == 0 ? STR_NONE : text);
}

void write_id(struct json_writer *json, const char *key, const struct graph_view *view, uint32_t node)
{
    json_field_str(json, key, node == VIEW_NONE ? STR_NONE : view->nodes[node].id);
}

void write_name(struct json_writer *json, const struct graph_view *view, uint32_t node)
{
    json_field_str(json, "name", view_name(view, &view->nodes[node]));
}

void write_fact(struct json_writer *json, const struct graph_view *view, uint32_t fact)
{
    char text[VIEW_EVENT_ID_SIZE];
    json_field_str(json, "event_id", fact == VIEW_NONE ? STR_NONE : view_fact_event_id(view, fact, text));
}

void write_open_runs(struct json_writer *json, const struct graph_view *view, const struct lens_open_run *runs,
                     uint32_t count)
{
    json_write_key(json, "open_runs");
    json_write_array_begin(json);
    for (uint32_t i = 0; i < count; i++) {
        json_write_object_begin(json);
        json_field_text(json, "what", runs[i].what);
        write_text(json, "name", runs[i].name);
        write_id(json, "node", view, runs[i].node);
        json_write_object_end(json);
    }
    json_write_array_end(json);
}

/* ---- properties ---- */

static void write_list(struct json_writer *json, struct str text)
{
    struct str item;
    json_write_array_begin(json);
    while (str_split_next(&text, GRAPH_SEPARATOR, &item)) {
        json_write_str(json, item);
    }
    json_write_array_end(json);
}

void write_value(struct json_writer *json, const struct graph_view *view, uint32_t property, uint32_t value)
{
    switch (property_type(property)) {
    case PROPERTY_TYPE_INTEGER:
        json_write_i64(json, view_value_integer(view, value));
        break;
    case PROPERTY_TYPE_REAL:
        json_write_double(json, view_value_real(view, value));
        break;
    case PROPERTY_TYPE_BOOLEAN:
        json_write_bool(json, value != 0);
        break;
    case PROPERTY_TYPE_STATUS:
        json_write_text(json, node_status_name((enum node_status)value));
        break;
    case PROPERTY_TYPE_SYMBOL:
        json_write_text(json, event_symbol((enum event_field)property, value));
        break;
    case PROPERTY_TYPE_LIST:
        write_list(json, view_value_text(view, value));
        break;
    default: {
        struct str text = view_value_text(view, value);
        if (str_find(text, GRAPH_SEPARATOR) < text.length) {
            write_list(json, text);
        } else {
            json_write_str(json, text);
        }
    }
    }
}

struct named_value {
    struct str name;
    uint32_t value;
};

static int compare_named_values(const void *a, const void *b)
{
    return str_compare(((const struct named_value *)a)->name, ((const struct named_value *)b)->name);
}

/* The values of one property with keys, by key: a view has them in the order in which the keys were first heard. Without
 * memory to sort in they come in that order. */
static void write_keyed(struct json_writer *json, const struct graph_view *view, const struct view_property *first, uint32_t count)
{
    struct named_value *values = arena_new(view->arena, count * sizeof *values);
    for (uint32_t i = 0; values != NULL && i < count; i++) {
        struct str sub = view_sub_text(view, first[i].sub);
        values[i] = (struct named_value){sub.at == NULL ? STR("") : sub, first[i].value};
    }
    if (values != NULL) {
        qsort(values, count, sizeof *values, compare_named_values);
    }
    json_write_object_begin(json);
    for (uint32_t i = 0; i < count; i++) {
        struct str sub = values != NULL ? values[i].name : view_sub_text(view, first[i].sub);
        json_write_key_str(json, sub.at == NULL ? STR("") : sub);
        write_value(json, view, first[i].property, values != NULL ? values[i].value : first[i].value);
    }
    json_write_object_end(json);
}

void write_properties(struct json_writer *json, const struct graph_view *view, const struct view_node *node)
{
    json_write_object_begin(json);
    for (uint32_t i = 0; i < node->property_count;) {
        uint16_t number = node->properties[i].property;
        json_write_key(json, property_name(number));
        bool keyed =
            node->properties[i].sub != 0 || (i + 1 < node->property_count && node->properties[i + 1].property == number);
        if (!keyed) {
            write_value(json, view, number, node->properties[i].value);
            i++;
            continue;
        }
        uint32_t first = i;
        while (i < node->property_count && node->properties[i].property == number) {
            i++;
        }
        write_keyed(json, view, &node->properties[first], i - first);
    }
    json_write_object_end(json);
}

/* ---- nodes ---- */

static void write_place(struct json_writer *json, const struct places *places, const struct view_node *node)
{
    struct place place = place_of(places, node->kind, node->id);
    json_write_key(json, "x");
    if (place.known) {
        json_write_double(json, (double)place.x);
    } else {
        json_write_null(json);
    }
    json_write_key(json, "y");
    if (place.known) {
        json_write_double(json, (double)place.y);
    } else {
        json_write_null(json);
    }
}

static void write_time_or_null(struct json_writer *json, const char *key, bool known, int64_t ms)
{
    json_write_key(json, key);
    if (known) {
        json_write_i64(json, ms);
    } else {
        json_write_null(json);
    }
}

void write_node(struct json_writer *json, const struct graph_view *view, uint32_t number, const struct places *places)
{
    const struct view_node *node = &view->nodes[number];
    bool has_facts = node->first_fact != VIEW_NONE && node->last_fact != VIEW_NONE;
    json_write_object_begin(json);
    json_field_str(json, "id", node->id);
    json_field_text(json, "kind", node_kind_name(node->kind));
    json_field_str(json, "name", view_name(view, node));
    json_field_text(json, "status", node_status_name(view_status(node)));
    json_field_i64(json, "version", node->version);
    write_time_or_null(json, "valid_from", has_facts, has_facts ? view_fact_valid_from(view, node->first_fact) : 0);
    write_time_or_null(json, "updated_at", has_facts, has_facts ? view_fact_valid_from(view, node->last_fact) : 0);
    write_time_or_null(json, "observed_at", has_facts, has_facts ? view_fact_observed_at(view, node->last_fact) : 0);
    write_fact(json, view, node->last_fact);
    write_time_or_null(json, "seq", has_facts, has_facts ? (int64_t)view_fact_seq(view, node->last_fact) : 0);
    if (places != NULL) {
        write_place(json, places, node);
    }
    json_write_key(json, "properties");
    write_properties(json, view, node);
    json_write_object_end(json);
}

void write_link(struct json_writer *json, const struct graph_view *view, const struct view_link *link)
{
    const struct view_node *source = &view->nodes[link->source], *target = &view->nodes[link->target];
    char text[VIEW_EVENT_ID_SIZE];
    bool has_evidence = link->evidence_fact != VIEW_NONE;
    json_write_object_begin(json);
    json_field_text(json, "kind", link_kind_name(link->kind));
    json_field_str(json, "source", source->id);
    json_field_text(json, "source_kind", node_kind_name(source->kind));
    json_field_str(json, "target", target->id);
    json_field_text(json, "target_kind", node_kind_name(target->kind));
    json_field_double(json, "confidence", link->confidence);
    json_field_text(json, "method", link_method_name(link->method));
    json_field_bool(json, "inferred", link->inferred);
    json_field_double(json, "weight", link->weight);
    json_field_str(json, "explanation", link->explanation);
    json_field_i64(json, "valid_from", link->valid_from);
    json_field_i64(json, "observed_at", link->observed_at);
    json_field_i64(json, "created_at", link->observed_at);
    json_field_str(json, "source_event_id", has_evidence ? view_fact_event_id(view, link->evidence_fact, text) : STR_NONE);
    json_field_str(json, "source_trace_id", has_evidence ? view_fact_trace_id(view, link->evidence_fact) : STR_NONE);
    json_field_str(json, "created_by", link->created_by);
    json_write_object_end(json);
}

void write_graph(struct json_writer *json, const struct graph_view *view, uint32_t kinds, const bool *keep,
                 const struct places *places)
{
    json_write_key(json, "nodes");
    json_write_array_begin(json);
    for (uint32_t n = 0; n < view->node_count; n++) {
        if ((kinds >> view->nodes[n].kind & 1) != 0 && (keep == NULL || keep[n])) {
            write_node(json, view, n, places);
        }
    }
    json_write_array_end(json);
    json_write_key(json, "edges");
    json_write_array_begin(json);
    for (uint32_t i = 0; i < view->link_count; i++) {
        const struct view_link *link = &view->links[i];
        if ((kinds >> view->nodes[link->source].kind & 1) != 0 && (kinds >> view->nodes[link->target].kind & 1) != 0 &&
            (keep == NULL || (keep[link->source] && keep[link->target]))) {
            write_link(json, view, link);
        }
    }
    json_write_array_end(json);
}
