/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include "shared/policy/water_fill.h"
#include "tests/lib/random.h"

#include <math.h>
#include <string.h>

static uint64_t share_of(const struct water_fill *item, size_t count, uint32_t id)
{
    for (size_t i = 0; i < count; i++)
        if (item[i].id == id)
            return item[i].share;
    fail_msg("item %u was lost", id);
    return 0;
}

static void nothing_to_share_gives_nothing(void **state)
{
    struct water_fill item[] = {{.cap = 10, .weight = 1}, {.cap = 20, .weight = 1, .id = 1}};
    (void)state;
    water_fill(item, 2, 0);
    assert_int_equal(share_of(item, 2, 0), 0);
    assert_int_equal(share_of(item, 2, 1), 0);
    water_fill(item, 0, 100);
}

static void enough_for_all_gives_all_their_caps(void **state)
{
    struct water_fill item[] = {{.cap = 10, .weight = 1}, {.cap = 20, .weight = 7, .id = 1}};
    (void)state;
    water_fill(item, 2, 30);
    assert_int_equal(share_of(item, 2, 0), 10);
    assert_int_equal(share_of(item, 2, 1), 20);
}

static void the_rest_of_a_small_one_goes_to_the_others(void **state)
{
    struct water_fill item[] = {{.cap = 10, .weight = 1, .id = 0},
                                {.cap = 1000, .weight = 1, .id = 1},
                                {.cap = 1000, .weight = 1, .id = 2}};
    (void)state;
    water_fill(item, 3, 100);
    assert_int_equal(share_of(item, 3, 0), 10);
    assert_int_equal(share_of(item, 3, 1), 45);
    assert_int_equal(share_of(item, 3, 2), 45);
}

static void shares_follow_weights(void **state)
{
    struct water_fill item[] = {{.cap = 1000, .weight = 1, .id = 0},
                                {.cap = 1000, .weight = 3, .id = 1}};
    (void)state;
    water_fill(item, 2, 100);
    assert_int_equal(share_of(item, 2, 0), 25);
    assert_int_equal(share_of(item, 2, 1), 75);
}

static void largest_numbers_do_not_overflow(void **state)
{
    const uint64_t most = WATER_FILL_CAP_MAX;
    const uint32_t heavy = WATER_FILL_WEIGHT_MAX;
    struct water_fill item[] = {{.cap = most, .weight = heavy, .id = 0},
                                {.cap = most, .weight = heavy, .id = 1},
                                {.cap = most, .weight = 1, .id = 2}};
    struct water_fill rich[] = {{.cap = 7, .weight = heavy, .id = 0},
                                {.cap = most, .weight = 1, .id = 1}};
    (void)state;
    water_fill(item, 3, most);
    assert_true(share_of(item, 3, 0) > most / 2 - most / 1000);
    assert_int_equal(share_of(item, 3, 0), share_of(item, 3, 1));
    water_fill(rich, 2, most);
    assert_int_equal(share_of(rich, 2, 0), 7);
    assert_int_equal(share_of(rich, 2, 1), most - 7);
    water_fill(rich, 2, UINT64_MAX);
    assert_int_equal(share_of(rich, 2, 0), 7);
    assert_int_equal(share_of(rich, 2, 1), most);
}

/* Computes the level by bisection in floating point: slow, but obviously correct. */
static double oracle_level(const struct water_fill *item, size_t count, double amount)
{
    double low = 0;
    double high = 1e19;
    for (int i = 0; i < 200; i++) {
        double level = (low + high) / 2;
        double sum = 0;
        for (size_t k = 0; k < count; k++)
            sum += fmin((double)item[k].cap, level * item[k].weight);
        if (sum <= amount)
            low = level;
        else
            high = level;
    }
    return low;
}

/* Returns caps of one of several distributions: uniform, many equal, most alike, a few far above
 * the others. */
static uint64_t random_cap(struct random_source *r, uint64_t shape)
{
    const uint64_t most = 20000000000;
    switch (shape) {
    case 0:
        return random_below(r, most);
    case 1:
        return random_below(r, 4);
    case 2:
        return most + random_below(r, 1000);
    default:
        return random_below(r, 20) ? random_below(r, 1000) : most * (1 + random_below(r, 1000));
    }
}

static void check_case(struct random_source *r, struct water_fill *item, size_t count)
{
    static struct water_fill asked[2048];
    uint64_t shape = random_below(r, 4);
    uint64_t caps = 0;
    for (uint32_t i = 0; i < count; i++) {
        item[i] = asked[i] = (struct water_fill){
            .cap = random_cap(r, shape), .weight = 1 + (uint32_t)random_below(r, 9), .id = i};
        caps += item[i].cap;
    }
    uint64_t amount = random_below(r, caps + caps / 4 + 2);
    double level = oracle_level(asked, count, (double)amount);
    water_fill(item, count, amount);
    uint64_t sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct water_fill *want = &asked[item[i].id];
        double expected = fmin((double)want->cap, level * want->weight);
        sum += item[i].share;
        assert_true(item[i].share <= want->cap);
        assert_true(fabs((double)item[i].share - expected) <= 2 + expected * 1e-9);
    }
    assert_true(sum <= amount);
}

static void agrees_with_a_slow_oracle_on_random_cases(void **state)
{
    enum { FEW = 5000, MANY = 200 };
    static struct water_fill item[2048];
    struct random_source r = {random_seed()};
    (void)state;
    for (int c = 0; c < FEW; c++)
        check_case(&r, item, 1 + random_below(&r, 70));
    for (int c = 0; c < MANY; c++)
        check_case(&r, item, 200 + random_below(&r, 1800));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_to_share_gives_nothing),
        cmocka_unit_test(enough_for_all_gives_all_their_caps),
        cmocka_unit_test(the_rest_of_a_small_one_goes_to_the_others),
        cmocka_unit_test(shares_follow_weights),
        cmocka_unit_test(largest_numbers_do_not_overflow),
        cmocka_unit_test(agrees_with_a_slow_oracle_on_random_cases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
