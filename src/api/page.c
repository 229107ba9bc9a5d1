#include "api/page.h"

#include "api/api_private.h"
#include "net/net.h"

#define PAGE_FIRST_MOST UINT64_C(1000000000000)

static bool is_list(const struct route *route)
{
    uint64_t both = PARAMETER(LIMIT) | PARAMETER(CURSOR);
    /* Iterations have a cursor of their own, and their verdicts are known for now only. */
    return (route->parameters & both) == both && (route->parameters & PARAMETER(AS_OF)) != 0 &&
           route->handle != handle_iterations;
}

static bool hex_next(struct str *rest, uint64_t *number)
{
    struct str piece;
    if (!str_split_next(rest, '.', &piece) || piece.length == 0 || piece.length > 16) {
        return false;
    }
    *number = 0;
    for (size_t i = 0; i < piece.length; i++) {
        char c = piece.at[i];
        unsigned digit = c >= '0' && c <= '9' ? (unsigned)(c - '0') : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10) : 16;
        if (digit == 16) {
            return false;
        }
        *number = *number << 4 | digit;
    }
    return true;
}

static bool read_cursor(struct str cursor, uint64_t *first, struct clocks *clocks)
{
    uint64_t valid_at, known_at;
    struct str rest = cursor;
    if (!hex_next(&rest, first) || !hex_next(&rest, &valid_at) || !hex_next(&rest, &known_at) || rest.length > 0 ||
        *first > PAGE_FIRST_MOST || valid_at > LIMIT_TIMESTAMP_MAX || known_at > LIMIT_TIMESTAMP_MAX) {
        return false;
    }
    *clocks = (struct clocks){.valid_at = (int64_t)valid_at, .known_at = (int64_t)known_at};
    return true;
}

bool page_begin(struct exchange *exchange, uint64_t limit_default, bool *has_cursor, struct clocks *clocks)
{
    struct page *page = &exchange->page;
    struct str cursor = exchange->query[PARAMETER_CURSOR];
    int64_t limit;
    *has_cursor = false;
    if (!is_list(exchange->route)) {
        return true;
    }
    if (!request_number(exchange, PARAMETER_LIMIT, 1, LIMIT_PAGE_ITEMS, PAGE_ITEMS_DEFAULT, &limit)) {
        return false;
    }
    *page = (struct page){.pages = true, .limit = limit_default};
    if (exchange->query[PARAMETER_LIMIT].at != NULL || cursor.at != NULL) {
        page->limit = (uint64_t)limit;
    }
    if (cursor.at == NULL) {
        return true;
    }
    if (!read_cursor(cursor, &page->first, clocks)) {
        problem(exchange, 400, "cursor", "It must be the next_cursor of the page before.");
        return false;
    }
    *has_cursor = true;
    return true;
}

void page_next(struct exchange *exchange, struct str cursor)
{
    exchange->next_cursor = cursor;
    json_field_str(&exchange->json, "next_cursor", cursor);
}

void page_end(struct exchange *exchange, const struct clocks *clocks)
{
    const struct page *page = &exchange->page;
    struct str cursor = STR_NONE;
    if (!page->pages) {
        return;
    }
    if (page_is_past(page) &&
        !arena_format(&exchange->arena, &cursor, "%llx.%llx.%llx", (unsigned long long)(page->first + page->limit),
                      (unsigned long long)clocks->valid_at, (unsigned long long)clocks->known_at)) {
        exchange->partial = "memory is short, so the next page has no cursor";
    }
    page_next(exchange, cursor);
}

struct str page_link(struct exchange *exchange)
{
    struct str rest = exchange->request.query, name, value, link = STR_NONE;
    struct buffer text;
    if (exchange->next_cursor.at == NULL) {
        return STR_NONE;
    }
    buffer_init(&text, LIMIT_HEADER_BYTES);
    buffer_append_char(&text, '<');
    buffer_append_str(&text, exchange->request.path);
    buffer_append_char(&text, '?');
    while (net_query_next(&rest, &name, &value)) {
        if (!str_is(name, "cursor")) {
            buffer_append_str(&text, name);
            buffer_append_char(&text, '=');
            buffer_append_str(&text, value);
            buffer_append_char(&text, '&');
        }
    }
    buffer_append_text(&text, "cursor=");
    buffer_append_str(&text, exchange->next_cursor);
    buffer_append_text(&text, ">; rel=\"next\"");
    if (buffer_failed(&text) || !arena_copy(&exchange->arena, buffer_str(&text), &link)) {
        link = STR_NONE;
    }
    buffer_release(&text);
    return link;
}
