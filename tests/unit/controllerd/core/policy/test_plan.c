/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include "controllerd/core/policy/plan.h"
#include "shared/policy/uplink_nics.h"
#include "shared/policy/wire_bytes.h"
#include "tests/lib/fleet_world.h"

/* --- decisions --- */

static struct plan *plan;

static int make_plan(void **state)
{
    plan = plan_new();
    return make_world(state) == 0 && plan ? 0 : -1;
}

static int end_plan(void **state)
{
    plan_free(plan);
    return end_world(state);
}

static void come(struct world *w, uint64_t generation)
{
    hello(w, generation);
    assert_true(plan_set_due(plan, w->host));
}

/* Counts pushes until the last one has this sequence. */
static void count_to(struct world *w, uint64_t sequence)
{
    while (plan_next_sequence(plan, w->host) != sequence)
        ;
}

static void not_due(struct world *w)
{
    plan_pushed(plan, w->host, start);
    assert_false(plan_due(plan, w->host));
}

static void decide(struct world *w)
{
    not_due(w);
    assert_true(plan_decide(plan, w->host, HEADROOM_PPM, start));
}

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
    come(w, 1);
    saturate(w);
}

static void a_guarantee_in_use_limits_the_others_at_once(void **state)
{
    struct world *w = *state;
    saturated(w);
    assert_true(plan_due(plan, w->host));
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
    assert_false(plan_due(plan, w->host));
    assert_int_equal(w->host->nic[1].limit, web1_limit);
}

static void a_little_more_room_is_not_worth_a_push(void **state)
{
    struct world *w = *state;
    saturated(w);
    const daqs_bps little = web1_limit / 100 * 99;
    w->host->nic[1].limit = little;
    saturate(w);
    assert_false(plan_due(plan, w->host));
    assert_int_equal(w->host->nic[1].limit, little);
}

static void much_more_room_is_pushed(void **state)
{
    struct world *w = *state;
    saturated(w);
    w->host->nic[1].limit = web1_limit / 32 * 31;
    saturate(w);
    assert_true(plan_due(plan, w->host));
    assert_int_equal(w->host->nic[1].limit, web1_limit);
    w->host->nic[1].limit = 0;
    saturate(w);
    assert_true(plan_due(plan, w->host));
    assert_int_equal(w->host->nic[1].limit, web1_limit);
}

static void any_tightening_that_matters_is_pushed(void **state)
{
    struct world *w = *state;
    saturated(w);
    w->host->nic[1].limit = web1_limit + 1;
    saturate(w);
    assert_false(plan_due(plan, w->host));
    w->host->nic[1].limit = web1_limit / 50 * 51;
    saturate(w);
    assert_true(plan_due(plan, w->host));
    assert_int_equal(w->host->nic[1].limit, web1_limit);
}

/* However little the VM sends. */
static void a_ceiling_that_changes_is_pushed(void **state)
{
    struct world *w = *state;
    const struct daqs_nic_reading quiet[] = {sends(0), sends(0)};
    two_vms(w);
    set_sla(w, "web1", 0, 50 * MBIT);
    come(w, 1);
    report(w, quiet, start);
    decide(w);
    assert_int_equal(w->host->nic[1].limit, wire_guarantee(50 * MBIT, 0));
    set_sla(w, "web1", 0, 49999 * KBIT);
    fleet_refresh_slas(w->host, w->ledger);
    report(w, quiet, start);
    decide(w);
    assert_true(plan_due(plan, w->host));
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
    assert_true(plan_due(plan, w->host));
    report(w, quiet, start);
    decide(w);
    assert_false(plan_due(plan, w->host));
}

/* Readings from before a push do not show the effect of its limits. */
static void readings_from_before_a_push_decide_nothing(void **state)
{
    struct world *w = *state;
    const struct daqs_nic_reading quiet[] = {sends(0), sends(3900 * MBIT)};
    saturated(w);
    count_to(w, 5);
    plan_pushed(plan, w->host, start);
    assert_true(fleet_report(w->host, 1, ++w->sequence, 4, quiet, 2, start + 100));
    assert_false(plan_decide(plan, w->host, HEADROOM_PPM, start + 100));
    assert_int_equal(w->host->nic[1].limit, web1_limit);
    assert_true(fleet_report(w->host, 1, ++w->sequence, 4, quiet, 2, start + 200));
    assert_true(
        plan_decide(plan, w->host, HEADROOM_PPM, start + 200)); /* in case it never is in force */
    assert_true(fleet_report(w->host, 1, ++w->sequence, 4, quiet, 2, start + 300));
    assert_true(plan_decide(plan, w->host, HEADROOM_PPM, start + 300));
    assert_int_equal(w->host->nic[1].limit, DAQS_UNLIMITED);
}

/* Renewing the lease changes no limit, so there is nothing to wait for. */
static void a_push_of_the_same_is_not_waited_for(void **state)
{
    struct world *w = *state;
    const struct daqs_nic_reading full[] = {sends(5900 * MBIT), sends(3900 * MBIT)};
    saturated(w);
    count_to(w, 5);
    plan_pushed(plan, w->host, start);
    count_to(w, 6);
    plan_pushed(plan, w->host, start + 100);
    assert_true(fleet_report(w->host, 1, ++w->sequence, 4, full, 2, start + 100));
    assert_false(plan_decide(plan, w->host, HEADROOM_PPM, start + 100));
    assert_true(fleet_report(w->host, 1, ++w->sequence, 5, full, 2, start + 100));
    assert_true(plan_decide(plan, w->host, HEADROOM_PPM, start + 100));
}

/* The guest agent may be hung while the VM sends. But best effort must not limit others
 * meanwhile. */
static void a_guarantee_outlasts_silence_and_best_effort_does_not(void **state)
{
    struct world *w = *state;
    struct daqs_nic_reading reading[] = {sends(GBIT), sends(2 * GBIT)};
    two_vms(w);
    set_sla(w, "db1", 3 * GBIT, DAQS_UNLIMITED);
    come(w, 1);
    report(w, reading, start);
    decide(w);
    const int64_t later = start + 10 * FLEET_PATIENCE_MS;
    reading[0].sample.interval_us = reading[1].sample.interval_us = 0;
    report(w, reading, later);
    assert_true(plan_decide(plan, w->host, HEADROOM_PPM, later));
    assert_true(w->host->member[0].memory.reserve == (double)wire_guarantee(3 * GBIT, 0));
    assert_int_equal(w->host->nic[0].demand, DAQS_UNLIMITED);          /* unknown */
    assert_false(fleet_usage_known(w->host, &w->host->nic[0], later)); /* but it is not displayed */
    assert_true(w->host->member[1].memory.wants == 0);
}

/* As during a backup: the VM keeps sending, and the reserve stays at what it uses. */
static void g6_a_frozen_guest_is_assumed_to_send_as_before(void **state)
{
    struct world *w = *state;
    struct daqs_nic_reading reading[] = {sends(0), sends(2 * GBIT)};
    two_vms(w);
    set_sla(w, "db1", 3 * GBIT, DAQS_UNLIMITED);
    come(w, 1);
    report(w, reading, start);
    decide(w);
    reading[0] = (struct daqs_nic_reading){.state = DAQS_NIC_FROZEN, .cause = DAQS_CAUSE_FROZEN};
    int64_t now_ms = start;
    for (; now_ms < start + POLICY_GRACE_MS - 1000; now_ms += 1000) {
        report(w, reading, now_ms + 1000);
        assert_true(plan_decide(plan, w->host, HEADROOM_PPM, now_ms + 1000));
        assert_true(w->host->member[0].memory.reserve == 0);
        assert_int_equal(w->host->nic[1].limit, DAQS_UNLIMITED);
    }
    assert_false(fleet_usage_known(w->host, &w->host->nic[0], now_ms)); /* it is not displayed */
    reading[0].state = DAQS_NIC_UNRESPONSIVE;                           /* it lasted too long */
    report(w, reading, now_ms + 1000);
    assert_true(plan_decide(plan, w->host, HEADROOM_PPM, now_ms + 1000));
    assert_true(w->host->member[0].memory.reserve == (double)wire_guarantee(3 * GBIT, 0));
}

static void a_nic_that_cannot_be_limited_has_no_limit(void **state)
{
    struct world *w = *state;
    saturated(w);
    w->host->nic[1].state = DAQS_NIC_UNMANAGED;
    decide(w);
    assert_int_equal(w->host->nic[1].limit, DAQS_UNLIMITED);
    assert_int_equal(w->host->nic[1].reason, POLICY_OUT_OF_REACH);
    assert_true(plan_due(plan, w->host));
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
    assert_false(plan_due(plan, w->host));
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
    come(w, 1);
    assert_false(plan_decide(plan, w->host, HEADROOM_PPM, start));
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
    come(w, 1);
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
    not_due(w);
    for (uint32_t u = 0; u < w->host->uplinks; u++)
        w->host->uplink[u].mode = POLICY_MODE_OFF;
    assert_true(plan_decide(plan, w->host, HEADROOM_PPM, start));
    assert_int_equal(w->host->nic[1].limit, DAQS_UNLIMITED);
    assert_int_equal(w->host->nic[1].reason, POLICY_OFF);
    assert_true(plan_due(plan, w->host));
}

static void the_memory_of_an_uplink_ends_with_its_speed(void **state)
{
    struct world *w = *state;
    saturated(w);
    w->host->uplink[0].memory.cautious_ms = 5000;
    come(w, 2);
    assert_int_equal(w->host->uplink[0].memory.cautious_ms, 5000);
    w->uplink[0].capacity = 25 * GBIT;
    const double reserve = w->host->member[0].memory.reserve;
    come(w, 3);
    assert_int_equal(w->host->uplink[0].memory.cautious_ms, 0);
    for (uint32_t i = 0; i < w->host->nics; i++)
        w->host->nic[i].fresh = false;
    assert_true(reserve > 0 && plan_decide(plan, w->host, HEADROOM_PPM, start));
    assert_true(w->host->member[0].memory.reserve == reserve); /* the VM's memory stays */
}

/* A guarantee next to idle VMs. The last one is limited in its guest. */
static void n2_the_hosts_least_rate_of_a_vf_is_planned_with(void **state)
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
    come(w, 1);
    report(w, reading, start);
    fleet_report_uplinks(w->host, &told, 1, start);
    decide(w);
    for (uint8_t n = 1; n < 5; n++)
        assert_int_equal(w->host->nic[n].limit, 20 * MBIT);
    assert_in_range(w->host->nic[5].limit, MBIT, 20 * MBIT - 1);
}

static void while_the_link_is_down_limits_stay(void **state)
{
    struct world *w = *state;
    const struct daqs_uplink_reading down = {.link = DAQS_LINK_DOWN};
    const struct daqs_uplink_reading up = {.link = DAQS_LINK_UP};
    struct daqs_nic_reading reading[2] = {sends(800 * MBIT), sends(200 * MBIT)};
    add_uplink(w, "up0", GBIT);
    add_nic(w, add_vm(w, "gold"), 0, 1);
    add_nic(w, add_vm(w, "plain"), 0, 2);
    set_sla(w, "gold", 800 * MBIT, DAQS_UNLIMITED);
    come(w, 1);
    report(w, reading, start);
    fleet_report_uplinks(w->host, &up, 1, start);
    decide(w);
    const daqs_bps limit = w->host->nic[1].limit;
    assert_int_not_equal(limit, DAQS_UNLIMITED);
    reading[0] = reading[1] = sends(0);
    for (int i = 1; i <= 50; i++) {
        report(w, reading, start + 100 * i);
        fleet_report_uplinks(w->host, &down, 1, start + 100 * i);
        assert_true(plan_decide(plan, w->host, HEADROOM_PPM, start + 100 * i));
        assert_int_equal(w->host->nic[1].limit, limit);
        assert_int_equal(w->host->nic[0].reason, POLICY_NO_LINK);
    }
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
    come(w, 1);
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
    add_uplink(w, "up0", 10 * GBIT);
    add_vm(w, "db1");
    come(w, 1);
    report(w, NULL, start);
    decide(w);
    assert_false(plan_due(plan, w->host));
    plan_settings(w->host, NULL);
    fleet_applied(w->host, 1, &(struct daqs_nic_applied){.nic = 0}, 1);
    w->inventory.uplinks = w->inventory.vms = 0;
    come(w, 2);
    decide(w);
}

/* --- how often to report --- */

static void hosts_report_rarely_only_while_nothing_is_at_stake(void **state)
{
    struct world *w = *state;
    const struct daqs_nic_reading quiet[] = {sends(0), sends(300 * MBIT)};
    const struct daqs_nic_reading busy[] = {sends(0), sends(3 * GBIT)};
    two_vms(w);
    set_sla(w, "db1", 2 * GBIT, DAQS_UNLIMITED);
    come(w, 1);
    w->host->poll_most_ms = 500;
    report(w, busy, start);
    assert_true(plan_decide(plan, w->host, HEADROOM_PPM, start));
    assert_int_equal(plan_poll_ms(plan, w->host), POLL_MS);
    report(w, quiet, start + 4999);
    assert_true(plan_decide(plan, w->host, HEADROOM_PPM, start + 4999));
    assert_int_equal(plan_poll_ms(plan, w->host), POLL_MS);
    not_due(w);
    assert_true(plan_decide(plan, w->host, HEADROOM_PPM, start + 5000));
    assert_int_equal(plan_poll_ms(plan, w->host), 500);
    assert_true(plan_due(plan, w->host)); /* the host must be informed */
    report(w, busy, start + 5500);
    not_due(w);
    assert_true(plan_decide(plan, w->host, HEADROOM_PPM, start + 5500));
    assert_int_equal(plan_poll_ms(plan, w->host), POLL_MS);
    assert_true(plan_due(plan, w->host));
}

static void a_host_without_guarantees_may_report_rarely_whatever_it_sends(void **state)
{
    struct world *w = *state;
    const struct daqs_nic_reading busy[] = {sends(GBIT), sends(3 * GBIT)};
    two_vms(w);
    come(w, 1);
    w->host->poll_most_ms = 500;
    report(w, busy, start + 5000);
    assert_true(plan_decide(plan, w->host, HEADROOM_PPM, start + 5000));
    assert_int_equal(plan_poll_ms(plan, w->host), 500);
}

/* --- what is pushed --- */

static void the_mode_of_each_uplink_is_pushed(void **state)
{
    struct world *w = *state;
    struct daqs_uplink_setting to[DAQS_MAX_UPLINKS] = {
        {POLICY_MODE_OFF}, {POLICY_MODE_OFF}, {POLICY_MODE_OFF}};
    saturated(w);
    w->host->uplink[w->host->uplinks - 1].mode = POLICY_MODE_WEIGHTED;
    plan_modes(w->host, to);
    assert_int_equal(to[0].mode, w->host->uplinks > 1 ? POLICY_MODE_MINIMUM : POLICY_MODE_WEIGHTED);
    assert_int_equal(to[w->host->uplinks - 1].mode, POLICY_MODE_WEIGHTED);
    assert_int_equal(to[w->host->uplinks].mode, POLICY_MODE_OFF); /* not written */
}

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
    come(w, 1);
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
    come(w, 1);
    plan_settings(w->host, setting);
    assert_int_equal(setting[0].min, 0);
    assert_int_equal(setting[0].max, 3 * GBIT);
    set_sla(w, "db1", 2 * GBIT, DAQS_UNLIMITED);
    fleet_refresh_slas(w->host, w->ledger);
    plan_settings(w->host, setting);
    assert_int_equal(setting[1].min, GBIT);
    assert_int_equal(setting[1].max, DAQS_UNLIMITED);
}

static void a_host_that_was_forgotten_is_not_decided_for(void **state)
{
    struct world *w = *state;
    saturated(w);
    assert_true(plan_due(plan, w->host));
    plan_forget(plan, w->host);
    assert_false(plan_due(plan, w->host));
    assert_false(plan_decide(plan, w->host, HEADROOM_PPM, start));
}

static void a_lease_is_renewed_after_its_part(void **state)
{
    struct world *w = *state;
    saturated(w);
    plan_pushed(plan, w->host, start);
    assert_false(plan_renewal_due(plan, w->host, 1000, start + 999));
    assert_true(plan_renewal_due(plan, w->host, 1000, start + 1000));
}

#define IN_PLAN(test) cmocka_unit_test_setup_teardown(test, make_plan, end_plan)

/* Its agent, which kept running, obeys no sequence below that of its last limits. */
static void a_host_that_was_forgotten_and_comes_back_goes_on_counting(void **state)
{
    struct world *w = *state;
    uint64_t last = 0;
    add_uplink(w, "up0", 10 * GBIT);
    come(w, 1);
    for (int i = 0; i < 3; i++)
        last = plan_next_sequence(plan, w->host);
    plan_forget(plan, w->host);
    assert_int_equal(plan_next_sequence(plan, w->host), 0); /* it is not known */
    assert_true(plan_set_due(plan, w->host));
    assert_true(plan_next_sequence(plan, w->host) > last);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_PLAN(a_guarantee_in_use_limits_the_others_at_once),
        IN_PLAN(the_same_decision_is_not_pushed_again),
        IN_PLAN(a_little_more_room_is_not_worth_a_push),
        IN_PLAN(much_more_room_is_pushed),
        IN_PLAN(any_tightening_that_matters_is_pushed),
        IN_PLAN(a_ceiling_that_changes_is_pushed),
        IN_PLAN(limits_end_with_the_need_for_them),
        IN_PLAN(readings_from_before_a_push_decide_nothing),
        IN_PLAN(a_push_of_the_same_is_not_waited_for),
        IN_PLAN(a_guarantee_outlasts_silence_and_best_effort_does_not),
        IN_PLAN(g6_a_frozen_guest_is_assumed_to_send_as_before),
        IN_PLAN(a_nic_that_cannot_be_limited_has_no_limit),
        IN_PLAN(a_guest_that_does_not_answer_keeps_its_limit),
        IN_PLAN(a_guest_that_never_answered_is_out_of_reach),
        IN_PLAN(nothing_is_decided_before_the_first_report),
        IN_PLAN(a_decision_without_a_report_changes_nothing),
        IN_PLAN(no_nic_is_believed_to_send_more_than_its_uplink_carries),
        IN_PLAN(off_takes_every_limit_away),
        IN_PLAN(the_memory_of_an_uplink_ends_with_its_speed),
        IN_PLAN(n2_the_hosts_least_rate_of_a_vf_is_planned_with),
        IN_PLAN(while_the_link_is_down_limits_stay),
        IN_PLAN(uplinks_do_not_know_of_each_other),
        IN_PLAN(a_host_without_nics_is_survived),
        IN_PLAN(hosts_report_rarely_only_while_nothing_is_at_stake),
        IN_PLAN(a_host_without_guarantees_may_report_rarely_whatever_it_sends),
        IN_PLAN(the_mode_of_each_uplink_is_pushed),
        IN_PLAN(settings_carry_limits_and_slas),
        IN_PLAN(a_ceiling_without_a_guarantee_is_shared_by_nics_too),
        IN_PLAN(a_host_that_was_forgotten_is_not_decided_for),
        IN_PLAN(a_lease_is_renewed_after_its_part),
        IN_PLAN(a_host_that_was_forgotten_and_comes_back_goes_on_counting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
