/* net_internal.h: what the files of this folder share. Nobody outside includes it (but the fuzz targets).
 *
 * A connection is one state machine on top of one descriptor:
 *
 *   IDLE ──first byte──▶ HEAD ──head complete──▶ BODY ──message complete──▶ HANDLING ──net_reply──▶ IDLE
 *                                                  │ answered in on_headers       └─net_websocket_accept─▶ WEBSOCKET
 *                                                  └──▶ DISCARD ──message complete──▶ IDLE
 *   any ──`closing`, output written──▶ LINGER (our side is shut; input is read and dropped) ──end of input──▶ closed
 *
 * Invariants (net_connection_check asserts them):
 *  1. There is an exchange in HEAD, BODY and HANDLING, and in no other state.
 *  2. At most one request of a connection is with the handler; bytes that follow it wait in `pending`, unparsed. So
 *     answers leave in order.
 *  3. A connection is in at most one list of deadlines.
 *  4. A closed connection has no exchange, no output, no descriptor. Its memory stays until libuv's close callback,
 *     a later phase of the loop, so whoever is on the stack may still look at `closed`.
 *  5. output_bytes is the sum of what the segments have left.
 */
#ifndef TRIMODAL_NET_NET_INTERNAL_H
#define TRIMODAL_NET_NET_INTERNAL_H

#include <stdatomic.h>

#include <llhttp.h>
#include <openssl/ssl.h>
#include <uv.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "net/net.h"
#include "net/net_slots.h"

struct net_blob {
    atomic_uint references;
    bool message; /* holds a WebSocket frame */
    size_t length;
    size_t capacity; /* above length only for chunks of output still being filled */
    char bytes[];
};

struct net_segment { /* piece of output */
    struct net_segment *next;
    struct net_blob *blob;
    const char *at;
    size_t left;
    bool open; /* a chunk that may still be appended to */
};

enum net_deadline_kind {
    NET_DEADLINE_HEADER,
    NET_DEADLINE_BODY,
    NET_DEADLINE_IDLE,
    NET_DEADLINE_WRITE,
    NET_DEADLINE_PING,
    NET_DEADLINE_MESSAGE,
    NET_DEADLINE_CLOSE,
    NET_DEADLINE_KINDS,
    NET_DEADLINE_NONE = NET_DEADLINE_KINDS,
};

struct net_span { /* in the head */
    uint32_t at, length;
};

/* A request and what it was read into. */
struct net_exchange {
    struct net_request request; /* what the handler sees; id is 0 until the head is complete */
    struct net_connection *connection; /* NULL once the client has gone */
    struct net_exchange *next;         /* of the spare ones */
    bool handed;                       /* on_request was called: the handler ends it */
    bool expects_continue;
    bool chunked;
    uint64_t content_length;
    uint64_t began_ns;
    size_t body_bytes_max;
    struct buffer head; /* target, then names and values */
    struct net_span target;
    struct net_span (*spans)[2]; /* name, value */
    size_t spans_capacity;
    size_t span_count;
    struct net_header *headers;
    size_t headers_capacity;
    char *body;
    size_t body_length, body_capacity; /* the capacity without the padding */
    char peer[64];
    char *subject;
};

struct net_address { /* one client address: IPv4, or the first 64 bits of IPv6 */
    struct net_address *next;
    uint8_t key[16];
    size_t connections;
};

enum net_state {
    NET_STATE_IDLE,
    NET_STATE_HEAD,
    NET_STATE_BODY,
    NET_STATE_DISCARD,
    NET_STATE_HANDLING,
    NET_STATE_WEBSOCKET,
    NET_STATE_LINGER,
};

struct net_connection {
    struct net *net;
    struct net_connection *previous, *next; /* of all */
    uv_poll_t poll;
    int descriptor; /* -1 when closed */
    int events;     /* polled for */
    enum net_state state;
    bool closed;
    bool closing;      /* after the output is written; input is no longer looked at */
    bool read_closed;  /* end of input was seen */
    bool processing;   /* input is being parsed further up the stack */
    bool ready;        /* in net->ready */
    bool in_value;     /* the last header byte belonged to a value */
    bool after_newline; /* the last byte of the head was one */
    bool lines_ended;   /* the empty line that ends the head has begun */
    bool released;     /* closed, and only waiting to be taken out of net->ready */
    struct net_connection *next_ready;

    llhttp_t parser;
    struct net_exchange *exchange;
    size_t head_bytes, body_wire_bytes, body_bytes;
    unsigned refusal;           /* status with which the parser's callbacks ended the request, or 0 */
    const char *refusal_detail; /* static text */

    char *pending; /* input not yet parsed: from pending_at up to pending_length */
    size_t pending_at, pending_length, pending_capacity;

    struct net_segment *output, *output_last;
    size_t output_bytes;
    size_t written_since_deadline;

    enum net_deadline_kind deadline;
    bool deadline_restart;
    uint64_t deadline_ms;
    struct net_connection *deadline_previous, *deadline_next;

    SSL *ssl;
    bool tls_ready;            /* handshake done */
    bool tls_read_wants_write;
    bool tls_write_wants_read;
    char *tls_subject;

    struct net_address *address;
    char peer[64];
    struct net_websocket *websocket;
};

struct net_deadlines {
    struct net_connection *first[NET_DEADLINE_KINDS], *last[NET_DEADLINE_KINDS];
    uint64_t timeout_ms[NET_DEADLINE_KINDS];
    uint64_t armed_ms; /* when the timer fires; UINT64_MAX: not armed */
    uv_timer_t timer;
};

struct net_listener {
    struct net *net;
    uv_poll_t poll;
    int descriptor;
    uint16_t port;
};

struct net_fan_out {
    struct net_fan_out *next;
    struct net_blob *message;
    size_t at, count;
    uint64_t sockets[];
};

struct net {
    uv_loop_t loop;
    struct net_options options; /* with the defaults filled in */
    struct net_handler handler;
    struct net_statistics statistics;
    bool draining, stopping;

    struct net_listener listeners[NET_LISTENERS_MAX];
    size_t listener_count;
    int reserve_descriptor; /* given up for a moment to refuse connections when descriptors run out */
    struct net_connection *connections;
    struct net_connection *ready; /* have pending input that may now be parsed */
    struct net_address *addresses[NET_ADDRESS_BUCKETS];

    struct net_slots requests, sockets;
    struct net_exchange *spare_exchanges;
    struct net_segment *spare_segments;
    struct net_blob *spare_chunks[NET_SPARES_MAX];
    size_t spare_exchange_count, spare_segment_count, spare_chunk_count;
    char *read_buffer;

    struct net_deadlines deadlines;
    uv_timer_t drain_timer;
    uv_prepare_t prepare;
    uv_idle_t busy; /* active while fan-outs or ready connections are left, so that polling does not wait */
    struct net_fan_out *fan_outs, **fan_outs_end;
    uv_signal_t signals[3];
    uv_async_t async;
    _Atomic(struct net_task *) tasks; /* last posted first */

    int64_t date_second;
    char date[40];
    SSL_CTX *tls;
    void *texts; /* what the options point into */
};

/* net_connection.c: descriptor, output queue, the loop's events. */
enum net_io { NET_IO_DONE, NET_IO_AGAIN, NET_IO_END, NET_IO_BROKEN };
bool net_connection_adopt(struct net *net, int descriptor, const char *peer, struct net_address *address) must_check;
void net_connection_close(struct net_connection *connection); /* at once; safe at any time */
/* Flushes, and brings interest and deadline in line with the state. The last call of whoever changed something. */
void net_connection_settle(struct net_connection *connection);
bool net_connection_append(struct net_connection *connection, const char *bytes, size_t length) must_check; /* copies */
bool net_connection_append_blob(struct net_connection *connection, struct net_blob *blob, size_t from) must_check;
/* Room of `length` <= NET_CHUNK_BYTES in one piece, to be filled and then given to _written. NULL without memory. */
char *net_connection_reserve(struct net_connection *connection, size_t length) must_check;
void net_connection_written(struct net_connection *connection, size_t length);
/* Writes now, unless the descriptor is known to be full or more is about to come. False when it had to be closed. */
bool net_connection_push(struct net_connection *connection) must_check;
void net_connection_drop_output(struct net_connection *connection); /* but a segment half written */
void net_connections_run_ready(struct net *net);
void net_connection_check(const struct net_connection *connection);

/* net_descriptor.c: one read or write, plain or TLS. */
enum net_io net_descriptor_read(struct net_connection *connection, char *bytes, size_t size, size_t *length);
enum net_io net_descriptor_write(struct net_connection *connection, const struct iovec *pieces, int count,
                                 size_t *length);
void net_descriptor_shutdown(struct net_connection *connection); /* our side */

/* net_tls.c */
enum status net_tls_new(const struct net_options *options, SSL_CTX **tls, struct error *error) must_check;
bool net_tls_begin(struct net_connection *connection) must_check;
enum net_io net_tls_read(struct net_connection *connection, char *bytes, size_t size, size_t *length);
enum net_io net_tls_write(struct net_connection *connection, const char *bytes, size_t size, size_t *length);
void net_tls_shutdown(struct net_connection *connection);

/* net_deadline.c: lists in order of time, one for each kind, as all of one kind wait equally long. */
enum status net_deadlines_init(struct net *net, struct error *error) must_check;
void net_deadline_set(struct net_connection *connection, enum net_deadline_kind kind);
void net_deadline_expired(struct net_connection *connection); /* net_connection.c: what then */

/* net_exchange.c */
struct net_exchange *net_exchange_new(struct net_connection *connection) must_check;
void net_exchange_free(struct net *net, struct net_exchange *exchange);
void net_exchanges_free_spare(struct net *net);
/* Memory for the body up to `needed` bytes. */
bool net_exchange_grow_body(struct net_exchange *exchange, size_t needed) must_check;

/* net_http.c */
void net_http_init(struct net_connection *connection);
/* Takes input as far as the state allows; returns how much. */
size_t net_http_feed(struct net_connection *connection, const char *bytes, size_t length);
void net_http_refuse(struct net_connection *connection, unsigned status, const char *detail); /* and close */

/* net_reply.c */
bool net_reply_write(struct net_connection *connection, const struct net_exchange *exchange,
                     const struct net_response *response, bool close) must_check;
void net_problem_write(struct buffer *buffer, unsigned status, struct str detail);
/* Whether the text may stand in a header. */
bool net_header_text_valid(struct str text);

/* net_websocket.c */
void net_websocket_feed(struct net_connection *connection, const char *bytes, size_t length);
bool net_websocket_closing(const struct net_connection *connection); /* a close frame was sent or received */
bool net_websocket_in_message(const struct net_connection *connection); /* one has begun to come and not ended */
void net_websocket_expired(struct net_connection *connection); /* the ping interval is over, or the time for a message */
void net_websocket_drain(struct net_connection *connection);
void net_websocket_gone(struct net_connection *connection);    /* the connection closes: the id dies */
void net_websocket_free(struct net_connection *connection);    /* later: tells the handler */
void net_websocket_run_fan_outs(uv_idle_t *idle);
void net_websocket_drop_fan_outs(struct net *net);
/* Sec-WebSocket-Accept of a key. */
#define NET_WEBSOCKET_ACCEPT_SIZE 29
void net_websocket_accept_text(struct str key, char text[NET_WEBSOCKET_ACCEPT_SIZE]);

/* net.c */
void net_address_release(struct net *net, struct net_address *address);

#endif
