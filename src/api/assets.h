/* assets.h: the files that the server's own pages are made of; tools/embed.py put them into the program.
 *
 * web/assets/assets.json says which there are. A file is served under a path that holds a part of its hash, so a browser may
 * keep it for ever (the page's own files, under /app, have theirs from its build); a page is served by a route of its own, names its files by those paths and is asked for each time. A page
 * never names anything from another host: the Content-Security-Policy it is sent with forbids it.
 */
#ifndef TRIMODAL_API_ASSETS_H
#define TRIMODAL_API_ASSETS_H

#include "base/status.h"
#include "base/str.h"

struct exchange;

struct asset {
    const char *name; /* as assets.json says, "swagger-ui.js" */
    const char *path; /* "/assets/swagger-ui.<hash>.js"; empty for a page, and for data, which is not served */
    const char *content_type;
    const char *tag; /* a strong entity tag of `bytes`, with its quotes */
    struct str bytes;
    struct str gzip; /* the same, compressed; empty where that is no shorter */
};
extern const struct asset assets[];
extern const size_t asset_count;

const struct asset *asset_by_name(const char *name); /* NULL when there is none */
const struct asset *asset_by_path(struct str path);

/* Answers with a page, by its name in assets.json: never kept without asking, nothing from elsewhere, in no frame. */
void answer_page(struct exchange *exchange, const char *name);
/* Where a page needs another Content-Security-Policy. */
void answer_page_under(struct exchange *exchange, const char *name, const char *policy);

#endif
