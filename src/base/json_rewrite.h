/* json_rewrite.h: a JSON value that was read, written again: same members in the same order, integers digit for digit. Failures
 * stick in the writer's buffer. Depth is what the parser let through (LIMIT_JSON_DEPTH). */
#ifndef TRIMODAL_BASE_JSON_REWRITE_H
#define TRIMODAL_BASE_JSON_REWRITE_H

#include "base/json_read.h"
#include "base/json_write.h"

void json_rewrite(struct json value, struct json_writer *writer);

#endif
