/* pf_job - one visit to one physical function: set rates, read what it has sent, read all its VFs.
 *
 * Runs in a pool thread, as some drivers ask their firmware for every VF and for what the port
 * sent. */
#ifndef DAQS_AGENTD_HOST_PF_JOB_H
#define DAQS_AGENTD_HOST_PF_JOB_H

#include "agentd/host/port_stats.h"
#include "agentd/host/vf_link.h"
#include "shared/base/name.h"
#include "shared/base/pool.h"

struct pf_job {
    struct daqs_job job;
    struct vf_link *link; /* the job's own */
    struct port_stats *stats;
    uint32_t uplink; /* whose PF this is, */
    uint32_t nth;    /* and which of its PFs */
    /* to do */
    char pf[DAQS_IFNAME_MAX + 1];
    size_t changes;
    struct pf_change change[PF_VFS_MAX];
    bool look_at_speed; /* of the link: not worth it with every visit */
    bool look_at_port;  /* what was sent */
    bool look_at_vfs;
    /* found */
    enum pf_answer answer[PF_VFS_MAX]; /* to each change */
    const struct nic_driver *driver;   /* if the speed was looked at; NULL: not in the table */
    daqs_bps speed;                    /* 0: not looked at, or not known: the link is down */
    struct port_facts facts;           /* if they were looked at */
    int result;                        /* of reading VFs, likewise */
    struct daqs_error error;           /* of the last thing that failed; else empty */
    struct daqs_error refusal;         /* of the last change that failed; else empty */
    size_t listed;
    struct vf_info vf[PF_VFS_MAX];
    uint32_t vfs;    /* that there are */
    int64_t took_us; /* reading them */
};

/* Takes over the link. NULL if out of memory (the link is then freed). */
struct pf_job *pf_job_new(uint32_t uplink, const char *pf, struct vf_link *link);
void pf_job_free(struct pf_job *job);

/* The physical function has this name now; between visits. False if out of memory: as before. */
bool pf_job_rename(struct pf_job *job, const char *pf);

#endif
