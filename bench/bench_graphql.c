/* What GraphQL answers cost: best and median of many runs, in ms, beside the view and the lens they are made of, worked out
 * in the same process. No network: from the text of a query that is known already to the bytes of its answer.
 *
 * Usage: bench_graphql. 100 and 1000 tasks, each with two dependencies. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/graphql.h"
#include "base/limits.h"
/* Each bench is built from one file (bench/meson.build). */
#include "../tests/unit/view_builder.c"

#define RUNS 201
#define NOW INT64_C(1790000100000)

static void expect(bool ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "bench_graphql: %s failed\n", what);
        exit(1);
    }
}

static int64_t now_ms(void *context)
{
    (void)context;
    return NOW;
}

static uint64_t monotonic_ns(void *context)
{
    (void)context;
    return clock_monotonic_ns(&clock_system);
}

static void no_random(void *context, void *bytes, size_t length)
{
    (void)context;
    memset(bytes, 1, length);
}

static const struct clock bench_clock = {NULL, now_ms, monotonic_ns, no_random};

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void tell_tasks(struct view_builder *builder, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        char node[16];
        snprintf(node, sizeof node, "t%04u", i);
        view_builder_sayf(builder, "TASK_CREATED", i, node, "'metadata':{'name':'Task number %u','depends_on':'t%04u,t%04u'}", i,
                          i == 0 ? 9999 : i / 2, i < 3 ? 9999 : i / 3);
        view_builder_say(builder, "TASK_STARTED", 1000 + i, node, "");
        view_builder_say(builder, i % 40 == 39 ? "TASK_FAILED" : "TASK_COMPLETED", 2000 + i, node, "");
    }
}

static bool may(void *context, uint32_t permission)
{
    return graphql_may(context, permission);
}

static size_t answer_once(struct api *api, struct query_cache *cache, const struct query_request *request)
{
    struct graphql_request *asked;
    struct query_plan *plan;
    struct query_run *run;
    struct buffer refused;
    char variables[66] = "{}";
    bool has_data;
    struct graphql_asker asker = {.principal = principal_of(ROLE_ADMIN, STR_NONE, STR("bench")), .tenant_id = STR("default")};
    buffer_init(&refused, MIB);
    expect(graphql_request_new(&asked, api, &asker, NULL) == STATUS_OK, "the request");
    expect(query_prepare(cache, request, &plan, &refused, NULL) == STATUS_OK, "the query");
    struct query_run_options options = {
        .plan = plan, .variables_json = {variables, 2}, .context = asked, .clock = &bench_clock, .may = may};
    expect(query_run_new(&run, &options, NULL) == STATUS_OK, "the run");
    while (query_run_step(run) != QUERY_DONE) {
    }
    struct str answer = query_run_answer(run, &has_data);
    if (!has_data || str_starts_with(answer, STR("{\"errors\""))) {
        fprintf(stderr, "%.*s\n", STR_ARGS(answer));
        exit(1);
    }
    size_t length = answer.length;
    query_run_free(run);
    query_plan_release(plan);
    graphql_request_free(asked);
    buffer_release(&refused);
    return length;
}

static void bench_query(const char *name, struct api *api, struct query_cache *cache, const char *text)
{
    static double times[RUNS];
    size_t bytes = 0;
    struct query_request request = {.text = str_from(text)};
    for (int i = 0; i < RUNS; i++) {
        uint64_t start = clock_monotonic_ns(&clock_system);
        bytes = answer_once(api, cache, &request);
        times[i] = (double)(clock_monotonic_ns(&clock_system) - start) / 1e6;
    }
    double first = times[0];
    qsort(times, RUNS, sizeof *times, by_value);
    printf("%-52s best %7.3f  median %7.3f  P95 %7.3f  first %7.3f ms  %7zu bytes\n", name, times[0], times[RUNS / 2],
           times[RUNS * 95 / 100], first, bytes);
}

static void bench_size(uint32_t tasks)
{
    struct view_builder builder;
    struct ingest *ingest;
    struct api *api;
    struct policy policy;
    struct query_schema *schema;
    struct query_cache *cache;
    char title[64];
    view_builder_init(&builder);
    tell_tasks(&builder, tasks);
    struct ingest_options ingest_options = {.graph = builder.graph, .clock = &bench_clock,
                                            .last_seq = graph_position(builder.graph),
                                            .last_observed_at = graph_observed_at(builder.graph)};
    expect(ingest_new(&ingest, &ingest_options, NULL) == STATUS_OK && policy_default(&policy, NULL) == STATUS_OK, "the pipeline");
    struct api_options options = {.graph = builder.graph, .ingest = ingest, .clock = &bench_clock,
                                  .correlate = correlate_config_default(), .policy = &policy};
    expect(api_new(&api, &options, NULL) == STATUS_OK, "the interface");
    struct query_cache_options cache_options = {.limits = query_limits_default(), .plans_max = 16, .bytes_max = 64 * MIB};
    expect(graphql_schema_new(&schema, NULL) == STATUS_OK, "the schema");
    cache_options.schema = schema;
    expect(query_cache_new(&cache, &cache_options, NULL) == STATUS_OK, "the cache");
    printf("%u tasks\n", tasks);
    snprintf(title, sizeof title, "  12 fields a node, and links");
    bench_query(title, api, cache,
                "{ getDDEGraph(iterationId: \"it\") { nodes { id nodeId kind name status version validFrom updatedAt observedAt seq "
                "x y } edges { source target kind confidence method } meta { position } } }");
    bench_query("  the same as of a moment ago", api, cache,
                "{ getDDEGraph(iterationId: \"it\", asOf: \"2026-09-21T14:14:00Z\") { nodes { id nodeId kind name status version "
                "validFrom updatedAt observedAt seq x y } edges { source target kind confidence method } meta { position } } }");
    bench_query("  12 fields of the lens a task", api, cache,
                "{ getDDEGraph(iterationId: \"it\") { tasks { id name status startedAt endedAt durationMs retryCount nextRetryAt "
                "errorMessage dependsOnCount onCriticalPath taskType } kpis { tasks taskSuccessRate } } }");
    bench_query("  verdict", api, cache,
                "{ getTriModalVerdict(iterationId: \"it\") { verdict deployable conditions { metric value pass } issues { sentence } } }");
    query_cache_free(cache);
    query_schema_free(schema);
    api_free(api);
    ingest_free(ingest);
    view_builder_release(&builder);
}

int main(void)
{
    bench_size(100);
    bench_size(1000);
    return 0;
}
