/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "agentd/agent_state.h"
#include "shared/base/cleanup.h"

/* Checks whether the lease has expired. Limits stay as they are until the next report, from which
 * the agent decides. */
void agent_check_lease(struct agent *agent, int64_t now_ms)
{
    if (!lease_expired(&agent->lease, now_ms) || !inventory_settings(agent->inventory))
        return;
    daqs_log(DAQS_LOG_WARNING,
             "no word from the controller within the lease: splitting the uplinks locally");
    agent_set_pace(agent, 0); /* also lets a returning controller notice this host at once */
}

/* Returns true if the readings were made under limits older than those ordered last; for two polls
 * at most. */
static bool outdated(const struct agent *agent, int64_t from_ms, int64_t now_ms)
{
    return convergence_sequence_of(&agent->local_convergence, from_ms, now_ms) <
               agent->local_sequence &&
           now_ms - agent->local_changed_ms < 2 * agent->interval_ms;
}

static void note(struct agent *agent, const struct wire_report *report, const daqs_bps *applied,
                 int64_t now_ms)
{
    const struct local_readings readings = {.nic = report->reading,
                                            .applied = applied,
                                            .uplinks = report->uplinks,
                                            .uplink = report->uplink};
    local_policy_note(agent->local, inventory_current(agent->inventory), &readings, now_ms);
}

/* Returns the limit in force on each nic, to be freed by the caller; NULL if out of memory. */
static daqs_bps *gather_applied(const struct agent *agent)
{
    daqs_bps *applied = calloc(inventory_current(agent->inventory)->nics + 1U, sizeof *applied);
    for (size_t i = 0; applied && i < agent->guests.count; i++) {
        const struct guest *guest = agent->guests.guest[i];
        for (size_t k = 0; k < guest->nics; k++)
            if (inventory_lists(agent->inventory, &guest->nic[k]))
                applied[guest->nic[k].index] = agent_pf_limit(agent, &guest->nic[k]);
    }
    return applied;
}

static void order(struct agent *agent, int64_t now_ms)
{
    if (!agent_command_guests(agent))
        return;
    convergence_ordered(&agent->local_convergence, ++agent->local_sequence, false);
    agent->local_changed_ms = now_ms;
    agent_start_urgent(agent, now_ms);
    agent_pf_start(agent, now_ms);
}

void agent_decide_locally(struct agent *agent, const struct wire_report *report, int64_t from_ms,
                          int64_t now_ms)
{
    if (agent->lease.held ||
        !inventory_settings(agent->inventory)) /* a lease is held, or no orders are known */
        return;
    daqs_bps *applied DAQS_AUTO_FREE = gather_applied(agent);
    if (!agent->local)
        agent->local = local_policy_new(inventory_current(agent->inventory),
                                        inventory_settings(agent->inventory));
    if (!applied || !agent->local)
        return; /* limits stay; tried again with the next report */
    note(agent, report, applied, now_ms);
    if (outdated(agent, from_ms, now_ms))
        return;
    local_policy_decide(agent->local, inventory_current(agent->inventory), &agent->terms,
                        (uint32_t)agent->interval_ms, inventory_settings(agent->inventory), now_ms);
    order(agent, now_ms);
}

void agent_carry_locally(struct agent *agent)
{
    if (!agent->local || !inventory_settings(agent->inventory)) {
        agent_end_locally(agent);
        return;
    }
    agent->local = local_policy_carry(agent->local, inventory_previous(agent->inventory),
                                      inventory_current(agent->inventory),
                                      inventory_settings(agent->inventory));
}

void agent_end_locally(struct agent *agent)
{
    local_policy_free(agent->local);
    agent->local = NULL;
    agent->local_convergence = (struct convergence){0};
    agent->local_sequence = 0;
}
