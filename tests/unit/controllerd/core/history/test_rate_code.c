/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include "controllerd/core/history/rate_code.h"
#include "tests/lib/random.h"

static void small_rates_are_kept_as_they_are(void **state)
{
    (void)state;
    for (daqs_bps rate = 0; rate <= 4096; rate++)
        assert_int_equal(rate_code_decode(rate_code_encode(rate)), rate);
    assert_int_equal(rate_code_encode(DAQS_UNLIMITED), RATE_CODE_NONE);
    assert_true(rate_code_decode(RATE_CODE_NONE) == DAQS_UNLIMITED);
    assert_true(rate_code_decode(UINT64_MAX) == DAQS_UNLIMITED); /* any value in a file */
}

static void all_rates_are_kept_within_a_part_of_4096(void **state)
{
    struct random_source r = {random_seed()};
    (void)state;
    for (int i = 0; i < 1000000; i++) {
        daqs_bps rate = random_below(&r, (UINT64_C(4) << random_below(&r, 40)) + 1);
        daqs_bps kept = rate_code_decode(rate_code_encode(rate));
        daqs_bps off = kept > rate ? kept - rate : rate - kept;
        assert_true(off * 4096 <= rate);
        assert_int_equal(rate_code_decode(rate_code_encode(kept)),
                         kept); /* and do not change again */
    }
}

static void rates_beyond_all_measure_are_the_largest(void **state)
{
    (void)state;
    assert_int_equal(rate_code_encode(DAQS_BPS_MAX), RATE_CODE_NONE - 1);
    assert_int_equal(rate_code_encode(UINT64_MAX - 1), RATE_CODE_NONE - 1);
    assert_true(rate_code_decode(RATE_CODE_NONE - 1) > 4000 * GBIT);
}

/* Byte and packet counts of guests, from the smallest frame to the largest packet, for a second and
 * for a day. */
static void packets_are_kept_within_three_in_ten_thousand(void **state)
{
    struct random_source r = {random_seed()};
    (void)state;
    for (int i = 0; i < 1000000; i++) {
        uint64_t packets = 1 + random_below(&r, UINT64_C(1) << random_below(&r, 30));
        uint64_t bytes = packets * (60 + random_below(&r, 65490)) + random_below(&r, packets);
        uint16_t code = rate_code_encode_packets(bytes, packets);
        uint64_t kept = rate_code_decode_packets(bytes, code);
        uint64_t off = kept > packets ? kept - packets : packets - kept;
        assert_true(off * 10000 <= packets * 3 + 10000 / 2);
        assert_true(packets >= 1000 || off == 0);
        assert_true(code > 0 && code < 1 << 15);
    }
}

static void packets_that_are_not_known_stay_so(void **state)
{
    (void)state;
    assert_int_equal(rate_code_encode_packets(1000, RATE_CODE_NO_PACKETS), 0);
    assert_int_equal(rate_code_encode_packets(1000, 0), 0);
    assert_true(rate_code_decode_packets(1000, 0) == RATE_CODE_NO_PACKETS);
    assert_true(rate_code_decode_packets(1000, RATE_CODE_NONE) == RATE_CODE_NO_PACKETS);
    assert_true(rate_code_decode_packets(1000, UINT64_MAX) ==
                RATE_CODE_NO_PACKETS);                   /* any value in a file */
    assert_int_equal(rate_code_decode_packets(0, 0), 0); /* nothing was sent */
}

static void absurd_packets_stay_numbers(void **state)
{
    (void)state;
    assert_int_equal(rate_code_decode_packets(1, rate_code_encode_packets(1, UINT64_MAX - 1)), 256);
    assert_int_equal(rate_code_decode_packets(1, rate_code_encode_packets(UINT64_MAX, 1)), 1);
    assert_true(rate_code_decode_packets(UINT64_MAX, 1) > 0);
    assert_int_equal(rate_code_encode_packets(UINT64_MAX, 1), RATE_CODE_NONE - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_rates_are_kept_as_they_are),
        cmocka_unit_test(all_rates_are_kept_within_a_part_of_4096),
        cmocka_unit_test(rates_beyond_all_measure_are_the_largest),
        cmocka_unit_test(packets_are_kept_within_three_in_ten_thousand),
        cmocka_unit_test(packets_that_are_not_known_stay_so),
        cmocka_unit_test(absurd_packets_stay_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
