#include "tests/lib/check.h"

#include "controllerd/core/modes.h"

/* A host of two uplinks, without anything else. */
static char names[3][8] = {"node1", "up0", "up1"};
static struct fleet_uplink uplink[2];
static struct fleet_host host;

static int make_host(void **state)
{
    (void)state;
    uplink[0] = (struct fleet_uplink){.name = names[1]};
    uplink[1] = (struct fleet_uplink){.name = names[2]};
    host = (struct fleet_host){.name = names[0], .uplinks = 2, .uplink = uplink};
    return 0;
}

static void assert_modes(const struct modes *modes, enum policy_mode up0, enum policy_mode up1)
{
    modes_apply(modes, POLICY_MODE_MINIMUM, &host);
    assert_int_equal(uplink[0].mode, up0);
    assert_int_equal(uplink[1].mode, up1);
}

static void an_uplinks_own_mode_comes_before_its_hosts(void **state)
{
    struct modes modes = {0};
    (void)state;
    assert_modes(&modes, POLICY_MODE_MINIMUM, POLICY_MODE_MINIMUM);
    assert_int_equal(modes_put(&modes, "node1", "", POLICY_MODE_OFF), DAQS_OK);
    assert_int_equal(modes_put(&modes, "node1", "up1", POLICY_MODE_FAIR), DAQS_OK);
    assert_modes(&modes, POLICY_MODE_OFF, POLICY_MODE_FAIR);
    modes_remove(&modes, "node1", "");
    assert_modes(&modes, POLICY_MODE_MINIMUM, POLICY_MODE_FAIR);
    modes_remove(&modes, "node1", "up1");
    modes_remove(&modes, "node1", "up1");
    assert_modes(&modes, POLICY_MODE_MINIMUM, POLICY_MODE_MINIMUM);
    assert_int_equal(modes.count, 0);
    modes_done(&modes);
}

static void other_hosts_do_not_matter(void **state)
{
    struct modes modes = {0};
    (void)state;
    assert_int_equal(modes_put(&modes, "node2", "", POLICY_MODE_OFF), DAQS_OK);
    assert_int_equal(modes_put(&modes, "node2", "up0", POLICY_MODE_OFF), DAQS_OK);
    assert_modes(&modes, POLICY_MODE_MINIMUM, POLICY_MODE_MINIMUM);
    modes_done(&modes);
}

static void the_last_word_counts(void **state)
{
    struct modes modes = {0};
    (void)state;
    assert_int_equal(modes_put(&modes, "node1", "up0", POLICY_MODE_OFF), DAQS_OK);
    assert_int_equal(modes_put(&modes, "node1", "up0", POLICY_MODE_WEIGHTED), DAQS_OK);
    assert_int_equal(modes.count, 1);
    assert_modes(&modes, POLICY_MODE_WEIGHTED, POLICY_MODE_MINIMUM);
    modes_done(&modes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_uplinks_own_mode_comes_before_its_hosts, make_host),
        cmocka_unit_test_setup(other_hosts_do_not_matter, make_host),
        cmocka_unit_test_setup(the_last_word_counts, make_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
