#include "query/plan.h"

#include "base/limits.h"
#include "base/memory.h"

#define OPERATION_UNKNOWN "OPERATION_RESOLUTION_FAILURE"

struct query_limits query_limits_default(void)
{
    return (struct query_limits){
        .tokens_max = LIMIT_QUERY_TOKENS,
        .depth_max = LIMIT_QUERY_DEPTH,
        .aliases_max = LIMIT_QUERY_ALIASES,
        .fields_max = LIMIT_QUERY_FIELDS,
        .objects_max = LIMIT_QUERY_OBJECTS,
        .answer_bytes_max = LIMIT_ANSWER_BYTES,
        .time_ms_max = LIMIT_QUERY_TIME_MS,
        .errors_max = LIMIT_QUERY_ERRORS,
    };
}

enum query_operation query_plan_operation(const struct query_plan *plan)
{
    static const enum query_operation operations[] = {
        [AST_QUERY] = QUERY_QUERY, [AST_MUTATION] = QUERY_MUTATION, [AST_SUBSCRIPTION] = QUERY_SUBSCRIPTION};
    return operations[plan->operation->kind];
}

const uint8_t *query_plan_hash(const struct query_plan *plan)
{
    return plan->hash;
}

static const struct ast_operation *pick_operation(const struct ast_document *document, struct str name,
                                                  struct query_faults *faults)
{
    const struct ast_operation *operation = document->operations;
    const struct ast_place nowhere = {0, 0};
    if (operation == NULL) {
        faults_add(faults, OPERATION_UNKNOWN, nowhere,
                   "The document has no operation; give a query, mutation or subscription.");
        return NULL;
    }
    if (name.at == NULL) {
        if (operation->next != NULL) {
            faults_add(faults, OPERATION_UNKNOWN, nowhere,
                       "The document has several operations; name one in operationName.");
            return NULL;
        }
        return operation;
    }
    while (operation != NULL && !str_equal(operation->name, name)) {
        operation = operation->next;
    }
    if (operation == NULL) {
        faults_add(faults, OPERATION_UNKNOWN, nowhere, "The document has no operation named \"%.*s\".", STR_ARGS(name));
    }
    return operation;
}

static const struct schema_ref *ref_of(struct query_plan *plan, const struct ast_type *type)
{
    struct schema_ref *ref = arena_new_zeroed(&plan->arena, 1, sizeof *ref);
    if (ref == NULL) {
        return NULL;
    }
    if (type->kind == AST_TYPE_NAMED) {
        ref->kind = REF_NAMED;
        ref->named = schema_type_find(plan->schema, type->name);
        return ref;
    }
    ref->kind = type->kind == AST_TYPE_LIST ? REF_LIST : REF_NON_NULL;
    ref->of = ref_of(plan, type->of);
    ref->named = ref->of == NULL ? NULL : ref->of->named;
    return ref->of == NULL ? NULL : ref;
}

static bool make_variable(struct query_plan *plan, const struct ast_variable *source, struct query_faults *faults)
{
    struct coerce_variable *variable = &plan->variables[plan->variable_count++];
    variable->name = source->name;
    variable->place = source->place;
    variable->type = ref_of(plan, source->type);
    if (variable->type == NULL) {
        return false;
    }
    if (source->default_value == NULL) {
        return true;
    }
    struct str message = STR_NONE;
    enum coerce_result result =
        coerce_literal(source->default_value, variable->type, NULL, &plan->arena, &variable->default_value, &message);
    if (result == COERCE_INVALID) {
        faults_add(faults, "GRAPHQL_VALIDATION_FAILED", source->default_value->place,
                   "The default of \"$%.*s\" does not hold: %.*s.", STR_ARGS(source->name), STR_ARGS(message));
    }
    return result != COERCE_NO_MEMORY;
}

static bool make_variables(struct query_plan *plan, struct query_faults *faults)
{
    uint32_t count = 0;
    for (const struct ast_variable *at = plan->operation->variables; at != NULL; at = at->next) {
        count++;
    }
    plan->variables = arena_new_zeroed(&plan->arena, count, sizeof *plan->variables);
    bool made = plan->variables != NULL;
    for (const struct ast_variable *at = plan->operation->variables; made && at != NULL; at = at->next) {
        made = make_variable(plan, at, faults);
    }
    return made;
}

/* The operation itself stands for a field without name. */
static bool make_root(struct query_plan *plan)
{
    const struct query_schema *schema = plan->schema;
    const struct schema_type *const types[] = {
        [AST_QUERY] = schema->query, [AST_MUTATION] = schema->mutation, [AST_SUBSCRIPTION] = schema->subscription};
    plan->root_type = types[plan->operation->kind];
    struct ast_selection *field = arena_new_zeroed(&plan->arena, 1, sizeof *field);
    struct plan_node *node = arena_new_zeroed(&plan->arena, 1, sizeof *node);
    plan->root_set = arena_new_zeroed(&plan->arena, 1, sizeof *plan->root_set);
    plan->conditions = memory_grow(NULL, &plan->condition_capacity, 8, sizeof *plan->conditions);
    if (field == NULL || node == NULL || plan->root_set == NULL || plan->conditions == NULL) {
        return false;
    }
    plan->conditions[0] = (struct plan_condition){0}; /* the one that always holds */
    plan->condition_count = 1;
    field->selections = plan->operation->selections;
    node->field = field;
    plan->root_set->nodes = node;
    plan->root_set->node_count = 1;
    plan->root = plan_select(plan, plan->root_set, plan->root_type);
    return plan->root != NULL;
}

static bool check(struct query_plan *plan, const struct query_request *request, struct query_faults *faults)
{
    const struct validate_options options = {
        .depth_max = plan->limits.depth_max,
        .aliases_max = plan->limits.aliases_max,
        .fields_max = plan->limits.fields_max,
        .introspection = request->introspection,
        .hints = request->hints,
    };
    plan->document = ast_parse(plan->text, plan->limits.tokens_max, &plan->arena, faults);
    if (plan->document != NULL) {
        validate_document(plan->schema, plan->document, &options, faults);
    }
    if (faults->count == 0 && !faults->out_of_memory && plan->document != NULL) {
        plan->operation = pick_operation(plan->document, request->operation_name, faults);
    }
    return faults->count == 0 && plan->operation != NULL;
}

enum status plan_new(struct query_plan **plan, struct query_cache *cache, const struct query_schema *schema,
                     const struct query_limits *limits, struct arena *scratch, const struct query_request *request,
                     struct query_faults *faults, struct error *error)
{
    *plan = NULL;
    struct query_plan *made = memory_new_zeroed(1, sizeof *made);
    if (made == NULL) {
        return error_no_memory(error, "query");
    }
    made->references = 1;
    made->cache = cache;
    made->schema = schema;
    made->limits = *limits;
    made->scratch = scratch;
    arena_init(&made->arena, LIMIT_QUERY_PLAN_BYTES);
    bool whole = arena_copy(&made->arena, request->text, &made->text);
    bool holds = whole && check(made, request, faults);
    whole = whole && (!holds || make_variables(made, faults));
    holds = holds && whole && faults->count == 0;
    whole = whole && (!holds || make_root(made));
    if (whole && holds && !faults->out_of_memory) {
        *plan = made;
        return STATUS_OK;
    }
    bool no_memory = !whole || faults->out_of_memory || faults->count == 0;
    plan_free(made);
    return no_memory ? error_no_memory(error, "query")
                     : error_set(error, STATUS_INVALID, "query", "the query does not hold");
}

void plan_free(struct query_plan *plan)
{
    memory_free(plan->conditions);
    arena_release(&plan->arena);
    memory_free(plan);
}
