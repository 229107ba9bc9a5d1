/* test_fiber: jobs that are left in the middle and gone on with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/fiber.h"
#include "base/limits.h"
#include "base/memory.h"

struct work {
    struct fiber *fiber;
    int rounds;
    int sum;
};

static void add_up(void *context)
{
    struct work *work = context;
    char text[64] = "";
    for (int i = 1; i <= work->rounds; i++) {
        (void)snprintf(text, sizeof text, "%d", work->sum + i);
        fiber_leave(work->fiber);
        char expected[64]; /* what stood on its stack stands there */
        (void)snprintf(expected, sizeof expected, "%d", work->sum + i);
        assert_string_equal(text, expected);
        work->sum += i;
    }
}

static void a_job_goes_on_where_it_was_left(void **state)
{
    (void)state;
    struct fiber_pool pool = {.stack_bytes = 64 * KIB, .spares_max = 2};
    struct work work = {.rounds = 4};
    work.fiber = fiber_new(&pool, add_up, &work);
    assert_non_null(work.fiber);
    static const int sums[] = {0, 1, 3, 6, 10};
    for (int i = 0; i < 4; i++) {
        assert_false(fiber_enter(work.fiber));
        assert_int_equal(work.sum, sums[i]);
    }
    assert_true(fiber_enter(work.fiber));
    assert_int_equal(work.sum, 10);
    fiber_pool_release(&pool);
}

static void many_jobs_take_turns_and_some_stacks_are_kept(void **state)
{
    (void)state;
    enum { JOBS = 20 };
    struct fiber_pool pool = {.stack_bytes = 64 * KIB, .spares_max = 3};
    for (int again = 0; again < 3; again++) {
        struct work works[JOBS] = {0};
        int left = JOBS;
        for (int i = 0; i < JOBS; i++) {
            works[i].rounds = i;
            works[i].fiber = fiber_new(&pool, add_up, &works[i]);
            assert_non_null(works[i].fiber);
        }
        assert_int_equal(pool.spare_count, 0);
        while (left > 0) {
            for (int i = 0; i < JOBS; i++) {
                if (works[i].fiber != NULL && fiber_enter(works[i].fiber)) {
                    works[i].fiber = NULL;
                    assert_int_equal(works[i].sum, i * (i + 1) / 2);
                    left--;
                }
            }
        }
        assert_int_equal(pool.spare_count, 3);
    }
    fiber_pool_release(&pool);
    assert_null(pool.spare);
}

struct outer {
    struct fiber_pool *pool;
    struct fiber *fiber;
    int sum;
};

static void enter_another(void *context)
{
    struct outer *outer = context;
    struct work inner = {.rounds = 3};
    inner.fiber = fiber_new(outer->pool, add_up, &inner);
    while (!fiber_enter(inner.fiber)) {
        fiber_leave(outer->fiber);
    }
    outer->sum = inner.sum;
}

static void a_job_may_enter_another(void **state)
{
    (void)state;
    struct fiber_pool pool = {.stack_bytes = 64 * KIB, .spares_max = 2};
    struct outer outer = {.pool = &pool};
    outer.fiber = fiber_new(&pool, enter_another, &outer);
    assert_non_null(outer.fiber);
    int times = 0;
    while (!fiber_enter(outer.fiber)) {
        times++;
    }
    assert_int_equal(times, 3);
    assert_int_equal(outer.sum, 6);
    fiber_pool_release(&pool);
}

static void without_memory_there_is_no_stack(void **state)
{
    (void)state;
    struct fiber_pool pool = {.stack_bytes = 64 * KIB, .spares_max = 2};
    struct work work = {0};
    memory_fail_after(0);
    assert_null(fiber_new(&pool, add_up, &work));
    memory_fail_after(-1);
    pool.stack_bytes = (size_t)1 << 60;
    assert_null(fiber_new(&pool, add_up, &work));
    fiber_pool_release(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_job_goes_on_where_it_was_left),
        cmocka_unit_test(many_jobs_take_turns_and_some_stacks_are_kept),
        cmocka_unit_test(a_job_may_enter_another),
        cmocka_unit_test(without_memory_there_is_no_stack),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
