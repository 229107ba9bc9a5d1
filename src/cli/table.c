#include "cli/table.h"

#include <assert.h>
#include <stdio.h>

#include "base/limits.h"
#include "base/memory.h"

#define GAP 2 /* spaces between columns */
#define COLUMN_MIN 8

void table_init(struct table *table, const struct term *term, const struct table_column *columns, unsigned column_count)
{
    assert(column_count <= TABLE_COLUMNS_MAX);
    *table = (struct table){.term = term, .columns = columns, .column_count = column_count};
    buffer_init(&table->texts, LIMIT_ANSWER_BYTES);
}

void table_release(struct table *table)
{
    buffer_release(&table->texts);
    memory_free(table->cells);
}

static void add_cell(struct table *table, enum term_style style, size_t offset)
{
    if (table->cell_count == table->cell_capacity) {
        void *cells = memory_grow(table->cells, &table->cell_capacity, table->cell_count + 1, sizeof *table->cells);
        if (cells == NULL) {
            table->failed = true;
            return;
        }
        table->cells = cells;
    }
    table->cells[table->cell_count++] = (struct table_cell){offset, table->texts.length - offset, style};
}

void table_put(struct table *table, enum term_style style, struct str text)
{
    size_t offset = table->texts.length;
    buffer_append_str(&table->texts, text);
    add_cell(table, style, offset);
}

void table_format(struct table *table, enum term_style style, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (length < 0) {
        length = 0;
    }
    table_put(table, style, (struct str){text, (size_t)length < sizeof text ? (size_t)length : sizeof text - 1});
}

static struct str cell_text(const struct table *table, size_t cell)
{
    if (cell >= table->cell_count) {
        return STR("");
    }
    return (struct str){table->texts.bytes + table->cells[cell].offset, table->cells[cell].length};
}

/* The natural widths, then the widest shrinkable column gives way until all fits. */
static void find_widths(const struct table *table, unsigned widths[TABLE_COLUMNS_MAX])
{
    unsigned total = table->indent + GAP * (table->column_count - 1);
    for (unsigned c = 0; c < table->column_count; c++) {
        widths[c] = table->columns[c].title != NULL ? term_columns(str_from(table->columns[c].title)) : 0;
        for (size_t i = c; i < table->cell_count; i += table->column_count) {
            unsigned columns = term_columns(cell_text(table, i));
            widths[c] = columns > widths[c] ? columns : widths[c];
        }
        total += widths[c];
    }
    while (total > table->term->width) {
        unsigned widest = table->column_count;
        for (unsigned c = 0; c < table->column_count; c++) {
            bool shrinks = (table->columns[c].flags & TABLE_KEEP) == 0 && widths[c] > COLUMN_MIN;
            if (shrinks && (widest == table->column_count || widths[c] > widths[widest])) {
                widest = c;
            }
        }
        if (widest == table->column_count) {
            return;
        }
        widths[widest]--;
        total--;
    }
}

static void write_cell(const struct table *table, struct buffer *out, unsigned column, unsigned width, enum term_style style,
                       struct str text)
{
    unsigned flags = table->columns[column].flags;
    unsigned columns = term_columns(text), shown = columns < width ? columns : width;
    if ((flags & TABLE_RIGHT) != 0) {
        term_spaces(out, width - shown);
    }
    term_begin(table->term, out, style);
    shown = (flags & TABLE_PATH) != 0 ? term_cut_front(out, text, width) : term_cut(out, text, width);
    term_end(table->term, out, style);
    if ((flags & TABLE_RIGHT) == 0 && column + 1 < table->column_count) {
        term_spaces(out, width - shown);
    }
    if (column + 1 < table->column_count) {
        term_spaces(out, GAP);
    }
}

/* A line without the spaces that stand at its end. */
static void end_line(struct buffer *out)
{
    while (out->length > 0 && out->bytes[out->length - 1] == ' ') {
        buffer_cut(out, out->length - 1);
    }
    buffer_append_char(out, '\n');
}

void table_write(struct table *table, struct buffer *out)
{
    unsigned widths[TABLE_COLUMNS_MAX];
    bool titled = false;
    if (table->failed || buffer_failed(&table->texts)) {
        out->failed = true;
        return;
    }
    if (table->cell_count == 0) {
        return;
    }
    find_widths(table, widths);
    for (unsigned c = 0; c < table->column_count; c++) {
        titled |= table->columns[c].title != NULL;
    }
    if (titled) {
        term_spaces(out, table->indent);
        for (unsigned c = 0; c < table->column_count; c++) {
            const char *title = table->columns[c].title;
            write_cell(table, out, c, widths[c], STYLE_DIM, str_from(title != NULL ? title : ""));
        }
        end_line(out);
    }
    for (size_t i = 0; i < table->cell_count; i += table->column_count) {
        term_spaces(out, table->indent);
        for (unsigned c = 0; c < table->column_count; c++) {
            enum term_style style = i + c < table->cell_count ? table->cells[i + c].style : STYLE_PLAIN;
            write_cell(table, out, c, widths[c], style, cell_text(table, i + c));
        }
        end_line(out);
    }
}
