/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdbool.h>
#include <string.h>

#include "tests/lib/random.h"
#include "tools/fleetsim/trace.h"

enum { TRACES = 2000 };

static struct trace_mix only(enum trace_kind kind)
{
    struct trace_mix mix = {0};
    mix.weight[kind] = 1;
    return mix;
}

/* Returns the mean over a minute, in steps of 10 ms. */
static double mean_of(const struct trace *trace)
{
    double sum = 0;
    for (int64_t ms = 0; ms < 60000; ms += 10)
        sum += (double)trace_demand(trace, ms);
    return sum / 6000;
}

static void the_same_seed_gives_the_same_demand(void **state)
{
    const struct trace a = trace_draw(&trace_usual_mix, 7, GBIT);
    const struct trace b = trace_draw(&trace_usual_mix, 7, GBIT);
    (void)state;
    for (int64_t ms = 0; ms < 30000; ms += 50)
        assert_int_equal(trace_demand(&a, ms), trace_demand(&b, ms));
}

static void nobody_wants_more_than_the_most(void **state)
{
    struct random_source random = {random_seed()};
    (void)state;
    for (int i = 0; i < TRACES; i++) {
        const struct trace trace = trace_draw(&trace_usual_mix, random_next(&random), GBIT);
        assert_true(trace.peak <= GBIT && trace.peak >= GBIT / 100 - 1);
        for (int k = 0; k < 100; k++)
            assert_true(trace_demand(&trace, (int64_t)random_below(&random, 1000000)) <= GBIT);
    }
}

static void kinds_are_drawn_by_weight(void **state)
{
    struct trace_mix mix = {.weight = {[TRACE_STEADY] = 3, [TRACE_RAMP] = 1}};
    unsigned count[TRACE_KIND_COUNT] = {0};
    (void)state;
    for (uint64_t seed = 0; seed < TRACES; seed++)
        count[trace_draw(&mix, seed, GBIT).kind]++;
    assert_int_equal(count[TRACE_STEADY] + count[TRACE_RAMP], TRACES);
    assert_in_range(count[TRACE_RAMP], TRACES / 5, TRACES * 3 / 10);
}

static void idle_is_next_to_nothing(void **state)
{
    const struct trace_mix mix = only(TRACE_IDLE);
    const struct trace trace = trace_draw(&mix, 1, GBIT);
    (void)state;
    assert_true(mean_of(&trace) < 50e3);
}

static void steady_stays_near_its_peak(void **state)
{
    const struct trace_mix mix = only(TRACE_STEADY);
    const struct trace trace = trace_draw(&mix, 1, GBIT);
    (void)state;
    for (int64_t ms = 0; ms < 60000; ms += 100)
        assert_in_range(trace_demand(&trace, ms), trace.peak / 10 * 9, trace.peak);
}

static void bursts_are_a_tenth_of_the_time(void **state)
{
    const struct trace_mix mix = only(TRACE_BURSTY);
    const struct trace trace = trace_draw(&mix, 1, GBIT);
    unsigned high = 0;
    (void)state;
    for (int64_t ms = 0; ms < 600000; ms += 100)
        high += trace_demand(&trace, ms) == trace.peak;
    assert_in_range(high, 500, 700);
}

static void a_ramp_goes_up_and_down_without_jumps(void **state)
{
    const struct trace_mix mix = only(TRACE_RAMP);
    const struct trace trace = trace_draw(&mix, 1, GBIT);
    daqs_bps most = 0;
    (void)state;
    for (int64_t ms = 0; ms < 60000; ms += 10) {
        daqs_bps a = trace_demand(&trace, ms);
        daqs_bps b = trace_demand(&trace, ms + 10);
        assert_true((a > b ? a - b : b - a) <= trace.peak / 50);
        most = daqs_higher(most, a);
    }
    assert_true(most >= trace.peak / 100 * 95);
    assert_true(mean_of(&trace) > (double)trace.peak * 0.45 &&
                mean_of(&trace) < (double)trace.peak * 0.55);
}

static void pulses_leave_time_for_limits_to_be_lifted(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 100; seed++) {
        const struct trace trace = trace_pulses(seed, GBIT);
        int64_t off_ms = 0;
        int64_t longest_ms = 0;
        bool on = false;
        for (int64_t ms = 0; ms < 20000; ms += 10) {
            bool sends = trace_demand(&trace, ms) > 0;
            on |= sends;
            off_ms = sends ? 0 : off_ms + 10;
            longest_ms = off_ms > longest_ms ? off_ms : longest_ms;
        }
        assert_true(on);
        assert_in_range(longest_ms, 1900, 5100);
    }
}

static void a_mix_is_read(void **state)
{
    struct trace_mix mix;
    (void)state;
    assert_int_equal(trace_mix_parse("on-off=3,idle=1", &mix, NULL), DAQS_OK);
    assert_int_equal(mix.weight[TRACE_ON_OFF], 3);
    assert_int_equal(mix.weight[TRACE_IDLE], 1);
    assert_int_equal(mix.weight[TRACE_BURSTY], 0);
}

static void an_invalid_mix_is_refused(void **state)
{
    static const char *const bad[] = {
        "",        "idle", "idle=", "idle=x",    "idle=-1",       "idle=0",
        "idle=1,", "=1",   ",",     "nothing=1", "idle=1;ramp=2", "idle=99999999999999999999999"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct trace_mix mix = trace_usual_mix;
        struct daqs_error err = {0};
        assert_int_equal(trace_mix_parse(bad[i], &mix, &err), DAQS_EINVALID);
        assert_non_null(strstr(err.text, "idle=50"));
        assert_memory_equal(&mix, &trace_usual_mix, sizeof mix);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_seed_gives_the_same_demand),
        cmocka_unit_test(nobody_wants_more_than_the_most),
        cmocka_unit_test(kinds_are_drawn_by_weight),
        cmocka_unit_test(idle_is_next_to_nothing),
        cmocka_unit_test(steady_stays_near_its_peak),
        cmocka_unit_test(bursts_are_a_tenth_of_the_time),
        cmocka_unit_test(a_ramp_goes_up_and_down_without_jumps),
        cmocka_unit_test(pulses_leave_time_for_limits_to_be_lifted),
        cmocka_unit_test(a_mix_is_read),
        cmocka_unit_test(an_invalid_mix_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
