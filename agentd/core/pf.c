/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/pf.h"

#include <string.h>

#include "shared/policy/wire_bytes.h"

enum { MBIT = 1000000 };

uint32_t pf_rate(daqs_bps limit)
{
    if (limit == DAQS_UNLIMITED)
        return 0;
    daqs_bps mbit = limit / MBIT;
    return mbit == 0 ? 1 : mbit > UINT32_MAX ? UINT32_MAX : (uint32_t)mbit;
}

uint32_t pf_own(daqs_bps guarantee, uint32_t mtu, daqs_bps limit)
{
    daqs_bps on_wire = wire_guarantee(guarantee, mtu);
    if (limit < on_wire)
        return 0;
    daqs_bps mbit = on_wire / MBIT + (on_wire % MBIT != 0);
    return mbit > UINT32_MAX ? UINT32_MAX : (uint32_t)mbit;
}

struct pf_vf *pf_find_number(struct pf *pf, uint32_t vf)
{
    if (vf < pf->vfs && pf->vf[vf].vf == vf) /* if no VF is left out */
        return &pf->vf[vf];
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
        if (found) /* ambiguous */
            return NULL;
        found = &pf->vf[i];
    }
    return found;
}

const struct vf_info *pf_listed(const struct vf_info *info, size_t count, uint32_t vf)
{
    if (vf < count && info[vf].vf == vf) /* if no VF is left out */
        return &info[vf];
    for (size_t i = 0; i < count; i++)
        if (info[i].vf == vf)
            return &info[i];
    return NULL;
}

static int64_t counters_age(const struct pf *pf)
{
    const struct nic_driver *driver = pf->rates.driver;
    return driver && driver->vf_age_ms >= 0 ? (int64_t)driver->vf_age_ms * 1000
                                            : VF_COUNTER_AGE_UNKNOWN;
}

void pf_take(struct pf *pf, const struct vf_info *info, size_t count, uint32_t vfs)
{
    struct pf fresh = {.rates = pf->rates,
                       .too_low_ms = pf->too_low_ms,
                       .doubted_ms = pf->doubted_ms,
                       .doubts = pf->doubts};
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
        if (info[i].reading.at_us == 0) {
            vf->counter = (struct vf_counter){0};
            continue;
        }
        const struct daqs_sample sample =
            vf_counter_update(&vf->counter, &info[i].reading, counters_age(pf));
        counters_add(&vf->sample, &sample);
    }
    *pf = fresh;
}

void pf_remember(struct pf *pf, uint32_t vf, uint32_t before_mbit)
{
    struct pf_vf *found = pf_find_number(pf, vf);
    if (!found || found->ours_mbit || found->rate_mbit == before_mbit)
        return;
    found->ours_mbit = found->asked_mbit = found->got_mbit = found->rate_mbit;
    found->before_mbit = before_mbit;
}

/* Returns what is requested in addition to the VM's guarantee, if that has not changed. */
static uint32_t more_of(const struct pf_vf *vf)
{
    return vf->own_mbit && vf->more_for == vf->own_mbit ? vf->more_mbit : 0;
}

/* Returns true if any limit would be below the guarantee. */
static bool cuts(const struct pf_vf *vf)
{
    return more_of(vf) > PF_RATES_MOST_LEARNED;
}

/* Returns the rate that is to be in force: the wanted one, adapted to the driver. 0 if the agent is
 * to set none. */
static uint32_t target(const struct pf *pf, const struct pf_vf *vf)
{
    if (!vf->want_mbit || cuts(vf))
        return 0;
    const struct pf_wish wish = {vf->want_mbit, vf->own_mbit + more_of(vf), vf->min_mbit};
    return pf_rates_request(&pf->rates, &wish);
}

static bool waits(const struct pf_vf *vf, uint32_t rate, int64_t now_ms)
{
    return vf->refused_ms && rate == vf->refused_mbit && now_ms - vf->refused_ms < vf->wait_ms;
}

bool pf_vf_converged(const struct pf *pf, const struct pf_vf *vf)
{
    uint32_t rate = target(pf, vf);
    if (rate == 0)
        return !vf->ours_mbit;
    return vf->rate_mbit == rate ||
           (vf->asked_mbit == rate && vf->got_mbit && vf->rate_mbit == vf->got_mbit);
}

static int64_t doubt_after_ms(const struct pf *pf)
{
    int64_t wait_ms = PF_REFUSED_MS;
    for (uint32_t n = 0; n < pf->doubts && wait_ms < PF_DOUBT_MOST_MS; n++)
        wait_ms *= 2;
    return wait_ms;
}

void pf_doubt(struct pf *pf, int64_t now_ms)
{
    if (pf->too_low_ms == 0 || now_ms - pf->too_low_ms < doubt_after_ms(pf))
        return;
    pf->too_low_ms = 0;
    pf->doubted_ms = now_ms;
    pf->doubts++;
    pf_rates_doubt(&pf->rates);
}

/* A rate that proves too low soon after the last doubt confirms what was doubted. A later one
 * resets the number of doubts. */
static void found_too_low(struct pf *pf, int64_t now_ms)
{
    if (pf->too_low_ms == 0 && now_ms - pf->doubted_ms >= PF_REFUSED_MS)
        pf->doubts = 0;
    pf->too_low_ms = now_ms;
}

size_t pf_plan(const struct pf *pf, int64_t now_ms, struct pf_change ret[static PF_VFS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < pf->vfs; i++) {
        const struct pf_vf *vf = &pf->vf[i];
        uint32_t rate = target(pf, vf);
        bool wait =
            rate ? waits(vf, rate, now_ms) : vf->kept_ms && now_ms - vf->kept_ms < PF_REFUSED_MS;
        if (!wait && !pf_vf_converged(pf, vf))
            ret[count++] = (struct pf_change){vf->vf, rate ? rate : vf->before_mbit, vf->min_mbit};
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
    vf->asked_mbit = vf->got_mbit = 0;
}

static void refused(struct pf *pf, struct pf_vf *vf, uint32_t asked_mbit, enum pf_answer answer,
                    int64_t now_ms)
{
    bool again = answer == PF_BUSY || pf_rates_takes(&pf->rates, asked_mbit);
    if (answer == PF_REFUSED && pf_rates_refused(&pf->rates, asked_mbit))
        found_too_low(pf, now_ms);
    if (target(pf, vf) != asked_mbit) /* a higher rate is requested next */
        return;
    vf->refused_mbit = asked_mbit;
    vf->refused_ms = now_ms;
    vf->wait_ms = again ? PF_RETRY_MS : PF_REFUSED_MS;
}

/* Returns true if the rate read back is a limit: not above the request, or low enough to be the
 * lowest rate of the driver. A much higher one is the previous rate. */
static bool is_limit(uint32_t asked_mbit, uint32_t read_mbit)
{
    return read_mbit != 0 && (read_mbit <= asked_mbit || read_mbit <= PF_RATES_MOST_LEARNED);
}

static void taken(struct pf *pf, struct pf_vf *vf, uint32_t asked_mbit, uint32_t read_mbit,
                  int64_t now_ms)
{
    if (pf_rates_taken(&pf->rates, asked_mbit, read_mbit))
        found_too_low(pf, now_ms);
    vf->asked_mbit = asked_mbit;
    vf->got_mbit = read_mbit;
    vf->refused_ms = 0;
    if (vf->own_mbit == 0 || read_mbit >= vf->own_mbit)
        return;
    /* The driver rounded down below the VM's guarantee: request more, twice as much each time. */
    uint32_t more = more_of(vf);
    vf->more_mbit = more ? more * 2 : vf->own_mbit - read_mbit;
    vf->more_for = vf->own_mbit;
}

bool pf_changed(struct pf *pf, const struct pf_change *change, enum pf_answer answer,
                uint32_t read_mbit, int64_t now_ms)
{
    struct pf_vf *vf = pf_find_number(pf, change->vf);
    if (!vf)
        return false;
    uint32_t asked_mbit = change->rate_mbit;
    bool took = read_mbit == asked_mbit;
    if (!target(pf, vf)) { /* restoring; retried if it failed */
        vf->ours_mbit = took ? 0 : vf->ours_mbit;
        vf->kept_ms = took ? 0 : now_ms;
        vf->asked_mbit = vf->got_mbit = 0;
    } else {
        if (!vf->ours_mbit)
            vf->before_mbit = vf->rate_mbit;
        /* A rate that the driver changed differs from the previous rate, too. */
        vf->ours_mbit = read_mbit == vf->before_mbit ? 0 : read_mbit;
        took |= answer == PF_ACCEPTED && is_limit(asked_mbit, read_mbit);
        if (took)
            taken(pf, vf, asked_mbit, read_mbit, now_ms);
        else
            refused(pf, vf, asked_mbit, answer == PF_ACCEPTED ? PF_CANNOT : answer, now_ms);
    }
    vf->rate_mbit = read_mbit;
    return took;
}

void pf_link(struct pf *pf, daqs_bps speed)
{
    if (!pf_rates_link(&pf->rates, speed == 0 ? 0 : pf_rate(speed)))
        return;
    pf->too_low_ms = 0;
    pf->doubts = 0;
    for (size_t i = 0; i < pf->vfs; i++)
        pf->vf[i].refused_ms = pf->vf[i].more_mbit = 0;
}

void pf_driver(struct pf *pf, const struct nic_driver *driver)
{
    pf_rates_driver(&pf->rates, driver);
}

void pf_other_way(struct pf *pf)
{
    pf_rates_forget(&pf->rates);
    pf->too_low_ms = 0;
    for (size_t i = 0; i < pf->vfs; i++) {
        struct pf_vf *vf = &pf->vf[i];
        vf->rate_mbit = vf->ours_mbit = vf->before_mbit = 0;
        vf->asked_mbit = vf->got_mbit = vf->more_mbit = 0;
        vf->refused_ms = vf->kept_ms = 0;
    }
}

bool pf_refuses(const struct pf *pf)
{
    for (size_t i = 0; i < pf->vfs; i++)
        if (pf->vf[i].refused_ms)
            return true;
    return false;
}

uint32_t pf_in_force(const struct pf *pf, const struct pf_vf *vf)
{
    return pf_rates_in_force(&pf->rates, vf->rate_mbit);
}

bool pf_vf_obeys(const struct pf_vf *vf, int64_t now_ms)
{
    bool refuses = vf->refused_ms && now_ms - vf->refused_ms < PF_REFUSED_MS;
    bool limited = vf->got_mbit && vf->rate_mbit == vf->got_mbit; /* possibly at a higher rate */
    return (!refuses || limited) && !cuts(vf);
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

bool pf_count(const struct pf_vf *vf, int64_t from_us, int64_t now_ms,
              struct daqs_nic_reading *reading)
{
    if (!vf || !vf->counter.counts || vf->sample.interval_us <= 0 ||
        vf->counter.told_us - vf->sample.interval_us < from_us)
        return false;
    reading->sample = vf->sample;
    reading->age_us = counters_age_us(&vf->counter.last, now_ms * 1000);
    reading->source = DAQS_SOURCE_VF;
    return true;
}

void pf_merge(const struct pf *pf, const struct pf_vf *vf, int64_t now_ms,
              struct daqs_nic_reading *reading)
{
    if (!pf_vf_obeys(vf, now_ms) || reading->state == DAQS_NIC_TAMPERED)
        return; /* keep the state and cause of the guest's side */
    bool loose = vf->want_mbit && vf->own_mbit == 0 && pf_in_force(pf, vf) > vf->want_mbit;
    if (!daqs_nic_in_grace(reading->state))
        reading->state = DAQS_NIC_OK;
    if (loose && vf->refused_ms)
        reading->cause = DAQS_CAUSE_HOST_REFUSED;
    else if (loose && pf_vf_converged(pf, vf))
        reading->cause = DAQS_CAUSE_HOST_LEAST;
    else
        reading->cause = DAQS_CAUSE_HOST_SIDE;
}

bool pf_sample_too_short(const struct daqs_sample *sample, int64_t poll_ms)
{
    return sample->interval_us > 0 && sample->interval_us < poll_ms * 1000 / 2;
}

void pf_reported(struct pf *pf, int64_t poll_ms)
{
    for (size_t i = 0; i < pf->vfs; i++)
        if (!pf_sample_too_short(&pf->vf[i].sample, poll_ms))
            pf->vf[i].sample = (struct daqs_sample){0};
}
