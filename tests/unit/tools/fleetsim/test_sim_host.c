/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <string.h>

#include "shared/policy/wire_bytes.h"
#include "tools/fleetsim/sim_host.h"

enum { NICS = 8, STEP_US = 200000 };

static struct sim_shape shape;
static struct sim_host host;
static struct daqs_nic_setting setting[NICS];

/* One VM pulses, the others send at their peaks, on one uplink with room for all; none is
 * limited. */
static int up(void **state)
{
    (void)state;
    shape = (struct sim_shape){.nics = NICS,
                               .uplinks = 1,
                               .guaranteed = 1,
                               .capacity = 10 * GBIT,
                               .mix = {{[TRACE_STEADY] = 1}},
                               .seed = 5};
    for (int n = 0; n < NICS; n++)
        setting[n] = (struct daqs_nic_setting){DAQS_UNLIMITED, 0, DAQS_UNLIMITED, 1};
    bool done = sim_host_init(&host, &shape, 41, 0);
    for (int n = 1; done && n < NICS; n++)
        host.nic[n].trace.peak = GBIT / 2;
    return done ? 0 : -1;
}

static int down(void **state)
{
    (void)state;
    sim_host_done(&host);
    return 0;
}

static void names_can_be_given_beforehand(void **state)
{
    (void)state;
    assert_string_equal(host.name, "sim0042");
    assert_string_equal(host.inventory.vm[0].name, "vm01");
    assert_string_equal(host.inventory.vm[NICS - 1].name, "vm08");
    assert_string_equal(host.inventory.uplink[0].name, "up0");
    assert_int_equal(host.inventory.uplink[0].capacity, 10 * GBIT);
    assert_int_equal(strlen(host.inventory.vm[3].uuid), 36);
    for (int n = 1; n < NICS; n++)
        assert_false(daqs_mac_equal(&host.inventory.nic[n].mac, &host.inventory.nic[0].mac));
}

static void readings_are_the_traffic_since_the_last(void **state)
{
    struct daqs_nic_reading reading[NICS];
    (void)state;
    sim_host_read(&host, STEP_US, reading);
    sim_host_read(&host, 3 * STEP_US, reading);
    for (int n = 1; n < NICS; n++) {
        const struct daqs_sample *s = &reading[n].sample;
        daqs_bps peak = wire_counted(host.nic[n].trace.peak, 0);
        assert_int_equal(s->interval_us, 2 * STEP_US);
        assert_in_range(daqs_rate_of(s->tx_bytes, s->interval_us), peak / 100 * 89, peak);
    }
}

static void a_host_without_own_traffic_reports_none(void **state)
{
    struct daqs_nic_reading reading[NICS];
    struct daqs_uplink_reading uplink[DAQS_MAX_UPLINKS];
    (void)state;
    sim_host_read(&host, STEP_US, reading);
    sim_host_read(&host, 3 * STEP_US, reading);
    sim_host_read_uplinks(&host, reading, uplink);
    assert_int_equal(uplink[0].own_interval_us, 2 * STEP_US);
    assert_int_equal(uplink[0].own_bytes, 0);
    assert_int_equal(uplink[0].port_interval_us, 0);
    assert_int_equal(reading[0].source, DAQS_SOURCE_GUEST);
    assert_int_equal(host.inventory.nic[0].mtu, 1500);
}

static void limits_are_in_force_from_their_time_on(void **state)
{
    struct daqs_nic_reading reading[NICS];
    (void)state;
    sim_host_read(&host, STEP_US, reading);
    uint64_t whole = reading[1].sample.tx_bytes;
    setting[1].limit = 0;
    assert_true(sim_host_obey(&host, setting, STEP_US + STEP_US / 2));
    assert_false(sim_host_obey(&host, setting, STEP_US + STEP_US / 2));
    sim_host_read(&host, 2 * STEP_US, reading);
    assert_in_range(reading[1].sample.tx_bytes, whole / 10 * 4, whole / 10 * 6);
    sim_host_read(&host, 3 * STEP_US, reading);
    assert_int_equal(reading[1].sample.tx_bytes, 0);
}

static void an_uplink_carries_no_more_than_it_can(void **state)
{
    struct daqs_nic_reading reading[NICS];
    (void)state;
    for (int n = 1; n < NICS; n++)
        host.nic[n].trace.peak = 5 * GBIT;
    for (int64_t i = 1; i < 100; i++) {
        uint64_t bytes = 0;
        sim_host_read(&host, i * STEP_US, reading);
        for (int n = 0; n < NICS; n++)
            bytes += reading[n].sample.tx_bytes;
        daqs_bps rate = wire_guarantee(daqs_rate_of(bytes, STEP_US), 0);
        assert_in_range(rate, GBIT * 99 / 10, 10 * GBIT);
    }
}

/* Sends reports until the pulses begin, or for 10 s. Returns whether one of the reports turns. */
static bool turns_within_10_s(void)
{
    struct daqs_nic_reading reading[NICS];
    for (int64_t i = 1; i <= 50; i++) {
        sim_host_read(&host, host.reported_us + STEP_US, reading);
        if (sim_host_turns(&host))
            return true;
        sim_host_reported(&host);
    }
    return false;
}

static void a_guarantee_that_comes_into_use_turns(void **state)
{
    (void)state;
    assert_false(turns_within_10_s()); /* nothing is guaranteed */
    setting[0].min = GBIT;
    sim_host_obey(&host, setting, host.reported_us);
    assert_true(turns_within_10_s());
    sim_host_reported(&host);
    assert_false(sim_host_turns(&host)); /* already reported */
}

static void with_others_limited_nothing_turns(void **state)
{
    (void)state;
    setting[0].min = GBIT;
    setting[1].limit = GBIT;
    sim_host_obey(&host, setting, 0);
    assert_false(turns_within_10_s());
}

static void a_report_that_was_not_sent_turns_again(void **state)
{
    struct daqs_nic_reading reading[NICS];
    (void)state;
    setting[0].min = GBIT;
    sim_host_obey(&host, setting, 0);
    assert_true(turns_within_10_s());
    sim_host_read(&host, host.reported_us + STEP_US, reading);
    assert_true(sim_host_turns(&host));
}

static void applied_reports_each_change_once(void **state)
{
    struct daqs_nic_applied applied[NICS];
    (void)state;
    assert_int_equal(sim_host_applied(&host, applied), NICS); /* as after a start */
    assert_int_equal(sim_host_applied(&host, applied), 0);
    setting[5].limit = 7 * MBIT;
    sim_host_obey(&host, setting, 1);
    assert_int_equal(sim_host_applied(&host, applied), 1);
    assert_int_equal(applied[0].nic, 5);
    assert_int_equal(applied[0].limit, 7 * MBIT);
    assert_int_equal(sim_host_applied(&host, applied), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(names_can_be_given_beforehand, up, down),
        cmocka_unit_test_setup_teardown(readings_are_the_traffic_since_the_last, up, down),
        cmocka_unit_test_setup_teardown(a_host_without_own_traffic_reports_none, up, down),
        cmocka_unit_test_setup_teardown(limits_are_in_force_from_their_time_on, up, down),
        cmocka_unit_test_setup_teardown(an_uplink_carries_no_more_than_it_can, up, down),
        cmocka_unit_test_setup_teardown(a_guarantee_that_comes_into_use_turns, up, down),
        cmocka_unit_test_setup_teardown(with_others_limited_nothing_turns, up, down),
        cmocka_unit_test_setup_teardown(a_report_that_was_not_sent_turns_again, up, down),
        cmocka_unit_test_setup_teardown(applied_reports_each_change_once, up, down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
