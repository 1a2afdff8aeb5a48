/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "agentd/agent_facts.h"
#include "agentd/agent_looks.h"
#include "agentd/agent_state.h"
#include "shared/base/cleanup.h"
#include "shared/base/clock.h"
#include "shared/base/version.h"

enum { HEARD_BYTES = 4 * 1024 * 1024, MESSAGES_AT_ONCE = 64 };

/* --- sending --- */

/* Builds the inventory again if guests have changed. */
static int refresh_inventory(struct agent *agent)
{
    if (!inventory_outdated(agent->inventory))
        return DAQS_OK;
    int result = inventory_rebuild(agent->inventory);
    if (result == DAQS_OK)
        local_control_carry(agent->local);
    return result;
}

void agent_send_hello(struct agent *agent)
{
    if (refresh_inventory(agent) != DAQS_OK) {
        daqs_log(DAQS_LOG_ERROR, "out of memory: the inventory is not sent");
        return;
    }
    const struct wire_message message = {
        .type = WIRE_HELLO,
        .hello = {.host = agent->config->host,
                  .version = DAQS_VERSION,
                  .instance = agent->instance,
                  .generation = inventory_generation(agent->inventory),
                  .epoch = orders_lease(agent->orders)->epoch,
                  .poll_ms = (uint32_t)agent->config->poll_ms,
                  .poll_most_ms = (uint32_t)agent->config->poll_most_ms,
                  .inventory = *inventory_current(agent->inventory),
                  .stale_controller = orders_lease(agent->orders)->stale_controller},
    };
    if (link_send(&agent->link, &message) == DAQS_ETOOBIG) /* if lost, it is requested again */
        daqs_log(DAQS_LOG_ERROR, "the inventory is too large for one message: it is not sent");
}

static struct daqs_nic_reading *gather_readings(struct agent *agent, int64_t now_ms)
{
    struct daqs_nic_reading *reading =
        calloc(inventory_current(agent->inventory)->nics + 1U, sizeof *reading);
    for (size_t i = 0; reading && i < agent->guests.count; i++) {
        struct guest *guest = agent->guests.guest[i];
        for (size_t k = 0; k < guest->nics; k++) {
            struct guest_nic *nic = &guest->nic[k];
            if (!inventory_lists(agent->inventory, nic))
                continue;
            reading[nic->index] = agent_pf_reading(agent, nic, now_ms);
            const struct daqs_sample *sample = &reading[nic->index].sample;
            guest_nic_reported(nic, sample, now_ms);
            agent_looks_note(agent, guest, nic, sample);
            reading[nic->index].backlog = (uint8_t)unsent_backlog(&nic->unsent, now_ms);
            agent_pf_nic_reported(agent, nic, &reading[nic->index]);
        }
    }
    agent_pf_reported(agent);
    return reading;
}

static void send_applied(struct agent *agent, int64_t now_ms)
{
    struct daqs_nic_applied *list DAQS_AUTO_FREE =
        calloc(inventory_current(agent->inventory)->nics + 1U, sizeof *list);
    uint32_t count = 0;
    for (size_t i = 0; list && i < agent->guests.count; i++) {
        const struct guest *guest = agent->guests.guest[i];
        for (size_t k = 0; k < guest->nics; k++) {
            struct guest_nic *nic = &guest->nic[k];
            if (nic->reported || !inventory_lists(agent->inventory, nic))
                continue;
            const struct daqs_nic_reading reading = agent_pf_reading(agent, nic, now_ms);
            list[count++] = (struct daqs_nic_applied){nic->index, agent_pf_limit(agent, nic),
                                                      reading.state, reading.cause};
        }
    }
    if (count == 0)
        return;
    const struct wire_message message = {
        .type = WIRE_APPLIED,
        .applied = {.epoch = orders_lease(agent->orders)->epoch,
                    .sequence = orders_lease(agent->orders)->sequence,
                    .generation = inventory_generation(agent->inventory),
                    .nics = count,
                    .nic = list},
    };
    if (link_send(&agent->link, &message) != DAQS_OK)
        return; /* sent again with the next report */
    for (size_t i = 0; i < agent->guests.count; i++)
        for (size_t k = 0; k < agent->guests.guest[i]->nics; k++)
            agent->guests.guest[i]->nic[k].reported = true;
}

/* Returns the limit in force on each nic, to be freed by the caller; NULL if out of memory. */
static daqs_bps *gather_limits(const struct agent *agent)
{
    daqs_bps *limit = calloc(inventory_current(agent->inventory)->nics + 1U, sizeof *limit);
    for (size_t i = 0; limit && i < agent->guests.count; i++) {
        const struct guest *guest = agent->guests.guest[i];
        for (size_t k = 0; k < guest->nics; k++)
            if (inventory_lists(agent->inventory, &guest->nic[k]))
                limit[guest->nic[k].index] = agent_pf_limit(agent, &guest->nic[k]);
    }
    return limit;
}

/* If out of memory, limits stay; tried again with the next report. */
static void decide_locally(struct agent *agent, const struct wire_report *report, int64_t from_ms,
                           int64_t now_ms)
{
    daqs_bps *applied DAQS_AUTO_FREE = gather_limits(agent);
    const struct local_readings readings = {.nic = report->reading,
                                            .applied = applied,
                                            .uplinks = report->uplinks,
                                            .uplink = report->uplink};
    if (applied)
        local_control_decide(agent->local, orders_terms(agent->orders), &readings, from_ms, now_ms);
}

void agent_send_report(struct agent *agent, int64_t now_ms)
{
    agent->count.reports++;
    agent->report_due = false;
    if (inventory_outdated(agent->inventory))
        agent_send_hello(agent);
    if (inventory_outdated(agent->inventory))
        return;
    struct daqs_nic_reading *reading DAQS_AUTO_FREE = gather_readings(agent, now_ms);
    if (!reading)
        return;
    struct daqs_uplink_reading uplink[DAQS_MAX_UPLINKS];
    uint32_t uplinks = agent_facts_report(agent, reading, now_ms, uplink);
    const struct wire_message message = {
        .type = WIRE_REPORT,
        .report = {.generation = inventory_generation(agent->inventory),
                   .sequence = ++agent->report_sequence,
                   .mono_us = (uint64_t)now_ms * 1000,
                   .nics = inventory_current(agent->inventory)->nics,
                   .reading = reading,
                   .limits_sequence = orders_sequence_of(agent->orders, agent->reported_ms, now_ms),
                   .uplinks = uplinks,
                   .uplink = uplink},
    };
    int64_t from_ms = agent->reported_ms;
    agent->reported_ms = now_ms;
    (void)link_send(&agent->link, &message); /* if lost, the next one follows */
    send_applied(agent, now_ms);
    if (!orders_lease(agent->orders)->held)
        decide_locally(agent, &message.report, from_ms, now_ms);
}

void agent_send_bye(struct agent *agent)
{
    const struct wire_message message = {.type = WIRE_BYE, .bye = {WIRE_BYE_STOPPING}};
    (void)link_send(&agent->link, &message); /* the controller would notice anyway */
}

/* --- receiving --- */

static void handle_welcome(struct agent *agent, const struct wire_welcome *welcome, int64_t now_ms)
{
    if (orders_heard_of(agent->orders, welcome->epoch))
        link_heard(&agent->link, welcome->lease_ms, now_ms);
    if (welcome->generation == inventory_generation(agent->inventory))
        return;
    for (size_t i = 0; i < agent->guests.count; i++)
        for (size_t k = 0; k < agent->guests.guest[i]->nics; k++)
            agent->guests.guest[i]->nic[k].reported = false;
    agent_send_hello(agent);
}

void agent_receive(struct agent *agent, int64_t now_ms)
{
    struct daqs_arena arena DAQS_AUTO(daqs_arena_done);
    struct wire_message message;
    daqs_arena_init(&arena, HEARD_BYTES);
    for (int i = 0; i < MESSAGES_AT_ONCE; i++) { /* guests need their turn */
        daqs_arena_reset(&arena);
        int result = link_receive(&agent->link, &arena, now_ms, &message);
        if (result == DAQS_ENOTFOUND)
            return;
        if (result != DAQS_OK)
            continue;
        switch (message.type) {
        case WIRE_WELCOME:
            handle_welcome(agent, &message.welcome, now_ms);
            break;
        case WIRE_LIMITS:
            if (orders_receive(agent->orders, &message.limits, now_ms))
                link_heard(&agent->link, message.limits.lease_ms, now_ms);
            break;
        case WIRE_BYE:
            if (daqs_log_allowed(&agent->budget, now_ms))
                daqs_log(DAQS_LOG_WARNING, "the controller says goodbye: %s",
                         wire_bye_text(message.bye.reason));
            break;
        case WIRE_HELLO:
        case WIRE_REPORT:
        case WIRE_APPLIED:
            break; /* not meant for agents */
        }
    }
}
