/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/lease.h"

/* No controller can be configured with a longer lease. */
enum { LEASE_MOST_MS = 600000 };

enum lease_verdict lease_receive(struct lease *lease, uint64_t epoch, uint64_t sequence,
                                 uint32_t lease_ms, int64_t now_ms)
{
    if (!lease_heard_of(lease, epoch)) {
        lease->outdated++;
        return LEASE_OLD_EPOCH;
    }
    if (epoch == lease->epoch && sequence <= lease->sequence) {
        lease->overtaken++;
        return LEASE_OLD_SEQUENCE;
    }
    lease->epoch = epoch;
    lease->sequence = sequence;
    lease->stale_controller = 0;
    lease_resume(lease, lease_ms, now_ms);
    return LEASE_OBEY;
}

void lease_resume(struct lease *lease, uint32_t lease_ms, int64_t now_ms)
{
    lease->expires_ms = now_ms + (lease_ms < LEASE_MOST_MS ? lease_ms : LEASE_MOST_MS);
    lease->held = true;
}

bool lease_heard_of(struct lease *lease, uint64_t epoch)
{
    if (epoch >= lease->epoch)
        return true;
    lease->stale_controller = epoch;
    return false;
}

bool lease_expired(struct lease *lease, int64_t now_ms)
{
    if (!lease->held || now_ms < lease->expires_ms)
        return false;
    lease->held = false;
    return true;
}
