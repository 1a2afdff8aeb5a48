/* SPDX-License-Identifier: Apache-2.0 */
/* wire_bytes - how much of a link traffic takes, from the counters of an interface.
 *
 * A port adds 24 bytes to every frame (preamble 8, frame check sequence 4, gap 12) and sends no
 * frame shorter than 60 bytes (IEEE 802.3). An interface counts neither, and most count a large
 * segment before it is cut into frames. Everything that the policy compares is in wire bytes. */
#ifndef DAQS_POLICY_WIRE_BYTES_H
#define DAQS_POLICY_WIRE_BYTES_H

#include <stdint.h>

#include "shared/base/rate.h"

#define WIRE_MTU_DEFAULT 1500
#define WIRE_MTU_LEAST 576 /* of IPv4; the formulas need more than 52 */
#define WIRE_MTU_MOST 65535

/* Returns the MTU, or WIRE_MTU_DEFAULT if it is not known (0) or not plausible. */
uint32_t wire_mtu(uint32_t mtu);

/* Returns the bytes of the link that 'bytes' in 'packets' took. Both are as an interface above the
 * driver counts them: Ethernet headers included, a large segment as one packet with one set of
 * headers.
 *
 * A mean packet of at most MTU + 14 bytes was one frame. A larger one was cut into frames, each
 * with MTU - 52 bytes of TCP behind 66 bytes of headers (Ethernet 14, IPv4 20, TCP 32 with
 * timestamps). A mix of tiny and huge packets has a mean that describes neither, and is counted as
 * if it were even. If there are bytes but no packets, the sender does not count packets, and full
 * frames are assumed. */
uint64_t wire_bytes(uint64_t bytes, uint64_t packets, uint32_t mtu);

/* Returns what a shaper in the guest's kernel (HTB with overhead 24 and mpu 84) counts for the same
 * traffic: the headers of all frames, but the overhead once per packet. */
uint64_t wire_shaped_bytes(uint64_t bytes, uint64_t packets, uint32_t mtu);

/* Returns what a guarantee or a ceiling takes of the wire if it is used in full frames. 'rate' is
 * what a guest counts of TCP, MTU - 52 bytes of each MTU + 38. DAQS_UNLIMITED stays as it is. */
daqs_bps wire_guarantee(daqs_bps rate, uint32_t mtu);

/* The inverse of wire_guarantee. */
daqs_bps wire_counted(daqs_bps on_wire, uint32_t mtu);

#endif
