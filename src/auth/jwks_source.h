/* jwks_source.h: where an issuer's keys come from, and how they stay fresh.
 *
 * A file is read at start and again when its time, size or inode changes (looked at once a second at most, and on SIGHUP). A
 * URL is fetched on a thread of its own, at start, every refresh_seconds, and once a token names a key that is not there (at
 * most every JWKS_ROTATION_SECONDS: tokens are free to make, so they must not command requests). What fails leaves the keys as
 * they are, says so in the log, and is tried again: an issuer's bad hour locks nobody out.
 *
 * URLs are https; http only to this machine. No redirect is followed, no answer over JWKS_BYTES_MAX read, no secret taken.
 *
 * Threads: the functions are the core thread's; the fetching thread hands over finished sets under a lock.
 */
#ifndef TRIMODAL_AUTH_JWKS_SOURCE_H
#define TRIMODAL_AUTH_JWKS_SOURCE_H

#include "auth/jwt.h"
#include "base/clock.h"

struct jwks_source;

/* STATUS_INVALID where a file can't be read or holds no key, or the URL is not fit. */
enum status jwks_source_new(struct jwks_source **source, const struct jwt_issuer_options *issuer, const struct clock *clock,
                            struct error *error) must_check;
void jwks_source_free(struct jwks_source *source); /* NULL is allowed */

/* The keys now, valid until the next call; NULL while none have come yet. `*changed` is set to true where they are others than at
 * the call before. */
const struct jwks *jwks_source_keys(struct jwks_source *source, bool *changed);
/* A key is missing: fetch again soon. */
void jwks_source_miss(struct jwks_source *source);
/* Looks at the file; `now`: even if it did a moment ago. */
void jwks_source_look(struct jwks_source *source, bool now);

#endif
