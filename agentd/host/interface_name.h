/* interface_name - the name that the kernel gives a network interface of this machine, for a name
 * by which somebody else calls it. */
#ifndef DAQS_AGENTD_HOST_INTERFACE_NAME_H
#define DAQS_AGENTD_HOST_INTERFACE_NAME_H

#include <stdbool.h>

#include "shared/base/name.h"

/* Of its own name, or an alternative one (ip link property add ... altname), which may be longer.
 * False: there is none, or it has a name that is not safe to use. May wait for RTNL if the name is
 * longer than DAQS_IFNAME_MAX. */
bool interface_name(const char *name, char ret[static DAQS_IFNAME_MAX + 1]);

#endif
