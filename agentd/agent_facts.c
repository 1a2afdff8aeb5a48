/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/agent_facts.h"

#include "agentd/agent_pf.h"

enum { FACTS_IDLE_MS = 1000 };

/* Returns the interval between readings of what the uplink sends: one poll if a nic on it has a
 * guarantee or a limit; FACTS_IDLE_MS if it has other nics only; INT64_MAX if it has no nic. */
static int64_t look_again_ms(const struct agent *agent, uint32_t uplink)
{
    int64_t wait_ms = INT64_MAX;
    for (size_t i = 0; i < agent->guests.count; i++) {
        const struct guest *guest = agent->guests.guest[i];
        for (size_t k = 0; k < guest->nics; k++) {
            const struct guest_nic *nic = &guest->nic[k];
            if (nic->uplink != uplink)
                continue;
            wait_ms = FACTS_IDLE_MS;
            const struct daqs_nic_setting *setting = inventory_setting(agent->inventory, nic);
            if (setting && (setting->min > 0 || setting->limit != DAQS_UNLIMITED))
                return agent->pace.interval_ms;
        }
    }
    return wait_ms;
}

bool agent_facts_due(const struct agent *agent, const struct agent_pf *pf, int64_t now_ms)
{
    int64_t wait_ms = look_again_ms(agent, pf->job->uplink);
    /* Due half a poll early, because polls are never exactly on time. */
    return !agent->releasing && wait_ms != INT64_MAX &&
           now_ms - pf->facts_ms >= wait_ms - agent->pace.interval_ms / 2;
}

static void add_nic(struct own_interval *sum, const struct daqs_nic_reading *reading,
                    uint64_t *by_guest)
{
    sum->nics++;
    if (!reading || reading->sample.interval_us <= 0) {
        sum->missing++;
        return;
    }
    sum->nics_bytes += reading->sample.tx_bytes;
    sum->nics_packets += reading->sample.tx_packets;
    if (reading->source != DAQS_SOURCE_VF)
        *by_guest += reading->sample.tx_bytes;
    if (sum->most_bytes < *by_guest)
        sum->most_bytes = *by_guest;
}

/* Adds up what all nics on the PF sent. A nic counts as missing if it is not known on which PF of
 * its uplink it is. */
static struct own_interval add_nics(const struct agent *agent, const struct agent_pf *p,
                                    const struct daqs_nic_reading *reading)
{
    struct own_interval sum = {0};
    for (size_t i = 0; i < agent->guests.count; i++) {
        const struct guest *guest = agent->guests.guest[i];
        uint64_t by_guest = 0;
        for (size_t k = 0; k < guest->nics; k++) {
            const struct guest_nic *nic = &guest->nic[k];
            const struct agent_pf *its =
                nic->uplink == p->job->uplink ? agent_pf_of(agent, nic) : NULL;
            bool lost = nic->uplink == p->job->uplink && !its;
            bool listed = its && inventory_lists(agent->inventory, nic);
            if (its == p || lost)
                add_nic(&sum, listed ? &reading[nic->index] : NULL, &by_guest);
        }
    }
    return sum;
}

static void log_scope(const struct agent_pf *p, enum own_scope scope)
{
    static const char *const texts[] = {
        [OWN_UNDECIDED] = "whether its counters have its VFs' traffic in them is open again",
        [OWN_APART] = "its counters are about what the host itself sends",
        [OWN_INCLUDED] = "its counters have its VFs' traffic in them, which is taken off",
    };
    daqs_log(DAQS_LOG_INFO, "uplink %s: %s", p->job->pf, texts[scope]);
}

/* Reports the traffic of one PF; returns an empty reading if the PF does not exist. */
static struct daqs_uplink_reading report_pf(struct agent *agent, struct agent_pf *p,
                                            const struct daqs_nic_reading *reading, int64_t now_ms)
{
    if (!p)
        return (struct daqs_uplink_reading){0};
    const struct own_interval nics = add_nics(agent, p, reading);
    enum own_scope before = p->facts.own.scope;
    const struct daqs_uplink_reading told =
        uplink_facts_report(&p->facts, &nics, now_ms * 1000, agent->capacity[p->job->uplink]);
    if (p->facts.own.scope != before && daqs_log_allowed(&agent->budget, now_ms))
        log_scope(p, p->facts.own.scope);
    return told;
}

/* Reports the VF rates of several PFs as one: the highest of the lowest rates, to which every PF
 * can limit a VF, and the longest step. If that is not a multiple of all other steps, some PF
 * cannot set it, and the step is reported as not known. */
static void report_rates(const struct agent *agent, uint32_t uplink, uint32_t pfs,
                         struct daqs_uplink_reading *ret)
{
    enum { MBIT = 1000000 };
    uint32_t longest = 0;
    bool fit = true;
    for (uint32_t i = 0; i < pfs; i++) {
        const struct agent_pf *p = agent->pf[agent_pf_place(uplink, i)];
        uint32_t step = p ? pf_rates_step(&p->pf.rates) : 0;
        uint32_t longer = step > longest ? step : longest;
        uint32_t shorter = step > longest ? longest : step;
        fit &= shorter == 0 || longer % shorter == 0;
        longest = longer;
        if (p)
            ret->vf_least =
                daqs_higher(ret->vf_least, pf_rates_least(&p->pf.rates) * (daqs_bps)MBIT);
    }
    ret->vf_step = fit ? longest * (daqs_bps)MBIT : 0;
}

static struct daqs_uplink_reading report_uplink(struct agent *agent, uint32_t uplink,
                                                const struct daqs_nic_reading *reading,
                                                int64_t now_ms)
{
    struct port_sample own[UPLINK_PFS_MAX];
    struct port_sample port[UPLINK_PFS_MAX];
    uint32_t pfs = uplink_pfs(&agent->config->uplink[uplink]);
    for (uint32_t i = 0; i < pfs; i++) {
        struct agent_pf *p = agent->pf[agent_pf_place(uplink, i)];
        const struct daqs_uplink_reading r = report_pf(agent, p, reading, now_ms);
        own[i] = (struct port_sample){r.own_interval_us, r.own_bytes, r.own_packets};
        port[i] = (struct port_sample){r.port_interval_us, r.port_bytes, r.port_packets};
    }
    const struct port_sample o = traffic_sum_take(&agent->own_sum[uplink], own, pfs);
    const struct port_sample p = traffic_sum_take(&agent->port_sum[uplink], port, pfs);
    struct daqs_uplink_reading told = {.own_interval_us = o.interval_us,
                                       .own_bytes = o.bytes,
                                       .own_packets = o.packets,
                                       .port_interval_us = p.interval_us,
                                       .port_bytes = p.bytes,
                                       .port_packets = p.packets};
    report_rates(agent, uplink, pfs, &told);
    return told;
}

uint32_t agent_facts_report(struct agent *agent, const struct daqs_nic_reading *reading,
                            int64_t now_ms, struct daqs_uplink_reading ret[static DAQS_MAX_UPLINKS])
{
    uint32_t count = (uint32_t)agent->config->uplinks;
    bool known = false;
    for (uint32_t u = 0; u < count; u++) {
        ret[u] = report_uplink(agent, u, reading, now_ms);
        known |= ret[u].own_interval_us > 0 || ret[u].port_interval_us > 0 || ret[u].vf_least > 0 ||
                 ret[u].vf_step > 0;
    }
    return known ? count : 0;
}
