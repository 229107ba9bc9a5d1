#include "live/live_table.h"

#include <assert.h>

#include "base/memory.h"

#define SIZE_FIRST 64

static bool grow(struct live_table *table)
{
    size_t size = table->size == 0 ? SIZE_FIRST : table->size * 2;
    struct hashed **buckets = memory_new_zeroed(size, sizeof(struct hashed *));
    if (buckets == NULL) {
        return table->size > 0; /* fuller than it should be */
    }
    for (size_t i = 0; i < table->size; i++) {
        for (struct hashed *thing = table->buckets[i], *next; thing != NULL; thing = next) {
            next = thing->next;
            thing->next = buckets[thing->hash & (size - 1)];
            buckets[thing->hash & (size - 1)] = thing;
        }
    }
    memory_free(table->buckets);
    table->buckets = buckets;
    table->size = size;
    return true;
}

enum status live_table_add(struct live_table *table, struct hashed *thing, uint64_t hash)
{
    if (table->count >= table->size && !grow(table)) {
        return STATUS_FATAL;
    }
    struct hashed **bucket = &table->buckets[hash & (table->size - 1)];
    *thing = (struct hashed){*bucket, hash};
    *bucket = thing;
    table->count++;
    return STATUS_OK;
}

void live_table_remove(struct live_table *table, struct hashed *thing)
{
    struct hashed **at = &table->buckets[thing->hash & (table->size - 1)];
    while (*at != thing) {
        assert(*at != NULL);
        at = &(*at)->next;
    }
    *at = thing->next;
    table->count--;
}

struct hashed *live_table_first(const struct live_table *table, uint64_t hash)
{
    return table->size == 0 ? NULL : table->buckets[hash & (table->size - 1)];
}

void live_table_release(struct live_table *table)
{
    memory_free(table->buckets);
    *table = (struct live_table){0};
}
