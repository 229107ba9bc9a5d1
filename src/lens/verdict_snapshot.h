/* verdict_snapshot.h: walking through the facts of an iteration without asking for the verdict after every one.
 *
 * A snapshot is what is kept of a verdict: enough to compare it with another, and how many facts may come before its kind could be another (the
 * essay in verdict_snapshot.c). Whoever walks tells it of each fact that comes into view, in whatever order they come, and asks for the verdict where
 * it says so. Exact: what is passed over cannot have changed the kind.
 */
#ifndef TRIMODAL_LENS_VERDICT_SNAPSHOT_H
#define TRIMODAL_LENS_VERDICT_SNAPSHOT_H

#include "lens/verdict.h"

struct correlate_config;

/* correlate_view() of correlate/correlate.h, handed in so that lenses can be read and tested without it. */
typedef enum status (*verdict_correlate)(struct graph_view *view, const struct correlate_config *config, struct error *error);

/* What a stream may let pass before the verdict must be asked again. */
struct verdict_allowance {
    uint32_t facts;     /* UINT32_MAX: any number of those that open and close no run */
    bool asks_openings; /* but not what opens a task or scenario */
};

struct verdict_snapshot {
    bool present; /* false: the iteration had no fact in view */
    enum verdict_kind kind;
    enum stream_status streams[3];
    struct verdict_condition conditions[METRIC_COUNT];
    struct verdict_allowance allowed[3];
};

/* Whose verdicts, and by which rules. All of it outlives what it is handed to. */
struct verdict_source {
    const struct graph *graph;
    struct str tenant_id, iteration_id;
    const struct policy *policy;
    verdict_correlate correlate;
    const struct correlate_config *config;
    /* Called by what reads many verdicts, between two of them: others may go first. False: give up, with STATUS_RETRY. NULL: no. */
    bool (*breathe)(void *context);
    void *breathe_context;
};

/* The verdict at V with so many facts of the log known. `arena` is cleared first; nothing in it is needed afterwards. */
enum status verdict_snapshot_read(const struct verdict_source *source, int64_t valid_at, uint32_t known_facts, struct arena *arena,
                                  struct verdict_snapshot *snapshot, struct error *error) must_check;

/* True when the verdict must be asked now that this fact is in view; else counts it off what may pass. */
bool verdict_snapshot_must_ask(struct verdict_snapshot *snapshot, const struct policy *policy, enum event_type type);

/* False: no verdict's kind ever rests on facts of this type. */
bool verdict_rests_on(const struct policy *policy, enum event_type type);
/* The stream whose status a fact of this type can move; LENS_CONVERGENCE: any of them. */
enum lens verdict_stream_of(enum event_type type);

#endif
