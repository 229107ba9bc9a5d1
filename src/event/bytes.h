/* bytes.h: short texts, eight bytes at a time; private to src/event.
 *
 * An event is mostly texts of 4 to 40 bytes, where a call of memcmp or a vector loop's prologue costs more than the work.
 * Each function reads whole words inside the text only: the last one overlaps the one before.
 */
#ifndef TRIMODAL_EVENT_BYTES_H
#define TRIMODAL_EVENT_BYTES_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/str.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "tools/schema_gen.py computes with the same words");

#define BYTES_ALL(byte) (UINT64_C(0x0101010101010101) * (byte))

static inline uint64_t bytes_word(const char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

/* All bytes of a text shorter than eight, some of them twice, spaces where there are none: texts of the same length are
 * equal when these are. */
static inline uint64_t bytes_short(const char *at, size_t length)
{
    if (length >= 4) {
        uint32_t low, high;
        memcpy(&low, at, sizeof low);
        memcpy(&high, at + length - 4, sizeof high);
        return low | (uint64_t)high << 32;
    }
    if (length == 0) {
        return BYTES_ALL(0x20);
    }
    const unsigned char *bytes = (const unsigned char *)at;
    return bytes[0] | (uint64_t)bytes[length / 2] << 8 | (uint64_t)bytes[length - 1] << 16 | UINT64_C(0x2020202020000000);
}

/* Tests for any byte of a word; a result other than 0 means yes (Bit Twiddling Hacks, "determine if a word has …"). */
static inline uint64_t bytes_any_below(uint64_t word, uint8_t limit)
{
    return (word - BYTES_ALL(limit)) & ~word & BYTES_ALL(0x80);
}

static inline uint64_t bytes_any_is(uint64_t word, uint8_t byte)
{
    return bytes_any_below(word ^ BYTES_ALL(byte), 1);
}

static inline uint64_t bytes_controls(uint64_t word)
{
    return bytes_any_below(word, 0x20) | bytes_any_is(word, 0x7F);
}

/* What JSON cannot hold as it is, and all that is not ASCII. */
static inline uint64_t bytes_special(uint64_t word)
{
    return bytes_any_below(word, 0x20) | bytes_any_is(word, '"') | bytes_any_is(word, '\\') | (word & BYTES_ALL(0x80));
}

#define BYTES_TEST(name, test)                                                                                              \
    static inline bool name(struct str text)                                                                                \
    {                                                                                                                       \
        if (text.length < 8) {                                                                                              \
            return test(bytes_short(text.at, text.length)) != 0;                                                            \
        }                                                                                                                   \
        uint64_t found = test(bytes_word(text.at + text.length - 8));                                                       \
        for (size_t i = 0; i + 8 < text.length; i += 8) {                                                                   \
            found |= test(bytes_word(text.at + i));                                                                         \
        }                                                                                                                   \
        return found != 0;                                                                                                  \
    }

BYTES_TEST(bytes_have_controls, bytes_controls)
BYTES_TEST(bytes_have_special, bytes_special)

static inline bool bytes_equal(struct str a, struct str b)
{
    if (a.length != b.length) {
        return false;
    }
    if (a.length < 8) {
        return bytes_short(a.at, a.length) == bytes_short(b.at, b.length);
    }
    uint64_t differ = bytes_word(a.at + a.length - 8) ^ bytes_word(b.at + b.length - 8);
    for (size_t i = 0; i + 8 < a.length; i += 8) {
        differ |= bytes_word(a.at + i) ^ bytes_word(b.at + i);
    }
    return differ == 0;
}

#endif
