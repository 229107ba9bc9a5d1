#include "server/sockets.h"

static void send_message(void *context, uint64_t id, struct net_blob *message)
{
    net_websocket_send(context, id, message);
}

static void close_socket(void *context, uint64_t id, unsigned code, struct str reason)
{
    net_websocket_close(context, id, code, reason);
}

static size_t backlog(void *context, uint64_t id)
{
    return net_websocket_backlog(context, id);
}

struct api_socket_carrier sockets_carrier(struct net *net)
{
    return (struct api_socket_carrier){.context = net, .send = send_message, .close = close_socket, .backlog = backlog};
}

void sockets_accept(const struct api_socket_carrier *carrier, uint64_t request, struct api_socket *socket,
                    struct str subprotocol)
{
    struct net *net = carrier->context;
    socket->carrier = carrier;
    if (net_websocket_accept(net, request, subprotocol, socket, &socket->id)) {
        socket->protocol->opened(socket);
    } else {
        socket->protocol->closed(socket, 1006, STR_NONE);
    }
}

void sockets_on_message(void *context, uint64_t id, void *owner, enum net_message_kind kind, struct str message)
{
    (void)context;
    (void)id;
    struct api_socket *socket = owner;
    socket->protocol->message(socket, kind, message);
}

void sockets_on_close(void *context, uint64_t id, void *owner, unsigned code, struct str reason)
{
    (void)context;
    (void)id;
    struct api_socket *socket = owner;
    socket->protocol->closed(socket, code, reason);
}
