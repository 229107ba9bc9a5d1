/* sockets.h: between net's WebSockets and the API's (api/sockets.h). */
#ifndef TRIMODAL_SERVER_SOCKETS_H
#define TRIMODAL_SERVER_SOCKETS_H

#include "api/sockets.h"

/* The carrier over net; valid as long as net. */
struct api_socket_carrier sockets_carrier(struct net *net);

/* Grants a request's upgrade to the socket. */
void sockets_accept(const struct api_socket_carrier *carrier, uint64_t request, struct api_socket *socket,
                    struct str subprotocol);

/* For net_handler; whatever its context. */
void sockets_on_message(void *context, uint64_t id, void *owner, enum net_message_kind kind, struct str message);
void sockets_on_close(void *context, uint64_t id, void *owner, unsigned code, struct str reason);

#endif
