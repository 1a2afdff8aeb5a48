/* SPDX-License-Identifier: Apache-2.0 */
/* sysfs - reads what the kernel shows about physical and virtual functions. */
#ifndef DAQS_AGENTD_HOST_SYSFS_H
#define DAQS_AGENTD_HOST_SYSFS_H

#include <stdbool.h>

#include "shared/base/model.h"
#include "shared/base/name.h"

/* 'root' is "/sys" or a test's tree. */

/* Returns the speed of a network interface's link; 0 if it is not known: the link is down, the
 * interface is virtual and has none, or the value is not a speed of Ethernet (a marker for an
 * unknown speed, 65535 or 4294967295, or more than 3.2 Tbit/s). */
daqs_bps sysfs_link_speed(const char *root, const char *ifname);

/* Returns whether the interface has a carrier. DAQS_LINK_UNKNOWN if it does not exist or is not up:
 * VFs of some NICs send while their PF's interface is not up. */
enum daqs_link sysfs_link(const char *root, const char *ifname);

/* Gets the name of the physical function of the VF with this PCI address ("0000:01:10.0"); "" if
 * the function is not a VF or its PF has no network interface. In switchdev mode it is the name of
 * the uplink's representor, not that of a VF's representor. */
void sysfs_physical(const char *root, const char *pci, char ret[static DAQS_IFNAME_MAX + 1]);

/* Returns true if the function with this PCI address is a VF of a network card. */
bool sysfs_is_nic_vf(const char *root, const char *pci);

/* Gets the PCI address of the function behind a network interface, or behind a vDPA device
 * ("vhost-vdpa-0"). Returns false if there is none. */
#define SYSFS_PCI_BYTES 16
bool sysfs_pci_of_interface(const char *root, const char *ifname, char ret[static SYSFS_PCI_BYTES]);
bool sysfs_pci_of_vdpa(const char *root, const char *name, char ret[static SYSFS_PCI_BYTES]);

/* Returns the number of the VF with this PCI address on its physical function; -1 if it is not a
 * VF. */
int sysfs_vf_number(const char *root, const char *pci);

/* Returns true if the function behind a network interface has VFs or can have them. */
bool sysfs_has_vfs(const char *root, const char *ifname);

/* Gets the names of the interfaces below this one, such as the ports of a bond, that have VFs or
 * can have them. The names are sorted and separated by ", "; "" if there are none. Names that do
 * not fit are left out. */
#define SYSFS_PORTS_BYTES 256
void sysfs_ports_with_vfs(const char *root, const char *ifname, char ret[static SYSFS_PORTS_BYTES]);

/* Gets the identifier of the port behind a network interface (phys_port_id); "" if it is not known.
 * The size includes the NUL. */
#define SYSFS_PORT_ID_BYTES 72
void sysfs_port_id(const char *root, const char *ifname, char ret[static SYSFS_PORT_ID_BYTES]);

/* Gets the name of the driver of a network interface. The size includes the NUL. Returns false if
 * the interface has no driver or its name is longer. */
#define SYSFS_DRIVER_BYTES 64
bool sysfs_driver(const char *root, const char *ifname, char ret[static SYSFS_DRIVER_BYTES]);

#endif
