/* SPDX-License-Identifier: Apache-2.0 */
/* bottleneck - estimates what gets through behind the port, at a switch, a trunk or a policer,
 * where that is less than the port could send.
 *
 * The rates do not distinguish a VM that is held back there from one without further demand. Bytes
 * that its sockets could not send do, if nothing else holds the VM back: the port has room, and the
 * VM does not use up its limit. The evidence of each guaranteed VM counts separately, and the
 * lowest capacity is in force, so that no false report of one VM cancels what another has shown. */
#ifndef DAQS_POLICY_BOTTLENECK_H
#define DAQS_POLICY_BOTTLENECK_H

#include "shared/policy/policy.h"

/* Processes a report, before memory_note. 'sent' is what the port sends in total. Returns the
 * capacity to decide with: u->capacity, or less. */
double bottleneck_note(struct policy_uplink *u, double sent);

#endif
