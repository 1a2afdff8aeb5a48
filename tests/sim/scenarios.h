/* SPDX-License-Identifier: Apache-2.0 */
/* scenarios - helpers for the scenarios of the catalogue, and the scenarios that are defined in
 * separate files. */
#ifndef DAQS_TESTS_SCENARIOS_H
#define DAQS_TESTS_SCENARIOS_H

#include "tests/sim/sim.h"

/* Adds a VM with a unique name. Returns it. */
struct sim_vm *catalogue_add(struct sim_setup *s, daqs_bps min, unsigned flows);

/* Adds another nic of the VM that was added last, with as many flows. Returns it. */
struct sim_vm *catalogue_add_nic(struct sim_setup *s);

/* 10 Gbit/s, one VM with a guarantee and a demand of this shape, and one greedy VM with 8 flows. */
void catalogue_gold_and_plain(struct sim_setup *s, daqs_bps min, struct demand_shape shape);

/* Adds VMs that send almost nothing. */
void catalogue_add_idle(struct sim_setup *s, unsigned idle);

/* A bottleneck behind the port: 10 Gbit/s are configured, 6 get through. There are six idle VMs
 * next to gold and plain, unless the name says otherwise. */
void narrow_greedy(struct sim_setup *s);
void narrow_one_beside(struct sim_setup *s);
void narrow_bound(struct sim_setup *s); /* best effort's minimum leaves gold less than it lacks */
void narrow_exact(struct sim_setup *s);
void narrow_half(struct sim_setup *s);
void narrow_sine(struct sim_setup *s);
void narrow_web(struct sim_setup *s);
void narrow_on_off(struct sim_setup *s);
void narrow_three(struct sim_setup *s);
void narrow_for_10s(struct sim_setup *s);
void narrow_for_13s_saw(struct sim_setup *s);
void narrow_unknown(struct sim_setup *s);
void narrow_port_counted(struct sim_setup *s);
void narrow_late(struct sim_setup *s);
void narrow_polls_1s(struct sim_setup *s);
void narrow_udp(struct sim_setup *s);
void narrow_80(struct sim_setup *s);

/* Only gold is limited behind the port, and what it does not get is available to the others. */
void policer(struct sim_setup *s);
void policer_beside_bursts(struct sim_setup *s);
void policer_beside_greedy(struct sim_setup *s);

/* Gold gets what it wants, half of its guarantee, but reports unsent bytes. */
void liar(struct sim_setup *s);
void liar_beside_steps(struct sim_setup *s);

/* VMs with two nics that share their load, and changes while they send. */
void bond_greedy(struct sim_setup *s);
void bond_uneven(struct sim_setup *s);
void bond_fails_over(struct sim_setup *s);
void bond_saw(struct sim_setup *s);
void bonds_of_others(struct sim_setup *s);
void bond_of_best_effort_fails_over(struct sim_setup *s);
void sla_comes_and_goes(struct sim_setup *s);
void sla_doubles(struct sim_setup *s);
void sla_of_another(struct sim_setup *s);
void link_slower_for_14s(struct sim_setup *s);
void link_faster_for_14s(struct sim_setup *s);
void link_too_slow_for_14s(struct sim_setup *s);

#endif
