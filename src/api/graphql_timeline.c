/* Timelines: how much happened when, and when the verdict changed. */
#include "api/api_timeline.h"
#include "api/graphql_private.h"

struct graphql_timeline {
    struct str iteration_id;
    bool along_known;
    struct clocks clocks; /* of the answer */
    struct timeline_answer answer;
};

uint64_t request_timeline_deadline(struct graphql_request *request)
{
    if (request->timeline_deadline_ns == 0) {
        request->timeline_deadline_ns = timeline_deadline(request->api);
    }
    return request->timeline_deadline_ns;
}

static const char *clock_at(int number)
{
    static const char *const names[] = {"VALID", "KNOWN", NULL};
    return names[number];
}

/* False: failed. */
static bool buckets_asked(struct query_call *call, uint32_t *buckets)
{
    int64_t asked = query_argument(call, "buckets")->integer;
    if (asked < 1 || asked > LIMIT_TIMELINE_BUCKETS) {
        query_fail(call, "BAD_USER_INPUT", "buckets is from 1 to %d.", LIMIT_TIMELINE_BUCKETS);
        return false;
    }
    *buckets = (uint32_t)asked;
    return true;
}

static void Query_timeline(struct query_call *call, struct query_object object, struct query_value *value)
{
    struct graphql_request *request = request_of(call);
    struct error error;
    struct graphql_timeline *made = new_zeroed(call, 1, sizeof *made);
    struct timeline_question question = {.tenant_id = request->asker.tenant_id,
                                         .iteration_id = argument_text(call, "iterationId"),
                                         .along_known = argument_word(call, "clock", clock_at) == 1,
                                         .valid_at = argument_time(call, "asOf", INT64_MIN),
                                         .known_at = argument_time(call, "observedAt", INT64_MIN),
                                         .from = argument_time(call, "from", INT64_MIN),
                                         .to = argument_time(call, "to", INT64_MIN)};
    (void)object;
    if (made == NULL || !buckets_asked(call, &question.buckets)) {
        return;
    }
    if (timeline_answer_read(request->api, &question, request_timeline_deadline(request), &request->arena, &made->answer, &error) !=
        STATUS_OK) {
        query_fail_error(call, &error);
        return;
    }
    made->iteration_id = question.iteration_id;
    made->along_known = question.along_known;
    made->clocks = argument_clocks(call);
    give_pointer(value, made);
}

/* Of the range; null where there is none, as there is no fact. */
static int64_t end_of(const struct graphql_timeline *timeline, int64_t end)
{
    return timeline->answer.density.bucket_count == 0 ? INT64_MIN : end;
}

static void moment_at(struct query_call *call, const void *at, size_t index, struct query_value *value)
{
    (void)call;
    give_time(value, ((const int64_t *)at)[index]);
}

static void mark_at(struct query_call *call, const void *at, size_t index, struct query_value *value)
{
    (void)call;
    give_pointer(value, (const struct timeline_mark *)at + index);
}

static void give_moments(struct query_value *value, const struct timeline_density *density)
{
    if (density->moment_count != UINT32_MAX) {
        give_list(value, list_of(density->moments, density->moment_count, moment_at));
    }
}

#define SELF_Timeline const struct graphql_timeline *self = object.at
#define SELF_TimelineBucket                                                                                                 \
    const struct graphql_timeline *timeline = object.at;                                                                    \
    const struct timeline_bucket *self = &timeline->answer.density.buckets[object.number];                                  \
    enum verdict_kind kind = timeline->answer.verdicts[object.number];                                                      \
    (void)self;                                                                                                             \
    (void)kind
#define TIMELINE_FIELDS(FIELD)                                                                                              \
    FIELD(Timeline, iterationId, filled, self->iteration_id)                                                                \
    FIELD(Timeline, clock, word, clock_at(self->along_known))                                                               \
    FIELD(Timeline, from, time, end_of(self, self->answer.density.from))                                                    \
    FIELD(Timeline, to, time, end_of(self, self->answer.density.to))                                                        \
    FIELD(Timeline, first, time, self->answer.density.first)                                                                \
    FIELD(Timeline, last, time, self->answer.density.last)                                                                  \
    FIELD(Timeline, factCount, integer, self->answer.density.fact_count)                                                    \
    FIELD(Timeline, buckets, list, list_of(self, self->answer.density.bucket_count, numbered_at))                           \
    FIELD(Timeline, moments, itself, give_moments(value, &self->answer.density))                                            \
    FIELD(Timeline, marks, list, list_of(self->answer.marks, self->answer.mark_count, mark_at))                             \
    FIELD(Timeline, markCount, integer, self->answer.mark_total)                                                            \
    FIELD(Timeline, complete, boolean, self->answer.complete)                                                               \
    FIELD(Timeline, reached, time, self->answer.reached)                                                                    \
    FIELD(Timeline, meta, itself, give_meta_of_all(call, value, self->clocks, NULL))                                        \
    FIELD(TimelineBucket, from, time, self->from)                                                                           \
    FIELD(TimelineBucket, to, time, self->to)                                                                               \
    FIELD(TimelineBucket, dde, integer, self->facts[EVENT_STREAM_DDE])                                                      \
    FIELD(TimelineBucket, bdv, integer, self->facts[EVENT_STREAM_BDV])                                                      \
    FIELD(TimelineBucket, acc, integer, self->facts[EVENT_STREAM_ACC])                                                      \
    FIELD(TimelineBucket, control, integer, self->facts[EVENT_STREAM_CONTROL])                                              \
    FIELD(TimelineBucket, first, time, self->first)                                                                         \
    FIELD(TimelineBucket, last, time, self->last)                                                                           \
    FIELD(TimelineBucket, verdict, word, kind == VERDICT_KIND_COUNT ? NULL : verdict_name(kind))

TIMELINE_FIELDS(RESOLVER)

static void give_mark_event(struct query_call *call, struct query_value *value, uint32_t fact)
{
    char text[GRAPH_EVENT_ID_SIZE];
    struct str copy;
    if (new_copy(call, graph_fact_event_id(request_of(call)->api->options.graph, fact, text), &copy)) {
        give_filled(value, copy);
    }
}

#define SELF_TimelineMark                                                                                                   \
    const struct timeline_mark *self = object.at;                                                                           \
    maybe_unused struct fact_info info = graph_fact(request_of(call)->api->options.graph, self->fact)
#define MARK_FIELDS(FIELD)                                                                                                  \
    FIELD(TimelineMark, moment, time, self->moment)                                                                         \
    FIELD(TimelineMark, first, boolean, self->first)                                                                        \
    FIELD(TimelineMark, from, word, self->first ? NULL : verdict_name(self->from))                                          \
    FIELD(TimelineMark, to, word, verdict_name(self->to))                                                                   \
    FIELD(TimelineMark, streamsFrom, pointer, self->first ? NULL : self->streams_from)                                      \
    FIELD(TimelineMark, streamsTo, pointer, self->streams_to)                                                               \
    FIELD(TimelineMark, eventId, itself, give_mark_event(call, value, self->fact))                                          \
    FIELD(TimelineMark, eventType, word, event_type_symbol(info.type))                                                      \
    FIELD(TimelineMark, nodeId, filled, info.node_id)                                                                       \
    FIELD(TimelineMark, seq, integer, (int64_t)info.seq)                                                                    \
    FIELD(TimelineMark, validFrom, time, info.valid_from)                                                                   \
    FIELD(TimelineMark, observedAt, time, info.observed_at)                                                                 \
    FIELD(TimelineMark, factCount, integer, self->fact_count)

MARK_FIELDS(RESOLVER)

/* ---- in short, of a row in a list ---- */

struct graphql_verdict_history {
    bool complete;
    uint32_t change_count; /* all of them */
    uint32_t kept_count;   /* the newest */
    struct timeline_mark *kept;
};

#define VERDICT_HISTORY_MAX 200

void give_verdict_history(struct query_call *call, struct query_value *value, const struct graph_iteration *iteration, struct clocks clocks)
{
    struct graphql_request *request = request_of(call);
    const struct timeline *timeline;
    struct error error;
    bool complete;
    int64_t asked = query_argument(call, "last")->integer;
    if (asked < 1 || asked > VERDICT_HISTORY_MAX) {
        query_fail(call, "BAD_USER_INPUT", "last is from 1 to %d.", VERDICT_HISTORY_MAX);
        return;
    }
    if (iteration->last_observed_at > clocks.known_at) {
        return; /* what was known then is another history, and none that is kept */
    }
    if (timeline_of_iteration(request->api, iteration, request_timeline_deadline(request), &timeline, &complete, &error) != STATUS_OK) {
        query_fail_error(call, &error);
        return;
    }
    struct graphql_verdict_history *made = new_zeroed(call, 1, sizeof *made);
    size_t count = timeline_after(timeline, clocks.valid_at), kept = count < (size_t)asked ? count : (size_t)asked;
    struct timeline_mark *marks = made == NULL ? NULL : new_zeroed(call, kept + 1, sizeof *marks);
    if (marks == NULL) {
        return;
    }
    if (kept > 0) {
        memcpy(marks, &timeline->marks[count - kept], kept * sizeof *marks);
    }
    *made = (struct graphql_verdict_history){complete, (uint32_t)count, (uint32_t)kept, marks};
    give_pointer(value, made);
}

#define SELF_VerdictHistory const struct graphql_verdict_history *self = object.at
#define SELF_VerdictChange const struct timeline_mark *self = object.at
#define HISTORY_FIELDS(FIELD)                                                                                               \
    FIELD(VerdictHistory, complete, boolean, self->complete)                                                                \
    FIELD(VerdictHistory, changeCount, integer, self->change_count)                                                         \
    FIELD(VerdictHistory, changes, list, list_of(self->kept, self->kept_count, mark_at))                                    \
    FIELD(VerdictChange, moment, time, self->moment)                                                                        \
    FIELD(VerdictChange, verdict, word, verdict_name(self->to))

HISTORY_FIELDS(RESOLVER)

static const struct query_binding bindings[] = {
    {"Query", "timeline", Query_timeline, READ},
    TIMELINE_FIELDS(BINDING) MARK_FIELDS(BINDING) HISTORY_FIELDS(BINDING)
};
const struct graphql_bindings graphql_timeline_bindings = BINDINGS_OF(bindings);
