#include <string.h>

#include "agentd/io/agent_pf.h"

/* By its number where the source tells: a guest may be able to change the address. */
struct pf_vf *agent_pf_vf(const struct agent *agent, const struct guest_nic *nic)
{
    struct agent_pf *p = agent->pf[nic->uplink];
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

/* The nic's VF if its rates can be set as far as is known. */
static struct pf_vf *willing_vf(const struct agent *agent, const struct guest_nic *nic,
                                int64_t now_ms)
{
    struct pf_vf *vf = nic->on_vf ? agent_pf_vf(agent, nic) : NULL;
    bool readable = vf && !agent->pf[nic->uplink]->unreadable;
    return readable && pf_vf_obeys(vf, now_ms) ? vf : NULL;
}

struct daqs_nic_reading agent_pf_reading(const struct agent *agent, struct guest_nic *nic,
                                         int64_t now_ms)
{
    struct daqs_nic_reading reading = nic->reading;
    if (reading.sample.interval_us > 0) {
        reading.age_us = counters_age_us(&nic->counters, now_ms * 1000);
        reading.source = DAQS_SOURCE_GUEST;
    }
    if (!agent_pf_limits(agent, nic, now_ms)) {
        if (witness_says_less(&nic->witness) && pf_count(agent_pf_vf(agent, nic), now_ms, &reading))
            counters_forget(&nic->counters);
        return reading;
    }
    const struct pf_vf *vf = willing_vf(agent, nic, now_ms);
    if (vf) {
        pf_merge(vf, now_ms, &reading);
        if (vf->counts) /* what the VF counted is not to be counted again */
            counters_forget(&nic->counters);
    } else if (enforce_of(agent, nic) == ENFORCE_HOST && reading.state != DAQS_NIC_UNRESPONSIVE &&
               reading.state != DAQS_NIC_FROZEN) {
        reading.state = DAQS_NIC_UNMANAGED;
        reading.cause = DAQS_CAUSE_HOST_CANNOT;
    }
    return reading;
}

daqs_bps agent_pf_limit(const struct agent *agent, const struct guest_nic *nic, int64_t now_ms)
{
    const struct pf_vf *vf = willing_vf(agent, nic, now_ms);
    if (!vf || !vf->want_mbit || vf->rate_mbit != vf->want_mbit)
        return shaper_limit(&nic->shaper, nic->tc.limit);
    return daqs_lower((daqs_bps)vf->rate_mbit * 1000000, shaper_limit(&nic->shaper, nic->tc.limit));
}

bool agent_pf_settled(const struct agent *agent, const struct guest_nic *nic, int64_t now_ms)
{
    const struct pf_vf *vf = willing_vf(agent, nic, now_ms);
    if (!vf)
        return true;
    uint32_t want_mbit = pf_rate(nic->wanted);
    bool in_force = want_mbit ? vf->rate_mbit == want_mbit : !vf->ours_mbit;
    return in_force && !agent->pf[nic->uplink]->busy;
}

daqs_bps agent_pf_guest_wanted(const struct agent *agent, const struct guest_nic *nic)
{
    bool by_host = enforce_of(agent, nic) == ENFORCE_HOST;
    return by_host ? DAQS_UNLIMITED : shaper_rate(&nic->shaper, nic->wanted);
}

bool agent_pf_mac(const struct agent *agent, const char *pf, int vf, struct daqs_mac *ret)
{
    static const struct daqs_mac none;
    for (size_t u = 0; u < agent->config->uplinks; u++) {
        struct agent_pf *p = agent->pf[u];
        if (!p || strcmp(p->job->pf, pf) != 0 || vf < 0)
            continue;
        const struct pf_vf *found = pf_find_number(&p->pf, (uint32_t)vf);
        if (!found || daqs_mac_equal(&found->mac, &none))
            continue;
        *ret = found->mac;
        return true;
    }
    return false;
}

void agent_pf_reported(struct agent *agent)
{
    for (size_t u = 0; u < agent->config->uplinks; u++)
        for (size_t i = 0; agent->pf[u] && i < agent->pf[u]->pf.vfs; i++)
            agent->pf[u]->pf.vf[i].sample = (struct daqs_sample){0};
}
