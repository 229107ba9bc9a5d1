/* Each row of SPEC section 4's table by a named example, with what it says of itself and what is listed for review. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "correlate/path.h"
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
    graph_check(scene->graph);
    scene_release(scene);
    free(scene);
    return 0;
}

static void tell(struct scene *scene, const char *type, const char *fields)
{
    int64_t at = scene->told + 1;
    scene_tell(scene, at, at, type, fields);
}

static struct graph_view *now(struct scene *scene)
{
    return scene_view(scene, TIME_MAX, TIME_MAX);
}

static void must_be(const struct view_link *link, enum link_method method, double confidence, const char *explanation)
{
    assert_non_null(link);
    assert_string_equal(link_method_name(link->method), link_method_name(method));
    assert_true(link->confidence == confidence);
    if (!str_is(link->explanation, explanation)) {
        fail_msg("it says: %.*s", STR_ARGS(link->explanation));
    }
}

static void must_be_listed(const struct graph_view *view, enum node_kind kind, const char *id, enum link_kind link,
                           const char *partner, const char *reason)
{
    const struct view_unmatched *unmatched = scene_unmatched(view, kind, id, link);
    assert_non_null(unmatched);
    if (!str_is(unmatched->partner, partner) || str_find_str(unmatched->reason, str_from(reason), 0) == unmatched->reason.length) {
        fail_msg("%.*s: %.*s", STR_ARGS(unmatched->partner), STR_ARGS(unmatched->reason));
    }
}

static const struct view_link *fulfils(const struct graph_view *view, const char *requirement, const char *task)
{
    return scene_link(view, LINK_FULFILLED_BY, NODE_REQUIREMENT, requirement, NODE_TASK, task);
}

static const struct view_link *contains(const struct graph_view *view, const char *artifact, const char *module)
{
    return scene_link(view, LINK_CONTAINS, NODE_ARTIFACT, artifact, NODE_MODULE, module);
}

/* --- Requirement → Task ---------------------------------------------------------------------------------------------------- */

static void a_task_that_names_its_requirement(void **state)
{
    struct scene *scene = *state;
    tell(scene, "TASK_CREATED", "'node_id':'T','requirement_id':'R'");
    must_be_listed(now(scene), NODE_TASK, "T", LINK_FULFILLED_BY, "R", "nobody has declared");
    tell(scene, "REQUIREMENT_DECLARED", "'requirement_id':'R'");
    const struct graph_view *view = now(scene);
    const struct view_link *link = fulfils(view, "R", "T");
    must_be(link, METHOD_EXPLICIT_ID, 1.0, "The Task's event names requirement_id R.");
    assert_true(link->inferred);
    assert_true(str_is(link->created_by, "correlator"));
    assert_int_equal(view_fact_type(view, link->evidence_fact), EVENT_DDE_TASK_CREATED);
    assert_int_equal(view->unmatched_count, 0);
}

static void a_task_whose_name_is_like_a_requirements(void **state)
{
    struct scene *scene = *state;
    tell(scene, "REQUIREMENT_DECLARED", "'node_id':'R1','metadata':{'name':'Parse the order'}");
    tell(scene, "REQUIREMENT_DECLARED", "'node_id':'R2','metadata':{'name':'Pay the order'}");
    tell(scene, "TASK_CREATED", "'node_id':'T','metadata':{'name':'parse, THE order: fast'}");
    const struct graph_view *view = now(scene);
    must_be(fulfils(view, "R1", "T"), METHOD_HEURISTIC, 0.75,
            "The names of the task and the requirement share 3 of 4 words (0.75).");
    assert_null(fulfils(view, "R2", "T"));
}

static void half_alike_is_not_alike(void **state)
{
    struct scene *scene = *state;
    tell(scene, "REQUIREMENT_DECLARED", "'node_id':'R','metadata':{'name':'a b c'}");
    tell(scene, "TASK_CREATED", "'node_id':'T','metadata':{'name':'a b d'}");
    tell(scene, "TASK_CREATED", "'node_id':'U','metadata':{'name':'a b'}");
    tell(scene, "TASK_CREATED", "'node_id':'V'");
    tell(scene, "TASK_CREATED", "'node_id':'W','metadata':{'name':'a b c d e f'}"); /* 3 of 6: exactly the threshold */
    const struct graph_view *view = now(scene);
    assert_null(fulfils(view, "R", "T"));
    assert_non_null(fulfils(view, "R", "U"));
    assert_null(fulfils(view, "R", "W"));
    must_be_listed(view, NODE_TASK, "T", LINK_FULFILLED_BY, "", "no requirement's name is like its own");
    must_be_listed(view, NODE_TASK, "V", LINK_FULFILLED_BY, "", "has no name to compare");
}

static void equal_scores_go_to_the_smaller_id(void **state)
{
    struct scene *scene = *state;
    tell(scene, "REQUIREMENT_DECLARED", "'node_id':'R2','metadata':{'name':'order parser'}");
    tell(scene, "TASK_CREATED", "'node_id':'T','metadata':{'name':'order parser'}");
    tell(scene, "REQUIREMENT_DECLARED", "'node_id':'R1','metadata':{'name':'parser order'}");
    assert_non_null(fulfils(now(scene), "R1", "T"));
    assert_null(fulfils(now(scene), "R2", "T"));
    assert_non_null(fulfils(scene_view(scene, 2, TIME_MAX), "R2", "T"));
}

static void better_evidence_replaces_worse(void **state)
{
    struct scene *scene = *state;
    tell(scene, "REQUIREMENT_DECLARED", "'node_id':'R1','metadata':{'name':'order parser'}");
    tell(scene, "REQUIREMENT_DECLARED", "'node_id':'R2'");
    tell(scene, "TASK_CREATED", "'node_id':'T','metadata':{'name':'order parser'}");
    assert_non_null(fulfils(now(scene), "R1", "T"));
    tell(scene, "TASK_STARTED", "'node_id':'T','requirement_id':'R2'");
    assert_null(fulfils(now(scene), "R1", "T"));
    assert_int_equal(fulfils(now(scene), "R2", "T")->method, METHOD_EXPLICIT_ID);
}

static void likeness_is_valid_from_when_both_names_were_given(void **state)
{
    struct scene *scene = *state;
    tell(scene, "REQUIREMENT_DECLARED", "'node_id':'R'");
    tell(scene, "TASK_CREATED", "'node_id':'T','metadata':{'name':'x y'}");
    tell(scene, "REQUIREMENT_DECLARED", "'node_id':'R','metadata':{'name':'x y'}");
    assert_null(fulfils(scene_view(scene, 2, TIME_MAX), "R", "T"));
    assert_int_equal(fulfils(now(scene), "R", "T")->valid_from, 3);
}

/* --- Requirement → BehavioralSpec, Scenario ----------------------------------------------------------------------------------- */

static void a_scenario_and_a_feature_that_name_their_requirement(void **state)
{
    struct scene *scene = *state;
    tell(scene, "REQUIREMENT_DECLARED", "'node_id':'R'");
    tell(scene, "SCENARIO_PASSED", "'scenario_id':'S','requirement_id':'R'");
    tell(scene, "FEATURE_STARTED", "'feature_path':'f.feature','requirement_id':'R'");
    const struct graph_view *view = now(scene);
    must_be(scene_link(view, LINK_VALIDATED_BY, NODE_REQUIREMENT, "R", NODE_SCENARIO, "S"), METHOD_EXPLICIT_ID, 1.0,
            "The Scenario's event names requirement_id R.");
    must_be(scene_link(view, LINK_VALIDATED_BY, NODE_REQUIREMENT, "R", NODE_SPEC, "f.feature"), METHOD_EXPLICIT_ID, 1.0,
            "The BehavioralSpec's event names requirement_id R.");
}

static void a_scenario_with_a_requirement_tag(void **state)
{
    struct scene *scene = *state;
    tell(scene, "REQUIREMENT_DECLARED", "'node_id':'R'");
    tell(scene, "SCENARIO_STARTED", "'scenario_id':'S','scenario_tags':['@slow','@requirement:R','@requirement:Q']");
    const struct graph_view *view = now(scene);
    must_be(scene_link(view, LINK_VALIDATED_BY, NODE_REQUIREMENT, "R", NODE_SCENARIO, "S"), METHOD_CONTRACT_TAG, 0.8,
            "The Scenario carries the tag @requirement:R.");
    must_be_listed(view, NODE_SCENARIO, "S", LINK_VALIDATED_BY, "Q", "nobody has declared");
}

static void of_id_and_tag_the_id_counts(void **state)
{
    struct scene *scene = *state;
    tell(scene, "REQUIREMENT_DECLARED", "'node_id':'R'");
    tell(scene, "SCENARIO_STARTED", "'scenario_id':'S','scenario_tags':['@requirement:R']");
    tell(scene, "SCENARIO_PASSED", "'scenario_id':'S','requirement_id':'R'");
    const struct graph_view *view = now(scene);
    assert_int_equal(view->link_count, 1);
    assert_int_equal(view->links[0].method, METHOD_EXPLICIT_ID);
}

/* --- Artifact → CodeModule ---------------------------------------------------------------------------------------------------- */

static void paths_that_are_equal_after_normalising(void **state)
{
    struct scene *scene = *state;
    tell(scene, "ARTIFACT_CREATED", "'artifact_path':'./src//x/../a.js'");
    tell(scene, "MODULE_ANALYZED", "'module_path':'src/a.js'");
    tell(scene, "MODULE_ANALYZED", "'module_path':'other/src/a.js'");
    const struct graph_view *view = now(scene);
    must_be(contains(view, "./src//x/../a.js", "src/a.js"), METHOD_FILE_PATH_EXACT, 0.9, "The artifact's path is the module's path.");
    assert_int_equal(view->link_count, 1);
}

static void a_path_that_ends_with_the_other_at_a_slash(void **state)
{
    struct scene *scene = *state;
    tell(scene, "ARTIFACT_CREATED", "'artifact_path':'/repo/src/a.js'");
    tell(scene, "MODULE_ANALYZED", "'module_path':'src/a.js'");
    tell(scene, "MODULE_ANALYZED", "'module_path':'rc/a.js'"); /* not at a slash */
    must_be(contains(now(scene), "/repo/src/a.js", "src/a.js"), METHOD_FILE_PATH_FUZZY, 0.7,
            "One of the paths ends with the other, and only the module src/a.js does so.");
    tell(scene, "MODULE_ANALYZED", "'module_path':'a.js'");
    const struct graph_view *view = now(scene);
    assert_null(contains(view, "/repo/src/a.js", "src/a.js"));
    must_be_listed(view, NODE_ARTIFACT, "/repo/src/a.js", LINK_CONTAINS, "/repo/src/a.js", "2 modules end alike");
    assert_non_null(contains(scene_view(scene, 3, TIME_MAX), "/repo/src/a.js", "src/a.js"));
}

static void an_artifact_that_is_no_module(void **state)
{
    struct scene *scene = *state;
    tell(scene, "ARTIFACT_CREATED", "'artifact_path':'report.pdf'");
    must_be_listed(now(scene), NODE_ARTIFACT, "report.pdf", LINK_CONTAINS, "report.pdf", "no analysed module");
}

static void paths_are_normalised(void **state)
{
    struct scene *scene = *state;
    static const char *const pairs[][2] = {{"a/./b//c/", "a/b/c"}, {"a\\b", "a/b"},   {"../a", "../a"}, {"a/../../b", "../b"},
                                           {"/../a", "/../a"},     {"./.", ""},       {"", ""},         {"/", "/"},
                                           {"../../a/..", "../.."}, {"/a/..", "/"}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        struct str normal;
        assert_true(path_normalise(&scene->arena, str_from(pairs[i][0]), &normal));
        if (!str_is(normal, pairs[i][1])) {
            fail_msg("%s became %.*s", pairs[i][0], STR_ARGS(normal));
        }
    }
}

/* --- contracts ------------------------------------------------------------------------------------------------------------------ */

static void a_scenario_that_names_its_contract(void **state)
{
    struct scene *scene = *state;
    tell(scene, "CONTRACT_LOCKED", "'contract_id':'P','contract_version':'v1'");
    tell(scene, "SCENARIO_PASSED", "'scenario_id':'S','contract_id':'CONTRACT.P.v1'");
    must_be(scene_link(now(scene), LINK_VALIDATES, NODE_SCENARIO, "S", NODE_CONTRACT, "P:v1"), METHOD_EXPLICIT_ID, 1.0,
            "The Scenario's event names contract_id P:v1.");
}

static void a_scenario_with_a_contract_tag(void **state)
{
    struct scene *scene = *state;
    tell(scene, "SCENARIO_PASSED", "'scenario_id':'S','contract_tags':['@contract:P:v1']");
    must_be_listed(now(scene), NODE_SCENARIO, "S", LINK_VALIDATES, "P:v1", "no contract of this name");
    tell(scene, "CONTRACT_LOCKED", "'contract_id':'P:v1'");
    must_be(scene_link(now(scene), LINK_VALIDATES, NODE_SCENARIO, "S", NODE_CONTRACT, "P:v1"), METHOD_CONTRACT_TAG, 0.8,
            "The scenario carries the tag @contract:P:v1.");
}

static void a_contract_may_be_tagged_by_its_bare_name(void **state)
{
    struct scene *scene = *state;
    tell(scene, "CONTRACT_LOCKED", "'contract_id':'P:v1'");
    tell(scene, "SCENARIO_PASSED", "'scenario_id':'S','contract_tags':['@slow','requirement:R','P:v1']");
    must_be(scene_link(now(scene), LINK_VALIDATES, NODE_SCENARIO, "S", NODE_CONTRACT, "P:v1"), METHOD_CONTRACT_TAG, 0.8,
            "The scenario carries the tag @contract:P:v1.");
    tell(scene, "SCENARIO_PASSED", "'scenario_id':'S2','contract_tags':['Q:v1'],'scenario_tags':['P:v1']");
    must_be_listed(now(scene), NODE_SCENARIO, "S2", LINK_VALIDATES, "Q:v1", "no contract of this name");
    assert_null(scene_link(now(scene), LINK_VALIDATES, NODE_SCENARIO, "S2", NODE_CONTRACT, "P:v1"));
}

static void a_claim_without_a_version_means_the_only_one(void **state)
{
    struct scene *scene = *state;
    tell(scene, "CONTRACT_LOCKED", "'contract_id':'P:v1'");
    tell(scene, "TASK_CREATED", "'node_id':'T','contract_id':'P'");
    assert_non_null(scene_link(now(scene), LINK_IMPLEMENTS, NODE_TASK, "T", NODE_CONTRACT, "P:v1"));
    tell(scene, "CONTRACT_LOCKED", "'contract_id':'P:v2'");
    must_be_listed(now(scene), NODE_TASK, "T", LINK_IMPLEMENTS, "P", "there are several");
    tell(scene, "TASK_STARTED", "'node_id':'T','contract_id':'P','contract_version':'v3'");
    must_be_listed(now(scene), NODE_TASK, "T", LINK_IMPLEMENTS, "P:v3", "this version was not locked");
    tell(scene, "TASK_COMPLETED", "'node_id':'T','contract_id':'P','contract_version':'v2'");
    assert_non_null(scene_link(now(scene), LINK_IMPLEMENTS, NODE_TASK, "T", NODE_CONTRACT, "P:v2"));
}

static void the_task_that_locked_a_contract_implements_it(void **state)
{
    struct scene *scene = *state;
    tell(scene, "CONTRACT_LOCKED", "'contract_id':'P:v1','node_id':'T'");
    must_be_listed(now(scene), NODE_CONTRACT, "P:v1", LINK_IMPLEMENTS, "T", "no task event");
    tell(scene, "TASK_COMPLETED", "'node_id':'T'");
    must_be(scene_link(now(scene), LINK_IMPLEMENTS, NODE_TASK, "T", NODE_CONTRACT, "P:v1"), METHOD_EXPLICIT_ID, 1.0,
            "The task locked the contract.");
}

static void a_contract_named_in_another_spelling_is_no_task(void **state)
{
    struct scene *scene = *state;
    tell(scene, "CONTRACT_LOCKED", "'contract_id':'P','contract_version':'v1','node_id':'CONTRACT.P.v1'");
    assert_int_equal(now(scene)->unmatched_count, 0);
}

/* --- CodeModule → ArchitectureComponent -------------------------------------------------------------------------------------------- */

static const struct view_link *belongs(const struct graph_view *view, const char *module, const char *component)
{
    return scene_link(view, LINK_BELONGS_TO, NODE_MODULE, module, NODE_COMPONENT, component);
}

/* Without analyses around it nothing else could ever take a repaired dependency away. */
static void a_module_that_lists_no_dependencies_has_none(void **state)
{
    struct scene *scene = *state;
    tell(scene, "MODULE_ANALYZED", "'module_path':'b'");
    tell(scene, "MODULE_ANALYZED", "'module_path':'a','depends_on':['b']");
    assert_non_null(scene_link(now(scene), LINK_DEPENDS_ON, NODE_MODULE, "a", NODE_MODULE, "b"));
    tell(scene, "MODULE_ANALYZED", "'module_path':'a','lines':7");
    assert_non_null(scene_link(now(scene), LINK_DEPENDS_ON, NODE_MODULE, "a", NODE_MODULE, "b"));
    tell(scene, "MODULE_ANALYZED", "'module_path':'a','depends_on':[]");
    assert_null(scene_link(now(scene), LINK_DEPENDS_ON, NODE_MODULE, "a", NODE_MODULE, "b"));
}

static void a_module_that_names_its_component(void **state)
{
    struct scene *scene = *state;
    tell(scene, "ANALYSIS_STARTED", "'metadata':{'component.ui':'src'}");
    tell(scene, "MODULE_ANALYZED", "'module_path':'src/a.js','component':'core'");
    must_be(belongs(now(scene), "src/a.js", "core"), METHOD_EXPLICIT_ID, 1.0, "The module's analysis names component core.");
    assert_null(belongs(now(scene), "src/a.js", "ui"));
}

static void a_module_below_a_components_path(void **state)
{
    struct scene *scene = *state;
    tell(scene, "MODULE_ANALYZED", "'module_path':'src/deep/a.js'");
    tell(scene, "ANALYSIS_COMPLETED", "'metadata':{'component.core':'./src/','component.deep':'src/deep','component.dee':'src/dee'}");
    const struct view_link *link = belongs(now(scene), "src/deep/a.js", "deep");
    must_be(link, METHOD_FILE_PATH_EXACT, 0.9, "The module lies below src/deep, the path of component deep.");
    assert_int_equal(link->valid_from, 2); /* not before the manifest said so */
    assert_null(belongs(now(scene), "src/deep/a.js", "core"));
    assert_int_not_equal(view_find(now(scene), NODE_COMPONENT, STR("core")), VIEW_NONE);
}

/* --- within the streams ------------------------------------------------------------------------------------------------------------- */

static void what_a_stream_states_of_itself_is_not_inferred(void **state)
{
    struct scene *scene = *state;
    tell(scene, "TASK_CREATED", "'node_id':'T','metadata':{'depends_on':'U, V'}");
    tell(scene, "TASK_CREATED", "'node_id':'U'");
    tell(scene, "ARTIFACT_CREATED", "'node_id':'T','artifact_path':'a.js'");
    tell(scene, "QUALITY_GATE_CHECKED", "'node_id':'T','quality_gate_name':'lint','quality_gate_passed':false");
    tell(scene, "MODULE_ANALYZED", "'module_path':'b.js','depends_on':['c.js','d.js']");
    tell(scene, "MODULE_ANALYZED", "'module_path':'c.js'");
    tell(scene, "DEPENDENCY_DETECTED", "'source_module':'b.js','target_module':'c.js','metadata':{'weight':'3'}");
    tell(scene, "VIOLATION_DETECTED", "'rule_id':'r','source_module':'b.js'");
    tell(scene, "SCENARIO_PASSED", "'scenario_id':'S','feature_path':'f.feature'");
    const struct graph_view *view = now(scene);
    const struct view_link *links[] = {
        scene_link(view, LINK_DEPENDS_ON, NODE_TASK, "T", NODE_TASK, "U"),
        scene_link(view, LINK_GENERATES, NODE_TASK, "T", NODE_ARTIFACT, "a.js"),
        scene_link(view, LINK_GATED_BY, NODE_TASK, "T", NODE_QUALITY_GATE, "T/lint"),
        scene_link(view, LINK_DEPENDS_ON, NODE_MODULE, "b.js", NODE_MODULE, "c.js"),
        scene_link(view, LINK_AFFECTS, NODE_VIOLATION, "r:b.js", NODE_MODULE, "b.js"),
        scene_link(view, LINK_BELONGS_TO, NODE_SCENARIO, "S", NODE_SPEC, "f.feature"),
    };
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
        assert_true(links[i] != NULL && !links[i]->inferred && links[i]->confidence == 1);
    }
    assert_true(links[3]->weight == 3);
    must_be_listed(view, NODE_TASK, "T", LINK_DEPENDS_ON, "V", "no event of this task");
    must_be_listed(view, NODE_MODULE, "b.js", LINK_DEPENDS_ON, "d.js", "no analysis reports this module");
}

static void a_scenario_finds_its_feature_by_id_path_or_name(void **state)
{
    struct scene *scene = *state;
    tell(scene, "FEATURE_STARTED", "'node_id':'F','feature_path':'f.feature','feature_name':'Login'");
    tell(scene, "SCENARIO_PASSED", "'scenario_id':'S1','feature_path':'f.feature'");
    tell(scene, "SCENARIO_PASSED", "'scenario_id':'S2','feature_name':'Login'");
    tell(scene, "SCENARIO_PASSED", "'scenario_id':'S3','feature_name':'Logout'");
    const struct graph_view *view = now(scene);
    assert_non_null(scene_link(view, LINK_BELONGS_TO, NODE_SCENARIO, "S1", NODE_SPEC, "F"));
    assert_non_null(scene_link(view, LINK_BELONGS_TO, NODE_SCENARIO, "S2", NODE_SPEC, "F"));
    assert_non_null(scene_link(view, LINK_BELONGS_TO, NODE_SCENARIO, "S3", NODE_SPEC, "Logout"));
}

static void a_scenario_belongs_to_the_run_that_was_open(void **state)
{
    struct scene *scene = *state;
    scene_tell(scene, 10, 1, "TEST_RUN_STARTED", "'node_id':'a'");
    scene_tell(scene, 12, 1, "SCENARIO_PASSED", "'scenario_id':'S1'");
    scene_tell(scene, 20, 1, "TEST_RUN_COMPLETED", "'node_id':'a'");
    scene_tell(scene, 25, 1, "SCENARIO_PASSED", "'scenario_id':'S2'");
    scene_tell(scene, 30, 1, "TEST_RUN_STARTED", "'node_id':'a'"); /* again */
    scene_tell(scene, 32, 1, "SCENARIO_PASSED", "'scenario_id':'S3'");
    scene_tell(scene, 35, 1, "TEST_RUN_STARTED", "'node_id':'b'");
    scene_tell(scene, 36, 1, "SCENARIO_PASSED", "'scenario_id':'S4'"); /* of which of the two? */
    scene_tell(scene, 37, 1, "SCENARIO_PASSED", "'scenario_id':'S5','metadata':{'test_run':'b'}");
    const struct graph_view *view = now(scene);
    assert_non_null(scene_link(view, LINK_EXECUTED, NODE_TEST_RUN, "a", NODE_SCENARIO, "S1"));
    assert_null(scene_link(view, LINK_EXECUTED, NODE_TEST_RUN, "a", NODE_SCENARIO, "S2"));
    assert_non_null(scene_link(view, LINK_EXECUTED, NODE_TEST_RUN, "a", NODE_SCENARIO, "S3"));
    assert_null(scene_link(view, LINK_EXECUTED, NODE_TEST_RUN, "a", NODE_SCENARIO, "S4"));
    assert_null(scene_link(view, LINK_EXECUTED, NODE_TEST_RUN, "b", NODE_SCENARIO, "S4"));
    assert_non_null(scene_link(view, LINK_EXECUTED, NODE_TEST_RUN, "b", NODE_SCENARIO, "S5"));
}

/* --- what people say -------------------------------------------------------------------------------------------------------------------- */

#define BY_HAND(source_kind, source, link, target_kind, target)                                                        \
    "'source_kind':'" source_kind "','source_id':'" source "','link_kind':'" link "','target_kind':'" target_kind              \
    "','target_id':'" target "','actor':'ann','reason':'I wrote it'"

static void a_person_links_and_beats_the_rules(void **state)
{
    struct scene *scene = *state;
    tell(scene, "REQUIREMENT_DECLARED", "'node_id':'R1'");
    tell(scene, "REQUIREMENT_DECLARED", "'node_id':'R2'");
    tell(scene, "TASK_CREATED", "'node_id':'T','requirement_id':'R1'");
    tell(scene, "LINK_ASSERTED", BY_HAND("Requirement", "R2", "FULFILLED_BY", "Task", "T"));
    const struct graph_view *view = now(scene);
    const struct view_link *link = fulfils(view, "R2", "T");
    must_be(link, METHOD_MANUAL, 1.0, "Linked by hand: I wrote it");
    assert_true(str_is(link->created_by, "ann"));
    assert_null(fulfils(view, "R1", "T"));
    assert_non_null(fulfils(scene_view(scene, 3, TIME_MAX), "R1", "T"));
}

static void a_person_denies_and_the_next_best_is_found(void **state)
{
    struct scene *scene = *state;
    tell(scene, "REQUIREMENT_DECLARED", "'node_id':'R1','metadata':{'name':'order parser'}");
    tell(scene, "REQUIREMENT_DECLARED", "'node_id':'R2','metadata':{'name':'order parser two'}");
    tell(scene, "TASK_CREATED", "'node_id':'T','metadata':{'name':'order parser'}");
    tell(scene, "LINK_DENIED", BY_HAND("Requirement", "R1", "FULFILLED_BY", "Task", "T"));
    const struct graph_view *view = now(scene);
    must_be(fulfils(view, "R1", "T"), METHOD_MANUAL, 0.0, "Unlinked by hand: I wrote it");
    assert_int_equal(fulfils(view, "R2", "T")->method, METHOD_HEURISTIC);
}

static void a_denied_claim_stays_denied(void **state)
{
    struct scene *scene = *state;
    tell(scene, "ARTIFACT_CREATED", "'artifact_path':'a.js'");
    tell(scene, "MODULE_ANALYZED", "'module_path':'a.js'");
    tell(scene, "LINK_DENIED", BY_HAND("Artifact", "a.js", "CONTAINS", "Module", "a.js"));
    assert_true(contains(now(scene), "a.js", "a.js")->confidence == 0);
    tell(scene, "LINK_ASSERTED", BY_HAND("Artifact", "a.js", "contains", "CodeModule", "a.js")); /* the same link, spelled otherwise */
    assert_true(contains(now(scene), "a.js", "a.js")->confidence == 1);
    assert_int_equal(now(scene)->link_count, 1);
}

static void what_a_person_has_linked_needs_no_review(void **state)
{
    struct scene *scene = *state;
    tell(scene, "REQUIREMENT_DECLARED", "'node_id':'R'");
    tell(scene, "TASK_CREATED", "'node_id':'T'");
    assert_int_equal(now(scene)->unmatched_count, 1);
    tell(scene, "LINK_ASSERTED", BY_HAND("Requirement", "R", "FULFILLED_BY", "Task", "T"));
    assert_int_equal(now(scene)->unmatched_count, 0);
    tell(scene, "LINK_ASSERTED", BY_HAND("Requirement", "R", "FULFILLED_BY", "Task", "U"));
    must_be_listed(now(scene), NODE_REQUIREMENT, "R", LINK_FULFILLED_BY, "U", "linked by hand, but is not there");
}

static void confidences_are_configuration(void **state)
{
    struct scene *scene = *state;
    struct graph_view *view;
    struct correlate_config config = correlate_config_default();
    tell(scene, "REQUIREMENT_DECLARED", "'node_id':'R','metadata':{'name':'a b c'}");
    tell(scene, "TASK_CREATED", "'node_id':'T','metadata':{'name':'a b d'}");
    tell(scene, "ARTIFACT_CREATED", "'artifact_path':'a.js'");
    tell(scene, "MODULE_ANALYZED", "'module_path':'a.js'");
    config.heuristic_threshold = 0.4;
    config.confidence[METHOD_FILE_PATH_EXACT] = 0.95;
    assert_int_equal(graph_view_open(scene->graph, STR("default"), STR("it"), TIME_MAX, TIME_MAX, &scene->arena, &view, NULL), STATUS_OK);
    assert_int_equal(correlate_view(view, &config, NULL), STATUS_OK);
    assert_true(fulfils(view, "R", "T")->confidence == 0.5);
    assert_true(contains(view, "a.js", "a.js")->confidence == 0.95);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_task_that_names_its_requirement),
        TEST(a_task_whose_name_is_like_a_requirements),
        TEST(half_alike_is_not_alike),
        TEST(equal_scores_go_to_the_smaller_id),
        TEST(better_evidence_replaces_worse),
        TEST(likeness_is_valid_from_when_both_names_were_given),
        TEST(a_scenario_and_a_feature_that_name_their_requirement),
        TEST(a_scenario_with_a_requirement_tag),
        TEST(of_id_and_tag_the_id_counts),
        TEST(paths_that_are_equal_after_normalising),
        TEST(a_path_that_ends_with_the_other_at_a_slash),
        TEST(an_artifact_that_is_no_module),
        TEST(paths_are_normalised),
        TEST(a_scenario_that_names_its_contract),
        TEST(a_scenario_with_a_contract_tag),
        TEST(a_contract_may_be_tagged_by_its_bare_name),
        TEST(a_claim_without_a_version_means_the_only_one),
        TEST(the_task_that_locked_a_contract_implements_it),
        TEST(a_contract_named_in_another_spelling_is_no_task),
        TEST(a_module_that_lists_no_dependencies_has_none),
        TEST(a_module_that_names_its_component),
        TEST(a_module_below_a_components_path),
        TEST(what_a_stream_states_of_itself_is_not_inferred),
        TEST(a_scenario_finds_its_feature_by_id_path_or_name),
        TEST(a_scenario_belongs_to_the_run_that_was_open),
        TEST(a_person_links_and_beats_the_rules),
        TEST(a_person_denies_and_the_next_best_is_found),
        TEST(a_denied_claim_stays_denied),
        TEST(what_a_person_has_linked_needs_no_review),
        TEST(confidences_are_configuration),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
