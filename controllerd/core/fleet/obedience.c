/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/fleet/obedience.h"

void obedience_hello(struct fleet_host *host, uint64_t obeyed, uint64_t epoch)
{
    host->epoch = epoch;
    host->obeyed = obeyed;
    host->fenced = obeyed > epoch;
}

void obedience_raised(const struct fleet *fleet, uint64_t epoch)
{
    for (size_t i = 0; i < fleet_count(fleet); i++) {
        struct fleet_host *host = fleet_at(fleet, i);
        obedience_hello(host, host->obeyed, epoch > host->epoch ? epoch : host->epoch);
    }
}

static bool is_ahead(uint64_t epoch, int64_t wall_ms, int64_t by_ms)
{
    return wall_ms + by_ms < 0 || epoch > (uint64_t)(wall_ms + by_ms);
}

bool obedience_is_ahead(const struct fleet_host *host, int64_t wall_ms)
{
    return is_ahead(host->obeyed, wall_ms, OBEDIENCE_SKEW_MS);
}

struct obedience obedience_of(const struct fleet *fleet, int64_t wall_ms)
{
    struct obedience obedience = {0};
    for (size_t i = 0; i < fleet_count(fleet); i++) {
        const struct fleet_host *host = fleet_at(fleet, i);
        obedience.disobey += host->fenced;
        if (is_ahead(host->obeyed, wall_ms, OBEDIENCE_AHEAD_MS)) {
            obedience.left_out++;
            obedience.of = host;
        } else if (host->obeyed > obedience.highest) {
            obedience.highest = host->obeyed;
        }
    }
    return obedience;
}
