#include "agentd/core/vf_list.h"

#include <linux/if_link.h>
#include <linux/netlink.h>
#include <string.h>

/* What is left of a sequence of attributes. */
struct rest {
    const uint8_t *at;
    size_t bytes;
};

struct attribute {
    unsigned type;
    struct rest payload;
};

/* The attribute at the beginning; false: there is none, or it is longer than what is left. */
static bool peek(const struct rest *rest, struct attribute *ret)
{
    struct nlattr head;
    if (rest->bytes < sizeof head)
        return false;
    memcpy(&head, rest->at, sizeof head);
    if (head.nla_len < sizeof head || head.nla_len > rest->bytes)
        return false;
    *ret = (struct attribute){head.nla_type & (unsigned)NLA_TYPE_MASK,
                              {rest->at + sizeof head, head.nla_len - sizeof head}};
    return true;
}

static void skip(struct rest *rest, const struct attribute *attribute)
{
    size_t length = (sizeof(struct nlattr) + attribute->payload.bytes + 3) & ~(size_t)3;
    length = length < rest->bytes ? length : rest->bytes;
    rest->at += length;
    rest->bytes -= length;
}

/* Copies a structure of the kernel's, which may have grown since; false if it is shorter. */
static bool copy(const struct attribute *attribute, void *ret, size_t bytes)
{
    if (attribute->payload.bytes < bytes)
        return false;
    memcpy(ret, attribute->payload.at, bytes);
    return true;
}

static void read_counters(struct rest rest, int64_t at_us, struct counters_reading *ret)
{
    struct attribute a;
    ret->at_us = at_us;
    for (; peek(&rest, &a); skip(&rest, &a)) {
        uint64_t value;
        if (!copy(&a, &value, sizeof value))
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

/* A kernel sends the older attribute beside the newer one, behind it. */
static void read_rate(const struct attribute *a, bool *newer, struct vf_info *ret)
{
    struct ifla_vf_rate rate;
    struct ifla_vf_tx_rate older;
    if (a->type == IFLA_VF_RATE && copy(a, &rate, sizeof rate)) {
        *newer = true;
        ret->rate_mbit = rate.max_tx_rate;
        ret->min_mbit = rate.min_tx_rate;
    } else if (a->type == IFLA_VF_TX_RATE && !*newer && copy(a, &older, sizeof older)) {
        ret->rate_mbit = older.rate;
    }
}

/* False if this does not describe a VF: each has an address and a number. */
static bool read_vf(struct rest rest, int64_t at_us, struct vf_info *ret)
{
    struct vf_info vf = {0};
    struct attribute a;
    bool known = false;
    bool newer = false;
    for (; peek(&rest, &a); skip(&rest, &a)) {
        struct ifla_vf_mac mac;
        if (a.type == IFLA_VF_MAC && copy(&a, &mac, sizeof mac)) {
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

/* The VFs stand one behind the other, in the order of their numbers. The list's length may be cut,
 * so the first attribute that does not go on like this is the end. */
static size_t read_vfs(struct rest rest, uint32_t vfs, int64_t at_us,
                       struct vf_info ret[static PF_VFS_MAX])
{
    struct attribute a;
    size_t count = 0;
    uint32_t next = 0;
    for (; count < PF_VFS_MAX && peek(&rest, &a) && a.type == IFLA_VF_INFO; skip(&rest, &a)) {
        if (!read_vf(a.payload, at_us, &ret[count]) || ret[count].vf < next || ret[count].vf >= vfs)
            break;
        next = ret[count++].vf + 1;
    }
    return count;
}

void vf_list_read(const void *attributes, size_t length, int64_t at_us,
                  struct vf_info vf[static PF_VFS_MAX], struct vf_list *ret)
{
    struct rest rest = {attributes, length};
    *ret = (struct vf_list){0};
    uint32_t vfs = 0;
    while (rest.bytes >= sizeof(struct nlattr)) {
        struct nlattr head;
        struct attribute a;
        memcpy(&head, rest.at, sizeof head);
        if ((head.nla_type & (unsigned)NLA_TYPE_MASK) == IFLA_VFINFO_LIST) {
            const struct rest inside = {rest.at + sizeof head, rest.bytes - sizeof head};
            *ret = (struct vf_list){true, vfs, read_vfs(inside, vfs, at_us, vf)};
            return; /* what is behind it cannot be found by a length that was cut */
        }
        if (!peek(&rest, &a))
            return;
        if (a.type == IFLA_NUM_VF)
            (void)copy(&a, &vfs, sizeof vfs);
        skip(&rest, &a);
    }
}
