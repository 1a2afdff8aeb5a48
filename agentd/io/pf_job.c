#include "agentd/io/pf_job.h"

#include <stdio.h>
#include <stdlib.h>

#include "agentd/io/sysfs.h"

static void visit(struct daqs_job *base)
{
    struct pf_job *job = (struct pf_job *)base;
    job->error = (struct daqs_error){0};
    for (size_t i = 0; i < job->changes; i++)
        (void)job->link->set_rate(job->link, job->pf, &job->change[i], &job->error);
    if (job->look_at_port)
        port_stats_read(job->stats, &job->facts);
    job->speed = job->look_at_speed ? sysfs_link_speed("/sys", job->pf) : 0;
    if (!job->look_at_vfs)
        return;
    job->listed = job->vfs = 0;
    job->result =
        job->link->read(job->link, job->pf, job->vf, &job->listed, &job->vfs, &job->error);
}

struct pf_job *pf_job_new(uint32_t uplink, const char *pf, struct vf_link *link)
{
    struct port_stats *stats = port_stats_new("/sys", pf, port_stats_ioctl);
    struct pf_job *job = link && stats ? calloc(1, sizeof *job) : NULL;
    if (!job) {
        port_stats_free(stats);
        vf_link_free(link);
        return NULL;
    }
    job->stats = stats;
    job->job.run = visit;
    job->uplink = uplink;
    job->link = link;
    (void)snprintf(job->pf, sizeof job->pf, "%s", pf);
    return job;
}

void pf_job_free(struct pf_job *job)
{
    if (!job)
        return;
    port_stats_free(job->stats);
    vf_link_free(job->link);
    free(job);
}
