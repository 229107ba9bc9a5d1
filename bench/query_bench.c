/* What a field of a GraphQL answer costs when its resolver costs nothing: a page of 1000 nodes with 12 fields each, as the
 * dashboard asks for it. Measured in the same run: finding the plan again, and making it anew. The limit in the same run:
 * memcpy of the answer. Prints a table; asserts nothing about time. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "query/query.h"

#define NODES 1000
#define FIELDS 12
#define ROUNDS 300

static const char sdl[] =
    "\"A moment.\" scalar DateTime \"64 bits.\" scalar Long\n"
    "\"What is asked.\" type Query { \"Nodes.\" nodes(\"How many.\" first: Int = 10): Page! }\n"
    "\"Some.\" type Page { \"Them.\" nodes: [Node!]! \"How many.\" totalCount: Int! }\n"
    "\"How it is.\" enum Status { \"Good.\" PASSED \"Bad.\" FAILED \"Not yet.\" PENDING }\n"
    "\"Anything.\" interface Named { \"Its name.\" id: ID! }\n"
    "\"Who.\" type Owner implements Named { \"Name.\" id: ID! \"Full.\" name: String }\n"
    "\"A thing.\" type Node implements Named {\n"
    "\"Its name.\" id: ID! \"Shown.\" title: String! \"How it is.\" status: Status! \"When.\" observedAt: DateTime\n"
    "\"Where.\" seq: Long! \"How much.\" weight: Float \"How often.\" count: Int! \"Is it.\" critical: Boolean!\n"
    "\"Why.\" reason: String \"Of whom.\" owner: Owner \"Words.\" tags: [String!]! \"Before.\" parent: Named }\n";

static const char text[] = "query Page($first: Int) { nodes(first: $first) { totalCount nodes { id title status observedAt "
                           "seq weight count critical reason "
                           "owner { id } tags parent { __typename id } } } }";

static void need(enum status status, const struct error *error)
{
    if (status != STATUS_OK) {
        (void)fprintf(stderr, "query_bench: %s: %s\n", error->place, error->text);
        exit(1);
    }
}

static void give_text(struct query_value *value, struct str given)
{
    value->kind = QUERY_TEXT;
    value->text = given;
}

static void give_integer(struct query_value *value, int64_t given)
{
    value->kind = QUERY_INTEGER;
    value->integer = given;
}

static void resolve_nodes(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)object;
    value->kind = QUERY_OBJECT;
    value->object = (struct query_object){.number = (uint64_t)query_argument(call, "first")->integer};
}

static void give_node(struct query_call *call, const void *at, size_t index, struct query_value *value)
{
    (void)call;
    value->kind = QUERY_OBJECT;
    value->object = (struct query_object){at, index, NULL};
}

static void resolve_list(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)call;
    value->kind = QUERY_LIST;
    value->list = (struct query_list){object.number, NULL, give_node};
}

static void resolve_count(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)call;
    give_integer(value, (int64_t)object.number);
}

static void resolve_id(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)call;
    static const struct str ids[] = {{"task-checkout-17", 16}, {"task-payment-4", 14}};
    give_text(value, ids[object.number & 1]);
}

static void resolve_title(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)call;
    (void)object;
    give_text(value, STR("Build the checkout and see that it holds"));
}

static void resolve_status(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)call;
    static const struct str names[] = {{"PASSED", 6}, {"FAILED", 6}, {"PENDING", 7}};
    give_text(value, names[object.number % 3]);
}

static void resolve_time(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)call;
    give_integer(value, INT64_C(1763719980000) + (int64_t)object.number * 977);
}

static void resolve_seq(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)call;
    give_integer(value, INT64_C(7000000000) + (int64_t)object.number);
}

static void resolve_weight(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)call;
    value->kind = QUERY_REAL;
    value->real = (double)object.number / 8.0;
}

static void resolve_critical(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)call;
    value->kind = QUERY_BOOLEAN;
    value->boolean = (object.number & 1) != 0;
}

static void resolve_null(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)call;
    (void)object;
    (void)value;
}

static void resolve_owner(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)call;
    value->kind = QUERY_OBJECT;
    value->object = (struct query_object){.number = object.number, .type = "Owner"};
}

static void give_tag(struct query_call *call, const void *at, size_t index, struct query_value *value)
{
    (void)call;
    const struct str *tags = at;
    give_text(value, tags[index]);
}

static void resolve_tags(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)call;
    static const struct str tags[] = {{"shop", 4}, {"backend", 7}};
    value->kind = QUERY_LIST;
    value->list = (struct query_list){object.number & 1 ? 2 : 1, tags, give_tag};
}

static const struct query_binding bindings[] = {
    {"Query", "nodes", resolve_nodes, 0},      {"Page", "nodes", resolve_list, 0},
    {"Page", "totalCount", resolve_count, 0},  {"Node", "id", resolve_id, 0},
    {"Node", "title", resolve_title, 0},       {"Node", "status", resolve_status, 0},
    {"Node", "observedAt", resolve_time, 0},   {"Node", "seq", resolve_seq, 0},
    {"Node", "weight", resolve_weight, 0},     {"Node", "count", resolve_count, 0},
    {"Node", "critical", resolve_critical, 0}, {"Node", "reason", resolve_null, 0},
    {"Node", "owner", resolve_owner, 0},       {"Node", "tags", resolve_tags, 0},
    {"Node", "parent", resolve_owner, 0},      {"Owner", "id", resolve_id, 0},
    {"Owner", "name", resolve_title, 0},
};

struct bench {
    struct query_cache *cache;
    struct buffer answer;
    char *copy;
    size_t bytes;
    uint64_t sink;
};

static struct query_plan *prepare(struct bench *bench, struct str query)
{
    struct error error;
    struct query_plan *plan = NULL;
    const struct query_request request = {.text = query};
    enum status status = query_prepare(bench->cache, &request, &plan, &bench->answer, &error);
    need(status, &error);
    return plan;
}

static void run_found(struct bench *bench)
{
    query_plan_release(prepare(bench, STR(text)));
}

static void run_made(struct bench *bench)
{
    static unsigned number;
    char other[sizeof text + 32];
    int length = snprintf(other, sizeof other, "%s#%u", text, number++);
    query_plan_release(prepare(bench, (struct str){other, (size_t)length}));
}

static void run_query(struct bench *bench)
{
    static const char variables[64 + 64] = "{\"first\":1000}";
    struct error error;
    struct query_plan *plan = prepare(bench, STR(text));
    struct query_run *run = NULL;
    const struct query_run_options options = {.plan = plan, .variables_json = str_from(variables), .clock = &clock_system};
    need(query_run_new(&run, &options, &error), &error);
    while (query_run_step(run) == QUERY_AGAIN) {
    }
    struct str answer = query_run_answer(run, NULL);
    bench->bytes = answer.length;
    bench->sink += (unsigned char)answer.at[answer.length / 2];
    if (bench->copy == NULL) {
        bench->copy = memory_new(answer.length);
        if (bench->copy == NULL) {
            exit(1);
        }
    }
    query_run_free(run);
    query_plan_release(plan);
}

static void run_memcpy(struct bench *bench)
{
    static char from[1 << 20];
    memcpy(bench->copy, from, bench->bytes < sizeof from ? bench->bytes : sizeof from);
    bench->sink += (unsigned char)bench->copy[bench->bytes / 2];
}

static double measure(struct bench *bench, const char *name, double per, const char *unit, void (*run)(struct bench *))
{
    double best = 1e18;
    for (int part = 0; part < 5; part++) {
        uint64_t begin = clock_monotonic_ns(&clock_system);
        for (int round = 0; round < ROUNDS; round++) {
            run(bench);
        }
        double ns = (double)(clock_monotonic_ns(&clock_system) - begin) / ROUNDS;
        best = ns < best ? ns : best;
    }
    printf("%-52s %10.1f us %8.1f ns/%s\n", name, best / 1e3, best / per, unit);
    return best;
}

int main(void)
{
    static struct bench bench;
    struct error error;
    struct query_schema *schema = NULL;
    need(query_schema_new(&schema, STR(sdl), bindings, sizeof bindings / sizeof bindings[0], &error), &error);
    const struct query_cache_options options = {schema, query_limits_default(), 64, 64 << 20};
    need(query_cache_new(&bench.cache, &options, &error), &error);
    buffer_init(&bench.answer, 1 << 20);
    (void)measure(&bench, "a page of 1000 nodes, 12 fields each", (double)NODES * FIELDS, "field", run_query);
    (void)measure(&bench, "memcpy of its answer", (double)NODES * FIELDS, "field", run_memcpy);
    (void)measure(&bench, "the plan, found again", 1, "plan", run_found);
    (void)measure(&bench, "the plan, parsed, checked and made", 1, "plan", run_made);
    printf("answer: %zu bytes (%llu)\n", bench.bytes, (unsigned long long)(bench.sink & 1));
    query_cache_free(bench.cache);
    query_schema_free(schema);
    buffer_release(&bench.answer);
    memory_free(bench.copy);
    return 0;
}
