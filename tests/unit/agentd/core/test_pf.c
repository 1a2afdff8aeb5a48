/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include "agentd/core/pf.h"

#include <string.h>

static struct pf pf;
static struct vf_info shown[PF_VFS_MAX];
static size_t vfs;

/* The NIC sets a rate as asked, or cut to the bits of this mask. */
static uint32_t mask;

static struct daqs_mac mac_of(uint32_t vf)
{
    return (struct daqs_mac){{2, 0, 0, 0, (uint8_t)(vf >> 8), (uint8_t)vf}};
}

static int setup(void **state)
{
    (void)state;
    memset(&pf, 0, sizeof pf);
    memset(shown, 0, sizeof shown);
    vfs = 4;
    mask = UINT32_MAX;
    for (uint32_t i = 0; i < PF_VFS_MAX; i++)
        shown[i] = (struct vf_info){.vf = i, .mac = mac_of(i), .reading = {.at_us = 1000}};
    pf_take(&pf, shown, vfs, (uint32_t)vfs);
    return 0;
}

/* Makes one visit: sets and reads back the planned rates. Returns how many were set. */
static size_t visit(int64_t now_ms)
{
    struct pf_change change[PF_VFS_MAX];
    size_t count = pf_plan(&pf, now_ms, change);
    for (size_t i = 0; i < count; i++)
        shown[change[i].vf].rate_mbit = change[i].rate_mbit & mask;
    for (size_t i = 0; i < vfs; i++)
        shown[i].reading.at_us += 100000;
    for (size_t i = 0; i < count; i++)
        (void)pf_changed(&pf, &change[i], PF_ACCEPTED, shown[change[i].vf].rate_mbit, now_ms);
    pf_take(&pf, shown, vfs, (uint32_t)vfs);
    return count;
}

static struct pf_vf *vf(uint32_t number)
{
    const struct daqs_mac mac = mac_of(number);
    return pf_find(&pf, &mac);
}

static void rates_are_whole_megabits_and_at_least_one(void **state)
{
    (void)state;
    assert_int_equal(pf_rate(DAQS_UNLIMITED), 0);
    assert_int_equal(pf_rate(0), 1);
    assert_int_equal(pf_rate(999999), 1);
    assert_int_equal(pf_rate(20 * MBIT + 999999), 20);
    assert_int_equal(pf_rate(DAQS_BPS_MAX), 1000000000);
}

static void n2_a_guarantee_is_rounded_up_and_counts_only_if_the_limit_leaves_it(void **state)
{
    (void)state;
    assert_int_equal(pf_own(0, 1500, DAQS_UNLIMITED), 0);
    assert_int_equal(pf_own(300 * MBIT, 1500, DAQS_UNLIMITED), 319); /* 318.6, rounded up */
    assert_int_equal(pf_own(300 * MBIT, 1500, 319 * MBIT), 319);
    assert_int_equal(pf_own(300 * MBIT, 1500, 318 * MBIT), 0);
}

static void nothing_wanted_sets_nothing(void **state)
{
    (void)state;
    shown[1].rate_mbit = 500; /* set by the operator */
    assert_int_equal(visit(1), 0);
    assert_int_equal(shown[1].rate_mbit, 500);
}

static void a_rate_is_set_once(void **state)
{
    (void)state;
    vf(2)->want_mbit = 100;
    assert_int_equal(visit(1), 1);
    assert_int_equal(shown[2].rate_mbit, 100);
    assert_int_equal(visit(2), 0);
    assert_true(pf_vf_obeys(vf(2), 2));
}

static void the_previous_rate_is_restored(void **state)
{
    (void)state;
    shown[1].rate_mbit = 500;
    (void)visit(1);
    vf(1)->want_mbit = 100;
    (void)visit(2);
    vf(1)->want_mbit = 200;
    (void)visit(3);
    assert_int_equal(shown[1].rate_mbit, 200);
    vf(1)->want_mbit = 0;
    assert_int_equal(visit(4), 1);
    assert_int_equal(shown[1].rate_mbit, 500);
    assert_int_equal(visit(5), 0);
}

static void a_rate_that_somebody_changes_is_set_again(void **state)
{
    (void)state;
    vf(0)->want_mbit = 100;
    (void)visit(1);
    shown[0].rate_mbit = 9000;
    (void)visit(2);
    assert_int_equal(visit(3), 1);
    assert_int_equal(shown[0].rate_mbit, 100);
}

/* netdevsim truncates the rate to 16 bits and reports success. */
static void n2_a_rate_that_is_cut_on_its_way_is_a_limit(void **state)
{
    (void)state;
    mask = 0xffff;
    vf(0)->want_mbit = 100000;
    assert_int_equal(visit(1), 1);
    assert_int_equal(pf_in_force(&pf, vf(0)), 34464);
    assert_true(pf_vf_obeys(vf(0), 2));
    assert_true(pf_vf_converged(&pf, vf(0)));
    assert_int_equal(visit(2), 0);
    vf(0)->want_mbit = 50; /* fits 16 bits */
    assert_int_equal(visit(3), 1);
    vf(0)->want_mbit = 0;
    (void)visit(4);
    assert_int_equal(shown[0].rate_mbit, 0);
}

/* But not if it would cut the VM's guarantee. */
static void n2_a_cut_that_a_guarantee_does_not_survive_is_put_back(void **state)
{
    (void)state;
    mask = 0xffff;
    vf(0)->want_mbit = vf(0)->own_mbit = 100000;
    for (int i = 1; i < 20; i++)
        (void)visit(i);
    assert_int_equal(shown[0].rate_mbit, 0);
    assert_int_equal(visit(20), 0);
    assert_false(pf_vf_obeys(vf(0), 20));
}

static void a_refused_rate_is_not_kept(void **state)
{
    (void)state;
    mask = 0xffff;
    vf(0)->want_mbit = 100000;
    (void)visit(1);
    vf(0)->want_mbit = 0;
    (void)visit(2);
    assert_int_equal(shown[0].rate_mbit, 0);
}

static void a_vf_that_takes_no_rate_at_all_has_nothing_of_ours(void **state)
{
    struct pf_change change[PF_VFS_MAX];
    (void)state;
    mask = 0;
    vf(0)->want_mbit = 100;
    (void)visit(1);
    vf(0)->want_mbit = 0;
    assert_int_equal(pf_plan(&pf, 2, change), 0);
}

static void a_rate_from_before_a_restart_is_put_back(void **state)
{
    (void)state;
    shown[3].rate_mbit = 100;
    (void)visit(1);
    pf_remember(&pf, 3, 40);
    assert_int_equal(visit(2), 1);
    assert_int_equal(shown[3].rate_mbit, 40);
}

static void a_rate_from_before_a_restart_is_adopted(void **state)
{
    (void)state;
    shown[3].rate_mbit = 100;
    (void)visit(1);
    pf_remember(&pf, 3, 40);
    vf(3)->want_mbit = 100;
    assert_int_equal(visit(2), 0);
    vf(3)->want_mbit = 0;
    (void)visit(3);
    assert_int_equal(shown[3].rate_mbit, 40);
}

static void the_record_of_an_unchanged_vf_is_void(void **state)
{
    (void)state;
    pf_remember(&pf, 3, 0);
    pf_remember(&pf, 77, 5);
    assert_int_equal(visit(1), 0);
}

/* Drivers leave a VF out while it is being reset. */
static void a_vf_that_is_missing_for_now_keeps_its_facts(void **state)
{
    (void)state;
    vf(3)->want_mbit = 100;
    (void)visit(1);
    pf_take(&pf, shown, 3, 4);
    assert_int_equal(vf(3)->ours_mbit, 100);
    vf(3)->want_mbit = 0;
    (void)visit(2);
    assert_int_equal(shown[3].rate_mbit, 0);
}

static void a_rate_that_may_be_in_force_is_put_back(void **state)
{
    const struct pf_change change = {1, 100, 0};
    (void)state;
    shown[1].rate_mbit = 500;
    (void)visit(1);
    vf(1)->want_mbit = 100;
    pf_assume(&pf, &change); /* it was set, but reading back failed */
    shown[1].rate_mbit = 100;
    vf(1)->want_mbit = 0;
    (void)visit(2);
    assert_int_equal(shown[1].rate_mbit, 500);
}

static void vfs_that_go_are_forgotten(void **state)
{
    (void)state;
    vf(3)->want_mbit = 100;
    (void)visit(1);
    vfs = 2;
    (void)visit(2);
    assert_null(vf(3));
    vfs = 4;
    shown[3].rate_mbit = 0;
    (void)visit(3);
    assert_int_equal(vf(3)->ours_mbit, 0);
    vfs = 0;
    (void)visit(4);
    assert_int_equal(pf.vfs, 0);
}

static void an_address_that_two_vfs_have_means_neither(void **state)
{
    (void)state;
    shown[2].mac = mac_of(1);
    (void)visit(1);
    assert_null(vf(1));
    assert_non_null(vf(0));
}

static void more_vfs_than_there_is_room_for_are_left_out(void **state)
{
    static struct vf_info many[PF_VFS_MAX + 10];
    (void)state;
    for (uint32_t i = 0; i < PF_VFS_MAX + 10; i++)
        many[i] = (struct vf_info){.vf = i, .mac = mac_of(i)};
    pf_take(&pf, many, PF_VFS_MAX + 10, PF_VFS_MAX + 10);
    assert_int_equal(pf.vfs, PF_VFS_MAX);
}

/* --- guest or host --- */

static void the_host_limits_nics_that_the_guest_cannot(void **state)
{
    (void)state;
    assert_false(pf_needed(ENFORCE_AUTO, DAQS_NIC_OK));
    assert_false(pf_needed(ENFORCE_AUTO, DAQS_NIC_WAITING));
    assert_true(pf_needed(ENFORCE_AUTO, DAQS_NIC_UNMANAGED));
    assert_true(pf_needed(ENFORCE_AUTO, DAQS_NIC_UNRESPONSIVE));
    assert_true(pf_needed(ENFORCE_AUTO, DAQS_NIC_TAMPERED));
    assert_false(pf_needed(ENFORCE_GUEST, DAQS_NIC_UNMANAGED));
    assert_true(pf_needed(ENFORCE_HOST, DAQS_NIC_OK));
}

static struct daqs_nic_reading merged(uint8_t state)
{
    struct daqs_nic_reading reading = {.state = state, .cause = DAQS_CAUSE_TIMEOUT};
    pf_merge(&pf, vf(0), 2, &reading);
    return reading;
}

static void counters_of_the_host_stand_in_for_a_guest_that_is_silent(void **state)
{
    struct daqs_nic_reading reading = {.state = DAQS_NIC_UNRESPONSIVE};
    (void)state;
    for (uint64_t i = 1; i <= 3; i++) {
        shown[0].reading.tx_bytes = 1000 * i;
        (void)visit((int64_t)i);
    }
    assert_true(pf_count(vf(0), 0, 2, &reading));
    assert_int_equal(reading.sample.tx_bytes, 2000); /* since the first change */
    assert_int_equal(reading.sample.interval_us, 200000);
    assert_int_equal(reading.source, DAQS_SOURCE_VF);
    assert_false(pf_count(NULL, 0, 2, &reading));
    /* What the guest's counters have already reported is not reported again. */
    assert_false(pf_count(vf(0), 101001, 2, &reading));
    assert_true(pf_count(vf(0), 101000, 2, &reading));
    pf_reported(&pf, 100);
    assert_false(pf_count(vf(0), 0, 2, &reading));
}

static void n1_a_sample_of_less_than_half_a_poll_is_carried_over(void **state)
{
    const struct daqs_sample half = {.interval_us = 50000};
    const struct daqs_sample less = {.interval_us = 49999};
    const struct daqs_sample none = {0};
    (void)state;
    assert_false(pf_sample_too_short(&half, 100));
    assert_true(pf_sample_too_short(&less, 100));
    assert_false(pf_sample_too_short(&none, 100));
    vf(0)->sample = less;
    vf(1)->sample = half;
    pf_reported(&pf, 100);
    assert_int_equal(vf(0)->sample.interval_us, 49999);
    assert_int_equal(vf(1)->sample.interval_us, 0);
}

/* igb has these counters, but they are always 0. */
static void counters_that_never_move_are_none(void **state)
{
    struct daqs_nic_reading reading = {0};
    (void)state;
    shown[0].reading.tx_bytes = 77; /* nor does a constant that is not 0 count */
    vf(0)->counter = (struct vf_counter){0};
    for (int i = 1; i < 50; i++)
        (void)visit(i);
    assert_false(pf_count(vf(0), 0, 50, &reading));
}

static void a_vf_that_refuses_changes_no_reported_rates(void **state)
{
    (void)state;
    mask = 0;
    vf(0)->want_mbit = 100;
    (void)visit(1);
    struct daqs_nic_reading reading = merged(DAQS_NIC_UNMANAGED);
    assert_int_equal(reading.state, DAQS_NIC_UNMANAGED);
    assert_int_equal(reading.cause, DAQS_CAUSE_TIMEOUT);
}

static void a_vf_that_is_limited_is_well(void **state)
{
    (void)state;
    vf(0)->want_mbit = 100;
    (void)visit(1);
    struct daqs_nic_reading reading = merged(DAQS_NIC_UNRESPONSIVE);
    assert_int_equal(reading.state, DAQS_NIC_OK);
    assert_int_equal(reading.cause, DAQS_CAUSE_HOST_SIDE);
}

/* Without VF counters, everything known about it would be dropped after three seconds. */
static void g6_in_grace_a_guest_stays_there_though_its_vf_is_limited(void **state)
{
    (void)state;
    vf(0)->want_mbit = 100;
    (void)visit(1);
    struct daqs_nic_reading reading = merged(DAQS_NIC_FROZEN);
    assert_int_equal(reading.state, DAQS_NIC_FROZEN);
    assert_int_equal(reading.cause, DAQS_CAUSE_HOST_SIDE);
}

static void a_guest_that_tampers_stays_reported(void **state)
{
    (void)state;
    assert_int_equal(merged(DAQS_NIC_TAMPERED).state, DAQS_NIC_TAMPERED);
}

#define CASE(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(rates_are_whole_megabits_and_at_least_one),
        CASE(n2_a_guarantee_is_rounded_up_and_counts_only_if_the_limit_leaves_it),
        CASE(nothing_wanted_sets_nothing),
        CASE(a_rate_is_set_once),
        CASE(the_previous_rate_is_restored),
        CASE(a_rate_that_somebody_changes_is_set_again),
        CASE(n2_a_rate_that_is_cut_on_its_way_is_a_limit),
        CASE(n2_a_cut_that_a_guarantee_does_not_survive_is_put_back),
        CASE(a_refused_rate_is_not_kept),
        CASE(a_vf_that_takes_no_rate_at_all_has_nothing_of_ours),
        CASE(a_rate_from_before_a_restart_is_put_back),
        CASE(a_rate_from_before_a_restart_is_adopted),
        CASE(the_record_of_an_unchanged_vf_is_void),
        CASE(a_vf_that_is_missing_for_now_keeps_its_facts),
        CASE(a_rate_that_may_be_in_force_is_put_back),
        CASE(vfs_that_go_are_forgotten),
        CASE(an_address_that_two_vfs_have_means_neither),
        CASE(more_vfs_than_there_is_room_for_are_left_out),
        CASE(the_host_limits_nics_that_the_guest_cannot),
        CASE(counters_of_the_host_stand_in_for_a_guest_that_is_silent),
        CASE(n1_a_sample_of_less_than_half_a_poll_is_carried_over),
        CASE(counters_that_never_move_are_none),
        CASE(a_vf_that_is_limited_is_well),
        CASE(a_vf_that_refuses_changes_no_reported_rates),
        CASE(g6_in_grace_a_guest_stays_there_though_its_vf_is_limited),
        CASE(a_guest_that_tampers_stays_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
