/* host_nics - the nics that its host gave a VM, where no libvirt tells them: as Proxmox VE
 * configures it, or as QEMU was started. Interfaces that exist only inside the guest are not among
 * them. */
#ifndef DAQS_AGENTD_CORE_HOST_NICS_H
#define DAQS_AGENTD_CORE_HOST_NICS_H

#include <stdbool.h>
#include <stddef.h>

#include "agentd/core/domain_xml.h"

struct host_nics {
    size_t count;
    struct domain_nic nic[DOMAIN_NICS_MAX];
    bool more; /* there may be others, of which this does not tell */
};

/* A nic with this address, or a function of the host that was passed through: "0000:01:10.0" or
 * "01:10.0", and without the function all eight. False if that is no address; beyond
 * DOMAIN_NICS_MAX there are 'more'. */
bool host_nics_add_mac(struct host_nics *nics, const char *mac);
bool host_nics_add_pci(struct host_nics *nics, const char *pci);

bool host_nics_equal(const struct host_nics *a, const struct host_nics *b);

/* Of a VM's configuration in Proxmox VE (qm.conf(5)): netN and hostpciN as they are in force, not
 * what is pending or of snapshots. A function by its 'mapping', or 'args', is not understood:
 * there are 'more' then. */
void host_nics_of_pve(const char *text, struct host_nics *ret);

/* Of the arguments of a process, each with a NUL behind it, as in /proc/PID/cmdline. False if it is
 * no QEMU with a character device on this socket. Nics that are plugged in later are not among
 * its arguments. */
bool host_nics_of_qemu(const char *args, size_t length, const char *socket, struct host_nics *ret);

#endif
