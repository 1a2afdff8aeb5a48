/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/compliance.h"

#include "agentd/core/tc.h"

__extension__ typedef unsigned __int128 u128;

enum { LARGE_PACKET_BYTES = 65536 };

bool compliance_exceeds(const struct daqs_sample *sample, daqs_bps limit)
{
    if (limit == DAQS_UNLIMITED || sample->interval_us <= 0)
        return false;
    u128 bytes = (u128)limit * (uint64_t)sample->interval_us / 8 / 1000000;
    return sample->tx_bytes > bytes + bytes / 8 + tc_burst_bytes(limit) + LARGE_PACKET_BYTES;
}

void compliance_removed(struct compliance *o, int64_t now_ms)
{
    if (now_ms - o->removed_ms > COMPLIANCE_MEMORY_MS)
        o->removals = 0;
    if (o->removals < COMPLIANCE_REMOVALS)
        o->removals++;
    o->removed_ms = now_ms;
}

void compliance_sampled(struct compliance *o, bool exceeds, int64_t now_ms)
{
    if (exceeds && o->excesses < COMPLIANCE_EXCESSES)
        o->excesses++;
    else if (!exceeds && o->excesses > 0)
        o->excesses--;
    if (o->excesses < COMPLIANCE_EXCESSES)
        return;
    o->ignored = true;
    o->ignored_ms = now_ms;
}

enum daqs_nic_cause compliance_cause(const struct compliance *o, int64_t now_ms)
{
    if (o->ignored && now_ms - o->ignored_ms <= COMPLIANCE_MEMORY_MS)
        return DAQS_CAUSE_LIMIT_EXCEEDED;
    if (o->removals >= COMPLIANCE_REMOVALS && now_ms - o->removed_ms <= COMPLIANCE_MEMORY_MS)
        return DAQS_CAUSE_LIMIT_REMOVED;
    return DAQS_CAUSE_NONE;
}
