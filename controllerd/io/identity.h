/* identity - who asks, for the audit trail: what the system vouches for before what they say. */
#ifndef DAQS_CONTROLLERD_IO_IDENTITY_H
#define DAQS_CONTROLLERD_IO_IDENTITY_H

#include <stdbool.h>

#include "shared/base/name.h"

#define IDENTITY_BYTES (DAQS_NAME_MAX + 1)

/* What libzmq calls the peer of a connection ("Peer-Address"): for tcp its address, for ipc
 * "...:UID:GID:PID" as the kernel knows them. 'claimed' is the name they give themselves.
 *
 * ipc: "alice" if both agree, "alice (root)" if root says to be alice (sudo), or "uid 1234" in
 * place of a name that the system does not have. tcp: "alice (192.0.2.1)". Asks the system's user
 * database. Returns buf, a name that daqs_name_check takes. */
const char *identity_text(bool ipc, const char *address, const char *claimed,
                          char buf[static IDENTITY_BYTES]);

#endif
