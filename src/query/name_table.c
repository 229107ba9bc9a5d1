#include "query/name_table.h"

#include <assert.h>

void name_table_init(struct name_table *table, struct arena *arena)
{
    *table = (struct name_table){.arena = arena};
}

bool name_table_begin(struct name_table *table, size_t count)
{
    table->round++;
    if (table->capacity != 0 && table->capacity / 2 >= count) {
        return true;
    }
    size_t capacity = 16;
    while (capacity / 2 < count) {
        capacity *= 2;
    }
    struct name_slot *slots = arena_new_zeroed(table->arena, capacity, sizeof *slots);
    if (slots == NULL) {
        return false;
    }
    table->slots = slots;
    table->capacity = capacity;
    table->round = 1;
    return true;
}

static struct name_slot *slot_of(const struct name_table *table, struct str name)
{
    size_t at = str_hash(name) & (table->capacity - 1);
    while (table->slots[at].round == table->round && !str_equal(table->slots[at].name, name)) {
        at = (at + 1) & (table->capacity - 1);
    }
    return &table->slots[at];
}

const void *name_table_put(struct name_table *table, struct str name, const void *item)
{
    assert(table->capacity != 0 && item != NULL);
    struct name_slot *slot = slot_of(table, name);
    if (slot->round == table->round) {
        return slot->item;
    }
    *slot = (struct name_slot){name, item, table->round};
    return NULL;
}

const void *name_table_find(const struct name_table *table, struct str name)
{
    if (table->capacity == 0) {
        return NULL;
    }
    const struct name_slot *slot = slot_of(table, name);
    return slot->round == table->round ? slot->item : NULL;
}
