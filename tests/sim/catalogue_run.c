/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/catalogue.h"

static int64_t from_ms(const struct catalogue_entry *entry)
{
    return entry->kind == CATALOGUE_ELSEWHERE ? CATALOGUE_FOUND_MS : CATALOGUE_FROM_MS;
}

static double b99_of(const struct sim_setup *setup, const struct sim_result *result, int64_t from)
{
    double sum = 0;
    unsigned count = 0;
    for (unsigned i = 0; i < setup->vms; i++) {
        const struct sim_vm *vm = &setup->vm[i];
        if (vm->min == 0 && vm->min_change[0].at_ms == 0)
            continue;
        count++;
        sum += sim_b99(result, i, from, setup->length_ms);
    }
    return count ? sum / count : 0;
}

bool catalogue_run(const struct catalogue_entry *entry, uint64_t seed,
                   struct catalogue_figures *ret)
{
    static struct sim_setup setup;
    struct sim_result ours;
    struct sim_result oracle;
    setup = sim_default();
    setup.seed = seed;
    setup.length_ms = 40000;
    entry->make(&setup);
    bool done = sim_run(&setup, &ours);
    setup.rule = SIM_ORACLE;
    done = sim_run(&setup, &oracle) && done;
    if (done) {
        int64_t from = from_ms(entry);
        double seconds = (double)setup.length_ms / 1000;
        *ret = (struct catalogue_figures){.use = sim_use(&ours, from, setup.length_ms),
                                          .oracle_use = sim_use(&oracle, from, setup.length_ms),
                                          .b99 = b99_of(&setup, &ours, from),
                                          .oracle_b99 = b99_of(&setup, &oracle, from),
                                          .changes = ours.changes / seconds};
    }
    sim_result_done(&ours);
    sim_result_done(&oracle);
    return done;
}
