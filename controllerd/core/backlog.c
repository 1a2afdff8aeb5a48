#include "controllerd/core/backlog.h"

bool backlog_turn(struct backlog *backlog, bool more, int64_t now_ms)
{
    if (!more || !backlog->behind)
        *backlog = (struct backlog){.since_ms = now_ms, .behind = more};
    if (now_ms - backlog->since_ms < BACKLOG_PATIENCE_MS)
        return false;
    backlog->behind = false;
    return true;
}
