#include "base/json_write.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"

void json_write_init(struct json_writer *writer, struct buffer *buffer, int indent)
{
    *writer = (struct json_writer){.buffer = buffer, .indent = indent};
}

static void new_line(struct json_writer *writer)
{
    if (writer->indent == 0) {
        return;
    }
    buffer_append_char(writer->buffer, '\n');
    for (int i = 0; i < writer->indent * writer->depth; i++) {
        buffer_append_char(writer->buffer, ' ');
    }
}

static void before_value(struct json_writer *writer)
{
    if (writer->after_key) {
        writer->after_key = false;
        return;
    }
    if (writer->depth == 0) {
        return;
    }
    if (writer->has_items[writer->depth - 1]) {
        buffer_append_char(writer->buffer, ',');
    }
    writer->has_items[writer->depth - 1] = true;
    new_line(writer);
}

static void open_with(struct json_writer *writer, char c)
{
    before_value(writer);
    assert(writer->depth < JSON_WRITE_DEPTH_MAX);
    writer->has_items[writer->depth++] = false;
    buffer_append_char(writer->buffer, c);
}

static void close_with(struct json_writer *writer, char c)
{
    assert(writer->depth > 0 && !writer->after_key);
    writer->depth--;
    if (writer->has_items[writer->depth]) {
        new_line(writer);
    }
    buffer_append_char(writer->buffer, c);
}

void json_write_object_begin(struct json_writer *writer)
{
    open_with(writer, '{');
}

void json_write_object_end(struct json_writer *writer)
{
    close_with(writer, '}');
}

void json_write_array_begin(struct json_writer *writer)
{
    open_with(writer, '[');
}

void json_write_array_end(struct json_writer *writer)
{
    close_with(writer, ']');
}

void json_write_key_str(struct json_writer *writer, struct str key)
{
    assert(!writer->after_key && writer->depth > 0);
    before_value(writer);
    json_append_string(writer->buffer, key);
    buffer_append_char(writer->buffer, ':');
    if (writer->indent > 0) {
        buffer_append_char(writer->buffer, ' ');
    }
    writer->after_key = true;
}

void json_write_key(struct json_writer *writer, const char *key)
{
    json_write_key_str(writer, str_from(key));
}

/* Bytes that go out as they are: all but quotes, backslash, controls and what is not ASCII. */
static bool plain(unsigned char c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

static void append_control(struct buffer *buffer, unsigned char c)
{
    static const struct {
        unsigned char byte;
        char letter;
    } named[] = {{'"', '"'}, {'\\', '\\'}, {'\n', 'n'}, {'\r', 'r'}, {'\t', 't'}, {'\b', 'b'}, {'\f', 'f'}};
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++) {
        if (named[i].byte == c) {
            char escape[2] = {'\\', named[i].letter};
            buffer_append(buffer, escape, 2);
            return;
        }
    }
    buffer_append_format(buffer, "\\u%04x", c);
}

/* Whether one of eight bytes is not plain. Borrows may make it say so of bytes that are, never the other way round. */
static bool holds_special(uint64_t bytes)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
    uint64_t quote = bytes ^ ones * '"', backslash = bytes ^ ones * '\\';
    return (((bytes - ones * 0x20) | (quote - ones) | (backslash - ones) | bytes) & tops) != 0;
}

/* The beginning of the text that is plain, by eights; the rest is for others to look at. */
static size_t plain_beginning(struct str text)
{
    size_t length = 0;
    uint64_t bytes;
    while (text.length - length >= sizeof bytes) {
        memcpy(&bytes, text.at + length, sizeof bytes);
        if (holds_special(bytes)) {
            break;
        }
        length += sizeof bytes;
    }
    while (length < text.length && plain((unsigned char)text.at[length])) {
        length++;
    }
    return length;
}

void json_append_string(struct buffer *buffer, struct str text)
{
    size_t i = plain_beginning(text);
    char *to = buffer_reserve(buffer, i + 2);
    if (to == NULL) {
        return;
    }
    to[0] = '"';
    if (i > 0) {
        memcpy(to + 1, text.at, i);
    }
    buffer->length += i + 1;
    while (i < text.length) {
        size_t run = i;
        while (run < text.length && plain((unsigned char)text.at[run])) {
            run++;
        }
        buffer_append(buffer, text.at + i, run - i);
        i = run;
        if (i == text.length) {
            break;
        }
        unsigned char c = (unsigned char)text.at[i];
        if (c < 0x80) {
            append_control(buffer, c);
            i++;
            continue;
        }
        size_t length = 1;
        while (i + length < text.length && length < 4 && ((unsigned char)text.at[i + length] & 0xC0) == 0x80) {
            length++;
        }
        while (length > 1 && !str_is_utf8((struct str){text.at + i, length})) {
            length--;
        }
        bool valid = length > 1;
        buffer_append(buffer, valid ? text.at + i : "\xEF\xBF\xBD", valid ? length : 3);
        i += length;
    }
    buffer_append_char(buffer, '"');
}

void json_write_str(struct json_writer *writer, struct str text)
{
    if (text.at == NULL) {
        json_write_null(writer);
        return;
    }
    before_value(writer);
    json_append_string(writer->buffer, text);
}

void json_write_text(struct json_writer *writer, const char *terminated)
{
    json_write_str(writer, str_from(terminated));
}

void json_write_i64(struct json_writer *writer, int64_t number)
{
    before_value(writer);
    buffer_append_i64(writer->buffer, number);
}

/* The number, of whose digits the last ones are decimals. */
static void append_digits(struct buffer *buffer, int64_t number, int decimals)
{
    char text[32];
    size_t at = sizeof text;
    int64_t rest = number < 0 ? -number : number;
    while (decimals > 0 && rest % 10 == 0) {
        rest /= 10;
        decimals--;
    }
    for (; rest != 0 || decimals >= 0; rest /= 10) {
        text[--at] = (char)('0' + rest % 10);
        if (--decimals == 0) {
            text[--at] = '.';
        }
    }
    if (number < 0) {
        text[--at] = '-';
    }
    buffer_append(buffer, text + at, sizeof text - at);
}

/* Most numbers have few decimals. Both the digits and the power of ten are exact, so that their quotient is what reading the text
 * gives; and as there are no more than 15 digits, it is also the shortest text. */
static bool append_decimal(struct buffer *buffer, double number)
{
    double scale = 1;
    if (fabs(number) < 1e-4 || fabs(number) >= 1e9) {
        return false;
    }
    for (int decimals = 0; decimals <= 6; decimals++, scale *= 10) {
        double digits = number * scale;
        if (digits == floor(digits) && digits / scale == number) {
            append_digits(buffer, (int64_t)digits, decimals);
            return true;
        }
    }
    return false;
}

void json_append_double(struct buffer *buffer, double number)
{
    char text[40];
    if (append_decimal(buffer, number)) {
        return;
    }
    for (int precision = 15; precision <= 17; precision++) {
        (void)snprintf(text, sizeof text, "%.*g", precision, number);
        if (strtod(text, NULL) == number) {
            break;
        }
    }
    buffer_append_text(buffer, text);
}

void json_write_double(struct json_writer *writer, double number)
{
    if (!isfinite(number)) {
        json_write_null(writer);
        return;
    }
    before_value(writer);
    json_append_double(writer->buffer, number);
}

void json_write_bool(struct json_writer *writer, bool truth)
{
    before_value(writer);
    buffer_append_text(writer->buffer, truth ? "true" : "false");
}

void json_write_null(struct json_writer *writer)
{
    before_value(writer);
    buffer_append_text(writer->buffer, "null");
}

void json_write_time(struct json_writer *writer, int64_t ms)
{
    char text[TIME_TEXT_SIZE];
    time_format(ms, text);
    json_write_text(writer, text);
}

void json_write_raw(struct json_writer *writer, struct str json)
{
    before_value(writer);
    buffer_append_str(writer->buffer, json);
}

void json_field_str(struct json_writer *writer, const char *key, struct str text)
{
    json_write_key(writer, key);
    json_write_str(writer, text);
}

void json_field_text(struct json_writer *writer, const char *key, const char *terminated)
{
    json_write_key(writer, key);
    json_write_text(writer, terminated);
}

void json_field_i64(struct json_writer *writer, const char *key, int64_t number)
{
    json_write_key(writer, key);
    json_write_i64(writer, number);
}

void json_field_double(struct json_writer *writer, const char *key, double number)
{
    json_write_key(writer, key);
    json_write_double(writer, number);
}

void json_field_bool(struct json_writer *writer, const char *key, bool truth)
{
    json_write_key(writer, key);
    json_write_bool(writer, truth);
}

void json_field_time(struct json_writer *writer, const char *key, int64_t ms)
{
    json_write_key(writer, key);
    json_write_time(writer, ms);
}
