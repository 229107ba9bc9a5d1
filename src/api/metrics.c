#include "api/metrics.h"

#include <assert.h>
#include <math.h>

struct histogram_info {
    const char *name, *help;
    double bounds[METRICS_BUCKETS_MAX]; /* ascending; 0 ends them */
};

static const struct histogram_info histograms[HISTOGRAM_COUNT] = {
    [HISTOGRAM_ICS_PROCESSING] = {"trimodal_ics_processing_seconds",
                                  "From a body of events to its answer: durable and visible.",
                                  {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5}},
    [HISTOGRAM_QUERY] = {"trimodal_query_seconds",
                         "Reads over the REST interface.",
                         {0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1}},
    [HISTOGRAM_TIME_TRAVEL] = {"trimodal_time_travel_query_seconds",
                               "Reads that name asOf or observedAt.",
                               {0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2, 5}},
    [HISTOGRAM_PUSH] = {"trimodal_subscription_push_seconds",
                        "From an event's being visible to the update's being handed to one watcher's socket.",
                        {0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5}},
    [HISTOGRAM_VERDICT] = {"trimodal_verdict_seconds",
                           "Verdicts, from the request to its answer.",
                           {0.00025, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 1}},
    [HISTOGRAM_GRAPHQL] = {"trimodal_graphql_operation_seconds",
                           "GraphQL queries and mutations, from the request to its answer.",
                           {0.00005, 0.0001, 0.0002, 0.0003, 0.0005, 0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1}},
};

static size_t bound_count(const struct histogram_info *info)
{
    size_t count = 0;
    while (count < METRICS_BUCKETS_MAX && info->bounds[count] > 0) {
        count++;
    }
    return count;
}

void metrics_observe(struct metrics *metrics, enum metric_histogram histogram, double seconds)
{
    assert(histogram < HISTOGRAM_COUNT);
    const struct histogram_info *info = &histograms[histogram];
    struct metric_buckets *buckets = &metrics->histograms[histogram];
    size_t bucket = 0;
    while (bucket < METRICS_BUCKETS_MAX && info->bounds[bucket] > 0 && seconds > info->bounds[bucket]) {
        bucket++;
    }
    buckets->counts[bucket]++;
    buckets->sum += seconds;
}

uint64_t metrics_count(const struct metrics *metrics, enum metric_histogram histogram)
{
    uint64_t total = 0;
    for (size_t i = 0; i <= METRICS_BUCKETS_MAX; i++) {
        total += metrics->histograms[histogram].counts[i];
    }
    return total;
}

uint64_t metrics_count_within(const struct metrics *metrics, enum metric_histogram histogram, double seconds)
{
    const struct histogram_info *info = &histograms[histogram];
    uint64_t total = 0;
    for (size_t i = 0; i < bound_count(info) && info->bounds[i] <= seconds; i++) {
        total += metrics->histograms[histogram].counts[i];
    }
    return total;
}

double metrics_quantile(const struct metrics *metrics, enum metric_histogram histogram, double share)
{
    const struct histogram_info *info = &histograms[histogram];
    const struct metric_buckets *buckets = &metrics->histograms[histogram];
    double wanted = share * (double)metrics_count(metrics, histogram), before = 0;
    size_t count = bound_count(info);
    if (wanted <= 0) {
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        double here = (double)buckets->counts[i];
        if (before + here >= wanted) {
            double low = i == 0 ? 0 : info->bounds[i - 1];
            return low + (info->bounds[i] - low) * (wanted - before) / here;
        }
        before += here;
    }
    return info->bounds[count - 1];
}

void metric_head(struct buffer *text, const char *name, const char *type, const char *help)
{
    buffer_append_text(text, "# HELP ");
    buffer_append_text(text, name);
    buffer_append_char(text, ' ');
    buffer_append_text(text, help);
    buffer_append_text(text, "\n# TYPE ");
    buffer_append_text(text, name);
    buffer_append_char(text, ' ');
    buffer_append_text(text, type);
    buffer_append_char(text, '\n');
}

static void append_value(struct buffer *text, double value)
{
    if (value == floor(value) && fabs(value) < 9e15) {
        buffer_append_i64(text, (int64_t)value);
    } else {
        buffer_append_format(text, "%.9g", value);
    }
    buffer_append_char(text, '\n');
}

void metric_line(struct buffer *text, const char *name, const char *labels, double value)
{
    buffer_append_text(text, name);
    if (labels != NULL) {
        buffer_append_char(text, '{');
        buffer_append_text(text, labels);
        buffer_append_char(text, '}');
    }
    buffer_append_char(text, ' ');
    append_value(text, value);
}

static void write_histogram(struct buffer *text, const struct histogram_info *info, const struct metric_buckets *buckets)
{
    metric_head(text, info->name, "histogram", info->help);
    uint64_t total = 0;
    size_t count = bound_count(info);
    for (size_t i = 0; i < count; i++) {
        total += buckets->counts[i];
        buffer_append_format(text, "%s_bucket{le=\"%g\"} %llu\n", info->name, info->bounds[i], (unsigned long long)total);
    }
    total += buckets->counts[count];
    buffer_append_format(text, "%s_bucket{le=\"+Inf\"} %llu\n", info->name, (unsigned long long)total);
    buffer_append_format(text, "%s_sum %.9g\n%s_count %llu\n", info->name, buckets->sum, info->name,
                         (unsigned long long)total);
}

void metrics_write(const struct metrics *metrics, struct buffer *text)
{
    for (int i = 0; i < HISTOGRAM_COUNT; i++) {
        write_histogram(text, &histograms[i], &metrics->histograms[i]);
    }
    metric_head(text, "trimodal_api_requests_total", "counter", "Requests answered, by class of status.");
    static const char *const labels[6] = {NULL,           "code=\"1xx\"", "code=\"2xx\"",
                                          "code=\"3xx\"", "code=\"4xx\"", "code=\"5xx\""};
    for (int i = 2; i < 6; i++) {
        metric_line(text, "trimodal_api_requests_total", labels[i], (double)metrics->requests_by_class[i]);
    }
}
