/* policy.h: which numbers decide whether an iteration may be deployed.
 *
 * A policy holds one condition per metric: a threshold that must hold, a target worth reaching, and whether failing it
 * blocks. `policy_default` is SPEC section 5's table. A file changes what it names and leaves the rest:
 *
 *     version: strict-2026-11         # optional; 1 to 64 characters
 *     conditions:
 *       scenario_pass_rate: {threshold: 0.98}
 *       contract_alignment: {blocks: true}
 *       mean_instability: {operator: "<=", threshold: 0.6, target: 0.4}
 *
 * Units: rates, alignment and instability are 0..1, latencies and durations ms, the rest counts. Unknown keys, values
 * of the wrong type or out of range are refused with the line, the key and what is allowed.
 *
 * version: the file's own, else the first 12 hex digits of SHA-256 over the canonical form (policy_canonical), so two
 * policies that decide alike have the same version and any change of a number has another.
 */
#ifndef TRIMODAL_LENS_POLICY_H
#define TRIMODAL_LENS_POLICY_H

#include "base/buffer.h"
#include "lens/measure.h"

enum policy_metric {
    METRIC_TASK_SUCCESS_RATE,            /* DDE: completed / (completed + failed) */
    METRIC_RETRY_RATE,                   /* DDE: tasks retried / tasks started */
    METRIC_CONTRACT_LOCK_LATENCY_P95_MS, /* DDE: start of the interface task to the lock */
    METRIC_FAILED_QUALITY_GATES,         /* DDE: gates whose last check did not pass */
    METRIC_SCENARIO_PASS_RATE,           /* BDV: passed / (passed + failed), last outcomes */
    METRIC_FLAKE_RATE,                   /* BDV: flaky scenarios / scenarios run */
    METRIC_TEST_RUN_TIME_P95_MS,         /* BDV */
    METRIC_BLOCKING_VIOLATIONS,          /* ACC: active and BLOCKING */
    METRIC_CYCLES,                       /* ACC: strongly connected components of >= 2 modules, self-dependencies */
    METRIC_MEAN_INSTABILITY,             /* ACC: mean of Ce / (Ca + Ce) over modules where it is defined */
    METRIC_CONTRACT_ALIGNMENT,           /* Convergence: aligned contract stars / stars */
    METRIC_COUNT
};

const char *policy_metric_name(enum policy_metric metric); /* "task_success_rate", … */
enum lens policy_metric_lens(enum policy_metric metric);

enum policy_operator { OPERATOR_AT_LEAST, OPERATOR_ABOVE, OPERATOR_AT_MOST, OPERATOR_BELOW, OPERATOR_EQUAL, OPERATOR_COUNT };
const char *policy_operator_name(enum policy_operator operation); /* ">=", ">", "<=", "<", "==" */
bool policy_holds(enum policy_operator operation, double value, double threshold);

struct policy_condition {
    enum policy_metric metric;
    enum policy_operator operation; /* of threshold and target alike */
    double threshold;
    double target;
    bool blocks;
};

#define POLICY_VERSION_SIZE 65
struct policy {
    char version[POLICY_VERSION_SIZE];
    struct policy_condition conditions[METRIC_COUNT]; /* by metric */
};

/* SPEC section 5's thresholds. STATUS_FATAL only without memory for the hash that names it. */
enum status policy_default(struct policy *policy, struct error *error) must_check;
/* The default, changed by what the YAML text says. `name` is the place in messages (a file name). */
enum status policy_load_text(struct str yaml, const char *name, struct policy *policy, struct error *error) must_check;
/* The same from a file. STATUS_ABSENT when there is none. */
enum status policy_load_file(const char *path, struct policy *policy, struct error *error) must_check;

/* "metric operator threshold target blocks\n" for each metric, numbers in their shortest form: what the version hashes. */
void policy_canonical(const struct policy *policy, struct buffer *text);

#endif
