#include "agentd/core/freeze.h"

#include "shared/base/model.h"

void freeze_note(struct freeze *freeze, bool frozen, int64_t now_ms)
{
    if (frozen && !freeze->on)
        freeze->since_ms = now_ms;
    freeze->on = frozen;
}

uint8_t freeze_state(const struct freeze *freeze, int64_t now_ms)
{
    bool lasts = now_ms - freeze->since_ms >= FREEZE_GRACE_MS;
    return lasts ? DAQS_NIC_UNRESPONSIVE : DAQS_NIC_FROZEN;
}
