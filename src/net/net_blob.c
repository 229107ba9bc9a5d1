#include <assert.h>

#include "base/memory.h"
#include "net/net_internal.h"

#define FRAME_HEADER_BYTES_MAX 10

static struct net_blob *blob_new(size_t capacity)
{
    if (capacity > SIZE_MAX - sizeof(struct net_blob) - FRAME_HEADER_BYTES_MAX) {
        return NULL;
    }
    struct net_blob *blob = memory_new(sizeof *blob + capacity + 1);
    if (blob != NULL) {
        atomic_init(&blob->references, 1);
        blob->message = false;
        blob->length = 0;
        blob->capacity = capacity;
    }
    return blob;
}

struct net_blob *net_blob_new(struct str bytes)
{
    struct net_blob *blob = blob_new(bytes.length);
    if (blob != NULL && bytes.length > 0) {
        memcpy(blob->bytes, bytes.at, bytes.length);
        blob->length = bytes.length;
    }
    return blob;
}

/* RFC 6455, 5.2: FIN and opcode; then the length in 7, 16 or 64 bits, big end first; servers do not mask. */
static size_t write_frame_header(char *at, enum net_message_kind kind, size_t length)
{
    at[0] = (char)(0x80 | kind);
    if (length < 126) {
        at[1] = (char)length;
        return 2;
    }
    size_t digits = length <= UINT16_MAX ? 2 : 8;
    at[1] = digits == 2 ? 126 : 127;
    for (size_t i = 0; i < digits; i++) {
        at[2 + i] = (char)(length >> (8 * (digits - 1 - i)));
    }
    return 2 + digits;
}

struct net_blob *net_message_new(enum net_message_kind kind, struct str payload)
{
    assert(kind == NET_TEXT || kind == NET_BINARY);
    if (payload.length > SIZE_MAX / 2) {
        return NULL;
    }
    struct net_blob *blob = blob_new(FRAME_HEADER_BYTES_MAX + payload.length);
    if (blob == NULL) {
        return NULL;
    }
    blob->message = true;
    blob->length = write_frame_header(blob->bytes, kind, payload.length);
    if (payload.length > 0) {
        memcpy(blob->bytes + blob->length, payload.at, payload.length);
        blob->length += payload.length;
    }
    return blob;
}

struct net_blob *net_blob_reference(struct net_blob *blob)
{
    atomic_fetch_add_explicit(&blob->references, 1, memory_order_relaxed);
    return blob;
}

void net_blob_release(struct net_blob *blob)
{
    if (blob != NULL && atomic_fetch_sub_explicit(&blob->references, 1, memory_order_acq_rel) == 1) {
        memory_free(blob);
    }
}

struct str net_blob_bytes(const struct net_blob *blob)
{
    return (struct str){blob->bytes, blob->length};
}
