#include "server/door.h"

#include <stdio.h>

#define COOKIE_ATTRIBUTES "; Path=/; HttpOnly; SameSite=Strict; Max-Age=%d%s"

static bool refuse(struct auth_refusal *refusal, unsigned status, const char *text)
{
    *refusal = (struct auth_refusal){.status = status, .text = text};
    return false;
}

static size_t count_headers(const struct net_request *request, const char *name)
{
    size_t count = 0;
    for (size_t i = 0; i < request->header_count; i++) {
        count += str_equal_ignoring_case(request->headers[i].name, str_from(name));
    }
    return count;
}

/* "Bearer", one space or more, and characters of RFC 6750's b64token. */
static bool read_bearer(struct str value, struct str *credential)
{
    if (value.length < 8 || !str_equal_ignoring_case((struct str){value.at, 7}, STR("Bearer "))) {
        return false;
    }
    *credential = str_trim(str_from_offset(value, 7));
    for (size_t i = 0; i < credential->length; i++) {
        unsigned char c = (unsigned char)credential->at[i];
        if (c <= ' ' || c >= 0x7f || c == '"' || c == ',' || c == ';') {
            return false;
        }
    }
    return credential->length > 0;
}

/* The session's cookie; false where it is there twice with different values: one of them was planted. */
static bool read_cookie(const struct net_request *request, struct str *value)
{
    *value = STR_NONE;
    for (size_t i = 0; i < request->header_count; i++) {
        struct str rest = request->headers[i].value, piece;
        bool is_cookie = str_equal_ignoring_case(request->headers[i].name, STR("cookie"));
        while (is_cookie && str_split_next(&rest, ';', &piece)) {
            piece = str_trim(piece);
            if (!str_starts_with(piece, STR(DOOR_COOKIE "="))) {
                continue;
            }
            struct str found = str_from_offset(piece, sizeof DOOR_COOKIE);
            if (value->at != NULL && !str_equal(*value, found)) {
                return false;
            }
            *value = found;
        }
    }
    return true;
}

static bool is_safe(const struct net_request *request)
{
    return (request->method == NET_GET || request->method == NET_HEAD || request->method == NET_OPTIONS) &&
           !request->websocket;
}

/* Does the request come from a page that this server gave? */
static bool is_same_origin(const struct net_request *request)
{
    struct str site = net_request_header(request, "sec-fetch-site");
    if (site.at != NULL) {
        return str_is(site, "same-origin");
    }
    struct str origin = net_request_header(request, "origin"), host = net_request_header(request, "host");
    size_t at = str_find_str(origin, STR("://"), 0);
    return at < origin.length && host.length > 0 && str_equal_ignoring_case(str_from_offset(origin, at + 3), host);
}

/* Without a port: "localhost", "127.0.0.1", "[::1]". */
static struct str host_name(struct str host)
{
    size_t end = str_starts_with(host, STR("[")) ? str_find(host, ']') + 1 : str_find(host, ':');
    return end < host.length && host.at[end] == ':' ? (struct str){host.at, end} : host;
}

static bool is_this_machine(struct str host)
{
    struct str name = host_name(host);
    size_t digits = 0; /* and dots: 127.evil.example is anybody's */
    while (digits < name.length && strchr("0123456789.", name.at[digits]) != NULL) {
        digits++;
    }
    return name.length == 0 || str_equal_ignoring_case(name, STR("localhost")) || str_is(name, "[::1]") ||
           (digits == name.length && str_starts_with(name, STR("127.")));
}

/* Does it say so itself? Programs that are no browsers say nothing. */
static bool is_from_another_site(const struct net_request *request)
{
    struct str site = net_request_header(request, "sec-fetch-site");
    return site.at != NULL ? !str_is(site, "same-origin") && !str_is(site, "none")
                           : net_request_header(request, "origin").at != NULL && !is_same_origin(request);
}

bool door_is_open_to(const struct door_open_to *whom, const struct net_request *request, struct auth_refusal *refusal)
{
    if (whom->this_machine_only && !is_this_machine(net_request_header(request, "host"))) {
        return refuse(refusal, 403, "Nobody is asked for credentials here, so the Host must be localhost or 127.0.0.1; behind a "
                                    "proxy that asks for them, say auth.off_for_all_networks: true.");
    }
    if (!is_safe(request) && is_from_another_site(request) && !cors_names(whom->cors, net_request_header(request, "origin"))) {
        return refuse(refusal, 403, "Pages of other sites may change nothing here; cors.origins names those that may.");
    }
    return true;
}

bool door_check(struct auth *auth, const struct net_request *request, struct arena *arena, struct principal *principal,
                struct auth_refusal *refusal)
{
    struct str header = net_request_header(request, "authorization"), credential = STR_NONE;
    *principal = (struct principal){0};
    if (count_headers(request, "authorization") > 1 || count_headers(request, "x-tenant") > 1) {
        return refuse(refusal, 400, "The header Authorization or X-Tenant is given twice; which of the two was meant?");
    }
    if (auth_is_off(auth)) {
        return auth_check(auth, STR_NONE, request->peer, arena, principal, refusal);
    }
    if (header.at != NULL) {
        if (!read_bearer(header, &credential)) {
            return refuse(refusal, 401, "The header Authorization must read \"Bearer TOKEN\".");
        }
        return auth_check(auth, credential, request->peer, arena, principal, refusal);
    }
    if (!read_cookie(request, &credential)) {
        return refuse(refusal, 400, "The cookie of the session is given twice; delete this site's cookies and sign in again.");
    }
    if (!auth_check(auth, credential, request->peer, arena, principal, refusal)) {
        return false;
    }
    if (!is_safe(request) && !is_same_origin(request)) {
        *principal = (struct principal){0};
        return refuse(refusal, 403, "A browser's session changes things from this server's own pages only; send a token as "
                                    "\"Authorization: Bearer TOKEN\".");
    }
    return true;
}

void door_refuse(struct net *net, uint64_t request, const struct auth_refusal *refusal)
{
    char body[640], seconds[16];
    struct net_header headers[2];
    size_t count = 0;
    int length = snprintf(body, sizeof body, "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%u,\"detail\":\"",
                          net_status_text(refusal->status), refusal->status);
    for (const char *c = refusal->text; *c != '\0' && length < (int)sizeof body - 4; c++) {
        length += snprintf(body + length, sizeof body - (size_t)length, *c == '"' ? "\\\"" : "%c", *c);
    }
    length += snprintf(body + length, sizeof body - (size_t)length, "\"}");
    if (refusal->status == 401) {
        headers[count++] = (struct net_header){STR("WWW-Authenticate"), STR("Bearer realm=\"trimodal\"")};
    }
    if (refusal->retry_after_seconds > 0) {
        (void)snprintf(seconds, sizeof seconds, "%u", refusal->retry_after_seconds);
        headers[count++] = (struct net_header){STR("Retry-After"), str_from(seconds)};
    }
    net_reply(net, request, &(struct net_response){.status = refusal->status, .content_type = STR("application/problem+json"),
                                                   .headers = headers, .header_count = count,
                                                   .body = {body, (size_t)length}});
}

bool door_sign_in(struct auth *auth, struct net *net, const struct net_request *request, struct arena *arena)
{
    struct str token, session = STR_NONE, cookie;
    struct auth_refusal refusal;
    if (request->method != NET_GET || !str_is(request->path, "/") ||
        net_query_parameter(request->query, "token", arena, &token) != STATUS_OK) {
        return false;
    }
    if (!auth_is_off(auth) && !auth_sign_in(auth, token, request->peer, arena, &session, &refusal)) {
        door_refuse(net, request->id, &refusal);
        return true;
    }
    struct net_header headers[4] = {{STR("Location"), STR("/")}, {STR("Cache-Control"), STR("no-store")},
                                    {STR("Referrer-Policy"), STR("no-referrer")}};
    size_t count = 3;
    if (session.length > 0 && arena_format(arena, &cookie, DOOR_COOKIE "=%.*s" COOKIE_ATTRIBUTES, STR_ARGS(session),
                                           AUTH_SESSION_SECONDS, request->tls ? "; Secure" : "")) {
        headers[count++] = (struct net_header){STR("Set-Cookie"), cookie};
    }
    net_reply(net, request->id, &(struct net_response){.status = 303, .headers = headers, .header_count = count});
    return true;
}
