#include "base/str.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

int str_compare(struct str a, struct str b)
{
    size_t common = a.length < b.length ? a.length : b.length;
    int order = common == 0 ? 0 : memcmp(a.at, b.at, common);
    if (order != 0) {
        return order;
    }
    return a.length < b.length ? -1 : a.length > b.length;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool str_equal_ignoring_case(struct str a, struct str b)
{
    if (a.length != b.length) {
        return false;
    }
    for (size_t i = 0; i < a.length; i++) {
        if (lower(a.at[i]) != lower(b.at[i])) {
            return false;
        }
    }
    return true;
}

bool str_starts_with(struct str text, struct str beginning)
{
    return text.length >= beginning.length &&
           (beginning.length == 0 || memcmp(text.at, beginning.at, beginning.length) == 0);
}

bool str_ends_with(struct str text, struct str ending)
{
    return text.length >= ending.length &&
           (ending.length == 0 || memcmp(text.at + text.length - ending.length, ending.at, ending.length) == 0);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

struct str str_trim(struct str text)
{
    while (text.length > 0 && is_space(text.at[0])) {
        text.at++;
        text.length--;
    }
    while (text.length > 0 && is_space(text.at[text.length - 1])) {
        text.length--;
    }
    return text;
}

struct str str_from_offset(struct str text, size_t offset)
{
    if (offset >= text.length) {
        return (struct str){text.at == NULL ? NULL : text.at + text.length, 0};
    }
    return (struct str){text.at + offset, text.length - offset};
}

size_t str_find(struct str text, char byte)
{
    const char *found = text.length == 0 ? NULL : memchr(text.at, byte, text.length);
    return found == NULL ? text.length : (size_t)(found - text.at);
}

size_t str_find_str(struct str text, struct str needle, size_t from)
{
    if (from > text.length || needle.length > text.length - from) {
        return text.length;
    }
    if (needle.length == 0) {
        return from;
    }
    for (size_t i = from; i + needle.length <= text.length; i++) {
        const char *found = memchr(text.at + i, needle.at[0], text.length - needle.length - i + 1);
        if (found == NULL) {
            return text.length;
        }
        i = (size_t)(found - text.at);
        if (memcmp(found, needle.at, needle.length) == 0) {
            return i;
        }
    }
    return text.length;
}

bool str_split_next(struct str *rest, char separator, struct str *piece)
{
    if (rest->at == NULL || rest->length == 0) {
        return false;
    }
    size_t end = str_find(*rest, separator);
    *piece = (struct str){rest->at, end};
    if (end == rest->length) {
        *rest = STR_NONE;
    } else {
        *rest = (struct str){rest->at + end + 1, rest->length - end - 1};
    }
    return true;
}

bool str_to_i64(struct str text, int64_t *number)
{
    size_t i = 0;
    bool negative = text.length > 0 && text.at[0] == '-';
    if (negative) {
        i = 1;
    }
    if (i == text.length || text.length - i > 19) {
        return false;
    }
    uint64_t value = 0;
    for (; i < text.length; i++) {
        if (text.at[i] < '0' || text.at[i] > '9') {
            return false;
        }
        value = value * 10 + (uint64_t)(text.at[i] - '0');
    }
    if (value > (uint64_t)INT64_MAX + (negative ? 1 : 0)) {
        return false;
    }
    *number = negative ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}

bool str_to_double(struct str text, double *number)
{
    char digits[64];
    if (text.length == 0 || text.length >= sizeof digits) {
        return false;
    }
    for (size_t i = 0; i < text.length; i++) {
        bool plain = (text.at[i] >= '0' && text.at[i] <= '9') || strchr("+-.eE", text.at[i]) != NULL;
        if (!plain || text.at[i] == '\0') {
            return false;
        }
        digits[i] = text.at[i];
    }
    digits[text.length] = '\0';
    char *end = NULL;
    errno = 0;
    double value = strtod(digits, &end);
    if (end != digits + text.length || !isfinite(value)) {
        return false;
    }
    *number = value;
    return true;
}

/* Length of the well-formed sequence at the start of the text, 0 when there is none (Unicode 15, table 3-7). */
static size_t utf8_sequence(const unsigned char *at, size_t left)
{
    unsigned char lead = at[0];
    if (lead < 0x80) {
        return 1;
    }
    size_t length = lead >= 0xC2 && lead <= 0xDF ? 2 : lead >= 0xE0 && lead <= 0xEF ? 3 : lead >= 0xF0 && lead <= 0xF4 ? 4 : 0;
    if (length == 0 || length > left) {
        return 0;
    }
    unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (at[1] < low || at[1] > high) {
        return 0;
    }
    for (size_t i = 2; i < length; i++) {
        if ((at[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    return length;
}

bool str_is_utf8(struct str text)
{
    const unsigned char *at = (const unsigned char *)text.at;
    size_t i = 0;
    while (i < text.length) {
        size_t length = utf8_sequence(at + i, text.length - i);
        if (length == 0) {
            return false;
        }
        i += length;
    }
    return true;
}

uint64_t str_hash(struct str text)
{
    return XXH3_64bits(text.at, text.length);
}
