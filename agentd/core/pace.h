/* SPDX-License-Identifier: Apache-2.0 */
/* pace - how often guests are polled: as the controller wants, within the configured bounds. */
#ifndef DAQS_AGENTD_CORE_PACE_H
#define DAQS_AGENTD_CORE_PACE_H

#include <stdint.h>

struct pace {
    int64_t least_ms; /* configured bounds */
    int64_t most_ms;
    int64_t interval_ms; /* between polls; at the start the lower bound */
};

/* Sets the interval, moved into the bounds: 0 is the lower bound. */
void pace_set(struct pace *pace, int64_t interval_ms);

#endif
