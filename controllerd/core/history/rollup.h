/* rollup - what is kept of one nic for one step of time, and how such points add up.
 *
 * All numbers add but rates, which are averaged by time. So seconds make minutes, minutes make
 * hours, and two seconds that a step of the clock gave the same name lose nothing. */
#ifndef DAQS_CONTROLLERD_CORE_HISTORY_ROLLUP_H
#define DAQS_CONTROLLERD_CORE_HISTORY_ROLLUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/rate.h"

/* In the order in which they are stored: append only. */
enum rollup_column {
    ROLLUP_MS,      /* measured; 0: a gap, and nothing else means anything */
    ROLLUP_TX,      /* bytes */
    ROLLUP_RX,      /* bytes */
    ROLLUP_LIMIT,   /* rate code; of the whole time measured, or none */
    ROLLUP_DEMAND,  /* rate code; likewise, or more than could be seen */
    ROLLUP_MET,     /* seconds in which the VM sent its guarantee */
    ROLLUP_MISSED,  /* in which it wanted more than it could send */
    ROLLUP_IDLE,    /* in which it wanted less than its guarantee */
    ROLLUP_PACKETS, /* sent; ROLLUP_NO_PACKETS: not known of all of the bytes */
    ROLLUP_COLUMNS,
};

#define ROLLUP_NO_PACKETS UINT64_MAX

struct rollup {
    uint64_t value[ROLLUP_COLUMNS];
};

/* Rates are kept in 16 bits: exact below 4096 bit/s, else within 1/4096, up to 4.3 Tbit/s;
 * ROLLUP_NO_RATE for DAQS_UNLIMITED. */
#define ROLLUP_NO_RATE 0xFFFFU
uint16_t rate_code(daqs_bps rate);
daqs_bps rate_of_code(uint64_t code);

/* Packets are kept as the mean of bytes that one had, in 16 bits: that is within 0.03 %, and exact
 * for less than a thousand, if they had 60 bytes or more. 0: not known; without bytes there were no
 * packets. */
uint16_t packet_code(uint64_t bytes, uint64_t packets);
uint64_t packets_of_code(uint64_t bytes, uint64_t code);

/* What was sent per second of the time measured. */
daqs_bps rollup_usage(const struct rollup *rollup);

/* Adds a point to a sum, which begins as zero. */
void rollup_add(struct rollup *sum, const struct rollup *more);

/* --- records: a nic's point while it waits for its block to be complete --- */

enum { ROLLUP_RECORD_BYTES = 32 };

/* Numbers that do not fit (4 bytes of nic and ms, 6 of bytes sent and received, 2 of the rest, of
 * packets their code) become the largest that does. */
void rollup_write(uint8_t record[static ROLLUP_RECORD_BYTES], uint32_t nic,
                  const struct rollup *rollup);
uint32_t rollup_read(const uint8_t record[static ROLLUP_RECORD_BYTES], struct rollup *ret);

/* --- blocks: so many steps of one nic, column by column --- */

enum { ROLLUP_STEPS_MAX = 60, ROLLUP_BITS_MAX = 48 };

/* A column of a block: the least value, and what is to be added to it for each step, in so many
 * bits each, the lowest bit first; length * 8 / steps is how many. */
struct rollup_packed {
    uint64_t base;
    size_t length;
    uint8_t bytes[ROLLUP_STEPS_MAX * ROLLUP_BITS_MAX / 8];
};

void rollup_pack(const struct rollup *rollup, size_t steps, enum rollup_column column,
                 struct rollup_packed *ret);

/* False if the length fits no column of so many steps. ROLLUP_TX comes before ROLLUP_PACKETS. */
bool rollup_unpack(uint64_t base, const uint8_t *bytes, size_t length, enum rollup_column column,
                   struct rollup *ret, size_t steps);

/* --- levels --- */

struct rollup_level {
    int64_t step_s;
    size_t steps; /* in a block */
};

enum { ROLLUP_LEVELS = 3 };
/* Seconds in blocks of a minute, minutes in blocks of an hour, hours in blocks of a day. */
extern const struct rollup_level rollup_level[ROLLUP_LEVELS];

/* The multiple of a step at or before a time, which may be before 1970. */
static inline int64_t rollup_round_down(int64_t time_s, int64_t step_s)
{
    int64_t rest = time_s % step_s;
    return time_s - (rest < 0 ? rest + step_s : rest);
}

static inline int64_t rollup_block_s(int level)
{
    return rollup_level[level].step_s * (int64_t)rollup_level[level].steps;
}

/* A step, in seconds, that shows a span in not too many rows. */
int64_t rollup_step_for(int64_t span_s);

#endif
