/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/devlink.h"

#include <linux/devlink.h>
#include <string.h>

#include "agentd/core/attributes.h"
#include "shared/base/name.h"

enum { BYTES_PER_MBIT = 1000000 / 8 };

uint32_t devlink_mbit(uint64_t bytes_per_s)
{
    uint64_t mbit = bytes_per_s / BYTES_PER_MBIT + (bytes_per_s % BYTES_PER_MBIT != 0);
    return mbit > UINT32_MAX ? UINT32_MAX : (uint32_t)mbit;
}

uint64_t devlink_bytes(uint32_t mbit)
{
    return (uint64_t)mbit * BYTES_PER_MBIT;
}

/* --- ports --- */

struct port {
    struct devlink_device device;
    char ifname[DAQS_IFNAME_MAX + 1]; /* "": the port has no network interface */
    bool has_flavour;
    bool external; /* the function belongs to another host */
    bool has_vf;
    uint16_t flavour;
    uint16_t vf_number;
    uint16_t pf_number;
    uint32_t controller; /* 0: this host */
    uint32_t index;
    struct daqs_mac mac;
};

static void take_device(const struct attribute *a, struct devlink_device *ret)
{
    if (a->type == DEVLINK_ATTR_BUS_NAME && !attribute_text(a, ret->bus, sizeof ret->bus))
        ret->bus[0] = '\0';
    if (a->type == DEVLINK_ATTR_DEV_NAME && !attribute_text(a, ret->name, sizeof ret->name))
        ret->name[0] = '\0';
}

static bool device_known(const struct devlink_device *device)
{
    return device->bus[0] && device->name[0];
}

static bool same_device(const struct devlink_device *a, const struct devlink_device *b)
{
    return strcmp(a->bus, b->bus) == 0 && strcmp(a->name, b->name) == 0;
}

/* Reads the function's MAC address. Addresses of other network types are longer and ignored. */
static void take_function(struct attributes rest, struct daqs_mac *ret)
{
    struct attribute a;
    for (; attributes_peek(&rest, &a); attributes_skip(&rest, &a)) {
        struct daqs_mac mac;
        if (a.type != DEVLINK_PORT_FUNCTION_ATTR_HW_ADDR || a.payload.bytes != sizeof mac ||
            !attribute_copy(&a, &mac, sizeof mac))
            continue;
        bool multicast = mac.byte[0] & 1;
        if (!multicast)
            *ret = mac;
    }
}

static void take_port_part(const struct attribute *a, struct port *port)
{
    uint8_t external;
    switch (a->type) {
    case DEVLINK_ATTR_PORT_INDEX:
        (void)attribute_copy(a, &port->index, sizeof port->index);
        break;
    case DEVLINK_ATTR_PORT_NETDEV_NAME:
        (void)attribute_text(a, port->ifname, sizeof port->ifname);
        break;
    case DEVLINK_ATTR_PORT_FLAVOUR:
        port->has_flavour = attribute_copy(a, &port->flavour, sizeof port->flavour);
        break;
    case DEVLINK_ATTR_PORT_PCI_PF_NUMBER:
        (void)attribute_copy(a, &port->pf_number, sizeof port->pf_number);
        break;
    case DEVLINK_ATTR_PORT_PCI_VF_NUMBER:
        port->has_vf = attribute_copy(a, &port->vf_number, sizeof port->vf_number);
        break;
    case DEVLINK_ATTR_PORT_CONTROLLER_NUMBER:
        (void)attribute_copy(a, &port->controller, sizeof port->controller);
        break;
    case DEVLINK_ATTR_PORT_EXTERNAL:
        port->external = !attribute_copy(a, &external, sizeof external) || external != 0;
        break;
    case DEVLINK_ATTR_PORT_FUNCTION:
        take_function(a->payload, &port->mac);
        break;
    default:
        take_device(a, &port->device);
        break;
    }
}

static void add_vf(struct devlink_pf *pf, const struct port *port)
{
    if (pf->vfs == 0)
        pf->pf = port->pf_number;
    if (port->pf_number != pf->pf || devlink_find(pf, port->vf_number))
        pf->unclear = true;
    else if (pf->vfs < PF_VFS_MAX)
        pf->vf[pf->vfs++] =
            (struct devlink_vf){.vf = port->vf_number, .port = port->index, .mac = port->mac};
}

void devlink_begin(struct devlink_pf *pf)
{
    *pf = (struct devlink_pf){.device = pf->device};
}

void devlink_take_port(struct devlink_pf *pf, const char *ifname, const void *attributes,
                       size_t length)
{
    struct attributes rest = {attributes, length};
    struct port port = {.index = UINT32_MAX};
    struct attribute a;
    for (; attributes_peek(&rest, &a); attributes_skip(&rest, &a))
        take_port_part(&a, &port);
    if (!port.has_flavour || port.index == UINT32_MAX || !device_known(&port.device))
        return;
    bool here = same_device(&port.device, &pf->device);
    if (port.flavour == DEVLINK_PORT_FLAVOUR_PCI_VF) {
        if (here && port.has_vf && !port.external && port.controller == 0)
            add_vf(pf, &port);
    } else if (port.flavour != DEVLINK_PORT_FLAVOUR_PCI_SF && strcmp(port.ifname, ifname) == 0) {
        pf->seen = here;
        pf->device = port.device;
    }
}

bool devlink_ports_end(struct devlink_pf *pf)
{
    /* 'seen' is also false if the device has only just become known. */
    bool found = !pf->seen && device_known(&pf->device);
    if (!pf->seen)
        pf->vfs = 0;
    return found;
}

/* --- modes and rates --- */

void devlink_take_mode(struct devlink_pf *pf, const void *attributes, size_t length)
{
    struct attributes rest = {attributes, length};
    struct devlink_device device = {.name = ""};
    struct attribute a;
    uint16_t mode = DEVLINK_ESWITCH_MODE_LEGACY;
    for (; attributes_peek(&rest, &a); attributes_skip(&rest, &a)) {
        take_device(&a, &device);
        if (a.type == DEVLINK_ATTR_ESWITCH_MODE)
            (void)attribute_copy(&a, &mode, sizeof mode);
    }
    pf->switchdev = mode == DEVLINK_ESWITCH_MODE_SWITCHDEV && same_device(&device, &pf->device);
}

struct rate {
    struct devlink_device device;
    uint16_t type;
    bool has_port;
    uint32_t port;
    uint64_t most; /* bytes/s; 0: no limit */
    uint64_t share;
};

static void take_rate_part(const struct attribute *a, struct rate *rate)
{
    switch (a->type) {
    case DEVLINK_ATTR_RATE_TYPE:
        (void)attribute_copy(a, &rate->type, sizeof rate->type);
        break;
    case DEVLINK_ATTR_PORT_INDEX:
        rate->has_port = attribute_copy(a, &rate->port, sizeof rate->port);
        break;
    case DEVLINK_ATTR_RATE_TX_MAX:
        (void)attribute_copy(a, &rate->most, sizeof rate->most);
        break;
    case DEVLINK_ATTR_RATE_TX_SHARE:
        (void)attribute_copy(a, &rate->share, sizeof rate->share);
        break;
    default:
        take_device(a, &rate->device);
        break;
    }
}

void devlink_take_rate(struct devlink_pf *pf, const void *attributes, size_t length)
{
    struct attributes rest = {attributes, length};
    struct rate rate = {.type = UINT16_MAX};
    struct attribute a;
    for (; attributes_peek(&rest, &a); attributes_skip(&rest, &a))
        take_rate_part(&a, &rate);
    if (rate.type != DEVLINK_RATE_TYPE_LEAF || !rate.has_port ||
        !same_device(&rate.device, &pf->device))
        return;
    for (size_t i = 0; i < pf->vfs; i++) {
        struct devlink_vf *vf = &pf->vf[i];
        if (vf->port != rate.port)
            continue;
        vf->has_leaf = true;
        vf->rate_mbit = devlink_mbit(rate.most);
        vf->min_mbit = devlink_mbit(rate.share);
    }
}

/* --- results --- */

bool devlink_limits(const struct devlink_pf *pf)
{
    bool leaves = false;
    for (size_t i = 0; i < pf->vfs; i++)
        leaves |= pf->vf[i].has_leaf;
    return leaves && pf->switchdev && !pf->unclear;
}

const struct devlink_vf *devlink_find(const struct devlink_pf *pf, uint32_t vf)
{
    for (size_t i = 0; i < pf->vfs; i++)
        if (pf->vf[i].vf == vf)
            return &pf->vf[i];
    return NULL;
}

static struct vf_info *listed_or_added(struct vf_info vf[static PF_VFS_MAX], size_t *count,
                                       uint32_t number)
{
    for (size_t i = 0; i < *count; i++)
        if (vf[i].vf == number)
            return &vf[i];
    if (*count >= PF_VFS_MAX)
        return NULL;
    vf[*count] = (struct vf_info){.vf = number};
    return &vf[(*count)++];
}

void devlink_merge(const struct devlink_pf *pf, struct vf_info vf[static PF_VFS_MAX], size_t *count,
                   uint32_t *vfs)
{
    static const struct daqs_mac none;
    bool limits = devlink_limits(pf);
    for (size_t i = 0; i < pf->vfs && !pf->unclear; i++) {
        const struct devlink_vf *shown = &pf->vf[i];
        struct vf_info *info = listed_or_added(vf, count, shown->vf);
        if (!info)
            continue;
        if (shown->vf >= *vfs)
            *vfs = shown->vf + 1;
        if (!daqs_mac_equal(&shown->mac, &none))
            info->mac = shown->mac;
        if (limits && shown->has_leaf) {
            info->rate_mbit = shown->rate_mbit;
            info->min_mbit = shown->min_mbit;
        }
    }
}
