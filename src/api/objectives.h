/* objectives.h: service level objectives, and how this process has kept them since it began.
 *
 * An objective says which share of cases must be good; a case of the first ones is good when it took at most a threshold, a bound of
 * its histogram (api/metrics.h), so that counting is exact. What may be bad is the error budget, 1 − share; the burn rate says how
 * fast it is spent: (bad / total) / (1 − share), 1 being exactly what is allowed. Thresholds are those of SPEC section 7.
 *
 * Thread: the core thread.
 */
#ifndef TRIMODAL_API_OBJECTIVES_H
#define TRIMODAL_API_OBJECTIVES_H

#include "api/metrics.h"
#include "lens/measure.h"

enum objective {
    OBJECTIVE_EVENTS_VISIBLE, /* from a body of events to its answer */
    OBJECTIVE_UPDATES_PUSHED,
    OBJECTIVE_GRAPHQL,
    OBJECTIVE_TIME_TRAVEL,
    OBJECTIVE_AVAILABILITY, /* answers that are no 5xx */
    OBJECTIVE_COUNT
};

struct objective_state {
    const char *name;           /* as in SLO labels and in GraphQL */
    double share;               /* of cases, that must be good */
    struct measure threshold_ms; /* unknown where time does not decide */
    uint64_t total, good;
    struct measure attained;    /* good / total; this and what follows is unknown without cases */
    struct measure measured_ms; /* the percentile that `share` names */
    struct measure burn_rate;
};

struct objective_state objective_read(const struct metrics *metrics, enum objective objective);
/* All of them, for Prometheus. */
void objectives_write(const struct metrics *metrics, struct buffer *text);

#endif
