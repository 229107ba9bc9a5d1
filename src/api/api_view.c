/* Views for answers, and what is kept of them.
 *
 * Most questions are about now. While an iteration gets no new fact, and none of its facts lies ahead (valid_from after
 * the V it was made for), the view of now stays what it was and only its clocks move. So the views of a few iterations
 * are kept, each with an arena of its own, and so is each iteration's verdict in short.
 */
#include "api/api_private.h"
#include "base/memory.h"

#define NOW_VIEWS_MAX 8
#define NOW_VIEW_BYTES_MAX (64 * MIB) /* larger ones are not kept */

struct kept_verdict {
    uint32_t fact_count;
    int64_t valid_at; /* V it was made for; INT64_MIN: none */
    int64_t valid_until; /* V at which an override expires; INT64_MAX */
    struct iteration_verdict verdict;
    char policy_version[POLICY_VERSION_SIZE];
};

struct view_hold {
    struct arena arena;
    struct graph_view *view; /* NULL: free */
    uint32_t fact_count;
    int64_t valid_at; /* V it was made for */
    uint64_t used;
    uint32_t holds; /* how many requests look at it; it stays as it is meanwhile */
};

struct now_view {
    struct view_hold entries[NOW_VIEWS_MAX];
    struct kept_verdict *verdicts; /* by number of the iteration */
    size_t verdict_count, verdict_capacity;
};

void now_views_free(struct api *api)
{
    if (api->now_views == NULL) {
        return;
    }
    for (int i = 0; i < NOW_VIEWS_MAX; i++) {
        arena_release(&api->now_views->entries[i].arena);
    }
    memory_free(api->now_views->verdicts);
    memory_free(api->now_views);
    api->now_views = NULL;
}

void now_views_forget(struct api *api)
{
    for (int i = 0; api->now_views != NULL && i < NOW_VIEWS_MAX; i++) {
        struct view_hold *entry = &api->now_views->entries[i];
        entry->fact_count = UINT32_MAX; /* of no iteration: never the present again */
        if (entry->holds == 0) {
            arena_clear(&entry->arena);
            entry->view = NULL;
        }
    }
}

static struct now_view *now_views(struct api *api)
{
    if (api->now_views == NULL) {
        api->now_views = memory_new_zeroed(1, sizeof *api->now_views);
        for (int i = 0; api->now_views != NULL && i < NOW_VIEWS_MAX; i++) {
            arena_init(&api->now_views->entries[i].arena, LIMIT_REQUEST_ARENA_BYTES);
        }
    }
    return api->now_views;
}

static enum status read_view(struct api *api, struct str tenant_id, struct str iteration_id, struct clocks clocks,
                             struct arena *arena, struct graph_view **view, struct error *error)
{
    enum status status =
        graph_view_open(api->options.graph, tenant_id, iteration_id, clocks.valid_at, clocks.known_at, arena, view, error);
    return status != STATUS_OK ? status : correlate_view(*view, &api->options.correlate, error);
}

enum status view_read(struct api *api, struct str tenant_id, struct str iteration_id, struct clocks clocks,
                      struct arena *arena, struct graph_view **view, struct error *error)
{
    return read_view(api, tenant_id, iteration_id, clocks, arena, view, error);
}

static bool is_of(const struct view_hold *entry, struct str tenant_id, struct str iteration_id)
{
    return entry->view != NULL && str_equal(entry->view->iteration_id, iteration_id) &&
           str_equal(entry->view->tenant_id, tenant_id);
}

/* Is what it holds still the view of now? */
static bool is_present(const struct view_hold *entry, const struct graph_iteration *iteration, struct clocks clocks)
{
    return is_of(entry, iteration->tenant_id, iteration->iteration_id) && entry->fact_count == iteration->fact_count &&
           iteration->last_valid_from <= entry->valid_at && entry->valid_at <= clocks.valid_at &&
           entry->arena.used_bytes <= NOW_VIEW_BYTES_MAX;
}

/* The entry that holds this iteration's present; else one that nobody looks at: the one that holds its past, or the one used
 * longest ago. NULL: all are looked at. */
static struct view_hold *entry_for(struct now_view *kept, const struct graph_iteration *iteration, struct clocks clocks)
{
    struct view_hold *best = NULL;
    for (int i = 0; i < NOW_VIEWS_MAX; i++) {
        struct view_hold *entry = &kept->entries[i];
        if (is_present(entry, iteration, clocks)) {
            return entry;
        }
        if (entry->holds > 0) {
            continue;
        }
        if (is_of(entry, iteration->tenant_id, iteration->iteration_id)) {
            entry->used = 0;
        }
        best = best == NULL || entry->used < best->used ? entry : best;
    }
    return best;
}

/* The entry with the view of now; *entry is NULL where it can't be one that is kept. */
static enum status keep_now(struct api *api, struct str tenant_id, struct str iteration_id, struct clocks clocks,
                            struct view_hold **found, struct error *error)
{
    struct graph_iteration iteration;
    struct now_view *kept = now_views(api);
    *found = NULL;
    if (kept == NULL || !graph_iteration_find(api->options.graph, tenant_id, iteration_id, &iteration) ||
        iteration.last_observed_at > clocks.known_at) {
        return STATUS_OK;
    }
    struct view_hold *entry = entry_for(kept, &iteration, clocks);
    if (entry == NULL) {
        return STATUS_OK;
    }
    if (!is_present(entry, &iteration, clocks)) {
        entry->view = NULL;
        arena_clear(&entry->arena);
        struct graph_view *fresh;
        enum status status = read_view(api, tenant_id, iteration_id, clocks, &entry->arena, &fresh, error);
        if (status != STATUS_OK) {
            return status;
        }
        entry->view = fresh;
        entry->fact_count = iteration.fact_count;
        entry->valid_at = clocks.valid_at;
    }
    entry->used = ++api->use;
    *found = entry;
    return STATUS_OK;
}

static void set_clocks(const struct api *api, struct graph_view *view, struct clocks clocks)
{
    view->valid_at = clocks.valid_at;
    view->known_at = clocks.known_at;
    view->known_facts = graph_known_facts(api->options.graph, clocks.known_at);
    view->position = graph_position(api->options.graph);
}

static enum status view_of_now(struct api *api, struct str tenant_id, struct str iteration_id, struct clocks clocks,
                               struct arena *arena, struct graph_view **view, struct error *error)
{
    struct view_hold *entry;
    enum status status = keep_now(api, tenant_id, iteration_id, clocks, &entry, error);
    if (status != STATUS_OK || entry == NULL) {
        return status != STATUS_OK ? status : read_view(api, tenant_id, iteration_id, clocks, arena, view, error);
    }
    set_clocks(api, entry->view, clocks);
    *view = entry->view;
    return STATUS_OK;
}

enum status view_hold(struct api *api, struct str tenant_id, struct str iteration_id, struct clocks clocks,
                      struct arena *arena, struct graph_view **view, struct view_hold **hold, struct error *error)
{
    *hold = NULL;
    enum status status = clocks.is_now ? keep_now(api, tenant_id, iteration_id, clocks, hold, error) : STATUS_OK;
    if (status != STATUS_OK || *hold == NULL) {
        return status != STATUS_OK ? status : read_view(api, tenant_id, iteration_id, clocks, arena, view, error);
    }
    struct graph_view *copy = arena_new(arena, sizeof *copy);
    if (copy == NULL) {
        return error_no_memory(error, "view");
    }
    *copy = *(*hold)->view;
    copy->arena = arena; /* what is worked out from it belongs to who asked */
    set_clocks(api, copy, clocks);
    (*hold)->holds++;
    *view = copy;
    return STATUS_OK;
}

void view_release(struct view_hold *hold)
{
    if (hold != NULL) {
        hold->holds--;
    }
}

bool view_open_at(struct exchange *exchange, struct str iteration_id, struct clocks clocks, struct view_request *opened)
{
    struct error error;
    struct api *api = exchange->api;
    *opened = (struct view_request){.iteration_id = iteration_id, .clocks = clocks, .page = &exchange->page};
    enum status status =
        clocks.is_now ? view_of_now(api, exchange->tenant_id, iteration_id, clocks, &exchange->arena, &opened->view, &error)
                      : read_view(api, exchange->tenant_id, iteration_id, clocks, &exchange->arena, &opened->view, &error);
    if (status != STATUS_OK) {
        error.status = status;
        problem_error(exchange, &error);
        return false;
    }
    return true;
}

bool view_open(struct exchange *exchange, struct str iteration_id, struct view_request *opened)
{
    struct clocks clocks;
    return request_clocks(exchange, &clocks) && view_open_at(exchange, iteration_id, clocks, opened);
}

struct verdict_source verdict_source_of(struct api *api, struct str tenant_id, struct str iteration_id)
{
    const struct api_options *options = &api->options;
    return (struct verdict_source){options->graph, tenant_id, iteration_id, options->policy, correlate_view, &options->correlate};
}

/* ---- one node by id ---- */

static bool kind_asked(struct exchange *exchange, enum node_kind *kind)
{
    *kind = NODE_KIND_COUNT;
    struct str text = exchange->query[PARAMETER_KIND];
    if (text.at != NULL && !node_kind_from_name(text, kind)) {
        problem(exchange, 400, "kind",
                "There is no such kind of node; kinds are Iteration, Requirement, Task, "
                "InterfaceContract, Artifact, QualityGate, BehavioralSpec, Scenario, TestRun, "
                "ArchitectureComponent, CodeModule, Violation, Cycle.");
        return false;
    }
    return true;
}

#define NAMERS_SHOWN 3

/* Where others name it although no event declares it, says who. */
static void refuse_absent_node(struct exchange *exchange, const struct view_request *opened, enum node_kind kind, struct str id)
{
    const struct graph_view *view = opened->view;
    struct buffer namers;
    size_t count = 0;
    buffer_init(&namers, 8 * KIB);
    for (uint32_t i = 0; i < view->unmatched_count; i++) {
        const struct view_unmatched *unmatched = &view->unmatched[i];
        if (!str_equal(unmatched->partner, id) || (kind != NODE_KIND_COUNT && unmatched->partner_kind != kind)) {
            continue;
        }
        if (count++ < NAMERS_SHOWN) {
            const struct view_node *namer = &view->nodes[unmatched->node];
            buffer_append_format(&namers, "%s%s %.*s", count > 1 ? ", " : "", node_kind_name(namer->kind), STR_ARGS(namer->id));
        }
    }
    if (count > NAMERS_SHOWN) {
        buffer_append_format(&namers, " and %zu more", count - NAMERS_SHOWN);
    }
    const char *what = kind == NODE_KIND_COUNT ? "node" : node_kind_name(kind);
    if (count > 0 && !buffer_failed(&namers)) {
        problem(exchange, 404, "node", "Iteration %.*s has no %s \"%.*s\" then; it is only named, by %.*s. Send the event that declares it.",
                STR_ARGS(opened->iteration_id), what, STR_ARGS(id), STR_ARGS(buffer_str(&namers)));
    } else {
        problem(exchange, 404, "node", "Iteration %.*s has no %s \"%.*s\" then.", STR_ARGS(opened->iteration_id), what, STR_ARGS(id));
    }
    buffer_release(&namers);
}

bool view_node_asked(struct exchange *exchange, const struct view_request *opened, uint32_t *node)
{
    enum node_kind kind;
    if (!request_required(exchange, PARAMETER_NODE) || !kind_asked(exchange, &kind)) {
        return false;
    }
    struct str id = exchange->query[PARAMETER_NODE];
    uint32_t found = VIEW_NONE;
    int count = 0;
    struct buffer kinds;
    buffer_init(&kinds, 512);
    for (int k = 0; k < NODE_KIND_COUNT; k++) {
        uint32_t at = kind == NODE_KIND_COUNT || (int)kind == k ? view_find(opened->view, (enum node_kind)k, id) : VIEW_NONE;
        if (at != VIEW_NONE) {
            found = at;
            count++;
            buffer_append_format(&kinds, "%s%s", count > 1 ? ", " : "", node_kind_name((enum node_kind)k));
        }
    }
    if (count == 0) {
        refuse_absent_node(exchange, opened, kind, id);
    } else if (count > 1) {
        problem(exchange, 400, "kind", "Several kinds of nodes are called \"%.*s\"; say which with kind: %.*s.",
                STR_ARGS(id), STR_ARGS(buffer_str(&kinds)));
    }
    buffer_release(&kinds);
    *node = found;
    return count == 1;
}

/* ---- verdicts in short ---- */

static struct kept_verdict *kept_verdict(struct api *api, uint32_t number)
{
    struct now_view *kept = now_views(api);
    uint32_t count = graph_iteration_count(api->options.graph);
    if (kept == NULL) {
        return NULL;
    }
    if (kept->verdict_count < count) {
        struct kept_verdict *grown = memory_grow(kept->verdicts, &kept->verdict_capacity, count, sizeof *grown);
        if (grown == NULL) {
            return NULL;
        }
        kept->verdicts = grown;
        for (; kept->verdict_count < count; kept->verdict_count++) {
            grown[kept->verdict_count] = (struct kept_verdict){.valid_at = INT64_MIN};
        }
    }
    return &kept->verdicts[number];
}

static enum status work_out(struct api *api, const struct graph_iteration *iteration, struct clocks clocks,
                            struct arena *arena, struct iteration_verdict *to, int64_t *valid_until, struct error *error)
{
    struct graph_view *view;
    struct verdict verdict;
    enum status status = read_view(api, iteration->tenant_id, iteration->iteration_id, clocks, arena, &view, error);
    if (status == STATUS_OK) {
        status = verdict_read_summary(view, api->options.policy, arena, &verdict, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    *to = (struct iteration_verdict){verdict.kind, {0}, verdict.gate.deployable, verdict_exit_code(&verdict)};
    for (int i = 0; i < 3; i++) {
        to->streams[i] = verdict.streams[i].status;
    }
    bool expires = verdict.gate.override_in_force && verdict.gate.expires_at.known;
    *valid_until = expires ? (int64_t)verdict.gate.expires_at.value : INT64_MAX;
    return STATUS_OK;
}

bool verdict_is_kept(struct api *api, uint32_t number, const struct graph_iteration *iteration, struct clocks clocks,
                     struct iteration_verdict *verdict)
{
    bool is_present = clocks.is_now && iteration->last_observed_at <= clocks.known_at;
    const struct kept_verdict *kept = is_present ? kept_verdict(api, number) : NULL;
    if (kept == NULL || kept->fact_count != iteration->fact_count || iteration->last_valid_from > kept->valid_at ||
        kept->valid_at > clocks.valid_at || clocks.valid_at >= kept->valid_until ||
        strcmp(kept->policy_version, api->options.policy->version) != 0) {
        return false;
    }
    *verdict = kept->verdict;
    return true;
}

enum status verdict_of_iteration(struct api *api, uint32_t number, const struct graph_iteration *iteration,
                                 struct clocks clocks, struct iteration_verdict *verdict, struct error *error)
{
    if (verdict_is_kept(api, number, iteration, clocks, verdict)) {
        return STATUS_OK;
    }
    bool is_present = clocks.is_now && iteration->last_observed_at <= clocks.known_at;
    struct kept_verdict *kept = is_present ? kept_verdict(api, number) : NULL;
    struct arena work;
    arena_init(&work, LIMIT_REQUEST_ARENA_BYTES);
    int64_t valid_until = INT64_MAX;
    enum status status = work_out(api, iteration, clocks, &work, verdict, &valid_until, error);
    arena_release(&work);
    if (kept != NULL) {
        kept->valid_at = INT64_MIN;
    }
    if (status == STATUS_OK && kept != NULL) {
        kept->valid_until = valid_until;
        kept->fact_count = iteration->fact_count;
        kept->valid_at = clocks.valid_at;
        kept->verdict = *verdict;
        memcpy(kept->policy_version, api->options.policy->version, sizeof kept->policy_version);
    }
    return status;
}
