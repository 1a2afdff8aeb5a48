/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/host/pf_job.h"

#include <stdio.h>
#include <stdlib.h>

#include "agentd/host/sysfs.h"
#include "shared/base/clock.h"

static enum pf_answer answer_of(int code)
{
    switch (code) {
    case DAQS_OK:
        return PF_ACCEPTED;
    case DAQS_EREFUSED:
        return PF_REFUSED;
    case DAQS_EBUSY:
        return PF_BUSY;
    default:
        return PF_CANNOT;
    }
}

static void look_at_link(struct pf_job *job)
{
    char driver[SYSFS_DRIVER_BYTES];
    job->speed = sysfs_link_speed(job->sysfs, job->pf);
    job->driver = sysfs_driver(job->sysfs, job->pf, driver) ? nic_driver_find(driver) : NULL;
}

static void visit(struct daqs_job *base)
{
    struct pf_job *job = (struct pf_job *)base;
    job->error = job->refusal = (struct daqs_error){0};
    for (size_t i = 0; i < job->changes; i++)
        job->answer[i] =
            answer_of(job->link->set_rate(job->link, job->pf, &job->change[i], &job->refusal));
    if (job->look_at_port)
        port_stats_read(job->stats, &job->facts);
    job->speed = 0;
    if (job->look_at_speed)
        look_at_link(job);
    if (!job->look_at_vfs)
        return;
    job->listed = job->vfs = 0;
    int64_t from_us = daqs_now_us();
    job->result =
        job->link->read(job->link, job->pf, job->vf, &job->listed, &job->vfs, &job->error);
    job->took_us = daqs_now_us() - from_us;
}

struct pf_job *pf_job_new(const char *sysfs, const char *pf, struct vf_link *link)
{
    struct port_stats *stats = port_stats_new(sysfs, pf, port_stats_ioctl);
    struct pf_job *job = link && stats ? calloc(1, sizeof *job) : NULL;
    if (!job) {
        port_stats_free(stats);
        vf_link_free(link);
        return NULL;
    }
    job->stats = stats;
    job->job.run = visit;
    job->sysfs = sysfs;
    job->link = link;
    (void)snprintf(job->pf, sizeof job->pf, "%s", pf);
    return job;
}

bool pf_job_rename(struct pf_job *job, const char *pf)
{
    struct port_stats *stats = port_stats_new(job->sysfs, pf, port_stats_ioctl);
    if (!stats)
        return false;
    port_stats_free(job->stats);
    job->stats = stats;
    (void)snprintf(job->pf, sizeof job->pf, "%s", pf);
    return true;
}

void pf_job_free(struct pf_job *job)
{
    if (!job)
        return;
    port_stats_free(job->stats);
    vf_link_free(job->link);
    free(job);
}
