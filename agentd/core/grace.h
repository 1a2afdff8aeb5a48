/* SPDX-License-Identifier: Apache-2.0 */
/* grace - tracks a guest that cannot be queried for a short time but continues to send: for
 * example, its file systems are frozen for a backup, or another client holds its agent. Most of
 * these conditions last seconds. */
#ifndef DAQS_AGENTD_CORE_GRACE_H
#define DAQS_AGENTD_CORE_GRACE_H

#include <stdbool.h>
#include <stdint.h>

/* A condition that lasts longer is reported like an agent that does not respond. */
#define GRACE_MS 60000

/* Per guest. Zero-initialise: it can be queried. */
struct grace {
    bool on;
    int64_t since_ms; /* monotonic */
};

/* Records whether the guest was in grace at 'at_ms', that is, could not be queried. Consecutive
 * conditions share one period. */
void grace_note(struct grace *grace, bool on, int64_t at_ms);

/* Returns the state (enum daqs_nic_state) of the nics of a guest in grace: 'state' until GRACE_MS
 * have passed, DAQS_NIC_UNRESPONSIVE after that. */
uint8_t grace_state(const struct grace *grace, uint8_t state, int64_t now_ms);

#endif
