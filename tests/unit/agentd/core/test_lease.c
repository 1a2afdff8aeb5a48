/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agentd/core/lease.h"

enum { LEASE_MS = 3000 };

static enum lease_verdict receive(struct lease *o, uint64_t epoch, uint64_t sequence,
                                  int64_t now_ms)
{
    return lease_receive(o, epoch, sequence, LEASE_MS, now_ms);
}

/* --- which orders are obeyed --- */

static void the_first_orders_are_obeyed(void **state)
{
    (void)state;
    struct lease o = {0};
    assert_int_equal(receive(&o, 1, 1, 1000), LEASE_OBEY);
    assert_int_equal(o.epoch, 1);
    assert_int_equal(o.sequence, 1);
}

static void later_orders_of_the_same_epoch_are_obeyed(void **state)
{
    (void)state;
    struct lease o = {0};
    assert_int_equal(receive(&o, 4, 1, 1000), LEASE_OBEY);
    assert_int_equal(receive(&o, 4, 2, 1100), LEASE_OBEY);
    assert_int_equal(receive(&o, 4, 900, 1200), LEASE_OBEY);
}

static void refuses_and_keeps(struct lease *o, uint64_t epoch, uint64_t sequence,
                              enum lease_verdict verdict)
{
    struct lease before = *o;
    assert_int_equal(receive(o, epoch, sequence, 5000), verdict);
    assert_int_equal(o->epoch, before.epoch);
    assert_int_equal(o->sequence, before.sequence);
    assert_int_equal(o->expires_ms, before.expires_ms);
    assert_int_equal(o->held, before.held);
}

static void duplicates_and_overtaken_orders_change_nothing(void **state)
{
    (void)state;
    struct lease o = {0};
    (void)receive(&o, 4, 7, 1000);
    refuses_and_keeps(&o, 4, 7, LEASE_OLD_SEQUENCE);
    refuses_and_keeps(&o, 4, 6, LEASE_OLD_SEQUENCE);
    refuses_and_keeps(&o, 4, 0, LEASE_OLD_SEQUENCE);
}

static void a_lower_epoch_changes_nothing_whatever_its_sequence(void **state)
{
    (void)state;
    struct lease o = {0};
    (void)receive(&o, 4, 7, 1000);
    refuses_and_keeps(&o, 3, 8, LEASE_OLD_EPOCH);
    refuses_and_keeps(&o, 0, UINT64_MAX, LEASE_OLD_EPOCH);
}

static void a_higher_epoch_restarts_the_sequences(void **state)
{
    (void)state;
    struct lease o = {0};
    (void)receive(&o, 4, 700, 1000);
    assert_int_equal(receive(&o, 5, 1, 1100), LEASE_OBEY);
    assert_int_equal(receive(&o, 5, 2, 1200), LEASE_OBEY);
    refuses_and_keeps(&o, 4, 701, LEASE_OLD_EPOCH);
}

static void an_older_controller_is_remembered_until_orders_are_obeyed(void **state)
{
    (void)state;
    struct lease o = {.epoch = 9};
    assert_true(lease_heard_of(&o, 9));
    assert_true(lease_heard_of(&o, 10));
    assert_int_equal(o.stale_controller, 0);
    assert_false(lease_heard_of(&o, 8));
    assert_int_equal(o.stale_controller, 8);
    (void)receive(&o, 7, 1, 1000);
    assert_int_equal(o.stale_controller, 7);
    assert_int_equal(receive(&o, 9, 1, 1000), LEASE_OBEY);
    assert_int_equal(o.stale_controller, 0);
}

static void ignored_limits_are_counted(void **state)
{
    (void)state;
    struct lease o = {0};
    (void)receive(&o, 4, 7, 1000);
    (void)receive(&o, 4, 7, 1000);
    (void)receive(&o, 4, 3, 1000);
    (void)receive(&o, 3, 8, 1000);
    (void)receive(&o, 4, 8, 1000);
    assert_int_equal(o.overtaken, 2);
    assert_int_equal(o.outdated, 1);
}

static void a_restart_remembers_whom_it_obeyed(void **state)
{
    (void)state;
    struct lease o = {.epoch = 9};
    refuses_and_keeps(&o, 8, 1, LEASE_OLD_EPOCH);
    assert_int_equal(receive(&o, 9, 500, 1000), LEASE_OBEY);
}

static void the_largest_numbers_are_obeyed_once(void **state)
{
    (void)state;
    struct lease o = {0};
    assert_int_equal(receive(&o, UINT64_MAX, UINT64_MAX, 1000), LEASE_OBEY);
    refuses_and_keeps(&o, UINT64_MAX, UINT64_MAX, LEASE_OLD_SEQUENCE);
}

/* --- expiry --- */

static void without_orders_nothing_lapses(void **state)
{
    (void)state;
    struct lease o = {.epoch = 9};
    assert_false(lease_expired(&o, 0));
    assert_false(lease_expired(&o, INT64_MAX));
}

static void a_lease_lapses_when_it_has_run_out_and_once_only(void **state)
{
    (void)state;
    struct lease o = {0};
    (void)receive(&o, 1, 1, 1000);
    assert_false(lease_expired(&o, 1000));
    assert_false(lease_expired(&o, 1000 + LEASE_MS - 1));
    assert_true(lease_expired(&o, 1000 + LEASE_MS));
    assert_false(lease_expired(&o, 1000 + LEASE_MS));
    assert_false(lease_expired(&o, 1000 + 100 * LEASE_MS));
}

static void orders_that_are_obeyed_renew_the_lease(void **state)
{
    (void)state;
    struct lease o = {0};
    (void)receive(&o, 1, 1, 1000);
    (void)receive(&o, 1, 2, 3000);
    assert_false(lease_expired(&o, 3000 + LEASE_MS - 1));
    assert_true(lease_expired(&o, 3000 + LEASE_MS));
}

static void orders_that_are_not_obeyed_do_not_renew_the_lease(void **state)
{
    (void)state;
    struct lease o = {0};
    (void)receive(&o, 2, 2, 1000);
    (void)receive(&o, 2, 2, 3000);
    (void)receive(&o, 1, 3, 3000);
    assert_true(lease_expired(&o, 1000 + LEASE_MS));
}

static void after_a_lapse_new_orders_hold_again(void **state)
{
    (void)state;
    struct lease o = {0};
    (void)receive(&o, 1, 1, 1000);
    assert_true(lease_expired(&o, 9000));
    assert_int_equal(receive(&o, 1, 1, 9500), LEASE_OLD_SEQUENCE);
    assert_false(o.held);
    assert_int_equal(receive(&o, 1, 2, 10000), LEASE_OBEY);
    assert_false(lease_expired(&o, 10000 + LEASE_MS - 1));
    assert_true(lease_expired(&o, 10000 + LEASE_MS));
}

static void no_lease_is_longer_than_ten_minutes(void **state)
{
    (void)state;
    struct lease o = {0};
    (void)lease_receive(&o, 1, 1, UINT32_MAX, 1000);
    assert_false(lease_expired(&o, 1000 + 599999));
    assert_true(lease_expired(&o, 1000 + 600000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_orders_are_obeyed),
        cmocka_unit_test(later_orders_of_the_same_epoch_are_obeyed),
        cmocka_unit_test(duplicates_and_overtaken_orders_change_nothing),
        cmocka_unit_test(a_lower_epoch_changes_nothing_whatever_its_sequence),
        cmocka_unit_test(a_higher_epoch_restarts_the_sequences),
        cmocka_unit_test(an_older_controller_is_remembered_until_orders_are_obeyed),
        cmocka_unit_test(ignored_limits_are_counted),
        cmocka_unit_test(a_restart_remembers_whom_it_obeyed),
        cmocka_unit_test(the_largest_numbers_are_obeyed_once),
        cmocka_unit_test(without_orders_nothing_lapses),
        cmocka_unit_test(a_lease_lapses_when_it_has_run_out_and_once_only),
        cmocka_unit_test(orders_that_are_obeyed_renew_the_lease),
        cmocka_unit_test(orders_that_are_not_obeyed_do_not_renew_the_lease),
        cmocka_unit_test(after_a_lapse_new_orders_hold_again),
        cmocka_unit_test(no_lease_is_longer_than_ten_minutes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
