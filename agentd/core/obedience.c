#include "agentd/core/obedience.h"

#include "agentd/core/tc.h"

__extension__ typedef unsigned __int128 u128;

enum { LARGE_PACKET_BYTES = 65536 };

bool obedience_exceeds(const struct daqs_sample *sample, daqs_bps limit)
{
    if (limit == DAQS_UNLIMITED || sample->interval_us <= 0)
        return false;
    u128 bytes = (u128)limit * (uint64_t)sample->interval_us / 8 / 1000000;
    return sample->tx_bytes > bytes + bytes / 8 + tc_burst_bytes(limit) + LARGE_PACKET_BYTES;
}

void obedience_removed(struct obedience *o, int64_t now_ms)
{
    if (now_ms - o->removed_ms > OBEDIENCE_MEMORY_MS)
        o->removals = 0;
    if (o->removals < OBEDIENCE_REMOVALS)
        o->removals++;
    o->removed_ms = now_ms;
}

void obedience_sampled(struct obedience *o, bool exceeds, int64_t now_ms)
{
    if (exceeds && o->excesses < OBEDIENCE_EXCESSES)
        o->excesses++;
    else if (!exceeds && o->excesses > 0)
        o->excesses--;
    if (o->excesses < OBEDIENCE_EXCESSES)
        return;
    o->ignored = true;
    o->ignored_ms = now_ms;
}

enum daqs_nic_cause obedience_cause(const struct obedience *o, int64_t now_ms)
{
    if (o->ignored && now_ms - o->ignored_ms <= OBEDIENCE_MEMORY_MS)
        return DAQS_CAUSE_LIMIT_EXCEEDED;
    if (o->removals >= OBEDIENCE_REMOVALS && now_ms - o->removed_ms <= OBEDIENCE_MEMORY_MS)
        return DAQS_CAUSE_LIMIT_REMOVED;
    return DAQS_CAUSE_NONE;
}
