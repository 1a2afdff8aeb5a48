/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include "tests/lib/random.h"
#include "tools/fleetsim/traffic.h"

static struct traffic_sender sender(daqs_bps demand, uint32_t flows)
{
    return (struct traffic_sender){.demand = demand, .limit = DAQS_UNLIMITED, .flows = flows};
}

static void with_room_for_all_each_sends_its_demand(void **state)
{
    struct traffic_sender s[] = {sender(3 * GBIT, 1), sender(GBIT, 1)};
    (void)state;
    traffic_share(s, 2, 10 * GBIT);
    assert_int_equal(s[0].rate, 3 * GBIT);
    assert_int_equal(s[1].rate, GBIT);
}

static void a_limit_holds(void **state)
{
    struct traffic_sender s[] = {sender(3 * GBIT, 1), sender(GBIT, 1)};
    (void)state;
    s[0].limit = GBIT;
    s[1].limit = 2 * GBIT;
    traffic_share(s, 2, 10 * GBIT);
    assert_int_equal(s[0].rate, GBIT);
    assert_int_equal(s[1].rate, GBIT);
}

static void a_full_uplink_is_shared_by_flows(void **state)
{
    struct traffic_sender s[] = {sender(10 * GBIT, 1), sender(10 * GBIT, 4)};
    (void)state;
    traffic_share(s, 2, 5 * GBIT);
    assert_int_equal(s[0].rate, GBIT);
    assert_int_equal(s[1].rate, 4 * GBIT);
}

static void a_sender_that_wants_less_than_its_share_gets_its_demand(void **state)
{
    struct traffic_sender s[] = {sender(GBIT / 2, 1), sender(10 * GBIT, 1), sender(10 * GBIT, 2)};
    (void)state;
    traffic_share(s, 3, 5 * GBIT);
    assert_int_equal(s[0].rate, GBIT / 2);
    assert_int_equal(s[1].rate, GBIT * 3 / 2);
    assert_int_equal(s[2].rate, GBIT * 3);
}

static void nobody_is_not_a_problem(void **state)
{
    (void)state;
    traffic_share(NULL, 0, GBIT);
}

/* The sum is never more than is wanted or available, and never less than available if more is
 * wanted (apart from rounding, one bit for each flow). No sender that gets less than it wants has
 * less per flow than another. */
static void whatever_is_wanted_the_uplink_is_shared_out(void **state)
{
    struct random_source random = {random_seed()};
    (void)state;
    for (int round = 0; round < 2000; round++) {
        struct traffic_sender s[100];
        size_t n = 1 + random_below(&random, 100);
        daqs_bps wanted = 0;
        daqs_bps sum = 0;
        for (size_t i = 0; i < n; i++) {
            s[i] = sender(random_below(&random, GBIT), 1 + (uint32_t)random_below(&random, 16));
            if (random_below(&random, 3) == 0)
                s[i].limit = random_below(&random, GBIT);
            wanted += daqs_lower(s[i].demand, s[i].limit);
        }
        daqs_bps capacity = random_below(&random, 40 * GBIT);
        traffic_share(s, n, capacity);
        daqs_bps level = DAQS_UNLIMITED; /* per flow, of senders that get less than they want */
        for (size_t i = 0; i < n; i++) {
            daqs_bps mine = daqs_lower(s[i].demand, s[i].limit);
            assert_true(s[i].rate <= mine);
            sum += s[i].rate;
            if (s[i].rate < mine)
                level = daqs_lower(level, s[i].rate / s[i].flows);
        }
        assert_true(sum <= capacity);
        assert_true(sum + 1600 >= daqs_lower(wanted, capacity));
        for (size_t i = 0; i < n && level != DAQS_UNLIMITED; i++)
            assert_true(s[i].rate / s[i].flows <= level + 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_room_for_all_each_sends_its_demand),
        cmocka_unit_test(a_limit_holds),
        cmocka_unit_test(a_full_uplink_is_shared_by_flows),
        cmocka_unit_test(a_sender_that_wants_less_than_its_share_gets_its_demand),
        cmocka_unit_test(nobody_is_not_a_problem),
        cmocka_unit_test(whatever_is_wanted_the_uplink_is_shared_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
