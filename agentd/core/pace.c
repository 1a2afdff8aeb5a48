/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/pace.h"

void pace_set(struct pace *pace, int64_t interval_ms)
{
    if (interval_ms < pace->least_ms)
        interval_ms = pace->least_ms;
    pace->interval_ms = interval_ms < pace->most_ms ? interval_ms : pace->most_ms;
}
