/* SPDX-License-Identifier: Apache-2.0 */
/* unsent_text - parses what ss in a guest prints about its TCP sockets. */
#ifndef DAQS_AGENTD_CORE_UNSENT_TEXT_H
#define DAQS_AGENTD_CORE_UNSENT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agentd/core/ip_address.h"

/* The only argument of ss: TCP, internal information, numeric, no header, one line per socket. */
#define UNSENT_OPTIONS "-tinHO"

#define UNSENT_NICS_MAX 64
/* Maximum output in bytes, about 500 sockets. More is not read. */
#define UNSENT_OUTPUT_MAX (256 * 1024)
#define UNSENT_KEPT 32

/* Sockets that had unsent bytes in the last look. ss counts the time for which a connection was
 * held back from the connection's start, so the difference of two looks is used.
 * Zero-initialise. */
struct unsent_memory {
    size_t sockets;
    struct unsent_socket {
        uint64_t key; /* hash of its two ends */
        uint64_t busy_ms;
        uint64_t limited_ms;
    } socket[UNSENT_KEPT];
};

/* Result of a look for one nic. */
struct unsent_sum {
    uint32_t sockets; /* established and used recently */
    uint64_t bytes;   /* unsent, for other reasons than the peer's window or their own buffer */
};

/* Adds up the output of ss for each nic that has the local address of a socket. Indices of nics are
 * less than UNSENT_NICS_MAX. A socket between two addresses of the guest is left out. False, with
 * nothing written, if the output is truncated or not in the format of ss. */
bool unsent_parse(const char *printed, const struct nic_address *address, size_t addresses,
                  struct unsent_memory *memory, struct unsent_sum ret[static UNSENT_NICS_MAX]);

#endif
