#include "base/buffer.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/memory.h"

void buffer_init(struct buffer *buffer, size_t length_max)
{
    *buffer = (struct buffer){.length_max = length_max};
}

void buffer_release(struct buffer *buffer)
{
    memory_free(buffer->bytes);
    buffer_init(buffer, buffer->length_max);
}

void buffer_clear(struct buffer *buffer)
{
    buffer->length = 0;
    buffer->failed = buffer->is_full = false;
    if (buffer->bytes != NULL) {
        buffer->bytes[0] = '\0';
    }
}

char *buffer_reserve(struct buffer *buffer, size_t length)
{
    if (buffer->failed) {
        return NULL;
    }
    if (length > buffer->length_max || buffer->length > buffer->length_max - length) {
        buffer->failed = buffer->is_full = true;
        return NULL;
    }
    size_t needed = buffer->length + length + 1;
    if (needed > buffer->capacity) {
        size_t capacity = buffer->capacity < 64 ? 64 : buffer->capacity;
        char *grown = memory_grow(buffer->bytes, &capacity, needed, 1);
        if (grown == NULL) {
            buffer->failed = true;
            return NULL;
        }
        buffer->bytes = grown;
        buffer->capacity = capacity;
    }
    return buffer->bytes + buffer->length;
}

void buffer_append(struct buffer *buffer, const void *bytes, size_t length)
{
    char *to = buffer_reserve(buffer, length);
    if (to == NULL) {
        return;
    }
    if (length > 0) {
        memcpy(to, bytes, length);
    }
    buffer->length += length;
    buffer->bytes[buffer->length] = '\0';
}

void buffer_append_str(struct buffer *buffer, struct str text)
{
    buffer_append(buffer, text.at, text.length);
}

void buffer_append_text(struct buffer *buffer, const char *terminated)
{
    buffer_append(buffer, terminated, strlen(terminated));
}

void buffer_append_char(struct buffer *buffer, char c)
{
    buffer_append(buffer, &c, 1);
}

void buffer_append_i64(struct buffer *buffer, int64_t number)
{
    char digits[24];
    size_t at = sizeof digits;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    if (number < 0) {
        digits[--at] = '-';
    }
    buffer_append(buffer, digits + at, sizeof digits - at);
}

void buffer_append_hex(struct buffer *buffer, const uint8_t *bytes, size_t length)
{
    static const char digits[] = "0123456789abcdef";
    char *to = buffer_reserve(buffer, length * 2);
    if (to == NULL) {
        return;
    }
    for (size_t i = 0; i < length; i++) {
        to[2 * i] = digits[bytes[i] >> 4];
        to[2 * i + 1] = digits[bytes[i] & 15];
    }
    buffer->length += length * 2;
    buffer->bytes[buffer->length] = '\0';
}

void buffer_append_format(struct buffer *buffer, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    assert(length >= 0);
    char *to = buffer_reserve(buffer, (size_t)length);
    if (to != NULL) {
        (void)vsnprintf(to, (size_t)length + 1, format, again);
        buffer->length += (size_t)length;
    }
    va_end(again);
}

void buffer_cut(struct buffer *buffer, size_t length)
{
    assert(length <= buffer->length);
    buffer->length = length;
    if (buffer->bytes != NULL) {
        buffer->bytes[length] = '\0';
    }
}

char *buffer_take(struct buffer *buffer, size_t *length)
{
    char *bytes = buffer->failed ? NULL : buffer->bytes;
    if (bytes == NULL) {
        *length = 0;
        buffer_release(buffer);
        return NULL;
    }
    *length = buffer->length;
    buffer_init(buffer, buffer->length_max);
    return bytes;
}
