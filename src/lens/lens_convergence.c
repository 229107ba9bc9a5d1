/* Contract stars and what the links sum up to. The spine is in lens_trace.c.
 *
 * A star is made for every (name, version) that somebody mentions. Who stands behind a leg is told by the links where
 * the contract is there (so that links asserted or denied by hand count), and by the claims themselves where it is not. */
#include "lens/lens_convergence.h"

#include <stdlib.h>
#include <string.h>

#include "graph/contract_key.h"

/* Somebody mentions a contract. */
struct claim {
    struct contract_key key;
    uint32_t node;
    bool is_contract; /* the contract itself, not somebody who names it */
};

struct reader {
    const struct graph_view *view;
    struct arena *arena;
    const struct lens_bdv *bdv;
    struct lens_convergence *lens;
    struct claim *claims; /* sorted by (name, version, node) */
    uint32_t claim_count;
};

/* What stands behind one star, before the legs are judged. */
struct behind {
    struct arena_list tasks, scenarios, modules, artifacts;
    uint32_t locker;     /* task that locks it, or VIEW_NONE */
    uint32_t lock_fact;  /* VIEW_NONE while it is not locked */
    uint32_t passing, failing;
};

const char *star_state_name(enum star_state state)
{
    static const char *const names[STAR_STATE_COUNT] = {"OK", "MISSING", "STALE", "FAILING", "OTHER_VERSION"};
    return names[state];
}

const char *star_leg_name(enum star_leg_kind leg)
{
    static const char *const names[STAR_LEG_COUNT] = {"lock", "behaviour", "module"};
    return names[leg];
}

/* --- who mentions what ------------------------------------------------------------------------------------------------ */

static int compare_keys(struct contract_key a, struct contract_key b)
{
    int order = str_compare(a.name, b.name);
    return order != 0 ? order : str_compare(a.version, b.version);
}

static int compare_claims(const void *a, const void *b)
{
    const struct claim *x = a, *y = b;
    int order = compare_keys(x->key, y->key);
    if (order != 0 || x->is_contract != y->is_contract) {
        return order != 0 ? order : (int)y->is_contract - (int)x->is_contract; /* the contract first, then its claimants */
    }
    return (x->node > y->node) - (x->node < y->node);
}

static bool add_claim(const struct graph_view *view, struct arena_list *claims, struct contract_key key, uint32_t node)
{
    if (key.name.length == 0) {
        return true;
    }
    struct claim *claim = arena_list_add(claims);
    if (claim == NULL) {
        return false;
    }
    *claim = (struct claim){key, node, view->nodes[node].kind == NODE_CONTRACT};
    return true;
}

static bool add_tags(const struct graph_view *view, uint32_t node, enum event_field field, struct arena_list *claims)
{
    struct str rest = view_text(view, &view->nodes[node], field), tag;
    struct contract_key key;
    while (str_split_next(&rest, GRAPH_SEPARATOR, &tag)) {
        bool names = field == EVENT_FIELD_CONTRACT_TAGS ? contract_key_from_item(tag, &key) : contract_key_from_tag(tag, &key);
        if (names && !add_claim(view, claims, key, node)) {
            return false;
        }
    }
    return true;
}

static bool add_claims_of_kind(const struct graph_view *view, enum node_kind kind, struct arena_list *claims)
{
    for (uint32_t n = view->kind_start[kind]; n < view->kind_start[kind + 1]; n++) {
        struct str id = view_text(view, &view->nodes[n], PROPERTY_CONTRACT);
        if (id.at != NULL && !add_claim(view, claims, contract_key_parse(id, STR_NONE), n)) {
            return false;
        }
        if (kind == NODE_SCENARIO && (!add_tags(view, n, EVENT_FIELD_CONTRACT_TAGS, claims) ||
                                      !add_tags(view, n, EVENT_FIELD_SCENARIO_TAGS, claims))) {
            return false;
        }
    }
    return true;
}

static bool read_claims(struct reader *reader)
{
    const struct graph_view *view = reader->view;
    struct arena_list claims;
    arena_list_init(&claims, reader->arena, sizeof(struct claim));
    for (uint32_t n = view->kind_start[NODE_CONTRACT]; n < view->kind_start[NODE_CONTRACT + 1]; n++) {
        if (!add_claim(view, &claims, contract_key_parse(view->nodes[n].id, STR_NONE), n)) {
            return false;
        }
    }
    if (!add_claims_of_kind(view, NODE_TASK, &claims) || !add_claims_of_kind(view, NODE_SCENARIO, &claims)) {
        return false;
    }
    reader->claims = (struct claim *)claims.items;
    reader->claim_count = claims.count;
    if (claims.count > 1) {
        qsort(claims.items, claims.count, claims.item_size, compare_claims);
    }
    return true;
}

/* The distinct versions, sorted, of the name that starts at claims[from]; returns where the next name starts. */
static uint32_t end_of_name(const struct reader *reader, uint32_t from, uint32_t *versions, bool *locked_unversioned)
{
    uint32_t i = from;
    *versions = 0;
    *locked_unversioned = false;
    for (; i < reader->claim_count && str_equal(reader->claims[i].key.name, reader->claims[from].key.name); i++) {
        const struct claim *claim = &reader->claims[i];
        bool same = i > from && str_equal(claim[-1].key.version, claim->key.version);
        *versions += claim->key.version.length > 0 && !same;
        *locked_unversioned |= claim->key.version.length == 0 && claim->is_contract;
    }
    return i;
}

/* One star for each version. Claims without a version mean the only version there is; with several, they are on the
 * list of unmatched and make no star. */
static bool make_stars(struct reader *reader)
{
    struct arena_list stars;
    arena_list_init(&stars, reader->arena, sizeof(struct contract_star));
    for (uint32_t from = 0, next; from < reader->claim_count; from = next) {
        uint32_t versions;
        bool unversioned;
        next = end_of_name(reader, from, &versions, &unversioned);
        for (uint32_t i = from; i < next; i++) {
            struct contract_key key = reader->claims[i].key;
            bool same = i > from && compare_keys(reader->claims[i - 1].key, key) == 0;
            if (same || (key.version.length == 0 && versions > 0 && !unversioned)) {
                continue;
            }
            struct contract_star *star = arena_list_add(&stars);
            if (star == NULL ||
                !arena_format(reader->arena, &star->id, "CONTRACT.%.*s%s%.*s", STR_ARGS(key.name),
                              key.version.length > 0 ? "." : "", STR_ARGS(key.version))) {
                return false;
            }
            star->name = key.name;
            star->version = key.version;
            star->contract = reader->claims[i].is_contract ? reader->claims[i].node : VIEW_NONE;
        }
    }
    reader->lens->stars = (struct contract_star *)stars.items;
    reader->lens->star_count = stars.count;
    return true;
}

/* --- what stands behind a star ------------------------------------------------------------------------------------------ */

static bool add_node(struct arena_list *list, uint32_t node)
{
    for (uint32_t i = 0; i < list->count; i++) {
        if (((const uint32_t *)list->items)[i] == node) {
            return true;
        }
    }
    uint32_t *item = arena_list_add(list);
    if (item == NULL) {
        return false;
    }
    *item = node;
    return true;
}

static bool add_sources(const struct graph_view *view, uint32_t contract, struct behind *behind)
{
    for (uint32_t i = 0; i < view_in_count(view, contract); i++) {
        const struct view_link *link = view_in(view, contract, i);
        bool implements = link->kind == LINK_IMPLEMENTS, validates = link->kind == LINK_VALIDATES;
        if (link->confidence > 0 && (implements || validates) &&
            !add_node(implements ? &behind->tasks : &behind->scenarios, link->source)) {
            return false;
        }
    }
    return true;
}

/* First claim of a name. */
static uint32_t claims_of(const struct reader *reader, struct str name)
{
    uint32_t low = 0, high = reader->claim_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (str_compare(reader->claims[middle].key.name, name) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Claims count where there is no contract to link to. */
static bool add_claimants(const struct reader *reader, const struct contract_star *star, bool alone, struct behind *behind)
{
    for (uint32_t i = claims_of(reader, star->name);
         i < reader->claim_count && str_equal(reader->claims[i].key.name, star->name); i++) {
        const struct claim *claim = &reader->claims[i];
        bool meant = str_equal(claim->key.version, star->version) || (alone && claim->key.version.length == 0);
        bool task = reader->view->nodes[claim->node].kind == NODE_TASK;
        if (meant && !claim->is_contract && !add_node(task ? &behind->tasks : &behind->scenarios, claim->node)) {
            return false;
        }
    }
    return true;
}

static bool add_targets(const struct graph_view *view, const struct arena_list *from, enum link_kind kind,
                        struct arena_list *to)
{
    for (uint32_t i = 0; i < from->count; i++) {
        uint32_t node = ((const uint32_t *)from->items)[i];
        for (uint32_t j = 0; j < view_out_count(view, node); j++) {
            const struct view_link *link = view_out(view, node, j);
            if (link->kind == kind && link->confidence > 0 && !add_node(to, link->target)) {
                return false;
            }
        }
    }
    return true;
}

/* The task that the lock named, else the first interface task among those that implement it. */
static uint32_t find_locker(const struct graph_view *view, uint32_t contract, const struct arena_list *tasks)
{
    struct str named = contract == VIEW_NONE ? STR_NONE : view_text(view, &view->nodes[contract], PROPERTY_PRODUCER);
    uint32_t found = named.at == NULL ? VIEW_NONE : view_find(view, NODE_TASK, named);
    for (uint32_t i = 0; found == VIEW_NONE && i < tasks->count; i++) {
        uint32_t task = ((const uint32_t *)tasks->items)[i];
        if (view_integer(view, &view->nodes[task], EVENT_FIELD_NODE_TYPE, -1) == EVENT_NODE_TYPE_INTERFACE) {
            found = task;
        }
    }
    return found;
}

static bool gather(const struct reader *reader, const struct contract_star *star, bool alone, struct behind *behind)
{
    const struct graph_view *view = reader->view;
    *behind = (struct behind){.lock_fact = VIEW_NONE};
    arena_list_init(&behind->tasks, reader->arena, sizeof(uint32_t));
    arena_list_init(&behind->scenarios, reader->arena, sizeof(uint32_t));
    arena_list_init(&behind->artifacts, reader->arena, sizeof(uint32_t));
    arena_list_init(&behind->modules, reader->arena, sizeof(uint32_t));
    if (star->contract != VIEW_NONE ? !add_sources(view, star->contract, behind)
                                    : !add_claimants(reader, star, alone, behind)) {
        return false;
    }
    if (!add_targets(view, &behind->tasks, LINK_GENERATES, &behind->artifacts) ||
        !add_targets(view, &behind->artifacts, LINK_CONTAINS, &behind->modules)) {
        return false;
    }
    behind->locker = find_locker(view, star->contract, &behind->tasks);
    if (star->contract != VIEW_NONE && view_integer(view, &view->nodes[star->contract], PROPERTY_LOCKED, 0) != 0) {
        behind->lock_fact = lens_property_fact(&view->nodes[star->contract], PROPERTY_LOCKED);
    }
    for (uint32_t i = 0; i < behind->scenarios.count; i++) {
        uint32_t index = reader->bdv->scenario_of_node[((const uint32_t *)behind->scenarios.items)[i]];
        const struct bdv_scenario *scenario = &reader->bdv->scenarios[index];
        behind->passing += scenario->counted && scenario->outcome == STATE_PASSED;
        behind->failing += scenario->counted && scenario->outcome == STATE_FAILED;
    }
    return true;
}

/* --- the legs ------------------------------------------------------------------------------------------------------- */

static struct str name_at(const struct graph_view *view, uint32_t node)
{
    return view->nodes[node].id;
}

/* Another star of the same name for which `has` holds; STR_NONE when there is none. Stars are sorted by name. */
static struct str other_version(const struct reader *reader, uint32_t star, const bool *has)
{
    const struct lens_convergence *lens = reader->lens;
    uint32_t first = star;
    while (first > 0 && str_equal(lens->stars[first - 1].name, lens->stars[star].name)) {
        first--;
    }
    for (uint32_t i = first; i < lens->star_count && str_equal(lens->stars[i].name, lens->stars[star].name); i++) {
        if (i != star && has[i]) {
            return lens->stars[i].version.length > 0 ? lens->stars[i].version : STR("no version");
        }
    }
    return STR_NONE;
}

/* A task of no declared type gets the benefit of the doubt: Turborepo, say, knows no types. */
static bool may_be_interface(const struct graph_view *view, uint32_t task)
{
    int64_t none = EVENT_NODE_TYPE_INTERFACE;
    return view_integer(view, &view->nodes[task], EVENT_FIELD_NODE_TYPE, none) == EVENT_NODE_TYPE_INTERFACE;
}

static bool judge_lock(const struct reader *reader, uint32_t index, const struct behind *behind, const bool *locked)
{
    const struct graph_view *view = reader->view;
    struct star_leg *leg = &reader->lens->stars[index].legs[STAR_LOCK];
    struct str other = other_version(reader, index, locked);
    struct str task = behind->locker == VIEW_NONE ? STR_NONE : name_at(view, behind->locker);
    if (behind->locker != VIEW_NONE) {
        leg->nodes = arena_new(reader->arena, sizeof *leg->nodes);
        if (leg->nodes == NULL) {
            return false;
        }
        leg->nodes[0] = behind->locker;
        leg->node_count = 1;
    }
    if (behind->lock_fact != VIEW_NONE) {
        uint32_t started = behind->locker == VIEW_NONE ? VIEW_NONE
                                                       : lens_property_fact(&view->nodes[behind->locker], PROPERTY_STARTED);
        if (started != VIEW_NONE && lens_fact_compare(view, started, behind->lock_fact) > 0) {
            leg->state = STAR_STALE;
            return arena_format(reader->arena, &leg->sentence,
                                "Task %.*s started again after it had locked this version; lock it anew.", STR_ARGS(task));
        }
        if (behind->locker != VIEW_NONE && !may_be_interface(view, behind->locker)) {
            leg->state = STAR_MISSING;
            return arena_format(reader->arena, &leg->sentence,
                                "Task %.*s locked it, which is no interface task; lock it by one, or set its node_type.",
                                STR_ARGS(task));
        }
        leg->state = STAR_OK;
        return task.at == NULL ? arena_format(reader->arena, &leg->sentence, "Locked; the lock names no task.")
                               : arena_format(reader->arena, &leg->sentence, "Locked by task %.*s.", STR_ARGS(task));
    }
    if (behind->locker != VIEW_NONE && view_status(&view->nodes[behind->locker]) == STATE_FAILED) {
        leg->state = STAR_FAILING;
        return arena_format(reader->arena, &leg->sentence, "Interface task %.*s failed before it locked this version.",
                            STR_ARGS(task));
    }
    if (other.at != NULL) {
        leg->state = STAR_OTHER_VERSION;
        return arena_format(reader->arena, &leg->sentence,
                            "Locked is %.*s, not this version; lock this one or correct whoever names it.", STR_ARGS(other));
    }
    leg->state = STAR_MISSING;
    return arena_format(reader->arena, &leg->sentence, "No interface task has locked this version.");
}

static bool judge_behaviour(const struct reader *reader, uint32_t index, const struct behind *behind, const bool *validated)
{
    struct star_leg *leg = &reader->lens->stars[index].legs[STAR_BEHAVIOUR];
    struct str other = other_version(reader, index, validated);
    uint32_t count = behind->scenarios.count;
    leg->nodes = (uint32_t *)behind->scenarios.items;
    leg->node_count = count;
    if (behind->failing > 0) {
        leg->state = STAR_FAILING;
        return arena_format(reader->arena, &leg->sentence, "%u of the %u scenario%s that validate%s this version fail%s.",
                            behind->failing, count, count == 1 ? "" : "s", count == 1 ? "s" : "",
                            behind->failing == 1 ? "s" : "");
    }
    if (behind->passing > 0) {
        leg->state = STAR_OK;
        return arena_format(reader->arena, &leg->sentence,
                            "%u of the %u scenario%s that validate%s this version pass%s, none fails.",
                            behind->passing, count, count == 1 ? "" : "s", count == 1 ? "s" : "",
                            behind->passing == 1 ? "es" : "");
    }
    if (count > 0) {
        leg->state = STAR_STALE;
        return arena_format(reader->arena, &leg->sentence,
                            "%u scenario%s validate%s this version, but none has a result that counts: all are not run, skipped or"
                            " quarantined.",
                            count, count == 1 ? "" : "s", count == 1 ? "s" : "");
    }
    if (other.at != NULL) {
        leg->state = STAR_OTHER_VERSION;
        return arena_format(reader->arena, &leg->sentence, "The scenarios of this contract validate %.*s, not this version.",
                            STR_ARGS(other));
    }
    leg->state = STAR_MISSING;
    return arena_format(reader->arena, &leg->sentence, "No scenario validates it; tag one @contract:%.*s%s%.*s.",
                        STR_ARGS(reader->lens->stars[index].name), reader->lens->stars[index].version.length > 0 ? ":" : "",
                        STR_ARGS(reader->lens->stars[index].version));
}

static bool judge_module(const struct reader *reader, uint32_t index, const struct behind *behind, const bool *implemented)
{
    struct star_leg *leg = &reader->lens->stars[index].legs[STAR_MODULE];
    struct str other = other_version(reader, index, implemented);
    leg->nodes = (uint32_t *)behind->modules.items;
    leg->node_count = behind->modules.count;
    if (behind->modules.count > 0) {
        leg->state = STAR_OK;
        return arena_format(reader->arena, &leg->sentence, "%u module%s implement%s it, the first is %.*s.",
                            behind->modules.count, behind->modules.count == 1 ? "" : "s",
                            behind->modules.count == 1 ? "s" : "", STR_ARGS(name_at(reader->view, leg->nodes[0])));
    }
    if (other.at != NULL) {
        leg->state = STAR_OTHER_VERSION;
        return arena_format(reader->arena, &leg->sentence, "The modules of this contract implement %.*s, not this version.",
                            STR_ARGS(other));
    }
    leg->state = STAR_MISSING;
    return arena_format(reader->arena, &leg->sentence, "%s",
                        behind->tasks.count == 0 ? "No task implements it; name contract_id in the task's events."
                        : behind->artifacts.count == 0
                            ? "The tasks that implement it have generated no artifact."
                            : "The artifacts of the tasks that implement it match no module an analysis reports.");
}

/* A name with one star only: its claims without a version mean that star. */
static bool is_alone(const struct lens_convergence *lens, uint32_t index)
{
    return !(index > 0 && str_equal(lens->stars[index - 1].name, lens->stars[index].name)) &&
           !(index + 1 < lens->star_count && str_equal(lens->stars[index + 1].name, lens->stars[index].name));
}

static bool judge_stars(struct reader *reader)
{
    struct lens_convergence *lens = reader->lens;
    size_t n = (size_t)lens->star_count + 1;
    struct behind *behind = arena_new(reader->arena, n * sizeof *behind);
    bool *locked = arena_new_zeroed(reader->arena, n, sizeof *locked);
    bool *validated = arena_new_zeroed(reader->arena, n, sizeof *validated);
    bool *implemented = arena_new_zeroed(reader->arena, n, sizeof *implemented);
    if (behind == NULL || locked == NULL || validated == NULL || implemented == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < lens->star_count; i++) {
        if (!gather(reader, &lens->stars[i], is_alone(lens, i), &behind[i])) {
            return false;
        }
        locked[i] = behind[i].lock_fact != VIEW_NONE;
        validated[i] = behind[i].scenarios.count > 0;
        implemented[i] = behind[i].modules.count > 0;
    }
    for (uint32_t i = 0; i < lens->star_count; i++) {
        struct contract_star *star = &lens->stars[i];
        if (!judge_lock(reader, i, &behind[i], locked) || !judge_behaviour(reader, i, &behind[i], validated) ||
            !judge_module(reader, i, &behind[i], implemented)) {
            return false;
        }
        star->aligned = star->legs[STAR_LOCK].state == STAR_OK && star->legs[STAR_BEHAVIOUR].state == STAR_OK &&
                        star->legs[STAR_MODULE].state == STAR_OK;
        lens->aligned_count += star->aligned;
    }
    lens->alignment = measure_ratio(lens->aligned_count, lens->star_count);
    return true;
}

enum status lens_convergence_read_stars(const struct graph_view *view, const struct lens_bdv *bdv, struct arena *arena,
                                        struct lens_convergence *lens, struct error *error)
{
    struct reader reader = {.view = view, .arena = arena, .bdv = bdv, .lens = lens};
    *lens = (struct lens_convergence){.unmatched_count = view->unmatched_count};
    if (!read_claims(&reader) || !make_stars(&reader) || !judge_stars(&reader)) {
        return error_no_memory(error, "lens convergence");
    }
    return STATUS_OK;
}

/* --- sums over links ---------------------------------------------------------------------------------------------------- */

static void sum_links(const struct graph_view *view, struct lens_convergence *lens)
{
    for (int k = 0; k < LINK_KIND_COUNT; k++) {
        lens->links[k].confidence_min = 1;
    }
    for (uint32_t i = 0; i < view->link_count; i++) {
        const struct view_link *link = &view->links[i];
        struct link_summary *sum = &lens->links[link->kind];
        if (!(link->confidence > 0)) {
            sum->denied++;
            continue;
        }
        sum->count++;
        sum->inferred += link->inferred;
        sum->by_method[link->method]++;
        sum->confidence_min = link->confidence < sum->confidence_min ? link->confidence : sum->confidence_min;
    }
    for (uint32_t i = 0; i < view->unmatched_count; i++) {
        lens->unmatched_by_kind[view->unmatched[i].kind]++;
    }
}

static bool has_link(const struct graph_view *view, uint32_t node, enum link_kind kind, bool outward)
{
    uint32_t count = outward ? view_out_count(view, node) : view_in_count(view, node);
    for (uint32_t i = 0; i < count; i++) {
        const struct view_link *link = outward ? view_out(view, node, i) : view_in(view, node, i);
        if (link->kind == kind && link->confidence > 0) {
            return true;
        }
    }
    return false;
}

/* The scenario itself or its feature validates a requirement. */
static bool validates_requirement(const struct graph_view *view, uint32_t scenario)
{
    bool found = has_link(view, scenario, LINK_VALIDATED_BY, false);
    for (uint32_t i = 0; !found && i < view_out_count(view, scenario); i++) {
        const struct view_link *link = view_out(view, scenario, i);
        found = link->kind == LINK_BELONGS_TO && link->confidence > 0 &&
                has_link(view, link->target, LINK_VALIDATED_BY, false);
    }
    return found;
}

static void count_gaps(const struct graph_view *view, struct lens_convergence *lens)
{
    for (uint32_t n = 0; n < view->node_count; n++) {
        switch (view->nodes[n].kind) {
        case NODE_REQUIREMENT:
            lens->requirements_without_task += !has_link(view, n, LINK_FULFILLED_BY, true);
            lens->requirements_without_scenario += !has_link(view, n, LINK_VALIDATED_BY, true);
            break;
        case NODE_TASK:
            lens->tasks_without_requirement += !has_link(view, n, LINK_FULFILLED_BY, false);
            break;
        case NODE_ARTIFACT:
            lens->artifacts_without_module += !has_link(view, n, LINK_CONTAINS, true);
            break;
        case NODE_MODULE:
            lens->modules_without_component += !has_link(view, n, LINK_BELONGS_TO, true);
            break;
        case NODE_SCENARIO:
            lens->scenarios_without_requirement += !validates_requirement(view, n);
            break;
        default:
            break;
        }
    }
}

enum status lens_convergence_read(const struct graph_view *view, struct arena *arena, struct lens_convergence *lens,
                                  struct error *error)
{
    struct lens_bdv bdv;
    enum status status = lens_bdv_read_counts(view, arena, &bdv, error);
    if (status == STATUS_OK) {
        status = lens_convergence_read_stars(view, &bdv, arena, lens, error);
    }
    if (status == STATUS_OK) {
        sum_links(view, lens);
        count_gaps(view, lens);
    }
    return status;
}
