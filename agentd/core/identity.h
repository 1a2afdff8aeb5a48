/* identity - which of a guest's interfaces are its nics.
 *
 * A nic is known by its MAC address, which a bond, bridge, VLAN or failover device of the guest has
 * as well. Those are told apart by what the guest's sysfs says of them, and never by their order.
 * A guest may answer what it likes: it can only deceive us about its own nics, whose VFs count. */
#ifndef DAQS_AGENTD_CORE_IDENTITY_H
#define DAQS_AGENTD_CORE_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agentd/core/domain_xml.h"
#include "agentd/core/identity_facts.h"
#include "agentd/core/qga_interfaces.h"

#define IDENTITY_NICS_MAX 64

/* Where a nic is, as its source says. */
struct identity_slot {
    char pci[DOMAIN_PCI_TEXT]; /* in the guest, as the host numbers its buses; "": not known */
    bool passed_through;       /* it is a PCI function in the guest, and no paravirtual device */
};

struct identity_nic {
    struct daqs_mac mac;
    struct identity_slot slot;
    const char *moves_with; /* as identity_moves_with has it; NULL or "": not known */
};

/* Instead of an interface's place in the list. */
#define IDENTITY_NONE (-1) /* it is not listed */
#define IDENTITY_OPEN (-2) /* several could be it */

/* The place of each nic's interface in the list. True if some stay open; 'facts' may be of other
 * interfaces, or none. Nics are at most IDENTITY_NICS_MAX. */
bool identity_resolve(const struct identity_nic *nic, size_t nics,
                      const struct qga_interface *interface, size_t interfaces,
                      const struct identity_facts *facts, int *ret);

/* Which interfaces could be one of the nics that stay open, whatever moves with them. 'place' as
 * above. */
void identity_candidates(const struct identity_nic *nic, size_t nics,
                         const struct qga_interface *interface, size_t interfaces,
                         const struct identity_facts *facts, int *place,
                         bool ret[static QGA_INTERFACES_MAX]);

/* A number for all that facts are about: the nics, and the interfaces that could be them, in
 * whatever order. Facts are to be asked for again when it changes. */
uint64_t identity_key(const struct identity_nic *nic, size_t nics,
                      const struct qga_interface *interface, size_t interfaces);

/* The command that tells the facts about these interfaces. */
void identity_ask(struct guest_sysfs *ask, const struct identity_nic *nic, size_t nics,
                  const struct qga_interface *interface, size_t interfaces);

#endif
