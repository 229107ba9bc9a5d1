/* sockets.h: WebSockets, as the interface sees them: a request that asks for one, and what is spoken over it after that.
 *
 * A request with `upgrade` set asks for a WebSocket. Its route decides as it does for any other: path, query, tenant and
 * permission are checked before the handler runs. A handler that speaks a protocol makes its own connection object, which
 * begins with a struct api_socket, and hands it over by socket_accept() (api_private.h) instead of answering; every other
 * answer refuses the upgrade. A handler that does not know sockets need not look: what it answers is simply an answer.
 *
 * The carrier (src/server/sockets.c, or a test) then fills in `carrier` and `id` and calls `opened`, `message` as often as
 * something comes, and `closed` once, whoever closed. Where the upgrade fails after all, `closed` is the only call.
 *
 * About once a second the carrier calls `check`, so that a socket over which nothing goes ends with its credential, too.
 *
 * Sending is safe at any time between `opened` and `closed`; `closed` never comes from inside api_socket_send or
 * api_socket_close. What is sent after a close goes nowhere.
 *
 * Thread: the core thread. Ownership: the connection object belongs to its protocol, which frees it in `closed`.
 */
#ifndef TRIMODAL_API_SOCKETS_H
#define TRIMODAL_API_SOCKETS_H

#include "net/net.h"

struct api_socket;

/* What a protocol does. */
struct api_socket_protocol {
    void (*opened)(struct api_socket *socket);
    /* Text is valid UTF-8, with NET_BODY_PADDING readable bytes behind it; valid during the call. */
    void (*message)(struct api_socket *socket, enum net_message_kind kind, struct str message);
    /* The last call: frees the socket. 1006: it broke, or never came to be. */
    void (*closed)(struct api_socket *socket, unsigned code, struct str reason);
    /* Closes the socket where whoever opened it may not go on. */
    void (*check)(struct api_socket *socket);
};

/* What the carrier does. Ids of sockets that have gone are harmless. */
struct api_socket_carrier {
    void *context;
    void (*send)(void *context, uint64_t id, struct net_blob *message); /* takes a reference of its own */
    void (*close)(void *context, uint64_t id, unsigned code, struct str reason);
    size_t (*backlog)(void *context, uint64_t id); /* bytes given to send that the peer has not taken */
};

struct api_socket {
    const struct api_socket_protocol *protocol; /* by the protocol, before it hands the socket over */
    const struct api_socket_carrier *carrier;   /* by the carrier, like what follows */
    uint64_t id;
    struct api_socket *next, **link; /* among all that are open */
};

/* With a request: it asks for a WebSocket. */
struct api_upgrade {
    struct str subprotocols; /* Sec-WebSocket-Protocol as sent: names with commas between; or absent */
    /* Called instead of the request's `done`, with its context. `subprotocol` is STR_NONE or one of the above, `tenant_id` the
     * tenant that the request was about, or absent. */
    void (*accept)(void *context, struct api_socket *socket, struct str subprotocol, struct str tenant_id);
};
bool api_upgrade_offers(const struct api_upgrade *upgrade, struct str subprotocol);

/* A message made by net_message_new, to one or to many. */
static inline void api_socket_send(struct api_socket *socket, struct net_blob *message)
{
    socket->carrier->send(socket->carrier->context, socket->id, message);
}

/* 1000 to 4999; the reason is cut at 123 bytes. */
static inline void api_socket_close(struct api_socket *socket, unsigned code, struct str reason)
{
    socket->carrier->close(socket->carrier->context, socket->id, code, reason);
}

static inline size_t api_socket_backlog(struct api_socket *socket)
{
    return socket->carrier->backlog(socket->carrier->context, socket->id);
}

/* A text frame for one; without memory the socket is closed (1011). */
void api_socket_send_text(struct api_socket *socket, struct str text);

#endif
