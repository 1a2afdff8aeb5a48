/* nic_facts - what the host's sysfs says of a domain's nic. */
#ifndef DAQS_AGENTD_NIC_FACTS_H
#define DAQS_AGENTD_NIC_FACTS_H

#include <stdio.h>

#include "agentd/agent_config.h"
#include "agentd/core/placing.h"

/* 'root' is "/sys", or a test's tree. An address that the domain does not say is PENDING. Its PF is
 * called by its own name. */
void nic_facts(const char *root, const struct domain_nic *nic, struct placing_facts *ret);

/* A line for each VF that the domain uses and the agent would not watch. */
void nic_facts_report(const char *root, const struct agent_config *config, const char *domain,
                      const char *xml, FILE *out);

#endif
