/* digest.h: a fingerprint of the whole graph, facts and links: what `rebuild --verify` compares. */
#ifndef TRIMODAL_CORRELATE_DIGEST_H
#define TRIMODAL_CORRELATE_DIGEST_H

#include "base/sha256.h"
#include "correlate/correlate.h"

struct digest {
    uint8_t facts[SHA256_SIZE];   /* every field of every fact; see graph/digest.h */
    uint8_t links[SHA256_SIZE];   /* every link of every iteration's view at (TIME_MAX, TIME_MAX), by names, with clocks */
    uint8_t current[SHA256_SIZE]; /* both without observed_at and seq: equal for any order of arrival of the same events */
};

/* Independent of the machine, of the order in which texts and nodes were first seen, and of how memory looks.
 * STATUS_FATAL without memory; STATUS_INVALID where an iteration is too large for a view (LIMIT_QUERY_NODES).
 * Thread: the core thread. */
enum status digest_of(const struct graph *graph, const struct correlate_config *config, struct digest *digest,
                      struct error *error) must_check;

#endif
