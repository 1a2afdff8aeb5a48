/* SPDX-License-Identifier: Apache-2.0 */
/* nic_facts - what the host's sysfs shows about a domain's nic. */
#ifndef DAQS_AGENTD_HOST_NIC_FACTS_H
#define DAQS_AGENTD_HOST_NIC_FACTS_H

#include <stdio.h>

#include "agentd/core/placing.h"

/* Fills in the facts. 'root' is "/sys" or a test's tree. If the domain does not specify the
 * address, it is PLACING_ADDRESS_PENDING. ret->called is the kernel name of the PF. */
void nic_facts(const char *root, const struct domain_nic *nic, struct placing_facts *ret);

/* Prints a line for each VF that the domain uses and the agent would not watch. */
void nic_facts_report(const char *root, const struct uplink *uplink, size_t uplinks,
                      const char *domain, const char *xml, FILE *out);

#endif
