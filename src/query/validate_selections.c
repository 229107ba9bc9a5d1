/* validate_selections.c: fields, and fragments where they are used. Sections 5.3 and 5.5 of the specification. */
#include "query/validate.h"

static void add_unknown_field(struct validation *v, const struct ast_selection *field, const struct schema_type *parent)
{
    struct hint hint;
    if (hint_begin(v, &hint, field->name)) {
        for (uint32_t i = 0; i < parent->field_count; i++) {
            hint_offer(&hint, parent->fields[i].name);
        }
    }
    faults_add(v->faults, INVALID, field->place, "\"%.*s\" has no field \"%.*s\".%s", STR_ARGS(parent->name), STR_ARGS(field->name),
               hint_end(&hint));
}

static void check_leaf(struct validation *v, const struct ast_selection *field, const struct schema_type *type)
{
    if (schema_type_is_leaf(type)) {
        if (field->selections != NULL) {
            faults_add(v->faults, INVALID, field->selections_place, "The field \"%.*s\" is a \"%.*s\", of which nothing can be selected.",
                       STR_ARGS(field->name), STR_ARGS(type->name));
        }
    } else if (field->selections == NULL) {
        faults_add(v->faults, INVALID, field->place,
                   "The field \"%.*s\" is a \"%.*s\"; select what you want of it: \"%.*s { … }\".", STR_ARGS(field->name),
                   STR_ARGS(type->name), STR_ARGS(field->name));
    }
}

static void check_introspection(struct validation *v, const struct ast_selection *field)
{
    if (!v->options->introspection && (str_is(field->name, "__schema") || str_is(field->name, "__type"))) {
        faults_add(v->faults, INVALID, field->place, "Introspection is not allowed here; the schema is in the documentation.");
    }
}

static void note_field(struct definition_use *use, const struct ast_selection *field, uint32_t depth)
{
    use->fields++;
    use->aliases += field->alias.at != NULL;
    if (depth > use->depth) {
        use->depth = depth;
    }
}

static void validate_field(struct validation *v, const struct ast_selection *field, const struct schema_type *parent, uint32_t depth)
{
    note_field(v->current, field, depth + 1);
    const struct schema_field *known = parent == NULL ? NULL : schema_selected_field(v->schema, parent, field->name);
    if (known == NULL && parent != NULL) {
        add_unknown_field(v, field, parent);
    }
    check_introspection(v, field);
    validate_directives(v, field->directives, LOCATION_FIELD);
    validate_arguments(v, field->arguments, known == NULL ? NULL : &known->arguments, field->place, "field", field->name);
    const struct schema_type *type = known == NULL ? NULL : known->type->named;
    if (type != NULL) {
        check_leaf(v, field, type);
    }
    bool is_composite = type != NULL && schema_type_is_composite(type);
    validate_selections(v, field->selections, is_composite ? type : NULL, depth + 1);
}

static bool share_a_type(struct validation *v, const struct schema_type *a, const struct schema_type *b)
{
    if (a == b) {
        return true;
    }
    (void)validation_spend(v, 1 + (a->possible_count + b->possible_count) / 16);
    for (uint32_t i = 0, j = 0; i < a->possible_count && j < b->possible_count;) {
        uint32_t left = a->possible[i]->number, right = b->possible[j]->number;
        if (left == right) {
            return true;
        }
        if (left < right) {
            i++;
        } else {
            j++;
        }
    }
    return false;
}

static void check_possible(struct validation *v, const struct ast_selection *selection, const struct schema_type *parent,
                           const struct schema_type *condition)
{
    if (parent != NULL && condition != NULL && !share_a_type(v, parent, condition)) {
        faults_add(v->faults, INVALID, selection->place, "A fragment on \"%.*s\" never applies here, where there is a \"%.*s\".",
                   STR_ARGS(condition->name), STR_ARGS(parent->name));
    }
}

static void validate_spread(struct validation *v, const struct ast_selection *spread, const struct schema_type *parent, uint32_t depth)
{
    validate_directives(v, spread->directives, LOCATION_FRAGMENT_SPREAD);
    struct definition_use *target = validation_fragment(v, spread->name);
    if (target == NULL) {
        faults_add(v->faults, INVALID, spread->name_place, "There is no fragment \"%.*s\".", STR_ARGS(spread->name));
        return;
    }
    const struct schema_type *condition = schema_type_find(v->schema, target->fragment->type_condition);
    check_possible(v, spread, parent, condition != NULL && schema_type_is_composite(condition) ? condition : NULL);
    struct spread_use *use = validation_new(v, 1, sizeof *use);
    if (use != NULL) {
        *use = (struct spread_use){.selection = spread, .target = target, .depth = depth};
        *v->current->spreads_tail = use;
        v->current->spreads_tail = &use->next;
    }
}

const struct schema_type *validate_condition(struct validation *v, struct str name, struct ast_place place)
{
    const struct schema_type *type = schema_type_find(v->schema, name);
    if (type != NULL && schema_type_is_composite(type)) {
        return type;
    }
    struct hint hint;
    if (hint_begin(v, &hint, name)) {
        for (uint32_t i = 0; type == NULL && i < v->schema->type_count; i++) {
            if (schema_type_is_composite(&v->schema->types[i])) {
                hint_offer(&hint, v->schema->types[i].name);
            }
        }
    }
    faults_add(v->faults, INVALID, place, type == NULL ? "There is no type \"%.*s\".%s" : "Nothing can be selected of a \"%.*s\".%s",
               STR_ARGS(name), hint_end(&hint));
    return NULL;
}

static void validate_inline(struct validation *v, const struct ast_selection *fragment, const struct schema_type *parent, uint32_t depth)
{
    validate_directives(v, fragment->directives, LOCATION_INLINE_FRAGMENT);
    const struct schema_type *type = parent;
    if (fragment->type_condition.at != NULL) {
        type = validate_condition(v, fragment->type_condition, fragment->condition_place);
        check_possible(v, fragment, parent, type);
    }
    validate_selections(v, fragment->selections, type, depth);
}

void validate_selections(struct validation *v, const struct ast_selection *first, const struct schema_type *parent, uint32_t depth)
{
    for (const struct ast_selection *selection = first; selection != NULL; selection = selection->next) {
        switch (selection->kind) {
        case AST_FIELD:
            validate_field(v, selection, parent, depth);
            break;
        case AST_SPREAD:
            validate_spread(v, selection, parent, depth);
            break;
        case AST_INLINE:
            validate_inline(v, selection, parent, depth);
            break;
        }
    }
}
