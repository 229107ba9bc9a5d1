/* name_table.h: which names stand in a list already. Private to src/query.
 *
 * Open addressing in an arena. A table is begun anew for each list at no cost, so that one serves a whole document.
 */
#ifndef TRIMODAL_QUERY_NAME_TABLE_H
#define TRIMODAL_QUERY_NAME_TABLE_H

#include "base/arena.h"

struct name_slot {
    struct str name;
    const void *item;
    uint32_t round; /* slots of earlier rounds are empty */
};

struct name_table {
    struct arena *arena;
    struct name_slot *slots;
    size_t capacity; /* a power of two, or 0 */
    uint32_t round;
};

void name_table_init(struct name_table *table, struct arena *arena);
/* Empties it and makes room for `count` names; false without memory. */
bool name_table_begin(struct name_table *table, size_t count) must_check;
/* The item under this name, after putting this one there if there was none: then NULL. */
const void *name_table_put(struct name_table *table, struct str name, const void *item);
const void *name_table_find(const struct name_table *table, struct str name); /* or NULL */

#endif
