/* SPDX-License-Identifier: Apache-2.0 */
/* What the results of a visit mean for a guest's nics; they are passed as a thread would. */
#include "tests/lib/guest_scene.h"

static const int64_t start = 1000000;

static struct guest_scene scene;
static struct guest *guest;
static struct guest_nic *nic;
static struct guest_job *job;

static int setup(void **state)
{
    (void)state;
    guest_scene_make(&scene, 1, 1);
    guest = guest_scene_add(&scene, 0);
    nic = &guest->nic[0];
    job = guest->work;
    return inventory_rebuild(scene.inventory) == DAQS_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    guest_scene_end(&scene);
    return 0;
}

/* Makes the job one that has read the counters of the guest, and found this limit in force. */
static struct guest_job_nic *found(daqs_bps limit)
{
    job->read_counters = true;
    job->result = DAQS_OK;
    job->nics = 1;
    job->asked_mtus = false;
    job->nic[0] = (struct guest_job_nic){.mac = nic->mac,
                                         .ifname = "eth0",
                                         .state = DAQS_NIC_OK,
                                         .tc = {TC_ROOT_OURS, limit},
                                         .has_reading = true};
    return &job->nic[0];
}

static void take(int64_t now_ms)
{
    visit_results_take(scene.results, guest, job, 0, now_ms);
}

static void a_limit_that_was_set_is_counted_and_reported(void **state)
{
    (void)state;
    (void)found(100 * MBIT);
    take(start);
    assert_true(nic->tc.limit == 100 * MBIT);
    assert_int_equal(nic->reading.state, DAQS_NIC_OK);
    assert_int_equal(scene.count.limits_set, 1);
    assert_false(nic->reported);
    nic->reported = true;
    take(start + 100); /* the same again */
    assert_true(nic->reported);
    assert_int_equal(scene.count.limits_set, 1);
    (void)found(200 * MBIT);
    take(start + 200);
    assert_false(nic->reported);
    assert_int_equal(scene.count.limits_set, 2);
}

static void samples_add_up_until_they_are_reported(void **state)
{
    (void)state;
    for (int64_t i = 0; i < 4; i++) {
        found(DAQS_UNLIMITED)->reading =
            (struct counters_reading){.at_us = (start + i * 100) * 1000,
                                      .tx_bytes = (uint64_t)i * 1000,
                                      .tx_packets = (uint64_t)i};
        take(start + i * 100);
    }
    assert_int_equal(nic->reading.sample.tx_bytes, 3000);
    assert_int_equal(nic->reading.sample.tx_packets, 3);
    assert_int_equal(nic->reading.sample.interval_us, 300000);
}

static void a_guest_that_keeps_removing_its_limit_tampers(void **state)
{
    (void)state;
    for (int i = 0; i < COMPLIANCE_REMOVALS; i++) {
        assert_int_not_equal(nic->reading.state, DAQS_NIC_TAMPERED);
        found(100 * MBIT)->removed = true;
        take(start + i * 1000);
    }
    assert_int_equal(nic->reading.state, DAQS_NIC_TAMPERED);
    assert_int_equal(scene.count.limits_removed, COMPLIANCE_REMOVALS);
    (void)found(100 * MBIT);
    take(start + 3000 + COMPLIANCE_MEMORY_MS);
    assert_int_equal(nic->reading.state, DAQS_NIC_OK);
}

/* The counters were read before the limit was changed, so the looser one may still have held. */
static void the_loosest_limit_since_the_counters_were_read_is_remembered(void **state)
{
    (void)state;
    (void)found(400 * MBIT);
    take(start);
    (void)found(100 * MBIT);
    take(start + 100);
    assert_true(nic->loosest == 400 * MBIT);
    (void)found(100 * MBIT);
    take(start + 200);
    assert_true(nic->loosest == 100 * MBIT);
}

static void a_nic_that_gives_no_counters_is_counted_at_its_vf(void **state)
{
    (void)state;
    found(DAQS_UNLIMITED)->has_reading = false;
    take(start);
    assert_true(nic->uncounted);
    (void)found(DAQS_UNLIMITED);
    take(start + 100);
    assert_false(nic->uncounted);
    found(DAQS_UNLIMITED)->has_reading = false;
    job->result = DAQS_ETIMEOUT; /* this says nothing about its counters */
    take(start + 200);
    assert_false(nic->uncounted);
}

static void mtus_that_change_are_sent_together_after_a_second(void **state)
{
    uint64_t generation = scene.guests.generation;
    (void)state;
    visit_results_report_mtus(scene.results, start);
    found(DAQS_UNLIMITED)->mtu = 9000;
    job->asked_mtus = true;
    take(start);
    assert_int_equal(nic->mtu, 9000);
    found(DAQS_UNLIMITED)->mtu = 1400;
    job->asked_mtus = true;
    take(start + 900);
    visit_results_report_mtus(scene.results, start + 999);
    assert_int_equal(scene.guests.generation, generation);
    visit_results_report_mtus(scene.results, start + 1000);
    assert_int_equal(scene.guests.generation, generation + 1);
    visit_results_report_mtus(scene.results, start + 2000); /* once */
    assert_int_equal(scene.guests.generation, generation + 1);
}

static void an_mtu_that_could_not_be_read_stays(void **state)
{
    (void)state;
    found(DAQS_UNLIMITED)->mtu = 9000;
    job->asked_mtus = true;
    take(start);
    found(DAQS_UNLIMITED)->mtu = 0;
    job->asked_mtus = true;
    take(start + 5000);
    assert_int_equal(nic->mtu, 9000);
}

static void a_state_is_reported_when_it_or_its_cause_changes(void **state)
{
    (void)state;
    nic->reported = true;
    assert_true(visit_results_set_state(scene.results, guest, nic, DAQS_NIC_UNRESPONSIVE,
                                        DAQS_CAUSE_TIMEOUT, "", start));
    assert_false(nic->reported);
    nic->reported = true;
    assert_false(visit_results_set_state(scene.results, guest, nic, DAQS_NIC_UNRESPONSIVE,
                                         DAQS_CAUSE_TIMEOUT, "", start));
    assert_true(nic->reported);
    assert_true(visit_results_set_state(scene.results, guest, nic, DAQS_NIC_UNRESPONSIVE,
                                        DAQS_CAUSE_BUSY, "", start));
    assert_false(nic->reported);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_limit_that_was_set_is_counted_and_reported),
        CASE(samples_add_up_until_they_are_reported),
        CASE(a_guest_that_keeps_removing_its_limit_tampers),
        CASE(the_loosest_limit_since_the_counters_were_read_is_remembered),
        CASE(a_nic_that_gives_no_counters_is_counted_at_its_vf),
        CASE(mtus_that_change_are_sent_together_after_a_second),
        CASE(an_mtu_that_could_not_be_read_stays),
        CASE(a_state_is_reported_when_it_or_its_cause_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
