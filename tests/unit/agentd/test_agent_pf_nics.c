/* SPDX-License-Identifier: Apache-2.0 */
/* What is reported about a nic without counters from its guest, given what its VF shows. */
#include "tests/lib/check.h"

#include <stdlib.h>

#include "agentd/agent_pf.h"

static struct agent_config config;
static struct uplink *const uplink = &config.uplink[0];
static struct agent agent;
static struct guest_nic nic;
static struct agent_pf *pf;

static int setup(void **state)
{
    (void)state;
    agent = (struct agent){.config = &config, .pace = {.interval_ms = 100}};
    *uplink = (struct uplink){.enforce = ENFORCE_GUEST};
    config.uplinks = 1;
    pf = agent.pf[0] = calloc(1, sizeof *pf);
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
    free(pf);
    return 0;
}

static struct daqs_nic_reading reading(void)
{
    return agent_pf_reading(&agent, &nic, 1000);
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
        uplink->enforce = (enum enforce)e;
        pf->unreadable = true; /* reading its rates has failed of late */
        assert_int_equal(reading().sample.tx_bytes, 777);
        assert_int_equal(reading().state, DAQS_NIC_UNMANAGED);
    }
    pf->unreadable = false;
    uplink->enforce = ENFORCE_AUTO;
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
    agent_pf_nic_reported(&agent, &nic, &told);
    assert_false(nic.counters.known);
    assert_int_equal(nic.reading.sample.interval_us, 0);
}

/* The guest's counters of a nic that is identified by them are used only to check its limit. */
static void what_is_told_by_its_counters_keeps_them(void **state)
{
    (void)state;
    nic.counters.known = nic.uncounted = nic.by_moves = true;
    nic.reading.sample = (struct daqs_sample){.interval_us = 50000, .tx_bytes = 5};
    const struct daqs_nic_reading told = reading();
    assert_int_equal(told.source, DAQS_SOURCE_VF);
    agent_pf_nic_reported(&agent, &nic, &told);
    assert_true(nic.counters.known);
    assert_int_equal(nic.reading.sample.interval_us, 0);
}

/* The VF is limited but counts nothing: its usage is unknown. */
static void a_limit_on_the_vf_is_no_measurement(void **state)
{
    (void)state;
    uplink->enforce = ENFORCE_AUTO;
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
    uplink->enforce = ENFORCE_AUTO;
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
    uplink->enforce = ENFORCE_AUTO;
    nic.uncounted = false;
    nic.reading.state = DAQS_NIC_BUSY;
    nic.reading.cause = DAQS_CAUSE_BUSY;
    assert_true(agent_pf_limits(&agent, &nic, 1000));
    assert_int_equal(reading().sample.tx_bytes, 777);
    assert_int_equal(reading().source, DAQS_SOURCE_VF);
    assert_int_equal(reading().state, DAQS_NIC_BUSY);
    assert_int_equal(reading().cause, DAQS_CAUSE_HOST_SIDE);
    uplink->enforce = ENFORCE_HOST; /* the guest is not to blame if the VF has no limit */
    pf->unreadable = true;
    assert_int_equal(reading().state, DAQS_NIC_BUSY);
    assert_int_equal(reading().cause, DAQS_CAUSE_BUSY);
}

static void n6_an_uplink_may_have_another_name_of_its_interface(void **state)
{
    static struct pf_job job = {.pf = "ens6f1np1"};
    (void)state;
    pf->job = &job;
    (void)snprintf(uplink->name, sizeof uplink->name, "storage");
    assert_string_equal(agent_pf_called(&agent, "ens6f1np1"), "storage");
    assert_string_equal(agent_pf_called(&agent, "ens6f0np0"), "ens6f0np0");
    assert_string_equal(agent_pf_called(&agent, ""), "");
}

static struct agent_pf *add_pf(uint32_t nth, uint8_t address)
{
    struct agent_pf *p = calloc(1, sizeof *p);
    assert_non_null(p);
    p->pf = (struct pf){.vfs = 1, .vf = {{.vf = 3, .mac = {{2, 0, 0, 0, 0, address}}}}};
    agent.pf[agent_pf_place(0, nth)] = p;
    return p;
}

static void n7_a_nics_vf_is_that_of_its_pf(void **state)
{
    (void)state;
    uplink->pfs = 3;
    struct agent_pf *second = add_pf(1, 7);
    struct agent_pf *third = add_pf(2, 8);
    nic.pf = 1;
    assert_ptr_equal(agent_pf_vf(&agent, &nic), &second->pf.vf[0]);
    nic.pf = 0;
    assert_ptr_equal(agent_pf_vf(&agent, &nic), &pf->pf.vf[0]);
    nic.pf = UPLINK_NONE; /* found by its address, then */
    nic.vf = -1;
    nic.mac.byte[0] = 2;
    assert_null(agent_pf_vf(&agent, &nic));
    nic.mac.byte[5] = 8;
    assert_ptr_equal(agent_pf_of(&agent, &nic), third);
    assert_ptr_equal(agent_pf_vf(&agent, &nic), &third->pf.vf[0]);
    second->pf.vf[0].mac.byte[5] = 8; /* now ambiguous */
    assert_null(agent_pf_of(&agent, &nic));
    assert_null(agent_pf_vf(&agent, &nic));
    free(second);
    free(third);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(g5_the_vfs_counters_are_the_usage),
        CASE(g5_so_they_are_where_no_limit_can_be_set),
        CASE(nothing_is_counted_twice),
        CASE(what_is_told_by_its_counters_keeps_them),
        CASE(a_limit_on_the_vf_is_no_measurement),
        CASE(n2_nor_is_a_limit_that_the_vf_cannot_have),
        CASE(g7_a_busy_guest_is_limited_and_counted_on_its_vf),
        CASE(n6_an_uplink_may_have_another_name_of_its_interface),
        CASE(n7_a_nics_vf_is_that_of_its_pf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
