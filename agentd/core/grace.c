/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/grace.h"

#include "shared/base/model.h"

void grace_note(struct grace *grace, bool on, int64_t at_ms)
{
    if (on && !grace->on)
        grace->since_ms = at_ms;
    grace->on = on;
}

uint8_t grace_state(const struct grace *grace, uint8_t state, int64_t now_ms)
{
    return now_ms - grace->since_ms < GRACE_MS ? state : (uint8_t)DAQS_NIC_UNRESPONSIVE;
}
