/* SPDX-License-Identifier: Apache-2.0 */
/* agent_check - checks that what the configuration names exists on this machine. */
#ifndef DAQS_AGENTD_AGENT_CHECK_H
#define DAQS_AGENTD_AGENT_CHECK_H

#include <stdio.h>

#include "agentd/agent_config.h"

/* Logs a line for each problem. Returns how many of them prevent the agent from working at the
 * moment. Does not connect to any other daemon. */
unsigned agent_check(const struct agent_config *config);

/* Checks whether an uplink whose VFs are to be found or limited has no VFs while interfaces below
 * it, such as the ports of a bond, have some. If so, returns true and sets 'ret' to a description;
 * otherwise sets it to "". 'name' is the kernel name of its interface, and 'root' is "/sys" or a
 * test's tree. */
#define AGENT_CHECK_BYTES 480
bool agent_check_elsewhere(const struct uplink *uplink, const char *name, const char *root,
                           char ret[static AGENT_CHECK_BYTES]);

/* Prints the controllers that a group has told this agent of, in the order in which it will dial
 * them, before the configured ones. */
void agent_check_controllers(const struct agent_config *config, FILE *out);

/* Checks libvirt as agent_check does, if guests come from there: connects to libvirtd, which may
 * take a while. Prints a line for each VF that is in use and would not be watched; such a VF does
 * not count as a problem. */
unsigned agent_check_libvirt(const struct agent_config *config, FILE *out);

#endif
