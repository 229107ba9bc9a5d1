#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include "base/memory.h"

#define ARENA_CHUNK_SIZE ((size_t)64 * 1024)
#define ARENA_ALIGNMENT 16

struct arena_chunk {
    struct arena_chunk *next;
    size_t size; /* of bytes */
    char bytes[];
};

_Static_assert(offsetof(struct arena_chunk, bytes) % ARENA_ALIGNMENT == 0, "chunk contents start aligned");

void arena_init(struct arena *arena, size_t bytes_max)
{
    *arena = (struct arena){.bytes_max = bytes_max};
}

static void free_chunks(struct arena *arena, struct arena_chunk *keep)
{
    struct arena_chunk *chunk = arena->chunks;
    while (chunk != NULL) {
        struct arena_chunk *next = chunk->next;
        if (chunk != keep) {
            memory_free(chunk);
        }
        chunk = next;
    }
}

void arena_release(struct arena *arena)
{
    free_chunks(arena, NULL);
    arena_init(arena, arena->bytes_max);
}

void arena_clear(struct arena *arena)
{
    struct arena_chunk *keep = NULL;
    for (struct arena_chunk *chunk = arena->chunks; chunk != NULL; chunk = chunk->next) {
        if (chunk->size == ARENA_CHUNK_SIZE) {
            keep = chunk;
        }
    }
    free_chunks(arena, keep);
    arena_init(arena, arena->bytes_max);
    if (keep != NULL) {
        keep->next = NULL;
        arena->chunks = keep;
        arena->at = keep->bytes;
        arena->left = keep->size;
        arena->used_bytes = keep->size;
    }
}

static bool add_chunk(struct arena *arena, size_t size)
{
    if (size < ARENA_CHUNK_SIZE) {
        size = ARENA_CHUNK_SIZE;
    }
    if (size > arena->bytes_max || arena->used_bytes > arena->bytes_max - size) {
        return false;
    }
    struct arena_chunk *chunk = memory_new(sizeof *chunk + size);
    if (chunk == NULL) {
        return false;
    }
    chunk->next = arena->chunks;
    chunk->size = size;
    arena->chunks = chunk;
    arena->at = chunk->bytes;
    arena->left = size;
    arena->used_bytes += size;
    return true;
}

/* Not inlined: across a whole program GCC 12 follows a chunk's first pointer wrongly and warns of writes past its end. */
__attribute__((noinline)) void *arena_new(struct arena *arena, size_t size)
{
    if (size > SIZE_MAX - ARENA_ALIGNMENT) {
        return NULL;
    }
    size_t rounded = (size + ARENA_ALIGNMENT - 1) & ~(size_t)(ARENA_ALIGNMENT - 1);
    if (rounded == 0) {
        rounded = ARENA_ALIGNMENT;
    }
    if (rounded > arena->left && !add_chunk(arena, rounded)) {
        return NULL;
    }
    void *memory = arena->at;
    arena->at += rounded;
    arena->left -= rounded;
    return memory;
}

void *arena_new_zeroed(struct arena *arena, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size) {
        return NULL;
    }
    void *memory = arena_new(arena, count * size);
    if (memory != NULL) {
        memset(memory, 0, count * size);
    }
    return memory;
}

bool arena_copy(struct arena *arena, struct str text, struct str *copy)
{
    if (text.at == NULL) {
        *copy = STR_NONE;
        return true;
    }
    char *memory = arena_new(arena, text.length + 1);
    if (memory == NULL) {
        return false;
    }
    memcpy(memory, text.at, text.length);
    memory[text.length] = '\0';
    *copy = (struct str){memory, text.length};
    return true;
}

bool arena_format(struct arena *arena, struct str *text, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *memory = length < 0 ? NULL : arena_new(arena, (size_t)length + 1);
    if (memory != NULL) {
        (void)vsnprintf(memory, (size_t)length + 1, format, again);
        *text = (struct str){memory, (size_t)length};
    }
    va_end(again);
    return memory != NULL;
}
