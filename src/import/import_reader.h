/* import_reader.h: a file through a callback, with one buffer of bounded size.
 *
 * `reader->at .. at + available` is what has been read and not yet consumed; `import_reader_more` adds to it. There are
 * always JSON_READ_PADDING readable bytes behind it. A UTF-8 byte order mark at the very start is passed over.
 */
#ifndef TRIMODAL_IMPORT_IMPORT_READER_H
#define TRIMODAL_IMPORT_IMPORT_READER_H

#include "base/status.h"
#include "base/str.h"
#include "import/import.h"

struct import_reader {
    const struct import_source *source;
    char *bytes;
    size_t capacity; /* without the padding */
    char *at;
    size_t available;
    bool ended;
    uint64_t offset;      /* of `at` in the file */
    uint64_t line;        /* of the line that was last handed out, from 1 */
    size_t line_pending;  /* bytes to consume before the next line */
    bool line_discarding; /* the rest of a line that was too long is still to come */
};

enum status import_reader_init(struct import_reader *reader, const struct import_source *source, struct error *error)
    must_check;
void import_reader_release(struct import_reader *reader);

/* Reads on, so that more than before is available, unless the file has ended (`ended`). What is available may move. The
 * buffer grows up to IMPORT_ITEM_BYTES; STATUS_INVALID past that. */
enum status import_reader_more(struct import_reader *reader, struct error *error) must_check;
void import_reader_consume(struct import_reader *reader, size_t count);

enum import_line { IMPORT_LINE_WHOLE, IMPORT_LINE_TOO_LONG, IMPORT_LINE_END };

/* The next line that is not blank, without its end. Of one longer than IMPORT_ITEM_BYTES only the beginning is
 * handed out (IMPORT_LINE_TOO_LONG); the rest is read and forgotten. Valid until the next call. */
enum status import_reader_line(struct import_reader *reader, enum import_line *kind, struct str *line, struct error *error)
    must_check;

/* "file.ndjson:12" and "file.json, byte 12" for messages. */
const char *import_place_line(const struct import_reader *reader, char place[ERROR_PLACE_SIZE]);
const char *import_place_byte(const struct import_reader *reader, uint64_t offset, char place[ERROR_PLACE_SIZE]);

#endif
