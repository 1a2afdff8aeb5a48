/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include "agentd/core/counter_check.h"

#define S INT64_C(1000000)

static struct counter_check w;
static int64_t now;
static struct counters_reading guest;
static struct counters_reading vf;
static struct counters_reading shown; /* what the driver shows at the next reading */

static int setup(void **state)
{
    (void)state;
    w = (struct counter_check){0};
    now = 100 * S + 12345;
    guest = (struct counters_reading){.tx_bytes = 5000};
    vf = shown = (struct counters_reading){.tx_bytes = 7000};
    return 0;
}

/* One poll, a tenth of a second. Every tenth poll also reads the PF, whose counters lag behind. */
static void tick(int n, uint64_t said, uint64_t counted)
{
    now += S / 10;
    guest.at_us = now;
    guest.tx_bytes += said / 10;
    vf.tx_bytes += counted / 10;
    vf.tx_packets += counted / 10 / 1500;
    counter_check_guest(&w, &guest);
    if (n % 10 != 3)
        return;
    shown.at_us = now + 1000;
    counter_check_host(&w, &shown);
    shown = vf;
}

static void go(int seconds, uint64_t said_per_s, uint64_t counted_per_s)
{
    for (int n = 0; n < seconds * 10; n++)
        tick(n, said_per_s, counted_per_s);
}

static void an_honest_guest_is_believed(void **state)
{
    (void)state;
    go(300, 10000000, 10000000);
    assert_false(counter_check_says_less(&w));
    go(300, 10000000, 11500000); /* the VF also counts what only the NIC adds */
    assert_false(counter_check_says_less(&w));
    go(300, 20000000, 10000000); /* the driver misses half */
    assert_false(counter_check_says_less(&w));
    assert_int_equal(w.guilt, 0);
}

static void a_guest_that_reports_half_is_detected_and_may_recover(void **state)
{
    (void)state;
    go(90, 5000000, 10000000);
    assert_true(counter_check_says_less(&w));
    assert_true(w.counted > w.said_then);
    go(200, 10000000, 10000000);
    assert_false(counter_check_says_less(&w));
}

static void a_guest_that_reports_nothing_is_detected(void **state)
{
    (void)state;
    go(60, 0, 10000000);
    assert_true(counter_check_says_less(&w));
}

static void counters_that_go_back_hide_nothing(void **state)
{
    (void)state;
    for (int n = 0; n < 1200; n++) {
        if (n % 100 == 0)
            guest.tx_bytes = 0;
        tick(n, 1000, 125000000);
    }
    assert_true(counter_check_says_less(&w));
}

static void silence_clears_nobody(void **state)
{
    (void)state;
    go(60, 0, 10000000);
    assert_true(counter_check_says_less(&w));
    go(300, 0, 0);
    assert_true(counter_check_says_less(&w));
}

static void a_guest_that_lies_half_of_the_time_is_detected(void **state)
{
    bool found = false;
    (void)state;
    for (int n = 0; n < 6000; n++) {
        tick(n, n / 182 % 2 ? 0 : 125000000, 125000000);
        found |= counter_check_says_less(&w);
    }
    assert_true(found);
}

static void traffic_that_stops_and_starts_is_not_a_lie(void **state)
{
    (void)state;
    for (int i = 0; i < 50; i++) {
        go(7 + i % 13, 125000000, 125000000);
        go(5 + i % 11, 0, 0);
        assert_false(counter_check_says_less(&w));
    }
}

static void the_smallest_packets_are_not_a_lie(void **state)
{
    (void)state;
    /* 42 bytes as the guest counts; 68 as the VF does: padding, a VLAN tag and the check
     * sequence. */
    for (int n = 0; n < 6000; n++) {
        guest.tx_bytes += 42 * 10000;
        vf.tx_bytes += 68 * 10000;
        vf.tx_packets += 10000;
        tick(n, 0, 0);
    }
    assert_false(counter_check_says_less(&w));
}

static void almost_nothing_is_not_evidence(void **state)
{
    (void)state;
    go(300, 0, 50000);
    assert_false(counter_check_says_less(&w));
}

static void a_guest_that_reboots_now_and_then_is_believed(void **state)
{
    (void)state;
    for (int n = 0; n < 12000; n++) {
        if (n % 900 == 0)
            guest.tx_bytes = 0; /* the VF's counters are not reset */
        if (n % 2000 == 0)
            vf.tx_bytes = vf.tx_packets = 0; /* or the reverse */
        tick(n, 10000000, 10000000);
        assert_false(counter_check_says_less(&w));
    }
}

static void a_new_guest_begins_a_span_of_its_own(void **state)
{
    (void)state;
    go(12, 10000000, 10000000);
    counter_check_forget(&w);
    guest.tx_bytes = 0;
    go(300, 10000000, 10000000);
    assert_int_equal(w.guilt, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_honest_guest_is_believed, setup),
        cmocka_unit_test_setup(a_guest_that_reports_half_is_detected_and_may_recover, setup),
        cmocka_unit_test_setup(a_guest_that_reports_nothing_is_detected, setup),
        cmocka_unit_test_setup(counters_that_go_back_hide_nothing, setup),
        cmocka_unit_test_setup(silence_clears_nobody, setup),
        cmocka_unit_test_setup(a_guest_that_lies_half_of_the_time_is_detected, setup),
        cmocka_unit_test_setup(traffic_that_stops_and_starts_is_not_a_lie, setup),
        cmocka_unit_test_setup(the_smallest_packets_are_not_a_lie, setup),
        cmocka_unit_test_setup(almost_nothing_is_not_evidence, setup),
        cmocka_unit_test_setup(a_guest_that_reboots_now_and_then_is_believed, setup),
        cmocka_unit_test_setup(a_new_guest_begins_a_span_of_its_own, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
