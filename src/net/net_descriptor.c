/* One read or one write, over TLS or not. */
#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "net/net_internal.h"

static enum net_io result_of(ssize_t count, size_t *length)
{
    if (count >= 0) {
        *length = (size_t)count;
        return NET_IO_DONE;
    }
    return errno == EAGAIN || errno == EWOULDBLOCK ? NET_IO_AGAIN : NET_IO_BROKEN;
}

enum net_io net_descriptor_read(struct net_connection *connection, char *bytes, size_t size, size_t *length)
{
    if (connection->ssl != NULL && connection->state != NET_STATE_LINGER) {
        return net_tls_read(connection, bytes, size, length);
    }
    ssize_t count;
    do {
        count = recv(connection->descriptor, bytes, size, 0);
    } while (count < 0 && errno == EINTR);
    return count == 0 ? NET_IO_END : result_of(count, length);
}

enum net_io net_descriptor_write(struct net_connection *connection, const struct iovec *pieces, int count,
                                 size_t *length)
{
    if (connection->ssl != NULL) {
        return net_tls_write(connection, pieces[0].iov_base, pieces[0].iov_len, length);
    }
    ssize_t written;
    struct msghdr message = {.msg_iov = (struct iovec *)(uintptr_t)pieces, .msg_iovlen = (size_t)count};
    do {
        written = count == 1 ? send(connection->descriptor, pieces[0].iov_base, pieces[0].iov_len, MSG_NOSIGNAL)
                             : sendmsg(connection->descriptor, &message, MSG_NOSIGNAL);
    } while (written < 0 && errno == EINTR);
    return result_of(written, length);
}

void net_descriptor_shutdown(struct net_connection *connection)
{
    if (connection->ssl != NULL) {
        net_tls_shutdown(connection);
    }
    (void)shutdown(connection->descriptor, SHUT_WR);
}
