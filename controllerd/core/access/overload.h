/* SPDX-License-Identifier: Apache-2.0 */
/* overload - detects that messages arrive faster than they are handled. */
#ifndef DAQS_CONTROLLERD_CORE_ACCESS_OVERLOAD_H
#define DAQS_CONTROLLERD_CORE_ACCESS_OVERLOAD_H

#include <stdbool.h>
#include <stdint.h>

/* How long turns may leave messages queued. A fleet whose hosts all connect at once is handled
 * within that time. Messages that wait longer are worth less than the ones that follow them. */
#define OVERLOAD_PATIENCE_MS 5000

/* Zero-initialise. */
struct overload {
    int64_t since_ms; /* monotonic; valid if 'behind' is set */
    bool behind;
};

/* Records whether a turn left messages queued ('more'). Returns true once every turn has left some
 * for OVERLOAD_PATIENCE_MS: the caller then drops the queued messages. */
bool overload_turn(struct overload *overload, bool more, int64_t now_ms);

#endif
