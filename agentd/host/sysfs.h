/* sysfs - what the kernel says about physical and virtual functions. */
#ifndef DAQS_AGENTD_HOST_SYSFS_H
#define DAQS_AGENTD_HOST_SYSFS_H

#include <stdbool.h>

#include "shared/base/name.h"
#include "shared/base/rate.h"

/* 'root' is "/sys", or a test's tree. */

/* Speed of a network interface's link; 0 if it is not known: it is down, has none (virtual ones),
 * or shows what no Ethernet link has: one of the markers for an unknown speed (65535, 4294967295),
 * or more than 3.2 Tbit/s. */
daqs_bps sysfs_link_speed(const char *root, const char *ifname);

/* The name of the physical function that the VF with this PCI address ("0000:01:10.0")
 * belongs to; "" if it is no VF or its PF has no network interface. In switchdev mode that is the
 * uplink's representor, not one of a VF. */
void sysfs_physical(const char *root, const char *pci, char ret[static DAQS_IFNAME_MAX + 1]);

/* True if the function with this PCI address is a VF of a network card. */
bool sysfs_is_nic_vf(const char *root, const char *pci);

/* The PCI address of the function behind a network interface, or behind a vDPA device
 * ("vhost-vdpa-0"). False: there is none. */
#define SYSFS_PCI_BYTES 16
bool sysfs_pci_of_interface(const char *root, const char *ifname, char ret[static SYSFS_PCI_BYTES]);
bool sysfs_pci_of_vdpa(const char *root, const char *name, char ret[static SYSFS_PCI_BYTES]);

/* The number of the VF with this PCI address on its physical function; -1 if it is no VF. */
int sysfs_vf_number(const char *root, const char *pci);

/* True if the function behind a network interface has VFs, or can have. */
bool sysfs_has_vfs(const char *root, const char *ifname);

/* The interfaces beneath this one, as the ports of a bond, that have VFs: their names, ordered,
 * with ", " between them; "": none. What does not fit is left out. */
#define SYSFS_PORTS_BYTES 256
void sysfs_ports_with_vfs(const char *root, const char *ifname, char ret[static SYSFS_PORTS_BYTES]);

/* What tells the port behind a network interface from others (phys_port_id), with room for its NUL;
 * "": not known. */
#define SYSFS_PORT_ID_BYTES 72
void sysfs_port_id(const char *root, const char *ifname, char ret[static SYSFS_PORT_ID_BYTES]);

/* The name of the driver of a network interface, with room for its NUL. False: it has none, or a
 * longer one. */
#define SYSFS_DRIVER_BYTES 64
bool sysfs_driver(const char *root, const char *ifname, char ret[static SYSFS_DRIVER_BYTES]);

#endif
