#include "api/sockets.h"

#include "api/api_private.h"

bool api_upgrade_offers(const struct api_upgrade *upgrade, struct str subprotocol)
{
    struct str rest = upgrade->subprotocols, piece;
    while (str_split_next(&rest, ',', &piece)) {
        if (str_equal(str_trim(piece), subprotocol)) {
            return true;
        }
    }
    return false;
}

void api_socket_send_text(struct api_socket *socket, struct str text)
{
    struct net_blob *message = net_message_new(NET_TEXT, text);
    if (message == NULL) {
        api_socket_close(socket, 1011, STR("The server is short of memory."));
        return;
    }
    api_socket_send(socket, message);
    net_blob_release(message);
}

bool socket_is_asked(struct exchange *exchange)
{
    if (exchange->request.upgrade != NULL) {
        return true;
    }
    problem(exchange, 426, "", "This path speaks WebSocket: open it with ws:// (or wss://) instead of http://.");
    return false;
}
