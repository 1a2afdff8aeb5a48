/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/history/settled.h"

/* Both clocks are rounded to seconds, and corrected gradually. */
enum { STEP_S = 5 };

int64_t settled_note(struct settled *s, int64_t mono_s, int64_t wall_s)
{
    int64_t step_s = (wall_s - s->wall_s) - (mono_s - s->mono_s);
    if (!s->begun)
        s->at_s = wall_s;
    if (!s->begun || step_s > STEP_S || step_s < -STEP_S)
        s->held_until_s = mono_s + SETTLED_AFTER_S;
    if (mono_s >= s->held_until_s)
        s->at_s = wall_s - SETTLED_AFTER_S;
    s->begun = true;
    s->mono_s = mono_s;
    s->wall_s = wall_s;
    return s->at_s;
}
