/* SPDX-License-Identifier: Apache-2.0 */
/* vf_link - reads and limits virtual functions through the kernel's interfaces on their physical
 * function. */
#ifndef DAQS_AGENTD_HOST_VF_LINK_H
#define DAQS_AGENTD_HOST_VF_LINK_H

#include "agentd/core/pf.h"
#include "shared/base/error.h"

/* How the rates of VFs are set. */
enum vf_means {
    VF_BY_RTNETLINK, /* as by 'ip link' */
    VF_BY_DEVLINK,   /* as by 'devlink port function rate' */
};

/* Used by one thread at a time. */
struct vf_link {
    /* Reads the VFs of the network interface 'pf', at most PF_VFS_MAX; it may have none. *ret_vfs
     * is the number of VFs that exist, including those that the driver leaves out for now. If the
     * kernel cannot list all VFs with their statistics, it lists them without, and at_us of their
     * readings is 0. */
    int (*read)(struct vf_link *link, const char *pf, struct vf_info *ret, size_t *ret_count,
                uint32_t *ret_vfs, struct daqs_error *err);
    /* Sets the most that a VF may send, in Mbit/s; 0: no limit. An accepted rate is not necessarily
     * in force: drivers round and truncate. DAQS_EREFUSED: the driver rejects this rate.
     * DAQS_EBUSY: it is busy. DAQS_ESYSTEM: it does not support rates, or the agent lacks the
     * permission. */
    int (*set_rate)(struct vf_link *link, const char *pf, const struct pf_change *change,
                    struct daqs_error *err);
    void (*free)(struct vf_link *link);
    enum vf_means means; /* of all VFs of the PF, as of the last read */
};

/* Uses rtnetlink (IFLA_VFINFO_LIST), with any number of VFs. Returns NULL and sets err on
 * failure. */
struct vf_link *vf_link_netlink_new(struct daqs_error *err);

/* Uses devlink if the PF is in switchdev mode and its VFs have rate leaves, otherwise 'plain'. The
 * mode is checked when VFs are read: each time in switchdev mode; otherwise every five seconds, and
 * after 'plain' failed to set a rate with DAQS_ESYSTEM. For one PF. Takes ownership of 'plain'.
 * Returns NULL and sets err if out of memory or if the socket cannot be opened; returns NULL and
 * leaves err as it is if 'plain' is NULL. Needs CAP_NET_ADMIN to read the mode, as it does to set
 * rates. */
struct vf_link *vf_link_devlink_new(struct vf_link *plain, struct daqs_error *err);

/* Uses devlink or rtnetlink, whichever the PF needs. Errors as above. */
static inline struct vf_link *vf_link_new(struct daqs_error *err)
{
    return vf_link_devlink_new(vf_link_netlink_new(err), err);
}

static inline void vf_link_free(struct vf_link *link)
{
    if (link)
        link->free(link);
}

#endif
