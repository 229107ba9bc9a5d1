#include <assert.h>

#include "base/memory.h"
#include "live/live_private.h"

struct moment live_moment_now(const struct live *live)
{
    const struct graph *graph = live->options.graph;
    return (struct moment){graph_position(graph), clock_now_ms(live->options.clock), graph_fact_count(graph)};
}

uint32_t live_fact_count(const struct live *live, struct watch *watch)
{
    const struct graph *graph = live->options.graph;
    if (watch->number == GRAPH_NONE) {
        watch->number = graph_iteration_number(graph, watch->tenant_id, watch->iteration_id);
    }
    return watch->number == GRAPH_NONE ? 0 : graph_iteration(graph, watch->number).fact_count;
}

/* ---- shown views ---- */

void live_shown_free(struct shown *shown)
{
    arena_release(&shown->arena);
    memory_free(shown);
}

static struct shown *shown_new(struct live *live)
{
    struct shown *shown = live->spare;
    live->spare = NULL;
    if (shown == NULL) {
        shown = memory_new_zeroed(1, sizeof *shown);
        if (shown != NULL) {
            arena_init(&shown->arena, LIMIT_REQUEST_ARENA_BYTES);
        }
    }
    return shown;
}

/* One is kept for the next look, unless it is large. */
static void shown_done(struct live *live, struct shown *shown)
{
    if (live->spare != NULL || shown->arena.used_bytes > live->options.kept_bytes_max / 16) {
        live_shown_free(shown);
        return;
    }
    arena_clear(&shown->arena);
    shown->view = NULL;
    shown->has_verdict = false;
    shown->watch = NULL;
    live->spare = shown;
}

void live_shown_drop(struct live *live, struct watch *watch)
{
    struct shown *shown = watch->shown;
    if (shown == NULL) {
        return;
    }
    watch->shown = NULL;
    link_remove(&shown->kept);
    live->statistics.kept_bytes -= shown->counted_bytes;
    shown->counted_bytes = 0;
    shown_done(live, shown);
}

/* An iteration that is not there: a view without anything. */
static enum status view_nothing(struct live *live, const struct watch *watch, struct moment at, struct shown *shown,
                                struct error *error)
{
    struct graph_view *view = arena_new_zeroed(&shown->arena, 1, sizeof *view);
    if (view == NULL) {
        return error_no_memory(error, "live updates");
    }
    *view = (struct graph_view){.graph = live->options.graph, .arena = &shown->arena, .tenant_id = watch->tenant_id,
                                .iteration_id = watch->iteration_id, .valid_at = at.valid_at,
                                .known_at = at.known_facts == 0 ? INT64_MIN
                                                                : graph_fact(live->options.graph, at.known_facts - 1).observed_at,
                                .known_facts = at.known_facts, .position = at.position};
    shown->view = view;
    return view_index_links(view) ? STATUS_OK : error_no_memory(error, "live updates");
}

static enum status show(struct live *live, const struct watch *watch, struct moment at, struct shown **out,
                        struct error *error)
{
    const struct live_host *host = &live->options.host;
    struct shown *shown = shown_new(live);
    if (shown == NULL) {
        return error_no_memory(error, "live updates");
    }
    enum status status = host->view(host->context, watch->tenant_id, watch->iteration_id, at.valid_at, at.known_facts,
                                    &shown->arena, &shown->view, error);
    if (status == STATUS_ABSENT) {
        status = view_nothing(live, watch, at, shown, error);
    }
    if (status != STATUS_OK) {
        live_shown_free(shown);
        return status;
    }
    *out = shown;
    return STATUS_OK;
}

static enum status judge(struct live *live, struct shown *shown, struct error *error)
{
    const struct live_host *host = &live->options.host;
    if (shown->has_verdict) {
        return STATUS_OK;
    }
    enum status status = host->verdict(host->context, shown->view, &shown->arena, &shown->verdict, error);
    shown->has_verdict = status == STATUS_OK;
    return status;
}

/* Counts what the watch's view takes, and lets go of those used longest ago while all together take too much; this one,
 * too, when it is too large. */
static void keep(struct live *live, struct watch *watch)
{
    struct shown *shown = watch->shown;
    live->statistics.kept_bytes += shown->arena.used_bytes - shown->counted_bytes;
    shown->counted_bytes = shown->arena.used_bytes;
    shown->watch = watch;
    link_remove(&shown->kept);
    list_add_first(&live->kept, &shown->kept);
    while (live->statistics.kept_bytes > live->options.kept_bytes_max) {
        live_shown_drop(live, HOLDER(live->kept.previous, struct shown, kept)->watch);
    }
}

/* The view at the moment told last; may be gone after the next keep(). */
static enum status show_told(struct live *live, struct watch *watch, bool with_verdict, struct error *error)
{
    enum status status = STATUS_OK;
    if (watch->shown == NULL) {
        status = show(live, watch, watch->told, &watch->shown, error);
    }
    return status == STATUS_OK && with_verdict ? judge(live, watch->shown, error) : status;
}

/* ---- when time alone moves it ---- */

static void set_moves_at(struct live *live, struct watch *watch)
{
    const struct shown *shown = watch->shown;
    watch->moves_at = watch->number == GRAPH_NONE ? INT64_MAX
                                                  : graph_next_valid_from(live->options.graph, watch->number,
                                                                          watch->told.valid_at, watch->told.known_facts);
    if (shown != NULL && shown->has_verdict && shown->verdict.gate.override_present && shown->verdict.gate.expires_at.known) {
        double expires_at = shown->verdict.gate.expires_at.value;
        if (expires_at >= (double)watch->told.valid_at && expires_at < (double)watch->moves_at) {
            watch->moves_at = (int64_t)expires_at + 1;
        }
    }
    live->moves_at = watch->moves_at < live->moves_at ? watch->moves_at : live->moves_at;
}

/* ---- differences ---- */

static bool verdicts_are_alike(const struct verdict *a, const struct verdict *b)
{
    return a == NULL || b == NULL ||
           (a->kind == b->kind && !deployment_gate_differs(&a->gate, &b->gate));
}

/* Fills in what differs between two views: changes, or that there are none or too many. */
static enum status compare(struct live *live, struct shown *before, struct shown *after, struct live_update *update,
                           struct error *error)
{
    struct changes *changes;
    arena_clear(&live->scratch);
    enum status status = changes_compare(before->view, after->view, &live->scratch, &changes, error);
    if (status != STATUS_OK) {
        return status;
    }
    const struct verdict *verdict_before = before->has_verdict ? &before->verdict : NULL;
    const struct verdict *verdict_after = after->has_verdict ? &after->verdict : NULL;
    if ((uint64_t)changes->node_count + changes->link_count > LIMIT_LIVE_CHANGES) {
        update->is_reset = true;
    } else if (changes->node_count == 0 && changes->link_count == 0 && verdicts_are_alike(verdict_before, verdict_after)) {
        update->is_position = true;
    } else {
        update->before = before->view;
        update->after = after->view;
        update->changes = changes;
        update->verdict_before = verdict_before;
        update->verdict_after = verdict_after;
    }
    return STATUS_OK;
}

/* ---- looking ---- */

static void tell_topics(struct live *live, struct watch *watch, struct live_update *update, struct moment from)
{
    for (struct link *at = watch->topics.next; at != &watch->topics; at = at->next) {
        struct topic *topic = HOLDER(at, struct topic, of_watch);
        update->from_position = topic->said;
        live_tell_members(live, topic, update, from, watch->changed_ns);
    }
}

bool live_advance_at_rest(struct live *live, struct watch *watch)
{
    struct moment now = live_moment_now(live);
    if (live_fact_count(live, watch) != watch->fact_count || watch->moves_at <= now.valid_at || link_is_in(&watch->due)) {
        return false;
    }
    watch->told = now;
    if (watch->shown != NULL) {
        watch->shown->view->valid_at = now.valid_at;
        watch->shown->view->known_facts = now.known_facts;
        watch->shown->view->position = now.position;
    }
    return true;
}

/* Nothing new: what is left to find out is whether the end of an override will move it. */
static enum status look_at_rest(struct live *live, struct watch *watch, struct error *error)
{
    if (watch->verdict_topic_count == 0) {
        return STATUS_OK;
    }
    enum status status = show_told(live, watch, true, error);
    if (watch->shown != NULL) {
        set_moves_at(live, watch);
        keep(live, watch);
    }
    return status;
}

/* Shows what is now, and how it differs from what was told last. */
static enum status show_now(struct live *live, struct watch *watch, struct moment now, struct shown **after,
                            struct live_update *update, struct error *error)
{
    bool with_verdict = watch->verdict_topic_count > 0;
    *after = NULL;
    enum status status = show_told(live, watch, with_verdict, error);
    if (status == STATUS_OK) {
        status = show(live, watch, now, after, error);
    }
    if (status == STATUS_OK && with_verdict) {
        status = judge(live, *after, error);
    }
    if (status == STATUS_OK) {
        status = compare(live, watch->shown, *after, update, error);
    }
    if (status != STATUS_OK && *after != NULL) {
        live_shown_free(*after);
    }
    return status;
}

enum status live_look(struct live *live, struct watch *watch, struct error *error)
{
    struct moment from = watch->told, now = live_moment_now(live);
    if (live_advance_at_rest(live, watch)) {
        return look_at_rest(live, watch, error);
    }
    struct shown *after;
    struct live_update update = {.tenant_id = watch->tenant_id, .iteration_id = watch->iteration_id,
                                 .position = now.position, .valid_at = now.valid_at};
    enum status status = show_now(live, watch, now, &after, &update, error);
    if (status != STATUS_OK) {
        live_shown_drop(live, watch);
        return status;
    }
    watch->told = now;
    watch->fact_count = live_fact_count(live, watch);
    if (!update.is_position) {
        tell_topics(live, watch, &update, from);
    }
    live_shown_drop(live, watch);
    watch->shown = after;
    set_moves_at(live, watch);
    keep(live, watch);
    return STATUS_OK;
}

/* ---- for one who is not in step ---- */

/* True where no verdict is asked for and nothing of the iteration was set or came into force in between. */
static bool nothing_moved(const struct live *live, const struct topic *topic, struct moment since)
{
    const struct watch *watch = topic->watch;
    const struct graph *graph = live->options.graph;
    if (since.known_facts == watch->told.known_facts && since.valid_at == watch->told.valid_at) {
        return true;
    }
    return topic->format.without_verdict && since.valid_at <= watch->told.valid_at &&
           (watch->number == GRAPH_NONE ||
            (graph_iteration(graph, watch->number).last_seq <= since.position &&
             graph_next_valid_from(graph, watch->number, since.valid_at, since.known_facts) > watch->told.valid_at));
}

enum status live_difference(struct live *live, struct topic *topic, struct moment since, struct live_update *update,
                            struct error *error)
{
    struct watch *watch = topic->watch;
    assert(live->before == NULL);
    *update = (struct live_update){.tenant_id = watch->tenant_id, .iteration_id = watch->iteration_id,
                                   .from_position = since.position, .position = watch->told.position,
                                   .valid_at = watch->told.valid_at};
    if (nothing_moved(live, topic, since)) {
        update->is_position = true;
        return STATUS_OK;
    }
    bool with_verdict = !topic->format.without_verdict;
    enum status status = show_told(live, watch, with_verdict, error);
    if (status == STATUS_OK) {
        status = show(live, watch, since, &live->before, error);
    }
    if (status == STATUS_OK && with_verdict) {
        status = judge(live, live->before, error);
    }
    if (status == STATUS_OK) {
        status = compare(live, live->before, watch->shown, update, error);
    }
    if (status != STATUS_OK) {
        live_difference_done(live, topic);
    }
    update->is_coalesced = update->changes != NULL;
    return status;
}

void live_difference_done(struct live *live, struct topic *topic)
{
    if (live->before != NULL) {
        shown_done(live, live->before);
        live->before = NULL;
    }
    if (topic->watch->shown != NULL) {
        keep(live, topic->watch);
    }
}
