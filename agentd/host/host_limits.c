/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/host/host_limits.h"

#include <stdlib.h>
#include <string.h>

#include "agentd/core/pf_pace.h"
#include "agentd/host/nic_limit.h"
#include "agentd/host/saved_rates.h"

enum {
    THREADS = 4,
    IDLE_MS = 1000,          /* between readings while nothing is at stake, to find new VFs */
    SPEED_MS = 1000,         /* between readings of a link's speed: drivers ask their firmware */
    SPEED_RARELY_MS = 60000, /* with a configured capacity the speed only bounds counters */
    PLACE_MS = 5000,         /* between placements: a guest may keep changing its VF's address */
    BEGINNING_MS = 10000,    /* for guests to be found again after a restart */
};

/* The visits of one PF. */
struct visits {
    struct pf_change tried[PF_VFS_MAX]; /* by the visit that is running */
    size_t tries;
    bool again; /* another visit is wanted after the current one */
    bool moved; /* VFs have other addresses: nics are to be placed again */
    enum vf_means means;
    int64_t next_ms;
    struct pf_pace pace;
    uint32_t unlisted; /* VFs missing from the list at the last reading */
    int64_t speed_ms;  /* when the link's speed was read last */
};

struct host_limits {
    struct host_limits_setup given;
    struct daqs_pool *pool;
    struct saved_rates *saved;
    struct visits *visits; /* by place */
    int64_t begun_ms;
    int64_t place_ms; /* nics are not placed again before this time */
    bool releasing;
    bool stopping;
};

struct host_limits *host_limits_new(const struct host_limits_setup *setup, int64_t now_ms,
                                    struct daqs_error *err)
{
    struct host_limits *h = calloc(1, sizeof *h);
    if (h) {
        h->given = *setup;
        h->begun_ms = now_ms;
        h->pool = daqs_pool_new(THREADS, host_pfs_places(setup->pfs) + 1);
        h->visits = calloc(host_pfs_places(setup->pfs) + 1, sizeof *h->visits);
    }
    if (!h || !h->pool || !h->visits)
        daqs_fail(err, DAQS_ENOMEM, "cannot set up threads");
    else if ((h->saved = saved_rates_new(setup->state_dir, setup->budget, err)))
        return h;
    host_limits_free(h);
    return NULL;
}

void host_limits_free(struct host_limits *h)
{
    if (!h)
        return;
    h->stopping = true;
    if (h->pool)
        daqs_pool_stop(h->pool, false);
    host_limits_reap(h, 0);
    daqs_pool_free(h->pool);
    saved_rates_free(h->saved);
    free(h->visits);
    free(h);
}

int host_limits_fd(const struct host_limits *h)
{
    return daqs_pool_fd(h->pool);
}

void host_limits_release(struct host_limits *h)
{
    h->releasing = true;
}

static struct visits *visits_of(const struct host_limits *h, const struct host_pf *p)
{
    return &h->visits[host_pfs_place(p->job->uplink, p->job->nth)];
}

/* --- wanted rates --- */

static uint32_t own_of(const struct host_limits *h, const struct guest_nic *nic)
{
    const struct daqs_nic_setting *setting = inventory_setting(h->given.inventory, nic);
    return setting && nic->commanded ? pf_own(setting->min, nic->mtu, nic->wanted) : 0;
}

/* Adds what one of its nics needs to the VF's wanted rate. Until orders have arrived and the guest
 * has been measured, a rate that this agent set stays. */
static void want_for(struct host_limits *h, struct guest_nic *nic, struct pf_vf *vf, int64_t now_ms)
{
    nic_limit_choose(h->given.pfs, nic, now_ms);
    uint32_t rate = vf->ours_mbit;
    if (nic->commanded && nic->reading.state != DAQS_NIC_WAITING)
        rate = nic->on_vf ? pf_rate(nic->wanted) : 0;
    if (rate && (!vf->want_mbit || rate < vf->want_mbit))
        vf->want_mbit = rate;
    uint32_t own = rate ? own_of(h, nic) : 0;
    if (own > vf->own_mbit)
        vf->own_mbit = own;
}

static void want(struct host_limits *h, struct host_pf *p, int64_t now_ms)
{
    const struct host_pfs *pfs = h->given.pfs;
    struct pf *pf = &p->pf;
    bool claimed[PF_VFS_MAX] = {false};
    for (size_t i = 0; i < pf->vfs; i++)
        pf->vf[i].want_mbit = pf->vf[i].own_mbit = 0;
    for (size_t i = 0; i < h->given.guests->count; i++) {
        const struct guest *guest = h->given.guests->guest[i];
        for (size_t k = 0; k < guest->nics && !guest->leaving; k++) {
            struct guest_nic *nic = &guest->nic[k];
            struct pf_vf *vf = host_pfs_of(pfs, nic) == p ? host_pfs_vf(pfs, nic) : NULL;
            if (!vf)
                continue;
            claimed[vf - pf->vf] = true;
            want_for(h, nic, vf, now_ms);
        }
    }
    bool beginning = !h->releasing && now_ms - h->begun_ms < BEGINNING_MS;
    for (size_t i = 0; i < pf->vfs && beginning; i++)
        if (!claimed[i])
            pf->vf[i].want_mbit = pf->vf[i].ours_mbit;
}

/* --- starting visits --- */

/* Returns true if the link's speed is to be read with this visit. */
static bool speed_due(const struct host_limits *h, const struct host_pf *p, const struct visits *v,
                      int64_t now_ms)
{
    /* A refused rate may be accepted once the link has changed. */
    bool rarely = host_pfs_uplink(h->given.pfs, p->job->uplink)->capacity && !pf_refuses(&p->pf);
    return p->job->look_at_vfs &&
           (v->speed_ms == 0 || now_ms - v->speed_ms >= (rarely ? SPEED_RARELY_MS : SPEED_MS));
}

static void start(struct host_limits *h, struct host_pf *p, int64_t now_ms)
{
    struct visits *v = visits_of(h, p);
    v->again = p->busy;
    if (p->busy)
        return;
    want(h, p, now_ms);
    pf_doubt(&p->pf, now_ms);
    bool spare = h->releasing || pf_pace_spare(&v->pace, now_ms * 1000);
    bool due = !h->releasing && now_ms >= v->next_ms && pf_pace_rested(&v->pace, now_ms * 1000);
    v->tries = spare ? pf_plan(&p->pf, now_ms, v->tried) : 0;
    p->job->look_at_vfs = v->tries > 0 || due;
    p->job->look_at_port = !h->releasing && host_traffic_due(h->given.traffic, p, now_ms);
    if (!p->job->look_at_vfs && !p->job->look_at_port)
        return;
    if (p->job->look_at_port)
        host_traffic_begin(h->given.traffic, p, now_ms);
    if (v->tries > 0)
        saved_rates_save(h->saved, h->given.pfs, now_ms);
    memcpy(p->job->change, v->tried, v->tries * sizeof *v->tried);
    p->job->changes = v->tries;
    p->job->look_at_speed = speed_due(h, p, v, now_ms);
    if (p->job->look_at_speed)
        v->speed_ms = now_ms;
    p->busy = daqs_pool_submit(h->pool, &p->job->job) == DAQS_OK;
}

void host_limits_start(struct host_limits *h, int64_t now_ms)
{
    host_pfs_open_missing(h->given.pfs, now_ms);
    for (size_t i = 0; i < host_pfs_places(h->given.pfs); i++) {
        struct host_pf *p = host_pfs_at(h->given.pfs, i);
        if (p)
            start(h, p, now_ms);
    }
}

/* --- results --- */

static void complain(struct host_limits *h, const struct host_pf *p, const struct pf_change *change,
                     uint32_t read_mbit, int64_t now_ms)
{
    if (!daqs_log_allowed(h->given.budget, now_ms))
        return;
    if (p->job->refusal.text[0])
        daqs_log(DAQS_LOG_WARNING, "VF %u of %s: %u Mbit/s: %s", change->vf, p->job->pf,
                 change->rate_mbit, p->job->refusal.text);
    else
        daqs_log(DAQS_LOG_WARNING, "VF %u of %s: %u Mbit/s was set, %u is in force", change->vf,
                 p->job->pf, change->rate_mbit, read_mbit);
}

/* Returns true if a VF of the uplink is limited by the host or about to be, or if its counters are
 * used. Then the PF is worth reading with every poll. */
static bool at_stake(const struct host_limits *h, uint32_t uplink)
{
    for (size_t i = 0; i < h->given.guests->count; i++) {
        const struct guest *guest = h->given.guests->guest[i];
        for (size_t k = 0; k < guest->nics; k++)
            if (guest->nic[k].uplink == uplink &&
                (guest->nic[k].on_vf || guest->nic[k].uncounted ||
                 counter_check_says_less(&guest->nic[k].counter_check)))
                return true;
    }
    return false;
}

static void report_again(struct host_limits *h, uint32_t uplink)
{
    for (size_t i = 0; i < h->given.guests->count; i++) {
        struct guest *guest = h->given.guests->guest[i];
        for (size_t k = 0; k < guest->nics; k++)
            if (guest->nic[k].uplink == uplink)
                guest->nic[k].reported = false;
    }
}

/* Returns true if addresses of VFs have changed or new VFs are listed. */
static bool has_moved(struct pf *pf, const struct pf_job *job)
{
    for (size_t i = 0; i < job->listed; i++) {
        const struct pf_vf *old = pf_find_number(pf, job->vf[i].vf);
        if (!old || !daqs_mac_equal(&old->mac, &job->vf[i].mac))
            return true;
    }
    return false;
}

/* Compares the VFs' counters with what the guests report. Counters of drivers that count nothing
 * prove nothing. */
static void check_counters(struct host_limits *h, const struct host_pf *p)
{
    const struct host_pfs *pfs = h->given.pfs;
    for (size_t i = 0; i < h->given.guests->count; i++) {
        const struct guest *guest = h->given.guests->guest[i];
        for (size_t k = 0; k < guest->nics; k++) {
            struct guest_nic *nic = &guest->nic[k];
            const struct pf_vf *vf = host_pfs_of(pfs, nic) == p ? host_pfs_vf(pfs, nic) : NULL;
            if (vf && vf->counter.counts)
                counter_check_host(&nic->counter_check, &vf->counter.last);
        }
    }
}

static void take_failure(struct host_limits *h, struct host_pf *p, int64_t now_ms)
{
    struct visits *v = visits_of(h, p);
    for (size_t i = 0; i < v->tries; i++)
        pf_assume(&p->pf, &v->tried[i]);
    bool before = p->unreadable;
    if (p->job->result == DAQS_ENOTFOUND)
        host_pfs_follow_name(h->given.pfs, p);
    p->unreadable = true;
    if (!before) {
        daqs_log(DAQS_LOG_WARNING, "%s; its VFs are not limited by the host", p->job->error.text);
        h->given.vfs_changed(h->given.arg);
    }
    v->next_ms = now_ms + IDLE_MS;
    report_again(h, p->job->uplink);
}

/* Processes the result of a change. Logs once when a rate is first refused, or when the rate in
 * force differs from the requested one. */
static void take_change(struct host_limits *h, struct host_pf *p, size_t i, uint32_t read_mbit,
                        int64_t now_ms)
{
    const struct pf_change *tried = &visits_of(h, p)->tried[i];
    const struct pf_vf *vf = pf_find_number(&p->pf, tried->vf);
    bool known = vf && (vf->refused_ms != 0 || vf->asked_mbit != vf->got_mbit);
    bool took = pf_changed(&p->pf, tried, p->job->answer[i], read_mbit, now_ms);
    if ((!took || read_mbit != tried->rate_mbit) && !known)
        complain(h, p, tried, read_mbit, now_ms);
}

static void take_changes(struct host_limits *h, struct host_pf *p, int64_t now_ms)
{
    const struct visits *v = visits_of(h, p);
    for (size_t i = 0; i < v->tries; i++) {
        const struct pf_change *tried = &v->tried[i];
        const struct vf_info *read = pf_listed(p->job->vf, p->job->listed, tried->vf);
        if (!read) {
            pf_assume(&p->pf, tried);
            continue;
        }
        take_change(h, p, i, read->rate_mbit, now_ms);
    }
    if (v->tries > 0)
        report_again(h, p->job->uplink);
}

/* Logs how many VFs are not listed, once, and again when the number changes. Drivers leave out VFs
 * that are busy for a moment. */
static void log_unlisted(struct host_limits *h, const struct host_pf *p, int64_t now_ms)
{
    struct visits *v = visits_of(h, p);
    const struct pf_job *job = p->job;
    uint32_t unlisted = job->vfs - (uint32_t)job->listed;
    if (unlisted == v->unlisted)
        return;
    if (unlisted > 0 && !daqs_log_allowed(h->given.budget, now_ms))
        return; /* said later */
    v->unlisted = unlisted;
    if (unlisted > 0)
        daqs_log(
            DAQS_LOG_WARNING,
            "uplink %s has %u VFs, and its driver lists %zu: the others are not limited by the "
            "host",
            job->pf, (unsigned)job->vfs, job->listed);
}

/* Records which method sets VF rates. It changes when the PF's driver is put into another mode, and
 * at the start if the PF is in switchdev mode. */
static void take_means(struct visits *v, struct host_pf *p)
{
    const struct pf_job *job = p->job;
    enum vf_means means = job->link->means;
    if (means == v->means)
        return;
    if (p->read)
        pf_other_way(&p->pf);
    v->means = means;
    daqs_log(DAQS_LOG_INFO, "uplink %s: VF rates are set by %s", job->pf,
             means == VF_BY_DEVLINK ? "devlink, as it is in switchdev mode" : "ip link");
}

/* Processes the VFs that were read. */
static void take_vfs(struct host_limits *h, struct host_pf *p, int64_t now_ms)
{
    struct visits *v = visits_of(h, p);
    const struct pf_job *job = p->job;
    p->unreadable = false;
    take_changes(h, p, now_ms);
    take_means(v, p);
    bool first = !p->read;
    v->moved |= first || has_moved(&p->pf, job);
    pf_take(&p->pf, job->vf, job->listed, job->vfs);
    p->read = true;
    check_counters(h, p);
    if (v->moved && now_ms >= h->place_ms) {
        h->place_ms = now_ms + PLACE_MS;
        v->moved = false;
        h->given.vfs_changed(h->given.arg);
    }
    if (first) {
        saved_rates_restore(h->saved, p);
        daqs_log(DAQS_LOG_INFO, "uplink %s has %u VFs", job->pf, (unsigned)job->vfs);
    }
    log_unlisted(h, p, now_ms);
    saved_rates_save(h->saved, h->given.pfs, now_ms);
    v->next_ms = at_stake(h, job->uplink) ? now_ms : now_ms + IDLE_MS;
}

static void take(struct host_limits *h, struct host_pf *p, int64_t now_ms)
{
    const struct pf_job *job = p->job;
    if (host_pfs_take_speed(h->given.pfs, p, job->speed))
        h->given.guests->generation++; /* the inventory is sent again */
    if (job->look_at_speed) {
        pf_link(&p->pf, job->speed);
        pf_driver(&p->pf, job->driver);
    }
    if (job->look_at_port)
        host_traffic_take(h->given.traffic, p, &job->facts);
    if (!job->look_at_vfs)
        return;
    pf_pace_took(&visits_of(h, p)->pace, job->took_us, now_ms * 1000);
    if (job->result == DAQS_OK)
        take_vfs(h, p, now_ms);
    else
        take_failure(h, p, now_ms);
}

void host_limits_reap(struct host_limits *h, int64_t now_ms)
{
    struct daqs_job *done;
    while (h->pool && (done = daqs_pool_reap(h->pool))) {
        const struct pf_job *job = (const struct pf_job *)done;
        struct host_pf *p = host_pfs_at(h->given.pfs, host_pfs_place(job->uplink, job->nth));
        struct visits *v = visits_of(h, p);
        p->busy = false;
        if (job->job.ran)
            take(h, p, now_ms);
        v->tries = 0;
        if (v->again && !h->stopping)
            start(h, p, now_ms);
    }
}

bool host_limits_active(const struct host_limits *h)
{
    for (size_t place = 0; place < host_pfs_places(h->given.pfs); place++) {
        const struct host_pf *p = host_pfs_at(h->given.pfs, place);
        for (size_t i = 0; p && i < p->pf.vfs; i++)
            if (p->pf.vf[i].ours_mbit)
                return true;
        if (p && p->busy)
            return true;
    }
    return false;
}
