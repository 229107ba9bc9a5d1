/* metrics.h: the few numbers this process keeps of itself, and their text for Prometheus (exposition format 0.0.4).
 *
 * A fixed table of counters and histograms: to count is an addition, to observe a search in at most 16 bounds; nothing
 * is allocated. Names and buckets are those of the requirements (production readiness 1.7) where they name them. What
 * other parts count already (events by outcome, graph size) is read when the text is asked for, by metric_line.
 *
 * Thread: the core thread.
 */
#ifndef TRIMODAL_API_METRICS_H
#define TRIMODAL_API_METRICS_H

#include "base/buffer.h"

enum metric_histogram {
    HISTOGRAM_ICS_PROCESSING, /* from a body of events to its answer: durable and visible */
    HISTOGRAM_QUERY,          /* reads */
    HISTOGRAM_TIME_TRAVEL,    /* reads with asOf or observedAt */
    HISTOGRAM_VERDICT,
    HISTOGRAM_PUSH, /* from visible (and acknowledged) to handed to a watcher's socket */
    HISTOGRAM_GRAPHQL, /* from the request to its answer, waiting for the disk included */
    HISTOGRAM_COUNT
};

#define METRICS_BUCKETS_MAX 16

struct metric_buckets {
    uint64_t counts[METRICS_BUCKETS_MAX + 1]; /* of its own range; the last one is above all bounds */
    double sum;
};

struct metrics {
    struct metric_buckets histograms[HISTOGRAM_COUNT];
    uint64_t requests_by_class[6]; /* [2] counts 2xx */
};

void metrics_observe(struct metrics *metrics, enum metric_histogram histogram, double seconds);
/* How many there were, and the value that a share of them (0..1) does not exceed: interpolated within its bucket, as Prometheus
 * does; the greatest bound where it lies above all; 0 without any. */
uint64_t metrics_count(const struct metrics *metrics, enum metric_histogram histogram);
double metrics_quantile(const struct metrics *metrics, enum metric_histogram histogram, double share);
/* How many took at most so long; exact where that is a bound of the histogram, else up to the bound below. */
uint64_t metrics_count_within(const struct metrics *metrics, enum metric_histogram histogram, double seconds);
/* All of the above. */
void metrics_write(const struct metrics *metrics, struct buffer *text);

/* "# HELP" and "# TYPE"; once before the lines of a name. */
void metric_head(struct buffer *text, const char *name, const char *type, const char *help);
/* One sample; labels are NULL or the inside of the braces, escaped already. */
void metric_line(struct buffer *text, const char *name, const char *labels, double value);

#endif
