/* memory.h: the one door to the heap.
 *
 * Everything the program allocates goes through here, so that a test can make the n-th allocation fail and see that
 * the failure is returned and nothing leaks. All functions return NULL when there is no memory (or when the test says
 * so); a size of 0 is a bug. Thread-safe.
 */
#ifndef TRIMODAL_BASE_MEMORY_H
#define TRIMODAL_BASE_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

void *memory_new(size_t size) must_check;                       /* contents undefined */
void *memory_new_zeroed(size_t count, size_t size) must_check;  /* NULL also where count * size overflows */
void *memory_resize(void *old, size_t size) must_check;         /* old stays valid on failure */
void memory_free(void *memory);                                 /* NULL is allowed */

/* Grows an array to hold at least `needed` elements of `size` bytes, at least doubling; *capacity is updated.
 * Returns the array's new address, or NULL with the old one untouched. */
void *memory_grow(void *array, size_t *capacity, size_t needed, size_t size) must_check;

/* For tests: fails the allocation after `countdown` further ones, once; negative switches injection off. Returns
 * through memory_injected() whether it has struck. */
void memory_fail_after(int64_t countdown);
bool memory_injected(void);

#endif
