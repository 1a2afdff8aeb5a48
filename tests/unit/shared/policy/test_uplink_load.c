/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include "shared/policy/uplink_load.h"

enum { PATIENCE_MS = 3000 };

/* 100 ms with 1000 full frames of the PF and 2000 of the port. */
static const struct daqs_uplink_reading both = {.own_interval_us = 100000,
                                                .own_bytes = 1514000,
                                                .own_packets = 1000,
                                                .port_interval_us = 100000,
                                                .port_bytes = 3028000,
                                                .port_packets = 2000};

static void n12_rates_are_of_the_wire(void **state)
{
    struct uplink_load load = {0};
    (void)state;
    uplink_load_note(&load, &both, 1000);
    assert_int_equal(load.own, 1538000 * 80);
    assert_int_equal(load.port, 2 * 1538000 * 80);
}

/* A port sends no segments to be split: large frames are jumbo frames. */
static void n12_a_port_counts_frames_of_any_size(void **state)
{
    struct uplink_load load = {0};
    const struct daqs_uplink_reading jumbo = {
        .port_interval_us = 100000, .port_bytes = 9014000, .port_packets = 1000};
    (void)state;
    uplink_load_note(&load, &jumbo, 1000);
    assert_int_equal(load.port, 9038000 * 80);
}

static void nothing_is_known_before_it_is_measured(void **state)
{
    struct uplink_load load = {0};
    const struct daqs_uplink_reading none = {.own_bytes = 5, .port_bytes = 7};
    (void)state;
    assert_false(uplink_load_own(&load, 1000, PATIENCE_MS));
    uplink_load_note(&load, &none, 1000);
    assert_false(uplink_load_own(&load, 1000, PATIENCE_MS));
    assert_false(uplink_load_port(&load, 1000, PATIENCE_MS));
}

static void rarely_refreshed_counters_stand_for_a_while(void **state)
{
    struct uplink_load load = {0};
    const struct daqs_uplink_reading none = {0};
    (void)state;
    uplink_load_note(&load, &both, 1000);
    uplink_load_note(&load, &none, 1100);
    assert_true(uplink_load_own(&load, 3999, PATIENCE_MS));
    assert_true(uplink_load_port(&load, 3999, PATIENCE_MS));
    assert_int_equal(load.own, 1538000 * 80);
    assert_false(uplink_load_own(&load, 4000, PATIENCE_MS));
    assert_false(uplink_load_port(&load, 4000, PATIENCE_MS));
}

static void n2_rates_of_vfs_are_those_reported_last(void **state)
{
    struct uplink_load load = {0};
    const struct daqs_uplink_reading told = {.vf_least = 11000000, .vf_step = 1000000};
    (void)state;
    uplink_load_note(&load, &told, 1000);
    assert_int_equal(load.vf_least, 11000000);
    assert_int_equal(load.vf_step, 1000000);
    uplink_load_note(&load, &both, 1100); /* the agent may be learning the rates again */
    assert_int_equal(load.vf_least, 0);
    assert_int_equal(load.vf_step, 0);
}

static void a_link_is_down_as_long_as_each_report_says_so(void **state)
{
    struct uplink_load load = {0};
    const struct daqs_uplink_reading older = {.vf_least = 1000000}; /* of an older agent */
    const struct daqs_uplink_reading down = {.link = DAQS_LINK_DOWN};
    const struct daqs_uplink_reading newer = {.link = 200};
    const struct daqs_uplink_reading busy = {
        .port_interval_us = 100000, .port_bytes = 1514, .link = DAQS_LINK_DOWN};
    (void)state;
    uplink_load_note(&load, &older, 1000);
    assert_false(load.link_down);
    uplink_load_note(&load, &down, 1100);
    assert_true(load.link_down);
    uplink_load_note(&load, &newer, 1200);
    assert_false(load.link_down);
    uplink_load_note(&load, &down, 1300);
    uplink_load_note(&load, NULL, 1400);
    assert_false(load.link_down);
    uplink_load_note(&load, &busy, 1500); /* the port sends: something passes */
    assert_false(load.link_down);
    uplink_load_note(&load, &down, 2500); /* its driver has not renewed the counters yet */
    assert_false(load.link_down);
    uplink_load_note(&load, &down, 4500);
    assert_true(load.link_down);
}

static void absurd_readings_stay_numbers(void **state)
{
    struct uplink_load load = {0};
    const struct daqs_uplink_reading absurd = {
        UINT64_MAX, 1, 1, 1, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT8_MAX};
    (void)state;
    uplink_load_note(&load, &absurd, 1000);
    assert_false(uplink_load_own(&load, 1000, PATIENCE_MS));
    assert_int_equal(load.port, DAQS_BPS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(n12_rates_are_of_the_wire),
        cmocka_unit_test(a_link_is_down_as_long_as_each_report_says_so),
        cmocka_unit_test(n12_a_port_counts_frames_of_any_size),
        cmocka_unit_test(nothing_is_known_before_it_is_measured),
        cmocka_unit_test(rarely_refreshed_counters_stand_for_a_while),
        cmocka_unit_test(n2_rates_of_vfs_are_those_reported_last),
        cmocka_unit_test(absurd_readings_stay_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
