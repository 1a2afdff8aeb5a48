/* nic_report - what is known of the NICs of the uplinks, for people. */
#ifndef DAQS_AGENTD_NIC_REPORT_H
#define DAQS_AGENTD_NIC_REPORT_H

#include <stdio.h>

#include "agentd/agent_config.h"

/* A line for each uplink with a driver; 'root' is "/sys", or a test's tree. */
void nic_report(const struct agent_config *config, const char *root, FILE *out);

#endif
