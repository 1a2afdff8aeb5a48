/* grace - a guest that cannot be asked for a moment, and sends on meanwhile: its file systems are
 * frozen for a backup, say, or another client holds its agent. Most of it takes seconds. */
#ifndef DAQS_AGENTD_CORE_GRACE_H
#define DAQS_AGENTD_CORE_GRACE_H

#include <stdbool.h>
#include <stdint.h>

/* What lasts longer is told like an agent that does not answer. */
#define GRACE_MS 60000

/* A guest's. Zero-initialise: it can be asked. */
struct grace {
    bool on;
    int64_t since_ms; /* monotonic */
};

/* It could be asked at 'at_ms', or not. Reasons that follow each other share their time. */
void grace_note(struct grace *grace, bool on, int64_t at_ms);

/* The state of the nics of such a guest, enum daqs_nic_state: 'state', which is in grace, as long
 * as the grace lasts. */
uint8_t grace_state(const struct grace *grace, uint8_t state, int64_t now_ms);

#endif
