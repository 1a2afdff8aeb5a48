#include "tests/lib/check.h"

#include <stdio.h>

#include "controllerd/core/quota.h"

static void a_bucket_takes_what_it_holds_and_leaks(void **state)
{
    struct bucket bucket = {0};
    (void)state;
    assert_true(bucket_take(&bucket, 1000000, 3000000, 5000));
    assert_true(bucket_take(&bucket, 1000000, 3000000, 5000));
    assert_true(bucket_take(&bucket, 1000000, 3000000, 5000));
    assert_false(bucket_take(&bucket, 1000000, 3000000, 5000));
    assert_false(bucket_take(&bucket, 1000000, 3000000, 5999));
    assert_true(bucket_take(&bucket, 1000000, 3000000, 6000));
    assert_false(bucket_take(&bucket, 1, 3000000, 6000));
}

static void what_is_refused_costs_nothing(void **state)
{
    struct bucket bucket = {0};
    (void)state;
    assert_true(bucket_take(&bucket, 1000000, 1000000, 0));
    for (int i = 0; i < 100; i++)
        assert_false(bucket_take(&bucket, 1000000, 1000000, 999));
    assert_true(bucket_take(&bucket, 1000000, 1000000, 1000));
}

static int taken(struct quota *quota, const char *who, uint32_t a_second, int64_t now_ms, int tries)
{
    int count = 0;
    for (int i = 0; i < tries; i++)
        count += quota_take(quota, who, a_second, now_ms);
    return count;
}

static void each_has_its_own(void **state)
{
    struct quota *quota = quota_new();
    (void)state;
    assert_non_null(quota);
    assert_int_equal(taken(quota, "alice", 10, 0, 100), 20);
    assert_int_equal(taken(quota, "bob", 10, 0, 100), 20);
    assert_int_equal(taken(quota, "alice", 10, 500, 100), 5);
    assert_int_equal(taken(quota, "alice", 10, 60000, 100), 20);
    quota_free(quota);
}

static void many_of_whom_nothing_is_to_be_remembered_are_forgotten(void **state)
{
    struct quota *quota = quota_new();
    char who[32];
    (void)state;
    assert_non_null(quota);
    assert_int_equal(taken(quota, "alice", 1, 100000, 100), 2);
    for (int i = 0; i < 20000; i++) {
        (void)snprintf(who, sizeof who, "192.0.2.%d", i);
        assert_true(quota_take(quota, who, 1000, 100000 + i));
    }
    assert_true(quota_count(quota) < 5000);
    quota_free(quota);
}

static void who_has_taken_too_much_is_remembered_among_many(void **state)
{
    struct quota *quota = quota_new();
    char who[32];
    (void)state;
    assert_non_null(quota);
    assert_int_equal(taken(quota, "mallory", 1, 1000, 100), 2);
    for (int i = 0; i < 20000; i++) {
        (void)snprintf(who, sizeof who, "192.0.2.%d", i);
        (void)quota_take(quota, who, 1000000, 1001 + i / 100);
    }
    assert_false(quota_take(quota, "mallory", 1, 1500));
    quota_free(quota);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bucket_takes_what_it_holds_and_leaks),
        cmocka_unit_test(what_is_refused_costs_nothing),
        cmocka_unit_test(each_has_its_own),
        cmocka_unit_test(many_of_whom_nothing_is_to_be_remembered_are_forgotten),
        cmocka_unit_test(who_has_taken_too_much_is_remembered_among_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
