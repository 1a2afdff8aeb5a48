/* SPDX-License-Identifier: Apache-2.0 */
/* vm_incidents - what was reported of a host's VMs and is not over, so that it ends if a VM is no
 * longer in the host's inventory. */
#ifndef DAQS_CONTROLLERD_CORE_DIAGNOSIS_VM_INCIDENTS_H
#define DAQS_CONTROLLERD_CORE_DIAGNOSIS_VM_INCIDENTS_H

#include "controllerd/core/diagnosis/state_changes.h"

struct vm_incident;

/* Of one host. The members are private; zero-initialise. */
struct vm_incidents {
    struct vm_incident **of; /* by the position of the VM; NULL: none */
    uint32_t vms;
    struct vm_incident *gone;
};

void vm_incidents_done(struct vm_incidents *incidents);

/* The host has a new inventory. If out of memory, what was reported does not end with its VM. */
void vm_incidents_hello(struct vm_incidents *incidents, const struct fleet_host *host);

/* Records what is reported of a VM now: since when its state is bad, and since when it flaps (UTC;
 * 0: it is not reported). */
void vm_incidents_set(struct vm_incidents *incidents, const struct fleet_host *host, uint32_t vm,
                      int64_t bad_since_ms, int64_t flaps_since_ms);

/* Reports the ends of what was reported of VMs that the host no longer has. */
void vm_incidents_end_gone(struct vm_incidents *incidents, const struct fleet_host *host,
                           state_change_fn *report, void *arg);

#endif
