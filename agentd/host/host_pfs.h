/* SPDX-License-Identifier: Apache-2.0 */
/* host_pfs - the physical functions of the uplinks, and which of their VFs is a guest's nic.
 *
 * A PF is opened once its interface exists. Its place is that of the PF in the configuration. */
#ifndef DAQS_AGENTD_HOST_HOST_PFS_H
#define DAQS_AGENTD_HOST_HOST_PFS_H

#include "agentd/core/guests.h"
#include "agentd/core/placing.h"
#include "agentd/host/pf_job.h"
#include "agentd/host/sysfs.h"
#include "shared/base/log.h"

/* A PF whose interface exists. Its VFs and visits are those of host_limits. */
struct host_pf {
    struct pf pf;
    struct pf_job *job; /* has the PF's kernel name, its uplink, and its number there */
    bool busy;          /* a visit is running */
    bool read;          /* at least once */
    bool unreadable;    /* the last reading failed */
    daqs_bps speed;     /* of the link, as read last; 0: never */
    char port_id[SYSFS_PORT_ID_BYTES]; /* "": not known */
};

struct host_pfs; /* opaque */

/* All of them must outlive it. */
struct host_pfs_setup {
    const struct uplink *uplink;
    size_t uplinks;
    const char *sysfs; /* "/sys" or a test's tree */
    /* Resolves a configured name, like interface_name. */
    bool (*find_name)(const char *name, char ret[static DAQS_IFNAME_MAX + 1]);
    /* Opens the kernel's interface for one PF, like vf_link_new. */
    struct vf_link *(*open_link)(struct daqs_error *err);
    struct daqs_log_budget *budget;
};

/* Opens the PFs that exist, logs those that do not, and reads the speeds of links. Returns NULL and
 * sets err on failure. */
struct host_pfs *host_pfs_new(const struct host_pfs_setup *setup, struct daqs_error *err);
/* No visit may be running. NULL is fine. */
void host_pfs_free(struct host_pfs *pfs);

/* Opens the PF with this kernel name as PF number 'nth' of an uplink. A PF that is open already,
 * under any of its names, is left out. Returns false and sets err on failure. */
bool host_pfs_open(struct host_pfs *pfs, uint32_t uplink, uint32_t nth, const char *name,
                   struct daqs_error *err);
/* Opens the PFs whose interfaces have appeared; at most every 5 s. */
void host_pfs_open_missing(struct host_pfs *pfs, int64_t now_ms);
/* Looks up the PF's kernel name again after its interface was not found: it may have been renamed,
 * while the configuration names it differently. No visit of the PF may be running. */
void host_pfs_follow_name(const struct host_pfs *pfs, struct host_pf *p);

/* Return the number of places, and the PF at one; NULL if its interface does not exist (yet). Each
 * uplink has UPLINK_PFS_MAX consecutive places. */
size_t host_pfs_places(const struct host_pfs *pfs);
struct host_pf *host_pfs_at(const struct host_pfs *pfs, size_t place);
static inline size_t host_pfs_place(uint32_t uplink, uint32_t nth)
{
    return (size_t)uplink * UPLINK_PFS_MAX + nth;
}

/* Return the root of sysfs, the number of uplinks, and the uplink with this index; they are
 * consecutive. */
const char *host_pfs_sysfs(const struct host_pfs *pfs);
size_t host_pfs_uplinks(const struct host_pfs *pfs);
const struct uplink *host_pfs_uplink(const struct host_pfs *pfs, uint32_t uplink);

/* Returns the configuration's name for the PF with this kernel name: an uplink may be configured
 * with an alternative name. Returns 'name' itself if no PF has it. */
const char *host_pfs_called(const struct host_pfs *pfs, const char *name);
/* Gets the address of VF number 'vf' as the PF with this kernel name shows it. */
enum placing_address host_pfs_address(const struct host_pfs *pfs, const char *name, int vf,
                                      struct daqs_mac *ret);

/* Returns the PF of the nic's VF; NULL if it is not known or does not exist. */
struct host_pf *host_pfs_of(const struct host_pfs *pfs, const struct guest_nic *nic);
/* Returns the nic's VF; NULL if the nic is not a VF or the VF is not known. */
struct pf_vf *host_pfs_vf(const struct host_pfs *pfs, const struct guest_nic *nic);

/* Returns the capacity of each uplink: as configured, or the speed of its link; 0: not known. Valid
 * as long as 'pfs'. */
const daqs_bps *host_pfs_capacity(const struct host_pfs *pfs);
/* Records the speed of the PF's link; 0: not known. A link that is down has no speed, and the
 * capacity keeps the last one. Returns true if the uplink's capacity has changed. */
bool host_pfs_take_speed(struct host_pfs *pfs, struct host_pf *p, daqs_bps speed);
/* Returns the most that the PF's link can carry, even if it is used for less; 0: not known. */
daqs_bps host_pfs_speed(const struct host_pfs *pfs, const struct host_pf *p);

/* Starts new samples of the VFs, after the current ones were reported. Polls are poll_ms apart. */
void host_pfs_reported(const struct host_pfs *pfs, int64_t poll_ms);

#endif
