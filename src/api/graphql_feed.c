#include "api/graphql_feed.h"

#include "api/api_private.h"
#include "api/graphql_operation.h"
#include "base/json_rewrite.h"
#include "base/memory.h"
#include "base/sha256.h"

#define TOPIC_BYTES_MAX (4 * MIB)

/* What a topic writes its updates with. */
struct topic {
    struct api *api;
    struct query_plan *plan;
    struct arena arena; /* of the texts of the asker, and the variables */
    struct graphql_asker asker;
    struct str variables_json;
    struct graphql_request *request; /* holds the texts of `watched` */
    struct graphql_subscription watched;
};

struct graphql_feed {
    struct live *live;
    struct live_subscriber *subscriber;
    struct graphql_feed_reader reader;
};

/* ---- topics ---- */

static void topic_free(void *context)
{
    struct topic *topic = context;
    graphql_request_free(topic->request);
    query_plan_release(topic->plan);
    arena_release(&topic->arena);
    memory_free(topic);
}

static bool copy_variables(struct topic *topic, struct str variables_json)
{
    if (variables_json.at == NULL) {
        return true;
    }
    char *copy = arena_new(&topic->arena, variables_json.length + JSON_READ_PADDING);
    if (copy == NULL) {
        return false;
    }
    memcpy(copy, variables_json.at, variables_json.length);
    memset(copy + variables_json.length, 0, JSON_READ_PADDING);
    topic->variables_json = (struct str){copy, variables_json.length};
    return true;
}

static struct topic *topic_new(struct api *api, struct query_plan *plan, struct str variables_json,
                               const struct graphql_asker *asker)
{
    struct topic *topic = memory_new_zeroed(1, sizeof *topic);
    if (topic == NULL) {
        return NULL;
    }
    topic->api = api;
    topic->plan = query_plan_reference(plan);
    arena_init(&topic->arena, TOPIC_BYTES_MAX);
    topic->asker = *asker;
    struct error error;
    if (!principal_copy(&asker->principal, &topic->arena, &topic->asker.principal) ||
        !arena_copy(&topic->arena, asker->tenant_id, &topic->asker.tenant_id) ||
        !arena_copy(&topic->arena, asker->address, &topic->asker.address) || !copy_variables(topic, variables_json) ||
        graphql_request_new(&topic->request, api, &topic->asker, &error) != STATUS_OK) {
        topic_free(topic);
        return NULL;
    }
    return topic;
}

static enum status run_new(struct query_run **run, const struct topic *topic, struct graphql_request *request,
                           const struct query_value *root, struct error *error)
{
    return query_run_new(run, &(struct query_run_options){.plan = topic->plan, .variables_json = topic->variables_json,
        .context = request, .clock = topic->api->options.clock, .may = graphql_may, .show = graphql_show, .root = root,
        .pace = QUERY_AT_ONCE}, error);
}

/* One update, executed. */
static bool format(void *context, const struct live_update *update, struct buffer *payload)
{
    const struct topic *topic = context;
    struct graphql_request *request = NULL;
    struct query_run *run = NULL;
    struct query_value root;
    struct error error;
    bool says_something = false;
    if (graphql_request_new(&request, topic->api, &topic->asker, &error) != STATUS_OK) {
        graphql_write_fault(payload, "UNAVAILABLE", error.text);
        return true;
    }
    if (graphql_update_value(request, &topic->watched, update, &root)) {
        says_something = true;
        if (run_new(&run, topic, request, &root, &error) != STATUS_OK) {
            graphql_write_fault(payload, "UNAVAILABLE", error.text);
        } else {
            while (query_run_step(run) == QUERY_AGAIN) {
            }
            buffer_append_str(payload, query_run_answer(run, NULL));
        }
    }
    query_run_free(run);
    graphql_request_free(request);
    return says_something;
}

static void add_text(struct sha256 *hash, struct str text)
{
    uint64_t length = text.length;
    sha256_add(hash, &length, sizeof length);
    sha256_add(hash, text.at != NULL ? text.at : "", text.length);
}

/* All variables but `left_out`, as they came. */
static bool add_variables(struct sha256 *hash, const struct topic *topic, struct str left_out)
{
    struct json root;
    struct buffer text;
    struct json_writer json;
    if (left_out.at == NULL || topic->variables_json.at == NULL ||
        json_parse(topic->api->parser, topic->variables_json, &root, NULL) != STATUS_OK || json_type(root) != JSON_OBJECT) {
        add_text(hash, topic->variables_json);
        return true;
    }
    buffer_init(&text, TOPIC_BYTES_MAX);
    json_write_init(&json, &text, 0);
    json_write_object_begin(&json);
    for (struct json_iterator i = json_begin(root); json_next(&i);) {
        if (!str_equal(i.key, left_out)) {
            json_write_key_str(&json, i.key);
            json_rewrite(i.value, &json);
        }
    }
    json_write_object_end(&json);
    bool fine = !buffer_failed(&text);
    add_text(hash, fine ? buffer_str(&text) : STR(""));
    buffer_release(&text);
    return fine;
}

/* Who asks the same from different points is told the same once all are in step: `since` is no part of it. */
static bool topic_name(const struct topic *topic, uint8_t name[SHA256_SIZE])
{
    const struct principal *principal = &topic->asker.principal;
    struct sha256 *hash = sha256_new();
    struct str since;
    if (hash == NULL) {
        return false;
    }
    sha256_begin(hash);
    if (!query_plan_identify(topic->plan, "since", hash, &since) || !add_variables(hash, topic, since)) {
        sha256_free(hash);
        return false;
    }
    add_text(hash, topic->asker.tenant_id);
    add_text(hash, principal->tenant_id);
    const uint32_t rights[] = {principal->permissions, principal->all_tenants, topic->asker.all_tenants};
    sha256_add(hash, rights, sizeof rights);
    sha256_end(hash, name);
    sha256_free(hash);
    return true;
}

/* ---- readers ---- */

static void send_payload(void *context, struct live_payload *payload)
{
    const struct graphql_feed *feed = context;
    feed->reader.next(feed->reader.context, payload->text);
}

static size_t backlog(void *context)
{
    const struct graphql_feed *feed = context;
    return feed->reader.backlog(feed->reader.context);
}

static void cut(void *context, const char *reason)
{
    struct graphql_feed *feed = context;
    feed->subscriber = NULL;
    feed->reader.cut(feed->reader.context, reason);
}

/* Reads what is watched from the root field's arguments. */
static enum status read_root(struct topic *topic, struct buffer *answer)
{
    if (!graphql_may(topic->request, PERMISSION_ITERATION_READ)) { /* else each update would be an error */
        graphql_write_fault(answer, "FORBIDDEN", "To watch needs the permission to read iterations.");
        return STATUS_INVALID;
    }
    struct query_run *run = NULL;
    struct query_call *call;
    struct str field;
    struct error error;
    enum status status = run_new(&run, topic, topic->request, NULL, &error);
    if (status == STATUS_OK) {
        status = query_run_root(run, &field, &call, &error);
        if (status == STATUS_INVALID) {
            buffer_clear(answer);
            buffer_append_str(answer, query_run_answer(run, NULL));
            query_run_free(run);
            return STATUS_INVALID;
        }
    }
    if (status == STATUS_OK) {
        status = graphql_subscribe(topic->request, call, field, &topic->watched, &error);
    }
    query_run_free(run);
    if (status != STATUS_OK) {
        graphql_write_fault(answer, status == STATUS_INVALID ? "BAD_USER_INPUT" : "UNAVAILABLE", error.text);
    }
    return status;
}

enum status graphql_feed_new(struct graphql_feed **out, struct api *api, struct query_plan *plan, struct str variables_json,
                             const struct graphql_asker *asker, const struct graphql_feed_reader *reader,
                             struct buffer *answer)
{
    uint8_t name[SHA256_SIZE];
    struct graphql_feed *feed = memory_new_zeroed(1, sizeof *feed);
    struct topic *topic = topic_new(api, plan, variables_json, asker);
    if (feed == NULL || topic == NULL || !topic_name(topic, name)) {
        memory_free(feed);
        if (topic != NULL) {
            topic_free(topic);
        }
        graphql_write_fault(answer, "UNAVAILABLE", "The server is out of memory; try again in a moment.");
        return STATUS_FATAL;
    }
    enum status status = read_root(topic, answer);
    if (status != STATUS_OK) {
        memory_free(feed);
        topic_free(topic);
        return status;
    }
    *feed = (struct graphql_feed){.live = api->live, .reader = *reader};
    struct error error;
    status = live_subscribe(feed->live, &(struct live_subscription){
        .tenant_id = topic->watched.tenant_id, .iteration_id = topic->watched.iteration_id,
        .topic = {(const char *)name, sizeof name}, .since = topic->watched.since,
        .format = {.format = format, .free = topic_free, .context = topic},
        .reader = {.context = feed, .send = send_payload, .backlog = backlog, .cut = cut}}, &feed->subscriber, &error);
    if (status != STATUS_OK) {
        memory_free(feed);
        graphql_write_fault(answer, "UNAVAILABLE", error.text);
        return status;
    }
    *out = feed;
    return STATUS_OK;
}

void graphql_feed_free(struct graphql_feed *feed)
{
    if (feed != NULL && feed->subscriber != NULL) {
        live_unsubscribe(feed->live, feed->subscriber);
    }
    memory_free(feed);
}
