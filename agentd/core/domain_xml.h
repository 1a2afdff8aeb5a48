/* domain_xml - the nics of a libvirt domain, from its XML description. */
#ifndef DAQS_AGENTD_CORE_DOMAIN_XML_H
#define DAQS_AGENTD_CORE_DOMAIN_XML_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/error.h"
#include "shared/base/mac.h"
#include "shared/base/name.h"

#define DOMAIN_NICS_MAX 64
#define DOMAIN_PCI_TEXT 16 /* "0000:01:10.0" */

/* How a nic gets to the host's network. */
enum domain_nic_way {
    DOMAIN_NIC_OTHER,
    DOMAIN_NIC_PASSED, /* a PCI function, passed through */
    DOMAIN_NIC_MACVTAP,
    DOMAIN_NIC_VDPA,
};

struct domain_nic {
    bool mac_known; /* a plain <hostdev> does not say its address */
    struct daqs_mac mac;
    enum domain_nic_way way;
    char device[DAQS_IFNAME_MAX +
                1];            /* the interface below a macvtap, or "vhost-vdpa-0"; "": none */
    bool exclusive;            /* macvtap: nobody else sends through it (passthrough) */
    char pci[DOMAIN_PCI_TEXT]; /* host address of a passed-through function; "" if it is none */
    char guest_pci[DOMAIN_PCI_TEXT]; /* where libvirt put it in the guest; "" if not on PCI. The
                                        guest's firmware may number its buses otherwise. */
};

/* Interfaces that have a MAC address, and passed-through PCI devices, which may be anything, in the
 * order of the document; at most DOMAIN_NICS_MAX. DAQS_EFORMAT if it is not a domain. */
int domain_xml_nics(const char *xml, struct domain_nic ret[static DOMAIN_NICS_MAX],
                    size_t *ret_count, struct daqs_error *err);

#endif
