/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <arpa/inet.h>

#include "shared/net/address_limit.h"
#include "tests/lib/random.h"

static const uint8_t key[ADDRESS_LIMIT_KEY_BYTES] = "sixteen letters";
static const int64_t second_us = 1000000;

static struct sockaddr_storage of(const char *text)
{
    struct sockaddr_storage address = {0};
    struct sockaddr_in *four = (struct sockaddr_in *)&address;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)&address;
    address.ss_family = AF_INET;
    if (inet_pton(AF_INET, text, &four->sin_addr) == 1)
        return address;
    address.ss_family = AF_INET6;
    assert_int_equal(inet_pton(AF_INET6, text, &six->sin6_addr), 1);
    return address;
}

/* Returns how many of 'count' simultaneous connections are allowed. */
static unsigned come(struct address_limit *limit, const char *from, unsigned count, int64_t now_us)
{
    const struct sockaddr_storage address = of(from);
    unsigned allowed = 0;
    for (unsigned i = 0; i < count; i++)
        allowed += address_limit_take(limit, &address, now_us);
    return allowed;
}

static void as_many_as_in_a_second_come_at_once(void **state)
{
    struct address_limit limit;
    (void)state;
    address_limit_init(&limit, key, 50);
    assert_int_equal(come(&limit, "192.0.2.1", 100, 0), 50);
    assert_int_equal(come(&limit, "192.0.2.1", 100, 0), 0);
    address_limit_init(&limit, key, 1);
    assert_int_equal(come(&limit, "192.0.2.1", 100, 5), 1);
    address_limit_init(&limit, key, 1000000);
    assert_int_equal(come(&limit, "192.0.2.1", 1000, 5), 1000);
}

static void then_as_many_as_time_has_passed_for(void **state)
{
    struct address_limit limit;
    (void)state;
    address_limit_init(&limit, key, 50);
    assert_int_equal(come(&limit, "192.0.2.1", 100, 0), 50);
    assert_int_equal(come(&limit, "192.0.2.1", 100, second_us / 50 - 1), 0);
    assert_int_equal(come(&limit, "192.0.2.1", 100, second_us / 50), 1);
    assert_int_equal(come(&limit, "192.0.2.1", 100, second_us / 2), 24);
    assert_int_equal(come(&limit, "192.0.2.1", 100, 9 * second_us), 50);
}

static void addresses_do_not_know_of_each_other(void **state)
{
    struct address_limit limit;
    (void)state;
    address_limit_init(&limit, key, 3);
    assert_int_equal(come(&limit, "192.0.2.1", 9, 0), 3);
    assert_int_equal(come(&limit, "192.0.2.2", 9, 0), 3);
    assert_int_equal(come(&limit, "::ffff:192.0.2.1", 9, 0), 0); /* the same address */
    assert_int_equal(come(&limit, "2001:db8:0:1::1", 9, 0), 3);
    assert_int_equal(come(&limit, "2001:db8:0:1:7::", 9, 0),
                     0); /* one machine may own a whole /64 */
    assert_int_equal(come(&limit, "2001:db8:0:2::1", 9, 0), 3);
}

static void an_invalid_address_has_no_bound(void **state)
{
    struct address_limit limit;
    const struct sockaddr_storage local = {.ss_family = AF_UNIX};
    (void)state;
    address_limit_init(&limit, key, 1);
    for (int i = 0; i < 100; i++)
        assert_true(address_limit_take(&limit, &local, 0));
}

/* Random arrivals: never more than the burst plus one per interval, and not far fewer. */
static void nobody_comes_more_often_than_they_may(void **state)
{
    struct address_limit limit;
    const struct sockaddr_storage address = of("192.0.2.1");
    struct random_source rng = {random_seed()};
    (void)state;
    for (int run = 0; run < 200; run++) {
        uint32_t a_second = (uint32_t)(1 + random_below(&rng, 1000));
        int64_t now_us = (int64_t)random_below(&rng, 1000000000);
        int64_t began_us = now_us;
        int64_t allowed = 0;
        address_limit_init(&limit, key, a_second);
        for (int i = 0; i < 1000; i++) {
            now_us += (int64_t)random_below(&rng, (uint64_t)(2 * second_us / a_second));
            allowed += address_limit_take(&limit, &address, now_us);
            int64_t most = a_second + (now_us - began_us) * a_second / second_us + 2;
            assert_true(allowed <= most + allowed / 100); /* intervals are whole microseconds */
        }
        assert_true(allowed >= 400);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_many_as_in_a_second_come_at_once),
        cmocka_unit_test(then_as_many_as_time_has_passed_for),
        cmocka_unit_test(addresses_do_not_know_of_each_other),
        cmocka_unit_test(an_invalid_address_has_no_bound),
        cmocka_unit_test(nobody_comes_more_often_than_they_may),
    };
    return cmocka_run_group_tests_name("address_limit", tests, NULL, NULL);
}
