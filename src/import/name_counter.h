/* name_counter.h: how often a name has come, by its 64-bit hash.
 *
 * Twelve to 24 bytes a name and no text, so that a file with millions of test cases stays cheap. Two names with the same hash
 * (one in 10^6 files of 5 million names) would count as one: the second gets "#2" behind its id, the same each time.
 */
#ifndef TRIMODAL_IMPORT_NAME_COUNTER_H
#define TRIMODAL_IMPORT_NAME_COUNTER_H

#include <stdint.h>

#include "base/status.h"
#include "base/str.h"

struct name_counter {
    struct name_slot {
        uint64_t hash; /* 0: free */
        uint32_t count;
        uint32_t value; /* the caller's */
    } *slots;
    size_t size; /* power of two, or 0 */
    size_t used;
};

void name_counter_release(struct name_counter *counter);
void name_counter_clear(struct name_counter *counter);
/* Counts the name once more; *slot is its entry, valid until the next call. STATUS_INVALID past IMPORT_NAMES_MAX names. */
enum status name_counter_add(struct name_counter *counter, uint64_t hash, struct name_slot **slot, struct error *error)
    must_check;
/* NULL when the name never came. */
struct name_slot *name_counter_find(const struct name_counter *counter, uint64_t hash);

#endif
