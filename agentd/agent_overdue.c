/* SPDX-License-Identifier: Apache-2.0 */
#include <stdatomic.h>

#include "agentd/agent_state.h"

/* Returns true if libvirt has not returned from a request to the guest agent in time. Requests
 * through a socket always end in time. */
static bool is_held(const struct guest *guest, int64_t now_ms)
{
    const struct guest_job *job = guest->work;
    int64_t late_ms = guest->poll.busy ? atomic_load(&job->channel->late_ms) : 0;
    return late_ms != 0 && now_ms >= late_ms;
}

/* Sets the guest's nics to busy; the results of the visit follow when it ends. A guest whose last
 * visit failed keeps its state: libvirt gives a guest agent that hangs more time than it was asked
 * to. */
static void take_as_held(struct agent *agent, struct guest *guest, int64_t now_ms)
{
    if (!guest->grace.on && guest->poll.failures > 0)
        return;
    poll_plan_blocked(&guest->poll);
    grace_note(&guest->grace, true, guest->poll.begun_ms);
    uint8_t state = grace_state(&guest->grace, DAQS_NIC_BUSY, now_ms);
    for (size_t i = 0; i < guest->nics; i++)
        (void)agent_set_state(agent, guest, &guest->nic[i], state, DAQS_CAUSE_BUSY, "", now_ms);
}

void agent_look_at_overdue(struct agent *agent, int64_t now_ms)
{
    unsigned overdue = 0;
    unsigned slow = 0;
    for (size_t i = 0; i < agent->guests.count; i++) {
        struct guest *guest = agent->guests.guest[i];
        const struct guest_job *work = guest->work;
        if (!guest->leaving && is_held(guest, now_ms))
            take_as_held(agent, guest, now_ms);
        if (!guest->poll.busy ||
            daqs_pool_held_ms(agent->pool, &work->job, now_ms) < POLL_OVERDUE_MS)
            continue;
        overdue++;
        slow += work->job.lane == DAQS_JOB_SLOW;
    }
    daqs_pool_replace(agent->pool, overdue, slow);
}
