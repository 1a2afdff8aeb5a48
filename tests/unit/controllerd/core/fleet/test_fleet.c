/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdlib.h>
#include <string.h>

#include "tests/lib/fleet_world.h"
#include "tests/lib/random.h"

/* --- hosts that disappear --- */

static void a_host_is_forgotten_if_it_stays_away_and_nothing_waits_for_it(void **state)
{
    const int64_t after_ms = 60000;
    struct world *w = *state;
    hello(w, 1);
#define FORGETTABLE(ms) fleet_forgettable(w->host, w->ledger, after_ms, start + (ms))
    assert_true(FORGETTABLE(after_ms)); /* silent for so long that its connection is dead */
    assert_false(FORGETTABLE(after_ms - 1));
    w->host->connected = false;
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

static void the_same_agent_may_send_hello_again(void **state)
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
    assert_int_equal(try_hello(w, "node1", 2, 1, start + FLEET_PATIENCE_MS - 1, &err), DAQS_EBUSY);
    assert_string_equal(err.text, "host node1: another live agent uses this name");
    assert_int_equal(w->host->instance, 1);
    assert_int_equal(w->host->generation, 5);
    assert_int_equal(w->host->vms, 1);
    assert_int_equal(w->host->heard_ms, start); /* another agent does not keep the host present */
}

static void a_restarted_agent_is_accepted_once_the_old_one_is_away(void **state)
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
    w->host->connected = false;
    assert_false(fleet_host_present(w->host, start));
    assert_int_equal(try_hello(w, "node1", 2, 1, start + 1, NULL), DAQS_OK);
}

static void a_host_is_present_while_it_reports(void **state)
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
    assert_non_null(strstr(err.text, "node1: too many nics: 3"));
    assert_int_equal(fleet_count(w->fleet), 0);
    w->inventory.nics = 2;
    assert_int_equal(try_hello(w, "node1", 1, 1, start, &err), DAQS_OK);
}

static void facts_of_a_nic_outlive_a_change_of_the_inventory(void **state)
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
        nic->tx_bytes = 100 + nic->mac.byte[5];
        nic->usage = nic->limit = nic->applied = nic->mac.byte[5] * MBIT;
        nic->sampled = true;
        w->host->member[nic->member].memory.mean = (nic->mac.byte[5] + 1U) / 2;
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
        assert_int_equal(nic->tx_bytes, known[i] ? 100 + known[i] : 0);
        assert_int_equal(nic->usage, known[i] * MBIT);
        assert_int_equal(nic->sampled, known[i] != 0);
        assert_int_equal(nic->state, known[i] ? DAQS_NIC_OK : DAQS_NIC_WAITING);
        assert_int_equal(nic->limit, known[i] ? known[i] * MBIT : DAQS_UNLIMITED);
        assert_int_equal(nic->applied, known[i] ? known[i] * MBIT : DAQS_UNLIMITED);
    }
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
    /* Where all of them were before. */
    const uint32_t nic_was[] = {FLEET_NEW, 3, FLEET_NEW, 0, FLEET_NEW};
    const uint32_t vm_was[] = {FLEET_NEW, 1, 0};
    const uint32_t member_was[] = {FLEET_NEW, 1, 0, FLEET_NEW};
    const uint32_t uplink_was[] = {0, 1};
    assert_memory_equal(w->host->was.nic, nic_was, sizeof nic_was);
    assert_memory_equal(w->host->was.vm, vm_was, sizeof vm_was);
    assert_memory_equal(w->host->was.member, member_was, sizeof member_was);
    assert_memory_equal(w->host->was.uplink, uplink_was, sizeof uplink_was);
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
        w->host->nic[i].tx_bytes = 1 + i;
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
        assert_int_equal(w->host->nic[i].tx_bytes, i < DAQS_MAX_NICS / 2 ? 0 : 1 + before);
    }
    free(nic);
}

/* --- reports --- */

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

/* A reading without a sample has no backlog, and neither has one of an older agent. */
static void bytes_that_an_agent_lies_about_do_not_wrap(void **state)
{
    struct world *w = *state;
    const struct daqs_nic_reading lie[] = {
        {.state = DAQS_NIC_OK, .sample = {.interval_us = 1, .tx_bytes = INT64_MAX}}};
    add_uplink(w, "up0", 10 * GBIT);
    add_nic(w, add_vm(w, "db1"), 0, 1);
    hello(w, 1);
    for (int i = 0; i < 3; i++)
        report(w, lie, start + i);
    assert_true(w->host->nic[0].tx_bytes == UINT64_MAX);
    assert_int_equal(w->host->nic[0].usage, DAQS_BPS_MAX);
}

static void a_backlog_is_that_of_the_last_reading(void **state)
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
        assert_int_equal(w->host->nic[0].tx_bytes, first[0].sample.tx_bytes);
        assert_int_equal(w->host->reported_ms, start);
    }
    /* Whether or not its report fits, the agent is present. */
    assert_true(fleet_host_present(w->host, start + 2000 + FLEET_PATIENCE_MS - 1));
}

static void limits_in_force_are_adopted_where_they_fit(void **state)
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

static void n2_vf_rates_that_an_agent_no_longer_sends_are_not_known(void **state)
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

static void slas_are_looked_up_again_on_request(void **state)
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

static void nothing_is_freed_well(void **state)
{
    (void)state;
    fleet_free(NULL);
}

static void vms_and_uplinks_are_recognised_wherever_they_are(void **state)
{
    struct world *w = *state;
    add_uplink(w, "up0", GBIT);
    add_uplink(w, "up1", GBIT);
    add_vm(w, "a");
    add_vm(w, "b");
    add_vm(w, "b"); /* hosts may lie: of two with one name each keeps its place */
    hello(w, 1);
    w->inventory.uplinks = w->inventory.vms = 0;
    add_uplink(w, "up1", GBIT);
    add_uplink(w, "new", GBIT);
    add_uplink(w, "up0", GBIT);
    add_vm(w, "b");
    add_vm(w, "new");
    add_vm(w, "b");
    add_vm(w, "a");
    hello(w, 2);
    const uint32_t uplinks[] = {1, FLEET_NEW, 0};
    const uint32_t vms[] = {1, FLEET_NEW, 2, 0};
    assert_memory_equal(w->host->was.uplink, uplinks, sizeof uplinks);
    assert_memory_equal(w->host->was.vm, vms, sizeof vms);
}

static void members_of_an_uplink_are_adjacent_in_the_order_of_its_nics(void **state)
{
    struct world *w = *state;
    add_uplink(w, "up0", GBIT);
    add_uplink(w, "up1", GBIT);
    add_vm(w, "a");
    add_vm(w, "b");
    add_nic(w, 1, 1, 1);
    add_nic(w, 0, 0, 2);
    add_nic(w, 1, 0, 3);
    add_nic(w, 1, 1, 4);
    hello(w, 1);
    assert_int_equal(w->host->members, 3);
    const uint32_t member[] = {2, 0, 1, 2};
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(w->host->nic[i].member, member[i]);
    assert_int_equal(w->host->member[2].nics, 2);
    assert_int_equal(w->host->member[2].uplink, 1);
    assert_int_equal(w->host->vm[1].nics, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_WORLD(a_host_is_forgotten_if_it_stays_away_and_nothing_waits_for_it),
        IN_WORLD(with_one_host_forgotten_the_others_stay_in_order),
        IN_WORLD(a_new_host_is_taken_with_a_copy_of_its_inventory),
        IN_WORLD(hosts_are_kept_in_the_order_of_their_first_hello),
        IN_WORLD(the_same_agent_may_send_hello_again),
        IN_WORLD(a_second_live_agent_for_a_host_is_refused),
        IN_WORLD(a_restarted_agent_is_accepted_once_the_old_one_is_away),
        IN_WORLD(an_agent_whose_connection_is_gone_does_not_hold_its_host),
        IN_WORLD(a_host_is_present_while_it_reports),
        IN_WORLD(more_hosts_than_there_is_room_for_are_refused),
        IN_WORLD(a_host_with_more_nics_than_there_is_room_for_is_refused),
        IN_WORLD(facts_of_a_nic_outlive_a_change_of_the_inventory),
        IN_WORLD(nics_are_recognised_wherever_they_are),
        IN_WORLD(vms_and_uplinks_are_recognised_wherever_they_are),
        IN_WORLD(members_of_an_uplink_are_adjacent_in_the_order_of_its_nics),
        IN_WORLD(usage_is_bytes_over_the_interval),
        IN_WORLD(bytes_that_an_agent_lies_about_do_not_wrap),
        IN_WORLD(a_backlog_is_that_of_the_last_reading),
        IN_WORLD(a_report_that_does_not_fit_changes_nothing),
        IN_WORLD(limits_in_force_are_adopted_where_they_fit),
        IN_WORLD(n2_vf_rates_that_an_agent_no_longer_sends_are_not_known),
        IN_WORLD(slas_are_looked_up_again_on_request),
        cmocka_unit_test(nothing_is_freed_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
