/* represent.h: from the content of an answer to what is sent: entity tag, "not modified", compression (RFC 9110).
 *
 * The tag of an answer to GET has two parts, W/"PROOF.CONTENT":
 *   CONTENT  a hash of the JSON without the two clocks of its "meta", which name the moment of asking and nothing else. It is
 *            right for every answer, and costs the making of it.
 *   PROOF    a hash of all that the answer follows from: position of the log, policy, tenant, permissions, path, query, process.
 *            Where it is still the same, a 304 costs nothing. It is "-" where time alone may change the answer: a relative
 *            moment was asked for, a fact lies ahead of V, an override may end; or where the answer rests on more than the log.
 * The tag is weak, since the same content may be sent in several codings. Nothing is kept: the proof is in the client's hands,
 * and one who forges it deceives nobody else, as permissions are decided before.
 *
 * Compression: levels by measurement, 568 KB of a graph on 2 cores: zstd 1 0.64 ms, 13.2 : 1; gzip 1 2.6 ms, 8.9 : 1
 * (level 3 2.9 ms, 9.3 : 1; level 6 6.3 ms, 10.8 : 1). zstd is taken where the client accepts both alike.
 */
#ifndef TRIMODAL_API_REPRESENT_H
#define TRIMODAL_API_REPRESENT_H

#include "api/api_private.h"

#define COMPRESSED_BYTES_MIN 1024        /* shorter answers are sent as they are */
#define COMPRESSED_BYTES_MAX (8 * MIB)   /* longer ones, too: the core thread does nothing else meanwhile */

struct represent; /* what compresses; one per api */

struct represent *represent_new(const struct clock *clock) must_check; /* NULL without memory */
void represent_free(struct represent *represent);

/* Before the handler: true when the request was answered by 304, as what it rests on has not changed. */
bool represent_unchanged(struct exchange *exchange) must_check;
/* The view that an answer is about: whether time alone may change it. */
void represent_view(struct exchange *exchange, const struct view_request *opened);
/* Answers, with tag, 304 and coding as the request allows. */
void represent_answer(struct exchange *exchange, unsigned status, const char *content_type,
                      const struct api_header *headers, size_t header_count);

#endif
