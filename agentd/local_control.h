/* SPDX-License-Identifier: Apache-2.0 */
/* local_control - decides limits from the agent's own readings while no controller's lease is
 * held. */
#ifndef DAQS_AGENTD_LOCAL_CONTROL_H
#define DAQS_AGENTD_LOCAL_CONTROL_H

#include <stdbool.h>

#include "agentd/core/inventory.h"
#include "agentd/core/local_policy.h"
#include "agentd/core/pace.h"

struct local_control; /* opaque */

/* All of them must outlive it. */
struct local_control_setup {
    struct inventory *inventory;
    const struct pace *pace;
    /* Starts to put the limits that the nics are to have into force. */
    void (*apply)(void *arg, int64_t now_ms);
    void *arg;
};

/* Returns NULL if out of memory. */
struct local_control *local_control_new(const struct local_control_setup *setup);
/* NULL is fine. */
void local_control_free(struct local_control *control);

/* Decides limits from the readings of a report, which cover the time since 'from_ms'. Does nothing
 * if no settings of nics are known. */
void local_control_decide(struct local_control *control, const struct order_terms *terms,
                          const struct local_readings *readings, int64_t from_ms, int64_t now_ms);

/* Carries what it remembers over after the inventory was built again. */
void local_control_carry(struct local_control *control);

/* Forgets everything, because a controller commands. */
void local_control_end(struct local_control *control);

/* Returns true until the limits decided last are known to be in force. */
bool local_control_pending(const struct local_control *control);
/* Records that all limits are in force. */
void local_control_in_force(struct local_control *control, int64_t now_ms);

#endif
