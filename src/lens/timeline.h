/* timeline.h: one iteration along one clock: how many facts there were when, and every moment at which the verdict changed.
 *
 * A moment m of a timeline stands for a view. Which one, its axis says:
 *
 *   along V    (V = m, K fixed)        what was true when, as it is known at K
 *   along K    (V fixed, K = m)        what was believed at m about V
 *   along both (V = m, K = m)          what was believed at m about then
 *
 * A fact comes into view where the clocks that move have reached it: at its valid_from, its observed_at, or the later of both. So the verdict changes
 * at such moments only. They are walked in order, and the verdict is worked out where it could be another (verdict_snapshot.h): the marks are exact,
 * not at the accuracy of buckets. That can take seconds for an iteration of 10^5 facts, so a timeline is worked out a piece at a time, is kept by
 * whoever asks, and goes on where it was left; a fact that comes late takes it back to the moment before it. Counting facts takes one pass and
 * is not kept.
 *
 * The event of a mark: along K the one after which, in log order, the new verdict first held to the end of what became durable at that moment
 * together; along V the last in order of validity, of those at that moment, whose stream changed its status.
 *
 * Thread: the core thread, like the graph. Memory: 80 bytes a mark; 16 bytes a fact while it is worked out. A timeline never takes more marks than
 * LIMIT_TIMELINE_MARKS; then it is refused.
 */
#ifndef TRIMODAL_LENS_TIMELINE_H
#define TRIMODAL_LENS_TIMELINE_H

#include "lens/verdict_snapshot.h"

struct timeline_axis {
    bool valid_moves, known_moves; /* at least one */
    int64_t valid_at;              /* V where it does not move */
    uint32_t known_facts;          /* K where it does not move: facts with an index below; UINT32_MAX: all, also those to come */
};

struct timeline_mark {
    int64_t moment;
    bool first; /* there was no verdict before: `from` and `streams_from` mean nothing */
    enum verdict_kind from, to;
    enum stream_status streams_from[3], streams_to[3];
    uint32_t fact;       /* the event that changed it */
    uint32_t fact_count; /* that came into view at this moment */
};

struct timeline_item;

struct timeline {
    struct timeline_axis axis;
    struct timeline_mark *marks; /* in order of moments */
    size_t mark_count, mark_capacity;
    bool complete;    /* else what lies after `reached` is not worked out */
    int64_t reached;  /* INT64_MIN: nothing is */
    uint32_t evaluated; /* verdicts worked out so far */
    /* Its own. */
    uint32_t fact_count; /* of the iteration, when it was looked at last */
    struct verdict_snapshot now; /* at `reached` */
    struct timeline_item *items; /* what is still to be walked; NULL where complete */
    size_t item_count, next;
};

void timeline_init(struct timeline *timeline, struct timeline_axis axis);
void timeline_release(struct timeline *timeline);

/* Takes in what has come to the log and works on for as long as go_on() says so, but one verdict at least. STATUS_ABSENT when there is no such
 * iteration; after another failure the timeline is empty and begins anew. */
enum status timeline_work(struct timeline *timeline, const struct verdict_source *source, bool (*go_on)(void *context), void *context,
                          struct error *error) must_check;

/* The change that the verdict at this moment rests on; NULL before the first. */
const struct timeline_mark *timeline_at(const struct timeline *timeline, int64_t moment);
/* Number of the first mark after this moment. */
size_t timeline_after(const struct timeline *timeline, int64_t moment);

/* ---- how many facts there were when ---- */

struct timeline_bucket {
    int64_t from, to;                      /* both ends belong to it */
    uint32_t facts[EVENT_STREAM_COUNT];
    int64_t first, last;                   /* moments of its facts; INT64_MIN where there are none */
};

struct timeline_density {
    int64_t from, to;
    int64_t first, last; /* of all facts on the axis; INT64_MIN where there are none */
    uint32_t fact_count; /* likewise; those outside of the range are not in buckets */
    uint32_t bucket_count;
    struct timeline_bucket *buckets;
    uint32_t moment_count;    /* distinct ones in the range; UINT32_MAX: more than LIMIT_TIMELINE_MOMENTS facts, not listed */
    int64_t *moments;
};

/* `from` and `to` INT64_MIN: from the first fact, to the last one. There are fewer buckets than asked where the range has fewer milliseconds.
 * STATUS_ABSENT when there is no such iteration, STATUS_INVALID when the range ends before it begins. */
enum status timeline_count(const struct verdict_source *source, struct timeline_axis axis, int64_t from, int64_t to, uint32_t buckets,
                           struct arena *arena, struct timeline_density *density, struct error *error) must_check;

#endif
