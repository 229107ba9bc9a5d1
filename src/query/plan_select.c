/* plan_select.c: from field nodes to the fields of an answer (CollectFields, section 6.3.2; MergeSelectionSets, 6.3.3).
 *
 * What is only needed on the way lives in the plan's scratch arena, from the beginning of plan_select() to its end.
 */
#include <assert.h>

#include "base/memory.h"
#include "query/plan.h"

#define BUCKETS 64 /* of response keys, and of fragments that were visited */

/* One response key. */
struct group {
    struct group *bucket_next, *next;
    struct str key;
    const struct schema_field *field;
    struct group_node *first, **end;
    uint32_t node_count;
    uint32_t alternative_count; /* conditions under which it may come first; 0 is the last of them */
    size_t alternative_capacity;
    uint32_t *alternatives;
    bool is_settled;
    struct plan_field *made;
    uint32_t *guard; /* the alternatives, in the plan; each position sees those up to its own */
};

struct group_node {
    struct group_node *next;
    struct plan_node node;
};

/* A place of a key in the order of the answer. */
struct position {
    struct position *next;
    struct group *group;
    uint32_t guard_count;
};

struct visit {
    struct visit *next;
    const struct ast_fragment *fragment;
    uint32_t condition;
};

struct collector {
    struct query_plan *plan;
    const struct schema_type *type;
    struct group *groups[BUCKETS];
    struct visit *visits[BUCKETS];
    struct position *first, **end;
    uint32_t position_count;
};

/* ---- conditions ---- */

/* Whether the chain of conditions already says something of the variable. */
static bool says(const struct query_plan *plan, uint32_t condition, uint32_t variable, bool *wanted)
{
    for (; condition != 0; condition = plan->conditions[condition].before) {
        if (plan->conditions[condition].variable == variable) {
            *wanted = plan->conditions[condition].wanted;
            return true;
        }
    }
    return false;
}

static bool intern_condition(struct query_plan *plan, const struct plan_condition *wanted, uint32_t *condition)
{
    for (uint32_t i = wanted->before + 1; i < plan->condition_count; i++) {
        const struct plan_condition *known = &plan->conditions[i];
        if (known->before == wanted->before && known->variable == wanted->variable && known->wanted == wanted->wanted) {
            *condition = i;
            return true;
        }
    }
    struct plan_condition *grown =
        memory_grow(plan->conditions, &plan->condition_capacity, plan->condition_count + 1, sizeof *plan->conditions);
    if (grown == NULL) {
        return false;
    }
    plan->conditions = grown;
    *condition = plan->condition_count++;
    plan->conditions[*condition] = *wanted;
    return true;
}

static uint32_t variable_number(const struct query_plan *plan, struct str name)
{
    uint32_t i = 0;
    while (i + 1 < plan->variable_count && !str_equal(plan->variables[i].name, name)) {
        i++;
    }
    assert(i < plan->variable_count && str_equal(plan->variables[i].name, name)); /* validation: it is defined */
    return i;
}

bool plan_condition_add(struct query_plan *plan, const struct ast_directive *directives, uint32_t *condition, bool *in)
{
    *in = true;
    for (; directives != NULL; directives = directives->next) {
        bool wanted = str_is(directives->name, "include"), known = false;
        if (!wanted && !str_is(directives->name, "skip")) {
            continue;
        }
        const struct ast_value *value = directives->arguments->value;
        if (value->kind != AST_VARIABLE) {
            *in = *in && str_is(value->text, "true") == wanted;
            continue;
        }
        struct plan_condition more = {*condition, variable_number(plan, value->text), wanted};
        if (says(plan, *condition, more.variable, &known)) {
            *in = *in && known == wanted;
        } else if (!intern_condition(plan, &more, condition)) {
            return false;
        }
    }
    return true;
}

/* ---- collecting ---- */

static struct group *group_of(struct collector *collector, struct str key, const struct ast_selection *field)
{
    struct group **bucket = &collector->groups[str_hash(key) % BUCKETS];
    for (struct group *group = *bucket; group != NULL; group = group->bucket_next) {
        if (str_equal(group->key, key)) {
            return group;
        }
    }
    struct group *group = arena_new_zeroed(collector->plan->scratch, 1, sizeof *group);
    if (group != NULL) {
        group->key = key;
        group->field = schema_selected_field(collector->plan->schema, collector->type, field->name);
        group->end = &group->first;
        group->bucket_next = *bucket;
        *bucket = group;
    }
    return group;
}

/* The alternatives of a group grow by doubling; what they leave behind goes with the scratch arena. */
static bool add_alternative(struct collector *collector, struct group *group, uint32_t condition)
{
    for (uint32_t i = 0; i < group->alternative_count; i++) {
        if (group->alternatives[i] == condition) {
            return true; /* when it holds, the field is there already */
        }
    }
    if (group->alternative_count == group->alternative_capacity) {
        size_t capacity = group->alternative_capacity == 0 ? 4 : group->alternative_capacity * 2;
        uint32_t *grown = arena_new(collector->plan->scratch, capacity * sizeof *grown);
        if (grown == NULL) {
            return false;
        }
        if (group->alternative_count > 0) {
            memcpy(grown, group->alternatives, group->alternative_count * sizeof *grown);
        }
        group->alternatives = grown;
        group->alternative_capacity = capacity;
    }
    struct position *position = arena_new_zeroed(collector->plan->scratch, 1, sizeof *position);
    if (position == NULL) {
        return false;
    }
    group->alternatives[group->alternative_count++] = condition;
    group->is_settled = condition == 0;
    position->group = group;
    position->guard_count = group->alternative_count;
    *collector->end = position;
    collector->end = &position->next;
    collector->position_count++;
    return true;
}

static bool add_field(struct collector *collector, const struct ast_selection *field, uint32_t condition)
{
    struct group *group = group_of(collector, field->alias.at != NULL ? field->alias : field->name, field);
    struct group_node *node = group == NULL ? NULL : arena_new_zeroed(collector->plan->scratch, 1, sizeof *node);
    if (node == NULL) {
        return false;
    }
    node->node = (struct plan_node){field, condition};
    *group->end = node;
    group->end = &node->next;
    group->node_count++;
    return group->is_settled || add_alternative(collector, group, condition);
}

/* Visited under the same condition, or under none, a fragment adds nothing. */
static bool first_visit(struct collector *collector, const struct ast_fragment *fragment, uint32_t condition, bool *first)
{
    struct visit **bucket = &collector->visits[((uintptr_t)fragment >> 4) % BUCKETS];
    *first = true;
    for (const struct visit *visit = *bucket; visit != NULL; visit = visit->next) {
        if (visit->fragment == fragment && (visit->condition == condition || visit->condition == 0)) {
            *first = false;
            return true;
        }
    }
    struct visit *visit = arena_new_zeroed(collector->plan->scratch, 1, sizeof *visit);
    if (visit == NULL) {
        return false;
    }
    *visit = (struct visit){*bucket, fragment, condition};
    *bucket = visit;
    return true;
}

static bool applies(const struct collector *collector, struct str type_condition)
{
    if (type_condition.at == NULL || str_equal(type_condition, collector->type->name)) {
        return true;
    }
    const struct schema_type *type = schema_type_find(collector->plan->schema, type_condition);
    return type != NULL && type->kind != SCHEMA_OBJECT && schema_type_is_possible(type, collector->type);
}

static bool walk(struct collector *collector, const struct ast_selection *selections, uint32_t condition);

static bool walk_spread(struct collector *collector, struct str name, uint32_t condition)
{
    const struct ast_fragment *fragment = collector->plan->document->fragments;
    while (fragment != NULL && !str_equal(fragment->name, name)) {
        fragment = fragment->next;
    }
    bool first = false;
    if (fragment == NULL || !first_visit(collector, fragment, condition, &first)) {
        return false;
    }
    return !first || !applies(collector, fragment->type_condition) || walk(collector, fragment->selections, condition);
}

static bool walk(struct collector *collector, const struct ast_selection *selections, uint32_t condition)
{
    bool whole = true;
    for (const struct ast_selection *at = selections; whole && at != NULL; at = at->next) {
        uint32_t here = condition;
        bool in = false;
        whole = plan_condition_add(collector->plan, at->directives, &here, &in);
        if (!whole || !in) {
            continue;
        }
        switch (at->kind) {
        case AST_FIELD:
            whole = add_field(collector, at, here);
            break;
        case AST_SPREAD:
            whole = walk_spread(collector, at->name, here);
            break;
        case AST_INLINE:
            whole = !applies(collector, at->type_condition) || walk(collector, at->selections, here);
            break;
        }
    }
    return whole;
}

/* ---- making ---- */

static struct plan_set *intern_set(struct query_plan *plan, const struct plan_node *nodes, uint32_t count)
{
    struct str bytes = {(const char *)nodes, count * sizeof *nodes}; /* made zeroed: its gaps are equal */
    uint64_t hash = str_hash(bytes);
    struct plan_set **bucket = &plan->sets[hash % PLAN_SET_BUCKETS];
    for (struct plan_set *set = *bucket; set != NULL; set = set->next) {
        if (set->hash == hash && set->node_count == count && memcmp(set->nodes, nodes, bytes.length) == 0) {
            return set;
        }
    }
    struct plan_set *set = arena_new_zeroed(&plan->arena, 1, sizeof *set);
    if (set != NULL) {
        *set = (struct plan_set){.next = *bucket, .hash = hash, .node_count = count, .nodes = nodes};
        *bucket = set;
    }
    return set;
}

static bool make_arguments(struct query_plan *plan, struct plan_field *made)
{
    const struct schema_inputs *inputs = &made->field->arguments;
    const struct ast_argument *given = made->nodes[0].field->arguments;
    for (const struct ast_argument *at = given; at != NULL; at = at->next) {
        made->has_variables = made->has_variables || !coerce_literal_is_constant(at->value);
    }
    if (made->has_variables) {
        made->slot = plan->slot_count++;
        return true;
    }
    const struct query_input **values = arena_new_zeroed(&plan->arena, inputs->count, sizeof *values);
    if (values == NULL) {
        return false;
    }
    enum coerce_result result = coerce_arguments(inputs, given, NULL, &plan->arena, values, &made->fault);
    made->arguments = result == COERCE_OK ? values : NULL;
    return result != COERCE_NO_MEMORY;
}

static bool make_texts(struct query_plan *plan, struct plan_field *made)
{
    if (!arena_format(&plan->arena, &made->key, ",\"%.*s\":", (int)made->name.length, made->name.at)) {
        return false;
    }
    bool is_typename = str_is(made->field->name, "__typename");
    return !is_typename || arena_format(&plan->arena, &made->constant, "\"%.*s\"", STR_ARGS(made->parent->name));
}

static bool make_nodes(struct query_plan *plan, const struct group *group, struct plan_field *made)
{
    struct plan_node *nodes = arena_new_zeroed(&plan->arena, group->node_count, sizeof *nodes);
    if (nodes == NULL) {
        return false;
    }
    for (const struct group_node *node = group->first; node != NULL; node = node->next) {
        nodes[made->node_count].field = node->node.field;
        nodes[made->node_count++].condition = node->node.condition;
    }
    made->nodes = nodes;
    if (schema_type_is_leaf(made->named)) {
        return true;
    }
    made->set = intern_set(plan, nodes, made->node_count);
    return made->set != NULL;
}

static enum plan_shape shape_of(const struct schema_type *type)
{
    return schema_type_is_leaf(type) ? PLAN_LEAF : type->kind == SCHEMA_OBJECT ? PLAN_OBJECT : PLAN_ABSTRACT;
}

static struct plan_field *make_field(struct query_plan *plan, const struct schema_type *parent, const struct group *group)
{
    struct plan_field *made = arena_new_zeroed(&plan->arena, 1, sizeof *made);
    if (made == NULL) {
        return NULL;
    }
    const struct schema_field *field = group->field;
    made->name = group->key;
    made->field = field;
    made->parent = parent;
    made->is_required = field->type->kind == REF_NON_NULL;
    made->type = made->is_required ? field->type->of : field->type;
    made->named = made->type->named;
    made->named_shape = shape_of(made->named);
    made->shape = made->type->kind == REF_LIST ? PLAN_LIST : made->named_shape;
    made->resolve = field->resolve != NULL ? field->resolve : introspect_resolver(parent, field);
    made->permission = field->permission;
    bool whole = make_texts(plan, made) && make_nodes(plan, group, made) && make_arguments(plan, made);
    return whole ? made : NULL;
}

static bool make_entry(struct query_plan *plan, const struct schema_type *type, const struct position *position,
                       struct plan_entry *entry)
{
    struct group *group = position->group;
    if (group->made == NULL) {
        group->made = make_field(plan, type, group);
    }
    *entry = (struct plan_entry){.field = group->made};
    if (group->made == NULL || group->alternatives[0] == 0) {
        return group->made != NULL;
    }
    if (group->guard == NULL) {
        group->guard = arena_new(&plan->arena, group->alternative_count * sizeof *group->guard);
        if (group->guard == NULL) {
            return false;
        }
        memcpy(group->guard, group->alternatives, group->alternative_count * sizeof *group->guard);
    }
    entry->guard = group->guard;
    entry->guard_count = position->guard_count;
    return true;
}

static struct plan_selection *make_selection(struct collector *collector)
{
    struct query_plan *plan = collector->plan;
    struct plan_selection *made =
        arena_new(&plan->arena, sizeof *made + collector->position_count * sizeof made->entries[0]);
    if (made == NULL) {
        return NULL;
    }
    *made = (struct plan_selection){.type = collector->type};
    for (const struct position *position = collector->first; position != NULL; position = position->next) {
        if (!make_entry(plan, collector->type, position, &made->entries[made->count++])) {
            return NULL;
        }
    }
    return made;
}

const struct plan_selection *plan_select(struct query_plan *plan, struct plan_set *set, const struct schema_type *type)
{
    for (const struct plan_selection *known = set->selections; known != NULL; known = known->next) {
        if (known->type == type) {
            return known;
        }
    }
    struct collector collector = {.plan = plan, .type = type};
    collector.end = &collector.first;
    bool whole = true;
    for (uint32_t i = 0; whole && i < set->node_count; i++) {
        whole = walk(&collector, set->nodes[i].field->selections, set->nodes[i].condition);
    }
    struct plan_selection *made = whole ? make_selection(&collector) : NULL;
    arena_clear(plan->scratch);
    if (made != NULL) {
        made->next = set->selections;
        set->selections = made;
    }
    return made;
}

const struct plan_selection *plan_select_named(struct query_plan *plan, struct plan_set *set,
                                               const struct schema_type *abstract, const char *name, bool *possible)
{
    *possible = true;
    for (uint32_t i = 0; i < set->memo_count; i++) {
        if (set->memos[i].name == name && set->memos[i].abstract == abstract) {
            return set->memos[i].selection;
        }
    }
    const struct schema_type *type = name == NULL ? NULL : schema_type_find(plan->schema, str_from(name));
    *possible = type != NULL && schema_type_is_possible(abstract, type);
    const struct plan_selection *selection = *possible ? plan_select(plan, set, type) : NULL;
    if (selection != NULL && set->memo_count < PLAN_MEMOS_MAX) {
        set->memos[set->memo_count++] = (struct plan_memo){name, abstract, selection};
    }
    return selection;
}
