/* SPDX-License-Identifier: Apache-2.0 */
/* flapping - decides whether something changes so often that one event stands for all its changes,
 * and a second one for their end.
 *
 * FLAPPING_CHANGES changes are reported one by one, and then one in FLAPPING_CALM_MS. What changes
 * faster flaps until it has not changed for FLAPPING_CALM_MS. So there are at most 150 events a
 * day. */
#ifndef DAQS_CONTROLLERD_CORE_DIAGNOSIS_FLAPPING_H
#define DAQS_CONTROLLERD_CORE_DIAGNOSIS_FLAPPING_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/rate_limit.h"

#define FLAPPING_CHANGES 6
#define FLAPPING_CALM_MS INT64_C(600000)

/* Zero-initialise. */
struct flapping {
    struct rate_limit limit;
    int64_t changed_ms;    /* monotonic, of the last change */
    int64_t since_wall_ms; /* UTC, of the first change that counts */
    uint32_t changes;      /* since then */
    bool active;           /* changes are not reported one by one */
    bool reported;         /* the begin of flapping was reported */
};

enum flapping_report {
    FLAPPING_NOT, /* changes are reported one by one */
    FLAPPING_BEGINS,
    FLAPPING_LASTS, /* nothing is to be reported */
    FLAPPING_ENDS,
};

/* Notes a change. now_ms: monotonic, wall_ms: UTC. */
void flapping_change(struct flapping *flapping, int64_t now_ms, int64_t wall_ms);

/* Returns what is to be reported now. It is the same until flapping_reported. */
enum flapping_report flapping_due(struct flapping *flapping, int64_t now_ms);

/* Records that what flapping_due returned was reported. */
void flapping_reported(struct flapping *flapping);

#endif
