/* SPDX-License-Identifier: Apache-2.0 */
/* rollup - what is stored of one nic for one step of time, and how rollups add up.
 *
 * All columns add up except rates, which are averaged over time. So seconds add up to minutes and
 * minutes to hours, and nothing is lost if a step of the clock gives two seconds the same time. */
#ifndef DAQS_CONTROLLERD_CORE_HISTORY_ROLLUP_H
#define DAQS_CONTROLLERD_CORE_HISTORY_ROLLUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controllerd/core/history/rate_code.h"

/* In the order in which they are stored: append only. */
enum rollup_column {
    ROLLUP_MS,      /* measured; 0: a gap, the other columns are void */
    ROLLUP_TX,      /* bytes */
    ROLLUP_RX,      /* bytes */
    ROLLUP_LIMIT,   /* rate code of the limit; none if a part of the time had none */
    ROLLUP_DEMAND,  /* rate code of the demand; none if it was not visible all the time */
    ROLLUP_MET,     /* seconds in which the VM sent its guarantee */
    ROLLUP_MISSED,  /* seconds in which it wanted more than it could send */
    ROLLUP_IDLE,    /* seconds in which it wanted less than its guarantee */
    ROLLUP_PACKETS, /* sent; RATE_CODE_NO_PACKETS for some of the bytes */
    ROLLUP_COLUMNS,
};

struct rollup {
    uint64_t value[ROLLUP_COLUMNS];
};

/* Returns the bits sent per second of the time measured. */
daqs_bps rollup_usage(const struct rollup *rollup);

/* Adds a rollup to a sum, which starts as zero. */
void rollup_add(struct rollup *sum, const struct rollup *more);

/* --- records: the rollup of a nic until its block is complete --- */

enum { ROLLUP_RECORD_BYTES = 32 };

/* Numbers that do not fit become the largest that does. A record has 4 bytes each for the nic and
 * ms, 6 each for bytes sent and received, and 2 for each other column, which for packets is their
 * code. */
void rollup_write(uint8_t record[static ROLLUP_RECORD_BYTES], uint32_t nic,
                  const struct rollup *rollup);
uint32_t rollup_read(const uint8_t record[static ROLLUP_RECORD_BYTES], struct rollup *ret);

/* --- blocks: the steps of one nic, column by column --- */

enum { ROLLUP_STEPS_MAX = 60, ROLLUP_BITS_MAX = 48 };

/* A column of a block: the least value, and the difference from it in each step. Differences have
 * length * 8 / steps bits each, least significant bit first. */
struct rollup_packed {
    uint64_t base;
    size_t length;
    uint8_t bytes[ROLLUP_STEPS_MAX * ROLLUP_BITS_MAX / 8];
};

void rollup_pack(const struct rollup *rollup, size_t steps, enum rollup_column column,
                 struct rollup_packed *ret);

/* Returns false if the length matches no column of this many steps. ROLLUP_TX must be unpacked
 * before ROLLUP_PACKETS. */
bool rollup_unpack(uint64_t base, const uint8_t *bytes, size_t length, enum rollup_column column,
                   struct rollup *ret, size_t steps);

/* --- levels --- */

struct rollup_level {
    int64_t step_s;
    size_t steps; /* in a block */
};

enum { ROLLUP_LEVELS = 3 };
/* Blocks are a minute of seconds, an hour of minutes, and a day of hours. */
extern const struct rollup_level rollup_level[ROLLUP_LEVELS];

/* Returns the multiple of a step at or before a time, which may be before 1970. */
static inline int64_t rollup_round_down(int64_t time_s, int64_t step_s)
{
    int64_t rest = time_s % step_s;
    return time_s - (rest < 0 ? rest + step_s : rest);
}

static inline int64_t rollup_block_s(int level)
{
    return rollup_level[level].step_s * (int64_t)rollup_level[level].steps;
}

/* Returns a step, in seconds, that shows a span in a reasonable number of rows. */
int64_t rollup_step_for(int64_t span_s);

#endif
