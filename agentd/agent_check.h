/* agent_check - does what the configuration names exist on this machine? */
#ifndef DAQS_AGENTD_AGENT_CHECK_H
#define DAQS_AGENTD_AGENT_CHECK_H

#include <stdio.h>

#include "agentd/agent_config.h"

/* Logs a line for each thing that is not as it should be; returns how many of them keep the agent
 * from its work as things are now. Asks no other daemon. */
unsigned agent_check(const struct agent_config *config);

/* Does an uplink whose VFs are to be found or limited have none, while interfaces beneath it, as
 * the ports of a bond, have some? Then in words; else "". 'name' is its interface's own name, and
 * 'root' "/sys", or a test's tree. */
#define AGENT_CHECK_BYTES 480
bool agent_check_elsewhere(const struct uplink *uplink, const char *name, const char *root,
                           char ret[static AGENT_CHECK_BYTES]);

/* As agent_check, about libvirt, if guests come from there: connects to it, which may take a while.
 * Prints a line for each VF in use that would not be watched; that is no problem. */
unsigned agent_check_libvirt(const struct agent_config *config, FILE *out);

#endif
