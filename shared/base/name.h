/* SPDX-License-Identifier: Apache-2.0 */
/* name - checks the names of hosts, VMs, uplinks and guest interfaces. */
#ifndef DAQS_BASE_NAME_H
#define DAQS_BASE_NAME_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/error.h"

#define DAQS_NAME_MAX 255  /* bytes, without the terminator */
#define DAQS_IFNAME_MAX 15 /* bytes, the kernel's IFNAMSIZ - 1 */

/* Checks the name of a host, VM or uplink: 1 to DAQS_NAME_MAX bytes of valid UTF-8 without control
 * characters (C0, DEL, C1) and without bidirectional formatting characters. 'what' ("host", "VM")
 * is part of the error text. DAQS_EINVALID otherwise. */
int daqs_name_check(const char *what, const char *name, size_t length, struct daqs_error *err);

/* Returns true if an interface name is safe to pass to tc: letters, digits, '.', '_', ':', '@',
 * '-', not starting with '-' or '.', at most DAQS_IFNAME_MAX bytes. This is deliberately stricter
 * than the kernel. */
bool daqs_ifname_ok(const char *name);

#endif
