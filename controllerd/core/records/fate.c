/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/records/fate.h"

int64_t fate_pause_ms(unsigned tries, uint32_t seed)
{
    const unsigned steps = FATE_PAUSE_MOST_MS / FATE_PAUSE_STEP_MS;
    const unsigned most_ms = FATE_PAUSE_STEP_MS * (tries < steps ? tries : steps);
    return seed % (most_ms + 1);
}

void fate_begin(struct fate *fate, int64_t now_ms)
{
    *fate = (struct fate){.begun_ms = now_ms};
}

enum fate_next fate_of_write(struct fate *fate, enum pg_outcome outcome, enum pg_class class,
                             int64_t now_ms)
{
    if (outcome == PG_DONE)
        return FATE_STORED;
    if (outcome == PG_UNKNOWN) {
        fate->doubt_ms = now_ms > 0 ? now_ms : 1;
        fate->one_server = class == PG_CLASS_NOT_REPLICATED;
        return FATE_LOOK;
    }
    if (class == PG_CLASS_CONFLICT)
        return FATE_RELOAD;
    if (class == PG_CLASS_AGAIN && now_ms - fate->begun_ms < FATE_AGAIN_MS)
        return FATE_AGAIN;
    return FATE_REFUSED;
}

enum fate_next fate_of_look(const struct fate *fate, bool answered, bool found, int64_t now_ms)
{
    if (answered && found)
        return FATE_STORED;
    if (answered)
        return FATE_REFUSED;
    return now_ms - fate->doubt_ms < FATE_LOOK_MS ? FATE_LOOK : FATE_UNKNOWN;
}
