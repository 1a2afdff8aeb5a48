/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include "agentd/core/shaper.h"

static void note(struct shaper *s, uint64_t bytes, uint64_t packets)
{
    const struct daqs_sample sample = {
        .interval_us = 100000, .tx_bytes = bytes, .tx_packets = packets};
    shaper_note(s, &sample, 1500);
}

static void before_anything_is_known_rate_and_limit_are_the_same(void **state)
{
    const struct shaper s = {0};
    (void)state;
    assert_int_equal(shaper_rate(&s, GBIT), GBIT);
    assert_int_equal(shaper_limit(&s, GBIT), GBIT);
}

/* 43 frames of 1538 bytes on the wire, which the shaper counts as 43 times 1514 plus 24. */
static void large_segments_are_counted_short(void **state)
{
    struct shaper s = {0};
    daqs_bps counted = GBIT * (43 * 1514 + 24) / (43 * 1538);
    (void)state;
    note(&s, 623300, 10);
    assert_in_range(shaper_rate(&s, GBIT), counted - 2000, counted + 2000);
    assert_in_range(shaper_limit(&s, shaper_rate(&s, GBIT)), GBIT - 2, GBIT + 2);
    assert_int_equal(shaper_rate(&s, DAQS_UNLIMITED), DAQS_UNLIMITED);
    assert_int_equal(shaper_limit(&s, DAQS_UNLIMITED), DAQS_UNLIMITED);
    note(&s, 1514000, 1000); /* only single frames now */
    assert_int_equal(shaper_rate(&s, GBIT), GBIT);
}

static void small_differences_and_few_packets_change_nothing(void **state)
{
    struct shaper s = {0};
    (void)state;
    note(&s, 62330, 1); /* less than 100 kB */
    assert_int_equal(s.missed_ppm, 0);
    note(&s, 3030000, 2000 - 1); /* hardly any segments of two frames */
    assert_int_equal(s.missed_ppm, 0);
    note(&s, 623300, 10);
    uint32_t before = s.missed_ppm;
    note(&s, 623300, 11); /* slightly shorter segments */
    assert_int_equal(s.missed_ppm, before);
}

static void absurd_counts_stay_in_bounds(void **state)
{
    struct shaper s = {0};
    (void)state;
    note(&s, UINT64_MAX, 1);
    note(&s, 100000, UINT64_MAX);
    note(&s, UINT64_MAX, UINT64_MAX);
    assert_true(shaper_rate(&s, GBIT) >= GBIT / 2);
    assert_true(shaper_rate(&s, GBIT) <= GBIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(before_anything_is_known_rate_and_limit_are_the_same),
        cmocka_unit_test(large_segments_are_counted_short),
        cmocka_unit_test(small_differences_and_few_packets_change_nothing),
        cmocka_unit_test(absurd_counts_stay_in_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
