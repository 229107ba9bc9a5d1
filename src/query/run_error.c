/* run_error.c: the errors of a run, as they stand in its answer. */
#include <stdio.h>

#include "query/run.h"

#define LAST_ERROR_BYTES 8192 /* for the one that ends a run there is always room */

static void put_path(const struct run_path *path, struct json_writer *json)
{
    if (path->parent != NULL) {
        put_path(path->parent, json);
    }
    if (path->field == NULL) {
        json_write_i64(json, (int64_t)path->index);
    } else {
        json_write_str(json, path->field->name);
    }
}

/* A fragment that is spread under several conditions has its nodes in the list more than once. */
static void put_locations(struct query_call *call, struct json_writer *json)
{
    const struct plan_field *field = call->field;
    const struct ast_selection *put[FAULT_PLACES_MAX];
    json_write_key(json, "locations");
    json_write_array_begin(json);
    for (uint32_t i = 0, count = 0; i < field->node_count && count < FAULT_PLACES_MAX; i++) {
        const struct ast_selection *node = field->nodes[i].field;
        bool is_new = run_condition(call->run, field->nodes[i].condition);
        for (uint32_t k = 0; is_new && k < count; k++) {
            is_new = put[k] != node;
        }
        if (is_new) {
            json_write_object_begin(json);
            json_field_i64(json, "line", node->place.line);
            json_field_i64(json, "column", node->place.column);
            json_write_object_end(json);
            put[count++] = node;
        }
    }
    json_write_array_end(json);
}

static void put_error(struct query_run *run, struct query_call *call, const char *code, struct str message)
{
    struct json_writer json;
    if (run->errors.length > 0) {
        buffer_append_char(&run->errors, ',');
    }
    json_write_init(&json, &run->errors, 0);
    json_write_object_begin(&json);
    json_field_str(&json, "message", message);
    if (call != NULL) {
        put_locations(call, &json);
        json_write_key(&json, "path");
        json_write_array_begin(&json);
        put_path(call->path, &json);
        json_write_array_end(&json);
    }
    json_write_key(&json, "extensions");
    json_write_object_begin(&json);
    json_field_text(&json, "code", code);
    json_write_object_end(&json);
    json_write_object_end(&json);
}

/* Errors that do not fit are counted, like those over the maximum. */
static void list(struct query_run *run, struct query_call *call, const char *code, struct str message)
{
    size_t length = run->errors.length;
    put_error(run, call, code, message);
    if (!run->errors.failed) {
        run->errors_listed++;
        return;
    }
    buffer_cut(&run->errors, length);
    run->errors.failed = false;
    run->errors_omitted++;
}

void run_error(struct query_call *call, const char *code, struct str message)
{
    struct query_run *run = call->run;
    if (run->errors_listed >= run->plan->limits.errors_max) {
        run->errors_omitted++;
        return;
    }
    list(run, call, code, message);
}

void run_error_nowhere(struct query_run *run, const char *code, struct str message)
{
    run->errors.length_max += LAST_ERROR_BYTES;
    list(run, NULL, code, message);
}

void query_fail(struct query_call *call, const char *code, const char *format, ...)
{
    if (call->failed) {
        return; /* one error for each position */
    }
    char text[ERROR_TEXT_SIZE];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    call->failed = true;
    run_error(call, code, str_from(text));
}

void query_fail_error(struct query_call *call, const struct error *error)
{
    static const char *const codes[] = {
        [STATUS_OK] = "INTERNAL",       [STATUS_INVALID] = "BAD_USER_INPUT", [STATUS_ABSENT] = "NOT_FOUND",
        [STATUS_RETRY] = "UNAVAILABLE", [STATUS_FATAL] = "INTERNAL",
    };
    query_fail(call, codes[error->status], "%s", error->text);
}
