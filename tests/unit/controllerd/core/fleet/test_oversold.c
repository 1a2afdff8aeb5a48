/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <string.h>

#include "controllerd/core/fleet/oversold.h"

/* Hosts with two uplinks and nothing else. */
static char names[4][8] = {"node1", "node2", "up0", "up1"};
static struct fleet_uplink uplink[2];
static struct fleet_host host[2];
static struct oversold *oversold;

static int set_up(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        uplink[i] = (struct fleet_uplink){.name = names[2 + i]};
        host[i] = (struct fleet_host){.name = names[i], .uplinks = 2, .uplink = uplink};
    }
    oversold = oversold_new();
    return oversold ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    oversold_free(oversold);
    return 0;
}

static void an_uplink_knows_what_was_told_of_it(void **state)
{
    (void)state;
    assert_int_equal(oversold_put(oversold, "node1", "up1", 77), DAQS_OK);
    oversold_apply(oversold, &host[1]);
    assert_false(uplink[0].told.over || uplink[1].told.over);
    oversold_apply(oversold, &host[0]);
    assert_false(uplink[0].told.over);
    assert_true(uplink[1].told.over);
    assert_int_equal(uplink[1].told.over_since_ms, 77);
}

/* A loaded state applies only once; from then on the fleet's own state counts. */
static void it_is_told_once(void **state)
{
    (void)state;
    assert_int_equal(oversold_put(oversold, "node1", "up0", 77), DAQS_OK);
    assert_int_equal(oversold_put(oversold, "node1", "up1", 78), DAQS_OK);
    oversold_apply(oversold, &host[0]);
    memset(uplink, 0, sizeof uplink);
    uplink[0].name = names[2];
    uplink[1].name = names[3];
    oversold_apply(oversold, &host[0]);
    assert_false(uplink[0].told.over || uplink[1].told.over);
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
        IN_WORLD(an_uplink_knows_what_was_told_of_it),
        IN_WORLD(it_is_told_once),
        cmocka_unit_test(nothing_is_freed_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
