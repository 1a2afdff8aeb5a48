/* agent_check - does what the configuration names exist on this machine? */
#ifndef DAQS_AGENTD_IO_AGENT_CHECK_H
#define DAQS_AGENTD_IO_AGENT_CHECK_H

#include <stdio.h>

#include "agentd/io/agent_config.h"

/* Logs a line for each thing that is not as it should be; returns how many of them keep the agent
 * from its work as things are now. Asks no other daemon. */
unsigned agent_check(const struct agent_config *config);

/* The same about libvirt, if guests come from there: connects to it, which may take a while. Prints
 * a line for each VF in use that would not be watched; that is no problem. */
unsigned agent_check_libvirt(const struct agent_config *config, FILE *out);

#endif
