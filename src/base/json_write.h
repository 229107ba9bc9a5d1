/* json_write.h: JSON text (RFC 8259) into a buffer, piece by piece.
 *
 * Commas and nesting are kept right by the writer; a key without a value or a close without an open is a bug and
 * asserts. Text is escaped; bytes that are not UTF-8 come out as U+FFFD, so the output is always valid JSON. NaN and
 * infinities come out as null. Failures stick in the buffer (see buffer.h). `indent` 0 writes one line.
 */
#ifndef TRIMODAL_BASE_JSON_WRITE_H
#define TRIMODAL_BASE_JSON_WRITE_H

#include "base/buffer.h"

#define JSON_WRITE_DEPTH_MAX 64

struct json_writer {
    struct buffer *buffer;
    int indent;
    int depth;
    bool has_items[JSON_WRITE_DEPTH_MAX];
    bool after_key;
};

void json_write_init(struct json_writer *writer, struct buffer *buffer, int indent);

void json_write_object_begin(struct json_writer *writer);
void json_write_object_end(struct json_writer *writer);
void json_write_array_begin(struct json_writer *writer);
void json_write_array_end(struct json_writer *writer);
void json_write_key(struct json_writer *writer, const char *key);
void json_write_key_str(struct json_writer *writer, struct str key);

void json_write_str(struct json_writer *writer, struct str text); /* null when text.at is NULL */
void json_write_text(struct json_writer *writer, const char *terminated); /* null when NULL */
void json_write_i64(struct json_writer *writer, int64_t number);
void json_write_double(struct json_writer *writer, double number); /* shortest text that reads back the same */
void json_write_bool(struct json_writer *writer, bool truth);
void json_write_null(struct json_writer *writer);
void json_write_time(struct json_writer *writer, int64_t ms); /* as RFC 3339 text */
void json_write_raw(struct json_writer *writer, struct str json); /* one value that is JSON already */

/* key and value at once */
void json_field_str(struct json_writer *writer, const char *key, struct str text);
void json_field_text(struct json_writer *writer, const char *key, const char *terminated);
void json_field_i64(struct json_writer *writer, const char *key, int64_t number);
void json_field_double(struct json_writer *writer, const char *key, double number);
void json_field_bool(struct json_writer *writer, const char *key, bool truth);
void json_field_time(struct json_writer *writer, const char *key, int64_t ms);

/* Appends text as a JSON string, quotes included. */
void json_append_string(struct buffer *buffer, struct str text);
/* Appends a finite number, as json_write_double does. */
void json_append_double(struct buffer *buffer, double number);

#endif
