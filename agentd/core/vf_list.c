/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/vf_list.h"

#include <linux/if_link.h>
#include <linux/netlink.h>
#include <string.h>

#include "agentd/core/attributes.h"

static void read_counters(struct attributes rest, int64_t at_us, struct counters_reading *ret)
{
    struct attribute a;
    ret->at_us = at_us;
    for (; attributes_peek(&rest, &a); attributes_skip(&rest, &a)) {
        uint64_t value;
        if (!attribute_copy(&a, &value, sizeof value))
            continue;
        switch (a.type) {
        case IFLA_VF_STATS_TX_BYTES:
            ret->tx_bytes = value;
            break;
        case IFLA_VF_STATS_RX_BYTES:
            ret->rx_bytes = value;
            break;
        case IFLA_VF_STATS_TX_PACKETS:
            ret->tx_packets = value;
            break;
        case IFLA_VF_STATS_RX_PACKETS:
            ret->rx_packets = value;
            break;
        default:
            break;
        }
    }
}

/* Kernels also send the older attribute, after the newer one. */
static void read_rate(const struct attribute *a, bool *newer, struct vf_info *ret)
{
    struct ifla_vf_rate rate;
    struct ifla_vf_tx_rate older;
    if (a->type == IFLA_VF_RATE && attribute_copy(a, &rate, sizeof rate)) {
        *newer = true;
        ret->rate_mbit = rate.max_tx_rate;
        ret->min_mbit = rate.min_tx_rate;
    } else if (a->type == IFLA_VF_TX_RATE && !*newer && attribute_copy(a, &older, sizeof older)) {
        ret->rate_mbit = older.rate;
    }
}

/* Returns false if this does not describe a VF: each has an address and a number. */
static bool read_vf(struct attributes rest, int64_t at_us, struct vf_info *ret)
{
    struct vf_info vf = {0};
    struct attribute a;
    bool known = false;
    bool newer = false;
    for (; attributes_peek(&rest, &a); attributes_skip(&rest, &a)) {
        struct ifla_vf_mac mac;
        if (a.type == IFLA_VF_MAC && attribute_copy(&a, &mac, sizeof mac)) {
            known = true;
            vf.vf = mac.vf;
            memcpy(&vf.mac, mac.mac, sizeof vf.mac);
        } else if (a.type == IFLA_VF_STATS) {
            read_counters(a.payload, at_us, &vf.reading);
        } else {
            read_rate(&a, &newer, &vf);
        }
    }
    *ret = vf;
    return known;
}

/* The VFs follow each other in the order of their numbers. The length of the list may be truncated,
 * so the first attribute that does not continue this sequence is the end. */
static size_t read_vfs(struct attributes rest, uint32_t vfs, int64_t at_us,
                       struct vf_info ret[static PF_VFS_MAX])
{
    struct attribute a;
    size_t count = 0;
    uint32_t next = 0;
    for (; count < PF_VFS_MAX && attributes_peek(&rest, &a) && a.type == IFLA_VF_INFO;
         attributes_skip(&rest, &a)) {
        if (!read_vf(a.payload, at_us, &ret[count]) || ret[count].vf < next || ret[count].vf >= vfs)
            break;
        next = ret[count++].vf + 1;
    }
    return count;
}

void vf_list_read(const void *attributes, size_t length, int64_t at_us,
                  struct vf_info vf[static PF_VFS_MAX], struct vf_list *ret)
{
    struct attributes rest = {attributes, length};
    *ret = (struct vf_list){0};
    uint32_t vfs = 0;
    while (rest.bytes >= sizeof(struct nlattr)) {
        struct nlattr head;
        struct attribute a;
        memcpy(&head, rest.at, sizeof head);
        if ((head.nla_type & (unsigned)NLA_TYPE_MASK) == IFLA_VFINFO_LIST) {
            const struct attributes inside = {rest.at + sizeof head, rest.bytes - sizeof head};
            ret->has_list = true;
            ret->vfs = vfs;
            ret->count = read_vfs(inside, vfs, at_us, vf);
            return; /* with a truncated length the rest cannot be located */
        }
        if (!attributes_peek(&rest, &a))
            return;
        if (a.type == IFLA_NUM_VF)
            (void)attribute_copy(&a, &vfs, sizeof vfs);
        else if (a.type == IFLA_IFNAME)
            (void)attribute_text(&a, ret->ifname, sizeof ret->ifname);
        attributes_skip(&rest, &a);
    }
}

bool vf_list_is_of(const struct vf_list *list, const char *ifname)
{
    return !list->ifname[0] || strcmp(list->ifname, ifname) == 0;
}
