/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/core/diagnosis/problems.h"

static const int64_t start = 1000000;
static const int64_t wall = INT64_C(1800000000000);
struct world {
    struct fleet *fleet;
    struct roster *roster;
    struct ledger *ledger;
    struct oversold *oversold;
    struct state_changes *changes;
    struct violation violation;
    struct problem_scene scene;
    struct daqs_table table;
};

static struct fleet_host *hello(struct world *w, const char *name)
{
    struct daqs_uplink_info uplink[] = {{"up0", 10 * GBIT}, {"up1", 10 * GBIT}};
    struct daqs_vm_info vm[] = {
        {.name = "gold", .uuid = ""}, {.name = "web", .uuid = ""}, {.name = "db", .uuid = ""}};
    struct daqs_nic_info nic[] = {{0, 0, {{2, 0, 0, 0, 0, 1}}, 0},
                                  {1, 0, {{2, 0, 0, 0, 0, 2}}, 0},
                                  {1, 1, {{2, 0, 0, 0, 0, 3}}, 0},
                                  {2, 1, {{2, 0, 0, 0, 0, 4}}, 0}};
    const struct daqs_inventory inventory = {2, 3, 4, uplink, vm, nic, 0, NULL};
    struct fleet_host *host = NULL;
    assert_int_equal(
        fleet_hello(w->fleet, w->ledger, name, "1.0", 1, 1, 100, &inventory, start, &host, NULL),
        DAQS_OK);
    host->connected = true;
    assert_true(state_changes_hello(w->changes, host));
    assert_true(roster_heard(w->roster, host, start));
    return host;
}

static int make_world(void **state)
{
    const struct sla sla = {.min = 2 * GBIT, .max = DAQS_UNLIMITED, .weight = 1};
    struct world *w = calloc(1, sizeof *w);
    *state = w;
    if (!w)
        return -1;
    w->fleet = fleet_new(10000, DAQS_MAX_NICS);
    w->roster = roster_new();
    w->ledger = ledger_new();
    w->oversold = oversold_new();
    w->changes = w->oversold ? state_changes_new(w->oversold) : NULL;
    if (!w->fleet || !w->roster || !w->ledger || !w->changes ||
        ledger_put(w->ledger, "node1", "gold", &sla, 0, "eve") != DAQS_OK)
        return -1;
    roster_load(w->roster, w->ledger, start - 60000);
    w->violation =
        (struct violation){.host = "node1", .vm = "gold", .uplink = "up0", .since_ms = wall - 5000};
    w->scene = (struct problem_scene){.fleet = w->fleet,
                                      .roster = w->roster,
                                      .ledger = w->ledger,
                                      .changes = w->changes,
                                      .now_ms = start,
                                      .wall_ms = wall};
    return 0;
}

static int end_world(void **state)
{
    struct world *w = *state;
    state_changes_free(w->changes);
    oversold_free(w->oversold);
    roster_free(w->roster);
    fleet_free(w->fleet);
    ledger_free(w->ledger);
    free(w);
    return 0;
}

/* Checks the rows of a host ("": of all), each as "kind host vm uplink" with '-' for an empty cell,
 * separated by commas. */
static void assert_problems(struct world *w, const char *host, const char *expected)
{
    char text[1024] = "";
    size_t used = 0;
    const struct view_range range = {.host = host};
    struct daqs_table table;
    assert_false(view_problems(&w->scene, &range, &table));
    assert_false(table.failed);
    for (size_t row = 0; row < daqs_table_rows(&table); row++)
        for (size_t i = 0; i < 4; i++) {
            const struct daqs_cell *cell = daqs_table_at(&table, row, i);
            int n = snprintf(text + used, sizeof text - used, "%s%s",
                             i     ? " "
                             : row ? ", "
                                   : "",
                             cell->empty ? "-" : cell->text);
            assert_true(n > 0);
            used += (size_t)n;
        }
    daqs_table_done(&table);
    assert_string_equal(text, expected);
}

/* Checks the text and the remedy of the first row. */
static void assert_says(struct world *w, const char *text, const char *fix)
{
    const struct view_range range = {.host = ""};
    struct daqs_table table;
    (void)view_problems(&w->scene, &range, &table);
    assert_string_equal(daqs_table_at(&table, 0, 5)->text, text);
    assert_string_equal(daqs_table_at(&table, 0, 6)->text, fix);
    daqs_table_done(&table);
}

static void nothing_is_wrong_with_a_fleet_that_is_well(void **state)
{
    struct world *w = *state;
    assert_int_equal(hello(w, "node1")->nics, 4);
    assert_problems(w, "", "");
}

static void the_worst_comes_first(void **state)
{
    struct world *w = *state;
    assert_int_equal(oversold_put(w->oversold, "node1", "up0", 1), DAQS_OK);
    struct fleet_host *node1 = hello(w, "node1");
    struct fleet_host *node2 = hello(w, "node2");
    node2->connected = false; /* away */
    node1->nic[1].state = DAQS_NIC_UNMANAGED;
    node1->nic[3].state = DAQS_NIC_TAMPERED;
    node1->nic[0].state = DAQS_NIC_UNRESPONSIVE;
    node1->uplink[1].capacity = 0;
    node1->stale_controller = 7;
    node1->stale_ms = start;
    node1->fenced = true;
    node1->saving = DAQS_SAVING_FAILING;
    w->scene.violations = &w->violation;
    w->scene.sla_file_failing = true;
    w->scene.database_damage = "database disk image is malformed";
    w->scene.history_failing = w->scene.events_failing = w->scene.queries_failing = true;
    assert_problems(w, "",
                    "violation node1 gold up0, host-disobeys node1 - -, host-down node2 - -, "
                    "tampered node1 db up1, unresponsive node1 gold up0, unmanaged node1 web up0, "
                    "oversubscribed node1 - up0, capacity-unknown node1 - up1, other-controller "
                    "node1 - -, history-gap - - -, queries-failing - - -, events-failing - - -, "
                    "database-damaged - - -, sla-file-failing - - -, state-dir-failing node1 - -");
}

static void g8_a_vf_of_a_guaranteed_vm_that_nobody_watches_is_a_problem(void **state)
{
    struct world *w = *state;
    struct fleet_host *node1 = hello(w, "node1");
    struct daqs_unwatched_info vf[] = {
        {.vm = 0, .vf = 3, .pf = "ens2", .pci = "0000:5e:02.3", .cause = DAQS_CAUSE_VF_NO_UPLINK},
        {.vm = 1, .vf = 4, .pf = "ens2", .pci = "0000:5e:02.4", .cause = DAQS_CAUSE_VF_NO_UPLINK}};
    node1->vm[0].sla.min = 2 * GBIT;
    node1->vm[1].sla.min = 0;
    free(node1->unwatched);
    node1->unwatched = vf;
    node1->unwatched_vfs = 2;
    assert_problems(w, "", "unwatched node1 gold -");
    assert_says(
        w,
        "its VF 0000:5e:02.3 is not watched: its PF is not an uplink in the configuration; its "
        "guarantee of 2Gbit does not hold there",
        "on the host: add its PF to /etc/daqs/agentd.conf as an uplink, if guarantees are "
        "to hold there; next: daqsctl vms node1");
    node1->unwatched = NULL;
    node1->unwatched_vfs = 0;
}

static void a_host_alone_can_be_asked_about(void **state)
{
    struct world *w = *state;
    struct fleet_host *node1 = hello(w, "node1");
    struct fleet_host *node2 = hello(w, "node2");
    node1->nic[1].state = DAQS_NIC_UNMANAGED;
    node2->nic[3].state = DAQS_NIC_UNMANAGED;
    w->scene.violations = &w->violation;
    w->scene.history_failing = true;
    assert_problems(w, "node2", "unmanaged node2 db up1");
    assert_problems(w, "node1", "violation node1 gold up0, unmanaged node1 web up0");
}

static void a_vm_is_one_problem_in_the_worst_of_its_nics_states(void **state)
{
    struct world *w = *state;
    struct fleet_host *node1 = hello(w, "node1");
    node1->nic[1].state = DAQS_NIC_UNMANAGED;
    node1->nic[2].state = DAQS_NIC_TAMPERED;
    assert_problems(w, "", "tampered node1 web up1");
    node1->nic[2].state = 99;              /* a newer agent's */
    node1->nic[0].state = DAQS_NIC_FROZEN; /* g6: not a problem during its minute of grace */
    assert_problems(w, "", "unmanaged node1 web up0");
}

static void for_a_host_that_is_away_nothing_else_is_listed(void **state)
{
    struct world *w = *state;
    struct fleet_host *node1 = hello(w, "node1");
    node1->nic[1].state = DAQS_NIC_UNMANAGED;
    node1->uplink[1].capacity = 0;
    w->scene.now_ms += 12000;
    w->scene.wall_ms += 12000;
    assert_problems(w, "", "host-down node1 - -");
    assert_says(w, "no message from its agent for 12 s; 2Gbit is guaranteed there",
                "on the host: systemctl status daqs-agentd, journalctl -u daqs-agentd -n 50; next: "
                "daqsctl events node1");
}

static void a_host_that_never_came_is_reported_once_agents_had_time(void **state)
{
    struct world *w = *state;
    assert_problems(w, "", "host-down node1 - -");
    assert_problems(w, "node1", "host-down node1 - -");
    w->scene.now_ms = start - 60000 + ROSTER_STARTING_MS - 1;
    assert_problems(w, "", "");
    assert_problems(w, "node1", "");
}

static void a_host_that_only_has_a_key_is_reported_when_it_does_not_come(void **state)
{
    struct world *w = *state;
    (void)hello(w, "node1");
    roster_set(w->roster, "node2", ROSTER_HAS_KEY, true, start - 12000);
    assert_problems(w, "", "host-down node2 - -");
    assert_says(w, "no message from its agent yet, for 12 s; nothing is guaranteed there",
                "on the host: systemctl status daqs-agentd, journalctl -u daqs-agentd -n 50; next: "
                "daqsctl events node2");
    roster_note_heard(w->roster, "node2", w->scene.wall_ms - 3600000);
    assert_problems(w, "", "host-down node2 - -");
    assert_says(w, "no message from its agent for 3600 s; nothing is guaranteed there",
                "on the host: systemctl status daqs-agentd, journalctl -u daqs-agentd -n 50; next: "
                "daqsctl events node2");
    roster_set(w->roster, "node2", ROSTER_HAS_KEY, false, start);
    assert_problems(w, "", "");
}

static void a_host_that_two_machines_claim_is_reported_while_it_lasts(void **state)
{
    struct world *w = *state;
    struct fleet_host *host = hello(w, "node1");
    struct host_claims *claims = host_claims_new();
    int64_t since_ms = 0;
    assert_non_null(claims);
    w->scene.claims = claims;
    assert_problems(w, "", "");
    assert_true(host_claims_note(claims, host, "192.0.2.1", "", start, wall));
    assert_false(host_claims_note(claims, host, "192.0.2.1", "192.0.2.2", start + 40000, wall));
    host->heard_ms = w->scene.now_ms = start + 40000;
    assert_problems(w, "", "host-claimed node1 - -");
    assert_says(w,
                "another machine uses its name or key: 192.0.2.1 is connected, 192.0.2.2 is "
                "refused",
                "give each machine a name and a key of its own; next: daqsctl peers");
    assert_false(
        host_claims_end(claims, host, start + 40000 + HOST_CLAIM_LASTING_MS - 1, &since_ms));
    host->heard_ms = w->scene.now_ms = start + 40000 + HOST_CLAIM_LASTING_MS;
    assert_problems(w, "", "");
    assert_true(host_claims_end(claims, host, w->scene.now_ms, &since_ms));
    assert_int_equal(since_ms, wall);
    assert_false(host_claims_end(claims, host, w->scene.now_ms, &since_ms));
    assert_true(host_claims_note(claims, host, "", "", w->scene.now_ms, wall + 5));
    assert_int_equal(host_claims_find(claims, host, w->scene.now_ms)->since_ms, wall + 5);
    host_claims_forget(claims, host);
    assert_null(host_claims_find(claims, host, w->scene.now_ms));
    host_claims_free(claims);
}

static void an_sla_that_does_not_follow_its_vm_is_reported(void **state)
{
    struct world *w = *state;
    (void)hello(w, "node1");
    assert_true(ledger_note_stay(w->ledger, "node1", "gold", "node2/gold"));
    assert_problems(w, "", "sla-stays node1 gold -");
    assert_problems(w, "node1", "sla-stays node1 gold -");
    assert_says(
        w, "its VM is now node2/gold, and the SLA did not follow it",
        "make room there and set the SLA there, or move the VM back; next: daqsctl events node1 "
        "gold");
}

static void an_uplink_without_capacity_and_policy_is_well(void **state)
{
    struct world *w = *state;
    struct fleet_host *node1 = hello(w, "node1");
    node1->uplink[0].capacity = 0;
    node1->uplink[0].mode = POLICY_MODE_OFF;
    assert_problems(w, "", "");
}

static void greater_guarantees_come_first(void **state)
{
    struct world *w = *state;
    const struct sla sla = {.min = 3 * GBIT, .max = DAQS_UNLIMITED, .weight = 1};
    assert_int_equal(ledger_put(w->ledger, "node2", "gold", &sla, 0, "eve"), DAQS_OK);
    hello(w, "node1")->connected = false;
    hello(w, "node2")->connected = false;
    assert_problems(w, "", "host-down node2 - -, host-down node1 - -");
}

static void the_usage_in_a_violation_is_measured(void **state)
{
    struct world *w = *state;
    struct fleet_host *node1 = hello(w, "node1");
    w->scene.violations = &w->violation;
    assert_says(
        w,
        "sends not known how much of the 2Gbit guaranteed, and wants more: squeezed by the "
        "others on the uplink",
        "check which VMs send, and whether the full capacity gets through; next: daqsctl vms "
        "node1");
    node1->nic[0].sampled = true;
    node1->nic[0].sampled_ms = start;
    node1->nic[0].usage = 500 * MBIT;
    assert_says(
        w,
        "sends 500Mbit of the 2Gbit guaranteed, and wants more: squeezed by the others on "
        "the uplink",
        "check which VMs send, and whether the full capacity gets through; next: daqsctl vms "
        "node1");
}

static void many_come_in_parts(void **state)
{
    struct world *w = *state;
    size_t rows = 0;
    bool more = true;
    for (int i = 0; i < 5000; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "host%04d", i);
        hello(w, name)->connected = false;
    }
    roster_set(w->roster, "node1", ROSTER_HAS_SLA, false, start);
    while (more) {
        const struct view_range range = {.host = "", .skip = rows};
        struct daqs_table table;
        more = view_problems(&w->scene, &range, &table);
        assert_false(table.failed);
        assert_true(daqs_table_rows(&table) > 0);
        rows += daqs_table_rows(&table);
        daqs_table_done(&table);
    }
    assert_int_equal(rows, 5000);
}

int main(void)
{
#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, make_world, end_world)
    const struct CMUnitTest tests[] = {
        IN_WORLD(nothing_is_wrong_with_a_fleet_that_is_well),
        IN_WORLD(the_worst_comes_first),
        IN_WORLD(g8_a_vf_of_a_guaranteed_vm_that_nobody_watches_is_a_problem),
        IN_WORLD(a_host_alone_can_be_asked_about),
        IN_WORLD(a_vm_is_one_problem_in_the_worst_of_its_nics_states),
        IN_WORLD(for_a_host_that_is_away_nothing_else_is_listed),
        IN_WORLD(a_host_that_never_came_is_reported_once_agents_had_time),
        IN_WORLD(a_host_that_two_machines_claim_is_reported_while_it_lasts),
        IN_WORLD(a_host_that_only_has_a_key_is_reported_when_it_does_not_come),
        IN_WORLD(an_sla_that_does_not_follow_its_vm_is_reported),
        IN_WORLD(an_uplink_without_capacity_and_policy_is_well),
        IN_WORLD(greater_guarantees_come_first),
        IN_WORLD(the_usage_in_a_violation_is_measured),
        IN_WORLD(many_come_in_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
