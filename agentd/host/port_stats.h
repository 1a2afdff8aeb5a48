/* port_stats - what a physical function and its port have sent, as the host counts it.
 *
 * The PF's own counters are read from sysfs, which takes no lock. The port's total has another name
 * with every driver, and is read by ethtool's ioctl, which takes RTNL: while one is asked all
 * others wait who change or list network devices. So the port is asked for at most a fiftieth of
 * the time, however long its driver takes. Needs no privileges. */
#ifndef DAQS_AGENTD_HOST_PORT_STATS_H
#define DAQS_AGENTD_HOST_PORT_STATS_H

#include "agentd/core/port_counters.h"

/* ethtool's ioctl on a network interface: 0, or -1 and errno. */
typedef int ethtool_call(const char *ifname, void *request);
int port_stats_ioctl(const char *ifname, void *request);

/* One thread at a time. */
struct port_stats;

/* Of the network interface; 'root' is "/sys", or a test's tree, and stays the caller's. NULL if out
 * of memory. Nothing is opened before it is read. */
struct port_stats *port_stats_new(const char *root, const char *ifname, ethtool_call *call);
void port_stats_free(struct port_stats *stats);

void port_stats_read(struct port_stats *stats, struct port_facts *ret);

#endif
