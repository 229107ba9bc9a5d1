/* Token buckets: how many pass, how many are left, when the next may come; by a clock that stands still. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "api/rate_limit.h"

static uint64_t now_ns;

static int64_t still(void *context)
{
    (void)context;
    return 0;
}

static uint64_t monotonic(void *context)
{
    (void)context;
    return now_ns;
}

static void random_bytes(void *context, void *bytes, size_t length)
{
    (void)context;
    memset(bytes, 7, length);
}

static const struct clock clock_of_test = {NULL, still, monotonic, random_bytes};

static struct rate_limiter *limiter_of(double user, double tenant, double burst_seconds)
{
    struct rate_limits limits = {.burst_seconds = burst_seconds};
    limits.user[RATE_READ] = user;
    limits.tenant[RATE_READ] = tenant;
    struct rate_limiter *limiter;
    struct error error;
    now_ns = UINT64_C(5000000000);
    assert_int_equal(rate_limiter_new(&limiter, &limits, &clock_of_test, &error), STATUS_OK);
    return limiter;
}

static struct rate_decision take(struct rate_limiter *limiter, const char *user)
{
    return rate_limiter_take(limiter, RATE_READ, str_from(user), STR("t"));
}

static void without_limits_there_is_no_limiter(void **state)
{
    (void)state;
    struct rate_limiter *limiter = limiter_of(0, 0, 10);
    assert_null(limiter);
    struct rate_decision decision = take(limiter, "a");
    assert_true(decision.allowed);
    assert_false(decision.limited);
}

static void a_full_bucket_grants_its_quota_and_no_more(void **state)
{
    (void)state;
    struct rate_limiter *limiter = limiter_of(3, 0, 4);
    for (uint64_t i = 0; i < 12; i++) {
        struct rate_decision decision = take(limiter, "a");
        assert_true(decision.allowed);
        assert_true(decision.limited);
        assert_string_equal(decision.policy, "read-user");
        assert_int_equal(decision.quota, 12);
        assert_int_equal(decision.window_seconds, 4);
        assert_int_equal(decision.remaining, 11 - i);
    }
    struct rate_decision refused = take(limiter, "a");
    assert_false(refused.allowed);
    assert_int_equal(refused.remaining, 0);
    assert_int_equal(refused.retry_seconds, 1);
    assert_int_equal(refused.reset_seconds, 4);
    rate_limiter_free(limiter);
}

static void it_fills_at_its_rate_and_never_over_its_quota(void **state)
{
    (void)state;
    struct rate_limiter *limiter = limiter_of(2, 0, 1);
    assert_true(take(limiter, "a").allowed);
    assert_true(take(limiter, "a").allowed);
    assert_false(take(limiter, "a").allowed);
    now_ns += 499999990;
    assert_false(take(limiter, "a").allowed);
    now_ns += 10;
    assert_true(take(limiter, "a").allowed);
    assert_false(take(limiter, "a").allowed);
    now_ns += UINT64_C(3600000000000);
    assert_true(take(limiter, "a").allowed);
    assert_true(take(limiter, "a").allowed);
    assert_false(take(limiter, "a").allowed);
    rate_limiter_free(limiter);
}

static void who_is_refused_and_waits_as_told_passes(void **state)
{
    (void)state;
    struct rate_limiter *limiter = limiter_of(0.1, 0, 10); /* one in ten seconds */
    assert_true(take(limiter, "a").allowed);
    struct rate_decision refused = take(limiter, "a");
    assert_false(refused.allowed);
    assert_int_equal(refused.retry_seconds, 10);
    now_ns += refused.retry_seconds * UINT64_C(1000000000);
    assert_true(take(limiter, "a").allowed);
    rate_limiter_free(limiter);
}

static void one_users_requests_cost_another_nothing(void **state)
{
    (void)state;
    struct rate_limiter *limiter = limiter_of(1, 0, 1);
    assert_true(take(limiter, "a").allowed);
    assert_false(take(limiter, "a").allowed);
    assert_true(take(limiter, "b").allowed);
    assert_true(rate_limiter_take(limiter, RATE_WRITE, STR("a"), STR("t")).allowed);
    rate_limiter_free(limiter);
}

static void the_users_of_a_tenant_share_its_bucket(void **state)
{
    (void)state;
    struct rate_limiter *limiter = limiter_of(2, 3, 1);
    assert_string_equal(take(limiter, "a").policy, "read-user");
    assert_true(take(limiter, "b").allowed);
    struct rate_decision third = take(limiter, "c");
    assert_true(third.allowed);
    assert_string_equal(third.policy, "read-tenant");
    struct rate_decision refused = take(limiter, "d");
    assert_false(refused.allowed);
    assert_string_equal(refused.policy, "read-tenant");
    assert_true(rate_limiter_take(limiter, RATE_READ, STR("d"), STR("another")).allowed);
    rate_limiter_free(limiter);
}

static void what_the_tenant_refuses_is_not_taken_from_the_user(void **state)
{
    (void)state;
    struct rate_limiter *limiter = limiter_of(2, 1, 1);
    assert_true(take(limiter, "a").allowed);
    for (int i = 0; i < 10; i++) {
        assert_false(take(limiter, "b").allowed);
    }
    struct rate_decision other = rate_limiter_take(limiter, RATE_READ, STR("b"), STR_NONE);
    assert_true(other.allowed);
    assert_int_equal(other.remaining, 1);
    rate_limiter_free(limiter);
}

static void any_number_of_users_takes_no_more_than_the_memory_there_is(void **state)
{
    (void)state;
    struct rate_limiter *limiter = limiter_of(1, 0, 1);
    char name[32];
    for (int i = 0; i < RATE_BUCKETS_MAX + 1000; i++) {
        snprintf(name, sizeof name, "user-%d", i);
        assert_true(take(limiter, name).allowed);
    }
    assert_int_equal(rate_limiter_count(limiter), RATE_BUCKETS_MAX);
    assert_false(take(limiter, name).allowed); /* the youngest is remembered */
    snprintf(name, sizeof name, "user-%d", 0);
    assert_true(take(limiter, name).allowed); /* the oldest is not */
    rate_limiter_free(limiter);
}

static void the_one_in_use_is_not_forgotten(void **state)
{
    (void)state;
    struct rate_limiter *limiter = limiter_of(1, 0, 1);
    char name[32];
    assert_true(take(limiter, "busy").allowed);
    for (int i = 0; i < RATE_BUCKETS_MAX * 2; i++) {
        snprintf(name, sizeof name, "user-%d", i);
        assert_true(take(limiter, name).allowed);
        assert_false(take(limiter, "busy").allowed);
    }
    rate_limiter_free(limiter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_limits_there_is_no_limiter),
        cmocka_unit_test(a_full_bucket_grants_its_quota_and_no_more),
        cmocka_unit_test(it_fills_at_its_rate_and_never_over_its_quota),
        cmocka_unit_test(who_is_refused_and_waits_as_told_passes),
        cmocka_unit_test(one_users_requests_cost_another_nothing),
        cmocka_unit_test(the_users_of_a_tenant_share_its_bucket),
        cmocka_unit_test(what_the_tenant_refuses_is_not_taken_from_the_user),
        cmocka_unit_test(any_number_of_users_takes_no_more_than_the_memory_there_is),
        cmocka_unit_test(the_one_in_use_is_not_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
