/* Refusals at the door: whoever may not is told so before a handler runs, and nothing about what was asked for. */
#include <stdio.h>

#include "api/api_private.h"
#include "api/assets.h"

/* What a browser shows to somebody who has not signed in. */
static void refuse_with_page(struct exchange *exchange, unsigned status, const char *text, const struct api_header *header)
{
    struct buffer *html = &exchange->body;
    buffer_clear(html);
    buffer_append_text(html, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Sign in: Tri-Modal Mission "
                             "Control</title>\n<meta name=\"viewport\" content=\"width=device-width\"><link rel=\"icon\" href=\"data:,\">"
                             "<link rel=\"stylesheet\" href=\"");
    buffer_append_text(html, asset_by_name("overview.css")->path);
    buffer_append_text(html, "\"></head>\n<body><h1>Tri-Modal Mission Control</h1>\n");
    buffer_append_format(html, "<p>%s</p>\n", status == 401 ? "You are not signed in." : text);
    buffer_append_text(html, "<p>On the machine it runs on, <code>trimodal token link</code> prints a link that signs you in. "
                             "If you have just followed one: <a href=\"/\">go on</a>.</p>\n</body></html>\n");
    struct api_header headers[3] = {
        {STR("Content-Security-Policy"), STR(PAGE_SECURITY_POLICY)}, {STR("Cache-Control"), STR("no-store")}, *header};
    answer_as(exchange, status, "text/html; charset=utf-8", headers, header->name.length > 0 ? 3 : 2);
}

static void refuse_as(struct exchange *exchange, const struct auth_refusal *refusal)
{
    char seconds[16];
    struct api_header header = {0};
    if (refusal->status == 401) {
        header = (struct api_header){STR("WWW-Authenticate"), STR("Bearer realm=\"trimodal\"")};
    } else if (refusal->retry_after_seconds > 0) {
        (void)snprintf(seconds, sizeof seconds, "%u", refusal->retry_after_seconds);
        header = (struct api_header){STR("Retry-After"), str_from(seconds)};
    }
    struct str accept = exchange->request.accept;
    bool is_page = exchange->route->handle == handle_overview || exchange->route->handle == handle_page;
    if (is_page && str_find_str(accept, STR("text/html"), 0) < accept.length) {
        refuse_with_page(exchange, refusal->status, refusal->text, &header);
        return;
    }
    struct json_writer *json = &exchange->json;
    json_write_object_begin(json);
    json_field_text(json, "type", "about:blank");
    json_field_text(json, "title", net_status_text(refusal->status));
    json_field_i64(json, "status", refusal->status);
    json_field_text(json, "detail", refusal->text);
    json_write_object_end(json);
    answer_as(exchange, refusal->status, "application/problem+json", &header, header.name.length > 0 ? 1 : 0);
}

void refuse_permission(struct exchange *exchange)
{
    static const struct auth_refusal nobody = {401, 0,
                                               "Sign in first: send a token as \"Authorization: Bearer TOKEN\"; `trimodal token "
                                               "create` makes one."};
    const struct principal *principal = &exchange->request.principal;
    if (!principal->known) {
        exchange->rate = rate_take(exchange->api, RATE_SIGN_IN, principal, exchange->request.address);
        if (!exchange->rate.allowed) {
            refuse_rate(exchange);
            return;
        }
        refuse_as(exchange, exchange->request.refusal != NULL ? exchange->request.refusal : &nobody);
        return;
    }
    problem(exchange, 403, "", "This needs the permission %s, which the role %s does not have.",
            permission_name(exchange->route->permission), role_name(principal->role));
}
