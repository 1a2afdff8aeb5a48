/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include "controllerd/core/history/history.h"

static const struct rollup untouched = {.value = {11, 12, 13, 14, 15, 16, 17, 18, 19}};

static void a_second_is_the_sum_of_its_samples(void **state)
{
    struct history_sum sum = {0};
    struct rollup row = untouched;
    (void)state;
    history_add(
        &sum, &(struct daqs_sample){.interval_us = 100000, .tx_bytes = 12500000, .rx_bytes = 300});
    history_add(&sum,
                &(struct daqs_sample){.interval_us = 300000, .tx_bytes = 2500000, .rx_bytes = 4});
    assert_true(history_close(&sum, &row));
    /* 15 MB in 0.4 s: the mean over the measured time, not the mean of the rates */
    assert_int_equal(rollup_usage(&row), 300 * MBIT);
    assert_int_equal(row.value[ROLLUP_MS], 400);
    assert_int_equal(row.value[ROLLUP_TX], 15000000);
    assert_int_equal(row.value[ROLLUP_RX], 304);
    assert_int_equal(row.value[ROLLUP_LIMIT], 0); /* the caller fills in the rest */
    assert_int_equal(row.value[ROLLUP_IDLE], 0);
}

static void closing_begins_the_next_second_at_nothing(void **state)
{
    struct history_sum sum = {0};
    struct rollup row = untouched;
    (void)state;
    history_add(&sum, &(struct daqs_sample){.interval_us = 1000000, .tx_bytes = 1000});
    assert_true(history_close(&sum, &row));
    history_add(&sum, &(struct daqs_sample){.interval_us = 1000000, .tx_bytes = 1, .rx_bytes = 2});
    assert_true(history_close(&sum, &row));
    assert_int_equal(rollup_usage(&row), 8);
    assert_int_equal(row.value[ROLLUP_TX], 1);
    assert_int_equal(row.value[ROLLUP_RX], 2);
}

static void a_gap_gives_no_row(void **state)
{
    struct history_sum sum = {0};
    struct rollup row = untouched;
    (void)state;
    assert_false(history_close(&sum, &row));
    history_add(&sum, &(struct daqs_sample){.interval_us = 1000000, .tx_bytes = 1000});
    assert_true(history_close(&sum, &row));
    row = untouched;
    assert_false(history_close(&sum, &row));
    assert_memory_equal(&row, &untouched, sizeof row);
}

static void silence_that_was_measured_is_a_zero(void **state)
{
    struct history_sum sum = {0};
    struct rollup row = untouched;
    (void)state;
    history_add(&sum, &(struct daqs_sample){.interval_us = 100000});
    assert_true(history_close(&sum, &row));
    assert_int_equal(rollup_usage(&row), 0);
    assert_int_equal(row.value[ROLLUP_TX], 0);
}

/* Shorter than a millisecond, but not a gap, because it may have bytes. */
static void a_measured_moment_is_not_a_gap(void **state)
{
    struct history_sum sum = {0};
    struct rollup row = untouched;
    (void)state;
    history_add(&sum, &(struct daqs_sample){.interval_us = 1, .tx_bytes = 77});
    assert_true(history_close(&sum, &row));
    assert_int_equal(row.value[ROLLUP_MS], 1);
    assert_int_equal(row.value[ROLLUP_TX], 77);
}

static uint64_t packets_of(const struct daqs_sample *sample, size_t samples)
{
    struct history_sum sum = {0};
    struct rollup row = untouched;
    for (size_t i = 0; i < samples; i++) {
        struct daqs_sample timed = sample[i];
        timed.interval_us = 100000;
        history_add(&sum, &timed);
    }
    assert_true(history_close(&sum, &row));
    return row.value[ROLLUP_PACKETS];
}

static void packets_are_known_of_guests_that_count_them(void **state)
{
    static const struct daqs_sample counts[] = {
        {.tx_bytes = 3000, .tx_packets = 2}, {.tx_bytes = 0}, {.tx_bytes = 60, .tx_packets = 1}};
    static const struct daqs_sample late[] = {{.tx_bytes = 1514}, {.tx_packets = 1}};
    static const struct daqs_sample not [] = {{.tx_bytes = 500}, {.tx_bytes = 60}};
    static const struct daqs_sample not_always[] = {{.tx_bytes = 100000},
                                                    {.tx_bytes = 100000, .tx_packets = 70}};
    static const struct daqs_sample silent[] = {{.rx_bytes = 1}, {.rx_bytes = 2}};
    (void)state;
    assert_int_equal(packets_of(counts, 3), 3);
    assert_int_equal(packets_of(late, 2), 1);
    assert_true(packets_of(not, 2) == RATE_CODE_NO_PACKETS);
    assert_true(packets_of(not_always, 2) == RATE_CODE_NO_PACKETS);
    assert_int_equal(packets_of(silent, 2), 0);
}

/* Agents may report any value of the type; the store keeps signed numbers. */
static void samples_beyond_all_measure_are_left_out(void **state)
{
    static const struct daqs_sample sane = {
        .interval_us = 1000000, .tx_bytes = 1000, .rx_bytes = 2000, .tx_packets = 1};
    static const struct daqs_sample mad[] = {
        {.interval_us = INT64_MAX, .tx_bytes = 1}, {.interval_us = 1, .tx_bytes = UINT64_MAX},
        {.interval_us = 1, .tx_bytes = INT64_MAX}, {.interval_us = 1, .rx_bytes = UINT64_MAX},
        {.interval_us = -5, .tx_bytes = 1},        {.interval_us = 1, .tx_packets = UINT64_MAX},
    };
    (void)state;
    for (size_t i = 0; i < sizeof mad / sizeof mad[0]; i++) {
        struct history_sum sum = {0};
        struct rollup row = untouched;
        history_add(&sum, &sane);
        history_add(&sum, &mad[i]);
        assert_true(history_close(&sum, &row));
        assert_int_equal(rollup_usage(&row), 8000);
        assert_int_equal(row.value[ROLLUP_TX], 1000);
        assert_int_equal(row.value[ROLLUP_RX], 2000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_second_is_the_sum_of_its_samples),
        cmocka_unit_test(closing_begins_the_next_second_at_nothing),
        cmocka_unit_test(a_gap_gives_no_row),
        cmocka_unit_test(silence_that_was_measured_is_a_zero),
        cmocka_unit_test(a_measured_moment_is_not_a_gap),
        cmocka_unit_test(packets_are_known_of_guests_that_count_them),
        cmocka_unit_test(samples_beyond_all_measure_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
