/* SPDX-License-Identifier: Apache-2.0 */
/* relocation - SLAs follow their VMs, identified by UUID, to new names and to other hosts. */
#ifndef DAQS_CONTROLLERD_CORE_ADMISSION_RELOCATION_H
#define DAQS_CONTROLLERD_CORE_ADMISSION_RELOCATION_H

#include "controllerd/core/fleet/vm_index.h"
#include "controllerd/core/sla/changeset.h"

/* A host that has sent nothing for this long is away. An agent that started this long ago has a
 * complete list of its VMs. */
#define RELOCATION_SETTLED_MS 10000
/* Once the controller has run for this long, hosts from which it has received nothing are away. */
#define RELOCATION_STARTED_MS 30000
/* A UUID that more VMs than this share identifies nothing. */
#define RELOCATION_LOCATIONS_MAX 8

struct relocation {
    const struct fleet *fleet;
    const struct ledger *ledger;
    const struct vm_index *vm_index;
    uint32_t headroom_ppm;
    int64_t started_ms; /* monotonic, when the controller started */
    int64_t now_ms;
    /* Returns true if another controller of the group answers for the host: whether a VM has left
     * it is not known here. NULL: no other controller does. */
    bool (*elsewhere)(void *arg, const char *host);
    /* Called if an SLA cannot follow its VM, which is now 'vm' on 'host'; 'why' is the reason. */
    void (*stays)(void *arg, const struct ledger_entry *entry, const struct fleet_host *host,
                  const char *vm, const char *why);
    /* Called if the entry's VM is on the entry's host, under the entry's name. */
    void (*home)(void *arg, const struct ledger_entry *entry);
    void *arg;
};

/* Computes the ledger changes that follow from the VMs on a host:
 *
 * - If the VM of an SLA of this host has another name, the SLA gets that name. All renames that are
 *   possible at once are made together.
 * - Otherwise one SLA of another host whose VM is now here, and is no longer there, moves here if
 *   it fits and the new name has no SLA. A VM that both hosts report is migrating; its SLA waits.
 *   So it does while another controller answers for the other host.
 *   It also waits while a third host has the UUID, and 'stays' names that host.
 * - Otherwise SLAs learn the UUIDs of their VMs. This includes a VM that was recreated under the
 *   same name, once no host has the old UUID.
 *
 * If changes were made, the host has to be checked again. *ret_wait: check again later, even if
 * nothing is received until then. DAQS_ENOMEM: nothing is to be changed. */
int relocation_find(const struct relocation *f, const struct fleet_host *host,
                    struct changeset *ret_changeset, bool *ret_wait);

#endif
