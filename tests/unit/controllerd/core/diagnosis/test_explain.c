/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdlib.h>
#include <string.h>

#include "controllerd/core/diagnosis/explain.h"
#include "controllerd/core/policy/plan.h"
#include "tests/lib/made_up.h"

enum { HEADROOM_PPM = 10000 };
static const int64_t start = 1000000;

/* "gold" is guaranteed 2 of 10 Gbit/s; web and gold send as much as they can. */
struct world {
    struct fleet *fleet;
    struct roster *roster;
    struct ledger *ledger;
    struct oversold *oversold;
    struct state_changes *changes;
    struct accounting *accounting;
    struct plan *plan;
    struct fleet_host *host;
    uint64_t sequence;
    struct violation *violations;
    enum daqs_backlog backlog; /* gold's */
    int64_t now_ms;
    char text[EXPLAIN_BYTES];
};

static int make_world(void **state)
{
    static struct world w;
    struct daqs_uplink_info uplink[] = {{"up0", 10 * GBIT}};
    struct daqs_vm_info vm[] = {
        {.name = "gold", .uuid = ""}, {.name = "web", .uuid = ""}, {.name = "bare", .uuid = ""}};
    struct daqs_nic_info nic[] = {{0, 0, {{2, 0, 0, 0, 0, 1}}, 0}, {1, 0, {{2, 0, 0, 0, 0, 2}}, 0}};
    const struct daqs_inventory inventory = {1, 3, 2, uplink, vm, nic, 0, NULL};
    const struct sla sla = {.min = 2 * GBIT, .max = DAQS_UNLIMITED, .weight = 1};
    w = (struct world){.fleet = fleet_new(1, DAQS_MAX_NICS),
                       .roster = roster_new(),
                       .ledger = ledger_new(),
                       .oversold = oversold_new(),
                       .accounting = accounting_new(),
                       .plan = plan_new(),
                       .now_ms = start};
    w.changes = w.oversold ? state_changes_new(w.oversold) : NULL;
    *state = &w;
    if (ledger_put(w.ledger, "node1", "gold", &sla, 0, "eve") != DAQS_OK)
        return -1;
    int result =
        fleet_hello(w.fleet, w.ledger, "node1", "1", 1, 1, 100, &inventory, start, &w.host, NULL);
    if (result != DAQS_OK || !w.changes || !w.accounting || !w.plan ||
        !plan_set_due(w.plan, w.host))
        return -1;
    w.host->connected = true;
    return accounting_hello(w.accounting, w.host) && state_changes_hello(w.changes, w.host) &&
                   roster_heard(w.roster, w.host, start)
               ? 0
               : -1;
}

static int end_world(void **state)
{
    struct world *w = *state;
    accounting_free(w->accounting);
    plan_free(w->plan);
    state_changes_free(w->changes);
    oversold_free(w->oversold);
    roster_free(w->roster);
    fleet_free(w->fleet);
    ledger_free(w->ledger);
    return 0;
}

static void report(struct world *w, daqs_bps gold, daqs_bps web, int64_t now_ms)
{
    const daqs_bps rate[] = {gold, web};
    struct daqs_nic_reading reading[2];
    for (int i = 0; i < 2; i++)
        reading[i] = (struct daqs_nic_reading){
            .state = DAQS_NIC_OK, .sample = {.interval_us = 100000, .tx_bytes = rate[i] / 80}};
    reading[0].backlog = (uint8_t)w->backlog;
    assert_true(fleet_report(w->host, 1, ++w->sequence, UINT64_MAX, reading, 2, now_ms));
    assert_true(plan_decide(w->plan, w->host, HEADROOM_PPM, now_ms));
}

static bool explains(struct world *w, const char *vm, int64_t now_ms)
{
    const struct problem_scene scene = {.fleet = w->fleet,
                                        .roster = w->roster,
                                        .ledger = w->ledger,
                                        .violations = w->violations,
                                        .changes = w->changes,
                                        .accounting = w->accounting,
                                        .now_ms = now_ms,
                                        .wall_ms = now_ms};
    return explain_vm(&scene, "node1", vm, w->text);
}

static void assert_begins(const struct world *w, const char *expected)
{
    if (strncmp(w->text, expected, strlen(expected)) != 0)
        fail_msg("'%s' does not begin with '%s'", w->text, expected);
}

static void assert_explains(struct world *w, const char *vm, int64_t now_ms, const char *expected)
{
    assert_true(explains(w, vm, now_ms));
    assert_string_equal(w->text, expected);
}

static void a_yielding_vm_is_explained_with_whom_it_yields_to(void **state)
{
    struct world *w = *state;
    report(w, 5900 * MBIT, 3900 * MBIT, start);
    report(w, 5900 * MBIT, 3900 * MBIT, start + 12000);
    w->host->nic[1].applied = w->host->nic[1].limit;
    assert_explains(
        w, "web", start + 12000,
        "web on up0 sends 3.9Gbit, held to 3.888Gbit; it sends as much as it may, and may want "
        "more. It yields to gold (guaranteed 2Gbit, sends 5.9Gbit); "
        "what the guarantees leave is shared by weight (its own is 1). Unchanged for 12 s.");
}

static void a_guaranteed_vm_is_explained(void **state)
{
    struct world *w = *state;
    report(w, 5900 * MBIT, 3900 * MBIT, start);
    assert_true(explains(w, "gold", start));
    assert_non_null(strstr(w->text, "gold on up0 sends 5.9Gbit, without limit"));
    assert_non_null(strstr(w->text, "It is guaranteed 2Gbit and needs no limit"));
}

static void a_limit_that_is_not_in_force_is_reported(void **state)
{
    struct world *w = *state;
    report(w, 5900 * MBIT, 3900 * MBIT, start);
    assert_true(explains(w, "web", start));
    assert_non_null(strstr(w->text, "(not in force yet)"));
}

static void an_old_limit_that_is_still_in_force_is_reported(void **state)
{
    struct world *w = *state;
    report(w, 5900 * MBIT, 3900 * MBIT, start);
    w->host->nic[1].applied = w->host->nic[1].limit * 2;
    assert_true(explains(w, "web", start));
    assert_non_null(strstr(w->text, "(not in force yet)"));
    w->host->nic[1].applied = w->host->nic[1].limit - 500000; /* rounded */
    assert_true(explains(w, "web", start));
    assert_null(strstr(w->text, "(not in force yet)"));
}

static void a_vm_that_cannot_be_limited_is_explained(void **state)
{
    struct world *w = *state;
    report(w, 5900 * MBIT, 3900 * MBIT, start);
    w->host->nic[1].state = DAQS_NIC_UNMANAGED;
    w->host->nic[1].fresh = true;
    assert_true(plan_decide(w->plan, w->host, HEADROOM_PPM, start));
    assert_true(explains(w, "web", start));
    assert_non_null(strstr(w->text, "Reason: cannot be limited"));
}

static void a_guarantee_that_does_not_count_is_marked(void **state)
{
    struct world *w = *state;
    w->host->uplink[0].mode = POLICY_MODE_FAIR;
    report(w, 5900 * MBIT, 3900 * MBIT, start);
    assert_true(explains(w, "gold", start));
    assert_non_null(strstr(w->text, "guaranteed 2Gbit (which does not count in the mode fair)"));
}

static void a_vm_that_is_not_measured_is_explained(void **state)
{
    struct world *w = *state;
    w->host->nic[1].cause = DAQS_CAUSE_NO_AGENT;
    assert_explains(w, "web", start,
                    "web on up0 is not measured (the guest agent is not running or not "
                    "connected), without limit; its demand is not known. Reason: no report "
                    "yet.");
}

/* Makes gold fall short for some seconds, on a port with room. */
static void be_short(struct world *w, enum daqs_backlog backlog, daqs_bps web, unsigned seconds)
{
    w->backlog = backlog;
    for (unsigned i = 1; i <= seconds * 10; i++) {
        w->now_ms += 100;
        report(w, 500 * MBIT, web, w->now_ms);
    }
    assert_true(explains(w, "gold", w->now_ms));
}

static void a_bottleneck_behind_the_port_is_reported_with_the_value_to_set(void **state)
{
    struct world *w = *state;
    be_short(w, DAQS_BACKLOG_SOME, 5000 * MBIT, 3);
    assert_non_null(strstr(w->text, " Only 5.8"));
    assert_non_null(strstr(w->text, " of 10Gbit get through behind the port of up0"));
    assert_non_null(strstr(w->text, "set capacity = 5.8"));
    assert_true(explains(w, "web", w->now_ms)); /* web is limited because of it */
    assert_non_null(strstr(w->text, " of 10Gbit get through behind the port of up0"));
}

static void n11_traffic_between_vms_is_reported(void **state)
{
    struct world *w = *state;
    const struct daqs_uplink_reading port = {
        .port_interval_us = 100000, .port_bytes = 25000000, .port_packets = 16000};
    for (unsigned i = 1; i <= 40; i++) {
        w->now_ms += 100;
        fleet_report_uplinks(w->host, &port, 1, w->now_ms);
        report(w, 2 * GBIT, 6 * GBIT, w->now_ms);
    }
    assert_true(explains(w, "web", w->now_ms));
    assert_non_null(strstr(w->text, " Of what the VMs send on the uplink, 6.4"));
    assert_non_null(strstr(w->text, " does not leave through its port: it goes to VMs"));
}

static void one_that_is_held_back_alone_is_explained(void **state)
{
    struct world *w = *state;
    be_short(w, DAQS_BACKLOG_SOME, 5000 * MBIT, 6);
    assert_null(strstr(w->text, "get through behind"));
    assert_non_null(strstr(w->text, "it did not send more when the others yielded"));
}

static void an_unknown_bottleneck_is_explained_too(void **state)
{
    struct world *w = *state;
    be_short(w, DAQS_BACKLOG_UNKNOWN, 5000 * MBIT, 5);
    assert_non_null(strstr(w->text, "The port is not full: the total was never above 5.8"));
    assert_non_null(strstr(w->text, "is not known"));
    be_short(w, DAQS_BACKLOG_NONE, 5000 * MBIT, 1); /* gold wants no more */
    assert_null(strstr(w->text, "The port is not full"));
    be_short(w, DAQS_BACKLOG_UNKNOWN, 9000 * MBIT, 5); /* now the port is full */
    assert_null(strstr(w->text, "The port is not full"));
}

static void a_vm_without_a_nic_is_not_explained(void **state)
{
    struct world *w = *state;
    assert_false(explains(w, "bare", start));
    assert_false(explains(w, "nobody", start));
}

static void problems_come_first(void **state)
{
    struct world *w = *state;
    struct violation v = {.host = "node1",
                          .vm = "gold",
                          .uplink = "up0",
                          .since_ms = start - 34000,
                          .cause = {.reason = VIOLATION_UNLIMITED,
                                    .nic_cause = DAQS_CAUSE_TENANT_QDISC,
                                    .culprit = "web"}};
    report(w, 1500 * MBIT, 3900 * MBIT, start);
    w->violations = &v;
    assert_true(explains(w, "gold", start));
    assert_begins(w, "violation on up0 for 34 s: sends 1.5Gbit of the 2Gbit guaranteed, and wants "
                     "more: a guest that cannot be limited takes its part: web (the guest has a "
                     "root qdisc of its own). To do: in the guest: tc qdisc del dev NIC root; or "
                     "enforce = host; next: daqsctl explain node1 web\ngold on up0 ");
    assert_null(strstr(w->text, "does not want more"));
    assert_true(explains(w, "web", start)); /* the violation is not web's */
    assert_null(strstr(w->text, "violation"));
}

static void a_nic_that_cannot_be_limited_is_reported_with_what_to_do(void **state)
{
    struct world *w = *state;
    report(w, 5900 * MBIT, 3900 * MBIT, start);
    w->host->nic[1].state = DAQS_NIC_UNMANAGED;
    w->host->nic[1].cause = DAQS_CAUSE_NO_TC;
    assert_true(explains(w, "web", start));
    assert_begins(w, "unmanaged on up0: tc could not be run in the guest. To do: in the guest: "
                     "install iproute2; or enforce = host; next: daqsctl events node1 web\n");
}

static void a_vm_of_a_host_that_is_away_is_explained(void **state)
{
    struct world *w = *state;
    report(w, 5900 * MBIT, 3900 * MBIT, start);
    assert_true(explains(w, "gold", start + 40000));
    assert_begins(w, "host-down for 40 s: no message from its agent for 40 s; 2Gbit is guaranteed "
                     "there. To do: on the host: systemctl status daqs-agentd, ");
}

static void a_vm_of_a_host_that_never_came_is_explained(void **state)
{
    struct world *w = *state;
    const struct sla sla = {.min = GBIT, .max = DAQS_UNLIMITED, .weight = 1};
    const struct problem_scene scene = {.fleet = w->fleet,
                                        .roster = w->roster,
                                        .ledger = w->ledger,
                                        .now_ms = start,
                                        .wall_ms = start};
    assert_int_equal(ledger_put(w->ledger, "node2", "db", &sla, 0, "eve"), DAQS_OK);
    roster_set(w->roster, "node2", ROSTER_HAS_SLA, true, start - 60000);
    assert_true(explain_vm(&scene, "node2", "db", w->text));
    assert_begins(w, "host-down for 60 s: no message from its agent yet, for 60 s; "
                     "1Gbit is guaranteed there. To do: ");
    assert_null(strchr(w->text, '\n'));
    assert_false(explain_vm(&scene, "node2", "nobody", w->text));
}

static void unlimited_vms_beside_a_guaranteed_vm_are_named(void **state)
{
    struct world *w = *state;
    for (int i = 0; i < 40; i++)
        report(w, 1000 * MBIT, 3900 * MBIT, start + 100 * i);
    w->host->nic[1].state = DAQS_NIC_UNRESPONSIVE;
    w->host->nic[1].cause = DAQS_CAUSE_TIMEOUT;
    w->host->nic[1].applied = DAQS_UNLIMITED;
    assert_true(explains(w, "gold", start + 4000));
    assert_non_null(strstr(w->text,
                           " Not limited on this uplink: web (the guest agent did not answer in "
                           "time)."));
    assert_null(strstr(w->text, "It does not want more")); /* this is unknown */
    w->host->nic[1].applied = 100 * MBIT;
    assert_true(explains(w, "gold", start + 4000));
    assert_null(strstr(w->text, "Not limited on this uplink"));
}

static void a_vm_content_with_less_than_its_guarantee_is_explained(void **state)
{
    struct world *w = *state;
    report(w, 1000 * MBIT, 3900 * MBIT, start);
    made_up(w->accounting, w->host, 0)->attainment.last =
        ATTAINMENT_IDLE; /* the accounting's verdict */
    assert_true(explains(w, "gold", start));
    assert_non_null(strstr(w->text, "It does not want more: it does not use what is free for it"));
    made_up(w->accounting, w->host, 0)->attainment.last = ATTAINMENT_UNKNOWN;
    assert_true(explains(w, "gold", start));
    assert_null(strstr(w->text, "It does not want more"));
}

int main(void)
{
#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, make_world, end_world)
    const struct CMUnitTest tests[] = {
        IN_WORLD(a_yielding_vm_is_explained_with_whom_it_yields_to),
        IN_WORLD(a_guaranteed_vm_is_explained),
        IN_WORLD(a_limit_that_is_not_in_force_is_reported),
        IN_WORLD(an_old_limit_that_is_still_in_force_is_reported),
        IN_WORLD(a_vm_that_cannot_be_limited_is_explained),
        IN_WORLD(a_guarantee_that_does_not_count_is_marked),
        IN_WORLD(a_vm_that_is_not_measured_is_explained),
        IN_WORLD(a_bottleneck_behind_the_port_is_reported_with_the_value_to_set),
        IN_WORLD(n11_traffic_between_vms_is_reported),
        IN_WORLD(one_that_is_held_back_alone_is_explained),
        IN_WORLD(an_unknown_bottleneck_is_explained_too),
        IN_WORLD(a_vm_without_a_nic_is_not_explained),
        IN_WORLD(problems_come_first),
        IN_WORLD(a_nic_that_cannot_be_limited_is_reported_with_what_to_do),
        IN_WORLD(a_vm_of_a_host_that_is_away_is_explained),
        IN_WORLD(a_vm_of_a_host_that_never_came_is_explained),
        IN_WORLD(unlimited_vms_beside_a_guaranteed_vm_are_named),
        IN_WORLD(a_vm_content_with_less_than_its_guarantee_is_explained),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
