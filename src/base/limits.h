/* limits.h: everything has a limit, and all of them stand here (law 6).
 *
 * Over a limit means a clear refusal that names the limit; never a crash, never a silent cut. The assertions at the
 * end tie the limits to each other.
 */
#ifndef TRIMODAL_BASE_LIMITS_H
#define TRIMODAL_BASE_LIMITS_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#define KIB ((size_t)1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

/* What comes over the wire. */
#define LIMIT_HEADER_BYTES (16 * KIB)        /* request line and headers together; over it: 431 */
#define LIMIT_HEADER_COUNT 100
#define LIMIT_BODY_BYTES (64 * MIB)          /* as sent; over it: 413 */
#define LIMIT_DECODED_BODY_BYTES (256 * MIB) /* after gzip or zstd; a bomb stops here */
#define LIMIT_CONNECTIONS 16384
#define LIMIT_CONNECTIONS_PER_ADDRESS 16384  /* one proxy may stand before all users */
#define LIMIT_OUTPUT_QUEUE_BYTES (64 * MIB)  /* a reader that does not read is cut here */
#define LIMIT_WEBSOCKET_MESSAGE_BYTES (1 * MIB)
#define LIMIT_HEADER_TIMEOUT_MS 10000        /* absolute, from the first byte */
#define LIMIT_BODY_TIMEOUT_MS 120000
#define LIMIT_MESSAGE_TIMEOUT_MS 30000       /* a WebSocket message, from its first byte to its last */
#define LIMIT_IDLE_TIMEOUT_MS 75000
#define LIMIT_DRAIN_TIMEOUT_MS 30000

/* One event. */
#define LIMIT_EVENT_BYTES (1 * MIB)   /* of JSON; longer ones become dead letters */
#define LIMIT_SEALED_BYTES (4 * MIB)  /* of the personal values of one event, encrypted; spans are at most 32 a text */
#define LIMIT_JSON_DEPTH 32
#define LIMIT_ID_BYTES 512            /* ids, names that serve as ids, enum symbols */
#define LIMIT_PATH_BYTES 4096         /* file and feature paths */
#define LIMIT_TEXT_BYTES (256 * KIB)  /* messages, stack traces, any other text field */
#define LIMIT_METADATA_ENTRIES 256
#define LIMIT_LIST_ITEMS 10000        /* depends_on, tags, cycle members of one event */
#define LIMIT_FUTURE_MS ((int64_t)24 * 3600 * 1000) /* SPEC 2: later timestamps are rejected */
#define LIMIT_TIMESTAMP_MIN ((int64_t)0)
#define LIMIT_TIMESTAMP_MAX INT64_C(253402300799999) /* 9999-12-31T23:59:59.999Z */

/* One connection (src/net). */
#define NET_READ_BYTES (64 * KIB)         /* of one read, one buffer for the loop */
#define NET_PENDING_BYTES_MAX (64 * KIB)  /* unparsed input of one connection; over it reading stops */
#define NET_OUTPUT_HIGH_BYTES (256 * KIB) /* unwritten answers; over it no further request is parsed */
#define NET_CHUNK_BYTES (16 * KIB)        /* piece of output in which small answers gather */
#define NET_DISCARD_BYTES_MAX (64 * KIB)  /* rest of a refused body that is worth reading to keep the connection */
#define NET_BODY_FIRST_BYTES (1 * MIB)    /* most that a Content-Length is trusted with before bytes come */
#define NET_SPARE_BYTES_MAX (64 * KIB)    /* memory a recycled exchange keeps for its next body */
#define NET_SPARES_MAX 256
#define NET_ADDRESS_BUCKETS 1024
#define NET_FAN_OUT_SLICE 512
#define NET_PING_INTERVAL_MS 30000 /* a WebSocket silent for this long is asked, and gets as long to answer */
#define NET_CLOSE_TIMEOUT_MS 5000  /* for the closing handshake, and for lingering after an early answer */
#define NET_HEADERS_MAX 16         /* of an answer, besides those the layer adds */
#define NET_LISTENERS_MAX 8

/* Other tools' files (src/import). */
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

/* The pipeline. */
#define LIMIT_BATCH_EVENTS 16384            /* in one commit */
#define LIMIT_BATCH_BYTES (32 * MIB)        /* payload in one commit; the last event may go over it */
#define LIMIT_PENDING_BYTES (512 * MIB)     /* admitted, not yet durable; over it: 503 and Retry-After */
#define LIMIT_DEAD_LETTER_BYTES LIMIT_BODY_BYTES
#define LIMIT_SENDERS_WINDOW_MS 60000       /* how long who sent what is gathered before it goes to the audit log */
#define LIMIT_REPLAY_BATCH 10000

/* The graph of one process. */
#define LIMIT_TENANTS 65535
#define LIMIT_NODES UINT32_MAX
#define LIMIT_FACTS (UINT32_MAX - 1)
#define LIMIT_INTERN_BYTES (64 * GIB)

/* Answers. */
#define LIMIT_ANSWER_BYTES (256 * MIB)
#define LIMIT_PAGE_ITEMS 1000
#define LIMIT_REQUEST_ARENA_BYTES (2 * GIB)
#define LIMIT_QUERY_NODES 200000    /* nodes in one view */
#define LIMIT_APPROVAL_FACTS 8192   /* whose verdicts are worked out for the approval rate in any case */
#define LIMIT_APPROVAL_MS 20        /* of working out more of them, in one request */
#define LIMIT_TIMELINE_BUCKETS 2000
#define LIMIT_TIMELINE_MOMENTS 4000 /* facts in a range whose moments are listed one by one */
#define LIMIT_TIMELINE_MARKS 20000  /* changes of one verdict along one clock */
#define LIMIT_TIMELINE_MS 20        /* of working out verdicts along time, in one request */
#define LIMIT_TIMELINES 24          /* kept, besides that of each iteration's valid time as it is known now */
#define LIMIT_LAYOUT_NODES 20000
#define LIMIT_DSM_MODULES 5000

/* The language of questions, GraphQL. */
#define LIMIT_QUERY_NESTING 128           /* of braces, brackets and types in a text, as it is parsed */
#define LIMIT_QUERY_CHECK_STEPS 2000000   /* of validation, in one document, where its rules take more time than its length */
#define LIMIT_QUERY_CHECK_BYTES (1 * GIB) /* of memory meanwhile; steps and tokens end long before */
#define LIMIT_QUERY_TOKENS 10000
#define LIMIT_QUERY_DEPTH 32
#define LIMIT_QUERY_ALIASES 500
#define LIMIT_QUERY_FIELDS 5000
#define LIMIT_QUERY_VARIABLES 2500
#define LIMIT_QUERY_VARIABLES_BYTES (4 * MIB) /* as JSON */
#define LIMIT_QUERY_OBJECTS 2000000       /* in one answer */
#define LIMIT_QUERY_TIME_MS 10000         /* of one run, its waiting not counted */
#define LIMIT_QUERY_SLICE_MS 2            /* after it, a run lets others in */
#define LIMIT_QUERY_EVENT_TIME_MS 1000    /* of one that may not let others in: an update of a subscription */
#define LIMIT_QUERY_STACK_BYTES (2 * MIB) /* of one run, in address space; memory where it is touched */
#define LIMIT_QUERY_STACK_BYTES_MAX (8 * MIB) /* likewise, where the configuration allows longer documents */
#define LIMIT_QUERY_SPARE_STACKS 16       /* kept for the next ones */
#define LIMIT_QUERY_ERRORS 100            /* listed in one answer; the others are counted */
#define LIMIT_QUERY_ERROR_BYTES (1 * MIB) /* likewise */
#define LIMIT_QUERY_PLAN_BYTES (32 * MIB) /* of one plan, as it has grown */
#define LIMIT_QUERY_SCHEMA_TOKENS 1000000
#define LIMIT_QUERY_SCHEMA_BYTES (64 * MIB)

/* GraphQL operations. */
#define LIMIT_GRAPHQL_BODY_BYTES (1 * MIB)       /* of a request; over it: 413 */
#define LIMIT_GRAPHQL_PLANS 2000                 /* kept */
#define LIMIT_GRAPHQL_PLAN_BYTES (64 * MIB)      /* of them all */
#define LIMIT_GRAPHQL_OPERATIONS 4096            /* under way; over it: 503 */
#define LIMIT_GRAPHQL_SOCKET_OPERATIONS 200      /* of one WebSocket at a time */
#define LIMIT_GRAPHQL_INIT_TIMEOUT_MS 10000      /* from the open WebSocket to its connection_init */

/* Live updates. */
#define LIMIT_LIVE_SUBSCRIBERS 65536          /* over it: 503 */
#define LIMIT_LIVE_TOPIC_BYTES (64 * KIB)     /* what one subscriber asks for, as text */
#define LIMIT_LIVE_CHANGES 10000              /* nodes and links in one update; over it: read afresh */
#define LIMIT_LIVE_PAYLOAD_BYTES (32 * MIB)   /* one update as text; over it: read afresh */
#define LIMIT_LIVE_BACKLOG_BYTES (256 * KIB)  /* queued for one subscriber; over it nothing is added until it has read */
#define LIMIT_LIVE_LAG_MS 30000               /* over the backlog for this long: cut */
#define LIMIT_LIVE_KEPT_BYTES (256 * MIB)     /* views told last that are kept; the others are made again when needed */

static_assert(LIMIT_EVENT_BYTES < LIMIT_BODY_BYTES, "a body can hold an event");
static_assert(LIMIT_BODY_BYTES <= LIMIT_DECODED_BODY_BYTES, "decoding does not shrink what is allowed");
static_assert(LIMIT_TEXT_BYTES < LIMIT_EVENT_BYTES, "an event can hold its longest text");
static_assert(LIMIT_EVENT_BYTES < LIMIT_BATCH_BYTES, "a batch can hold an event");
static_assert(LIMIT_DECODED_BODY_BYTES <= LIMIT_PENDING_BYTES, "one request can always be admitted when nothing waits");
static_assert(LIMIT_DEAD_LETTER_BYTES >= LIMIT_BODY_BYTES, "whatever was sent can be kept");
static_assert(LIMIT_LIVE_PAYLOAD_BYTES + LIMIT_LIVE_BACKLOG_BYTES <= LIMIT_OUTPUT_QUEUE_BYTES,
              "a reader that may get an update can get the largest one");
static_assert(LIMIT_GRAPHQL_BODY_BYTES <= LIMIT_WEBSOCKET_MESSAGE_BYTES, "what goes over HTTP goes over a WebSocket");
static_assert(LIMIT_QUERY_EVENT_TIME_MS <= LIMIT_QUERY_TIME_MS, "what holds up others may not take longer than what does not");
static_assert(LIMIT_QUERY_SLICE_MS < LIMIT_QUERY_EVENT_TIME_MS, "a slice is less than the whole");
static_assert(LIMIT_GRAPHQL_OPERATIONS * LIMIT_QUERY_STACK_BYTES <= 8 * GIB,
              "all operations may have left their stacks in the middle, in address space");
static_assert(LIMIT_QUERY_TOKENS / 8 * 400 * 4 <= LIMIT_QUERY_STACK_BYTES,
              "four times what the longest chain of fragments (8 tokens each) takes, with AddressSanitizer");
static_assert(LIMIT_ID_BYTES <= LIMIT_PATH_BYTES, "a path can be an id");
static_assert(IMPORT_MESSAGE_BYTES * IMPORT_ESCAPED_MAX + LIMIT_PATH_BYTES * IMPORT_ESCAPED_MAX < LIMIT_EVENT_BYTES,
              "an event can hold its message however it is escaped");
static_assert(IMPORT_MESSAGE_BYTES < LIMIT_TEXT_BYTES, "the decoder takes the message");
static_assert(IMPORT_HEAD_BYTES <= IMPORT_READ_BYTES, "one read shows the head");
static_assert(NET_CHUNK_BYTES <= NET_OUTPUT_HIGH_BYTES, "a chunk of output can be waited for");
static_assert(NET_OUTPUT_HIGH_BYTES <= LIMIT_OUTPUT_QUEUE_BYTES, "reading stops before a slow reader is cut");
static_assert(NET_BODY_FIRST_BYTES <= LIMIT_BODY_BYTES, "no body is trusted with more than it may have");
static_assert(LIMIT_HEADER_BYTES <= NET_PENDING_BYTES_MAX, "a request's head fits what waits unparsed");

#endif
