/* SPDX-License-Identifier: Apache-2.0 */
/* oversold - uplinks that were reported as oversubscribed before the controller started. They are
 * not reported again, and the end of the condition is not missed. */
#ifndef DAQS_CONTROLLERD_CORE_DIAGNOSIS_OVERSOLD_H
#define DAQS_CONTROLLERD_CORE_DIAGNOSIS_OVERSOLD_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/name.h"

struct oversold; /* opaque: uplinks by host and name */

/* Returns NULL if out of memory. */
struct oversold *oversold_new(void);
void oversold_free(struct oversold *oversold);

/* Adds an uplink, which must not have been added before, and the time of the report (UTC).
 * DAQS_ENOMEM: nothing changed. */
int oversold_put(struct oversold *oversold, const char *host, const char *uplink, int64_t since_ms);

/* Removes an uplink from the set and returns the time of its report (UTC). Returns false if it is
 * not in the set. */
bool oversold_take(struct oversold *oversold, const char *host, const char *uplink,
                   int64_t *ret_since_ms);

/* Removes any uplink of the host from the set, and returns its name and the time of its report
 * (UTC). Returns false if the set has none. */
bool oversold_take_any(struct oversold *oversold, const char *host,
                       char ret_uplink[static DAQS_NAME_MAX + 1], int64_t *ret_since_ms);

#endif
