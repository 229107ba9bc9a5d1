/* net_echo.c: a small server on top of net.h, for the probes in net_*.test.mjs and for wrk.
 *
 *   GET  /tiny           "hello"                 GET /big?bytes=N      N bytes, as a blob
 *   ANY  /echo           method, target, headers and body length as text; the body itself for POST
 *   GET  /later?ms=N     "later", N ms later, by a timer      GET /thread  "thread", from another thread
 *   POST /refuse         401 from on_headers, body unread     POST /small  accepts 10 bytes of body
 *   GET  /split          tries to smuggle a line into a header               GET /statistics  numbers as JSON
 *   GET  /drop           ends without an answer          GET /fail?after=N  the allocation after N more fails, once;
 *                                                        answers whether the one before has struck
 *   GET  /websocket      echoes; text "flood N BYTES" sends that much; "close CODE" closes; "all TEXT" goes to everyone
 *
 * Options: --port N, --host H, --certificate F, --key F, --client-ca F, --optional, --origin O, and the numbers of
 * struct net_options with dashes in place of underscores (--body-bytes-max N). Prints "port N" once it listens; SIGTERM
 * drains, SIGHUP loads certificates again; exit status 0 after a clean end. */
#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "net/net.h"

#define SOCKETS_MAX 20000

struct echo {
    struct net *net;
    uint64_t sockets[SOCKETS_MAX];
    size_t socket_count;
    unsigned last_close_code;
    struct net_blob *big; /* the answer of /big, kept as long as its length is asked for */
    struct job *late;    /* waiting for their timers */
    atomic_uint threads; /* that have not posted yet */
};

struct job { /* a late answer */
    struct echo *echo;
    uint64_t request;
    struct net_timer *timer;
    struct net_task task;
    struct job *previous, *next;
};

static void reply_text(struct echo *echo, uint64_t request, struct str text)
{
    struct net_response response = {.status = 200, .content_type = STR("text/plain"), .body = text};
    net_reply(echo->net, request, &response);
}

static int64_t parameter(const struct net_request *request, const char *name, int64_t otherwise)
{
    struct arena arena;
    struct str text;
    int64_t number = otherwise;
    arena_init(&arena, 64 * KIB);
    if (net_query_parameter(request->query, name, &arena, &text) == STATUS_OK && !str_to_i64(text, &number)) {
        number = otherwise;
    }
    arena_release(&arena);
    return number;
}

/* ---- routes ---- */

static void route_big(struct echo *echo, const struct net_request *request)
{
    size_t length = (size_t)parameter(request, "bytes", 1000);
    if (echo->big == NULL || net_blob_bytes(echo->big).length != length) {
        char *bytes = memory_new(length + 1);
        net_blob_release(echo->big);
        echo->big = NULL;
        if (bytes != NULL) {
            memset(bytes, 'x', length);
            echo->big = net_blob_new((struct str){bytes, length});
            memory_free(bytes);
        }
    }
    if (echo->big == NULL) {
        net_reply_problem(echo->net, request->id, 503, STR("No memory."));
        return;
    }
    struct net_response response = {.status = 200, .content_type = STR("text/plain"), .blob = echo->big};
    net_reply(echo->net, request->id, &response);
}

static void route_echo(struct echo *echo, const struct net_request *request)
{
    if (request->method == NET_POST) {
        reply_text(echo, request->id, request->body);
        return;
    }
    struct buffer text;
    buffer_init(&text, MIB);
    buffer_append_format(&text, "%.*s %.*s?%.*s %zu tls=%d subject=%.*s peer=%.*s\n", STR_ARGS(request->method_text),
                         STR_ARGS(request->path), STR_ARGS(request->query), request->body.length, request->tls,
                         STR_ARGS(request->client_subject), STR_ARGS(request->peer));
    for (size_t i = 0; i < request->header_count; i++) {
        buffer_append_format(&text, "%.*s=[%.*s]\n", STR_ARGS(request->headers[i].name),
                             STR_ARGS(request->headers[i].value));
    }
    reply_text(echo, request->id, buffer_str(&text));
    buffer_release(&text);
}

static void late_job_free(struct job *job)
{
    if (job->previous != NULL) {
        job->previous->next = job->next;
    } else {
        job->echo->late = job->next;
    }
    if (job->next != NULL) {
        job->next->previous = job->previous;
    }
    net_timer_free(job->timer);
    memory_free(job);
}

static void later(void *context)
{
    struct job *job = context;
    reply_text(job->echo, job->request, STR("later"));
    late_job_free(job);
}

static struct job *job_new(struct echo *echo, const struct net_request *request)
{
    struct job *job = memory_new_zeroed(1, sizeof *job);
    if (job == NULL) {
        net_reply_problem(echo->net, request->id, 503, STR("No memory."));
        return NULL;
    }
    job->echo = echo;
    job->request = request->id;
    return job;
}

static void route_later(struct echo *echo, const struct net_request *request)
{
    struct job *job = job_new(echo, request);
    if (job == NULL) {
        return;
    }
    job->timer = net_timer_new(echo->net, (uint64_t)parameter(request, "ms", 50), 0, later, job);
    if (job->timer == NULL) {
        net_reply_problem(echo->net, request->id, 503, STR("No memory."));
        memory_free(job);
        return;
    }
    job->next = echo->late;
    if (echo->late != NULL) {
        echo->late->previous = job;
    }
    echo->late = job;
}

static void on_loop(void *context)
{
    struct job *job = context;
    reply_text(job->echo, job->request, STR("thread"));
    memory_free(job);
}

static void *elsewhere(void *context)
{
    struct job *job = context;
    struct echo *echo = job->echo;
    net_post(echo->net, &job->task);
    atomic_fetch_sub(&echo->threads, 1);
    return NULL;
}

static void route_thread(struct echo *echo, const struct net_request *request)
{
    struct job *job = job_new(echo, request);
    if (job == NULL) {
        return;
    }
    job->task = (struct net_task){.run = on_loop, .context = job};
    pthread_t thread;
    atomic_fetch_add(&echo->threads, 1);
    if (pthread_create(&thread, NULL, elsewhere, job) != 0) {
        atomic_fetch_sub(&echo->threads, 1);
        net_reply_problem(echo->net, request->id, 503, STR("No thread."));
        memory_free(job);
        return;
    }
    (void)pthread_detach(thread);
}

static void route_split(struct echo *echo, const struct net_request *request)
{
    struct net_header header = {STR("Location"), STR("/a\r\nSet-Cookie: smuggled=1")};
    struct net_response response = {.status = 302, .headers = &header, .header_count = 1};
    net_reply(echo->net, request->id, &response);
}

static void route_statistics(struct echo *echo, const struct net_request *request)
{
    struct net_statistics s;
    net_statistics(echo->net, &s);
    struct buffer text;
    buffer_init(&text, 4 * KIB);
    buffer_append_format(&text,
                         "{\"open\":%llu,\"total\":%llu,\"refused\":%llu,\"inFlight\":%llu,\"requests\":%llu,"
                         "\"ok\":%llu,\"invalid\":%llu,\"websockets\":%llu,\"timeouts\":%llu,\"cut\":%llu,"
                         "\"acceptFailures\":%llu,\"lastClose\":%u}",
                         (unsigned long long)s.connections_open, (unsigned long long)s.connections_total,
                         (unsigned long long)s.connections_refused, (unsigned long long)s.requests_in_flight,
                         (unsigned long long)s.requests_total, (unsigned long long)s.answers_by_class[2],
                         (unsigned long long)s.answers_by_class[4], (unsigned long long)s.websockets_open,
                         (unsigned long long)s.timeouts, (unsigned long long)s.slow_readers_cut,
                         (unsigned long long)s.accept_failures, echo->last_close_code);
    struct net_response response = {
        .status = 200, .content_type = STR("application/json"), .body = buffer_str(&text)};
    net_reply(echo->net, request->id, &response);
    buffer_release(&text);
}

/* The injection is armed after the answer, so that the answer itself is certain. */
static void route_fail(struct echo *echo, const struct net_request *request)
{
    int64_t after = parameter(request, "after", -1);
    struct str struck = memory_injected() ? STR("yes") : STR("no");
    reply_text(echo, request->id, struck);
    memory_fail_after(after);
}

static void route_websocket(struct echo *echo, const struct net_request *request)
{
    if (!request->websocket) {
        net_reply_problem(echo->net, request->id, 426, STR("Only WebSockets here."));
        return;
    }
    uint64_t socket;
    struct str subprotocol = net_request_offers(request, STR("echo")) ? STR("echo") : STR_NONE;
    if (net_websocket_accept(echo->net, request->id, subprotocol, echo, &socket)) {
        assert(echo->socket_count < SOCKETS_MAX);
        echo->sockets[echo->socket_count++] = socket;
    }
}

/* ---- the handler ---- */

static void on_headers(void *context, const struct net_request *request, size_t *body_bytes_max)
{
    struct echo *echo = context;
    if (str_is(request->path, "/refuse")) {
        struct net_header header = {STR("WWW-Authenticate"), STR("Bearer")};
        struct net_response response = {
            .status = 401, .content_type = STR("text/plain"), .body = STR("no"), .headers = &header, .header_count = 1};
        net_reply(echo->net, request->id, &response);
    } else if (str_is(request->path, "/small")) {
        *body_bytes_max = 10;
    }
}

static void on_request(void *context, const struct net_request *request)
{
    static const struct {
        const char *path;
        void (*run)(struct echo *echo, const struct net_request *request);
    } routes[] = {
        {"/echo", route_echo},   {"/small", route_echo},   {"/big", route_big},
        {"/later", route_later}, {"/thread", route_thread}, {"/split", route_split},
        {"/websocket", route_websocket}, {"/statistics", route_statistics},
        {"/fail", route_fail},
    };
    struct echo *echo = context;
    if (str_is(request->path, "/tiny")) {
        reply_text(echo, request->id, STR("hello"));
        return;
    }
    if (str_is(request->path, "/drop")) {
        net_request_done(echo->net, request->id);
        return;
    }
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        if (str_is(request->path, routes[i].path)) {
            routes[i].run(echo, request);
            return;
        }
    }
    net_reply_problem(echo->net, request->id, 404, STR("There is nothing here."));
}

static void send_text(struct echo *echo, uint64_t socket, enum net_message_kind kind, struct str text, int64_t times)
{
    struct net_blob *message = net_message_new(kind, text);
    for (int64_t i = 0; i < times && message != NULL; i++) {
        net_websocket_send(echo->net, socket, message);
    }
    net_blob_release(message);
}

static void flood(struct echo *echo, uint64_t socket, struct str arguments)
{
    int64_t count = 0, length = 0;
    struct str first;
    if (!str_split_next(&arguments, ' ', &first) || !str_to_i64(first, &count) || !str_to_i64(arguments, &length)) {
        return;
    }
    char *bytes = memory_new((size_t)length + 1);
    if (bytes != NULL) {
        memset(bytes, 'f', (size_t)length);
        send_text(echo, socket, NET_TEXT, (struct str){bytes, (size_t)length}, count);
        memory_free(bytes);
    }
}

static void on_websocket_message(void *context, uint64_t socket, void *owner, enum net_message_kind kind, struct str text)
{
    assert(owner == context);
    struct echo *echo = context;
    int64_t code;
    if (str_starts_with(text, STR("flood "))) {
        flood(echo, socket, str_from_offset(text, 6));
    } else if (str_starts_with(text, STR("close ")) && str_to_i64(str_from_offset(text, 6), &code)) {
        net_websocket_close(echo->net, socket, (unsigned)code, STR("asked for"));
    } else if (str_starts_with(text, STR("all "))) {
        struct net_blob *message = net_message_new(NET_TEXT, str_from_offset(text, 4));
        if (message != NULL) {
            if (net_websocket_send_many(echo->net, echo->sockets, echo->socket_count, message) != STATUS_OK) {
                net_websocket_close(echo->net, socket, 1011, STR("no memory"));
            }
            net_blob_release(message);
        }
    } else {
        send_text(echo, socket, kind, text, 1);
    }
}

static void on_websocket_close(void *context, uint64_t socket, void *owner, unsigned code, struct str reason)
{
    assert(owner == context);
    struct echo *echo = context;
    (void)reason;
    echo->last_close_code = code;
    for (size_t i = 0; i < echo->socket_count; i++) {
        if (echo->sockets[i] == socket) {
            echo->sockets[i] = echo->sockets[--echo->socket_count];
            return;
        }
    }
}

static void on_signal(void *context, int signal_number)
{
    struct echo *echo = context;
    if (signal_number != SIGHUP) {
        net_drain(echo->net);
        return;
    }
    struct error error;
    if (net_reload_certificates(echo->net, &error) != STATUS_OK) {
        (void)fprintf(stderr, "%s\n", error.text);
    }
}

/* ---- command line ---- */

struct arguments {
    struct net_options options;
    const char *host;
    struct str origin;
    int64_t port;
};

static bool take_text(struct arguments *arguments, struct str name, const char *value)
{
    if (str_is(name, "--host")) {
        arguments->host = value;
    } else if (str_is(name, "--certificate")) {
        arguments->options.certificate_file = value;
    } else if (str_is(name, "--key")) {
        arguments->options.key_file = value;
    } else if (str_is(name, "--client-ca")) {
        arguments->options.client_ca_file = value;
    } else if (str_is(name, "--origin")) {
        arguments->origin = str_from(value);
        arguments->options.origins = &arguments->origin;
        arguments->options.origin_count = 1;
    } else {
        return false;
    }
    return true;
}

static bool take_number(struct arguments *arguments, struct str name, int64_t value)
{
    struct net_options *o = &arguments->options;
    const struct {
        const char *name;
        size_t *size;
        uint64_t *ms;
        int64_t *number;
    } numbers[] = {
        {"--header-bytes-max", &o->header_bytes_max, NULL, NULL},
        {"--header-count-max", &o->header_count_max, NULL, NULL},
        {"--body-bytes-max", &o->body_bytes_max, NULL, NULL},
        {"--message-bytes-max", &o->message_bytes_max, NULL, NULL},
        {"--output-bytes-max", &o->output_bytes_max, NULL, NULL},
        {"--connections-max", &o->connections_max, NULL, NULL},
        {"--connections-per-address-max", &o->connections_per_address_max, NULL, NULL},
        {"--header-timeout-ms", NULL, &o->header_timeout_ms, NULL},
        {"--body-timeout-ms", NULL, &o->body_timeout_ms, NULL},
        {"--message-timeout-ms", NULL, &o->message_timeout_ms, NULL},
        {"--idle-timeout-ms", NULL, &o->idle_timeout_ms, NULL},
        {"--drain-timeout-ms", NULL, &o->drain_timeout_ms, NULL},
        {"--ping-interval-ms", NULL, &o->ping_interval_ms, NULL},
        {"--close-timeout-ms", NULL, &o->close_timeout_ms, NULL},
        {"--port", NULL, NULL, &arguments->port},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (!str_is(name, numbers[i].name)) {
            continue;
        }
        if (numbers[i].size != NULL) {
            *numbers[i].size = (size_t)value;
        } else if (numbers[i].ms != NULL) {
            *numbers[i].ms = (uint64_t)value;
        } else {
            *numbers[i].number = value;
        }
        return true;
    }
    return false;
}

static bool take_arguments(struct arguments *arguments, int count, char **values)
{
    *arguments = (struct arguments){.host = "127.0.0.1"};
    for (int i = 1; i < count; i++) {
        struct str name = str_from(values[i]);
        int64_t number;
        if (str_is(name, "--optional")) {
            arguments->options.client_certificate_optional = true;
        } else if (i + 1 == count ||
                   !(take_text(arguments, name, values[i + 1]) ||
                     (str_to_i64(str_from(values[i + 1]), &number) && take_number(arguments, name, number)))) {
            (void)fprintf(stderr, "net_echo: what is %s?\n", values[i]);
            return false;
        } else {
            i++;
        }
    }
    return true;
}

int main(int argument_count, char **argument_values)
{
    static struct echo echo;
    struct arguments arguments;
    if (!take_arguments(&arguments, argument_count, argument_values)) {
        return 2;
    }
    struct net_handler handler = {.context = &echo,
                                  .on_headers = on_headers,
                                  .on_request = on_request,
                                  .on_websocket_message = on_websocket_message,
                                  .on_websocket_close = on_websocket_close,
                                  .on_signal = on_signal};
    struct error error;
    int result = 1;
    if (net_new(&echo.net, &arguments.options, &handler, &error) != STATUS_OK ||
        net_listen(echo.net, arguments.host, (uint16_t)arguments.port, &error) != STATUS_OK) {
        (void)fprintf(stderr, "net_echo: %s: %s\n", error.place, error.text);
    } else {
        (void)printf("port %u\n", net_port(echo.net));
        (void)fflush(stdout);
        net_run(echo.net);
        result = 0;
    }
    memory_fail_after(-1);
    while (echo.late != NULL) {
        late_job_free(echo.late);
    }
    while (atomic_load(&echo.threads) > 0) {
        (void)nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    net_free(echo.net);
    net_blob_release(echo.big);
    return result;
}
