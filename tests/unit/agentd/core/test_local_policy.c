/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdio.h>
#include <string.h>

#include "agentd/core/fallback.h"
#include "agentd/core/local_policy.h"
#include "shared/policy/policy.h"
#include "shared/policy/water_fill.h"
#include "shared/policy/wire_bytes.h"

enum { NICS = 8, UPLINKS = 2, POLL_MS = 100, HEADROOM_PPM = 10000, TEXT = 8 };

/* A host without a controller. Each VM is named by a letter; usage is as on the wire. */
struct host {
    struct daqs_uplink_info uplink[UPLINKS];
    struct daqs_vm_info vm[NICS];
    char name[NICS][TEXT];
    struct daqs_nic_info nic[NICS];
    struct daqs_nic_setting setting[NICS];
    struct daqs_inventory inventory;
    struct order_terms terms;
    struct daqs_nic_reading reading[NICS];
    daqs_bps applied[NICS];
    daqs_bps sends[NICS];
    bool silent[NICS];
    bool frozen[NICS];
    bool by_host[NICS];
    uint8_t backlog[NICS];
    struct daqs_uplink_reading facts[UPLINKS];
    int64_t now_ms;
    struct local_policy *policy;
};

static void host_init(struct host *h, uint32_t uplinks)
{
    *h = (struct host){.inventory = {.uplinks = uplinks},
                       .terms = {.headroom_ppm = HEADROOM_PPM},
                       .now_ms = 50000};
    for (uint32_t u = 0; u < uplinks; u++)
        h->uplink[u] = (struct daqs_uplink_info){"up", GBIT};
    h->inventory.uplink = h->uplink;
    h->inventory.vm = h->vm;
    h->inventory.nic = h->nic;
}

static uint32_t add_vm(struct host *h, char letter)
{
    uint32_t v = h->inventory.vms++;
    (void)snprintf(h->name[v], TEXT, "%c", letter);
    h->vm[v] = (struct daqs_vm_info){.name = h->name[v], .uuid = ""};
    return v;
}

/* Adds a nic that the controller has not limited. */
static uint32_t add_nic(struct host *h, uint32_t vm, uint32_t uplink, daqs_bps min, daqs_bps max)
{
    uint32_t i = h->inventory.nics++;
    uint8_t letter = (uint8_t)*h->name[vm];
    h->nic[i] = (struct daqs_nic_info){vm, uplink, {{2, 0, 0, 0, letter, (uint8_t)i}}, 0};
    h->setting[i] = (struct daqs_nic_setting){DAQS_UNLIMITED, min, max, 1};
    return i;
}

static uint32_t add(struct host *h, char letter, daqs_bps min)
{
    return add_nic(h, add_vm(h, letter), 0, min, DAQS_UNLIMITED);
}

/* Returns a sample of full frames that take 'usage' on the wire. */
static struct daqs_sample sample_of(daqs_bps usage)
{
    uint64_t frames = usage / 8 * POLL_MS / 1000 / 1538;
    return (struct daqs_sample){
        .interval_us = POLL_MS * 1000, .tx_bytes = frames * 1514, .tx_packets = frames};
}

static void read_all(struct host *h)
{
    for (uint32_t i = 0; i < h->inventory.nics; i++) {
        struct daqs_nic_reading *r = &h->reading[i];
        daqs_bps sends = daqs_lower(h->sends[i], h->setting[i].limit);
        r->state = h->silent[i] ? DAQS_NIC_WAITING : DAQS_NIC_OK;
        r->state = h->frozen[i] ? (uint8_t)DAQS_NIC_FROZEN : r->state;
        r->sample = h->silent[i] || h->frozen[i] ? (struct daqs_sample){0} : sample_of(sends);
        r->backlog = h->backlog[i];
        r->cause = h->by_host[i] ? DAQS_CAUSE_HOST_SIDE : DAQS_CAUSE_NONE;
        h->applied[i] = h->setting[i].limit;
    }
    const struct local_readings readings = {h->reading, h->applied, h->inventory.uplinks, h->facts};
    local_policy_note(h->policy, &h->inventory, &readings, h->now_ms);
}

static void poll(struct host *h)
{
    h->now_ms += POLL_MS;
    if (!h->policy)
        h->policy = local_policy_new(&h->inventory, h->setting);
    assert_non_null(h->policy);
    read_all(h);
    local_policy_decide(h->policy, &h->inventory, &h->terms, POLL_MS, h->setting, h->now_ms);
}

static void polls(struct host *h, int count)
{
    for (int i = 0; i < count; i++)
        poll(h);
}

static void host_done(struct host *h)
{
    local_policy_free(h->policy);
}

static void an_idle_guarantee_is_lent(void **state)
{
    struct host h;
    (void)state;
    host_init(&h, 1);
    uint32_t gold = add(&h, 'g', 500 * MBIT);
    uint32_t plain = add(&h, 'p', 0);
    h.setting[plain].limit = 400 * MBIT; /* the controller's last limit */
    h.sends[plain] = GBIT;
    polls(&h, 3);
    assert_int_equal(h.setting[plain].limit, DAQS_UNLIMITED);
    assert_int_equal(h.setting[gold].limit, DAQS_UNLIMITED);
    host_done(&h);
}

static void a_guarantee_that_begins_is_kept_within_two_polls(void **state)
{
    const daqs_bps left = 990 * MBIT - wire_guarantee(500 * MBIT, 0);
    struct host h;
    (void)state;
    host_init(&h, 1);
    uint32_t gold = add(&h, 'g', 500 * MBIT);
    uint32_t plain = add(&h, 'p', 0);
    h.sends[plain] = 900 * MBIT;
    polls(&h, 10);
    h.sends[gold] = 50 * MBIT;
    polls(&h, 2);
    assert_in_range(h.setting[plain].limit, 1, left);
    h.sends[gold] = 0;
    polls(&h, 3);
    assert_int_equal(h.setting[plain].limit, DAQS_UNLIMITED);
    host_done(&h);
}

/* Less than half of a guarantee is in use: best effort gets more than in the static split. */
static void unused_guarantees_are_lent(void **state)
{
    struct host h;
    (void)state;
    host_init(&h, 1);
    uint32_t gold = add(&h, 'g', 500 * MBIT);
    uint32_t plain = add(&h, 'p', 0);
    h.sends[gold] = 200 * MBIT;
    h.sends[plain] = GBIT;
    polls(&h, 30);
    assert_in_range(h.setting[plain].limit, 700 * MBIT, 790 * MBIT);
    host_done(&h);
}

static void weights_share_the_rest(void **state)
{
    struct host h;
    (void)state;
    host_init(&h, 1);
    uint32_t gold = add(&h, 'g', 500 * MBIT);
    uint32_t a = add(&h, 'a', 0);
    uint32_t b = add(&h, 'b', 0);
    h.setting[b].weight = 3;
    h.sends[gold] = wire_guarantee(500 * MBIT, 0);
    h.sends[a] = h.sends[b] = GBIT;
    polls(&h, 30);
    assert_in_range(h.setting[b].limit, h.setting[a].limit * 29 / 10, h.setting[a].limit * 31 / 10);
    host_done(&h);
}

static void modes_are_obeyed(void **state)
{
    struct host h;
    (void)state;
    host_init(&h, 1);
    uint32_t gold = add(&h, 'g', 500 * MBIT);
    uint32_t plain = add_nic(&h, add_vm(&h, 'p'), 0, 0, 100 * MBIT);
    h.sends[gold] = 600 * MBIT;
    h.sends[plain] = 600 * MBIT;
    h.terms.mode[0] = POLICY_MODE_OFF;
    polls(&h, 3);
    assert_int_equal(h.setting[gold].limit, DAQS_UNLIMITED);
    assert_int_equal(h.setting[plain].limit, DAQS_UNLIMITED);
    h.terms.mode[0] = POLICY_MODE_FAIR;
    h.setting[plain].max = DAQS_UNLIMITED;
    local_policy_free(h.policy);
    h.policy = NULL;
    polls(&h, 10);
    assert_in_range(h.setting[gold].limit, 400 * MBIT, 600 * MBIT);
    assert_in_range(h.setting[plain].limit, h.setting[gold].limit * 9 / 10,
                    h.setting[gold].limit * 11 / 10);
    h.sends[gold] = 10 * MBIT; /* the uplink counts as full for another 2 s */
    polls(&h, 10);
    assert_int_not_equal(h.setting[plain].limit, DAQS_UNLIMITED);
    polls(&h, 15);
    assert_int_equal(h.setting[plain].limit, DAQS_UNLIMITED);
    h.sends[gold] = 600 * MBIT;
    h.terms.mode[0] = 200; /* unknown modes count as minimum */
    polls(&h, 3);
    assert_int_equal(h.setting[gold].limit, DAQS_UNLIMITED);
    assert_in_range(h.setting[plain].limit, 1, 500 * MBIT);
    host_done(&h);
}

/* 800 of 1,000 Mbit/s get through behind the port. */
static void a_bottleneck_behind_the_port_is_found(void **state)
{
    struct host h;
    (void)state;
    host_init(&h, 1);
    uint32_t gold = add(&h, 'g', 300 * MBIT);
    uint32_t plain = add(&h, 'p', 0);
    for (char letter = 'a'; letter < 'e'; letter++)
        (void)add(&h, letter, 0);
    h.sends[gold] = 200 * MBIT;
    h.sends[plain] = 600 * MBIT;
    polls(&h, 40);
    assert_true(h.setting[plain].limit > 600 * MBIT);
    h.backlog[gold] = DAQS_BACKLOG_SOME;
    polls(&h, 2500 / POLL_MS);
    assert_in_range(h.setting[plain].limit, 300 * MBIT, 800 * MBIT - wire_guarantee(300 * MBIT, 0));
    host_done(&h);
}

static void ceilings_hold(void **state)
{
    struct host h;
    (void)state;
    host_init(&h, 1);
    uint32_t plain = add_nic(&h, add_vm(&h, 'p'), 0, 0, 100 * MBIT);
    h.sends[plain] = GBIT;
    polls(&h, 2);
    assert_int_equal(h.setting[plain].limit, wire_guarantee(100 * MBIT, 0));
    host_done(&h);
}

static void without_a_reading_the_split_is_static(void **state)
{
    struct host h;
    struct daqs_nic_setting expected[NICS];
    (void)state;
    host_init(&h, 2);
    (void)add(&h, 'g', 500 * MBIT);
    uint32_t a = add(&h, 'a', 0);
    uint32_t b = add(&h, 'b', 0);
    uint32_t other = add_nic(&h, 2, 1, 0, DAQS_UNLIMITED);
    h.setting[b].weight = 2;
    memcpy(expected, h.setting, sizeof expected);
    fallback_split(&h.inventory, 0, POLICY_MODE_MINIMUM, HEADROOM_PPM, expected);
    for (uint32_t i = 0; i < 3; i++)
        h.silent[i] = true;
    h.sends[other] = 100 * MBIT; /* only the other uplink has readings */
    polls(&h, 2);
    assert_int_equal(h.setting[a].limit, expected[a].limit);
    assert_int_equal(h.setting[b].limit, expected[b].limit);
    assert_in_range(expected[a].limit, 100 * MBIT, 200 * MBIT);
    /* One reading is enough: the guaranteed VM then counts as using its whole guarantee. */
    h.silent[a] = false;
    h.sends[a] = GBIT;
    polls(&h, 10);
    assert_in_range(h.setting[a].limit, expected[a].limit + 1,
                    990 * MBIT - wire_guarantee(500 * MBIT, 0));
    host_done(&h);
}

static void guests_that_fall_silent_are_split_statically(void **state)
{
    struct host h;
    (void)state;
    host_init(&h, 1);
    uint32_t gold = add(&h, 'g', 500 * MBIT);
    uint32_t plain = add(&h, 'p', 0);
    polls(&h, 5);
    h.silent[gold] = h.silent[plain] = true;
    polls(&h, LOCAL_PATIENCE_MS / POLL_MS - 2);
    assert_int_equal(h.setting[plain].limit, DAQS_UNLIMITED);
    polls(&h, 2);
    assert_int_equal(h.setting[plain].limit, 990 * MBIT - wire_guarantee(500 * MBIT, 0));
    h.silent[gold] = h.silent[plain] = false;
    polls(&h, 2);
    assert_int_equal(h.setting[plain].limit, DAQS_UNLIMITED);
    h.silent[gold] = h.silent[plain] = true;
    polls(&h, LOCAL_PATIENCE_MS / POLL_MS + 1);
    assert_int_equal(h.setting[plain].limit, 990 * MBIT - wire_guarantee(500 * MBIT, 0));
    host_done(&h);
}

static void small_changes_are_left_alone(void **state)
{
    struct host h;
    (void)state;
    host_init(&h, 1);
    uint32_t gold = add(&h, 'g', 500 * MBIT);
    uint32_t plain = add(&h, 'p', 0);
    h.sends[gold] = 300 * MBIT;
    h.sends[plain] = GBIT;
    polls(&h, 30);
    daqs_bps before = h.setting[plain].limit;
    h.sends[gold] = 301 * MBIT;
    polls(&h, 5);
    assert_int_equal(h.setting[plain].limit, before);
    host_done(&h);
}

static void the_pfs_own_traffic_is_subtracted(void **state)
{
    struct host h;
    (void)state;
    host_init(&h, 1);
    uint32_t gold = add(&h, 'g', 300 * MBIT);
    uint32_t plain = add(&h, 'p', 0);
    h.sends[gold] = wire_guarantee(300 * MBIT, 0);
    h.sends[plain] = GBIT;
    polls(&h, 20);
    daqs_bps before = h.setting[plain].limit;
    h.facts[0] = (struct daqs_uplink_reading){
        .own_interval_us = POLL_MS * 1000, .own_bytes = 2500000, .own_packets = 1700};
    polls(&h, 20);
    assert_in_range(h.setting[plain].limit, before - 230 * MBIT, before - 180 * MBIT);
    host_done(&h);
}

static void n2_the_hosts_least_rate_of_a_vf_is_planned_with(void **state)
{
    struct host h;
    (void)state;
    host_init(&h, 1);
    uint32_t gold = add(&h, 'g', 800 * MBIT);
    uint32_t first = add(&h, 'a', 0);
    for (char letter = 'b'; letter < 'f'; letter++)
        add(&h, letter, 0);
    h.by_host[first] = true;
    h.facts[0] = (struct daqs_uplink_reading){.vf_least = 20 * MBIT, .vf_step = 10 * MBIT};
    h.sends[gold] = 800 * MBIT;
    polls(&h, 5);
    assert_int_equal(h.setting[first].limit, 20 * MBIT);
    assert_in_range(h.setting[first + 1].limit, MBIT, 20 * MBIT - 1);
    h.sends[first] = 100 * MBIT;
    polls(&h, 5);
    assert_int_equal(h.setting[first].limit % (10 * MBIT), 0);
    host_done(&h);
}

static void while_the_link_is_down_limits_stay(void **state)
{
    struct host h;
    (void)state;
    host_init(&h, 1);
    uint32_t gold = add(&h, 'g', 800 * MBIT);
    uint32_t plain = add(&h, 'p', 0);
    h.sends[gold] = 800 * MBIT;
    h.sends[plain] = 150 * MBIT;
    polls(&h, 5);
    const daqs_bps limit = h.setting[plain].limit;
    assert_int_not_equal(limit, DAQS_UNLIMITED);
    h.sends[gold] = h.sends[plain] = 0;
    h.facts[0].link = DAQS_LINK_DOWN;
    polls(&h, 50);
    assert_int_equal(h.setting[plain].limit, limit);
    h.facts[0].link = DAQS_LINK_UP;
    polls(&h, 50);
    assert_int_equal(h.setting[plain].limit, DAQS_UNLIMITED);
    host_done(&h);
}

static void g6_a_frozen_guest_is_assumed_to_send_as_before(void **state)
{
    struct host h;
    (void)state;
    host_init(&h, 1);
    uint32_t gold = add(&h, 'g', 500 * MBIT);
    uint32_t plain = add(&h, 'p', 0);
    h.sends[plain] = 600 * MBIT;
    polls(&h, 3);
    h.frozen[gold] = true;
    for (int i = 0; i < 590; i++) {
        poll(&h);
        assert_int_equal(h.setting[plain].limit, DAQS_UNLIMITED);
    }
    h.frozen[gold] = false;
    h.silent[gold] = true;
    poll(&h);
    assert_int_not_equal(h.setting[plain].limit, DAQS_UNLIMITED);
    host_done(&h);
}

static void a_guest_that_takes_no_limit_gets_none(void **state)
{
    struct host h;
    (void)state;
    host_init(&h, 1);
    uint32_t gold = add(&h, 'g', 500 * MBIT);
    uint32_t plain = add(&h, 'p', 0);
    h.sends[gold] = 500 * MBIT;
    h.sends[plain] = 500 * MBIT;
    h.policy = local_policy_new(&h.inventory, h.setting);
    read_all(&h);
    h.reading[plain].state = DAQS_NIC_UNMANAGED;
    const struct local_readings readings = {h.reading, h.applied, 0, NULL};
    local_policy_note(h.policy, &h.inventory, &readings, h.now_ms);
    local_policy_decide(h.policy, &h.inventory, &h.terms, POLL_MS, h.setting, h.now_ms);
    assert_int_equal(h.setting[plain].limit, DAQS_UNLIMITED);
    host_done(&h);
}

/* Lists the VMs of 'letters' in that order, with their settings in 'h'. New VMs have no SLA. */
static void list_again(struct host *h, const char *letters)
{
    struct host fresh;
    host_init(&fresh, h->inventory.uplinks);
    for (const char *letter = letters; *letter; letter++) {
        uint32_t i = 0;
        while (i < h->inventory.nics && *h->name[h->nic[i].vm] != *letter)
            i++;
        uint32_t k = add(&fresh, *letter, 0);
        if (i == h->inventory.nics)
            continue;
        fresh.nic[k].mac = h->nic[i].mac;
        fresh.setting[k] = h->setting[i];
        fresh.sends[k] = h->sends[i];
    }
    fresh.now_ms = h->now_ms;
    fresh.policy = local_policy_carry(h->policy, &h->inventory, &fresh.inventory, fresh.setting);
    assert_non_null(fresh.policy);
    *h = fresh;
    h->inventory.uplink = h->uplink;
    h->inventory.vm = h->vm;
    h->inventory.nic = h->nic;
    for (uint32_t v = 0; v < h->inventory.vms; v++)
        h->vm[v].name = h->name[v];
}

static void memories_follow_their_vms(void **state)
{
    struct host h;
    (void)state;
    host_init(&h, 1);
    uint32_t gold = add(&h, 'g', 500 * MBIT);
    uint32_t plain = add(&h, 'p', 0);
    (void)add(&h, 'x', 0);
    h.sends[gold] = 200 * MBIT;
    h.sends[plain] = GBIT;
    polls(&h, 30);
    daqs_bps before = h.setting[plain].limit;
    assert_in_range(before, 700 * MBIT, 790 * MBIT);
    list_again(&h, "pgn"); /* one VM is gone, one is new, and all positions have changed */
    poll(&h);
    assert_in_range(h.setting[0].limit, before * 9 / 10, before * 11 / 10); /* gold is known */
    host_done(&h);
}

/* A report may be due before a guest has answered again: its last reading stays valid. */
static void readings_follow_their_nics(void **state)
{
    struct host h;
    (void)state;
    host_init(&h, 1);
    uint32_t gold = add(&h, 'g', 500 * MBIT);
    uint32_t plain = add(&h, 'p', 0);
    h.sends[gold] = 0;
    h.sends[plain] = GBIT;
    polls(&h, 5);
    list_again(&h, "pg");
    h.silent[0] = h.silent[1] = true;
    poll(&h);
    assert_int_equal(h.setting[0].limit, DAQS_UNLIMITED); /* gold is known to be idle */
    host_done(&h);
}

/* VM g has two nics with half of the SLA each, VM p has one. */
static void host_of_two_nics(struct host *h)
{
    host_init(h, 1);
    uint32_t gold = add_vm(h, 'g');
    uint32_t plain = add_vm(h, 'p');
    (void)add_nic(h, gold, 0, 250 * MBIT, 300 * MBIT);
    (void)add_nic(h, plain, 0, 0, DAQS_UNLIMITED);
    (void)add_nic(h, gold, 0, 250 * MBIT, 300 * MBIT);
}

static void several_nics_share_their_vms_sla(void **state)
{
    struct host h;
    (void)state;
    host_of_two_nics(&h);
    h.sends[0] = GBIT;
    h.sends[1] = GBIT;
    polls(&h, 30);
    assert_in_range(h.setting[1].limit, 300 * MBIT, 990 * MBIT - wire_guarantee(500 * MBIT, 0));
    /* The whole ceiling goes through one nic, and the other one may begin to send. */
    assert_in_range(h.setting[0].limit, 530 * MBIT, wire_guarantee(600 * MBIT, 0));
    assert_in_range(h.setting[2].limit, 398 * MBIT, wire_guarantee(450 * MBIT, 0));
    host_done(&h);
}

static void a_nic_that_goes_takes_no_part_of_the_sla_along(void **state)
{
    struct host h;
    struct daqs_inventory old;
    (void)state;
    host_of_two_nics(&h);
    h.sends[0] = GBIT;
    h.sends[1] = GBIT;
    polls(&h, 30);
    old = h.inventory;
    h.setting[1].weight = 100;
    h.inventory.nics = 2;
    h.policy = local_policy_carry(h.policy, &old, &h.inventory, h.setting);
    assert_non_null(h.policy);
    polls(&h, 30);
    assert_in_range(h.setting[1].limit, 300 * MBIT, 990 * MBIT - wire_guarantee(500 * MBIT, 0));
    assert_in_range(h.setting[0].limit, wire_guarantee(500 * MBIT, 0),
                    wire_guarantee(600 * MBIT, 0));
    /* A nic that appears does not increase the SLA either, whatever was kept about it. */
    const struct daqs_inventory less = h.inventory;
    h.inventory.nics = 3;
    h.policy = local_policy_carry(h.policy, &less, &h.inventory, h.setting);
    h.sends[2] = GBIT;
    polls(&h, 30);
    assert_in_range(h.setting[0].limit + h.setting[2].limit, 530 * MBIT,
                    wire_guarantee(605 * MBIT, 0));
    host_done(&h);
}

static void a_new_nic_comes_under_its_vms_ceiling(void **state)
{
    struct host h;
    (void)state;
    host_init(&h, 1);
    uint32_t vm = add_vm(&h, 'p');
    (void)add_nic(&h, vm, 0, 0, 100 * MBIT);
    (void)add_nic(&h, vm, 0, 0, DAQS_UNLIMITED); /* no orders for it yet */
    h.sends[0] = h.sends[1] = GBIT;
    polls(&h, 10);
    assert_in_range(h.setting[0].limit + h.setting[1].limit, 95 * MBIT,
                    wire_guarantee(101 * MBIT, 0));
    host_done(&h);
}

static void absurd_settings_are_bounded(void **state)
{
    struct host h;
    (void)state;
    host_init(&h, 1);
    uint32_t vm = add_vm(&h, 'g');
    for (int i = 0; i < 4; i++)
        h.setting[add_nic(&h, vm, 0, DAQS_BPS_MAX, DAQS_BPS_MAX)].weight = UINT32_MAX;
    uint32_t plain = add(&h, 'p', 0);
    h.setting[plain].weight = 0;
    uint32_t heavy = add(&h, 'h', 0);
    h.setting[heavy].weight = UINT32_MAX;
    for (uint32_t i = 0; i < h.inventory.nics; i++)
        h.sends[i] = GBIT;
    polls(&h, 5);
    assert_in_range(h.setting[plain].limit, 1, 20 * MBIT);
    assert_in_range(h.setting[heavy].limit, 1, 20 * MBIT);
    host_done(&h);
}

static void no_weight_counts_for_more_than_the_largest(void **state)
{
    struct host h;
    (void)state;
    host_init(&h, 1);
    uint32_t gold = add(&h, 'g', 500 * MBIT);
    uint32_t plain = add(&h, 'p', 0);
    uint32_t heavy = add(&h, 'h', 0);
    h.setting[plain].weight = WATER_FILL_WEIGHT_MAX / 2;
    h.setting[heavy].weight = UINT32_MAX;
    h.sends[gold] = h.sends[plain] = h.sends[heavy] = GBIT;
    polls(&h, 30);
    assert_in_range(h.setting[heavy].limit, h.setting[plain].limit * 19 / 10,
                    h.setting[plain].limit * 21 / 10);
    host_done(&h);
}

static void a_host_without_nics_is_accepted(void **state)
{
    struct host h;
    (void)state;
    host_init(&h, 2);
    polls(&h, 2);
    list_again(&h, "");
    poll(&h);
    host_done(&h);
    local_policy_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_idle_guarantee_is_lent),
        cmocka_unit_test(a_guarantee_that_begins_is_kept_within_two_polls),
        cmocka_unit_test(unused_guarantees_are_lent),
        cmocka_unit_test(weights_share_the_rest),
        cmocka_unit_test(modes_are_obeyed),
        cmocka_unit_test(a_bottleneck_behind_the_port_is_found),
        cmocka_unit_test(ceilings_hold),
        cmocka_unit_test(without_a_reading_the_split_is_static),
        cmocka_unit_test(guests_that_fall_silent_are_split_statically),
        cmocka_unit_test(small_changes_are_left_alone),
        cmocka_unit_test(the_pfs_own_traffic_is_subtracted),
        cmocka_unit_test(n2_the_hosts_least_rate_of_a_vf_is_planned_with),
        cmocka_unit_test(while_the_link_is_down_limits_stay),
        cmocka_unit_test(g6_a_frozen_guest_is_assumed_to_send_as_before),
        cmocka_unit_test(a_guest_that_takes_no_limit_gets_none),
        cmocka_unit_test(memories_follow_their_vms),
        cmocka_unit_test(readings_follow_their_nics),
        cmocka_unit_test(several_nics_share_their_vms_sla),
        cmocka_unit_test(a_nic_that_goes_takes_no_part_of_the_sla_along),
        cmocka_unit_test(a_new_nic_comes_under_its_vms_ceiling),
        cmocka_unit_test(absurd_settings_are_bounded),
        cmocka_unit_test(no_weight_counts_for_more_than_the_largest),
        cmocka_unit_test(a_host_without_nics_is_accepted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
