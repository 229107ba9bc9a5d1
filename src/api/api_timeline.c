#include "api/api_timeline.h"

#include "base/memory.h"

struct other_timeline {
    uint32_t iteration; /* its number */
    uint64_t used;      /* 0: free */
    struct timeline timeline;
};

struct timelines {
    struct timeline *present; /* by number of the iteration: along V, as known now */
    size_t present_count, present_capacity;
    struct other_timeline others[LIMIT_TIMELINES];
    char policy_version[POLICY_VERSION_SIZE]; /* that all of them are of */
};

static const struct timeline_axis present_axis = {.valid_moves = true, .known_facts = UINT32_MAX};

static void forget_all(struct timelines *kept)
{
    for (size_t i = 0; i < kept->present_count; i++) {
        timeline_release(&kept->present[i]);
    }
    for (int i = 0; i < LIMIT_TIMELINES; i++) {
        timeline_release(&kept->others[i].timeline);
        kept->others[i].used = 0;
    }
}

void timelines_free(struct api *api)
{
    if (api->timelines != NULL) {
        forget_all(api->timelines);
        memory_free(api->timelines->present);
        memory_free(api->timelines);
        api->timelines = NULL;
    }
}

static bool is_same_axis(struct timeline_axis a, struct timeline_axis b)
{
    return a.valid_moves == b.valid_moves && a.known_moves == b.known_moves && (a.valid_moves || a.valid_at == b.valid_at) &&
           (a.known_moves || a.known_facts == b.known_facts);
}

static struct timelines *timelines_of(struct api *api)
{
    struct timelines *kept = api->timelines;
    if (kept == NULL) {
        kept = api->timelines = memory_new_zeroed(1, sizeof *kept);
        for (int i = 0; kept != NULL && i < LIMIT_TIMELINES; i++) {
            timeline_init(&kept->others[i].timeline, present_axis);
        }
    }
    if (kept != NULL && strcmp(kept->policy_version, api->options.policy->version) != 0) {
        forget_all(kept);
        memcpy(kept->policy_version, api->options.policy->version, sizeof kept->policy_version);
    }
    return kept;
}

static struct timeline *present_timeline(struct api *api, struct timelines *kept, uint32_t number)
{
    uint32_t count = graph_iteration_count(api->options.graph);
    if (kept->present_count < count) {
        struct timeline *grown = memory_grow(kept->present, &kept->present_capacity, count, sizeof *grown);
        if (grown == NULL) {
            return NULL;
        }
        kept->present = grown;
        for (; kept->present_count < count; kept->present_count++) {
            timeline_init(&grown[kept->present_count], present_axis);
        }
    }
    return &kept->present[number];
}

static struct timeline *other_timeline(struct api *api, struct timelines *kept, uint32_t number, struct timeline_axis axis)
{
    struct other_timeline *oldest = &kept->others[0];
    for (int i = 0; i < LIMIT_TIMELINES; i++) {
        struct other_timeline *one = &kept->others[i];
        if (one->used != 0 && one->iteration == number && is_same_axis(one->timeline.axis, axis)) {
            one->used = ++api->use;
            return &one->timeline;
        }
        oldest = one->used < oldest->used ? one : oldest;
    }
    timeline_release(&oldest->timeline);
    timeline_init(&oldest->timeline, axis);
    oldest->iteration = number;
    oldest->used = ++api->use;
    return &oldest->timeline;
}

struct work_time {
    const struct clock *clock;
    uint64_t until_ns;
};

static bool is_time_left(void *context)
{
    const struct work_time *time = context;
    return clock_monotonic_ns(time->clock) < time->until_ns;
}

uint64_t timeline_deadline(const struct api *api)
{
    return clock_monotonic_ns(api->options.clock) + (uint64_t)LIMIT_TIMELINE_MS * 1000000;
}

/* Of many timelines asked for at once the first ones are worked on; the others stay as they are, and say so. */
static enum status read_timeline(struct api *api, const struct verdict_source *source, struct timeline_axis axis, uint64_t deadline_ns,
                                 const struct timeline **timeline, bool *complete, struct error *error)
{
    struct timelines *kept = timelines_of(api);
    struct graph_iteration iteration;
    uint32_t number = graph_iteration_number(source->graph, source->tenant_id, source->iteration_id);
    if (number == GRAPH_NONE) {
        return error_set(error, STATUS_ABSENT, "iteration", "There is no iteration %.*s.", STR_ARGS(source->iteration_id));
    }
    struct timeline *found = kept == NULL                        ? NULL
                             : is_same_axis(axis, present_axis) ? present_timeline(api, kept, number)
                                                                 : other_timeline(api, kept, number, axis);
    if (found == NULL) {
        return error_no_memory(error, "timeline");
    }
    struct work_time time = {api->options.clock, deadline_ns};
    enum status status = is_time_left(&time) ? timeline_work(found, source, is_time_left, &time, error) : STATUS_OK;
    iteration = graph_iteration(source->graph, number);
    *timeline = found;
    *complete = found->complete && found->fact_count == iteration.fact_count;
    return status;
}

enum status timeline_of_iteration(struct api *api, const struct graph_iteration *iteration, uint64_t deadline_ns,
                                  const struct timeline **timeline, bool *complete, struct error *error)
{
    struct verdict_source source = verdict_source_of(api, iteration->tenant_id, iteration->iteration_id);
    return read_timeline(api, &source, present_axis, deadline_ns, timeline, complete, error);
}

static struct timeline_axis axis_of(const struct graph *graph, const struct timeline_question *question)
{
    if (question->along_known) {
        bool both = question->valid_at == INT64_MIN;
        return (struct timeline_axis){.valid_moves = both, .known_moves = true, .valid_at = question->valid_at};
    }
    bool all = question->known_at == INT64_MIN;
    return (struct timeline_axis){.valid_moves = true, .known_facts = all ? UINT32_MAX : graph_known_facts(graph, question->known_at)};
}

static bool copy_marks(const struct timeline *timeline, struct arena *arena, struct timeline_answer *answer)
{
    const struct timeline_density *density = &answer->density;
    if (density->bucket_count == 0) {
        return true; /* nothing is on the axis and no range was given: it has no ends */
    }
    size_t first = timeline_after(timeline, density->from - 1), end = timeline_after(timeline, density->to);
    answer->mark_total = (uint32_t)(end - first);
    answer->mark_count = answer->mark_total < TIMELINE_MARKS_LISTED ? answer->mark_total : TIMELINE_MARKS_LISTED;
    answer->marks = arena_new(arena, answer->mark_count * sizeof *answer->marks);
    answer->verdicts = arena_new(arena, density->bucket_count * sizeof *answer->verdicts);
    if (answer->marks == NULL || answer->verdicts == NULL) {
        return false;
    }
    if (answer->mark_count > 0) {
        memcpy(answer->marks, &timeline->marks[first], answer->mark_count * sizeof *answer->marks);
    }
    for (uint32_t i = 0; i < density->bucket_count; i++) {
        const struct timeline_mark *mark = timeline_at(timeline, density->buckets[i].to);
        bool known = mark != NULL && (answer->complete || density->buckets[i].to <= timeline->reached);
        answer->verdicts[i] = known ? mark->to : VERDICT_KIND_COUNT;
    }
    return true;
}

enum status timeline_answer_read(struct api *api, const struct timeline_question *question, uint64_t deadline_ns, struct arena *arena,
                                 struct timeline_answer *answer, struct error *error)
{
    const struct timeline *timeline;
    struct verdict_source source = verdict_source_of(api, question->tenant_id, question->iteration_id);
    struct timeline_axis axis = axis_of(source.graph, question);
    *answer = (struct timeline_answer){0};
    enum status status = timeline_count(&source, axis, question->from, question->to, question->buckets, arena, &answer->density, error);
    if (status == STATUS_OK) {
        status = read_timeline(api, &source, axis, deadline_ns, &timeline, &answer->complete, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    answer->reached = timeline->reached;
    return copy_marks(timeline, arena, answer) ? STATUS_OK : error_no_memory(error, "timeline");
}

/* ---- over HTTP ---- */

static const char *kind_or_null(enum verdict_kind kind)
{
    return kind == VERDICT_KIND_COUNT ? NULL : verdict_name(kind);
}

static void write_ms(struct json_writer *json, const char *key, int64_t ms)
{
    json_write_key(json, key);
    if (ms == INT64_MIN) {
        json_write_null(json);
    } else {
        json_write_i64(json, ms);
    }
}

static void write_buckets(struct json_writer *json, const struct timeline_answer *answer)
{
    json_write_key(json, "buckets");
    json_write_array_begin(json);
    for (uint32_t i = 0; i < answer->density.bucket_count; i++) {
        const struct timeline_bucket *bucket = &answer->density.buckets[i];
        json_write_object_begin(json);
        write_ms(json, "from", bucket->from);
        write_ms(json, "to", bucket->to);
        json_field_i64(json, "dde", bucket->facts[EVENT_STREAM_DDE]);
        json_field_i64(json, "bdv", bucket->facts[EVENT_STREAM_BDV]);
        json_field_i64(json, "acc", bucket->facts[EVENT_STREAM_ACC]);
        json_field_i64(json, "control", bucket->facts[EVENT_STREAM_CONTROL]);
        write_ms(json, "first", bucket->first);
        write_ms(json, "last", bucket->last);
        json_field_text(json, "verdict", kind_or_null(answer->verdicts[i]));
        json_write_object_end(json);
    }
    json_write_array_end(json);
}

static void write_moments(struct json_writer *json, const struct timeline_density *density)
{
    json_write_key(json, "moments");
    if (density->moment_count == UINT32_MAX) {
        json_write_null(json);
        return;
    }
    json_write_array_begin(json);
    for (uint32_t i = 0; i < density->moment_count; i++) {
        json_write_i64(json, density->moments[i]);
    }
    json_write_array_end(json);
}

static void write_states(struct json_writer *json, const char *key, const enum stream_status states[3], bool present)
{
    json_write_key(json, key);
    if (!present) {
        json_write_null(json);
        return;
    }
    json_write_object_begin(json);
    for (int i = 0; i < 3; i++) {
        json_field_text(json, lens_name((enum lens)i), stream_status_name(states[i]));
    }
    json_write_object_end(json);
}

static void write_marks(struct json_writer *json, const struct graph *graph, const struct timeline_answer *answer)
{
    json_write_key(json, "marks");
    json_write_array_begin(json);
    for (uint32_t i = 0; i < answer->mark_count; i++) {
        const struct timeline_mark *mark = &answer->marks[i];
        struct fact_info info = graph_fact(graph, mark->fact);
        char text[GRAPH_EVENT_ID_SIZE];
        json_write_object_begin(json);
        write_ms(json, "moment", mark->moment);
        json_field_text(json, "from", mark->first ? NULL : verdict_name(mark->from));
        json_field_text(json, "to", verdict_name(mark->to));
        write_states(json, "streams_from", mark->streams_from, !mark->first);
        write_states(json, "streams_to", mark->streams_to, true);
        json_field_str(json, "event_id", graph_fact_event_id(graph, mark->fact, text));
        json_field_text(json, "event_type", event_type_symbol(info.type));
        json_field_str(json, "node_id", info.node_id);
        json_field_i64(json, "seq", (int64_t)info.seq);
        write_ms(json, "valid_from", info.valid_from);
        write_ms(json, "observed_at", info.observed_at);
        json_field_i64(json, "facts", mark->fact_count);
        json_write_object_end(json);
    }
    json_write_array_end(json);
}

/* False: answered. */
static bool question_asked(struct exchange *exchange, struct timeline_question *question)
{
    struct str clock = exchange->query[PARAMETER_CLOCK];
    int64_t buckets;
    if (clock.at != NULL && !str_is(clock, "valid") && !str_is(clock, "known")) {
        problem(exchange, 400, "clock", "clock is valid or known.");
        return false;
    }
    *question = (struct timeline_question){.tenant_id = exchange->tenant_id, .iteration_id = exchange->path[0],
                                           .along_known = clock.at != NULL && str_is(clock, "known")};
    if (!request_time(exchange, PARAMETER_AS_OF, INT64_MIN, &question->valid_at) ||
        !request_time(exchange, PARAMETER_OBSERVED_AT, INT64_MIN, &question->known_at) ||
        !request_time(exchange, PARAMETER_FROM, INT64_MIN, &question->from) ||
        !request_time(exchange, PARAMETER_TO, INT64_MIN, &question->to) ||
        !request_number(exchange, PARAMETER_BUCKETS, 1, LIMIT_TIMELINE_BUCKETS, TIMELINE_BUCKETS_DEFAULT, &buckets)) {
        return false;
    }
    question->buckets = (uint32_t)buckets;
    return true;
}

void handle_timeline(struct exchange *exchange)
{
    struct timeline_question question;
    struct timeline_answer read;
    struct clocks clocks;
    struct error error;
    if (!request_clocks(exchange, &clocks) || !question_asked(exchange, &question)) {
        return;
    }
    if (timeline_answer_read(exchange->api, &question, timeline_deadline(exchange->api), &exchange->arena, &read, &error) != STATUS_OK) {
        problem_error(exchange, &error);
        return;
    }
    struct json_writer *json = &exchange->json;
    json_write_object_begin(json);
    json_field_str(json, "iteration", question.iteration_id);
    json_field_text(json, "clock", question.along_known ? "known" : "valid");
    write_ms(json, "from", read.density.bucket_count == 0 ? INT64_MIN : read.density.from);
    write_ms(json, "to", read.density.bucket_count == 0 ? INT64_MIN : read.density.to);
    write_ms(json, "first", read.density.first);
    write_ms(json, "last", read.density.last);
    json_field_i64(json, "facts", read.density.fact_count);
    json_field_bool(json, "complete", read.complete);
    write_ms(json, "reached", read.reached);
    write_buckets(json, &read);
    write_moments(json, &read.density);
    write_marks(json, exchange->api->options.graph, &read);
    json_field_i64(json, "mark_total", read.mark_total);
    answer_all(exchange, clocks);
}
