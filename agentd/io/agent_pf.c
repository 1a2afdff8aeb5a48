#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "agentd/io/agent_state.h"
#include "agentd/io/pf_file.h"
#include "agentd/io/pf_job.h"
#include "shared/base/cleanup.h"

/* Without a limit to look after, a PF is read this often: for VFs that come, and guests that stop
 * answering. */
enum { IDLE_MS = 1000, PF_THREADS = 4 };

/* A PF of ours. */
struct agent_pf {
    struct pf pf;
    struct pf_job *job;
    struct pf_change tried[PF_VFS_MAX]; /* by the job under way */
    size_t tries;
    bool busy;
    bool read;       /* once at least */
    bool complained; /* about not being readable */
    int64_t next_ms;
};

/* --- which nics are limited on their VF --- */

static struct pf_vf *vf_of(const struct agent *agent, const struct guest_nic *nic)
{
    struct agent_pf *p = agent->pf[nic->uplink];
    return p ? pf_find(&p->pf, &nic->mac) : NULL;
}

static enum enforce enforce_of(const struct agent *agent, const struct guest_nic *nic)
{
    return agent->config->uplink[nic->uplink].enforce;
}

static struct pf_vf *limiting_vf(const struct agent *agent, const struct guest_nic *nic)
{
    bool needed = pf_needed(enforce_of(agent, nic), nic->reading.state);
    return needed ? vf_of(agent, nic) : NULL;
}

struct daqs_nic_reading agent_pf_reading(const struct agent *agent, const struct guest_nic *nic,
                                         int64_t now_ms)
{
    struct daqs_nic_reading reading = nic->reading;
    const struct pf_vf *vf = limiting_vf(agent, nic);
    if (vf)
        pf_merge(vf, now_ms, &reading);
    return reading;
}

daqs_bps agent_pf_limit(const struct agent *agent, const struct guest_nic *nic)
{
    const struct pf_vf *vf = limiting_vf(agent, nic);
    if (!vf || !vf->ours_mbit || vf->rate_mbit != vf->ours_mbit)
        return nic->tc.limit;
    daqs_bps rate = (daqs_bps)vf->rate_mbit * 1000000;
    return rate < nic->tc.limit ? rate : nic->tc.limit;
}

bool agent_pf_settled(const struct agent *agent, const struct guest_nic *nic, int64_t now_ms)
{
    const struct pf_vf *vf = limiting_vf(agent, nic);
    return !vf || !pf_vf_obeys(vf, now_ms) || !vf->want_mbit || vf->rate_mbit == vf->want_mbit;
}

daqs_bps agent_pf_guest_wanted(const struct agent *agent, const struct guest_nic *nic)
{
    return enforce_of(agent, nic) == ENFORCE_HOST ? DAQS_UNLIMITED : nic->wanted;
}

bool agent_pf_mac(const struct agent *agent, const char *pf, int vf, struct daqs_mac *ret)
{
    static const struct daqs_mac none;
    for (size_t u = 0; u < agent->config->uplinks; u++) {
        const struct agent_pf *p = agent->pf[u];
        for (size_t i = 0; p && strcmp(p->job->pf, pf) == 0 && i < p->pf.vfs; i++) {
            if ((int)p->pf.vf[i].vf != vf || daqs_mac_equal(&p->pf.vf[i].mac, &none))
                continue;
            *ret = p->pf.vf[i].mac;
            return true;
        }
    }
    return false;
}

void agent_pf_reported(struct agent *agent)
{
    for (size_t u = 0; u < agent->config->uplinks; u++)
        for (size_t i = 0; agent->pf[u] && i < agent->pf[u]->pf.vfs; i++)
            agent->pf[u]->pf.vf[i].sample = (struct daqs_sample){0};
}

/* --- what is wanted --- */

static void want(struct agent *agent, uint32_t uplink, struct pf *pf)
{
    for (size_t i = 0; i < pf->vfs; i++)
        pf->vf[i].want_mbit = 0;
    for (size_t i = 0; i < agent->guests.count; i++) {
        const struct guest *guest = agent->guests.guest[i];
        for (size_t k = 0; k < guest->nics && !guest->leaving; k++) {
            const struct guest_nic *nic = &guest->nic[k];
            struct pf_vf *vf = nic->uplink == uplink ? limiting_vf(agent, nic) : NULL;
            if (vf && nic->commanded)
                vf->want_mbit = pf_rate(nic->wanted);
        }
    }
}

static bool was_read(const struct agent *agent, const char *name)
{
    for (size_t u = 0; u < agent->config->uplinks; u++)
        if (agent->pf[u] && agent->pf[u]->read && strcmp(agent->pf[u]->job->pf, name) == 0)
            return true;
    return false;
}

/* The rates that are ours, or will be; of PFs that were not read yet, those written down before. */
static size_t list_ours(const struct agent *agent, struct pf_file_entry *ret)
{
    size_t count = 0;
    for (size_t i = 0; i < agent->pf_known_count; i++)
        if (!was_read(agent, agent->pf_known[i].pf))
            ret[count++] = agent->pf_known[i];
    for (size_t u = 0; u < agent->config->uplinks; u++) {
        const struct agent_pf *p = agent->pf[u];
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

/* Writes down which rates are ours: before they are set, and after they were put back. */
static void save(struct agent *agent, int64_t now_ms)
{
    struct daqs_error err = {0};
    size_t room = agent->pf_known_count + agent->config->uplinks * PF_VFS_MAX + 1;
    struct pf_file_entry *ours DAQS_AUTO_FREE = calloc(room, sizeof *ours);
    size_t count = ours ? list_ours(agent, ours) : 0;
    if (!ours || (count == agent->pf_known_count &&
                  (count == 0 || memcmp(ours, agent->pf_known, count * sizeof *ours) == 0)))
        return;
    if (pf_file_save(agent->config->state_dir, ours, count, &err) == DAQS_OK) {
        free(agent->pf_known);
        agent->pf_known = DAQS_TAKE(ours);
        agent->pf_known_count = count;
    } else if (daqs_log_allowed(&agent->budget, now_ms)) {
        daqs_log(DAQS_LOG_ERROR, "%s", err.text); /* and tried again with the next change */
    }
}

static void start(struct agent *agent, uint32_t uplink, int64_t now_ms)
{
    struct agent_pf *p = agent->pf[uplink];
    if (!p || p->busy)
        return;
    want(agent, uplink, &p->pf);
    p->tries = pf_plan(&p->pf, now_ms, p->tried);
    if (p->tries == 0 && now_ms < p->next_ms)
        return;
    if (p->tries > 0)
        save(agent, now_ms);
    memcpy(p->job->change, p->tried, p->tries * sizeof *p->tried);
    p->job->changes = p->tries;
    p->busy = daqs_pool_submit(agent->pf_pool, &p->job->job) == DAQS_OK;
}

void agent_pf_start(struct agent *agent, int64_t now_ms)
{
    for (uint32_t u = 0; u < agent->config->uplinks; u++)
        start(agent, u, now_ms);
}

/* --- what was found --- */

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
    if (p->job->error.text[0])
        daqs_log(DAQS_LOG_WARNING, "VF %u of %s: %u Mbit/s: %s", change->vf, p->job->pf,
                 change->rate_mbit, p->job->error.text);
    else
        daqs_log(DAQS_LOG_WARNING, "VF %u of %s: %u Mbit/s was set, %u is in force", change->vf,
                 p->job->pf, change->rate_mbit, read_mbit);
}

static uint32_t rate_read(const struct pf_job *job, uint32_t vf)
{
    for (size_t i = 0; i < job->vfs; i++)
        if (job->vf[i].vf == vf)
            return job->vf[i].rate_mbit;
    return 0;
}

static bool has_refused(const struct pf *pf, uint32_t vf)
{
    for (size_t i = 0; i < pf->vfs; i++)
        if (pf->vf[i].vf == vf)
            return pf->vf[i].refused_ms != 0;
    return false;
}

/* Is any VF limited by us, or to be? Then it is worth reading with every poll. */
static bool at_stake(const struct agent *agent, uint32_t uplink)
{
    for (size_t i = 0; i < agent->guests.count; i++) {
        const struct guest *guest = agent->guests.guest[i];
        for (size_t k = 0; k < guest->nics; k++)
            if (guest->nic[k].uplink == uplink && limiting_vf(agent, &guest->nic[k]))
                return true;
    }
    return false;
}

static void tell_again(struct agent *agent, uint32_t uplink)
{
    for (size_t i = 0; i < agent->guests.count; i++)
        for (size_t k = 0; k < agent->guests.guest[i]->nics; k++)
            if (agent->guests.guest[i]->nic[k].uplink == uplink)
                agent->guests.guest[i]->nic[k].told = false;
}

static bool same_vfs(const struct pf *pf, const struct pf_job *job)
{
    bool same = pf->vfs == job->vfs;
    for (size_t i = 0; same && i < job->vfs; i++)
        same = pf->vf[i].vf == job->vf[i].vf && daqs_mac_equal(&pf->vf[i].mac, &job->vf[i].mac);
    return same;
}

static void take(struct agent *agent, struct agent_pf *p, int64_t now_ms)
{
    struct pf_job *job = p->job;
    if (job->result != DAQS_OK) {
        if (!p->complained)
            daqs_log(DAQS_LOG_WARNING, "%s; its VFs are not limited by the host", job->error.text);
        p->complained = true;
        p->next_ms = now_ms + IDLE_MS;
        return;
    }
    p->complained = false;
    for (size_t i = 0; i < p->tries; i++) {
        uint32_t read_mbit = rate_read(job, p->tried[i].vf);
        bool again = has_refused(&p->pf, p->tried[i].vf);
        if (!pf_changed(&p->pf, &p->tried[i], read_mbit, now_ms) && !again)
            complain(agent, p, &p->tried[i], read_mbit, now_ms);
    }
    if (p->tries > 0)
        tell_again(agent, job->uplink);
    bool same = same_vfs(&p->pf, job);
    pf_take(&p->pf, job->vf, job->vfs);
    if (!same)
        agent_place_nics(agent);
    if (!p->read) {
        p->read = true;
        remember_all(agent, p);
        daqs_log(DAQS_LOG_INFO, "uplink %s has %zu VFs", job->pf, job->vfs);
    }
    save(agent, now_ms);
    p->next_ms = at_stake(agent, job->uplink) ? now_ms : now_ms + IDLE_MS;
}

void agent_pf_reap(struct agent *agent, int64_t now_ms)
{
    struct daqs_job *done;
    while (agent->pf_pool && (done = daqs_pool_reap(agent->pf_pool))) {
        struct pf_job *job = (struct pf_job *)done;
        struct agent_pf *p = agent->pf[job->uplink];
        p->busy = false;
        if (job->job.ran)
            take(agent, p, now_ms);
        p->tries = 0;
    }
}

bool agent_pf_active(const struct agent *agent)
{
    for (size_t u = 0; u < agent->config->uplinks; u++) {
        const struct agent_pf *p = agent->pf[u];
        for (size_t i = 0; p && i < p->pf.vfs; i++)
            if (p->pf.vf[i].ours_mbit)
                return true;
        if (p && p->busy)
            return true;
    }
    return false;
}

/* --- the beginning and the end --- */

int agent_pf_set_up(struct agent *agent, struct daqs_error *err)
{
    const struct agent_config *config = agent->config;
    agent->pf_pool = daqs_pool_new(PF_THREADS, DAQS_MAX_UPLINKS);
    if (!agent->pf_pool)
        return daqs_fail(err, DAQS_ENOMEM, "cannot set up threads");
    int result = pf_file_load(config->state_dir, &agent->pf_known, &agent->pf_known_count, err);
    if (result != DAQS_OK)
        return result;
    for (uint32_t u = 0; u < config->uplinks; u++) {
        const char *name = config->uplink[u].name;
        if (!daqs_ifname_ok(name) || if_nametoindex(name) == 0)
            continue;
        struct vf_link *link = vf_link_netlink_new(err);
        struct agent_pf *p = link ? calloc(1, sizeof *p) : NULL;
        if (p)
            p->job = pf_job_new(u, name, DAQS_TAKE(link));
        if (!p || !p->job) {
            free(p);
            vf_link_free(link);
            return err->code ? err->code : daqs_fail(err, DAQS_ENOMEM, "out of memory");
        }
        agent->pf[u] = p;
    }
    return DAQS_OK;
}

void agent_pf_tear_down(struct agent *agent)
{
    if (agent->pf_pool)
        daqs_pool_stop(agent->pf_pool, false);
    agent_pf_reap(agent, 0);
    for (size_t u = 0; u < agent->config->uplinks; u++) {
        if (agent->pf[u])
            pf_job_free(agent->pf[u]->job);
        free(agent->pf[u]);
    }
    daqs_pool_free(agent->pf_pool);
    free(agent->pf_known);
}
