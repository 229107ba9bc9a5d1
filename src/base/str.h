/* str.h: a piece of text that somebody else owns.
 *
 * `struct str` is a view: pointer and length, no terminator, no ownership. Functions that keep text copy it. The bytes
 * are UTF-8 wherever the text came in through a decoder; an absent text has `at == NULL`, an empty one has not.
 */
#ifndef TRIMODAL_BASE_STR_H
#define TRIMODAL_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
    const char *at;
    size_t length; /* bytes */
};

#define STR(literal) ((struct str){(literal), sizeof(literal) - 1})
#define STR_NONE ((struct str){NULL, 0})
/* For printf: "%.*s", STR_ARGS(text). */
#define STR_ARGS(text) (int)((text).length > 4096 ? 4096 : (text).length), ((text).at != NULL ? (text).at : "")

static inline struct str str_from(const char *terminated)
{
    struct str text = {terminated, terminated == NULL ? 0 : strlen(terminated)};
    return text;
}

static inline bool str_equal(struct str a, struct str b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.at, b.at, a.length) == 0);
}

static inline bool str_is(struct str text, const char *terminated)
{
    return str_equal(text, str_from(terminated));
}

/* Order of bytes, shorter first where one is the beginning of the other; <0, 0, >0. */
int str_compare(struct str a, struct str b);
bool str_equal_ignoring_case(struct str a, struct str b); /* ASCII letters only */
bool str_starts_with(struct str text, struct str beginning);
bool str_ends_with(struct str text, struct str ending);
struct str str_trim(struct str text);                      /* ASCII white space off both ends */
struct str str_from_offset(struct str text, size_t offset); /* what follows; empty when past the end */

/* First position of the byte, or text.length when there is none. */
size_t str_find(struct str text, char byte);
/* First position of the needle at or after `from`, or text.length. */
size_t str_find_str(struct str text, struct str needle, size_t from);

/* Takes what stands before the separator off *rest into *piece; false once nothing is left.
 * "a,,b" gives "a", "", "b"; an absent or empty rest gives nothing. */
bool str_split_next(struct str *rest, char separator, struct str *piece);

/* The whole text must be one decimal number in range; no sign but '-', no spaces. */
bool str_to_i64(struct str text, int64_t *number);
bool str_to_double(struct str text, double *number); /* finite ones only */

/* True when the bytes are well-formed UTF-8 (no surrogates, no overlong forms). */
bool str_is_utf8(struct str text);

/* 64-bit hash, stable across machines and runs (XXH3 with seed 0). */
uint64_t str_hash(struct str text);

#endif
