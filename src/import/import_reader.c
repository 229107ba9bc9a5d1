#include "import/import_reader.h"

#include <assert.h>
#include <stdio.h>

#include "base/json_read.h"
#include "base/memory.h"
#include "base/limits.h"

static enum status read_some(struct import_reader *reader, struct error *error)
{
    size_t used = (size_t)(reader->at - reader->bytes) + reader->available;
    size_t length = 0;
    const struct import_source *source = reader->source;
    enum status status = source->read(source->context, reader->bytes + used, reader->capacity - used, &length, error);
    if (status != STATUS_OK) {
        return status;
    }
    assert(length <= reader->capacity - used);
    reader->available += length;
    reader->ended = length == 0;
    return STATUS_OK;
}

enum status import_reader_init(struct import_reader *reader, const struct import_source *source, struct error *error)
{
    *reader = (struct import_reader){.source = source, .capacity = IMPORT_READ_BYTES};
    reader->bytes = memory_new_zeroed(1, IMPORT_READ_BYTES + JSON_READ_PADDING);
    if (reader->bytes == NULL) {
        return error_no_memory(error, "import");
    }
    reader->at = reader->bytes;
    while (reader->available < 3 && !reader->ended) {
        enum status status = read_some(reader, error);
        if (status != STATUS_OK) {
            return status;
        }
    }
    if (reader->available >= 3 && memcmp(reader->at, "\xEF\xBB\xBF", 3) == 0) {
        import_reader_consume(reader, 3);
    }
    return STATUS_OK;
}

void import_reader_release(struct import_reader *reader)
{
    memory_free(reader->bytes);
    *reader = (struct import_reader){0};
}

static enum status grow(struct import_reader *reader, struct error *error)
{
    if (reader->capacity >= IMPORT_ITEM_BYTES) {
        char place[ERROR_PLACE_SIZE];
        return error_set(error, STATUS_INVALID, import_place_byte(reader, reader->offset, place),
                         "one item is longer than the %zu MiB allowed", (size_t)IMPORT_ITEM_BYTES / MIB);
    }
    size_t at = (size_t)(reader->at - reader->bytes);
    char *grown = memory_resize(reader->bytes, reader->capacity * 2 + JSON_READ_PADDING);
    if (grown == NULL) {
        return error_no_memory(error, "import");
    }
    reader->bytes = grown;
    reader->capacity *= 2;
    /* The part that is only padding so far is handed to code that looks at it without using it. */
    memset(grown + at + reader->available, 0, reader->capacity + JSON_READ_PADDING - at - reader->available);
    reader->at = grown + at;
    return STATUS_OK;
}

enum status import_reader_more(struct import_reader *reader, struct error *error)
{
    if (reader->ended) {
        return STATUS_OK;
    }
    size_t behind = (size_t)(reader->at - reader->bytes);
    if (behind + reader->available == reader->capacity) {
        if (behind > reader->capacity / 2 || (behind > 0 && reader->capacity >= IMPORT_ITEM_BYTES)) {
            memmove(reader->bytes, reader->at, reader->available);
            reader->at = reader->bytes;
        } else {
            enum status status = grow(reader, error);
            if (status != STATUS_OK) {
                return status;
            }
        }
    }
    return read_some(reader, error);
}

void import_reader_consume(struct import_reader *reader, size_t count)
{
    assert(count <= reader->available);
    reader->at += count;
    reader->available -= count;
    reader->offset += count;
    if (reader->available == 0) {
        reader->at = reader->bytes;
    }
}

/* Where the line ends, counted from `at`. */
static enum status find_end(struct import_reader *reader, size_t *end, bool *too_long, struct error *error)
{
    size_t searched = 0;
    for (;;) {
        const char *found = reader->available == searched
                                ? NULL
                                : memchr(reader->at + searched, '\n', reader->available - searched);
        if (found != NULL) {
            *end = (size_t)(found - reader->at);
            return STATUS_OK;
        }
        searched = reader->available;
        if (reader->ended) {
            *end = searched;
            return STATUS_OK;
        }
        *too_long = searched >= IMPORT_ITEM_BYTES;
        if (*too_long) {
            *end = searched;
            return STATUS_OK;
        }
        enum status status = import_reader_more(reader, error);
        if (status != STATUS_OK) {
            return status;
        }
    }
}

static enum status discard_rest(struct import_reader *reader, struct error *error)
{
    while (reader->line_discarding) {
        const char *found = reader->available == 0 ? NULL : memchr(reader->at, '\n', reader->available);
        if (found != NULL) {
            import_reader_consume(reader, (size_t)(found - reader->at) + 1);
            break;
        }
        import_reader_consume(reader, reader->available);
        if (reader->ended) {
            break;
        }
        enum status status = import_reader_more(reader, error);
        if (status != STATUS_OK) {
            return status;
        }
    }
    reader->line_discarding = false;
    return STATUS_OK;
}

enum status import_reader_line(struct import_reader *reader, enum import_line *kind, struct str *line, struct error *error)
{
    for (;;) {
        import_reader_consume(reader, reader->line_pending);
        reader->line_pending = 0;
        enum status status = discard_rest(reader, error);
        size_t end = 0;
        bool too_long = false;
        if (status == STATUS_OK) {
            status = find_end(reader, &end, &too_long, error);
        }
        if (status != STATUS_OK) {
            return status;
        }
        if (end == 0 && reader->available == 0) {
            *kind = IMPORT_LINE_END;
            return STATUS_OK;
        }
        reader->line++;
        reader->line_discarding = too_long;
        reader->line_pending = end < reader->available ? end + 1 : end;
        *line = str_trim((struct str){reader->at, end});
        *kind = too_long ? IMPORT_LINE_TOO_LONG : IMPORT_LINE_WHOLE;
        if (line->length > 0) {
            return STATUS_OK;
        }
    }
}

const char *import_place_line(const struct import_reader *reader, char place[ERROR_PLACE_SIZE])
{
    (void)snprintf(place, ERROR_PLACE_SIZE, "%.*s:%llu", STR_ARGS(reader->source->name),
                   (unsigned long long)(reader->line == 0 ? 1 : reader->line));
    return place;
}

const char *import_place_byte(const struct import_reader *reader, uint64_t offset, char place[ERROR_PLACE_SIZE])
{
    (void)snprintf(place, ERROR_PLACE_SIZE, "%.*s, byte %llu", STR_ARGS(reader->source->name), (unsigned long long)offset);
    return place;
}
