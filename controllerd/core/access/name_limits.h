/* SPDX-License-Identifier: Apache-2.0 */
/* name_limits - rate limits for each of many names. */
#ifndef DAQS_CONTROLLERD_CORE_ACCESS_NAME_LIMITS_H
#define DAQS_CONTROLLERD_CORE_ACCESS_NAME_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct name_limits; /* opaque */

/* Each name has this many limits, which are independent of each other. Returns NULL if out of
 * memory. */
struct name_limits *name_limits_new(size_t kinds);
void name_limits_free(struct name_limits *limits);

/* Consumes cost_us of the limit 'kind' of 'name', up to burst_us at once, as rate_limit_take does.
 * Returns false if it exceeds that, or if out of memory. A limit is used with one burst. */
bool name_limits_charge(struct name_limits *limits, const char *name, size_t kind, int64_t cost_us,
                        int64_t burst_us, int64_t now_ms);

/* Returns whether name_limits_charge would succeed, and consumes nothing. */
bool name_limits_have(const struct name_limits *limits, const char *name, size_t kind,
                      int64_t cost_us, int64_t burst_us, int64_t now_ms);

/* Consumes one event of the first limit of 'name', which may have per_second of them in the long
 * run and a burst of two seconds' worth. Otherwise like name_limits_charge. */
bool name_limits_take(struct name_limits *limits, const char *name, uint32_t per_second,
                      int64_t now_ms);

/* Returns the number of names kept. While there are many, idle ones are dropped. */
size_t name_limits_count(const struct name_limits *limits);

#endif
