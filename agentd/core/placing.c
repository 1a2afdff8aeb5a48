/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/placing.h"

#include <stdio.h>
#include <string.h>

/* A group address, which cannot belong to an interface. */
struct daqs_mac placing_number_mac(uint32_t pf, int vf)
{
    return (struct daqs_mac){{1, 0, 0, (uint8_t)pf, (uint8_t)(vf >> 8), (uint8_t)vf}};
}

bool placing_is_number(const struct daqs_mac *mac)
{
    static const uint8_t head[3] = {1};
    return memcmp(mac->byte, head, sizeof head) == 0;
}

static uint32_t uplink_named(const struct uplink *uplink, size_t uplinks, const char *name)
{
    for (size_t i = 0; i < uplinks && *name; i++)
        if (uplink_pf_named(&uplink[i], name) != UPLINK_NONE)
            return (uint32_t)i;
    return UPLINK_NONE;
}

static enum placing_outcome without_uplink(const struct placing_facts *facts, uint32_t own)
{
    if (!facts->is_vf)
        return PLACING_NO_VF;
    if (own != UPLINK_NONE)
        return PLACING_NOT_AMONG;
    return *facts->physical ? PLACING_NO_UPLINK : PLACING_NO_INTERFACE;
}

/* Determines where the nic is watched, unless another nic is there. */
static enum placing_outcome find_place(const struct uplink *uplink, size_t uplinks,
                                       const struct domain_nic *nic,
                                       const struct placing_facts *facts,
                                       struct guest_nic_place *ret)
{
    bool known = facts->address == PLACING_ADDRESS_KNOWN;
    bool none = facts->address == PLACING_ADDRESS_NONE && facts->vf >= 0;
    uint32_t own = uplink_named(uplink, uplinks, facts->called);
    if (!known && own == UPLINK_NONE)
        return without_uplink(facts, own);
    if (!known && !none)
        return facts->address == PLACING_ADDRESS_PENDING ? PLACING_PENDING : PLACING_UNLISTED;
    struct daqs_mac mac = facts->mac;
    if (none)
        mac = placing_number_mac(uplink_pf_named(&uplink[own], facts->called), facts->vf);
    uint32_t found = uplinks_match(uplink, uplinks, &mac, facts->called);
    if (found == UPLINK_NONE)
        return without_uplink(facts, own);
    uint32_t pf = uplink_pf_named(&uplink[found], facts->called);
    bool limitable = pf != UPLINK_NONE && !facts->shared;
    *ret = (struct guest_nic_place){.mac = mac,
                                    .uplink = found,
                                    .vf = limitable ? facts->vf : -1,
                                    .pf = pf != UPLINK_NONE ? pf : uplink_only_pf(&uplink[found])};
    ret->slot.passed_through = nic->pci[0] != '\0';
    memcpy(ret->slot.pci, nic->guest_pci, sizeof ret->slot.pci);
    return PLACING_WATCHED;
}

/* Returns an earlier nic that is watched in the same place as nic 'i', or 'i' if there is none. */
static size_t find_rival(const struct guest_nic_place *place, const enum placing_outcome *outcome,
                         size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (outcome[k] == PLACING_WATCHED && place[k].uplink == place[i].uplink &&
            daqs_mac_equal(&place[k].mac, &place[i].mac))
            return k;
    return i;
}

static enum placing_outcome left_out(const struct placing_facts *facts)
{
    return facts->is_vf ? PLACING_SAME_ADDRESS : PLACING_NO_VF;
}

size_t placing_choose(const struct uplink *uplink, size_t uplinks, const struct domain_nic *nic,
                      const struct placing_facts *facts, size_t count,
                      struct guest_nic_place ret[static DOMAIN_NICS_MAX],
                      enum placing_outcome ret_outcome[static DOMAIN_NICS_MAX])
{
    size_t places = 0;
    for (size_t i = 0; i < count; i++) {
        ret_outcome[i] = find_place(uplink, uplinks, &nic[i], &facts[i], &ret[i]);
        size_t rival = ret_outcome[i] == PLACING_WATCHED ? find_rival(ret, ret_outcome, i) : i;
        if (rival == i)
            continue;
        /* A paravirtual nic is the standby of a VF (<teaming>). */
        size_t loser = facts[i].is_vf && !facts[rival].is_vf ? rival : i;
        ret_outcome[loser] = left_out(&facts[loser]);
    }
    for (size_t i = 0; i < count; i++)
        if (ret_outcome[i] == PLACING_WATCHED)
            ret[places++] = ret[i];
    return places;
}

enum daqs_nic_cause placing_cause(enum placing_outcome outcome)
{
    switch (outcome) {
    case PLACING_WATCHED:
    case PLACING_NO_VF:
    case PLACING_PENDING:
        break;
    case PLACING_NO_UPLINK:
        return DAQS_CAUSE_VF_NO_UPLINK;
    case PLACING_NO_INTERFACE:
        return DAQS_CAUSE_VF_NO_INTERFACE;
    case PLACING_NOT_AMONG:
        return DAQS_CAUSE_VF_NOT_AMONG;
    case PLACING_UNLISTED:
        return DAQS_CAUSE_VF_UNLISTED;
    case PLACING_SAME_ADDRESS:
        return DAQS_CAUSE_VF_SAME_ADDRESS;
    }
    return DAQS_CAUSE_NONE;
}

const char *placing_text(const struct placing_facts *facts, enum placing_outcome outcome,
                         char buf[static PLACING_TEXT_BYTES])
{
    const char *why = daqs_nic_cause_text(placing_cause(outcome));
    buf[0] = '\0';
    if (!*why)
        return buf;
    if (facts->vf >= 0 && *facts->physical)
        (void)snprintf(buf, PLACING_TEXT_BYTES, "VF %d of %s (%s) is in use and not watched: %s",
                       facts->vf, facts->physical, facts->pci, why);
    else
        (void)snprintf(buf, PLACING_TEXT_BYTES, "VF %s is in use and not watched: %s", facts->pci,
                       why);
    return buf;
}
