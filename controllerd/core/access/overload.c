/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/access/overload.h"

bool overload_turn(struct overload *overload, bool more, int64_t now_ms)
{
    if (!more || !overload->behind)
        *overload = (struct overload){.since_ms = now_ms, .behind = more};
    if (now_ms - overload->since_ms < OVERLOAD_PATIENCE_MS)
        return false;
    overload->behind = false;
    return true;
}
