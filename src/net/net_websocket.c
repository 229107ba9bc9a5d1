/* WebSockets (RFC 6455). wslay reads: masks, fragments, control frames, UTF-8, close codes; what it answers itself
 * (pong, close) goes into the output queue. Messages are framed once by net_message_new and written past it.
 *
 * A message has to be whole a while after its first byte came, however many fragments and control frames it comes with; so
 * nobody holds memory by sending a byte now and then. wslay does not say whether it is inside a frame: it is when it was given
 * more bytes than the frames it has ended had. Beyond the message's deadline: 1008.
 *
 * The end of a socket: a close frame went out or came in → NET_DEADLINE_CLOSE runs; both have → `closing`. The id dies
 * with `net_websocket_gone`; the handler hears of it from libuv's close callback, never from inside another call. */
#include <assert.h>
#include <stdio.h>

#include <openssl/evp.h>
#include <wslay/wslay.h>

#include "base/memory.h"
#include "net/net_internal.h"

#define REASON_BYTES_MAX 123 /* RFC 6455, 5.5: 125 without the code */
#define MESSAGE_SPARE_BYTES (4 * KIB)

struct net_websocket {
    struct net_connection *connection;
    uint64_t id;
    void *owner; /* the handler's */
    bool gone; /* the id is no longer valid */
    wslay_event_context_ptr context;
    const char *input; /* of the feed under way */
    size_t input_left;
    char *message; /* as far as it has come */
    size_t message_length, message_capacity;
    bool in_control;    /* the frame under way is one */
    bool in_message;    /* a fragment that is not the last has begun */
    uint64_t frame_bytes, open_bytes; /* of the frame under way, with its head; given to wslay since the last end of a frame */
    unsigned violation; /* close code for a rule that was broken and that wslay does not answer itself; or 0 */
    bool close_sent, close_received;
    bool heard; /* since the last ping interval began */
    bool asked; /* a ping is on its way */
    unsigned code;
    size_t reason_length;
    char reason[REASON_BYTES_MAX + 1];
};

/* ---- what wslay calls ---- */

static ssize_t on_receive(wslay_event_context_ptr context, uint8_t *bytes, size_t size, int flags, void *user)
{
    (void)flags;
    struct net_websocket *socket = user;
    size_t length = socket->input_left < size ? socket->input_left : size;
    if (length == 0 || socket->connection->closed || socket->violation != 0) {
        wslay_event_set_error(context, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    memcpy(bytes, socket->input, length);
    socket->input += length;
    socket->input_left -= length;
    return (ssize_t)length;
}

static ssize_t on_send(wslay_event_context_ptr context, const uint8_t *bytes, size_t length, int flags, void *user)
{
    (void)flags;
    struct net_websocket *socket = user;
    if (socket->connection->closed || !net_connection_append(socket->connection, (const char *)bytes, length)) {
        wslay_event_set_error(context, WSLAY_ERR_CALLBACK_FAILURE);
        return -1;
    }
    return (ssize_t)length;
}

static bool message_grow(struct net_websocket *socket, size_t needed)
{
    if (needed <= socket->message_capacity && socket->message != NULL) {
        return true;
    }
    size_t capacity = socket->message_capacity < 512 ? 512 : socket->message_capacity * 2;
    if (capacity < needed) {
        capacity = needed;
    }
    char *grown = memory_resize(socket->message, capacity + NET_BODY_PADDING);
    if (grown == NULL) {
        return false;
    }
    socket->message = grown;
    socket->message_capacity = capacity;
    return true;
}

static void on_frame(wslay_event_context_ptr context, const struct wslay_event_on_frame_recv_start_arg *frame,
                     void *user)
{
    (void)context;
    struct net_websocket *socket = user;
    uint64_t length_bytes = frame->payload_length < 126 ? 0 : frame->payload_length <= UINT16_MAX ? 2 : 8;
    socket->frame_bytes = 2 + 4 + length_bytes + frame->payload_length; /* clients mask, and wslay refuses who takes a longer form */
    socket->in_control = wslay_is_ctrl_frame(frame->opcode);
    if (!socket->in_control) {
        socket->in_message = frame->fin == 0;
    }
    if (!socket->in_control &&
        frame->payload_length > socket->connection->net->options.message_bytes_max - socket->message_length) {
        socket->violation = WSLAY_CODE_MESSAGE_TOO_BIG; /* all fragments together: wslay looks at each alone */
    }
}

/* What follows the end of a message, or of a frame between messages, is another one with time of its own. */
static void on_frame_end(wslay_event_context_ptr context, void *user)
{
    (void)context;
    struct net_websocket *socket = user;
    assert(socket->open_bytes >= socket->frame_bytes);
    socket->open_bytes -= socket->frame_bytes;
    if (!socket->in_message) {
        socket->connection->deadline_restart = true;
    }
}

/* wslay keeps the contents of control frames itself. */
static void on_chunk(wslay_event_context_ptr context, const struct wslay_event_on_frame_recv_chunk_arg *chunk,
                     void *user)
{
    (void)context;
    struct net_websocket *socket = user;
    if (socket->in_control || socket->close_sent || socket->violation != 0) {
        return;
    }
    if (!message_grow(socket, socket->message_length + chunk->data_length)) {
        socket->violation = WSLAY_CODE_INTERNAL_SERVER_ERROR;
        return;
    }
    memcpy(socket->message + socket->message_length, chunk->data, chunk->data_length);
    socket->message_length += chunk->data_length;
}

static void keep_reason(struct net_websocket *socket, const char *reason, size_t length)
{
    length = length > REASON_BYTES_MAX ? REASON_BYTES_MAX : length;
    while (length > 0 && !str_is_utf8((struct str){reason, length})) {
        length--; /* cut inside a character */
    }
    if (length > 0) {
        memcpy(socket->reason, reason, length);
    }
    socket->reason_length = length;
}

static void on_close_frame(struct net_websocket *socket, const struct wslay_event_on_msg_recv_arg *frame)
{
    if (frame->msg_length == 1) {
        socket->violation = WSLAY_CODE_PROTOCOL_ERROR;
        return;
    }
    socket->close_received = true;
    if (!socket->close_sent) {
        socket->code = frame->status_code == 0 ? WSLAY_CODE_NO_STATUS_RCVD : frame->status_code;
        if (frame->msg_length > 2) {
            keep_reason(socket, (const char *)frame->msg + 2, frame->msg_length - 2);
        }
    }
}

static void on_message(wslay_event_context_ptr context, const struct wslay_event_on_msg_recv_arg *frame, void *user)
{
    (void)context;
    struct net_websocket *socket = user;
    struct net *net = socket->connection->net;
    if (frame->opcode == WSLAY_CONNECTION_CLOSE) {
        on_close_frame(socket, frame);
        return;
    }
    if (wslay_is_ctrl_frame(frame->opcode) || socket->close_sent || socket->violation != 0 ||
        socket->connection->closed) {
        return;
    }
    if (!message_grow(socket, socket->message_length)) {
        socket->violation = WSLAY_CODE_INTERNAL_SERVER_ERROR;
        return;
    }
    memset(socket->message + socket->message_length, 0, NET_BODY_PADDING);
    net->statistics.messages_in++;
    /* Pongs for pings that came before this message go out before what the handler may answer to it, also when all of it
     * arrived in one piece. */
    if (wslay_event_want_write(socket->context) && wslay_event_send(socket->context) != 0) {
        net_connection_close(socket->connection);
        return;
    }
    if (net->handler.on_websocket_message != NULL) {
        net->handler.on_websocket_message(net->handler.context, socket->id, socket->owner,
                                          frame->opcode == WSLAY_TEXT_FRAME ? NET_TEXT : NET_BINARY,
                                          (struct str){socket->message, socket->message_length});
    }
    socket->message_length = 0;
    if (socket->message_capacity > MESSAGE_SPARE_BYTES) {
        memory_free(socket->message);
        socket->message = NULL;
        socket->message_capacity = 0;
    }
}

static bool context_new(struct net_websocket *socket)
{
    static const struct wslay_event_callbacks callbacks = {
        .recv_callback = on_receive,
        .send_callback = on_send,
        .on_frame_recv_start_callback = on_frame,
        .on_frame_recv_chunk_callback = on_chunk,
        .on_frame_recv_end_callback = on_frame_end,
        .on_msg_recv_callback = on_message,
    };
    if (wslay_event_context_server_init(&socket->context, &callbacks, socket) != 0) {
        return false;
    }
    wslay_event_config_set_no_buffering(socket->context, 1);
    wslay_event_config_set_max_recv_msg_length(socket->context, socket->connection->net->options.message_bytes_max);
    return true;
}

/* ---- opening ---- */

void net_websocket_accept_text(struct str key, char text[NET_WEBSOCKET_ACCEPT_SIZE])
{
    static const char magic[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    unsigned char joined[24 + sizeof magic - 1], digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    assert(key.length == 24);
    memcpy(joined, key.at, 24);
    memcpy(joined + 24, magic, sizeof magic - 1);
    text[0] = '\0';
    if (EVP_Digest(joined, sizeof joined, digest, &length, EVP_sha1(), NULL) == 1 && length == 20) {
        (void)EVP_EncodeBlock((unsigned char *)text, digest, 20);
    }
}

static bool write_acceptance(struct net_connection *connection, const struct net_request *request,
                             struct str subprotocol)
{
    char text[NET_WEBSOCKET_ACCEPT_SIZE];
    net_websocket_accept_text(net_request_header(request, "sec-websocket-key"), text);
    struct buffer head;
    buffer_init(&head, 4 * KIB);
    buffer_append_text(&head, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                              "Sec-WebSocket-Accept: ");
    buffer_append_text(&head, text);
    if (subprotocol.at != NULL) {
        buffer_append_text(&head, "\r\nSec-WebSocket-Protocol: ");
        buffer_append_str(&head, subprotocol);
    }
    buffer_append_text(&head, "\r\n\r\n");
    bool written = text[0] != '\0' && !buffer_failed(&head) &&
                   net_connection_append(connection, head.bytes, head.length);
    buffer_release(&head);
    return written;
}

static struct net_websocket *socket_new(struct net_connection *connection, void *owner)
{
    struct net_websocket *socket = memory_new_zeroed(1, sizeof *socket);
    if (socket == NULL) {
        return NULL;
    }
    socket->connection = connection;
    socket->owner = owner;
    socket->code = WSLAY_CODE_ABNORMAL_CLOSURE;
    if (!context_new(socket)) {
        memory_free(socket);
        return NULL;
    }
    socket->id = net_slots_add(&connection->net->sockets, connection);
    if (socket->id == 0) {
        wslay_event_context_free(socket->context);
        memory_free(socket);
        return NULL;
    }
    return socket;
}

bool net_websocket_accept(struct net *net, uint64_t request, struct str subprotocol, void *owner, uint64_t *socket)
{
    *socket = 0;
    struct net_exchange *exchange = net_slots_find(&net->requests, request);
    if (exchange == NULL || exchange->connection == NULL || net->draining) {
        if (exchange != NULL) {
            net_reply_problem(net, request, 503, STR("The server is shutting down."));
        }
        return false;
    }
    struct net_connection *connection = exchange->connection;
    assert(exchange->handed && exchange->request.websocket && net_header_text_valid(subprotocol));
    struct net_websocket *opened = socket_new(connection, owner);
    if (opened == NULL || !write_acceptance(connection, &exchange->request, subprotocol)) {
        if (opened != NULL) {
            net_slots_remove(&net->sockets, opened->id);
            wslay_event_context_free(opened->context);
            memory_free(opened);
        }
        net_request_done(net, request);
        return false;
    }
    net->statistics.websockets_open++;
    connection->websocket = opened;
    connection->exchange = NULL;
    connection->state = NET_STATE_WEBSOCKET;
    connection->deadline_restart = true;
    *socket = opened->id;
    if (net->handler.on_access != NULL) {
        struct net_access access = {.request = &exchange->request,
                                    .peer = exchange->request.peer,
                                    .status = 101,
                                    .duration_ns = clock_monotonic_ns(net->options.clock) - exchange->began_ns};
        net->handler.on_access(net->handler.context, &access);
    }
    net_exchange_free(net, exchange);
    net_connection_settle(connection);
    return true;
}

/* ---- closing ---- */

bool net_websocket_closing(const struct net_connection *connection)
{
    const struct net_websocket *socket = connection->websocket;
    return socket != NULL && (socket->close_sent || socket->close_received);
}

bool net_websocket_in_message(const struct net_connection *connection)
{
    const struct net_websocket *socket = connection->websocket;
    return socket->in_message || socket->open_bytes > 0;
}

static void start_close(struct net_connection *connection, unsigned code, struct str reason)
{
    struct net_websocket *socket = connection->websocket;
    if (socket->close_sent || connection->closing) {
        return;
    }
    keep_reason(socket, reason.at, reason.length);
    socket->code = code;
    socket->close_sent = true;
    connection->deadline_restart = true;
    if (wslay_event_queue_close(socket->context, (uint16_t)code, (const uint8_t *)socket->reason,
                                socket->reason_length) != 0 ||
        wslay_event_send(socket->context) != 0) {
        net_connection_close(connection);
    }
}

void net_websocket_close(struct net *net, uint64_t socket, unsigned code, struct str reason)
{
    assert(code >= 1000 && code <= 4999);
    struct net_connection *connection = net_slots_find(&net->sockets, socket);
    if (connection != NULL) {
        start_close(connection, code, reason);
        net_connection_settle(connection);
    }
}

void net_websocket_drain(struct net_connection *connection)
{
    start_close(connection, WSLAY_CODE_GOING_AWAY, STR("The server is shutting down."));
    net_connection_settle(connection);
}

void net_websocket_gone(struct net_connection *connection)
{
    struct net_websocket *socket = connection->websocket;
    if (socket != NULL && !socket->gone) {
        socket->gone = true;
        net_slots_remove(&connection->net->sockets, socket->id);
        connection->net->statistics.websockets_open--;
    }
}

void net_websocket_free(struct net_connection *connection)
{
    struct net_websocket *socket = connection->websocket;
    if (socket == NULL) {
        return;
    }
    const struct net_handler *handler = &connection->net->handler;
    connection->websocket = NULL;
    if (handler->on_websocket_close != NULL) {
        handler->on_websocket_close(handler->context, socket->id, socket->owner, socket->code,
                                    (struct str){socket->reason, socket->reason_length});
    }
    wslay_event_context_free(socket->context);
    memory_free(socket->message);
    memory_free(socket);
}

/* ---- receiving ---- */

/* The close frame for what wslay leaves unanswered; what wslay itself has queued by then is not sent. */
static void answer_violation(struct net_connection *connection)
{
    struct net_websocket *socket = connection->websocket;
    connection->closing = true;
    if (socket->close_sent) {
        return;
    }
    const char close_frame[] = {(char)0x88, 2, (char)(socket->violation >> 8), (char)socket->violation};
    socket->code = socket->violation;
    socket->close_sent = true;
    if (!net_connection_append(connection, close_frame, sizeof close_frame)) {
        net_connection_close(connection);
    }
}

/* After wslay has taken all input: who has closed, and what goes out. */
static void settle_socket(struct net_connection *connection)
{
    struct net_websocket *socket = connection->websocket;
    if (socket->violation != 0) {
        answer_violation(connection);
        return;
    }
    if (wslay_event_want_write(socket->context) && wslay_event_send(socket->context) != 0) {
        net_connection_close(connection);
        return;
    }
    if (socket->close_received) {
        connection->closing = true;
    } else if (!wslay_event_get_read_enabled(socket->context)) {
        connection->closing = true;
        if (!socket->close_sent) { /* by wslay, as a rule was broken */
            socket->code = wslay_event_get_status_code_sent(socket->context);
            socket->close_sent = true;
        }
    }
}

void net_websocket_feed(struct net_connection *connection, const char *bytes, size_t length)
{
    struct net_websocket *socket = connection->websocket;
    socket->input = bytes;
    socket->input_left = length;
    socket->open_bytes += length;
    socket->heard = true;
    socket->asked = false;
    if (wslay_event_recv(socket->context) != 0 && socket->violation == 0) {
        socket->violation = WSLAY_CODE_PROTOCOL_ERROR; /* a frame that cannot be */
    }
    if (connection->closed) {
        return;
    }
    settle_socket(connection);
    if (connection->closing) {
        connection->deadline_restart = true;
    } else if (!connection->closed && connection->output_bytes > connection->net->options.output_bytes_max) {
        net_connection_close(connection); /* pongs that nobody reads */
    }
}

void net_websocket_expired(struct net_connection *connection)
{
    struct net_websocket *socket = connection->websocket;
    if (net_websocket_in_message(connection)) {
        connection->net->statistics.timeouts++;
        start_close(connection, WSLAY_CODE_POLICY_VIOLATION, STR("A message did not arrive in time."));
        net_connection_settle(connection);
        return;
    }
    if (socket->asked && !socket->heard) {
        connection->net->statistics.timeouts++;
        net_connection_close(connection);
        return;
    }
    if (!socket->heard) {
        struct wslay_event_msg ping = {.opcode = WSLAY_PING};
        if (wslay_event_queue_msg(socket->context, &ping) != 0 || wslay_event_send(socket->context) != 0) {
            net_connection_close(connection);
            return;
        }
        socket->asked = true;
    }
    socket->heard = false;
    net_connection_settle(connection);
}

/* ---- sending ---- */

static void cut_slow_reader(struct net_connection *connection)
{
    connection->net->statistics.slow_readers_cut++;
    net_connection_drop_output(connection);
    start_close(connection, 1013, STR("Messages were not read fast enough."));
    net_connection_settle(connection);
}

static void send_now(struct net *net, uint64_t socket, struct net_blob *message)
{
    struct net_connection *connection = net_slots_find(&net->sockets, socket);
    if (connection == NULL || net_websocket_closing(connection) || connection->closing) {
        return;
    }
    if (!net_connection_append_blob(connection, message, 0)) {
        net_connection_close(connection);
        return;
    }
    net->statistics.messages_out++;
    if (!net_connection_push(connection)) {
        return;
    }
    if (connection->output_bytes > net->options.output_bytes_max) {
        cut_slow_reader(connection);
        return;
    }
    net_connection_settle(connection);
}

static struct net_fan_out *fan_out_new(const uint64_t *sockets, size_t count, struct net_blob *message)
{
    if (count > (SIZE_MAX - sizeof(struct net_fan_out)) / sizeof(uint64_t)) {
        return NULL;
    }
    struct net_fan_out *fan_out = memory_new(sizeof *fan_out + count * sizeof(uint64_t));
    if (fan_out != NULL) {
        *fan_out = (struct net_fan_out){.message = net_blob_reference(message), .count = count};
        memcpy(fan_out->sockets, sockets, count * sizeof(uint64_t));
    }
    return fan_out;
}

enum status net_websocket_send_many(struct net *net, const uint64_t *sockets, size_t count, struct net_blob *message)
{
    assert(message->message);
    if (net->fan_outs == NULL && count <= NET_FAN_OUT_SLICE) {
        for (size_t i = 0; i < count; i++) {
            send_now(net, sockets[i], message);
        }
        return STATUS_OK;
    }
    if (count == 0) {
        return STATUS_OK;
    }
    struct net_fan_out *fan_out = fan_out_new(sockets, count, message);
    if (fan_out == NULL) {
        return STATUS_FATAL;
    }
    *net->fan_outs_end = fan_out;
    net->fan_outs_end = &fan_out->next;
    (void)uv_idle_start(&net->busy, net_websocket_run_fan_outs);
    return STATUS_OK;
}

void net_websocket_send(struct net *net, uint64_t socket, struct net_blob *message)
{
    assert(message->message);
    if (net->fan_outs == NULL) {
        send_now(net, socket, message);
    } else if (net_websocket_send_many(net, &socket, 1, message) != STATUS_OK) {
        net_websocket_close(net, socket, 1011, STR("The server is short of memory."));
    }
}

static void fan_out_free(struct net *net)
{
    struct net_fan_out *first = net->fan_outs;
    net->fan_outs = first->next;
    if (net->fan_outs == NULL) {
        net->fan_outs_end = &net->fan_outs;
    }
    net_blob_release(first->message);
    memory_free(first);
}

void net_websocket_run_fan_outs(uv_idle_t *idle)
{
    struct net *net = idle->data;
    size_t left = NET_FAN_OUT_SLICE;
    while (net->fan_outs != NULL && left > 0) {
        struct net_fan_out *first = net->fan_outs;
        for (; first->at < first->count && left > 0; left--) {
            send_now(net, first->sockets[first->at++], first->message);
        }
        if (first->at == first->count) {
            fan_out_free(net);
        }
    }
    if (net->fan_outs == NULL && net->ready == NULL) {
        (void)uv_idle_stop(idle);
    }
    uv_update_time(&net->loop);
}

void net_websocket_drop_fan_outs(struct net *net)
{
    while (net->fan_outs != NULL) {
        fan_out_free(net);
    }
}

size_t net_websocket_backlog(struct net *net, uint64_t socket)
{
    const struct net_connection *connection = net_slots_find(&net->sockets, socket);
    return connection == NULL ? 0 : connection->output_bytes;
}
