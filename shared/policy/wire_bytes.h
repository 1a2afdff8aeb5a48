/* wire_bytes - what traffic takes of a link, from what an interface counted.
 *
 * A port adds 24 bytes to every frame (preamble 8, frame check sequence 4, gap 12) and sends none
 * of fewer than 60 bytes (IEEE 802.3). An interface counts none of that, and most count a large
 * segment before it is cut into frames. Everything that the policy compares is in wire bytes. */
#ifndef DAQS_POLICY_WIRE_BYTES_H
#define DAQS_POLICY_WIRE_BYTES_H

#include <stdint.h>

#include "shared/base/rate.h"

#define WIRE_MTU_DEFAULT 1500
#define WIRE_MTU_LEAST 576 /* IPv4's; the formulas need more than 52 */
#define WIRE_MTU_MOST 65535

/* The MTU, or the default where it is not known (0) or not credible. */
uint32_t wire_mtu(uint32_t mtu);

/* Bytes of the link that 'bytes' in 'packets' took, as an interface above the driver counts them:
 * Ethernet headers included, large segments as one packet with one set of headers.
 *
 * A mean packet of at most MTU + 14 bytes was a frame. A larger one was cut: each frame carries
 * MTU - 52 bytes of TCP behind 66 bytes of headers (Ethernet 14, IPv4 20, TCP 32 with timestamps).
 * A mix of tiny and huge packets has a mean that shows neither, and is counted as if it was even.
 * No packets at all with bytes: the sender does not count them, and full frames are assumed. */
uint64_t wire_bytes(uint64_t bytes, uint64_t packets, uint32_t mtu);

/* What a shaper of the guest's kernel (HTB with overhead 24 and mpu 84) counts of the same traffic:
 * headers of all frames, but the overhead once for each packet. */
uint64_t wire_shaped_bytes(uint64_t bytes, uint64_t packets, uint32_t mtu);

/* What a guarantee or a ceiling takes of the wire if it is used in full frames: RATE is what a
 * guest counts of TCP, MTU - 52 bytes of each MTU + 38. DAQS_UNLIMITED stays. */
daqs_bps wire_guarantee(daqs_bps rate, uint32_t mtu);

/* The inverse. */
daqs_bps wire_counted(daqs_bps on_wire, uint32_t mtu);

#endif
