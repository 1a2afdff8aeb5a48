/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/base/rate.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define FORMS "write it like 10Gbit, 2.5G or 800Mbps (bits per second)"

static const struct {
    const char *name;
    uint64_t factor;
} units[] = {
    {"Tbit", UINT64_C(1000000000000)},
    {"Gbit", UINT64_C(1000000000)},
    {"Mbit", UINT64_C(1000000)},
    {"kbit", UINT64_C(1000)},
    {"bit", 1},
};
enum { UNITS = sizeof units / sizeof units[0] };

/* Returns the factor of a unit such as "Gbit", "g", "Gbps" or "bit", or 0 for any other text. */
static uint64_t unit_factor(const char *unit)
{
    static const char *const ends[] = {"", "bit", "bps", "bit/s", "b/s"};
    uint64_t factor = 1;
    switch (*unit) {
    case 'k':
    case 'K':
        factor = 1000;
        break;
    case 'm':
    case 'M':
        factor = UINT64_C(1000000);
        break;
    case 'g':
    case 'G':
        factor = UINT64_C(1000000000);
        break;
    case 't':
    case 'T':
        factor = UINT64_C(1000000000000);
        break;
    default:
        break;
    }
    if (factor > 1)
        unit++;
    else if (*unit == '\0')
        return 0; /* a bare number */
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        if (strcmp(unit, ends[i]) == 0)
            return factor;
    return 0;
}

int daqs_rate_parse(const char *text, daqs_bps *ret, struct daqs_error *err)
{
    const char *p = text;
    uint64_t mantissa = 0; /* digits without the decimal point */
    uint64_t scale = 1;    /* 10^digits after the point */
    bool point = false;
    bool digits = false;
    for (; isdigit((unsigned char)*p) || (*p == '.' && !point); p++) {
        if (*p == '.') {
            point = true;
            continue;
        }
        digits = true;
        if (mantissa > DAQS_BPS_MAX || scale > UINT64_C(100000000000))
            return daqs_fail(err, DAQS_ERANGE, "rate '%.40s' has too many digits", text);
        mantissa = mantissa * 10 + (uint64_t)(*p - '0');
        if (point)
            scale *= 10;
    }
    if (!digits)
        return daqs_fail(err, DAQS_EINVALID, "'%.40s' is not a rate; " FORMS, text);
    if (*p == '\0')
        return daqs_fail(err, DAQS_EINVALID, "rate '%.40s' has no unit; " FORMS, text);
    uint64_t factor = unit_factor(p);
    if (factor == 0 && strchr(p, 'B'))
        return daqs_fail(err, DAQS_EINVALID, "'%.40s' looks like bytes; " FORMS, text);
    if (factor == 0)
        return daqs_fail(err, DAQS_EINVALID, "'%.40s' is not a rate; " FORMS, text);
    __extension__ unsigned __int128 scaled = (unsigned __int128)mantissa * factor;
    __extension__ unsigned __int128 wide = scaled / scale;
    if (scaled == 0)
        return daqs_fail(err, DAQS_ERANGE, "rate '%.40s' is zero; the least is 1bit", text);
    if (scaled % scale != 0)
        return daqs_fail(err, DAQS_EINVALID,
                         "rate '%.40s' is not a whole number of bits per second", text);
    if (wide > DAQS_BPS_MAX)
        return daqs_fail(err, DAQS_ERANGE, "rate '%.40s' is too large; the most is 1000Tbit", text);
    *ret = (daqs_bps)wide;
    return DAQS_OK;
}

const char *daqs_rate_format(daqs_bps rate, char buf[static DAQS_RATE_TEXT])
{
    if (rate == DAQS_UNLIMITED) {
        (void)snprintf(buf, DAQS_RATE_TEXT, "none");
        return buf;
    }
    for (int i = 0; i < UNITS; i++) {
        uint64_t factor = units[i].factor;
        uint64_t milli = factor >= 1000 ? factor / 1000 : 1;
        if (rate < factor || rate % milli != 0)
            continue; /* needs more than three digits after the point */
        uint64_t whole = rate / factor;
        unsigned frac = (unsigned)(factor >= 1000 ? rate % factor / milli : 0);
        int n = snprintf(buf, DAQS_RATE_TEXT, "%" PRIu64, whole);
        if (frac > 0) {
            n += snprintf(buf + n, DAQS_RATE_TEXT - (size_t)n, ".%03u", frac);
            while (buf[n - 1] == '0')
                n--;
        }
        (void)snprintf(buf + n, DAQS_RATE_TEXT - (size_t)n, "%s", units[i].name);
        return buf;
    }
    (void)snprintf(buf, DAQS_RATE_TEXT, "%" PRIu64 "bit", rate);
    return buf;
}

const char *daqs_rate_humanize(daqs_bps rate, char buf[static DAQS_RATE_TEXT])
{
    if (rate == DAQS_UNLIMITED)
        return daqs_rate_format(rate, buf);
    uint64_t step = 1;
    while (rate / step >= 10000)
        step *= 10;
    daqs_bps rounded = (rate + step / 2) / step * step;
    return daqs_rate_format(rounded, buf);
}

daqs_bps daqs_rate_of(uint64_t bytes, int64_t interval_us)
{
    if (interval_us <= 0)
        return 0;
    if (bytes <= UINT64_MAX / 8000000U) /* much faster, and almost always sufficient */
        return daqs_lower(bytes * 8000000U / (uint64_t)interval_us, DAQS_BPS_MAX);
    __extension__ unsigned __int128 rate =
        (unsigned __int128)bytes * 8000000U / (uint64_t)interval_us;
    return rate > DAQS_BPS_MAX ? DAQS_BPS_MAX : (daqs_bps)rate;
}

daqs_bps daqs_rate_less(daqs_bps rate, uint32_t ppm)
{
    if (rate <= UINT64_MAX / 1000000) /* much faster, and almost always sufficient */
        return rate * (1000000 - ppm) / 1000000;
    __extension__ unsigned __int128 rest = (unsigned __int128)rate * (1000000 - ppm) / 1000000;
    return (daqs_bps)rest;
}
