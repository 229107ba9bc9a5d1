/* negotiate.h: what a request's header fields let an answer be (RFC 9110): its type, its coding, and whether it is needed at all.
 *
 * Pure functions of texts that anyone may have sent; whatever can't be read is treated as not said.
 */
#ifndef TRIMODAL_API_NEGOTIATE_H
#define TRIMODAL_API_NEGOTIATE_H

#include <stdbool.h>

#include "base/str.h"

enum coding { CODING_IDENTITY, CODING_GZIP, CODING_ZSTD, CODING_COUNT };

/* Accept-Encoding (12.5.3): of the codings offered (bits 1 << coding; identity always is) the one with the greatest weight,
 * of equal ones the later in the enum. Absent header: identity. Identity where nothing offered is acceptable, too: a server
 * may send it rather than 406. */
enum coding coding_choose(struct str accept_encoding, unsigned offered);
const char *coding_name(enum coding coding); /* "gzip" */

/* Accept (12.5.1): which of the types offered to answer with, or -1 where none is acceptable. The one with the greatest
 * weight; of equal ones those named in full before those of a range (text/…, or any), of these the one that is named first,
 * of ranges the one offered first. Absent header: the first. Parameters but q are not looked at. */
int media_type_choose(struct str accept, const char *const *offered, size_t count);

/* If-None-Match (13.1.2): true when one of its tags is `tag` by weak comparison, or it is "*". `tag` with its quotes; a
 * leading W/ makes no difference. */
bool tag_matches(struct str if_none_match, struct str tag);

/* The next tag of such a list, with quotes and W/ as sent; false at its end. */
bool tag_next(struct str *list, struct str *tag);

#endif
