/* import_job.h: what one run of an importer has at hand, and how it writes events.
 *
 * An event's identity: SHA-256 over (format, iteration, node, event type, timestamp, ordinal), each part with its length
 * before it. event_id is a UUID of version 8 made of the timestamp (48 bits), the ordinal (12 bits) and the digest, so that
 * the ids of one moment sort in the order of the file: the graph folds facts of one moment by id. idempotency_key is the
 * other half of the digest. `ordinal` tells apart, and orders, what shares the rest.
 */
#ifndef TRIMODAL_IMPORT_IMPORT_JOB_H
#define TRIMODAL_IMPORT_IMPORT_JOB_H

#include "base/arena.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/sha256.h"
#include "import/import.h"
#include "base/limits.h"
#include "import/import_reader.h"

struct import_job {
    const struct import_format *format;
    const struct import_options *options;
    const struct import_sink *sink;
    struct import_summary *summary;
    struct import_reader reader;
    struct sha256 *sha256;
    struct buffer event;
    struct json_writer writer;
    uint64_t too_large; /* events over LIMIT_EVENT_BYTES */
};

struct import_event {
    const char *type;     /* "SCENARIO_PASSED" */
    const char *id_field; /* where the node's id is written: "node_id", "scenario_id", … or NULL when the decoder finds it */
    struct str node;      /* at most LIMIT_PATH_BYTES: see import_fit_id */
    int64_t timestamp;
    uint32_t ordinal;
};

/* Opens the event's object and writes what all have; the caller adds fields with the writer, then ends it. A timestamp
 * outside of LIMIT_TIMESTAMP_* becomes the nearest inside. */
struct json_writer *import_event_begin(struct import_job *job, const struct import_event *event);
/* Hands a text to the sink: among others, or alone where it has to be. */
enum status import_emit(struct import_job *job, struct str text, uint64_t length, struct error *error) must_check;
/* Closes it and hands it to the sink. */
enum status import_event_end(struct import_job *job, struct error *error) must_check;

/* A sentence of the summary. Past IMPORT_NOTES_MAX they are dropped. */
void import_note(struct import_job *job, const char *format, ...) printf_like(2, 3);
/* "1 module", "2 modules" */
#define IMPORT_COUNT_FORMAT "%llu %s%s"
#define IMPORT_COUNT(count, noun) (unsigned long long)(count), (noun), (count) == 1 ? "" : "s"

/* The time of a report that says none: when the file was written, else now. */
int64_t import_file_time(const struct import_job *job);

/* An id or path that a decoder takes: control characters become spaces, and past `length_max` it is cut and a hash of the whole
 * stands behind it. The result is `id` itself or lies in `room` (look at buffer_failed). `id` may not lie in `room`. */
struct str import_fit_id(struct str id, size_t length_max, struct buffer *room);
/* The same for text, where control characters may stay. */
struct str import_fit_text(struct str text, size_t length_max, struct buffer *room);
/* True when a decoder takes it as it is. */
bool import_is_id(struct str text, size_t length_max);

/* Writes a message, cut to IMPORT_MESSAGE_BYTES with a word about it; nothing when it is absent or empty. */
void import_field_message(struct json_writer *writer, const char *key, struct str message);
/* Nothing when absent. */
void import_field_if(struct json_writer *writer, const char *key, struct str text);

/* True when the tag is "@contract:…"; *contract is what stands behind. */
bool import_tag_contract(struct str tag, struct str *contract);
/* "scenario_tags" and "contract_tags" of a list of tags; at most LIMIT_LIST_ITEMS. */
void import_field_tags(struct json_writer *writer, const struct str *tags, size_t count);

/* Each importer: reads job->reader to its end. */
enum status import_events(struct import_job *job, struct error *error) must_check;
enum status import_cucumber(struct import_job *job, struct error *error) must_check;
enum status import_junit(struct import_job *job, struct error *error) must_check;
enum status import_dependency_cruiser(struct import_job *job, struct error *error) must_check;
enum status import_turborepo(struct import_job *job, struct error *error) must_check;

#endif
