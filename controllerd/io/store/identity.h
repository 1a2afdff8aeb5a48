/* SPDX-License-Identifier: Apache-2.0 */
/* identity - who made a request, for the audit trail: what the system vouches for takes precedence
 * over what the client claims. */
#ifndef DAQS_CONTROLLERD_IO_STORE_IDENTITY_H
#define DAQS_CONTROLLERD_IO_STORE_IDENTITY_H

#include <stdbool.h>

#include "shared/base/name.h"

#define IDENTITY_BYTES (DAQS_NAME_MAX + 1)
#define IDENTITY_ADDRESS_BYTES 101

/* The origin of a request, as received. */
struct identity {
    bool ipc;
    char address[IDENTITY_ADDRESS_BYTES]; /* libzmq's "Peer-Address": for tcp the address, for ipc
                                             "...:UID:GID:PID" as the kernel knows them */
    char enrolled[DAQS_NAME_MAX + 1];     /* the name of the client's enrolled key; "": none */
    char claimed[DAQS_NAME_MAX + 1];      /* the name that the client claims */
};

/* Writes the name for the audit trail. With an enrolled key it is the key's name, whatever the
 * client claims. ipc: "alice" if the user and the claim agree, "alice (root)" if root claims to be
 * alice (sudo), or "uid 1234" for a user without a name. tcp without a key: "alice (192.0.2.1)".
 * Blocks: it queries the system's user database, which may be on a remote server, so it must not be
 * called on the loop's thread. Returns buf, a name that daqs_name_check accepts. */
const char *identity_text(const struct identity *who, char buf[static IDENTITY_BYTES]);

/* Writes what is known of the client without a lookup, to tell clients apart: the name of its
 * enrolled key, its numeric user ID, or its address. Returns buf. */
const char *identity_source(const struct identity *who, char buf[static IDENTITY_BYTES]);

#endif
