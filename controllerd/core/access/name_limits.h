/* name_limits - how often each of many names may do something: a rate limit for each. */
#ifndef DAQS_CONTROLLERD_CORE_ACCESS_NAME_LIMITS_H
#define DAQS_CONTROLLERD_CORE_ACCESS_NAME_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct name_limits; /* opaque */

/* NULL: out of memory. */
struct name_limits *name_limits_new(void);
void name_limits_free(struct name_limits *limits);

/* Takes one event of 'name': per_second of them in the long run, two seconds' worth at once. False:
 * too many, or out of memory. */
bool name_limits_take(struct name_limits *limits, const char *name, uint32_t per_second,
                      int64_t now_ms);

/* The number of names that are remembered. While there are many, idle ones are forgotten. */
size_t name_limits_count(const struct name_limits *limits);

#endif
