/* SPDX-License-Identifier: Apache-2.0 */
/* port_stats - reads what a physical function and its port have sent, as counted on the host.
 *
 * The PF's own counters are read from sysfs, which takes no lock. The port's total has a different
 * name with every driver. It is read with ethtool's ioctl, which takes RTNL: meanwhile every other
 * program that changes or lists network devices waits. The port is therefore queried for at most a
 * fiftieth of the time, however long its driver takes. Needs no privileges. */
#ifndef DAQS_AGENTD_HOST_PORT_STATS_H
#define DAQS_AGENTD_HOST_PORT_STATS_H

#include "agentd/core/port_counters.h"

/* Calls ethtool's ioctl on a network interface. Returns 0, or -1 with errno set. */
typedef int ethtool_call(const char *ifname, void *request);
int port_stats_ioctl(const char *ifname, void *request);

/* Used by one thread at a time. */
struct port_stats;

/* Creates a reader for the network interface. 'root' is "/sys" or a test's tree; it is not copied.
 * Opens nothing before the first read. Returns NULL if out of memory or if the name is not
 * valid. */
struct port_stats *port_stats_new(const char *root, const char *ifname, ethtool_call *call);
void port_stats_free(struct port_stats *stats);

void port_stats_read(struct port_stats *stats, struct port_facts *ret);

#endif
