/* SPDX-License-Identifier: Apache-2.0 */
/* incidents - what was reported of a host's VMs, or of its uplinks, and is not over, so that it
 * ends if one of them is no longer in the host's inventory. */
#ifndef DAQS_CONTROLLERD_CORE_DIAGNOSIS_INCIDENTS_H
#define DAQS_CONTROLLERD_CORE_DIAGNOSIS_INCIDENTS_H

#include "controllerd/core/diagnosis/state_changes.h"

struct incident;

/* The two things that are reported of each VM, or of each uplink, with their ends. */
enum { INCIDENT_FLAPS, INCIDENT_BAD_STATE, INCIDENTS_OF_ONE };
enum { INCIDENT_OVERSUBSCRIBED, INCIDENT_BOTTLENECK };

enum incidents_of { INCIDENTS_OF_VMS, INCIDENTS_OF_UPLINKS };

/* Of the VMs of one host, or of its uplinks. The members are private; zero-initialise. */
struct incidents {
    struct incident **at; /* by the position in the inventory; NULL: none */
    uint32_t count;
    struct incident *gone;
};

void incidents_done(struct incidents *incidents);

/* The host has a new inventory. 'was': the member of host->was, with 'count' positions. If out of
 * memory, what was reported does not end with its VM or uplink. */
void incidents_hello(struct incidents *incidents, const uint32_t *was, uint32_t count);

/* Records what is reported now of the VM or the uplink of this name and position, and since when
 * (UTC; 0: it is not reported). */
void incidents_set(struct incidents *incidents, uint32_t position, const char *name,
                   const int64_t since_ms[static INCIDENTS_OF_ONE]);

/* Records what was reported of one that the host no longer has. */
void incidents_set_gone(struct incidents *incidents, const char *name,
                        const int64_t since_ms[static INCIDENTS_OF_ONE]);

/* Returns true if anything is reported of one of them. */
bool incidents_any(const struct incidents *incidents);

/* Reports the ends of what was reported of those that the host no longer has. */
void incidents_end_gone(struct incidents *incidents, enum incidents_of of,
                        const struct fleet_host *host, state_change_fn *report, void *arg);

#endif
