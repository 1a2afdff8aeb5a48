/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/sim_world.h"

#include <math.h>

#include "shared/policy/water_fill.h"
#include "shared/policy/wire_bytes.h"

/* A guest counts a large TCP segment with one header. On the wire each frame has 66 bytes of
 * headers, and 24 that the port adds. */
enum { SEGMENT = 43 * 1448, HEADERS = 66, PORT = 24, LEAST = 60 };

static double frames_of(const struct sim_vm *vm)
{
    return (double)SEGMENT / ((vm->mtu ? vm->mtu : 1500) - 52);
}

double sim_packet_bytes(const struct sim_vm *vm)
{
    return vm->frame ? vm->frame : SEGMENT + HEADERS;
}

double sim_wire_factor(const struct sim_vm *vm)
{
    if (vm->frame)
        return ((vm->frame > LEAST ? vm->frame : LEAST) + PORT) / (double)vm->frame;
    return (SEGMENT + frames_of(vm) * (HEADERS + PORT)) / sim_packet_bytes(vm);
}

static daqs_bps changed(daqs_bps rate, const struct sim_change *change, int64_t now_ms)
{
    for (unsigned i = 0; i < SIM_CHANGES; i++)
        if (change[i].at_ms && now_ms >= change[i].at_ms)
            rate = change[i].rate;
    return rate;
}

daqs_bps sim_min(const struct sim_vm *vm, int64_t now_ms)
{
    return changed(vm->min, vm->min_change, now_ms);
}

daqs_bps sim_speed(const struct sim_setup *setup, int64_t now_ms)
{
    return changed(setup->capacity, setup->speed_change, now_ms);
}

daqs_bps sim_promise(const struct sim_vm *vm, int64_t now_ms)
{
    return wire_guarantee(sim_min(vm, now_ms), vm->mtu);
}

unsigned sim_nics(const struct sim_setup *setup, unsigned vm)
{
    unsigned nics = 1;
    while (vm + nics < setup->vms && setup->vm[vm + nics].another_nic)
        nics++;
    return setup->vm[vm].another_nic ? 0 : nics;
}

static daqs_bps demand_at(const struct sim_vm *vm, uint64_t seed, int64_t now_ms)
{
    if (vm->shape.shape != SHAPE_PHASES)
        return demand_shape_at(&vm->shape, seed, now_ms);
    daqs_bps rate = vm->phases ? 0 : DAQS_UNLIMITED;
    if (vm->period_ms)
        now_ms %= vm->period_ms;
    for (unsigned i = 0; i < vm->phases; i++)
        if (vm->phase[i].from_ms <= now_ms)
            rate = vm->phase[i].rate;
    return rate;
}

static double capacity_now(const struct sim_world *w)
{
    const struct sim_setup *s = w->setup;
    bool narrow = s->bottleneck && w->now_ms >= s->bottleneck_from_ms &&
                  (s->bottleneck_until_ms == 0 || w->now_ms < s->bottleneck_until_ms);
    return (double)(narrow ? s->bottleneck : sim_speed(s, w->now_ms));
}

/* In bits per second on the wire. */
static double wanted_by(const struct sim_world *w, const struct sim_vm *vm, unsigned number)
{
    daqs_bps demand = demand_at(vm, w->setup->seed * 1000 + number, w->now_ms);
    if (vm->most && demand > vm->most)
        demand = vm->most;
    return demand == DAQS_UNLIMITED ? 4 * capacity_now(w) : (double)demand * sim_wire_factor(vm);
}

double sim_wanted(const struct sim_world *w, unsigned vm)
{
    return wanted_by(w, &w->setup->vm[vm], vm);
}

/* Allots the guarantees as far as they are wanted, then what is left by weight, up to what each VM
 * wants. The nics of a VM share its part in proportion to what they want. */
static void limit_perfectly(struct sim_world *w, double left)
{
    const struct sim_setup *s = w->setup;
    static struct water_fill item[SIM_VMS_MAX];
    static double share[SIM_VMS_MAX];
    static double wanted[SIM_VMS_MAX];
    double reserved = 0;
    unsigned vms = 0;
    for (unsigned i = 0; i < s->vms; i++) {
        wanted[i] = share[i] = 0;
        for (unsigned n = 0; n < w->result->nics[i]; n++)
            wanted[i] += w->sender[i + n].wanted;
        reserved += fmin(wanted[i], (double)sim_promise(&s->vm[i], w->now_ms));
    }
    double scale = reserved > left ? left / reserved : 1;
    for (unsigned i = 0; i < s->vms; i++) {
        if (s->vm[i].another_nic)
            continue;
        share[i] = scale * fmin(wanted[i], (double)sim_promise(&s->vm[i], w->now_ms));
        item[vms++] = (struct water_fill){.cap = (uint64_t)(wanted[i] - share[i]),
                                          .weight = s->vm[i].weight ? s->vm[i].weight : 1,
                                          .id = i};
    }
    water_fill(item, vms, (uint64_t)(left - scale * reserved));
    for (unsigned i = 0; i < vms; i++)
        share[item[i].id] += (double)item[i].share;
    for (unsigned i = 0; i < s->vms; i++)
        for (unsigned n = 0; n < w->result->nics[i]; n++)
            w->sender[i + n].wanted *= wanted[i] > 0 ? share[i] / wanted[i] : 0;
}

void sim_guests_move(struct sim_world *w)
{
    const struct sim_setup *s = w->setup;
    double capacity = capacity_now(w);
    double wanted = 0;
    unsigned senders = s->vms + (s->own.name ? 1 : 0);
    for (unsigned i = 0; i < senders; i++) {
        const struct sim_vm *vm = i < s->vms ? &s->vm[i] : &s->own;
        w->sender[i].wanted = wanted_by(w, vm, i);
        if (vm->policed)
            w->sender[i].wanted = fmin(w->sender[i].wanted, (double)vm->policed);
        w->sender[i].flows = vm->flows;
        wanted += i < s->vms ? w->sender[i].wanted : 0;
    }
    double own = s->own.name ? w->sender[s->vms].rate : 0;
    if (s->rule == SIM_ORACLE)
        limit_perfectly(w, capacity -
                               (s->own.name ? fmin(w->sender[s->vms].wanted, capacity / 2) : 0));
    for (unsigned i = 0; i < s->vms; i++)
        if (w->guest[i].limit != DAQS_UNLIMITED)
            w->sender[i].wanted = fmin(w->sender[i].wanted, (double)w->guest[i].limit);
    link_step(w->sender, senders, capacity, SIM_STEP_MS, s->noise_permille / 1000.0, &w->random);
    unsigned window = (unsigned)(w->now_ms / SIM_WINDOW_MS);
    w->result->possible[window] += fmin(wanted, capacity - own) / 1000 * SIM_STEP_MS;
    for (unsigned i = 0; i < s->vms; i++) {
        w->guest[i].bytes += w->sender[i].rate / sim_wire_factor(&s->vm[i]) / 8000 * SIM_STEP_MS;
        w->result->sent[window] += w->sender[i].rate / 1000 * SIM_STEP_MS;
    }
    w->own_bits += s->own.name ? w->sender[s->vms].rate / 1000 * SIM_STEP_MS : 0;
    for (unsigned i = 0; i < senders; i++)
        w->port_bits += w->sender[i].rate / 1000 * SIM_STEP_MS;
}

void sim_guests_note(struct sim_world *w)
{
    struct sim_result *r = w->result;
    int64_t end_ms = w->now_ms + SIM_STEP_MS;
    unsigned window = (unsigned)(w->now_ms / SIM_WINDOW_MS);
    for (unsigned i = 0; i < r->vms; i++) {
        size_t at = (size_t)window * r->vms + i;
        double usage = w->sender[i].rate / r->factor[i];
        daqs_bps demand = demand_at(&w->setup->vm[i], w->setup->seed * 1000 + i, w->now_ms);
        if (w->setup->vm[i].most)
            demand = daqs_lower(demand, w->setup->vm[i].most);
        r->usage[at] += (daqs_bps)(usage * SIM_STEP_MS / SIM_WINDOW_MS);
        r->promised[at] = sim_promise(&w->setup->vm[i], w->now_ms);
        r->demand[at] += daqs_lower(demand, DAQS_BPS_MAX) * SIM_STEP_MS / SIM_WINDOW_MS;
        if (end_ms % SIM_WINDOW_MS == 0)
            r->limit[at] = w->guest[i].limit;
    }
}
