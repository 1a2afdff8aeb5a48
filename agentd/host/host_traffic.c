/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/host/host_traffic.h"

#include <stdlib.h>
#include <string.h>

#include "agentd/core/traffic_sum.h"
#include "shared/base/sum.h"

enum { IDLE_MS = 1000 };

/* Of one PF. */
struct pf_traffic {
    struct uplink_facts facts;
    int64_t looked_ms; /* when the counters were read last */
};

struct host_traffic {
    struct host_traffic_setup given;
    struct traffic_sum own_sum[DAQS_MAX_UPLINKS]; /* of the uplink's PFs, since the last report */
    struct traffic_sum port_sum[DAQS_MAX_UPLINKS];
    struct pf_traffic pf[DAQS_MAX_UPLINKS * UPLINK_PFS_MAX]; /* by place */
};

struct host_traffic *host_traffic_new(const struct host_traffic_setup *setup)
{
    struct host_traffic *t = calloc(1, sizeof *t);
    if (t)
        t->given = *setup;
    return t;
}

void host_traffic_free(struct host_traffic *t)
{
    free(t);
}

static size_t place_of(const struct host_pf *p)
{
    return host_pfs_place(p->job->uplink, p->job->nth);
}

const struct uplink_facts *host_traffic_facts(const struct host_traffic *t, const struct host_pf *p)
{
    return &t->pf[place_of(p)].facts;
}

/* --- reading --- */

/* Returns the interval between readings of what the uplink sends: one poll if a nic on it has a
 * guarantee or a limit; IDLE_MS if it has other nics only; INT64_MAX if it has no nic. */
static int64_t interval_ms(const struct host_traffic *t, uint32_t uplink)
{
    int64_t wait_ms = INT64_MAX;
    for (size_t i = 0; i < t->given.guests->count; i++) {
        const struct guest *guest = t->given.guests->guest[i];
        for (size_t k = 0; k < guest->nics; k++) {
            const struct guest_nic *nic = &guest->nic[k];
            if (nic->uplink != uplink)
                continue;
            const struct daqs_nic_setting *setting = inventory_setting(t->given.inventory, nic);
            wait_ms = IDLE_MS;
            if (setting && (setting->min > 0 || setting->limit != DAQS_UNLIMITED))
                return t->given.pace->interval_ms;
        }
    }
    return wait_ms;
}

bool host_traffic_due(const struct host_traffic *t, const struct host_pf *p, int64_t now_ms)
{
    int64_t wait_ms = interval_ms(t, p->job->uplink);
    /* Due half a poll early, because polls are never exactly on time. */
    return wait_ms != INT64_MAX &&
           now_ms - t->pf[place_of(p)].looked_ms >= wait_ms - t->given.pace->interval_ms / 2;
}

void host_traffic_begin(struct host_traffic *t, const struct host_pf *p, int64_t now_ms)
{
    t->pf[place_of(p)].looked_ms = now_ms;
}

/* Returns false if the PF may share its port with another PF of the uplink: the port's total would
 * count twice. */
static bool has_own_port(const struct host_traffic *t, const struct host_pf *p)
{
    uint32_t uplink = p->job->uplink;
    uint32_t pfs = uplink_pfs(host_pfs_uplink(t->given.pfs, uplink));
    for (uint32_t i = 0; i < pfs; i++) {
        const struct host_pf *other = host_pfs_at(t->given.pfs, host_pfs_place(uplink, i));
        if (other != p && (!other || !other->port_id[0] || !p->port_id[0] ||
                           strcmp(other->port_id, p->port_id) == 0))
            return false;
    }
    return true;
}

void host_traffic_take(struct host_traffic *t, const struct host_pf *p,
                       const struct port_facts *found)
{
    struct port_facts facts = *found;
    facts.port_known &= has_own_port(t, p);
    uplink_facts_take(&t->pf[place_of(p)].facts, &facts, host_pfs_speed(t->given.pfs, p));
}

/* --- reporting --- */

static void add_nic(struct own_interval *sum, const struct daqs_nic_reading *reading,
                    uint64_t *by_guest)
{
    sum->nics++;
    if (!reading || reading->sample.interval_us <= 0) {
        sum->missing++;
        return;
    }
    sum->nics_bytes = daqs_sum(sum->nics_bytes, reading->sample.tx_bytes);
    sum->nics_packets = daqs_sum(sum->nics_packets, reading->sample.tx_packets);
    if (reading->source != DAQS_SOURCE_VF)
        *by_guest = daqs_sum(*by_guest, reading->sample.tx_bytes);
    if (sum->most_bytes < *by_guest)
        sum->most_bytes = *by_guest;
}

/* Adds up what all nics on the PF sent. A nic counts as missing if it is not known on which PF of
 * its uplink it is. */
static struct own_interval add_nics(const struct host_traffic *t, const struct host_pf *p,
                                    const struct daqs_nic_reading *reading)
{
    struct own_interval sum = {0};
    for (size_t i = 0; i < t->given.guests->count; i++) {
        const struct guest *guest = t->given.guests->guest[i];
        uint64_t by_guest = 0;
        for (size_t k = 0; k < guest->nics; k++) {
            const struct guest_nic *nic = &guest->nic[k];
            const struct host_pf *its =
                nic->uplink == p->job->uplink ? host_pfs_of(t->given.pfs, nic) : NULL;
            bool lost = nic->uplink == p->job->uplink && !its;
            bool listed = its && inventory_lists(t->given.inventory, nic);
            if (its == p || lost)
                add_nic(&sum, listed ? &reading[nic->index] : NULL, &by_guest);
        }
    }
    return sum;
}

static void log_scope(const struct host_pf *p, enum own_scope scope)
{
    static const char *const texts[] = {
        [OWN_UNDECIDED] =
            "it is undecided again whether its counters include the traffic of its VFs",
        [OWN_APART] = "its counters show only the traffic of the host itself",
        [OWN_INCLUDED] = "its counters include the traffic of its VFs, which is subtracted",
    };
    daqs_log(DAQS_LOG_INFO, "uplink %s: %s", p->job->pf, texts[scope]);
}

/* Reports the traffic of one PF; returns an empty reading if the PF does not exist. */
static struct daqs_uplink_reading report_pf(struct host_traffic *t, const struct host_pf *p,
                                            const struct daqs_nic_reading *reading, int64_t now_ms)
{
    if (!p)
        return (struct daqs_uplink_reading){0};
    struct uplink_facts *facts = &t->pf[place_of(p)].facts;
    const struct own_interval nics = add_nics(t, p, reading);
    enum own_scope before = facts->own.scope;
    const struct daqs_uplink_reading sum = uplink_facts_report(
        facts, &nics, now_ms * 1000, host_pfs_capacity(t->given.pfs)[p->job->uplink]);
    if (facts->own.scope != before && daqs_log_allowed(t->given.budget, now_ms))
        log_scope(p, facts->own.scope);
    return sum;
}

/* Reports the VF rates of several PFs as one: the highest of the lowest rates, to which every PF
 * can limit a VF, and the longest step. If that is not a multiple of all other steps, some PF
 * cannot set it, and the step is reported as not known. */
static void report_rates(const struct host_pfs *all, uint32_t uplink, uint32_t pfs,
                         struct daqs_uplink_reading *ret)
{
    enum { MBIT = 1000000 };
    uint32_t longest = 0;
    bool fit = true;
    for (uint32_t i = 0; i < pfs; i++) {
        const struct host_pf *p = host_pfs_at(all, host_pfs_place(uplink, i));
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

/* Returns the state of a link of several PFs: one that is up suffices. */
static enum daqs_link link_of(const uint8_t *link, uint32_t pfs)
{
    uint32_t down = 0;
    for (uint32_t i = 0; i < pfs; i++) {
        if (link[i] == DAQS_LINK_UP)
            return DAQS_LINK_UP;
        down += link[i] == DAQS_LINK_DOWN;
    }
    return down == pfs ? DAQS_LINK_DOWN : DAQS_LINK_UNKNOWN;
}

static struct daqs_uplink_reading report_uplink(struct host_traffic *t, uint32_t uplink,
                                                const struct daqs_nic_reading *reading,
                                                int64_t now_ms)
{
    struct port_sample own[UPLINK_PFS_MAX];
    struct port_sample port[UPLINK_PFS_MAX];
    uint8_t link[UPLINK_PFS_MAX];
    uint32_t pfs = uplink_pfs(host_pfs_uplink(t->given.pfs, uplink));
    for (uint32_t i = 0; i < pfs; i++) {
        const struct host_pf *p = host_pfs_at(t->given.pfs, host_pfs_place(uplink, i));
        const struct daqs_uplink_reading r = report_pf(t, p, reading, now_ms);
        own[i] = (struct port_sample){r.own_interval_us, r.own_bytes, r.own_packets};
        port[i] = (struct port_sample){r.port_interval_us, r.port_bytes, r.port_packets};
        link[i] = r.link;
    }
    const struct port_sample o = traffic_sum_take(&t->own_sum[uplink], own, pfs);
    const struct port_sample p = traffic_sum_take(&t->port_sum[uplink], port, pfs);
    struct daqs_uplink_reading sum = {.own_interval_us = o.interval_us,
                                      .own_bytes = o.bytes,
                                      .own_packets = o.packets,
                                      .port_interval_us = p.interval_us,
                                      .port_bytes = p.bytes,
                                      .port_packets = p.packets,
                                      .link = (uint8_t)link_of(link, pfs)};
    report_rates(t->given.pfs, uplink, pfs, &sum);
    return sum;
}

uint32_t host_traffic_report(struct host_traffic *t, const struct daqs_nic_reading *reading,
                             int64_t now_ms,
                             struct daqs_uplink_reading ret[static DAQS_MAX_UPLINKS])
{
    uint32_t count = (uint32_t)host_pfs_uplinks(t->given.pfs);
    bool known = false;
    for (uint32_t u = 0; u < count; u++) {
        ret[u] = report_uplink(t, u, reading, now_ms);
        known |= ret[u].own_interval_us > 0 || ret[u].port_interval_us > 0 || ret[u].vf_least > 0 ||
                 ret[u].vf_step > 0 || ret[u].link != DAQS_LINK_UNKNOWN;
    }
    return known ? count : 0;
}
