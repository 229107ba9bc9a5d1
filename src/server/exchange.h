/* exchange.h: between net's requests and the API's: one HTTP exchange there and back. */
#ifndef TRIMODAL_SERVER_EXCHANGE_H
#define TRIMODAL_SERVER_EXCHANGE_H

#include "api/api.h"
#include "net/net.h"
#include "server/access_log.h"
#include "server/cors.h"
#include "server/door.h"
#include "server/sockets.h"

/* What a request comes through. All of it outlives all requests. */
struct exchange_door {
    struct net *net;
    struct api *api;
    struct sockets *sockets;
    const struct cors_options *cors;
    struct access_log *access;          /* NULL: none */
    const struct door_open_to *open_to; /* NULL: the door asks for credentials */
};

/* Hands a whole request to the API; the answer goes back through net_reply, or a WebSocket opens over the carrier. */
void exchange_begin(const struct exchange_door *door, const struct net_request *request);
/* Refuses, by its head alone, what the API has no route or no room for; sets the limit of what it has. */
void exchange_check_head(struct net *net, const struct api *api, const struct net_request *request, size_t *body_bytes_max);

#endif
