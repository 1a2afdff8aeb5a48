/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/uplinks.h"

#include <string.h>

uint32_t uplink_pfs(const struct uplink *uplink)
{
    return uplink->pfs ? uplink->pfs : 1;
}

const char *uplink_pf(const struct uplink *uplink, uint32_t nth)
{
    return uplink->pfs ? uplink->pf[nth] : uplink->name;
}

uint32_t uplink_pf_named(const struct uplink *uplink, const char *name)
{
    for (uint32_t i = 0; i < uplink_pfs(uplink); i++)
        if (strcmp(uplink_pf(uplink, i), name) == 0)
            return i;
    return UPLINK_NONE;
}

uint32_t uplink_only_pf(const struct uplink *uplink)
{
    return uplink_pfs(uplink) == 1 ? 0 : UPLINK_NONE;
}

static bool listed(const struct uplink *uplink, const struct daqs_mac *mac)
{
    for (size_t i = 0; i < uplink->prefixes; i++)
        if (daqs_mac_has_prefix(mac, &uplink->prefix[i]))
            return true;
    return false;
}

static bool belongs(const struct uplink *uplink, const struct daqs_mac *mac, const char *physical)
{
    switch (uplink->nics) {
    case UPLINK_NICS_HOSTDEV:
        return *physical && uplink_pf_named(uplink, physical) != UPLINK_NONE;
    case UPLINK_NICS_ALL:
        return true;
    case UPLINK_NICS_LISTED:
        return listed(uplink, mac);
    }
    return false;
}

uint32_t uplinks_match(const struct uplink *uplink, size_t count, const struct daqs_mac *mac,
                       const char *physical)
{
    for (size_t i = 0; i < count; i++)
        if (belongs(&uplink[i], mac, physical))
            return (uint32_t)i;
    return UPLINK_NONE;
}

/* --- nics known only from the guest --- */

static bool listed_as_a_whole(const struct uplink *uplink, const struct daqs_mac *mac)
{
    for (size_t i = 0; i < uplink->prefixes; i++)
        if (uplink->prefix[i].bytes == sizeof mac->byte &&
            daqs_mac_has_prefix(mac, &uplink->prefix[i]))
            return true;
    return false;
}

static bool looks_given(const struct daqs_mac *mac)
{
    static const struct daqs_mac_prefix given[] = {
        {{{0x52, 0x54, 0x00}}, 3}, /* QEMU, libvirt */
        {{{0xbc, 0x24, 0x11}}, 3}, /* Proxmox VE */
        {{{0xfa, 0x16, 0x3e}}, 3}, /* OpenStack */
    };
    for (size_t i = 0; i < sizeof given / sizeof given[0]; i++)
        if (daqs_mac_has_prefix(mac, &given[i]))
            return true;
    return false;
}

static bool belongs_inside(const struct uplink *uplink, const struct daqs_mac *mac,
                           bool host_reported)
{
    switch (uplink->nics) {
    case UPLINK_NICS_HOSTDEV:
        return false;
    case UPLINK_NICS_ALL:
        return !host_reported && looks_given(mac);
    case UPLINK_NICS_LISTED:
        return host_reported ? listed_as_a_whole(uplink, mac) : listed(uplink, mac);
    }
    return false;
}

uint32_t uplinks_match_inside(const struct uplink *uplink, size_t count, const struct daqs_mac *mac,
                              bool host_reported)
{
    for (size_t i = 0; i < count; i++)
        if (belongs_inside(&uplink[i], mac, host_reported))
            return (uint32_t)i;
    return UPLINK_NONE;
}

bool uplinks_made_inside(const char *ifname)
{
    static const char *const made[] = {"br",        "cali",  "cni",    "docker", "dummy", "flannel",
                                       "fwbr",      "fwln",  "fwpr",   "incus",  "lxc",   "lxd",
                                       "macvtap",   "ovs",   "podman", "tap",    "tun",   "veth",
                                       "vEthernet", "virbr", "vmbr",   "vnet"};
    for (size_t i = 0; i < sizeof made / sizeof made[0]; i++)
        if (strncmp(ifname, made[i], strlen(made[i])) == 0)
            return true;
    return false;
}
