/* lens_dde.h: did the work run? (SPEC section 5, DDE; production-readiness 3.3)
 *
 * A pure function of a graph view with its links: the same view gives the same lens. Everything lives in the arena given;
 * texts refer to the view. Nodes are indexes into view->nodes; lists are in the order of the view (by id). Links that
 * a person denied (confidence 0) do not count. Times are ms since the epoch, durations ms.
 *
 *   task success  = completed / (completed + failed)                  unknown without either
 *   retry rate    = tasks retried / tasks started                     started: it started, ended, failed or was retried
 *   lock latency  = lock of a contract - last start of its interface task at or before the lock
 */
#ifndef TRIMODAL_LENS_LENS_DDE_H
#define TRIMODAL_LENS_LENS_DDE_H

#include "graph/graph_view.h"
#include "lens/measure.h"

struct dde_task {
    uint32_t node;
    enum node_status status;
    uint32_t status_fact;  /* that made it so; VIEW_NONE when nothing did */
    bool started, retried;
    struct measure started_at, ended_at; /* ended_at is unknown while a later start is open */
    struct measure duration_ms;          /* last start to its end; unknown while open */
    struct measure estimated_effort;     /* metadata estimated_effort, in the producer's unit */
    int64_t retry_count, max_retries;    /* 0 when never told; -1 for max_retries never told */
    struct measure next_retry_at;        /* only while RETRYING: the countdown's end */
    struct str error_message;            /* absent when there is none */
    struct str capability;               /* metadata */
    uint32_t depends_on_count, dependent_count;
    bool on_critical_path;
};

struct dde_contract {
    uint32_t node;
    uint32_t task;       /* the interface task, or VIEW_NONE */
    bool locked;
    uint32_t lock_fact;  /* VIEW_NONE when it never was */
    struct measure locked_at;
    struct measure lock_latency_ms;
    struct str version;  /* absent when never told */
};

struct dde_gate {
    uint32_t node;
    uint32_t task; /* that it guards, or VIEW_NONE */
    bool checked, passed;
    uint32_t fact; /* of the last check, or VIEW_NONE */
};

struct dde_artifact {
    uint32_t node;
    uint32_t task;  /* that made it, or VIEW_NONE */
    struct str path, hash; /* hash: SHA-256 in hex, as reported */
    bool validated;
};

/* What the critical path is measured in. */
enum dde_basis {
    DDE_BASIS_DURATION, /* ms: every task with a weight has really run */
    DDE_BASIS_EFFORT,   /* the producer's unit: no task has run to its end */
    DDE_BASIS_MIXED,    /* ms: real where known, else estimated_effort * ms_per_effort */
    DDE_BASIS_COUNT,    /* tasks: neither is known of any */
};
const char *dde_basis_name(enum dde_basis basis); /* "duration_ms", "estimated_effort", "mixed_ms", "tasks" */

/* The longest chain of DEPENDS_ON. Tasks that depend on each other in a circle count as one step (the path is taken over
 * the condensation), which weighs the sum of its members. Ties go to the smaller ids. A task of unknown weight weighs 0. */
struct dde_critical_path {
    enum dde_basis basis;
    double ms_per_effort; /* mixed: measured on tasks that have both, else ratio of the means */
    double length;
    uint32_t count;
    uint32_t *tasks;  /* node indexes, first to do first */
    double *weights;  /* of each */
};

struct dde_cycle { /* tasks that wait for each other */
    uint32_t count;
    uint32_t *tasks;
};

struct lens_dde {
    uint32_t task_count;
    struct dde_task *tasks;
    uint32_t status_counts[STATE_COUNT]; /* tasks by enum node_status */
    uint32_t completed, failed, started, retried;
    struct measure success_rate, retry_rate;
    uint32_t contract_count, locked_count;
    struct dde_contract *contracts;
    struct measure lock_latency_p95_ms;
    uint32_t gate_count, failed_gate_count;
    struct dde_gate *gates;
    uint32_t artifact_count;
    struct dde_artifact *artifacts;
    struct dde_critical_path critical_path;
    uint32_t cycle_count;
    struct dde_cycle *cycles;
    bool has_data;              /* some task completed or failed */
    bool workflow_reported;     /* any workflow ever */
    uint32_t open_run_count;    /* workflows that run; where none was ever reported, tasks that are not done */
    struct lens_open_run *open_runs;
    uint32_t *task_of_node;     /* [view->node_count]: index into tasks, or VIEW_NONE */
};

enum status lens_dde_read(const struct graph_view *view, struct arena *arena, struct lens_dde *lens, struct error *error)
    must_check;

/* Only what the verdict needs of it: no critical path, no cycles (both are left empty). */
enum status lens_dde_read_counts(const struct graph_view *view, struct arena *arena, struct lens_dde *lens,
                                 struct error *error) must_check;

struct dde_relative {
    uint32_t task;     /* node index */
    uint32_t distance; /* links away, >= 1 */
};

/* Where a task comes from and what hangs on it; each list by (distance, id). Circles end. */
struct dde_lineage {
    uint32_t task;
    uint32_t ancestor_count, descendant_count, artifact_count;
    struct dde_relative *ancestors;   /* what it depends on */
    struct dde_relative *descendants; /* what depends on it */
    uint32_t *artifacts;              /* node indexes: of the task, then of its ancestors, each once */
};

/* `task` is an index into view->nodes and must be a Task. */
enum status lens_dde_lineage(const struct graph_view *view, uint32_t task, struct arena *arena,
                             struct dde_lineage *lineage, struct error *error) must_check;

#endif
