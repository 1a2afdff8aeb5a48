/* SPDX-License-Identifier: Apache-2.0 */
/* Events of a host that end what was reported before. */
#include "tests/lib/admin_scene.h"

#include <string.h>

#include "controllerd/io/events/events.h"
#include "controllerd/io/fleet/forgetter.h"
#include "controllerd/io/fleet/state_events.h"

static void a_claim_of_a_host_has_an_end(void **state)
{
    struct admin_scene *s = *state;
    const struct fleet_host *host = admin_scene_host(s, "node1");
    state_events_claimed(s->state_events, host, "192.0.2.1", "192.0.2.2", s->now_ms);
    admin_scene_check_hosts(s);
    s->now_ms += HOST_CLAIM_LASTING_MS - 1;
    admin_scene_check_hosts(s);
    assert_int_equal(admin_scene_events_of(s, "node1", "host-claimed"), 1);
    assert_int_equal(admin_scene_events_of(s, "node1", "host-claimed-end"), 0);
    s->now_ms++;
    admin_scene_check_hosts(s);
    admin_scene_check_hosts(s);
    assert_int_equal(admin_scene_events_of(s, "node1", "host-claimed-end"), 1);
}

static void a_claim_at_another_member_names_it(void **state)
{
    struct admin_scene *s = *state;
    const struct fleet_host *host = admin_scene_host(s, "node1");
    state_events_claimed_at(s->state_events, host, "192.0.2.1", "c2", s->now_ms);
    state_events_claimed_at(s->state_events, host, "192.0.2.1", "", s->now_ms);
    assert_int_equal(admin_scene_events_of(s, "node1", "host-claimed"), 1);
    assert_int_equal(number(s->box, "SELECT count(*) FROM event WHERE text LIKE 'another machine "
                                    "uses its name and key: 192.0.2.1 is connected here, the other "
                                    "one to another member of the group, c2;%'"),
                     1);
}

static void a_host_that_obeys_again_is_reported(void **state)
{
    struct admin_scene *s = *state;
    struct fleet_host *host = admin_scene_host(s, "node1");
    assert_true(state_events_hello(s->state_events, host));
    host->fenced = true;
    admin_scene_check_hosts(s);
    assert_int_equal(admin_scene_events_of(s, "node1", "host-obeys"), 0);
    host->fenced = false;
    admin_scene_check_hosts(s);
    admin_scene_check_hosts(s);
    assert_int_equal(admin_scene_events_of(s, "node1", "host-disobeys"), 1);
    assert_int_equal(admin_scene_events_of(s, "node1", "host-obeys"), 1);
}

static void an_uplink_that_is_gone_since_the_start_is_not_oversubscribed(void **state)
{
    struct admin_scene *s = *state;
    events_emit_uplink(s->events, EVENT_OVERSUBSCRIBED, "node1", "", "up7", 0, "too much");
    admin_scene_store_events(s);
    assert_int_equal(number(s->box, "SELECT count(*) FROM oversubscribed"), 1);
    assert_int_equal(state_events_load(s->state_events, s->box->store, NULL), DAQS_OK);
    struct fleet_host *host = admin_scene_host(s, "node1");
    assert_true(state_events_hello(s->state_events, host));
    host->reported_ms = s->now_ms;
    admin_scene_check_hosts(s);
    assert_int_equal(admin_scene_events_of(s, "node1", "oversubscribed-end"), 1);
    assert_int_equal(number(s->box, "SELECT count(*) FROM event WHERE uplink = 'up7' "
                                    "AND text = 'uplink up7: the host no longer has it'"),
                     1);
    assert_int_equal(number(s->box, "SELECT count(*) FROM oversubscribed"), 0);
}

/* Nothing of it is over: the other member reports what lasts. */
static void what_was_reported_of_a_host_ends_when_another_member_serves_it(void **state)
{
    struct admin_scene *s = *state;
    struct fleet_host *host = admin_scene_host(s, "node1");
    assert_true(state_events_hello(s->state_events, host));
    host->uplink[0].capacity = 1000;
    host->vm[0].sla.min = 100000;
    host->fenced = true;
    for (int i = 0; i < 6; i++) {
        host->reported_ms = host->heard_ms = s->now_ms;
        admin_scene_check_hosts(s);
        s->now_ms += 1000;
    }
    assert_int_equal(admin_scene_events_of(s, "node1", "oversubscribed"), 1);
    assert_int_equal(admin_scene_events_of(s, "node1", "host-disobeys"), 1);
    forgetter_moved(s->forgetter, "node1", "c2");
    assert_int_equal(admin_scene_events_of(s, "node1", "host-moved"), 1);
    assert_int_equal(admin_scene_events_of(s, "node1", "oversubscribed-end"), 1);
    assert_int_equal(number(s->box, "SELECT count(*) FROM oversubscribed"), 0);
    assert_int_equal(number(s->box, "SELECT count(*) FROM event WHERE kind = 'host-moved' AND text "
                                    "= 'another member of the group serves the host now: c2'"),
                     1);
    assert_null(fleet_find(s->fleet, "node1"));
}

static void a_host_of_which_nothing_was_reported_moves_without_an_event(void **state)
{
    struct admin_scene *s = *state;
    struct fleet_host *host = admin_scene_host(s, "node1");
    assert_true(state_events_hello(s->state_events, host));
    admin_scene_check_hosts(s);
    forgetter_moved(s->forgetter, "node1", "c2");
    forgetter_moved(s->forgetter, "node2", "c2");
    admin_scene_store_events(s);
    assert_int_equal(number(s->box, "SELECT count(*) FROM event WHERE kind = 'host-moved'"), 0);
}

/* This member is the one that is to report a host that did not come, and another one takes it. */
static void a_host_that_did_not_come_here_and_is_served_elsewhere_ends(void **state)
{
    struct admin_scene *s = *state;
    roster_set(s->roster, "node9", ROSTER_HAS_KEY, true, s->now_ms);
    admin_scene_check_hosts(s);
    s->now_ms += ROSTER_STARTING_MS;
    admin_scene_check_hosts(s);
    assert_int_equal(admin_scene_events_of(s, "node9", "host-down"), 1);
    forgetter_moved(s->forgetter, "node9", "c2");
    forgetter_moved(s->forgetter, "node9", "c2");
    assert_int_equal(admin_scene_events_of(s, "node9", "host-moved"), 1);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, admin_scene_make, admin_scene_end)
    const struct CMUnitTest tests[] = {
        CASE(a_claim_of_a_host_has_an_end),
        CASE(a_claim_at_another_member_names_it),
        CASE(a_host_that_obeys_again_is_reported),
        CASE(an_uplink_that_is_gone_since_the_start_is_not_oversubscribed),
        CASE(what_was_reported_of_a_host_ends_when_another_member_serves_it),
        CASE(a_host_of_which_nothing_was_reported_moves_without_an_event),
        CASE(a_host_that_did_not_come_here_and_is_served_elsewhere_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
