/* SPDX-License-Identifier: Apache-2.0 */
/* agent_looks - when the sockets of guests are checked, and what the checks mean for their nics. */
#ifndef DAQS_AGENTD_AGENT_LOOKS_H
#define DAQS_AGENTD_AGENT_LOOKS_H

#include "agentd/agent_state.h"

/* Records what a nic has sent since the last report. */
void agent_looks_note(struct agent *agent, struct guest *guest, struct guest_nic *nic,
                      const struct daqs_sample *sample);

/* Returns true if the sockets of some guest are to be checked. */
bool agent_looks_due(const struct agent *agent, int64_t now_ms);

/* Starts the checks that are due, of guests that have nothing else to do. */
void agent_start_looks(struct agent *agent, int64_t now_ms);

/* Processes the result of a check. Removes the guest if it is leaving. */
void agent_take_look(struct agent *agent, struct guest *guest, const struct guest_job *job,
                     int64_t now_ms);

#endif
