/* rate_limit.h: how often one user, and one tenant, may ask, by group of routes.
 *
 * Two token buckets stand before a request: its user's (the credential's subject; without one, the address) and its tenant's,
 * each for the route's group. A bucket fills at `rate` a second up to rate * burst_seconds, at least 1, and a request takes one
 * from both or from neither. Kept as one number a bucket, the moment at which it will be full again (the generic cell rate
 * algorithm, ITU-T I.371), so nothing runs to fill them.
 *
 * At most RATE_BUCKETS_MAX buckets are kept; for one more, the one used longest ago is forgotten, which is to say full.
 *
 * Clients are told by the fields of draft-ietf-httpapi-ratelimit-headers-10:
 *   RateLimit-Policy: "read-user";q=20000;w=10      up to q requests; an empty bucket is full after w seconds
 *   RateLimit: "read-user";r=19999;t=1              r are left; the bucket is full after t seconds
 * of that one of the two of which less is left. Refused: 429, and Retry-After in seconds, rounded up.
 *
 * Thread: one. Time comes from the clock's monotonic side.
 */
#ifndef TRIMODAL_API_RATE_LIMIT_H
#define TRIMODAL_API_RATE_LIMIT_H

#include "base/clock.h"
#include "base/status.h"
#include "base/str.h"

#define RATE_BUCKETS_MAX 16384
#define RATE_MOST 1e6 /* requests a second */
#define RATE_BURST_SECONDS_MOST 3600

enum rate_group { RATE_READ, RATE_WRITE, RATE_ADMIN, RATE_SIGN_IN, RATE_GROUP_COUNT };
const char *rate_group_name(enum rate_group group); /* "sign_in" */

struct rate_limits {
    double user[RATE_GROUP_COUNT], tenant[RATE_GROUP_COUNT]; /* requests a second; 0: no limit */
    double burst_seconds;
};
/* Far above what people and their tools do, far below what holds up everybody else. */
struct rate_limits rate_limits_default(void);

struct rate_decision {
    bool limited; /* the group has a limit: the rest means something */
    bool allowed;
    const char *policy; /* "read-user" */
    uint64_t quota, window_seconds;
    uint64_t remaining, reset_seconds;
    uint64_t retry_seconds; /* where not allowed */
};

struct rate_limiter;
/* *limiter is NULL where nothing has a limit; `clock` must outlive it. */
enum status rate_limiter_new(struct rate_limiter **limiter, const struct rate_limits *limits, const struct clock *clock,
                             struct error *error) must_check;
void rate_limiter_free(struct rate_limiter *limiter); /* NULL is allowed */
/* Takes one, or refuses. NULL limits nothing; an absent tenant has no bucket. */
struct rate_decision rate_limiter_take(struct rate_limiter *limiter, enum rate_group group, struct str user,
                                       struct str tenant);
size_t rate_limiter_count(const struct rate_limiter *limiter); /* buckets kept */

#endif
