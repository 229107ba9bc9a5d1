/* call.c: what a resolver may ask of its call. */
#include <assert.h>

#include "query/run.h"

void *query_context(struct query_call *call)
{
    return call->run->options.context;
}

struct arena *query_arena(struct query_call *call)
{
    return &call->run->arena;
}

const struct query_input *query_argument(struct query_call *call, const char *name)
{
    const struct schema_inputs *inputs = &call->field->field->arguments;
    const struct schema_input *input = schema_input_find(inputs, str_from(name));
    assert(input != NULL); /* the schema has it */
    return call->arguments[input - inputs->items];
}

const struct query_input *query_input_field(const struct query_input *object, const char *name)
{
    if (object->kind == QUERY_INPUT_OBJECT) {
        for (const struct query_input *field = object->first; field != NULL; field = field->next) {
            if (str_is(field->name, name)) {
                return field;
            }
        }
    }
    return &coerce_absent;
}

static bool selection_has(struct query_run *run, const struct plan_selection *selection, struct str name)
{
    for (uint32_t i = 0; i < selection->count; i++) {
        const struct plan_entry *entry = &selection->entries[i];
        if (str_equal(entry->field->field->name, name) && (entry->guard == NULL || run_entry_is_in(run, entry))) {
            return true;
        }
    }
    return false;
}

bool query_selects(struct query_call *call, const char *field)
{
    const struct schema_type *type = call->field->named;
    struct str name = str_from(field);
    if (call->field->set == NULL) {
        return false;
    }
    uint32_t count = type->kind == SCHEMA_OBJECT ? 1 : type->possible_count;
    for (uint32_t i = 0; i < count; i++) {
        const struct schema_type *possible = type->kind == SCHEMA_OBJECT ? type : type->possible[i];
        const struct plan_selection *selection = plan_select(call->run->plan, call->field->set, possible);
        if (selection == NULL || selection_has(call->run, selection, name)) {
            return true; /* without memory to know, work that may be for nothing is done */
        }
    }
    return false;
}
