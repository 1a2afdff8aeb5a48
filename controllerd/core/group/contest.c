/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/group/contest.h"

void contest_read(struct contest *contest, int64_t now_ms)
{
    if (!contest->read_ms)
        contest->read_ms = now_ms;
}

void contest_own(struct contest *contest)
{
    contest->read_ms = 0;
}

enum contest_act contest_due(struct contest *contest, bool here, int64_t now_ms)
{
    if (!contest->read_ms || now_ms - contest->read_ms < CONTEST_WAIT_MS)
        return CONTEST_NOTHING;
    if (!here) {
        *contest = (struct contest){0};
        return CONTEST_LEFT;
    }
    if (contest->written_ms && now_ms - contest->written_ms < CONTEST_AGAIN_MS)
        contest->claimed_ms = now_ms;
    if (contest->written_ms && now_ms - contest->written_ms < CONTEST_WRITE_MS)
        return CONTEST_NOTHING;
    contest->written_ms = now_ms;
    contest->read_ms = 0;
    return CONTEST_WRITE;
}

bool contest_is_claimed(const struct contest *contest, int64_t now_ms)
{
    return contest->claimed_ms && now_ms - contest->claimed_ms < CONTEST_LASTS_MS;
}
