#include "api/rate_limit.h"

#include <assert.h>

#include "base/memory.h"

#define NS_PER_SECOND 1e9
#define SLOTS (RATE_BUCKETS_MAX * 2) /* heads of chains */
#define NONE UINT32_MAX

_Static_assert((SLOTS & (SLOTS - 1)) == 0, "a mask finds the chain");

enum scope { SCOPE_USER, SCOPE_TENANT, SCOPE_COUNT };

struct bucket {
    uint64_t key;
    uint64_t full_at_ns;
    uint32_t next;           /* of the chain */
    uint32_t older, younger; /* by use */
};

struct rate_limiter {
    struct rate_limits limits;
    const struct clock *clock;
    uint64_t seed; /* so that nobody can aim at another's bucket */
    uint32_t count, oldest, youngest;
    uint32_t chains[SLOTS];
    struct bucket buckets[RATE_BUCKETS_MAX];
};

const char *rate_group_name(enum rate_group group)
{
    static const char *const names[RATE_GROUP_COUNT] = {"read", "write", "admin", "sign_in"};
    return names[group];
}

struct rate_limits rate_limits_default(void)
{
    return (struct rate_limits){
        .user = {[RATE_READ] = 20000, [RATE_WRITE] = 100000, [RATE_ADMIN] = 200, [RATE_SIGN_IN] = 50},
        .tenant = {[RATE_READ] = 50000, [RATE_WRITE] = 200000, [RATE_ADMIN] = 1000, [RATE_SIGN_IN] = 0},
        .burst_seconds = 10,
    };
}

static bool limits_anything(const struct rate_limits *limits)
{
    for (int i = 0; i < RATE_GROUP_COUNT; i++) {
        if (limits->user[i] > 0 || limits->tenant[i] > 0) {
            return true;
        }
    }
    return false;
}

enum status rate_limiter_new(struct rate_limiter **made, const struct rate_limits *limits, const struct clock *clock,
                             struct error *error)
{
    *made = NULL;
    if (!limits_anything(limits)) {
        return STATUS_OK;
    }
    struct rate_limiter *limiter = memory_new_zeroed(1, sizeof *limiter);
    if (limiter == NULL) {
        return error_no_memory(error, "limits");
    }
    limiter->limits = *limits;
    limiter->clock = clock;
    clock->random(clock->context, &limiter->seed, sizeof limiter->seed);
    limiter->oldest = limiter->youngest = NONE;
    for (size_t i = 0; i < SLOTS; i++) {
        limiter->chains[i] = NONE;
    }
    *made = limiter;
    return STATUS_OK;
}

void rate_limiter_free(struct rate_limiter *limiter)
{
    memory_free(limiter);
}

size_t rate_limiter_count(const struct rate_limiter *limiter)
{
    return limiter == NULL ? 0 : limiter->count;
}

/* ---- the table ---- */

static void unlink_use(struct rate_limiter *limiter, uint32_t at)
{
    const struct bucket *bucket = &limiter->buckets[at];
    *(bucket->older == NONE ? &limiter->oldest : &limiter->buckets[bucket->older].younger) = bucket->younger;
    *(bucket->younger == NONE ? &limiter->youngest : &limiter->buckets[bucket->younger].older) = bucket->older;
}

static void link_youngest(struct rate_limiter *limiter, uint32_t at)
{
    struct bucket *bucket = &limiter->buckets[at];
    bucket->younger = NONE;
    bucket->older = limiter->youngest;
    *(limiter->youngest == NONE ? &limiter->oldest : &limiter->buckets[limiter->youngest].younger) = at;
    limiter->youngest = at;
}

static void forget(struct rate_limiter *limiter, uint32_t at)
{
    unlink_use(limiter, at);
    uint32_t *link = &limiter->chains[limiter->buckets[at].key & (SLOTS - 1)];
    while (*link != at) {
        link = &limiter->buckets[*link].next;
    }
    *link = limiter->buckets[at].next;
}

/* The bucket of that key, the youngest from then on; a full one where there was none. */
static struct bucket *bucket_of(struct rate_limiter *limiter, uint64_t key)
{
    uint32_t *chain = &limiter->chains[key & (SLOTS - 1)];
    for (uint32_t at = *chain; at != NONE; at = limiter->buckets[at].next) {
        if (limiter->buckets[at].key == key) {
            unlink_use(limiter, at);
            link_youngest(limiter, at);
            return &limiter->buckets[at];
        }
    }
    uint32_t at = limiter->count;
    if (at == RATE_BUCKETS_MAX) {
        at = limiter->oldest;
        forget(limiter, at);
    } else {
        limiter->count++;
    }
    limiter->buckets[at] = (struct bucket){.key = key, .next = *chain};
    *chain = at;
    link_youngest(limiter, at);
    return &limiter->buckets[at];
}

static uint64_t key_of(const struct rate_limiter *limiter, enum rate_group group, enum scope scope, struct str name)
{
    uint64_t key = str_hash(name) ^ limiter->seed ^ ((uint64_t)group << 1 | (uint64_t)scope);
    key = (key ^ key >> 31) * UINT64_C(0xff51afd7ed558ccd);
    return key ^ key >> 33;
}

/* ---- the rule ---- */

struct claim {
    struct bucket *bucket;
    uint64_t full_at_ns; /* once it is granted */
    struct rate_decision decision;
};

static uint64_t seconds_up(double ns)
{
    double seconds = ns / NS_PER_SECOND;
    uint64_t whole = (uint64_t)seconds;
    return (double)whole < seconds ? whole + 1 : whole;
}

static struct claim claim_from(struct bucket *bucket, double rate, double burst_seconds, uint64_t now_ns)
{
    double each_ns = NS_PER_SECOND / rate;
    double quota = rate * burst_seconds < 1 ? 1 : (double)(uint64_t)(rate * burst_seconds);
    double room_ns = quota * each_ns;
    uint64_t begin_ns = bucket->full_at_ns > now_ns ? bucket->full_at_ns : now_ns;
    double used_ns = (double)(begin_ns - now_ns) + each_ns;
    /* A bucket just filled must grant its quota in spite of rounding. */
    bool allowed = used_ns <= room_ns + 1;
    double left = allowed ? (room_ns - used_ns) / each_ns + 1e-6 : 0;
    return (struct claim){
        .bucket = bucket,
        .full_at_ns = begin_ns + (uint64_t)each_ns,
        .decision = {.limited = true,
                     .allowed = allowed,
                     .quota = (uint64_t)quota,
                     .window_seconds = seconds_up(room_ns),
                     .remaining = left > 0 ? (uint64_t)left : 0,
                     .reset_seconds = seconds_up(allowed ? used_ns : used_ns - each_ns),
                     .retry_seconds = allowed ? 0 : seconds_up(used_ns - room_ns)}};
}

struct rate_decision rate_limiter_take(struct rate_limiter *limiter, enum rate_group group, struct str user,
                                       struct str tenant)
{
    static const char *const policies[RATE_GROUP_COUNT][SCOPE_COUNT] = {
        {"read-user", "read-tenant"}, {"write-user", "write-tenant"}, {"admin-user", "admin-tenant"},
        {"sign-in-user", "sign-in-tenant"}};
    struct rate_decision decision = {.allowed = true};
    if (limiter == NULL) {
        return decision;
    }
    struct claim claims[SCOPE_COUNT];
    size_t count = 0;
    uint64_t now_ns = clock_monotonic_ns(limiter->clock);
    for (int scope = 0; scope < SCOPE_COUNT; scope++) {
        double rate = scope == SCOPE_USER ? limiter->limits.user[group] : limiter->limits.tenant[group];
        struct str name = scope == SCOPE_USER ? user : tenant;
        if (!(rate > 0) || name.at == NULL) {
            continue;
        }
        struct bucket *bucket = bucket_of(limiter, key_of(limiter, group, (enum scope)scope, name));
        claims[count] = claim_from(bucket, rate, limiter->limits.burst_seconds, now_ns);
        claims[count].decision.policy = policies[group][scope];
        const struct rate_decision *this = &claims[count].decision;
        if (count == 0 || (decision.allowed && !this->allowed) ||
            (decision.allowed == this->allowed &&
             (this->allowed ? this->remaining < decision.remaining : this->retry_seconds > decision.retry_seconds))) {
            decision = *this;
        }
        count++;
    }
    for (size_t i = 0; i < count && decision.allowed; i++) {
        claims[i].bucket->full_at_ns = claims[i].full_at_ns;
    }
    return decision;
}
