/* Answers: from the handler's response to bytes in the queue. */
#include <assert.h>
#include <stdio.h>
#include <time.h>

#include "base/json_write.h"
#include "base/memory.h"
#include "net/net_internal.h"

#define FIXED_BYTES_MAX 512 /* status line, Date, Content-Length and Connection together */
#define INLINE_BYTES_MAX (4 * KIB) /* longer bodies are not copied next to the head */

bool net_header_text_valid(struct str text)
{
    for (size_t i = 0; i < text.length; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if ((c < ' ' && c != '\t') || c == 0x7f) {
            return false;
        }
    }
    return true;
}

static bool name_valid(struct str name)
{
    static const char others[] = "!#$%&'*+-.^_`|~";
    for (size_t i = 0; i < name.length; i++) {
        char c = name.at[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && (c == '\0' || strchr(others, c) == NULL)) {
            return false;
        }
    }
    return name.length > 0;
}

static bool response_valid(const struct net_response *response)
{
    if (response->status < 200 || response->status > 599 || !net_header_text_valid(response->content_type)) {
        return false;
    }
    for (size_t i = 0; i < response->header_count; i++) {
        if (!name_valid(response->headers[i].name) || !net_header_text_valid(response->headers[i].value)) {
            return false;
        }
    }
    return true;
}

/* IMF-fixdate (RFC 9110, 5.6.7), made once a second. */
static const char *date_text(struct net *net)
{
    int64_t second = clock_now_ms(net->options.clock) / 1000;
    if (second == net->date_second) {
        return net->date;
    }
    static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t when = (time_t)second;
    struct tm parts;
    if (gmtime_r(&when, &parts) == NULL) {
        return net->date;
    }
    net->date_second = second;
    (void)snprintf(net->date, sizeof net->date, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[parts.tm_wday],
                   parts.tm_mday, months[parts.tm_mon], (parts.tm_year + 1900) % 10000, parts.tm_hour, parts.tm_min,
                   parts.tm_sec);
    return net->date;
}

/* ---- bytes ---- */

static char *put(char *at, const char *bytes, size_t length)
{
    if (length > 0) {
        memcpy(at, bytes, length);
    }
    return at + length;
}

static char *put_text(char *at, const char *text)
{
    return put(at, text, strlen(text));
}

static char *put_number(char *at, uint64_t number)
{
    char digits[20];
    size_t count = 0;
    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    while (count > 0) {
        *at++ = digits[--count];
    }
    return at;
}

static char *put_header(char *at, struct str name, struct str value)
{
    at = put(at, name.at, name.length);
    at = put(at, ": ", 2);
    at = put(at, value.at, value.length);
    return put(at, "\r\n", 2);
}

/* Of the headers that every answer has, those that this one does not set itself (bits by number). */
static unsigned common_headers(const struct net *net, const struct net_response *response)
{
    unsigned all = 0;
    for (size_t i = 0; i < net->options.header_count; i++) {
        bool set = false;
        for (size_t h = 0; h < response->header_count && !set; h++) {
            set = str_equal_ignoring_case(response->headers[h].name, net->options.headers[i].name);
        }
        all |= set ? 0 : 1u << i;
    }
    return all;
}

static size_t head_bytes_needed(const struct net *net, const struct net_response *response)
{
    size_t needed = FIXED_BYTES_MAX + response->content_type.length;
    for (size_t i = 0; i < net->options.header_count; i++) {
        needed += net->options.headers[i].name.length + net->options.headers[i].value.length + 4;
    }
    for (size_t i = 0; i < response->header_count; i++) {
        needed += response->headers[i].name.length + response->headers[i].value.length + 4;
    }
    return needed;
}

static char *put_head(char *at, struct net *net, const struct net_response *response, size_t body_length, bool close,
                      bool old)
{
    bool has_length = response->status != 204 && response->status != 304;
    at = put(at, "HTTP/1.1 ", 9);
    at = put_number(at, response->status);
    *at++ = ' ';
    at = put_text(at, net_status_text(response->status));
    at = put(at, "\r\nDate: ", 8);
    at = put_text(at, date_text(net));
    at = put(at, "\r\n", 2);
    if (response->content_type.at != NULL) {
        at = put_header(at, STR("Content-Type"), response->content_type);
    }
    if (has_length) {
        at = put(at, "Content-Length: ", 16);
        at = put_number(at, body_length);
        at = put(at, "\r\n", 2);
    }
    if (close) {
        at = put(at, "Connection: close\r\n", 19);
    } else if (old) {
        at = put(at, "Connection: keep-alive\r\n", 24);
    }
    for (size_t i = 0; i < response->header_count; i++) {
        at = put_header(at, response->headers[i].name, response->headers[i].value);
    }
    unsigned common = common_headers(net, response);
    for (size_t i = 0; i < net->options.header_count; i++) {
        if ((common >> i & 1) != 0) {
            at = put_header(at, net->options.headers[i].name, net->options.headers[i].value);
        }
    }
    return put(at, "\r\n", 2);
}

bool net_reply_write(struct net_connection *connection, const struct net_exchange *exchange,
                     const struct net_response *response, bool close)
{
    struct net *net = connection->net;
    struct str body = response->blob != NULL ? net_blob_bytes(response->blob) : response->body;
    bool has_body = response->status != 204 && response->status != 304 &&
                    !(exchange != NULL && exchange->request.method_text.at != NULL &&
                      exchange->request.method == NET_HEAD);
    bool old = exchange != NULL && connection->parser.http_minor == 0;
    size_t needed = head_bytes_needed(net, response);
    size_t inlined = has_body && body.length <= INLINE_BYTES_MAX ? body.length : 0;
    net->statistics.answers_by_class[response->status / 100]++;
    if (needed + inlined > NET_CHUNK_BYTES) { /* rare: a head too long for a chunk, or nearly so */
        char *head = memory_new(needed);
        if (head == NULL) {
            return false;
        }
        size_t length = (size_t)(put_head(head, net, response, body.length, close, old) - head);
        bool appended = net_connection_append(connection, head, length);
        memory_free(head);
        return appended && (!has_body || net_connection_append(connection, body.at, body.length));
    }
    char *begin = net_connection_reserve(connection, needed + inlined);
    if (begin == NULL) {
        return false;
    }
    char *end = put_head(begin, net, response, body.length, close, old);
    end = put(end, body.at, inlined);
    net_connection_written(connection, (size_t)(end - begin));
    if (!has_body || inlined == body.length) {
        return true;
    }
    return response->blob != NULL ? net_connection_append_blob(connection, response->blob, 0)
                                  : net_connection_append(connection, body.at, body.length);
}

void net_problem_write(struct buffer *buffer, unsigned status, struct str detail)
{
    struct json_writer writer;
    json_write_init(&writer, buffer, 0);
    json_write_object_begin(&writer);
    json_field_text(&writer, "type", "about:blank");
    json_field_text(&writer, "title", net_status_text(status));
    json_field_i64(&writer, "status", status);
    if (detail.at != NULL) {
        json_field_str(&writer, "detail", detail);
    }
    json_write_object_end(&writer);
}

/* ---- the handler's calls ---- */

static struct net_exchange *exchange_of(struct net *net, uint64_t request)
{
    return net_slots_find(&net->requests, request);
}

/* Of an exchange that is still on a connection which can take an answer; else ends it and returns NULL. */
static struct net_connection *connection_of(struct net *net, struct net_exchange *exchange)
{
    struct net_connection *connection = exchange->connection;
    if (connection != NULL && !connection->closed) {
        return connection;
    }
    if (connection != NULL && connection->exchange == exchange) {
        connection->exchange = NULL;
    }
    net_exchange_free(net, exchange);
    return NULL;
}

static void tell_access(struct net *net, const struct net_exchange *exchange, const struct net_response *response)
{
    if (net->handler.on_access == NULL) {
        return;
    }
    struct net_access access = {
        .request = &exchange->request,
        .peer = exchange->request.peer,
        .status = response->status,
        .bytes_in = exchange->body_length,
        .bytes_out = response->blob != NULL ? net_blob_bytes(response->blob).length : response->body.length,
        .duration_ns = clock_monotonic_ns(net->options.clock) - exchange->began_ns,
    };
    net->handler.on_access(net->handler.context, &access);
}

void net_reply(struct net *net, uint64_t request, const struct net_response *response)
{
    struct net_exchange *exchange = exchange_of(net, request);
    if (exchange == NULL) {
        return;
    }
    struct net_connection *connection = connection_of(net, exchange);
    if (connection == NULL) {
        return;
    }
    assert(response->blob == NULL || (response->body.length == 0 && !response->blob->message));
    if (!response_valid(response)) {
        net_reply_problem(net, request, 500, STR("The answer could not be put into HTTP."));
        return;
    }
    bool whole = connection->state == NET_STATE_HANDLING;
    bool little_left = whole || (!exchange->chunked && !exchange->expects_continue &&
                                 exchange->content_length <= NET_DISCARD_BYTES_MAX);
    bool close = response->close || !exchange->request.keep_alive || net->draining || !little_left ||
                 exchange->request.websocket;
    if (!net_reply_write(connection, exchange, response, close)) {
        net_connection_close(connection);
        connection_of(net, exchange);
        return;
    }
    tell_access(net, exchange, response);
    connection->exchange = NULL;
    net_exchange_free(net, exchange);
    connection->state = whole ? NET_STATE_IDLE : NET_STATE_DISCARD;
    connection->closing = connection->closing || close;
    net_connection_settle(connection);
}

void net_reply_problem(struct net *net, uint64_t request, unsigned status, struct str detail)
{
    struct buffer body;
    buffer_init(&body, 64 * KIB);
    net_problem_write(&body, status, detail);
    if (buffer_failed(&body)) {
        net_request_done(net, request);
    } else {
        struct net_response response = {
            .status = status, .content_type = STR("application/problem+json"), .body = buffer_str(&body)};
        net_reply(net, request, &response);
    }
    buffer_release(&body);
}

void net_request_done(struct net *net, uint64_t request)
{
    struct net_exchange *exchange = exchange_of(net, request);
    if (exchange == NULL) {
        return;
    }
    struct net_connection *connection = connection_of(net, exchange);
    if (connection != NULL) {
        connection->exchange = NULL;
        net_exchange_free(net, exchange);
        net_connection_close(connection);
    }
}

bool net_request_alive(struct net *net, uint64_t request)
{
    const struct net_exchange *exchange = exchange_of(net, request);
    return exchange != NULL && exchange->connection != NULL && !exchange->connection->closed &&
           !exchange->connection->read_closed;
}
