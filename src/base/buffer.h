/* buffer.h: bytes that grow up to a maximum.
 *
 * Writers append without looking at each call: the first failure (no memory, or over the maximum) sticks, later
 * appends do nothing, and the one check is `buffer_failed` at the end. What was written before the failure stays.
 * The contents are always followed by a NUL that is not counted.
 */
#ifndef TRIMODAL_BASE_BUFFER_H
#define TRIMODAL_BASE_BUFFER_H

#include <stdint.h>

#include "base/status.h"
#include "base/str.h"

struct buffer {
    char *bytes;
    size_t length;
    size_t capacity;
    size_t length_max;
    bool failed;
    bool is_full; /* it failed for its maximum, not for want of memory */
};

void buffer_init(struct buffer *buffer, size_t length_max);
void buffer_release(struct buffer *buffer);
void buffer_clear(struct buffer *buffer); /* keeps the memory; forgets a failure */

void buffer_append(struct buffer *buffer, const void *bytes, size_t length);
void buffer_append_str(struct buffer *buffer, struct str text);
void buffer_append_text(struct buffer *buffer, const char *terminated);
void buffer_append_char(struct buffer *buffer, char c);
void buffer_append_i64(struct buffer *buffer, int64_t number); /* decimal */
void buffer_append_hex(struct buffer *buffer, const uint8_t *bytes, size_t length); /* lower case */
void buffer_append_format(struct buffer *buffer, const char *format, ...) printf_like(2, 3);

/* Makes room for `length` more bytes and returns where they go; the caller fills them and adds to `length`.
 * NULL (and failed) without memory or over the maximum. */
char *buffer_reserve(struct buffer *buffer, size_t length) must_check;
void buffer_cut(struct buffer *buffer, size_t length); /* shortens to `length` */

static inline bool buffer_failed(const struct buffer *buffer)
{
    return buffer->failed;
}

/* A view of the contents, valid until the next append. */
static inline struct str buffer_str(const struct buffer *buffer)
{
    struct str text = {buffer->bytes != NULL ? buffer->bytes : "", buffer->length};
    return text;
}

/* Moves the contents out; the caller frees them with memory_free. NULL when failed or empty; the buffer is empty then. */
char *buffer_take(struct buffer *buffer, size_t *length) must_check;

#endif
