/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/pf_pace.h"

enum { PAUSES = 9 }; /* pause after a reading, as a multiple of its duration */

void pf_pace_took(struct pf_pace *pace, int64_t took_us, int64_t now_us)
{
    int64_t took = took_us > 0 ? took_us : 0;
    int64_t began_us = now_us - took;
    int64_t from_us = pace->rest_until_us > began_us ? pace->rest_until_us : began_us;
    pace->pause_us = took * PAUSES;
    pace->rest_until_us = from_us + took + pace->pause_us;
}

bool pf_pace_rested(const struct pf_pace *pace, int64_t now_us)
{
    return now_us >= pace->rest_until_us;
}

bool pf_pace_spare(const struct pf_pace *pace, int64_t now_us)
{
    return pace->rest_until_us - now_us <= pace->pause_us;
}
