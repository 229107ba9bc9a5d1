/* decode_job.h: what the files of the decoder share; private to src/event.
 *
 * decode_gather.c finds the place of each member, decode.c decides what the event is, decode_value.c turns one member
 * into a value, decode_metadata.c does so for metadata, decode_trace.c checks trace context, fault.c words what is wrong.
 */
#ifndef TRIMODAL_EVENT_DECODE_JOB_H
#define TRIMODAL_EVENT_DECODE_JOB_H

#include "base/json_read.h"
#include "base/limits.h"
#include "base/sha256.h"
#include "event/decode.h"

/* One bit a field. */
struct event_field_set {
    uint64_t words[2];
};

static_assert(EVENT_FIELD_COUNT < 128, "an event_field_set has room");

static inline bool event_field_set_has(const struct event_field_set *set, int field)
{
    return (set->words[field >> 6] >> (field & 63) & 1) != 0;
}

static inline void event_field_set_add(struct event_field_set *set, int field)
{
    set->words[field >> 6] |= UINT64_C(1) << (field & 63);
}

/* A member that the schema does not have, on its way to metadata. */
struct event_moved {
    struct str name;
    struct json value;
    bool name_is_kept; /* it lies in the arena or is constant, and is not the parser's */
};

struct event_decoder {
    struct json_parser *parser;
    struct json_parser *data_parser; /* of data_base64; made when one comes */
    struct sha256 *hash;
    struct buffer scratch; /* JSON text of one nested value */
    struct event_field_set stream_fields[EVENT_STREAM_COUNT];
    struct json values[EVENT_FIELD_COUNT]; /* of the fields in `given` */
    struct event_moved moved[LIMIT_METADATA_ENTRIES];
};

/* One call of event_decode. */
struct event_decode_job {
    struct event_decoder *decoder;
    struct arena *arena;
    const struct event_defaults *defaults;
    struct event *event;
    struct event_fault *fault;
    struct event_field_set seen;  /* named in the object */
    struct event_field_set given; /* and not null */
    size_t moved_count;
    size_t moved_bytes;     /* of JSON text made of objects and lists, so that the canonical form stays bounded */
    struct str stream_name; /* `stream` or `model_type` */
    bool is_parsed;
    bool is_cloudevent;
    char *texts; /* where the next text goes; has room for all of the JSON's: each is kept once, and unescaping only shortens
                  */
    size_t texts_left;
};

/* fault.c: all fill *fault and return its status. `place` is the field's name. */
enum status event_fault_schema(struct event_decode_job *job, const char *place, const char *format, ...) printf_like(3, 4);
enum status event_fault_correlation(struct event_decode_job *job, const char *place, const char *format, ...)
    printf_like(3, 4);
enum status event_fault_memory(struct event_decode_job *job);
enum status event_fault_type(struct event_decode_job *job, const char *place, const char *expected, struct json came);
/* Text that is no symbol of an enum; names the nearest. */
enum status event_fault_symbol(struct event_decode_job *job, enum event_field field, struct str came);
enum status event_fault_event_type(struct event_decode_job *job, struct str came, enum event_stream stream);

#define EVENT_QUOTE_SIZE 80
/* The text cut at 60 bytes, without control characters: safe to print; and the same between quotes. */
const char *event_printable(struct str text, char printable[EVENT_QUOTE_SIZE]);
const char *event_quote(struct str text, char quoted[EVENT_QUOTE_SIZE]);

/* decode_gather.c. The second is for an object that has the member specversion; it starts over. */
enum status event_gather(struct event_decode_job *job, struct json object) must_check;
enum status event_gather_cloudevent(struct event_decode_job *job, struct json envelope) must_check;
/* A member that the stream's schema does not have goes to metadata. */
enum status event_decode_move(struct event_decode_job *job, struct str name, bool name_is_kept,
                              struct json value) must_check;

/* decode_trace.c. A hex id, which lies in the event's own memory: checked, in small letters, STR_NONE where all zeros. */
enum status event_check_trace_id(struct event_decode_job *job, const char *name, size_t digits, struct str *id) must_check;
enum status event_check_trace(struct event_decode_job *job) must_check;

/* decode_value.c */
/* Copies a text into the event's own memory. */
struct str event_keep_text(struct event_decode_job *job, struct str text);
/* Checks length and, in ids and paths, characters; keeps the text. An empty id or path becomes STR_NONE. */
enum status event_decode_text(struct event_decode_job *job, enum event_limit limit, const char *place, struct json json,
                              struct str *text) must_check;
enum status event_decode_time(struct event_decode_job *job, const char *place, struct json json, int64_t *ms) must_check;
/* *present: false where the value equals the field's default. Any field but metadata. */
enum status event_decode_value(struct event_decode_job *job, enum event_field field, struct json json,
                               struct event_value *value, bool *present) must_check;

/* decode_metadata.c: the field, if given, and all that moved. */
enum status event_decode_metadata(struct event_decode_job *job, struct event_value *value, bool *present) must_check;

#endif
