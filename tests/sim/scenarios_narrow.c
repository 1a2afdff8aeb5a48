/* SPDX-License-Identifier: Apache-2.0 */
/* Scenarios in which less gets through than the port could send. */
#include "tests/sim/scenarios.h"

#define M UINT64_C(1000000)
#define G UINT64_C(1000000000)

static void narrow(struct sim_setup *s, daqs_bps min, struct demand_shape shape)
{
    catalogue_gold_and_plain(s, min, shape);
    s->bottleneck = 6 * G;
}

#define NARROW(name, ...)                                                                          \
    void name(struct sim_setup *s)                                                                 \
    {                                                                                              \
        narrow(s, 3 * G, (struct demand_shape){__VA_ARGS__});                                      \
        catalogue_add_idle(s, 6);                                                                  \
    }

NARROW(narrow_greedy, .shape = SHAPE_PHASES)
NARROW(narrow_exact, .shape = SHAPE_STEPS, .low = 3 * G, .high = 3 * G, .period_ms = 1000,
       .jitter_permille = 10)
NARROW(narrow_half, .shape = SHAPE_STEPS, .low = 1500 * M, .high = 1500 * M, .period_ms = 1000,
       .jitter_permille = 30)
NARROW(narrow_sine, .shape = SHAPE_SINE, .low = 200 * M, .high = 3800 * M, .period_ms = 7000)
NARROW(narrow_web, .shape = SHAPE_LEVELS, .low = 300 * M, .high = 3 * G, .period_ms = 300)
NARROW(narrow_on_off, .shape = SHAPE_PULSES, .low = 0, .high = DAQS_UNLIMITED, .period_ms = 10000,
       .on_ms = 5000)

void narrow_one_beside(struct sim_setup *s)
{
    narrow(s, 1500 * M, (struct demand_shape){.shape = SHAPE_PHASES});
    s->vm[0].flows = 1;
}

void narrow_bound(struct sim_setup *s)
{
    narrow(s, 3 * G, (struct demand_shape){.shape = SHAPE_PHASES});
}

void narrow_three(struct sim_setup *s)
{
    narrow(s, 1200 * M, (struct demand_shape){.shape = SHAPE_PHASES});
    (void)catalogue_add(s, 1200 * M, 2);
    (void)catalogue_add(s, 1200 * M, 1);
}

void narrow_for_10s(struct sim_setup *s)
{
    narrow_greedy(s);
    s->bottleneck_from_ms = 10000;
    s->bottleneck_until_ms = 20000;
}

void narrow_for_13s_saw(struct sim_setup *s)
{
    narrow_greedy(s);
    s->vm[0].shape = (struct demand_shape){
        .shape = SHAPE_SAW, .low = 1500 * M, .high = 3500 * M, .period_ms = 9000};
    s->bottleneck_from_ms = 2000;
    s->bottleneck_until_ms = 15000;
}

void narrow_unknown(struct sim_setup *s)
{
    narrow_greedy(s);
    s->backlog_unknown = true;
}

void narrow_port_counted(struct sim_setup *s)
{
    narrow_greedy(s);
    s->port_known = true;
}

void narrow_late(struct sim_setup *s)
{
    narrow_greedy(s);
    s->loss_permille = 200;
    s->report_ms = 60;
    s->apply_ms = 40;
}

void narrow_polls_1s(struct sim_setup *s)
{
    narrow_greedy(s);
    s->poll_ms = 1000;
}

void narrow_udp(struct sim_setup *s)
{
    narrow_greedy(s);
    s->vm[1].flows = 0;
    s->vm[1].shape =
        (struct demand_shape){.shape = SHAPE_STEPS, .low = 6 * G, .high = 6 * G, .period_ms = 1000};
}

void narrow_80(struct sim_setup *s)
{
    narrow_greedy(s);
    s->bottleneck = 8 * G;
}

static void policed(struct sim_setup *s, struct demand_shape others)
{
    catalogue_gold_and_plain(s, 3 * G, (struct demand_shape){.shape = SHAPE_PHASES});
    catalogue_add_idle(s, 6);
    s->vm[0].policed = 2 * G;
    s->vm[1].shape = others;
}

void policer(struct sim_setup *s)
{
    policed(s, (struct demand_shape){
                   .shape = SHAPE_SINE, .low = 1 * G, .high = 8 * G, .period_ms = 5000});
}

void policer_beside_bursts(struct sim_setup *s)
{
    policed(s, (struct demand_shape){.shape = SHAPE_BURSTS, .high = 8 * G, .period_ms = 2500});
}

void policer_beside_greedy(struct sim_setup *s)
{
    policed(s, (struct demand_shape){.shape = SHAPE_PHASES});
}

static void claims(struct sim_setup *s)
{
    s->vm[0].policed = 0;
    s->vm[0].claims_backlog = true;
    s->vm[0].phases = 1;
    s->vm[0].phase[0] = (struct sim_phase){0, 1500 * M};
}

void liar(struct sim_setup *s)
{
    policer(s);
    claims(s);
}

void liar_beside_steps(struct sim_setup *s)
{
    policed(s, (struct demand_shape){
                   .shape = SHAPE_STEPS, .low = 500 * M, .high = 7500 * M, .period_ms = 5000});
    claims(s);
}
