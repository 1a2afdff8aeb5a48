/* SPDX-License-Identifier: Apache-2.0 */
/* Sums of what peers report: whatever the numbers and their order, a sum is the exact one or the
 * largest number, and never less than one of its parts. */
#include "tests/lib/check.h"

#include <math.h>

#include "shared/base/sum.h"
#include "tests/lib/random.h"

enum { ROUNDS = 100000, PARTS = 8 };

__extension__ typedef unsigned __int128 u128;

/* Returns a number of any size: most are small, some are at an end of the range. */
static uint64_t any_number(struct random_source *r)
{
    uint64_t number = random_next(r) >> random_below(r, 64);
    return random_below(r, 8) == 0 ? UINT64_MAX - number : number;
}

static void a_sum_is_exact_or_the_largest_number(void **state)
{
    struct random_source r = {random_seed()};
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t part[PARTS];
        uint64_t forward = 0;
        uint64_t backward = 0;
        u128 exact = 0;
        for (int i = 0; i < PARTS; i++) {
            part[i] = any_number(&r);
            exact += part[i];
            forward = daqs_sum(forward, part[i]);
        }
        for (int i = PARTS; i-- > 0;)
            backward = daqs_sum(part[i], backward);
        assert_true(forward == (exact < UINT64_MAX ? (uint64_t)exact : UINT64_MAX));
        assert_true(forward == backward);
    }
}

static void any_double_becomes_a_number(void **state)
{
    struct random_source r = {random_seed()};
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        double a = (double)any_number(&r);
        double b = (double)any_number(&r);
        double product = a * b;
        uint64_t whole = daqs_whole(product);
        assert_true(product < 0x1p64 ? (double)whole <= product : whole == UINT64_MAX);
        assert_int_equal(daqs_whole(-product), 0);
    }
    assert_int_equal(daqs_whole(NAN), 0);
    assert_int_equal(daqs_whole(1.9), 1);
    assert_true(daqs_whole(INFINITY) == UINT64_MAX);
    assert_true(daqs_whole(0x1p64) == UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sum_is_exact_or_the_largest_number),
        cmocka_unit_test(any_double_becomes_a_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
