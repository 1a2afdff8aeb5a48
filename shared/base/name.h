/* name - what may be the name of a host, VM, uplink or guest interface. */
#ifndef DAQS_BASE_NAME_H
#define DAQS_BASE_NAME_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/error.h"

#define DAQS_NAME_MAX 255  /* bytes, without the terminator */
#define DAQS_IFNAME_MAX 15 /* bytes, the kernel's IFNAMSIZ - 1 */

/* Host, VM and uplink names: 1 to DAQS_NAME_MAX bytes of valid UTF-8 without control
 * characters (C0, DEL, C1). 'what' ("host", "VM") begins the error text. */
int daqs_name_check(const char *what, const char *name, size_t length, struct daqs_error *err);

/* Interface names that are safe to hand to tc: letters, digits, '.', '_', ':', '@', '-',
 * not first a '-' or '.', at most DAQS_IFNAME_MAX bytes. Stricter than the kernel on purpose. */
bool daqs_ifname_ok(const char *name);

#endif
