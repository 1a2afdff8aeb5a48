/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs that change SLAs, modes and keys: what is stored, what is applied, what is refused. */
#include "tests/lib/admin_scene.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "controllerd/io/events/events.h"
#include "controllerd/io/fleet/reign.h"
#include "controllerd/io/net/auth.h"
#include "shared/base/clock.h"

static struct wire_request set_sla(const char *host, const char *vm, daqs_bps min)
{
    struct wire_request request = admin_scene_request(WIRE_SET_SLA, host, vm);
    request.set_sla.min = min;
    return request;
}

/* --- set-sla, unset-sla --- */

static void an_sla_is_stored_applied_and_pushed(void **state)
{
    struct admin_scene *s = *state;
    admin_scene_host(s, "node1");
    const struct wire_request set = set_sla("node1", "gold", 300 * MBIT);
    admin_scene_ask(s, &set, DAQS_OK, "node1/gold: min 300Mbit, max none, weight 1");
    assert_int_equal(ledger_sla(s->ledger, "node1", "gold").min, 300 * MBIT);
    assert_int_equal(number(s->box, "SELECT min_bps FROM sla WHERE vm = 'gold'"), 300 * MBIT);
    assert_int_equal(s->pushed, 1);
    const struct wire_request unset = admin_scene_request(WIRE_UNSET_SLA, "node1", "gold");
    admin_scene_ask(s, &unset, DAQS_OK, "node1/gold");
    assert_int_equal(ledger_count(s->ledger), 0);
    assert_int_equal(number(s->box, "SELECT count(*) FROM sla"), 0);
    assert_int_equal(number(s->box, "SELECT count(*) FROM audit"), 2);
    admin_scene_store_events(s);
    const struct wire_request events = admin_scene_request(WIRE_EVENTS, "node1", "");
    admin_scene_ask(s, &events, DAQS_OK, "");
    assert_int_equal(daqs_table_rows(&s->reply.table), 2);
}

static void a_dry_run_lists_the_changes(void **state)
{
    struct admin_scene *s = *state;
    struct wire_request set = set_sla("node1", "gold", MBIT);
    set.set_sla.dry_run = true;
    admin_scene_ask(s, &set, DAQS_OK, "would set node1/gold: min 1Mbit");
    assert_int_equal(ledger_count(s->ledger), 0);
    assert_int_equal(number(s->box, "SELECT count(*) FROM sla"), 0);
}

static void the_same_sla_again_changes_nothing(void **state)
{
    struct admin_scene *s = *state;
    admin_scene_host(s, "node1");
    struct wire_request set = set_sla("node1", "gold", 300 * MBIT);
    admin_scene_ask(s, &set, DAQS_OK, "node1/gold: min 300Mbit");
    admin_scene_ask(s, &set, DAQS_OK, "node1/gold is unchanged: min 300Mbit, max none, weight 1");
    set.set_sla.dry_run = true;
    admin_scene_ask(s, &set, DAQS_OK, "node1/gold is unchanged: min 300Mbit");
    assert_int_equal(s->pushed, 1);
    assert_int_equal(number(s->box, "SELECT count(*) FROM audit"), 1);
    admin_scene_store_events(s);
    assert_int_equal(number(s->box, "SELECT count(*) FROM event WHERE kind = 'sla-set'"), 1);
}

static void an_sla_may_come_before_its_host_and_its_vm(void **state)
{
    struct admin_scene *s = *state;
    const struct wire_request no_host = set_sla("node1", "gold", MBIT);
    admin_scene_ask(s, &no_host, DAQS_OK, "(this host has not been seen yet");
    admin_scene_host(s, "node2");
    const struct wire_request no_vm = set_sla("node2", "later", MBIT);
    admin_scene_ask(s, &no_vm, DAQS_OK, "(this VM has not been seen yet");
}

static void more_than_the_rest_of_the_uplink_needs_force(void **state)
{
    struct admin_scene *s = *state;
    admin_scene_host(s, "node1");
    struct wire_request set = set_sla("node1", "gold", 2 * GBIT);
    set.set_sla.force = true; /* not even then */
    admin_scene_ask(s, &set, DAQS_EREFUSED, "more than uplink up0 can carry");
    set = set_sla("node1", "plain", 700 * MBIT);
    admin_scene_ask(s, &set, DAQS_OK, "");
    set = set_sla("node1", "gold", 700 * MBIT);
    admin_scene_ask(s, &set, DAQS_EREFUSED, "up0");
    assert_int_equal(ledger_count(s->ledger), 1);
    set.set_sla.force = true;
    admin_scene_ask(s, &set, DAQS_OK, "node1/gold: min 700Mbit");
}

static void an_sla_needs_good_names(void **state)
{
    struct admin_scene *s = *state;
    const struct wire_request host = set_sla("no\tde", "gold", MBIT);
    const struct wire_request vm = set_sla("node1", "", MBIT);
    const struct wire_request unset = admin_scene_request(WIRE_UNSET_SLA, "", "gold");
    admin_scene_ask(s, &host, DAQS_EINVALID, "host");
    admin_scene_ask(s, &vm, DAQS_EINVALID, "VM");
    admin_scene_ask(s, &unset, DAQS_EINVALID, "host");
}

static void reserved_names_get_no_sla_but_lose_theirs(void **state)
{
    struct admin_scene *s = *state;
    const struct sla sla = {.min = MBIT, .max = DAQS_UNLIMITED, .weight = 1};
    const struct wire_request vm = set_sla("node1", "web*", 2 * MBIT);
    const struct wire_request host = set_sla("node[1]", "web", MBIT);
    assert_int_equal(ledger_put(s->ledger, "node1", "web*", &sla, 0, "eve"),
                     DAQS_OK); /* of 0.2.0 */
    admin_scene_ask(s, &vm, DAQS_EINVALID, "the VM name 'web*' contains '*'; '*', '?' and '['");
    admin_scene_ask(s, &host, DAQS_EINVALID, "so rename the host");
    const struct wire_request list = admin_scene_request(WIRE_LIST_SLA, "", "");
    admin_scene_ask(s, &list, DAQS_OK, "");
    assert_int_equal(daqs_table_rows(&s->reply.table), 1);
    const struct wire_request unset = admin_scene_request(WIRE_UNSET_SLA, "node1", "web*");
    admin_scene_ask(s, &unset, DAQS_OK, "node1/web* no longer has an SLA");
}

static void a_vm_without_an_sla_cannot_lose_it(void **state)
{
    struct admin_scene *s = *state;
    const struct wire_request unset = admin_scene_request(WIRE_UNSET_SLA, "node1", "gold");
    admin_scene_ask(s, &unset, DAQS_ENOTFOUND, "node1/gold has no SLA");
}

/* The table is renamed away: no write succeeds until it is back. */
static void an_sla_that_is_not_stored_is_not_applied(void **state)
{
    struct admin_scene *s = *state;
    const struct wire_request set = set_sla("node1", "gold", MBIT);
    run(s->box, "ALTER TABLE audit RENAME TO elsewhere");
    admin_scene_ask(s, &set, DAQS_ESTORE, "not stored, nothing changed");
    assert_int_equal(ledger_count(s->ledger), 0);
    run(s->box, "ALTER TABLE elsewhere RENAME TO audit");
    admin_scene_ask(s, &set, DAQS_OK, "node1/gold");
}

/* --- set-policy --- */

static struct wire_request set_policy(const char *host, const char *uplink, const char *mode)
{
    struct wire_request request = admin_scene_request(WIRE_SET_POLICY, host, uplink);
    request.set_policy.mode = mode;
    return request;
}

static void a_mode_is_stored_applied_and_pushed(void **state)
{
    struct admin_scene *s = *state;
    admin_scene_host(s, "node1");
    const struct wire_request set = set_policy("node1", "up0", "fair");
    admin_scene_ask(s, &set, DAQS_OK, "node1/up0: fair");
    assert_int_equal(s->pushed, 1);
    assert_int_equal(s->overrides.count, 1);
    assert_int_equal(number(s->box, "SELECT count(*) FROM audit WHERE host = 'node1'"), 1);
    const struct wire_request reset = set_policy("node1", "up0", "default");
    admin_scene_ask(s, &reset, DAQS_OK, "node1/up0: as configured");
    assert_int_equal(s->overrides.count, 0);
}

static void a_mode_may_come_before_its_host(void **state)
{
    struct admin_scene *s = *state;
    const struct wire_request set = set_policy("node1", "", "fair");
    admin_scene_ask(s, &set, DAQS_OK, "node1: fair (this host has not been seen yet");
}

static void a_mode_needs_a_good_name_an_uplink_and_a_mode(void **state)
{
    struct admin_scene *s = *state;
    admin_scene_host(s, "node1");
    const struct wire_request host = set_policy("", "up0", "fair");
    const struct wire_request uplink = set_policy("node1", "up9", "fair");
    const struct wire_request name = set_policy("node1", "up\t0", "fair");
    const struct wire_request mode = set_policy("node1", "up0", "best");
    admin_scene_ask(s, &host, DAQS_EINVALID, "host");
    admin_scene_ask(s, &uplink, DAQS_ENOTFOUND, "node1 has no uplink up9");
    admin_scene_ask(s, &name, DAQS_EINVALID, "uplink");
    admin_scene_ask(s, &mode, DAQS_EINVALID, "'best'");
    assert_int_equal(s->overrides.count, 0);
    assert_int_equal(number(s->box, "SELECT count(*) FROM audit"), 0);
}

static void an_sla_that_the_mode_does_not_enforce_is_accepted_with_a_note(void **state)
{
    struct admin_scene *s = *state;
    struct wire_request mode = admin_scene_request(WIRE_SET_POLICY, "node1", "");
    struct wire_request sla = admin_scene_request(WIRE_SET_SLA, "node1", "gold");
    sla.set_sla.min = 1000000;
    mode.set_policy.mode = "off";
    admin_scene_ask(s, &mode, DAQS_OK, "");
    admin_scene_ask(s, &sla, DAQS_OK, "not enforced on this host while its mode is off");
    admin_scene_host(s, "node1");
    admin_scene_ask(s, &sla, DAQS_OK, "(the SLA is not enforced on up0 while its mode is off)");
    sla.set_sla.vm = "coming";
    admin_scene_ask(s, &sla, DAQS_OK, "(the SLA is not enforced on up0 while its mode is off)");
    mode.set_policy.mode = "fair";
    admin_scene_ask(s, &mode, DAQS_OK, "");
    admin_scene_ask(s, &sla, DAQS_OK,
                    "the guarantee is not enforced on up0 while its mode is fair");
    sla.set_sla.min = 0;
    sla.set_sla.max = 5000000;
    admin_scene_ask(s, &sla, DAQS_OK, "");
    assert_null(strstr(s->reply.text, "not enforced"));
    mode.set_policy.mode = "default";
    admin_scene_ask(s, &mode, DAQS_OK, "");
    sla.set_sla.min = 1000000;
    admin_scene_ask(s, &sla, DAQS_OK, "");
    assert_null(strstr(s->reply.text, "not enforced"));
    s->config.mode = POLICY_MODE_OFF;
    admin_scene_ask(s, &sla, DAQS_OK, "not enforced on up0 while its mode is off");
}

static void a_mode_that_is_not_stored_is_not_applied(void **state)
{
    struct admin_scene *s = *state;
    const struct wire_request set = set_policy("node1", "", "fair");
    run(s->box, "ALTER TABLE audit RENAME TO elsewhere");
    admin_scene_ask(s, &set, DAQS_ESTORE, "not stored, nothing changed");
    assert_int_equal(s->overrides.count, 0);
}

/* --- enroll, revoke, peers --- */

static struct wire_request enroll(const char *name, const char *role, uint8_t key)
{
    static char text[KEY_TEXT];
    struct daqs_key bytes;
    struct wire_request request = admin_scene_request(WIRE_ENROLL, name, role);
    memset(&bytes, key, sizeof bytes);
    request.enroll.key = key_format(&bytes, text);
    return request;
}

static const struct principal *principal_of(const struct admin_scene *s, const char *name)
{
    return principals_named(auth_principals(s->auth), name);
}

static void a_key_is_enrolled_listed_and_revoked(void **state)
{
    struct admin_scene *s = *state;
    const struct wire_request agent = enroll("node1", "", 1); /* an agent unless told otherwise */
    admin_scene_ask(s, &agent, DAQS_OK, "node1");
    assert_int_equal(principal_of(s, "node1")->role, ROLE_AGENT);
    const struct wire_request viewer = enroll("vera", "viewer", 2);
    admin_scene_ask(s, &viewer, DAQS_OK, "vera");
    const struct wire_request peers = admin_scene_request(WIRE_PEERS, "", "");
    admin_scene_ask(s, &peers, DAQS_OK, "");
    assert_int_equal(daqs_table_rows(&s->reply.table), 2);
    assert_string_equal(admin_scene_text(s, 0, "name"), "node1");
    assert_string_equal(admin_scene_text(s, 0, "state"), "away");
    assert_string_equal(admin_scene_text(s, 1, "role"), "viewer");
    assert_string_equal(admin_scene_text(s, 1, "state"), "enrolled");
    admin_scene_host(s, "node1");
    admin_scene_ask(s, &peers, DAQS_OK, "");
    assert_string_equal(admin_scene_text(s, 0, "state"), "up");
    const struct wire_request revoke = admin_scene_request(WIRE_REVOKE, "node1", "");
    admin_scene_ask(s, &revoke, DAQS_OK, "node1");
    assert_null(principal_of(s, "node1"));
    assert_int_equal(number(s->box, "SELECT count(*) FROM audit"), 3);
}

static void a_wrong_enrolment_is_refused(void **state)
{
    struct admin_scene *s = *state;
    struct wire_request request = enroll("no\tde", "agent", 1);
    admin_scene_ask(s, &request, DAQS_EINVALID, "peer");
    request = enroll("node1", "king", 1);
    admin_scene_ask(s, &request, DAQS_EINVALID, "'king'");
    request.enroll.role = "agent";
    request.enroll.key = "not base64";
    admin_scene_ask(s, &request, DAQS_EINVALID, "");
    request = admin_scene_request(WIRE_REVOKE, "node1", "");
    admin_scene_ask(s, &request, DAQS_ENOTFOUND, "node1 is not enrolled");
    assert_int_equal(principals_count(auth_principals(s->auth)), 0);
}

static void another_key_for_a_name_needs_force(void **state)
{
    struct admin_scene *s = *state;
    struct wire_request request = enroll("node1", "agent", 1);
    admin_scene_ask(s, &request, DAQS_OK, "");
    request = enroll("node1", "agent", 2);
    admin_scene_ask(s, &request, DAQS_EEXISTS, "node1");
    assert_int_equal(principal_of(s, "node1")->key.byte[0], 1);
    request.enroll.force = true;
    admin_scene_ask(s, &request, DAQS_OK, "");
    assert_int_equal(principal_of(s, "node1")->key.byte[0], 2);
}

/* Nothing is reaped meanwhile: each is decided on what the one before left. */
static void keys_enrolled_at_once_do_not_exceed_the_limit(void **state)
{
    struct admin_scene *s = *state;
    for (uint8_t i = 1; i <= ADMIN_SCENE_KEYS + 1; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "node%d", i);
        const struct wire_request request = enroll(name, "agent", i);
        admin_scene_begin(s, &request);
    }
    assert_int_equal(s->replies, 0);
    admin_scene_wait(s, ADMIN_SCENE_KEYS + 1);
    assert_int_equal(s->reply.code, DAQS_ETOOBIG);
    assert_int_equal(principals_count(auth_principals(s->auth)), ADMIN_SCENE_KEYS);
    assert_int_equal(number(s->box, "SELECT count(*) FROM audit"), ADMIN_SCENE_KEYS);
}

/* A key is checked against the keys that are being stored, too. */
static void the_first_of_two_keys_for_a_name_wins(void **state)
{
    struct admin_scene *s = *state;
    struct wire_request request = enroll("node1", "agent", 1);
    admin_scene_begin(s, &request);
    request = enroll("node1", "agent", 2);
    admin_scene_begin(s, &request);
    admin_scene_wait(s, 2);
    assert_int_equal(s->reply.code, DAQS_EEXISTS);
    assert_int_equal(principal_of(s, "node1")->key.byte[0], 1);
}

/* Otherwise a failing disk would keep a stolen key in force. */
static void a_revocation_takes_effect_even_if_it_is_not_stored(void **state)
{
    struct admin_scene *s = *state;
    struct wire_request request = enroll("node1", "agent", 1);
    admin_scene_ask(s, &request, DAQS_OK, "");
    run(s->box, "ALTER TABLE audit RENAME TO elsewhere");
    request = enroll("node2", "agent", 2);
    admin_scene_ask(s, &request, DAQS_ESTORE, "not stored, nothing changed");
    assert_null(principal_of(s, "node2"));
    request = admin_scene_request(WIRE_REVOKE, "node1", "");
    admin_scene_ask(s, &request, DAQS_ESTORE, "until the controller restarts");
    assert_null(principal_of(s, "node1"));
}

static void without_keys_there_are_no_peers(void **state)
{
    struct admin_scene *s = *state;
    struct wire_request request = admin_scene_request(WIRE_PEERS, "", "");
    admin_scene_ask(s, &request, DAQS_EREFUSED, "insecure");
    request = enroll("node1", "agent", 1);
    admin_scene_ask(s, &request, DAQS_EREFUSED, "insecure");
    request = admin_scene_request(WIRE_REVOKE, "node1", "");
    admin_scene_ask(s, &request, DAQS_EREFUSED, "insecure");
}

/* --- take-over --- */

static void a_take_over_is_above_what_hosts_have_obeyed(void **state)
{
    struct admin_scene *s = *state;
    struct wire_request request = admin_scene_request(WIRE_TAKE_OVER, "", "");
    const int64_t year_ms = 365 * INT64_C(86400000);
    const uint64_t obeyed = (uint64_t)(daqs_wall_ms(daqs_clock_system()) + 3 * year_ms);
    struct fleet_host *node1 = admin_scene_host(s, "node1");
    char raised[32];
    reign_hello(s->reign, node1, obeyed);
    reign_hello(s->reign, admin_scene_host(s, "node2"), INT64_MAX);
    assert_string_equal(admin_scene_status(s, "hosts_disobeying"), "2");
    request.take_over.dry_run = true;
    admin_scene_ask(s, &request, DAQS_OK, "hosts that disobey: 2; left out: 1 with an epoch more");
    assert_true(node1->fenced);
    request.take_over.dry_run = false;
    admin_scene_ask(s, &request, DAQS_OK, "was 7; hosts taken over: 1; left out: 1");
    (void)snprintf(raised, sizeof raised, "%" PRIu64, obeyed + 1);
    assert_string_equal(admin_scene_status(s, "epoch"), raised);
    assert_string_equal(admin_scene_status(s, "clock"), "ok");
    assert_string_equal(admin_scene_status(s, "hosts_disobeying"), "1");
    assert_false(node1->fenced);
    request = admin_scene_request(WIRE_AUDIT, "", "");
    admin_scene_ask(s, &request, DAQS_OK, "");
    assert_string_equal(admin_scene_text(s, 0, "what"), "take-over");
    assert_string_equal(admin_scene_text(s, 0, "old"), "7");
    assert_string_equal(admin_scene_text(s, 0, "new"), raised);
    admin_scene_store_events(s);
    assert_int_equal(number(s->box, "SELECT count(*) FROM event WHERE kind = 'epoch-raised'"
                                    " AND text LIKE '%a take-over, by %'"),
                     1);
}

/* --- forget --- */

/* Returns a request to forget node1, which has an SLA and a key, and is away. */
static struct wire_request node1_is_gone(struct admin_scene *s)
{
    struct wire_request sla = admin_scene_request(WIRE_SET_SLA, "node1", "gold");
    const struct wire_request key = enroll("node1", "", 1);
    struct wire_request request = admin_scene_request(WIRE_FORGET, "node1", "");
    admin_scene_host(s, "node1");
    admin_scene_ask(s, &key, DAQS_OK, "node1");
    sla.set_sla.min = 100 * MBIT;
    admin_scene_ask(s, &sla, DAQS_OK, "node1/gold");
    fleet_find(s->fleet, "node1")->heard_ms -= 60000;
    return request;
}

static void a_host_is_forgotten_with_its_slas_and_its_key(void **state)
{
    struct admin_scene *s = *state;
    struct wire_request request = node1_is_gone(s);
    request.forget.dry_run = true;
    admin_scene_ask(s, &request, DAQS_OK, "would forget node1: 1 SLA and its key");
    assert_non_null(fleet_find(s->fleet, "node1"));
    assert_int_equal(ledger_count(s->ledger), 1);
    assert_non_null(principal_of(s, "node1"));
    request.forget.dry_run = false;
    admin_scene_ask(s, &request, DAQS_OK, "node1 is forgotten: 1 SLA and its key");
    assert_null(fleet_find(s->fleet, "node1"));
    assert_int_equal(ledger_count(s->ledger), 0);
    assert_null(principal_of(s, "node1"));
    assert_int_equal(number(s->box, "SELECT count(*) FROM sla"), 0);
    assert_int_equal(number(s->box, "SELECT count(*) FROM audit"), 4); /* the trail stays */
    admin_scene_ask(s, &request, DAQS_ENOTFOUND, "node1 is not known");
}

static void a_host_with_many_slas_is_forgotten_with_one_event_about_them(void **state)
{
    struct admin_scene *s = *state;
    const struct sla sla = {.min = MBIT, .max = DAQS_UNLIMITED, .weight = 1};
    const struct wire_request request = node1_is_gone(s);
    for (int i = 0; i < 1000; i++) {
        char vm[16];
        (void)snprintf(vm, sizeof vm, "vm%d", i);
        assert_int_equal(ledger_put(s->ledger, "node1", vm, &sla, 0, "eve"), DAQS_OK);
    }
    admin_scene_ask(s, &request, DAQS_OK, "node1 is forgotten: 1001 SLAs and its key");
    admin_scene_store_events(s);
    assert_int_equal(number(s->box, "SELECT count(*) FROM event WHERE kind = 'sla-unset'"), 1);
    assert_int_equal(number(s->box,
                            "SELECT count(*) FROM event WHERE kind = 'sla-unset' AND host ="
                            " 'node1' AND text LIKE '0 new, 0 changed, 1001 removed, by %'"),
                     1);
}

static void a_host_that_is_up_is_not_forgotten(void **state)
{
    struct admin_scene *s = *state;
    struct wire_request request = node1_is_gone(s);
    fleet_find(s->fleet, "node1")->heard_ms += 60000;
    admin_scene_ask(s, &request, DAQS_EBUSY, "node1 is up");
    request = admin_scene_request(WIRE_FORGET, "no\tde", "");
    admin_scene_ask(s, &request, DAQS_EINVALID, "host");
    assert_int_equal(ledger_count(s->ledger), 1);
    assert_non_null(principal_of(s, "node1"));
}

static void an_operators_key_is_not_a_hosts(void **state)
{
    struct admin_scene *s = *state;
    const struct wire_request key = enroll("kim", "operator", 1);
    struct wire_request request = admin_scene_request(WIRE_FORGET, "kim", "");
    admin_scene_ask(s, &key, DAQS_OK, "kim");
    admin_scene_ask(s, &request, DAQS_ENOTFOUND, "kim is not known");
    assert_non_null(principal_of(s, "kim"));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, admin_scene_make, admin_scene_end)
#define CASE_WITH_KEYS(name)                                                                       \
    cmocka_unit_test_setup_teardown(name, admin_scene_make_with_keys, admin_scene_end)
    const struct CMUnitTest tests[] = {
        CASE(an_sla_is_stored_applied_and_pushed),
        CASE(a_dry_run_lists_the_changes),
        CASE(the_same_sla_again_changes_nothing),
        CASE(an_sla_may_come_before_its_host_and_its_vm),
        CASE(more_than_the_rest_of_the_uplink_needs_force),
        CASE(an_sla_needs_good_names),
        CASE(reserved_names_get_no_sla_but_lose_theirs),
        CASE(a_vm_without_an_sla_cannot_lose_it),
        CASE(an_sla_that_is_not_stored_is_not_applied),
        CASE(a_mode_is_stored_applied_and_pushed),
        CASE(a_mode_may_come_before_its_host),
        CASE(a_mode_needs_a_good_name_an_uplink_and_a_mode),
        CASE(an_sla_that_the_mode_does_not_enforce_is_accepted_with_a_note),
        CASE(a_mode_that_is_not_stored_is_not_applied),
        CASE_WITH_KEYS(a_key_is_enrolled_listed_and_revoked),
        CASE(a_take_over_is_above_what_hosts_have_obeyed),
        CASE_WITH_KEYS(a_host_is_forgotten_with_its_slas_and_its_key),
        CASE_WITH_KEYS(a_host_with_many_slas_is_forgotten_with_one_event_about_them),
        CASE_WITH_KEYS(a_host_that_is_up_is_not_forgotten),
        CASE_WITH_KEYS(an_operators_key_is_not_a_hosts),
        CASE_WITH_KEYS(a_wrong_enrolment_is_refused),
        CASE_WITH_KEYS(another_key_for_a_name_needs_force),
        CASE_WITH_KEYS(keys_enrolled_at_once_do_not_exceed_the_limit),
        CASE_WITH_KEYS(the_first_of_two_keys_for_a_name_wins),
        CASE_WITH_KEYS(a_revocation_takes_effect_even_if_it_is_not_stored),
        CASE(without_keys_there_are_no_peers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
