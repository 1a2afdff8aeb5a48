/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/catalogue.h"

#include <stdio.h>

#include "tests/sim/scenarios.h"

#define M UINT64_C(1000000)
#define G UINT64_C(1000000000)
#define ALL DAQS_UNLIMITED

struct sim_vm *catalogue_add(struct sim_setup *s, daqs_bps min, unsigned flows)
{
    struct sim_vm *vm = &s->vm[s->vms];
    static char text[SIM_VMS_MAX][8];
    (void)snprintf(text[s->vms], sizeof text[0], "vm%u", s->vms);
    *vm = (struct sim_vm){.name = text[s->vms], .min = min, .flows = flows};
    s->vms++;
    return vm;
}

struct sim_vm *catalogue_add_nic(struct sim_setup *s)
{
    const struct sim_vm *before = &s->vm[s->vms - 1];
    struct sim_vm *nic = catalogue_add(s, 0, before->flows);
    nic->another_nic = true;
    nic->mtu = before->mtu;
    return nic;
}

/* 10 Gbit/s, one VM with a guarantee and a demand of this shape, and one greedy VM with 8 flows. */
void catalogue_gold_and_plain(struct sim_setup *s, daqs_bps min, struct demand_shape shape)
{
    s->capacity = 10 * G;
    catalogue_add(s, min, 4)->shape = shape;
    (void)catalogue_add(s, 0, 8);
}

#define SCENARIO(name) static void name(struct sim_setup *s)
#define SHAPED(name, min, ...)                                                                     \
    SCENARIO(name)                                                                                 \
    {                                                                                              \
        catalogue_gold_and_plain(s, min, (struct demand_shape){__VA_ARGS__});                      \
    }

SHAPED(greedy, 3 * G, .shape = SHAPE_PHASES)
SHAPED(greedy_small, 200 * M, .shape = SHAPE_PHASES)
SHAPED(greedy_large, 8500 * M, .shape = SHAPE_PHASES)
SHAPED(half, 3 * G, .shape = SHAPE_STEPS, .low = 1500 * M, .high = 1500 * M, .period_ms = 1000,
       .jitter_permille = 30)
SHAPED(exact, 4 * G, .shape = SHAPE_STEPS, .low = 4 * G, .high = 4 * G, .period_ms = 1000,
       .jitter_permille = 10)
SHAPED(saw_2s, 3 * G, .shape = SHAPE_SAW, .low = 100 * M, .high = 4 * G, .period_ms = 2000)
SHAPED(saw_05s, 3 * G, .shape = SHAPE_SAW, .low = 100 * M, .high = 2900 * M, .period_ms = 500)
SHAPED(saw_8s, 5 * G, .shape = SHAPE_SAW, .low = 100 * M, .high = 4900 * M, .period_ms = 8000)
SHAPED(ramp_4s, 4 * G, .shape = SHAPE_RAMP, .low = 100 * M, .high = 3900 * M, .period_ms = 4000)
SHAPED(ramp_20s, 4 * G, .shape = SHAPE_RAMP, .low = 0, .high = 6 * G, .period_ms = 20000)
SHAPED(sine_03s, 3 * G, .shape = SHAPE_SINE, .low = 200 * M, .high = 2900 * M, .period_ms = 300)
SHAPED(sine_1s, 3 * G, .shape = SHAPE_SINE, .low = 200 * M, .high = 2900 * M, .period_ms = 1000)
SHAPED(sine_7s, 4 * G, .shape = SHAPE_SINE, .low = 200 * M, .high = 3800 * M, .period_ms = 7000)
SHAPED(sine_20s, 4 * G, .shape = SHAPE_SINE, .low = 200 * M, .high = 6 * G, .period_ms = 20000)
SHAPED(steps_3s, 4 * G, .shape = SHAPE_STEPS, .low = 200 * M, .high = 3800 * M, .period_ms = 3000)
SHAPED(steps_07s, 4 * G, .shape = SHAPE_STEPS, .low = 200 * M, .high = 3800 * M, .period_ms = 700)
SHAPED(web, 3 * G, .shape = SHAPE_LEVELS, .low = 300 * M, .high = 3 * G, .period_ms = 300)
SHAPED(web_slow, 3 * G, .shape = SHAPE_LEVELS, .low = 300 * M, .high = 6 * G, .period_ms = 1500)
SHAPED(on_off_05s, 3 * G, .shape = SHAPE_PULSES, .low = 0, .high = ALL, .period_ms = 1000,
       .on_ms = 500)
SHAPED(on_off_2s, 3 * G, .shape = SHAPE_PULSES, .low = 0, .high = ALL, .period_ms = 4000,
       .on_ms = 2000)
SHAPED(on_off_5s, 3 * G, .shape = SHAPE_PULSES, .low = 0, .high = ALL, .period_ms = 10000,
       .on_ms = 5000)
SHAPED(bursts_gold, 3 * G, .shape = SHAPE_BURSTS, .low = 0, .high = ALL, .period_ms = 2500)
SHAPED(jitter, 3 * G, .shape = SHAPE_STEPS, .low = 2 * G, .high = 2 * G, .period_ms = 1000,
       .jitter_permille = 300)

SCENARIO(ten_tenants)
{
    s->capacity = 10 * G;
    for (unsigned i = 0; i < 10; i++)
        catalogue_add(s, i < 3 ? (1 + i) * 600 * M : 0, 1 + i % 4)->shape =
            (struct demand_shape){.shape = SHAPE_BURSTS,
                                  .high = (2 + i % 3) * 2 * G,
                                  .period_ms = 1500,
                                  .shift_ms = 997 * i};
}

SCENARIO(sixty_guaranteed)
{
    s->capacity = 10 * G;
    for (unsigned i = 0; i < 60; i++)
        catalogue_add(s, 149 * M, 1)->shape = (struct demand_shape){
            .shape = SHAPE_BURSTS, .high = 600 * M, .period_ms = 3000, .shift_ms = 331 * i};
}

SCENARIO(rpc_beside)
{
    catalogue_gold_and_plain(s, 4 * G, (struct demand_shape){.shape = SHAPE_PHASES});
    for (unsigned i = 0; i < 6; i++)
        catalogue_add(s, 0, 1)->shape = (struct demand_shape){
            .shape = SHAPE_RPC, .high = 500 * M, .period_ms = 400, .on_ms = 60, .shift_ms = 61 * i};
}

void catalogue_add_idle(struct sim_setup *s, unsigned idle)
{
    for (unsigned i = 0; i < idle; i++) {
        struct sim_vm *vm = catalogue_add(s, 0, 1);
        vm->phases = 1;
        vm->phase[0] = (struct sim_phase){0, 20000};
    }
}

SCENARIO(idle_62)
{
    greedy(s);
    catalogue_add_idle(s, 62);
}

SCENARIO(idle_254)
{
    greedy(s);
    catalogue_add_idle(s, 254);
}

SCENARIO(slow_link_64)
{
    s->capacity = 100 * M;
    for (unsigned i = 0; i < 64; i++) {
        struct sim_vm *vm = catalogue_add(s, i == 0 ? 40 * M : 0, 1);
        if (i > 4) {
            vm->phases = 1;
            vm->phase[0] = (struct sim_phase){0, 2000};
        }
    }
}

static void host_sends(struct sim_setup *s, struct demand_shape shape)
{
    catalogue_gold_and_plain(
        s, 5 * G,
        (struct demand_shape){
            .shape = SHAPE_STEPS, .low = 2500 * M, .high = 2500 * M, .period_ms = 1000});
    s->own = (struct sim_vm){.name = "host", .flows = 8, .shape = shape};
}

SCENARIO(host_30s)
{
    host_sends(s, (struct demand_shape){.shape = SHAPE_PULSES,
                                        .high = 3 * G,
                                        .period_ms = 60000,
                                        .on_ms = 30000,
                                        .shift_ms = 50000});
}

SCENARIO(host_saw)
{
    host_sends(s, (struct demand_shape){.shape = SHAPE_SAW, .high = 3 * G, .period_ms = 5000});
}

SCENARIO(host_bursts)
{
    host_sends(s, (struct demand_shape){.shape = SHAPE_BURSTS, .high = 4 * G, .period_ms = 700});
}

static void small_frames(struct sim_setup *s, uint32_t frame, daqs_bps min)
{
    s->capacity = 10 * G;
    (void)catalogue_add(s, min, 1);
    catalogue_add(s, 0, 0)->frame = frame;
    s->vm[1].phases = 1;
    s->vm[1].phase[0] = (struct sim_phase){0, 12 * G};
}

SCENARIO(udp_128)
{
    small_frames(s, 128, 1 * G);
}

SCENARIO(udp_60)
{
    small_frames(s, 60, 200 * M);
}

SCENARIO(udp_512)
{
    small_frames(s, 512, 5 * G);
}

SCENARIO(jumbo)
{
    catalogue_gold_and_plain(s, 3 * G, (struct demand_shape){.shape = SHAPE_PHASES});
    s->vm[0].mtu = s->vm[1].mtu = 9000;
}

SCENARIO(five_guaranteed)
{
    s->capacity = 10 * G;
    for (unsigned i = 0; i < 5; i++)
        catalogue_add(s, 1600 * M, 2)->shape = (struct demand_shape){.shape = SHAPE_PULSES,
                                                                     .high = ALL,
                                                                     .period_ms = 2000,
                                                                     .on_ms = 1000,
                                                                     .shift_ms = 390 * i};
    (void)catalogue_add(s, 0, 8);
}

SCENARIO(two_and_four)
{
    s->capacity = 10 * G;
    (void)catalogue_add(s, 2 * G, 1);
    catalogue_add(s, 3 * G, 2)->shape = (struct demand_shape){
        .shape = SHAPE_SINE, .low = 300 * M, .high = 2900 * M, .period_ms = 5000};
    for (unsigned i = 0; i < 4; i++)
        catalogue_add(s, 0, 2 + 2 * i)->weight = 1 + i;
}

SCENARIO(all_promised)
{
    s->capacity = 10 * G;
    for (unsigned i = 0; i < 4; i++)
        (void)catalogue_add(s, 2300 * M, 1 + 3 * i);
    (void)catalogue_add(s, 0, 16);
}

SCENARIO(incast)
{
    catalogue_gold_and_plain(s, 4 * G, (struct demand_shape){.shape = SHAPE_PHASES});
    for (unsigned i = 0; i < 20; i++)
        catalogue_add(s, 0, 1)->shape = (struct demand_shape){
            .shape = SHAPE_PULSES, .high = ALL, .period_ms = 5000, .on_ms = 300};
}

SCENARIO(lost_reports)
{
    sine_7s(s);
    s->loss_permille = 200;
    s->report_ms = 60;
    s->apply_ms = 40;
}

SCENARIO(polls_50ms)
{
    saw_2s(s);
    s->poll_ms = 50;
}

SCENARIO(polls_500ms)
{
    sine_7s(s);
    s->poll_ms = 500;
}

SCENARIO(polls_1s)
{
    sine_20s(s);
    s->poll_ms = 1000;
}

SCENARIO(port_counted)
{
    web(s);
    s->port_known = true;
}

SCENARIO(unlimitable)
{
    catalogue_gold_and_plain(s, 3 * G, (struct demand_shape){.shape = SHAPE_PHASES});
    struct sim_vm *wild = catalogue_add(s, 0, 2);
    wild->out_of_reach = true;
    wild->shape = (struct demand_shape){.shape = SHAPE_SINE, .high = 3 * G, .period_ms = 9000};
}

/* One guaranteed VM next to 'others' best-effort VMs, all of the same kind. */
static void mix(struct sim_setup *s, daqs_bps min, unsigned others, uint32_t frame,
                struct demand_shape shape)
{
    s->capacity = 10 * G;
    (void)catalogue_add(s, min, 2);
    for (unsigned i = 0; i < others; i++) {
        struct sim_vm *vm = catalogue_add(s, 0, frame ? 0 : 1 + i % 8);
        vm->shape = shape;
        vm->shape.shift_ms = 173 * i;
        vm->frame = frame;
        if (frame) { /* UDP, which does not back off */
            vm->phases = 1;
            vm->phase[0] = (struct sim_phase){0, 4 * G / others + G};
        }
    }
}

#define GREEDY ((struct demand_shape){.shape = SHAPE_PHASES})
#define MIX(name, min, others, frame, ...)                                                         \
    SCENARIO(name)                                                                                 \
    {                                                                                              \
        mix(s, min, others, frame, __VA_ARGS__);                                                   \
    }
#define MIX_SHAPE(...) ((struct demand_shape){__VA_ARGS__})

MIX(promise_5, 500 * M, 3, 0, GREEDY)
MIX(promise_25, 2300 * M, 3, 0, GREEDY)
MIX(promise_50, 4600 * M, 3, 0, GREEDY)
MIX(promise_75, 7 * G, 3, 0, GREEDY)
MIX(promise_100, 9300 * M, 3, 0, GREEDY)
MIX(alone, 3 * G, 0, 0, GREEDY)
MIX(beside_16, 3 * G, 16, 0, GREEDY)
MIX(beside_128, 1 * G, 128, 0, GREEDY)
MIX(beside_255, 3 * G, 255, 0, GREEDY)
MIX(udp_60_many, 2 * G, 4, 60, GREEDY)
MIX(udp_256, 6500 * M, 3, 256, GREEDY)
MIX(udp_1024, 3 * G, 6, 1024, GREEDY)
MIX(udp_1500, 200 * M, 2, 1500, GREEDY)
MIX(others_saw, 3 * G, 3, 0,
    MIX_SHAPE(.shape = SHAPE_SAW, .low = 100 * M, .high = 4 * G, .period_ms = 3000))
MIX(others_sine, 3 * G, 3, 0,
    MIX_SHAPE(.shape = SHAPE_SINE, .low = 100 * M, .high = 4 * G, .period_ms = 1000))
MIX(others_burst, 3 * G, 6, 0, MIX_SHAPE(.shape = SHAPE_BURSTS, .high = 4 * G, .period_ms = 800))
MIX(others_web, 5 * G, 6, 0,
    MIX_SHAPE(.shape = SHAPE_LEVELS, .low = 300 * M, .high = 5 * G, .period_ms = 500))
MIX(others_rpc, 6 * G, 20, 0,
    MIX_SHAPE(.shape = SHAPE_RPC, .high = 600 * M, .period_ms = 1000, .on_ms = 100))
MIX(others_slow, 4 * G, 40, 0,
    MIX_SHAPE(.shape = SHAPE_RAMP, .low = 10 * M, .high = 300 * M, .period_ms = 20000))

SCENARIO(late_reports)
{
    promise_50(s);
    s->report_ms = 90;
    s->apply_ms = 60;
}

SCENARIO(half_lost)
{
    promise_25(s);
    s->loss_permille = 500;
}

SCENARIO(host_steady)
{
    promise_50(s);
    s->own = (struct sim_vm){.name = "host", .flows = 4, .phases = 1, .phase = {{0, 2 * G}}};
}

SCENARIO(host_long_bursts)
{
    host_sends(s, (struct demand_shape){.shape = SHAPE_BURSTS, .high = 4 * G, .period_ms = 4000});
}

const struct catalogue_entry catalogue[] = {
    {"greedy", false, CATALOGUE_PLAIN, 0, greedy},
    {"greedy, 2 %", false, CATALOGUE_PLAIN, 0, greedy_small},
    {"greedy, 85 %", true, CATALOGUE_PLAIN, 0, greedy_large},
    {"content with half", false, CATALOGUE_PLAIN, 0, half},
    {"exactly its guarantee", false, CATALOGUE_PLAIN, 0, exact},
    {"saw tooth, 2 s", false, CATALOGUE_PLAIN, 0, saw_2s},
    {"saw tooth, 0.5 s", true, CATALOGUE_PLAIN, 0, saw_05s},
    {"saw tooth, 8 s", true, CATALOGUE_PLAIN, 0, saw_8s},
    {"ramp, 4 s", false, CATALOGUE_PLAIN, 0, ramp_4s},
    {"ramp, 20 s", true, CATALOGUE_PLAIN, 0, ramp_20s},
    {"sine, 0.3 s", false, CATALOGUE_PLAIN, 0, sine_03s},
    {"sine, 1 s", true, CATALOGUE_PLAIN, 0, sine_1s},
    {"sine, 7 s", false, CATALOGUE_PLAIN, 0, sine_7s},
    {"sine, 20 s", false, CATALOGUE_PLAIN, 0, sine_20s},
    {"steps, 3 s", false, CATALOGUE_PLAIN, 0, steps_3s},
    {"steps, 0.7 s", true, CATALOGUE_PLAIN, 0, steps_07s},
    {"web", false, CATALOGUE_PLAIN, 0, web},
    {"web, slow", true, CATALOGUE_PLAIN, 0, web_slow},
    {"on and off, 0.5 s", false, CATALOGUE_SWITCHES, 55, on_off_05s},
    {"on and off, 2 s", false, CATALOGUE_SWITCHES, 55, on_off_2s},
    {"on and off, 5 s", true, CATALOGUE_SWITCHES, 55, on_off_5s},
    {"heavy-tailed on and off", true, CATALOGUE_SWITCHES, 55, bursts_gold},
    {"jitter of 30 %", true, CATALOGUE_PLAIN, 0, jitter},
    {"ten tenants", false, CATALOGUE_PLAIN, 0, ten_tenants},
    {"sixty guaranteed, 95 % promised", false, CATALOGUE_PLAIN, 0, sixty_guaranteed},
    {"RPC beside", false, CATALOGUE_PLAIN, 0, rpc_beside},
    {"62 idle", false, CATALOGUE_PLAIN, 0, idle_62},
    {"254 idle", true, CATALOGUE_PLAIN, 0, idle_254},
    {"100 Mbit/s, 64 VMs", false, CATALOGUE_PLAIN, 0, slow_link_64},
    {"host sends 30 % for 30 s", false, CATALOGUE_PLAIN, 0, host_30s},
    {"host's saw tooth", true, CATALOGUE_PLAIN, 0, host_saw},
    {"host's short bursts", false, CATALOGUE_SWITCHES, 95, host_bursts},
    {"UDP of 128 bytes", false, CATALOGUE_PLAIN, 0, udp_128},
    {"UDP of 60 bytes", true, CATALOGUE_PLAIN, 0, udp_60},
    {"UDP of 512 bytes", false, CATALOGUE_PLAIN, 0, udp_512},
    {"MTU 9000", false, CATALOGUE_PLAIN, 0, jumbo},
    {"five guaranteed, on and off", false, CATALOGUE_SWITCHES, 75, five_guaranteed},
    {"two guaranteed, four by weight", true, CATALOGUE_PLAIN, 0, two_and_four},
    {"97 % promised", false, CATALOGUE_PLAIN, 0, all_promised},
    {"incast of 20", true, CATALOGUE_PLAIN, 0, incast},
    {"lost and late reports", false, CATALOGUE_PLAIN, 0, lost_reports},
    {"polls of 50 ms", false, CATALOGUE_PLAIN, 0, polls_50ms},
    {"polls of 500 ms", false, CATALOGUE_PLAIN, 0, polls_500ms},
    {"polls of 1 s", true, CATALOGUE_PLAIN, 0, polls_1s},
    {"port counted", true, CATALOGUE_PLAIN, 0, port_counted},
    {"one that cannot be limited", false, CATALOGUE_PLAIN, 0, unlimitable},
    {"5 % promised", false, CATALOGUE_PLAIN, 0, promise_5},
    {"25 % promised", true, CATALOGUE_PLAIN, 0, promise_25},
    {"50 % promised", false, CATALOGUE_PLAIN, 0, promise_50},
    {"75 % promised", true, CATALOGUE_PLAIN, 0, promise_75},
    {"100 % promised", false, CATALOGUE_PLAIN, 0, promise_100},
    {"alone", false, CATALOGUE_PLAIN, 0, alone},
    {"beside 16", false, CATALOGUE_PLAIN, 0, beside_16},
    {"beside 128", true, CATALOGUE_PLAIN, 0, beside_128},
    {"beside 255", false, CATALOGUE_PLAIN, 0, beside_255},
    {"UDP of 60 bytes, four", false, CATALOGUE_PLAIN, 0, udp_60_many},
    {"UDP of 256 bytes", true, CATALOGUE_PLAIN, 0, udp_256},
    {"UDP of 1024 bytes", false, CATALOGUE_PLAIN, 0, udp_1024},
    {"UDP of 1500 bytes", true, CATALOGUE_PLAIN, 0, udp_1500},
    {"beside saw teeth", false, CATALOGUE_PLAIN, 0, others_saw},
    {"beside sines", true, CATALOGUE_PLAIN, 0, others_sine},
    {"beside bursts", false, CATALOGUE_PLAIN, 0, others_burst},
    {"beside web traffic", true, CATALOGUE_PLAIN, 0, others_web},
    {"beside 20 RPC", true, CATALOGUE_PLAIN, 0, others_rpc},
    {"beside 40 slow", false, CATALOGUE_PLAIN, 0, others_slow},
    {"late reports", true, CATALOGUE_PLAIN, 0, late_reports},
    {"half of the reports lost", false, CATALOGUE_PLAIN, 0, half_lost},
    {"host sends steadily", false, CATALOGUE_PLAIN, 0, host_steady},
    {"host's long bursts", true, CATALOGUE_SWITCHES, 40, host_long_bursts},
    {"two nics, both greedy", false, CATALOGUE_PLAIN, 0, bond_greedy},
    {"two nics, load moves between them", true, CATALOGUE_PLAIN, 0, bond_uneven},
    {"two nics, fails over each 5 s", false, CATALOGUE_SWITCHES, 55, bond_fails_over},
    {"two nics, saw teeth", true, CATALOGUE_PLAIN, 0, bond_saw},
    {"beside three with two nics", false, CATALOGUE_PLAIN, 0, bonds_of_others},
    {"beside a bond that fails over", true, CATALOGUE_PLAIN, 0, bond_of_best_effort_fails_over},
    {"guarantee comes and goes", false, CATALOGUE_PLAIN, 0, sla_comes_and_goes},
    {"guarantee doubles, then falls", true, CATALOGUE_PLAIN, 0, sla_doubles},
    {"guarantee of another comes", false, CATALOGUE_PLAIN, 0, sla_of_another},
    {"link a tenth as fast for 14 s", false, CATALOGUE_PLAIN, 0, link_slower_for_14s},
    {"link ten times as fast for 14 s", true, CATALOGUE_PLAIN, 0, link_faster_for_14s},
    {"link slower than what is promised", true, CATALOGUE_PLAIN, 0, link_too_slow_for_14s},
    {"60 % get through", false, CATALOGUE_ELSEWHERE, 5, narrow_greedy},
    {"60 % get through, one beside", false, CATALOGUE_ELSEWHERE, 5, narrow_one_beside},
    {"60 % get through, beyond the bound", true, CATALOGUE_ELSEWHERE, 100, narrow_bound},
    {"60 % get through, exactly its guarantee", false, CATALOGUE_ELSEWHERE, 5, narrow_exact},
    {"60 % get through, content with half", true, CATALOGUE_ELSEWHERE, 5, narrow_half},
    {"60 % get through, sine", true, CATALOGUE_ELSEWHERE, 5, narrow_sine},
    {"60 % get through, web", false, CATALOGUE_ELSEWHERE, 5, narrow_web},
    {"60 % get through, on and off", true, CATALOGUE_ELSEWHERE, 15, narrow_on_off},
    {"60 % get through, three guaranteed", false, CATALOGUE_ELSEWHERE, 5, narrow_three},
    {"60 % get through for 10 s", false, CATALOGUE_ELSEWHERE, 15, narrow_for_10s},
    {"60 % get through for 13 s, saw", true, CATALOGUE_ELSEWHERE, 15, narrow_for_13s_saw},
    {"60 % get through, backlog unknown", false, CATALOGUE_ELSEWHERE, 100, narrow_unknown},
    {"60 % get through, port counted", true, CATALOGUE_ELSEWHERE, 5, narrow_port_counted},
    {"60 % get through, lost and late reports", true, CATALOGUE_ELSEWHERE, 5, narrow_late},
    {"60 % get through, polls of 1 s", true, CATALOGUE_ELSEWHERE, 5, narrow_polls_1s},
    {"60 % get through, UDP beside", true, CATALOGUE_ELSEWHERE, 5, narrow_udp},
    {"80 % get through", false, CATALOGUE_ELSEWHERE, 5, narrow_80},
    {"policer on one", false, CATALOGUE_ELSEWHERE, 5, policer},
    {"policer on one, beside bursts", true, CATALOGUE_ELSEWHERE, 5, policer_beside_bursts},
    {"policer on one, beside greedy", true, CATALOGUE_ELSEWHERE, 5, policer_beside_greedy},
    {"content, and claims a backlog", false, CATALOGUE_ELSEWHERE, 5, liar},
    {"content, and claims it beside steps", true, CATALOGUE_ELSEWHERE, 5, liar_beside_steps},
};
const unsigned catalogue_count = sizeof catalogue / sizeof catalogue[0];
