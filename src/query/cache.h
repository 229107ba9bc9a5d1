/* cache.h: the plans that are kept, and what runs borrow. Private to src/query. */
#ifndef TRIMODAL_QUERY_CACHE_H
#define TRIMODAL_QUERY_CACHE_H

#include "base/fiber.h"
#include "base/json_read.h"
#include "base/sha256.h"
#include "query/plan.h"

/* Plans are found by hash in buckets, and chained by use: `newest` to `oldest`. */
struct query_cache {
    const struct query_schema *schema;
    struct query_limits limits;
    size_t plans_max, bytes_max;
    struct arena scratch;
    struct sha256 *sha256;
    struct json_parser *parser; /* of variables; its contents are copied before anything else is asked */
    struct fiber_pool fibers;   /* runs go on these */
    size_t bucket_count;        /* a power of two */
    struct query_plan **buckets;
    struct query_plan *newest, *oldest;
    struct query_cache_statistics statistics;
    size_t plans_alive; /* kept ones and others that somebody refers to */
};

#endif
