/* page.h: one part of a long list, and the way to the next.
 *
 * A list that takes ?limit= and ?cursor= is walked as a whole and written in part: handlers ask page_takes for each item in
 * turn. The cursor names V, K and how many items came before: facts are never changed, so the list at (V, K) is the same
 * whenever it is asked for, and a page is neither skipped nor seen twice however much comes in meanwhile. To clients it is
 * opaque. Where neither limit nor cursor is given, the whole list is one page (nodes: PAGE_ITEMS_DEFAULT).
 *
 * The answer names the next page twice: "next_cursor" (null at the end) and a Link field with rel="next" (RFC 8288).
 */
#ifndef TRIMODAL_API_PAGE_H
#define TRIMODAL_API_PAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct exchange;
struct clocks;

struct page {
    bool pages;         /* the route is such a list */
    uint64_t first;     /* items before this page */
    uint64_t limit;     /* on it; UINT64_MAX: all */
    uint64_t index;     /* of the next item */
};

/* Reads limit and cursor; the cursor's V and K, if there is one, go into *clocks. False: answered. */
bool page_begin(struct exchange *exchange, uint64_t limit_default, bool *has_cursor, struct clocks *clocks);
/* Is the next item on this page? Without pages: yes. */
static inline bool page_takes(struct page *page)
{
    uint64_t index = page->index++;
    return !page->pages || (index >= page->first && index - page->first < page->limit);
}
/* The page is full, and something follows it: the rest need not be looked at. */
static inline bool page_is_past(const struct page *page)
{
    return page->pages && page->limit != UINT64_MAX && page->index > page->first + page->limit;
}
/* Writes "next_cursor" where the route is such a list. After the list. */
void page_end(struct exchange *exchange, const struct clocks *clocks);
/* For lists with cursors of their own: writes "next_cursor" (absent: null), and notes it for the Link field. */
void page_next(struct exchange *exchange, struct str cursor);
/* The Link field's value in the arena; absent where there is no next page. */
struct str page_link(struct exchange *exchange);

#endif
