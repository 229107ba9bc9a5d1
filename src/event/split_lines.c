/* Values one after the other: NDJSON, one event on many lines, or any mixture.
 *
 * Each line is looked at by itself first. A line that is blank is skipped; one that does not begin with '{' is a piece; one
 * that begins with '{' and whose outline (split_job.h) is complete is a piece, or several. Most lines are seen to be
 * complete without scanning them: they end in '}' and have as many '{' as '}' (is_one_object).
 *
 * A line whose outline breaks is malformed: a piece of its own. A line whose outline is right but goes on begins a value
 * that spans lines: printed for people, or a line of NDJSON that was cut off. Which of the two shows later:
 *
 *   - The value is complete: a piece.
 *   - The outline breaks on a later line, or the input ends: the piece is malformed. It ends before its first later line
 *     that begins with '{' in the first column (`restart`), and that line is looked at anew, for it may be an event on a
 *     line of its own. Where there is no such line yet, the piece goes on until there is one (`is_bad`), or to the end.
 *
 * So a line that was cut off never costs the line after it. Reading back costs little: a value can begin anew at most
 * SPLIT_DEPTH_MAX times within the same bytes, since each beginning that was accepted is one level deeper.
 *
 * `text` holds the piece in progress [base, cursor) and what came of the line after it [cursor, end). Of a malformed piece
 * that is longer than SPLIT_KEPT_MAX the rest is dropped, and counted, as it comes.
 */
#include "event/bytes.h"
#include "event/split_job.h"

/* Hands out text[from, to) without the spaces around it. */
static enum status emit(struct event_splitter *splitter, enum event_piece_kind kind, size_t from, size_t to)
{
    struct buffer *text = &splitter->text;
    if (text->capacity - to < JSON_READ_PADDING && buffer_reserve(text, text->length - to + JSON_READ_PADDING) == NULL) {
        return STATUS_FATAL;
    }
    while (from < to && split_is_space(text->bytes[from])) {
        from++;
    }
    while (from < to && split_is_space(text->bytes[to - 1])) {
        to--;
    }
    struct str piece = {text->bytes + from, to - from};
    return split_emit(splitter, kind, piece, text->capacity - to, splitter->text_offset + from, to - from);
}

/* Hands out the text from there on as what was kept of a piece of that length. */
static enum status emit_oversized(struct event_splitter *splitter, size_t from, size_t kept, uint64_t length)
{
    struct buffer *text = &splitter->text;
    size_t behind = text->length - from - kept;
    if (behind < JSON_READ_PADDING && buffer_reserve(text, JSON_READ_PADDING) == NULL) {
        return STATUS_FATAL;
    }
    struct str piece = {text->bytes + from, kept};
    return split_emit(splitter, EVENT_PIECE_OVERSIZED, piece, text->capacity - from - kept, splitter->text_offset + from, length);
}

/* Hands out the piece in progress, up to the line that comes next. */
static enum status emit_piece(struct event_splitter *splitter, enum event_piece_kind kind)
{
    struct split_lines *lines = &splitter->lines;
    enum status status;
    size_t kept = lines->cursor - lines->base;
    bool ends_in_added_feed = lines->feed_added && lines->cursor == splitter->text.length;
    uint64_t length = kept + lines->dropped - ends_in_added_feed;
    if (length <= LIMIT_EVENT_BYTES) {
        status = emit(splitter, kind, lines->base, lines->base + (size_t)length);
    } else {
        status = emit_oversized(splitter, lines->base, kept < length ? kept : (size_t)length, length);
    }
    splitter->text_offset += lines->dropped;
    lines->dropped = 0;
    lines->base = lines->cursor;
    lines->in_piece = lines->is_bad = false;
    lines->restart = 0;
    return status;
}

static struct str trim(struct str text)
{
    while (text.length > 0 && split_is_space(text.at[0])) {
        text.at++;
        text.length--;
    }
    while (text.length > 0 && split_is_space(text.at[text.length - 1])) {
        text.length--;
    }
    return text;
}

/* Whether a text that begins with '{' is taken for one whole object without scanning it. Braces in strings make this say
 * no to some that are; that it says yes to one that is not takes a malformed line. */
static bool is_one_object(struct str text)
{
    if (text.at[text.length - 1] != '}') {
        return false;
    }
    size_t opened = 0, closed = 0;
    const char *end = text.at + text.length;
    for (const char *at = text.at; (at = memchr(at, '{', (size_t)(end - at))) != NULL; at++) {
        opened++;
    }
    for (const char *at = text.at; at < end && (at = memchr(at, '}', (size_t)(end - at))) != NULL; at++) {
        closed++;
        const char *next = at + 1;
        while (next < end && split_is_space(*next)) {
            next++;
        }
        if (next < end && *next == '{') {
            return false;
        }
    }
    return opened == closed;
}

/* Handles a line that can be handled without scanning it. */
static enum status easy_line(struct event_splitter *splitter, struct str line, size_t readable, uint64_t offset,
                             bool *handled)
{
    struct str text = trim(line);
    *handled = text.length == 0 || text.at[0] != '{' || is_one_object(text);
    if (!*handled || text.length == 0) {
        return STATUS_OK;
    }
    size_t before = (size_t)(text.at - line.at);
    return split_emit(splitter, EVENT_PIECE_WHOLE, text, readable + line.length - before - text.length, offset + before,
                      text.length);
}

static enum split_step scan(struct event_splitter *splitter, size_t from, size_t to, size_t *at)
{
    enum split_step step = SPLIT_MORE;
    const char *text = splitter->text.bytes;
    size_t i = from;
    while (i < to) {
        if (splitter->lines.scan.in_string && !splitter->lines.scan.escaped) {
            while (i + 8 <= to && bytes_special(bytes_word(text + i)) == 0) {
                i += 8;
            }
            if (i == to) {
                break;
            }
        }
        step = split_scan_step(&splitter->lines.scan, text[i]);
        if (step != SPLIT_MORE) {
            break;
        }
        i++;
    }
    *at = i;
    return step;
}

/* A line at which a value may begin; text[to] is its line feed. */
static enum status first_line(struct event_splitter *splitter, size_t from, size_t to, bool is_last)
{
    struct split_lines *lines = &splitter->lines;
    enum status status = STATUS_OK;
    lines->cursor = to + 1;
    while (status == STATUS_OK) {
        bool handled;
        lines->base = from;
        status = easy_line(splitter, (struct str){splitter->text.bytes + from, to - from}, splitter->text.capacity - to,
                           splitter->text_offset + from, &handled);
        if (handled || status != STATUS_OK) {
            break;
        }
        while (split_is_space(splitter->text.bytes[from])) {
            from++;
        }
        lines->base = from;
        split_scan_begin(&lines->scan);
        size_t at;
        enum split_step step = scan(splitter, from, to + 1, &at);
        if (step == SPLIT_MORE || (is_last && at == to)) {
            lines->in_piece = true;
            lines->restart = 0;
            return STATUS_OK;
        }
        if (step == SPLIT_ERROR) {
            status = emit(splitter, EVENT_PIECE_WHOLE, from, to);
            break;
        }
        status = emit(splitter, EVENT_PIECE_WHOLE, from, at + 1);
        from = at + 1;
    }
    lines->base = lines->cursor;
    return status;
}

/* The piece ends before its line at `cut`, which is looked at anew. */
static enum status cut_at(struct event_splitter *splitter, size_t cut)
{
    splitter->lines.cursor = cut;
    return emit_piece(splitter, EVENT_PIECE_WHOLE);
}

/* Forgets what exceeds the limit of a malformed piece. */
static void drop(struct event_splitter *splitter)
{
    struct split_lines *lines = &splitter->lines;
    size_t keep = lines->base + SPLIT_KEPT_MAX;
    if (lines->cursor <= keep) {
        return;
    }
    size_t excess = lines->cursor - keep;
    memmove(splitter->text.bytes + keep, splitter->text.bytes + lines->cursor, splitter->text.length - lines->cursor);
    buffer_cut(&splitter->text, splitter->text.length - excess);
    lines->dropped += excess;
    lines->cursor = keep;
}

/* A later line of a piece. */
static enum status next_line(struct event_splitter *splitter, size_t from, size_t to, bool is_last)
{
    struct split_lines *lines = &splitter->lines;
    bool may_begin = splitter->text.bytes[from] == '{';
    if (lines->is_bad) {
        if (may_begin) {
            return cut_at(splitter, from);
        }
        lines->cursor = to + 1;
        drop(splitter);
        return STATUS_OK;
    }
    if (may_begin && lines->restart == 0) {
        lines->restart = from;
    }
    size_t at;
    enum split_step step = scan(splitter, from, to + 1, &at);
    if (step == SPLIT_DONE) {
        lines->in_piece = false;
        size_t length = at + 1 - lines->base;
        enum status status = length <= LIMIT_EVENT_BYTES ? emit(splitter, EVENT_PIECE_WHOLE, lines->base, at + 1)
                                                         : emit_oversized(splitter, lines->base, length, length);
        return status == STATUS_OK ? first_line(splitter, at + 1, to, is_last) : status;
    }
    bool broke = step == SPLIT_ERROR && !(is_last && at == to);
    bool too_long = to + 1 - lines->base > LIMIT_EVENT_BYTES;
    if ((broke || too_long) && lines->restart > 0) {
        return cut_at(splitter, lines->restart);
    }
    lines->cursor = to + 1;
    lines->is_bad = broke || too_long;
    drop(splitter);
    return STATUS_OK;
}

/* Looks at all complete lines. `at_end`: the last of them is the last of all. */
static enum status run(struct event_splitter *splitter, bool at_end)
{
    struct split_lines *lines = &splitter->lines;
    struct buffer *text = &splitter->text;
    enum status status = STATUS_OK;
    if (buffer_reserve(text, JSON_READ_PADDING) == NULL) {
        return STATUS_FATAL;
    }
    while (status == STATUS_OK && lines->cursor < text->length) {
        const char *feed = memchr(text->bytes + lines->cursor, '\n', text->length - lines->cursor);
        if (feed == NULL) {
            break;
        }
        size_t to = (size_t)(feed - text->bytes);
        bool is_last = at_end && to + 1 == text->length;
        status = lines->in_piece ? next_line(splitter, lines->cursor, to, is_last)
                                 : first_line(splitter, lines->cursor, to, is_last);
    }
    if (lines->base > 0) {
        memmove(text->bytes, text->bytes + lines->base, text->length - lines->base);
        buffer_cut(text, text->length - lines->base);
        splitter->text_offset += lines->base;
        lines->cursor -= lines->base;
        lines->restart -= lines->restart > 0 ? lines->base : 0;
        lines->base = 0;
    }
    return status;
}

/* No line follows that could complete the piece in progress. */
static enum status flush(struct event_splitter *splitter, enum event_piece_kind kind)
{
    struct split_lines *lines = &splitter->lines;
    enum status status = STATUS_OK;
    while (status == STATUS_OK && lines->in_piece) {
        if (lines->restart > 0 && !lines->is_bad) {
            status = cut_at(splitter, lines->restart);
        } else {
            status = emit_piece(splitter, lines->is_bad ? EVENT_PIECE_WHOLE : kind);
        }
        if (status == STATUS_OK) {
            status = run(splitter, kind == EVENT_PIECE_TRUNCATED);
        }
    }
    return status;
}

/* The line in progress has become too long for an event: it is gathered as far as a dead letter keeps it. */
static enum status begin_skipping(struct event_splitter *splitter)
{
    enum status status = flush(splitter, EVENT_PIECE_WHOLE);
    splitter->lines.skipping = true;
    splitter->lines.skipped_length = splitter->text.length - splitter->lines.cursor;
    return status;
}

static enum status end_skipping(struct event_splitter *splitter)
{
    struct split_lines *lines = &splitter->lines;
    enum status status = emit_oversized(splitter, 0, splitter->text.length, lines->skipped_length);
    split_forget_text(splitter);
    *lines = (struct split_lines){0};
    return status;
}

/* Takes the bytes of a line that is too long. */
static void skip(struct event_splitter *splitter, const char *bytes, size_t length)
{
    size_t room = SPLIT_KEPT_MAX - splitter->text.length;
    buffer_append(&splitter->text, bytes, length < room ? length : room);
    splitter->lines.skipped_length += length;
}

/* Hands out a line that is too long and lies in the chunk. */
static enum status long_line(struct event_splitter *splitter, struct str chunk, size_t from, size_t to)
{
    size_t length = to - from, kept = length < SPLIT_KEPT_MAX ? length : SPLIT_KEPT_MAX;
    return split_emit(splitter, EVENT_PIECE_OVERSIZED, (struct str){chunk.at + from, kept}, chunk.length - from - kept,
                      splitter->at, length);
}

/* Takes a line, or what there is of it. */
static enum status take(struct event_splitter *splitter, struct str chunk, size_t from, size_t to, bool is_complete)
{
    struct split_lines *lines = &splitter->lines;
    struct buffer *text = &splitter->text;
    if (is_complete && text->length == 0 && to - from > LIMIT_EVENT_BYTES) {
        return long_line(splitter, chunk, from, to);
    }
    if (!lines->skipping && text->length - lines->cursor + (to - from) > LIMIT_EVENT_BYTES) {
        if (text->length == 0) {
            splitter->text_offset = splitter->at;
        }
        enum status status = begin_skipping(splitter);
        if (status != STATUS_OK) {
            return status;
        }
    }
    if (lines->skipping) {
        skip(splitter, chunk.at + from, to - from);
        return buffer_failed(text) ? STATUS_FATAL : is_complete ? end_skipping(splitter) : STATUS_OK;
    }
    if (is_complete && text->length == 0) {
        bool handled;
        enum status status =
            easy_line(splitter, (struct str){chunk.at + from, to - from}, chunk.length - to, splitter->at, &handled);
        if (handled || status != STATUS_OK) {
            return status;
        }
    }
    if (text->length == 0) {
        splitter->text_offset = splitter->at;
    }
    buffer_append(text, chunk.at + from, to - from + is_complete);
    if (buffer_failed(text)) {
        return STATUS_FATAL;
    }
    return is_complete ? run(splitter, false) : STATUS_OK;
}

enum status split_lines_feed(struct event_splitter *splitter, struct str chunk, size_t *position)
{
    enum status status = STATUS_OK;
    while (status == STATUS_OK && *position < chunk.length) {
        const char *feed = memchr(chunk.at + *position, '\n', chunk.length - *position);
        size_t to = feed != NULL ? (size_t)(feed - chunk.at) : chunk.length;
        status = take(splitter, chunk, *position, to, feed != NULL);
        splitter->at += to - *position + (feed != NULL);
        *position = to + (feed != NULL);
    }
    return status;
}

enum status split_lines_end(struct event_splitter *splitter)
{
    if (splitter->lines.skipping) {
        return end_skipping(splitter);
    }
    enum status status = STATUS_OK;
    if (splitter->text.length > splitter->lines.cursor) {
        buffer_append_char(&splitter->text, '\n'); /* the line feed that the last line may lack */
        splitter->lines.feed_added = true;
        status = buffer_failed(&splitter->text) ? STATUS_FATAL : run(splitter, true);
    }
    return status == STATUS_OK ? flush(splitter, EVENT_PIECE_TRUNCATED) : status;
}
