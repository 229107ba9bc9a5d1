/* inflater.h: bodies that came compressed, decoded as they come.
 *
 * gzip (RFC 1952), deflate as HTTP means it (zlib, RFC 1950; raw deflate, which some senders mean by it, is recognised) and
 * zstd (RFC 8878). Members and frames may follow one another. Memory is bounded (zstd windows above 8 MiB are refused), and
 * so is the output: a bomb stops at `output_max`.
 */
#ifndef TRIMODAL_EVENT_INFLATER_H
#define TRIMODAL_EVENT_INFLATER_H

#include <stdint.h>

#include "base/status.h"
#include "base/str.h"

enum inflate_coding { INFLATE_IDENTITY, INFLATE_GZIP, INFLATE_DEFLATE, INFLATE_ZSTD };

/* The coding of a Content-Encoding header; absent, empty and "identity" are INFLATE_IDENTITY. STATUS_INVALID for others
 * (several in a row among them), naming those that are read. */
enum status inflate_coding_from_name(struct str name, enum inflate_coding *coding, struct error *error) must_check;
/* The coding by its first bytes, for files: gzip and zstd have marks. */
enum inflate_coding inflate_coding_guess(struct str beginning);

/* Takes decoded bytes; anything but STATUS_OK stops. */
typedef enum status inflate_function(void *context, const void *bytes, size_t length);

struct inflater;
struct inflater *inflater_new(enum inflate_coding coding, uint64_t output_max, inflate_function *function,
                              void *context) must_check;
void inflater_free(struct inflater *inflater); /* NULL is allowed */

/* STATUS_INVALID: malformed, or over output_max; STATUS_FATAL: no memory; else what the function answered. After a
 * failure only inflater_free. */
enum status inflater_feed(struct inflater *inflater, const void *bytes, size_t length, struct error *error) must_check;
/* STATUS_INVALID where the input ended too early. */
enum status inflater_end(struct inflater *inflater, struct error *error) must_check;
uint64_t inflater_output_bytes(const struct inflater *inflater);

#endif
