/* agent_pf - the agent's view of a physical function: between agent_pf.c, which visits it,
 * agent_pf_open.c, which finds it, and agent_pf_nics.c, which says what that means for a guest's
 * nic. */
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
    struct pf_change tried[PF_VFS_MAX]; /* by the job under way */
    size_t tries;
    bool busy;
    bool again;      /* something changed meanwhile */
    bool read;       /* once at least */
    bool unreadable; /* the last time */
    bool moved;      /* VFs have other addresses: nics are to be placed again */
    enum vf_means means;
    int64_t next_ms;
    struct pf_pace pace;
    uint32_t unlisted; /* VFs that were missing from the list the last time */
    int64_t speed_ms;  /* the link's speed was looked at last */
    daqs_bps speed;    /* the link's, as seen last; 0: never */
    int64_t facts_ms;  /* what was sent was looked at last */
    struct uplink_facts facts;
    char port_id[SYSFS_PORT_ID_BYTES]; /* "": not known */
};

/* The place of an uplink's PF among all; and how many places there are. */
static inline size_t agent_pf_place(uint32_t uplink, uint32_t nth)
{
    return (size_t)uplink * UPLINK_PFS_MAX + nth;
}

static inline size_t agent_pf_places(const struct agent *agent)
{
    return agent->config->uplinks * UPLINK_PFS_MAX;
}

/* Opens those that are there by now; not with each call. */
void agent_pf_look_for_absent(struct agent *agent, int64_t now_ms);

/* It is not there under its name: perhaps it got another one since, which is not what it is called
 * in the configuration. Between its visits. */
void agent_pf_follow_name(const struct agent *agent, struct agent_pf *p);

/* The PF whose interface has this name; NULL: none. */
struct agent_pf *agent_pf_named(const struct agent *agent, const char *ifname);

/* The PF of the nic's VF; NULL: it is not known, or not there. */
struct agent_pf *agent_pf_of(const struct agent *agent, const struct guest_nic *nic);

/* The nic's VF; NULL: it is none, or not known. */
struct pf_vf *agent_pf_vf(const struct agent *agent, const struct guest_nic *nic);

/* Is its VF limited now, or to be? */
bool agent_pf_limits(const struct agent *agent, struct guest_nic *nic, int64_t now_ms);

#endif
