/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/poll_plan.h"

enum { BACKOFF_MS = 1000 };

bool poll_plan_due(const struct poll_plan *plan, int64_t now_ms)
{
    return !plan->busy && now_ms >= plan->next_ms;
}

bool poll_plan_suspect(const struct poll_plan *plan)
{
    return plan->blocked || plan->failures >= POLL_SUSPECT_FAILURES;
}

void poll_plan_started(struct poll_plan *plan, int64_t now_ms, int64_t interval_ms)
{
    poll_plan_visited(plan, now_ms);
    plan->next_ms = now_ms + interval_ms / 4 * 3;
}

void poll_plan_visited(struct poll_plan *plan, int64_t now_ms)
{
    plan->busy = true;
    plan->begun_ms = now_ms;
}

enum daqs_job_lane poll_plan_lane(const struct poll_plan *plan, enum daqs_job_lane lane)
{
    return plan->quick ? lane : DAQS_JOB_SLOW;
}

void poll_plan_held(struct poll_plan *plan, int64_t held_ms, int64_t now_ms)
{
    bool quick = held_ms <= POLL_QUICK_MS;
    if (!quick)
        plan->slow_ms = now_ms;
    plan->quick = quick && (plan->slow_ms == 0 || now_ms - plan->slow_ms >= POLL_SLOW_FOR_MS);
}

void poll_plan_blocked(struct poll_plan *plan)
{
    plan->blocked = true;
}

void poll_plan_paused(struct poll_plan *plan, int64_t now_ms, bool blocked)
{
    plan->busy = false;
    plan->blocked = blocked;
    plan->failures = 0;
    if (plan->next_ms < now_ms + POLL_PAUSED_MS)
        plan->next_ms = now_ms + POLL_PAUSED_MS;
}

void poll_plan_ended(struct poll_plan *plan, int64_t now_ms, bool answered, uint32_t random)
{
    plan->busy = plan->blocked = false;
    if (answered) {
        plan->failures = 0;
        return;
    }
    plan->failures++;
    if (!poll_plan_suspect(plan))
        return;
    int64_t wait_ms = BACKOFF_MS;
    for (unsigned i = POLL_SUSPECT_FAILURES; i < plan->failures && wait_ms < POLL_BACKOFF_MAX_MS;
         i++)
        wait_ms *= 2;
    if (wait_ms > POLL_BACKOFF_MAX_MS)
        wait_ms = POLL_BACKOFF_MAX_MS;
    plan->next_ms = now_ms + wait_ms - (int64_t)(random % (uint32_t)(wait_ms / 4));
}
