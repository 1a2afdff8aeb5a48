/* freeze - a guest whose file systems are frozen, as for a backup: its agent refuses nearly all
 * commands until they are thawed. Most take seconds, and the guest sends on meanwhile. */
#ifndef DAQS_AGENTD_CORE_FREEZE_H
#define DAQS_AGENTD_CORE_FREEZE_H

#include <stdbool.h>
#include <stdint.h>

/* A freeze that lasts longer is told like an agent that does not answer. */
#define FREEZE_GRACE_MS 60000

/* A guest's. Zero-initialise: not frozen. */
struct freeze {
    bool on;
    int64_t since_ms; /* monotonic */
};

/* A visit ended, and found the guest frozen or not. */
void freeze_note(struct freeze *freeze, bool frozen, int64_t now_ms);

/* The state of the nics of a guest that is frozen, enum daqs_nic_state. */
uint8_t freeze_state(const struct freeze *freeze, int64_t now_ms);

#endif
