/* SPDX-License-Identifier: Apache-2.0 */
/* interface_counters - reads counters of a guest's interfaces from its sysfs.
 *
 * qemu-ga only lists counters of interfaces that have an IP address. The port of a bridge or bond,
 * which carries the bytes, has none. */
#ifndef DAQS_AGENTD_CORE_INTERFACE_COUNTERS_H
#define DAQS_AGENTD_CORE_INTERFACE_COUNTERS_H

#include <stdbool.h>

#include "agentd/core/counters.h"
#include "agentd/core/guest_sysfs.h"

void interface_counters_begin(struct guest_sysfs *ask);

/* Adds an interface. Names that are not valid in a path, and interfaces beyond the maximum, are
 * left out. */
void interface_counters_add(struct guest_sysfs *ask, const char *ifname);

/* Extracts the counters of an interface from the command's output. The time in *ret is left
 * unchanged. False, with nothing written, if the counters of sent traffic are missing. */
bool interface_counters_parse(const char *printed, const char *ifname,
                              struct counters_reading *ret);

#endif
