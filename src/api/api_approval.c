#include "api/api_approval.h"

static void count(struct approval *approval, const struct iteration_verdict *verdict)
{
    if (verdict->kind == VERDICT_PENDING) {
        approval->pending++;
        return;
    }
    approval->decided++;
    approval->deployable += verdict->deployable;
}

struct approval approval_read(struct exchange *exchange, struct clocks clocks, bool all_tenants)
{
    struct api *api = exchange->api;
    const struct graph *graph = api->options.graph;
    struct approval approval = {0};
    uint32_t total = graph_iteration_count(graph), stopped_at = total;
    uint64_t until = clock_monotonic_ns(api->options.clock) + (uint64_t)LIMIT_APPROVAL_MS * 1000000;
    uint32_t first = api->approval_next < total ? api->approval_next : 0;
    uint64_t facts = 0; /* of what was worked out anew */
    for (uint32_t i = 0; i < total; i++) {
        uint32_t number = (first + i) % total;
        struct graph_iteration iteration = graph_iteration(graph, number);
        struct iteration_verdict verdict;
        struct error error;
        if (!all_tenants && !lists_tenant(exchange, iteration.tenant_id)) {
            continue;
        }
        bool there = verdict_is_kept(api, number, &iteration, clocks, &verdict);
        bool is_little = facts + iteration.fact_count <= LIMIT_APPROVAL_FACTS;
        if (!there && !is_little && stopped_at == total && clock_monotonic_ns(api->options.clock) >= until) {
            stopped_at = number;
        }
        if (!there && stopped_at != total) {
            approval.unread++;
            continue;
        }
        facts += there ? 0 : iteration.fact_count;
        enum status status =
            there ? STATUS_OK : verdict_of_iteration(api, number, &iteration, clocks, &verdict, &error);
        if (status == STATUS_OK) {
            count(&approval, &verdict);
        } else if (status != STATUS_ABSENT) { /* nothing was there then: no iteration */
            approval.unread++;
        }
    }
    api->approval_next = stopped_at;
    return approval;
}

struct measure approval_rate(const struct approval *approval)
{
    return measure_ratio(approval->deployable, approval->decided);
}

void approval_write(struct json_writer *json, const struct approval *approval)
{
    struct measure rate = approval_rate(approval);
    json_write_key(json, "approval");
    json_write_object_begin(json);
    write_measure(json, "rate", rate);
    json_field_i64(json, "decided", approval->decided);
    json_field_i64(json, "deployable", approval->deployable);
    json_field_i64(json, "pending", approval->pending);
    json_field_i64(json, "unread", approval->unread);
    json_field_bool(json, "partial", approval->unread > 0);
    json_field_double(json, "target", APPROVAL_TARGET);
    json_field_double(json, "threshold", APPROVAL_THRESHOLD);
    json_write_key(json, "pass");
    if (rate.known) {
        json_write_bool(json, rate.value >= APPROVAL_THRESHOLD);
    } else {
        json_write_null(json);
    }
    json_write_object_end(json);
}
