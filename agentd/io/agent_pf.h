/* agent_pf - the agent's view of a physical function: between agent_pf.c, which visits it, and
 * agent_pf_nics.c, which says what that means for a guest's nic. */
#ifndef DAQS_AGENTD_IO_AGENT_PF_H
#define DAQS_AGENTD_IO_AGENT_PF_H

#include "agentd/core/pf_pace.h"
#include "agentd/core/uplink_facts.h"
#include "agentd/io/agent_state.h"
#include "agentd/io/pf_job.h"

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
};

/* The nic's VF; NULL: it is none, or not known. */
struct pf_vf *agent_pf_vf(const struct agent *agent, const struct guest_nic *nic);

/* Is its VF limited now, or to be? */
bool agent_pf_limits(const struct agent *agent, struct guest_nic *nic, int64_t now_ms);

#endif
