#include "agentd/core/pf.h"

#include <string.h>

enum { MBIT = 1000000 };

uint32_t pf_rate(daqs_bps limit)
{
    if (limit == DAQS_UNLIMITED)
        return 0;
    daqs_bps mbit = limit / MBIT;
    return mbit == 0 ? 1 : mbit > UINT32_MAX ? UINT32_MAX : (uint32_t)mbit;
}

struct pf_vf *pf_find_number(struct pf *pf, uint32_t vf)
{
    for (size_t i = 0; i < pf->vfs; i++)
        if (pf->vf[i].vf == vf)
            return &pf->vf[i];
    return NULL;
}

struct pf_vf *pf_find(struct pf *pf, const struct daqs_mac *mac)
{
    struct pf_vf *found = NULL;
    for (size_t i = 0; i < pf->vfs; i++) {
        if (!daqs_mac_equal(&pf->vf[i].mac, mac))
            continue;
        if (found) /* which of them is meant? */
            return NULL;
        found = &pf->vf[i];
    }
    return found;
}

static bool moves(const struct counters_reading *reading)
{
    return (reading->tx_bytes | reading->rx_bytes | reading->tx_packets | reading->rx_packets) != 0;
}

const struct vf_info *pf_listed(const struct vf_info *info, size_t count, uint32_t vf)
{
    for (size_t i = 0; i < count; i++)
        if (info[i].vf == vf)
            return &info[i];
    return NULL;
}

void pf_take(struct pf *pf, const struct vf_info *info, size_t count, uint32_t vfs)
{
    struct pf fresh = {.vfs = 0};
    for (size_t i = 0; i < pf->vfs; i++)
        if (pf->vf[i].vf < vfs && !pf_listed(info, count, pf->vf[i].vf))
            fresh.vf[fresh.vfs++] = pf->vf[i];
    for (size_t i = 0; i < count && fresh.vfs < PF_VFS_MAX; i++) {
        const struct pf_vf *old = pf_find_number(pf, info[i].vf);
        struct pf_vf *vf = &fresh.vf[fresh.vfs++];
        if (old)
            *vf = *old;
        vf->vf = info[i].vf;
        vf->mac = info[i].mac;
        vf->rate_mbit = info[i].rate_mbit;
        vf->min_mbit = info[i].min_mbit;
        vf->counts |= moves(&info[i].reading);
        const struct daqs_sample sample = counters_update(&vf->counters, &info[i].reading);
        counters_add(&vf->sample, &sample);
    }
    *pf = fresh;
}

void pf_remember(struct pf *pf, uint32_t vf, uint32_t before_mbit)
{
    struct pf_vf *found = pf_find_number(pf, vf);
    if (!found || found->ours_mbit || found->rate_mbit == before_mbit)
        return;
    found->ours_mbit = found->rate_mbit;
    found->before_mbit = before_mbit;
}

bool pf_vf_obeys(const struct pf_vf *vf, int64_t now_ms)
{
    return vf->refused_ms == 0 || now_ms - vf->refused_ms >= PF_REFUSED_MS;
}

size_t pf_plan(const struct pf *pf, int64_t now_ms, struct pf_change ret[static PF_VFS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < pf->vfs; i++) {
        const struct pf_vf *vf = &pf->vf[i];
        bool set = vf->want_mbit && vf->rate_mbit != vf->want_mbit;
        bool put_back = !vf->want_mbit && vf->ours_mbit;
        bool waits = put_back ? vf->kept_ms && now_ms - vf->kept_ms < PF_REFUSED_MS
                              : !pf_vf_obeys(vf, now_ms);
        if ((set || put_back) && !waits)
            ret[count++] =
                (struct pf_change){vf->vf, set ? vf->want_mbit : vf->before_mbit, vf->min_mbit};
    }
    return count;
}

void pf_assume(struct pf *pf, const struct pf_change *change)
{
    struct pf_vf *vf = pf_find_number(pf, change->vf);
    if (!vf || !vf->want_mbit)
        return;
    if (!vf->ours_mbit)
        vf->before_mbit = vf->rate_mbit;
    vf->ours_mbit = change->rate_mbit;
}

bool pf_changed(struct pf *pf, const struct pf_change *change, uint32_t read_mbit, int64_t now_ms)
{
    struct pf_vf *vf = pf_find_number(pf, change->vf);
    if (!vf)
        return false;
    bool took = read_mbit == change->rate_mbit;
    if (!vf->want_mbit) { /* put back; if that failed it is tried again */
        vf->ours_mbit = took ? 0 : vf->ours_mbit;
        vf->kept_ms = took ? 0 : now_ms;
    } else {
        if (!vf->ours_mbit)
            vf->before_mbit = vf->rate_mbit;
        /* A rate that was altered on its way is not what was there before either. */
        vf->ours_mbit = read_mbit == vf->before_mbit ? 0 : read_mbit;
        vf->refused_ms = took ? 0 : now_ms;
    }
    vf->rate_mbit = read_mbit;
    return took;
}

bool pf_needed(enum enforce enforce, uint8_t guest_state)
{
    switch (enforce) {
    case ENFORCE_GUEST:
        return false;
    case ENFORCE_HOST:
        return true;
    case ENFORCE_AUTO:
        break;
    }
    return guest_state != DAQS_NIC_OK && guest_state != DAQS_NIC_WAITING;
}

bool pf_count(const struct pf_vf *vf, int64_t now_ms, struct daqs_nic_reading *reading)
{
    if (!vf || !vf->counts || vf->sample.interval_us <= 0)
        return false;
    reading->sample = vf->sample;
    reading->age_us = counters_age_us(&vf->counters, now_ms * 1000);
    reading->source = DAQS_SOURCE_VF;
    return true;
}

void pf_merge(const struct pf_vf *vf, int64_t now_ms, struct daqs_nic_reading *reading)
{
    (void)pf_count(vf, now_ms, reading);
    if (!pf_vf_obeys(vf, now_ms) || reading->state == DAQS_NIC_TAMPERED)
        return; /* what the guest's side came to, then */
    reading->state = DAQS_NIC_OK;
    reading->cause = DAQS_CAUSE_HOST_SIDE;
}
