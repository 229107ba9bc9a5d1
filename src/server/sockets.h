/* sockets.h: between net's WebSockets and the API's (api/sockets.h). */
#ifndef TRIMODAL_SERVER_SOCKETS_H
#define TRIMODAL_SERVER_SOCKETS_H

#include "api/sockets.h"

/* The carrier over net, and what it carries; valid as long as net. */
struct sockets {
    struct api_socket_carrier carrier;
    struct api_socket *first;
};
void sockets_init(struct sockets *sockets, struct net *net);

/* Grants a request's upgrade to the socket. */
void sockets_accept(struct sockets *sockets, uint64_t request, struct api_socket *socket, struct str subprotocol);
/* Now and then: lets each look whether it may go on. */
void sockets_check(struct sockets *sockets);

/* For net_handler; whatever its context. */
void sockets_on_message(void *context, uint64_t id, void *owner, enum net_message_kind kind, struct str message);
void sockets_on_close(void *context, uint64_t id, void *owner, unsigned code, struct str reason);

#endif
