/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/history/rollup.h"

#include <string.h>

#include "shared/base/sum.h"

const struct rollup_level rollup_level[ROLLUP_LEVELS] = {{1, 60}, {60, 60}, {3600, 24}};

static unsigned bits_of(uint64_t value)
{
    return value ? 64U - (unsigned)__builtin_clzll(value) : 0;
}

daqs_bps rollup_usage(const struct rollup *rollup)
{
    return daqs_rate_of(rollup->value[ROLLUP_TX], (int64_t)(rollup->value[ROLLUP_MS] * 1000));
}

/* --- what is stored of a column --- */

/* Returns what is stored for a column. */
static uint64_t kept(const struct rollup *rollup, enum rollup_column column)
{
    uint64_t value = rollup->value[column];
    return column == ROLLUP_PACKETS ? rate_code_encode_packets(rollup->value[ROLLUP_TX], value)
                                    : value;
}

/* Sets a column from what is stored for it. */
static void restore(struct rollup *rollup, enum rollup_column column, uint64_t value)
{
    rollup->value[column] = column == ROLLUP_PACKETS
                                ? rate_code_decode_packets(rollup->value[ROLLUP_TX], value)
                                : value;
}

/* --- sums --- */

/* Returns the mean, weighted by the time measured. If one part of the time had no limit, or no
 * visible demand, the whole time has no rate. */
static uint64_t mean_code(uint64_t a, uint64_t a_ms, uint64_t b, uint64_t b_ms)
{
    if (a == b || b_ms == 0)
        return a;
    if (a_ms == 0)
        return b;
    if (a >= RATE_CODE_NONE || b >= RATE_CODE_NONE)
        return RATE_CODE_NONE;
    double mean =
        ((double)rate_code_decode(a) * (double)a_ms + (double)rate_code_decode(b) * (double)b_ms) /
        (double)(a_ms + b_ms);
    return rate_code_encode((daqs_bps)(mean + 0.5));
}

void rollup_add(struct rollup *sum, const struct rollup *more)
{
    uint64_t sum_ms = sum->value[ROLLUP_MS];
    uint64_t more_ms = more->value[ROLLUP_MS];
    if (more_ms == 0)
        return;
    bool packets_known = sum->value[ROLLUP_PACKETS] != RATE_CODE_NO_PACKETS &&
                         more->value[ROLLUP_PACKETS] != RATE_CODE_NO_PACKETS;
    for (int c = 0; c < ROLLUP_COLUMNS; c++) {
        if (c == ROLLUP_LIMIT || c == ROLLUP_DEMAND)
            sum->value[c] = mean_code(sum->value[c], sum_ms, more->value[c], more_ms);
        else
            sum->value[c] = daqs_sum(sum->value[c], more->value[c]);
    }
    if (!packets_known)
        sum->value[ROLLUP_PACKETS] = RATE_CODE_NO_PACKETS;
}

/* --- records --- */

static const uint8_t record_bytes[ROLLUP_COLUMNS] = {
    [ROLLUP_MS] = 4,     [ROLLUP_TX] = 6,     [ROLLUP_RX] = 6,
    [ROLLUP_LIMIT] = 2,  [ROLLUP_DEMAND] = 2, [ROLLUP_MET] = 2,
    [ROLLUP_MISSED] = 2, [ROLLUP_IDLE] = 2,   [ROLLUP_PACKETS] = 2,
};

/* Least significant byte first. */
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

void rollup_write(uint8_t record[static ROLLUP_RECORD_BYTES], uint32_t nic,
                  const struct rollup *rollup)
{
    uint8_t *at = put(record, nic, 4);
    for (int c = 0; c < ROLLUP_COLUMNS; c++)
        at = put(at, kept(rollup, (enum rollup_column)c), record_bytes[c]);
}

uint32_t rollup_read(const uint8_t record[static ROLLUP_RECORD_BYTES], struct rollup *ret)
{
    uint64_t nic = 0;
    const uint8_t *at = get(record, 4, &nic);
    for (int c = 0; c < ROLLUP_COLUMNS; c++) {
        uint64_t value = 0;
        at = get(at, record_bytes[c], &value);
        restore(ret, (enum rollup_column)c, value);
    }
    return (uint32_t)nic;
}

/* --- blocks --- */

void rollup_pack(const struct rollup *rollup, size_t steps, enum rollup_column column,
                 struct rollup_packed *ret)
{
    uint64_t least = kept(&rollup[0], column);
    uint64_t most = least;
    for (size_t i = 1; i < steps; i++) {
        uint64_t value = kept(&rollup[i], column);
        least = value < least ? value : least;
        most = value > most ? value : most;
    }
    unsigned width = bits_of(most - least);
    if (width > ROLLUP_BITS_MAX)
        width = ROLLUP_BITS_MAX;
    ret->base = least;
    ret->length = (steps * width + 7) / 8;
    memset(ret->bytes, 0, ret->length);
    uint64_t mask = width ? UINT64_MAX >> (64 - width) : 0;
    for (size_t i = 0; width && i < steps; i++) {
        uint64_t more = kept(&rollup[i], column) - least;
        uint64_t bits = (more > mask ? mask : more) << (i * width % 8);
        for (size_t at = i * width / 8; bits; at++, bits >>= 8)
            ret->bytes[at] |= (uint8_t)bits;
    }
}

bool rollup_unpack(uint64_t base, const uint8_t *bytes, size_t length, enum rollup_column column,
                   struct rollup *ret, size_t steps)
{
    size_t width = length * 8 / steps;
    if (width > ROLLUP_BITS_MAX || (steps * width + 7) / 8 != length)
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

int64_t rollup_step_for(int64_t span_s)
{
    static const int64_t steps[] = {1, 10, 60, 300, 900, 3600, 6 * 3600, 24 * 3600};
    size_t i = 0;
    while (i + 1 < sizeof steps / sizeof steps[0] && span_s / steps[i] > 3600)
        i++;
    return steps[i];
}
