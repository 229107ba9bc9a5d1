#include "import/name_counter.h"

#include "base/memory.h"
#include "base/limits.h"

void name_counter_release(struct name_counter *counter)
{
    memory_free(counter->slots);
    *counter = (struct name_counter){0};
}

void name_counter_clear(struct name_counter *counter)
{
    if (counter->size > 0) {
        memset(counter->slots, 0, counter->size * sizeof *counter->slots);
    }
    counter->used = 0;
}

static uint64_t not_zero(uint64_t hash)
{
    return hash == 0 ? 1 : hash;
}

/* The slot of the hash, or the free one where it belongs. */
static struct name_slot *place(struct name_slot *slots, size_t size, uint64_t hash)
{
    size_t at = (size_t)hash & (size - 1);
    while (slots[at].hash != 0 && slots[at].hash != hash) {
        at = (at + 1) & (size - 1);
    }
    return &slots[at];
}

static bool grow(struct name_counter *counter)
{
    size_t size = counter->size == 0 ? 1024 : counter->size * 2;
    struct name_slot *slots = memory_new_zeroed(size, sizeof *slots);
    if (slots == NULL) {
        return false;
    }
    for (size_t i = 0; i < counter->size; i++) {
        if (counter->slots[i].hash != 0) {
            *place(slots, size, counter->slots[i].hash) = counter->slots[i];
        }
    }
    memory_free(counter->slots);
    counter->slots = slots;
    counter->size = size;
    return true;
}

enum status name_counter_add(struct name_counter *counter, uint64_t hash, struct name_slot **slot, struct error *error)
{
    if (counter->used >= IMPORT_NAMES_MAX) {
        return error_set(error, STATUS_INVALID, "import",
                         "there are more than %zu distinct names in one file; import it in several files",
                         (size_t)IMPORT_NAMES_MAX);
    }
    if (counter->used * 4 >= counter->size * 3 && !grow(counter)) {
        return error_no_memory(error, "import");
    }
    hash = not_zero(hash);
    *slot = place(counter->slots, counter->size, hash);
    if ((*slot)->hash == 0) {
        (*slot)->hash = hash;
        counter->used++;
    }
    (*slot)->count++;
    return STATUS_OK;
}

struct name_slot *name_counter_find(const struct name_counter *counter, uint64_t hash)
{
    if (counter->size == 0) {
        return NULL;
    }
    struct name_slot *slot = place(counter->slots, counter->size, not_zero(hash));
    return slot->hash == 0 ? NULL : slot;
}
