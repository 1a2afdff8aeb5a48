/* vf_link - virtual functions as the kernel shows and limits them on their physical function. */
#ifndef DAQS_AGENTD_HOST_VF_LINK_H
#define DAQS_AGENTD_HOST_VF_LINK_H

#include "agentd/core/pf.h"
#include "shared/base/error.h"

/* How VFs' rates are set. */
enum vf_means {
    VF_BY_RTNETLINK, /* as by 'ip link' */
    VF_BY_DEVLINK,   /* as by 'devlink port function rate' */
};

/* One thread at a time. */
struct vf_link {
    /* The VFs of the network interface 'pf', at most PF_VFS_MAX; none is fine. *ret_vfs: how many
     * there are, with those that the driver has left out for now. Where the kernel cannot list all
     * with their statistics they come without: readings have at_us = 0. */
    int (*read)(struct vf_link *link, const char *pf, struct vf_info *ret, size_t *ret_count,
                uint32_t *ret_vfs, struct daqs_error *err);
    /* The most a VF may send, Mbit/s; 0: no limit. That it is accepted does not mean that it is in
     * force: drivers round and truncate. DAQS_EREFUSED: the driver does not want this rate.
     * DAQS_EBUSY: it has no time. DAQS_ESYSTEM: it sets no rates, or the agent may not. */
    int (*set_rate)(struct vf_link *link, const char *pf, const struct pf_change *change,
                    struct daqs_error *err);
    void (*free)(struct vf_link *link);
    enum vf_means means; /* of all VFs of the PF that was read last */
};

/* Over rtnetlink (IFLA_VFINFO_LIST), any number of VFs. NULL with a text on failure. */
struct vf_link *vf_link_netlink_new(struct daqs_error *err);

/* Over devlink where the PF is in switchdev mode and its VFs have rate leaves, otherwise as 'plain'
 * does it. Which it is is asked when VFs are read: each time in that mode, else after five seconds,
 * and after 'plain' can set no rate. For one PF. Takes over 'plain', which may be NULL: then, and
 * if out of memory, NULL with a text. Needs CAP_NET_ADMIN to see the mode, as it does for setting
 * rates. */
struct vf_link *vf_link_devlink_new(struct vf_link *plain, struct daqs_error *err);

static inline void vf_link_free(struct vf_link *link)
{
    if (link)
        link->free(link);
}

#endif
