/* SPDX-License-Identifier: Apache-2.0 */
/* Hosts that do not come, and hosts that are no longer enrolled. */
#include "tests/lib/admin_scene.h"

#include <stdlib.h>
#include <string.h>

#include "controllerd/io/fleet/forgetter.h"
#include "controllerd/io/fleet/state_events.h"

static void a_host_that_does_not_come_after_the_start_is_reported_once(void **state)
{
    struct admin_scene *s = *state;
    roster_set(s->roster, "node1", ROSTER_HAS_SLA, true, s->now_ms);
    roster_set(s->roster, "node2", ROSTER_HAS_KEY, true, s->now_ms);
    admin_scene_check_hosts(s);
    roster_set(s->roster, "node3", ROSTER_HAS_KEY, true, s->now_ms + 1); /* enrolled later */
    s->now_ms += ROSTER_STARTING_MS - 1;
    admin_scene_check_hosts(s);
    assert_int_equal(admin_scene_events_of(s, "node1", "host-down"), 0);
    s->now_ms += 1000;
    admin_scene_check_hosts(s);
    admin_scene_check_hosts(s);
    assert_int_equal(admin_scene_events_of(s, "node1", "host-down"), 1);
    assert_int_equal(admin_scene_events_of(s, "node2", "host-down"), 1);
    assert_int_equal(admin_scene_events_of(s, "node3", "host-down"), 0);
    assert_int_equal(roster_find(s->roster, "node1")->down_ms, ADMIN_SCENE_WALL_MS);
}

static void a_host_that_did_not_come_is_forgotten_with_its_last_reason(void **state)
{
    struct admin_scene *s = *state;
    roster_set(s->roster, "node1", ROSTER_HAS_KEY, true, s->now_ms);
    roster_set(s->roster, "node2", ROSTER_HAS_KEY, true, s->now_ms);
    admin_scene_check_hosts(s);
    s->now_ms += ROSTER_STARTING_MS;
    admin_scene_check_hosts(s);
    roster_set(s->roster, "node1", ROSTER_HAS_KEY, false, s->now_ms); /* its key is revoked */
    for (int i = 0; i < 2 * ADMIN_SCENE_TICKS; i++)
        forgetter_tick(s->forgetter, s->now_ms);
    assert_int_equal(admin_scene_events_of(s, "node1", "host-forgotten"), 1);
    assert_int_equal(admin_scene_events_of(s, "node2", "host-forgotten"), 0);
    assert_null(roster_find(s->roster, "node1"));
    roster_set(s->roster, "node2", ROSTER_HAS_KEY, false, s->now_ms);
    forgetter_forget(s->forgetter, "node2", "eve", "its key"); /* before the next look */
    for (int i = 0; i < ADMIN_SCENE_TICKS; i++)
        forgetter_tick(s->forgetter, s->now_ms);
    assert_int_equal(admin_scene_events_of(s, "node2", "host-forgotten"), 1);
    assert_int_equal(roster_count(s->roster), 0);
}

static void a_host_without_sla_and_key_is_forgotten_where_keys_are_needed(void **state)
{
    struct admin_scene *s = *state;
    const struct sla sla = {.min = MBIT, .max = DAQS_UNLIMITED, .weight = 1};
    s->config.forget_ms = 7 * 86400 * INT64_C(1000);
    assert_int_equal(ledger_put(s->ledger, "node2", "gold", &sla, 0, "eve"), DAQS_OK);
    roster_load(s->roster, s->ledger, s->now_ms);
    for (int i = 1; i <= 3; i++) {
        const char *const name[] = {"node1", "node2", "node3"};
        agent_conns_drop(s->conns, agent_conns_of(s->conns, admin_scene_host(s, name[i - 1])));
    }
    roster_set(s->roster, "node1", ROSTER_HAS_KEY, true, s->now_ms);
    s->now_ms += 9000;
    for (int i = 0; i < ADMIN_SCENE_TICKS; i++)
        forgetter_tick(s->forgetter, s->now_ms);
    assert_int_equal(fleet_count(s->fleet), 3);
    s->now_ms += 1000;
    for (int i = 0; i < ADMIN_SCENE_TICKS; i++)
        forgetter_tick(s->forgetter, s->now_ms);
    assert_int_equal(fleet_count(s->fleet), 2);
    assert_null(roster_find(s->roster, "node3"));
    s->now_ms += s->config.forget_ms;
    for (int i = 0; i < ADMIN_SCENE_TICKS; i++)
        forgetter_tick(s->forgetter, s->now_ms);
    assert_int_equal(fleet_count(s->fleet), 2);
    roster_set(s->roster, "node1", ROSTER_HAS_KEY, false, s->now_ms); /* its key is revoked */
    for (int i = 0; i < ADMIN_SCENE_TICKS; i++)
        forgetter_tick(s->forgetter, s->now_ms);
    assert_null(roster_find(s->roster, "node1"));
    assert_int_equal(roster_count(s->roster), 1);
}

int main(void)
{
#define CASE(test)                                                                                 \
    cmocka_unit_test_setup_teardown(test, admin_scene_make_with_keys, admin_scene_end)
    const struct CMUnitTest tests[] = {
        CASE(a_host_that_does_not_come_after_the_start_is_reported_once),
        CASE(a_host_that_did_not_come_is_forgotten_with_its_last_reason),
        CASE(a_host_without_sla_and_key_is_forgotten_where_keys_are_needed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
