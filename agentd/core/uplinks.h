/* SPDX-License-Identifier: Apache-2.0 */
/* uplinks - determines the uplink of a guest's nic from the operator's configuration. */
#ifndef DAQS_AGENTD_CORE_UPLINKS_H
#define DAQS_AGENTD_CORE_UPLINKS_H

#include <stdbool.h>
#include <stddef.h>

#include "agentd/core/pf.h"
#include "shared/base/mac.h"
#include "shared/base/model.h"
#include "shared/base/name.h"

enum uplink_nics {
    UPLINK_NICS_HOSTDEV, /* VFs of the uplink */
    UPLINK_NICS_ALL,
    UPLINK_NICS_LISTED, /* by MAC address or prefix */
};

#define UPLINK_PFS_MAX 4 /* per uplink */

struct uplink {
    char name[DAQS_NAME_MAX + 1];
    char pf[UPLINK_PFS_MAX][DAQS_NAME_MAX + 1]; /* names of its physical functions */
    uint32_t pfs;      /* number of PFs; 0: one PF with the uplink's name */
    daqs_bps capacity; /* 0: the link's current speed */
    enum uplink_nics nics;
    enum enforce enforce;
    bool enforce_given;
    struct daqs_mac_prefix *prefix;
    size_t prefixes;
};

#define UPLINK_NONE UINT32_MAX

/* Return the number of physical functions of an uplink, and the name of one of them. */
uint32_t uplink_pfs(const struct uplink *uplink);
const char *uplink_pf(const struct uplink *uplink, uint32_t nth);

/* Returns the number of the uplink's physical function with this name, or UPLINK_NONE. */
uint32_t uplink_pf_named(const struct uplink *uplink, const char *name);

/* Returns the number of the uplink's only physical function, which is 0, or UPLINK_NONE if it has
 * several. */
uint32_t uplink_only_pf(const struct uplink *uplink);

/* Returns the index of the first uplink to which a nic belongs, or UPLINK_NONE. 'physical' is the
 * name of the physical function of its VF, "" if it is not a VF. */
uint32_t uplinks_match(const struct uplink *uplink, size_t count, const struct daqs_mac *mac,
                       const char *physical);

/* The same for a nic that only the guest reports. 'host_reported': the host reported the guest's
 * nics, and this one is not among them. It then belongs only to an uplink that lists its complete
 * address. Otherwise it also belongs to an uplink that lists its first bytes, or, with
 * UPLINK_NICS_ALL, if it has a prefix used by QEMU, libvirt, Proxmox VE or OpenStack. */
uint32_t uplinks_match_inside(const struct uplink *uplink, size_t count, const struct daqs_mac *mac,
                              bool host_reported);

/* Returns true for names of interfaces that containers, nested VMs and VPNs create in a guest. */
bool uplinks_made_inside(const char *ifname);

#endif
