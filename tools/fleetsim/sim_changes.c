/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/fleetsim/sim_changes.h"

#include <inttypes.h>
#include <stdio.h>

void sim_changes_obeys(const struct sim_host *host, const char *controller, uint64_t epoch,
                       bool moves, int64_t at_us)
{
    (void)fprintf(stderr, "%" PRId64 " us %s %s %s epoch %" PRIu64 "\n", at_us, host->name,
                  moves ? "moves to" : "obeys", controller, epoch);
}

void sim_changes_lapsed(const struct sim_host *host, int64_t at_us)
{
    (void)fprintf(stderr, "%" PRId64 " us %s lapsed\n", at_us, host->name);
}

void sim_changes_guarantees(const struct sim_host *host, const struct daqs_nic_setting *setting,
                            int64_t at_us)
{
    const struct daqs_inventory *inventory = &host->inventory;
    for (uint32_t n = 0; n < host->shape->nics; n++)
        if (host->setting[n].min > 0 && setting[n].min == 0)
            (void)fprintf(stderr, "%" PRId64 " us %s %s lost its guarantee\n", at_us, host->name,
                          inventory->vm[inventory->nic[n].vm].name);
}
