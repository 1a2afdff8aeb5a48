/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/host/host_pfs.h"

#include <stdlib.h>
#include <string.h>

enum { MISSING_MS = 5000 }; /* between searches for PFs that do not exist */

struct host_pfs {
    struct host_pfs_setup given;
    struct host_pf *pf[DAQS_MAX_UPLINKS * UPLINK_PFS_MAX]; /* NULL: does not exist (yet) */
    daqs_bps capacity[DAQS_MAX_UPLINKS];
    int64_t search_ms; /* when to search for missing PFs again */
};

/* --- opening --- */

static struct host_pf *find_named(const struct host_pfs *pfs, const char *name)
{
    for (size_t i = 0; i < host_pfs_places(pfs); i++)
        if (pfs->pf[i] && strcmp(pfs->pf[i]->job->pf, name) == 0)
            return pfs->pf[i];
    return NULL;
}

static void log_other_name(const char *called, const char *name)
{
    if (strcmp(called, name) != 0)
        daqs_log(DAQS_LOG_INFO, "uplink %s is another name of %s", called, name);
}

bool host_pfs_open(struct host_pfs *pfs, uint32_t uplink, uint32_t nth, const char *name,
                   struct daqs_error *err)
{
    if (find_named(pfs, name))
        return true;
    struct vf_link *link = pfs->given.open_link(err);
    if (!link)
        return false;
    struct host_pf *p = calloc(1, sizeof *p);
    struct pf_job *job = pf_job_new(pfs->given.sysfs, name, link);
    if (!p || !job) {
        pf_job_free(job);
        free(p);
        daqs_fail(err, DAQS_ENOMEM, "out of memory");
        return false;
    }
    job->uplink = uplink;
    job->nth = nth;
    p->job = job;
    sysfs_port_id(pfs->given.sysfs, name, p->port_id);
    pfs->pf[host_pfs_place(uplink, nth)] = p;
    log_other_name(uplink_pf(&pfs->given.uplink[uplink], nth), name);
    return true;
}

/* Opens the PFs of an uplink that exist. */
static bool open_pfs(struct host_pfs *pfs, uint32_t uplink, struct daqs_error *err)
{
    const struct uplink *u = &pfs->given.uplink[uplink];
    char name[DAQS_IFNAME_MAX + 1];
    for (uint32_t i = 0; i < uplink_pfs(u); i++)
        if (!pfs->pf[host_pfs_place(uplink, i)] && pfs->given.find_name(uplink_pf(u, i), name) &&
            !host_pfs_open(pfs, uplink, i, name, err))
            return false;
    return true;
}

/* Logs which PFs do not exist. A PF that is configured under two names is opened once and not
 * logged here; agent_check reports it. */
static void log_missing(const struct host_pfs *pfs, uint32_t uplink)
{
    const struct uplink *u = &pfs->given.uplink[uplink];
    char name[DAQS_IFNAME_MAX + 1];
    for (uint32_t i = 0; i < uplink_pfs(u); i++)
        if (!pfs->pf[host_pfs_place(uplink, i)] && !pfs->given.find_name(uplink_pf(u, i), name))
            daqs_log(DAQS_LOG_INFO,
                     "uplink %s: this machine has no network interface with the name or "
                     "alternative name %s; it is looked for every %d s",
                     u->name, uplink_pf(u, i), MISSING_MS / 1000);
}

struct host_pfs *host_pfs_new(const struct host_pfs_setup *setup, struct daqs_error *err)
{
    struct host_pfs *pfs = calloc(1, sizeof *pfs);
    if (!pfs) {
        daqs_fail(err, DAQS_ENOMEM, "out of memory");
        return NULL;
    }
    pfs->given = *setup;
    for (uint32_t u = 0; u < setup->uplinks; u++) {
        if (!open_pfs(pfs, u, err)) {
            host_pfs_free(pfs);
            return NULL;
        }
        log_missing(pfs, u);
        const struct host_pf *first = pfs->pf[host_pfs_place(u, 0)];
        pfs->capacity[u] = setup->uplink[u].capacity
                               ? setup->uplink[u].capacity
                               : sysfs_link_speed(setup->sysfs, first ? first->job->pf : "");
    }
    return pfs;
}

void host_pfs_free(struct host_pfs *pfs)
{
    for (size_t i = 0; pfs && i < host_pfs_places(pfs); i++) {
        if (pfs->pf[i])
            pf_job_free(pfs->pf[i]->job);
        free(pfs->pf[i]);
    }
    free(pfs);
}

void host_pfs_open_missing(struct host_pfs *pfs, int64_t now_ms)
{
    struct daqs_error err = {0};
    if (now_ms < pfs->search_ms)
        return;
    pfs->search_ms = now_ms + MISSING_MS;
    for (uint32_t u = 0; u < pfs->given.uplinks; u++)
        if (!open_pfs(pfs, u, &err) && daqs_log_allowed(pfs->given.budget, now_ms))
            daqs_log(DAQS_LOG_ERROR, "uplink %s: %s", pfs->given.uplink[u].name, err.text);
}

void host_pfs_follow_name(const struct host_pfs *pfs, struct host_pf *p)
{
    const char *called = uplink_pf(&pfs->given.uplink[p->job->uplink], p->job->nth);
    char name[DAQS_IFNAME_MAX + 1];
    if (pfs->given.find_name(called, name) && !find_named(pfs, name) && pf_job_rename(p->job, name))
        log_other_name(called, name);
}

/* --- looking up --- */

size_t host_pfs_places(const struct host_pfs *pfs)
{
    return pfs->given.uplinks * UPLINK_PFS_MAX;
}

struct host_pf *host_pfs_at(const struct host_pfs *pfs, size_t place)
{
    return pfs->pf[place];
}

const char *host_pfs_sysfs(const struct host_pfs *pfs)
{
    return pfs->given.sysfs;
}

size_t host_pfs_uplinks(const struct host_pfs *pfs)
{
    return pfs->given.uplinks;
}

const struct uplink *host_pfs_uplink(const struct host_pfs *pfs, uint32_t uplink)
{
    return &pfs->given.uplink[uplink];
}

const char *host_pfs_called(const struct host_pfs *pfs, const char *name)
{
    const struct host_pf *p = find_named(pfs, name);
    return p ? uplink_pf(&pfs->given.uplink[p->job->uplink], p->job->nth) : name;
}

static enum placing_address address_of(struct host_pf *p, int vf, struct daqs_mac *ret)
{
    static const struct daqs_mac none;
    const struct pf_vf *found = vf < 0 ? NULL : pf_find_number(&p->pf, (uint32_t)vf);
    if (!found)
        return p->read || p->unreadable ? PLACING_ADDRESS_UNLISTED : PLACING_ADDRESS_PENDING;
    *ret = found->mac;
    return daqs_mac_equal(&found->mac, &none) ? PLACING_ADDRESS_NONE : PLACING_ADDRESS_KNOWN;
}

enum placing_address host_pfs_address(const struct host_pfs *pfs, const char *name, int vf,
                                      struct daqs_mac *ret)
{
    struct host_pf *p = find_named(pfs, name);
    return p ? address_of(p, vf, ret) : PLACING_ADDRESS_PENDING;
}

/* Returns the only PF of the uplink that has a VF with this address. Used if the source does not
 * report the PF. */
static struct host_pf *find_by_address(const struct host_pfs *pfs, const struct guest_nic *nic)
{
    struct host_pf *found = NULL;
    for (uint32_t i = 0; i < UPLINK_PFS_MAX; i++) {
        struct host_pf *p = pfs->pf[host_pfs_place(nic->uplink, i)];
        if (!p || !pf_find(&p->pf, &nic->mac))
            continue;
        if (found)
            return NULL;
        found = p;
    }
    return found;
}

struct host_pf *host_pfs_of(const struct host_pfs *pfs, const struct guest_nic *nic)
{
    return nic->pf < UPLINK_PFS_MAX ? pfs->pf[host_pfs_place(nic->uplink, nic->pf)]
                                    : find_by_address(pfs, nic);
}

/* Finds the VF by its number if the source reports it, because a guest may be able to change the
 * address. */
struct pf_vf *host_pfs_vf(const struct host_pfs *pfs, const struct guest_nic *nic)
{
    struct host_pf *p = host_pfs_of(pfs, nic);
    if (!p)
        return NULL;
    return nic->vf >= 0 ? pf_find_number(&p->pf, (uint32_t)nic->vf) : pf_find(&p->pf, &nic->mac);
}

/* --- capacity --- */

const daqs_bps *host_pfs_capacity(const struct host_pfs *pfs)
{
    return pfs->capacity;
}

bool host_pfs_take_speed(struct host_pfs *pfs, struct host_pf *p, daqs_bps speed)
{
    char before[DAQS_RATE_TEXT];
    char now[DAQS_RATE_TEXT];
    daqs_bps *capacity = &pfs->capacity[p->job->uplink];
    if (speed != 0)
        p->speed = speed;
    if (speed == 0 || speed == *capacity || pfs->given.uplink[p->job->uplink].capacity != 0)
        return false;
    daqs_rate_format(*capacity, before);
    daqs_rate_format(speed, now);
    daqs_log(DAQS_LOG_INFO, "uplink %s: the link's speed is %s, was %s", p->job->pf, now,
             *capacity ? before : "not known");
    *capacity = speed;
    return true;
}

daqs_bps host_pfs_speed(const struct host_pfs *pfs, const struct host_pf *p)
{
    daqs_bps capacity = pfs->capacity[p->job->uplink];
    return p->speed == 0 || p->speed > capacity ? p->speed : capacity;
}

void host_pfs_reported(const struct host_pfs *pfs, int64_t poll_ms)
{
    for (size_t i = 0; i < host_pfs_places(pfs); i++)
        if (pfs->pf[i])
            pf_reported(&pfs->pf[i]->pf, poll_ms);
}
