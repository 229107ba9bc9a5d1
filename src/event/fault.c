#include <stdio.h>

#include "event/decode_job.h"

static const char *const category_names[] = {"SCHEMA_VALIDATION", "CORRELATION_FAILED", "DATABASE_ERROR",
                                             "TRANSIENT_NETWORK", "CRITICAL"};
static_assert(sizeof category_names / sizeof category_names[0] == EVENT_FAULT_COUNT, "each category has a name");

const char *event_fault_name(enum event_fault_category category)
{
    assert(category < EVENT_FAULT_COUNT);
    return category_names[category];
}

bool event_fault_from_name(struct str name, enum event_fault_category *category)
{
    for (int i = 0; i < EVENT_FAULT_COUNT; i++) {
        if (str_equal_ignoring_case(name, str_from(category_names[i]))) {
            *category = (enum event_fault_category)i;
            return true;
        }
    }
    return false;
}

bool event_fault_is_retriable(enum event_fault_category category)
{
    return category == EVENT_FAULT_DATABASE_ERROR || category == EVENT_FAULT_TRANSIENT_NETWORK;
}

const char *event_printable(struct str text, char printable[EVENT_QUOTE_SIZE])
{
    size_t length = text.length;
    bool cut = length > 60;
    if (cut) {
        length = 60;
        while (length > 0 && ((unsigned char)text.at[length] & 0xC0) == 0x80) {
            length--;
        }
    }
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text.at[i];
        printable[i] = c < 0x20 || c == 0x7F ? '?' : (char)c;
    }
    (void)snprintf(printable + length, EVENT_QUOTE_SIZE - length, "%s", cut ? "…" : "");
    return printable;
}

const char *event_quote(struct str text, char quoted[EVENT_QUOTE_SIZE])
{
    char printable[EVENT_QUOTE_SIZE];
    (void)snprintf(quoted, EVENT_QUOTE_SIZE, "\"%s\"", event_printable(text, printable));
    return quoted;
}

enum status event_fault_schema(struct event_decode_job *job, const char *place, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)error_set_v(&job->fault->error, STATUS_INVALID, place, format, args);
    va_end(args);
    job->fault->category = EVENT_FAULT_SCHEMA_VALIDATION;
    return STATUS_INVALID;
}

enum status event_fault_correlation(struct event_decode_job *job, const char *place, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)error_set_v(&job->fault->error, STATUS_INVALID, place, format, args);
    va_end(args);
    job->fault->category = EVENT_FAULT_CORRELATION_FAILED;
    return STATUS_INVALID;
}

enum status event_fault_memory(struct event_decode_job *job)
{
    job->fault->category = EVENT_FAULT_CRITICAL;
    return error_no_memory(&job->fault->error, "");
}

enum status event_fault_type(struct event_decode_job *job, const char *place, const char *expected, struct json came)
{
    enum json_type type = json_type(came);
    const char *article =
        type == JSON_NULL || type == JSON_ARRAY || type == JSON_OBJECT || type == JSON_I64 || type == JSON_U64
            ? (type == JSON_NULL ? "" : "an ")
            : "a ";
    return event_fault_schema(job, place, "%s: expected %s, got %s%s", place, expected, article, json_type_name(type));
}

/* Nearest names: edits are insertion, deletion, replacement and the swap of two neighbours (optimal string alignment). */
#define NEAREST_LENGTH_MAX 48

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static unsigned distance(struct str a, struct str b)
{
    unsigned rows[3][NEAREST_LENGTH_MAX + 1];
    for (unsigned j = 0; j <= b.length; j++) {
        rows[0][j] = j;
    }
    for (unsigned i = 1; i <= a.length; i++) {
        unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3], *two_above = rows[(i + 1) % 3];
        row[0] = i;
        for (unsigned j = 1; j <= b.length; j++) {
            unsigned differs = a.at[i - 1] != b.at[j - 1];
            row[j] = least(above[j - 1] + differs, least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a.at[i - 1] == b.at[j - 2] && a.at[i - 2] == b.at[j - 1]) {
                row[j] = least(row[j], two_above[j - 2] + 1);
            }
        }
    }
    return rows[a.length % 3][b.length];
}

struct nearest {
    char text[NEAREST_LENGTH_MAX]; /* what came, in capitals, dots as underscores */
    size_t length;
    unsigned distance;
    const char *symbol;
};

/* False where what came is too long to be a slip. */
static bool nearest_begin(struct nearest *nearest, struct str came)
{
    *nearest = (struct nearest){.length = came.length};
    if (came.length == 0 || came.length > NEAREST_LENGTH_MAX) {
        return false;
    }
    for (size_t i = 0; i < came.length; i++) {
        char c = came.at[i];
        nearest->text[i] = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c == '.' || c == '-' || c == ' ' ? '_' : c);
    }
    nearest->distance = (unsigned)(came.length < 6 ? 2 : came.length / 3);
    return true;
}

static void nearest_consider(struct nearest *nearest, struct str symbol)
{
    if (symbol.length > NEAREST_LENGTH_MAX) {
        return;
    }
    char capitals[NEAREST_LENGTH_MAX];
    for (size_t i = 0; i < symbol.length; i++) {
        char c = symbol.at[i];
        capitals[i] = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    unsigned away = distance((struct str){nearest->text, nearest->length}, (struct str){capitals, symbol.length});
    if (away < nearest->distance || (away == nearest->distance && nearest->symbol == NULL)) {
        nearest->distance = away;
        nearest->symbol = symbol.at;
    }
}

enum status event_fault_symbol(struct event_decode_job *job, enum event_field field, struct str came)
{
    const struct event_field_info *info = &event_fields[field];
    struct nearest nearest;
    bool search = nearest_begin(&nearest, came);
    char all[256];
    size_t at = 0;
    for (uint32_t i = 0; i < info->symbol_count; i++) {
        if (search) {
            nearest_consider(&nearest, info->symbols[i]);
        }
        int written = snprintf(all + at, sizeof all - at, "%s%s", i > 0 ? ", " : "", info->symbols[i].at);
        at = written < 0 || at + (size_t)written >= sizeof all ? sizeof all - 1 : at + (size_t)written;
    }
    char quoted[EVENT_QUOTE_SIZE];
    const char *name = info->name.at;
    if (nearest.symbol != NULL) {
        return event_fault_schema(job, name, "%s: %s is none of %s; did you mean %s?", name, event_quote(came, quoted), all,
                                  nearest.symbol);
    }
    return event_fault_schema(job, name, "%s: %s is none of %s", name, event_quote(came, quoted), all);
}

enum status event_fault_event_type(struct event_decode_job *job, struct str came, enum event_stream stream)
{
    char quoted[EVENT_QUOTE_SIZE];
    (void)event_quote(came, quoted);
    enum event_type elsewhere;
    if (event_type_from_symbol(came, EVENT_STREAM_COUNT, &elsewhere)) {
        return event_fault_schema(job, "event_type",
                                  "event_type: %s belongs to the stream %s, but the event says its stream is %s", quoted,
                                  event_stream_name(event_type_stream(elsewhere)), event_stream_name(stream));
    }
    enum event_stream named = EVENT_STREAM_COUNT;
    struct str rest = came, piece, tail = came;
    while (str_split_next(&rest, '.', &piece)) {
        if (rest.at != NULL && event_stream_from_name(piece, &named)) {
            tail = rest;
        }
    }
    stream = stream == EVENT_STREAM_COUNT ? named : stream;
    struct nearest nearest;
    bool search = nearest_begin(&nearest, tail);
    for (int i = 0; search && i < EVENT_TYPE_COUNT; i++) {
        bool is_candidate =
            stream == EVENT_STREAM_COUNT ? event_types[i].stream != EVENT_STREAM_CONTROL : event_types[i].stream == stream;
        if (is_candidate) {
            nearest_consider(&nearest, event_types[i].symbol);
        }
    }
    const char *of = stream == EVENT_STREAM_COUNT ? "" : event_stream_name(stream);
    const char *space = stream == EVENT_STREAM_COUNT ? "" : " ";
    if (nearest.symbol != NULL) {
        return event_fault_schema(job, "event_type", "event_type: %s is no %s%sevent type; did you mean %s?", quoted, of,
                                  space, nearest.symbol);
    }
    return event_fault_schema(job, "event_type", "event_type: %s is no %s%sevent type; docs/events.md lists them", quoted,
                              of, space);
}
