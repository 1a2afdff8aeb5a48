/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/host/nic_places.h"

#include <stdlib.h>
#include <string.h>

#include "agentd/host/nic_facts.h"
#include "shared/base/log.h"

struct nic_places {
    const struct host_pfs *pfs;
    struct guests *guests;
};

struct nic_places *nic_places_new(const struct host_pfs *pfs, struct guests *guests)
{
    struct nic_places *places = calloc(1, sizeof *places);
    if (places)
        *places = (struct nic_places){pfs, guests};
    return places;
}

void nic_places_free(struct nic_places *places)
{
    free(places);
}

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
static void store_unwatched(struct nic_places *places, struct guest *guest,
                            const struct placing_facts *facts, const enum placing_outcome *outcome)
{
    struct daqs_unwatched_info vf[DOMAIN_NICS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < guest->source_nics; i++)
        count += is_unwatched(&facts[i], outcome[i], &vf[count]);
    (void)guests_set_unwatched(places->guests, guest, vf, count); /* out of memory: as before */
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

size_t nic_places_choose(struct nic_places *places, struct guest *guest,
                         struct guest_nic_place ret[static DOMAIN_NICS_MAX])
{
    const struct host_pfs *pfs = places->pfs;
    struct placing_facts facts[DOMAIN_NICS_MAX];
    enum placing_outcome outcome[DOMAIN_NICS_MAX];
    for (size_t i = 0; i < guest->source_nics; i++) {
        nic_facts(host_pfs_sysfs(pfs), &guest->source_nic[i], &facts[i]);
        (void)snprintf(facts[i].called, sizeof facts[i].called, "%s",
                       host_pfs_called(pfs, facts[i].physical));
        if (facts[i].address == PLACING_ADDRESS_PENDING)
            facts[i].address = host_pfs_address(pfs, facts[i].physical, facts[i].vf, &facts[i].mac);
    }
    size_t count = placing_choose(host_pfs_uplink(pfs, 0), host_pfs_uplinks(pfs), guest->source_nic,
                                  facts, guest->source_nics, ret, outcome);
    log_unwatched(guest, facts, outcome);
    store_unwatched(places, guest, facts, outcome);
    return count;
}

/* Keeps the nics that only the guest reports, until it lists others. Since the source reports nics,
 * too, these are only nics whose addresses the operator lists in full. */
static size_t keep_inside(const struct host_pfs *pfs, const struct guest *guest,
                          struct guest_nic_place ret[static GUEST_NICS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < guest->nics; i++) {
        const struct guest_nic *nic = &guest->nic[i];
        if (nic->inside && uplinks_match_inside(host_pfs_uplink(pfs, 0), host_pfs_uplinks(pfs),
                                                &nic->mac, true) == nic->uplink)
            ret[count++] = (struct guest_nic_place){.mac = nic->mac,
                                                    .uplink = nic->uplink,
                                                    .vf = nic->vf,
                                                    .slot = nic->slot,
                                                    .pf = nic->pf,
                                                    .inside = true};
    }
    return count;
}

static void place(struct nic_places *places, struct guest *guest)
{
    struct guest_nic_place found[DOMAIN_NICS_MAX + GUEST_NICS_MAX];
    size_t count = nic_places_choose(places, guest, found);
    count += keep_inside(places->pfs, guest, found + count);
    (void)guests_set_nics(places->guests, guest, found, count); /* out of memory: as before */
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

void nic_places_take_source(struct nic_places *places, struct guest *guest,
                            const struct domain_nic *nic, size_t count)
{
    uint8_t outcome[DOMAIN_NICS_MAX];
    struct domain_nic *copy = calloc(count + 1, sizeof *copy);
    if (!copy)
        return; /* as before */
    for (size_t i = 0; i < count; i++)
        outcome[i] = outcome_before(guest, &nic[i]);
    memcpy(guest->logged_outcome, outcome, count);
    memcpy(copy, nic, count * sizeof *copy);
    free(guest->source_nic);
    guest->source_nic = copy;
    guest->source_nics = count;
    place(places, guest);
}

void nic_places_forget_source(struct nic_places *places, struct guest *guest)
{
    free(guest->source_nic);
    guest->source_nic = NULL;
    guest->source_nics = 0;
    (void)guests_set_unwatched(places->guests, guest, NULL, 0);
}

void nic_places_update(struct nic_places *places)
{
    const struct guests *guests = places->guests;
    for (size_t i = 0; i < guests->count; i++)
        if (guests->guest[i]->source_nic)
            place(places, guests->guest[i]);
}
