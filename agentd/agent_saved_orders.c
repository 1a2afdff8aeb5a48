/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "agentd/agent_state.h"
#include "agentd/core/saved_orders_text.h"
#include "agentd/saved_orders_file.h"
#include "shared/base/cleanup.h"

/* A damaged file does not keep the agent from starting, because the controller sends everything
 * again. */
void agent_load_saved_orders(struct agent *agent, int64_t now_ms)
{
    struct daqs_error err = {0};
    struct order_terms terms;
    struct saved_orders saved = {0};
    struct daqs_uplink_info uplink[DAQS_MAX_UPLINKS];
    uint32_t uplinks = (uint32_t)agent->config->uplinks;
    char *text DAQS_AUTO_FREE = NULL;
    int result = saved_orders_file_load(agent->config->state_dir, &text, &err);
    for (uint32_t u = 0; u < uplinks; u++)
        uplink[u] = (struct daqs_uplink_info){.name = agent->config->uplink[u].name};
    if (result == DAQS_OK && text)
        result = saved_orders_parse(text, uplink, uplinks, &terms, &saved, &err);
    if (result != DAQS_OK)
        daqs_log(DAQS_LOG_WARNING, "guarantees are not known until a controller is heard: %s",
                 err.text);
    if (result != DAQS_OK || !text)
        return;
    if (inventory_restore(agent->inventory, &saved) != DAQS_OK)
        return;
    agent->terms = terms;
    lease_resume(&agent->lease, terms.lease_ms, now_ms);
}

bool agent_orders_differ(const struct agent *agent, const struct order_terms *terms,
                         const struct daqs_nic_setting *fresh)
{
    const struct daqs_nic_setting *old = inventory_settings(agent->inventory);
    bool differ = !old || agent->saved_generation != inventory_generation(agent->inventory) ||
                  !order_terms_equal(&agent->terms, terms);
    for (uint32_t i = 0; !differ && i < inventory_current(agent->inventory)->nics; i++)
        differ = old[i].min != fresh[i].min || old[i].max != fresh[i].max ||
                 old[i].weight != fresh[i].weight;
    return differ;
}

/* Saves the orders. If that fails, the agent tries again with the next orders. */
void agent_save_orders(struct agent *agent, int64_t now_ms)
{
    struct daqs_error err = {0};
    char *text = saved_orders_format(&agent->terms, inventory_current(agent->inventory),
                                     inventory_settings(agent->inventory));
    int result = text ? DAQS_OK : daqs_fail(&err, DAQS_ENOMEM, "out of memory");
    bool same = text && agent->saved && strcmp(text, agent->saved) == 0;
    if (text && !same)
        result = saved_orders_file_save(agent->config->state_dir, text, &err);
    if (result != DAQS_OK) {
        if (daqs_log_allowed(&agent->budget, now_ms))
            daqs_log(DAQS_LOG_ERROR, "%s", err.text);
        free(text);
        return;
    }
    agent->saved_generation = inventory_generation(agent->inventory);
    free(agent->saved);
    agent->saved = text;
}
