/* split_job.h: what the files of the splitter share; private to src/event. */
#ifndef TRIMODAL_EVENT_SPLIT_JOB_H
#define TRIMODAL_EVENT_SPLIT_JOB_H

#include "base/buffer.h"
#include "base/json_read.h"
#include "base/limits.h"
#include "event/split.h"

/* The outline of one JSON value, byte by byte: brackets, strings, commas and colons must be where they may be; numbers and
 * words are taken as they come. That is enough to find a value's end, and most of what is malformed close to its cause. */
enum split_expect { SPLIT_VALUE, SPLIT_VALUE_OR_END, SPLIT_KEY, SPLIT_KEY_OR_END, SPLIT_COLON, SPLIT_COMMA_OR_END };

#define SPLIT_KEPT_MAX LIMIT_DEAD_LETTER_BYTES /* of one piece */
#define SPLIT_TEXT_MAX (SPLIT_KEPT_MAX + 3 * LIMIT_EVENT_BYTES)

#define SPLIT_DEPTH_MAX 63
static_assert(LIMIT_JSON_DEPTH <= SPLIT_DEPTH_MAX, "whatever can be decoded can be split");

struct split_scan {
    uint64_t objects; /* bit i: the container at depth i is an object */
    int depth;
    enum split_expect expect;
    bool in_string, escaped, in_word;
    bool key; /* the string is a name */
};

enum split_step {
    SPLIT_MORE,  /* the byte belongs to the value, which goes on */
    SPLIT_DONE,  /* the byte is the value's last */
    SPLIT_AFTER, /* the value ended before this byte (a number or word at depth 0) */
    SPLIT_ERROR, /* the byte cannot stand here */
};

void split_scan_begin(struct split_scan *scan);
enum split_step split_scan_step(struct split_scan *scan, char c);

static inline bool split_is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

enum split_layout { SPLIT_START, SPLIT_PROBE, SPLIT_LINES, SPLIT_ELEMENTS, SPLIT_TRAILER };

/* split_lines.c */
struct split_lines {
    struct split_scan scan;
    size_t base;             /* start of the piece, in `text` */
    size_t cursor;           /* start of the line that comes next, in `text` */
    size_t restart;          /* start of the first line within the piece that begins with '{'; 0: none */
    bool in_piece;           /* a value began on an earlier line; it is text[base, cursor) */
    bool is_bad;             /* it is malformed: it goes on up to a line that begins with '{' */
    uint64_t dropped;        /* bytes of it that were not kept, before `cursor` */
    bool feed_added;         /* the last line had no line feed and got one that is not in the input */
    bool skipping;           /* within a line that is too long */
    uint64_t skipped_length; /* of that line, so far */
};

/* split_elements.c */
enum split_element_state { SPLIT_BEFORE, SPLIT_INSIDE, SPLIT_RESYNC, SPLIT_BEHIND };
struct split_elements {
    enum split_element_state state;
    struct split_scan scan;
    bool is_wrapped;         /* in {"events": …} */
    uint64_t start;          /* of the element, an offset in the input */
    uint64_t string_start;   /* of its last string */
    int resync;              /* see the essay */
    uint64_t end, candidate; /* where the element may have ended */
};

struct event_splitter {
    event_piece_function *function;
    void *context;
    uint64_t count;
    uint64_t at; /* offset in the input of the next byte */
    enum split_layout layout;
    bool probed;          /* only the first value can be {"events": …} */
    struct buffer text;   /* lines: the piece in progress and the line in progress; elements: the element; else the probe */
    uint64_t text_offset; /* of its first byte */
    struct buffer replay; /* elements: what is read once more */
    struct split_lines lines;
    struct split_elements elements;
};

/* Hands out a piece. `readable`: bytes behind text that may be read. */
enum status split_emit(struct event_splitter *splitter, enum event_piece_kind kind, struct str text, size_t readable,
                       uint64_t offset, uint64_t length) must_check;
/* Empties the text, and gives back the memory that only a piece over the limit needs. */
void split_forget_text(struct event_splitter *splitter);

/* Each takes bytes from the chunk at *position on and moves it; they stop at the end or when the layout changes.
 * splitter->at is the offset of chunk[*position]. */
enum status split_lines_feed(struct event_splitter *splitter, struct str chunk, size_t *position) must_check;
enum status split_lines_end(struct event_splitter *splitter) must_check;
enum status split_elements_feed(struct event_splitter *splitter, struct str chunk, size_t *position) must_check;
enum status split_elements_end(struct event_splitter *splitter) must_check;

#endif
