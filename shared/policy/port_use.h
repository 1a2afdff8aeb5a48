/* port_use - what an uplink's port sends that is not its VMs': the PF's own traffic, and what
 * nobody watches. And what VMs send that it does not. Rates in bits per second of the wire. */
#ifndef DAQS_POLICY_PORT_USE_H
#define DAQS_POLICY_PORT_USE_H

#include "shared/policy/policy.h"

struct port_use {
    double sent;  /* by the port: counted, or the sum of all that is known */
    double taken; /* of the budget, by others than VMs */
};

/* What VMs and the PF are known to send. */
double port_use_known(const struct policy_uplink *u);

/* Takes a report. No VM's usage is above the capacity, which is known. */
struct port_use port_use_note(struct policy_uplink *u);

#endif
