/* net_slots.h: 64-bit names for things that may go away.
 *
 * An id is 44 bits of generation and 20 bits of place, both from 1 on: at most 2^20 things at a time, and at 200 000
 * a second one place serves for years before a generation comes again. Looking up an id whose thing has gone gives
 * NULL. One thread.
 */
#ifndef TRIMODAL_NET_NET_SLOTS_H
#define TRIMODAL_NET_NET_SLOTS_H

#include <stdint.h>

#include "base/status.h"

#define NET_SLOTS_MAX ((UINT32_C(1) << 20) - 1)

struct net_slots {
    struct net_slot *slots;
    size_t capacity;
    uint32_t count;      /* places ever used */
    uint32_t first_free; /* place + 1 */
    uint32_t used;
};

void net_slots_init(struct net_slots *slots);
void net_slots_release(struct net_slots *slots);
uint64_t net_slots_add(struct net_slots *slots, void *thing) must_check; /* 0 without memory or place */
void *net_slots_find(const struct net_slots *slots, uint64_t id);
void net_slots_remove(struct net_slots *slots, uint64_t id); /* which must be there */
/* The thing at a place below `count`, or NULL: for walking over all. */
void *net_slots_at(const struct net_slots *slots, uint32_t place);

#endif
