#include "base/memory.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

static atomic_bool injection_armed;
static atomic_bool injection_struck;
static atomic_llong injection_countdown;

void memory_fail_after(int64_t countdown)
{
    atomic_store(&injection_struck, false);
    atomic_store(&injection_countdown, countdown);
    atomic_store(&injection_armed, countdown >= 0);
}

bool memory_injected(void)
{
    return atomic_load(&injection_struck);
}

static bool must_fail(void)
{
    if (!atomic_load_explicit(&injection_armed, memory_order_relaxed)) {
        return false;
    }
    if (atomic_fetch_sub(&injection_countdown, 1) != 0) {
        return false;
    }
    atomic_store(&injection_struck, true);
    atomic_store(&injection_armed, false);
    return true;
}

void *memory_new(size_t size)
{
    assert(size > 0);
    return must_fail() ? NULL : malloc(size);
}

void *memory_new_zeroed(size_t count, size_t size)
{
    assert(count > 0 && size > 0);
    return must_fail() ? NULL : calloc(count, size);
}

void *memory_resize(void *old, size_t size)
{
    assert(size > 0);
    return must_fail() ? NULL : realloc(old, size);
}

void memory_free(void *memory)
{
    free(memory);
}

void *memory_grow(void *array, size_t *capacity, size_t needed, size_t size)
{
    assert(size > 0);
    if (needed <= *capacity && array != NULL) {
        return array;
    }
    size_t wanted = *capacity < 8 ? 8 : *capacity * 2;
    if (wanted < needed) {
        wanted = needed;
    }
    if (wanted > SIZE_MAX / size) {
        return NULL;
    }
    void *grown = memory_resize(array, wanted * size);
    if (grown != NULL) {
        *capacity = wanted;
    }
    return grown;
}
