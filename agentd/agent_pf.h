/* SPDX-License-Identifier: Apache-2.0 */
/* agent_pf - the agent's view of a physical function. It is shared by agent_pf.c, which visits the
 * PF, agent_pf_open.c, which finds it, and agent_pf_nics.c, which derives what it means for a
 * guest's nic. */
#ifndef DAQS_AGENTD_AGENT_PF_H
#define DAQS_AGENTD_AGENT_PF_H

#include "agentd/agent_state.h"
#include "agentd/core/pf_pace.h"
#include "agentd/core/uplink_facts.h"
#include "agentd/host/pf_job.h"
#include "agentd/host/sysfs.h"

struct agent_pf {
    struct pf pf;
    struct pf_job *job;
    struct pf_change tried[PF_VFS_MAX]; /* by the job that is running */
    size_t tries;
    bool busy;
    bool again;      /* another visit is wanted after the current one */
    bool read;       /* at least once */
    bool unreadable; /* the last reading failed */
    bool moved;      /* VFs have other addresses: nics are to be placed again */
    enum vf_means means;
    int64_t next_ms;
    struct pf_pace pace;
    uint32_t unlisted; /* VFs missing from the list at the last reading */
    int64_t speed_ms;  /* when the link's speed was read last */
    daqs_bps speed;    /* of the link, as read last; 0: never */
    int64_t facts_ms;  /* when the traffic counters were read last */
    struct uplink_facts facts;
    char port_id[SYSFS_PORT_ID_BYTES]; /* "": not known */
};

/* Returns the index of an uplink's PF in agent->pf, and the number of indexes in use. */
static inline size_t agent_pf_place(uint32_t uplink, uint32_t nth)
{
    return (size_t)uplink * UPLINK_PFS_MAX + nth;
}

static inline size_t agent_pf_places(const struct agent *agent)
{
    return agent->config->uplinks * UPLINK_PFS_MAX;
}

/* Opens the PFs whose interfaces have appeared; at most every 5 s. */
void agent_pf_look_for_absent(struct agent *agent, int64_t now_ms);

/* Looks up the PF's kernel name again when the interface cannot be found: it may have been renamed,
 * while the configuration names it differently. Call only between visits of the PF. */
void agent_pf_follow_name(const struct agent *agent, struct agent_pf *p);

/* Returns the PF whose interface has this name; NULL if there is none. */
struct agent_pf *agent_pf_named(const struct agent *agent, const char *ifname);

/* Returns the PF of the nic's VF; NULL if it is not known or does not exist. */
struct agent_pf *agent_pf_of(const struct agent *agent, const struct guest_nic *nic);

/* Returns the nic's VF; NULL if the nic is not a VF or the VF is not known. */
struct pf_vf *agent_pf_vf(const struct agent *agent, const struct guest_nic *nic);

/* Returns true if the nic's VF is limited now or is to be limited; stores this in nic->on_vf. */
bool agent_pf_limits(const struct agent *agent, struct guest_nic *nic, int64_t now_ms);

#endif
