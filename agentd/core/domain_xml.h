/* SPDX-License-Identifier: Apache-2.0 */
/* domain_xml - extracts the nics of a libvirt domain from its XML description, and what those who
 * made it say of it. */
#ifndef DAQS_AGENTD_CORE_DOMAIN_XML_H
#define DAQS_AGENTD_CORE_DOMAIN_XML_H

#include <stdbool.h>
#include <stddef.h>

#include "agentd/core/vm_labels.h"
#include "shared/base/error.h"
#include "shared/base/mac.h"
#include "shared/base/name.h"

#define DOMAIN_NICS_MAX 64
#define DOMAIN_PCI_TEXT 16 /* "0000:01:10.0" */

/* How a nic is connected to the host's network. */
enum domain_nic_way {
    DOMAIN_NIC_OTHER,
    DOMAIN_NIC_PASSED, /* a passed-through PCI function */
    DOMAIN_NIC_MACVTAP,
    DOMAIN_NIC_VDPA,
};

struct domain_nic {
    bool mac_known; /* false for a plain <hostdev>, which does not include the address */
    struct daqs_mac mac;
    enum domain_nic_way way;
    char device[DAQS_IFNAME_MAX + 1]; /* interface below a macvtap, or "vhost-vdpa-0"; "": none */
    bool exclusive; /* macvtap: no other nic sends through the interface (mode passthrough) */
    char pci[DOMAIN_PCI_TEXT];       /* host address of a passed-through function; "": none */
    char guest_pci[DOMAIN_PCI_TEXT]; /* address that libvirt assigned in the guest; "": not on PCI.
                                        The guest's firmware may number its buses differently. */
};

/* Returns interfaces that have a MAC address, and passed-through PCI devices of any kind, in
 * document order, at most DOMAIN_NICS_MAX; and the domain's title and labels (NULL: not needed).
 * DAQS_ETOOBIG if the description exceeds 1 MiB, DAQS_EFORMAT if it does not describe a domain. */
int domain_xml_read(const char *xml, struct domain_nic ret[static DOMAIN_NICS_MAX],
                    size_t *ret_count, struct vm_labels *ret_labels, struct daqs_error *err);

#endif
