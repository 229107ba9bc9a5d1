/* decode.h: from JSON text to an event, or to the reason why not.
 *
 * Accepted are the JSON form of the schemas and CloudEvents 1.0 in structured mode (recognised by `specversion`);
 * docs/events.md shows both. What is taken leniently and what is not:
 *
 *   - null is absence, everywhere; so is an empty text where an id or a path is due.
 *   - event_type and enum symbols may be in small letters, event_type also dotted. `stream` or `model_type` may name the
 *     stream; the event type does so anyway, and must agree.
 *   - A number where text is due, or the reverse, is an error; 3.0 is an integer; times may be RFC 3339 text.
 *   - Members that the stream's schema does not have move to metadata, as text (objects and lists as JSON text), unless
 *     metadata has that name itself. Metadata values may be numbers or truth values; they become text too.
 *     depends_on may be a list of ids there; it becomes the comma-separated text that metadata wants.
 *   - A trace or span id of zeros only is absence. traceparent fills trace_id and span_id where trace_id is absent.
 *   - An object that has a name twice is rejected: which of the two was meant?
 *
 * A decoder serves one thread at a time and is reused: the parser's buffers and the hash stay.
 */
#ifndef TRIMODAL_EVENT_DECODE_H
#define TRIMODAL_EVENT_DECODE_H

#include "base/arena.h"
#include "event/event.h"

/* Why an event is in the dead-letter queue (SPEC 2). */
enum event_fault_category {
    EVENT_FAULT_SCHEMA_VALIDATION,
    EVENT_FAULT_CORRELATION_FAILED,
    EVENT_FAULT_DATABASE_ERROR,
    EVENT_FAULT_TRANSIENT_NETWORK,
    EVENT_FAULT_CRITICAL,
    EVENT_FAULT_COUNT
};
const char *event_fault_name(enum event_fault_category category);                 /* "SCHEMA_VALIDATION", … */
bool event_fault_from_name(struct str name, enum event_fault_category *category); /* any case */
bool event_fault_is_retriable(enum event_fault_category category);                /* as it is, without editing */

/* What is known of a rejected event. */
struct event_fault {
    enum event_fault_category category;
    struct error error;       /* place: the field ("metadata.depends_on", "scenario_tags[3]"), or "" for the whole text;
                                 text: a sentence with the field, what was expected, what came, and the remedy. It quotes
                                 symbols, times and ids only, never other text, which may be personal */
    enum event_stream stream; /* EVENT_STREAM_COUNT: unknown */
    struct str iteration_id;  /* as far as they could be read, else STR_NONE; in the arena */
    struct str event_id;
};

/* What holds where an event says nothing, and what is allowed. */
struct event_defaults {
    struct str tenant;       /* STR_NONE: "default" */
    bool tenant_is_fixed;    /* by the credential: an event that names another tenant is rejected */
    bool control_is_allowed; /* CONTROL events are this system's own; from outside they are rejected */
    bool size_is_checked;    /* LIMIT_EVENT_BYTES; canonical text can be a little longer than what was sent */
    struct str iteration_id; /* STR_NONE: the event must give it */
    int64_t now_ms;          /* timestamps more than LIMIT_FUTURE_MS after it are rejected */
};
/* For text that event_encode made. */
extern const struct event_defaults event_defaults_for_log;

struct event_decoder;
struct event_decoder *event_decoder_new(void) must_check; /* NULL without memory */
void event_decoder_free(struct event_decoder *decoder);   /* NULL is allowed */

/* Decodes one event. The text must have JSON_READ_PADDING readable bytes behind it; nothing of it is kept.
 * STATUS_OK: *event is filled, its texts lie in the arena. STATUS_INVALID: *fault says why (category SCHEMA_VALIDATION or
 * CORRELATION_FAILED). STATUS_FATAL: no memory, or the arena is full; *fault says so (CRITICAL). *event is undefined
 * after a failure. */
enum status event_decode(struct event_decoder *decoder, struct str json, struct arena *arena,
                         const struct event_defaults *defaults, struct event *event, struct event_fault *fault) must_check;

#endif
