#include "query/fault.h"

#include <stdio.h>

void faults_init(struct query_faults *faults, struct arena *arena, uint32_t count_max)
{
    *faults = (struct query_faults){.arena = arena, .count_max = count_max};
}

struct query_fault *faults_add(struct query_faults *faults, const char *code, struct ast_place place, const char *format, ...)
{
    if (faults->count++ >= faults->count_max) {
        return NULL;
    }
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    struct query_fault *fault = arena_new_zeroed(faults->arena, 1, sizeof *fault);
    char *text = length < 0 ? NULL : arena_new(faults->arena, (size_t)length + 1);
    if (fault != NULL && text != NULL) {
        (void)vsnprintf(text, (size_t)length + 1, format, again);
        fault->code = code;
        fault->message = (struct str){text, (size_t)length};
        fault_add_place(fault, place);
        if (faults->last == NULL) {
            faults->first = fault;
        } else {
            faults->last->next = fault;
        }
        faults->last = fault;
    } else {
        faults->out_of_memory = true;
        fault = NULL;
    }
    va_end(again);
    return fault;
}

void fault_add_place(struct query_fault *fault, struct ast_place place)
{
    if (fault != NULL && place.line != 0 && fault->place_count < FAULT_PLACES_MAX) {
        fault->places[fault->place_count++] = place;
    }
}

void fault_write(const struct query_fault *fault, struct json_writer *json)
{
    json_write_object_begin(json);
    json_field_str(json, "message", fault->message);
    if (fault->place_count > 0) {
        json_write_key(json, "locations");
        json_write_array_begin(json);
        for (uint32_t i = 0; i < fault->place_count; i++) {
            json_write_object_begin(json);
            json_field_i64(json, "line", fault->places[i].line);
            json_field_i64(json, "column", fault->places[i].column);
            json_write_object_end(json);
        }
        json_write_array_end(json);
    }
    json_write_key(json, "extensions");
    json_write_object_begin(json);
    json_field_text(json, "code", fault->code);
    json_write_object_end(json);
    json_write_object_end(json);
}

void faults_write(const struct query_faults *faults, struct json_writer *json)
{
    json_write_object_begin(json);
    json_write_key(json, "errors");
    json_write_array_begin(json);
    for (const struct query_fault *fault = faults->first; fault != NULL; fault = fault->next) {
        fault_write(fault, json);
    }
    json_write_array_end(json);
    json_write_object_end(json);
}
