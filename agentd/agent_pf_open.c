/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "agentd/agent_pf.h"
#include "agentd/host/interface_name.h"
#include "agentd/host/pf_file.h"
#include "agentd/host/sysfs.h"

enum {
    PF_THREADS = 4,
    ABSENT_MS = 5000, /* between searches for PFs that do not exist */
};

static void log_other_name(const char *called, const char *name)
{
    if (strcmp(called, name) != 0)
        daqs_log(DAQS_LOG_INFO, "uplink %s is another name of %s", called, name);
}

static bool open_pf(struct agent *agent, uint32_t uplink, uint32_t nth, struct daqs_error *err)
{
    const char *called = uplink_pf(&agent->config->uplink[uplink], nth);
    char name[DAQS_IFNAME_MAX + 1];
    if (!interface_name(called, name) || agent_pf_named(agent, name))
        return true; /* it may appear later */
    struct vf_link *link = vf_link_devlink_new(vf_link_netlink_new(err), err);
    struct agent_pf *p = link ? calloc(1, sizeof *p) : NULL;
    if (!p) {
        vf_link_free(link);
        return false;
    }
    p->job = pf_job_new(uplink, name, link);
    if (!p->job) {
        free(p);
        return false;
    }
    p->job->nth = nth;
    sysfs_port_id("/sys", name, p->port_id);
    agent->pf[agent_pf_place(uplink, nth)] = p;
    log_other_name(called, name);
    return true;
}

/* Opens the PFs of an uplink. Those that do not exist may appear later. */
static bool open_pfs(struct agent *agent, uint32_t uplink, struct daqs_error *err)
{
    for (uint32_t i = 0; i < uplink_pfs(&agent->config->uplink[uplink]); i++)
        if (!agent->pf[agent_pf_place(uplink, i)] && !open_pf(agent, uplink, i, err))
            return false;
    return true;
}

void agent_pf_follow_name(const struct agent *agent, struct agent_pf *p)
{
    const char *called = uplink_pf(&agent->config->uplink[p->job->uplink], p->job->nth);
    char name[DAQS_IFNAME_MAX + 1];
    if (interface_name(called, name) && !agent_pf_named(agent, name) && pf_job_rename(p->job, name))
        log_other_name(called, name);
}

void agent_pf_look_for_absent(struct agent *agent, int64_t now_ms)
{
    struct daqs_error err = {0};
    if (now_ms < agent->pf_look_ms)
        return;
    agent->pf_look_ms = now_ms + ABSENT_MS;
    for (uint32_t u = 0; u < agent->config->uplinks; u++)
        if (!open_pfs(agent, u, &err) && daqs_log_allowed(&agent->budget, now_ms))
            daqs_log(DAQS_LOG_ERROR, "uplink %s: %s", agent->config->uplink[u].name, err.text);
}

/* Logs which PFs do not exist. A PF that is configured under two names is opened once and not
 * logged here; agent_check reports it. */
static void log_absent(const struct agent *agent, uint32_t uplink)
{
    const struct uplink *u = &agent->config->uplink[uplink];
    char name[DAQS_IFNAME_MAX + 1];
    for (uint32_t i = 0; i < uplink_pfs(u); i++)
        if (!agent->pf[agent_pf_place(uplink, i)] && !interface_name(uplink_pf(u, i), name))
            daqs_log(DAQS_LOG_INFO,
                     "uplink %s: this machine has no network interface with the name or "
                     "alternative name %s; it is looked for every %d s",
                     u->name, uplink_pf(u, i), ABSENT_MS / 1000);
}

int agent_pf_set_up(struct agent *agent, struct daqs_error *err)
{
    const struct agent_config *config = agent->config;
    agent->pf_pool = daqs_pool_new(PF_THREADS, AGENT_PFS_MAX);
    if (!agent->pf_pool)
        return daqs_fail(err, DAQS_ENOMEM, "cannot set up threads");
    int result = pf_file_load(config->state_dir, &agent->pf_known, &agent->pf_known_count, err);
    if (result != DAQS_OK)
        return result;
    for (uint32_t u = 0; u < config->uplinks; u++) {
        const struct uplink *uplink = &config->uplink[u];
        if (!open_pfs(agent, u, err))
            return err->code ? err->code : daqs_fail(err, DAQS_ENOMEM, "out of memory");
        log_absent(agent, u);
        const struct agent_pf *first = agent->pf[agent_pf_place(u, 0)];
        agent->capacity[u] = uplink->capacity
                                 ? uplink->capacity
                                 : sysfs_link_speed("/sys", first ? first->job->pf : "");
    }
    return DAQS_OK;
}

void agent_pf_tear_down(struct agent *agent)
{
    if (agent->pf_pool)
        daqs_pool_stop(agent->pf_pool, false);
    agent_pf_reap(agent, 0);
    for (size_t i = 0; i < agent_pf_places(agent); i++) {
        if (agent->pf[i])
            pf_job_free(agent->pf[i]->job);
        free(agent->pf[i]);
    }
    daqs_pool_free(agent->pf_pool);
    free(agent->pf_known);
}
