/* validate_merge.c: fields that answer under one name must be able to be one field. Section 5.3.2 of the specification.
 *
 * The specification compares all pairs, which takes far too long for documents made to take long. But its two questions
 * are equivalences, and so may be asked of whole groups of fields with one response name:
 *
 * - shape: all of the group have the same shape of type, and so have, taken together, the fields below all of them;
 * - sameness: of those whose parents may be one object (the same object type, or one side an interface or union) all are
 *   the same field with the same arguments, and so again, taken together, below them.
 *
 * A *set* is a set of fields whose selections are taken together; it begins with that of the operation. Its fields are
 * collected once, fragments followed, and split by response name; each group makes further sets. A set is known by the
 * numbers of its fields, and looked at once for each question: that is what keeps fragments that spread each other
 * exponentially from being followed more often than they are written. What is left is bounded by steps.
 *
 * Sameness splits a group by the object types of the parents, with the fields of interfaces in each part. Where there is
 * one part only, as nearly always, one set serves both questions.
 *
 * The document holds in all else, so that every name is known and there are no cycles.
 */
#include <stdlib.h>

#include "query/validate.h"

enum question { ASK_SHAPE = 1, ASK_SAMENESS = 2, ASK_BOTH = 3 };

struct merge_field {
    const struct ast_selection *node;
    const struct schema_type *parent;
    const struct schema_field *field;
    struct str name; /* in the response */
    uint32_t order;
};

struct merge_set {
    struct merge_set *next;         /* to look at */
    struct merge_set *next_in_slot; /* of the table */
    enum question question;
    uint64_t hash;
    uint32_t count;
    uint32_t numbers[]; /* of the fields, ascending */
};

#define TABLE_SIZE 4096

struct merge {
    struct validation *v;
    struct merge_set *first;              /* to look at */
    struct merge_set *table[TABLE_SIZE];  /* all there have been */
    struct merge_field *by_number;        /* every field of the document that has been collected */
    struct merge_field *fields;           /* of the set that is looked at */
    size_t count, capacity;
    uint32_t *numbers; /* of a set that is being made */
    uint32_t *seen_by; /* by fragment: the set that followed it last */
    uint32_t walk;
    uint32_t *pending; /* fragments to collect from */
    uint32_t pending_count;
};

static bool collect_field(struct merge *merge, const struct ast_selection *node, const struct schema_type *parent)
{
    struct validation *v = merge->v;
    if (!validation_spend(v, 2)) {
        return false;
    }
    if (merge->count == merge->capacity) {
        size_t capacity = merge->capacity == 0 ? 256 : merge->capacity * 2;
        struct merge_field *grown = validation_new(v, capacity, sizeof *grown);
        if (grown == NULL) {
            return false;
        }
        if (merge->count > 0) {
            memcpy(grown, merge->fields, merge->count * sizeof *grown);
        }
        merge->fields = grown;
        merge->capacity = capacity;
    }
    struct merge_field *known = &merge->by_number[node->number];
    if (known->node == NULL) {
        *known = (struct merge_field){.node = node, .parent = parent, .field = schema_selected_field(v->schema, parent, node->name),
                                      .name = node->alias.at != NULL ? node->alias : node->name};
    }
    merge->fields[merge->count] = *known;
    merge->fields[merge->count].order = (uint32_t)merge->count;
    merge->count++;
    return true;
}

static bool collect(struct merge *merge, const struct ast_selection *first, const struct schema_type *parent)
{
    struct validation *v = merge->v;
    for (const struct ast_selection *node = first; node != NULL; node = node->next) {
        if (node->kind == AST_FIELD) {
            if (!collect_field(merge, node, parent)) {
                return false;
            }
        } else if (node->kind == AST_INLINE) {
            bool has_condition = node->type_condition.at != NULL;
            const struct schema_type *type = has_condition ? schema_type_find(v->schema, node->type_condition) : parent;
            if (!validation_spend(v, 1) || !collect(merge, node->selections, type)) {
                return false;
            }
        } else {
            uint32_t fragment = validation_fragment(v, node->name)->number;
            if (!validation_spend(v, 1)) {
                return false;
            }
            if (merge->seen_by[fragment] != merge->walk) {
                merge->seen_by[fragment] = merge->walk;
                merge->pending[merge->pending_count++] = fragment;
            }
        }
    }
    return true;
}

static bool collect_pending(struct merge *merge)
{
    while (merge->pending_count > 0) {
        const struct ast_fragment *fragment = merge->v->fragments[merge->pending[--merge->pending_count]].fragment;
        const struct schema_type *type = schema_type_find(merge->v->schema, fragment->type_condition);
        if (!collect(merge, fragment->selections, type)) {
            merge->pending_count = 0;
            return false;
        }
    }
    return true;
}

static int by_response_name(const void *a, const void *b)
{
    const struct merge_field *left = a, *right = b;
    int order = str_compare(left->name, right->name);
    return order != 0 ? order : left->order < right->order ? -1 : left->order > right->order;
}

/* Fields of interfaces and unions first, then object type by object type. */
static int by_parent(const void *a, const void *b)
{
    const struct merge_field *left = a, *right = b;
    int64_t first = left->parent->kind == SCHEMA_OBJECT ? (int64_t)left->parent->number : -1;
    int64_t second = right->parent->kind == SCHEMA_OBJECT ? (int64_t)right->parent->number : -1;
    if (first != second) {
        return first < second ? -1 : 1;
    }
    return left->order < right->order ? -1 : left->order > right->order;
}

/* ---- questions ---- */

static bool same_shape(const struct schema_ref *a, const struct schema_ref *b)
{
    while (a->kind != REF_NAMED && a->kind == b->kind) {
        a = a->of;
        b = b->of;
    }
    if (a->kind != b->kind) {
        return false;
    }
    return a->named == b->named || (schema_type_is_composite(a->named) && schema_type_is_composite(b->named));
}

static bool same_value(struct validation *v, const struct ast_value *a, const struct ast_value *b);

static bool same_items(struct validation *v, const struct ast_value *a, const struct ast_value *b)
{
    for (; a != NULL && b != NULL; a = a->next, b = b->next) {
        if (!same_value(v, a, b)) {
            return false;
        }
    }
    return a == b;
}

/* The order of fields means nothing. Names are unique. */
static bool same_fields(struct validation *v, const struct ast_value *a, const struct ast_value *b)
{
    size_t left = 0, right = 0;
    for (const struct ast_value *field = b; field != NULL; field = field->next) {
        right++;
    }
    for (; a != NULL; a = a->next) {
        const struct ast_value *field = b;
        while (field != NULL && !str_equal(field->name, a->name)) {
            field = field->next;
            if (!validation_spend(v, 1)) {
                return true;
            }
        }
        if (field == NULL || !same_value(v, a, field)) {
            return false;
        }
        left++;
    }
    return left == right;
}

static bool same_value(struct validation *v, const struct ast_value *a, const struct ast_value *b)
{
    if (a->kind != b->kind || !validation_spend(v, 1)) {
        return a->kind == b->kind; /* without steps left a fault is told already */
    }
    if (a->kind == AST_LIST) {
        return same_items(v, a->first, b->first);
    }
    if (a->kind == AST_OBJECT) {
        return same_fields(v, a->first, b->first);
    }
    return str_equal(a->text, b->text);
}

static bool same_arguments(struct validation *v, const struct ast_argument *a, const struct ast_argument *b)
{
    size_t left = 0, right = 0;
    for (const struct ast_argument *argument = b; argument != NULL; argument = argument->next) {
        right++;
    }
    for (; a != NULL; a = a->next) {
        const struct ast_argument *argument = b;
        while (argument != NULL && !str_equal(argument->name, a->name)) {
            argument = argument->next;
        }
        if (argument == NULL || !same_value(v, a->value, argument->value)) {
            return false;
        }
        left++;
    }
    return left == right;
}

static bool add_conflict(struct merge *merge, const struct merge_field *a, const struct merge_field *b, const char *why)
{
    fault_add_place(faults_add(merge->v->faults, INVALID, a->node->place,
                               "Two fields answer as \"%.*s\" and can't be one: %s. Give one of them an alias.", STR_ARGS(a->name), why),
                    b->node->place);
    return false;
}

static bool check_shape(struct merge *merge, const struct merge_field *group, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (!same_shape(group[0].field->type, group[i].field->type)) {
            return add_conflict(merge, &group[0], &group[i], "their types differ");
        }
    }
    return true;
}

static bool check_sameness(struct merge *merge, const struct merge_field *first, const struct merge_field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct merge_field *field = &fields[i];
        if (!str_equal(first->node->name, field->node->name)) {
            return add_conflict(merge, first, field, "they are different fields");
        }
        if (!same_arguments(merge->v, first->node->arguments, field->node->arguments)) {
            return add_conflict(merge, first, field, "their arguments differ");
        }
    }
    return true;
}

/* ---- sets ---- */

static int by_value(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return left < right ? -1 : left > right;
}

static bool is_known(const struct merge *merge, enum question question, uint64_t hash, uint32_t count)
{
    for (const struct merge_set *set = merge->table[hash % TABLE_SIZE]; set != NULL; set = set->next_in_slot) {
        bool covers = (set->question & question) == question;
        if (set->hash == hash && covers && set->count == count && memcmp(set->numbers, merge->numbers, count * sizeof(uint32_t)) == 0) {
            return true;
        }
    }
    return false;
}

/* What is selected of the fields of both lists, to be looked at later. */
static void add_set(struct merge *merge, enum question question, const struct merge_field *a, size_t a_count,
                    const struct merge_field *b, size_t b_count)
{
    uint32_t count = 0;
    if (!validation_spend(merge->v, 1 + (a_count + b_count) / 8)) {
        return;
    }
    for (size_t i = 0; i < a_count + b_count; i++) {
        const struct merge_field *field = i < a_count ? &a[i] : &b[i - a_count];
        if (field->node->selections != NULL) {
            merge->numbers[count++] = field->node->number;
        }
    }
    if (count == 0 || !validation_spend(merge->v, 8 + count)) {
        return;
    }
    qsort(merge->numbers, count, sizeof *merge->numbers, by_value);
    uint64_t hash = str_hash((struct str){(const char *)merge->numbers, count * sizeof *merge->numbers});
    if (is_known(merge, question, hash, count)) {
        return;
    }
    struct merge_set *set = validation_new(merge->v, 1, sizeof *set + count * sizeof set->numbers[0]);
    if (set == NULL) {
        return;
    }
    set->question = question;
    set->hash = hash;
    set->count = count;
    memcpy(set->numbers, merge->numbers, count * sizeof *merge->numbers);
    set->next = merge->first;
    merge->first = set;
    set->next_in_slot = merge->table[hash % TABLE_SIZE];
    merge->table[hash % TABLE_SIZE] = set;
}

/* A group has been split by parents: those of interfaces and unions are the first `shared`. */
static void ask_parts(struct merge *merge, enum question question, const struct merge_field *group, size_t count)
{
    size_t shared = 0;
    while (shared < count && group[shared].parent->kind != SCHEMA_OBJECT) {
        shared++;
    }
    bool is_one = shared == count || group[shared].parent == group[count - 1].parent;
    if (is_one) {
        if (check_sameness(merge, &group[0], group + 1, count - 1)) {
            add_set(merge, question, group, count, NULL, 0);
        }
        return;
    }
    if (question == ASK_BOTH) {
        add_set(merge, ASK_SHAPE, group, count, NULL, 0);
    }
    if (shared > 0 && !check_sameness(merge, &group[0], group + 1, shared - 1)) {
        return;
    }
    for (size_t start = shared, end; start < count; start = end) {
        for (end = start + 1; end < count && group[end].parent == group[start].parent; end++) {
        }
        if (!check_sameness(merge, shared > 0 ? &group[0] : &group[start], group + start, end - start)) {
            return;
        }
        add_set(merge, ASK_SAMENESS, group, shared, group + start, end - start);
    }
}

static void ask(struct merge *merge, enum question question)
{
    struct merge_field *fields = merge->fields;
    qsort(fields, merge->count, sizeof *fields, by_response_name);
    for (size_t start = 0, end; start < merge->count; start = end) {
        for (end = start + 1; end < merge->count && str_equal(fields[end].name, fields[start].name); end++) {
        }
        struct merge_field *group = fields + start;
        size_t count = end - start;
        if ((question & ASK_SHAPE) != 0 && !check_shape(merge, group, count)) {
            continue;
        }
        if (question == ASK_SHAPE) {
            add_set(merge, ASK_SHAPE, group, count, NULL, 0);
        } else {
            qsort(group, count, sizeof *group, by_parent);
            ask_parts(merge, question, group, count);
        }
    }
}

static bool look_at(struct merge *merge, const struct merge_set *set)
{
    merge->walk++;
    merge->count = 0;
    for (uint32_t i = 0; i < set->count; i++) {
        const struct merge_field *field = &merge->by_number[set->numbers[i]];
        if (!collect(merge, field->node->selections, field->field->type->named)) {
            return false;
        }
    }
    if (!collect_pending(merge)) {
        return false;
    }
    ask(merge, set->question);
    return true;
}

static bool begin_at(struct merge *merge, const struct ast_operation *operation)
{
    merge->walk++;
    merge->count = 0;
    if (!collect(merge, operation->selections, validation_root(merge->v, operation->kind)) || !collect_pending(merge)) {
        return false;
    }
    ask(merge, ASK_BOTH);
    return true;
}

void validate_merge(struct validation *v)
{
    struct merge *merge = validation_new(v, 1, sizeof *merge);
    if (merge == NULL) {
        return;
    }
    uint32_t fragments = v->document->fragment_count, selections = v->document->selection_count;
    merge->v = v;
    merge->by_number = validation_new(v, selections, sizeof *merge->by_number);
    merge->numbers = validation_new(v, selections, sizeof *merge->numbers);
    merge->seen_by = validation_new(v, fragments, sizeof *merge->seen_by);
    merge->pending = validation_new(v, fragments, sizeof *merge->pending);
    bool goes_on = !v->faults->out_of_memory;
    for (const struct ast_operation *operation = v->document->operations; goes_on && operation != NULL; operation = operation->next) {
        goes_on = begin_at(merge, operation);
    }
    while (goes_on && merge->first != NULL && !v->faults->out_of_memory) {
        const struct merge_set *set = merge->first;
        merge->first = set->next;
        goes_on = look_at(merge, set);
    }
}
