/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/relocation_world.h"

/* --- identity --- */

static void the_uuid_of_a_vm_that_is_seen_is_learned(void **state)
{
    struct world *w = *state;
    put(w, "a", "db1", "", GBIT);
    put(w, "a", "later", "", GBIT);
    hello(w, "a", "db1=u1 free=u2");
    relocation(w, "a", "a/db1 is u1");
    assert_sla(w, "a", "db1", GBIT, "u1");
    assert_false(w->wait);
}

static void a_vm_without_uuid_is_known_by_its_name_alone(void **state)
{
    struct world *w = *state;
    put(w, "a", "db1", "", GBIT);
    hello(w, "a", "db1=");
    hello(w, "b", "db1=");
    relocation(w, "a", "");
    relocation(w, "b", "");
    hello(w, "a", "db2=");
    pass(w, RELOCATION_SETTLED_MS, NULL);
    relocation(w, "a", "");
    relocation(w, "b", "");
    assert_false(w->wait);
}

static void a_vm_created_again_under_its_name_keeps_the_sla(void **state)
{
    struct world *w = *state;
    put(w, "a", "db1", "u1", GBIT);
    hello(w, "a", "db1=u9");
    relocation(w, "a", "a/db1 is u9");
}

static void a_new_vm_does_not_take_the_sla_of_one_that_is_elsewhere(void **state)
{
    struct world *w = *state;
    hello(w, "a", "db1=u1");
    put(w, "a", "db1", "u1", GBIT);
    hello(w, "a", "db1=u9 db2=u1"); /* renamed, and a new VM has the old name */
    relocation(w, "a", "rename from a/db1 to a/db2");
    assert_null(ledger_find(w->ledger, "a", "db1"));
}

static void after_a_start_nobody_is_thought_gone_too_soon(void **state)
{
    struct world *w = *state;
    w->now_ms = 1000;
    put(w, "a", "db1", "u1", GBIT);
    hello(w, "b", "db1=u1");
    relocation(w, "b", "");
    assert_true(w->wait); /* host a has not reported yet */
    put(w, "b", "web", "u2", GBIT);
    hello(w, "b", "web=u9");
    relocation(w, "b", "");
    assert_true(w->wait); /* u2 may be on a */
    pass(w, RELOCATION_STARTED_MS, NULL);
    relocation(w, "b", "b/web is u9");
}

/* --- new names --- */

static void a_renamed_vm_takes_its_sla_along(void **state)
{
    struct world *w = *state;
    hello(w, "a", "db1=u1");
    put(w, "a", "db1", "u1", 3 * GBIT);
    hello(w, "a", "db2=u1");
    relocation(w, "a", "rename from a/db1 to a/db2");
    assert_sla(w, "a", "db2", 3 * GBIT, "u1");
    assert_null(ledger_find(w->ledger, "a", "db1"));
    relocation(w, "a", "");
}

static void two_that_swap_their_names_swap_their_slas(void **state)
{
    struct world *w = *state;
    hello(w, "a", "db1=u1 db2=u2");
    put(w, "a", "db1", "u1", GBIT);
    put(w, "a", "db2", "u2", 2 * GBIT);
    hello(w, "a", "db1=u2 db2=u1");
    relocation(w, "a", "rename from a/db1 to a/db2, rename from a/db2 to a/db1");
    assert_sla(w, "a", "db2", GBIT, "u1");
    assert_sla(w, "a", "db1", 2 * GBIT, "u2");
    assert_int_equal(ledger_count(w->ledger), 2);
}

static void names_may_go_round_and_along_a_chain(void **state)
{
    struct world *w = *state;
    for (int i = 0; i < 3; i++) {
        static const char *const names[] = {"a1", "a2", "a3"};
        static const char *const uuids[] = {"u1", "u2", "u3"};
        put(w, "a", names[i], uuids[i], (daqs_bps)(i + 1) * GBIT);
    }
    hello(w, "a", "a2=u1 a3=u2 a1=u3");
    relocation(w, "a",
               "rename from a/a1 to a/a2, rename from a/a2 to a/a3, rename from a/a3 to a/a1");
    hello(w, "a", "a3=u1 a4=u2 a2=u3"); /* u3: a1 to a2 temporarily, u1: a2 to a3, u2: to a4 */
    relocation(w, "a",
               "rename from a/a1 to a/a2, rename from a/a2 to a/a3, rename from a/a3 to a/a4");
    assert_sla(w, "a", "a3", GBIT, "u1");
    assert_sla(w, "a", "a4", 2 * GBIT, "u2");
    assert_sla(w, "a", "a2", 3 * GBIT, "u3");
    assert_int_equal(ledger_count(w->ledger), 3);
}

static void a_name_that_has_an_sla_is_not_given(void **state)
{
    struct world *w = *state;
    put(w, "a", "a1", "u1", GBIT);
    put(w, "a", "a2", "u2", GBIT);
    put(w, "a", "a3", "", 2 * GBIT); /* set in advance, for a future VM */
    hello(w, "a", "a2=u1 a3=u2");
    *w->said = '\0';
    assert_true(once(w, "a"));
    /* a2 cannot leave, so a1 cannot take its name. The VM that a3's SLA was meant for has it
     * now. */
    assert_sla(w, "a", "a3", 2 * GBIT, "u2");
    assert_non_null(strstr(w->said, "a/a1 stays (a/a2: that name has an SLA)"));
    assert_non_null(strstr(w->said, "a/a2 stays (a/a3: that name has an SLA)"));
    assert_null(strstr(w->said, "rename"));
    assert_int_equal(ledger_count(w->ledger), 3);
}

static void a_uuid_that_many_vms_have_identifies_none(void **state)
{
    struct world *w = *state;
    put(w, "a", "db1", "u1", GBIT);
    hello(w, "a", "c1=u1 c2=u1 c3=u1 c4=u1 c5=u1 c6=u1 c7=u1 c8=u1 c9=u1");
    relocation(w, "a", "");
    hello(w, "a", "db1=u1 clone=u1"); /* a clone does not rename the VM */
    relocation(w, "a", "");
}

/* --- other hosts --- */

static void a_migrated_vm_takes_its_sla_along(void **state)
{
    struct world *w = *state;
    hello(w, "a", "db1=u1 other=u2");
    hello(w, "b", "");
    put(w, "a", "db1", "u1", 3 * GBIT);
    pass(w, RELOCATION_SETTLED_MS, NULL);
    relocation(w, "b", "");
    hello(w, "b", "db1=u1"); /* during the migration both hosts list it */
    relocation(w, "b", "");
    assert_true(w->wait);
    pass(w, 60000, NULL);
    relocation(w, "b", "");
    hello(w, "a", "other=u2");
    relocation(w, "a", "");
    relocation(w, "b", "move from a/db1 to b/db1");
    assert_sla(w, "b", "db1", 3 * GBIT, "u1");
    assert_null(ledger_find(w->ledger, "a", "db1"));
    relocation(w, "b", "");
    assert_false(w->wait);
}

static void a_migration_that_fails_changes_nothing(void **state)
{
    struct world *w = *state;
    hello(w, "a", "db1=u1");
    put(w, "a", "db1", "u1", GBIT);
    hello(w, "b", "db1=u1");
    relocation(w, "b", "");
    hello(w, "b", "");
    relocation(w, "b", "");
    relocation(w, "a", "");
    assert_false(w->wait);
    assert_sla(w, "a", "db1", GBIT, "u1");
}

static void an_agent_that_has_just_begun_may_not_know_its_vms(void **state)
{
    struct world *w = *state;
    put(w, "a", "db1", "u1", GBIT);
    hello(w, "a", "");
    hello(w, "b", "db1=u1");
    relocation(w, "b", "");
    assert_true(w->wait);
    pass(w, RELOCATION_SETTLED_MS, NULL);
    relocation(w, "b", "move from a/db1 to b/db1");
}

static void from_a_host_that_is_away_slas_follow_after_a_while(void **state)
{
    struct world *w = *state;
    hello(w, "a", "db1=u1"); /* its last report */
    put(w, "a", "db1", "u1", GBIT);
    hello(w, "b", "db1=u1");
    pass(w, FLEET_PATIENCE_MS + 1000, "a");
    relocation(w, "b", "");
    assert_true(w->wait);
    pass(w, RELOCATION_SETTLED_MS, "a");
    relocation(w, "b", "move from a/db1 to b/db1");
}

static void an_sla_that_does_not_fit_stays_until_it_does(void **state)
{
    struct world *w = *state;
    hello(w, "a", "");
    put(w, "a", "db1", "u1", 3 * GBIT);
    hello(w, "b", "db1=u1 big=u2");
    put(w, "b", "big", "u2", 8 * GBIT);
    pass(w, RELOCATION_SETTLED_MS, NULL);
    relocation(w, "b", "a/db1 stays (b/db1: uplink up0 has 10Gbi)");
    assert_false(w->wait);
    assert_sla(w, "a", "db1", 3 * GBIT, "u1");
    put(w, "b", "big", "u2", 7 * GBIT);
    relocation(w, "b", "move from a/db1 to b/db1");
}

static void an_sla_larger_than_the_link_stays(void **state)
{
    struct world *w = *state;
    hello(w, "a", "");
    put(w, "a", "db1", "u1", 11 * GBIT);
    hello(w, "b", "db1=u1");
    pass(w, RELOCATION_SETTLED_MS, NULL);
    relocation(w, "b", "a/db1 stays (b/db1: 11Gbit is more than )");
}

static void a_name_with_an_sla_is_not_moved_upon(void **state)
{
    struct world *w = *state;
    hello(w, "a", "");
    put(w, "a", "db1", "u1", GBIT);
    put(w, "b", "db1", "u1", 2 * GBIT); /* an operator set it first */
    hello(w, "b", "db1=u1");
    pass(w, RELOCATION_SETTLED_MS, NULL);
    relocation(w, "b", "a/db1 stays (b/db1: that name has an SLA)");
    assert_sla(w, "b", "db1", 2 * GBIT, "u1");
    assert_true(ledger_remove(w->ledger, "b", "db1"));
    relocation(w, "b", "move from a/db1 to b/db1");
}

static void a_vm_migrated_under_a_new_name_keeps_its_sla(void **state)
{
    struct world *w = *state;
    hello(w, "a", "");
    put(w, "a", "db1", "u1", GBIT);
    hello(w, "b", "db7=u1");
    pass(w, RELOCATION_SETTLED_MS, NULL);
    relocation(w, "b", "move from a/db1 to b/db7");
}

static void a_host_that_is_evacuated_loses_all_its_slas_in_turn(void **state)
{
    struct world *w = *state;
    put(w, "a", "v1", "u1", GBIT);
    put(w, "a", "v2", "u2", 9 * GBIT);
    put(w, "a", "v3", "u3", 2 * GBIT);
    hello(w, "a", "");
    hello(w, "b", "v1=u1 v2=u2 v3=u3");
    pass(w, RELOCATION_SETTLED_MS, NULL);
    relocation(w, "b",
               "move from a/v1 to b/v1, move from a/v2 to b/v2, a/v3 stays (b/v3: uplink up0 has "
               "10Gbi)");
    assert_sla(w, "a", "v3", 2 * GBIT, "u3");
}

static void two_vms_that_change_places_take_their_slas_along(void **state)
{
    struct world *w = *state;
    put(w, "a", "v1", "u1", GBIT);
    put(w, "b", "v2", "u2", 2 * GBIT);
    hello(w, "a", "v2=u2");
    hello(w, "b", "v1=u1");
    pass(w, RELOCATION_SETTLED_MS, NULL);
    relocation(w, "a", "move from b/v2 to a/v2");
    relocation(w, "b", "move from a/v1 to b/v1");
}

static void a_host_that_is_away_takes_nothing(void **state)
{
    struct world *w = *state;
    hello(w, "a", "");
    put(w, "a", "db1", "u1", GBIT);
    hello(w, "b", "db1=u1");
    pass(w, RELOCATION_SETTLED_MS, "b");
    relocation(w, "b", "");
    assert_false(w->wait);
}

static void a_third_host_with_the_same_uuid_is_named_until_one_of_them_lets_go(void **state)
{
    struct world *w = *state;
    hello(w, "a", "");
    put(w, "a", "db1", "u1", GBIT);
    hello(w, "c", "db1=u1");
    hello(w, "b", "copy=u1");
    pass(w, RELOCATION_SETTLED_MS, NULL);
    relocation(w, "b", "a/db1 stays (b/copy: host c lists the sam)");
    assert_true(w->wait);
    relocation(w, "c", ""); /* told already */
    assert_true(w->wait);
    hello(w, "b", "");
    relocation(w, "c", "move from a/db1 to c/db1");
}

/* --- locations of VMs --- */

static size_t locations(struct world *w, const char *uuid)
{
    size_t count = 0;
    for (const struct vm_location *s = vm_index_find(w->vm_index, uuid); s; s = s->next) {
        assert_string_equal(s->host->vm[s->vm].uuid, uuid);
        count++;
    }
    return count;
}

static void whereabouts_are_those_of_the_newest_inventories(void **state)
{
    struct world *w = *state;
    hello(w, "a", "v1=u1 v2=u2 v3= v4=u1");
    hello(w, "b", "v1=u1");
    assert_int_equal(locations(w, "u1"), 3);
    assert_int_equal(locations(w, "u2"), 1);
    assert_null(vm_index_find(w->vm_index, ""));
    assert_null(vm_index_find(w->vm_index, "u9"));
    hello(w, "a", "v2=u2");
    assert_int_equal(locations(w, "u1"), 1);
    hello(w, "b", "");
    assert_null(vm_index_find(w->vm_index, "u1"));
    assert_int_equal(locations(w, "u2"), 1);
}

static void with_a_host_its_sightings_go(void **state)
{
    struct world *w = *state;
    hello(w, "a", "v1=u1 v2=u2");
    hello(w, "b", "v1=u1");
    vm_index_remove(w->vm_index, fleet_find(w->fleet, "a"));
    assert_int_equal(locations(w, "u1"), 1);
    assert_null(vm_index_find(w->vm_index, "u2"));
    vm_index_remove(w->vm_index, fleet_find(w->fleet, "a")); /* nothing of it is left */
    hello(w, "a", "v2=u2");
    assert_int_equal(locations(w, "u2"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_WORLD(the_uuid_of_a_vm_that_is_seen_is_learned),
        IN_WORLD(a_vm_without_uuid_is_known_by_its_name_alone),
        IN_WORLD(a_vm_created_again_under_its_name_keeps_the_sla),
        IN_WORLD(a_new_vm_does_not_take_the_sla_of_one_that_is_elsewhere),
        IN_WORLD(after_a_start_nobody_is_thought_gone_too_soon),
        IN_WORLD(a_renamed_vm_takes_its_sla_along),
        IN_WORLD(two_that_swap_their_names_swap_their_slas),
        IN_WORLD(names_may_go_round_and_along_a_chain),
        IN_WORLD(a_name_that_has_an_sla_is_not_given),
        IN_WORLD(a_uuid_that_many_vms_have_identifies_none),
        IN_WORLD(a_migrated_vm_takes_its_sla_along),
        IN_WORLD(a_migration_that_fails_changes_nothing),
        IN_WORLD(an_agent_that_has_just_begun_may_not_know_its_vms),
        IN_WORLD(from_a_host_that_is_away_slas_follow_after_a_while),
        IN_WORLD(a_third_host_with_the_same_uuid_is_named_until_one_of_them_lets_go),
        IN_WORLD(an_sla_that_does_not_fit_stays_until_it_does),
        IN_WORLD(an_sla_larger_than_the_link_stays),
        IN_WORLD(a_name_with_an_sla_is_not_moved_upon),
        IN_WORLD(a_vm_migrated_under_a_new_name_keeps_its_sla),
        IN_WORLD(a_host_that_is_evacuated_loses_all_its_slas_in_turn),
        IN_WORLD(two_vms_that_change_places_take_their_slas_along),
        IN_WORLD(a_host_that_is_away_takes_nothing),
        IN_WORLD(whereabouts_are_those_of_the_newest_inventories),
        IN_WORLD(with_a_host_its_sightings_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
