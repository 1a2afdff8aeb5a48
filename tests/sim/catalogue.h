/* catalogue - the traffic that the policy is judged by: named scenarios on simulated links. A third
 * is held out: nothing was tuned on it. */
#ifndef DAQS_TESTS_CATALOGUE_H
#define DAQS_TESTS_CATALOGUE_H

#include "tests/sim/sim.h"

/* Why a scenario has a bound of its own: docs/policy.md. */
enum catalogue_kind {
    CATALOGUE_PLAIN,
    CATALOGUE_SWITCHES,  /* starts faster than reports can show: b99 of its own */
    CATALOGUE_ELSEWHERE, /* less gets through than the port carries: judged from when that can be
                            found, against the oracle */
};

struct catalogue_entry {
    const char *name;
    bool held_out;
    enum catalogue_kind kind;
    double b99_most; /* if kind is not plain; ELSEWHERE: above the oracle's */
    void (*make)(struct sim_setup *setup);
};

extern const struct catalogue_entry catalogue[];
extern const unsigned catalogue_count;

struct catalogue_figures {
    double use; /* percent, of the link */
    double b99; /* percent, mean over guaranteed VMs */
    double oracle_use;
    double oracle_b99;
    double changes; /* of limits, each second */
};

enum { CATALOGUE_FROM_MS = 3000, CATALOGUE_FOUND_MS = 8000 };

/* Runs a scenario with one seed under our policy and the oracle's. False if out of memory. */
bool catalogue_run(const struct catalogue_entry *entry, uint64_t seed,
                   struct catalogue_figures *ret);

#endif
