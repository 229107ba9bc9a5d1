#include "net/net_slots.h"

#include <assert.h>

#include "base/memory.h"

#define PLACE_BITS 20
#define PLACE_MASK ((UINT64_C(1) << PLACE_BITS) - 1)

struct net_slot {
    void *thing;         /* NULL when free */
    uint64_t generation; /* of the thing, or of the next one when free */
    uint32_t next_free;  /* place + 1 */
};

void net_slots_init(struct net_slots *slots)
{
    *slots = (struct net_slots){0};
}

void net_slots_release(struct net_slots *slots)
{
    memory_free(slots->slots);
    net_slots_init(slots);
}

uint64_t net_slots_add(struct net_slots *slots, void *thing)
{
    assert(thing != NULL);
    uint32_t place;
    if (slots->first_free != 0) {
        place = slots->first_free - 1;
        slots->first_free = slots->slots[place].next_free;
    } else {
        if (slots->count >= NET_SLOTS_MAX) {
            return 0;
        }
        struct net_slot *grown =
            memory_grow(slots->slots, &slots->capacity, (size_t)slots->count + 1, sizeof(struct net_slot));
        if (grown == NULL) {
            return 0;
        }
        slots->slots = grown;
        place = slots->count++;
        slots->slots[place].generation = 1;
    }
    slots->slots[place].thing = thing;
    slots->used++;
    return slots->slots[place].generation << PLACE_BITS | (place + 1);
}

static struct net_slot *find(const struct net_slots *slots, uint64_t id)
{
    uint64_t place = id & PLACE_MASK;
    if (place == 0 || place > slots->count) {
        return NULL;
    }
    struct net_slot *slot = &slots->slots[place - 1];
    return slot->thing != NULL && slot->generation == id >> PLACE_BITS ? slot : NULL;
}

void *net_slots_find(const struct net_slots *slots, uint64_t id)
{
    const struct net_slot *slot = find(slots, id);
    return slot == NULL ? NULL : slot->thing;
}

void net_slots_remove(struct net_slots *slots, uint64_t id)
{
    struct net_slot *slot = find(slots, id);
    assert(slot != NULL);
    slot->thing = NULL;
    slot->generation++;
    slot->next_free = slots->first_free;
    slots->first_free = (uint32_t)(id & PLACE_MASK);
    slots->used--;
}

void *net_slots_at(const struct net_slots *slots, uint32_t place)
{
    assert(place < slots->count);
    return slots->slots[place].thing;
}
