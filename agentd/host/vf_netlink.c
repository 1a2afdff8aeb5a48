/* SPDX-License-Identifier: Apache-2.0 */
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/route/link.h>
#include <netlink/route/link/sriov.h>
#include <stdlib.h>

#include "agentd/core/vf_list.h"
#include "agentd/host/netlink.h"
#include "agentd/host/vf_link.h"
#include "shared/base/cleanup.h"
#include "shared/base/clock.h"

struct vf_netlink {
    struct vf_link base;
    struct nl_sock *socket;
    uint32_t cut_at;   /* with this number of VFs, statistics cut the list; 0: not seen */
    uint32_t whole_at; /* with this number some are left out, even without statistics */
};

/* One request and its result. */
struct netlink_query {
    bool statistics;
    int64_t before_us;
    struct vf_info *vf;
    struct vf_list list;
};

static void put_link_p(struct rtnl_link **link)
{
    if (*link)
        rtnl_link_put(*link);
}

static int answer(struct vf_netlink *n, int code, const char *what, const char *pf,
                  struct daqs_error *err)
{
    return netlink_failed(n->socket, NETLINK_ROUTE, err, what, pf, code);
}

static int take(struct nl_msg *message, void *arg)
{
    struct netlink_query *q = arg;
    const struct nlmsghdr *head = nlmsg_hdr(message);
    const struct ifinfomsg *info = nlmsg_data(head);
    if (head->nlmsg_type != RTM_NEWLINK || !nlmsg_valid_hdr(head, sizeof *info))
        return NL_SKIP;
    int64_t at_us = q->before_us + (daqs_now_us() - q->before_us) / 2;
    vf_list_read(nlmsg_attrdata(head, sizeof *info), (size_t)nlmsg_attrlen(head, sizeof *info),
                 at_us, q->vf, &q->list);
    return NL_OK;
}

/* Sends the request. Returns 0 or an error of libnl. */
static int ask(struct vf_netlink *n, const char *pf, struct netlink_query *q)
{
    const struct ifinfomsg info = {.ifi_family = AF_UNSPEC};
    const uint32_t filter = RTEXT_FILTER_VF | (q->statistics ? 0 : RTEXT_FILTER_SKIP_STATS);
    struct nl_cb *callbacks DAQS_AUTO(netlink_put_callbacks_p) = nl_cb_alloc(NL_CB_DEFAULT);
    struct nl_msg *message DAQS_AUTO(netlink_free_message_p) = nlmsg_alloc_simple(RTM_GETLINK, 0);
    if (!callbacks || !message || nlmsg_append(message, (void *)&info, sizeof info, 4) < 0 ||
        nla_put_string(message, IFLA_IFNAME, pf) < 0 ||
        nla_put_u32(message, IFLA_EXT_MASK, filter) < 0)
        return -NLE_NOMEM;
    (void)nl_cb_set(callbacks, NL_CB_VALID, NL_CB_CUSTOM, take, q);
    q->list = (struct vf_list){0};
    q->before_us = daqs_now_us();
    int code = nl_send_auto(n->socket, message);
    if (code >= 0)
        code = nl_recvmsgs(n->socket, callbacks);
    return code < 0 ? code : nl_wait_for_ack(n->socket);
}

/* Requests the list of VFs. The kernel's attribute has 16 bits for its length, and kernels differ
 * in what they do with a longer list. Without statistics the list is a third shorter. */
static int request_list(struct vf_netlink *n, const char *pf, struct netlink_query *q)
{
    size_t before = 0;
    if (!n->cut_at) {
        q->statistics = true;
        int code = ask(n, pf, q);
        bool few = code >= 0 && q->list.count < q->list.vfs && q->list.vfs != n->whole_at;
        if (code != -NLE_MSGSIZE && !few)
            return code;
        before = q->list.count;
    }
    q->statistics = false;
    int code = ask(n, pf, q);
    if (code < 0)
        return code;
    if (n->cut_at)
        n->cut_at = q->list.vfs == n->cut_at ? n->cut_at : 0; /* another number: try again */
    else if (q->list.count > before)
        n->cut_at = q->list.vfs;
    else
        n->whole_at = q->list.vfs;
    return code;
}

static int netlink_read(struct vf_link *base, const char *pf, struct vf_info *ret,
                        size_t *ret_count, uint32_t *ret_vfs, struct daqs_error *err)
{
    struct vf_netlink *n = (struct vf_netlink *)base;
    struct netlink_query q = {.vf = ret};
    int code = request_list(n, pf, &q);
    if (code >= 0 && !vf_list_is_of(&q.list, pf))
        code = -NLE_SEQ_MISMATCH; /* the answer to another request */
    if (code < 0)
        return answer(n, code, "cannot read the VFs of", pf, err);
    *ret_count = q.list.count;
    *ret_vfs = q.list.vfs;
    return DAQS_OK;
}

static int netlink_set_rate(struct vf_link *base, const char *pf, const struct pf_change *change,
                            struct daqs_error *err)
{
    struct vf_netlink *n = (struct vf_netlink *)base;
    struct rtnl_link *now DAQS_AUTO(put_link_p) = rtnl_link_alloc();
    struct rtnl_link *wanted DAQS_AUTO(put_link_p) = rtnl_link_alloc();
    struct rtnl_link_vf *vf = rtnl_link_vf_alloc();
    struct nl_vf_rate rate = {.api = RTNL_LINK_VF_RATE_API_NEW,
                              .min_tx_rate = change->min_mbit,
                              .max_tx_rate = change->rate_mbit};
    int code = -NLE_NOMEM;
    unsigned index = if_nametoindex(pf);
    if (now && wanted && vf) {
        rtnl_link_set_ifindex(now, (int)index);
        rtnl_link_vf_set_index(vf, change->vf);
        rtnl_link_vf_set_rate(vf, &rate);
        code = index == 0 ? -NLE_NODEV : rtnl_link_vf_add(wanted, vf);
    }
    if (code >= 0)
        code = rtnl_link_change(n->socket, now, wanted, 0);
    if (vf)
        rtnl_link_vf_put(vf);
    return code < 0 ? answer(n, code, "cannot set a VF's rate on", pf, err) : DAQS_OK;
}

static void netlink_free(struct vf_link *base)
{
    struct vf_netlink *n = (struct vf_netlink *)base;
    nl_socket_free(n->socket);
    free(n);
}

struct vf_link *vf_link_netlink_new(struct daqs_error *err)
{
    struct vf_netlink *n = calloc(1, sizeof *n);
    struct nl_sock *socket = n ? nl_socket_alloc() : NULL;
    if (!socket) {
        free(n);
        daqs_fail(err, DAQS_ENOMEM, "out of memory");
        return NULL;
    }
    n->base = (struct vf_link){netlink_read, netlink_set_rate, netlink_free, VF_BY_RTNETLINK};
    n->socket = socket;
    int code = netlink_open(socket, NETLINK_ROUTE);
    if (code < 0) {
        netlink_fail(err, "netlink", "", code);
        netlink_free(&n->base);
        return NULL;
    }
    return &n->base;
}
