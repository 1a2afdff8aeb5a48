/* interface_counters - counters of a guest's interfaces, from its sysfs.
 *
 * qemu-ga lists those of interfaces that have an IP address: the port of a bridge or bond, which
 * carries the bytes, has none. */
#ifndef DAQS_AGENTD_CORE_INTERFACE_COUNTERS_H
#define DAQS_AGENTD_CORE_INTERFACE_COUNTERS_H

#include <stdbool.h>

#include "agentd/core/counters.h"
#include "agentd/core/guest_sysfs.h"

void interface_counters_begin(struct guest_sysfs *ask);

/* One more interface; a name that is not fit for a path, or one too many, is left out. */
void interface_counters_add(struct guest_sysfs *ask, const char *ifname);

/* The counters of an interface, from what the command printed; the time of *ret is left as it is.
 * False if what it sent is not there, and then nothing is written. */
bool interface_counters_parse(const char *printed, const char *ifname,
                              struct counters_reading *ret);

#endif
