/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include "shared/policy/memory.h"
#include "shared/policy/policy.h"

enum { MOST = 24, GOLD = 0, PLAIN = 1, OTHER = 2 };

struct link {
    struct policy_uplink uplink;
    struct policy_vm vm[MOST];
    struct policy_memory memory[MOST];
};

/* 10 Gbit/s, 1 % headroom, a report every 100 ms. */
static struct link link_of(uint32_t vms)
{
    struct link l = {.uplink = {.capacity = 10 * GBIT,
                                .headroom_ppm = 10000,
                                .report_ms = 100,
                                .span_ms = 100,
                                .vms = vms}};
    for (uint32_t v = 0; v < vms; v++)
        l.vm[v] = (struct policy_vm){
            .max = DAQS_UNLIMITED, .weight = 1, .reachable = true, .limit = DAQS_UNLIMITED};
    return l;
}

/* Makes one report over 'span_ms' in which each VM sent 'usage', and decides. */
static void report_over(struct link *l, uint32_t span_ms, const daqs_bps *usage)
{
    l->uplink.vm = l->vm;
    for (uint32_t v = 0; v < l->uplink.vms; v++) {
        l->vm[v].memory = &l->memory[v];
        l->vm[v].usage = usage[v];
        l->vm[v].fresh = true;
        l->vm[v].lost = false;
        l->vm[v].span_ms = span_ms;
    }
    l->uplink.span_ms = span_ms;
    assert_true(policy_decide(&l->uplink));
}

static void report(struct link *l, const daqs_bps *usage)
{
    report_over(l, 100, usage);
}

static void reports(struct link *l, unsigned count, const daqs_bps *usage)
{
    while (count-- > 0)
        report(l, usage);
}

#define SENDS(...) ((const daqs_bps[]){__VA_ARGS__})

static const daqs_bps budget = 9900 * MBIT;

/* --- nothing to protect --- */

static void without_a_guarantee_in_use_nobody_is_limited(void **state)
{
    struct link l = link_of(2);
    (void)state;
    reports(&l, 5, SENDS(4 * GBIT, 6 * GBIT));
    assert_int_equal(l.vm[GOLD].limit, DAQS_UNLIMITED);
    assert_int_equal(l.vm[PLAIN].reason, POLICY_FREE);
    l.vm[GOLD].min = 3 * GBIT; /* set, but not used */
    reports(&l, 5, SENDS(0, 6 * GBIT));
    assert_int_equal(l.vm[PLAIN].limit, DAQS_UNLIMITED);
    assert_int_equal(l.vm[PLAIN].reason, POLICY_FREE);
}

static void a_ceiling_always_holds_and_leaves_room_for_the_guarantee(void **state)
{
    struct link l = link_of(2);
    (void)state;
    l.vm[GOLD].max = 2 * GBIT;
    report(&l, SENDS(2 * GBIT, GBIT));
    assert_int_equal(l.vm[GOLD].limit, 2 * GBIT);
    assert_int_equal(l.vm[GOLD].reason, POLICY_CEILING);
    l.vm[GOLD].min = 2100 * MBIT; /* what 2 Gbit/s take on the wire */
    report(&l, SENDS(2 * GBIT, GBIT));
    assert_int_equal(l.vm[GOLD].limit, 2100 * MBIT);
}

/* This is the state of most uplinks. */
static void without_a_guarantee_nothing_is_kept_of_a_vm(void **state)
{
    static const struct policy_memory nothing;
    struct link l = link_of(3);
    (void)state;
    l.vm[OTHER].max = GBIT;
    reports(&l, 5, SENDS(4 * GBIT, 4 * MBIT, GBIT));
    for (uint32_t v = 0; v < 3; v++)
        assert_memory_equal(&l.memory[v], &nothing, sizeof nothing);
    assert_int_equal(l.vm[GOLD].wants, 5 * GBIT);        /* a little more than it sends */
    assert_int_equal(l.vm[PLAIN].wants, 0);              /* chatter */
    assert_int_equal(l.vm[OTHER].wants, DAQS_UNLIMITED); /* its ceiling may limit it */
    assert_false(l.uplink.memory.vms_kept);
}

static void a_guarantee_holds_from_the_report_after_it_was_set(void **state)
{
    struct link l = link_of(2);
    (void)state;
    reports(&l, 20, SENDS(2 * GBIT, 8 * GBIT));
    l.vm[GOLD].min = 4 * GBIT;
    report(&l, SENDS(2 * GBIT, 8 * GBIT));
    assert_int_equal(l.vm[PLAIN].reason, POLICY_YIELDS);
    assert_true(l.vm[PLAIN].limit <= budget - 4 * GBIT);
}

/* A guest may be frozen for a minute, and there are no reports meanwhile. */
static void a_guarantee_that_is_set_between_reports_holds_at_once(void **state)
{
    struct link l = link_of(2);
    (void)state;
    reports(&l, 20, SENDS(2 * GBIT, 8 * GBIT));
    l.vm[GOLD].min = 4 * GBIT;
    l.vm[GOLD].fresh = l.vm[PLAIN].fresh = false;
    assert_true(policy_decide(&l.uplink));
    assert_int_equal(l.vm[PLAIN].reason, POLICY_YIELDS);
    assert_true(l.vm[PLAIN].limit <= budget - 4 * GBIT);
}

static void the_state_at_the_end_of_the_last_guarantee_is_forgotten(void **state)
{
    struct link l = link_of(2);
    (void)state;
    l.vm[GOLD].min = GBIT;
    l.uplink.own_known = true;
    l.uplink.own = 8 * GBIT;
    reports(&l, 50, SENDS(GBIT, GBIT));
    l.vm[GOLD].min = 0;
    reports(&l, 50, SENDS(GBIT, GBIT));
    l.uplink.own = 0;
    l.vm[GOLD].min = 9 * GBIT;
    reports(&l, 2, SENDS(9 * GBIT, GBIT));
    assert_int_equal(l.vm[GOLD].due, 9 * GBIT);
    assert_int_equal(l.vm[GOLD].reason, POLICY_GUARANTEED);
}

static void the_reserve_of_a_guarantee_ends_with_it(void **state)
{
    static const struct policy_memory nothing;
    struct link l = link_of(2);
    (void)state;
    l.vm[GOLD].min = 4 * GBIT;
    reports(&l, 20, SENDS(3 * GBIT, 6 * GBIT));
    assert_true(l.memory[GOLD].on);
    l.vm[GOLD].min = 0;
    report(&l, SENDS(3 * GBIT, 6 * GBIT));
    for (uint32_t v = 0; v < 2; v++)
        assert_memory_equal(&l.memory[v], &nothing, sizeof nothing);
    assert_int_equal(l.vm[PLAIN].limit, DAQS_UNLIMITED);
}

static void off_limits_nobody(void **state)
{
    struct link l = link_of(2);
    (void)state;
    l.uplink.mode = POLICY_MODE_OFF;
    l.vm[GOLD].min = 3 * GBIT;
    l.vm[PLAIN].max = GBIT;
    reports(&l, 3, SENDS(2 * GBIT, 8 * GBIT));
    assert_int_equal(l.vm[PLAIN].limit, DAQS_UNLIMITED);
    assert_int_equal(l.vm[PLAIN].reason, POLICY_OFF);
}

static void a_speed_that_is_not_known_leaves_the_ceilings(void **state)
{
    struct link l = link_of(2);
    (void)state;
    l.uplink.capacity = 0;
    l.vm[GOLD].min = 3 * GBIT;
    l.vm[PLAIN].max = GBIT;
    report(&l, SENDS(2 * GBIT, 8 * GBIT));
    assert_int_equal(l.vm[GOLD].limit, DAQS_UNLIMITED);
    assert_int_equal(l.vm[GOLD].reason, POLICY_NO_CAPACITY);
    assert_int_equal(l.vm[PLAIN].limit, GBIT);
}

/* While the link is down, VMs send nothing and their sockets fill: as if the port carried nothing.
 */
static void while_the_link_is_down_limits_stay_and_nothing_is_learned(void **state)
{
    struct link was_down = link_of(2);
    (void)state;
    was_down.vm[GOLD].min = 4 * GBIT;
    reports(&was_down, 30, SENDS(4 * GBIT, 6 * GBIT));
    struct link was_up = was_down;
    assert_int_not_equal(was_down.vm[PLAIN].limit, DAQS_UNLIMITED);
    was_down.uplink.link_down = true;
    was_down.vm[GOLD].backlog = was_down.vm[PLAIN].backlog = true;
    reports(&was_down, 100, SENDS(0, 0));
    assert_int_equal(was_down.vm[GOLD].limit, was_up.vm[GOLD].limit);
    assert_int_equal(was_down.vm[PLAIN].limit, was_up.vm[PLAIN].limit);
    assert_int_equal(was_down.vm[GOLD].reason, POLICY_NO_LINK);
    assert_int_equal(was_down.vm[PLAIN].reason, POLICY_NO_LINK);
    assert_true(policy_reason_at_stake(POLICY_NO_LINK)); /* or its return would be seen late */
    was_down.uplink.link_down = false;
    was_down.vm[GOLD].backlog = was_down.vm[PLAIN].backlog = false;
    reports(&was_down, 3, SENDS(4 * GBIT, 6 * GBIT));
    reports(&was_up, 3, SENDS(4 * GBIT, 6 * GBIT));
    assert_int_equal(was_down.vm[PLAIN].limit, was_up.vm[PLAIN].limit);
    assert_int_equal(was_down.vm[PLAIN].reason, was_up.vm[PLAIN].reason);
    assert_memory_equal(was_down.memory, was_up.memory, sizeof was_up.memory);
}

static void while_the_link_is_down_orders_of_operators_are_obeyed(void **state)
{
    struct link l = link_of(3);
    (void)state;
    l.uplink.link_down = true;
    l.vm[GOLD].max = 2 * GBIT; /* and no limit is in force, as after a start */
    l.vm[PLAIN].limit = 3 * GBIT;
    l.vm[OTHER].limit = 3 * GBIT;
    l.vm[OTHER].reachable = false;
    report(&l, SENDS(0, 0, 0));
    assert_int_equal(l.vm[GOLD].limit, 2 * GBIT);
    assert_int_equal(l.vm[GOLD].reason, POLICY_CEILING);
    assert_int_equal(l.vm[PLAIN].limit, 3 * GBIT);
    assert_int_equal(l.vm[OTHER].reason, POLICY_OUT_OF_REACH);
    l.uplink.mode = POLICY_MODE_OFF;
    report(&l, SENDS(0, 0, 0));
    assert_int_equal(l.vm[PLAIN].limit, DAQS_UNLIMITED);
    assert_int_equal(l.vm[PLAIN].reason, POLICY_OFF);
}

/* --- one guarantee --- */

static void the_first_report_that_shows_a_guarantee_in_use_reserves_it(void **state)
{
    struct link l = link_of(2);
    (void)state;
    l.vm[GOLD].min = 4 * GBIT;
    reports(&l, 5, SENDS(0, 9 * GBIT));
    report(&l, SENDS(300 * MBIT, 9 * GBIT));
    assert_int_equal(l.vm[GOLD].limit, DAQS_UNLIMITED);
    assert_int_equal(l.vm[GOLD].reason, POLICY_GUARANTEED);
    assert_true(l.memory[GOLD].reserve >= 4e9);
    assert_true(l.vm[PLAIN].limit <= budget - 4 * GBIT);
    assert_int_equal(l.vm[PLAIN].reason, POLICY_YIELDS);
}

static void a_jump_beyond_the_reserve_reserves_all_of_it_at_once(void **state)
{
    struct link l = link_of(2);
    (void)state;
    l.vm[GOLD].min = 4 * GBIT;
    reports(&l, 30, SENDS(GBIT, 5 * GBIT));
    assert_true(l.memory[GOLD].reserve <= 1.1e9);
    report(&l, SENDS(1500 * MBIT, 5 * GBIT));
    assert_true(l.memory[GOLD].reserve >= 4e9);
}

static void unused_guarantees_are_lent(void **state)
{
    struct link l = link_of(2);
    (void)state;
    l.vm[GOLD].min = 4 * GBIT;
    reports(&l, 30, SENDS(GBIT, 5 * GBIT));
    assert_true(l.memory[GOLD].reserve >= 1e9);
    assert_true(l.memory[GOLD].reserve <= 1.1e9);
    assert_true(l.vm[PLAIN].limit >= budget - 1200 * MBIT);
}

/* And comes back with the second report in which the VM wants it, even if it sent very little. */
static void lent_capacity_comes_back_with_two_reports(void **state)
{
    (void)state;
    for (unsigned percent = 2; percent <= 95; percent++) {
        struct link l = link_of(2);
        daqs_bps wants = 4 * GBIT / 100 * percent;
        l.vm[GOLD].min = 4 * GBIT;
        reports(&l, 30, SENDS(wants, 9 * GBIT - wants));
        for (int i = 0; i < 2; i++) { /* it uses all of its reserve */
            daqs_bps there = (daqs_bps)l.memory[GOLD].reserve;
            report(&l, SENDS(there > wants ? there : wants, 9 * GBIT - wants));
        }
        if (l.memory[GOLD].reserve < 4e9)
            fail_msg("from %u %%: %f", percent, l.memory[GOLD].reserve);
    }
}

/* The host is busy: the neighbours are not limited further because of it. */
static void a_late_report_without_more_traffic_does_not_reserve_more(void **state)
{
    struct link l = link_of(2);
    (void)state;
    l.vm[GOLD].min = 4 * GBIT;
    reports(&l, 30, SENDS(GBIT, 8 * GBIT));
    report_over(&l, 1400, SENDS(GBIT, 8 * GBIT));
    assert_true(l.memory[GOLD].reserve <= 1.1e9);
    assert_true(l.vm[PLAIN].limit >= 8 * GBIT);
    reports(&l, 2, SENDS(GBIT, 8 * GBIT));
    report_over(&l, 1400, SENDS(GBIT, 8 * GBIT));
    assert_true(l.memory[GOLD].reserve <= 1.1e9);
    report_over(&l, 1400, SENDS(GBIT, 8 * GBIT)); /* the second in a row */
    assert_true(l.memory[GOLD].reserve >= 4e9);
}

/* The low usage that often follows does not lower the reserve. */
static void a_late_report_in_which_it_sent_less_gives_nothing_away(void **state)
{
    struct link l = link_of(2);
    (void)state;
    l.vm[GOLD].min = 4 * GBIT;
    reports(&l, 30, SENDS(4 * GBIT, 5 * GBIT));
    assert_true(l.memory[GOLD].reserve >= 3.9e9);
    report_over(&l, 1400, SENDS(1500 * MBIT, 5 * GBIT));
    assert_true(l.memory[GOLD].reserve >= 3.9e9);
    report(&l, SENDS(1500 * MBIT, 5 * GBIT)); /* but a report that is on time counts */
    reports(&l, 3, SENDS(1500 * MBIT, 5 * GBIT));
    assert_true(l.memory[GOLD].reserve <= 2e9);
}

/* Unsent bytes count for some seconds only, and late reports must not extend that time. */
static void a_late_report_of_a_guest_with_unsent_bytes_is_not_excused(void **state)
{
    struct link l = link_of(2);
    (void)state;
    l.vm[GOLD].min = 4 * GBIT;
    reports(&l, 30, SENDS(GBIT, 4 * GBIT));
    l.memory[GOLD].shortage.proven_ms = 100;
    report_over(&l, 1400, SENDS(GBIT, 4 * GBIT));
    assert_int_equal(l.memory[GOLD].shortage.proven_ms, 0);
    assert_true(l.memory[GOLD].reserve >= 4e9);
}

/* The VM may have started to send within the late report. */
static void a_late_report_of_a_silent_guest_is_not_excused(void **state)
{
    struct link l = link_of(2);
    (void)state;
    l.vm[GOLD].min = 4 * GBIT;
    reports(&l, 30, SENDS(4 * GBIT, 6 * GBIT));
    report(&l, SENDS(0, 10 * GBIT));
    report_over(&l, 1400, SENDS(300 * MBIT, 9700 * MBIT));
    assert_true(l.memory[GOLD].reserve >= 4e9);
}

static void a_late_report_in_which_it_sent_more_reserves_all(void **state)
{
    struct link l = link_of(2);
    (void)state;
    l.vm[GOLD].min = 4 * GBIT;
    reports(&l, 30, SENDS(GBIT, 8 * GBIT));
    report_over(&l, 1400, SENDS(1050 * MBIT, 8 * GBIT));
    assert_true(l.memory[GOLD].reserve >= 4e9);
}

static void after_a_long_time_it_starts_again(void **state)
{
    struct link l = link_of(2);
    (void)state;
    l.vm[GOLD].min = 4 * GBIT;
    reports(&l, 30, SENDS(GBIT, 8 * GBIT));
    report_over(&l, 3100, SENDS(GBIT, 8 * GBIT));
    assert_true(l.memory[GOLD].reserve >= 4e9);
}

static void a_guarantee_that_falls_silent_is_given_away(void **state)
{
    struct link l = link_of(2);
    (void)state;
    l.vm[GOLD].min = 4 * GBIT;
    reports(&l, 10, SENDS(4 * GBIT, 5 * GBIT));
    reports(&l, 2, SENDS(0, 5 * GBIT));
    assert_int_equal(l.vm[PLAIN].limit, DAQS_UNLIMITED);
    assert_int_equal(l.vm[PLAIN].reason, POLICY_FREE);
}

/* All its first packets were lost: TCP waits for its timeout, and the reserve is kept meanwhile. */
static void a_start_that_was_lost_on_a_full_port_is_waited_for(void **state)
{
    struct link l = link_of(2);
    (void)state;
    l.vm[GOLD].min = 4 * GBIT;
    reports(&l, 10, SENDS(0, 10 * GBIT));
    report(&l, SENDS(50 * MBIT, 9950 * MBIT));
    assert_true(l.memory[GOLD].reserve >= 4e9);
    reports(&l, 3, SENDS(0, 5900 * MBIT));
    assert_true(l.memory[GOLD].reserve >= 4e9);
    reports(&l, 3, SENDS(0, 5900 * MBIT));
    assert_true(l.memory[GOLD].reserve == 0);
}

static void above_its_guarantee_a_vm_shares_by_weight(void **state)
{
    struct link l = link_of(2);
    (void)state;
    l.vm[GOLD].min = 4 * GBIT;
    l.vm[PLAIN].weight = 2;
    report(&l, SENDS(7 * GBIT, 3 * GBIT));
    for (int i = 0; i < 20; i++)
        report(&l, SENDS(10 * GBIT - l.vm[PLAIN].limit, l.vm[PLAIN].limit));
    daqs_bps share = (budget - 4 * GBIT) / 3 * 2;
    assert_in_range(l.vm[PLAIN].limit, share - MBIT, share + MBIT);
}

/* --- several --- */

static void a_guaranteed_vm_is_never_held_below_its_guarantee(void **state)
{
    struct link l = link_of(3);
    (void)state;
    l.vm[GOLD].min = 3 * GBIT;
    l.vm[PLAIN].min = 5 * GBIT;
    reports(&l, 20, SENDS(9 * GBIT, 50 * MBIT, GBIT));
    assert_true(l.vm[GOLD].limit >= 3 * GBIT);
    assert_true(l.vm[GOLD].limit < 10 * GBIT);
    assert_true(l.vm[PLAIN].limit >= 5 * GBIT);
    assert_int_equal(l.vm[GOLD].reason, POLICY_KEEPS_ROOM);
    assert_int_equal(l.vm[OTHER].reason, POLICY_YIELDS);
}

static void limits_of_all_that_want_more_fit_the_budget(void **state)
{
    struct link l = link_of(4);
    daqs_bps usage[4] = {2 * GBIT, 3 * GBIT, 4 * GBIT, GBIT};
    daqs_bps sum = 0;
    (void)state;
    l.vm[0].min = GBIT;
    l.vm[1].min = 3 * GBIT;
    l.vm[2].min = 4 * GBIT;
    for (int i = 0; i < 20; i++) {
        report(&l, usage);
        for (uint32_t v = 0; v < 4; v++)
            usage[v] = l.vm[v].limit < 10 * GBIT ? l.vm[v].limit : usage[v];
    }
    for (uint32_t v = 0; v < 4; v++)
        sum += l.vm[v].limit;
    assert_true(sum <= budget + 4);
}

static void guarantees_that_do_not_fit_are_cut_by_weight(void **state)
{
    struct link l = link_of(2);
    (void)state;
    l.vm[GOLD].min = 8 * GBIT;
    l.vm[PLAIN].min = 8 * GBIT;
    l.vm[PLAIN].weight = 2;
    reports(&l, 40, SENDS(5 * GBIT, 5 * GBIT));
    assert_int_equal(l.vm[GOLD].reason, POLICY_OVERSUBSCRIBED);
    assert_in_range(l.vm[GOLD].due, budget / 3 - 2, budget / 3 + 2);
    assert_in_range(l.vm[PLAIN].due, budget / 3 * 2 - 2, budget / 3 * 2 + 2);
}

/* --- facts --- */

static void the_pfs_own_traffic_is_not_handed_out(void **state)
{
    struct link l = link_of(2);
    (void)state;
    l.vm[GOLD].min = 4 * GBIT;
    l.uplink.own_known = true;
    l.uplink.own = 3 * GBIT;
    reports(&l, 5, SENDS(4 * GBIT, 3 * GBIT));
    assert_true(l.vm[PLAIN].limit <= budget - 4 * GBIT - 3 * GBIT);
    assert_true(l.vm[PLAIN].limit >= budget - 4 * GBIT - 3 * GBIT - 200 * MBIT);
}

/* It rises only as fast as others yield, so the policy plans for a further rise. */
static void a_pf_that_rises_on_a_full_port_is_given_way(void **state)
{
    struct link l = link_of(2);
    (void)state;
    l.vm[GOLD].min = 4 * GBIT;
    l.uplink.own_known = true;
    reports(&l, 20, SENDS(2 * GBIT, 7 * GBIT));
    l.uplink.own = GBIT;
    report(&l, SENDS(2 * GBIT, 7 * GBIT));
    assert_true(l.vm[PLAIN].limit <= budget - 2 * GBIT - 2 * GBIT);
}

/* A VM that wants less leaves a gap. */
static void a_fall_while_the_port_stays_full_is_not_believed_at_once(void **state)
{
    struct link l = link_of(2);
    (void)state;
    l.vm[GOLD].min = 4 * GBIT;
    reports(&l, 30, SENDS(3 * GBIT, 6900 * MBIT));
    struct link gap = l;
    reports(&l, 5, SENDS(GBIT, 8900 * MBIT)); /* displaced by PLAIN */
    assert_true(l.memory[GOLD].reserve >= 2.5e9);
    reports(&gap, 5, SENDS(GBIT, 6900 * MBIT));
    assert_true(gap.memory[GOLD].reserve <= 1.2e9);
}

static void unwatched_traffic_counts_as_the_pfs_after_a_while(void **state)
{
    struct link l = link_of(3);
    (void)state;
    l.vm[GOLD].min = 4 * GBIT;
    l.uplink.port_known = true;
    l.uplink.port = 9 * GBIT;
    reports(&l, 5, SENDS(4 * GBIT, 3 * GBIT, 0)); /* 2 Gbit/s of it have no known source */
    daqs_bps before = l.vm[PLAIN].limit;
    assert_true(l.vm[OTHER].limit <= 200 * MBIT); /* hardly any allowance for bursts meanwhile */
    reports(&l, 110, SENDS(4 * GBIT, 3 * GBIT, 0));
    assert_true(l.vm[PLAIN].limit <= before - 1900 * MBIT);
}

static void n11_traffic_between_vms_is_not_the_ports(void **state)
{
    struct link l = link_of(3);
    (void)state;
    l.vm[GOLD].min = 4 * GBIT;
    l.uplink.mode = POLICY_MODE_FAIR;
    l.uplink.port_known = true;
    l.uplink.port = 3 * GBIT;
    reports(&l, 29, SENDS(2 * GBIT, 9 * GBIT, 0));          /* 8 Gbit/s of it are between VMs */
    assert_true(policy_between_vms(&l.uplink.memory) == 0); /* maybe the counters' delay */
    reports(&l, 2, SENDS(2 * GBIT, 9 * GBIT, 0));
    assert_true(policy_between_vms(&l.uplink.memory) == 8e9);
    assert_false(l.uplink.memory.was_full);
    assert_int_equal(l.vm[PLAIN].limit, DAQS_UNLIMITED); /* the port has room */
    reports(&l, 1, SENDS(2 * GBIT, GBIT, 0));
    assert_true(policy_between_vms(&l.uplink.memory) == 0);
    l.uplink.port_known = false; /* then traffic between VMs counts as the port's */
    reports(&l, 40, SENDS(2 * GBIT, 9 * GBIT, 0));
    assert_true(policy_between_vms(&l.uplink.memory) == 0);
    assert_int_not_equal(l.vm[PLAIN].limit, DAQS_UNLIMITED);
}

/* A VM that sends to a neighbour now may send to the wire at any moment. */
static void n11_a_guarantee_is_kept_from_it_all_the_same(void **state)
{
    struct link l = link_of(2);
    (void)state;
    l.vm[GOLD].min = 4 * GBIT;
    l.uplink.port_known = true;
    l.uplink.port = 4 * GBIT;
    reports(&l, 40, SENDS(4 * GBIT, 9 * GBIT));
    assert_true(l.vm[PLAIN].limit <= budget - 4 * GBIT);
}

static void one_that_cannot_be_limited_takes_its_share(void **state)
{
    struct link l = link_of(3);
    (void)state;
    l.vm[GOLD].min = 3 * GBIT;
    l.vm[OTHER].reachable = false;
    reports(&l, 10, SENDS(3 * GBIT, GBIT, 2 * GBIT));
    assert_int_equal(l.vm[OTHER].limit, DAQS_UNLIMITED);
    assert_int_equal(l.vm[OTHER].reason, POLICY_OUT_OF_REACH);
    assert_true(l.vm[PLAIN].limit <= budget - 3 * GBIT - 2 * GBIT);
    /* The policy does not believe more than a third of the uplink. */
    reports(&l, 10, SENDS(3 * GBIT, GBIT, 9 * GBIT));
    assert_true(l.vm[PLAIN].limit >= budget - 3 * GBIT - budget / 3 - 100 * MBIT);
}

static void a_vm_that_is_silent_for_long_counts_as_using_its_guarantee(void **state)
{
    struct link l = link_of(2);
    (void)state;
    l.vm[GOLD].min = 4 * GBIT;
    reports(&l, 5, SENDS(0, 8 * GBIT));
    l.vm[GOLD].lost = true;
    l.vm[GOLD].fresh = false;
    assert_true(policy_decide(&l.uplink));
    assert_true(l.vm[PLAIN].limit <= budget - 4 * GBIT);
    l.vm[GOLD].min = 0; /* a best-effort VM counts as idle */
    assert_true(policy_decide(&l.uplink));
    assert_int_equal(l.vm[PLAIN].limit, DAQS_UNLIMITED);
}

static void a_report_that_is_missing_changes_nothing(void **state)
{
    struct link l = link_of(2);
    (void)state;
    l.vm[GOLD].min = 4 * GBIT;
    reports(&l, 20, SENDS(2 * GBIT, 6 * GBIT));
    daqs_bps before = l.vm[PLAIN].limit;
    for (int i = 0; i < 5; i++) {
        l.vm[GOLD].fresh = l.vm[PLAIN].fresh = false;
        assert_true(policy_decide(&l.uplink));
        assert_int_equal(l.vm[PLAIN].limit, before);
    }
}

/* --- fair, weighted --- */

static void a_port_with_room_is_not_split(void **state)
{
    struct link l = link_of(2);
    (void)state;
    l.uplink.mode = POLICY_MODE_FAIR;
    reports(&l, 5, SENDS(2 * GBIT, 6 * GBIT));
    assert_int_equal(l.vm[PLAIN].limit, DAQS_UNLIMITED);
    assert_int_equal(l.vm[PLAIN].reason, POLICY_UNCONTENDED);
}

static void a_full_port_is_split_by_weight(void **state)
{
    struct link l = link_of(3);
    daqs_bps usage[] = {GBIT, 7 * GBIT, 2 * GBIT};
    (void)state;
    l.uplink.mode = POLICY_MODE_WEIGHTED;
    l.vm[GOLD].min = 9 * GBIT; /* guarantees do not count in this mode */
    l.vm[2].weight = 2;
    for (int i = 0; i < 30; i++) {
        report(&l, usage);
        for (uint32_t v = 0; v < 3; v++)
            usage[v] = l.vm[v].limit < 10 * GBIT ? l.vm[v].limit : usage[v];
    }
    assert_int_equal(l.vm[0].reason, POLICY_FAIR_SHARE);
    assert_in_range(l.vm[0].limit, budget / 4 - 10 * MBIT, budget / 4 + 10 * MBIT);
    assert_in_range(l.vm[2].limit, budget / 2 - 10 * MBIT, budget / 2 + 10 * MBIT);
    l.uplink.mode = POLICY_MODE_FAIR;
    for (int i = 0; i < 30; i++) {
        report(&l, usage);
        for (uint32_t v = 0; v < 3; v++)
            usage[v] = l.vm[v].limit < 10 * GBIT ? l.vm[v].limit : usage[v];
    }
    assert_in_range(l.vm[2].limit, budget / 3 - 10 * MBIT, budget / 3 + 10 * MBIT);
    reports(&l, 25, SENDS(GBIT, GBIT, GBIT)); /* the port has room again */
    assert_int_equal(l.vm[0].limit, DAQS_UNLIMITED);
}

/* --- rates that the host cannot go below --- */

static struct link link_by_host(uint32_t vms, daqs_bps gold, daqs_bps least)
{
    struct link l = link_of(vms);
    l.vm[GOLD].min = gold;
    l.uplink.vf_least = least;
    for (uint32_t v = 0; v < vms; v++)
        l.vm[v].nics = l.vm[v].by_host = 1;
    return l;
}

static void n2_a_vm_that_cannot_be_limited_lower_has_the_least_rate(void **state)
{
    struct link l = link_by_host(3, 9800 * MBIT, 50 * MBIT);
    (void)state;
    reports(&l, 3, SENDS(9800 * MBIT, 0, 100 * MBIT));
    assert_int_equal(l.vm[PLAIN].limit, 50 * MBIT);
    l.vm[PLAIN].by_host = 0; /* its guest can be limited to any rate */
    reports(&l, 3, SENDS(9800 * MBIT, 0, 100 * MBIT));
    assert_in_range(l.vm[PLAIN].limit, MBIT, 49 * MBIT);
}

static void n2_the_rate_that_it_then_takes_is_not_planned_for_others(void **state)
{
    struct link l = link_by_host(3, 9700 * MBIT, 50 * MBIT);
    (void)state;
    l.vm[OTHER].weight = 9;
    reports(&l, 5, SENDS(9700 * MBIT, 50 * MBIT, 200 * MBIT));
    assert_in_range(l.vm[PLAIN].limit, 50 * MBIT, 100 * MBIT);
    assert_in_range(l.vm[PLAIN].limit + l.vm[OTHER].limit, 185 * MBIT, 200 * MBIT);
}

static void n2_a_small_guarantee_is_not_held_lower_either(void **state)
{
    struct link l = link_by_host(3, 9700 * MBIT, 50 * MBIT);
    (void)state;
    l.vm[OTHER].min = 10 * MBIT;
    reports(&l, 5, SENDS(9700 * MBIT, 0, 10 * MBIT));
    assert_in_range(l.vm[OTHER].limit, 50 * MBIT, 190 * MBIT);
    assert_int_equal(l.vm[OTHER].reason, POLICY_KEEPS_ROOM);
}

/* This happens if the agent has learned a wrong least rate. */
static void n2_no_least_rate_takes_from_a_guarantee(void **state)
{
    daqs_bps sends[MOST] = {6 * GBIT};
    struct link l = link_by_host(MOST, 6 * GBIT, 900 * MBIT);
    daqs_bps sum = 0;
    (void)state;
    for (uint32_t v = 1; v < MOST; v++)
        sends[v] = GBIT;
    reports(&l, 5, sends);
    for (uint32_t v = 1; v < MOST; v++)
        sum += l.vm[v].limit;
    assert_in_range(sum, 3700 * MBIT, budget - 6 * GBIT);
    for (uint32_t v = 1; v < MOST; v++)
        sends[v] = 0;
    sends[1] = GBIT;
    reports(&l, 30, sends);
    for (uint32_t v = 2; v < MOST; v++) /* the idle VMs may all begin at once */
        assert_in_range(l.vm[v].limit, 100 * MBIT, (budget - 6 * GBIT) / (MOST - 1));
    l.vm[GOLD].min = budget;
    sends[GOLD] = budget;
    reports(&l, 30, sends);
    assert_in_range(l.vm[PLAIN].limit, MBIT, MBIT + 1);
}

static daqs_bps sum_of_shares(const struct link *l)
{
    daqs_bps sum = 0;
    for (uint32_t v = 0; v < l->uplink.vms; v++)
        sum += l->vm[v].share;
    return sum;
}

/* An unlimitable VM takes 4 Gbit/s: that much less is left next to the guarantee. */
static void n2_no_least_rate_is_planned_where_the_port_shows_that_it_does_not_fit(void **state)
{
    enum { STRAY = PLAIN, FIRST, VMS = 22 };
    daqs_bps sends[VMS] = {5 * GBIT, 4 * GBIT};
    struct link l = link_by_host(VMS, 5 * GBIT, 200 * MBIT);
    daqs_bps limits = 0;
    (void)state;
    l.vm[STRAY].reachable = false;
    l.vm[STRAY].by_host = 0;
    for (uint32_t v = FIRST; v < VMS; v++)
        sends[v] = 45 * MBIT;
    l.uplink.port_known = true;
    l.uplink.port = 9900 * MBIT;
    reports(&l, 10, sends);
    for (uint32_t v = FIRST; v < VMS; v++)
        limits += l.vm[v].limit;
    assert_in_range(limits, 850 * MBIT, budget - 9 * GBIT);
    assert_in_range(sum_of_shares(&l), 5850 * MBIT, budget - 4 * GBIT);
}

/* Less gets through than the port carries, and two of the best-effort VMs can be held to any
 * rate. */
static void n2_least_rates_and_the_share_of_best_effort_fit_together(void **state)
{
    enum { VMS = 4, LAST = 3 };
    const daqs_bps sends[VMS] = {4 * GBIT, GBIT, GBIT, GBIT};
    struct link l = link_by_host(VMS, 9 * GBIT, 800 * MBIT);
    (void)state;
    l.vm[PLAIN].by_host = l.vm[OTHER].by_host = 0;
    l.vm[GOLD].backlog = true;
    reports(&l, 40, sends);
    assert_true(l.uplink.memory.bottleneck.capacity < 9e9);
    for (uint32_t v = PLAIN; v < VMS; v++)
        assert_true(l.vm[v].limit >= (budget - 9 * GBIT) / VMS);
    assert_true(l.vm[LAST].limit > 440 * MBIT);
    assert_true(l.vm[PLAIN].limit + l.vm[OTHER].limit + l.vm[LAST].limit <= budget - 9 * GBIT);
}

static void n2_a_least_rate_of_more_than_a_tenth_of_a_port_is_not_believed(void **state)
{
    struct link l = link_by_host(3, 9000 * MBIT, GBIT + 1);
    struct link without = link_by_host(3, 9000 * MBIT, 0);
    (void)state;
    reports(&l, 5, SENDS(9 * GBIT, 0, GBIT));
    reports(&without, 5, SENDS(9 * GBIT, 0, GBIT));
    assert_int_equal(l.vm[PLAIN].limit, without.vm[PLAIN].limit);
    assert_int_equal(l.vm[OTHER].limit, without.vm[OTHER].limit);
    l.uplink.vf_least = GBIT;
    reports(&l, 5, SENDS(9 * GBIT, 0, GBIT));
    assert_true(l.vm[PLAIN].limit > without.vm[PLAIN].limit);
}

static void n2_a_ceiling_below_the_least_rate_stays_as_ordered(void **state)
{
    struct link l = link_by_host(2, 4 * GBIT, 50 * MBIT);
    (void)state;
    l.vm[PLAIN].max = 2 * MBIT;
    reports(&l, 3, SENDS(4 * GBIT, 50 * MBIT));
    assert_int_equal(l.vm[PLAIN].limit, 2 * MBIT);
    assert_int_equal(l.vm[PLAIN].reason, POLICY_CEILING);
}

static void n2_a_full_port_is_split_with_the_rest(void **state)
{
    struct link l = link_by_host(3, 0, 50 * MBIT);
    (void)state;
    l.uplink.mode = POLICY_MODE_WEIGHTED;
    l.vm[OTHER].weight = l.vm[GOLD].weight = 1000;
    reports(&l, 5, SENDS(5 * GBIT, 50 * MBIT, 5 * GBIT));
    assert_in_range(l.vm[PLAIN].limit, 50 * MBIT, 60 * MBIT);
}

/* --- pushes --- */

static void small_changes_are_not_pushed(void **state)
{
    (void)state;
    assert_false(policy_worth_pushing(GBIT, 1015 * MBIT, GBIT, false));
    assert_true(policy_worth_pushing(GBIT, 1021 * MBIT, GBIT, false));
    assert_false(policy_worth_pushing(GBIT, 991 * MBIT, GBIT, false));
    assert_true(policy_worth_pushing(GBIT, 989 * MBIT, GBIT, false));
    assert_true(policy_worth_pushing(GBIT, 1001 * MBIT, GBIT, true)); /* the VM has a guarantee */
    assert_true(policy_worth_pushing(DAQS_UNLIMITED, GBIT, 0, false));
    assert_true(policy_worth_pushing(GBIT, DAQS_UNLIMITED, 0, false));
    assert_false(policy_worth_pushing(DAQS_UNLIMITED, DAQS_UNLIMITED, 0, false));
    /* A VM that uses little of either limit does not notice the change. */
    assert_false(policy_worth_pushing(GBIT, 1900 * MBIT, 100 * MBIT, false));
    assert_true(policy_worth_pushing(GBIT, 2100 * MBIT, 100 * MBIT, false));
    assert_false(policy_worth_pushing(GBIT, 600 * MBIT, 100 * MBIT, false));
    assert_true(policy_worth_pushing(GBIT, 400 * MBIT, 100 * MBIT, false));
}

static void modes_have_names(void **state)
{
    enum policy_mode mode = POLICY_MODE_OFF;
    (void)state;
    assert_true(policy_mode_parse("weighted", &mode));
    assert_int_equal(mode, POLICY_MODE_WEIGHTED);
    assert_false(policy_mode_parse("greedy", &mode));
    assert_int_equal(mode, POLICY_MODE_WEIGHTED);
    assert_string_equal(policy_mode_name(POLICY_MODE_FAIR), "fair");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_guarantee_in_use_nobody_is_limited),
        cmocka_unit_test(a_ceiling_always_holds_and_leaves_room_for_the_guarantee),
        cmocka_unit_test(without_a_guarantee_nothing_is_kept_of_a_vm),
        cmocka_unit_test(a_guarantee_holds_from_the_report_after_it_was_set),
        cmocka_unit_test(a_guarantee_that_is_set_between_reports_holds_at_once),
        cmocka_unit_test(the_state_at_the_end_of_the_last_guarantee_is_forgotten),
        cmocka_unit_test(the_reserve_of_a_guarantee_ends_with_it),
        cmocka_unit_test(off_limits_nobody),
        cmocka_unit_test(a_speed_that_is_not_known_leaves_the_ceilings),
        cmocka_unit_test(while_the_link_is_down_limits_stay_and_nothing_is_learned),
        cmocka_unit_test(while_the_link_is_down_orders_of_operators_are_obeyed),
        cmocka_unit_test(the_first_report_that_shows_a_guarantee_in_use_reserves_it),
        cmocka_unit_test(a_jump_beyond_the_reserve_reserves_all_of_it_at_once),
        cmocka_unit_test(unused_guarantees_are_lent),
        cmocka_unit_test(lent_capacity_comes_back_with_two_reports),
        cmocka_unit_test(a_late_report_without_more_traffic_does_not_reserve_more),
        cmocka_unit_test(a_late_report_in_which_it_sent_less_gives_nothing_away),
        cmocka_unit_test(a_late_report_of_a_guest_with_unsent_bytes_is_not_excused),
        cmocka_unit_test(a_late_report_of_a_silent_guest_is_not_excused),
        cmocka_unit_test(a_late_report_in_which_it_sent_more_reserves_all),
        cmocka_unit_test(after_a_long_time_it_starts_again),
        cmocka_unit_test(a_guarantee_that_falls_silent_is_given_away),
        cmocka_unit_test(a_start_that_was_lost_on_a_full_port_is_waited_for),
        cmocka_unit_test(above_its_guarantee_a_vm_shares_by_weight),
        cmocka_unit_test(a_guaranteed_vm_is_never_held_below_its_guarantee),
        cmocka_unit_test(limits_of_all_that_want_more_fit_the_budget),
        cmocka_unit_test(guarantees_that_do_not_fit_are_cut_by_weight),
        cmocka_unit_test(the_pfs_own_traffic_is_not_handed_out),
        cmocka_unit_test(a_pf_that_rises_on_a_full_port_is_given_way),
        cmocka_unit_test(a_fall_while_the_port_stays_full_is_not_believed_at_once),
        cmocka_unit_test(unwatched_traffic_counts_as_the_pfs_after_a_while),
        cmocka_unit_test(n11_traffic_between_vms_is_not_the_ports),
        cmocka_unit_test(n11_a_guarantee_is_kept_from_it_all_the_same),
        cmocka_unit_test(one_that_cannot_be_limited_takes_its_share),
        cmocka_unit_test(a_vm_that_is_silent_for_long_counts_as_using_its_guarantee),
        cmocka_unit_test(a_report_that_is_missing_changes_nothing),
        cmocka_unit_test(a_port_with_room_is_not_split),
        cmocka_unit_test(a_full_port_is_split_by_weight),
        cmocka_unit_test(n2_a_vm_that_cannot_be_limited_lower_has_the_least_rate),
        cmocka_unit_test(n2_the_rate_that_it_then_takes_is_not_planned_for_others),
        cmocka_unit_test(n2_a_small_guarantee_is_not_held_lower_either),
        cmocka_unit_test(n2_no_least_rate_takes_from_a_guarantee),
        cmocka_unit_test(n2_no_least_rate_is_planned_where_the_port_shows_that_it_does_not_fit),
        cmocka_unit_test(n2_least_rates_and_the_share_of_best_effort_fit_together),
        cmocka_unit_test(n2_a_least_rate_of_more_than_a_tenth_of_a_port_is_not_believed),
        cmocka_unit_test(n2_a_ceiling_below_the_least_rate_stays_as_ordered),
        cmocka_unit_test(n2_a_full_port_is_split_with_the_rest),
        cmocka_unit_test(small_changes_are_not_pushed),
        cmocka_unit_test(modes_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
