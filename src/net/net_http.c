/* HTTP/1.1 as it comes in (RFC 9112). llhttp, compiled strict, cuts the bytes into their parts; what it leaves open is
 * decided here: Host, versions, methods, transfer codings, control characters, Expect, upgrades, all limits.
 *
 * The parser is paused at the end of each message, so it never runs into the next request before this one is answered.
 * Input that would break a rule ends the connection after a problem document: once framing is in doubt, nothing that
 * follows can be trusted. */
#include <assert.h>

#include "base/memory.h"
#include "net/net_internal.h"

static const llhttp_settings_t parser_settings;

void net_http_init(struct net_connection *connection)
{
    llhttp_init(&connection->parser, HTTP_REQUEST, &parser_settings);
    connection->parser.data = connection;
    connection->state = NET_STATE_IDLE;
}

/* ---- refusing ---- */

/* Ends the parser from inside one of its callbacks. */
static int refuse(struct net_connection *connection, unsigned status, const char *detail)
{
    connection->refusal = status;
    connection->refusal_detail = detail;
    return -1;
}

static int refuse_no_memory(struct net_connection *connection)
{
    return refuse(connection, 503, "The server is short of memory.");
}

void net_http_refuse(struct net_connection *connection, unsigned status, const char *detail)
{
    struct net *net = connection->net;
    struct net_exchange *exchange = connection->exchange;
    struct buffer body;
    buffer_init(&body, 4 * KIB);
    net_problem_write(&body, status, str_from(detail));
    struct net_header headers[] = {{STR("Sec-WebSocket-Version"), STR("13")}, {STR("Upgrade"), STR("websocket")}};
    struct net_response response = {.status = status,
                                    .content_type = STR("application/problem+json"),
                                    .body = buffer_str(&body),
                                    .headers = headers,
                                    .header_count = status == 426 ? 2 : 0};
    bool written = !buffer_failed(&body) && net_reply_write(connection, exchange, &response, true);
    buffer_release(&body);
    if (net->handler.on_access != NULL) {
        struct net_access access = {
            .request = exchange != NULL && exchange->request.id != 0 ? &exchange->request : NULL,
            .peer = str_from(connection->peer),
            .status = status,
            .bytes_in = connection->body_bytes,
            .bytes_out = response.body.length,
            .duration_ns =
                exchange == NULL ? 0 : clock_monotonic_ns(net->options.clock) - exchange->began_ns,
        };
        net->handler.on_access(net->handler.context, &access);
    }
    if (!written) {
        net_connection_close(connection);
        return;
    }
    if (exchange != NULL) {
        connection->exchange = NULL;
        net_exchange_free(net, exchange);
    }
    connection->closing = true;
}

/* ---- the head, as it comes ---- */

static int on_url(llhttp_t *parser, const char *at, size_t length)
{
    struct net_connection *connection = parser->data;
    struct net_exchange *exchange = connection->exchange;
    buffer_append(&exchange->head, at, length);
    exchange->target.length = (uint32_t)exchange->head.length;
    return buffer_failed(&exchange->head) ? refuse_no_memory(connection) : 0;
}

static int on_header_field(llhttp_t *parser, const char *at, size_t length)
{
    struct net_connection *connection = parser->data;
    if (connection->state != NET_STATE_HEAD) {
        return 0; /* a trailer: read over */
    }
    struct net_exchange *exchange = connection->exchange;
    uint32_t head_at = (uint32_t)exchange->head.length;
    if (exchange->span_count == 0 || connection->in_value) {
        if (exchange->span_count >= connection->net->options.header_count_max) {
            return refuse(connection, 431, "The request has too many header fields.");
        }
        void *grown = memory_grow(exchange->spans, &exchange->spans_capacity, exchange->span_count + 1,
                                  sizeof *exchange->spans);
        if (grown == NULL) {
            return refuse_no_memory(connection);
        }
        exchange->spans = grown;
        exchange->spans[exchange->span_count][0] = (struct net_span){head_at, 0};
        exchange->spans[exchange->span_count][1] = (struct net_span){head_at, 0};
        exchange->span_count++;
        connection->in_value = false;
    }
    buffer_append(&exchange->head, at, length);
    exchange->spans[exchange->span_count - 1][0].length += (uint32_t)length;
    return buffer_failed(&exchange->head) ? refuse_no_memory(connection) : 0;
}

static int on_header_value(llhttp_t *parser, const char *at, size_t length)
{
    struct net_connection *connection = parser->data;
    if (connection->state != NET_STATE_HEAD) {
        return 0;
    }
    struct net_exchange *exchange = connection->exchange;
    assert(exchange->span_count > 0);
    struct net_span *value = &exchange->spans[exchange->span_count - 1][1];
    if (!connection->in_value) {
        connection->in_value = true;
        *value = (struct net_span){(uint32_t)exchange->head.length, 0};
    }
    buffer_append(&exchange->head, at, length);
    value->length += (uint32_t)length;
    return buffer_failed(&exchange->head) ? refuse_no_memory(connection) : 0;
}

static int on_header_value_complete(llhttp_t *parser)
{
    struct net_connection *connection = parser->data;
    connection->in_value = true;
    return 0;
}

/* ---- the head, complete ---- */

static bool make_headers(struct net_exchange *exchange)
{
    struct net_request *request = &exchange->request;
    struct str head = buffer_str(&exchange->head);
    request->target = (struct str){head.at, exchange->target.length};
    request->header_count = exchange->span_count;
    if (exchange->span_count == 0) {
        return true;
    }
    void *grown = memory_grow(exchange->headers, &exchange->headers_capacity, exchange->span_count,
                              sizeof *exchange->headers);
    if (grown == NULL) {
        return false;
    }
    exchange->headers = grown;
    for (size_t i = 0; i < exchange->span_count; i++) {
        const struct net_span *span = exchange->spans[i];
        exchange->headers[i].name = (struct str){head.at + span[0].at, span[0].length};
        exchange->headers[i].value = str_trim((struct str){head.at + span[1].at, span[1].length});
    }
    request->headers = exchange->headers;
    return true;
}

static bool method_known(uint8_t method, enum net_method *known, struct str *text)
{
    static const struct {
        uint8_t parsed;
        enum net_method method;
        struct str text;
    } methods[] = {
        {HTTP_GET, NET_GET, {"GET", 3}},       {HTTP_POST, NET_POST, {"POST", 4}},
        {HTTP_HEAD, NET_HEAD, {"HEAD", 4}},    {HTTP_PUT, NET_PUT, {"PUT", 3}},
        {HTTP_PATCH, NET_PATCH, {"PATCH", 5}}, {HTTP_DELETE, NET_DELETE, {"DELETE", 6}},
        {HTTP_OPTIONS, NET_OPTIONS, {"OPTIONS", 7}},
    };
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (methods[i].parsed == method) {
            *known = methods[i].method;
            *text = methods[i].text;
            return true;
        }
    }
    return false;
}

/* Splits the target: origin form, absolute form (whose authority the Host check has no part in), or '*'. */
static bool split_target(struct net_request *request)
{
    struct str rest = request->target;
    for (size_t i = 0; i < rest.length; i++) {
        if (rest.at[i] <= ' ' || rest.at[i] >= 0x7f || rest.at[i] == '#') {
            return false;
        }
    }
    if (str_is(rest, "*") && request->method == NET_OPTIONS) {
        request->path = rest;
        request->query = STR_NONE;
        return true;
    }
    static const char *const schemes[] = {"http://", "https://"};
    for (size_t i = 0; i < 2; i++) {
        struct str scheme = str_from(schemes[i]);
        if (rest.length > scheme.length &&
            str_equal_ignoring_case((struct str){rest.at, scheme.length}, scheme)) {
            rest = str_from_offset(rest, scheme.length);
            rest = str_from_offset(rest, str_find(rest, '/'));
            break;
        }
    }
    if (rest.length == 0 || rest.at[0] != '/') {
        return false;
    }
    size_t at = str_find(rest, '?');
    request->path = (struct str){rest.at, at};
    request->query = at < rest.length ? str_from_offset(rest, at + 1) : STR_NONE;
    return true;
}

static bool host_valid(struct str host)
{
    static const char others[] = "-._~!$&'()*+,;=%:[]";
    for (size_t i = 0; i < host.length; i++) {
        char c = host.at[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && (c == '\0' || strchr(others, c) == NULL)) {
            return false;
        }
    }
    return host.length > 0;
}

static bool text_valid(const struct net_exchange *exchange)
{
    struct str head = buffer_str(&exchange->head);
    unsigned char bad = 0;
    for (size_t i = 0; i < head.length; i++) {
        unsigned char c = (unsigned char)head.at[i];
        bad |= (unsigned char)((c < ' ' && c != '\t') || c == 0x7f);
    }
    return bad == 0;
}

static bool has_token(struct str list, struct str token)
{
    struct str piece;
    while (str_split_next(&list, ',', &piece)) {
        if (str_equal_ignoring_case(str_trim(piece), token)) {
            return true;
        }
    }
    return false;
}

static bool origin_allowed(const struct net *net, const struct net_request *request)
{
    struct str origin = net_request_header(request, "origin");
    if (origin.at == NULL) {
        return true;
    }
    for (size_t i = 0; i < net->options.origin_count; i++) {
        if (str_equal_ignoring_case(origin, net->options.origins[i])) {
            return true;
        }
    }
    struct str scheme = request->tls ? STR("https://") : STR("http://");
    return origin.length > scheme.length &&
           str_equal_ignoring_case((struct str){origin.at, scheme.length}, scheme) &&
           str_equal_ignoring_case(str_from_offset(origin, scheme.length), net_request_header(request, "host"));
}

static bool key_valid(struct str key)
{
    if (key.length != 24 || !str_ends_with(key, STR("=="))) {
        return false;
    }
    for (size_t i = 0; i < 22; i++) {
        char c = key.at[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '/')) {
            return false;
        }
    }
    return true;
}

/* Upgrades to anything but WebSocket are not taken up, which RFC 9110 allows: the request is answered as it is. */
static int check_upgrade(struct net_connection *connection, struct net_exchange *exchange)
{
    struct net_request *request = &exchange->request;
    bool upgrade = connection->parser.upgrade != 0;
    connection->parser.upgrade = 0;
    if (!upgrade || !has_token(net_request_header(request, "upgrade"), STR("websocket"))) {
        return 0;
    }
    if (request->method != NET_GET || connection->parser.http_minor < 1) {
        return refuse(connection, 400, "A WebSocket is opened by a GET of HTTP/1.1.");
    }
    if (exchange->chunked || exchange->content_length > 0) {
        return refuse(connection, 400, "A request that opens a WebSocket has no body.");
    }
    if (!str_is(net_request_header(request, "sec-websocket-version"), "13")) {
        return refuse(connection, 426, "Only version 13 of the WebSocket protocol is spoken here.");
    }
    if (!key_valid(net_request_header(request, "sec-websocket-key"))) {
        return refuse(connection, 400, "Sec-WebSocket-Key must be 16 bytes in base64.");
    }
    if (!origin_allowed(connection->net, request)) {
        return refuse(connection, 403, "This Origin may not open WebSockets here.");
    }
    request->websocket = true;
    return 0;
}

static int check_headers(struct net_connection *connection, struct net_exchange *exchange)
{
    size_t hosts = 0, encodings = 0;
    bool modern = connection->parser.http_minor >= 1;
    for (size_t i = 0; i < exchange->span_count; i++) {
        const struct net_header *header = &exchange->headers[i];
        if (header->name.length == 0) {
            return refuse(connection, 400, "A header has no name.");
        }
        if (header->name.length == 4 && str_equal_ignoring_case(header->name, STR("host"))) {
            hosts++;
            if (!host_valid(header->value)) {
                return refuse(connection, 400, "The Host header is malformed.");
            }
        } else if (header->name.length == 17 && str_equal_ignoring_case(header->name, STR("transfer-encoding"))) {
            if (++encodings > 1 || !modern) {
                return refuse(connection, 400, "Transfer-Encoding must stand once, in HTTP/1.1.");
            }
            if (!str_equal_ignoring_case(header->value, STR("chunked"))) {
                return refuse(connection, 501, "No transfer coding but chunked is known.");
            }
            exchange->chunked = true;
        } else if (header->name.length == 6 && modern && str_equal_ignoring_case(header->name, STR("expect"))) {
            if (!str_equal_ignoring_case(header->value, STR("100-continue"))) {
                return refuse(connection, 417, "No expectation but 100-continue is known.");
            }
            exchange->expects_continue = true;
        }
    }
    if (hosts > 1 || (hosts == 0 && modern)) {
        return refuse(connection, 400, "An HTTP/1.1 request has exactly one Host header.");
    }
    return 0;
}

static int check_head(struct net_connection *connection, struct net_exchange *exchange)
{
    const llhttp_t *parser = &connection->parser;
    struct net_request *request = &exchange->request;
    if (parser->http_major != 1 || parser->http_minor > 1) {
        return refuse(connection, 505, "Only HTTP/1.1 and HTTP/1.0 are spoken here.");
    }
    if (!text_valid(exchange)) {
        return refuse(connection, 400, "The head contains control characters.");
    }
    if (!make_headers(exchange)) {
        return refuse_no_memory(connection);
    }
    if (!method_known(parser->method, &request->method, &request->method_text)) {
        return refuse(connection, 501, "This method is not known.");
    }
    if (!split_target(request)) {
        return refuse(connection, 400, "The request's target is malformed.");
    }
    exchange->content_length = (parser->flags & F_CONTENT_LENGTH) != 0 ? parser->content_length : 0;
    int failed = check_headers(connection, exchange);
    if (failed == 0 && (parser->flags & F_TRANSFER_ENCODING) != 0 && !exchange->chunked) {
        failed = refuse(connection, 400, "Transfer-Encoding is malformed.");
    }
    return failed;
}

static bool describe_client(const struct net_connection *connection, struct net_exchange *exchange)
{
    struct net_request *request = &exchange->request;
    memcpy(exchange->peer, connection->peer, sizeof exchange->peer);
    request->peer = str_from(exchange->peer);
    request->tls = connection->ssl != NULL;
    request->keep_alive = llhttp_should_keep_alive(&connection->parser) != 0;
    if (connection->tls_subject != NULL) {
        size_t size = strlen(connection->tls_subject) + 1;
        exchange->subject = memory_new(size);
        if (exchange->subject == NULL) {
            return false;
        }
        memcpy(exchange->subject, connection->tls_subject, size);
        request->client_subject = str_from(exchange->subject);
    }
    return true;
}

static int take_head(struct net_connection *connection, struct net_exchange *exchange)
{
    struct net *net = connection->net;
    exchange->request.id = net_slots_add(&net->requests, exchange);
    if (exchange->request.id == 0) {
        return refuse_no_memory(connection);
    }
    net->statistics.requests_in_flight++;
    net->statistics.requests_total++;
    connection->state = NET_STATE_BODY;
    if (net->handler.on_headers == NULL) {
        return 0;
    }
    net->handler.on_headers(net->handler.context, &exchange->request, &exchange->body_bytes_max);
    return connection->closed || connection->closing ? -1 : 0;
}

static int on_headers_complete(llhttp_t *parser)
{
    struct net_connection *connection = parser->data;
    struct net_exchange *exchange = connection->exchange;
    if (check_head(connection, exchange) != 0) {
        return -1;
    }
    if (!describe_client(connection, exchange)) {
        return refuse_no_memory(connection);
    }
    if (check_upgrade(connection, exchange) != 0 || take_head(connection, exchange) != 0) {
        return -1;
    }
    if (connection->exchange == NULL) {
        return 0; /* answered in on_headers */
    }
    bool has_body = exchange->chunked || exchange->content_length > 0;
    if (!exchange->chunked && exchange->content_length > exchange->body_bytes_max) {
        return refuse(connection, 413, "The body is longer than allowed.");
    }
    if (has_body && exchange->expects_continue) {
        struct str go_on = STR("HTTP/1.1 100 Continue\r\n\r\n");
        if (!net_connection_append(connection, go_on.at, go_on.length)) {
            return refuse_no_memory(connection);
        }
    }
    uint64_t first = exchange->content_length < NET_BODY_FIRST_BYTES ? exchange->content_length : NET_BODY_FIRST_BYTES;
    if (has_body && first > 0 && !net_exchange_grow_body(exchange, (size_t)first)) {
        return refuse_no_memory(connection);
    }
    return 0;
}

/* ---- the body ---- */

static int on_body(llhttp_t *parser, const char *at, size_t length)
{
    struct net_connection *connection = parser->data;
    connection->body_bytes += length;
    if (connection->state == NET_STATE_DISCARD) {
        return 0;
    }
    struct net_exchange *exchange = connection->exchange;
    if (length > exchange->body_bytes_max - exchange->body_length) {
        return refuse(connection, 413, "The body is longer than allowed.");
    }
    if (!net_exchange_grow_body(exchange, exchange->body_length + length)) {
        return refuse_no_memory(connection);
    }
    memcpy(exchange->body + exchange->body_length, at, length);
    exchange->body_length += length;
    return 0;
}

static int on_message_complete(llhttp_t *parser)
{
    (void)parser;
    return HPE_PAUSED;
}

static const llhttp_settings_t parser_settings = {
    .on_url = on_url,
    .on_header_field = on_header_field,
    .on_header_value = on_header_value,
    .on_header_value_complete = on_header_value_complete,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_message_complete = on_message_complete,
};

/* ---- driving the parser ---- */

static bool begin(struct net_connection *connection)
{
    connection->exchange = net_exchange_new(connection);
    if (connection->exchange == NULL) {
        net_http_refuse(connection, 503, "The server is short of memory.");
        return false;
    }
    connection->state = NET_STATE_HEAD;
    connection->deadline_restart = true;
    connection->head_bytes = connection->body_bytes = connection->body_wire_bytes = 0;
    connection->in_value = connection->after_newline = connection->lines_ended = false;
    connection->refusal = 0;
    llhttp_reset(&connection->parser);
    return true;
}

/* The message is whole: hands the request over. */
static void complete(struct net_connection *connection)
{
    struct net *net = connection->net;
    struct net_exchange *exchange = connection->exchange;
    if (connection->state == NET_STATE_DISCARD) {
        connection->state = NET_STATE_IDLE;
        return;
    }
    if (exchange->body == NULL && !net_exchange_grow_body(exchange, 1)) {
        net_http_refuse(connection, 503, "The server is short of memory.");
        return;
    }
    memset(exchange->body + exchange->body_length, 0, NET_BODY_PADDING);
    exchange->request.body = (struct str){exchange->body, exchange->body_length};
    exchange->handed = true;
    connection->state = NET_STATE_HANDLING;
    net->handler.on_request(net->handler.context, &exchange->request);
}

static void refuse_malformed(struct net_connection *connection, llhttp_errno_t error)
{
    if (connection->closed || connection->closing) {
        return; /* by the handler, in on_headers */
    }
    if (connection->refusal != 0) {
        net_http_refuse(connection, connection->refusal, connection->refusal_detail);
    } else if (error == HPE_INVALID_VERSION || error == HPE_PAUSED_H2_UPGRADE) {
        net_http_refuse(connection, 505, "Only HTTP/1.1 and HTTP/1.0 are spoken here.");
    } else {
        const char *reason = llhttp_get_error_reason(&connection->parser);
        net_http_refuse(connection, 400, reason != NULL && *reason != '\0' ? reason : "The request is malformed.");
    }
}

/* Chunk sizes, their extensions and trailers may cost as much again as the smallest chunks do, and no more. */
static bool overhead_excessive(const struct net_connection *connection)
{
    return connection->body_wire_bytes > 64 * KIB + 8 * connection->body_bytes;
}

/* A header line that goes on in the next one (RFC 9112, 5.2) is refused, as the RFC asks of servers; llhttp would join
 * the two. Looks at the lines' first bytes up to the empty line; a line may end with one piece of input and the next
 * begin with another. */
static bool folded(struct net_connection *connection, const char *bytes, size_t length)
{
    const char *at = bytes, *end = bytes + length;
    while (at < end && !connection->lines_ended) {
        if (!connection->after_newline) {
            at = memchr(at, '\n', (size_t)(end - at));
            if (at == NULL) {
                return false;
            }
            at++;
            connection->after_newline = true;
            continue;
        }
        if (*at == ' ' || *at == '\t') {
            return true;
        }
        connection->lines_ended = *at == '\r' || *at == '\n';
        connection->after_newline = false;
    }
    return false;
}

/* Gives the parser what may belong to this message; returns how much it took. */
static size_t parse(struct net_connection *connection, const char *bytes, size_t length)
{
    size_t head_left = connection->net->options.header_bytes_max - connection->head_bytes;
    bool in_head = connection->state == NET_STATE_HEAD;
    if (in_head && length > head_left) {
        length = head_left;
    }
    if (in_head && folded(connection, bytes, length)) {
        net_http_refuse(connection, 400, "A header line must not be folded.");
        return length;
    }
    llhttp_errno_t error = llhttp_execute(&connection->parser, bytes, length);
    if (error != HPE_OK && error != HPE_PAUSED) {
        refuse_malformed(connection, error);
        return length;
    }
    size_t taken = error == HPE_OK ? length : (size_t)(llhttp_get_error_pos(&connection->parser) - bytes);
    if (in_head) {
        connection->head_bytes += taken;
    } else {
        connection->body_wire_bytes += taken;
    }
    if (error == HPE_PAUSED) {
        llhttp_resume(&connection->parser);
        complete(connection);
    } else if (connection->state == NET_STATE_HEAD && taken == head_left) {
        net_http_refuse(connection, 431, "The request's head is longer than allowed.");
    } else if (!in_head && overhead_excessive(connection)) {
        net_http_refuse(connection, 413, "The body's chunks cost more than they carry.");
    }
    return taken;
}

size_t net_http_feed(struct net_connection *connection, const char *bytes, size_t length)
{
    size_t at = 0;
    while (at < length && !connection->closed && !connection->closing) {
        switch (connection->state) {
        case NET_STATE_IDLE:
            if (bytes[at] == '\r' || bytes[at] == '\n') {
                at++; /* empty lines before a request (RFC 9112, 2.2) */
            } else if (connection->output_bytes > NET_OUTPUT_HIGH_BYTES || !begin(connection)) {
                return at;
            }
            break;
        case NET_STATE_HEAD:
        case NET_STATE_BODY:
        case NET_STATE_DISCARD:
            at += parse(connection, bytes + at, length - at);
            break;
        case NET_STATE_HANDLING:
            return at;
        case NET_STATE_WEBSOCKET:
            net_websocket_feed(connection, bytes + at, length - at);
            return length;
        case NET_STATE_LINGER:
            return length;
        }
    }
    return at;
}
