/* SPDX-License-Identifier: Apache-2.0 */
/* accept_limit - closes connections at accept, when few descriptors are left or when too many
 * connections come from one address.
 *
 * libzmq 4.3.4 cannot bound the number of connections that it accepts. When descriptors run out, it
 * calls accept in a loop, and on an ipc socket it ends the process. Each accepted connection costs
 * 0.13 ms of libzmq's I/O thread, which carries all messages. Therefore this module defines accept4
 * for the whole program, libzmq included. For a connection that it closes, accept4 fails with
 * ECONNABORTED, as if the peer had disconnected, which libzmq ignores. */
#ifndef DAQS_NET_ACCEPT_LIMIT_H
#define DAQS_NET_ACCEPT_LIMIT_H

#include <stdint.h>

/* Limits connections to descriptors below 'most', and connections of this machine (ipc) to those
 * below 'most_local'. There is no limit before the first call. */
void accept_limit_descriptors(int most, int most_local);

/* Limits new connections from one remote address to per_second (address_limit.h); this machine's
 * own addresses are exempt. There is no limit before the first call. */
void accept_limit_rate(uint32_t per_second);

/* Return the numbers of connections closed because descriptors ran out, and because too many came
 * from one address. */
uint64_t accept_limit_out_of_descriptors(void);
uint64_t accept_limit_too_often(void);

#endif
