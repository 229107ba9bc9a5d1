/* net.h: bytes in and out over HTTP/1.1, WebSocket and TLS. Knows connections, not events.
 *
 * Threads. One thread runs the loop (`net_run`); every callback comes from it and every function here is called on it
 * (or before it starts), except those marked [any thread]. Work done elsewhere comes back with `net_post`, whose task
 * then calls net_reply or net_websocket_send on the loop.
 *
 * Names. Requests and sockets are named by 64-bit ids that are never used twice. An id whose request or socket has
 * gone is harmless: replying and sending to it do nothing.
 *
 * Memory. A `struct net_request` and all it points to stays valid and unchanged, for any thread to read, until
 * net_reply, net_reply_problem, net_websocket_accept or net_request_done is called for it, even when the client has
 * gone. Each request that reached on_request needs exactly one of these calls.
 *
 * What the layer does itself: the framing of messages and its checks, limits, deadlines, Host, `Expect`, HEAD, Date,
 * keep-alive, the order of pipelined answers, ping and close of WebSockets. What it refuses never reaches on_request
 * and is answered by an RFC 9457 problem document (application/problem+json: status, title, detail).
 */
#ifndef TRIMODAL_NET_NET_H
#define TRIMODAL_NET_NET_H

#include <stdint.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/status.h"
#include "base/str.h"

#define NET_BODY_PADDING 64 /* readable bytes behind every body and every WebSocket message, for the JSON reader */

struct net;
struct net_blob;
struct net_timer;

/* ---- requests ---- */

enum net_method { NET_GET, NET_HEAD, NET_POST, NET_PUT, NET_PATCH, NET_DELETE, NET_OPTIONS }; /* others get 501 */

struct net_header {
    struct str name;
    struct str value; /* without white space around it */
};

struct net_request {
    uint64_t id;
    enum net_method method;
    struct str method_text; /* "GET" */
    struct str target;      /* as sent */
    struct str path;        /* of the target, still percent-encoded; begins with '/' ("*" for OPTIONS *) */
    struct str query;       /* what follows '?', still encoded; STR_NONE without a '?' */
    const struct net_header *headers;
    size_t header_count;
    struct str body;           /* NET_BODY_PADDING readable bytes behind it; empty in on_headers */
    struct str peer;           /* numeric address of the other end */
    struct str client_subject; /* of its verified TLS certificate (RFC 2253 text), or STR_NONE */
    bool tls;
    bool keep_alive;
    bool websocket; /* a valid upgrade: answer by net_websocket_accept, or refuse it by net_reply */
};

/* First header of that name in any case, or STR_NONE. */
struct str net_request_header(const struct net_request *request, const char *name);

/* Percent-decoding into `decoded` (room for text.length bytes; text.at itself will do). False when an escape is
 * malformed or stands for NUL, or the result is not UTF-8. */
bool net_percent_decode(struct str text, bool plus_is_space, char *decoded, size_t *length) must_check;

/* Takes the next name=value off a raw query; both still encoded; a missing '=' gives an absent value. */
bool net_query_next(struct str *query, struct str *name, struct str *value);

/* First parameter of that name, decoded into the arena. STATUS_ABSENT when there is none, STATUS_INVALID when its
 * encoding is wrong, STATUS_FATAL without memory. `*value` is STR_NONE unless STATUS_OK. */
enum status net_query_parameter(struct str query, const char *name, struct arena *arena, struct str *value) must_check;

/* ---- shared bytes ---- */

/* Bytes with a count of references: made once, written to many. [any thread] for all four. */
struct net_blob *net_blob_new(struct str bytes) must_check; /* copies; NULL without memory; holds one reference */
struct net_blob *net_blob_reference(struct net_blob *blob); /* one more; returns it */
void net_blob_release(struct net_blob *blob);               /* one less; NULL is allowed */
struct str net_blob_bytes(const struct net_blob *blob);

enum net_message_kind { NET_TEXT = 1, NET_BINARY = 2 };
/* A blob that is one WebSocket message, framed already; only net_websocket_send takes it. [any thread] */
struct net_blob *net_message_new(enum net_message_kind kind, struct str payload) must_check;

/* ---- answers ---- */

struct net_response {
    unsigned status;                  /* 200 … 599 */
    struct str content_type;          /* STR_NONE for none */
    const struct net_header *headers; /* besides Date, Content-Length, Content-Type, Connection */
    size_t header_count;
    struct str body;       /* copied; or */
    struct net_blob *blob; /* not copied: the layer takes a reference of its own. Not both */
    bool close;            /* ends the connection after this answer */
};

/* Answers and ends the request. HEAD gets the same headers and no body. A header name or value that would break the
 * framing turns the answer into a 500. Without memory the connection is closed. */
void net_reply(struct net *net, uint64_t request, const struct net_response *response);
/* RFC 9457: {"type":"about:blank","title":…,"status":…,"detail":…}. The detail may be STR_NONE. */
void net_reply_problem(struct net *net, uint64_t request, unsigned status, struct str detail);
/* Ends the request without an answer; the connection is closed. */
void net_request_done(struct net *net, uint64_t request);
/* False once the client has gone, so that long work can stop early. */
bool net_request_alive(struct net *net, uint64_t request);
const char *net_status_text(unsigned status); /* "Not Found"; [any thread] */

/* ---- WebSockets ---- */

/* Ends the request and answers 101. `subprotocol` is STR_NONE or one that the client offered
 * (net_request_offers). `owner` is handed to the callbacks of this socket, which do not come before this returns. False
 * when the client has gone or memory is short; then *socket is 0, nothing follows. */
bool net_websocket_accept(struct net *net, uint64_t request, struct str subprotocol, void *owner, uint64_t *socket)
    must_check;
/* True when the Sec-WebSocket-Protocol header lists it. */
bool net_request_offers(const struct net_request *request, struct str subprotocol);

/* Writes one message, at once where the peer's window allows, else queued. A socket whose queue would go over
 * output_bytes_max is closed with 1013 (try again later): a reader that does not read hurts only itself. */
void net_websocket_send(struct net *net, uint64_t socket, struct net_blob *message);
/* The same to many, a slice per turn of the loop, so that reads and timers go on in between. The ids are copied.
 * Messages to one socket keep the order of the calls, of this and of net_websocket_send. */
enum status net_websocket_send_many(struct net *net, const uint64_t *sockets, size_t count, struct net_blob *message)
    must_check;
/* Starts the closing handshake; on_websocket_close follows. The reason is cut at 123 bytes. Overtakes slices of
 * net_websocket_send_many that have not been written yet. */
void net_websocket_close(struct net *net, uint64_t socket, unsigned code, struct str reason);
/* Bytes queued and not yet taken by the kernel; 0 when the socket has gone. */
size_t net_websocket_backlog(struct net *net, uint64_t socket);

/* ---- the layer ---- */

struct net_access { /* one answered request, for the access log and metrics */
    const struct net_request *request; /* NULL when it was refused before its head was complete */
    struct str peer;
    unsigned status;
    uint64_t bytes_in, bytes_out; /* bodies */
    uint64_t duration_ns;         /* from the first byte of the head to the answer */
};

struct net_handler {
    void *context;
    /* The head is complete, the body not yet read. May be NULL. To refuse the body, call net_reply (or
     * net_reply_problem) here: then the body is not read and on_request does not follow. To allow this request less or
     * more than body_bytes_max, change *body_bytes_max. */
    void (*on_headers)(void *context, const struct net_request *request, size_t *body_bytes_max);
    /* The whole request. Must be answered, now or later. */
    void (*on_request)(void *context, const struct net_request *request);
    /* A whole message; text is valid UTF-8. Valid during the call. May be NULL, like all that follow. */
    void (*on_websocket_message)(void *context, uint64_t socket, void *owner, enum net_message_kind kind,
                                 struct str message);
    /* Once for each accepted socket, whoever closed it. 1006 when it broke without a closing handshake. */
    void (*on_websocket_close)(void *context, uint64_t socket, void *owner, unsigned code, struct str reason);
    void (*on_access)(void *context, const struct net_access *access);
    /* SIGTERM, SIGINT or SIGHUP, on the loop. When NULL the layer leaves signals alone. */
    void (*on_signal)(void *context, int signal);
};

/* All zero is a working choice: 0 stands for the value in base/limits.h. Copied by net_new. */
struct net_options {
    size_t header_bytes_max;
    size_t header_count_max;
    size_t body_bytes_max;
    size_t message_bytes_max; /* of a WebSocket message, all fragments together */
    size_t output_bytes_max;  /* queued for one WebSocket */
    size_t connections_max;
    size_t connections_per_address_max;
    uint64_t header_timeout_ms; /* absolute, from a request's first byte; also for the TLS handshake */
    uint64_t body_timeout_ms;   /* absolute, from the end of the head; also without progress of 64 KiB in writing */
    uint64_t message_timeout_ms; /* absolute, from a WebSocket message's first byte (of a control frame's, between messages) */
    uint64_t idle_timeout_ms;   /* between requests */
    uint64_t drain_timeout_ms;
    uint64_t ping_interval_ms;  /* NET_PING_INTERVAL_MS */
    uint64_t close_timeout_ms;  /* NET_CLOSE_TIMEOUT_MS */
    const struct clock *clock;  /* for Date and durations; NULL: the system's */

    /* PEM files; all NULL: no TLS. With client_ca_file a client must show a certificate signed by it (or may, when
     * client_certificate_optional). */
    const char *certificate_file;
    const char *key_file;
    const char *client_ca_file;
    bool client_certificate_optional;

    /* Origins ("https://app.example") that may open WebSockets besides the one named by Host; others get 403, as
     * browsers do not hold WebSockets to the same-origin rule. A request without Origin is no browser's. */
    const struct str *origins;
    size_t origin_count;

    /* Sent with every answer, the layer's own too, unless the answer has a header of that name. At most
     * NET_HEADERS_MAX; not copied: they must outlive the net. */
    const struct net_header *headers;
    size_t header_count;
};

/* SIGPIPE is ignored from then on in the whole process. *net is NULL unless STATUS_OK. */
enum status net_new(struct net **net, const struct net_options *options, const struct net_handler *handler,
                    struct error *error) must_check;
/* Numeric address or name; port 0 takes a free one. May be called several times (NET_LISTENERS_MAX). */
enum status net_listen(struct net *net, const char *host, uint16_t port, struct error *error) must_check;
uint16_t net_port(const struct net *net); /* of the first listener; 0 when there is none */
/* Loads certificate and key again, for new connections; the old ones stay in use on failure. */
enum status net_reload_certificates(struct net *net, struct error *error) must_check;

/* Runs until net_stop, or until net_drain has come to its end. */
void net_run(struct net *net);
/* Ends well: closes listeners and idle connections, answers what is in flight with `Connection: close`, WebSockets
 * with 1001; what is left after drain_timeout_ms is cut. */
void net_drain(struct net *net);
bool net_draining(const struct net *net);
/* Ends the loop after this turn; connections are cut by net_free. */
void net_stop(struct net *net);
/* Calls on_websocket_close for sockets still open and runs tasks still posted. NULL is allowed. Not inside a callback;
 * by then nobody may post or read requests any more. */
void net_free(struct net *net);

/* ---- work from elsewhere ---- */

/* Lives in the caller's own job, so that posting cannot fail; the layer does not touch it once `run` is called. */
struct net_task {
    void (*run)(void *context);
    void *context;
    struct net_task *next; /* the layer's */
};
/* Runs the task on the loop, in the order of posting of one thread. Wakes the loop. [any thread], until net_free. */
void net_post(struct net *net, struct net_task *task);

/* Calls `run` after delay_ms, then every repeat_ms (0: once). Does not keep net_run alive. NULL without memory. */
struct net_timer *net_timer_new(struct net *net, uint64_t delay_ms, uint64_t repeat_ms, void (*run)(void *context),
                                void *context) must_check;
void net_timer_free(struct net_timer *timer); /* also inside its own callback; NULL is allowed; before net_free */

struct net_statistics {
    uint64_t connections_open, connections_total, connections_refused;
    uint64_t requests_in_flight, requests_total;
    uint64_t answers_by_class[6]; /* [2] counts 2xx, … */
    uint64_t bytes_in, bytes_out; /* on the wire, without TLS */
    uint64_t websockets_open, messages_in, messages_out;
    uint64_t timeouts, slow_readers_cut, accept_failures;
};
void net_statistics(const struct net *net, struct net_statistics *statistics);

#endif
