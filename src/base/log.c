#include "base/log.h"

#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "base/json_write.h"
#include "base/clock.h"

#define LINE_SIZE 4096

static _Atomic enum log_level lowest_level = LOG_INFO;
static _Atomic enum log_format line_format = LOG_JSON;

static void (*mask_message)(struct str message, struct buffer *shown);

static const char *const level_names[] = {"debug", "info", "warn", "error"};

void log_set_level(enum log_level lowest)
{
    atomic_store(&lowest_level, lowest);
}

void log_set_format(enum log_format format)
{
    atomic_store(&line_format, format);
}

void log_set_mask(void (*mask)(struct str message, struct buffer *shown))
{
    mask_message = mask;
}

bool log_level_from_name(struct str name, enum log_level *level)
{
    for (int i = LOG_DEBUG; i <= LOG_ERROR; i++) {
        if (str_is(name, level_names[i])) {
            *level = (enum log_level)i;
            return true;
        }
    }
    return false;
}

static void write_json(struct buffer *line, enum log_level level, const char *fields, const char *message)
{
    struct json_writer writer;
    json_write_init(&writer, line, 0);
    json_write_object_begin(&writer);
    json_field_time(&writer, "time", clock_now_ms(&clock_system));
    json_field_text(&writer, "level", level_names[level]);
    json_field_text(&writer, "message", message);
    if (fields != NULL) {
        buffer_append_char(line, ',');
        buffer_append_text(line, fields);
    }
    json_write_object_end(&writer);
}

void log_line(enum log_level level, const char *fields, const char *format, ...)
{
    if (level < atomic_load(&lowest_level)) {
        return;
    }
    char message[LINE_SIZE];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(message, sizeof message, format, args);
    va_end(args);
    struct buffer line, shown;
    buffer_init(&line, 8 * (size_t)LINE_SIZE);
    buffer_init(&shown, 4 * (size_t)LINE_SIZE);
    if (mask_message != NULL) {
        mask_message(str_from(message), &shown);
    } else {
        buffer_append_text(&shown, message);
    }
    const char *text = buffer_failed(&shown) || shown.bytes == NULL ? "" : shown.bytes;
    if (atomic_load(&line_format) == LOG_JSON) {
        write_json(&line, level, fields, text);
    } else {
        buffer_append_format(&line, "trimodal: %s%s", level >= LOG_WARN ? level_names[level] : "",
                             level >= LOG_WARN ? ": " : "");
        buffer_append_text(&line, text);
    }
    buffer_append_char(&line, '\n');
    if (!buffer_failed(&line)) {
        ssize_t written = write(STDERR_FILENO, line.bytes, line.length);
        (void)written; /* there is nobody left to tell */
    }
    buffer_release(&shown);
    buffer_release(&line);
}

void log_error(const char *what, const struct error *error)
{
    enum log_level level = error->status == STATUS_FATAL || error->status == STATUS_RETRY ? LOG_ERROR : LOG_WARN;
    log_line(level, NULL, "%s: %s%s%s", what, error->place, error->place[0] != '\0' ? ": " : "", error->text);
}
