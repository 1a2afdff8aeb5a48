/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/sim.h"

#include <stdlib.h>
#include <string.h>

#include "agentd/core/unsent.h"
#include "controllerd/core/policy/accounting.h"
#include "controllerd/core/policy/plan.h"
#include "tests/sim/sim_world.h"

enum { LEASE_MS = 3000 };

struct sim_setup sim_default(void)
{
    return (struct sim_setup){.rule = SIM_DAQS,
                              .capacity = UINT64_C(4000000000),
                              .headroom_ppm = 10000,
                              .poll_ms = 100,
                              .apply_ms = 5,
                              .report_ms = 1,
                              .noise_permille = 100,
                              .seed = 1,
                              .length_ms = 30000};
}

/* --- the agent --- */

/* Looks once a second at guaranteed VMs that have been short for a second. A backlog is reported at
 * the third look in a row that finds one. */
static enum daqs_backlog look_at_sockets(struct sim_world *w, unsigned i)
{
    enum { LOOK_MS = 1000, OLD_MS = 4000 };
    const struct sim_vm *vm = &w->setup->vm[i];
    struct sim_guest *guest = &w->guest[i];
    daqs_bps promise = sim_promise(vm, w->now_ms);
    double wants = 0;
    double rate = 0;
    bool held = false;
    for (unsigned n = i; n < i + w->result->nics[i]; n++) {
        wants += sim_wanted(w, n);
        rate += w->sender[n].rate;
        held |= w->sender[n].held || (double)w->guest[n].limit < sim_wanted(w, n);
    }
    held |= vm->policed && (double)vm->policed < wants;
    if (w->setup->backlog_unknown || vm->flows == 0 || promise == 0)
        return DAQS_BACKLOG_UNKNOWN;
    if (rate >= 0.99 * (double)promise)
        guest->short_ms = 0;
    else if (guest->short_ms == 0)
        guest->short_ms = w->now_ms;
    if (guest->short_ms && w->now_ms - guest->short_ms >= LOOK_MS &&
        w->now_ms - guest->looked_ms >= LOOK_MS) {
        guest->looked_ms = w->now_ms;
        guest->waiting =
            vm->claims_backlog || (held && wants > 1.02 * rate) ? guest->waiting + 1 : 0;
    }
    if (w->now_ms - guest->looked_ms > OLD_MS)
        guest->waiting = 0;
    if (guest->looked_ms == 0 || w->now_ms - guest->looked_ms > OLD_MS)
        return DAQS_BACKLOG_UNKNOWN;
    if (guest->waiting == 0)
        return DAQS_BACKLOG_NONE;
    return guest->waiting < UNSENT_LOOKS ? DAQS_BACKLOG_UNKNOWN : DAQS_BACKLOG_SOME;
}

static void take_poll(struct sim_world *w)
{
    struct sim_report *report = &w->report[w->reports];
    int64_t jitter_us = (int64_t)random_below(&w->random, 2000);
    /* The sequence of the newest limits that were in force for at least half of the reported
     * time. */
    bool late = w->applied_ms > (w->polled_ms + w->now_ms) / 2;
    *report =
        (struct sim_report){.at_ms = w->now_ms + w->setup->report_ms,
                            .sequence = ++w->sequence,
                            .limits_sequence = late ? w->before_sequence : w->applied_sequence};
    for (unsigned i = 0; i < w->setup->vms; i++) {
        struct sim_guest *guest = &w->guest[i];
        double ahead = w->sender[i].rate / w->result->factor[i] / 8e6 * (double)jitter_us;
        if (guest->seen < guest->bytes + ahead)
            guest->seen = guest->bytes + ahead; /* counters do not decrease */
        const struct counters_reading now = {
            .at_us = w->now_ms * 1000 + jitter_us,
            .tx_bytes = (uint64_t)guest->seen,
            .tx_packets = (uint64_t)(guest->seen / sim_packet_bytes(&w->setup->vm[i]))};
        report->reading[i].state = w->setup->vm[i].out_of_reach ? DAQS_NIC_UNMANAGED : DAQS_NIC_OK;
        report->reading[i].sample = counters_update(&guest->counters, &now);
        report->reading[i].backlog = (uint8_t)look_at_sockets(w, i);
    }
    double span_s = (double)(w->now_ms - w->polled_ms + !w->now_ms) / 1000;
    report->own = (daqs_bps)(w->own_bits / span_s);
    report->port = (daqs_bps)(w->port_bits / span_s);
    w->own_bits = w->port_bits = 0;
    w->polled_ms = w->now_ms;
    bool lost = random_below(&w->random, 1000) < w->setup->loss_permille;
    if (!lost && w->reports + 1 < SIM_IN_FLIGHT)
        w->reports++;
}

static void apply(struct sim_world *w, const struct sim_push *push)
{
    if (lease_receive(&w->lease, 1, push->sequence, LEASE_MS, w->now_ms) != LEASE_OBEY)
        return;
    w->before_sequence = w->applied_sequence;
    w->applied_sequence = push->sequence;
    w->applied_ms = w->now_ms;
    struct daqs_nic_applied applied[SIM_VMS_MAX];
    for (unsigned i = 0; i < w->setup->vms; i++) {
        w->result->changes += w->guest[i].limit != push->limit[i];
        w->guest[i].limit = w->setup->vm[i].out_of_reach ? DAQS_UNLIMITED : push->limit[i];
        applied[i] = (struct daqs_nic_applied){
            i, w->guest[i].limit, w->setup->vm[i].out_of_reach ? DAQS_NIC_UNMANAGED : DAQS_NIC_OK,
            DAQS_CAUSE_NONE};
    }
    if (w->host)
        fleet_applied(w->host, w->generation, applied, w->setup->vms);
}

/* --- the controller --- */

static void send_limits(struct sim_world *w, uint64_t sequence, const daqs_bps *limit)
{
    if (w->pushes == SIM_IN_FLIGHT)
        return;
    struct sim_push *push = &w->push[w->pushes++];
    push->at_ms = w->now_ms + w->setup->apply_ms;
    push->sequence = sequence;
    memcpy(push->limit, limit, w->setup->vms * sizeof *limit);
    w->result->pushes++;
}

/* Closes a second, when the first report after it arrives. */
static void close_second(struct sim_world *w)
{
    static struct rollup rollup[SIM_VMS_MAX];
    static struct accounting_change change[SIM_VMS_MAX];
    if (w->now_ms / 1000 == w->closed_s)
        return;
    accounting_close(w->accounting, w->host, w->closed_s, rollup, change);
    for (unsigned i = 0; i < w->setup->vms; i++)
        w->result->verdict[w->closed_s * w->setup->vms + i] =
            (uint8_t)accounting_member(w->accounting, w->host, w->host->nic[i].member)
                ->attainment.last;
    w->closed_s = w->now_ms / 1000;
}

static void decide_daqs(struct sim_world *w, const struct sim_report *report)
{
    struct daqs_nic_setting setting[SIM_VMS_MAX];
    daqs_bps limit[SIM_VMS_MAX];
    close_second(w);
    if (!fleet_report(w->host, w->generation, report->sequence, report->limits_sequence,
                      report->reading, w->setup->vms, w->now_ms))
        return;
    const struct daqs_uplink_reading uplink = {
        .own_interval_us = w->setup->own_unknown ? 0 : 1000000,
        .own_bytes = report->own / 8 / 1538 * 1514,
        .own_packets = report->own / 8 / 1538,
        .port_interval_us = w->setup->port_known ? 1000000 : 0,
        .port_bytes = report->port / 8 / 1538 * 1514,
        .port_packets = report->port / 8 / 1538,
    };
    fleet_report_uplinks(w->host, &uplink, 1, w->now_ms);
    accounting_note(w->accounting, w->host, report->reading, w->now_ms);
    (void)plan_decide(w->plan, w->host, w->setup->headroom_ppm, w->now_ms);
    if (!plan_due(w->plan, w->host))
        return;
    plan_settings(w->host, setting);
    for (unsigned i = 0; i < w->setup->vms; i++)
        limit[i] = setting[i].limit;
    uint64_t sequence = plan_next_sequence(w->plan, w->host);
    plan_pushed(w->plan, w->host, w->now_ms);
    send_limits(w, sequence, limit);
}

static void decide_stepping(struct sim_world *w, const struct sim_report *report)
{
    struct stepping_vm vm[SIM_VMS_MAX];
    daqs_bps limit[SIM_VMS_MAX];
    for (unsigned i = 0; i < w->setup->vms; i++) {
        const struct daqs_sample *sample = &report->reading[i].sample;
        vm[i] = (struct stepping_vm){.min = w->setup->vm[i].min,
                                     .usage = daqs_rate_of(sample->tx_bytes, sample->interval_us)};
    }
    stepping_decide(&w->stepping, w->setup->capacity, vm, w->setup->vms);
    for (unsigned i = 0; i < w->setup->vms; i++)
        limit[i] = vm[i].limit;
    send_limits(w, report->sequence, limit);
}

static void set_static(struct sim_world *w)
{
    daqs_bps left = w->setup->capacity;
    unsigned others = 0;
    for (unsigned i = 0; i < w->setup->vms; i++) {
        left -= w->setup->vm[i].min;
        others += w->setup->vm[i].min == 0;
    }
    for (unsigned i = 0; i < w->setup->vms; i++)
        if (w->setup->vm[i].min == 0)
            w->guest[i].limit = left / others;
}

static void hear(struct sim_world *w, const struct sim_report *report)
{
    w->result->reports++;
    if (w->setup->rule == SIM_DAQS)
        decide_daqs(w, report);
    else if (w->setup->rule == SIM_STEPPING)
        decide_stepping(w, report);
}

/* Sends the agent's inventory of its host. */
static bool send_hello(struct sim_world *w)
{
    struct daqs_uplink_info uplink = {"up0", sim_speed(w->setup, w->now_ms)};
    struct daqs_vm_info vm[SIM_VMS_MAX];
    struct daqs_nic_info nic[SIM_VMS_MAX];
    struct daqs_inventory inventory = {
        .uplinks = 1, .nics = w->setup->vms, .uplink = &uplink, .vm = vm, .nic = nic};
    for (unsigned i = 0; i < w->setup->vms; i++) {
        const struct sim_vm *v = &w->setup->vm[i];
        if (!v->another_nic)
            vm[inventory.vms++] = (struct daqs_vm_info){.name = v->name, .uuid = ""};
        nic[i] = (struct daqs_nic_info){
            inventory.vms - 1, 0, {{2, 0, 0, 0, (uint8_t)(i / 256), (uint8_t)i}}, v->mtu};
    }
    return fleet_hello(w->fleet, w->ledger, "sim", "", 1, ++w->generation,
                       (uint32_t)w->setup->poll_ms, &inventory, w->now_ms, &w->host,
                       NULL) == DAQS_OK &&
           accounting_hello(w->accounting, w->host) && plan_set_due(w->plan, w->host);
}

static bool set_sla(struct sim_world *w, unsigned i)
{
    const struct sim_vm *v = &w->setup->vm[i];
    const struct sla sla = {sim_min(v, w->now_ms), v->max ? v->max : DAQS_UNLIMITED,
                            v->weight ? v->weight : 1};
    return ledger_put(w->ledger, "sim", v->name, &sla, 0, "sim") == DAQS_OK;
}

static bool set_up(struct sim_world *w)
{
    w->fleet = fleet_new(1, DAQS_MAX_NICS);
    w->accounting = accounting_new();
    w->plan = plan_new();
    w->ledger = ledger_new();
    if (!w->fleet || !w->ledger || !w->accounting || !w->plan)
        return false;
    for (unsigned i = 0; i < w->setup->vms; i++) {
        w->guest[i].limit = DAQS_UNLIMITED;
        w->result->factor[i] = sim_wire_factor(&w->setup->vm[i]);
        w->result->nics[i] = sim_nics(w->setup, i);
        if (!w->setup->vm[i].another_nic && !set_sla(w, i))
            return false;
    }
    if (!send_hello(w))
        return false;
    w->host->uplink[0].mode = w->setup->mode;
    w->host->connected = true;
    return true;
}

static bool changes_at(const struct sim_change *change, int64_t at_ms)
{
    for (unsigned i = 0; i < SIM_CHANGES; i++)
        if (change[i].at_ms && change[i].at_ms == at_ms)
            return true;
    return false;
}

/* Makes the changes that are due: the operator sets an SLA, the agent reports a new link speed. */
static bool follow_changes(struct sim_world *w)
{
    enum { NOTICED_MS = 200 };
    bool done = true;
    for (unsigned i = 0; i < w->setup->vms; i++)
        if (changes_at(w->setup->vm[i].min_change, w->now_ms)) {
            done = set_sla(w, i) && done;
            fleet_refresh_slas(w->host, w->ledger);
        }
    if (changes_at(w->setup->speed_change, w->now_ms - NOTICED_MS))
        done = send_hello(w) && done;
    return done;
}

static bool run(struct sim_world *w)
{
    bool done = true;
    for (; done && w->now_ms < w->setup->length_ms; w->now_ms += SIM_STEP_MS) {
        done = follow_changes(w);
        sim_guests_move(w);
        sim_guests_note(w);
        int64_t poll_ms = w->setup->rule == SIM_STEPPING ? STEPPING_POLL_MS : w->setup->poll_ms;
        if ((w->now_ms + SIM_STEP_MS) % poll_ms == 0)
            take_poll(w);
        while (w->reports > 0 && w->report[0].at_ms <= w->now_ms) {
            hear(w, &w->report[0]);
            memmove(&w->report[0], &w->report[1], --w->reports * sizeof w->report[0]);
        }
        while (w->pushes > 0 && w->push[0].at_ms <= w->now_ms) {
            apply(w, &w->push[0]);
            memmove(&w->push[0], &w->push[1], --w->pushes * sizeof w->push[0]);
        }
    }
    return done;
}

bool sim_run(const struct sim_setup *setup, struct sim_result *ret)
{
    struct sim_world *w = calloc(1, sizeof *w);
    size_t windows = (size_t)(setup->length_ms / SIM_WINDOW_MS);
    size_t cells = windows * setup->vms + 1;
    *ret = (struct sim_result){.windows = (unsigned)windows,
                               .vms = setup->vms,
                               .late_windows =
                                   (unsigned)((setup->poll_ms + SIM_WINDOW_MS - 1) / SIM_WINDOW_MS),
                               .usage = calloc(cells, sizeof *ret->usage),
                               .demand = calloc(cells, sizeof *ret->demand),
                               .promised = calloc(cells, sizeof *ret->promised),
                               .limit = calloc(cells, sizeof *ret->limit),
                               .verdict = malloc(cells),
                               .sent = calloc(windows + 1, sizeof *ret->sent),
                               .possible = calloc(windows + 1, sizeof *ret->possible)};
    bool done = false;
    if (w && ret->usage && ret->demand && ret->promised && ret->limit && ret->verdict &&
        ret->sent && ret->possible) {
        memset(ret->verdict, ATTAINMENT_UNKNOWN, cells);
        w->setup = setup;
        w->result = ret;
        w->random.state = setup->seed;
        done = set_up(w);
        if (done && setup->rule == SIM_STATIC)
            set_static(w);
        done = done && run(w);
        accounting_free(w->accounting);
        plan_free(w->plan);
        fleet_free(w->fleet);
        ledger_free(w->ledger);
    }
    free(w);
    return done;
}
