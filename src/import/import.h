/* import.h: other tools' files turned into events.
 *
 * One const table names the formats, one file each reads one of them. A file is read once, front to back, through a
 * callback, with memory that does not grow with its size (only with the number of scenarios or tasks in it); each event
 * leaves as one JSON text in our own form (event/decode.h reads it like any other). docs/import.md says what becomes what.
 *
 * Imported twice changes nothing: an event and its idempotency key are a function of what the file says, the
 * iteration, and, only where the file says no time at all, of `modified_at`. So the same file answers `duplicate`
 * for each event. A file without times that says the same at another time is another statement (an architecture that
 * was clean, broken and clean again must end clean), hence its time is part of the key. A caller whose bytes have no
 * modification time (a pipe, an HTTP body) and that wants repeats recognised keeps (SHA-256 of the bytes, time) of the
 * last report of each iteration and format, and gives that time again while the bytes stay the same; otherwise now_ms
 * stands in.
 *
 * A file that ends too early gives the events of what is whole, then an error; runs and analyses in it stay open.
 * Errors name file and line (or byte) and what was expected; where the file looks like another format, they say which.
 */
#ifndef TRIMODAL_IMPORT_IMPORT_H
#define TRIMODAL_IMPORT_IMPORT_H

#include <stdint.h>

#include "base/status.h"
#include "base/str.h"

struct import_format;

/* NULL when there is no such format. Names: events, cucumber-messages, junit, dependency-cruiser, turborepo. */
const struct import_format *import_format_find(struct str name);
/* All of them, for help and completion: index from 0; NULL past the last. */
const struct import_format *import_format_at(size_t index);
const char *import_format_name(const struct import_format *format);
const char *import_format_description(const struct import_format *format); /* one line */
const char *import_format_hint(const struct import_format *format);        /* how the tool is made to write such a file */

/* The format that the first bytes of a file (some KiB are enough) belong to, or NULL when that cannot be told. */
const struct import_format *import_format_guess(struct str beginning);

struct import_source {
    void *context;
    /* Up to `size` bytes into `buffer`; *length 0 is the end. Its errors end the import and are passed on. */
    enum status (*read)(void *context, void *buffer, size_t size, size_t *length, struct error *error);
    struct str name;     /* of the file, for messages; not empty */
    int64_t modified_at; /* ms since the epoch when the file was last written, or -1 */
};

struct import_options {
    struct str iteration_id; /* required but for `events`, whose own iteration_id wins */
    struct str commit;       /* or absent; wins over what the file says */
    struct str manifest;     /* the manifest an architecture report is about; absent: the tool's name */
    int64_t now_ms;          /* stands in where neither the file nor its modification date says a time */
};

struct import_sink {
    void *context;
    /* Called for each event in the order of the file. `event_json` is one JSON text with JSON_READ_PADDING readable
     * bytes behind it, valid during the call. An error ends the import and is passed on. */
    enum status (*emit)(void *context, struct str event_json, struct error *error);
    /* The same for what cannot stand among other events: a malformed text of several lines, or an event that is longer than
     * LIMIT_EVENT_BYTES. `length` is what it has in the file; `text` holds all of it up to LIMIT_DEAD_LETTER_BYTES. NULL: `emit`
     * gets these too. */
    enum status (*emit_alone)(void *context, struct str text, uint64_t length, struct error *error);
};

#define IMPORT_NOTES_MAX 12
#define IMPORT_NOTE_SIZE 200

struct import_summary {
    uint64_t events;        /* emitted */
    uint64_t items_read;    /* messages, test cases, modules and violations, tasks: whatever the format consists of */
    uint64_t items_skipped; /* of these, deliberately left out; the notes say why */
    uint64_t bytes_read;
    uint32_t note_count;
    char notes[IMPORT_NOTES_MAX][IMPORT_NOTE_SIZE]; /* sentences such as "12 core modules left out" */
};

/* The summary is right after an error too: it tells what was emitted before it. */
enum status import_run(const struct import_format *format, const struct import_source *source,
                       const struct import_options *options, const struct import_sink *sink,
                       struct import_summary *summary, struct error *error) must_check;

#endif
