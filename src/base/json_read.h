/* json_read.h: JSON in, by simdjson, behind a C interface.
 *
 * A parser holds one document at a time; a `struct json` is a place in it and dies with the next parse. Strings are
 * unescaped UTF-8 inside the parser's memory. Depth is limited to LIMIT_JSON_DEPTH. simdjson checks the whole text
 * (UTF-8 included) before anything is handed out.
 *
 * The text must have JSON_READ_PADDING readable bytes behind it (any contents): a slice of a padded buffer will do.
 */
#ifndef TRIMODAL_BASE_JSON_READ_H
#define TRIMODAL_BASE_JSON_READ_H

#include <stdint.h>

#include "base/status.h"
#include "base/str.h"

#ifdef __cplusplus
extern "C" {
#endif

#define JSON_READ_PADDING 64

enum json_type { JSON_NULL, JSON_BOOL, JSON_I64, JSON_U64, JSON_DOUBLE, JSON_STRING, JSON_ARRAY, JSON_OBJECT };
/* JSON_U64 only for numbers above INT64_MAX. */

struct json_parser;

struct json {
    const void *document;
    size_t index;
};

struct json_parser *json_parser_new(void) must_check; /* NULL without memory */
void json_parser_free(struct json_parser *parser);

/* Parses one value that makes up the whole text. STATUS_INVALID names what is wrong in one sentence. */
enum status json_parse(struct json_parser *parser, struct str text, struct json *root, struct error *error) must_check;

enum json_type json_type(struct json value);
const char *json_type_name(enum json_type type); /* "object", "string", "integer", … for messages */
struct str json_string(struct json value);       /* value must be JSON_STRING */
int64_t json_i64(struct json value);
double json_double(struct json value);           /* of any number */
bool json_bool(struct json value);

/* Walking: `for (struct json_iterator i = json_begin(v); json_next(&i);)` gives i.value and, in objects, i.key. */
struct json_iterator {
    const void *document;
    size_t at, end;
    bool in_object;
    struct str key;
    struct json value;
};
struct json_iterator json_begin(struct json container); /* gives nothing for what is no array or object */
bool json_next(struct json_iterator *iterator);

/* The member of an object with this key (the first one); false when absent or not an object. */
bool json_member(struct json object, const char *key, struct json *value);
/* A string member's text, or STR_NONE when absent or of another type. */
struct str json_member_string(struct json object, const char *key);

#ifdef __cplusplus
}
#endif

#endif
