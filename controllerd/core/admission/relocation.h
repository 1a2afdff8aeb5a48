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
    /* In a group of controllers: returns for how long (ms) this one has answered for a host that it
     * does not hear; below 0: another one does. NULL: this controller is in no group. */
    int64_t (*answered_ms)(void *arg, const char *host);
    int64_t marked_ms; /* monotonic, when this controller last marked SLAs of the host; 0: never */
    bool claimed;      /* two machines use the name of the host that is looked at */
    /* Called if an SLA cannot follow its VM, which is now 'vm' on 'host'; 'why' is the reason. */
    void (*stays)(void *arg, const struct ledger_entry *entry, const struct fleet_host *host,
                  const char *vm, const char *why);
    /* Called if the entry's VM is on the entry's host, under the entry's name. */
    void (*home)(void *arg, const struct ledger_entry *entry);
    void *arg;
};

/* In a group of controllers each host is served by one of them, which alone knows its VMs, while
 * all know all SLAs. Therefore the controller that answers for a host marks in the shared ledger
 * which SLAs' VMs have left it, and the others believe the mark. */

/* Computes the ledger changes that follow from the VMs on a host:
 *
 * - If the VM of an SLA of this host has another name, the SLA gets that name. All renames that are
 *   possible at once are made together.
 * - Otherwise one SLA of another host whose VM is now here, and is no longer there, moves here if
 *   it fits and the new name has no SLA. A VM that both hosts report is migrating; its SLA waits.
 *   So it does while another controller answers for the other host and has not marked the SLA.
 *   It also waits while a third host has the UUID, and 'stays' names that host. If another
 *   controller serves the third host, the first of the two moves the SLA (relocation_lost).
 * - Otherwise SLAs learn the UUIDs of their VMs. This includes a VM that was recreated under the
 *   same name, once no host has the old UUID; in a group, some time after the SLA was marked, since
 *   the VM with the old UUID may be on a host of another controller.
 *
 * If changes were made, the host has to be checked again. *ret_wait: check again later, even if
 * nothing is received until then. DAQS_ENOMEM: nothing is to be changed. */
int relocation_find(const struct relocation *f, const struct fleet_host *host,
                    struct changeset *ret_changeset, bool *ret_wait);

/* In a group of controllers: computes which SLAs of a host that this one answers for are to be
 * marked as those of VMs that have left it, and which marks are to be removed. The host may be
 * away. An SLA needs no mark while its VM is on a host that is served here, too. While two machines
 * use the host's name, each at a controller, nothing changes: each of these would undo what the
 * other one does. *ret_wait: as above; it is not cleared. DAQS_ENOMEM: nothing is to be changed. */
int relocation_mark(const struct relocation *f, const char *host, struct changeset *ret_changeset,
                    bool *ret_wait);

/* In a group of controllers: another one has given an SLA to its host. Calls 'stays' for each
 * present host here that lists the same UUID. */
void relocation_lost(const struct relocation *f, const struct ledger_entry *entry);

/* Returns false if relocation_mark would change something. */
bool relocation_is_marked(const struct relocation *f, const char *host);

#endif
