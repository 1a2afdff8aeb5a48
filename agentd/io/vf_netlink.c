#include <net/if.h>
#include <netlink/netlink.h>
#include <netlink/route/link.h>
#include <netlink/route/link/sriov.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "agentd/io/vf_link.h"
#include "shared/base/cleanup.h"
#include "shared/base/clock.h"

/* A PF with 256 VFs describes itself in some 100 kB, in one message; the kernel's default for what
 * may wait in a socket is less. */
enum { MESSAGE_BYTES = 512 * 1024, WAITING_BYTES = 2 * 1024 * 1024, TIMEOUT_S = 2 };

struct vf_netlink {
    struct vf_link base;
    struct nl_sock *socket;
};

static void put_link_p(struct rtnl_link **link)
{
    if (*link)
        rtnl_link_put(*link);
}

static int open_socket(struct nl_sock *socket)
{
    const struct timeval most = {.tv_sec = TIMEOUT_S};
    int code = nl_connect(socket, NETLINK_ROUTE);
    if (code >= 0)
        code = nl_socket_set_msg_buf_size(socket, MESSAGE_BYTES);
    if (code < 0)
        return code;
    (void)nl_socket_set_buffer_size(socket, WAITING_BYTES, 0); /* best effort */
    (void)setsockopt(nl_socket_get_fd(socket), SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
    return 0;
}

/* An answer that was lost would be taken for that to the next question. */
static void start_anew(struct vf_netlink *n)
{
    nl_close(n->socket);
    (void)open_socket(n->socket); /* if it fails the next use says so */
}

static int fail(struct daqs_error *err, const char *what, const char *pf, int code)
{
    bool refused = code == -NLE_INVAL || code == -NLE_RANGE;
    bool cannot = code == -NLE_OPNOTSUPP || code == -NLE_PERM;
    bool busy = code == -NLE_BUSY || code == -NLE_AGAIN;
    bool gone = code == -NLE_NODEV || code == -NLE_OBJ_NOTFOUND;
    return daqs_fail(
        err,
        refused  ? DAQS_EREFUSED
        : cannot ? DAQS_ESYSTEM
        : busy   ? DAQS_EBUSY
        : gone   ? DAQS_ENOTFOUND
                 : DAQS_EIO,
        "%s %s: %s%s", what, pf, nl_geterror(code),
        code == -NLE_PERM
            ? "; it takes CAP_NET_ADMIN, which the agent's unit has with host-side.conf"
            : "");
}

static uint64_t stat_of(struct rtnl_link_vf *vf, rtnl_link_vf_stats_t which)
{
    uint64_t value = 0;
    return rtnl_link_vf_get_stat(vf, which, &value) == 0 ? value : 0;
}

/* False if there is no VF of this number. */
static bool read_vf(struct rtnl_link *link, uint32_t number, int64_t at_us, struct vf_info *ret)
{
    struct rtnl_link_vf *vf = rtnl_link_vf_get(link, number);
    struct nl_addr *address = NULL;
    struct nl_vf_rate rate = {0};
    if (!vf)
        return false;
    *ret = (struct vf_info){.vf = number};
    if (rtnl_link_vf_get_addr(vf, &address) == 0 && nl_addr_get_len(address) >= sizeof ret->mac)
        memcpy(&ret->mac, nl_addr_get_binary_addr(address), sizeof ret->mac);
    if (rtnl_link_vf_get_rate(vf, &rate) == 0) { /* fails where none is set */
        ret->rate_mbit = rate.api == RTNL_LINK_VF_RATE_API_NEW ? rate.max_tx_rate : rate.rate;
        ret->min_mbit = rate.min_tx_rate;
    }
    ret->reading = (struct counters_reading){
        .at_us = at_us,
        .tx_bytes = stat_of(vf, RTNL_LINK_VF_STATS_TX_BYTES),
        .rx_bytes = stat_of(vf, RTNL_LINK_VF_STATS_RX_BYTES),
        .tx_packets = stat_of(vf, RTNL_LINK_VF_STATS_TX_PACKETS),
        .rx_packets = stat_of(vf, RTNL_LINK_VF_STATS_RX_PACKETS),
    };
    rtnl_link_vf_put(vf);
    return true;
}

static int answer(struct vf_netlink *n, int code, const char *what, const char *pf,
                  struct daqs_error *err)
{
    int result = fail(err, what, pf, code);
    if (result == DAQS_EIO)
        start_anew(n);
    return result;
}

static int netlink_read(struct vf_link *base, const char *pf, struct vf_info *ret,
                        size_t *ret_count, uint32_t *ret_vfs, struct daqs_error *err)
{
    struct vf_netlink *n = (struct vf_netlink *)base;
    struct rtnl_link *link DAQS_AUTO(put_link_p) = NULL;
    int64_t before_us = daqs_mono_ns(daqs_clock_system()) / 1000;
    int code = rtnl_link_get_kernel(n->socket, 0, pf, &link);
    int64_t after_us = daqs_mono_ns(daqs_clock_system()) / 1000;
    if (code < 0)
        return answer(n, code, "cannot read the VFs of", pf, err);
    uint32_t vfs = 0;
    size_t count = 0;
    /* A function in another mode has VFs and says nothing of them. */
    if (!rtnl_link_has_vf_list(link) || rtnl_link_get_num_vf(link, &vfs) < 0)
        vfs = 0;
    for (uint32_t number = 0; number < vfs && count < PF_VFS_MAX; number++)
        if (read_vf(link, number, before_us + (after_us - before_us) / 2, &ret[count]))
            count++;
    *ret_count = count;
    *ret_vfs = vfs;
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
    n->base = (struct vf_link){netlink_read, netlink_set_rate, netlink_free};
    n->socket = socket;
    int code = open_socket(socket);
    if (code < 0) {
        fail(err, "netlink", "", code);
        netlink_free(&n->base);
        return NULL;
    }
    return &n->base;
}
