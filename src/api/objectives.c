#include "api/objectives.h"

#include <assert.h>
#include <stdio.h>

static const struct {
    const char *name;
    double share;
    enum metric_histogram histogram; /* HISTOGRAM_COUNT: counted by class of status */
    double threshold_seconds;
} objectives[OBJECTIVE_COUNT] = {
    [OBJECTIVE_EVENTS_VISIBLE] = {"EVENTS_VISIBLE", 0.99, HISTOGRAM_ICS_PROCESSING, 0.01},
    [OBJECTIVE_UPDATES_PUSHED] = {"UPDATES_PUSHED", 0.99, HISTOGRAM_PUSH, 0.02},
    [OBJECTIVE_GRAPHQL] = {"GRAPHQL", 0.95, HISTOGRAM_GRAPHQL, 0.005},
    [OBJECTIVE_TIME_TRAVEL] = {"TIME_TRAVEL", 0.95, HISTOGRAM_TIME_TRAVEL, 0.01},
    [OBJECTIVE_AVAILABILITY] = {"AVAILABILITY", 0.999, HISTOGRAM_COUNT, 0},
};

static void count_answers(const struct metrics *metrics, struct objective_state *state)
{
    for (int i = 1; i < 6; i++) {
        state->total += metrics->requests_by_class[i];
    }
    state->good = state->total - metrics->requests_by_class[5];
}

struct objective_state objective_read(const struct metrics *metrics, enum objective objective)
{
    assert(objective < OBJECTIVE_COUNT);
    enum metric_histogram histogram = objectives[objective].histogram;
    double seconds = objectives[objective].threshold_seconds;
    struct objective_state state = {.name = objectives[objective].name, .share = objectives[objective].share,
                                    .threshold_ms = MEASURE_UNKNOWN, .attained = MEASURE_UNKNOWN,
                                    .measured_ms = MEASURE_UNKNOWN, .burn_rate = MEASURE_UNKNOWN};
    if (histogram == HISTOGRAM_COUNT) {
        count_answers(metrics, &state);
    } else {
        state.threshold_ms = measure_of(seconds * 1000);
        state.total = metrics_count(metrics, histogram);
        state.good = metrics_count_within(metrics, histogram, seconds);
    }
    if (state.total > 0) {
        double bad = (double)(state.total - state.good) / (double)state.total;
        state.attained = measure_of((double)state.good / (double)state.total);
        state.burn_rate = measure_of(bad / (1 - state.share));
        if (histogram != HISTOGRAM_COUNT) {
            state.measured_ms = measure_of(metrics_quantile(metrics, histogram, state.share) * 1000);
        }
    }
    return state;
}

void objectives_write(const struct metrics *metrics, struct buffer *text)
{
    struct objective_state states[OBJECTIVE_COUNT];
    char labels[96];
    metric_head(text, "trimodal_slo_objective_ratio", "gauge", "Service level objectives: the share of cases that must be good.");
    for (int i = 0; i < OBJECTIVE_COUNT; i++) {
        states[i] = objective_read(metrics, (enum objective)i);
        snprintf(labels, sizeof labels, "slo=\"%s\"", states[i].name);
        metric_line(text, "trimodal_slo_objective_ratio", labels, states[i].share);
    }
    metric_head(text, "trimodal_slo_cases_total", "counter", "Cases by objective, and whether they were good.");
    for (int i = 0; i < OBJECTIVE_COUNT; i++) {
        snprintf(labels, sizeof labels, "slo=\"%s\",result=\"good\"", states[i].name);
        metric_line(text, "trimodal_slo_cases_total", labels, (double)states[i].good);
        snprintf(labels, sizeof labels, "slo=\"%s\",result=\"bad\"", states[i].name);
        metric_line(text, "trimodal_slo_cases_total", labels, (double)(states[i].total - states[i].good));
    }
}
