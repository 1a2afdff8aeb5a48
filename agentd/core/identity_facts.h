/* identity_facts - what a guest's sysfs says of its interfaces: what they are, and where. */
#ifndef DAQS_AGENTD_CORE_IDENTITY_FACTS_H
#define DAQS_AGENTD_CORE_IDENTITY_FACTS_H

#include <stdbool.h>
#include <stddef.h>

#include "agentd/core/domain_xml.h"
#include "agentd/core/guest_sysfs.h"
#include "agentd/core/qga_interfaces.h"

/* What an interface is, from the least like a nic to the most. */
enum identity_kind {
    IDENTITY_STACKED,  /* a bridge, bond, VLAN, ... on others */
    IDENTITY_PLAIN,    /* nothing is said of it */
    IDENTITY_DEVICE,   /* it has a device, as paravirtual ones have */
    IDENTITY_FUNCTION, /* its device is a PCI function */
};

struct identity_fact {
    char ifname[DAQS_IFNAME_MAX + 1];
    enum identity_kind kind;
    char pci[DOMAIN_PCI_TEXT]; /* as the guest numbers its buses; "": none */
    bool permanent_known;
    struct daqs_mac permanent; /* what it had before it got its bond's address */
};

/* What was found out about a guest's interfaces. Zero-initialise: nothing. */
struct identity_facts {
    size_t count;
    struct identity_fact fact[QGA_INTERFACES_MAX];
};

void identity_facts_begin(struct guest_sysfs *ask);

/* One more interface; a name that is not fit for a path, or one too many, is left out. */
void identity_facts_add(struct guest_sysfs *ask, const char *ifname);

/* What the command printed, in place of what was known; lines that make no sense are passed over.
 */
void identity_facts_parse(const char *printed, struct identity_facts *ret);

#endif
