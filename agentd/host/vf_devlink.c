/* SPDX-License-Identifier: Apache-2.0 */
#include <linux/devlink.h>
#include <linux/genetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdlib.h>

#include "agentd/core/devlink.h"
#include "agentd/host/netlink.h"
#include "agentd/host/vf_link.h"
#include "shared/base/cleanup.h"
#include "shared/base/clock.h"

enum { LOOK_US = 5000000 }; /* between checks of the mode, if not switchdev */

struct vf_devlink {
    struct vf_link base;
    struct vf_link *plain;
    struct nl_sock *socket; /* NULL: not open */
    uint16_t family;        /* devlink's number; 0: not supported by the kernel, or not queried */
    int64_t look_us;
    struct devlink_pf pf;
};

/* One request, and the function that receives its answers. */
struct devlink_query {
    uint16_t family;
    uint8_t command;
    bool all; /* a dump: lists all objects of this kind */
    struct nl_msg *message;
    int (*take)(struct nl_msg *message, void *arg);
    void *arg;
};

/* --- generic netlink --- */

static bool begin(struct devlink_query *q)
{
    const struct genlmsghdr head = {.cmd = q->command, .version = 1};
    q->message = nlmsg_alloc_simple(q->family, q->all ? NLM_F_DUMP : 0);
    return q->message && nlmsg_append(q->message, (void *)&head, sizeof head, NLMSG_ALIGNTO) == 0;
}

/* Sends the request and frees the message. Returns 0 or an error of libnl. */
static int ask(struct vf_devlink *d, struct devlink_query *q)
{
    struct nl_cb *callbacks DAQS_AUTO(netlink_put_callbacks_p) = nl_cb_alloc(NL_CB_DEFAULT);
    struct nl_msg *message DAQS_AUTO(netlink_free_message_p) = q->message;
    if (!callbacks)
        return -NLE_NOMEM;
    if (q->take)
        (void)nl_cb_set(callbacks, NL_CB_VALID, NL_CB_CUSTOM, q->take, q->arg);
    int code = nl_send_auto(d->socket, message);
    if (code >= 0 && q->take)
        code = nl_recvmsgs(d->socket, callbacks);
    if (code >= 0 && !q->all) /* a dump has its own end */
        code = nl_wait_for_ack(d->socket);
    return code < 0 ? code : 0;
}

/* Returns the attributes of an answer; NULL if it is too short. */
static const void *attributes_of(struct nl_msg *message, size_t *ret_length)
{
    const struct nlmsghdr *head = nlmsg_hdr(message);
    if (!nlmsg_valid_hdr(head, GENL_HDRLEN))
        return NULL;
    *ret_length = (size_t)nlmsg_attrlen(head, GENL_HDRLEN);
    return nlmsg_attrdata(head, GENL_HDRLEN);
}

static int take_family(struct nl_msg *message, void *arg)
{
    struct vf_devlink *d = arg;
    size_t length;
    const void *attributes = attributes_of(message, &length);
    const struct nlattr *id =
        attributes ? nla_find(attributes, (int)length, CTRL_ATTR_FAMILY_ID) : NULL;
    if (id && nla_len(id) >= (int)sizeof d->family)
        d->family = nla_get_u16(id);
    return NL_OK;
}

static int find_family(struct vf_devlink *d)
{
    struct devlink_query q = {
        .family = GENL_ID_CTRL, .command = CTRL_CMD_GETFAMILY, .take = take_family, .arg = d};
    if (!begin(&q) || nla_put_string(q.message, CTRL_ATTR_FAMILY_NAME, DEVLINK_GENL_NAME) < 0) {
        nlmsg_free(q.message);
        return -NLE_NOMEM;
    }
    return ask(d, &q);
}

/* --- requests --- */

/* The destination of a list, and the PF's name, which ports are compared with. */
struct listing {
    struct devlink_pf *pf;
    const char *ifname;
};

static int take_port(struct nl_msg *message, void *arg)
{
    const struct listing *list = arg;
    size_t length;
    const void *attributes = attributes_of(message, &length);
    if (attributes)
        devlink_take_port(list->pf, list->ifname, attributes, length);
    return NL_OK;
}

static int take_rate(struct nl_msg *message, void *arg)
{
    const struct listing *list = arg;
    size_t length;
    const void *attributes = attributes_of(message, &length);
    if (attributes)
        devlink_take_rate(list->pf, attributes, length);
    return NL_OK;
}

static int take_mode(struct nl_msg *message, void *arg)
{
    const struct listing *list = arg;
    size_t length;
    const void *attributes = attributes_of(message, &length);
    if (attributes)
        devlink_take_mode(list->pf, attributes, length);
    return NL_OK;
}

static int list_all(struct vf_devlink *d, uint8_t command, struct listing *list,
                    int (*take)(struct nl_msg *message, void *arg))
{
    struct devlink_query q = {
        .family = d->family, .command = command, .all = true, .take = take, .arg = list};
    if (!begin(&q)) {
        nlmsg_free(q.message);
        return -NLE_NOMEM;
    }
    return ask(d, &q);
}

static bool put_device(struct nl_msg *message, const struct devlink_device *device)
{
    return nla_put_string(message, DEVLINK_ATTR_BUS_NAME, device->bus) == 0 &&
           nla_put_string(message, DEVLINK_ATTR_DEV_NAME, device->name) == 0;
}

static int request_mode(struct vf_devlink *d, struct listing *list)
{
    struct devlink_query q = {
        .family = d->family, .command = DEVLINK_CMD_ESWITCH_GET, .take = take_mode, .arg = list};
    if (!begin(&q) || !put_device(q.message, &d->pf.device)) {
        nlmsg_free(q.message);
        return -NLE_NOMEM;
    }
    int code = ask(d, &q);
    /* The device has no mode, or the agent may not read it. */
    bool none = code == -NLE_OPNOTSUPP || code == -NLE_PERM || code == -NLE_NODEV;
    return none ? 0 : code;
}

static int list_ports(struct vf_devlink *d, struct listing *list)
{
    devlink_begin(&d->pf);
    int code = list_all(d, DEVLINK_CMD_PORT_GET, list, take_port);
    if (code < 0 || !devlink_ports_end(&d->pf))
        return code;
    devlink_begin(&d->pf);
    code = list_all(d, DEVLINK_CMD_PORT_GET, list, take_port);
    (void)devlink_ports_end(&d->pf);
    return code;
}

static int look(struct vf_devlink *d, const char *ifname)
{
    struct listing list = {&d->pf, ifname};
    int code = d->family ? 0 : find_family(d);
    if (code < 0 || !d->family)
        return code == -NLE_OBJ_NOTFOUND ? 0 : code; /* a kernel without devlink */
    code = list_ports(d, &list);
    if (code < 0 || !d->pf.seen)
        return code;
    code = request_mode(d, &list);
    if (code < 0 || !d->pf.switchdev)
        return code;
    return list_all(d, DEVLINK_CMD_RATE_GET, &list, take_rate);
}

static int fail(struct vf_devlink *d, const char *what, const char *pf, int code,
                struct daqs_error *err)
{
    return netlink_failed(d->socket, NETLINK_GENERIC, err, what, pf, code);
}

/* Reads devlink's view again. A failure is reported only if devlink matters, which is the case if
 * the PF was in switchdev mode. */
static int look_again(struct vf_devlink *d, const char *pf, struct daqs_error *err)
{
    bool before = d->pf.switchdev;
    int code = look(d, pf);
    if (code == -NLE_DUMP_INTR) /* VFs appeared or disappeared meanwhile */
        code = look(d, pf);
    d->look_us = daqs_now_us() + LOOK_US;
    if (code >= 0) {
        if (devlink_limits(&d->pf))
            d->base.means = VF_BY_DEVLINK;
        else if (!d->pf.switchdev || d->pf.vfs > 0) /* without VFs it is not known */
            d->base.means = VF_BY_RTNETLINK;
        return DAQS_OK;
    }
    d->pf.switchdev = before;
    int result = fail(d, "cannot read the devlink objects of", pf, code, before ? err : NULL);
    return before ? result : DAQS_OK;
}

static int devlink_read(struct vf_link *base, const char *pf, struct vf_info *ret,
                        size_t *ret_count, uint32_t *ret_vfs, struct daqs_error *err)
{
    struct vf_devlink *d = (struct vf_devlink *)base;
    int result = d->plain->read(d->plain, pf, ret, ret_count, ret_vfs, err);
    bool due = d->pf.switchdev || daqs_now_us() >= d->look_us;
    if (result == DAQS_OK && due)
        result = look_again(d, pf, err);
    if (result == DAQS_OK && d->pf.switchdev)
        devlink_merge(&d->pf, ret, ret_count, ret_vfs);
    return result;
}

static int set_leaf(struct vf_devlink *d, const struct devlink_vf *vf, uint32_t mbit)
{
    struct devlink_query q = {.family = d->family, .command = DEVLINK_CMD_RATE_SET};
    if (!begin(&q) || !put_device(q.message, &d->pf.device) ||
        nla_put_u32(q.message, DEVLINK_ATTR_PORT_INDEX, vf->port) < 0 ||
        nla_put_u64(q.message, DEVLINK_ATTR_RATE_TX_MAX, devlink_bytes(mbit)) < 0) {
        nlmsg_free(q.message);
        return -NLE_NOMEM;
    }
    return ask(d, &q);
}

static int devlink_set_rate(struct vf_link *base, const char *pf, const struct pf_change *change,
                            struct daqs_error *err)
{
    struct vf_devlink *d = (struct vf_devlink *)base;
    if (d->base.means == VF_BY_RTNETLINK) {
        int result = d->plain->set_rate(d->plain, pf, change, err);
        if (result == DAQS_ESYSTEM)
            d->look_us = 0;
        return result;
    }
    const struct devlink_vf *vf = devlink_find(&d->pf, change->vf);
    if (!vf || !vf->has_leaf)
        return daqs_fail(err, DAQS_ESYSTEM, "devlink has no rate for a VF of %s", pf);
    int code = set_leaf(d, vf, change->rate_mbit);
    return code < 0 ? fail(d, "cannot set a VF's devlink rate on", pf, code, err) : DAQS_OK;
}

static void devlink_free(struct vf_link *base)
{
    struct vf_devlink *d = (struct vf_devlink *)base;
    nl_socket_free(d->socket);
    vf_link_free(d->plain);
    free(d);
}

struct vf_link *vf_link_devlink_new(struct vf_link *plain, struct daqs_error *err)
{
    struct vf_devlink *d = plain ? calloc(1, sizeof *d) : NULL;
    struct nl_sock *socket = d ? nl_socket_alloc() : NULL;
    if (!socket) {
        if (plain)
            daqs_fail(err, DAQS_ENOMEM, "out of memory");
        vf_link_free(plain);
        free(d);
        return NULL;
    }
    d->base = (struct vf_link){devlink_read, devlink_set_rate, devlink_free, VF_BY_RTNETLINK};
    d->plain = plain;
    d->socket = socket;
    int code = netlink_open(socket, NETLINK_GENERIC);
    if (code < 0) {
        netlink_fail(err, "netlink", "", code);
        devlink_free(&d->base);
        return NULL;
    }
    return &d->base;
}
