/* The graph by named examples: the four questions of SPEC section 3, corrections, sweeps, history, changes, memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/memory.h"
#include "correlate/digest.h"
#include "graph/changes.h"
#include "scene.h"

static int begin(void **state)
{
    struct scene *scene = malloc(sizeof *scene);
    scene_init(scene);
    *state = scene;
    return 0;
}

static int end(void **state)
{
    struct scene *scene = *state;
    memory_fail_after(-1);
    graph_check(scene->graph);
    scene_release(scene);
    free(scene);
    return 0;
}

static const struct view_node *node_in(const struct graph_view *view, enum node_kind kind, const char *id)
{
    uint32_t n = view == NULL ? VIEW_NONE : view_find(view, kind, str_from(id));
    return n == VIEW_NONE ? NULL : &view->nodes[n];
}

static const char *task_at(struct scene *scene, int64_t valid_at, int64_t known_at)
{
    return scene_status(scene_view(scene, valid_at, known_at), NODE_TASK, "T");
}

/* --- the two clocks ------------------------------------------------------------------------------------------------------ */

/* Started at 10, failed at 20, both known at 100. At 200 we learn that it had completed at 30. */
static void tell_a_late_completion(struct scene *scene)
{
    scene_tell(scene, 10, 100, "TASK_STARTED", "'node_id':'T'");
    scene_tell(scene, 20, 100, "TASK_FAILED", "'node_id':'T'");
    scene_tell(scene, 30, 200, "TASK_COMPLETED", "'node_id':'T'");
}

static void what_is(void **state)
{
    tell_a_late_completion(*state);
    assert_string_equal(task_at(*state, TIME_MAX, TIME_MAX), "COMPLETED");
}

static void what_was_as_we_know_it_today(void **state)
{
    tell_a_late_completion(*state);
    assert_string_equal(task_at(*state, 9, TIME_MAX), "absent");
    assert_string_equal(task_at(*state, 10, TIME_MAX), "RUNNING");
    assert_string_equal(task_at(*state, 29, TIME_MAX), "FAILED");
    assert_string_equal(task_at(*state, 30, TIME_MAX), "COMPLETED");
}

static void what_did_we_believe_then(void **state)
{
    tell_a_late_completion(*state);
    assert_null(scene_view(*state, 99, 99));
    assert_string_equal(task_at(*state, 100, 100), "FAILED");
    assert_string_equal(task_at(*state, 199, 199), "FAILED");
    assert_string_equal(task_at(*state, 200, 200), "COMPLETED");
}

static void what_did_we_believe_then_about_earlier(void **state)
{
    tell_a_late_completion(*state);
    assert_string_equal(task_at(*state, 35, 150), "FAILED");
    assert_string_equal(task_at(*state, 35, 200), "COMPLETED");
    assert_string_equal(task_at(*state, 15, 150), "RUNNING");
}

static void a_late_event_of_the_past_does_not_change_now(void **state)
{
    struct scene *scene = *state;
    scene_tell(scene, 10, 100, "TASK_COMPLETED", "'node_id':'T','metadata':{'name':'new'}");
    scene_tell(scene, 5, 200, "TASK_STARTED", "'node_id':'T','metadata':{'name':'old','only':'here'}");
    const struct graph_view *view = scene_view(scene, TIME_MAX, TIME_MAX);
    const struct view_node *task = node_in(view, NODE_TASK, "T");
    assert_string_equal(task_at(scene, TIME_MAX, TIME_MAX), "COMPLETED");
    assert_true(str_is(view_metadata(view, task, STR("name")), "new"));
    assert_true(str_is(view_metadata(view, task, STR("only")), "here"));
    assert_int_equal(task->version, 2);
    assert_int_equal(view_fact_valid_from(view, task->first_fact), 5);
    assert_int_equal(view_fact_valid_from(view, task->last_fact), 10);
}

static void events_of_one_instant_are_ordered_by_type_then_id(void **state)
{
    struct scene *scene = *state;
    scene_tell(scene, 10, 100, "TASK_COMPLETED", "'node_id':'T','event_id':'a'");
    scene_tell(scene, 10, 100, "TASK_STARTED", "'node_id':'T','event_id':'z'");
    assert_string_equal(task_at(scene, 10, TIME_MAX), "COMPLETED");
    scene_tell(scene, 20, 100, "TASK_CREATED", "'node_id':'T','event_id':'b','metadata':{'name':'b'},'idempotency_key':'1'");
    scene_tell(scene, 20, 100, "TASK_CREATED", "'node_id':'T','event_id':'a','metadata':{'name':'a'},'idempotency_key':'2'");
    const struct graph_view *view = scene_view(scene, 20, TIME_MAX);
    assert_true(str_is(view_metadata(view, node_in(view, NODE_TASK, "T"), STR("name")), "b"));
}

static void a_declared_state_yields_to_what_happened(void **state)
{
    struct scene *scene = *state;
    scene_tell(scene, 10, 100, "TASK_CREATED", "'node_id':'T','node_status':'BLOCKED'");
    scene_tell(scene, 20, 100, "TASK_SKIPPED", "'node_id':'T'");
    scene_tell(scene, 30, 100, "TASK_CREATED", "'node_id':'T','node_status':'READY'");
    assert_string_equal(task_at(scene, 10, TIME_MAX), "BLOCKED");
    assert_string_equal(task_at(scene, 30, TIME_MAX), "SKIPPED");
}

static void a_key_finds_its_fact_within_its_tenant(void **state)
{
    struct scene *scene = *state;
    struct event *event = scene_decode(scene, "{'event_type':'TASK_STARTED','timestamp':1,'event_id':'a','iteration_id':'it','node_id':'T'}");
    assert_int_equal(graph_find_key(scene->graph, event->tenant_id, event->key), GRAPH_NONE);
    uint32_t fact = scene_apply(scene, event, 1);
    assert_int_equal(graph_find_key(scene->graph, event->tenant_id, event->key), fact);
    assert_int_equal(graph_find_key(scene->graph, STR("other"), event->key), GRAPH_NONE);
    assert_int_equal(graph_fact(scene->graph, fact).content_hash, event_content_hash(event));
}

static void tenants_do_not_see_each_other(void **state)
{
    struct scene *scene = *state;
    scene_tell(scene, 1, 1, "TASK_STARTED", "'node_id':'T'");
    scene_tell(scene, 2, 2, "TASK_FAILED", "'node_id':'T','tenant_id':'other'");
    assert_string_equal(task_at(scene, TIME_MAX, TIME_MAX), "RUNNING");
    assert_null(scene_view_of(scene, STR("third"), STR("it"), TIME_MAX, TIME_MAX));
    struct history_match *matches;
    uint32_t count;
    assert_int_equal(history_find(scene->graph, STR("other"), STR_NONE, HISTORY_ANY_KIND, STR("T"), TIME_MAX, &scene->arena,
                                  &matches, &count, NULL), STATUS_OK);
    assert_int_equal(count, 1);
    assert_int_equal(matches[0].fact_count, 1);
}

/* --- what an analysis sweeps away ------------------------------------------------------------------------------------------ */

static const char *module_at(struct scene *scene, int64_t valid_at, const char *path)
{
    return scene_status(scene_view(scene, valid_at, TIME_MAX), NODE_MODULE, path);
}

static void an_analysis_sweeps_away_what_it_no_longer_reports(void **state)
{
    struct scene *scene = *state;
    scene_tell(scene, 10, 1, "ANALYSIS_STARTED", "'manifest_name':'m'");
    scene_tell(scene, 11, 1, "MODULE_ANALYZED", "'manifest_name':'m','module_path':'a.js'");
    scene_tell(scene, 12, 1, "MODULE_ANALYZED", "'manifest_name':'m','module_path':'b.js'");
    scene_tell(scene, 13, 1, "VIOLATION_DETECTED", "'manifest_name':'m','rule_id':'r','source_module':'a.js'");
    scene_tell(scene, 14, 1, "ANALYSIS_COMPLETED", "'manifest_name':'m'");
    scene_tell(scene, 20, 2, "ANALYSIS_STARTED", "'manifest_name':'m'");
    scene_tell(scene, 21, 2, "MODULE_ANALYZED", "'manifest_name':'m','module_path':'b.js'");
    assert_string_equal(module_at(scene, 25, "a.js"), "ANALYZED"); /* it is still under way */
    scene_tell(scene, 24, 2, "ANALYSIS_COMPLETED", "'manifest_name':'m'");
    assert_string_equal(module_at(scene, 23, "a.js"), "ANALYZED");
    assert_string_equal(module_at(scene, 24, "a.js"), "absent");
    assert_string_equal(module_at(scene, 24, "b.js"), "ANALYZED");
    assert_string_equal(scene_status(scene_view(scene, 24, TIME_MAX), NODE_VIOLATION, "r:a.js"), "absent");
    assert_string_equal(scene_status(scene_view(scene, 23, TIME_MAX), NODE_VIOLATION, "r:a.js"), "ACTIVE");
}

static void an_analysis_sweeps_its_own_manifest_only(void **state)
{
    struct scene *scene = *state;
    scene_tell(scene, 10, 1, "MODULE_ANALYZED", "'manifest_name':'m','module_path':'a.js','lines':1");
    scene_tell(scene, 11, 1, "MODULE_ANALYZED", "'manifest_name':'n','module_path':'a.js','lines':2");
    scene_tell(scene, 12, 1, "MODULE_ANALYZED", "'manifest_name':'m','module_path':'a.js','lines':3,'idempotency_key':'x'");
    scene_tell(scene, 20, 2, "ANALYSIS_STARTED", "'manifest_name':'m'");
    scene_tell(scene, 21, 2, "ANALYSIS_COMPLETED", "'manifest_name':'m'");
    const struct graph_view *view = scene_view(scene, 20, TIME_MAX);
    assert_int_equal(view_integer(view, node_in(view, NODE_MODULE, "a.js"), EVENT_FIELD_LINES, 0), 3);
    view = scene_view(scene, 21, TIME_MAX);
    assert_int_equal(view_integer(view, node_in(view, NODE_MODULE, "a.js"), EVENT_FIELD_LINES, 0), 2);
}

static void a_dependency_that_one_manifest_drops_stays_where_another_reports_it(void **state)
{
    struct scene *scene = *state;
    scene_tell(scene, 1, 1, "MODULE_ANALYZED", "'manifest_name':'n','module_path':'a.js'");
    scene_tell(scene, 1, 1, "MODULE_ANALYZED", "'manifest_name':'n','module_path':'b.js'");
    scene_tell(scene, 2, 1, "DEPENDENCY_DETECTED", "'manifest_name':'n','source_module':'a.js','target_module':'b.js'");
    scene_tell(scene, 3, 1, "DEPENDENCY_DETECTED",
               "'manifest_name':'m','source_module':'a.js','target_module':'b.js','metadata':{'weight':'4'}");
    const struct view_link *link =
        scene_link(scene_view(scene, TIME_MAX, TIME_MAX), LINK_DEPENDS_ON, NODE_MODULE, "a.js", NODE_MODULE, "b.js");
    assert_true(link != NULL && link->weight == 4);
    scene_tell(scene, 20, 2, "ANALYSIS_STARTED", "'manifest_name':'m'");
    scene_tell(scene, 21, 2, "ANALYSIS_COMPLETED", "'manifest_name':'m'");
    link = scene_link(scene_view(scene, TIME_MAX, TIME_MAX), LINK_DEPENDS_ON, NODE_MODULE, "a.js", NODE_MODULE, "b.js");
    assert_true(link != NULL && link->weight == 1);
}

static void a_listed_dependency_is_swept_with_the_analysis_that_listed_it(void **state)
{
    struct scene *scene = *state;
    scene_tell(scene, 1, 1, "ANALYSIS_STARTED", "'manifest_name':'m'");
    scene_tell(scene, 2, 1, "MODULE_ANALYZED", "'manifest_name':'m','module_path':'a.js','depends_on':['b.js']");
    scene_tell(scene, 2, 1, "MODULE_ANALYZED", "'manifest_name':'m','module_path':'b.js'");
    scene_tell(scene, 3, 1, "ANALYSIS_COMPLETED", "'manifest_name':'m'");
    scene_tell(scene, 11, 1, "ANALYSIS_STARTED", "'manifest_name':'m'");
    scene_tell(scene, 12, 1, "MODULE_ANALYZED", "'manifest_name':'m','module_path':'a.js'");
    scene_tell(scene, 12, 1, "MODULE_ANALYZED", "'manifest_name':'m','module_path':'b.js'");
    scene_tell(scene, 13, 1, "ANALYSIS_COMPLETED", "'manifest_name':'m'");
    assert_non_null(scene_link(scene_view(scene, 12, TIME_MAX), LINK_DEPENDS_ON, NODE_MODULE, "a.js", NODE_MODULE, "b.js"));
    assert_null(scene_link(scene_view(scene, 13, TIME_MAX), LINK_DEPENDS_ON, NODE_MODULE, "a.js", NODE_MODULE, "b.js"));
}

static void a_suppression_outlives_analyses(void **state)
{
    struct scene *scene = *state;
    scene_tell(scene, 1, 1, "VIOLATION_SUPPRESSED", "'rule_id':'r','source_module':'a.js','adr_reference':'ADR-1'");
    assert_string_equal(scene_status(scene_view(scene, TIME_MAX, TIME_MAX), NODE_VIOLATION, "r:a.js"), "absent");
    scene_tell(scene, 2, 1, "VIOLATION_DETECTED", "'manifest_name':'m','rule_id':'r','source_module':'a.js'");
    assert_string_equal(scene_status(scene_view(scene, TIME_MAX, TIME_MAX), NODE_VIOLATION, "r:a.js"), "SUPPRESSED");
    scene_tell(scene, 11, 1, "ANALYSIS_STARTED", "'manifest_name':'m'");
    scene_tell(scene, 12, 1, "VIOLATION_DETECTED", "'manifest_name':'m','rule_id':'r','source_module':'a.js'");
    scene_tell(scene, 13, 1, "ANALYSIS_COMPLETED", "'manifest_name':'m'");
    const struct graph_view *view = scene_view(scene, TIME_MAX, TIME_MAX);
    assert_string_equal(scene_status(view, NODE_VIOLATION, "r:a.js"), "SUPPRESSED");
    assert_true(str_is(view_text(view, node_in(view, NODE_VIOLATION, "r:a.js"), EVENT_FIELD_ADR_REFERENCE), "ADR-1"));
    scene_tell(scene, 20, 1, "VIOLATION_SUPPRESSED", "'rule_id':'r','source_module':'a.js','metadata':{'lifted':'true'}");
    assert_string_equal(scene_status(scene_view(scene, TIME_MAX, TIME_MAX), NODE_VIOLATION, "r:a.js"), "ACTIVE");
}

static void a_late_start_changes_what_was_swept_only_for_those_who_know_it(void **state)
{
    struct scene *scene = *state;
    scene_tell(scene, 10, 1, "MODULE_ANALYZED", "'manifest_name':'m','module_path':'a.js'");
    scene_tell(scene, 30, 1, "ANALYSIS_COMPLETED", "'manifest_name':'m'");
    scene_tell(scene, 20, 5, "ANALYSIS_STARTED", "'manifest_name':'m'");
    assert_string_equal(scene_status(scene_view(scene, 40, 4), NODE_MODULE, "a.js"), "ANALYZED");
    assert_string_equal(scene_status(scene_view(scene, 40, 5), NODE_MODULE, "a.js"), "absent");
    assert_string_equal(scene_status(scene_view(scene, 29, 5), NODE_MODULE, "a.js"), "ANALYZED");
}

/* --- links on two clocks --------------------------------------------------------------------------------------------------- */

static void a_link_is_valid_from_the_later_event_and_observed_with_the_second(void **state)
{
    struct scene *scene = *state;
    scene_tell(scene, 30, 100, "TASK_CREATED", "'node_id':'T','requirement_id':'R'");
    scene_tell(scene, 20, 200, "REQUIREMENT_DECLARED", "'node_id':'R'");
    const struct view_link *link =
        scene_link(scene_view(scene, TIME_MAX, TIME_MAX), LINK_FULFILLED_BY, NODE_REQUIREMENT, "R", NODE_TASK, "T");
    assert_non_null(link);
    assert_int_equal(link->valid_from, 30);
    assert_int_equal(link->observed_at, 200);
    const struct graph_view *before = scene_view(scene, TIME_MAX, 199);
    assert_int_equal(before->link_count, 0);
    assert_non_null(scene_unmatched(before, NODE_TASK, "T", LINK_FULFILLED_BY));
    assert_int_equal(scene_view(scene, 29, TIME_MAX)->link_count, 0);
}

static void a_later_claim_moves_the_link_and_the_past_keeps_the_old_one(void **state)
{
    struct scene *scene = *state;
    scene_tell(scene, 1, 1, "REQUIREMENT_DECLARED", "'node_id':'R1'");
    scene_tell(scene, 1, 1, "REQUIREMENT_DECLARED", "'node_id':'R2'");
    scene_tell(scene, 10, 10, "TASK_CREATED", "'node_id':'T','requirement_id':'R1'");
    scene_tell(scene, 20, 20, "TASK_STARTED", "'node_id':'T','requirement_id':'R2'");
    const struct graph_view *now = scene_view(scene, TIME_MAX, TIME_MAX);
    assert_null(scene_link(now, LINK_FULFILLED_BY, NODE_REQUIREMENT, "R1", NODE_TASK, "T"));
    assert_int_equal(scene_link(now, LINK_FULFILLED_BY, NODE_REQUIREMENT, "R2", NODE_TASK, "T")->valid_from, 20);
    assert_non_null(scene_link(scene_view(scene, 19, TIME_MAX), LINK_FULFILLED_BY, NODE_REQUIREMENT, "R1", NODE_TASK, "T"));
    assert_non_null(scene_link(scene_view(scene, TIME_MAX, 19), LINK_FULFILLED_BY, NODE_REQUIREMENT, "R1", NODE_TASK, "T"));
}

/* What is not known yet can neither hold nor break how long a claim has held. */
static void a_claim_has_held_since_its_first_known_event_without_a_break(void **state)
{
    struct scene *scene = *state;
    scene_tell(scene, 1, 1, "REQUIREMENT_DECLARED", "'node_id':'R1'");
    scene_tell(scene, 1, 1, "REQUIREMENT_DECLARED", "'node_id':'R2'");
    scene_tell(scene, 10, 10, "TASK_CREATED", "'node_id':'T','requirement_id':'R1'");
    scene_tell(scene, 30, 30, "TASK_COMPLETED", "'node_id':'T','requirement_id':'R1'");
    scene_tell(scene, 20, 40, "TASK_STARTED", "'node_id':'T','requirement_id':'R2'");
    assert_int_equal(scene_link(scene_view(scene, TIME_MAX, 39), LINK_FULFILLED_BY, NODE_REQUIREMENT, "R1", NODE_TASK, "T")->valid_from, 10);
    assert_int_equal(scene_link(scene_view(scene, TIME_MAX, 40), LINK_FULFILLED_BY, NODE_REQUIREMENT, "R1", NODE_TASK, "T")->valid_from, 30);
}

/* --- history and changes ---------------------------------------------------------------------------------------------------- */

static struct history *history_of(struct scene *scene, enum node_kind kind, const char *id, enum history_order order, int64_t known_at)
{
    struct history_match *matches;
    struct history *history;
    uint32_t count;
    assert_int_equal(history_find(scene->graph, STR("default"), STR("it"), kind, str_from(id), known_at, &scene->arena, &matches,
                                  &count, NULL), STATUS_OK);
    assert_int_equal(count, 1);
    struct history_scope scope = {order, known_at, INT64_MIN, TIME_MAX};
    assert_int_equal(history_open(scene->graph, matches[0].node, scope, &scene->arena, &history, NULL), STATUS_OK);
    return history;
}

static void history_by_validity_closes_each_version_with_the_next(void **state)
{
    struct scene *scene = *state;
    tell_a_late_completion(scene);
    scene_tell(scene, 15, 300, "TASK_RETRYING", "'node_id':'T'");
    const struct history *then = history_of(scene, NODE_TASK, "T", HISTORY_BY_VALIDITY, 250);
    assert_int_equal(then->version_count, 3);
    assert_int_equal(then->versions[0].valid_to, 20);
    const struct history *now = history_of(scene, NODE_TASK, "T", HISTORY_BY_VALIDITY, TIME_MAX);
    assert_int_equal(now->version_count, 4);
    assert_int_equal(now->versions[0].valid_to, 15);
    assert_int_equal(now->versions[1].type, EVENT_DDE_TASK_RETRYING);
    assert_int_equal(now->versions[1].version, 2);
    assert_int_equal(now->versions[3].valid_to, TIME_MAX);
    assert_string_equal(node_status_name(view_status(&now->versions[2].state)), "FAILED");
    assert_int_equal(now->versions[3].change_count, 1);
    assert_int_equal(now->versions[3].changes[0].property, PROPERTY_STATUS);
    assert_int_equal(view_value_integer(now->reader, now->versions[3].changes[0].before), STATE_FAILED);
}

static void history_as_recorded_shows_what_each_event_made_us_believe(void **state)
{
    struct scene *scene = *state;
    tell_a_late_completion(scene);
    scene_tell(scene, 15, 300, "TASK_RETRYING", "'node_id':'T'");
    const struct history *history = history_of(scene, NODE_TASK, "T", HISTORY_AS_RECORDED, TIME_MAX);
    assert_int_equal(history->version_count, 4);
    assert_int_equal(history->versions[3].type, EVENT_DDE_TASK_RETRYING);
    assert_int_equal(history->versions[3].valid_to, 20);
    assert_string_equal(node_status_name(view_status(&history->versions[3].state)), "COMPLETED");
    assert_int_equal(history->versions[3].change_count, 1);
    assert_int_equal(history->versions[3].changes[0].property, PROPERTY_RETRIED);
}

static void history_shows_where_an_analysis_ended_a_module(void **state)
{
    struct scene *scene = *state;
    scene_tell(scene, 10, 1, "MODULE_ANALYZED", "'manifest_name':'m','module_path':'a.js'");
    scene_tell(scene, 20, 1, "ANALYSIS_STARTED", "'manifest_name':'m'");
    scene_tell(scene, 30, 1, "ANALYSIS_COMPLETED", "'manifest_name':'m'");
    scene_tell(scene, 40, 1, "MODULE_ANALYZED", "'manifest_name':'m','module_path':'a.js'");
    const struct history *history = history_of(scene, NODE_MODULE, "a.js", HISTORY_BY_VALIDITY, TIME_MAX);
    assert_int_equal(history->version_count, 3);
    assert_int_equal(history->versions[0].valid_to, 30);
    assert_true(history->versions[1].by_analysis && !history->versions[1].exists);
    assert_int_equal(history->versions[1].version, 1);
    assert_int_equal(history->versions[2].version, 2);
    assert_true(history->versions[2].exists);
}

static void an_id_of_several_kinds_is_listed(void **state)
{
    struct scene *scene = *state;
    struct history_match *matches;
    uint32_t count;
    scene_tell(scene, 1, 1, "TASK_CREATED", "'node_id':'X'");
    scene_tell(scene, 1, 1, "SCENARIO_PASSED", "'scenario_id':'X'");
    scene_tell(scene, 1, 1, "TASK_CREATED", "'node_id':'X','iteration_id':'another'");
    scene_tell(scene, 1, 1, "CONTRACT_LOCKED", "'contract_id':'P','contract_version':'v1'");
    assert_int_equal(history_find(scene->graph, STR("default"), STR_NONE, HISTORY_ANY_KIND, STR("X"), TIME_MAX, &scene->arena,
                                  &matches, &count, NULL), STATUS_OK);
    assert_int_equal(count, 3);
    assert_true(str_is(matches[0].iteration_id, "another"));
    assert_int_equal(matches[1].kind, NODE_TASK);
    assert_int_equal(matches[2].kind, NODE_SCENARIO);
    assert_int_equal(history_find(scene->graph, STR("default"), STR("it"), HISTORY_ANY_KIND, STR("CONTRACT.P.v1"), TIME_MAX,
                                  &scene->arena, &matches, &count, NULL), STATUS_OK);
    assert_true(count == 1 && str_is(matches[0].id, "P:v1"));
    assert_int_equal(history_find(scene->graph, STR("default"), STR("it"), NODE_TASK, STR("Y"), TIME_MAX, &scene->arena, &matches,
                                  &count, NULL), STATUS_ABSENT);
}

static void changes_tell_what_came_changed_and_went(void **state)
{
    struct scene *scene = *state;
    struct changes *changes;
    scene_tell(scene, 5, 1, "MODULE_ANALYZED", "'manifest_name':'m','module_path':'a.js'");
    scene_tell(scene, 10, 1, "TASK_CREATED", "'node_id':'T'");
    scene_tell(scene, 20, 1, "TASK_STARTED", "'node_id':'T'");
    scene_tell(scene, 25, 1, "TASK_STARTED", "'node_id':'T'"); /* says nothing new */
    scene_tell(scene, 30, 1, "ANALYSIS_STARTED", "'manifest_name':'m'");
    scene_tell(scene, 40, 1, "ANALYSIS_COMPLETED", "'manifest_name':'m'");
    assert_int_equal(changes_between(scene->graph, STR("default"), STR("it"), 5, 40, TIME_MAX, &scene->arena, &changes, NULL), STATUS_OK);
    assert_int_equal(changes->node_count, 5); /* T came, T ran, the iteration's node came with the analysis, a.js went, … */
    assert_int_equal(changes->nodes[0].change, CHANGE_CREATED);
    assert_int_equal(changes->nodes[0].kind, NODE_TASK);
    assert_int_equal(changes->nodes[1].change, CHANGE_UPDATED);
    assert_int_equal(changes->nodes[1].type, EVENT_DDE_TASK_STARTED);
    assert_int_equal(changes->nodes[1].valid_from, 20);
    const struct node_change *gone = &changes->nodes[4];
    assert_int_equal(gone->change, CHANGE_DELETED);
    assert_true(str_is(gone->id, "a.js"));
    assert_int_equal(gone->type, EVENT_ACC_ANALYSIS_COMPLETED);
    assert_true(gone->before.property_count > 0 && gone->after.property_count == 0);
    assert_int_equal(changes_between(scene->graph, STR("default"), STR("it"), 6, 5, TIME_MAX, &scene->arena, &changes, NULL), STATUS_INVALID);
    assert_int_equal(changes_between(scene->graph, STR("default"), STR("no"), 5, 6, TIME_MAX, &scene->arena, &changes, NULL), STATUS_ABSENT);
}

static void two_views_differ_in_nodes_and_links(void **state)
{
    struct scene *scene = *state;
    struct changes *changes;
    scene_tell(scene, 1, 1, "REQUIREMENT_DECLARED", "'node_id':'R1'");
    scene_tell(scene, 10, 10, "TASK_CREATED", "'node_id':'T','requirement_id':'R1'");
    const struct graph_view *before = scene_view(scene, 5, TIME_MAX), *after = scene_view(scene, 10, TIME_MAX);
    assert_int_equal(changes_compare(before, after, &scene->arena, &changes, NULL), STATUS_OK);
    assert_true(changes->node_count == 1 && changes->link_count == 1);
    assert_int_equal(changes->links[0].change, CHANGE_CREATED);
    assert_true(str_is(changes->links[0].source_id, "R1") && str_is(changes->links[0].target_id, "T"));
    assert_int_equal(changes_compare(after, before, &scene->arena, &changes, NULL), STATUS_OK);
    assert_int_equal(changes->nodes[0].change, CHANGE_DELETED);
    assert_int_equal(changes->links[0].change, CHANGE_DELETED);
}

/* --- digest -------------------------------------------------------------------------------------------------------------------- */

static struct digest digest_now(const struct scene *scene)
{
    struct correlate_config config = correlate_config_default();
    struct digest digest;
    assert_int_equal(digest_of(scene->graph, &config, &digest, NULL), STATUS_OK);
    return digest;
}

static void the_digest_tells_arrival_apart_only_where_it_should(void **state)
{
    struct scene *scene = *state, other;
    scene_init(&other);
    scene_tell(scene, 1, 1, "REQUIREMENT_DECLARED", "'node_id':'R','event_id':'a'");
    scene_tell(scene, 2, 2, "TASK_CREATED", "'node_id':'T','event_id':'b','requirement_id':'R'");
    scene_tell(&other, 2, 7, "TASK_CREATED", "'node_id':'T','event_id':'b','requirement_id':'R'");
    scene_tell(&other, 1, 9, "REQUIREMENT_DECLARED", "'node_id':'R','event_id':'a'");
    struct digest a = digest_now(scene), b = digest_now(&other);
    assert_memory_equal(a.current, b.current, SHA256_SIZE);
    assert_memory_not_equal(a.facts, b.facts, SHA256_SIZE);
    assert_memory_not_equal(a.links, b.links, SHA256_SIZE);
    scene_tell(&other, 3, 9, "TASK_CREATED", "'node_id':'T','event_id':'c'");
    b = digest_now(&other);
    assert_memory_not_equal(a.current, b.current, SHA256_SIZE);
    scene_release(&other);
}

/* --- memory that is not there ---------------------------------------------------------------------------------------------------- */

static const char *const storyline[] = {
    "{'event_type':'REQUIREMENT_DECLARED','timestamp':1,'event_id':'a','iteration_id':'it','node_id':'R','metadata':{'name':'x y'}}",
    "{'event_type':'TASK_CREATED','timestamp':2,'event_id':'b','iteration_id':'it','node_id':'T','metadata':{'name':'x y','depends_on':'U'}}",
    "{'event_type':'TASK_CREATED','timestamp':1,'event_id':'c','iteration_id':'it','node_id':'T','trace_id':'0123456789abcdef0123456789abcdef'}",
    "{'event_type':'SCENARIO_PASSED','timestamp':3,'event_id':'d','iteration_id':'it','scenario_id':'S','feature_path':'f','scenario_tags':['@contract:P:v1'],'flake_rate':0.5}",
    "{'event_type':'CONTRACT_LOCKED','timestamp':3,'event_id':'e','iteration_id':'it','contract_id':'P:v1','node_id':'T'}",
    "{'event_type':'ARTIFACT_CREATED','timestamp':4,'event_id':'f','iteration_id':'it','artifact_path':'a.js','node_id':'T'}",
    "{'event_type':'ANALYSIS_STARTED','timestamp':4,'event_id':'g','iteration_id':'it','metadata':{'component.c':'.'}}",
    "{'event_type':'MODULE_ANALYZED','timestamp':5,'event_id':'h','iteration_id':'it','module_path':'src/a.js','depends_on':['z']}",
    "{'event_type':'ANALYSIS_COMPLETED','timestamp':6,'event_id':'i','iteration_id':'it'}",
    "{'event_type':'LINK_ASSERTED','timestamp':7,'event_id':'j','iteration_id':'it','source_kind':'Task','source_id':'T','link_kind':'IMPLEMENTS','target_kind':'Contract','target_id':'P:v1'}",
    "{'event_type':'TEST_RUN_STARTED','timestamp':2,'event_id':'k','iteration_id':'it','node_id':'run'}",
};
#define STORY_LENGTH (sizeof storyline / sizeof storyline[0])

static enum status apply_story(struct event *const *events)
{
    struct graph *graph = NULL;
    struct error error;
    enum status status = graph_new(&graph, &error);
    for (size_t i = 0; status == STATUS_OK && i < STORY_LENGTH; i++) {
        status = graph_apply(graph, events[i], i + 1, (int64_t)i, NULL, &error);
    }
    graph_free(graph);
    return status;
}

static void every_allocation_of_applying_may_fail(void **state)
{
    struct scene *scene = *state;
    struct event *events[STORY_LENGTH];
    for (size_t i = 0; i < STORY_LENGTH; i++) {
        events[i] = scene_decode(scene, storyline[i]);
    }
    int64_t n = 0;
    for (bool struck = true; struck; n++) {
        memory_fail_after(n);
        enum status status = apply_story(events);
        struck = memory_injected();
        memory_fail_after(-1);
        assert_int_equal(status, struck ? STATUS_FATAL : STATUS_OK);
    }
    assert_true(n > 20);
}

static enum status read_all(struct scene *scene, struct arena *arena)
{
    struct graph_view *view;
    struct correlate_config config = correlate_config_default();
    struct history_match *matches;
    struct history *history;
    struct changes *changes;
    struct error error;
    uint32_t count;
    struct history_scope scope = {HISTORY_AS_RECORDED, TIME_MAX, INT64_MIN, TIME_MAX};
    enum status status = graph_view_open(scene->graph, STR("default"), STR("it"), TIME_MAX, TIME_MAX, arena, &view, &error);
    status = status != STATUS_OK ? status : correlate_view(view, &config, &error);
    status = status != STATUS_OK ? status : history_find(scene->graph, STR("default"), STR("it"), NODE_MODULE, STR("src/a.js"), TIME_MAX, arena, &matches, &count, &error);
    status = status != STATUS_OK ? status : history_open(scene->graph, matches[0].node, scope, arena, &history, &error);
    status = status != STATUS_OK ? status : changes_between(scene->graph, STR("default"), STR("it"), 0, 9, TIME_MAX, arena, &changes, &error);
    return status != STATUS_OK ? status : changes_compare(view, view, arena, &changes, &error);
}

static void an_arena_may_end_anywhere_in_reading(void **state)
{
    struct scene *scene = *state;
    for (size_t i = 0; i < STORY_LENGTH; i++) {
        scene_apply(scene, scene_decode(scene, storyline[i]), (int64_t)i);
    }
    bool done = false;
    size_t left = 0;
    for (; !done; left += 32) {
        struct arena arena;
        arena_init(&arena, MIB);
        assert_non_null(arena_new(&arena, MIB));
        arena.at -= left; /* so much of its one chunk is to be had */
        arena.left = left;
        enum status status = read_all(scene, &arena);
        arena_release(&arena);
        assert_true(status == STATUS_OK || status == STATUS_FATAL);
        done = status == STATUS_OK;
        assert_true(left < MIB);
    }
    assert_true(left > 10000);
}

static void every_allocation_of_digest_may_fail(void **state)
{
    struct scene *scene = *state;
    struct correlate_config config = correlate_config_default();
    struct digest digest;
    struct error error;
    for (size_t i = 0; i < STORY_LENGTH; i++) {
        scene_apply(scene, scene_decode(scene, storyline[i]), (int64_t)i);
    }
    int64_t n = 0;
    for (bool struck = true; struck; n++) {
        memory_fail_after(n);
        enum status status = digest_of(scene->graph, &config, &digest, &error);
        struck = memory_injected();
        memory_fail_after(-1);
        assert_int_equal(status, struck ? STATUS_FATAL : STATUS_OK);
    }
    assert_true(n > 3);
}

static void memory_is_accounted_for(void **state)
{
    struct scene *scene = *state;
    for (size_t i = 0; i < STORY_LENGTH; i++) {
        scene_apply(scene, scene_decode(scene, storyline[i]), (int64_t)i);
    }
    struct graph_memory memory = graph_memory(scene->graph);
    assert_int_equal(memory.fact_count, STORY_LENGTH);
    assert_int_equal(memory.iteration_count, 1);
    assert_int_equal(memory.total, memory.facts + memory.nodes + memory.properties + memory.keys + memory.texts);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is),
        TEST(what_was_as_we_know_it_today),
        TEST(what_did_we_believe_then),
        TEST(what_did_we_believe_then_about_earlier),
        TEST(a_late_event_of_the_past_does_not_change_now),
        TEST(events_of_one_instant_are_ordered_by_type_then_id),
        TEST(a_declared_state_yields_to_what_happened),
        TEST(a_key_finds_its_fact_within_its_tenant),
        TEST(tenants_do_not_see_each_other),
        TEST(an_analysis_sweeps_away_what_it_no_longer_reports),
        TEST(an_analysis_sweeps_its_own_manifest_only),
        TEST(a_dependency_that_one_manifest_drops_stays_where_another_reports_it),
        TEST(a_listed_dependency_is_swept_with_the_analysis_that_listed_it),
        TEST(a_suppression_outlives_analyses),
        TEST(a_late_start_changes_what_was_swept_only_for_those_who_know_it),
        TEST(a_link_is_valid_from_the_later_event_and_observed_with_the_second),
        TEST(a_later_claim_moves_the_link_and_the_past_keeps_the_old_one),
        TEST(a_claim_has_held_since_its_first_known_event_without_a_break),
        TEST(history_by_validity_closes_each_version_with_the_next),
        TEST(history_as_recorded_shows_what_each_event_made_us_believe),
        TEST(history_shows_where_an_analysis_ended_a_module),
        TEST(an_id_of_several_kinds_is_listed),
        TEST(changes_tell_what_came_changed_and_went),
        TEST(two_views_differ_in_nodes_and_links),
        TEST(the_digest_tells_arrival_apart_only_where_it_should),
        TEST(every_allocation_of_applying_may_fail),
        TEST(an_arena_may_end_anywhere_in_reading),
        TEST(every_allocation_of_digest_may_fail),
        TEST(memory_is_accounted_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
