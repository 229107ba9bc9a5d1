/* load: a sender of events over HTTP, for measuring a server that runs beside it.
 *
 *   load PORT batch  EVENTS PER_BODY CONNECTIONS      NDJSON bodies, as fast as they are answered
 *   load PORT single EVENTS CONNECTIONS               one event a request over keep-alive connections
 *   load PORT steady EVENTS_PER_SECOND SECONDS        one event a request at a fixed rate, open loop; latency from the moment
 *                                                     the request was due (so a stall counts for all it delayed)
 *   load PORT ask REQUESTS CONNECTIONS FILE           the JSON in FILE by POST to /graphql, as fast as it is answered
 *
 * Prints events/s (requests/s) and P50/P99/max of the time from request to acknowledged in ms. One thread, epoll. The events are of
 * three streams, about 330 bytes each, spread over 100 iterations of 300 nodes; ids and times never repeat.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS_MAX 256
#define EVENT_SIZE 400
#define ITERATIONS 100
#define NODES 300
#define LATENCIES_MAX 4000000

struct connection {
    int descriptor;
    char *out;
    size_t out_length, out_sent;
    char in[65536];
    size_t in_length;
    size_t body_left; /* of the answer; SIZE_MAX: its head is not complete */
    uint64_t due_ns;
    size_t events; /* in the request at hand */
    bool busy;
};

static struct connection connections[CONNECTIONS_MAX];
static uint64_t next_event;
static uint32_t *latencies_us;
static size_t latency_count;
static uint64_t failures;
static char *question; /* to be asked instead of events */
static size_t question_length;

static uint64_t now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static size_t write_event(char *to, uint64_t n, uint64_t base_ms)
{
    static const char *const types[] = {"TASK_STARTED", "TASK_COMPLETED", "SCENARIO_PASSED", "MODULE_ANALYZED"};
    unsigned kind = (unsigned)(n % 4);
    uint64_t node = n / 4 % NODES, iteration = n / (4 * NODES) % ITERATIONS, time = base_ms + n / 50;
    int head = snprintf(to, EVENT_SIZE,
                        "{\"event_id\":\"0193a5b2-%04x-7%03x-8000-%012" PRIx64 "\",\"timestamp\":%" PRIu64
                        ",\"iteration_id\":\"Bench-%03" PRIu64 "\",\"event_type\":\"%s\",\"trace_id\":\"4bf92f3577b34da6a3ce929d0e%06" PRIx64 "\",",
                        (unsigned)(n >> 12 & 0xffff), (unsigned)(n & 0xfff), n, time, iteration, types[kind], n / 1000 & 0xffffff);
    int tail;
    if (kind < 2) {
        tail = snprintf(to + head, EVENT_SIZE - (size_t)head,
                        "\"node_id\":\"task-%04" PRIu64 "\",\"node_type\":\"ACTION\",\"requirement_id\":\"REQ-%02" PRIu64
                        "\",\"metadata\":{\"name\":\"Build package %" PRIu64 "\",\"capability\":\"build\"}}\n",
                        node, node % 20, node);
    } else if (kind == 2) {
        tail = snprintf(to + head, EVENT_SIZE - (size_t)head,
                        "\"scenario_id\":\"features/cart.feature:%04" PRIu64 "\",\"feature_path\":\"features/cart.feature\","
                        "\"scenario_name\":\"Scenario %" PRIu64 "\",\"scenario_status\":\"PASSED\",\"duration_ms\":%" PRIu64 "}\n",
                        node, node, n % 997);
    } else {
        tail = snprintf(to + head, EVENT_SIZE - (size_t)head,
                        "\"module_path\":\"packages/p%02" PRIu64 "/m%04" PRIu64 ".js\",\"manifest_name\":\"cruise\",\"component\":"
                        "\"p%02" PRIu64 "\",\"depends_on\":[\"packages/p%02" PRIu64 "/m%04" PRIu64 ".js\"],\"lines\":%" PRIu64 "}\n",
                        node % 20, node, node % 20, (node + 1) % 20, node + 1, n % 500);
    }
    return (size_t)(head + tail);
}

static void prepare(struct connection *connection, size_t events, uint64_t base_ms)
{
    char *body = connection->out + 256;
    size_t length = question_length;
    if (question != NULL) {
        memcpy(body, question, question_length);
        next_event++;
    }
    for (size_t i = 0; i < events && question == NULL; i++) {
        length += write_event(body + length, next_event++, base_ms);
    }
    char head[512];
    const char *token = getenv("TRIMODAL_TOKEN"); /* absent: a server that asks nobody */
    int head_length = snprintf(head, sizeof head,
                               "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\n"
                               "%s%s%sContent-Length: %zu\r\n\r\n", question != NULL ? "/graphql" : "/api/v1/events",
                               question != NULL ? "application/json" : "application/x-ndjson", token != NULL ? "Authorization: Bearer " : "",
                               token != NULL ? token : "", token != NULL ? "\r\n" : "", length);
    char *start = body - head_length;
    memcpy(start, head, (size_t)head_length);
    memmove(connection->out, start, (size_t)head_length + length);
    connection->out_length = (size_t)head_length + length;
    connection->out_sent = 0;
    connection->in_length = 0;
    connection->body_left = SIZE_MAX;
    connection->events = events;
    connection->busy = true;
}

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void send_some(struct connection *connection)
{
    while (connection->out_sent < connection->out_length) {
        ssize_t sent = write(connection->descriptor, connection->out + connection->out_sent,
                             connection->out_length - connection->out_sent);
        if (sent < 0 && (errno == EAGAIN || errno == EINTR)) {
            return;
        }
        if (sent <= 0) {
            die("write");
        }
        connection->out_sent += (size_t)sent;
    }
}

/* Reads what there is; true when the answer is complete. */
static bool receive_some(struct connection *connection)
{
    for (;;) {
        ssize_t got = read(connection->descriptor, connection->in + connection->in_length,
                           sizeof connection->in - 1 - connection->in_length);
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
            return false;
        }
        if (got <= 0) {
            die("read");
        }
        if (connection->body_left == SIZE_MAX) {
            connection->in_length += (size_t)got;
            connection->in[connection->in_length] = '\0';
            char *end = strstr(connection->in, "\r\n\r\n");
            if (end == NULL) {
                continue;
            }
            failures += strncmp(connection->in, "HTTP/1.1 200", 12) != 0;
            char *length = strcasestr(connection->in, "content-length:");
            if (length == NULL) {
                die("no content-length");
            }
            connection->body_left = strtoull(length + 15, NULL, 10);
            got = connection->in + connection->in_length - (end + 4);
        }
        connection->body_left -= (size_t)got < connection->body_left ? (size_t)got : connection->body_left;
        connection->in_length = 0;
        if (connection->body_left == 0) {
            return true;
        }
    }
}

static void open_connections(size_t count, uint16_t port, size_t events, int epoll)
{
    for (size_t i = 0; i < count; i++) {
        struct connection *connection = &connections[i];
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        connection->descriptor = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(connection->descriptor, (struct sockaddr *)&address, sizeof address) != 0) {
            die("connect");
        }
        int one = 1;
        (void)setsockopt(connection->descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        if (fcntl(connection->descriptor, F_SETFL, O_NONBLOCK) != 0) {
            die("fcntl");
        }
        connection->out = malloc(512 + question_length + events * EVENT_SIZE);
        struct epoll_event interest = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = connection};
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, connection->descriptor, &interest) != 0) {
            die("epoll_ctl");
        }
    }
}

static void took(const struct connection *connection)
{
    if (latency_count < LATENCIES_MAX) {
        latencies_us[latency_count++] = (uint32_t)((now_ns() - connection->due_ns) / 1000);
    }
}

static int compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static double percentile_ms(double share)
{
    return latency_count == 0 ? 0 : latencies_us[(size_t)(share * (double)(latency_count - 1))] / 1000.0;
}

/* Closed loop: each connection sends its next request when the last one is answered. */
static void run_closed(int epoll, size_t count, uint64_t total, size_t per_body, uint64_t base_ms)
{
    uint64_t started = 0, done = 0;
    for (size_t i = 0; i < count && started < total; i++, started += per_body) {
        prepare(&connections[i], per_body, base_ms);
        connections[i].due_ns = now_ns();
        send_some(&connections[i]);
    }
    struct epoll_event ready[CONNECTIONS_MAX];
    while (done < started) {
        int got = epoll_wait(epoll, ready, CONNECTIONS_MAX, 1000);
        for (int i = 0; i < got; i++) {
            struct connection *connection = ready[i].data.ptr;
            send_some(connection);
            if (!connection->busy || !receive_some(connection)) {
                continue;
            }
            took(connection);
            connection->busy = false;
            done += connection->events;
            if (started < total) {
                prepare(connection, per_body, base_ms);
                started += per_body;
                connection->due_ns = now_ns();
                send_some(connection);
            }
        }
    }
}

/* Open loop: requests fall due at a fixed rate, whether or not earlier ones were answered. */
static void run_steady(int epoll, size_t count, double rate, double seconds, uint64_t base_ms)
{
    uint64_t begun = now_ns(), total = (uint64_t)(rate * seconds), started = 0, done = 0;
    struct epoll_event ready[CONNECTIONS_MAX];
    while (done < total) {
        for (size_t i = 0; i < count && started < total; i++) {
            uint64_t due = begun + (uint64_t)((double)started / rate * 1e9);
            if (connections[i].busy) {
                continue;
            }
            if (now_ns() < due) {
                break;
            }
            prepare(&connections[i], 1, base_ms);
            connections[i].due_ns = due;
            send_some(&connections[i]);
            started++;
        }
        struct timespec none = {.tv_nsec = 50000};
        int got = epoll_pwait2(epoll, ready, CONNECTIONS_MAX, &none, NULL);
        for (int i = 0; i < got; i++) {
            struct connection *connection = ready[i].data.ptr;
            send_some(connection);
            if (connection->busy && receive_some(connection)) {
                took(connection);
                connection->busy = false;
                done++;
            }
        }
    }
}

static void read_question(const char *path)
{
    FILE *file = fopen(path, "re");
    question = malloc(1 << 20);
    if (file == NULL || question == NULL) {
        die(path);
    }
    question_length = fread(question, 1, 1 << 20, file);
    (void)fclose(file);
}

int main(int argc, char **argv)
{
    if (argc < 5) {
        fprintf(stderr, "usage: load PORT batch EVENTS PER_BODY CONNECTIONS | single EVENTS CONNECTIONS | steady RATE SECONDS |\n"
                        "                 ask REQUESTS CONNECTIONS FILE\n");
        return 2;
    }
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    uint64_t base_ms = ((uint64_t)now.tv_sec - 30 * 86400) * 1000; /* the events go forward from a month ago */
    next_event = (uint64_t)now.tv_sec % 1000000 * 20000000;         /* so that a second run does not repeat a first */
    uint16_t port = (uint16_t)atoi(argv[1]);
    bool batch = strcmp(argv[2], "batch") == 0, steady = strcmp(argv[2], "steady") == 0;
    size_t per_body = batch ? strtoull(argv[4], NULL, 10) : 1;
    size_t count = batch ? strtoull(argc > 5 ? argv[5] : "4", NULL, 10) : steady ? CONNECTIONS_MAX : strtoull(argv[4], NULL, 10);
    base_ms -= next_event / 50;
    if (strcmp(argv[2], "ask") == 0 && argc > 5) {
        read_question(argv[5]);
    }
    latencies_us = malloc(LATENCIES_MAX * sizeof *latencies_us);
    int epoll = epoll_create1(0);
    open_connections(count, port, per_body, epoll);
    uint64_t begun = now_ns(), first = next_event;
    if (steady) {
        run_steady(epoll, count, strtod(argv[3], NULL), strtod(argv[4], NULL), base_ms);
    } else {
        run_closed(epoll, count, strtoull(argv[3], NULL, 10), per_body, base_ms);
    }
    double seconds = (double)(now_ns() - begun) / 1e9;
    qsort(latencies_us, latency_count, sizeof *latencies_us, compare);
    printf("%.0f %s: P50 %.2f, P95 %.2f, P99 %.2f, max %.2f; %" PRIu64 " refused\n", (double)(next_event - first) / seconds,
           question != NULL ? "requests/s, ms from request to answer" : "events/s, ms from request to acknowledged",
           percentile_ms(0.5), percentile_ms(0.95), percentile_ms(0.99), percentile_ms(1), failures);
    return failures == 0 ? 0 : 1;
}
