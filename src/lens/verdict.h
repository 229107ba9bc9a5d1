/* verdict.h: may this be deployed, and if not, why? (SPEC section 5)
 *
 * A pure function of (graph view, policy). Each of DDE, BDV, ACC is PENDING without data or while a run is open, else
 * FAIL when one of its blocking conditions does not hold, else PASS; a condition whose number is unknown fails nothing.
 * The failing streams name the verdict (SPEC's table); pending ones beside failing ones are noted in `pending`.
 * Blocking conditions of Convergence leave the verdict as it is and close the gate.
 *
 * Everything lives in the arena given; texts refer to the view or the arena; facts and nodes are those of the view.
 * `verdict_write` prints all of it: same view (V, K) and same policy, same bytes.
 */
#ifndef TRIMODAL_LENS_VERDICT_H
#define TRIMODAL_LENS_VERDICT_H

#include "base/json_write.h"
#include "lens/lens_acc.h"
#include "lens/lens_bdv.h"
#include "lens/lens_convergence.h"
#include "lens/lens_dde.h"
#include "lens/policy.h"

enum stream_status { STREAM_PASS, STREAM_FAIL, STREAM_PENDING };
const char *stream_status_name(enum stream_status status); /* "PASS", "FAIL", "PENDING" */

enum verdict_kind {
    VERDICT_ALL_PASS,
    VERDICT_DESIGN_GAP,
    VERDICT_ARCHITECTURAL_EROSION,
    VERDICT_PROCESS_ISSUE,
    VERDICT_SYSTEMIC_FAILURE,
    VERDICT_COMPOUND_FAILURE,
    VERDICT_PENDING,
    VERDICT_KIND_COUNT
};
const char *verdict_name(enum verdict_kind kind);    /* "ALL_PASS", … */
/* "built right, wrong thing: fix requirements or behaviour"; while another stream is pending only what is known of it. */
const char *verdict_meaning(enum verdict_kind kind, bool some_pending);

struct verdict_stream {
    enum lens lens; /* LENS_DDE, LENS_BDV, LENS_ACC */
    enum stream_status status;
    bool has_data;
    uint32_t open_run_count;
    struct lens_open_run *open_runs;
    struct str reason; /* one sentence */
};

struct verdict_condition {
    enum policy_metric metric;
    enum lens lens;
    enum policy_operator operation;
    double threshold, target;
    struct measure value;
    bool pass;           /* true for unknown values */
    bool target_reached; /* false for unknown values */
    bool blocks;
};

/* One node behind a condition that fails and blocks, or behind an open run. */
struct verdict_issue {
    enum lens lens;
    bool open_run;             /* else `metric` says which condition */
    enum policy_metric metric;
    uint32_t node;             /* index into view->nodes, or VIEW_NONE (a cycle no tool reported) */
    const char *kind;          /* "Task", "Scenario", "Violation", "Cycle", … */
    struct str id, name;
    struct str sentence;
    uint32_t fact;             /* that made it so, or VIEW_NONE; the rest is of that fact */
    struct str event_id, event_type;
    uint64_t seq;
    int64_t valid_from, observed_at;
    struct str error_message;  /* absent where none is known */
};

#define VERDICT_ISSUES_MAX 200

enum gate_basis {
    GATE_BY_VERDICT,
    GATE_BY_CONDITION, /* closed by a blocking condition of Convergence although the verdict is ALL_PASS */
    GATE_BY_OVERRIDE,  /* opened by a person although the verdict says no */
};
const char *gate_basis_name(enum gate_basis basis); /* "verdict", "condition", "override" */

struct deployment_gate {
    bool deployable;
    enum gate_basis basis;
    bool override_present;     /* one stands, in force or not needed or expired */
    bool override_in_force;    /* not withdrawn, not expired at V */
    struct str actor, reason;  /* of the override that stands */
    struct measure expires_at; /* ms; unknown: never. Compared with V: at V = TIME_MAX any expiry has passed */
    uint32_t fact;             /* of the override, or VIEW_NONE */
    struct str sentence;
};

struct verdict {
    enum verdict_kind kind;
    struct verdict_stream streams[3]; /* by enum lens */
    uint32_t failing[3], failing_count; /* enum lens of the streams that fail, in order */
    uint32_t pending[3], pending_count;
    struct verdict_condition conditions[METRIC_COUNT];
    uint32_t issue_count;       /* listed: at most VERDICT_ISSUES_MAX */
    uint32_t issue_more_count;  /* not listed */
    struct verdict_issue *issues; /* by (stream, metric, open runs last, kind, id) */
    uint32_t diagnosis_count;
    struct str *diagnosis;      /* sentences */
    uint32_t recommendation_count;
    struct str *recommendations;
    struct deployment_gate gate;
    const char *policy_version;
    /* The numbers behind it, for callers that show them. */
    struct lens_dde *dde;
    struct lens_bdv *bdv;
    struct lens_acc *acc;
    struct lens_convergence *convergence;
};

/* The whole verdict. The view must have its links (correlate_view). */
enum status verdict_read(const struct graph_view *view, const struct policy *policy, struct arena *arena,
                         struct verdict *verdict, struct error *error) must_check;
/* The same without issues, diagnosis, recommendations: kind, streams, conditions, gate. For lists, counters and blame. */
enum status verdict_read_summary(const struct graph_view *view, const struct policy *policy, struct arena *arena,
                                 struct verdict *verdict, struct error *error) must_check;

/* Whether whoever watches the gate must be told: it opened or closed, for another reason, or a person decided about it anew. */
bool deployment_gate_differs(const struct deployment_gate *a, const struct deployment_gate *b);

/* 0 deployable, 1 not, 2 pending (SPEC section 5). */
int verdict_exit_code(const struct verdict *verdict);

/* One JSON object. Its fields are those of docs/verdict.md. */
void verdict_write(const struct verdict *verdict, const struct graph_view *view, struct json_writer *writer);
/* Its parts, for answers that show one of them. */
void verdict_write_streams(const struct verdict *verdict, struct json_writer *writer);    /* array */
void verdict_write_conditions(const struct verdict *verdict, struct json_writer *writer); /* array */
void verdict_write_issues(const struct verdict *verdict, struct json_writer *writer);     /* array */
void verdict_write_gate(const struct verdict *verdict, struct json_writer *writer);       /* object */

#endif
