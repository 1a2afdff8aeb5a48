/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdlib.h>
#include <string.h>

#include "controllerd/core/admission/admission.h"
#include "controllerd/core/policy/plan.h"
#include "shared/policy/uplink_nics.h"
#include "shared/policy/wire_bytes.h"
#include "tests/lib/random.h"

/* Some time after the start, in milliseconds. */
static const int64_t start = 1000000;
enum { MOST = 8, HEADROOM_PPM = 10000, POLL_MS = 100 };

/* An inventory, and the fleet that receives it. */
struct world {
    struct fleet *fleet;
    struct ledger *ledger;
    struct fleet_host *host; /* of the last hello */
    uint64_t sequence;       /* of the last report */
    struct daqs_uplink_info uplink[MOST];
    struct daqs_vm_info vm[MOST];
    struct daqs_nic_info nic[MOST];
    struct daqs_inventory inventory;
};

static int a_connection;

static int make_world(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    if (!w)
        return -1;
    w->fleet = fleet_new(3, DAQS_MAX_NICS);
    w->ledger = ledger_new();
    w->inventory = (struct daqs_inventory){.uplink = w->uplink, .vm = w->vm, .nic = w->nic};
    *state = w;
    return w->fleet && w->ledger ? 0 : -1;
}

static int end_world(void **state)
{
    struct world *w = *state;
    fleet_free(w->fleet);
    ledger_free(w->ledger);
    free(w);
    return 0;
}

static uint32_t add_uplink(struct world *w, const char *name, daqs_bps capacity)
{
    w->uplink[w->inventory.uplinks] = (struct daqs_uplink_info){name, capacity};
    return w->inventory.uplinks++;
}

static uint32_t add_vm(struct world *w, const char *name)
{
    w->vm[w->inventory.vms] = (struct daqs_vm_info){name, ""};
    return w->inventory.vms++;
}

static uint32_t add_nic(struct world *w, uint32_t vm, uint32_t uplink, uint8_t mac)
{
    w->nic[w->inventory.nics] =
        (struct daqs_nic_info){.vm = vm, .uplink = uplink, .mac = {{2, 0, 0, 0, 0, mac}}};
    return w->inventory.nics++;
}

static void set_sla(struct world *w, const char *vm, daqs_bps min, daqs_bps max)
{
    const struct sla sla = {.min = min, .max = max, .weight = 1};
    assert_int_equal(ledger_put(w->ledger, "node1", vm, &sla, 0, "eve"), DAQS_OK);
}

static int try_hello(struct world *w, const char *name, uint64_t instance, uint64_t generation,
                     int64_t now_ms, struct daqs_error *err)
{
    int result = fleet_hello(w->fleet, w->ledger, name, "1.0", instance, generation, POLL_MS,
                             &w->inventory, now_ms, &w->host, err);
    if (result == DAQS_OK)
        w->host->conn = &a_connection;
    return result;
}

static void hello(struct world *w, uint64_t generation)
{
    assert_int_equal(try_hello(w, "node1", 1, generation, start, NULL), DAQS_OK);
}

/* Returns what a nic sends at this rate in 0.1 s. */
static struct daqs_nic_reading sends(daqs_bps rate)
{
    return (struct daqs_nic_reading){
        .state = DAQS_NIC_OK,
        .sample = {.interval_us = 100000, .tx_bytes = rate / 80, .tx_packets = 1}};
}

/* Sends the next report, which must be accepted. */
static void report(struct world *w, const struct daqs_nic_reading *reading, int64_t now_ms)
{
    assert_true(fleet_report(w->host, w->host->generation, ++w->sequence, UINT64_MAX, reading,
                             w->host->nics, now_ms));
}

static void decide(struct world *w)
{
    w->host->push_due = false;
    assert_true(plan_decide(w->host, HEADROOM_PPM, start));
}

/* --- hosts that disappear --- */

static void a_host_is_forgotten_if_it_stays_away_and_nothing_waits_for_it(void **state)
{
    const int64_t after_ms = 60000;
    struct world *w = *state;
    hello(w, 1);
#define FORGETTABLE(ms) fleet_forgettable(w->host, w->ledger, after_ms, start + (ms))
    assert_true(FORGETTABLE(after_ms)); /* silent for so long that its connection is dead */
    assert_false(FORGETTABLE(after_ms - 1));
    w->host->conn = NULL;
    assert_true(FORGETTABLE(after_ms));
    assert_false(FORGETTABLE(after_ms - 1));
    set_sla(w, "soon1", GBIT, DAQS_UNLIMITED);
    assert_false(FORGETTABLE(after_ms));
    assert_true(ledger_remove(w->ledger, "node1", "soon1"));
    assert_true(FORGETTABLE(after_ms));
}

static void with_one_host_forgotten_the_others_stay_in_order(void **state)
{
    static const char *const names[] = {"a", "b", "c"};
    struct world *w = *state;
    add_uplink(w, "up0", GBIT);
    add_nic(w, add_vm(w, "db1"), 0, 1);
    for (int i = 0; i < 3; i++)
        assert_int_equal(try_hello(w, names[i], 1, 1, start, NULL), DAQS_OK);
    fleet_forget(w->fleet, 1);
    assert_int_equal(fleet_count(w->fleet), 2);
    assert_string_equal(fleet_at(w->fleet, 0)->name, "a");
    assert_string_equal(fleet_at(w->fleet, 1)->name, "c");
    assert_null(fleet_find(w->fleet, "b"));
    fleet_forget(w->fleet, 1);
    fleet_forget(w->fleet, 0);
    assert_int_equal(fleet_count(w->fleet), 0);
    assert_int_equal(try_hello(w, "b", 1, 1, start, NULL), DAQS_OK);
    assert_ptr_equal(fleet_at(w->fleet, 0), fleet_find(w->fleet, "b"));
}

/* --- hello --- */

static void a_new_host_is_taken_with_a_copy_of_its_inventory(void **state)
{
    struct world *w = *state;
    char texts[3][8] = {"up0", "db1", "uuid"};
    add_uplink(w, texts[0], 10 * GBIT);
    add_vm(w, texts[1]);
    w->vm[0].uuid = texts[2];
    add_nic(w, 0, 0, 1);
    set_sla(w, "db1", GBIT, 2 * GBIT);
    hello(w, 7);
    memset(texts, 'x', sizeof texts);

    struct fleet_host *host = w->host;
    assert_ptr_equal(fleet_find(w->fleet, "node1"), host);
    assert_ptr_equal(fleet_at(w->fleet, 0), host);
    assert_int_equal(fleet_count(w->fleet), 1);
    assert_string_equal(host->name, "node1");
    assert_string_equal(host->version, "1.0");
    assert_int_equal(host->instance, 1);
    assert_int_equal(host->generation, 7);
    assert_int_equal(host->poll_ms, POLL_MS);
    assert_true(host->push_due);
    assert_int_equal(host->uplinks, 1);
    assert_string_equal(host->uplink[0].name, "up0");
    assert_int_equal(host->uplink[0].capacity, 10 * GBIT);
    assert_int_equal(host->vms, 1);
    assert_string_equal(host->vm[0].name, "db1");
    assert_string_equal(host->vm[0].uuid, "uuid");
    assert_int_equal(host->vm[0].sla.min, GBIT);
    assert_int_equal(host->nics, 1);
    assert_int_equal(host->nic[0].mac.byte[5], 1);
    assert_int_equal(host->nic[0].state, DAQS_NIC_WAITING);
    assert_int_equal(host->nic[0].limit, DAQS_UNLIMITED);
    assert_int_equal(host->nic[0].reason, POLICY_NO_DATA);
}

static void hosts_are_kept_in_the_order_of_their_first_hello(void **state)
{
    struct world *w = *state;
    assert_null(fleet_find(w->fleet, "b"));
    assert_int_equal(try_hello(w, "b", 1, 1, start, NULL), DAQS_OK);
    assert_int_equal(try_hello(w, "a", 2, 1, start, NULL), DAQS_OK);
    assert_int_equal(try_hello(w, "b", 1, 2, start, NULL), DAQS_OK);
    assert_int_equal(fleet_count(w->fleet), 2);
    assert_string_equal(fleet_at(w->fleet, 0)->name, "b");
    assert_string_equal(fleet_at(w->fleet, 1)->name, "a");
    assert_null(fleet_find(w->fleet, "ab"));
}

static void the_same_agent_may_say_hello_again(void **state)
{
    struct world *w = *state;
    const struct daqs_nic_reading reading[] = {sends(GBIT)};
    add_uplink(w, "up0", 10 * GBIT);
    add_vm(w, "db1");
    add_nic(w, 0, 0, 1);
    hello(w, 1);
    report(w, reading, start);
    hello(w, 2);
    assert_int_equal(fleet_count(w->fleet), 1);
    assert_int_equal(w->host->generation, 2);
    /* The same agent keeps counting its reports, so an old report is still rejected. */
    assert_false(fleet_report(w->host, 2, w->sequence, UINT64_MAX, reading, 1, start));
    assert_true(fleet_report(w->host, 2, w->sequence + 1, UINT64_MAX, reading, 1, start));
}

static void a_second_live_agent_for_a_host_is_refused(void **state)
{
    struct world *w = *state;
    struct daqs_error err = {0};
    add_vm(w, "db1");
    hello(w, 5);
    add_vm(w, "db2");
    w->host->push_due = false;
    assert_int_equal(try_hello(w, "node1", 2, 1, start + FLEET_PATIENCE_MS - 1, &err), DAQS_EBUSY);
    assert_string_equal(err.text, "host node1: another live agent speaks for it");
    assert_int_equal(w->host->instance, 1);
    assert_int_equal(w->host->generation, 5);
    assert_int_equal(w->host->vms, 1);
    assert_int_equal(w->host->heard_ms, start); /* another agent does not keep the host present */
    assert_false(w->host->push_due);
}

static void an_agent_that_started_anew_is_taken_once_the_old_one_is_away(void **state)
{
    struct world *w = *state;
    const struct daqs_nic_reading reading[] = {sends(GBIT)};
    add_uplink(w, "up0", 10 * GBIT);
    add_vm(w, "db1");
    add_nic(w, 0, 0, 1);
    hello(w, 5);
    w->sequence = 100;
    report(w, reading, start);
    assert_int_equal(try_hello(w, "node1", 2, 5, start + FLEET_PATIENCE_MS, NULL), DAQS_OK);
    assert_int_equal(w->host->instance, 2);
    assert_true(
        fleet_report(w->host, 5, 1, UINT64_MAX, reading, 1, start)); /* its count restarts at 1 */
}

static void an_agent_whose_connection_is_gone_does_not_hold_its_host(void **state)
{
    struct world *w = *state;
    hello(w, 1);
    w->host->conn = NULL;
    assert_false(fleet_host_present(w->host, start));
    assert_int_equal(try_hello(w, "node1", 2, 1, start + 1, NULL), DAQS_OK);
}

static void a_host_is_present_while_it_is_heard(void **state)
{
    struct world *w = *state;
    hello(w, 1);
    assert_true(fleet_host_present(w->host, start + FLEET_PATIENCE_MS - 1));
    assert_false(fleet_host_present(w->host, start + FLEET_PATIENCE_MS));
}

static void more_hosts_than_there_is_room_for_are_refused(void **state)
{
    struct world *w = *state;
    struct daqs_error err = {0};
    assert_int_equal(try_hello(w, "a", 1, 1, start, &err), DAQS_OK);
    assert_int_equal(try_hello(w, "b", 1, 1, start, &err), DAQS_OK);
    assert_int_equal(try_hello(w, "c", 1, 1, start, &err), DAQS_OK);
    assert_int_equal(try_hello(w, "d", 1, 1, start, &err), DAQS_ETOOBIG);
    assert_string_equal(err.text, "host d: no room for more than 3 hosts");
    assert_int_equal(fleet_count(w->fleet), 3);
    assert_null(fleet_find(w->fleet, "d"));
    assert_int_equal(try_hello(w, "b", 1, 2, start, &err), DAQS_OK); /* it is in the fleet */
}

static void a_host_with_more_nics_than_there_is_room_for_is_refused(void **state)
{
    struct world *w = *state;
    struct daqs_error err = {0};
    fleet_free(w->fleet);
    w->fleet = fleet_new(3, 2);
    uint32_t uplink = add_uplink(w, "ens1", 10 * GBIT);
    uint32_t vm = add_vm(w, "web");
    for (uint8_t mac = 1; mac <= 3; mac++)
        add_nic(w, vm, uplink, mac);
    assert_int_equal(try_hello(w, "node1", 1, 1, start, &err), DAQS_ETOOBIG);
    assert_non_null(strstr(err.text, "node1: 3 nics are too many"));
    assert_int_equal(fleet_count(w->fleet), 0);
    w->inventory.nics = 2;
    assert_int_equal(try_hello(w, "node1", 1, 1, start, &err), DAQS_OK);
}

static void what_is_known_of_a_nic_outlives_a_change_of_the_inventory(void **state)
{
    struct world *w = *state;
    add_uplink(w, "up0", 10 * GBIT);
    add_uplink(w, "up1", 10 * GBIT);
    add_vm(w, "db1");
    add_vm(w, "web1");
    for (uint8_t mac = 1; mac <= 4; mac++)
        add_nic(w, mac > 2, 0, mac); /* 1 and 2 are db1's, 3 and 4 are web1's */
    hello(w, 1);
    for (uint32_t i = 0; i < 4; i++) {
        struct fleet_nic *nic = &w->host->nic[i];
        nic->store_id = 100 + nic->mac.byte[5];
        nic->usage = nic->limit = nic->applied = nic->mac.byte[5] * MBIT;
        nic->sampled = true;
        w->host->member[nic->member].memory.mean = (nic->mac.byte[5] + 1U) / 2;
        nic->sum.tx_bytes = nic->mac.byte[5];
        nic->state = DAQS_NIC_OK;
    }

    w->inventory.vms = w->inventory.nics = 0;
    add_vm(w, "new1");
    add_vm(w, "web1"); /* db1 is last now */
    add_vm(w, "db1");
    add_nic(w, 0, 0, 9); /* a new nic */
    add_nic(w, 1, 0, 4); /* web1's, as before */
    add_nic(w, 1, 1, 3); /* web1's, but on the other uplink: a different VF */
    add_nic(w, 2, 0, 1); /* db1's, as before */
    add_nic(w, 0, 0, 2); /* db1's MAC address, given to new1 */
    hello(w, 2);
    const uint64_t known[] = {0, 4, 0, 1, 0};
    for (uint32_t i = 0; i < 5; i++) {
        const struct fleet_nic *nic = &w->host->nic[i];
        assert_int_equal(nic->vm, w->nic[i].vm);
        assert_int_equal(nic->uplink, w->nic[i].uplink);
        assert_true(daqs_mac_equal(&nic->mac, &w->nic[i].mac));
        assert_int_equal(nic->store_id, known[i] ? 100 + known[i] : 0);
        assert_int_equal(nic->usage, known[i] * MBIT);
        assert_int_equal(nic->sampled, known[i] != 0);
        assert_int_equal(nic->sum.tx_bytes, known[i]);
        assert_int_equal(nic->state, known[i] ? DAQS_NIC_OK : DAQS_NIC_WAITING);
        assert_int_equal(nic->limit, known[i] ? known[i] * MBIT : DAQS_UNLIMITED);
        assert_int_equal(nic->applied, known[i] ? known[i] * MBIT : DAQS_UNLIMITED);
    }
    assert_true(w->host->push_due);
    /* The VMs on an uplink keep what was known about them there. */
    const struct fleet_member expected[] = {{.vm = 0, .uplink = 0},
                                            {.vm = 1, .uplink = 0, .memory.mean = 2},
                                            {.vm = 2, .uplink = 0, .memory.mean = 1},
                                            {.vm = 1, .uplink = 1}};
    assert_int_equal(w->host->members, 4);
    for (uint32_t m = 0; m < 4; m++) {
        assert_int_equal(w->host->member[m].vm, expected[m].vm);
        assert_int_equal(w->host->member[m].uplink, expected[m].uplink);
        assert_true(w->host->member[m].memory.mean == expected[m].memory.mean);
    }
    for (uint32_t i = 0; i < 5; i++)
        assert_int_equal(w->host->member[w->host->nic[i].member].vm, w->host->nic[i].vm);
}

/* The maximum number of nics, in another order, with half of them replaced. */
static void nics_are_recognised_wherever_they_are(void **state)
{
    struct world *w = *state;
    struct random_source random = {random_seed()};
    struct daqs_nic_info *nic = calloc(DAQS_MAX_NICS, sizeof *nic);
    assert_non_null(nic);
    add_uplink(w, "up0", 10 * GBIT);
    add_uplink(w, "up1", 10 * GBIT);
    add_vm(w, "db1");
    add_vm(w, "web1");
    w->inventory.nic = nic;
    w->inventory.nics = DAQS_MAX_NICS;
    for (uint32_t i = 0; i < DAQS_MAX_NICS; i++) /* each MAC address twice, for two VMs */
        nic[i] =
            (struct daqs_nic_info){.vm = i % 2,
                                   .uplink = i / 2 % 2,
                                   .mac = {{2, 0, 0, 0, (uint8_t)(i >> 9), (uint8_t)(i >> 1)}}};
    hello(w, 1);
    for (uint32_t i = 0; i < DAQS_MAX_NICS; i++)
        w->host->nic[i].store_id = 1 + i;
    for (uint32_t i = DAQS_MAX_NICS - 1; i > 0; i--) {
        uint32_t other = (uint32_t)random_below(&random, i + 1U);
        const struct daqs_nic_info swapped = nic[i];
        nic[i] = nic[other];
        nic[other] = swapped;
    }
    for (uint32_t i = 0; i < DAQS_MAX_NICS / 2; i++)
        nic[i].mac.byte[3] = 1; /* new ones */
    hello(w, 2);
    for (uint32_t i = 0; i < DAQS_MAX_NICS; i++) {
        uint32_t before =
            (uint32_t)nic[i].mac.byte[4] << 9 | (uint32_t)nic[i].mac.byte[5] << 1 | nic[i].vm;
        assert_int_equal(w->host->nic[i].store_id, i < DAQS_MAX_NICS / 2 ? 0 : 1 + before);
    }
    free(nic);
}

/* --- reports --- */

/* db1 and web1 on a 10 Gbit/s uplink, a nic each. */
static void two_vms(struct world *w)
{
    add_uplink(w, "up0", 10 * GBIT);
    add_nic(w, add_vm(w, "db1"), 0, 1);
    add_nic(w, add_vm(w, "web1"), 0, 2);
}

static void usage_is_bytes_over_the_interval(void **state)
{
    struct world *w = *state;
    two_vms(w);
    hello(w, 1);
    const struct daqs_nic_reading reading[] = {
        {.state = DAQS_NIC_OK, .sample = {.interval_us = 250000, .tx_bytes = 31250000}},
        {.state = DAQS_NIC_UNRESPONSIVE, .cause = DAQS_CAUSE_TIMEOUT}};
    report(w, reading, start + 50);
    const struct fleet_nic *nic = w->host->nic;
    assert_int_equal(nic[0].usage, GBIT);
    assert_true(nic[0].sampled);
    assert_int_equal(nic[0].sampled_ms, start + 50);
    assert_int_equal(nic[0].state, DAQS_NIC_OK);
    assert_int_equal(nic[1].state, DAQS_NIC_UNRESPONSIVE);
    assert_int_equal(nic[1].cause, DAQS_CAUSE_TIMEOUT);
    assert_false(nic[1].sampled);
    assert_int_equal(w->host->reported_ms, start + 50);
}

static void reports_add_up_for_history(void **state)
{
    struct world *w = *state;
    struct daqs_nic_reading reading[] = {sends(800 * MBIT), sends(0)};
    two_vms(w);
    hello(w, 1);
    reading[0].sample.rx_bytes = 5;
    report(w, reading, start);
    report(w, reading, start + 100);
    assert_int_equal(w->host->nic[0].sum.interval_us, 200000);
    assert_int_equal(w->host->nic[0].sum.tx_bytes, 20000000);
    assert_int_equal(w->host->nic[0].sum.rx_bytes, 10);
}

/* A reading without a sample has no backlog, and neither has one of an older agent. */
static void a_backlog_is_what_the_last_reading_says(void **state)
{
    struct world *w = *state;
    struct daqs_nic_reading some[] = {sends(GBIT), sends(GBIT)};
    const struct daqs_nic_reading none[] = {{.state = DAQS_NIC_UNRESPONSIVE}, sends(GBIT)};
    some[0].backlog = DAQS_BACKLOG_SOME;
    some[1].backlog = DAQS_BACKLOG_NONE;
    two_vms(w);
    hello(w, 1);
    assert_int_equal(w->host->nic[0].backlog, DAQS_BACKLOG_UNKNOWN);
    report(w, some, start);
    hello(w, 2); /* another inventory with the same nics */
    assert_int_equal(w->host->nic[0].backlog, DAQS_BACKLOG_SOME);
    assert_int_equal(w->host->nic[1].backlog, DAQS_BACKLOG_NONE);
    report(w, none, start + 100);
    assert_int_equal(w->host->nic[0].backlog, DAQS_BACKLOG_UNKNOWN);
    assert_int_equal(w->host->nic[1].backlog, DAQS_BACKLOG_UNKNOWN);
}

static void a_report_that_does_not_fit_changes_nothing(void **state)
{
    struct world *w = *state;
    const struct daqs_nic_reading first[] = {sends(GBIT), sends(GBIT)};
    const struct daqs_nic_reading other[] = {
        {.state = DAQS_NIC_UNMANAGED, .sample = {.interval_us = 1, .tx_bytes = 1}},
        sends(0),
        sends(0)};
    two_vms(w);
    hello(w, 3);
    w->sequence = 9;
    report(w, first, start);
    const struct {
        uint64_t generation;
        uint64_t sequence;
        uint32_t nics;
    } unfit[] = {{2, 11, 2}, {4, 11, 2}, {3, 11, 1}, {3, 11, 3}, {3, 10, 2}, {3, 9, 2}, {3, 0, 2}};
    for (size_t i = 0; i < sizeof unfit / sizeof unfit[0]; i++) {
        assert_false(fleet_report(w->host, unfit[i].generation, unfit[i].sequence, UINT64_MAX,
                                  other, unfit[i].nics, start + 2000));
        assert_int_equal(w->host->nic[0].usage, GBIT);
        assert_int_equal(w->host->nic[0].state, DAQS_NIC_OK);
        assert_int_equal(w->host->nic[0].sampled_ms, start);
        assert_int_equal(w->host->nic[0].sum.interval_us, 100000);
        assert_int_equal(w->host->reported_ms, start);
    }
    /* Whether or not its report fits, the agent is present. */
    assert_true(fleet_host_present(w->host, start + 2000 + FLEET_PATIENCE_MS - 1));
}

/* The guest agent may be hung while the VM sends. But best effort must not limit others
 * meanwhile. */
static void a_guarantee_outlasts_silence_and_best_effort_does_not(void **state)
{
    struct world *w = *state;
    struct daqs_nic_reading reading[] = {sends(GBIT), sends(2 * GBIT)};
    two_vms(w);
    set_sla(w, "db1", 3 * GBIT, DAQS_UNLIMITED);
    hello(w, 1);
    report(w, reading, start);
    decide(w);
    const int64_t later = start + 10 * FLEET_PATIENCE_MS;
    reading[0].sample.interval_us = reading[1].sample.interval_us = 0;
    report(w, reading, later);
    assert_true(plan_decide(w->host, HEADROOM_PPM, later));
    assert_true(w->host->member[0].memory.reserve == (double)wire_guarantee(3 * GBIT, 0));
    assert_int_equal(w->host->nic[0].demand, DAQS_UNLIMITED);          /* unknown */
    assert_false(fleet_usage_known(w->host, &w->host->nic[0], later)); /* but it is not displayed */
    assert_true(w->host->member[1].memory.wants == 0);
}

/* As during a backup: the VM keeps sending, and the reserve stays at what it uses. */
static void g6_a_frozen_guest_is_taken_to_send_what_it_did(void **state)
{
    struct world *w = *state;
    struct daqs_nic_reading reading[] = {sends(0), sends(2 * GBIT)};
    two_vms(w);
    set_sla(w, "db1", 3 * GBIT, DAQS_UNLIMITED);
    hello(w, 1);
    report(w, reading, start);
    decide(w);
    reading[0] = (struct daqs_nic_reading){.state = DAQS_NIC_FROZEN, .cause = DAQS_CAUSE_FROZEN};
    int64_t now_ms = start;
    for (; now_ms < start + POLICY_GRACE_MS - 1000; now_ms += 1000) {
        report(w, reading, now_ms + 1000);
        assert_true(plan_decide(w->host, HEADROOM_PPM, now_ms + 1000));
        assert_true(w->host->member[0].memory.reserve == 0);
        assert_int_equal(w->host->nic[1].limit, DAQS_UNLIMITED);
    }
    assert_false(fleet_usage_known(w->host, &w->host->nic[0], now_ms)); /* it is not displayed */
    reading[0].state = DAQS_NIC_UNRESPONSIVE;                           /* it lasted too long */
    report(w, reading, now_ms + 1000);
    assert_true(plan_decide(w->host, HEADROOM_PPM, now_ms + 1000));
    assert_true(w->host->member[0].memory.reserve == (double)wire_guarantee(3 * GBIT, 0));
}

static void what_is_in_force_is_taken_where_it_fits(void **state)
{
    struct world *w = *state;
    two_vms(w);
    hello(w, 3);
    const struct daqs_nic_applied applied[] = {
        {.nic = 2, .limit = MBIT, .state = DAQS_NIC_OK}, /* the last index plus one */
        {.nic = UINT32_MAX, .limit = MBIT, .state = DAQS_NIC_OK},
        {.nic = 1, .limit = GBIT, .state = DAQS_NIC_UNMANAGED, .cause = DAQS_CAUSE_NO_TC},
    };
    fleet_applied(w->host, 2, applied, 3);
    assert_int_equal(w->host->nic[1].applied, DAQS_UNLIMITED);
    fleet_applied(w->host, 3, applied, 3);
    assert_int_equal(w->host->nic[0].applied, DAQS_UNLIMITED);
    assert_int_equal(w->host->nic[0].state, DAQS_NIC_WAITING);
    assert_int_equal(w->host->nic[1].applied, GBIT);
    assert_int_equal(w->host->nic[1].state, DAQS_NIC_UNMANAGED);
    assert_int_equal(w->host->nic[1].cause, DAQS_CAUSE_NO_TC);
}

/* --- decisions --- */

/* db1 is guaranteed 2 Gbit/s, which take 2.12431 Gbit/s on the wire. Both VMs send as much as they
 * may, so that every decision is the same: web1 gets half of what that leaves of the budget of 9.9
 * Gbit/s. */
static const daqs_bps web1_limit = 3887845304;

static void saturate(struct world *w)
{
    const struct daqs_nic_reading reading[] = {sends(5900 * MBIT), sends(3900 * MBIT)};
    report(w, reading, start);
    decide(w);
}

static void saturated(struct world *w)
{
    two_vms(w);
    set_sla(w, "db1", 2 * GBIT, DAQS_UNLIMITED);
    hello(w, 1);
    saturate(w);
}

static void a_guarantee_in_use_limits_the_others_at_once(void **state)
{
    struct world *w = *state;
    saturated(w);
    assert_true(w->host->push_due);
    assert_int_equal(w->host->nic[0].limit, DAQS_UNLIMITED);
    assert_int_equal(w->host->nic[0].reason, POLICY_GUARANTEED);
    assert_int_equal(w->host->nic[1].limit, web1_limit);
    assert_int_equal(w->host->nic[1].reason, POLICY_YIELDS);
}

static void the_same_decision_is_not_pushed_again(void **state)
{
    struct world *w = *state;
    saturated(w);
    saturate(w);
    assert_false(w->host->push_due);
    assert_int_equal(w->host->nic[1].limit, web1_limit);
}

static void a_little_more_room_is_not_worth_a_push(void **state)
{
    struct world *w = *state;
    saturated(w);
    const daqs_bps little = web1_limit / 100 * 99;
    w->host->nic[1].limit = little;
    saturate(w);
    assert_false(w->host->push_due);
    assert_int_equal(w->host->nic[1].limit, little);
}

static void much_more_room_is_pushed(void **state)
{
    struct world *w = *state;
    saturated(w);
    w->host->nic[1].limit = web1_limit / 32 * 31;
    saturate(w);
    assert_true(w->host->push_due);
    assert_int_equal(w->host->nic[1].limit, web1_limit);
    w->host->nic[1].limit = 0;
    saturate(w);
    assert_true(w->host->push_due);
    assert_int_equal(w->host->nic[1].limit, web1_limit);
}

static void any_tightening_that_matters_is_pushed(void **state)
{
    struct world *w = *state;
    saturated(w);
    w->host->nic[1].limit = web1_limit + 1;
    saturate(w);
    assert_false(w->host->push_due);
    w->host->nic[1].limit = web1_limit / 50 * 51;
    saturate(w);
    assert_true(w->host->push_due);
    assert_int_equal(w->host->nic[1].limit, web1_limit);
}

/* However little the VM sends. */
static void a_ceiling_that_changes_is_pushed(void **state)
{
    struct world *w = *state;
    const struct daqs_nic_reading quiet[] = {sends(0), sends(0)};
    two_vms(w);
    set_sla(w, "web1", 0, 50 * MBIT);
    hello(w, 1);
    report(w, quiet, start);
    decide(w);
    assert_int_equal(w->host->nic[1].limit, wire_guarantee(50 * MBIT, 0));
    set_sla(w, "web1", 0, 49999 * KBIT);
    fleet_refresh_slas(w->host, w->ledger);
    report(w, quiet, start);
    decide(w);
    assert_true(w->host->push_due);
    assert_int_equal(w->host->nic[1].limit, wire_guarantee(49999 * KBIT, 0));
}

static void limits_end_with_the_need_for_them(void **state)
{
    struct world *w = *state;
    const struct daqs_nic_reading quiet[] = {sends(0), sends(3900 * MBIT)};
    saturated(w);
    report(w, quiet, start); /* possibly a short pause */
    decide(w);
    assert_int_equal(w->host->nic[1].reason, POLICY_YIELDS);
    report(w, quiet, start);
    decide(w);
    assert_int_equal(w->host->nic[1].limit, DAQS_UNLIMITED);
    assert_int_equal(w->host->nic[1].reason, POLICY_FREE);
    assert_true(w->host->push_due);
    report(w, quiet, start);
    decide(w);
    assert_false(w->host->push_due);
}

/* Readings from before a push do not show the effect of its limits. */
static void readings_from_before_a_push_decide_nothing(void **state)
{
    struct world *w = *state;
    const struct daqs_nic_reading quiet[] = {sends(0), sends(3900 * MBIT)};
    saturated(w);
    w->host->push_sequence = 5;
    plan_pushed(w->host, start);
    assert_true(fleet_report(w->host, 1, ++w->sequence, 4, quiet, 2, start + 100));
    assert_false(plan_decide(w->host, HEADROOM_PPM, start + 100));
    assert_int_equal(w->host->nic[1].limit, web1_limit);
    assert_true(fleet_report(w->host, 1, ++w->sequence, 4, quiet, 2, start + 200));
    assert_true(plan_decide(w->host, HEADROOM_PPM, start + 200)); /* in case it never is in force */
    assert_true(fleet_report(w->host, 1, ++w->sequence, 4, quiet, 2, start + 300));
    assert_true(plan_decide(w->host, HEADROOM_PPM, start + 300));
    assert_int_equal(w->host->nic[1].limit, DAQS_UNLIMITED);
}

/* Renewing the lease changes no limit, so there is nothing to wait for. */
static void a_push_of_the_same_is_not_waited_for(void **state)
{
    struct world *w = *state;
    saturated(w);
    w->host->push_sequence = 5;
    plan_pushed(w->host, start);
    w->host->push_sequence = 6;
    plan_pushed(w->host, start + 100);
    assert_int_equal(w->host->awaited_sequence, 5);
}

/* --- how often to report --- */

static void hosts_report_rarely_only_while_nothing_is_at_stake(void **state)
{
    struct world *w = *state;
    const struct daqs_nic_reading quiet[] = {sends(0), sends(300 * MBIT)};
    const struct daqs_nic_reading busy[] = {sends(0), sends(3 * GBIT)};
    two_vms(w);
    set_sla(w, "db1", 2 * GBIT, DAQS_UNLIMITED);
    hello(w, 1);
    w->host->poll_most_ms = 500;
    report(w, busy, start);
    assert_true(plan_decide(w->host, HEADROOM_PPM, start));
    assert_int_equal(plan_poll_ms(w->host), POLL_MS);
    report(w, quiet, start + 4999);
    assert_true(plan_decide(w->host, HEADROOM_PPM, start + 4999));
    assert_int_equal(plan_poll_ms(w->host), POLL_MS);
    w->host->push_due = false;
    assert_true(plan_decide(w->host, HEADROOM_PPM, start + 5000));
    assert_int_equal(plan_poll_ms(w->host), 500);
    assert_true(w->host->push_due); /* the host must be informed */
    report(w, busy, start + 5500);
    w->host->push_due = false;
    assert_true(plan_decide(w->host, HEADROOM_PPM, start + 5500));
    assert_int_equal(plan_poll_ms(w->host), POLL_MS);
    assert_true(w->host->push_due);
}

static void a_host_without_guarantees_may_report_rarely_whatever_it_sends(void **state)
{
    struct world *w = *state;
    const struct daqs_nic_reading busy[] = {sends(GBIT), sends(3 * GBIT)};
    two_vms(w);
    hello(w, 1);
    w->host->poll_most_ms = 500;
    report(w, busy, start + 5000);
    assert_true(plan_decide(w->host, HEADROOM_PPM, start + 5000));
    assert_int_equal(plan_poll_ms(w->host), 500);
}

static void a_nic_that_cannot_be_limited_has_no_limit(void **state)
{
    struct world *w = *state;
    saturated(w);
    w->host->nic[1].state = DAQS_NIC_UNMANAGED;
    decide(w);
    assert_int_equal(w->host->nic[1].limit, DAQS_UNLIMITED);
    assert_int_equal(w->host->nic[1].reason, POLICY_OUT_OF_REACH);
    assert_true(w->host->push_due);
}

/* Its limit is still in force in the guest, and may be set again as soon as it answers. */
static void a_guest_that_does_not_answer_keeps_its_limit(void **state)
{
    struct world *w = *state;
    saturated(w);
    w->host->nic[1].state = DAQS_NIC_UNRESPONSIVE;
    w->host->nic[1].applied = web1_limit;
    decide(w);
    assert_int_equal(w->host->nic[1].limit, web1_limit);
    assert_int_equal(w->host->nic[1].reason, POLICY_YIELDS);
    assert_false(w->host->push_due);
}

/* It never accepted a limit, so no limit for it would be in force. */
static void a_guest_that_never_answered_is_out_of_reach(void **state)
{
    struct world *w = *state;
    saturated(w);
    w->host->nic[1].state = DAQS_NIC_UNRESPONSIVE;
    decide(w);
    assert_int_equal(w->host->nic[1].reason, POLICY_OUT_OF_REACH);
    assert_int_equal(w->host->nic[1].limit, DAQS_UNLIMITED);
}

/* A controller that has just started does not know the limits in force, and must not lift them. */
static void nothing_is_decided_before_the_first_report(void **state)
{
    struct world *w = *state;
    two_vms(w);
    set_sla(w, "db1", 2 * GBIT, DAQS_UNLIMITED);
    hello(w, 1);
    assert_false(plan_decide(w->host, HEADROOM_PPM, start));
    saturate(w);
    assert_int_equal(w->host->nic[1].limit, web1_limit);
}

/* Deciding twice on one report is the same as deciding once. */
static void a_decision_without_a_report_changes_nothing(void **state)
{
    struct world *w = *state;
    saturated(w);
    const struct daqs_nic_reading less[] = {sends(1500 * MBIT), sends(3900 * MBIT)};
    report(w, less, start);
    decide(w);
    const struct policy_memory once = w->host->member[0].memory;
    for (int i = 0; i < 30; i++)
        decide(w);
    assert_memory_equal(&w->host->member[0].memory, &once, sizeof once);
}

static void no_nic_is_believed_to_send_more_than_its_uplink_carries(void **state)
{
    struct world *w = *state;
    two_vms(w);
    set_sla(w, "db1", 3 * GBIT, DAQS_UNLIMITED);
    hello(w, 1);
    const struct daqs_nic_reading reading[] = {sends(GBIT), sends(DAQS_BPS_MAX)};
    report(w, reading, start);
    w->host->nic[1].state = DAQS_NIC_UNMANAGED;
    decide(w);
    assert_int_equal(w->host->nic[0].reason, POLICY_GUARANTEED);
    assert_true(w->host->member[0].memory.reserve >= (double)wire_guarantee(3 * GBIT, 0));
}

static void off_takes_every_limit_away(void **state)
{
    struct world *w = *state;
    saturated(w);
    w->host->push_due = false;
    for (uint32_t u = 0; u < w->host->uplinks; u++)
        w->host->uplink[u].mode = POLICY_MODE_OFF;
    assert_true(plan_decide(w->host, HEADROOM_PPM, start));
    assert_int_equal(w->host->nic[1].limit, DAQS_UNLIMITED);
    assert_int_equal(w->host->nic[1].reason, POLICY_OFF);
    assert_true(w->host->push_due);
}

static void the_mode_of_each_uplink_is_pushed(void **state)
{
    struct world *w = *state;
    uint8_t mode[DAQS_MAX_UPLINKS] = {POLICY_MODE_OFF, POLICY_MODE_OFF, POLICY_MODE_OFF};
    saturated(w);
    w->host->uplink[w->host->uplinks - 1].mode = POLICY_MODE_WEIGHTED;
    plan_modes(w->host, mode);
    assert_int_equal(mode[0], w->host->uplinks > 1 ? POLICY_MODE_MINIMUM : POLICY_MODE_WEIGHTED);
    assert_int_equal(mode[w->host->uplinks - 1], POLICY_MODE_WEIGHTED);
    assert_int_equal(mode[w->host->uplinks], POLICY_MODE_OFF); /* not written */
}

static void what_is_kept_of_an_uplink_ends_with_its_speed(void **state)
{
    struct world *w = *state;
    struct uplink_admission admission[MOST];
    saturated(w);
    w->host->uplink[0].memory.cautious_ms = 5000;
    hello(w, 2);
    assert_int_equal(w->host->uplink[0].memory.cautious_ms, 5000);
    w->uplink[0].capacity = 25 * GBIT;
    const double reserve = w->host->member[0].memory.reserve;
    hello(w, 3);
    assert_int_equal(w->host->uplink[0].memory.cautious_ms, 0);
    for (uint32_t i = 0; i < w->host->nics; i++)
        w->host->nic[i].fresh = false;
    assert_true(reserve > 0 && plan_decide(w->host, HEADROOM_PPM, start));
    assert_true(w->host->member[0].memory.reserve == reserve); /* the VM's memory stays */
    assert_int_equal(admission_of_vm(w->host, w->ledger, "db1", HEADROOM_PPM, admission, MOST), 1);
    /* If the uplink's speed is unknown, no guarantee can be rejected. */
    w->uplink[0].capacity = 0;
    hello(w, 4);
    assert_int_equal(admission_of_vm(w->host, w->ledger, "db1", HEADROOM_PPM, admission, MOST), 0);
}

/* A guarantee next to idle VMs. The last one is limited in its guest. */
static void n2_what_the_host_cannot_hold_a_vf_below_is_planned_with(void **state)
{
    struct world *w = *state;
    static const char *const names[] = {"gold", "a", "b", "c", "d", "e"};
    const struct daqs_uplink_reading told = {.vf_least = 20 * MBIT, .vf_step = 10 * MBIT};
    struct daqs_nic_reading reading[6] = {sends(800 * MBIT)};
    add_uplink(w, "up0", GBIT);
    for (uint8_t n = 0; n < 6; n++)
        add_nic(w, add_vm(w, names[n]), 0, n);
    for (uint8_t n = 1; n < 6; n++)
        reading[n] = sends(0);
    for (uint8_t n = 1; n < 5; n++)
        reading[n].cause = DAQS_CAUSE_HOST_SIDE;
    set_sla(w, "gold", 800 * MBIT, DAQS_UNLIMITED);
    hello(w, 1);
    report(w, reading, start);
    fleet_report_uplinks(w->host, &told, 1, start);
    decide(w);
    for (uint8_t n = 1; n < 5; n++)
        assert_int_equal(w->host->nic[n].limit, 20 * MBIT);
    assert_in_range(w->host->nic[5].limit, MBIT, 20 * MBIT - 1);
}

static void n2_what_an_agent_no_longer_says_of_its_vfs_is_not_known(void **state)
{
    struct world *w = *state;
    const struct daqs_uplink_reading told = {.vf_least = 20 * MBIT, .vf_step = 10 * MBIT};
    add_uplink(w, "up0", GBIT);
    hello(w, 1);
    fleet_report_uplinks(w->host, &told, 1, start);
    assert_int_equal(w->host->uplink[0].load.vf_least, 20 * MBIT);
    assert_int_equal(w->host->uplink[0].load.vf_step, 10 * MBIT);
    fleet_report_uplinks(w->host, NULL, 0, start);
    assert_int_equal(w->host->uplink[0].load.vf_least, 0);
    assert_int_equal(w->host->uplink[0].load.vf_step, 0);
}

static void uplinks_do_not_know_of_each_other(void **state)
{
    struct world *w = *state;
    add_uplink(w, "up0", 10 * GBIT);
    add_uplink(w, "up1", 4 * GBIT);
    uint32_t db1 = add_vm(w, "db1");
    uint32_t web1 = add_vm(w, "web1");
    add_nic(w, web1, 1, 1);
    add_nic(w, web1, 0, 2);
    add_nic(w, db1, 0, 3);
    set_sla(w, "db1", 2 * GBIT, DAQS_UNLIMITED);
    hello(w, 1);
    const struct daqs_nic_reading reading[] = {sends(3900 * MBIT), sends(3900 * MBIT),
                                               sends(5900 * MBIT)};
    report(w, reading, start);
    decide(w);
    assert_int_equal(w->host->nic[0].limit, DAQS_UNLIMITED);
    assert_int_equal(w->host->nic[0].reason, POLICY_FREE);
    assert_int_equal(w->host->nic[1].limit, web1_limit);
    assert_int_equal(w->host->nic[1].reason, POLICY_YIELDS);
    assert_int_equal(w->host->nic[2].reason, POLICY_GUARANTEED);
}

static void a_host_without_nics_is_survived(void **state)
{
    struct world *w = *state;
    struct uplink_admission admission[MOST];
    add_uplink(w, "up0", 10 * GBIT);
    add_vm(w, "db1");
    hello(w, 1);
    report(w, NULL, start);
    decide(w);
    assert_false(w->host->push_due);
    plan_settings(w->host, NULL);
    fleet_applied(w->host, 1, &(struct daqs_nic_applied){.nic = 0}, 1);
    /* No uplink can reject a VM without nics. */
    assert_int_equal(admission_of_vm(w->host, w->ledger, "db1", HEADROOM_PPM, admission, MOST), 0);
    w->inventory.uplinks = w->inventory.vms = 0;
    hello(w, 2);
    decide(w);
    assert_int_equal(admission_of_vm(w->host, w->ledger, "db1", HEADROOM_PPM, admission, MOST), 0);
}

/* --- settings and SLAs --- */

static void settings_carry_limits_and_slas(void **state)
{
    struct world *w = *state;
    struct daqs_nic_setting setting[MOST];
    add_uplink(w, "up0", 10 * GBIT);
    add_uplink(w, "up1", 10 * GBIT);
    uint32_t db1 = add_vm(w, "db1");
    uint32_t web1 = add_vm(w, "web1");
    add_nic(w, db1, 0, 1); /* nics on one uplink share the SLA there */
    add_nic(w, db1, 0, 2);
    add_nic(w, db1, 1, 3); /* the only one on an uplink has all of it */
    add_nic(w, web1, 0, 4);
    const struct sla sla = {.min = 2 * GBIT, .max = 6 * GBIT, .weight = 5};
    assert_int_equal(ledger_put(w->ledger, "node1", "db1", &sla, 0, "eve"), DAQS_OK);
    hello(w, 1);
    w->host->nic[3].limit = 700 * MBIT;
    plan_settings(w->host, setting);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(setting[i].limit, DAQS_UNLIMITED);
        assert_int_equal(setting[i].min, i < 2 ? GBIT : 2 * GBIT);
        assert_int_equal(setting[i].max, i < 2 ? 3 * GBIT : 6 * GBIT);
        assert_int_equal(setting[i].weight, 5);
    }
    assert_int_equal(setting[3].limit, 700 * MBIT);
    assert_int_equal(setting[3].min, 0);
    assert_int_equal(setting[3].max, DAQS_UNLIMITED);
    assert_int_equal(setting[3].weight, 1);
}

static void a_ceiling_without_a_guarantee_is_shared_by_nics_too(void **state)
{
    struct world *w = *state;
    struct daqs_nic_setting setting[MOST];
    add_uplink(w, "up0", 10 * GBIT);
    add_nic(w, add_vm(w, "db1"), 0, 1);
    add_nic(w, 0, 0, 2);
    set_sla(w, "db1", 0, 6 * GBIT);
    hello(w, 1);
    plan_settings(w->host, setting);
    assert_int_equal(setting[0].min, 0);
    assert_int_equal(setting[0].max, 3 * GBIT);
    set_sla(w, "db1", 2 * GBIT, DAQS_UNLIMITED);
    fleet_refresh_slas(w->host, w->ledger);
    plan_settings(w->host, setting);
    assert_int_equal(setting[1].min, GBIT);
    assert_int_equal(setting[1].max, DAQS_UNLIMITED);
}

static void slas_are_looked_up_again_when_told_to(void **state)
{
    struct world *w = *state;
    const struct sla other = {.min = 9 * GBIT, .max = DAQS_UNLIMITED, .weight = 1};
    two_vms(w);
    set_sla(w, "db1", 2 * GBIT, DAQS_UNLIMITED);
    hello(w, 1);
    assert_true(ledger_remove(w->ledger, "node1", "db1"));
    set_sla(w, "web1", GBIT, DAQS_UNLIMITED);
    assert_int_equal(ledger_put(w->ledger, "node2", "db1", &other, 0, "eve"), DAQS_OK);
    assert_int_equal(w->host->vm[0].sla.min, 2 * GBIT);
    fleet_refresh_slas(w->host, w->ledger);
    assert_int_equal(w->host->vm[0].sla.min, 0);
    assert_int_equal(w->host->vm[0].sla.weight, 1);
    assert_int_equal(w->host->vm[1].sla.min, GBIT);
}

/* --- admission --- */

/* db1 on up0 and up1, web1 with two nics on up0, app1 on up1 only, old1 without a nic. */
static void rooms_world(struct world *w)
{
    add_uplink(w, "up0", 10 * GBIT);
    add_uplink(w, "up1", 4 * GBIT);
    uint32_t db1 = add_vm(w, "db1");
    uint32_t web1 = add_vm(w, "web1");
    uint32_t app1 = add_vm(w, "app1");
    add_vm(w, "old1");
    add_nic(w, db1, 0, 1);
    add_nic(w, db1, 1, 2);
    add_nic(w, web1, 0, 3);
    add_nic(w, web1, 0, 4);
    add_nic(w, app1, 1, 5);
    set_sla(w, "db1", GBIT, DAQS_UNLIMITED);
    set_sla(w, "web1", 3 * GBIT, DAQS_UNLIMITED);
    set_sla(w, "app1", 500 * MBIT, DAQS_UNLIMITED);
    set_sla(w, "old1", 700 * MBIT, DAQS_UNLIMITED);
    hello(w, 1);
}

/* The sum of rounded rates differs from the rounded sum by less than one bit/s for each part. */
static void assert_room(const struct uplink_admission *admission, const char *uplink,
                        daqs_bps capacity, daqs_bps promised)
{
    assert_string_equal(admission->uplink, uplink);
    assert_int_equal(admission->capacity, capacity);
    assert_int_equal(admission->budget, capacity / 100 * 99);
    assert_int_equal(admission->promised, promised);
    assert_in_range(admission->taken, wire_guarantee(promised, 0) - MOST,
                    wire_guarantee(promised, 0));
}

static void a_vm_is_held_against_the_uplinks_it_is_on(void **state)
{
    struct world *w = *state;
    struct uplink_admission admission[MOST];
    rooms_world(w);
    assert_int_equal(admission_of_vm(w->host, w->ledger, "web1", HEADROOM_PPM, admission, MOST), 1);
    assert_room(&admission[0], "up0", 10 * GBIT, GBIT);
    assert_int_equal(admission_of_vm(w->host, w->ledger, "app1", HEADROOM_PPM, admission, MOST), 1);
    assert_room(&admission[0], "up1", 4 * GBIT, GBIT);
    /* web1's guarantee counts once although it has two nics */
    assert_int_equal(admission_of_vm(w->host, w->ledger, "db1", HEADROOM_PPM, admission, MOST), 2);
    assert_room(&admission[0], "up0", 10 * GBIT, 3 * GBIT);
    assert_room(&admission[1], "up1", 4 * GBIT, 500 * MBIT);
}

static void each_guarantee_takes_what_it_does_with_its_vms_mtu(void **state)
{
    struct world *w = *state;
    struct uplink_admission admission[MOST];
    rooms_world(w);
    for (uint32_t i = 0; i < w->inventory.nics; i++)
        if (strcmp(w->vm[w->nic[i].vm].name, "web1") == 0)
            w->nic[i].mtu = 9000;
    hello(w, 2);
    assert_int_equal(admission_of_vm(w->host, w->ledger, "db1", HEADROOM_PPM, admission, MOST), 2);
    assert_int_equal(admission[0].mtu, 0);
    assert_int_equal(admission[0].promised, 3 * GBIT);
    assert_int_equal(admission[0].taken, wire_guarantee(3 * GBIT, 9000));
    assert_int_equal(admission_of_vm(w->host, w->ledger, "web1", HEADROOM_PPM, admission, MOST), 1);
    assert_int_equal(admission[0].mtu, 9000);
    assert_int_equal(admission[0].taken, wire_guarantee(GBIT, 0));
}

static void a_vm_that_is_not_there_yet_is_held_against_every_uplink(void **state)
{
    struct world *w = *state;
    struct uplink_admission admission[MOST];
    rooms_world(w);
    assert_int_equal(admission_of_vm(w->host, w->ledger, "soon1", HEADROOM_PPM, admission, MOST),
                     2);
    assert_room(&admission[0], "up0", 10 * GBIT, 4 * GBIT);
    assert_room(&admission[1], "up1", 4 * GBIT, 1500 * MBIT);
}

static void guarantees_of_vms_that_are_not_there_count_too(void **state)
{
    const struct sla absent = {.min = 300 * MBIT, .max = DAQS_UNLIMITED, .weight = 1};
    struct world *w = *state;
    struct uplink_admission admission[MOST];
    rooms_world(w);
    assert_int_equal(ledger_put(w->ledger, w->host->name, "off1", &absent, 0, "me"), DAQS_OK);
    assert_int_equal(ledger_put(w->ledger, "elsewhere", "off2", &absent, 0, "me"), DAQS_OK);
    assert_int_equal(admission_of_vm(w->host, w->ledger, "web1", HEADROOM_PPM, admission, MOST), 1);
    assert_room(&admission[0], "up0", 10 * GBIT, GBIT + 300 * MBIT);
    assert_int_equal(admission_of_vm(w->host, w->ledger, "off1", HEADROOM_PPM, admission, MOST), 2);
    assert_room(&admission[0], "up0", 10 * GBIT, 4 * GBIT);
}

static void no_more_rooms_are_filled_than_there_is_place_for(void **state)
{
    struct world *w = *state;
    struct uplink_admission admission[2] = {{0}};
    rooms_world(w);
    assert_int_equal(admission_of_vm(w->host, w->ledger, "soon1", HEADROOM_PPM, admission, 1), 1);
    assert_null(admission[1].uplink);
}

static void nothing_is_freed_well(void **state)
{
    (void)state;
    fleet_free(NULL);
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, make_world, end_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_WORLD(a_new_host_is_taken_with_a_copy_of_its_inventory),
        IN_WORLD(hosts_are_kept_in_the_order_of_their_first_hello),
        IN_WORLD(the_same_agent_may_say_hello_again),
        IN_WORLD(a_second_live_agent_for_a_host_is_refused),
        IN_WORLD(an_agent_that_started_anew_is_taken_once_the_old_one_is_away),
        IN_WORLD(an_agent_whose_connection_is_gone_does_not_hold_its_host),
        IN_WORLD(a_host_is_present_while_it_is_heard),
        IN_WORLD(more_hosts_than_there_is_room_for_are_refused),
        IN_WORLD(a_host_with_more_nics_than_there_is_room_for_is_refused),
        IN_WORLD(a_host_is_forgotten_if_it_stays_away_and_nothing_waits_for_it),
        IN_WORLD(with_one_host_forgotten_the_others_stay_in_order),
        IN_WORLD(what_is_known_of_a_nic_outlives_a_change_of_the_inventory),
        IN_WORLD(nics_are_recognised_wherever_they_are),
        IN_WORLD(usage_is_bytes_over_the_interval),
        IN_WORLD(reports_add_up_for_history),
        IN_WORLD(a_backlog_is_what_the_last_reading_says),
        IN_WORLD(a_report_that_does_not_fit_changes_nothing),
        IN_WORLD(a_guarantee_outlasts_silence_and_best_effort_does_not),
        IN_WORLD(g6_a_frozen_guest_is_taken_to_send_what_it_did),
        IN_WORLD(what_is_in_force_is_taken_where_it_fits),
        IN_WORLD(a_guarantee_in_use_limits_the_others_at_once),
        IN_WORLD(the_same_decision_is_not_pushed_again),
        IN_WORLD(a_little_more_room_is_not_worth_a_push),
        IN_WORLD(much_more_room_is_pushed),
        IN_WORLD(any_tightening_that_matters_is_pushed),
        IN_WORLD(a_ceiling_that_changes_is_pushed),
        IN_WORLD(limits_end_with_the_need_for_them),
        IN_WORLD(readings_from_before_a_push_decide_nothing),
        IN_WORLD(a_push_of_the_same_is_not_waited_for),
        IN_WORLD(hosts_report_rarely_only_while_nothing_is_at_stake),
        IN_WORLD(a_host_without_guarantees_may_report_rarely_whatever_it_sends),
        IN_WORLD(a_nic_that_cannot_be_limited_has_no_limit),
        IN_WORLD(a_guest_that_does_not_answer_keeps_its_limit),
        IN_WORLD(a_guest_that_never_answered_is_out_of_reach),
        IN_WORLD(nothing_is_decided_before_the_first_report),
        IN_WORLD(a_decision_without_a_report_changes_nothing),
        IN_WORLD(no_nic_is_believed_to_send_more_than_its_uplink_carries),
        IN_WORLD(off_takes_every_limit_away),
        IN_WORLD(the_mode_of_each_uplink_is_pushed),
        IN_WORLD(n2_what_the_host_cannot_hold_a_vf_below_is_planned_with),
        IN_WORLD(n2_what_an_agent_no_longer_says_of_its_vfs_is_not_known),
        IN_WORLD(uplinks_do_not_know_of_each_other),
        IN_WORLD(what_is_kept_of_an_uplink_ends_with_its_speed),
        IN_WORLD(a_host_without_nics_is_survived),
        IN_WORLD(settings_carry_limits_and_slas),
        IN_WORLD(a_ceiling_without_a_guarantee_is_shared_by_nics_too),
        IN_WORLD(slas_are_looked_up_again_when_told_to),
        IN_WORLD(a_vm_is_held_against_the_uplinks_it_is_on),
        IN_WORLD(each_guarantee_takes_what_it_does_with_its_vms_mtu),
        IN_WORLD(a_vm_that_is_not_there_yet_is_held_against_every_uplink),
        IN_WORLD(guarantees_of_vms_that_are_not_there_count_too),
        IN_WORLD(no_more_rooms_are_filled_than_there_is_place_for),
        cmocka_unit_test(nothing_is_freed_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
