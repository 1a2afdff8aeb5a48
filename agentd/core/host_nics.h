/* SPDX-License-Identifier: Apache-2.0 */
/* host_nics - the nics that the host gave a VM, for hosts without libvirt: from the configuration
 * of Proxmox VE, or from the command line of QEMU. Interfaces that exist only inside the guest are
 * not included. */
#ifndef DAQS_AGENTD_CORE_HOST_NICS_H
#define DAQS_AGENTD_CORE_HOST_NICS_H

#include <stdbool.h>
#include <stddef.h>

#include "agentd/core/domain_xml.h"

struct host_nics {
    size_t count;
    struct domain_nic nic[DOMAIN_NICS_MAX];
    bool more; /* the list may be incomplete */
};

/* Add a nic with this MAC address, or a passed-through function of the host: "0000:01:10.0" or
 * "01:10.0". Without a function number all eight functions are added. False if the text is not an
 * address. Beyond DOMAIN_NICS_MAX only 'more' is set. */
bool host_nics_add_mac(struct host_nics *nics, const char *mac);
bool host_nics_add_pci(struct host_nics *nics, const char *pci);

bool host_nics_equal(const struct host_nics *a, const struct host_nics *b);

/* Parses a VM's configuration in Proxmox VE (qm.conf(5)): netN and hostpciN as in force, without
 * pending changes and snapshots. A function given as 'mapping', and 'args', are not evaluated and
 * set 'more'. */
void host_nics_of_pve(const char *text, struct host_nics *ret);

/* Parses the arguments of a process, each terminated by a NUL, as in /proc/PID/cmdline. False if
 * the process is not a QEMU with a character device on this socket. Nics that are plugged in later
 * do not appear in its arguments. */
bool host_nics_of_qemu(const char *args, size_t length, const char *socket, struct host_nics *ret);

#endif
