/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/core/diagnosis/flapping.h"
#include "controllerd/core/diagnosis/state_changes.h"

enum { MOST = 8, HEADROOM_PPM = 10000, POLL_MS = 100, SAID_BYTES = 1024 };

/* One host with an uplink of 10 Gbit/s, and the events found so far. */
struct world {
    struct fleet *fleet;
    struct ledger *ledger;
    struct fleet_host *host;
    struct oversold *oversold;
    struct state_changes *changes;
    struct daqs_uplink_info uplink[MOST];
    struct daqs_vm_info vm[MOST];
    struct daqs_nic_info nic[MOST];
    struct daqs_nic_reading reading[MOST];
    struct daqs_inventory inventory;
    uint64_t generation;
    uint64_t sequence;
    int64_t now_ms;
    bool deferring; /* no change is accepted */
    char said[SAID_BYTES];
};

static const int64_t wall_offset_ms = 1000000000;
static void hello(struct world *w)
{
    assert_int_equal(fleet_hello(w->fleet, w->ledger, "node1", "1.0", 1, ++w->generation, POLL_MS,
                                 &w->inventory, w->now_ms, &w->host, NULL),
                     DAQS_OK);
    w->host->connected = true;
    assert_true(state_changes_hello(w->changes, w->host));
}

static void add_vm(struct world *w, const char *name, uint32_t nics)
{
    w->vm[w->inventory.vms] = (struct daqs_vm_info){.name = name, .uuid = ""};
    for (uint32_t i = 0; i < nics; i++) {
        uint8_t mac = (uint8_t)w->inventory.nics;
        w->reading[w->inventory.nics].state = DAQS_NIC_OK;
        w->nic[w->inventory.nics++] =
            (struct daqs_nic_info){.vm = w->inventory.vms, .mac = {{2, 0, 0, 0, 0, mac}}};
    }
    w->inventory.vms++;
}

static int make_world(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    if (!w)
        return -1;
    w->fleet = fleet_new(3, DAQS_MAX_NICS);
    w->ledger = ledger_new();
    w->oversold = oversold_new();
    w->changes = w->oversold ? state_changes_new(w->oversold) : NULL;
    w->now_ms = 50000;
    w->inventory = (struct daqs_inventory){.uplink = w->uplink, .vm = w->vm, .nic = w->nic};
    w->uplink[w->inventory.uplinks++] = (struct daqs_uplink_info){"up0", 10 * GBIT};
    *state = w;
    return w->fleet && w->ledger && w->changes ? 0 : -1;
}

static int end_world(void **state)
{
    struct world *w = *state;
    state_changes_free(w->changes);
    oversold_free(w->oversold);
    fleet_free(w->fleet);
    ledger_free(w->ledger);
    free(w);
    return 0;
}

static bool note(void *arg, const struct fleet_host *host, const struct state_change *change)
{
    struct world *w = arg;
    if (w->deferring)
        return false;
    size_t length = strlen(w->said);
    assert_ptr_equal(host, w->host);
    char since[32] = "";
    if (change->since_ms)
        (void)snprintf(since, sizeof since, " since %lld",
                       (long long)(change->since_ms - wall_offset_ms));
    (void)snprintf(w->said + length, sizeof w->said - length, "%s%s%s%s%s%s", length ? ", " : "",
                   event_kind_name(change->kind), change->vm ? " " : "",
                   change->vm ? change->vm->name : "", change->uplink ? " up" : "", since);
    length = strlen(w->said);
    if (change->changes)
        (void)snprintf(w->said + length, sizeof w->said - length, ", %u changes", change->changes);
    if (change->again)
        (void)snprintf(w->said + strlen(w->said), sizeof w->said - strlen(w->said), ", again");
    if (change->gone)
        (void)snprintf(w->said + strlen(w->said), sizeof w->said - strlen(w->said), ", gone");
    return true;
}

/* Searches for changes once, and checks what was found. */
static void look(struct world *w, const char *expected)
{
    *w->said = '\0';
    state_changes_find(w->changes, w->host, HEADROOM_PPM, w->now_ms, w->now_ms + wall_offset_ms,
                       note, w);
    assert_string_equal(w->said, expected);
}

static void report(struct world *w)
{
    assert_true(fleet_report(w->host, w->host->generation, ++w->sequence, UINT64_MAX, w->reading,
                             w->host->nics, w->now_ms));
}

/* Advances the time by 'later_ms', sends a report and searches. */
static void step(struct world *w, int64_t later_ms, const char *expected)
{
    w->now_ms += later_ms;
    report(w);
    look(w, expected);
}

/* Adds one VM with a nic, and makes the first search. */
static struct world *with_vm(void **state)
{
    struct world *w = *state;
    add_vm(w, "db1", 1);
    hello(w);
    look(w, "host-up");
    step(w, 1000, "");
    return w;
}

/* --- hosts --- */

static void a_host_is_reported_once(void **state)
{
    struct world *w = with_vm(state);
    step(w, 1000, "");
    hello(w);
    step(w, 1000, "");
}

static void a_host_is_down_at_the_second_look_and_up_again_with_the_time_between(void **state)
{
    struct world *w = with_vm(state);
    w->now_ms += FLEET_PATIENCE_MS;
    look(w, "");
    w->now_ms += 1000;
    look(w, "host-down");
    int64_t down_ms = w->now_ms;
    w->now_ms += 1000;
    look(w, "");
    char expected[64];
    (void)snprintf(expected, sizeof expected, "host-up since %lld", (long long)down_ms);
    step(w, 1000, expected);
}

static void a_port_that_was_not_read_proves_nothing(void **state)
{
    struct world *w = with_vm(state);
    w->now_ms += 60000;
    look(w, "");
    step(w, 0, "");
    w->now_ms += FLEET_PATIENCE_MS;
    look(w, ""); /* the time starts over */
}

static void a_host_that_sends_bye_is_down(void **state)
{
    struct world *w = with_vm(state);
    w->host->connected = false;
    look(w, "");
    look(w, "host-down");
}

static void a_host_that_obeys_another_is_reported_when_it_begins_and_ends(void **state)
{
    struct world *w = with_vm(state);
    w->host->fenced = true;
    look(w, "host-disobeys");
    w->now_ms += 100;
    look(w, "");
    w->host->fenced = false;
    look(w, "host-obeys since 51000");
    look(w, "");
    w->host->fenced = true;
    look(w, "host-disobeys");
}

static void another_controller_is_reported_once_for_each_and_its_end(void **state)
{
    struct world *w = with_vm(state);
    w->host->stale_ms = w->now_ms;
    w->host->stale_controller = 7;
    look(w, "other-controller");
    look(w, "");
    w->host->stale_controller = 0;
    look(w, "other-controller-end since 51000");
    look(w, "");
    w->host->stale_controller = 8;
    look(w, "other-controller");
    w->host->stale_controller = 9;
    look(w, "other-controller");
}

static void another_controller_of_which_nothing_is_heard_any_longer_has_an_end(void **state)
{
    struct world *w = with_vm(state);
    w->host->stale_ms = w->now_ms;
    w->host->stale_controller = 7;
    look(w, "other-controller");
    w->host->stale_ms = w->now_ms - FLEET_STALE_CONTROLLER_MS + 1;
    look(w, "");
    w->host->stale_ms = w->now_ms - FLEET_STALE_CONTROLLER_MS;
    look(w, "other-controller-end since 51000");
    look(w, "");
    w->host->stale_ms = w->now_ms; /* it was reported again */
    look(w, "other-controller");
}

static void an_agent_that_cannot_save_its_state_is_reported_until_it_can(void **state)
{
    struct world *w = with_vm(state);
    w->host->saving = DAQS_SAVING_OK;
    look(w, "");
    w->host->saving = DAQS_SAVING_FAILING;
    look(w, "state-dir-failing");
    look(w, "");
    w->host->saving = DAQS_SAVING_UNKNOWN; /* it has restarted */
    look(w, "");
    w->host->saving = 200; /* of a newer agent */
    look(w, "");
    w->host->saving = DAQS_SAVING_FAILING;
    look(w, "");
    w->host->saving = DAQS_SAVING_OK;
    look(w, "state-dir-back since 51000");
    look(w, "");
}

/* --- VMs --- */

static void a_problem_is_reported_once_it_has_lasted(void **state)
{
    struct world *w = with_vm(state);
    w->reading[0].state = DAQS_NIC_UNRESPONSIVE;
    step(w, 1000, "");
    step(w, 1000, "");
    step(w, 1000, "");
    step(w, 1000, "unresponsive db1");
    step(w, 1000, "");
}

static void a_problem_that_passes_is_not_reported(void **state)
{
    struct world *w = with_vm(state);
    for (int i = 0; i < 5; i++) {
        w->reading[0].state = DAQS_NIC_UNRESPONSIVE;
        step(w, 1000, "");
        step(w, 1000, "");
        w->reading[0].state = DAQS_NIC_OK;
        step(w, 1000, "");
    }
}

static void recovery_has_to_last_too_and_names_the_begin_of_the_problem(void **state)
{
    struct world *w = with_vm(state);
    w->reading[0].state = DAQS_NIC_UNMANAGED;
    step(w, 1000, "");
    int64_t began_ms = w->now_ms;
    step(w, 3000, "unmanaged db1");
    w->reading[0].state = DAQS_NIC_OK;
    step(w, 1000, "");
    w->reading[0].state = DAQS_NIC_UNMANAGED;
    step(w, 1000, "");
    w->reading[0].state = DAQS_NIC_OK;
    step(w, 1000, "");
    char expected[64];
    (void)snprintf(expected, sizeof expected, "recovered db1 since %lld", (long long)began_ms);
    step(w, 3000, expected);
    step(w, 4000, "");
}

static void one_trouble_after_the_other(void **state)
{
    struct world *w = with_vm(state);
    w->reading[0].state = DAQS_NIC_UNRESPONSIVE;
    step(w, 1000, "");
    int64_t first_ms = w->now_ms;
    step(w, 3000, "unresponsive db1");
    w->reading[0].state = DAQS_NIC_TAMPERED;
    step(w, 1000, "");
    char expected[64];
    (void)snprintf(expected, sizeof expected, "tampered db1 since %lld", (long long)first_ms);
    step(w, 3000, expected);
}

static void a_vm_is_in_the_worst_state_of_its_nics(void **state)
{
    struct world *w = *state;
    add_vm(w, "db1", 3);
    hello(w);
    w->reading[1].state = DAQS_NIC_UNMANAGED;
    step(w, 0, "host-up");
    step(w, 3000, "unmanaged db1");
    w->reading[2].state = DAQS_NIC_TAMPERED;
    step(w, 1000, "");
    w->reading[1].state = DAQS_NIC_OK;
    step(w, 1000, "");
    w->reading[0].state = DAQS_NIC_WAITING; /* has no effect */
    step(w, 1000, "");
    *w->said = '\0';
    w->now_ms += 1000;
    report(w);
    state_changes_find(w->changes, w->host, HEADROOM_PPM, w->now_ms, w->now_ms + wall_offset_ms,
                       note, w);
    assert_true(strncmp(w->said, "tampered db1", 12) == 0);
}

static void g6_a_freeze_is_neither_an_event_nor_a_recovery(void **state)
{
    struct world *w = with_vm(state);
    w->reading[0].state = DAQS_NIC_FROZEN;
    step(w, 1000, "");
    step(w, 4000, "");
    w->reading[0].state = DAQS_NIC_OK;
    step(w, 4000, "");
    w->reading[0].state = DAQS_NIC_UNRESPONSIVE;
    step(w, 1000, "");
    step(w, 3000, "unresponsive db1");
    w->reading[0].state = DAQS_NIC_FROZEN; /* it answers, although only this */
    step(w, 1000, "");
    step(w, 4000, "");
    w->reading[0].state = DAQS_NIC_BUSY;
    step(w, 4000, "");
}

static void a_state_of_a_newer_agent_is_not_a_problem(void **state)
{
    struct world *w = with_vm(state);
    w->reading[0].state = 200;
    step(w, 1000, "");
    step(w, 4000, "");
}

static void without_a_report_nothing_lasts(void **state)
{
    struct world *w = with_vm(state);
    w->reading[0].state = DAQS_NIC_UNRESPONSIVE;
    step(w, 1000, "");
    w->now_ms += 2500;
    look(w, "");
    w->now_ms += 400;
    look(w, "");
    step(w, 100, "unresponsive db1");
}

static void reported_states_follow_a_vm_through_a_new_inventory(void **state)
{
    struct world *w = with_vm(state);
    w->reading[0].state = DAQS_NIC_UNRESPONSIVE;
    step(w, 1000, "");
    step(w, 3000, "unresponsive db1");
    w->inventory.vms = w->inventory.nics = 0; /* now it is the second VM */
    add_vm(w, "new", 1);
    add_vm(w, "db1", 1);
    hello(w);
    w->reading[1].state = DAQS_NIC_UNRESPONSIVE;
    step(w, 1000, "");
    step(w, 4000, "");
}

static void what_was_reported_ends_with_its_vm(void **state)
{
    struct world *w = with_vm(state);
    w->reading[0].state = DAQS_NIC_UNRESPONSIVE;
    step(w, 1000, "");
    const int64_t began_ms = w->now_ms;
    step(w, 3000, "unresponsive db1");
    w->inventory.vms = w->inventory.nics = 0;
    add_vm(w, "twice", 1); /* a broken agent */
    add_vm(w, "twice", 1);
    hello(w);
    char expected[96];
    (void)snprintf(expected, sizeof expected, "recovered db1 since %lld, gone",
                   (long long)began_ms);
    step(w, 1000, expected);
    w->reading[0].state = w->reading[1].state = DAQS_NIC_TAMPERED;
    step(w, 1000, "");
    step(w, 3000, "tampered twice, tampered twice");
    hello(w);
    step(w, 1000, "");
}

static const char *since(const char *kinds, int64_t ms)
{
    static char text[96];
    (void)snprintf(text, sizeof text, "%s since %lld", kinds, (long long)ms);
    return text;
}

/* --- flapping, and changes that are deferred --- */

static void set_state(struct world *w, int state)
{
    w->reading[0].state = (uint8_t)state;
    step(w, 1000, "");
}

/* Six changes, and the seventh is flapping. Returns the time of the first one that counts. */
static int64_t flap(struct world *w)
{
    int64_t first_ms = 0;
    char expected[96];
    for (int i = 0; i < 6; i++) {
        set_state(w, i % 2 ? DAQS_NIC_OK : DAQS_NIC_TAMPERED);
        w->now_ms += 3000;
        report(w);
        *w->said = '\0';
        state_changes_find(w->changes, w->host, HEADROOM_PPM, w->now_ms, w->now_ms + wall_offset_ms,
                           note, w);
        assert_memory_equal(w->said, i % 2 ? "recovered db1 since" : "tampered db1", 12);
        if (i == 0)
            first_ms = w->now_ms;
    }
    set_state(w, DAQS_NIC_TAMPERED);
    (void)snprintf(expected, sizeof expected, "flapping db1 since %lld, 7 changes",
                   (long long)first_ms);
    step(w, 3000, expected);
    return first_ms;
}

static void a_vm_that_changes_again_and_again_is_one_event(void **state)
{
    struct world *w = with_vm(state);
    int64_t first_ms = flap(w);
    int64_t begun_ms = 0;
    char expected[96];
    for (int i = 0; i < 1000; i++) {
        set_state(w, i % 2 ? DAQS_NIC_TAMPERED : DAQS_NIC_OK);
        begun_ms = w->now_ms;
        step(w, 3000, "");
        step(w, 11000, "");
    }
    /* Meanwhile views are right. */
    assert_int_equal(state_changes_vm_since(w->changes, w->host, 0, DAQS_NIC_TAMPERED),
                     begun_ms + wall_offset_ms);
    /* recovered was reported last */
    step(w, FLAPPING_CALM_MS - 12000, "");
    (void)snprintf(expected, sizeof expected,
                   "flapping-end db1 since %lld, 1007 changes, tampered db1", (long long)first_ms);
    step(w, 2000, expected);
    step(w, 1000, "");
    set_state(w, DAQS_NIC_OK);
    step(w, 3000, since("recovered db1", begun_ms));
}

static void flapping_that_ends_as_it_was_has_no_other_event(void **state)
{
    struct world *w = with_vm(state);
    char expected[96];
    int64_t first_ms = flap(w);
    set_state(w, DAQS_NIC_OK);
    step(w, 3000, "");
    (void)snprintf(expected, sizeof expected, "flapping-end db1 since %lld, 8 changes",
                   (long long)first_ms);
    step(w, FLAPPING_CALM_MS, expected);
    step(w, 1000, "");
}

static void a_host_that_goes_and_comes_is_one_event(void **state)
{
    struct world *w = with_vm(state);
    int events = 0;
    for (int i = 0; i < 1000; i++) {
        w->host->connected = i % 2;
        for (int twice = 0; twice < 2; twice++) {
            w->now_ms += 1000;
            report(w);
            *w->said = '\0';
            state_changes_find(w->changes, w->host, HEADROOM_PPM, w->now_ms,
                               w->now_ms + wall_offset_ms, note, w);
            events += *w->said != '\0';
        }
    }
    assert_int_equal(events, 6); /* five after host-up, and flapping */
    w->host->connected = false;
    step(w, 1000, "");
    step(w, 1000, "");
    w->now_ms += FLAPPING_CALM_MS;
    *w->said = '\0';
    state_changes_find(w->changes, w->host, HEADROOM_PPM, w->now_ms, w->now_ms + wall_offset_ms,
                       note, w);
    assert_non_null(strstr(w->said, "flapping-end since"));
    assert_non_null(strstr(w->said, "1002 changes"));
    assert_null(strstr(w->said, "host-up")); /* host-down was reported last, and it is down */
}

static void a_change_that_is_deferred_is_reported_later(void **state)
{
    struct world *w = with_vm(state);
    set_state(w, DAQS_NIC_TAMPERED);
    int64_t began_ms = w->now_ms;
    w->deferring = true;
    step(w, 3000, "");
    step(w, 60000, "");
    w->deferring = false;
    step(w, 1000, "tampered db1, again");
    w->deferring = true;
    set_state(w, DAQS_NIC_OK);
    step(w, 3000, "");
    w->deferring = false;
    char expected[96];
    (void)snprintf(expected, sizeof expected, "recovered db1 since %lld, again",
                   (long long)began_ms);
    step(w, 1000, expected);
}

static void what_has_passed_meanwhile_is_not_reported(void **state)
{
    struct world *w = with_vm(state);
    w->deferring = true;
    set_state(w, DAQS_NIC_TAMPERED);
    step(w, 3000, "");
    set_state(w, DAQS_NIC_OK);
    step(w, 3000, "");
    w->deferring = false;
    step(w, 1000, "");
}

/* --- uplinks --- */

static void promise(struct world *w, const char *vm, daqs_bps min)
{
    const struct sla sla = {.min = min, .max = DAQS_UNLIMITED, .weight = 1};
    assert_int_equal(ledger_put(w->ledger, "node1", vm, &sla, 0, "eve"), DAQS_OK);
    fleet_refresh_slas(w->host, w->ledger);
}

static void oversubscription_is_reported_when_it_begins_and_ends(void **state)
{
    struct world *w = with_vm(state);
    promise(w, "db1", 9 * GBIT); /* 9.56 Gbit/s on the wire */
    step(w, 1000, "");
    step(w, 3000, "");
    promise(w, "db1", 9500 * MBIT); /* 10.09 Gbit/s on the wire */
    step(w, 1000, "");
    int64_t began_ms = w->now_ms;
    step(w, 2900, "");
    step(w, 100, "oversubscribed up");
    step(w, 1000, "");
    promise(w, "db1", GBIT);
    step(w, 1000, "");
    step(w, 3000, since("oversubscribed-end up", began_ms));
    step(w, 5000, "");
}

/* An agent that has just started reports its MTUs shortly after its VMs. */
static void a_short_oversubscription_is_not_reported(void **state)
{
    struct world *w = with_vm(state);
    promise(w, "db1", 9500 * MBIT);
    for (int i = 0; i < 5; i++) {
        w->nic[0].mtu = 0;
        hello(w);
        step(w, 1000, "");
        step(w, 1000, "");
        w->nic[0].mtu = 9000;
        hello(w);
        step(w, 1000, "");
        step(w, 4000, "");
    }
}

static void smaller_frames_are_reported_with_the_guarantees_that_they_break(void **state)
{
    struct world *w = with_vm(state);
    w->nic[0].mtu = 9000;
    hello(w);
    promise(w, "db1", 9500 * MBIT); /* 9.60 Gbit/s on the wire; 10.09 with an MTU of 1500 */
    step(w, 1000, "");
    step(w, 3000, "");
    w->nic[0].mtu = 1500;
    hello(w);
    step(w, 1000, "");
    step(w, 3000, "oversubscribed up");
    assert_int_equal(w->host->vm[0].sla.min, 9500 * MBIT); /* reported, but not removed */
}

static void a_bottleneck_behind_the_port_is_reported_once_and_when_it_ends(void **state)
{
    struct world *w = with_vm(state);
    double *proven = &w->host->uplink[0].memory.bottleneck.proven;
    step(w, 1000, "");
    *proven = 6e9;
    step(w, 1000, "bottleneck up");
    int64_t began_ms = w->now_ms;
    *proven = 0; /* forgotten and found again */
    step(w, 5000, "");
    *proven = 6.1e9;
    step(w, 60000, "");
    *proven = 0;
    step(w, 290000, "");
    char expected[64];
    (void)snprintf(expected, sizeof expected, "bottleneck-end up since %lld", (long long)began_ms);
    step(w, 20000, expected);
    step(w, 1000, "");
    *proven = 10e9; /* the whole port */
    step(w, 1000, "");
}

static void a_slower_link_is_reported_with_the_guarantees_that_it_breaks(void **state)
{
    struct world *w = with_vm(state);
    promise(w, "db1", 5 * GBIT);
    step(w, 1000, "");
    w->uplink[0].capacity = GBIT;
    hello(w);
    step(w, 1000, "capacity-changed up");
    int64_t began_ms = w->now_ms;
    step(w, 3000, "oversubscribed up");
    w->uplink[0].capacity = 10 * GBIT;
    hello(w);
    step(w, 1000, "capacity-changed up");
    step(w, 3000, since("oversubscribed-end up", began_ms));
}

static void a_capacity_that_nobody_knows_promises_nothing(void **state)
{
    struct world *w = *state;
    add_vm(w, "db1", 1);
    w->uplink[0].capacity = 0;
    hello(w);
    promise(w, "db1", 5 * GBIT);
    step(w, 0, "host-up");
    step(w, 5000, "");
    w->uplink[0].capacity = GBIT; /* the link comes up */
    hello(w);
    step(w, 1000, "capacity-changed up");
    step(w, 3000, "oversubscribed up");
}

static void a_new_uplink_is_not_a_change(void **state)
{
    struct world *w = with_vm(state);
    w->uplink[w->inventory.uplinks++] = (struct daqs_uplink_info){"up1", GBIT};
    hello(w);
    step(w, 1000, "");
}

static void an_uplink_oversubscribed_before_the_start_ends_once(void **state)
{
    struct world *w = *state;
    int64_t since_ms = 0;
    assert_int_equal(oversold_put(w->oversold, "node1", "up0", wall_offset_ms + 77), DAQS_OK);
    w = with_vm(state);
    assert_true(state_changes_oversubscribed(w->changes, w->host, 0, &since_ms));
    assert_int_equal(since_ms, wall_offset_ms + 77);
    step(w, 3000, "oversubscribed-end up since 77");
    assert_false(state_changes_oversubscribed(w->changes, w->host, 0, &since_ms));
    hello(w);
    step(w, 1000, "");
    step(w, 5000, "");
}

static void one_that_is_gone_since_the_start_ends_too(void **state)
{
    struct world *w = *state;
    assert_int_equal(oversold_put(w->oversold, "node1", "up7", wall_offset_ms + 77), DAQS_OK);
    assert_int_equal(oversold_put(w->oversold, "node", "up0", wall_offset_ms + 78), DAQS_OK);
    add_vm(w, "db1", 1);
    hello(w);
    look(w, "host-up");
    step(w, 1000, "oversubscribed-end up since 77, gone");
    step(w, 5000, "");
}

static void what_was_reported_of_an_uplink_ends_with_it(void **state)
{
    struct world *w = with_vm(state);
    promise(w, "db1", 9500 * MBIT);
    step(w, 1000, "");
    const int64_t over_ms = w->now_ms;
    step(w, 3000, "oversubscribed up");
    w->host->uplink[0].memory.bottleneck.proven = 6e9;
    step(w, 1000, "bottleneck up");
    const int64_t through_ms = w->now_ms;
    w->uplink[0] = (struct daqs_uplink_info){"up1", 40 * GBIT};
    hello(w);
    char expected[128];
    (void)snprintf(expected, sizeof expected,
                   "oversubscribed-end up since %lld, gone, bottleneck-end up since %lld, gone",
                   (long long)over_ms, (long long)through_ms);
    step(w, 1000, expected);
    step(w, 5000, "");
}

static void what_was_reported_of_an_uplink_lasts_while_another_goes(void **state)
{
    struct world *w = *state;
    w->uplink[w->inventory.uplinks++] = (struct daqs_uplink_info){"up1", GBIT};
    w = with_vm(state);
    promise(w, "db1", 9500 * MBIT);
    step(w, 1000, "");
    const int64_t over_ms = w->now_ms;
    step(w, 3000, "oversubscribed up");
    w->uplink[1] = w->uplink[0]; /* now it is the second */
    w->uplink[0] = (struct daqs_uplink_info){"up2", GBIT};
    w->nic[0].uplink = 1;
    hello(w);
    step(w, 1000, "");
    w->inventory.uplinks = 1;
    w->nic[0].uplink = 0;
    hello(w);
    char expected[64];
    (void)snprintf(expected, sizeof expected, "oversubscribed-end up since %lld, gone",
                   (long long)over_ms);
    step(w, 1000, expected);
}

static void a_host_that_was_forgotten_is_a_new_one(void **state)
{
    struct world *w = with_vm(state);
    w->now_ms += FLEET_PATIENCE_MS;
    look(w, "");
    look(w, "host-down");
    assert_int_equal(state_changes_down_since(w->changes, w->host), w->now_ms + wall_offset_ms);
    state_changes_forget(w->changes, w->host);
    assert_int_equal(state_changes_down_since(w->changes, w->host), 0);
    look(w, "");
    hello(w);
    look(w, "host-up");
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, make_world, end_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_WORLD(a_host_is_reported_once),
        IN_WORLD(a_host_is_down_at_the_second_look_and_up_again_with_the_time_between),
        IN_WORLD(a_port_that_was_not_read_proves_nothing),
        IN_WORLD(a_host_that_sends_bye_is_down),
        IN_WORLD(a_host_that_obeys_another_is_reported_when_it_begins_and_ends),
        IN_WORLD(another_controller_is_reported_once_for_each_and_its_end),
        IN_WORLD(another_controller_of_which_nothing_is_heard_any_longer_has_an_end),
        IN_WORLD(an_agent_that_cannot_save_its_state_is_reported_until_it_can),
        IN_WORLD(a_problem_is_reported_once_it_has_lasted),
        IN_WORLD(a_problem_that_passes_is_not_reported),
        IN_WORLD(recovery_has_to_last_too_and_names_the_begin_of_the_problem),
        IN_WORLD(one_trouble_after_the_other),
        IN_WORLD(a_vm_is_in_the_worst_state_of_its_nics),
        IN_WORLD(g6_a_freeze_is_neither_an_event_nor_a_recovery),
        IN_WORLD(a_state_of_a_newer_agent_is_not_a_problem),
        IN_WORLD(without_a_report_nothing_lasts),
        IN_WORLD(reported_states_follow_a_vm_through_a_new_inventory),
        IN_WORLD(what_was_reported_ends_with_its_vm),
        IN_WORLD(a_vm_that_changes_again_and_again_is_one_event),
        IN_WORLD(flapping_that_ends_as_it_was_has_no_other_event),
        IN_WORLD(a_host_that_goes_and_comes_is_one_event),
        IN_WORLD(a_change_that_is_deferred_is_reported_later),
        IN_WORLD(what_has_passed_meanwhile_is_not_reported),
        IN_WORLD(oversubscription_is_reported_when_it_begins_and_ends),
        IN_WORLD(a_short_oversubscription_is_not_reported),
        IN_WORLD(smaller_frames_are_reported_with_the_guarantees_that_they_break),
        IN_WORLD(a_bottleneck_behind_the_port_is_reported_once_and_when_it_ends),
        IN_WORLD(a_slower_link_is_reported_with_the_guarantees_that_it_breaks),
        IN_WORLD(a_capacity_that_nobody_knows_promises_nothing),
        IN_WORLD(a_new_uplink_is_not_a_change),
        IN_WORLD(an_uplink_oversubscribed_before_the_start_ends_once),
        IN_WORLD(one_that_is_gone_since_the_start_ends_too),
        IN_WORLD(what_was_reported_of_an_uplink_ends_with_it),
        IN_WORLD(what_was_reported_of_an_uplink_lasts_while_another_goes),
        IN_WORLD(a_host_that_was_forgotten_is_a_new_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
