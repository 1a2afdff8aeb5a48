/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "agentd/agent_pf.h"

/* Returns the only PF of the uplink that has a VF with this address. Used if the source does not
 * report the PF. */
static struct agent_pf *pf_by_address(const struct agent *agent, const struct guest_nic *nic)
{
    struct agent_pf *found = NULL;
    for (uint32_t i = 0; i < UPLINK_PFS_MAX; i++) {
        struct agent_pf *p = agent->pf[agent_pf_place(nic->uplink, i)];
        if (!p || !pf_find(&p->pf, &nic->mac))
            continue;
        if (found)
            return NULL;
        found = p;
    }
    return found;
}

struct agent_pf *agent_pf_of(const struct agent *agent, const struct guest_nic *nic)
{
    return nic->pf < UPLINK_PFS_MAX ? agent->pf[agent_pf_place(nic->uplink, nic->pf)]
                                    : pf_by_address(agent, nic);
}

/* Finds the VF by its number if the source reports it, because a guest may be able to change the
 * address. */
struct pf_vf *agent_pf_vf(const struct agent *agent, const struct guest_nic *nic)
{
    struct agent_pf *p = agent_pf_of(agent, nic);
    if (!p)
        return NULL;
    return nic->vf >= 0 ? pf_find_number(&p->pf, (uint32_t)nic->vf) : pf_find(&p->pf, &nic->mac);
}

static enum enforce enforce_of(const struct agent *agent, const struct guest_nic *nic)
{
    return agent->config->uplink[nic->uplink].enforce;
}

bool agent_pf_limits(const struct agent *agent, struct guest_nic *nic, int64_t now_ms)
{
    if (pf_needed(enforce_of(agent, nic), nic->reading.state)) {
        nic->on_vf = true;
        nic->needed_ms = now_ms;
    } else if (now_ms - nic->needed_ms >= PF_HOLD_MS) {
        nic->on_vf = false;
    }
    return nic->on_vf;
}

/* Returns the nic's VF if, as far as is known, its rate can be set; otherwise NULL. */
static struct pf_vf *willing_vf(const struct agent *agent, const struct guest_nic *nic,
                                int64_t now_ms)
{
    struct pf_vf *vf = nic->on_vf ? agent_pf_vf(agent, nic) : NULL;
    bool readable = vf && !agent_pf_of(agent, nic)->unreadable;
    return readable && pf_vf_obeys(vf, now_ms) ? vf : NULL;
}

/* Returns true if the VF's counters are to be used. For a guest that answers and is not suspected,
 * its own counters are used, even if its VF is limited. */
static bool vf_counts(const struct guest_nic *nic, const struct daqs_nic_reading *reading)
{
    bool silent = reading->state == DAQS_NIC_WAITING || reading->state == DAQS_NIC_UNRESPONSIVE ||
                  daqs_nic_in_grace(reading->state);
    return nic->uncounted || counter_check_says_less(&nic->counter_check) ||
           (nic->on_vf && reading->state == DAQS_NIC_TAMPERED) ||
           (nic->on_vf && silent && reading->sample.interval_us <= 0);
}

static void count(const struct agent *agent, const struct guest_nic *nic, int64_t now_ms,
                  struct daqs_nic_reading *reading)
{
    const struct pf_vf *vf = vf_counts(nic, reading) ? agent_pf_vf(agent, nic) : NULL;
    bool carried =
        pf_sample_too_short(vf ? &vf->sample : &reading->sample, agent->pace.interval_ms);
    if (carried || (vf && vf->counter.counts)) /* then the sample of the guest is not reported */
        reading->sample = (struct daqs_sample){0};
    if (!carried && !pf_count(vf, nic->reported_us, now_ms, reading) &&
        reading->sample.interval_us > 0) {
        reading->age_us = counters_age_us(&nic->counters.last, now_ms * 1000);
        reading->source = DAQS_SOURCE_GUEST;
    }
}

struct daqs_nic_reading agent_pf_reading(const struct agent *agent, struct guest_nic *nic,
                                         int64_t now_ms)
{
    struct daqs_nic_reading reading = nic->reading;
    bool limits = agent_pf_limits(agent, nic, now_ms);
    count(agent, nic, now_ms, &reading);
    const struct pf_vf *vf = limits ? willing_vf(agent, nic, now_ms) : NULL;
    if (vf) {
        pf_merge(&agent_pf_of(agent, nic)->pf, vf, now_ms, &reading);
        if (nic->uncounted && !vf->counter.counts)
            reading.cause = nic->reading.cause; /* limited by the host, but not measured */
    } else if (limits && enforce_of(agent, nic) == ENFORCE_HOST &&
               reading.state != DAQS_NIC_UNRESPONSIVE && !daqs_nic_in_grace(reading.state)) {
        const struct pf_vf *refusing = agent_pf_vf(agent, nic);
        bool for_now = refusing && agent_pf_of(agent, nic)->pf.rates.taken_mbit != 0;
        reading.state = DAQS_NIC_UNMANAGED;
        reading.cause = for_now ? DAQS_CAUSE_HOST_REFUSED : DAQS_CAUSE_HOST_CANNOT;
    }
    return reading;
}

void agent_pf_nic_reported(const struct agent *agent, struct guest_nic *nic,
                           const struct daqs_nic_reading *told)
{
    bool carried = told->source == DAQS_SOURCE_NONE &&
                   pf_sample_too_short(&nic->reading.sample, agent->pace.interval_ms);
    if (told->source == DAQS_SOURCE_GUEST)
        nic->reported_us = nic->counters.last.at_us;
    else if (told->source == DAQS_SOURCE_VF &&
             !nic->by_moves) /* avoids counting the VF's bytes twice */
        counters_forget(&nic->counters);
    if (!carried)
        nic->reading.sample = (struct daqs_sample){0};
}

/* Returns the limit in force, which may differ from the wanted one: the driver may have changed
 * it. */
daqs_bps agent_pf_limit(const struct agent *agent, const struct guest_nic *nic)
{
    const struct pf_vf *vf = nic->on_vf ? agent_pf_vf(agent, nic) : NULL;
    daqs_bps in_guest = shaper_limit(&nic->shaper, nic->tc.limit);
    if (!vf || agent_pf_of(agent, nic)->unreadable || !vf->want_mbit || !vf->rate_mbit)
        return in_guest;
    daqs_bps in_force = pf_in_force(&agent_pf_of(agent, nic)->pf, vf);
    return daqs_lower(in_force * 1000000, in_guest);
}

bool agent_pf_converged(const struct agent *agent, const struct guest_nic *nic, int64_t now_ms)
{
    const struct pf_vf *vf = willing_vf(agent, nic, now_ms);
    if (!vf)
        return true;
    const struct agent_pf *p = agent_pf_of(agent, nic);
    uint32_t want_mbit = pf_rate(nic->wanted);
    bool known = want_mbit ? vf->want_mbit && vf->want_mbit <= want_mbit : !vf->want_mbit;
    return known && pf_vf_converged(&p->pf, vf) && !p->busy;
}

daqs_bps agent_pf_guest_wanted(const struct agent *agent, const struct guest_nic *nic)
{
    bool by_host = enforce_of(agent, nic) == ENFORCE_HOST;
    return by_host ? DAQS_UNLIMITED : shaper_rate(&nic->shaper, nic->wanted);
}

static enum placing_address address_of(struct agent_pf *p, int vf, struct daqs_mac *ret)
{
    static const struct daqs_mac none;
    const struct pf_vf *found = vf < 0 ? NULL : pf_find_number(&p->pf, (uint32_t)vf);
    if (!found)
        return p->read || p->unreadable ? PLACING_ADDRESS_UNLISTED : PLACING_ADDRESS_PENDING;
    *ret = found->mac;
    return daqs_mac_equal(&found->mac, &none) ? PLACING_ADDRESS_NONE : PLACING_ADDRESS_KNOWN;
}

struct agent_pf *agent_pf_named(const struct agent *agent, const char *ifname)
{
    for (size_t i = 0; i < agent_pf_places(agent); i++)
        if (agent->pf[i] && strcmp(agent->pf[i]->job->pf, ifname) == 0)
            return agent->pf[i];
    return NULL;
}

enum placing_address agent_pf_address(const struct agent *agent, const char *pf, int vf,
                                      struct daqs_mac *ret)
{
    struct agent_pf *p = agent_pf_named(agent, pf);
    return p ? address_of(p, vf, ret) : PLACING_ADDRESS_PENDING;
}

const char *agent_pf_called(const struct agent *agent, const char *pf)
{
    const struct agent_pf *p = agent_pf_named(agent, pf);
    return p ? uplink_pf(&agent->config->uplink[p->job->uplink], p->job->nth) : pf;
}

void agent_pf_reported(struct agent *agent)
{
    for (size_t i = 0; i < agent_pf_places(agent); i++)
        if (agent->pf[i])
            pf_reported(&agent->pf[i]->pf, agent->pace.interval_ms);
}
