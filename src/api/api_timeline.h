/* api_timeline.h: timelines for answers, REST and GraphQL alike, and what is kept of them.
 *
 * Of each iteration the timeline along V as it is known now is kept, and of all others those that were asked for last. Working one out may take
 * seconds in sum; a request works for LIMIT_TIMELINE_MS at most and says where it has come to, so the core thread is never held up for
 * long and whoever asks again gets more.
 */
#ifndef TRIMODAL_API_API_TIMELINE_H
#define TRIMODAL_API_API_TIMELINE_H

#include "api/api_private.h"
#include "lens/timeline.h"

#define TIMELINE_MARKS_LISTED 1000
#define TIMELINE_BUCKETS_DEFAULT 120

struct timeline_question {
    struct str tenant_id, iteration_id;
    bool along_known;           /* the clock that moves is K; else V */
    int64_t valid_at, known_at; /* of the clock that does not; INT64_MIN: along K, V goes with it; along V, all that is known */
    int64_t from, to;           /* INT64_MIN: of the first and last fact */
    uint32_t buckets;
};

struct timeline_answer {
    struct timeline_density density;
    enum verdict_kind *verdicts; /* of each bucket, at its end; VERDICT_KIND_COUNT: nothing there, or not worked out */
    uint32_t mark_count;         /* listed, the first TIMELINE_MARKS_LISTED in the range */
    struct timeline_mark *marks;
    uint32_t mark_total;         /* in the range, as far as it is worked out */
    bool complete;
    int64_t reached;             /* worked out up to here; INT64_MIN: not begun */
};

/* When a request that begins now must stop working on timelines. */
uint64_t timeline_deadline(const struct api *api);

enum status timeline_answer_read(struct api *api, const struct timeline_question *question, uint64_t deadline_ns, struct arena *arena,
                                 struct timeline_answer *answer, struct error *error) must_check;

/* What the verdict of an iteration did along V up to valid_at, as it is known now. Valid until the next call. */
enum status timeline_of_iteration(struct api *api, const struct graph_iteration *iteration, uint64_t deadline_ns,
                                  const struct timeline **timeline, bool *complete, struct error *error) must_check;

#endif
