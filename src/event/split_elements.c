/* The elements of a list of events.
 *
 * An element is scanned by its outline (split_job.h) and handed out when it ends. Where the outline breaks, the element
 * is malformed, and the next one must be found again (state RESYNC): reading goes back to the start of the last string
 * before the break (a quote too few makes a string swallow the border between two elements, and the break is noticed
 * only behind it) and on to the first
 *
 *     } , {      with any spaces between: the element ended with the brace, the next one begins
 *     } ] [      or } ] {: the list ended too, and something new begins
 *     } ]        and the end of the input: the list ended
 *
 * A '{' where none may stand is itself taken for the start of the next element. What is malformed in a list without any of
 * these borders is one piece, to the end of the input. RESYNC's numbers: 0 nothing seen, 1 '}', 2 '} ,', 3 '} ]' (the
 * list may have ended: `candidate` is the end of the element), 4 '} ] }' (as 3 in {"events": […]}, else as 1).
 *
 * All positions are offsets in the input; `text` holds what earlier chunks brought of the element, up to SPLIT_KEPT_MAX. In
 * an element that is longer than LIMIT_EVENT_BYTES reading never goes back.
 */
#include "event/bytes.h"
#include "event/split_job.h"

/* Keeps the element's bytes of this chunk, up to its `end`, as far as the limit allows. */
static enum status keep(struct event_splitter *splitter, struct str chunk, uint64_t chunk_offset, uint64_t end)
{
    struct split_elements *elements = &splitter->elements;
    uint64_t from = elements->start + splitter->text.length;
    if (splitter->text.length >= SPLIT_KEPT_MAX || from >= end) {
        return STATUS_OK;
    }
    uint64_t wanted = end - from;
    size_t room = SPLIT_KEPT_MAX - splitter->text.length, length = wanted < room ? (size_t)wanted : room;
    buffer_append(&splitter->text, chunk.at + (from - chunk_offset), length);
    return buffer_failed(&splitter->text) ? STATUS_FATAL : STATUS_OK;
}

/* Hands out the element [start, end). */
static enum status emit(struct event_splitter *splitter, struct str chunk, uint64_t chunk_offset, uint64_t end,
                        enum event_piece_kind kind)
{
    struct split_elements *elements = &splitter->elements;
    uint64_t length = end - elements->start;
    enum status status;
    if (length > LIMIT_EVENT_BYTES) {
        kind = EVENT_PIECE_OVERSIZED;
    }
    if (splitter->text.length == 0 && elements->start >= chunk_offset) {
        size_t at = (size_t)(elements->start - chunk_offset), kept = length < SPLIT_KEPT_MAX ? (size_t)length : SPLIT_KEPT_MAX;
        struct str text = {chunk.at + at, kept};
        return split_emit(splitter, kind, text, chunk.length - at - kept, elements->start, length);
    }
    status = keep(splitter, chunk, chunk_offset, end);
    if (status != STATUS_OK) {
        return status;
    }
    if (buffer_reserve(&splitter->text, JSON_READ_PADDING) == NULL) {
        return STATUS_FATAL;
    }
    struct str text = buffer_str(&splitter->text);
    text.length = text.length > length ? (size_t)length : text.length;
    status = split_emit(splitter, kind, text, splitter->text.capacity - text.length, elements->start, length);
    split_forget_text(splitter);
    return status;
}

static void begin_element(struct event_splitter *splitter)
{
    struct split_elements *elements = &splitter->elements;
    elements->state = SPLIT_INSIDE;
    elements->start = elements->string_start = splitter->at;
    split_scan_begin(&elements->scan);
}

static void list_ended(struct event_splitter *splitter)
{
    struct split_elements *elements = &splitter->elements;
    splitter->layout = elements->is_wrapped ? SPLIT_TRAILER : SPLIT_START;
    split_scan_begin(&elements->scan);
    elements->scan = (struct split_scan){.objects = 2, .depth = 1, .expect = SPLIT_COMMA_OR_END};
}

/* Between elements. Takes one byte, or begins an element with it. */
static void between(struct event_splitter *splitter, char c)
{
    struct split_elements *elements = &splitter->elements;
    if (c == ']') {
        splitter->at++;
        list_ended(splitter);
    } else if (c == ',' || split_is_space(c)) {
        splitter->at++;
        elements->state = c == ',' ? SPLIT_BEFORE : elements->state;
    } else {
        begin_element(splitter);
    }
}

/* Inside an element. False: it broke at splitter->at. */
static enum split_step inside(struct event_splitter *splitter, struct str chunk, uint64_t chunk_offset)
{
    struct split_elements *elements = &splitter->elements;
    struct split_scan *scan = &elements->scan;
    size_t i = (size_t)(splitter->at - chunk_offset);
    enum split_step step = SPLIT_MORE;
    while (step == SPLIT_MORE && i < chunk.length) {
        if (scan->in_string && !scan->escaped) { /* most bytes are plain ones in strings */
            while (i + 8 <= chunk.length && bytes_special(bytes_word(chunk.at + i)) == 0) {
                i += 8;
            }
            if (i == chunk.length) {
                break;
            }
        }
        bool was_in_string = scan->in_string;
        step = split_scan_step(scan, chunk.at[i]);
        if (scan->in_string && !was_in_string) {
            elements->string_start = chunk_offset + i;
        }
        i += step == SPLIT_MORE || step == SPLIT_DONE;
    }
    splitter->at = chunk_offset + i;
    return step;
}

/* The element broke: where to read on in RESYNC, or at the start of the next one. */
static enum status broke(struct event_splitter *splitter, struct str chunk, uint64_t chunk_offset)
{
    struct split_elements *elements = &splitter->elements;
    size_t i = (size_t)(splitter->at - chunk_offset);
    if (chunk.at[i] == '{' && !elements->scan.in_string && elements->scan.depth < SPLIT_DEPTH_MAX &&
        splitter->at > elements->start) {
        enum status status = emit(splitter, chunk, chunk_offset, splitter->at, EVENT_PIECE_WHOLE);
        elements->state = SPLIT_BEHIND;
        return status;
    }
    elements->state = SPLIT_RESYNC;
    elements->resync = 0;
    if (splitter->at - elements->start <= LIMIT_EVENT_BYTES) {
        splitter->at = elements->string_start;
    }
    return STATUS_OK;
}

/* One byte of RESYNC. Gives true when the element ended (at elements->end) and the byte begins something else. */
static bool resync(struct split_elements *elements, char c, uint64_t at)
{
    int seen = elements->resync;
    if (split_is_space(c)) {
        return false;
    }
    if (c == '}') {
        elements->resync = seen == 3 || seen == 4 ? 4 : 1;
        elements->end = at + 1;
        return false;
    }
    if (c == ',' && (seen == 1 || seen == 4)) {
        elements->resync = 2;
        return false;
    }
    if (c == ']' && (seen == 1 || seen == 4)) {
        elements->resync = 3;
        elements->candidate = elements->end;
        return false;
    }
    bool list_may_have_ended = seen == 3 || (seen == 4 && elements->is_wrapped);
    if ((c == '{' && seen == 2) || ((c == '{' || c == '[') && list_may_have_ended)) {
        return true;
    }
    elements->resync = 0;
    return false;
}

static enum status in_resync(struct event_splitter *splitter, struct str chunk, uint64_t chunk_offset)
{
    struct split_elements *elements = &splitter->elements;
    while (splitter->at - chunk_offset < chunk.length) {
        char c = chunk.at[splitter->at - chunk_offset];
        if (!resync(elements, c, splitter->at)) {
            splitter->at++;
            continue;
        }
        bool list_too = elements->resync != 2;
        enum status status =
            emit(splitter, chunk, chunk_offset, list_too ? elements->candidate : elements->end, EVENT_PIECE_WHOLE);
        elements->state = SPLIT_BEHIND;
        if (list_too) {
            splitter->layout = SPLIT_START;
        }
        return status;
    }
    return STATUS_OK;
}

/* Reads the chunk from splitter->at on. Stops early where the layout changes, or where reading must go back before the
 * chunk (splitter->at < chunk_offset then). */
static enum status run(struct event_splitter *splitter, struct str chunk, uint64_t chunk_offset)
{
    struct split_elements *elements = &splitter->elements;
    enum status status = STATUS_OK;
    while (status == STATUS_OK && splitter->layout == SPLIT_ELEMENTS && splitter->at >= chunk_offset &&
           splitter->at - chunk_offset < chunk.length) {
        switch (elements->state) {
        case SPLIT_BEFORE:
        case SPLIT_BEHIND:
            between(splitter, chunk.at[splitter->at - chunk_offset]);
            break;
        case SPLIT_INSIDE: {
            enum split_step step = inside(splitter, chunk, chunk_offset);
            if (step == SPLIT_ERROR) {
                status = broke(splitter, chunk, chunk_offset);
            } else if (step != SPLIT_MORE) {
                status = emit(splitter, chunk, chunk_offset, splitter->at, EVENT_PIECE_WHOLE);
                elements->state = SPLIT_BEHIND;
            }
            break;
        }
        case SPLIT_RESYNC:
            status = in_resync(splitter, chunk, chunk_offset);
            break;
        }
    }
    bool in_element = elements->state == SPLIT_INSIDE || elements->state == SPLIT_RESYNC;
    if (status == STATUS_OK && splitter->layout == SPLIT_ELEMENTS && in_element && splitter->at >= chunk_offset) {
        status = keep(splitter, chunk, chunk_offset, splitter->at);
    }
    return status;
}

/* Reading went back into what earlier chunks brought: that part is read once more from a copy, then the chunk. Within
 * the copy nothing earlier is kept, so that going back ends within it. */
static enum status reread(struct event_splitter *splitter, uint64_t chunk_offset)
{
    struct buffer earlier = splitter->text;
    uint64_t earlier_offset = splitter->elements.start;
    splitter->text = splitter->replay;
    buffer_clear(&splitter->text);
    buffer_init(&splitter->replay, earlier.length_max);
    enum status status = run(splitter, (struct str){earlier.bytes, (size_t)(chunk_offset - earlier_offset)}, earlier_offset);
    if (status == STATUS_OK && splitter->at < chunk_offset) { /* the list ended in there */
        status = event_splitter_feed(splitter, earlier.bytes + (splitter->at - earlier_offset),
                                     (size_t)(chunk_offset - splitter->at));
    }
    buffer_release(&splitter->replay);
    splitter->replay = earlier;
    return status;
}

enum status split_elements_feed(struct event_splitter *splitter, struct str chunk, size_t *position)
{
    uint64_t chunk_offset = splitter->at - *position;
    enum status status = run(splitter, chunk, chunk_offset);
    while (status == STATUS_OK && splitter->layout == SPLIT_ELEMENTS && splitter->at < chunk_offset + chunk.length) {
        if (splitter->at < chunk_offset) {
            status = reread(splitter, chunk_offset);
        } else {
            status = run(splitter, chunk, chunk_offset);
        }
    }
    *position = (size_t)(splitter->at - chunk_offset);
    return status;
}

enum status split_elements_end(struct event_splitter *splitter)
{
    struct split_elements *elements = &splitter->elements;
    struct str none = STR("");
    uint64_t end = splitter->at;
    while (elements->state == SPLIT_INSIDE && elements->scan.in_string && end - elements->start <= LIMIT_EVENT_BYTES) {
        elements->state = SPLIT_RESYNC; /* a string that swallowed the rest */
        elements->resync = 0;
        splitter->at = elements->string_start;
        enum status status = reread(splitter, end);
        if (status != STATUS_OK || splitter->layout != SPLIT_ELEMENTS) {
            return status == STATUS_OK ? event_splitter_end(splitter) : status;
        }
    }
    if (elements->state == SPLIT_INSIDE) {
        return emit(splitter, none, splitter->at, splitter->at, EVENT_PIECE_TRUNCATED);
    }
    if (elements->state != SPLIT_RESYNC) {
        return split_emit(splitter, EVENT_PIECE_TRUNCATED, none, 0, splitter->at, 0);
    }
    if (elements->resync == 3 || (elements->resync == 4 && elements->is_wrapped)) {
        return emit(splitter, none, splitter->at, elements->candidate, EVENT_PIECE_WHOLE);
    }
    return emit(splitter, none, splitter->at, splitter->at, EVENT_PIECE_TRUNCATED);
}
