/* lex_string.c: strings and block strings. A string without escapes refers to the source; any other is decoded into the
 * arena, where it is never longer than it was written. */
#include "query/lex.h"

static int byte_at(const struct lexer *lexer, size_t at)
{
    return at < lexer->source.length ? (unsigned char)lexer->source.at[at] : -1;
}

static int hex_digit(int c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The four digits at `at`; -1 when they are not. */
static int32_t hex4(const struct lexer *lexer, size_t at)
{
    int32_t value = 0;
    for (size_t i = 0; i < 4; i++) {
        int digit = hex_digit(byte_at(lexer, at + i));
        if (digit < 0) {
            return -1;
        }
        value = value * 16 + digit;
    }
    return value;
}

static size_t put_utf8(char *out, uint32_t point)
{
    if (point < 0x80) {
        out[0] = (char)point;
        return 1;
    }
    if (point < 0x800) {
        out[0] = (char)(0xC0 | point >> 6);
        out[1] = (char)(0x80 | (point & 0x3F));
        return 2;
    }
    if (point < 0x10000) {
        out[0] = (char)(0xE0 | point >> 12);
        out[1] = (char)(0x80 | (point >> 6 & 0x3F));
        out[2] = (char)(0x80 | (point & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | point >> 18);
    out[1] = (char)(0x80 | (point >> 12 & 0x3F));
    out[2] = (char)(0x80 | (point >> 6 & 0x3F));
    out[3] = (char)(0x80 | (point & 0x3F));
    return 4;
}

static bool is_scalar_value(uint32_t point)
{
    return point < 0xD800 || (point > 0xDFFF && point <= 0x10FFFF);
}

/* \u… at *at (of the backslash): its character, and *at behind it; false when it is none. */
static bool read_unicode(const struct lexer *lexer, size_t *at, uint32_t *point)
{
    size_t i = *at + 2;
    if (byte_at(lexer, i) == '{') {
        uint32_t value = 0;
        size_t first = ++i;
        for (int digit; (digit = hex_digit(byte_at(lexer, i))) >= 0; i++) {
            value = value > 0x10FFFF ? value : value * 16 + (uint32_t)digit;
        }
        *at = i + 1;
        *point = value;
        return i > first && byte_at(lexer, i) == '}' && is_scalar_value(value);
    }
    int32_t unit = hex4(lexer, i);
    if (unit < 0) {
        return false;
    }
    *at = i + 4;
    *point = (uint32_t)unit;
    if (unit >= 0xD800 && unit <= 0xDBFF && byte_at(lexer, *at) == '\\' && byte_at(lexer, *at + 1) == 'u') {
        int32_t trail = hex4(lexer, *at + 2);
        if (trail >= 0xDC00 && trail <= 0xDFFF) {
            *at += 6;
            *point = 0x10000 + (((uint32_t)unit - 0xD800) << 10) + ((uint32_t)trail - 0xDC00);
        }
    }
    return is_scalar_value(*point);
}

/* One escape at lexer->at, into out + *length. */
static bool read_escape(struct lexer *lexer, char *out, size_t *length)
{
    static const char plain[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    int c = byte_at(lexer, lexer->at + 1);
    const char *found = c > 0 ? strchr(plain, c) : NULL;
    if (found != NULL) {
        out[(*length)++] = meant[found - plain];
        lexer->at += 2;
        return true;
    }
    uint32_t point = 0;
    size_t at = lexer->at;
    if (c != 'u' || !read_unicode(lexer, &at, &point)) {
        return lexer_fault(lexer, lexer->at, "This escape in a string stands for no character.");
    }
    *length += put_utf8(out + *length, point);
    lexer->at = at;
    return true;
}

static bool no_memory(struct lexer *lexer)
{
    lexer->faults->out_of_memory = true;
    return false;
}

static bool read_line_string(struct lexer *lexer, struct str *text)
{
    size_t start = ++lexer->at, end = start;
    bool escaped = false;
    for (int c; (c = byte_at(lexer, end)) != '"'; end++) {
        if (c == -1 || c == '\n' || c == '\r') {
            break; /* an escape before it may be wrong as well, and is told first */
        }
        if (c == '\\') {
            escaped = true;
            end += byte_at(lexer, end + 1) == '"' || byte_at(lexer, end + 1) == '\\';
        }
    }
    bool closed = byte_at(lexer, end) == '"';
    if (!escaped) {
        *text = (struct str){lexer->source.at + start, end - start};
        lexer->at = end + 1;
        return closed || lexer_fault(lexer, end, "A string ends in the line where it began, with \".");
    }
    char *out = arena_new(lexer->arena, end - start);
    if (out == NULL) {
        return no_memory(lexer);
    }
    size_t length = 0;
    while (lexer->at < end) {
        if (byte_at(lexer, lexer->at) != '\\') {
            out[length++] = lexer->source.at[lexer->at++];
        } else if (!read_escape(lexer, out, &length)) {
            return false;
        }
    }
    *text = (struct str){out, length};
    lexer->at = end + 1;
    return closed || lexer_fault(lexer, end, "A string ends in the line where it began, with \".");
}

/* The next line of a block string's raw text, without its end; false when there is none left. */
static bool next_line(struct str raw, size_t *at, struct str *line)
{
    if (*at > raw.length) {
        return false;
    }
    size_t end = *at;
    while (end < raw.length && raw.at[end] != '\n' && raw.at[end] != '\r') {
        end++;
    }
    *line = (struct str){raw.at + *at, end - *at};
    bool pair = end + 1 < raw.length && raw.at[end] == '\r' && raw.at[end + 1] == '\n';
    *at = end + 1 + pair;
    return true;
}

static size_t indent_of(struct str line)
{
    size_t indent = 0;
    while (indent < line.length && (line.at[indent] == ' ' || line.at[indent] == '\t')) {
        indent++;
    }
    return indent;
}

struct block_shape {
    size_t indent, first, last; /* lines with contents; first > last: there are none */
};

static struct block_shape measure_block(struct str raw)
{
    struct block_shape shape = {SIZE_MAX, SIZE_MAX, 0};
    struct str line;
    size_t at = 0;
    for (size_t number = 0; next_line(raw, &at, &line); number++) {
        size_t indent = indent_of(line);
        if (indent == line.length) {
            continue;
        }
        shape.first = shape.first == SIZE_MAX ? number : shape.first;
        shape.last = number;
        if (number > 0 && indent < shape.indent) {
            shape.indent = indent;
        }
    }
    return shape;
}

/* BlockStringValue() of the specification. `raw` has its \""" replaced. */
static void dedent(struct str raw, char *out, struct str *text)
{
    struct block_shape shape = measure_block(raw);
    struct str line;
    size_t at = 0, length = 0;
    for (size_t number = 0; next_line(raw, &at, &line); number++) {
        if (number < shape.first || number > shape.last) {
            continue;
        }
        if (number > shape.first) {
            out[length++] = '\n';
        }
        line = number > 0 ? str_from_offset(line, shape.indent) : line;
        memmove(out + length, line.at, line.length);
        length += line.length;
    }
    *text = (struct str){out, length};
}

static bool read_block_string(struct lexer *lexer, struct str *text)
{
    size_t start = lexer->at + 3, end = start;
    const struct str quotes = STR("\"\"\"");
    for (;; end++) {
        end = str_find_str(lexer->source, quotes, end);
        if (end == lexer->source.length) {
            return lexer_fault(lexer, end, "A block string ends with \"\"\".");
        }
        if (end == start || lexer->source.at[end - 1] != '\\') {
            break;
        }
        end += 2; /* \""" stands for """ */
    }
    size_t room = end - start;
    char *raw = arena_new(lexer->arena, room), *out = arena_new(lexer->arena, room);
    if (raw == NULL || out == NULL) {
        return no_memory(lexer);
    }
    size_t length = 0;
    for (size_t i = start; i < end; i++) {
        bool escape = lexer->source.at[i] == '\\' && i + 3 < end && memcmp(lexer->source.at + i + 1, quotes.at, 3) == 0;
        if (escape) {
            memcpy(raw + length, quotes.at, 3);
            length += 3;
            i += 3;
        } else {
            raw[length++] = lexer->source.at[i];
        }
    }
    dedent((struct str){raw, length}, out, text);
    lexer->at = end + 3;
    return true;
}

bool lexer_string(struct lexer *lexer, struct str *text)
{
    if (byte_at(lexer, lexer->at + 1) == '"' && byte_at(lexer, lexer->at + 2) == '"') {
        return read_block_string(lexer, text);
    }
    return read_line_string(lexer, text);
}
