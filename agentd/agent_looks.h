/* agent_looks - when guests' sockets are looked at, and what that says of their nics. */
#ifndef DAQS_AGENTD_AGENT_LOOKS_H
#define DAQS_AGENTD_AGENT_LOOKS_H

#include "agentd/agent_state.h"

/* A nic has sent this since the last report. */
void agent_looks_note(struct agent *agent, struct guest *guest, struct guest_nic *nic,
                      const struct daqs_sample *sample);

/* True if some guest is to be looked at. */
bool agent_looks_due(const struct agent *agent, int64_t now_ms);

/* Starts the looks that are due, at guests for which there is nothing else to do. */
void agent_start_looks(struct agent *agent, int64_t now_ms);

/* A look has ended; the guest may go with it. */
void agent_take_look(struct agent *agent, struct guest *guest, const struct guest_job *job,
                     int64_t now_ms);

#endif
