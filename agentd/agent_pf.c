/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "agentd/agent_facts.h"
#include "agentd/agent_pf.h"
#include "agentd/host/pf_file.h"
#include "shared/base/cleanup.h"

enum {
    IDLE_MS = 1000,          /* between readings while nothing is at stake, to find new VFs */
    SPEED_MS = 1000,         /* between readings of a link's speed: drivers ask their firmware */
    SPEED_RARELY_MS = 60000, /* with a configured capacity the speed only bounds counters */
    PLACE_MS = 5000,         /* between placements: a guest may keep changing its VF's address */
    BEGINNING_MS = 10000,    /* for guests to be found again after a restart */
};

/* --- wanted rates --- */

static uint32_t own_of(const struct agent *agent, const struct guest_nic *nic)
{
    const struct daqs_nic_setting *setting = inventory_setting(agent->inventory, nic);
    return setting && nic->commanded ? pf_own(setting->min, nic->mtu, nic->wanted) : 0;
}

/* Adds what one of its nics needs to the VF's wanted rate. Until orders have arrived and the guest
 * has been measured, a rate that this agent set stays. */
static void want_for(struct agent *agent, struct guest_nic *nic, struct pf_vf *vf, int64_t now_ms)
{
    bool limits = agent_pf_limits(agent, nic, now_ms);
    uint32_t rate = vf->ours_mbit;
    if (nic->commanded && nic->reading.state != DAQS_NIC_WAITING)
        rate = limits ? pf_rate(nic->wanted) : 0;
    if (rate && (!vf->want_mbit || rate < vf->want_mbit))
        vf->want_mbit = rate;
    uint32_t own = rate ? own_of(agent, nic) : 0;
    if (own > vf->own_mbit)
        vf->own_mbit = own;
}

static void want(struct agent *agent, struct agent_pf *p, int64_t now_ms)
{
    struct pf *pf = &p->pf;
    bool claimed[PF_VFS_MAX] = {false};
    for (size_t i = 0; i < pf->vfs; i++)
        pf->vf[i].want_mbit = pf->vf[i].own_mbit = 0;
    for (size_t i = 0; i < agent->guests.count; i++) {
        const struct guest *guest = agent->guests.guest[i];
        for (size_t k = 0; k < guest->nics && !guest->leaving; k++) {
            struct guest_nic *nic = &guest->nic[k];
            struct pf_vf *vf = agent_pf_of(agent, nic) == p ? agent_pf_vf(agent, nic) : NULL;
            if (!vf)
                continue;
            claimed[vf - pf->vf] = true;
            want_for(agent, nic, vf, now_ms);
        }
    }
    bool beginning = !agent->releasing && now_ms - agent->begun_ms < BEGINNING_MS;
    for (size_t i = 0; i < pf->vfs && beginning; i++)
        if (!claimed[i])
            pf->vf[i].want_mbit = pf->vf[i].ours_mbit;
}

static bool was_read(const struct agent *agent, const char *name)
{
    for (size_t i = 0; i < agent_pf_places(agent); i++)
        if (agent->pf[i] && agent->pf[i]->read && strcmp(agent->pf[i]->job->pf, name) == 0)
            return true;
    return false;
}

/* Lists the rates that this agent has set or is about to set. For PFs that were not read yet, lists
 * the entries of the file. */
static size_t list_ours(const struct agent *agent, struct pf_file_entry *ret)
{
    size_t count = 0;
    for (size_t i = 0; i < agent->pf_known_count; i++)
        if (!was_read(agent, agent->pf_known[i].pf))
            ret[count++] = agent->pf_known[i];
    for (size_t place = 0; place < agent_pf_places(agent); place++) {
        const struct agent_pf *p = agent->pf[place];
        for (size_t i = 0; p && p->read && i < p->pf.vfs; i++) {
            const struct pf_vf *vf = &p->pf.vf[i];
            if (!vf->want_mbit && !vf->ours_mbit)
                continue;
            struct pf_file_entry *e = &ret[count++];
            *e = (struct pf_file_entry){
                .vf = vf->vf, .before_mbit = vf->ours_mbit ? vf->before_mbit : vf->rate_mbit};
            memcpy(e->pf, p->job->pf, sizeof e->pf);
        }
    }
    return count;
}

/* Saves which rates this agent has set: before it sets them, and after it has restored the previous
 * ones. */
static void save(struct agent *agent, int64_t now_ms)
{
    struct daqs_error err = {0};
    size_t capacity = agent->pf_known_count + agent_pf_places(agent) * PF_VFS_MAX + 1;
    struct pf_file_entry *ours DAQS_AUTO_FREE = calloc(capacity, sizeof *ours);
    size_t count = ours ? list_ours(agent, ours) : 0;
    if (!ours || (count == agent->pf_known_count &&
                  (count == 0 || memcmp(ours, agent->pf_known, count * sizeof *ours) == 0)))
        return;
    if (pf_file_save(agent->config->state_dir, ours, count, &err) == DAQS_OK) {
        free(agent->pf_known);
        agent->pf_known = DAQS_TAKE(ours);
        agent->pf_known_count = count;
    } else if (daqs_log_allowed(&agent->budget, now_ms)) {
        daqs_log(DAQS_LOG_ERROR, "%s", err.text); /* tried again with the next change */
    }
}

static void start(struct agent *agent, size_t place, int64_t now_ms)
{
    struct agent_pf *p = agent->pf[place];
    if (!p)
        return;
    p->again = p->busy;
    if (p->busy)
        return;
    uint32_t uplink = p->job->uplink;
    want(agent, p, now_ms);
    pf_doubt(&p->pf, now_ms);
    bool spare = agent->releasing || pf_pace_spare(&p->pace, now_ms * 1000);
    bool due = !agent->releasing && now_ms >= p->next_ms && pf_pace_rested(&p->pace, now_ms * 1000);
    p->tries = spare ? pf_plan(&p->pf, now_ms, p->tried) : 0;
    p->job->look_at_vfs = p->tries > 0 || due;
    p->job->look_at_port = agent_facts_due(agent, p, now_ms);
    if (!p->job->look_at_vfs && !p->job->look_at_port)
        return;
    if (p->job->look_at_port)
        p->facts_ms = now_ms;
    if (p->tries > 0)
        save(agent, now_ms);
    memcpy(p->job->change, p->tried, p->tries * sizeof *p->tried);
    p->job->changes = p->tries;
    /* A refused rate may be accepted once the link has changed. */
    bool rarely = agent->config->uplink[uplink].capacity && !pf_refuses(&p->pf);
    p->job->look_at_speed =
        p->job->look_at_vfs &&
        (p->speed_ms == 0 || now_ms - p->speed_ms >= (rarely ? SPEED_RARELY_MS : SPEED_MS));
    if (p->job->look_at_speed)
        p->speed_ms = now_ms;
    p->busy = daqs_pool_submit(agent->pf_pool, &p->job->job) == DAQS_OK;
}

void agent_pf_start(struct agent *agent, int64_t now_ms)
{
    agent_pf_look_for_absent(agent, now_ms);
    for (size_t i = 0; i < agent_pf_places(agent); i++)
        start(agent, i, now_ms);
}

/* --- results --- */

static void remember_all(struct agent *agent, struct agent_pf *p)
{
    for (size_t i = 0; i < agent->pf_known_count; i++)
        if (strcmp(agent->pf_known[i].pf, p->job->pf) == 0)
            pf_remember(&p->pf, agent->pf_known[i].vf, agent->pf_known[i].before_mbit);
}

static void complain(struct agent *agent, struct agent_pf *p, const struct pf_change *change,
                     uint32_t read_mbit, int64_t now_ms)
{
    if (!daqs_log_allowed(&agent->budget, now_ms))
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
static bool at_stake(const struct agent *agent, uint32_t uplink)
{
    for (size_t i = 0; i < agent->guests.count; i++) {
        const struct guest *guest = agent->guests.guest[i];
        for (size_t k = 0; k < guest->nics; k++)
            if (guest->nic[k].uplink == uplink &&
                (guest->nic[k].on_vf || guest->nic[k].uncounted ||
                 counter_check_says_less(&guest->nic[k].counter_check)))
                return true;
    }
    return false;
}

static void report_again(struct agent *agent, uint32_t uplink)
{
    for (size_t i = 0; i < agent->guests.count; i++)
        for (size_t k = 0; k < agent->guests.guest[i]->nics; k++)
            if (agent->guests.guest[i]->nic[k].uplink == uplink)
                agent->guests.guest[i]->nic[k].reported = false;
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
static void check_counters(struct agent *agent, const struct agent_pf *p)
{
    for (size_t i = 0; i < agent->guests.count; i++) {
        const struct guest *guest = agent->guests.guest[i];
        for (size_t k = 0; k < guest->nics; k++) {
            struct guest_nic *nic = &guest->nic[k];
            const struct pf_vf *vf = agent_pf_of(agent, nic) == p ? agent_pf_vf(agent, nic) : NULL;
            if (vf && vf->counter.counts)
                counter_check_host(&nic->counter_check, &vf->counter.last);
        }
    }
}

static void take_failure(struct agent *agent, struct agent_pf *p, int64_t now_ms)
{
    for (size_t i = 0; i < p->tries; i++)
        pf_assume(&p->pf, &p->tried[i]);
    bool before = p->unreadable;
    if (p->job->result == DAQS_ENOTFOUND)
        agent_pf_follow_name(agent, p);
    p->unreadable = true;
    if (!before) {
        daqs_log(DAQS_LOG_WARNING, "%s; its VFs are not limited by the host", p->job->error.text);
        agent_place_nics(agent);
    }
    p->next_ms = now_ms + IDLE_MS;
    report_again(agent, p->job->uplink);
}

/* Processes the result of a change. Logs once when a rate is first refused, or when the rate in
 * force differs from the requested one. */
static void take_change(struct agent *agent, struct agent_pf *p, size_t i, uint32_t read_mbit,
                        int64_t now_ms)
{
    const struct pf_change *tried = &p->tried[i];
    const struct pf_vf *vf = pf_find_number(&p->pf, tried->vf);
    bool known = vf && (vf->refused_ms != 0 || vf->asked_mbit != vf->got_mbit);
    bool took = pf_changed(&p->pf, tried, p->job->answer[i], read_mbit, now_ms);
    if ((!took || read_mbit != tried->rate_mbit) && !known)
        complain(agent, p, tried, read_mbit, now_ms);
}

static void take_changes(struct agent *agent, struct agent_pf *p, int64_t now_ms)
{
    for (size_t i = 0; i < p->tries; i++) {
        const struct pf_change *tried = &p->tried[i];
        const struct vf_info *read = pf_listed(p->job->vf, p->job->listed, tried->vf);
        if (!read) {
            pf_assume(&p->pf, tried);
            continue;
        }
        take_change(agent, p, i, read->rate_mbit, now_ms);
    }
    if (p->tries > 0)
        report_again(agent, p->job->uplink);
}

/* Stores the link's speed. A link that is down has no speed; the capacity keeps the last one. */
static void take_speed(struct agent *agent, struct agent_pf *p)
{
    char before[DAQS_RATE_TEXT];
    char now[DAQS_RATE_TEXT];
    const struct pf_job *job = p->job;
    daqs_bps *capacity = &agent->capacity[job->uplink];
    if (job->speed != 0)
        p->speed = job->speed;
    if (job->speed == 0 || job->speed == *capacity ||
        agent->config->uplink[job->uplink].capacity != 0)
        return;
    daqs_rate_format(*capacity, before);
    daqs_rate_format(job->speed, now);
    daqs_log(DAQS_LOG_INFO, "uplink %s: the link's speed is %s, was %s", job->pf, now,
             *capacity ? before : "not known");
    *capacity = job->speed;
    agent->guests.generation++; /* the inventory is sent again */
}

/* Returns the most that the link can carry, even if it is used for less; 0 if not known. */
static daqs_bps speed_of(const struct agent *agent, const struct agent_pf *p)
{
    daqs_bps capacity = agent->capacity[p->job->uplink];
    return p->speed == 0 || p->speed > capacity ? p->speed : capacity;
}

/* Logs how many VFs are not listed, once, and again when the number changes. Drivers leave out VFs
 * that are busy for a moment. */
static void log_unlisted(struct agent *agent, struct agent_pf *p, int64_t now_ms)
{
    const struct pf_job *job = p->job;
    uint32_t unlisted = job->vfs - (uint32_t)job->listed;
    if (unlisted != p->unlisted && unlisted > 0 && daqs_log_allowed(&agent->budget, now_ms))
        daqs_log(
            DAQS_LOG_WARNING,
            "uplink %s has %u VFs, and its driver lists %zu: the others are not limited by the "
            "host",
            job->pf, (unsigned)job->vfs, job->listed);
    p->unlisted = unlisted;
}

/* Records which method sets VF rates. It changes when the PF's driver is put into another mode, and
 * at the start if the PF is in switchdev mode. */
static void take_means(struct agent_pf *p)
{
    const struct pf_job *job = p->job;
    enum vf_means means = job->link->means;
    if (means == p->means)
        return;
    if (p->read)
        pf_other_way(&p->pf);
    p->means = means;
    daqs_log(DAQS_LOG_INFO, "uplink %s: VF rates are set by %s", job->pf,
             means == VF_BY_DEVLINK ? "devlink, as it is in switchdev mode" : "ip link");
}

/* Returns false if the PF may share its port with another PF of the uplink: the port's total would
 * count twice. */
static bool has_own_port(const struct agent *agent, const struct agent_pf *p)
{
    const struct pf_job *job = p->job;
    uint32_t pfs = uplink_pfs(&agent->config->uplink[job->uplink]);
    for (uint32_t i = 0; i < pfs; i++) {
        const struct agent_pf *other = agent->pf[agent_pf_place(job->uplink, i)];
        if (other != p && (!other || !other->port_id[0] || !p->port_id[0] ||
                           strcmp(other->port_id, p->port_id) == 0))
            return false;
    }
    return true;
}

static void take(struct agent *agent, struct agent_pf *p, int64_t now_ms)
{
    struct pf_job *job = p->job;
    take_speed(agent, p);
    if (job->look_at_speed) {
        pf_link(&p->pf, job->speed);
        pf_driver(&p->pf, job->driver);
    }
    if (job->look_at_port) {
        job->facts.port_known &= has_own_port(agent, p);
        uplink_facts_take(&p->facts, &job->facts, speed_of(agent, p));
    }
    if (!job->look_at_vfs)
        return;
    pf_pace_took(&p->pace, job->took_us, now_ms * 1000);
    if (job->result != DAQS_OK) {
        take_failure(agent, p, now_ms);
        return;
    }
    p->unreadable = false;
    take_changes(agent, p, now_ms);
    take_means(p);
    bool first = !p->read;
    p->moved |= first || has_moved(&p->pf, job);
    pf_take(&p->pf, job->vf, job->listed, job->vfs);
    p->read = true;
    check_counters(agent, p);
    if (p->moved && now_ms >= agent->place_ms) {
        agent->place_ms = now_ms + PLACE_MS;
        p->moved = false;
        agent_place_nics(agent);
    }
    if (first) {
        remember_all(agent, p);
        daqs_log(DAQS_LOG_INFO, "uplink %s has %u VFs", job->pf, (unsigned)job->vfs);
    }
    log_unlisted(agent, p, now_ms);
    save(agent, now_ms);
    p->next_ms = at_stake(agent, job->uplink) ? now_ms : now_ms + IDLE_MS;
}

void agent_pf_reap(struct agent *agent, int64_t now_ms)
{
    struct daqs_job *done;
    while (agent->pf_pool && (done = daqs_pool_reap(agent->pf_pool))) {
        struct pf_job *job = (struct pf_job *)done;
        size_t place = agent_pf_place(job->uplink, job->nth);
        struct agent_pf *p = agent->pf[place];
        p->busy = false;
        if (job->job.ran)
            take(agent, p, now_ms);
        p->tries = 0;
        if (p->again && !agent->stopping)
            start(agent, place, now_ms);
    }
}

bool agent_pf_active(const struct agent *agent)
{
    for (size_t place = 0; place < agent_pf_places(agent); place++) {
        const struct agent_pf *p = agent->pf[place];
        for (size_t i = 0; p && i < p->pf.vfs; i++)
            if (p->pf.vf[i].ours_mbit)
                return true;
        if (p && p->busy)
            return true;
    }
    return false;
}
