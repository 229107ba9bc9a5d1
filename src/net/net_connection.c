/* The descriptor's events, the queue of output and the end of connections. What the bytes mean is net_http.c's and
 * net_websocket.c's.
 *
 * Output. Small answers are copied into chunks, so that those of pipelined requests leave in one write; blobs are
 * referenced. Writing is tried at once; only what the kernel does not take waits for the descriptor to be writable.
 *
 * Whoever changed something about a connection ends with net_connection_settle, which brings everything that follows
 * from the state (writing, closing, polling, the deadline) in line; nothing else touches these. While input is being
 * parsed (`processing`) it does nothing, as the parsing ends with it. */
#include <assert.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/memory.h"
#include "net/net_internal.h"

#define PIECES_MAX 64
#define READS_MAX 16 /* of one turn, so that one fast sender does not keep the loop to itself */

/* ---- output ---- */

static struct net_segment *segment_new(struct net *net)
{
    struct net_segment *segment = net->spare_segments;
    if (segment == NULL) {
        return memory_new(sizeof *segment);
    }
    net->spare_segments = segment->next;
    net->spare_segment_count--;
    return segment;
}

static void segment_free(struct net *net, struct net_segment *segment)
{
    struct net_blob *blob = segment->blob;
    if (segment->open && net->spare_chunk_count < NET_SPARES_MAX) {
        net->spare_chunks[net->spare_chunk_count++] = blob;
    } else {
        net_blob_release(blob);
    }
    if (net->spare_segment_count >= NET_SPARES_MAX) {
        memory_free(segment);
        return;
    }
    segment->next = net->spare_segments;
    net->spare_segments = segment;
    net->spare_segment_count++;
}

/* Takes over the caller's reference, also on failure. */
static bool push_segment(struct net_connection *connection, struct net_blob *blob, size_t from, bool open)
{
    struct net_segment *segment = segment_new(connection->net);
    if (segment == NULL) {
        net_blob_release(blob);
        return false;
    }
    *segment = (struct net_segment){
        .blob = blob, .at = blob->bytes + from, .left = blob->length - from, .open = open};
    if (connection->output == NULL) {
        connection->output = segment;
    } else {
        connection->output_last->next = segment;
    }
    connection->output_last = segment;
    connection->output_bytes += segment->left;
    return true;
}

static void pop_segment(struct net_connection *connection)
{
    struct net_segment *segment = connection->output;
    connection->output = segment->next;
    connection->output_bytes -= segment->left;
    if (connection->output == NULL) {
        connection->output_last = NULL;
    }
    segment_free(connection->net, segment);
}

static struct net_blob *chunk_new(struct net *net)
{
    if (net->spare_chunk_count > 0) {
        struct net_blob *chunk = net->spare_chunks[--net->spare_chunk_count];
        chunk->length = 0;
        return chunk;
    }
    struct net_blob *chunk = memory_new(sizeof *chunk + NET_CHUNK_BYTES);
    if (chunk != NULL) {
        atomic_init(&chunk->references, 1);
        chunk->message = false;
        chunk->length = 0;
        chunk->capacity = NET_CHUNK_BYTES;
    }
    return chunk;
}

char *net_connection_reserve(struct net_connection *connection, size_t length)
{
    assert(length <= NET_CHUNK_BYTES);
    const struct net_segment *last = connection->output_last;
    if (last == NULL || !last->open || last->blob->capacity - last->blob->length < length) {
        struct net_blob *chunk = chunk_new(connection->net);
        if (chunk == NULL || !push_segment(connection, chunk, 0, true)) {
            return NULL;
        }
    }
    struct net_blob *blob = connection->output_last->blob;
    return blob->bytes + blob->length;
}

void net_connection_written(struct net_connection *connection, size_t length)
{
    struct net_segment *last = connection->output_last;
    assert(last->open && last->blob->capacity - last->blob->length >= length);
    last->blob->length += length;
    last->left += length;
    connection->output_bytes += length;
}

bool net_connection_append(struct net_connection *connection, const char *bytes, size_t length)
{
    if (length > NET_CHUNK_BYTES) {
        struct net_blob *blob = net_blob_new((struct str){bytes, length});
        return blob != NULL && push_segment(connection, blob, 0, false);
    }
    if (length == 0) {
        return true;
    }
    char *at = net_connection_reserve(connection, length);
    if (at == NULL) {
        return false;
    }
    memcpy(at, bytes, length);
    net_connection_written(connection, length);
    return true;
}

bool net_connection_append_blob(struct net_connection *connection, struct net_blob *blob, size_t from)
{
    return push_segment(connection, net_blob_reference(blob), from, false);
}

void net_connection_drop_output(struct net_connection *connection)
{
    struct net_segment *first = connection->output;
    if (first == NULL) {
        return;
    }
    /* Of what TLS was given, a record may be half written already. */
    struct net_segment *kept = first->at != first->blob->bytes || connection->ssl != NULL ? first : NULL;
    if (kept != NULL) {
        connection->output = kept->next;
        connection->output_bytes -= kept->left;
    }
    while (connection->output != NULL) {
        pop_segment(connection);
    }
    if (kept != NULL) {
        kept->next = NULL;
        connection->output = connection->output_last = kept;
        connection->output_bytes = kept->left;
    } else {
        connection->output_last = NULL;
    }
}

static void advance(struct net_connection *connection, size_t written)
{
    connection->net->statistics.bytes_out += written;
    connection->written_since_deadline += written;
    while (written > 0) {
        struct net_segment *segment = connection->output;
        if (segment->left > written) {
            segment->at += written;
            segment->left -= written;
            connection->output_bytes -= written;
            return;
        }
        written -= segment->left;
        pop_segment(connection);
    }
}

/* False when the connection had to be closed. */
static bool flush(struct net_connection *connection)
{
    while (connection->output != NULL) {
        if (connection->output->left == 0) {
            pop_segment(connection);
            continue;
        }
        struct iovec pieces[PIECES_MAX];
        int count = 0;
        for (const struct net_segment *s = connection->output; s != NULL && count < PIECES_MAX; s = s->next) {
            if (s->left > 0) {
                pieces[count++] = (struct iovec){(void *)(uintptr_t)s->at, s->left};
            }
        }
        size_t written = 0;
        enum net_io io = net_descriptor_write(connection, pieces, count, &written);
        if (io == NET_IO_AGAIN) {
            return true;
        }
        if (io != NET_IO_DONE) {
            net_connection_close(connection);
            return false;
        }
        advance(connection, written);
    }
    return true;
}

bool net_connection_push(struct net_connection *connection)
{
    bool blocked = (connection->events & UV_WRITABLE) != 0 || connection->tls_write_wants_read;
    bool more_to_come = connection->processing && connection->output_bytes <= NET_OUTPUT_HIGH_BYTES;
    return blocked || more_to_come || flush(connection);
}

/* ---- input ---- */

static bool keep_pending(struct net_connection *connection, const char *bytes, size_t length)
{
    if (length == 0) {
        return true;
    }
    if (connection->pending_at > 0) {
        connection->pending_length -= connection->pending_at;
        memmove(connection->pending, connection->pending + connection->pending_at, connection->pending_length);
        connection->pending_at = 0;
    }
    char *grown =
        memory_grow(connection->pending, &connection->pending_capacity, connection->pending_length + length, 1);
    if (grown == NULL) {
        return false;
    }
    connection->pending = grown;
    memcpy(grown + connection->pending_length, bytes, length);
    connection->pending_length += length;
    return true;
}

static size_t pending_left(const struct net_connection *connection)
{
    return connection->pending_length - connection->pending_at;
}

/* Whether input may be parsed now rather than kept. */
static bool may_parse(const struct net_connection *connection)
{
    return connection->state != NET_STATE_HANDLING &&
           (connection->state == NET_STATE_WEBSOCKET || connection->output_bytes <= NET_OUTPUT_HIGH_BYTES);
}

static void feed(struct net_connection *connection, const char *bytes, size_t length)
{
    if (connection->state == NET_STATE_LINGER || connection->closing) {
        return;
    }
    size_t taken = 0;
    if (pending_left(connection) == 0 && may_parse(connection)) {
        connection->processing = true;
        taken = net_http_feed(connection, bytes, length);
        connection->processing = false;
    }
    if (!connection->closed && !connection->closing && !keep_pending(connection, bytes + taken, length - taken)) {
        net_connection_close(connection);
    }
}

static void feed_pending(struct net_connection *connection)
{
    if (pending_left(connection) == 0 || !may_parse(connection)) {
        return;
    }
    connection->processing = true;
    connection->pending_at += net_http_feed(connection, connection->pending + connection->pending_at,
                                            pending_left(connection));
    connection->processing = false;
    if (!connection->closed && (pending_left(connection) == 0 || connection->closing)) {
        memory_free(connection->pending);
        connection->pending = NULL;
        connection->pending_at = connection->pending_length = connection->pending_capacity = 0;
    }
}

static bool wants_input(const struct net_connection *connection)
{
    return !connection->read_closed && pending_left(connection) < NET_PENDING_BYTES_MAX;
}

static void read_input(struct net_connection *connection)
{
    struct net *net = connection->net;
    for (int i = 0; i < READS_MAX && !connection->closed && wants_input(connection); i++) {
        size_t length = 0;
        enum net_io io = net_descriptor_read(connection, net->read_buffer, NET_READ_BYTES, &length);
        if (io == NET_IO_AGAIN) {
            return;
        }
        if (io == NET_IO_BROKEN) {
            net_connection_close(connection);
            return;
        }
        if (io == NET_IO_END) {
            connection->read_closed = true;
            return;
        }
        net->statistics.bytes_in += length;
        feed(connection, net->read_buffer, length);
        if (connection->ssl == NULL && length < NET_READ_BYTES) {
            return;
        }
    }
}

static void make_ready(struct net_connection *connection)
{
    if (!connection->ready) {
        connection->ready = true;
        connection->next_ready = connection->net->ready;
        connection->net->ready = connection;
    }
}

void net_connections_run_ready(struct net *net)
{
    struct net_connection *connection = net->ready;
    net->ready = NULL;
    while (connection != NULL) {
        struct net_connection *next = connection->next_ready;
        connection->ready = false;
        if (connection->released) {
            memory_free(connection);
        } else if (!connection->closed) {
            feed_pending(connection);
            if (!connection->closed && connection->ssl != NULL && SSL_pending(connection->ssl) > 0) {
                read_input(connection);
            }
            net_connection_settle(connection);
        }
        connection = next;
    }
}

/* ---- what follows from the state ---- */

static enum net_deadline_kind wanted_deadline(const struct net_connection *connection)
{
    if (connection->state == NET_STATE_LINGER) {
        return NET_DEADLINE_CLOSE;
    }
    if (connection->state == NET_STATE_WEBSOCKET) {
        if (connection->closing || net_websocket_closing(connection)) {
            return NET_DEADLINE_CLOSE;
        }
        return net_websocket_in_message(connection) ? NET_DEADLINE_MESSAGE : NET_DEADLINE_PING;
    }
    if (connection->closing) {
        return NET_DEADLINE_WRITE;
    }
    switch (connection->state) {
    case NET_STATE_HEAD:
        return NET_DEADLINE_HEADER;
    case NET_STATE_BODY:
    case NET_STATE_DISCARD:
        return NET_DEADLINE_BODY;
    default:
        break;
    }
    if (connection->output_bytes > 0) {
        return NET_DEADLINE_WRITE;
    }
    if (connection->ssl != NULL && !connection->tls_ready) {
        return NET_DEADLINE_HEADER;
    }
    return connection->state == NET_STATE_IDLE ? NET_DEADLINE_IDLE : NET_DEADLINE_NONE;
}

static void settle_deadline(struct net_connection *connection)
{
    enum net_deadline_kind wanted = wanted_deadline(connection);
    if (wanted == NET_DEADLINE_WRITE && connection->written_since_deadline >= 64 * KIB) {
        connection->deadline_restart = true;
    }
    if (wanted != connection->deadline || connection->deadline_restart) {
        connection->deadline_restart = false;
        connection->written_since_deadline = 0;
        net_deadline_set(connection, wanted);
    }
}

static void on_events(uv_poll_t *poll, int status, int events);

static void settle_events(struct net_connection *connection)
{
    int wanted = 0;
    if (wants_input(connection) || connection->tls_write_wants_read) {
        wanted |= UV_READABLE;
    }
    if ((connection->output_bytes > 0 && !connection->tls_write_wants_read) || connection->tls_read_wants_write) {
        wanted |= UV_WRITABLE;
    }
    if (wanted == connection->events) {
        return;
    }
    connection->events = wanted;
    int failed = wanted == 0 ? uv_poll_stop(&connection->poll) : uv_poll_start(&connection->poll, wanted, on_events);
    if (failed != 0) {
        net_connection_close(connection);
    }
}

/* True when the connection is still there afterwards. */
static bool settle_end(struct net_connection *connection)
{
    if (connection->read_closed && pending_left(connection) == 0 && connection->state != NET_STATE_HANDLING) {
        connection->closing = true;
    }
    if (connection->net->draining && connection->state == NET_STATE_IDLE && pending_left(connection) == 0) {
        connection->closing = true;
    }
    if (!connection->closing || connection->output_bytes > 0) {
        return true;
    }
    if (connection->read_closed) {
        net_connection_close(connection);
        return false;
    }
    if (connection->state != NET_STATE_LINGER) {
        net_descriptor_shutdown(connection);
        net_websocket_gone(connection);
        connection->state = NET_STATE_LINGER;
    }
    return true;
}

void net_connection_settle(struct net_connection *connection)
{
    if (connection->closed || connection->processing) {
        return;
    }
    if (!flush(connection) || !settle_end(connection)) {
        return;
    }
    if (pending_left(connection) > 0 && may_parse(connection) && !connection->closing) {
        make_ready(connection);
    } else if (connection->ssl != NULL && connection->state != NET_STATE_LINGER && wants_input(connection) &&
               SSL_pending(connection->ssl) > 0) {
        make_ready(connection);
    }
    settle_deadline(connection);
    settle_events(connection);
    net_connection_check(connection);
}

static void on_events(uv_poll_t *poll, int status, int events)
{
    struct net_connection *connection = poll->data;
    if (connection->closed) {
        return;
    }
    if (status < 0) {
        net_connection_close(connection);
        return;
    }
    if ((events & UV_READABLE) != 0 || connection->tls_read_wants_write) {
        if (connection->tls_write_wants_read && !flush(connection)) {
            return;
        }
        read_input(connection);
    }
    net_connection_settle(connection);
}

void net_deadline_expired(struct net_connection *connection)
{
    switch (connection->state) {
    case NET_STATE_HEAD:
    case NET_STATE_BODY:
        if (connection->closing) {
            break;
        }
        connection->net->statistics.timeouts++;
        net_http_refuse(connection, 408,
                        connection->state == NET_STATE_HEAD ? "The request's head did not arrive in time."
                                                      : "The request's body did not arrive in time.");
        net_connection_settle(connection);
        return;
    case NET_STATE_WEBSOCKET:
        if (!connection->closing && !net_websocket_closing(connection)) {
            net_websocket_expired(connection);
            return;
        }
        break;
    default:
        break;
    }
    if (connection->state != NET_STATE_LINGER) {
        connection->net->statistics.timeouts++;
    }
    net_connection_close(connection);
}

/* ---- beginning and end ---- */

bool net_connection_adopt(struct net *net, int descriptor, const char *peer, struct net_address *address)
{
    struct net_connection *connection = memory_new_zeroed(1, sizeof *connection);
    if (connection == NULL) {
        return false;
    }
    connection->net = net;
    connection->descriptor = descriptor;
    connection->deadline = NET_DEADLINE_NONE;
    connection->address = address;
    size_t length = strlen(peer);
    assert(length < sizeof connection->peer);
    memcpy(connection->peer, peer, length + 1);
    net_http_init(connection);
    if (net->tls != NULL && !net_tls_begin(connection)) {
        goto failed;
    }
    connection->poll.data = connection;
    if (uv_poll_init(&net->loop, &connection->poll, descriptor) != 0) {
        goto failed;
    }
    connection->next = net->connections;
    if (net->connections != NULL) {
        net->connections->previous = connection;
    }
    net->connections = connection;
    net->statistics.connections_open++;
    net->statistics.connections_total++;
    net_connection_settle(connection);
    return true;

failed:
    SSL_free(connection->ssl);
    memory_free(connection);
    return false;
}

static void on_closed(uv_handle_t *handle)
{
    struct net_connection *connection = handle->data;
    if (connection->exchange != NULL) {
        net_exchange_free(connection->net, connection->exchange);
        connection->exchange = NULL;
    }
    net_websocket_free(connection);
    SSL_free(connection->ssl);
    memory_free(connection->tls_subject);
    memory_free(connection->pending);
    if (connection->ready) {
        connection->released = true;
    } else {
        memory_free(connection);
    }
}

void net_connection_close(struct net_connection *connection)
{
    if (connection->closed) {
        return;
    }
    struct net *net = connection->net;
    connection->closed = true;
    if (connection->exchange != NULL && connection->exchange->handed) {
        connection->exchange->connection = NULL;
        connection->exchange = NULL;
    }
    net_websocket_gone(connection);
    net_deadline_set(connection, NET_DEADLINE_NONE);
    while (connection->output != NULL) {
        pop_segment(connection);
    }
    uv_close((uv_handle_t *)&connection->poll, on_closed);
    (void)close(connection->descriptor);
    connection->descriptor = -1;
    if (connection->previous != NULL) {
        connection->previous->next = connection->next;
    } else {
        net->connections = connection->next;
    }
    if (connection->next != NULL) {
        connection->next->previous = connection->previous;
    }
    net_address_release(net, connection->address);
    net->statistics.connections_open--;
}

void net_connection_check(const struct net_connection *connection)
{
#ifdef NET_CHECK
    if (connection->closed) {
        assert(connection->output == NULL && connection->descriptor < 0 && connection->deadline == NET_DEADLINE_NONE);
        return;
    }
    bool reading = connection->state == NET_STATE_HEAD || connection->state == NET_STATE_BODY ||
                   connection->state == NET_STATE_HANDLING;
    assert(reading == (connection->exchange != NULL) || connection->closing);
    assert(connection->state != NET_STATE_WEBSOCKET || connection->websocket != NULL);
    size_t bytes = 0;
    for (const struct net_segment *s = connection->output; s != NULL; s = s->next) {
        bytes += s->left;
        assert(s->next != NULL || s == connection->output_last);
    }
    assert(bytes == connection->output_bytes);
#else
    (void)connection;
#endif
}
