#include "server/serve.h"

#include <openssl/crypto.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "event/personal.h"
#include "ingest/rebuild.h"
#include "ingest/vault.h"
#include "server/committer.h"
#include "server/config.h"
#include "server/exchange.h"
#include "server/sockets.h"

#define PROBE_INTERVAL_MS 1000 /* while intake is refused: is the disk well again? */

/* Everything that serves, in the order in which it is made; released in reverse. */
struct server {
    struct config config;
    struct policy policy;
    struct store *store;
    struct store_reader *reader;
    struct seal_ring *seal;
    struct graph *graph;
    struct net *net;
    struct sockets sockets;
    struct access_log access;
    struct door_open_to open_to;
    struct exchange_door door;
    struct committer *committer;
    struct ingest *ingest;
    struct auth *auth;
    struct api *api;
    struct net_timer *probe;
    struct net_timer *live_timer; /* one turn of live updates; NULL: none asked for */
    uint64_t live_due_ns;
    bool closing; /* no timers any more */
    bool probing;
    bool failed;          /* intake can't go on */
    struct error failure; /* why */
    char first_token[TOKEN_TEXT_SIZE]; /* made at this start; empty: none */
};

/* --- what net asks -------------------------------------------------------------------------------------------------- */

static void on_request(void *context, const struct net_request *request)
{
    struct server *server = context;
    exchange_begin(&server->door, request);
}

static void on_headers(void *context, const struct net_request *request, size_t *body_bytes_max)
{
    struct server *server = context;
    exchange_check_head(server->net, server->api, request, body_bytes_max);
}

static void reload_certificates(struct server *server)
{
    struct error error;
    if (server->config.tls.certificate[0] == '\0') {
        log_line(LOG_INFO, NULL, "SIGHUP: nothing to read again, as TLS is off");
    } else if (net_reload_certificates(server->net, &error) == STATUS_OK) {
        log_line(LOG_INFO, NULL, "tls: certificate and key were read again; new connections get them");
    } else {
        log_error("tls: the certificates in use stay, as the new ones can't be read", &error);
    }
}

static void on_signal(void *context, int signal)
{
    struct server *server = context;
    if (signal == SIGHUP) {
        reload_certificates(server);
        auth_reload(server->auth);
        return;
    }
    if (net_draining(server->net)) {
        log_line(LOG_WARN, NULL, "a second signal: stopping at once");
        net_stop(server->net);
        return;
    }
    log_line(LOG_INFO, NULL, "draining: no new connections; what is in flight is answered");
    net_drain(server->net);
}

/* --- what the API asks ------------------------------------------------------------------------------------------------ */

static bool is_draining(void *context)
{
    struct server *server = context;
    return net_draining(server->net);
}

static void live_turn_due(void *context)
{
    struct server *server = context;
    net_timer_free(server->live_timer);
    server->live_timer = NULL;
    api_live_turn(server->api);
}

static void wake_live(void *context, uint64_t delay_ms)
{
    struct server *server = context;
    uint64_t due_ns = clock_monotonic_ns(&clock_system) + delay_ms * 1000000;
    if (server->closing || (server->live_timer != NULL && server->live_due_ns <= due_ns)) {
        return;
    }
    net_timer_free(server->live_timer);
    server->live_due_ns = due_ns;
    server->live_timer = net_timer_new(server->net, delay_ms, 0, live_turn_due, server);
    if (server->live_timer == NULL) {
        log_line(LOG_WARN, NULL, "no memory for a timer: live updates wait for the next event");
    }
}

static void applied(void *context, uint32_t first_fact, uint32_t last_fact)
{
    struct server *server = context;
    api_live_applied(server->api, first_fact, last_fact);
}

static void metric(struct buffer *text, const char *name, const char *type, const char *help, double value)
{
    buffer_append_format(text, "# HELP %s %s\n# TYPE %s %s\n%s %.17g\n", name, help, name, type, name, value);
}

static void metrics(void *context, struct buffer *text)
{
    struct server *server = context;
    struct net_statistics net;
    struct committer_statistics commits;
    net_statistics(server->net, &net);
    committer_statistics(server->committer, &commits);
    metric(text, "trimodal_http_connections", "gauge", "Open connections.", (double)net.connections_open);
    metric(text, "trimodal_http_requests_total", "counter", "Requests received.", (double)net.requests_total);
    buffer_append_text(text, "# HELP trimodal_http_answers_total Answers by class of status.\n"
                             "# TYPE trimodal_http_answers_total counter\n");
    for (int class = 1; class <= 5; class++) {
        buffer_append_format(text, "trimodal_http_answers_total{class=\"%dxx\"} %llu\n", class,
                             (unsigned long long)net.answers_by_class[class]);
    }
    metric(text, "trimodal_http_bytes_in_total", "counter", "Bytes received.", (double)net.bytes_in);
    metric(text, "trimodal_http_bytes_out_total", "counter", "Bytes sent.", (double)net.bytes_out);
    metric(text, "trimodal_store_commits_total", "counter", "Transactions made durable.", (double)commits.commits);
    metric(text, "trimodal_store_commit_seconds_total", "counter", "Time spent in them.",
           (double)commits.commit_ns_total / 1e9);
    metric(text, "trimodal_store_commit_seconds_max", "gauge", "Longest of them.", (double)commits.commit_ns_max / 1e9);
    metric(text, "trimodal_store_checkpoints_total", "counter", "Checkpoints of the write-ahead log.",
           (double)commits.store.checkpoints);
    struct auth_counters auth;
    auth_counters(server->auth, &auth);
    buffer_append_format(text, "# HELP trimodal_auth_checks_total Credentials that were shown, by what became of them.\n"
                               "# TYPE trimodal_auth_checks_total counter\n"
                               "trimodal_auth_checks_total{result=\"granted\"} %llu\n"
                               "trimodal_auth_checks_total{result=\"refused\"} %llu\n"
                               "trimodal_auth_checks_total{result=\"slowed\"} %llu\n",
                         (unsigned long long)auth.granted, (unsigned long long)auth.refused, (unsigned long long)auth.slowed);
    metric(text, "trimodal_auth_sessions", "gauge", "Browsers that are signed in.", (double)auth.sessions);
    metric(text, "trimodal_auth_tokens", "gauge", "Tokens that are good.", (double)auth.tokens);
    metric(text, "trimodal_store_wal_pages", "gauge", "Pages in the write-ahead log.", (double)commits.store.wal_pages);
}

/* --- is the disk well again? ------------------------------------------------------------------------------------------- */

static void probed(void *context, const struct ingest_answer *answer)
{
    struct server *server = context;
    server->probing = false;
    if (answer->status == STATUS_OK) {
        log_line(LOG_INFO, NULL, "intake: the store takes writes again");
    }
}

/* While writes are refused, a small write a second finds out when that is over, so that /ready says so by itself. When
 * intake can't go on at all, the server ends. */
static void probe(void *context)
{
    struct server *server = context;
    struct ingest_health health;
    auth_tick(server->auth, server->ingest);
    sockets_check(&server->sockets);
    ingest_settle(server->ingest);
    access_log_tick(&server->access);
    ingest_health(server->ingest, &health);
    if (health.status == STATUS_FATAL && !server->failed) {
        /* The graph may hold half of a batch; the log holds all of it, and a start reads the log. */
        server->failed = true;
        server->failure = health.error;
        log_error("stopping; start again, nothing acknowledged is lost", &health.error);
        net_drain(server->net);
    }
    if (health.status != STATUS_RETRY || server->probing) {
        return;
    }
    static const struct store_setting setting = {.key = {"intake.probe", 12}, .value = {"1", 1}};
    server->probing = true;
    ingest_change(server->ingest, &(struct ingest_change){.settings = &setting, .setting_count = 1}, probed, server);
}

/* --- the door -------------------------------------------------------------------------------------------------------------- */

static enum status read_scrape_token(const struct server *server, struct buffer *token, struct error *error)
{
    const char *path = server->config.auth.metrics_token_file;
    FILE *file = path[0] == '\0' ? NULL : fopen(path, "re");
    char *bytes = buffer_reserve(token, JWT_BYTES_MAX);
    if (path[0] != '\0' && file == NULL) {
        return error_set(error, STATUS_INVALID, "metrics.token_file", "%s can't be read", path);
    }
    if (file != NULL) {
        token->length = bytes == NULL ? 0 : fread(bytes, 1, JWT_BYTES_MAX, file);
        (void)fclose(file);
    }
    return bytes == NULL ? error_no_memory(error, "metrics.token_file") : STATUS_OK;
}

/* While nobody else writes to the store yet: the first start's token. */
static enum status open_door(struct server *server, struct error *error)
{
    const struct config_auth *config = &server->config.auth;
    struct buffer scrape;
    buffer_init(&scrape, 2 * JWT_BYTES_MAX);
    enum status status = config_auth_check(config, server->config.listen_host, error);
    if (status == STATUS_OK) {
        status = read_scrape_token(server, &scrape, error);
    }
    if (status == STATUS_OK) {
        status = auth_new(&server->auth, &(struct auth_options){
            .mode = config->mode, .clock = &clock_system, .issuers = config->issuers, .issuer_count = config->issuer_count,
            .scrape_token = str_trim(buffer_str(&scrape))}, error);
    }
    buffer_release(&scrape);
    if (status == STATUS_OK && config->mode == AUTH_REQUIRED) {
        status = token_make_first(server->store, server->reader, &clock_system, server->first_token, error);
    }
    if (status == STATUS_OK) {
        status = auth_load_tokens(server->auth, server->reader, error);
    }
    if (status == STATUS_OK && config->mode == AUTH_REQUIRED) {
        status = auth_local_open(server->auth, server->config.data, error);
    }
    if (status == STATUS_OK && config->mode == AUTH_OFF) {
        log_line(LOG_WARN, NULL, "auth.mode is off: whoever can connect to %s is an administrator", server->config.listen_host);
    }
    return status;
}

/* How a person gets in. At the first start by the first token, which is good until it is revoked; later, where it is asked for, by
 * a link that is good once and for a quarter of an hour. */
static enum status print_sign_in(struct server *server, bool wants_link, const char *url, struct error *error)
{
    char text[TOKEN_TEXT_SIZE];
    const struct principal principal = principal_of(ROLE_ADMIN, STR_NONE, STR("link:start"));
    const char *token = server->first_token;
    if (auth_is_off(server->auth)) {
        return STATUS_OK;
    }
    if (token[0] == '\0' && wants_link) {
        enum status status = auth_link_new(server->auth, &principal, text, error);
        if (status != STATUS_OK) {
            return status;
        }
        token = text;
    }
    bool here = strncmp(url, "http://127.0.0.1:", 17) == 0;
    if (token[0] != '\0') {
        (void)printf("sign in: %s%s/?token=%s\n", here ? "http://localhost:" : url, here ? url + 17 : "", token);
    } else {
        (void)printf("sign in: trimodal token link --data %s\n", server->config.data);
    }
    OPENSSL_cleanse(server->first_token, sizeof server->first_token);
    OPENSSL_cleanse(text, sizeof text);
    return STATUS_OK;
}

/* --- making and releasing ------------------------------------------------------------------------------------------------ */

static void report_progress(void *context, uint64_t done)
{
    uint64_t *next = context;
    if (done >= *next) {
        log_line(LOG_INFO, NULL, "reading the log: %llu events", (unsigned long long)done);
        *next = done + 1000000;
    }
}

static enum status open_data(struct server *server, struct error *error)
{
    enum status status = store_open(&server->store, &(struct store_options){.directory = server->config.data, .create = true},
                                    error);
    if (status == STATUS_OK) {
        status = store_reader_open(&server->reader, server->store, error);
    }
    if (status == STATUS_OK) {
        status = vault_open(&server->seal, &(struct vault_options){
            .directory = server->config.data, .key_file = server->config.master_key_file, .key_digits = server->config.master_key,
            .clock = &clock_system}, server->reader, error);
    }
    if (status == STATUS_OK) {
        status = graph_new(&server->graph, error);
    }
    uint64_t next_report = 1000000;
    uint64_t begun = clock_monotonic_ns(&clock_system);
    if (status == STATUS_OK) {
        status = rebuild_graph(server->graph, server->reader, server->seal, report_progress, &next_report, error);
    }
    if (status == STATUS_OK) {
        log_line(LOG_INFO, NULL, "read %u events from %s in %.2f s", graph_fact_count(server->graph), server->config.data,
                 (double)(clock_monotonic_ns(&clock_system) - begun) / 1e9);
    }
    return status;
}

/* A page or script that got hold of an answer can do nothing with it but read it, and only where it may. Pages bring their own
 * Content-Security-Policy. The last one is for TLS only. */
static const struct net_header security_headers[] = {
    {{"X-Content-Type-Options", 22}, {"nosniff", 7}},
    {{"Content-Security-Policy", 23}, {"default-src 'none'; frame-ancestors 'none'", 42}},
    {{"Referrer-Policy", 15}, {"no-referrer", 11}},
    {{"X-Frame-Options", 15}, {"DENY", 4}},
    {{"Cross-Origin-Resource-Policy", 28}, {"same-origin", 11}},
    {{"Cross-Origin-Opener-Policy", 26}, {"same-origin", 11}},
    {{"Strict-Transport-Security", 25}, {"max-age=31536000", 16}},
};
#define SECURITY_HEADER_COUNT (sizeof security_headers / sizeof security_headers[0])

static const char *text_or_null(const char *text)
{
    return text[0] != '\0' ? text : NULL;
}

static enum status make_net(struct server *server, const struct net_handler *handler, struct error *error)
{
    const struct config_tls *tls = &server->config.tls;
    struct str origins[CORS_ORIGINS_MAX];
    struct net_options options = {
        .certificate_file = text_or_null(tls->certificate),
        .key_file = text_or_null(tls->key),
        .client_ca_file = text_or_null(tls->client_ca),
        .client_certificate_optional = tls->client_certificate_optional,
        .origins = origins,
        .origin_count = cors_origins(&server->config.cors, origins),
        .headers = security_headers,
        .header_count = SECURITY_HEADER_COUNT - (tls->certificate[0] == '\0' ? 1 : 0),
    };
    return net_new(&server->net, &options, handler, error);
}

static void on_access(void *context, const struct net_access *access)
{
    struct server *server = context;
    access_log_write(&server->access, access);
}

static enum status open_network(struct server *server, struct error *error)
{
    const struct net_handler handler = {
        .on_access = server->config.access_log.mode != ACCESS_LOG_OFF ? on_access : NULL,
        .context = server, .on_headers = on_headers, .on_request = on_request, .on_signal = on_signal,
        .on_websocket_message = sockets_on_message, .on_websocket_close = sockets_on_close};
    enum status status = make_net(server, &handler, error);
    if (status == STATUS_OK) {
        sockets_init(&server->sockets, server->net);
        status = net_listen(server->net, server->config.listen_host, server->config.listen_port, error);
    }
    if (status == STATUS_OK) {
        status = open_door(server, error); /* no sooner: a token that is made is also printed */
    }
    if (status == STATUS_OK) {
        status = committer_new(&server->committer, server->store, server->net, &clock_system, error);
    }
    return status;
}

static enum status open_core(struct server *server, struct error *error)
{
    enum status status = ingest_new(&server->ingest, &(struct ingest_options){
        .graph = server->graph, .seal = server->seal, .clock = &clock_system, .committer = committer_port(server->committer),
        .hooks = {.context = server, .applied = applied},
        .last_seq = store_last_seq(server->store), .last_observed_at = store_last_observed_at(server->store),
        .reader = server->reader}, error);
    if (status == STATUS_OK) {
        status = api_new(&server->api, &(struct api_options){
            .graph = server->graph, .ingest = server->ingest, .seal = server->seal, .reader = server->reader, .clock = &clock_system,
            .correlate = server->config.correlate, .policy = &server->policy, .limits = server->config.limits,
            .auth = server->auth, .metrics_are_public = config_metrics_are_public(&server->config.auth, server->config.listen_host),
            .net = server->net, .graphql = server->config.graphql,
            .host = {.context = server, .is_draining = is_draining, .metrics = metrics, .wake = wake_live}}, error);
    }
    server->open_to = (struct door_open_to){&server->config.cors, !server->config.auth.off_for_all_networks};
    server->door = (struct exchange_door){server->net, server->api, &server->sockets, &server->config.cors,
                                          server->config.access_log.mode != ACCESS_LOG_OFF ? &server->access : NULL,
                                          server->config.auth.mode == AUTH_OFF ? &server->open_to : NULL};
    if (status == STATUS_OK) {
        server->probe = net_timer_new(server->net, PROBE_INTERVAL_MS, PROBE_INTERVAL_MS, probe, server);
        status = server->probe == NULL ? error_no_memory(error, "server") : STATUS_OK;
    }
    return status;
}

static void release(struct server *server)
{
    if (server->ingest != NULL) {
        ingest_shut(server->ingest);
    }
    api_stop(server->api);
    committer_stop(server->committer);
    server->closing = true;
    net_timer_free(server->probe);
    net_timer_free(server->live_timer);
    net_free(server->net); /* runs what the commit thread still posted */
    committer_free(server->committer);
    api_free(server->api);
    ingest_free(server->ingest);
    auth_free(server->auth);
    graph_free(server->graph);
    seal_ring_free(server->seal);
    store_reader_close(server->reader);
    store_close(server->store);
}

/* What looks personal in a line of the log. The key is the process's own: lines of different runs can't be compared by it. */
static struct personal_key log_key;

static void mask_line(struct str message, struct buffer *shown)
{
    personal_mask_text(&log_key, message, shown);
}

static enum status configure(struct server *server, const struct serve_options *options, struct error *error)
{
    struct config *config = &server->config;
    enum status status = config_load(config, options->config_path, error);
    if (status == STATUS_OK && options->listen != NULL) {
        status = config_set_listen(config, options->listen, error);
    }
    if (status == STATUS_OK && options->data != NULL) {
        if (strlen(options->data) >= sizeof config->data) {
            return error_set(error, STATUS_INVALID, "--data", "the path is too long");
        }
        (void)snprintf(config->data, sizeof config->data, "%s", options->data);
    }
    if (status == STATUS_OK) {
        clock_system.random(clock_system.context, &log_key, sizeof log_key);
        log_set_mask(mask_line);
        log_set_level(config->log_level);
        log_set_format(config->log_format);
        access_log_init(&server->access, &config->access_log, &clock_system, mask_line);
        status = config->policy[0] != '\0' ? policy_load_file(config->policy, &server->policy, error)
                                           : policy_default(&server->policy, error);
    }
    return status;
}

/* An IPv6 address needs brackets in a URL. */
static void format_url(const struct server *server, char url[STORE_URL_SIZE])
{
    bool brackets = strchr(server->config.listen_host, ':') != NULL;
    const char *host = strcmp(server->config.listen_host, "0.0.0.0") == 0 ? "127.0.0.1" : server->config.listen_host;
    (void)snprintf(url, STORE_URL_SIZE, "%s://%s%s%s:%u",
                   server->config.tls.certificate[0] != '\0' ? "https" : "http", brackets ? "[" : "", host, brackets ? "]" : "",
                   (unsigned)net_port(server->net));
}

enum status serve_run(const struct serve_options *options, struct error *error)
{
    struct server *server = memory_new_zeroed(1, sizeof *server);
    if (server == NULL) {
        return error_no_memory(error, "server");
    }
    enum status status = configure(server, options, error);
    if (status == STATUS_OK) {
        status = open_data(server, error);
    }
    if (status == STATUS_OK) {
        status = open_network(server, error);
    }
    if (status == STATUS_OK) {
        status = open_core(server, error);
    }
    char url[STORE_URL_SIZE] = "";
    if (status == STATUS_OK) {
        format_url(server, url);
        status = store_lock_note(server->store, url, error);
    }
    if (status == STATUS_OK) {
        status = print_sign_in(server, options->print_link, url, error);
    }
    if (status == STATUS_OK) {
        (void)printf("listening on %s\n", url);
        (void)fflush(stdout);
        net_run(server->net);
        log_line(LOG_INFO, NULL, "stopped");
        if (server->failed) {
            status = error_set(error, server->failure.status, server->failure.place, "%s", server->failure.text);
        }
    }
    release(server);
    memory_free(server);
    return status;
}
