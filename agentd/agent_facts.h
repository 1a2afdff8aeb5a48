/* SPDX-License-Identifier: Apache-2.0 */
/* agent_facts - the uplink readings of a report. */
#ifndef DAQS_AGENTD_AGENT_FACTS_H
#define DAQS_AGENTD_AGENT_FACTS_H

#include "agentd/agent_state.h"

/* Returns true if it is time to read what this PF and its port have sent. */
bool agent_facts_due(const struct agent *agent, const struct agent_pf *pf, int64_t now_ms);

/* Fills in a reading for each uplink: all of its PFs together, since the last call, given the
 * readings of all nics in the inventory. Returns the number of readings; 0 if nothing is known
 * about any uplink. */
uint32_t agent_facts_report(struct agent *agent, const struct daqs_nic_reading *reading,
                            int64_t now_ms,
                            struct daqs_uplink_reading ret[static DAQS_MAX_UPLINKS]);

#endif
