/* identity - who asks, for the audit trail: what the system vouches for before what they say. */
#ifndef DAQS_CONTROLLERD_IO_STORE_IDENTITY_H
#define DAQS_CONTROLLERD_IO_STORE_IDENTITY_H

#include <stdbool.h>

#include "shared/base/name.h"

#define IDENTITY_BYTES (DAQS_NAME_MAX + 1)
#define IDENTITY_ADDRESS_BYTES 101

/* Who asks, as it came. */
struct identity {
    bool ipc;
    char address[IDENTITY_ADDRESS_BYTES]; /* what libzmq calls the peer ("Peer-Address"): for tcp
                                             its address, for ipc "...:UID:GID:PID" as the kernel
                                             knows them */
    char enrolled[DAQS_NAME_MAX + 1];     /* the name of their key; "": they have none */
    char claimed[DAQS_NAME_MAX + 1];      /* the name they give themselves */
};

/* ipc: "alice" if both agree, "alice (root)" if root says to be alice (sudo), or "uid 1234" in
 * place of a name that the system does not have. With a key it is its name, whatever they say. tcp
 * without one: "alice (192.0.2.1)". Asks the system's user
 * database, which may be a server far away: not for the loop. Returns buf, a name that
 * daqs_name_check takes. */
const char *identity_text(const struct identity *who, char buf[static IDENTITY_BYTES]);

/* What is known of who asks without asking anybody, for telling one from another: the name of
 * their key, a user's number, or an address. Returns buf. */
const char *identity_source(const struct identity *who, char buf[static IDENTITY_BYTES]);

#endif
