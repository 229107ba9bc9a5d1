/* GET /overview: the iterations with their verdicts as a plain page, for whatever runs no script. */
#include "api/api_private.h"
#include "api/assets.h"

#define OVERVIEW_ITERATIONS_MAX 200

static void escape(struct buffer *html, struct str text)
{
    for (size_t i = 0; i < text.length; i++) {
        switch (text.at[i]) {
        case '<':
            buffer_append_text(html, "&lt;");
            break;
        case '>':
            buffer_append_text(html, "&gt;");
            break;
        case '&':
            buffer_append_text(html, "&amp;");
            break;
        case '"':
            buffer_append_text(html, "&quot;");
            break;
        case '\'':
            buffer_append_text(html, "&#39;");
            break;
        default:
            buffer_append_char(html, text.at[i]);
        }
    }
}

/* An id as one segment of a path. */
static void encode(struct buffer *html, struct str id)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (size_t i = 0; i < id.length; i++) {
        unsigned char c = (unsigned char)id.at[i];
        if (c != 0 && strchr(plain, c) != NULL) {
            buffer_append_char(html, (char)c);
        } else {
            buffer_append_format(html, "%%%02X", c);
        }
    }
}

static void write_link_to(struct buffer *html, const char *before, const struct graph_iteration *iteration, const char *after,
                          const char *text)
{
    buffer_append_text(html, " <a href=\"/api/v1/");
    buffer_append_text(html, before);
    encode(html, iteration->iteration_id);
    buffer_append_text(html, after);
    if (!str_is(iteration->tenant_id, TENANT_DEFAULT)) {
        buffer_append_text(html, "?tenant=");
        encode(html, iteration->tenant_id);
    }
    buffer_append_text(html, "\">");
    buffer_append_text(html, text);
    buffer_append_text(html, "</a>");
}

static void write_status(struct buffer *html, const char *text, bool good, bool pending)
{
    buffer_append_format(html, "<td class=\"%s\">%s</td>", good ? "good" : pending ? "pending" : "bad", text);
}

static void write_row(struct exchange *exchange, uint32_t number, const struct graph_iteration *iteration,
                      struct clocks clocks)
{
    struct buffer *html = &exchange->body;
    struct iteration_verdict verdict;
    struct error error;
    char time[TIME_TEXT_SIZE];
    buffer_append_text(html, "<tr><th>");
    escape(html, iteration->iteration_id);
    buffer_append_text(html, "</th>");
    if (verdict_of_iteration(exchange->api, number, iteration, clocks, &verdict, &error) == STATUS_OK) {
        write_status(html, verdict_name(verdict.kind), verdict.deployable, verdict.kind == VERDICT_PENDING);
        for (int i = 0; i < 3; i++) {
            write_status(html, stream_status_name(verdict.streams[i]), verdict.streams[i] == STREAM_PASS,
                         verdict.streams[i] == STREAM_PENDING);
        }
        buffer_append_format(html, "<td>%s</td>", verdict_meaning(verdict.kind, verdict_has_pending(&verdict)));
    } else {
        buffer_append_text(html, "<td colspan=\"5\">nothing yet</td>");
    }
    time_format(iteration->last_valid_from, time);
    buffer_append_format(html, "<td>%s</td><td class=\"number\">%u</td><td>", time, iteration->node_count);
    write_link_to(html, "convergence/", iteration, "/verdict", "verdict");
    write_link_to(html, "dde/graph/", iteration, "", "DDE");
    write_link_to(html, "bdv/graph/", iteration, "", "BDV");
    write_link_to(html, "acc/graph/", iteration, "", "ACC");
    write_link_to(html, "convergence/graph/", iteration, "", "graph");
    write_link_to(html, "convergence/", iteration, "/blame", "blame");
    buffer_append_text(html, "</td></tr>\n");
}

static void write_head(struct buffer *html)
{
    buffer_append_text(html, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                             "<title>Tri-Modal Mission Control</title>\n"
                             "<meta name=\"viewport\" content=\"width=device-width\">"
                             "<meta name=\"color-scheme\" content=\"light dark\">\n"
                             "<link rel=\"icon\" href=\"data:,\"><link rel=\"stylesheet\" href=\"");
    buffer_append_text(html, asset_by_name("overview.css")->path);
    buffer_append_text(html, "\"></head>\n<body><h1>Tri-Modal Mission Control</h1>\n");
}

void handle_overview(struct exchange *exchange)
{
    const struct graph *graph = exchange->api->options.graph;
    struct buffer *html = &exchange->body;
    struct clocks clocks;
    if (!request_clocks(exchange, &clocks)) {
        return;
    }
    write_head(html);
    buffer_append_text(html, "<div><table><thead><tr><th>Iteration</th><th>Verdict</th><th>DDE</th><th>BDV</th><th>ACC</th>"
                             "<th>Means</th><th>Newest event</th><th>Nodes</th><th>JSON</th></tr></thead><tbody>\n");
    uint32_t shown = 0, hidden = 0;
    for (uint32_t n = graph_iteration_count(graph); n-- > 0;) {
        struct graph_iteration iteration = graph_iteration(graph, n);
        if (!lists_tenant(exchange, iteration.tenant_id)) {
            continue;
        }
        if (shown == OVERVIEW_ITERATIONS_MAX) {
            hidden++;
            continue;
        }
        write_row(exchange, n, &iteration, clocks);
        shown++;
    }
    buffer_append_text(html, "</tbody></table></div>\n");
    if (shown == 0) {
        buffer_append_text(html, "<p>No iteration yet. <code>trimodal seed golden</code> makes five; "
                                 "<code>POST /api/v1/events</code> takes your own.</p>\n");
    }
    if (hidden > 0) {
        buffer_append_format(html, "<p>%u older ones: <a href=\"/api/v1/iterations\">all iterations</a>.</p>\n", hidden);
    }
    buffer_append_text(html,
                       "<p><a href=\"/api/v1/iterations\">iterations</a> · <a href=\"/api/v1/status\">status</a> · "
                       "<a href=\"/api/v1/dlq\">dead letters</a> · <a href=\"/api/v1/policy\">policy</a> · "
                       "<a href=\"/metrics\">metrics</a> · <a href=\"/api/docs\">this interface</a></p>\n</body></html>\n");
    const struct api_header header = {STR("Content-Security-Policy"), STR(PAGE_SECURITY_POLICY)};
    answer_as(exchange, 200, "text/html; charset=utf-8", &header, 1);
}
