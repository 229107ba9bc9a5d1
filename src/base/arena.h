/* arena.h: memory that is given back all at once.
 *
 * One arena per batch or request: allocations are a pointer bump, nothing is freed singly, `arena_clear` keeps the
 * first chunk for the next use. An arena has a maximum; past it, or without memory, allocation returns NULL.
 * Memory is aligned to 16 bytes. Not thread-safe: one arena, one thread at a time.
 */
#ifndef TRIMODAL_BASE_ARENA_H
#define TRIMODAL_BASE_ARENA_H

#include "base/status.h"
#include "base/str.h"

struct arena_chunk;

struct arena {
    struct arena_chunk *chunks; /* newest first */
    char *at;                   /* next free byte of the newest chunk */
    size_t left;                /* bytes behind `at` */
    size_t used_bytes;          /* of all chunks, taken from the heap */
    size_t bytes_max;
};

/* Takes no memory yet; cannot fail. */
void arena_init(struct arena *arena, size_t bytes_max);
void arena_release(struct arena *arena);
/* Forgets all allocations; keeps one chunk. */
void arena_clear(struct arena *arena);

void *arena_new(struct arena *arena, size_t size) must_check;                      /* contents undefined; size may be 0 */
void *arena_new_zeroed(struct arena *arena, size_t count, size_t size) must_check;
/* Copies text (with a terminating NUL behind it, not counted). False when there is no memory. */
bool arena_copy(struct arena *arena, struct str text, struct str *copy) must_check;
bool arena_format(struct arena *arena, struct str *text, const char *format, ...) printf_like(3, 4) must_check;

#endif
