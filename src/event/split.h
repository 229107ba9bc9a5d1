/* split.h: a stream of bytes cut into single JSON texts, one event each.
 *
 * What a body is, is found out by itself: NDJSON, a JSON array, {"events": [...]}, a CloudEvents batch (an array), one
 * event on one line or many, or several of them one after the other. Bytes come in chunks of any size; the pieces do not
 * depend on how they were cut. Memory is bounded by about three times LIMIT_EVENT_BYTES, and by LIMIT_DEAD_LETTER_BYTES more
 * while a line or an element is longer than an event may be: it goes to the dead letters, which keep so much of it.
 *
 * One malformed line or element costs the others nothing: it becomes a piece of its own, which event_decode rejects.
 * Whether a piece is a valid event is not looked at here. The rules by which pieces are found again after something
 * malformed stand on top of split_lines.c and split_elements.c.
 */
#ifndef TRIMODAL_EVENT_SPLIT_H
#define TRIMODAL_EVENT_SPLIT_H

#include <stdint.h>

#include "base/status.h"
#include "base/str.h"

enum event_piece_kind {
    EVENT_PIECE_WHOLE,     /* a text to decode; malformed ones are among these */
    EVENT_PIECE_OVERSIZED, /* longer than LIMIT_EVENT_BYTES: `text` holds all of it up to LIMIT_DEAD_LETTER_BYTES */
    EVENT_PIECE_TRUNCATED, /* the input ended inside it, or (then empty) before the list of events was closed */
};

struct event_piece {
    enum event_piece_kind kind;
    struct str text;  /* JSON_READ_PADDING readable bytes follow; valid during the call only */
    uint64_t ordinal; /* 0 for the first piece */
    uint64_t offset;  /* of its first byte in the input, a byte order mark included */
    uint64_t length;  /* in the input */
};

/* Anything but STATUS_OK stops the splitter; event_splitter_feed returns it. */
typedef enum status event_piece_function(void *context, const struct event_piece *piece);

struct event_splitter;
struct event_splitter *event_splitter_new(event_piece_function *function,
                                          void *context) must_check; /* NULL without memory */
void event_splitter_free(struct event_splitter *splitter);           /* NULL is allowed */

/* STATUS_FATAL without memory. After any failure the splitter may only be freed. The bytes are looked at during the
 * call only; pieces may point into them. */
enum status event_splitter_feed(struct event_splitter *splitter, const void *bytes, size_t length) must_check;
/* No more bytes come: hands out what is left. */
enum status event_splitter_end(struct event_splitter *splitter) must_check;
uint64_t event_splitter_count(const struct event_splitter *splitter); /* pieces so far */

/* Whether the text is one JSON value by its outline, so that a splitter finds it again among others. What is not may fall into
 * other pieces there. */
bool event_split_is_one_value(struct str text);

#endif
