/* term.h: where the output goes, and what may be done there.
 *
 * Colour, progress and width follow the terminal; a pipe gets plain text 100 columns wide. Text that came from events is
 * made harmless before it is shown: control characters (which could move the cursor or recolour the screen) come out as
 * spaces. Width is counted in columns, not bytes: combining marks take none, East Asian wide characters two.
 */
#ifndef TRIMODAL_CLI_TERM_H
#define TRIMODAL_CLI_TERM_H

#include "base/buffer.h"

enum term_colour { TERM_COLOUR_AUTO, TERM_COLOUR_ALWAYS, TERM_COLOUR_NEVER };

enum term_style {
    STYLE_PLAIN,
    STYLE_BOLD,
    STYLE_DIM,
    STYLE_GOOD, /* green */
    STYLE_BAD,  /* red */
    STYLE_WARN, /* yellow */
    STYLE_NAME, /* cyan */
    STYLE_COUNT
};

struct term {
    bool colour;
    bool is_terminal; /* standard output */
    bool progress;    /* standard error is one */
    unsigned width;   /* columns, 40 to 400 */
};

/* Looks at the environment (NO_COLOR, TERM, COLUMNS) and the terminal. */
void term_init(struct term *term, enum term_colour colour);

/* Columns that the text takes. */
unsigned term_columns(struct str text);
/* Appends the text, cut to `columns` with an ellipsis where it is longer; its width is returned. */
unsigned term_cut(struct buffer *out, struct str text, unsigned columns);
/* The same, keeping the end (for paths). */
unsigned term_cut_front(struct buffer *out, struct str text, unsigned columns);
void term_spaces(struct buffer *out, unsigned count);

void term_begin(const struct term *term, struct buffer *out, enum term_style style);
void term_end(const struct term *term, struct buffer *out, enum term_style style);
/* Text in a style. */
void term_put(const struct term *term, struct buffer *out, enum term_style style, struct str text);
void term_format(const struct term *term, struct buffer *out, enum term_style style, const char *format, ...)
    printf_like(4, 5);
/* A sentence broken at spaces into the terminal's width; every line is indented, the first one assumes that
 * `indent` columns are written already. Ends with a line feed. */
void term_paragraph(const struct term *term, struct buffer *out, unsigned indent, struct str text);
/* A heading with an empty line before it. */
void term_heading(const struct term *term, struct buffer *out, const char *title);

#endif
