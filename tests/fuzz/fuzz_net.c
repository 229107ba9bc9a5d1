/* fuzz_net.c: bytes from a client into a connection, through a socket pair and the real loop.
 *
 * The first byte of the input says in pieces of what size the rest is sent (0: at once). After each piece the loop
 * turns and late answers are given. Then the client shuts its side, reads to the end and leaves; nothing may be left
 * of it. NET_CHECK is on, so each turn also asserts the invariants of net_internal.h. */
#include <assert.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"
#include "net/net_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static struct net *net;
static uint64_t late[64];
static size_t late_count;

static void reply(uint64_t request, struct str body)
{
    struct net_response response = {.status = 200, .content_type = STR("text/plain"), .body = body};
    net_reply(net, request, &response);
}

static void on_headers(void *context, const struct net_request *request, size_t *body_bytes_max)
{
    (void)context;
    if (str_starts_with(request->path, STR("/r"))) {
        net_reply_problem(net, request->id, 401, STR("no"));
    } else if (str_starts_with(request->path, STR("/s"))) {
        *body_bytes_max = 5;
    }
}

static void on_request(void *context, const struct net_request *request)
{
    (void)context;
    for (int i = 0; i < NET_BODY_PADDING; i++) {
        assert(request->body.at[request->body.length + (size_t)i] == '\0');
    }
    uint64_t socket;
    if (request->websocket && net_request_header(request, "x-refuse").at == NULL) {
        (void)net_websocket_accept(net, request->id, STR_NONE, NULL, &socket);
    } else if (str_starts_with(request->path, STR("/l")) && late_count < sizeof late / sizeof late[0]) {
        late[late_count++] = request->id;
    } else if (str_starts_with(request->path, STR("/d"))) {
        net_request_done(net, request->id);
    } else {
        struct arena arena;
        struct str value;
        arena_init(&arena, 64 * KIB);
        (void)!net_query_parameter(request->query, "a", &arena, &value);
        reply(request->id, value.length > 0 ? value : request->body);
        arena_release(&arena);
    }
}

static void on_message(void *context, uint64_t socket, void *owner, enum net_message_kind kind, struct str text)
{
    (void)context;
    (void)owner;
    assert(text.at[text.length] == '\0');
    assert(kind == NET_BINARY || str_is_utf8(text));
    struct net_blob *message = net_message_new(kind, text);
    assert(message != NULL);
    net_websocket_send(net, socket, message);
    net_blob_release(message);
    if (str_is(text, "close")) {
        net_websocket_close(net, socket, 4000, text);
    }
}

static void turn(int descriptor)
{
    static char dropped[65536];
    (void)uv_run(&net->loop, UV_RUN_NOWAIT);
    while (late_count > 0) {
        reply(late[--late_count], STR("late"));
    }
    (void)uv_run(&net->loop, UV_RUN_NOWAIT);
    while (recv(descriptor, dropped, sizeof dropped, MSG_DONTWAIT) > 0) {
    }
}

static void set_up(void)
{
    struct net_options options = {.header_bytes_max = 2000, .header_count_max = 20, .body_bytes_max = 4000,
                                  .message_bytes_max = 1000};
    struct net_handler handler = {
        .on_headers = on_headers, .on_request = on_request, .on_websocket_message = on_message};
    struct error error;
    if (net_new(&net, &options, &handler, &error) != STATUS_OK) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    if (net == NULL) {
        set_up();
    }
    int pair[2];
    if (length < 1 || length > 60000 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) != 0) {
        return 0;
    }
    if (!net_connection_adopt(net, pair[0], "fuzz", NULL)) {
        abort();
    }
    size_t piece = bytes[0] == 0 ? length : bytes[0];
    for (size_t at = 1; at < length; at += piece) {
        size_t size = length - at < piece ? length - at : piece;
        if (send(pair[1], bytes + at, size, MSG_NOSIGNAL) < 0) {
            break;
        }
        turn(pair[1]);
    }
    (void)shutdown(pair[1], SHUT_WR);
    turn(pair[1]);
    (void)close(pair[1]);
    for (int i = 0; i < 1000 && (net->statistics.connections_open > 0 || late_count > 0); i++) {
        (void)uv_run(&net->loop, UV_RUN_NOWAIT);
        while (late_count > 0) {
            reply(late[--late_count], STR("late"));
        }
    }
    (void)uv_run(&net->loop, UV_RUN_NOWAIT);
    if (net->statistics.connections_open != 0 || net->requests.used != 0 || net->sockets.used != 0) {
        abort();
    }
    return 0;
}
