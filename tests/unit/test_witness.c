#include "tests/lib/check.h"

#include "agentd/core/witness.h"

#define S INT64_C(1000000)

static struct witness w;

/* A minute of polls, 10 a second, and of readings of the PF, one a second, shifted by 'lag_us'. */
static void minute(uint64_t said_per_s, uint64_t counted_per_s, int64_t lag_us)
{
    static int64_t now = 100 * S;
    static uint64_t said = 5000;
    static uint64_t counted = 7000;
    static uint64_t shown = 7000;
    for (int tick = 0; tick < 600; tick++) {
        now += S / 10;
        said += said_per_s / 10;
        counted += counted_per_s / 10;
        witness_guest(&w, now, said);
        if (tick % 10 == (int)(lag_us % 10)) {
            witness_host(&w, now + 1000, lag_us ? shown : counted);
            shown = counted; /* what the driver shows next time */
        }
    }
}

static int setup(void **state)
{
    (void)state;
    w = (struct witness){0};
    return 0;
}

static void who_tells_the_truth_is_believed(void **state)
{
    (void)state;
    minute(10000000, 10000000, 0);
    assert_false(witness_says_less(&w));
    minute(10000000, 11500000, 0); /* with what only a NIC counts */
    assert_false(witness_says_less(&w));
    minute(20000000, 10000000, 0); /* a driver that misses some */
    assert_false(witness_says_less(&w));
}

static void who_says_less_is_found_out_and_may_mend(void **state)
{
    (void)state;
    minute(5000000, 10000000, 0);
    assert_true(witness_says_less(&w));
    assert_true(w.counted > w.said);
    minute(10000000, 10000000, 0);
    assert_false(witness_says_less(&w));
}

static void who_says_nothing_at_all_is_found_out(void **state)
{
    (void)state;
    minute(0, 10000000, 0);
    assert_true(witness_says_less(&w));
}

static void traffic_that_stops_and_starts_is_no_lie(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        minute(125000000, 125000000, 3);
        minute(0, 0, 3);
        assert_false(witness_says_less(&w));
    }
}

static void next_to_nothing_is_no_evidence(void **state)
{
    (void)state;
    minute(0, 50000, 0);
    assert_false(witness_says_less(&w));
}

static void counters_that_begin_anew_are_no_lie(void **state)
{
    (void)state;
    int64_t now = 1000 * S;
    for (int boot = 0; boot < 20; boot++) {
        uint64_t said = 0;
        uint64_t counted = (uint64_t)boot * 100000000; /* the VF was not reset */
        for (int tick = 0; tick < 37; tick++) {
            now += S / 10;
            said += 1000000;
            counted += 1000000;
            witness_guest(&w, now, said);
            witness_host(&w, now, counted);
        }
    }
    assert_false(witness_says_less(&w));
}

static void one_span_alone_proves_nothing(void **state)
{
    (void)state;
    witness_guest(&w, 10 * S, 0);
    witness_host(&w, 14 * S, 0);
    witness_host(&w, 30 * S, 90000000);
    witness_guest(&w, 31 * S, 0);
    assert_int_equal(w.lies, 1);
    assert_false(witness_says_less(&w));
    witness_host(&w, 35 * S, 100000000);
    witness_host(&w, 51 * S, 190000000);
    witness_guest(&w, 52 * S, 0);
    assert_true(witness_says_less(&w));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(who_tells_the_truth_is_believed, setup),
        cmocka_unit_test_setup(who_says_less_is_found_out_and_may_mend, setup),
        cmocka_unit_test_setup(who_says_nothing_at_all_is_found_out, setup),
        cmocka_unit_test_setup(traffic_that_stops_and_starts_is_no_lie, setup),
        cmocka_unit_test_setup(next_to_nothing_is_no_evidence, setup),
        cmocka_unit_test_setup(counters_that_begin_anew_are_no_lie, setup),
        cmocka_unit_test_setup(one_span_alone_proves_nothing, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
