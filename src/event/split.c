/* Which of the layouts the input has, and the way from one to the next:
 *
 *   START ── '[' ──────────────────────────> ELEMENTS ── ']' ──> START, or TRAILER ── '}' ──> START
 *     ├──── '{', at the very first value ──> PROBE ── {"events":[ ──> ELEMENTS
 *     │                                        └── anything else ──> LINES with the probed bytes
 *     └──── anything else ─────────────────> LINES, to the end
 */
#include "event/split.h"

#include "base/memory.h"
#include "event/split_job.h"

#define PROBE_BYTES_MAX 4096

struct event_splitter *event_splitter_new(event_piece_function *function, void *context)
{
    struct event_splitter *splitter = memory_new_zeroed(1, sizeof *splitter);
    if (splitter == NULL) {
        return NULL;
    }
    splitter->function = function;
    splitter->context = context;
    buffer_init(&splitter->text, SPLIT_TEXT_MAX);
    buffer_init(&splitter->replay, SPLIT_TEXT_MAX);
    return splitter;
}

void event_splitter_free(struct event_splitter *splitter)
{
    if (splitter == NULL) {
        return;
    }
    buffer_release(&splitter->text);
    buffer_release(&splitter->replay);
    memory_free(splitter);
}

uint64_t event_splitter_count(const struct event_splitter *splitter)
{
    return splitter->count;
}

enum status split_emit(struct event_splitter *splitter, enum event_piece_kind kind, struct str text, size_t readable,
                       uint64_t offset, uint64_t length)
{
    struct buffer copy;
    struct event_piece piece = {.kind = kind, .text = text, .ordinal = splitter->count, .offset = offset, .length = length};
    buffer_init(&copy, text.length + JSON_READ_PADDING);
    if (readable < JSON_READ_PADDING) {
        char *at = buffer_reserve(&copy, text.length + JSON_READ_PADDING);
        if (at == NULL) {
            return STATUS_FATAL;
        }
        memcpy(at, text.at, text.length);
        memset(at + text.length, 0, JSON_READ_PADDING);
        piece.text.at = at;
    }
    splitter->count++;
    enum status status = splitter->function(splitter->context, &piece);
    buffer_release(&copy);
    return status;
}

void split_forget_text(struct event_splitter *splitter)
{
    if (splitter->text.capacity > 4 * LIMIT_EVENT_BYTES) {
        buffer_release(&splitter->text);
    }
    buffer_clear(&splitter->text);
}

/* The outline of a JSON value. */

void split_scan_begin(struct split_scan *scan)
{
    *scan = (struct split_scan){.expect = SPLIT_VALUE};
}

static bool in_object(const struct split_scan *scan)
{
    return scan->depth > 0 && (scan->objects >> scan->depth & 1) != 0;
}

/* A value ended with this byte. */
static enum split_step value_ended(struct split_scan *scan)
{
    scan->expect = SPLIT_COMMA_OR_END;
    return scan->depth == 0 ? SPLIT_DONE : SPLIT_MORE;
}

static enum split_step in_string(struct split_scan *scan, char c)
{
    if ((unsigned char)c < 0x20) {
        return SPLIT_ERROR;
    }
    if (scan->escaped) {
        scan->escaped = false;
    } else if (c == '\\') {
        scan->escaped = true;
    } else if (c == '"') {
        scan->in_string = false;
        if (!scan->key) {
            return value_ended(scan);
        }
        scan->expect = SPLIT_COLON;
    }
    return SPLIT_MORE;
}

static enum split_step open_container(struct split_scan *scan, bool object)
{
    bool value_may_stand = scan->expect == SPLIT_VALUE || scan->expect == SPLIT_VALUE_OR_END;
    if (!value_may_stand || scan->depth == SPLIT_DEPTH_MAX) {
        return SPLIT_ERROR;
    }
    scan->depth++;
    scan->objects = (scan->objects & ~(UINT64_C(1) << scan->depth)) | (uint64_t)object << scan->depth;
    scan->expect = object ? SPLIT_KEY_OR_END : SPLIT_VALUE_OR_END;
    return SPLIT_MORE;
}

static enum split_step close_container(struct split_scan *scan, bool object)
{
    bool may_end = scan->expect == SPLIT_COMMA_OR_END || scan->expect == (object ? SPLIT_KEY_OR_END : SPLIT_VALUE_OR_END);
    if (scan->depth == 0 || in_object(scan) != object || !may_end) {
        return SPLIT_ERROR;
    }
    scan->depth--;
    return value_ended(scan);
}

static enum split_step open_string(struct split_scan *scan)
{
    scan->key = scan->expect == SPLIT_KEY || scan->expect == SPLIT_KEY_OR_END;
    if (!scan->key && scan->expect != SPLIT_VALUE && scan->expect != SPLIT_VALUE_OR_END) {
        return SPLIT_ERROR;
    }
    scan->in_string = true;
    return SPLIT_MORE;
}

static enum split_step separator(struct split_scan *scan, char c)
{
    if (c == ':') {
        if (scan->expect != SPLIT_COLON) {
            return SPLIT_ERROR;
        }
        scan->expect = SPLIT_VALUE;
        return SPLIT_MORE;
    }
    if (scan->expect != SPLIT_COMMA_OR_END || scan->depth == 0) {
        return SPLIT_ERROR;
    }
    scan->expect = in_object(scan) ? SPLIT_KEY : SPLIT_VALUE;
    return SPLIT_MORE;
}

static bool in_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' || c == '-' || c == '.';
}

enum split_step split_scan_step(struct split_scan *scan, char c)
{
    if (scan->in_string) {
        return in_string(scan, c);
    }
    if (in_word(c)) {
        if (!scan->in_word && scan->expect != SPLIT_VALUE && scan->expect != SPLIT_VALUE_OR_END) {
            return SPLIT_ERROR;
        }
        scan->in_word = true;
        scan->expect = SPLIT_COMMA_OR_END;
        return SPLIT_MORE;
    }
    if (scan->in_word) {
        scan->in_word = false;
        if (scan->depth == 0) {
            return SPLIT_AFTER;
        }
    }
    switch (c) {
    case ' ':
    case '\t':
    case '\r':
    case '\n':
        return SPLIT_MORE;
    case '{':
    case '[':
        return open_container(scan, c == '{');
    case '}':
    case ']':
        return close_container(scan, c == '}');
    case '"':
        return open_string(scan);
    case ',':
    case ':':
        return separator(scan, c);
    default:
        return SPLIT_ERROR;
    }
}

bool event_split_is_one_value(struct str text)
{
    struct split_scan scan;
    split_scan_begin(&scan);
    for (size_t i = 0; i < text.length; i++) {
        enum split_step step = split_scan_step(&scan, text.at[i]);
        if (step != SPLIT_MORE) {
            return step == SPLIT_DONE && i + 1 == text.length;
        }
    }
    return false;
}

/* Layouts. */

/* At most the three bytes of the mark can be held back, in `text`. */
static enum status feed_start(struct event_splitter *splitter, struct str chunk, size_t *position)
{
    static const char mark[3] = {'\xEF', '\xBB', '\xBF'};
    while (*position < chunk.length) {
        char c = chunk.at[*position];
        if (splitter->at < 3 && c == mark[splitter->at] && splitter->text.length == splitter->at) {
            buffer_append_char(&splitter->text, c);
            if (splitter->text.length == 3) {
                buffer_clear(&splitter->text);
            }
        } else if (splitter->text.length > 0 || !split_is_space(c)) {
            break;
        }
        splitter->at++;
        ++*position;
    }
    if (buffer_failed(&splitter->text)) {
        return STATUS_FATAL;
    }
    if (*position == chunk.length) {
        return STATUS_OK;
    }
    splitter->text_offset = splitter->at - splitter->text.length;
    char c = chunk.at[*position];
    if (splitter->text.length == 0 && c == '[') {
        splitter->layout = SPLIT_ELEMENTS;
        splitter->elements = (struct split_elements){.state = SPLIT_BEFORE};
        splitter->at++;
        ++*position;
    } else if (splitter->text.length == 0 && c == '{' && !splitter->probed) {
        splitter->layout = SPLIT_PROBE;
        splitter->probed = true;
    } else {
        splitter->layout = SPLIT_LINES;
        splitter->lines = (struct split_lines){0};
    }
    return STATUS_OK;
}

/* Whether the text is {"events":[ with any spaces between the tokens: 1 yes, 0 it may become so, -1 no. */
static int probe(struct str text)
{
    static const char *const tokens[] = {"{", "\"events\"", ":", "["};
    size_t at = 0;
    for (size_t token = 0; token < 4; token++) {
        while (at < text.length && split_is_space(text.at[at])) {
            at++;
        }
        for (const char *c = tokens[token]; *c != '\0'; c++, at++) {
            if (at == text.length) {
                return 0;
            }
            if (text.at[at] != *c) {
                return -1;
            }
        }
    }
    return 1;
}

static enum status feed_probe(struct event_splitter *splitter, struct str chunk, size_t *position)
{
    int outcome = 0;
    while (outcome == 0 && *position < chunk.length) {
        buffer_append_char(&splitter->text, chunk.at[*position]);
        ++*position;
        splitter->at++;
        outcome = splitter->text.length > PROBE_BYTES_MAX ? -1 : probe(buffer_str(&splitter->text));
    }
    if (buffer_failed(&splitter->text)) {
        return STATUS_FATAL;
    }
    if (outcome > 0) {
        buffer_clear(&splitter->text);
        splitter->layout = SPLIT_ELEMENTS;
        splitter->elements = (struct split_elements){.state = SPLIT_BEFORE, .is_wrapped = true};
    }
    return STATUS_OK;
}

/* The probed bytes go where they belong. */
static enum status leave_probe(struct event_splitter *splitter)
{
    struct buffer probed = splitter->text;
    buffer_init(&splitter->text, SPLIT_TEXT_MAX);
    splitter->layout = SPLIT_LINES;
    splitter->lines = (struct split_lines){0};
    splitter->at = splitter->text_offset;
    size_t position = 0;
    enum status status = split_lines_feed(splitter, buffer_str(&probed), &position);
    buffer_release(&probed);
    return status;
}

/* What follows the list in {"events": […], …}: looked through up to the closing brace. */
static enum status feed_trailer(struct event_splitter *splitter, struct str chunk, size_t *position)
{
    while (*position < chunk.length) {
        enum split_step step = split_scan_step(&splitter->elements.scan, chunk.at[*position]);
        if (step == SPLIT_ERROR) {
            splitter->layout = SPLIT_START; /* what is here becomes a piece of its own */
            return STATUS_OK;
        }
        ++*position;
        splitter->at++;
        if (step == SPLIT_DONE) {
            splitter->layout = SPLIT_START;
            return STATUS_OK;
        }
    }
    return STATUS_OK;
}

enum status event_splitter_feed(struct event_splitter *splitter, const void *bytes, size_t length)
{
    struct str chunk = {bytes, length};
    size_t position = 0;
    enum status status = STATUS_OK;
    while (status == STATUS_OK && position < length) {
        switch (splitter->layout) {
        case SPLIT_START:
            status = feed_start(splitter, chunk, &position);
            break;
        case SPLIT_PROBE:
            status = feed_probe(splitter, chunk, &position);
            if (status == STATUS_OK && splitter->layout == SPLIT_PROBE &&
                (splitter->text.length > PROBE_BYTES_MAX || probe(buffer_str(&splitter->text)) < 0)) {
                status = leave_probe(splitter);
            }
            break;
        case SPLIT_LINES:
            status = split_lines_feed(splitter, chunk, &position);
            break;
        case SPLIT_ELEMENTS:
            status = split_elements_feed(splitter, chunk, &position);
            break;
        case SPLIT_TRAILER:
            status = feed_trailer(splitter, chunk, &position);
            break;
        }
    }
    return status;
}

enum status event_splitter_end(struct event_splitter *splitter)
{
    enum status status = STATUS_OK;
    switch (splitter->layout) {
    case SPLIT_START: /* a byte order mark that was cut off */
        return splitter->text.length == 0 ? STATUS_OK
                                          : split_emit(splitter, EVENT_PIECE_TRUNCATED, buffer_str(&splitter->text), 0,
                                                       splitter->text_offset, splitter->text.length);
    case SPLIT_PROBE:
        status = leave_probe(splitter);
        return status == STATUS_OK ? split_lines_end(splitter) : status;
    case SPLIT_LINES:
        return split_lines_end(splitter);
    case SPLIT_ELEMENTS:
        return split_elements_end(splitter);
    case SPLIT_TRAILER:
        return split_emit(splitter, EVENT_PIECE_TRUNCATED, STR(""), 0, splitter->at, 0);
    }
    return status;
}
