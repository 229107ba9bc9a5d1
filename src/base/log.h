/* log.h: what the program says while it runs, one line an occurrence.
 *
 * Structured JSON on standard error ({"time":…,"level":…,"message":…,…}) for servers, plain sentences for people
 * (`log_set_format`). Never personal data: callers pass ids, counts and error texts only, and what looks personal in a message
 * is masked where the process has said how (`log_set_mask`). Thread-safe: a line is one write.
 */
#ifndef TRIMODAL_BASE_LOG_H
#define TRIMODAL_BASE_LOG_H

#include "base/buffer.h"
#include "base/status.h"
#include "base/str.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum log_format { LOG_JSON, LOG_PLAIN };

void log_set_level(enum log_level lowest);
void log_set_format(enum log_format format);
/* Appends the message as it may be shown. Called by any thread; before others log. */
void log_set_mask(void (*mask)(struct str message, struct buffer *shown));
bool log_level_from_name(struct str name, enum log_level *level);

/* `fields` is NULL or the inside of a JSON object, e.g. "\"events\":12"; it must be valid JSON. */
void log_line(enum log_level level, const char *fields, const char *format, ...) printf_like(3, 4);
void log_error(const char *what, const struct error *error); /* level by class */

#endif
