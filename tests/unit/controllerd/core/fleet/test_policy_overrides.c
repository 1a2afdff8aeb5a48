/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdbool.h>
#include <stdio.h>

#include "controllerd/core/fleet/policy_overrides.h"
#include "tests/lib/random.h"

/* A host with two uplinks and nothing else. */
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

static void assert_overrides(const struct policy_overrides *overrides, enum policy_mode up0,
                             enum policy_mode up1)
{
    policy_overrides_apply(overrides, POLICY_MODE_MINIMUM, &host);
    assert_int_equal(uplink[0].mode, up0);
    assert_int_equal(uplink[1].mode, up1);
}

static void a_forgotten_hosts_modes_go_and_no_others(void **state)
{
    struct policy_overrides overrides = {0};
    static const char *const hosts[] = {"node", "node1", "node10"};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(policy_overrides_put(&overrides, hosts[i], "", POLICY_MODE_OFF), DAQS_OK);
        assert_int_equal(policy_overrides_put(&overrides, hosts[i], "up1", POLICY_MODE_FAIR),
                         DAQS_OK);
    }
    assert_true(policy_overrides_has(&overrides, "node1"));
    assert_false(policy_overrides_has(&overrides, "node2"));
    policy_overrides_forget(&overrides, "node1");
    policy_overrides_forget(&overrides, "node2");
    assert_false(policy_overrides_has(&overrides, "node1"));
    assert_overrides(&overrides, POLICY_MODE_MINIMUM, POLICY_MODE_MINIMUM);
    assert_int_equal(overrides.count, 4);
    assert_true(policy_overrides_has(&overrides, "node") &&
                policy_overrides_has(&overrides, "node10"));
    policy_overrides_done(&overrides);
}

static void an_uplinks_own_mode_comes_before_its_hosts(void **state)
{
    struct policy_overrides overrides = {0};
    (void)state;
    assert_overrides(&overrides, POLICY_MODE_MINIMUM, POLICY_MODE_MINIMUM);
    assert_int_equal(policy_overrides_put(&overrides, "node1", "", POLICY_MODE_OFF), DAQS_OK);
    assert_int_equal(policy_overrides_put(&overrides, "node1", "up1", POLICY_MODE_FAIR), DAQS_OK);
    assert_overrides(&overrides, POLICY_MODE_OFF, POLICY_MODE_FAIR);
    policy_overrides_remove(&overrides, "node1", "");
    assert_overrides(&overrides, POLICY_MODE_MINIMUM, POLICY_MODE_FAIR);
    policy_overrides_remove(&overrides, "node1", "up1");
    policy_overrides_remove(&overrides, "node1", "up1");
    assert_overrides(&overrides, POLICY_MODE_MINIMUM, POLICY_MODE_MINIMUM);
    assert_int_equal(overrides.count, 0);
    policy_overrides_done(&overrides);
}

static void other_hosts_do_not_matter(void **state)
{
    struct policy_overrides overrides = {0};
    (void)state;
    assert_int_equal(policy_overrides_put(&overrides, "node2", "", POLICY_MODE_OFF), DAQS_OK);
    assert_int_equal(policy_overrides_put(&overrides, "node2", "up0", POLICY_MODE_OFF), DAQS_OK);
    assert_overrides(&overrides, POLICY_MODE_MINIMUM, POLICY_MODE_MINIMUM);
    policy_overrides_done(&overrides);
}

static void the_last_word_counts(void **state)
{
    struct policy_overrides overrides = {0};
    (void)state;
    assert_int_equal(policy_overrides_put(&overrides, "node1", "up0", POLICY_MODE_OFF), DAQS_OK);
    assert_int_equal(policy_overrides_put(&overrides, "node1", "up0", POLICY_MODE_WEIGHTED),
                     DAQS_OK);
    assert_int_equal(overrides.count, 1);
    assert_overrides(&overrides, POLICY_MODE_WEIGHTED, POLICY_MODE_MINIMUM);
    policy_overrides_done(&overrides);
}

/* Put and removed in random order, each present entry is found, and no removed one. */
static void among_many_each_is_found(void **state)
{
    enum { HOSTS = 40, CHANGES = 5000 };
    static const enum policy_mode none = POLICY_MODE_MINIMUM;
    enum policy_mode wanted[HOSTS][2];
    struct random_source random = {random_seed()};
    struct policy_overrides overrides = {0};
    (void)state;
    for (int h = 0; h < HOSTS; h++)
        wanted[h][0] = wanted[h][1] = none;
    for (int i = 0; i < CHANGES; i++) {
        char name[16];
        uint64_t h = random_below(&random, HOSTS);
        uint64_t u = random_below(&random, 2);
        bool put = random_below(&random, 2);
        (void)snprintf(name, sizeof name, "host%u", (unsigned)h);
        wanted[h][u] = put ? POLICY_MODE_OFF + (enum policy_mode)random_below(&random, 3) : none;
        if (put)
            assert_int_equal(policy_overrides_put(&overrides, name, uplink[u].name, wanted[h][u]),
                             DAQS_OK);
        else
            policy_overrides_remove(&overrides, name, uplink[u].name);
        h = random_below(&random, HOSTS);
        (void)snprintf(name, sizeof name, "host%u", (unsigned)h);
        host.name = name;
        assert_overrides(&overrides, wanted[h][0], wanted[h][1]);
    }
    policy_overrides_done(&overrides);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_forgotten_hosts_modes_go_and_no_others, make_host),
        cmocka_unit_test_setup(an_uplinks_own_mode_comes_before_its_hosts, make_host),
        cmocka_unit_test_setup(other_hosts_do_not_matter, make_host),
        cmocka_unit_test_setup(the_last_word_counts, make_host),
        cmocka_unit_test_setup(among_many_each_is_found, make_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
