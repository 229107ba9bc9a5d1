#include "cli/term.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/limits.h"

#define WIDTH_WITHOUT_TERMINAL 100
#define WIDTH_MIN 40
#define WIDTH_MAX 400
#define ELLIPSIS "\xe2\x80\xa6"

static unsigned clamp_width(int64_t width)
{
    return (unsigned)(width < WIDTH_MIN ? WIDTH_MIN : width > WIDTH_MAX ? WIDTH_MAX : width);
}

static unsigned find_width(bool is_terminal)
{
    int64_t columns;
    struct winsize size;
    const char *environment = getenv("COLUMNS");
    if (environment != NULL && str_to_i64(str_from(environment), &columns) && columns > 0) {
        return clamp_width(columns);
    }
    if (is_terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        return clamp_width(size.ws_col);
    }
    return WIDTH_WITHOUT_TERMINAL;
}

void term_init(struct term *term, enum term_colour colour)
{
    const char *no_color = getenv("NO_COLOR"), *name = getenv("TERM");
    bool dumb = name == NULL || strcmp(name, "dumb") == 0;
    term->is_terminal = isatty(STDOUT_FILENO) == 1;
    term->progress = isatty(STDERR_FILENO) == 1 && !dumb;
    term->width = find_width(term->is_terminal);
    term->colour = colour == TERM_COLOUR_ALWAYS ||
                   (colour == TERM_COLOUR_AUTO && term->is_terminal && !dumb && (no_color == NULL || no_color[0] == '\0'));
}

/* --- characters ------------------------------------------------------------------------------------------------------- */

struct glyph {
    size_t length;    /* bytes */
    unsigned columns;
    bool harmful;     /* control character: shown as a space */
};

static bool within(uint32_t c, const uint32_t (*ranges)[2], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (c >= ranges[i][0] && c <= ranges[i][1]) {
            return true;
        }
    }
    return false;
}

static uint32_t decode(struct str text, size_t at, size_t *length)
{
    const unsigned char *bytes = (const unsigned char *)text.at + at;
    size_t left = text.length - at;
    size_t needed = bytes[0] < 0x80 ? 1 : bytes[0] >= 0xf0 ? 4 : bytes[0] >= 0xe0 ? 3 : bytes[0] >= 0xc0 ? 2 : 1;
    *length = needed <= left ? needed : left;
    if (needed == 1 || needed > left) {
        return bytes[0] < 0x80 ? bytes[0] : 0xfffd;
    }
    uint32_t c = bytes[0] & (0xffu >> (needed + 1));
    for (size_t i = 1; i < needed; i++) {
        c = c << 6 | (bytes[i] & 0x3fu);
    }
    return c;
}

static struct glyph glyph_at(struct str text, size_t at)
{
    static const uint32_t none[][2] = {{0x300, 0x36f}, {0x200b, 0x200d}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}};
    static const uint32_t wide[][2] = {{0x1100, 0x115f}, {0x2e80, 0xa4cf}, {0xac00, 0xd7a3}, {0xf900, 0xfaff}, {0xfe30, 0xfe6f},
                                       {0xff00, 0xff60}, {0xffe0, 0xffe6}, {0x1f300, 0x1f64f}, {0x1f900, 0x1f9ff},
                                       {0x20000, 0x3fffd}};
    /* C0, DEL, C1, and what turns the direction of writing round. */
    static const uint32_t harmful[][2] = {{0, 0x1f}, {0x7f, 0x9f}, {0x200e, 0x200f}, {0x202a, 0x202e}, {0x2066, 0x2069}};
    struct glyph glyph = {.columns = 1};
    uint32_t c = decode(text, at, &glyph.length);
    if (within(c, harmful, sizeof harmful / sizeof harmful[0])) {
        glyph.harmful = true;
    } else if (within(c, none, sizeof none / sizeof none[0])) {
        glyph.columns = 0;
    } else if (within(c, wide, sizeof wide / sizeof wide[0])) {
        glyph.columns = 2;
    }
    return glyph;
}

static void put_glyph(struct buffer *out, struct str text, size_t at, struct glyph glyph)
{
    if (glyph.harmful) {
        buffer_append_char(out, ' ');
    } else {
        buffer_append(out, text.at + at, glyph.length);
    }
}

unsigned term_columns(struct str text)
{
    unsigned columns = 0;
    for (size_t at = 0; at < text.length;) {
        struct glyph glyph = glyph_at(text, at);
        columns += glyph.columns;
        at += glyph.length;
    }
    return columns;
}

unsigned term_cut(struct buffer *out, struct str text, unsigned columns)
{
    bool cut = term_columns(text) > columns;
    unsigned room = cut && columns > 0 ? columns - 1 : columns, used = 0;
    for (size_t at = 0; at < text.length;) {
        struct glyph glyph = glyph_at(text, at);
        if (used + glyph.columns > room) {
            break;
        }
        put_glyph(out, text, at, glyph);
        used += glyph.columns;
        at += glyph.length;
    }
    if (cut && columns > 0) {
        buffer_append_text(out, ELLIPSIS);
        used++;
    }
    return used;
}

unsigned term_cut_front(struct buffer *out, struct str text, unsigned columns)
{
    unsigned all = term_columns(text);
    if (all <= columns || columns == 0) {
        return term_cut(out, text, columns);
    }
    size_t at = 0;
    while (at < text.length && all > columns - 1) {
        struct glyph glyph = glyph_at(text, at);
        all -= glyph.columns;
        at += glyph.length;
    }
    buffer_append_text(out, ELLIPSIS);
    return 1 + term_cut(out, str_from_offset(text, at), columns - 1);
}

void term_spaces(struct buffer *out, unsigned count)
{
    while (count-- > 0) {
        buffer_append_char(out, ' ');
    }
}

/* --- styles ------------------------------------------------------------------------------------------------------------ */

void term_begin(const struct term *term, struct buffer *out, enum term_style style)
{
    static const char *const codes[STYLE_COUNT] = {"", "\x1b[1m", "\x1b[2m", "\x1b[32m", "\x1b[31m", "\x1b[33m", "\x1b[36m"};
    if (term->colour) {
        buffer_append_text(out, codes[style]);
    }
}

void term_end(const struct term *term, struct buffer *out, enum term_style style)
{
    if (term->colour && style != STYLE_PLAIN) {
        buffer_append_text(out, "\x1b[0m");
    }
}

void term_put(const struct term *term, struct buffer *out, enum term_style style, struct str text)
{
    term_begin(term, out, style);
    (void)term_cut(out, text, UINT32_MAX);
    term_end(term, out, style);
}

void term_format(const struct term *term, struct buffer *out, enum term_style style, const char *format, ...)
{
    char small[512];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(small, sizeof small, format, arguments);
    va_end(arguments);
    if (length < 0) {
        return;
    }
    if ((size_t)length < sizeof small) {
        term_put(term, out, style, (struct str){small, (size_t)length});
        return;
    }
    struct buffer large;
    buffer_init(&large, MIB);
    va_start(arguments, format);
    char *bytes = buffer_reserve(&large, (size_t)length + 1);
    if (bytes != NULL) {
        (void)vsnprintf(bytes, (size_t)length + 1, format, arguments);
        term_put(term, out, style, (struct str){bytes, (size_t)length});
    }
    va_end(arguments);
    buffer_release(&large);
}

void term_paragraph(const struct term *term, struct buffer *out, unsigned indent, struct str text)
{
    unsigned used = indent, width = term->width > indent + 20 ? term->width : indent + 20;
    bool first = true;
    struct str word;
    while (str_split_next(&text, ' ', &word)) {
        unsigned columns = term_columns(word);
        if (word.length == 0) {
            continue;
        }
        if (!first && used + 1 + columns > width) {
            buffer_append_char(out, '\n');
            term_spaces(out, indent);
            used = indent;
            first = true;
        }
        if (!first) {
            buffer_append_char(out, ' ');
            used++;
        }
        used += term_cut(out, word, UINT32_MAX);
        first = false;
    }
    buffer_append_char(out, '\n');
}

void term_heading(const struct term *term, struct buffer *out, const char *title)
{
    buffer_append_char(out, '\n');
    term_put(term, out, STYLE_BOLD, str_from(title));
    buffer_append_char(out, '\n');
}
