/* SPDX-License-Identifier: Apache-2.0 */
/* rate - bit rates: one type, one parser, one formatter. */
#ifndef DAQS_BASE_RATE_H
#define DAQS_BASE_RATE_H

#include <stddef.h>
#include <stdint.h>

#include "shared/base/error.h"

/* Bits per second; multiples are SI (1 Gbit = 10^9 bit). */
typedef uint64_t daqs_bps;

/* No limit or no ceiling. Never compute with it. */
#define DAQS_UNLIMITED UINT64_MAX

/* The largest rate accepted anywhere: 1 Pbit/s. The sum of 10,000 such rates still fits in 64
 * bits. */
#define DAQS_BPS_MAX UINT64_C(1000000000000000)

#define DAQS_RATE_TEXT 32 /* bytes, enough for the text of any rate */

/* Parses "10Gbit", "2.5G", "800Mbps", "64kbit/s", "1000000bit" into bits per second, 1 to
 * DAQS_BPS_MAX. The prefix is k, M, G or T in either case. Rejects a bare number, bytes ("MB"),
 * zero, fractions of a bit, a sign and anything else with DAQS_EINVALID or DAQS_ERANGE and a text
 * that states the accepted forms or the bound. */
int daqs_rate_parse(const char *text, daqs_bps *ret, struct daqs_error *err);

/* Writes a rate such that daqs_rate_parse returns the same value: "2.5Gbit", "1234.567kbit".
 * DAQS_UNLIMITED becomes "none". Returns buf. */
const char *daqs_rate_format(daqs_bps rate, char buf[static DAQS_RATE_TEXT]);

/* Writes a rate for people, with at most four significant digits: "2.462Gbit". Returns buf. */
const char *daqs_rate_humanize(daqs_bps rate, char buf[static DAQS_RATE_TEXT]);

/* Returns the rate of 'bytes' sent in interval_us microseconds, at most DAQS_BPS_MAX; 0 if the
 * interval is not positive. */
daqs_bps daqs_rate_of(uint64_t bytes, int64_t interval_us);

/* Returns the rate less a share of it in parts per million (at most 1000000). */
daqs_bps daqs_rate_less(daqs_bps rate, uint32_t ppm);

static inline daqs_bps daqs_lower(daqs_bps a, daqs_bps b)
{
    return a < b ? a : b;
}

static inline daqs_bps daqs_higher(daqs_bps a, daqs_bps b)
{
    return a > b ? a : b;
}

#endif
