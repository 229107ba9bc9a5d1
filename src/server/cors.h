/* cors.h: which pages of other origins may read answers (Fetch Standard, "CORS protocol").
 *
 * By configuration; without it no page of another origin may. An origin of the list may read answers and send every method;
 * whether with cookies is said for all of them together. "*" stands for any origin, and is refused together with cookies.
 * What an origin may not do, the browser prevents: the server answers as always and leaves the headers out.
 */
#ifndef TRIMODAL_SERVER_CORS_H
#define TRIMODAL_SERVER_CORS_H

#include "base/arena.h"
#include "base/status.h"
#include "base/str.h"
#include "net/net.h"

#define CORS_ORIGINS_SIZE 1024
#define CORS_ORIGINS_MAX 32
#define CORS_HEADERS_MAX 6

struct cors_options {
    char origins[CORS_ORIGINS_SIZE]; /* separated by commas; empty: none */
    bool credentials;                /* default false */
    int64_t max_age_seconds;         /* how long a browser may remember a preflight; default 600 */
};

/* STATUS_INVALID: "https://app.example:8443" is an origin; a path, a trailing '/' or "null" is not. */
enum status cors_check(const struct cors_options *options, struct error *error) must_check;
/* The origins for struct net_options; count. They point into the options. */
size_t cors_origins(const struct cors_options *options, struct str origins[CORS_ORIGINS_MAX]);

/* Does the list name it? "*" names nobody. */
bool cors_names(const struct cors_options *options, struct str origin);

/* Headers for the answer to a request from `origin` (absent: no browser asks from elsewhere). Count. */
size_t cors_headers(const struct cors_options *options, struct str origin, struct net_header headers[CORS_HEADERS_MAX]);
/* The same for a preflight: what may follow. `methods` as for Allow, `asked` the header Access-Control-Request-Headers.
 * The texts are in the arena. */
size_t cors_preflight(const struct cors_options *options, struct str origin, struct str methods, struct str asked,
                      struct arena *arena, struct net_header headers[CORS_HEADERS_MAX]);

#endif
