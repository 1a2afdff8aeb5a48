/* SPDX-License-Identifier: Apache-2.0 */
/* identity_facts - what a guest's sysfs reports about its interfaces: their kind and position. */
#ifndef DAQS_AGENTD_CORE_IDENTITY_FACTS_H
#define DAQS_AGENTD_CORE_IDENTITY_FACTS_H

#include <stdbool.h>
#include <stddef.h>

#include "agentd/core/domain_xml.h"
#include "agentd/core/guest_sysfs.h"
#include "agentd/core/qga_interfaces.h"

/* Kind of an interface, from the least like a nic to the most. */
enum identity_kind {
    IDENTITY_STACKED,  /* a bridge, bond, VLAN, ... on top of others */
    IDENTITY_PLAIN,    /* nothing is known about it */
    IDENTITY_DEVICE,   /* has a device, as paravirtual interfaces do */
    IDENTITY_FUNCTION, /* its device is a PCI function */
};

struct identity_fact {
    char ifname[DAQS_IFNAME_MAX + 1];
    enum identity_kind kind;
    char pci[DOMAIN_PCI_TEXT]; /* with the guest's bus numbers; "": none */
    bool permanent_known;
    struct daqs_mac permanent; /* its address before it received that of its bond */
};

/* Facts about a guest's interfaces. Zero-initialise: none. */
struct identity_facts {
    size_t count;
    struct identity_fact fact[QGA_INTERFACES_MAX];
};

void identity_facts_begin(struct guest_sysfs *ask);

/* Adds an interface. Names that are not valid in a path, and interfaces beyond the maximum, are
 * left out. */
void identity_facts_add(struct guest_sysfs *ask, const char *ifname);

/* Replaces the facts with those in the command's output. Malformed lines are skipped. */
void identity_facts_parse(const char *printed, struct identity_facts *ret);

#endif
