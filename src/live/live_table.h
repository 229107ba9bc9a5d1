/* live_table.h: lists and a hash table whose links stand in the things they hold. Nothing but the table's buckets is
 * allocated, and whatever is in a list can leave it without knowing which list that is. */
#ifndef TRIMODAL_LIVE_LIVE_TABLE_H
#define TRIMODAL_LIVE_LIVE_TABLE_H

#include <stddef.h>

#include "base/status.h"
#include "base/str.h"

/* ---- lists: a ring through its head ---- */

struct link {
    struct link *previous, *next; /* both NULL: in no list */
};

#define HOLDER(link, type, member) ((type *)(void *)((char *)(link) - offsetof(type, member)))

static inline void list_init(struct link *list)
{
    list->previous = list->next = list;
}

static inline bool list_is_empty(const struct link *list)
{
    return list->next == list;
}

static inline bool link_is_in(const struct link *link)
{
    return link->next != NULL;
}

static inline void list_add_after(struct link *place, struct link *link)
{
    link->previous = place;
    link->next = place->next;
    place->next->previous = link;
    place->next = link;
}

static inline void list_add_first(struct link *list, struct link *link)
{
    list_add_after(list, link);
}

static inline void list_add_last(struct link *list, struct link *link)
{
    list_add_after(list->previous, link);
}

/* Also for what is in no list. */
static inline void link_remove(struct link *link)
{
    if (link->next != NULL) {
        link->previous->next = link->next;
        link->next->previous = link->previous;
        link->previous = link->next = NULL;
    }
}

/* ---- hash table ---- */

struct hashed {
    struct hashed *next;
    uint64_t hash;
};

struct live_table {
    struct hashed **buckets;
    size_t size; /* a power of two, or 0 */
    size_t count;
};

enum status live_table_add(struct live_table *table, struct hashed *thing, uint64_t hash) must_check; /* STATUS_FATAL: no memory */
void live_table_remove(struct live_table *table, struct hashed *thing);
struct hashed *live_table_first(const struct live_table *table, uint64_t hash); /* of its bucket; follow `next`, compare `hash` */
void live_table_release(struct live_table *table);

#endif
