/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agentd/core/uplink_facts.h"

enum { POLL_US = 100000 };
static const daqs_bps speed = UINT64_C(10000000000);

/* Returns the facts of a PF that sends 1,000 bytes in every poll and of a port that sends 10,000,
 * both in frames of 100 bytes. */
static struct port_facts facts_at(int poll)
{
    const int64_t at_us = (int64_t)poll * POLL_US;
    const uint64_t bytes = (uint64_t)poll * 1000;
    return (struct port_facts){.pf_known = true,
                               .pf = {at_us, bytes, bytes / 100},
                               .port_asked = true,
                               .port_known = true,
                               .port = {at_us + 700, bytes * 10, bytes / 10}};
}

static struct daqs_uplink_reading report(struct uplink_facts *f, int poll)
{
    const struct own_interval nics = {0}; /* idle, so that own traffic is what the PF counts */
    return uplink_facts_report(f, &nics, (int64_t)poll * POLL_US + 5000, speed);
}

static void n10_a_report_has_the_traffic_of_both_since_the_one_before(void **state)
{
    struct uplink_facts f = {0};
    struct daqs_uplink_reading r = {0};
    (void)state;
    for (int poll = 1; poll <= 20; poll++) {
        const struct port_facts found = facts_at(poll);
        uplink_facts_take(&f, &found, speed);
        if (poll % 2)
            continue;
        r = report(&f, poll); /* a report with every second poll */
    }
    assert_int_equal(r.own_interval_us, 2 * POLL_US);
    assert_int_equal(r.own_bytes, 2000);
    assert_int_equal(r.own_packets, 20);
    assert_int_equal(r.port_interval_us, 2 * POLL_US);
    assert_int_equal(r.port_bytes, 20000);
    assert_int_equal(r.port_packets, 200);
    r = report(&f, 21); /* nothing new */
    assert_int_equal(r.own_interval_us, 0);
    assert_int_equal(r.port_interval_us, 0);
}

static void a_port_that_was_not_read_keeps_its_facts(void **state)
{
    struct uplink_facts f = {0};
    struct daqs_uplink_reading r = {0};
    (void)state;
    for (int poll = 1; poll <= 40; poll++) {
        struct port_facts found = facts_at(poll);
        found.port_asked = found.port_known = poll % 5 == 0;
        uplink_facts_take(&f, &found, speed);
        r = report(&f, poll);
        if (poll > 12)
            assert_int_equal(r.port_interval_us, poll % 5 ? 0 : 5 * POLL_US);
    }
    assert_int_equal(r.port_bytes, 50000);
}

static void unreadable_counters_are_unknown_and_start_again(void **state)
{
    struct uplink_facts f = {0};
    (void)state;
    for (int poll = 1; poll <= 10; poll++) {
        const struct port_facts found = facts_at(poll);
        uplink_facts_take(&f, &found, speed);
        (void)report(&f, poll);
    }
    struct port_facts found = {.port_asked = true};
    uplink_facts_take(&f, &found, speed);
    struct daqs_uplink_reading r = report(&f, 11);
    assert_int_equal(r.own_interval_us, 0);
    assert_int_equal(r.port_interval_us, 0);
    found = facts_at(12); /* what was sent meanwhile is in no sample */
    uplink_facts_take(&f, &found, speed);
    r = report(&f, 12);
    assert_int_equal(r.own_interval_us, 0);
    assert_int_equal(r.port_interval_us, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(n10_a_report_has_the_traffic_of_both_since_the_one_before),
        cmocka_unit_test(a_port_that_was_not_read_keeps_its_facts),
        cmocka_unit_test(unreadable_counters_are_unknown_and_start_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
