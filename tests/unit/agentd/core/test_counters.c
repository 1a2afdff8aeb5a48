/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agentd/core/counters.h"

static struct counters_reading at(int64_t at_us, uint64_t n)
{
    return (struct counters_reading){at_us, n, 2 * n, 3 * n, 4 * n};
}

static struct daqs_sample update(struct counters *c, struct counters_reading reading)
{
    return counters_update(c, &reading);
}

static void assert_no_sample(struct daqs_sample s)
{
    assert_int_equal(s.interval_us, 0);
    assert_int_equal(s.tx_bytes, 0);
    assert_int_equal(s.rx_bytes, 0);
    assert_int_equal(s.tx_packets, 0);
    assert_int_equal(s.rx_packets, 0);
}

static void the_first_reading_gives_no_sample(void **state)
{
    (void)state;
    struct counters c = {0};
    assert_no_sample(update(&c, at(5000000, 1000)));
}

static void a_first_reading_of_zeros_is_a_base_too(void **state)
{
    (void)state;
    struct counters c = {0};
    assert_no_sample(update(&c, at(0, 0)));
    assert_int_equal(update(&c, at(100, 7)).tx_bytes, 7);
}

static void a_sample_is_the_difference_of_two_readings(void **state)
{
    (void)state;
    struct counters c = {0};
    (void)update(&c, at(1000000, 1000));
    struct daqs_sample s = update(&c, at(1100000, 1500));
    assert_int_equal(s.interval_us, 100000);
    assert_int_equal(s.tx_bytes, 500);
    assert_int_equal(s.rx_bytes, 1000);
    assert_int_equal(s.tx_packets, 1500);
    assert_int_equal(s.rx_packets, 2000);
}

static void each_reading_is_the_base_of_the_next(void **state)
{
    (void)state;
    struct counters c = {0};
    (void)update(&c, at(1000000, 1000));
    (void)update(&c, at(1100000, 1500));
    struct daqs_sample s = update(&c, at(1300000, 1501));
    assert_int_equal(s.interval_us, 200000);
    assert_int_equal(s.tx_bytes, 1);
}

static void an_idle_nic_has_a_sample_of_nothing(void **state)
{
    (void)state;
    struct counters c = {0};
    (void)update(&c, at(1000000, 1000));
    struct daqs_sample s = update(&c, at(1100000, 1000));
    assert_int_equal(s.interval_us, 100000);
    assert_int_equal(s.tx_bytes, 0);
}

/* Drivers reset their counters one by one, so that a single counter that decreases is enough. */
static void a_reset_of_any_counter_gives_no_sample(void **state)
{
    (void)state;
    for (int which = 0; which < 4; which++) {
        struct counters c = {0};
        (void)update(&c, at(1000000, 1000));
        struct counters_reading reset = at(1100000, 2000);
        uint64_t *const counter[] = {&reset.tx_bytes, &reset.rx_bytes, &reset.tx_packets,
                                     &reset.rx_packets};
        *counter[which] = 0;
        assert_no_sample(update(&c, reset));

        struct counters_reading next = reset;
        next.at_us += 50000;
        next.tx_bytes += 9;
        struct daqs_sample s = update(&c, next);
        assert_int_equal(s.interval_us, 50000);
        assert_int_equal(s.tx_bytes, 9);
    }
}

/* If a receive counter is invalid, the transmit counters are still used. */
static void g5_received_traffic_may_be_unknown(void **state)
{
    (void)state;
    struct counters c = {0};
    (void)update(&c, at(1000000, 1000));
    struct counters_reading odd = at(1100000, 1500);
    odd.rx_bytes = odd.rx_packets = COUNTERS_UNKNOWN;
    for (int i = 0; i < 2; i++) { /* known, then unknown, then unknown again */
        struct daqs_sample s = update(&c, odd);
        assert_int_equal(s.interval_us, 100000);
        assert_int_equal(s.tx_bytes, 500);
        assert_int_equal(s.tx_packets, 1500);
        assert_int_equal(s.rx_bytes, 0);
        assert_int_equal(s.rx_packets, 0);
        odd.at_us += 100000;
        odd.tx_bytes += 500;
        odd.tx_packets += 1500;
    }
    struct counters_reading known = odd;
    known.rx_bytes = known.rx_packets = 5;
    struct daqs_sample s = update(&c, known);
    assert_int_equal(s.tx_bytes, 500);
    assert_int_equal(s.rx_bytes, 0);
    known.at_us += 1;
    known.rx_bytes += 7;
    assert_int_equal(update(&c, known).rx_bytes, 7);
}

static void a_step_back_by_one_is_a_reset(void **state)
{
    (void)state;
    struct counters c = {0};
    (void)update(&c, at(1000000, 1000));
    struct counters_reading reading = at(1100000, 2000);
    reading.rx_packets = 3999;
    assert_no_sample(update(&c, reading));
}

static void a_reading_at_the_same_instant_gives_no_sample(void **state)
{
    (void)state;
    struct counters c = {0};
    (void)update(&c, at(1000000, 1000));
    assert_no_sample(update(&c, at(1000000, 2000)));
    assert_int_equal(update(&c, at(1000001, 2001)).tx_bytes, 1);
}

static void a_reading_from_before_the_last_gives_no_sample(void **state)
{
    (void)state;
    struct counters c = {0};
    (void)update(&c, at(1000000, 1000));
    assert_no_sample(update(&c, at(999999, 2000)));
    struct daqs_sample s = update(&c, at(1000000, 2005));
    assert_int_equal(s.interval_us, 1);
    assert_int_equal(s.tx_bytes, 5);
}

/* Early and late polls must give the same rate: 10 bytes per microsecond. */
static void jitter_of_the_polls_does_not_change_the_rate(void **state)
{
    (void)state;
    static const int64_t late_us[] = {0, 30000, -20000, 49999, -49999, 1, 0, 12345};
    struct counters c = {0};
    (void)update(&c, at(0, 0));
    int64_t total_us = 0;
    int64_t last_us = 0;
    for (int i = 0; i < 8; i++) {
        int64_t now_us = (i + 1) * 100000 + late_us[i];
        struct daqs_sample s = update(&c, at(now_us, (uint64_t)now_us * 10));
        assert_int_equal(daqs_rate_of(s.tx_bytes, s.interval_us), 80000000);
        total_us += s.interval_us;
        last_us = now_us;
    }
    assert_int_equal(total_us, last_us);
}

static void counters_may_use_all_their_bits(void **state)
{
    (void)state;
    struct counters c = {0};
    struct counters_reading low = {1, 0, 0, 0, 0};
    struct counters_reading high = {2, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX};
    (void)update(&c, low);
    assert_true(update(&c, high).tx_bytes == UINT64_MAX);
}

static void after_forgetting_the_next_reading_is_the_first(void **state)
{
    (void)state;
    struct counters c = {0};
    (void)update(&c, at(1000000, 1000));
    counters_forget(&c);
    assert_no_sample(update(&c, at(1100000, 2000)));
    assert_int_equal(update(&c, at(1200000, 2003)).tx_bytes, 3);
}

static void the_age_of_a_reading_is_never_negative_and_never_too_large(void **state)
{
    struct counters c = {0};
    (void)state;
    (void)update(&c, at(5000000, 1));
    assert_int_equal(counters_age_us(&c.last, 5000000), 0);
    assert_int_equal(counters_age_us(&c.last, 5001750), 1750);
    assert_int_equal(counters_age_us(&c.last, 4999999), 0);
    assert_int_equal(counters_age_us(&c.last, INT64_MAX), UINT32_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_reading_gives_no_sample),
        cmocka_unit_test(a_first_reading_of_zeros_is_a_base_too),
        cmocka_unit_test(a_sample_is_the_difference_of_two_readings),
        cmocka_unit_test(each_reading_is_the_base_of_the_next),
        cmocka_unit_test(an_idle_nic_has_a_sample_of_nothing),
        cmocka_unit_test(a_reset_of_any_counter_gives_no_sample),
        cmocka_unit_test(g5_received_traffic_may_be_unknown),
        cmocka_unit_test(a_step_back_by_one_is_a_reset),
        cmocka_unit_test(a_reading_at_the_same_instant_gives_no_sample),
        cmocka_unit_test(a_reading_from_before_the_last_gives_no_sample),
        cmocka_unit_test(jitter_of_the_polls_does_not_change_the_rate),
        cmocka_unit_test(counters_may_use_all_their_bits),
        cmocka_unit_test(after_forgetting_the_next_reading_is_the_first),
        cmocka_unit_test(the_age_of_a_reading_is_never_negative_and_never_too_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
