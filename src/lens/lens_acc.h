/* lens_acc.h: is it built as agreed? (SPEC section 5, ACC; production-readiness 3.3)
 *
 * A pure function of a graph view with its links, like every lens; see lens_dde.h for ownership and order.
 *
 *   Ca = distinct other modules that depend on it       Ce = distinct other modules it depends on
 *   I  = Ce / (Ca + Ce), undefined without either       D  = |A + I - 1|, where metadata "abstractness" (A) is known
 *   (R. C. Martin, OO Design Quality Metrics, 1994). Of a component: modules outside that depend on one inside, and the
 *   other way round; A of a component is the mean of its modules' known ones.
 *   mean instability = mean of I over the modules where it is defined
 *   cycle = strongly connected component of >= 2 modules, or a module that depends on itself; over the reported
 *   dependencies and those that reported cycles imply (each of cycle_modules depends on the next, the last on the first)
 */
#ifndef TRIMODAL_LENS_LENS_ACC_H
#define TRIMODAL_LENS_LENS_ACC_H

#include "graph/graph_view.h"
#include "lens/measure.h"

struct acc_coupling {
    uint32_t afferent, efferent; /* Ca, Ce */
    struct measure instability;  /* I */
    struct measure abstractness; /* A */
    struct measure distance;     /* D */
};

struct acc_module {
    uint32_t node;
    uint32_t component; /* node index, or VIEW_NONE */
    uint32_t cycle;     /* index into lens->cycles, or VIEW_NONE */
    int64_t lines;      /* -1 when never told */
    struct acc_coupling coupling;
    struct measure coupling_score; /* as the tool reported it */
    uint32_t violation_count;      /* active ones that affect it */
};

struct acc_component {
    uint32_t node;
    uint32_t module_count;
    uint32_t *modules; /* indexes into lens->modules */
    struct acc_coupling coupling;
    uint32_t violation_count;
};

struct acc_dependency {
    uint32_t source, target; /* indexes into lens->modules */
    double weight;
    bool in_cycle;
    uint32_t link; /* index into view->links */
};

enum acc_severity { ACC_BLOCKING, ACC_WARNING, ACC_INFO, ACC_SEVERITY_COUNT };
const char *acc_severity_name(enum acc_severity severity); /* "BLOCKING", "WARNING", "INFO" */

struct acc_violation {
    uint32_t node;
    enum acc_severity severity; /* where none was told: BLOCKING for forbidden, layer and circular dependencies, else WARNING */
    bool active;                /* not suppressed */
    bool blocking;              /* active and BLOCKING */
    struct str type;            /* "LAYER_VIOLATION", …; absent when never told */
    struct str message, rule_id, adr_reference; /* absent when never told */
    struct str source_module, target_module;    /* as named by the event */
    uint32_t module;            /* node index of what it affects, or VIEW_NONE */
    uint32_t fact;              /* that made it active or suppressed */
};

#define ACC_CYCLE_ID_SIZE 19 /* "cycle-", 12 hex digits, NUL */
struct acc_cycle {
    char id[ACC_CYCLE_ID_SIZE]; /* first 12 hex digits of SHA-256 over the sorted member ids joined by "\n" */
    uint32_t count;
    struct str *members;  /* module ids, sorted; none where a tool reported a cycle without naming them */
    uint32_t *nodes;      /* of each member; VIEW_NONE for a module known by name only */
    uint32_t reported;    /* node index of the first Cycle node that reports it, or VIEW_NONE */
    uint32_t fact;        /* newest fact that one of its dependencies, or its report, rests on; VIEW_NONE without */
};

struct lens_acc {
    uint32_t module_count;
    struct acc_module *modules;
    uint32_t component_count;
    struct acc_component *components;
    uint32_t dependency_count;
    struct acc_dependency *dependencies; /* by (source, target) */
    uint32_t violation_count;
    struct acc_violation *violations;
    uint32_t active_counts[ACC_SEVERITY_COUNT], suppressed_counts[ACC_SEVERITY_COUNT];
    uint32_t blocking_count;
    uint32_t cycle_count;
    struct acc_cycle *cycles; /* by id */
    struct measure mean_instability;
    bool has_data;               /* a module, or a completed analysis */
    uint32_t open_run_count;     /* analyses that began and did not complete */
    struct lens_open_run *open_runs;
    uint32_t *module_of_node;    /* [view->node_count]: index into modules, or VIEW_NONE */
};

enum status lens_acc_read(const struct graph_view *view, struct arena *arena, struct lens_acc *lens, struct error *error)
    must_check;

/* As lens_acc_read has it, of one violation. */
enum acc_severity acc_severity_of(const struct graph_view *view, const struct view_node *node);

/* Which nodes (by index) the manifest reported: modules, violations and cycles it did, components that one of them belongs
 * to. */
enum status lens_acc_reported(const struct graph_view *view, const struct lens_acc *lens, struct str manifest,
                              struct arena *arena, const bool **reported, struct error *error) must_check;

/* What a tool counted, by its own account. */
enum acc_total { ACC_TOTAL_MODULES, ACC_TOTAL_DEPENDENCIES, ACC_TOTAL_VIOLATIONS, ACC_TOTAL_BLOCKING, ACC_TOTAL_COUNT };

struct acc_manifest {
    struct str name;
    uint32_t sub; /* by which the view knows it */
    struct measure started_at, completed_at; /* of its last analysis */
    bool open;                               /* that began and has not completed */
    uint32_t module_count, violation_count;  /* it reports */
    bool has_totals;
    struct measure totals[ACC_TOTAL_COUNT];
};

/* By name. Manifests are known by their analyses, or by what they reported without one. */
enum status lens_acc_manifests(const struct graph_view *view, struct arena *arena, struct acc_manifest **manifests,
                               uint32_t *count, struct error *error) must_check;

/* Dependency structure matrix: a cell says that its row depends on its column. Rows are ordered so that what a module
 * depends on stands before it (levels of the condensation, then id; members of a cycle stay together): every cell
 * above the diagonal (column after row) closes a cycle. Grouped by component the same holds for components first, then
 * within each; cells above the diagonal then close a cycle of components or of modules. */
struct dsm_cell {
    uint32_t row, column; /* positions in `order` */
    double weight;
    bool in_cycle;        /* both ends in one cycle of modules */
};

struct dsm {
    uint32_t count;
    uint32_t *order;       /* node index of each row */
    uint32_t *levels;      /* of each row; 0 depends on nothing */
    uint32_t *group;       /* of each row: node index of its component, or VIEW_NONE */
    uint32_t cell_count;
    struct dsm_cell *cells; /* by (row, column) */
    uint32_t above_count;   /* cells above the diagonal */
};

/* STATUS_INVALID above LIMIT_DSM_MODULES. */
enum status lens_acc_dsm(const struct graph_view *view, const struct lens_acc *lens, bool by_component,
                         struct arena *arena, struct dsm *dsm, struct error *error) must_check;

#endif
