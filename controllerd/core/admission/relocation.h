/* relocation - SLAs stay with their VMs, which are known by their UUIDs, through new names and
 * other hosts. */
#ifndef DAQS_CONTROLLERD_CORE_ADMISSION_RELOCATION_H
#define DAQS_CONTROLLERD_CORE_ADMISSION_RELOCATION_H

#include "controllerd/core/fleet/vm_index.h"
#include "controllerd/core/sla/changeset.h"

/* A host that was not heard of for this long is away, and one whose agent has begun this long ago
 * knows its VMs. */
#define RELOCATION_SETTLED_MS 10000
/* When the controller has run for this long, hosts it has not heard of are away. */
#define RELOCATION_STARTED_MS 30000
/* A UUID that more VMs than this have tells nothing. */
#define RELOCATION_LOCATIONS_MAX 8

struct relocation {
    const struct fleet *fleet;
    const struct ledger *ledger;
    const struct vm_index *vm_index;
    uint32_t headroom_ppm;
    int64_t started_ms; /* monotonic, of the controller */
    int64_t now_ms;
    /* An SLA cannot follow to VM 'vm' of 'host', for the reason in 'why'. */
    void (*stays)(void *arg, const struct ledger_entry *entry, const struct fleet_host *host,
                  const char *vm, const char *why);
    /* The VM of this entry is where the entry is. */
    void (*home)(void *arg, const struct ledger_entry *entry);
    void *arg;
};

/* Finds what the VMs of a host mean for the ledger:
 *
 * - an SLA of this host whose VM has another name now gets that name, all that can at once;
 * - else one SLA of another host whose VM is here, and not there any more, moves here, if it fits
 *   and the name has none. A VM that both hosts tell of is on its way: that is waited for;
 * - else SLAs learn the UUIDs of their VMs, also of one that was made anew under the same name,
 *   once the old UUID is nowhere.
 *
 * After steps were made the host is to be looked at again. *ret_wait: look again in a while, even
 * if nothing is told until then. DAQS_ENOMEM: nothing is to be done. */
int relocation_find(const struct relocation *f, const struct fleet_host *host,
                    struct changeset *ret_changeset, bool *ret_wait);

#endif
