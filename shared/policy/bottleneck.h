/* bottleneck - what gets through behind the port, where that is less than the port could send: a
 * switch, a trunk, a policer.
 *
 * What is sent does not tell a VM that is held back there from one that wants no more. Bytes that
 * its sockets could not send do, where nothing else holds it: the port has room, and no limit of
 * ours holds it. Each guaranteed VM's evidence counts by itself, and the lowest capacity is in
 * force: no VM's lies undo what another has shown. */
#ifndef DAQS_POLICY_BOTTLENECK_H
#define DAQS_POLICY_BOTTLENECK_H

#include "shared/policy/policy.h"

/* Takes a report, before memory_note: 'sent' is what the port sends in all. Returns the capacity to
 * decide with: u->capacity, or less. */
double bottleneck_note(struct policy_uplink *u, double sent);

#endif
