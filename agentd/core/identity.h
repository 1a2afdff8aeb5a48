/* SPDX-License-Identifier: Apache-2.0 */
/* identity - determines which of a guest's interfaces are its nics.
 *
 * A nic is identified by its MAC address, which a bond, bridge, VLAN or failover device of the
 * guest has as well. Such interfaces are distinguished by what the guest's sysfs reports about
 * them, never by their order in the list. A guest can report anything, but it can only falsify data
 * about its own nics, and the host counts the traffic of their VFs. */
#ifndef DAQS_AGENTD_CORE_IDENTITY_H
#define DAQS_AGENTD_CORE_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agentd/core/domain_xml.h"
#include "agentd/core/identity_facts.h"
#include "agentd/core/qga_interfaces.h"

#define IDENTITY_NICS_MAX 64

/* Position of a nic according to its source. */
struct identity_slot {
    char pci[DOMAIN_PCI_TEXT]; /* in the guest, with the host's bus numbers; "": not known */
    bool passed_through;       /* a PCI function in the guest, not a paravirtual device */
};

struct identity_nic {
    struct daqs_mac mac;
    struct identity_slot slot;
    const char *moves_with; /* result of identity_moves_with; NULL or "": not known */
};

/* Values used instead of an interface's index in the list. */
#define IDENTITY_NONE (-1) /* not listed */
#define IDENTITY_OPEN (-2) /* several interfaces are possible */

/* Stores the index of each nic's interface in 'ret'. Returns true if some nics stay open. 'facts'
 * may be about other interfaces, or empty. There are at most IDENTITY_NICS_MAX nics. */
bool identity_resolve(const struct identity_nic *nic, size_t nics,
                      const struct qga_interface *interface, size_t interfaces,
                      const struct identity_facts *facts, int *ret);

/* Marks the interfaces that could be one of the open nics, without using counter comparison.
 * 'place' receives the same as 'ret' above. */
void identity_candidates(const struct identity_nic *nic, size_t nics,
                         const struct qga_interface *interface, size_t interfaces,
                         const struct identity_facts *facts, int *place,
                         bool ret[static QGA_INTERFACES_MAX]);

/* Returns a hash of everything that facts depend on: the nics, and the interfaces that could be
 * them, in any order. Facts must be read again when it changes. */
uint64_t identity_key(const struct identity_nic *nic, size_t nics,
                      const struct qga_interface *interface, size_t interfaces);

/* Builds the command that reads the facts about these interfaces. */
void identity_ask(struct guest_sysfs *ask, const struct identity_nic *nic, size_t nics,
                  const struct qga_interface *interface, size_t interfaces);

#endif
