/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/core/diagnosis/event_budget.h"

enum { MINUTE_MS = 60000, DAY_MINUTES = 1440, PER_SECOND = 1000 };

static int make_budget(void **state)
{
    *state = event_budget_new(PER_SECOND);
    return *state ? 0 : -1;
}

static int end_budget(void **state)
{
    event_budget_free(*state);
    return 0;
}

/* How many of a thousand a minute of the host's VMs (0: of itself) are accepted in some minutes. */
static int accepted(struct event_budget *budget, enum event_kind kind, int vms, int minutes)
{
    int count = 0;
    for (int minute = 0; minute < minutes; minute++)
        for (int i = 0; i < 1000; i++) {
            char vm[16] = "";
            if (vms > 0)
                (void)snprintf(vm, sizeof vm, "vm%d", i % vms);
            count += event_budget_take(budget, kind, "bad", vm,
                                       INT64_C(1000000) + (int64_t)minute * MINUTE_MS + i);
        }
    return count;
}

static void a_day_of_a_vm_is_a_few_hundred_events(void **state)
{
    assert_int_equal(accepted(*state, EVENT_TAMPERED, 1, 1), 20);
    assert_in_range(accepted(*state, EVENT_TAMPERED, 1, DAY_MINUTES), 280, 310);
    assert_in_range(accepted(*state, EVENT_VIOLATION_START, 1, DAY_MINUTES), 1500, 1550);
}

static void a_day_of_a_host_is_a_few_thousand_events(void **state)
{
    assert_int_equal(accepted(*state, EVENT_CAPACITY_CHANGED, 0, 1), 500);
    assert_in_range(accepted(*state, EVENT_CAPACITY_CHANGED, 0, DAY_MINUTES), 8600, 8700);
    assert_in_range(accepted(*state, EVENT_HOST_DOWN, 0, DAY_MINUTES), 9600, 9700);
    assert_in_range(accepted(*state, EVENT_UNMANAGED, 1000, DAY_MINUTES), 0, 10);
}

static void violations_do_not_use_what_states_use(void **state)
{
    struct event_budget *budget = *state;
    assert_int_equal(accepted(budget, EVENT_TAMPERED, 1000, 1), 500);
    assert_true(event_budget_take(budget, EVENT_VIOLATION_START, "bad", "vm1", 1000000));
    assert_int_equal(accepted(budget, EVENT_VIOLATION_END, 1, 1), 100);
    assert_true(event_budget_take(budget, EVENT_HOST_DOWN, "bad", "", 1000000));
    assert_true(event_budget_take(budget, EVENT_TAMPERED, "good", "vm1", 1000000));
}

static void asking_takes_nothing(void **state)
{
    struct event_budget *budget = *state;
    for (int i = 0; i < 100; i++)
        assert_true(event_budget_has_room(budget, EVENT_TAMPERED, "a", "vm1", 1000000));
    for (int i = 0; i < 20; i++)
        assert_true(event_budget_take(budget, EVENT_TAMPERED, "a", "vm1", 1000000));
    assert_false(event_budget_has_room(budget, EVENT_TAMPERED, "a", "vm1", 1000000));
    assert_false(event_budget_take(budget, EVENT_TAMPERED, "a", "vm1", 1000000));
    assert_true(event_budget_has_room(budget, EVENT_TAMPERED, "a", "vm1", 1300000));
}

static void what_operators_and_the_controller_do_is_not_limited(void **state)
{
    assert_int_equal(accepted(*state, EVENT_SLA_SET, 1, 20), 20000);
    assert_int_equal(accepted(*state, EVENT_PEER_ENROLLED, 0, 20), 20000);
    assert_int_equal(accepted(*state, EVENT_HISTORY_GAP, 0, 20), 20000);
}

/* Those of others come first, and the rest of the second is for ordinary ones. */
static void a_second_has_so_many_ordinary_events(void **state)
{
    struct event_budget *budget = *state;
    int count = 0;
    for (int i = 0; i < 400; i++)
        assert_true(event_budget_take(budget, EVENT_PEER_ENROLLED, "new", "", 1000000));
    for (int i = 0; i < 2000; i++) {
        char host[16];
        (void)snprintf(host, sizeof host, "host%d", i);
        count += event_budget_take(budget, EVENT_BOTTLENECK, host, "", 1000000);
        assert_true(i > 500 || event_budget_take(budget, EVENT_HOST_UP, "a", "", 1000000));
    }
    assert_in_range(count, 290, 310);
    assert_true(event_budget_take(budget, EVENT_BOTTLENECK, "late", "", 1002000));
}

static void a_kind_that_is_not_listed_counts_for_its_host(void **state)
{
    (void)state;
    assert_int_equal(event_class_of(EVENT_KINDS_COUNT), EVENT_FIRST);
    assert_int_equal(event_class_of(EVENT_EVENTS_LOST), EVENT_OWN);
    assert_int_equal(event_class_of(EVENT_CLOCK_DOUBTFUL), EVENT_OWN);
    assert_int_equal(event_class_of(EVENT_CLOCK_CONFIRMED), EVENT_OWN);
    assert_int_equal(event_class_of(EVENT_EPOCH_RAISED), EVENT_OWN);
    assert_int_equal(event_class_of(EVENT_RECOVERED), EVENT_ORDINARY);
    assert_int_equal(event_class_of(EVENT_STATE_DIR_FAILING), EVENT_ORDINARY);
    assert_int_equal(event_class_of(EVENT_STATE_DIR_BACK), EVENT_ORDINARY);
    assert_int_equal(event_class_of(EVENT_HOST_CLAIMED_END), EVENT_ORDINARY);
    assert_int_equal(event_class_of(EVENT_HOST_OBEYS), event_class_of(EVENT_HOST_DISOBEYS));
}

#define IN_BUDGET(test) cmocka_unit_test_setup_teardown(test, make_budget, end_budget)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_BUDGET(a_day_of_a_vm_is_a_few_hundred_events),
        IN_BUDGET(a_day_of_a_host_is_a_few_thousand_events),
        IN_BUDGET(violations_do_not_use_what_states_use),
        IN_BUDGET(asking_takes_nothing),
        IN_BUDGET(what_operators_and_the_controller_do_is_not_limited),
        IN_BUDGET(a_second_has_so_many_ordinary_events),
        cmocka_unit_test(a_kind_that_is_not_listed_counts_for_its_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
