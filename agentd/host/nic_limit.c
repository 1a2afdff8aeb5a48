/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/host/nic_limit.h"

static enum enforce enforce_of(const struct host_pfs *pfs, const struct guest_nic *nic)
{
    return host_pfs_uplink(pfs, nic->uplink)->enforce;
}

void nic_limit_choose(const struct host_pfs *pfs, struct guest_nic *nic, int64_t now_ms)
{
    if (pf_needed(enforce_of(pfs, nic), nic->reading.state)) {
        nic->on_vf = true;
        nic->needed_ms = now_ms;
    } else if (now_ms - nic->needed_ms >= PF_HOLD_MS) {
        nic->on_vf = false;
    }
}

/* Returns the nic's VF if, as far as is known, its rate can be set; otherwise NULL. */
static struct pf_vf *willing_vf(const struct host_pfs *pfs, const struct guest_nic *nic,
                                int64_t now_ms)
{
    struct pf_vf *vf = nic->on_vf ? host_pfs_vf(pfs, nic) : NULL;
    bool readable = vf && !host_pfs_of(pfs, nic)->unreadable;
    return readable && pf_vf_obeys(vf, now_ms) ? vf : NULL;
}

daqs_bps nic_limit_in_guest(const struct host_pfs *pfs, const struct guest_nic *nic)
{
    bool by_host = enforce_of(pfs, nic) == ENFORCE_HOST;
    return by_host ? DAQS_UNLIMITED : shaper_rate(&nic->shaper, nic->wanted);
}

daqs_bps nic_limit_in_force(const struct host_pfs *pfs, const struct guest_nic *nic)
{
    const struct pf_vf *vf = nic->on_vf ? host_pfs_vf(pfs, nic) : NULL;
    daqs_bps in_guest = shaper_limit(&nic->shaper, nic->tc.limit);
    if (!vf || host_pfs_of(pfs, nic)->unreadable || !vf->want_mbit || !vf->rate_mbit)
        return in_guest;
    daqs_bps in_force = pf_in_force(&host_pfs_of(pfs, nic)->pf, vf);
    return daqs_lower(in_force * 1000000, in_guest);
}

bool nic_limit_converged(const struct host_pfs *pfs, const struct guest_nic *nic, int64_t now_ms)
{
    const struct pf_vf *vf = willing_vf(pfs, nic, now_ms);
    if (!vf)
        return true;
    const struct host_pf *p = host_pfs_of(pfs, nic);
    uint32_t want_mbit = pf_rate(nic->wanted);
    bool known = want_mbit ? vf->want_mbit && vf->want_mbit <= want_mbit : !vf->want_mbit;
    return known && pf_vf_converged(&p->pf, vf) && !p->busy;
}

/* --- readings --- */

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

static void count(const struct host_pfs *pfs, const struct guest_nic *nic, int64_t poll_ms,
                  int64_t now_ms, struct daqs_nic_reading *reading)
{
    const struct pf_vf *vf = vf_counts(nic, reading) ? host_pfs_vf(pfs, nic) : NULL;
    bool carried = pf_sample_too_short(vf ? &vf->sample : &reading->sample, poll_ms);
    if (carried || (vf && vf->counter.counts)) /* then the sample of the guest is not reported */
        reading->sample = (struct daqs_sample){0};
    if (!carried && !pf_count(vf, nic->reported_us, now_ms, reading) &&
        reading->sample.interval_us > 0) {
        reading->age_us = counters_age_us(&nic->counters.last, now_ms * 1000);
        reading->source = DAQS_SOURCE_GUEST;
    }
}

struct daqs_nic_reading nic_limit_reading(const struct host_pfs *pfs, const struct guest_nic *nic,
                                          int64_t poll_ms, int64_t now_ms)
{
    struct daqs_nic_reading reading = nic->reading;
    count(pfs, nic, poll_ms, now_ms, &reading);
    const struct pf_vf *vf = willing_vf(pfs, nic, now_ms);
    if (vf) {
        pf_merge(&host_pfs_of(pfs, nic)->pf, vf, now_ms, &reading);
        if (nic->uncounted && !vf->counter.counts)
            reading.cause = nic->reading.cause; /* limited by the host, but not measured */
    } else if (nic->on_vf && enforce_of(pfs, nic) == ENFORCE_HOST &&
               reading.state != DAQS_NIC_UNRESPONSIVE && !daqs_nic_in_grace(reading.state)) {
        const struct pf_vf *refusing = host_pfs_vf(pfs, nic);
        bool for_now = refusing && host_pfs_of(pfs, nic)->pf.rates.taken_mbit != 0;
        reading.state = DAQS_NIC_UNMANAGED;
        reading.cause = for_now ? DAQS_CAUSE_HOST_REFUSED : DAQS_CAUSE_HOST_CANNOT;
    }
    return reading;
}

void nic_limit_reported(struct guest_nic *nic, const struct daqs_nic_reading *reading,
                        int64_t poll_ms)
{
    bool carried =
        reading->source == DAQS_SOURCE_NONE && pf_sample_too_short(&nic->reading.sample, poll_ms);
    if (reading->source == DAQS_SOURCE_GUEST)
        nic->reported_us = nic->counters.last.at_us;
    else if (reading->source == DAQS_SOURCE_VF &&
             !nic->by_moves) /* avoids counting the VF's bytes twice */
        counters_forget(&nic->counters);
    if (!carried)
        nic->reading.sample = (struct daqs_sample){0};
}
