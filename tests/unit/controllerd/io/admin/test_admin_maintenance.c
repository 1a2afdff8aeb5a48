/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/admin_scene.h"

#include <stdio.h>
#include <string.h>

#include "controllerd/io/net/auth.h"

static void mute(struct admin_scene *s, const char *host, const char *state, int code,
                 const char *text)
{
    const struct wire_request request = admin_scene_request(WIRE_MAINTENANCE, host, state);
    admin_scene_ask(s, &request, code, text);
}

static void maintenance_begins_and_ends(void **state)
{
    struct admin_scene *s = *state;
    admin_scene_host(s, "node1");
    mute(s, "node1", "on", DAQS_OK, "node1 is in maintenance: its alerts are muted");
    assert_non_null(maintenance_find(s->maintenance, "node1"));
    mute(s, "node1", "on", DAQS_OK, "in maintenance already; nothing changed");
    mute(s, "node1", "off", DAQS_OK, "node1 is no longer in maintenance");
    assert_null(maintenance_find(s->maintenance, "node1"));
    mute(s, "node1", "off", DAQS_OK, "node1 is not in maintenance; nothing changed");
    assert_int_equal(number(s->box, "SELECT count(*) FROM audit"), 2);
    admin_scene_store_events(s);
    assert_int_equal(number(s->box, "SELECT count(*) FROM event WHERE host = 'node1' AND"
                                    " kind = 'maintenance-on' AND text LIKE 'by eve%'"),
                     1);
    assert_int_equal(number(s->box, "SELECT count(*) FROM event WHERE host = 'node1' AND"
                                    " kind = 'maintenance-off' AND text LIKE 'by eve%' AND"
                                    " since_ms > 0"),
                     1);
}

static void a_host_that_only_an_sla_or_a_key_names_may_be_in_maintenance(void **state)
{
    struct admin_scene *s = *state;
    struct wire_request request = admin_scene_request(WIRE_SET_SLA, "node1", "gold");
    request.set_sla.min = 100000000;
    admin_scene_ask(s, &request, DAQS_OK, "");
    mute(s, "node1", "on", DAQS_OK, "node1");
    request = admin_scene_request(WIRE_ENROLL, "node2", "agent");
    request.enroll.key = "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    admin_scene_ask(s, &request, DAQS_OK, "");
    mute(s, "node2", "on", DAQS_OK, "node2");
    request = admin_scene_request(WIRE_REVOKE, "node2", "");
    admin_scene_ask(s, &request, DAQS_OK, "");
    mute(s, "node2", "off", DAQS_OK, "node2"); /* which is not known any longer */
    mute(s, "node2", "off", DAQS_ENOTFOUND, "node2 is not known");
}

static void wrong_requests_are_refused(void **state)
{
    struct admin_scene *s = *state;
    admin_scene_host(s, "node1");
    mute(s, "nodeX", "on", DAQS_ENOTFOUND, "nodeX is not known; daqsctl hosts");
    mute(s, "no\tde", "on", DAQS_EINVALID, "host");
    mute(s, "node1", "maybe", DAQS_EINVALID, "on or off, not 'maybe'");
    mute(s, "node1", "", DAQS_EINVALID, "on or off");
    assert_int_equal(maintenance_count(s->maintenance), 0);
}

static void maintenance_that_is_not_stored_is_not_begun(void **state)
{
    struct admin_scene *s = *state;
    admin_scene_host(s, "node1");
    run(s->box, "ALTER TABLE audit RENAME TO elsewhere");
    mute(s, "node1", "on", DAQS_ESTORE, "not stored, nothing changed");
    assert_int_equal(maintenance_count(s->maintenance), 0);
}

static void problems_of_hosts_in_maintenance_are_left_out_and_the_hosts_named(void **state)
{
    struct admin_scene *s = *state;
    struct wire_request request = admin_scene_request(WIRE_PROBLEMS, "", "");
    admin_scene_host(s, "node1")->heard_ms -= 60000;
    admin_scene_host(s, "node2")->heard_ms -= 60000;
    mute(s, "node1", "on", DAQS_OK, "");
    admin_scene_ask(s, &request, DAQS_OK, "left out, because they are in maintenance: node1");
    assert_int_equal(daqs_table_rows(&s->reply.table), 1);
    assert_string_equal(admin_scene_text(s, 0, "host"), "node2");
    mute(s, "node2", "on", DAQS_OK, "");
    admin_scene_ask(s, &request, DAQS_OK,
                    "no problems are known; left out, because they are in "
                    "maintenance: node1, node2");
    assert_int_equal(daqs_table_rows(&s->reply.table), 0);
    request.list.host = "node1"; /* it is asked about */
    admin_scene_ask(s, &request, DAQS_OK, "node1 is in maintenance since 20");
    assert_int_equal(daqs_table_rows(&s->reply.table), 1);
    mute(s, "node1", "off", DAQS_OK, "");
    admin_scene_ask(s, &request, DAQS_OK, "");
    assert_string_equal(s->reply.text, "");
}

static void explain_begins_with_maintenance(void **state)
{
    struct admin_scene *s = *state;
    const struct wire_request request = admin_scene_request(WIRE_EXPLAIN, "node1", "gold");
    admin_scene_host(s, "node1");
    admin_scene_ask(s, &request, DAQS_OK, "");
    assert_null(strstr(s->reply.text, "maintenance"));
    mute(s, "node1", "on", DAQS_OK, "");
    admin_scene_ask(s, &request, DAQS_OK, "node1 is in maintenance since 20");
    assert_ptr_equal(strstr(s->reply.text, "node1 is in maintenance"), s->reply.text);
}

static void lists_say_which_hosts_are_in_maintenance(void **state)
{
    struct admin_scene *s = *state;
    struct wire_request request = admin_scene_request(WIRE_VMS, "", "");
    admin_scene_host(s, "node1");
    admin_scene_host(s, "node2");
    mute(s, "node2", "on", DAQS_OK, "");
    admin_scene_ask(s, &request, DAQS_OK, "in maintenance, with alerts muted: node2");
    request.list.host = "node2";
    admin_scene_ask(s, &request, DAQS_OK, "node2 is in maintenance since 20");
    request.list.host = "node1";
    admin_scene_ask(s, &request, DAQS_OK, "");
    assert_string_equal(s->reply.text, "");
    request = admin_scene_request(WIRE_HOSTS, "", "");
    admin_scene_ask(s, &request, DAQS_OK, "");
    assert_int_equal(admin_scene_number(s, 0, "maintenance"), 0);
    assert_true(admin_scene_number(s, 1, "maintenance") > 0);
    assert_string_equal(admin_scene_status(s, "hosts_in_maintenance"), "1");
}

static void fit_says_what_it_leaves_out(void **state)
{
    struct admin_scene *s = *state;
    struct wire_request mode = admin_scene_request(WIRE_SET_POLICY, "node1", "");
    struct wire_request fit = admin_scene_request(WIRE_FIT, "", "");
    fit.fit.rate = 1000000;
    mode.set_policy.mode = "off";
    admin_scene_host(s, "node1");
    admin_scene_ask(s, &mode, DAQS_OK, "");
    mute(s, "node1", "on", DAQS_OK, "");
    admin_scene_ask(s, &fit, DAQS_OK,
                    "no uplink has room for another guarantee of 1Mbit; left out, because their "
                    "mode keeps no guarantees: 1 uplink; in maintenance, with alerts muted: node1");
    admin_scene_host(s, "node2");
    admin_scene_ask(s, &fit, DAQS_OK, "left out, because their mode");
    assert_int_equal(daqs_table_rows(&s->reply.table), 1);
}

static void a_forgotten_host_leaves_no_modes_and_no_maintenance(void **state)
{
    struct admin_scene *s = *state;
    struct wire_request request = admin_scene_request(WIRE_SET_POLICY, "node1", "up0");
    admin_scene_host(s, "node1");
    request.set_policy.mode = "off";
    admin_scene_ask(s, &request, DAQS_OK, "");
    mute(s, "node1", "on", DAQS_OK, "");
    fleet_find(s->fleet, "node1")->heard_ms -= 60000;
    request = admin_scene_request(WIRE_FORGET, "node1", "");
    request.forget.dry_run = true;
    admin_scene_ask(s, &request, DAQS_OK, "would forget node1: 0 SLAs, its modes and its maint");
    assert_int_equal(s->overrides.count, 1);
    request.forget.dry_run = false;
    admin_scene_ask(s, &request, DAQS_OK, "node1 is forgotten: 0 SLAs, its modes and its maint");
    assert_int_equal(s->overrides.count, 0);
    assert_int_equal(maintenance_count(s->maintenance), 0);
    assert_int_equal(number(s->box, "SELECT (SELECT count(*) FROM policy)"
                                    " + (SELECT count(*) FROM maintenance)"),
                     0);
    assert_int_equal(number(s->box, "SELECT count(*) FROM audit"), 4);
    admin_scene_ask(s, &request, DAQS_ENOTFOUND, "node1 is not known");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, admin_scene_make, admin_scene_end)
#define CASE_WITH_KEYS(name)                                                                       \
    cmocka_unit_test_setup_teardown(name, admin_scene_make_with_keys, admin_scene_end)
    const struct CMUnitTest tests[] = {
        CASE(maintenance_begins_and_ends),
        CASE_WITH_KEYS(a_host_that_only_an_sla_or_a_key_names_may_be_in_maintenance),
        CASE(wrong_requests_are_refused),
        CASE(maintenance_that_is_not_stored_is_not_begun),
        CASE(problems_of_hosts_in_maintenance_are_left_out_and_the_hosts_named),
        CASE(explain_begins_with_maintenance),
        CASE(lists_say_which_hosts_are_in_maintenance),
        CASE(fit_says_what_it_leaves_out),
        CASE(a_forgotten_host_leaves_no_modes_and_no_maintenance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
