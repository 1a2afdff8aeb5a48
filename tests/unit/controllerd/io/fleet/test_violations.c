/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdlib.h>

#include "controllerd/io/fleet/violations.h"
#include "tests/lib/made_up.h"

static const int64_t start = 1000000;
struct world {
    struct fleet *fleet;
    struct ledger *ledger;
    struct accounting *accounting;
    struct violations *violations;
    struct fleet_host *host;
};

static void hello(struct world *w, uint64_t generation, uint32_t vms, int64_t now_ms)
{
    struct daqs_uplink_info uplink[] = {{"up0", 10 * GBIT}};
    struct daqs_vm_info vm[] = {{.name = "gold", .uuid = ""}, {.name = "silver", .uuid = ""}};
    struct daqs_nic_info nic[] = {{0, 0, {{2, 0, 0, 0, 0, 1}}, 0}, {1, 0, {{2, 0, 0, 0, 0, 2}}, 0}};
    const struct daqs_inventory inventory = {1, vms, vms, uplink, vm, nic, 0, NULL};
    assert_int_equal(fleet_hello(w->fleet, w->ledger, "node1", "1.0", 1, generation, 100,
                                 &inventory, now_ms, &w->host, NULL),
                     DAQS_OK);
    w->host->connected = true;
    assert_true(accounting_hello(w->accounting, w->host));
}

static int make_world(void **state)
{
    const struct sla sla = {.min = 2 * GBIT, .max = DAQS_UNLIMITED, .weight = 1};
    struct world *w = calloc(1, sizeof *w);
    *state = w;
    if (!w)
        return -1;
    w->fleet = fleet_new(10, DAQS_MAX_NICS);
    w->ledger = ledger_new();
    w->accounting = accounting_new();
    w->violations = violations_new(NULL, w->fleet, w->accounting); /* only logged */
    if (!w->violations || ledger_put(w->ledger, "node1", "gold", &sla, 0, "eve") != DAQS_OK ||
        ledger_put(w->ledger, "node1", "silver", &sla, 0, "eve") != DAQS_OK)
        return -1;
    hello(w, 1, 2, start);
    return 0;
}

static int end_world(void **state)
{
    struct world *w = *state;
    violations_free(w->violations);
    accounting_free(w->accounting);
    fleet_free(w->fleet);
    ledger_free(w->ledger);
    free(w);
    return 0;
}

/* A closed second in which the guarantee of VM number 'member' began to be missed, or is kept
 * again. */
static void close_second(struct world *w, uint32_t member, enum attainment_change change)
{
    const struct accounting_change closed = {.member = member, .change = change, .usage = GBIT};
    made_up(w->accounting, w->host, member)->attainment.violated = change == ATTAINMENT_VIOLATED;
    violations_take(w->violations, w->host, &closed, 1);
}

static void one_begins_and_ends_with_its_member(void **state)
{
    struct world *w = *state;
    close_second(w, 0, ATTAINMENT_VIOLATED);
    close_second(w, 1, ATTAINMENT_VIOLATED);
    assert_int_equal(violations_count(w->violations), 2);
    assert_string_equal(violations_first(w->violations)->vm, "gold");
    close_second(w, 0, ATTAINMENT_HELD_AGAIN);
    assert_int_equal(violations_count(w->violations), 1);
    assert_string_equal(violations_first(w->violations)->vm, "silver");
}

static void one_that_lasts_stays(void **state)
{
    struct world *w = *state;
    close_second(w, 0, ATTAINMENT_VIOLATED);
    for (int64_t ms = 0; ms < 2000; ms += 100)
        violations_tick(w->violations, start + ms);
    assert_int_equal(violations_count(w->violations), 1);
}

static void with_a_host_that_does_not_report_it_ends(void **state)
{
    struct world *w = *state;
    close_second(w, 0, ATTAINMENT_VIOLATED);
    violations_tick(w->violations, start + FLEET_PATIENCE_MS);
    assert_int_equal(violations_count(w->violations), 0);
}

static void with_a_vm_that_is_gone_it_ends(void **state)
{
    struct world *w = *state;
    close_second(w, 1, ATTAINMENT_VIOLATED);
    hello(w, 2, 1, start);
    violations_tick(w->violations, start);
    assert_int_equal(violations_count(w->violations), 0);
}

static void without_a_guarantee_it_ends(void **state)
{
    struct world *w = *state;
    close_second(w, 0, ATTAINMENT_VIOLATED);
    assert_true(ledger_remove(w->ledger, "node1", "gold"));
    fleet_refresh_slas(w->host, w->ledger);
    violations_tick(w->violations, start);
    assert_int_equal(violations_count(w->violations), 0);
}

static void with_the_controller_all_end(void **state)
{
    struct world *w = *state;
    close_second(w, 0, ATTAINMENT_VIOLATED);
    close_second(w, 1, ATTAINMENT_VIOLATED);
    violations_stop(w->violations);
    assert_int_equal(violations_count(w->violations), 0);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, make_world, end_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(one_begins_and_ends_with_its_member),
        CASE(one_that_lasts_stays),
        CASE(with_a_host_that_does_not_report_it_ends),
        CASE(with_a_vm_that_is_gone_it_ends),
        CASE(without_a_guarantee_it_ends),
        CASE(with_the_controller_all_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
