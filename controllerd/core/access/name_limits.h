/* SPDX-License-Identifier: Apache-2.0 */
/* name_limits - a rate limit for each of many names. */
#ifndef DAQS_CONTROLLERD_CORE_ACCESS_NAME_LIMITS_H
#define DAQS_CONTROLLERD_CORE_ACCESS_NAME_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct name_limits; /* opaque */

/* Returns NULL if out of memory. */
struct name_limits *name_limits_new(void);
void name_limits_free(struct name_limits *limits);

/* Consumes one event of 'name', which may have per_second of them in the long run and a burst of
 * two seconds' worth. Returns false if the name exceeds its limit, or if out of memory. */
bool name_limits_take(struct name_limits *limits, const char *name, uint32_t per_second,
                      int64_t now_ms);

/* Consumes what costs cost_us, up to burst_us at once, as rate_limit_take does. Returns false if it
 * exceeds that, or if out of memory. A set is used with one burst. */
bool name_limits_charge(struct name_limits *limits, const char *name, int64_t cost_us,
                        int64_t burst_us, int64_t now_ms);

/* Returns whether name_limits_charge would succeed, and consumes nothing. */
bool name_limits_have(const struct name_limits *limits, const char *name, int64_t cost_us,
                      int64_t burst_us, int64_t now_ms);

/* Returns the number of names kept. While there are many, idle ones are dropped. */
size_t name_limits_count(const struct name_limits *limits);

#endif
