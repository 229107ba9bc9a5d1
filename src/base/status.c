#include "base/status.h"

#include <stdio.h>
#include <string.h>

/* A cut in the middle of a UTF-8 sequence would make the whole message invalid text; step back to a boundary. */
static void trim_to_utf8_boundary(char *text, size_t size)
{
    size_t length = strlen(text);
    if (length + 1 < size) {
        return;
    }
    size_t start = length;
    while (start > 0 && ((unsigned char)text[start - 1] & 0xC0) == 0x80) {
        start--;
    }
    if (start == 0) {
        return;
    }
    unsigned char lead = (unsigned char)text[start - 1];
    size_t expected = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    if (length - (start - 1) < expected) {
        text[start - 1] = '\0';
    }
}

enum status error_set_v(struct error *error, enum status status, const char *place, const char *format, va_list args)
{
    if (error == NULL) {
        return status;
    }
    error->status = status;
    (void)snprintf(error->place, sizeof error->place, "%s", place != NULL ? place : "");
    trim_to_utf8_boundary(error->place, sizeof error->place);
    (void)vsnprintf(error->text, sizeof error->text, format, args);
    trim_to_utf8_boundary(error->text, sizeof error->text);
    return status;
}

enum status error_set(struct error *error, enum status status, const char *place, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)error_set_v(error, status, place, format, args);
    va_end(args);
    return status;
}

enum status error_no_memory(struct error *error, const char *place)
{
    return error_set(error, STATUS_FATAL, place, "out of memory; give the process more or send smaller batches");
}

const char *status_name(enum status status)
{
    switch (status) {
    case STATUS_OK:
        return "ok";
    case STATUS_INVALID:
        return "invalid";
    case STATUS_ABSENT:
        return "absent";
    case STATUS_RETRY:
        return "retry";
    case STATUS_FATAL:
        return "fatal";
    }
    return "unknown";
}
