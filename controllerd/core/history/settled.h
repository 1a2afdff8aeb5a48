/* SPDX-License-Identifier: Apache-2.0 */
/* settled - up to which time history is complete. Pure.
 *
 * A second is stored when the host's next report closes it, or when its connection is given up. So
 * all seconds that ended SETTLED_AFTER_S ago are stored, unless the wall clock was put ahead since:
 * then the time before that is settled only after as long again. What an earlier life of the
 * controller stored is complete. */
#ifndef DAQS_CONTROLLERD_CORE_HISTORY_SETTLED_H
#define DAQS_CONTROLLERD_CORE_HISTORY_SETTLED_H

#include <stdbool.h>
#include <stdint.h>

enum { SETTLED_AFTER_S = 60 };

/* Zero-initialise. */
struct settled {
    bool begun;
    int64_t mono_s; /* when it was last noted */
    int64_t wall_s;
    int64_t held_until_s; /* monotonic; after a step of the wall clock */
    int64_t at_s;
};

/* Notes both clocks when history was stored, at best once a second. Returns the wall time (UTC)
 * before which all history is stored. */
int64_t settled_note(struct settled *settled, int64_t mono_s, int64_t wall_s);

#endif
