/* quota - how often each of many may do something: so much at once, and again as time goes by (a
 * leaky bucket each). */
#ifndef DAQS_CONTROLLERD_CORE_QUOTA_H
#define DAQS_CONTROLLERD_CORE_QUOTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One's own. Zero-initialise. */
struct bucket {
    int64_t empty_us; /* monotonic, when all that was taken will have leaked out */
};

/* Takes what leaks out again within cost_us, if what is in there then does not exceed most_us.
 * False: it would. */
bool bucket_take(struct bucket *bucket, int64_t cost_us, int64_t most_us, int64_t now_ms);

/* Those of everybody, by name. */
struct quota; /* opaque */

/* NULL: out of memory. */
struct quota *quota_new(void);
void quota_free(struct quota *quota);

/* Once more, 'a_second' times a second, and twice that at once. False: too often, or no memory. */
bool quota_take(struct quota *quota, const char *who, uint32_t a_second, int64_t now_ms);

/* How many are remembered: whose bucket is empty is not, when there are many. */
size_t quota_count(const struct quota *quota);

#endif
