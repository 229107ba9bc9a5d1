#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/memory.h"
#include "net/net_slots.h"

static int things[3];

static void an_id_finds_its_thing_until_it_is_removed(void **state)
{
    (void)state;
    struct net_slots slots;
    net_slots_init(&slots);
    uint64_t first = net_slots_add(&slots, &things[0]), second = net_slots_add(&slots, &things[1]);
    assert_true(first != 0 && second != 0 && first != second);
    assert_ptr_equal(net_slots_find(&slots, first), &things[0]);
    net_slots_remove(&slots, first);
    assert_null(net_slots_find(&slots, first));
    assert_ptr_equal(net_slots_find(&slots, second), &things[1]);
    net_slots_release(&slots);
}

static void a_place_used_again_gets_another_id(void **state)
{
    (void)state;
    struct net_slots slots;
    net_slots_init(&slots);
    uint64_t before = net_slots_add(&slots, &things[0]);
    for (int i = 0; i < 100000; i++) {
        net_slots_remove(&slots, before);
        uint64_t after = net_slots_add(&slots, &things[1]);
        assert_true(after != before);
        assert_null(net_slots_find(&slots, before));
        before = after;
    }
    assert_int_equal(slots.count, 1);
    net_slots_release(&slots);
}

static void ids_that_never_were_find_nothing(void **state)
{
    (void)state;
    struct net_slots slots;
    net_slots_init(&slots);
    assert_null(net_slots_find(&slots, 1));
    uint64_t id = net_slots_add(&slots, &things[0]);
    assert_null(net_slots_find(&slots, 0));
    assert_null(net_slots_find(&slots, id + 1));
    assert_null(net_slots_find(&slots, UINT64_MAX));
    net_slots_release(&slots);
}

static void without_memory_adding_gives_0_and_harms_nothing(void **state)
{
    (void)state;
    struct net_slots slots;
    net_slots_init(&slots);
    memory_fail_after(0);
    assert_int_equal(net_slots_add(&slots, &things[0]), 0);
    memory_fail_after(-1);
    assert_true(net_slots_add(&slots, &things[0]) != 0);
    net_slots_release(&slots);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_finds_its_thing_until_it_is_removed),
        cmocka_unit_test(a_place_used_again_gets_another_id),
        cmocka_unit_test(ids_that_never_were_find_nothing),
        cmocka_unit_test(without_memory_adding_gives_0_and_harms_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
