/* Live updates (live/live.h) over this interface's graph, rules and policy. */
#include "api/api_private.h"

static enum status view_of(void *context, struct str tenant_id, struct str iteration_id, int64_t valid_at,
                           uint32_t known_facts, struct arena *arena, struct graph_view **view, struct error *error)
{
    const struct api *api = context;
    enum status status = graph_view_open_known(api->options.graph, tenant_id, iteration_id, valid_at, known_facts, arena, view,
                                               error);
    return status != STATUS_OK ? status : correlate_view(*view, &api->options.correlate, error);
}

static enum status verdict_of(void *context, const struct graph_view *view, struct arena *arena, struct verdict *verdict,
                              struct error *error)
{
    const struct api *api = context;
    return verdict_read_summary(view, api->options.policy, arena, verdict, error);
}

static void wake(void *context, uint64_t delay_ms)
{
    const struct api *api = context;
    api->options.host.wake(api->options.host.context, delay_ms);
}

static void pushed(void *context, uint64_t duration_ns)
{
    struct api *api = context;
    metrics_observe(&api->metrics, HISTOGRAM_PUSH, (double)duration_ns / 1e9);
}

enum status live_open(struct api *api, struct error *error)
{
    if (api->options.host.wake == NULL) {
        return STATUS_OK;
    }
    return live_new(&api->live, &(struct live_options){
        .graph = api->options.graph, .clock = api->options.clock,
        .host = {.context = api, .view = view_of, .verdict = verdict_of, .wake = wake, .pushed = pushed}}, error);
}

void api_live_applied(struct api *api, uint32_t first_fact, uint32_t last_fact)
{
    if (api->live != NULL) {
        live_applied(api->live, first_fact, last_fact);
    }
}

void api_live_turn(struct api *api)
{
    if (api->live != NULL) {
        live_turn(api->live);
    }
}

void write_live_metrics(const struct api *api, struct buffer *text)
{
    if (api->live == NULL) {
        return;
    }
    struct live_statistics live;
    live_statistics(api->live, &live);
    metric_head(text, "trimodal_live_subscribers", "gauge", "Who watches, by whether they keep up.");
    metric_line(text, "trimodal_live_subscribers", "state=\"in_step\"", (double)(live.subscribers - live.late));
    metric_line(text, "trimodal_live_subscribers", "state=\"late\"", (double)live.late);
    metric_head(text, "trimodal_live_watched", "gauge", "What is watched.");
    metric_line(text, "trimodal_live_watched", "item=\"iteration\"", (double)live.iterations);
    metric_line(text, "trimodal_live_watched", "item=\"topic\"", (double)live.topics);
    metric_head(text, "trimodal_live_kept_bytes", "gauge", "Views kept for the next comparison.");
    metric_line(text, "trimodal_live_kept_bytes", NULL, (double)live.kept_bytes);
    metric_head(text, "trimodal_live_updates_total", "counter", "Updates, by what became of them.");
    metric_line(text, "trimodal_live_updates_total", "step=\"formatted\"", (double)live.updates_formatted);
    metric_line(text, "trimodal_live_updates_total", "step=\"sent\"", (double)live.updates_sent);
    metric_line(text, "trimodal_live_updates_total", "step=\"coalesced\"", (double)live.coalesced);
    metric_line(text, "trimodal_live_updates_total", "step=\"read_afresh\"", (double)live.resets);
    metric_head(text, "trimodal_live_cut_total", "counter", "Readers cut for reading too slowly.");
    metric_line(text, "trimodal_live_cut_total", NULL, (double)live.cut);
    metric_head(text, "trimodal_live_failures_total", "counter", "Updates put off for want of memory.");
    metric_line(text, "trimodal_live_failures_total", NULL, (double)live.failures);
    metric_head(text, "trimodal_live_looks_total", "counter", "Comparisons of what is with what was told.");
    metric_line(text, "trimodal_live_looks_total", NULL, (double)live.looks);
    metric_head(text, "trimodal_live_look_seconds_total", "counter", "Time spent in them.");
    metric_line(text, "trimodal_live_look_seconds_total", NULL, (double)live.look_ns_total / 1e9);
    metric_head(text, "trimodal_live_look_seconds_max", "gauge", "Longest of them.");
    metric_line(text, "trimodal_live_look_seconds_max", NULL, (double)live.look_ns_max / 1e9);
}
