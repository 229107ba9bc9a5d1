/* lens_bdv.h: does it behave? (SPEC section 5, BDV; production-readiness 3.3)
 *
 * A pure function of a graph view with its links, like every lens; see lens_dde.h for ownership and order.
 *
 *   pass rate  = passed / (passed + failed), last outcome of each scenario; quarantined and skipped ones are left out
 *   flaky      = within one commit both PASSED and FAILED; or a tool said so (FLAKE_DETECTED), whose own rate wins
 *   its rate   = sum of changes between consecutive runs / sum of (runs - 1), over the commits where it was flaky
 *   flake rate = flaky scenarios / scenarios run (quarantined ones included: quarantine hides no flake)
 */
#ifndef TRIMODAL_LENS_LENS_BDV_H
#define TRIMODAL_LENS_LENS_BDV_H

#include "graph/graph_view.h"
#include "lens/measure.h"

struct bdv_scenario {
    uint32_t node;
    uint32_t feature;          /* node index of its BehavioralSpec, or VIEW_NONE */
    enum node_status outcome;  /* last: STATE_PASSED, STATE_FAILED, STATE_SKIPPED; STATE_NONE when it never had one */
    uint32_t outcome_fact;     /* VIEW_NONE without */
    bool running;              /* started again since, or for the first time */
    bool quarantined;
    bool counted;              /* in the pass rate: PASSED or FAILED and not quarantined */
    bool flaky;
    struct measure flake_rate; /* 0..1; unknown where nobody told and it never ran twice on one commit */
    uint32_t run_count;        /* outcomes PASSED or FAILED, all commits */
    struct measure duration_ms;
    struct str error_message;  /* of a failed one; absent when there is none */
};

struct bdv_step {
    struct str result, text, message; /* message may be empty */
    struct measure duration_ms;
    uint32_t fact;
};

/* One outcome of a scenario: PASSED, FAILED or SKIPPED. */
struct bdv_outcome {
    enum node_status outcome;
    struct str commit;        /* absent where the run named none, and of skipped ones */
    struct str error_message; /* of the same event; absent when there is none */
    struct measure duration_ms;
    uint32_t fact;
};

struct bdv_rollup {
    uint32_t scenarios, passed, failed, skipped, quarantined, flaky, running, not_run;
    struct measure pass_rate; /* passed / (passed + failed), quarantined left out of all three */
};

struct bdv_feature {
    uint32_t node;
    struct bdv_rollup rollup;
    uint32_t *scenarios; /* rollup.scenarios indexes into lens->scenarios */
    enum node_status status; /* FAILED if one failed, else RUNNING, else PASSED if one passed, else SKIPPED, else NONE */
};

struct bdv_requirement {
    uint32_t node;
    uint32_t scenario_count, passing, failing; /* distinct scenarios that validate it, directly or by their feature */
    uint32_t *scenarios;                       /* indexes into lens->scenarios */
    bool covered;                              /* at least one scenario validates it */
};

struct bdv_run {
    uint32_t node;
    struct measure started_at, ended_at, duration_ms;
    bool open;
    uint32_t scenario_count;
};

struct lens_bdv {
    uint32_t scenario_count;
    struct bdv_scenario *scenarios;
    uint32_t feature_count;
    struct bdv_feature *features;
    struct bdv_rollup rollup;     /* of all */
    uint32_t orphan_count;        /* scenarios without a feature */
    uint32_t run_scenarios, flaky_scenarios;
    struct measure pass_rate, flake_rate;
    uint32_t requirement_count, covered_count;
    struct bdv_requirement *requirements;
    uint32_t run_count;
    struct bdv_run *runs;
    struct measure run_time_p95_ms;
    bool has_data;                /* some scenario counts in the pass rate */
    uint32_t open_run_count;      /* test runs; where there is no test run at all, scenarios without outcome */
    struct lens_open_run *open_runs;
    uint32_t *scenario_of_node;   /* [view->node_count]: index into scenarios, or VIEW_NONE */
};

enum status lens_bdv_read(const struct graph_view *view, struct arena *arena, struct lens_bdv *lens, struct error *error)
    must_check;
/* Only what the verdict needs: no features, no requirements (their lists are left empty). */
enum status lens_bdv_read_counts(const struct graph_view *view, struct arena *arena, struct lens_bdv *lens,
                                 struct error *error) must_check;

/* The flaky scenarios with at least this rate (0 where unknown), the flakiest first, then by id. */
enum status lens_bdv_flakes(const struct lens_bdv *lens, double rate_min, struct arena *arena,
                            const struct bdv_scenario ***flakes, uint32_t *count, struct error *error) must_check;
/* Does the link say that a scenario validates its target? That scenario, or NULL. */
const struct bdv_scenario *lens_bdv_validator(const struct lens_bdv *lens, const struct view_link *link);
/* Of a contract (node index): scenarios that validate it, count in the pass rate, and pass or fail. */
void lens_bdv_validations(const struct graph_view *view, const struct lens_bdv *lens, uint32_t contract, uint32_t *passing,
                          uint32_t *failing);

/* Steps of the last run of a scenario (`node` indexes view->nodes): those after its last start, all when none is known. */
enum status lens_bdv_steps(const struct graph_view *view, uint32_t node, struct arena *arena, struct bdv_step **steps,
                           uint32_t *count, struct error *error) must_check;
/* The last `last` outcomes of a scenario, the oldest first. */
enum status lens_bdv_outcomes(const struct graph_view *view, uint32_t node, uint32_t last, struct arena *arena,
                              struct bdv_outcome **outcomes, uint32_t *count, struct error *error) must_check;

#endif
