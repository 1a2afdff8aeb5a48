/* SPDX-License-Identifier: Apache-2.0 */
/* catalogue - the traffic that the policy is evaluated with: named scenarios on simulated links. A
 * third of them is held out: nothing was tuned on it. */
#ifndef DAQS_TESTS_CATALOGUE_H
#define DAQS_TESTS_CATALOGUE_H

#include "tests/sim/sim.h"

/* Whether a scenario has its own limit for b99, and why: docs/policy.md. */
enum catalogue_kind {
    CATALOGUE_PLAIN,
    CATALOGUE_SWITCHES,  /* starts faster than reports can show: its own b99_most */
    CATALOGUE_ELSEWHERE, /* less gets through than the port carries: measured from the time at which
                            that can be found, against the oracle */
};

struct catalogue_entry {
    const char *name;
    bool held_out;
    enum catalogue_kind kind;
    double b99_most; /* unless kind is plain; ELSEWHERE: above the oracle's */
    void (*make)(struct sim_setup *setup);
};

extern const struct catalogue_entry catalogue[];
extern const unsigned catalogue_count;

struct catalogue_figures {
    double use; /* percent of the link */
    double b99; /* percent, mean over the guaranteed VMs */
    double oracle_use;
    double oracle_b99;
    double changes; /* of limits, per second */
};

enum { CATALOGUE_FROM_MS = 3000, CATALOGUE_FOUND_MS = 8000 };

/* Runs a scenario with one seed under the policy and under the oracle's limits. Returns false if
 * out of memory. */
bool catalogue_run(const struct catalogue_entry *entry, uint64_t seed,
                   struct catalogue_figures *ret);

#endif
