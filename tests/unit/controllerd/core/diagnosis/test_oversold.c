/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include "controllerd/core/diagnosis/oversold.h"
#include "shared/base/error.h"

static struct oversold *oversold;

static int set_up(void **state)
{
    (void)state;
    oversold = oversold_new();
    return oversold ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    oversold_free(oversold);
    return 0;
}

static void assert_unknown(const char *host, const char *uplink)
{
    int64_t since_ms = 5;
    assert_false(oversold_take(oversold, host, uplink, &since_ms));
    assert_int_equal(since_ms, 5);
}

static void an_uplink_is_known_by_its_host_and_name(void **state)
{
    int64_t since_ms = 0;
    (void)state;
    assert_unknown("node1", "up1");
    assert_int_equal(oversold_put(oversold, "node1", "up1", 77), DAQS_OK);
    assert_unknown("node2", "up1");
    assert_unknown("node1", "up0");
    assert_true(oversold_take(oversold, "node1", "up1", &since_ms));
    assert_int_equal(since_ms, 77);
}

/* A loaded state applies only once. */
static void an_uplink_is_taken_once(void **state)
{
    int64_t since_ms = 0;
    (void)state;
    assert_int_equal(oversold_put(oversold, "node1", "up0", 77), DAQS_OK);
    assert_int_equal(oversold_put(oversold, "node1", "up1", 78), DAQS_OK);
    assert_true(oversold_take(oversold, "node1", "up0", &since_ms));
    assert_unknown("node1", "up0");
    assert_true(oversold_take(oversold, "node1", "up1", &since_ms));
    assert_int_equal(since_ms, 78);
}

static void any_uplink_of_a_host_is_taken(void **state)
{
    char uplink[DAQS_NAME_MAX + 1];
    int64_t since_ms = 0;
    (void)state;
    assert_false(oversold_take_any(oversold, "node1", uplink, &since_ms));
    assert_int_equal(oversold_put(oversold, "node10", "up0", 76), DAQS_OK);
    assert_int_equal(oversold_put(oversold, "node1", "up7", 77), DAQS_OK);
    assert_true(oversold_take_any(oversold, "node1", uplink, &since_ms));
    assert_string_equal(uplink, "up7");
    assert_int_equal(since_ms, 77);
    assert_false(oversold_take_any(oversold, "node1", uplink, &since_ms));
    assert_true(oversold_take(oversold, "node10", "up0", &since_ms));
}

static void nothing_is_freed_well(void **state)
{
    (void)state;
    oversold_free(NULL);
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_WORLD(an_uplink_is_known_by_its_host_and_name),
        IN_WORLD(an_uplink_is_taken_once),
        IN_WORLD(any_uplink_of_a_host_is_taken),
        cmocka_unit_test(nothing_is_freed_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
