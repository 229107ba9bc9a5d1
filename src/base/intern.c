#include "base/intern.h"

#include <assert.h>

#include "base/memory.h"

/* Texts lie end to end in chunks, each behind a 4-byte length and followed by a NUL; a text longer than a chunk gets a
 * chunk of its own. `texts` maps number to position; `slots` is an open-addressing table of numbers (linear probing)
 * with 32 bits of the hash beside each, so that a probe rarely touches the text. */

#define CHUNK_SIZE ((size_t)1 << 20)

struct slot {
    uint32_t number; /* 0: free */
    uint32_t hash;
};

struct intern {
    char **chunks;
    size_t chunk_count, chunk_capacity;
    size_t chunk_left;
    char *chunk_at;
    const char **texts; /* [number]; the length stands in the 4 bytes before */
    size_t text_capacity;
    uint32_t count;
    struct slot *slots;
    size_t slot_count; /* a power of two */
    size_t bytes;
};

struct intern *intern_new(void)
{
    struct intern *intern = memory_new_zeroed(1, sizeof *intern);
    if (intern == NULL) {
        return NULL;
    }
    intern->slot_count = 1024;
    intern->slots = memory_new_zeroed(intern->slot_count, sizeof *intern->slots);
    if (intern->slots == NULL) {
        memory_free(intern);
        return NULL;
    }
    intern->bytes = sizeof *intern + intern->slot_count * sizeof *intern->slots;
    return intern;
}

void intern_free(struct intern *intern)
{
    if (intern == NULL) {
        return;
    }
    for (size_t i = 0; i < intern->chunk_count; i++) {
        memory_free(intern->chunks[i]);
    }
    memory_free(intern->chunks);
    memory_free(intern->texts);
    memory_free(intern->slots);
    memory_free(intern);
}

struct str intern_text(const struct intern *intern, uint32_t number)
{
    if (number == 0) {
        return STR_NONE;
    }
    assert(number <= intern->count);
    const char *at = intern->texts[number - 1];
    uint32_t length;
    memcpy(&length, at - sizeof length, sizeof length);
    return (struct str){at, length};
}

static size_t probe(const struct intern *intern, struct str text, uint32_t hash)
{
    size_t mask = intern->slot_count - 1;
    size_t i = hash & mask;
    while (intern->slots[i].number != 0) {
        if (intern->slots[i].hash == hash && str_equal(intern_text(intern, intern->slots[i].number), text)) {
            break;
        }
        i = (i + 1) & mask;
    }
    return i;
}

uint32_t intern_find(const struct intern *intern, struct str text)
{
    return intern->slots[probe(intern, text, (uint32_t)str_hash(text))].number;
}

static bool grow_slots(struct intern *intern)
{
    size_t count = intern->slot_count * 2;
    struct slot *slots = memory_new_zeroed(count, sizeof *slots);
    if (slots == NULL) {
        return false;
    }
    for (size_t i = 0; i < intern->slot_count; i++) {
        struct slot slot = intern->slots[i];
        if (slot.number == 0) {
            continue;
        }
        size_t to = slot.hash & (count - 1);
        while (slots[to].number != 0) {
            to = (to + 1) & (count - 1);
        }
        slots[to] = slot;
    }
    memory_free(intern->slots);
    intern->bytes += (count - intern->slot_count) * sizeof *slots;
    intern->slots = slots;
    intern->slot_count = count;
    return true;
}

static char *room_for(struct intern *intern, size_t size)
{
    if (size <= intern->chunk_left) {
        char *at = intern->chunk_at;
        intern->chunk_at += size;
        intern->chunk_left -= size;
        return at;
    }
    char **chunks = memory_grow(intern->chunks, &intern->chunk_capacity, intern->chunk_count + 1, sizeof *chunks);
    if (chunks == NULL) {
        return NULL;
    }
    intern->chunks = chunks;
    /* The first chunk is small: a process with little to remember stays little. */
    size_t chunk_size = intern->chunk_count == 0 ? CHUNK_SIZE / 32 : CHUNK_SIZE;
    bool own = size > chunk_size / 4;
    size_t wanted = own ? size : chunk_size;
    char *chunk = memory_new(wanted);
    if (chunk == NULL) {
        return NULL;
    }
    chunks[intern->chunk_count++] = chunk;
    intern->bytes += wanted;
    if (!own) {
        intern->chunk_at = chunk + size;
        intern->chunk_left = wanted - size;
    }
    return chunk;
}

uint32_t intern_add(struct intern *intern, struct str text)
{
    uint32_t hash = (uint32_t)str_hash(text);
    size_t at = probe(intern, text, hash);
    if (intern->slots[at].number != 0) {
        return intern->slots[at].number;
    }
    if (text.length > UINT32_MAX - 8 || intern->count == UINT32_MAX - 1) {
        return 0;
    }
    if (((size_t)intern->count + 1) * 5 > intern->slot_count * 4) {
        if (!grow_slots(intern)) {
            return 0;
        }
        at = probe(intern, text, hash);
    }
    const char **texts = memory_grow(intern->texts, &intern->text_capacity, (size_t)intern->count + 1, sizeof *texts);
    if (texts == NULL) {
        return 0;
    }
    intern->texts = texts;
    uint32_t length = (uint32_t)text.length;
    char *room = room_for(intern, sizeof length + text.length + 1);
    if (room == NULL) {
        return 0;
    }
    memcpy(room, &length, sizeof length);
    if (text.length > 0) {
        memcpy(room + sizeof length, text.at, text.length);
    }
    room[sizeof length + text.length] = '\0';
    texts[intern->count] = room + sizeof length;
    intern->count++;
    intern->slots[at] = (struct slot){.number = intern->count, .hash = hash};
    return intern->count;
}

void intern_wipe(struct intern *intern, uint32_t number)
{
    struct str text = intern_text(intern, number);
    if (text.length > 0) {
        memset((char *)text.at, '*', text.length);
    }
}

uint32_t intern_count(const struct intern *intern)
{
    return intern->count;
}

size_t intern_bytes(const struct intern *intern)
{
    return intern->bytes + intern->text_capacity * sizeof *intern->texts + intern->chunk_capacity * sizeof *intern->chunks;
}
