/* SPDX-License-Identifier: Apache-2.0 */
/* interface_name - resolves a name of a network interface of this machine to its kernel name. */
#ifndef DAQS_AGENTD_HOST_INTERFACE_NAME_H
#define DAQS_AGENTD_HOST_INTERFACE_NAME_H

#include <stdbool.h>

#include "shared/base/name.h"

/* Looks up the interface by its kernel name, or by an alternative name (ip link property add ...
 * altname), which may be longer. Returns false if it does not exist or if its kernel name is not
 * safe to use. May wait for RTNL if the name is longer than DAQS_IFNAME_MAX. */
bool interface_name(const char *name, char ret[static DAQS_IFNAME_MAX + 1]);

#endif
