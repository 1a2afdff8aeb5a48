/* agent_facts - what a report says of uplinks. */
#ifndef DAQS_AGENTD_AGENT_FACTS_H
#define DAQS_AGENTD_AGENT_FACTS_H

#include "agentd/agent_state.h"

/* Is it time to look at what this PF and its port have sent? */
bool agent_facts_due(const struct agent *agent, const struct agent_pf *pf, int64_t now_ms);

/* Fills in a reading for each uplink, of all its PFs together, of the time since the last call,
 * given the readings of all nics in the inventory. Returns how many: 0 if nothing is known of any.
 */
uint32_t agent_facts_report(struct agent *agent, const struct daqs_nic_reading *reading,
                            int64_t now_ms,
                            struct daqs_uplink_reading ret[static DAQS_MAX_UPLINKS]);

#endif
