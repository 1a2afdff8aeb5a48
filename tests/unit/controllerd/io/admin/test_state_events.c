/* SPDX-License-Identifier: Apache-2.0 */
/* Events of a host that end what was reported before. */
#include "tests/lib/admin_scene.h"

#include <string.h>

#include "controllerd/io/events/events.h"
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

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, admin_scene_make, admin_scene_end)
    const struct CMUnitTest tests[] = {
        CASE(a_claim_of_a_host_has_an_end),
        CASE(a_host_that_obeys_again_is_reported),
        CASE(an_uplink_that_is_gone_since_the_start_is_not_oversubscribed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
