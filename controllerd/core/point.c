#include "controllerd/core/point.h"

#include <string.h>

const struct point_level point_level[POINT_LEVELS] = {{1, 60}, {60, 60}, {3600, 24}};

/* --- rates: four bits of exponent and a leading bit save most of 64 --- */

enum { MANTISSA_BITS = 11 };

static unsigned bits_of(uint64_t value)
{
    return value ? 64U - (unsigned)__builtin_clzll(value) : 0;
}

/* A code is exponent and mantissa side by side. The mantissa keeps its leading bit, so that codes
 * of small rates are the rates, and a mantissa that is rounded up to the next power of two carries
 * into the exponent by itself. */
uint16_t point_rate_code(daqs_bps rate)
{
    if (rate == DAQS_UNLIMITED)
        return POINT_NO_RATE;
    unsigned bits = bits_of(rate);
    unsigned exponent = bits > MANTISSA_BITS + 1 ? bits - (MANTISSA_BITS + 1) : 0;
    uint64_t half = exponent ? UINT64_C(1) << (exponent - 1) : 0;
    uint64_t code = ((uint64_t)exponent << MANTISSA_BITS) + ((rate + half) >> exponent);
    return code < POINT_NO_RATE ? (uint16_t)code : POINT_NO_RATE - 1;
}

daqs_bps point_rate(uint64_t code)
{
    if (code >= POINT_NO_RATE)
        return DAQS_UNLIMITED;
    uint64_t exponent = code >> (MANTISSA_BITS + 1) ? (code >> MANTISSA_BITS) - 1 : 0;
    return (code - (exponent << MANTISSA_BITS)) << exponent;
}

daqs_bps point_usage(const struct point *point)
{
    return daqs_rate_of(point->value[POINT_TX], (int64_t)(point->value[POINT_MS] * 1000));
}

/* --- packets --- */

enum { PARTS_OF_A_BYTE = 256 };

__extension__ typedef unsigned __int128 u128;

uint16_t point_packet_code(uint64_t bytes, uint64_t packets)
{
    if (bytes == 0 || packets == 0 || packets == POINT_NO_PACKETS)
        return 0;
    u128 mean = ((u128)bytes * PARTS_OF_A_BYTE + packets / 2) / packets;
    return mean ? point_rate_code(mean < UINT64_MAX ? (uint64_t)mean : UINT64_MAX - 1) : 1;
}

uint64_t point_packets(uint64_t bytes, uint64_t code)
{
    if (bytes == 0)
        return 0;
    if (code == 0 || code >= POINT_NO_RATE)
        return POINT_NO_PACKETS;
    uint64_t mean = point_rate(code);
    uint64_t packets = (uint64_t)(((u128)bytes * PARTS_OF_A_BYTE + mean / 2) / mean);
    return packets ? packets : 1;
}

/* What is kept of a column. */
static uint64_t kept(const struct point *point, enum point_column column)
{
    uint64_t value = point->value[column];
    return column == POINT_PACKETS ? point_packet_code(point->value[POINT_TX], value) : value;
}

/* The column of what was kept of it. */
static void restore(struct point *point, enum point_column column, uint64_t value)
{
    point->value[column] =
        column == POINT_PACKETS ? point_packets(point->value[POINT_TX], value) : value;
}

/* --- sums --- */

/* By the time each was measured. What was unlimited, or without visible demand, for a part of the
 * time has no rate for all of it. */
static uint64_t mean_code(uint64_t a, uint64_t a_ms, uint64_t b, uint64_t b_ms)
{
    if (a == b || b_ms == 0)
        return a;
    if (a_ms == 0)
        return b;
    if (a >= POINT_NO_RATE || b >= POINT_NO_RATE)
        return POINT_NO_RATE;
    double mean = ((double)point_rate(a) * (double)a_ms + (double)point_rate(b) * (double)b_ms) /
                  (double)(a_ms + b_ms);
    return point_rate_code((daqs_bps)(mean + 0.5));
}

void point_add(struct point *sum, const struct point *more)
{
    uint64_t sum_ms = sum->value[POINT_MS];
    uint64_t more_ms = more->value[POINT_MS];
    if (more_ms == 0)
        return;
    bool packets_known = sum->value[POINT_PACKETS] != POINT_NO_PACKETS &&
                         more->value[POINT_PACKETS] != POINT_NO_PACKETS;
    for (int c = 0; c < POINT_COLUMNS; c++) {
        if (c == POINT_LIMIT || c == POINT_DEMAND)
            sum->value[c] = mean_code(sum->value[c], sum_ms, more->value[c], more_ms);
        else
            sum->value[c] += more->value[c];
    }
    if (!packets_known)
        sum->value[POINT_PACKETS] = POINT_NO_PACKETS;
}

/* --- records --- */

static const uint8_t record_bytes[POINT_COLUMNS] = {
    [POINT_MS] = 4,  [POINT_TX] = 6,     [POINT_RX] = 6,   [POINT_LIMIT] = 2,   [POINT_DEMAND] = 2,
    [POINT_MET] = 2, [POINT_MISSED] = 2, [POINT_IDLE] = 2, [POINT_PACKETS] = 2,
};

/* Lowest byte first. */
static uint8_t *put(uint8_t *at, uint64_t value, unsigned bytes)
{
    if (bits_of(value) > 8 * bytes)
        value = UINT64_MAX;
    for (unsigned i = 0; i < bytes; i++)
        at[i] = (uint8_t)(value >> (8 * i));
    return at + bytes;
}

static const uint8_t *get(const uint8_t *at, unsigned bytes, uint64_t *ret)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < bytes; i++)
        value |= (uint64_t)at[i] << (8 * i);
    *ret = value;
    return at + bytes;
}

void point_write(uint8_t record[static POINT_RECORD_BYTES], uint32_t nic, const struct point *point)
{
    uint8_t *at = put(record, nic, 4);
    for (int c = 0; c < POINT_COLUMNS; c++)
        at = put(at, kept(point, (enum point_column)c), record_bytes[c]);
}

uint32_t point_read(const uint8_t record[static POINT_RECORD_BYTES], struct point *ret)
{
    uint64_t nic = 0;
    const uint8_t *at = get(record, 4, &nic);
    for (int c = 0; c < POINT_COLUMNS; c++) {
        uint64_t value = 0;
        at = get(at, record_bytes[c], &value);
        restore(ret, (enum point_column)c, value);
    }
    return (uint32_t)nic;
}

/* --- blocks --- */

void point_pack(const struct point *point, size_t steps, enum point_column column,
                struct point_packed *ret)
{
    uint64_t least = kept(&point[0], column);
    uint64_t most = least;
    for (size_t i = 1; i < steps; i++) {
        uint64_t value = kept(&point[i], column);
        least = value < least ? value : least;
        most = value > most ? value : most;
    }
    unsigned width = bits_of(most - least);
    if (width > POINT_BITS_MAX)
        width = POINT_BITS_MAX;
    ret->base = least;
    ret->length = (steps * width + 7) / 8;
    memset(ret->bytes, 0, ret->length);
    uint64_t mask = width ? UINT64_MAX >> (64 - width) : 0;
    for (size_t i = 0; width && i < steps; i++) {
        uint64_t more = kept(&point[i], column) - least;
        uint64_t bits = (more > mask ? mask : more) << (i * width % 8);
        for (size_t at = i * width / 8; bits; at++, bits >>= 8)
            ret->bytes[at] |= (uint8_t)bits;
    }
}

bool point_unpack(uint64_t base, const uint8_t *bytes, size_t length, enum point_column column,
                  struct point *ret, size_t steps)
{
    size_t width = length * 8 / steps;
    if (width > POINT_BITS_MAX || (steps * width + 7) / 8 != length)
        return false;
    uint64_t mask = width ? UINT64_MAX >> (64 - width) : 0;
    for (size_t i = 0; i < steps; i++) {
        size_t first = i * width / 8;
        size_t shift = i * width % 8;
        uint64_t bits = 0;
        for (size_t k = 0; k * 8 < shift + width; k++)
            bits |= (uint64_t)bytes[first + k] << (8 * k);
        restore(&ret[i], column, base + (bits >> shift & mask));
    }
    return true;
}

int64_t point_step_for(int64_t span_s)
{
    static const int64_t steps[] = {1, 10, 60, 300, 900, 3600, 6 * 3600, 24 * 3600};
    size_t i = 0;
    while (i + 1 < sizeof steps / sizeof steps[0] && span_s / steps[i] > 3600)
        i++;
    return steps[i];
}
