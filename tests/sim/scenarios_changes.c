/* SPDX-License-Identifier: Apache-2.0 */
/* VMs with several nics on the link, and changes while they send: of SLAs and of the link's
 * speed. */
#include "tests/sim/scenarios.h"

#define M UINT64_C(1000000)
#define G UINT64_C(1000000000)

/* A VM with two nics, and another with 8 greedy flows. */
static void two_nics(struct sim_setup *s, daqs_bps min, struct demand_shape first,
                     struct demand_shape second)
{
    s->capacity = 10 * G;
    catalogue_add(s, min, 2)->shape = first;
    catalogue_add_nic(s)->shape = second;
    (void)catalogue_add(s, 0, 8);
}

#define SHAPE(...) ((struct demand_shape){__VA_ARGS__})
#define GREEDY SHAPE(.shape = SHAPE_PHASES)
/* As much as possible, on one nic for five seconds and then on the other. */
#define ACTIVE(after_ms)                                                                           \
    SHAPE(.shape = SHAPE_PULSES, .high = DAQS_UNLIMITED, .period_ms = 10000, .on_ms = 5000,        \
          .shift_ms = (after_ms))

void bond_greedy(struct sim_setup *s)
{
    two_nics(s, 3 * G, GREEDY, GREEDY);
}

/* As flows come and go, most of the traffic is on one nic, then on the other. */
void bond_uneven(struct sim_setup *s)
{
    two_nics(s, 3 * G,
             SHAPE(.shape = SHAPE_SINE, .low = 300 * M, .high = 2900 * M, .period_ms = 6000),
             SHAPE(.shape = SHAPE_SINE, .low = 300 * M, .high = 2900 * M, .period_ms = 6000,
                   .shift_ms = 3000));
}

void bond_fails_over(struct sim_setup *s)
{
    two_nics(s, 3 * G, ACTIVE(0), ACTIVE(5000));
}

void bond_saw(struct sim_setup *s)
{
    two_nics(s, 4 * G,
             SHAPE(.shape = SHAPE_SAW, .low = 100 * M, .high = 2900 * M, .period_ms = 2000),
             SHAPE(.shape = SHAPE_SAW, .low = 100 * M, .high = 900 * M, .period_ms = 3100));
}

void bonds_of_others(struct sim_setup *s)
{
    s->capacity = 10 * G;
    (void)catalogue_add(s, 3 * G, 1);
    for (unsigned i = 0; i < 3; i++) {
        (void)catalogue_add(s, 0, 4);
        (void)catalogue_add_nic(s);
    }
}

void bond_of_best_effort_fails_over(struct sim_setup *s)
{
    two_nics(s, 0, ACTIVE(0), ACTIVE(5000));
    (void)catalogue_add(s, 3 * G, 1);
}

static void sla_changes(struct sim_setup *s, daqs_bps min, daqs_bps then, daqs_bps last)
{
    catalogue_gold_and_plain(s, min, GREEDY);
    s->vm[0].flows = 1;
    s->vm[0].min_change[0] = (struct sim_change){12000, then};
    s->vm[0].min_change[1] = (struct sim_change){26000, last};
}

void sla_comes_and_goes(struct sim_setup *s)
{
    sla_changes(s, 0, 3 * G, 0);
}

void sla_doubles(struct sim_setup *s)
{
    sla_changes(s, 2 * G, 4 * G, 1 * G);
}

void sla_of_another(struct sim_setup *s)
{
    sla_changes(s, 5 * G, 5 * G, 5 * G);
    catalogue_add(s, 0, 1)->min_change[0] = (struct sim_change){15000, 3500 * M};
}

static void speed_changes(struct sim_setup *s, daqs_bps speed, daqs_bps then, daqs_bps last)
{
    catalogue_gold_and_plain(s, 500 * M, GREEDY);
    s->vm[0].flows = 1;
    s->capacity = speed;
    s->speed_change[0] = (struct sim_change){12000, then};
    s->speed_change[1] = (struct sim_change){26000, last};
}

void link_slower_for_14s(struct sim_setup *s)
{
    speed_changes(s, 10 * G, 1 * G, 10 * G);
}

void link_faster_for_14s(struct sim_setup *s)
{
    speed_changes(s, 1 * G, 10 * G, 1 * G);
}

/* To less than is guaranteed. */
void link_too_slow_for_14s(struct sim_setup *s)
{
    speed_changes(s, 1 * G, 400 * M, 1 * G);
}
