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

void sockets_init(struct sockets *sockets, struct net *net)
{
    *sockets = (struct sockets){
        .carrier = {.context = net, .send = send_message, .close = close_socket, .backlog = backlog}};
}

static void add(struct sockets *sockets, struct api_socket *socket)
{
    socket->next = sockets->first;
    socket->link = &sockets->first;
    if (socket->next != NULL) {
        socket->next->link = &socket->next;
    }
    sockets->first = socket;
}

static void leave(struct api_socket *socket)
{
    *socket->link = socket->next;
    if (socket->next != NULL) {
        socket->next->link = socket->link;
    }
}

void sockets_accept(struct sockets *sockets, uint64_t request, struct api_socket *socket, struct str subprotocol)
{
    struct net *net = sockets->carrier.context;
    socket->carrier = &sockets->carrier;
    if (net_websocket_accept(net, request, subprotocol, socket, &socket->id)) {
        add(sockets, socket);
        socket->protocol->opened(socket);
    } else {
        socket->protocol->closed(socket, 1006, STR_NONE);
    }
}

void sockets_check(struct sockets *sockets)
{
    for (struct api_socket *socket = sockets->first; socket != NULL; socket = socket->next) {
        socket->protocol->check(socket); /* `closed` does not come from inside */
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
    leave(socket);
    socket->protocol->closed(socket, code, reason);
}
