/* run_field.c: fields, objects and lists. */
#include "base/limits.h"
#include "query/run.h"

/* ---- conditions and arguments: once a run ---- */

/* What a plan has grown to, twice over: while it runs it may grow again. */
static void *grow(struct query_run *run, const void *old, uint32_t *capacity, uint32_t needed, size_t size)
{
    uint32_t wanted = needed * 2;
    char *grown = arena_new_zeroed(&run->arena, wanted, size);
    if (grown != NULL && *capacity > 0) {
        memcpy(grown, old, *capacity * size);
    }
    *capacity = grown == NULL ? *capacity : wanted;
    return grown;
}

/* Later conditions refer to earlier ones only. */
static bool look_at_conditions(struct query_run *run)
{
    const struct query_plan *plan = run->plan;
    if (plan->condition_count > run->condition_capacity) {
        bool *grown = grow(run, run->conditions, &run->condition_capacity, plan->condition_count, sizeof *grown);
        if (grown == NULL) {
            (void)run_stop_no_memory(run);
            return false;
        }
        run->conditions = grown;
    }
    run->conditions[0] = true;
    for (uint32_t i = run->condition_count > 0 ? run->condition_count : 1; i < plan->condition_count; i++) {
        const struct plan_condition *condition = &plan->conditions[i];
        const struct query_input *value = run->variables[condition->variable];
        if (value == NULL || value->kind != QUERY_INPUT_BOOLEAN) {
            (void)run_stop(run, "BAD_USER_INPUT", "Variable \"$%.*s\" decides what is asked for; it may not be null.",
                           STR_ARGS(plan->variables[condition->variable].name));
            return false;
        }
        run->conditions[i] = run->conditions[condition->before] && value->boolean == condition->wanted;
    }
    run->condition_count = plan->condition_count;
    return true;
}

bool run_condition(struct query_run *run, uint32_t condition)
{
    if (condition < run->condition_count || condition == 0) {
        return condition == 0 || run->conditions[condition];
    }
    return look_at_conditions(run) && run->conditions[condition];
}

bool run_entry_is_in(struct query_run *run, const struct plan_entry *entry)
{
    for (uint32_t i = 0; i + 1 < entry->guard_count; i++) {
        if (run_condition(run, entry->guard[i])) {
            return false;
        }
    }
    return run_condition(run, entry->guard[entry->guard_count - 1]);
}

static bool has_slot(struct query_run *run, uint32_t slot)
{
    if (slot < run->slot_capacity) {
        return true;
    }
    const struct query_input *const **grown =
        grow(run, run->slots, &run->slot_capacity, run->plan->slot_count, sizeof *grown);
    run->slots = grown != NULL ? grown : run->slots;
    return grown != NULL;
}

static enum run_outcome coerce(struct query_call *call)
{
    struct query_run *run = call->run;
    const struct plan_field *field = call->field;
    const struct coerce_variables variables = {run->plan->variable_count, run->plan->variables, run->variables};
    const struct query_input **values = arena_new_zeroed(&run->arena, field->field->arguments.count, sizeof *values);
    struct str message = STR_NONE;
    enum coerce_result result = values == NULL || !has_slot(run, field->slot)
                                    ? COERCE_NO_MEMORY
                                    : coerce_arguments(&field->field->arguments, field->nodes[0].field->arguments,
                                                       &variables, &run->arena, values, &message);
    if (result == COERCE_NO_MEMORY) {
        return run_stop_no_memory(run);
    }
    if (result == COERCE_INVALID) {
        query_fail(call, "BAD_USER_INPUT", "%.*s", STR_ARGS(message));
        return RUN_OK;
    }
    run->slots[field->slot] = values;
    call->arguments = values;
    return RUN_OK;
}

enum run_outcome run_arguments(struct query_call *call)
{
    const struct plan_field *field = call->field;
    if (!field->has_variables) {
        call->arguments = field->arguments;
        if (field->fault.at != NULL) {
            query_fail(call, "BAD_USER_INPUT", "%.*s", STR_ARGS(field->fault));
        }
        return RUN_OK;
    }
    if (field->slot < call->run->slot_capacity && call->run->slots[field->slot] != NULL) {
        call->arguments = call->run->slots[field->slot];
        return RUN_OK;
    }
    return coerce(call);
}

/* ---- fields ---- */

bool run_may(struct query_call *call)
{
    const struct plan_field *field = call->field;
    const struct query_run_options *options = &call->run->options;
    if (field->permission == 0 || options->may == NULL || options->may(options->context, field->permission)) {
        return true;
    }
    query_fail(call, "FORBIDDEN", "%.*s.%.*s may not be asked for with the permissions given.",
               STR_ARGS(field->parent->name), STR_ARGS(field->field->name));
    return false;
}

enum run_outcome run_resolve(struct query_call *call, struct query_object object, struct query_value *value)
{
    const struct plan_field *field = call->field;
    call->failed = false;
    if (!run_may(call)) {
        return RUN_OK;
    }
    enum run_outcome outcome = run_arguments(call);
    if (outcome != RUN_OK || call->failed || field->constant.at != NULL) {
        return outcome;
    }
    if (field->resolve == NULL) {
        query_fail(call, "INTERNAL", "Nothing answers %.*s.%.*s here.", STR_ARGS(field->parent->name),
                   STR_ARGS(field->field->name));
        return RUN_OK;
    }
    field->resolve(call, object, value);
    return RUN_OK;
}

enum run_outcome run_selection(struct query_run *run, const struct plan_selection *selection, struct query_object object,
                               const struct run_path *path)
{
    struct buffer *out = &run->out;
    struct run_path here = {.parent = path};
    struct query_call call = {.run = run, .path = &here};
    size_t skip = 1; /* the first key has no comma before it */
    run_put(out, STR("{"));
    for (const struct plan_entry *entry = selection->entries, *last = entry + selection->count; entry < last; entry++) {
        const struct plan_field *field = entry->field;
        enum run_outcome outcome = run_tick(run);
        if (outcome != RUN_OK) {
            return outcome;
        }
        if (entry->guard != NULL && !run_entry_is_in(run, entry)) {
            if (run->stop_code != NULL) {
                return RUN_STOP;
            }
            continue;
        }
        run_put(out, (struct str){field->key.at + skip, field->key.length - skip});
        skip = 0;
        if (field->constant.at != NULL) {
            run_put(out, field->constant);
            continue;
        }
        struct query_value value;
        value.kind = QUERY_NULL;
        here.field = field;
        call.field = field;
        outcome = run_resolve(&call, object, &value);
        if (outcome == RUN_OK) {
            outcome = run_complete(&call, field->type, field->is_required, field->shape, &value);
        }
        if (outcome != RUN_OK) {
            return outcome;
        }
    }
    run_put(out, STR("}"));
    return RUN_OK;
}

/* ---- values ---- */

static enum run_outcome mismatch(struct query_call *call, const char *expected)
{
    query_fail(call, "INTERNAL", "%.*s.%.*s was to be %s, and is not.", STR_ARGS(call->field->parent->name),
               STR_ARGS(call->field->field->name), expected);
    return RUN_NULL;
}

static enum run_outcome complete_object(struct query_call *call, const struct schema_type *type, enum plan_shape shape,
                                        const struct query_value *value)
{
    struct query_run *run = call->run;
    struct plan_set *set = call->field->set;
    if (value->kind != QUERY_OBJECT) {
        return mismatch(call, "an object");
    }
    if (++run->objects > run->plan->limits.objects_max) {
        return run_stop(run, "LIMIT_EXCEEDED", "The answer has more than %llu objects (objects_max); ask for less.",
                        (unsigned long long)run->plan->limits.objects_max);
    }
    const struct plan_selection *selection = set->selections;
    if (shape == PLAN_ABSTRACT) {
        bool possible = false;
        selection = plan_select_named(run->plan, set, type, value->object.type, &possible);
        if (!possible) {
            return mismatch(call, "of one of its possible types");
        }
    } else if (selection == NULL || selection->type != type) {
        selection = plan_select(run->plan, set, type);
    }
    return selection == NULL ? run_stop_no_memory(run) : run_selection(run, selection, value->object, call->path);
}

static enum run_outcome complete_list(struct query_call *call, const struct schema_ref *list,
                                      const struct query_value *value)
{
    struct query_run *run = call->run;
    if (value->kind != QUERY_LIST) {
        return mismatch(call, "a list");
    }
    bool is_required = list->of->kind == REF_NON_NULL;
    const struct schema_ref *type = is_required ? list->of->of : list->of;
    enum plan_shape shape = type->kind == REF_LIST ? PLAN_LIST : call->field->named_shape;
    const struct run_path *outside = call->path;
    struct run_path here = {.parent = outside};
    enum run_outcome outcome = RUN_OK;
    run_put(&run->out, STR("["));
    for (size_t i = 0; outcome == RUN_OK && i < value->list.count; i++) {
        struct query_value item;
        item.kind = QUERY_NULL;
        here.index = i;
        call->path = &here;
        call->failed = false;
        if (i > 0) {
            run_put(&run->out, STR(","));
        }
        value->list.item(call, value->list.at, i, &item);
        outcome = run_tick(run);
        if (outcome == RUN_OK) {
            outcome = run_complete(call, type, is_required, shape, &item);
        }
    }
    call->path = outside;
    run_put(&run->out, STR("]"));
    return outcome;
}

/* Fields that may be null and are; or that may not: then the error is theirs. */
static enum run_outcome complete_null(struct query_call *call, bool is_required)
{
    if (!is_required) {
        run_put(&call->run->out, STR("null"));
        return RUN_OK;
    }
    if (!call->failed) {
        query_fail(call, "INTERNAL", "Cannot return null for non-nullable field %.*s.%.*s.",
                   STR_ARGS(call->field->parent->name), STR_ARGS(call->field->field->name));
    }
    return RUN_NULL;
}

enum run_outcome run_complete(struct query_call *call, const struct schema_ref *type, bool is_required,
                              enum plan_shape shape, const struct query_value *value)
{
    bool is_text = value->kind == QUERY_TEXT || value->kind == QUERY_JSON;
    if (call->failed || value->kind == QUERY_NULL || (is_text && value->text.at == NULL)) {
        return complete_null(call, is_required);
    }
    struct buffer *out = &call->run->out;
    size_t begin = out->length;
    enum run_outcome outcome = RUN_OK;
    switch (shape) {
    case PLAN_LEAF:
        outcome = run_leaf(call, type->named, value);
        break;
    case PLAN_OBJECT:
    case PLAN_ABSTRACT:
        outcome = complete_object(call, type->named, shape, value);
        break;
    case PLAN_LIST:
        outcome = complete_list(call, type, value);
        break;
    }
    if (outcome == RUN_NULL && !is_required) {
        out->length = begin;
        run_put(out, STR("null"));
        return RUN_OK;
    }
    return outcome;
}
