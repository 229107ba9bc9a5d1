/* The loop and what hangs on it: listeners, limits on connections, tasks from other threads, timers, signals, drain. */
#include "net/net.h"

#include <assert.h>
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "net/net_internal.h"

#define ACCEPTS_MAX 64 /* of one turn */
#define READY_ROUNDS_MAX 16

/* ---- options ---- */

static void default_size(size_t *value, size_t otherwise)
{
    if (*value == 0) {
        *value = otherwise;
    }
}

static void default_ms(uint64_t *value, uint64_t otherwise)
{
    if (*value == 0) {
        *value = otherwise;
    }
}

static void fill_in(struct net_options *options)
{
    default_size(&options->header_bytes_max, LIMIT_HEADER_BYTES);
    default_size(&options->header_count_max, LIMIT_HEADER_COUNT);
    default_size(&options->body_bytes_max, LIMIT_BODY_BYTES);
    default_size(&options->message_bytes_max, LIMIT_WEBSOCKET_MESSAGE_BYTES);
    default_size(&options->output_bytes_max, LIMIT_OUTPUT_QUEUE_BYTES);
    default_size(&options->connections_max, LIMIT_CONNECTIONS);
    default_size(&options->connections_per_address_max, LIMIT_CONNECTIONS_PER_ADDRESS);
    default_ms(&options->header_timeout_ms, LIMIT_HEADER_TIMEOUT_MS);
    default_ms(&options->body_timeout_ms, LIMIT_BODY_TIMEOUT_MS);
    default_ms(&options->message_timeout_ms, LIMIT_MESSAGE_TIMEOUT_MS);
    default_ms(&options->idle_timeout_ms, LIMIT_IDLE_TIMEOUT_MS);
    default_ms(&options->drain_timeout_ms, LIMIT_DRAIN_TIMEOUT_MS);
    default_ms(&options->ping_interval_ms, NET_PING_INTERVAL_MS);
    default_ms(&options->close_timeout_ms, NET_CLOSE_TIMEOUT_MS);
    if (options->clock == NULL) {
        options->clock = &clock_system;
    }
}

/* Copies what the options point to, into one piece of memory: the origins, then all text. */
static bool copy_texts(struct net *net, const struct net_options *from)
{
    const char *const files[] = {from->certificate_file, from->key_file, from->client_ca_file};
    const char **const copies[] = {&net->options.certificate_file, &net->options.key_file,
                                   &net->options.client_ca_file};
    size_t size = from->origin_count * sizeof(struct str) + 1;
    for (size_t i = 0; i < from->origin_count; i++) {
        size += from->origins[i].length;
    }
    for (size_t i = 0; i < 3; i++) {
        size += files[i] == NULL ? 0 : strlen(files[i]) + 1;
    }
    net->texts = memory_new(size);
    if (net->texts == NULL) {
        return false;
    }
    struct str *origins = net->texts;
    char *at = (char *)(origins + from->origin_count);
    for (size_t i = 0; i < from->origin_count; i++) {
        memcpy(at, from->origins[i].at, from->origins[i].length);
        origins[i] = (struct str){at, from->origins[i].length};
        at += from->origins[i].length;
    }
    net->options.origins = origins;
    for (size_t i = 0; i < 3; i++) {
        if (files[i] != NULL) {
            size_t length = strlen(files[i]) + 1;
            memcpy(at, files[i], length);
            *copies[i] = at;
            at += length;
        }
    }
    return true;
}

/* ---- client addresses ---- */

/* IPv4 as such also where it comes mapped into IPv6; IPv6 by its first 64 bits, as one client has them all. */
static void address_key(const struct sockaddr_storage *address, uint8_t key[16], char text[64])
{
    memset(key, 0, 16);
    text[0] = '\0';
    if (address->ss_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)address;
        memcpy(key, &in->sin_addr, 4);
        (void)inet_ntop(AF_INET, &in->sin_addr, text, 64);
        return;
    }
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)address;
    if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
        memcpy(key, in6->sin6_addr.s6_addr + 12, 4);
        (void)inet_ntop(AF_INET, in6->sin6_addr.s6_addr + 12, text, 64);
        return;
    }
    memcpy(key, in6->sin6_addr.s6_addr, 8);
    key[15] = 6;
    (void)inet_ntop(AF_INET6, &in6->sin6_addr, text, 64);
}

static struct net_address **address_bucket(struct net *net, const uint8_t key[16])
{
    return &net->addresses[str_hash((struct str){(const char *)key, 16}) % NET_ADDRESS_BUCKETS];
}

/* Counts one more connection of the address. NULL without memory. */
static struct net_address *address_take(struct net *net, const uint8_t key[16])
{
    struct net_address **bucket = address_bucket(net, key);
    for (struct net_address *address = *bucket; address != NULL; address = address->next) {
        if (memcmp(address->key, key, 16) == 0) {
            address->connections++;
            return address;
        }
    }
    struct net_address *address = memory_new(sizeof *address);
    if (address != NULL) {
        *address = (struct net_address){.next = *bucket, .connections = 1};
        memcpy(address->key, key, 16);
        *bucket = address;
    }
    return address;
}

void net_address_release(struct net *net, struct net_address *address)
{
    if (address == NULL || --address->connections > 0) {
        return;
    }
    struct net_address **at = address_bucket(net, address->key);
    while (*at != address) {
        at = &(*at)->next;
    }
    *at = address->next;
    memory_free(address);
}

/* ---- accepting ---- */

static void refuse_connection(struct net *net, int descriptor)
{
    static const char body[] = "{\"type\":\"about:blank\",\"title\":\"Service Unavailable\",\"status\":503,"
                               "\"detail\":\"There are too many connections already.\"}";
    char answer[512];
    int length = snprintf(answer, sizeof answer,
                          "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\n"
                          "Content-Length: %zu\r\nRetry-After: 1\r\nConnection: close\r\n\r\n%s",
                          sizeof body - 1, body);
    assert(length > 0 && (size_t)length < sizeof answer);
    net->statistics.connections_refused++;
    if (net->tls == NULL) {
        (void)send(descriptor, answer, (size_t)length, MSG_NOSIGNAL | MSG_DONTWAIT);
        (void)shutdown(descriptor, SHUT_WR);
        char dropped[4096]; /* what has come already; left unread it would make the kernel reset, answer and all */
        (void)recv(descriptor, dropped, sizeof dropped, MSG_DONTWAIT);
    }
    (void)close(descriptor);
}

static void take_connection(struct net *net, int descriptor, const struct sockaddr_storage *from)
{
    uint8_t key[16];
    char peer[64];
    address_key(from, key, peer);
    struct net_address *address = address_take(net, key);
    if (address == NULL || net->statistics.connections_open >= net->options.connections_max ||
        address->connections > net->options.connections_per_address_max) {
        refuse_connection(net, descriptor);
        net_address_release(net, address);
        return;
    }
    int on = 1;
    (void)setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (!net_connection_adopt(net, descriptor, peer, address)) {
        net_address_release(net, address);
        (void)close(descriptor);
    }
}

/* Out of descriptors: the kernel's queue would keep the listener readable for ever. The descriptor held in reserve is
 * given up to take one connection out of the queue and refuse it. */
static void refuse_without_descriptor(struct net *net, int listener)
{
    net->statistics.accept_failures++;
    if (net->reserve_descriptor >= 0) {
        (void)close(net->reserve_descriptor);
        net->reserve_descriptor = -1;
    }
    int descriptor = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor >= 0) {
        refuse_connection(net, descriptor);
    }
    net->reserve_descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void on_connections(uv_poll_t *poll, int status, int events)
{
    (void)events;
    struct net_listener *listener = poll->data;
    struct net *net = listener->net;
    if (status < 0) {
        return;
    }
    for (int i = 0; i < ACCEPTS_MAX; i++) {
        struct sockaddr_storage from;
        socklen_t length = sizeof from;
        memset(&from, 0, sizeof from);
        int descriptor =
            accept4(listener->descriptor, (struct sockaddr *)&from, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor >= 0) {
            take_connection(net, descriptor, &from);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            refuse_without_descriptor(net, listener->descriptor);
            return;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            return;
        } /* else the connection broke while it waited: the next one */
    }
}

static int listen_at(const struct addrinfo *address)
{
    int descriptor = socket(address->ai_family, address->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) {
        return -1;
    }
    int on = 1, off = 0;
    (void)setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (address->ai_family == AF_INET6) {
        (void)setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    }
    if (bind(descriptor, address->ai_addr, address->ai_addrlen) != 0 || listen(descriptor, 4096) != 0) {
        int reason = errno;
        (void)close(descriptor);
        errno = reason;
        return -1;
    }
    return descriptor;
}

static uint16_t port_of(int descriptor)
{
    struct sockaddr_storage bound;
    socklen_t length = sizeof bound;
    if (getsockname(descriptor, (struct sockaddr *)&bound, &length) != 0) {
        return 0;
    }
    return ntohs(bound.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&bound)->sin6_port
                                             : ((struct sockaddr_in *)&bound)->sin_port);
}

static enum status add_listener(struct net *net, int descriptor, struct error *error)
{
    struct net_listener *listener = &net->listeners[net->listener_count];
    *listener = (struct net_listener){.net = net, .descriptor = descriptor, .port = port_of(descriptor)};
    listener->poll.data = listener;
    if (uv_poll_init(&net->loop, &listener->poll, descriptor) != 0) {
        (void)close(descriptor);
        return error_set(error, STATUS_FATAL, "net", "the loop takes no descriptor");
    }
    net->listener_count++;
    if (uv_poll_start(&listener->poll, UV_READABLE, on_connections) != 0) {
        return error_set(error, STATUS_FATAL, "net", "the loop cannot wait for connections");
    }
    return STATUS_OK;
}

enum status net_listen(struct net *net, const char *host, uint16_t port, struct error *error)
{
    assert(net->listener_count < NET_LISTENERS_MAX);
    char service[8];
    (void)snprintf(service, sizeof service, "%u", port);
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *found = NULL;
    int failed = getaddrinfo(host, service, &hints, &found);
    if (failed != 0) {
        return error_set(error, STATUS_INVALID, host, "this address to listen on is not known: %s",
                         gai_strerror(failed));
    }
    int descriptor = -1, reason = 0;
    for (const struct addrinfo *address = found; address != NULL && descriptor < 0; address = address->ai_next) {
        descriptor = listen_at(address);
        reason = errno;
    }
    freeaddrinfo(found);
    if (descriptor < 0) {
        return error_set(error, STATUS_RETRY, host, "cannot listen on port %u: %s", port, strerror(reason));
    }
    return add_listener(net, descriptor, error);
}

uint16_t net_port(const struct net *net)
{
    return net->listener_count > 0 ? net->listeners[0].port : 0;
}

static void close_listeners(struct net *net)
{
    for (size_t i = 0; i < net->listener_count; i++) {
        struct net_listener *listener = &net->listeners[i];
        if (listener->descriptor >= 0) {
            uv_close((uv_handle_t *)&listener->poll, NULL);
            (void)close(listener->descriptor);
            listener->descriptor = -1;
        }
    }
}

/* ---- tasks and timers ---- */

void net_post(struct net *net, struct net_task *task)
{
    struct net_task *head = atomic_load_explicit(&net->tasks, memory_order_relaxed);
    do {
        task->next = head;
    } while (!atomic_compare_exchange_weak_explicit(&net->tasks, &head, task, memory_order_release,
                                                    memory_order_relaxed));
    if (head == NULL) { /* else whoever posted first has woken the loop */
        (void)uv_async_send(&net->async);
    }
}

static void run_tasks(struct net *net)
{
    struct net_task *task = atomic_exchange_explicit(&net->tasks, NULL, memory_order_acquire);
    struct net_task *in_order = NULL;
    while (task != NULL) {
        struct net_task *next = task->next;
        task->next = in_order;
        in_order = task;
        task = next;
    }
    while (in_order != NULL) {
        struct net_task *next = in_order->next;
        in_order->run(in_order->context);
        in_order = next;
    }
}

static void on_async(uv_async_t *async)
{
    struct net *net = async->data;
    run_tasks(net);
    uv_update_time(&net->loop);
}

static void on_prepare(uv_prepare_t *prepare)
{
    struct net *net = prepare->data;
    for (int i = 0; i < READY_ROUNDS_MAX && net->ready != NULL; i++) {
        net_connections_run_ready(net);
    }
    if (net->ready != NULL) {
        (void)uv_idle_start(&net->busy, net_websocket_run_fan_outs);
    }
}

struct net_timer {
    uv_timer_t timer;
    void (*run)(void *context);
    void *context;
};

static void on_timer(uv_timer_t *handle)
{
    struct net_timer *timer = handle->data;
    timer->run(timer->context);
}

static void on_timer_closed(uv_handle_t *handle)
{
    memory_free(handle->data);
}

struct net_timer *net_timer_new(struct net *net, uint64_t delay_ms, uint64_t repeat_ms, void (*run)(void *context),
                                void *context)
{
    struct net_timer *timer = memory_new_zeroed(1, sizeof *timer);
    if (timer == NULL) {
        return NULL;
    }
    timer->run = run;
    timer->context = context;
    timer->timer.data = timer;
    if (uv_timer_init(&net->loop, &timer->timer) != 0) {
        memory_free(timer);
        return NULL;
    }
    uv_update_time(&net->loop);
    (void)uv_timer_start(&timer->timer, on_timer, delay_ms, repeat_ms);
    uv_unref((uv_handle_t *)&timer->timer);
    return timer;
}

void net_timer_free(struct net_timer *timer)
{
    if (timer != NULL) {
        uv_close((uv_handle_t *)&timer->timer, on_timer_closed);
    }
}

static void on_signal(uv_signal_t *handle, int signal_number)
{
    struct net *net = handle->data;
    net->handler.on_signal(net->handler.context, signal_number);
}

/* ---- life ---- */

static enum status init_handles(struct net *net, struct error *error)
{
    uv_loop_t *loop = &net->loop;
    if (uv_async_init(loop, &net->async, on_async) != 0 || uv_prepare_init(loop, &net->prepare) != 0 ||
        uv_idle_init(loop, &net->busy) != 0 || uv_timer_init(loop, &net->drain_timer) != 0 ||
        uv_prepare_start(&net->prepare, on_prepare) != 0) {
        return error_set(error, STATUS_FATAL, "net", "the loop cannot be set up: %s", strerror(errno));
    }
    net->async.data = net->prepare.data = net->busy.data = net->drain_timer.data = net;
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};
    for (size_t i = 0; i < 3 && net->handler.on_signal != NULL; i++) {
        if (uv_signal_init(loop, &net->signals[i]) != 0 ||
            uv_signal_start(&net->signals[i], on_signal, numbers[i]) != 0) {
            return error_set(error, STATUS_FATAL, "net", "signals cannot be watched");
        }
        net->signals[i].data = net;
        uv_unref((uv_handle_t *)&net->signals[i]);
    }
    return net_deadlines_init(net, error);
}

enum status net_new(struct net **made, const struct net_options *options, const struct net_handler *handler,
                    struct error *error)
{
    *made = NULL;
    struct net *net = memory_new_zeroed(1, sizeof *net);
    if (net == NULL) {
        return error_no_memory(error, "net");
    }
    net->options = *options;
    net->handler = *handler;
    net->date_second = -1;
    net->fan_outs_end = &net->fan_outs;
    net_slots_init(&net->requests);
    net_slots_init(&net->sockets);
    fill_in(&net->options);
    assert(options->header_count <= NET_HEADERS_MAX);
    net->reserve_descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (uv_loop_init(&net->loop) != 0) {
        (void)close(net->reserve_descriptor);
        memory_free(net);
        return error_set(error, STATUS_RETRY, "net", "the event loop cannot be made: %s", strerror(errno));
    }
    net->read_buffer = memory_new(NET_READ_BYTES);
    enum status status = STATUS_OK;
    if (net->read_buffer == NULL || !copy_texts(net, options)) {
        status = error_no_memory(error, "net");
    } else {
        status = net_tls_new(&net->options, &net->tls, error);
    }
    if (status == STATUS_OK) {
        status = init_handles(net, error);
    }
    if (status != STATUS_OK) {
        net_free(net);
        return status;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    *made = net;
    return STATUS_OK;
}

enum status net_reload_certificates(struct net *net, struct error *error)
{
    SSL_CTX *fresh = NULL;
    enum status status = net_tls_new(&net->options, &fresh, error);
    if (status == STATUS_OK && fresh != NULL) {
        SSL_CTX_free(net->tls);
        net->tls = fresh;
    }
    return status;
}

void net_run(struct net *net)
{
    while (!net->stopping && !(net->draining && net->statistics.connections_open == 0)) {
        (void)uv_run(&net->loop, UV_RUN_ONCE);
    }
}

static void close_connections(struct net *net)
{
    while (net->connections != NULL) {
        net_connection_close(net->connections);
    }
}

static void on_drain_timeout(uv_timer_t *timer)
{
    close_connections(timer->data);
}

void net_drain(struct net *net)
{
    if (net->draining) {
        return;
    }
    net->draining = true;
    close_listeners(net);
    uv_update_time(&net->loop);
    (void)uv_timer_start(&net->drain_timer, on_drain_timeout, net->options.drain_timeout_ms, 0);
    struct net_connection *next;
    for (struct net_connection *connection = net->connections; connection != NULL; connection = next) {
        next = connection->next;
        if (connection->state == NET_STATE_WEBSOCKET) {
            net_websocket_drain(connection);
        } else {
            net_connection_settle(connection);
        }
    }
}

bool net_draining(const struct net *net)
{
    return net->draining;
}

void net_stop(struct net *net)
{
    net->stopping = true;
    uv_stop(&net->loop);
}

static void close_handle(uv_handle_t *handle, void *context)
{
    (void)context;
    if (!uv_is_closing(handle)) {
        uv_close(handle, NULL);
    }
}

static void free_spare(struct net *net)
{
    net_exchanges_free_spare(net);
    while (net->spare_chunk_count > 0) {
        net_blob_release(net->spare_chunks[--net->spare_chunk_count]);
    }
    while (net->spare_segments != NULL) {
        struct net_segment *next = net->spare_segments->next;
        memory_free(net->spare_segments);
        net->spare_segments = next;
    }
}

void net_free(struct net *net)
{
    if (net == NULL) {
        return;
    }
    net->draining = true;
    close_listeners(net);
    close_connections(net);
    (void)uv_run(&net->loop, UV_RUN_NOWAIT);
    run_tasks(net);
    net_websocket_drop_fan_outs(net);
    uv_walk(&net->loop, close_handle, NULL);
    (void)uv_run(&net->loop, UV_RUN_DEFAULT);
    run_tasks(net);
    net_connections_run_ready(net);
    for (uint32_t i = 0; i < net->requests.count; i++) {
        struct net_exchange *left = net_slots_at(&net->requests, i);
        if (left != NULL) {
            net_exchange_free(net, left);
        }
    }
    free_spare(net);
    net_slots_release(&net->requests);
    net_slots_release(&net->sockets);
    int failed = uv_loop_close(&net->loop);
    assert(failed == 0);
    (void)failed;
    SSL_CTX_free(net->tls);
    if (net->reserve_descriptor >= 0) {
        (void)close(net->reserve_descriptor);
    }
    memory_free(net->texts);
    memory_free(net->read_buffer);
    memory_free(net);
}

void net_statistics(const struct net *net, struct net_statistics *statistics)
{
    *statistics = net->statistics;
}
