/* SPDX-License-Identifier: Apache-2.0 */
/* pf_job - one visit to one physical function: sets rates, reads what it has sent, and reads all
 * its VFs.
 *
 * A visit runs in a pool thread, because some drivers ask their firmware for every VF and for what
 * the port sent. */
#ifndef DAQS_AGENTD_HOST_PF_JOB_H
#define DAQS_AGENTD_HOST_PF_JOB_H

#include "agentd/host/port_stats.h"
#include "agentd/host/vf_link.h"
#include "shared/base/name.h"
#include "shared/base/pool.h"

struct pf_job {
    struct daqs_job job;
    struct vf_link *link; /* owned by the job */
    struct port_stats *stats;
    const char *sysfs;
    uint32_t uplink; /* index of the PF's uplink */
    uint32_t nth;    /* index among the PFs of that uplink */
    /* input */
    char pf[DAQS_IFNAME_MAX + 1];
    size_t changes;
    struct pf_change change[PF_VFS_MAX];
    bool look_at_speed; /* of the link; not worth reading with every visit */
    bool look_at_port;  /* traffic counters of the PF and its port */
    bool look_at_vfs;
    /* result */
    enum pf_answer answer[PF_VFS_MAX]; /* of each change */
    const struct nic_driver *driver;   /* if the speed was read; NULL: not in the table */
    daqs_bps speed;                    /* 0: not read, or not known because the link is down */
    struct port_facts facts;           /* if they were read */
    int result;                        /* of reading the VFs, if they were read */
    struct daqs_error error;           /* of reading the VFs, if it failed; otherwise empty */
    struct daqs_error refusal;         /* of the last change that failed; otherwise empty */
    size_t listed;
    struct vf_info vf[PF_VFS_MAX];
    uint32_t vfs;    /* number of VFs that exist */
    int64_t took_us; /* time to read the VFs */
};

/* Takes ownership of the link; 'sysfs' ("/sys" or a test's tree) must outlive the job. The job is
 * that of the first PF of the first uplink until the caller sets it. Returns NULL if out of memory;
 * the link is freed then, too. */
struct pf_job *pf_job_new(const char *sysfs, const char *pf, struct vf_link *link);
void pf_job_free(struct pf_job *job);

/* Changes the interface name of the PF; to be called between visits. Returns false, and changes
 * nothing, if out of memory. */
bool pf_job_rename(struct pf_job *job, const char *pf);

#endif
