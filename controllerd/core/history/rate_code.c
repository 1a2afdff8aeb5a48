/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/history/rate_code.h"

enum { MANTISSA_BITS = 11 };

static unsigned bits_of(uint64_t value)
{
    return value ? 64U - (unsigned)__builtin_clzll(value) : 0;
}

/* A code is the exponent, shifted left by MANTISSA_BITS, plus the mantissa. The mantissa keeps its
 * leading bit. So codes of small rates are the rates themselves, and a mantissa that is rounded up
 * to the next power of two carries into the exponent. */
uint16_t rate_code_encode(daqs_bps rate)
{
    if (rate == DAQS_UNLIMITED)
        return RATE_CODE_NONE;
    unsigned bits = bits_of(rate);
    unsigned exponent = bits > MANTISSA_BITS + 1 ? bits - (MANTISSA_BITS + 1) : 0;
    uint64_t half = exponent ? UINT64_C(1) << (exponent - 1) : 0;
    uint64_t code = ((uint64_t)exponent << MANTISSA_BITS) + ((rate + half) >> exponent);
    return code < RATE_CODE_NONE ? (uint16_t)code : RATE_CODE_NONE - 1;
}

daqs_bps rate_code_decode(uint64_t code)
{
    if (code >= RATE_CODE_NONE)
        return DAQS_UNLIMITED;
    uint64_t exponent = code >> (MANTISSA_BITS + 1) ? (code >> MANTISSA_BITS) - 1 : 0;
    return (code - (exponent << MANTISSA_BITS)) << exponent;
}

enum { PARTS_OF_A_BYTE = 256 };

__extension__ typedef unsigned __int128 u128;

uint16_t rate_code_encode_packets(uint64_t bytes, uint64_t packets)
{
    if (bytes == 0 || packets == 0 || packets == RATE_CODE_NO_PACKETS)
        return 0;
    u128 mean = ((u128)bytes * PARTS_OF_A_BYTE + packets / 2) / packets;
    return mean ? rate_code_encode(mean < UINT64_MAX ? (uint64_t)mean : UINT64_MAX - 1) : 1;
}

uint64_t rate_code_decode_packets(uint64_t bytes, uint64_t code)
{
    if (bytes == 0)
        return 0;
    if (code == 0 || code >= RATE_CODE_NONE)
        return RATE_CODE_NO_PACKETS;
    uint64_t mean = rate_code_decode(code);
    uint64_t packets = (uint64_t)(((u128)bytes * PARTS_OF_A_BYTE + mean / 2) / mean);
    return packets ? packets : 1;
}
