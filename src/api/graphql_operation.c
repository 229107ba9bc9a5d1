#include "api/graphql_operation.h"

#include <assert.h>

#include <stdio.h>

#include "api/graphql_private.h"
#include "base/memory.h"
#include "net/net.h"

#define SLICE_NS UINT64_C(3000000) /* of the core thread, in one piece */
#define KIND_COUNT 3

struct graphql_operation {
    struct graphql_service *service;
    struct graphql_operation *previous, *next; /* of all */
    struct graphql_operation *queue_next;
    bool is_queued;
    bool has_ended;   /* while it is being stepped: cancelled from inside */
    bool is_stepping;
    struct query_run *run;
    struct graphql_request *request;
    struct graphql_client client;
    enum query_operation kind;
};

struct graphql_service {
    struct api *api;
    struct query_schema *schema;
    struct query_cache *cache;
    struct graphql_operation *all;
    size_t count;
    struct graphql_operation *queue, *queue_last;
    struct net_task task;
    bool task_is_posted;
    bool is_turning;
    uint64_t ended[KIND_COUNT][GRAPHQL_OUTCOME_COUNT];
    uint64_t refused; /* before a kind was known */
    uint64_t turns;
};

static void turn(void *context);

/* ---- the schema and its plans ---- */

static struct query_limits limits_of(struct query_limits asked)
{
    struct query_limits limits = query_limits_default();
    limits.tokens_max = asked.tokens_max != 0 ? asked.tokens_max : limits.tokens_max;
    limits.depth_max = asked.depth_max != 0 ? asked.depth_max : limits.depth_max;
    limits.aliases_max = asked.aliases_max != 0 ? asked.aliases_max : limits.aliases_max;
    limits.fields_max = asked.fields_max != 0 ? asked.fields_max : limits.fields_max;
    limits.objects_max = asked.objects_max != 0 ? asked.objects_max : limits.objects_max;
    limits.answer_bytes_max = asked.answer_bytes_max != 0 ? asked.answer_bytes_max : limits.answer_bytes_max;
    limits.time_ms_max = asked.time_ms_max != 0 ? asked.time_ms_max : limits.time_ms_max;
    limits.errors_max = asked.errors_max != 0 ? asked.errors_max : limits.errors_max;
    return limits;
}

struct graphql_service *graphql_service(struct api *api, struct error *error)
{
    if (api->graphql != NULL) {
        return api->graphql;
    }
    struct graphql_service *service = memory_new_zeroed(1, sizeof *service);
    if (service == NULL) {
        (void)error_no_memory(error, "graphql");
        return NULL;
    }
    service->api = api;
    service->task = (struct net_task){.run = turn, .context = service};
    enum status status = graphql_schema_new(&service->schema, error);
    if (status == STATUS_OK) {
        status = query_cache_new(&service->cache, &(struct query_cache_options){
            .schema = service->schema, .limits = limits_of(api->options.graphql.limits),
            .plans_max = LIMIT_GRAPHQL_PLANS, .bytes_max = LIMIT_GRAPHQL_PLAN_BYTES}, error);
    }
    if (status != STATUS_OK) {
        graphql_service_free(service);
        return NULL;
    }
    api->graphql = service;
    return service;
}

static void operation_free(struct graphql_operation *operation)
{
    query_run_free(operation->run);
    graphql_request_free(operation->request);
    memory_free(operation);
}

void graphql_service_free(struct graphql_service *service)
{
    if (service == NULL) {
        return;
    }
    graphql_service_stop(service);
    query_cache_free(service->cache);
    query_schema_free(service->schema);
    memory_free(service);
}

void graphql_write_fault(struct buffer *answer, const char *code, const char *message)
{
    struct json_writer json;
    buffer_clear(answer);
    json_write_init(&json, answer, 0);
    json_write_object_begin(&json);
    json_write_key(&json, "errors");
    json_write_array_begin(&json);
    json_write_object_begin(&json);
    json_field_text(&json, "message", message);
    json_write_key(&json, "extensions");
    json_write_object_begin(&json);
    json_field_text(&json, "code", code);
    json_write_object_end(&json);
    json_write_object_end(&json);
    json_write_array_end(&json);
    json_write_object_end(&json);
}

/* May the one who asks learn the schema: by asking for it, or from what error messages suggest. */
static bool may_see_schema(const struct graphql_service *service, const struct principal *principal)
{
    switch (service->api->options.graphql.introspection) {
    case GRAPHQL_INTROSPECTION_ALL:
        return true;
    case GRAPHQL_INTROSPECTION_AUTHENTICATED:
        return principal->known;
    case GRAPHQL_INTROSPECTION_OFF:
        return false;
    }
    return false;
}

enum status graphql_prepare(struct graphql_service *service, const struct graphql_ask *ask, const struct principal *principal,
                            struct query_plan **plan, struct buffer *answer)
{
    bool sees = may_see_schema(service, principal);
    struct error error;
    enum status status = query_prepare(service->cache, &(struct query_request){
        .text = ask->text, .sha256_hex = ask->sha256_hex, .operation_name = ask->operation_name, .introspection = sees,
        .hints = sees}, plan, answer, &error);
    if (status == STATUS_OK) {
        return STATUS_OK;
    }
    service->refused++;
    if (status != STATUS_INVALID) {
        graphql_write_fault(answer, "UNAVAILABLE", error.text);
        return STATUS_FATAL;
    }
    return STATUS_INVALID;
}

void graphql_count(struct graphql_service *service, enum query_operation kind, enum graphql_outcome outcome)
{
    service->ended[kind][outcome]++;
}

/* ---- the queue ---- */

static void enqueue(struct graphql_operation *operation)
{
    struct graphql_service *service = operation->service;
    if (operation->is_queued) {
        return;
    }
    operation->is_queued = true;
    operation->queue_next = NULL;
    if (service->queue == NULL) {
        service->queue = operation;
    } else {
        service->queue_last->queue_next = operation;
    }
    service->queue_last = operation;
}

static struct graphql_operation *dequeue(struct graphql_service *service)
{
    struct graphql_operation *first = service->queue;
    if (first != NULL) {
        service->queue = first->queue_next;
        first->is_queued = false;
    }
    return first;
}

static void leave_queue(struct graphql_operation *operation)
{
    struct graphql_operation **link = &operation->service->queue, *before = NULL;
    while (operation->is_queued && *link != operation) {
        before = *link;
        link = &(*link)->queue_next;
    }
    if (operation->is_queued) {
        *link = operation->queue_next;
        if (operation->service->queue_last == operation) {
            operation->service->queue_last = before;
        }
        operation->is_queued = false;
    }
}

/* What is queued goes on after a look at the network; where there is none (the command line), at once. */
static void go_on(struct graphql_service *service)
{
    struct net *net = service->api->options.net;
    if (service->queue == NULL || service->is_turning || service->task_is_posted) {
        return;
    }
    if (net == NULL) {
        turn(service);
        return;
    }
    service->task_is_posted = true;
    net_post(net, &service->task);
}

/* ---- from begin to end ---- */

static void detach(struct graphql_operation *operation)
{
    struct graphql_service *service = operation->service;
    leave_queue(operation);
    if (operation->previous != NULL) {
        operation->previous->next = operation->next;
    } else {
        service->all = operation->next;
    }
    if (operation->next != NULL) {
        operation->next->previous = operation->previous;
    }
    service->count--;
}

static void count_end(struct graphql_service *service, enum query_operation kind, enum graphql_outcome outcome,
                      uint64_t begun_ns)
{
    service->ended[kind][outcome]++;
    if (outcome != GRAPHQL_CANCELLED) {
        uint64_t now_ns = clock_monotonic_ns(service->api->options.clock);
        metrics_observe(&service->api->metrics, HISTOGRAM_GRAPHQL, (double)(now_ns - begun_ns) / 1e9);
    }
}

static void end(struct graphql_operation *operation, enum graphql_outcome outcome, struct str answer)
{
    detach(operation);
    count_end(operation->service, operation->kind, outcome, operation->client.begun_ns);
    operation->client.done(operation->client.context, outcome, answer);
    operation_free(operation);
}

void graphql_service_stop(struct graphql_service *service)
{
    while (service->all != NULL) {
        end(service->all, GRAPHQL_CANCELLED, STR_NONE);
    }
}

static void end_with_answer(struct graphql_operation *operation)
{
    bool data_present;
    struct str answer = query_run_answer(operation->run, &data_present);
    bool faulty = str_starts_with(answer, STR("{\"errors\"")); /* the engine writes them first */
    end(operation, !data_present ? GRAPHQL_REFUSED : faulty ? GRAPHQL_FAULTY : GRAPHQL_ANSWERED, answer);
}

/* A slice of it. NULL: the operation has ended, and is freed. */
static struct graphql_operation *step(struct graphql_operation *operation, enum query_progress *progress)
{
    operation->is_stepping = true;
    *progress = query_run_step(operation->run);
    operation->is_stepping = false;
    if (operation->has_ended) {
        operation_free(operation);
        return NULL;
    }
    if (*progress == QUERY_DONE) {
        end_with_answer(operation);
        return NULL;
    }
    return operation;
}

static bool is_wanted(const struct graphql_operation *operation)
{
    return operation->client.is_there == NULL || operation->client.is_there(operation->client.context);
}

static void turn(void *context)
{
    struct graphql_service *service = context;
    const struct clock *clock = service->api->options.clock;
    uint64_t begun_ns = clock_monotonic_ns(clock);
    service->task_is_posted = false;
    service->is_turning = true;
    service->turns++;
    bool endless = service->api->options.net == NULL;
    struct graphql_operation *operation = NULL;
    while ((endless || clock_monotonic_ns(clock) - begun_ns < SLICE_NS) && (operation = dequeue(service)) != NULL) {
        enum query_progress progress;
        if (!is_wanted(operation)) {
            end(operation, GRAPHQL_CANCELLED, STR_NONE);
        } else if (step(operation, &progress) != NULL && progress == QUERY_AGAIN) {
            enqueue(operation);
        }
    }
    service->is_turning = false;
    go_on(service);
}

/* A deferred field was answered. */
static void on_ready(void *context, struct query_run *run)
{
    const struct graphql_request *request = context;
    struct graphql_service *service = request->api->graphql;
    struct graphql_operation *operation = service->all;
    while (operation != NULL && operation->run != run) {
        operation = operation->next;
    }
    assert(operation != NULL);
    enqueue(operation);
    go_on(service);
}

static struct graphql_operation *operation_new(struct graphql_service *service, struct query_plan *plan,
                                               struct str variables_json, const struct graphql_client *client)
{
    struct error error;
    struct graphql_operation *operation =
        service->count < LIMIT_GRAPHQL_OPERATIONS ? memory_new_zeroed(1, sizeof *operation) : NULL;
    if (operation == NULL) {
        return NULL;
    }
    operation->service = service;
    operation->client = *client;
    operation->kind = query_plan_operation(plan);
    enum status status = graphql_request_new(&operation->request, service->api, client->asker, &error);
    if (status == STATUS_OK) {
        status = query_run_new(&operation->run, &(struct query_run_options){
            .plan = plan, .variables_json = variables_json, .context = operation->request,
            .clock = service->api->options.clock, .may = graphql_may, .show = graphql_show, .on_ready = on_ready}, &error);
    }
    if (status != STATUS_OK) {
        operation_free(operation);
        return NULL;
    }
    operation->next = service->all;
    if (service->all != NULL) {
        service->all->previous = operation;
    }
    service->all = operation;
    service->count++;
    return operation;
}

struct graphql_operation *graphql_operation_begin(struct graphql_service *service, struct query_plan *plan,
                                                  struct str variables_json, const struct graphql_client *client)
{
    struct graphql_operation *operation = operation_new(service, plan, variables_json, client);
    if (operation == NULL) {
        static const char answer[] = "{\"errors\":[{\"message\":\"The server has too much to do, or too little memory; try again "
                                     "in a moment.\",\"extensions\":{\"code\":\"UNAVAILABLE\"}}]}";
        count_end(service, query_plan_operation(plan), GRAPHQL_UNAVAILABLE, client->begun_ns);
        client->done(client->context, GRAPHQL_UNAVAILABLE, (struct str){answer, sizeof answer - 1});
        return NULL;
    }
    const struct clock *clock = service->api->options.clock;
    bool endless = service->api->options.net == NULL;
    uint64_t begun_ns = clock_monotonic_ns(clock);
    enum query_progress progress;
    do {
        operation = step(operation, &progress);
    } while (operation != NULL && progress == QUERY_AGAIN && (endless || clock_monotonic_ns(clock) - begun_ns < SLICE_NS));
    if (operation != NULL && progress == QUERY_AGAIN) {
        enqueue(operation);
        go_on(service);
    }
    return operation;
}

void graphql_operation_cancel(struct graphql_operation *operation)
{
    detach(operation);
    count_end(operation->service, operation->kind, GRAPHQL_CANCELLED, operation->client.begun_ns);
    if (operation->is_stepping) {
        operation->has_ended = true; /* freed by who steps it */
        return;
    }
    operation_free(operation);
}

/* ---- metrics ---- */

void graphql_metrics(const struct graphql_service *service, struct buffer *text)
{
    static const char *const kinds[KIND_COUNT] = {"query", "mutation", "subscription"};
    static const char *const outcomes[GRAPHQL_OUTCOME_COUNT] = {"answered", "faulty", "refused", "unavailable", "cancelled"};
    char labels[96];
    if (service == NULL) {
        return;
    }
    metric_head(text, "trimodal_graphql_operations_total", "counter",
                "Operations by kind and by what became of them: faulty ones have errors beside their data, refused ones were "
                "not run.");
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        for (int outcome = 0; outcome < GRAPHQL_OUTCOME_COUNT; outcome++) {
            (void)snprintf(labels, sizeof labels, "kind=\"%s\",outcome=\"%s\"", kinds[kind], outcomes[outcome]);
            metric_line(text, "trimodal_graphql_operations_total", labels, (double)service->ended[kind][outcome]);
        }
    }
    metric_line(text, "trimodal_graphql_operations_total", "kind=\"unknown\",outcome=\"refused\"", (double)service->refused);
    metric_head(text, "trimodal_graphql_running", "gauge", "Operations that have begun and not ended.");
    metric_line(text, "trimodal_graphql_running", NULL, (double)service->count);
    metric_head(text, "trimodal_graphql_turns_total", "counter", "Slices of long operations, after a look at the network.");
    metric_line(text, "trimodal_graphql_turns_total", NULL, (double)service->turns);
    struct query_cache_statistics cache;
    query_cache_statistics(service->cache, &cache);
    metric_head(text, "trimodal_graphql_plans_total", "counter", "What became of the search for a plan.");
    metric_line(text, "trimodal_graphql_plans_total", "result=\"hit\"", (double)cache.hits);
    metric_line(text, "trimodal_graphql_plans_total", "result=\"miss\"", (double)cache.misses);
    metric_line(text, "trimodal_graphql_plans_total", "result=\"evicted\"", (double)cache.evictions);
    metric_line(text, "trimodal_graphql_plans_total", "result=\"refused\"", (double)cache.refused);
    metric_head(text, "trimodal_graphql_plans", "gauge", "Plans that are kept.");
    metric_line(text, "trimodal_graphql_plans", NULL, (double)cache.plans);
    metric_head(text, "trimodal_graphql_plan_bytes", "gauge", "Their bytes.");
    metric_line(text, "trimodal_graphql_plan_bytes", NULL, (double)cache.bytes);
}
