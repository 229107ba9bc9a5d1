/* The pure parts: looking things up in a request and decoding its text. */
#include <assert.h>

#include "net/net.h"

struct str net_request_header(const struct net_request *request, const char *name)
{
    struct str wanted = str_from(name);
    for (size_t i = 0; i < request->header_count; i++) {
        if (str_equal_ignoring_case(request->headers[i].name, wanted)) {
            return request->headers[i].value;
        }
    }
    return STR_NONE;
}

bool net_request_offers(const struct net_request *request, struct str subprotocol)
{
    for (size_t i = 0; i < request->header_count; i++) {
        if (!str_equal_ignoring_case(request->headers[i].name, STR("sec-websocket-protocol"))) {
            continue;
        }
        struct str rest = request->headers[i].value, piece;
        while (str_split_next(&rest, ',', &piece)) {
            if (str_equal(str_trim(piece), subprotocol)) {
                return true;
            }
        }
    }
    return false;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool net_percent_decode(struct str text, bool plus_is_space, char *decoded, size_t *length)
{
    size_t written = 0;
    for (size_t i = 0; i < text.length; i++) {
        char c = text.at[i];
        if (c == '%') {
            if (text.length - i < 3) {
                return false;
            }
            int high = hex_digit(text.at[i + 1]), low = hex_digit(text.at[i + 2]);
            if (high < 0 || low < 0 || high + low == 0) {
                return false;
            }
            c = (char)(high << 4 | low);
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        decoded[written++] = c;
    }
    *length = written;
    return str_is_utf8((struct str){decoded, written});
}

bool net_query_next(struct str *query, struct str *name, struct str *value)
{
    struct str piece;
    while (str_split_next(query, '&', &piece)) {
        if (piece.length == 0) {
            continue;
        }
        size_t at = str_find(piece, '=');
        *name = (struct str){piece.at, at};
        *value = at < piece.length ? str_from_offset(piece, at + 1) : STR_NONE;
        return true;
    }
    return false;
}

enum status net_query_parameter(struct str query, const char *name, struct arena *arena, struct str *value)
{
    struct str wanted = str_from(name), raw_name, raw_value;
    *value = STR_NONE;
    while (net_query_next(&query, &raw_name, &raw_value)) {
        char *memory = arena_new(arena, raw_name.length > raw_value.length ? raw_name.length : raw_value.length);
        if (memory == NULL) {
            return STATUS_FATAL;
        }
        size_t length;
        if (!net_percent_decode(raw_name, true, memory, &length) ||
            !str_equal((struct str){memory, length}, wanted)) {
            continue;
        }
        if (!net_percent_decode(raw_value, true, memory, &length)) {
            return STATUS_INVALID;
        }
        *value = (struct str){memory, length};
        return STATUS_OK;
    }
    return STATUS_ABSENT;
}

const char *net_status_text(unsigned status)
{
    static const struct {
        unsigned status;
        const char *text;
    } texts[] = {
        {100, "Continue"}, {101, "Switching Protocols"}, {200, "OK"}, {201, "Created"}, {202, "Accepted"},
        {204, "No Content"}, {206, "Partial Content"}, {207, "Multi-Status"}, {301, "Moved Permanently"},
        {302, "Found"}, {303, "See Other"}, {304, "Not Modified"}, {307, "Temporary Redirect"},
        {308, "Permanent Redirect"}, {400, "Bad Request"}, {401, "Unauthorized"}, {403, "Forbidden"},
        {404, "Not Found"}, {405, "Method Not Allowed"}, {406, "Not Acceptable"}, {408, "Request Timeout"},
        {409, "Conflict"}, {410, "Gone"}, {411, "Length Required"}, {412, "Precondition Failed"},
        {413, "Content Too Large"}, {414, "URI Too Long"}, {415, "Unsupported Media Type"},
        {416, "Range Not Satisfiable"}, {417, "Expectation Failed"}, {421, "Misdirected Request"},
        {422, "Unprocessable Content"}, {425, "Too Early"}, {426, "Upgrade Required"},
        {428, "Precondition Required"}, {429, "Too Many Requests"}, {431, "Request Header Fields Too Large"},
        {451, "Unavailable For Legal Reasons"}, {500, "Internal Server Error"}, {501, "Not Implemented"},
        {502, "Bad Gateway"}, {503, "Service Unavailable"}, {504, "Gateway Timeout"},
        {505, "HTTP Version Not Supported"}, {507, "Insufficient Storage"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (texts[i].status == status) {
            return texts[i].text;
        }
    }
    static const char *const classes[] = {"Informational", "Success", "Redirection", "Client Error", "Server Error"};
    return status >= 100 && status < 600 ? classes[status / 100 - 1] : "Unknown";
}
