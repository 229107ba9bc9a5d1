/* import_limits.h: the limits of reading other tools' files, tied to those of base/limits.h. */
#ifndef TRIMODAL_IMPORT_IMPORT_LIMITS_H
#define TRIMODAL_IMPORT_IMPORT_LIMITS_H

#include "base/json_write.h"
#include "base/limits.h"

#define IMPORT_READ_BYTES (256 * KIB)     /* asked of the source at a time */
#define IMPORT_ITEM_BYTES (16 * MIB)      /* one line of NDJSON, one element of a JSON array, one XML tag */
#define IMPORT_STATE_BYTES (512 * MIB)    /* what must be remembered of one file: scenarios, steps, tasks, violations */
#define IMPORT_NAMES_MAX ((size_t)8 << 20) /* distinct scenarios or violations in one file */
#define IMPORT_MESSAGE_BYTES (96 * KIB)   /* of an error message; the rest is cut off and counted in the text */
#define IMPORT_XML_DEPTH 64
#define IMPORT_JSON_DEPTH 64              /* of parts that are passed over; what is read has LIMIT_JSON_DEPTH */
#define IMPORT_LIST_BYTES (256 * KIB)     /* of one list of modules in an event; further ones get events of their own */
#define IMPORT_HEAD_BYTES (64 * KIB)      /* looked at to tell formats apart */

#define IMPORT_ESCAPED_MAX 6 /* bytes that JSON may make of one: \u001b */

static_assert(IMPORT_MESSAGE_BYTES * IMPORT_ESCAPED_MAX + LIMIT_PATH_BYTES * IMPORT_ESCAPED_MAX < LIMIT_EVENT_BYTES,
              "an event can hold its message however it is escaped");
static_assert(IMPORT_MESSAGE_BYTES < LIMIT_TEXT_BYTES, "the decoder takes the message");
static_assert(IMPORT_HEAD_BYTES <= IMPORT_READ_BYTES, "one read shows the head");

#endif
