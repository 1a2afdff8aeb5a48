/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include "tests/lib/random.h"
#include "tools/fleetsim/pacer.h"
#include "tools/fleetsim/samples.h"

static void nobody_is_taken_before_the_time(void **state)
{
    struct pacer *p = pacer_new(2, 1000);
    uint32_t number = 99;
    (void)state;
    pacer_add(p, 1, 1010);
    pacer_add(p, 0, 1005);
    assert_false(pacer_take(p, 1004, &number));
    assert_true(pacer_take(p, 1020, &number));
    assert_int_equal(number, 0);
    assert_true(pacer_take(p, 1020, &number));
    assert_int_equal(number, 1);
    assert_false(pacer_take(p, 100000, &number));
    pacer_free(p);
}

static void past_times_are_due_at_once(void **state)
{
    struct pacer *p = pacer_new(1, 1000);
    uint32_t number;
    (void)state;
    assert_false(pacer_take(p, 2000, &number));
    pacer_add(p, 0, 1500);
    assert_true(pacer_take(p, 2001, &number));
    pacer_free(p);
}

/* Any number of appointments, including distant ones: each is due once, at its millisecond. */
static void all_have_their_turn(void **state)
{
    enum { COUNT = 500, SPAN_MS = 20000 };
    struct random_source random = {random_seed()};
    struct pacer *p = pacer_new(COUNT, 0);
    int64_t due_ms[COUNT];
    uint32_t number;
    size_t taken = 0;
    (void)state;
    for (uint32_t i = 0; i < COUNT; i++) {
        due_ms[i] = (int64_t)random_below(&random, SPAN_MS);
        pacer_add(p, i, due_ms[i]);
    }
    for (int64_t now_ms = 0; now_ms < SPAN_MS; now_ms++)
        while (pacer_take(p, now_ms, &number)) {
            assert_int_equal(due_ms[number], now_ms);
            taken++;
        }
    assert_int_equal(taken, COUNT);
    pacer_free(p);
}

static void turns_are_spread_over_the_interval(void **state)
{
    unsigned in_quarter[4] = {0};
    (void)state;
    for (uint32_t i = 0; i < 1000; i++) {
        int64_t due_ms = pacer_turn(i, 1000, 200, 12345678);
        assert_in_range(due_ms, 12345679, 12345878);
        assert_int_equal(pacer_turn(i, 1000, 200, due_ms), due_ms + 200);
        in_quarter[(due_ms - 12345679) / 50]++;
    }
    for (int q = 0; q < 4; q++)
        assert_int_equal(in_quarter[q], 250);
}

static void quantiles_are_exact(void **state)
{
    struct samples s = {0};
    (void)state;
    assert_int_equal(samples_quantile(&s, 500), 0);
    for (int64_t i = 3000; i > 0; i--)
        samples_add(&s, i);
    assert_int_equal(samples_quantile(&s, 500), 1500);
    assert_int_equal(samples_quantile(&s, 990), 2970);
    assert_int_equal(samples_quantile(&s, 1000), 3000);
    samples_add(&s, 0);
    assert_int_equal(samples_quantile(&s, 0), 0);
    samples_done(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_is_taken_before_the_time),
        cmocka_unit_test(past_times_are_due_at_once),
        cmocka_unit_test(all_have_their_turn),
        cmocka_unit_test(turns_are_spread_over_the_interval),
        cmocka_unit_test(quantiles_are_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
