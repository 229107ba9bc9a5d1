/* table.h: rows and columns that fit the terminal.
 *
 * Cells are added row by row, left to right. Where the whole is too wide the widest columns that may shrink do, and their
 * texts end (or, for paths, begin) with an ellipsis; no line is ever broken. Failures of memory stick in the table and
 * come out as a failed `out` buffer.
 */
#ifndef TRIMODAL_CLI_TABLE_H
#define TRIMODAL_CLI_TABLE_H

#include "cli/term.h"

enum table_flags {
    TABLE_LEFT = 0,
    TABLE_RIGHT = 1,  /* numbers */
    TABLE_KEEP = 2,   /* never cut */
    TABLE_PATH = 4,   /* cut at the beginning */
};

struct table_column {
    const char *title;
    unsigned flags;
};

#define TABLE_COLUMNS_MAX 12

struct table_cell {
    size_t offset, length; /* in texts */
    enum term_style style;
};

struct table {
    const struct term *term;
    const struct table_column *columns;
    unsigned column_count;
    unsigned indent;
    struct buffer texts;
    struct table_cell *cells;
    size_t cell_count, cell_capacity;
    bool failed;
};

/* `columns` must outlive the table. */
void table_init(struct table *table, const struct term *term, const struct table_column *columns, unsigned column_count);
void table_release(struct table *table);

void table_put(struct table *table, enum term_style style, struct str text);
void table_format(struct table *table, enum term_style style, const char *format, ...) printf_like(3, 4);

/* Headings (where any column has one) and rows. Nothing at all without rows. Missing cells of the last row stay empty. */
void table_write(struct table *table, struct buffer *out);

#endif
