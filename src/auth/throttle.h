/* throttle.h: slows down whoever tries credentials.
 *
 * Failures are counted by address (an IPv6 address by its /64 network, which is what one household or host has). The first
 * THROTTLE_FREE cost nothing; each one after them shuts the address out for 1, 2, 4, … up to THROTTLE_SECONDS_MAX seconds.
 * Fifteen minutes without a failure wipe the slate. Successes do not: else one good credential would pay for any number of
 * guesses.
 *
 * The table has a fixed size; where its places are taken, the address that failed longest ago is forgotten.
 */
#ifndef TRIMODAL_AUTH_THROTTLE_H
#define TRIMODAL_AUTH_THROTTLE_H

#include <stdint.h>

#include "base/str.h"

#define THROTTLE_FREE 10
#define THROTTLE_SECONDS_MAX 60
#define THROTTLE_FORGET_NS (UINT64_C(900) * 1000000000)
#define THROTTLE_SETS 1024
#define THROTTLE_WAYS 4

struct throttle_entry {
    uint64_t network; /* hash; 0: free */
    uint64_t last_ns, shut_until_ns;
    uint32_t failures;
};

struct throttle {
    struct throttle_entry entries[THROTTLE_SETS][THROTTLE_WAYS];
};

/* The network an address counts for, as a hash that is never 0. */
uint64_t throttle_network(struct str address);
/* Seconds until the network may try again; 0: now. */
unsigned throttle_wait(const struct throttle *throttle, uint64_t network, uint64_t now_ns);
void throttle_failed(struct throttle *throttle, uint64_t network, uint64_t now_ns);

#endif
