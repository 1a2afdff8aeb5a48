/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdlib.h>

#include "controllerd/core/fleet/obedience.h"
#include "controllerd/core/sla/ledger.h"

struct scene {
    struct fleet *fleet;
    struct ledger *ledger;
};

static int make_scene(void **state)
{
    struct scene *s = calloc(1, sizeof *s);
    if (!s)
        return -1;
    s->fleet = fleet_new(4, 4);
    s->ledger = ledger_new();
    *state = s;
    return s->fleet && s->ledger ? 0 : -1;
}

static int end_scene(void **state)
{
    struct scene *s = *state;
    fleet_free(s->fleet);
    ledger_free(s->ledger);
    free(s);
    return 0;
}

static struct fleet_host *host(struct scene *s, const char *name, uint64_t obeyed, uint64_t epoch)
{
    static const struct daqs_inventory nothing = {0};
    struct fleet_host *host = NULL;
    struct daqs_error err = {0};
    assert_int_equal(
        fleet_hello(s->fleet, s->ledger, name, "", 1, 1, 100, &nothing, 0, &host, &err), DAQS_OK);
    obedience_hello(host, obeyed, epoch);
    return host;
}

static void a_host_that_obeyed_a_higher_epoch_disobeys_until_the_epoch_is_above_it(void **state)
{
    const struct fleet_host *a = host(*state, "a", 20, 10);
    const struct fleet_host *b = host(*state, "b", 5, 10);
    const struct scene *s = *state;
    assert_true(a->fenced);
    assert_false(b->fenced);
    assert_int_equal(obedience_of(s->fleet, 100).disobey, 1);
    obedience_raised(s->fleet, 21);
    assert_false(a->fenced);
    assert_int_equal(a->epoch, 21);
    assert_int_equal(b->epoch, 21);
}

static void a_host_keeps_its_own_higher_epoch_when_the_controllers_is_raised(void **state)
{
    const struct fleet_host *a = host(*state, "a", 40, 41);
    const struct scene *s = *state;
    assert_false(a->fenced);
    obedience_raised(s->fleet, 21);
    assert_int_equal(a->epoch, 41);
    assert_false(a->fenced);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_host_that_obeyed_a_higher_epoch_disobeys_until_the_epoch_is_above_it, make_scene,
            end_scene),
        cmocka_unit_test_setup_teardown(
            a_host_keeps_its_own_higher_epoch_when_the_controllers_is_raised, make_scene,
            end_scene),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
