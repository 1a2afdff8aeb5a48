/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include "agentd/core/compliance.h"

enum { TENTH_US = 100000 };

static struct daqs_sample sent(uint64_t bytes)
{
    return (struct daqs_sample){.interval_us = TENTH_US, .tx_bytes = bytes};
}

/* At 100 Mbit/s, a tenth of a second is 1.25 MB. */
static void the_tolerance_of_a_shaper_is_not_an_excess(void **state)
{
    (void)state;
    struct daqs_sample sample = sent(1250000);
    assert_false(compliance_exceeds(&sample, 100 * MBIT));
    sample = sent(1250000 + 1250000 / 8 + 60000); /* counters and bursts are not exact */
    assert_false(compliance_exceeds(&sample, 100 * MBIT));
    sample = sent(1600000);
    assert_true(compliance_exceeds(&sample, 100 * MBIT));
}

static void a_packet_or_two_do_not_exceed_a_small_limit(void **state)
{
    (void)state;
    struct daqs_sample sample = sent(64000);
    assert_false(compliance_exceeds(&sample, 100 * KBIT));
    sample = sent(200000);
    assert_true(compliance_exceeds(&sample, 100 * KBIT));
}

static void without_limit_or_sample_nothing_is_exceeded(void **state)
{
    (void)state;
    struct daqs_sample sample = sent(UINT64_MAX);
    assert_false(compliance_exceeds(&sample, DAQS_UNLIMITED));
    assert_true(compliance_exceeds(&sample, DAQS_BPS_MAX));
    sample.interval_us = 0;
    assert_false(compliance_exceeds(&sample, MBIT));
    sample.interval_us = INT64_MAX;
    assert_false(compliance_exceeds(&sample, DAQS_BPS_MAX));
}

static void one_removal_is_not_tampering(void **state)
{
    struct compliance o = {0};
    (void)state;
    assert_int_equal(compliance_cause(&o, 0), DAQS_CAUSE_NONE);
    compliance_removed(&o, 1000);
    compliance_removed(&o, 2000);
    assert_int_equal(compliance_cause(&o, 2000), DAQS_CAUSE_NONE);
}

static void removals_again_and_again_are_and_are_forgotten_in_time(void **state)
{
    struct compliance o = {0};
    (void)state;
    for (int i = 1; i <= COMPLIANCE_REMOVALS; i++)
        compliance_removed(&o, i * 1000);
    int64_t last = COMPLIANCE_REMOVALS * 1000;
    assert_int_equal(compliance_cause(&o, last), DAQS_CAUSE_LIMIT_REMOVED);
    assert_int_equal(compliance_cause(&o, last + COMPLIANCE_MEMORY_MS), DAQS_CAUSE_LIMIT_REMOVED);
    assert_int_equal(compliance_cause(&o, last + COMPLIANCE_MEMORY_MS + 1), DAQS_CAUSE_NONE);
    compliance_removed(&o, last + COMPLIANCE_MEMORY_MS + 1); /* the count starts over */
    assert_int_equal(compliance_cause(&o, last + COMPLIANCE_MEMORY_MS + 1), DAQS_CAUSE_NONE);
}

static void now_and_then_is_not_again_and_again(void **state)
{
    struct compliance o = {0};
    (void)state;
    for (int i = 1; i <= 100; i++) {
        int64_t now_ms = (int64_t)i * (COMPLIANCE_MEMORY_MS + 1);
        compliance_removed(&o, now_ms);
        assert_int_equal(compliance_cause(&o, now_ms), DAQS_CAUSE_NONE);
    }
}

static void a_limit_that_does_not_hold_is_reported_until_it_has_held_for_long(void **state)
{
    struct compliance o = {0};
    (void)state;
    for (int i = 1; i < COMPLIANCE_EXCESSES; i++)
        compliance_sampled(&o, true, 10);
    assert_int_equal(compliance_cause(&o, 10), DAQS_CAUSE_NONE);
    for (int i = 0; i < 1000; i++)
        compliance_sampled(&o, true, 20);
    assert_int_equal(compliance_cause(&o, 20), DAQS_CAUSE_LIMIT_EXCEEDED);
    for (int i = 0; i < 1000; i++)
        compliance_sampled(&o, false, 30);
    assert_int_equal(compliance_cause(&o, 20 + COMPLIANCE_MEMORY_MS), DAQS_CAUSE_LIMIT_EXCEEDED);
    assert_int_equal(compliance_cause(&o, 20 + COMPLIANCE_MEMORY_MS + 1), DAQS_CAUSE_NONE);
}

static void single_excesses_are_noise(void **state)
{
    struct compliance o = {0};
    (void)state;
    for (int i = 0; i < 1000; i++) {
        compliance_sampled(&o, i % 2 == 0, i);
        assert_int_equal(compliance_cause(&o, 0), DAQS_CAUSE_NONE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tolerance_of_a_shaper_is_not_an_excess),
        cmocka_unit_test(a_packet_or_two_do_not_exceed_a_small_limit),
        cmocka_unit_test(without_limit_or_sample_nothing_is_exceeded),
        cmocka_unit_test(one_removal_is_not_tampering),
        cmocka_unit_test(removals_again_and_again_are_and_are_forgotten_in_time),
        cmocka_unit_test(now_and_then_is_not_again_and_again),
        cmocka_unit_test(a_limit_that_does_not_hold_is_reported_until_it_has_held_for_long),
        cmocka_unit_test(single_excesses_are_noise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
