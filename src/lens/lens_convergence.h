/* lens_convergence.h: do the three streams mean the same thing? (SPEC section 5, Convergence)
 *
 * A pure function of a graph view with its links, like every lens; see lens_dde.h for ownership and order.
 *
 * Contract star `CONTRACT.<name>.<version>`: one for each (name, version) that an InterfaceContract says of itself or
 * that a task or scenario claims, by contract id or by tag `@contract:Name:version`. Its three legs:
 *   lock       an interface task locked this version
 *   behaviour  a scenario that validates this version passes, and none fails (quarantined ones do not count)
 *   module     a module implements it: in an artifact of a task that implements the contract
 * Aligned = all three OK. contract alignment = aligned / stars, unknown without stars.
 */
#ifndef TRIMODAL_LENS_LENS_CONVERGENCE_H
#define TRIMODAL_LENS_LENS_CONVERGENCE_H

#include "graph/graph_view.h"
#include "lens/lens_bdv.h"
#include "lens/measure.h"

enum star_state {
    STAR_OK,
    STAR_MISSING,       /* nothing of the kind */
    STAR_STALE,         /* there once: task started again since the lock; scenarios only skipped, quarantined or not run */
    STAR_FAILING,       /* the interface task, or a scenario, fails */
    STAR_OTHER_VERSION, /* there for another version of the same contract */
    STAR_STATE_COUNT
};
const char *star_state_name(enum star_state state); /* "OK", "MISSING", "STALE", "FAILING", "OTHER_VERSION" */

enum star_leg_kind { STAR_LOCK, STAR_BEHAVIOUR, STAR_MODULE, STAR_LEG_COUNT };
const char *star_leg_name(enum star_leg_kind leg); /* "lock", "behaviour", "module" */

struct star_leg {
    enum star_state state;
    struct str sentence;   /* says what is there or what is missing */
    uint32_t node_count;
    uint32_t *nodes;       /* indexes into view->nodes: tasks, scenarios, modules behind it */
};

struct contract_star {
    struct str id;      /* "CONTRACT.<name>.<version>"; "CONTRACT.<name>" where no version is known */
    struct str name, version; /* version is empty where none is known */
    uint32_t contract;  /* node index of the InterfaceContract, or VIEW_NONE where it is only claimed */
    bool aligned;
    struct star_leg legs[STAR_LEG_COUNT];
};

/* How many links of a kind rest on evidence of another stream, by method, and how sure they are. */
struct link_summary {
    uint32_t count, inferred, denied;
    uint32_t by_method[METHOD_COUNT];
    double confidence_min; /* of those not denied; 1 without any */
};

struct lens_convergence {
    uint32_t star_count, aligned_count;
    struct contract_star *stars; /* by (name, version) */
    struct measure alignment;
    struct link_summary links[LINK_KIND_COUNT];
    uint32_t unmatched_count;    /* = view->unmatched_count; the list itself is the view's */
    uint32_t unmatched_by_kind[LINK_KIND_COUNT];
    /* Nodes of the spine with no partner in the next stream. */
    uint32_t tasks_without_requirement, requirements_without_task, requirements_without_scenario,
        artifacts_without_module, modules_without_component, scenarios_without_requirement;
};

enum status lens_convergence_read(const struct graph_view *view, struct arena *arena, struct lens_convergence *lens,
                                  struct error *error) must_check;
/* Only the alignment and the stars; `bdv` is the same view's (its counts will do). */
enum status lens_convergence_read_stars(const struct graph_view *view, const struct lens_bdv *bdv, struct arena *arena,
                                        struct lens_convergence *lens, struct error *error) must_check;

/* The spine Requirement → BehavioralSpec, Scenario → InterfaceContract → Task → Artifact → CodeModule →
 * ArchitectureComponent through one node, walked both ways without turning back: what led to it, and what came of it.
 * Where a node is on one side of the spine (a scenario, say) the other side is reached through the requirement or the
 * contract they share. A violation, test run or gate is traced through the modules, scenarios or tasks it is about. */
enum trace_level {
    TRACE_REQUIREMENT, TRACE_SPEC, TRACE_SCENARIO, TRACE_CONTRACT, TRACE_TASK, TRACE_ARTIFACT, TRACE_MODULE,
    TRACE_COMPONENT, TRACE_OTHER, TRACE_LEVEL_COUNT
};
const char *trace_level_name(enum trace_level level); /* "Requirement", … */
/* Whether the spine (SPEC section 5) goes through it: not Scenario, InterfaceContract and Other. */
bool trace_level_is_needed(enum trace_level level);

struct trace_gap {
    uint32_t node;            /* where the spine breaks */
    enum trace_level missing; /* what should be there */
    struct str sentence;      /* "Task pay-api generates no artifact …" */
};

struct trace {
    uint32_t node;                          /* asked for */
    uint32_t level_starts[TRACE_LEVEL_COUNT + 1]; /* nodes of level l are nodes[level_starts[l] .. level_starts[l + 1]) */
    uint32_t *nodes;                        /* by level, then id */
    uint32_t link_count;
    uint32_t *links;                        /* indexes into view->links, between the nodes above: method, confidence,
                                               explanation are there; denied ones are not listed */
    uint32_t gap_count;
    struct trace_gap *gaps;
    bool complete;                          /* no level that is needed is empty */
};

/* `node` is an index into view->nodes, of any kind. */
enum status lens_trace(const struct graph_view *view, uint32_t node, struct arena *arena, struct trace *trace,
                       struct error *error) must_check;

#endif
