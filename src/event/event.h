/* event.h: what an event is, in memory.
 *
 * An event is one thing that happened to one node of one iteration (SPEC section 2). Which fields there are, their
 * kinds, enums and defaults is defined in schemas/avro/ and nowhere else: `event_schema.h` and its tables are made from
 * there at build time. An event in memory is its envelope (the fields every stream shares and the pipeline needs at
 * once) and the list of the other fields that it gives a value other than their default (null, empty, "standard"), in
 * the order of enum event_field.
 *
 * Ownership: an event owns nothing. All its texts and lists live in the arena it was decoded into. Texts are not
 * terminated. Thread-safe in that all functions here only read the event.
 */
#ifndef TRIMODAL_EVENT_EVENT_H
#define TRIMODAL_EVENT_EVENT_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/str.h"
#include "event/event_schema.h" /* generated: enum event_stream, enum event_type, enum event_field, enum symbols */

#define EVENT_KEY_SIZE 16

/* Names and values of metadata, sorted by name (str_compare), names distinct. */
struct event_pair {
    struct str name;
    struct str value;
};

/* A value of one field; which member holds it follows from the field's kind (event_fields[field].kind). */
struct event_value {
    enum event_field field;
    uint32_t count; /* of items or pairs */
    union {
        struct str text;          /* EVENT_KIND_STRING */
        int64_t integer;          /* EVENT_KIND_INT, EVENT_KIND_LONG */
        double real;              /* EVENT_KIND_DOUBLE; of EVENT_KIND_FLOAT the number its shortest decimal text names */
        bool truth;               /* EVENT_KIND_BOOLEAN */
        uint32_t symbol;          /* EVENT_KIND_ENUM: index into the enum's symbols */
        struct str *items;        /* EVENT_KIND_STRINGS: count of them */
        struct event_pair *pairs; /* EVENT_KIND_MAP: count of them */
    };
};

struct event {
    enum event_stream stream;
    enum event_type type;
    int64_t timestamp; /* ms since the epoch: valid time */
    struct str event_id;
    struct str iteration_id;
    struct str tenant_id;        /* never absent: "default" when nothing says otherwise */
    struct str node_id;          /* what it happened to, after the fallbacks of event_node_id(); never absent */
    struct str key_text;         /* the idempotency key as given or computed */
    uint8_t key[EVENT_KEY_SIZE]; /* its 16 bytes: the key's own where it is 32 lower-case hex digits, else of its SHA-256 */
    struct str trace_id;         /* 32 lower-case hex digits or absent */
    uint64_t content_hash;       /* as it came, where some of it may be gone since (event/seal.h); 0: what event_content_hash works out */
    uint32_t value_count;
    struct event_value *values; /* all fields that are not in the envelope above, sorted by field */
};

/* The event's value of a field, or NULL; also for fields whose default is not null. Not for those in the envelope. */
const struct event_value *event_value(const struct event *event, enum event_field field);
/* Shorthands that give STR_NONE, or the fallback, where the field is absent. */
struct str event_text(const struct event *event, enum event_field field);
int64_t event_integer(const struct event *event, enum event_field field, int64_t fallback);
/* The symbol of an enum field, or the schema's default, or -1 for null. */
int32_t event_symbol_of(const struct event *event, enum event_field field);
/* The value of a metadata key, or STR_NONE. */
struct str event_metadata(const struct event *event, struct str name);

/* A 64-bit hash over everything the event says about the world: all but event_id, the key and the trace context
 * (trace_id, span_id, parent_span_id, traceparent, tracestate) and pii_tags, which this system adds to. Two events with one
 * key and different content hashes are a conflict (SPEC 2, "Taking events in"). The same on every machine and for later
 * versions of the schemas. */
uint64_t event_content_hash(const struct event *event);

/* The canonical form that is kept in the log: one JSON object in schema order, without nulls, defaults and spaces,
 * with node_id and idempotency_key filled in. Decoding it (with event_defaults_for_log) gives the same event, encoding
 * that the same bytes. Failure (no memory, buffer full) sticks in the buffer. */
void event_encode(const struct event *event, struct buffer *json);

#endif
