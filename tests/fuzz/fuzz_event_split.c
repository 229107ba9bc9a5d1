/* The splitter with a small limit, so that what is too long is found too: the pieces are the same whichever way the bytes
 * are cut into chunks, lie in order, hold the input's own bytes, and lose none. The first byte seeds the cutting. */
#include "base/limits.h"
#undef LIMIT_EVENT_BYTES
#define LIMIT_EVENT_BYTES ((size_t)2048)
#undef LIMIT_DEAD_LETTER_BYTES
#define LIMIT_DEAD_LETTER_BYTES ((size_t)5000)

#include "event/split.c"
#define emit emit_element
#define run run_elements
#include "event/split_elements.c"
#undef emit
#undef run
#include "event/split_lines.c"

#include <stdio.h>
#include <stdlib.h>

#define PIECES_MAX 16384

struct seen {
    struct event_piece pieces[PIECES_MAX];
    size_t count;
    struct str input;
};

static void must(bool condition, const char *what)
{
    if (!condition) {
        (void)fprintf(stderr, "broken: %s\n", what);
        abort();
    }
}

static enum status note(void *context, const struct event_piece *piece)
{
    struct seen *seen = context;
    must(seen->count < PIECES_MAX, "a bounded number of pieces");
    must(piece->ordinal == seen->count, "ordinals count up");
    must(piece->offset + piece->length <= seen->input.length, "a piece lies in the input");
    size_t kept = piece->length > LIMIT_DEAD_LETTER_BYTES ? LIMIT_DEAD_LETTER_BYTES : (size_t)piece->length;
    must(piece->text.length == kept, "a piece is whole, or its beginning");
    must((piece->kind == EVENT_PIECE_OVERSIZED) == (piece->length > LIMIT_EVENT_BYTES), "what is too long is called so");
    must(kept == 0 || memcmp(piece->text.at, seen->input.at + piece->offset, kept) == 0, "a piece holds the input's bytes");
    volatile char sum = 0;
    for (size_t i = 0; i < JSON_READ_PADDING; i++) {
        sum = (char)(sum + piece->text.at[piece->text.length + i]);
    }
    seen->pieces[seen->count++] = *piece;
    return STATUS_OK;
}

static void split(struct seen *seen, uint32_t seed, size_t chunk_max)
{
    seen->count = 0;
    struct event_splitter *splitter = event_splitter_new(note, seen);
    must(splitter != NULL, "memory");
    size_t at = 0;
    while (at < seen->input.length) {
        seed = seed * 1664525u + 1013904223u;
        size_t length = chunk_max == 0 ? seen->input.length : 1 + (seed >> 16) % chunk_max;
        length = length > seen->input.length - at ? seen->input.length - at : length;
        char *chunk = malloc(length); /* of its own, so that reading past it is found */
        must(chunk != NULL, "memory");
        memcpy(chunk, seen->input.at + at, length);
        must(event_splitter_feed(splitter, chunk, length) == STATUS_OK, "feeding");
        free(chunk);
        at += length;
    }
    must(event_splitter_end(splitter) == STATUS_OK, "ending");
    event_splitter_free(splitter);
}

static void check_cover(const struct seen *seen)
{
    size_t begin = seen->input.length >= 3 && memcmp(seen->input.at, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0, at = begin;
    struct str rest = str_trim(str_from_offset(seen->input, begin));
    bool is_list = rest.length > 0 && (rest.at[0] == '[' || probe(rest) > 0);
    for (size_t i = 0; i <= seen->count; i++) {
        size_t next = i < seen->count ? (size_t)seen->pieces[i].offset : seen->input.length;
        must(at <= next, "pieces lie in order");
        for (; !is_list && at < next; at++) {
            must(split_is_space(seen->input.at[at]), "only spaces lie between pieces");
        }
        at = next + (i < seen->count ? (size_t)seen->pieces[i].length : 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > 100000) {
        return 0;
    }
    static struct seen whole, cut;
    whole.input = cut.input = (struct str){(const char *)data + 1, size - 1};
    split(&whole, 0, 0);
    check_cover(&whole);
    static const size_t chunk_sizes[] = {1, 7, 300};
    for (size_t i = 0; i < sizeof chunk_sizes / sizeof chunk_sizes[0]; i++) {
        split(&cut, data[0], chunk_sizes[i]);
        must(cut.count == whole.count, "as many pieces whichever way the input is cut");
        for (size_t j = 0; j < cut.count; j++) {
            must(cut.pieces[j].offset == whole.pieces[j].offset && cut.pieces[j].length == whole.pieces[j].length &&
                     cut.pieces[j].kind == whole.pieces[j].kind,
                 "the same pieces whichever way the input is cut");
        }
    }
    return 0;
}
