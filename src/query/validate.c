/* validate.c: what concerns the document as a whole, and the order of the rules. Section 5 of the specification. */
#include "query/validate.h"

#include "base/limits.h"
#include "query/ast_schema.h"

void *validation_new(struct validation *v, size_t count, size_t size)
{
    void *memory = arena_new_zeroed(&v->arena, count, size);
    if (memory == NULL) {
        v->faults->out_of_memory = true;
    }
    return memory;
}

bool validation_spend(struct validation *v, uint64_t steps)
{
    if (v->steps_left >= steps) {
        v->steps_left -= steps;
        return true;
    }
    if (!v->is_exhausted) {
        faults_add(v->faults, TOO_COMPLEX, (struct ast_place){1, 1},
                   "The document takes too long to check; use fewer fragments and repeat fewer fields.");
    }
    v->steps_left = 0;
    v->is_exhausted = true;
    return false;
}

struct definition_use *validation_fragment(const struct validation *v, struct str name)
{
    const struct definition_use *use = name_table_find(&v->fragments_by_name, name);
    return use == NULL ? NULL : &v->fragments[use->number];
}

const struct schema_type *validation_root(const struct validation *v, enum ast_operation_kind kind)
{
    return kind == AST_QUERY ? v->schema->query : kind == AST_MUTATION ? v->schema->mutation : v->schema->subscription;
}

static void use_init(struct definition_use *use)
{
    use->spreads_tail = &use->spreads;
    use->variables_tail = &use->variables;
}

static void gather_fragments(struct validation *v)
{
    struct definition_use *use = v->fragments;
    for (const struct ast_fragment *fragment = v->document->fragments; fragment != NULL; fragment = fragment->next, use++) {
        use_init(use);
        use->fragment = fragment;
        use->number = (uint32_t)(use - v->fragments);
        const struct definition_use *first = name_table_put(&v->fragments_by_name, fragment->name, use);
        if (first != NULL) {
            fault_add_place(faults_add(v->faults, INVALID, first->fragment->name_place, "There can be only one fragment \"%.*s\".",
                                       STR_ARGS(fragment->name)),
                            fragment->name_place);
        }
    }
}

static void gather_operations(struct validation *v)
{
    if (!name_table_begin(&v->scratch, v->document->operation_count)) {
        v->faults->out_of_memory = true;
        return;
    }
    struct definition_use *use = v->operations;
    for (const struct ast_operation *operation = v->document->operations; operation != NULL; operation = operation->next, use++) {
        use_init(use);
        use->operation = operation;
        if (operation->name.at == NULL) {
            if (v->document->operation_count > 1) {
                faults_add(v->faults, INVALID, operation->place, "An operation without name must be the only one.");
            }
            continue;
        }
        const struct ast_operation *first = name_table_put(&v->scratch, operation->name, operation);
        if (first != NULL) {
            fault_add_place(faults_add(v->faults, INVALID, first->name_place, "There can be only one operation \"%.*s\".",
                                       STR_ARGS(operation->name)),
                            operation->name_place);
        }
    }
}

static void validate_operation(struct validation *v, struct definition_use *use)
{
    static const char *const kinds[] = {[AST_QUERY] = "queries", [AST_MUTATION] = "mutations", [AST_SUBSCRIPTION] = "subscriptions"};
    static const enum schema_location locations[] = {
        [AST_QUERY] = LOCATION_QUERY, [AST_MUTATION] = LOCATION_MUTATION, [AST_SUBSCRIPTION] = LOCATION_SUBSCRIPTION};
    const struct ast_operation *operation = use->operation;
    const struct schema_type *root = validation_root(v, operation->kind);
    if (root == NULL) {
        faults_add(v->faults, INVALID, operation->place, "The schema has no %s.", kinds[operation->kind]);
    }
    v->current = use;
    validate_variable_definitions(v, operation);
    validate_directives(v, operation->directives, locations[operation->kind]);
    validate_selections(v, operation->selections, root, 0);
    if (operation->kind == AST_SUBSCRIPTION && root != NULL) {
        validate_subscription(v, operation);
    }
}

static void validate_fragment(struct validation *v, struct definition_use *use)
{
    const struct ast_fragment *fragment = use->fragment;
    v->current = use;
    const struct schema_type *type = validate_condition(v, fragment->type_condition, fragment->condition_place);
    validate_directives(v, fragment->directives, LOCATION_FRAGMENT_DEFINITION);
    validate_selections(v, fragment->selections, type, 0);
}

/* ---- subscriptions: one root field (section 5.2.3) ---- */

struct root_search {
    struct validation *v;
    struct definition_use **stack; /* fragments to look into */
    uint32_t length, walk;
    const struct ast_selection *first;
};

static struct str response_name(const struct ast_selection *field)
{
    return field->alias.at != NULL ? field->alias : field->name;
}

static void check_root_field(struct root_search *search, const struct ast_selection *field)
{
    struct query_faults *faults = search->v->faults;
    if (field->name.length >= 2 && field->name.at[0] == '_' && field->name.at[1] == '_') {
        faults_add(faults, INVALID, field->place, "A subscription's one field is not one of introspection.");
    } else if (search->first == NULL) {
        search->first = field;
    } else if (!str_equal(response_name(field), response_name(search->first))) {
        faults_add(faults, INVALID, field->place, "A subscription has only one field at its root.");
    }
}

/* A fragment that never applies is told elsewhere; its fields are none of the subscription's. */
static bool applies(const struct validation *v, struct str condition)
{
    const struct schema_type *type = condition.at == NULL ? NULL : schema_type_find(v->schema, condition);
    return type == NULL || schema_type_is_possible(type, v->schema->subscription);
}

static void look_into(struct root_search *search, struct definition_use *target)
{
    if (target != NULL && target->seen_by != search->walk && applies(search->v, target->fragment->type_condition)) {
        target->seen_by = search->walk;
        search->stack[search->length++] = target;
    }
}

static void check_roots(struct root_search *search, const struct ast_selection *first)
{
    for (const struct ast_selection *selection = first; selection != NULL; selection = selection->next) {
        for (const struct ast_directive *at = selection->directives; at != NULL; at = at->next) {
            if (str_is(at->name, "skip") || str_is(at->name, "include")) {
                faults_add(search->v->faults, INVALID, at->place, "At the root of a subscription nothing can be left out.");
            }
        }
        if (selection->kind == AST_FIELD) {
            check_root_field(search, selection);
        } else if (selection->kind == AST_SPREAD) {
            look_into(search, validation_fragment(search->v, selection->name));
        } else if (applies(search->v, selection->type_condition)) {
            check_roots(search, selection->selections);
        }
    }
}

void validate_subscription(struct validation *v, const struct ast_operation *operation)
{
    /* Walks of this kind are numbered from the top; those of validate_variable_uses() from below. */
    struct root_search search = {.v = v, .stack = v->stack, .walk = UINT32_MAX - (uint32_t)(v->current - v->operations)};
    check_roots(&search, operation->selections);
    while (search.length > 0) {
        const struct definition_use *use = search.stack[--search.length];
        if (!validation_spend(v, 1)) {
            return;
        }
        check_roots(&search, use->fragment->selections);
    }
}

/* ---- the whole ---- */

void validation_init(struct validation *v, const struct query_schema *schema, struct query_faults *faults)
{
    static const struct validate_options no_options;
    *v = (struct validation){.schema = schema, .options = &no_options, .faults = faults, .steps_left = LIMIT_QUERY_CHECK_STEPS};
    arena_init(&v->arena, LIMIT_QUERY_CHECK_BYTES);
    name_table_init(&v->scratch, &v->arena);
    name_table_init(&v->fragments_by_name, &v->arena);
}

void validation_release(struct validation *v)
{
    arena_release(&v->arena);
}

static void validate(struct validation *v)
{
    const struct ast_document *document = v->document;
    for (const struct ast_definition *at = document->definitions; at != NULL; at = at->next) {
        faults_add(v->faults, INVALID, at->place, "Types are not defined in a request.");
    }
    gather_fragments(v);
    gather_operations(v);
    for (uint32_t i = 0; i < document->operation_count; i++) {
        validate_operation(v, &v->operations[i]);
    }
    for (uint32_t i = 0; i < document->fragment_count; i++) {
        validate_fragment(v, &v->fragments[i]);
    }
    if (v->faults->out_of_memory) {
        return;
    }
    validate_fragments(v);
    for (uint32_t i = 0; i < document->operation_count; i++) {
        validate_variable_uses(v, &v->operations[i], i + 1);
    }
    if (v->faults->count == 0) {
        validate_merge(v);
    }
}

void validate_document(const struct query_schema *schema, const struct ast_document *document,
                       const struct validate_options *options, struct query_faults *faults)
{
    struct validation v;
    validation_init(&v, schema, faults);
    v.document = document;
    v.options = options;
    v.operations = validation_new(&v, document->operation_count, sizeof *v.operations);
    v.fragments = validation_new(&v, document->fragment_count, sizeof *v.fragments);
    v.stack = validation_new(&v, (size_t)document->fragment_count + 1, sizeof(struct definition_use *));
    bool has_memory = v.operations != NULL && v.fragments != NULL && v.stack != NULL;
    if (has_memory && name_table_begin(&v.fragments_by_name, document->fragment_count)) {
        validate(&v);
    } else {
        faults->out_of_memory = true;
    }
    validation_release(&v);
}
