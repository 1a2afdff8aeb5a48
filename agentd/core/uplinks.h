/* uplinks - which uplink a guest's nic shares, by the operator's configuration. */
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

#define UPLINK_PFS_MAX 4 /* of one uplink */

struct uplink {
    char name[DAQS_NAME_MAX + 1];
    char pf[UPLINK_PFS_MAX][DAQS_NAME_MAX + 1]; /* its physical functions, */
    uint32_t pfs;                               /* so many; 0: one, of the uplink's name */
    daqs_bps capacity; /* 0: the link's speed, whatever it is at the time */
    enum uplink_nics nics;
    enum enforce enforce;
    bool enforce_given;
    struct daqs_mac_prefix *prefix;
    size_t prefixes;
};

#define UPLINK_NONE UINT32_MAX

/* How many physical functions it has, and the name of one of them. */
uint32_t uplink_pfs(const struct uplink *uplink);
const char *uplink_pf(const struct uplink *uplink, uint32_t nth);

/* Which of the uplink's physical functions has this name; UPLINK_NONE: none. */
uint32_t uplink_pf_named(const struct uplink *uplink, const char *name);

/* The uplink's only physical function, which is the first; UPLINK_NONE: it has several. */
uint32_t uplink_only_pf(const struct uplink *uplink);

/* The index of the first uplink that a nic belongs to, or UPLINK_NONE. 'physical' is the
 * name of the physical function its VF belongs to, "" if it is not a VF. */
uint32_t uplinks_match(const struct uplink *uplink, size_t count, const struct daqs_mac *mac,
                       const char *physical);

/* The same for an address that nobody but the guest tells. 'host_told': the host told its nics, and
 * this is none of them. Then it belongs to an uplink that lists it as a whole, no other. Else also
 * to one that lists its first bytes, or (UPLINK_NICS_ALL) if it begins as those that QEMU, libvirt,
 * Proxmox VE and OpenStack give. */
uint32_t uplinks_match_inside(const struct uplink *uplink, size_t count, const struct daqs_mac *mac,
                              bool host_told);

/* Is this the name of an interface that containers, nested VMs and VPNs make in a guest? */
bool uplinks_made_inside(const char *ifname);

#endif
