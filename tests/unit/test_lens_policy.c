/* Policies: defaults, what a file changes, what it is refused for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <math.h>

#include "base/limits.h"
#include "base/memory.h"
#include "lens/policy.h"

static struct policy load(const char *yaml)
{
    struct policy policy;
    struct error error = {0};
    if (policy_load_text(str_from(yaml), "policy.yaml", &policy, &error) != STATUS_OK) {
        fail_msg("%s", error.text);
    }
    return policy;
}

static void expect_refused(const char *yaml, const char *words)
{
    struct policy policy;
    struct error error = {0};
    assert_int_equal(policy_load_text(str_from(yaml), "policy.yaml", &policy, &error), STATUS_INVALID);
    if (strstr(error.text, words) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", error.text, words);
    }
}

static void expect_near(double a, double b)
{
    assert_true(fabs(a - b) < 1e-12);
}

static void the_default_is_the_table_of_the_specification(void **state)
{
    (void)state;
    struct policy policy;
    assert_int_equal(policy_default(&policy, NULL), STATUS_OK);
    expect_near(policy.conditions[METRIC_TASK_SUCCESS_RATE].threshold, 0.95);
    assert_int_equal(policy.conditions[METRIC_TASK_SUCCESS_RATE].operation, OPERATOR_AT_LEAST);
    expect_near(policy.conditions[METRIC_RETRY_RATE].threshold, 0.15);
    expect_near(policy.conditions[METRIC_FLAKE_RATE].threshold, 0.10);
    assert_true(policy.conditions[METRIC_MEAN_INSTABILITY].blocks);
    assert_false(policy.conditions[METRIC_CONTRACT_ALIGNMENT].blocks);
    assert_false(policy.conditions[METRIC_FAILED_QUALITY_GATES].blocks);
    assert_int_equal(strlen(policy.version), 12);
}

static void a_file_changes_what_it_names_and_nothing_else(void **state)
{
    (void)state;
    struct policy policy = load("version: strict-1\nconditions:\n  scenario_pass_rate: {threshold: 0.98}\n"
                                "  contract_alignment:\n    blocks: true\n  cycles: {operator: \"<=\", threshold: 2, target: 1}\n");
    assert_string_equal(policy.version, "strict-1");
    expect_near(policy.conditions[METRIC_SCENARIO_PASS_RATE].threshold, 0.98);
    expect_near(policy.conditions[METRIC_SCENARIO_PASS_RATE].target, 0.95);
    assert_true(policy.conditions[METRIC_CONTRACT_ALIGNMENT].blocks);
    assert_int_equal(policy.conditions[METRIC_CYCLES].operation, OPERATOR_AT_MOST);
    expect_near(policy.conditions[METRIC_RETRY_RATE].threshold, 0.15);
}

static void the_version_is_the_same_exactly_when_the_numbers_are(void **state)
{
    (void)state;
    struct policy policy = load(""), same = load("conditions:\n  cycles: {threshold: 0.0}\n"),
                  other = load("conditions:\n  cycles: {threshold: 1}\n"), comment = load("# nothing\n");
    assert_string_equal(policy.version, same.version);
    assert_string_equal(policy.version, comment.version);
    assert_string_not_equal(policy.version, other.version);
}

static void what_is_wrong_is_refused_with_its_place_and_a_remedy(void **state)
{
    (void)state;
    expect_refused("conditions:\n  scenario_pass: {threshold: 0.98}\n", "scenario_pass");
    expect_refused("conditions:\n  scenario_pass: {threshold: 0.98}\n", "line");
    expect_refused("conditions:\n  cycles: {limit: 1}\n", "limit");
    expect_refused("conditions:\n  cycles: {threshold: many}\n", "many");
    expect_refused("conditions:\n  flake_rate: {threshold: 5}\n", "0 to 1");
    expect_refused("conditions:\n  flake_rate: {threshold: -0.1}\n", "0 to 1");
    expect_refused("conditions:\n  flake_rate: {threshold: nan}\n", "0 to 1");
    expect_refused("conditions:\n  flake_rate: {threshold: 0.5x}\n", "flake_rate.threshold");
    expect_refused("conditions:\n  flake_rate: {target: 1e999}\n", "flake_rate.target");
    expect_refused("version: a\nversion: b\n", "already");
    expect_refused("conditions:\n  cycles: {threshold: 1}\n  cycles: {threshold: 2}\n", "already");
    expect_refused("conditions:\n  flake_rate: {operator: \"=>\"}\n", "\">=\"");
    expect_refused("conditions:\n  flake_rate: {blocks: perhaps}\n", "true or false");
    expect_refused("conditions: [1, 2]\n", "docs/verdict.md");
    expect_refused("version: \"\"\n", "");
    expect_refused("a: &x 1\nconditions: *x\n", "");
    expect_refused("conditions: {\n", "");
    expect_refused("version: 12345678901234567890123456789012345678901234567890123456789012345\n", "");
}

static void a_missing_file_is_absent(void **state)
{
    (void)state;
    struct policy policy;
    struct error error = {0};
    assert_int_equal(policy_load_file("/nonexistent/policy.yaml", &policy, &error), STATUS_ABSENT);
    assert_true(strlen(error.text) > 0);
}

static void no_memory_is_an_error_and_leaks_nothing(void **state)
{
    (void)state;
    for (int64_t n = 0;; n++) {
        struct policy policy;
        memory_fail_after(n);
        enum status status =
            policy_load_text(STR("version: v\nconditions:\n  cycles: {threshold: 2, operator: \"<\"}\n"), "p", &policy, NULL);
        bool struck = memory_injected();
        memory_fail_after(-1);
        if (!struck) {
            assert_int_equal(status, STATUS_OK);
            assert_true(n > 5);
            return;
        }
        assert_int_not_equal(status, STATUS_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_default_is_the_table_of_the_specification),
        cmocka_unit_test(a_file_changes_what_it_names_and_nothing_else),
        cmocka_unit_test(the_version_is_the_same_exactly_when_the_numbers_are),
        cmocka_unit_test(what_is_wrong_is_refused_with_its_place_and_a_remedy),
        cmocka_unit_test(a_missing_file_is_absent),
        cmocka_unit_test(no_memory_is_an_error_and_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
