/* SPDX-License-Identifier: Apache-2.0 */
/* port_use - what an uplink's port sends besides the traffic of its VMs (the PF's own traffic, and
 * traffic that is not watched), and what the VMs send that does not pass the port. Rates are wire
 * rates in bits per second. */
#ifndef DAQS_POLICY_PORT_USE_H
#define DAQS_POLICY_PORT_USE_H

#include "shared/policy/policy.h"

struct port_use {
    double sent;  /* by the port: its counter, or the sum of all known traffic */
    double taken; /* of the budget, by traffic other than the VMs' */
};

/* Returns the known traffic of the VMs and the PF. */
double port_use_known(const struct policy_uplink *u);

/* Processes a report. The capacity must be known, and no VM's usage may exceed it. */
struct port_use port_use_note(struct policy_uplink *u);

#endif
