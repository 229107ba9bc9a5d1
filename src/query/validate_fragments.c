/* validate_fragments.c: cycles, unused fragments, and how large operations are once fragments are followed.
 *
 * One depth-first walk over "spreads", with a path of its own instead of the stack's, visits each fragment and each spread
 * once. It comes back from a fragment after all that the fragment spreads; so sums are at hand when they are needed.
 */
#include "query/validate.h"

struct path_step {
    struct definition_use *use;
    const struct spread_use *next; /* the one the path goes on with */
};

struct cycle_search {
    struct validation *v;
    struct path_step *path;
    uint32_t length;
};

static void add_cycle(struct cycle_search *search, const struct definition_use *target)
{
    struct query_fault *fault = NULL;
    uint32_t start = target->path - 1;
    for (uint32_t i = start; i < search->length && i - start < FAULT_PLACES_MAX; i++) {
        struct ast_place place = search->path[i].next->selection->place;
        if (i == start) {
            fault = faults_add(search->v->faults, INVALID, place, "The fragment \"%.*s\" spreads itself%s.",
                               STR_ARGS(target->fragment->name), i + 1 < search->length ? ", by way of others" : "");
        } else {
            fault_add_place(fault, place);
        }
    }
    search->v->is_cyclic = true;
}

static uint32_t add_up(uint32_t a, uint32_t b)
{
    return a > UINT32_MAX - b ? UINT32_MAX : a + b;
}

static void follow(struct definition_use *use, const struct spread_use *spread)
{
    const struct definition_use *target = spread->target;
    use->fields = add_up(use->fields, target->fields);
    use->aliases = add_up(use->aliases, target->aliases);
    uint32_t depth = add_up(spread->depth, target->depth);
    use->depth = depth > use->depth ? depth : use->depth;
}

static void push(struct cycle_search *search, struct definition_use *use)
{
    search->path[search->length++] = (struct path_step){use, use->spreads};
    use->path = search->length;
}

static void walk_from(struct cycle_search *search, struct definition_use *start)
{
    if (start->is_done) {
        return;
    }
    push(search, start);
    while (search->length > 0) {
        struct path_step *step = &search->path[search->length - 1];
        const struct spread_use *spread = step->next;
        if (spread == NULL) {
            step->use->is_done = true;
            step->use->path = 0;
            search->length--;
        } else if (spread->target->path != 0) {
            add_cycle(search, spread->target);
            step->next = spread->next;
        } else if (!spread->target->is_done) {
            push(search, spread->target);
        } else {
            follow(step->use, spread);
            step->next = spread->next;
        }
    }
}

static void mark_reached(struct definition_use **stack, struct definition_use *operation)
{
    uint32_t length = 0;
    stack[length++] = operation;
    while (length > 0) {
        const struct definition_use *use = stack[--length];
        for (const struct spread_use *spread = use->spreads; spread != NULL; spread = spread->next) {
            if (!spread->target->is_reached) {
                spread->target->is_reached = true;
                stack[length++] = spread->target;
            }
        }
    }
}

static void check_limits(struct validation *v, const struct definition_use *use)
{
    const struct validate_options *options = v->options;
    const struct {
        const char *what;
        uint32_t is, most;
    } limits[] = {{"levels deep", use->depth, options->depth_max},
                  {"aliases long", use->aliases, options->aliases_max},
                  {"fields long", use->fields, options->fields_max}};
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        if (limits[i].is > limits[i].most) {
            faults_add(v->faults, TOO_COMPLEX, use->operation->place,
                       "With its fragments followed, the operation is %u %s, and %u is the most; ask for less at once.",
                       (unsigned)limits[i].is, limits[i].what, (unsigned)limits[i].most);
        }
    }
}

void validate_fragments(struct validation *v)
{
    uint32_t fragment_count = v->document->fragment_count, operation_count = v->document->operation_count;
    struct cycle_search search = {.v = v, .path = validation_new(v, (size_t)fragment_count + 1, sizeof *search.path)};
    if (search.path == NULL) {
        return;
    }
    for (uint32_t i = 0; i < fragment_count; i++) {
        walk_from(&search, &v->fragments[i]);
    }
    for (uint32_t i = 0; i < operation_count; i++) {
        walk_from(&search, &v->operations[i]);
        mark_reached(v->stack, &v->operations[i]);
        if (!v->is_cyclic) {
            check_limits(v, &v->operations[i]);
        }
    }
    for (uint32_t i = 0; i < fragment_count; i++) {
        const struct ast_fragment *fragment = v->fragments[i].fragment;
        if (!validation_fragment(v, fragment->name)->is_reached) {
            faults_add(v->faults, INVALID, fragment->place, "The fragment \"%.*s\" is never used.", STR_ARGS(fragment->name));
        }
    }
}
