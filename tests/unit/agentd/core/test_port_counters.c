/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agentd/core/port_counters.h"

enum { POLL_US = 100000, GBIT = 1000000000 };

/* Reads a counter at 'at_us' on a link of 1 Gbit/s. */
static struct port_sample at(struct port_counter *c, int64_t at_us, uint64_t bytes)
{
    const struct port_reading reading = {at_us, bytes, bytes / 1000};
    return port_counter_update(c, &reading, GBIT);
}

/* A driver that refreshes its counters every 'refresh_us', of a device that sends 10 bytes per
 * microsecond from 'from_us' to 'to_us'. */
struct driver {
    int64_t refresh_us;
    int64_t from_us;
    int64_t to_us;
};

static uint64_t shows(const struct driver *d, int64_t at_us)
{
    int64_t seen_us = d->refresh_us ? at_us / d->refresh_us * d->refresh_us : at_us;
    int64_t end_us = seen_us < d->to_us ? seen_us : d->to_us;
    return end_us > d->from_us ? (uint64_t)(end_us - d->from_us) * 10 : 0;
}

static void the_first_reading_gives_no_sample(void **state)
{
    struct port_counter c = {0};
    (void)state;
    assert_int_equal(at(&c, POLL_US, 77000).interval_us, 0);
}

static void a_sample_is_the_difference_of_two_readings(void **state)
{
    struct port_counter c = {0};
    (void)state;
    (void)at(&c, 1 * POLL_US, 1000);
    (void)at(&c, 2 * POLL_US, 2000); /* may be older: the first change is only a base */
    const struct port_sample s = at(&c, 3 * POLL_US + 50, 9000);
    assert_int_equal(s.interval_us, POLL_US + 50);
    assert_int_equal(s.bytes, 7000);
    assert_int_equal(s.packets, 7);
    assert_int_equal(port_sample_rate(&s), 7000 * 1000000LL / (POLL_US + 50));
}

static void a_counter_that_goes_back_is_not_known_and_a_base_again(void **state)
{
    struct port_counter c = {0};
    (void)state;
    for (int i = 1; i < 5; i++)
        (void)at(&c, i * POLL_US, (uint64_t)i * 5000);
    assert_int_equal(at(&c, 5 * POLL_US, 3000).interval_us, 0);
    assert_int_equal(at(&c, 6 * POLL_US, 4000).interval_us, 0);
    assert_int_equal(at(&c, 7 * POLL_US, 6000).bytes, 2000);
}

static void packets_that_go_back_count_as_well(void **state)
{
    struct port_counter c = {0};
    (void)state;
    for (int i = 1; i < 5; i++)
        (void)at(&c, i * POLL_US, (uint64_t)i * 5000);
    const struct port_reading back = {5 * POLL_US, 25000, 3};
    assert_int_equal(port_counter_update(&c, &back, GBIT).interval_us, 0);
}

static void a_counter_that_vanished_is_a_first_reading_when_it_comes_back(void **state)
{
    struct port_counter c = {0};
    (void)state;
    for (int i = 1; i < 5; i++)
        (void)at(&c, i * POLL_US, (uint64_t)i * 5000);
    port_counter_forget(&c);
    assert_int_equal(at(&c, 6 * POLL_US, 30000).interval_us, 0);
    assert_int_equal(at(&c, 7 * POLL_US, 35000).interval_us, 0);
    assert_int_equal(at(&c, 8 * POLL_US, 40000).interval_us, POLL_US);
}

static void n10_more_than_twice_the_links_rate_is_not_known(void **state)
{
    struct port_counter c = {0};
    const uint64_t carries = GBIT / 8 / 10; /* in one poll */
    (void)state;
    (void)at(&c, 1 * POLL_US, 1000);
    (void)at(&c, 2 * POLL_US, 2000);
    uint64_t bytes = 2000 + carries * 19 / 10;
    assert_int_equal(at(&c, 3 * POLL_US, bytes).interval_us, POLL_US);
    bytes += carries * 3;
    assert_int_equal(at(&c, 4 * POLL_US, bytes).interval_us, 0);
    bytes += 500;
    assert_int_equal(at(&c, 5 * POLL_US, bytes).bytes, 500); /* the next sample starts here */
}

static void more_packets_than_bytes_are_not_known(void **state)
{
    struct port_counter c = {0};
    const struct port_reading odd = {3 * POLL_US, 3000, 5000};
    (void)state;
    (void)at(&c, 1 * POLL_US, 1000);
    (void)at(&c, 2 * POLL_US, 2000);
    assert_int_equal(port_counter_update(&c, &odd, GBIT).interval_us, 0);
}

static void a_link_of_unknown_capacity_may_carry_much(void **state)
{
    struct port_counter c = {0};
    struct port_reading r = {POLL_US, 1000, 1};
    (void)state;
    (void)port_counter_update(&c, &r, 0);
    r = (struct port_reading){2 * POLL_US, 2000, 2};
    (void)port_counter_update(&c, &r, 0);
    r = (struct port_reading){3 * POLL_US, UINT64_C(5000000000), 3};
    assert_int_equal(port_counter_update(&c, &r, 0).interval_us, POLL_US);
}

/* Reads the driver's counter with every poll for a minute. Checks that samples never overlap.
 * Returns the sum of their bytes; '*ret_known_us' is the time that they cover. */
static uint64_t watch(const struct driver *d, int64_t jitter_us, uint64_t *ret_known_us,
                      uint64_t *ret_most_rate)
{
    struct port_counter c = {0};
    uint64_t bytes = 0;
    uint64_t known_us = 0;
    *ret_most_rate = 0;
    for (int i = 1; i <= 600; i++) {
        int64_t now_us = i * POLL_US + i * 7919 % (jitter_us + 1);
        const struct port_sample s = at(&c, now_us, shows(d, now_us));
        bytes += s.bytes;
        known_us += s.interval_us;
        if (port_sample_rate(&s) > *ret_most_rate)
            *ret_most_rate = port_sample_rate(&s);
        assert_true(known_us <= (uint64_t)now_us);
    }
    *ret_known_us = known_us;
    return bytes;
}

static void n10_a_counter_that_is_refreshed_rarely_has_the_rate_that_was_sent(void **state)
{
    static const int64_t refreshes_us[] = {0, 250000, 1000000, 2000000};
    (void)state;
    for (size_t i = 0; i < sizeof refreshes_us / sizeof refreshes_us[0]; i++) {
        const struct driver d = {refreshes_us[i], 0, INT64_MAX};
        uint64_t known_us;
        uint64_t most;
        uint64_t bytes = watch(&d, 30000, &known_us, &most);
        assert_in_range(known_us, 54000000, 60100000);
        /* However rarely it is refreshed, the error is at most the jitter of a poll. */
        assert_in_range(bytes, known_us * 10 * 98 / 100, known_us * 10 * 102 / 100);
        assert_true(most < 16000000);
    }
}

static void a_burst_after_silence_is_not_taken_for_more_than_it_was(void **state)
{
    static const int64_t refreshes_us[] = {250000, 1000000, 2000000};
    (void)state;
    for (size_t i = 0; i < sizeof refreshes_us / sizeof refreshes_us[0]; i++) {
        struct port_counter c = {0};
        uint64_t most = 0;
        for (int n = 1; n <= 900; n++) {
            /* Sends for 10 s and is silent for 20 s, repeatedly. */
            int64_t now_us = (int64_t)n * POLL_US;
            int64_t seen_us = now_us / refreshes_us[i] * refreshes_us[i];
            int64_t part_us = seen_us % 30000000;
            uint64_t bytes = (uint64_t)(seen_us / 30000000 * 10000000 +
                                        (part_us < 10000000 ? part_us : 10000000)) *
                             10;
            const struct port_sample s = at(&c, now_us, bytes);
            if (port_sample_rate(&s) > most)
                most = port_sample_rate(&s);
        }
        assert_true(most > 9000000);
        assert_true(most < 16000000);
    }
}

static void silence_is_known_at_once_of_a_counter_that_is_fresh(void **state)
{
    struct port_counter c = {0};
    (void)state;
    for (int i = 1; i <= 10; i++)
        (void)at(&c, i * POLL_US, (uint64_t)i * 5000);
    assert_int_equal(at(&c, 11 * POLL_US, 50000).interval_us, 0); /* one poll may be too early */
    assert_int_equal(at(&c, 12 * POLL_US, 50000).interval_us, 2 * POLL_US);
    const struct port_sample silent = at(&c, 13 * POLL_US, 50000);
    assert_int_equal(silent.interval_us, POLL_US);
    assert_int_equal(silent.bytes, 0);
    assert_int_equal(at(&c, 14 * POLL_US, 56000).interval_us, POLL_US);
}

static void silence_of_an_unknown_driver_is_known_after_a_while(void **state)
{
    struct port_counter c = {0};
    int i = 1;
    (void)state;
    for (; i * POLL_US < PORT_REFRESH_MOST_US + POLL_US; i++)
        assert_int_equal(at(&c, i * POLL_US, 1000).interval_us, 0);
    uint64_t known_us = 0;
    for (; i < 100; i++)
        known_us += at(&c, i * POLL_US, 1000).interval_us;
    assert_in_range(known_us, 6000000, 9900000);
}

static void a_clock_that_does_not_move_gives_no_sample(void **state)
{
    struct port_counter c = {0};
    (void)state;
    for (int i = 1; i <= 4; i++)
        (void)at(&c, i * POLL_US, (uint64_t)i * 5000);
    assert_int_equal(at(&c, 4 * POLL_US, 30000).interval_us, 0);
    assert_int_equal(at(&c, 3 * POLL_US, 40000).interval_us, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_reading_gives_no_sample),
        cmocka_unit_test(a_sample_is_the_difference_of_two_readings),
        cmocka_unit_test(a_counter_that_goes_back_is_not_known_and_a_base_again),
        cmocka_unit_test(packets_that_go_back_count_as_well),
        cmocka_unit_test(a_counter_that_vanished_is_a_first_reading_when_it_comes_back),
        cmocka_unit_test(n10_more_than_twice_the_links_rate_is_not_known),
        cmocka_unit_test(more_packets_than_bytes_are_not_known),
        cmocka_unit_test(a_link_of_unknown_capacity_may_carry_much),
        cmocka_unit_test(n10_a_counter_that_is_refreshed_rarely_has_the_rate_that_was_sent),
        cmocka_unit_test(a_burst_after_silence_is_not_taken_for_more_than_it_was),
        cmocka_unit_test(silence_is_known_at_once_of_a_counter_that_is_fresh),
        cmocka_unit_test(silence_of_an_unknown_driver_is_known_after_a_while),
        cmocka_unit_test(a_clock_that_does_not_move_gives_no_sample),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
