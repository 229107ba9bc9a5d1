/* The API in this process, on a data directory.
 *
 * Writing takes the directory's lock, like a server; reading takes none and works beside one. Commits happen on the spot:
 * there is one sender, so nothing would gather while another thread wrote. */
#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

#include "base/json_read.h"
#include "base/memory.h"
#include "cli/transport.h"
#include "ingest/rebuild.h"
#include "ingest/vault.h"
#include "server/config.h"

#define PROGRESS_FROM 200000 /* events; less is read before anybody wonders */

struct local {
    struct transport base;
    struct config config;
    struct policy policy;
    struct store *store;
    struct store_reader *reader;
    struct seal_ring *seal;
    struct graph *graph;
    struct ingest *ingest;
    struct api *api;
    char actor[64];
};

static void commit_now(void *context, struct ingest *ingest, struct store_batch *batch)
{
    struct local *local = context;
    struct error error = {0};
    enum status status = store_commit(local->store, batch, &error);
    ingest_committed(ingest, status, &error);
}

/* --- one request ------------------------------------------------------------------------------------------------------- */

struct exchange {
    unsigned status;
    struct buffer *body;
    bool done;
};

static void take_answer(void *context, const struct api_response *response)
{
    struct exchange *exchange = context;
    exchange->status = response->status;
    exchange->done = true;
    buffer_append_str(exchange->body, response->body);
}

static enum status local_send(struct transport *transport, const struct transport_request *request, unsigned *status,
                              struct buffer *body, struct error *error)
{
    struct local *local = (struct local *)transport;
    struct exchange exchange = {.body = body};
    struct api_request api_request = {
        .method = request->method, .path = request->path, .query = request->query,
        .content_type = request->body.at != NULL ? str_from(request->content_type) : STR_NONE,
        .body = request->body.at != NULL ? request->body : STR(""),
        .principal = principal_of(ROLE_ADMIN, STR_NONE, str_from(local->actor)), .origin = STR("command line"),
        .done = take_answer, .context = &exchange};
    static const char nothing[JSON_READ_PADDING + 1];
    if (request->body.at == NULL) {
        api_request.body = (struct str){nothing, 0};
    }
    buffer_clear(body);
    api_handle(local->api, &api_request);
    if (!exchange.done) {
        return error_set(error, STATUS_FATAL, "command line", "the request was not answered; please report this");
    }
    *status = exchange.status;
    return buffer_failed(body) ? error_no_memory(error, "answer") : STATUS_OK;
}

static void local_free(struct transport *transport)
{
    struct local *local = (struct local *)transport;
    api_free(local->api);
    ingest_free(local->ingest);
    graph_free(local->graph);
    seal_ring_free(local->seal);
    store_reader_close(local->reader);
    store_close(local->store);
    memory_free(local);
}

static const struct transport_type local_type = {local_send, local_free};

/* --- opening ------------------------------------------------------------------------------------------------------------ */

static void name_actor(struct local *local)
{
    const struct passwd *user = getpwuid(getuid());
    (void)snprintf(local->actor, sizeof local->actor, "cli:%s", user != NULL ? user->pw_name : "unknown");
}

static enum status configure(struct local *local, const struct transport_local_options *options, struct error *error)
{
    enum status status = config_load(&local->config, options->config, error);
    if (status == STATUS_OK && options->data != NULL) {
        if (strlen(options->data) >= sizeof local->config.data) {
            return error_set(error, STATUS_INVALID, "--data", "the path is too long");
        }
        (void)snprintf(local->config.data, sizeof local->config.data, "%s", options->data);
    }
    if (status == STATUS_OK) {
        status = local->config.policy[0] != '\0' ? policy_load_file(local->config.policy, &local->policy, error)
                                                 : policy_default(&local->policy, error);
    }
    return status;
}

static enum status open_store(struct local *local, bool writes, struct transport_server *server, struct error *error)
{
    const char *directory = local->config.data;
    struct store_options options = {.directory = directory, .create = writes, .read_only = !writes};
    enum status status = store_open(&local->store, &options, error);
    if (status == STATUS_ABSENT) {
        return error_set(error, STATUS_ABSENT, directory,
                         "there is no data here yet; fill it with `trimodal import` or `trimodal seed golden`, or name another"
                         " directory with --data");
    }
    struct store_owner owner;
    if (status == STATUS_RETRY && writes && store_lock_owner(directory, &owner, NULL) == STATUS_OK) {
        (void)snprintf(server->url, sizeof server->url, "%s", owner.url);
        (void)snprintf(server->directory, sizeof server->directory, "%s", directory);
        return error_set(error, STATUS_RETRY, directory,
                         "process %lld writes to this directory and has not said where it listens; stop it, or name its URL with"
                         " --server", (long long)owner.process);
    }
    return status;
}

static void show_progress(void *context, uint64_t done)
{
    bool *shown = context;
    if (done >= PROGRESS_FROM) {
        (void)fprintf(stderr, "\rreading the log: %llu events", (unsigned long long)done);
        *shown = true;
    }
}

static enum status fill_graph(struct local *local, bool writes, bool progress, struct error *error)
{
    enum status status = store_reader_open(&local->reader, local->store, error);
    if (status == STATUS_OK) {
        status = vault_open(&local->seal, &(struct vault_options){
            .directory = local->config.data, .key_file = local->config.master_key_file, .key_digits = local->config.master_key,
            .read_only = !writes, .clock = &clock_system}, local->reader, error);
    }
    if (status == STATUS_OK) {
        status = graph_new(&local->graph, error);
    }
    if (status == STATUS_OK) {
        bool shown = false;
        status = rebuild_graph(local->graph, local->reader, local->seal, progress ? show_progress : NULL, &shown, error);
        if (shown) {
            (void)fputs("\r\x1b[K", stderr);
        }
    }
    return status;
}

static enum status start_api(struct local *local, bool writes, struct error *error)
{
    uint64_t last_seq = 0;
    int64_t last_observed_at = 0;
    enum status status = store_reader_last(local->reader, &last_seq, &last_observed_at, error);
    if (status == STATUS_OK) {
        status = ingest_new(&local->ingest, &(struct ingest_options){
            .graph = local->graph, .seal = local->seal, .clock = &clock_system, .committer = {local, commit_now},
            .last_seq = last_seq, .last_observed_at = last_observed_at, .reader = local->reader}, error);
    }
    if (status == STATUS_OK) {
        status = api_new(&local->api, &(struct api_options){
            .graph = local->graph, .ingest = local->ingest, .seal = local->seal, .reader = local->reader, .clock = &clock_system,
            .correlate = local->config.correlate, .policy = &local->policy, .read_only = !writes}, error);
    }
    return status;
}

enum status transport_local_open(struct transport **transport, const struct transport_local_options *options,
                                 struct transport_server *server, struct error *error)
{
    *server = (struct transport_server){0};
    struct local *local = memory_new_zeroed(1, sizeof *local);
    if (local == NULL) {
        return error_no_memory(error, "command line");
    }
    local->base.type = &local_type;
    name_actor(local);
    enum status status = configure(local, options, error);
    if (status == STATUS_OK) {
        status = open_store(local, options->writes, server, error);
    }
    if (status == STATUS_OK) {
        status = fill_graph(local, options->writes, options->progress, error);
    }
    if (status == STATUS_OK) {
        status = start_api(local, options->writes, error);
    }
    if (status != STATUS_OK) {
        local_free(&local->base);
        return status;
    }
    *transport = &local->base;
    return STATUS_OK;
}
