/* unsent_text - what ss in a guest says of its TCP sockets. */
#ifndef DAQS_AGENTD_CORE_UNSENT_TEXT_H
#define DAQS_AGENTD_CORE_UNSENT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agentd/core/ip_address.h"

/* The one argument of ss: TCP, internals, numbers, no header, a line for each socket. */
#define UNSENT_OPTIONS "-tinHO"

#define UNSENT_NICS_MAX 64
/* Bytes of its output, some 500 sockets; more is not read. */
#define UNSENT_OUTPUT_MAX (256 * 1024)
#define UNSENT_KEPT 32

/* Sockets that had something waiting in the last look. ss counts from a connection's start how long
 * it was held back by its peer; the difference of two looks is what counts. Zero-initialise. */
struct unsent_memory {
    size_t sockets;
    struct unsent_socket {
        uint64_t key; /* of its two ends */
        uint64_t busy_ms;
        uint64_t limited_ms;
    } socket[UNSENT_KEPT];
};

/* What one look shows of a nic. */
struct unsent_sum {
    uint32_t sockets; /* established and in use lately */
    uint64_t bytes;   /* unsent, but for want of the peer's window or of their own buffer */
};

/* Adds up what ss printed, by the nics that have the sockets' local addresses; their places are
 * less than UNSENT_NICS_MAX. A socket between two addresses of the guest is left out. False if it
 * is not ss's output, or was cut: then nothing is written. */
bool unsent_parse(const char *printed, const struct nic_address *address, size_t addresses,
                  struct unsent_memory *memory, struct unsent_sum ret[static UNSENT_NICS_MAX]);

#endif
