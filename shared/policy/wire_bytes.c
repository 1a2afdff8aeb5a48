/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/policy/wire_bytes.h"

__extension__ typedef unsigned __int128 u128;

enum {
    OVERHEAD = 24,    /* preamble, frame check sequence, gap */
    FRAME_LEAST = 60, /* without the frame check sequence */
    ETHERNET = 14,
    HEADERS = 66, /* Ethernet, IPv4, TCP with timestamps */
    IP_TCP = 52,
};

uint32_t wire_mtu(uint32_t mtu)
{
    return mtu >= WIRE_MTU_LEAST && mtu <= WIRE_MTU_MOST ? mtu : WIRE_MTU_DEFAULT;
}

/* Counts are cut to what no port reaches in a century, so that all arithmetic fits in 64 bits. */
#define MOST (UINT64_C(1) << 56)

struct frames {
    uint64_t frames;
    uint64_t packets; /* as the kernel queues them */
    uint64_t bytes;   /* of all frames, with headers, without overhead */
};

static uint64_t lower(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t higher(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static struct frames frames_of(uint64_t bytes, uint64_t packets, uint32_t mtu)
{
    uint64_t payload = wire_mtu(mtu) - IP_TCP;
    bytes = lower(bytes, MOST);
    packets = lower(packets, MOST / UINT16_MAX / 2);
    if (packets > 0 && bytes <= packets * (wire_mtu(mtu) + ETHERNET))
        return (struct frames){packets, packets, higher(bytes, packets * FRAME_LEAST)};
    uint64_t frames = higher(packets, (bytes - packets * HEADERS) / payload);
    return (struct frames){frames, packets ? packets : frames,
                           bytes + HEADERS * (frames - packets)};
}

uint64_t wire_bytes(uint64_t bytes, uint64_t packets, uint32_t mtu)
{
    struct frames f = frames_of(bytes, packets, mtu);
    return f.bytes + OVERHEAD * f.frames;
}

uint64_t wire_shaped_bytes(uint64_t bytes, uint64_t packets, uint32_t mtu)
{
    struct frames f = frames_of(bytes, packets, mtu);
    return f.bytes + OVERHEAD * f.packets;
}

/* Saturates, so that absurd numbers do not overflow. */
static uint64_t bounded(u128 value)
{
    return value < UINT64_MAX ? (uint64_t)value : UINT64_MAX;
}

static daqs_bps times(daqs_bps rate, uint64_t a, uint64_t b)
{
    if (rate == 0) /* most VMs */
        return 0;
    if (rate <= UINT64_MAX / (WIRE_MTU_MOST + ETHERNET + OVERHEAD)) /* much faster, as in rate.c */
        return rate * a / b;
    return rate == DAQS_UNLIMITED ? rate : bounded((u128)rate * a / b);
}

daqs_bps wire_guarantee(daqs_bps rate, uint32_t mtu)
{
    return times(rate, wire_mtu(mtu) + ETHERNET + OVERHEAD, wire_mtu(mtu) - IP_TCP);
}

daqs_bps wire_counted(daqs_bps on_wire, uint32_t mtu)
{
    return times(on_wire, wire_mtu(mtu) - IP_TCP, wire_mtu(mtu) + ETHERNET + OVERHEAD);
}
