/* SPDX-License-Identifier: Apache-2.0 */
/* What is reported about a nic without counters from its guest, given what its VF shows. */
#include "tests/lib/check.h"

#include "agentd/host/nic_limit.h"
#include "tests/lib/fake_pf.h"

enum { POLL_MS = 100 };

static struct uplink uplink[1];
static struct daqs_log_budget budget;
static struct host_pfs *pfs;
static struct guest_nic nic;
static struct host_pf *pf;

static int setup(void **state)
{
    (void)state;
    uplink[0] = (struct uplink){.name = "up0", .enforce = ENFORCE_GUEST};
    pfs = fake_pfs_new(uplink, 1, "/nowhere", &budget);
    pf = pfs ? host_pfs_at(pfs, 0) : NULL;
    if (!pf)
        return -1;
    pf->pf = (struct pf){.vfs = 1, .vf = {{.vf = 3}}};
    pf->pf.vf[0].sample = (struct daqs_sample){.interval_us = 100000, .tx_bytes = 777};
    pf->pf.vf[0].counter = (struct vf_counter){
        .known = true, .counts = true, .last = {.at_us = 900000}, .told_us = 900000};
    nic = (struct guest_nic){.vf = 3, .uncounted = true};
    nic.reading.state = DAQS_NIC_OK;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    host_pfs_free(pfs);
    return 0;
}

static struct daqs_nic_reading reading(void)
{
    nic_limit_choose(pfs, &nic, 1000);
    return nic_limit_reading(pfs, &nic, POLL_MS, 1000);
}

static void g5_the_vfs_counters_are_the_usage(void **state)
{
    (void)state;
    assert_int_equal(reading().sample.tx_bytes, 777);
    assert_int_equal(reading().source, DAQS_SOURCE_VF);
    assert_int_equal(reading().age_us, 100000);
    assert_int_equal(reading().state, DAQS_NIC_OK);
    assert_int_equal(reading().cause, DAQS_CAUSE_NONE);
    nic.uncounted = false;
    assert_int_equal(reading().source, DAQS_SOURCE_NONE);
}

/* The interface is not identified: the nic cannot be limited in the guest, but it is measured. */
static void g5_so_they_are_where_no_limit_can_be_set(void **state)
{
    (void)state;
    nic.reading.state = DAQS_NIC_UNMANAGED;
    nic.reading.cause = DAQS_CAUSE_AMBIGUOUS;
    for (int e = ENFORCE_AUTO; e <= ENFORCE_HOST; e++) {
        uplink[0].enforce = (enum enforce)e;
        pf->unreadable = true; /* reading its rates has failed of late */
        assert_int_equal(reading().sample.tx_bytes, 777);
        assert_int_equal(reading().state, DAQS_NIC_UNMANAGED);
    }
    pf->unreadable = false;
    uplink[0].enforce = ENFORCE_AUTO;
    assert_int_equal(reading().state, DAQS_NIC_OK);
    assert_int_equal(reading().cause, DAQS_CAUSE_HOST_SIDE);
}

/* What the guest's counters showed just before is not added to what the VF counted. */
static void nothing_is_counted_twice(void **state)
{
    (void)state;
    nic.counters.known = true;
    nic.reading.sample = (struct daqs_sample){.interval_us = 50000, .tx_bytes = 5};
    const struct daqs_nic_reading told = reading();
    assert_int_equal(told.sample.tx_bytes, 777);
    nic_limit_reported(&nic, &told, POLL_MS);
    assert_false(nic.counters.known);
    assert_int_equal(nic.reading.sample.interval_us, 0);
}

/* The guest's counters of a nic that is identified by them are used only to check its limit. */
static void a_nic_identified_by_its_counters_keeps_them(void **state)
{
    (void)state;
    nic.counters.known = nic.uncounted = nic.by_moves = true;
    nic.reading.sample = (struct daqs_sample){.interval_us = 50000, .tx_bytes = 5};
    const struct daqs_nic_reading told = reading();
    assert_int_equal(told.source, DAQS_SOURCE_VF);
    nic_limit_reported(&nic, &told, POLL_MS);
    assert_true(nic.counters.known);
    assert_int_equal(nic.reading.sample.interval_us, 0);
}

/* The VF is limited but counts nothing: its usage is unknown. */
static void a_limit_on_the_vf_is_not_a_measurement(void **state)
{
    (void)state;
    uplink[0].enforce = ENFORCE_AUTO;
    pf->pf.vf[0].counter.counts = false;
    nic.reading.state = DAQS_NIC_UNMANAGED;
    nic.reading.cause = DAQS_CAUSE_NO_COUNTERS;
    assert_int_equal(reading().sample.interval_us, 0);
    assert_int_equal(reading().state, DAQS_NIC_OK);
    assert_int_equal(reading().cause, DAQS_CAUSE_NO_COUNTERS);
    nic.uncounted = false;
    assert_int_equal(reading().cause, DAQS_CAUSE_HOST_SIDE);
}

/* Nor is that reported while the VF has more than its limit: a plan with that cause would change
 * it, and the next one would change it back. */
static void n2_nor_is_a_limit_that_the_vf_cannot_have(void **state)
{
    struct pf_vf *vf = &pf->pf.vf[0];
    (void)state;
    uplink[0].enforce = ENFORCE_AUTO;
    vf->counter.counts = false;
    nic.reading.state = DAQS_NIC_UNMANAGED;
    nic.reading.cause = DAQS_CAUSE_AMBIGUOUS;
    vf->want_mbit = vf->asked_mbit = 5;
    vf->rate_mbit = vf->got_mbit = vf->ours_mbit = 50;
    assert_int_equal(reading().cause, DAQS_CAUSE_AMBIGUOUS);
    vf->refused_ms = 900;
    assert_int_equal(reading().cause, DAQS_CAUSE_AMBIGUOUS);
    nic.uncounted = false;
    assert_int_equal(reading().cause, DAQS_CAUSE_HOST_REFUSED);
    vf->refused_ms = 0;
    assert_int_equal(reading().cause, DAQS_CAUSE_HOST_LEAST);
}

/* In grace the last reported state is kept, so that the nic does not count as well. */
static void g7_a_busy_guest_is_limited_and_counted_on_its_vf(void **state)
{
    (void)state;
    uplink[0].enforce = ENFORCE_AUTO;
    nic.uncounted = false;
    nic.reading.state = DAQS_NIC_BUSY;
    nic.reading.cause = DAQS_CAUSE_BUSY;
    nic_limit_choose(pfs, &nic, 1000);
    assert_true(nic.on_vf);
    assert_int_equal(reading().sample.tx_bytes, 777);
    assert_int_equal(reading().source, DAQS_SOURCE_VF);
    assert_int_equal(reading().state, DAQS_NIC_BUSY);
    assert_int_equal(reading().cause, DAQS_CAUSE_HOST_SIDE);
    uplink[0].enforce = ENFORCE_HOST; /* the guest is not to blame if the VF has no limit */
    pf->unreadable = true;
    assert_int_equal(reading().state, DAQS_NIC_BUSY);
    assert_int_equal(reading().cause, DAQS_CAUSE_BUSY);
}

static void asking_changes_nothing(void **state)
{
    (void)state;
    uplink[0].enforce = ENFORCE_HOST;
    const struct guest_nic before = nic;
    (void)nic_limit_reading(pfs, &nic, POLL_MS, 1000);
    assert_memory_equal(&nic, &before, sizeof nic);
    nic_limit_choose(pfs, &nic, 1000);
    assert_true(nic.on_vf);
}

static void a_vf_stays_limited_for_a_while_after_its_guest_obeys_again(void **state)
{
    (void)state;
    uplink[0].enforce = ENFORCE_AUTO;
    nic.reading.state = DAQS_NIC_UNRESPONSIVE;
    nic_limit_choose(pfs, &nic, 100000);
    assert_true(nic.on_vf);
    nic.reading.state = DAQS_NIC_OK;
    nic_limit_choose(pfs, &nic, 100000 + PF_HOLD_MS - 1);
    assert_true(nic.on_vf);
    nic_limit_choose(pfs, &nic, 100000 + PF_HOLD_MS);
    assert_false(nic.on_vf);
}

static void the_guest_has_no_limit_where_only_the_host_enforces(void **state)
{
    (void)state;
    nic.wanted = 100 * MBIT;
    assert_int_not_equal(nic_limit_in_guest(pfs, &nic), DAQS_UNLIMITED);
    uplink[0].enforce = ENFORCE_HOST;
    assert_int_equal(nic_limit_in_guest(pfs, &nic), DAQS_UNLIMITED);
}

static void a_sample_of_less_than_half_a_poll_is_carried_over(void **state)
{
    (void)state;
    nic.uncounted = false;
    nic.reading.sample = (struct daqs_sample){.interval_us = 49000, .tx_bytes = 5};
    struct daqs_nic_reading told = reading();
    assert_int_equal(told.sample.interval_us, 0);
    nic_limit_reported(&nic, &told, POLL_MS);
    assert_int_equal(nic.reading.sample.tx_bytes, 5);
    nic.reading.sample.interval_us = 149000;
    told = reading();
    assert_int_equal(told.sample.tx_bytes, 5);
    assert_int_equal(told.source, DAQS_SOURCE_GUEST);
    nic_limit_reported(&nic, &told, POLL_MS);
    assert_int_equal(nic.reading.sample.interval_us, 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(g5_the_vfs_counters_are_the_usage),
        CASE(g5_so_they_are_where_no_limit_can_be_set),
        CASE(nothing_is_counted_twice),
        CASE(a_nic_identified_by_its_counters_keeps_them),
        CASE(a_limit_on_the_vf_is_not_a_measurement),
        CASE(n2_nor_is_a_limit_that_the_vf_cannot_have),
        CASE(g7_a_busy_guest_is_limited_and_counted_on_its_vf),
        CASE(asking_changes_nothing),
        CASE(a_vf_stays_limited_for_a_while_after_its_guest_obeys_again),
        CASE(the_guest_has_no_limit_where_only_the_host_enforces),
        CASE(a_sample_of_less_than_half_a_poll_is_carried_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
