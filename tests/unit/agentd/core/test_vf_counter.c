/* SPDX-License-Identifier: Apache-2.0 */
/* VF counters as drivers update them: always, by a timer, or never (FIELD.md, row N1). */
#include "tests/lib/check.h"

#include "agentd/core/vf_counter.h"

#include <string.h>

enum { POLL_US = 100000, SECOND_US = 1000000, RATE = 5000 }; /* bytes per millisecond: 40 Mbit/s */

static struct vf_counter counter;
static struct counters_reading reading;
static uint64_t sent;
static int64_t refresh_us;
static int64_t refreshed_us;

static int setup(void **state)
{
    (void)state;
    memset(&counter, 0, sizeof counter);
    reading = (struct counters_reading){.at_us = 50 * SECOND_US};
    sent = 0;
    refresh_us = 0;
    refreshed_us = 0;
    return 0;
}

/* Lets the VF send at this rate for one poll, and then reads the driver. */
static struct daqs_sample poll(uint64_t bytes_per_ms, int64_t age_us)
{
    reading.at_us += POLL_US;
    sent += bytes_per_ms * POLL_US / 1000;
    if (reading.at_us - refreshed_us >= refresh_us) {
        refreshed_us = reading.at_us;
        reading.tx_bytes = sent;
        reading.tx_packets = sent / 1000;
    }
    return vf_counter_update(&counter, &reading, age_us);
}

static uint64_t rate(const struct daqs_sample *sample)
{
    return sample->tx_bytes * 1000 / (uint64_t)sample->interval_us;
}

static void n1_counters_that_are_always_fresh_give_a_sample_a_poll(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        (void)poll(RATE, 0);
    for (int i = 0; i < 50; i++) {
        const struct daqs_sample sample = poll(RATE, 0);
        assert_int_equal(sample.interval_us, POLL_US);
        assert_int_equal(rate(&sample), RATE);
    }
    const struct daqs_sample silent = poll(0, 0);
    assert_int_equal(silent.interval_us, POLL_US);
    assert_int_equal(silent.tx_bytes, 0);
    const struct daqs_sample again = poll(RATE, 0);
    assert_int_equal(rate(&again), RATE);
}

/* Drivers refresh by timers of 0.5 to 2 s, whether or not this is known about them. */
static void n1_every_sample_shows_the_true_rate_while_counters_move_now_and_then(void **state)
{
    static const int64_t refresh_ms[] = {200, 500, 1000, 2000, 2100};
    static const int64_t known_us[] = {VF_COUNTER_AGE_UNKNOWN, 2 * SECOND_US};
    for (size_t r = 0; r < sizeof refresh_ms / sizeof refresh_ms[0]; r++)
        for (size_t k = 0; k < 2; k++) {
            int samples = 0;
            setup(state);
            refresh_us = refresh_ms[r] * 1000;
            for (int i = 0; i < 200; i++) {
                const struct daqs_sample sample = poll(RATE, known_us[k]);
                if (sample.interval_us == 0)
                    continue;
                samples++;
                assert_int_equal(rate(&sample), RATE);
            }
            assert_in_range(samples, 200 * 100 / refresh_ms[r] - 5, 200);
        }
}

/* ixgbe also refreshes its counters with each ethtool -S on the PF. */
static void n1_a_driver_known_to_be_slow_is_not_thought_fresh(void **state)
{
    (void)state;
    for (int i = 0; i < 30; i++)
        (void)poll(RATE, 2 * SECOND_US);
    refresh_us = 2 * SECOND_US;
    for (int i = 0; i < 100; i++) {
        const struct daqs_sample sample = poll(RATE, 2 * SECOND_US);
        if (sample.interval_us > 0)
            assert_int_equal(rate(&sample), RATE);
    }
}

/* Some drivers also refresh them with other requests; when those end, only by their timer. */
static void n1_counters_that_become_slow_are_misread_at_most_once(void **state)
{
    int silent = 0;
    (void)state;
    for (int i = 0; i < 30; i++)
        (void)poll(RATE, VF_COUNTER_AGE_UNKNOWN);
    refresh_us = SECOND_US;
    for (int i = 0; i < 100; i++) {
        const struct daqs_sample sample = poll(RATE, VF_COUNTER_AGE_UNKNOWN);
        if (sample.interval_us > 0 && sample.tx_bytes > 0)
            assert_int_equal(rate(&sample), RATE);
        silent += sample.interval_us > 0 && sample.tx_bytes == 0;
    }
    assert_in_range(silent, 0, 10); /* within the first second */
}

static void n1_silence_is_known_within_three_seconds(void **state)
{
    int64_t silent_us = 0;
    (void)state;
    refresh_us = 2 * SECOND_US;
    for (int i = 0; i < 100; i++)
        (void)poll(RATE, VF_COUNTER_AGE_UNKNOWN);
    struct daqs_sample sample;
    do {
        sample = poll(0, VF_COUNTER_AGE_UNKNOWN);
        silent_us += POLL_US;
    } while (sample.interval_us == 0 || sample.tx_bytes > 0);
    assert_in_range(silent_us, 2 * SECOND_US, 5 * SECOND_US); /* one refresh may be due first */
    for (int i = 0; i < 20; i++) {
        sample = poll(0, VF_COUNTER_AGE_UNKNOWN);
        assert_int_equal(sample.tx_bytes, 0);
        assert_int_equal(sample.interval_us, POLL_US);
    }
}

static void n1_samples_cover_each_byte_and_each_instant_once(void **state)
{
    struct daqs_sample sum = {0};
    (void)state;
    refresh_us = 500000;
    for (int i = 0; i < 20; i++)
        (void)poll(RATE, VF_COUNTER_AGE_UNKNOWN);
    int64_t from_us = counter.told_us;
    uint64_t before = counter.last.tx_bytes;
    for (int i = 0; i < 500; i++) {
        const struct daqs_sample sample = poll(i % 70 < 30 ? RATE : 0, VF_COUNTER_AGE_UNKNOWN);
        counters_add(&sum, &sample);
    }
    assert_int_equal(sum.interval_us, counter.told_us - from_us);
    assert_int_equal(sum.tx_bytes, counter.last.tx_bytes - before);
}

static void n1_counters_that_never_move_are_none_whatever_they_show(void **state)
{
    (void)state;
    reading.tx_bytes = 123456789; /* old traffic */
    refresh_us = INT64_MAX;
    refreshed_us = 1;
    for (int i = 0; i < 100; i++)
        assert_int_equal(poll(RATE, 0).interval_us, 0);
    assert_false(counter.counts);
}

static void n1_the_first_move_is_not_reported(void **state)
{
    (void)state;
    (void)poll(0, 0);
    (void)poll(0, 0);
    assert_int_equal(poll(RATE, 0).interval_us, 0); /* its time is unknown */
    assert_true(counter.counts);
    assert_int_equal(poll(RATE, 0).interval_us, POLL_US);
}

static void counters_that_go_back_are_a_gap(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++)
        (void)poll(RATE, 0);
    sent = 0;
    assert_int_equal(poll(0, 0).interval_us, 0);
    assert_int_equal(poll(RATE, 0).interval_us, 0);
    const struct daqs_sample sample = poll(RATE, 0);
    assert_int_equal(rate(&sample), RATE);
}

#define CASE(name) cmocka_unit_test_setup(name, setup)

static void they_show_the_traffic_until_they_moved(void **state)
{
    (void)state;
    refresh_us = 2 * SECOND_US;
    for (int i = 0; i < 60; i++) {
        (void)poll(RATE, -1);
        assert_int_equal(vf_counter_as_of(&counter),
                         i < 20 ? 50 * SECOND_US + POLL_US : refreshed_us);
    }
    refresh_us = 0;
    for (int i = 0; i < 60; i++)
        (void)poll(0, -1);
    assert_int_equal(vf_counter_as_of(&counter), reading.at_us); /* nothing was sent */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(n1_counters_that_are_always_fresh_give_a_sample_a_poll),
        CASE(n1_every_sample_shows_the_true_rate_while_counters_move_now_and_then),
        CASE(n1_a_driver_known_to_be_slow_is_not_thought_fresh),
        CASE(n1_counters_that_become_slow_are_misread_at_most_once),
        CASE(n1_silence_is_known_within_three_seconds),
        CASE(n1_samples_cover_each_byte_and_each_instant_once),
        CASE(n1_counters_that_never_move_are_none_whatever_they_show),
        CASE(n1_the_first_move_is_not_reported),
        CASE(counters_that_go_back_are_a_gap),
        CASE(they_show_the_traffic_until_they_moved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
