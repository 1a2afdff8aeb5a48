/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "agentd/agent_pf.h"
#include "agentd/host/nic_facts.h"

/* Fills in *ret. Returns false if the VF is watched or may be soon, or if the nic is not a VF. */
static bool is_unwatched(const struct placing_facts *facts, enum placing_outcome outcome,
                         struct daqs_unwatched_info *ret)
{
    *ret =
        (struct daqs_unwatched_info){.vf = facts->vf >= 0 ? (uint32_t)facts->vf : DAQS_VF_UNKNOWN,
                                     .cause = (uint8_t)placing_cause(outcome)};
    memcpy(ret->pf, facts->physical, sizeof ret->pf);
    memcpy(ret->pci, facts->pci, sizeof ret->pci);
    return ret->cause != DAQS_CAUSE_NONE;
}

/* Stores the VFs that are not watched, for the controller. */
static void report_unwatched(struct agent *agent, struct guest *guest,
                             const struct placing_facts *facts, const enum placing_outcome *outcome)
{
    struct daqs_unwatched_info vf[DOMAIN_NICS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < guest->source_nics; i++)
        count += is_unwatched(&facts[i], outcome[i], &vf[count]);
    (void)guests_set_unwatched(&agent->guests, guest, vf, count); /* out of memory: as before */
}

/* Logs each VF that is not watched, once, without a bound on the number of lines. */
static void log_unwatched(struct guest *guest, const struct placing_facts *facts,
                          const enum placing_outcome *outcome)
{
    for (size_t i = 0; i < guest->source_nics; i++) {
        char text[PLACING_TEXT_BYTES];
        bool fresh = guest->logged_outcome[i] != (uint8_t)outcome[i];
        guest->logged_outcome[i] = (uint8_t)outcome[i];
        if (fresh && *placing_text(&facts[i], outcome[i], text))
            daqs_log(DAQS_LOG_WARNING, "guest %s: %s", guest->name, text);
    }
}

size_t agent_told_places(struct agent *agent, struct guest *guest,
                         struct guest_nic_place ret[static DOMAIN_NICS_MAX])
{
    struct placing_facts facts[DOMAIN_NICS_MAX];
    enum placing_outcome outcome[DOMAIN_NICS_MAX];
    for (size_t i = 0; i < guest->source_nics; i++) {
        nic_facts(agent->sysfs, &guest->source_nic[i], &facts[i]);
        (void)snprintf(facts[i].called, sizeof facts[i].called, "%s",
                       agent_pf_called(agent, facts[i].physical));
        if (facts[i].address == PLACING_ADDRESS_PENDING)
            facts[i].address =
                agent_pf_address(agent, facts[i].physical, facts[i].vf, &facts[i].mac);
    }
    size_t count = placing_choose(agent->config->uplink, agent->config->uplinks, guest->source_nic,
                                  facts, guest->source_nics, ret, outcome);
    log_unwatched(guest, facts, outcome);
    report_unwatched(agent, guest, facts, outcome);
    return count;
}

/* Keeps the nics that only the guest reports, until it lists others. Since the source reports nics,
 * too, these are only nics whose addresses the operator lists in full. */
static size_t keep_inside(const struct agent *agent, const struct guest *guest,
                          struct guest_nic_place ret[static GUEST_NICS_MAX])
{
    const struct agent_config *c = agent->config;
    size_t count = 0;
    for (size_t i = 0; i < guest->nics; i++) {
        const struct guest_nic *nic = &guest->nic[i];
        if (nic->inside &&
            uplinks_match_inside(c->uplink, c->uplinks, &nic->mac, true) == nic->uplink)
            ret[count++] = (struct guest_nic_place){.mac = nic->mac,
                                                    .uplink = nic->uplink,
                                                    .vf = nic->vf,
                                                    .slot = nic->slot,
                                                    .pf = nic->pf,
                                                    .inside = true};
    }
    return count;
}

static void place_told_nics(struct agent *agent, struct guest *guest)
{
    struct guest_nic_place place[DOMAIN_NICS_MAX + GUEST_NICS_MAX];
    size_t count = agent_told_places(agent, guest, place);
    count += keep_inside(agent, guest, place + count);
    (void)guests_set_nics(&agent->guests, guest, place, count); /* out of memory: as before */
}

/* Returns the outcome that was logged for this nic, so that it is not logged again. */
static uint8_t outcome_before(const struct guest *guest, const struct domain_nic *nic)
{
    for (size_t i = 0; i < guest->source_nics; i++)
        if (strcmp(guest->source_nic[i].pci, nic->pci) == 0 &&
            strcmp(guest->source_nic[i].device, nic->device) == 0 &&
            daqs_mac_equal(&guest->source_nic[i].mac, &nic->mac))
            return guest->logged_outcome[i];
    return PLACING_WATCHED;
}

void agent_take_told_nics(struct agent *agent, struct guest *guest, const struct domain_nic *nic,
                          size_t count)
{
    uint8_t outcome[DOMAIN_NICS_MAX];
    struct domain_nic *told = calloc(count + 1, sizeof *told);
    if (!told)
        return; /* as before */
    for (size_t i = 0; i < count; i++)
        outcome[i] = outcome_before(guest, &nic[i]);
    memcpy(guest->logged_outcome, outcome, count);
    memcpy(told, nic, count * sizeof *told);
    free(guest->source_nic);
    guest->source_nic = told;
    guest->source_nics = count;
    place_told_nics(agent, guest);
}

void agent_forget_told_nics(struct agent *agent, struct guest *guest)
{
    free(guest->source_nic);
    guest->source_nic = NULL;
    guest->source_nics = 0;
    (void)guests_set_unwatched(&agent->guests, guest, NULL, 0);
}

void agent_place_nics(struct agent *agent)
{
    for (size_t i = 0; i < agent->guests.count; i++)
        if (agent->guests.guest[i]->source_nic)
            place_told_nics(agent, agent->guests.guest[i]);
}
