#include "lens/measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct measure measure_ratio(uint64_t part, uint64_t whole)
{
    return whole == 0 ? MEASURE_UNKNOWN : measure_of((double)part / (double)whole);
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

struct measure measure_percentile(double *values, uint32_t count, uint32_t percent)
{
    if (count == 0) {
        return MEASURE_UNKNOWN;
    }
    qsort(values, count, sizeof *values, compare_doubles);
    uint64_t rank = ((uint64_t)percent * count + 99) / 100;
    return measure_of(values[rank == 0 ? 0 : rank - 1]);
}

struct measure measure_from_text(struct str text)
{
    struct measure measure = MEASURE_UNKNOWN;
    measure.known = text.at != NULL && str_to_double(text, &measure.value);
    return measure.known ? measure : MEASURE_UNKNOWN;
}

static int compare_open_runs(const void *a, const void *b)
{
    return str_compare(((const struct lens_open_run *)a)->name, ((const struct lens_open_run *)b)->name);
}

void lens_open_runs_sort(struct lens_open_run *runs, uint32_t count)
{
    if (count > 1) {
        qsort(runs, count, sizeof *runs, compare_open_runs);
    }
}

static const char *const lens_names[LENS_COUNT] = {"DDE", "BDV", "ACC", "Convergence"};

const char *lens_name(enum lens lens)
{
    return lens_names[lens];
}

bool lens_from_name(struct str name, enum lens *lens)
{
    for (int i = 0; i < LENS_COUNT; i++) {
        if (str_equal_ignoring_case(name, str_from(lens_names[i]))) {
            *lens = (enum lens)i;
            return true;
        }
    }
    return false;
}

int lens_fact_compare(const struct graph_view *view, uint32_t a, uint32_t b)
{
    if (a == b) {
        return 0;
    }
    int64_t time_a = view_fact_valid_from(view, a), time_b = view_fact_valid_from(view, b);
    if (time_a != time_b) {
        return time_a < time_b ? -1 : 1;
    }
    int type_a = (int)view_fact_type(view, a), type_b = (int)view_fact_type(view, b);
    if (type_a != type_b) {
        return type_a < type_b ? -1 : 1;
    }
    char text_a[VIEW_EVENT_ID_SIZE], text_b[VIEW_EVENT_ID_SIZE];
    return str_compare(view_fact_event_id(view, a, text_a), view_fact_event_id(view, b, text_b));
}

struct str lens_error_message(const struct graph_view *view, const struct view_node *node)
{
    struct str text = view_text(view, node, EVENT_FIELD_ERROR_MESSAGE);
    return text.at != NULL ? text : view_text(view, node, EVENT_FIELD_ERROR_INFO_MESSAGE);
}

uint32_t lens_property_fact(const struct view_node *node, uint32_t property)
{
    const struct view_property *found = view_property(node, property, 0);
    return found == NULL ? VIEW_NONE : found->fact;
}

void arena_list_init(struct arena_list *list, struct arena *arena, size_t item_size)
{
    *list = (struct arena_list){.arena = arena, .item_size = item_size};
}

void *arena_list_add(struct arena_list *list)
{
    if (list->count == list->capacity) {
        uint32_t capacity = list->capacity == 0 ? 8 : list->capacity * 2;
        char *items = capacity > list->capacity ? arena_new(list->arena, (size_t)capacity * list->item_size) : NULL;
        if (items == NULL) {
            return NULL;
        }
        if (list->count > 0) {
            memcpy(items, list->items, (size_t)list->count * list->item_size);
        }
        list->items = items;
        list->capacity = capacity;
    }
    void *item = list->items + (size_t)list->count * list->item_size;
    memset(item, 0, list->item_size);
    list->count++;
    return item;
}
