/* SPDX-License-Identifier: Apache-2.0 */
/* nic_report - prints what is known about the NICs of the uplinks. */
#ifndef DAQS_AGENTD_HOST_NIC_REPORT_H
#define DAQS_AGENTD_HOST_NIC_REPORT_H

#include <stdio.h>

#include "agentd/core/uplinks.h"

/* Prints a line for each PF that has a driver. 'root' is "/sys" or a test's tree. */
void nic_report(const char *root, const struct uplink *uplink, size_t uplinks, FILE *out);

#endif
