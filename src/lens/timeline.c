#include "lens/timeline.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "graph/graph.h"

struct timeline_item {
    int64_t moment;
    uint32_t fact;
    uint32_t type;
};

/* --- what comes into view when ---------------------------------------------------------------------------------------- */

/* False: it never does. */
static bool comes_into_view(const struct graph *graph, struct timeline_axis axis, uint32_t fact, struct timeline_item *item)
{
    struct fact_info info = graph_fact(graph, fact);
    if ((!axis.known_moves && fact >= axis.known_facts) || (!axis.valid_moves && info.valid_from > axis.valid_at)) {
        return false;
    }
    int64_t moment = axis.valid_moves ? info.valid_from : info.observed_at;
    if (axis.known_moves && info.observed_at > moment) {
        moment = info.observed_at;
    }
    *item = (struct timeline_item){moment, fact, info.type};
    return true;
}

/* In order of moments, within one in log order. */
static int compare_items(const void *a, const void *b)
{
    const struct timeline_item *x = a, *y = b;
    return x->moment != y->moment ? (x->moment > y->moment) - (x->moment < y->moment) : (x->fact > y->fact) - (x->fact < y->fact);
}

static void sort_items(struct timeline_item *items, size_t count)
{
    bool sorted = true; /* as logs mostly are */
    for (size_t i = 1; i < count && sorted; i++) {
        sorted = compare_items(&items[i - 1], &items[i]) < 0;
    }
    if (!sorted) {
        qsort(items, count, sizeof *items, compare_items);
    }
}

/* --- the walk --------------------------------------------------------------------------------------------------------- */

struct walk {
    struct timeline *timeline;
    const struct verdict_source *source;
    struct arena views; /* cleared after each verdict */
    struct error *error;
};

void timeline_init(struct timeline *timeline, struct timeline_axis axis)
{
    assert(axis.valid_moves || axis.known_moves);
    *timeline = (struct timeline){.axis = axis, .reached = INT64_MIN};
}

void timeline_release(struct timeline *timeline)
{
    memory_free(timeline->marks);
    memory_free(timeline->items);
    timeline_init(timeline, timeline->axis);
}

static enum status look_known(struct walk *walk, int64_t moment, uint32_t known_facts, struct verdict_snapshot *snapshot)
{
    int64_t valid_at = walk->timeline->axis.valid_moves ? moment : walk->timeline->axis.valid_at;
    walk->timeline->evaluated++;
    return verdict_snapshot_read(walk->source, valid_at, known_facts, &walk->views, snapshot, walk->error);
}

static enum status look(struct walk *walk, int64_t moment, struct verdict_snapshot *snapshot)
{
    const struct graph *graph = walk->source->graph;
    uint32_t known = walk->timeline->axis.known_facts, all = graph_fact_count(graph);
    if (walk->timeline->axis.known_moves) {
        known = graph_known_facts(graph, moment);
    }
    return look_known(walk, moment, known < all ? known : all, snapshot);
}

/* Along V: in order of validity; within one moment that is the event type, then the event's id. */
static bool is_later(const struct graph *graph, const struct timeline_item *a, const struct timeline_item *b)
{
    char a_text[GRAPH_EVENT_ID_SIZE], b_text[GRAPH_EVENT_ID_SIZE];
    return a->type != b->type
               ? a->type > b->type
               : str_compare(graph_fact_event_id(graph, a->fact, a_text), graph_fact_event_id(graph, b->fact, b_text)) > 0;
}

static uint32_t event_along_valid(const struct walk *walk, const struct timeline_item *items, size_t count, const struct timeline_mark *mark)
{
    const struct timeline_item *best = NULL, *any = &items[0];
    for (size_t i = 0; i < count; i++) {
        const struct timeline_item *item = &items[i];
        enum lens lens = verdict_stream_of((enum event_type)item->type);
        bool moved = verdict_rests_on(walk->source->policy, (enum event_type)item->type) &&
                     (lens == LENS_CONVERGENCE || mark->first || mark->streams_from[lens] != mark->streams_to[lens]);
        if (moved && (best == NULL || is_later(walk->source->graph, item, best))) {
            best = item;
        }
        any = is_later(walk->source->graph, item, any) ? item : any;
    }
    return best != NULL ? best->fact : any->fact;
}

/* Before items[0] the verdict is another, after the last one it is mark->to: halving finds one in between that turns it. */
static enum status event_along_known(struct walk *walk, const struct timeline_item *items, size_t count, struct timeline_mark *mark)
{
    size_t before = 0, after = count; /* of how many of the items it is known */
    while (after - before > 1) {
        size_t middle = before + (after - before) / 2;
        struct verdict_snapshot snapshot;
        enum status status = look_known(walk, mark->moment, items[middle - 1].fact + 1, &snapshot);
        if (status != STATUS_OK) {
            return status;
        }
        bool turned = snapshot.present && snapshot.kind == mark->to;
        before = turned ? before : middle;
        after = turned ? middle : after;
    }
    mark->fact = items[after - 1].fact;
    return STATUS_OK;
}

static enum status add_mark(struct walk *walk, const struct timeline_item *items, size_t count, const struct verdict_snapshot *after)
{
    struct timeline *timeline = walk->timeline;
    struct verdict_snapshot before; /* of streams, the walk knows only as much as the kind rests on */
    int64_t moment = items[0].moment;
    enum status status = look(walk, moment - 1, &before);
    if (status != STATUS_OK) {
        return status;
    }
    if (timeline->mark_count == LIMIT_TIMELINE_MARKS) {
        return error_set(walk->error, STATUS_INVALID, "timeline", "the verdict changed more than %d times; that is the most a timeline holds.",
                         LIMIT_TIMELINE_MARKS);
    }
    struct timeline_mark *marks = memory_grow(timeline->marks, &timeline->mark_capacity, timeline->mark_count + 1, sizeof *marks);
    if (marks == NULL) {
        return error_no_memory(walk->error, "timeline");
    }
    timeline->marks = marks;
    struct timeline_mark *mark = &marks[timeline->mark_count];
    *mark = (struct timeline_mark){.moment = moment, .first = !before.present, .from = before.kind, .to = after->kind,
                                   .fact_count = (uint32_t)count};
    memcpy(mark->streams_from, before.streams, sizeof mark->streams_from);
    memcpy(mark->streams_to, after->streams, sizeof mark->streams_to);
    mark->fact = items[0].fact;
    if (timeline->axis.known_moves) {
        status = event_along_known(walk, items, count, mark);
    } else {
        mark->fact = event_along_valid(walk, items, count, mark);
    }
    timeline->mark_count += status == STATUS_OK;
    return status;
}

/* All facts of the next moment. *asked: a verdict was worked out. */
static enum status step(struct walk *walk, bool *asked)
{
    struct timeline *timeline = walk->timeline;
    const struct timeline_item *items = &timeline->items[timeline->next];
    size_t count = 0;
    *asked = false;
    while (timeline->next + count < timeline->item_count && items[count].moment == items[0].moment) {
        *asked |= verdict_snapshot_must_ask(&timeline->now, walk->source->policy, (enum event_type)items[count].type);
        count++;
    }
    if (*asked) {
        struct verdict_snapshot after;
        enum status status = look(walk, items[0].moment, &after);
        bool changed = status == STATUS_OK && after.present && (!timeline->now.present || after.kind != timeline->now.kind);
        if (changed) {
            status = add_mark(walk, items, count, &after);
        }
        if (status != STATUS_OK) {
            return status;
        }
        timeline->now = after;
    }
    timeline->reached = items[0].moment;
    timeline->next += count;
    return STATUS_OK;
}

/* --- what has come since ---------------------------------------------------------------------------------------------- */

static enum status go_back(struct walk *walk, int64_t moment)
{
    struct timeline *timeline = walk->timeline;
    timeline->mark_count = timeline_after(timeline, moment);
    timeline->reached = moment;
    return look(walk, moment, &timeline->now);
}

static enum status list_items(struct timeline *timeline, const struct graph *graph, const uint32_t *facts, uint32_t count,
                              struct error *error)
{
    memory_free(timeline->items);
    timeline->item_count = timeline->next = 0;
    timeline->items = memory_new_zeroed((size_t)count + 1, sizeof *timeline->items);
    if (timeline->items == NULL) {
        return error_no_memory(error, "timeline");
    }
    for (uint32_t i = 0; i < count; i++) {
        struct timeline_item *item = &timeline->items[timeline->item_count];
        if (comes_into_view(graph, timeline->axis, facts[i], item) && item->moment > timeline->reached) {
            timeline->item_count++;
        }
    }
    sort_items(timeline->items, timeline->item_count);
    return STATUS_OK;
}

static enum status take_in(struct walk *walk)
{
    struct timeline *timeline = walk->timeline;
    const struct graph *graph = walk->source->graph;
    struct arena arena;
    uint32_t *facts, count;
    int64_t earliest = INT64_MAX;
    arena_init(&arena, LIMIT_REQUEST_ARENA_BYTES);
    enum status status =
        graph_iteration_facts(graph, walk->source->tenant_id, walk->source->iteration_id, &arena, &facts, &count, walk->error);
    for (uint32_t i = timeline->fact_count; status == STATUS_OK && i < count; i++) {
        struct timeline_item item;
        if (comes_into_view(graph, timeline->axis, facts[i], &item) && item.moment < earliest) {
            earliest = item.moment;
        }
    }
    bool nothing = earliest == INT64_MAX && timeline->fact_count > 0;
    if (status == STATUS_OK && !nothing && earliest <= timeline->reached) {
        status = go_back(walk, earliest - 1);
    }
    if (status == STATUS_OK && !nothing) {
        status = list_items(timeline, graph, facts, count, walk->error);
        timeline->complete = false;
    }
    if (status == STATUS_OK) {
        timeline->fact_count = count;
    }
    arena_release(&arena);
    return status;
}

enum status timeline_work(struct timeline *timeline, const struct verdict_source *source, bool (*go_on)(void *context), void *context,
                          struct error *error)
{
    struct walk walk = {.timeline = timeline, .source = source, .error = error};
    struct graph_iteration iteration;
    if (!graph_iteration_find(source->graph, source->tenant_id, source->iteration_id, &iteration)) {
        return error_set(error, STATUS_ABSENT, "iteration", "there is no such iteration.");
    }
    arena_init(&walk.views, LIMIT_REQUEST_ARENA_BYTES);
    enum status status = iteration.fact_count == timeline->fact_count ? STATUS_OK : take_in(&walk);
    for (bool asked; status == STATUS_OK && timeline->next < timeline->item_count;) {
        status = step(&walk, &asked);
        if (asked && !go_on(context)) {
            break;
        }
    }
    arena_release(&walk.views);
    if (status != STATUS_OK) {
        timeline_release(timeline);
        return status;
    }
    if (timeline->next == timeline->item_count) {
        memory_free(timeline->items);
        timeline->items = NULL;
        timeline->item_count = timeline->next = 0;
        timeline->complete = true;
    }
    return STATUS_OK;
}

size_t timeline_after(const struct timeline *timeline, int64_t moment)
{
    size_t low = 0, high = timeline->mark_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (timeline->marks[middle].moment <= moment) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

const struct timeline_mark *timeline_at(const struct timeline *timeline, int64_t moment)
{
    size_t after = timeline_after(timeline, moment);
    return after == 0 ? NULL : &timeline->marks[after - 1];
}

/* --- how many facts there were when ------------------------------------------------------------------------------------ */

/* Bucket i of n begins at the least moment m with (m - from) n / span >= i: the same rounding that tells a fact's bucket. */
static int64_t bucket_begin(const struct timeline_density *density, uint32_t i)
{
    int64_t span = density->to - density->from + 1, n = density->bucket_count;
    return density->from + (span / n * i) + (span % n * i + n - 1) / n;
}

static uint32_t bucket_of(const struct timeline_density *density, int64_t moment)
{
    int64_t span = density->to - density->from + 1;
    uint32_t i = (uint32_t)((double)(moment - density->from) / (double)span * density->bucket_count);
    i = i < density->bucket_count ? i : density->bucket_count - 1;
    while (i > 0 && moment < bucket_begin(density, i)) { /* floating point is off by one at most */
        i--;
    }
    while (i + 1 < density->bucket_count && moment >= bucket_begin(density, i + 1)) {
        i++;
    }
    return i;
}

static bool make_buckets(struct timeline_density *density, uint32_t count, struct arena *arena)
{
    int64_t span = density->to - density->from + 1;
    density->bucket_count = span < count ? (uint32_t)span : count;
    density->buckets = arena_new_zeroed(arena, density->bucket_count, sizeof *density->buckets);
    for (uint32_t i = 0; density->buckets != NULL && i < density->bucket_count; i++) {
        struct timeline_bucket *bucket = &density->buckets[i];
        bucket->from = bucket_begin(density, i);
        bucket->to = i + 1 == density->bucket_count ? density->to : bucket_begin(density, i + 1) - 1;
        bucket->first = bucket->last = INT64_MIN;
    }
    return density->buckets != NULL;
}

static void count_item(struct timeline_density *density, const struct timeline_item *item)
{
    struct timeline_bucket *bucket = &density->buckets[bucket_of(density, item->moment)];
    bucket->facts[event_type_stream((enum event_type)item->type)]++;
    bucket->first = bucket->first == INT64_MIN || item->moment < bucket->first ? item->moment : bucket->first;
    bucket->last = item->moment > bucket->last ? item->moment : bucket->last;
}

static bool list_moments(struct timeline_density *density, struct timeline_item *items, uint32_t count, struct arena *arena)
{
    density->moments = arena_new(arena, count * sizeof *density->moments);
    if (density->moments == NULL) {
        return false;
    }
    sort_items(items, count);
    for (uint32_t i = 0; i < count; i++) {
        if (i == 0 || items[i].moment != items[i - 1].moment) {
            density->moments[density->moment_count++] = items[i].moment;
        }
    }
    return true;
}

/* What is on the axis, and its ends. */
static enum status gather(const struct verdict_source *source, struct timeline_axis axis, struct arena *arena, struct timeline_item **items,
                          struct timeline_density *density, struct error *error)
{
    uint32_t *facts, count;
    enum status status = graph_iteration_facts(source->graph, source->tenant_id, source->iteration_id, arena, &facts, &count, error);
    if (status != STATUS_OK) {
        return status;
    }
    *items = arena_new(arena, ((size_t)count + 1) * sizeof **items);
    if (*items == NULL) {
        return error_no_memory(error, "timeline");
    }
    density->first = density->last = INT64_MIN;
    for (uint32_t i = 0; i < count; i++) {
        struct timeline_item *item = &(*items)[density->fact_count];
        if (!comes_into_view(source->graph, axis, facts[i], item)) {
            continue;
        }
        density->first = density->fact_count == 0 || item->moment < density->first ? item->moment : density->first;
        density->last = item->moment > density->last ? item->moment : density->last;
        density->fact_count++;
    }
    return STATUS_OK;
}

enum status timeline_count(const struct verdict_source *source, struct timeline_axis axis, int64_t from, int64_t to, uint32_t buckets,
                           struct arena *arena, struct timeline_density *density, struct error *error)
{
    struct timeline_item *items;
    uint32_t inside = 0;
    assert(buckets > 0);
    *density = (struct timeline_density){0};
    enum status status = gather(source, axis, arena, &items, density, error);
    if (status != STATUS_OK) {
        return status;
    }
    bool empty = density->fact_count == 0;
    density->from = from != INT64_MIN ? from : empty ? to : density->first;
    density->to = to != INT64_MIN ? to : empty ? from : density->last;
    if (density->from == INT64_MIN && density->to == INT64_MIN) {
        return STATUS_OK; /* no fact and no range: no bucket */
    }
    if (density->to < density->from) {
        return error_set(error, STATUS_INVALID, "to", "the range ends before it begins; give a later `to`, or leave it out.");
    }
    if (!make_buckets(density, buckets, arena)) {
        return error_no_memory(error, "timeline");
    }
    for (uint32_t i = 0; i < density->fact_count; i++) {
        if (items[i].moment >= density->from && items[i].moment <= density->to) {
            count_item(density, &items[i]);
            items[inside++] = items[i];
        }
    }
    density->moment_count = inside > LIMIT_TIMELINE_MOMENTS ? UINT32_MAX : 0;
    return inside > LIMIT_TIMELINE_MOMENTS || list_moments(density, items, inside, arena) ? STATUS_OK
                                                                                           : error_no_memory(error, "timeline");
}
