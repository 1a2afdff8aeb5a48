/* rate - bit rates: one type, one way to read them, one way to write them. */
#ifndef DAQS_BASE_RATE_H
#define DAQS_BASE_RATE_H

#include <stddef.h>
#include <stdint.h>

#include "shared/base/error.h"

/* Bits per second; multiples are SI (1 Gbit = 10^9 bit). */
typedef uint64_t daqs_bps;

/* No limit, no ceiling. Never a number to compute with. */
#define DAQS_UNLIMITED UINT64_MAX

/* Largest rate accepted anywhere: 1 Pbit/s. Sums of 10,000 of them still fit 64 bits. */
#define DAQS_BPS_MAX UINT64_C(1000000000000000)

#define DAQS_RATE_TEXT 32 /* bytes that any rate's text fits in */

/* Reads "10Gbit", "2.5G", "800Mbps", "64kbit/s", "1000000bit": bits per second, 1 to
 * DAQS_BPS_MAX. The prefix is k, M, G or T in either case. A bare number, bytes ("MB"),
 * zero, parts of a bit, a sign and anything else are refused with DAQS_EINVALID or DAQS_ERANGE and
 * a text that names the accepted forms. */
int daqs_rate_parse(const char *text, daqs_bps *ret, struct daqs_error *err);

/* Exact text that daqs_rate_parse reads back to the same value: "2.5Gbit", "1234.567kbit".
 * DAQS_UNLIMITED is "none". Returns buf. */
const char *daqs_rate_format(daqs_bps rate, char buf[static DAQS_RATE_TEXT]);

/* For eyes: at most four significant digits, "2.462Gbit". Returns buf. */
const char *daqs_rate_humanize(daqs_bps rate, char buf[static DAQS_RATE_TEXT]);

/* The rate of 'bytes' sent in interval_us microseconds; 0 if the interval is not positive.
 * Capped at DAQS_BPS_MAX. */
daqs_bps daqs_rate_of(uint64_t bytes, int64_t interval_us);

/* The rate less a share of it given in parts per million (at most 1000000). */
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
