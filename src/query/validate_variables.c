/* validate_variables.c: section 5.8 of the specification. */
#include "query/validate.h"

/* NULL where the type is not known. */
static const struct schema_ref *ref_of(struct validation *v, const struct ast_type *type)
{
    struct schema_ref *ref = validation_new(v, 1, sizeof *ref);
    if (ref == NULL) {
        return NULL;
    }
    if (type->kind == AST_TYPE_NAMED) {
        ref->kind = REF_NAMED;
        ref->named = schema_type_find(v->schema, type->name);
        return ref->named == NULL ? NULL : ref;
    }
    ref->kind = type->kind == AST_TYPE_LIST ? REF_LIST : REF_NON_NULL;
    ref->of = ref_of(v, type->of);
    ref->named = ref->of == NULL ? NULL : ref->of->named;
    return ref->of == NULL ? NULL : ref;
}

static const struct ast_type *innermost(const struct ast_type *type)
{
    while (type->kind != AST_TYPE_NAMED) {
        type = type->of;
    }
    return type;
}

/* The variable's type, or NULL after a fault. */
static const struct schema_ref *check_variable_type(struct validation *v, const struct ast_variable *variable)
{
    const struct schema_ref *ref = ref_of(v, variable->type);
    if (ref != NULL && schema_type_is_input(ref->named)) {
        return ref;
    }
    const struct ast_type *named = innermost(variable->type);
    struct hint hint;
    if (hint_begin(v, &hint, named->name)) {
        for (uint32_t i = 0; ref == NULL && i < v->schema->type_count; i++) {
            if (schema_type_is_input(&v->schema->types[i])) {
                hint_offer(&hint, v->schema->types[i].name);
            }
        }
    }
    if (ref == NULL) {
        faults_add(v->faults, INVALID, named->place, "There is no type \"%.*s\".%s", STR_ARGS(named->name), hint_end(&hint));
    } else {
        faults_add(v->faults, INVALID, variable->type->place, "The variable \"$%.*s\" can't be a \"%.*s\", which is never given.",
                   STR_ARGS(variable->name), STR_ARGS(named->name));
    }
    return NULL;
}

static uint32_t count_variables(const struct ast_operation *operation)
{
    uint32_t count = 0;
    for (const struct ast_variable *variable = operation->variables; variable != NULL; variable = variable->next) {
        count++;
    }
    return count;
}

static void check_variable_names(struct validation *v, const struct ast_operation *operation)
{
    if (!name_table_begin(&v->scratch, count_variables(operation))) {
        v->faults->out_of_memory = true;
        return;
    }
    for (const struct ast_variable *variable = operation->variables; variable != NULL; variable = variable->next) {
        const struct ast_variable *first = name_table_put(&v->scratch, variable->name, variable);
        if (first != NULL) {
            fault_add_place(faults_add(v->faults, INVALID, first->name_place, "There can be only one variable \"$%.*s\".",
                                       STR_ARGS(variable->name)),
                            variable->name_place);
        }
    }
}

void validate_variable_definitions(struct validation *v, const struct ast_operation *operation)
{
    check_variable_names(v, operation);
    for (const struct ast_variable *variable = operation->variables; variable != NULL; variable = variable->next) {
        const struct variable_use expected = {.type = check_variable_type(v, variable)};
        if (variable->default_value != NULL) {
            validate_value(v, variable->default_value, &expected);
        }
        validate_directives(v, variable->directives, LOCATION_VARIABLE_DEFINITION);
    }
}

/* A variable, while the uses of one operation are looked at. */
struct variable {
    const struct ast_variable *definition;
    const struct schema_ref *type; /* NULL where it is unknown */
    bool is_used;
};

/* IsVariableUsageAllowed() of the specification. */
static bool is_allowed(const struct variable *variable, const struct variable_use *use)
{
    const struct schema_ref *wanted = use->type;
    if (wanted->kind == REF_NON_NULL && variable->type->kind != REF_NON_NULL) {
        const struct ast_value *default_value = variable->definition->default_value;
        bool has_default = default_value != NULL && default_value->kind != AST_NULL;
        if (!has_default && !use->has_default) {
            return false;
        }
        wanted = wanted->of;
    }
    return schema_ref_is_subtype(variable->type, wanted);
}

static void check_use(struct validation *v, const struct ast_operation *operation, struct variable *variable,
                      const struct variable_use *use)
{
    struct str name = use->value->text;
    if (variable == NULL) {
        fault_add_place(faults_add(v->faults, INVALID, use->value->place, "The variable \"$%.*s\" is not defined by the operation.",
                                   STR_ARGS(name)),
                        operation->place);
        return;
    }
    variable->is_used = true;
    if (use->type == NULL || variable->type == NULL) {
        return;
    }
    struct ast_place place = variable->definition->place;
    if (!is_allowed(variable, use)) {
        struct buffer types;
        buffer_init(&types, 4096);
        buffer_append_text(&types, "is of type \"");
        schema_ref_print(variable->type, &types);
        buffer_append_text(&types, "\" and used where \"");
        schema_ref_print(use->type, &types);
        fault_add_place(faults_add(v->faults, INVALID, place, "The variable \"$%.*s\" %.*s\" is expected.", STR_ARGS(name),
                                   STR_ARGS(buffer_str(&types))),
                        use->value->place);
        buffer_release(&types);
    } else if (use->is_one_of && variable->type->kind != REF_NON_NULL) {
        fault_add_place(faults_add(v->faults, INVALID, place,
                                   "The variable \"$%.*s\" must be non-null, for it is the one field of a @oneOf input object.",
                                   STR_ARGS(name)),
                        use->value->place);
    }
}

/* Into the scratch table, which is theirs until the uses are checked. Of one name the last counts, and that there are more is
 * told already. */
static bool table_variables(struct validation *v, const struct ast_operation *operation)
{
    uint32_t count = count_variables(operation);
    struct variable *variables = validation_new(v, count, sizeof *variables);
    if (variables == NULL || !name_table_begin(&v->scratch, count)) {
        v->faults->out_of_memory = true;
        return false;
    }
    struct variable *variable = variables;
    for (const struct ast_variable *at = operation->variables; at != NULL; at = at->next, variable++) {
        struct variable *earlier = (struct variable *)name_table_put(&v->scratch, at->name, variable);
        *(earlier == NULL ? variable : earlier) = (struct variable){at, ref_of(v, at->type), false};
    }
    return true;
}

static void check_uses(struct validation *v, struct definition_use *operation, uint32_t walk)
{
    struct definition_use **stack = v->stack;
    uint32_t length = 0;
    stack[length++] = operation;
    while (length > 0) {
        const struct definition_use *use = stack[--length];
        for (const struct variable_use *at = use->variables; at != NULL; at = at->next) {
            if (!validation_spend(v, 1)) {
                return;
            }
            struct variable *variable = (struct variable *)name_table_find(&v->scratch, at->value->text);
            check_use(v, operation->operation, variable, at);
        }
        for (const struct spread_use *spread = use->spreads; spread != NULL; spread = spread->next) {
            if (!validation_spend(v, 1)) {
                return;
            }
            if (spread->target->seen_by != walk) {
                spread->target->seen_by = walk;
                stack[length++] = spread->target;
            }
        }
    }
}

void validate_variable_uses(struct validation *v, struct definition_use *operation, uint32_t walk)
{
    if (!table_variables(v, operation->operation)) {
        return;
    }
    check_uses(v, operation, walk);
    for (const struct ast_variable *at = operation->operation->variables; at != NULL && !v->is_exhausted; at = at->next) {
        const struct variable *variable = name_table_find(&v->scratch, at->name);
        if (!variable->is_used) {
            faults_add(v->faults, INVALID, at->place, "The variable \"$%.*s\" is never used.", STR_ARGS(at->name));
        }
    }
}
