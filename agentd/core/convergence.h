/* SPDX-License-Identifier: Apache-2.0 */
/* convergence - determines which limits a report is about.
 *
 * Between the arrival of new limits and the moment when every responding guest has its limit,
 * readings show neither the old limits nor the new ones. */
#ifndef DAQS_AGENTD_CORE_CONVERGENCE_H
#define DAQS_AGENTD_CORE_CONVERGENCE_H

#include <stdbool.h>
#include <stdint.h>

/* Zero-initialise. Sequences are those of limits messages. Times are monotonic. */
struct convergence {
    uint64_t ordered;
    uint64_t in_force; /* sequence of the limits in force since since_ms */
    int64_t since_ms;
    uint64_t before; /* sequence of the limits in force before since_ms */
};

/* Records that limits were accepted. 'new_epoch': their epoch differs from that of the previous
 * limits. */
void convergence_ordered(struct convergence *convergence, uint64_t sequence, bool new_epoch);

/* Returns true until the limits accepted last are known to be in force on all nics. */
bool convergence_pending(const struct convergence *convergence);

/* Records that the limits accepted last are in force. 'changed' is false if they were in force
 * already, because they equal the previous limits. */
void convergence_reached(struct convergence *convergence, bool changed, int64_t now_ms);

/* Returns the sequence of the newest limits that were in force for at least half of the time
 * between two reports. */
uint64_t convergence_sequence_of(const struct convergence *convergence, int64_t from_ms,
                                 int64_t to_ms);

#endif
