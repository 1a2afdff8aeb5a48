/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/local_control.h"

#include <stdlib.h>

#include "agentd/core/convergence.h"

struct local_control {
    struct local_control_setup given;
    struct local_policy *policy;    /* NULL: not started */
    struct convergence convergence; /* of its limits, numbered by 'sequence' */
    uint64_t sequence;
    int64_t changed_ms; /* when limits changed last */
};

struct local_control *local_control_new(const struct local_control_setup *setup)
{
    struct local_control *control = calloc(1, sizeof *control);
    if (control)
        control->given = *setup;
    return control;
}

void local_control_free(struct local_control *control)
{
    if (!control)
        return;
    local_policy_free(control->policy);
    free(control);
}

/* Returns true if the readings were made under limits older than those decided last; for two polls
 * at most. */
static bool outdated(const struct local_control *control, int64_t from_ms, int64_t now_ms)
{
    return convergence_sequence_of(&control->convergence, from_ms, now_ms) < control->sequence &&
           now_ms - control->changed_ms < 2 * control->given.pace->interval_ms;
}

static void command(struct local_control *control, int64_t now_ms)
{
    if (!inventory_command(control->given.inventory))
        return;
    convergence_ordered(&control->convergence, ++control->sequence, false);
    control->changed_ms = now_ms;
    control->given.apply(control->given.arg, now_ms);
}

void local_control_decide(struct local_control *control, const struct order_terms *terms,
                          const struct local_readings *readings, int64_t from_ms, int64_t now_ms)
{
    const struct daqs_inventory *inventory = inventory_current(control->given.inventory);
    struct daqs_nic_setting *setting = inventory_settings(control->given.inventory);
    if (!setting)
        return;
    if (!control->policy)
        control->policy = local_policy_new(inventory, setting);
    if (!control->policy)
        return; /* limits stay; tried again with the next report */
    local_policy_note(control->policy, inventory, readings, now_ms);
    if (outdated(control, from_ms, now_ms))
        return;
    local_policy_decide(control->policy, inventory, terms,
                        (uint32_t)control->given.pace->interval_ms, setting, now_ms);
    command(control, now_ms);
}

void local_control_carry(struct local_control *control)
{
    const struct inventory *inventory = control->given.inventory;
    const struct daqs_nic_setting *setting = inventory_settings(inventory);
    if (!control->policy || !setting) {
        local_control_end(control);
        return;
    }
    control->policy = local_policy_carry(control->policy, inventory_previous(inventory),
                                         inventory_current(inventory), setting);
}

void local_control_end(struct local_control *control)
{
    local_policy_free(control->policy);
    control->policy = NULL;
    control->convergence = (struct convergence){0};
    control->sequence = 0;
}

bool local_control_pending(const struct local_control *control)
{
    return convergence_pending(&control->convergence);
}

void local_control_in_force(struct local_control *control, int64_t now_ms)
{
    convergence_reached(&control->convergence, true, now_ms);
}
